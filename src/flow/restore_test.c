/* A copy is put in the place of a store: what is looked at before, what stands where whatever fails or breaks off on the
 * way, and what a gateway makes of it. */
#include "flow/restore.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/failing_calls.h"
#include "base/file.h"
#include "flow/backup.h"
#include "flow/live.h"

#define PATH_SIZE 120
#define AT (NOW + MS_PER_HOUR)

/* A gateway with a copy of its store, and a folder with its keys where another is to be. */
struct place {
	struct live live;
	struct backup copy;
	char dir[32], store[64], file[PATH_SIZE], aside[PATH_SIZE];
	struct restore_options options;
};

static void copy_file(const char *from, const char *to)
{
	struct err err = { 0 };
	struct buf text;

	buf_init(&text, 0);
	MUST(file_read(from, 1 << 26, &text, &err), &err);
	MUST(file_write_atomic(to, buf_str(&text), 0600, &err), &err);
	buf_done(&text);
}

static void copy_key(const struct place *p, const char *name)
{
	char from[PATH_SIZE], to[PATH_SIZE];

	(void)snprintf(from, sizeof(from), "%s/%s", p->live.scratch.dir, name);
	(void)snprintf(to, sizeof(to), "%s/%s", p->dir, name);
	copy_file(from, to);
}

static void make_copy(struct place *p)
{
	struct arena *a = arena_new(0, 0);
	struct store_conn *c = NULL;
	struct err err = { 0 };

	MUST(store_connect(p->live.core->store, STORE_READ, &c, &err), &err);
	MUST(store_begin(c, &err), &err);
	MUST(backup_make(p->live.core, c, 0, NOW, a, &p->copy, &err), &err);
	store_disconnect(&c);
	arena_free(&a);
	(void)snprintf(
	    p->file, sizeof(p->file), "%s/backups/%s", p->live.scratch.dir, p->copy.name);
}

static int act(struct live *l, struct store_conn *c, struct err *err)
{
	const struct audit_act a = { .at = clock_now(), .by = STR("ada"), .operation = STR("x") };

	return core_operator_act(l->core, c, &a, STR("{\"operation\":\"x\"}"), err);
}

static int begin(void **state)
{
	static const char *const keys[] = { "varco.key", "suppression.key", "restricted.key",
		"ledger.key" };
	struct place *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	live_open(&p->live);
	live_do(&p->live, act);
	make_copy(p);
	strcpy(p->dir, "/tmp/varco-restore-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		copy_key(p, keys[i]);
	(void)snprintf(p->store, sizeof(p->store), "%s/varco.db", p->dir);
	(void)snprintf(p->aside, sizeof(p->aside), "%s.before-20261122T110000Z", p->store);
	p->options = (struct restore_options){
		.file = p->file, .state_dir = p->dir, .store = p->store
	};
	*state = p;
	return 0;
}

static int finish(void **state)
{
	struct place *p = *state;
	char folder[PATH_SIZE];

	(void)snprintf(folder, sizeof(folder), "%s/backups", p->live.scratch.dir);
	live_close(&p->live);
	scratch_remove(folder);
	scratch_remove(p->live.scratch.dir);
	scratch_remove(p->dir);
	free(p);
	return 0;
}

/* --- what stands there ------------------------------------------------------------------------ */

/* 'c' the copy, 'o' another store, '-' nothing, '?' what cannot be read. */
static char what_is(const char *path)
{
	char url[PATH_SIZE + 10];
	struct store *s = NULL;
	struct store_conn *c = NULL;
	struct err err = { 0 };
	time_ms at;

	if (access(path, F_OK) < 0)
		return '-';
	(void)snprintf(url, sizeof(url), "sqlite:%s", path);
	int r = store_open_reading(url, &s, &err);
	if (r == 0)
		r = store_connect(s, STORE_READ, &c, &err);
	if (r == 0)
		r = store_copied_at(c, &at, &err);
	store_disconnect(&c);
	store_close(&s);
	return r < 0 ? '?' : r > 0 ? 'c' : 'o';
}

static size_t count_like(const struct place *p, const char *part)
{
	struct dirent *e;
	size_t n = 0;
	DIR *d = opendir(p->dir);

	while (d && (e = readdir(d)))
		n += strstr(e->d_name, part) != NULL;
	(void)closedir(d);
	return n;
}

/* The gateway's own, with an entry that the copy does not have, and its log beside it, as a kill leaves it. */
static void put_old_store(struct place *p)
{
	char from[PATH_SIZE], to[PATH_SIZE + 8];

	live_do(&p->live, act);
	(void)snprintf(from, sizeof(from), "%s/varco.db", p->live.scratch.dir);
	copy_file(from, p->store);
	(void)snprintf(from, sizeof(from), "%s/varco.db-wal", p->live.scratch.dir);
	(void)snprintf(to, sizeof(to), "%s-wal", p->store);
	copy_file(from, to);
}

static void clear(struct place *p)
{
	struct dirent *e;
	char path[400];
	DIR *d = opendir(p->dir);

	while (d && (e = readdir(d))) {
		(void)snprintf(path, sizeof(path), "%s/%s", p->dir, e->d_name);
		if (strncmp(e->d_name, "varco.db", 8) == 0)
			(void)unlink(path);
	}
	(void)closedir(d);
}

static int restore(struct place *p, struct restore_report *report, struct err *err)
{
	struct restore *r = NULL;

	*err = (struct err){ 0 };
	int rc = restore_prepare(&p->options, AT, &r, report, err);
	if (rc == 0)
		rc = restore_put(r, err);
	restore_close(&r);
	return rc;
}

/* --- as it should be -------------------------------------------------------------------------- */

static void a_gateway_begins_on_it(void **state)
{
	struct place *p = *state;
	struct restore_report report;
	struct core_options o = p->live.core->options;
	struct core *core = NULL;
	struct err err = { 0 };

	MUST(restore(p, &report, &err), &err);
	assert_int_equal(report.copied_at, NOW);
	assert_int_equal(report.entries, p->copy.entries);
	assert_false(report.there);
	assert_int_equal(what_is(p->store), 'c');
	assert_int_equal(count_like(p, "restoring"), 0);
	o.state_dir = p->dir;
	MUST(core_open(&o, &core, &err), &err);
	struct store_conn *c = scratch_connect(core->store, STORE_READ);
	assert_int_equal(scratch_int(c, "SELECT count(*) FROM pause WHERE made_by = 'restore'"), 1);
	store_disconnect(&c);
	core_close(&core);
	assert_int_equal(what_is(p->store), 'o');
}

static void what_is_newer_is_told_and_kept(void **state)
{
	struct place *p = *state;
	struct restore_report report;
	struct err err = { 0 };

	put_old_store(p);
	MUST(restore(p, &report, &err), &err);
	assert_true(report.there && report.readable && report.same);
	assert_int_equal(report.newer, 1);
	assert_int_equal(report.newer_of[LEAF_OPERATOR], 1);
	assert_int_equal(report.last_at, NOW);
	assert_string_equal(report.aside, p->aside + strlen(p->store));
	assert_int_equal(what_is(p->store), 'c');
	assert_int_equal(what_is(p->aside), 'o');
	/* The other way round everything of it is the copy's. */
	clear(p);
	put_old_store(p);
	p->options.file = p->store;
	char elsewhere[PATH_SIZE];
	(void)snprintf(elsewhere, sizeof(elsewhere), "%s/varco.db2", p->dir);
	copy_file(p->file, elsewhere);
	p->options.store = elsewhere;
	MUST(restore(p, &report, &err), &err);
	assert_true(report.there && report.readable && !report.same);
}

static void nobody_opens_it_meanwhile(void **state)
{
	struct place *p = *state;
	struct restore_report report;
	struct restore *r = NULL, *second = NULL;
	struct core_options o = p->live.core->options;
	struct core *core = NULL;
	struct err err = { 0 };

	MUST(restore_prepare(&p->options, AT, &r, &report, &err), &err);
	assert_int_equal(restore_prepare(&p->options, AT, &second, &report, &err), -E_BUSY);
	o.state_dir = p->dir;
	assert_int_equal(core_open(&o, &core, &err), -E_BUSY);
	restore_close(&r);
	assert_int_equal(count_like(p, "restoring"), 0);
	p->options.store = p->live.scratch.path;
	char own[PATH_SIZE];
	(void)snprintf(own, sizeof(own), "%s/varco.db", p->live.scratch.dir);
	p->options.store = own;
	assert_int_equal(restore_prepare(&p->options, AT, &r, &report, &err), -E_BUSY);
}

/* --- refused ---------------------------------------------------------------------------------- */

static void spoil(const char *path, off_t at)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite64(fd, "\x5a\x5a\x5a\x5a\x5a\x5a\x5a\x5a", 8, at), 8);
	(void)close(fd);
}

static void set_key(const struct place *p, const char *name, int byte)
{
	char path[PATH_SIZE], key[32];
	struct err err = { 0 };

	memset(key, byte, sizeof(key));
	(void)snprintf(path, sizeof(path), "%s/%s", p->dir, name);
	MUST(file_write_atomic(path, str_n(key, sizeof(key)), 0600, &err), &err);
}

static void no_file(struct place *p)
{
	p->options.file = "/nowhere/at/all.db";
}

static void no_store(struct place *p)
{
	char path[PATH_SIZE];
	(void)snprintf(path, sizeof(path), "%s/varco.key", p->dir);
	p->options.file = p->file;
	copy_file(path, p->file);
}

static void half_a_file(struct place *p)
{
	assert_int_equal(truncate(p->file, p->copy.bytes / 2), 0);
}

static void another_page(struct place *p)
{
	for (off_t at = 3 * 4096; at < p->copy.bytes; at += 4096)
		spoil(p->file, at);
}

static void no_key(struct place *p)
{
	char path[PATH_SIZE];

	(void)snprintf(path, sizeof(path), "%s/restricted.key", p->dir);
	assert_int_equal(unlink(path), 0);
}

static void another_key(struct place *p)
{
	set_key(p, "varco.key", 9);
}

static void another_list(struct place *p)
{
	set_key(p, "suppression.key", 9);
}

static void no_room(struct place *p)
{
	p->options.room_floor = INT64_MAX / 2;
}

static void foreign_note(struct place *p)
{
	char path[PATH_SIZE];
	struct err err = { 0 };

	(void)snprintf(path, sizeof(path), "%.64s-restoring", p->store);
	MUST(file_write_atomic(path, STR("../../etc"), 0600, &err), &err);
}

static void what_does_not_hold_is_refused(void **state)
{
	static const struct {
		const char *name;
		void (*spoil)(struct place *p);
		enum err_code code;
	} rows[] = {
		{ "no file", no_file, E_NOT_FOUND },
		{ "no store", no_store, E_INVALID },
		{ "half a file", half_a_file, E_STORE },
		{ "other pages", another_page, E_STORE },
		{ "no key", no_key, E_NOT_FOUND },
		{ "another key", another_key, E_CRYPTO },
		{ "another list's key", another_list, E_CRYPTO },
		{ "no room", no_room, E_RANGE },
		{ "a foreign note", foreign_note, E_INVALID },
	};
	struct restore_report report;
	struct err err;
	void *one;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(begin(&one), 0);
		struct place *p = one;
		rows[i].spoil(p);
		int rc = restore(p, &report, &err);
		if (rc != -(int)rows[i].code || !err.text[0])
			fail_msg("%s: %s: %s", rows[i].name, err_name(rc), err.text);
		if (what_is(p->store) != '-' || count_like(p, "restoring.db"))
			fail_msg("%s: something was left", rows[i].name);
		assert_int_equal(finish(&one), 0);
	}
}

/* --- broken off ------------------------------------------------------------------------------- */

/* With the nth call failing. What is there is the former store or the copy, or nothing begins on it until it is
 * done once more, which then leaves both. false: there was no nth. */
static bool one_fault(struct place *p, enum call call, long nth)
{
	struct restore_report report;
	struct err err;

	put_old_store(p);
	fail_call(call, nth);
	int rc = restore(p, &report, &err);
	bool failed = call_failed();
	char now = what_is(p->store);
	bool ended = !restore_is_under_way(p->store);
	if (rc == 0 && (now != 'c' || !ended || what_is(p->aside) != 'o'))
		fail_msg("%s %ld: done, but %c", call_names[call], nth, now);
	if (rc < 0 && ended && now != 'o' && now != 'c')
		fail_msg("%s %ld: %c stands there, and a gateway would begin", call_names[call],
		    nth, now);
	if (rc < 0 && !failed)
		fail_msg("%s %ld: it failed of itself: %s", call_names[call], nth, err.text);
	if (count_like(p, "restoring.db"))
		fail_msg("%s %ld: the copy was left beside", call_names[call], nth);
	if (rc < 0 && restore(p, &report, &err) < 0)
		fail_msg("%s %ld: once more: %s", call_names[call], nth, err.text);
	if (what_is(p->store) != 'c' || count_like(p, "restoring") ||
	    (what_is(p->aside) != 'o' && what_is(p->aside) != 'c'))
		fail_msg("%s %ld: it did not end", call_names[call], nth);
	clear(p);
	return failed;
}

static void whatever_fails_one_of_both_is_there(void **state)
{
	struct place *p = *state;

	for (int call = 0; call < CALLS; call++) {
		long nth = 0;
		while (one_fault(p, (enum call)call, nth))
			nth += 1 + nth / 3; /* pages are much alike */
		if (nth < 2)
			fail_msg("%s: only %ld were made", call_names[call], nth);
	}
}

/* As a crash leaves it: the note, and so much as had been done. */
static void a_crash_is_met(void **state)
{
	struct place *p = *state;
	struct restore_report report;
	struct core_options o = p->live.core->options;
	struct core *core = NULL;
	struct err err = { 0 };
	char note[PATH_SIZE + 16];

	(void)snprintf(note, sizeof(note), "%s-restoring", p->store);
	for (int done = 0; done < 3; done++) {
		put_old_store(p);
		MUST(file_write_atomic(note, STR(".before-20261122T110000Z"), 0600, &err), &err);
		if (done > 0)
			assert_int_equal(rename(p->store, p->aside), 0);
		if (done > 1)
			copy_file(p->file, p->store);
		o.state_dir = p->dir;
		assert_int_equal(core_open(&o, &core, &err), -E_CONFLICT);
		MUST(restore(p, &report, &err), &err);
		assert_int_equal(what_is(p->store), 'c');
		assert_int_equal(what_is(p->aside), 'o');
		assert_int_equal(count_like(p, "restoring"), 0);
		clear(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, finish)
		TEST(a_gateway_begins_on_it),
		TEST(what_is_newer_is_told_and_kept),
		TEST(nobody_opens_it_meanwhile),
		cmocka_unit_test(what_does_not_hold_is_refused),
		TEST(whatever_fails_one_of_both_is_there),
		TEST(a_crash_is_met),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

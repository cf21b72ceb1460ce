/* Copies of the store: made, found out when they are damaged, given up in time, and nothing left behind
 * whatever fails on the way. */
#include "flow/backup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/statvfs.h>

#include "base/failing_calls.h"
#include "base/file.h"
#include "flow/live.h"

/* --- a disk that is full -------------------------------------------------------------------------- */

static _Thread_local struct {
	bool armed;
	long until;              /* looks before it is full */
	struct core *drained_by; /* the gateway shuts down then instead */
	long looks;
} room;

/* A disk of a TiB, until it is full. */
STANDS_FOR("statvfs64", int failing_statvfs(const char *path, struct statvfs *ret))
{
	(void)path;
	*ret = (struct statvfs){ .f_frsize = 1 << 20, .f_blocks = 1 << 20, .f_bavail = 1 << 19 };
	if (!room.armed || room.looks++ < room.until)
		return 0;
	if (room.drained_by)
		atomic_store(&room.drained_by->draining, true);
	else
		ret->f_bavail = (1 << 20) / 10 + 1; /* it is not low yet */
	return 0;
}

#define PATH_SIZE 120

/* --- a world ---------------------------------------------------------------------------------- */

static void with_bounds(struct core_options *o)
{
	o->room = (struct headroom_options){ .low_percent = 10, .stop_percent = 3 };
}

static int begin(void **state)
{
	struct live *l = calloc(1, sizeof(*l));

	assert_non_null(l);
	live_open_with(l, with_bounds);
	*state = l;
	return 0;
}

static int finish(void **state)
{
	struct live *l = *state;
	char folder[PATH_SIZE];

	(void)snprintf(folder, sizeof(folder), "%s/backups", l->scratch.dir);
	live_close(l);
	scratch_remove(folder);
	scratch_remove(l->scratch.dir);
	free(l);
	return 0;
}

/* Some MiB, so that a copy is made in pieces. */
static int fill(struct live *l, struct store_conn *c, struct err *err)
{
	(void)l;
	return store_exec(c,
	    "CREATE TABLE filling (more {blob}); INSERT INTO filling VALUES (zeroblob(4000000))",
	    err);
}

static int make(struct live *l, time_ms now, int64_t keep, struct backup *ret, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	struct store_conn *c = NULL;

	assert_non_null(a);
	*err = (struct err){ 0 };
	int r = store_connect(l->core->store, STORE_READ, &c, err);
	if (r == 0)
		r = store_begin(c, err);
	if (r == 0)
		r = backup_make(l->core, c, keep, now, a, ret, err);
	if (c)
		store_rollback(c);
	store_disconnect(&c);
	arena_free(&a);
	ret->problem = STR_NONE;
	return r;
}

static int verify(struct live *l, const char *name, struct backup *ret)
{
	struct arena *a = arena_new(0, 0);
	struct err err = { 0 };
	int r = backup_verify(l->core, str_c(name), NOW + 1, a, ret, &err);

	arena_free(&a);
	ret->problem = STR_NONE;
	return r;
}

static void path_in(const struct live *l, const char *name, char ret[PATH_SIZE])
{
	(void)snprintf(ret, PATH_SIZE, "%s/backups/%s", l->scratch.dir, name);
}

/* Files in the folder but for those that begin with `name`. */
static int others(const struct live *l, const char *name)
{
	char path[PATH_SIZE];
	struct dirent *e;
	int n = 0;

	path_in(l, "", path);
	DIR *d = opendir(path);
	while (d && (e = readdir(d)))
		n += e->d_name[0] != '.' && strncmp(e->d_name, name, strlen(name)) != 0;
	if (d)
		(void)closedir(d);
	return n;
}

static void leave(const struct live *l, const char *name)
{
	char path[PATH_SIZE];
	struct err err = { 0 };

	path_in(l, "", path);
	MUST(dir_ensure(path, &err), &err);
	path_in(l, name, path);
	MUST(file_write_atomic(path, STR("left"), 0600, &err), &err);
}

static bool is_there(const struct live *l, const char *name)
{
	char path[PATH_SIZE];

	path_in(l, name, path);
	return access(path, F_OK) == 0;
}

/* --- made and checked ------------------------------------------------------------------------- */

static void a_copy_is_made_checked_and_found(void **state)
{
	struct live *l = *state;
	struct arena *a = arena_new(0, 0);
	struct backup b, *list = NULL;
	struct err err = { 0 };
	size_t n = 0;

	MUST(make(l, NOW + 345, 0, &b, &err), &err);
	assert_string_equal(b.name, "varco-20261122T100000Z.db");
	assert_int_equal(b.state, BACKUP_GOOD);
	assert_true(b.bytes > 0 && b.entries >= 0);
	assert_int_equal(make(l, NOW + 999, 0, &b, &err), -E_CONFLICT);
	MUST(backup_list(l->core, a, &list, &n, &err), &err);
	assert_int_equal(n, 1);
	assert_int_equal(list[0].state, BACKUP_GOOD);
	assert_int_equal(list[0].checked_at, NOW);
	assert_int_equal(verify(l, list[0].name, &b), 0);
	assert_int_equal(b.state, BACKUP_GOOD);
	assert_int_equal(verify(l, "varco-20261122T100001Z.db", &b), -E_NOT_FOUND);
	assert_int_equal(verify(l, "../t.db", &b), -E_NOT_FOUND);
	assert_false(atomic_load(&l->core->copying));
	arena_free(&a);
}

static void one_at_a_time(void **state)
{
	struct live *l = *state;
	struct backup b;
	struct err err = { 0 };

	atomic_store(&l->core->copying, true);
	assert_int_equal(make(l, NOW, 0, &b, &err), -E_BUSY);
	assert_int_equal(verify(l, "varco-20261122T100000Z.db", &b), -E_BUSY);
	assert_true(atomic_load(&l->core->copying));
	atomic_store(&l->core->copying, false);
	MUST(make(l, NOW, 0, &b, &err), &err);
}

/* A damaged one stays, and takes no good one's place. */
static void only_good_ones_count(void **state)
{
	struct live *l = *state;
	struct backup b, damaged;
	struct err err = { 0 };
	char path[PATH_SIZE];

	MUST(make(l, NOW, 0, &damaged, &err), &err);
	path_in(l, damaged.name, path);
	assert_int_equal(truncate(path, 8192), 0);
	assert_int_equal(verify(l, damaged.name, &b), 0);
	assert_int_equal(b.state, BACKUP_DAMAGED);
	for (int i = 1; i <= 3; i++)
		MUST(make(l, NOW + i * MS_PER_S, 2, &b, &err), &err);
	assert_true(is_there(l, damaged.name));
	assert_false(is_there(l, "varco-20261122T100001Z.db"));
	assert_false(is_there(l, "varco-20261122T100001Z.db.json"));
	assert_true(is_there(l, "varco-20261122T100002Z.db"));
	assert_true(is_there(l, "varco-20261122T100003Z.db"));
}

/* --- given up --------------------------------------------------------------------------------- */

/* Whenever the disk runs low, or the gateway ends, nothing is left, and the next one is made. */
static void it_is_given_up_in_time(void **state)
{
	struct live *l = *state;
	struct err err = { 0 };
	struct backup b;

	live_do(l, fill);
	for (int ends = 0; ends < 2; ends++) {
		int r = -1;
		long until = 0;
		for (; r < 0; until++) {
			room.until = until;
			room.looks = 0;
			room.drained_by = ends ? l->core : NULL;
			room.armed = true;
			r = make(l, NOW + (1 + ends) * MS_PER_S, 0, &b, &err);
			room.armed = false;
			atomic_store(&l->core->draining, false);
			if (r < 0 &&
			    (r != (ends ? -E_CLOSED : -E_BUSY) || others(l, ends ? b.name : "-")))
				fail_msg("look %ld: %s, %d files", until, err.text, others(l, "-"));
		}
		assert_true(until > 4);
		assert_int_equal(b.state, BACKUP_GOOD);
	}
}

static void on_a_low_disk_none_is_begun(void **state)
{
	struct live *l = *state;
	struct err err = { 0 };
	struct backup b;

	live_do(l, fill);
	room.until = room.looks = 0;
	room.drained_by = NULL;
	room.armed = true;
	headroom_look(l->core->headroom);
	assert_int_equal(headroom_stage(l->core->headroom), HEADROOM_FINE);
	assert_int_equal(make(l, NOW, 0, &b, &err), -E_BUSY);
	room.armed = false;
	assert_int_equal(others(l, "-"), 0);
}

/* --- faults ----------------------------------------------------------------------------------- */

/* The nth call of that kind fails: then no copy is there, or one that is known to be damaged, or it did
 * not matter and the copy is good. 0 when there was no nth. */
static bool one_fault(struct live *l, enum call call, long nth, time_ms at)
{
	struct err err = { 0 };
	struct backup b = { 0 }, again;

	fail_call(call, nth);
	int r = make(l, at, 0, &b, &err);
	bool failed = call_failed();
	if (atomic_load(&l->core->copying))
		fail_msg("%s %ld: it goes on for ever", call_names[call], nth);
	if (r < 0 && others(l, "-"))
		fail_msg(
		    "%s %ld: %s, and %d files", call_names[call], nth, err.text, others(l, "-"));
	if (r < 0 && (!failed || !err.text[0]))
		fail_msg("%s %ld: it failed of itself: %s", call_names[call], nth, err.text);
	if (r == 0 && b.state == BACKUP_GOOD &&
	    (verify(l, b.name, &again) < 0 || again.state != BACKUP_GOOD))
		fail_msg("%s %ld: what was called good is not", call_names[call], nth);
	char path[PATH_SIZE];
	path_in(l, "", path);
	scratch_remove(path);
	return failed;
}

static void whatever_fails_nothing_is_left(void **state)
{
	struct live *l = *state;

	for (int call = 0; call < CALLS; call++) {
		long nth = 0;
		while (one_fault(l, (enum call)call, nth, NOW + nth * MS_PER_S))
			nth += 1 + nth / 8; /* pages are much alike */
		if (nth < 2)
			fail_msg("%s: only %ld were made", call_names[call], nth);
	}
}

/* --- what a crash left ------------------------------------------------------------------------ */

static void a_crash_leaves_nothing_for_long(void **state)
{
	static const struct {
		const char *name;
		bool stays;
	} rows[] = {
		{ "varco-20261121T090000Z.db.part", false },
		{ "varco-20261121T090000Z.db.part-wal", false },
		{ "varco-20261121T090000Z.db.part-shm", false },
		{ "varco-20261121T090000Z.db.json", false }, /* of the same */
		{ "varco-20261121T100000Z.db.json.a1B2c3", false },
		{ "varco-20261121T100000Z.db", true },
		{ "varco-20261121T100000Z.db.part", false },
		{ "varco-20261121T100000Z.db.json", true },
		{ "varco-20261121T110000Z.db.json", true },
		{ "varco-20261121T110000Z.db.party", true },
		{ "varco-2026.db.part", true },
		{ "notes.part", true },
		{ "notes.txt", true },
		{ ".part", true },
	};
	struct live *l = *state;

	backup_sweep(l->core); /* no folder */
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		leave(l, rows[i].name);
	backup_sweep(l->core);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (is_there(l, rows[i].name) != rows[i].stays)
			fail_msg("%s", rows[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, finish)
		TEST(a_copy_is_made_checked_and_found),
		TEST(one_at_a_time),
		TEST(only_good_ones_count),
		TEST(it_is_given_up_in_time),
		TEST(on_a_low_disk_none_is_begun),
		TEST(whatever_fails_nothing_is_left),
		TEST(a_crash_leaves_nothing_for_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/wait.h>

#include "base/check.h"
#include "base/file.h"
#include "store/query.h"
#include "store/scratch.h"
#include "store/store.h"

struct fixture {
	struct scratch scratch;
	struct store *store;
	struct store_conn *conn;
};

static int set_up(void **state)
{
	static struct fixture f;

	f.store = scratch_open(&f.scratch);
	f.conn = scratch_connect(f.store, STORE_WRITE);
	scratch_exec(f.conn, "CREATE TABLE item (id BIGINT PRIMARY KEY, body TEXT) {clustered}");
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	store_disconnect(&f->conn);
	store_close(&f->store);
	scratch_remove(f->scratch.dir);
	return 0;
}

static void write_file(const char *path, const char *bytes, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	assert_int_equal(close(fd), 0);
}

static off_t file_size(const struct fixture *f, const char *suffix)
{
	char path[120];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s%s", f->scratch.path, suffix);
	return stat(path, &st) == 0 ? st.st_size : -1;
}

static void test_files_are_closed_to_others(void **state)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", "-lock" };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		char path[120];
		struct stat st;
		(void)snprintf(path, sizeof(path), "%s%s", f->scratch.path, suffixes[i]);
		assert_int_equal(stat(path, &st), 0);
		if ((st.st_mode & 0777) != 0600)
			fail_msg("%s: mode %o", suffixes[i], (unsigned)st.st_mode);
	}
}

static void test_settings(void **state)
{
	static const struct {
		const char *pragma;
		int64_t read, write;
	} rows[] = {
		{ "PRAGMA application_id", 0x56617263, 0x56617263 },
		{ "PRAGMA page_size", 4096, 4096 },
		{ "PRAGMA synchronous", 2, 2 },
		{ "PRAGMA foreign_keys", 1, 1 },
		{ "PRAGMA secure_delete", 1, 1 },
		{ "PRAGMA trusted_schema", 0, 0 },
		{ "PRAGMA cell_size_check", 1, 1 },
		{ "PRAGMA temp_store", 2, 2 },
		{ "PRAGMA busy_timeout", 5000, 5000 },
		{ "PRAGMA query_only", 1, 0 },
		{ "PRAGMA cache_size", -2048, -131072 },
		{ "SELECT journal_mode = 'wal' FROM pragma_journal_mode", 1, 1 },
	};
	struct fixture *f = *state;
	struct store_conn *reader = scratch_connect(f->store, STORE_READ);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t write = scratch_int(f->conn, rows[i].pragma);
		int64_t read = scratch_int(reader, rows[i].pragma);
		if (read != rows[i].read || write != rows[i].write)
			fail_msg(
			    "%s: %lld and %lld", rows[i].pragma, (long long)read, (long long)write);
	}
	store_disconnect(&reader);
}

/* As many commits as fill more than the thousand pages at which SQLite would checkpoint by itself. */
static void test_commits_never_checkpoint(void **state)
{
	struct fixture *f = *state;
	off_t before = file_size(f, "");

	for (int i = 0; i < 60; i++)
		scratch_exec(f->conn,
		    "INSERT INTO item SELECT coalesce(max(id), 0) + 1,"
		    " hex(zeroblob(90000)) FROM item");
	assert_true(store_log_pages(f->conn) > 1000);
	assert_int_equal(file_size(f, ""), before);
}

/* How many of the deleted numbers the files still have. */
static int64_t left_behind(struct fixture *f, const int64_t *numbers, size_t n)
{
	char path[120], text[24];
	struct buf all;
	struct err err;
	int64_t found = 0;

	buf_init(&all, 0);
	for (int log = 0; log < 2; log++) {
		(void)snprintf(path, sizeof(path), "%s%s", f->scratch.path, log ? "-wal" : "");
		MUST(file_read(path, 64u << 20, &all, &err), &err);
	}
	for (size_t i = 0; i < n; i++) {
		int len = snprintf(text, sizeof(text), "p%lld", (long long)numbers[i]);
		found += memmem(all.p, all.len, text, (size_t)len) != NULL;
	}
	buf_done(&all);
	return found;
}

enum { PEOPLE = 20000, GONE = 2000 };

/* splitmix64, so that each run is the same */
static int64_t roll(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return 393330000000 + (int64_t)((z ^ z >> 31) % 10000000);
}

static void test_what_was_deleted_is_gone_after_a_scrub(void **state)
{
	static int64_t numbers[PEOPLE];
	struct fixture *f = *state;
	uint64_t seed = 7;
	int64_t place = 0;
	struct err err;
	int r;

	scratch_exec(
	    f->conn, "CREATE TABLE place (name TEXT PRIMARY KEY, more TEXT) WITHOUT ROWID");
	MUST(store_begin(f->conn, &err), &err);
	for (size_t i = 0; i < PEOPLE; i++) {
		numbers[i] = roll(&seed);
		MUST(store_do(f->conn, &err,
			 "INSERT INTO place (name, more) VALUES ('p' || ?1, hex(zeroblob(?1 % 40)))"
			 " ON CONFLICT (name) DO NOTHING",
			 "i", numbers[i]),
		    &err);
	}
	MUST(store_commit(f->conn, &err), &err);
	MUST(store_begin(f->conn, &err), &err);
	for (size_t i = 0; i < GONE; i++)
		MUST(store_do(f->conn, &err, "DELETE FROM place WHERE name = 'p' || ?1", "i",
			 numbers[i]),
		    &err);
	MUST(store_commit(f->conn, &err), &err);
	MUST(store_checkpoint_all(f->conn, &err), &err);
	assert_true(left_behind(f, numbers, GONE) > 0); /* or this test shows nothing */
	struct store_conn *reader = scratch_connect(f->store, STORE_READ);
	int64_t rows = scratch_int(reader, "SELECT count(*) FROM place");

	while ((r = store_scrub(f->conn, &place, &err)) > 0)
		;
	MUST(r, &err);
	assert_int_equal(left_behind(f, numbers, GONE), 0);
	/* Nor does it come back with what is written next. */
	scratch_exec(f->conn, "UPDATE place SET more = more || 'x'");
	MUST(store_checkpoint_all(f->conn, &err), &err);
	assert_int_equal(left_behind(f, numbers, GONE), 0);
	assert_int_equal(scratch_int(reader, "SELECT count(*) FROM place"), rows);
	assert_int_equal(scratch_int(f->conn,
			     "SELECT count(*) FROM pragma_integrity_check"
			     " WHERE integrity_check = 'ok'"),
	    1);
	store_disconnect(&reader);
}

#define COPIED_AT 1795341600000LL /* 2026-11-22T10:00:00Z */
static const struct store_copying at_once = { .at = COPIED_AT, .deadline = INT64_MAX };

static void test_a_copy_is_of_one_moment(void **state)
{
	struct fixture *f = *state;
	time_ms at = 0;
	struct store_conn *reader = scratch_connect(f->store, STORE_READ);
	struct store *copy = NULL;
	struct store_conn *c = NULL;
	struct err err = { 0 };
	char path[256], url[300];

	(void)snprintf(path, sizeof(path), "%s/copy.db", f->scratch.dir);
	(void)snprintf(url, sizeof(url), "sqlite:%s", path);
	scratch_exec(f->conn, "CREATE TABLE thing (n BIGINT)");
	scratch_exec(f->conn, "INSERT INTO thing (n) VALUES (1)");
	MUST(store_begin(reader, &err), &err);
	assert_int_equal(scratch_int(reader, "SELECT count(*) FROM thing"), 1);
	scratch_exec(f->conn, "INSERT INTO thing (n) VALUES (2)");
	MUST(store_copy(reader, path, &at_once, &err), &err);
	assert_int_equal(store_copy(reader, path, &at_once, &err), -E_CONFLICT);
	assert_int_equal(store_copied_at(reader, &at, &err), 0);
	store_rollback(reader);
	MUST(store_open_reading(url, &copy, &err), &err);
	MUST(store_connect(copy, STORE_READ, &c, &err), &err);
	assert_int_equal(scratch_int(c, "SELECT count(*) FROM thing"), 1);
	assert_int_equal(store_copied_at(c, &at, &err), 1);
	assert_int_equal(at, COPIED_AT);
	store_disconnect(&c);
	store_close(&copy);
	assert_int_equal(unlink(path), 0);
	store_disconnect(&reader);
}

/* The mark goes with the transaction that takes it off, and stays where that is undone. */
static void test_a_copy_becomes_the_store(void **state)
{
	struct fixture *f = *state;
	struct store_conn *reader = scratch_connect(f->store, STORE_READ);
	struct store *copy = NULL;
	struct err err = { 0 };
	char path[256], url[300];
	time_ms at;

	(void)snprintf(path, sizeof(path), "%s/copy.db", f->scratch.dir);
	(void)snprintf(url, sizeof(url), "sqlite:%s", path);
	scratch_exec(f->conn, "CREATE TABLE thing (n BIGINT)");
	MUST(store_begin(reader, &err), &err);
	MUST(store_copy(reader, path, &at_once, &err), &err);
	store_rollback(reader);
	store_disconnect(&reader);
	for (int i = 0; i < 3; i++) {
		MUST(store_open(url, &copy, &err), &err);
		struct store_conn *c = scratch_connect(copy, STORE_WRITE);
		assert_int_equal(store_copied_at(c, &at, &err), i < 2);
		MUST(store_begin(c, &err), &err);
		MUST(store_unmark_copy(c, &err), &err);
		if (i == 1)
			MUST(store_commit(c, &err), &err);
		store_rollback(c);
		assert_int_equal(store_copied_at(c, &at, &err), i < 1);
		store_disconnect(&c);
		store_close(&copy);
	}
}

struct counter {
	long asked, most;
	int64_t left;
};

static int until_most(void *arg, int64_t left, struct err *err)
{
	struct counter *n = arg;

	assert_true(n->asked == 0 || left < n->left || left == 0);
	n->left = left;
	if (n->asked++ < n->most)
		return 0;
	return err_set(err, E_CLOSED, "No more of it.");
}

/* Whoever is asked, and whenever: nothing is left of a copy that was given up. */
static void test_a_copy_ends_when_it_is_told_to(void **state)
{
	struct fixture *f = *state;
	struct store_conn *reader = scratch_connect(f->store, STORE_READ);
	struct err err = { 0 };
	char path[256];
	int r = -1;
	long most = 0;

	(void)snprintf(path, sizeof(path), "%s/copy.db", f->scratch.dir);
	scratch_exec(f->conn, "CREATE TABLE thing (n BIGINT, more {blob})");
	scratch_exec(f->conn, "INSERT INTO thing (n, more) VALUES (1, zeroblob(3000000))");
	MUST(store_begin(reader, &err), &err);
	for (; r < 0; most++) {
		struct counter n = { .most = most };
		struct store_copying how = at_once;
		how.go_on = until_most;
		how.arg = &n;
		r = store_copy(reader, path, &how, &err);
		assert_int_equal(n.asked, r < 0 ? most + 1 : most);
		assert_int_equal(r, r < 0 ? -E_CLOSED : 0);
		assert_int_equal(access(path, F_OK), r < 0 ? -1 : 0);
	}
	assert_true(most > 3);
	store_rollback(reader);
	store_disconnect(&reader);
}

/* More than one step, and no time for it. */
static void test_a_copy_that_takes_too_long_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	const struct store_copying late = { .at = COPIED_AT };
	struct store_conn *reader = scratch_connect(f->store, STORE_READ);
	struct err err = { 0 };
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/copy.db", f->scratch.dir);
	scratch_exec(f->conn, "CREATE TABLE thing (n BIGINT, more {blob})");
	scratch_exec(f->conn, "INSERT INTO thing (n, more) VALUES (1, zeroblob(3000000))");
	MUST(store_begin(reader, &err), &err);
	assert_int_equal(store_copy(reader, path, &late, &err), -E_TIMEOUT);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(store_copy(reader, "/nowhere/copy.db", &at_once, &err), -E_STORE);
	store_rollback(reader);
	store_disconnect(&reader);
}

static void test_a_scrub_waits_for_nobody(void **state)
{
	struct fixture *f = *state;
	struct store_conn *reader = scratch_connect(f->store, STORE_READ);
	int64_t place = 0;
	struct err err;

	MUST(store_begin(reader, &err), &err);
	(void)scratch_int(reader, "SELECT count(*) FROM item");
	scratch_exec(f->conn, "INSERT INTO item (id, body) VALUES (9001, 'x')");
	assert_int_equal(store_scrub(f->conn, &place, &err), -E_BUSY);
	assert_int_equal(place, 0);
	store_rollback(reader);
	store_disconnect(&reader);
	assert_true(store_scrub(f->conn, &place, &err) >= 0);
	assert_true(place > 0);
}

static struct err refusal(const char *url, int expected)
{
	struct store *s = NULL;
	struct err err = { 0 };
	int rc = store_open(url, &s, &err);

	if (rc != expected || s)
		fail_msg("%s: %s, %s", url, err_name(rc), err.text);
	assert_string_equal(err.field, "store.url");
	return err;
}

static void make_foreign(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void test_what_is_not_ours_is_refused_and_unchanged(void **state)
{
	static const struct {
		const char *name;
		const char *sql;   /* makes a database, or */
		const char *bytes; /* makes a file, or neither: a directory */
	} rows[] = {
		{ "text", NULL,
		    "Dear diary, this is no database at all. Nor will it be one tomorrow." },
		{ "short", NULL, "x" },
		{ "no id", "CREATE TABLE t (x)", NULL },
		{ "other id", "PRAGMA application_id=7; CREATE TABLE t (x)", NULL },
		{ "directory", NULL, NULL },
	};
	struct scratch s;

	(void)state;
	scratch_make(&s);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct stat before, after;
		if (rows[i].sql)
			make_foreign(s.path, rows[i].sql);
		else if (rows[i].bytes)
			write_file(s.path, rows[i].bytes, strlen(rows[i].bytes), 0600);
		else
			assert_int_equal(mkdir(s.path, 0700), 0);
		assert_int_equal(stat(s.path, &before), 0);
		struct err err = refusal(s.url, -E_INVALID);
		assert_non_null(strstr(err.text, s.path));
		assert_int_equal(stat(s.path, &after), 0);
		assert_int_equal(before.st_size, after.st_size);
		assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
		assert_int_equal(remove(s.path), 0);
	}
	scratch_remove(s.dir);
}

/* --- where nothing can be written ------------------------------------------------------------- */

#define TOLD_MAX 400

/* What somebody sees who may not write there: the first item's body, or the error. In a process of its
 * own, for nothing forbids root to write. */
static void read_as_guest(const char *url, int *ret_code, char text[TOLD_MAX])
{
	int ends[2], status;

	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct store *store = NULL;
		struct store_conn *c = NULL;
		struct err err = { 0 };
		if (geteuid() == 0 && setuid(65534) < 0)
			_exit(99);
		int rc = store_open_reading(url, &store, &err);
		if (rc == 0)
			rc = store_connect(store, STORE_READ, &c, &err);
		struct store_stmt *s;
		if (rc == 0)
			rc = store_ask(c, &s, &err, "SELECT body FROM item ORDER BY id", "");
		if (rc == 0 && (rc = store_step(s, &err)) > 0)
			dprintf(ends[1], "%.*s", STR_ARG(store_col_text(s, 0)));
		else
			dprintf(ends[1], "%s", err.text);
		_exit(rc < 0 ? -rc : 0);
	}
	(void)close(ends[1]);
	ssize_t n = read(ends[0], text, TOLD_MAX - 1);
	text[n > 0 ? n : 0] = '\0';
	(void)close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	*ret_code = WEXITSTATUS(status);
}

static void set_mode(const struct fixture *f, const char *suffix, mode_t mode)
{
	char path[120];

	(void)snprintf(path, sizeof(path), "%s%s", f->scratch.path, suffix);
	if (access(path, F_OK) == 0)
		assert_int_equal(chmod(path, mode), 0);
}

static void test_read_where_nothing_can_be_written(void **state)
{
	struct fixture *f = *state;
	char text[TOLD_MAX];
	int code;

	scratch_exec(f->conn, "INSERT INTO item VALUES (1, 'Anna')");
	set_mode(f, "", 0444);
	set_mode(f, "-wal", 0444);
	assert_int_equal(chmod(f->scratch.dir, 0555), 0);
	/* somebody is at work on it: their log is read, too */
	set_mode(f, "-shm", 0444);
	read_as_guest(f->scratch.url, &code, text);
	assert_int_equal(code, 0);
	assert_string_equal(text, "Anna");

	store_disconnect(&f->conn);
	read_as_guest(f->scratch.url, &code, text);
	assert_int_equal(code, 0);
	assert_string_equal(text, "Anna");
	assert_int_equal(chmod(f->scratch.dir, 0700), 0);
	set_mode(f, "", 0600);
	f->conn = scratch_connect(f->store, STORE_WRITE);
}

/* A copy of the file and its log, without what a process at work keeps beside them: the file alone
 * would tell what was. */
static void test_a_log_that_nobody_can_move(void **state)
{
	struct fixture *f = *state;
	char text[TOLD_MAX], command[2000], url[400];
	int code;

	scratch_exec(f->conn, "INSERT INTO item VALUES (1, 'Anna')");
	(void)snprintf(command, sizeof(command),
	    "mkdir %s/copy && cp %s %s/copy/c && cp %s-wal %s/copy/c-wal && chmod 0444 %s/copy/* &&"
	    " chmod 0755 %s && chmod 0555 %s/copy",
	    f->scratch.dir, f->scratch.path, f->scratch.dir, f->scratch.path, f->scratch.dir,
	    f->scratch.dir, f->scratch.dir, f->scratch.dir);
	assert_int_equal(system(command), 0);
	(void)snprintf(url, sizeof(url), "sqlite:%s/copy/c", f->scratch.dir);
	read_as_guest(url, &code, text);
	if (code != E_INVALID || !strstr(text, "copy both"))
		fail_msg("%d %s", code, text);
	(void)snprintf(command, sizeof(command), "chmod 0700 %s/copy && rm -rf %s/copy",
	    f->scratch.dir, f->scratch.dir);
	assert_int_equal(system(command), 0);
}

static void test_reading_makes_nothing(void **state)
{
	struct store *store = NULL;
	struct err err = { 0 };
	struct scratch s;
	struct stat st;

	(void)state;
	scratch_make(&s);
	assert_int_equal(store_open_reading(s.url, &store, &err), -E_NOT_FOUND);
	write_file(s.path, "", 0, 0600);
	assert_int_equal(store_open_reading(s.url, &store, &err), -E_INVALID);
	assert_int_equal(stat(s.path, &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(remove(s.path), 0);
	scratch_remove(s.dir);
}

static void test_paths(void **state)
{
	static const struct {
		const char *path;
		int rc;
		const char *file; /* that is there afterwards */
	} rows[] = {
		{ "plain.db", 0, "plain.db" },
		{ ":memory:", 0, ":memory:" },
		{ "file:other.db?mode=memory", 0, "file:other.db?mode=memory" },
		{ "a%41.db", 0, "a%41.db" },
		{ "none/such.db", -E_STORE, NULL },
	};
	struct scratch s;
	char here[400], url[100], longest[600];

	(void)state;
	scratch_make(&s);
	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(chdir(s.dir), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct store *store = NULL;
		struct err err = { 0 };
		(void)snprintf(url, sizeof(url), "sqlite:%s", rows[i].path);
		int rc = store_open(url, &store, &err);
		if (rc != rows[i].rc)
			fail_msg("%s: %s", rows[i].path, err.text);
		store_close(&store);
		assert_true(!rows[i].file || access(rows[i].file, F_OK) == 0);
	}
	assert_int_equal(chdir(here), 0);
	scratch_remove(s.dir);
	(void)snprintf(longest, sizeof(longest), "sqlite:/%0500d", 1);
	(void)refusal(longest, -E_INVALID);
}

/* An empty file, as a crash right after its creation leaves it, readable to others. */
static void test_an_empty_file_is_adopted(void **state)
{
	struct scratch s;
	struct store *store = NULL;
	struct err err = { 0 };
	struct stat st;

	(void)state;
	scratch_make(&s);
	write_file(s.path, "", 0, 0644);
	MUST(store_open(s.url, &store, &err), &err);
	assert_int_equal(stat(s.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	store_close(&store);
	MUST(store_open(s.url, &store, &err), &err);
	store_close(&store);
	scratch_remove(s.dir);
}

/* The lock belongs to the store as opened, so a second store in this process stands for a second
 * process. */
static void test_only_one_process_writes(void **state)
{
	struct fixture *f = *state;
	struct store *other = NULL;
	struct store_conn *c = NULL, *again;
	struct err err = { 0 };

	MUST(store_open(f->scratch.url, &other, &err), &err);
	assert_int_equal(store_connect(other, STORE_WRITE, &c, &err), -E_BUSY);
	assert_null(c);
	c = scratch_connect(other, STORE_READ);
	assert_int_equal(scratch_int(c, "SELECT count(*) FROM item"), 0);
	store_disconnect(&c);
	again = scratch_connect(f->store, STORE_WRITE);
	store_disconnect(&again);
	store_disconnect(&f->conn);
	assert_int_equal(store_connect(other, STORE_WRITE, &c, &err), -E_BUSY);
	store_close(&f->store);
	c = scratch_connect(other, STORE_WRITE);
	store_disconnect(&c);
	store_close(&other);
}

static void test_checkpoints(void **state)
{
	struct fixture *f = *state;
	struct store_conn *reader = scratch_connect(f->store, STORE_READ);
	struct err err = { 0 };
	int64_t left = -1;

	scratch_exec(f->conn, "INSERT INTO item VALUES (1, hex(zeroblob(40000)))");
	assert_true(store_log_pages(f->conn) >= 10);
	/* A reader's snapshot keeps what came after it in the log. */
	MUST(store_begin(reader, &err), &err);
	assert_int_equal(scratch_int(reader, "SELECT count(*) FROM item"), 1);
	scratch_exec(f->conn, "UPDATE item SET body = hex(zeroblob(40001))");
	MUST(store_checkpoint(f->conn, &left, &err), &err);
	assert_true(left >= 10);
	store_rollback(reader);
	/* Without it all is moved, by a reading connection as well. */
	MUST(store_checkpoint(reader, &left, &err), &err);
	assert_int_equal(left, 0);
	assert_true(file_size(f, "-wal") > 0);
	/* The log begins anew. */
	scratch_exec(f->conn, "INSERT INTO item VALUES (2, 'x')");
	assert_true(store_log_pages(f->conn) < 16);
	MUST(store_checkpoint_all(reader, &err), &err);
	assert_int_equal(file_size(f, "-wal"), 0);
	store_disconnect(&reader);
}

/* What is kept in memory is bounded, and what was kept at first is kept again. */
static void test_keeping_less(void **state)
{
	struct fixture *f = *state;
	struct store_conn *reader = scratch_connect(f->store, STORE_READ);
	struct err err = { 0 };
	int64_t writes = scratch_int(f->conn, "PRAGMA cache_size");
	int64_t reads = scratch_int(reader, "PRAGMA cache_size");

	store_keep(f->conn, 500);
	assert_int_equal(scratch_int(f->conn, "PRAGMA cache_size"), -500);
	MUST(store_begin(f->conn, &err), &err);
	store_keep(f->conn, 0);
	store_rollback(f->conn);
	assert_int_equal(scratch_int(f->conn, "PRAGMA cache_size"), writes);
	store_keep(reader, 500);
	store_keep(reader, 0);
	assert_int_equal(scratch_int(reader, "PRAGMA cache_size"), reads);
	assert_true(writes < reads);
	store_disconnect(&reader);
}

static void test_check_of_a_sound_store(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };

	scratch_exec(f->conn, "INSERT INTO item VALUES (1, 'x')");
	int64_t pages = store_log_pages(f->conn);
	MUST(store_check(f->conn, &err), &err);
	assert_false(store_suspect(f->conn));
	assert_int_equal(store_log_pages(f->conn), pages);
}

/* Overwrites all pages but the first two in the closed file. */
static void damage(const struct fixture *f)
{
	char garbage[4096];
	struct stat st;
	int fd = open(f->scratch.path, O_WRONLY);

	memset(garbage, 0xa5, sizeof(garbage));
	assert_true(fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 4 * 4096);
	for (off_t at = 2 * 4096; at < st.st_size; at += 4096)
		assert_int_equal(pwrite(fd, garbage, sizeof(garbage), at), sizeof(garbage));
	assert_int_equal(close(fd), 0);
}

static void reopen_damaged(struct fixture *f)
{
	struct err err = { 0 };

	scratch_exec(f->conn,
	    "WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
	    " INSERT INTO item SELECT i, hex(zeroblob(20)) FROM n");
	store_disconnect(&f->conn);
	store_close(&f->store);
	damage(f);
	MUST(store_open(f->scratch.url, &f->store, &err), &err);
	f->conn = scratch_connect(f->store, STORE_WRITE);
}

static void test_damage_is_found_by_the_check(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };

	reopen_damaged(f);
	assert_false(store_suspect(f->conn));
	assert_int_equal(store_check(f->conn, &err), -E_STORE);
	assert_true(store_suspect(f->conn));
}

static void test_damage_met_in_work_is_never_forgotten(void **state)
{
	struct fixture *f = *state;
	struct store_conn *reader;
	struct err err = { 0 };

	reopen_damaged(f);
	reader = scratch_connect(f->store, STORE_READ);
	assert_int_equal(store_exec(reader, "SELECT sum(id) FROM item", &err), -E_STORE);
	assert_true(store_suspect(f->conn));
	store_disconnect(&reader);
	store_disconnect(&f->conn);
	f->conn = scratch_connect(f->store, STORE_WRITE);
	assert_true(store_suspect(f->conn));
	assert_int_equal(store_check(f->conn, &err), -E_STORE);
}

/* --- SQLite's own allocations --------------------------------------------------------------------- */

static sqlite3_mem_methods real_mem;
static long allocs_left = -1; /* until one fails; <0 = none does */
static bool met;

static bool fails_now(void)
{
	if (allocs_left < 0 || allocs_left-- > 0)
		return false;
	met = true;
	return true;
}

static void *counted_malloc(int size)
{
	return fails_now() ? NULL : real_mem.xMalloc(size);
}

static void *counted_realloc(void *p, int size)
{
	return fails_now() ? NULL : real_mem.xRealloc(p, size);
}

static int write_two_rows(struct store *s, struct err *err)
{
	struct store_conn *c = NULL;
	struct store_stmt *st;
	int rc = store_connect(s, STORE_WRITE, &c, err);

	if (rc < 0)
		return rc;
	rc = store_begin(c, err);
	for (int i = 0; rc == 0 && i < 2; i++) {
		rc = store_prepare(c,
		    "INSERT INTO item (id, body) SELECT coalesce(max(id), 0) + ?1,"
		    " hex(zeroblob(9000)) FROM item",
		    &st, err);
		if (rc == 0)
			store_bind_int(st, 1, 1);
		if (rc == 0)
			rc = store_run(st, err);
	}
	if (rc == 0)
		rc = store_commit(c, err);
	store_disconnect(&c);
	return rc;
}

/* Whatever allocation fails, both rows are there or none is, and the error says what it was. */
static void test_memory_may_run_out_anywhere(void **state)
{
	struct fixture *f = *state;
	int64_t rows = 0;

	for (long nth = 0; nth == 0 || met; nth++) {
		struct err err = { 0 };
		met = false;
		allocs_left = nth;
		int rc = write_two_rows(f->store, &err);
		allocs_left = -1;
		if (rc != 0 && (rc != -E_NOMEM || !met || !err.text[0]))
			fail_msg("allocation %ld: %s, %s", nth, err_name(rc), err.text);
		rows += rc == 0 ? 2 : 0;
		assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM item"), rows);
	}
	assert_true(rows > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_files_are_closed_to_others, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_settings, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_commits_never_checkpoint, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_what_was_deleted_is_gone_after_a_scrub, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_scrub_waits_for_nobody, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_copy_is_of_one_moment, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_copy_that_takes_too_long_leaves_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_copy_ends_when_it_is_told_to, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_copy_becomes_the_store, set_up, tear_down),
		cmocka_unit_test(test_what_is_not_ours_is_refused_and_unchanged),
		cmocka_unit_test_setup_teardown(
		    test_read_where_nothing_can_be_written, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_log_that_nobody_can_move, set_up, tear_down),
		cmocka_unit_test(test_reading_makes_nothing),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_an_empty_file_is_adopted),
		cmocka_unit_test_setup_teardown(test_only_one_process_writes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_checkpoints, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_keeping_less, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_check_of_a_sound_store, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_damage_is_found_by_the_check, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_damage_met_in_work_is_never_forgotten, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_memory_may_run_out_anywhere, set_up, tear_down),
	};
	sqlite3_mem_methods counted;

	if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_mem) != SQLITE_OK)
		return 1;
	counted = real_mem;
	counted.xMalloc = counted_malloc;
	counted.xRealloc = counted_realloc;
	if (sqlite3_config(SQLITE_CONFIG_MALLOC, &counted) != SQLITE_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

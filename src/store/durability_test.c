/* What commit promises, put to the test: what was acknowledged is there after kill -9, after a power
 * cut that drops all that was not flushed, on a full disk and when any write or flush fails; and what
 * was refused is not there, then or later. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/check.h"
#include "store/scratch.h"
#include "store/writer.h"

static const struct writer_options usual = { 64, 5, 1000, 0 };

static void make_table(const char *url)
{
	struct store *s = NULL;
	struct store_conn *c;
	struct err err = { 0 };

	MUST(store_open(url, &s, &err), &err);
	c = scratch_connect(s, STORE_WRITE);
	scratch_exec(c, "CREATE TABLE item (id BIGINT PRIMARY KEY, body {blob}) {clustered}");
	store_disconnect(&c);
	store_close(&s);
}

static int insert(struct store_conn *c, int64_t id, struct str body, struct err *err)
{
	struct store_stmt *st;
	int rc = store_prepare(c, "INSERT INTO item (id, body) VALUES (?1, ?2)", &st, err);

	if (rc < 0)
		return rc;
	store_bind_int(st, 1, id);
	store_bind_blob(st, 2, body);
	return store_run(st, err);
}

static void copy_file(const char *from, const char *to)
{
	char block[8192];
	ssize_t n;
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(out >= 0 && (in >= 0 || errno == ENOENT));
	while (in >= 0 && (n = read(in, block, sizeof(block))) > 0)
		assert_int_equal(write(out, block, (size_t)n), n);
	if (in >= 0)
		(void)close(in);
	(void)close(out);
}

/* The file and its log, as they stand, under another name. */
static void copy_store(const char *from, const char *to)
{
	char a[120], b[120];

	copy_file(from, to);
	(void)snprintf(a, sizeof(a), "%s-wal", from);
	(void)snprintf(b, sizeof(b), "%s-wal", to);
	copy_file(a, b);
}

/* Rows 1 to *ret_last without a gap, in a store that is sound throughout. */
static int64_t count_rows(const char *path)
{
	char url[120];
	struct store *s = NULL;
	struct store_conn *c;
	struct err err = { 0 };

	(void)snprintf(url, sizeof(url), "sqlite:%s", path);
	MUST(store_open(url, &s, &err), &err);
	c = scratch_connect(s, STORE_WRITE);
	MUST(store_check(c, &err), &err);
	int64_t rows = scratch_int(c, "SELECT count(*) FROM item");
	assert_int_equal(scratch_int(c, "SELECT coalesce(max(id), 0) FROM item"), rows);
	store_disconnect(&c);
	store_close(&s);
	return rows;
}

/* --- kill -9 -------------------------------------------------------------------------------------- */

#define CYCLES 30
#define IN_FLIGHT 24

struct numbered {
	struct write_job job; /* first */
	int64_t id;
};

/* The child's. */
static struct writer *writer;
static int ack_fd;
static int64_t next_id;

static int run_numbered(struct write_job *job, struct store_conn *c, struct err *err)
{
	return insert(
	    c, ((struct numbered *)job)->id, STR("a row of the usual size, more or less"), err);
}

static void ack_numbered(struct write_job *job, int rc)
{
	struct numbered *n = (struct numbered *)job;

	if (rc != 0 || write(ack_fd, &n->id, sizeof(n->id)) != sizeof(n->id))
		_exit(3);
	n->id = next_id++;
	if (!writer_submit(writer, job))
		_exit(4);
}

/* Never returns: it commits and tells until it is killed. */
static void commit_until_killed(const char *url, int fd, int64_t from)
{
	static struct numbered jobs[IN_FLIGHT];
	struct store *s;
	struct err err;

	ack_fd = fd;
	next_id = from + IN_FLIGHT;
	if (store_open(url, &s, &err) < 0 || writer_start(s, &usual, NULL, &writer, &err) < 0)
		_exit(2);
	for (int i = 0; i < IN_FLIGHT; i++) {
		jobs[i] = (struct numbered){ { .run = run_numbered, .done = ack_numbered },
			from + i };
		if (!writer_submit(writer, &jobs[i].job))
			_exit(4);
	}
	for (;;)
		(void)pause();
}

/* The same numbers in every run; the moment of the kill within the work is chance all the same. */
static unsigned next_random(void)
{
	static uint64_t seed = 20261122;

	seed = seed * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(seed >> 33);
}

/* Reads acknowledgements up to `enough` of them, or to the end; each must be the next number. */
static int64_t read_acks(int fd, int64_t last, unsigned enough)
{
	int64_t id;

	for (unsigned n = 0; n < enough && read(fd, &id, sizeof(id)) == sizeof(id); n++)
		assert_int_equal(id, ++last);
	return last;
}

static int64_t one_cycle(const char *url, int64_t rows)
{
	int fds[2], status;

	assert_int_equal(pipe(fds), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		commit_until_killed(url, fds[1], rows + 1);
	(void)close(fds[1]);
	int64_t acked = read_acks(fds[0], rows, next_random() % 700);
	assert_int_equal(kill(child, SIGKILL), 0);
	acked = read_acks(fds[0], acked, UINT32_MAX);
	(void)close(fds[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	return acked;
}

static void test_what_was_acknowledged_survives_a_kill(void **state)
{
	struct scratch s;
	int64_t rows = 0;

	(void)state;
	scratch_make(&s);
	make_table(s.url);
	for (int i = 0; i < CYCLES; i++) {
		int64_t acked = one_cycle(s.url, rows);
		rows = count_rows(s.path);
		if (rows < acked)
			fail_msg("cycle %d: %lld acknowledged, %lld there", i, (long long)acked,
			    (long long)rows);
	}
	assert_true(rows > CYCLES);
	scratch_remove(s.dir);
}

/* --- a file system that fails on purpose ---------------------------------------------------------- */

/* Every flush copies the file that was flushed to `flushed_dir`: what a power cut leaves at worst.
 * And one operation may be told to fail. */

enum fault {
	NO_FAULT,
	LOG_WRITE_FULL,
	LOG_WRITE_FAILS,
	LOG_FLUSH_FAILS,
	FILE_WRITE_FULL,
	FILE_FLUSH_FAILS,
	FILE_READ_FAILS,
	FAULTS
};

struct watched {
	sqlite3_file *file;
	bool is_log;
	char path[120];
};

static struct {
	sqlite3_vfs vfs;
	sqlite3_vfs *real;
	struct {
		sqlite3_io_methods ours;
		const sqlite3_io_methods *real;
	} methods[2];         /* of the file and of the log, which SQLite does not lock */
	pthread_mutex_t lock; /* of what follows */
	struct watched files[32];
	char flushed_dir[64];
	enum fault fault;
	long until, times; /* operations before the first that fails, and how many do */
	long met;
} disk = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct watched *find_watched(sqlite3_file *file)
{
	for (size_t i = 0; i < ARRAY_LEN(disk.files); i++)
		if (disk.files[i].file == file)
			return &disk.files[i];
	return NULL;
}

static const sqlite3_io_methods *real_of(const sqlite3_file *file)
{
	return disk.methods[file->pMethods == &disk.methods[1].ours].real;
}

static bool fails(sqlite3_file *file, enum fault on_file, enum fault on_log)
{
	(void)pthread_mutex_lock(&disk.lock);
	struct watched *w = find_watched(file);
	enum fault mine = w && w->is_log ? on_log : on_file;
	bool now = disk.fault != NO_FAULT && mine == disk.fault && disk.until-- <= 0 &&
	    disk.times-- > 0;
	disk.met += now;
	(void)pthread_mutex_unlock(&disk.lock);
	return now;
}

static int disk_read(sqlite3_file *file, void *p, int n, sqlite3_int64 at)
{
	if (fails(file, FILE_READ_FAILS, FAULTS))
		return SQLITE_IOERR_READ;
	return real_of(file)->xRead(file, p, n, at);
}

static int disk_write(sqlite3_file *file, const void *p, int n, sqlite3_int64 at)
{
	if (fails(file, FILE_WRITE_FULL, LOG_WRITE_FULL)) {
		(void)real_of(file)->xWrite(file, p, n / 2, at);
		return SQLITE_FULL;
	}
	if (fails(file, FAULTS, LOG_WRITE_FAILS))
		return SQLITE_IOERR_WRITE;
	return real_of(file)->xWrite(file, p, n, at);
}

static int disk_sync(sqlite3_file *file, int flags)
{
	if (fails(file, FILE_FLUSH_FAILS, LOG_FLUSH_FAILS))
		return SQLITE_IOERR_FSYNC;
	int rc = real_of(file)->xSync(file, flags);
	(void)pthread_mutex_lock(&disk.lock);
	struct watched *w = find_watched(file);
	if (rc == SQLITE_OK && w && disk.flushed_dir[0]) {
		char to[120];
		(void)snprintf(
		    to, sizeof(to), "%s/%s", disk.flushed_dir, w->is_log ? "t.db-wal" : "t.db");
		copy_file(w->path, to);
	}
	(void)pthread_mutex_unlock(&disk.lock);
	return rc;
}

static int disk_close(sqlite3_file *file)
{
	(void)pthread_mutex_lock(&disk.lock);
	struct watched *w = find_watched(file);
	if (w)
		w->file = NULL;
	(void)pthread_mutex_unlock(&disk.lock);
	return real_of(file)->xClose(file);
}

static void take_methods(const sqlite3_io_methods *real, bool is_log)
{
	sqlite3_io_methods *ours = &disk.methods[is_log].ours;

	*ours = *real;
	ours->xRead = disk_read;
	ours->xWrite = disk_write;
	ours->xSync = disk_sync;
	ours->xClose = disk_close;
	disk.methods[is_log].real = real;
}

static void watch(sqlite3_file *file, const char *path, bool is_log)
{
	(void)pthread_mutex_lock(&disk.lock);
	struct watched *w = find_watched(NULL);
	ASSERT(w);
	*w = (struct watched){ .file = file, .is_log = is_log };
	(void)snprintf(w->path, sizeof(w->path), "%s", path);
	if (!disk.methods[is_log].real)
		take_methods(file->pMethods, is_log);
	ASSERT(disk.methods[is_log].real == file->pMethods);
	file->pMethods = &disk.methods[is_log].ours;
	(void)pthread_mutex_unlock(&disk.lock);
}

static int disk_open(
    sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *ret_flags)
{
	(void)vfs;
	int rc = disk.real->xOpen(disk.real, path, file, flags, ret_flags);

	if (rc == SQLITE_OK && (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)))
		watch(file, path, flags & SQLITE_OPEN_WAL);
	return rc;
}

static void disk_fail(enum fault fault, long nth, long times)
{
	(void)pthread_mutex_lock(&disk.lock);
	disk.fault = fault;
	disk.until = nth - 1;
	disk.times = times;
	disk.met = 0;
	(void)pthread_mutex_unlock(&disk.lock);
}

static int install_disk(void **state)
{
	(void)state;
	disk.real = sqlite3_vfs_find(NULL);
	disk.vfs = *disk.real;
	disk.vfs.pNext = NULL;
	disk.vfs.zName = "failing";
	disk.vfs.xOpen = disk_open;
	return sqlite3_vfs_register(&disk.vfs, 1) == SQLITE_OK ? 0 : -1;
}

static int remove_disk(void **state)
{
	(void)state;
	disk_fail(NO_FAULT, 0, 0);
	return sqlite3_vfs_unregister(&disk.vfs) == SQLITE_OK ? 0 : -1;
}

/* --- a power cut ---------------------------------------------------------------------------------- */

static void test_commits_are_flushed(void **state)
{
	struct scratch s, flushed, after;
	struct store *store = NULL;
	struct store_conn *c;
	struct err err = { 0 };

	(void)state;
	scratch_make(&s);
	scratch_make(&flushed);
	scratch_make(&after);
	(void)snprintf(disk.flushed_dir, sizeof(disk.flushed_dir), "%s", flushed.dir);
	make_table(s.url);
	MUST(store_open(s.url, &store, &err), &err);
	c = scratch_connect(store, STORE_WRITE);
	for (int64_t id = 1; id <= 80; id++) {
		MUST(store_begin(c, &err), &err);
		MUST(insert(c, id, STR("a row"), &err), &err);
		MUST(store_commit(c, &err), &err);
		copy_store(flushed.path, after.path);
		assert_int_equal(count_rows(after.path), id);
		if (id % 7 == 0)
			MUST(store_checkpoint(c, NULL, &err), &err);
		copy_store(flushed.path, after.path);
		assert_int_equal(count_rows(after.path), id);
	}
	disk.flushed_dir[0] = '\0';
	store_disconnect(&c);
	store_close(&store);
	scratch_remove(s.dir);
	scratch_remove(flushed.dir);
	scratch_remove(after.dir);
}

/* --- writes and flushes that fail ----------------------------------------------------------------- */

struct row {
	struct write_job job; /* first */
	int64_t id;
};

static char big_body[20000];

static int run_row(struct write_job *job, struct store_conn *c, struct err *err)
{
	return insert(c, ((struct row *)job)->id, str_n(big_body, sizeof(big_body)), err);
}

/* Writes the next row, which is number `rows` + 1; how many there are afterwards by what it was told. */
static int64_t write_row(struct writer *w, int64_t rows, int *ret_rc)
{
	struct row row = { { .run = run_row }, rows + 1 };

	*ret_rc = writer_call(w, &row.job);
	if (*ret_rc < 0)
		assert_true(row.job.err.text[0]);
	return *ret_rc == 0 ? rows + 1 : rows;
}

struct faulty {
	struct scratch s, crashed;
	struct store *store;
	struct writer *writer;
	int64_t rows;
};

static void faulty_open(struct faulty *f)
{
	struct err err = { 0 };

	f->rows = 0;
	scratch_make(&f->s);
	scratch_make(&f->crashed);
	make_table(f->s.url);
	MUST(store_open(f->s.url, &f->store, &err), &err);
	MUST(writer_start(f->store, &usual, NULL, &f->writer, &err), &err);
}

static void faulty_close(struct faulty *f)
{
	writer_stop(&f->writer);
	store_close(&f->store);
	disk_fail(NO_FAULT, 0, 0);
	scratch_remove(f->crashed.dir);
}

/* After each answer: were the process killed now, the store would hold what was acknowledged and
 * nothing else. */
static void check_after_crash(struct faulty *f, enum fault fault, long nth)
{
	(void)pthread_mutex_lock(&disk.lock);
	enum fault before = disk.fault;
	disk.fault = NO_FAULT;
	(void)pthread_mutex_unlock(&disk.lock);
	copy_store(f->s.path, f->crashed.path);
	int64_t rows = count_rows(f->crashed.path);
	if (rows != f->rows)
		fail_msg("fault %d, %ld: %lld rows acknowledged, %lld there after a crash",
		    (int)fault, nth, (long long)f->rows, (long long)rows);
	(void)pthread_mutex_lock(&disk.lock);
	disk.fault = before;
	(void)pthread_mutex_unlock(&disk.lock);
}

/* Each write or flush of one kind fails once, in turn, until none was left to fail. */
static void test_one_fault_anywhere(void **state)
{
	(void)state;
	for (int fault = NO_FAULT + 1; fault < FAULTS; fault++) {
		bool met = true;
		for (long nth = 1; met; nth++) {
			struct faulty f;
			int rc, failures = 0;
			faulty_open(&f);
			disk_fail((enum fault)fault, nth, 1);
			for (int i = 0; i < 4; i++) {
				f.rows = write_row(f.writer, f.rows, &rc);
				failures += rc < 0;
				check_after_crash(&f, (enum fault)fault, nth);
			}
			struct writer_stats stats;
			writer_stats(f.writer, &stats);
			assert_true(failures <= 1);
			assert_int_equal(stats.recoveries, failures);
			assert_false(writer_is_broken(f.writer));
			writer_stop(&f.writer);
			met = disk.met > 0;
			faulty_close(&f);
			assert_int_equal(count_rows(f.s.path), f.rows);
			scratch_remove(f.s.dir);
			if (nth == 1 && !met)
				fail_msg("fault %d never came about", fault);
		}
	}
}

/* A disk that does not come back breaks the writer; what it acknowledged before is safe. */
static void test_a_disk_that_stays_broken(void **state)
{
	static const struct {
		enum fault fault;
		bool broken;
	} rows[] = {
		{ LOG_FLUSH_FAILS, true },
		{ LOG_WRITE_FAILS, true },
		{ LOG_WRITE_FULL, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct faulty f;
		int rc;
		faulty_open(&f);
		f.rows = write_row(f.writer, f.rows, &rc);
		disk_fail(rows[i].fault, 3, 1000000);
		for (int k = 0; k < 4; k++)
			f.rows = write_row(f.writer, f.rows, &rc);
		assert_int_equal(rc, -E_STORE);
		assert_int_equal(writer_is_broken(f.writer), rows[i].broken);
		disk_fail(NO_FAULT, 0, 0);
		f.rows = write_row(f.writer, f.rows, &rc);
		assert_int_equal(rc, rows[i].broken ? -E_STORE : 0);
		faulty_close(&f);
		assert_int_equal(count_rows(f.s.path), f.rows);
		scratch_remove(f.s.dir);
	}
}

/* --- a full disk ---------------------------------------------------------------------------------- */

/* In the child a failed check ends the process with the line it stands in. */
#define CHECK(e) \
	do { \
		if (!(e)) \
			_exit(__LINE__ % 250 + 1); \
	} while (0)

static int in_child(int (*deed)(const char *dir), const char *dir)
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0)
		_exit(deed(dir));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int64_t rows_of(struct store *s)
{
	struct store_conn *c;
	struct store_stmt *st;

	CHECK(store_connect(s, STORE_READ, &c, NULL) == 0);
	CHECK(store_prepare(c, "SELECT count(*) FROM item", &st, NULL) == 0);
	CHECK(store_step(st, NULL) == 1);
	int64_t rows = store_col_int(st, 0);
	store_disconnect(&c);
	return rows;
}

static int64_t write_until_it_fails(struct writer *w, int64_t rows)
{
	struct row row = { { .run = run_row }, 0 };

	for (int i = 0; i < 1000; i++) {
		row.id = rows + 1;
		int rc = writer_call(w, &row.job);
		CHECK(rc == 0 || rc == -E_STORE);
		if (rc < 0)
			return rows;
		rows++;
	}
	_exit(250);
}

#define NOT_PERMITTED 251

/* A file system of a megabyte, part of which a ballast takes until the store has filled the rest. */
static int fill_a_small_disk(const char *dir)
{
	char path[120], url[130];
	struct store *s;
	struct writer *w;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", dir, "tmpfs", 0, "size=1m") < 0)
		return NOT_PERMITTED;
	(void)snprintf(url, sizeof(url), "sqlite:%s/t.db", dir);
	(void)snprintf(path, sizeof(path), "%s/ballast", dir);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	CHECK(posix_fallocate(fd, 0, 400000) == 0);
	make_table(url);
	CHECK(store_open(url, &s, NULL) == 0);
	CHECK(writer_start(s, &usual, NULL, &w, NULL) == 0);
	int64_t rows = write_until_it_fails(w, 0);
	CHECK(rows > 3);
	CHECK(!writer_is_broken(w));
	CHECK(rows_of(s) == rows);
	CHECK(write_until_it_fails(w, rows) == rows);
	CHECK(unlink(path) == 0 && close(fd) == 0);
	int64_t more = write_until_it_fails(w, rows);
	CHECK(more > rows + 3);
	CHECK(!writer_is_broken(w));
	CHECK(rows_of(s) == more);
	writer_stop(&w);
	store_close(&s);
	CHECK(store_open(url, &s, NULL) == 0);
	CHECK(rows_of(s) == more);
	store_close(&s);
	return 0;
}

static void test_a_full_disk(void **state)
{
	struct scratch s;

	(void)state;
	scratch_make(&s);
	int rc = in_child(fill_a_small_disk, s.dir);
	scratch_remove(s.dir);
	if (rc == NOT_PERMITTED)
		skip();
	assert_int_equal(rc, 0);
}

/* The log may not grow past a limit of the process: an error of the disk that is not ENOSPC. */
static int meet_the_size_limit(const char *dir)
{
	struct rlimit limit = { 600000, RLIM_INFINITY };
	char url[130];
	struct store *s;
	struct writer *w;

	(void)signal(SIGXFSZ, SIG_IGN);
	(void)snprintf(url, sizeof(url), "sqlite:%s/t.db", dir);
	make_table(url);
	CHECK(store_open(url, &s, NULL) == 0);
	CHECK(writer_start(s, &usual, NULL, &w, NULL) == 0);
	CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	int64_t rows = write_until_it_fails(w, 0);
	CHECK(rows > 3);
	CHECK(rows_of(s) == rows);
	CHECK(write_until_it_fails(w, rows) == rows);
	limit.rlim_cur = RLIM_INFINITY;
	CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	writer_stop(&w);
	store_close(&s);
	CHECK(store_open(url, &s, NULL) == 0);
	CHECK(rows_of(s) == rows);
	CHECK(writer_start(s, &usual, NULL, &w, NULL) == 0);
	struct row row = { { .run = run_row }, rows + 1 };
	CHECK(writer_call(w, &row.job) == 0);
	writer_stop(&w);
	store_close(&s);
	return 0;
}

static void test_a_limit_on_the_size_of_files(void **state)
{
	struct scratch s;

	(void)state;
	scratch_make(&s);
	assert_int_equal(in_child(meet_the_size_limit, s.dir), 0);
	scratch_remove(s.dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_acknowledged_survives_a_kill),
		cmocka_unit_test(test_a_full_disk),
		cmocka_unit_test(test_a_limit_on_the_size_of_files),
		cmocka_unit_test_setup_teardown(
		    test_commits_are_flushed, install_disk, remove_disk),
		cmocka_unit_test_setup_teardown(test_one_fault_anywhere, install_disk, remove_disk),
		cmocka_unit_test_setup_teardown(
		    test_a_disk_that_stays_broken, install_disk, remove_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

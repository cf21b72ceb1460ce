/* SQLite's own backup, with the snapshot held by the caller: without it every commit of somebody else
 * would begin the copy anew, and a busy store would never be done. While it is held the log grows. */
#include "store/sqlite_copy.h"

#include <string.h>
#include <time.h>

#define PAGES_A_STEP 256 /* 1 MiB */
#define PAGE_BYTES 4096
#define MARK_AT 60            /* where the file's header has what PRAGMA user_version says */
#define REST_MOST_NS 50000000 /* after a step that took long */

#define STEPS_A_QUESTION 100000 /* of SQLite's machine: a millisecond or so */

#define COPIED "copied"
#define READ "read"

static int fail_to(const char *deed, int rc, struct err *err)
{
	enum err_code code = rc == SQLITE_NOMEM || rc == SQLITE_IOERR_NOMEM ? E_NOMEM : E_STORE;

	return err_set(err, code, "The store could not be %s: %s.", deed, sqlite3_errstr(rc));
}

static int fail(int rc, struct err *err)
{
	return fail_to(COPIED, rc, err);
}

static void rest(mono_ns took)
{
	struct timespec t = { .tv_nsec = took < REST_MOST_NS ? took : REST_MOST_NS };

	if (took > 0)
		(void)nanosleep(&t, NULL);
}

static int may_go_on(const struct store_copying *how, sqlite3_backup *b, struct err *err)
{
	if (clock_mono() >= how->deadline)
		return err_set(err, E_TIMEOUT, "Copying the store took too long.");
	if (!how->go_on)
		return 0;
	return how->go_on(how->arg, (int64_t)sqlite3_backup_remaining(b) * PAGE_BYTES, err);
}

static int copy_steps(sqlite3_backup *b, const struct store_copying *how, struct err *err)
{
	int rc, r;

	do {
		mono_ns began = clock_mono();
		rc = sqlite3_backup_step(b, PAGES_A_STEP);
		r = rc == SQLITE_OK ? may_go_on(how, b, err) : 0;
		if (rc == SQLITE_OK && r == 0)
			rest(clock_mono() - began);
	} while (rc == SQLITE_OK && r == 0);
	return r < 0 || rc == SQLITE_DONE ? r : fail(rc, err);
}

static int copy_all(sqlite3 *from, sqlite3 *to, const struct store_copying *how, struct err *err)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
	int r = b ? copy_steps(b, how, err) : fail(sqlite3_errcode(to), err);
	int rc = b ? sqlite3_backup_finish(b) : SQLITE_OK;

	return r == 0 && rc != SQLITE_OK ? fail(rc, err) : r;
}

/* Into the header, big endian as the format wants it. The file is a store with a log by its header already: SQLite
 * itself would make a log for these four bytes. */
static int mark(sqlite3 *to, time_ms at, struct err *err)
{
	uint32_t seconds = (uint32_t)(at / MS_PER_S);
	const unsigned char bytes[] = { (unsigned char)(seconds >> 24),
		(unsigned char)(seconds >> 16), (unsigned char)(seconds >> 8),
		(unsigned char)seconds };
	sqlite3_file *f = NULL;
	int rc = sqlite3_file_control(to, "main", SQLITE_FCNTL_FILE_POINTER, &f);

	if (rc == SQLITE_OK)
		rc = f->pMethods->xWrite(f, bytes, sizeof(bytes), MARK_AT);
	if (rc == SQLITE_OK)
		rc = f->pMethods->xSync(f, SQLITE_SYNC_FULL);
	return rc == SQLITE_OK ? 0 : fail(rc, err);
}

int sqlite_copy(sqlite3 *from, const char *path, const struct store_copying *how, struct err *err)
{
	sqlite3 *to = NULL;
	int rc = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE, NULL);

	/* Nobody sees the file before it is whole: a journal of its own would only be written twice. */
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(
		    to, "PRAGMA journal_mode=OFF; PRAGMA synchronous=FULL", NULL, NULL, NULL);
	int r = rc == SQLITE_OK ? copy_all(from, to, how, err) : fail(rc, err);
	if (r == 0)
		r = mark(to, how->at, err);
	(void)sqlite3_close(to);
	return r;
}

/* --- reading it again ------------------------------------------------------------------------- */

struct asked {
	const struct store_looking *how;
	struct err *err;
	int rc;
};

static int on_progress(void *arg)
{
	struct asked *a = arg;

	a->rc = a->how->go_on(a->how->arg, 0, a->err);
	return a->rc < 0;
}

static int read_verdict(sqlite3_stmt *st, struct err *err)
{
	int rc = sqlite3_step(st);
	const unsigned char *text = rc == SQLITE_ROW ? sqlite3_column_text(st, 0) : NULL;

	if (rc == SQLITE_ROW && text && strcmp((const char *)text, "ok") == 0)
		return 0;
	if (rc == SQLITE_ROW && text)
		return err_set(err, E_STORE, "The store is damaged: %.200s.", (const char *)text);
	return fail_to(READ, rc == SQLITE_ROW ? SQLITE_NOMEM : rc, err);
}

int sqlite_check_whole(sqlite3 *db, const struct store_looking *how, struct err *err)
{
	struct asked asked = { .how = how, .err = err };
	struct err why = { 0 };
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db,
	    how->indexes ? "PRAGMA integrity_check(1)" : "PRAGMA quick_check(1)", -1, &st, NULL);

	if (rc != SQLITE_OK)
		return fail_to(READ, rc, err);
	if (how->go_on)
		sqlite3_progress_handler(db, STEPS_A_QUESTION, on_progress, &asked);
	int r = read_verdict(st, &why);
	sqlite3_progress_handler(db, 0, NULL, NULL);
	(void)sqlite3_finalize(st);
	if (asked.rc < 0)
		return asked.rc;
	return r < 0 ? err_set(err, (enum err_code) - r, "%s", why.text) : 0;
}

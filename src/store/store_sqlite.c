/* One file in WAL mode beside its log and its lock: PATH, PATH-wal, PATH-shm, PATH-lock.
 *
 * Durability: `synchronous=FULL` flushes the log in every commit, before COMMIT returns. The log is
 * moved into the file only by store_checkpoint, never inside a commit (wal_autocheckpoint=0).
 *
 * Memory: pages are cached by the writing connection alone, for a reader's cache is dropped whenever
 * somebody else commits. mmap stays off: a page that cannot be read must be an error and not a
 * SIGBUS, and mapped pages would count as resident.
 *
 * Failed flushes: a commit whose flush failed is undone for all connections, but its pages stand
 * whole behind the end of the log, and recovery after a crash would take them for committed. Until
 * something else was written over them the store is `doubtful` (check_flushed). */
#include "store/store_driver.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "store/sqlite_copy.h"
#include "store/sqlite_log.h"
#include "store/sqlite_scrub.h"

/* "Varc": what `PRAGMA application_id` says of a file that is ours. */
#define APPLICATION_ID 0x56617263
#define PATH_LIMIT 480 /* SQLite's own limit is 512, its suffixes included */
#define PAGE_BYTES 4096
#define SCRUB_PAGES 2048 /* 8 MiB at a time */
/* Only checkpoints and the closing of the last connection ever lock a writer out. */
#define BUSY_TIMEOUT_MS 5000
/* quick_check reads every page: up to this size that takes a fraction of a second. */
#define SMALL_BYTES (64LL << 20)

struct sqlite_store {
	struct store base;
	char *path;
	pthread_mutex_t lock; /* of writer_fd */
	bool reading;
	char *uri;            /* where nothing can be written: with the promise that nobody does */
	int writer_fd;        /* PATH-lock, held from the first writing connection on; or -1 */
	atomic_bool doubtful; /* a failed commit may stand whole behind the end of the log */
	atomic_bool damaged;  /* SQLite found the file malformed */
};

struct sqlite_conn {
	struct store_conn base;
	sqlite3 *db;
	sqlite3_stmt *begin, *commit, *rollback;
	int log_pages;
	bool failed_io;
};

struct sqlite_stmt {
	struct store_stmt base;
	sqlite3_stmt *st;
};

static const struct store_word words[] = {
	{ "blob", "BLOB" },
	{ "clustered", "WITHOUT ROWID" },
	{ "id", "INTEGER PRIMARY KEY" }, /* any other type would get an index beside the table */
	{ NULL, NULL },
};

/* Cache sizes are KiB when negative. A log that begins anew keeps up to 128 MiB of its file. */
static const char tune_any[] = "PRAGMA synchronous=FULL;"
			       "PRAGMA wal_autocheckpoint=0;"
			       "PRAGMA foreign_keys=ON;"
			       "PRAGMA secure_delete=ON;"
			       "PRAGMA trusted_schema=OFF;"
			       "PRAGMA cell_size_check=ON;"
			       "PRAGMA temp_store=MEMORY;"
			       "PRAGMA mmap_size=0;";
#define KEEP_READ 2048 /* KiB */
#define KEEP_WRITE 131072
#define TEXT_OF(n) TEXT_OF_IT(n)
#define TEXT_OF_IT(n) #n
static const char tune_read[] = "PRAGMA cache_size=-" TEXT_OF(KEEP_READ) ";"
									 "PRAGMA query_only=ON;";
static const char tune_write[] = "PRAGMA cache_size=-" TEXT_OF(
    KEEP_WRITE) ";"
		"PRAGMA journal_size_limit=134217728;";

static struct sqlite_store *store_of(struct store *s)
{
	return (struct sqlite_store *)s;
}

static struct sqlite_conn *conn_of(struct store_conn *c)
{
	return (struct sqlite_conn *)c;
}

static sqlite3_stmt *stmt_of(struct store_stmt *s)
{
	return ((struct sqlite_stmt *)s)->st;
}

/* --- errors --------------------------------------------------------------------------------------- */

static enum err_code code_of(int rc)
{
	if (rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY ||
	    rc == SQLITE_CONSTRAINT_ROWID)
		return E_CONFLICT;
	if (rc == SQLITE_IOERR_NOMEM)
		return E_NOMEM;
	switch (rc & 0xff) {
	case SQLITE_NOMEM:
		return E_NOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return E_BUSY;
	default:
		return E_STORE;
	}
}

/* What an error tells of the disk, beside what it means for the caller. */
static void take_note(struct sqlite_conn *c, int rc)
{
	int kind = rc & 0xff;

	if (kind == SQLITE_IOERR && rc != SQLITE_IOERR_NOMEM)
		c->failed_io = true;
	if (kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB)
		atomic_store(&store_of(c->base.store)->damaged, true);
}

static int fail(struct sqlite_conn *c, const char *deed, struct err *err)
{
	int rc = sqlite3_extended_errcode(c->db);

	take_note(c, rc);
	return err_set(
	    err, code_of(rc), "The store could not %s: %s.", deed, sqlite3_errmsg(c->db));
}

/* --- files ---------------------------------------------------------------------------------------- */

static int refuse_path(const char *path, const char *why, struct err *err)
{
	return err_field(err, E_INVALID, "store.url", "\"%s\" %s.", path, why);
}

static int fail_file(const char *deed, const char *path, struct err *err)
{
	return err_field(err, E_STORE, "store.url", "The store could not %s \"%s\": %s.", deed,
	    path, strerror(errno));
}

/* SQLite gives its log the mode of the file, so the file must be there first, with the right one.
 * A file that exists is never opened here: closing it would drop the locks that SQLite holds on it
 * for this process. */
static int ensure_file(const char *path, struct err *err)
{
	struct stat st;
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0) {
		(void)close(fd);
		return 0;
	}
	if (errno != EEXIST || stat(path, &st) < 0)
		return fail_file("create", path, err);
	if (!S_ISREG(st.st_mode))
		return refuse_path(path, "is not a file", err);
	if ((st.st_mode & 077) && chmod(path, st.st_mode & 0700) < 0)
		return fail_file("close to others", path, err);
	return 0;
}

/* A relative path gets a "./", so that neither "file:" nor ":memory:" means anything to SQLite. */
static int copy_path(struct str where, char **ret, struct err *err)
{
	size_t size = where.len + sizeof("./");
	bool relative = where.len && where.p[0] != '/';

	if (where.len == 0 || where.len > PATH_LIMIT || memchr(where.p, 0, where.len))
		return err_field(err, E_INVALID, "store.url",
		    "The path of a store has 1 to %d bytes.", PATH_LIMIT);
	char *path = mem_alloc(size);
	if (!path)
		return err_set(err, E_NOMEM, "Memory ran out while opening the store.");
	(void)snprintf(path, size, "%s%.*s", relative ? "./" : "", STR_ARG(where));
	*ret = path;
	return 0;
}

static bool can_write(const char *path)
{
	char folder[PATH_LIMIT + sizeof("./")];
	const char *slash = strrchr(path, '/'); /* copy_path() has put one there */

	(void)snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path + 1), path);
	return access(path, W_OK) == 0 && access(folder, W_OK) == 0;
}

/* Does anything of a log lie beside it: then somebody may be at work, or it was not moved yet. */
static bool has_log(const char *path)
{
	static const char *const beside[] = { "-shm", "-wal" };
	char name[PATH_LIMIT + sizeof("./-shm")];
	struct stat st;

	for (size_t i = 0; i < ARRAY_LEN(beside); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", path, beside[i]);
		if (stat(name, &st) == 0 && st.st_size > 0)
			return true;
	}
	return false;
}

/* The path as a URI: only letters, digits and a few others stand for themselves. */
static int make_uri(const char *path, char **ret, struct err *err)
{
	static const char plain[] = "/-_.~";
	size_t size = sizeof("file:?immutable=1") + 3 * strlen(path), n;
	char *uri = mem_alloc(size);

	if (!uri)
		return err_set(err, E_NOMEM, "Memory ran out while opening the store.");
	n = (size_t)snprintf(uri, size, "file:");
	for (const unsigned char *p = (const unsigned char *)path; *p; p++) {
		bool as_it_is = (*p < 128 && isalnum(*p)) || strchr(plain, *p);
		n += (size_t)snprintf(uri + n, size - n, as_it_is ? "%c" : "%%%02X", *p);
	}
	(void)snprintf(uri + n, size - n, "?immutable=1");
	*ret = uri;
	return 0;
}

/* For who only reads: it must be there. */
static int find_file(struct sqlite_store *s, struct err *err)
{
	struct stat st;

	if (stat(s->path, &st) < 0)
		return err_field(err, errno == ENOENT ? E_NOT_FOUND : E_STORE, "store.url",
		    "The store \"%s\" cannot be read: %s.", s->path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return refuse_path(s->path, "is not a file", err);
	return can_write(s->path) || has_log(s->path) ? 0 : make_uri(s->path, &s->uri, err);
}

/* The kernel drops the lock with the process, however it ends. */
static int lock_file(const char *path, int *ret_fd, struct err *err)
{
	char name[PATH_LIMIT + sizeof("./-lock")];

	(void)snprintf(name, sizeof(name), "%s-lock", path);
	int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail_file("open", name, err);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		*ret_fd = fd;
		return 0;
	}
	int rc = errno == EWOULDBLOCK ? err_field(err, E_BUSY, "store.url",
					    "Another process has \"%s\" open for writing.", path)
				      : fail_file("lock", name, err);
	(void)close(fd);
	return rc;
}

static int become_writer(struct sqlite_store *s, struct err *err)
{
	int rc = 0;

	(void)pthread_mutex_lock(&s->lock);
	if (s->writer_fd < 0)
		rc = lock_file(s->path, &s->writer_fd, err);
	(void)pthread_mutex_unlock(&s->lock);
	return rc;
}

/* --- connections ---------------------------------------------------------------------------------- */

static int on_commit(void *arg, sqlite3 *db, const char *name, int pages)
{
	struct sqlite_conn *c = arg;

	(void)db;
	(void)name;
	c->log_pages = pages;
	return SQLITE_OK;
}

static int run_sql(struct sqlite_conn *c, const char *sql, const char *deed, struct err *err)
{
	if (sqlite3_exec(c->db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return fail(c, deed, err);
}

/* The first column of the first row as a number and as text; 0 and "" without a row. */
static int ask(struct sqlite_conn *c, const char *sql, int64_t *ret, char *text, size_t text_size,
    struct err *err)
{
	sqlite3_stmt *st;
	int rc = sqlite3_prepare_v2(c->db, sql, -1, &st, NULL);

	if (rc != SQLITE_OK)
		return fail(c, "be read", err);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW || rc == SQLITE_DONE) {
		const unsigned char *words_of = rc == SQLITE_ROW ? sqlite3_column_text(st, 0)
								 : NULL;
		if (text)
			(void)snprintf(
			    text, text_size, "%s", words_of ? (const char *)words_of : "");
		*ret = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
		rc = 0;
	} else {
		rc = fail(c, "be read", err);
	}
	(void)sqlite3_finalize(st);
	return rc;
}

static int ask_int(struct sqlite_conn *c, const char *sql, int64_t *ret, struct err *err)
{
	return ask(c, sql, ret, NULL, 0, err);
}

static int prepare_own(struct sqlite_conn *c, const char *sql, sqlite3_stmt **ret, struct err *err)
{
	int rc = sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL);

	return rc == SQLITE_OK ? 0 : fail(c, "be opened", err);
}

/* synchronous already here, for a connection that is never tuned: the log relies on it (sqlite_log.h). */
static void harden(sqlite3 *db)
{
	(void)sqlite3_exec(db, "PRAGMA synchronous=FULL", NULL, NULL, NULL);
	(void)sqlite3_extended_result_codes(db, 1);
	(void)sqlite3_busy_timeout(db, BUSY_TIMEOUT_MS);
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
}

static void sqlite_disconnect(struct store_conn *base)
{
	struct sqlite_conn *c = conn_of(base);

	(void)sqlite3_finalize(c->begin);
	(void)sqlite3_finalize(c->commit);
	(void)sqlite3_finalize(c->rollback);
	(void)sqlite3_close(c->db);
	mem_free(c);
}

/* A bare connection, not tuned yet. */
static int dial(struct sqlite_store *s, struct sqlite_conn **ret, struct err *err)
{
	struct sqlite_conn *c = mem_alloc(sizeof(*c));

	if (!c)
		return err_set(err, E_NOMEM, "Memory ran out for a connection to the store.");
	c->base.store = &s->base;
	int flags = s->reading && !can_write(s->path) ? SQLITE_OPEN_READONLY
						      : SQLITE_OPEN_READWRITE;
	int rc = sqlite3_open_v2(s->uri ? s->uri : s->path, &c->db,
	    flags | SQLITE_OPEN_NOMUTEX | (s->uri ? SQLITE_OPEN_URI : 0), SQLITE_LOG_VFS);
	if (rc != SQLITE_OK) {
		rc = c->db ? fail(c, "be opened", err)
			   : err_set(err, E_NOMEM, "Memory ran out for a connection to the store.");
		sqlite_disconnect(&c->base);
		return rc;
	}
	harden(c->db);
	*ret = c;
	return 0;
}

/* A row of 2 KB is put together in memory that the writer keeps for it: SQLite's own pieces have 1,200 bytes, and what is
 * larger goes through malloc each time. Without it all works too. */
#define PIECE_BYTES 4352 /* a page, and what SQLite puts before and behind */
#define PIECES 60

static int tune(struct sqlite_conn *c, enum store_access access, struct err *err)
{
	if (access == STORE_WRITE)
		(void)sqlite3_db_config(
		    c->db, SQLITE_DBCONFIG_LOOKASIDE, NULL, PIECE_BYTES, PIECES);
	int rc = run_sql(c, tune_any, "be opened", err);
	if (rc == 0)
		rc = run_sql(c, access == STORE_READ ? tune_read : tune_write, "be opened", err);
	if (rc == 0)
		rc = prepare_own(
		    c, access == STORE_READ ? "BEGIN" : "BEGIN IMMEDIATE", &c->begin, err);
	if (rc == 0)
		rc = prepare_own(c, "COMMIT", &c->commit, err);
	if (rc == 0)
		rc = prepare_own(c, "ROLLBACK", &c->rollback, err);
	/* Behind the pragma above, which would put SQLite's own hook in this place. */
	(void)sqlite3_wal_hook(c->db, on_commit, c);
	return rc;
}

static int sqlite_connect(
    struct store *base, enum store_access access, struct store_conn **ret, struct err *err)
{
	struct sqlite_store *s = store_of(base);
	struct sqlite_conn *c = NULL;
	int rc = access == STORE_WRITE ? become_writer(s, err) : 0;

	if (rc == 0)
		rc = dial(s, &c, err);
	if (rc < 0)
		return rc;
	rc = tune(c, access, err);
	if (rc < 0) {
		sqlite_disconnect(&c->base);
		return rc;
	}
	*ret = &c->base;
	return 0;
}

/* --- opening -------------------------------------------------------------------------------------- */

static int set_up(struct sqlite_conn *c, struct err *err)
{
	char sql[128];

	(void)snprintf(sql, sizeof(sql), "PRAGMA page_size=%d; PRAGMA application_id=%d;",
	    PAGE_BYTES, APPLICATION_ID);
	return run_sql(c, sql, "be set up", err);
}

/* Nothing in it yet: just made, or left so by a crash right after that. SQLite also calls a file of
 * less than a page's header blank, and would write over it. */
static int is_blank(struct sqlite_store *s, struct sqlite_conn *c, struct err *err)
{
	struct stat st;
	int64_t pages = 0;
	int rc = ask_int(c, "PRAGMA page_count", &pages, err);

	if (rc < 0 || pages > 0)
		return rc;
	if (stat(s->path, &st) < 0)
		return fail_file("read", s->path, err);
	return st.st_size == 0 ? 1 : refuse_path(s->path, "is not a store of Varco", err);
}

/* Is the file ours, or blank and made ours now? */
static int claim(struct sqlite_store *s, struct sqlite_conn *c, struct err *err)
{
	char mode[16] = "";
	int64_t id = 0;
	int rc = is_blank(s, c, err);

	if (rc > 0 && !s->reading)
		rc = set_up(c, err);
	if (rc >= 0)
		rc = ask_int(c, "PRAGMA application_id", &id, err);
	if (rc == 0 && id != APPLICATION_ID)
		rc = refuse_path(s->path, "is not a store of Varco", err);
	if (rc < 0 && s->reading && !can_write(s->path) && has_log(s->path))
		return refuse_path(s->path,
		    "has a log beside it that cannot be read where nothing can be written; copy both",
		    err);
	if (rc == 0 && !s->reading)
		rc = ask(c, "PRAGMA journal_mode=WAL", &id, mode, sizeof(mode), err);
	if (rc == 0 && !s->reading && strcmp(mode, "wal") != 0)
		rc = refuse_path(s->path, "lies where SQLite cannot keep a write-ahead log", err);
	return rc;
}

static void sqlite_close(struct store *base)
{
	struct sqlite_store *s = store_of(base);

	if (s->writer_fd >= 0)
		(void)close(s->writer_fd);
	(void)pthread_mutex_destroy(&s->lock);
	mem_free(s->path);
	mem_free(s->uri);
	mem_free(s);
}

/* Also recovers the log of a process that was killed. */
static int inspect(struct sqlite_store *s, struct err *err)
{
	struct sqlite_conn *c = NULL;
	int rc = s->reading ? find_file(s, err) : ensure_file(s->path, err);

	if (rc < 0)
		return rc;
	rc = dial(s, &c, err);
	if (rc < 0)
		return rc;
	rc = claim(s, c, err);
	if (rc < 0 && sqlite3_extended_errcode(c->db) == SQLITE_NOTADB)
		rc = refuse_path(s->path, "is not a store of Varco", err);
	sqlite_disconnect(&c->base);
	return rc;
}

static pthread_once_t configured = PTHREAD_ONCE_INIT;

/* Its memory statistics, which nobody asks for, take a lock at each allocation. */
static void configure(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	(void)
	    sqlite_log_register(); /* without it no connection can be opened, which is told there */
}

static int sqlite_open(struct str where, bool reading, struct store **ret, struct err *err)
{
	struct sqlite_store *s = mem_alloc(sizeof(*s));

	(void)pthread_once(&configured, configure);
	if (!s)
		return err_set(err, E_NOMEM, "Memory ran out while opening the store.");
	s->writer_fd = -1;
	s->reading = reading;
	(void)pthread_mutex_init(&s->lock, NULL);
	int rc = copy_path(where, &s->path, err);
	if (rc == 0)
		rc = inspect(s, err);
	if (rc < 0) {
		sqlite_close(&s->base);
		return rc;
	}
	*ret = &s->base;
	return 0;
}

static int sqlite_hold(struct str where, int *ret_fd, struct err *err)
{
	char *path = NULL;
	int rc = copy_path(where, &path, err);

	if (rc == 0)
		rc = lock_file(path, ret_fd, err);
	mem_free(path);
	return rc;
}

/* --- transactions --------------------------------------------------------------------------------- */

static int run_own(sqlite3_stmt *st)
{
	(void)sqlite3_step(st);
	return sqlite3_reset(st); /* repeats the error of the step */
}

static int sqlite_begin(struct store_conn *base, struct err *err)
{
	struct sqlite_conn *c = conn_of(base);

	return run_own(c->begin) == SQLITE_OK ? 0 : fail(c, "begin a transaction", err);
}

/* Many errors have rolled back already; then there is nothing to do. */
static void sqlite_rollback(struct store_conn *base)
{
	struct sqlite_conn *c = conn_of(base);

	if (!sqlite3_get_autocommit(c->db))
		(void)run_own(c->rollback);
}

static int sqlite_commit(struct store_conn *base, struct err *err)
{
	struct sqlite_conn *c = conn_of(base);
	int rc = run_own(c->commit);

	if (rc == SQLITE_OK)
		return 0;
	/* A full disk cuts the last page short; any other failure may have come after it. */
	if ((rc & 0xff) == SQLITE_IOERR)
		atomic_store(&store_of(base->store)->doubtful, true);
	rc = fail(c, "commit", err);
	sqlite_rollback(base);
	return rc;
}

static int sqlite_exec(struct store_conn *c, const char *sql, struct err *err)
{
	return run_sql(conn_of(c), sql, "run a statement", err);
}

/* --- statements ----------------------------------------------------------------------------------- */

static int sqlite_prepare(
    struct store_conn *base, const char *sql, struct store_stmt **ret, struct err *err)
{
	struct sqlite_conn *c = conn_of(base);
	struct sqlite_stmt *s = mem_alloc(sizeof(*s));

	if (!s)
		return err_set(err, E_NOMEM, "Memory ran out for a statement.");
	int rc = sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->st, NULL);
	if (rc == SQLITE_OK && s->st) {
		*ret = &s->base;
		return 0;
	}
	mem_free(s);
	if (rc != SQLITE_OK)
		return fail(c, "prepare a statement", err);
	return err_set(err, E_STORE, "A statement of the store is empty.");
}

static void sqlite_finish(struct store_stmt *s)
{
	(void)sqlite3_finalize(stmt_of(s));
	mem_free(s);
}

static bool sqlite_bind_int_at(struct store_stmt *s, int i, int64_t v)
{
	return sqlite3_bind_int64(stmt_of(s), i, v) == SQLITE_OK;
}

static bool sqlite_bind_text_at(struct store_stmt *s, int i, struct str v)
{
	return sqlite3_bind_text64(stmt_of(s), i, v.p, v.len, SQLITE_STATIC, SQLITE_UTF8) ==
	    SQLITE_OK;
}

static bool sqlite_bind_blob_at(struct store_stmt *s, int i, struct str v)
{
	return sqlite3_bind_blob64(stmt_of(s), i, v.p, v.len, SQLITE_STATIC) == SQLITE_OK;
}

static bool sqlite_bind_null_at(struct store_stmt *s, int i)
{
	return sqlite3_bind_null(stmt_of(s), i) == SQLITE_OK;
}

static int sqlite_step(struct store_stmt *s, struct err *err)
{
	int rc = sqlite3_step(stmt_of(s));

	if (rc == SQLITE_ROW)
		return 1;
	return rc == SQLITE_DONE ? 0 : fail(conn_of(s->conn), "run a statement", err);
}

static void sqlite_reset_stmt(struct store_stmt *s)
{
	(void)sqlite3_reset(stmt_of(s)); /* repeats an error that the step has told */
	(void)sqlite3_clear_bindings(stmt_of(s));
}

static int64_t sqlite_col_int(struct store_stmt *s, int i)
{
	return sqlite3_column_int64(stmt_of(s), i);
}

static bool sqlite_col_null(struct store_stmt *s, int i)
{
	return sqlite3_column_type(stmt_of(s), i) == SQLITE_NULL;
}

/* Of text and bytes column_blob gives what is stored and, unlike column_text, never allocates. An
 * empty value has a NULL pointer there; ours is absent only for null. */
static struct str sqlite_col_blob(struct store_stmt *s, int i)
{
	if (sqlite_col_null(s, i))
		return STR_NONE;
	const void *p = sqlite3_column_blob(stmt_of(s), i);
	return p ? str_n(p, (size_t)sqlite3_column_bytes(stmt_of(s), i)) : STR("");
}

static int64_t sqlite_changes(struct store_conn *c)
{
	return sqlite3_changes64(conn_of(c)->db);
}

static int64_t sqlite_written(struct store_conn *c)
{
	return sqlite3_total_changes64(conn_of(c)->db);
}

/* --- checkpoints and checks ----------------------------------------------------------------------- */

static int sqlite_checkpoint(struct store_conn *base, bool all, int64_t *ret_left, struct err *err)
{
	struct sqlite_conn *c = conn_of(base);
	int mode = all ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
	int pages, moved;
	int rc = sqlite3_wal_checkpoint_v2(c->db, NULL, mode, &pages, &moved);

	if (rc != SQLITE_OK)
		return fail(c, "move its log into its file", err);
	*ret_left = pages > moved ? pages - moved : 0;
	return 0;
}

/* The log is emptied first, without waiting for anybody: what it holds would hide the file. */
static int sqlite_scrub_slice(
    struct store_conn *base, int64_t *place, bool *ret_done, struct err *err)
{
	struct sqlite_conn *c = conn_of(base);
	int pages, moved;

	(void)sqlite3_busy_timeout(c->db, 0);
	int rc = sqlite3_wal_checkpoint_v2(c->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, &pages, &moved);
	(void)sqlite3_busy_timeout(c->db, BUSY_TIMEOUT_MS);
	if (rc == SQLITE_OK)
		rc = sqlite_scrub(c->db, place, SCRUB_PAGES, ret_done);
	if (rc == SQLITE_BUSY)
		return err_set(err, E_BUSY, "Somebody reads the store.");
	return rc == SQLITE_OK ? 0 : fail(c, "be cleared of what was deleted", err);
}

static int make_copy_file(const char *path, struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && errno == EEXIST)
		return err_set(err, E_CONFLICT, "There is a file %s already.", path);
	if (fd < 0)
		return fail_file("create", path, err);
	(void)close(fd);
	return 0;
}

/* Its size is a read, too: there is no snapshot before the first one. */
static int sqlite_copy_to(
    struct store_conn *base, const char *path, const struct store_copying *how, struct err *err)
{
	struct sqlite_conn *c = conn_of(base);
	int64_t pages = 0;
	int r = ask_int(c, "PRAGMA page_count", &pages, err);

	if (r == 0 && how->go_on)
		r = how->go_on(how->arg, pages * PAGE_BYTES, err);
	if (r == 0)
		r = make_copy_file(path, err);
	if (r < 0)
		return r;
	r = sqlite_copy(c->db, path, how, err);
	if (r < 0)
		(void)unlink(path);
	return r;
}

static int sqlite_check_pages_of(
    struct store_conn *base, const struct store_looking *how, struct err *err)
{
	return sqlite_check_whole(conn_of(base)->db, how, err);
}

/* The mark lies in the file's header, where nothing else of ours does: seconds since 1970, as 32 bits. */
static int sqlite_copied_at(struct store_conn *base, int64_t *ret_seconds, struct err *err)
{
	int64_t mark = 0;
	int r = ask_int(conn_of(base), "PRAGMA user_version", &mark, err);

	*ret_seconds = (int64_t)(uint32_t)mark;
	return r;
}

static int sqlite_unmark_copy(struct store_conn *base, struct err *err)
{
	return run_sql(conn_of(base), "PRAGMA user_version=0", "be written to", err);
}

static int64_t sqlite_log_pages(const struct store_conn *c)
{
	return ((const struct sqlite_conn *)c)->log_pages;
}

/* It is but a wish: when memory runs out here, the cache stays as it is. */
static void sqlite_keep(struct store_conn *base, int64_t kib)
{
	struct sqlite_conn *c = (struct sqlite_conn *)base;
	int64_t first = base->access == STORE_WRITE ? KEEP_WRITE : KEEP_READ;
	char sql[64];

	(void)snprintf(sql, sizeof(sql), "PRAGMA cache_size=-%lld", (long long)(kib ? kib : first));
	(void)sqlite3_exec(c->db, sql, NULL, NULL, NULL);
}

static bool sqlite_suspect(const struct store_conn *base)
{
	const struct sqlite_conn *c = (const struct sqlite_conn *)base;

	return c->failed_io || atomic_load(&store_of(base->store)->damaged);
}

static int check_pages(struct sqlite_conn *c, struct err *err)
{
	char verdict[200];
	int64_t pages = 0;
	int rc = ask_int(c, "PRAGMA page_count", &pages, err);

	if (rc < 0)
		return rc;
	if (pages > SMALL_BYTES / PAGE_BYTES)
		return ask_int(c, "SELECT count(*) FROM sqlite_schema", &pages, err);
	rc = ask(c, "PRAGMA quick_check(1)", &pages, verdict, sizeof(verdict), err);
	if (rc < 0 || strcmp(verdict, "ok") == 0)
		return rc;
	atomic_store(&store_of(c->base.store)->damaged, true);
	return err_set(err, E_STORE, "The store is damaged: %s.", verdict);
}

/* Writes a page without changing what it says, over what a failed commit may have left. */
static int check_flushed(struct sqlite_store *s, struct sqlite_conn *c, struct err *err)
{
	char sql[64];
	int64_t version = 0;

	if (!atomic_load(&s->doubtful))
		return 0;
	int rc = ask_int(c, "PRAGMA user_version", &version, err);
	(void)snprintf(sql, sizeof(sql), "PRAGMA user_version=%d", (int)version);
	if (rc == 0)
		rc = run_sql(c, sql, "be written", err);
	if (rc == 0)
		atomic_store(&s->doubtful, false);
	return rc;
}

static int sqlite_check(struct store_conn *base, struct err *err)
{
	struct sqlite_conn *c = conn_of(base);
	struct sqlite_store *s = store_of(base->store);
	int rc = check_pages(c, err);

	if (rc == 0 && atomic_load(&s->damaged))
		rc = err_set(
		    err, E_STORE, "The store was found damaged; restore it from a backup.");
	return rc < 0 ? rc : check_flushed(s, c, err);
}

const struct store_driver store_sqlite = {
	.scheme = "sqlite",
	.words = words,
	.open = sqlite_open,
	.hold = sqlite_hold,
	.close = sqlite_close,
	.connect = sqlite_connect,
	.disconnect = sqlite_disconnect,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.exec = sqlite_exec,
	.prepare = sqlite_prepare,
	.finish = sqlite_finish,
	.bind_int = sqlite_bind_int_at,
	.bind_text = sqlite_bind_text_at,
	.bind_blob = sqlite_bind_blob_at,
	.bind_null = sqlite_bind_null_at,
	.step = sqlite_step,
	.reset = sqlite_reset_stmt,
	.col_int = sqlite_col_int,
	.col_text = sqlite_col_blob,
	.col_blob = sqlite_col_blob,
	.col_null = sqlite_col_null,
	.changes = sqlite_changes,
	.written = sqlite_written,
	.checkpoint = sqlite_checkpoint,
	.scrub = sqlite_scrub_slice,
	.copy = sqlite_copy_to,
	.check_whole = sqlite_check_pages_of,
	.copied_at = sqlite_copied_at,
	.unmark_copy = sqlite_unmark_copy,
	.log_pages = sqlite_log_pages,
	.keep = sqlite_keep,
	.suspect = sqlite_suspect,
	.check = sqlite_check,
};

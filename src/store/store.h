/* store/store.h: rows and transactions, knowing nothing of what they mean.
 *
 * A store is opened once; each thread that reads opens its own connection; exactly one connection
 * writes (store/writer.h), and no other process writes meanwhile. SQL is the part that SQLite 3.40
 * and PostgreSQL 15 both take: parameters ?1 ?2 …, INSERT … ON CONFLICT, RETURNING; words that
 * differ stand in braces and are the driver's: {blob} a bytes column, {id} a primary key of one
 * integer, which orders the rows, {clustered} behind a CREATE TABLE whose primary key of another
 * kind orders them. Integers are 64 bits, so a column of them is BIGINT; text is UTF-8; there are no
 * other types.
 *
 * Statements are prepared once per connection and cached by the address of their SQL literal, so
 * `sql` must be a string literal (static storage). A connection belongs to one thread at a time.
 * Errors are -E_STORE with the driver's words in *err (never bound values), -E_CONFLICT for a broken
 * unique key, -E_NOMEM, -E_BUSY.
 *
 *  (1) After an error inside a transaction nothing more of it can be done: every statement fails
 *      until it is rolled back, and its commit rolls back and fails. Both databases agree on this
 *      only because it holds here, whatever the error was; ON CONFLICT is the way to meet a key
 *      that may be taken.
 *  (2) What a transaction's end leaves open (a statement still on a row) is reset by it. Outside
 *      a transaction a statement on a row holds its snapshot until it is reset. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"

struct store;
struct store_conn;
struct store_stmt;

/* `url` is "sqlite:PATH". The file is created with mode 0600; a file that is not a store of ours is
 * refused with -E_INVALID, an unknown kind of store with -E_UNSUPPORTED. */
MUST_CHECK int store_open(const char *url, struct store **ret, struct err *err);
/* The same for who only reads: nothing is made or changed, and a file that is not there is
 * -E_NOT_FOUND. It may lie where nothing can be written, unless a log lies beside it that would have to
 * be moved into it first. Only for STORE_READ. */
MUST_CHECK int store_open_reading(const char *url, struct store **ret, struct err *err);
/* Nobody opens the store at that URL for writing until the descriptor is closed, which the caller does, whether there
 * is one or not; it is not opened. -E_BUSY when somebody has it open. */
MUST_CHECK int store_hold(const char *url, int *ret_fd, struct err *err);
void store_close(struct store **ps); /* after all its connections */

/* What the rows are read with, for whoever knows what they mean: borrowed for the store's life and
 * seen by all its connections. NULL until it is set. */
void store_set_keys(struct store *s, const void *keys);
const void *store_keys(const struct store_conn *c);

enum store_access {
	STORE_READ,
	STORE_WRITE, /* -E_BUSY when another process has this store open for writing */
};
MUST_CHECK int store_connect(
    struct store *s, enum store_access access, struct store_conn **ret, struct err *err);
void store_disconnect(struct store_conn **pc);

/* A transaction on a writing connection; STORE_READ connections may begin too: then all reads see
 * one snapshot. Keep such reads short: the log cannot be emptied meanwhile. */
MUST_CHECK int store_begin(struct store_conn *c, struct err *err);
MUST_CHECK int store_commit(
    struct store_conn *c, struct err *err); /* durable when 0; else undone */
void store_rollback(struct store_conn *c);  /* never fails the caller; nothing when none is open */
bool store_tx_failed(const struct store_conn *c); /* as in (1): only a rollback is left */

/* Run statements that need no parameters and return no rows (several, separated by ';'). */
MUST_CHECK int store_exec(struct store_conn *c, const char *sql, struct err *err);

/* The cached statement, reset and with no bindings. Borrowed; valid until the connection closes.
 * Only one use at a time. */
MUST_CHECK int store_prepare(
    struct store_conn *c, const char *sql, struct store_stmt **ret, struct err *err);
/* Bindings, 1-based. Strings and blobs must stay alive until the statement is reset, by store_reset,
 * by store_run, by a step that ended it or by the next store_prepare; p == NULL binds null. Errors
 * are kept and reported by the next store_step. */
void store_bind_int(struct store_stmt *s, int i, int64_t v);
void store_bind_text(struct store_stmt *s, int i, struct str v);
void store_bind_blob(struct store_stmt *s, int i, struct str v);
void store_bind_null(struct store_stmt *s, int i);
/* 1 a row, 0 done, <0 an error; without a row the statement is reset. */
MUST_CHECK int store_step(struct store_stmt *s, struct err *err);
/* Step once expecting no row, then reset: for INSERT, UPDATE, DELETE. */
MUST_CHECK int store_run(struct store_stmt *s, struct err *err);
/* Columns of the present row, 0-based; strings are borrowed until the next step or reset. A null
 * gives 0 or STR_NONE. */
int64_t store_col_int(struct store_stmt *s, int i);
struct str store_col_text(struct store_stmt *s, int i);
struct str store_col_blob(struct store_stmt *s, int i);
bool store_col_null(struct store_stmt *s, int i);
void store_reset(struct store_stmt *s); /* and without bindings */
/* Rows changed by the last store_run on this connection. */
int64_t store_changes(struct store_conn *c);
/* Rows changed on this connection since it was opened, whatever became of the transactions. */
int64_t store_written(struct store_conn *c);
/* Text copied into the arena; *ret.p NULL when null. -E_NOMEM. */
MUST_CHECK int store_copy_text(struct store_stmt *s, int i, struct arena *a, struct str *ret);

/* --- for the writer and its helper --------------------------------------------------------- */

/* Checkpoint the log without blocking writers or readers (SQLite: passive), on a connection of
 * either access, in no transaction. *ret_left (may be NULL): pages that could not be moved yet.
 * -E_BUSY when another checkpoint runs. */
MUST_CHECK int store_checkpoint(struct store_conn *c, int64_t *ret_left, struct err *err);
/* The same, waiting for those in the way, and the log is empty after it. */
MUST_CHECK int store_checkpoint_all(struct store_conn *c, struct err *err);
/* What was deleted leaves no copy in the file, and the log is empty: a slice of the file at a time, on
 * the writing connection, in no transaction. *place is 0 at first. 1 there is more behind *place, 0
 * it is through; -E_BUSY when a reader is in the way: nothing was done, and it may be tried again. */
MUST_CHECK int store_scrub(struct store_conn *c, int64_t *place, struct err *err);
/* A copy of the whole store as this reading connection's transaction sees it, while others write on: into `path`,
 * a file that is not there yet (mode 0600). The transaction must be open, and the log cannot be emptied
 * until it ends. -E_CONFLICT when the file is there; -E_TIMEOUT behind the deadline; what `go_on` says.
 * On error there is no file. The copy bears a mark that it is one (store_copied_at). */
struct store_copying {
	time_ms at; /* of the mark, in whole seconds */
	mono_ns deadline;
	/* Asked before the first byte and again with every piece, with the bytes that are still to be
	 * written: <0 and *err gives it up. NULL = nobody is asked. */
	int (*go_on)(void *arg, int64_t left, struct err *err);
	void *arg;
};
MUST_CHECK int store_copy(
    struct store_conn *c, const char *path, const struct store_copying *how, struct err *err);
/* Every page of it, on a connection of either access, and the indexes as well when asked to: -E_STORE and
 * what is wrong. `go_on` is asked now and then, as above; NULL = nobody is. */
struct store_looking {
	bool indexes;
	int (*go_on)(void *arg, int64_t left, struct err *err); /* left: 0 */
	void *arg;
};
MUST_CHECK int store_check_whole(
    struct store_conn *c, const struct store_looking *how, struct err *err);
/* Is this store a copy that was put in the place of a store: 1 and when it was made, 0 it is none. */
MUST_CHECK int store_copied_at(struct store_conn *c, time_ms *ret, struct err *err);
/* It is the store from now on, and no copy; in a transaction. */
MUST_CHECK int store_unmark_copy(struct store_conn *c, struct err *err);
/* Pages in the log after the last commit of this connection; 0 before it. */
int64_t store_log_pages(const struct store_conn *c);

/* How much of the store this connection may keep in memory, for a job that passes over much and needs
 * little of it again; 0 = as much as at first. Inside a transaction or not. */
void store_keep(struct store_conn *c, int64_t kib);

/* Did a read or write of the disk fail on this connection, or was damage found on any? Then its
 * owner disconnects, connects anew and calls store_check before it goes on. */
bool store_suspect(const struct store_conn *c);
/* Is the store sound, in no transaction, on a writing connection: a small one is checked throughout,
 * a large one opened and read. After a commit that failed in a flush something is committed, so that
 * what was called undone cannot come back after a crash. Damage once found is never forgotten. */
MUST_CHECK int store_check(struct store_conn *c, struct err *err);

#endif

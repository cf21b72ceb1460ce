/* store/store.h: rows and transactions, knowing nothing of what they mean.
 *
 * A store is opened once; each thread that reads opens its own connection; exactly one connection writes (store/writer.h). SQL is the part that
 * SQLite 3.40 and PostgreSQL 15 both take: parameters ?1 ?2 …, INSERT … ON CONFLICT, RETURNING; words that differ stand in braces and are the driver's:
 * {blob} a bytes column, {clustered} behind a CREATE TABLE whose primary key orders the rows. Integers are 64 bits; text is UTF-8; there are no other types.
 *
 * Statements are prepared once per connection and cached by the address of their SQL literal, so `sql` must be a string literal (static storage).
 * A connection belongs to one thread at a time. Errors are -E_STORE with the driver's words in *err (never bound values), -E_CONFLICT for a broken
 * unique key, -E_NOMEM, -E_BUSY. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

struct store;
struct store_conn;
struct store_stmt;

/* `url` is "sqlite:PATH", or in tests "fake:". The file is created with mode 0600. */
MUST_CHECK int  store_open(const char *url, struct store **ret, struct err *err);
void store_close(struct store **ps);            /* after all its connections */

enum store_access { STORE_READ, STORE_WRITE };
MUST_CHECK int  store_connect(struct store *s, enum store_access access, struct store_conn **ret, struct err *err);
void store_disconnect(struct store_conn **pc);

/* A transaction on a writing connection; STORE_READ connections may begin too: then all reads see one snapshot. */
MUST_CHECK int store_begin(struct store_conn *c, struct err *err);
MUST_CHECK int store_commit(struct store_conn *c, struct err *err);  /* durable when 0; else rolled back */
void store_rollback(struct store_conn *c);      /* never fails the caller; nothing when none is open */

/* Run statements that need no parameters and return no rows (several, separated by ';'). */
MUST_CHECK int store_exec(struct store_conn *c, const char *sql, struct err *err);

/* The cached statement, reset and with no bindings. Borrowed; valid until the connection closes. Only one use at a time. */
MUST_CHECK int store_prepare(struct store_conn *c, const char *sql, struct store_stmt **ret, struct err *err);
/* Bindings, 1-based. Strings and blobs must stay alive until store_reset or the next store_prepare of it; p == NULL binds null. Errors are kept and
 * reported by the next store_step. */
void store_bind_int(struct store_stmt *s, int i, int64_t v);
void store_bind_text(struct store_stmt *s, int i, struct str v);
void store_bind_blob(struct store_stmt *s, int i, struct str v);
void store_bind_null(struct store_stmt *s, int i);
/* 1 a row, 0 done, <0 an error. */
MUST_CHECK int store_step(struct store_stmt *s, struct err *err);
/* Step once expecting no row, then reset: for INSERT, UPDATE, DELETE. */
MUST_CHECK int store_run(struct store_stmt *s, struct err *err);
/* Columns of the present row, 0-based; strings are borrowed until the next step or reset. A null gives 0 or STR_NONE. */
int64_t    store_col_int(struct store_stmt *s, int i);
struct str store_col_text(struct store_stmt *s, int i);
struct str store_col_blob(struct store_stmt *s, int i);
bool       store_col_null(struct store_stmt *s, int i);
void       store_reset(struct store_stmt *s);
/* Rows changed by the last store_run on this connection. */
int64_t    store_changes(struct store_conn *c);
/* Text copied into the arena; *ret.p NULL when null. -E_NOMEM. */
MUST_CHECK int store_copy_text(struct store_stmt *s, int i, struct arena *a, struct str *ret);

/* Checkpoint the log without blocking writers (SQLite: passive WAL checkpoint); called by the writer's helper thread. */
MUST_CHECK int store_checkpoint(struct store_conn *c, struct err *err);

#endif

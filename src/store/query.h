/* store/query.h: one statement, its parameters and its result in one line.
 *
 * `types` has a letter per parameter, in order: i int64_t · t struct str as text · b struct str as bytes · m time_ms, TIME_NONE as null. A struct str with p NULL binds null.
 * Strings must stay alive as long as the statement is used. `sql` is a string literal (store.h). */
#ifndef STORE_QUERY_H
#define STORE_QUERY_H

#include "store/store.h"

/* Prepared and bound, ready for store_step. */
MUST_CHECK int store_ask(struct store_conn *c, struct store_stmt **ret, struct err *err,
    const char *sql, const char *types, ...);
/* Prepared, bound and run; no rows. */
MUST_CHECK int store_do(
    struct store_conn *c, struct err *err, const char *sql, const char *types, ...);
/* Prepared, bound and at its first row: 1, and store_reset() when it is read; 0 there is none. */
MUST_CHECK int store_find(struct store_conn *c, struct store_stmt **ret, struct err *err,
    const char *sql, const char *types, ...);
/* Drops a slice of what is old: ?1 of the statement is `before`, ?2 how many rows it may drop. 1 there may be more, 0
 * there are none. */
MUST_CHECK int store_purge(
    struct store_conn *c, const char *sql, int64_t before, int64_t most, struct err *err);
/* One row with one integer: 1 and *ret; 0 no row, or null. */
MUST_CHECK int store_ask_int(
    struct store_conn *c, int64_t *ret, struct err *err, const char *sql, const char *types, ...);
/* A time column: null gives TIME_NONE. */
int64_t store_col_time(struct store_stmt *s, int i);
/* Is the number 0 to `last`? For words of an enum in rows that anybody may have written. */
bool store_col_is_up_to(struct store_stmt *s, int i, int64_t last);

#endif

/* store/store_driver.h: what store.c asks of a database, and what the two share.
 *
 * Private to this floor: included by store.c, the drivers (store_sqlite.c, later store_pg.c),
 * store_fake.c and their tests, by nobody above.
 *
 * A driver's own structs begin with the ones below; it allocates them zeroed, store.c fills and keeps
 * the shared part. Functions of a driver are called in the right order only: no second begin, no
 * step in a failed transaction, no column without a row. Strings of SQL have their words in braces
 * replaced already. Errors as in store.h. */
#ifndef STORE_STORE_DRIVER_H
#define STORE_STORE_DRIVER_H

#include <stdatomic.h>

#include "store/store.h"

/* {word} in SQL and what this database calls it. */
struct store_word {
	const char *word;
	const char *means;
};

struct store_driver {
	const char *scheme;             /* of the URL, without the colon */
	const struct store_word *words; /* up to a row of NULLs */

	int (*open)(struct str where, bool reading, struct store **ret, struct err *err);
	int (*hold)(struct str where, int *ret_fd, struct err *err);
	void (*close)(struct store *s);
	int (*connect)(
	    struct store *s, enum store_access access, struct store_conn **ret, struct err *err);
	void (*disconnect)(struct store_conn *c); /* its statements were finished before */

	int (*begin)(struct store_conn *c, struct err *err);
	int (*commit)(struct store_conn *c, struct err *err); /* rolled back when <0 */
	void (*rollback)(struct store_conn *c);
	int (*exec)(struct store_conn *c, const char *sql, struct err *err);

	int (*prepare)(
	    struct store_conn *c, const char *sql, struct store_stmt **ret, struct err *err);
	void (*finish)(struct store_stmt *s);
	bool (*bind_int)(struct store_stmt *s, int i, int64_t v);
	bool (*bind_text)(struct store_stmt *s, int i, struct str v); /* v.p is not NULL */
	bool (*bind_blob)(struct store_stmt *s, int i, struct str v); /* v.p is not NULL */
	bool (*bind_null)(struct store_stmt *s, int i);
	int (*step)(struct store_stmt *s, struct err *err);
	void (*reset)(struct store_stmt *s); /* and drop its bindings */

	int64_t (*col_int)(struct store_stmt *s, int i);
	struct str (*col_text)(struct store_stmt *s, int i);
	struct str (*col_blob)(struct store_stmt *s, int i);
	bool (*col_null)(struct store_stmt *s, int i);
	int64_t (*changes)(struct store_conn *c);
	int64_t (*written)(struct store_conn *c);

	int (*checkpoint)(struct store_conn *c, bool all, int64_t *ret_left, struct err *err);
	int (*scrub)(struct store_conn *c, int64_t *place, bool *ret_done, struct err *err);
	int (*copy)(struct store_conn *c, const char *path, const struct store_copying *how,
	    struct err *err);
	int (*check_whole)(struct store_conn *c, const struct store_looking *how, struct err *err);
	int (*copied_at)(
	    struct store_conn *c, int64_t *ret_seconds, struct err *err); /* 0 = no copy */
	int (*unmark_copy)(struct store_conn *c, struct err *err);
	int64_t (*log_pages)(const struct store_conn *c);
	void (*keep)(struct store_conn *c, int64_t kib);
	bool (*suspect)(const struct store_conn *c);
	int (*check)(struct store_conn *c, struct err *err);
};

struct store {
	const struct store_driver *driver;
	atomic_int conns;
	const void *keys; /* the owner's */
};

/* Statements by the address of their SQL: open addressing, linear, never more than half full;
 * nothing is taken out before the connection closes. */
struct store_cache {
	struct store_stmt **slots;
	size_t cap; /* a power of two, or 0 */
	size_t len;
};

struct store_conn {
	const struct store_driver *driver;
	struct store *store;
	enum store_access access;
	bool in_tx;
	bool tx_failed; /* in_tx, and only a rollback is left */
	size_t on_row;  /* how many statements stand on a row */
	struct store_cache cache;
};

struct store_stmt {
	const struct store_driver *driver;
	struct store_conn *conn;
	const char *sql; /* the literal: the key in the cache */
	int bad_param;   /* the first that could not be bound, or 0 */
	bool used;       /* bound or stepped since it was reset */
	bool on_row;
};

extern const struct store_driver store_sqlite;

#endif

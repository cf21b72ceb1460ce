/* store/schema.h: numbered migrations, handed up by the domain.
 *
 * Applied in order, each in its own transaction with the row that records it, in the table
 * schema_migrations (number, name, applied_at in milliseconds since 1970). What was applied once is
 * history: a migration is never edited, only followed by another. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "store/store.h"

struct migration {
	int number;       /* 1, 2, 3 … without gaps over the whole array */
	const char *name; /* "consent: acts" */
	const char *sql;  /* several statements; words in braces as in store.h */
};

/* Brings the store to the last migration. *ret_applied = how many ran. -E_UNSUPPORTED for a store that
 * is newer than the program, -E_CONFLICT for one whose history has other names. When a migration
 * fails, those before it stay, and *err names it. */
MUST_CHECK int schema_apply(
    struct store_conn *c, const struct migration *m, size_t n, int *ret_applied, struct err *err);

/* How many of them a store has, that is only read; -E_UNSUPPORTED and -E_CONFLICT likewise. */
MUST_CHECK int schema_compare(struct store_conn *c, const struct migration *m, size_t n,
    size_t *ret_applied, struct err *err);

#endif

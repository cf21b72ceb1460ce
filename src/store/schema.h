/* store/schema.h: numbered migrations, handed up by the domain.
 *
 * Applied in order, each in its own transaction with the row that records it; a store that is newer than the program is refused. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "store/store.h"

struct migration {
	int         number;    /* 1, 2, 3 … without gaps over the whole array */
	const char *name;      /* "consent: acts" */
	const char *sql;       /* several statements; {blob} and {clustered} as in store.h */
};

/* Brings the store to the last migration. *ret_applied = how many ran. */
MUST_CHECK int schema_apply(struct store_conn *c, const struct migration *m, size_t n, int *ret_applied, struct err *err);

#endif

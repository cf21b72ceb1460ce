/* domain/ledger_point.h: checkpoints: the signed root of the ledger at some size (note.h), each of
 * which leaves an entry of its own, so that the next one covers it. Inside the caller's
 * transaction. */
#ifndef DOMAIN_LEDGER_POINT_H
#define DOMAIN_LEDGER_POINT_H

#include "domain/ledger.h"
#include "domain/note.h"

/* "varco-ledger/" and the tenant in hex: the name of the ledger, which its key bears as well. */
#define LEDGER_ORIGIN_MAX 64
void ledger_origin(const struct ledger_tenant *tenant, char out[LEDGER_ORIGIN_MAX]);

struct ledger_point {
	int64_t size; /* entries under the root; 0 = there is no checkpoint */
	time_ms at;
	struct str note; /* in the arena */
	int64_t leaf;    /* its own entry */
};
/* Signs the ledger as it is; nothing when nothing but a checkpoint's own entry came since the last
 * one. 1 a new one, 0 none. -E_BUSY while more hashes are missing than a transaction may wait for
 * (ledger_tiles_make). */
MUST_CHECK int ledger_point_make(struct store_conn *c, struct ledger *l,
    const struct note_signer *signer, time_ms now, struct err *err);
/* The newest one: 1, or 0 when there is none. */
MUST_CHECK int ledger_point_last(
    struct store_conn *c, struct arena *a, struct ledger_point *ret, struct err *err);
/* The first one of more than `size` entries: 1, or 0 when there is none. */
MUST_CHECK int ledger_point_after(
    struct store_conn *c, int64_t size, struct arena *a, struct ledger_point *ret, struct err *err);

#endif

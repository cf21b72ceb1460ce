/* domain/ledger_proofs.h: inclusion proofs of many entries under one checkpoint.
 *
 * One proof alone reads some hundred entries and hashes (ledger_tree.h); here what one read the next
 * ones need not read again. Entries are best asked for in rising order. Inside the caller's
 * transaction, so that all are of one tree. */
#ifndef DOMAIN_LEDGER_PROOFS_H
#define DOMAIN_LEDGER_PROOFS_H

#include "domain/ledger_tree.h"

struct ledger_proofs;

/* `size`: entries under the checkpoint. */
MUST_CHECK int ledger_proofs_open(
    struct store_conn *c, int64_t size, struct ledger_proofs **ret, struct err *err);
void ledger_proofs_close(struct ledger_proofs **pp);
const struct ledger_tenant *ledger_proofs_tenant(const struct ledger_proofs *p);
/* That entry `seq` is among them: -E_RANGE when it is not. */
MUST_CHECK int ledger_prove(
    struct ledger_proofs *p, int64_t seq, struct merkle_path *ret, struct err *err);

#endif

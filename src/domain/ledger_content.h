/* domain/ledger_content.h: what an entry of the ledger commits to, from the rows that hold it:
 * consent acts and decisions from their own tables, checkpoints from theirs, everything else and
 * what was judged again since as it was kept (ledger_keep). */
#ifndef DOMAIN_LEDGER_CONTENT_H
#define DOMAIN_LEDGER_CONTENT_H

#include "domain/ledger.h"

enum ledger_source {
	LEDGER_FROM_RECORD = 1, /* the row of its own table */
	LEDGER_FROM_NOTE = 2,   /* as it was kept */
};
/* An enum ledger_source and the content in `out`, which is emptied before; 0 when it is not there.
 * Whether it is what
 * the entry commits to, ledger_leaf_commits says. */
MUST_CHECK int ledger_content(
    struct store_conn *c, const struct ledger_leaf *leaf, struct buf *out, struct err *err);

/* The record that an entry stands for, in words that the command line takes too: "dec_…", "per_…",
 * "checkpoint 512", or "". */
#define LEDGER_RECORD_MAX 48
void ledger_record_name(const struct ledger_leaf *leaf, char out[LEDGER_RECORD_MAX]);

#endif

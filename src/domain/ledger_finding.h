/* domain/ledger_finding.h: what may be wrong with a ledger, and how it is said. */
#ifndef DOMAIN_LEDGER_FINDING_H
#define DOMAIN_LEDGER_FINDING_H

#include "domain/ledger_content.h"

enum ledger_fault {
	LEDGER_SOUND,
	LEDGER_MISSING,      /* there is no entry with that number */
	LEDGER_STRAY,        /* an entry with a number that none can have */
	LEDGER_DAMAGED,      /* the row of an entry has not the form of one */
	LEDGER_RECORD_GONE,  /* what the entry stands for is not there */
	LEDGER_RECORD_OTHER, /* what it stands for is not what it commits to */
	LEDGER_CHANGED,      /* entries seq to until are not those that were signed */
	LEDGER_UNSURE, /* one of the entries seq to until was changed, or the hash kept of them */
	LEDGER_TILE,   /* the hash kept of the entries seq to until; these are sound */
	LEDGER_TILE_STRAY, /* a hash is kept of entries that are not there */
	LEDGER_SIGNATURE,  /* the checkpoint of `seq` entries is not signed by the ledger's key */
	LEDGER_NOTE,       /* the checkpoint of `seq` entries has not the form of one */
	LEDGER_CUT,        /* a checkpoint speaks of `until` entries, and there are `seq` */
	LEDGER_UNLISTED,   /* a record that no entry stands for */
	LEDGER_KEPT_OTHER, /* what was kept of entry `seq` is not what it commits to */
	LEDGER_FORGOTTEN,  /* what it stands for was destroyed, and no erasure says so */
	LEDGER_NOT_ERASED, /* an erasure says that it lost its content, and it did not */
	LEDGER_SUPPRESSION_GONE,  /* a row that the erasure `seq` put on the suppression list */
	LEDGER_SUPPRESSION_OTHER, /* a row is on that list that no erasure put there */
};

struct ledger_finding {
	enum ledger_fault fault;
	int64_t seq, until;
	char record[LEDGER_RECORD_MAX]; /* of entry `seq`, or "" */
};

/* For programs; the names do not change. */
const char *ledger_fault_name(enum ledger_fault fault);
/* One sentence, in the language of the process. */
void ledger_finding_write(const struct ledger_finding *f, struct buf *out);

#endif

/* domain/ledger_check.h: is the ledger what it was? Everything is read again: entries, the records
 * that they commit to, kept hashes, checkpoints; the tree is computed anew and its root held
 * against every checkpoint at that checkpoint's size, which shows as well that each began with the
 * one before it.
 *
 * (1) The first thing that is wrong, in the order of the entries, is found and named; what stands
 *     behind it is not looked at.
 * (2) Nothing that was changed, removed, put in, exchanged or rolled back under a checkpoint that
 *     the caller gives escapes. What came after the last checkpoint is only held against its
 *     records.
 * (3) A store that is being written to may be checked: what comes meanwhile is left out. Entries
 *     are read in slices, each a transaction of its own. */
#ifndef DOMAIN_LEDGER_CHECK_H
#define DOMAIN_LEDGER_CHECK_H

#include "domain/ledger_content.h"
#include "domain/note.h"

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
};

struct ledger_finding {
	enum ledger_fault fault;
	int64_t seq, until;
	char record[LEDGER_RECORD_MAX];
};

struct ledger_report {
	struct ledger_finding finding;
	int64_t entries, checkpoints, given, tiles; /* looked at */
	int64_t covered; /* entries under the newest checkpoint that held */
	struct sha256 root;
};

struct ledger_check {
	struct store_conn *conn;
	const struct note_verifier *verifier;
	/* Checkpoints from elsewhere; any order. */
	const struct note_point *given;
	size_t given_len;
	bool in_transaction; /* the caller's, instead of slices */
	/* From time to time; NULL = nobody asks. */
	void (*on_progress)(void *arg, int64_t done, int64_t all);
	void *arg;
};

/* 0 and the report, sound or not; <0 when nothing could be said. */
MUST_CHECK int ledger_check(
    const struct ledger_check *in, struct ledger_report *ret, struct err *err);

/* One sentence, in the language of the process. */
void ledger_finding_write(const struct ledger_finding *f, struct buf *out);
const char *ledger_fault_name(enum ledger_fault fault);

#endif

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
 * (3) An entry without salt and content is sound where an erasure behind it lists it.
 * (4) A store that is being written to may be checked: what comes meanwhile is left out. Entries
 *     are read in slices, each a transaction of its own. */
#ifndef DOMAIN_LEDGER_CHECK_H
#define DOMAIN_LEDGER_CHECK_H

#include "domain/ledger_finding.h"
#include "domain/note.h"

struct ledger_report {
	struct ledger_finding finding;
	int64_t entries, checkpoints, given, tiles; /* looked at */
	int64_t erased;  /* of the entries: without content, as an erasure says */
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
	/* Asked with every slice: <0 with *err ends the check like that. NULL = nobody is asked. */
	int (*go_on)(void *arg, struct err *err);
	void *arg;
};

/* 0 and the report, sound or not; <0 when nothing could be said. */
MUST_CHECK int ledger_check(
    const struct ledger_check *in, struct ledger_report *ret, struct err *err);

#endif

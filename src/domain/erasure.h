/* domain/erasure.h: a person is forgotten (docs/decisions/0011-erasure.md).
 *
 * (1) In one transaction everything that tells of the person is gone: keys, acts, identity, contacts,
 *     marks; decisions keep what was decided, by which rule, when and for which number of ours.
 * (2) The entries of the ledger about them lose their salt and content, and an entry of type `erased`
 *     says so; nobody is named.
 * (3) Their number and BSUIDs are on the suppression list from then on.
 *
 * What is found is found before, on any connection, for decisions are not indexed by person. */
#ifndef DOMAIN_ERASURE_H
#define DOMAIN_ERASURE_H

#include "domain/ledger_erasure.h"
#include "domain/person.h"

struct erasure_plan {
	uint64_t person;          /* as whom they are known now */
	struct ledger_set people; /* that id and those that were merged into it */
	struct ledger_set decisions;
	uint64_t looked_to; /* decisions up to this id were looked at */
};
void erasure_plan_init(struct erasure_plan *p);
void erasure_plan_done(struct erasure_plan *p);
/* Of a person that is not merged into another. */
MUST_CHECK int erasure_plan_begin(
    struct store_conn *c, uint64_t person, struct erasure_plan *p, struct err *err);
/* The next slice of all decisions: 1 there are more, 0 all were looked at. */
MUST_CHECK int erasure_plan_next(struct store_conn *c, struct erasure_plan *p, struct err *err);
/* What came since is added; inside a transaction. -E_BUSY when they are somebody else by now. */
MUST_CHECK int erasure_plan_again(struct store_conn *c, struct erasure_plan *p, struct err *err);

struct erasure_order {
	uint64_t id;
	const char *category, *ground; /* ledger_erasure.h */
	bool suppress;
	const char
	    *state_dir; /* where files lie that were attached to acts; NULL = there are none */
};
struct erasure_report {
	int64_t entry; /* of the ledger, which says so */
	int64_t entries, consents, decisions, cancelled;
};
/* -E_BUSY while a send to them is under way. */
MUST_CHECK int erasure_run(struct store_conn *c, struct ledger *l, struct erasure_plan *p,
    const struct erasure_order *order, time_ms now, struct erasure_report *ret, struct err *err);

/* Retention, a slice at a time: decisions of before `before` name nobody any more, and what operators did
 * before it is forgotten; each slice leaves an entry of category "retention". *place is where the walk
 * stands, 0 at first. 1 there may be more, 0 there is none for now. */
MUST_CHECK int erasure_age_decisions(struct store_conn *c, struct ledger *l, struct id_gen *ids,
    int64_t *place, time_ms before, time_ms now, struct err *err);
MUST_CHECK int erasure_age_acts(struct store_conn *c, struct ledger *l, struct id_gen *ids,
    int64_t *place, time_ms before, time_ms now, struct err *err);

/* What was deleted may have left copies in the unused parts of the store's file; store_scrub overwrites
 * them. Asking, whether it is asked for (1 and when it was asked, 0), and that all that was asked
 * for before `since`, when the scrub began, is done. */
MUST_CHECK int erasure_want_scrub(struct store_conn *c, time_ms now, struct err *err);
MUST_CHECK int erasure_scrub_wanted(struct store_conn *c, time_ms *ret, struct err *err);
MUST_CHECK int erasure_scrubbed(struct store_conn *c, time_ms since, struct err *err);

/* The legal grounds that an erasure may have: "gdpr.17.1.a" … ; NULL when it is none of them. */
const char *erasure_ground(struct str word);
#define ERASURE_GROUND "gdpr.17.1.b" /* the one of who says nothing else: consent was withdrawn */

#endif

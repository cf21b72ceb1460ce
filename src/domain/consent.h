/* domain/consent.h: what a person agreed to receive, and the proof. Acts are appended and never
 * changed; the newest act that covers a purpose is the truth, a withdrawal wins a tie; what that
 * means for a message is policy's (rules_consent.c).
 *
 * Every append writes its ledger leaf in the same transaction. The leaf commits to consent_content:
 * the whole act as an object in canonical form, with the person's id at that time. */
#ifndef DOMAIN_CONSENT_H
#define DOMAIN_CONSENT_H

#include "domain/ledger.h"
#include "domain/person.h"

struct consent_entry {
	uint64_t person;
	enum purpose purpose; /* marketing, utility, authentication, service or all */
	enum consent_act act;
	time_ms at;             /* when the person acted; recorded_at is ours */
	enum evidence evidence; /* grants need more than none; a withdrawal needs none */
	struct str source, wording, attributes; /* p NULL = none; attributes a JSON object text */
	struct str details;                     /* consent_details.h; p NULL = none */
	uint64_t import_id;                     /* 0 = none */
	uint64_t undo_of; /* the import that this answers (consent_undo.h); 0 = none */
	int64_t restores; /* an answer that brings an act back: its leaf; 0 = none */
	time_ms given_at; /* then when that was given; 0 = `at` */
	bool upholds;     /* outweighs an act that may be dated ahead, and so may this one */
	/* filled by consent_list_full, not read by the others: */
	time_ms recorded_at;
	uint64_t recorded_for; /* the person's id then */
	int64_t leaf;          /* its number in the ledger */
};

/* -E_INVALID (field) for a grant without evidence or an `at` more than 5 minutes ahead, and
 * -E_INVALID or -E_TOO_LARGE for texts that are not UTF-8 or too long. An identical act (same
 * person, purpose, act, at) is kept once: *ret_new false. What a list said is not identical to what
 * the person did (consent_undo.h), and what undoing a list answered is answered anew where this act
 * asks for it. A withdrawal comes behind every grant that was on record when it was said, also behind one that a clock
 * dated ahead: then it is recorded a second time, as of that grant. A person that was merged into another is that one. */
MUST_CHECK int consent_append(struct store_conn *c, struct ledger *ledger,
    const struct consent_entry *e, time_ms now, bool *ret_new, struct err *err);
/* All acts of a person in the arena: as facts, in the order in which they were recorded, which
 * costs no sorting at each send; or as whole entries, oldest first. */
MUST_CHECK int consent_list(struct store_conn *c, uint64_t person, struct arena *a,
    const struct facts_consent **ret, size_t *ret_len, struct err *err);
/* An act as policy reads it. */
struct facts_consent consent_fact(const struct consent_entry *e);
/* For statements that read acts along with other things: the present row's, appended to a list that
 * begins as NULL and 0. Columns from `column` on: purpose, act, at, evidence, given_at. */
MUST_CHECK int consent_take_act(struct store_stmt *s, int column, struct arena *a,
    struct facts_consent **list, size_t *len, struct err *err);
/* All rows of a statement whose columns are those, which is reset then; in the arena. */
MUST_CHECK int consent_take_acts(struct store_stmt *s, struct arena *a,
    const struct facts_consent **ret, size_t *ret_len, struct err *err);
MUST_CHECK int consent_list_full(struct store_conn *c, uint64_t person, struct arena *a,
    struct consent_entry **ret, size_t *ret_len, struct err *err);

/* What the leaf commits to:
 * {"act","at","attributes","details","evidence","import","person","purpose","recorded_at","source",
 * "wording"}, members in this order and without blanks, texts and ids as strings, times in
 * milliseconds, details as the object that it is, absent ones null. */
void consent_content(const struct consent_entry *e, struct buf *out);
/* The content that an entry of the ledger that stands for a consent act commits to, appended to
 * `out`: 1, or 0 when the act is not there. */
MUST_CHECK int consent_leaf_content(
    struct store_conn *c, const struct ledger_leaf *leaf, struct buf *out, struct err *err);

#endif

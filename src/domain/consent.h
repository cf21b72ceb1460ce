/* domain/consent.h: what a person agreed to receive, and the proof. Acts are appended and never changed; the newest act that covers a purpose is the truth, a withdrawal wins a tie.
 *
 * Every append writes its ledger leaf in the same transaction. */
#ifndef DOMAIN_CONSENT_H
#define DOMAIN_CONSENT_H

#include "domain/ledger.h"
#include "domain/person.h"

struct consent_entry {
	uint64_t         person;
	enum purpose     purpose;      /* marketing, utility, authentication, service or all */
	enum consent_act act;
	time_ms          at;           /* when the person acted; recorded_at is ours */
	enum evidence    evidence;     /* grants need more than none; a withdrawal needs none */
	struct str       source, wording, attributes;   /* p NULL = none; attributes a JSON object text */
	uint64_t         import_id;    /* 0 = none */
};

/* -E_INVALID (field) for a grant without evidence or an `at` more than 5 minutes ahead. An identical act (same person, purpose, act, at) is kept once: *ret_new false. */
MUST_CHECK int consent_append(struct store_conn *c, struct ledger *ledger, const struct consent_entry *e, time_ms now, bool *ret_new, struct err *err);
/* All acts of a person, oldest first, as facts; and, when ret_full is not NULL, whole entries. In the arena. */
MUST_CHECK int consent_list(struct store_conn *c, uint64_t person, struct arena *a, const struct facts_consent **ret, size_t *ret_len, struct err *err);
MUST_CHECK int consent_list_full(struct store_conn *c, uint64_t person, struct arena *a, struct consent_entry **ret, size_t *ret_len, struct err *err);

/* One row of an import: appended unless it is a grant that would overrule a newer or equal withdrawal — an import never overwrites an opt-out: then 0 and *ret_blocked. */
MUST_CHECK int consent_import_row(struct store_conn *c, struct ledger *ledger, const struct consent_entry *e, time_ms now, bool *ret_new, bool *ret_blocked, struct err *err);

#endif

/* domain/policy_log.h: what was set over the policy pack, by whom and why, and what somebody proposes.
 *
 * A version is one whole state of the overlay (pack_overlay.h), numbered from 1, never changed; version 0
 * is the pack as it is. It comes of a proposal that was put in force. What protects less than before
 * wants a second person: whoever puts it in force is not who proposed it. A proposal is a change and not a
 * state: put in force later, it changes what is in force then.
 *
 * As text a change is one of {"levels":{…},"figures":{…}}, {"except":{…}}, {"end":"exc_…"} and
 * {"roll_back":N}; the last takes levels and figures of a version and leaves exceptions as they are. */
#ifndef DOMAIN_POLICY_LOG_H
#define DOMAIN_POLICY_LOG_H

#include "domain/ledger.h"
#include "domain/pack_overlay.h"

#define POLICY_PROPOSAL_PREFIX "pol"

/* Stored; never renumber. */
enum proposal_state {
	PROPOSAL_OPEN = 1,
	PROPOSAL_APPLIED = 2,
	PROPOSAL_DROPPED = 3,
};
const char *proposal_state_name(enum proposal_state s); /* "open" */

struct policy_proposal {
	uint64_t id;
	time_ms at, ended_at;
	struct str kind; /* "set", "except", "end", "roll_back" */
	struct str by, reason, change, ended_by;
	enum proposal_state state;
	int64_t version; /* that came of it; 0 = none */
};

struct policy_version {
	int64_t number;
	time_ms at;
	struct str kind, by, applied_by, reason, base, overlay;
	struct sha256 before, after;
	int64_t leaf;
};

/* The newest version: 1 and *ret, 0 there is none. Strings in the arena, here and below. */
MUST_CHECK int policy_newest(
    struct store_conn *c, struct arena *a, struct policy_version *ret, struct err *err);
/* 1, 0 unknown. */
MUST_CHECK int policy_version_get(struct store_conn *c, int64_t number, struct arena *a,
    struct policy_version *ret, struct err *err);
/* Newest first, below `before` (0 = from the newest). */
MUST_CHECK int policy_version_list(struct store_conn *c, int64_t before, size_t limit,
    struct arena *a, struct policy_version **ret, size_t *ret_len, bool *ret_more, struct err *err);

/* p->id, at, kind, by, reason and change; it is open then. */
MUST_CHECK int policy_propose(
    struct store_conn *c, const struct policy_proposal *p, struct err *err);
/* 1, 0 unknown. */
MUST_CHECK int policy_proposal_get(struct store_conn *c, uint64_t id, struct arena *a,
    struct policy_proposal *ret, struct err *err);
MUST_CHECK int policy_proposal_list(struct store_conn *c, uint64_t before, size_t limit,
    struct arena *a, struct policy_proposal **ret, size_t *ret_len, bool *ret_more,
    struct err *err);
/* An open one ends; -E_CONFLICT when it is not open. */
MUST_CHECK int policy_proposal_end(struct store_conn *c, uint64_t id, enum proposal_state to,
    struct str by, time_ms now, int64_t version, struct err *err);

/* What is in force: version and overlay; nothing of either when there is no version. Its members that the
 * pack does not let be set are counted. */
MUST_CHECK int policy_in_force(struct store_conn *c, const struct pack *base, struct arena *a,
    struct pack_overlay *ret, int64_t *ret_number, size_t *ret_dropped, struct err *err);
/* `o` becomes what it is under the proposal. -E_INVALID, -E_RANGE, -E_NOT_FOUND with the field. Exceptions
 * that are over at `now` are left out. */
MUST_CHECK int policy_change(struct store_conn *c, const struct pack *base,
    const struct policy_proposal *p, time_ms now, struct arena *a, struct pack_overlay *o,
    struct err *err);
/* Numbered behind the newest, with an entry of the ledger: {"after","at","base","before","by","kind",
 * "operation":"policyVersion","overlay","proposed_by","reason","version"}. *ret_number is its number. */
struct policy_step {
	const struct pack *base;
	const struct pack *from; /* in force until now */
	const struct pack_overlay *to;
	const struct policy_proposal *proposal;
	struct str by;
	time_ms at;
};
MUST_CHECK int policy_version_add(struct store_conn *c, struct ledger *l,
    const struct policy_step *step, struct arena *a, struct pack **ret, int64_t *ret_number,
    struct err *err);

#endif

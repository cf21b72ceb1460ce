/* domain/campaign.h: one template to many people, as one thing: what is to be said, to whom, who
 * allowed it, and how far it came. Inside the caller's transaction; strings lie in the arena.
 *
 *   loading → draft → approved → released → running → done
 *     loading             its audience is being taken in; left so by a crash, it is told as stopped
 *     draft → loading     whoever edits it gives it another audience; left so by a crash, it is a draft
 *                         again, as it was or as it was edited (campaign_edit.h)
 *     draft → approved    by somebody else than those who wrote it, when they say who they are
 *     released            nothing leaves before starts_at: the grace period
 *     running ↔ paused    by the circuit breaker, a template that paused, an account that may not
 *     … → held → released by an operator; from approved on
 *     … → cancelled       for good; what has left has left
 * campaign_may_move has the table.
 *
 *  (1) A person of the audience is put on record as a send at most once: state and decision of the
 *      row move in the transaction that records the send.
 *  (2) Rows are never taken out while the campaign is there, but for those of a draft that gets another
 *      audience; what they tell of people is dropped some time behind its end.
 *  (3) Nothing leaves that differs from what was approved (campaign_snapshot).
 *  (4) No question that is asked again and again reads more of the audience the larger it is. */
#ifndef DOMAIN_CAMPAIGN_H
#define DOMAIN_CAMPAIGN_H

#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "store/store.h"

#define CAMPAIGN_PREFIX "cmp"

/* Stored; never renumber. */
enum campaign_state {
	CAMPAIGN_LOADING = 1,
	CAMPAIGN_DRAFT = 2,
	CAMPAIGN_APPROVED = 3,
	CAMPAIGN_RELEASED = 4,
	CAMPAIGN_RUNNING = 5,
	CAMPAIGN_HELD = 6,
	CAMPAIGN_PAUSED = 7,
	CAMPAIGN_DONE = 8,
	CAMPAIGN_CANCELLED = 9,
};
const char *campaign_state_name(enum campaign_state s); /* "" for none of them */
bool campaign_may_move(enum campaign_state from, enum campaign_state to);

struct campaign {
	uint64_t id;
	time_ms at, updated_at;
	enum campaign_state state;
	struct str name, number, waba;
	struct str plan;      /* JSON: what it says and with which fields (campaign_fill.h) */
	struct str audience;  /* what the audience is called; p NULL = nothing */
	struct sha256 digest; /* of the audience as it came */
	struct str by, approved_by, released_by; /* p NULL = not yet */
	time_ms approved_at, released_at;
	time_ms starts_at; /* nothing leaves before; TIME_NONE = not released */
	time_ms ended_at;
	int64_t total;     /* people who may get it, as they were taken in */
	int64_t wave;      /* of the pack's, from 1; 0 = none has begun */
	int64_t wave_used; /* people of the wave who were sent to, and not refused */
	time_ms next_at;   /* the next look; TIME_NONE = any */
	struct str waits;  /* for what: a rule's id, "wave" or "paused"; p NULL = for nothing */
	struct str reason; /* of the last hold, pause or end; p NULL = none */
	int64_t choice;    /* the template that the rest gets, by its place; -1 = not chosen */
	struct sha256 snapshot; /* of what was looked at by the last preflight; zero = none yet */
	struct sha256 approved; /* of what approved_by allowed; zero = nothing */
	struct str preflight;   /* its answer, JSON; p NULL = none yet */
	time_ms preflight_at;
	bool unsettled; /* held or cancelled, and something of it may be under way still */
};

MUST_CHECK int campaign_add(struct store_conn *c, const struct campaign *x, struct err *err);
/* All that may change of itself: everything but at, number, waba, plan (campaign_rewrite) and by. */
MUST_CHECK int campaign_update(
    struct store_conn *c, const struct campaign *x, time_ms now, struct err *err);
/* x->state to `to`, or -E_CONFLICT; the caller updates. */
MUST_CHECK int campaign_move(struct campaign *x, enum campaign_state to, struct err *err);
/* An approved one is a draft again; the caller updates. */
void campaign_disapprove(struct campaign *x);
/* 1, or 0 when there is none. */
MUST_CHECK int campaign_get(
    struct store_conn *c, uint64_t id, struct arena *a, struct campaign *ret, struct err *err);
/* Newest first, ids below `before` (0 = any), in that state (0 = any); at most `limit`, and then
 * *ret_more. Without the preflight. */
MUST_CHECK int campaign_list(struct store_conn *c, uint64_t before, enum campaign_state state,
    size_t limit, struct arena *a, struct campaign **ret, size_t *ret_len, bool *ret_more,
    struct err *err);
/* Those that the clock moves: released, running, paused, or unsettled. */
MUST_CHECK int campaign_active(
    struct store_conn *c, struct arena *a, uint64_t **ret, size_t *ret_len, struct err *err);

/* Whether its audience is being taken in; 1, 0. */
MUST_CHECK int campaign_is_loading(struct store_conn *c, uint64_t id, struct err *err);
/* Whether anything of it may leave now, as the store has it: 1, 0. `name` is what its sends bear; of
 * another's sends 1. */
MUST_CHECK int campaign_may_send(struct store_conn *c, struct str name, struct err *err);

/* At start, before any is made: those whose first audience was being taken in when the gateway ended are
 * cancelled. */
MUST_CHECK int campaign_sweep(struct store_conn *c, time_ms now, struct err *err);

#endif

/* flow/events.h: what each fact of a webhook changes here: windows, opt-outs, settlements,
 * restrictions, templates. Inside the inbound transaction; a fact comes here once. */
#ifndef FLOW_EVENTS_H
#define FLOW_EVENTS_H

#include "domain/inbox.h"
#include "domain/person.h"
#include "flow/core.h"
#include "transport/webhook.h"

struct events_tally {
	uint64_t opt_outs, opt_ins, bypasses;
};

/* What the handlers of one fact share. */
struct event_work {
	struct core *core;
	struct store_conn *c;
	const struct directory *directory; /* as of the beginning of the post */
	const struct event *event;
	const uint8_t *key; /* its own in `seen` */
	time_ms now;
	struct arena *arena;
	struct events_tally *tally;
	struct err *err;
	const struct inbox_post *post; /* that the fact came with; NULL = not kept */
	size_t post_facts;             /* how many came with it */
	/* set by a status: whose message it was; p NULL = nobody's */
	struct str app;
	struct str callback; /* its own biz_opaque_callback_data; p NULL = none */
};

/* 0, or <0 when the fact could not be applied by fault of our own: nothing of the transaction may be
 * committed then. A fact that makes no sense to us (an unheard-of status, a malformed number) changes
 * nothing and is 0: its raw form is kept. Facts for apps are queued for them. The caller fills *w up
 * to `err`. */
MUST_CHECK int events_apply(struct event_work *w);

/* The kinds, by file. events_people.c: */
MUST_CHECK int event_message(struct event_work *w);
MUST_CHECK int event_call(struct event_work *w);
MUST_CHECK int event_preference(struct event_work *w);
MUST_CHECK int event_user_id(struct event_work *w);
/* What a message says about consent: opt-out and opt-in, answers to requests. (events_consent.c) */
MUST_CHECK int event_consent(struct event_work *w, const struct person *person);
/* The same act for each purpose of the set; a grant's evidence and what proves it are `like`'s.
 * (events_consent.c) */
struct consent_entry;
MUST_CHECK int event_acts(
    struct event_work *w, unsigned purposes, const struct consent_entry *like);
/* For the circuit breaker: the person stopped, perhaps in answer to a message of ours. */
MUST_CHECK int event_count_opt_out(struct event_work *w);
/* A withdrawal of the fact counts from then. */
time_ms event_withdrawal_time(const struct event_work *w);
/* What a status of a message of ours tells of whom it went to: an opt-out may come later from the BSUID alone. */
MUST_CHECK int event_recipient(struct event_work *w);
/* events_status.c: */
MUST_CHECK int event_status(struct event_work *w);
/* events_account.c: */
MUST_CHECK int event_account(struct event_work *w);
MUST_CHECK int event_template_status(struct event_work *w);
MUST_CHECK int event_template_category(struct event_work *w);
MUST_CHECK int event_template_quality(struct event_work *w);
MUST_CHECK int event_capability(struct event_work *w);
MUST_CHECK int event_number_quality(struct event_work *w);

/* Whether the account that signed the fact may tell of this number: another account's is not its
 * business. NULL is a number that we do not have. */
bool event_may_touch(const struct event_work *w, const struct dir_number *n);
/* The time of a fact, never ahead of us. */
time_ms event_time(const struct event_work *w);

#endif

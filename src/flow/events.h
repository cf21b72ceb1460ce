/* flow/events.h: what each fact of a webhook changes here: windows, opt-outs, settlements,
 * restrictions, templates. Inside the inbound transaction; a fact comes here once. */
#ifndef FLOW_EVENTS_H
#define FLOW_EVENTS_H

#include "domain/inbox.h"
#include "domain/person.h"
#include "flow/core.h"
#include "transport/webhook.h"

struct events_tally {
	uint64_t opt_outs, opt_ins, doubts, bypasses, autoreplies;
};

/* What the handlers of one fact share. */
struct event_work {
	struct core *core;
	struct store_conn *c;
	const struct directory *directory; /* as of the beginning of the post */
	const struct event *event;
	const uint8_t *key; /* its own in `seen` */
	time_ms now;
	struct pack_said said; /* event_look_through() */
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
/* `standby`: what people write while another app owns the conversation. It opens nothing, for the window is
 * that app's, but an opt-out is an opt-out. */
MUST_CHECK int event_standby(struct event_work *w);
/* What a message says about consent: opt-out and opt-in, answers to requests. 1 it said something of it, 0
 * it did not, or not for certain: then w->said.doubts are held for somebody to look at. (events_consent.c) */
MUST_CHECK int event_consent(struct event_work *w, const struct person *person);
/* What is answered by itself; `before`: when this person wrote to the number before, TIME_NONE =
 * never. (events_autoreply.c) */
MUST_CHECK int event_autoreply(struct event_work *w, const struct person *person, time_ms before);
/* Whether there are automatic replies at all for the number that the fact names. */
bool event_may_answer(const struct event_work *w);
/* The same act for each purpose of the set; a grant's evidence and what proves it are `like`'s.
 * (events_consent.c) */
struct consent_entry;
MUST_CHECK int event_acts(
    struct event_work *w, unsigned purposes, const struct consent_entry *like);
/* For the circuit breaker: what the person did, perhaps in answer to a message of ours; then its
 * template, app and campaign are told too. (events_answers.c) */
MUST_CHECK int event_count_reply(struct event_work *w, unsigned bits);
/* A message that says nothing about consent: is it a complaint, and does it wait for an answer.
 * (events_answers.c) */
MUST_CHECK int event_heard(struct event_work *w, const struct person *person);
/* What a message says in free sentences: by its words alone, so that it can be asked before the transaction. 0
 * or -E_NOMEM. (events_answers.c) */
MUST_CHECK int event_look_through(
    const struct pack *pack, const struct event *e, struct arena *a, struct pack_said *ret);
/* Somebody answered the person that the fact names by another way than through Varco.
 * (events_answers.c) */
MUST_CHECK int event_answered(struct event_work *w);
/* The send of ours that has this message id, of the person of the fact: 1, or 0. (events_status.c) */
MUST_CHECK int event_send_of(struct event_work *w, struct str wamid, struct journal_entry *ret);
/* A withdrawal of the fact counts from then. */
time_ms event_withdrawal_time(const struct event_work *w);
/* What a status of a message of ours tells of whom it went to: an opt-out may come later from the BSUID alone. */
MUST_CHECK int event_recipient(struct event_work *w);
/* events_status.c: */
MUST_CHECK int event_status(struct event_work *w);
MUST_CHECK int event_echo(struct event_work *w);
/* events_account.c: */
MUST_CHECK int event_account(struct event_work *w);
MUST_CHECK int event_template_status(struct event_work *w);
MUST_CHECK int event_template_category(struct event_work *w);
MUST_CHECK int event_template_quality(struct event_work *w);
MUST_CHECK int event_capability(struct event_work *w);
MUST_CHECK int event_number_quality(struct event_work *w);
MUST_CHECK int event_number_name(struct event_work *w);
MUST_CHECK int event_account_review(struct event_work *w);
/* events_notice.c: the fields that webhook.h has no kind for, by the field's name */
MUST_CHECK int event_notice(struct event_work *w);

/* Whether the account that signed the fact may tell of this number: another account's is not its
 * business. NULL is a number that we do not have. */
bool event_may_touch(const struct event_work *w, const struct dir_number *n);
/* The time of a fact, never ahead of us. */
time_ms event_time(const struct event_work *w);

#endif

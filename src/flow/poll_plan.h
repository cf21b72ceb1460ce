/* flow/poll_plan.h: when an account may be asked about, and when it must be left alone. Pure.
 *
 * No question earlier than the figures say, none above their number in an hour, half as many when
 * Meta's quota headers say that much of it is used, none for a while when nearly all of it is, and after
 * failures twice as long each time. A clock that goes back never makes a pause longer than it was
 * to be. */
#ifndef FLOW_POLL_PLAN_H
#define FLOW_POLL_PLAN_H

#include "base/arena.h"
#include "base/clock.h"
#include "domain/pack.h"
#include "transport/http_parse.h"

struct poll_plan {
	time_ms asked_at, templates_at; /* 0 = never */
	time_ms not_before;
	int64_t wait_ms; /* of the pause that ends then */
	int failures;    /* in a row */
	bool slow;
	int64_t hour, calls; /* so many calls in that hour */
};

/* What the headers of an answer tell of the quota. */
struct poll_quota {
	int64_t used_ppm;  /* the largest share of any */
	int64_t regain_ms; /* until there is access again; 0 = not told */
};
/* X-Business-Use-Case-Usage and X-App-Usage; what cannot be read counts as nothing used. */
void poll_quota_read(
    struct arena *a, const struct http_header *headers, size_t len, struct poll_quota *ret);

void poll_plan_begin(struct poll_plan *p, const struct pack_polling *f, time_ms now);
/* wanted: something happened that somebody should be asked about at once, or at least a minute after
 * the last time (failed_min). */
enum poll_pace { POLL_IDLE, POLL_SENDING, POLL_WANTED };
bool poll_plan_is_due(
    struct poll_plan *p, const struct pack_polling *f, enum poll_pace pace, time_ms now);
bool poll_plan_templates_are_due(
    struct poll_plan *p, const struct pack_polling *f, bool wanted, time_ms now);
/* Whether one more call may be made now; it counts as made then. */
bool poll_plan_call(struct poll_plan *p, const struct pack_polling *f, time_ms now);
/* Whether another page may be turned: the last calls of an hour are kept for what tells of accounts
 * and numbers. */
bool poll_plan_has_room(const struct poll_plan *p, const struct pack_polling *f, time_ms now);
/* A call has ended. */
void poll_plan_answered(struct poll_plan *p, const struct pack_polling *f, bool good,
    const struct poll_quota *q, time_ms now);

#endif

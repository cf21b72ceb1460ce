/* domain/contact.h: one person and one number: when they last wrote or called, which opens the
 * service window; and what marketing the person got. */
#ifndef DOMAIN_CONTACT_H
#define DOMAIN_CONTACT_H

#include "domain/facts.h"
#include "store/store.h"

struct contact {
	time_ms last_inbound_at, last_call_at; /* TIME_NONE = never */
};

/* Window news: never moves backwards. */
MUST_CHECK int contact_inbound(
    struct store_conn *c, uint64_t person, struct str number, time_ms at, struct err *err);
MUST_CHECK int contact_call(
    struct store_conn *c, uint64_t person, struct str number, time_ms at, struct err *err);
/* Whoever puts a first row of a person here says so: from then on a send looks for it (recipient.h). */
MUST_CHECK int contact_note(struct store_conn *c, uint64_t person, struct err *err);
/* The newest inbound to that number; TIME_NONE = never. */
MUST_CHECK int contact_last_at(
    struct store_conn *c, uint64_t person, struct str number, time_ms *ret, struct err *err);
/* What the person wrote at `at` waits for an answer; the first that waits counts. The row is there. */
MUST_CHECK int contact_waits(
    struct store_conn *c, uint64_t person, struct str number, time_ms at, struct err *err);
/* The number answered: 1 as something waited for it, 0 nothing did. */
MUST_CHECK int contact_answered(
    struct store_conn *c, uint64_t person, struct str number, struct err *err);
/* People who have waited since before `before` wait no more, a bounded number per call: told to `left`,
 * one by one, by their number. 1 there may be more, 0 there is none. */
MUST_CHECK int contact_give_up(struct store_conn *c, time_ms before,
    int (*left)(void *ctx, struct str number, struct err *err), void *ctx, struct err *err);
/* 131047 came back: the window is closed whatever we thought. */
MUST_CHECK int contact_close_window(
    struct store_conn *c, uint64_t person, struct str number, struct err *err);
/* The newest inbound over all numbers; TIME_NONE = never. */
MUST_CHECK int contact_last_inbound(
    struct store_conn *c, uint64_t person, time_ms *ret, struct err *err);
/* By number, of all numbers that the person wrote to or called. */
struct contact_of {
	struct str number; /* in the arena */
	struct contact last;
};
MUST_CHECK int contact_list(struct store_conn *c, uint64_t person, struct arena *a,
    struct contact_of **ret, size_t *ret_len, struct err *err);

MUST_CHECK int marketing_sent_add(
    struct store_conn *c, uint64_t person, time_ms at, uint64_t decision, struct err *err);
MUST_CHECK int marketing_sent_remove(struct store_conn *c, uint64_t person, uint64_t decision,
    struct err *err); /* it surely failed */
MUST_CHECK int marketing_sent_list(struct store_conn *c, uint64_t person, time_ms since,
    struct arena *a, const time_ms **ret, size_t *ret_len, struct err *err);
/* Where a walk over all of `marketing_sent` stands; zeroed = at the start. */
struct marketing_place {
	int64_t person;
	time_ms at;
};
/* The next rows of the walk: those older than `before` are dropped, and *place moves on. 1 the walk
 * goes on, 0 it is through and stands at the start. The caller keeps *place as it was when its
 * transaction is undone. */
MUST_CHECK int marketing_sent_purge(
    struct store_conn *c, struct marketing_place *place, time_ms before, struct err *err);
/* A contact that no rule judges, on record before it is made. */
struct contact_made {
	uint64_t id;
	time_ms at;
	struct str app, number;
	struct str edge, action; /* "calls", "connect"; no words of the app's own */
	uint64_t person;         /* 0 = nobody known */
};
MUST_CHECK int contact_made_add(
    struct store_conn *c, const struct contact_made *m, struct err *err);
/* Those before `before`, a bounded number per call; 1 there may be more, 0 there is none. */
MUST_CHECK int contact_made_purge(struct store_conn *c, time_ms before, struct err *err);
MUST_CHECK int delivered_set(
    struct store_conn *c, uint64_t person, enum purpose purpose, time_ms at, struct err *err);
MUST_CHECK int delivered_fill(
    struct store_conn *c, uint64_t person, struct facts_person *f, struct err *err);

#endif

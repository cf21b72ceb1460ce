/* domain/delivery.h: what was posted to apps, and what they answered: one row a post, kept as long as
 * webhooks are (inbox.h). What was posted and answered is sealed; the request is kept only where it is
 * nowhere else: of a post that failed and is tried again the events are still in the queue. */
#ifndef DOMAIN_DELIVERY_H
#define DOMAIN_DELIVERY_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "store/store.h"

#define DELIVERY_PREFIX "dlv"
#define DELIVERY_ANSWER_MAX 1000 /* bytes of an answer that are kept */

/* Stored; never renumber. */
enum delivery_outcome {
	DELIVERY_DONE = 1,
	DELIVERY_RETRY = 2,    /* its events come again */
	DELIVERY_GIVEN_UP = 3, /* its events, or some of them, do not */
};
const char *delivery_outcome_name(enum delivery_outcome o); /* "delivered" */

struct delivery_row {
	uint64_t id;
	time_ms at;
	struct str app;
	int64_t events, attempt; /* the first is 1 */
	int64_t status;          /* 0 = no answer */
	int64_t took_ms;
	enum delivery_outcome outcome;
	bool kept;          /* the request is there, and can be sent again */
	struct str request; /* p NULL = not kept; only from delivery_get */
	struct str answer;  /* its beginning; only from delivery_get */
};

/* The texts of a row as they are kept: made before the transaction, on any thread. Ends with delivery_sealed_done(), also
 * when that failed. */
struct delivery_sealed {
	struct buf request, answer;
};
MUST_CHECK int delivery_seal(const struct seal_key *key, const struct delivery_row *row,
    struct delivery_sealed *ret, struct err *err);
void delivery_sealed_done(struct delivery_sealed *s);
MUST_CHECK int delivery_add(struct store_conn *c, const struct delivery_row *row,
    const struct delivery_sealed *texts, struct err *err);
/* Newest first, strings in the arena; app p NULL = of all, before 0 = from the newest; failed: only those
 * that were not taken. */
struct delivery_filter {
	struct str app;
	bool failed;
	uint64_t before;
	size_t limit;
};
MUST_CHECK int delivery_list(struct store_conn *c, const struct delivery_filter *f, struct arena *a,
    struct delivery_row **ret, size_t *ret_len, bool *ret_more, struct err *err);
/* 1, 0 unknown. -E_CRYPTO when it cannot be opened. */
MUST_CHECK int delivery_get(struct store_conn *c, const struct seal_key *key, uint64_t id,
    struct arena *a, struct delivery_row *ret, struct err *err);
/* Those of an app that are kept, made at since <= at < until, the oldest first, behind `after`. */
MUST_CHECK int delivery_range(struct store_conn *c, struct str app, time_ms since, time_ms until,
    size_t limit, struct arena *a, uint64_t **ret, size_t *ret_len, struct err *err);
/* What a delivery told, in the arena; reads only. 1; 0 there is none, or nothing of it is kept. */
struct delivery_events {
	struct str app;
	struct str *bodies;
	size_t len;
};
MUST_CHECK int delivery_open(struct store_conn *c, const struct seal_key *key, uint64_t id,
    struct arena *a, struct delivery_events *ret, struct err *err);
/* They stand in the queue again, as new ones. */
MUST_CHECK int delivery_resend(struct store_conn *c, const struct seal_key *key, struct id_gen *ids,
    const struct delivery_events *events, time_ms now, struct err *err);
/* A bounded number per call; 1 there may be more. */
MUST_CHECK int delivery_purge(struct store_conn *c, time_ms before, struct err *err);

/* The newest of an app: 1, 0 there is none. */
MUST_CHECK int delivery_newest(struct store_conn *c, struct str app, struct arena *a,
    struct delivery_row *ret, struct err *err);
/* Whether posts to the app are held back: events wait meanwhile. -E_NOT_FOUND (field "app"). */
MUST_CHECK int delivery_switch(
    struct store_conn *c, struct str app, bool on, time_ms now, struct err *err);

#endif

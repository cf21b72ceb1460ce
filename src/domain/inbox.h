/* domain/inbox.h: what came from Meta, what goes on to the apps, and which media belong to whom.
 * Inside the caller's transaction. Bodies are sealed at rest. */
#ifndef DOMAIN_INBOX_H
#define DOMAIN_INBOX_H

#include "base/clock.h"
#include "base/crypto.h"
#include "store/store.h"

/* 1 = new and now remembered; 0 = seen before. `key` 32 bytes (event_key). */
MUST_CHECK int seen_add(struct store_conn *c, const uint8_t key[32], time_ms now, struct err *err);
/* Who wrote that message, so that a typing indicator, which names only the message, can be
 * judged. */
MUST_CHECK int seen_set_person(
    struct store_conn *c, const uint8_t key[32], uint64_t person, struct err *err);
/* 1 and *ret; 0 unknown. */
MUST_CHECK int seen_person(
    struct store_conn *c, const uint8_t key[32], uint64_t *ret, struct err *err);

MUST_CHECK int inbox_add(struct store_conn *c, const struct seal_key *key, uint64_t id,
    struct str waba, struct str fields, int64_t facts, struct str raw_body, time_ms now,
    struct err *err);

struct forward_entry {
	uint64_t id;
	struct str app;
	time_ms created_at, due_at;
	int64_t attempts;
	struct str body; /* clear: one `entry` object of Meta's envelope */
};
MUST_CHECK int forward_add(struct store_conn *c, const struct seal_key *key, uint64_t id,
    struct str app, struct str body, time_ms now, struct err *err);
struct forward_ask {
	struct str app;
	size_t limit, max_bytes; /* of bodies; the one that passes it is still among them */
};
/* An app's oldest ones in order, unsealed into the arena; none while the oldest is not due yet
 * (order is kept). */
MUST_CHECK int forward_due(struct store_conn *c, const struct seal_key *key,
    const struct forward_ask *ask, time_ms now, struct arena *a, struct forward_entry **ret,
    size_t *ret_len, struct err *err);
MUST_CHECK int forward_done(struct store_conn *c, uint64_t id, struct err *err);
MUST_CHECK int forward_retry(
    struct store_conn *c, uint64_t id, time_ms due_at, int status, struct err *err);
MUST_CHECK int forward_count(
    struct store_conn *c, struct str app, int64_t *ret, struct err *err); /* p NULL = all */

/* What waited since before `before` is given up; a bounded number per call. */
MUST_CHECK int forward_purge(struct store_conn *c, time_ms before, struct err *err);

MUST_CHECK int media_add(
    struct store_conn *c, struct str id, struct str waba, time_ms now, struct err *err);
MUST_CHECK int media_waba(struct store_conn *c, struct str id, struct arena *a, struct str *ret,
    struct err *err); /* 1, 0 unknown */

MUST_CHECK int alarm_add(struct store_conn *c, uint64_t id, struct str kind, struct str scope,
    struct str detail, time_ms now, struct err *err);

/* Retention: facts seen and inbox rows older than `before`, a bounded number per call. */
MUST_CHECK int inbox_purge(struct store_conn *c, time_ms before, struct err *err);

#endif

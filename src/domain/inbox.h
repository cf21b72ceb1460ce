/* domain/inbox.h: what came from Meta, what goes on to the apps, and which media belong to whom.
 * Inside the caller's transaction. Bodies are sealed at rest. */
#ifndef DOMAIN_INBOX_H
#define DOMAIN_INBOX_H

#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "store/store.h"

/* One post of Meta's, as it is kept. */
struct inbox_post {
	time_ms at; /* when it came */
	struct str waba, fields;
	int64_t facts;
	struct str sealed; /* inbox_seal's */
};
/* The raw body appended to *ret, sealed for a post of that `at` and `waba`: long work, to be done
 * before the transaction. 0 or -E_NOMEM. */
MUST_CHECK int inbox_seal(
    const struct seal_key *key, const struct inbox_post *p, struct str raw_body, struct buf *ret);
/* The raw body again, in the arena. */
MUST_CHECK int inbox_unseal(const struct seal_key *key, const struct inbox_post *p, struct arena *a,
    struct str *ret, struct err *err);
MUST_CHECK int inbox_add(
    struct store_conn *c, uint64_t id, const struct inbox_post *p, struct err *err);
/* A post of which a part could not be applied goes to `quarantine` (kind "webhook", scope its WABA),
 * sealed as it is, for a person to look at. */
MUST_CHECK int inbox_quarantine(
    struct store_conn *c, uint64_t id, const struct inbox_post *p, struct err *err);

struct forward_entry {
	uint64_t id;
	struct str app;
	time_ms created_at, due_at;
	int64_t attempts;
	/* clear: one `entry` object of Meta's envelope; p NULL = what is on record cannot be opened */
	struct str body;
};
MUST_CHECK int forward_add(struct store_conn *c, const struct seal_key *key, uint64_t id,
    struct str app, struct str body, time_ms now, struct err *err);
struct forward_ask {
	struct str app;
	size_t limit, max_bytes; /* of bodies; the one that passes it is still among them */
};
/* An app's oldest ones in order, unsealed into the arena; none while the oldest is not due yet
 * (order is kept). One that cannot be opened is handed out alone, once it is the oldest. */
MUST_CHECK int forward_due(struct store_conn *c, const struct seal_key *key,
    const struct forward_ask *ask, time_ms now, struct arena *a, struct forward_entry **ret,
    size_t *ret_len, struct err *err);
MUST_CHECK int forward_done(struct store_conn *c, uint64_t id, struct err *err);
MUST_CHECK int forward_retry(
    struct store_conn *c, uint64_t id, time_ms due_at, int status, struct err *err);
MUST_CHECK int forward_count(
    struct store_conn *c, struct str app, int64_t *ret, struct err *err); /* p NULL = all */

/* The oldest of events that no app will hear. One alarm, "forward.given_up", tells of them all. */
struct forward_loss {
	struct str app;
	uint64_t first;
	int64_t count;
	int status; /* the app's last answer; 0 = none */
};
MUST_CHECK int forward_lost(struct store_conn *c, struct id_gen *ids, const struct forward_loss *l,
    time_ms now, struct err *err);
/* What waited since before `before`, because nobody delivers to its app any more, is given up, with
 * an alarm: some of one app's a call. *ret_count of them; 1 there may be more, 0 there are none. */
MUST_CHECK int forward_purge(struct store_conn *c, struct id_gen *ids, time_ms before, time_ms now,
    int64_t *ret_count, struct err *err);
/* One that can never be read goes to `quarantine` as it is, with the alarm "forward.unreadable". */
MUST_CHECK int forward_quarantine(
    struct store_conn *c, struct id_gen *ids, uint64_t id, time_ms now, struct err *err);

MUST_CHECK int media_add(
    struct store_conn *c, struct str id, struct str waba, time_ms now, struct err *err);
MUST_CHECK int media_waba(struct store_conn *c, struct str id, struct arena *a, struct str *ret,
    struct err *err); /* 1, 0 unknown */

MUST_CHECK int alarm_add(struct store_conn *c, uint64_t id, struct str kind, struct str scope,
    struct str detail, time_ms now, struct err *err);

/* Retention: what is older than `before` is dropped, a bounded number per call; 1 there may be more,
 * 0 there is none. */
MUST_CHECK int inbox_purge(struct store_conn *c, time_ms before, struct err *err); /* and facts */
MUST_CHECK int media_purge(struct store_conn *c, time_ms before, struct err *err);
MUST_CHECK int alarm_purge(struct store_conn *c, time_ms before, struct err *err);
MUST_CHECK int quarantine_purge(struct store_conn *c, time_ms before, struct err *err);

#endif

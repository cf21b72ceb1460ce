/* domain/outbox.h: bodies of sends that wait for their time, and the answers kept for idempotency
 * keys. Inside the caller's transaction.
 *
 * An outbox row exists exactly while its decision is `held` or `ready`. Bodies are sealed at
 * rest. */
#ifndef DOMAIN_OUTBOX_H
#define DOMAIN_OUTBOX_H

#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "store/store.h"

struct outbox_entry {
	uint64_t decision;
	time_ms due_at, expires_at;
	struct str path, body; /* body in clear */
};

MUST_CHECK int outbox_add(struct store_conn *c, const struct seal_key *key,
    const struct outbox_entry *e, struct err *err);
MUST_CHECK int outbox_remove(struct store_conn *c, uint64_t decision, struct err *err);
MUST_CHECK int outbox_postpone(
    struct store_conn *c, uint64_t decision, time_ms due_at, struct err *err);
/* Everything that was held by a rule is due now: something that held it has ended. What waits only for
 * the time that it was planned for was never judged, and goes on waiting. */
MUST_CHECK int outbox_wake(struct store_conn *c, time_ms now, struct err *err);
/* Those due at `now`, earliest first, at most `limit`, without their bodies. */
MUST_CHECK int outbox_due(struct store_conn *c, time_ms now, size_t limit, struct arena *a,
    struct outbox_entry **ret, size_t *ret_len, struct err *err);
/* 1 and the whole entry in the arena; 0 when it is gone; -E_CRYPTO when its body can never be
 * opened. */
MUST_CHECK int outbox_get(struct store_conn *c, const struct seal_key *key, uint64_t decision,
    struct arena *a, struct outbox_entry *ret, struct err *err);
/* A row that can never be sent goes to `quarantine` as it is, with the alarm "outbox.unreadable" in
 * the name of its app. */
MUST_CHECK int outbox_quarantine(struct store_conn *c, struct id_gen *ids, uint64_t decision,
    struct str app, time_ms now, struct err *err);
/* The earliest due_at; TIME_NONE when nothing waits. */
MUST_CHECK int outbox_next(struct store_conn *c, time_ms *ret, struct err *err);

struct idem_entry {
	uint64_t decision;
	struct sha256 digest; /* of what came with the key: number, edge and body */
	bool answered;
	int status;
	struct str answer; /* in the arena */
};

/* 1 and *ret; 0 none, or older than `not_before`. Keys are kept as hashes. */
MUST_CHECK int idem_get(struct store_conn *c, struct str app, struct str key, time_ms not_before,
    struct arena *a, struct idem_entry *ret, struct err *err);
MUST_CHECK int idem_add(struct store_conn *c, struct str app, struct str key,
    const struct sha256 *digest, uint64_t decision, time_ms now, struct err *err);
/* 1: the decision, taken at `at`, came with a key. */
MUST_CHECK int idem_names(struct store_conn *c, time_ms at, uint64_t decision, struct err *err);
MUST_CHECK int idem_answer(struct store_conn *c, struct str app, struct str key, int status,
    struct str answer, struct err *err);
/* The attempt surely did not happen: the key is free again. */
MUST_CHECK int idem_remove(struct store_conn *c, struct str app, struct str key, struct err *err);
/* Drops those before `before`, a bounded number per call; 1 there may be more, 0 there is none. */
MUST_CHECK int idem_purge(struct store_conn *c, time_ms before, struct err *err);

#endif

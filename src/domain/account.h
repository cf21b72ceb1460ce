/* domain/account.h: changes to portfolios, WABAs, numbers and pauses.
 *
 * Each runs inside the caller's transaction; after it the caller loads a new directory, and leaves
 * a ledger leaf when a person made the change. `add` is idempotent: the same values again are 0,
 * other values -E_CONFLICT naming the field. What is absent on either side never conflicts; what
 * was absent on record is filled in. Secrets come in clear, blanks around them are dropped, and
 * they are sealed here; they are compared in clear.
 *
 * Errors: -E_INVALID, -E_RANGE or -E_TOO_LARGE (field) for a bad value, -E_NOT_FOUND (field) for a
 * WABA, number or portfolio that is not there, -E_CONFLICT, -E_CRYPTO for a secret on record that
 * this key cannot open, and the store's. */
#ifndef DOMAIN_ACCOUNT_H
#define DOMAIN_ACCOUNT_H

#include "base/crypto.h"
#include "domain/facts.h"
#include "store/store.h"

struct account_values {
	struct str waba, portfolio, name, country, upstream; /* p NULL = not given */
	bool limit_given, limited;                           /* limited false = "unlimited" */
	int64_t limit;
	struct str token, app_secret, verify_token; /* p NULL = not given */
	struct str state;               /* set only: an operator clears a lock with "active" */
	bool payment_given, payment_ok; /* set only */
};
/* waba, portfolio and name must be given; a portfolio that is new and got no limit has none.
 * Whether `upstream` is one of the pack's is the caller's to check. *ret_created false when it was
 * there. */
MUST_CHECK int account_add(struct store_conn *c, const struct seal_key *key,
    const struct account_values *v, time_ms now, bool *ret_created, struct err *err);
/* What is given is changed; a WABA cannot change its portfolio (-E_CONFLICT). A limit is the operator's own: of it and of
 * what Meta tells the lower one binds; "unlimited" takes it back. */
MUST_CHECK int account_set(struct store_conn *c, const struct seal_key *key,
    const struct account_values *v, time_ms now, struct err *err);
/* -E_CONFLICT while it has numbers. Its templates, pauses and restrictions go with it. */
MUST_CHECK int account_remove(struct store_conn *c, struct str waba, struct err *err);

struct number_values {
	struct str waba, id, display, verified_name, status, quality; /* p NULL = not given */
	bool established_given, established;
	bool throughput_given;
	int64_t throughput; /* 1 to 1000 messages a second */
};
/* waba, id and display must be given; an unknown WABA is -E_INVALID, a display number that another
 * number has -E_CONFLICT (also for number_set). CONNECTED and GREEN unless
 * told otherwise; a number that is not established warms up from `now`. */
MUST_CHECK int number_add(struct store_conn *c, const struct number_values *v, time_ms now,
    bool *ret_created, struct err *err);
MUST_CHECK int number_set(
    struct store_conn *c, const struct number_values *v, time_ms now, struct err *err);
/* Its pauses go with it; what was sent from it stays on record. */
MUST_CHECK int number_remove(struct store_conn *c, struct str id, struct err *err);

/* The maker of a pause that follows from an error code of Meta's: nobody judged, Meta said so. */
#define PAUSE_BY_META "meta"

/* scope "number", "waba", "template" (id waba/name/language), "app" or "campaign" (any id, message.h); until TIME_NONE = until resumed; by: a name, or "breaker". One pause a
 * purpose and maker, of those that no person makes one each reason: a new one replaces that, and
 * leaves what others have paused alone. */
MUST_CHECK int pause_set(struct store_conn *c, struct str scope, struct str id,
    enum purpose purpose, time_ms until, struct str by, struct str reason, time_ms now,
    struct err *err);
/* PURPOSE_ALL clears every one but PAUSE_BY_RESTORE's; 0 even when none was there. */
MUST_CHECK int pause_clear(
    struct store_conn *c, struct str scope, struct str id, enum purpose purpose, struct err *err);

/* That maker's pause, made for that reason; 0 even when there was none. */
MUST_CHECK int pause_clear_of(struct store_conn *c, struct str scope, struct str id, struct str by,
    struct str reason, struct err *err);

/* What Meta said. Unknown words are stored as they are: they then count as "cannot tell" (platform
 * facts 13). A restriction of a type that is in force already gets the new end. Clearing what is
 * not there is 0. */
MUST_CHECK int waba_set_state(
    struct store_conn *c, struct str waba, struct str state, time_ms now, struct err *err);
MUST_CHECK int waba_set_payment(
    struct store_conn *c, struct str waba, bool ok, time_ms now, struct err *err);
MUST_CHECK int waba_block_country(
    struct store_conn *c, struct str waba, struct str country, time_ms now, struct err *err);
MUST_CHECK int waba_unblock_country(
    struct store_conn *c, struct str waba, struct str country, struct err *err);
MUST_CHECK int waba_restrict(struct store_conn *c, struct str waba, struct str type, time_ms until,
    time_ms now, struct err *err);
MUST_CHECK int waba_unrestrict(
    struct store_conn *c, struct str waba, struct str type, struct err *err);
/* Meta's word of it. An operator's own limit (account_set) that is lower binds all the same. */
MUST_CHECK int portfolio_set_limit(struct store_conn *c, struct str portfolio, bool limited,
    int64_t limit, time_ms now, struct err *err);

#endif

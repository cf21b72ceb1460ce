/* domain/account.h: changes to portfolios, WABAs, numbers and pauses. Each runs inside the caller's transaction and leaves a ledger leaf when a person made it.
 *
 * `add` is idempotent: the same values again are 0, other values -E_CONFLICT naming the field; absent optional values never conflict. After any of these the caller loads
 * a new directory. Secrets come in clear and are sealed here; they are compared in clear for idempotency. */
#ifndef DOMAIN_ACCOUNT_H
#define DOMAIN_ACCOUNT_H

#include "base/crypto.h"
#include "domain/facts.h"
#include "store/store.h"

struct account_values {
	struct str waba, portfolio, name, country, upstream;   /* p NULL = not given */
	bool       limit_given, limited;                       /* limited false = "unlimited" */
	int64_t    limit;
	struct str token, app_secret, verify_token;            /* p NULL = not given */
	struct str state;                                      /* set only: an operator clears a lock with "active" */
	bool       payment_given, payment_ok;                  /* set only */
};
/* -E_INVALID (field) for bad ids, country, or a missing waba/portfolio/name. *ret_created false when it was there. */
MUST_CHECK int account_add(struct store_conn *c, const struct seal_key *key, const struct account_values *v, time_ms now, bool *ret_created, struct err *err);
MUST_CHECK int account_set(struct store_conn *c, const struct seal_key *key, const struct account_values *v, time_ms now, struct err *err);
/* -E_CONFLICT while it has numbers. */
MUST_CHECK int account_remove(struct store_conn *c, struct str waba, struct err *err);

struct number_values {
	struct str waba, id, display, verified_name, status, quality;
	bool       established_given, established;
	bool       throughput_given;
	int64_t    throughput;
};
MUST_CHECK int number_add(struct store_conn *c, const struct number_values *v, time_ms now, bool *ret_created, struct err *err);
MUST_CHECK int number_set(struct store_conn *c, const struct number_values *v, time_ms now, struct err *err);
/* scope "number" or "waba". until TIME_NONE = until resumed. */
MUST_CHECK int pause_set(struct store_conn *c, struct str scope, struct str id, enum purpose purpose, time_ms until, struct str by, struct str reason, time_ms now, struct err *err);
MUST_CHECK int pause_clear(struct store_conn *c, struct str scope, struct str id, enum purpose purpose, struct err *err);   /* PURPOSE_ALL clears every one; 0 even when none was there */

/* What Meta said. Unknown words are stored as they are: they then count as "cannot tell" (platform 13). */
MUST_CHECK int waba_set_state(struct store_conn *c, struct str waba, struct str state, time_ms now, struct err *err);
MUST_CHECK int waba_set_payment(struct store_conn *c, struct str waba, bool ok, time_ms now, struct err *err);
MUST_CHECK int waba_block_country(struct store_conn *c, struct str waba, struct str country, time_ms now, struct err *err);
MUST_CHECK int waba_restrict(struct store_conn *c, struct str waba, struct str type, time_ms until, time_ms now, struct err *err);
MUST_CHECK int waba_unrestrict(struct store_conn *c, struct str waba, struct str type, struct err *err);
MUST_CHECK int portfolio_set_limit(struct store_conn *c, struct str portfolio, bool limited, int64_t limit, time_ms now, struct err *err);

#endif

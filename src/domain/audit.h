/* domain/audit.h: the acts of operators in the ledger, found again: by whom, of what kind, about what and when. What was
 * done stands in the entry itself; here is only where. */
#ifndef DOMAIN_AUDIT_H
#define DOMAIN_AUDIT_H

#include "base/arena.h"
#include "base/clock.h"
#include "store/store.h"

struct audit_act {
	int64_t leaf; /* the entry of the ledger */
	time_ms at;
	struct str by, operation;
	struct str object; /* p NULL = none */
	struct str
	    content; /* canonical JSON of the entry; p NULL: it was forgotten. Only of a list */
};

/* In the transaction that makes the entry. */
MUST_CHECK int audit_note(struct store_conn *c, const struct audit_act *act, struct err *err);

struct audit_filter {
	int64_t before;                   /* entries below; 0 = from the newest */
	struct str by, operation, object; /* p NULL = any */
	time_ms since, until;             /* since <= at < until; TIME_NONE = any */
	size_t limit;
};
/* The newest first, with strings in the arena; *ret_more: there are others behind them. */
MUST_CHECK int audit_list(struct store_conn *c, const struct audit_filter *f, struct arena *a,
    struct audit_act **ret, size_t *ret_len, bool *ret_more, struct err *err);

#endif

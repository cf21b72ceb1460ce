#include "domain/restored.h"

#include <stdio.h>

#include "base/check.h"
#include "domain/audit.h"
#include "domain/campaign.h"
#include "domain/inbox.h"
#include "domain/journal.h"
#include "domain/purpose.h"
#include "store/query.h"

#define REASON "The store was brought back from a copy: opt-outs behind it may be missing."

/* --- what may have gone out ------------------------------------------------------------------- */

static int forget_what_waits(struct store_conn *c, time_ms now, int64_t *ret, struct err *err)
{
	_Static_assert(SEND_HELD == 1 && SEND_READY == 2 && SEND_UNKNOWN == 4,
	    "the figures in the statement here");
	int r = store_do(c, err,
	    "UPDATE decision SET state = 4, updated_at = ?1 WHERE state IN (1, 2) AND state < 9",
	    "m", now);

	*ret = r < 0 ? 0 : store_changes(c);
	return r < 0 ? r : store_do(c, err, "DELETE FROM outbox", "");
}

/* Busy: what of it is under way by its own account is settled, as with any that was cancelled. */
static int cancel_campaigns(struct store_conn *c, time_ms now, int64_t *ret, struct err *err)
{
	int r = store_do(c, err,
	    "UPDATE campaign SET state = ?1, reason = '" RESTORED_CAMPAIGN "', waits = NULL,"
	    " updated_at = ?2, ended_at = ?2, busy = 1 WHERE state NOT IN (?1, ?3)",
	    "imi", (int64_t)CAMPAIGN_CANCELLED, now, (int64_t)CAMPAIGN_DONE);

	*ret = r < 0 ? 0 : store_changes(c);
	return r;
}

static int hold_marketing(struct store_conn *c, time_ms now, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO pause (scope, scope_id, purpose, until_at, made_by, reason, at, cause)"
	    " SELECT 'waba', id, ?1, NULL, '" PAUSE_BY_RESTORE "', '" REASON
	    "', ?2, '' FROM waba WHERE id <> ''"
	    " ON CONFLICT (scope, scope_id, purpose, made_by, cause) DO UPDATE SET at = excluded.at",
	    "im", (int64_t)PURPOSE_MARKETING, now);
}

/* --- telling ---------------------------------------------------------------------------------- */

static int leave_entry(
    struct store_conn *c, struct ledger *l, const struct restored *x, time_ms now, struct err *err)
{
	struct audit_act act = { .at = now, .by = STR("varco"), .operation = STR("storeRestored") };
	char text[200];

	(void)snprintf(text, sizeof(text),
	    "{\"at\":%lld,\"campaigns\":%lld,\"copied_at\":%lld,\"operation\":\"storeRestored\",\"sends\":%lld}",
	    (long long)now, (long long)x->campaigns, (long long)x->copied_at, (long long)x->sends);
	int r = ledger_append(c, l, LEAF_OPERATOR, 0, str_c(text), now, &act.leaf, err);
	if (r == 0)
		r = ledger_keep(c, act.leaf, str_c(text), err);
	return r < 0 ? r : audit_note(c, &act, err);
}

static int raise_alarm(struct store_conn *c, struct id_gen *ids, const struct restored *x,
    time_ms now, struct err *err)
{
	char detail[160], at[TIME_TEXT_MAX];

	time_format(x->copied_at, at);
	(void)snprintf(detail, sizeof(detail), "copied_at=%s sends=%lld campaigns=%lld", at,
	    (long long)x->sends, (long long)x->campaigns);
	return alarm_add(
	    c, id_next(ids, now), STR("store.restored"), STR(""), str_c(detail), now, err);
}

/* --- public ----------------------------------------------------------------------------------- */

int restored_meet(struct store_conn *c, struct ledger *l, struct id_gen *ids, time_ms now,
    struct restored *ret, struct err *err)
{
	struct restored x = { .copied_at = TIME_NONE };
	int r = store_copied_at(c, &x.copied_at, err);

	if (r <= 0)
		return r;
	r = forget_what_waits(c, now, &x.sends, err);
	if (r == 0)
		r = cancel_campaigns(c, now, &x.campaigns, err);
	if (r == 0)
		r = hold_marketing(c, now, err);
	if (r == 0)
		r = leave_entry(c, l, &x, now, err);
	if (r == 0)
		r = raise_alarm(c, ids, &x, now, err);
	if (r == 0)
		r = store_unmark_copy(c, err);
	if (r < 0)
		return r;
	*ret = x;
	return 1;
}

int restored_is_open(struct store_conn *c, time_ms *ret_since, struct err *err)
{
	return store_ask_int(c, ret_since, err,
	    "SELECT max(at) FROM pause WHERE made_by = '" PAUSE_BY_RESTORE "' HAVING count(*) > 0",
	    "");
}

int restored_confirm(struct store_conn *c, struct id_gen *ids, time_ms now, struct err *err)
{
	int r = store_do(c, err, "DELETE FROM pause WHERE made_by = '" PAUSE_BY_RESTORE "'", "");

	if (r < 0 || store_changes(c) == 0)
		return r;
	r = alarm_add(c, id_next(ids, now), STR("store.confirmed"), STR(""), STR(""), now, err);
	return r < 0 ? r : 1;
}

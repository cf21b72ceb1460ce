#include "flow/credential.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/check.h"
#include "domain/account.h"
#include "domain/outbox.h"
#include "flow/told.h"
#include "store/query.h"

/* Reasons of the pauses; "expired" is what a question can find to be over. */
#define EXPIRED "token"
#define NO_RIGHT "token_rights"

struct credential {
	struct core *core;
	struct store_conn *c;
	struct str waba;
	time_ms now;
	struct err *err;
};

/* Platform facts 10: the token itself; any other code says what it may not. */
static bool is_expiry(int64_t code)
{
	return code == 0 || code == 190;
}

/* 1 when the account is paused for its token. */
static int is_paused(struct store_conn *c, struct str waba, struct err *err)
{
	int64_t one;

	return store_ask_int(c, &one, err,
	    "SELECT 1 FROM pause WHERE scope = 'waba' AND scope_id = ?1 AND made_by = ?2"
	    " AND reason IN ('" EXPIRED "', '" NO_RIGHT "')",
	    "tt", waba, STR(PAUSE_BY_META));
}

int credential_refused(
    struct core *core, struct store_conn *c, struct str waba, int64_t code, struct err *err)
{
	time_ms now = clock_now();
	char word[32];
	int r = is_paused(c, waba, err);

	if (r != 0)
		return r < 0 ? r : 0;
	r = pause_set(c, STR("waba"), waba, PURPOSE_ALL, TIME_NONE, STR(PAUSE_BY_META),
	    is_expiry(code) ? STR(EXPIRED) : STR(NO_RIGHT), now, err);
	if (r < 0)
		return r == -E_NOT_FOUND ? 0 : r;
	core_directory_changed(core);
	atomic_fetch_add(&core->stops, 1);
	atomic_fetch_add(&core->accounts_wanted, 1);
	(void)snprintf(word, sizeof(word), "%" PRId64, code);
	return told_alarm(core, c, "account.token", "waba", waba, str_c(word), STR_NONE, err);
}

/* The pause for that reason from before that moment; one from a time to come is a clock's error. */
static int clear(struct credential *w, const char *reason, time_ms before, bool *ret_cleared)
{
	int r = store_do(w->c, w->err,
	    "DELETE FROM pause WHERE scope = 'waba' AND scope_id = ?1 AND made_by = ?2 AND reason = ?3"
	    " AND (at < ?4 OR at > ?5)",
	    "tttmm", w->waba, STR(PAUSE_BY_META), str_c(reason), before, w->now);

	*ret_cleared = r == 0 && store_changes(w->c) > 0;
	return r;
}

/* What waited for it goes at once. */
static int go_on(struct credential *w)
{
	core_directory_changed(w->core);
	int r = outbox_wake(w->c, w->now, w->err);

	return r < 0 ? r
		     : told_alarm(w->core, w->c, "account.token_fine", "waba", w->waba, STR_NONE,
			   STR_NONE, w->err);
}

int credential_works(
    struct core *core, struct store_conn *c, struct str waba, time_ms asked_at, struct err *err)
{
	struct credential w = { core, c, waba, clock_now(), err };
	bool cleared = false;
	int r = clear(&w, EXPIRED, asked_at, &cleared);

	return r == 0 && cleared ? go_on(&w) : r;
}

int credential_replaced(struct core *core, struct store_conn *c, struct str waba, struct err *err)
{
	struct credential w = { core, c, waba, clock_now(), err };
	bool expired = false, no_right = false;
	int r = clear(&w, EXPIRED, w.now + 1, &expired);

	if (r == 0)
		r = clear(&w, NO_RIGHT, w.now + 1, &no_right);
	return r == 0 && (expired || no_right) ? go_on(&w) : r;
}

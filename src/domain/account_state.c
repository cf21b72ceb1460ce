#include "domain/account_state.h"

#include <stdio.h>

#include "base/check.h"
#include "base/lang.h"
#include "domain/account.h"
#include "domain/value.h"
#include "domain/warmup_round.h"
#include "store/query.h"

#define WORD_MAX 200
#define EXPIRED_MAX 200 /* at once; the next call takes the others */

/* --- the ladder ------------------------------------------------------------------------------- */

static const struct {
	const char *name, *sentence;
} steps[] = {
	[STANDING_FINE] = { "fine", N_("Meta has nothing against this account.") },
	[STANDING_WARNED] = { "warned",
	    N_("Meta has warned this account: the next violation may restrict it.") },
	[STANDING_PARTLY] = { "partly_restricted",
	    N_("Meta refuses some kinds of message of this account.") },
	[STANDING_NO_BEGINNING] = { "restricted",
	    N_("This account may only answer people who wrote to it in the last 24 hours.") },
	[STANDING_SILENCED] = { "silenced", N_("This account may not send any message.") },
	[STANDING_LOCKED] = { "locked",
	    N_("Meta has locked this account: only a review that Meta grants opens it again.") },
	[STANDING_DISABLE_SCHEDULED] = { "disable_scheduled",
	    N_("Meta has announced that it will disable this account; it can still send.") },
	[STANDING_DISABLED] = { "disabled", N_("Meta has disabled this account.") },
	[STANDING_UNKNOWN] = { "unknown",
	    N_("Meta uses a word for this account that Varco does not know, so nothing that the"
	       " account begins may leave.") },
};

const char *standing_name(enum standing_step s)
{
	return steps[s].name;
}

const char *standing_sentence(enum standing_step s)
{
	return steps[s].sentence;
}

/* What a state's word alone comes to. */
static const enum standing_step by_state[] = {
	[WABA_ACTIVE] = STANDING_FINE,
	[WABA_LOCKED] = STANDING_LOCKED,
	[WABA_DISABLED] = STANDING_DISABLED,
	[WABA_BANNED] = STANDING_DISABLED,
	[WABA_SCHEDULED_FOR_DISABLE] = STANDING_DISABLE_SCHEDULED,
	[WABA_STATE_UNKNOWN] = STANDING_UNKNOWN,
};

static enum standing_step step_of_coverage(unsigned covers)
{
	if (covers & PACK_COVERS_ALL)
		return STANDING_SILENCED;
	if ((covers & PACK_COVERS_BUSINESS_INITIATED) && (covers & PACK_COVERS_REPLIES))
		return STANDING_SILENCED;
	if (covers & PACK_COVERS_BUSINESS_INITIATED)
		return STANDING_NO_BEGINNING;
	return covers ? STANDING_PARTLY : STANDING_FINE;
}

static bool in_force(time_ms until, time_ms now)
{
	return until == TIME_NONE || until > now;
}

/* The last of several ends is the end. */
static time_ms later(time_ms a, time_ms b)
{
	return a == TIME_NONE || b == TIME_NONE ? TIME_NONE : a > b ? a : b;
}

/* All restrictions in force together: two that cover half each silence the account. */
static void add_restrictions(
    const struct dir_waba *w, const struct pack *pack, time_ms now, struct standing *ret)
{
	unsigned covers = 0;
	time_ms until = 0;
	struct str word = STR_NONE;

	for (size_t i = 0; i < w->restrictions_len; i++) {
		const struct facts_restriction *r = &w->restrictions[i];
		unsigned its = pack_restriction(pack, r->type);
		if (!its || !in_force(r->until, now))
			continue;
		if (!word.p || step_of_coverage(covers | its) > step_of_coverage(covers))
			word = r->type;
		covers |= its;
		until = later(until, r->until);
	}
	enum standing_step step = step_of_coverage(covers);
	ret->may_begin = ret->may_begin && step < STANDING_NO_BEGINNING;
	ret->may_reply = ret->may_reply && !(covers & (PACK_COVERS_ALL | PACK_COVERS_REPLIES));
	if (step > ret->step) {
		ret->step = step;
		ret->word = word;
		ret->until = until;
	}
}

static void add_warning(
    const struct dir_waba *w, const struct pack *pack, time_ms now, struct standing *ret)
{
	time_ms until = w->warned_at + pack_polling(pack)->warning_ms;

	if (!w->warning.len || w->warned_at == TIME_NONE || until <= now)
		return;
	ret->step = STANDING_WARNED;
	ret->word = w->warning;
	ret->until = until;
}

static void add_state(const struct dir_waba *w, struct standing *ret)
{
	enum standing_step step = by_state[w->state];
	bool sends = step == STANDING_FINE || step == STANDING_DISABLE_SCHEDULED;

	ret->may_begin = ret->may_begin && sends;
	ret->may_reply = ret->may_reply && (sends || step == STANDING_UNKNOWN);
	if (step <= ret->step)
		return;
	ret->step = step;
	ret->word = w->state_word;
	ret->until = step == STANDING_DISABLE_SCHEDULED ? w->disable_at : TIME_NONE;
}

void standing_of(
    const struct dir_waba *w, const struct pack *pack, time_ms now, struct standing *ret)
{
	*ret = (struct standing){ .until = TIME_NONE, .may_begin = true, .may_reply = true };
	add_warning(w, pack, now, ret);
	add_restrictions(w, pack, now, ret);
	add_state(w, ret);
}

/* --- what Meta told --------------------------------------------------------------------------- */

static int unknown(struct str id, const char *field, struct err *err)
{
	return err_field(err, E_NOT_FOUND, field, N_("There is no %s %.*s."), field, STR_ARG(id));
}

static int must_have_changed(
    struct store_conn *c, int r, struct str id, const char *field, struct err *err)
{
	if (r < 0 || store_changes(c) > 0)
		return r;
	return unknown(id, field, err);
}

int waba_warn(struct store_conn *c, struct str waba, struct str type, time_ms at, struct err *err)
{
	int r = value_check_text(type, "violation_type", WORD_MAX, err);

	if (r == 0)
		r = store_do(c, err, "UPDATE waba SET warning = ?2, warned_at = ?3 WHERE id = ?1",
		    "ttm", waba, type, at);
	return must_have_changed(c, r, waba, "waba", err);
}

int waba_set_review(
    struct store_conn *c, struct str waba, struct str decision, time_ms now, struct err *err)
{
	int r = value_check_text(decision, "decision", WORD_MAX, err);

	if (r == 0)
		r = store_do(c, err, "UPDATE waba SET review = ?2, updated_at = ?3 WHERE id = ?1",
		    "ttm", waba, decision, now);
	r = must_have_changed(c, r, waba, "waba", err);
	if (r < 0)
		return r;
	if (str_eq_nocase(decision, STR("REJECTED")))
		return waba_restrict(c, waba, STR(RESTRICTION_REVIEW), TIME_NONE, now, err);
	return waba_unrestrict(c, waba, STR(RESTRICTION_REVIEW), err);
}

int waba_set_disable_at(
    struct store_conn *c, struct str waba, time_ms at, time_ms now, struct err *err)
{
	int r = store_do(c, err, "UPDATE waba SET disable_at = ?2, updated_at = ?3 WHERE id = ?1",
	    "tmm", waba, at, now);

	return must_have_changed(c, r, waba, "waba", err);
}

/* Anything but a word that lets send. */
static bool blocks(struct str word)
{
	return !str_eq(word, STR("AVAILABLE")) && !str_eq(word, STR("LIMITED"));
}

int waba_state_told_at(struct store_conn *c, struct str waba, time_ms *ret, struct err *err)
{
	int64_t at = 0;
	int r = store_ask_int(c, &at, err,
	    "SELECT coalesce(max(at), 0) FROM"
	    " (SELECT at FROM object_told WHERE kind = ?1 AND object = ?2 AND field = 'state'"
	    " UNION ALL"
	    " SELECT at FROM object_change WHERE kind = ?1 AND object = ?2 AND field = 'state')"
	    " AS told",
	    "it", (int64_t)HISTORY_WABA, waba);

	if (r < 0)
		return r;
	*ret = at;
	return 0;
}

/* BLOCKED since the lock, and now no longer: the review was granted. A lock that health has not
 * confirmed since stays for a person to judge. */
static int unlock(struct store_conn *c, struct str waba, time_ms now, struct err *err)
{
	time_ms told = 0;
	int r = waba_state_told_at(c, waba, &told, err);

	if (r < 0)
		return r;
	return store_do(c, err,
	    "UPDATE waba SET state = 'active', updated_at = ?2 WHERE id = ?1 AND state = 'locked'"
	    " AND health IS NOT NULL AND health <> 'AVAILABLE' AND health <> 'LIMITED'"
	    " AND health_at >= ?3",
	    "tmm", waba, now, told);
}

int waba_set_health(struct store_conn *c, struct str waba, struct str word, bool explained,
    time_ms now, struct err *err)
{
	int r = value_check_text(word, "health_status", WORD_MAX, err);

	if (r == 0 && str_eq(word, STR("AVAILABLE")))
		r = unlock(c, waba, now, err);
	if (r == 0)
		r = store_do(c, err, "UPDATE waba SET health = ?2, health_at = ?3 WHERE id = ?1",
		    "ttm", waba, word, now);
	r = must_have_changed(c, r, waba, "waba", err);
	if (r < 0)
		return r;
	if (blocks(word) && !explained)
		return waba_restrict(c, waba, STR(RESTRICTION_HEALTH), TIME_NONE, now, err);
	return waba_unrestrict(c, waba, STR(RESTRICTION_HEALTH), err);
}

int number_set_health(
    struct store_conn *c, struct str number, struct str word, time_ms now, struct err *err)
{
	int r = value_check_text(word, "health_status", WORD_MAX, err);

	if (r == 0)
		r = store_do(c, err, "UPDATE number SET health = ?2, health_at = ?3 WHERE id = ?1",
		    "ttm", number, word, now);
	return must_have_changed(c, r, number, "number", err);
}

int number_set_name_status(
    struct store_conn *c, struct str number, struct str word, time_ms now, struct err *err)
{
	int r = value_check_text(word, "name_status", WORD_MAX, err);

	if (r == 0)
		r = store_do(c, err,
		    "UPDATE number SET name_status = ?2, updated_at = ?3 WHERE id = ?1", "ttm",
		    number, word, now);
	return must_have_changed(c, r, number, "number", err);
}

/* --- what a person lifts ---------------------------------------------------------------------- */

#define FIELD_MAX (WORD_MAX * 4 + 32)

/* Facts bear whole seconds: what Meta does in the second of the lift is not older than it. */
static int told_now(
    struct store_conn *c, struct str waba, const char *field, time_ms now, struct err *err)
{
	time_ms at = now - now % MS_PER_S;
	int r = history_is_news(c, HISTORY_WABA, waba, str_c(field), at, err);

	return r < 0 ? r : 1;
}

int waba_lift_restriction(struct store_conn *c, const struct pack *pack, struct str waba,
    struct str type, time_ms now, struct err *err)
{
	char field[FIELD_MAX];
	int r = waba_unrestrict(c, waba, type, err);

	if (r < 0 || store_changes(c) == 0)
		return r;
	if (pack_restriction(pack, type))
		r = warmup_after_restriction(c, pack, waba, now, err);
	(void)snprintf(field, sizeof(field), "restriction:%.*s", STR_ARG(type));
	return r < 0 ? r : told_now(c, waba, field, now, err);
}

int waba_lift_country(
    struct store_conn *c, struct str waba, struct str country, time_ms now, struct err *err)
{
	char field[FIELD_MAX];
	int r = waba_unblock_country(c, waba, country, err);

	if (r < 0 || store_changes(c) == 0)
		return r;
	(void)snprintf(field, sizeof(field), "blocked_country:%.*s", STR_ARG(country));
	return told_now(c, waba, field, now, err);
}

int waba_lift_lock(struct store_conn *c, struct str waba, time_ms now, struct err *err)
{
	int r = store_do(c, err,
	    "UPDATE waba SET state = 'active', updated_at = ?2 WHERE id = ?1 AND state = 'locked'",
	    "tm", waba, now);

	return r < 0 || store_changes(c) == 0 ? r : told_now(c, waba, "state", now, err);
}

/* --- what ends by itself ---------------------------------------------------------------------- */

struct ended {
	struct str waba, type;
	time_ms until;
};

static int read_ended(struct store_conn *c, time_ms now, struct arena *a, struct ended *ret,
    size_t *ret_len, struct err *err)
{
	struct store_stmt *s;
	size_t n = 0;
	int r = store_ask(c, &s, err,
	    "SELECT waba, type, until_at FROM waba_restriction WHERE until_at <= ?1"
	    " ORDER BY until_at, waba, type LIMIT ?2",
	    "mi", now, (int64_t)EXPIRED_MAX);

	if (r < 0)
		return r;
	while (n < EXPIRED_MAX && (r = store_step(s, err)) > 0) {
		if (store_copy_text(s, 0, a, &ret[n].waba) < 0 ||
		    store_copy_text(s, 1, a, &ret[n].type) < 0) {
			r = err_set(err, E_NOMEM, "Memory ran out while ending restrictions.");
			break;
		}
		ret[n++].until = store_col_time(s, 2);
	}
	store_reset(s);
	*ret_len = n;
	return r < 0 ? r : 0;
}

static int end_one(
    struct store_conn *c, const struct pack *pack, const struct ended *x, struct err *err)
{
	struct history_by by = { .source = HISTORY_CLOCK, .at = x->until };
	int r = waba_unrestrict(c, x->waba, x->type, err);

	/* What stopped no message is no reason to begin anew. */
	if (r == 0 && pack_restriction(pack, x->type))
		r = warmup_after_restriction(c, pack, x->waba, x->until, err);
	return r < 0 ? r : history_note(c, HISTORY_WABA, x->waba, &by, NULL, err);
}

int account_expire(
    struct store_conn *c, const struct pack *pack, time_ms now, bool *ret_changed, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	struct ended *items = a ? ARENA_ARRAY(a, struct ended, EXPIRED_MAX) : NULL;
	size_t n = 0;
	int r = items ? read_ended(c, now, a, items, &n, err)
		      : err_set(err, E_NOMEM, "Memory ran out while ending restrictions.");

	for (size_t i = 0; r == 0 && i < n; i++)
		r = end_one(c, pack, &items[i], err);
	arena_free(&a);
	if (r == 0)
		*ret_changed = n > 0;
	return r;
}

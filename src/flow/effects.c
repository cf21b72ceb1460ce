#include "flow/effects.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/check.h"
#include "base/log.h"
#include "domain/account.h"
#include "domain/account_state.h"
#include "domain/consent.h"
#include "domain/contact.h"
#include "domain/inbox.h"
#include "domain/stops.h"
#include "domain/template.h"
#include "domain/trip.h"
#include "flow/credential.h"
#include "flow/incidents.h"
#include "flow/told.h"
#include "store/query.h"

#define WATCH_EVERY_NS 1000000000LL
#define WATCH_AFTER_FAILURE_NS (60 * WATCH_EVERY_NS)

struct effect {
	struct core *core;
	struct store_conn *c;
	const struct effect_scope *scope;
	int64_t code;
	time_ms now;
	struct err *err;
};

static int changed(struct effect *e, int r)
{
	if (r >= 0)
		core_directory_changed(e->core);
	return r < 0 ? r : 0;
}

/* The account's state is not what it was: an error code says so. */
static int account_changed(struct effect *e, int r)
{
	char words[32] = "";

	(void)snprintf(words, sizeof(words), "%" PRId64, e->code);
	const struct history_by by = { HISTORY_ANSWER, e->now, str_c(words) };
	return r < 0
	    ? r
	    : told_change(e->core, e->c, HISTORY_WABA, e->scope->number->waba->id, &by, e->err);
}

/* What Meta's webhooks told before this is old. */
static int state_told(struct effect *e)
{
	int r = history_is_news(
	    e->c, HISTORY_WABA, e->scope->number->waba->id, STR("state"), e->now, e->err);

	return r < 0 ? r : 0;
}

static int lock(struct effect *e)
{
	int r = e->scope->number ? state_told(e) : 0;

	if (!e->scope->number || r < 0)
		return r;
	return account_changed(
	    e, waba_set_state(e->c, e->scope->number->waba->id, STR("locked"), e->now, e->err));
}

/* Meta has told already of what refuses such a message: it was under way while the word came. A
 * message without a template may have been an answer inside the window. 1, 0. */
static int is_explained(struct effect *e)
{
	const struct directory *d;
	struct standing s;
	int r = core_directory_now(e->core, e->c, &d, e->err);

	if (r < 0)
		return r;
	const struct dir_waba *waba = directory_waba(d, e->scope->number->waba->id);
	if (!waba)
		return 0;
	standing_of(waba, e->core->pack, e->now, &s);
	return e->scope->tpl.p ? !s.may_begin : !s.may_reply;
}

static int block(struct effect *e)
{
	int r = e->scope->number ? is_explained(e) : 1;

	if (r)
		return r < 0 ? r : 0;
	return lock(e);
}

static int payment(struct effect *e)
{
	if (!e->scope->number)
		return 0;
	return account_changed(
	    e, waba_set_payment(e->c, e->scope->number->waba->id, false, e->now, e->err));
}

static int country(struct effect *e)
{
	struct str where = phone_country(e->scope->phone);

	if (!e->scope->number || !where.p)
		return 0;
	return account_changed(
	    e, waba_block_country(e->c, e->scope->number->waba->id, where, e->now, e->err));
}

static int cooldown(struct effect *e)
{
	time_ms until = e->now + pack_limits(e->core->pack)->cooldown_marketing_131049_ms;

	if (!e->scope->person || !e->scope->number)
		return 0;
	return person_mark(e->c, e->scope->person, MARK_COOLDOWN, e->scope->number->waba->id,
	    e->now, until, e->err);
}

static int undeliverable(struct effect *e)
{
	if (!e->scope->person)
		return 0;
	return person_mark(
	    e->c, e->scope->person, MARK_HARD_FAILURE, STR(""), e->now, TIME_NONE, e->err);
}

/* The operator hears once of a burst. */
static int tell_burst(struct effect *e, int64_t most)
{
	char scope[24], detail[96];

	(void)snprintf(scope, sizeof(scope), "%" PRId64, e->code);
	(void)snprintf(
	    detail, sizeof(detail), "most_per_hour=%" PRId64 " later ones are held", most);
	return alarm_add(e->c, id_next(&e->core->ids, e->now), STR("opt_out.burst"), str_c(scope),
	    str_c(detail), e->now, e->err);
}

static int withdraw(struct effect *e)
{
	char source[32];
	struct consent_entry stop = {
		.person = e->scope->person,
		.act = CONSENT_WITHDRAW,
		.at = e->now,
	};
	unsigned purposes = pack_meta_stop(e->core->pack);
	bool fresh;
	int r = 0;

	(void)snprintf(source, sizeof(source), "meta:%" PRId64, e->code);
	stop.source = str_c(source);
	for (enum purpose p = PURPOSE_MARKETING; r == 0 && p < PURPOSE_ALL; p++) {
		stop.purpose = p;
		if (purposes & PURPOSE_BIT(p))
			r = consent_append(e->c, &e->core->ledger, &stop, e->now, &fresh, e->err);
	}
	return r;
}

static int meta_stop(struct effect *e)
{
	int64_t most = pack_breaker(e->core->pack)->auto_opt_outs_per_code_per_hour;
	const struct stop s = {
		.id = id_next(&e->core->ids, e->now),
		.person = e->scope->person,
		.at = e->now,
		.code = e->code,
		.number = e->scope->number ? e->scope->number->id : STR_NONE,
	};
	enum stop_state state;
	bool burst;

	if (!s.person)
		return 0;
	int r = stop_note(e->c, &s, most, &state, &burst, e->err);
	if (r < 0)
		return r;
	if (state == STOP_APPLIED)
		return withdraw(e);
	return burst ? tell_burst(e, most) : 0;
}

static int window_closed(struct effect *e)
{
	if (!e->scope->person || !e->scope->number)
		return 0;
	return contact_close_window(e->c, e->scope->person, e->scope->number->id, e->err);
}

static int slow_pair(struct effect *e)
{
	if (!e->scope->person || !e->scope->number)
		return 0;
	return recent_exhaust(
	    e->core->recent, e->scope->person, e->scope->number->id, e->now, e->err);
}

struct pause_at {
	struct str scope, id, by, cause;
	enum purpose purpose;
};

/* Every send that was under way fails with the same code: one pause is enough. 1, 0. */
static int is_paused(struct effect *e, const struct pause_at *p)
{
	int64_t one;

	return store_ask_int(e->c, &one, e->err,
	    "SELECT 1 FROM pause WHERE scope = ?1 AND scope_id = ?2 AND purpose = ?3"
	    " AND made_by = ?4 AND cause = ?5 AND (until_at IS NULL OR until_at > ?6)",
	    "ttittm", p->scope, p->id, (int64_t)p->purpose, p->by, p->cause, e->now);
}

static int spam_pause(struct effect *e)
{
	time_ms until = e->now + pack_breaker(e->core->pack)->spam_131048_pause_ms;

	if (!e->scope->number)
		return 0;
	const struct pause_at at = { STR("number"), e->scope->number->id, STR(TRIP_BY),
		STR("131048"), PURPOSE_MARKETING };
	int r = is_paused(e, &at);
	if (r != 0)
		return r < 0 ? r : 0;
	atomic_fetch_add(&e->core->stops, 1);
	return changed(
	    e, trip_pause(e->c, SIGNAL_OF_NUMBER, at.id, until, at.cause, e->now, e->err));
}

/* Nobody judged: Meta said that it wants nothing of this for a while. */
static int wait_for_meta(
    struct effect *e, const char *scope, struct str id, enum purpose purpose, int64_t ms)
{
	char why[32];

	(void)snprintf(why, sizeof(why), "%" PRId64, e->code);
	const struct pause_at at = { str_c(scope), id, STR(PAUSE_BY_META), str_c(why), purpose };
	int r = is_paused(e, &at);
	if (r != 0)
		return r < 0 ? r : 0;
	r = pause_set(e->c, at.scope, id, purpose, e->now + ms, at.by, at.cause, e->now, e->err);
	if (r == -E_NOT_FOUND)
		return 0;
	atomic_fetch_add(&e->core->stops, 1);
	return changed(e, r);
}

static int number_wait(struct effect *e)
{
	const struct dir_number *n = e->scope->number;
	int64_t ms = pack_breaker(e->core->pack)->number_131057_wait_ms;

	return n ? wait_for_meta(e, "number", n->id, PURPOSE_ALL, ms) : 0;
}

static int utility_wait(struct effect *e)
{
	const struct dir_number *n = e->scope->number;
	int64_t ms = pack_breaker(e->core->pack)->utility_131064_wait_ms;

	return n ? wait_for_meta(e, "waba", n->waba->id, PURPOSE_UTILITY, ms) : 0;
}

static int slow_number(struct effect *e)
{
	int64_t ms = pack_breaker(e->core->pack)->slow_130429_ms;

	return e->scope->number
	    ? budget_slow(e->core->budget, e->c, e->scope->number, ms, e->now, e->err)
	    : 0;
}

static int token(struct effect *e)
{
	return e->scope->number
	    ? credential_refused(e->core, e->c, e->scope->number->waba->id, e->code, e->err)
	    : 0;
}

/* Meta's own word for its state is asked for at once, and takes the place of this. */
static int number_gone(struct effect *e)
{
	const struct dir_number *n = e->scope->number;
	char words[32];

	if (!n)
		return 0;
	(void)snprintf(words, sizeof(words), "%" PRId64, e->code);
	const struct history_by by = { HISTORY_ANSWER, e->now, str_c(words) };
	const struct number_values v = { .id = n->id, .status = STR("DISCONNECTED") };
	int r = number_set(e->c, &v, e->now, e->err);
	if (r == -E_NOT_FOUND) /* it was removed meanwhile */
		return 0;
	atomic_fetch_add(&e->core->accounts_wanted, 1);
	return r < 0 ? r : told_change(e->core, e->c, HISTORY_NUMBER, n->id, &by, e->err);
}

static int suppress(struct effect *e)
{
	return e->scope->person
	    ? person_set_flag(e->c, e->scope->person, PERSON_SUPPRESSED, true, e->err)
	    : 0;
}

/* Without an end, because the answer tells none; a webhook tells it (platform facts 5). */
static int direct_send_wait(struct effect *e)
{
	const struct dir_number *n = e->scope->number;
	int64_t one;

	if (!n)
		return 0;
	int r = store_ask_int(e->c, &one, e->err,
	    "SELECT 1 FROM waba_restriction WHERE waba = ?1 AND type = ?2"
	    " AND (until_at IS NULL OR until_at > ?3)",
	    "ttm", n->waba->id, STR(RESTRICTION_DIRECT_SEND), e->now);
	if (r != 0)
		return r < 0 ? r : 0;
	return account_changed(e,
	    waba_restrict(
		e->c, n->waba->id, STR(RESTRICTION_DIRECT_SEND), TIME_NONE, e->now, e->err));
}

static int template_changed(struct effect *e, const struct template_news *news)
{
	char id[HISTORY_ID_MAX], words[32];
	int r = template_apply(e->c, news, e->now, e->err);

	if (r <= 0)
		return r;
	(void)snprintf(words, sizeof(words), "%" PRId64, e->code);
	const struct history_by by = { HISTORY_ANSWER, e->now, str_c(words) };
	(void)snprintf(id, sizeof(id), "%.*s/%.*s/%.*s", STR_ARG(news->waba), STR_ARG(news->name),
	    STR_ARG(news->language));
	return told_change(e->core, e->c, HISTORY_TEMPLATE, str_c(id), &by, e->err);
}

static int template_status(struct effect *e, struct str status)
{
	struct str language = e->scope->tpl, name = str_cut(&language, '/');
	struct template_news news = {
		.name = name,
		.language = language,
		.status = status,
		.category_change_at = TIME_NONE,
		.paused_until = TIME_NONE,
		.pause_end_unknown = true,
	};

	if (!e->scope->number || !language.p)
		return 0;
	news.waba = e->scope->number->waba->id;
	return template_changed(e, &news);
}

static int template_paused(struct effect *e)
{
	return template_status(e, STR("PAUSED"));
}

static int template_disabled(struct effect *e)
{
	return template_status(e, STR("DISABLED"));
}

/* No word of Meta's, so that it cannot be told whether it may be sent, until all are read again. */
static int template_gone(struct effect *e)
{
	atomic_fetch_add(&e->core->templates_wanted, 1);
	return template_status(e, STR("UNKNOWN"));
}

static int (*const effects[PACK_EFFECTS_COUNT])(struct effect *e) = {
	[PACK_EFFECT_LOCK] = lock,
	[PACK_EFFECT_BLOCK] = block,
	[PACK_EFFECT_PAYMENT] = payment,
	[PACK_EFFECT_COUNTRY] = country,
	[PACK_EFFECT_COOLDOWN] = cooldown,
	[PACK_EFFECT_META_STOP] = meta_stop,
	[PACK_EFFECT_UNDELIVERABLE] = undeliverable,
	[PACK_EFFECT_WINDOW_CLOSED] = window_closed,
	[PACK_EFFECT_SPAM_PAUSE] = spam_pause,
	[PACK_EFFECT_SUPPRESS] = suppress,
	[PACK_EFFECT_SLOW_NUMBER] = slow_number,
	[PACK_EFFECT_SLOW_PAIR] = slow_pair,
	[PACK_EFFECT_TOKEN] = token,
	[PACK_EFFECT_NUMBER_GONE] = number_gone,
	[PACK_EFFECT_NUMBER_WAIT] = number_wait,
	[PACK_EFFECT_UTILITY_WAIT] = utility_wait,
	[PACK_EFFECT_DIRECT_SEND_WAIT] = direct_send_wait,
	[PACK_EFFECT_TEMPLATE_PAUSED] = template_paused,
	[PACK_EFFECT_TEMPLATE_DISABLED] = template_disabled,
	[PACK_EFFECT_TEMPLATE_GONE] = template_gone,
};

/* What stands is not what it was: people hear of it now, and not when upkeep looks next. What Meta
 * answered stays on record whatever becomes of that. So a look that fails is not repeated here for a
 * while, which is set down before it begins: where the store takes no more in this transaction, the
 * job that runs again does without it. */
static int watch(struct core *core, struct store_conn *c, struct err *err)
{
	mono_ns now = clock_mono();
	struct err own = { 0 };

	if (now < core->watch_due)
		return 0;
	core->watch_due = now + WATCH_AFTER_FAILURE_NS;
	struct incident_desk desk = incidents_desk(core, c);
	int r = incidents_watch(&desk, &own);
	if (r >= 0) {
		core->watch_due = now + WATCH_EVERY_NS;
		return 0;
	}
	log_error("incidents could not be looked for", "error=%s", err_name(own.code));
	if (!store_tx_failed(c))
		return 0;
	*err = own;
	return r;
}

int effects_apply(struct core *core, struct store_conn *c, int64_t code,
    const struct effect_scope *s, time_ms now, struct err *err)
{
	const struct pack_code *row = pack_code(core->pack, code);
	struct effect e = {
		.core = core, .c = c, .scope = s, .code = code, .now = now, .err = err
	};

	if (!row || !effects[row->effect])
		return 0;
	uint64_t before = core->changes;
	int r = effects[row->effect](&e);
	if (r < 0 || core->changes == before)
		return r < 0 ? r : 0;
	return watch(core, c, err);
}

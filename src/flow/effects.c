#include "flow/effects.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/check.h"
#include "domain/account.h"
#include "domain/consent.h"
#include "domain/contact.h"
#include "domain/inbox.h"
#include "domain/stops.h"
#include "domain/template.h"

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

static int lock(struct effect *e)
{
	if (!e->scope->number)
		return 0;
	return changed(
	    e, waba_set_state(e->c, e->scope->number->waba->id, STR("locked"), e->now, e->err));
}

static int payment(struct effect *e)
{
	if (!e->scope->number)
		return 0;
	return changed(
	    e, waba_set_payment(e->c, e->scope->number->waba->id, false, e->now, e->err));
}

static int country(struct effect *e)
{
	struct str where = phone_country(e->scope->phone);

	if (!e->scope->number || !where.p)
		return 0;
	return changed(
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

static int spam_pause(struct effect *e)
{
	time_ms until = e->now + pack_breaker(e->core->pack)->spam_131048_pause_ms;

	if (!e->scope->number)
		return 0;
	return changed(e,
	    pause_set(e->c, STR("number"), e->scope->number->id, PURPOSE_MARKETING, until,
		STR("breaker"), STR("131048"), e->now, e->err));
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
	return changed(e, template_apply(e->c, &news, e->now, e->err));
}

static int template_paused(struct effect *e)
{
	return template_status(e, STR("PAUSED"));
}

static int template_disabled(struct effect *e)
{
	return template_status(e, STR("DISABLED"));
}

/* An effect without a row here changes nothing that is stored: the answer tells the app, and the
 * counters the operator. */
static int (*const effects[PACK_EFFECTS_COUNT])(struct effect *e) = {
	[PACK_EFFECT_LOCK] = lock,
	[PACK_EFFECT_PAYMENT] = payment,
	[PACK_EFFECT_COUNTRY] = country,
	[PACK_EFFECT_COOLDOWN] = cooldown,
	[PACK_EFFECT_META_STOP] = meta_stop,
	[PACK_EFFECT_UNDELIVERABLE] = undeliverable,
	[PACK_EFFECT_WINDOW_CLOSED] = window_closed,
	[PACK_EFFECT_SPAM_PAUSE] = spam_pause,
	[PACK_EFFECT_SLOW_PAIR] = slow_pair,
	[PACK_EFFECT_TEMPLATE_PAUSED] = template_paused,
	[PACK_EFFECT_TEMPLATE_DISABLED] = template_disabled,
};

int effects_apply(struct core *core, struct store_conn *c, int64_t code,
    const struct effect_scope *s, time_ms now, struct err *err)
{
	const struct pack_code *row = pack_code(core->pack, code);
	struct effect e = {
		.core = core, .c = c, .scope = s, .code = code, .now = now, .err = err
	};

	if (!row || !effects[row->effect])
		return 0;
	return effects[row->effect](&e);
}

/* Inbound messages, calls, preferences and changes of identity: whatever a person does. */
#include "flow/events.h"

#include "base/check.h"
#include "domain/consent.h"
#include "domain/contact.h"
#include "domain/inbox.h"
#include "domain/journal.h"
#include "domain/person.h"
#include "domain/stops.h"

/* wa_id is E.164 without '+'. */
static struct phone phone_of(struct str wa_id)
{
	char text[24];
	struct phone p = { 0 };
	bool prefixed;
	int r = wa_id.len > 0 && wa_id.len < sizeof(text) - 1;

	if (!r)
		return p;
	text[0] = '+';
	if (str_to_c(wa_id, text + 1, sizeof(text) - 1) < 0)
		return p;
	r = phone_parse(str_c(text), STR_NONE, &p, &prefixed, NULL);
	return r < 0 ? (struct phone){ 0 } : p;
}

static struct str valid_bsuid(struct str id)
{
	return bsuid_is_valid(id) ? id : STR_NONE;
}

static struct str portfolio_of(const struct event_work *w)
{
	const struct dir_waba *waba = directory_waba(w->directory, w->event->entry_id);

	return waba ? waba->portfolio->id : STR_NONE;
}

static struct person_lesson lesson_of(const struct event_work *w)
{
	return (struct person_lesson){
		.ledger = &w->core->ledger,
		.ids = &w->core->ids,
		.portfolio = portfolio_of(w),
		.now = w->now,
		.at = event_time(w),
	};
}

/* Two persons turned out to be one: their counts moved in the store, and the memory of the budgets
 * is out of date. */
static int counts_follow(struct event_work *w, const struct person *p)
{
	struct core *core = w->core;

	if (!p->merged)
		return 0;
	int r = budget_flush(core->budget, w->c, w->err);
	return r < 0 ? r
		     : budget_reload(core->budget, w->c, w->directory, core->pack, w->now, w->err);
}

/* 1 and the person behind the fact; 0 when it names nobody that can be understood. */
static int learn(struct event_work *w, struct person *ret)
{
	const struct event *e = w->event;
	struct person_lesson lesson = lesson_of(w);
	struct person_keys keys = {
		.phone = phone_of(e->wa_id),
		.bsuid = valid_bsuid(e->user_id),
		.parent = valid_bsuid(e->parent_user_id),
	};

	if (!keys.phone.number && !keys.bsuid.p)
		return 0;
	int r = person_learn(w->c, &lesson, &keys, w->arena, ret, w->err);
	if (r == 0)
		r = counts_follow(w, ret);
	return r < 0 ? r : 1;
}

int event_recipient(struct event_work *w)
{
	const struct event *e = w->event;
	struct person_lesson lesson = lesson_of(w);
	struct person_keys keys = {
		.phone = phone_of(e->wa_id),
		.bsuid = valid_bsuid(e->user_id),
		.parent = valid_bsuid(e->parent_user_id),
	};
	struct person person;

	if (e->group)
		return 0;
	int r = person_link(w->c, &lesson, &keys, w->arena, &person, w->err);
	return r > 0 ? counts_follow(w, &person) : r;
}

/* --- messages --------------------------------------------------------------------------------- */

/* Types that do not come from the person's hand, or that change an older message (platform 4). */
static const char *const opens_nothing[] = { "system", "edit", "revoke", "unsupported" };

static bool opens_window(const struct event *e)
{
	for (size_t i = 0; i < ARRAY_LEN(opens_nothing); i++) {
		if (str_eq_c(e->type, opens_nothing[i]))
			return false;
	}
	return !e->group;
}

static const char *const media_types[] = { "image", "video", "audio", "document", "sticker" };

/* A media id belongs to the WABA that it came to. */
static int keep_media(struct event_work *w)
{
	const struct event *e = w->event;

	for (size_t i = 0; i < ARRAY_LEN(media_types); i++) {
		struct str id = json_str(json_get(json_get(e->item, media_types[i]), "id"));
		if (id.len)
			return media_add(w->c, id, e->entry_id, w->now, w->err);
	}
	return 0;
}

/* Further ahead than clocks differ, a time opens nothing (figure in the pack); one that cannot be read does not either. */
static bool is_credible(const struct event_work *w)
{
	time_ms at = w->event->at;

	return at != TIME_NONE && at <= w->now + pack_limits(w->core->pack)->window.future_ms;
}

/* *ret_before, for automatic replies: when they wrote to this number before; TIME_NONE = never, or nobody asks. */
static int wrote(struct event_work *w, const struct person *person, time_ms *ret_before)
{
	const struct event *e = w->event;
	int r = event_may_answer(w)
	    ? contact_last_at(w->c, person->id, e->number, ret_before, w->err)
	    : 0;

	return r < 0 ? r : contact_inbound(w->c, person->id, e->number, event_time(w), w->err);
}

int event_message(struct event_work *w)
{
	const struct event *e = w->event;
	struct person person;
	int r = learn(w, &person);

	if (r <= 0)
		return r;
	seen_set_person(w->core->facts, w->key, person.id);
	bool opens = opens_window(e) && is_credible(w);
	time_ms before = TIME_NONE;
	r = 0;
	if (opens)
		r = wrote(w, &person, &before);
	if (r == 0)
		r = keep_media(w);
	if (r < 0 || e->group)
		return r;
	r = event_consent(w, &person);
	if (r != 0 || !opens)
		return r < 0 ? r : 0;
	r = event_heard(w, &person);
	if (r >= 0)
		r = event_autoreply(w, &person, before);
	return r < 0 ? r : 0;
}

static int heard_elsewhere(struct event_work *w)
{
	struct person person;
	int r = learn(w, &person);

	if (r > 0)
		r = event_consent(w, &person);
	return r < 0 ? r : 0;
}

int event_standby(struct event_work *w)
{
	const struct json *value = json_get(w->event->value, "standby"), *item;
	struct json_iter it;
	int r = 0;

	json_iter_init(&it, json_get(value, "messages"));
	while (r == 0 && json_iter_next(&it, NULL, &item)) {
		struct event e = *w->event;
		struct event_work one = *w;
		e.item = item;
		e.value = value;
		one.event = &e;
		if (!webhook_read_message(&e) || e.group)
			continue;
		r = event_look_through(w->core->pack, &e, w->arena, &one.said);
		if (r == 0)
			r = heard_elsewhere(&one);
	}
	return r;
}

int event_call(struct event_work *w)
{
	struct person person;
	int r = learn(w, &person);

	if (r <= 0)
		return r;
	return contact_call(w->c, person.id, w->event->number, event_time(w), w->err);
}

int event_preference(struct event_work *w)
{
	bool stop = str_eq(w->event->word, STR("stop")),
	     resume = str_eq(w->event->word, STR("resume"));
	/* Whoever wants it again has said what was meant, all of it. */
	const struct stop_word said = {
		.to = stop ? STOP_CONFIRMED : STOP_RELEASED,
		.purposes = stop ? pack_meta_stop(w->core->pack) : STOP_EVERY_PURPOSE,
		.until = INT64_MAX,
	};
	struct person person;

	if (!stop && !resume)
		return 0;
	int r = learn(w, &person);
	if (r <= 0)
		return r;
	w->tally->opt_outs += stop;
	r = stop ? event_count_reply(w, SIGNAL_BIT(SIGNAL_OPT_OUT)) : 0;
	if (r == 0)
		r = person_set_flag(w->c, person.id, PERSON_META_STOP, stop, w->err);
	if (r == 0)
		r = stop_settle(w->c, person.id, &said, w->now, w->err);
	if (r < 0)
		return r;
	const struct consent_entry chosen = {
		.person = person.id,
		.act = stop ? CONSENT_WITHDRAW : CONSENT_GRANT,
		.at = stop ? event_withdrawal_time(w) : event_time(w),
		.evidence = stop ? EVIDENCE_NONE : pack_opt_in_evidence(w->core->pack),
		.source = STR("meta:user_preferences"),
	};
	return event_acts(w, pack_meta_stop(w->core->pack), &chosen);
}

int event_user_id(struct event_work *w)
{
	const struct event *e = w->event;
	struct person_lesson lesson = lesson_of(w);
	struct person_keys old = {
		.phone = phone_of(e->previous_wa_id),
		.bsuid = valid_bsuid(e->previous_user_id),
	};
	struct person_keys new = {
		.phone = phone_of(e->wa_id),
		.bsuid = valid_bsuid(e->user_id),
		.parent = valid_bsuid(e->parent_user_id),
	};
	struct person person;

	if ((!old.phone.number && !old.bsuid.p) || (!new.phone.number && !new.bsuid.p))
		return 0;
	int r = person_rekey(w->c, &lesson, &old, &new, w->arena, &person, w->err);
	return r < 0 ? r : counts_follow(w, &person);
}

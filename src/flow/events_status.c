/* sent, delivered, read, failed: what became of a send. Found by our token first (a status may come
 * before the answer that names the message), else by Meta's id. Never backwards. */
#include "flow/events.h"

#include "base/check.h"
#include "domain/bypass.h"
#include "domain/contact.h"
#include "domain/inbox.h"
#include "domain/journal.h"
#include "domain/release.h"
#include "domain/unheard.h"
#include "flow/effects.h"
#include "flow/own_send.h"

static const struct {
	const char *word;
	enum send_state state;
} words[] = {
	{ "sent", SEND_SENT },
	{ "delivered", SEND_DELIVERED },
	{ "read", SEND_READ },
	{ "played", SEND_READ },
	{ "failed", SEND_FAILED },
};

static bool state_of(struct str word, enum send_state *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (str_eq_c(word, words[i].word)) {
			*ret = words[i].state;
			return true;
		}
	}
	return false;
}

static struct phone phone_of_person(struct event_work *w)
{
	struct phone p = { 0 };
	bool prefixed;
	struct str digits = w->event->wa_id;
	struct str text = digits.len ? arena_printf(w->arena, "+%.*s", STR_ARG(digits)) : STR_NONE;

	if (text.p && phone_parse(text, STR_NONE, &p, &prefixed, NULL) < 0)
		p.number = 0;
	return p;
}

/* Of a message that is among the newest no more than is at hand is asked. The walk over a person's sends is for what
 * is older, and never for what is known to be somebody else's: a program that sends past Varco would otherwise keep
 * the writer busy with each of its statuses. */
int event_send_of(struct event_work *w, struct str wamid, struct journal_entry *ret)
{
	struct person person = { 0 };
	struct phone phone = phone_of_person(w);
	struct str bsuid = w->event->user_id.len ? w->event->user_id : STR_NONE;
	int r = wamids_find(w->core->wamids, w->c, wamid, w->arena, ret, w->err);

	if (r != 0 || !(phone.number || bsuid.p))
		return r;
	r = bypass_is_known(w->c, wamid, w->err);
	if (r != 0)
		return r < 0 ? r : 0;
	r = person_find(w->c, phone, bsuid, w->arena, &person, w->err);
	return r <= 0 ? r : wamids_find_of_person(w->c, person.id, wamid, w->arena, ret, w->err);
}

/* 1 found, 0 not one of ours. */
static int find(struct event_work *w, struct journal_entry *ret)
{
	uint64_t id;

	if (journal_token_read(&w->core->key, w->event->callback, &id)) {
		int r = journal_get(w->c, id, w->arena, ret, w->err);
		if (r != 0)
			return r;
	}
	return w->event->id.len ? event_send_of(w, w->event->id, ret) : 0;
}

/* Notes a message that passed us by, of a number of ours. What is older than this installation is
 * exempt. */
static int pass_by(struct event_work *w, const char *told_by, struct str word, bool coexistence)
{
	const struct event *e = w->event;
	struct core *core = w->core;
	const struct register_act act = {
		.c = w->c,
		.ledger = &core->ledger,
		.key = &core->key,
		.ids = &core->ids,
		.arena = w->arena,
		.by = STR("varco"),
		.now = w->now,
	};
	struct bypass b = { .number = e->number,
		.message = e->id,
		.coexistence = coexistence,
		.at = event_time(w) };

	if (e->at == TIME_NONE || e->at < core->installed_at ||
	    !directory_number(w->directory, e->number))
		return 0;
	b.type = arena_printf(w->arena, "%s %.*s", told_by, STR_ARG(word));
	if (!b.type.p)
		return err_set(
		    w->err, E_NOMEM, "Memory ran out while noting what passed Varco by.");
	w->tally->bypasses += !coexistence;
	int r = bypass_note(&act, &b, w->err);
	return r < 0 ? r : 0;
}

/* That a person stopped marketing is theirs to say, whoever's message they were told to stop by. */
static int stopped_elsewhere(struct event_work *w)
{
	const struct pack_code *row = pack_code(w->core->pack, w->event->error_code);
	struct str bsuid = w->event->user_id.len ? w->event->user_id : STR_NONE;
	struct phone phone = phone_of_person(w);
	struct person person = { 0 };

	if (!row || row->effect != PACK_EFFECT_META_STOP || !(phone.number || bsuid.p))
		return 0;
	int r = person_find(w->c, phone, bsuid, w->arena, &person, w->err);
	if (r <= 0)
		return r;
	struct effect_scope scope = {
		.person = person.id,
		.phone = phone,
		.number = directory_number(w->directory, w->event->number),
	};
	w->tally->opt_outs++;
	return effects_apply(w->core, w->c, w->event->error_code, &scope, w->now, w->err);
}

/* A message of ours that we never sent: some other program uses this number. Groups are exempt, and
 * `failed` raises no alarm: Meta does not say that it carries our token, so it may be of a send of ours
 * whose answer never came. */
static int bypass(struct event_work *w)
{
	const struct event *e = w->event;

	if (e->group)
		return 0;
	return str_eq(e->status, STR("failed")) ? stopped_elsewhere(w)
						: pass_by(w, "status", e->status, false);
}

/* Somebody sees what others send from the number; our own sends are among what another app is told. */
int event_echo(struct event_work *w)
{
	bool coexistence = str_eq(w->event->field, STR("smb_message_echoes"));
	struct journal_entry e;
	int r = coexistence ? 0 : event_send_of(w, w->event->id, &e);

	if (r != 0)
		return r < 0 ? r : 0;
	r = event_answered(w);
	return r < 0 ? r : pass_by(w, "echo", w->event->type, coexistence);
}

static int reached(struct event_work *w, struct journal_entry *e, const struct dir_number *n)
{
	int r = 0;

	if (n && e->counted && e->counted < BUDGET_SPENT(1u)) {
		r = budget_delivered(
		    w->core->budget, w->c, n, e->person, e->counted, event_time(w), w->err);
		e->counted = BUDGET_SPENT(e->counted);
	}
	if (r == 0 && e->person && e->purpose != PURPOSE_NONE)
		r = delivered_set(w->c, e->person, e->purpose, event_time(w), w->err);
	return r;
}

/* A reservation that is older than the window is gone by itself; what the person holds by now is a
 * younger send's. */
static bool still_counts(const struct event_work *w, const struct journal_entry *e)
{
	return e->at > w->now - pack_limits(w->core->pack)->portfolio.window_ms;
}

static int give_back(
    struct event_work *w, const struct journal_entry *e, const struct dir_number *n)
{
	int r = budget_release(w->core->budget, w->c, n, e->person, e->counted, w->err);

	return r < 0 ? r : release_give_back(w->c, e->counted, e->waba, e->template_name, w->err);
}

static int failed(struct event_work *w, struct journal_entry *e, const struct dir_number *n)
{
	int r = 0;

	if (n && e->counted && e->counted < BUDGET_SPENT(1u)) {
		if (still_counts(w, e))
			r = give_back(w, e, n);
		e->counted = 0;
	}
	if (r == 0 && e->person && e->purpose == PURPOSE_MARKETING)
		r = marketing_sent_remove(w->c, e->person, e->id, w->err);
	if (r < 0 || !w->event->error_code)
		return r;
	struct effect_scope scope = {
		.person = e->person,
		.phone = phone_of_person(w),
		.number = n,
		.tpl = e->template_name,
	};
	const struct pack_code *row = pack_code(w->core->pack, w->event->error_code);
	w->tally->opt_outs += row && row->effect == PACK_EFFECT_META_STOP;
	return effects_apply(w->core, w->c, w->event->error_code, &scope, w->now, w->err);
}

/* 1 it is the first that is delivered of a send to somebody who was reached before (unheard.h). */
static int is_known(struct event_work *w, const struct journal_entry *e, enum send_state to)
{
	bool arrives = to == SEND_DELIVERED || to == SEND_READ;

	if (!arrives || e->state == SEND_DELIVERED || e->kind != MESSAGE_TEMPLATE || !e->person)
		return 0;
	return unheard_is_known(w->c, e->person, w->err);
}

/* A send whose answer never came counts as sent by its first status. */
static unsigned signals_of(const struct journal_entry *e, enum send_state to, int64_t code)
{
	bool marketing = e->purpose == PURPOSE_MARKETING;
	bool told = e->state == SEND_UNKNOWN || e->state == SEND_UNRESOLVED ||
	    e->state == SEND_SENDING;
	unsigned bits = told ? SIGNAL_BIT(SIGNAL_SENT) : 0;

	if (told && marketing)
		bits |= SIGNAL_BIT(SIGNAL_MARKETING_SENT);
	if (to == SEND_FAILED)
		bits |= signals_of_error(code);
	if (to == SEND_DELIVERED || (to == SEND_READ && e->state != SEND_DELIVERED))
		bits |= SIGNAL_BIT(SIGNAL_DELIVERED);
	return bits;
}

/* Marketing, in the hour of its send: what came to people, and what they read of it. */
static unsigned cohort_of(const struct journal_entry *e, enum send_state to)
{
	unsigned bits = 0;

	if (e->purpose != PURPOSE_MARKETING || to == SEND_FAILED || to == SEND_SENT)
		return 0;
	if (e->state != SEND_DELIVERED)
		bits |= SIGNAL_BIT(SIGNAL_COHORT_DELIVERED);
	if (to == SEND_READ)
		bits |= SIGNAL_BIT(SIGNAL_COHORT_READ);
	return bits;
}

static int count(
    struct event_work *w, const struct journal_entry *e, enum send_state to, bool known)
{
	struct signals *s = w->core->signals;
	struct signal_send send = {
		.number = e->number,
		.waba = e->waba,
		.tpl = e->template_name,
		.app = e->app,
		.campaign = e->campaign,
	};
	unsigned cohort = cohort_of(e, to) | (known ? SIGNAL_BIT(SIGNAL_KNOWN) : 0);

	if (e->kind != MESSAGE_TEMPLATE)
		return 0;
	int r = signals_count_send(
	    s, &send, signals_of(e, to, w->event->error_code), event_time(w), w->err);
	return r < 0 || !cohort ? r : signals_count_send(s, &send, cohort, e->at, w->err);
}

int event_status(struct event_work *w)
{
	struct journal_entry e;
	enum send_state to;
	int r = find(w, &e);

	if (r < 0)
		return r;
	if (r == 0)
		return bypass(w);
	w->app = e.app;
	w->callback = e.callback;
	if (!state_of(w->event->status, &to) || !send_may_move(e.state, to))
		return 0;
	bool first = e.state != SEND_SENT && e.state != SEND_DELIVERED;
	const struct dir_number *n = directory_number(w->directory, e.number);
	int known = is_known(w, &e, to);
	if (known < 0)
		return known;
	if (to == SEND_FAILED)
		r = failed(w, &e, n);
	else if (to == SEND_DELIVERED || to == SEND_READ)
		r = reached(w, &e, n);
	if (r >= 0)
		r = count(w, &e, to, known > 0);
	if (r < 0)
		return r;
	struct str wamid = e.wamid.p || !w->event->id.len ? STR_NONE : w->event->id;
	wamids_note(w->core->wamids, wamid, e.id);
	r = journal_move(
	    w->c, &e, to, wamid, to == SEND_FAILED ? w->event->error_code : 0, w->now, w->err);
	if (r == 0 && e.campaign.p && str_eq(e.app, STR(OWN_APP)))
		r = campaign_sums_moved(w->core->sums, e.id, w->err);
	/* Last, for it may merge the person that the entry names. */
	return r == 0 && first ? event_recipient(w) : r;
}

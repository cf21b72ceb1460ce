/* What people write, as the circuit breaker hears it: complaints in words of the pack, and messages
 * that wait for an answer. */
#include "flow/events.h"

#include "base/check.h"
#include "domain/contact.h"
#include "domain/journal.h"
#include "domain/phone.h"

int event_count_reply(struct event_work *w, unsigned bits)
{
	const struct event *e = w->event;
	struct str answered = json_str(json_get(json_get(e->item, "context"), "id"));
	struct signal_send send = { .number = e->number };
	struct journal_entry entry;
	int r = answered.len ? event_send_of(w, answered, &entry) : 0;

	if (r < 0)
		return r;
	if (r > 0 && str_eq(entry.number, e->number)) {
		send.waba = entry.waba;
		send.tpl = entry.template_name;
		send.app = entry.app;
		send.campaign = entry.campaign;
	}
	return signals_count_send(w->core->signals, &send, bits, event_time(w), w->err);
}

int event_look_through(
    const struct pack *pack, const struct event *e, struct arena *a, struct pack_said *ret)
{
	*ret = (struct pack_said){ .doubts = 0 };
	if (e->kind != EVENT_MESSAGE || e->group)
		return 0;
	return pack_look_through(pack, a, e->text, ret);
}

/* Who complains again within the breaker's window is the same complaint. */
static int complain(struct event_work *w, const struct person *person)
{
	int64_t window = pack_breaker(w->core->pack)->window_ms;

	if (!w->said.complains)
		return 0;
	int r = person_has_mark(w->c, person->id, MARK_COMPLAINED, w->now - window, w->err);
	if (r != 0)
		return r < 0 ? r : 0;
	r = person_mark(w->c, person->id, MARK_COMPLAINED, STR(""), w->now, TIME_NONE, w->err);
	return r < 0 ? r : event_count_reply(w, SIGNAL_BIT(SIGNAL_COMPLAINT));
}

/* A reaction says all that it wants to say. */
static bool wants_answer(const struct event *e)
{
	return !e->group && !str_eq_c(e->type, "reaction");
}

int event_heard(struct event_work *w, const struct person *person)
{
	const struct event *e = w->event;
	int r = complain(w, person);

	if (r < 0 || !wants_answer(e) || e->at == TIME_NONE)
		return r;
	return contact_waits(w->c, person->id, e->number, event_time(w), w->err);
}

/* 1 the telephone that the fact names. */
static bool phone_of(const struct event_work *w, struct phone *ret)
{
	struct str text = w->event->wa_id.len
	    ? arena_printf(w->arena, "+%.*s", STR_ARG(w->event->wa_id))
	    : STR_NONE;
	bool prefixed;

	return text.p && phone_parse(text, STR_NONE, ret, &prefixed, NULL) == 0;
}

/* Meta's rate of the pair counts an echo, whoever sent it, and forgets it like any send: one that is told
 * of late says nothing any more, and must not be counted as of an earlier time than what went since. */
static bool is_repaid(const struct event_work *w)
{
	const struct pack_pair *pair = &pack_limits(w->core->pack)->pair;

	return event_time(w) + pair->burst * pair->interval_ms <= w->now;
}

int event_answered(struct event_work *w)
{
	struct phone phone = { 0 };
	struct person person = { 0 };
	int r = phone_of(w, &phone) ? person_find(w->c, phone, STR_NONE, w->arena, &person, w->err)
				    : 0;

	if (r > 0 && w->event->kind == EVENT_ECHO && !is_repaid(w)) {
		const struct sha256 none = { { 0 } };
		const struct recent_send sent = { person.id, w->event->number, STR(""), &none };
		int added = recent_add(w->core->recent, recent_key(&sent), event_time(w), w->err);
		r = added < 0 ? added : r;
	}
	if (r > 0)
		r = contact_answered(w->c, person.id, w->event->number, w->err);
	if (r <= 0)
		return r;
	return signals_count(w->core->signals, SIGNAL_OF_NUMBER, w->event->number,
	    SIGNAL_BIT(SIGNAL_ASKED), event_time(w), w->err);
}

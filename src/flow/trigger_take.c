#include "flow/trigger_take.h"

#include <stdio.h>

#include "base/check.h"
#include "base/lang.h"
#include "domain/inbox.h"
#include "domain/integration.h"
#include "domain/quiet_hours.h"
#include "domain/recipient.h"
#include "domain/suppression.h"
#include "flow/own_send.h"

static const char *const fates[] = {
	[TRIGGER_SKIPPED] = "skipped",
	[TRIGGER_QUEUED] = "queued",
	[TRIGGER_REPEATED] = "repeated",
};

const char *trigger_fate_name(enum trigger_fate f)
{
	return fates[f];
}

int trigger_map_at(struct lane *l, const struct trigger_row *row, const struct trigger *t,
    const struct trigger_input *in, struct arena *a, struct trigger_event *ret)
{
	const struct dir_number *n = directory_number(lane_directory(l), row->v.number);
	int r = trigger_map(a, t, in, n ? n->waba->country : STR_NONE, &ret->mapped, &ret->why);

	ret->maps = r > 0;
	return r < 0 ? r : 0;
}

/* As one event, so that it is counted and told. */
static void nowhere(const struct trigger *t, struct trigger_event *ret)
{
	char place[64];

	if (str_to_c(t->items, place, sizeof(place)) < 0)
		place[0] = '\0';
	(void)err_field(&ret->why, E_NOT_FOUND, place, "%s",
	    N_("What was posted has no list of events where the definition says."));
}

int trigger_events_of(struct lane *l, const struct trigger_row *row, const struct trigger *t,
    const struct json *post, const struct trigger_input *in, struct arena *a,
    struct trigger_event **ret, size_t *ret_len)
{
	bool known = trigger_has_items(t, post);
	size_t len = known ? trigger_count(t, post) : 1;
	struct trigger_input one = *in;
	int r = 0;

	if (len > TRIGGER_ITEMS_MAX)
		return -E_TOO_LARGE;
	struct trigger_event *events = ARENA_ARRAY(a, struct trigger_event, len + 1);
	if (!events)
		return -E_NOMEM;
	if (!known)
		nowhere(t, &events[0]);
	for (size_t i = 0; known && r == 0 && i < len; i++) {
		one.event = trigger_item(t, post, i);
		r = trigger_map_at(l, row, t, &one, a, &events[i]);
	}
	*ret = events;
	*ret_len = len;
	return r;
}

/* --- when ------------------------------------------------------------------------------------- */

static struct pack_quiet_hours hours_of(const struct core *core, const struct trigger *t)
{
	struct pack_quiet_hours q = pack_limits(core->pack)->quiet_hours;

	if (t->own_hours) {
		q.from_s = t->quiet_from_s;
		q.to_s = t->quiet_to_s;
	}
	return q;
}

/* Who is not to be kept waits for nothing: the send is refused, and gone. */
static time_ms due_at(const struct core *core, const struct trigger *t,
    const struct trigger_send *s, const struct recipient *who, time_ms now)
{
	const struct pack_quiet_hours q = hours_of(core, t);
	time_ms due = now + t->delay_ms;
	struct quiet_zones zones;

	if (s->forgotten)
		return now;
	if (!t->quiet)
		return due;
	quiet_zones_of(
	    who->person.timezone, who->person.phone, s->number->waba->country, due, &zones);
	time_ms over = quiet_over_at(&q, &zones, due);
	return over == TIME_NONE ? due : over;
}

static bool is_open_at(const struct core *core, const struct contact *contact, time_ms at)
{
	const struct pack_window *w = &pack_limits(core->pack)->window;
	time_ms last = contact->last_inbound_at;

	if (last == TIME_NONE ||
	    (contact->last_call_at != TIME_NONE && contact->last_call_at > last))
		last = contact->last_call_at;
	return last != TIME_NONE && at < last + w->length_ms - w->margin_ms;
}

/* --- to whom, and what ------------------------------------------------------------------------ */

static int find_places(const struct directory *d, const struct trigger_row *row,
    struct trigger_send *s, struct err *err)
{
	s->number = directory_number(d, row->v.number);
	if (!s->number)
		return err_field(err, E_NOT_FOUND, "number", "%s",
		    N_("The number that the trigger sends from is not there any more."));
	if (!directory_app(d, row->v.app))
		return err_field(err, E_NOT_FOUND, "app", "%s",
		    N_("The integration that the trigger belongs to is not there any more."));
	return 0;
}

static int find_person(struct store_conn *c, const struct trigger_mapped *m, struct trigger_send *s,
    struct arena *a, struct recipient *who, struct err *err)
{
	int r = recipient_find(c, m->phone, m->bsuid, s->number->id, a, who, err);

	if (r > 0)
		s->person = who->person.id;
	if (r == 0) {
		who->person.phone = m->phone;
		r = suppression_has(c, m->phone, m->bsuid, err);
		s->forgotten = r > 0;
	}
	return r < 0 ? r : 0;
}

int trigger_plan(struct core *core, struct store_conn *c, const struct trigger_row *row,
    const struct trigger *t, const struct trigger_mapped *m, time_ms now, struct arena *a,
    struct trigger_send *ret, struct err *err)
{
	struct trigger_send s = { .person = 0 };
	struct recipient who = {
		.contact = { .last_inbound_at = TIME_NONE, .last_call_at = TIME_NONE },
	};
	const struct directory *d;
	int r = core_directory_now(core, c, &d, err);

	if (r == 0)
		r = find_places(d, row, &s, err);
	if (r == 0)
		r = find_person(c, m, &s, a, &who, err);
	if (r < 0)
		return r;
	ASSERT(s.number);
	s.due_at = due_at(core, t, &s, &who, now);
	s.body = m->text_body;
	if (m->template_body.p && (!s.body.p || !is_open_at(core, &who.contact, s.due_at)))
		s.body = m->template_body;
	*ret = s;
	return 0;
}

/* --- taking ----------------------------------------------------------------------------------- */

/* A message that the platform would not take at all is no reason for whoever posts to try again. */
static int skip(struct trigger_event *e, const struct err *why)
{
	e->fate = TRIGGER_SKIPPED;
	e->why = *why;
	return 0;
}

static int know_person(struct core *core, struct store_conn *c, const struct trigger_mapped *m,
    struct trigger_send *s, time_ms now, struct arena *a, struct err *err)
{
	struct person person;

	ASSERT(s->number);
	if (s->person || s->forgotten)
		return 0;
	int r = person_get(c, m->phone, m->bsuid, s->number->waba->portfolio->id, &core->ids, now,
	    a, &person, err);
	if (r == 0)
		s->person = person.id;
	return r;
}

static int queue(struct core *core, struct store_conn *c, const struct trigger_row *row,
    struct trigger_event *e, const struct trigger_send *s, time_ms now, struct arena *a,
    struct err *err)
{
	/* Two events with the same words for the same person are two: what came with a key is no
	 * repetition by accident (limit.duplicate). */
	struct str key = arena_printf(
	    a, "trigger:%.*s:%.*s", STR_ARG(row->v.name), STR_ARG(e->mapped.event_id));
	const struct own_send send = {
		.app = row->v.app,
		.key = s->forgotten ? STR_NONE : key,
		.number = s->number,
		.body = s->body,
		.person = s->person,
		.due_at = s->due_at,
		.expires_at = s->due_at + pack_limits(core->pack)->held.expire_ms,
	};
	struct err why = { 0 };
	int r = key.p ? own_send_queue(core, c, &send, now, a, &e->decision, &why)
		      : err_set(&why, E_NOMEM, "Memory ran out while taking an event.");

	if (r == -E_INVALID)
		return skip(e, &why);
	if (r < 0) {
		*err = why;
		return r;
	}
	e->fate = TRIGGER_QUEUED;
	e->due_at = s->due_at;
	return trigger_event_add(
	    c, &core->key, row->v.name, e->mapped.event_id, e->decision, now, err);
}

static int take_new(struct core *core, struct store_conn *c, const struct trigger_row *row,
    const struct trigger *t, struct trigger_event *e, time_ms now, struct arena *a, struct err *err)
{
	struct trigger_send s = { .person = 0 };
	int r = trigger_plan(core, c, row, t, &e->mapped, now, a, &s, err);

	if (r == 0)
		r = know_person(core, c, &e->mapped, &s, now, a, err);
	return r < 0 ? r : queue(core, c, row, e, &s, now, a, err);
}

/* What may not send now takes no events either: their ids stay free until it may again. 1 it may not. */
static int is_barred(struct core *core, struct store_conn *c, const struct trigger_row *row,
    struct trigger_event *e, struct err *err)
{
	const struct directory *d = NULL;
	int r = core_directory_now(core, c, &d, err);
	const struct dir_app *app = r == 0 ? directory_app(d, row->v.app) : NULL;

	if (!app || app->status == APP_ACTIVE)
		return r;
	(void)err_field(&e->why, E_CLOSED, "app", "%s",
	    N_("The integration that the trigger sends as is suspended or revoked."));
	return 1;
}

static int take_one(struct core *core, struct store_conn *c, const struct trigger_row *row,
    const struct trigger *t, struct trigger_event *e, time_ms now, struct arena *a, struct err *err)
{
	e->decision = 0;
	e->fate = TRIGGER_SKIPPED;
	if (!e->maps)
		return 0;
	int r = trigger_event_get(
	    c, &core->key, row->v.name, e->mapped.event_id, &e->decision, err);
	if (r > 0)
		e->fate = TRIGGER_REPEATED;
	if (r == 0)
		r = is_barred(core, c, row, e, err);
	return r == 0 ? take_new(core, c, row, t, e, now, a, err) : r;
}

static void tally_one(const struct trigger_event *e, struct trigger_tally *tally)
{
	tally->queued += e->fate == TRIGGER_QUEUED;
	tally->repeated += e->fate == TRIGGER_REPEATED;
	tally->skipped += e->fate == TRIGGER_SKIPPED;
	/* That a condition does not hold is no problem. */
	tally->unmet += e->fate == TRIGGER_SKIPPED && e->why.code == E_DENIED;
	if (e->fate != TRIGGER_SKIPPED || e->why.code == E_DENIED)
		return;
	tally->problem = str_c(e->why.text);
	tally->place = str_c(e->why.field);
}

/* The register tells when an app was last seen. */
static int note_app(struct store_conn *c, const struct trigger_row *row,
    const struct trigger_tally *tally, time_ms now, struct err *err)
{
	return tally->queued ? integration_seen(c, row->v.app, now, err) : 0;
}

/* Told once: when enough was useless in a row, and when that has ended. */
static int tell(struct core *core, struct store_conn *c, const struct trigger_row *was,
    const struct trigger_tally *tally, time_ms now, struct err *err)
{
	const struct pack_triggers *p = &pack_limits(core->pack)->triggers;
	bool ends = tally->queued + tally->repeated > 0;
	int64_t useless = was->useless + tally->skipped - tally->unmet,
		unmet = was->unmet + tally->unmet;
	bool told = was->useless >= p->useless_after || was->unmet >= p->unmet_after;
	bool is = useless >= p->useless_after || unmet >= p->unmet_after;
	char scope[VALUE_ID_MAX + 16], detail[100];

	if (told ? !ends : ends || !is)
		return 0;
	(void)snprintf(scope, sizeof(scope), "trigger:%.*s", STR_ARG(was->v.name));
	(void)snprintf(detail, sizeof(detail), "useless=%lld unmet=%lld", (long long)useless,
	    (long long)unmet);
	return alarm_add(c, id_next(&core->ids, now),
	    ends ? STR("trigger.useful") : STR("trigger.useless"), str_c(scope), str_c(detail), now,
	    err);
}

/* It may have been changed meanwhile, or removed, and another made under its name. */
static bool is_same(const struct trigger_row *a, const struct trigger_row *b)
{
	return str_eq(a->v.definition, b->v.definition) && str_eq(a->v.app, b->v.app) &&
	    str_eq(a->v.number, b->v.number) && a->v.secret.len == b->v.secret.len &&
	    (a->v.secret.len == 0 || str_eq_secret(a->v.secret, b->v.secret));
}

/* Whoever posts comes again, and is judged by what holds then. */
static int check_there(struct core *core, struct store_conn *c, const struct trigger_row *row,
    struct arena *a, struct trigger_row *ret_now, struct err *err)
{
	int r = trigger_get(c, &core->key, row->v.name, a, ret_now, err);

	if (r < 0 || (r > 0 && is_same(ret_now, row)))
		return r < 0 ? r : 0;
	return r > 0 ? err_field(err, E_BUSY, "name", "%s",
			   N_("The trigger has just been changed; post it again."))
		     : err_field(err, E_NOT_FOUND, "name", "%s", N_("There is no such trigger."));
}

int trigger_take(struct core *core, struct store_conn *c, const struct trigger_row *row,
    const struct trigger *t, struct trigger_event *events, size_t len, struct arena *a,
    struct err *err)
{
	struct trigger_tally tally = { .problem = STR_NONE, .place = STR_NONE };
	struct trigger_row was = { .last_at = TIME_NONE };
	time_ms now = clock_now();
	int r = check_there(core, c, row, a, &was, err);

	for (size_t i = 0; r >= 0 && i < len; i++) {
		r = take_one(core, c, row, t, &events[i], now, a, err);
		if (r >= 0)
			tally_one(&events[i], &tally);
	}
	if (r >= 0)
		r = trigger_count_in(c, row->v.name, &tally, now, err);
	if (r >= 0)
		r = tell(core, c, &was, &tally, now, err);
	return r < 0 ? r : note_app(c, row, &tally, now, err);
}

/* One person on one page: what they agreed to, which windows are open, and what was sent. The telephone number is
 * masked: who acts on the person names them by their id. */
#include "apps/gateway/api.h"

#include "domain/consent.h"
#include "domain/contact.h"
#include "domain/journal.h"

#define MESSAGES_SHOWN 50

static const enum purpose purposes[] = { PURPOSE_MARKETING, PURPOSE_UTILITY,
	PURPOSE_AUTHENTICATION };

struct shown {
	struct person person;
	struct str bsuid;
	struct consent_entry *acts;
	size_t acts_len;
	struct contact_of *contacts;
	size_t contacts_len;
	struct journal_entry *sends; /* the newest, oldest first */
	size_t sends_len, sends_all;
};

/* --- reading ---------------------------------------------------------------------------------- */

static int read_sends(struct api_call *c, struct store_conn *conn, struct shown *x, struct err *err)
{
	struct journal_candidates of;
	int r = journal_candidates(conn, x->person.id, c->arena, &of, err);

	if (r < 0)
		return r;
	x->sends_all = of.len;
	return journal_of_person(
	    conn, &of, MESSAGES_SHOWN, c->arena, &x->sends, &x->sends_len, err);
}

static int read_all(struct api_call *c, struct store_conn *conn, struct shown *x, struct err *err)
{
	int r = person_bsuid(conn, x->person.id, STR_NONE, c->arena, &x->bsuid, err);

	if (r >= 0)
		r = consent_list_full(conn, x->person.id, c->arena, &x->acts, &x->acts_len, err);
	if (r == 0)
		r = contact_list(conn, x->person.id, c->arena, &x->contacts, &x->contacts_len, err);
	return r < 0 ? r : read_sends(c, conn, x, err);
}

/* --- writing ---------------------------------------------------------------------------------- */

/* The act in force for a purpose, as policy reads them; NULL = none. */
static const struct consent_entry *act_in_force(
    const struct shown *x, enum purpose purpose, time_ms now)
{
	const struct consent_entry *newest = NULL;
	struct facts_consent best = { .act = CONSENT_GRANT };

	for (size_t i = 0; i < x->acts_len; i++) {
		const struct consent_entry *e = &x->acts[i];
		struct facts_consent act = consent_fact(e);
		if (!facts_consent_newest(&act, 1, purpose, now) ||
		    !facts_consent_is_newer(&act, newest ? &best : NULL))
			continue;
		newest = e;
		best = act;
	}
	return newest;
}

static void write_standing(struct json_writer *w, const struct shown *x)
{
	jw_key(w, "in_force");
	jw_array(w);
	for (size_t i = 0; i < sizeof(purposes) / sizeof(*purposes); i++) {
		const struct consent_entry *e = act_in_force(x, purposes[i], clock_now());
		jw_object(w);
		jw_member_c(w, "purpose", purpose_name(purposes[i]));
		jw_member_c(w, "act", e ? consent_act_name(e->act) : NULL);
		jw_member_time(w, "at", e ? e->at : TIME_NONE);
		jw_member_c(w, "evidence", e ? evidence_name(e->evidence) : NULL);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_window(
    struct json_writer *w, const struct pack *pack, const struct contact_of *x, time_ms now)
{
	const struct pack_window *figures = &pack_limits(pack)->window;
	struct facts f;

	facts_init(&f);
	f.person.last_inbound_at = x->last.last_inbound_at;
	f.person.last_call_at = x->last.last_call_at;
	time_ms last = facts_last_contact(&f, pack, now);
	jw_object(w);
	jw_member_str(w, "number", x->number);
	jw_member_time(w, "last_inbound_at", x->last.last_inbound_at);
	jw_member_time(w, "last_call_at", x->last.last_call_at);
	jw_member_bool(w, "open", facts_window_open(&f, pack, now));
	jw_member_time(w, "closes_at",
	    last == TIME_NONE ? TIME_NONE : last + figures->length_ms - figures->margin_ms);
	jw_object_end(w);
}

static void write_windows(struct api_call *c, const struct shown *x)
{
	jw_key(&c->w, "windows");
	jw_array(&c->w);
	for (size_t i = 0; i < x->contacts_len; i++)
		write_window(&c->w, c->gate->lane->core->pack, &x->contacts[i], clock_now());
	jw_array_end(&c->w);
}

static void write_sends(struct json_writer *w, const struct shown *x)
{
	char id[ID_TEXT_MAX];

	jw_key(w, "messages");
	jw_array(w);
	for (size_t i = x->sends_len; i-- > 0;) {
		const struct journal_entry *e = &x->sends[i];
		id_format("dec", e->id, id);
		jw_object(w);
		jw_member_c(w, "decision", id);
		jw_member_time(w, "at", e->at);
		jw_member_c(
		    w, "purpose", e->purpose == PURPOSE_NONE ? NULL : purpose_name(e->purpose));
		jw_member_str(w, "number", e->number);
		jw_member_str(w, "template", e->template_name);
		jw_member_c(w, "verdict", verdict_name(e->verdict));
		jw_member_c(w, "state", send_state_name(e->state));
		jw_object_end(w);
	}
	jw_array_end(w);
	jw_member_int(w, "messages_all", (int64_t)x->sends_all);
}

static int write_acts(struct api_call *c, const struct shown *x, struct err *err)
{
	int r = 0;

	jw_key(&c->w, "consents");
	jw_array(&c->w);
	for (size_t i = 0; r == 0 && i < x->acts_len; i++) {
		jw_object(&c->w);
		r = api_act_write(c, &x->acts[i], err);
		jw_object_end(&c->w);
	}
	jw_array_end(&c->w);
	return r;
}

static int write_person(struct api_call *c, const struct shown *x, struct err *err)
{
	struct json_writer *w = &c->w;
	char id[ID_TEXT_MAX], phone[PHONE_TEXT_MAX + 8];

	id_format("per", x->person.id, id);
	phone_format_masked(x->person.phone, phone);
	jw_object(w);
	jw_member_c(w, "person", id);
	jw_member_c(w, "phone", x->person.phone.number ? phone : NULL);
	jw_member_str(w, "bsuid", x->bsuid);
	jw_member_str(w, "timezone", x->person.timezone);
	jw_member_bool(w, "suppressed", x->person.flags & PERSON_SUPPRESSED);
	jw_member_bool(w, "meta_stop", x->person.flags & PERSON_META_STOP);
	write_standing(w, x);
	write_windows(c, x);
	int r = write_acts(c, x, err);
	write_sends(w, x);
	jw_object_end(w);
	return r;
}

/* --- the operations ----------------------------------------------------------------------------- */

static int answer(
    struct api_call *c, struct store_conn *conn, int found, struct shown *x, struct err *err)
{
	int r = found > 0 ? read_all(c, conn, x, err) : found;

	if (found == 0)
		return api_err(
		    c, err, E_NOT_FOUND, "", N_("Nobody is on record under that number or id."));
	return r < 0 ? r : write_person(c, x, err);
}

static int show(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct shown x = { .sends_len = 0 };
	uint64_t id;
	int r = 0;

	if (id_parse("per", api_text(c, "id"), &id) == 0) {
		r = person_resolve(conn, id, &id, err);
		if (r == 0)
			r = person_by_id(conn, id, c->arena, &x.person, err);
	}
	return answer(c, conn, r, &x, err);
}

/* On the loop, whose connection and directory it reads. */
static int check_find(struct api_call *c, struct err *err)
{
	struct person_keys *keys = ARENA_NEW(c->arena, struct person_keys);

	if (!keys)
		return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
	c->state = keys;
	return api_person(c, &keys->phone, &keys->bsuid, err);
}

static int find(struct api_call *c, struct store_conn *conn, struct err *err)
{
	const struct person_keys *keys = c->state;
	struct shown x = { .sends_len = 0 };
	int r = person_find(conn, keys->phone, keys->bsuid, c->arena, &x.person, err);

	return answer(c, conn, r, &x, err);
}

/* Away from the loop: somebody may have been written to thousands of times. */
static void start_show(struct api_call *c)
{
	api_work(c, show);
}

static void start_find(struct api_call *c)
{
	api_work(c, find);
}

const struct api_handler api_people_handlers[] = {
	{ "showPerson", NULL, NULL, NULL, start_show },
	{ "findPerson", check_find, NULL, NULL, start_find },
	{ NULL, NULL, NULL, NULL, NULL },
};

/* Double opt-in: somebody is asked on WhatsApp itself, and what they answer there is the proof. The
 * question goes the way of every send (flow/own_send.h); whether policy let it pass, its decision
 * says. */
#include "apps/gateway/api.h"

#include "base/check.h"
#include "base/log.h"
#include "base/loop.h"
#include "domain/consent.h"
#include "domain/consent_details.h"
#include "domain/consent_question.h"
#include "domain/consent_request.h"
#include "domain/journal.h"
#include "domain/recipient.h"
#include "flow/own_send.h"

#define VALUES_MAX 32
#define LOOK_EVERY_MS 50 /* whether the question was judged */
#define LOOKS 60

/* --- asking ----------------------------------------------------------------------------------- */

struct asking {
	struct phone phone;
	struct str bsuid;
	struct consent_request request;
	uint64_t id; /* of what came of it */
	struct loop_timer *look;
	int looks_left;
};

static int read_purpose(struct api_call *c, enum purpose *ret, struct err *err)
{
	if (purpose_parse(api_text(c, "purpose"), ret) == 0 && *ret >= PURPOSE_MARKETING &&
	    *ret <= PURPOSE_AUTHENTICATION)
		return 0;
	return api_err(c, err, E_INVALID, "purpose",
	    N_("\"purpose\" must be one of marketing, utility and authentication: each is asked by"
	       " itself."));
}

static int read_details(struct api_call *c, struct consent_request *r, struct err *err)
{
	const struct consent_details d = {
		.channel = STR("whatsapp"),
		.text_version = api_text(c, "text_version"),
		.notice_version = api_text(c, "notice_version"),
		.notice_url = api_text(c, "notice_url"),
		.terms_version = api_text(c, "terms_version"),
		.terms_url = api_text(c, "terms_url"),
	};
	int rc = consent_details_check(&d, err);

	r->source = api_text(c, "source");
	return rc < 0 ? rc : consent_details_write(&d, c->arena, &r->details, err);
}

static int check_form(struct api_call *c, struct err *err)
{
	bool text = api_text(c, "text").p, tpl = api_text(c, "template").p,
	     language = api_text(c, "language").p;

	if (text == tpl)
		return api_err(c, err, E_INVALID, "text",
		    N_("Ask by \"template\", or, while the window is open, by \"text\"."));
	if (tpl && !language)
		return api_err(c, err, E_INVALID, "language",
		    N_("Name the template's \"language\" too, as in it or pt_BR."));
	if (api_value(c, "values")->items_len > VALUES_MAX)
		return api_err(c, err, E_TOO_LARGE, "values",
		    N_("\"values\" may have at most %d entries."), VALUES_MAX);
	return 0;
}

static int check_ask(struct api_call *c, struct err *err)
{
	struct asking *x = ARENA_NEW(c->arena, struct asking);

	if (!x)
		return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
	c->state = x;
	int r = api_person(c, &x->phone, &x->bsuid, err);
	if (r == 0)
		r = read_purpose(c, &x->request.purpose, err);
	if (r == 0)
		r = check_form(c, err);
	return r < 0 ? r : read_details(c, &x->request, err);
}

static int find_number(
    struct api_call *c, const struct directory *d, const struct dir_number **ret, struct err *err)
{
	*ret = directory_number(d, api_text(c, "number"));
	return *ret
	    ? 0
	    : api_err(c, err, E_NOT_FOUND, "number", N_("There is no number with that id here."));
}

/* Whoever said no is not asked again: only a message of their own gives it back. And a message with
 * buttons reaches nobody whose window is closed. */
static int check_person(struct api_call *c, const struct recipient *who, struct err *err)
{
	struct asking *x = c->state;
	struct core *core = c->gate->lane->core;
	const struct pack_window *window = &pack_limits(core->pack)->window;
	const struct facts_consent *newest = facts_consent_newest(
	    who->consents, who->consents_len, x->request.purpose, INT64_MAX);

	if (newest && newest->act == CONSENT_WITHDRAW)
		return api_err(c, err, E_DENIED, "",
		    N_("This person withdrew that purpose: only a message of their own gives it"
		       " back."));
	if (!api_text(c, "text").p)
		return 0;
	if (who->contact.last_inbound_at != TIME_NONE &&
	    clock_now() < who->contact.last_inbound_at + window->length_ms - window->margin_ms)
		return 0;
	return api_err(
	    c, err, E_DENIED, "template", N_("This person's window is closed: ask by a template."));
}

static int find_person(struct api_call *c, struct store_conn *conn, const struct dir_number *n,
    time_ms now, struct recipient *ret, struct err *err)
{
	struct asking *x = c->state;
	struct person person;
	int r = person_get(conn, x->phone, x->bsuid, n->waba->portfolio->id,
	    &c->gate->lane->core->ids, now, c->arena, &person, err);

	if (r == 0)
		r = recipient_by_id(conn, person.id, n->id, c->arena, ret, err);
	return r < 0 ? r : 0;
}

static int write_question(struct api_call *c, const struct directory *d, const struct dir_number *n,
    const struct recipient *who, struct str *ret_body, struct err *err)
{
	struct asking *x = c->state;
	const struct pack *pack = c->gate->lane->core->pack;
	const struct pack_opt no_word = { .langs_len = 0 };
	struct str name = api_text(c, "template"), language = api_text(c, "language");
	struct str country = phone_country(who->person.phone);
	const struct pack_language *titles = language.p ? pack_language(pack, language) : NULL;
	struct consent_question q = {
		.request = x->request.id,
		.phone = who->person.phone,
		.bsuid = x->bsuid,
		.text = api_text(c, "text"),
		.values = api_value(c, "values")->items,
		.values_len = api_value(c, "values")->items_len,
	};

	q.language = titles
	    ? titles
	    : pack_language_for(pack, country.p ? country : n->waba->country, &no_word);
	q.tpl = name.p ? directory_template(d, n->waba->id, name, language) : NULL;
	if (name.p && !q.tpl)
		return api_err(c, err, E_NOT_FOUND, "template",
		    N_("The number's account has no such template in that language."));
	return consent_question_write(&q, c->arena, ret_body, &x->request.wording, err);
}

static int ask(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct core *core = c->gate->lane->core;
	struct asking *x = c->state;
	struct consent_request *request = &x->request;
	time_ms now = clock_now();
	const struct directory *d;
	struct own_send send = { .expires_at = now + pack_request_valid_ms(core->pack) };
	struct recipient who = { .consents_len = 0 };
	int r = core_directory_now(core, conn, &d, err);

	if (r == 0)
		r = find_number(c, d, &send.number, err);
	if (r == 0)
		r = find_person(c, conn, send.number, now, &who, err);
	if (r == 0)
		r = check_person(c, &who, err);
	if (r < 0)
		return r;
	ASSERT(send.number);
	request->id = id_next(&core->ids, now);
	request->person = send.person = who.person.id;
	c->people = (struct people){ .list = { who.person }, .len = 1 };
	request->number = send.number->id;
	request->at = now;
	request->expires_at = send.expires_at;
	r = write_question(c, d, send.number, &who, &send.body, err);
	if (r == 0)
		r = own_send_queue(core, conn, &send, now, c->arena, &request->decision, err);
	if (r == 0)
		r = request_add(conn, request, err);
	x->id = request->id;
	id_format("req", request->id, c->id);
	return r;
}

/* --- showing ---------------------------------------------------------------------------------- */

/* What became of the question: one that never went out is answered by nobody. */
static enum request_state state_of(
    const struct consent_request *r, const struct journal_entry *send)
{
	bool gone = send->state == SEND_REFUSED || send->state == SEND_FAILED ||
	    send->state == SEND_CANCELLED || send->state == SEND_EXPIRED;

	return r->state == REQUEST_PENDING && gone ? REQUEST_REFUSED : r->state;
}

static int write_request(struct api_call *c, const struct consent_request *r, struct err *err)
{
	struct json_writer *w = &c->w;
	char id[ID_TEXT_MAX];
	struct journal_entry send = { .state = 0 };
	int rc = journal_get(c->gate->lane->reader, r->decision, c->arena, &send, err);

	if (rc < 0)
		return rc;
	jw_object(w);
	id_format("req", r->id, id);
	jw_member_c(w, "id", id);
	jw_member_c(w, "state", request_state_name(state_of(r, &send)));
	id_format("per", r->person, id);
	jw_member_c(w, "person", id);
	jw_member_str(w, "number", r->number);
	jw_member_c(w, "purpose", purpose_name(r->purpose));
	jw_member_time(w, "at", r->at);
	jw_member_time(w, "expires_at", r->expires_at);
	jw_member_time(w, "answered_at", r->answered_at);
	id_format("dec", r->decision, id);
	jw_member_c(w, "decision", id);
	jw_member_c(w, "send", rc > 0 ? send_state_name(send.state) : NULL);
	rc = journal_write_findings(c->arena, &send, c->lang, w, err);
	jw_member_str(w, "text", r->wording);
	jw_member_str(w, "source", r->source);
	jw_key(w, "leaf");
	if (r->leaf)
		jw_int(w, r->leaf);
	else
		jw_null(w);
	jw_object_end(w);
	return rc;
}

static int show(struct api_call *c, uint64_t id, struct err *err)
{
	struct consent_request r;
	int rc = request_get(c->gate->lane->reader, id, clock_now(), c->arena, &r, err);

	if (rc == 0)
		return api_err(c, err, E_NOT_FOUND, "id", N_("There is no such request."));
	return rc < 0 ? rc : write_request(c, &r, err);
}

static int show_asked(struct api_call *c, struct err *err)
{
	struct asking *x = c->state;

	return show(c, x->id, err);
}

/* --- the answer tells what the gate said ------------------------------------------------------ */

/* The question is judged a moment after it is on record, as every send that waits. */
static bool is_judged(struct api_call *c)
{
	struct asking *x = c->state;
	struct journal_entry send = { .state = 0 };
	struct err err = { 0 };
	int r = journal_get(c->gate->lane->reader, x->request.decision, c->arena, &send, &err);

	return r <= 0 || send.state != SEND_HELD || send.verdict != VERDICT_HOLD || send.rules.p;
}

static void answer_asked(struct api_call *c)
{
	struct asking *x = c->state;
	struct err err = { 0 };

	loop_timer_free(&x->look);
	int r = show_asked(c, &err);
	api_finish(c, r, &err);
}

static void on_look(void *arg)
{
	struct api_call *c = arg;
	struct asking *x = c->state;

	x->looks_left--;
	if (x->looks_left <= 0 || is_judged(c))
		answer_asked(c);
}

static void on_left(struct http_request *req)
{
	struct api_call *c = req->user;
	struct asking *x = c->state;

	c->req = NULL;
	loop_timer_free(&x->look);
	api_end(c);
}

static int run_ask(struct lane_job *j, struct store_conn *conn, struct err *err)
{
	struct api_call *c = API_CALL_OF(j);
	int r = ask(c, conn, err);

	return r < 0 ? r : api_leaf(c, conn, err);
}

static void on_asked(struct lane_job *j)
{
	struct api_call *c = API_CALL_OF(j);
	struct asking *x = c->state;

	if (j->rc < 0) {
		api_finish(c, j->rc, &j->job.err);
		return;
	}
	log_info("an operator made a change", "operation=%s", c->verb->operation);
	x->looks_left = LOOKS;
	x->look = c->req ? loop_timer_new(c->gate->loop, on_look, c) : NULL;
	if (!x->look) {
		answer_asked(c);
		return;
	}
	c->req->on_gone = on_left;
	loop_timer_start(x->look, LOOK_EVERY_MS, LOOK_EVERY_MS);
}

static void start_asking(struct api_call *c)
{
	(void)api_submit(c, run_ask, on_asked);
}

static int read_id(struct api_call *c, struct err *err)
{
	struct asking *x = ARENA_NEW(c->arena, struct asking);

	if (!x)
		return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
	c->state = x;
	if (id_parse("req", api_text(c, "id"), &x->id) < 0)
		return api_err(c, err, E_NOT_FOUND, "id", N_("There is no such request."));
	return 0;
}

static int cancel(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct asking *x = c->state;
	struct consent_request r;
	int rc = request_get(conn, x->id, clock_now(), c->arena, &r, err);

	if (rc == 0)
		return api_err(c, err, E_NOT_FOUND, "id", N_("There is no such request."));
	if (rc > 0 && r.state != REQUEST_PENDING && r.state != REQUEST_WITHDRAWN)
		return api_err(c, err, E_CONFLICT, "id",
		    N_("This request waits no more: it is %s."), request_state_name(r.state));
	id_format("req", x->id, c->id);
	c->people = (struct people){ .list = { { .id = r.person } }, .len = rc > 0 };
	return rc < 0 ? rc : request_close(conn, x->id, REQUEST_WITHDRAWN, 0, clock_now(), err);
}

static int read_filter(struct api_call *c, struct request_filter *f, struct err *err)
{
	struct str state = api_text(c, "state"), cursor = api_text(c, "cursor");
	int r = api_limit(c, &f->limit, err);

	if (r < 0)
		return r;
	if (cursor.p && id_parse("req", cursor, &f->before) < 0)
		return api_err(
		    c, err, E_INVALID, "cursor", N_("\"cursor\" is none that was given before."));
	for (int s = REQUEST_PENDING; state.p && s <= REQUEST_EXPIRED; s++) {
		if (str_eq_c(state, request_state_name((enum request_state)s)))
			f->state = (enum request_state)s;
	}
	if (state.p && !f->state)
		return api_err(c, err, E_INVALID, "state",
		    N_("\"state\" must be one of pending, confirmed, declined, withdrawn and"
		       " expired."));
	return 0;
}

static int list(struct api_call *c, struct err *err)
{
	struct request_filter f = { .before = 0 };
	struct consent_request *items;
	char next[ID_TEXT_MAX];
	size_t len = 0;
	bool more = false;
	int r = read_filter(c, &f, err);

	if (r == 0)
		r = request_list(
		    c->gate->lane->reader, &f, clock_now(), c->arena, &items, &len, &more, err);
	if (r < 0)
		return r;
	api_list_open(c);
	for (size_t i = 0; r == 0 && i < len; i++) {
		if (api_may_number(c, items[i].number))
			r = write_request(c, &items[i], err);
	}
	if (more)
		id_format("req", items[len - 1].id, next);
	api_list_close(c, more ? str_c(next) : STR_NONE);
	return r;
}

static int show_one(struct api_call *c, struct err *err)
{
	int r = read_id(c, err);
	struct asking *x = c->state;

	return r < 0 ? r : show(c, x->id, err);
}

const struct api_handler api_request_handlers[] = {
	{ "addRequest", check_ask, NULL, NULL, start_asking },
	{ "listRequests", NULL, NULL, list, NULL },
	{ "showRequest", NULL, NULL, show_one, NULL },
	{ "cancelRequest", read_id, cancel, show_asked, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};

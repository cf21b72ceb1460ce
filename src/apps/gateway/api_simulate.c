/* "What if": a decision taken again, now or at another moment, with a message or facts that are otherwise. Of
 * a send that is over only its shape is known, for its words are not kept: then policy is not asked about
 * words. Nothing is changed, and the ledger hears nothing of it. */
#include "apps/gateway/api.h"

#include "base/check.h"
#include "domain/journal.h"
#include "domain/outbox.h"
#include "domain/rules.h"
#include "flow/own_send.h"
#include "flow/rehearse.h"

struct simulation {
	struct rehearsal rehearsal;
	struct journal_entry was; /* id 0: none was named */
	const struct decision *decision;
};

static int no_memory(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
}

/* --- what is asked ---------------------------------------------------------------------------- */

/* The JSON object of a field that takes a file; NULL when it was not given. */
static int read_object(
    struct api_call *c, const char *field, const struct json **ret, struct err *err)
{
	const struct api_value *v = api_value(c, field);
	struct err why = { 0 };
	int r = v->given ? json_read(c->arena, v->text, ret, &why) : 0;

	if (r == -E_NOMEM)
		return no_memory(c, err);
	if (r == 0 && (!v->given || json_type(*ret) == JSON_OBJECT))
		return 0;
	return api_err(
	    c, err, E_INVALID, field, N_("\"%s\" must be a file that holds a JSON object."), field);
}

static int find_decision(struct api_call *c, struct simulation *s, struct err *err)
{
	struct str text = api_text(c, "decision");
	uint64_t id;
	int r = text.p ? 0 : 1;

	if (text.p && id_parse("dec", text, &id) == 0)
		r = journal_get(c->gate->lane->reader, id, c->arena, &s->was, err);
	if (r > 0 && s->was.id && !api_may_number(c, s->was.number))
		r = 0; /* another client's */
	if (r == 0)
		return api_err(c, err, E_NOT_FOUND, "decision", N_("There is no such decision."));
	return r < 0 ? r : 0;
}

/* That of another client's is judged as one that is not there. */
static struct str wanted_app(const struct api_call *c)
{
	const struct directory *d = lane_directory(c->gate->lane);
	const struct dir_app *app = directory_app(d, api_text(c, "app"));

	return !app || api_may_some(c, d, app->numbers, app->numbers_len) ? api_text(c, "app")
									  : STR("");
}

static int check(struct api_call *c, struct err *err)
{
	struct simulation *s = ARENA_NEW(c->arena, struct simulation);
	const struct api_value *at = api_value(c, "at");
	const struct json *body = NULL;

	if (!s)
		return no_memory(c, err);
	c->state = s;
	s->rehearsal.at = at->given ? at->at : TIME_NONE;
	int r = find_decision(c, s, err);
	if (r == 0)
		r = read_object(c, "file", &body, err);
	if (r == 0)
		r = read_object(c, "facts_file", &s->rehearsal.facts, err);
	if (r < 0)
		return r;
	s->rehearsal.body = api_text(c, "file");
	s->rehearsal.app = api_value(c, "app")->given ? wanted_app(c) : s->was.app;
	s->rehearsal.number = api_value(c, "number")->given ? api_text(c, "number") : s->was.number;
	if (s->rehearsal.number.p && !api_may_number(c, s->rehearsal.number))
		return api_err(c, err, E_NOT_FOUND, "number", N_("There is no such number."));
	if (!s->rehearsal.number.p)
		return api_err(c, err, E_INVALID, "number",
		    N_("Name the number that would send by \"number\", or a decision by \"decision\"."));
	if (!s->was.id && !s->rehearsal.body.p)
		return api_err(c, err, E_INVALID, "file",
		    N_("\"file\" must hold the message, unless \"decision\" names one that was judged."));
	return 0;
}

/* --- the message of a decision ---------------------------------------------------------------- */

static void write_template(struct json_writer *w, struct str key)
{
	size_t slash = key.len;

	while (slash > 0 && key.p[slash - 1] != '/')
		slash--;
	jw_object(w);
	jw_member_str(w, "name", str_sub(key, 0, slash ? slash - 1 : 0));
	jw_key(w, "language");
	jw_object(w);
	jw_member_str(w, "code", str_sub(key, slash, key.len - slash));
	jw_object_end(w);
	jw_object_end(w);
}

static void write_text(struct json_writer *w)
{
	jw_object(w);
	jw_member_c(w, "body", "…");
	jw_object_end(w);
}

/* A message of that kind to that person. */
static int write_shape(struct api_call *c, struct store_conn *conn, const struct journal_entry *was,
    struct rehearsal *x, struct err *err)
{
	bool is_template = was->kind == MESSAGE_TEMPLATE;
	struct str bsuid = STR_NONE;
	struct person person;
	struct json_writer w;
	struct buf out;
	int r = was->person ? person_by_id(conn, was->person, c->arena, &person, err) : 0;

	if (r > 0 && !person.phone.number)
		r = person_bsuid(conn, person.id, STR_NONE, c->arena, &bsuid, err) < 0 ? -err->code
										       : 1;
	if (r == 0 ||
	    (was->kind != MESSAGE_FREE_FORM && was->kind != MESSAGE_DIRECT && !is_template))
		return api_err(c, err, E_CONFLICT, "decision",
		    N_("Of this decision it is no longer known what was sent to whom: give the message."));
	if (r < 0)
		return r;
	buf_init(&out, 0);
	jw_init(&w, &out);
	own_send_begin(&w, person.phone, bsuid, is_template ? "template" : "text");
	if (is_template)
		write_template(&w, was->template_name);
	else
		write_text(&w);
	if (was->kind == MESSAGE_DIRECT)
		jw_member_c(&w, "category", purpose_name(was->purpose));
	x->body = own_send_end(&w, &out, c->arena);
	x->shape_only = true;
	return x->body.p ? 0 : no_memory(c, err);
}

/* As it waits, while it does; else its shape. */
static int find_body(
    struct api_call *c, struct store_conn *conn, struct simulation *s, struct err *err)
{
	struct outbox_entry waiting;
	int r = outbox_get(conn, &c->gate->lane->core->key, s->was.id, c->arena, &waiting, err);

	if (r == 0)
		return write_shape(c, conn, &s->was, &s->rehearsal, err);
	if (r > 0)
		s->rehearsal.body = waiting.body;
	return r < 0 ? r : 0;
}

/* --- trying it -------------------------------------------------------------------------------- */

static int run_trial(struct lane_job *j, struct store_conn *conn, struct err *err)
{
	struct api_call *c = API_CALL_OF(j);
	struct simulation *s = c->state;
	int r = s->rehearsal.body.p ? 0 : find_body(c, conn, s, err);

	return r < 0
	    ? r
	    : flow_rehearse(c->gate->lane, conn, &s->rehearsal, c->arena, &s->decision, err);
}

static void write_trial(struct api_call *c)
{
	const struct simulation *s = c->state;
	const struct pack *pack = s->rehearsal.pack;
	const struct decision *d = s->decision;
	struct json_writer *w = &c->w;
	char id[ID_TEXT_MAX];

	id_format("dec", s->was.id, id);
	jw_object(w);
	jw_member_c(w, "decision", s->was.id ? id : NULL);
	jw_member_c(w, "was", s->was.id ? verdict_name(s->was.verdict) : NULL);
	jw_member_c(w, "verdict", verdict_name(d->verdict));
	jw_member_time(w, "at", s->rehearsal.at == TIME_NONE ? clock_now() : s->rehearsal.at);
	jw_member_str(w, "policy", pack_version(pack));
	jw_member_bool(w, "words_known", !s->rehearsal.shape_only);
	jw_member_c(w, "purpose", d->purpose == PURPOSE_NONE ? NULL : purpose_name(d->purpose));
	jw_key(w, "rules");
	decision_write_ids(d, false, w);
	jw_key(w, "warnings");
	decision_write_ids(d, true, w);
	jw_member_time(w, "hold_until", d->hold_until);
	jw_member_bool(w, "window_open", d->window_open);
	jw_key(w, "details");
	decision_write_rules(c->arena, d, c->lang, LEVEL_WARN, w);
	jw_key(w, "ladder");
	decision_write_ladder(d, pack, c->lang, w);
	jw_object_end(w);
}

static void on_tried(struct lane_job *j)
{
	struct api_call *c = API_CALL_OF(j);

	if (j->rc == 0)
		write_trial(c);
	api_finish(c, j->rc, &j->job.err);
}

static void start(struct api_call *c)
{
	(void)api_submit(c, run_trial, on_tried);
}

const struct api_handler api_simulate_handlers[] = {
	{ "simulateDecision", check, NULL, NULL, start },
	{ NULL, NULL, NULL, NULL, NULL },
};

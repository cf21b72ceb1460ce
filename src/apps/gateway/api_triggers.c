/* Triggers: definitions in, and a rehearsal of what they make of an event. The events themselves come by
 * api_event.c. */
#include "apps/gateway/api.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "domain/integration.h"
#include "flow/rehearse.h"
#include "flow/trigger_doubts.h"
#include "flow/trigger_take.h"
#include "transport/signature.h"

struct triggering {
	struct trigger_values v;
	struct trigger trigger;
	/* of a test */
	struct trigger_row row;
	struct trigger_event *events;
	struct trying *tries; /* beside them */
	size_t len;
};

/* One event of a test. */
struct trying {
	struct trigger_send send;
	bool repeated;
	const struct decision *decision; /* NULL = not judged */
};

static int no_memory(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
}

static int unknown(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOT_FOUND, "name", N_("There is no such trigger."));
}

const char *api_sentence(struct api_call *c, const char *text)
{
	char out[2 * sizeof(((struct err *)0)->text)];
	const char *told = lang_sentence(c->lang, text, out, sizeof(out));

	return told == out ? arena_c(c->arena, str_c(out)) : told;
}

void api_name(struct api_call *c, struct str name)
{
	if (str_to_c(name, c->id, sizeof(c->id)) < 0)
		c->id[0] = '\0';
}

/* --- files ------------------------------------------------------------------------------------ */

static int read_file(struct api_call *c, const struct json **ret, struct err *err)
{
	const struct api_value *v = api_value(c, "file");
	struct err why = { 0 };

	*ret = v->json;
	if (v->json)
		return 0;
	if (v->text.len > API_EVENT_MAX)
		return api_err(c, err, E_TOO_LARGE, "file", N_("\"file\" is larger than 1 MiB."));
	int r = json_read(c->arena, v->text, ret, &why);
	if (r == -E_NOMEM)
		return no_memory(c, err);
	if (r < 0)
		return api_err(c, err, E_INVALID, "file", N_("\"file\" is not JSON: %s"), why.text);
	return 0;
}

static int canonical(
    struct api_call *c, const struct json *definition, struct str *ret, struct err *err)
{
	struct buf out;

	buf_init(&out, 0);
	json_canonical(&out, definition, NULL);
	*ret = out.failed ? STR_NONE : arena_str(c->arena, buf_str(&out));
	buf_done(&out);
	if (!ret->p)
		return no_memory(c, err);
	return ret->len <= TRIGGER_BYTES_MAX
	    ? 0
	    : api_err(c, err, E_TOO_LARGE, "file", N_("A definition may have at most 64 KiB."));
}

/* --- adding ----------------------------------------------------------------------------------- */

/* The flag, or what the definition says. */
static int choose(struct api_call *c, const char *name, struct str *value, struct err *err)
{
	struct str given = api_text(c, name);

	if (given.p)
		*value = given;
	if (value->len)
		return 0;
	return api_err(
	    c, err, E_INVALID, name, N_("Neither the definition nor the call says \"%s\"."), name);
}

static bool is_signature(struct str proof)
{
	return signature_way(proof) != NULL;
}

static bool is_by_key(const struct triggering *x)
{
	return str_eq_c(x->trigger.proof, TRIGGER_BY_KEY);
}

static int check_proof(struct api_call *c, const struct triggering *x, struct err *err)
{
	bool by_key = is_by_key(x);

	if (!by_key && !str_eq_c(x->trigger.proof, TRIGGER_BY_TOKEN) &&
	    !is_signature(x->trigger.proof))
		return api_err(c, err, E_INVALID, "file.proof",
		    N_("\"proof\" must be one of key, token, shopify, woocommerce, hubspot,"
		       " hubspot_v2, hubspot_v1 and hub."));
	if (by_key != !x->v.secret.p)
		return api_err(c, err, E_INVALID, "secret_file",
		    by_key ? N_("A trigger that goes by the app's key has no secret.")
			   : N_("This trigger's \"proof\" asks for a secret."));
	return 0;
}

static int read_secret(struct api_call *c, struct triggering *x, struct err *err)
{
	x->v.secret = api_text(c, "secret_file");
	int r = value_trim_secret(&x->v.secret, "secret_file", err);
	if (r == 0 && x->v.secret.p && x->v.secret.len < API_SECRET_MIN)
		return api_err(c, err, E_INVALID, "secret_file",
		    N_("The secret must have at least %d characters."), API_SECRET_MIN);
	return r;
}

/* A member of the definition is one of the file. */
static void set_place(struct err *err)
{
	char field[sizeof(err->field)];

	memcpy(field, err->field, sizeof(field));
	(void)snprintf(err->field, sizeof(err->field), "file%s%.80s", field[0] ? "." : "", field);
}

static int read_definition(struct api_call *c, struct triggering *x, struct err *err)
{
	const struct json *definition = NULL;
	int r = read_file(c, &definition, err);

	if (r < 0)
		return r;
	r = trigger_read(definition, &x->trigger, err);
	if (r < 0) {
		set_place(err);
		return r;
	}
	return canonical(c, definition, &x->v.definition, err);
}

static int check_add(struct api_call *c, struct err *err)
{
	struct triggering *x = ARENA_NEW(c->arena, struct triggering);

	if (!x)
		return no_memory(c, err);
	c->state = x;
	int r = read_definition(c, x, err);
	x->v.name = x->trigger.name;
	x->v.app = x->trigger.app;
	x->v.number = x->trigger.number;
	if (r == 0)
		r = choose(c, "name", &x->v.name, err);
	if (r == 0)
		r = choose(c, "app", &x->v.app, err);
	if (r == 0)
		r = choose(c, "number", &x->v.number, err);
	if (r == 0)
		r = value_check_id(x->v.name, "name", err);
	if (r == 0)
		r = read_secret(c, x, err);
	return r < 0 ? r : check_proof(c, x, err);
}

int api_sender(struct api_call *c, struct store_conn *conn, struct str wanted, struct str number,
    struct str *ret_app, struct err *err)
{
	const struct directory *d;
	struct integration_entry e = { .id = STR_NONE };
	int r = core_directory_now(c->gate->lane->core, conn, &d, err);

	if (r == 0 && !directory_number(d, number))
		return api_err(
		    c, err, E_NOT_FOUND, "number", N_("There is no number with that id here."));
	if (r == 0)
		r = integration_find(conn, wanted, c->arena, &e, err);
	if (r < 0)
		return r;
	if (r == 0 || !api_may_some(c, d, e.numbers, e.numbers_len))
		return api_err(c, err, E_NOT_FOUND, "app", N_("There is no such integration."));
	const struct dir_app *found = directory_app(d, e.id);
	if (!found)
		return api_err(
		    c, err, E_INVALID, "app", N_("This integration has no key: it cannot send."));
	if (!dir_app_has_number(found, number))
		return api_err(
		    c, err, E_INVALID, "number", N_("The integration may not use this number."));
	*ret_app = e.id;
	return 0;
}

static int add(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct core *core = c->gate->lane->core;
	struct triggering *x = c->state;
	struct trigger_values v = x->v;
	bool created;
	int r = api_sender(c, conn, x->v.app, v.number, &v.app, err);

	api_name(c, v.name);
	return r < 0 ? r : trigger_add(conn, &core->key, &v, clock_now(), &created, err);
}

/* --- changing --------------------------------------------------------------------------------- */

static int check_set(struct api_call *c, struct err *err)
{
	struct triggering *x = ARENA_NEW(c->arena, struct triggering);

	if (!x)
		return no_memory(c, err);
	c->state = x;
	x->v.name = api_text(c, "name");
	int r = api_value(c, "file")->given ? read_definition(c, x, err) : 0;
	if (r == 0 && x->trigger.name.p && !str_eq(x->trigger.name, x->v.name))
		return api_err(c, err, E_INVALID, "file.name", N_("A trigger keeps its name."));
	if (r == 0 && !x->v.definition.p && !api_value(c, "app")->given &&
	    !api_value(c, "number")->given && !api_value(c, "secret_file")->given)
		return api_err(c, err, E_INVALID, "", N_("Nothing was given to change."));
	return r < 0 ? r : read_secret(c, x, err);
}

/* The flag, what a new definition says, or what it is. */
static struct str value_of(
    struct api_call *c, const char *name, struct str defined, struct str known)
{
	struct str given = api_text(c, name);

	if (given.p)
		return given;
	return defined.p ? defined : known;
}

/* `x` is a copy: the job may run twice. */
static int set_values(
    struct api_call *c, struct store_conn *conn, struct triggering *x, struct err *err)
{
	const struct trigger_row *row = &x->row;
	const struct json *known = NULL;

	x->v.app = value_of(c, "app", x->trigger.app, row->v.app);
	x->v.number = value_of(c, "number", x->trigger.number, row->v.number);
	if (!x->v.definition.p) {
		x->v.definition = row->v.definition;
		int r = json_read(c->arena, row->v.definition, &known, err);
		if (r == 0)
			r = trigger_read(known, &x->trigger, err);
		if (r < 0)
			return r;
	}
	/* One that goes by the key now has no use for the old secret. */
	if (!x->v.secret.p && !is_by_key(x))
		x->v.secret = row->v.secret;
	int r = check_proof(c, x, err);
	return r < 0 ? r : api_sender(c, conn, x->v.app, x->v.number, &x->v.app, err);
}

static int find(struct api_call *c, struct store_conn *conn, struct str name,
    struct trigger_row *ret, struct err *err)
{
	int r = trigger_get(conn, &c->gate->lane->core->key, name, c->arena, ret, err);

	if (r == 0)
		return unknown(c, err);
	return r < 0 ? r : 0;
}

static int set(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct triggering x = *(const struct triggering *)c->state;
	int r = find(c, conn, x.v.name, &x.row, err);

	api_name(c, x.v.name);
	if (r == 0)
		r = set_values(c, conn, &x, err);
	if (r == 0)
		r = trigger_set(conn, &c->gate->lane->core->key, &x.v, err);
	return r < 0 ? r : 0;
}

/* --- showing ---------------------------------------------------------------------------------- */

static int write_doubts(struct api_call *c, const struct trigger_row *row, const struct trigger *t)
{
	struct lane *l = c->gate->lane;
	struct trigger_doubt doubts[TRIGGER_DOUBTS_MAX];
	size_t len = 0;
	int r = trigger_doubts(l->core->pack, lane_directory(l), row, t, c->arena, doubts, &len);

	jw_key(&c->w, "warnings");
	jw_array(&c->w);
	for (size_t i = 0; r == 0 && i < len; i++) {
		const char *says = lang_text(c->lang, doubts[i].says);
		const char *more = doubts[i].more ? api_sentence(c, doubts[i].more) : "";
		struct str whole = arena_printf(c->arena, "%s%s%s", says, *more ? " " : "", more);
		if (!whole.p)
			r = -E_NOMEM;
		else
			jw_str(&c->w, whole);
	}
	jw_array_end(&c->w);
	return r;
}

static int write_trigger(struct api_call *c, const struct trigger_row *row, struct err *err)
{
	struct json_writer *w = &c->w;
	const struct json *definition = NULL;
	struct trigger t = { .proof = STR_NONE };
	int r = json_read(c->arena, row->v.definition, &definition, err);

	if (r == 0)
		r = trigger_read(definition, &t, err);
	struct str url = arena_printf(c->arena, "%s/api/v1/triggers/%.*s",
	    c->gate->gateway->public_url, STR_ARG(row->v.name));
	if (r < 0 || !url.p)
		return r < 0 ? r : no_memory(c, err);
	jw_object(w);
	jw_member_str(w, "name", row->v.name);
	jw_member_str(w, "app", row->v.app);
	jw_member_str(w, "number", row->v.number);
	jw_member_str(w, "url", url);
	jw_member_str(w, "proof", t.proof);
	jw_member_bool(w, "secret", row->v.secret.p != NULL);
	jw_key(w, "definition");
	jw_value(w, definition);
	jw_member_time(w, "created_at", row->created_at);
	jw_member_time(w, "last_at", row->last_at);
	jw_member_int(w, "queued", row->queued);
	jw_member_int(w, "repeated", row->repeated);
	jw_member_int(w, "skipped", row->skipped);
	jw_member_c(
	    w, "problem", row->problem.p ? api_sentence(c, arena_c(c->arena, row->problem)) : NULL);
	jw_member_str(w, "problem_place", row->place.len ? row->place : STR_NONE);
	jw_member_time(w, "problem_at", row->problem_at);
	jw_member_int(w, "useless_in_a_row", row->useless);
	r = write_doubts(c, row, &t);
	jw_object_end(w);
	return r < 0 ? no_memory(c, err) : 0;
}

static int show_named(struct api_call *c, struct str name, struct err *err)
{
	struct trigger_row row;
	int r = find(c, c->gate->lane->reader, name, &row, err);

	return r < 0 ? r : write_trigger(c, &row, err);
}

static int show_added(struct api_call *c, struct err *err)
{
	const struct triggering *x = c->state;

	return show_named(c, x->v.name, err);
}

static int show_one(struct api_call *c, struct err *err)
{
	return show_named(c, api_text(c, "name"), err);
}

struct page {
	size_t limit, shown;
	struct str after, last; /* the last that was read, and the last that was shown */
	bool more;
};

/* 1 there may be others behind them. */
static int list_some(struct api_call *c, struct page *p, struct err *err)
{
	struct trigger_row *rows = NULL;
	size_t len = 0;
	int r = trigger_list(
	    c->gate->lane->reader, p->after, p->limit + 1, c->arena, &rows, &len, err);

	for (size_t i = 0; r == 0 && i < len; i++) {
		p->after = rows[i].v.name;
		if (!api_may_number(c, rows[i].v.number))
			continue;
		p->more = p->shown == p->limit;
		if (p->more)
			return 0;
		r = write_trigger(c, &rows[i], err);
		p->last = rows[i].v.name;
		p->shown++;
	}
	return r < 0 ? r : len > p->limit;
}

/* Whoever is bound to portfolios reads no name of another's, not even as a cursor. */
static int list(struct api_call *c, struct err *err)
{
	struct page p = { .after = api_text(c, "cursor") };
	int r = api_limit(c, &p.limit, err);

	if (r < 0)
		return r;
	api_list_open(c);
	while ((r = list_some(c, &p, err)) > 0)
		;
	api_list_close(c, p.more ? p.last : STR_NONE);
	return r;
}

static int take_away(struct api_call *c, struct store_conn *conn, struct err *err)
{
	int r = trigger_remove(conn, api_text(c, "name"), err);

	if (r == 0)
		return unknown(c, err);
	api_name(c, api_text(c, "name"));
	return r < 0 ? r : 0;
}

static int show_removed(struct api_call *c, struct err *err)
{
	(void)err;
	jw_object(&c->w);
	jw_member_str(&c->w, "id", api_text(c, "name"));
	jw_member_bool(&c->w, "removed", true);
	jw_object_end(&c->w);
	return 0;
}

/* --- testing ---------------------------------------------------------------------------------- */

static int map_all(struct api_call *c, const struct json *post, struct err *err)
{
	struct triggering *x = c->state;
	const struct trigger_input bare = { .event = NULL };
	int r = trigger_events_of(
	    c->gate->lane, &x->row, &x->trigger, post, &bare, c->arena, &x->events, &x->len);

	if (r == -E_TOO_LARGE)
		return api_err(c, err, E_TOO_LARGE, "file",
		    N_("One post may hold at most %d events."), TRIGGER_ITEMS_MAX);
	x->tries = r == 0 ? ARENA_ARRAY(c->arena, struct trying, x->len + 1) : NULL;
	return x->tries ? 0 : no_memory(c, err);
}

static int check_test(struct api_call *c, struct err *err)
{
	struct triggering *x = ARENA_NEW(c->arena, struct triggering);
	const struct json *post = NULL, *definition;

	if (!x)
		return no_memory(c, err);
	c->state = x;
	int r = find(c, c->gate->lane->reader, api_text(c, "name"), &x->row, err);
	if (r == 0)
		r = json_read(c->arena, x->row.v.definition, &definition, err);
	if (r == 0)
		r = trigger_read(definition, &x->trigger, err);
	if (r == 0)
		r = read_file(c, &post, err);
	return r < 0 ? r : map_all(c, post, err);
}

static int try_one(struct api_call *c, struct store_conn *conn, size_t i, struct err *err)
{
	struct triggering *x = c->state;
	struct lane *l = c->gate->lane;
	struct trigger_event *e = &x->events[i];
	struct trying *y = &x->tries[i];

	if (!e->maps)
		return 0;
	int r = trigger_event_get(
	    conn, &l->core->key, x->row.v.name, e->mapped.event_id, &e->decision, err);
	y->repeated = r > 0;
	if (r >= 0)
		r = trigger_plan(l->core, conn, &x->row, &x->trigger, &e->mapped, clock_now(),
		    c->arena, &y->send, err);
	if (r < 0)
		return r;
	struct rehearsal rehearsal = {
		.app = x->row.v.app,
		.number = y->send.number->id,
		.body = y->send.body,
		.at = TIME_NONE,
	};
	return flow_rehearse(l, conn, &rehearsal, c->arena, &y->decision, err);
}

static int run_tries(struct lane_job *j, struct store_conn *conn, struct err *err)
{
	struct api_call *c = API_CALL_OF(j);
	const struct triggering *x = c->state;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < x->len; i++)
		r = try_one(c, conn, i, err);
	return r;
}

static void write_verdict(struct api_call *c, const struct decision *d)
{
	struct json_writer *w = &c->w;

	jw_object(w);
	jw_member_c(w, "verdict", verdict_name(d->verdict));
	jw_key(w, "rules");
	decision_write_ids(d, false, w);
	jw_key(w, "warnings");
	decision_write_ids(d, true, w);
	jw_member_c(w, "purpose", d->purpose == PURPOSE_NONE ? NULL : purpose_name(d->purpose));
	jw_member_time(w, "hold_until", d->hold_until);
	jw_key(w, "details");
	decision_write_rules(c->arena, d, c->lang, LEVEL_WARN, w);
	jw_object_end(w);
}

static const char *state_of(const struct trigger_event *e, const struct trying *y)
{
	if (!e->maps)
		return trigger_fate_name(TRIGGER_SKIPPED);
	return trigger_fate_name(y->repeated ? TRIGGER_REPEATED : TRIGGER_QUEUED);
}

static void write_try(struct api_call *c, const struct trigger_event *e, const struct trying *y)
{
	struct json_writer *w = &c->w;

	jw_object(w);
	jw_member_c(w, "state", state_of(e, y));
	jw_member_str(w, "event_id", e->maps ? e->mapped.event_id : STR_NONE);
	jw_member_c(w, "reason", e->maps ? NULL : api_sentence(c, e->why.text));
	jw_member_c(w, "place", e->maps || !e->why.field[0] ? NULL : e->why.field);
	jw_member_time(w, "due_at", e->maps ? y->send.due_at : TIME_NONE);
	jw_key(w, "body");
	if (e->maps)
		jw_raw(w, y->send.body);
	else
		jw_null(w);
	jw_key(w, "decision");
	if (y->decision)
		write_verdict(c, y->decision);
	else
		jw_null(w);
	jw_object_end(w);
}

static void on_tried(struct lane_job *j)
{
	struct api_call *c = API_CALL_OF(j);
	const struct triggering *x = c->state;

	if (j->rc == 0) {
		jw_object(&c->w);
		jw_member_str(&c->w, "trigger", x->row.v.name);
		jw_key(&c->w, "items");
		jw_array(&c->w);
		for (size_t i = 0; i < x->len; i++)
			write_try(c, &x->events[i], &x->tries[i]);
		jw_array_end(&c->w);
		jw_object_end(&c->w);
	}
	api_finish(c, j->rc, &j->job.err);
}

/* No entry of the ledger: nothing is changed, and the event tells of a person. */
static void start_test(struct api_call *c)
{
	(void)api_submit(c, run_tries, on_tried);
}

const struct api_handler api_trigger_handlers[] = {
	{ "addTrigger", check_add, add, show_added, NULL },
	{ "listTriggers", NULL, NULL, list, NULL },
	{ "showTrigger", NULL, NULL, show_one, NULL },
	{ "setTrigger", check_set, set, show_one, NULL },
	{ "removeTrigger", NULL, take_away, show_removed, NULL },
	{ "testTrigger", check_test, NULL, NULL, start_test },
	{ NULL, NULL, NULL, NULL, NULL },
};

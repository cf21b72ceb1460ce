/* Incidents: lists on the loop; one with all that stood around it on the pool; acts of people on the
 * writer, their files on a worker before. */
#include "apps/gateway/api_client.h"

#include "base/check.h"
#include "domain/attachment.h"
#include "domain/incident_words.h"
#include "domain/value.h"

#define TEXT_MAX 4000
#define NAME_MAX_POINTS 200
#define BY_DEFAULT "admin"

struct doing {
	struct incident_act act;
	struct incident_event event;
	uint64_t id;
	struct attachment files[API_FILES_MAX];
	size_t files_len;
	struct api_call *call;
	struct lane_work work;
	int rc;
	struct err err;
};

static struct incident_desk desk_of(struct api_call *c, struct store_conn *conn)
{
	struct core *core = c->gate->lane->core;

	return (struct incident_desk){ conn, &core->ledger, &core->ids, core->pack, clock_now() };
}

static int unknown(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOT_FOUND, "id", N_("There is no such incident."));
}

/* --- showing ---------------------------------------------------------------------------------- */

static void write_id(struct json_writer *w, uint64_t id)
{
	char text[ID_TEXT_MAX];

	id_format(INCIDENT_PREFIX, id, text);
	jw_member_c(w, "id", text);
}

static void write_head(struct api_call *c, const struct incident *i)
{
	struct json_writer *w = &c->w;
	const struct incident_kind *kind = incident_kind(i->kind);
	bool waits = i->state == INCIDENT_OPEN || i->state == INCIDENT_EVIDENCE;

	write_id(w, i->id);
	jw_member_time(w, "opened_at", i->opened_at);
	jw_member_str(w, "kind", i->kind);
	jw_member_str(w, "label", i->label);
	jw_member_c(w, "title", kind ? lang_text(c->lang, kind->title) : NULL);
	jw_member_str(w, "scope", i->scope);
	jw_member_str(w, "object", i->scope_id);
	jw_member_str(w, "waba", i->waba);
	jw_member_str(w, "origin", i->origin);
	jw_member_c(w, "state", incident_state_name(i->state));
	jw_member_c(w, "outcome", incident_outcome_name(i->outcome));
	jw_member_time(w, "happened_at", i->happened_at);
	jw_member_time(w, "over_at", i->over_at);
	jw_member_time(w, "deadline_at", i->deadline_at);
	jw_key(w, "days_left");
	if (waits && i->deadline_at != TIME_NONE)
		jw_int(w, incident_days_left(i, clock_now()));
	else
		jw_null(w);
}

static int read_filter(struct api_call *c, struct incident_filter *f, struct err *err)
{
	struct str state = api_text(c, "state"), cursor = api_text(c, "cursor");
	int r = api_limit(c, &f->limit, err);

	f->under_way = api_value(c, "under_way")->flag;
	if (r == 0 && cursor.p && id_parse(INCIDENT_PREFIX, cursor, &f->before) < 0)
		r = api_err(
		    c, err, E_INVALID, "cursor", N_("\"cursor\" is none that was given before."));
	for (int s = INCIDENT_OPEN; state.p && s <= INCIDENT_CLOSED; s++) {
		if (str_eq_c(state, incident_state_name((enum incident_state)s)))
			f->state = (enum incident_state)s;
	}
	if (r == 0 && state.p && !f->state)
		r = api_err(c, err, E_INVALID, "state",
		    N_("\"state\" must be one of open, evidence, submitted, answered and closed."));
	return r;
}

/* One page of rows, of which some may not be wanted; f->before is behind the last one that was looked at. */
static int list_some(
    struct api_call *c, struct incident_filter *f, size_t *left, bool *ret_more, struct err *err)
{
	struct incident *items = NULL;
	size_t len = 0;
	int r = incident_list(c->gate->lane->reader, f, c->arena, &items, &len, ret_more, err);

	for (size_t i = 0; r == 0 && i < len && *left; i++) {
		f->before = items[i].id;
		*ret_more = *ret_more || i + 1 < len;
		if (!api_may_place(c, items[i].scope, items[i].scope_id) ||
		    !api_client_has_place(c, items[i].scope, items[i].scope_id))
			continue;
		jw_object(&c->w);
		write_head(c, &items[i]);
		jw_object_end(&c->w);
		(*left)--;
	}
	return r;
}

static int list(struct api_call *c, struct err *err)
{
	struct incident_filter f = { .before = 0 };
	char next[ID_TEXT_MAX];
	size_t left;
	bool more = true;
	int r = api_client_check(c, err);

	if (r == 0)
		r = read_filter(c, &f, err);
	if (r < 0)
		return r;
	left = f.limit;
	api_list_open(c);
	for (size_t looked = 0; r == 0 && more && left && looked < API_LOOK_MAX; looked += f.limit)
		r = list_some(c, &f, &left, &more, err);
	if (more)
		id_format(INCIDENT_PREFIX, f.before, next);
	api_list_close(c, more ? str_c(next) : STR_NONE);
	return r;
}

static void write_review(struct api_call *c, const struct incident *i)
{
	const struct pack_incident *row = pack_incident(c->gate->lane->core->pack, i->kind);
	struct json_writer *w = &c->w;

	jw_key(w, "review");
	jw_object(w);
	jw_member_c(w, "can", lang_text(c->lang, incident_review_words(row)));
	jw_member_c(w, "where", lang_text(c->lang, incident_where_words(row)));
	jw_member_c(w, "next", lang_text(c->lang, incident_next_words(i, row)));
	jw_member_time(w, "answer_by",
	    i->state == INCIDENT_SUBMITTED && row->answer_ms ? i->submitted_at + row->answer_ms
							     : TIME_NONE);
	jw_member_str(w, "source", row->source);
	jw_object_end(w);
}

static void write_impact(struct json_writer *w, const struct story_impact *x)
{
	jw_key(w, "impact");
	jw_object(w);
	jw_member_int(w, "conversations", x->conversations);
	jw_member_int(w, "held", x->held);
	jw_member_int(w, "people_waiting", x->people_waiting);
	jw_member_int(w, "refused", x->refused);
	jw_key(w, "templates");
	jw_array(w);
	for (size_t i = 0; i < x->templates_len; i++)
		jw_str(w, x->templates[i]);
	jw_array_end(w);
	jw_object_end(w);
}

static void write_event(struct json_writer *w, const struct story_event *e)
{
	jw_object(w);
	jw_member_time(w, "at", e->at);
	jw_member_c(w, "source", story_source_name(e->source));
	jw_member_str(w, "what", e->what);
	jw_member_str(w, "about", e->about);
	jw_member_str(w, "by", e->by);
	jw_member_str(w, "words", e->words);
	jw_key(w, "entry");
	if (e->leaf)
		jw_int(w, e->leaf);
	else
		jw_null(w);
	jw_object_end(w);
}

static void write_day(struct json_writer *w, const struct story_day *d)
{
	jw_object(w);
	jw_member_time(w, "at", d->at);
	jw_member_int(w, "sent", d->sent);
	jw_member_int(w, "marketing", d->marketing);
	jw_member_int(w, "delivered", d->delivered);
	jw_member_int(w, "failed", d->failed);
	jw_member_int(w, "capped", d->capped);
	jw_member_int(w, "opt_outs", d->opt_outs);
	jw_object_end(w);
}

static void write_story(struct json_writer *w, const struct story *s)
{
	jw_key(w, "days");
	jw_array(w);
	for (size_t i = 0; i < s->days_len; i++)
		write_day(w, &s->days[i]);
	jw_array_end(w);
	jw_key(w, "timeline");
	jw_array(w);
	for (size_t i = 0; i < s->events_len; i++)
		write_event(w, &s->events[i]);
	jw_array_end(w);
}

static int write_incident(struct api_call *c, struct store_conn *conn, uint64_t id, struct err *err)
{
	const struct pack *pack = c->gate->lane->core->pack;
	struct story_impact impact = { 0 };
	struct incident i;
	struct story story;
	int r = incident_get(conn, id, c->arena, &i, err);

	if (r == 0)
		return unknown(c, err);
	if (r > 0)
		r = story_read(conn, &i, pack_incidents(pack)->timeline_ms, clock_now(), c->arena,
		    &story, err);
	if (r == 0)
		r = story_impact(conn, &i, c->arena, &impact, err);
	if (r < 0)
		return r;
	jw_object(&c->w);
	write_head(c, &i);
	jw_member_time(&c->w, "submitted_at", i.submitted_at);
	jw_member_time(&c->w, "closed_at", i.closed_at);
	jw_member_str(&c->w, "reference", i.reference);
	jw_member_str(&c->w, "lessons", i.lessons);
	jw_key(&c->w, "words");
	if (i.words.p)
		jw_raw(&c->w, i.words);
	else
		jw_null(&c->w);
	write_review(c, &i);
	write_impact(&c->w, &impact);
	write_story(&c->w, &story);
	jw_object_end(&c->w);
	return 0;
}

static int show_on_pool(struct api_call *c, struct store_conn *conn, struct err *err)
{
	uint64_t id;

	if (id_parse(INCIDENT_PREFIX, api_text(c, "id"), &id) < 0)
		return unknown(c, err);
	return write_incident(c, conn, id, err);
}

static void show(struct api_call *c)
{
	api_work(c, show_on_pool);
}

/* --- acts ------------------------------------------------------------------------------------- */

static struct doing *doing_new(struct api_call *c, struct err *err)
{
	struct doing *x = ARENA_NEW(c->arena, struct doing);

	if (!x) {
		(void)api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
		return NULL;
	}
	c->state = x;
	x->call = c;
	x->act.by = api_text(c, "by").p ? api_text(c, "by") : STR(BY_DEFAULT);
	return value_check_text(x->act.by, "by", NAME_MAX_POINTS, err) < 0 ? NULL : x;
}

static int check_words(struct api_call *c, const char *field, struct str *ret, struct err *err)
{
	*ret = api_text(c, field);
	return ret->p ? value_check_text(*ret, field, TEXT_MAX, err) : 0;
}

static int check_act(struct api_call *c, const char *kind, enum incident_state to,
    const char *words, struct err *err)
{
	struct doing *x = doing_new(c, err);

	if (!x)
		return -err->code;
	x->act.kind = str_c(kind);
	x->act.to = to;
	if (id_parse(INCIDENT_PREFIX, api_text(c, "id"), &x->act.id) < 0)
		return unknown(c, err);
	return check_words(c, words, &x->act.words, err);
}

static int check_note(struct api_call *c, struct err *err)
{
	return check_act(c, "note", 0, "text", err);
}

static int check_submit(struct api_call *c, struct err *err)
{
	int r = check_act(c, "submitted", INCIDENT_SUBMITTED, "text", err);
	struct doing *x = c->state;

	if (r == 0 && api_text(c, "reference").p) {
		x->act.reference = api_text(c, "reference");
		r = value_check_text(x->act.reference, "reference", NAME_MAX_POINTS, err);
	}
	return r;
}

static int check_answer(struct api_call *c, struct err *err)
{
	int r = check_act(c, "answered", INCIDENT_ANSWERED, "text", err);
	struct doing *x = c->state;

	if (r < 0)
		return r;
	if (str_eq_c(api_text(c, "outcome"), "reversed"))
		x->act.outcome = INCIDENT_REVERSED;
	else if (str_eq_c(api_text(c, "outcome"), "unchanged"))
		x->act.outcome = INCIDENT_UNCHANGED;
	else
		return api_err(
		    c, err, E_INVALID, "outcome", N_("\"outcome\" must be reversed or unchanged."));
	return 0;
}

static int check_close(struct api_call *c, struct err *err)
{
	return check_act(c, "closed", INCIDENT_CLOSED, "lessons", err);
}

static int do_act(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct incident_desk d = desk_of(c, conn);
	struct doing *x = c->state;
	int64_t leaf = 0;
	int r = incident_do(&d, &x->act, &leaf, err);

	for (size_t i = 0; r == 0 && i < x->files_len; i++)
		r = attachment_add(conn, leaf, &x->files[i], err);
	x->id = x->act.id;
	id_format(INCIDENT_PREFIX, x->id, c->id);
	return r;
}

static int answer(struct api_call *c, struct err *err)
{
	const struct doing *x = c->state;
	struct incident i;
	int r = incident_get(c->gate->lane->reader, x->id, c->arena, &i, err);

	if (r <= 0)
		return r < 0 ? r : unknown(c, err);
	jw_object(&c->w);
	write_head(c, &i);
	jw_object_end(&c->w);
	return 0;
}

/* --- opening by hand -------------------------------------------------------------------------- */

static int check_open(struct api_call *c, struct err *err)
{
	static const char *const scopes[] = { "portfolio", "waba", "number", "template", "app" };
	struct doing *x = doing_new(c, err);
	bool known = false;

	if (!x)
		return -err->code;
	x->event = (struct incident_event){
		.kind = api_text(c, "kind").p ? api_text(c, "kind") : STR("other"),
		.scope = api_text(c, "scope"),
		.scope_id = api_text(c, "object"),
		.origin = STR("operator"),
		.by = x->act.by,
		.at = api_value(c, "at")->given ? api_value(c, "at")->at : TIME_NONE,
	};
	for (size_t i = 0; i < ARRAY_LEN(scopes); i++)
		known |= str_eq_c(x->event.scope, scopes[i]);
	if (!known)
		return api_err(c, err, E_INVALID, "scope",
		    N_("\"scope\" must be one of portfolio, waba, number, template and app."));
	if (!incident_kind(x->event.kind))
		return api_err(c, err, E_INVALID, "kind",
		    N_("There is no such kind of incident; see varco incident open --help."));
	int r = value_check_text(x->event.scope_id, "object", NAME_MAX_POINTS, err);
	return r < 0 ? r : check_words(c, "text", &x->event.note, err);
}

/* The account that the object belongs to: -E_NOT_FOUND for an object that is not there. */
static int find_account(
    struct api_call *c, const struct directory *d, struct incident_event *e, struct err *err)
{
	struct str rest = e->scope_id, waba = str_cut(&rest, '/');
	const struct dir_number *number = directory_number(d, e->scope_id);

	e->waba = STR("");
	if (str_eq_c(e->scope, "portfolio") || str_eq_c(e->scope, "app"))
		return 0;
	if (str_eq_c(e->scope, "number"))
		e->waba = number ? number->waba->id : STR("");
	else if (directory_waba(d, waba))
		e->waba = waba;
	return e->waba.len ? 0
			   : api_err(c, err, E_NOT_FOUND, "object",
				 N_("There is no such account, number or template on record."));
}

static int do_open(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct incident_desk desk = desk_of(c, conn);
	struct doing *x = c->state;
	const struct directory *d;
	int r = core_directory_now(c->gate->lane->core, conn, &d, err);

	if (r == 0)
		r = find_account(c, d, &x->event, err);
	if (r == 0)
		r = incident_happen(&desk, &x->event, &x->id, err);
	if (r < 0)
		return r;
	id_format(INCIDENT_PREFIX, x->id, c->id);
	return 0;
}

/* --- evidence --------------------------------------------------------------------------------- */

static int write_files_detail(struct api_call *c, struct doing *x, struct err *err)
{
	char hex[2 * SHA256_LEN + 1];
	struct json_writer w;
	struct buf text;

	buf_init(&text, 0);
	jw_init(&w, &text);
	jw_object(&w);
	jw_key(&w, "files");
	jw_array(&w);
	for (size_t i = 0; i < x->files_len; i++) {
		hex_encode(x->files[i].what.digest.b, SHA256_LEN, hex);
		jw_object(&w);
		jw_member_int(&w, "bytes", x->files[i].what.bytes);
		jw_member_c(&w, "sha256", hex);
		jw_member_str(&w, "type", x->files[i].what.type);
		jw_object_end(&w);
	}
	jw_array_end(&w);
	jw_object_end(&w);
	x->act.detail = text.failed ? STR_NONE : arena_str(c->arena, buf_str(&text));
	buf_done(&text);
	return x->act.detail.p
	    ? 0
	    : api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
}

/* Evidence for a case that was submitted already leaves it submitted. */
static int check_evidence(struct api_call *c, struct err *err)
{
	int r = check_act(c, "evidence", 0, "text", err);
	const struct api_value *v = api_value(c, "attachments");
	struct doing *x = c->state;
	size_t total = 0;

	for (size_t i = 0; r == 0 && i < v->items_len; i++) {
		r = attachment_look(v->items[i], &x->files[i], err);
		total += v->items[i].len;
	}
	if (r == 0 && total > ATTACHMENTS_TOTAL_MAX)
		r = api_err(c, err, E_TOO_LARGE, "attachments",
		    N_("All attachments of an act together may have at most %zu MiB."),
		    ATTACHMENTS_TOTAL_MAX >> 20);
	if (r < 0)
		return r;
	x->files_len = v->items_len;
	if (x->files_len == 0 && !x->act.words.p)
		return api_err(
		    c, err, E_INVALID, "text", N_("Evidence is a text, or files, or both."));
	return write_files_detail(c, x, err);
}

static int do_evidence(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct doing *x = c->state;
	struct incident i;
	int r = incident_get(conn, x->act.id, c->arena, &i, err);

	if (r == 0)
		return unknown(c, err);
	if (r < 0)
		return r;
	x->act.to = i.state == INCIDENT_OPEN ? INCIDENT_EVIDENCE : 0;
	return do_act(c, conn, err);
}

static void write_files(struct lane_work *w)
{
	struct doing *x = (struct doing *)((char *)w - offsetof(struct doing, work));
	const struct api_value *v = api_value(x->call, "attachments");
	const struct core *core = w->lane->core;

	x->rc = 0;
	for (size_t i = 0; x->rc == 0 && i < x->files_len; i++)
		x->rc = attachment_write(
		    core->options.state_dir, &core->key, v->items[i], &x->files[i], &x->err);
}

static void files_written(struct lane_work *w)
{
	struct doing *x = (struct doing *)((char *)w - offsetof(struct doing, work));

	if (x->rc == 0) {
		api_change(x->call);
		return;
	}
	for (size_t i = 0; i < x->files_len; i++)
		attachment_drop(w->lane->core->options.state_dir, &x->files[i]);
	api_finish(x->call, x->rc, &x->err);
}

static void start_evidence(struct api_call *c)
{
	struct doing *x = c->state;
	struct err err = { 0 };

	if (x->files_len == 0) {
		api_change(c);
		return;
	}
	x->work.run = write_files;
	x->work.back = files_written;
	if (!lane_work(c->gate->lane, &x->work))
		api_finish(
		    c, api_err(c, &err, E_NOMEM, "", N_("The gateway is short of memory.")), &err);
}

const struct api_handler api_incident_handlers[] = {
	{ "listIncidents", NULL, NULL, list, NULL },
	{ "showIncident", NULL, NULL, NULL, show },
	{ "openIncident", check_open, do_open, answer, NULL },
	{ "noteIncident", check_note, do_act, answer, NULL },
	{ "addEvidence", check_evidence, do_evidence, answer, start_evidence },
	{ "submitIncident", check_submit, do_act, answer, NULL },
	{ "answerIncident", check_answer, do_act, answer, NULL },
	{ "closeIncident", check_close, do_act, answer, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};

/* What a person may ask for: everything that is kept of them, to be forgotten, or to be kept for the
 * defence of claims only. All three look through all decisions first, some at each turn of the loop. */
#include "apps/gateway/api_form.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "domain/dsar.h"
#include "domain/restriction.h"

#define REASON_MAX_CHARS 200
#define DIGITS_MAX 5 /* in a row; more may be somebody's number */
#define CALL_OF(work_) ((struct api_call *)((char *)(work_) - offsetof(struct api_call, work)))

struct forget {
	struct erasure_plan plan;
	struct erasure_order order;
	struct erasure_report report;
	struct restriction restriction;
	struct dsar dsar;
	struct json_writer w;
	struct buf told; /* the person's object, where it is not the answer */
	size_t told_decisions;
	time_ms at;
	bool erases, restricts;
	enum api_form format; /* of what is told */
};

static void forget_done(void *arg)
{
	struct forget *f = arg;

	erasure_plan_done(&f->plan);
	crypto_wipe(f->told.p, f->told.len);
	buf_done(&f->told);
	arena_free(&f->dsar.arena);
}

static int no_memory(const struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
}

/* --- what may be said ------------------------------------------------------------------------- */

/* It goes on the ledger, which forgets nothing that is not tied to a person. */
static bool may_name_somebody(struct str text)
{
	size_t digits = 0;

	for (size_t i = 0; text.p && i < text.len; i++) {
		bool digit = text.p[i] >= '0' && text.p[i] <= '9';
		bool between = strchr(" -./()+", text.p[i]) != NULL;
		digits = digit ? digits + 1 : between ? digits : 0;
		if (digits > DIGITS_MAX || text.p[i] == '@')
			return true;
	}
	return false;
}

static int check_words(struct api_call *c, const char *field, struct err *err)
{
	struct str text = api_text(c, field);

	if (text.p && (!text.len || text.len > REASON_MAX_CHARS))
		return api_err(c, err, E_RANGE, field, N_("\"%s\" must have 1 to %d bytes."), field,
		    REASON_MAX_CHARS);
	if (may_name_somebody(text))
		return api_err(c, err, E_INVALID, field,
		    N_("\"%s\" stays on the ledger: it must name nobody, neither by number nor by address."),
		    field);
	return 0;
}

static int check_yes(struct api_call *c, struct err *err)
{
	if (api_value(c, "yes")->flag)
		return 0;
	return api_err(
	    c, err, E_INVALID, "yes", N_("This cannot be undone; say \"yes\" when it is meant."));
}

static int read_ground(struct api_call *c, struct forget *f, struct err *err)
{
	struct str word = api_text(c, "ground");

	f->order.ground = word.p ? erasure_ground(word) : ERASURE_GROUND;
	if (f->order.ground)
		return 0;
	return api_err(c, err, E_INVALID, "ground",
	    N_("\"ground\" must be one of gdpr.17.1.a to gdpr.17.1.f."));
}

/* --- beginning -------------------------------------------------------------------------------- */

/* Both keys must lead to one person: it would not be known which of two is meant. */
static int find_person(struct api_call *c, struct forget *f, struct err *err)
{
	struct store_conn *conn = c->gate->lane->reader;
	struct person person = { 0 }, other = { 0 };
	const struct phone none = { 0 };
	struct phone phone;
	struct str bsuid;
	int r = api_person(c, &phone, &bsuid, err);

	if (r == 0)
		r = person_find(conn, phone, bsuid, c->arena, &person, err);
	if (r == 0)
		return api_err(
		    c, err, E_NOT_FOUND, "", N_("Nobody is on record under that number or id."));
	if (r > 0 && phone.number && bsuid.len)
		r = person_find(conn, none, bsuid, c->arena, &other, err);
	if (r > 0 && other.id && other.id != person.id)
		return api_err(c, err, E_CONFLICT, "bsuid",
		    N_("The number and the id are those of two people; name one of them."));
	return r < 0 ? r : erasure_plan_begin(conn, person.id, &f->plan, err);
}

static struct forget *forget_new(struct api_call *c, struct err *err)
{
	struct forget *f = ARENA_NEW(c->arena, struct forget);

	if (!f) {
		(void)no_memory(c, err);
		return NULL;
	}
	erasure_plan_init(&f->plan);
	buf_init(&f->told, 0);
	f->dsar.arena = NULL;
	if (arena_defer(c->arena, forget_done, f) < 0) {
		(void)no_memory(c, err);
		return NULL;
	}
	f->dsar.arena = arena_new(0, 0);
	f->dsar.plan = &f->plan;
	f->dsar.lang = c->lang;
	f->at = clock_now();
	c->state = f;
	if (f->dsar.arena)
		return f;
	(void)no_memory(c, err);
	return NULL;
}

/* --- turns ------------------------------------------------------------------------------------ */

static void turn(struct api_call *c, void (*run)(struct loop_work *work))
{
	c->work.run = run;
	loop_post(c->gate->loop, &c->work);
}

/* Ends the call when `r` is an error; nobody waits for an answer while the gateway shuts down. */
static bool goes_on(struct api_call *c, int r, struct err *err)
{
	if (r >= 0 && !c->req && atomic_load(&c->gate->lane->core->draining))
		r = err_set(err, E_CLOSED, "The gateway shuts down.");
	if (r < 0)
		api_finish(c, r, err);
	return r >= 0;
}

static int record(struct lane_job *j, struct store_conn *conn, struct err *err);
static void recorded(struct lane_job *j);

static void tell_on(struct loop_work *work)
{
	struct api_call *c = CALL_OF(work);
	struct forget *f = c->state;
	struct err err = { 0 };
	int r = dsar_next(c->gate->lane->reader, &f->dsar, &err);

	if (!goes_on(c, r, &err))
		return;
	if (r > 0) {
		turn(c, tell_on);
		return;
	}
	f->told_decisions = f->plan.decisions.len;
	(void)api_submit(c, record, recorded);
}

static void begin_telling(struct api_call *c)
{
	struct forget *f = c->state;
	struct err err = { 0 };

	if (f->restricts)
		f->dsar.state_dir = c->gate->lane->core->options.state_dir;
	jw_init(&f->w, &f->told);
	f->dsar.w = f->restricts || f->format != API_FORM_JSON ? &f->w : &c->w;
	int r = dsar_begin(c->gate->lane->reader, &f->dsar, f->at, &err);
	if (goes_on(c, r, &err))
		turn(c, tell_on);
}

static void look_on(struct loop_work *work)
{
	struct api_call *c = CALL_OF(work);
	struct forget *f = c->state;
	struct err err = { 0 };
	int r = erasure_plan_next(c->gate->lane->reader, &f->plan, &err);

	if (!goes_on(c, r, &err))
		return;
	if (r > 0)
		turn(c, look_on);
	else if (f->erases && !f->restricts)
		(void)api_submit(c, record, recorded);
	else
		begin_telling(c);
}

/* --- on the writer ---------------------------------------------------------------------------- */

static int keep_restricted(
    struct api_call *c, struct store_conn *conn, struct forget *f, struct err *err)
{
	if (f->told.failed)
		return no_memory(c, err);
	if (f->plan.decisions.len != f->told_decisions)
		return api_err(c, err, E_BUSY, "",
		    N_("Something new was learned of this person meanwhile; try again."));
	return restriction_add(conn, &f->restriction, buf_str(&f->told), err);
}

static int record(struct lane_job *j, struct store_conn *conn, struct err *err)
{
	struct api_call *c = API_CALL_OF(j);
	struct core *core = c->gate->lane->core;
	struct forget *f = c->state;
	time_ms now = clock_now();
	int r = 0;

	if (f->restricts) {
		f->restriction.id = id_next(&core->ids, now);
		f->restriction.at = now;
		id_format("res", f->restriction.id, c->id);
		r = erasure_plan_again(conn, &f->plan, err);
		if (r == 0)
			r = keep_restricted(c, conn, f, err);
	}
	if (r == 0 && f->erases) {
		f->order.id = id_next(&core->ids, now);
		f->order.state_dir = core->options.state_dir;
		if (!f->restricts)
			id_format("era", f->order.id, c->id);
		f->at = now;
		r = erasure_run(conn, &core->ledger, &f->plan, &f->order, now, &f->report, err);
	}
	return r < 0 ? r : api_leaf(c, conn, err);
}

/* --- answers ---------------------------------------------------------------------------------- */

/* What nobody can reach from here, or only time brings about. */
static void write_remains(struct api_call *c, const struct forget *f)
{
	const struct pack_limits *l = pack_limits(c->gate->lane->core->pack);
	const struct {
		const char *what;
		time_ms until;
	} remains[] = {
		{ "webhooks", f->at + l->keep.webhooks_ms },
		{ "quarantine", f->at + l->keep.quarantine_ms },
		{ "forwards", f->at + l->forward.total_ms },
		{ "pages",
		    f->at + MS_PER_HOUR }, /* of the store's file: store_scrub, once an hour */
		{ "backups", TIME_NONE },
	};
	struct json_writer *w = &c->w;

	jw_key(w, "remains");
	jw_array(w);
	for (size_t i = 0; i < ARRAY_LEN(remains); i++) {
		jw_object(w);
		jw_member_c(w, "what", remains[i].what);
		jw_member_time(w, "until", remains[i].until);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_report(struct api_call *c, const struct forget *f)
{
	struct json_writer *w = &c->w;
	char id[ID_TEXT_MAX];

	jw_object(w);
	id_format("era", f->order.id, id);
	jw_member_c(w, "erasure", id);
	jw_member_time(w, "at", f->at);
	jw_member_c(w, "category", f->order.category);
	jw_member_c(w, "ground", f->order.ground);
	jw_member_int(w, "entry", f->report.entry);
	jw_member_int(w, "entries", f->report.entries);
	jw_member_int(w, "consents", f->report.consents);
	jw_member_int(w, "decisions", f->report.decisions);
	jw_member_int(w, "cancelled", f->report.cancelled);
	id_format("res", f->restriction.id, id);
	jw_member_c(w, "restriction", f->restricts ? id : NULL);
	jw_member_time(w, "until", f->restricts ? f->restriction.until : TIME_NONE);
	write_remains(c, f);
	jw_object_end(w);
}

/* On the pool. */
static int render(struct api_call *c, struct store_conn *conn, struct err *err)
{
	const struct forget *f = c->state;
	struct document *d;

	store_rollback(conn); /* it takes its time, and the log shall not wait for it */
	if (f->told.failed)
		return no_memory(c, err);
	int r = dsar_document(buf_str(&f->told), f->dsar.lang, f->at, c->arena, &d, err);
	c->type = api_form_type(f->format);
	return r < 0 ? r : api_form_write(c, f->format, d, err);
}

static void recorded(struct lane_job *j)
{
	struct api_call *c = API_CALL_OF(j);
	const struct forget *f = c->state;

	if (j->rc == 0 && f->format != API_FORM_JSON) {
		api_work(c, render);
		return;
	}
	if (j->rc == 0 && f->erases)
		write_report(c, f);
	api_finish(c, j->rc, &j->job.err);
}

/* --- operations ------------------------------------------------------------------------------- */

static void start(struct api_call *c, int r, struct err *err)
{
	if (r == 0)
		r = find_person(c, c->state, err);
	if (r < 0)
		api_finish(c, r, err);
	else
		turn(c, look_on);
}

static void start_erasing(struct api_call *c)
{
	struct err err = { 0 };
	struct forget *f = forget_new(c, &err);
	int r = f ? check_yes(c, &err) : -E_NOMEM;

	if (r == 0)
		r = check_words(c, "reason", &err);
	if (r == 0)
		r = read_ground(c, f, &err);
	if (f) {
		f->erases = true;
		f->order.category = "person";
		f->order.suppress = true;
	}
	start(c, r, &err);
}

static int read_until(struct api_call *c, struct forget *f, struct err *err)
{
	const struct pack_keep *keep = &pack_limits(c->gate->lane->core->pack)->keep;
	const struct api_value *until = api_value(c, "until");

	f->restriction.until = until->given ? until->at : f->at + keep->restricted_ms;
	if (f->restriction.until > f->at)
		return 0;
	return api_err(c, err, E_RANGE, "until", N_("\"until\" must lie in the future."));
}

static void start_restricting(struct api_call *c)
{
	struct err err = { 0 };
	struct forget *f = forget_new(c, &err);
	int r = f ? check_yes(c, &err) : -E_NOMEM;

	if (r == 0)
		r = check_words(c, "reason", &err);
	if (r == 0)
		r = read_until(c, f, &err);
	if (f) {
		f->erases = f->restricts = true;
		f->order.category = "restriction";
		f->order.ground = "gdpr.17.3.e";
		f->order.suppress = true;
	}
	start(c, r, &err);
}

static void start_telling(struct api_call *c)
{
	struct err err = { 0 };
	struct forget *f = forget_new(c, &err);
	int r = f ? check_words(c, "identity", &err) : -E_NOMEM;

	if (r == 0)
		r = api_form_lang(c, &f->dsar.lang, &err);
	if (r == 0)
		r = api_form_read(c, false, &f->format, &err);
	start(c, r, &err);
}

/* --- what is restricted ----------------------------------------------------------------------- */

static void write_restriction(struct json_writer *w, const struct restriction *x)
{
	char id[ID_TEXT_MAX];

	id_format("res", x->id, id);
	jw_member_c(w, "id", id);
	jw_member_time(w, "at", x->at);
	jw_member_time(w, "until", x->until);
}

static int list_restrictions(struct api_call *c, struct err *err)
{
	struct str cursor = api_text(c, "cursor");
	struct restriction *list = NULL;
	char next[ID_TEXT_MAX];
	uint64_t after = 0;
	size_t limit, len = 0;
	int r = api_limit(c, &limit, err);

	if (r == 0 && cursor.p && id_parse("res", cursor, &after) < 0)
		return api_err(
		    c, err, E_INVALID, "cursor", N_("\"cursor\" is none that was given before."));
	if (r == 0)
		r = restriction_list(
		    c->gate->lane->reader, after, limit, c->arena, &list, &len, err);
	if (r < 0)
		return r;
	api_list_open(c);
	for (size_t i = 0; i < len; i++) {
		jw_object(&c->w);
		write_restriction(&c->w, &list[i]);
		jw_object_end(&c->w);
	}
	if (list && len == limit)
		id_format("res", list[len - 1].id, next);
	api_list_close(c, len == limit ? str_c(next) : STR_NONE);
	return 0;
}

struct opened {
	struct restriction restriction;
	struct buf body;
};

static void opened_done(void *arg)
{
	struct opened *o = arg;

	crypto_wipe(o->body.p, o->body.len);
	buf_done(&o->body);
}

static int check_opening(struct api_call *c, struct err *err)
{
	struct opened *o = ARENA_NEW(c->arena, struct opened);

	if (!o)
		return no_memory(c, err);
	buf_init(&o->body, 0);
	c->state = o;
	if (id_parse("res", api_text(c, "id"), &o->restriction.id) < 0)
		return api_err(c, err, E_INVALID, "id", N_("\"id\" is none of a restriction."));
	if (arena_defer(c->arena, opened_done, o) < 0)
		return no_memory(c, err);
	return check_words(c, "reason", err);
}

/* On the writer, so that the reason is on the ledger before anybody sees what it opens. */
static int open_restriction(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct opened *o = c->state;

	buf_reset(&o->body);
	int r = restriction_open(
	    conn, o->restriction.id, clock_now(), &o->restriction, &o->body, err);
	id_format("res", o->restriction.id, c->id);
	if (r == 0)
		return api_err(c, err, E_NOT_FOUND, "id", N_("There is no such restriction."));
	return r < 0 ? r : 0;
}

static int show_opened(struct api_call *c, struct err *err)
{
	const struct opened *o = c->state;

	(void)err;
	jw_object(&c->w);
	write_restriction(&c->w, &o->restriction);
	jw_key(&c->w, "record");
	jw_raw(&c->w, buf_str(&o->body));
	jw_object_end(&c->w);
	return 0;
}

const struct api_handler api_forget_handlers[] = {
	{ "eraseConsent", NULL, NULL, NULL, start_erasing },
	{ "restrictConsent", NULL, NULL, NULL, start_restricting },
	{ "exportPerson", NULL, NULL, NULL, start_telling },
	{ "listRestrictions", NULL, NULL, list_restrictions, NULL },
	{ "openRestriction", check_opening, open_restriction, show_opened, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};

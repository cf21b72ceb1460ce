/* Opt-outs that are not certain: what is held of a code's burst is released or confirmed, a part at a
 * time, so that nobody waits for long behind it; what was written in free words one by one. */
#include "apps/gateway/api_client.h"

#include "base/check.h"
#include "base/log.h"
#include "domain/stops.h"
#include "domain/value.h"

#define REASON_MAX 500

struct ending {
	enum stop_state to;
	int64_t code;
	uint64_t id; /* 0 = all of the code */
	int64_t part, done;
};

/* --- ending ----------------------------------------------------------------------------------- */

static int run(struct lane_job *j, struct store_conn *conn, struct err *err)
{
	struct api_call *c = API_CALL_OF(j);
	struct core *core = c->gate->lane->core;
	struct ending *x = c->state;
	unsigned purposes = pack_meta_stop(core->pack);
	time_ms now = clock_now();
	int r = x->id ? stop_end_one(conn, &core->ledger, x->id, x->to, purposes, now, err)
		      : stop_end(conn, &core->ledger, x->code, x->to, purposes, now, err);

	x->part = r;
	if (r == 0 && x->id && x->done == 0)
		return api_err(c, err, E_NOT_FOUND, "id", N_("No held opt-out has this id."));
	return r < 0 ? r : api_leaf(c, conn, err);
}

static void answer(struct api_call *c)
{
	const struct ending *x = c->state;
	struct err err = { 0 };
	char id[ID_TEXT_MAX];

	jw_object(&c->w);
	if (x->id) {
		id_format("stp", x->id, id);
		jw_member_c(&c->w, "id", id);
	} else {
		jw_member_int(&c->w, "code", x->code);
	}
	jw_member_c(&c->w, "state", stop_state_name(x->to));
	jw_member_int(&c->w, "people", x->done);
	jw_object_end(&c->w);
	api_finish(c, 0, &err);
}

static void back(struct lane_job *j)
{
	struct api_call *c = API_CALL_OF(j);
	struct ending *x = c->state;

	if (j->rc < 0) {
		api_finish(c, j->rc, &j->job.err);
		return;
	}
	x->done += x->part;
	if (x->part > 0 && !x->id) {
		(void)api_submit(c, run, back);
		return;
	}
	log_info("an operator made a change", "operation=%s", c->verb->operation);
	answer(c);
}

/* Which: one by its id, or all of a code. */
static int read_ending(struct api_call *c, struct ending *x, struct err *err)
{
	struct str id = api_text(c, "id");

	x->code = api_value(c, "code")->number;
	if ((id.p != NULL) == (x->code != 0))
		return api_err(c, err, E_INVALID, "id",
		    N_("Name either the \"id\" of one or the \"code\" of many."));
	if (id.p && id_parse("stp", id, &x->id) < 0)
		return api_err(
		    c, err, E_INVALID, "id", N_("\"id\" must be as in stp_0c5gq3hr8v2zk."));
	return 0;
}

static void start(struct api_call *c, enum stop_state to)
{
	struct ending *x = ARENA_NEW(c->arena, struct ending);
	struct err err = { 0 };
	int r = value_check_text(api_text(c, "reason"), "reason", REASON_MAX, &err);

	if (!x)
		r = api_err(c, &err, E_NOMEM, "", N_("The gateway is short of memory."));
	if (r == 0 && x)
		r = read_ending(c, x, &err);
	if (r < 0) {
		api_finish(c, r, &err);
		return;
	}
	x->to = to;
	c->state = x;
	(void)api_submit(c, run, back);
}

static void release(struct api_call *c)
{
	start(c, STOP_RELEASED);
}

static void confirm(struct api_call *c)
{
	start(c, STOP_CONFIRMED);
}

/* --- showing ---------------------------------------------------------------------------------- */

static int read_filter(struct api_call *c, struct stop_filter *f, struct err *err)
{
	struct str state = api_text(c, "state"), cursor = api_text(c, "cursor");
	int r = api_limit(c, &f->limit, err);

	if (r == 0)
		r = api_client_check(c, err);
	if (r == 0)
		r = api_client_numbers(c, &f->numbers, &f->numbers_len, err);
	f->code = api_value(c, "code")->number;
	if (r == 0 && cursor.p && id_parse("stp", cursor, &f->before) < 0)
		r = api_err(
		    c, err, E_INVALID, "cursor", N_("\"cursor\" is none that was given before."));
	for (int s = STOP_APPLIED; state.p && s <= STOP_CONFIRMED; s++) {
		if (str_eq_c(state, stop_state_name((enum stop_state)s)))
			f->state = (enum stop_state)s;
	}
	if (r == 0 && state.p && !f->state)
		r = api_err(c, err, E_INVALID, "state",
		    N_("\"state\" must be one of applied, held, released and confirmed."));
	return r;
}

/* Whose they are, masked, and what they wrote. */
static void write_words(struct json_writer *w, const struct stop *s)
{
	char phone[PHONE_TEXT_MAX + 8];

	phone_format_masked(s->phone, phone);
	jw_member_str(w, "phone", s->phone.number ? str_c(phone) : STR_NONE);
	jw_member_str(w, "number", s->number);
	jw_member_str(w, "words", s->words);
}

static void write_stop(struct json_writer *w, const struct stop *s)
{
	char id[ID_TEXT_MAX];

	jw_object(w);
	id_format("stp", s->id, id);
	jw_member_c(w, "id", id);
	jw_member_time(w, "at", s->at);
	jw_key(w, "code");
	if (s->code == STOP_BY_WORDS)
		jw_null(w);
	else
		jw_int(w, s->code);
	id_format("per", s->person, id);
	jw_member_c(w, "person", id);
	write_words(w, s);
	jw_member_c(w, "state", stop_state_name(s->state));
	jw_member_time(w, "ended_at", s->ended_at);
	jw_object_end(w);
}

static int list(struct api_call *c, struct err *err)
{
	struct stop_filter f = { .before = 0 };
	struct stop *items;
	char next[ID_TEXT_MAX];
	size_t len = 0;
	bool more = false;
	int r = read_filter(c, &f, err);

	if (r == 0)
		r = stop_list(c->gate->lane->reader, &f, c->arena, &items, &len, &more, err);
	if (r < 0)
		return r;
	api_list_open(c);
	for (size_t i = 0; i < len; i++)
		write_stop(&c->w, &items[i]);
	if (more)
		id_format("stp", items[len - 1].id, next);
	api_list_close(c, more ? str_c(next) : STR_NONE);
	return 0;
}

const struct api_handler api_stop_handlers[] = {
	{ "listStops", NULL, NULL, list, NULL },
	{ "releaseStops", NULL, NULL, NULL, release },
	{ "confirmStops", NULL, NULL, NULL, confirm },
	{ NULL, NULL, NULL, NULL, NULL },
};

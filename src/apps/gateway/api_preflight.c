/* Looking ahead and looking back: the preflight of a campaign, the rows that it would refuse, and the
 * report of what came of it; all on the pool, with a reading connection. */
#include "apps/gateway/api_draft.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/csv_write.h"
#include "domain/breaker.h"
#include "base/spool.h"
#include "domain/campaign_report.h"
#include "domain/rules.h"
#include "flow/preflight.h"

/* --- preflight -------------------------------------------------------------------------------- */

struct looking {
	struct campaign x;
	struct directory *directory;
	struct preflight *p;
	struct campaign_plan plan;
	/* of the list of the refused, which grows on disk and is sent as the client takes it */
	struct buf row, piece;
	struct spool *list;
	uint64_t sent;
};

static void looking_done(void *arg)
{
	struct looking *k = arg;

	directory_unref(&k->directory);
	buf_done(&k->row);
	buf_done(&k->piece);
	spool_free(&k->list);
}

static struct looking *looking_new(struct api_call *c, struct err *err)
{
	struct looking *k = ARENA_NEW(c->arena, struct looking);

	if (!k || arena_defer(c->arena, looking_done, k) < 0) {
		(void)api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
		return NULL;
	}
	buf_init(&k->row, 0);
	buf_init(&k->piece, 0);
	k->directory = core_directory(c->gate->lane->core);
	c->state = k;
	return k;
}

static int look(struct api_call *c, struct store_conn *conn,
    int (*each)(
	void *arg, const struct campaign_member *m, const struct decision *d, struct err *err),
    struct err *err)
{
	struct core *core = c->gate->lane->core;
	struct looking *k = c->state;
	const struct preflight_place place = {
		.pack = core->pack,
		.key = &core->key,
		.conn = conn,
		.directory = k->directory,
		.bulk = core->bulk,
		.now = clock_now(),
		.clock_suspect = skew_is_suspect(core->skew),
	};
	int r = campaign_find(c, conn, &k->x, err);

	if (r == 0 && k->x.state == CAMPAIGN_LOADING)
		r = api_err(c, err, E_CONFLICT, "id", N_("Its audience is still being taken in."));
	if (r == 0)
		r = preflight_run(&place, &k->x, c->arena, each, c, &k->p, err);
	return r;
}

static int preflight_on_pool(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct looking *k = c->state;
	int r = look(c, conn, NULL, err);

	if (r == 0)
		r = campaign_plan_read(&k->x, k->directory, c->arena, &k->plan, err);
	if (r < 0)
		return r;
	jw_object(&c->w);
	preflight_write(k->p, &k->x, &k->plan, c->lang, &c->w);
	jw_object_end(&c->w);
	return 0;
}

/* When an approved campaign is not what was approved, somebody approves anew. */
static void keep_snapshot(struct campaign *x, const struct sha256 *seen)
{
	x->snapshot = *seen;
	if (x->state == CAMPAIGN_APPROVED && memcmp(x->approved.b, seen->b, SHA256_LEN) != 0)
		campaign_disapprove(x);
}

/* What is looked at for a while may be edited meanwhile: then it was not that. */
static int must_be_seen(
    struct api_call *c, const struct campaign *seen, const struct campaign *is, struct err *err)
{
	char then[CAMPAIGN_REVISION_MAX], now[CAMPAIGN_REVISION_MAX];

	campaign_revision(seen, then);
	campaign_revision(is, now);
	if (is->state != CAMPAIGN_LOADING && strcmp(then, now) == 0)
		return 0;
	return api_err(
	    c, err, E_CONFLICT, "id", N_("It was edited while it was looked at: look again."));
}

/* What was seen is kept with the campaign, and that somebody looked is on the ledger. */
static int keep(struct lane_job *j, struct store_conn *conn, struct err *err)
{
	struct api_call *c = API_CALL_OF(j);
	struct looking *k = c->state;
	struct campaign x = { 0 };
	int r = campaign_find(c, conn, &x, err);

	if (r == 0)
		r = must_be_seen(c, &k->x, &x, err);
	if (r < 0)
		return r;
	x.preflight = buf_str(&c->body);
	x.preflight_at = k->p->at;
	keep_snapshot(&x, &k->p->snapshot);
	r = campaign_update(conn, &x, clock_now(), err);
	return r < 0 ? r : api_leaf(c, conn, err);
}

static void kept(struct lane_job *j)
{
	api_finish(API_CALL_OF(j), j->rc, &j->job.err);
}

static void keep_preflight(struct api_call *c)
{
	(void)api_submit(c, keep, kept);
}

void api_preflight_start(struct api_call *c)
{
	struct err err = { 0 };

	if (looking_new(c, &err))
		api_work_then(c, preflight_on_pool, keep_preflight);
	else
		api_finish(c, -err.code, &err);
}

/* --- the last one ------------------------------------------------------------------------------- */

/* The sentences of a rule and of a signal are said anew, in the language of who asks now. */
static const char *sentence_of(const struct json *of, struct str member, enum lang lang)
{
	const struct rule *rule = rule_by_id(json_str(json_get(of, "id")));
	const char *means = breaker_signal_means(json_str(json_get(of, "signal")));

	if (str_eq(member, STR("means")))
		return means ? lang_text(lang, means) : NULL;
	if (!rule)
		return NULL;
	return lang_text(lang, str_eq(member, STR("title")) ? rule->title : rule->remedy);
}

static bool is_sentence(struct str member)
{
	static const char *const sentences[] = { "title", "remedy", "means" };

	for (size_t i = 0; i < ARRAY_LEN(sentences); i++) {
		if (str_eq_c(member, sentences[i]))
			return true;
	}
	return false;
}

static void say_one(struct api_call *c, const struct json *of)
{
	struct json_writer *w = &c->w;
	const struct json *v;
	struct json_iter it;
	struct str key;

	jw_object(w);
	json_iter_init(&it, of);
	while (json_iter_next(&it, &key, &v)) {
		const char *said = is_sentence(key) ? sentence_of(of, key, c->lang) : NULL;
		jw_key_str(w, key);
		if (said)
			jw_c(w, said);
		else
			jw_value(w, v);
	}
	jw_object_end(w);
}

static void say_all(struct api_call *c, const struct json *list)
{
	jw_array(&c->w);
	for (size_t i = 0; i < json_len(list); i++)
		say_one(c, json_at(list, i));
	jw_array_end(&c->w);
}

static int show_on_pool(struct api_call *c, struct store_conn *conn, struct err *err)
{
	const struct json *doc = NULL, *v;
	struct campaign x = { 0 };
	struct json_iter it;
	struct str key;
	int r = campaign_find(c, conn, &x, err);

	if (r == 0 && (x.preflight_at == TIME_NONE || !x.preflight.p))
		r = api_err(c, err, E_NOT_FOUND, "id",
		    N_("Nobody has looked ahead yet: run the preflight first."));
	if (r == 0)
		r = json_read(c->arena, x.preflight, &doc, err);
	if (r < 0)
		return r;
	jw_object(&c->w);
	json_iter_init(&it, doc);
	while (json_iter_next(&it, &key, &v)) {
		jw_key_str(&c->w, key);
		if (str_eq(key, STR("rules")) || str_eq(key, STR("stops")))
			say_all(c, v);
		else
			jw_value(&c->w, v);
	}
	jw_object_end(&c->w);
	return 0;
}

void api_preflight_show(struct api_call *c)
{
	api_work(c, show_on_pool);
}

/* --- the refused ------------------------------------------------------------------------------ */

static struct str rules_of(struct looking *k, const struct decision *d, enum level from)
{
	buf_reset(&k->row);
	for (size_t i = 0; i < d->findings_len; i++) {
		if (d->findings[i].level < from)
			continue;
		buf_add_c(&k->row, k->row.len ? " " : "");
		buf_add_c(&k->row, d->findings[i].rule->id);
	}
	return k->row.len ? buf_str(&k->row) : STR("");
}

#define PIECE_BYTES ((size_t)64 << 10)
#define REFUSED_MAX ((uint64_t)4 << 30) /* bytes of the list of one campaign */

static int spill(struct looking *k, size_t from, struct err *err)
{
	if (k->piece.failed)
		return err_set(err, E_NOMEM, "Memory ran out for the list of the refused.");
	if (k->piece.len < from)
		return 0;
	int r = spool_write(k->list, buf_str(&k->piece), err);
	buf_reset(&k->piece);
	return r;
}

static int write_row(struct looking *k, const struct campaign_member *m, const char *verdict,
    struct str why, struct str until, struct err *err)
{
	char row[24];

	(void)snprintf(row, sizeof(row), "%" PRId64, m->seq);
	const struct str fields[] = { str_c(row), m->source.p ? m->source : STR(""),
		m->segment.p ? m->segment : STR(""), str_c(verdict), why, until };
	csv_write_row(&k->piece, fields, ARRAY_LEN(fields));
	return spill(k, PIECE_BYTES, err);
}

static int write_refused(
    void *arg, const struct campaign_member *m, const struct decision *d, struct err *err)
{
	struct api_call *c = arg;
	struct looking *k = c->state;
	char until[TIME_TEXT_MAX] = "";

	if (d->verdict == VERDICT_ALLOW)
		return 0;
	if (d->verdict == VERDICT_HOLD && d->hold_until != TIME_NONE)
		time_format(d->hold_until, until);
	return write_row(
	    k, m, verdict_name(d->verdict), rules_of(k, d, LEVEL_HOLD), str_c(until), err);
}

/* Rows that come no further: refused when their turn came, held for too long, named twice, of nobody. */
static int write_others(
    struct api_call *c, struct store_conn *conn, struct arena *a, struct err *err)
{
	struct looking *k = c->state;
	struct campaign_walk walk = { .campaign = k->x.id,
		.after = -1,
		.from = MEMBER_REFUSED,
		.upto = MEMBER_CANCELLED,
		.limit = 500 };
	struct campaign_member *list;
	size_t n = walk.limit;
	int r = 0;

	while (r == 0 && n == walk.limit) {
		arena_reset(a);
		r = campaign_people(conn, &c->gate->lane->core->key, &walk, a, &list, &n, err);
		for (size_t i = 0; r == 0 && i < n; i++) {
			r = write_row(k, &list[i], campaign_fate_name(list[i].fate),
			    list[i].rule.p ? list[i].rule : STR(""), STR(""), err);
			walk.after = list[i].seq;
		}
	}
	return r;
}

static int refused_on_pool(struct api_call *c, struct store_conn *conn, struct err *err)
{
	const struct str head[] = { STR("row"), STR("source"), STR("segment"), STR("verdict"),
		STR("rules"), STR("until") };
	struct looking *k = c->state;
	struct arena *page = arena_new(0, 0);
	int r = page ? 0 : api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));

	if (r == 0)
		r = spool_open(c->gate->lane->core->options.state_dir, REFUSED_MAX, &k->list, err);
	csv_write_row(&k->piece, head, ARRAY_LEN(head));
	if (r == 0)
		r = look(c, conn, write_refused, err);
	if (r == 0)
		r = write_others(c, conn, page, err);
	if (r == 0)
		r = spill(k, 0, err);
	if (r == 0)
		spool_end(k->list);
	arena_free(&page);
	return r;
}

static int fill_refused(struct api_call *c, struct buf *out, struct err *err)
{
	struct looking *k = c->state;
	char room[PIECE_BYTES / 4];
	ssize_t n = pread(spool_fd(k->list), room, sizeof(room), (off_t)k->sent);

	if (n < 0)
		return err_set(err, E_IO, "The list of the refused cannot be read again.");
	buf_add(out, str_n(room, (size_t)n));
	k->sent += (uint64_t)n;
	return n > 0;
}

static void send_refused(struct api_call *c)
{
	api_stream(c, "text/csv; charset=utf-8", "refused.csv", fill_refused);
}

void api_refused_start(struct api_call *c)
{
	struct err err = { 0 };

	if (looking_new(c, &err))
		api_work_then(c, refused_on_pool, send_refused);
	else
		api_finish(c, -err.code, &err);
}

/* --- the report ------------------------------------------------------------------------------- */

static int report_on_pool(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct campaign x;
	int r = campaign_find(c, conn, &x, err);

	if (r < 0)
		return r;
	jw_object(&c->w);
	r = campaign_report_write(conn, &x, clock_now(), c->arena, &c->w, err);
	jw_object_end(&c->w);
	return r;
}

void api_report_start(struct api_call *c)
{
	api_work(c, report_on_pool);
}

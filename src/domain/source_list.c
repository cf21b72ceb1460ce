#include "domain/source_list.h"

#include "base/check.h"
#include "base/lang.h"
#include "base/stats.h"
#include "domain/facts.h"
#include "store/query.h"

#define SOURCE_LIST_SLICE 2000 /* rows of audiences that one transaction moves */

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while reading source lists.");
}

/* --- reading ---------------------------------------------------------------------------------- */

/* Whether it is suspended, and by whom. */
static int read_stop(struct store_conn *c, struct source_list *x, struct arena *a, struct err *err)
{
	struct store_stmt *s;
	int r = store_find(c, &s, err,
	    "SELECT at, made_by, reason FROM source_list WHERE name = ?1 AND suspended = 1", "t",
	    x->name);

	if (r <= 0)
		return r;
	x->suspended_at = store_col_time(s, 0);
	r = store_copy_text(s, 1, a, &x->by) < 0 || store_copy_text(s, 2, a, &x->reason) < 0
	    ? no_memory(err)
	    : 0;
	store_reset(s);
	return r;
}

static int read_ages(struct store_conn *c, struct source_list *x, bool whole, struct err *err)
{
	struct store_stmt *s;
	int r = whole ? store_find(c, &s, err,
			    "SELECT (SELECT min(at) FROM source_grant WHERE source = ?1),"
			    " (SELECT max(at) FROM source_grant WHERE source = ?1)",
			    "t", x->name)
		      : store_find(c, &s, err,
			    "SELECT min(k.at), max(k.at) FROM campaign_member m JOIN consent k"
			    " ON k.person = m.person WHERE m.source = ?1 AND k.act = ?2",
			    "ti", x->name, (int64_t)CONSENT_GRANT);

	if (r <= 0)
		return r;
	x->oldest = store_col_time(s, 0);
	x->newest = store_col_time(s, 1);
	store_reset(s);
	return 0;
}

static void take(const struct campaign_sum *from, struct source_list *ret)
{
	const int64_t *n = from->n;

	*ret = (struct source_list){
		.name = from->name,
		.suspended_at = TIME_NONE,
		.people = n[CAMPAIGN_PEOPLE],
		.sent = n[CAMPAIGN_SENT] + n[CAMPAIGN_DELIVERED] + n[CAMPAIGN_READ],
		.delivered = n[CAMPAIGN_DELIVERED] + n[CAMPAIGN_READ],
		.read = n[CAMPAIGN_READ],
		.failed = n[CAMPAIGN_FAILED],
		.opt_outs = n[CAMPAIGN_OPT_OUTS],
		.clicks = n[CAMPAIGN_CLICKS],
		.used_at = from->used_at,
		.oldest = TIME_NONE,
		.newest = TIME_NONE,
	};
}

static int read_page(struct store_conn *c, struct campaign_sums *sums, struct str after,
    size_t limit, struct arena *a, struct source_list *list, size_t *ret_len, struct err *err)
{
	const struct campaign_asked ask = { .by = BY_SOURCE, .after = after, .limit = limit };
	struct campaign_sum *found = NULL;
	size_t n = 0;
	int whole = campaign_tally_is_whole(c, err);
	int r = whole < 0 ? whole
	    : whole       ? campaign_tally_live(c, 0, sums, err)
			  : campaign_tally_recount(c, 0, sums, err);

	if (r == 0)
		r = campaign_sums_read(whole ? c : NULL, sums, &ask, a, &found, &n, err);
	for (size_t i = 0; r == 0 && i < n; i++) {
		take(&found[i], &list[i]);
		r = read_stop(c, &list[i], a, err);
		if (r == 0)
			r = read_ages(c, &list[i], whole > 0, err);
	}
	*ret_len = n;
	return r;
}

int source_lists(struct store_conn *c, struct str after, size_t limit, struct arena *a,
    struct source_list **ret, size_t *ret_len, bool *ret_more, struct err *err)
{
	struct source_list *list = ARENA_ARRAY(a, struct source_list, limit + 1);
	struct campaign_sums *sums = NULL;
	size_t n = 0;
	int r = list ? campaign_sums_new(&sums, err) : no_memory(err);

	if (r == 0)
		r = read_page(c, sums, after, limit + 1, a, list, &n, err);
	campaign_sums_free(&sums);
	if (r < 0)
		return r;
	*ret = list;
	*ret_more = n > limit;
	*ret_len = n > limit ? limit : n;
	return 0;
}

/* --- judging ---------------------------------------------------------------------------------- */

static bool is_proven(int64_t part, int64_t of, int64_t ppm, const struct pack *pack)
{
	const struct pack_campaign *f = pack_campaign(pack);

	return of >= f->list_min &&
	    stats_wilson_lower(part, of, (double)pack_breaker(pack)->confidence_ppm / (double)PPM) *
		(double)PPM >=
	    (double)ppm;
}

const char *source_list_advice(const struct source_list *s, const struct pack *pack, time_ms now)
{
	const struct pack_campaign *f = pack_campaign(pack);

	if (is_proven(s->failed, s->sent + s->failed, f->list_failures_ppm, pack))
		return "failures";
	if (is_proven(s->opt_outs, s->delivered, f->list_opt_outs_ppm, pack))
		return "opt_outs";
	return s->newest != TIME_NONE && now - s->newest > f->list_old_ms ? "old" : NULL;
}

/* --- suspending ------------------------------------------------------------------------------- */

int source_list_is_suspended(struct store_conn *c, struct str name, struct err *err)
{
	int64_t one;

	return store_ask_int(
	    c, &one, err, "SELECT 1 FROM source_list WHERE name = ?1 AND suspended = 1", "t", name);
}

int source_list_stops_send(struct store_conn *c, uint64_t decision, struct err *err)
{
	int64_t one;

	return store_ask_int(c, &one, err,
	    "SELECT 1 FROM campaign_member m JOIN source_list x ON x.name = m.source"
	    " WHERE m.decision = ?1 AND x.suspended = 1 LIMIT 1",
	    "i", (int64_t)decision);
}

struct moving {
	int64_t campaign;
	struct str name;
	enum campaign_fate from, to;
};

/* One row that moved, of a statement that gives it back as it is now. */
static int count_moved(struct store_stmt *s, struct campaign_sums *sums, enum campaign_fate from,
    enum campaign_fate to, struct err *err)
{
	struct campaign_counted x, was;

	campaign_tally_take(s, 0, &x);
	was = x;
	was.fate = (int64_t)from;
	was.figure = campaign_figure_of(was.fate, 0);
	x.fate = (int64_t)to;
	x.figure = campaign_figure_of(x.fate, 0);
	return campaign_tally_change(sums, &was, &x, err);
}

/* Rows of one campaign, so that its counts follow. Who waits, or is suspended, is on record as no send. Rows that
 * were never counted stay so, and count as they will be then. */
static int move_rows(struct store_conn *c, struct campaign_sums *sums, const struct moving *m,
    int64_t limit, int64_t *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "UPDATE campaign_member SET fate = ?4,"
	    " figure = CASE WHEN figure IS NULL THEN NULL ELSE ?6 END WHERE campaign = ?2 AND seq IN"
	    " (SELECT seq FROM campaign_member WHERE source = ?1 AND campaign = ?2 AND fate = ?3 LIMIT ?5)"
	    " RETURNING " CAMPAIGN_COUNTED,
	    "tiiiii", m->name, m->campaign, (int64_t)m->from, (int64_t)m->to, limit,
	    (int64_t)campaign_figure_of((int64_t)m->to, 0));

	*ret = 0;
	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		++*ret;
		if (store_col_int(s, 5) && (r = count_moved(s, sums, m->from, m->to, err)) < 0)
			break;
	}
	store_reset(s);
	if (r == 0)
		r = campaign_sums_add_fate(
		    sums, (uint64_t)m->campaign, (int64_t)m->from, -*ret, err);
	return r < 0
	    ? r
	    : campaign_sums_add_fate(sums, (uint64_t)m->campaign, (int64_t)m->to, *ret, err);
}

static int move_some(
    struct store_conn *c, const struct moving *m, int64_t limit, int64_t *ret, struct err *err)
{
	struct campaign_sums *sums = NULL;
	int r = campaign_sums_new(&sums, err);

	if (r == 0)
		r = move_rows(c, sums, m, limit, ret, err);
	if (r == 0)
		r = campaign_sums_write(sums, c, err);
	campaign_sums_free(&sums);
	return r;
}

#define NOT_ENDED "x.state >= 1 AND x.state <= 7"

/* 1 nobody of the list is left whom that concerns. */
static int move_people(struct store_conn *c, struct str name, bool suspended, struct err *err)
{
	struct moving m = {
		.name = name,
		.from = suspended ? MEMBER_WAITING : MEMBER_SUSPENDED,
		.to = suspended ? MEMBER_SUSPENDED : MEMBER_WAITING,
	};
	int64_t left = SOURCE_LIST_SLICE, moved = 0;
	int r = 1;

	_Static_assert(CAMPAIGN_LOADING == 1 && CAMPAIGN_PAUSED == 7, "the figures of NOT_ENDED");
	while (r > 0 && left > 0) {
		r = store_ask_int(c, &m.campaign, err,
		    "SELECT x.id FROM campaign x WHERE " NOT_ENDED " AND EXISTS (SELECT 1 FROM"
		    " campaign_member m WHERE m.source = ?1 AND m.campaign = x.id AND m.fate = ?2) LIMIT 1",
		    "ti", name, (int64_t)m.from);
		if (r <= 0)
			break;
		int w = move_some(c, &m, left, &moved, err);
		left -= moved;
		r = w < 0 ? w : 1;
	}
	return r < 0 ? r : r == 0;
}

/* A slice. Behind the last one the list is as it is said to be. */
static int sweep(struct store_conn *c, struct str name, bool suspended, struct err *err)
{
	int r = move_people(c, name, suspended, err);

	if (r <= 0)
		return r;
	if (!suspended)
		return store_do(
		    c, err, "DELETE FROM source_list WHERE name = ?1 AND suspended = 0", "t", name);
	return store_do(c, err, "UPDATE source_list SET open = 0 WHERE name = ?1", "t", name);
}

int source_list_sweep(struct store_conn *c, struct arena *a, struct err *err)
{
	struct store_stmt *s;
	struct str name;
	int r = store_ask(c, &s, err,
	    "SELECT name, suspended FROM source_list WHERE open = 1 ORDER BY name LIMIT 1", "");

	if (r < 0 || (r = store_step(s, err)) <= 0)
		return r;
	bool suspended = store_col_int(s, 1) != 0;
	r = store_copy_text(s, 0, a, &name) < 0 ? no_memory(err) : 0;
	store_reset(s);
	if (r == 0)
		r = sweep(c, name, suspended, err);
	return r < 0 ? r : 1;
}

int source_list_comes_back(struct store_conn *c, struct err *err)
{
	int64_t one;

	return store_ask_int(
	    c, &one, err, "SELECT 1 FROM source_list WHERE open = 1 AND suspended = 0 LIMIT 1", "");
}

static int count_people(
    struct store_conn *c, struct str name, enum campaign_fate fate, int64_t *ret, struct err *err)
{
	int r = store_ask_int(c, ret, err,
	    "SELECT count(*) FROM campaign x CROSS JOIN campaign_member m WHERE " NOT_ENDED
	    " AND m.source = ?1 AND m.campaign = x.id AND m.fate = ?2",
	    "ti", name, (int64_t)fate);

	return r < 0 ? r : 0;
}

int source_list_suspend(struct store_conn *c, struct str name, struct str by, struct str reason,
    time_ms now, int64_t *ret_people, struct err *err)
{
	int64_t one;
	int r = store_ask_int(
	    c, &one, err, "SELECT 1 FROM campaign_member WHERE source = ?1 LIMIT 1", "t", name);

	if (r == 0)
		return err_field(err, E_NOT_FOUND, "source",
		    N_("No audience ever named this list as where its rows come from."));
	if (r > 0)
		r = store_do(c, err,
		    "INSERT INTO source_list (name, at, made_by, reason, suspended, open)"
		    " VALUES (?1, ?2, ?3, ?4, 1, 1) ON CONFLICT (name) DO UPDATE SET"
		    " made_by = excluded.made_by, reason = excluded.reason, suspended = 1, open = 1",
		    "tmtt", name, now, by, reason);
	if (r == 0)
		r = count_people(c, name, MEMBER_WAITING, ret_people, err);
	return r < 0 ? r : sweep(c, name, true, err);
}

int source_list_resume(struct store_conn *c, struct str name, int64_t *ret_people, struct err *err)
{
	int r = store_do(c, err,
	    "UPDATE source_list SET suspended = 0, open = 1 WHERE name = ?1 AND suspended = 1", "t",
	    name);

	if (r == 0 && store_changes(c) == 0)
		return err_field(err, E_NOT_FOUND, "source", N_("This list is not suspended."));
	if (r == 0)
		r = count_people(c, name, MEMBER_SUSPENDED, ret_people, err);
	return r < 0 ? r : sweep(c, name, false, err);
}

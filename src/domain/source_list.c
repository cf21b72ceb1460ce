#include "domain/source_list.h"

#include "base/check.h"
#include "base/lang.h"
#include "base/stats.h"
#include "domain/campaign_report.h"
#include "domain/facts.h"
#include "store/query.h"

#define SOURCE_LIST_SLICE 2000 /* rows of audiences that one transaction moves */

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while reading source lists.");
}

/* --- reading ---------------------------------------------------------------------------------- */

/* The page: names and what came back, in one statement; what needs other tables is asked for each. */
static int read_page(struct store_conn *c, struct str after, size_t limit, struct arena *a,
    struct source_list *list, size_t *ret_len, struct err *err)
{
	struct store_stmt *s;
	size_t n = 0;
	int r = store_ask(c, &s, err,
	    "SELECT m.source, count(*), sum(CASE WHEN d.state IN (11, 12, 13, 14) THEN 1 ELSE 0 END),"
	    " sum(CASE WHEN d.state IN (13, 14) THEN 1 ELSE 0 END),"
	    " sum(CASE WHEN d.state = 14 THEN 1 ELSE 0 END),"
	    " sum(CASE WHEN d.state = 15 THEN 1 ELSE 0 END), max(d.at), max(x.at), max(x.made_by),"
	    " max(x.reason) FROM campaign_member m LEFT JOIN decision d ON d.id = m.decision"
	    " LEFT JOIN source_list x ON x.name = m.source AND x.suspended = 1"
	    " WHERE m.source IS NOT NULL AND (?1 IS NULL OR m.source > ?1)"
	    " GROUP BY m.source ORDER BY m.source LIMIT ?2",
	    "ti", after, (int64_t)limit);

	if (r < 0)
		return r;
	while (n < limit && (r = store_step(s, err)) > 0) {
		struct source_list *x = &list[n++];
		*x = (struct source_list){
			.people = store_col_int(s, 1),
			.sent = store_col_int(s, 2),
			.delivered = store_col_int(s, 3),
			.read = store_col_int(s, 4),
			.failed = store_col_int(s, 5),
			.used_at = store_col_time(s, 6),
			.suspended_at = store_col_time(s, 7),
			.oldest = TIME_NONE,
			.newest = TIME_NONE,
		};
		if (store_copy_text(s, 0, a, &x->name) < 0 ||
		    store_copy_text(s, 8, a, &x->by) < 0 ||
		    store_copy_text(s, 9, a, &x->reason) < 0) {
			r = no_memory(err);
			break;
		}
	}
	store_reset(s);
	*ret_len = n;
	return r < 0 ? r : 0;
}

static int read_ages(struct store_conn *c, struct source_list *x, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT min(k.at), max(k.at) FROM campaign_member m JOIN consent k ON k.person = m.person"
	    " WHERE m.source = ?1 AND k.act = ?2",
	    "ti", x->name, (int64_t)CONSENT_GRANT);

	if (r < 0 || (r = store_step(s, err)) <= 0)
		return r;
	x->oldest = store_col_time(s, 0);
	x->newest = store_col_time(s, 1);
	store_reset(s);
	return 0;
}

static int read_answers(struct store_conn *c, struct source_list *x, struct err *err)
{
	int r = store_ask_int(c, &x->opt_outs, err,
	    "SELECT count(*) FROM (SELECT DISTINCT m.campaign, m.seq FROM campaign_member m"
	    " JOIN decision d ON d.id = m.decision JOIN consent k ON k.person = m.person"
	    " WHERE m.source = ?1 AND m.fate = ?2 AND k.act = ?3 AND k.at >= d.at"
	    " AND k.at <= d.at + ?4) AS who",
	    "tiii", x->name, (int64_t)MEMBER_GONE, (int64_t)CONSENT_WITHDRAW,
	    (int64_t)CAMPAIGN_OPT_OUT_MS);

	if (r < 0)
		return r;
	r = store_ask_int(c, &x->clicks, err,
	    "SELECT count(*) FROM (SELECT DISTINCT k.campaign, k.seq FROM campaign_click k"
	    " JOIN campaign_member m ON m.campaign = k.campaign AND m.seq = k.seq"
	    " WHERE m.source = ?1) AS who",
	    "t", x->name);
	return r < 0 ? r : 0;
}

int source_lists(struct store_conn *c, struct str after, size_t limit, struct arena *a,
    struct source_list **ret, size_t *ret_len, bool *ret_more, struct err *err)
{
	struct source_list *list = ARENA_ARRAY(a, struct source_list, limit + 1);
	size_t n = 0;
	int r = list ? read_page(c, after, limit + 1, a, list, &n, err) : no_memory(err);

	for (size_t i = 0; r == 0 && i < n && i < limit; i++) {
		r = read_ages(c, &list[i], err);
		if (r == 0)
			r = read_answers(c, &list[i], err);
	}
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

/* Rows of one campaign, so that its counts follow. */
static int move_some(struct store_conn *c, int64_t campaign, struct str name,
    enum campaign_fate from, enum campaign_fate to, int64_t limit, int64_t *ret, struct err *err)
{
	int r = store_do(c, err,
	    "UPDATE campaign_member SET fate = ?4 WHERE campaign = ?2 AND seq IN"
	    " (SELECT seq FROM campaign_member WHERE source = ?1 AND campaign = ?2 AND fate = ?3 LIMIT ?5)",
	    "tiiii", name, campaign, (int64_t)from, (int64_t)to, limit);

	if (r < 0)
		return r;
	*ret = store_changes(c);
	return campaign_count_move(c, (uint64_t)campaign, from, to, *ret, err);
}

#define NOT_ENDED "x.state >= 1 AND x.state <= 7"

/* 1 nobody of the list is left whom that concerns. */
static int move_people(struct store_conn *c, struct str name, bool suspended, struct err *err)
{
	enum campaign_fate from = suspended ? MEMBER_WAITING : MEMBER_SUSPENDED;
	enum campaign_fate to = suspended ? MEMBER_SUSPENDED : MEMBER_WAITING;
	int64_t left = SOURCE_LIST_SLICE, campaign = 0, moved = 0;
	int r = 1;

	_Static_assert(CAMPAIGN_LOADING == 1 && CAMPAIGN_PAUSED == 7, "the figures of NOT_ENDED");
	while (r > 0 && left > 0) {
		r = store_ask_int(c, &campaign, err,
		    "SELECT x.id FROM campaign x WHERE " NOT_ENDED " AND EXISTS (SELECT 1 FROM"
		    " campaign_member m WHERE m.source = ?1 AND m.campaign = x.id AND m.fate = ?2) LIMIT 1",
		    "ti", name, (int64_t)from);
		if (r <= 0)
			break;
		int w = move_some(c, campaign, name, from, to, left, &moved, err);
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

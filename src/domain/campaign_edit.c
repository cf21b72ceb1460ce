/* Rows are sealed for the place at which they lie, and counted under the campaign that they are of: put in place they are
 * written anew, a bounded number a transaction, and not renamed all at once. */
#include "domain/campaign_edit.h"

#include "base/check.h"
#include "domain/campaign_draft.h"
#include "domain/source_list.h"
#include "store/query.h"

#define MOVED_AT_ONCE 500
#define SUMS_AT_ONCE 500

/* Stored; never renumber. */
enum edit_stage {
	EDIT_TAKING_IN = 1,
	EDIT_GIVEN_UP = 2,
	EDIT_CLEARING = 3, /* it settled: the former rows go */
	EDIT_MOVING = 4,   /* they are gone: the new ones come */
};

struct edit {
	uint64_t campaign, beside;
	int64_t stage;
};

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while editing a campaign.");
}

/* --- beginning and settling ------------------------------------------------------------------- */

int campaign_edit_begin(
    struct store_conn *c, struct campaign *x, uint64_t beside, time_ms now, struct err *err)
{
	int r = x->state == CAMPAIGN_DRAFT
	    ? campaign_move(x, CAMPAIGN_LOADING, err)
	    : err_set(err, E_CONFLICT, "This campaign is no draft any more.");

	if (r == 0)
		r = campaign_update(c, x, now, err);
	return r < 0
	    ? r
	    : store_do(c, err,
		  "INSERT INTO campaign_edit (campaign, beside, stage) VALUES (?1, ?2, ?3)", "iii",
		  (int64_t)x->id, (int64_t)beside, (int64_t)EDIT_TAKING_IN);
}

static int set_stage(struct store_conn *c, uint64_t campaign, enum edit_stage from,
    enum edit_stage to, struct err *err)
{
	return store_do(c, err,
	    "UPDATE campaign_edit SET stage = ?3 WHERE campaign = ?1 AND stage = ?2", "iii",
	    (int64_t)campaign, (int64_t)from, (int64_t)to);
}

/* It is written as a draft is, and loads on. */
int campaign_edit_settle(
    struct store_conn *c, const struct campaign *x, time_ms now, struct err *err)
{
	struct campaign to = *x;
	int r = campaign_is_loading(c, x->id, err);

	if (r > 0)
		r = set_stage(c, x->id, EDIT_TAKING_IN, EDIT_CLEARING, err);
	else if (r == 0)
		return err_set(err, E_CONFLICT, "This campaign is loading no more.");
	if (r == 0 && store_changes(c) == 0)
		return err_set(err, E_CONFLICT, "This edit has ended.");
	if (r == 0)
		r = store_do(c, err, "UPDATE campaign SET state = ?2 WHERE id = ?1", "ii",
		    (int64_t)x->id, (int64_t)CAMPAIGN_DRAFT);
	to.state = CAMPAIGN_LOADING;
	to.total = 0;
	return r < 0 ? r : campaign_rewrite(c, &to, now, err);
}

int campaign_edit_give_up(struct store_conn *c, uint64_t campaign, struct err *err)
{
	return set_stage(c, campaign, EDIT_TAKING_IN, EDIT_GIVEN_UP, err);
}

int campaign_edit_sweep(struct store_conn *c, struct err *err)
{
	return store_do(c, err, "UPDATE campaign_edit SET stage = ?2 WHERE stage = ?1", "ii",
	    (int64_t)EDIT_TAKING_IN, (int64_t)EDIT_GIVEN_UP);
}

/* --- steps ------------------------------------------------------------------------------------ */

int campaign_edit_next(struct store_conn *c, uint64_t *ret_campaign, struct err *err)
{
	int64_t campaign;
	int r = store_ask_int(c, &campaign, err,
	    "SELECT campaign FROM campaign_edit WHERE stage > ?1 ORDER BY campaign LIMIT 1", "i",
	    (int64_t)EDIT_TAKING_IN);

	if (r > 0)
		*ret_campaign = (uint64_t)campaign;
	return r;
}

static int find(struct store_conn *c, uint64_t campaign, struct edit *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_find(c, &s, err,
	    "SELECT beside, stage FROM campaign_edit WHERE campaign = ?1", "i", (int64_t)campaign);

	if (r <= 0)
		return r;
	*ret = (struct edit){ campaign, (uint64_t)store_col_int(s, 0), store_col_int(s, 1) };
	store_reset(s);
	return 1;
}

/* As it would be taken in now: people may have turned out to be one since, and a list been suspended or given back. */
static int judge(
    struct store_conn *c, uint64_t campaign, struct campaign_member *m, struct err *err)
{
	if (m->fate != MEMBER_WAITING && m->fate != MEMBER_SUSPENDED)
		return 0;
	int r = campaign_member_has(c, campaign, m->person, err);
	if (r > 0) {
		m->fate = MEMBER_DUPLICATE;
		m->fields = STR_NONE;
	}
	if (r != 0)
		return r < 0 ? r : 0;
	r = m->source.p ? source_list_is_suspended(c, m->source, err) : 0;
	m->fate = r > 0 ? MEMBER_SUSPENDED : MEMBER_WAITING;
	return r < 0 ? r : 0;
}

/* The list knows of them all the time, at the one place or the other. */
static int move_rows(struct store_conn *c, const struct seal_key *key, struct campaign_sums *sums,
    const struct edit *e, struct arena *a, struct err *err)
{
	const struct campaign_walk walk = {
		.campaign = e->beside, .after = INT64_MIN, .limit = MOVED_AT_ONCE
	};
	struct campaign_member *list;
	int64_t taken_in = 0;
	size_t n = 0;
	int r = campaign_people(c, key, &walk, a, &list, &n, err);

	if (r < 0 || n == 0)
		return r;
	r = campaign_people_drop(c, sums, e->beside, list[n - 1].seq, err);
	for (size_t i = 0; r == 0 && i < n; i++) {
		r = judge(c, e->campaign, &list[i], err);
		if (r == 0)
			r = campaign_member_add(c, key, sums, e->campaign, &list[i], err);
		taken_in += list[i].fate == MEMBER_WAITING || list[i].fate == MEMBER_SUSPENDED;
	}
	if (r == 0)
		r = store_do(c, err, "UPDATE campaign SET total = total + ?2 WHERE id = ?1", "ii",
		    (int64_t)e->campaign, taken_in);
	return r < 0 ? r : 1;
}

static int move_some(struct store_conn *c, const struct seal_key *key, struct campaign_sums *sums,
    const struct edit *e, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	int r = a ? move_rows(c, key, sums, e, a, err) : no_memory(err);

	arena_free(&a);
	return r;
}

static int clear_former(
    struct store_conn *c, struct campaign_sums *sums, const struct edit *e, struct err *err)
{
	int r = campaign_people_clear(c, sums, e->campaign, err);

	if (r == 0)
		r = set_stage(c, e->campaign, EDIT_CLEARING, EDIT_MOVING, err);
	return r < 0 ? r : 1;
}

/* There are no more rows beside: their figures are zeros, once what gathered is written. */
static int drop_sums(
    struct store_conn *c, struct campaign_sums *sums, const struct edit *e, struct err *err)
{
	int r = campaign_sums_write(sums, c, err);

	if (r == 0)
		r = store_do(c, err,
		    "DELETE FROM campaign_sum WHERE campaign = ?1 AND (kind, name, number) IN"
		    " (SELECT kind, name, number FROM campaign_sum WHERE campaign = ?1 LIMIT ?2)",
		    "ii", (int64_t)e->beside, (int64_t)SUMS_AT_ONCE);
	return r < 0 ? r : store_changes(c) > 0;
}

static int end(struct store_conn *c, const struct edit *e, time_ms now, struct err *err)
{
	int r = store_do(
	    c, err, "DELETE FROM campaign_fate WHERE campaign = ?1", "i", (int64_t)e->beside);

	if (r == 0)
		r = store_do(c, err, "DELETE FROM campaign_edit WHERE campaign = ?1", "i",
		    (int64_t)e->campaign);
	return r < 0
	    ? r
	    : store_do(c, err,
		  "UPDATE campaign SET state = ?2, updated_at = ?4 WHERE id = ?1 AND state = ?3",
		  "iiim", (int64_t)e->campaign, (int64_t)CAMPAIGN_DRAFT, (int64_t)CAMPAIGN_LOADING,
		  now);
}

int campaign_edit_step(struct store_conn *c, const struct seal_key *key, struct campaign_sums *sums,
    uint64_t campaign, time_ms now, struct err *err)
{
	struct edit e;
	int r = find(c, campaign, &e, err);

	if (r <= 0 || e.stage == EDIT_TAKING_IN)
		return r < 0 ? r : 0;
	if (e.stage == EDIT_CLEARING)
		return clear_former(c, sums, &e, err);
	r = e.stage == EDIT_MOVING ? move_some(c, key, sums, &e, err)
				   : campaign_people_clear(c, sums, e.beside, err);
	if (r == 0)
		r = drop_sums(c, sums, &e, err);
	return r != 0 ? r : end(c, &e, now, err);
}

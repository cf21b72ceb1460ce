/* Columns of people that tell who they are are sealed under "campaign:<id>:<row>", so that one row's
 * cannot be put under another.
 *
 * Three indexes beside the table: by fate and time, for whoever looks for the next to send to; by
 * person, for an erasure; by list, for whoever suspends one. A look at a million people who wait for
 * tomorrow reads the first of them and no more. */
#include "domain/campaign_people.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/check.h"
#include "store/query.h"

#define PURGE_AT_ONCE 500
#define CLEAR_AT_ONCE 2000
#define CONTEXT_MAX 64
#define ANY_TIME 0 /* as due_at is stored */

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while working on an audience.");
}

static const char *const fates[] = {
	[MEMBER_WAITING] = "waiting",
	[MEMBER_QUEUED] = "queued",
	[MEMBER_GONE] = "sent",
	[MEMBER_REFUSED] = "refused",
	[MEMBER_EXPIRED] = "expired",
	[MEMBER_DUPLICATE] = "duplicate",
	[MEMBER_INVALID] = "invalid",
	[MEMBER_FORGOTTEN] = "forgotten",
	[MEMBER_SUSPENDED] = "suspended",
	[MEMBER_CANCELLED] = "cancelled",
};

const char *campaign_fate_name(enum campaign_fate f)
{
	return f >= MEMBER_WAITING && f <= MEMBER_CANCELLED ? fates[f] : "";
}

/* --- rows ------------------------------------------------------------------------------------- */

static struct str context_of(uint64_t campaign, int64_t seq, char out[CONTEXT_MAX])
{
	int n = snprintf(out, CONTEXT_MAX, "campaign:%" PRIu64 ":%" PRId64, campaign, seq);

	return str_n(out, (size_t)n);
}

static int insert(struct store_conn *c, const struct seal_key *key, uint64_t campaign,
    const struct campaign_member *p, enum campaign_figure figure, struct err *err)
{
	char context[CONTEXT_MAX];
	struct buf sealed;
	int r = 0;

	buf_init(&sealed, 0);
	if (p->fields.p && seal(key, context_of(campaign, p->seq, context), p->fields, &sealed) < 0)
		r = err_set(err, E_NOMEM, "A row of an audience could not be sealed.");
	if (r == 0)
		r = store_do(c, err,
		    "INSERT INTO campaign_member (campaign, seq, person, fate, due_at, wave, variant,"
		    " source, segment, fields, rule, figure, code, marks)"
		    " VALUES (?1, ?2, nullif(?3, 0), ?4, 0, 0, 0, ?5, ?6, ?7, ?8, ?9, 0, 0)",
		    "iiiittbti", (int64_t)campaign, p->seq, (int64_t)p->person, (int64_t)p->fate,
		    p->source, p->segment, p->fields.p ? buf_str(&sealed) : STR_NONE, p->rule,
		    (int64_t)figure);
	buf_done(&sealed);
	return r;
}

int campaign_member_add(struct store_conn *c, const struct seal_key *key,
    struct campaign_sums *sums, uint64_t campaign, const struct campaign_member *p, struct err *err)
{
	const struct campaign_counted none = { .figure = CAMPAIGN_PEOPLE };
	const struct campaign_counted x = {
		.campaign = campaign,
		.fate = (int64_t)p->fate,
		.figure = campaign_figure_of((int64_t)p->fate, 0),
		.source = p->source,
		.segment = p->segment,
		.rule = p->rule,
		.used_at = TIME_NONE,
	};
	int r = insert(c, key, campaign, p, x.figure, err);

	if (r == 0)
		r = campaign_tally_change(sums, &none, &x, err);
	if (r == 0)
		r = campaign_sums_add_fate(sums, campaign, x.fate, 1, err);
	return r < 0 ? r : campaign_tally_joined(c, p->source, p->person, err);
}

/* The row as it counts and as it will: 1, 0 there is none. */
static int recount(struct store_conn *c, struct campaign_sums *sums, uint64_t campaign,
    const struct campaign_member *p, struct campaign_counted *ret, struct err *err)
{
	struct campaign_counted x, to;
	struct store_stmt *s;
	int r = campaign_tally_row(c, sums, campaign, p->seq, &x, &s, err);

	if (r <= 0)
		return r;
	bool decided_anew = (uint64_t)store_col_int(s, CAMPAIGN_COUNTED_COLUMNS) != p->decision;
	to = x;
	to.fate = (int64_t)p->fate;
	to.figure = campaign_figure_of(to.fate, p->decision ? p->state : 0);
	to.code = p->decision ? p->error_code : 0;
	to.variant = p->variant;
	to.wave = p->wave;
	to.rule = p->rule;
	if (decided_anew) {
		to.marks &= ~CAMPAIGN_MARK_OPT_OUT;
		to.marks |= p->decision && p->opted_out ? CAMPAIGN_MARK_OPT_OUT : 0;
		to.used_at = p->decision ? p->decided_at : TIME_NONE;
	}
	r = campaign_tally_change(sums, &x, &to, err);
	store_reset(s);
	if (r == 0 && x.fate != to.fate)
		r = campaign_sums_add_fate(sums, campaign, x.fate, -1, err);
	if (r == 0 && x.fate != to.fate)
		r = campaign_sums_add_fate(sums, campaign, to.fate, 1, err);
	if (r == 0 && x.variant != to.variant && (x.marks & CAMPAIGN_MARK_CLICK))
		r = campaign_tally_repress(c, &x, to.variant, err);
	*ret = to;
	return r < 0 ? r : 1;
}

int campaign_member_set(struct store_conn *c, struct campaign_sums *sums, uint64_t campaign,
    const struct campaign_member *p, struct err *err)
{
	struct campaign_counted x;
	int r = recount(c, sums, campaign, p, &x, err);

	if (r <= 0)
		return r;
	return store_do(c, err,
	    "UPDATE campaign_member SET fate = ?3, decision = nullif(?4, 0), due_at = ?5, wave = ?6,"
	    " variant = ?7, rule = ?8, figure = ?9, code = ?10, marks = ?11"
	    " WHERE campaign = ?1 AND seq = ?2",
	    "iiiiiiitiii", (int64_t)campaign, p->seq, (int64_t)p->fate, (int64_t)p->decision,
	    p->due_at == TIME_NONE ? ANY_TIME : p->due_at, p->wave, p->variant, p->rule,
	    (int64_t)x.figure, x.code, (int64_t)x.marks);
}

/* Rows up to `last` are counted no more. */
static int uncount(struct store_conn *c, struct campaign_sums *sums, uint64_t campaign,
    int64_t last, struct err *err)
{
	struct campaign_counted x;
	struct store_stmt *s;
	int r = campaign_tally_forget(c, campaign, 0, last, err);

	if (r < 0)
		return r;
	r = store_ask(c, &s, err,
	    "SELECT " CAMPAIGN_COUNTED " FROM campaign_member WHERE campaign = ?1 AND seq <= ?2",
	    "ii", (int64_t)campaign, last);
	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		campaign_tally_take(s, 0, &x);
		r = campaign_tally_leave(sums, &x, err);
		if (r == 0)
			r = campaign_sums_add_fate(sums, campaign, x.fate, -1, err);
		if (r < 0)
			break;
	}
	store_reset(s);
	return r;
}

int campaign_people_drop(struct store_conn *c, struct campaign_sums *sums, uint64_t campaign,
    int64_t last, struct err *err)
{
	int r = uncount(c, sums, campaign, last, err);

	return r < 0
	    ? r
	    : store_do(c, err, "DELETE FROM campaign_member WHERE campaign = ?1 AND seq <= ?2",
		  "ii", (int64_t)campaign, last);
}

int campaign_people_clear(
    struct store_conn *c, struct campaign_sums *sums, uint64_t campaign, struct err *err)
{
	int64_t last = 0;
	int r = store_ask_int(c, &last, err,
	    "SELECT max(seq) FROM (SELECT seq FROM campaign_member WHERE campaign = ?1 ORDER BY seq"
	    " LIMIT ?2) AS slice",
	    "ii", (int64_t)campaign, (int64_t)CLEAR_AT_ONCE);

	if (r <= 0)
		return r;
	r = campaign_people_drop(c, sums, campaign, last, err);
	return r < 0 ? r : 1;
}

int campaign_member_has(struct store_conn *c, uint64_t campaign, uint64_t person, struct err *err)
{
	int64_t one;

	return store_ask_int(c, &one, err,
	    "SELECT 1 FROM campaign_member WHERE person = ?1 AND campaign = ?2 LIMIT 1", "ii",
	    (int64_t)person, (int64_t)campaign);
}

int campaign_of_decision(struct store_conn *c, uint64_t decision, uint64_t *ret_campaign,
    int64_t *ret_seq, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT campaign, seq FROM campaign_member WHERE decision = ?1", "i",
	    (int64_t)decision);

	if (r < 0 || (r = store_step(s, err)) <= 0)
		return r;
	*ret_campaign = (uint64_t)store_col_int(s, 0);
	*ret_seq = store_col_int(s, 1);
	store_reset(s);
	return 1;
}

static int unseal_fields(struct store_stmt *s, const struct seal_key *key, uint64_t campaign,
    struct arena *a, struct campaign_member *p, struct err *err)
{
	struct str sealed = store_col_blob(s, 8);
	char context[CONTEXT_MAX];
	struct buf clear;

	if (!sealed.p)
		return 0;
	buf_init(&clear, 0);
	int r = unseal(key, context_of(campaign, p->seq, context), sealed, &clear, err);
	if (r == 0) {
		p->fields = arena_str(a, buf_str(&clear));
		r = p->fields.p ? 0 : no_memory(err);
	}
	buf_done(&clear);
	return r;
}

static int take_member(struct store_stmt *s, const struct seal_key *key, uint64_t campaign,
    struct arena *a, struct campaign_member *p, struct err *err)
{
	*p = (struct campaign_member){
		.seq = store_col_int(s, 0),
		.person = (uint64_t)store_col_int(s, 1),
		.fate = store_col_is_up_to(s, 2, MEMBER_CANCELLED)
		    ? (enum campaign_fate)store_col_int(s, 2)
		    : MEMBER_INVALID,
		.decision = (uint64_t)store_col_int(s, 3),
		.due_at = store_col_int(s, 4) == ANY_TIME ? TIME_NONE : store_col_int(s, 4),
		.wave = store_col_int(s, 5),
		.variant = store_col_int(s, 6),
	};
	if (store_copy_text(s, 7, a, &p->source) < 0 || store_copy_text(s, 9, a, &p->segment) < 0 ||
	    store_copy_text(s, 10, a, &p->rule) < 0)
		return no_memory(err);
	return unseal_fields(s, key, campaign, a, p, err);
}

#define MEMBER_COLUMNS \
	"SELECT seq, person, fate, decision, due_at, wave, variant, source, fields, segment, rule" \
	" FROM campaign_member WHERE campaign = ?1"

static int take_members(struct store_stmt *s, const struct seal_key *key, uint64_t campaign,
    size_t limit, struct arena *a, struct campaign_member **ret, size_t *ret_len, struct err *err)
{
	struct campaign_member *list = ARENA_ARRAY(a, struct campaign_member, limit);
	size_t n = 0;
	int r = list ? 0 : no_memory(err);

	while (r >= 0 && n < limit && (r = store_step(s, err)) > 0) {
		r = take_member(s, key, campaign, a, &list[n], err);
		if (r < 0)
			break;
		n++;
	}
	store_reset(s);
	if (r < 0)
		return r;
	*ret = list;
	*ret_len = n;
	return 0;
}

int campaign_people(struct store_conn *c, const struct seal_key *key, const struct campaign_walk *w,
    struct arena *a, struct campaign_member **ret, size_t *ret_len, struct err *err)
{
	struct store_stmt *s;
	int64_t upto = w->upto ? (int64_t)w->upto : MEMBER_FATES;
	int r = store_ask(c, &s, err,
	    MEMBER_COLUMNS " AND seq > ?2 AND fate BETWEEN ?3 AND ?4 ORDER BY seq LIMIT ?5",
	    "iiiii", (int64_t)w->campaign, w->after, (int64_t)w->from, upto, (int64_t)w->limit);

	return r < 0 ? r : take_members(s, key, w->campaign, w->limit, a, ret, ret_len, err);
}

int campaign_due(struct store_conn *c, const struct seal_key *key, uint64_t campaign, time_ms now,
    size_t limit, struct arena *a, struct campaign_member **ret, size_t *ret_len, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    MEMBER_COLUMNS " AND fate = 1 AND due_at <= ?2 ORDER BY due_at, seq LIMIT ?3", "iii",
	    (int64_t)campaign, now, (int64_t)limit);

	_Static_assert(MEMBER_WAITING == 1, "the figure in the statement above");
	return r < 0 ? r : take_members(s, key, campaign, limit, a, ret, ret_len, err);
}

int campaign_next_due(struct store_conn *c, uint64_t campaign, time_ms *ret, struct err *err)
{
	int64_t due;
	int r = store_ask_int(c, &due, err,
	    "SELECT due_at FROM campaign_member WHERE campaign = ?1 AND fate = 1 AND due_at > 0"
	    " ORDER BY due_at LIMIT 1",
	    "i", (int64_t)campaign);

	if (r < 0)
		return r;
	*ret = r > 0 ? due : TIME_NONE;
	return 0;
}

int campaign_has_open(struct store_conn *c, uint64_t campaign, struct err *err)
{
	static const enum campaign_fate open[] = { MEMBER_WAITING, MEMBER_QUEUED };
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(open); i++) {
		int64_t one;
		r = store_ask_int(c, &one, err,
		    "SELECT 1 FROM campaign_member WHERE campaign = ?1 AND fate = ?2 LIMIT 1", "ii",
		    (int64_t)campaign, (int64_t)open[i]);
	}
	return r;
}

static bool is_cut_off(int64_t fate, int64_t state)
{
	return state == CAMPAIGN_CANCELLED && (fate == MEMBER_WAITING || fate == MEMBER_SUSPENDED);
}

int campaign_count(
    struct store_conn *c, uint64_t campaign, struct campaign_counts *ret, struct err *err)
{
	struct campaign_counts counts = { { 0 } };
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT f.fate, f.people, x.state FROM campaign_fate f"
	    " JOIN campaign x ON x.id = f.campaign WHERE f.campaign = ?1",
	    "i", (int64_t)campaign);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		int64_t fate = store_col_int(s, 0);
		if (is_cut_off(fate, store_col_int(s, 2)))
			fate = MEMBER_CANCELLED;
		if (fate >= 0 && fate < MEMBER_FATES)
			counts.of[fate] += store_col_int(s, 1);
	}
	if (r == 0)
		*ret = counts;
	return r;
}

/* --- forgetting ------------------------------------------------------------------------------- */

/* 1 and the campaign with the first row that still tells of people. */
static int find_kept(
    struct store_conn *c, time_ms before, int64_t *ret_id, int64_t *ret_from, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT id, kept FROM campaign WHERE kept IS NOT NULL AND ended_at < ?1"
	    " ORDER BY ended_at LIMIT 1",
	    "m", before);

	if (r < 0 || (r = store_step(s, err)) <= 0)
		return r;
	*ret_id = store_col_int(s, 0);
	*ret_from = store_col_int(s, 1);
	store_reset(s);
	return 1;
}

int campaign_purge(struct store_conn *c, time_ms before, struct err *err)
{
	int64_t id = 0, from = 0, last = 0;
	int r = find_kept(c, before, &id, &from, err);

	if (r <= 0)
		return r;
	r = store_ask_int(c, &last, err,
	    "SELECT max(seq) FROM (SELECT seq FROM campaign_member WHERE campaign = ?1 AND seq >= ?2"
	    " ORDER BY seq LIMIT ?3) AS slice",
	    "iii", id, from, (int64_t)PURGE_AT_ONCE);
	if (r == 0) { /* its end */
		r = store_do(c, err, "UPDATE campaign SET kept = NULL WHERE id = ?1", "i", id);
		return r < 0 ? r : 1;
	}
	if (r > 0)
		r = campaign_tally_forget(c, (uint64_t)id, from, last, err);
	if (r == 0)
		r = store_do(c, err,
		    "UPDATE campaign_member SET fields = NULL, person = NULL WHERE campaign = ?1"
		    " AND seq >= ?2 AND seq <= ?3",
		    "iii", id, from, last);
	if (r == 0)
		r = store_do(
		    c, err, "UPDATE campaign SET kept = ?2 WHERE id = ?1", "ii", id, last + 1);
	return r < 0 ? r : 1;
}

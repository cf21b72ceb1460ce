#include "domain/campaign_tally.h"

#include "base/check.h"
#include "base/map.h"
#include "domain/campaign_people.h"
#include "domain/journal.h"
#include "store/query.h"

#define MOVED_AT_ONCE 500   /* decisions, more or less */
#define COUNTED_AT_ONCE 500 /* rows that were never counted */
#define ID_BYTES 8

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while counting the people of campaigns.");
}

/* --- one row ---------------------------------------------------------------------------------- */

static const enum campaign_figure by_state[] = {
	[SEND_HELD] = CAMPAIGN_UNDER_WAY,
	[SEND_READY] = CAMPAIGN_UNDER_WAY,
	[SEND_SENDING] = CAMPAIGN_UNDER_WAY,
	[SEND_UNKNOWN] = CAMPAIGN_UNKNOWN,
	[SEND_STORED_AT_ONCE] = CAMPAIGN_UNDER_WAY,
	[SEND_REFUSED] = CAMPAIGN_REFUSED,
	[SEND_ACCEPTED] = CAMPAIGN_SENT,
	[SEND_SENT] = CAMPAIGN_SENT,
	[SEND_DELIVERED] = CAMPAIGN_DELIVERED,
	[SEND_READ] = CAMPAIGN_READ,
	[SEND_FAILED] = CAMPAIGN_FAILED,
	[SEND_UNRESOLVED] = CAMPAIGN_UNKNOWN,
	[SEND_CANCELLED] = CAMPAIGN_NOT_SENT,
	[SEND_EXPIRED] = CAMPAIGN_NOT_SENT,
};

enum campaign_figure campaign_figure_of(int64_t fate, int64_t state)
{
	if (fate == MEMBER_WAITING)
		return CAMPAIGN_WAITING;
	if (state > 0 && state < (int64_t)ARRAY_LEN(by_state) && by_state[state])
		return by_state[state];
	return fate == MEMBER_REFUSED ? CAMPAIGN_REFUSED : CAMPAIGN_NOT_SENT;
}

/* An opt-out is one of whoever the message left for. */
static void count_mark(struct campaign_counted *x)
{
	if (x->fate != MEMBER_GONE)
		x->marks &= ~CAMPAIGN_MARK_OPT_OUT;
}

int campaign_tally_change(struct campaign_sums *sums, const struct campaign_counted *from,
    const struct campaign_counted *to, struct err *err)
{
	struct campaign_counted before = *from, after = *to;
	int r;

	count_mark(&before);
	count_mark(&after);
	r = from->figure ? campaign_sums_add(sums, &before, -1, err) : 0;
	return r < 0 ? r : campaign_sums_add(sums, &after, 1, err);
}

int campaign_tally_leave(
    struct campaign_sums *sums, const struct campaign_counted *x, struct err *err)
{
	struct campaign_counted gone = *x;

	count_mark(&gone);
	return x->figure ? campaign_sums_add(sums, &gone, -1, err) : 0;
}

void campaign_tally_take(struct store_stmt *s, int column, struct campaign_counted *ret)
{
	*ret = (struct campaign_counted){
		.campaign = (uint64_t)store_col_int(s, column),
		.seq = store_col_int(s, column + 1),
		.variant = store_col_int(s, column + 2),
		.wave = store_col_int(s, column + 3),
		.fate = store_col_int(s, column + 4),
		.figure = store_col_is_up_to(s, column + 5, CAMPAIGN_NOT_SENT)
		    ? (enum campaign_figure)store_col_int(s, column + 5)
		    : CAMPAIGN_PEOPLE,
		.code = store_col_int(s, column + 6),
		.marks = (unsigned)store_col_int(s, column + 7),
		.source = store_col_text(s, column + 8),
		.segment = store_col_text(s, column + 9),
		.rule = store_col_text(s, column + 10),
		.used_at = TIME_NONE,
	};
}

/* --- when people agreed -------------------------------------------------------------------------- */

#define GRANT_INTO "INSERT INTO source_grant (source, at, people) "
#define GRANT_UP \
	" ON CONFLICT (source, at) DO UPDATE SET people = source_grant.people + excluded.people"
#define OF_PERSON \
	" FROM campaign_member m JOIN consent k ON k.person = m.person WHERE m.person = ?1" \
	" AND m.source IS NOT NULL AND m.figure IS NOT NULL AND k.act = 1"
#define OF_ROWS \
	" FROM campaign_member m JOIN consent k ON k.person = m.person WHERE m.campaign = ?1" \
	" AND m.seq BETWEEN ?2 AND ?3 AND m.source IS NOT NULL AND k.act = 1"
_Static_assert(CONSENT_GRANT == 1 && CONSENT_WITHDRAW == 2, "the figures in the statements");

int campaign_tally_joined(struct store_conn *c, struct str source, uint64_t person, struct err *err)
{
	if (!source.p || !person)
		return 0;
	return store_do(c, err,
	    GRANT_INTO "SELECT ?1, at, count(*) FROM consent WHERE person = ?2 AND act = 1"
		       " GROUP BY at" GRANT_UP,
	    "ti", source, (int64_t)person);
}

/* All lists of a person know all times at which that one agreed, or do no more. */
static int add_grants(struct store_conn *c, uint64_t person, int64_t n, struct err *err)
{
	return store_do(c, err,
	    GRANT_INTO "SELECT m.source, k.at, ?2 * count(*)" OF_PERSON
		       " GROUP BY m.source, k.at" GRANT_UP,
	    "ii", (int64_t)person, n);
}

static int drop_grants(struct store_conn *c, uint64_t person, struct err *err)
{
	int r = add_grants(c, person, -1, err);

	return r < 0 ? r
		     : store_do(c, err,
			   "DELETE FROM source_grant WHERE people <= 0 AND (source, at) IN"
			   " (SELECT m.source, k.at" OF_PERSON ")",
			   "i", (int64_t)person);
}

/* --- rows that were never counted ---------------------------------------------------------------- */

struct fresh {
	struct campaign_counted x;
	uint64_t person;
};

#define FRESH_COLUMNS \
	"SELECT m.campaign, m.seq, m.variant, m.wave, m.fate, 0, coalesce(d.error_code, 0)," \
	" CASE WHEN m.person IS NULL THEN coalesce(m.marks, 0) & 1" \
	" WHEN EXISTS (SELECT 1 FROM consent k WHERE k.person = m.person AND k.act = 2" \
	" AND k.at >= d.at AND k.at <= d.at + ?1) THEN 1 ELSE 0 END" \
	" + CASE WHEN EXISTS (SELECT 1 FROM campaign_click y WHERE y.campaign = m.campaign" \
	" AND y.seq = m.seq) THEN 2 ELSE 0 END," \
	" m.source, m.segment, m.rule, d.state, d.at, m.person" \
	" FROM campaign_member m LEFT JOIN decision d ON d.id = m.decision"
_Static_assert(CAMPAIGN_MARK_OPT_OUT == 1 && CAMPAIGN_MARK_CLICK == 2, "the figures above");

static int copy(struct arena *a, struct str *s)
{
	if (!s->p)
		return 0;
	*s = arena_str(a, *s);
	return s->p ? 0 : -E_NOMEM;
}

/* Strings are the statement's. */
static void take_fresh(struct store_stmt *s, struct campaign_counted *ret)
{
	campaign_tally_take(s, 0, ret);
	ret->figure = campaign_figure_of(ret->fate, store_col_int(s, CAMPAIGN_COUNTED_COLUMNS));
	ret->used_at = store_col_time(s, CAMPAIGN_COUNTED_COLUMNS + 1);
}

static int keep_fresh(struct store_stmt *s, struct arena *a, struct fresh *ret, struct err *err)
{
	take_fresh(s, &ret->x);
	ret->person = (uint64_t)store_col_int(s, CAMPAIGN_COUNTED_COLUMNS + 2);
	return copy(a, &ret->x.source) < 0 || copy(a, &ret->x.segment) < 0 ||
		copy(a, &ret->x.rule) < 0
	    ? no_memory(err)
	    : 0;
}

static int write_counted(struct store_conn *c, const struct campaign_counted *x, struct err *err)
{
	return store_do(c, err,
	    "UPDATE campaign_member SET figure = ?3, code = ?4, marks = ?5 WHERE campaign = ?1"
	    " AND seq = ?2",
	    "iiiii", (int64_t)x->campaign, x->seq, (int64_t)x->figure, x->code, (int64_t)x->marks);
}

static int press(struct store_conn *c, const struct campaign_counted *x, int64_t n, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO campaign_press (campaign, variant, button, title, people)"
	    " SELECT campaign, ?3, button, title, ?4 FROM campaign_click WHERE campaign = ?1 AND seq = ?2"
	    " ON CONFLICT (campaign, variant, button) DO UPDATE SET"
	    " people = campaign_press.people + excluded.people,"
	    " title = CASE WHEN campaign_press.title IS NULL OR excluded.title > campaign_press.title"
	    " THEN excluded.title ELSE campaign_press.title END",
	    "iiii", (int64_t)x->campaign, x->seq, x->variant, n);
}

static int count_fresh(
    struct store_conn *c, struct campaign_sums *sums, const struct fresh *f, struct err *err)
{
	const struct campaign_counted none = { .figure = CAMPAIGN_PEOPLE };
	int r = campaign_tally_change(sums, &none, &f->x, err);

	if (r == 0)
		r = write_counted(c, &f->x, err);
	if (r == 0)
		r = campaign_tally_joined(c, f->x.source, f->person, err);
	if (r == 0 && (f->x.marks & CAMPAIGN_MARK_CLICK))
		r = press(c, &f->x, 1, err);
	return r;
}

static int count_row(struct store_conn *c, struct campaign_sums *sums, uint64_t campaign,
    int64_t seq, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	struct store_stmt *s;
	struct fresh f;
	int r = !a ? no_memory(err)
		   : store_find(c, &s, err,
			 FRESH_COLUMNS " WHERE m.campaign = ?2 AND m.seq = ?3 AND m.figure IS NULL",
			 "iii", (int64_t)CAMPAIGN_OPT_OUT_MS, (int64_t)campaign, seq);

	if (r > 0) {
		r = keep_fresh(s, a, &f, err);
		store_reset(s);
		if (r == 0)
			r = count_fresh(c, sums, &f, err);
	}
	arena_free(&a);
	return r;
}

/* The rows behind a place, in the order of the table: how many there are. */
static int find_fresh(struct store_conn *c, uint64_t campaign, int64_t seq, struct arena *a,
    struct fresh *list, size_t *ret_len, struct err *err)
{
	struct store_stmt *s;
	size_t n = 0;
	int r = store_ask(c, &s, err,
	    FRESH_COLUMNS " WHERE (m.campaign, m.seq) > (?2, ?3) AND m.figure IS NULL"
			  " ORDER BY m.campaign, m.seq LIMIT ?4",
	    "iiii", (int64_t)CAMPAIGN_OPT_OUT_MS, (int64_t)campaign, seq, (int64_t)COUNTED_AT_ONCE);

	if (r < 0)
		return r;
	while (n < COUNTED_AT_ONCE && (r = store_step(s, err)) > 0) {
		r = keep_fresh(s, a, &list[n], err);
		if (r < 0)
			break;
		n++;
	}
	store_reset(s);
	*ret_len = n;
	return r < 0 ? r : 0;
}

static int move_place(struct store_conn *c, const struct fresh *last, struct err *err)
{
	if (!last)
		return store_do(c, err, "DELETE FROM campaign_counting", "");
	return store_do(c, err, "UPDATE campaign_counting SET campaign = ?1, seq = ?2", "ii",
	    (int64_t)last->x.campaign, last->x.seq);
}

static int count_slice(struct store_conn *c, struct campaign_sums *sums, uint64_t campaign,
    int64_t seq, struct arena *a, struct err *err)
{
	struct fresh *list = ARENA_ARRAY(a, struct fresh, COUNTED_AT_ONCE);
	size_t n = 0;
	int r = list ? find_fresh(c, campaign, seq, a, list, &n, err) : no_memory(err);

	for (size_t i = 0; r == 0 && i < n; i++)
		r = count_fresh(c, sums, &list[i], err);
	if (r == 0)
		r = move_place(c, n ? &list[n - 1] : NULL, err);
	return r < 0 ? r : n > 0;
}

int campaign_tally_catch_up(struct store_conn *c, struct campaign_sums *sums, struct err *err)
{
	struct store_stmt *s;
	int r = store_find(c, &s, err, "SELECT campaign, seq FROM campaign_counting", "");

	if (r <= 0)
		return r;
	uint64_t campaign = (uint64_t)store_col_int(s, 0);
	int64_t seq = store_col_int(s, 1);
	store_reset(s);
	struct arena *a = arena_new(0, 0);
	r = a ? count_slice(c, sums, campaign, seq, a, err) : no_memory(err);
	arena_free(&a);
	return r;
}

int campaign_tally_is_whole(struct store_conn *c, struct err *err)
{
	int64_t one;
	int r = store_ask_int(c, &one, err, "SELECT one FROM campaign_counting", "");

	return r < 0 ? r : r == 0;
}

int campaign_tally_is_behind(struct store_conn *c, struct err *err)
{
	int64_t one;
	int r = store_ask_int(c, &one, err, "SELECT id FROM campaign_moved LIMIT 1", "");

	return r != 0 ? r : store_ask_int(c, &one, err, "SELECT one FROM campaign_counting", "");
}

/* --- who changes a row --------------------------------------------------------------------------- */

static int find_row(struct store_conn *c, uint64_t campaign, int64_t seq,
    struct campaign_counted *ret, struct store_stmt **ret_s, struct err *err)
{
	int r = store_find(c, ret_s, err,
	    "SELECT " CAMPAIGN_COUNTED
	    ", decision FROM campaign_member WHERE campaign = ?1 AND seq = ?2",
	    "ii", (int64_t)campaign, seq);

	if (r > 0)
		campaign_tally_take(*ret_s, 0, ret);
	return r;
}

int campaign_tally_row(struct store_conn *c, struct campaign_sums *sums, uint64_t campaign,
    int64_t seq, struct campaign_counted *ret, struct store_stmt **ret_s, struct err *err)
{
	int r = find_row(c, campaign, seq, ret, ret_s, err);

	if (r <= 0 || ret->figure)
		return r;
	store_reset(*ret_s);
	r = count_row(c, sums, campaign, seq, err);
	return r < 0 ? r : find_row(c, campaign, seq, ret, ret_s, err);
}

int campaign_tally_repress(
    struct store_conn *c, const struct campaign_counted *x, int64_t variant, struct err *err)
{
	struct campaign_counted to = *x;
	int r = press(c, x, -1, err);

	to.variant = variant;
	return r < 0 ? r : press(c, &to, 1, err);
}

/* The row is counted, with `sums` of its own. */
static int with_sums(struct store_conn *c, void *arg,
    int (*deed)(struct store_conn *c, struct campaign_sums *sums, void *arg, struct err *err),
    struct err *err)
{
	struct campaign_sums *sums = NULL;
	int r = campaign_sums_new(&sums, err);

	if (r == 0)
		r = deed(c, sums, arg, err);
	if (r >= 0) {
		int w = campaign_sums_write(sums, c, err);
		r = w < 0 ? w : r;
	}
	campaign_sums_free(&sums);
	return r;
}

static int mark(struct store_conn *c, struct campaign_sums *sums, uint64_t campaign, int64_t seq,
    unsigned marks, struct err *err)
{
	struct campaign_counted x, to;
	struct store_stmt *s;
	int r = campaign_tally_row(c, sums, campaign, seq, &x, &s, err);

	if (r <= 0)
		return r;
	to = x;
	to.marks |= marks;
	r = to.marks == x.marks ? 0 : campaign_tally_change(sums, &x, &to, err);
	store_reset(s);
	return r < 0 || to.marks == x.marks ? r : write_counted(c, &to, err);
}

struct clicking {
	uint64_t campaign;
	int64_t seq, button;
	struct str title;
	time_ms at;
};

/* What the row pressed before is counted with it, this one is not there yet. */
static int click(struct store_conn *c, struct campaign_sums *sums, void *arg, struct err *err)
{
	const struct clicking *k = arg;
	struct campaign_counted x;
	struct store_stmt *s;
	int r = campaign_tally_row(c, sums, k->campaign, k->seq, &x, &s, err);

	if (r <= 0)
		return r;
	store_reset(s);
	r = store_do(c, err,
	    "INSERT INTO campaign_click (campaign, seq, button, at, title)"
	    " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (campaign, seq, button) DO NOTHING",
	    "iiimt", (int64_t)k->campaign, k->seq, k->button, k->at, k->title);
	if (r < 0 || store_changes(c) == 0)
		return r;
	r = store_do(c, err,
	    "INSERT INTO campaign_press (campaign, variant, button, title, people)"
	    " VALUES (?1, ?2, ?3, ?4, 1) ON CONFLICT (campaign, variant, button) DO UPDATE SET"
	    " people = campaign_press.people + 1,"
	    " title = CASE WHEN campaign_press.title IS NULL OR excluded.title > campaign_press.title"
	    " THEN excluded.title ELSE campaign_press.title END",
	    "iiit", (int64_t)k->campaign, x.variant, k->button, k->title);
	if (r == 0)
		r = mark(c, sums, k->campaign, k->seq, CAMPAIGN_MARK_CLICK, err);
	return r < 0 ? r : 1;
}

int campaign_tally_click(struct store_conn *c, uint64_t campaign, int64_t seq, int64_t button,
    struct str title, time_ms at, struct err *err)
{
	struct clicking k = {
		.campaign = campaign, .seq = seq, .button = button, .title = title, .at = at
	};

	return with_sums(c, &k, click, err);
}

/* --- rows of a person, or of a stretch ------------------------------------------------------------ */

struct place {
	uint64_t campaign;
	int64_t seq;
};

/* Rows that a statement finds, before anything of them is changed. */
static int gather(int r, struct store_stmt *s, struct buf *out, struct err *err)
{
	buf_init(out, 0);
	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		struct place at = { (uint64_t)store_col_int(s, 0), store_col_int(s, 1) };
		buf_add(out, str_n((const char *)&at, sizeof(at)));
	}
	store_reset(s);
	return r == 0 && out->failed ? no_memory(err) : r;
}

static struct place place_of(const struct buf *list, size_t i)
{
	struct place at;

	memcpy(&at, list->p + i * sizeof(at), sizeof(at));
	return at;
}

static int count_gathered(
    struct store_conn *c, struct campaign_sums *sums, int r, struct store_stmt *s, struct err *err)
{
	struct buf list;

	r = gather(r, s, &list, err);
	for (size_t i = 0; r == 0 && i < list.len / sizeof(struct place); i++) {
		struct place at = place_of(&list, i);
		r = count_row(c, sums, at.campaign, at.seq, err);
	}
	buf_done(&list);
	return r;
}

static int count_person(
    struct store_conn *c, struct campaign_sums *sums, uint64_t person, struct err *err)
{
	struct store_stmt *s = NULL;
	int r = store_ask(c, &s, err,
	    "SELECT campaign, seq FROM campaign_member WHERE person = ?1 AND figure IS NULL", "i",
	    (int64_t)person);

	return count_gathered(c, sums, r, s, err);
}

struct stretch {
	uint64_t campaign;
	int64_t from, last;
};

static int count_stretch(
    struct store_conn *c, struct campaign_sums *sums, void *arg, struct err *err)
{
	const struct stretch *x = arg;
	struct store_stmt *s = NULL;
	int r = store_ask(c, &s, err,
	    "SELECT campaign, seq FROM campaign_member WHERE campaign = ?1 AND seq BETWEEN ?2 AND ?3"
	    " AND figure IS NULL",
	    "iii", (int64_t)x->campaign, x->from, x->last);

	return count_gathered(c, sums, r, s, err);
}

int campaign_tally_forget(
    struct store_conn *c, uint64_t campaign, int64_t from, int64_t last, struct err *err)
{
	struct stretch x = { campaign, from, last };
	int r = with_sums(c, &x, count_stretch, err);

	if (r == 0)
		r = store_do(c, err,
		    GRANT_INTO "SELECT m.source, k.at, -count(*)" OF_ROWS
			       " GROUP BY m.source, k.at" GRANT_UP,
		    "iii", (int64_t)campaign, from, last);
	return r < 0 ? r
		     : store_do(c, err,
			   "DELETE FROM source_grant WHERE people <= 0 AND (source, at) IN"
			   " (SELECT m.source, k.at" OF_ROWS ")",
			   "iii", (int64_t)campaign, from, last);
}

/* --- people ----------------------------------------------------------------------------------- */

/* Most people are in no audience: that costs them one look. */
static int is_in_audience(struct store_conn *c, uint64_t person, struct err *err)
{
	int64_t one;

	return store_ask_int(c, &one, err,
	    "SELECT 1 FROM campaign_member WHERE person = ?1 LIMIT 1", "i", (int64_t)person);
}

int campaign_tally_granted(struct store_conn *c, uint64_t person, time_ms at, struct err *err)
{
	int r = is_in_audience(c, person, err);

	return r <= 0 ? r
		      : store_do(c, err,
			    GRANT_INTO "SELECT source, ?2, count(*) FROM campaign_member"
				       " WHERE person = ?1 AND source IS NOT NULL"
				       " AND figure IS NOT NULL GROUP BY source" GRANT_UP,
			    "im", (int64_t)person, at);
}

/* Rows that a withdrawal answers, and do not say so. */
static int mark_opt_outs(
    struct store_conn *c, struct campaign_sums *sums, void *arg, struct err *err)
{
	const uint64_t *person = arg;
	struct store_stmt *s = NULL;
	struct buf list;
	int r = count_person(c, sums, *person, err);

	if (r < 0)
		return r;
	r = store_ask(c, &s, err,
	    "SELECT m.campaign, m.seq FROM campaign_member m JOIN decision d ON d.id = m.decision"
	    " WHERE m.person = ?1 AND (m.marks & 1) = 0 AND EXISTS (SELECT 1 FROM consent k"
	    " WHERE k.person = ?1 AND k.act = 2 AND k.at >= d.at AND k.at <= d.at + ?2)",
	    "ii", (int64_t)*person, (int64_t)CAMPAIGN_OPT_OUT_MS);
	r = gather(r, s, &list, err);
	for (size_t i = 0; r == 0 && i < list.len / sizeof(struct place); i++) {
		struct place at = place_of(&list, i);
		r = mark(c, sums, at.campaign, at.seq, CAMPAIGN_MARK_OPT_OUT, err);
	}
	buf_done(&list);
	return r;
}

int campaign_tally_withdrew(struct store_conn *c, uint64_t person, struct err *err)
{
	int r = is_in_audience(c, person, err);

	return r <= 0 ? r : with_sums(c, &person, mark_opt_outs, err);
}

struct pair_of_people {
	uint64_t keep, gone;
};

static int count_both(struct store_conn *c, struct campaign_sums *sums, void *arg, struct err *err)
{
	const struct pair_of_people *x = arg;
	int r = count_person(c, sums, x->keep, err);

	return r < 0 ? r : count_person(c, sums, x->gone, err);
}

/* Afterwards both have the lists and the times of either: no time goes from any list. */
int campaign_tally_merging(struct store_conn *c, uint64_t keep, uint64_t gone, struct err *err)
{
	struct pair_of_people x = { keep, gone };
	int r = with_sums(c, &x, count_both, err);

	if (r == 0)
		r = add_grants(c, keep, -1, err);
	return r < 0 ? r : add_grants(c, gone, -1, err);
}

int campaign_tally_merged(struct store_conn *c, uint64_t keep, struct err *err)
{
	int r = add_grants(c, keep, 1, err);

	return r < 0 ? r : campaign_tally_withdrew(c, keep, err);
}

static bool is_open(int64_t fate)
{
	return fate == MEMBER_WAITING || fate == MEMBER_QUEUED || fate == MEMBER_SUSPENDED;
}

/* What became of the send that a row stands for; zeros when there is none. */
static int find_outcome(
    struct store_conn *c, struct place at, int64_t *ret_state, int64_t *ret_code, struct err *err)
{
	struct store_stmt *s;
	int r = store_find(c, &s, err,
	    "SELECT d.state, coalesce(d.error_code, 0) FROM campaign_member m"
	    " JOIN decision d ON d.id = m.decision WHERE m.campaign = ?1 AND m.seq = ?2",
	    "ii", (int64_t)at.campaign, at.seq);

	*ret_state = r > 0 ? store_col_int(s, 0) : 0;
	*ret_code = r > 0 ? store_col_int(s, 1) : 0;
	if (r > 0)
		store_reset(s);
	return r;
}

/* Of an audience the row stays, to be counted. */
static int forget_row(
    struct store_conn *c, struct campaign_sums *sums, struct place at, struct err *err)
{
	struct campaign_counted x, to;
	struct store_stmt *s;
	int64_t state, code;
	int r = find_outcome(c, at, &state, &code, err);

	if (r >= 0)
		r = campaign_tally_row(c, sums, at.campaign, at.seq, &x, &s, err);
	if (r <= 0)
		return r;
	to = x;
	if (is_open(x.fate)) {
		to.fate = MEMBER_FORGOTTEN;
		to.figure = campaign_figure_of(to.fate, state);
		to.code = code;
	}
	r = campaign_tally_change(sums, &x, &to, err);
	store_reset(s);
	if (r == 0 && to.fate != x.fate)
		r = campaign_sums_add_fate(sums, at.campaign, x.fate, -1, err);
	if (r == 0 && to.fate != x.fate)
		r = campaign_sums_add_fate(sums, at.campaign, to.fate, 1, err);
	return r < 0
	    ? r
	    : store_do(c, err,
		  "UPDATE campaign_member SET person = NULL, fields = NULL, fate = ?3, figure = ?4,"
		  " code = ?5 WHERE campaign = ?1 AND seq = ?2",
		  "iiiii", (int64_t)at.campaign, at.seq, to.fate, (int64_t)to.figure, to.code);
}

static int erase(struct store_conn *c, struct campaign_sums *sums, void *arg, struct err *err)
{
	const uint64_t *person = arg;
	struct store_stmt *s = NULL;
	struct buf list;
	int r = count_person(c, sums, *person, err);

	if (r == 0)
		r = drop_grants(c, *person, err);
	if (r < 0)
		return r;
	r = store_ask(c, &s, err, "SELECT campaign, seq FROM campaign_member WHERE person = ?1",
	    "i", (int64_t)*person);
	r = gather(r, s, &list, err);
	for (size_t i = 0; r == 0 && i < list.len / sizeof(struct place); i++)
		r = forget_row(c, sums, place_of(&list, i), err);
	buf_done(&list);
	return r;
}

int campaign_tally_erase(struct store_conn *c, uint64_t person, struct err *err)
{
	int r = is_in_audience(c, person, err);

	return r <= 0 ? r : with_sums(c, &person, erase, err);
}

/* --- what moved ---------------------------------------------------------------------------------- */

/* A row of a send, as it counts and as it is now: the columns of a statement. */
#define NOW_COLUMNS \
	"SELECT m.campaign, m.seq, m.variant, m.wave, m.fate, coalesce(m.figure, 0)," \
	" coalesce(m.code, 0), coalesce(m.marks, 0), m.source, m.segment, m.rule, d.state," \
	" coalesce(d.error_code, 0), m.decision FROM "

/* True when it counts as something else now. */
static bool take_now(
    struct store_stmt *s, struct campaign_counted *was, struct campaign_counted *now)
{
	campaign_tally_take(s, 0, was);
	*now = *was;
	now->figure = campaign_figure_of(was->fate, store_col_int(s, CAMPAIGN_COUNTED_COLUMNS));
	now->code = store_col_int(s, CAMPAIGN_COUNTED_COLUMNS + 1);
	return was->figure && (now->figure != was->figure || now->code != was->code);
}

static uint64_t moved_at(struct str list, size_t i)
{
	uint64_t n = 0;

	for (size_t k = 0; k < ID_BYTES; k++)
		n = n << 8 | (unsigned char)list.p[ID_BYTES * i + k];
	return n;
}

/* The row of a send whose decision moved: 1 it counts as something else, and `s` stands on it. */
static int look_at(struct store_conn *c, uint64_t decision, struct campaign_counted *was,
    struct campaign_counted *now, struct store_stmt **ret_s, struct err *err)
{
	int r = store_find(c, ret_s, err,
	    NOW_COLUMNS
	    "campaign_member m JOIN decision d ON d.id = m.decision WHERE m.decision = ?1",
	    "i", (int64_t)decision);

	if (r <= 0)
		return r;
	if (take_now(*ret_s, was, now))
		return 1;
	store_reset(*ret_s);
	return 0;
}

static int settle_one(
    struct store_conn *c, struct campaign_sums *sums, uint64_t decision, struct err *err)
{
	struct campaign_counted was, now;
	struct store_stmt *s;
	int r = look_at(c, decision, &was, &now, &s, err);

	if (r <= 0)
		return r;
	r = campaign_tally_change(sums, &was, &now, err);
	store_reset(s);
	return r < 0 ? r : write_counted(c, &now, err);
}

/* The oldest of what was noted: 1 and its bytes, with the last id that they are of. */
static int oldest(struct store_conn *c, struct buf *out, int64_t *ret_last, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err, "SELECT id, decisions FROM campaign_moved ORDER BY id", "");

	if (r < 0)
		return r;
	while (out->len < MOVED_AT_ONCE * ID_BYTES && (r = store_step(s, err)) > 0) {
		*ret_last = store_col_int(s, 0);
		buf_add(out, store_col_blob(s, 1));
	}
	store_reset(s);
	if (r < 0)
		return r;
	return out->failed ? no_memory(err) : out->len > 0;
}

int campaign_tally_settle(struct store_conn *c, struct campaign_sums *sums, struct err *err)
{
	int64_t last = 0;
	struct buf list;

	buf_init(&list, 0);
	int r = oldest(c, &list, &last, err);
	int more = r;
	for (size_t i = 0; r >= 0 && i < list.len / ID_BYTES; i++)
		r = settle_one(c, sums, moved_at(buf_str(&list), i), err);
	buf_done(&list);
	if (r >= 0 && more > 0)
		r = store_do(c, err, "DELETE FROM campaign_moved WHERE id <= ?1", "i", last);
	return r < 0 ? r : more;
}

/* --- all of them ------------------------------------------------------------------------------ */

int campaign_tally_recount(
    struct store_conn *c, uint64_t campaign, struct campaign_sums *sums, struct err *err)
{
	const struct campaign_counted none = { .figure = CAMPAIGN_PEOPLE };
	struct campaign_counted x;
	struct store_stmt *s;
	int r = campaign ? store_ask(c, &s, err, FRESH_COLUMNS " WHERE m.campaign = ?2", "ii",
			       (int64_t)CAMPAIGN_OPT_OUT_MS, (int64_t)campaign)
			 : store_ask(c, &s, err, FRESH_COLUMNS " WHERE m.source IS NOT NULL", "i",
			       (int64_t)CAMPAIGN_OPT_OUT_MS);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		take_fresh(s, &x);
		r = campaign_tally_change(sums, &none, &x, err);
		if (r < 0)
			break;
	}
	store_reset(s);
	return r;
}

/* --- live ------------------------------------------------------------------------------------- */

struct living {
	struct store_conn *c;
	uint64_t campaign; /* 0 = all */
	struct campaign_sums *live;
	struct imap *seen; /* decisions that were looked at */
};

/* Found in the index by fate alone: without the second look at the table a planner walks the campaign. */
#define QUEUED_ROWS \
	"JOIN campaign_member m ON m.campaign = q.campaign AND m.seq = q.seq" \
	" LEFT JOIN decision d ON d.id = m.decision"

static int add_queued(struct living *l, struct err *err)
{
	struct campaign_counted was, now;
	struct store_stmt *s;
	int r = l->campaign
	    ? store_ask(l->c, &s, err,
		  NOW_COLUMNS "campaign_member q " QUEUED_ROWS
			      " WHERE q.campaign = ?1 AND q.fate = 2",
		  "i", (int64_t)l->campaign)
	    : store_ask(l->c, &s, err,
		  NOW_COLUMNS "campaign x JOIN campaign_member q ON q.campaign = x.id " QUEUED_ROWS
			      " WHERE x.busy = 1 AND q.fate = 2",
		  "");

	_Static_assert(MEMBER_QUEUED == 2, "the figure in the statements above");
	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		if (take_now(s, &was, &now))
			r = campaign_tally_change(l->live, &was, &now, err);
		if (r >= 0 &&
		    imap_put(l->seen, (uint64_t)store_col_int(s, CAMPAIGN_COUNTED_COLUMNS + 2), 1) <
			0)
			r = no_memory(err);
		if (r < 0)
			break;
	}
	store_reset(s);
	return r;
}

static int add_moved_one(struct living *l, uint64_t decision, struct err *err)
{
	struct campaign_counted was, now;
	struct store_stmt *s;
	int64_t unused;

	if (imap_get(l->seen, decision, &unused))
		return 0;
	if (imap_put(l->seen, decision, 1) < 0)
		return no_memory(err);
	int r = look_at(l->c, decision, &was, &now, &s, err);
	if (r <= 0)
		return r;
	r = l->campaign && was.campaign != l->campaign
	    ? 0
	    : campaign_tally_change(l->live, &was, &now, err);
	store_reset(s);
	return r;
}

static int add_moved(struct living *l, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(l->c, &s, err, "SELECT decisions FROM campaign_moved", "");

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		struct str list = store_col_blob(s, 0);
		for (size_t i = 0; r >= 0 && i < list.len / ID_BYTES; i++)
			r = add_moved_one(l, moved_at(list, i), err);
		if (r < 0)
			break;
	}
	store_reset(s);
	return r;
}

int campaign_tally_live(
    struct store_conn *c, uint64_t campaign, struct campaign_sums *live, struct err *err)
{
	struct living l = { .c = c, .campaign = campaign, .live = live, .seen = imap_new() };
	int r = l.seen ? add_queued(&l, err) : no_memory(err);

	if (r == 0)
		r = add_moved(&l, err);
	imap_free(&l.seen);
	return r;
}

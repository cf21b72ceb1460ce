/* Lists of decisions, newest first, without an index that each send would pay for. Where they are looked
 * for:
 *
 *   of a person            what is noted of people (journal_people.h)
 *   open, ended badly      the indexes of these states, a slice at a time; where segments tell more, of those alone
 *   any other              the rows themselves, a slice at a time: what is not noted yet, then segment by segment;
 *                          a segment that bears none of the values asked for is passed over (journal_values.h),
 *                          and one without the message id (journal_messages.h)
 *
 * A slice is a stretch of ids with at most JOURNAL_SEGMENT rows in it. The statement that reads one may let
 * pass more than is wanted, never less: each row that it finds is looked at once more. After SLICES_MAX a
 * page ends, and whoever wants more goes on from there. */
#include <string.h>

#include "base/check.h"
#include "base/id.h"
#include "domain/journal.h"
#include "domain/journal_former.h"
#include "domain/journal_messages.h"
#include "domain/journal_people.h"
#include "domain/journal_values.h"
#include "store/query.h"

#define LIST_MAX 1000
#define SLICES_MAX 32 /* 131,072 rows */
#define BEARS_MAX 4096

struct listing {
	struct store_conn *c;
	const struct journal_filter *f;
	struct arena *a;
	uint64_t from, before; /* ids that may be in the list: from ≤ id < before */
	struct journal_entry *list;
	size_t len, limit;
	size_t slices;     /* that were read */
	uint64_t place;    /* how far it came: no id below it was looked at */
	int64_t *segments; /* where a message id may be, rising */
	size_t segments_len;
	struct str like;
	struct str numbers; /* ",100200300,100200301,": a statement has no lists; p NULL = any */
};

struct slice {
	uint64_t from, before;
	bool former_only; /* but for judgements made since, it bears nothing that is wanted */
};

/* --- one row ---------------------------------------------------------------------------------- */

static bool rule_is_named(struct str stored, struct str rule)
{
	for (size_t i = 0; stored.p && i + rule.len + 2 <= stored.len; i++) {
		if (stored.p[i] == '"' && memcmp(stored.p + i + 1, rule.p, rule.len) == 0 &&
		    stored.p[i + rule.len + 1] == '"')
			return true;
	}
	return false;
}

static bool template_is(struct str stored, struct str wanted)
{
	return str_eq(stored, wanted) ||
	    (str_starts(stored, wanted) && stored.len > wanted.len && stored.p[wanted.len] == '/');
}

static bool is_of_numbers(struct str number, const struct journal_filter *f)
{
	bool is = !f->numbers;

	for (size_t i = 0; !is && i < f->numbers_len; i++)
		is = str_eq(number, f->numbers[i]);
	return is;
}

/* But for the rule. */
static bool is_wanted(const struct journal_entry *e, const struct journal_filter *f)
{
	return (!f->app.p || str_eq(e->app, f->app)) &&
	    (!f->number.p || str_eq(e->number, f->number)) && is_of_numbers(e->number, f) &&
	    (!f->campaign.p || str_eq(e->campaign, f->campaign)) &&
	    (!f->wamid.p || str_eq(e->wamid, f->wamid)) &&
	    (!f->tpl.p || template_is(e->template_name, f->tpl)) &&
	    (!f->person || e->person == f->person) && (!f->state_given || e->state == f->state) &&
	    (!f->verdict_given || e->verdict == f->verdict);
}

/* 1 it does, 0 it does not. A rule that only a former judgement named counts: it is why the send left
 * late, or with what it was held before it was refused for another reason. */
static int passes(struct listing *l, const struct journal_entry *e, struct err *err)
{
	if (!is_wanted(e, l->f))
		return 0;
	if (!l->f->rule.p || rule_is_named(e->rules, l->f->rule))
		return 1;
	return former_has_rule(l->c, e->id, l->f->rule, err);
}

static int take(struct listing *l, uint64_t id, struct err *err)
{
	struct journal_entry *e = &l->list[l->len];
	int r = journal_get(l->c, id, l->a, e, err);

	if (r > 0)
		r = passes(l, e, err);
	l->len += r > 0;
	return r < 0 ? r : 0;
}

static bool is_full(const struct listing *l)
{
	return l->len == l->limit;
}

/* Ids of a statement, newest first. */
static int take_all(struct listing *l, struct store_stmt *s, struct err *err)
{
	int r = 0;

	while (!is_full(l) && (r = store_step(s, err)) > 0) {
		l->place = (uint64_t)store_col_int(s, 0);
		r = take(l, l->place, err);
		if (r < 0)
			break;
	}
	store_reset(s);
	return r < 0 ? r : 0;
}

/* --- one slice -------------------------------------------------------------------------------- */

#define WANTED \
	" AND (?3 IS NULL OR app = ?3) AND (?4 IS NULL OR number = ?4) AND (?5 IS NULL OR campaign = ?5)" \
	" AND (?12 IS NULL OR ?12 LIKE '%,' || number || ',%')" \
	" AND (?6 IS NULL OR substr(template, 1, length(?6)) = ?6) AND (?7 < 0 OR verdict = ?7)" \
	" AND (?8 IS NULL OR wamid = ?8) AND (?9 IS NULL OR rules LIKE ?9 OR id IN (SELECT decision" \
	" FROM decision_former WHERE decision >= ?1 AND decision < ?2))" \
	" AND (?10 = 0 OR id IN (SELECT decision FROM decision_former WHERE decision >= ?1 AND decision < ?2))"
#define WANTED_TYPES "iittttitti"
#define ENDED " AND (state = 10 OR state > 14)"

_Static_assert(SEND_REFUSED == 10 && SEND_FAILED == 15 && SEND_EXPIRED == 18,
    "the figures in the statements of this file");

static int64_t verdict_or_any(const struct journal_filter *f)
{
	return f->verdict_given ? (int64_t)f->verdict : -1;
}

static bool has_ended_badly(const struct journal_filter *f)
{
	return f->state_given && (f->state == SEND_REFUSED || f->state >= SEND_FAILED);
}

static int read_slice(struct listing *l, const struct slice *x, bool by_state, struct err *err)
{
	const struct journal_filter *f = l->f;
	int64_t from = (int64_t)x->from, before = (int64_t)x->before;
	/* of the formers, the verdict may have been another one then, but what is wanted is the newest */
	struct str like = x->former_only ? STR_NONE : l->like;
	struct store_stmt *s;
	int r;

	if (by_state)
		r = store_ask(l->c, &s, err,
		    "SELECT id FROM decision WHERE id >= ?1 AND id < ?2 AND state = ?11" ENDED WANTED
		    " ORDER BY id DESC",
		    WANTED_TYPES "it", from, before, f->app, f->number, f->campaign, f->tpl,
		    verdict_or_any(f), f->wamid, like, (int64_t)x->former_only, (int64_t)f->state,
		    l->numbers);
	else
		r = store_ask(l->c, &s, err,
		    "SELECT id FROM decision WHERE id >= ?1 AND id < ?2 AND (?11 = 0 OR state = ?11)" WANTED
		    " ORDER BY id DESC",
		    WANTED_TYPES "it", from, before, f->app, f->number, f->campaign, f->tpl,
		    verdict_or_any(f), f->wamid, like, (int64_t)x->former_only,
		    f->state_given ? (int64_t)f->state : 0, l->numbers);
	if (r < 0)
		return r;
	r = take_all(l, s, err);
	l->slices++;
	if (r == 0 && !is_full(l))
		l->place = x->from;
	return r;
}

static bool is_enough(const struct listing *l)
{
	return is_full(l) || l->slices >= SLICES_MAX || l->place <= l->from;
}

/* Slice by slice as `sql` cuts them, which is given two bounds, how many rows, and a state. */
static int walk(struct listing *l, uint64_t from, bool by_state, struct err *err)
{
	int r = 0;

	while (r >= 0 && !is_enough(l) && l->place > from) {
		int64_t start = 0;
		if (by_state)
			r = store_ask_int(l->c, &start, err,
			    "SELECT id FROM decision WHERE id >= ?1 AND id < ?2 AND state = ?4" ENDED
			    " ORDER BY id DESC LIMIT 1 OFFSET ?3",
			    "iiii", (int64_t)from, (int64_t)l->place, (int64_t)JOURNAL_SEGMENT - 1,
			    (int64_t)l->f->state);
		else
			r = store_ask_int(l->c, &start, err,
			    "SELECT id FROM decision WHERE id >= ?1 AND id < ?2 ORDER BY id DESC"
			    " LIMIT 1 OFFSET ?3",
			    "iii", (int64_t)from, (int64_t)l->place, (int64_t)JOURNAL_SEGMENT - 1);
		struct slice x = { .from = r > 0 ? (uint64_t)start : from, .before = l->place };
		if (r >= 0)
			r = read_slice(l, &x, by_state, err);
	}
	return r < 0 ? r : 0;
}

/* --- segments --------------------------------------------------------------------------------- */

static bool bears(struct str noted, enum journal_value what, struct str value)
{
	return !value.p || journal_values_may_bear(noted, what, value);
}

static bool bears_numbers(struct str noted, const struct journal_filter *f)
{
	bool any = !f->numbers;

	for (size_t i = 0; !any && i < f->numbers_len; i++)
		any = journal_values_may_bear(noted, VALUE_NUMBER, f->numbers[i]);
	return any;
}

/* 1 it is to be read, 0 it has nothing that is wanted. */
static int look_into(struct listing *l, struct str noted, struct slice *x, struct err *err)
{
	const struct journal_filter *f = l->f;
	struct str verdict = f->verdict_given ? str_c(verdict_name(f->verdict)) : STR_NONE;
	int64_t any = 0;

	if (!bears(noted, VALUE_APP, f->app) || !bears(noted, VALUE_NUMBER, f->number) ||
	    !bears_numbers(noted, f) || !bears(noted, VALUE_CAMPAIGN, f->campaign) ||
	    !bears(noted, VALUE_TEMPLATE, f->tpl))
		return 0;
	if (bears(noted, VALUE_RULE, f->rule) && bears(noted, VALUE_VERDICT, verdict))
		return 1;
	x->former_only = true;
	int r = store_ask_int(l->c, &any, err,
	    "SELECT decision FROM decision_former WHERE decision >= ?1 AND decision < ?2 LIMIT 1",
	    "ii", (int64_t)x->from, (int64_t)x->before);
	return r < 0 ? r : any != 0;
}

struct segment {
	int64_t number;
	uint64_t last;
	struct str bears;
};

static bool may_hold(const struct listing *l, int64_t segment)
{
	size_t lo = 0, hi = l->segments_len;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (l->segments[mid] < segment)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < l->segments_len && l->segments[lo] == segment;
}

/* Whose ids are behind `behind`. */
static int read_segment(
    struct listing *l, uint64_t behind, const struct segment *seg, struct err *err)
{
	struct slice x = { .from = behind + 1 > l->from ? behind + 1 : l->from,
		.before = seg->last + 1 < l->place ? seg->last + 1 : l->place };

	if (x.from >= x.before)
		return 0;
	int r = l->f->wamid.p && !may_hold(l, seg->number) ? 0 : look_into(l, seg->bears, &x, err);
	if (r > 0)
		return read_slice(l, &x, has_ended_badly(l->f), err);
	l->place = r == 0 ? x.from : l->place;
	return r;
}

/* The newest first; a segment begins where the one before it ends, which the next row tells. */
static int walk_segments(struct listing *l, struct err *err)
{
	struct segment seg = { .last = 0 };
	char noted[BEARS_MAX];
	struct store_stmt *s;
	int r = store_ask(l->c, &s, err,
	    "SELECT last, bears, segment FROM people_segment ORDER BY segment DESC", "");

	if (r < 0)
		return r;
	while (!is_enough(l) && (r = store_step(s, err)) > 0) {
		uint64_t behind = (uint64_t)store_col_int(s, 0);
		struct str next = store_col_blob(s, 1);
		if (seg.last)
			r = read_segment(l, behind, &seg, err);
		if (r < 0)
			break;
		size_t len = next.len <= sizeof(noted) ? next.len : 0;
		memcpy(noted, len ? next.p : "", len);
		seg = (struct segment){ store_col_int(s, 2), behind, str_n(noted, len) };
	}
	store_reset(s);
	if (r == 0 && seg.last && !is_enough(l))
		r = read_segment(l, 0, &seg, err);
	return r < 0 ? r : 0;
}

/* --- ways ------------------------------------------------------------------------------------- */

static int list_person(struct listing *l, struct err *err)
{
	struct journal_candidates of = { .person = 0 };
	int r = journal_candidates(l->c, l->f->person, l->a, &of, err);

	for (size_t i = of.len; r == 0 && i > 0 && !is_full(l); i--) {
		uint64_t id = of.ids[i - 1];
		if (id >= l->before)
			continue;
		if (id < l->from)
			break;
		r = take(l, id, err);
		l->place = id;
	}
	if (r == 0 && !is_full(l))
		l->place = l->from;
	return r;
}

/* There are never many, and what is on its way at once is in no index. */
static int list_open(struct listing *l, struct err *err)
{
	struct store_stmt *s;
	int r;

	if (l->f->state == SEND_SENDING)
		r = store_ask(l->c, &s, err,
		    "SELECT id FROM decision WHERE id IN (SELECT id FROM decision WHERE state = 3 AND state < 9"
		    " UNION ALL SELECT id FROM decision WHERE state = 9 AND id > coalesce((SELECT last"
		    " FROM people_segment ORDER BY segment DESC LIMIT 1), 0)) AND id < ?1 AND id >= ?2"
		    " ORDER BY id DESC",
		    "ii", (int64_t)l->before, (int64_t)l->from);
	else
		r = store_ask(l->c, &s, err,
		    "SELECT id FROM decision WHERE state = ?3 AND state < 9 AND id < ?1 AND id >= ?2"
		    " ORDER BY id DESC",
		    "iii", (int64_t)l->before, (int64_t)l->from, (int64_t)l->f->state);
	if (r == 0)
		r = take_all(l, s, err);
	if (r == 0 && !is_full(l))
		l->place = l->from;
	return r;
}

static int list_rows(struct listing *l, struct err *err)
{
	int64_t noted = 0;
	int r = store_ask_int(
	    l->c, &noted, err, "SELECT last FROM people_segment ORDER BY segment DESC LIMIT 1", "");

	if (r >= 0)
		r = walk(l, (uint64_t)noted + 1 > l->from ? (uint64_t)noted + 1 : l->from,
		    has_ended_badly(l->f), err);
	if (r == 0 && l->f->wamid.p && !is_enough(l))
		r = journal_messages_find(
		    l->c, l->f->wamid, l->a, &l->segments, &l->segments_len, err);
	if (r == 0 && !is_enough(l))
		r = walk_segments(l, err);
	if (r == 0 && !is_full(l) && l->slices < SLICES_MAX)
		l->place = l->from;
	return r;
}

/* Whether segments tell more than the index of the state, which is read in each of them then: few of what was
 * refused may be by that rule, but what failed is seldom at all. A campaign is in a few of them. */
static bool segments_tell(const struct journal_filter *f)
{
	return f->campaign.p ||
	    (f->state == SEND_REFUSED &&
		(f->app.p || f->number.p || f->numbers || f->tpl.p || f->rule.p));
}

static int list(struct listing *l, struct err *err)
{
	if (l->f->person)
		return list_person(l, err);
	if (l->f->state_given && l->f->state < SEND_REFUSED)
		return list_open(l, err);
	if (has_ended_badly(l->f) && !segments_tell(l->f))
		return walk(l, l->from, true, err);
	return list_rows(l, err);
}

static void set_bounds(struct listing *l)
{
	const struct journal_filter *f = l->f;
	uint64_t end = f->until == TIME_NONE ? INT64_MAX : id_first_at(f->until);

	l->before = f->before && f->before < end ? f->before : end;
	l->from = f->since == TIME_NONE ? 0 : id_first_at(f->since);
	l->place = l->before;
}

static int join_numbers(struct listing *l, struct err *err)
{
	struct buf text;

	buf_init(&text, 0);
	buf_add_c(&text, ",");
	for (size_t i = 0; i < l->f->numbers_len; i++) {
		buf_add(&text, l->f->numbers[i]);
		buf_add_c(&text, ",");
	}
	l->numbers = text.failed ? STR_NONE : arena_str(l->a, buf_str(&text));
	buf_done(&text);
	return l->numbers.p ? 0 : err_set(err, E_NOMEM, "Memory ran out while listing decisions.");
}

int journal_list(struct store_conn *c, const struct journal_filter *f, struct arena *a,
    struct journal_entry **ret, size_t *ret_len, uint64_t *ret_next, struct err *err)
{
	struct listing l = {
		.c = c,
		.f = f,
		.a = a,
		.limit = f->limit && f->limit < LIST_MAX ? f->limit : LIST_MAX,
	};

	l.list = ARENA_ARRAY(a, struct journal_entry, l.limit + 1);
	if (!l.list)
		return err_set(err, E_NOMEM, "Memory ran out while listing decisions.");
	if (f->rule.p) {
		l.like = arena_printf(a, "%%\"%.*s\"%%", STR_ARG(f->rule));
		if (!l.like.p)
			return err_set(err, E_NOMEM, "Memory ran out while listing decisions.");
	}
	set_bounds(&l);
	int r = f->numbers ? join_numbers(&l, err) : 0;
	if (r == 0)
		r = list(&l, err);
	if (r < 0)
		return r;
	*ret = l.list;
	*ret_len = l.len;
	*ret_next = l.place > l.from ? l.place : 0;
	return 0;
}

/* A row of a part: pairs of person and decision, eight bytes each, first byte first, in the order in which they were
 * noted. Parts are by person, and their rows stand together, in the order of their places: what is asked walks
 * over one stretch of the table. Where the place is the key, a row of a kilobyte lies in its page; with a key of
 * several columns each had a page of its own besides. */
#include "domain/journal_people.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/id.h"
#include "domain/decision.h"
#include "domain/journal.h"
#include "domain/journal_messages.h"
#include "domain/journal_values.h"
#include "store/query.h"

#define PAIR 16
#define PART_SHIFT 40 /* place: the part, and below it the segment */

static int no_memory(struct err *err)
{
	return err_set(
	    err, E_NOMEM, "Memory ran out while looking for the decisions about a person.");
}

static int64_t part_of(uint64_t person)
{
	return (int64_t)(person % JOURNAL_PARTS);
}

static int64_t place_of(int64_t part, int64_t segment)
{
	return (part << PART_SHIFT) + segment;
}

static void put_number(char out[8], uint64_t n)
{
	for (int i = 0; i < 8; i++)
		out[i] = (char)(n >> (56 - 8 * i));
}

static uint64_t take_number(const char *p)
{
	uint64_t n = 0;

	for (int i = 0; i < 8; i++)
		n = n << 8 | (unsigned char)p[i];
	return n;
}

/* --- noting ----------------------------------------------------------------------------------- */

struct parts {
	struct buf pairs[JOURNAL_PARTS];
	uint64_t last; /* decision */
	int64_t count;
	bool on_their_way; /* some of them, still */
	struct journal_values bears;
	struct journal_messages messages;
};

static int add_pair(struct parts *p, uint64_t person, uint64_t decision, struct err *err)
{
	struct buf *pairs = &p->pairs[part_of(person)];
	char pair[PAIR];

	p->last = decision;
	p->count++;
	if (!person)
		return 0;
	put_number(pair, person);
	put_number(pair + 8, decision);
	buf_add(pairs, str_n(pair, sizeof(pair)));
	return pairs->failed ? no_memory(err) : 0;
}

/* What Varco itself asks is queued before it is judged, without a former judgement (journal_former.c). */
static void add_values(struct journal_values *v, struct store_stmt *s)
{
	enum verdict verdict = store_col_is_up_to(s, 3, VERDICT_REFUSE)
	    ? (enum verdict)store_col_int(s, 3)
	    : VERDICT_ALLOW;

	journal_values_add(v, VALUE_VERDICT, str_c(verdict_name(verdict)));
	journal_values_add(v, VALUE_APP, store_col_text(s, 4));
	journal_values_add(v, VALUE_NUMBER, store_col_text(s, 5));
	journal_values_add_template(v, store_col_text(s, 6));
	journal_values_add(v, VALUE_CAMPAIGN, store_col_text(s, 7));
	journal_values_add_rules(v, store_col_text(s, 8));
	if (verdict == VERDICT_HOLD && !store_col_text(s, 8).p)
		journal_values_add_any_rule(v);
}

/* The decisions behind `after`, at most one segment. */
static int gather(
    struct store_conn *c, uint64_t after, time_ms before, struct parts *p, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT id, person, state, verdict, app, number, template, campaign, rules, wamid FROM decision"
	    " WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3",
	    "iii", (int64_t)after, (int64_t)id_first_at(before), (int64_t)JOURNAL_SEGMENT);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		p->on_their_way |= store_col_int(s, 2) == SEND_STORED_AT_ONCE;
		add_values(&p->bears, s);
		journal_messages_add(&p->messages, store_col_text(s, 9), store_col_int(s, 2));
		r = add_pair(p, (uint64_t)store_col_int(s, 1), (uint64_t)store_col_int(s, 0), err);
		if (r < 0)
			break;
	}
	store_reset(s);
	return r;
}

/* From now on they are found by the index of what is open. */
static int index_sending(
    struct store_conn *c, uint64_t after, const struct parts *p, struct err *err)
{
	_Static_assert(
	    SEND_SENDING == 3 && SEND_STORED_AT_ONCE == 9, "the figures in the statement");

	if (!p->on_their_way)
		return 0;
	return store_do(c, err,
	    "UPDATE decision SET state = 3 WHERE id > ?1 AND id <= ?2 AND state = 9", "ii",
	    (int64_t)after, (int64_t)p->last);
}

static int keep(struct store_conn *c, int64_t segment, const struct parts *p, struct err *err)
{
	struct buf bears;

	buf_init(&bears, 0);
	journal_values_write(&p->bears, &bears);
	int r = bears.failed
	    ? no_memory(err)
	    : store_do(c, err,
		  "INSERT INTO people_segment (segment, last, bears) VALUES (?1, ?2, ?3)", "iib",
		  segment, (int64_t)p->last, buf_str(&bears));
	buf_done(&bears);
	for (int64_t i = 0; r == 0 && i < JOURNAL_PARTS; i++) {
		if (p->pairs[i].len)
			r = store_do(c, err,
			    "INSERT INTO people_pairs (place, pairs) VALUES (?1, ?2)", "ib",
			    place_of(i, segment), buf_str(&p->pairs[i]));
	}
	return r < 0 ? r : journal_messages_keep(c, segment, &p->messages, err);
}

/* The newest segment and its last decision; 0 and 0 when there is none. */
static int newest(struct store_conn *c, int64_t *ret_segment, uint64_t *ret_last, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT segment, last FROM people_segment ORDER BY segment DESC LIMIT 1", "");

	if (r < 0)
		return r;
	r = store_step(s, err);
	*ret_segment = r > 0 ? store_col_int(s, 0) : 0;
	*ret_last = r > 0 ? (uint64_t)store_col_int(s, 1) : 0;
	store_reset(s);
	return r < 0 ? r : 0;
}

int journal_people_note(struct store_conn *c, time_ms now, struct err *err)
{
	struct parts p = { .count = 0 };
	int64_t segment;
	uint64_t last;
	int r = newest(c, &segment, &last, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < JOURNAL_PARTS; i++)
		buf_init(&p.pairs[i], 0);
	r = gather(c, last, now - JOURNAL_SETTLED_MS, &p, err);
	bool whole = p.count == JOURNAL_SEGMENT;
	if (r == 0 && whole)
		r = keep(c, segment + 1, &p, err);
	if (r == 0 && whole)
		r = index_sending(c, last, &p, err);
	for (size_t i = 0; i < JOURNAL_PARTS; i++)
		buf_done(&p.pairs[i]);
	return r < 0 ? r : whole;
}

/* --- judged anew for somebody else -------------------------------------------------------------- */

/* 1 and the segment that has the decision, 0 it is not noted yet. */
static int segment_of(struct store_conn *c, uint64_t decision, int64_t *ret, struct err *err)
{
	int64_t before = 0;
	uint64_t last;
	int r = newest(c, ret, &last, err);

	if (r < 0 || decision > last)
		return r;
	r = store_ask_int(c, &before, err,
	    "SELECT segment FROM people_segment WHERE last < ?1 ORDER BY segment DESC LIMIT 1", "i",
	    (int64_t)decision);
	*ret = r > 0 ? before + 1 : 1;
	return r < 0 ? r : 1;
}

static bool has_pair(struct str pairs, const char pair[PAIR])
{
	for (size_t i = 0; i + PAIR <= pairs.len; i += PAIR) {
		if (memcmp(pairs.p + i, pair, PAIR) == 0)
			return true;
	}
	return false;
}

/* What stands at the place, and the pair behind it: 1, or 0 when it stands there. */
static int with_pair(
    struct store_conn *c, int64_t place, const char pair[PAIR], struct buf *out, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(
	    c, &s, err, "SELECT pairs FROM people_pairs WHERE place = ?1", "i", place);

	if (r < 0)
		return r;
	r = store_step(s, err);
	bool known = r > 0 && has_pair(store_col_blob(s, 0), pair);
	if (r > 0 && !known)
		buf_add(out, store_col_blob(s, 0));
	store_reset(s);
	if (r < 0 || known)
		return r < 0 ? r : 0;
	buf_add(out, str_n(pair, PAIR));
	return out->failed ? no_memory(err) : 1;
}

int journal_people_changed(
    struct store_conn *c, uint64_t decision, uint64_t person, struct err *err)
{
	char pair[PAIR];
	int64_t segment;
	struct buf pairs;
	int r = person ? segment_of(c, decision, &segment, err) : 0;

	if (r <= 0)
		return r;
	put_number(pair, person);
	put_number(pair + 8, decision);
	buf_init(&pairs, 0);
	int64_t place = place_of(part_of(person), segment);
	r = with_pair(c, place, pair, &pairs, err);
	if (r > 0)
		r = store_do(c, err,
		    "INSERT INTO people_pairs (place, pairs) VALUES (?1, ?2)"
		    " ON CONFLICT (place) DO UPDATE SET pairs = excluded.pairs",
		    "ib", place, buf_str(&pairs));
	buf_done(&pairs);
	return r;
}

/* --- finding ---------------------------------------------------------------------------------- */

struct search {
	const uint64_t *people;
	const char (*keys)[8]; /* the same, as pairs have them */
	size_t people_len;
	struct buf found; /* decisions, as numbers of this machine */
};

static void look_at(struct search *f, uint64_t person, uint64_t decision)
{
	for (size_t i = 0; i < f->people_len; i++) {
		if (f->people[i] == person) {
			buf_add(&f->found, str_n((const char *)&decision, sizeof(decision)));
			return;
		}
	}
}

static void look_at_pair(struct search *f, const char *pair)
{
	for (size_t i = 0; i < f->people_len; i++) {
		if (memcmp(f->keys[i], pair, sizeof(f->keys[i])) == 0) {
			uint64_t decision = take_number(pair + 8);
			buf_add(&f->found, str_n((const char *)&decision, sizeof(decision)));
			return;
		}
	}
}

static int search_part(struct store_conn *c, struct search *f, int64_t part, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT pairs FROM people_pairs WHERE place >= ?1 AND place < ?2 ORDER BY place", "ii",
	    place_of(part, 0), place_of(part + 1, 0));

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		struct str pairs = store_col_blob(s, 0);
		for (size_t i = 0; i + PAIR <= pairs.len; i += PAIR)
			look_at_pair(f, pairs.p + i);
	}
	store_reset(s);
	return r;
}

static int search_parts(struct store_conn *c, struct search *f, struct err *err)
{
	uint64_t wanted = 0;
	int r = 0;

	for (size_t i = 0; i < f->people_len; i++)
		wanted |= UINT64_C(1) << part_of(f->people[i]);
	for (int64_t part = 0; r == 0 && part < JOURNAL_PARTS; part++) {
		if (wanted & UINT64_C(1) << part)
			r = search_part(c, f, part, err);
	}
	return r;
}

/* Those that no segment has yet. */
static int search_rest(struct store_conn *c, struct search *f, struct err *err)
{
	struct store_stmt *s;
	int64_t segment;
	uint64_t last;
	int r = newest(c, &segment, &last, err);

	if (r == 0)
		r = store_ask(c, &s, err,
		    "SELECT id, person FROM decision WHERE id > ?1 ORDER BY id", "i",
		    (int64_t)last);
	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0)
		look_at(f, (uint64_t)store_col_int(s, 1), (uint64_t)store_col_int(s, 0));
	store_reset(s);
	return r;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Sorted; one that was judged anew may be two people's, who are one since. */
static size_t drop_repeated(uint64_t *list, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (!n || list[n - 1] != list[i])
			list[n++] = list[i];
	}
	return n;
}

int journal_people_find(struct store_conn *c, const uint64_t *people, size_t people_len,
    struct arena *a, uint64_t **ret, size_t *ret_len, struct err *err)
{
	char(*keys)[8] = arena_alloc(a, (people_len + 1) * sizeof(*keys));
	struct search f = { .people = people, .keys = keys, .people_len = people_len };
	uint64_t *list = NULL;

	if (!keys)
		return no_memory(err);
	for (size_t i = 0; i < people_len; i++)
		put_number(keys[i], people[i]);
	buf_init(&f.found, 0);
	int r = search_parts(c, &f, err);
	if (r == 0)
		r = search_rest(c, &f, err);
	size_t n = f.found.len / sizeof(*list);
	if (r == 0) {
		list = f.found.failed ? NULL : ARENA_ARRAY(a, uint64_t, n ? n : 1);
		r = list ? 0 : no_memory(err);
	}
	if (r == 0 && n) {
		memcpy(list, f.found.p, f.found.len);
		qsort(list, n, sizeof(*list), by_number);
		n = drop_repeated(list, n);
	}
	buf_done(&f.found);
	if (r < 0)
		return r;
	*ret = list;
	*ret_len = n;
	return 0;
}

/* --- stretches -------------------------------------------------------------------------------- */

static bool may_name(struct str noted, const struct str *rules, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (journal_values_may_bear(noted, VALUE_RULE, rules[i]))
			return true;
	}
	return false;
}

/* 1 it was judged anew since it was noted. */
static int has_former(struct store_conn *c, struct journal_stretch x, struct err *err)
{
	int64_t decision;

	return store_ask_int(c, &decision, err,
	    "SELECT decision FROM decision_former WHERE decision >= ?1 AND decision < ?2 LIMIT 1",
	    "ii", (int64_t)x.from, (int64_t)x.before);
}

/* Joined to the one before where it goes on from there. */
static int add_stretch(struct buf *out, struct journal_stretch x)
{
	struct journal_stretch last;

	if (x.from >= x.before)
		return 0;
	if (out->len) {
		memcpy(&last, out->p + out->len - sizeof(last), sizeof(last));
		if (last.before == x.from) {
			last.before = x.before;
			memcpy(out->p + out->len - sizeof(last), &last, sizeof(last));
			return 0;
		}
	}
	buf_add(out, str_n((const char *)&x, sizeof(x)));
	return out->failed ? -E_NOMEM : 0;
}

static struct journal_stretch common(struct journal_stretch a, struct journal_stretch b)
{
	return (struct journal_stretch){ .from = a.from > b.from ? a.from : b.from,
		.before = a.before < b.before ? a.before : b.before };
}

static int gather_stretches(struct store_conn *c, struct journal_stretch within,
    const struct str *rules, size_t rules_len, struct buf *out, struct err *err)
{
	struct journal_stretch x = { .from = 0 };
	struct store_stmt *s;
	int r = store_ask(
	    c, &s, err, "SELECT last, bears FROM people_segment ORDER BY segment", "");

	while (r >= 0 && (r = store_step(s, err)) > 0) {
		x.before = (uint64_t)store_col_int(s, 0) + 1;
		struct journal_stretch part = common(x, within);
		int named = part.from >= part.before                   ? 0
		    : may_name(store_col_blob(s, 1), rules, rules_len) ? 1
								       : has_former(c, part, err);
		if (named > 0 && add_stretch(out, part) < 0)
			named = no_memory(err);
		if (named < 0) {
			store_reset(s);
			return named;
		}
		x.from = x.before;
	}
	x.before = UINT64_MAX;
	return r == 0 && add_stretch(out, common(x, within)) < 0 ? no_memory(err) : r;
}

int journal_people_stretches(struct store_conn *c, struct journal_stretch within,
    const struct str *rules, size_t rules_len, struct arena *a, struct journal_stretch **ret,
    size_t *ret_len, struct err *err)
{
	struct buf out;

	buf_init(&out, 0);
	int r = gather_stretches(c, within, rules, rules_len, &out, err);
	size_t n = out.len / sizeof(**ret);
	struct journal_stretch *list = r == 0 ? ARENA_ARRAY(a, struct journal_stretch, n ? n : 1)
					      : NULL;
	if (r == 0 && !list)
		r = no_memory(err);
	if (r == 0) {
		memcpy(list, n ? out.p : "", out.len);
		*ret = list;
		*ret_len = n;
	}
	buf_done(&out);
	return r;
}

/* --- forgetting ------------------------------------------------------------------------------- */

/* A row without the person's pairs; 1 when there were some. */
static bool leave_out(struct str pairs, uint64_t person, struct buf *out)
{
	for (size_t i = 0; i + PAIR <= pairs.len; i += PAIR) {
		if (take_number(pairs.p + i) != person)
			buf_add(out, str_sub(pairs, i, PAIR));
	}
	return out->len != pairs.len;
}

/* The first row behind *place that names the person, without them: 1, or 0 when there is none. */
static int next_named(
    struct store_conn *c, uint64_t person, int64_t *place, struct buf *out, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT place, pairs FROM people_pairs WHERE place > ?1 AND place < ?2 ORDER BY place",
	    "ii", *place, place_of(part_of(person) + 1, 0));

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		*place = store_col_int(s, 0);
		buf_reset(out);
		if (leave_out(store_col_blob(s, 1), person, out))
			break;
	}
	store_reset(s);
	return r > 0 && out->failed ? no_memory(err) : r;
}

int journal_people_forget(struct store_conn *c, uint64_t person, struct err *err)
{
	int64_t first = place_of(part_of(person), 0), place = first;
	struct buf left;
	int r;

	buf_init(&left, 0);
	while ((r = next_named(c, person, &place, &left, err)) > 0) {
		r = store_do(c, err, "UPDATE people_pairs SET pairs = ?2 WHERE place = ?1", "ib",
		    place, left.len ? buf_str(&left) : STR(""));
		if (r == 0)
			r = journal_messages_forget(c, place - first, err);
		if (r < 0)
			break;
	}
	buf_done(&left);
	return r;
}

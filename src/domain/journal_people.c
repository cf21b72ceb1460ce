/* A row of a part: pairs of person and decision, eight bytes each, first byte first, in the order of the
 * decisions. Parts are by person, and their rows stand together: what is asked walks over one stretch
 * of the table. */
#include "domain/journal_people.h"

#include <stdlib.h>

#include "base/check.h"
#include "store/query.h"

#define PAIR 16

static int no_memory(struct err *err)
{
	return err_set(
	    err, E_NOMEM, "Memory ran out while looking for the decisions about a person.");
}

static int64_t part_of(uint64_t person)
{
	return (int64_t)(person % JOURNAL_PARTS);
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

/* The decisions behind `after`, at most one segment. */
static int gather(struct store_conn *c, uint64_t after, struct parts *p, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT id, person FROM decision WHERE id > ?1 ORDER BY id LIMIT ?2", "ii",
	    (int64_t)after, (int64_t)JOURNAL_SEGMENT);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		r = add_pair(p, (uint64_t)store_col_int(s, 1), (uint64_t)store_col_int(s, 0), err);
		if (r < 0)
			break;
	}
	store_reset(s);
	return r;
}

static int keep(struct store_conn *c, int64_t segment, const struct parts *p, struct err *err)
{
	int r = store_do(c, err, "INSERT INTO people_segment (segment, last) VALUES (?1, ?2)", "ii",
	    segment, (int64_t)p->last);

	for (int64_t i = 0; r == 0 && i < JOURNAL_PARTS; i++) {
		if (p->pairs[i].len)
			r = store_do(c, err,
			    "INSERT INTO people_part (part, segment, pairs) VALUES (?1, ?2, ?3)",
			    "iib", i, segment, buf_str(&p->pairs[i]));
	}
	return r;
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

int journal_people_note(struct store_conn *c, struct err *err)
{
	struct parts p = { .count = 0 };
	int64_t segment;
	uint64_t last;
	int r = newest(c, &segment, &last, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < JOURNAL_PARTS; i++)
		buf_init(&p.pairs[i], 0);
	r = gather(c, last, &p, err);
	bool whole = p.count == JOURNAL_SEGMENT;
	if (r == 0 && whole)
		r = keep(c, segment + 1, &p, err);
	for (size_t i = 0; i < JOURNAL_PARTS; i++)
		buf_done(&p.pairs[i]);
	return r < 0 ? r : whole;
}

/* --- finding ---------------------------------------------------------------------------------- */

struct search {
	const uint64_t *people;
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

static int search_part(struct store_conn *c, struct search *f, int64_t part, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT pairs FROM people_part WHERE part = ?1 ORDER BY segment", "i", part);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		struct str pairs = store_col_blob(s, 0);
		for (size_t i = 0; i + PAIR <= pairs.len; i += PAIR)
			look_at(f, take_number(pairs.p + i), take_number(pairs.p + i + 8));
	}
	store_reset(s);
	return r;
}

static int search_parts(struct store_conn *c, struct search *f, struct err *err)
{
	unsigned wanted = 0;
	int r = 0;

	for (size_t i = 0; i < f->people_len; i++)
		wanted |= 1u << part_of(f->people[i]);
	for (int64_t part = 0; r == 0 && part < JOURNAL_PARTS; part++) {
		if (wanted & 1u << part)
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

int journal_people_find(struct store_conn *c, const uint64_t *people, size_t people_len,
    struct arena *a, uint64_t **ret, size_t *ret_len, struct err *err)
{
	struct search f = { .people = people, .people_len = people_len };
	uint64_t *list = NULL;

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
	}
	buf_done(&f.found);
	if (r < 0)
		return r;
	*ret = list;
	*ret_len = n;
	return 0;
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

/* The first row behind *segment that names the person, without them: 1, or 0 when there is none. */
static int next_named(
    struct store_conn *c, uint64_t person, int64_t *segment, struct buf *out, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT segment, pairs FROM people_part WHERE part = ?1 AND segment > ?2 ORDER BY segment",
	    "ii", part_of(person), *segment);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		*segment = store_col_int(s, 0);
		buf_reset(out);
		if (leave_out(store_col_blob(s, 1), person, out))
			break;
	}
	store_reset(s);
	return r > 0 && out->failed ? no_memory(err) : r;
}

int journal_people_forget(struct store_conn *c, uint64_t person, struct err *err)
{
	int64_t segment = 0;
	struct buf left;
	int r;

	buf_init(&left, 0);
	while ((r = next_named(c, person, &segment, &left, err)) > 0) {
		r = store_do(c, err,
		    "UPDATE people_part SET pairs = ?3 WHERE part = ?1 AND segment = ?2", "iib",
		    part_of(person), segment, left.len ? buf_str(&left) : STR(""));
		if (r < 0)
			break;
	}
	buf_done(&left);
	return r;
}

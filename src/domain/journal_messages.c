/* A row: one part of one segment's filter, in the order of their places. */
#include "domain/journal_messages.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "domain/journal.h"
#include "store/query.h"

#define FNV_BASIS UINT64_C(14695981039346656037)
#define FNV_PRIME UINT64_C(1099511628211)
#define PLACES 8
#define LOOK_MAX 64   /* segments whose sends are looked at in one go */
#define PART_SHIFT 40 /* place: the part, and below it the segment */

#define PART_BITS (JOURNAL_MESSAGES_BYTES * 8)

/* --- the filter ------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t h, uint64_t n)
{
	h = (h ^ n) * FNV_PRIME;
	return h ^ h >> 32;
}

/* Eight bytes at a time, and what is left as one number: the same in each process and on each machine, which
 * keyed hashes are not. Stored by it; never change. */
static uint64_t hash_of(struct str wamid)
{
	const unsigned char *p = (const unsigned char *)wamid.p;
	uint64_t h = FNV_BASIS ^ wamid.len, left = 0;
	size_t i = 0;

	for (; i + 8 <= wamid.len; i += 8)
		h = mix(h,
		    (uint64_t)p[i] | (uint64_t)p[i + 1] << 8 | (uint64_t)p[i + 2] << 16 |
			(uint64_t)p[i + 3] << 24 | (uint64_t)p[i + 4] << 32 |
			(uint64_t)p[i + 5] << 40 | (uint64_t)p[i + 6] << 48 |
			(uint64_t)p[i + 7] << 56);
	for (; i < wamid.len; i++)
		left = left << 8 | p[i];
	return mix(h, left);
}

struct places {
	int part;
	uint16_t bits[PLACES];
};

/* Stored by what they are; never change. */
static void places_of(struct str wamid, struct places *out)
{
	uint64_t h = hash_of(wamid);

	out->part = (int)(h % JOURNAL_MESSAGES_PARTS);
	for (int i = 0; i < PLACES; i++) {
		h ^= h >> 29;
		h *= UINT64_C(0xbf58476d1ce4e5b9);
		out->bits[i] = (uint16_t)((h >> 32) * PART_BITS >> 32);
	}
}

static int64_t place_of(int part, int64_t segment)
{
	return ((int64_t)part << PART_SHIFT) + segment;
}

static bool may_get_an_id(int64_t stored)
{
	return stored < SEND_REFUSED; /* open, or on its way at once */
}

void journal_messages_add(struct journal_messages *m, struct str wamid, int64_t stored)
{
	struct places at;

	if (!wamid.p) {
		m->open |= may_get_an_id(stored);
		return;
	}
	places_of(wamid, &at);
	for (int i = 0; i < PLACES; i++)
		m->bits[at.part][at.bits[i] / 8] |= (unsigned char)(1u << at.bits[i] % 8);
}

static bool has(struct str part, const struct places *at)
{
	for (int i = 0; i < PLACES; i++) {
		if (!((unsigned char)part.p[at->bits[i] / 8] & 1u << at->bits[i] % 8))
			return false;
	}
	return true;
}

/* --- noting ----------------------------------------------------------------------------------- */

static int lay_bare(struct store_conn *c, int64_t segment, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO people_bare (segment) VALUES (?1) ON CONFLICT (segment) DO NOTHING", "i",
	    segment);
}

int journal_messages_keep(
    struct store_conn *c, int64_t segment, const struct journal_messages *m, struct err *err)
{
	int r = 0;

	if (m->open)
		return lay_bare(c, segment, err);
	for (int part = 0; r == 0 && part < JOURNAL_MESSAGES_PARTS; part++)
		r = store_do(c, err, "INSERT INTO people_messages (place, bits) VALUES (?1, ?2)",
		    "ib", place_of(part, segment),
		    str_n((const char *)m->bits[part], JOURNAL_MESSAGES_BYTES));
	return r;
}

struct stretch {
	int64_t segment, behind, last;
};

/* 1 one of its sends is under way, 0 none is. */
static int is_open(struct store_conn *c, const struct stretch *x, struct err *err)
{
	_Static_assert(SEND_HELD == 1 && SEND_UNKNOWN == 4, "the states of the statement");
	int64_t any = 0;
	int r = 0;

	for (int64_t state = SEND_HELD; r == 0 && state <= SEND_UNKNOWN; state++)
		r = store_ask_int(c, &any, err,
		    "SELECT id FROM decision WHERE state = ?1 AND state < 9 AND id > ?2 AND id <= ?3 LIMIT 1",
		    "iii", state, x->behind, x->last);
	return r;
}

/* The newest segments without a filter. */
static int find_bare(
    struct store_conn *c, struct stretch list[LOOK_MAX], size_t *ret_len, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT m.segment, coalesce((SELECT last FROM people_segment b WHERE b.segment < m.segment"
	    " ORDER BY b.segment DESC LIMIT 1), 0), p.last FROM people_bare m"
	    " JOIN people_segment p ON p.segment = m.segment ORDER BY m.segment DESC LIMIT ?1",
	    "i", (int64_t)LOOK_MAX);

	*ret_len = 0;
	while (r >= 0 && (r = store_step(s, err)) > 0)
		list[(*ret_len)++] = (struct stretch){ store_col_int(s, 0), store_col_int(s, 1),
			store_col_int(s, 2) };
	return r;
}

static int make(struct store_conn *c, const struct stretch *x, struct err *err)
{
	struct journal_messages m = { .open = false };
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT wamid, state FROM decision WHERE id > ?1 AND id <= ?2 ORDER BY id", "ii",
	    x->behind, x->last);

	while (r >= 0 && (r = store_step(s, err)) > 0)
		journal_messages_add(&m, store_col_text(s, 0), store_col_int(s, 1));
	if (r == 0)
		r = journal_messages_keep(c, x->segment, &m, err);
	return r < 0
	    ? r
	    : store_do(c, err, "DELETE FROM people_bare WHERE segment = ?1", "i", x->segment);
}

int journal_messages_note(struct store_conn *c, struct err *err)
{
	struct stretch list[LOOK_MAX];
	size_t len = 0;
	int r = find_bare(c, list, &len, err);

	for (size_t i = 0; r == 0 && i < len; i++) {
		r = is_open(c, &list[i], err);
		if (r == 0) {
			r = make(c, &list[i], err);
			return r < 0 ? r : 1;
		}
		r = r < 0 ? r : 0;
	}
	return r;
}

/* --- what is not so any more ------------------------------------------------------------------ */

int journal_messages_forget(struct store_conn *c, int64_t segment, struct err *err)
{
	int64_t gone = 0;
	int r = 0;

	for (int part = 0; r == 0 && part < JOURNAL_MESSAGES_PARTS; part++) {
		r = store_do(c, err, "DELETE FROM people_messages WHERE place = ?1", "i",
		    place_of(part, segment));
		gone += r == 0 ? store_changes(c) : 0;
	}
	return r < 0 || gone == 0 ? r : lay_bare(c, segment, err);
}

/* From the newest segment on: it is nearly always of the last ones, or not noted yet. */
int journal_messages_changed(struct store_conn *c, uint64_t decision, struct err *err)
{
	int64_t before = 0;
	int r = store_ask_int(c, &before, err,
	    "SELECT segment FROM people_segment WHERE last < ?1 ORDER BY segment DESC LIMIT 1", "i",
	    (int64_t)decision);

	return r < 0 ? r : journal_messages_forget(c, r > 0 ? before + 1 : 1, err);
}

/* --- asking ----------------------------------------------------------------------------------- */

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while looking for a message id.");
}

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void add(struct buf *out, int64_t segment)
{
	buf_add(out, str_n((const char *)&segment, sizeof(segment)));
}

static int gather(struct store_conn *c, struct str wamid, struct buf *out, struct err *err)
{
	struct places at;
	struct store_stmt *s;

	places_of(wamid, &at);
	int r = store_ask(c, &s, err,
	    "SELECT place, bits FROM people_messages WHERE place >= ?1 AND place < ?2 ORDER BY place",
	    "ii", place_of(at.part, 0), place_of(at.part + 1, 0));
	while (r >= 0 && (r = store_step(s, err)) > 0) {
		struct str part = store_col_blob(s, 1);
		if (part.len != JOURNAL_MESSAGES_BYTES || has(part, &at))
			add(out, store_col_int(s, 0) - place_of(at.part, 0));
	}
	if (r == 0)
		r = store_ask(c, &s, err, "SELECT segment FROM people_bare", "");
	while (r >= 0 && (r = store_step(s, err)) > 0)
		add(out, store_col_int(s, 0));
	return r;
}

int journal_messages_find(struct store_conn *c, struct str wamid, struct arena *a, int64_t **ret,
    size_t *ret_len, struct err *err)
{
	struct buf found;

	buf_init(&found, 0);
	int r = gather(c, wamid, &found, err);
	size_t n = found.len / sizeof(**ret);
	int64_t *list = r < 0 || found.failed ? NULL : ARENA_ARRAY(a, int64_t, n + 1);
	if (list && n) {
		memcpy(list, found.p, found.len);
		qsort(list, n, sizeof(*list), by_number);
	}
	buf_done(&found);
	if (!list)
		return r < 0 ? r : no_memory(err);
	*ret = list;
	*ret_len = n;
	return 0;
}

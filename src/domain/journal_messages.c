#include "domain/journal_messages.h"

#include <string.h>

#include "base/check.h"
#include "domain/journal.h"
#include "store/query.h"

#define FNV_BASIS UINT64_C(14695981039346656037)
#define FNV_PRIME UINT64_C(1099511628211)
#define PLACES 6
#define LOOK_MAX 64 /* segments whose sends are looked at in one go */

_Static_assert(
    JOURNAL_MESSAGES_BYTES * 8 == UINT16_MAX + 1, "a place among the bits is one of 16 bits");

/* --- the filter ------------------------------------------------------------------------------- */

/* FNV-1a: the same in each process, which keyed hashes are not. */
static uint64_t hash_of(struct str wamid)
{
	uint64_t h = FNV_BASIS;

	for (size_t i = 0; i < wamid.len; i++)
		h = (h ^ (unsigned char)wamid.p[i]) * FNV_PRIME;
	return h;
}

/* Stored by what they are; never change. */
static void places_of(struct str wamid, uint16_t out[PLACES])
{
	uint64_t h = hash_of(wamid);

	for (int i = 0; i < PLACES; i++) {
		h ^= h >> 29;
		h *= UINT64_C(0xbf58476d1ce4e5b9);
		out[i] = (uint16_t)(h >> 48);
	}
}

static bool may_get_an_id(int64_t stored)
{
	return stored < SEND_REFUSED; /* open, or on its way at once */
}

void journal_messages_add(struct journal_messages *m, struct str wamid, int64_t stored)
{
	uint16_t places[PLACES];

	if (!wamid.p) {
		m->open |= may_get_an_id(stored);
		return;
	}
	places_of(wamid, places);
	for (int i = 0; i < PLACES; i++)
		m->bits[places[i] / 8] |= (unsigned char)(1u << places[i] % 8);
}

static bool has(struct str bits, struct str wamid)
{
	uint16_t places[PLACES];

	places_of(wamid, places);
	for (int i = 0; i < PLACES; i++) {
		if (!((unsigned char)bits.p[places[i] / 8] & 1u << places[i] % 8))
			return false;
	}
	return true;
}

/* --- noting ----------------------------------------------------------------------------------- */

int journal_messages_keep(
    struct store_conn *c, int64_t segment, const struct journal_messages *m, struct err *err)
{
	struct str bits = m->open ? STR_NONE : str_n((const char *)m->bits, sizeof(m->bits));

	return store_do(c, err,
	    "INSERT INTO people_messages (segment, bits) VALUES (?1, ?2)"
	    " ON CONFLICT (segment) DO UPDATE SET bits = excluded.bits",
	    "ib", segment, bits);
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
	    " ORDER BY b.segment DESC LIMIT 1), 0), p.last FROM people_messages m"
	    " JOIN people_segment p ON p.segment = m.segment WHERE m.bits IS NULL"
	    " ORDER BY m.segment DESC LIMIT ?1",
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
	return r < 0 ? r : journal_messages_keep(c, x->segment, &m, err);
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
	return store_do(c, err,
	    "UPDATE people_messages SET bits = NULL WHERE segment = ?1 AND bits IS NOT NULL", "i",
	    segment);
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

int journal_messages_may_hold(
    struct store_conn *c, int64_t segment, struct str wamid, struct err *err)
{
	struct store_stmt *s;
	int r = store_find(
	    c, &s, err, "SELECT bits FROM people_messages WHERE segment = ?1", "i", segment);

	if (r <= 0)
		return r < 0 ? r : 1;
	struct str bits = store_col_blob(s, 0);
	bool may = bits.len != JOURNAL_MESSAGES_BYTES || has(bits, wamid);
	store_reset(s);
	return may;
}

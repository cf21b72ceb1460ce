/* Keys are 64-bit keyed hashes: of person and number for debts, of app, number, person and content
 * for digests. A debt is one integer: the time when it is repaid, with the two lowest bits telling
 * whether the burst is used up and who says so (times are rounded up to four milliseconds for that). Two heaps tell
 * what is over; an entry of a heap may be early, and is then looked at again. */
#include "domain/recent.h"

#include <string.h>

#include "base/check.h"
#include "base/heap.h"
#include "base/id.h"
#include "base/map.h"
#include "domain/journal.h"
#include "domain/pair.h"
#include "store/query.h"

/* States of rows that went out or may have; numbers as stored (journal.h). */
#define WENT_OUT "state IN (2, 3, 4, 9, 11, 12, 13, 14, 16)"

struct recent {
	struct pack_pair pair;
	int64_t duplicate_ms;
	struct imap *debts; /* pair → repaid at, two lowest bits: told, spent */
	struct heap *debt_ends;
	struct imap *contents; /* content → sent at */
	struct heap *content_ends;
};

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while remembering recent sends.");
}

/* --- keys ------------------------------------------------------------------------------------- */

static uint64_t pair_key(const struct recent_send *s)
{
	uint64_t parts[2] = { s->person, map_hash(s->number) };

	return map_hash(str_n((const char *)parts, sizeof(parts)));
}

struct recent_key recent_key(const struct recent_send *s)
{
	uint64_t pair = pair_key(s);
	uint64_t parts[2 + SHA256_LEN / 8] = { pair, map_hash(s->app) };

	memcpy(&parts[2], s->digest->b, SHA256_LEN);
	return (struct recent_key){ pair, map_hash(str_n((const char *)parts, sizeof(parts))) };
}

/* --- debts ------------------------------------------------------------------------------------ */

static int64_t pack_debt(const struct pair_debt *d)
{
	return ((d->clear_at + 3) & ~3LL) | (d->told ? 2 : 0) | d->spent;
}

static struct pair_debt unpack_debt(int64_t packed)
{
	return (
	    struct pair_debt){ .clear_at = packed & ~3LL, .spent = packed & 1, .told = packed & 2 };
}

static struct pair_debt debt_of(const struct recent *r, uint64_t key)
{
	int64_t packed;

	return imap_get(r->debts, key, &packed) ? unpack_debt(packed) : PAIR_NO_DEBT;
}

/* --- what is over ----------------------------------------------------------------------------- */

static void drop_debts(struct recent *r, time_ms now)
{
	struct heap_item due;

	while (heap_peek(r->debt_ends, &due) && due.at <= now) {
		struct pair_debt d = debt_of(r, due.id);
		(void)heap_pop(r->debt_ends, &due);
		if (d.clear_at <= now)
			(void)imap_take(r->debts, due.id, &due.at);
	}
	if (heap_peek(r->debt_ends, &due))
		imap_expect(r->debts, due.id); /* until the next send comes */
}

static void drop_contents(struct recent *r, time_ms now)
{
	struct heap_item due;
	int64_t at;

	while (heap_peek(r->content_ends, &due) && due.at <= now) {
		(void)heap_pop(r->content_ends, &due);
		if (imap_get(r->contents, due.id, &at) && at + r->duplicate_ms <= now)
			(void)imap_take(r->contents, due.id, &at);
	}
}

/* --- loading ---------------------------------------------------------------------------------- */

static int load_row(struct recent *r, struct store_stmt *s, struct err *err)
{
	struct sha256 digest = { { 0 } };
	struct str stored = store_col_blob(s, 4);
	struct recent_send send = {
		.person = (uint64_t)store_col_int(s, 1),
		.number = store_col_text(s, 2),
		.app = store_col_text(s, 3),
		.digest = &digest,
	};

	if (stored.len == SHA256_LEN)
		memcpy(digest.b, stored.p, SHA256_LEN);
	return recent_add(r, recent_key(&send), store_col_time(s, 0), err);
}

static int load_rows(struct recent *r, struct store_conn *c, time_ms now, struct err *err)
{
	int64_t debt_ms = r->pair.interval_ms * r->pair.burst;
	int64_t window_ms = debt_ms > r->duplicate_ms ? debt_ms : r->duplicate_ms;
	struct store_stmt *s;
	int rc = store_ask(c, &s, err,
	    "SELECT at, person, number, app, digest FROM decision WHERE id >= ?1 AND kind IN (0, 1, 2)"
	    " AND person <> 0 AND " WENT_OUT " ORDER BY id",
	    "i", (int64_t)id_first_at(now - window_ms));

	if (rc < 0)
		return rc;
	while ((rc = store_step(s, err)) > 0) {
		rc = load_row(r, s, err);
		if (rc < 0)
			break;
	}
	store_reset(s);
	drop_debts(r, now);
	drop_contents(r, now);
	return rc;
}

int recent_load(struct store_conn *c, const struct pack *pack, time_ms now, struct recent **ret,
    struct err *err)
{
	_Static_assert(SEND_READY == 2 && SEND_UNKNOWN == 4 && SEND_STORED_AT_ONCE == 9 &&
		SEND_ACCEPTED == 11 && SEND_UNRESOLVED == 16 && MESSAGE_FREE_FORM == 0 &&
		MESSAGE_DIRECT == 2,
	    "the figures in the statement above");
	struct recent *r = mem_alloc(sizeof(*r));

	if (!r)
		return no_memory(err);
	r->pair = pack_limits(pack)->pair;
	r->duplicate_ms = pack_limits(pack)->duplicate_window_ms;
	r->debts = imap_new();
	r->contents = imap_new();
	r->debt_ends = heap_new();
	r->content_ends = heap_new();
	int rc = r->debts && r->contents && r->debt_ends && r->content_ends ? 0 : no_memory(err);
	if (rc == 0)
		rc = load_rows(r, c, now, err);
	if (rc < 0)
		recent_free(&r);
	else
		*ret = r;
	return rc;
}

void recent_free(struct recent **pr)
{
	struct recent *r = *pr;

	if (!r)
		return;
	imap_free(&r->debts);
	imap_free(&r->contents);
	heap_free(&r->debt_ends);
	heap_free(&r->content_ends);
	MEM_FREE(pr);
}

void recent_expect(const struct recent *r, struct recent_key key)
{
	imap_expect(r->debts, key.pair);
	imap_expect(r->contents, key.content);
}

void recent_fill_facts(struct recent *r, struct recent_key key, const struct sha256 *digest,
    time_ms now, struct facts_digest *room, struct facts_person *f)
{
	struct pair_debt debt = debt_of(r, key.pair);
	int64_t at;

	f->pair_clear_at = debt.clear_at;
	f->pair_spent = debt.spent;
	f->pair_told = debt.told;
	if (!imap_get(r->contents, key.content, &at) || at + r->duplicate_ms <= now)
		return;
	*room = (struct facts_digest){ .digest = *digest, .at = at };
	f->recent_digests = room;
	f->recent_digests_len = 1;
}

int recent_add(struct recent *r, struct recent_key key, time_ms now, struct err *err)
{
	struct pair_debt debt = debt_of(r, key.pair);

	drop_debts(r, now);
	drop_contents(r, now);
	pair_debt_add(&debt, &r->pair, now);
	struct heap_item debt_end = { .at = pack_debt(&debt) & ~3LL, .id = key.pair };
	struct heap_item content_end = { .at = now + r->duplicate_ms, .id = key.content };
	if (imap_put(r->debts, key.pair, pack_debt(&debt)) < 0 ||
	    imap_put(r->contents, key.content, now) < 0 || heap_push(r->debt_ends, debt_end) < 0 ||
	    heap_push(r->content_ends, content_end) < 0)
		return no_memory(err);
	return 0;
}

void recent_forget(struct recent *r, struct recent_key key)
{
	int64_t at;

	(void)imap_take(r->contents, key.content, &at);
}

int recent_exhaust(
    struct recent *r, uint64_t person, struct str number, time_ms now, struct err *err)
{
	uint64_t pair = pair_key(&(struct recent_send){ .person = person, .number = number });
	struct pair_debt debt = debt_of(r, pair);

	if (debt.clear_at <= now)
		debt.clear_at = now + r->pair.interval_ms;
	debt.told = !debt.spent;
	debt.spent = true;
	struct heap_item end = { .at = pack_debt(&debt) & ~3LL, .id = pair };
	if (imap_put(r->debts, pair, pack_debt(&debt)) < 0 || heap_push(r->debt_ends, end) < 0)
		return no_memory(err);
	return 0;
}

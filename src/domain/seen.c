/* Facts are numbered as they come. `ring` holds those from `first` to before `next`, the fact number n
 * at n % room; `slots` finds them by key: open addressing, the key's own bytes are the hash, and 0 is
 * a free slot, else the fact's place in the ring and one.
 *
 *   first … sorted   in `seen`
 *   sorted … logged  in `seen_log`
 *   logged … next    of the transaction under way, not written yet
 *
 * `kept` is how the three counts stood at the last commit. What is forgotten was in `seen` by then,
 * so undoing needs nothing that is gone. */
#include "domain/seen.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "domain/person.h"
#include "store/query.h"

#define PURGE_AT_ONCE 1000
#define PACKED_LEN (SEEN_KEY_LEN + 3 * 8) /* key, at, received, person */

struct fact {
	uint8_t key[SEEN_KEY_LEN];
	time_ms at; /* 0 = without a time of its own */
	time_ms received;
	uint64_t person; /* 0 = none, or not known */
};

struct counts {
	uint64_t next, logged, sorted;
	int64_t log_rows, rows; /* the last ids in `seen_log` and `seen` */
};

struct seen {
	struct fact *ring;
	uint32_t *slots;
	size_t keep;
	size_t room; /* a power of two; there are twice as many slots */
	uint64_t first;
	struct counts now, kept;
	/* Every fact with a later time of its own that is in `seen` is in memory too. */
	time_ms whole_after;
};

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while remembering what Meta told.");
}

/* --- finding ---------------------------------------------------------------------------------- */

static size_t slots_len(const struct seen *s)
{
	return s->room * 2;
}

static size_t next_slot(const struct seen *s, size_t i)
{
	return (i + 1) & (slots_len(s) - 1);
}

static struct fact *fact_at(const struct seen *s, uint64_t n)
{
	return &s->ring[n & (s->room - 1)];
}

static size_t home_of(const struct seen *s, const uint8_t *key)
{
	uint64_t hash;

	memcpy(&hash, key, sizeof(hash));
	return hash & (slots_len(s) - 1);
}

/* The slot of the key, or the free one where it would be. */
static size_t slot_of(const struct seen *s, const uint8_t *key)
{
	size_t i = home_of(s, key);

	while (s->slots[i] && memcmp(s->ring[s->slots[i] - 1].key, key, SEEN_KEY_LEN) != 0)
		i = next_slot(s, i);
	return i;
}

static struct fact *find(const struct seen *s, const uint8_t *key)
{
	uint32_t place = s->room ? s->slots[slot_of(s, key)] : 0;

	return place ? &s->ring[place - 1] : NULL;
}

static void index_fact(struct seen *s, uint64_t n)
{
	s->slots[slot_of(s, fact_at(s, n)->key)] = (uint32_t)(n & (s->room - 1)) + 1;
}

/* What stands behind a slot that becomes free moves up, unless it would come before its home. */
static void unindex(struct seen *s, const uint8_t *key)
{
	size_t mask = slots_len(s) - 1, hole = slot_of(s, key), i = hole;

	ASSERT(s->slots[hole]);
	while (s->slots[i = next_slot(s, i)]) {
		size_t home = home_of(s, s->ring[s->slots[i] - 1].key);
		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		s->slots[hole] = s->slots[i];
		hole = i;
	}
	s->slots[hole] = 0;
}

/* --- remembering ------------------------------------------------------------------------------ */

static void forget_first(struct seen *s)
{
	const struct fact *f = fact_at(s, s->first);

	if (f->at > s->whole_after)
		s->whole_after = f->at;
	unindex(s, f->key);
	s->first++;
}

static int grow(struct seen *s, struct err *err)
{
	struct seen wider = *s;

	wider.room = s->room ? s->room * 2 : SEEN_KEEP_LEAST;
	wider.ring = mem_alloc(wider.room * sizeof(*wider.ring));
	wider.slots = mem_alloc(slots_len(&wider) * sizeof(*wider.slots));
	if (!wider.ring || !wider.slots) {
		mem_free(wider.ring);
		mem_free(wider.slots);
		return no_memory(err);
	}
	for (uint64_t n = s->first; n < s->now.next; n++) {
		*fact_at(&wider, n) = *fact_at(s, n);
		index_fact(&wider, n);
	}
	mem_free(s->ring);
	mem_free(s->slots);
	*s = wider;
	return 0;
}

static int make_room(struct seen *s, struct err *err)
{
	if (s->now.next - s->first < s->room)
		return 0;
	if (s->room < s->keep || s->first >= s->kept.sorted)
		return grow(s, err);
	forget_first(s);
	return 0;
}

static int remember(struct seen *s, const struct fact *f, struct err *err)
{
	int r = make_room(s, err);

	if (r < 0)
		return r;
	*fact_at(s, s->now.next) = *f;
	index_fact(s, s->now.next++);
	return 0;
}

/* --- asking ----------------------------------------------------------------------------------- */

static bool holds(struct str packed, const uint8_t *key)
{
	for (size_t i = 0; i + PACKED_LEN <= packed.len; i += PACKED_LEN) {
		if (memcmp(packed.p + i, key, SEEN_KEY_LEN) == 0)
			return true;
	}
	return false;
}

static int is_stored(
    const struct seen *s, struct store_conn *c, const struct fact *f, struct err *err)
{
	struct store_stmt *st;
	bool found = false;

	if (f->at > s->whole_after)
		return 0;
	int r = store_ask(c, &st, err, "SELECT facts FROM seen WHERE at = ?1", "i", f->at);
	if (r < 0)
		return r;
	while (!found && (r = store_step(st, err)) > 0)
		found = holds(store_col_blob(st, 0), f->key);
	store_reset(st);
	return r < 0 ? r : found;
}

int seen_add(struct seen *s, struct store_conn *c, const struct seen_fact *fact, time_ms now,
    struct err *err)
{
	struct fact f = { .at = fact->at == TIME_NONE ? 0 : fact->at, .received = now };

	memcpy(f.key, fact->key, sizeof(f.key));
	if (find(s, f.key))
		return 0;
	int r = is_stored(s, c, &f, err);
	if (r == 0)
		r = remember(s, &f, err);
	else if (r > 0)
		return 0;
	return r < 0 ? r : 1;
}

void seen_set_person(struct seen *s, const uint8_t key[SEEN_KEY_LEN], uint64_t person)
{
	struct fact *f = find(s, key);

	if (f)
		f->person = person;
}

int seen_person(struct seen *s, struct store_conn *c, const uint8_t key[SEEN_KEY_LEN],
    uint64_t *ret, struct err *err)
{
	const struct fact *f = find(s, key);

	if (!f || !f->person)
		return 0;
	int r = person_resolve(c, f->person, ret, err);
	return r < 0 ? r : 1;
}

/* --- writing ---------------------------------------------------------------------------------- */

static void put_number(uint8_t *out, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)(v >> 8 * i);
}

static uint64_t get_number(const uint8_t *in)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v |= (uint64_t)in[i] << 8 * i;
	return v;
}

static void pack(uint8_t *to, const struct fact *f)
{
	memcpy(to, f->key, SEEN_KEY_LEN);
	put_number(to + SEEN_KEY_LEN, (uint64_t)f->at);
	put_number(to + SEEN_KEY_LEN + 8, (uint64_t)f->received);
	put_number(to + SEEN_KEY_LEN + 16, f->person);
}

static struct fact unpack(const uint8_t *from)
{
	struct fact f = {
		.at = (time_ms)get_number(from + SEEN_KEY_LEN),
		.received = (time_ms)get_number(from + SEEN_KEY_LEN + 8),
		.person = get_number(from + SEEN_KEY_LEN + 16),
	};

	memcpy(f.key, from, SEEN_KEY_LEN);
	return f;
}

static int log_facts(struct seen *s, struct store_conn *c, struct err *err)
{
	size_t len = (size_t)(s->now.next - s->now.logged) * PACKED_LEN;
	uint8_t *bytes = mem_alloc(len), *to = bytes;

	if (!bytes)
		return no_memory(err);
	for (uint64_t n = s->now.logged; n < s->now.next; n++, to += PACKED_LEN)
		pack(to, fact_at(s, n));
	int r = store_do(c, err, "INSERT INTO seen_log (id, facts) VALUES (?1, ?2)", "ib",
	    s->now.log_rows + 1, str_n((const char *)bytes, len));
	mem_free(bytes);
	if (r < 0)
		return r;
	s->now.log_rows++;
	s->now.logged = s->now.next;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct fact *x = *(const struct fact *const *)a, *y = *(const struct fact *const *)b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return memcmp(x->key, y->key, SEEN_KEY_LEN);
}

/* The facts of one time become one row. `bytes` has room for them. */
static int store_time(struct seen *s, struct store_conn *c, const struct fact *const *list,
    size_t len, uint8_t *bytes, struct err *err)
{
	time_ms received = 0;

	for (size_t i = 0; i < len; i++) {
		pack(bytes + i * PACKED_LEN, list[i]);
		if (list[i]->received > received)
			received = list[i]->received;
	}
	return store_do(c, err,
	    "INSERT INTO seen (id, at, received, facts) VALUES (?1, ?2, ?3, ?4)", "iiib",
	    ++s->now.rows, list[0]->at, received, str_n((const char *)bytes, len * PACKED_LEN));
}

static int store_times(struct seen *s, struct store_conn *c, const struct fact *const *list,
    size_t len, uint8_t *bytes, struct err *err)
{
	size_t from = 0, to = 0;
	int r = 0;

	for (; r == 0 && from < len; from = to) {
		while (to < len && list[to]->at == list[from]->at)
			to++;
		r = store_time(s, c, list + from, to - from, bytes, err);
	}
	return r;
}

/* All that waits becomes rows, a time each; then the log has nothing that they have not. */
static int sort_in(struct seen *s, struct store_conn *c, struct err *err)
{
	size_t len = (size_t)(s->now.next - s->now.sorted);
	const struct fact **list = mem_alloc(len * sizeof(struct fact *));
	uint8_t *bytes = mem_alloc(len * PACKED_LEN);
	int r = list && bytes ? 0 : no_memory(err);

	for (size_t i = 0; r == 0 && i < len; i++)
		list[i] = fact_at(s, s->now.sorted + i);
	if (r == 0) {
		qsort(list, len, sizeof(struct fact *), compare);
		r = store_times(s, c, list, len, bytes, err);
	}
	mem_free(list);
	mem_free(bytes);
	if (r == 0)
		r = store_do(c, err, "DELETE FROM seen_log", "");
	if (r < 0)
		return r;
	s->now.sorted = s->now.logged = s->now.next;
	s->now.log_rows = 0;
	return 0;
}

int seen_write(struct seen *s, struct store_conn *c, struct err *err)
{
	if (s->now.next == s->now.logged)
		return 0;
	if (s->now.next - s->now.sorted < SEEN_WAIT_MOST)
		return log_facts(s, c, err);
	return sort_in(s, c, err);
}

void seen_committed(struct seen *s)
{
	s->kept = s->now;
}

/* --- loading ---------------------------------------------------------------------------------- */

/* The newest facts of `seen` that memory keeps, by their times: those of a time are all there or
 * none. */
static int find_whole_after(struct seen *s, struct store_conn *c, struct err *err)
{
	struct store_stmt *st;
	size_t facts = 0;
	int r = store_ask(c, &st, err, "SELECT at, length(facts) FROM seen ORDER BY at DESC", "");

	if (r < 0)
		return r;
	s->whole_after = -1;
	while (s->whole_after < 0 && (r = store_step(st, err)) > 0) {
		facts += (size_t)store_col_int(st, 1) / PACKED_LEN;
		if (facts > s->keep)
			s->whole_after = store_col_int(st, 0);
	}
	store_reset(st);
	return r < 0 ? r : 0;
}

static int load_row(struct seen *s, struct str packed, struct err *err)
{
	int r = 0;

	if (packed.len % PACKED_LEN != 0)
		return err_set(err, E_STORE, "A row of facts seen is not whole.");
	for (size_t i = 0; r == 0 && i < packed.len; i += PACKED_LEN) {
		struct fact f = unpack((const uint8_t *)packed.p + i);
		if (!find(s, f.key))
			r = remember(s, &f, err);
	}
	return r;
}

/* Rows of id and facts. */
static int load_rows(struct seen *s, struct store_stmt *st, int64_t *ret_last, struct err *err)
{
	int r;

	while ((r = store_step(st, err)) > 0) {
		*ret_last = store_col_int(st, 0);
		r = load_row(s, store_col_blob(st, 1), err);
		if (r < 0)
			break;
	}
	store_reset(st);
	return r;
}

static int load_sorted(struct seen *s, struct store_conn *c, struct err *err)
{
	struct store_stmt *st;
	int64_t last;
	int r = store_ask(c, &st, err, "SELECT id, facts FROM seen WHERE at > ?1 ORDER BY at, id",
	    "i", s->whole_after);

	if (r == 0)
		r = load_rows(s, st, &last, err);
	if (r == 0)
		r = store_ask_int(c, &s->now.rows, err, "SELECT max(id) FROM seen", "");
	s->now.sorted = s->now.logged = s->now.next;
	return r < 0 ? r : 0;
}

static int load_log(struct seen *s, struct store_conn *c, struct err *err)
{
	struct store_stmt *st;
	int r = store_ask(c, &st, err, "SELECT id, facts FROM seen_log ORDER BY id", "");

	if (r == 0)
		r = load_rows(s, st, &s->now.log_rows, err);
	s->now.logged = s->now.next;
	return r;
}

int seen_load(struct store_conn *c, size_t keep, struct seen **ret, struct err *err)
{
	struct seen *s = mem_alloc(sizeof(*s));

	if (!s)
		return no_memory(err);
	s->keep = keep;
	int r = find_whole_after(s, c, err);
	if (r == 0)
		r = load_sorted(s, c, err);
	if (r == 0)
		r = load_log(s, c, err);
	if (r < 0) {
		seen_free(&s);
		return r;
	}
	seen_committed(s);
	*ret = s;
	return 0;
}

void seen_free(struct seen **ps)
{
	struct seen *s = *ps;

	if (!s)
		return;
	mem_free(s->ring);
	mem_free(s->slots);
	MEM_FREE(ps);
}

/* --- undoing ---------------------------------------------------------------------------------- */

/* 1 the store is as at the last commit that was told, 0 it is not. What was purged may have been the
 * last row. */
static int is_as_kept(const struct seen *s, struct store_conn *c, struct err *err)
{
	int64_t logged = 0, sorted = 0;
	int r = store_ask_int(c, &logged, err, "SELECT coalesce(max(id), 0) FROM seen_log", "");

	if (r > 0)
		r = store_ask_int(c, &sorted, err, "SELECT coalesce(max(id), 0) FROM seen", "");
	return r < 0 ? r : logged == s->kept.log_rows && sorted <= s->kept.rows;
}

int seen_undo(struct seen *s, struct store_conn *c, struct err *err)
{
	struct seen *fresh;

	while (s->now.next > s->kept.next)
		unindex(s, fact_at(s, --s->now.next)->key);
	s->now = s->kept;
	int r = is_as_kept(s, c, err);
	if (r != 0)
		return r < 0 ? r : 0;
	r = seen_load(c, s->keep, &fresh, err);
	if (r < 0)
		return r;
	struct seen old = *s;
	*s = *fresh;
	*fresh = old;
	seen_free(&fresh);
	return 0;
}

int seen_purge(struct store_conn *c, time_ms before, struct err *err)
{
	int r = store_do(c, err,
	    "DELETE FROM seen WHERE id IN (SELECT id FROM seen"
	    " WHERE at < ?1 AND received < ?1 ORDER BY at LIMIT ?2)",
	    "mi", before, (int64_t)PURGE_AT_ONCE);

	return r < 0 ? r : store_changes(c) >= PURGE_AT_ONCE;
}

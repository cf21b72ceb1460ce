/* People are records in an array, found by a map from person to index; the last record fills the
 * place of one that leaves. The heap tells who is due to leave. A record knows the one entry that
 * counts (watched_at), which may be early, for the person was written to again meanwhile, and is
 * then pushed back; it is never late. Other entries of a person are left over from before and are
 * dropped when their time comes. */
#include "domain/reach.h"

#include <string.h>

#include "base/check.h"
#include "base/heap.h"
#include "base/map.h"
#include "store/query.h"

struct record {
	uint64_t person;
	time_ms reserved_at; /* the newest open reservation; TIME_NONE = none open */
	time_ms delivered_at;
	time_ms watched_at; /* of its entry in the heap; no later than it leaves */
	int64_t open;
	bool engaged;
};

struct reach {
	char *scope;
	size_t scope_len;
	int64_t window_ms;
	struct imap *index;
	struct heap *leaving;
	struct record *records;
	size_t len, cap;
};

static struct str scope_of(const struct reach *r)
{
	return str_n(r->scope, r->scope_len);
}

static time_ms later(time_ms a, time_ms b)
{
	return a > b ? a : b;
}

/* When this person stops counting. */
static time_ms leaves_at(const struct reach *r, const struct record *p)
{
	time_ms last = later(p->reserved_at, p->delivered_at);

	return last == TIME_NONE ? TIME_NONE : last + r->window_ms;
}

static struct record *find(const struct reach *r, uint64_t person)
{
	int64_t i;

	return imap_get(r->index, person, &i) ? &r->records[i] : NULL;
}

static bool grow(struct reach *r)
{
	if (r->len < r->cap)
		return true;
	size_t cap = r->cap ? r->cap * 2 : 16;
	struct record *more = mem_grow(r->records, cap * sizeof(*more));
	if (!more)
		return false;
	r->records = more;
	r->cap = cap;
	return true;
}

static struct record *add(struct reach *r, const struct record *p)
{
	if (!grow(r) || imap_put(r->index, p->person, (int64_t)r->len) < 0)
		return NULL;
	ASSERT(r->records);
	r->records[r->len] = *p;
	return &r->records[r->len++];
}

static void drop(struct reach *r, struct record *p)
{
	size_t i = (size_t)(p - r->records);
	int64_t index;

	(void)imap_take(r->index, p->person, &index);
	r->len--;
	if (i == r->len)
		return;
	r->records[i] = r->records[r->len];
	/* The key is there already: replacing its value takes no memory. */
	int rc = imap_put(r->index, r->records[i].person, (int64_t)i);
	ASSERT(rc == 0);
}

static int watch(struct reach *r, struct record *p, struct err *err)
{
	struct heap_item due = { .at = leaves_at(r, p), .id = p->person };

	if (heap_push(r->leaving, due) < 0)
		return err_set(err, E_NOMEM, "Memory ran out while counting people.");
	p->watched_at = due.at;
	return 0;
}

/* The entry of a person who is due: who was written to again stays. */
static void leave_or_stay(struct reach *r, struct record *p, time_ms now)
{
	if (leaves_at(r, p) <= now) {
		drop(r, p);
		return;
	}
	/* Its entry was taken out just now, so there is room for it. */
	int rc = watch(r, p, NULL);
	ASSERT(rc == 0);
}

static void expire(struct reach *r, time_ms now)
{
	struct heap_item due;

	while (heap_peek(r->leaving, &due) && due.at <= now) {
		struct record *p = find(r, due.id);
		(void)heap_pop(r->leaving, &due);
		if (p && p->watched_at == due.at)
			leave_or_stay(r, p, now);
	}
}

static int load_row(struct reach *r, struct store_stmt *s, struct err *err)
{
	struct record p = {
		.person = (uint64_t)store_col_int(s, 0),
		.reserved_at = store_col_time(s, 1),
		.delivered_at = store_col_time(s, 2),
		.open = store_col_int(s, 3),
		.engaged = store_col_int(s, 4) != 0,
	};
	struct record *added = add(r, &p);

	if (!added)
		return err_set(err, E_NOMEM, "Memory ran out while counting people.");
	return watch(r, added, err);
}

static int load_rows(struct reach *r, struct store_conn *c, time_ms now, struct err *err)
{
	struct store_stmt *s;
	int rc = store_ask(c, &s, err,
	    "SELECT person, reserved_at, delivered_at, open_count, engaged FROM reach WHERE scope = ?1"
	    " AND (reserved_at > ?2 OR delivered_at > ?2)",
	    "tm", scope_of(r), now - r->window_ms);

	if (rc < 0)
		return rc;
	while ((rc = store_step(s, err)) > 0) {
		rc = load_row(r, s, err);
		if (rc < 0)
			break;
	}
	store_reset(s);
	return rc;
}

int reach_load(struct store_conn *c, struct str scope, int64_t window_ms, time_ms now,
    struct reach **ret, struct err *err)
{
	struct reach *r = mem_alloc(sizeof(*r));
	int rc;

	if (!r)
		return err_set(err, E_NOMEM, "Memory ran out while counting people.");
	r->window_ms = window_ms;
	r->scope_len = scope.len;
	r->scope = mem_alloc(scope.len + 1);
	r->index = imap_new();
	r->leaving = heap_new();
	if (!r->scope || !r->index || !r->leaving) {
		rc = err_set(err, E_NOMEM, "Memory ran out while counting people.");
	} else {
		memcpy(r->scope, scope.p, scope.len);
		rc = load_rows(r, c, now, err);
	}
	if (rc < 0)
		reach_free(&r);
	else
		*ret = r;
	return rc;
}

void reach_free(struct reach **pr)
{
	struct reach *r = *pr;

	if (!r)
		return;
	imap_free(&r->index);
	heap_free(&r->leaving);
	mem_free(r->records);
	mem_free(r->scope);
	MEM_FREE(pr);
}

int64_t reach_count(struct reach *r, time_ms now)
{
	expire(r, now);
	return (int64_t)r->len;
}

bool reach_has(struct reach *r, uint64_t person, time_ms now)
{
	expire(r, now);
	return find(r, person) != NULL;
}

int64_t reach_since(const struct reach *r, time_ms since)
{
	int64_t n = 0;

	for (size_t i = 0; i < r->len; i++)
		n += later(r->records[i].reserved_at, r->records[i].delivered_at) > since;
	return n;
}

double reach_engaged_share(const struct reach *r)
{
	size_t engaged = 0;

	for (size_t i = 0; i < r->len; i++)
		engaged += r->records[i].engaged;
	return r->len ? (double)engaged / (double)r->len : 1.0;
}

static int write_row(
    const struct reach *r, struct store_conn *c, const struct record *p, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO reach (scope, person, reserved_at, delivered_at, open_count, engaged)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (scope, person) DO UPDATE SET"
	    " reserved_at = excluded.reserved_at, delivered_at = excluded.delivered_at,"
	    " open_count = excluded.open_count, engaged = excluded.engaged",
	    "timmii", scope_of(r), (int64_t)p->person, p->reserved_at, p->delivered_at, p->open,
	    (int64_t)p->engaged);
}

int reach_reserve(struct reach *r, struct store_conn *c, uint64_t person, bool engaged, time_ms now,
    struct err *err)
{
	expire(r, now);
	struct record fresh = {
		.person = person,
		.reserved_at = now,
		.delivered_at = TIME_NONE,
		.engaged = engaged,
	};
	struct record *p = find(r, person);
	bool known = p != NULL;

	if (!known)
		p = add(r, &fresh);
	if (!p)
		return err_set(err, E_NOMEM, "Memory ran out while counting people.");
	p->reserved_at = now;
	p->open++;
	int rc = known ? 0 : watch(r, p, err);
	return rc < 0 ? rc : write_row(r, c, p, err);
}

static void close_one(struct record *p)
{
	if (p->open > 0)
		p->open--;
	if (p->open == 0)
		p->reserved_at = TIME_NONE;
}

/* The heap must never be late: a person who leaves before their entry is due is entered once
 * more. */
static int keep(struct reach *r, struct store_conn *c, struct record *p, struct err *err)
{
	int rc = leaves_at(r, p) < p->watched_at ? watch(r, p, err) : 0;

	return rc < 0 ? rc : write_row(r, c, p, err);
}

int reach_release(struct reach *r, struct store_conn *c, uint64_t person, struct err *err)
{
	struct record *p = find(r, person);

	if (!p)
		return 0;
	close_one(p);
	if (p->open > 0 || p->delivered_at != TIME_NONE)
		return keep(r, c, p, err);
	drop(r, p);
	return store_do(c, err, "DELETE FROM reach WHERE scope = ?1 AND person = ?2", "ti",
	    scope_of(r), (int64_t)person);
}

int reach_deliver(
    struct reach *r, struct store_conn *c, uint64_t person, time_ms at, struct err *err)
{
	struct record fresh = {
		.person = person,
		.reserved_at = TIME_NONE,
		.delivered_at = TIME_NONE,
		.watched_at = INT64_MAX,
	};
	struct record *p = find(r, person);

	if (!p)
		p = add(r, &fresh);
	if (!p)
		return err_set(err, E_NOMEM, "Memory ran out while counting people.");
	/* Nothing is delivered before it was reserved: then it was an older one, or a clock that
	 * counts in seconds, and the person counts from the younger reservation all the same. */
	p->delivered_at = later(p->delivered_at, later(at, p->reserved_at));
	close_one(p);
	return keep(r, c, p, err);
}

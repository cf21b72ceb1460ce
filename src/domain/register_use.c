/* A tally is one app, number and purpose on one day, found by the bytes of all four. */
#include "domain/register_use.h"

#include <string.h>

#include "base/check.h"
#include "base/map.h"
#include "store/query.h"

#define PART_MAX 64 /* bytes of an id */
#define PURGE_AT_ONCE 500
#define USES_MAX 1000 /* of one app: numbers times purposes */

struct tally {
	struct tally *next;
	int64_t n, day;
	time_ms last_at;
	enum purpose purpose;
	size_t app_len, number_len;
	char key[1 + sizeof(int64_t) + 2 * PART_MAX + 1]; /* purpose, day, app, line feed, number */
};
#define KEY_HEAD (1 + sizeof(int64_t))

struct uses {
	struct map *by_key;
	struct tally *first;
};

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while counting what apps send.");
}

/* --- in memory -------------------------------------------------------------------------------- */

int uses_new(struct uses **ret, struct err *err)
{
	struct uses *u = mem_alloc(sizeof(*u));

	if (u)
		u->by_key = map_new();
	if (!u || !u->by_key) {
		mem_free(u);
		return no_memory(err);
	}
	*ret = u;
	return 0;
}

static size_t key_len(const struct tally *t)
{
	return KEY_HEAD + t->app_len + 1 + t->number_len;
}

static void drop(struct uses *u)
{
	while (u->first) {
		struct tally *t = u->first;
		u->first = t->next;
		(void)map_take(u->by_key, str_n(t->key, key_len(t)));
		mem_free(t);
	}
}

void uses_free(struct uses **pu)
{
	if (!*pu)
		return;
	drop(*pu);
	map_free(&(*pu)->by_key);
	MEM_FREE(pu);
}

static void fill_key(
    struct tally *t, struct str app, struct str number, enum purpose purpose, time_ms at)
{
	t->day = at / MS_PER_DAY;
	t->purpose = purpose;
	t->app_len = app.len;
	t->number_len = number.len;
	t->key[0] = (char)purpose;
	memcpy(t->key + 1, &t->day, sizeof(t->day));
	memcpy(t->key + KEY_HEAD, app.p, app.len);
	t->key[KEY_HEAD + app.len] = '\n';
	memcpy(t->key + KEY_HEAD + app.len + 1, number.p, number.len);
}

static struct tally *add_tally(struct uses *u, const struct tally *like)
{
	struct tally *t = mem_alloc(sizeof(*t));

	if (!t)
		return NULL;
	*t = *like;
	if (map_put(u->by_key, str_n(t->key, key_len(t)), t) < 0) {
		mem_free(t);
		return NULL;
	}
	t->next = u->first;
	u->first = t;
	return t;
}

int uses_count(struct uses *u, struct str app, struct str number, enum purpose purpose, time_ms at,
    struct err *err)
{
	struct tally key = { 0 };

	if (app.len == 0 || number.len == 0 || app.len > PART_MAX || number.len > PART_MAX ||
	    at < 0)
		return 0;
	fill_key(&key, app, number, purpose, at);
	struct tally *t = map_get(u->by_key, str_n(key.key, key_len(&key)));
	if (!t)
		t = add_tally(u, &key);
	if (!t)
		return no_memory(err);
	t->n++;
	t->last_at = at > t->last_at ? at : t->last_at;
	return 0;
}

bool uses_waiting(const struct uses *u)
{
	return u->first;
}

/* --- in the store ----------------------------------------------------------------------------- */

int uses_write(struct uses *u, struct store_conn *c, struct err *err)
{
	int r = 0;

	for (const struct tally *t = u->first; r == 0 && t; t = t->next) {
		struct str app = str_n(t->key + KEY_HEAD, t->app_len);
		struct str number = str_n(t->key + KEY_HEAD + t->app_len + 1, t->number_len);
		r = store_do(c, err,
		    "INSERT INTO integration_use (app, number, purpose, day, n, last_at) VALUES (?1, ?2, ?3, ?4,"
		    " ?5, ?6) ON CONFLICT (app, number, purpose, day) DO UPDATE SET"
		    " n = integration_use.n + excluded.n, last_at = excluded.last_at",
		    "ttiiim", app, number, (int64_t)t->purpose, t->day, t->n, t->last_at);
	}
	if (r == 0)
		drop(u);
	return r;
}

int uses_of(struct store_conn *c, struct str app, time_ms since, struct arena *a, struct use **ret,
    size_t *ret_len, struct err *err)
{
	struct use *list = ARENA_ARRAY(a, struct use, USES_MAX);
	struct store_stmt *s;
	size_t n = 0;

	if (!list)
		return no_memory(err);
	int r = store_ask(c, &s, err,
	    "SELECT number, purpose, sum(n), max(last_at) FROM integration_use WHERE app = ?1 AND day >= ?2"
	    " GROUP BY number, purpose ORDER BY number, purpose LIMIT ?3",
	    "tii", app, since / MS_PER_DAY, (int64_t)USES_MAX);
	if (r < 0)
		return r;
	while (n < USES_MAX && (r = store_step(s, err)) > 0) {
		list[n] = (struct use){
			.purpose = store_col_is_up_to(s, 1, PURPOSE_ALL)
			    ? (enum purpose)store_col_int(s, 1)
			    : PURPOSE_NONE,
			.n = store_col_int(s, 2),
			.last_at = store_col_time(s, 3),
		};
		if (store_copy_text(s, 0, a, &list[n].number) < 0) {
			r = no_memory(err);
			break;
		}
		n++;
	}
	store_reset(s);
	if (r < 0)
		return r;
	*ret = list;
	*ret_len = n;
	return 0;
}

int uses_purge(struct store_conn *c, time_ms before, struct err *err)
{
	int r = store_do(c, err,
	    "DELETE FROM integration_use WHERE (app, number, purpose, day) IN (SELECT app, number, purpose,"
	    " day FROM integration_use WHERE day < ?1 LIMIT ?2)",
	    "ii", before / MS_PER_DAY, (int64_t)PURGE_AT_ONCE);

	return r < 0 ? r : store_changes(c) >= PURGE_AT_ONCE;
}

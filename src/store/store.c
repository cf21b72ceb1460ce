/* Dispatch to the drivers, and what is the same for all of them: the cache of statements, the words
 * in braces, and the state of a transaction (store.h, (1) and (2)). */
#include "store/store_driver.h"

#include <string.h>

#include "base/check.h"

#define CACHE_FIRST 64

static const struct store_driver *const drivers[] = {
	&store_sqlite,
};

/* --- words in braces ---------------------------------------------------------------------------- */

/* The length of a word of lower-case letters in braces at `p`, braces included; 0 when it is none:
 * a brace may also stand in a literal, as '{}' does. */
static size_t brace_len(const char *p)
{
	size_t n = 1;

	while (p[n] >= 'a' && p[n] <= 'z')
		n++;
	return n > 1 && p[n] == '}' ? n + 1 : 0;
}

static const char *word_meaning(const struct store_driver *d, struct str word)
{
	for (const struct store_word *w = d->words; w->word; w++)
		if (str_eq_c(word, w->word))
			return w->means;
	return NULL;
}

static int add_word(const struct store_driver *d, struct str word, struct buf *out, struct err *err)
{
	const char *means = word_meaning(d, word);

	if (!means)
		return err_set(err, E_STORE, "The word {%.*s} is not known in SQL.", STR_ARG(word));
	buf_add_c(out, means);
	return 0;
}

static int expand(const struct store_driver *d, const char *sql, struct buf *out, struct err *err)
{
	while (*sql) {
		size_t plain = strcspn(sql, "{");
		buf_add(out, str_n(sql, plain));
		sql += plain;
		size_t n = *sql ? brace_len(sql) : 0;
		if (n == 0 && *sql) {
			buf_add_char(out, *sql++);
			continue;
		}
		if (n == 0)
			break;
		int rc = add_word(d, str_n(sql + 1, n - 2), out, err);
		if (rc < 0)
			return rc;
		sql += n;
	}
	return out->failed ? err_set(err, E_NOMEM, "Memory ran out for a statement.") : 0;
}

/* `sql` itself when it has no braces, else its expansion, which lives in `out`. */
static int spell(const struct store_driver *d, const char *sql, struct buf *out, const char **ret,
    struct err *err)
{
	*ret = sql;
	if (!strchr(sql, '{'))
		return 0;
	int rc = expand(d, sql, out, err);
	if (rc == 0)
		*ret = out->p;
	return rc;
}

/* --- the cache of statements ---------------------------------------------------------------------- */

/* Literals lie close together: the low bits of their addresses say little, a multiplication spreads
 * them into the high ones. */
static size_t slot_of(const struct store_cache *cache, const char *sql)
{
	uint64_t h = (uint64_t)(uintptr_t)sql * UINT64_C(0x9e3779b97f4a7c15);
	size_t mask = cache->cap - 1;
	size_t i = (size_t)(h >> 32) & mask;

	while (cache->slots[i] && cache->slots[i]->sql != sql)
		i = (i + 1) & mask;
	return i;
}

static struct store_stmt *cache_find(const struct store_cache *cache, const char *sql)
{
	return cache->cap ? cache->slots[slot_of(cache, sql)] : NULL;
}

/* Room for one more, at most half full after it. */
static bool cache_reserve(struct store_cache *cache)
{
	struct store_cache wider = { NULL, cache->cap ? cache->cap * 2 : CACHE_FIRST, cache->len };

	if ((cache->len + 1) * 2 <= cache->cap)
		return true;
	wider.slots = mem_alloc(wider.cap * sizeof(struct store_stmt *));
	if (!wider.slots)
		return false;
	for (size_t i = 0; i < cache->cap; i++)
		if (cache->slots[i])
			wider.slots[slot_of(&wider, cache->slots[i]->sql)] = cache->slots[i];
	mem_free(cache->slots);
	*cache = wider;
	return true;
}

static void cache_done(struct store_cache *cache)
{
	for (size_t i = 0; i < cache->cap; i++)
		if (cache->slots[i])
			cache->slots[i]->driver->finish(cache->slots[i]);
	MEM_FREE(&cache->slots);
	cache->cap = cache->len = 0;
}

static int prepare_new(
    struct store_conn *c, const char *sql, struct store_stmt **ret, struct err *err)
{
	struct store_stmt *s = NULL;
	const char *spelled;
	struct buf text;

	if (!cache_reserve(&c->cache))
		return err_set(err, E_NOMEM, "Memory ran out for a statement.");
	buf_init(&text, 0);
	int rc = spell(c->driver, sql, &text, &spelled, err);
	if (rc == 0)
		rc = c->driver->prepare(c, spelled, &s, err);
	buf_done(&text);
	if (rc < 0)
		return rc;
	ASSERT(s);
	s->driver = c->driver;
	s->conn = c;
	s->sql = sql;
	c->cache.slots[slot_of(&c->cache, sql)] = s;
	c->cache.len++;
	*ret = s;
	return 0;
}

/* --- the state of a transaction ------------------------------------------------------------------- */

static int tx_usable(const struct store_conn *c, struct err *err)
{
	if (!c->tx_failed)
		return 0;
	return err_set(err, E_STORE, "The transaction failed earlier and must be rolled back.");
}

/* Passes `rc` on; an error spoils the open transaction. */
static int note(struct store_conn *c, int rc)
{
	if (rc < 0 && c->in_tx)
		c->tx_failed = true;
	return rc;
}

static void reset_open_rows(struct store_conn *c)
{
	for (size_t i = 0; c->on_row > 0 && i < c->cache.cap; i++)
		if (c->cache.slots[i] && c->cache.slots[i]->on_row)
			store_reset(c->cache.slots[i]);
}

static void tx_ended(struct store_conn *c)
{
	c->in_tx = false;
	c->tx_failed = false;
}

/* --- public --------------------------------------------------------------------------------------- */

static const struct store_driver *driver_of(const char *url, struct str *ret_where, struct err *err)
{
	*ret_where = str_c(url);
	struct str scheme = str_cut(ret_where, ':');

	for (size_t i = 0; i < ARRAY_LEN(drivers); i++) {
		if (ret_where->p && str_eq_c(scheme, drivers[i]->scheme))
			return drivers[i];
	}
	(void)err_field(err, E_UNSUPPORTED, "store.url",
	    "A store is named by \"sqlite:\" and the path of its file.");
	return NULL;
}

static int open_as(const char *url, bool reading, struct store **ret, struct err *err)
{
	struct str where;
	struct store *s;
	const struct store_driver *d = driver_of(url, &where, err);
	int rc = d ? d->open(where, reading, &s, err) : -E_UNSUPPORTED;

	if (rc < 0)
		return rc;
	s->driver = d;
	*ret = s;
	return 0;
}

int store_hold(const char *url, int *ret_fd, struct err *err)
{
	struct str where;
	const struct store_driver *d = driver_of(url, &where, err);

	return d ? d->hold(where, ret_fd, err) : -E_UNSUPPORTED;
}

int store_open(const char *url, struct store **ret, struct err *err)
{
	return open_as(url, false, ret, err);
}

int store_open_reading(const char *url, struct store **ret, struct err *err)
{
	return open_as(url, true, ret, err);
}

void store_close(struct store **ps)
{
	if (!*ps)
		return;
	ASSERT(atomic_load(&(*ps)->conns) == 0);
	(*ps)->driver->close(*ps);
	*ps = NULL;
}

void store_set_keys(struct store *s, const void *keys)
{
	s->keys = keys;
}

const void *store_keys(const struct store_conn *c)
{
	return c->store->keys;
}

int store_connect(
    struct store *s, enum store_access access, struct store_conn **ret, struct err *err)
{
	struct store_conn *c;
	int rc = s->driver->connect(s, access, &c, err);

	if (rc < 0)
		return rc;
	c->driver = s->driver;
	c->store = s;
	c->access = access;
	atomic_fetch_add(&s->conns, 1);
	*ret = c;
	return 0;
}

void store_disconnect(struct store_conn **pc)
{
	struct store_conn *c = *pc;

	if (!c)
		return;
	struct store *s = c->store;
	store_rollback(c);
	cache_done(&c->cache);
	c->driver->disconnect(c);
	atomic_fetch_sub(&s->conns, 1);
	*pc = NULL;
}

int store_begin(struct store_conn *c, struct err *err)
{
	ASSERT(!c->in_tx);
	reset_open_rows(c);
	int rc = c->driver->begin(c, err);
	c->in_tx = rc == 0;
	return rc;
}

int store_commit(struct store_conn *c, struct err *err)
{
	ASSERT(c->in_tx);
	reset_open_rows(c);
	int rc = tx_usable(c, err);
	if (rc < 0)
		c->driver->rollback(c);
	else
		rc = c->driver->commit(c, err);
	tx_ended(c);
	return rc;
}

void store_rollback(struct store_conn *c)
{
	if (!c->in_tx)
		return;
	reset_open_rows(c);
	c->driver->rollback(c);
	tx_ended(c);
}

bool store_tx_failed(const struct store_conn *c)
{
	return c->tx_failed;
}

int store_exec(struct store_conn *c, const char *sql, struct err *err)
{
	const char *spelled;
	struct buf text;
	int rc = tx_usable(c, err);

	if (rc < 0)
		return rc;
	buf_init(&text, 0);
	rc = spell(c->driver, sql, &text, &spelled, err);
	if (rc == 0)
		rc = c->driver->exec(c, spelled, err);
	buf_done(&text);
	return note(c, rc);
}

int store_prepare(struct store_conn *c, const char *sql, struct store_stmt **ret, struct err *err)
{
	struct store_stmt *s = cache_find(&c->cache, sql);
	int rc = tx_usable(c, err);

	if (rc < 0)
		return rc;
	if (!s)
		return note(c, prepare_new(c, sql, ret, err));
	store_reset(s);
	*ret = s;
	return 0;
}

static void bound(struct store_stmt *s, int i, bool ok)
{
	s->used = true;
	if (!ok && !s->bad_param)
		s->bad_param = i;
}

void store_bind_int(struct store_stmt *s, int i, int64_t v)
{
	bound(s, i, s->driver->bind_int(s, i, v));
}

void store_bind_text(struct store_stmt *s, int i, struct str v)
{
	bound(s, i, v.p ? s->driver->bind_text(s, i, v) : s->driver->bind_null(s, i));
}

void store_bind_blob(struct store_stmt *s, int i, struct str v)
{
	bound(s, i, v.p ? s->driver->bind_blob(s, i, v) : s->driver->bind_null(s, i));
}

void store_bind_null(struct store_stmt *s, int i)
{
	bound(s, i, s->driver->bind_null(s, i));
}

static void set_on_row(struct store_stmt *s, bool on_row)
{
	if (on_row && !s->on_row)
		s->conn->on_row++;
	if (!on_row && s->on_row)
		s->conn->on_row--;
	s->on_row = on_row;
}

int store_step(struct store_stmt *s, struct err *err)
{
	int rc = tx_usable(s->conn, err);

	if (rc == 0 && s->bad_param)
		rc = err_set(
		    err, E_STORE, "Parameter %d of a statement could not be bound.", s->bad_param);
	if (rc == 0) {
		s->used = true;
		rc = s->driver->step(s, err);
	}
	set_on_row(s, rc > 0);
	if (rc <= 0)
		store_reset(s);
	return note(s->conn, rc);
}

int store_run(struct store_stmt *s, struct err *err)
{
	int rc = store_step(s, err);

	if (rc <= 0)
		return rc;
	store_reset(s);
	return note(
	    s->conn, err_set(err, E_STORE, "A statement gave a row where none was expected."));
}

int64_t store_col_int(struct store_stmt *s, int i)
{
	ASSERT(s->on_row);
	return s->driver->col_int(s, i);
}

struct str store_col_text(struct store_stmt *s, int i)
{
	ASSERT(s->on_row);
	return s->driver->col_text(s, i);
}

struct str store_col_blob(struct store_stmt *s, int i)
{
	ASSERT(s->on_row);
	return s->driver->col_blob(s, i);
}

bool store_col_null(struct store_stmt *s, int i)
{
	ASSERT(s->on_row);
	return s->driver->col_null(s, i);
}

void store_reset(struct store_stmt *s)
{
	if (!s->used)
		return;
	set_on_row(s, false);
	s->driver->reset(s);
	s->used = false;
	s->bad_param = 0;
}

int64_t store_changes(struct store_conn *c)
{
	return c->driver->changes(c);
}

int64_t store_written(struct store_conn *c)
{
	return c->driver->written(c);
}

int store_copy_text(struct store_stmt *s, int i, struct arena *a, struct str *ret)
{
	struct str text = store_col_text(s, i);
	struct str copy = text.p ? arena_str(a, text) : STR_NONE;

	if (text.p && !copy.p)
		return -E_NOMEM;
	*ret = copy;
	return 0;
}

int store_checkpoint(struct store_conn *c, int64_t *ret_left, struct err *err)
{
	int64_t left = 0;

	ASSERT(!c->in_tx);
	int rc = c->driver->checkpoint(c, false, &left, err);
	if (rc == 0 && ret_left)
		*ret_left = left;
	return rc;
}

int store_checkpoint_all(struct store_conn *c, struct err *err)
{
	int64_t left = 0;

	ASSERT(!c->in_tx);
	return c->driver->checkpoint(c, true, &left, err);
}

int store_copy(
    struct store_conn *c, const char *path, const struct store_copying *how, struct err *err)
{
	ASSERT(c->in_tx);
	return c->driver->copy(c, path, how, err);
}

int store_check_whole(struct store_conn *c, const struct store_looking *how, struct err *err)
{
	return c->driver->check_whole(c, how, err);
}

int store_copied_at(struct store_conn *c, time_ms *ret, struct err *err)
{
	int64_t seconds = 0;
	int rc = c->driver->copied_at(c, &seconds, err);

	if (rc < 0 || seconds == 0)
		return rc;
	*ret = seconds * MS_PER_S;
	return 1;
}

int store_unmark_copy(struct store_conn *c, struct err *err)
{
	ASSERT(c->in_tx && c->access == STORE_WRITE);
	return c->driver->unmark_copy(c, err);
}

int store_scrub(struct store_conn *c, int64_t *place, struct err *err)
{
	bool done = false;

	ASSERT(!c->in_tx && c->access == STORE_WRITE);
	int rc = c->driver->scrub(c, place, &done, err);
	return rc < 0 ? rc : !done;
}

int64_t store_log_pages(const struct store_conn *c)
{
	return c->driver->log_pages(c);
}

void store_keep(struct store_conn *c, int64_t kib)
{
	c->driver->keep(c, kib);
}

bool store_suspect(const struct store_conn *c)
{
	return c->driver->suspect(c);
}

int store_check(struct store_conn *c, struct err *err)
{
	ASSERT(!c->in_tx && c->access == STORE_WRITE);
	return c->driver->check(c, err);
}

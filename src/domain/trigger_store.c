#include "domain/trigger_store.h"

#include "base/arena.h"
#include "base/lang.h"
#include "store/query.h"

#define PURGE_AT_ONCE 500
#define EVENT_KEY_LEN 16

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while working on triggers.");
}

static struct secret_place place_of(struct str name)
{
	return (struct secret_place){ "trigger", name, "secret" };
}

/* --- reading ---------------------------------------------------------------------------------- */

#define COLUMNS \
	"name, app, number, definition, secret, created_at, last_at, queued, repeated, skipped," \
	" problem, place, problem_at, useless, unmet"

static int copy_blob(struct store_stmt *s, int i, struct arena *a, struct str *ret)
{
	struct str bytes = store_col_blob(s, i);

	*ret = bytes.p ? arena_str(a, bytes) : STR_NONE;
	return bytes.p && !ret->p ? -E_NOMEM : 0;
}

/* The secret as it is sealed. */
static int take(struct store_stmt *s, struct arena *a, struct trigger_row *ret, struct err *err)
{
	*ret = (struct trigger_row){
		.created_at = store_col_int(s, 5),
		.last_at = store_col_time(s, 6),
		.queued = store_col_int(s, 7),
		.repeated = store_col_int(s, 8),
		.skipped = store_col_int(s, 9),
		.problem_at = store_col_time(s, 12),
		.useless = store_col_int(s, 13),
		.unmet = store_col_int(s, 14),
	};
	if (store_copy_text(s, 0, a, &ret->v.name) < 0 ||
	    store_copy_text(s, 1, a, &ret->v.app) < 0 ||
	    store_copy_text(s, 2, a, &ret->v.number) < 0 ||
	    store_copy_text(s, 3, a, &ret->v.definition) < 0 ||
	    copy_blob(s, 4, a, &ret->v.secret) < 0 ||
	    store_copy_text(s, 10, a, &ret->problem) < 0 ||
	    store_copy_text(s, 11, a, &ret->place) < 0)
		return no_memory(err);
	return 1;
}

static int find(struct store_conn *c, struct str name, struct arena *a, struct trigger_row *ret,
    struct err *err)
{
	struct store_stmt *s;
	int r = store_find(
	    c, &s, err, "SELECT " COLUMNS " FROM event_trigger WHERE name = ?1", "t", name);

	if (r > 0) {
		r = take(s, a, ret, err);
		store_reset(s);
	}
	return r;
}

int trigger_get(struct store_conn *c, const struct seal_key *key, struct str name, struct arena *a,
    struct trigger_row *ret, struct err *err)
{
	const struct secret_place place = place_of(name);
	int r = find(c, name, a, ret, err);

	if (r <= 0)
		return r;
	r = secret_open(key, &place, ret->v.secret, a, &ret->v.secret, err);
	return r < 0 ? r : 1;
}

int trigger_list(struct store_conn *c, struct str after, size_t limit, struct arena *a,
    struct trigger_row **ret, size_t *ret_len, struct err *err)
{
	struct trigger_row *items = ARENA_ARRAY(a, struct trigger_row, limit + 1);
	struct store_stmt *s;
	size_t n = 0;
	int r = items
	    ? store_ask(c, &s, err,
		  "SELECT " COLUMNS " FROM event_trigger WHERE name > ?1 ORDER BY name LIMIT ?2",
		  "ti", after.p ? after : STR(""), (int64_t)limit)
	    : no_memory(err);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0 && (r = take(s, a, &items[n], err)) > 0)
		n++;
	store_reset(s);
	if (r < 0)
		return r;
	*ret = items;
	*ret_len = n;
	return 0;
}

/* --- writing ---------------------------------------------------------------------------------- */

static int insert(struct store_conn *c, const struct seal_key *key, const struct trigger_values *v,
    time_ms now, struct err *err)
{
	const struct secret_place place = place_of(v->name);
	struct buf sealed;

	buf_init(&sealed, 0);
	int r = secret_seal(key, &place, v->secret, &sealed, err);
	if (r == 0)
		r = store_do(c, err,
		    "INSERT INTO event_trigger (name, app, number, definition, secret, created_at, queued,"
		    " repeated, skipped, useless, unmet) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, 0, 0, 0)",
		    "ttttbm", v->name, v->app, v->number, v->definition, secret_sealed(&sealed),
		    now);
	buf_done(&sealed);
	return r;
}

static int check_same(const struct seal_key *key, const struct trigger_values *v,
    const struct trigger_row *row, struct err *err)
{
	const struct secret_place place = place_of(v->name);
	int r = value_check_same(v->app, row->v.app, "app", err);

	if (r == 0)
		r = value_check_same(v->number, row->v.number, "number", err);
	if (r == 0)
		r = value_check_same(v->definition, row->v.definition, "file", err);
	return r < 0 ? r
		     : secret_check_same(key, &place, v->secret, row->v.secret, "secret_file", err);
}

int trigger_add(struct store_conn *c, const struct seal_key *key, const struct trigger_values *v,
    time_ms now, bool *ret_created, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	struct trigger_row row;
	int r = a ? find(c, v->name, a, &row, err) : no_memory(err);
	bool known = r > 0;

	if (r >= 0)
		r = known ? check_same(key, v, &row, err) : insert(c, key, v, now, err);
	arena_free(&a);
	if (r == 0)
		*ret_created = !known;
	return r;
}

int trigger_set(struct store_conn *c, const struct seal_key *key, const struct trigger_values *v,
    struct err *err)
{
	const struct secret_place place = place_of(v->name);
	struct buf sealed;

	buf_init(&sealed, 0);
	int r = secret_seal(key, &place, v->secret, &sealed, err);
	if (r == 0)
		r = store_do(c, err,
		    "UPDATE event_trigger SET app = ?2, number = ?3, definition = ?4, secret = ?5,"
		    " problem = NULL, place = NULL, problem_at = NULL, useless = 0, unmet = 0"
		    " WHERE name = ?1",
		    "ttttb", v->name, v->app, v->number, v->definition, secret_sealed(&sealed));
	buf_done(&sealed);
	return r < 0 ? r : store_changes(c) > 0;
}

int trigger_remove(struct store_conn *c, struct str name, struct err *err)
{
	int r = store_do(c, err, "DELETE FROM event_trigger WHERE name = ?1", "t", name);

	return r < 0 ? r : store_changes(c) > 0;
}

int trigger_count_in(struct store_conn *c, struct str name, const struct trigger_tally *tally,
    time_ms now, struct err *err)
{
	/* An event that is of use, even for the second time, ends what was useless in a row. */
	int64_t goes_on = tally->queued + tally->repeated == 0;

	return store_do(c, err,
	    "UPDATE event_trigger SET last_at = ?2, queued = queued + ?3, repeated = repeated + ?4,"
	    " skipped = skipped + ?5, problem = coalesce(?6, problem), place = coalesce(?7, place),"
	    " problem_at = CASE WHEN ?6 IS NULL THEN problem_at ELSE ?2 END,"
	    " useless = useless * ?8 + ?9, unmet = unmet * ?8 + ?10 WHERE name = ?1",
	    "tmiiittiii", name, now, tally->queued, tally->repeated, tally->skipped, tally->problem,
	    tally->place, goes_on, goes_on * (tally->skipped - tally->unmet),
	    goes_on * tally->unmet);
}

/* --- events ----------------------------------------------------------------------------------- */

/* An id may be a telephone number: who has only the rows cannot guess it. */
static void event_key(const struct seal_key *key, struct str event_id, uint8_t out[SHA256_LEN])
{
	struct sha256 mac;

	crypto_hmac_sha256(str_n((const char *)key->b, sizeof(key->b)), event_id, &mac);
	memcpy(out, mac.b, SHA256_LEN);
}

int trigger_event_get(struct store_conn *c, const struct seal_key *key, struct str name,
    struct str event_id, uint64_t *ret_decision, struct err *err)
{
	uint8_t k[SHA256_LEN];
	int64_t decision = 0;

	event_key(key, event_id, k);
	int r = store_ask_int(c, &decision, err,
	    "SELECT decision FROM trigger_event WHERE name = ?1 AND event = ?2", "tb", name,
	    str_n((const char *)k, EVENT_KEY_LEN));
	if (r > 0)
		*ret_decision = (uint64_t)decision;
	return r;
}

int trigger_event_add(struct store_conn *c, const struct seal_key *key, struct str name,
    struct str event_id, uint64_t decision, time_ms now, struct err *err)
{
	uint8_t k[SHA256_LEN];

	event_key(key, event_id, k);
	return store_do(c, err,
	    "INSERT INTO trigger_event (name, event, at, decision) VALUES (?1, ?2, ?3, ?4)", "tbmi",
	    name, str_n((const char *)k, EVENT_KEY_LEN), now, (int64_t)decision);
}

int trigger_event_purge(struct store_conn *c, time_ms before, struct err *err)
{
	return store_purge(c,
	    "DELETE FROM trigger_event WHERE (name, event) IN (SELECT name, event FROM trigger_event"
	    " WHERE at < ?1 ORDER BY at LIMIT ?2)",
	    before, PURGE_AT_ONCE, err);
}

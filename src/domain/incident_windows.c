#include "domain/incident_windows.h"

#include "base/check.h"
#include "base/json.h"
#include "store/query.h"

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while reading about an incident.");
}

int incident_moment_read(
    const struct incident *i, struct arena *a, struct incident_moment *ret, struct err *err)
{
	const struct json *at_once = NULL;
	struct incident_moment m = { .held = 0 };

	if (json_read(a, i->impact, &at_once, NULL) == -E_NOMEM)
		return no_memory(err);
	if (!json_int(json_get(at_once, "held"), &m.held))
		m.held = 0;
	if (!json_int(json_get(at_once, "conversations"), &m.conversations)) {
		m.conversations = 0;
		if (!json_int(json_get(at_once, "windows_since"), &m.windows_since))
			m.windows_since = 0;
	}
	*ret = m;
	return 0;
}

/* By their time first: of most contacts it is long ago. */
int incident_windows_open(struct store_conn *c, const struct incident *i, int64_t windows_since,
    int64_t after, int64_t last, int64_t *ret, struct err *err)
{
	struct str number = str_eq_c(i->scope, "number") ? i->scope_id : STR("");
	int r = store_ask_int(c, ret, err,
	    "SELECT count(*) FROM contact WHERE person > ?5 AND person <= ?6"
	    " AND ((last_inbound_at > ?3 AND last_inbound_at <= ?4)"
	    " OR (last_call_at > ?3 AND last_call_at <= ?4)) AND +number IN (SELECT id FROM number"
	    " WHERE waba = ?1 AND (?2 = '' OR id = ?2))",
	    "ttimii", i->waba, number, windows_since, i->opened_at, after, last);

	return r < 0 ? r : 0;
}

/* --- noting ----------------------------------------------------------------------------------- */

static int note(struct store_conn *c, const struct incident *i, const struct incident_moment *m,
    int64_t open, struct err *err)
{
	struct buf impact;

	buf_init(&impact, 0);
	buf_addf(
	    &impact, "{\"conversations\":%lld,\"held\":%lld}", (long long)open, (long long)m->held);
	int r = impact.failed ? no_memory(err)
			      : store_do(c, err, "UPDATE incident SET impact = ?2 WHERE id = ?1",
				    "it", (int64_t)i->id, buf_str(&impact));
	buf_done(&impact);
	return r;
}

static int count_slice(struct store_conn *c, const struct incident *i, struct arena *a,
    struct incident_windows *place, struct err *err)
{
	struct incident_moment m;
	int64_t last = 0, open = 0;
	int r = incident_moment_read(i, a, &m, err);

	if (r == 0)
		r = store_ask_int(c, &last, err,
		    "SELECT person FROM contact WHERE person > ?1 ORDER BY person LIMIT 1 OFFSET ?2",
		    "ii", place->person, (int64_t)INCIDENT_WINDOWS_SLICE - 1);
	bool more = r > 0 && m.windows_since;
	if (r >= 0 && m.windows_since)
		r = incident_windows_open(
		    c, i, m.windows_since, place->person, more ? last : INT64_MAX, &open, err);
	if (r < 0)
		return r;
	place->open += open;
	place->person = last;
	if (more)
		return 0;
	r = note(c, i, &m, place->open, err);
	*place = (struct incident_windows){ .incident = 0 };
	return r;
}

int incident_windows_count(struct store_conn *c, struct incident_windows *place, struct err *err)
{
	struct incident i;
	struct arena *a;
	int64_t id = 0;
	int r = store_ask_int(c, &id, err,
	    "SELECT id FROM incident WHERE impact LIKE '%windows_since%' ORDER BY id LIMIT 1", "");

	if (r <= 0)
		return r;
	if (place->incident != (uint64_t)id)
		*place = (struct incident_windows){ .incident = (uint64_t)id };
	a = arena_new(0, 0);
	r = a ? incident_get(c, (uint64_t)id, a, &i, err) : no_memory(err);
	if (r > 0)
		r = count_slice(c, &i, a, place, err);
	arena_free(&a);
	return r < 0 ? r : 1;
}

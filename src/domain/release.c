/* The state is small and changes with each send of the few templates that are being released: it is read,
 * changed here and written whole. */
#include "domain/release.h"

#include "base/check.h"
#include "base/lang.h"
#include "domain/budget.h"
#include "store/query.h"

#define ROUND_MAX 100 /* templates looked at in one round */
#define AUDIENCE_MAX 1000000000LL
#define CENSUS_SLICE 5000 /* people counted in one round */

static const char *const step_names[] = {
	[RELEASE_REST] = "rest",
	[RELEASE_FIRST] = "first",
	[RELEASE_PART] = "part",
};

const char *release_step_name(enum release_step step)
{
	return step_names[step];
}

int release_step_parse(struct str word, enum release_step *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(step_names); i++) {
		if (!str_eq_c(word, step_names[i]))
			continue;
		*ret = (enum release_step)i;
		return 0;
	}
	return -E_INVALID;
}

/* --- steps ------------------------------------------------------------------------------------ */

/* Rounded up: a part of somebody is somebody. */
static int64_t part_of(const struct pack *pack, int64_t audience)
{
	const struct pack_warmup *w = pack_warmup(pack);
	int64_t people = (audience * w->template_share_ppm + PPM - 1) / PPM;

	return people > 0 ? people : 1;
}

int64_t release_limit(const struct pack *pack, const struct facts_release *r)
{
	const struct pack_warmup *w = pack_warmup(pack);

	if (r->step == RELEASE_REST)
		return -1;
	if (r->step == RELEASE_FIRST)
		return w->template_first;
	return w->template_first + (r->audience < 0 ? 0 : part_of(pack, r->audience));
}

time_ms release_opens_at(const struct pack *pack, const struct facts_release *r)
{
	const struct pack_warmup *w = pack_warmup(pack);

	if (r->step == RELEASE_REST || r->filled_at == TIME_NONE)
		return TIME_NONE;
	return r->filled_at +
	    (r->step == RELEASE_FIRST ? w->template_wait_ms : w->template_part_wait_ms);
}

/* A part of an audience that nobody has counted yet is neither full nor has it room. */
static bool is_counted(const struct facts_release *r)
{
	return r->step != RELEASE_PART || r->audience >= 0;
}

/* A step is full once: who gives a place back later does not make the wait longer. A step that the
 * one before has filled already is full from the moment it begins. */
static void fill_up(const struct pack *pack, struct facts_release *r, time_ms at)
{
	int64_t limit = release_limit(pack, r);

	if (is_counted(r) && r->filled_at == TIME_NONE && limit >= 0 && r->taken >= limit)
		r->filled_at = at;
}

void release_advance(const struct pack *pack, struct facts_release *r, time_ms now)
{
	while (r->step != RELEASE_REST && r->filled_at != TIME_NONE &&
	    now >= release_opens_at(pack, r)) {
		time_ms at = release_opens_at(pack, r);
		r->step = r->step == RELEASE_FIRST ? RELEASE_PART : RELEASE_REST;
		r->filled_at = TIME_NONE;
		fill_up(pack, r, at);
	}
}

void release_place(const struct pack *pack, struct facts_release *r, time_ms now)
{
	r->taken++;
	fill_up(pack, r, now);
}

/* --- rows ------------------------------------------------------------------------------------- */

#define WHERE_KEY " WHERE waba = ?1 AND name = ?2 AND language = ?3"

int release_begin(struct store_conn *c, const struct release_key *k, time_ms now, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO template_release (waba, name, language, began_at, step, taken, audience, filled_at)"
	    " SELECT waba, name, language, ?4, 1, 0, NULL, NULL FROM template" WHERE_KEY
	    " AND category = 1"
	    " ON CONFLICT (waba, name, language) DO UPDATE SET began_at = excluded.began_at,"
	    " step = 1, taken = 0, filled_at = NULL",
	    "tttm", k->waba, k->name, k->language, now);
}

int release_begin_missing(
    struct store_conn *c, const struct release_key *k, time_ms now, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO template_release (waba, name, language, began_at, step, taken, audience, filled_at)"
	    " SELECT waba, name, language, ?4, 1, 0, NULL, NULL FROM template" WHERE_KEY
	    " AND category = 1 ON CONFLICT (waba, name, language) DO NOTHING",
	    "tttm", k->waba, k->name, k->language, now);
}

int release_begin_if_new(
    struct store_conn *c, const struct release_key *k, time_ms now, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO template_release (waba, name, language, began_at, step, taken, audience, filled_at)"
	    " SELECT waba, name, language, ?4, 1, 0, NULL, NULL FROM template" WHERE_KEY
	    " AND category = 1 AND status = 'APPROVED' AND quality <> 'GREEN'"
	    " AND waba IN (SELECT id FROM waba WHERE templates_at IS NOT NULL)"
	    " ON CONFLICT (waba, name, language) DO NOTHING",
	    "tttm", k->waba, k->name, k->language, now);
}

int release_templates_read(struct store_conn *c, struct str waba, time_ms now, struct err *err)
{
	return store_do(c, err, "UPDATE waba SET templates_at = ?2 WHERE id = ?1", "tm", waba, now);
}

int release_end(struct store_conn *c, const struct release_key *k, struct err *err)
{
	return store_do(
	    c, err, "DELETE FROM template_release" WHERE_KEY, "ttt", k->waba, k->name, k->language);
}

int release_set_audience(
    struct store_conn *c, const struct release_key *k, int64_t people, struct err *err)
{
	if (people < 1 || people > AUDIENCE_MAX)
		return err_field(
		    err, E_RANGE, "audience", N_("The audience of a template must be at least 1."));
	return store_do(c, err, "UPDATE template_release SET audience = ?4" WHERE_KEY, "ttti",
	    k->waba, k->name, k->language, people);
}

int release_expect(
    struct store_conn *c, const struct release_key *k, int64_t people, struct err *err)
{
	return store_do(c, err,
	    "UPDATE template_release SET audience = ?4" WHERE_KEY " AND audience IS NULL", "ttti",
	    k->waba, k->name, k->language, people);
}

static void take_row(struct store_stmt *s, int first, struct facts_release *ret)
{
	int64_t step = store_col_int(s, first);

	*ret = (struct facts_release){
		.given = true,
		/* an unheard-of step is the narrowest */
		.step = step == RELEASE_PART ? RELEASE_PART : RELEASE_FIRST,
		.taken = store_col_int(s, first + 1),
		.audience = store_col_int(s, first + 2),
		.filled_at = store_col_time(s, first + 3),
	};
}

int release_read(struct store_conn *c, const struct pack *pack, const struct release_key *k,
    time_ms now, struct facts_release *ret, struct err *err)
{
	struct store_stmt *s;
	struct facts_release x;
	int r = store_ask(c, &s, err,
	    "SELECT step, taken, coalesce(audience, -1), filled_at FROM template_release" WHERE_KEY,
	    "ttt", k->waba, k->name, k->language);

	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0)
		take_row(s, 0, &x);
	store_reset(s);
	if (r <= 0)
		return r;
	if (now != TIME_NONE)
		release_advance(pack, &x, now);
	*ret = x;
	return x.step == RELEASE_REST ? 0 : 1;
}

static int write(struct store_conn *c, const struct release_key *k, const struct facts_release *x,
    struct err *err)
{
	return store_do(c, err,
	    "UPDATE template_release SET step = ?4, taken = ?5, filled_at = ?6" WHERE_KEY, "tttiim",
	    k->waba, k->name, k->language, (int64_t)x->step, x->taken, x->filled_at);
}

int release_take(struct store_conn *c, const struct pack *pack, const struct release_key *k,
    time_ms now, bool clock_suspect, bool *ret_took, struct err *err)
{
	struct facts_release x;
	int r = release_read(c, pack, k, clock_suspect ? TIME_NONE : now, &x, err);

	if (r > 0) {
		release_place(pack, &x, now);
		int w = write(c, k, &x, err);
		r = w < 0 ? w : r;
	}
	if (r < 0)
		return r;
	*ret_took = r > 0;
	return 0;
}

int release_give_back(
    struct store_conn *c, unsigned counted, struct str waba, struct str tpl, struct err *err)
{
	struct str language = tpl, name = str_cut(&language, '/');

	if (!(counted & BUDGET_RELEASE))
		return 0;
	return store_do(c, err,
	    "UPDATE template_release SET taken = taken - 1" WHERE_KEY " AND taken > 0", "ttt", waba,
	    name, language);
}

/* --- the round -------------------------------------------------------------------------------- */

/* Whose newest act that covers marketing is a grant; a withdrawal wins a tie (readings 3 to 5). */
static int count_agreed(
    struct store_conn *c, int64_t after, int64_t upto, time_ms now, int64_t *ret, struct err *err)
{
	int r = store_ask_int(c, ret, err,
	    "SELECT count(*) FROM (SELECT person FROM consent WHERE person > ?4 AND person <= ?5"
	    " AND purpose IN (?1, ?2) AND at <= ?3 GROUP BY person"
	    " HAVING max(at * 2 + CASE WHEN act = 2 THEN 1 ELSE 0 END) % 2 = 0) AS agreed",
	    "iimii", (int64_t)PURPOSE_MARKETING, (int64_t)PURPOSE_ALL, now, after, upto);

	return r < 0 ? r : 0;
}

/* One more slice of all people: 1, or 0 when everybody was counted. */
static int count_some(struct store_conn *c, struct release_census *k, time_ms now, struct err *err)
{
	int64_t after = k->under_way ? k->after : INT64_MIN, upto = 0, people = 0;
	int r = store_ask_int(c, &upto, err,
	    "SELECT max(person) FROM (SELECT DISTINCT person FROM consent WHERE person > ?1"
	    " ORDER BY person LIMIT ?2) AS slice",
	    "ii", after, (int64_t)CENSUS_SLICE);

	if (r <= 0)
		return r;
	r = count_agreed(c, after, upto, now, &people, err);
	if (r < 0)
		return r;
	*k = (struct release_census){ .under_way = true,
		.after = upto,
		.people = k->under_way ? k->people + people : people };
	return 1;
}

/* The first step is full, or the second has begun. */
#define UNCOUNTED "audience IS NULL AND (filled_at IS NOT NULL OR step = 2)"
_Static_assert(RELEASE_PART == 2, "the figure of UNCOUNTED");

static int need_audience(
    struct store_conn *c, struct release_census *k, time_ms now, struct err *err)
{
	int64_t one;
	int r = store_ask_int(
	    c, &one, err, "SELECT 1 FROM template_release WHERE " UNCOUNTED " LIMIT 1", "");

	if (r <= 0) {
		*k = (struct release_census){ 0 };
		return r;
	}
	r = count_some(c, k, now, err);
	if (r != 0)
		return r < 0 ? r : 0;
	int64_t people = k->people;
	*k = (struct release_census){ 0 };
	return store_do(
	    c, err, "UPDATE template_release SET audience = ?1 WHERE " UNCOUNTED, "i", people);
}

struct row {
	struct str waba, name, language;
	struct facts_release state;
};

static int read_full(
    struct store_conn *c, struct arena *a, struct row *rows, size_t *ret_len, struct err *err)
{
	struct store_stmt *s;
	size_t n = 0;
	int r = store_ask(c, &s, err,
	    "SELECT waba, name, language, step, taken, coalesce(audience, -1), filled_at"
	    " FROM template_release WHERE filled_at IS NOT NULL ORDER BY filled_at LIMIT ?1",
	    "i", (int64_t)ROUND_MAX);

	if (r < 0)
		return r;
	while (n < ROUND_MAX && (r = store_step(s, err)) > 0) {
		struct row *x = &rows[n++];
		take_row(s, 3, &x->state);
		if (store_copy_text(s, 0, a, &x->waba) < 0 ||
		    store_copy_text(s, 1, a, &x->name) < 0 ||
		    store_copy_text(s, 2, a, &x->language) < 0) {
			r = err_set(err, E_NOMEM, "Memory ran out while releasing templates.");
			break;
		}
	}
	store_reset(s);
	*ret_len = n;
	return r < 0 ? r : 0;
}

/* 1 it is over. */
static int look_at(struct store_conn *c, const struct pack *pack, const struct row *x, time_ms now,
    struct err *err)
{
	const struct release_key k = { x->waba, x->name, x->language };
	struct facts_release state = x->state;
	int r = 0;

	release_advance(pack, &state, now);
	if (state.step == RELEASE_REST)
		r = release_end(c, &k, err);
	else if (state.step != x->state.step)
		r = write(c, &k, &state, err);
	return r < 0 ? r : state.step == RELEASE_REST;
}

int release_round(struct store_conn *c, const struct pack *pack, time_ms now,
    struct release_census *census, bool *ret_changed, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	struct row *rows = a ? ARENA_ARRAY(a, struct row, ROUND_MAX) : NULL;
	bool changed = false;
	size_t n = 0;
	int r = rows ? need_audience(c, census, now, err)
		     : err_set(err, E_NOMEM, "Memory ran out while releasing templates.");

	if (r >= 0)
		r = read_full(c, a, rows, &n, err);
	for (size_t i = 0; r >= 0 && i < n; i++) {
		r = look_at(c, pack, &rows[i], now, err);
		changed = changed || r > 0;
	}
	arena_free(&a);
	if (r < 0)
		return r;
	*ret_changed = changed;
	return 0;
}

/* Operator acts are found by what the ledger keeps of them. */
#include "domain/incident_story.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/id.h"
#include "base/json.h"
#include "base/map.h"
#include "domain/decision.h"
#include "domain/history.h"
#include "domain/incident_windows.h"
#include "domain/journal_people.h"
#include "domain/rules.h"
#include "domain/signal.h"
#include "store/query.h"

#define HOURS_A_DAY 24
#define IMPACT_MAX 20000 /* sends that are looked through */
#define TEMPLATES_MAX 200
#define NUMBERS_MAX 200
#define WEEK_MS (7 * MS_PER_DAY)

static const char *const sources[] = {
	[STORY_STEP] = "incident",
	[STORY_ALARM] = "alarm",
	[STORY_OPERATOR] = "operator",
	[STORY_POLICY] = "policy",
	[STORY_CHANGE] = "change",
};

const char *story_source_name(enum story_source s)
{
	return sources[s];
}

struct telling {
	struct store_conn *c;
	const struct incident *i;
	struct arena *a;
	struct story *story;
	struct err *err;
};

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while reading about an incident.");
}

static struct str number_of(const struct incident *i)
{
	return str_eq_c(i->scope, "number") ? i->scope_id : STR("");
}

/* --- days ------------------------------------------------------------------------------------- */

static int64_t *place_of(struct story_day *day, int64_t what)
{
	switch (what) {
	case SIGNAL_SENT:
		return &day->sent;
	case SIGNAL_MARKETING_SENT:
		return &day->marketing;
	case SIGNAL_DELIVERED:
		return &day->delivered;
	case SIGNAL_FAILED:
		return &day->failed;
	case SIGNAL_CAPPED:
		return &day->capped;
	case SIGNAL_OPT_OUT:
		return &day->opt_outs;
	default:
		return NULL;
	}
}

static void take_day(struct story *story, int64_t day, int64_t what, int64_t n)
{
	int64_t place = day - story->from / MS_PER_DAY;

	if (place < 0 || (size_t)place >= story->days_len)
		return;
	int64_t *to = place_of(&story->days[place], what);
	if (to)
		*to += n;
}

static int read_days(struct telling *t)
{
	struct story *story = t->story;
	struct store_stmt *s = NULL;

	story->days_len = (size_t)((story->until - story->from) / MS_PER_DAY);
	story->days = ARENA_ARRAY(t->a, struct story_day, story->days_len + 1);
	if (!story->days)
		return no_memory(t->err);
	for (size_t k = 0; k < story->days_len; k++)
		story->days[k] = (struct story_day){ .at = story->from + (int64_t)k * MS_PER_DAY };
	/* Summed up here: by day and what, the store would sort every row first. */
	int r = store_ask(t->c, &s, t->err,
	    "SELECT hour / 24, what, n FROM signal_hour WHERE scope = 1 AND hour >= ?3 AND hour < ?4"
	    " AND id IN (SELECT id FROM number WHERE waba = ?1 AND (?2 = '' OR id = ?2))",
	    "ttii", t->i->waba, number_of(t->i), story->from / MS_PER_DAY * HOURS_A_DAY,
	    story->until / MS_PER_DAY * HOURS_A_DAY);
	while (r >= 0 && (r = store_step(s, t->err)) > 0)
		take_day(story, store_col_int(s, 0), store_col_int(s, 1), store_col_int(s, 2));
	return r;
}

/* --- events ----------------------------------------------------------------------------------- */

/* NULL behind the last there is room for. */
static struct story_event *add_event(
    struct telling *t, time_ms at, enum story_source source, struct str what)
{
	struct story *story = t->story;

	if (story->events_len == STORY_EVENTS_MAX) {
		story->more = true;
		return NULL;
	}
	struct story_event *e = &story->events[story->events_len++];
	*e = (struct story_event){
		.at = at, .source = source, .what = what, .about = STR(""), .by = STR("varco")
	};
	return e;
}

static int read_own_steps(struct telling *t)
{
	struct incident_step *steps = NULL;
	size_t len = 0;
	int r = incident_steps(t->c, t->i->id, t->a, &steps, &len, t->err);

	for (size_t k = 0; r == 0 && k < len; k++) {
		struct story_event *e = add_event(t, steps[k].at, STORY_STEP, steps[k].kind);
		if (!e)
			break;
		e->by = steps[k].by;
		e->words = steps[k].words;
		e->leaf = steps[k].leaf;
	}
	return r;
}

static int take_alarm(struct telling *t, struct store_stmt *s)
{
	struct str what, about, words;

	if (store_copy_text(s, 1, t->a, &what) < 0 || store_copy_text(s, 2, t->a, &about) < 0 ||
	    store_copy_text(s, 3, t->a, &words) < 0) {
		store_reset(s);
		return no_memory(t->err);
	}
	struct story_event *e = add_event(t, store_col_time(s, 0), STORY_ALARM, what);
	if (e) {
		e->about = about;
		e->words = words;
	}
	return 0;
}

/* Of the account, its numbers and templates, and of what is told of no object. Ids sort by time, and may run
 * ahead of it. */
static int read_alarms(struct telling *t)
{
	struct store_stmt *s = NULL;
	int r = store_ask(t->c, &s, t->err,
	    "SELECT at, kind, scope, detail FROM alarm WHERE id >= ?5 AND id < ?6 AND at >= ?2 AND at < ?3"
	    " AND kind NOT LIKE 'incident.%'"
	    " AND (scope = 'waba:' || ?1 OR scope LIKE 'template:' || ?1 || '/%' OR scope LIKE 'app:%' OR scope LIKE 'campaign:%'"
	    " OR scope IN (SELECT 'number:' || id FROM number WHERE waba = ?1)"
	    " OR scope IN (SELECT id FROM number WHERE waba = ?1)) ORDER BY id LIMIT ?4",
	    "tmmiii", t->i->waba, t->story->from, t->story->until, (int64_t)STORY_EVENTS_MAX,
	    (int64_t)id_first_at(t->story->from),
	    (int64_t)id_first_at(t->story->until + MS_PER_DAY));

	while (r >= 0 && (r = store_step(s, t->err)) > 0) {
		int failed = take_alarm(t, s);
		if (failed < 0)
			return failed;
	}
	return r;
}

/* The first entry of the ledger that is not older than `at`, among lo <= seq < hi. */
static int first_entry_at(struct telling *t, time_ms at, int64_t lo, int64_t hi, int64_t *ret)
{
	while (lo < hi) {
		int64_t mid = lo + (hi - lo) / 2, when = 0;
		int r = store_ask_int(
		    t->c, &when, t->err, "SELECT at FROM ledger_leaf WHERE seq = ?1", "i", mid);
		if (r < 0)
			return r;
		if (r > 0 && when < at)
			lo = mid + 1;
		else
			hi = mid;
	}
	*ret = lo;
	return 0;
}

/* Acts on incidents are told by their steps; signing in and looking after the ledger tell of nothing. */
static bool is_no_event(struct str operation)
{
	return str_ends(operation, STR("Incident")) || str_eq_c(operation, "addEvidence") ||
	    str_eq_c(operation, "makeDossier") || str_ends(operation, STR("Session")) ||
	    str_eq_c(operation, "makeCheckpoint") || str_eq_c(operation, "checkLedger");
}

/* {"at","by","id","operation","people","values":{"by",…}} */
static int take_operation(struct telling *t, struct str content, time_ms at, int64_t leaf)
{
	const struct json *act = NULL;
	int r = json_read(t->a, content, &act, NULL);

	if (r == -E_NOMEM)
		return no_memory(t->err);
	struct str operation = json_str(json_get(act, "operation"));
	struct story_event *e = operation.p && !is_no_event(operation)
	    ? add_event(t, at, STORY_OPERATOR, operation)
	    : NULL;
	if (!e)
		return 0;
	const struct json *values = json_get(act, "values");
	struct str who = json_str(json_get(values, "by")), id = json_str(json_get(act, "id"));
	struct str reason = json_str(json_get(values, "reason"));
	struct str object = json_str(json_get(values, "id"));
	e->by = who.len ? who : json_str(json_get(act, "by"));
	e->about = id.len ? id : object.len ? object : STR("");
	e->words = reason;
	e->leaf = leaf;
	return 0;
}

struct kept_act {
	int64_t leaf;
	time_ms at;
	struct str content;
};

static int read_operations(struct telling *t, int64_t lo, int64_t hi)
{
	struct kept_act *acts = ARENA_ARRAY(t->a, struct kept_act, STORY_EVENTS_MAX);
	struct store_stmt *s = NULL;
	size_t len = 0;

	if (!acts)
		return no_memory(t->err);
	int r = store_ask(t->c, &s, t->err,
	    "SELECT n.leaf, l.at, n.content FROM ledger_note n JOIN ledger_leaf l ON l.seq = n.leaf"
	    " WHERE n.leaf >= ?1 AND n.leaf < ?2 AND l.type = 3 ORDER BY n.leaf LIMIT ?3",
	    "iii", lo, hi, (int64_t)STORY_EVENTS_MAX);
	while (r >= 0 && (r = store_step(s, t->err)) > 0) {
		struct kept_act *x = &acts[len++];
		*x = (struct kept_act){ store_col_int(s, 0), store_col_time(s, 1), STR_NONE };
		if (store_copy_text(s, 2, t->a, &x->content) < 0) {
			store_reset(s);
			return no_memory(t->err);
		}
	}
	for (size_t k = 0; r == 0 && k < len; k++)
		r = take_operation(t, acts[k].content, acts[k].at, acts[k].leaf);
	return r;
}

/* --- the policy ------------------------------------------------------------------------------- */

struct in_force {
	struct str policy;
	time_ms at;
};

static int policy_of(struct telling *t, int64_t seq, struct in_force *ret)
{
	struct ledger_leaf leaf;
	int r = ledger_get(t->c, seq, t->a, &leaf, t->err);

	if (r <= 0)
		return r;
	*ret = (struct in_force){ leaf.policy, leaf.at };
	return 1;
}

/* A version that came and went between two entries of another is not seen: halves are looked into only
 * where their ends differ. */
static int read_changes(struct telling *t, int64_t lo, int64_t hi, int depth)
{
	struct in_force first, last;
	int r = policy_of(t, lo, &first);

	if (r > 0)
		r = policy_of(t, hi, &last);
	if (r <= 0 || str_eq(first.policy, last.policy) || depth == 0)
		return r < 0 ? r : 0;
	if (hi - lo == 1) {
		struct story_event *e = add_event(t, last.at, STORY_POLICY, last.policy);
		if (e)
			e->leaf = hi;
		return 0;
	}
	int64_t mid = lo + (hi - lo) / 2;
	r = read_changes(t, lo, mid, depth - 1);
	return r < 0 ? r : read_changes(t, mid, hi, depth - 1);
}

#define MODE_LOOK 2000 /* decisions, of all accounts, that one look goes through */

struct moded {
	int64_t id, mode;
	time_ms at;
	int64_t leaf;
};

/* The first decision of the account, sent by an app, with an id from `from` on and below `before`: 1, or 0 when
 * there is none among the next ones. Row by row: it is nearly always one of the first. */
static int mode_at(struct telling *t, int64_t from, int64_t before, struct moded *ret)
{
	struct store_stmt *s = NULL;
	bool found = false;
	int r = store_ask(t->c, &s, t->err,
	    "SELECT id, mode, at, leaf, waba, app IN (SELECT id FROM integration) FROM decision"
	    " WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT ?3",
	    "iii", from, before, (int64_t)MODE_LOOK);

	while (r >= 0 && !found && (r = store_step(s, t->err)) > 0)
		found = str_eq(store_col_text(s, 4), t->i->waba) && store_col_int(s, 5);
	if (!found)
		return r;
	*ret = (struct moded){ store_col_int(s, 0), store_col_int(s, 1), store_col_time(s, 2),
		store_col_int(s, 3) };
	store_reset(s);
	return ret->mode >= 0 && ret->mode <= MODE_ENFORCE;
}

/* The first of the other mode, between one of the former and one that is known to be of the other. */
static int first_of_mode(struct telling *t, int64_t lo, struct moded *found)
{
	int r = 1;

	for (int64_t hi = found->id; r >= 0 && hi - lo > 1;) {
		struct moded x = { .id = 0 };
		int64_t mid = lo + (hi - lo) / 2;
		r = mode_at(t, mid, hi, &x);
		if (r > 0 && x.mode == found->mode)
			*found = x;
		if (r > 0 && x.mode != found->mode)
			lo = x.id;
		else
			hi = mid;
	}
	return r;
}

/* The first decision of a mode that came into force meanwhile; its entry tells the mode. A look each day: a
 * mode of some hours may not be seen. */
static int read_modes(struct telling *t)
{
	const struct story *story = t->story;
	struct moded before = { .id = 0 }, x = { .id = 0 };
	int r = 0;

	for (time_ms day = story->from; r >= 0 && day < story->until; day += MS_PER_DAY) {
		r = mode_at(t, (int64_t)id_first_at(day), (int64_t)id_first_at(story->until), &x);
		if (r <= 0)
			continue;
		if (before.id && x.mode != before.mode)
			break;
		before = x;
	}
	if (r <= 0 || x.mode == before.mode)
		return r < 0 ? r : 0;
	r = first_of_mode(t, before.id, &x);
	struct story_event *e = r < 0
	    ? NULL
	    : add_event(t, x.at, STORY_POLICY, str_c(mode_name((enum mode)x.mode)));
	if (e)
		e->leaf = x.leaf;
	return r < 0 ? r : 0;
}

static int read_ledger(struct telling *t)
{
	int64_t last = 0, lo = 0, hi = 0;
	int r = ledger_last(t->c, &last, t->err);

	if (r < 0 || last == 0)
		return r < 0 ? r : 0;
	r = first_entry_at(t, t->story->from, 1, last + 1, &lo);
	if (r == 0)
		r = first_entry_at(t, t->story->until, lo, last + 1, &hi);
	if (r == 0)
		r = read_operations(t, lo, hi);
	return r < 0 || hi - lo < 2 ? r : read_changes(t, lo, hi - 1, 64);
}

/* --- changes ---------------------------------------------------------------------------------- */

static bool has_number(const struct str *numbers, size_t len, struct str id)
{
	for (size_t k = 0; k < len; k++) {
		if (str_eq(numbers[k], id))
			return true;
	}
	return false;
}

/* Seen for the first time, and as it should be: nothing has changed. */
static bool is_first_sight(const struct history_entry *e)
{
	static const char *const plain[] = { "name_status", "verified_name", "review" };

	if (e->before.p)
		return false;
	for (size_t k = 0; k < ARRAY_LEN(plain); k++) {
		if (str_eq_c(e->field, plain[k]))
			return true;
	}
	return str_eq_c(e->field, "health") && str_eq_c(e->after, "AVAILABLE");
}

static bool is_ours(
    const struct telling *t, const struct history_entry *e, const struct str *numbers, size_t len)
{
	struct str rest = e->object;

	switch (e->kind) {
	case HISTORY_WABA:
		return str_eq(e->object, t->i->waba);
	case HISTORY_NUMBER:
		return has_number(numbers, len, e->object);
	case HISTORY_TEMPLATE:
		return str_eq(str_cut(&rest, '/'), t->i->waba);
	default:
		return str_eq_c(t->i->scope, "portfolio") && str_eq(e->object, t->i->scope_id);
	}
}

static int add_change(struct telling *t, const struct history_entry *e)
{
	struct story_event *x = add_event(t, e->at, STORY_CHANGE, e->field);

	if (!x)
		return 0;
	x->about = arena_printf(t->a, "%s:%.*s", history_kind_name(e->kind), STR_ARG(e->object));
	/* Meta's own words, as JSON, are with the incident that they opened. */
	struct str words = str_starts(e->words, STR("{")) ? STR("") : e->words;
	x->words = arena_printf(t->a, "%s%.*s → %s%.*s%s%.*s", e->before.len ? "" : "–",
	    STR_ARG(e->before), e->after.len ? "" : "–", STR_ARG(e->after), words.len ? ": " : "",
	    STR_ARG(words));
	x->by = str_c(history_source_name(e->source));
	return x->about.p && x->words.p ? 0 : no_memory(t->err);
}

static int read_numbers(struct telling *t, struct str *numbers, size_t *len)
{
	struct store_stmt *s = NULL;
	int r = store_ask(t->c, &s, t->err, "SELECT id FROM number WHERE waba = ?1 LIMIT ?2", "ti",
	    t->i->waba, (int64_t)NUMBERS_MAX);

	while (r >= 0 && (r = store_step(s, t->err)) > 0) {
		if (store_copy_text(s, 0, t->a, &numbers[(*len)++]) < 0) {
			store_reset(s);
			return no_memory(t->err);
		}
	}
	return r;
}

static int read_object_changes(struct telling *t)
{
	const struct history_ask ask = {
		.since = t->story->from, .until = t->story->until, .limit = STORY_EVENTS_MAX
	};
	struct str numbers[NUMBERS_MAX];
	struct history_entry *items = NULL;
	size_t len = 0, numbers_len = 0;
	bool more = false;
	int r = read_numbers(t, numbers, &numbers_len);

	if (r == 0)
		r = history_read(t->c, &ask, t->a, &items, &len, &more, t->err);
	for (size_t k = len; r == 0 && k-- > 0;) {
		if (is_ours(t, &items[k], numbers, numbers_len) && !is_first_sight(&items[k]))
			r = add_change(t, &items[k]);
	}
	t->story->more |= more;
	return r;
}

/* --- all -------------------------------------------------------------------------------------- */

/* By time, then by the ledger, then by what they are: the same events are always in the same order. */
static int compare(const void *pa, const void *pb)
{
	const struct story_event *a = pa, *b = pb;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	if (a->leaf != b->leaf)
		return a->leaf < b->leaf ? -1 : 1;
	if (a->source != b->source)
		return a->source < b->source ? -1 : 1;
	int r = str_cmp(a->what, b->what);
	return r ? r : str_cmp(a->about, b->about);
}

int story_read(struct store_conn *c, const struct incident *i, int64_t span_ms, time_ms now,
    struct arena *a, struct story *ret, struct err *err)
{
	struct story story = { .events = ARENA_ARRAY(a, struct story_event, STORY_EVENTS_MAX) };
	struct telling t = { c, i, a, &story, err };
	time_ms day = i->happened_at / MS_PER_DAY * MS_PER_DAY;
	time_ms today = now / MS_PER_DAY * MS_PER_DAY;

	if (!story.events)
		return no_memory(err);
	story.from = day - span_ms;
	story.until = (day + span_ms < today ? day + span_ms : today) + MS_PER_DAY;
	int r = read_days(&t);
	if (r == 0)
		r = read_own_steps(&t);
	if (r == 0)
		r = read_alarms(&t);
	if (r == 0)
		r = read_ledger(&t);
	if (r == 0)
		r = read_modes(&t);
	if (r == 0)
		r = read_object_changes(&t);
	if (r < 0)
		return r;
	qsort(story.events, story.events_len, sizeof(story.events[0]), compare);
	*ret = story;
	return 0;
}

/* --- impact ----------------------------------------------------------------------------------- */

/* As long as the windows are not counted, by looking at all contacts. */
static int read_snapshot(struct store_conn *c, const struct incident *i, struct arena *a,
    struct story_impact *ret, struct err *err)
{
	struct incident_moment m;
	int r = incident_moment_read(i, a, &m, err);

	if (r < 0)
		return r;
	ret->held = m.held;
	ret->conversations = m.conversations;
	return m.windows_since ? incident_windows_open(c, i, m.windows_since, INT64_MIN, INT64_MAX,
				     &ret->conversations, err)
			       : 0;
}

/* Rules that Meta's own measures break. */
static bool is_stopping(struct str id)
{
	return str_starts(id, STR("account.")) || str_starts(id, STR("number.")) ||
	    str_eq_c(id, "template.paused") || str_eq_c(id, "template.not_sendable");
}

static bool names(struct str stored, const struct str *ids, size_t len)
{
	for (size_t i = 0; i + 1 < stored.len; i++) {
		if (stored.p[i] != '"')
			continue;
		struct str rest = str_sub(stored, i + 1, stored.len);
		struct str word = str_cut(&rest, '"');
		for (size_t k = 0; k < len; k++) {
			if (str_eq(word, ids[k]))
				return true;
		}
	}
	return false;
}

/* The search for sends that it held or refused. */
struct stopped {
	struct store_conn *c;
	const struct incident *i;
	time_ms until;
	struct str ids[RULES_COUNT]; /* by these rules */
	size_t ids_len;
	struct imap *people;
	int64_t looked;
	struct story_impact *ret;
};

static int count_stopped(struct stopped *x, struct store_stmt *s, struct err *err)
{
	int r = 0;

	while (x->looked < IMPACT_MAX && (r = store_step(s, err)) > 0) {
		uint64_t person = (uint64_t)store_col_int(s, 0);
		int64_t known = 0;
		x->looked++;
		if (!names(store_col_text(s, 1), x->ids, x->ids_len))
			continue;
		x->ret->refused++;
		if (!person || imap_get(x->people, person, &known))
			continue;
		x->ret->people_waiting++;
		if (imap_put(x->people, person, 1) < 0) {
			r = no_memory(err);
			break;
		}
	}
	store_reset(s);
	return r < 0 ? r : 0;
}

static int look_for_held(struct stopped *x, struct journal_stretch within, struct err *err)
{
	struct store_stmt *s = NULL;
	int r = store_ask(x->c, &s, err,
	    "SELECT person, rules FROM decision WHERE state = 1 AND state < 9 AND id >= ?1 AND id < ?2"
	    " AND at >= ?3 AND at < ?4 AND waba = ?5",
	    "iimmt", (int64_t)within.from, (int64_t)within.before, x->i->happened_at, x->until,
	    x->i->waba);

	return r < 0 ? r : count_stopped(x, s, err);
}

static int look_for_refused(struct stopped *x, struct journal_stretch part, struct err *err)
{
	struct store_stmt *s = NULL;
	int r = store_ask(x->c, &s, err,
	    "SELECT person, rules FROM decision WHERE state = 10 AND (state = 10 OR state > 14)"
	    " AND id >= ?1 AND id < ?2 AND at >= ?3 AND at < ?4 AND waba = ?5 ORDER BY id",
	    "iimmt", (int64_t)part.from, (int64_t)part.before, x->i->happened_at, x->until,
	    x->i->waba);

	return r < 0 ? r : count_stopped(x, s, err);
}

static int look_for_stopped(struct stopped *x, struct arena *a, struct err *err)
{
	/* ids may run ahead of the clock that `at` tells */
	struct journal_stretch *parts = NULL,
			       within = { .from = id_first_at(x->i->happened_at),
				       .before = x->i->closed_at == TIME_NONE
					   ? INT64_MAX
					   : id_first_at(x->i->closed_at + MS_PER_DAY) };
	size_t len = 0;
	int r = look_for_held(x, within, err);

	if (r == 0)
		r = journal_people_stretches(
		    x->c, within, x->ids, x->ids_len, a, &parts, &len, err);
	for (size_t k = 0; r == 0 && k < len; k++)
		r = look_for_refused(x, parts[k], err);
	return r;
}

static int read_waiting(struct store_conn *c, const struct incident *i, struct arena *a,
    struct story_impact *ret, struct err *err)
{
	struct stopped x = { .c = c, .i = i, .people = imap_new(), .ret = ret };

	x.until = i->closed_at == TIME_NONE ? INT64_MAX : i->closed_at;
	for (size_t k = 0; k < RULES_COUNT; k++) {
		if (is_stopping(str_c(rules[k].id)))
			x.ids[x.ids_len++] = str_c(rules[k].id);
	}
	int r = x.people ? look_for_stopped(&x, a, err) : no_memory(err);
	ret->refused_more = x.looked == IMPACT_MAX;
	imap_free(&x.people);
	return r;
}

/* The template of the account, with something on record, that comes behind `id`: 1, or 0 when there is none. */
static int next_template(struct store_conn *c, const struct incident *i, struct str id,
    struct arena *a, struct str *ret, struct err *err)
{
	struct str waba = i->waba;
	struct store_stmt *s = NULL;
	/* '0' is the character behind '/' */
	int r = store_find(c, &s, err,
	    "SELECT id FROM signal_hour WHERE scope = 2 AND id > ?2 AND id > ?1 || '/' AND id < ?1 || '0'"
	    " ORDER BY id LIMIT 1",
	    "tt", waba, id);

	if (r <= 0)
		return r;
	int copied = store_copy_text(s, 0, a, ret);
	store_reset(s);
	return copied < 0 ? no_memory(err) : 1;
}

static int was_in_use(
    struct store_conn *c, const struct incident *i, struct str id, struct err *err)
{
	int64_t hour = 0;

	return store_ask_int(c, &hour, err,
	    "SELECT hour FROM signal_hour WHERE scope = 2 AND id = ?1 AND hour >= ?2 AND hour <= ?3"
	    " AND what = 0 ORDER BY hour LIMIT 1",
	    "tii", id, (i->happened_at - WEEK_MS) / MS_PER_HOUR, i->happened_at / MS_PER_HOUR);
}

/* From one template to the next: their hours are many. */
static int read_stopped(struct store_conn *c, const struct incident *i, struct arena *a,
    struct story_impact *ret, struct err *err)
{
	bool one = str_eq_c(i->scope, "template");
	struct str id = STR("");
	int r = 0;

	while (r >= 0 && ret->templates_len < TEMPLATES_MAX &&
	    (r = next_template(c, i, id, a, &id, err)) > 0) {
		if (one && !str_eq(id, i->scope_id))
			continue;
		r = was_in_use(c, i, id, err);
		if (r > 0)
			ret->templates[ret->templates_len++] = id;
	}
	return r < 0 ? r : 0;
}

int story_impact(struct store_conn *c, const struct incident *i, struct arena *a,
    struct story_impact *ret, struct err *err)
{
	struct story_impact impact = { .templates = ARENA_ARRAY(a, struct str, TEMPLATES_MAX) };

	if (!impact.templates)
		return no_memory(err);
	int r = read_snapshot(c, i, a, &impact, err);
	if (r == 0)
		r = read_waiting(c, i, a, &impact, err);
	if (r == 0)
		r = read_stopped(c, i, a, &impact, err);
	if (r == 0)
		*ret = impact;
	return r;
}

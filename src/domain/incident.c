/* happen → (open | tell) → step → leaf. The one door between states is move(); incident_may_move has the
 * table. What a step commits to is an object with its members in alphabetical order and without blanks,
 * kept beside its entry. */
#include "domain/incident.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/lang.h"
#include "domain/inbox.h"
#include "store/query.h"

#define WORDS_MAX 8192 /* bytes of what Meta sent that are kept with an incident */
#define SCOPE_TEXT_MAX 800
#define SEED_LEN 32

/* --- words ------------------------------------------------------------------------------------ */

static const char *const states[] = {
	[INCIDENT_OPEN] = "open",
	[INCIDENT_EVIDENCE] = "evidence",
	[INCIDENT_SUBMITTED] = "submitted",
	[INCIDENT_ANSWERED] = "answered",
	[INCIDENT_CLOSED] = "closed",
};

const char *incident_state_name(enum incident_state s)
{
	return s >= INCIDENT_OPEN && s <= INCIDENT_CLOSED ? states[s] : "";
}

static const char *const outcomes[] = {
	[INCIDENT_REVERSED] = "reversed",
	[INCIDENT_UNCHANGED] = "unchanged",
	[INCIDENT_ENDED] = "ended",
};

const char *incident_outcome_name(enum incident_outcome o)
{
	return o >= INCIDENT_REVERSED && o <= INCIDENT_ENDED ? outcomes[o] : NULL;
}

static const struct {
	enum incident_state from, to;
} moves[] = {
	{ INCIDENT_OPEN, INCIDENT_EVIDENCE },
	{ INCIDENT_OPEN, INCIDENT_SUBMITTED },
	{ INCIDENT_OPEN, INCIDENT_ANSWERED }, /* it ended by itself */
	{ INCIDENT_OPEN, INCIDENT_CLOSED },
	{ INCIDENT_EVIDENCE, INCIDENT_SUBMITTED },
	{ INCIDENT_EVIDENCE, INCIDENT_ANSWERED },
	{ INCIDENT_EVIDENCE, INCIDENT_CLOSED },
	{ INCIDENT_SUBMITTED, INCIDENT_EVIDENCE }, /* Meta asked for more */
	{ INCIDENT_SUBMITTED, INCIDENT_ANSWERED },
	{ INCIDENT_SUBMITTED, INCIDENT_CLOSED },
	{ INCIDENT_ANSWERED, INCIDENT_OPEN },      /* it became worse */
	{ INCIDENT_ANSWERED, INCIDENT_SUBMITTED }, /* once more */
	{ INCIDENT_ANSWERED, INCIDENT_CLOSED },
};

bool incident_may_move(enum incident_state from, enum incident_state to)
{
	for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
		if (moves[i].from == from && moves[i].to == to)
			return true;
	}
	return false;
}

static const struct incident_kind kinds[] = {
	{ "violation", "policy", 1, N_("Meta reported a violation of its policy.") },
	{ "restricted", "policy", 2, N_("Meta restricted what the account may send.") },
	{ "locked", "policy", 3, N_("Meta locked the account.") },
	{ "disable_scheduled", "policy", 4,
	    N_("Meta announced that it will disable the account.") },
	{ "disabled", "policy", 5, N_("Meta disabled the account.") },
	{ "direct_send", "direct_send", 1,
	    N_("Meta reported a misuse of Direct Send, or restricted it.") },
	{ "number_quality", "number", 1, N_("Meta rates the quality of the number as low.") },
	{ "number_blocked", "number", 2, N_("Meta does not let the number send.") },
	{ "template_paused", "template", 1, N_("Meta paused a template.") },
	{ "template_disabled", "template", 2, N_("Meta disabled a template.") },
	{ "country_blocked", "country", 1,
	    N_("Meta does not let the account write to people of a country.") },
	{ "limit_lowered", "limit", 1, N_("Meta lowered the messaging limit of the portfolio.") },
	{ "group_suspended", "group", 1, N_("Meta suspended a group.") },
	{ "token_refused", "token", 1, N_("Meta refuses the access token of the account.") },
	{ "own_pause", "own", 1, N_("Varco paused marketing by itself.") },
	{ "other", "other", 1, N_("Something happened that somebody wrote down.") },
};

const struct incident_kind *incident_kind_at(size_t i)
{
	return i < ARRAY_LEN(kinds) ? &kinds[i] : NULL;
}

const struct incident_kind *incident_kind(struct str word)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (str_eq_c(word, kinds[i].word))
			return &kinds[i];
	}
	return NULL;
}

int64_t incident_days_left(const struct incident *i, time_ms now)
{
	int64_t left = i->deadline_at - now, days = left / MS_PER_DAY;

	return left < 0 && left % MS_PER_DAY ? days - 1 : days;
}

/* --- rows ------------------------------------------------------------------------------------- */

#define COLUMNS \
	"id, kind, label, scope, scope_id, waba, origin, state, outcome, happened_at, opened_at, updated_at," \
	" deadline_at, submitted_at, closed_at, reference, lessons, words, seed, impact, over_at"

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while reading an incident.");
}

static int copy_texts(struct store_stmt *s, struct arena *a, struct incident *i)
{
	struct {
		int column;
		struct str *to;
	} const texts[] = {
		{ 1, &i->kind },
		{ 2, &i->label },
		{ 3, &i->scope },
		{ 4, &i->scope_id },
		{ 5, &i->waba },
		{ 6, &i->origin },
		{ 15, &i->reference },
		{ 16, &i->lessons },
		{ 17, &i->words },
		{ 18, &i->seed },
		{ 19, &i->impact },
	};

	for (size_t k = 0; k < ARRAY_LEN(texts); k++) {
		if (store_copy_text(s, texts[k].column, a, texts[k].to) < 0)
			return -E_NOMEM;
	}
	return 0;
}

static int take_incident(struct store_stmt *s, struct arena *a, struct incident *i)
{
	*i = (struct incident){
		.id = (uint64_t)store_col_int(s, 0),
		.state = store_col_is_up_to(s, 7, INCIDENT_CLOSED)
		    ? (enum incident_state)store_col_int(s, 7)
		    : INCIDENT_CLOSED,
		.outcome = store_col_is_up_to(s, 8, INCIDENT_ENDED)
		    ? (enum incident_outcome)store_col_int(s, 8)
		    : INCIDENT_NO_ANSWER,
		.happened_at = store_col_time(s, 9),
		.opened_at = store_col_time(s, 10),
		.updated_at = store_col_time(s, 11),
		.deadline_at = store_col_time(s, 12),
		.submitted_at = store_col_time(s, 13),
		.closed_at = store_col_time(s, 14),
		.over_at = store_col_time(s, 20),
	};
	return copy_texts(s, a, i);
}

/* The row of a statement that gives at most one. */
static int take_one(
    struct store_stmt *s, int r, struct arena *a, struct incident *ret, struct err *err)
{
	struct incident i;

	if (r < 0 || (r = store_step(s, err)) <= 0)
		return r;
	r = take_incident(s, a, &i);
	store_reset(s);
	if (r < 0)
		return no_memory(err);
	*ret = i;
	return 1;
}

int incident_get(
    struct store_conn *c, uint64_t id, struct arena *a, struct incident *ret, struct err *err)
{
	struct store_stmt *s = NULL;
	int r = store_ask(
	    c, &s, err, "SELECT " COLUMNS " FROM incident WHERE id = ?1", "i", (int64_t)id);

	return take_one(s, r, a, ret, err);
}

int incident_list(struct store_conn *c, const struct incident_filter *f, struct arena *a,
    struct incident **ret, size_t *ret_len, bool *ret_more, struct err *err)
{
	struct incident *items = ARENA_ARRAY(a, struct incident, f->limit);
	struct store_stmt *s = NULL;
	size_t len = 0;

	if (!items)
		return no_memory(err);
	int r = store_ask(c, &s, err,
	    "SELECT " COLUMNS
	    " FROM incident WHERE id < ?1 AND (?2 = 0 OR state = ?2) AND state <= ?3"
	    " ORDER BY id DESC LIMIT ?4",
	    "iiii", f->before ? (int64_t)f->before : INT64_MAX, (int64_t)f->state,
	    (int64_t)(f->under_way ? INCIDENT_ANSWERED : INCIDENT_CLOSED), (int64_t)f->limit + 1);
	*ret_more = false;
	while (r >= 0 && (r = store_step(s, err)) > 0) {
		*ret_more = len == f->limit;
		if (*ret_more || take_incident(s, a, &items[len]) < 0) {
			store_reset(s);
			r = *ret_more ? 0 : no_memory(err);
			break;
		}
		len++;
	}
	*ret = items;
	*ret_len = len;
	return r < 0 ? r : 0;
}

static int take_step(struct store_stmt *s, struct arena *a, struct incident_step *x)
{
	*x = (struct incident_step){
		.seq = store_col_int(s, 0),
		.at = store_col_time(s, 1),
		.leaf = store_col_int(s, 6),
	};
	return store_copy_text(s, 2, a, &x->kind) < 0 || store_copy_text(s, 3, a, &x->by) < 0 ||
		store_copy_text(s, 4, a, &x->words) < 0 || store_copy_text(s, 5, a, &x->detail) < 0
	    ? -E_NOMEM
	    : 0;
}

int incident_steps(struct store_conn *c, uint64_t id, struct arena *a, struct incident_step **ret,
    size_t *ret_len, struct err *err)
{
	struct store_stmt *s = NULL;
	int64_t n = 0;
	size_t len = 0;
	int r = store_ask_int(
	    c, &n, err, "SELECT count(*) FROM incident_step WHERE incident = ?1", "i", (int64_t)id);

	if (r < 0)
		return r;
	struct incident_step *items = ARENA_ARRAY(a, struct incident_step, (size_t)n + 1);
	if (!items)
		return no_memory(err);
	r = store_ask(c, &s, err,
	    "SELECT seq, at, kind, made_by, words, detail, leaf FROM incident_step WHERE incident = ?1"
	    " ORDER BY seq LIMIT ?2",
	    "ii", (int64_t)id, n);
	while (r >= 0 && (r = store_step(s, err)) > 0) {
		if (take_step(s, a, &items[len++]) < 0) {
			store_reset(s);
			return no_memory(err);
		}
	}
	*ret = items;
	*ret_len = len;
	return r;
}

/* --- steps ------------------------------------------------------------------------------------ */

struct step {
	uint64_t id;
	const char *kind;
	struct str by, words, detail;
};

static void write_step(const struct incident_desk *d, const struct step *s, struct buf *out)
{
	struct json_writer w;
	char id[ID_TEXT_MAX];

	id_format(INCIDENT_PREFIX, s->id, id);
	jw_init(&w, out);
	jw_object(&w);
	jw_member_int(&w, "at", d->now);
	jw_member_str(&w, "by", s->by);
	jw_key(&w, "detail");
	if (s->detail.p)
		jw_raw(&w, s->detail);
	else
		jw_null(&w);
	jw_member_c(&w, "incident", id);
	jw_member_c(&w, "step", s->kind);
	jw_member_str(&w, "words", s->words);
	jw_object_end(&w);
}

static int add_leaf(struct incident_desk *d, const struct step *s, int64_t *ret, struct err *err)
{
	struct buf text;

	buf_init(&text, 0);
	write_step(d, s, &text);
	int r = text.failed
	    ? no_memory(err)
	    : ledger_append(d->c, d->ledger, LEAF_INCIDENT, 0, buf_str(&text), d->now, ret, err);
	if (r >= 0)
		r = ledger_keep(d->c, *ret, buf_str(&text), err);
	buf_done(&text);
	return r;
}

static int add_step(
    struct incident_desk *d, const struct step *s, int64_t *ret_leaf, struct err *err)
{
	int64_t leaf = 0;
	int r = add_leaf(d, s, &leaf, err);

	if (r == 0)
		r = store_do(d->c, err,
		    "INSERT INTO incident_step (incident, seq, at, kind, made_by, words, detail, leaf)"
		    " SELECT ?1, coalesce(max(seq), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7 FROM incident_step"
		    " WHERE incident = ?1",
		    "imtttti", (int64_t)s->id, d->now, str_c(s->kind), s->by, s->words, s->detail,
		    leaf);
	if (r == 0)
		r = store_do(d->c, err, "UPDATE incident SET updated_at = ?2 WHERE id = ?1", "im",
		    (int64_t)s->id, d->now);
	if (r == 0 && ret_leaf)
		*ret_leaf = leaf;
	return r;
}

static int alarm(
    struct incident_desk *d, const struct incident *i, const char *kind, struct err *err)
{
	char scope[SCOPE_TEXT_MAX], id[ID_TEXT_MAX];
	struct json_writer w;
	struct buf detail;

	id_format(INCIDENT_PREFIX, i->id, id);
	(void)snprintf(scope, sizeof(scope), "%.*s:%.*s", STR_ARG(i->scope), STR_ARG(i->scope_id));
	buf_init(&detail, 0);
	jw_init(&w, &detail);
	jw_object(&w);
	jw_member_c(&w, "incident", id);
	jw_member_str(&w, "kind", i->kind);
	jw_member_str(&w, "label", i->label);
	jw_member_time(&w, "deadline_at", i->deadline_at);
	jw_member_c(&w, "outcome", incident_outcome_name(i->outcome));
	jw_object_end(&w);
	int r = detail.failed ? no_memory(err)
			      : alarm_add(d->c, id_next(d->ids, d->now), str_c(kind), str_c(scope),
				    buf_str(&detail), d->now, err);
	buf_done(&detail);
	return r;
}

/* --- opening ---------------------------------------------------------------------------------- */

/* What stood still at that moment: sends that waited, and since when whoever wrote had an open window:
 * those are counted where it is read, for contacts are many. */
static int measure(
    struct incident_desk *d, const struct incident_event *e, struct buf *out, struct err *err)
{
	int64_t held = 0;
	time_ms since = d->now - pack_limits(d->pack)->window.length_ms;
	int r = store_ask_int(d->c, &held, err,
	    "SELECT count(*) FROM decision WHERE state = 1 AND state < 9 AND waba = ?1", "t",
	    e->waba);

	if (r < 0)
		return r;
	buf_addf(out, "{\"held\":%lld,\"windows_since\":%lld}", (long long)held, (long long)since);
	return out->failed ? no_memory(err) : 0;
}

static time_ms deadline(const struct incident_desk *d, struct str kind, time_ms happened_at)
{
	int64_t after = pack_incident(d->pack, kind)->deadline_ms;

	return after ? happened_at + after : TIME_NONE;
}

static int insert(
    struct incident_desk *d, const struct incident_event *e, struct incident *i, struct err *err)
{
	*i = (struct incident){
		.id = id_next(d->ids, d->now),
		.kind = e->kind,
		.label = e->label,
		.scope = e->scope,
		.scope_id = e->scope_id,
		.happened_at = e->at,
		.deadline_at = deadline(d, e->kind, e->at),
	};
	struct buf impact;
	buf_init(&impact, 0);
	int r = measure(d, e, &impact, err);
	if (r == 0)
		r = store_do(d->c, err,
		    "INSERT INTO incident (id, kind, label, scope, scope_id, waba, origin, state, outcome,"
		    " happened_at, opened_at, updated_at, deadline_at, words, impact)"
		    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, 0, ?8, ?9, ?9, ?10, ?11, ?12)",
		    "ittttttmmmtt", (int64_t)i->id, e->kind, e->label, e->scope, e->scope_id,
		    e->waba, e->origin, e->at, d->now, i->deadline_at, e->words, buf_str(&impact));
	if (r == 0) {
		const struct step s = { i->id, "opened", e->by.p ? e->by : e->origin, e->note,
			e->words.p ? e->words : STR_NONE };
		r = add_step(d, &s, NULL, err);
	}
	buf_done(&impact);
	return r < 0 ? r : alarm(d, i, "incident.opened", err);
}

/* It belongs to one that is there: what is worse than what was known is that from now on. */
static int tell(struct incident_desk *d, const struct incident *i, const struct incident_event *e,
    struct err *err)
{
	const struct incident_kind *was = incident_kind(i->kind), *now = incident_kind(e->kind);
	bool worse = was && now->rank > was->rank;
	const struct step s = { i->id, worse ? "worse" : "told", e->by.p ? e->by : e->origin,
		e->note, e->words };
	int r = add_step(d, &s, NULL, err);

	if (r == 0 && worse)
		r = store_do(d->c, err,
		    "UPDATE incident SET kind = ?2, happened_at = ?3, deadline_at = ?4, called_at = NULL,"
		    " words = coalesce(?5, words), state = CASE WHEN state = 4 THEN 1 ELSE state END,"
		    " outcome = CASE WHEN state = 4 THEN 0 ELSE outcome END WHERE id = ?1",
		    "itmmt", (int64_t)i->id, e->kind, e->at, deadline(d, e->kind, e->at), e->words);
	if (r == 0 && i->label.len == 0 && e->label.len)
		r = store_do(d->c, err, "UPDATE incident SET label = ?2 WHERE id = ?1", "it",
		    (int64_t)i->id, e->label);
	struct incident told = *i;
	told.kind = worse ? e->kind : i->kind;
	return r == 0 && worse ? alarm(d, &told, "incident.opened", err) : r;
}

static bool same_cause(const struct incident *i, const char *group, struct str label)
{
	const struct incident_kind *kind = incident_kind(i->kind);

	return kind && strcmp(kind->group, group) == 0 &&
	    (label.len == 0 || i->label.len == 0 || str_eq(i->label, label));
}

/* The newest one that has this object and cause and is not over: 1, 0. */
static int find(struct incident_desk *d, struct str scope, struct str scope_id, const char *group,
    struct str label, struct arena *a, struct incident *ret, struct err *err)
{
	struct store_stmt *s = NULL;
	int found = 0;
	int r = store_ask(d->c, &s, err,
	    "SELECT " COLUMNS
	    " FROM incident WHERE scope = ?1 AND scope_id = ?2 AND over_at IS NULL"
	    " ORDER BY id DESC",
	    "tt", scope, scope_id);

	while (r >= 0 && (r = store_step(s, err)) > 0) {
		struct incident i;
		if (take_incident(s, a, &i) < 0) {
			store_reset(s);
			return no_memory(err);
		}
		if (!found && same_cause(&i, group, label)) {
			*ret = i;
			found = 1;
		}
	}
	return r < 0 ? r : found;
}

static int happen(struct incident_desk *d, const struct incident_event *e, struct arena *a,
    uint64_t *ret_id, struct err *err)
{
	const struct incident_kind *kind = incident_kind(e->kind);
	struct incident i = { .id = 0 };
	int r = find(d, e->scope, e->scope_id, kind->group, e->label, a, &i, err);

	if (r < 0)
		return r;
	const struct incident_kind *known = r > 0 ? incident_kind(i.kind) : NULL;
	if (known && e->quiet && kind->rank <= known->rank) {
		r = 0; /* the same goes on, closed or not */
	} else if (known && i.state != INCIDENT_CLOSED) {
		r = tell(d, &i, e, err);
	} else {
		r = insert(d, e, &i, err);
		r = r < 0 ? r : 1;
	}
	if (r >= 0)
		*ret_id = i.id;
	return r;
}

/* What is about a portfolio is told of its first account: whoever makes a dossier wants one. 0, also when it
 * has none. */
static int account_of_portfolio(
    struct incident_desk *d, struct incident_event *e, struct arena *a, struct err *err)
{
	struct store_stmt *s = NULL;
	int r = store_ask(d->c, &s, err,
	    "SELECT id FROM waba WHERE portfolio = ?1 ORDER BY id LIMIT 1", "t", e->scope_id);

	if (r < 0 || (r = store_step(s, err)) <= 0)
		return r;
	r = store_copy_text(s, 0, a, &e->waba);
	store_reset(s);
	return r < 0 ? no_memory(err) : 0;
}

int incident_happen(
    struct incident_desk *d, const struct incident_event *e, uint64_t *ret_id, struct err *err)
{
	struct incident_event event = *e;

	if (!incident_kind(e->kind))
		return err_field(err, E_INVALID, "kind", N_("There is no such kind of incident."));
	struct arena *a = arena_new(0, 0);
	if (!a)
		return no_memory(err);
	event.label = e->label.p ? e->label : STR("");
	event.waba = e->waba.p ? e->waba : STR("");
	event.at = e->at == TIME_NONE || e->at > d->now ? d->now : e->at;
	if (event.words.len > WORDS_MAX)
		event.words = STR("{\"too_long\":true}");
	int r = event.waba.len == 0 && str_eq_c(event.scope, "portfolio")
	    ? account_of_portfolio(d, &event, a, err)
	    : 0;
	if (r == 0)
		r = happen(d, &event, a, ret_id, err);
	arena_free(&a);
	return r;
}

/* --- moving ----------------------------------------------------------------------------------- */

static int move(struct incident_desk *d, const struct incident *i, const struct incident_act *a,
    struct err *err)
{
	if (!incident_may_move(i->state, a->to))
		return err_set(err, E_CONFLICT, N_("An incident that is %s cannot become %s."),
		    incident_state_name(i->state), incident_state_name(a->to));
	return store_do(d->c, err,
	    "UPDATE incident SET state = ?2, outcome = ?3, submitted_at = coalesce(?4, submitted_at),"
	    " closed_at = ?5, reference = coalesce(?6, reference), lessons = coalesce(?7, lessons)"
	    " WHERE id = ?1",
	    "iiimmtt", (int64_t)i->id, (int64_t)a->to,
	    (int64_t)(a->to == INCIDENT_SUBMITTED ? INCIDENT_NO_ANSWER
		    : a->outcome                  ? a->outcome
						  : i->outcome),
	    a->to == INCIDENT_SUBMITTED ? d->now : TIME_NONE,
	    a->to == INCIDENT_CLOSED ? d->now : TIME_NONE, a->reference,
	    a->to == INCIDENT_CLOSED ? a->words : STR_NONE);
}

static int tell_move(
    struct incident_desk *d, struct incident *i, const struct incident_act *a, struct err *err)
{
	i->outcome = a->outcome ? a->outcome : i->outcome;
	if (a->to == INCIDENT_ANSWERED)
		return alarm(d, i, "incident.answered", err);
	return a->to == INCIDENT_CLOSED ? alarm(d, i, "incident.closed", err) : 0;
}

static int act_on(struct incident_desk *d, struct incident *i, const struct incident_act *a,
    int64_t *ret_leaf, struct err *err)
{
	char kind[64];
	const struct step s = { i->id, kind, a->by, a->words, a->detail };

	(void)snprintf(kind, sizeof(kind), "%.*s", STR_ARG(a->kind));
	int r = a->to && a->to != i->state ? move(d, i, a, err) : 0;
	if (r == 0)
		r = add_step(d, &s, ret_leaf, err);
	return r == 0 && a->to && a->to != i->state ? tell_move(d, i, a, err) : r;
}

int incident_do(
    struct incident_desk *d, const struct incident_act *act, int64_t *ret_leaf, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	struct incident i;

	if (!a)
		return no_memory(err);
	int r = incident_get(d->c, act->id, a, &i, err);
	if (r == 0)
		r = err_field(err, E_NOT_FOUND, "id", N_("There is no such incident."));
	if (r > 0)
		r = act_on(d, &i, act, ret_leaf, err);
	arena_free(&a);
	return r;
}

static int find_relieved(struct incident_desk *d, const struct incident_relief *x, struct arena *a,
    struct incident *ret, struct err *err)
{
	if (!x->id)
		return find(d, x->scope, x->scope_id, x->group, STR(""), a, ret, err);
	int r = incident_get(d->c, x->id, a, ret, err);
	return r > 0 ? ret->over_at == TIME_NONE : r;
}

static int relieve(
    struct incident_desk *d, const struct incident_relief *x, struct arena *a, struct err *err)
{
	struct incident i;
	int r = find_relieved(d, x, a, &i, err);

	if (r <= 0)
		return r;
	bool waits = i.state < INCIDENT_ANSWERED;
	const struct incident_act act = {
		.id = i.id,
		.kind = x->kind,
		.by = x->words.p ? STR("meta") : STR("varco"),
		.detail = x->words,
		.to = waits ? INCIDENT_ANSWERED : 0,
		.outcome = x->outcome,
	};
	r = act_on(d, &i, &act, NULL, err);
	if (r == 0)
		r = store_do(d->c, err, "UPDATE incident SET over_at = ?2 WHERE id = ?1", "im",
		    (int64_t)i.id, x->at);
	return r < 0 ? r : 1;
}

int incident_relieve(struct incident_desk *d, const struct incident_relief *r, struct err *err)
{
	struct arena *a = arena_new(0, 0);

	if (!a)
		return no_memory(err);
	int rc = relieve(d, r, a, err);
	arena_free(&a);
	return rc;
}

int incident_set_seed(
    struct incident_desk *d, uint64_t id, struct str seed, struct str by, struct err *err)
{
	uint8_t bytes[SEED_LEN / 2];
	struct buf detail;

	if (hex_decode(seed, bytes, sizeof(bytes)) < 0)
		return err_field(err, E_INVALID, "seed", N_("A seed is 32 hexadecimal digits."));
	buf_init(&detail, 0);
	buf_addf(&detail, "{\"seed\":\"%.*s\"}", STR_ARG(seed));
	const struct incident_act act = {
		.id = id, .kind = STR("seed"), .by = by, .detail = buf_str(&detail)
	};
	int r = detail.failed ? no_memory(err) : incident_do(d, &act, NULL, err);
	if (r == 0)
		r = store_do(d->c, err, "UPDATE incident SET seed = ?2 WHERE id = ?1", "it",
		    (int64_t)id, seed);
	buf_done(&detail);
	return r;
}

#include "domain/policy_effect.h"

#include "base/check.h"
#include "base/id.h"
#include "domain/contact.h"
#include "domain/policy_again.h"
#include "domain/rules_checks.h"
#include "store/query.h"

#define SLICE 500 /* rows between two looks at the clock */
#define ARENA_FIRST (64u << 10)
#define ARENA_MAX (8u << 20)

/* Rules whose check may lower the level of its own accord: what it would say at a higher one than it was
 * judged at is not on record. */
static const enum rule_index lowers[] = { RULE_CONSENT_EXPIRED, RULE_TEMPLATE_PAUSED,
	RULE_TEMPLATE_CATEGORY, RULE_CONTENT_PROHIBITED, RULE_CONTENT_SENSITIVE,
	RULE_LIMIT_PORTFOLIO, RULE_LIMIT_SPIKE };

/* What the figures of a rule bear upon; a rule that is not listed bears upon all. */
static const struct {
	enum rule_index rule;
	unsigned purposes; /* PURPOSE_BITs */
} concerned[] = {
	{ RULE_WINDOW_CLOSED, PURPOSE_BIT(PURPOSE_SERVICE) },
	{ RULE_RECIPIENT_UNDELIVERABLE,
	    PURPOSE_BIT(PURPOSE_MARKETING) | PURPOSE_BIT(PURPOSE_UTILITY) |
		PURPOSE_BIT(PURPOSE_AUTHENTICATION) },
	{ RULE_CONSENT_EXPIRED,
	    PURPOSE_BIT(PURPOSE_MARKETING) | PURPOSE_BIT(PURPOSE_UTILITY) |
		PURPOSE_BIT(PURPOSE_AUTHENTICATION) },
	{ RULE_CONSENT_EVIDENCE,
	    PURPOSE_BIT(PURPOSE_MARKETING) | PURPOSE_BIT(PURPOSE_UTILITY) |
		PURPOSE_BIT(PURPOSE_AUTHENTICATION) },
	{ RULE_LIMIT_PORTFOLIO, PURPOSE_BIT(PURPOSE_MARKETING) },
	{ RULE_LIMIT_WARMUP, PURPOSE_BIT(PURPOSE_MARKETING) },
	{ RULE_LIMIT_SPIKE, PURPOSE_BIT(PURPOSE_MARKETING) },
	{ RULE_LIMIT_FREQUENCY, PURPOSE_BIT(PURPOSE_MARKETING) },
	{ RULE_LIMIT_COOLDOWN, PURPOSE_BIT(PURPOSE_MARKETING) },
	{ RULE_LIMIT_QUIET_HOURS, PURPOSE_BIT(PURPOSE_MARKETING) },
};

/* Those that can be judged anew from what the store still has, whatever they said; of others see policy_again.h. */
static bool can_be_judged(enum rule_index rule)
{
	return rule == RULE_LIMIT_QUIET_HOURS || rule == RULE_LIMIT_FREQUENCY;
}

/* How a rule differs between the two policies. */
struct difference {
	bool laxer, stricter; /* in a figure */
	bool exceptions;      /* one of the policies has some */
	enum level from, to;
};

struct comparison {
	struct store_conn *conn;
	const struct pack *from, *to;
	time_ms now;
	struct difference rules[RULES_COUNT];
	bool asks_person;
	struct arena *a; /* for one decision at a time */
	struct policy_effect *out;
};

/* What a rule comes to: least and most that it may weigh. Equal: it can be told. */
struct weight {
	enum level least, most;
};

static const struct weight nothing = { LEVEL_OFF, LEVEL_OFF };

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while comparing policies.");
}

/* --- what differs ----------------------------------------------------------------------------- */

static void compare_figures(struct comparison *x)
{
	size_t n;
	const struct pack_figure *figures = pack_figures(x->from, &n);

	for (size_t i = 0; i < n; i++) {
		int64_t from = pack_figure_value(x->from, &figures[i]),
			to = pack_figure_value(x->to, &figures[i]);
		struct difference *d = &x->rules[figures[i].rule];
		if (from == to)
			continue;
		bool laxer = figure_is_laxer(&figures[i], from, to);
		d->laxer = d->laxer || laxer;
		d->stricter = d->stricter || !laxer;
	}
}

static void mark_exceptions(struct comparison *x, const struct pack *pack)
{
	size_t n;
	const struct pack_exception *all = pack_exceptions(pack, &n);

	for (size_t i = 0; i < n; i++)
		x->rules[all[i].rule].exceptions = true;
}

static void compare(struct comparison *x)
{
	compare_figures(x);
	mark_exceptions(x, x->from);
	mark_exceptions(x, x->to);
	for (unsigned i = 0; i < RULES_COUNT; i++) {
		struct difference *d = &x->rules[i];
		d->from = pack_level(x->from, (enum rule_index)i);
		d->to = pack_level(x->to, (enum rule_index)i);
		bool judged = d->laxer || d->stricter ||
		    (d->from == LEVEL_OFF) != (d->to == LEVEL_OFF);
		x->asks_person = x->asks_person || (judged && can_be_judged((enum rule_index)i));
	}
}

static bool bears_upon(enum rule_index rule, enum purpose purpose)
{
	for (size_t i = 0; i < ARRAY_LEN(concerned); i++) {
		if (concerned[i].rule == rule)
			return (concerned[i].purposes & PURPOSE_BIT(purpose)) != 0;
	}
	return true;
}

/* --- judging anew ----------------------------------------------------------------------------- */

static int load_sent(
    struct comparison *x, const struct past_decision *d, struct facts_person *p, struct err *err)
{
	const time_ms *sent = NULL;
	size_t len = 0;
	int r = marketing_sent_list(x->conn, d->person,
	    d->at - pack_limits(x->to)->keep.marketing_sent_ms, x->a, &sent, &len, err);
	time_ms *before = r < 0 ? NULL : ARENA_ARRAY(x->a, time_ms, len + 1);

	if (r < 0)
		return r;
	if (!before)
		return no_memory(err);
	for (size_t i = 0; i < len; i++) {
		if (sent[i] < d->at)
			before[p->marketing_sent_len++] = sent[i];
	}
	p->marketing_sent = before;
	return 0;
}

/* The person as the store has them now; who was erased has no telephone, and no zone. */
static int load_person(
    struct comparison *x, const struct past_decision *d, struct facts *f, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(x->conn, &s, err,
	    "SELECT p.phone, p.timezone, w.country FROM person p"
	    " LEFT JOIN number n ON n.id = ?2 LEFT JOIN waba w ON w.id = n.waba WHERE p.id = ?1",
	    "it", (int64_t)d->person, d->number);

	if (r < 0 || (r = store_step(s, err)) < 0)
		return r;
	if (r > 0) {
		f->person.phone.number = (uint64_t)store_col_int(s, 0);
		if (store_copy_text(s, 1, x->a, &f->person.timezone) < 0 ||
		    store_copy_text(s, 2, x->a, &f->waba.country) < 0)
			r = no_memory(err);
	}
	store_reset(s);
	return r < 0 ? r : load_sent(x, d, &f->person, err);
}

static enum level judge_one(struct comparison *x, const struct past_decision *d,
    const struct pack *pack, enum rule_index rule, const struct facts *facts,
    const struct message *send)
{
	struct buf text;
	struct judgement j = {
		.facts = facts,
		.send = send,
		.pack = pack,
		.now = d->at,
		.purpose = d->purpose,
		.template_known = true,
		.window_open = facts_window_open(facts, pack, d->at),
		.arena = x->a,
		.level = pack_level(pack, rule),
		.until = TIME_NONE,
		.evidence_text = &text,
	};

	if (j.level == LEVEL_OFF)
		return LEVEL_OFF;
	j.business_initiated = d->purpose == PURPOSE_MARKETING ||
	    (d->purpose != PURPOSE_SERVICE && !j.window_open);
	buf_init(&text, 0);
	enum answer answer = rules[rule].check(&j);
	buf_done(&text);
	return answer == ANSWER_PASS ? LEVEL_OFF : j.level;
}

/* --- one rule of one decision ----------------------------------------------------------------- */

static bool may_lower(enum rule_index rule)
{
	for (size_t i = 0; i < ARRAY_LEN(lowers); i++) {
		if (lowers[i] == rule)
			return true;
	}
	return false;
}

static bool says_exception(struct comparison *x, const struct finding *f)
{
	const struct json *v = NULL;

	return f && json_read(x->a, f->evidence, &v, NULL) == 0 && json_get(v, "exception");
}

/* What was found weighs under levels alone. */
static struct weight weigh_found(
    const struct difference *d, enum rule_index rule, const struct finding *f, bool excepted)
{
	enum level was = excepted ? d->from : f->level;
	enum level to = d->to < was ? d->to : was;

	if (excepted && may_lower(rule))
		return (struct weight){ d->to < LEVEL_WARN ? d->to : LEVEL_WARN, to };
	if (d->to <= d->from || was < d->from || f->unsure)
		return (struct weight){ to, to };
	return may_lower(rule) ? (struct weight){ was, d->to } : (struct weight){ d->to, d->to };
}

static struct weight weigh_by_figures(const struct comparison *x, const struct past_decision *d,
    enum rule_index rule, const struct finding *f, struct weight w)
{
	const struct difference *of = &x->rules[rule];
	bool concerns = bears_upon(rule, d->purpose);

	if (f && of->laxer)
		return (struct weight){ LEVEL_OFF, w.most };
	if (!f && concerns && (of->stricter || (of->from == LEVEL_OFF && of->to > LEVEL_OFF)))
		return (struct weight){ LEVEL_OFF, of->to };
	return w;
}

/* What both policies say of one reading; 1 when that of then says what it said then. */
static bool agrees(struct comparison *x, const struct past_decision *d, enum rule_index rule,
    const struct finding *f, const struct facts *before, const struct facts *after,
    const struct message *send, struct weight *w)
{
	enum level from = judge_one(x, d, x->from, rule, before, send);
	enum level to = judge_one(x, d, x->to, rule, after, send);

	w->least = to < w->least ? to : w->least;
	w->most = to > w->most ? to : w->most;
	return (from != LEVEL_OFF) == (f != NULL);
}

/* 1 and what it weighs now, as exactly as its facts are known; 0 when they are not. */
static int weigh_again(struct comparison *x, const struct past_decision *d, enum rule_index rule,
    const struct finding *f, const struct message *send, struct weight *ret, struct err *err)
{
	const struct policy_again again = {
		.conn = x->conn, .from = x->from, .now = x->now, .a = x->a
	};
	struct facts *from = ARENA_ARRAY(x->a, struct facts, READINGS),
		     *to = ARENA_ARRAY(x->a, struct facts, READINGS);
	struct weight w = { LEVEL_REFUSE, LEVEL_OFF };
	int r = from && to ? policy_again_facts(&again, d, rule, f, x->from, from, err)
			   : no_memory(err);

	if (r > 0)
		r = policy_again_facts(&again, d, rule, f, x->to, to, err);
	for (int i = 0; r > 0 && i < READINGS; i++)
		r = agrees(x, d, rule, f, &from[i], &to[i], send, &w);
	if (r > 0)
		*ret = w;
	return r;
}

static int weigh_judged(struct comparison *x, const struct past_decision *d, enum rule_index rule,
    const struct finding *f, const struct facts *facts, const struct message *send,
    struct weight *w, struct err *err)
{
	if (can_be_judged(rule) && d->person) {
		enum level from = judge_one(x, d, x->from, rule, facts, send);
		enum level to = judge_one(x, d, x->to, rule, facts, send);
		if ((from == LEVEL_OFF) != (to == LEVEL_OFF))
			*w = (struct weight){ to, to };
		return 0;
	}
	int r = f || bears_upon(rule, d->purpose) ? weigh_again(x, d, rule, f, send, w, err) : 0;
	if (r == 0)
		*w = weigh_by_figures(x, d, rule, f, *w);
	return r < 0 ? r : 0;
}

static int weigh(struct comparison *x, const struct past_decision *d, enum rule_index rule,
    const struct finding *f, const struct facts *facts, const struct message *send,
    struct weight *ret, struct err *err)
{
	const struct difference *of = &x->rules[rule];
	bool judged = of->laxer || of->stricter || (of->from == LEVEL_OFF && of->to > LEVEL_OFF);
	struct weight w = f ? weigh_found(of, rule, f, of->exceptions && says_exception(x, f))
			    : nothing;
	int r = judged ? weigh_judged(x, d, rule, f, facts, send, &w, err) : 0;

	if (of->exceptions && w.most > LEVEL_WARN &&
	    pack_exception_of(x->to, rule, facts, send, d->at)) {
		w.most = LEVEL_WARN;
		w.least = w.least > LEVEL_WARN ? LEVEL_WARN : w.least;
	}
	*ret = w;
	return r;
}

/* --- one decision ----------------------------------------------------------------------------- */

static enum verdict verdict_of(enum level level)
{
	return level == LEVEL_REFUSE ? VERDICT_REFUSE
	    : level == LEVEL_HOLD    ? VERDICT_HOLD
				     : VERDICT_ALLOW;
}

static bool stops(enum level level)
{
	return level >= LEVEL_HOLD;
}

static void count_rule(
    struct policy_effect *out, enum rule_index rule, const struct finding *f, struct weight w)
{
	bool was = f && stops(f->level);

	if (stops(w.least) != stops(w.most))
		out->rules[rule].cannot_tell++;
	else if (stops(w.least) && !was)
		out->rules[rule].fails++;
	else if (!stops(w.least) && was)
		out->rules[rule].passes++;
}

static void count_verdict(
    struct policy_effect *out, const struct past_decision *d, enum level least, enum level most)
{
	enum verdict to = verdict_of(least);

	if (to != verdict_of(most)) {
		out->cannot_tell++;
		return;
	}
	if (to == d->verdict) {
		out->same++;
		return;
	}
	out->moved[d->verdict][to]++;
	if (out->examples_len < EFFECT_EXAMPLES)
		out->examples[out->examples_len++] = d->id;
}

static void fill_facts(const struct past_decision *d, struct facts *f, struct message *send)
{
	struct str key = d->template_name;

	facts_init(f);
	f->app.id = d->app.p ? d->app : STR("");
	f->number.id = d->number.p ? d->number : STR("");
	*send = (struct message){ .kind = d->kind };
	if (d->kind == MESSAGE_TEMPLATE && key.p)
		send->template_name = str_cut(&key, '/');
}

static int compare_one(struct comparison *x, const struct past_decision *d, struct err *err)
{
	struct decision *was = ARENA_NEW(x->a, struct decision);
	struct facts *facts = ARENA_NEW(x->a, struct facts);
	struct message *send = ARENA_NEW(x->a, struct message);
	enum level least = LEVEL_OFF, most = LEVEL_OFF;
	size_t next = 0;

	if (!was || !facts || !send)
		return no_memory(err);
	fill_facts(d, facts, send);
	struct err why = { 0 };
	int r = d->findings.p ? decision_read_stored(x->a, d->findings, was, &why) : 0;
	if (r == -E_INVALID) { /* it names a rule that there is no more */
		x->out->cannot_tell++;
		return 0;
	}
	if (r < 0)
		return no_memory(err);
	if (x->asks_person && d->person && d->purpose == PURPOSE_MARKETING)
		r = load_person(x, d, facts, err);
	if (r < 0)
		return r;
	for (unsigned i = 0; r == 0 && i < RULES_COUNT; i++) {
		const struct finding *f = next < was->findings_len &&
			rule_index_of(was->findings[next].rule) == (enum rule_index)i
		    ? &was->findings[next++]
		    : NULL;
		struct weight w = nothing;
		r = weigh(x, d, (enum rule_index)i, f, facts, send, &w, err);
		count_rule(x->out, (enum rule_index)i, f, w);
		least = w.least > least ? w.least : least;
		most = w.most > most ? w.most : most;
	}
	if (r == 0)
		count_verdict(x->out, d, least, most);
	return r;
}

/* --- all of them ------------------------------------------------------------------------------ */

static int read_row(
    struct store_stmt *s, struct arena *a, struct past_decision *ret, struct err *err)
{
	struct str *const texts[] = { &ret->app, &ret->number, &ret->template_name,
		&ret->findings };

	*ret = (struct past_decision){
		.id = (uint64_t)store_col_int(s, 0),
		.at = store_col_int(s, 1),
		.person = (uint64_t)store_col_int(s, 6),
		.purpose = (enum purpose)store_col_int(s, 7),
		.kind = (enum message_kind)store_col_int(s, 8),
	};
	if (!store_col_is_up_to(s, 7, PURPOSE_ALL) || !store_col_is_up_to(s, 9, VERDICT_REFUSE))
		return 0;
	ret->verdict = (enum verdict)store_col_int(s, 9);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (store_copy_text(s, 2 + (int)i, a, texts[i]) < 0)
			return no_memory(err);
	}
	return store_copy_text(s, 10, a, &ret->waba) < 0 ? no_memory(err) : 1;
}

/* 1 there are older ones, 0 there are none. */
static int compare_slice(struct comparison *x, time_ms since, uint64_t *before, struct err *err)
{
	struct store_stmt *s;
	int64_t n = 0;
	int r = store_ask(x->conn, &s, err,
	    "SELECT id, at, app, number, template, rules, person, purpose, kind, verdict, waba"
	    " FROM decision WHERE id >= ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
	    "iii", (int64_t)id_first_at(since), (int64_t)*before, (int64_t)SLICE);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		struct past_decision d;
		r = read_row(s, x->a, &d, err);
		if (r > 0)
			r = compare_one(x, &d, err);
		if (r < 0)
			break;
		*before = d.id;
		x->out->reached = d.at;
		x->out->decisions++;
		n++;
		arena_reset(x->a);
	}
	store_reset(s);
	return r < 0 ? r : n == SLICE;
}

int policy_effect(struct store_conn *c, const struct pack *from, const struct pack *to,
    time_ms since, time_ms now, mono_ns deadline, struct policy_effect *ret, struct err *err)
{
	struct comparison x = { .conn = c, .from = from, .to = to, .now = now, .out = ret };
	uint64_t before = INT64_MAX;
	int r = 1;

	*ret = (struct policy_effect){ .since = since, .until = now, .reached = TIME_NONE };
	x.a = arena_new(ARENA_FIRST, ARENA_MAX);
	if (!x.a)
		return no_memory(err);
	compare(&x);
	while (r > 0 && ret->decisions < EFFECT_ROWS_MAX && clock_mono() < deadline)
		r = compare_slice(&x, since, &before, err);
	ret->complete = r == 0;
	arena_free(&x.a);
	return r < 0 ? r : 0;
}

/* A table of rules: how each is read from its evidence, and how from the store. Evidence tells what the check had in its
 * hand, so that what is read from it is exact, but for what the check looked at last. */
#include "domain/policy_again.h"

#include "base/check.h"
#include "domain/contact.h"
#include "domain/person.h"
#include "domain/release.h"
#include "store/query.h"

#define ACTS_MAX 500 /* of one person; of one with more nothing is told */

struct again {
	const struct policy_again *x;
	const struct past_decision *d;
	const struct json *evidence; /* NULL: the rule passed */
	const struct pack *pack;
	struct facts *facts; /* READINGS of them */
};

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while comparing policies.");
}

/* --- evidence --------------------------------------------------------------------------------- */

static bool told_int(const struct again *g, const char *name, int64_t *ret)
{
	return json_int(json_get(g->evidence, name), ret);
}

static bool told_time(const struct again *g, const char *name, time_ms *ret)
{
	return time_parse(json_str(json_get(g->evidence, name)), ret) == 0;
}

static int from_portfolio(struct again *g, struct err *err)
{
	(void)err;
	for (int i = 0; i < READINGS; i++) {
		struct facts_portfolio *p = &g->facts[i].portfolio;
		p->limited = true;
		if (!told_int(g, "used", &p->unique_24h) || !told_int(g, "limit", &p->limit))
			return 0;
	}
	return 1;
}

static int from_spike(struct again *g, struct err *err)
{
	(void)err;
	for (int i = 0; i < READINGS; i++) {
		struct facts_number *n = &g->facts[i].number;
		if (!told_int(g, "sent", &n->sent_24h) ||
		    !told_int(g, "highest", &n->max_24h_last_7d))
			return 0;
	}
	return 1;
}

/* Its next step is left out: it may have begun since, and the step is what the figures are about. */
static int from_release(struct again *g, struct err *err)
{
	enum release_step step;
	time_ms opens_at;

	(void)err;
	if (release_step_parse(json_str(json_get(g->evidence, "step")), &step) < 0)
		return 0;
	for (int i = 0; i < READINGS; i++) {
		struct facts_release *r = &g->facts[i].tpl.release;
		*r = (struct facts_release){
			.given = true, .step = step, .audience = -1, .filled_at = TIME_NONE
		};
		if (!told_int(g, "taken", &r->taken))
			return 0;
		if (json_get(g->evidence, "audience") && !told_int(g, "audience", &r->audience))
			return 0;
		if (told_time(g, "opens_at", &opens_at))
			r->filled_at = g->d->at;
	}
	return 1;
}

/* 1 the steps of the template may have held it behind the number's warm-up, which is asked first. */
static int is_in_steps(struct again *g, struct err *err)
{
	struct str key = g->d->template_name;
	struct str name = g->d->kind == MESSAGE_TEMPLATE && key.p ? str_cut(&key, '/') : STR_NONE;
	int64_t n = 0;
	int r = name.p ? store_ask_int(g->x->conn, &n, err,
			     "SELECT count(*) FROM template_release WHERE waba = ?1 AND name = ?2",
			     "tt", g->d->waba, name)
		       : 0;

	return r < 0 ? r : n > 0;
}

static bool read_warmup(const struct again *g, struct facts *f)
{
	struct facts_warmup *w = &f->number.warmup;

	w->active = true;
	f->person.engaged_given = true;
	if (!told_int(g, "day", &w->day))
		w->day = 0;
	if (!told_time(g, "frozen_until", &w->frozen_until))
		w->frozen_until = TIME_NONE;
	return told_int(g, "used", &w->used) && told_int(g, "cap", &w->cap) &&
	    told_int(g, "used_last_hour", &w->used_last_hour) &&
	    told_int(g, "used_last_minute", &w->used_last_minute) &&
	    json_bool(json_get(g->evidence, "engaged"), &f->person.engaged);
}

/* How many of the day's people were engaged is not told: none of them, or all. */
static int from_warmup(struct again *g, struct err *err)
{
	static const double shares[READINGS] = { 0, 1 };

	if (json_get(g->evidence, "step"))
		return from_release(g, err);
	for (int i = 0; i < READINGS; i++) {
		if (!read_warmup(g, &g->facts[i]))
			return 0;
		g->facts[i].number.warmup.engaged_share = shares[i];
	}
	int r = is_in_steps(g, err);
	return r < 0 ? r : r == 0;
}

static int from_window(struct again *g, struct err *err)
{
	(void)err;
	for (int i = 0; i < READINGS; i++) {
		struct facts_person *p = &g->facts[i].person;
		bool wrote = told_time(g, "last_inbound_at", &p->last_inbound_at),
		     called = told_time(g, "last_call_at", &p->last_call_at);
		if (!wrote && !called)
			return 0;
	}
	return json_get(g->evidence, "closed_at") != NULL;
}

/* The until of then had the figure of then in it. */
static int from_cooldown(struct again *g, struct err *err)
{
	int64_t longer = pack_limits(g->pack)->cooldown_marketing_131049_ms -
	    pack_limits(g->x->from)->cooldown_marketing_131049_ms;
	time_ms until;

	(void)err;
	if (!told_time(g, "until", &until))
		return 0;
	for (int i = 0; i < READINGS; i++)
		g->facts[i].person.cooldown_until = until + longer;
	return 1;
}

static int from_grant(struct again *g, struct err *err)
{
	struct facts_consent *act = ARENA_NEW(g->x->a, struct facts_consent);
	time_ms used;

	if (!act)
		return no_memory(err);
	*act = (struct facts_consent){ .purpose = g->d->purpose, .act = CONSENT_GRANT };
	if (!told_time(g, "granted_at", &act->at))
		return 0;
	if (evidence_parse(json_str(json_get(g->evidence, "evidence")), &act->evidence) < 0 &&
	    !json_get(g->evidence, "last_used_at"))
		return 0;
	for (int i = 0; i < READINGS; i++) {
		struct facts_person *p = &g->facts[i].person;
		p->consents = act;
		p->consents_len = 1;
		if (told_time(g, "last_used_at", &used))
			p->last_delivered[g->d->purpose] = used;
	}
	return 1;
}

/* --- the store -------------------------------------------------------------------------------- */

/* When they wrote last is only known of the newest time: if that came later, they may have written just before, or
 * never. */
static int load_contact(struct again *g, uint64_t person, struct err *err)
{
	struct store_stmt *s = NULL;
	int r = store_find(g->x->conn, &s, err,
	    "SELECT last_inbound_at, last_call_at FROM contact WHERE person = ?1 AND number = ?2",
	    "it", (int64_t)person, g->d->number);

	if (r <= 0)
		return r;
	time_ms wrote = store_col_time(s, 0), called = store_col_time(s, 1);
	store_reset(s);
	for (int i = 0; i < READINGS; i++) {
		struct facts_person *p = &g->facts[i].person;
		p->last_inbound_at = wrote <= g->d->at ? wrote : i == 0 ? TIME_NONE : g->d->at;
		p->last_call_at = called <= g->d->at ? called : i == 0 ? TIME_NONE : g->d->at;
	}
	return 0;
}

/* 1 and the id that they have now; 0 they are gone. */
static int find_person(struct again *g, uint64_t *ret, struct err *err)
{
	int64_t n = 0;
	int r = g->d->person ? person_resolve(g->x->conn, g->d->person, ret, err) : 0;

	if (r < 0 || !g->d->person)
		return r;
	r = store_ask_int(
	    g->x->conn, &n, err, "SELECT count(*) FROM person WHERE id = ?1", "i", (int64_t)*ret);
	return r < 0 ? r : n > 0;
}

static int read_acts(
    struct again *g, uint64_t person, struct facts_consent *acts, size_t *ret_len, struct err *err)
{
	struct store_stmt *s;
	size_t n = 0;
	int r = store_ask(g->x->conn, &s, err,
	    "SELECT c.purpose, c.act, c.at, c.evidence, c.given_at FROM consent c"
	    " LEFT JOIN consent_record r ON r.leaf = c.leaf"
	    " WHERE c.person = ?1 AND c.at <= ?2 AND coalesce(r.recorded_at, c.at) <= ?2 LIMIT ?3",
	    "imi", (int64_t)person, g->d->at, (int64_t)ACTS_MAX);

	if (r < 0)
		return r;
	while (n < ACTS_MAX && (r = store_step(s, err)) > 0)
		acts[n++] = (struct facts_consent){
			.purpose = (enum purpose)store_col_int(s, 0),
			.act = (enum consent_act)store_col_int(s, 1),
			.at = store_col_int(s, 2),
			.evidence = (enum evidence)store_col_int(s, 3),
			.given_at = store_col_int(s, 4),
		};
	store_reset(s);
	*ret_len = n;
	return r < 0 ? r : n < ACTS_MAX;
}

/* The last message that reached them is only known of the newest time, too. */
static int load_deliveries(struct again *g, uint64_t person, struct err *err)
{
	struct facts_person *const p[READINGS] = { &g->facts[0].person, &g->facts[1].person };
	int r = delivered_fill(g->x->conn, person, p[0], err);

	for (size_t i = 0; r >= 0 && i < ARRAY_LEN(p[0]->last_delivered); i++) {
		time_ms at = p[0]->last_delivered[i];
		p[1]->last_delivered[i] = at <= g->d->at ? at : g->d->at;
		p[0]->last_delivered[i] = at <= g->d->at ? at : TIME_NONE;
	}
	return r < 0 ? r : 0;
}

static int load_grant(struct again *g, struct err *err)
{
	struct facts_consent *acts = ARENA_ARRAY(g->x->a, struct facts_consent, ACTS_MAX);
	uint64_t person = 0;
	size_t n = 0;
	int r = acts ? find_person(g, &person, err) : no_memory(err);

	if (r > 0)
		r = read_acts(g, person, acts, &n, err);
	if (r <= 0)
		return r;
	for (int i = 0; i < READINGS; i++) {
		g->facts[i].person.consents = acts;
		g->facts[i].person.consents_len = n;
	}
	r = load_contact(g, person, err);
	if (r == 0)
		r = load_deliveries(g, person, err);
	return r < 0 ? r : 1;
}

static int load_window(struct again *g, struct err *err)
{
	uint64_t person = 0;
	int r = find_person(g, &person, err);

	if (r > 0)
		r = load_contact(g, person, err);
	else
		return r;
	return r < 0 ? r : 1;
}

/* As long as marks are kept. */
static bool has_marks_of(const struct again *g, int64_t ms)
{
	return g->d->at - ms > g->x->now - pack_limits(g->x->from)->keep.person_marks_ms;
}

static int load_cooldown(struct again *g, struct err *err)
{
	int64_t ms = pack_limits(g->pack)->cooldown_marketing_131049_ms, at = 0;
	uint64_t person = 0;
	int r = has_marks_of(g, ms) ? find_person(g, &person, err) : 0;

	if (r <= 0)
		return r;
	r = store_ask_int(g->x->conn, &at, err,
	    "SELECT max(at) FROM person_mark WHERE person = ?1 AND kind = ?2 AND scope = ?3"
	    " AND at <= ?4",
	    "iitm", (int64_t)person, (int64_t)MARK_COOLDOWN, g->d->waba, g->d->at);
	for (int i = 0; r > 0 && i < READINGS; i++)
		g->facts[i].person.cooldown_until = at + ms;
	return r < 0 ? r : 1;
}

static int count_failures(struct again *g, uint64_t person, struct facts_person *p, struct err *err)
{
	time_ms since = g->d->at - pack_limits(g->pack)->undeliverable.window_ms;
	int r = store_ask_int(g->x->conn, &p->hard_failures, err,
	    "SELECT count(*) FROM person_mark WHERE person = ?1 AND kind = ?2 AND at > ?3"
	    " AND at <= ?4",
	    "iimm", (int64_t)person, (int64_t)MARK_HARD_FAILURE,
	    since > p->last_inbound_at ? since : p->last_inbound_at, g->d->at);

	return r < 0 ? r : 0;
}

static int load_failures(struct again *g, struct err *err)
{
	uint64_t person = 0;
	int r = has_marks_of(g, pack_limits(g->pack)->undeliverable.window_ms)
	    ? find_person(g, &person, err)
	    : 0;

	if (r <= 0)
		return r;
	r = load_contact(g, person, err);
	for (int i = 0; r == 0 && i < READINGS; i++)
		r = count_failures(g, person, &g->facts[i].person, err);
	return r < 0 ? r : 1;
}

/* --- the table -------------------------------------------------------------------------------- */

static const struct {
	enum rule_index rule;
	int (*from_evidence)(struct again *g, struct err *err);
	int (*from_store)(struct again *g, struct err *err); /* NULL: what passed left no trace */
} ways[] = {
	{ RULE_RECIPIENT_UNDELIVERABLE, load_failures, load_failures },
	{ RULE_CONSENT_EXPIRED, from_grant, load_grant },
	{ RULE_CONSENT_EVIDENCE, from_grant, load_grant },
	{ RULE_WINDOW_CLOSED, from_window, load_window },
	{ RULE_LIMIT_PORTFOLIO, from_portfolio, NULL },
	{ RULE_LIMIT_WARMUP, from_warmup, NULL },
	{ RULE_LIMIT_SPIKE, from_spike, NULL },
	{ RULE_LIMIT_COOLDOWN, from_cooldown, load_cooldown },
};

static int read_evidence(const struct finding *f, struct again *g, struct err *err)
{
	struct err why = { 0 };
	int r = json_read(g->x->a, f->evidence, &g->evidence, &why);

	if (r == -E_NOMEM)
		return no_memory(err);
	return r == 0 && json_type(g->evidence) == JSON_OBJECT;
}

int policy_again_facts(const struct policy_again *x, const struct past_decision *d,
    enum rule_index rule, const struct finding *found, const struct pack *pack,
    struct facts ret[READINGS], struct err *err)
{
	struct again g = { .x = x, .d = d, .pack = pack, .facts = ret };

	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		if (ways[i].rule != rule)
			continue;
		int r = found ? read_evidence(found, &g, err) : ways[i].from_store != NULL;
		for (int k = 0; r > 0 && k < READINGS; k++)
			facts_init(&ret[k]);
		if (r <= 0)
			return r;
		return found ? ways[i].from_evidence(&g, err) : ways[i].from_store(&g, err);
	}
	return 0;
}

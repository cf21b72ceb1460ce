#include "apps/analyze/walk.h"

#include <string.h>

#include "apps/analyze/crew.h"
#include "apps/analyze/found.h"
#include "base/check.h"
#include "domain/pair.h"
#include "domain/policy.h"

#define RECENT 64      /* messages whose ids are remembered, and digests */
#define NUMBERS_MAX 64 /* that write to one person; others share the last place */
#define ACTS_MAX 4096  /* of consent; of more, the newest */

/* What lies between the person and one number of the business. */
struct pair {
	uint32_t number;
	time_ms last_inbound, counted_until;
	struct pair_debt debt;
};

struct recent {
	uint64_t id, content;
	time_ms at;
	uint32_t app, number, template;
	uint8_t status;
	uint8_t purpose;
};

struct on_rule {
	int64_t sends;
	time_ms first_at, last_at;
	enum level level;
	uint32_t app, list, template;
};

/* One thread's: what it found, and the person of the moment. */
struct walk {
	struct analysis *a; /* its part */
	const struct analyze_options *o;
	struct sorter_reader *reader;
	size_t piece;
	struct analyze_person *told; /* people of the piece, when somebody asks for them */
	size_t told_len, told_cap;
	struct arena *arena; /* of the person */
	struct arena *decided;
	struct phone phone;
	uint64_t person;
	struct facts facts;
	struct facts_consent *acts;
	size_t acts_len, acts_cap;
	time_ms *marketing, *failures;
	size_t marketing_len, marketing_cap, failures_len, failures_cap;
	struct pair pairs[NUMBERS_MAX];
	size_t pairs_len;
	struct recent recent[RECENT];
	size_t recent_len; /* ever; the newest is at (recent_len - 1) % RECENT */
	struct facts_digest digests[RECENT];
	struct on_rule on[RULES_COUNT];
	time_ms last_inbound, last_template_at;
	uint32_t last_template;
	bool replied, stopped; /* since the last template */
	int64_t marketing_sends, marketing_read;
	time_ms counted_until; /* among the people of the portfolio */
};

/* --- a person begins and ends ----------------------------------------------------------------- */

static void begin(struct walk *w, uint64_t person)
{
	arena_reset(w->arena);
	facts_init(&w->facts);
	w->person = person;
	w->phone.number = person & PERSON_NAMED ? 0 : person;
	w->facts.person.phone = w->phone;
	if ((person & PERSON_NAMED) && !person_is_invalid(person))
		w->facts.person.bsuid = pool_name(w->a->bsuids, (uint32_t)person);
	w->acts = NULL;
	w->marketing = w->failures = NULL;
	w->acts_len = w->acts_cap = w->marketing_len = w->marketing_cap = 0;
	w->failures_len = w->failures_cap = w->pairs_len = w->recent_len = 0;
	memset(w->on, 0, sizeof(w->on));
	w->last_inbound = w->last_template_at = w->counted_until = TIME_NONE;
	w->last_template = POOL_NONE;
	w->replied = w->stopped = false;
	w->marketing_sends = w->marketing_read = 0;
}

static enum segment segment_of(const struct walk *w)
{
	static const int64_t days[] = { 30, 90, 365 };
	size_t s = 0;

	if (w->last_inbound == TIME_NONE)
		return SEGMENT_NEVER;
	while (s < ARRAY_LEN(days) && w->a->last_at - w->last_inbound > days[s] * MS_PER_DAY)
		s++;
	return (enum segment)s;
}

static int keep_missing(struct walk *w, struct err *err)
{
	const struct on_rule *on = &w->on[RULE_CONSENT_MISSING];
	const struct missing_person m = { w->person, on->sends, on->last_at, on->app, on->list,
		on->template };

	if (on->sends && found_missing(w->a, &m) < 0)
		return err_set(err, E_NOMEM, N_("Memory ran out."));
	return 0;
}

/* One more to be told of, when the piece is given. */
static struct analyze_person *tell(struct walk *w)
{
	size_t cap = w->told_cap ? 2 * w->told_cap : 256;

	if (w->told_len == w->told_cap) {
		struct analyze_person *grown = mem_grow(w->told, cap * sizeof(*grown));
		if (!grown)
			return NULL;
		w->told = grown;
		w->told_cap = cap;
	}
	return &w->told[w->told_len++];
}

static int tell_person(struct walk *w, struct err *err)
{
	const struct analysis *a = w->a;

	for (size_t i = 0; w->o->on_person && i < RULES_COUNT; i++) {
		const struct on_rule *on = &w->on[i];
		struct analyze_person *p = on->sends ? tell(w) : NULL;
		if (!on->sends)
			continue;
		if (!p)
			return err_set(err, E_NOMEM, N_("Memory ran out."));
		*p = (struct analyze_person){
			.number = w->phone.number,
			.bsuid = w->facts.person.bsuid,
			.invalid = person_is_invalid(w->person)
			    ? pool_name(a->bsuids, (uint32_t)w->person)
			    : STR(""),
			.rule = &rules[i],
			.level = on->level,
			.sends = on->sends,
			.first_at = on->first_at,
			.last_at = on->last_at,
			.app = pool_name(a->apps, on->app),
			.list = pool_name(a->lists, on->list),
			.template = pool_name(a->templates, on->template),
		};
	}
	return 0;
}

static int end(struct walk *w, struct err *err)
{
	if (!w->recent_len) /* nothing was sent to them */
		return 0;
	if (person_is_invalid(w->person))
		return tell_person(w, err);
	struct segment_stat *s = &w->a->segments[segment_of(w)];
	s->people++;
	s->marketing += w->marketing_sends;
	s->read += w->marketing_read;
	w->a->people++;
	int r = keep_missing(w, err);
	return r < 0 ? r : tell_person(w, err);
}

/* --- arrays that grow in the person's arena --------------------------------------------------- */

static void *room_for(struct arena *a, void *items, size_t len, size_t *cap, size_t size)
{
	if (len < *cap)
		return items;
	size_t more = *cap ? 2 * *cap : 8;
	void *grown = arena_array(a, size, more);
	if (!grown)
		return NULL;
	if (len)
		memcpy(grown, items, len * size);
	*cap = more;
	return grown;
}

static int add_time(
    struct walk *w, time_ms **list, size_t *len, size_t *cap, time_ms at, int64_t keep_ms)
{
	size_t old = 0;

	while (old < *len && (*list)[old] <= at - keep_ms)
		old++;
	if (old) {
		memmove(*list, *list + old, (*len - old) * sizeof(**list));
		*len -= old;
	}
	time_ms *grown = room_for(w->arena, *list, *len, cap, sizeof(**list));
	if (!grown)
		return -E_NOMEM;
	*list = grown;
	grown[(*len)++] = at;
	return 0;
}

static int add_act(
    struct walk *w, enum purpose purpose, enum consent_act act, time_ms at, enum evidence evidence)
{
	if (w->acts_len == ACTS_MAX) {
		memmove(w->acts, w->acts + 1, (ACTS_MAX - 1) * sizeof(*w->acts));
		w->acts_len--;
	}
	struct facts_consent *grown = room_for(
	    w->arena, w->acts, w->acts_len, &w->acts_cap, sizeof(*w->acts));
	if (!grown)
		return -E_NOMEM;
	w->acts = grown;
	grown[w->acts_len++] = (struct facts_consent){
		.purpose = purpose, .act = act, .at = at, .evidence = evidence
	};
	return 0;
}

/* --- what the person did ---------------------------------------------------------------------- */

static struct pair *pair_of(struct walk *w, uint32_t number)
{
	for (size_t i = 0; i < w->pairs_len; i++) {
		if (w->pairs[i].number == number)
			return &w->pairs[i];
	}
	if (w->pairs_len == NUMBERS_MAX)
		return &w->pairs[NUMBERS_MAX - 1];
	w->pairs[w->pairs_len] = (struct pair){ number, TIME_NONE, TIME_NONE, PAIR_NO_DEBT };
	return &w->pairs[w->pairs_len++];
}

/* Whatever does not name the number stands for any. */
static time_ms last_inbound_to(struct walk *w, uint32_t number)
{
	time_ms any = pair_of(w, POOL_NONE)->last_inbound;
	time_ms own = pair_of(w, number)->last_inbound;

	if (number == POOL_NONE)
		return w->last_inbound;
	return own > any ? own : any;
}

static int add_acts(
    struct walk *w, unsigned purposes, enum consent_act act, time_ms at, enum evidence evidence)
{
	int r = 0;

	for (enum purpose p = PURPOSE_MARKETING; r == 0 && p < PURPOSE_ALL; p++) {
		if (purposes & PURPOSE_BIT(p))
			r = add_act(w, p, act, at, evidence);
	}
	return r;
}

/* An answer counts for the last template, once. */
static int credit_template(struct walk *w, const struct event *e)
{
	struct analysis *a = w->a;
	struct template_stat *t = &a->template_stats[w->last_template];
	bool recent = w->last_template &&
	    e->at - w->last_template_at <= words_attribution_ms(a->words);

	if (!recent)
		return 0;
	t->replies += !w->replied;
	w->replied = true;
	t->opt_outs += e->withdraws && !w->stopped;
	w->stopped = w->stopped || e->withdraws;
	if (!e->button)
		return 0;
	t->taps++;
	return found_tap(a, w->last_template, e->button, e->withdraws != 0);
}

static int on_inbound(struct walk *w, const struct event *e)
{
	int r = credit_template(w, e);

	pair_of(w, e->number)->last_inbound = e->at;
	w->last_inbound = e->at;
	w->failures_len = 0;
	if (r == 0)
		r = add_acts(w, e->withdraws, CONSENT_WITHDRAW, e->at, EVIDENCE_INBOUND);
	if (r == 0)
		r = add_acts(w, e->grants, CONSENT_GRANT, e->at, pack_opt_in_evidence(w->a->pack));
	if (e->grants & PURPOSE_BIT(PURPOSE_MARKETING))
		w->facts.person.meta_stop = false;
	return r;
}

/* --- what is known at a send ------------------------------------------------------------------ */

/* A free-form message outside its window does not get through: what did was a template. */
static enum traffic_type likely_type(struct walk *w, const struct event *e)
{
	const struct pack_code *code = pack_code(w->a->pack, e->error);

	if (e->type != TYPE_UNKNOWN)
		return (enum traffic_type)e->type;
	w->facts.person.last_inbound_at = last_inbound_to(w, e->number);
	bool open = facts_window_open(&w->facts, w->a->pack, e->at);
	bool refused = code && code->effect == PACK_EFFECT_WINDOW_CLOSED;
	return open || refused ? TYPE_FREE_FORM : TYPE_TEMPLATE;
}

static enum purpose purpose_of(struct walk *w, const struct event *e)
{
	if (e->type != TYPE_TEMPLATE)
		return PURPOSE_SERVICE;
	if (e->purpose != PURPOSE_NONE)
		return (enum purpose)e->purpose;
	w->a->assumed_marketing++;
	return PURPOSE_MARKETING;
}

static size_t twins(struct walk *w, const struct event *e)
{
	size_t kept = w->recent_len < RECENT ? w->recent_len : RECENT, n = 0;
	time_ms since = e->at - pack_limits(w->a->pack)->duplicate_window_ms;

	for (size_t i = 0; i < kept; i++) {
		const struct recent *m = &w->recent[i];
		if (m->at <= since || m->app != e->app || m->number != e->number)
			continue;
		w->digests[n] = (struct facts_digest){ .at = m->at };
		memcpy(w->digests[n++].digest.b, &m->content, sizeof(m->content));
	}
	return n;
}

static void fill_facts(struct walk *w, const struct event *e, enum purpose purpose)
{
	struct facts_person *p = &w->facts.person;
	const struct pair *pair = pair_of(w, e->number);

	w->facts.tpl.known = e->type == TYPE_TEMPLATE;
	w->facts.tpl.status = STR("APPROVED");
	w->facts.tpl.category = purpose;
	p->last_inbound_at = last_inbound_to(w, e->number);
	p->inbound_unknown = !w->a->knows_inbound;
	p->consents = w->acts;
	p->consents_len = w->acts_len;
	p->hard_failures = (int64_t)w->failures_len;
	p->marketing_sent = w->marketing;
	p->marketing_sent_len = w->marketing_len;
	p->pair_clear_at = pair->debt.clear_at;
	p->pair_spent = pair->debt.spent;
	p->recent_digests = w->digests;
	p->recent_digests_len = twins(w, e);
}

static void fill_message(const struct walk *w, const struct event *e, struct message *m)
{
	*m = (struct message){
		.kind = e->type == TYPE_TEMPLATE ? MESSAGE_TEMPLATE : MESSAGE_FREE_FORM,
		.type = e->type == TYPE_TEMPLATE ? STR("template") : STR("text"),
		.phone = w->phone,
		.bsuid = w->facts.person.bsuid,
		.problem_limit = -1,
		.problem_got = -1,
	};
	if (e->type == TYPE_TEMPLATE) {
		m->template_name = pool_name(w->a->templates, e->template);
		m->template_language = STR("-");
	}
	memcpy(m->digest.b, &e->content, sizeof(e->content));
}

/* --- counting --------------------------------------------------------------------------------- */

static int take_findings(
    struct walk *w, const struct event *e, const struct decision *d, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < d->findings_len; i++) {
		enum rule_index rule = rule_index_of(d->findings[i].rule);
		struct on_rule *on = &w->on[rule];
		if (!on->sends)
			on->first_at = e->at;
		on->sends++;
		on->last_at = e->at;
		on->level = d->findings[i].level > on->level ? d->findings[i].level : on->level;
		on->app = e->app;
		on->list = e->list;
		on->template = e->template;
		r = found_add(w->a, rule, d->findings[i].level, e, w->phone, err);
	}
	return r;
}

/* `m` is what was known of the message already; its status is STATUS_UNKNOWN when nothing was. */
static int count_status(struct walk *w, const struct recent *m, const struct event *e)
{
	struct template_stat *t = &w->a->template_stats[m->template];
	enum traffic_status before = (enum traffic_status)m->status;
	enum traffic_status now = (enum traffic_status)e->status;

	t->told += before == STATUS_UNKNOWN && now != STATUS_UNKNOWN;
	t->delivered += before < STATUS_DELIVERED && now >= STATUS_DELIVERED;
	t->read += before < STATUS_READ && now >= STATUS_READ;
	if (before < STATUS_READ && now >= STATUS_READ && m->purpose == PURPOSE_MARKETING)
		w->marketing_read++;
	if (now != STATUS_FAILED || before == STATUS_FAILED)
		return 0;
	t->failed++;
	return e->error ? found_code(w->a, m->template, e->error) : 0;
}

static int count_template(struct walk *w, const struct event *e, enum purpose purpose)
{
	const struct recent new = { .template = e->template, .purpose = (uint8_t)purpose };
	struct template_stat *t = &w->a->template_stats[e->template];

	if (e->type != TYPE_TEMPLATE || !e->template)
		return 0;
	t->purpose = !t->sends || purpose < t->purpose ? purpose : t->purpose;
	t->sends++;
	t->people += t->sends == 1 || t->last_person != w->person;
	t->last_person = w->person;
	w->last_template = e->template;
	w->last_template_at = e->at;
	w->replied = w->stopped = false;
	return count_status(w, &new, e);
}

/* --- what a send changes ---------------------------------------------------------------------- */

static bool is_hard_failure(const struct pack *pack, int32_t error)
{
	const struct pack_undeliverable *u = &pack_limits(pack)->undeliverable;

	for (size_t i = 0; i < u->codes_len; i++) {
		if (u->codes[i] == error)
			return true;
	}
	return false;
}

static int apply_error(struct walk *w, const struct event *e)
{
	const struct pack_limits *l = pack_limits(w->a->pack);
	const struct pack_code *code = pack_code(w->a->pack, e->error);
	enum pack_effect effect = code ? code->effect : PACK_EFFECT_NONE;

	if (effect == PACK_EFFECT_COOLDOWN)
		w->facts.person.cooldown_until = e->at + l->cooldown_marketing_131049_ms;
	if (effect == PACK_EFFECT_META_STOP) {
		w->facts.person.meta_stop = true;
		w->a->template_stats[e->template].opt_outs += e->template != POOL_NONE;
	}
	if (effect == PACK_EFFECT_SUPPRESS)
		w->facts.person.suppressed = true;
	if (!is_hard_failure(w->a->pack, e->error))
		return 0;
	return add_time(
	    w, &w->failures, &w->failures_len, &w->failures_cap, e->at, l->undeliverable.window_ms);
}

static int64_t frequency_longest(const struct pack *pack)
{
	const struct pack_limits *l = pack_limits(pack);
	int64_t most = 0;

	for (size_t i = 0; i < l->frequency_marketing_len; i++)
		most = l->frequency_marketing[i].window_ms > most
		    ? l->frequency_marketing[i].window_ms
		    : most;
	return most;
}

/* One counts for 24 hours from each send on: only what that adds is told. */
static int count_until(
    struct walk *w, uint32_t number, time_ms *until, time_ms at, int64_t window_ms)
{
	time_ms from = *until == TIME_NONE || at >= *until ? at : *until;

	*until = at + window_ms;
	return volume_add_person(w->a->volume, number, at, from, *until);
}

/* The people of the portfolio, and those of a number. */
static int count_person(struct walk *w, const struct event *e, const struct decision *d)
{
	int64_t window_ms = pack_limits(w->a->pack)->portfolio.window_ms;
	int r;

	if (!d->business_initiated || d->window_open || e->status == STATUS_FAILED)
		return 0;
	r = count_until(w, VOLUME_ALL, &w->counted_until, e->at, window_ms);
	if (r < 0)
		return r;
	return count_until(w, e->number, &pair_of(w, e->number)->counted_until, e->at, window_ms);
}

static int apply_send(struct walk *w, const struct event *e, const struct decision *d)
{
	bool failed = e->status == STATUS_FAILED;
	int r = 0;

	if (!failed)
		pair_debt_add(&pair_of(w, e->number)->debt, &pack_limits(w->a->pack)->pair, e->at);
	if (!failed && d->purpose == PURPOSE_MARKETING)
		r = add_time(w, &w->marketing, &w->marketing_len, &w->marketing_cap, e->at,
		    frequency_longest(w->a->pack));
	if (e->status >= STATUS_DELIVERED && d->purpose <= PURPOSE_ALL)
		w->facts.person.last_delivered[d->purpose] = e->at;
	if (r == 0 && e->error)
		r = apply_error(w, e);
	return r < 0 ? r : count_person(w, e, d);
}

/* A further row of a message that was seen: only what became of it. 1 it was one, 0 it was none, -E_NOMEM. */
static int take_repeated(struct walk *w, const struct event *e)
{
	size_t kept = w->recent_len < RECENT ? w->recent_len : RECENT;
	struct recent *m = NULL;

	for (size_t i = 0; e->id && !m && i < kept; i++)
		m = w->recent[i].id == e->id ? &w->recent[i] : NULL;
	if (!m)
		return 0;
	w->a->repeated++;
	if (m->template && count_status(w, m, e) < 0)
		return -E_NOMEM;
	m->status = e->status > m->status ? e->status : m->status;
	return 1;
}

static int no_memory(int r, struct err *err)
{
	return r < 0 ? err_set(err, E_NOMEM, N_("Memory ran out.")) : 0;
}

/* Of a message that is addressed to nobody nothing more is said. */
static int decide(
    struct walk *w, const struct event *e, const struct message *m, struct decision *ret)
{
	enum level level = pack_level(w->a->pack, RULE_RECIPIENT_INVALID);

	if (!person_is_invalid(w->person))
		return policy_decide(&w->facts, m, w->a->pack, e->at, w->decided, ret);
	*ret = (struct decision){
		.verdict = level == LEVEL_REFUSE ? VERDICT_REFUSE
		    : level == LEVEL_HOLD        ? VERDICT_HOLD
						 : VERDICT_ALLOW,
		.purpose = PURPOSE_SERVICE,
		.findings = { { .rule = &rules[RULE_RECIPIENT_INVALID], .level = level } },
		.findings_len = level != LEVEL_OFF,
	};
	return 0;
}

static int on_new(struct walk *w, struct event *e, struct err *err)
{
	struct decision d;
	struct message m;

	e->type = (uint8_t)likely_type(w, e);
	enum purpose purpose = purpose_of(w, e);
	fill_facts(w, e, purpose);
	fill_message(w, e, &m);
	arena_reset(w->decided);
	int r = decide(w, e, &m, &d);
	if (r < 0)
		return no_memory(r, err);
	r = take_findings(w, e, &d, err);
	w->a->sends++;
	w->marketing_sends += purpose == PURPOSE_MARKETING;
	if (r == 0)
		r = no_memory(found_day(w->a, e->at, d.verdict), err);
	if (r == 0)
		r = no_memory(count_template(w, e, purpose), err);
	w->recent[w->recent_len++ % RECENT] = (struct recent){ e->id, e->content, e->at, e->app,
		e->number, e->template, e->status, (uint8_t)purpose };
	if (r == 0)
		r = no_memory(volume_add(w->a->volume, e->number, e->at), err);
	return r < 0 ? r : no_memory(apply_send(w, e, &d), err);
}

static int on_send(struct walk *w, struct event *e, struct err *err)
{
	int repeated = take_repeated(w, e);

	return repeated == 0 ? on_new(w, e, err) : no_memory(repeated < 0 ? repeated : 0, err);
}

static int on_event(struct walk *w, struct event *e, struct err *err)
{
	switch ((enum event_kind)e->kind) {
	case EVENT_CONSENT:
		return no_memory(add_act(w, (enum purpose)e->purpose, (enum consent_act)e->act,
				     e->at, (enum evidence)e->evidence),
		    err);
	case EVENT_INBOUND:
	case EVENT_INBOUND_AMONG:
		return no_memory(on_inbound(w, e), err);
	default:
		return on_send(w, e, err);
	}
}

/* --- pieces, by several threads --------------------------------------------------------------- */

struct walkers {
	struct analysis *a;
	const struct analyze_options *o;
	const struct sorter *events;
	size_t next, given;
};

static struct walk *walk_new(const struct walkers *all, size_t walkers)
{
	struct walk *w = mem_alloc(sizeof(*w));

	if (!w)
		return NULL;
	*w = (struct walk){ .o = all->o,
		.a = part_new(all->a),
		.reader = sorter_reader_new(all->events, walkers),
		.arena = arena_new(0, 0),
		.decided = arena_new(0, 0) };
	return w;
}

static bool walk_is_whole(const struct walk *w)
{
	return w && w->a && w->reader && w->arena && w->decided;
}

static void walk_free(struct walk **pw)
{
	struct walk *w = *pw;

	if (w) {
		part_free(&w->a);
		sorter_reader_free(&w->reader);
		arena_free(&w->arena);
		arena_free(&w->decided);
		mem_free(w->told);
	}
	MEM_FREE(pw);
}

static int take_piece(void *user, void *slot, struct err *err)
{
	struct walkers *all = user;
	struct walk *w = slot;

	(void)err;
	if (all->next == sorter_pieces(all->events))
		return 0;
	w->piece = all->next++;
	return 1;
}

static int walk_piece(void *user, void *slot, struct err *err)
{
	struct walk *w = slot;
	struct event e;
	bool any = false;
	int r = sorter_reader_begin(w->reader, w->piece, err);

	(void)user;
	w->told_len = 0;
	while (r >= 0 && (r = sorter_next(w->reader, &e, err)) > 0) {
		bool other = any && e.person != w->person;
		if (other && (r = end(w, err)) < 0)
			return r;
		if (!any || other)
			begin(w, e.person);
		any = true;
		r = on_event(w, &e, err);
	}
	return r < 0 || !any ? r : end(w, err);
}

static int give_piece(void *user, void *slot, struct err *err)
{
	struct walkers *all = user;
	const struct walk *w = slot;
	const struct analyze_options *o = all->o;
	int r = 0;

	for (size_t i = 0; r == 0 && i < w->told_len; i++)
		r = o->on_person(o->user, &w->told[i], err);
	all->given++;
	if (o->on_progress)
		o->on_progress(o->user,
		    &(struct analyze_progress){ .judges = true,
			.rows = sorter_len(all->events),
			.done = all->given,
			.of = sorter_pieces(all->events) });
	return r;
}

static int walk_all(struct walkers *all, struct walk **walks, size_t threads, struct err *err)
{
	static const struct crew_work work = { take_piece, walk_piece, give_piece, NULL };
	void *slots[CREW_MAX] = { NULL };
	int r = 0;

	for (size_t i = 0; i < threads; i++) {
		slots[i] = walks[i] = walk_new(all, threads);
		if (!walk_is_whole(walks[i]))
			return no_memory(-E_NOMEM, err);
	}
	r = crew_run(&work, all, slots, threads, err);
	for (size_t i = 0; r == 0 && i < threads; i++)
		r = no_memory(part_add(all->a, walks[i]->a), err);
	return r;
}

int walk_run(struct analysis *a, const struct analyze_options *o, const struct sorter *events,
    size_t threads, struct err *err)
{
	struct walkers all = { .a = a, .o = o, .events = events };
	struct walk *walks[CREW_MAX] = { NULL };
	size_t most = sorter_pieces(events) < threads ? sorter_pieces(events) : threads;
	int r = walk_all(&all, walks, most, err);

	for (size_t i = 0; i < most; i++)
		walk_free(&walks[i]);
	if (r == 0)
		parts_end(a);
	return r;
}

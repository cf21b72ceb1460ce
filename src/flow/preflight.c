#include "flow/preflight.h"

#include "base/check.h"
#include "base/map.h"
#include "domain/breaker.h"
#include "domain/rules.h"
#include "domain/signal.h"

#define PAGE 500
#define PAST_MS (7 * MS_PER_DAY)

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out during a preflight.");
}

struct run {
	const struct preflight_place *place;
	const struct campaign *x;
	struct campaign_plan plan;
	struct campaign_sight sight;
	struct preflight *ret;
	struct imap *contents; /* hashes of what rows fill in */
	struct map *sources;   /* name → struct preflight_source */
	struct arena *arena;   /* of the whole */
	struct arena *page, *scratch;
	struct facts last; /* of the number and the portfolio */
	bool any;
};

/* --- one person ------------------------------------------------------------------------------- */

static struct preflight_source *source_of(struct run *r, struct str name)
{
	struct preflight *p = r->ret;
	struct str key = name.p ? name : STR("");
	struct preflight_source *s = map_get(r->sources, key);

	if (s)
		return s;
	/* The last one stands for all that there is no room for. */
	if (p->sources_len == PREFLIGHT_SOURCES_MAX)
		return &p->sources[PREFLIGHT_SOURCES_MAX - 1];
	s = &p->sources[p->sources_len];
	*s = (struct preflight_source){ .name = name.p ? arena_str(r->arena, name) : STR_NONE };
	if ((name.p && !s->name.p) || map_put(r->sources, key, s) < 0)
		return NULL;
	p->sources_len++;
	return s;
}

static void count_until(struct preflight *p, time_ms until)
{
	time_ms at = until == TIME_NONE ? TIME_NONE
					: (until + MS_PER_HOUR - 1) / MS_PER_HOUR * MS_PER_HOUR;
	size_t i = 0;

	while (i < p->until_len && p->until[i].at != at)
		i++;
	if (i == PREFLIGHT_UNTIL_MAX)
		i = PREFLIGHT_UNTIL_MAX - 1;
	if (i == p->until_len)
		p->until[p->until_len++] = (struct preflight_until){ .at = at };
	p->until[i].people++;
}

static void count_findings(
    struct preflight *p, const struct decision *d, struct preflight_source *s)
{
	for (size_t i = 0; i < d->findings_len; i++) {
		const struct finding *f = &d->findings[i];
		enum rule_index rule = rule_index_of(f->rule);
		if (f->level < LEVEL_WARN)
			continue;
		p->rules[rule][f->level - LEVEL_WARN]++;
		s->no_opt_in += rule == RULE_CONSENT_MISSING;
		s->withdrawn += rule == RULE_CONSENT_WITHDRAWN ||
		    rule == RULE_RECIPIENT_SUPPRESSED || rule == RULE_CONSENT_META_STOP;
	}
}

static void count_engaged(struct run *r, const struct facts *f)
{
	const struct pack_campaign *figures = pack_campaign(r->place->pack);
	time_ms last = facts_last_contact(f, r->place->pack, r->place->now);
	size_t i = 0;

	while (i < figures->engaged_len &&
	    (last == TIME_NONE || r->place->now - last > figures->engaged_days[i] * MS_PER_DAY))
		i++;
	r->ret->engaged[i]++;
}

static int count_contents(
    struct run *r, const struct campaign_member *m, const struct campaign_seen *seen)
{
	uint64_t hash = map_hash(m->fields.p ? m->fields : STR(""));
	int64_t known;

	r->ret->unmapped += seen->empty > 0;
	r->ret->own_values += m->fields.p != NULL;
	if (imap_get(r->contents, hash, &known))
		return 0;
	r->ret->distinct++;
	return imap_put(r->contents, hash, 1);
}

static int count(struct run *r, const struct campaign_member *m, const struct campaign_seen *seen,
    struct err *err)
{
	const struct decision *d = &seen->decision;
	struct preflight_source *s = source_of(r, m->source);

	if (!s || count_contents(r, m, seen) < 0)
		return no_memory(err);
	r->ret->people++;
	r->ret->verdicts[d->verdict]++;
	r->ret->turns[campaign_turn(r->x, &r->plan, m->seq)]++;
	s->people++;
	s->sendable += d->verdict == VERDICT_ALLOW;
	s->held += d->verdict == VERDICT_HOLD;
	s->refused += d->verdict == VERDICT_REFUSE;
	count_findings(r->ret, d, s);
	count_engaged(r, &seen->facts);
	if (d->verdict == VERDICT_HOLD)
		count_until(r->ret, d->hold_until);
	r->last = seen->facts;
	r->ret->purpose = d->purpose;
	r->any = true;
	return 0;
}

static int look(struct run *r, const struct campaign_member *m,
    int (*each)(
	void *arg, const struct campaign_member *m, const struct decision *d, struct err *err),
    void *arg, struct err *err)
{
	struct campaign_seen *seen = ARENA_NEW(r->scratch, struct campaign_seen);
	int rc = seen ? campaign_look(&r->sight, r->x, &r->plan, m, r->scratch, seen, err)
		      : no_memory(err);

	if (rc <= 0)
		return rc;
	rc = count(r, m, seen, err);
	return rc == 0 && each ? each(arg, m, &seen->decision, err) : rc;
}

static int look_at_all(struct run *r,
    int (*each)(
	void *arg, const struct campaign_member *m, const struct decision *d, struct err *err),
    void *arg, struct err *err)
{
	struct campaign_walk walk = {
		.campaign = r->x->id,
		.after = -1,
		.from = MEMBER_WAITING,
		.upto = MEMBER_WAITING,
		.limit = PAGE,
	};
	struct campaign_member *list;
	size_t n = r->x->state == CAMPAIGN_CANCELLED ? 0 : PAGE;
	int rc = 0;

	while (rc == 0 && n == PAGE) {
		arena_reset(r->page);
		rc = campaign_people(r->place->conn, r->place->key, &walk, r->page, &list, &n, err);
		for (size_t i = 0; rc == 0 && i < n; i++) {
			arena_reset(r->scratch);
			rc = look(r, &list[i], each, arg, err);
			walk.after = list[i].seq;
		}
	}
	return rc < 0 ? rc : 0;
}

/* --- how long it will take -------------------------------------------------------------------- */

/* What one day allows, and what it was that allowed no more. */
struct room {
	int64_t people;
	const char *limit;
};

static void narrow(struct room *room, int64_t people, const char *limit)
{
	if (people < 0)
		people = 0;
	if (people >= room->people)
		return;
	room->people = people;
	room->limit = limit;
}

static void narrow_portfolio(const struct run *r, size_t day, struct room *room)
{
	const struct facts_portfolio *p = &r->last.portfolio;
	int64_t limit = r->ret->purpose == PURPOSE_MARKETING
	    ? pack_share(p->limit, pack_limits(r->place->pack)->portfolio.marketing_share_ppm)
	    : p->limit;

	if (p->limited)
		narrow(room, limit - (day == 0 ? p->unique_24h : 0),
		    rule_index_id(RULE_LIMIT_PORTFOLIO));
}

static void narrow_warmup(const struct run *r, size_t day, struct room *room)
{
	const struct facts_warmup *w = &r->last.number.warmup;
	const struct pack_warmup *figures = pack_warmup(r->place->pack);

	if (!w->active || !(figures->holds & PURPOSE_BIT(r->ret->purpose)))
		return;
	int64_t cap = day == 0 && w->cap != WARMUP_BY_DAY
	    ? w->cap
	    : pack_warmup_cap(r->place->pack, w->day + (int64_t)day);
	if (cap != INT64_MAX)
		narrow(room, cap - (day == 0 ? w->used : 0), rule_index_id(RULE_LIMIT_WARMUP));
}

static void narrow_spike(const struct run *r, size_t day, int64_t highest, struct room *room)
{
	const struct pack_spike *s = &pack_limits(r->place->pack)->spike;

	if (r->ret->purpose != PURPOSE_MARKETING || highest <= 0)
		return;
	int64_t most = highest + pack_share(highest, s->hold_ppm);
	if (most < s->min_messages)
		most = s->min_messages;
	narrow(room, most - (day == 0 ? r->ret->sent_24h : 0), rule_index_id(RULE_LIMIT_SPIKE));
}

static void narrow_throughput(const struct run *r, struct room *room)
{
	const struct pack_limits *l = pack_limits(r->place->pack);
	int64_t second = r->last.number.throughput > 0 ? r->last.number.throughput
						       : l->number.throughput;
	int64_t quiet = l->quiet_hours.to_s - l->quiet_hours.from_s;
	int64_t awake = MS_PER_DAY / MS_PER_S;

	if (r->ret->purpose == PURPOSE_MARKETING)
		awake -= quiet >= 0 ? quiet : quiet + awake;
	narrow(room, second * awake, rule_index_id(RULE_LIMIT_THROUGHPUT));
}

static int64_t wave_waits(const struct run *r)
{
	const struct pack_campaign *c = pack_campaign(r->place->pack);
	int64_t sum = 0;

	for (size_t i = 0; i + 1 < c->waves_len; i++)
		sum += c->waves[i].wait_ms;
	return sum;
}

static void foresee(struct run *r)
{
	struct preflight *p = r->ret;
	int64_t left = p->verdicts[VERDICT_ALLOW] + p->verdicts[VERDICT_HOLD];
	int64_t highest = p->highest_7d;

	while (left > 0 && p->days_len < PREFLIGHT_DAYS_MAX) {
		struct room room = { left, NULL };
		narrow_portfolio(r, p->days_len, &room);
		narrow_warmup(r, p->days_len, &room);
		narrow_spike(r, p->days_len, highest, &room);
		narrow_throughput(r, &room);
		if (room.people > highest && highest > 0)
			highest = room.people;
		p->days[p->days_len++] = (struct preflight_day){ room.people, room.limit };
		left -= room.people;
	}
	if (left > 0)
		p->days_len = 0;
	p->ends_at = p->days_len ? p->at + wave_waits(r) + ((int64_t)p->days_len - 1) * MS_PER_DAY
				 : TIME_NONE;
}

/* --- the whole -------------------------------------------------------------------------------- */

static void done(struct run *r)
{
	imap_free(&r->contents);
	map_free(&r->sources);
	arena_free(&r->page);
	arena_free(&r->scratch);
	budget_free(&r->sight.budget);
	recent_free(&r->sight.recent);
	bulk_free(&r->sight.bulk);
}

/* Budgets and recent sends as the store has them now, and the same texts as the gate counted them. */
static int open_sight(struct run *r, struct err *err)
{
	const struct preflight_place *p = r->place;
	int rc = budget_new(&r->sight.budget, err);

	if (rc == 0)
		rc = budget_reload(r->sight.budget, p->conn, p->directory, p->pack, p->now, err);
	if (rc == 0)
		rc = recent_load(p->conn, p->pack, p->now, &r->sight.recent, err);
	if (rc == 0)
		rc = bulk_copy(p->bulk, &r->sight.bulk, err);
	return rc;
}

static int open_run(struct run *r, struct err *err)
{
	r->contents = imap_new();
	r->sources = map_new();
	r->page = arena_new(0, 0);
	r->scratch = arena_new(0, 0);
	r->ret = ARENA_NEW(r->arena, struct preflight);
	if (!r->contents || !r->sources || !r->page || !r->scratch || !r->ret)
		return no_memory(err);
	r->ret->sources = ARENA_ARRAY(r->arena, struct preflight_source, PREFLIGHT_SOURCES_MAX);
	if (!r->ret->sources)
		return no_memory(err);
	r->ret->at = r->place->now;
	r->ret->pack = r->place->pack;
	int rc = campaign_plan_read(r->x, r->place->directory, r->arena, &r->plan, err);
	return rc < 0 ? rc : open_sight(r, err);
}

/* What the number got back on the marketing of the last days. */
static int read_past(struct run *r, struct err *err)
{
	const struct preflight_place *p = r->place;
	struct signal_counts n = { { 0 } };
	int rc = r->any ? signals_sum(p->conn, SIGNAL_OF_NUMBER, r->x->number, p->now - PAST_MS,
			      p->now, &n, err)
			: 0;

	r->ret->marketing_7d = n.n[SIGNAL_MARKETING_SENT];
	r->ret->withheld_7d = n.n[SIGNAL_CAPPED];
	return rc;
}

int preflight_run(const struct preflight_place *p, const struct campaign *x, struct arena *a,
    int (*each)(
	void *arg, const struct campaign_member *m, const struct decision *d, struct err *err),
    void *arg, struct preflight **ret, struct err *err)
{
	struct run r = {
		.place = p,
		.x = x,
		.arena = a,
		.sight = { .pack = p->pack,
		    .conn = p->conn,
		    .directory = p->directory,
		    .now = p->now,
		    .clock_suspect = p->clock_suspect },
	};
	int rc = open_run(&r, err);

	if (rc == 0)
		rc = campaign_count(p->conn, x->id, &r.ret->counts, err);
	if (rc == 0)
		rc = look_at_all(&r, each, arg, err);
	if (rc == 0)
		rc = read_past(&r, err);
	if (rc == 0) {
		r.ret->sent_24h = r.any ? r.last.number.sent_24h : 0;
		r.ret->highest_7d = r.any ? r.last.number.max_24h_last_7d : 0;
		foresee(&r);
		campaign_snapshot(x, &r.plan, &r.ret->snapshot);
		*ret = r.ret;
	}
	done(&r);
	return rc;
}

/* --- telling ---------------------------------------------------------------------------------- */

static double share_of(int64_t part, int64_t whole)
{
	return whole > 0 ? (double)part / (double)whole : 0;
}

static void write_rules(const struct preflight *p, enum lang lang, struct json_writer *w)
{
	static const enum level levels[] = { LEVEL_REFUSE, LEVEL_HOLD, LEVEL_WARN };

	jw_key(w, "rules");
	jw_array(w);
	for (size_t l = 0; l < ARRAY_LEN(levels); l++) {
		for (size_t i = 0; i < RULES_COUNT; i++) {
			int64_t people = p->rules[i][levels[l] - LEVEL_WARN];
			if (!people)
				continue;
			jw_object(w);
			jw_member_c(w, "id", rules[i].id);
			jw_member_c(w, "level", level_name(levels[l]));
			jw_member_int(w, "people", people);
			jw_member_c(w, "title", lang_text(lang, rules[i].title));
			jw_member_c(w, "remedy", lang_text(lang, rules[i].remedy));
			jw_object_end(w);
		}
	}
	jw_array_end(w);
}

static void write_until(const struct preflight *p, struct json_writer *w)
{
	jw_key(w, "held_until");
	jw_array(w);
	for (size_t i = 0; i < p->until_len; i++) {
		jw_object(w);
		jw_member_time(w, "until", p->until[i].at);
		jw_member_int(w, "people", p->until[i].people);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_sources(const struct preflight *p, struct json_writer *w)
{
	jw_key(w, "sources");
	jw_array(w);
	for (size_t i = 0; i < p->sources_len; i++) {
		const struct preflight_source *s = &p->sources[i];
		jw_object(w);
		jw_member_str(w, "source", s->name);
		jw_member_int(w, "people", s->people);
		jw_member_int(w, "sendable", s->sendable);
		jw_member_int(w, "held", s->held);
		jw_member_int(w, "refused", s->refused);
		jw_member_int(w, "no_opt_in", s->no_opt_in);
		jw_member_int(w, "withdrawn", s->withdrawn);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_engaged(const struct preflight *p, struct json_writer *w)
{
	const struct pack_campaign *figures = pack_campaign(p->pack);

	jw_key(w, "last_contact");
	jw_array(w);
	for (size_t i = 0; i <= figures->engaged_len; i++) {
		jw_object(w);
		jw_key(w, "within_days");
		if (i < figures->engaged_len)
			jw_int(w, figures->engaged_days[i]);
		else
			jw_null(w);
		jw_member_int(w, "people", p->engaged[i]);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_days(const struct preflight *p, struct json_writer *w)
{
	jw_key(w, "forecast");
	jw_object(w);
	jw_key(w, "days");
	if (p->days_len || !(p->verdicts[VERDICT_ALLOW] + p->verdicts[VERDICT_HOLD]))
		jw_int(w, (int64_t)p->days_len);
	else
		jw_null(w);
	jw_member_time(w, "ends_at", p->ends_at);
	jw_key(w, "by_day");
	jw_array(w);
	for (size_t i = 0; i < p->days_len; i++) {
		jw_object(w);
		jw_member_int(w, "day", (int64_t)i + 1);
		jw_member_int(w, "people", p->days[i].people);
		jw_member_c(w, "limit", p->days[i].limit);
		jw_object_end(w);
	}
	jw_array_end(w);
	jw_object_end(w);
}

static void write_spike(const struct preflight *p, struct json_writer *w)
{
	int64_t planned = p->sent_24h + p->verdicts[VERDICT_ALLOW];

	jw_key(w, "spike");
	jw_object(w);
	jw_member_int(w, "sent_24h", p->sent_24h);
	jw_member_int(w, "planned", planned);
	jw_member_int(w, "highest_7d", p->highest_7d);
	jw_key(w, "ratio");
	if (p->highest_7d > 0)
		jw_real(w, share_of(planned, p->highest_7d));
	else
		jw_null(w);
	jw_object_end(w);
}

/* Meta holds some marketing back for whom it is for, whoever sends it (131049). */
static void write_withheld(const struct preflight *p, struct json_writer *w)
{
	double share = share_of(p->withheld_7d, p->marketing_7d);
	int64_t left = p->verdicts[VERDICT_ALLOW] + p->verdicts[VERDICT_HOLD];

	jw_key(w, "withheld");
	if (p->purpose != PURPOSE_MARKETING || p->marketing_7d <= 0) {
		jw_null(w);
		return;
	}
	jw_object(w);
	jw_member_int(w, "sent_7d", p->marketing_7d);
	jw_member_int(w, "withheld_7d", p->withheld_7d);
	jw_key(w, "share");
	jw_real(w, share);
	jw_member_int(w, "people", (int64_t)(share * (double)left + 0.5));
	jw_object_end(w);
}

static void write_bound(struct json_writer *w, const char *name, int64_t ppm)
{
	jw_key(w, name);
	if (ppm == PACK_NO_SHARE)
		jw_null(w);
	else
		jw_real(w, (double)ppm / (double)PPM);
}

static void write_stop(
    struct str signal, int64_t above, int64_t below, enum lang lang, struct json_writer *w)
{
	const char *means = breaker_signal_means(signal);

	jw_object(w);
	jw_member_str(w, "signal", signal);
	jw_member_c(w, "means", means ? lang_text(lang, means) : "");
	write_bound(w, "above", above);
	write_bound(w, "below", below);
	jw_object_end(w);
}

/* By which the circuit breaker will stop it. */
static void write_stops(const struct preflight *p, enum lang lang, struct json_writer *w)
{
	const struct pack_breaker *b = pack_breaker(p->pack);

	jw_key(w, "stops");
	jw_array(w);
	for (size_t i = 0; p->purpose == PURPOSE_MARKETING && i < b->signals_len; i++) {
		if (b->signals[i].pause_ppm != PACK_NO_SHARE)
			write_stop(
			    b->signals[i].signal, b->signals[i].pause_ppm, PACK_NO_SHARE, lang, w);
	}
	if (p->purpose == PURPOSE_MARKETING)
		write_stop(STR("read_rate"), PACK_NO_SHARE, b->read_rate.pause_below_ppm, lang, w);
	jw_array_end(w);
}

static void write_cost(
    const struct preflight *p, const struct campaign_plan *plan, struct json_writer *w)
{
	jw_key(w, "cost");
	if (plan->price <= 0) {
		jw_null(w);
		return;
	}
	jw_object(w);
	jw_key(w, "price");
	jw_real(w, plan->price);
	jw_key(w, "amount");
	jw_real(w, plan->price * (double)(p->verdicts[VERDICT_ALLOW] + p->verdicts[VERDICT_HOLD]));
	jw_member_str(w, "currency", plan->currency);
	jw_object_end(w);
}

static void write_personal(const struct preflight *p, struct json_writer *w)
{
	jw_key(w, "personalisation");
	jw_object(w);
	jw_member_int(w, "own_values", p->own_values);
	jw_member_int(w, "distinct", p->distinct);
	jw_member_int(w, "unfilled", p->unmapped);
	jw_key(w, "share");
	jw_real(w, share_of(p->own_values, p->people));
	jw_object_end(w);
}

static void write_turns(
    const struct preflight *p, const struct campaign_plan *plan, struct json_writer *w)
{
	jw_key(w, "templates");
	jw_array(w);
	for (size_t i = 0; i < plan->len; i++) {
		const struct dir_template *t = plan->fills[i].tpl;
		jw_object(w);
		jw_member_str(w, "template", t->name);
		jw_member_str(w, "language", t->language);
		jw_member_c(w, "category", purpose_name(t->category));
		jw_member_str(w, "status", t->status);
		jw_member_str(w, "quality", t->quality);
		jw_member_int(w, "people", p->turns[i]);
		jw_object_end(w);
	}
	jw_array_end(w);
}

void preflight_write(const struct preflight *p, const struct campaign *x,
    const struct campaign_plan *plan, enum lang lang, struct json_writer *w)
{
	char hex[2 * SHA256_LEN + 1], id[ID_TEXT_MAX];

	id_format(CAMPAIGN_PREFIX, x->id, id);
	hex_encode(p->snapshot.b, SHA256_LEN, hex);
	jw_member_c(w, "campaign", id);
	jw_member_time(w, "at", p->at);
	jw_member_str(w, "policy", pack_version(p->pack));
	jw_member_c(w, "snapshot", hex);
	jw_member_int(w, "people", p->people);
	jw_member_int(w, "sendable", p->verdicts[VERDICT_ALLOW]);
	jw_member_int(w, "held", p->verdicts[VERDICT_HOLD]);
	jw_member_int(w, "refused", p->verdicts[VERDICT_REFUSE]);
	jw_member_int(w, "duplicates", p->counts.of[MEMBER_DUPLICATE]);
	jw_member_int(w, "invalid", p->counts.of[MEMBER_INVALID]);
	jw_member_int(w, "forgotten", p->counts.of[MEMBER_FORGOTTEN]);
	jw_member_int(w, "suspended", p->counts.of[MEMBER_SUSPENDED]);
	write_rules(p, lang, w);
	write_until(p, w);
	write_sources(p, w);
	write_engaged(p, w);
	write_turns(p, plan, w);
	write_personal(p, w);
	write_spike(p, w);
	write_withheld(p, w);
	write_stops(p, lang, w);
	write_cost(p, plan, w);
	write_days(p, w);
}

#include "flow/gather.h"

#include "base/check.h"
#include "domain/contact.h"
#include "domain/recipient.h"
#include "domain/release.h"
#include "domain/suppression.h"
#include "domain/trip.h"
#include "transport/webhook.h"

/* A typing indicator names only the message that it answers. */
static int find_writer(struct gather *g, struct recipient *ret, struct err *err)
{
	uint8_t key[32];
	uint64_t writer;
	struct event e = {
		.kind = EVENT_MESSAGE, .field = STR("messages"), .id = g->message->message_id
	};

	event_key(&e, key);
	int r = seen_person(g->seen, g->conn, key, &writer, err);
	if (r > 0)
		r = recipient_by_id(g->conn, writer, g->number_id, g->arena, ret, err);
	if (r == 0)
		g->facts->person.inbound_unknown = true;
	return r;
}

static int find_recipient(struct gather *g, struct recipient *ret, struct err *err)
{
	const struct message *m = g->message;

	if (m->kind == MESSAGE_TYPING)
		return find_writer(g, ret, err);
	return recipient_find(g->conn, m->phone, m->bsuid, g->number_id, g->arena, ret, err);
}

static int load_marks(struct gather *g, struct err *err)
{
	const struct pack_limits *l = pack_limits(g->pack);
	struct facts_person *p = &g->facts->person;
	time_ms last_inbound;
	int r = contact_last_inbound(g->conn, g->person->id, &last_inbound, err);

	if (r < 0)
		return r;
	return person_marks(g->conn, g->person->id, g->number->waba->id,
	    g->now - l->undeliverable.window_ms, last_inbound, g->now, &p->hard_failures,
	    &p->cooldown_until, err);
}

/* When the consent that is in force for this message was given, as the rules read the acts; TIME_NONE = there is none. */
static time_ms granted_at(const struct gather *g)
{
	const struct facts_person *p = &g->facts->person;
	const struct facts_consent *k = facts_consent_newest(
	    p->consents, p->consents_len, facts_purpose(g->facts, g->message, g->now), g->now);

	return k && k->act == CONSENT_GRANT ? facts_consent_given(k) : TIME_NONE;
}

/* Only a warming number asks whether a person is engaged. */
static int load_engaged(struct gather *g, struct err *err)
{
	const struct pack_warmup *w = pack_warmup(g->pack);
	time_ms last_inbound;
	int r = contact_last_inbound(g->conn, g->person->id, &last_inbound, err);

	if (r < 0)
		return r;
	g->facts->person.engaged_given = true;
	/* TIME_NONE is before everything. */
	g->facts->person.engaged = last_inbound > g->now - w->engaged_inbound_ms ||
	    granted_at(g) > g->now - w->engaged_grant_ms;
	return 0;
}

static time_ms longest_frequency(const struct pack_limits *l)
{
	int64_t longest = 0;

	for (size_t i = 0; i < l->frequency_marketing_len; i++) {
		if (l->frequency_marketing[i].window_ms > longest)
			longest = l->frequency_marketing[i].window_ms;
	}
	return longest;
}

static int load_history(struct gather *g, struct err *err)
{
	const struct pack_limits *l = pack_limits(g->pack);
	struct facts_person *p = &g->facts->person;
	time_ms since = g->now - longest_frequency(l);
	int r = 0;

	if (facts_purpose(g->facts, g->message, g->now) == PURPOSE_MARKETING)
		r = marketing_sent_list(g->conn, g->person->id, since, g->arena, &p->marketing_sent,
		    &p->marketing_sent_len, err);
	if (r == 0 && g->person->flags & PERSON_HAS_MARKS)
		r = load_marks(g, err);
	/* Only consent that is about to lapse asks when something was last delivered. */
	time_ms given = granted_at(g);
	if (r == 0 && given != TIME_NONE && given <= g->now - l->consent.unused_warn_ms)
		r = delivered_fill(g->conn, g->person->id, p, err);
	return r;
}

static void fill_person(struct gather *g, const struct recipient *who)
{
	struct facts_person *p = &g->facts->person;

	*g->person = who->person;
	g->waits = who->waits;
	p->phone = g->person->phone;
	p->timezone = g->person->timezone;
	p->suppressed = g->person->flags & PERSON_SUPPRESSED;
	p->meta_stop = g->person->flags & PERSON_META_STOP;
	p->stop_doubt = g->person->flags & PERSON_STOP_DOUBT;
	p->consents = who->consents;
	p->consents_len = who->consents_len;
	p->last_inbound_at = who->contact.last_inbound_at;
	p->last_call_at = who->contact.last_call_at;
}

/* Nobody is known under these keys; whoever was and is forgotten must not be written to. 0, so that
 * the caller goes on as for nobody. */
static int load_suppressed(struct gather *g, struct err *err)
{
	int r = suppression_has(g->conn, g->message->phone, g->message->bsuid, err);

	g->forgotten = g->facts->person.suppressed = r > 0;
	return r < 0 ? r : 0;
}

static int load_person(struct gather *g, struct err *err)
{
	struct facts_person *p = &g->facts->person;
	struct recipient who;
	int r = find_recipient(g, &who, err);

	g->person->phone = p->phone = g->message->phone;
	p->bsuid = g->message->bsuid;
	if (r == 0)
		r = load_suppressed(g, err);
	if (r <= 0)
		return r;
	fill_person(g, &who);
	if (!g->number)
		return 0;
	struct recent_send send = {
		.person = g->person->id,
		.number = g->number_id,
		.app = g->app ? g->app->id : STR(""),
		.digest = &g->message->digest,
	};
	g->key = recent_key(&send);
	recent_expect(g->recent, g->key);
	return load_history(g, err);
}

/* The few templates that are being released in steps. */
static int load_release(struct gather *g, struct err *err)
{
	struct facts_template *t = &g->facts->tpl;
	const struct release_key key = { g->number->waba->id, t->name, t->language };
	int r = t->release.given ? release_read(g->conn, g->pack, &key, TIME_NONE, &t->release, err)
				 : 0;

	if (r == 0)
		t->release.given = false;
	return r < 0 ? r : 0;
}

static int load_number(struct gather *g, struct err *err)
{
	int r = budget_fill_facts(
	    g->budget, g->conn, g->number, g->person->id, g->pack, g->now, g->facts, err);

	if (r == 0 && g->facts->number.warmup.active && g->person->id)
		r = load_engaged(g, err);
	return r < 0 ? r : load_release(g, err);
}

/* Only of marketing it is asked how often the same text went out. */
static void count_text(struct gather *g)
{
	if (!g->bulk || facts_purpose(g->facts, g->message, g->now) != PURPOSE_MARKETING)
		return;
	g->text = bulk_key(g->app->id, g->number_id, g->message);
	g->facts->app.same_digest_1h = bulk_count(g->bulk, g->text, g->now);
}

/* --- pauses and rates --------------------------------------------------------------------------- */

static struct str template_id(const struct gather *g)
{
	const struct facts_template *t = &g->facts->tpl;

	if (!t->known)
		return STR_NONE;
	return arena_printf(g->arena, "%.*s/%.*s/%.*s", STR_ARG(g->number->waba->id),
	    STR_ARG(t->name), STR_ARG(t->language));
}

static void add_rate(struct gather *g, const struct resume *r)
{
	const struct pack_breaker *b = pack_breaker(g->pack);
	const struct facts_pause rate = {
		.purpose = PURPOSE_MARKETING,
		.until = r->next_at,
		.by = STR(TRIP_BY),
		.share_ppm = resume_share(b, r),
		.a_day = resume_a_day(b, r),
	};

	directory_add_pauses(&g->facts->waba, &rate, 1, g->arena);
	if (g->rates)
		g->rates[g->rates_len] = *r;
	g->rates_len++;
}

static int load_rates(struct gather *g, struct err *err)
{
	const struct {
		enum signal_scope scope;
		struct str id;
	} places[] = {
		{ SIGNAL_OF_NUMBER, g->number->id },
		{ SIGNAL_OF_TEMPLATE, template_id(g) },
		{ SIGNAL_OF_APP, g->app->id },
		{ SIGNAL_OF_CAMPAIGN, g->campaign },
	};
	int r = 0;

	if (g->facts->tpl.known && !places[1].id.p)
		return err_set(err, E_NOMEM, "Memory ran out while reading facts.");
	for (size_t i = 0; r >= 0 && i < ARRAY_LEN(places); i++) {
		struct resume rate;
		if (!places[i].id.p)
			continue;
		r = resume_find(g->conn, pack_breaker(g->pack), places[i].scope, places[i].id,
		    g->now, &rate, err);
		if (r > 0)
			add_rate(g, &rate);
	}
	return r < 0 ? r : 0;
}

/* Of number, account, template and app the directory has told already. */
static int load_pauses(struct gather *g, struct err *err)
{
	size_t len;
	const struct facts_pause *paused = directory_campaign_pauses(
	    g->directory, g->campaign, &len);

	directory_add_pauses(&g->facts->waba, paused, len, g->arena);
	if (g->ready || !directory_is_resuming(g->directory) ||
	    facts_purpose(g->facts, g->message, g->now) != PURPOSE_MARKETING)
		return 0;
	return load_rates(g, err);
}

int gather_facts(struct gather *g, struct err *err)
{
	int r = 0;

	facts_init(g->facts);
	directory_fill_facts(
	    g->directory, g->app, g->number, g->number_id, g->message, g->arena, g->facts);
	g->facts->app.any_number |= g->any_number;
	*g->person = (struct person){ 0 };
	g->forgotten = g->waits = false;
	g->rates_len = 0;
	g->facts->has_key = g->has_key;
	g->facts->clock_suspect = g->clock_suspect;
	g->text = 0;
	if (g->app)
		r = load_person(g, err);
	if (r == 0 && g->app && g->number)
		r = load_number(g, err);
	if (r == 0 && g->app && g->number)
		r = load_pauses(g, err);
	if (r == 0 && g->app && g->number)
		count_text(g);
	if (r == 0 && g->number && g->person->id)
		recent_fill_facts(
		    g->recent, g->key, &g->message->digest, g->now, g->twin, &g->facts->person);
	return r;
}

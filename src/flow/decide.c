/* Load the facts as they stand inside the transaction, and ask policy. Everything that is read here
 * is read where writes are serialised: no other send can spend the same place of a limit between
 * this and the record. */
#include "flow/flow.h"

#include "base/check.h"
#include "domain/recipient.h"
#include "domain/rules.h"
#include "flow/own_send.h"
#include "domain/suppression.h"
#include "transport/webhook.h"

#define RULE_APP_UNKNOWN 101

/* The newest directory, which this transaction may have changed: what the loop saw may be a commit
 * old. */
static int rebind(struct flow *f, struct store_conn *c, struct err *err)
{
	const struct directory *now;
	int r = core_directory_now(f->lane->core, c, &now, err);

	if (r < 0)
		return r;
	if (now == f->directory)
		return 0;
	struct str app_id = f->app ? arena_str(f->arena, f->app->id) : STR_NONE;
	directory_unref(&f->directory);
	f->directory = directory_ref((struct directory *)now);
	f->app = app_id.p ? own_send_app(f->directory, app_id) : NULL;
	f->number = directory_number(f->directory, f->number_id);
	return 0;
}

/* A typing indicator names only the message that it answers. */
static int find_writer(struct flow *f, struct store_conn *c, struct recipient *ret, struct err *err)
{
	uint8_t key[32];
	uint64_t writer;
	struct event e = {
		.kind = EVENT_MESSAGE, .field = STR("messages"), .id = f->message.message_id
	};

	event_key(&e, key);
	int r = seen_person(f->lane->core->facts, c, key, &writer, err);
	if (r > 0)
		r = recipient_by_id(c, writer, f->number_id, f->arena, ret, err);
	if (r == 0)
		f->facts.person.inbound_unknown = true;
	return r;
}

static int find_recipient(
    struct flow *f, struct store_conn *c, struct recipient *ret, struct err *err)
{
	const struct message *m = &f->message;

	if (m->kind == MESSAGE_TYPING)
		return find_writer(f, c, ret, err);
	return recipient_find(c, m->phone, m->bsuid, f->number_id, f->arena, ret, err);
}

static int load_marks(struct flow *f, struct store_conn *c, struct err *err)
{
	const struct pack_limits *l = pack_limits(f->lane->core->pack);
	struct facts_person *p = &f->facts.person;
	time_ms last_inbound;
	int r = contact_last_inbound(c, f->person.id, &last_inbound, err);

	if (r < 0)
		return r;
	return person_marks(c, f->person.id, f->number->waba->id,
	    f->now - l->undeliverable.window_ms, last_inbound, f->now, &p->hard_failures,
	    &p->cooldown_until, err);
}

static bool granted_since(const struct facts_person *p, time_ms since)
{
	for (size_t i = 0; i < p->consents_len; i++) {
		if (p->consents[i].act == CONSENT_GRANT && p->consents[i].at > since)
			return true;
	}
	return false;
}

/* Only a warming number asks whether a person is engaged. */
static int load_engaged(struct flow *f, struct store_conn *c, struct err *err)
{
	const struct pack_warmup *w = pack_warmup(f->lane->core->pack);
	time_ms last_inbound;
	int r = contact_last_inbound(c, f->person.id, &last_inbound, err);

	if (r < 0)
		return r;
	f->facts.person.engaged_given = true;
	f->facts.person.engaged = (last_inbound != TIME_NONE &&
				      last_inbound > f->now - w->engaged_inbound_ms) ||
	    granted_since(&f->facts.person, f->now - w->engaged_grant_ms);
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

static int load_history(struct flow *f, struct store_conn *c, struct err *err)
{
	const struct pack_limits *l = pack_limits(f->lane->core->pack);
	struct facts_person *p = &f->facts.person;
	time_ms since = f->now - longest_frequency(l);
	int r = 0;

	if (facts_purpose(&f->facts, &f->message, f->now) == PURPOSE_MARKETING)
		r = marketing_sent_list(c, f->person.id, since, f->arena, &p->marketing_sent,
		    &p->marketing_sent_len, err);
	if (r == 0 && f->person.flags & PERSON_HAS_MARKS)
		r = load_marks(f, c, err);
	/* Only consent that is about to lapse asks when something was last delivered. */
	if (r == 0 && p->consents_len && !granted_since(p, f->now - l->consent.unused_warn_ms))
		r = delivered_fill(c, f->person.id, p, err);
	return r;
}

static void fill_person(struct flow *f, const struct recipient *who)
{
	struct facts_person *p = &f->facts.person;

	f->person = who->person;
	p->phone = f->person.phone;
	p->timezone = f->person.timezone;
	p->suppressed = f->person.flags & PERSON_SUPPRESSED;
	p->meta_stop = f->person.flags & PERSON_META_STOP;
	p->consents = who->consents;
	p->consents_len = who->consents_len;
	p->last_inbound_at = who->contact.last_inbound_at;
	p->last_call_at = who->contact.last_call_at;
}

/* Nobody is known under these keys; whoever was and is forgotten must not be written to. 0, so that
 * the caller goes on as for nobody. */
static int load_suppressed(struct flow *f, struct store_conn *c, struct err *err)
{
	int r = suppression_has(c, f->message.phone, f->message.bsuid, err);

	f->forgotten = f->facts.person.suppressed = r > 0;
	return r < 0 ? r : 0;
}

static int load_person(struct flow *f, struct store_conn *c, struct err *err)
{
	struct facts_person *p = &f->facts.person;
	struct recipient who;
	int r = find_recipient(f, c, &who, err);

	f->person.phone = p->phone = f->message.phone;
	p->bsuid = f->message.bsuid;
	if (r == 0)
		r = load_suppressed(f, c, err);
	if (r <= 0)
		return r;
	fill_person(f, &who);
	if (!f->number)
		return 0;
	struct recent_send send = flow_recent(f);
	recent_fill_facts(f->lane->core->recent, &send, f->now, &f->twin, p);
	return load_history(f, c, err);
}

static int load_number(struct flow *f, struct store_conn *c, struct err *err)
{
	struct core *core = f->lane->core;
	int r = budget_fill_facts(
	    core->budget, c, f->number, f->person.id, core->pack, f->now, &f->facts, err);

	if (r == 0 && f->facts.number.warmup.active && f->person.id)
		r = load_engaged(f, c, err);
	return r;
}

/* A stranger is told only that: what else would fail is nobody's business but the app's. */
static void keep_only_app_unknown(struct decision *d)
{
	ASSERT(d->findings_len > 0 && d->findings[0].rule->number == RULE_APP_UNKNOWN);
	d->findings_len = 1;
	d->leading = &d->findings[0];
	d->verdict = VERDICT_REFUSE;
	d->binding = true;
}

int flow_decide(struct flow *f, struct store_conn *c, struct err *err)
{
	struct core *core = f->lane->core;
	int r = rebind(f, c, err);

	if (r < 0)
		return r;
	f->now = clock_now();
	f->stops = atomic_load(&core->stops);
	facts_init(&f->facts);
	directory_fill_facts(
	    f->directory, f->app, f->number, f->number_id, &f->message, f->arena, &f->facts);
	f->facts.app.any_number |= own_send_is(f->app); /* those that will be added, too */
	f->person = (struct person){ 0 };
	f->forgotten = false;
	f->facts.has_key = f->key.p != NULL;
	f->facts.clock_suspect = skew_is_suspect(core->skew);
	if (f->app)
		r = load_person(f, c, err);
	if (r == 0 && f->app && f->number)
		r = load_number(f, c, err);
	if (r < 0)
		return r;
	if (policy_decide(&f->facts, &f->message, core->pack, f->now, f->arena, &f->decision) < 0)
		return err_set(err, E_NOMEM, "Memory ran out while deciding.");
	if (!f->app)
		keep_only_app_unknown(&f->decision);
	return 0;
}

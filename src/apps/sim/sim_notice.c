/* The values of the webhooks that announce what sim_alive did. A simulator without anybody to tell writes none. */
#include "apps/sim/sim_alive.h"

#include <stdio.h>
#include <time.h>

#include "base/check.h"
#include "apps/sim/sim_events.h"
#include "apps/sim/sim_private.h"

#define PROFILE "Ana Esempio"
#define NUMBERS_BASIC 2
#define NUMBERS_MORE 20

/* The value begins; false when nobody listens. */
static bool begin(struct sim *s, struct json_writer *w)
{
	if (!s->hooks)
		return false;
	sim_event_begin(s, w);
	jw_object(w);
	return true;
}

static void post(struct sim *s, struct json_writer *w, const struct sim_waba *a, const char *field)
{
	jw_object_end(w);
	(void)sim_post_waba(s, a, field, sim_event_text(s), 0);
}

/* --- account_update ------------------------------------------------------------------------------ */

static void write_restriction(struct json_writer *w, const char *type, time_ms until)
{
	jw_object(w);
	jw_member_c(w, "restriction_type", type);
	if (until != TIME_NONE)
		jw_member_int(w, "expiration", until / MS_PER_S);
	jw_object_end(w);
}

static void write_restrictions(struct json_writer *w, const struct sim_ladder *l)
{
	jw_key(w, "restriction_info");
	jw_array(w);
	write_restriction(w, "RESTRICTED_BIZ_INITIATED_MESSAGING", l->until);
	if (l->standing >= SIM_NO_MESSAGES)
		write_restriction(w, "RESTRICTED_CUSTOMER_INITIATED_MESSAGING", l->until);
	write_restriction(w, "RESTRICTED_ADD_PHONE_NUMBER_ACTION", l->until);
	jw_array_end(w);
}

static void write_ban(struct json_writer *w, const char *state, time_ms at)
{
	time_t seconds = (time_t)(at / MS_PER_S);
	char date[40];
	struct tm tm;

	(void)gmtime_r(&seconds, &tm);
	(void)strftime(date, sizeof(date), "%B %-d, %Y", &tm);
	jw_key(w, "ban_info");
	jw_object(w);
	jw_member_c(w, "waba_ban_state", state);
	jw_member_c(w, "waba_ban_date", date);
	jw_object_end(w);
}

/* Spam has no code of its own in the public list: the violation comes without a type, as the page allows. */
static const char *event_of(enum sim_measure m)
{
	switch (m) {
	case SIM_MEASURE_WARN:
		return "ACCOUNT_VIOLATION";
	case SIM_MEASURE_RESTRICT:
		return "ACCOUNT_RESTRICTION";
	case SIM_MEASURE_SCHEDULE:
	case SIM_MEASURE_DISABLE:
	case SIM_MEASURE_REINSTATE:
		return "DISABLED_UPDATE";
	case SIM_MEASURE_NONE:
	case SIM_MEASURE_LOCK:
	case SIM_MEASURE_END:
	case SIM_MEASURE_REFUSED:
		break;
	}
	return NULL;
}

void sim_notice_measure(struct sim *s, const struct sim_waba *a, enum sim_measure m, time_ms at)
{
	const struct sim_ladder *l = &a->meta.ladder;
	const char *event = event_of(m);
	struct json_writer w;

	if (!event || !begin(s, &w))
		return;
	jw_member_c(&w, "event", event);
	if (m == SIM_MEASURE_RESTRICT)
		write_restrictions(&w, l);
	else if (m == SIM_MEASURE_SCHEDULE)
		write_ban(&w, "SCHEDULE_FOR_DISABLE", l->disable_at);
	else if (m == SIM_MEASURE_DISABLE)
		write_ban(&w, "DISABLE", at);
	else if (m == SIM_MEASURE_REINSTATE)
		write_ban(&w, "REINSTATE", at);
	post(s, &w, a, "account_update");
}

void sim_notice_direct(struct sim *s, const struct sim_waba *a, bool ended)
{
	const struct sim_direct *d = &a->meta.direct;
	struct json_writer w;

	if (!begin(s, &w))
		return;
	jw_member_c(&w, "event", "ACCOUNT_RESTRICTION");
	jw_key(&w, "violation_info");
	jw_object(&w);
	jw_member_c(&w, "violation_type", sim_direct_violation(d, ended));
	jw_object_end(&w);
	if (d->in_force) {
		jw_key(&w, "restriction_info");
		jw_array(&w);
		write_restriction(&w, "RESTRICTED_DIRECT_SEND_UTILITY_TEMPLATES", d->until);
		jw_array_end(&w);
	}
	post(s, &w, a, "account_update");
}

/* --- portfolio ----------------------------------------------------------------------------------- */

/* Told once for every account of the portfolio. */
void sim_notice_level(struct sim *s, const struct sim_portfolio *p)
{
	struct json_writer w;

	LIST_EACH(node, sim_world_wabas(s->world))
	{
		const struct sim_waba *a = LIST_OF(node, struct sim_waba, node);
		if (a->portfolio != p || !begin(s, &w))
			continue;
		jw_member_c(
		    &w, "max_daily_conversations_per_business", sim_level_name(p->meta.level));
		jw_member_int(&w, "max_phone_numbers_per_business",
		    p->meta.level > 0 ? NUMBERS_MORE : NUMBERS_BASIC);
		post(s, &w, a, "business_capability_update");
	}
}

void sim_notice_denied(struct sim *s, const struct sim_portfolio *p)
{
	struct json_writer w;

	LIST_EACH(node, sim_world_wabas(s->world))
	{
		const struct sim_waba *a = LIST_OF(node, struct sim_waba, node);
		if (a->portfolio != p || !begin(s, &w))
			continue;
		jw_member_c(&w, "entity_type", "BUSINESS");
		jw_member_c(&w, "entity_id", p->id);
		jw_key(&w, "alert_info");
		jw_object(&w);
		jw_member_c(&w, "alert_severity", "WARNING");
		jw_member_c(&w, "alert_status", "ACTIVE");
		jw_member_c(&w, "alert_type", "INCREASED_CAPABILITIES_ELIGIBILITY_FAILED");
		jw_member_c(&w, "alert_description", "Simulated.");
		jw_object_end(&w);
		post(s, &w, a, "account_alerts");
	}
}

void sim_notice_throughput(struct sim *s, const struct sim_number *n)
{
	struct json_writer w;

	if (!begin(s, &w))
		return;
	jw_member_c(&w, "display_phone_number", n->display_digits);
	jw_member_c(&w, "event", "THROUGHPUT_UPGRADE");
	jw_member_c(&w, "current_limit", "TIER_UNLIMITED");
	jw_member_c(&w, "max_daily_conversations_per_business", "TIER_UNLIMITED");
	post(s, &w, n->waba, "phone_number_quality_update");
}

/* --- templates ----------------------------------------------------------------------------------- */

void sim_notice_quality(struct sim *s, struct sim_template *t, const char *previous)
{
	struct json_writer w;

	if (!s->hooks)
		return;
	sim_event_begin(s, &w);
	sim_event_template_quality(&w, t, previous);
	(void)sim_post_waba(s, t->waba, "message_template_quality_update", sim_event_text(s), 0);
}

void sim_notice_category(
    struct sim *s, const struct sim_template *t, const char *previous, time_ms change_at)
{
	struct json_writer w;

	if (!s->hooks)
		return;
	sim_event_begin(s, &w);
	sim_event_template_category(&w, t, previous, change_at);
	(void)sim_post_waba(s, t->waba, "template_category_update", sim_event_text(s), 0);
}

void sim_notice_detection(struct sim *s, const struct sim_template *t)
{
	struct json_writer w;

	if (!s->hooks)
		return;
	sim_event_begin(s, &w);
	sim_event_template_detection(&w, t);
	(void)sim_post_waba(
	    s, t->waba, "template_correct_category_detection", sim_event_text(s), 0);
}

/* --- people -------------------------------------------------------------------------------------- */

static const struct sim_person *begin_person(
    struct sim *s, struct json_writer *w, const struct sim_message *m)
{
	const struct sim_person *p = sim_world_person_at(s->world, m->person);

	if (!begin(s, w))
		return NULL;
	sim_event_head(w, m->number);
	sim_event_contacts(w, m->number, p, STR(PROFILE));
	return p;
}

static void post_person(
    struct sim *s, struct json_writer *w, const struct sim_message *m, const char *field)
{
	jw_array_end(w);
	jw_object_end(w);
	(void)sim_post_number(s, m->number, field, sim_event_text(s), 0, 0);
}

void sim_notice_text(struct sim *s, const struct sim_message *m, const char *text, time_ms at)
{
	char bsuid[SIM_BSUID_MAX], wamid[SIM_WAMID_MAX];
	struct json_writer w;
	const struct sim_person *p = begin_person(s, &w, m);

	if (!p)
		return;
	sim_wamid_format(s->seed, SIM_IN, ++s->inbound, wamid);
	sim_person_bsuid(p, str_c(m->number->waba->portfolio->id), bsuid);
	jw_key(&w, "messages");
	jw_array(&w);
	jw_object(&w);
	if (p->phone[0] && !p->hides_phone)
		jw_member_c(&w, "from", p->phone);
	jw_member_c(&w, "from_user_id", bsuid);
	jw_member_c(&w, "id", wamid);
	sim_event_seconds(&w, "timestamp", at);
	jw_member_c(&w, "type", "text");
	jw_key(&w, "text");
	jw_object(&w);
	jw_member_c(&w, "body", text);
	jw_object_end(&w);
	jw_object_end(&w);
	post_person(s, &w, m, "messages");
}

void sim_notice_stop(struct sim *s, const struct sim_message *m, time_ms at)
{
	char bsuid[SIM_BSUID_MAX];
	struct json_writer w;
	const struct sim_person *p = begin_person(s, &w, m);

	if (!p)
		return;
	sim_person_bsuid(p, str_c(m->number->waba->portfolio->id), bsuid);
	jw_key(&w, "user_preferences");
	jw_array(&w);
	jw_object(&w);
	if (p->phone[0] && !p->hides_phone)
		jw_member_c(&w, "wa_id", p->phone);
	jw_member_c(&w, "user_id", bsuid);
	jw_member_c(&w, "detail", "Marketing preference changed");
	jw_member_c(&w, "category", "marketing_messages");
	jw_member_c(&w, "value", "stop");
	jw_member_int(&w, "timestamp", at / MS_PER_S);
	jw_object_end(&w);
	post_person(s, &w, m, "user_preferences");
}

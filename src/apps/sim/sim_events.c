#include "apps/sim/sim_events.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "apps/sim/sim_random.h"

void sim_event_head(struct json_writer *w, const struct sim_number *n)
{
	jw_member_c(w, "messaging_product", "whatsapp");
	jw_key(w, "metadata");
	jw_object(w);
	jw_member_c(w, "display_phone_number", n->display_digits);
	jw_member_c(w, "phone_number_id", n->id);
	jw_object_end(w);
}

void sim_event_seconds(struct json_writer *w, const char *key, time_ms at)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%lld", (long long)(at / MS_PER_S));
	jw_member_c(w, key, text);
}

void sim_event_contacts(
    struct json_writer *w, const struct sim_number *n, const struct sim_person *p, struct str name)
{
	char bsuid[SIM_BSUID_MAX];

	sim_person_bsuid(p, str_c(n->waba->portfolio->id), bsuid);
	jw_key(w, "contacts");
	jw_array(w);
	jw_object(w);
	if (name.len) {
		jw_key(w, "profile");
		jw_object(w);
		jw_member_str(w, "name", name);
		jw_object_end(w);
	}
	if (p->phone[0] && !p->hides_phone)
		jw_member_c(w, "wa_id", p->phone);
	jw_member_c(w, "user_id", bsuid);
	jw_object_end(w);
	jw_array_end(w);
}

/* --- statuses ------------------------------------------------------------------------------------ */

static bool is_billed(const struct sim_message *m)
{
	if (m->entry_until != TIME_NONE)
		return false;
	if (!m->in_window || m->accepted_at >= FIG_SERVICE_BILLED_FROM)
		return true;
	return m->category != SIM_SERVICE && m->category != SIM_UTILITY;
}

static void write_entry_conversation(struct json_writer *w, const struct sim_message *m)
{
	char id[40];

	(void)snprintf(
	    id, sizeof(id), "%016" PRIx64 "%016" PRIx64, sim_mix(m->n), sim_mix(m->person + 1ULL));
	jw_key(w, "conversation");
	jw_object(w);
	jw_member_c(w, "id", id);
	sim_event_seconds(w, "expiration_timestamp", m->entry_until);
	jw_key(w, "origin");
	jw_object(w);
	jw_member_c(w, "type", "referral_conversion");
	jw_object_end(w);
	jw_object_end(w);
}

static void write_pricing(struct json_writer *w, const struct sim_message *m)
{
	bool billed = is_billed(m), entry = m->entry_until != TIME_NONE;
	const char *type = billed ? "regular"
	    : entry               ? "free_entry_point"
				  : "free_customer_service";
	char category[48];

	(void)snprintf(category, sizeof(category), "%s%s", m->group ? "group_" : "",
	    entry ? "referral_conversion" : sim_category_name(m->category));
	if (entry)
		write_entry_conversation(w, m);
	jw_key(w, "pricing");
	jw_object(w);
	jw_member_bool(w, "billable", billed);
	jw_member_c(w, "pricing_model", "PMP");
	jw_member_c(w, "type", type);
	jw_member_c(w, "category", category);
	jw_object_end(w);
}

static void write_recipient(struct json_writer *w, const struct sim_status_event *e)
{
	char bsuid[SIM_BSUID_MAX];

	if (e->message && e->message->group) {
		jw_member_c(w, "recipient_id", e->message->group);
		jw_member_c(w, "recipient_type", "group");
	}
	if (!e->person)
		return;
	if (e->person->phone[0] && !e->person->hides_phone)
		jw_member_c(w, "recipient_id", e->person->phone);
	sim_person_bsuid(e->person, str_c(e->number->waba->portfolio->id), bsuid);
	jw_member_c(w, "recipient_user_id", bsuid);
}

static void write_status(struct json_writer *w, const struct sim_status_event *e)
{
	const struct sim_message *m = e->message;

	jw_object(w);
	jw_member_str(w, "id", e->wamid);
	jw_member_c(w, "status", sim_status_name(e->status));
	sim_event_seconds(w, "timestamp", e->at);
	write_recipient(w, e);
	if (m && (e->status == SIM_SENT || e->status == SIM_DELIVERED || e->status == SIM_READ))
		write_pricing(w, m);
	if (m && m->callback_data)
		jw_member_c(w, "biz_opaque_callback_data", m->callback_data);
	if (m && m->template_id[0])
		jw_member_c(w, "template_id", m->template_id);
	if (e->status == SIM_FAILED) {
		jw_key(w, "errors");
		jw_array(w);
		sim_error_print_webhook(w, e->code);
		jw_array_end(w);
	}
	jw_object_end(w);
}

void sim_event_status(struct json_writer *w, const struct sim_status_event *e)
{
	jw_object(w);
	sim_event_head(w, e->number);
	if (e->person && e->status != SIM_FAILED)
		sim_event_contacts(w, e->number, e->person, STR_NONE);
	jw_key(w, "statuses");
	jw_array(w);
	write_status(w, e);
	jw_array_end(w);
	jw_object_end(w);
}

/* --- templates ----------------------------------------------------------------------------------- */

/* Object ids are numbers in these values, unlike elsewhere. */
static void write_template(struct json_writer *w, const struct sim_template *t)
{
	uint64_t id = 0;

	if (str_to_u64(str_c(t->id), &id) == 0)
		jw_member_int(w, "message_template_id", (int64_t)id);
	jw_member_c(w, "message_template_name", t->name);
	jw_member_c(w, "message_template_language", t->language);
}

void sim_event_template_status(
    struct json_writer *w, const struct sim_template *t, const char *event, const char *title)
{
	jw_object(w);
	jw_member_c(w, "event", event);
	write_template(w, t);
	jw_member_c(w, "reason", t->rejected_reason);
	jw_member_c(w, "message_template_category", t->category);
	if (title) {
		jw_key(w, "other_info");
		jw_object(w);
		jw_member_c(w, "title", title);
		jw_member_c(w, "description", "Simulated.");
		jw_object_end(w);
	}
	jw_object_end(w);
}

void sim_event_template_quality(
    struct json_writer *w, const struct sim_template *t, const char *previous)
{
	jw_object(w);
	jw_member_c(w, "previous_quality_score", previous);
	jw_member_c(w, "new_quality_score", t->quality);
	write_template(w, t);
	jw_object_end(w);
}

void sim_event_template_category(
    struct json_writer *w, const struct sim_template *t, const char *previous, time_ms change_at)
{
	jw_object(w);
	write_template(w, t);
	if (previous)
		jw_member_c(w, "previous_category", previous);
	else
		jw_member_c(w, "correct_category", t->correct_category);
	jw_member_c(w, "new_category", t->category);
	if (!previous)
		jw_member_int(w, "category_update_timestamp", change_at / MS_PER_S);
	jw_object_end(w);
}

void sim_event_template_detection(struct json_writer *w, const struct sim_template *t)
{
	jw_object(w);
	write_template(w, t);
	jw_member_c(w, "category", t->category);
	jw_member_c(w, "correct_category", t->correct_category);
	jw_object_end(w);
}

/* apps/sim/sim_events.h: the values of webhooks, as the platform writes them.
 *
 * Each writes one JSON value: what stands under "value" of a change. Who it is posted to, and when, is
 * sim_hooks' business. */
#ifndef APPS_SIM_SIM_EVENTS_H
#define APPS_SIM_SIM_EVENTS_H

#include "base/json.h"
#include "apps/sim/sim_messages.h"
#include "apps/sim/sim_templates.h"

/* "messaging_product" and "metadata": how every value of a number begins. The object is open before and after. */
void sim_event_head(struct json_writer *w, const struct sim_number *n);

/* The person as [{"profile":…,"wa_id":…,"user_id":…}]; name "" leaves the profile out. */
void sim_event_contacts(
    struct json_writer *w, const struct sim_number *n, const struct sim_person *p, struct str name);

/* A time in whole seconds, written as a string. */
void sim_event_seconds(struct json_writer *w, const char *key, time_ms at);

struct sim_status_event {
	const struct sim_number *number;
	const struct sim_person *person;   /* NULL when the message went to a group */
	const struct sim_message *message; /* NULL when the simulator does not know it */
	struct str wamid;
	enum sim_status status;
	time_ms at;
	int code; /* of SIM_FAILED */
};
void sim_event_status(struct json_writer *w, const struct sim_status_event *e);

/* message_template_status_update; `title` is other_info.title, NULL = none. */
void sim_event_template_status(
    struct json_writer *w, const struct sim_template *t, const char *event, const char *title);
void sim_event_template_quality(
    struct json_writer *w, const struct sim_template *t, const char *previous);
/* template_category_update: the change is done (`previous` given), or announced for `change_at` (previous NULL). */
void sim_event_template_category(
    struct json_writer *w, const struct sim_template *t, const char *previous, time_ms change_at);
/* template_correct_category_detection */
void sim_event_template_detection(struct json_writer *w, const struct sim_template *t);

#endif

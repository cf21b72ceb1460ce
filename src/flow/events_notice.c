/* Fields of the webhook that change no send, or few: each is told to people or followed up, and all
 * are kept raw. A field that is not here is only kept. */
#include "flow/events.h"

#include "base/check.h"
#include "flow/told.h"

/* The account's, or the portfolio's where Meta names that. */
static int tell_entry(struct event_work *w, const char *kind, struct str word)
{
	bool ours = directory_waba(w->directory, w->event->entry_id) != NULL;

	if (!ours && !directory_portfolio(w->directory, w->event->entry_id))
		return 0;
	return told_alarm(w->core, w->c, kind, ours ? "waba" : "portfolio", w->event->entry_id,
	    word, STR_NONE, w->err);
}

static int account_alert(struct event_work *w)
{
	const struct json *info = json_get(w->event->value, "alert_info");
	struct str severity = json_str(json_get(info, "alert_severity"));

	if (str_eq_nocase(severity, STR("INFORMATIONAL")) ||
	    str_eq_nocase(json_str(json_get(info, "alert_status")), STR("NONE")))
		return 0;
	return tell_entry(w, "account.alert", json_str(json_get(info, "alert_type")));
}

static int security(struct event_work *w)
{
	return tell_entry(w, "number.security", json_str(json_get(w->event->value, "event")));
}

static int business_status(struct event_work *w)
{
	return tell_entry(w, "portfolio.notice", json_str(json_get(w->event->value, "event")));
}

static bool flow_is_stopped(struct str status)
{
	return str_eq_nocase(status, STR("BLOCKED")) || str_eq_nocase(status, STR("THROTTLED"));
}

static int flow_status(struct event_work *w)
{
	struct str status = json_str(json_get(w->event->value, "new_status"));

	if (flow_is_stopped(status))
		return tell_entry(w, "flow.stopped", status);
	if (flow_is_stopped(json_str(json_get(w->event->value, "old_status"))))
		return tell_entry(w, "flow.fine", status);
	return 0;
}

static int group_status(struct event_work *w)
{
	const struct json *group = json_at(json_get(w->event->value, "groups"), 0);
	struct str type = json_str(json_get(group, "type"));

	struct str id = json_str(json_get(group, "group_id"));

	if (str_eq(type, STR("group_suspend")))
		return tell_entry(w, "group.suspended", id);
	if (str_eq(type, STR("group_suspend_cleared")))
		return tell_entry(w, "group.fine", id);
	return 0;
}

/* Its new words are not all in the event: the whole definition is read again soon. */
static int template_edited(struct event_work *w)
{
	atomic_fetch_add(&w->core->templates_wanted, 1);
	return 0;
}

static const struct {
	const char *field;
	int (*handle)(struct event_work *w);
} fields[] = {
	{ "account_alerts", account_alert },
	{ "account_review_update", event_account_review },
	{ "business_status_update", business_status },
	{ "flows", flow_status },
	{ "group_status_update", group_status },
	{ "message_template_components_update", template_edited },
	{ "phone_number_name_update", event_number_name },
	{ "security", security },
	{ "standby", event_standby },
};

int event_notice(struct event_work *w)
{
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		if (str_eq_c(w->event->field, fields[i].field))
			return fields[i].handle(w);
	}
	return 0;
}

#include "flow/events.h"

#include "base/check.h"
#include "base/log.h"
#include "flow/forward.h"
#include "flow/incidents.h"

static int (*const handlers[])(struct event_work *w) = {
	[EVENT_MESSAGE] = event_message,
	[EVENT_STATUS] = event_status,
	[EVENT_CALL] = event_call,
	[EVENT_PREFERENCE] = event_preference,
	[EVENT_USER_ID] = event_user_id,
	[EVENT_ACCOUNT] = event_account,
	[EVENT_TEMPLATE_STATUS] = event_template_status,
	[EVENT_TEMPLATE_CATEGORY] = event_template_category,
	[EVENT_TEMPLATE_QUALITY] = event_template_quality,
	[EVENT_CAPABILITY] = event_capability,
	[EVENT_NUMBER_QUALITY] = event_number_quality,
	[EVENT_ECHO] = event_echo,
	[EVENT_OTHER] = event_notice, /* and kept raw, as everything is */
};

time_ms event_time(const struct event_work *w)
{
	time_ms at = w->event->at;

	return at == TIME_NONE || at > w->now ? w->now : at;
}

bool event_may_touch(const struct event_work *w, const struct dir_number *n)
{
	return !n || str_eq(n->waba->id, w->event->entry_id) ||
	    str_eq(n->waba->portfolio->id, w->event->entry_id);
}

/* What a fact may be to blame for: it must not be posted again for a week. Anything else is trouble
 * of our own, and so is whatever undid the transaction. */
static const enum err_code of_the_fact[] = {
	E_INVALID,
	E_RANGE,
	E_TOO_LARGE,
	E_NOT_FOUND,
	E_CONFLICT,
	E_DENIED,
	E_UNSUPPORTED,
};

static bool is_ours(const struct event_work *w, int r)
{
	for (size_t i = 0; i < ARRAY_LEN(of_the_fact); i++) {
		if (r == -(int)of_the_fact[i])
			return store_tx_failed(w->c);
	}
	return true;
}

int events_apply(struct event_work *w)
{
	const struct event *e = w->event;
	int r = 0;

	skew_fact(w->core->skew, e->at, clock_mono());
	silence_heard(w->core->silence, e->number);
	ASSERT(e->kind < ARRAY_LEN(handlers));
	if (!event_may_touch(w, directory_number(w->directory, e->number))) {
		log_warn("a webhook fact tells of another account's number", NULL);
		return 0;
	}
	if (handlers[e->kind])
		r = handlers[e->kind](w);
	if (r >= 0)
		r = incidents_event(w);
	if (r < 0 && is_ours(w, r))
		return r;
	if (r < 0)
		log_warn("a webhook fact changed nothing", "error=%s", err_name(r));
	return forward_event(w);
}

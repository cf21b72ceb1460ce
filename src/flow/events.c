#include "flow/events.h"

#include "base/check.h"
#include "base/log.h"
#include "flow/forward.h"

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
	[EVENT_OTHER] = NULL, /* kept raw */
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

/* Only trouble of our own stops the post; a fact that we cannot use must not be posted again for a
 * week. */
static bool is_ours(int r)
{
	return r == -E_STORE || r == -E_NOMEM || r == -E_BUSY || r == -E_IO;
}

int events_apply(struct core *core, struct store_conn *c, const struct event *e,
    const uint8_t key[32], time_ms now, struct arena *a, struct events_tally *tally,
    struct err *err)
{
	struct event_work w = {
		.core = core,
		.c = c,
		.event = e,
		.key = key,
		.now = now,
		.arena = a,
		.tally = tally,
		.err = err,
	};
	int r = core_directory_now(core, c, &w.directory, err);

	skew_fact(core->skew, e->at, clock_mono());
	ASSERT(e->kind < ARRAY_LEN(handlers));
	if (r == 0 && !event_may_touch(&w, directory_number(w.directory, e->number))) {
		log_warn("a webhook fact tells of another account's number", NULL);
		return 0;
	}
	if (r == 0 && handlers[e->kind])
		r = handlers[e->kind](&w);
	if (r < 0 && is_ours(r))
		return r;
	if (r < 0)
		log_warn("a webhook fact changed nothing", "error=%s", err_name(r));
	return forward_event(&w);
}

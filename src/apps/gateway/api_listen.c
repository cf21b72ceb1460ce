/* What an app would be told by webhook, for a developer without a public address (flow/listeners.h). */
#include "apps/gateway/api.h"

#include "base/check.h"
#include "domain/integration.h"
#include "flow/listeners.h"

static int find_app(struct api_call *c, struct str *ret, struct err *err)
{
	struct integration_entry e = { .id = STR_NONE };
	int r = integration_find(c->gate->lane->reader, api_text(c, "id"), c->arena, &e, err);

	if (r < 0)
		return r;
	if (r == 0 || !directory_app(lane_directory(c->gate->lane), e.id))
		return api_err(
		    c, err, E_NOT_FOUND, "id", N_("There is no such integration with a key."));
	*ret = e.id;
	return 0;
}

static void write_page(struct api_call *c, struct str app, const struct listeners_page *page)
{
	struct json_writer *w = &c->w;

	jw_object(w);
	jw_member_str(w, "app", app);
	jw_key(w, "events");
	jw_array(w);
	for (size_t i = 0; i < page->len; i++)
		jw_raw(w, page->entries[i]);
	jw_array_end(w);
	jw_member_int(w, "last", (int64_t)page->next);
	jw_member_int(w, "lost", (int64_t)page->lost);
	jw_object_end(w);
}

static int listen_for(struct api_call *c, struct err *err)
{
	const struct api_value *after = api_value(c, "after");
	struct listeners_page page = { .len = 0 };
	struct str app = STR_NONE;
	int r = find_app(c, &app, err);

	if (r == 0 && after->given && after->number < 0)
		return api_err(c, err, E_RANGE, "after", N_("\"after\" must not be negative."));
	if (r < 0)
		return r;
	r = listeners_ask(c->gate->lane->core->listeners, app,
	    after->given ? (uint64_t)after->number : 0, clock_now(), c->arena, &page);
	if (r == -E_BUSY)
		return api_err(c, err, E_BUSY, "id",
		    N_("Too many apps are being listened to; try again in half a minute."));
	if (r < 0)
		return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
	write_page(c, app, &page);
	return 0;
}

const struct api_handler api_listen_handlers[] = {
	{ "listenIntegration", NULL, NULL, listen_for, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};

#include "apps/sim/sim_api.h"

#include <string.h>

#include "base/check.h"

/* `edge` is the second segment; NULL where the path is a bare id. `flat`: a provider has it without an id, too. */
static const struct route {
	enum http_method method;
	const char *edge;
	void (*handle)(struct sim_call *c);
	bool flat;
} routes[] = {
	{ HTTP_M_POST, "messages", sim_api_messages, true },
	{ HTTP_M_POST, "marketing_messages", sim_api_marketing_messages, true },
	{ HTTP_M_POST, "media", sim_api_media_upload, true },
	{ HTTP_M_GET, NULL, sim_api_node_get, false },
	{ HTTP_M_POST, NULL, sim_api_node_post, false },
	{ HTTP_M_DELETE, NULL, sim_api_node_delete, false },
	{ HTTP_M_GET, "message_templates", sim_api_template_list, false },
	{ HTTP_M_POST, "message_templates", sim_api_template_create, false },
	{ HTTP_M_DELETE, "message_templates", sim_api_template_delete, false },
	{ HTTP_M_POST, "unpause", sim_api_template_unpause, false },
	{ HTTP_M_POST, "message_samples", sim_api_message_sample, false },
	{ HTTP_M_GET, "phone_numbers", sim_api_waba_numbers, false },
	{ HTTP_M_GET, "subscribed_apps", sim_api_subscribed_get, false },
	{ HTTP_M_POST, "subscribed_apps", sim_api_subscribed_set, false },
	{ HTTP_M_DELETE, "subscribed_apps", sim_api_subscribed_delete, false },
	{ HTTP_M_POST, "register", sim_api_register, false },
	{ HTTP_M_POST, "deregister", sim_api_deregister, false },
	{ HTTP_M_POST, "request_code", sim_api_request_code, false },
	{ HTTP_M_POST, "verify_code", sim_api_verify_code, false },
	{ HTTP_M_GET, "whatsapp_business_profile", sim_api_profile_get, false },
	{ HTTP_M_POST, "whatsapp_business_profile", sim_api_profile_set, false },
	{ HTTP_M_GET, "settings", sim_api_settings_get, false },
	{ HTTP_M_POST, "settings", sim_api_settings_set, false },
	{ HTTP_M_GET, "block_users", sim_api_blocked, false },
	{ HTTP_M_POST, "block_users", sim_api_block, false },
	{ HTTP_M_DELETE, "block_users", sim_api_unblock, false },
	{ HTTP_M_GET, "message_history", sim_api_history, false },
};

/* Only a file's address has this first segment. */
#define DOWNLOADS "lookaside"

static bool fits(const struct route *r, const struct sim_call *c)
{
	struct str first = c->segs[0];

	if (r->method != c->req->method)
		return false;
	if (c->segs_len == 1)
		return r->edge ? r->flat && str_eq_c(first, r->edge) : true;
	return c->segs_len == 2 && r->edge && str_eq_c(c->segs[1], r->edge);
}

void sim_route(struct sim_call *c)
{
	if (c->segs_len == 2 && c->req->method == HTTP_M_GET && str_eq_c(c->segs[0], DOWNLOADS)) {
		sim_api_media_download(c);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		if (fits(&routes[i], c)) {
			routes[i].handle(c);
			return;
		}
	}
	sim_call_fail(c, 100, "Unsupported request: no such edge, or not by this method.");
}

bool sim_route_streams(const struct http_request *req)
{
	return req->method == HTTP_M_POST && str_ends(req->path, STR("/media"));
}

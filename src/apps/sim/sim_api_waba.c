#include "apps/sim/sim_api.h"

#include "apps/sim/sim_fields.h"

void sim_api_waba_numbers(struct sim_call *c)
{
	struct sim_waba *a = sim_call_waba(c, c->segs[0]);
	struct str fields = http_query_get(c->req, "fields");

	if (!a)
		return;
	jw_object(&c->w);
	jw_key(&c->w, "data");
	jw_array(&c->w);
	LIST_EACH(node, &a->numbers)
	sim_number_print(&c->w, LIST_OF(node, struct sim_number, node), fields);
	jw_array_end(&c->w);
	jw_key(&c->w, "paging");
	jw_object(&c->w);
	jw_object_end(&c->w);
	jw_object_end(&c->w);
	sim_call_ok(c);
}

void sim_api_subscribed_get(struct sim_call *c)
{
	struct sim_waba *a = sim_call_waba(c, c->segs[0]);

	if (!a)
		return;
	jw_object(&c->w);
	jw_key(&c->w, "data");
	jw_array(&c->w);
	if (a->subscribed) {
		jw_object(&c->w);
		jw_key(&c->w, "whatsapp_business_api_data");
		jw_object(&c->w);
		jw_member_c(&c->w, "id", "610061006100");
		jw_member_c(&c->w, "link", "https://www.facebook.com/games/?app_id=610061006100");
		jw_member_c(&c->w, "name", "Simulated app");
		jw_object_end(&c->w);
		if (a->override_uri[0])
			jw_member_c(&c->w, "override_callback_uri", a->override_uri);
		jw_object_end(&c->w);
	}
	jw_array_end(&c->w);
	jw_object_end(&c->w);
	sim_call_ok(c);
}

/* A POST without an override takes an earlier one back, as with Meta. */
void sim_api_subscribed_set(struct sim_call *c)
{
	struct sim_waba *a = sim_call_waba(c, c->segs[0]);
	struct str uri = STR_NONE;

	if (!a || (c->req->body.len && !sim_call_body(c)))
		return;
	if (c->body)
		uri = json_str(json_get(c->body, "override_callback_uri"));
	if (uri.p &&
	    (uri.len >= sizeof(a->override_uri) ||
		!json_str(json_get(c->body, "verify_token")).p)) {
		sim_call_fail(c, 100,
		    "override_callback_uri needs a verify_token, and at most 1023 characters.");
		return;
	}
	a->subscribed = true;
	sim_set_text(a->override_uri, sizeof(a->override_uri), uri);
	sim_call_success(c);
}

void sim_api_subscribed_delete(struct sim_call *c)
{
	struct sim_waba *a = sim_call_waba(c, c->segs[0]);

	if (!a)
		return;
	a->subscribed = false;
	sim_call_success(c);
}

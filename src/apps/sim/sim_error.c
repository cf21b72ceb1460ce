#include "apps/sim/sim_error.h"

#include <stdio.h>

#include "base/check.h"

struct error_row {
	int code, status;
	const char *title;
};

/* support/error-codes, November 2026. A status that the page no longer states is the one it had, 400 where it never had one. */
static const struct error_row rows[] = {
	{ 1, 400, "API Unknown" },
	{ 2, 503, "API Service" },
	{ 3, 500, "API Method" },
	{ 4, 400, "API Too Many Calls" },
	{ 10, 403, "Permission Denied" },
	{ 33, 400, "Parameter value is not valid" },
	{ 100, 400, "Invalid parameter" },
	{ 190, 401, "Invalid OAuth access token" },
	{ 200, 403, "Permissions error" },
	{ 368, 403, "Temporarily blocked for policies violations" },
	{ 2200, 400, "Callback verification failed" },
	{ 80007, 400, "Rate limit issues" },
	{ 130403, 400, "Business has blocked the user" },
	{ 130429, 400, "Rate limit hit" },
	{ 130472, 400, "User's number is part of an experiment" },
	{ 130497, 403, "Business account is restricted from messaging users in this country" },
	{ 131000, 500, "Something went wrong" },
	{ 131005, 403, "Access denied" },
	{ 131008, 400, "Required parameter is missing" },
	{ 131009, 400, "Parameter value is not valid" },
	{ 131016, 500, "Service unavailable" },
	{ 131021, 400, "Recipient cannot be sender" },
	{ 131026, 400, "Message undeliverable" },
	{ 131030, 400, "Recipient phone number not in allowed list" },
	{ 131031, 403, "Account has been locked" },
	{ 131037, 400, "Display name approval needed" },
	{ 131042, 400, "Business eligibility payment issue" },
	{ 131047, 400, "Re-engagement message" },
	{ 131048, 400, "Spam rate limit hit" },
	{ 131049, 400, "Message not delivered to maintain healthy ecosystem engagement" },
	{ 131050, 400, "User has stopped marketing messages" },
	{ 131051, 400, "Unsupported message type" },
	{ 131052, 400, "Media download error" },
	{ 131053, 400, "Media upload error" },
	{ 131056, 400, "Pair rate limit hit" },
	{ 131057, 500, "Account in maintenance mode" },
	{ 131060, 400, "Message unavailable" },
	{ 131061, 400, "Template requires Marketing Messages API" },
	{ 131062, 400, "Message type not supported for business-scoped user id" },
	{ 131063, 400, "Marketing templates disabled on Cloud API" },
	{ 131064, 400, "Messaging limited due to template classification violations" },
	{ 132000, 400, "Template param count mismatch" },
	{ 132001, 404, "Template does not exist" },
	{ 132005, 400, "Template hydrated text too long" },
	{ 132007, 400, "Template format character policy violated" },
	{ 132012, 400, "Template parameter format mismatch" },
	{ 132015, 400, "Template is paused" },
	{ 132016, 400, "Template is disabled" },
	{ 132018, 400, "Template component parameter issue" },
	{ 132068, 400, "Flow is blocked" },
	{ 132069, 400, "Flow is throttled" },
	{ 133000, 500, "Incomplete deregistration" },
	{ 133004, 503, "Server temporarily unavailable" },
	{ 133005, 400, "Two step verification PIN mismatch" },
	{ 133010, 400, "Phone number not registered" },
	{ 133016, 400, "Account register deregister rate limit exceeded" },
	{ 134100, 400, "Only marketing messages supported" },
	{ 134101, 400, "Template still syncing" },
	{ 134102, 500, "Template unavailable for use" },
	{ 135000, 400, "Generic user error" },
	{ 137000, 400, "Recipient identity key hash mismatch" },
	{ 139100, 400, "Failed to block or unblock some users" },
	{ 139200, 400, "Direct Send utility access is blocked" },
	{ 2388318, 400, "Auto-generated template cannot be edited" },
	{ 2388330, 400, "Auto-generated template cannot be deleted" },
};

static const struct error_row *find_row(int code)
{
	static const struct error_row unknown = { 0, 400, "Generic user error" };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].code == code)
			return &rows[i];
	}
	return &unknown;
}

int sim_error_status(int code)
{
	return find_row(code)->status;
}

const char *sim_error_title(int code)
{
	return find_row(code)->title;
}

bool sim_problem_va(struct sim_problem *p, int code, int subcode, const char *fmt, va_list ap)
{
	p->code = code;
	p->subcode = subcode;
	(void)vsnprintf(p->details, sizeof(p->details), fmt, ap);
	return false;
}

bool sim_problem(struct sim_problem *p, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)sim_problem_va(p, code, 0, fmt, ap);
	va_end(ap);
	return false;
}

bool sim_problem_sub(struct sim_problem *p, int code, int subcode, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)sim_problem_va(p, code, subcode, fmt, ap);
	va_end(ap);
	return false;
}

void sim_error_member(struct json_writer *w, const struct sim_problem *p, const char *trace)
{
	const struct error_row *row = find_row(p->code);
	char message[160];

	(void)snprintf(message, sizeof(message), "(#%d) %s", p->code, row->title);
	jw_key(w, "error");
	jw_object(w);
	jw_member_c(w, "message", message);
	jw_member_c(w, "type", p->subcode == 33 ? "GraphMethodException" : "OAuthException");
	jw_member_int(w, "code", p->code);
	if (p->subcode)
		jw_member_int(w, "error_subcode", p->subcode);
	jw_member_bool(w, "is_transient", row->status >= 500);
	jw_key(w, "error_data");
	jw_object(w);
	jw_member_c(w, "messaging_product", "whatsapp");
	jw_member_c(w, "details", p->details);
	jw_object_end(w);
	jw_member_c(w, "fbtrace_id", trace);
	jw_object_end(w);
}

void sim_error_print_webhook(struct json_writer *w, int code)
{
	jw_object(w);
	jw_member_int(w, "code", code);
	jw_member_c(w, "title", sim_error_title(code));
	jw_member_c(w, "message", sim_error_title(code));
	jw_key(w, "error_data");
	jw_object(w);
	jw_member_c(w, "details", "Simulated.");
	jw_object_end(w);
	jw_member_c(w, "href",
	    "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/");
	jw_object_end(w);
}

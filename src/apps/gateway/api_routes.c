/* Paths are compared segment by segment with those of the table; the first row that fits is it,
 * so a row with a fixed word stands before one that takes any. */
#include "apps/gateway/api.h"

#include <string.h>

#include "base/check.h"

const struct api_alias api_aliases[] = {
	{ "POST", "/api/v1/accounts/{id}", "setAccount", "setAccountByPost",
	    N_("The same as PATCH.") },
	{ "POST", "/api/v1/numbers/{id}", "setNumber", "setNumberByPost",
	    N_("The same as PATCH.") },
	{ "POST", "/api/v1/templates/{waba}/{name}/{language}", "setTemplate", "setTemplateByPost",
	    N_("The same as PATCH.") },
	{ "POST", "/api/v1/integrations/{id}", "setIntegration", "setIntegrationByPost",
	    N_("The same as PATCH.") },
	{ "GET", "/api/v1/consents", "showConsent", "findConsent",
	    N_("The same as showConsent, with the person in the query.") },
};
const size_t api_aliases_len = ARRAY_LEN(api_aliases);

/* The row has every field that its path names. */
static size_t field_index(const struct noun_verb *verb, struct str name)
{
	size_t i = 0;

	while (i < verb->fields_len && !str_eq_c(name, verb->fields[i].name))
		i++;
	ASSERT(i < verb->fields_len);
	return i;
}

/* Does `path` fit the path of a row, and what stands in its places. */
static bool path_fits(const struct noun_verb *verb, const char *pattern, struct str path,
    struct str params[API_FIELDS_MAX])
{
	struct str wanted = str_c(pattern);

	memset(params, 0, sizeof(params[0]) * API_FIELDS_MAX);
	while (wanted.p && path.p) {
		struct str want = str_cut(&wanted, '/'), have = str_cut(&path, '/');
		bool place = str_starts(want, STR("{"));
		if (place && have.len)
			params[field_index(verb, str_sub(want, 1, want.len - 2))] = have;
		else if (place || !str_eq(want, have))
			return false;
	}
	return !wanted.p && !path.p;
}

/* Aliases stand for rows that are there. */
static const struct noun_verb *verb_of(const char *operation)
{
	size_t i = 0;

	while (i < noun_verbs_len && strcmp(noun_verbs[i].operation, operation) != 0)
		i++;
	ASSERT(i < noun_verbs_len);
	return &noun_verbs[i];
}

static void note_method(struct api_route *r, const char *method)
{
	size_t len = strlen(r->allow);

	if (strstr(r->allow, method) || len + strlen(method) + 3 > sizeof(r->allow))
		return;
	if (len) {
		memcpy(r->allow + len, ", ", 2);
		len += 2;
	}
	memcpy(r->allow + len, method, strlen(method) + 1);
}

static void try_row(struct api_route *r, const struct noun_verb *verb, const char *pattern,
    const char *its_method, struct str method, struct str path)
{
	struct str params[API_FIELDS_MAX];

	if (!path_fits(verb, pattern, path, params))
		return;
	note_method(r, its_method);
	if (r->verb || !str_eq_c(method, its_method))
		return;
	r->verb = verb;
	memcpy(r->params, params, sizeof(params));
}

void api_route_find(struct str method, struct str path, struct api_route *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < noun_verbs_len; i++)
		try_row(
		    ret, &noun_verbs[i], noun_verbs[i].path, noun_verbs[i].method, method, path);
	for (size_t i = 0; i < api_aliases_len; i++)
		try_row(ret, verb_of(api_aliases[i].operation), api_aliases[i].path,
		    api_aliases[i].method, method, path);
}

const struct api_handler *api_handler_find(const char *operation)
{
	const struct api_handler *const all[] = {
		api_account_handlers,
		api_template_handlers,
		api_integration_handlers,
		api_consent_handlers,
		api_request_handlers,
		api_link_handlers,
		api_trigger_handlers,
		api_autoreply_handlers,
		api_listen_handlers,
		api_stop_handlers,
		api_forget_handlers,
		api_journal_handlers,
		api_ledger_handlers,
		api_ledger_check_handlers,
		api_pause_handlers,
		api_signal_handlers,
		api_change_handlers,
		api_notice_handlers,
		api_budget_handlers,
		api_import_handlers,
		api_certificate_handlers,
		api_incident_handlers,
		api_dossier_handlers,
		api_scan_handlers,
		api_register_handlers,
		api_campaign_handlers,
		api_audience_handlers,
		api_simulate_handlers,
		api_people_handlers,
		api_overview_handlers,
		api_source_handlers,
		api_session_handlers,
		api_signin_handlers,
		api_oidc_handlers,
		api_user_handlers,
		api_audit_handlers,
		api_policy_handlers,
		api_policy_change_handlers,
		api_backup_handlers,
		api_analysis_handlers,
		api_webhook_handlers,
	};

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		for (const struct api_handler *h = all[i]; h->operation; h++) {
			if (strcmp(h->operation, operation) == 0)
				return h;
		}
	}
	return NULL;
}

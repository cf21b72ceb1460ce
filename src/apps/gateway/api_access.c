#include "apps/gateway/api_access.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "domain/autoreply.h"
#include "domain/campaign.h"
#include "domain/consent_link.h"
#include "domain/consent_request.h"
#include "domain/incident.h"
#include "domain/integration.h"
#include "domain/journal.h"
#include "domain/trigger_store.h"

#define ROLE(role) (1u << USER_##role)
#define ADMINS ROLE(ADMIN)
#define AUTHORS (ROLE(AUTHOR) | ADMINS)
#define APPROVERS (ROLE(APPROVER) | ADMINS)
#define COMPLIANCE (ROLE(COMPLIANCE) | ADMINS)
#define DRAFTERS (ROLE(AUTHOR) | ROLE(APPROVER) | ADMINS)
#define DECIDERS (ROLE(APPROVER) | ROLE(COMPLIANCE) | ADMINS)
#define IMPORTERS (ROLE(AUTHOR) | ROLE(COMPLIANCE) | ADMINS)
/* Whoever does something here may stop it. */
#define STOPPERS (ROLE(AUTHOR) | ROLE(APPROVER) | ROLE(COMPLIANCE) | ADMINS)
#define ALL (ROLE(VIEWER) | STOPPERS)

static const struct api_access accesses[] = {
	/* accounts, numbers */
	{ "addAccount", ADMINS, API_PORTFOLIO, "portfolio" },
	{ "listAccounts", ALL, API_OWN, NULL },
	{ "showAccount", ALL, API_WABA, "id" },
	{ "setAccount", ADMINS, API_WABA, "id" },
	{ "liftAccount", COMPLIANCE, API_WABA, "id" },
	{ "removeAccount", ADMINS, API_WABA, "id" },
	{ "addNumber", ADMINS, API_WABA, "waba" },
	{ "listNumbers", ALL, API_OWN, NULL },
	{ "showNumber", ALL, API_NUMBER, "id" },
	{ "showBudget", ALL, API_NUMBER, "id" },
	{ "setNumber", ADMINS, API_NUMBER, "id" },
	{ "removeNumber", ADMINS, API_NUMBER, "id" },
	{ "pauseNumber", STOPPERS, API_NUMBER, "id" },
	{ "resumeNumber", APPROVERS, API_NUMBER, "id" },
	/* templates */
	{ "addTemplate", AUTHORS, API_WABA, "waba" },
	{ "listTemplates", ALL, API_OWN, NULL },
	{ "showTemplate", ALL, API_WABA, "waba" },
	{ "setTemplate", AUTHORS, API_WABA, "waba" },
	{ "removeTemplate", AUTHORS, API_WABA, "waba" },
	{ "lintTemplate", ALL, API_WABA, "waba" },
	{ "showTemplateUse", ALL, API_WABA, "waba" },
	{ "diffTemplate", ALL, API_WABA, "waba" },
	{ "syncTemplates", AUTHORS, API_WABA, "waba" },
	/* integrations */
	{ "addIntegration", ADMINS, API_UNBOUND, NULL },
	{ "listIntegrations", ALL, API_OWN, NULL },
	{ "exportIntegrations", ALL, API_UNBOUND, NULL },
	{ "showIntegration", ALL, API_APP, "id" },
	{ "setIntegration", ADMINS, API_UNBOUND, NULL },
	{ "showIntegrationHistory", ALL, API_APP, "id" },
	{ "listenIntegration", ADMINS, API_UNBOUND, NULL },
	{ "reviewIntegration", COMPLIANCE, API_UNBOUND, NULL },
	{ "importScan", COMPLIANCE, API_UNBOUND, NULL },
	{ "listScans", ALL, API_UNBOUND, NULL },
	{ "showScan", ALL, API_UNBOUND, NULL },
	{ "listFindings", ALL, API_UNBOUND, NULL },
	{ "listBypasses", ALL, API_OWN, NULL },
	{ "rotateIntegration", ADMINS, API_UNBOUND, NULL },
	{ "revokeIntegration", ADMINS, API_UNBOUND, NULL },
	/* people, consents */
	{ "findPerson", COMPLIANCE, API_UNBOUND, NULL },
	{ "showPerson", COMPLIANCE, API_UNBOUND, NULL },
	{ "recordConsent", COMPLIANCE, API_UNBOUND, NULL },
	{ "withdrawConsent", STOPPERS, API_UNBOUND, NULL },
	{ "showConsent", ALL, API_UNBOUND, NULL },
	{ "showEvidence", COMPLIANCE, API_UNBOUND, NULL },
	{ "fetchAttachment", COMPLIANCE, API_UNBOUND, NULL },
	{ "importConsents", IMPORTERS, API_UNBOUND, NULL },
	{ "exportConsents", COMPLIANCE, API_UNBOUND, NULL },
	{ "exportPerson", COMPLIANCE, API_UNBOUND, NULL },
	{ "eraseConsent", COMPLIANCE, API_UNBOUND, NULL },
	{ "restrictConsent", COMPLIANCE, API_UNBOUND, NULL },
	{ "listRestrictions", COMPLIANCE, API_UNBOUND, NULL },
	{ "openRestriction", COMPLIANCE, API_UNBOUND, NULL },
	{ "certifyConsent", COMPLIANCE, API_UNBOUND, NULL },
	{ "listImports", ALL, API_UNBOUND, NULL },
	{ "showImport", ALL, API_UNBOUND, NULL },
	{ "reportImport", IMPORTERS, API_UNBOUND, NULL },
	{ "undoImport", IMPORTERS, API_UNBOUND, NULL },
	{ "addRequest", IMPORTERS, API_NUMBER, "number" },
	{ "listRequests", ALL, API_OWN, NULL },
	{ "showRequest", ALL, API_REQUEST, "id" },
	{ "cancelRequest", IMPORTERS, API_REQUEST, "id" },
	{ "addLink", AUTHORS, API_NUMBER, "number" },
	{ "listLinks", ALL, API_OWN, NULL },
	{ "drawLink", ALL, API_LINK, "id" },
	{ "showLink", ALL, API_LINK, "id" },
	{ "endLink", AUTHORS, API_LINK, "id" },
	{ "listStops", ALL, API_OWN, NULL },
	{ "releaseStops", COMPLIANCE, API_UNBOUND, NULL },
	{ "confirmStops", COMPLIANCE, API_UNBOUND, NULL },
	/* triggers, automatic replies */
	{ "addTrigger", AUTHORS, API_UNBOUND, NULL },
	{ "listTriggers", ALL, API_OWN, NULL },
	{ "testTrigger", AUTHORS, API_UNBOUND, NULL },
	{ "showTrigger", ALL, API_TRIGGER, "name" },
	{ "setTrigger", AUTHORS, API_UNBOUND, NULL },
	{ "removeTrigger", AUTHORS, API_TRIGGER, "name" },
	{ "addAutoreply", AUTHORS, API_NUMBER, "number" },
	{ "listAutoreplies", ALL, API_NUMBER, "number" },
	{ "showAutoreply", ALL, API_AUTOREPLY, "name" },
	{ "setAutoreply", AUTHORS, API_AUTOREPLY, "name" },
	{ "removeAutoreply", AUTHORS, API_AUTOREPLY, "name" },
	/* decisions, signals, pauses, changes */
	{ "listDecisions", ALL, API_OWN, NULL },
	{ "showDecision", ALL, API_DECISION, "id" },
	{ "simulateDecision", ALL, API_OWN, NULL },
	{ "showOverview", ALL, API_OWN, NULL },
	{ "listSignals", ALL, API_PLACE, "id" },
	{ "listPauses", ALL, API_OWN, NULL },
	{ "addPause", STOPPERS, API_PLACE, "id" },
	{ "resumePause", APPROVERS, API_PLACE, "id" },
	{ "listChanges", ALL, API_CHANGE, "object" },
	{ "listAlarms", ALL, API_OWN, NULL },
	/* incidents */
	{ "listIncidents", ALL, API_OWN, NULL },
	{ "showIncident", ALL, API_INCIDENT, "id" },
	{ "openIncident", COMPLIANCE, API_PLACE, "object" },
	{ "noteIncident", COMPLIANCE, API_INCIDENT, "id" },
	{ "addEvidence", COMPLIANCE, API_INCIDENT, "id" },
	{ "submitIncident", COMPLIANCE, API_INCIDENT, "id" },
	{ "answerIncident", COMPLIANCE, API_INCIDENT, "id" },
	{ "closeIncident", COMPLIANCE, API_INCIDENT, "id" },
	{ "makeDossier", COMPLIANCE, API_INCIDENT, "id" },
	{ "importNotices", COMPLIANCE, API_UNBOUND, NULL },
	{ "listNotices", ALL, API_UNBOUND, NULL },
	/* campaigns */
	{ "createCampaign", AUTHORS, API_NUMBER, "number" },
	{ "setCampaign", AUTHORS, API_CAMPAIGN, "id" },
	{ "listCampaigns", ALL, API_OWN, NULL },
	{ "showCampaign", ALL, API_CAMPAIGN, "id" },
	{ "preflightCampaign", DRAFTERS, API_CAMPAIGN, "id" },
	{ "showPreflight", ALL, API_CAMPAIGN, "id" },
	{ "listRefused", DRAFTERS, API_CAMPAIGN, "id" },
	{ "approveCampaign", APPROVERS, API_CAMPAIGN, "id" },
	{ "releaseCampaign", APPROVERS, API_CAMPAIGN, "id" },
	{ "holdCampaign", STOPPERS, API_CAMPAIGN, "id" },
	{ "resumeCampaign", APPROVERS, API_CAMPAIGN, "id" },
	{ "cancelCampaign", DRAFTERS, API_CAMPAIGN, "id" },
	{ "chooseTemplate", DRAFTERS, API_CAMPAIGN, "id" },
	{ "reportCampaign", ALL, API_CAMPAIGN, "id" },
	{ "listSources", ALL, API_UNBOUND, NULL },
	{ "suspendSource", STOPPERS, API_UNBOUND, NULL },
	{ "resumeSource", APPROVERS, API_UNBOUND, NULL },
	/* policy */
	{ "showPolicy", ALL, API_UNBOUND, NULL },
	{ "listPolicyVersions", ALL, API_UNBOUND, NULL },
	{ "diffPolicy", ALL, API_UNBOUND, NULL },
	{ "proposePolicy", COMPLIANCE, API_UNBOUND, NULL },
	{ "listProposals", ALL, API_UNBOUND, NULL },
	{ "showProposal", ALL, API_UNBOUND, NULL },
	{ "showEffect", DECIDERS, API_UNBOUND, NULL },
	{ "applyProposal", DECIDERS, API_UNBOUND, NULL },
	{ "dropProposal", DECIDERS, API_UNBOUND, NULL },
	{ "rollBackPolicy", COMPLIANCE, API_UNBOUND, NULL },
	{ "addException", COMPLIANCE, API_UNBOUND, NULL },
	{ "endException", DECIDERS, API_UNBOUND, NULL },
	{ "listWebhooks", ALL, API_OWN, NULL },
	{ "listDeliveries", ALL, API_APP, "app" },
	{ "showDelivery", COMPLIANCE, API_UNBOUND, NULL },
	{ "resendDeliveries", ADMINS, API_UNBOUND, NULL },
	{ "disableWebhook", ADMINS, API_UNBOUND, NULL },
	{ "enableWebhook", ADMINS, API_UNBOUND, NULL },
	{ "makeBackup", ADMINS, API_UNBOUND, NULL },
	{ "listBackups", COMPLIANCE, API_UNBOUND, NULL },
	{ "confirmRestore", COMPLIANCE, API_UNBOUND, NULL },
	{ "showBackups", COMPLIANCE, API_UNBOUND, NULL },
	{ "verifyBackup", ADMINS, API_UNBOUND, NULL },
	/* analyses: of files that somebody brings, which are of no portfolio */
	{ "startAnalysis", STOPPERS, API_UNBOUND, NULL },
	{ "listAnalyses", STOPPERS, API_UNBOUND, NULL },
	{ "showAnalysis", STOPPERS, API_UNBOUND, NULL },
	{ "reportAnalysis", IMPORTERS, API_UNBOUND, NULL },
	{ "removeAnalysis", STOPPERS, API_UNBOUND, NULL },
	/* ledger */
	{ "showLedger", ALL, API_ANY, NULL },
	{ "checkLedger", COMPLIANCE, API_UNBOUND, NULL },
	{ "tailLedger", COMPLIANCE, API_UNBOUND, NULL },
	{ "exportLedger", COMPLIANCE, API_UNBOUND, NULL },
	{ "makeCheckpoint", COMPLIANCE, API_UNBOUND, NULL },
	{ "proveEntry", COMPLIANCE, API_UNBOUND, NULL },
	/* users, sessions, audit */
	{ "listAudit", COMPLIANCE, API_UNBOUND, NULL },
	{ "addUser", ADMINS, API_UNBOUND, NULL },
	{ "listUsers", ADMINS, API_UNBOUND, NULL },
	{ "showUser", ADMINS, API_UNBOUND, NULL },
	{ "setUser", ADMINS, API_UNBOUND, NULL },
	{ "removeUser", ADMINS, API_UNBOUND, NULL },
	{ "resetUser", ADMINS, API_UNBOUND, NULL },
	{ "lookSession", ALL, API_ANY, NULL },
	{ "setUpSession", ALL, API_ANY, NULL },
	{ "renewSession", ALL, API_ANY, NULL },
	{ "listSessions", ALL, API_ANY, NULL },
	{ "dropSession", ALL, API_ANY, NULL },
	{ "linkSession", ADMINS, API_UNBOUND, NULL },
	{ "showProvider", ALL, API_ANY, NULL },
	{ "enterSession", ALL, API_ANY, NULL },
	{ "beginSession", ALL, API_ANY, NULL },
	{ "showSession", ALL, API_ANY, NULL },
	{ "endSession", ALL, API_ANY, NULL },
	{ "showStatus", ALL, API_ANY, NULL },
};

const struct api_access *api_access_of(const char *operation)
{
	for (size_t i = 0; i < ARRAY_LEN(accesses); i++) {
		if (strcmp(accesses[i].operation, operation) == 0)
			return &accesses[i];
	}
	return NULL;
}

bool api_role_may(enum user_role role, const char *operation)
{
	const struct api_access *a = api_access_of(operation);

	return ((a ? a->roles : ADMINS) & 1u << role) != 0;
}

/* --- whose it is ------------------------------------------------------------------------------ */

bool api_is_bound(const struct api_call *c)
{
	return c->who.user.portfolios_len > 0;
}

bool api_may_portfolio(const struct api_call *c, struct str portfolio)
{
	for (size_t i = 0; portfolio.p && i < c->who.user.portfolios_len; i++) {
		if (str_eq(portfolio, c->who.user.portfolios[i]))
			return true;
	}
	return !api_is_bound(c);
}

bool api_may_waba(const struct api_call *c, struct str waba)
{
	const struct dir_waba *w = api_is_bound(c) && waba.p
	    ? directory_waba(lane_directory(c->gate->lane), waba)
	    : NULL;

	return api_may_portfolio(c, w ? w->portfolio->id : STR_NONE);
}

bool api_may_number(const struct api_call *c, struct str number)
{
	const struct dir_number *n = api_is_bound(c) && number.p
	    ? directory_number(lane_directory(c->gate->lane), number)
	    : NULL;

	return api_may_portfolio(c, n ? n->waba->portfolio->id : STR_NONE);
}

bool api_may_numbers(const struct api_call *c, const struct str *numbers, size_t len)
{
	bool may = !api_is_bound(c) || len > 0;

	for (size_t i = 0; may && i < len; i++)
		may = api_may_number(c, numbers[i]);
	return may;
}

bool api_may_some(
    const struct api_call *c, const struct directory *d, const struct str *numbers, size_t len)
{
	bool may = !api_is_bound(c);

	for (size_t i = 0; !may && i < len; i++) {
		const struct dir_number *n = directory_number(d, numbers[i]);
		may = n && api_may_portfolio(c, n->waba->portfolio->id);
	}
	return may;
}

static bool may_app(const struct api_call *c, struct str id)
{
	const struct dir_app *app = directory_app(lane_directory(c->gate->lane), id);

	return app && api_may_numbers(c, app->numbers, app->numbers_len);
}

bool api_may_place(const struct api_call *c, struct str scope, struct str id)
{
	if (!api_is_bound(c))
		return true;
	if (!scope.p || !id.p)
		return false;
	if (str_eq_c(scope, "portfolio"))
		return api_may_portfolio(c, id);
	if (str_eq_c(scope, "waba"))
		return api_may_waba(c, id);
	if (str_eq_c(scope, "number"))
		return api_may_number(c, id);
	if (str_eq_c(scope, "template"))
		return api_may_waba(c, str_cut(&id, '/'));
	return str_eq_c(scope, "app") && may_app(c, id);
}

/* Of what is unknown the handler says so, and nothing else comes of it. */
int api_may_campaign(struct api_call *c, uint64_t id, struct err *err)
{
	struct campaign x;
	int r = campaign_get(c->gate->lane->reader, id, c->arena, &x, err);

	return r > 0 ? api_may_number(c, x.number) : r < 0 ? r : 1;
}

static int may_campaign(struct api_call *c, struct str text, struct err *err)
{
	uint64_t id;

	return id_parse(CAMPAIGN_PREFIX, text, &id) < 0 ? 1 : api_may_campaign(c, id, err);
}

static int may_decision(struct api_call *c, struct str text, struct err *err)
{
	struct journal_entry e;
	uint64_t id;

	if (id_parse("dec", text, &id) < 0)
		return 1;
	int r = journal_get(c->gate->lane->reader, id, c->arena, &e, err);
	return r > 0 ? api_may_number(c, e.number) : r < 0 ? r : 1;
}

static int may_incident(struct api_call *c, struct str text, struct err *err)
{
	struct incident x;
	uint64_t id;

	if (id_parse("inc", text, &id) < 0)
		return 1;
	int r = incident_get(c->gate->lane->reader, id, c->arena, &x, err);
	return r > 0 ? api_may_place(c, x.scope, x.scope_id) : r < 0 ? r : 1;
}

static int may_link(struct api_call *c, struct str text, struct err *err)
{
	struct consent_link x;
	uint64_t id;

	if (id_parse("lnk", text, &id) < 0)
		return 1;
	int r = link_get(c->gate->lane->reader, id, c->arena, &x, err);
	return r > 0 ? api_may_number(c, x.number) : r < 0 ? r : 1;
}

static int may_request(struct api_call *c, struct str text, struct err *err)
{
	struct consent_request x;
	uint64_t id;

	if (id_parse("req", text, &id) < 0)
		return 1;
	int r = request_get(c->gate->lane->reader, id, clock_now(), c->arena, &x, err);
	return r > 0 ? api_may_number(c, x.number) : r < 0 ? r : 1;
}

static int may_trigger(struct api_call *c, struct str name, struct err *err)
{
	struct trigger_row x;
	int r = trigger_get(
	    c->gate->lane->reader, &c->gate->lane->core->key, name, c->arena, &x, err);

	return r > 0 ? api_may_number(c, x.v.number) : r < 0 ? r : 1;
}

static int may_autoreply(struct api_call *c, struct str name, struct err *err)
{
	struct autoreply x;
	int r = autoreply_get(c->gate->lane->reader, name, c->arena, &x, err);

	return r > 0 ? api_may_number(c, x.number) : r < 0 ? r : 1;
}

static int may_entry(struct api_call *c, struct str wanted, struct err *err)
{
	struct integration_entry e;
	int r = integration_find(c->gate->lane->reader, wanted, c->arena, &e, err);

	return r > 0 ? api_may_numbers(c, e.numbers, e.numbers_len) : r < 0 ? r : 1;
}

/* Ids are of letters of their own kind: those of numbers and accounts are Meta's, those of apps ours. */
static bool may_bare(const struct api_call *c, struct str id)
{
	const struct directory *d = lane_directory(c->gate->lane);

	if (directory_number(d, id))
		return api_may_number(c, id);
	return directory_waba(d, id) ? api_may_waba(c, id) : may_app(c, id);
}

int api_may_object(struct api_call *c, struct str object, struct err *err)
{
	struct str rest = object, kind = str_cut(&rest, ':');

	if (!api_is_bound(c))
		return 1;
	if (!rest.p)
		return may_bare(c, object);
	if (str_eq_c(kind, "campaign"))
		return may_campaign(c, rest, err);
	return str_eq_c(kind, "trigger") ? may_trigger(c, rest, err) : api_may_place(c, kind, rest);
}

/* 1 yes, 0 no. */
static int may_value(
    struct api_call *c, const struct api_access *a, struct str value, struct err *err)
{
	switch (a->scope) {
	case API_PORTFOLIO:
		return api_may_portfolio(c, value);
	case API_WABA:
		return api_may_waba(c, value);
	case API_NUMBER:
		return api_may_number(c, value);
	case API_PLACE:
		return api_may_place(c, api_text(c, "scope"), value);
	case API_CHANGE: {
		struct str kind = str_cut(&value, ':');
		return api_may_place(c, kind, value);
	}
	case API_CAMPAIGN:
		return may_campaign(c, value, err);
	case API_DECISION:
		return may_decision(c, value, err);
	case API_INCIDENT:
		return may_incident(c, value, err);
	case API_LINK:
		return may_link(c, value, err);
	case API_REQUEST:
		return may_request(c, value, err);
	case API_TRIGGER:
		return may_trigger(c, value, err);
	case API_AUTOREPLY:
		return may_autoreply(c, value, err);
	case API_APP:
		return may_entry(c, value, err);
	default:
		return a->scope != API_UNBOUND;
	}
}

/* --- checks ----------------------------------------------------------------------------------- */

static void list_roles(unsigned roles, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (int r = USER_VIEWER; r < USER_ROLES_END && n < size; r++) {
		if (roles & 1u << r)
			n += (size_t)snprintf(out + n, size - n, "%s%s", n ? ", " : "",
			    user_role_name((enum user_role)r));
	}
}

bool api_may(const struct api_call *c, const char *operation)
{
	const struct api_access *a = api_access_of(operation);

	return api_role_may(c->who.user.role, operation) &&
	    (!api_is_bound(c) || (a && a->scope != API_UNBOUND));
}

int api_check_role(const struct api_call *c, struct err *err)
{
	const struct api_access *a = api_access_of(c->verb->operation);
	enum user_role role = c->who.user.role;
	char roles[80];

	if (api_role_may(role, c->verb->operation))
		return 0;
	list_roles(a ? a->roles : ADMINS, roles, sizeof(roles));
	return api_err(c, err, E_DENIED, "",
	    N_("Your role is %s, and this is for these roles: %s. Ask an administrator."),
	    user_role_name(role), roles);
}

int api_check_scope(struct api_call *c, struct err *err)
{
	const struct api_access *a = api_access_of(c->verb->operation);
	struct str value = STR_NONE;

	if (!api_is_bound(c))
		return 0;
	if (!a || a->scope == API_UNBOUND)
		return api_err(c, err, E_DENIED, "",
		    N_("This is about all portfolios, and you are bound to some of them."));
	if (a->field)
		value = api_text(c, a->field);
	if (a->field && !value.p)
		return api_err(c, err, E_DENIED, a->field,
		    N_("You are bound to portfolios: say with \"%s\" what of theirs you mean."),
		    a->field);
	int r = may_value(c, a, value, err);
	if (r != 0)
		return r < 0 ? r : 0;
	return api_err(c, err, E_DENIED, a->field ? a->field : "",
	    N_("This belongs to none of the portfolios that you are bound to."));
}

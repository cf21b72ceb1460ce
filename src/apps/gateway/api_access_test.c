#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "apps/gateway/api_access.h"
#include "base/check.h"

/* --- roles ------------------------------------------------------------------------------------ */

/* Of each role its letter where it may, in the order viewer, author, approver, compliance, admin. */
static void test_the_matrix(void **state)
{
	static const struct {
		const char *operation, *roles;
	} rows[] = {
		{ "addAccount", "....x" },
		{ "listAccounts", "vapcx" },
		{ "showAccount", "vapcx" },
		{ "setAccount", "....x" },
		{ "liftAccount", "...cx" },
		{ "removeAccount", "....x" },
		{ "addNumber", "....x" },
		{ "listNumbers", "vapcx" },
		{ "showNumber", "vapcx" },
		{ "showBudget", "vapcx" },
		{ "setNumber", "....x" },
		{ "removeNumber", "....x" },
		{ "pauseNumber", ".apcx" },
		{ "resumeNumber", "..p.x" },
		{ "addTemplate", ".a..x" },
		{ "listTemplates", "vapcx" },
		{ "showTemplate", "vapcx" },
		{ "setTemplate", ".a..x" },
		{ "removeTemplate", ".a..x" },
		{ "lintTemplate", "vapcx" },
		{ "showTemplateUse", "vapcx" },
		{ "diffTemplate", "vapcx" },
		{ "syncTemplates", ".a..x" },
		{ "addIntegration", "....x" },
		{ "listIntegrations", "vapcx" },
		{ "exportIntegrations", "vapcx" },
		{ "showIntegration", "vapcx" },
		{ "setIntegration", "....x" },
		{ "showIntegrationHistory", "vapcx" },
		{ "listenIntegration", "....x" },
		{ "reviewIntegration", "...cx" },
		{ "importScan", "...cx" },
		{ "listScans", "vapcx" },
		{ "showScan", "vapcx" },
		{ "listFindings", "vapcx" },
		{ "listBypasses", "vapcx" },
		{ "rotateIntegration", "....x" },
		{ "revokeIntegration", "....x" },
		{ "findPerson", "...cx" },
		{ "showPerson", "...cx" },
		{ "recordConsent", "...cx" },
		{ "withdrawConsent", ".apcx" },
		{ "showConsent", "vapcx" },
		{ "showEvidence", "...cx" },
		{ "fetchAttachment", "...cx" },
		{ "importConsents", ".a.cx" },
		{ "exportConsents", "...cx" },
		{ "exportPerson", "...cx" },
		{ "eraseConsent", "...cx" },
		{ "restrictConsent", "...cx" },
		{ "listRestrictions", "...cx" },
		{ "openRestriction", "...cx" },
		{ "certifyConsent", "...cx" },
		{ "listImports", "vapcx" },
		{ "showImport", "vapcx" },
		{ "reportImport", ".a.cx" },
		{ "undoImport", ".a.cx" },
		{ "addRequest", ".a.cx" },
		{ "listRequests", "vapcx" },
		{ "showRequest", "vapcx" },
		{ "cancelRequest", ".a.cx" },
		{ "addLink", ".a..x" },
		{ "listLinks", "vapcx" },
		{ "drawLink", "vapcx" },
		{ "showLink", "vapcx" },
		{ "endLink", ".a..x" },
		{ "listStops", "vapcx" },
		{ "releaseStops", "...cx" },
		{ "confirmStops", "...cx" },
		{ "addTrigger", ".a..x" },
		{ "listTriggers", "vapcx" },
		{ "testTrigger", ".a..x" },
		{ "showTrigger", "vapcx" },
		{ "setTrigger", ".a..x" },
		{ "removeTrigger", ".a..x" },
		{ "addAutoreply", ".a..x" },
		{ "listAutoreplies", "vapcx" },
		{ "showAutoreply", "vapcx" },
		{ "setAutoreply", ".a..x" },
		{ "removeAutoreply", ".a..x" },
		{ "listDecisions", "vapcx" },
		{ "showDecision", "vapcx" },
		{ "simulateDecision", "vapcx" },
		{ "showOverview", "vapcx" },
		{ "listSignals", "vapcx" },
		{ "listPauses", "vapcx" },
		{ "addPause", ".apcx" },
		{ "resumePause", "..p.x" },
		{ "listChanges", "vapcx" },
		{ "listAlarms", "vapcx" },
		{ "listIncidents", "vapcx" },
		{ "showIncident", "vapcx" },
		{ "openIncident", "...cx" },
		{ "noteIncident", "...cx" },
		{ "addEvidence", "...cx" },
		{ "submitIncident", "...cx" },
		{ "answerIncident", "...cx" },
		{ "closeIncident", "...cx" },
		{ "makeDossier", "...cx" },
		{ "importNotices", "...cx" },
		{ "listNotices", "vapcx" },
		{ "createCampaign", ".a..x" },
		{ "setCampaign", ".a..x" },
		{ "listCampaigns", "vapcx" },
		{ "showCampaign", "vapcx" },
		{ "preflightCampaign", ".ap.x" },
		{ "showPreflight", "vapcx" },
		{ "listRefused", ".ap.x" },
		{ "approveCampaign", "..p.x" },
		{ "releaseCampaign", "..p.x" },
		{ "holdCampaign", ".apcx" },
		{ "resumeCampaign", "..p.x" },
		{ "cancelCampaign", ".ap.x" },
		{ "chooseTemplate", ".ap.x" },
		{ "reportCampaign", "vapcx" },
		{ "listSources", "vapcx" },
		{ "suspendSource", ".apcx" },
		{ "resumeSource", "..p.x" },
		{ "showPolicy", "vapcx" },
		{ "listPolicyVersions", "vapcx" },
		{ "diffPolicy", "vapcx" },
		{ "proposePolicy", "...cx" },
		{ "listProposals", "vapcx" },
		{ "showProposal", "vapcx" },
		{ "showEffect", "..pcx" },
		{ "applyProposal", "..pcx" },
		{ "dropProposal", "..pcx" },
		{ "rollBackPolicy", "...cx" },
		{ "addException", "...cx" },
		{ "endException", "..pcx" },
		{ "listWebhooks", "vapcx" },
		{ "listDeliveries", "vapcx" },
		{ "showDelivery", "...cx" },
		{ "resendDeliveries", "....x" },
		{ "disableWebhook", "....x" },
		{ "enableWebhook", "....x" },
		{ "makeBackup", "....x" },
		{ "listBackups", "...cx" },
		{ "confirmRestore", "...cx" },
		{ "showBackups", "...cx" },
		{ "verifyBackup", "....x" },
		{ "showLedger", "vapcx" },
		{ "checkLedger", "...cx" },
		{ "tailLedger", "...cx" },
		{ "exportLedger", "...cx" },
		{ "makeCheckpoint", "...cx" },
		{ "proveEntry", "...cx" },
		{ "listAudit", "...cx" },
		{ "addUser", "....x" },
		{ "listUsers", "....x" },
		{ "showUser", "....x" },
		{ "setUser", "....x" },
		{ "removeUser", "....x" },
		{ "resetUser", "....x" },
		{ "lookSession", "vapcx" },
		{ "setUpSession", "vapcx" },
		{ "renewSession", "vapcx" },
		{ "listSessions", "vapcx" },
		{ "dropSession", "vapcx" },
		{ "linkSession", "....x" },
		{ "showProvider", "vapcx" },
		{ "enterSession", "vapcx" },
		{ "beginSession", "vapcx" },
		{ "showSession", "vapcx" },
		{ "endSession", "vapcx" },
		{ "startAnalysis", ".apcx" },
		{ "listAnalyses", ".apcx" },
		{ "showAnalysis", ".apcx" },
		{ "reportAnalysis", ".a.cx" },
		{ "removeAnalysis", ".apcx" },
		{ "showStatus", "vapcx" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char got[] = "vapcx";
		for (int r = USER_VIEWER; r < USER_ROLES_END; r++) {
			if (!api_role_may((enum user_role)r, rows[i].operation))
				got[r - USER_VIEWER] = '.';
		}
		if (strcmp(got, rows[i].roles) != 0)
			fail_msg("%s: %s", rows[i].operation, got);
	}
	assert_int_equal(ARRAY_LEN(rows), noun_verbs_len);
}

static void test_every_operation_has_a_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < noun_verbs_len; i++) {
		const struct api_access *a = api_access_of(noun_verbs[i].operation);
		if (!a)
			fail_msg("%s: nothing says who may", noun_verbs[i].operation);
	}
	assert_null(api_access_of("forgetAccount"));
}

/* What is not in the table is for administrators. */
static void test_what_has_no_row(void **state)
{
	(void)state;
	for (int r = USER_VIEWER; r < USER_ROLES_END; r++)
		assert_true(api_role_may((enum user_role)r, "forgetAccount") == (r == USER_ADMIN));
}

/* Who may only look changes nothing but their own session. */
static void test_a_viewer_only_looks(void **state)
{
	static const char *const theirs[] = { "beginSession", "enterSession", "endSession",
		"lookSession", "setUpSession", "renewSession", "dropSession", "lintTemplate",
		"showConsent", "simulateDecision" };
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < noun_verbs_len; i++) {
		const struct noun_verb *v = &noun_verbs[i];
		bool is_theirs = false;
		for (size_t k = 0; k < ARRAY_LEN(theirs); k++)
			is_theirs = is_theirs || strcmp(theirs[k], v->operation) == 0;
		n += is_theirs;
		if (!is_theirs && strcmp(v->method, "GET") != 0 &&
		    api_role_may(USER_VIEWER, v->operation))
			fail_msg("%s is no reading, and a viewer may do it", v->operation);
	}
	assert_int_equal(n, ARRAY_LEN(theirs));
}

/* Who makes a campaign does not let it go, and who lets it go does not write it. */
static void test_two_people(void **state)
{
	(void)state;
	assert_true(api_role_may(USER_AUTHOR, "createCampaign"));
	assert_false(api_role_may(USER_AUTHOR, "approveCampaign"));
	assert_false(api_role_may(USER_AUTHOR, "releaseCampaign"));
	assert_false(api_role_may(USER_APPROVER, "createCampaign"));
	assert_true(api_role_may(USER_APPROVER, "approveCampaign"));
}

/* --- portfolios ------------------------------------------------------------------------------- */

static const struct noun_field *field_of(const struct noun_verb *v, const char *name)
{
	for (size_t i = 0; i < v->fields_len; i++) {
		if (strcmp(v->fields[i].name, name) == 0)
			return &v->fields[i];
	}
	return NULL;
}

static void test_every_row_names_a_field_of_its_operation(void **state)
{
	(void)state;
	for (size_t i = 0; i < noun_verbs_len; i++) {
		const struct noun_verb *v = &noun_verbs[i];
		const struct api_access *a = api_access_of(v->operation);
		if (!a)
			continue;
		if ((a->field != NULL) != (a->scope >= API_PORTFOLIO))
			fail_msg("%s: a field, or none", v->operation);
		if (a->field && !field_of(v, a->field))
			fail_msg("%s has no field %s", v->operation, a->field);
		if (a->scope == API_PLACE && !field_of(v, "scope"))
			fail_msg("%s has no field scope", v->operation);
	}
}

static void test_what_is_about_people_is_for_who_is_bound_to_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < noun_verbs_len; i++) {
		const struct noun_verb *v = &noun_verbs[i];
		const struct api_access *a = api_access_of(v->operation);
		bool person = field_of(v, "phone") != NULL && !field_of(v, "number");
		if (person && a && a->scope != API_UNBOUND)
			fail_msg("%s tells of people of all portfolios", v->operation);
	}
}

/* --- callers ---------------------------------------------------------------------------------- */

static struct api_call caller(enum user_role role, const struct str *portfolios, size_t len)
{
	return (struct api_call){
		.who = { .user = { .role = role, .portfolios = portfolios, .portfolios_len = len } }
	};
}

static void test_what_a_session_is_told(void **state)
{
	static const struct str mine[] = { { "700600500", 9 } };
	static const struct {
		enum user_role role;
		bool bound;
		const char *operation;
		bool may;
	} cases[] = {
		{ USER_ADMIN, false, "addIntegration", true },
		{ USER_ADMIN, true, "addIntegration", false },
		{ USER_ADMIN, true, "addNumber", true },
		{ USER_AUTHOR, true, "createCampaign", true },
		{ USER_AUTHOR, false, "approveCampaign", false },
		{ USER_VIEWER, true, "listAccounts", true },
		{ USER_VIEWER, true, "listImports", false },
		{ USER_VIEWER, true, "listIntegrations", true },
		{ USER_VIEWER, true, "listAlarms", true },
		{ USER_VIEWER, true, "listDecisions", true },
		{ USER_VIEWER, true, "listStops", true },
		{ USER_COMPLIANCE, true, "releaseStops", false },
		{ USER_VIEWER, true, "exportIntegrations", false },
		{ USER_ADMIN, false, "forgetAccount", true },
		{ USER_ADMIN, true, "forgetAccount", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct api_call c = caller(cases[i].role, mine, cases[i].bound);
		if (api_may(&c, cases[i].operation) != cases[i].may)
			fail_msg("row %zu", i);
	}
}

static void test_numbers_are_theirs_when_all_are(void **state)
{
	static const struct str mine[] = { { "700600500", 9 } }, numbers[] = { { "1", 1 } };
	struct api_call bound = caller(USER_VIEWER, mine, 1), all = caller(USER_VIEWER, NULL, 0);
	struct err err = { .code = 0 };

	(void)state;
	assert_false(api_may_numbers(&bound, numbers, 0));
	assert_true(api_may_numbers(&all, numbers, 0));
	assert_true(api_may_numbers(&all, numbers, 1));
	assert_int_equal(api_may_object(&all, STR(""), &err), 1);
	assert_int_equal(api_may_object(&bound, STR("portfolio:700600500"), &err), 1);
	assert_int_equal(api_may_object(&bound, STR("portfolio:700600501"), &err), 0);
}

static void test_portfolios(void **state)
{
	static const struct str mine[] = { { "700600500", 9 }, { "700600501", 9 } };
	struct api_call bound = caller(USER_VIEWER, mine, 2), all = caller(USER_VIEWER, NULL, 0);

	(void)state;
	assert_true(api_may_portfolio(&bound, STR("700600501")));
	assert_false(api_may_portfolio(&bound, STR("70060050")));
	assert_false(api_may_portfolio(&bound, STR_NONE));
	assert_true(api_may_portfolio(&all, STR("1")));
	assert_true(api_may_portfolio(&all, STR_NONE));
	assert_true(api_may_place(&bound, STR("portfolio"), STR("700600500")));
	assert_false(api_may_place(&bound, STR("campaign"), STR("spring")));
	assert_false(api_may_place(&bound, STR_NONE, STR("700600500")));
	assert_true(api_may_place(&all, STR("campaign"), STR("spring")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_matrix),
		cmocka_unit_test(test_every_operation_has_a_row),
		cmocka_unit_test(test_what_has_no_row),
		cmocka_unit_test(test_a_viewer_only_looks),
		cmocka_unit_test(test_two_people),
		cmocka_unit_test(test_every_row_names_a_field_of_its_operation),
		cmocka_unit_test(test_what_is_about_people_is_for_who_is_bound_to_nothing),
		cmocka_unit_test(test_what_a_session_is_told),
		cmocka_unit_test(test_numbers_are_theirs_when_all_are),
		cmocka_unit_test(test_portfolios),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

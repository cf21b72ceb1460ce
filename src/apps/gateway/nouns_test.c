#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "apps/gateway/api.h"
#include "base/check.h"

/* --- the table -------------------------------------------------------------------------------- */

static const struct noun_field *field_of(const struct noun_verb *v, struct str name)
{
	for (size_t i = 0; i < v->fields_len; i++) {
		if (str_eq_c(name, v->fields[i].name))
			return &v->fields[i];
	}
	return NULL;
}

static void check_sentence(const char *operation, const char *sentence)
{
	size_t len = sentence ? strlen(sentence) : 0;

	if (len < 3 || sentence[len - 1] != '.')
		fail_msg("%s: \"%s\" is no sentence", operation, sentence ? sentence : "");
}

static void test_every_row_is_whole(void **state)
{
	char command[64];

	(void)state;
	assert_true(noun_verbs_len > 30);
	for (size_t i = 0; i < noun_verbs_len; i++) {
		const struct noun_verb *v = &noun_verbs[i];
		check_sentence(v->operation, v->doc);
		(void)snprintf(command, sizeof(command), "varco %s %s", v->noun, v->verb);
		if (strncmp(v->example, command, strlen(command)) != 0)
			fail_msg(
			    "%s: the example is of another verb: %s", v->operation, v->example);
		if (!api_schema_of(v->operation) && !api_file_of(v->operation, 0))
			fail_msg("%s: nothing says what it answers", v->operation);
		if (v->fields_len > API_FIELDS_MAX)
			fail_msg("%s has too many fields", v->operation);
		assert_ptr_equal(noun_verb_find(v->noun, v->verb), v);
	}
	assert_null(noun_verb_find("account", "forget"));
}

static void test_every_field_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < noun_verbs_len; i++) {
		const struct noun_verb *v = &noun_verbs[i];
		for (size_t k = 0; k < v->fields_len; k++) {
			const struct noun_field *f = &v->fields[k];
			check_sentence(v->operation, f->doc);
			if (field_of(v, str_c(f->name)) != f)
				fail_msg("%s: two fields are called %s", v->operation, f->name);
			if (f->positional && !f->required)
				fail_msg("%s: %s has a place and need not be there", v->operation,
				    f->name);
			bool person = strcmp(f->name, "phone") == 0 ||
			    strcmp(f->name, "bsuid") == 0;
			if (person && !f->personal)
				fail_msg("%s: %s tells of a person", v->operation, f->name);
			bool file = str_ends(str_c(f->name), STR("_file")) ||
			    strcmp(f->name, "file") == 0 ||
			    (strcmp(v->noun, "campaign") == 0 &&
				strcmp(f->name, "audience") == 0) ||
			    (strcmp(v->noun, "session") == 0 &&
				(strcmp(f->name, "link") == 0 || strcmp(f->name, "password") == 0));
			if (file != (f->type == FIELD_FILE))
				fail_msg(
				    "%s: %s is not called as files are", v->operation, f->name);
		}
	}
}

static void test_every_place_of_a_path_is_a_positional_field(void **state)
{
	(void)state;
	for (size_t i = 0; i < noun_verbs_len; i++) {
		const struct noun_verb *v = &noun_verbs[i];
		struct str rest = str_c(v->path);
		while (rest.p) {
			struct str segment = str_cut(&rest, '/');
			if (!str_starts(segment, STR("{")))
				continue;
			const struct noun_field *f = field_of(
			    v, str_sub(segment, 1, segment.len - 2));
			if (!f || !f->positional || f->type != FIELD_STR)
				fail_msg("%s: %.*s", v->operation, STR_ARG(segment));
		}
	}
}

static void test_operations_are_unique(void **state)
{
	(void)state;
	for (size_t i = 0; i < noun_verbs_len + api_aliases_len; i++) {
		const char *one = i < noun_verbs_len ? noun_verbs[i].operation
						     : api_aliases[i - noun_verbs_len].operation_id;
		for (size_t k = 0; k < i && k < noun_verbs_len; k++) {
			if (strcmp(noun_verbs[k].operation, one) == 0)
				fail_msg("two operations are called %s", one);
		}
	}
}

static void test_every_row_has_a_handler(void **state)
{
	(void)state;
	for (size_t i = 0; i < noun_verbs_len; i++) {
		const struct noun_verb *v = &noun_verbs[i];
		const struct api_handler *h = api_handler_find(v->operation);
		if (!h)
			fail_msg("%s has no handler", v->operation);
		bool changes = h->change || h->start;
		if (strcmp(v->method, "GET") == 0 && h->change)
			fail_msg("%s changes something, and is a GET", v->operation);
		if (strcmp(v->method, "GET") != 0 && !changes && !h->answer)
			fail_msg("%s does nothing", v->operation);
		if (!h->start && !h->answer)
			fail_msg("%s answers nothing", v->operation);
	}
	assert_null(api_handler_find("forgetAccount"));
}

static void test_every_handler_has_a_row(void **state)
{
	const struct api_handler *const all[] = { api_account_handlers, api_template_handlers,
		api_integration_handlers, api_consent_handlers, api_forget_handlers,
		api_request_handlers, api_link_handlers, api_trigger_handlers,
		api_autoreply_handlers, api_listen_handlers, api_stop_handlers,
		api_journal_handlers, api_ledger_handlers, api_ledger_check_handlers,
		api_pause_handlers, api_signal_handlers, api_change_handlers, api_notice_handlers,
		api_budget_handlers, api_import_handlers, api_certificate_handlers,
		api_incident_handlers, api_dossier_handlers, api_scan_handlers,
		api_register_handlers, api_campaign_handlers, api_audience_handlers,
		api_source_handlers, api_session_handlers, api_signin_handlers, api_oidc_handlers,
		api_user_handlers, api_audit_handlers, api_simulate_handlers, api_people_handlers,
		api_overview_handlers, api_policy_handlers, api_backup_handlers,
		api_webhook_handlers, api_policy_change_handlers, api_analysis_handlers };
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		for (const struct api_handler *h = all[i]; h->operation; h++)
			n++;
	}
	assert_int_equal(n, noun_verbs_len);
}

/* --- routes ----------------------------------------------------------------------------------- */

/* The path with "x1" in its first place, "x2" in its second … */
static void fill_path(const char *pattern, struct buf *out)
{
	struct str rest = str_c(pattern);
	int n = 0;

	buf_init(out, 0);
	for (struct str segment = str_cut(&rest, '/'); rest.p;) {
		segment = str_cut(&rest, '/');
		buf_add_char(out, '/');
		if (str_starts(segment, STR("{")))
			buf_addf(out, "x%d", ++n);
		else
			buf_add(out, segment);
	}
}

static void check_route(const char *method, const char *pattern, const char *operation)
{
	struct api_route route;
	struct buf path;

	fill_path(pattern, &path);
	api_route_find(str_c(method), buf_str(&path), &route);
	if (!route.verb || strcmp(route.verb->operation, operation) != 0)
		fail_msg("%s %s goes to %s, not to %s", method, path.p,
		    route.verb ? route.verb->operation : "nobody", operation);
	if (!strstr(route.allow, method))
		fail_msg("%s %s is not allowed", method, path.p);
	buf_done(&path);
}

static void test_every_path_reaches_its_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < noun_verbs_len; i++)
		check_route(noun_verbs[i].method, noun_verbs[i].path, noun_verbs[i].operation);
	for (size_t i = 0; i < api_aliases_len; i++)
		check_route(api_aliases[i].method, api_aliases[i].path, api_aliases[i].operation);
}

static void test_routes(void **state)
{
	static const struct {
		const char *method, *path, *operation, *allow;
	} cases[] = {
		{ "GET", "/api/v1/accounts", "listAccounts", "POST, GET" },
		{ "PUT", "/api/v1/accounts", NULL, "POST, GET" },
		{ "GET", "/api/v1/accounts/", NULL, "" },
		{ "GET", "/api/v1/accounts//", NULL, "" },
		{ "GET", "/api/v1/accounts/1/2", NULL, "" },
		{ "GET", "/api/v1/Accounts", NULL, "" },
		{ "GET", "/api/v2/accounts", NULL, "" },
		{ "GET", "/api/v1", NULL, "" },
		{ "GET", "/api/v1/", NULL, "" },
		{ "GET", "/api/v1/integrations/export", "exportIntegrations", "GET, PATCH, POST" },
		{ "get", "/api/v1/accounts", NULL, "POST, GET" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct api_route route;
		api_route_find(str_c(cases[i].method), str_c(cases[i].path), &route);
		const char *operation = route.verb ? route.verb->operation : "";
		if (strcmp(operation, cases[i].operation ? cases[i].operation : "") != 0 ||
		    strcmp(route.allow, cases[i].allow) != 0)
			fail_msg("%s %s: %s (%s)", cases[i].method, cases[i].path, operation,
			    route.allow);
	}
}

static void test_places_are_filled(void **state)
{
	struct api_route route;

	(void)state;
	api_route_find(STR("GET"), STR("/api/v1/templates/900/order%20x/pt_BR"), &route);
	assert_non_null(route.verb);
	assert_string_equal(route.verb->operation, "showTemplate");
	assert_true(str_eq(route.params[0], STR("900")));
	assert_true(str_eq(route.params[1], STR("order%20x")));
	assert_true(str_eq(route.params[2], STR("pt_BR")));
	api_route_find(STR("PATCH"), STR("/api/v1/numbers/100"), &route);
	assert_true(str_eq(route.params[0], STR("100")));
	assert_null(route.params[1].p);
}

/* --- errors ----------------------------------------------------------------------------------- */

static void test_every_code_has_a_status(void **state)
{
	static const struct {
		enum err_code code;
		int status;
	} cases[] = { { E_INVALID, 400 }, { E_NOT_FOUND, 404 }, { E_CONFLICT, 409 },
		{ E_TOO_LARGE, 413 }, { E_DENIED, 403 }, { E_BUSY, 503 } };

	(void)state;
	for (int code = 1; code < E_CODES_END; code++) {
		int status = api_status_of(code);
		assert_true(status >= 400 && status < 600);
		assert_int_equal(api_status_of(-code), status);
		check_sentence(err_name(code), api_title_of(status));
	}
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(api_status_of((int)cases[i].code), cases[i].status);
	assert_int_equal(api_status_of(9999), 500);
}

/* --- the description -------------------------------------------------------------------------- */

static const struct json *component_of(const struct json *doc, struct str ref)
{
	const struct json *v = doc;

	assert_true(str_starts(ref, STR("#/")));
	ref = str_sub(ref, 2, ref.len);
	while (ref.p && v) {
		char name[80];
		assert_int_equal(str_to_c(str_cut(&ref, '/'), name, sizeof(name)), 0);
		v = json_get(v, name);
	}
	return v;
}

/* Every "$ref" below `v` leads somewhere; how many there are. */
static size_t check_refs(const struct json *doc, const struct json *v)
{
	struct str ref = json_str(json_get(v, "$ref")), key;
	const struct json *item;
	struct json_iter it;
	size_t n = 0;

	if (ref.p) {
		n++;
		if (!component_of(doc, ref))
			fail_msg("%.*s leads nowhere", STR_ARG(ref));
	}
	json_iter_init(&it, v);
	while (json_iter_next(&it, &key, &item))
		n += check_refs(doc, item);
	return n;
}

static size_t count_operations(const struct json *paths)
{
	const struct json *path, *operation;
	struct json_iter it, at;
	struct str key;
	size_t n = 0;

	json_iter_init(&it, paths);
	while (json_iter_next(&it, &key, &path)) {
		json_iter_init(&at, path);
		while (json_iter_next(&at, &key, &operation))
			n += json_get(operation, "operationId") != NULL;
	}
	return n;
}

static void test_the_description_is_whole(void **state)
{
	struct arena *a = arena_new(0, 0);
	const struct json *doc;
	struct err err = { 0 };
	struct buf text;

	(void)state;
	buf_init(&text, 0);
	assert_non_null(a);
	assert_int_equal(api_openapi_write(&text), 0);
	if (json_read(a, buf_str(&text), &doc, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(str_eq(json_str(json_get(doc, "openapi")), STR("3.1.0")));
	assert_true(check_refs(doc, doc) > 100);
	/* Those of the table, their aliases, two sends, two of the webhook, one of events, one of what
	 * changes and three of health. */
	assert_int_equal(
	    count_operations(json_get(doc, "paths")), noun_verbs_len + api_aliases_len + 9);
	buf_done(&text);
	arena_free(&a);
}

static void test_the_description_without_memory(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, 0);
	check_fail_alloc_after(0, true);
	int r = api_openapi_write(&text);
	check_fail_alloc_after(-1, false);
	assert_int_equal(r, -E_NOMEM);
	buf_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_row_is_whole),
		cmocka_unit_test(test_every_field_is_told),
		cmocka_unit_test(test_every_place_of_a_path_is_a_positional_field),
		cmocka_unit_test(test_operations_are_unique),
		cmocka_unit_test(test_every_row_has_a_handler),
		cmocka_unit_test(test_every_handler_has_a_row),
		cmocka_unit_test(test_every_path_reaches_its_row),
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_places_are_filled),
		cmocka_unit_test(test_every_code_has_a_status),
		cmocka_unit_test(test_the_description_is_whole),
		cmocka_unit_test(test_the_description_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

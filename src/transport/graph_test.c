#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/crypto.h"
#include "base/torture.h"
#include "domain/rules.h"
#include "transport/graph.h"

#define NOON 1795341600000LL /* 2026-11-22T10:00:00Z */
#define ID "dec_0c5gq3hr8v2zk"

static struct pack *pack;

static void add_finding(
    struct decision *d, const char *rule, enum level level, time_ms until, const char *evidence)
{
	const struct rule *r = rule_by_id(str_c(rule));

	assert_non_null(r);
	d->findings[d->findings_len++] = (struct finding){ .rule = r,
		.level = level,
		.until = until,
		.because = r->because,
		.evidence = str_c(evidence) };
}

static void refusal(struct decision *d)
{
	*d = (struct decision){ .purpose = PURPOSE_SERVICE };
	add_finding(d, "window.closed", LEVEL_REFUSE, TIME_NONE,
	    "{\"last_contact_at\":\"2026-11-21T09:00:00Z\",\"closed_for_s\":3720}");
	add_finding(d, "limit.pair", LEVEL_HOLD, NOON, "{}");
	add_finding(d, "content.link", LEVEL_WARN, TIME_NONE, "{}");
	decision_settle(d);
}

static void hold(struct decision *d)
{
	*d = (struct decision){ .purpose = PURPOSE_MARKETING };
	add_finding(d, "limit.pair", LEVEL_HOLD, NOON, "{}");
	decision_settle(d);
}

/* --- what we answer -------------------------------------------------------------------------- */

static const struct json *written(struct arena *a, struct buf *out)
{
	const struct json *root;
	struct err err;

	assert_false(out->failed);
	if (json_read(a, buf_str(out), &root, &err))
		fail_msg("%s: %s", err.text, out->p);
	return root;
}

static void check_members(const struct json *obj, const char *names)
{
	struct json_iter it;
	struct str key;
	const struct json *value;
	struct buf all;

	buf_init(&all, 0);
	json_iter_init(&it, obj);
	while (json_iter_next(&it, &key, &value))
		buf_addf(&all, "%.*s ", STR_ARG(key));
	assert_string_equal(all.p, names);
	buf_done(&all);
}

static void check_string(const struct json *root, const char *path, const char *expected)
{
	struct str got = json_str(json_path(root, path));

	if (!str_eq_c(got, expected))
		fail_msg("%s: \"%.*s\"", path, STR_ARG(got));
}

static const struct json *refuse(
    struct arena *a, const struct decision *d, enum lang lang, struct buf *out)
{
	buf_init(out, 0);
	assert_int_equal(graph_write_refusal(a, d, MODE_ENFORCE, ID, lang, out), 0);
	return written(a, out);
}

static void test_refusal(void **state)
{
	struct arena *a = arena_new(0, 0);
	struct decision d;
	struct buf out;
	int64_t code;

	(void)state;
	refusal(&d);
	const struct json *root = refuse(a, &d, LANG_EN, &out);
	check_members(root, "error ");
	const struct json *error = json_get(root, "error");
	check_members(error,
	    "message type code error_data error_user_title error_user_msg fbtrace_id "
	    "is_transient varco ");
	check_members(json_get(error, "error_data"), "messaging_product details ");
	check_members(json_get(error, "varco"), "decision verdict mode rules hold_until ");
	struct str message = json_str(json_get(error, "message"));
	assert_true(str_starts(message, STR("(#131047) window.closed: ")));
	assert_null(memchr(message.p, '{', message.len)); /* every placeholder is filled */
	check_string(error, "type", "VarcoPolicyException");
	assert_true(json_int(json_get(error, "code"), &code) && code == 131047);
	check_string(error, "error_data.messaging_product", "whatsapp");
	check_string(error, "error_data.details", rule_by_id(STR("window.closed"))->remedy);
	check_string(error, "error_user_title", rule_by_id(STR("window.closed"))->title);
	assert_true(str_ends(json_str(json_get(error, "error_user_msg")),
	    str_c(rule_by_id(STR("window.closed"))->remedy)));
	check_string(error, "fbtrace_id", ID);
	check_string(error, "varco.decision", ID);
	check_string(error, "varco.verdict", "refuse");
	check_string(error, "varco.mode", "enforce");
	assert_int_equal(json_len(json_path(error, "varco.rules")), 3);
	check_members(
	    json_at(json_path(error, "varco.rules"), 0), "id level because evidence remedy who ");
	check_string(json_at(json_path(error, "varco.rules"), 0), "who", "app");
	assert_true(json_is_null(json_path(error, "varco.hold_until")));
	bool transient = true;
	assert_true(json_bool(json_get(error, "is_transient"), &transient) && !transient);
	buf_done(&out);
	arena_free(&a);
}

/* Only what is for a person follows the reader. */
static void test_language(void **state)
{
	struct arena *a = arena_new(0, 0);
	struct decision d;
	struct buf english, italian;
	const struct rule *r = rule_by_id(STR("window.closed"));

	(void)state;
	refusal(&d);
	const struct json *en = refuse(a, &d, LANG_EN, &english),
			  *it = refuse(a, &d, LANG_IT, &italian);
	assert_true(json_equal(json_path(en, "error.message"), json_path(it, "error.message")));
	assert_true(
	    json_equal(json_path(en, "error.error_data"), json_path(it, "error.error_data")));
	assert_true(json_equal(json_path(en, "error.varco"), json_path(it, "error.varco")));
	check_string(it, "error.error_user_title", lang_text(LANG_IT, r->title));
	assert_true(str_ends(
	    json_str(json_path(it, "error.error_user_msg")), str_c(lang_text(LANG_IT, r->remedy))));
	buf_done(&english);
	buf_done(&italian);
	arena_free(&a);
}

static void test_hold(void **state)
{
	struct arena *a = arena_new(0, 0);
	struct decision d;
	struct buf out;

	(void)state;
	hold(&d);
	const struct json *root = refuse(a, &d, LANG_EN, &out);
	check_string(root, "error.varco.verdict", "hold");
	check_string(root, "error.varco.hold_until", "2026-11-22T10:00:00Z");
	bool transient = false;
	assert_true(json_bool(json_path(root, "error.is_transient"), &transient) && transient);
	buf_done(&out);
	arena_free(&a);
}

static void test_held(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	graph_write_held(ID, NOON, &out);
	assert_string_equal(out.p,
	    "{\"varco\":{\"decision\":\"" ID
	    "\",\"state\":\"held\",\"until\":\"2026-11-22T10:00:00Z\"}}");
	buf_reset(&out);
	graph_write_held(ID, TIME_NONE, &out);
	assert_string_equal(
	    out.p, "{\"varco\":{\"decision\":\"" ID "\",\"state\":\"held\",\"until\":null}}");
	buf_done(&out);
}

static void test_unknown(void **state)
{
	struct arena *a = arena_new(0, 0);
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	graph_write_unknown(ID, LANG_EN, &out);
	const struct json *error = json_get(written(a, &out), "error");
	check_members(error,
	    "message type code error_data error_user_title error_user_msg fbtrace_id "
	    "is_transient varco ");
	check_string(error, "varco.state", "unknown");
	check_string(error, "varco.decision", ID);
	bool transient = true;
	assert_true(json_bool(json_get(error, "is_transient"), &transient) && !transient);
	buf_done(&out);
	arena_free(&a);
}

static void test_error(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	graph_write_error(
	    100, "VarcoException", "No \"such\" path.", "Look at the list.", "", false, &out);
	assert_string_equal(out.p,
	    "{\"error\":{\"message\":\"(#100) No \\\"such\\\" path.\",\"type\":\"VarcoException\",\"code\":100,"
	    "\"error_data\":{\"messaging_product\":\"whatsapp\",\"details\":\"Look at the list.\"},"
	    "\"fbtrace_id\":\"\",\"is_transient\":false}}");
	buf_reset(&out);
	graph_write_error(2, "VarcoException", "Busy.", NULL, ID, true, &out);
	assert_string_equal(out.p,
	    "{\"error\":{\"message\":\"(#2) Busy.\",\"type\":\"VarcoException\",\"code\":2,"
	    "\"fbtrace_id\":\"" ID "\",\"is_transient\":true}}");
	buf_done(&out);
}

/* --- what Meta answers ----------------------------------------------------------------------- */

static const struct {
	const char *name;
	int status;
	const char *body;
	enum graph_result result;
	const char *wamid;
	int64_t code;
} answers[] = {
	{ "accepted", 200,
	    "{\"messaging_product\":\"whatsapp\",\"contacts\":[{\"input\":\"+39\",\"wa_id\":\"39\"}],\"messages\":[{\"id\":\"wamid.A\",\"message_status\":\"accepted\"}]}",
	    GRAPH_ACCEPTED, "wamid.A", 0 },
	{ "accepted to a user id", 200,
	    "{\"contacts\":[{\"user_id\":\"IT.a\"}],\"messages\":[{\"id\":\"wamid.B\"}]}",
	    GRAPH_ACCEPTED, "wamid.B", 0 },
	{ "marked as read", 200, "{\"success\":true}", GRAPH_ACCEPTED, "", 0 },
	{ "not marked", 200, "{\"success\":false}", GRAPH_UNCLEAR, "", 0 },
	{ "200 without a message", 200, "{\"messages\":[]}", GRAPH_UNCLEAR, "", 0 },
	{ "200 with an empty id", 200, "{\"messages\":[{\"id\":\"\"}]}", GRAPH_UNCLEAR, "", 0 },
	{ "200 with a number as id", 200, "{\"messages\":[{\"id\":7}]}", GRAPH_UNCLEAR, "", 0 },
	{ "200 with HTML", 200, "<html>", GRAPH_UNCLEAR, "", 0 },
	{ "200 with nothing", 200, "", GRAPH_UNCLEAR, "", 0 },
	{ "200 with half of it", 200, "{\"messages\":[{\"id\":\"wamid.A\"}", GRAPH_UNCLEAR, "", 0 },
	{ "window", 400, "{\"error\":{\"message\":\"(#131047)\",\"code\":131047}}", GRAPH_REJECTED,
	    "", 131047 },
	{ "invalid parameter", 400, "{\"error\":{\"code\":100}}", GRAPH_REJECTED, "", 100 },
	{ "token", 401, "{\"error\":{\"code\":190}}", GRAPH_REJECTED, "", 190 },
	{ "something went wrong", 400, "{\"error\":{\"code\":131000}}", GRAPH_UNCLEAR, "", 131000 },
	{ "something went wrong, 500", 500, "{\"error\":{\"code\":131000}}", GRAPH_UNCLEAR, "",
	    131000 },
	{ "a definite code with a 500", 500, "{\"error\":{\"code\":131026}}", GRAPH_REJECTED, "",
	    131026 },
	{ "unavailable", 503, "{\"error\":{\"code\":131016}}", GRAPH_UNCLEAR, "", 131016 },
	{ "a code nobody knows", 400, "{\"error\":{\"code\":999999}}", GRAPH_REJECTED, "", 999999 },
	{ "a code nobody knows, 500", 500, "{\"error\":{\"code\":999999}}", GRAPH_UNCLEAR, "",
	    999999 },
	{ "a gateway's 502", 502, "<html>Bad Gateway</html>", GRAPH_UNCLEAR, "", 0 },
	{ "a gateway's 404", 404, "<html>Not Found</html>", GRAPH_UNCLEAR, "", 0 },
	{ "a code that is a word", 400, "{\"error\":{\"code\":\"131000\"}}", GRAPH_UNCLEAR, "", 0 },
	{ "a redirect", 302, "", GRAPH_UNCLEAR, "", 0 },
	{ "a redirect with an error", 302, "{\"error\":{\"code\":131047}}", GRAPH_UNCLEAR, "",
	    131047 },
	{ "no status", 0, "", GRAPH_UNCLEAR, "", 0 },
};

static void test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		struct arena *a = arena_new(0, 0);
		struct graph_answer got;
		assert_int_equal(
		    graph_read_answer(a, pack, answers[i].status, str_c(answers[i].body), &got), 0);
		if (got.result != answers[i].result || got.code != answers[i].code ||
		    !str_eq_c(got.wamid, answers[i].wamid))
			fail_msg("%s: result %d, code %lld, wamid %.*s", answers[i].name,
			    (int)got.result, (long long)got.code, STR_ARG(got.wamid));
		assert_true(got.wamid.p && got.wa_id.p && got.user_id.p && got.message_status.p);
		arena_free(&a);
	}
}

static void test_who_was_reached(void **state)
{
	struct arena *a = arena_new(0, 0);
	struct graph_answer got;

	(void)state;
	assert_int_equal(graph_read_answer(a, pack, 200, str_c(answers[0].body), &got), 0);
	assert_true(str_eq(got.wa_id, STR("39")));
	assert_true(str_eq(got.message_status, STR("accepted")));
	assert_int_equal(graph_read_answer(a, pack, 200, str_c(answers[1].body), &got), 0);
	assert_true(str_eq(got.user_id, STR("IT.a")));
	arena_free(&a);
}

/* --- memory ---------------------------------------------------------------------------------- */

static int read_once(void *arg)
{
	struct arena *a = arena_new(16, 0);
	struct graph_answer got;

	(void)arg;
	if (!a)
		return -E_NOMEM;
	int rc = graph_read_answer(a, pack, 200, str_c(answers[0].body), &got);
	arena_free(&a);
	return rc;
}

static int write_once(void *arg)
{
	struct arena *a = arena_new(16, 0);
	struct buf out;

	if (!a)
		return -E_NOMEM;
	buf_init(&out, 0);
	int rc = graph_write_refusal(a, arg, MODE_ENFORCE, ID, LANG_EN, &out);
	buf_done(&out);
	arena_free(&a);
	return rc;
}

static void test_no_memory(void **state)
{
	struct decision d;

	(void)state;
	refusal(&d);
	torture("an answer", read_once, NULL);
	torture("a refusal", write_once, &d);
}

static int set_up(void **state)
{
	(void)state;
	return crypto_init(NULL) || pack_builtin(&pack, NULL);
}

static int tear_down(void **state)
{
	(void)state;
	pack_free(&pack);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusal),
		cmocka_unit_test(test_language),
		cmocka_unit_test(test_hold),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_who_was_reached),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

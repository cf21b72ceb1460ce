/* What missing facts mean, what the reader takes and refuses, and the three questions that facts answer by
 * themselves: purpose, window, who started. */
#include "domain/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/torture.h"

static struct pack *pack;
static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(0, 0);
	return arena && pack_builtin(&pack, NULL) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	pack_free(&pack);
	return 0;
}

static time_ms at(const char *text)
{
	time_ms t;

	if (time_parse(str_c(text), &t) < 0)
		fail_msg("%s", text);
	return t;
}

static int read_text(const char *text, struct facts *ret, struct err *err)
{
	const struct json *obj;
	int rc = json_read(arena, str_c(text), &obj, err);

	return rc < 0 ? rc : facts_read(arena, obj, ret, err);
}

static void read_ok(const char *text, struct facts *ret)
{
	struct err err = { .code = 0 };

	if (read_text(text, ret, &err) < 0)
		fail_msg("%s: %s", text, err.text);
}

/* --- what missing means ----------------------------------------------------------------------- */

static void check_harmless(const struct facts *f)
{
	assert_false(f->app.given);
	assert_int_equal(f->app.status, APP_ACTIVE);
	assert_true(f->app.any_number && f->app.any_purpose);
	assert_int_equal(f->app.review_by, TIME_NONE);
	assert_false(f->app.has_budget);
	assert_false(f->portfolio.limited);
	assert_int_equal(f->waba.state, WABA_ACTIVE);
	assert_true(f->waba.payment_ok);
	assert_false(f->number.given);
	assert_true(str_eq(f->number.status, STR("CONNECTED")));
	assert_true(str_eq(f->number.quality, STR("GREEN")));
	assert_false(f->number.warmup.active);
	assert_false(f->tpl.known);
	assert_int_equal(f->person.consents_len, 0);
	assert_int_equal(f->person.last_inbound_at, TIME_NONE);
	assert_int_equal(f->person.cooldown_until, TIME_NONE);
	assert_int_equal(f->person.last_delivered[PURPOSE_UTILITY], TIME_NONE);
	assert_false(f->has_key);
}

static void test_missing_is_harmless(void **state)
{
	static const char *const texts[] = {
		"{}",
		"null",
		"{\"app\":null,\"portfolio\":null,\"waba\":null,\"number\":null,\"template\":null,"
		"\"person\":null}",
		"{\"waba\":{\"restrictions\":null,\"paused\":null,\"state\":null},\"person\":{"
		"\"consents\":null,\"cooldown_until\":null,\"last_delivered\":{\"utility\":null}}}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct facts f;
		read_ok(texts[i], &f);
		check_harmless(&f);
	}
}

/* --- everything that may be given ------------------------------------------------------------- */

static const char everything[] =
    "{\"app\":{\"id\":\"crm\",\"name\":\"CRM\",\"status\":\"suspended\",\"numbers\":[\"1\",\"2\"],"
    "\"categories\":[\"marketing\",\"SERVICE\"],\"review_by\":\"2027-06-30\",\"same_digest_1h\":3,"
    "\"cost_left\":-0.5},"
    "\"portfolio\":{\"id\":\"p\",\"limit\":2000,\"unique_24h\":120},"
    "\"waba\":{\"id\":\"900\",\"name\":\"Bottega\",\"country\":\"IT\",\"state\":\"locked\","
    "\"restrictions\":[{\"type\":\"A\",\"until\":\"2026-11-24T00:00:00Z\"},{\"type\":\"B\"}],"
    "\"blocked_countries\":[\"FR\"],\"payment_ok\":false,"
    "\"paused\":[{\"purpose\":\"marketing\",\"until\":null,\"by\":\"breaker\",\"reason\":\"r\"}]},"
    "\"number\":{\"id\":\"100\",\"display\":\"+39 333 123 4500\",\"verified_name\":\"Bottega\","
    "\"status\":\"FLAGGED\",\"quality\":\"RED\",\"throughput\":20,\"sent_last_second\":1,"
    "\"sent_24h\":2,\"max_24h_last_7d\":3,\"warmup\":{\"cap\":45,\"used\":44,\"used_last_hour\":5,"
    "\"used_last_minute\":1,\"day\":3,\"engaged_share\":0.5,"
    "\"frozen_until\":\"2026-11-24T00:00:00+01:00\"}},"
    "\"template\":{\"id\":\"t\",\"name\":\"n\",\"language\":\"it\",\"category\":\"UTILITY\","
    "\"correct_category\":\"MARKETING\",\"category_change_at\":\"2026-11-24T00:00:00Z\","
    "\"status\":\"PAUSED\",\"quality\":\"GREEN\",\"paused_until\":\"2026-11-24T00:00:00Z\","
    "\"components\":[]},"
    "\"person\":{\"id\":\"x\",\"phone\":\"+393331234567\",\"bsuid\":\"IT.abc\","
    "\"timezone\":\"Europe/Rome\",\"last_inbound_at\":\"2026-11-21T09:00:00.5Z\","
    "\"last_call_at\":\"2026-11-21T09:00:00Z\",\"consents\":[{\"purpose\":\"all\",\"act\":\"grant\","
    "\"at\":\"2026-01-10T09:00:00Z\",\"evidence\":\"signed\",\"source\":\"s\",\"text\":\"t\"}],"
    "\"meta_stop\":true,\"suppressed\":true,\"hard_failures\":2,"
    "\"marketing_sent\":[\"2026-11-21T09:00:00Z\"],\"cooldown_until\":\"2026-11-24T00:00:00Z\","
    "\"pair_sent\":[\"2026-11-21T09:00:09Z\",\"2026-11-21T09:00:03Z\"],"
    "\"pair_clear_at\":\"2026-11-21T09:01:00Z\",\"pair_spent\":true,"
    "\"recent_digests\":[{\"digest\":"
    "\"AB00000000000000000000000000000000000000000000000000000000000001\","
    "\"at\":\"2026-11-21T09:00:00Z\",\"app\":\"crm\",\"number\":\"100\"}],"
    "\"counted_24h\":true,\"engaged\":false,\"last_delivered\":{\"marketing\":"
    "\"2026-11-20T09:00:00Z\",\"utility\":null}}}";

static void test_everything_is_taken(void **state)
{
	struct facts f;

	(void)state;
	read_ok(everything, &f);
	assert_true(f.app.given && f.app.known && f.app.has_budget);
	assert_int_equal(f.app.status, APP_SUSPENDED);
	assert_int_equal(f.app.numbers_len, 2);
	assert_int_equal(
	    f.app.purposes, PURPOSE_BIT(PURPOSE_MARKETING) | PURPOSE_BIT(PURPOSE_SERVICE));
	assert_false(f.app.any_number || f.app.any_purpose);
	assert_int_equal(f.app.review_by, at("2027-06-30T00:00:00Z"));
	assert_true(f.portfolio.limited && f.portfolio.limit == 2000);
	assert_int_equal(f.waba.state, WABA_LOCKED);
	assert_int_equal(f.waba.restrictions[0].until, at("2026-11-24T00:00:00Z"));
	assert_int_equal(f.waba.restrictions[1].until, TIME_NONE);
	assert_int_equal(f.waba.paused[0].purpose, PURPOSE_MARKETING);
	assert_int_equal(f.waba.paused[0].until, TIME_NONE);
	assert_int_equal(f.number.phone.number, 393331234500);
	assert_int_equal(f.number.warmup.frozen_until, at("2026-11-23T23:00:00Z"));
	assert_true(f.number.warmup.active && f.number.warmup.day == 3);
	assert_int_equal(f.tpl.correct_category, PURPOSE_MARKETING);
	assert_true(
	    f.tpl.paused_until_given && json_len(f.tpl.components) == 0 && f.tpl.components);
	assert_int_equal(f.person.phone.number, 393331234567);
	assert_int_equal(f.person.consents[0].evidence, EVIDENCE_SIGNED);
	assert_int_equal(f.person.pair_sent[0], at("2026-11-21T09:00:03Z"));
	assert_int_equal(f.person.pair_sent[1], at("2026-11-21T09:00:09Z"));
	assert_true(f.person.pair_spent);
	assert_int_equal(f.person.recent_digests[0].digest.b[0], 0xab);
	assert_true(f.person.engaged_given && !f.person.engaged && f.person.counted_24h);
	assert_int_equal(f.person.last_delivered[PURPOSE_MARKETING], at("2026-11-20T09:00:00Z"));
	assert_int_equal(f.person.last_delivered[PURPOSE_UTILITY], TIME_NONE);
}

static void test_words_that_cannot_be_told(void **state)
{
	struct facts f;

	(void)state;
	read_ok("{\"app\":{\"status\":\"asleep\"},\"waba\":{\"state\":\"odd\"},\"template\":{"
		"\"category\":\"TRANSACTIONAL\",\"correct_category\":\"SERVICE\"},"
		"\"person\":{\"phone\":\"12\"},\"number\":{\"display\":\"none\"}}",
	    &f);
	assert_int_equal(f.app.status, APP_STATUS_UNKNOWN);
	assert_int_equal(f.waba.state, WABA_STATE_UNKNOWN);
	assert_int_equal(f.tpl.category, PURPOSE_NONE);
	assert_int_equal(f.tpl.correct_category, PURPOSE_NONE);
	assert_int_equal(f.person.phone.number, 0);
	assert_int_equal(f.number.phone.number, 0);
	assert_string_equal(app_status_name(APP_STATUS_UNKNOWN), "");
	assert_string_equal(waba_state_name(WABA_SCHEDULED_FOR_DISABLE), "scheduled_for_disable");
}

static void test_mistakes_are_named(void **state)
{
	static const struct {
		const char *text, *field;
	} cases[] = {
		{ "[]", "facts" },
		{ "{\"application\":{}}", "facts.application" },
		{ "{\"app\":{\"keys\":1}}", "facts.app.keys" },
		{ "{\"app\":[]}", "facts.app" },
		{ "{\"app\":{\"numbers\":[1]}}", "facts.app.numbers[0]" },
		{ "{\"app\":{\"categories\":[\"marketing\",\"x\"]}}", "facts.app.categories[1]" },
		{ "{\"app\":{\"review_by\":\"2027-02-30\"}}", "facts.app.review_by" },
		{ "{\"app\":{\"cost_left\":\"1\"}}", "facts.app.cost_left" },
		{ "{\"portfolio\":{\"limit\":-1}}", "facts.portfolio.limit" },
		{ "{\"portfolio\":{\"limit\":1.5}}", "facts.portfolio.limit" },
		{ "{\"portfolio\":{\"limit\":1000000000001}}", "facts.portfolio.limit" },
		{ "{\"waba\":{\"restrictions\":[{\"type\":1}]}}",
		    "facts.waba.restrictions[0].type" },
		{ "{\"waba\":{\"paused\":[{\"until\":\"soon\"}]}}", "facts.waba.paused[0].until" },
		{ "{\"waba\":{\"payment_ok\":\"yes\"}}", "facts.waba.payment_ok" },
		{ "{\"number\":{\"warmup\":{\"engaged_share\":1.1}}}",
		    "facts.number.warmup.engaged_share" },
		{ "{\"template\":{\"components\":{}}}", "facts.template.components" },
		{ "{\"person\":{\"consents\":[{\"purpose\":\"all\",\"act\":\"grant\"}]}}",
		    "facts.person.consents[0]" },
		{ "{\"person\":{\"consents\":[{\"act\":\"revoke\"}]}}",
		    "facts.person.consents[0].act" },
		{ "{\"person\":{\"consents\":[{\"evidence\":\"word\"}]}}",
		    "facts.person.consents[0].evidence" },
		{ "{\"person\":{\"recent_digests\":[{\"digest\":\"ab\"}]}}",
		    "facts.person.recent_digests[0].digest" },
		{ "{\"person\":{\"recent_digests\":[{\"app\":\"crm\"}]}}",
		    "facts.person.recent_digests[0]" },
		{ "{\"person\":{\"last_delivered\":{\"all\":null}}}",
		    "facts.person.last_delivered.all" },
		{ "{\"person\":{\"pair_sent\":[\"2026-11-21T09:00:00Z\",\"x\"]}}",
		    "facts.person.pair_sent[1]" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct facts f;
		struct err err = { .code = 0 };
		if (read_text(cases[i].text, &f, &err) != -E_INVALID ||
		    strcmp(err.field, cases[i].field) != 0 || !err.text[0])
			fail_msg("%s: field %s, %s", cases[i].text, err.field, err.text);
	}
}

static int read_everything(void *arg)
{
	struct arena *a = arena_new(0, 0);
	const struct json *obj;
	struct facts f;
	int rc = a ? json_read(a, str_c(everything), &obj, arg) : -E_NOMEM;

	if (rc == 0)
		rc = facts_read(a, obj, &f, arg);
	arena_free(&a);
	return rc;
}

/* What is not named stays; a list is replaced as a whole; nothing changes when something is wrong. */
static void test_change(void **state)
{
	const struct json *obj = NULL;
	struct err err = { .code = 0 };
	struct facts f;

	(void)state;
	read_ok("{\"number\":{\"quality\":\"GREEN\",\"sent_24h\":7},\"person\":{\"consents\":["
		"{\"purpose\":\"marketing\",\"act\":\"grant\",\"at\":\"2026-11-01T10:00:00Z\"},"
		"{\"purpose\":\"utility\",\"act\":\"grant\",\"at\":\"2026-11-01T10:00:00Z\"}]}}",
	    &f);
	assert_int_equal(
	    json_read(arena,
		STR("{\"number\":{\"quality\":\"RED\"},\"person\":{\"consents\":["
		    "{\"purpose\":\"all\",\"act\":\"withdraw\",\"at\":\"2026-11-02T10:00:00Z\"}]}}"),
		&obj, &err),
	    0);
	assert_int_equal(facts_change(arena, obj, &f, &err), 0);
	assert_true(str_eq(f.number.quality, STR("RED")));
	assert_int_equal(f.number.sent_24h, 7);
	assert_int_equal(f.person.consents_len, 1);
	assert_int_equal(f.person.consents[0].act, CONSENT_WITHDRAW);
	assert_int_equal(
	    json_read(arena, STR("{\"number\":{\"quality\":\"GREEN\",\"odd\":1}}"), &obj, &err), 0);
	assert_int_equal(facts_change(arena, obj, &f, &err), -E_INVALID);
	assert_string_equal(err.field, "facts.number.odd");
	assert_true(str_eq(f.number.quality, STR("RED")));
	assert_int_equal(facts_change(arena, NULL, &f, &err), 0);
	assert_int_equal(f.number.sent_24h, 7);
}

static void test_memory_runs_out(void **state)
{
	struct err err;

	(void)state;
	torture("facts_read", read_everything, &err);
}

/* --- the three questions ---------------------------------------------------------------------- */

static void test_window(void **state)
{
	static const struct {
		const char *name, *inbound, *call, *now;
		bool open;
	} cases[] = {
		{ "never", NULL, NULL, "2026-11-22T10:00:00Z", false },
		{ "a second inside", "2026-11-22T10:00:00Z", NULL, "2026-11-23T09:57:59Z", true },
		{ "24 h less the margin", "2026-11-22T10:00:00Z", NULL, "2026-11-23T09:58:00Z",
		    false },
		{ "a call opens too", NULL, "2026-11-22T10:00:00Z", "2026-11-22T11:00:00Z", true },
		{ "the later counts", "2026-11-20T10:00:00Z", "2026-11-22T10:00:00Z",
		    "2026-11-22T11:00:00Z", true },
		{ "5 minutes ahead is now", "2026-11-22T10:05:00Z", NULL, "2026-11-22T10:00:00Z",
		    true },
		{ "further ahead is not believed", "2026-11-22T10:05:01Z", NULL,
		    "2026-11-22T10:00:00Z", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct facts f;
		facts_init(&f);
		if (cases[i].inbound)
			f.person.last_inbound_at = at(cases[i].inbound);
		if (cases[i].call)
			f.person.last_call_at = at(cases[i].call);
		if (facts_window_open(&f, pack, at(cases[i].now)) != cases[i].open)
			fail_msg("%s", cases[i].name);
		f.clock_suspect = true;
		if (facts_window_open(&f, pack, at(cases[i].now)))
			fail_msg("%s", cases[i].name);
	}
}

static void test_purpose(void **state)
{
	static const char change[] = "2026-11-22T10:00:00Z";
	static const struct {
		const char *name;
		enum message_kind kind;
		enum purpose direct;
		const char *sent_language, *now;
		enum purpose purpose;
	} cases[] = {
		{ "free form", MESSAGE_FREE_FORM, PURPOSE_NONE, "", change, PURPOSE_SERVICE },
		{ "mark as read", MESSAGE_READ, PURPOSE_NONE, "", change, PURPOSE_SERVICE },
		{ "unreadable", MESSAGE_UNREADABLE, PURPOSE_NONE, "", change, PURPOSE_NONE },
		{ "direct", MESSAGE_DIRECT, PURPOSE_AUTHENTICATION, "", change,
		    PURPOSE_AUTHENTICATION },
		{ "before the change", MESSAGE_TEMPLATE, PURPOSE_NONE, "it", "2026-11-22T09:59:59Z",
		    PURPOSE_UTILITY },
		{ "from the change on", MESSAGE_TEMPLATE, PURPOSE_NONE, "it", change,
		    PURPOSE_MARKETING },
		{ "another language", MESSAGE_TEMPLATE, PURPOSE_NONE, "it_IT", change,
		    PURPOSE_NONE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct message m = { .kind = cases[i].kind, .direct_category = cases[i].direct };
		struct facts f;
		m.template_name = STR("order");
		m.template_language = str_c(cases[i].sent_language);
		read_ok(
		    "{\"template\":{\"name\":\"order\",\"language\":\"it\",\"category\":\"UTILITY\","
		    "\"correct_category\":\"MARKETING\","
		    "\"category_change_at\":\"2026-11-22T10:00:00Z\"}}",
		    &f);
		if (facts_purpose(&f, &m, at(cases[i].now)) != cases[i].purpose)
			fail_msg("%s", cases[i].name);
	}
}

static void test_who_started(void **state)
{
	static const struct {
		const char *name;
		enum message_kind kind;
		enum purpose category;
		bool open, started;
	} cases[] = {
		{ "reply", MESSAGE_FREE_FORM, PURPOSE_NONE, true, false },
		{ "free form outside", MESSAGE_FREE_FORM, PURPOSE_NONE, false, false },
		{ "marketing outside", MESSAGE_TEMPLATE, PURPOSE_MARKETING, false, true },
		{ "marketing inside", MESSAGE_TEMPLATE, PURPOSE_MARKETING, true, true },
		{ "utility outside", MESSAGE_TEMPLATE, PURPOSE_UTILITY, false, true },
		{ "utility inside", MESSAGE_TEMPLATE, PURPOSE_UTILITY, true, false },
		{ "code inside", MESSAGE_TEMPLATE, PURPOSE_AUTHENTICATION, true, false },
		{ "direct outside", MESSAGE_DIRECT, PURPOSE_UTILITY, false, true },
		{ "direct inside", MESSAGE_DIRECT, PURPOSE_UTILITY, true, false },
		{ "unknown template inside", MESSAGE_TEMPLATE, PURPOSE_NONE, true, true },
	};
	time_ms now = at("2026-11-22T10:00:00Z");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct message m = { .kind = cases[i].kind, .direct_category = cases[i].category };
		struct facts f;
		facts_init(&f);
		f.tpl.known = cases[i].category != PURPOSE_NONE;
		f.tpl.category = cases[i].category;
		f.person.last_inbound_at = cases[i].open ? now : TIME_NONE;
		if (facts_business_initiated(&f, &m, pack, now) != cases[i].started)
			fail_msg("%s", cases[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_missing_is_harmless),
		cmocka_unit_test(test_everything_is_taken),
		cmocka_unit_test(test_words_that_cannot_be_told),
		cmocka_unit_test(test_mistakes_are_named),
		cmocka_unit_test(test_change),
		cmocka_unit_test(test_memory_runs_out),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_purpose),
		cmocka_unit_test(test_who_started),
	};

	if (crypto_init(NULL) < 0)
		return 1;
	return cmocka_run_group_tests(tests, setup, teardown);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/check.h"
#include "apps/sim/sim_faults.h"

/* A fault in JSON, then calls to a path; which of them meets what, one character a call: '.' nothing, 'x' the fault. */
static const struct {
	const char *name, *fault, *path, *met;
} rows[] = {
	{ "the next call", "{\"path\":\"/messages\",\"kind\":\"drip\"}", "/v25.0/1/messages",
	    "x...." },
	{ "the third", "{\"path\":\"/messages\",\"nth\":3,\"kind\":\"drip\"}", "/v25.0/1/messages",
	    "..x.." },
	{ "several", "{\"path\":\"/messages\",\"nth\":2,\"times\":2,\"kind\":\"drip\"}",
	    "/v25.0/1/messages", ".xx.." },
	{ "for ever", "{\"path\":\"/messages\",\"times\":-1,\"kind\":\"drip\"}",
	    "/v25.0/1/messages", "xxxxx" },
	{ "any path", "{\"kind\":\"drip\"}", "/v25.0/1", "x...." },
	{ "the whole path", "{\"path\":\"/v25.0/1/messages\",\"kind\":\"drip\"}",
	    "/v25.0/1/messages", "x...." },
	{ "another path", "{\"path\":\"/media\",\"kind\":\"drip\"}", "/v25.0/1/messages", "....." },
	{ "a star", "{\"path\":\"*/messages\",\"kind\":\"drip\"}", "/v25.0/1/messages", "x...." },
	{ "its method", "{\"method\":\"post\",\"kind\":\"drip\"}", "/v25.0/1/messages", "x...." },
	{ "another method", "{\"method\":\"GET\",\"kind\":\"drip\"}", "/v25.0/1/messages",
	    "....." },
	{ "control is left alone", "{\"kind\":\"drip\"}", "/_sim/inbound", "....." },
	{ "unless it is named", "{\"path\":\"/_sim/inbound\",\"kind\":\"drip\"}", "/_sim/inbound",
	    "x...." },
};

static const struct json *parse(struct arena *a, const char *text)
{
	const struct json *o = NULL;

	assert_int_equal(json_read(a, str_c(text), &o, NULL), 0);
	return o;
}

static void test_meeting(void **state)
{
	struct arena *a = arena_new(0, 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct sim_faults *f = sim_faults_new();
		assert_int_equal(sim_faults_add(f, parse(a, rows[i].fault), NULL), 0);
		for (const char *at = rows[i].met; *at; at++) {
			struct sim_fault met = sim_faults_meet(f, HTTP_M_POST, str_c(rows[i].path));
			if ((met.kind == SIM_FAULT_DRIP) != (*at == 'x'))
				fail_msg("%s: call %d", rows[i].name, (int)(at - rows[i].met) + 1);
		}
		sim_faults_free(&f);
	}
	arena_free(&a);
}

static void test_kinds_and_numbers(void **state)
{
	static const struct {
		const char *fault;
		enum sim_fault_kind kind;
		int64_t number;
	} kinds[] = {
		{ "{\"kind\":\"accept_then_reset\"}", SIM_FAULT_ACCEPT_THEN_RESET, 0 },
		{ "{\"kind\":\"error:131026\"}", SIM_FAULT_ERROR, 131026 },
		{ "{\"kind\":\"error\",\"code\":4}", SIM_FAULT_ERROR, 4 },
		{ "{\"kind\":\"delay_ms:250\"}", SIM_FAULT_DELAY, 250 },
		{ "{\"kind\":\"delay_ms\",\"ms\":40}", SIM_FAULT_DELAY, 40 },
	};
	struct arena *a = arena_new(0, 0);
	struct sim_faults *f = sim_faults_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		assert_int_equal(sim_faults_add(f, parse(a, kinds[i].fault), NULL), 0);
		struct sim_fault met = sim_faults_meet(f, HTTP_M_GET, STR("/x"));
		assert_int_equal(met.kind, kinds[i].kind);
		assert_int_equal(met.number, kinds[i].number);
	}
	sim_faults_free(&f);
	arena_free(&a);
}

static void test_refused(void **state)
{
	static const struct {
		const char *fault, *field;
	} bad[] = {
		{ "{}", "kind" },
		{ "{\"kind\":\"nonsense\"}", "kind" },
		{ "{\"kind\":7}", "kind" },
		{ "{\"kind\":\"error:x\"}", "kind" },
		{ "{\"kind\":\"delay_ms:-1\"}", "kind" },
		{ "{\"kind\":\"drip\",\"nth\":0}", "nth" },
		{ "{\"kind\":\"drip\",\"nth\":-2}", "nth" },
		{ "{\"kind\":\"drip\",\"times\":0}", "times" },
		{ "{\"kind\":\"drip\",\"times\":\"1\"}", "times" },
	};
	struct arena *a = arena_new(0, 0);
	struct sim_faults *f = sim_faults_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err err = { 0 };
		if (sim_faults_add(f, parse(a, bad[i].fault), &err) >= 0)
			fail_msg("taken: %s", bad[i].fault);
		assert_string_equal(err.field, bad[i].field);
	}
	assert_int_equal(sim_faults_meet(f, HTTP_M_GET, STR("/x")).kind, SIM_FAULT_NONE);
	sim_faults_free(&f);
	arena_free(&a);
}

/* Two faults on one path: the older is met first, the younger has counted meanwhile. */
static void test_two(void **state)
{
	struct arena *a = arena_new(0, 0);
	struct sim_faults *f = sim_faults_new();

	(void)state;
	assert_int_equal(sim_faults_add(f, parse(a, "{\"kind\":\"drip\",\"times\":2}"), NULL), 0);
	assert_int_equal(sim_faults_add(f, parse(a, "{\"kind\":\"truncate\",\"nth\":2}"), NULL), 0);
	assert_int_equal(sim_faults_meet(f, HTTP_M_GET, STR("/x")).kind, SIM_FAULT_DRIP);
	assert_int_equal(sim_faults_meet(f, HTTP_M_GET, STR("/x")).kind, SIM_FAULT_DRIP);
	assert_int_equal(sim_faults_meet(f, HTTP_M_GET, STR("/x")).kind, SIM_FAULT_TRUNCATE);
	assert_int_equal(sim_faults_meet(f, HTTP_M_GET, STR("/x")).kind, SIM_FAULT_NONE);
	sim_faults_free(&f);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meeting),
		cmocka_unit_test(test_kinds_and_numbers),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

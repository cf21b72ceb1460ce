#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/check.h"
#include "apps/sim/sim_fields.h"

static void test_lists(void **state)
{
	static const struct {
		const char *list, *names;
	} rows[] = { { "a", "a|" }, { "a,b,c", "a|b|c|" }, { "a{b,c},d", "a|d|" },
		{ "a.limit(3){b},c", "a|c|" }, { " a , b ", "a|b|" }, { "a{b{c,d}},e", "a|e|" },
		{ "", "" }, { "a,,b", "a||b|" }, { "a{b", "a|" } };
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str rest = str_c(rows[i].list), name;
		buf_reset(&out);
		while (sim_fields_next(&rest, &name))
			buf_addf(&out, "%.*s|", STR_ARG(name));
		if (!str_eq_c(buf_str(&out), rows[i].names))
			fail_msg("%s: %s", rows[i].list, out.p);
	}
	buf_done(&out);
}

static struct str print_number(const struct sim_number *n, struct str fields, struct buf *out)
{
	struct json_writer w;

	buf_reset(out);
	jw_init(&w, out);
	sim_number_print(&w, n, fields);
	return buf_str(out);
}

static void test_number(void **state)
{
	struct sim_world *w = sim_world_new();
	struct sim_number *n = sim_world_number(w, STR("100200300"), NULL);
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	n->waba->portfolio->limit = 2000;
	assert_true(str_eq_c(
	    print_number(n, STR("status,whatsapp_business_manager_messaging_limit,nonsense"), &out),
	    "{\"status\":\"CONNECTED\",\"whatsapp_business_manager_messaging_limit\":\"TIER_2K\",\"id\":\"100200300\"}"));
	assert_non_null(strstr(print_number(n, STR_NONE, &out).p, "\"quality_rating\":\"GREEN\""));
	assert_null(strstr(out.p, "health_status"));
	n->throughput = 1000;
	assert_true(str_eq_c(print_number(n, STR("throughput"), &out),
	    "{\"throughput\":{\"level\":\"HIGH\"},\"id\":\"100200300\"}"));
	sim_set_text(n->waba->health.can_send, sizeof(n->waba->health.can_send), STR("BLOCKED"));
	n->waba->health.code = 141014;
	assert_non_null(strstr(print_number(n, STR("health_status"), &out).p,
	    "{\"health_status\":{\"can_send_message\":\"BLOCKED\",\"entities\":[{\"entity_type\":\"PHONE_NUMBER\","));
	assert_non_null(strstr(out.p, "\"error_code\":141014"));
	buf_done(&out);
	sim_world_free(&w);
}

static void test_what_is_meant(void **state)
{
	(void)state;
	assert_true(sim_fields_lean_number(STR("verified_name,quality_rating,health_status")) > 0);
	assert_true(sim_fields_lean_number(STR("name,currency,health_status")) < 0);
	assert_int_equal(sim_fields_lean_number(STR("health_status")), 0);
	assert_int_equal(sim_fields_lean_number(STR_NONE), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_what_is_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/check.h"
#include "apps/sim/sim_messages.h"

static void test_keeps_the_newest(void **state)
{
	struct sim_messages *m = sim_messages_new();

	(void)state;
	for (uint64_t n = 1; n <= SIM_MESSAGES_MAX + 5; n++) {
		struct sim_message *msg = sim_messages_add(m, STR_NONE, STR_NONE);
		assert_int_equal(msg->n, n);
	}
	assert_int_equal(sim_messages_count(m), SIM_MESSAGES_MAX + 5);
	assert_null(sim_messages_get(m, 0));
	assert_null(sim_messages_get(m, 5));
	assert_int_equal(sim_messages_get(m, 6)->n, 6);
	assert_null(sim_messages_get(m, SIM_MESSAGES_MAX + 6));
	sim_messages_clear(m);
	assert_null(sim_messages_get(m, 6));
	assert_int_equal(sim_messages_add(m, STR_NONE, STR_NONE)->n, SIM_MESSAGES_MAX + 6);
	sim_messages_free(&m);
	assert_null(m);
}

static void test_texts_are_copied(void **state)
{
	struct sim_messages *m = sim_messages_new();
	char data[] = "token";
	struct sim_message *msg = sim_messages_add(m, STR("GRP"), str_c(data));

	(void)state;
	data[0] = 'x';
	assert_string_equal(msg->callback_data, "token");
	assert_string_equal(msg->group, "GRP");
	assert_true(msg->entry_until == TIME_NONE && msg->reached[SIM_READ] == TIME_NONE);
	msg = sim_messages_add(m, STR_NONE, STR(""));
	assert_null(msg->group);
	assert_string_equal(msg->callback_data, "");
	sim_messages_free(&m);
}

static void test_without_memory(void **state)
{
	struct sim_messages *m = sim_messages_new();

	(void)state;
	for (long fail = 0; fail < 3; fail++) {
		check_fail_alloc_after(fail, false);
		assert_null(sim_messages_add(m, STR("g"), STR("d")));
		check_fail_alloc_after(-1, false);
	}
	assert_int_equal(sim_messages_add(m, STR("g"), STR("d"))->n, 1);
	sim_messages_free(&m);
}

static void test_names(void **state)
{
	(void)state;
	for (int s = SIM_SENT; s < SIM_STATUSES; s++)
		assert_int_equal(sim_status_of(str_c(sim_status_name((enum sim_status)s))), s);
	assert_int_equal(sim_status_of(STR("")), SIM_NO_STATUS);
	assert_int_equal(sim_status_of(STR("lost")), SIM_NO_STATUS);
	assert_string_equal(sim_category_name(SIM_MARKETING_LITE), "marketing_lite");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keeps_the_newest),
		cmocka_unit_test(test_texts_are_copied),
		cmocka_unit_test(test_without_memory),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

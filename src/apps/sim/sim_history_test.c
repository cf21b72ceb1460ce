#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "apps/sim/sim_history.h"

static void test_lines_and_digest(void **state)
{
	struct sim_history *a = sim_history_new(), *b = sim_history_new();
	char subject[16];

	(void)state;
	for (int i = 0; i < SIM_HISTORY_MAX + 10; i++) {
		(void)snprintf(subject, sizeof(subject), "%d", i);
		sim_history_add(a, i, "level", subject, "TIER_2K");
		sim_history_add(b, i, "level", subject, "TIER_2K");
	}
	assert_int_equal(sim_history_len(a), SIM_HISTORY_MAX);
	assert_string_equal(sim_history_at(a, 0)->subject, "10");
	assert_null(sim_history_at(a, SIM_HISTORY_MAX));
	assert_true(sim_history_digest(a) == sim_history_digest(b));
	sim_history_mark(b, 1);
	assert_true(sim_history_digest(a) != sim_history_digest(b));
	sim_history_clear(a);
	assert_int_equal(sim_history_len(a), 0);
	sim_history_free(&a);
	sim_history_free(&b);
	sim_history_free(&b);
}

static void test_print(void **state)
{
	struct sim_history *h = sim_history_new();
	struct json_writer w;
	struct buf out;

	(void)state;
	sim_history_add(h, 0, "quality", "100", "GREEN > YELLOW");
	sim_history_add(h, 1000, "quality", "100", "YELLOW > RED");
	buf_init(&out, 0);
	jw_init(&w, &out);
	sim_history_print(h, 1, &w);
	assert_true(str_eq_c(buf_str(&out),
	    "[{\"n\":2,\"at\":\"1970-01-01T00:00:01Z\",\"what\":\"quality\",\"subject\":\"100\","
	    "\"detail\":\"YELLOW > RED\"}]"));
	buf_done(&out);
	sim_history_free(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_and_digest),
		cmocka_unit_test(test_print),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

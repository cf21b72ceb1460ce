#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "apps/sim/assumptions.h"
#include "apps/sim/sim_people.h"

static void test_everybody(void **state)
{
	struct sim_people p;
	struct sim_message m = { 0 };
	struct sim_random r;
	int read = 0;

	(void)state;
	assert_int_equal(sim_people_plain(NULL, &p, NULL), 0);
	assert_true(p.knows(p.ctx, STR("447700900123")));
	sim_random_init(&r, 1);
	for (int i = 0; i < 1000; i++) {
		struct sim_fate fate;
		p.decide(p.ctx, &m, &r, &fate);
		assert_int_equal(fate.fail_code, 0);
		assert_in_range(fate.sent_ms, ASSUME_SENT_MS_MIN, ASSUME_SENT_MS_MAX);
		assert_true(fate.delivered_ms > fate.sent_ms);
		assert_true(fate.read_ms == -1 || fate.read_ms > fate.delivered_ms);
		read += fate.read_ms != -1;
	}
	assert_in_range(read, ASSUME_READ_PERMILLE - 60, ASSUME_READ_PERMILLE + 60);
	sim_people_done(&p);
}

static void test_a_number_of_people(void **state)
{
	struct sim_people p;
	char phone[32];

	(void)state;
	assert_int_equal(sim_people_plain("3", &p, NULL), 0);
	for (int64_t i = -1; i < 4; i++) {
		(void)snprintf(phone, sizeof(phone), "%lld", (long long)(ASSUME_FIRST_PERSON + i));
		assert_int_equal(p.knows(p.ctx, str_c(phone)), i >= 0 && i < 3);
	}
	sim_people_done(&p);
	assert_int_equal(sim_people_plain("0", &p, NULL), -E_RANGE);
	assert_int_equal(sim_people_plain("99999999", &p, NULL), -E_RANGE);
}

static int from_file(const char *text, struct sim_people *p)
{
	char path[] = "/tmp/varco-people-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, str_c(text).len), (ssize_t)str_c(text).len);
	(void)close(fd);
	int rc = sim_people_plain(path, p, NULL);
	(void)unlink(path);
	return rc;
}

static void test_a_file(void **state)
{
	struct sim_people p;

	(void)state;
	assert_int_equal(
	    from_file(
		"phone,name\n# shop\n+393331234567,Ana\n\n447700900123\r\nnonsense\n+15550100", &p),
	    0);
	assert_true(p.knows(p.ctx, STR("393331234567")));
	assert_true(p.knows(p.ctx, STR("447700900123")));
	assert_true(p.knows(p.ctx, STR("15550100")));
	assert_false(p.knows(p.ctx, STR("393331234568")));
	sim_people_done(&p);
	assert_int_equal(from_file("nobody\n", &p), -E_INVALID);
	assert_true(sim_people_plain("/nonexistent/people", &p, NULL) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everybody),
		cmocka_unit_test(test_a_number_of_people),
		cmocka_unit_test(test_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

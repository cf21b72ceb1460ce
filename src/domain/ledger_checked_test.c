#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/fixture.h"
#include "domain/ledger_checked.h"

static void test_the_last_one_stands(void **state)
{
	static const struct ledger_report sound = { .entries = 9, .covered = 8, .checkpoints = 2 };
	static const struct ledger_report other = { .entries = 5,
		.finding = { .fault = LEDGER_RECORD_OTHER,
		    .seq = 6,
		    .until = 6,
		    .record = "dec_0000000000001" } };
	struct fixture *f = *state;
	struct ledger_checked x = { .at = -7 };

	assert_int_equal(ledger_checked_get(f->conn, &x, &f->err), 0);
	assert_int_equal(x.at, -7);
	OK(ledger_checked_set(f->conn, &sound, NOW, &f->err));
	assert_int_equal(ledger_checked_get(f->conn, &x, &f->err), 1);
	assert_int_equal(x.at, NOW);
	assert_int_equal(x.entries, 9);
	assert_int_equal(x.covered, 8);
	assert_int_equal(x.checkpoints, 2);
	assert_int_equal(x.finding.fault, LEDGER_SOUND);
	OK(ledger_checked_set(f->conn, &other, NOW + HOUR, &f->err));
	assert_int_equal(ledger_checked_get(f->conn, &x, &f->err), 1);
	assert_int_equal(x.at, NOW + HOUR);
	assert_int_equal(x.finding.fault, LEDGER_RECORD_OTHER);
	assert_int_equal(x.finding.seq, 6);
	assert_string_equal(x.finding.record, "dec_0000000000001");
}

static int work(struct fixture *f)
{
	const struct ledger_report report = { .entries = 1 };
	struct ledger_checked x;
	int r = ledger_checked_set(f->conn, &report, NOW, &f->err);

	if (r == 0)
		r = ledger_checked_get(f->conn, &x, &f->err);
	return r < 0 ? r : 0;
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_the_last_one_stands),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

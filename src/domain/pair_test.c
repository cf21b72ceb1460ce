/* The debt of a pair, message by message: one in six seconds, a burst of 45 borrowed from later. */
#include "domain/pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/check.h"

static const struct pack_pair figures = { .interval_ms = 6000, .burst = 45 };
static const time_ms start = 1795341600000;

/* `n` messages, `gap_ms` apart, the first at `start`; sends nothing while blocked. How many went. */
static int send_many(struct pair_debt *debt, int n, time_ms gap_ms)
{
	int sent = 0;

	for (int i = 0; i < n; i++) {
		time_ms at = start + i * gap_ms;
		if (pair_debt_blocks(debt, at))
			continue;
		pair_debt_add(debt, &figures, at);
		sent++;
	}
	return sent;
}

static void test_bursts(void **state)
{
	static const struct {
		const char *name;
		int n;
		time_ms gap_ms;
		int sent;
		time_ms blocked_until; /* after start; 0 = not blocked */
	} cases[] = {
		{ "one", 1, 0, 1, 0 },
		{ "44 at once", 44, 0, 44, 0 },
		{ "45 at once", 45, 0, 45, 270000 },
		{ "100 at once", 100, 0, 45, 270000 },
		{ "45 within six seconds", 46, 130, 45, 270000 },
		{ "one in six seconds for ten minutes", 100, 6000, 100, 0 },
		{ "one in five seconds for a minute", 12, 5000, 12, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct pair_debt debt = PAIR_NO_DEBT;
		int sent = send_many(&debt, cases[i].n, cases[i].gap_ms);
		time_ms last = start + (cases[i].n - 1) * cases[i].gap_ms;
		bool blocked = pair_debt_blocks(&debt, last);
		if (sent != cases[i].sent || blocked != (cases[i].blocked_until > 0) ||
		    (blocked && debt.clear_at != start + cases[i].blocked_until))
			fail_msg("%s: %d sent, %sblocked until +%lld", cases[i].name, sent,
			    blocked ? "" : "not ", (long long)(debt.clear_at - start));
	}
}

static void test_block_ends_when_repaid(void **state)
{
	struct pair_debt debt = PAIR_NO_DEBT;

	(void)state;
	assert_int_equal(send_many(&debt, 45, 0), 45);
	assert_true(pair_debt_blocks(&debt, start + 269999));
	assert_false(pair_debt_blocks(&debt, start + 270000));
	pair_debt_add(&debt, &figures, start + 270000);
	assert_false(debt.spent);
	assert_int_equal(debt.clear_at, start + 276000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bursts),
		cmocka_unit_test(test_block_ends_when_repaid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

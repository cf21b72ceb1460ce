#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/check.h"
#include "domain/ledger_finding.h"

static void test_sentences(void **state)
{
	static const struct {
		struct ledger_finding finding;
		const char *sentence;
	} cases[] = {
		{ { LEDGER_CUT, 7, 9, "" },
		    "The ledger was cut off or rolled back: it has 7 entries, and a checkpoint signed 9." },
		{ { LEDGER_RECORD_GONE, 7, 7, "dec_x" },
		    "What entry 7 (dec_x) stands for is not there." },
		{ { LEDGER_RECORD_GONE, 7, 7, "" }, "What entry 7 stands for is not there." },
		{ { LEDGER_STRAY, -3, -3, "" }, "There is an entry with the number -3." },
	};
	struct buf text;

	(void)state;
	buf_init(&text, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		buf_reset(&text);
		ledger_finding_write(&cases[i].finding, &text);
		assert_string_equal(text.p, cases[i].sentence);
	}
	buf_done(&text);
}

/* Each fault has a name of its own and a sentence, with nothing left in it to be filled in. */
static void test_every_fault_is_told(void **state)
{
	struct ledger_finding f = { .seq = 7, .until = 9, .record = "per_x" };
	struct buf text;

	(void)state;
	buf_init(&text, 0);
	for (int i = LEDGER_SOUND; i <= LEDGER_KEPT_OTHER; i++) {
		f.fault = (enum ledger_fault)i;
		buf_reset(&text);
		ledger_finding_write(&f, &text);
		if (text.len < 10 || text.p[text.len - 1] != '.' || strpbrk(text.p, "{}"))
			fail_msg("fault %d: %s", i, text.p);
		for (int k = LEDGER_SOUND; k < i; k++)
			assert_string_not_equal(
			    ledger_fault_name(f.fault), ledger_fault_name((enum ledger_fault)k));
	}
	buf_done(&text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_every_fault_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

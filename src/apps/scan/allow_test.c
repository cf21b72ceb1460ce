#include "apps/scan/allow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/check.h"

static void test_lines(void **state)
{
	static const struct {
		const char *line;
		bool allows;
	} rows[] = {
		{ "// varco:allow npm.baileys reason=\"being removed\" until=2026-12-31", true },
		{ "# varco:allow npm.* reason=\"being removed\" until=2026-11-22", true },
		{ "# varco:allow npm.baileys reason=\"being removed\" until=2026-11-21", false },
		{ "# varco:allow npm.baileys until=2026-12-31", false },
		{ "# varco:allow npm.baileys reason=\"\" until=2026-12-31", false },
		{ "# varco:allow npm.baileys reason=\"for ever\"", false },
		{ "# varco:allow npm.bail reason=\"another row\" until=2026-12-31", false },
		{ "# varco:allow npm.baileys reason=\"no day\" until=soon", false },
		{ "varco:allow", false },
		{ "", false },
	};
	time_ms now;

	(void)state;
	assert_int_equal(time_parse(STR("2026-11-22T10:00:00Z"), &now), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str reason = STR_NONE;
		if (allow_line_reads(str_c(rows[i].line), "npm.baileys", now, &reason) !=
		    rows[i].allows)
			fail_msg("%s", rows[i].line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_lines) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "apps/gateway/same_name.h"
#include "base/check.h"

/* as a policy pack has them: a letter of another script that looks like one of ours */
static const struct fold_sign items[] = { { 0x441, false, "c" } };
static const struct fold_signs signs = { items, ARRAY_LEN(items) };

static void test_ways_to_write_a_name(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {
		{ "Luca", "Luca", true },
		{ "Luca", "luca", true },
		{ "Luca", "L u c a", true },
		{ "Luca", "l.u.c.a", true },
		{ "Luca", "L\u00a0u\u2003c\u200ba", true },
		{ "Luca", "Lu\u00adca\u2060", true },
		{ "Luca", "Lu\u0441a", true },
		{ "Nicolò Neri", "NICOLO'  NERI", true },
		{ "Nicolò Neri", "N i c o l ò  N e r i", true },
		{ "Nicolò Neri", "Neri, Nicolo", true },
		{ "Nicolò Neri", "NicoloNeri", true },
		{ "Massimiliano Bianchini", "M a s s i m i l i a n o B i a n c h i n i", true },
		{ "Ada de la Cruz", "cruz de la ada", true },
		{ "李 雷", "李雷", true },
		{ "Иван Щукин", "иван  щукин", true },
		{ "Щ\u0441", "Ж\u0441", false },
		{ "admin", "A d m i n", true },
		{ "-", "-", true },
		{ "-", "+", false },
		{ "-", "Luca", false },
		{ "李雷", "韩梅梅", false },
		{ "Mario", "Moira", false },
		{ "Luca Neri", "Luca Bianchi", false },
		{ "Luca", "Luca Neri", false },
		{ "admin", "Marta Neri", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str a = str_c(cases[i].a), b = str_c(cases[i].b);
		if (same_name(&signs, a, b) != cases[i].same ||
		    same_name(&signs, b, a) != cases[i].same)
			fail_msg("%s, %s", cases[i].a, cases[i].b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ways_to_write_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

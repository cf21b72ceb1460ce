/* What labels stand for, as other programs (Python's codec) write them, and labels that stand for nothing. */
#include "base/punycode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"

static void test_labels(void **state)
{
	static const struct {
		const char *label, *text; /* NULL: none */
	} rows[] = {
		{ "xn--caff-8oa", "caffè" },
		{ "XN--mnchen-3ya", "münchen" },
		{ "xn--80ak6aa92e", "аррӏе" },
		{ "xn--l-7sba6dbr", "раураl" },
		{ "xn--80a1acny", "почта" },
		{ "xn--r8jz45g", "例え" },
		{ "xn--tda", "ü" },
		{ "xn--bcher-mller-thbg", "bücher-müller" },
		{ "xn--e28h", "😀" },
		{ "caffe", NULL },
		{ "", NULL },
		{ "xn--", NULL },
		{ "xn--a", NULL },
		{ "xn--caff-8o", NULL },
		{ "xn--caff-8o!", NULL },
		{ "xn--99999999999999", NULL },
		{ "xn--zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", NULL },
		{ "xn--0zwm56d-0zwm56d-0zwm56d-0zwm56d-0zwm56d-0zwm56d-0zwm56d-aaaa", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf out;

		buf_init(&out, 0);
		bool known = punycode_decode(str_c(rows[i].label), &out);
		if (known != (rows[i].text != NULL) ||
		    !str_eq_c(buf_str(&out), known ? rows[i].text : ""))
			fail_msg("%s: \"%.*s\"", rows[i].label, STR_ARG(buf_str(&out)));
		buf_done(&out);
	}
}

/* No label of four letters and digits does any harm, or stands for what is no UTF-8. */
static void test_any_label(void **state)
{
	static const char signs[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	struct buf out;
	size_t known = 0;

	(void)state;
	buf_init(&out, 0);
	for (uint32_t n = 0; n < 37u * 37 * 37 * 37; n++) {
		char label[] = "xn--....";

		for (uint32_t i = 4, rest = n; i < 8; i++, rest /= 37)
			label[i] = signs[rest % 37];
		buf_reset(&out);
		known += punycode_decode(str_n(label, 8), &out);
		assert_true(out.len <= 4 * 8);
	}
	assert_true(known > 100000);
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_any_label),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/qr.h"

#define SIDE_MAX 200

/* What the path paints, as a grid with the quiet zone. */
struct grid {
	int side;
	char dark[SIDE_MAX][SIDE_MAX];
};

static void paint(const char *svg, struct grid *ret)
{
	int x, y, w, back, used;
	const char *p = strstr(svg, " d=\"");

	memset(ret, 0, sizeof(*ret));
	assert_int_equal(sscanf(strstr(svg, "viewBox"), "viewBox=\"0 0 %d", &ret->side), 1);
	assert_true(ret->side > 0 && ret->side <= SIDE_MAX);
	assert_non_null(p);
	for (p += 4; sscanf(p, "M%d %dh%dv1h-%dz%n", &x, &y, &w, &back, &used) == 4; p += used) {
		assert_int_equal(w, back);
		assert_true(x >= 0 && y >= 0 && x + w <= ret->side && y < ret->side);
		memset(&ret->dark[y][x], 1, (size_t)w);
	}
	assert_int_equal(*p, '"');
}

/* The three squares that scanners look for stand in their corners, and nothing in the quiet zone. */
static void test_a_code_that_can_be_found(void **state)
{
	static const char finder[7][8] = { "1111111", "1000001", "1011101", "1011101", "1011101",
		"1000001", "1111111" };
	static struct grid g;
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	assert_int_equal(qr_svg(STR("https://wa.me/393331234500?text=Ciao"), &out), 0);
	assert_true(str_starts(buf_str(&out), STR("<svg ")));
	assert_true(str_ends(buf_str(&out), STR("</svg>\n")));
	paint(out.p, &g);
	assert_int_equal((g.side - 8 - 17) % 4, 0);
	int far = g.side - 4 - 7;
	for (int y = 0; y < 7; y++) {
		for (int x = 0; x < 7; x++) {
			assert_int_equal(g.dark[4 + y][4 + x], finder[y][x] - '0');
			assert_int_equal(g.dark[4 + y][far + x], finder[y][x] - '0');
			assert_int_equal(g.dark[far + y][4 + x], finder[y][x] - '0');
		}
	}
	for (int i = 0; i < g.side; i++)
		assert_false(g.dark[3][i] || g.dark[i][3] || g.dark[g.side - 4][i]);
	buf_done(&out);
}

static void test_bounds(void **state)
{
	char *text = malloc(QR_TEXT_MAX + 1);
	struct buf out;

	(void)state;
	assert_non_null(text);
	memset(text, 'k', QR_TEXT_MAX + 1);
	buf_init(&out, 0);
	assert_int_equal(qr_svg(str_n(text, QR_TEXT_MAX + 1), &out), -E_TOO_LARGE);
	assert_int_equal(qr_svg(STR(""), &out), -E_INVALID);
	assert_int_equal(qr_svg(str_n("a\0b", 3), &out), -E_INVALID);
	assert_int_equal(out.len, 0);
	assert_int_equal(qr_svg(str_n(text, QR_TEXT_MAX), &out), 0);
	buf_done(&out);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_code_that_can_be_found),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "base/id.h"

#define NOW 1795341600000 /* 2026-11-22T10:00:00Z */

static void test_ids_rise(void **state)
{
	struct id_gen gen = { 0 };
	uint64_t last = 0;
	time_ms now = NOW;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		/* The clock stands, runs and once goes back. */
		now += i % 3 == 0 ? 1 : i == 100000 ? -MS_PER_HOUR : 0;
		uint64_t id = id_next(&gen, now);
		assert_true(id > last && id <= INT64_MAX);
		last = id;
	}
}

static void test_two_generators_differ(void **state)
{
	struct id_gen a = { 0 }, b = { 0 };
	int same = 0;

	(void)state;
	for (int i = 0; i < 100; i++)
		same += id_next(&a, NOW + i) == id_next(&b, NOW + i);
	assert_true(same < 50);
}

static void test_time(void **state)
{
	static const time_ms times[] = { 1577836800000, 1577836800001, NOW, 9000000000000 };
	struct id_gen gen;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		gen.last = 0;
		uint64_t id = id_next(&gen, times[i]);
		assert_int_equal(id_time(id), times[i]);
		assert_true(id >= id_first_at(times[i]));
		assert_true(id < id_first_at(times[i] + 1));
	}
	gen.last = 0;
	assert_true(id_next(&gen, 0) > 0);
	assert_int_equal(id_time(gen.last), times[0]);
	gen.last = 0;
	assert_true(id_next(&gen, INT64_MAX) <= INT64_MAX);
	assert_int_equal(id_first_at(TIME_NONE), 0);
	assert_true(id_first_at(INT64_MAX) <= INT64_MAX);
}

static const struct {
	const char *prefix;
	uint64_t id;
	const char *text;
} texts[] = {
	{ "dec", 1, "dec_0000000000001" },
	{ "dec", 31, "dec_000000000000z" },
	{ "dec", 32, "dec_0000000000010" },
	{ "app", INT64_MAX, "app_7zzzzzzzzzzzz" },
	{ "", 0x123456789abcdef, "_028t5cy4tqkff" },
};

static void test_texts(void **state)
{
	char text[ID_TEXT_MAX];
	uint64_t id;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		id_format(texts[i].prefix, texts[i].id, text);
		if (strcmp(text, texts[i].text) != 0)
			fail_msg("%s instead of %s", text, texts[i].text);
		if (id_parse(texts[i].prefix, str_c(text), &id) || id != texts[i].id)
			fail_msg("%s does not read back", text);
	}
}

static const char *const no_ids[] = {
	"",
	"dec",
	"dec_",
	"dec_000000000001",
	"dec_00000000000001",
	"dec-0000000000001",
	"app_0000000000001",
	"DEC_0000000000001",
	"dec_000000000000A",
	"dec_000000000000i",
	"dec_000000000000l",
	"dec_000000000000o",
	"dec_000000000000u",
	"dec_000000000000 ",
	"dec_0000000000000",
	"dec_8000000000000",
	"dec_zzzzzzzzzzzzz",
};

static void test_what_is_no_id(void **state)
{
	uint64_t id = 42;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(no_ids); i++) {
		if (id_parse("dec", str_c(no_ids[i]), &id) != -E_INVALID || id != 42)
			fail_msg("\"%s\" is taken for an id", no_ids[i]);
	}
	assert_int_equal(id_parse("dec", STR("dec_000000000000\0"), &id), -E_INVALID);
	assert_int_equal(id_parse("dec", STR_NONE, &id), -E_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids_rise),
		cmocka_unit_test(test_two_generators_differ),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_what_is_no_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

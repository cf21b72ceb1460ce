#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/check.h"
#include "base/map.h"
#include "apps/sim/sim_ids.h"

static void test_wamid_round_trip(void **state)
{
	static const uint64_t counters[] = { 0, 1, 2, 255, 1u << 31, UINT64_MAX >> 1 };
	char text[SIM_WAMID_MAX];
	uint64_t n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(counters); i++) {
		sim_wamid_format(7, SIM_OUT, counters[i], text);
		assert_true(sim_wamid_parse(7, SIM_OUT, str_c(text), &n));
		assert_true(n == counters[i]);
		assert_false(sim_wamid_parse(7, SIM_IN, str_c(text), &n));
		assert_false(sim_wamid_parse(8, SIM_OUT, str_c(text), &n));
	}
}

/* Whatever character is changed, the id is nobody's. */
static void test_wamid_tampered(void **state)
{
	char text[SIM_WAMID_MAX];
	uint64_t n;

	(void)state;
	sim_wamid_format(7, SIM_OUT, 4711, text);
	for (size_t i = 0; text[i]; i++) {
		char was = text[i];
		text[i] = was == '1' ? '2' : '1';
		assert_false(sim_wamid_parse(7, SIM_OUT, str_c(text), &n));
		text[i] = was;
	}
	assert_false(sim_wamid_parse(7, SIM_OUT, str_sub(str_c(text), 0, 20), &n));
	assert_false(sim_wamid_parse(7, SIM_OUT, STR(""), &n));
	assert_false(sim_wamid_parse(7, SIM_OUT, STR_NONE, &n));
}

static void test_object_ids_are_distinct(void **state)
{
	struct map *seen = map_new();
	char id[SIM_OBJECT_ID_MAX];

	(void)state;
	for (uint64_t n = 0; n < 5000; n++) {
		sim_object_id(99, n, id);
		assert_int_equal(strlen(id), 15);
		assert_null(map_get(seen, str_c(id)));
		assert_int_equal(map_put(seen, str_c(id), seen), 0);
	}
	map_free(&seen);
}

static void test_user_ids(void **state)
{
	static const struct {
		const char *phone, *country;
	} rows[] = { { "393331234567", "IT" }, { "5511900000011", "BR" }, { "447700900123", "GB" },
		{ "15550100", "US" }, { "999999999999999", "XX" } };
	char id[SIM_BSUID_MAX], phone[SIM_PHONE_MAX];
	unsigned generation;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (unsigned g = 0; g < 32; g += 31) {
			sim_bsuid_format(STR("500400300"), str_c(rows[i].phone), g, id);
			assert_memory_equal(id, rows[i].country, 2);
			assert_true(sim_bsuid_is_shaped(str_c(id)));
			assert_true(
			    sim_bsuid_parse(STR("500400300"), str_c(id), phone, &generation));
			assert_string_equal(phone, rows[i].phone);
			assert_int_equal(generation, g);
			assert_false(
			    sim_bsuid_parse(STR("500400301"), str_c(id), phone, &generation));
		}
	}
}

static void test_user_id_shapes(void **state)
{
	static const struct {
		const char *text;
		bool ok;
	} rows[] = { { "BR.Q7tXk29LmVa4Zc", true }, { "BR.ENT.7hPq2Rw8Yd", true },
		{ "br.Q7", false }, { "BR.", false }, { "BR.ENT.", false }, { "BRQ7tXk29", false },
		{ "BR.a b", false }, { "B", false }, { "", false }, { "+393331234567", false } };
	char phone[SIM_PHONE_MAX];
	unsigned generation;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (sim_bsuid_is_shaped(str_c(rows[i].text)) != rows[i].ok)
			fail_msg("%s", rows[i].text);
		assert_false(sim_bsuid_parse(STR("1"), str_c(rows[i].text), phone, &generation));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wamid_round_trip),
		cmocka_unit_test(test_wamid_tampered),
		cmocka_unit_test(test_object_ids_are_distinct),
		cmocka_unit_test(test_user_ids),
		cmocka_unit_test(test_user_id_shapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

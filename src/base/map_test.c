#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/map.h"
#include "base/torture.h"

#define KEYS 3000
#define STEPS 60000

/* The same numbers in every run. */
static uint64_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005U + 1442695040888963407U;
	return *seed >> 33;
}

static struct str key_of(size_t i, char text[32])
{
	int len = snprintf(text, 32, "%zu%.*s", i, (int)(i % 20), "abcdefghijklmnopqrstuvwxyz");

	return str_n(text, (size_t)len);
}

/* Puts and takes at random, beside an array that says what must be there. */
static void test_map_against_a_model(void **state)
{
	static char model[KEYS]; /* its address is a value, its content whether it is in the map */
	struct map *m = map_new();
	uint64_t seed = 1;
	size_t len = 0;
	char text[32];

	(void)state;
	assert_non_null(m);
	for (int step = 0; step < STEPS; step++) {
		size_t i = next_random(&seed) % KEYS;
		struct str key = key_of(i, text);
		assert_ptr_equal(map_get(m, key), model[i] ? &model[i] : NULL);
		if (next_random(&seed) % 5 < (step < STEPS / 2 ? 3U : 1U)) {
			assert_int_equal(map_put(m, key, &model[i]), 0);
			len += !model[i];
			model[i] = 1;
		} else {
			assert_ptr_equal(map_take(m, key), model[i] ? &model[i] : NULL);
			len -= model[i] != 0;
			model[i] = 0;
		}
		assert_int_equal(map_len(m), len);
	}
	size_t iter = 0, seen = 0;
	struct str key;
	void *value;
	for (; map_each(m, &iter, &key, &value); seen++) {
		size_t i = (size_t)((char *)value - model);
		assert_true(model[i] == 1);
		assert_true(str_eq(key, key_of(i, text)));
		model[i] = 2;
	}
	assert_int_equal(seen, len);
	assert_false(map_each(m, &iter, &key, &value));
	map_free(&m);
	assert_null(m);
	map_free(&m);
}

static void test_map_keys_of_all_kinds(void **state)
{
	static const struct str keys[] = { { "", 0 }, { "\0", 1 }, { "\0\0", 2 }, { "a", 1 },
		{ "a\0", 2 }, { "12345678", 8 }, { "123456789", 9 } };
	struct map *m = map_new();
	int values[ARRAY_LEN(keys)];

	(void)state;
	assert_non_null(m);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		assert_int_equal(map_put(m, keys[i], &values[i]), 0);
	assert_int_equal(map_len(m), ARRAY_LEN(keys));
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		assert_ptr_equal(map_get(m, keys[i]), &values[i]);
	assert_ptr_equal(map_get(m, STR_NONE), &values[0]);
	assert_int_equal(map_put(m, STR_NONE, &values[1]), 0);
	assert_ptr_equal(map_take(m, STR("")), &values[1]);
	assert_null(map_take(m, STR("")));
	map_free(&m);
}

static void test_key_is_copied(void **state)
{
	struct map *m = map_new();
	char key[] = "key";

	(void)state;
	assert_non_null(m);
	assert_int_equal(map_put(m, str_c(key), m), 0);
	key[0] = 'K';
	assert_ptr_equal(map_get(m, STR("key")), m);
	assert_null(map_get(m, str_c(key)));
	map_free(&m);
}

static void test_hash(void **state)
{
	char bytes[64] = { 0 };

	(void)state;
	for (size_t len = 0; len < sizeof(bytes); len++) {
		assert_true(map_hash(str_n(bytes, len)) == map_hash(str_n(bytes, len)));
		assert_true(map_hash(str_n(bytes, len)) != map_hash(str_n(bytes, len + 1)));
	}
}

static void test_imap_against_a_model(void **state)
{
	static int64_t model[KEYS]; /* 0 = absent */
	struct imap *m = imap_new();
	uint64_t seed = 2, key;
	int64_t value;
	size_t len = 0;

	(void)state;
	assert_non_null(m);
	for (int step = 1; step < STEPS; step++) {
		size_t i = next_random(&seed) % KEYS;
		key = i << (i % 3 * 20); /* also keys that differ in high bits only */
		assert_int_equal(imap_get(m, key, &value), model[i] != 0);
		if (model[i])
			assert_int_equal(value, model[i]);
		if (next_random(&seed) % 5 < (step < STEPS / 2 ? 3U : 1U)) {
			assert_int_equal(imap_put(m, key, step), 0);
			len += !model[i];
			model[i] = step;
		} else {
			assert_int_equal(imap_take(m, key, &value), model[i] != 0);
			len -= model[i] != 0;
			model[i] = 0;
		}
		assert_int_equal(imap_len(m), len);
	}
	size_t iter = 0, seen = 0;
	for (; imap_each(m, &iter, &key, &value); seen++) {
		int64_t again;
		assert_true(imap_get(m, key, &again));
		assert_int_equal(again, value);
	}
	assert_int_equal(seen, len);
	imap_free(&m);
	assert_null(m);
	imap_free(&m);
}

static void test_imap_zero_and_ends(void **state)
{
	static const uint64_t keys[] = { 0, 1, UINT64_MAX, (uint64_t)1 << 63 };
	struct imap *m = imap_new();
	uint64_t key;
	int64_t value = 0, sum = 0;

	(void)state;
	assert_non_null(m);
	assert_false(imap_get(m, 0, &value));
	assert_false(imap_take(m, 0, &value));
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		assert_int_equal(imap_put(m, keys[i], 1 << i), 0);
	assert_int_equal(imap_len(m), 4);
	for (size_t iter = 0; imap_each(m, &iter, &key, &value);)
		sum += value;
	assert_int_equal(sum, 15);
	assert_true(imap_take(m, 0, &value));
	assert_int_equal(value, 1);
	assert_false(imap_get(m, 0, &value));
	assert_int_equal(imap_len(m), 3);
	imap_free(&m);
}

static int fill_map(void *arg)
{
	struct map *m = map_new();
	int rc = m ? 0 : -E_NOMEM;
	char text[32];

	(void)arg;
	for (size_t i = 0; i < 40 && rc == 0; i++)
		rc = map_put(m, key_of(i, text), m);
	for (size_t i = 0; m && i < map_len(m); i++)
		assert_ptr_equal(map_get(m, key_of(i, text)), m);
	map_free(&m);
	return rc;
}

static int fill_imap(void *arg)
{
	struct imap *m = imap_new();
	int rc = m ? 0 : -E_NOMEM;
	int64_t value;

	(void)arg;
	for (uint64_t i = 0; i < 100 && rc == 0; i++)
		rc = imap_put(m, i, 1);
	for (uint64_t i = 0; m && i < imap_len(m); i++)
		assert_true(imap_get(m, i, &value));
	imap_free(&m);
	return rc;
}

static void test_without_memory(void **state)
{
	(void)state;
	torture("map", fill_map, NULL);
	torture("imap", fill_imap, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map_against_a_model),
		cmocka_unit_test(test_map_keys_of_all_kinds),
		cmocka_unit_test(test_key_is_copied),
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_imap_against_a_model),
		cmocka_unit_test(test_imap_zero_and_ends),
		cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

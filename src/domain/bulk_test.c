/* What is the same text, how long it counts, and who is forgotten when there are too many. */
#include "domain/bulk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/check.h"

#define NOW 1795341600000LL /* 2026-11-22T10:00:00Z, the beginning of a step */

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(0, 0);
	return arena ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static uint64_t key(const char *app, const char *number, const char *type, const char *body)
{
	struct message m = { .type = str_c(type) };
	struct err err = { .code = 0 };

	if (json_read(arena, str_c(body), &m.body, &err) < 0)
		fail_msg("%s", err.text);
	return bulk_key(str_c(app), str_c(number), &m);
}

#define TEXT(to, body) "{\"to\":\"" to "\",\"text\":{\"body\":\"" body "\"}}"
#define OFFER(value) \
	"{\"template\":{\"name\":\"offer\",\"components\":[{\"parameters\":[{\"text\":\"" value \
	"\"}]}]}}"

static void test_a_copy_stays_as_it_is(void **state)
{
	struct bulk *b = NULL, *copy = NULL, *none = NULL;
	struct err err = { .code = 0 };

	(void)state;
	assert_int_equal(bulk_copy(NULL, &none, &err), 0);
	assert_null(none);
	assert_int_equal(bulk_new(&b, &err), 0);
	bulk_add(b, 7, NOW);
	bulk_add(b, 7, NOW);
	assert_int_equal(bulk_copy(b, &copy, &err), 0);
	bulk_add(b, 7, NOW);
	assert_int_equal(bulk_count(copy, 7, NOW), 2);
	assert_int_equal(bulk_count(b, 7, NOW), 3);
	bulk_free(&copy);
	check_fail_alloc_after(0, true);
	assert_int_equal(bulk_copy(b, &copy, &err), -E_NOMEM);
	check_fail_alloc_after(-1, false);
	assert_null(copy);
	bulk_free(&b);
}

static void test_keys(void **state)
{
	static const struct {
		const char *name, *app, *number, *type, *body;
		bool same;
	} rows[] = {
		{ "the same", "crm", "1", "text", TEXT("+1", "Saldi"), true },
		{ "another person", "crm", "1", "text", TEXT("+2", "Saldi"), true },
		{ "another text", "crm", "1", "text", TEXT("+1", "Saldi!"), false },
		{ "another app", "shop", "1", "text", TEXT("+1", "Saldi"), false },
		{ "another number", "crm", "2", "text", TEXT("+1", "Saldi"), false },
		{ "another type", "crm", "1", "image", TEXT("+1", "Saldi"), false },
		{ "a template", "crm", "1", "template", OFFER("Ada"), false },
		{ "no type", "crm", "1", "", TEXT("+1", "Saldi"), false },
	};
	uint64_t first = key("crm", "1", "text", TEXT("+1", "Saldi"));

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t k = key(rows[i].app, rows[i].number, rows[i].type, rows[i].body);

		if ((k == first) != rows[i].same)
			fail_msg("%s", rows[i].name);
	}
	assert_int_equal(
	    key("crm", "1", "template", OFFER("Ada")), key("crm", "1", "template", OFFER("Ada")));
	assert_int_not_equal(
	    key("crm", "1", "template", OFFER("Ada")), key("crm", "1", "template", OFFER("Bea")));
	assert_int_not_equal(key("a", "1", "text", "{\"text\":[[\"a\"],\"b\"]}"),
	    key("a", "1", "text", "{\"text\":[[\"a\",\"b\"]]}"));
}

static struct bulk *open_bulk(void)
{
	struct bulk *b = NULL;
	struct err err = { .code = 0 };

	assert_int_equal(bulk_new(&b, &err), 0);
	return b;
}

static void test_an_hour(void **state)
{
	static const struct {
		const char *name;
		int64_t
		    after; /* minutes since three of the text went, one of them half an hour later */
		int64_t count;
	} rows[] = {
		{ "at once", 30, 3 },
		{ "in the last step of the hour", 59, 3 },
		{ "an hour later", 60, 1 },
		{ "when the late one is over", 90, 0 },
		{ "days later", 5000, 0 },
		{ "a clock set back a little", -20, 3 },
		{ "a clock set back by hours", -600, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct bulk *b = open_bulk();

		bulk_add(b, 7, NOW);
		bulk_add(b, 7, NOW);
		bulk_add(b, 7, NOW + 30 * MS_PER_MIN);
		bulk_add(b, 8, NOW);
		int64_t count = bulk_count(b, 7, NOW + rows[i].after * MS_PER_MIN);
		if (count != rows[i].count)
			fail_msg("%s: %lld", rows[i].name, (long long)count);
		bulk_free(&b);
		assert_null(b);
	}
}

static void test_a_clock_set_back_counts_on(void **state)
{
	struct bulk *b = open_bulk();

	(void)state;
	bulk_add(b, 7, NOW);
	bulk_add(b, 7, NOW - 10 * MS_PER_MIN);
	assert_int_equal(bulk_count(b, 7, NOW), 2);
	bulk_add(b, 7, NOW - 600 * MS_PER_MIN);
	assert_int_equal(bulk_count(b, 7, NOW - 600 * MS_PER_MIN), 1);
	bulk_free(&b);
}

/* A hundred thousand texts that come once do not hide the one that comes again and again. */
static void test_many_texts(void **state)
{
	struct bulk *b = open_bulk();
	int64_t seen = 0;

	(void)state;
	for (uint64_t i = 0; i < 100000; i++) {
		time_ms at = NOW + (time_ms)i * 10;

		bulk_add(b, 1000003 + i * 7919, at);
		if (i % 100 == 0)
			bulk_add(b, 42, at);
	}
	assert_int_equal(bulk_count(b, 42, NOW + 1000000), 1000);
	for (uint64_t i = 0; i < 100000; i++) {
		int64_t n = bulk_count(b, 1000003 + i * 7919, NOW + 1000000);

		assert_in_range(n, 0, 1);
		seen += n;
	}
	assert_in_range(seen, 1, BULK_TEXTS);
	bulk_free(&b);
}

static void test_without_memory(void **state)
{
	struct bulk *b = NULL;
	struct err err = { .code = 0 };

	(void)state;
	check_fail_alloc_after(0, true);
	assert_int_equal(bulk_new(&b, &err), -E_NOMEM);
	check_fail_alloc_after(-1, false);
	assert_null(b);
	bulk_add(b, 7, NOW);
	assert_int_equal(bulk_count(b, 7, NOW), 0);
	bulk_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_copy_stays_as_it_is),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_an_hour),
		cmocka_unit_test(test_a_clock_set_back_counts_on),
		cmocka_unit_test(test_many_texts),
		cmocka_unit_test(test_without_memory),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}

/* Strings in texts, what is shared between finders, and no memory. */
#include "base/finder.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"

#define HITS 64

static const struct str words[] = { STR(" gun "), STR(" glue gun "), STR(" gun"), STR("aa"),
	STR(" rosa rossa ") };

static struct finder *open_finder(const struct str *strings, size_t len)
{
	struct finder *f = NULL;
	struct err err = { .code = 0 };

	if (finder_new(strings, len, &f, &err) < 0)
		fail_msg("%s", err.text);
	return f;
}

/* "from-to:string", in the order in which they came. */
static void tell(const struct finder_hit *hits, size_t len, char *out, size_t room)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < len; i++)
		n += (size_t)snprintf(out + n, room - n, "%s%u-%u:%u", i ? " " : "", hits[i].from,
		    hits[i].to, hits[i].string);
}

/* Of equal ends any may come first. */
static int by_end(const void *a, const void *b)
{
	const struct finder_hit *x = a, *y = b;

	if (x->to != y->to)
		return x->to < y->to ? -1 : 1;
	return (x->string > y->string) - (x->string < y->string);
}

static void test_texts(void **state)
{
	static const struct {
		const char *text, *hits;
	} rows[] = {
		{ "", "" },
		{ " rose ", "" },
		{ " gun ", "0-4:2 0-5:0" },
		{ " glue gun ", "5-9:2 5-10:0 0-10:1" },
		{ " gunner ", "0-4:2" },
		{ "aaaa", "0-2:3 1-3:3 2-4:3" },
		{ " gun gun ", "0-4:2 0-5:0 4-8:2 4-9:0" },
		{ " rosa rossa rosa rossa ", "0-12:4 11-23:4" },
		{ " GUN ", "" },
	};
	struct finder *f = open_finder(words, ARRAY_LEN(words));

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct finder_hit hits[HITS];
		struct err err = { .code = 0 };
		char told[400];
		size_t len = HITS;

		assert_int_equal(finder_find(f, str_c(rows[i].text), hits, HITS, &len, &err), 0);
		for (size_t k = 1; k < len; k++)
			assert_true(hits[k - 1].to <= hits[k].to);
		qsort(hits, len, sizeof(*hits), by_end);
		tell(hits, len, told, sizeof(told));
		if (strcmp(told, rows[i].hits) != 0)
			fail_msg("\"%s\": %s", rows[i].text, told);
	}
	finder_free(&f);
	assert_null(f);
}

static void test_no_more_than_asked_for(void **state)
{
	struct finder *f = open_finder(words, ARRAY_LEN(words));
	struct finder_hit hits[2];
	struct err err = { .code = 0 };
	size_t len = 0;

	(void)state;
	assert_int_equal(finder_find(f, STR("aaaaaaaa"), hits, 2, &len, &err), 0);
	assert_int_equal(len, 2);
	assert_int_equal(finder_find(f, STR("aaaaaaaa"), hits, 0, &len, &err), 0);
	assert_int_equal(len, 0);
	finder_free(&f);
}

static void test_nothing_to_look_for(void **state)
{
	struct finder *f = open_finder(words, 0);
	struct finder_hit hits[2];
	struct err err = { .code = 0 };
	size_t len = 9;

	(void)state;
	assert_int_equal(finder_prepare(f, &err), 0);
	assert_int_equal(finder_find(f, STR(" gun "), hits, 2, &len, &err), 0);
	assert_int_equal(len, 0);
	finder_free(&f);
	finder_free(&f);
}

static void test_too_many(void **state)
{
	struct finder *f = NULL;
	struct err err = { .code = 0 };

	(void)state;
	assert_int_equal(finder_new(words, FINDER_STRINGS_MAX + 1, &f, &err), -E_TOO_LARGE);
	assert_null(f);
	assert_true(err.text[0] != '\0');
}

static void test_without_memory(void **state)
{
	struct finder *f = NULL;
	struct err err = { .code = 0 };

	(void)state;
	check_fail_alloc_after(0, true);
	int rc = finder_new(words, ARRAY_LEN(words), &f, &err);
	check_fail_alloc_after(-1, false);
	assert_int_equal(rc, -E_NOMEM);
	assert_null(f);
}

/* Two finders of the same strings answer alike, and each outlives the other. */
static void test_shared(void **state)
{
	struct str others[] = { STR(" gun "), STR(" other ") };
	struct finder *a = open_finder(words, ARRAY_LEN(words)),
		      *b = open_finder(words, ARRAY_LEN(words)),
		      *c = open_finder(others, ARRAY_LEN(others));
	struct finder_hit hits[HITS];
	struct err err = { .code = 0 };
	size_t len = 0;

	(void)state;
	assert_int_equal(finder_prepare(a, &err), 0);
	assert_int_equal(finder_prepare(b, &err), 0);
	finder_free(&a);
	assert_int_equal(finder_find(b, STR(" gun "), hits, HITS, &len, &err), 0);
	assert_int_equal(len, 2);
	assert_int_equal(finder_find(c, STR(" gun other "), hits, HITS, &len, &err), 0);
	assert_int_equal(len, 2);
	finder_free(&b);
	finder_free(&c);
	a = open_finder(words, ARRAY_LEN(words));
	assert_int_equal(finder_find(a, STR("aa"), hits, HITS, &len, &err), 0);
	assert_int_equal(len, 1);
	finder_free(&a);
}

#define THREADS 12 /* more than there is scratch space for */

static void *find_often(void *arg)
{
	struct finder *f = arg;
	struct finder_hit hits[HITS];
	intptr_t wrong = 0;

	for (int i = 0; i < 2000; i++) {
		size_t len = 0;

		if (finder_find(f, STR(" glue gun aa "), hits, HITS, &len, NULL) < 0 || len != 4)
			wrong++;
	}
	return (void *)wrong;
}

static void test_threads(void **state)
{
	struct finder *f = open_finder(words, ARRAY_LEN(words));
	pthread_t threads[THREADS];

	(void)state;
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, find_often, f), 0);
	for (size_t i = 0; i < THREADS; i++) {
		void *wrong = NULL;

		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
	finder_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_no_more_than_asked_for),
		cmocka_unit_test(test_nothing_to_look_for),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_without_memory),
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

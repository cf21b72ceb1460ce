#include "apps/analyze/sorter.h"

#include "base/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/torture.h"

#define EVENTS 10000

/* The same for everybody who asks for the i-th: people and times come again. */
static struct event event_at(uint64_t i)
{
	uint64_t h = i * UINT64_C(0x9e3779b97f4a7c15) >> 20;

	return (struct event){
		.person = h % 97, .at = (time_ms)(h / 97 % 53), .kind = (uint8_t)(h % 4), .row = i
	};
}

static int add_all(struct sorter *s, uint64_t n, struct err *err)
{
	int r = 0;

	for (uint64_t i = 0; r == 0 && i < n; i++) {
		struct event e = event_at(i);
		r = sorter_add(s, &e, err);
		struct sorter_batch *full = sorter_take_full(s);
		if (r == 0)
			r = sorter_write(s, &full, err);
		sorter_drop(&full);
	}
	return r < 0 ? r : sorter_end(s, err);
}

/* What the pieces hold, one behind the other; the order is checked. */
static void read_all(const struct sorter *s, size_t run, uint64_t *ret_n, uint64_t *ret_rows)
{
	struct sorter_reader *r = sorter_reader_new(s, 2);
	struct event e, before = { 0 };
	struct err err = { 0 };

	*ret_n = *ret_rows = 0;
	assert_non_null(r);
	for (size_t piece = 0; piece < sorter_pieces(s); piece++) {
		assert_int_equal(sorter_reader_begin(r, piece, &err), 0);
		for (uint64_t n = 0; sorter_next(r, &e, &err) == 1; n++) {
			if (*ret_n && event_compare(&before, &e) >= 0)
				fail_msg("runs of %zu: event %lu is out of order", run,
				    (unsigned long)*ret_n);
			if (n == 0 && *ret_n && before.person == e.person)
				fail_msg("runs of %zu: a person is in two pieces", run);
			++*ret_n;
			*ret_rows += e.row;
			before = e;
		}
	}
	sorter_reader_free(&r);
}

/* All of them, once each, in order: whatever fits into memory at once. */
static void test_order(void **state)
{
	static const size_t runs[] = { 2, 7, 1000, EVENTS - 1, EVENTS, 2 * EVENTS };

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(runs); k++) {
		uint64_t all = runs[k] == 2 ? 300 : EVENTS, n, rows;
		struct sorter *s = sorter_new("/tmp", runs[k]);
		struct err err = { 0 };
		assert_non_null(s);
		assert_int_equal(add_all(s, all, &err), 0);
		assert_int_equal(sorter_len(s), all);
		read_all(s, runs[k], &n, &rows);
		assert_int_equal(n, all);
		assert_int_equal(rows, all * (all - 1) / 2);
		if (runs[k] <= 2000 && sorter_pieces(s) < 20)
			fail_msg("runs of %zu: only %zu pieces", runs[k], sorter_pieces(s));
		sorter_free(&s);
	}
}

static void test_nothing(void **state)
{
	struct sorter *s = sorter_new("/tmp", 2);
	struct err err = { 0 };
	uint64_t n, rows;

	(void)state;
	assert_non_null(s);
	assert_int_equal(sorter_end(s, &err), 0);
	assert_int_equal(sorter_pieces(s), 1);
	read_all(s, 2, &n, &rows);
	assert_int_equal(n, 0);
	sorter_free(&s);
}

/* One person with everything is one piece, and still in order. */
static void test_one_person(void **state)
{
	struct sorter *s = sorter_new("/tmp", 100);
	struct err err = { 0 };
	uint64_t n, rows;

	(void)state;
	assert_non_null(s);
	for (uint64_t i = 0; i < 1000; i++) {
		struct event e = { .person = 7, .at = (time_ms)(i * 7 % 1000), .row = i };
		assert_int_equal(sorter_add(s, &e, &err), 0);
	}
	assert_int_equal(sorter_end(s, &err), 0); /* writes what nobody took, too */
	assert_int_equal(sorter_pieces(s), 1);
	read_all(s, 100, &n, &rows);
	assert_int_equal(n, 1000);
	sorter_free(&s);
}

static void test_no_room_for_a_file(void **state)
{
	struct sorter *s = sorter_new("/nowhere", 2);
	struct err err = { 0 };

	(void)state;
	assert_non_null(s);
	assert_int_equal(add_all(s, 3, &err), -E_IO);
	assert_non_null(strstr(err.text, "/nowhere"));
	sorter_free(&s);
}

static int read_some(const struct sorter *s, struct err *err)
{
	struct sorter_reader *r = sorter_reader_new(s, 1);
	struct event e;
	int rc = r ? 0 : -E_NOMEM;

	for (size_t piece = 0; rc >= 0 && piece < sorter_pieces(s); piece++) {
		rc = sorter_reader_begin(r, piece, err);
		while (rc >= 0 && (rc = sorter_next(r, &e, err)) > 0)
			;
	}
	sorter_reader_free(&r);
	return rc;
}

static int sort_some(void *arg)
{
	struct sorter *s = sorter_new("/tmp", 3);
	struct err err = { 0 };
	int r = s ? add_all(s, 60, &err) : -E_NOMEM;

	(void)arg;
	if (r == 0)
		r = read_some(s, &err);
	sorter_free(&s);
	return r;
}

static void test_memory_runs_out(void **state)
{
	(void)state;
	torture("sort", sort_some, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_one_person),
		cmocka_unit_test(test_no_room_for_a_file),
		cmocka_unit_test(test_memory_runs_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

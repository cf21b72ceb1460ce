#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/check.h"
#include "base/heap.h"
#include "base/torture.h"

static uint64_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005U + 1442695040888963407U;
	return *seed >> 33;
}

static void test_empty(void **state)
{
	struct heap *h = heap_new();
	struct heap_item item;

	(void)state;
	assert_non_null(h);
	assert_false(heap_peek(h, &item));
	assert_false(heap_pop(h, &item));
	heap_free(&h);
	assert_null(h);
	heap_free(&h);
}

/* What comes out is in order, and each id comes out once with its own time. */
static void test_order(void **state)
{
	enum { ITEMS = 2000 };
	static int64_t times[ITEMS];
	struct heap *h = heap_new();
	struct heap_item item, peeked;
	uint64_t seed = 3, out = 0;

	(void)state;
	assert_non_null(h);
	for (uint64_t i = 0; i < ITEMS; i++) {
		times[i] = (int64_t)(next_random(&seed) % 500) - 250;
		assert_int_equal(heap_push(h, (struct heap_item){ times[i], i }), 0);
		if (i % 4 == 3 && heap_pop(h, &item)) {
			assert_int_equal(times[item.id], item.at);
			times[item.id] = INT64_MAX;
			out++;
		}
	}
	assert_int_equal(heap_len(h), ITEMS - out);
	for (int64_t last = INT64_MIN; heap_peek(h, &peeked); last = item.at, out++) {
		assert_true(heap_pop(h, &item));
		assert_true(item.at == peeked.at && item.id == peeked.id);
		assert_true(item.at >= last);
		assert_int_equal(times[item.id], item.at);
		times[item.id] = INT64_MAX;
	}
	assert_int_equal(out, ITEMS);
	heap_free(&h);
}

static int fill(void *arg)
{
	struct heap *h = heap_new();
	int rc = h ? 0 : -E_NOMEM;

	(void)arg;
	for (int i = 300; i > 0 && rc == 0; i--)
		rc = heap_push(h, (struct heap_item){ i, (uint64_t)i });
	heap_free(&h);
	return rc;
}

static void test_without_memory(void **state)
{
	(void)state;
	torture("fill", fill, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

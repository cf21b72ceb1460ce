#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/check.h"
#include "base/list.h"

struct item {
	int n;
	struct list_node node;
};

/* The numbers of the list, as digits. */
static int read_list(struct list *l)
{
	int digits = 0;

	LIST_EACH(n, l)
	digits = digits * 10 + LIST_OF(n, struct item, node)->n;
	return digits;
}

static void test_order(void **state)
{
	struct list l;
	struct item items[4] = { { .n = 1 }, { .n = 2 }, { .n = 3 }, { .n = 4 } };

	(void)state;
	list_init(&l);
	assert_true(list_is_empty(&l));
	assert_null(list_first(&l));
	assert_null(list_take_first(&l));
	list_append(&l, &items[1].node);
	list_append(&l, &items[2].node);
	list_prepend(&l, &items[0].node);
	list_append(&l, &items[3].node);
	assert_int_equal(read_list(&l), 1234);
	assert_int_equal(l.count, 4);
	assert_true(list_has(&items[2].node));
	list_remove(&l, &items[2].node);
	assert_false(list_has(&items[2].node));
	assert_int_equal(read_list(&l), 124);
	assert_ptr_equal(list_first(&l), &items[0].node);
	assert_ptr_equal(list_take_first(&l), &items[0].node);
	assert_false(list_has(&items[0].node));
	list_append(&l, &items[0].node);
	assert_int_equal(read_list(&l), 241);
	list_insert_behind(&l, &items[2].node, &items[1].node);
	assert_int_equal(read_list(&l), 2341);
	list_remove(&l, &items[0].node);
	list_insert_behind(&l, &items[0].node, &l.head);
	assert_int_equal(read_list(&l), 1234);
	assert_int_equal(l.count, 4);
}

static void test_removal_in_a_walk(void **state)
{
	struct list l;
	struct item items[6] = { { .n = 1 }, { .n = 2 }, { .n = 3 }, { .n = 4 }, { .n = 5 },
		{ .n = 6 } };

	(void)state;
	list_init(&l);
	for (size_t i = 0; i < ARRAY_LEN(items); i++)
		list_append(&l, &items[i].node);
	LIST_EACH_SAFE(n, &l)
	{
		if (LIST_OF(n, struct item, node)->n % 2 == 0)
			list_remove(&l, n);
	}
	assert_int_equal(read_list(&l), 135);
	LIST_EACH_SAFE(n, &l)
	list_remove(&l, n);
	assert_true(list_is_empty(&l));
	assert_int_equal(read_list(&l), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_removal_in_a_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

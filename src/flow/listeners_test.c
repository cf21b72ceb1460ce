#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/check.h"
#include "flow/listeners.h"

#define NOW 1795348800000

static struct listeners *l;
static struct arena *a;

static int open_all(void **state)
{
	struct err err = { 0 };

	(void)state;
	a = arena_new(0, 0);
	return a ? listeners_new(&l, &err) : -1;
}

static int close_all(void **state)
{
	(void)state;
	listeners_free(&l);
	arena_free(&a);
	return 0;
}

static struct listeners_page ask(const char *app, uint64_t after, time_ms now)
{
	struct listeners_page page = { .len = 0 };

	assert_int_equal(listeners_ask(l, str_c(app), after, now, a, &page), 0);
	return page;
}

static void tell(const char *app, const char *entry, time_ms now)
{
	listeners_tell(l, str_c(app), str_c(entry), now);
}

static void test_only_who_asks_hears(void **state)
{
	(void)state;
	tell("crm", "{}", NOW);
	assert_false(listeners_want(l, STR("crm"), NOW));
	assert_int_equal(ask("crm", 0, NOW).len, 0);
	assert_true(listeners_want(l, STR("crm"), NOW));
	assert_false(listeners_want(l, STR("shop"), NOW));
	tell("crm", "{\"a\":1}", NOW);
	tell("shop", "{\"b\":1}", NOW);
	struct listeners_page page = ask("crm", 0, NOW);
	assert_int_equal(page.len, 1);
	assert_true(str_eq_c(page.entries[0], "{\"a\":1}"));
}

/* Until the next question shows that the answer came. */
static void test_the_same_question_again_has_the_same_answer(void **state)
{
	(void)state;
	(void)ask("crm", 0, NOW);
	tell("crm", "1", NOW);
	tell("crm", "2", NOW);
	uint64_t next = ask("crm", 0, NOW).next;
	assert_int_equal(ask("crm", 0, NOW).len, 2);
	tell("crm", "3", NOW);
	struct listeners_page page = ask("crm", next, NOW);
	assert_int_equal(page.len, 1);
	assert_true(str_eq_c(page.entries[0], "3"));
	assert_int_equal(ask("crm", page.next, NOW).len, 0);
}

static void test_who_asks_no_more_is_forgotten(void **state)
{
	time_ms late = NOW + LISTENERS_LEASE_MS;

	(void)state;
	(void)ask("crm", 0, NOW);
	tell("crm", "1", NOW);
	uint64_t next = ask("crm", 0, NOW).next;
	assert_false(listeners_want(l, STR("crm"), late));
	assert_int_equal(ask("crm", next, late).len, 0);
	tell("crm", "2", late);
	assert_int_equal(ask("crm", next, late).len, 1);
}

static void test_what_does_not_fit_is_lost_and_counted(void **state)
{
	(void)state;
	(void)ask("crm", 0, NOW);
	for (size_t i = 0; i < LISTENERS_EVENTS_MAX + 5; i++)
		tell("crm", i == LISTENERS_EVENTS_MAX + 4 ? "last" : "x", NOW);
	struct listeners_page page = ask("crm", 0, NOW);
	assert_int_equal(page.len, LISTENERS_EVENTS_MAX);
	assert_int_equal(page.lost, 5);
	assert_true(str_eq_c(page.entries[page.len - 1], "last"));
	assert_int_equal(ask("crm", page.next, NOW).lost, 0);
}

static void test_too_many(void **state)
{
	struct listeners_page page;
	char app[] = "a";

	(void)state;
	for (int i = 0; i < LISTENERS_MAX; i++, app[0]++)
		(void)ask(app, 0, NOW);
	assert_int_equal(listeners_ask(l, STR("crm"), 0, NOW, a, &page), -E_BUSY);
	assert_int_equal(listeners_ask(l, STR("crm"), 0, NOW + LISTENERS_LEASE_MS, a, &page), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_all, close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_only_who_asks_hears),
		TEST(test_the_same_question_again_has_the_same_answer),
		TEST(test_who_asks_no_more_is_forgotten),
		TEST(test_what_does_not_fit_is_lost_and_counted),
		TEST(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

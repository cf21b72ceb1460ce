#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/consent_link.h"
#include "domain/fixture.h"

static struct consent_link offers(struct fixture *f)
{
	struct consent_link l = {
		.id = id_next(&f->ids, NOW),
		.number = STR("100200300"),
		.purpose = PURPOSE_MARKETING,
		.at = NOW,
		.wording = STR("Sì, voglio le offerte di Bottega Esempio"),
		.source = STR("vetrina"),
	};

	OK(link_add(f->conn, &l, &f->err));
	return l;
}

static int find(
    struct fixture *f, struct str text, const char *number, time_ms at, struct consent_link *ret)
{
	int r = link_of_message(f->conn, text, str_c(number), at, f->arena, ret, &f->err);

	OK(r);
	return r;
}

static void test_a_message_that_came_by_it(void **state)
{
	struct fixture *f = *state;
	struct consent_link l = offers(f), found;

	assert_int_equal(find(f, link_message(&l, f->arena), "100200300", NOW, &found), 1);
	assert_int_equal(found.id, l.id);
	assert_int_equal(found.purpose, PURPOSE_MARKETING);
	assert_true(str_eq(found.wording, l.wording) && str_eq(found.source, l.source));
	assert_int_equal(found.uses, 0);
	OK(link_used(f->conn, l.id, &f->err));
	assert_int_equal(link_get(f->conn, l.id, f->arena, &found, &f->err), 1);
	assert_int_equal(found.uses, 1);
}

static void test_what_telephones_do_to_it(void **state)
{
	struct fixture *f = *state;
	struct consent_link l = offers(f), found;
	char lower[LINK_CODE_LEN + 1];

	for (size_t i = 0; i <= LINK_CODE_LEN; i++)
		lower[i] = l.code[i] >= 'A' ? (char)(l.code[i] - 'A' + 'a') : l.code[i];
	static const char *const same[] = { "SI VOGLIO LE OFFERTE DI BOTTEGA ESEMPIO",
		" sì, voglio le offerte  di Bottega Esempio! 🙂" };
	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		struct str text = arena_printf(f->arena, "%s #%s \n", same[i], lower);
		if (find(f, text, "100200300", NOW, &found) != 1)
			fail_msg("%s", same[i]);
	}
}

static void test_what_did_not_come_by_it(void **state)
{
	struct fixture *f = *state;
	struct consent_link l = offers(f), found;
	const struct str others[] = {
		STR(""),
		STR("#"),
		l.wording,
		arena_printf(f->arena, "#%s", l.code),
		arena_printf(f->arena, "Non voglio le offerte di Bottega Esempio #%s", l.code),
		arena_printf(f->arena, "%.*s %s", STR_ARG(l.wording), l.code),
		arena_printf(f->arena, "%.*s #%s, grazie", STR_ARG(l.wording), l.code),
		arena_printf(f->arena, "%.*s #00000000", STR_ARG(l.wording)),
		arena_printf(f->arena, "%.*s #IIIIIIII", STR_ARG(l.wording)),
	};

	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		if (find(f, others[i], "100200300", NOW, &found) != 0)
			fail_msg("%.*s", STR_ARG(others[i]));
	}
	struct str message = link_message(&l, f->arena);
	assert_int_equal(find(f, message, "100200301", NOW, &found), 0);
	OK(link_end(f->conn, l.id, NOW + 5400, &f->err));
	assert_int_equal(find(f, message, "100200300", NOW + 4000, &found), 1);
	assert_int_equal(find(f, message, "100200300", NOW + 5000, &found), 0);
	/* What has ended stays ended when it did. */
	OK(link_end(f->conn, l.id, NOW + 9000, &f->err));
	assert_int_equal(find(f, message, "100200300", NOW + 5000, &found), 0);
}

static void test_the_address(void **state)
{
	struct fixture *f = *state;
	struct consent_link l = { .wording = STR("Sì & no?"), .code = "K7Q2M9XW" };
	struct phone business = { .number = 393331234500 };

	struct str url = link_url(&l, business, f->arena);
	if (!str_eq_c(url, "https://wa.me/393331234500?text=S%C3%AC%20%26%20no%3F%20%23K7Q2M9XW"))
		fail_msg("%.*s", STR_ARG(url));
}

static void test_lists(void **state)
{
	struct fixture *f = *state;
	struct consent_link first = offers(f), second = offers(f), *items;
	size_t n;
	bool more;

	OK(link_list(f->conn, 0, 1, f->arena, &items, &n, &more, &f->err));
	assert_true(n == 1 && more && items[0].id == second.id);
	OK(link_list(f->conn, second.id, 1, f->arena, &items, &n, &more, &f->err));
	assert_true(n == 1 && !more && items[0].id == first.id);
	assert_int_equal(link_get(f->conn, 1, f->arena, &first, &f->err), 0);
}

/* --- faults ----------------------------------------------------------------------------------- */

static int work(struct fixture *f)
{
	struct consent_link l = {
		.id = 5,
		.number = STR("100200300"),
		.purpose = PURPOSE_MARKETING,
		.at = NOW,
		.wording = STR("Voglio le offerte"),
	};
	struct phone business = { .number = 393331234500 };
	struct consent_link found, *items;
	size_t n;
	bool more;
	int r = link_add(f->conn, &l, &f->err);

	if (r == 0 && (!link_url(&l, business, f->arena).p || !link_message(&l, f->arena).p))
		r = -E_NOMEM;
	if (r == 0)
		r = link_of_message(
		    f->conn, link_message(&l, f->arena), l.number, NOW, f->arena, &found, &f->err);
	if (r > 0)
		r = link_get(f->conn, 5, f->arena, &found, &f->err);
	if (r > 0)
		r = link_list(f->conn, 0, 10, f->arena, &items, &n, &more, &f->err);
	if (r == 0)
		r = link_used(f->conn, 5, &f->err);
	return r < 0 ? r : link_end(f->conn, 5, NOW, &f->err);
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "links", work);
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_a_message_that_came_by_it),
		FIXTURE_TEST(test_what_telephones_do_to_it),
		FIXTURE_TEST(test_what_did_not_come_by_it),
		FIXTURE_TEST(test_the_address),
		FIXTURE_TEST(test_lists),
		FIXTURE_TEST(test_memory_runs_out),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

/* Texts follow each other, and the former ones are there, bounded, until their template is gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "domain/account.h"
#include "domain/fixture.h"
#include "domain/template.h"
#include "domain/template_former.h"

#define WABA STR("900800700")

static const struct template_key order = { { "900800700", 9 }, { "order_shipped", 13 },
	{ "it", 2 } };

static void put(struct fixture *f, const char *body, time_ms at)
{
	const struct json *v = NULL;
	bool created;
	char text[200];

	(void)snprintf(text, sizeof(text),
	    "{\"name\":\"order_shipped\",\"language\":\"it\",\"category\":\"UTILITY\","
	    "\"components\":[{\"type\":\"BODY\",\"text\":\"%s\"}]}",
	    body);
	OK(json_read(f->arena, str_c(text), &v, &f->err));
	OK(template_put(f->conn, WABA, v, true, at, &created, &f->err));
}

static size_t list(struct fixture *f, struct template_former **ret)
{
	size_t n = 0;

	OK(template_former_list(f->conn, &order, f->arena, ret, &n, &f->err));
	return n;
}

static void expect(const struct template_former *x, const char *body, time_ms until)
{
	char text[100];

	(void)snprintf(text, sizeof(text), "[{\"type\":\"BODY\",\"text\":\"%s\"}]", body);
	if (!str_eq(x->components, str_c(text)) || x->until != until)
		fail_msg("%s: %.*s until %lld", body, STR_ARG(x->components), (long long)x->until);
}

static void test_former_texts_are_kept(void **state)
{
	struct fixture *f = *state;
	struct template_former *t;

	fixture_account(f, "500", "900800700", "100200300");
	put(f, "uno", NOW);
	assert_int_equal(list(f, &t), 1);
	expect(&t[0], "uno", TIME_NONE);
	put(f, "uno", NOW + 1);
	assert_int_equal(list(f, &t), 1);
	put(f, "due", NOW + 2);
	put(f, "tre", NOW + 3);
	assert_int_equal(list(f, &t), 3);
	expect(&t[0], "tre", TIME_NONE);
	expect(&t[1], "due", NOW + 3);
	expect(&t[2], "uno", NOW + 2);
	put(f, "uno", NOW + 4);
	assert_int_equal(list(f, &t), 3);
	expect(&t[0], "uno", TIME_NONE);
	expect(&t[1], "tre", NOW + 4);
	expect(&t[2], "due", NOW + 3);
}

static void test_they_are_bounded(void **state)
{
	struct fixture *f = *state;
	struct template_former *t;
	char body[20];

	fixture_account(f, "500", "900800700", "100200300");
	for (int i = 0; i <= TEMPLATE_FORMER_MAX + 5; i++) {
		(void)snprintf(body, sizeof(body), "testo %d", i);
		put(f, body, NOW + i);
	}
	assert_int_equal(list(f, &t), TEMPLATE_FORMER_MAX + 1);
	expect(&t[0], body, TIME_NONE);
	expect(&t[TEMPLATE_FORMER_MAX], "testo 5", NOW + 6);
}

static int64_t rows(struct fixture *f)
{
	int64_t n = -1;

	assert_int_equal(
	    store_ask_int(f->conn, &n, &f->err, "SELECT count(*) FROM template_former", ""), 1);
	return n;
}

static void test_they_go_with_their_template(void **state)
{
	struct fixture *f = *state;

	fixture_account(f, "500", "900800700", "100200300");
	put(f, "uno", NOW);
	put(f, "due", NOW + 1);
	assert_int_equal(rows(f), 1);
	OK(template_remove(f->conn, WABA, STR("order_shipped"), STR("it"), &f->err));
	assert_int_equal(rows(f), 0);
	put(f, "uno", NOW + 2);
	put(f, "due", NOW + 3);
	OK(number_remove(f->conn, STR("100200300"), &f->err));
	OK(account_remove(f->conn, WABA, &f->err));
	assert_int_equal(rows(f), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_former_texts_are_kept),
		FIXTURE_TEST(test_they_are_bounded),
		FIXTURE_TEST(test_they_go_with_their_template),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

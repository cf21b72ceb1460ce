#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/audit.h"
#include "domain/fixture.h"

static int64_t note(struct fixture *f, const char *by, const char *operation, const char *object,
    time_ms at, const char *content)
{
	struct audit_act act = { .at = at,
		.by = str_c(by),
		.operation = str_c(operation),
		.object = object ? str_c(object) : STR_NONE };

	OK(ledger_append(
	    f->conn, &f->ledger, LEAF_OPERATOR, 0, str_c(content), at, &act.leaf, &f->err));
	if (content[0])
		OK(ledger_keep(f->conn, act.leaf, str_c(content), &f->err));
	OK(audit_note(f->conn, &act, &f->err));
	return act.leaf;
}

/* Ids of the acts, as letters in the order in which they come. */
static void check(struct fixture *f, const char *name, const struct audit_filter *filter,
    const char *wanted, bool more)
{
	struct audit_act *items = NULL;
	bool ret_more = !more;
	char got[8] = "";
	size_t n = 0;

	OK(audit_list(f->conn, filter, f->arena, &items, &n, &ret_more, &f->err));
	for (size_t i = 0; i < n; i++)
		got[i] = items[i].object.p ? items[i].object.p[0] : '-';
	if (strcmp(got, wanted) != 0 || more != ret_more)
		fail_msg("%s: \"%s\", more %d", name, got, ret_more);
}

static void test_filters(void **state)
{
	struct fixture *f = *state;
	int64_t second;

	(void)note(f, "admin", "addUser", "a", NOW, "{}");
	second = note(f, "Marta Neri", "setUser", "b", NOW + 1, "{\"x\":1}");
	(void)note(f, "Marta Neri", "addUser", "c", NOW + 2, "{}");
	(void)note(f, "admin", "makeCheckpoint", NULL, NOW + 3, "");
	const struct {
		const char *name, *wanted;
		bool more;
		struct audit_filter filter;
	} cases[] = {
		{ "all", "-cba", false, { .limit = 9 } },
		{ "two", "-c", true, { .limit = 2 } },
		{ "below", "a", false, { .limit = 9, .before = second } },
		{ "of one", "cb", false, { .limit = 2, .by = STR("Marta Neri") } },
		{ "of a kind", "ca", false, { .limit = 9, .operation = STR("addUser") } },
		{ "about one", "b", false, { .limit = 9, .object = STR("b") } },
		{ "since", "-c", false, { .limit = 9, .since = NOW + 2 } },
		{ "until", "ba", false, { .limit = 9, .until = NOW + 2 } },
		{ "nobody", "", false, { .limit = 9, .by = STR("Luca Bianchi") } },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct audit_filter filter = cases[i].filter;
		if (filter.since == 0)
			filter.since = TIME_NONE;
		if (filter.until == 0)
			filter.until = TIME_NONE;
		check(f, cases[i].name, &filter, cases[i].wanted, cases[i].more);
	}
}

static void test_what_was_done_comes_along(void **state)
{
	const struct audit_filter all = { .limit = 9, .since = TIME_NONE, .until = TIME_NONE };
	struct fixture *f = *state;
	struct audit_act *items = NULL;
	size_t n = 0;
	bool more = true;

	(void)note(f, "Marta Neri", "setUser", "b", NOW, "{\"x\":1}");
	(void)note(f, "admin", "makeCheckpoint", NULL, NOW, "");
	OK(audit_list(f->conn, &all, f->arena, &items, &n, &more, &f->err));
	assert_int_equal(n, 2);
	assert_null(items[0].content.p);
	assert_true(str_eq_c(items[1].content, "{\"x\":1}"));
	assert_true(str_eq_c(items[1].by, "Marta Neri") && items[1].at == NOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_filters),
		FIXTURE_TEST(test_what_was_done_comes_along),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

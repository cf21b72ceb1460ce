#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "domain/campaign_draft.h"
#include "domain/campaign_people.h"
#include "domain/fixture.h"

static const struct str map[] = { { "1=name|friend", 13 }, { "2=|\"hi\"", 7 } };
static const struct str columns[] = { { "name", 4 } };
static const struct str filter[] = { { "purpose=marketing", 17 }, { "country=IT", 10 } };

static struct campaign make(struct fixture *f, uint64_t id, enum campaign_state state)
{
	struct campaign x = {
		.id = id,
		.at = NOW,
		.state = state,
		.name = STR("Sandals"),
		.number = STR("100200300"),
		.waba = STR("900800700"),
		.plan = STR(
		    "{\"templates\":[{\"name\":\"spring_offer\",\"language\":\"it\"}],\"map\":[\"1=name\"]}"),
		.by = STR("Marta Neri"),
		.approved_at = TIME_NONE,
		.released_at = TIME_NONE,
		.starts_at = TIME_NONE,
		.ended_at = TIME_NONE,
		.next_at = TIME_NONE,
		.preflight_at = NOW + 1,
		.preflight = STR("{\"people\":3}"),
		.choice = -1,
	};

	memset(x.snapshot.b, 9, sizeof(x.snapshot.b));
	OK(campaign_add(f->conn, &x, &f->err));
	return x;
}

static struct campaign look(struct fixture *f, uint64_t id)
{
	struct campaign x = { .id = 0 };

	assert_int_equal(campaign_get(f->conn, id, f->arena, &x, &f->err), 1);
	return x;
}

/* --- taken apart and put together ------------------------------------------------------------- */

static void test_a_plan_comes_back(void **state)
{
	struct fixture *f = *state;
	const struct campaign_draft d = {
		.templates = { STR("spring_offer"), STR("spring_b") },
		.templates_len = 2,
		.language = STR("it"),
		.map = map,
		.map_len = 2,
		.price = 0.0572,
		.currency = STR("EUR"),
		.filter = filter,
		.filter_len = 2,
		.columns = columns,
		.columns_len = 1,
		.columns_known = true,
		.edits = 3,
		.editors = columns,
		.editors_len = 1,
	};
	struct campaign x = { .plan = STR_NONE };
	struct campaign_draft back;

	OK(campaign_draft_write(&d, f->arena, &x.plan, &f->err));
	OK(campaign_draft_read(&x, f->arena, &back, &f->err));
	assert_int_equal(back.templates_len, 2);
	assert_true(str_eq(back.templates[1], d.templates[1]) && str_eq_c(back.language, "it"));
	assert_int_equal(back.map_len, 2);
	assert_true(str_eq(back.map[1], map[1]) && back.price == 0.0572);
	assert_true(str_eq_c(back.currency, "EUR") && back.columns_known);
	assert_int_equal(back.filter_len, 2);
	assert_true(str_eq(back.filter[0], filter[0]) && str_eq(back.columns[0], columns[0]));
	assert_true(back.edits == 3 && back.editors_len == 1);
}

static void test_one_made_before_columns_were_noted(void **state)
{
	struct fixture *f = *state;
	struct campaign x = make(f, 7, CAMPAIGN_DRAFT);
	struct campaign_draft d;

	OK(campaign_draft_read(&x, f->arena, &d, &f->err));
	assert_true(!d.columns_known && d.columns_len == 0 && d.filter_len == 0 && d.edits == 0);
	assert_true(d.price == 0 && !d.currency.p);
	x.plan = STR("{");
	assert_true(campaign_draft_read(&x, f->arena, &d, &f->err) < 0);
}

static void test_editors_are_told_apart_and_bounded(void **state)
{
	struct fixture *f = *state;
	struct campaign_draft d = { .edits = 0 };

	OK(campaign_draft_sign(&d, STR("Marta Neri"), f->arena, &f->err));
	OK(campaign_draft_sign(&d, STR("Luca Bianchi"), f->arena, &f->err));
	OK(campaign_draft_sign(&d, STR("Marta Neri"), f->arena, &f->err));
	assert_true(d.edits == 3 && d.editors_len == 2);
	assert_true(str_eq_c(d.editors[1], "Marta Neri"));
	while (d.editors_len < CAMPAIGN_EDITORS_MAX) {
		struct str name = arena_printf(f->arena, "n%zu", d.editors_len);
		OK(campaign_draft_sign(&d, name, f->arena, &f->err));
	}
	OK(campaign_draft_sign(&d, STR("n5"), f->arena, &f->err));
	FAILS(campaign_draft_sign(&d, STR("one more"), f->arena, &f->err), E_TOO_LARGE, "by");
}

/* --- the state that somebody read ------------------------------------------------------------- */

static void test_another_revision_for_each_value(void **state)
{
	struct fixture *f = *state;
	const struct campaign x = make(f, 7, CAMPAIGN_DRAFT);
	struct campaign others[] = { x, x, x, x, x };
	char was[CAMPAIGN_REVISION_MAX], is[CAMPAIGN_REVISION_MAX];

	campaign_revision(&x, was);
	assert_int_equal(strlen(was), CAMPAIGN_REVISION_MAX - 1);
	others[0].name = STR("Sandal");
	others[1].number = STR("s100200300");
	others[2].plan = STR("{}");
	others[3].digest.b[0] ^= 1;
	others[4].choice = 0;
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		campaign_revision(&others[i], is);
		assert_string_not_equal(is, was);
	}
	/* what is no edit is none */
	struct campaign looked = x;
	looked.preflight_at = NOW + 9;
	looked.updated_at = NOW + 9;
	campaign_revision(&looked, is);
	assert_string_equal(is, was);
}

static void test_an_edit_throws_away_what_was_seen(void **state)
{
	struct fixture *f = *state;
	struct campaign x = make(f, 7, CAMPAIGN_DRAFT), y;

	assert_true(str_eq_c(look(f, 7).preflight, "{\"people\":3}"));
	campaign_reopen(&x);
	x.name = STR("Sandals, again");
	x.number = STR("100200301");
	x.plan = STR("{\"templates\":[],\"map\":[]}");
	OK(campaign_rewrite(f->conn, &x, NOW + 5, &f->err));
	y = look(f, 7);
	assert_true(str_eq(y.name, x.name) && str_eq(y.number, x.number) && str_eq(y.plan, x.plan));
	assert_true(!y.preflight.p && y.preflight_at == TIME_NONE && y.updated_at == NOW + 5);
	assert_int_equal(y.snapshot.b[0], 0);
	assert_true(str_eq_c(y.by, "Marta Neri") && y.at == NOW && y.state == CAMPAIGN_DRAFT);
}

static void test_only_a_draft_is_written_anew(void **state)
{
	struct fixture *f = *state;

	for (int s = CAMPAIGN_LOADING; s <= CAMPAIGN_CANCELLED; s++) {
		struct campaign x = make(f, (uint64_t)s, (enum campaign_state)s);
		if (s == CAMPAIGN_DRAFT)
			continue;
		x.name = STR("Other");
		x.plan = STR("{}");
		FAILS(campaign_rewrite(f->conn, &x, NOW + 5, &f->err), E_CONFLICT, "");
		assert_true(str_eq_c(look(f, (uint64_t)s).name, "Sandals"));
		assert_false(str_eq_c(look(f, (uint64_t)s).plan, "{}"));
	}
}

static void test_another_audience(void **state)
{
	struct fixture *f = *state;
	struct campaign x = make(f, 7, CAMPAIGN_DRAFT);
	struct campaign_member m = {
		.fate = MEMBER_WAITING, .due_at = TIME_NONE, .source = STR("Fiera")
	};
	struct campaign_counts n;
	struct campaign_sums *sums;
	int r;

	OK(campaign_sums_new(&sums, &f->err));
	(void)make(f, 8, CAMPAIGN_DRAFT);
	for (int i = 1; i <= 2100; i++) {
		m.seq = i;
		m.person = (uint64_t)i;
		OK(campaign_member_add(f->conn, &f->key, sums, 7, &m, &f->err));
	}
	OK(campaign_member_add(f->conn, &f->key, sums, 8, &m, &f->err));
	OK(campaign_move(&x, CAMPAIGN_LOADING, &f->err));
	OK(campaign_rewrite(f->conn, &x, NOW + 5, &f->err));
	assert_int_equal(look(f, 7).state, CAMPAIGN_LOADING);
	assert_int_equal(campaign_people_clear(f->conn, sums, 7, &f->err), 1);
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM campaign_member WHERE campaign = 7"), 100);
	do
		r = campaign_people_clear(f->conn, sums, 7, &f->err);
	while (r > 0);
	assert_int_equal(r, 0);
	OK(campaign_sums_write(sums, f->conn, &f->err));
	OK(campaign_count(f->conn, 7, &n, &f->err));
	assert_int_equal(n.of[MEMBER_WAITING], 0);
	OK(campaign_count(f->conn, 8, &n, &f->err));
	assert_int_equal(n.of[MEMBER_WAITING], 1);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM campaign_member"), 1);
	assert_int_equal(
	    scratch_int(f->conn, "SELECT sum(people) FROM campaign_sum WHERE campaign = 7"), 0);
	assert_int_equal(
	    scratch_int(
		f->conn, "SELECT sum(people) FROM campaign_sum WHERE campaign = 8 AND kind = 1"),
	    1);
	assert_int_equal(
	    scratch_int(
		f->conn, "SELECT people FROM campaign_sum WHERE campaign = 0 AND name = 'Fiera'"),
	    1);
	campaign_sums_free(&sums);
}

static int edit(struct fixture *f)
{
	struct campaign x = { .id = 7,
		.at = NOW,
		.state = CAMPAIGN_DRAFT,
		.name = STR("Sandals"),
		.number = STR("100200300"),
		.waba = STR("900800700"),
		.plan = STR("{\"templates\":[],\"map\":[\"1=name\"]}"),
		.by = STR("Marta Neri") };
	struct campaign_sums *sums = NULL;
	struct campaign_draft d;
	int r = campaign_add(f->conn, &x, &f->err);

	if (r == 0)
		r = campaign_draft_read(&x, f->arena, &d, &f->err);
	if (r == 0)
		r = campaign_draft_sign(&d, STR("Anna Verdi"), f->arena, &f->err);
	if (r == 0)
		r = campaign_draft_write(&d, f->arena, &x.plan, &f->err);
	if (r == 0)
		r = campaign_rewrite(f->conn, &x, NOW + 5, &f->err);
	if (r == 0)
		r = campaign_sums_new(&sums, &f->err);
	if (r == 0)
		r = campaign_people_clear(f->conn, sums, 7, &f->err);
	campaign_sums_free(&sums);
	return r;
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "an edit of a draft", edit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_a_plan_comes_back),
		FIXTURE_TEST(test_one_made_before_columns_were_noted),
		FIXTURE_TEST(test_editors_are_told_apart_and_bounded),
		FIXTURE_TEST(test_another_revision_for_each_value),
		FIXTURE_TEST(test_an_edit_throws_away_what_was_seen),
		FIXTURE_TEST(test_only_a_draft_is_written_anew),
		FIXTURE_TEST(test_another_audience),
		FIXTURE_TEST(test_memory_runs_out),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

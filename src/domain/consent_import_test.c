#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/consent_undo.h"
#include "domain/fixture.h"

#define WHO 4711
#define IMPORT 12

static struct consent_entry act_of(enum purpose p, enum consent_act act, time_ms at)
{
	return (struct consent_entry){
		.person = WHO,
		.purpose = p,
		.act = act,
		.at = at,
		.evidence = act == CONSENT_GRANT ? EVIDENCE_IMPORTED : EVIDENCE_NONE,
	};
}

static void append(struct fixture *f, struct consent_entry e)
{
	bool fresh = false;

	OK(consent_append(f->conn, &f->ledger, &e, NOW, &fresh, &f->err));
	assert_true(fresh);
}

static enum import_fate import(struct fixture *f, struct consent_entry e)
{
	enum import_fate judged, fate;

	e.import_id = e.import_id ? e.import_id : IMPORT;
	OK(consent_import_judge(f->conn, &e, &judged, &f->err));
	OK(consent_import_act(f->conn, &f->ledger, &e, NOW, &fate, &f->err));
	assert_int_equal(judged, fate);
	return fate;
}

/* --- the rule --------------------------------------------------------------------------------- */

static void test_an_import_never_overwrites_an_opt_out(void **state)
{
	static const struct {
		const char *name;
		enum purpose withdrawn;
		time_ms then;
		enum purpose purpose;
		enum consent_act act;
		time_ms at;
		enum import_fate fate;
		enum evidence evidence; /* 0 = the import itself */
	} rows[] = {
		{ "older grant", PURPOSE_MARKETING, NOW - HOUR, PURPOSE_MARKETING, CONSENT_GRANT,
		    NOW - 2 * HOUR, IMPORT_BLOCKED, EVIDENCE_NONE },
		{ "grant at the same time", PURPOSE_MARKETING, NOW - HOUR, PURPOSE_MARKETING,
		    CONSENT_GRANT, NOW - HOUR, IMPORT_BLOCKED, EVIDENCE_NONE },
		{ "newer grant", PURPOSE_MARKETING, NOW - HOUR, PURPOSE_MARKETING, CONSENT_GRANT,
		    NOW - HOUR + 1, IMPORT_UNPROVEN, EVIDENCE_NONE },
		{ "newer grant with evidence", PURPOSE_MARKETING, NOW - HOUR, PURPOSE_MARKETING,
		    CONSENT_GRANT, NOW - HOUR + 1, IMPORT_RECORDED, EVIDENCE_FORM },
		{ "older grant with evidence", PURPOSE_MARKETING, NOW - HOUR, PURPOSE_MARKETING,
		    CONSENT_GRANT, NOW - HOUR, IMPORT_BLOCKED, EVIDENCE_SIGNED },
		{ "older grant after a withdrawal of all", PURPOSE_ALL, NOW - HOUR,
		    PURPOSE_MARKETING, CONSENT_GRANT, NOW - 2 * HOUR, IMPORT_BLOCKED,
		    EVIDENCE_NONE },
		{ "older grant of all after one of all", PURPOSE_ALL, NOW - HOUR, PURPOSE_ALL,
		    CONSENT_GRANT, NOW - 2 * HOUR, IMPORT_BLOCKED, EVIDENCE_NONE },
		{ "older grant of all after one purpose", PURPOSE_MARKETING, NOW - HOUR,
		    PURPOSE_ALL, CONSENT_GRANT, NOW - 2 * HOUR, IMPORT_RECORDED, EVIDENCE_NONE },
		{ "newer grant of all after one purpose", PURPOSE_MARKETING, NOW - HOUR,
		    PURPOSE_ALL, CONSENT_GRANT, NOW - HOUR + 1, IMPORT_UNPROVEN, EVIDENCE_NONE },
		{ "newer grant of all with evidence", PURPOSE_MARKETING, NOW - HOUR, PURPOSE_ALL,
		    CONSENT_GRANT, NOW - HOUR + 1, IMPORT_RECORDED, EVIDENCE_FORM },
		{ "of another purpose", PURPOSE_MARKETING, NOW - HOUR, PURPOSE_UTILITY,
		    CONSENT_GRANT, NOW - 2 * HOUR, IMPORT_RECORDED, EVIDENCE_NONE },
		{ "older withdrawal", PURPOSE_MARKETING, NOW - HOUR, PURPOSE_MARKETING,
		    CONSENT_WITHDRAW, NOW - 2 * HOUR, IMPORT_RECORDED, EVIDENCE_NONE },
		{ "the same withdrawal", PURPOSE_MARKETING, NOW - HOUR, PURPOSE_MARKETING,
		    CONSENT_WITHDRAW, NOW - HOUR, IMPORT_KNOWN, EVIDENCE_NONE },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct consent_entry out = act_of(
		    rows[i].withdrawn, CONSENT_WITHDRAW, rows[i].then);
		struct consent_entry e = act_of(rows[i].purpose, rows[i].act, rows[i].at);
		out.person = e.person = 100 + i;
		if (rows[i].evidence)
			e.evidence = rows[i].evidence;
		append(f, out);
		enum import_fate fate = import(f, e);
		if (fate != rows[i].fate)
			fail_msg("%s: %d", rows[i].name, fate);
	}
}

static void test_an_import_after_a_way_back(void **state)
{
	struct fixture *f = *state;

	append(f, act_of(PURPOSE_MARKETING, CONSENT_WITHDRAW, NOW - 2 * HOUR));
	append(f, act_of(PURPOSE_ALL, CONSENT_GRANT, NOW - HOUR));
	assert_int_equal(
	    import(f, act_of(PURPOSE_MARKETING, CONSENT_GRANT, NOW - 3 * HOUR)), IMPORT_RECORDED);
}

static void test_who_is_gone_is_found(void **state)
{
	struct fixture *f = *state;
	struct consent_entry e = act_of(PURPOSE_MARKETING, CONSENT_GRANT, NOW - 2 * HOUR);

	OK(store_do(f->conn, &f->err,
	    "INSERT INTO person_merged (gone, person, at) VALUES (9, ?1, 0)", "i", (int64_t)WHO));
	append(f, act_of(PURPOSE_MARKETING, CONSENT_WITHDRAW, NOW - HOUR));
	e.person = 9;
	assert_int_equal(import(f, e), IMPORT_BLOCKED);
}

static void test_bad_acts_are_told(void **state)
{
	struct fixture *f = *state;
	struct consent_entry e = act_of(PURPOSE_MARKETING, CONSENT_GRANT, NOW + DAY);
	enum import_fate fate;

	FAILS(consent_import_act(f->conn, &f->ledger, &e, NOW, &fate, &f->err), E_INVALID, "at");
}

/* --- undoing ---------------------------------------------------------------------------------- */

#define MARKETING PURPOSE_MARKETING

struct step {
	char who; /* 'p' the person, 'i' the import, 'o' another import, 0 the end */
	enum consent_act act;
	enum purpose purpose;
	int hour; /* of the act */
};

/* What a person did before and after an import, and what counts for marketing when it is undone. */
static const struct {
	const char *name;
	struct step before[4], after[2];
	enum consent_act counts; /* 0 = nothing ever */
	int hour;                /* its time, in whole hours */
	int undone, kept;
} stories[] = {
	{ "a grant out of nothing", { { 'i', CONSENT_GRANT, MARKETING, 3 } }, { { 0 } },
	    CONSENT_WITHDRAW, 3, 1, 0 },
	{ "a grant after a grant",
	    { { 'p', CONSENT_GRANT, MARKETING, 1 }, { 'i', CONSENT_GRANT, MARKETING, 3 } },
	    { { 0 } }, CONSENT_GRANT, 3, 1, 0 },
	{ "a grant after a withdrawal",
	    { { 'p', CONSENT_WITHDRAW, MARKETING, 1 }, { 'i', CONSENT_GRANT, MARKETING, 3 } },
	    { { 0 } }, CONSENT_WITHDRAW, 3, 1, 0 },
	{ "a grant that did not count",
	    { { 'p', CONSENT_GRANT, MARKETING, 5 }, { 'i', CONSENT_GRANT, MARKETING, 3 } },
	    { { 0 } }, CONSENT_GRANT, 5, 0, 1 },
	{ "a withdrawal out of nothing", { { 'i', CONSENT_WITHDRAW, MARKETING, 3 } }, { { 0 } },
	    CONSENT_WITHDRAW, 3, 0, 1 },
	{ "a withdrawal after a grant",
	    { { 'p', CONSENT_GRANT, MARKETING, 1 }, { 'i', CONSENT_WITHDRAW, MARKETING, 3 } },
	    { { 0 } }, CONSENT_GRANT, 3, 1, 0 },
	{ "a withdrawal after a withdrawal",
	    { { 'p', CONSENT_WITHDRAW, MARKETING, 1 }, { 'i', CONSENT_WITHDRAW, MARKETING, 3 } },
	    { { 0 } }, CONSENT_WITHDRAW, 3, 0, 1 },
	{ "who withdrew meanwhile stays so", { { 'i', CONSENT_GRANT, MARKETING, 3 } },
	    { { 'p', CONSENT_WITHDRAW, MARKETING, 6 } }, CONSENT_WITHDRAW, 6, 0, 1 },
	{ "who agreed meanwhile stays so", { { 'i', CONSENT_GRANT, MARKETING, 3 } },
	    { { 'p', CONSENT_GRANT, PURPOSE_ALL, 6 } }, CONSENT_GRANT, 6, 0, 1 },
	{ "who came back meanwhile stays so", { { 'i', CONSENT_WITHDRAW, MARKETING, 3 } },
	    { { 'p', CONSENT_GRANT, MARKETING, 6 } }, CONSENT_GRANT, 6, 0, 1 },
	{ "of all, and one purpose was agreed meanwhile",
	    { { 'i', CONSENT_GRANT, PURPOSE_ALL, 3 } }, { { 'p', CONSENT_GRANT, MARKETING, 6 } },
	    CONSENT_GRANT, 6, 1, 0 },
	{ "another import came behind", { { 'i', CONSENT_GRANT, MARKETING, 3 } },
	    { { 'o', CONSENT_GRANT, MARKETING, 4 } }, CONSENT_GRANT, 4, 0, 1 },
	{ "twice in one import",
	    { { 'i', CONSENT_GRANT, MARKETING, 2 }, { 'i', CONSENT_GRANT, MARKETING, 3 } },
	    { { 0 } }, CONSENT_WITHDRAW, 3, 2, 0 },
	{ "nothing of it was new",
	    { { 'p', CONSENT_GRANT, MARKETING, 3 }, { 'i', CONSENT_GRANT, MARKETING, 3 } },
	    { { 0 } }, CONSENT_GRANT, 3, 0, 0 },
};

static void play(struct fixture *f, const struct step *steps, size_t max)
{
	for (size_t i = 0; i < max && steps[i].who; i++) {
		struct consent_entry e = act_of(
		    steps[i].purpose, steps[i].act, NOW - DAY + steps[i].hour * HOUR);
		e.import_id = steps[i].who == 'o' ? 99 : IMPORT;
		e.evidence = e.act == CONSENT_GRANT ? EVIDENCE_FORM : EVIDENCE_NONE;
		if (steps[i].who == 'p') {
			e.import_id = 0;
			append(f, e);
		} else {
			(void)import(f, e);
		}
	}
}

static struct consent_import begun(struct fixture *f, uint64_t id)
{
	struct consent_import x = {
		.id = id,
		.at = NOW,
		.ended_at = NOW,
		.by = STR("admin"),
		.form = STR("csv"),
		.state = IMPORT_DONE,
		.undone_at = TIME_NONE,
	};

	OK(consent_import_begin(f->conn, &x, &f->err));
	return x;
}

static void undo(struct fixture *f, struct consent_import *x, size_t limit)
{
	int r;

	do {
		r = consent_import_undo(f->conn, &f->ledger, limit, NOW, f->arena, x, &f->err);
		OK(r);
		assert_int_equal(x->state, r ? IMPORT_UNDOING : IMPORT_UNDONE);
	} while (r > 0);
}

static void test_undoing(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(stories); i++) {
		const struct facts_consent *acts, *newest;
		size_t len, before;
		fixture_rollback(state);
		fixture_begin(state);
		struct consent_import x = begun(f, IMPORT);
		play(f, stories[i].before, ARRAY_LEN(stories[i].before));
		play(f, stories[i].after, ARRAY_LEN(stories[i].after));
		OK(consent_list(f->conn, WHO, f->arena, &acts, &before, &f->err));
		undo(f, &x, 1);
		OK(consent_list(f->conn, WHO, f->arena, &acts, &len, &f->err));
		newest = facts_consent_newest(acts, len, MARKETING, INT64_MAX);
		if (x.undone != stories[i].undone || x.kept != stories[i].kept ||
		    len > before + (size_t)x.undone || (len == before) != !x.undone)
			fail_msg("%s: %lld undone, %lld kept, %zu acts of %zu", stories[i].name,
			    (long long)x.undone, (long long)x.kept, len, before);
		if (!newest || newest->act != stories[i].counts ||
		    (newest->at - (NOW - DAY)) / HOUR != stories[i].hour)
			fail_msg("%s: what counts is another", stories[i].name);
		assert_int_equal(x.undone_at, NOW);
	}
}

/* What was agreed before comes back as it was, but for its time, and says where it comes from. */
static void test_what_comes_back(void **state)
{
	struct fixture *f = *state;
	struct consent_entry e = act_of(PURPOSE_ALL, CONSENT_GRANT, NOW - DAY), *list;
	struct consent_import x = begun(f, IMPORT);
	const struct facts_consent *acts;
	size_t n;

	e.evidence = EVIDENCE_DOUBLE_OPT_IN;
	e.source = STR("shop");
	e.wording = STR("Sì");
	append(f, e);
	assert_int_equal(import(f, act_of(MARKETING, CONSENT_GRANT, NOW - HOUR)), IMPORT_RECORDED);
	undo(f, &x, 10);
	OK(consent_list_full(f->conn, WHO, f->arena, &list, &n, &f->err));
	assert_int_equal(n, 3);
	assert_int_equal(list[2].purpose, MARKETING);
	assert_int_equal(list[2].evidence, EVIDENCE_DOUBLE_OPT_IN);
	assert_int_equal(list[2].at, NOW - HOUR + 1);
	assert_true(str_eq(list[2].source, STR("shop")));
	assert_true(str_eq(list[2].wording, STR("Sì")));
	assert_true(
	    str_eq(list[2].attributes, STR("{\"restores\":1,\"undo\":\"imp_000000000000c\"}")));
	assert_int_equal(list[2].import_id, 0);
	assert_int_equal(scratch_int(f->conn, "SELECT leaf FROM consent_undo"), list[2].leaf);
	OK(consent_list(f->conn, WHO, f->arena, &acts, &n, &f->err));
	assert_int_equal(facts_consent_given(&acts[2]), NOW - DAY);
	assert_int_equal(facts_consent_given(&acts[1]), NOW - HOUR);
}

/* One that broke off is gone on with, one after the other, until none is left. */
static void test_going_on(void **state)
{
	struct fixture *f = *state;
	struct consent_import x = begun(f, IMPORT), y = begun(f, 99), z = begun(f, 100);
	struct consent_entry e = act_of(MARKETING, CONSENT_GRANT, NOW - DAY);
	uint64_t last = 0;
	int steps = 0;

	for (int i = 0; i < 3; i++) {
		e.at = NOW - DAY + i * HOUR;
		e.import_id = (uint64_t[]){ x.id, y.id, x.id }[i];
		assert_int_equal(import(f, e), IMPORT_RECORDED);
	}
	assert_int_equal(
	    consent_undo_go_on(f->conn, &f->ledger, 1, NOW, f->arena, &last, &f->err), 0);
	OK(consent_import_undo(f->conn, &f->ledger, 1, NOW, f->arena, &x, &f->err));
	OK(consent_import_undo(f->conn, &f->ledger, 1, NOW, f->arena, &y, &f->err));
	while (consent_undo_go_on(f->conn, &f->ledger, 1, NOW, f->arena, &last, &f->err) == 1) {
		/* each in its turn, as long as there are two */
		if (++steps < 3)
			assert_int_equal(last, steps == 1 ? x.id : y.id);
	}
	assert_int_equal(steps, 3);
	OK(consent_import_get(f->conn, x.id, f->arena, &x, &f->err));
	OK(consent_import_get(f->conn, y.id, f->arena, &y, &f->err));
	OK(consent_import_get(f->conn, z.id, f->arena, &z, &f->err));
	assert_int_equal(x.state, IMPORT_UNDONE);
	assert_int_equal(x.undone + x.kept, 2);
	assert_int_equal(y.state, IMPORT_UNDONE);
	assert_int_equal(z.state, IMPORT_DONE);
}

/* The same table, put right, may come again; who withdrew by themselves still may not be overruled. */
static void test_an_import_after_an_undo(void **state)
{
	struct fixture *f = *state;
	struct consent_entry e = act_of(MARKETING, CONSENT_GRANT, NOW - HOUR);
	struct consent_import x = begun(f, IMPORT), y = begun(f, 99);
	const struct facts_consent *acts;
	size_t len;

	assert_int_equal(import(f, e), IMPORT_RECORDED);
	undo(f, &x, 10);
	e.import_id = y.id;
	assert_int_equal(import(f, e), IMPORT_RECORDED);
	assert_int_equal(import(f, e), IMPORT_KNOWN);
	OK(consent_list(f->conn, WHO, f->arena, &acts, &len, &f->err));
	assert_int_equal(facts_consent_newest(acts, len, MARKETING, INT64_MAX)->act, CONSENT_GRANT);
	undo(f, &y, 10);
	append(f, act_of(MARKETING, CONSENT_WITHDRAW, NOW - HOUR / 2));
	e.import_id = 100;
	assert_int_equal(import(f, e), IMPORT_BLOCKED);
}

static void test_who_was_merged_meanwhile(void **state)
{
	struct fixture *f = *state;
	struct consent_entry e = act_of(MARKETING, CONSENT_GRANT, NOW - HOUR);
	struct consent_import x = begun(f, IMPORT);

	e.person = 9;
	assert_int_equal(import(f, e), IMPORT_RECORDED);
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO person_merged (gone, person, at) VALUES (9, ?1, 0)", "i", (int64_t)WHO));
	OK(store_do(f->conn, &f->err, "UPDATE consent SET person = ?1 WHERE person = 9", "i",
	    (int64_t)WHO));
	undo(f, &x, 10);
	assert_int_equal(x.undone, 1);
}

/* --- the record ------------------------------------------------------------------------------- */

static void test_the_record(void **state)
{
	struct fixture *f = *state;
	struct consent_import x = {
		.id = 7,
		.at = NOW,
		.ended_at = TIME_NONE,
		.by = STR("admin"),
		.name = STR("spring.csv"),
		.form = STR("csv"),
		.bytes = 1000,
		.total = 11,
		.dry = true,
		.state = IMPORT_RUNNING,
		.undone_at = TIME_NONE,
	}, y, *list;
	bool more;
	size_t n;

	memset(x.digest.b, 5, sizeof(x.digest.b));
	OK(consent_import_begin(f->conn, &x, &f->err));
	x.state = IMPORT_TRIED;
	x.ended_at = NOW + 1;
	x.rows = 10;
	x.accepted = 7;
	x.known = 2;
	x.rejected = 3;
	x.blocked = 1;
	OK(consent_import_update(f->conn, &x, &f->err));
	assert_int_equal(consent_import_get(f->conn, 7, f->arena, &y, &f->err), 1);
	assert_true(str_eq(y.by, x.by) && str_eq(y.name, x.name) && str_eq(y.form, x.form));
	x.by = y.by;
	x.name = y.name;
	x.form = y.form;
	assert_memory_equal(&x.digest, &y.digest, sizeof(x.digest));
	assert_true(
	    x.at == y.at && x.ended_at == y.ended_at && x.bytes == y.bytes && x.dry == y.dry);
	assert_int_equal(y.total, 11);
	assert_true(x.state == y.state && x.rows == y.rows && x.accepted == y.accepted);
	assert_true(x.known == y.known && x.rejected == y.rejected && x.blocked == y.blocked);
	assert_int_equal(y.undone_at, TIME_NONE);
	assert_int_equal(consent_import_get(f->conn, 8, f->arena, &y, &f->err), 0);
	(void)begun(f, 9);
	(void)begun(f, 8);
	OK(consent_import_list(f->conn, 0, 2, f->arena, &list, &n, &more, &f->err));
	assert_true(n == 2 && more && list[0].id == 9 && list[1].id == 8);
	OK(consent_import_list(f->conn, 8, 2, f->arena, &list, &n, &more, &f->err));
	assert_true(n == 1 && !more && list[0].id == 7);
	assert_string_equal(import_state_name(IMPORT_TRIED), "tried");
	assert_string_equal(import_state_name((enum import_state)0), "");
	assert_string_equal(import_state_name((enum import_state)7), "");
}

static void test_problems(void **state)
{
	const struct import_problem p = {
		.row = 5,
		.column = STR("phone"),
		.value = STR("3,93E+11"),
		.reason = STR("rounded"),
		.fix = STR("make it text"),
		.suggestion = STR("393"),
	};
	struct import_problem q = {
		.row = 4, .blocked = true, .value = STR(""), .reason = STR("x"), .fix = STR("y")
	};
	struct fixture *f = *state;
	struct import_problem *list;
	bool more;
	size_t n;

	OK(consent_import_note(f->conn, IMPORT, &p, &f->err));
	OK(consent_import_note(f->conn, IMPORT, &q, &f->err));
	q.row = 1;
	OK(consent_import_note(f->conn, 99, &q, &f->err));
	OK(consent_import_problems(f->conn, IMPORT, 0, 1, f->arena, &list, &n, &more, &f->err));
	assert_true(n == 1 && more && list[0].row == 4 && list[0].blocked && !list[0].column.p &&
	    !list[0].suggestion.p);
	OK(consent_import_problems(f->conn, IMPORT, 4, 1, f->arena, &list, &n, &more, &f->err));
	assert_true(n == 1 && !more && list[0].row == 5 && !list[0].blocked);
	assert_true(str_eq(list[0].column, p.column) && str_eq(list[0].value, p.value) &&
	    str_eq(list[0].reason, p.reason) && str_eq(list[0].fix, p.fix) &&
	    str_eq(list[0].suggestion, p.suggestion));
}

/* --- everything fails once -------------------------------------------------------------------- */

static int work(struct fixture *f)
{
	struct consent_import x = { .id = 3,
		.at = NOW,
		.by = STR("admin"),
		.form = STR("csv"),
		.state = IMPORT_DONE,
		.undone_at = TIME_NONE },
			      *list;
	struct import_problem p = { .row = 1,
		.value = STR(""),
		.reason = STR("r"),
		.fix = STR("f") },
			      *problems;
	struct consent_entry e = act_of(MARKETING, CONSENT_GRANT, NOW - HOUR);
	enum import_fate fate;
	bool more;
	size_t n;
	int r = consent_import_begin(f->conn, &x, &f->err);

	e.import_id = 3;
	if (r == 0)
		r = consent_import_act(f->conn, &f->ledger, &e, NOW, &fate, &f->err);
	if (r == 0)
		r = consent_import_note(f->conn, 3, &p, &f->err);
	if (r == 0)
		r = consent_import_undo(f->conn, &f->ledger, 10, NOW, f->arena, &x, &f->err);
	if (r == 0)
		r = consent_import_act(f->conn, &f->ledger, &e, NOW, &fate, &f->err);
	if (r == 0)
		r = consent_import_problems(
		    f->conn, 3, 0, 10, f->arena, &problems, &n, &more, &f->err);
	if (r == 0)
		r = consent_import_list(f->conn, 0, 10, f->arena, &list, &n, &more, &f->err);
	r = r < 0 ? r : consent_import_get(f->conn, 3, f->arena, &x, &f->err);
	return r < 0 ? r : 0;
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "imports", work);
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_an_import_never_overwrites_an_opt_out),
		FIXTURE_TEST(test_an_import_after_a_way_back),
		FIXTURE_TEST(test_who_is_gone_is_found),
		FIXTURE_TEST(test_bad_acts_are_told),
		FIXTURE_TEST(test_undoing),
		FIXTURE_TEST(test_what_comes_back),
		FIXTURE_TEST(test_going_on),
		FIXTURE_TEST(test_an_import_after_an_undo),
		FIXTURE_TEST(test_who_was_merged_meanwhile),
		FIXTURE_TEST(test_the_record),
		FIXTURE_TEST(test_problems),
		FIXTURE_TEST(test_memory_runs_out),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

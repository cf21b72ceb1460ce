#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/consent.h"
#include "domain/fixture.h"

#define WHO 4711

static const struct consent_entry by_form = {
	.person = WHO,
	.purpose = PURPOSE_MARKETING,
	.act = CONSENT_GRANT,
	.at = NOW - DAY,
	.evidence = EVIDENCE_FORM,
	.source = { "web", 3 },
	.wording = { "Vorrei ricevere le offerte", 26 },
	.attributes = { "{\"ip\":\"192.0.2.7\"}", 18 },
	.import_id = 12,
	.details = { "{\"channel\":\"web\"}", 17 },
};

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

static bool append(struct fixture *f, struct consent_entry e)
{
	bool fresh = false;

	OK(consent_append(f->conn, &f->ledger, &e, NOW, &fresh, &f->err));
	return fresh;
}

static void test_one_act_whole(void **state)
{
	struct fixture *f = *state;
	struct consent_entry *list;
	size_t n;

	assert_true(append(f, by_form));
	OK(consent_list_full(f->conn, WHO, f->arena, &list, &n, &f->err));
	assert_int_equal(n, 1);
	assert_int_equal(list[0].person, WHO);
	assert_int_equal(list[0].purpose, PURPOSE_MARKETING);
	assert_int_equal(list[0].act, CONSENT_GRANT);
	assert_int_equal(list[0].at, NOW - DAY);
	assert_int_equal(list[0].evidence, EVIDENCE_FORM);
	assert_true(str_eq(list[0].source, by_form.source));
	assert_true(str_eq(list[0].wording, by_form.wording));
	assert_true(str_eq(list[0].attributes, by_form.attributes));
	assert_int_equal(list[0].import_id, 12);
	assert_true(str_eq(list[0].details, by_form.details));
	assert_int_equal(list[0].recorded_at, NOW);
	assert_int_equal(list[0].recorded_for, WHO);
	assert_int_equal(list[0].leaf, 1);
}

/* The commitment of the leaf can be computed again from the row and the salt. */
static void test_the_leaf_commits_to_everything(void **state)
{
	struct fixture *f = *state;
	struct consent_entry *list;
	struct store_stmt *s;
	struct buf content;
	struct sha256 mac;
	size_t n;

	assert_true(append(f, by_form));
	OK(consent_list_full(f->conn, WHO, f->arena, &list, &n, &f->err));
	buf_init(&content, 0);
	consent_content(&list[0], &content);
	assert_string_equal(content.p,
	    "{\"act\":\"grant\",\"at\":1795255200000,\"attributes\":\"{\\\"ip\\\":\\\"192.0.2.7\\\"}\","
	    "\"details\":{\"channel\":\"web\"},\"evidence\":\"form\",\"import\":\"imp_000000000000c\",\"person\":\"per_00000000004k7\",\"purpose\":\"marketing\","
	    "\"recorded_at\":1795341600000,\"source\":\"web\",\"wording\":\"Vorrei ricevere le offerte\"}");
	OK(store_ask(f->conn, &s, &f->err,
	    "SELECT type, at, ref, policy, salt, commitment FROM ledger_leaf WHERE seq = ?1", "i",
	    list[0].leaf));
	assert_int_equal(store_step(s, &f->err), 1);
	assert_int_equal(store_col_int(s, 0), LEAF_CONSENT);
	assert_int_equal(store_col_int(s, 1), NOW);
	assert_int_equal(store_col_int(s, 2), WHO);
	assert_true(str_eq(store_col_text(s, 3), STR("test")));
	crypto_hmac_sha256(store_col_blob(s, 4), buf_str(&content), &mac);
	assert_true(str_eq(store_col_blob(s, 5), str_n((const char *)mac.b, sizeof(mac.b))));
	store_reset(s);
	buf_done(&content);
}

static bool committed(struct fixture *f, int64_t seq)
{
	struct ledger_leaf leaf;
	struct buf content;

	buf_init(&content, 0);
	assert_int_equal(ledger_get(f->conn, seq, f->arena, &leaf, &f->err), 1);
	int r = consent_leaf_content(f->conn, &leaf, &content, &f->err);
	OK(r);
	bool same = r > 0 && ledger_leaf_commits(&leaf, buf_str(&content));
	buf_done(&content);
	return same;
}

/* From the rows, also when they are another person's now. */
static void test_the_content_comes_back(void **state)
{
	struct fixture *f = *state;

	assert_true(append(f, by_form));
	assert_true(append(f, act_of(PURPOSE_ALL, CONSENT_WITHDRAW, NOW)));
	assert_true(committed(f, 1));
	assert_true(committed(f, 2));
	scratch_exec(f->conn, "UPDATE consent SET person = 4, seq = seq + 7");
	assert_false(committed(f, 1));
	scratch_exec(f->conn,
	    "INSERT INTO person_merged (gone, person, at) SELECT recorded_for, 4, 0 FROM consent_record"
	    " WHERE leaf = 1");
	assert_true(committed(f, 1));
	assert_true(committed(f, 2));
	scratch_exec(f->conn, "UPDATE consent SET at = at + 1 WHERE leaf = 2");
	assert_false(committed(f, 2));
	scratch_exec(f->conn, "DELETE FROM consent_record WHERE leaf = 1");
	assert_false(committed(f, 1));
}

static void test_least_said(void **state)
{
	struct fixture *f = *state;
	struct consent_entry *list;
	struct buf content;
	size_t n;

	assert_true(append(f, act_of(PURPOSE_ALL, CONSENT_WITHDRAW, NOW)));
	OK(consent_list_full(f->conn, WHO, f->arena, &list, &n, &f->err));
	assert_int_equal(n, 1);
	assert_null(list[0].source.p);
	assert_null(list[0].wording.p);
	assert_null(list[0].attributes.p);
	assert_null(list[0].details.p);
	assert_int_equal(list[0].import_id, 0);
	buf_init(&content, 0);
	consent_content(&list[0], &content);
	assert_string_equal(content.p,
	    "{\"act\":\"withdraw\",\"at\":1795341600000,\"attributes\":null,\"details\":null,\"evidence\":\"none\",\"import\":null,"
	    "\"person\":\"per_00000000004k7\",\"purpose\":\"all\",\"recorded_at\":1795341600000,"
	    "\"source\":null,\"wording\":null}");
	buf_done(&content);
}

static void test_the_same_act_is_kept_once(void **state)
{
	struct fixture *f = *state;
	struct consent_entry again = by_form, other = by_form;

	assert_true(append(f, by_form));
	again.evidence = EVIDENCE_SIGNED;
	again.source = STR("another list");
	assert_false(append(f, again));
	other.person = WHO + 1;
	assert_true(append(f, other));
	other = by_form;
	other.purpose = PURPOSE_UTILITY;
	assert_true(append(f, other));
	other = by_form;
	other.at++;
	assert_true(append(f, other));
	other = by_form;
	other.act = CONSENT_WITHDRAW;
	assert_true(append(f, other));
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM consent"), 5);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM ledger_leaf"), 5);
}

/* As they came, or by the time of the act; more than fit in the first room. */
static void test_two_orders(void **state)
{
	struct fixture *f = *state;
	const struct facts_consent *list;
	struct consent_entry *full;
	size_t n;

	for (int i = 0; i < 100; i++) {
		int day = i * 37 % 100;
		assert_true(append(f, act_of(PURPOSE_UTILITY, CONSENT_GRANT, NOW - day * DAY)));
		OK(consent_list(f->conn, WHO, f->arena, &list, &n, &f->err));
		assert_int_equal(n, i + 1);
	}
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(list[i].at, NOW - (int)(i * 37 % 100) * DAY);
		assert_int_equal(list[i].purpose, PURPOSE_UTILITY);
		assert_int_equal(list[i].act, CONSENT_GRANT);
		assert_int_equal(list[i].evidence, EVIDENCE_IMPORTED);
	}
	OK(consent_list_full(f->conn, WHO, f->arena, &full, &n, &f->err));
	assert_int_equal(n, 100);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(full[i].at, NOW - (99 - (int)i) * DAY);
	OK(consent_list(f->conn, 1, f->arena, &list, &n, &f->err));
	assert_int_equal(n, 0);
	OK(consent_list_full(f->conn, 1, f->arena, &full, &n, &f->err));
	assert_int_equal(n, 0);
}

/* The entry with one thing changed is refused. */
#define WRONG(field, code, change) \
	do { \
		struct consent_entry e = by_form; \
		bool fresh; \
		change; \
		FAILS(consent_append(f->conn, &f->ledger, &e, NOW, &fresh, &f->err), code, field); \
	} while (0)

static void test_bad_acts(void **state)
{
	struct fixture *f = *state;
	char text[16386];

	WRONG("evidence", E_INVALID, e.evidence = EVIDENCE_NONE);
	WRONG("evidence", E_INVALID, e.evidence = (enum evidence)17);
	WRONG("purpose", E_INVALID, e.purpose = PURPOSE_NONE);
	WRONG("purpose", E_INVALID, e.purpose = (enum purpose)17);
	WRONG("act", E_INVALID, e.act = (enum consent_act)0);
	WRONG("at", E_INVALID, e.at = TIME_NONE);
	WRONG("at", E_INVALID, e.at = NOW + 5 * MINUTE + 1);
	WRONG("source", E_INVALID, e.source = STR("a\033[2Jb"));
	WRONG("source", E_INVALID, e.source = STR("\xff"));
	memset(text, 'a', sizeof(text));
	WRONG("source", E_TOO_LARGE, e.source = str_n(text, 501));
	WRONG("text", E_TOO_LARGE, e.wording = str_n(text, 4001));
	WRONG("attributes", E_TOO_LARGE, e.attributes = str_n(text, 16385));
	WRONG("attributes", E_INVALID, e.attributes = STR("\xc3"));
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM consent"), 0);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM ledger_leaf"), 0);
}

#define YEAR_2000 946684800000LL

static void test_bounds_that_are_fine(void **state)
{
	struct fixture *f = *state;
	struct consent_entry e = by_form;
	char text[16385];

	memset(text, 'a', sizeof(text));
	e.at = NOW + 5 * MINUTE;
	e.source = str_n(text, 500);
	e.wording = str_n(text, 4000);
	e.attributes = str_n(text, 16384);
	assert_true(append(f, e));
	assert_true(append(f, act_of(PURPOSE_MARKETING, CONSENT_WITHDRAW, YEAR_2000)));
	e = act_of(PURPOSE_MARKETING, CONSENT_WITHDRAW, YEAR_2000 - 1);
	bool fresh;
	FAILS(consent_append(f->conn, &f->ledger, &e, NOW, &fresh, &f->err), E_INVALID, "at");
}

static void test_who_is_gone_is_found(void **state)
{
	struct fixture *f = *state;
	struct consent_entry e = act_of(PURPOSE_MARKETING, CONSENT_GRANT, NOW - 2 * HOUR), *list;
	size_t n;

	OK(store_do(f->conn, &f->err,
	    "INSERT INTO person_merged (gone, person, at) VALUES (9, ?1, 0)", "i", (int64_t)WHO));
	assert_true(append(f, act_of(PURPOSE_MARKETING, CONSENT_WITHDRAW, NOW - HOUR)));
	e.person = 9;
	e.act = CONSENT_WITHDRAW;
	assert_true(append(f, e));
	OK(consent_list_full(f->conn, WHO, f->arena, &list, &n, &f->err));
	assert_int_equal(n, 2);
	assert_int_equal(list[0].recorded_for, WHO);
}

/* --- everything fails once -------------------------------------------------------------------- */

/* --- clocks of others ------------------------------------------------------------------------- */

static void append_at(struct fixture *f, struct consent_entry e, time_ms now)
{
	bool fresh;

	OK(consent_append(f->conn, &f->ledger, &e, now, &fresh, &f->err));
}

static enum consent_act marketing_at(struct fixture *f, time_ms now)
{
	const struct facts_consent *list, *newest;
	size_t n;

	OK(consent_list(f->conn, WHO, f->arena, &list, &n, &f->err));
	newest = facts_consent_newest(list, n, PURPOSE_MARKETING, now);
	return newest ? newest->act : (enum consent_act)0;
}

/* A shop's clock is ahead of ours, within what is allowed, or ours was until it was put back. */
static void test_who_withdraws_comes_behind_what_was_told_before(void **state)
{
	static const struct {
		const char *name;
		enum purpose granted;
		time_ms at, recorded; /* of the grant */
		enum purpose withdrawn;
		time_ms out, now;
		enum consent_act later;
	} rows[] = {
		{ "by a clock that is ahead", PURPOSE_MARKETING, NOW + 4 * MINUTE, NOW,
		    PURPOSE_MARKETING, NOW + MINUTE, NOW + MINUTE, CONSENT_WITHDRAW },
		{ "of everything", PURPOSE_ALL, NOW + 4 * MINUTE, NOW, PURPOSE_MARKETING,
		    NOW + MINUTE, NOW + MINUTE, CONSENT_WITHDRAW },
		{ "out of everything", PURPOSE_MARKETING, NOW + 4 * MINUTE, NOW, PURPOSE_ALL,
		    NOW + MINUTE, NOW + MINUTE, CONSENT_WITHDRAW },
		{ "ours was put back", PURPOSE_MARKETING, NOW, NOW, PURPOSE_MARKETING,
		    NOW - 2 * HOUR, NOW - HOUR, CONSENT_WITHDRAW },
		{ "told late", PURPOSE_MARKETING, NOW, NOW, PURPOSE_MARKETING, NOW - HOUR, NOW,
		    CONSENT_GRANT },
		{ "told later", PURPOSE_MARKETING, NOW - HOUR, NOW - HOUR, PURPOSE_MARKETING,
		    NOW - DAY, NOW, CONSENT_GRANT },
		{ "of another purpose", PURPOSE_MARKETING, NOW + 4 * MINUTE, NOW, PURPOSE_UTILITY,
		    NOW + MINUTE, NOW + MINUTE, CONSENT_GRANT },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		fixture_rollback(state);
		fixture_begin(state);
		append_at(f, act_of(rows[i].granted, CONSENT_GRANT, rows[i].at), rows[i].recorded);
		append_at(f, act_of(rows[i].withdrawn, CONSENT_WITHDRAW, rows[i].out), rows[i].now);
		if (marketing_at(f, NOW + HOUR) != rows[i].later)
			fail_msg("%s", rows[i].name);
	}
}

static int work(struct fixture *f)
{
	struct consent_entry ahead = act_of(PURPOSE_UTILITY, CONSENT_GRANT, NOW + MINUTE),
			     out = act_of(PURPOSE_ALL, CONSENT_WITHDRAW, NOW);
	const struct facts_consent *list;
	struct consent_entry *full;
	bool fresh;
	size_t n;
	int r = consent_append(f->conn, &f->ledger, &by_form, NOW, &fresh, &f->err);

	if (r == 0)
		r = consent_append(f->conn, &f->ledger, &ahead, NOW, &fresh, &f->err);
	if (r == 0)
		r = consent_append(f->conn, &f->ledger, &by_form, NOW, &fresh, &f->err);
	if (r == 0)
		r = consent_append(f->conn, &f->ledger, &out, NOW, &fresh, &f->err);
	if (r == 0)
		r = consent_list(f->conn, WHO, f->arena, &list, &n, &f->err);
	return r < 0 ? r : consent_list_full(f->conn, WHO, f->arena, &full, &n, &f->err);
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "consents", work);
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_one_act_whole),
		FIXTURE_TEST(test_the_leaf_commits_to_everything),
		FIXTURE_TEST(test_the_content_comes_back),
		FIXTURE_TEST(test_least_said),
		FIXTURE_TEST(test_the_same_act_is_kept_once),
		FIXTURE_TEST(test_two_orders),
		FIXTURE_TEST(test_bad_acts),
		FIXTURE_TEST(test_bounds_that_are_fine),
		FIXTURE_TEST(test_who_is_gone_is_found),
		FIXTURE_TEST(test_who_withdraws_comes_behind_what_was_told_before),
		FIXTURE_TEST(test_memory_runs_out),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

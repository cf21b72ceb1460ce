#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/fixture.h"
#include "domain/journal.h"

static void test_numbered_and_named(void **state)
{
	(void)state;
	assert_true(tables_len > 0);
	for (size_t i = 0; i < tables_len; i++) {
		assert_int_equal(tables[i].number, i + 1);
		assert_true(tables[i].name[0] && tables[i].sql[0]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(tables[i].name, tables[j].name);
	}
}

static void test_applied_once(void **state)
{
	struct fixture *f = *state;
	int applied = -1;

	store_rollback(f->conn);
	OK(schema_apply(f->conn, tables, tables_len, &applied, &f->err));
	assert_int_equal(applied, 0);
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM schema_migrations"), (int64_t)tables_len);
}

/* A store as it was at migration 15, with something in each of the tables that were changed since. */
static void test_what_was_there_before(void **state)
{
	static const char *const before[] = {
		"INSERT INTO people_segment (segment, last) VALUES (1, 4096), (2, 8192)",
		"INSERT INTO people_part (part, segment, pairs) VALUES (0, 1, x'01'), (63, 2, x'02')",
		"INSERT INTO incident (id, kind, label, scope, scope_id, waba, origin, state, outcome, happened_at, opened_at, updated_at, impact) VALUES (1, 'banned', '', 'number', '1', '', '', 1, 0, 1, 1, 1, '{\"windows_since\":1}')",
		"INSERT INTO person (id, phone, flags, created_at, place) VALUES (1, 393331234501, 0, 0, 393331234501)",
		"INSERT INTO campaign_member (campaign, seq, fate, due_at, wave, variant) VALUES (1, 0, 1, 0, 0, 0)",
		"INSERT INTO consent_undo (leaf, import_id) VALUES (1, 2)",
	};
	static const struct {
		const char *question;
		int64_t answer;
	} since[] = {
		{ "SELECT count(*) FROM people_pairs WHERE (place = 1 AND pairs = x'01')"
		  " OR (place = 63 * 1099511627776 + 2 AND pairs = x'02')",
		    2 },
		{ "SELECT count(*) FROM people_bare WHERE segment IN (1, 2)", 2 },
		{ "SELECT count(*) FROM incident WHERE impact LIKE '%windows_since%'", 1 },
		{ "SELECT place FROM person_near", 393331234501 },
		{ "SELECT count(*) FROM person WHERE acts IS NULL AND contacts IS NULL", 1 },
		{ "SELECT count(*) FROM campaign_counting WHERE campaign = 0 AND seq = -1", 1 },
		{ "SELECT count(*) FROM consent_undo WHERE restores IS NULL", 1 },
		{ "SELECT count(*) FROM consent_said WHERE leaf = 1 AND import_id = 2", 1 },
		{ "SELECT given_at FROM consent WHERE leaf = 13", 100 },
		{ "SELECT count(*) FROM consent WHERE given_at IS NULL", 2 },
	};
	struct scratch scratch;
	struct err err = { 0 };
	int applied = 0;

	(void)state;
	struct store *store = scratch_open(&scratch);
	struct store_conn *c = scratch_connect(store, STORE_WRITE);
	MUST(schema_apply(c, tables, 15, &applied, &err), &err);
	for (size_t i = 0; i < ARRAY_LEN(before); i++)
		scratch_exec(c, before[i]);
	MUST(schema_apply(c, tables, 20, &applied, &err), &err);
	scratch_exec(c, "INSERT INTO consent_said (leaf, import_id) VALUES (1, 2)");
	scratch_exec(c,
	    "INSERT INTO consent (person, seq, purpose, act, at, evidence, leaf) VALUES"
	    " (1, 1, 1, 1, 100, 2, 11), (1, 2, 1, 2, 200, 0, 12), (1, 3, 1, 1, 201, 2, 13);"
	    "INSERT INTO consent_undo (leaf, import_id, restores) VALUES (13, 2, 11);"
	    "UPDATE person SET acts = x'00' WHERE id = 1;");
	MUST(schema_apply(c, tables, tables_len, &applied, &err), &err);
	for (size_t i = 0; i < ARRAY_LEN(since); i++) {
		if (scratch_int(c, since[i].question) != since[i].answer)
			fail_msg("%s", since[i].question);
	}
	store_disconnect(&c);
	store_close(&store);
	scratch_remove(scratch.dir);
}

/* No step of the plan walks a table, or sorts what it found. The words are SQLite's. */
static void has_an_index(struct fixture *f, const char *question)
{
	struct store_stmt *s;

	OK(store_ask(f->conn, &s, &f->err, question, ""));
	while (store_step(s, &f->err) > 0) {
		struct str plan = store_col_text(s, 3);
		if (str_starts(plan, STR("SCAN")) || str_starts(plan, STR("USE TEMP B-TREE")))
			fail_msg("%s: %.*s", question, STR_ARG(plan));
	}
	store_reset(s);
}

/* What every send touches is found without walking a table. */
static void test_the_ways_of_a_send_have_an_index(void **state)
{
	static const char *const questions[] = {
		"EXPLAIN QUERY PLAN SELECT * FROM person WHERE place = 1",
		"EXPLAIN QUERY PLAN SELECT * FROM person_bsuid WHERE bsuid = 'IT.A'",
		"EXPLAIN QUERY PLAN SELECT * FROM person WHERE id = 1",
		"EXPLAIN QUERY PLAN SELECT * FROM consent WHERE person = 1",
		"EXPLAIN QUERY PLAN SELECT * FROM person_mark WHERE person = 1 AND kind = 1",
		"EXPLAIN QUERY PLAN SELECT * FROM contact WHERE person = 1 AND number = '1'",
		"EXPLAIN QUERY PLAN SELECT * FROM marketing_sent WHERE person = 1 AND at > 1",
		"EXPLAIN QUERY PLAN SELECT * FROM delivered WHERE person = 1",
		"EXPLAIN QUERY PLAN SELECT * FROM reach WHERE scope = 'p:1'",
		"EXPLAIN QUERY PLAN SELECT * FROM decision WHERE id = 1",
		"EXPLAIN QUERY PLAN SELECT * FROM decision WHERE state = 3 AND state < 9",
		"EXPLAIN QUERY PLAN SELECT count(*) FROM decision WHERE state = 1 AND state < 9 AND waba = '1'",
		"EXPLAIN QUERY PLAN SELECT * FROM idempotency WHERE app = 'a' AND key_hash = 'k'",
		"EXPLAIN QUERY PLAN SELECT * FROM outbox WHERE due_at <= 1 ORDER BY due_at LIMIT 5",
		"EXPLAIN QUERY PLAN SELECT * FROM forward WHERE app = 'a' ORDER BY id LIMIT 5",
		"EXPLAIN QUERY PLAN SELECT * FROM seen WHERE at = 1",
		"EXPLAIN QUERY PLAN SELECT at FROM seen WHERE at < 1 ORDER BY at LIMIT 5",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(questions); i++)
		has_an_index(f, questions[i]);
}

/* What is asked four times a second of a campaign reads what it finds, not the audience. */
static void test_the_looks_at_a_campaign_have_an_index(void **state)
{
	static const char *const questions[] = {
		"EXPLAIN QUERY PLAN SELECT id FROM campaign WHERE busy = 1 ORDER BY id LIMIT 5",
		"EXPLAIN QUERY PLAN SELECT id, kept FROM campaign WHERE kept IS NOT NULL AND ended_at < 1 ORDER BY ended_at LIMIT 1",
		"EXPLAIN QUERY PLAN SELECT f.fate, f.people, x.state FROM campaign_fate f JOIN campaign x ON x.id = f.campaign WHERE f.campaign = 1",
		"EXPLAIN QUERY PLAN SELECT * FROM campaign_member WHERE campaign = 1 AND fate = 1 AND due_at <= 1 ORDER BY due_at, seq LIMIT 5",
		"EXPLAIN QUERY PLAN SELECT due_at FROM campaign_member WHERE campaign = 1 AND fate = 1 AND due_at > 0 ORDER BY due_at LIMIT 1",
		"EXPLAIN QUERY PLAN SELECT 1 FROM campaign_member WHERE campaign = 1 AND fate = 2 LIMIT 1",
		"EXPLAIN QUERY PLAN SELECT m.seq, d.state, o.due_at FROM campaign_member m JOIN decision d ON d.id = m.decision LEFT JOIN outbox o ON o.decision = d.id WHERE m.campaign = 1 AND m.fate = 2 ORDER BY m.due_at, m.seq LIMIT 5",
		"EXPLAIN QUERY PLAN SELECT 1 FROM campaign_member WHERE campaign = 1 AND fate = 2 AND source = 'a' LIMIT 1",
		"EXPLAIN QUERY PLAN SELECT seq FROM campaign_member WHERE source = 'a' AND campaign = 1 AND fate = 1 LIMIT 5",
		"EXPLAIN QUERY PLAN SELECT seq FROM campaign_member WHERE campaign = 1 AND seq >= 1 ORDER BY seq LIMIT 5",
		"EXPLAIN QUERY PLAN SELECT campaign, seq FROM campaign_member WHERE decision = 1",
		"EXPLAIN QUERY PLAN SELECT 1 FROM campaign_member WHERE person = 1 AND campaign = 1 LIMIT 1",
		"EXPLAIN QUERY PLAN SELECT DISTINCT person FROM consent WHERE person > 1 ORDER BY person LIMIT 5",
		"EXPLAIN QUERY PLAN SELECT 1 FROM campaign_member WHERE person = 1 LIMIT 1",
		"EXPLAIN QUERY PLAN SELECT name FROM campaign_sum WHERE campaign = 1 AND kind = 2 AND name >= 'a' AND people > 0 ORDER BY name, number LIMIT 5",
		"EXPLAIN QUERY PLAN SELECT m.seq FROM campaign x JOIN campaign_member q ON q.campaign = x.id JOIN campaign_member m ON m.campaign = q.campaign AND m.seq = q.seq WHERE x.busy = 1 AND q.fate = 2",
		"EXPLAIN QUERY PLAN SELECT seq FROM campaign_member WHERE (campaign, seq) > (1, 1) AND figure IS NULL ORDER BY campaign, seq LIMIT 5",
		"EXPLAIN QUERY PLAN SELECT min(at) FROM source_grant WHERE source = 'a'",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(questions); i++)
		has_an_index(f, questions[i]);
}

/* Sums of before whoever got no template counted apart. */
static void test_no_template_is_no_first_template(void **state)
{
	struct fixture *f = *state;
	struct scratch scratch;
	struct store *store = scratch_open(&scratch);
	struct store_conn *c = scratch_connect(store, STORE_WRITE);
	int applied = 0;

	OK(schema_apply(c, tables, 19, &applied, &f->err));
	OK(store_exec(c,
	    "INSERT INTO campaign_sum (campaign, kind, name, number, used_at, people, waiting, under_way,"
	    " unknown, refused, sent, delivered, was_read, failed, not_sent, opt_outs, clicks) VALUES"
	    " (1, 1, '', 0, 0, 10, 6, 0, 0, 0, 3, 0, 0, 0, 1, 0, 1),"
	    " (1, 2, '', 0, 0, 9, 6, 0, 0, 0, 2, 0, 0, 0, 1, 0, 1),"
	    " (1, 2, '', 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0),"
	    " (1, 5, '', 0, 0, 7, 6, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0),"
	    " (1, 5, '', 1, 0, 3, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 1),"
	    " (2, 2, '', 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0),"
	    " (2, 5, '', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),"
	    " (2, 5, '', 1, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0)",
	    &f->err));
	OK(schema_apply(c, tables, tables_len, &applied, &f->err));
	assert_int_equal(scratch_int(c, "SELECT count(*) FROM campaign_sum"), 9);
	static const struct {
		int campaign, number, says;
	} rows[] = { { 1, -1, 7601 }, { 1, 0, 2020 }, { 1, 1, 1010 }, { 2, 0, 2020 } };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t says = 0;
		OK(store_ask_int(c, &says, &f->err,
		    "SELECT people * 1000 + waiting * 100 + sent * 10 + not_sent"
		    " FROM campaign_sum WHERE campaign = ?1 AND kind = 2 AND number = ?2",
		    "ii", (int64_t)rows[i].campaign, (int64_t)rows[i].number));
		assert_int_equal(says, rows[i].says);
	}
	assert_int_equal(
	    scratch_int(c,
		"SELECT clicks FROM campaign_sum WHERE kind = 2 AND number = 0 AND campaign = 1"),
	    1);
	store_disconnect(&c);
	store_close(&store);
	scratch_remove(scratch.dir);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_numbered_and_named),
		FIXTURE_TEST(test_applied_once),
		FIXTURE_TEST(test_no_template_is_no_first_template),
		FIXTURE_TEST(test_what_was_there_before),
		FIXTURE_TEST(test_the_ways_of_a_send_have_an_index),
		FIXTURE_TEST(test_the_looks_at_a_campaign_have_an_index),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

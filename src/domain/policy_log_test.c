#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "domain/fixture.h"
#include "domain/policy_log.h"

static struct policy_proposal proposal(uint64_t id, const char *kind, const char *change)
{
	return (struct policy_proposal){
		.id = id,
		.at = NOW,
		.kind = str_c(kind),
		.by = STR("Marta"),
		.reason = STR("Complaints"),
		.change = str_c(change),
	};
}

/* Proposed and put in force by Luca; the number of the version. */
static int64_t put(struct fixture *f, uint64_t id, const char *kind, const char *change)
{
	const struct policy_proposal p = proposal(id, kind, change);
	struct pack_overlay *o = ARENA_NEW(f->arena, struct pack_overlay);
	struct pack *pack = NULL;
	int64_t number = 0;
	size_t dropped = 0;

	assert_non_null(o);
	OK(policy_propose(f->conn, &p, &f->err));
	OK(policy_in_force(f->conn, f->pack, f->arena, o, &number, &dropped, &f->err));
	OK(policy_change(f->conn, f->pack, &p, NOW, f->arena, o, &f->err));
	const struct policy_step step = { f->pack, f->pack, o, &p, STR("Luca"), NOW + MINUTE };
	OK(policy_version_add(f->conn, &f->ledger, &step, f->arena, &pack, &number, &f->err));
	OK(policy_proposal_end(
	    f->conn, id, PROPOSAL_APPLIED, STR("Luca"), NOW + MINUTE, number, &f->err));
	pack_free(&pack);
	return number;
}

static const struct pack_overlay *now(struct fixture *f, int64_t *ret_number)
{
	struct pack_overlay *o = ARENA_NEW(f->arena, struct pack_overlay);
	size_t dropped = 0;

	assert_non_null(o);
	OK(policy_in_force(f->conn, f->pack, f->arena, o, ret_number, &dropped, &f->err));
	assert_int_equal(dropped, 0);
	return o;
}

#define EXCEPT \
	"{\"except\":{\"rule\":\"limit.pair\",\"scope\":\"app\",\"scope_id\":\"app_1\"," \
	"\"until\":1795428000000}}"

static void test_versions_follow_each_other(void **state)
{
	struct fixture *f = *state;
	struct policy_version *list, v;
	int64_t number = 9;
	size_t n;
	bool more;

	assert_int_equal(policy_newest(f->conn, f->arena, &v, &f->err), 0);
	assert_true(
	    overlay_is_same(f->pack, now(f, &number), ARENA_NEW(f->arena, struct pack_overlay)));
	assert_int_equal(number, 0);
	assert_int_equal(put(f, 1, "set", "{\"levels\":{\"content.link\":\"refuse\"}}"), 1);
	assert_int_equal(put(f, 2, "set", "{\"figures\":{\"quiet_hours.from\":\"20:00\"}}"), 2);
	assert_int_equal(put(f, 3, "except", EXCEPT), 3);
	const struct pack_overlay *o = now(f, &number);
	assert_int_equal(number, 3);
	assert_int_equal(o->levels[RULE_CONTENT_LINK], LEVEL_REFUSE);
	assert_int_equal(o->exceptions_len, 1);
	assert_int_equal(o->exceptions[0].id, 3);
	OK(policy_version_list(f->conn, 0, 2, f->arena, &list, &n, &more, &f->err));
	assert_true(n == 2 && more && list[0].number == 3 && list[1].number == 2);
	assert_true(str_eq(list[1].by, STR("Marta")) && str_eq(list[1].applied_by, STR("Luca")));
	assert_true(memcmp(list[0].after.b, list[0].before.b, SHA256_LEN) != 0);
	OK(policy_version_list(f->conn, 2, 2, f->arena, &list, &n, &more, &f->err));
	assert_true(n == 1 && !more && list[0].number == 1);
}

static void test_the_ledger_has_both_digests(void **state)
{
	struct fixture *f = *state;
	struct policy_version v;
	struct ledger_leaf leaf;
	char after[2 * SHA256_LEN + 1];
	struct store_stmt *s;

	(void)put(f, 1, "set", "{\"levels\":{\"content.link\":\"refuse\"}}");
	assert_int_equal(policy_newest(f->conn, f->arena, &v, &f->err), 1);
	assert_int_equal(ledger_get(f->conn, v.leaf, f->arena, &leaf, &f->err), 1);
	OK(store_ask(
	    f->conn, &s, &f->err, "SELECT content FROM ledger_note WHERE leaf = ?1", "i", v.leaf));
	assert_int_equal(store_step(s, &f->err), 1);
	struct str content = store_col_text(s, 0);
	assert_true(ledger_leaf_commits(&leaf, content));
	hex_encode(v.after.b, SHA256_LEN, after);
	assert_non_null(strstr(arena_c(f->arena, content), after));
	hex_encode(pack_digest(f->pack)->b, SHA256_LEN, after);
	assert_non_null(strstr(arena_c(f->arena, content), after));
	store_reset(s);
}

static void test_rolling_back_leaves_exceptions(void **state)
{
	struct fixture *f = *state;
	int64_t number;

	(void)put(f, 1, "set", "{\"levels\":{\"content.link\":\"refuse\"}}");
	(void)put(f, 2, "except", EXCEPT);
	(void)put(f, 3, "set", "{\"levels\":{\"content.link\":\"off\"}}");
	(void)put(f, 4, "roll_back", "{\"roll_back\":1}");
	const struct pack_overlay *o = now(f, &number);
	assert_int_equal(o->levels[RULE_CONTENT_LINK], LEVEL_REFUSE);
	assert_int_equal(o->exceptions_len, 1);
	(void)put(f, 5, "end", "{\"end\":\"exc_0000000000002\"}");
	(void)put(f, 6, "roll_back", "{\"roll_back\":0}");
	o = now(f, &number);
	assert_false(o->level_set[RULE_CONTENT_LINK]);
	assert_int_equal(o->exceptions_len, 0);
	assert_int_equal(number, 6);
}

static void test_what_cannot_be_changed(void **state)
{
	static const struct {
		const char *change;
		enum err_code code;
		const char *field;
	} cases[] = {
		{ "{\"levels\":{\"app.scope\":\"off\"}}", E_INVALID, "level" },
		{ "{\"levels\":{\"content.link\":\"high\"}}", E_INVALID, "level" },
		{ "{\"figures\":{\"quiet_hours.from\":\"04:00\"}}", E_RANGE, "figure" },
		{ "{\"end\":\"exc_0000000000009\"}", E_NOT_FOUND, "id" },
		{ "{\"roll_back\":7}", E_NOT_FOUND, "to" },
		{ "{\"except\":{\"rule\":\"limit.pair\",\"scope\":\"app\",\"scope_id\":\"a\",\"until\":5}}",
		    E_INVALID, "until" },
		{ "{\"except\":{\"rule\":\"limit.pair\"}}", E_INVALID, "" },
	};
	struct fixture *f = *state;
	struct pack_overlay *o = ARENA_NEW(f->arena, struct pack_overlay);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct policy_proposal p = proposal(1, "set", cases[i].change);
		FAILS(policy_change(f->conn, f->pack, &p, NOW, f->arena, o, &f->err), cases[i].code,
		    cases[i].field);
	}
}

static void test_a_proposal_ends_once(void **state)
{
	struct fixture *f = *state;
	const struct policy_proposal p = proposal(5, "set", "{\"levels\":{}}");
	struct policy_proposal got, *list;
	size_t n;
	bool more;

	assert_int_equal(policy_proposal_get(f->conn, 5, f->arena, &got, &f->err), 0);
	OK(policy_propose(f->conn, &p, &f->err));
	assert_int_equal(policy_proposal_get(f->conn, 5, f->arena, &got, &f->err), 1);
	assert_true(got.state == PROPOSAL_OPEN && got.ended_at == TIME_NONE && got.version == 0);
	OK(policy_proposal_end(f->conn, 5, PROPOSAL_DROPPED, STR("Luca"), NOW, 0, &f->err));
	FAILS(policy_proposal_end(f->conn, 5, PROPOSAL_APPLIED, STR("Luca"), NOW, 1, &f->err),
	    E_CONFLICT, "id");
	OK(policy_proposal_list(f->conn, 0, 10, f->arena, &list, &n, &more, &f->err));
	assert_true(n == 1 && list[0].state == PROPOSAL_DROPPED && list[0].ended_at == NOW);
	assert_string_equal(proposal_state_name(list[0].state), "dropped");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_versions_follow_each_other),
		FIXTURE_TEST(test_the_ledger_has_both_digests),
		FIXTURE_TEST(test_rolling_back_leaves_exceptions),
		FIXTURE_TEST(test_what_cannot_be_changed),
		FIXTURE_TEST(test_a_proposal_ends_once),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/check.h"
#include "domain/fixture.h"
#include "domain/journal.h"
#include "domain/outbox.h"

static const struct outbox_entry waiting = {
	.decision = 7,
	.due_at = NOW + HOUR,
	.expires_at = NOW + DAY,
	.path = { "/v25.0/101/messages", 19 },
	.body = { "{\"to\":\"+393331234501\"}", 22 },
};

static void add(struct fixture *f, uint64_t decision, time_ms due_at)
{
	struct outbox_entry e = waiting;

	e.decision = decision;
	e.due_at = due_at;
	OK(outbox_add(f->conn, &f->key, &e, &f->err));
}

/* --- sends that wait -------------------------------------------------------------------------- */

static void test_whole_again(void **state)
{
	struct fixture *f = *state;
	struct outbox_entry e;

	OK(outbox_add(f->conn, &f->key, &waiting, &f->err));
	assert_int_equal(outbox_get(f->conn, &f->key, 7, f->arena, &e, &f->err), 1);
	assert_int_equal(e.decision, 7);
	assert_int_equal(e.due_at, waiting.due_at);
	assert_int_equal(e.expires_at, waiting.expires_at);
	assert_true(str_eq(e.path, waiting.path));
	assert_true(str_eq(e.body, waiting.body));
	assert_int_equal(outbox_get(f->conn, &f->key, 8, f->arena, &e, &f->err), 0);
	OK(outbox_remove(f->conn, 7, &f->err));
	assert_int_equal(outbox_get(f->conn, &f->key, 7, f->arena, &e, &f->err), 0);
	OK(outbox_remove(f->conn, 7, &f->err));
}

static void test_bodies_are_sealed_in_their_place(void **state)
{
	struct fixture *f = *state;
	struct outbox_entry e;
	struct seal_key other = { .b = { 1 } };

	OK(outbox_add(f->conn, &f->key, &waiting, &f->err));
	assert_int_equal(scratch_int(f->conn,
			     "SELECT count(*) FROM outbox WHERE instr(body, '393331234501') > 0"),
	    0);
	assert_int_equal(outbox_get(f->conn, &other, 7, f->arena, &e, &f->err), -E_CRYPTO);
	scratch_exec(f->conn, "UPDATE outbox SET decision = 8");
	assert_int_equal(outbox_get(f->conn, &f->key, 8, f->arena, &e, &f->err), -E_CRYPTO);
}

static void test_due_in_order(void **state)
{
	struct fixture *f = *state;
	struct outbox_entry *list;
	time_ms next;
	size_t n;

	OK(outbox_next(f->conn, &next, &f->err));
	assert_int_equal(next, TIME_NONE);
	OK(outbox_due(f->conn, NOW, 10, f->arena, &list, &n, &f->err));
	assert_int_equal(n, 0);
	add(f, 1, NOW + 2);
	add(f, 2, NOW);
	add(f, 3, NOW - HOUR);
	add(f, 4, NOW + 1);
	OK(outbox_next(f->conn, &next, &f->err));
	assert_int_equal(next, NOW - HOUR);
	OK(outbox_due(f->conn, NOW, 10, f->arena, &list, &n, &f->err));
	assert_int_equal(n, 2);
	assert_int_equal(list[0].decision, 3);
	assert_int_equal(list[1].decision, 2);
	assert_int_equal(list[1].expires_at, waiting.expires_at);
	OK(outbox_postpone(f->conn, 3, NOW + 5, &f->err));
	OK(outbox_due(f->conn, NOW + 2, 2, f->arena, &list, &n, &f->err));
	assert_int_equal(n, 2);
	assert_int_equal(list[0].decision, 2);
	assert_int_equal(list[1].decision, 4);
}

/* Of a send that waits: the row of the decision, with what its rules found or never judged. */
static void add_decision(struct fixture *f, uint64_t id, struct str rules)
{
	const struct journal_entry e = {
		.id = id,
		.at = NOW,
		.app = STR("crm"),
		.number = STR("100200300"),
		.waba = STR("900800700"),
		.template_name = STR("sale/it"),
		.person = 7,
		.kind = MESSAGE_TEMPLATE,
		.verdict = VERDICT_HOLD,
		.state = SEND_HELD,
		.rules = rules,
		.policy = STR("test"),
	};

	OK(journal_add(f->conn, &f->ledger, &e, &f->err));
}

static void test_only_what_was_judged_is_woken(void **state)
{
	struct fixture *f = *state;
	struct outbox_entry e;

	add_decision(f, 1, STR("[]"));
	add_decision(f, 2, STR_NONE);
	add(f, 1, NOW + HOUR);
	add(f, 2, NOW + HOUR);
	add_decision(f, 3, STR("[]"));
	add(f, 3, NOW - HOUR);
	OK(outbox_wake(f->conn, NOW, &f->err));
	const time_ms due[] = { NOW, NOW + HOUR, NOW - HOUR };
	for (size_t i = 0; i < ARRAY_LEN(due); i++) {
		assert_int_equal(outbox_get(f->conn, &f->key, i + 1, f->arena, &e, &f->err), 1);
		if (e.due_at != due[i])
			fail_msg("%zu: %lld", i + 1, (long long)(e.due_at - NOW));
	}
}

/* --- keys ------------------------------------------------------------------------------------- */

static const struct sha256 digest = { { 1, 2, 3 } };

static void test_the_stored_answer(void **state)
{
	struct fixture *f = *state;
	struct str app = STR("crm"), key = STR("order-1");
	struct idem_entry e;

	assert_int_equal(idem_get(f->conn, app, key, 0, f->arena, &e, &f->err), 0);
	OK(idem_add(f->conn, app, key, &digest, 7, NOW, &f->err));
	assert_int_equal(idem_names(f->conn, NOW, 7, &f->err), 1);
	assert_int_equal(idem_names(f->conn, NOW, 8, &f->err), 0);
	assert_int_equal(idem_names(f->conn, NOW + 1, 7, &f->err), 0);
	assert_int_equal(idem_get(f->conn, app, key, NOW, f->arena, &e, &f->err), 1);
	assert_int_equal(e.decision, 7);
	assert_memory_equal(e.digest.b, digest.b, SHA256_LEN);
	assert_false(e.answered);
	OK(idem_answer(f->conn, app, key, 200, STR("{\"messages\":[]}"), &f->err));
	assert_int_equal(idem_get(f->conn, app, key, NOW, f->arena, &e, &f->err), 1);
	assert_true(e.answered);
	assert_int_equal(e.status, 200);
	assert_true(str_eq(e.answer, STR("{\"messages\":[]}")));
	OK(idem_answer(f->conn, app, key, 204, STR(""), &f->err));
	assert_int_equal(idem_get(f->conn, app, key, NOW, f->arena, &e, &f->err), 1);
	assert_true(e.answered);
	assert_int_equal(e.answer.len, 0);
	OK(idem_remove(f->conn, app, key, &f->err));
	assert_int_equal(idem_get(f->conn, app, key, NOW, f->arena, &e, &f->err), 0);
}

static void test_keys_belong_to_apps(void **state)
{
	struct fixture *f = *state;
	struct idem_entry e;

	OK(idem_add(f->conn, STR("crm"), STR("k"), &digest, 7, NOW, &f->err));
	OK(idem_add(f->conn, STR("shop"), STR("k"), &digest, 8, NOW, &f->err));
	assert_int_equal(idem_get(f->conn, STR("shop"), STR("k"), NOW, f->arena, &e, &f->err), 1);
	assert_int_equal(e.decision, 8);
	assert_int_equal(idem_get(f->conn, STR("bot"), STR("k"), NOW, f->arena, &e, &f->err), 0);
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM idempotency WHERE length(key_hash) = 32"),
	    2);
}

/* One that outlived its time is as good as none, and may be used again. */
static void test_old_keys(void **state)
{
	struct fixture *f = *state;
	struct str app = STR("crm"), key = STR("k");
	struct idem_entry e;

	OK(idem_add(f->conn, app, key, &digest, 7, NOW - DAY, &f->err));
	OK(idem_answer(f->conn, app, key, 200, STR("old"), &f->err));
	assert_int_equal(idem_get(f->conn, app, key, NOW - DAY, f->arena, &e, &f->err), 1);
	assert_int_equal(idem_get(f->conn, app, key, NOW - DAY + 1, f->arena, &e, &f->err), 0);
	OK(idem_add(f->conn, app, key, &digest, 8, NOW, &f->err));
	assert_int_equal(idem_get(f->conn, app, key, NOW - DAY + 1, f->arena, &e, &f->err), 1);
	assert_int_equal(e.decision, 8);
	assert_false(e.answered);
}

static void test_keys_are_purged(void **state)
{
	struct fixture *f = *state;
	char key[16];

	for (int i = 0; i < 1200; i++) {
		(void)snprintf(key, sizeof(key), "k%d", i);
		OK(idem_add(f->conn, STR("crm"), str_c(key), &digest, 7, NOW + i, &f->err));
	}
	assert_int_equal(idem_purge(f->conn, NOW + 1100, &f->err), 1);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM idempotency"), 700);
	assert_int_equal(idem_purge(f->conn, NOW + 1100, &f->err), 1);
	assert_int_equal(idem_purge(f->conn, NOW + 1100, &f->err), 0);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM idempotency"), 100);
	assert_int_equal(scratch_int(f->conn, "SELECT min(at) FROM idempotency"), NOW + 1100);
}

/* --- what cannot be read ---------------------------------------------------------------------- */

static void test_the_unreadable_goes_out_of_the_way(void **state)
{
	struct fixture *f = *state;
	struct outbox_entry e;

	OK(outbox_add(f->conn, &f->key, &waiting, &f->err));
	scratch_exec(f->conn, "UPDATE outbox SET decision = decision + 1");
	assert_int_equal(
	    outbox_get(f->conn, &f->key, waiting.decision + 1, f->arena, &e, &f->err), -E_CRYPTO);
	OK(outbox_quarantine(f->conn, &f->ids, waiting.decision + 1, STR("crm"), NOW, &f->err));
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM outbox"), 0);
	assert_int_equal(scratch_int(f->conn,
			     "SELECT count(*) FROM quarantine WHERE kind = 'outbox'"
			     " AND scope = 'crm' AND length(body) > 0"),
	    1);
	assert_int_equal(scratch_int(f->conn,
			     "SELECT count(*) FROM alarm WHERE kind = 'outbox.unreadable'"
			     " AND scope = 'crm' AND detail LIKE 'dec_%'"),
	    1);
}

/* --- everything fails once -------------------------------------------------------------------- */

static int work(struct fixture *f)
{
	struct outbox_entry e, *list;
	struct idem_entry k;
	size_t n;
	int r = outbox_add(f->conn, &f->key, &waiting, &f->err);

	if (r == 0)
		r = outbox_due(f->conn, NOW + DAY, 4, f->arena, &list, &n, &f->err);
	if (r == 0)
		r = outbox_get(f->conn, &f->key, 7, f->arena, &e, &f->err);
	if (r > 0)
		r = idem_add(f->conn, STR("crm"), STR("k"), &digest, 7, NOW, &f->err);
	if (r == 0)
		r = idem_answer(f->conn, STR("crm"), STR("k"), 200, STR("{}"), &f->err);
	if (r == 0)
		r = idem_get(f->conn, STR("crm"), STR("k"), NOW, f->arena, &k, &f->err);
	if (r >= 0)
		r = outbox_quarantine(f->conn, &f->ids, 7, STR("crm"), NOW, &f->err);
	return r < 0 ? r : outbox_remove(f->conn, 7, &f->err);
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "outbox", work);
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_whole_again),
		FIXTURE_TEST(test_bodies_are_sealed_in_their_place),
		FIXTURE_TEST(test_due_in_order),
		FIXTURE_TEST(test_only_what_was_judged_is_woken),
		FIXTURE_TEST(test_the_stored_answer),
		FIXTURE_TEST(test_keys_belong_to_apps),
		FIXTURE_TEST(test_old_keys),
		FIXTURE_TEST(test_keys_are_purged),
		FIXTURE_TEST(test_the_unreadable_goes_out_of_the_way),
		FIXTURE_TEST(test_memory_runs_out),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

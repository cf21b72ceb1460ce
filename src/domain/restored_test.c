#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/account.h"
#include "domain/campaign.h"
#include "domain/fixture.h"
#include "domain/journal.h"
#include "domain/restored.h"

#define COPIED_AT (NOW - 3 * HOUR)

static int mark(struct fixture *f)
{
	char sql[64];

	(void)snprintf(
	    sql, sizeof(sql), "PRAGMA user_version=%lld", (long long)(COPIED_AT / MS_PER_S));
	return store_exec(f->conn, sql, &f->err);
}

static int64_t count(struct fixture *f, const char *sql)
{
	return scratch_int(f->conn, sql);
}

/* A decision of each open state and one that is settled, each but the last two with a row of the outbox. */
static int fill(struct fixture *f)
{
	static const int states[] = { SEND_HELD, SEND_READY, SEND_UNKNOWN, SEND_ACCEPTED };
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(states); i++) {
		r = store_do(f->conn, &f->err,
		    "INSERT INTO decision (id, at, purpose, kind, verdict, mode, state, counted, attempts, policy,"
		    " updated_at, leaf) VALUES (?1, ?2, 1, 1, 1, 1, ?3, 0, 0, 'test', ?2, ?1)",
		    "imi", (int64_t)i + 1, NOW - DAY, (int64_t)states[i]);
		if (r == 0 && states[i] < SEND_SENDING)
			r = store_do(f->conn, &f->err,
			    "INSERT INTO outbox (decision, due_at, expires_at, path, body)"
			    " VALUES (?1, ?2, ?2, '/messages', ?3)",
			    "imb", (int64_t)i + 1, NOW, STR("sealed"));
	}
	for (int state = CAMPAIGN_LOADING; r == 0 && state <= CAMPAIGN_CANCELLED; state++)
		r = store_do(f->conn, &f->err,
		    "INSERT INTO campaign (id, at, updated_at, state, name, number, waba, plan, digest, made_by, total,"
		    " wave, wave_used, choice, snapshot, busy)"
		    " VALUES (?1, ?2, ?2, ?1, 'Sandals', '1', '2', '{}', ?3, 'Marta Neri', 0, 0, 0, -1, ?3, 0)",
		    "imb", (int64_t)state, NOW - DAY, STR("digest"));
	return r;
}

static void test_the_store_that_it_was(void **state)
{
	struct fixture *f = *state;
	struct restored x;
	time_ms since;

	fixture_account(f, "500", "600", "700");
	OK(fill(f));
	assert_int_equal(restored_meet(f->conn, &f->ledger, &f->ids, NOW, &x, &f->err), 0);
	assert_int_equal(count(f, "SELECT count(*) FROM outbox"), 2);
	assert_int_equal(count(f, "SELECT count(*) FROM pause"), 0);
	assert_int_equal(count(f, "SELECT count(*) FROM ledger_leaf"), 0);
	assert_int_equal(restored_is_open(f->conn, &since, &f->err), 0);
	assert_int_equal(restored_confirm(f->conn, &f->ids, NOW, &f->err), 0);
}

static void test_what_may_have_gone_out_is_not_sent(void **state)
{
	struct fixture *f = *state;
	struct restored x = { 0 };
	time_ms since = 0, at;

	fixture_account(f, "500", "600", "700");
	fixture_account(f, "500", "601", "701");
	OK(fill(f));
	OK(mark(f));
	assert_int_equal(restored_meet(f->conn, &f->ledger, &f->ids, NOW, &x, &f->err), 1);
	assert_int_equal(x.copied_at, COPIED_AT);
	assert_int_equal(x.sends, 2);
	assert_int_equal(x.campaigns, 7);
	assert_int_equal(count(f, "SELECT count(*) FROM outbox"), 0);
	assert_int_equal(count(f, "SELECT count(*) FROM decision WHERE state = 4"), 3);
	assert_int_equal(count(f, "SELECT count(*) FROM decision WHERE state = 11"), 1);
	assert_int_equal(count(f, "SELECT count(*) FROM campaign WHERE state = 9"), 8);
	assert_int_equal(
	    count(f, "SELECT count(*) FROM campaign WHERE reason = 'restored' AND busy = 1"), 7);
	assert_int_equal(count(f,
			     "SELECT count(*) FROM pause WHERE purpose = 1 AND until_at IS NULL"
			     " AND made_by = 'restore' AND scope = 'waba'"),
	    2);
	assert_int_equal(
	    count(f, "SELECT count(*) FROM operator_act WHERE operation = 'storeRestored'"), 1);
	assert_int_equal(count(f, "SELECT count(*) FROM alarm WHERE kind = 'store.restored'"), 1);
	assert_int_equal(restored_is_open(f->conn, &since, &f->err), 1);
	assert_int_equal(since, NOW);
	/* It is the store now, and met once only. */
	assert_int_equal(store_copied_at(f->conn, &at, &f->err), 0);
	assert_int_equal(restored_meet(f->conn, &f->ledger, &f->ids, NOW, &x, &f->err), 0);
}

static void test_only_confirming_ends_it(void **state)
{
	struct fixture *f = *state;
	struct restored x;
	time_ms since;

	fixture_account(f, "500", "600", "700");
	OK(mark(f));
	assert_int_equal(restored_meet(f->conn, &f->ledger, &f->ids, NOW, &x, &f->err), 1);
	OK(pause_set(f->conn, STR("waba"), STR("600"), PURPOSE_MARKETING, TIME_NONE, STR("ada"),
	    STR("x"), NOW, &f->err));
	OK(pause_clear(f->conn, STR("waba"), STR("600"), PURPOSE_ALL, &f->err));
	OK(pause_clear(f->conn, STR("waba"), STR("600"), PURPOSE_MARKETING, &f->err));
	assert_int_equal(count(f, "SELECT count(*) FROM pause"), 1);
	assert_int_equal(restored_is_open(f->conn, &since, &f->err), 1);
	assert_int_equal(restored_confirm(f->conn, &f->ids, NOW + HOUR, &f->err), 1);
	assert_int_equal(count(f, "SELECT count(*) FROM pause"), 0);
	assert_int_equal(count(f, "SELECT count(*) FROM alarm WHERE kind = 'store.confirmed'"), 1);
	assert_int_equal(restored_is_open(f->conn, &since, &f->err), 0);
	assert_int_equal(restored_confirm(f->conn, &f->ids, NOW + HOUR, &f->err), 0);
}

static int work(struct fixture *f)
{
	struct restored x;
	int r = fill(f);

	if (r == 0)
		r = mark(f);
	if (r == 0)
		r = restored_meet(f->conn, &f->ledger, &f->ids, NOW, &x, &f->err);
	return r < 0 ? r : 0;
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_the_store_that_it_was),
		FIXTURE_TEST(test_what_may_have_gone_out_is_not_sent),
		FIXTURE_TEST(test_only_confirming_ends_it),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

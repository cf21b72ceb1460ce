#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/fixture.h"
#include "domain/journal.h"
#include "domain/pair.h"
#include "domain/recent.h"

static struct recent *load(struct fixture *f, time_ms now)
{
	struct recent *r = NULL;

	OK(recent_load(f->conn, f->pack, now, &r, &f->err));
	return r;
}

static struct recent_send send_of(
    uint64_t person, const char *number, const char *app, const struct sha256 *digest)
{
	return (struct recent_send){ person, str_c(number), str_c(app), digest };
}

static const struct sha256 one = { { 1 } }, two = { { 2 } };

static struct facts_person ask(
    struct recent *r, struct recent_send send, time_ms now, struct facts_digest *room)
{
	struct facts facts;

	facts_init(&facts);
	recent_fill_facts(r, recent_key(&send), send.digest, now, room, &facts.person);
	return facts.person;
}

static bool is_duplicate(struct recent *r, struct recent_send send, time_ms now)
{
	struct facts_digest room;
	struct facts_person p = ask(r, send, now, &room);

	if (p.recent_digests_len == 0)
		return false;
	assert_ptr_equal(p.recent_digests, &room);
	assert_memory_equal(room.digest.b, send.digest->b, SHA256_LEN);
	return true;
}

/* --- contents --------------------------------------------------------------------------------- */

static void test_only_the_very_same_send(void **state)
{
	struct fixture *f = *state;
	struct recent *r = load(f, NOW);
	struct recent_send first = send_of(7, "101", "crm", &one);
	int64_t window = pack_limits(f->pack)->duplicate_window_ms;

	assert_false(is_duplicate(r, first, NOW));
	OK(recent_add(r, recent_key(&first), NOW, &f->err));
	assert_true(is_duplicate(r, first, NOW));
	assert_false(is_duplicate(r, send_of(8, "101", "crm", &one), NOW));
	assert_false(is_duplicate(r, send_of(7, "102", "crm", &one), NOW));
	assert_false(is_duplicate(r, send_of(7, "101", "shop", &one), NOW));
	assert_false(is_duplicate(r, send_of(7, "101", "crm", &two), NOW));
	assert_true(is_duplicate(r, first, NOW + window - 1));
	assert_false(is_duplicate(r, first, NOW + window));
	OK(recent_add(r, recent_key(&first), NOW + 10, &f->err));
	assert_true(is_duplicate(r, first, NOW + window));
	recent_forget(r, recent_key(&first));
	assert_false(is_duplicate(r, first, NOW + 10));
	recent_forget(r, recent_key(&first));
	recent_free(&r);
	assert_null(r);
}

/* --- debts ------------------------------------------------------------------------------------ */

/* Beside the debt as pair.h reckons it; times are kept to four milliseconds. */
static void test_debts(void **state)
{
	struct fixture *f = *state;
	const struct pack_pair *figures = &pack_limits(f->pack)->pair;
	struct recent *r = load(f, NOW);
	struct pair_debt model = PAIR_NO_DEBT;
	struct facts_digest room;
	time_ms now = NOW;
	uint64_t seed = 1;

	for (int i = 0; i < 400; i++) {
		seed = seed * 6364136223846793005U + 1442695040888963407U;
		now += (time_ms)((seed >> 33) % (i % 100 < 60 ? 200 : 20000));
		struct recent_send send = send_of(7, "101", "crm", i % 2 ? &one : &two);
		struct facts_person p = ask(r, send, now, &room);
		time_ms clear = model.clear_at > now ? model.clear_at : 0;
		if (clear &&
		    (p.pair_clear_at < clear || p.pair_clear_at > clear + 2 * i ||
			p.pair_spent != model.spent))
			fail_msg("send %d: until %lld, not %lld", i, (long long)p.pair_clear_at,
			    (long long)clear);
		OK(recent_add(r, recent_key(&send), now, &f->err));
		pair_debt_add(&model, figures, now);
	}
	assert_true(model.spent || model.clear_at > now);
	assert_int_equal(ask(r, send_of(8, "101", "crm", &one), now, &room).pair_clear_at, 0);
	assert_int_equal(ask(r, send_of(7, "102", "crm", &one), now, &room).pair_clear_at, 0);
	recent_free(&r);
}

/* --- read back -------------------------------------------------------------------------------- */

static void put(
    struct fixture *f, time_ms at, uint64_t person, enum message_kind kind, enum send_state state)
{
	struct journal_entry e = {
		.id = id_next(&f->ids, at),
		.at = at,
		.hold_until = TIME_NONE,
		.app = STR("crm"),
		.number = STR("101"),
		.person = person,
		.purpose = PURPOSE_UTILITY,
		.kind = kind,
		.state = state,
		.digest = one,
		.policy = STR("test"),
	};

	OK(journal_add(f->conn, &f->ledger, &e, &f->err));
}

static void test_the_journal_is_the_durable_form(void **state)
{
	static const struct {
		const char *name;
		int64_t ago_ms;
		enum message_kind kind;
		enum send_state state;
		bool duplicate, debt;
	} rows[] = {
		{ "just sent", 1000, MESSAGE_TEMPLATE, SEND_SENDING, true, true },
		{ "accepted", 1000, MESSAGE_FREE_FORM, SEND_ACCEPTED, true, true },
		{ "read already", 1000, MESSAGE_DIRECT, SEND_READ, true, true },
		{ "unknown", 1000, MESSAGE_TEMPLATE, SEND_UNKNOWN, true, true },
		{ "ready", 1000, MESSAGE_TEMPLATE, SEND_READY, true, true },
		{ "held", 1000, MESSAGE_TEMPLATE, SEND_HELD, false, false },
		{ "refused", 1000, MESSAGE_TEMPLATE, SEND_REFUSED, false, false },
		{ "failed", 1000, MESSAGE_TEMPLATE, SEND_FAILED, false, false },
		{ "a read receipt", 1000, MESSAGE_READ, SEND_ACCEPTED, false, false },
		{ "a reaction", 1000, MESSAGE_REACTION, SEND_ACCEPTED, false, false },
		{ "repaid, not forgotten", 7000, MESSAGE_TEMPLATE, SEND_SENT, true, false },
		{ "long ago", 600000, MESSAGE_TEMPLATE, SEND_SENT, false, false },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		put(f, NOW - rows[i].ago_ms, i + 1, rows[i].kind, rows[i].state);
	struct recent *r = load(f, NOW);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct facts_digest room;
		struct recent_send send = send_of(i + 1, "101", "crm", &one);
		struct facts_person p = ask(r, send, NOW, &room);
		if ((p.recent_digests_len > 0) != rows[i].duplicate ||
		    (p.pair_clear_at > NOW) != rows[i].debt)
			fail_msg("%s: duplicate %zu, until %lld", rows[i].name,
			    p.recent_digests_len, (long long)p.pair_clear_at);
	}
	recent_free(&r);
}

/* --- everything fails once -------------------------------------------------------------------- */

static int work(struct fixture *f)
{
	struct recent *r = NULL;
	int rc = recent_load(f->conn, f->pack, NOW, &r, &f->err);

	for (uint64_t i = 1; rc == 0 && i < 40; i++) {
		struct recent_send send = send_of(i, "101", "crm", &one);
		rc = recent_add(r, recent_key(&send), NOW, &f->err);
	}
	recent_free(&r);
	return rc;
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "recent sends", work);
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_only_the_very_same_send),
		FIXTURE_TEST(test_debts),
		FIXTURE_TEST(test_the_journal_is_the_durable_form),
		FIXTURE_TEST(test_memory_runs_out),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

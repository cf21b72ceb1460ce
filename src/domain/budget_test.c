#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/account.h"
#include "domain/budget.h"
#include "domain/fixture.h"

#define WINDOW DAY
#define BOTH (BUDGET_PORTFOLIO | BUDGET_WARMUP)

/* Two numbers of the limited portfolio 500, the second warming up; a warming one of 600, which has no limit. */
struct world {
	struct fixture *f;
	struct directory *d;
	struct budget *b;
};

static void load_directory(struct world *w)
{
	struct fixture *f = w->f;

	directory_unref(&w->d);
	OK(directory_load(f->conn, &f->key, 1, &w->d, &f->err));
}

static void set_limit(
    struct world *w, const char *portfolio, bool limited, int64_t limit, time_ms now)
{
	struct fixture *f = w->f;

	OK(portfolio_set_limit(f->conn, str_c(portfolio), limited, limit, now, &f->err));
	load_directory(w);
	OK(budget_sync(w->b, f->conn, w->d, f->pack, now, &f->err));
}

static struct world make_world(struct fixture *f)
{
	struct world w = { .f = f };

	fixture_account(f, "500", "10", "101");
	fixture_account(f, "500", "11", "102");
	fixture_account(f, "600", "20", "202");
	OK(store_do(f->conn, &f->err,
	    "UPDATE number SET established = 0, warm_from = ?1 WHERE id <> '101'", "m", NOW));
	OK(portfolio_set_limit(f->conn, STR("500"), true, 2000, NOW, &f->err));
	OK(budget_new(&w.b, &f->err));
	load_directory(&w);
	OK(budget_reload(w.b, f->conn, w.d, f->pack, NOW, &f->err));
	return w;
}

static void end_world(struct world *w)
{
	budget_free(&w->b);
	assert_null(w->b);
	directory_unref(&w->d);
}

static const struct dir_number *number(struct world *w, const char *id)
{
	return directory_number(w->d, str_c(id));
}

static struct facts facts_at(struct world *w, const char *id, uint64_t person, time_ms now)
{
	struct fixture *f = w->f;
	struct facts facts;

	facts_init(&facts);
	OK(budget_fill_facts(w->b, f->conn, number(w, id), person, f->pack, now, &facts, &f->err));
	return facts;
}

static unsigned spend(
    struct world *w, const char *id, uint64_t person, unsigned want, bool engaged, time_ms now)
{
	struct fixture *f = w->f;
	unsigned counted = 99;

	OK(budget_spend(
	    w->b, f->conn, number(w, id), person, want, engaged, now, &counted, &f->err));
	return counted;
}

static void release(struct world *w, const char *id, uint64_t person, unsigned counted)
{
	struct fixture *f = w->f;

	OK(budget_release(w->b, f->conn, number(w, id), person, counted, &f->err));
}

static void deliver(struct world *w, const char *id, uint64_t person, unsigned counted, time_ms at)
{
	struct fixture *f = w->f;

	OK(budget_delivered(w->b, f->conn, number(w, id), person, counted, at, &f->err));
}

static void restart(struct world *w, time_ms now)
{
	struct fixture *f = w->f;

	OK(budget_flush(w->b, f->conn, &f->err));
	budget_free(&w->b);
	OK(budget_new(&w->b, &f->err));
	OK(budget_reload(w->b, f->conn, w->d, f->pack, now, &f->err));
}

static int64_t unique(struct world *w, const char *id, time_ms now)
{
	return facts_at(w, id, 0, now).portfolio.unique_24h;
}

/* --- one by one ------------------------------------------------------------------------------- */

static void test_people_of_a_portfolio(void **state)
{
	struct world w = make_world(*state);

	assert_int_equal(unique(&w, "101", NOW), 0);
	assert_int_equal(spend(&w, "101", 1, BUDGET_PORTFOLIO, true, NOW), BUDGET_PORTFOLIO);
	assert_int_equal(spend(&w, "102", 1, BUDGET_PORTFOLIO, true, NOW), BUDGET_PORTFOLIO);
	assert_int_equal(spend(&w, "102", 2, BUDGET_PORTFOLIO, true, NOW), BUDGET_PORTFOLIO);
	assert_int_equal(spend(&w, "101", 3, 0, true, NOW), 0);
	assert_int_equal(unique(&w, "101", NOW), 2);
	assert_int_equal(unique(&w, "102", NOW), 2);
	assert_int_equal(unique(&w, "202", NOW), 0);
	assert_true(facts_at(&w, "101", 2, NOW).person.counted_24h);
	assert_false(facts_at(&w, "101", 3, NOW).person.counted_24h);
	assert_false(facts_at(&w, "101", 0, NOW).person.counted_24h);
	assert_int_equal(unique(&w, "101", NOW + WINDOW - 1), 2);
	assert_int_equal(unique(&w, "101", NOW + WINDOW), 0);
	end_world(&w);
}

static void test_warming_up(void **state)
{
	struct world w = make_world(*state);
	struct facts f = facts_at(&w, "102", 0, NOW);

	assert_true(f.number.warmup.active);
	assert_int_equal(f.number.warmup.day, 1);
	assert_int_equal(f.number.warmup.cap, pack_warmup_cap(w.f->pack, 1));
	assert_int_equal(f.number.warmup.used, 0);
	assert_true(f.number.warmup.engaged_share == 1.0);
	assert_false(facts_at(&w, "101", 0, NOW).number.warmup.active);
	assert_int_equal(spend(&w, "102", 1, BOTH, true, NOW - 2 * HOUR), BOTH);
	assert_int_equal(spend(&w, "102", 2, BOTH, false, NOW - 2 * MINUTE), BOTH);
	assert_int_equal(spend(&w, "102", 3, BOTH, false, NOW), BOTH);
	assert_int_equal(spend(&w, "102", 4, BOTH, false, NOW), BOTH);
	f = facts_at(&w, "102", 0, NOW);
	assert_int_equal(f.number.warmup.used, 4);
	assert_int_equal(f.number.warmup.used_last_hour, 3);
	assert_int_equal(f.number.warmup.used_last_minute, 2);
	assert_true(f.number.warmup.engaged_share == 0.25);
	assert_int_equal(facts_at(&w, "202", 0, NOW).number.warmup.used, 0);
	release(&w, "102", 4, BOTH);
	assert_int_equal(facts_at(&w, "102", 0, NOW).number.warmup.used, 3);
	assert_int_equal(unique(&w, "102", NOW), 3);
	end_world(&w);
}

/* After a start nobody asked for the warm-up before the webhook comes. */
static void test_what_comes_before_the_first_question(void **state)
{
	struct world w = make_world(*state);

	assert_int_equal(spend(&w, "102", 1, BOTH, true, NOW), BOTH);
	assert_int_equal(spend(&w, "102", 2, BOTH, true, NOW), BOTH);
	restart(&w, NOW + HOUR);
	deliver(&w, "102", 1, BOTH, NOW + HOUR);
	release(&w, "102", 2, BOTH);
	struct facts f = facts_at(&w, "102", 0, NOW + WINDOW);
	assert_int_equal(f.portfolio.unique_24h, 1);
	assert_int_equal(f.number.warmup.used, 1);
	assert_int_equal(facts_at(&w, "102", 0, NOW + HOUR + WINDOW).number.warmup.used, 0);
	end_world(&w);
}

/* A clock that cannot be trusted thaws nothing. */
static void test_a_suspect_clock_keeps_the_day(void **state)
{
	struct world w = make_world(*state);
	struct fixture *f = w.f;
	struct facts facts;

	OK(store_do(f->conn, &f->err, "UPDATE number SET warm_frozen_until = ?1 WHERE id = '102'",
	    "m", NOW + 8 * DAY));
	load_directory(&w);
	assert_int_equal(facts_at(&w, "102", 0, NOW).number.warmup.frozen_until, NOW + 8 * DAY);
	facts_init(&facts);
	facts.clock_suspect = true;
	OK(budget_fill_facts(
	    w.b, f->conn, number(&w, "102"), 0, f->pack, NOW + 9 * DAY, &facts, &f->err));
	assert_int_equal(facts.number.warmup.frozen_until, NOW + 8 * DAY);
	assert_int_equal(
	    facts_at(&w, "102", 0, NOW + 9 * DAY).number.warmup.frozen_until, TIME_NONE);
	end_world(&w);
}

static void test_the_present_second(void **state)
{
	struct world w = make_world(*state);
	time_ms second = NOW - NOW % 1000;

	for (int i = 0; i < 5; i++)
		(void)spend(&w, "101", (uint64_t)i + 1, 0, true, second + i * 200);
	assert_int_equal(facts_at(&w, "101", 0, second + 999).number.sent_last_second, 5);
	assert_int_equal(facts_at(&w, "101", 0, second + 1000).number.sent_last_second, 0);
	assert_int_equal(facts_at(&w, "102", 0, second + 999).number.sent_last_second, 0);
	(void)spend(&w, "101", 1, 0, true, second + 1000);
	assert_int_equal(facts_at(&w, "101", 0, second + 1000).number.sent_last_second, 1);
	end_world(&w);
}

/* Each word of Meta's halves what the last one left; those of one second are one word. */
static void test_a_number_that_meta_wants_slower(void **state)
{
	static const struct {
		const char *name;
		time_ms at;
		bool told;
		int64_t throughput;
	} rows[] = {
		{ "before", 0, false, 80 },
		{ "told", 0, true, 40 },
		{ "told by another that was under way", 500, true, 40 },
		{ "told again", 5000, true, 20 },
		{ "still", 64999, false, 20 },
		{ "over", 65000, false, 80 },
		{ "told anew", 70000, true, 40 },
	};
	struct world w = make_world(*state);
	struct fixture *f = w.f;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		time_ms at = NOW + rows[i].at;
		if (rows[i].told)
			OK(budget_slow(w.b, f->conn, number(&w, "101"), 60000, at, &f->err));
		struct facts facts;
		facts_init(&facts);
		facts.number.throughput = 80;
		OK(budget_fill_facts(
		    w.b, f->conn, number(&w, "101"), 0, f->pack, at, &facts, &f->err));
		if (facts.number.throughput != rows[i].throughput)
			fail_msg("%s: %d", rows[i].name, (int)facts.number.throughput);
		assert_int_equal(facts_at(&w, "102", 0, at).number.throughput, 0);
	}
	end_world(&w);
}

static void test_hours_and_days(void **state)
{
	struct world w = make_world(*state);
	time_ms hour = NOW - NOW % HOUR;

	for (int i = 0; i < 3; i++)
		(void)spend(&w, "101", 1, 0, true, hour - 30 * HOUR);
	for (int i = 0; i < 2; i++)
		(void)spend(&w, "101", 1, 0, true, hour - 23 * HOUR);
	(void)spend(&w, "101", 1, 0, true, hour);
	struct facts f = facts_at(&w, "101", 0, hour);
	assert_int_equal(f.number.sent_24h, 3);
	assert_int_equal(f.number.max_24h_last_7d, 3);
	f = facts_at(&w, "101", 0, hour + HOUR);
	assert_int_equal(f.number.sent_24h, 1);
	assert_int_equal(f.number.max_24h_last_7d, 5);
	restart(&w, hour + HOUR);
	f = facts_at(&w, "101", 0, hour + HOUR);
	assert_int_equal(f.number.sent_24h, 1);
	assert_int_equal(f.number.max_24h_last_7d, 5);
	assert_int_equal(facts_at(&w, "101", 0, hour + 9 * DAY).number.max_24h_last_7d, 0);
	end_world(&w);
}

/* --- limits that come and go ------------------------------------------------------------------- */

static void put_decision(
    struct world *w, uint64_t person, const char *waba, unsigned counted, time_ms at)
{
	struct fixture *f = w->f;

	OK(store_do(f->conn, &f->err,
	    "INSERT INTO decision (id, at, waba, person, purpose, kind, verdict, mode, state, counted, attempts,"
	    " policy, updated_at, leaf) VALUES (?1, ?2, ?3, ?4, 1, 1, 0, 1, 11, ?5, 1, 'test', ?2, 0)",
	    "imtii", (int64_t)id_next(&f->ids, at), at, str_c(waba), (int64_t)person,
	    (int64_t)counted));
}

static void test_a_limit_comes(void **state)
{
	struct world w = make_world(*state);

	put_decision(&w, 1, "20", BUDGET_PORTFOLIO, NOW - WINDOW - 1);
	put_decision(&w, 2, "20", BUDGET_PORTFOLIO, NOW - HOUR);
	put_decision(&w, 2, "20", BOTH, NOW - MINUTE);
	put_decision(&w, 3, "20", BUDGET_SPENT(BUDGET_PORTFOLIO), NOW - HOUR);
	put_decision(&w, 4, "20", BUDGET_SPENT(BUDGET_WARMUP), NOW - HOUR);
	put_decision(&w, 5, "20", 0, NOW - HOUR);
	put_decision(&w, 6, "10", BUDGET_PORTFOLIO, NOW - HOUR);
	assert_int_equal(spend(&w, "202", 7, BUDGET_PORTFOLIO, true, NOW), BUDGET_PORTFOLIO);
	assert_int_equal(unique(&w, "202", NOW), 0);
	set_limit(&w, "600", true, 250, NOW);
	assert_int_equal(unique(&w, "202", NOW), 2);
	assert_true(facts_at(&w, "202", 2, NOW).person.counted_24h);
	assert_true(facts_at(&w, "202", 3, NOW).person.counted_24h);
	assert_int_equal(unique(&w, "202", NOW + WINDOW - MINUTE), 0);
	restart(&w, NOW);
	assert_int_equal(unique(&w, "202", NOW), 2);
	end_world(&w);
}

static void test_a_limit_goes(void **state)
{
	struct world w = make_world(*state);

	assert_int_equal(spend(&w, "101", 1, BUDGET_PORTFOLIO, true, NOW), BUDGET_PORTFOLIO);
	set_limit(&w, "500", false, 0, NOW);
	assert_int_equal(
	    scratch_int(w.f->conn, "SELECT count(*) FROM reach WHERE scope = 'p:500'"), 0);
	assert_int_equal(
	    scratch_int(w.f->conn, "SELECT counting FROM portfolio WHERE id = '500'"), 0);
	assert_int_equal(spend(&w, "101", 2, BUDGET_PORTFOLIO, true, NOW), BUDGET_PORTFOLIO);
	assert_int_equal(unique(&w, "101", NOW), 0);
	release(&w, "101", 2, BUDGET_PORTFOLIO);
	deliver(&w, "101", 1, BUDGET_PORTFOLIO, NOW);
	set_limit(&w, "500", true, 250, NOW);
	assert_int_equal(unique(&w, "101", NOW), 0);
	end_world(&w);
}

/* --- beside a list of sends -------------------------------------------------------------------- */

enum fate { OPEN, RELEASED, DELIVERED };
struct sent {
	size_t person, number;
	time_ms at, delivered_at;
	unsigned counted;
	enum fate fate;
};

#define PEOPLE 30
#define STEPS 1500
static const char *const ids[] = { "101", "102", "202" };

struct log {
	struct sent sends[STEPS];
	size_t len;
	time_ms now;
	uint64_t seed;
};

static uint64_t next_random(struct log *l)
{
	l->seed = l->seed * 6364136223846793005U + 1442695040888963407U;
	return l->seed >> 33;
}

/* Does this send make its person count: at least when it is open or delivered, at most when it was not given back. */
static bool counts(const struct sent *x, time_ms now, bool at_most)
{
	if (x->fate == DELIVERED)
		return x->delivered_at + WINDOW > now;
	return (x->fate == OPEN || at_most) && x->at + WINDOW > now;
}

static bool in_portfolio_500(const struct sent *x)
{
	return x->counted & BUDGET_PORTFOLIO && x->number < 2;
}

static bool warms_102(const struct sent *x)
{
	return x->counted & BUDGET_WARMUP && x->number == 1;
}

static int64_t distinct(const struct log *l, bool (*which)(const struct sent *x), bool at_most)
{
	bool there[PEOPLE] = { false };
	int64_t n = 0;

	for (size_t i = 0; i < l->len; i++) {
		if (which(&l->sends[i]) && counts(&l->sends[i], l->now, at_most))
			there[l->sends[i].person] = true;
	}
	for (size_t i = 0; i < PEOPLE; i++)
		n += there[i];
	return n;
}

static int64_t sent_between(const struct log *l, size_t number, int64_t after, int64_t until)
{
	int64_t n = 0;

	for (size_t i = 0; i < l->len; i++) {
		int64_t hour = l->sends[i].at / HOUR;
		n += l->sends[i].number == number && hour > after && hour <= until;
	}
	return n;
}

static int64_t highest_day(const struct log *l, size_t number)
{
	int64_t highest = 0, hour = l->now / HOUR;

	for (int64_t day = 1; day <= 7; day++) {
		int64_t n = sent_between(l, number, hour - 24 * (day + 1), hour - 24 * day);
		highest = n > highest ? n : highest;
	}
	return highest;
}

static void compare(struct world *w, struct log *l, bool exact, int step)
{
	struct facts f = facts_at(w, "102", 0, l->now);
	int64_t people = f.portfolio.unique_24h, used = f.number.warmup.used;

	if (people < distinct(l, in_portfolio_500, false) ||
	    people > distinct(l, in_portfolio_500, !exact))
		fail_msg("step %d: %lld people", step, (long long)people);
	if (f.number.warmup.active &&
	    (used < distinct(l, warms_102, false) || used > distinct(l, warms_102, !exact)))
		fail_msg("step %d: %lld people of the warming number", step, (long long)used);
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		struct facts_number n = facts_at(w, ids[i], 0, l->now).number;
		if (n.sent_24h != sent_between(l, i, l->now / HOUR - 24, l->now / HOUR) ||
		    n.max_24h_last_7d != highest_day(l, i))
			fail_msg("step %d: number %s, %lld in a day", step, ids[i],
			    (long long)n.sent_24h);
	}
}

static bool is_open_with(const struct log *l, size_t person)
{
	for (size_t i = 0; i < l->len; i++) {
		if (l->sends[i].person == person && l->sends[i].fate == OPEN &&
		    l->sends[i].at + WINDOW > l->now)
			return true;
	}
	return false;
}

static void send_one(struct world *w, struct log *l, bool exact)
{
	struct sent *x = &l->sends[l->len];
	unsigned want = (unsigned)(next_random(l) % 4);

	*x = (struct sent){
		.person = next_random(l) % PEOPLE, .number = next_random(l) % 3, .at = l->now
	};
	if (exact && is_open_with(l, x->person))
		return;
	if (x->number == 0)
		want &= BUDGET_PORTFOLIO;
	x->counted = spend(w, ids[x->number], x->person + 1, want, next_random(l) % 2, l->now);
	assert_int_equal(x->counted, want);
	l->len++;
}

static void end_one(struct world *w, struct log *l)
{
	struct sent *x = &l->sends[next_random(l) % l->len];

	if (x->fate != OPEN || x->at + WINDOW <= l->now)
		return;
	if (next_random(l) % 3 == 0) {
		x->fate = RELEASED;
		release(w, ids[x->number], x->person + 1, x->counted);
		return;
	}
	x->fate = DELIVERED;
	x->delivered_at = x->at + (time_ms)(next_random(l) % (uint64_t)(l->now - x->at + 1));
	deliver(w, ids[x->number], x->person + 1, x->counted, x->delivered_at);
}

static void run(struct world *w, struct log *l, bool exact)
{
	static const time_ms steps[] = { 0, 1, 300, MINUTE, HOUR, 7 * HOUR };

	for (int step = 0; step < STEPS; step++) {
		l->now += steps[next_random(l) % ARRAY_LEN(steps)];
		if (l->len == 0 || next_random(l) % 2)
			send_one(w, l, exact);
		else
			end_one(w, l);
		if (step % 50 == 0)
			restart(w, l->now);
		compare(w, l, exact, step);
	}
}

static void test_against_a_list_of_sends(void **state)
{
	static struct log l;

	for (uint64_t seed = 1; seed <= 8; seed++) {
		struct world w = make_world(*state);
		l = (struct log){ .now = NOW, .seed = seed };
		run(&w, &l, seed % 2);
		end_world(&w);
		store_rollback(w.f->conn);
		struct fixture *f = w.f;
		OK(store_begin(f->conn, &f->err));
	}
}

/* --- rows --------------------------------------------------------------------------------------- */

static void test_only_what_changed_is_flushed(void **state)
{
	struct world w = make_world(*state);
	struct fixture *f = w.f;

	(void)spend(&w, "101", 1, 0, true, NOW);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM number_hour"), 0);
	OK(budget_flush(w.b, f->conn, &f->err));
	assert_int_equal(scratch_int(f->conn, "SELECT sum(sent) FROM number_hour"), 1);
	int64_t before = scratch_int(f->conn, "SELECT total_changes()");
	OK(budget_flush(w.b, f->conn, &f->err));
	assert_int_equal(scratch_int(f->conn, "SELECT total_changes()"), before);
	(void)spend(&w, "101", 1, 0, true, NOW);
	(void)spend(&w, "102", 1, 0, true, NOW + HOUR);
	OK(budget_flush(w.b, f->conn, &f->err));
	assert_int_equal(scratch_int(f->conn, "SELECT total_changes()"), before + 2);
	assert_int_equal(scratch_int(f->conn, "SELECT sum(sent) FROM number_hour"), 3);
	end_world(&w);
}

static void test_old_rows_go(void **state)
{
	struct world w = make_world(*state);
	struct fixture *f = w.f;

	for (int i = 0; i < 2500; i++)
		OK(store_do(f->conn, &f->err,
		    "INSERT INTO reach (scope, person, reserved_at, delivered_at, open_count, engaged)"
		    " VALUES (?1, ?2, ?3, ?4, 0, 0)",
		    "timm", i % 2 ? STR("p:500") : STR("n:101"), (int64_t)i,
		    i % 3 ? NOW - WINDOW : TIME_NONE, i % 5 ? TIME_NONE : NOW - WINDOW + 1));
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO number_hour (number, hour, sent) VALUES ('101', ?1, 7)", "i",
	    NOW / HOUR - 193));
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO number_hour (number, hour, sent) VALUES ('101', ?1, 7)", "i",
	    NOW / HOUR - 192));
	for (int call = 0; call < 3; call++)
		OK(budget_purge(w.b, f->conn, f->pack, NOW, &f->err));
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM reach"), 500);
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM reach WHERE person % 5 = 0"), 500);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM number_hour"), 1);
	for (int call = 0; call < 3; call++)
		OK(budget_purge(w.b, f->conn, f->pack, NOW + 1, &f->err));
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM reach"), 0);
	end_world(&w);
}

/* --- everything fails once --------------------------------------------------------------------- */

static int use(struct world *w)
{
	struct fixture *f = w->f;
	struct facts facts;
	unsigned counted = 0;
	int r = budget_reload(w->b, f->conn, w->d, f->pack, NOW, &f->err);

	facts_init(&facts);
	if (r == 0)
		r = budget_fill_facts(
		    w->b, f->conn, number(w, "102"), 1, f->pack, NOW, &facts, &f->err);
	if (r == 0)
		r = budget_spend(
		    w->b, f->conn, number(w, "102"), 1, BOTH, true, NOW, &counted, &f->err);
	if (r == 0)
		r = budget_delivered(w->b, f->conn, number(w, "102"), 1, counted, NOW, &f->err);
	if (r == 0)
		r = budget_release(w->b, f->conn, number(w, "102"), 2, counted, &f->err);
	if (r == 0)
		r = budget_flush(w->b, f->conn, &f->err);
	return r < 0 ? r : budget_purge(w->b, f->conn, f->pack, NOW, &f->err);
}

static struct directory *shared;

static int work(struct fixture *f)
{
	struct world w = { .f = f, .d = shared };
	int r = budget_new(&w.b, &f->err);

	if (r == 0)
		r = use(&w);
	budget_free(&w.b);
	return r;
}

static void with_directory(struct fixture *f)
{
	struct world w = make_world(f);

	budget_free(&w.b);
	shared = w.d;
}

static void test_memory_runs_out(void **state)
{
	with_directory(*state);
	fixture_memory_runs_out(*state, "budgets", work);
	directory_unref(&shared);
}

static void test_the_store_fails(void **state)
{
	with_directory(*state);
	fixture_store_fails(*state, work);
	directory_unref(&shared);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_people_of_a_portfolio),
		FIXTURE_TEST(test_warming_up),
		FIXTURE_TEST(test_what_comes_before_the_first_question),
		FIXTURE_TEST(test_the_present_second),
		FIXTURE_TEST(test_a_number_that_meta_wants_slower),
		FIXTURE_TEST(test_hours_and_days),
		FIXTURE_TEST(test_a_limit_comes),
		FIXTURE_TEST(test_a_limit_goes),
		FIXTURE_TEST(test_against_a_list_of_sends),
		FIXTURE_TEST(test_only_what_changed_is_flushed),
		FIXTURE_TEST(test_a_suspect_clock_keeps_the_day),
		FIXTURE_TEST(test_old_rows_go),
		FIXTURE_TEST(test_memory_runs_out),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

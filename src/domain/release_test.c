/* Steps by a table; then the store: when a release begins, what its places are, what a restart finds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "domain/account.h"
#include "domain/budget.h"
#include "domain/directory.h"
#include "domain/fixture.h"
#include "domain/release.h"
#include "domain/template.h"

#define FIRST 100

static const struct release_key offer = { { "10", 2 }, { "autumn_offer", 12 }, { "it", 2 } };

/* --- steps ------------------------------------------------------------------------------------ */

static void test_limits(void **state)
{
	const struct fixture *f = *state;
	static const struct {
		const char *name;
		struct facts_release r;
		int64_t limit;
	} cases[] = {
		{ "first", { true, RELEASE_FIRST, 0, -1, TIME_NONE }, 100 },
		{ "part of 3,000", { true, RELEASE_PART, 100, 3000, TIME_NONE }, 400 },
		{ "rounded up", { true, RELEASE_PART, 100, 3001, TIME_NONE }, 401 },
		{ "of nobody", { true, RELEASE_PART, 100, 0, TIME_NONE }, 101 },
		{ "not counted", { true, RELEASE_PART, 100, -1, TIME_NONE }, 100 },
		{ "rest", { true, RELEASE_REST, 9999, 3000, TIME_NONE }, -1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t limit = release_limit(f->pack, &cases[i].r);
		if (limit != cases[i].limit)
			fail_msg("%s: %lld", cases[i].name, (long long)limit);
	}
}

static void test_time_moves_it_on(void **state)
{
	const struct fixture *f = *state;
	static const struct {
		const char *name;
		struct facts_release r;
		time_ms now;
		enum release_step step;
		time_ms filled_at;
	} cases[] = {
		{ "not full, for long", { true, RELEASE_FIRST, 99, 3000, TIME_NONE },
		    NOW + 90 * DAY, RELEASE_FIRST, TIME_NONE },
		{ "full just now", { true, RELEASE_FIRST, 100, 3000, NOW }, NOW, RELEASE_FIRST,
		    NOW },
		{ "a moment too early", { true, RELEASE_FIRST, 100, 3000, NOW }, NOW + HOUR - 1,
		    RELEASE_FIRST, NOW },
		{ "the hour is over", { true, RELEASE_FIRST, 100, 3000, NOW }, NOW + HOUR,
		    RELEASE_PART, TIME_NONE },
		{ "long over, the part is to come", { true, RELEASE_FIRST, 100, 3000, NOW },
		    NOW + 90 * DAY, RELEASE_PART, TIME_NONE },
		{ "the part waits too", { true, RELEASE_PART, 400, 3000, NOW }, NOW + HOUR - 1,
		    RELEASE_PART, NOW },
		{ "then the rest", { true, RELEASE_PART, 400, 3000, NOW }, NOW + HOUR, RELEASE_REST,
		    TIME_NONE },
		{ "observed past its end: full at once", { true, RELEASE_FIRST, 500, 3000, NOW },
		    NOW + HOUR, RELEASE_PART, NOW + HOUR },
		{ "and over as soon", { true, RELEASE_FIRST, 500, 3000, NOW }, NOW + 2 * HOUR,
		    RELEASE_REST, TIME_NONE },
		{ "an audience nobody counted is never over", { true, RELEASE_FIRST, 500, -1, NOW },
		    NOW + 90 * DAY, RELEASE_PART, TIME_NONE },
		{ "a clock that goes back", { true, RELEASE_FIRST, 100, 3000, NOW }, NOW - DAY,
		    RELEASE_FIRST, NOW },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct facts_release r = cases[i].r;
		release_advance(f->pack, &r, cases[i].now);
		if (r.step != cases[i].step || r.filled_at != cases[i].filled_at)
			fail_msg("%s: step %s", cases[i].name, release_step_name(r.step));
	}
}

/* --- when it begins --------------------------------------------------------------------------- */

static void add_account(struct fixture *f)
{
	const struct account_values account = {
		.waba = STR("10"), .portfolio = STR("500"), .name = STR("Calzature")
	};
	bool created;

	OK(account_add(f->conn, &f->key, &account, NOW, &created, &f->err));
}

static void put(struct fixture *f, const char *category, const char *status, bool replace)
{
	const struct json *definition;
	struct str text = arena_printf(f->arena,
	    "{\"name\":\"autumn_offer\",\"language\":\"it\",\"category\":\"%s\",\"status\":\"%s\"}",
	    category, status);
	bool created;

	OK(json_read(f->arena, text, &definition, &f->err));
	OK(template_put(f->conn, STR("10"), definition, replace, NOW, &created, &f->err));
}

static void news(struct fixture *f, const char *status)
{
	const struct template_news n = {
		.waba = STR("10"),
		.name = STR("autumn_offer"),
		.language = STR("it"),
		.status = str_c(status),
		.category_change_at = TIME_NONE,
		.paused_until = TIME_NONE,
	};

	assert_int_equal(template_apply(f->conn, &n, NOW, &f->err), 1);
}

static int state_of(struct fixture *f, time_ms now, struct facts_release *ret)
{
	int r = release_read(f->conn, f->pack, &offer, now, ret, &f->err);

	assert_true(r >= 0);
	return r;
}

static bool is_releasing(struct fixture *f)
{
	struct directory *d;
	struct facts_release x;

	OK(directory_load(f->conn, &f->key, 1, &d, &f->err));
	const struct dir_template *t = directory_template(
	    d, offer.waba, offer.name, offer.language);
	bool told = t && t->releasing;
	directory_unref(&d);
	assert_int_equal(told, state_of(f, NOW, &x));
	return told;
}

static void test_begins_when_it_wakes(void **state)
{
	static const struct {
		const char *name, *category, *before, *after;
		bool begins;
	} cases[] = {
		{ "added by hand as it stands", "MARKETING", "APPROVED", NULL, false },
		{ "told again", "MARKETING", "APPROVED", "APPROVED", false },
		{ "approved", "MARKETING", "PENDING", "APPROVED", true },
		{ "unpaused", "MARKETING", "PAUSED", "APPROVED", true },
		{ "reinstated", "MARKETING", "DISABLED", "REINSTATED", true },
		{ "the date of a flag passed", "MARKETING", "FLAGGED", "APPROVED", false },
		{ "paused", "MARKETING", "APPROVED", "PAUSED", false },
		{ "a notice", "UTILITY", "PENDING", "APPROVED", false },
	};
	struct fixture *f = *state;

	add_account(f);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		OK(store_do(f->conn, &f->err, "DELETE FROM template", ""));
		OK(release_end(f->conn, &offer, &f->err));
		put(f, cases[i].category, cases[i].before, false);
		if (cases[i].after)
			news(f, cases[i].after);
		if (is_releasing(f) != cases[i].begins)
			fail_msg("%s", cases[i].name);
	}
}

/* By a reading of the account: what appears after the first whole one is new. */
static void test_begins_when_it_appears(void **state)
{
	struct fixture *f = *state;

	add_account(f);
	put(f, "MARKETING", "APPROVED", true);
	OK(release_begin_if_new(f->conn, &offer, NOW, &f->err));
	assert_false(is_releasing(f));
	OK(release_templates_read(f->conn, STR("10"), NOW, &f->err));
	OK(release_begin_if_new(f->conn, &offer, NOW, &f->err));
	assert_true(is_releasing(f));
	OK(release_end(f->conn, &offer, &f->err));
	OK(store_do(f->conn, &f->err, "UPDATE template SET quality = 'GREEN'", ""));
	OK(release_begin_if_new(f->conn, &offer, NOW, &f->err));
	assert_false(is_releasing(f));
}

/* It was paused and is sent again, and the pause is told last. */
static void test_a_pause_that_is_told_late(void **state)
{
	static const struct {
		const char *former;
		bool releasing;
	} cases[] = { { "PAUSED", true }, { "APPROVED", false }, { "FLAGGED", false },
		{ "PENDING", true } };
	struct fixture *f = *state;

	add_account(f);
	put(f, "MARKETING", "APPROVED", true);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct template_news n = { .waba = offer.waba,
			.name = offer.name,
			.language = offer.language,
			.category_change_at = TIME_NONE,
			.paused_until = TIME_NONE,
			.from_event = true,
			.former_status = str_c(cases[i].former) };
		OK(release_end(f->conn, &offer, &f->err));
		assert_int_equal(template_apply(f->conn, &n, NOW, &f->err), 1);
		if (is_releasing(f) != cases[i].releasing)
			fail_msg("%s", cases[i].former);
	}
}

/* --- places ----------------------------------------------------------------------------------- */

static bool take(struct fixture *f, time_ms now)
{
	bool took;

	OK(release_take(f->conn, f->pack, &offer, now, false, &took, &f->err));
	return took;
}

static void agree(struct fixture *f, int people, int withdrawn)
{
	for (int i = 0; i < people; i++)
		OK(store_do(f->conn, &f->err,
		    "INSERT INTO consent (person, seq, purpose, act, at, evidence, leaf)"
		    " VALUES (?1, 1, ?2, 1, ?3, 2, ?1)",
		    "iim", (int64_t)i, (int64_t)(i % 2 ? PURPOSE_MARKETING : PURPOSE_ALL), NOW));
	for (int i = 0; i < withdrawn; i++)
		OK(store_do(f->conn, &f->err,
		    "INSERT INTO consent (person, seq, purpose, act, at, evidence, leaf)"
		    " VALUES (?1, 2, ?2, 2, ?3, 2, ?1 + 1000000)",
		    "iim", (int64_t)i, (int64_t)PURPOSE_MARKETING, NOW));
}

static bool turn(struct fixture *f, time_ms now)
{
	struct release_census census = { 0 };
	bool changed;

	do
		OK(release_round(f->conn, f->pack, now, &census, &changed, &f->err));
	while (census.under_way);
	return changed;
}

static void begin(struct fixture *f)
{
	add_account(f);
	put(f, "MARKETING", "PENDING", false);
	news(f, "APPROVED");
}

/* First, the wait, a tenth of who agreed and did not withdraw, the wait, the rest. */
static void test_whole_way(void **state)
{
	struct fixture *f = *state;
	struct facts_release x;

	begin(f);
	agree(f, 250, 50);
	for (int i = 0; i < FIRST; i++)
		assert_true(take(f, NOW + i));
	assert_int_equal(state_of(f, NOW + FIRST, &x), 1);
	assert_true(release_opens_at(f->pack, &x) == NOW + FIRST - 1 + HOUR);
	assert_false(turn(f, NOW + FIRST));
	time_ms second = NOW + FIRST - 1 + HOUR;
	assert_int_equal(state_of(f, second, &x), 1);
	assert_int_equal(x.step, RELEASE_PART);
	assert_int_equal(x.audience, 200);
	assert_int_equal(release_limit(f->pack, &x), 120);
	for (int i = 0; i < 20; i++)
		assert_true(take(f, second));
	assert_int_equal(state_of(f, second + HOUR - 1, &x), 1);
	assert_true(x.taken == 120 && x.filled_at == second);
	assert_int_equal(state_of(f, second + HOUR, &x), 0);
	assert_false(take(f, second + HOUR));
	assert_true(turn(f, second + HOUR));
	assert_false(is_releasing(f));
}

/* Down over the end of the wait: nobody has counted the audience, and nothing leaves until it is. */
static void test_nobody_counted_yet(void **state)
{
	struct fixture *f = *state;
	struct facts_release x;

	begin(f);
	for (int i = 0; i < FIRST; i++)
		assert_true(take(f, NOW));
	assert_int_equal(state_of(f, NOW + DAY, &x), 1);
	assert_true(x.step == RELEASE_PART && release_limit(f->pack, &x) == FIRST);
	assert_true(release_opens_at(f->pack, &x) == TIME_NONE);
	agree(f, 1000, 0);
	assert_false(turn(f, NOW + DAY));
	assert_int_equal(state_of(f, NOW + DAY, &x), 1);
	assert_int_equal(release_limit(f->pack, &x), FIRST + 100);
}

/* More people than one round counts. */
static void test_everybody_is_counted_in_rounds(void **state)
{
	struct release_census census = { 0 };
	struct fixture *f = *state;
	struct facts_release x;
	bool changed;

	begin(f);
	agree(f, 12000, 3000);
	for (int i = 0; i < FIRST; i++)
		assert_true(take(f, NOW));
	OK(release_round(f->conn, f->pack, NOW, &census, &changed, &f->err));
	assert_true(census.under_way);
	assert_int_equal(state_of(f, NOW, &x), 1);
	assert_int_equal(x.audience, -1);
	assert_false(turn(f, NOW + 2 * HOUR)); /* begun anew, as behind a restart */
	assert_int_equal(state_of(f, NOW + 2 * HOUR, &x), 1);
	assert_int_equal(x.audience, 9000);
}

/* What a campaign expects counts for nothing where somebody told or counted. */
static void test_a_campaign_tells_its_audience(void **state)
{
	struct fixture *f = *state;
	struct facts_release x;

	begin(f);
	OK(release_expect(f->conn, &offer, 700, &f->err));
	OK(release_expect(f->conn, &offer, 800, &f->err));
	assert_int_equal(state_of(f, NOW, &x), 1);
	assert_int_equal(x.audience, 700);
}

static void test_an_operator_tells_the_audience(void **state)
{
	struct fixture *f = *state;
	struct facts_release x;

	begin(f);
	agree(f, 1000, 0);
	OK(release_set_audience(f->conn, &offer, 5000, &f->err));
	assert_int_equal(release_set_audience(f->conn, &offer, 0, &f->err), -E_RANGE);
	f->err = (struct err){ 0 };
	for (int i = 0; i < FIRST; i++)
		assert_true(take(f, NOW));
	assert_false(turn(f, NOW));
	assert_int_equal(state_of(f, NOW + HOUR, &x), 1);
	assert_int_equal(release_limit(f->pack, &x), FIRST + 500);
}

static void test_failures_give_back(void **state)
{
	struct fixture *f = *state;
	struct facts_release x;

	begin(f);
	for (int i = 0; i < FIRST; i++)
		assert_true(take(f, NOW));
	OK(release_give_back(
	    f->conn, BUDGET_PORTFOLIO, offer.waba, STR("autumn_offer/it"), &f->err));
	assert_int_equal(state_of(f, NOW, &x), 1);
	assert_int_equal(x.taken, FIRST);
	OK(release_give_back(f->conn, BUDGET_PORTFOLIO | BUDGET_RELEASE, offer.waba,
	    STR("autumn_offer/it"), &f->err));
	assert_int_equal(state_of(f, NOW, &x), 1);
	assert_true(x.taken == FIRST - 1 && x.filled_at == NOW);
	/* paused and woken again: from the beginning */
	news(f, "PAUSED");
	news(f, "APPROVED");
	assert_int_equal(state_of(f, NOW, &x), 1);
	assert_true(x.step == RELEASE_FIRST && x.taken == 0 && x.filled_at == TIME_NONE);
}

/* --- never over ------------------------------------------------------------------------------- */

static uint64_t lot(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 33;
}

/* What is out, as somebody sees it who knows the policy only: at most 100 until an hour after the
 * hundredth, at most 100 and a tenth until an hour after the last of those. */
struct watcher {
	int64_t out, audience;
	time_ms first_full, part_full;
};

static void see(struct watcher *w, int seed, int step, time_ms now)
{
	int64_t most = w->first_full == TIME_NONE || now < w->first_full + HOUR
	    ? FIRST
	    : FIRST + (w->audience + 9) / 10;

	if (w->part_full != TIME_NONE && now >= w->part_full + HOUR)
		return;
	if (w->out > most)
		fail_msg("seed %d, step %d: %lld out, at most %lld", seed, step, (long long)w->out,
		    (long long)most);
	if (w->first_full == TIME_NONE && w->out == FIRST)
		w->first_full = now;
	if (w->part_full == TIME_NONE && w->out == FIRST + (w->audience + 9) / 10)
		w->part_full = now;
}

static void play(struct fixture *f, int number)
{
	uint64_t seed = (uint64_t)number * 977;
	struct watcher w = { 0, (int64_t)(lot(&seed) % 900) + 1, TIME_NONE, TIME_NONE };
	time_ms now = NOW;

	OK(release_begin(f->conn, &offer, now, &f->err));
	OK(release_set_audience(f->conn, &offer, w.audience, &f->err));
	for (int i = 0; i < 600; i++) {
		struct facts_release x;
		now += (int64_t)(lot(&seed) % (lot(&seed) % 50 ? 20000 : 2 * HOUR));
		if (lot(&seed) % 20 == 0)
			(void)turn(f, now);
		/* as policy asks: is there room? */
		int there = state_of(f, now, &x);
		if (!there)
			break;
		if (x.taken < release_limit(f->pack, &x)) {
			assert_true(take(f, now));
			w.out++;
		}
		see(&w, number, i, now);
		if (lot(&seed) % 9 == 0 && w.out > 0) {
			OK(release_give_back(
			    f->conn, BUDGET_RELEASE, offer.waba, STR("autumn_offer/it"), &f->err));
			w.out--;
		}
	}
	OK(release_end(f->conn, &offer, &f->err));
}

static void test_never_over(void **state)
{
	struct fixture *f = *state;

	add_account(f);
	put(f, "MARKETING", "APPROVED", false);
	for (int i = 1; i <= 40; i++)
		play(f, i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_limits),
		FIXTURE_TEST(test_time_moves_it_on),
		FIXTURE_TEST(test_begins_when_it_wakes),
		FIXTURE_TEST(test_begins_when_it_appears),
		FIXTURE_TEST(test_a_pause_that_is_told_late),
		FIXTURE_TEST(test_whole_way),
		FIXTURE_TEST(test_nobody_counted_yet),
		FIXTURE_TEST(test_everybody_is_counted_in_rounds),
		FIXTURE_TEST(test_a_campaign_tells_its_audience),
		FIXTURE_TEST(test_an_operator_tells_the_audience),
		FIXTURE_TEST(test_failures_give_back),
		FIXTURE_TEST(test_never_over),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

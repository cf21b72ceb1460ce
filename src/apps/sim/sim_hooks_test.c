#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "apps/sim/assumptions.h"
#include "apps/sim/sim_test_run.h"

static bool post_event(struct run *r, const char *value, uint64_t ticket)
{
	struct sim_hook_event e = { .url = r->hook,
		.secret = SECRET,
		.entry = "900",
		.time = TIME_NONE,
		.field = STR("messages"),
		.value = str_c(value),
		.ticket = ticket };

	return sim_hooks_post(r->sim->hooks, &e);
}

static struct sim_hook_stats stats(struct run *r)
{
	struct sim_hook_stats s;

	sim_hooks_stats(r->sim->hooks, &s);
	return s;
}

static void test_escapes(void **state)
{
	static const struct {
		const char *utf8, *ascii;
	} rows[] = { { "\"plain\"", "\"plain\"" }, { "\"\xc3\xa9\"", "\"\\u00e9\"" },
		{ "\"\xe2\x82\xac!\"", "\"\\u20ac!\"" },
		{ "\"\xf0\x9f\x91\x8d\xc3\xa9\"", "\"\\ud83d\\udc4d\\u00e9\"" }, { "", "" } };
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		buf_reset(&out);
		sim_hooks_escape(&out, str_c(rows[i].utf8));
		if (!str_eq_c(buf_str(&out), rows[i].ascii))
			fail_msg("%s: %s", rows[i].ascii, out.p);
	}
	buf_done(&out);
}

static bool has_under_way(void *arg)
{
	return stats(arg).under_way > 0;
}

/* The first event goes at once; what comes while it is under way goes together, in order. */
static void test_batches(void **state)
{
	struct run r;
	char value[32];

	(void)state;
	run_open_still(&r);
	for (int i = 0; i < 450; i++) {
		(void)snprintf(value, sizeof(value), "{\"n\":%d}", i);
		assert_true(post_event(&r, value, 0));
	}
	settle(&r);
	assert_int_equal(r.posts, 1 + 3);
	assert_int_equal(r.bad_signatures, 0);
	const char *at = r.bodies.p;
	for (int i = 0; i < 450; i++) {
		(void)snprintf(value, sizeof(value), "{\"n\":%d}", i);
		at = strstr(at, value);
		assert_non_null(at);
	}
	assert_int_equal(
	    received(&r,
		"{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"900\",\"changes\":[{\"value\":{\"n\":0},\"field\":\"messages\"}]}]}\n"),
	    1);
	run_close(&r);
}

/* One entry a WABA in a row; account events carry their time and stand alone. */
static void test_entries(void **state)
{
	struct run r;
	struct sim_hook_event e = {
		.url = r.hook, .secret = SECRET, .field = STR("f"), .value = STR("1")
	};

	(void)state;
	run_open_still(&r);
	static const struct {
		const char *entry;
		time_ms time;
	} rows[] = { { "first", TIME_NONE }, { "900", TIME_NONE }, { "900", TIME_NONE },
		{ "901", TIME_NONE }, { "901", 5000 }, { "901", 6000 } };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		e.entry = rows[i].entry;
		e.time = rows[i].time;
		assert_true(sim_hooks_post(r.sim->hooks, &e));
	}
	settle(&r);
	assert_int_equal(r.posts, 2);
	assert_int_equal(
	    received(&r,
		"\"entry\":[{\"id\":\"900\",\"changes\":[{\"value\":1,\"field\":\"f\"},{\"value\":1,\"field\":\"f\"}]},"
		"{\"id\":\"901\",\"changes\":[{\"value\":1,\"field\":\"f\"}]},"
		"{\"id\":\"901\",\"time\":5,\"changes\":[{\"value\":1,\"field\":\"f\"}]},"
		"{\"id\":\"901\",\"time\":6,\"changes\":[{\"value\":1,\"field\":\"f\"}]}]"),
	    1);
	run_close(&r);
}

static bool has_retrying(void *arg)
{
	return stats(arg).retrying > 0;
}

/* What is refused is tried again when the clock passes the gap, and what came later passes it meanwhile. */
static void test_retries(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	r.answers = 500;
	assert_true(post_event(&r, "{\"n\":1}", 0));
	turn_until(r.loop, "a post to be put off", has_retrying, &r);
	r.answers = 200;
	assert_true(post_event(&r, "{\"n\":2}", 0));
	while (received(&r, "{\"n\":2}") == 0)
		turn(r.loop);
	sim_clock_set(&r.sim->clock, sim_now(r.sim) + ASSUME_RETRY_FIRST_MS);
	sim_hooks_look(r.sim->hooks);
	settle(&r);
	assert_int_equal(received(&r, "{\"n\":1}"), 2);
	assert_int_equal(received(&r, "{\"n\":2}"), 1);
	assert_int_equal(stats(&r).failed, 1);
	assert_int_equal(stats(&r).answered, 2);
	run_close(&r);
}

/* After seven days nobody tries any more. */
static void test_expiry(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	r.answers = 500;
	assert_true(post_event(&r, "{\"n\":1}", 0));
	turn_until(r.loop, "a post to be put off", has_retrying, &r);
	sim_clock_set(&r.sim->clock, sim_now(r.sim) + FIG_WEBHOOK_LIFE_MS);
	sim_hooks_look(r.sim->hooks);
	settle(&r);
	assert_int_equal(stats(&r).expired, 1);
	run_close(&r);
}

static void test_nobody_listens(void **state)
{
	struct run r;
	struct sim_hook_event e = {
		.url = NULL, .entry = "900", .time = TIME_NONE, .field = STR("f"), .value = STR("1")
	};

	(void)state;
	run_open_still(&r);
	assert_false(sim_hooks_post(r.sim->hooks, &e));
	e.url = "";
	assert_false(sim_hooks_post(r.sim->hooks, &e));
	/* A closed door is tried again, not forgotten. */
	e.url = "http://127.0.0.1:1/";
	assert_true(sim_hooks_post(r.sim->hooks, &e));
	turn_until(r.loop, "a post to be put off", has_retrying, &r);
	run_close(&r);
}

static void test_missigned(void **state)
{
	struct run r;
	struct sim_hook_event e = { .url = r.hook,
		.secret = SECRET,
		.entry = "900",
		.time = TIME_NONE,
		.field = STR("f"),
		.value = STR("1"),
		.missigned = true };

	(void)state;
	run_open_still(&r);
	r.answers = 401;
	assert_true(sim_hooks_post(r.sim->hooks, &e));
	settle(&r);
	assert_int_equal(r.posts, 1);
	assert_int_equal(r.bad_signatures, 1);
	assert_int_equal(stats(&r).expired, 1);
	run_close(&r);
}

/* Cleared while one is under way: it ends unseen, and nothing else follows. */
static void test_clear(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	r.answers = 0;
	assert_true(post_event(&r, "{\"n\":1}", 0));
	assert_true(post_event(&r, "{\"n\":2}", 0));
	turn_until(r.loop, "a post to be under way", has_under_way, &r);
	sim_hooks_clear(r.sim->hooks);
	assert_int_equal(stats(&r).waiting, 0);
	r.answers = 200;
	assert_true(post_event(&r, "{\"n\":3}", 0));
	settle(&r);
	assert_int_equal(received(&r, "{\"n\":2}"), 0);
	assert_int_equal(received(&r, "{\"n\":3}"), 1);
	run_close(&r);
}

static void test_without_memory(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	check_fail_alloc_after(0, true);
	assert_false(post_event(&r, "{\"n\":1}", 0));
	check_fail_alloc_after(-1, false);
	assert_int_equal(stats(&r).dropped, 1);
	assert_true(post_event(&r, "{\"n\":2}", 0));
	settle(&r);
	assert_int_equal(r.posts, 1);
	run_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_batches),
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_retries),
		cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_nobody_listens),
		cmocka_unit_test(test_missigned),
		cmocka_unit_test(test_clear),
		cmocka_unit_test(test_without_memory),
	};

	if (crypto_init(NULL))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

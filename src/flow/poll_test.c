/* What Meta is asked for, when, and what becomes of its answers. */
#include "flow/poll.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/history.h"
#include "flow/live.h"

#define LATER(minutes) (NOW + (minutes) * MS_PER_MIN)
/* One answer for every question: each takes what it asked for. */
#define ANSWER(quality, health, limit) \
	"{\"id\":\"" WABA "\",\"account_review_status\":\"APPROVED\"," \
	"\"whatsapp_business_manager_messaging_limit\":\"" limit "\"," \
	"\"health_status\":{\"can_send_message\":\"" health "\",\"entities\":[" \
	"{\"entity_type\":\"WABA\",\"id\":\"" WABA "\",\"can_send_message\":\"" health "\"}]}," \
	"\"data\":[{\"id\":\"" NUMBER "\",\"quality_rating\":\"" quality "\"," \
	"\"status\":\"CONNECTED\",\"name_status\":\"APPROVED\",\"name\":\"greeting\"," \
	"\"language\":\"it\",\"category\":\"UTILITY\"}],\"paging\":{}}"

static struct poll *asking;

static struct live *begin(void)
{
	static struct live world;
	struct err err = { 0 };

	live_open_with(&world, NULL);
	world.answer = ANSWER("GREEN", "AVAILABLE", "TIER_2K");
	MUST(poll_open(world.lane, &asking, &err), &err);
	poll_look(asking); /* gets to know the account; asks nothing yet */
	return &world;
}

static bool is_idle(void *arg)
{
	(void)arg;
	return poll_is_idle(asking);
}

static void look_at(struct live *l, time_ms now)
{
	live_clock(now);
	poll_look(asking);
	turn_until(l->loop, "the poll to rest", is_idle, NULL);
}

static void end(struct live *l)
{
	poll_stop(asking);
	turn_until(l->loop, "the poll to rest", is_idle, NULL);
	poll_close(&asking);
	live_close(l);
}

static void an_idle_account_is_asked_about_once_an_hour(void **state)
{
	struct live *l = begin();

	(void)state;
	look_at(l, NOW);
	assert_int_equal(l->received, 0);
	for (int minute = 1; minute <= 60; minute++)
		look_at(l, LATER(minute));
	/* the account, its numbers, its templates */
	assert_int_equal(l->received, 3);
	look_at(l, LATER(61));
	look_at(l, LATER(62));
	assert_int_equal(l->received, 6);
	end(l);
}

static int sent_lately(struct live *l, struct store_conn *c, struct err *err)
{
	(void)l;
	return store_do(c, err,
	    "INSERT INTO number_hour (number, hour, sent) VALUES ('" NUMBER "', ?1, 1)", "i",
	    NOW / MS_PER_HOUR);
}

static void one_that_sends_is_asked_about_more_often(void **state)
{
	struct live *l = begin();

	(void)state;
	live_do(l, sent_lately);
	for (int minute = 1; minute <= 60; minute++)
		look_at(l, LATER(minute));
	/* every ten minutes the account and its numbers, once the templates */
	assert_int_equal(l->received, 6 * 2 + 1);
	end(l);
}

static void answers_go_on_record(void **state)
{
	struct live *l = begin();

	(void)state;
	look_at(l, LATER(1));
	l->answer = ANSWER("RED", "BLOCKED", "TIER_10K");
	look_at(l, LATER(61));
	assert_int_equal(live_int(l,
			     "SELECT count(*) FROM number WHERE quality = 'RED'"
			     " AND name_status = 'APPROVED'"),
	    1);
	assert_int_equal(live_int(l, "SELECT people_limit FROM portfolio"), 10000);
	assert_int_equal(
	    live_int(
		l, "SELECT count(*) FROM waba WHERE health = 'BLOCKED' AND review = 'APPROVED'"),
	    1);
	assert_int_equal(
	    live_int(l, "SELECT count(*) FROM waba_restriction WHERE type = 'HEALTH_BLOCKED'"), 1);
	assert_int_equal(live_int(l, "SELECT count(*) FROM template WHERE name = 'greeting'"), 1);
	assert_int_equal(
	    live_int(l, "SELECT count(*) FROM alarm WHERE kind = 'number.quality_red'"), 1);
	assert_int_equal(
	    live_int(l,
		"SELECT count(*) FROM object_change WHERE source = 2 AND field = 'quality'"
		" AND new_value = 'RED'"),
	    1);
	l->answer = ANSWER("GREEN", "AVAILABLE", "TIER_10K");
	look_at(l, LATER(121));
	assert_int_equal(live_int(l, "SELECT count(*) FROM waba_restriction"), 0);
	assert_int_equal(live_int(l, "SELECT count(*) FROM number WHERE quality = 'GREEN'"), 1);
	end(l);
}

static int announce(struct live *l, struct store_conn *c, struct err *err)
{
	(void)l;
	return waba_set_state(c, STR(WABA), STR("scheduled_for_disable"), NOW, err);
}

static int lock(struct live *l, struct store_conn *c, struct err *err)
{
	(void)l;
	return waba_set_state(c, STR(WABA), STR("locked"), NOW, err);
}

/* Only what stops an account itself explains why it is blocked. */
static void a_block_is_explained_by_what_stops(void **state)
{
	static const char blocked[] =
	    "SELECT count(*) FROM waba_restriction WHERE type = 'HEALTH_BLOCKED'";
	struct live *l = begin();

	(void)state;
	live_do(l, announce);
	l->answer = ANSWER("GREEN", "BLOCKED", "TIER_2K");
	for (int n = 0; n < 3; n++) {
		look_at(l, LATER(1 + 60 * n));
		assert_int_equal(live_int(l, blocked), 1);
	}
	live_do(l, lock);
	look_at(l, LATER(181));
	assert_int_equal(live_int(l, blocked), 0);
	end(l);
}

static int rate(struct live *l, struct store_conn *c, struct err *err)
{
	(void)l;
	return history_is_news(
	    c, HISTORY_TEMPLATE, STR(WABA "/greeting/it"), STR("quality"), LATER(1) + 1, err);
}

/* What a webhook told of a template while it was asked about: the next reading takes it. */
static void what_was_told_meanwhile_is_newer(void **state)
{
	static const char known[] = "SELECT count(*) FROM template WHERE name = 'greeting'";
	struct live *l = begin();

	(void)state;
	live_do(l, rate);
	look_at(l, LATER(1));
	assert_int_equal(live_int(l, known), 0);
	look_at(l, LATER(61));
	assert_int_equal(live_int(l, known), 1);
	end(l);
}

static int add_unreachable(struct live *l, struct store_conn *c, struct err *err)
{
	const struct account_values account = {
		.waba = STR("100"),
		.portfolio = STR("501"),
		.name = STR("Libreria"),
		.token = STR("invented-token"),
	};
	bool created;
	int r = account_add(c, &l->core->key, &account, NOW, &created, err);

	return r < 0 ? r
		     : store_do(c, err, "UPDATE waba SET upstream = 'nobody' WHERE id = '100'", "");
}

static void one_that_cannot_be_asked_holds_up_no_other(void **state)
{
	struct live *l = begin();

	(void)state;
	live_do(l, add_unreachable);
	poll_look(asking);
	look_at(l, LATER(1));
	look_at(l, LATER(2));
	assert_int_equal(l->received, 3);
	end(l);
}

static void failures_and_a_bad_token(void **state)
{
	struct live *l = begin();

	(void)state;
	l->status = 400;
	l->answer = "{\"error\":{\"code\":190,\"message\":\"expired\"}}";
	for (int minute = 1; minute <= 60; minute++)
		look_at(l, LATER(minute));
	/* after 1, 2, 4, 8, 16 and 32 minutes */
	assert_int_equal(l->received, 6);
	assert_int_equal(live_int(l, "SELECT count(*) FROM alarm WHERE kind = 'account.token'"), 1);
	l->status = 200;
	l->answer = "not JSON";
	look_at(l, LATER(70));
	assert_int_equal(live_int(l, "SELECT count(*) FROM object_change WHERE source = 2"), 0);
	end(l);
}

static void too_many_calls(void **state)
{
	struct live *l = begin();

	(void)state;
	l->status = 400;
	l->answer = "{\"error\":{\"code\":80007}}";
	look_at(l, LATER(1));
	assert_int_equal(l->received, 1);
	for (int minute = 2; minute <= 60; minute++)
		look_at(l, LATER(minute));
	assert_int_equal(l->received, 1);
	end(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_idle_account_is_asked_about_once_an_hour),
		cmocka_unit_test(one_that_sends_is_asked_about_more_often),
		cmocka_unit_test(answers_go_on_record),
		cmocka_unit_test(a_block_is_explained_by_what_stops),
		cmocka_unit_test(what_was_told_meanwhile_is_newer),
		cmocka_unit_test(one_that_cannot_be_asked_holds_up_no_other),
		cmocka_unit_test(failures_and_a_bad_token),
		cmocka_unit_test(too_many_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

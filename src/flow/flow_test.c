/* A send's way through all its steps, with the waiting that the wall clock ends: it stands still here
 * until the test moves it. */
#include "flow/flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flow/live.h"

#define ASYNC "Prefer: respond-async\r\n"
#define HOLD_MS 300 /* less than wait_ms, so it is waited out */

static int pause_shortly(struct live *l, struct store_conn *c, struct err *err)
{
	(void)l;
	return pause_set(c, STR("number"), STR(NUMBER), PURPOSE_ALL, clock_now() + HOLD_MS,
	    STR("ada"), STR("test"), clock_now(), err);
}

static int pause_long(struct live *l, struct store_conn *c, struct err *err)
{
	(void)l;
	return pause_set(c, STR("number"), STR(NUMBER), PURPOSE_ALL, clock_now() + MS_PER_HOUR,
	    STR("ada"), STR("test"), clock_now(), err);
}

static bool flow_waits(void *arg)
{
	struct live *l = arg;

	LIST_EACH(n, &l->lane->flows)
	{
		if (LIST_OF(n, struct flow, node)->state == FLOW_WAITING)
			return true;
	}
	return false;
}

static void a_send_goes_its_way(void **state)
{
	struct live *l = *state;

	assert_int_equal(live_answer(l, live_send(l, "", LIVE_BODY), NULL), 200);
	live_rest(l);
	assert_int_equal(l->received, 1);
	assert_non_null(strstr(l->sent.p, "\"biz_opaque_callback_data\":\"v1.dec_"));
	assert_int_equal(live_int(l, "SELECT count(*) FROM decision WHERE state = 11"), 1);
}

#define INBOUND \
	"{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"" WABA "\",\"changes\":[{" \
	"\"field\":\"messages\",\"value\":{\"messaging_product\":\"whatsapp\",\"metadata\":{" \
	"\"display_phone_number\":\"393331234500\",\"phone_number_id\":\"" NUMBER "\"}," \
	"\"contacts\":[{\"wa_id\":\"393331234510\"}],\"messages\":[{\"from\":\"393331234510\"," \
	"\"id\":\"wamid.in\",\"timestamp\":\"1795341600\",\"type\":\"text\"," \
	"\"text\":{\"body\":\"Ciao\"}}]}}]}]}"
#define TYPING \
	"{\"messaging_product\":\"whatsapp\",\"status\":\"read\",\"message_id\":\"wamid.in\"," \
	"\"typing_indicator\":{\"type\":\"text\"}}"

static int forget_everybody(struct live *l, struct store_conn *c, struct err *err)
{
	(void)l;
	return store_do(c, err, "DELETE FROM person", "");
}

/* Who wrote a message may be gone: whether the window is open cannot be told then, and nobody is
 * refused for that. */
static void typing_for_whoever_wrote(void **state)
{
	struct live *l = *state;

	assert_int_equal(live_answer(l, live_webhook(l, INBOUND), NULL), 200);
	assert_int_equal(live_answer(l, live_send(l, "", TYPING), NULL), 200);
	live_do(l, forget_everybody);
	assert_int_equal(live_answer(l, live_send(l, "", TYPING), NULL), 200);
	live_rest(l);
	assert_int_equal(l->received, 2);
	assert_int_equal(
	    live_int(l, "SELECT count(*) FROM decision WHERE rules LIKE '%window.closed%'"), 1);
}

static void a_short_hold_is_waited_out(void **state)
{
	struct live *l = *state;

	live_do(l, pause_shortly);
	int fd = live_send(l, "", LIVE_BODY);
	turn_until(l->loop, "the flow to wait", flow_waits, l);
	/* Nothing is on record yet, and nothing left. */
	assert_int_equal(live_int(l, "SELECT count(*) FROM decision"), 0);
	assert_int_equal(l->received, 0);
	live_clock(NOW + HOLD_MS);
	assert_int_equal(live_answer(l, fd, NULL), 200);
	live_rest(l);
	assert_int_equal(l->received, 1);
	assert_int_equal(live_int(l, "SELECT at FROM decision WHERE state = 11"), NOW + HOLD_MS);
}

static bool nobody_waits_for_it(void *arg)
{
	struct live *l = arg;
	struct list_node *n = list_first(&l->lane->flows);

	return n && !LIST_OF(n, struct flow, node)->req;
}

static void who_leaves_while_waiting_sends_nothing(void **state)
{
	struct live *l = *state;

	live_do(l, pause_shortly);
	int fd = live_send(l, "", LIVE_BODY);
	turn_until(l->loop, "the flow to wait", flow_waits, l);
	live_reset(fd);
	turn_until(l->loop, "the server to notice", nobody_waits_for_it, l);
	live_clock(NOW + HOLD_MS);
	live_rest(l);
	assert_int_equal(l->received, 0);
	assert_int_equal(live_int(l, "SELECT count(*) FROM decision"), 0);
}

/* The hold does not end although its time came: the wait has a bound, wait_ms of the loop's clock. */
static void a_hold_that_goes_on_is_answered(void **state)
{
	struct live *l = *state;

	l->core->options.wait_ms = HOLD_MS;
	live_do(l, pause_shortly);
	int fd = live_send(l, "", LIVE_BODY);
	assert_int_equal(live_answer(l, fd, NULL), 429);
	live_rest(l);
	assert_int_equal(l->received, 0);
	assert_int_equal(live_int(l, "SELECT count(*) FROM decision WHERE state = 10"), 1);
}

static void a_held_send_goes_when_it_may(void **state)
{
	struct live *l = *state;

	live_do(l, pause_long);
	assert_int_equal(live_answer(l, live_send(l, ASYNC, LIVE_BODY), NULL), 202);
	live_rest(l);
	assert_int_equal(live_int(l, "SELECT due_at FROM outbox"), NOW + MS_PER_HOUR);
	live_clock(NOW + MS_PER_HOUR - 1);
	held_poll(l->lane);
	assert_true(list_is_empty(&l->lane->flows));
	live_clock(NOW + MS_PER_HOUR);
	held_poll(l->lane);
	held_poll(l->lane); /* it is under way already */
	assert_int_equal(l->lane->flows.count, 1);
	live_rest(l);
	assert_int_equal(l->received, 1);
	assert_int_equal(live_int(l, "SELECT count(*) FROM outbox"), 0);
	assert_int_equal(live_int(l, "SELECT count(*) FROM decision WHERE state = 11"), 1);
	held_poll(l->lane);
	assert_true(list_is_empty(&l->lane->flows));
}

/* Its time runs out at the next look. */
static int pause_on(struct live *l, struct store_conn *c, struct err *err)
{
	int r = store_exec(c, "UPDATE outbox SET expires_at = due_at", err);

	return r < 0 ? r : pause_long(l, c, err);
}

static void a_held_send_expires(void **state)
{
	struct live *l = *state;

	live_do(l, pause_long);
	assert_int_equal(live_answer(l, live_send(l, ASYNC, LIVE_BODY), NULL), 202);
	live_rest(l);
	live_clock(NOW + MS_PER_HOUR);
	live_do(l, pause_on);
	held_poll(l->lane);
	live_rest(l);
	assert_int_equal(l->received, 0);
	assert_int_equal(live_int(l, "SELECT count(*) FROM outbox"), 0);
	assert_int_equal(live_int(l, "SELECT count(*) FROM decision WHERE state = 18"), 1);
}

/* --- held sends that cannot be read ----------------------------------------------------------- */

static int spoil_body(struct live *l, struct store_conn *c, struct err *err)
{
	(void)l;
	return store_do(c, err, "UPDATE outbox SET body = ?1", "b",
	    STR("not sealed by us, and long enough to be a sealed value at all"));
}

static int spoil_path(struct live *l, struct store_conn *c, struct err *err)
{
	(void)l;
	return store_exec(c, "UPDATE outbox SET path = 'x'", err);
}

static int spoil_decision(struct live *l, struct store_conn *c, struct err *err)
{
	(void)l;
	return store_exec(c, "DELETE FROM decision", err);
}

static int make_ready(struct live *l, struct store_conn *c, struct err *err)
{
	int r = spoil_body(l, c, err);

	return r < 0 ? r : store_exec(c, "UPDATE decision SET state = 2, counted = 1", err);
}

static const struct {
	const char *name;
	int (*spoil)(struct live *l, struct store_conn *c, struct err *err);
	int64_t failed; /* decisions that end so */
} spoilt[] = {
	{ "the body", spoil_body, 1 },
	{ "the path", spoil_path, 1 },
	{ "no decision", spoil_decision, 0 },
	{ "ready", make_ready, 1 },
};

static void what_cannot_be_read_fails(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(spoilt); i++) {
		struct live world, *l = &world;
		live_open(l);
		live_do(l, pause_long);
		assert_int_equal(live_answer(l, live_send(l, ASYNC, LIVE_BODY), NULL), 202);
		live_rest(l);
		live_do(l, spoilt[i].spoil);
		live_clock(NOW + MS_PER_HOUR);
		held_poll(l->lane);
		live_rest(l);
		if (l->received || live_int(l, "SELECT count(*) FROM outbox") ||
		    live_int(l,
			"SELECT count(*) FROM decision WHERE state = 15 AND attempts = 0"
			" AND counted = 0") != spoilt[i].failed ||
		    live_int(l, "SELECT count(*) FROM quarantine WHERE kind = 'outbox'") != 1 ||
		    live_int(l, "SELECT count(*) FROM alarm WHERE kind = 'outbox.unreadable'") !=
			1 ||
		    atomic_load(&l->core->counters.held_unreadable) != 1)
			fail_msg("%s", spoilt[i].name);
		held_poll(l->lane);
		assert_true(list_is_empty(&l->lane->flows));
		live_close(l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(a_send_goes_its_way),
		LIVE_TEST(typing_for_whoever_wrote),
		LIVE_TEST(a_short_hold_is_waited_out),
		LIVE_TEST(who_leaves_while_waiting_sends_nothing),
		LIVE_TEST(a_hold_that_goes_on_is_answered),
		LIVE_TEST(a_held_send_goes_when_it_may),
		LIVE_TEST(a_held_send_expires),
		cmocka_unit_test(what_cannot_be_read_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

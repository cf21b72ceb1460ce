/* A disk that is low or full, and a clock that is wrong: what is still taken in, and what the operator
 * learns. */
#include "flow/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flow/live.h"

#define TEMPLATE \
	"{\"messaging_product\":\"whatsapp\",\"to\":\"" ALICE "\",\"type\":\"template\"," \
	"\"template\":{\"name\":\"offer\",\"language\":{\"code\":\"it\"}}}"
#define INBOUND \
	"{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"" WABA "\",\"changes\":[{" \
	"\"field\":\"messages\",\"value\":{\"messaging_product\":\"whatsapp\",\"metadata\":{" \
	"\"display_phone_number\":\"393331234500\",\"phone_number_id\":\"" NUMBER "\"}," \
	"\"contacts\":[{\"wa_id\":\"393331234510\"}],\"messages\":[{\"from\":\"393331234510\"," \
	"\"id\":\"wamid.in\",\"timestamp\":\"1795341600\",\"type\":\"text\"," \
	"\"text\":{\"body\":\"stop\"}}]}}]}]}"

static struct watch *watch;

static struct live *begin(void (*adjust)(struct core_options *o))
{
	static struct live world;
	struct err err = { 0 };

	live_open_with(&world, adjust);
	MUST(watch_open(world.lane, &watch, &err), &err);
	return &world;
}

static void end(struct live *l)
{
	watch_stop(watch);
	while (!watch_is_idle(watch))
		turn(l->loop);
	watch_close(&watch);
	live_close(l);
}

static bool is_idle(void *arg)
{
	(void)arg;
	return watch_is_idle(watch);
}

static void look(struct live *l)
{
	watch_look(watch);
	turn_until(l->loop, "the watch to rest", is_idle, NULL);
}

static int64_t alarms(struct live *l, const char *kind)
{
	struct store_stmt *s;
	struct err err = { 0 };

	MUST(store_ask(l->reader, &s, &err, "SELECT count(*) FROM alarm WHERE kind = ?1", "t",
		 str_c(kind)),
	    &err);
	MUST(store_step(s, &err), &err);
	int64_t n = store_col_int(s, 0);
	store_reset(s);
	return n;
}

/* --- the disk --------------------------------------------------------------------------------- */

static void low(struct core_options *o)
{
	o->room.low_percent = 100;
}

static void full(struct core_options *o)
{
	o->room.low_percent = o->room.stop_percent = 100;
}

static const struct {
	const char *name;
	void (*disk)(struct core_options *o);
	int business, reply, webhook;
	const char *alarm;
} disks[] = {
	{ "fine", NULL, 400, 200, 200, "disk.fine" },
	{ "low", low, 503, 200, 200, "disk.low" },
	{ "full", full, 503, 503, 200, "disk.full" },
};

static void what_a_disk_still_takes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(disks); i++) {
		struct live *l = begin(disks[i].disk);
		look(l);
		look(l); /* says it once */
		int business = live_answer(l, live_send(l, "", TEMPLATE), NULL);
		int reply = live_answer(l, live_send(l, "", LIVE_BODY), NULL);
		live_rest(l);
		int webhook = live_answer(l, live_webhook(l, INBOUND), NULL);
		if (business != disks[i].business || reply != disks[i].reply ||
		    webhook != disks[i].webhook)
			fail_msg("%s: %d, %d, %d", disks[i].name, business, reply, webhook);
		if (live_int(l, "SELECT count(*) FROM alarm") != (disks[i].disk != NULL) ||
		    alarms(l, disks[i].alarm) != (disks[i].disk != NULL))
			fail_msg("%s: alarms", disks[i].name);
		/* Whatever the disk: who says stop is heard. */
		assert_true(live_int(l, "SELECT count(*) FROM consent WHERE act = 2") > 0);
		assert_int_equal(l->received, reply == 200);
		assert_int_equal(atomic_load(&l->core->counters.sends_no_room),
		    (business == 503) + (reply == 503));
		end(l);
	}
}

static int pause_long(struct live *l, struct store_conn *c, struct err *err)
{
	(void)l;
	return pause_set(c, STR("number"), STR(NUMBER), PURPOSE_ALL, NOW + MS_PER_HOUR, STR("ada"),
	    STR("test"), NOW, err);
}

static void held_sends_wait_for_room(void **state)
{
	struct live *l = begin(NULL);

	(void)state;
	live_do(l, pause_long);
	assert_int_equal(
	    live_answer(l, live_send(l, "Prefer: respond-async\r\n", LIVE_BODY), NULL), 202);
	live_rest(l);
	live_clock(NOW + MS_PER_HOUR);
	struct headroom *fine = l->core->headroom;
	const struct headroom_options none = { .low_percent = 100 };
	struct err err = { 0 };
	MUST(headroom_open(l->scratch.dir, &none, &l->core->headroom, &err), &err);
	held_poll(l->lane);
	assert_true(list_is_empty(&l->lane->flows));
	headroom_close(&l->core->headroom);
	l->core->headroom = fine;
	held_poll(l->lane);
	live_rest(l);
	assert_int_equal(l->received, 1);
	end(l);
}

/* --- the clock -------------------------------------------------------------------------------- */

static void watched(struct core_options *o)
{
	o->watch_clock = true;
}

/* The upstream dates its answers by the clock of this process, which stands still: a jump of it is one
 * of ours until the upstream is asked. */
static void a_suspect_clock_closes_the_windows(void **state)
{
	struct live *l = begin(watched);
	struct buf in;

	(void)state;
	buf_init(&in, 0);
	look(l);
	assert_int_equal(live_answer(l, live_send(l, "", LIVE_BODY), NULL), 200);
	assert_int_equal(live_int(l, "SELECT count(*) FROM alarm"), 0);
	live_clock(NOW + 3 * MS_PER_MIN);
	watch_look(watch);
	turn_until(l->loop, "the watch to rest", is_idle, NULL);
	assert_int_equal(alarms(l, "clock.skew"), 1);
	live_clock(NOW + 10 * MS_PER_MIN);
	assert_int_equal(live_answer(l, live_send(l, "", LIVE_BODY), &in), 400);
	assert_non_null(strstr(in.p, "window.closed"));
	live_rest(l);
	assert_int_equal(l->received, 1);
	/* The upstream agrees with our clock after all; it is asked, for nobody else is left to tell. */
	watch_look(watch);
	turn_until(l->loop, "the watch to rest", is_idle, NULL);
	assert_int_equal(alarms(l, "clock.suspect"), 1);
	assert_int_equal(l->received, 2);
	look(l);
	assert_int_equal(alarms(l, "clock.trusted"), 1);
	assert_int_equal(live_answer(l, live_send(l, "", LIVE_BODY), NULL), 200);
	live_rest(l);
	buf_done(&in);
	end(l);
}

/* A change that is seen while the last one is being put on record waits for its turn. */
static void each_change_is_told(void **state)
{
	struct live *l = begin(watched);

	(void)state;
	look(l);
	live_clock(NOW + 3 * MS_PER_MIN);
	watch_look(watch);
	live_clock(NOW);
	watch_look(watch);
	turn_until(l->loop, "the watch to rest", is_idle, NULL);
	assert_int_equal(alarms(l, "clock.skew"), 1);
	look(l);
	assert_int_equal(alarms(l, "clock.trusted"), 1);
	end(l);
}

/* Whoever follows a simulator's clock has no other to compare it with. */
static void a_clock_that_follows_is_not_watched(void **state)
{
	struct live *l = begin(NULL);

	(void)state;
	live_clock(NOW + MS_PER_HOUR);
	look(l);
	assert_int_equal(live_answer(l, live_send(l, "", LIVE_BODY), NULL), 200);
	live_rest(l);
	assert_int_equal(live_int(l, "SELECT count(*) FROM alarm"), 0);
	end(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_disk_still_takes),
		cmocka_unit_test(held_sends_wait_for_room),
		cmocka_unit_test(a_suspect_clock_closes_the_windows),
		cmocka_unit_test(each_change_is_told),
		cmocka_unit_test(a_clock_that_follows_is_not_watched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

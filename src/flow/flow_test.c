/* A send's way through all its steps, with the waiting that the wall clock ends: it stands still here
 * until the test moves it. */
#include "flow/flow.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/template.h"
#include "domain/trip.h"
#include "domain/campaign.h"
#include "flow/own_send.h"
#include "flow/live.h"

#define ASYNC "Prefer: respond-async\r\n"
#define WAITING "Prefer: handling=lenient, respond-async; a=b\r\n"
#define LIVE_BODY_TOO \
	"{\"messaging_product\":\"whatsapp\",\"to\":\"" ALICE "\",\"type\":\"text\"," \
	"\"text\":{\"body\":\"Hello again\"}}"
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

/* A rate, and no fault of the message: the same send goes when the hour is over. */
static void a_name_too_many_comes_again_with_the_hour(void **state)
{
	struct live *l = *state;
	int64_t most = pack_campaign(l->core->pack)->names_max;
	char name[32];
	struct buf in;

	for (int64_t i = 0; i < most; i++) {
		(void)snprintf(name, sizeof(name), "spring_%lld", (long long)i);
		assert_int_equal(
		    campaign_names_take(&l->lane->campaigns, str_c(name), clock_now(), most), 1);
	}
	buf_init(&in, 0);
	int fd = live_send(l, "Varco-Campaign: summer\r\n", LIVE_BODY);
	assert_int_equal(live_answer(l, fd, &in), 429);
	buf_add_char(&in, '\0');
	assert_non_null(strstr(in.p, "Retry-After: "));
	assert_non_null(strstr(in.p, "\"code\":4,"));
	buf_done(&in);
	fd = live_send(l, "Varco-Campaign: spring_0\r\n", LIVE_BODY);
	assert_int_equal(live_answer(l, fd, NULL), 200);
	live_rest(l);
	assert_int_equal(l->received, 1);
}

#define SHIPPED \
	"{\"messaging_product\":\"whatsapp\",\"to\":\"" ALICE "\",\"type\":\"template\"," \
	"\"template\":{\"name\":\"shipped\",\"language\":{\"code\":\"it\"}}}"

static int put_template(struct store_conn *c, const char *definition, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	const struct json *d = NULL;
	bool created;
	int r = json_read(a, str_c(definition), &d, err);

	if (r == 0)
		r = template_put(c, STR(WABA), d, true, NOW, &created, err);
	arena_free(&a);
	return r;
}

static int add_template(struct live *l, struct store_conn *c, struct err *err)
{
	const struct integration_values wider = {
		.purposes = PURPOSE_BIT(PURPOSE_UTILITY),
		.purposes_given = true,
	};
	int r = put_template(c,
	    "{\"name\":\"shipped\",\"language\":\"it\",\"category\":\"UTILITY\",\"components\":"
	    "[{\"type\":\"BODY\",\"text\":\"On its way.\"}]}",
	    err);

	return r == 0 ? integration_set(c, &l->core->key, str_c(l->app), &wider, NOW, err) : r;
}

/* A change that stays in its transaction until somebody else has gone as far as the writer's queue. */
struct slow_change {
	struct live_job job;
	atomic_int stage; /* 1 it runs, 2 it may go on, 3 it is over */
	int rc;
};

static int change_slowly(struct write_job *job, struct store_conn *c, struct err *err)
{
	struct slow_change *s = (struct slow_change *)((char *)job -
	    offsetof(struct slow_change, job.job));

	atomic_store(&s->stage, 1);
	while (atomic_load(&s->stage) == 1)
		sched_yield();
	int r = put_template(c,
	    "{\"name\":\"shipped\",\"language\":\"it\",\"category\":\"UTILITY\",\"components\":"
	    "[{\"type\":\"BODY\",\"text\":\"Munizioni calibro 9 in pronta consegna, ordina qui.\"}]}",
	    err);
	core_directory_changed(s->job.live->core);
	return r;
}

static void change_over(struct write_job *job, int rc)
{
	struct slow_change *s = (struct slow_change *)((char *)job -
	    offsetof(struct slow_change, job.job));

	s->rc = rc;
	atomic_store(&s->stage, 3);
}

static bool change_runs(void *arg)
{
	return atomic_load(&((struct slow_change *)arg)->stage) == 1;
}

static bool one_waits(void *arg)
{
	return writer_waiting(((struct live *)arg)->core->writer) == 1;
}

static bool change_is_over(void *arg)
{
	return atomic_load(&((struct slow_change *)arg)->stage) == 3;
}

/* What the loop foresaw by a text that changed before the decision is not believed. */
static void a_text_that_changes_on_the_way_is_judged(void **state)
{
	struct live *l = *state;
	struct slow_change s = { .job = { .live = l } };
	struct buf in;

	live_do(l, add_template);
	assert_int_equal(live_answer(l, live_send(l, "", SHIPPED), NULL), 200);
	live_rest(l);
	live_clock(NOW + MS_PER_HOUR); /* or it were the same message twice */
	s.job.job.run = change_slowly;
	s.job.job.done = change_over;
	assert_true(writer_submit(l->core->writer, &s.job.job));
	turn_until(l->loop, "the change to begin", change_runs, &s);
	int fd = live_send(l, "", SHIPPED);
	turn_until(l->loop, "the send to wait for the writer", one_waits, l);
	atomic_store(&s.stage, 2);
	buf_init(&in, 0);
	assert_int_not_equal(live_answer(l, fd, &in), 200);
	assert_non_null(strstr(in.p, "content.prohibited"));
	buf_done(&in);
	turn_until(l->loop, "the change to end", change_is_over, &s);
	if (s.rc < 0)
		fail_msg("%s", s.job.job.err.text);
	live_rest(l);
	assert_int_equal(l->received, 1);
}

static bool meta_was_asked(void *arg)
{
	return ((struct live *)arg)->unanswered != NULL;
}

static int write_signals(struct live *l, struct store_conn *c, struct err *err)
{
	bool paused;

	return trip_write(
	    l->core->signals, c, l->core->pack, &l->core->ids, clock_now(), &paused, err);
}

/* The status overtakes the answer that it is about: it has counted the send, and the answer does not
 * count it once more. */
static void a_status_before_its_answer_is_counted_once(void **state)
{
	static const char *const statuses[] = { "sent", "delivered", "sent" };
	struct live *l = *state;
	char token[120], body[900];

	live_do(l, add_template);
	l->status = 0;
	int fd = live_send(l, "", SHIPPED);
	turn_until(l->loop, "Meta to be asked", meta_was_asked, l);
	const char *at = strstr(l->sent.p, "\"v1.dec_");
	assert_non_null(at);
	(void)snprintf(token, sizeof(token), "%.*s", (int)strcspn(at + 1, "\""), at + 1);
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
		(void)snprintf(body, sizeof(body),
		    "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"" WABA "\","
		    "\"changes\":[{\"field\":\"messages\",\"value\":{\"messaging_product\":"
		    "\"whatsapp\",\"metadata\":{\"display_phone_number\":\"393331234500\","
		    "\"phone_number_id\":\"" NUMBER "\"},\"statuses\":[{\"id\":\"wamid.7\","
		    "\"status\":\"%s\",\"timestamp\":\"1795341600\","
		    "\"recipient_id\":\"393331234510\",\"biz_opaque_callback_data\":\"%s\"}]}}]}]}",
		    statuses[i], token);
		assert_int_equal(live_answer(l, live_webhook(l, body), NULL), 200);
	}
	http_respond_json(l->unanswered, 200, NULL, 0, STR(ACCEPTED));
	l->status = 200;
	assert_int_equal(live_answer(l, fd, NULL), 200);
	live_rest(l);
	live_do(l, write_signals);
	/* 0 is "sent", 2 is "delivered" (signal.h) */
	assert_int_equal(live_int(l,
			     "SELECT coalesce(sum(n), 0) FROM signal_hour"
			     " WHERE scope = 1 AND what = 0"),
	    1);
	assert_int_equal(live_int(l,
			     "SELECT coalesce(sum(n), 0) FROM signal_hour"
			     " WHERE scope = 1 AND what = 2"),
	    1);
	assert_int_equal(live_int(l, "SELECT count(*) FROM decision"), 1);
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
	assert_int_equal(live_answer(l, live_send(l, WAITING, LIVE_BODY), NULL), 202);
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

static int let_wait(struct live *l, struct store_conn *c, struct err *err)
{
	(void)l;
	return store_do(c, err, "UPDATE contact SET waits_since = ?1", "m", NOW);
}

/* Nothing more is asked of the store by sends to people who wait for nothing. */
static void an_answer_ends_the_waiting(void **state)
{
	struct live *l = *state;

	live_do(l, let_wait);
	l->status = 400;
	l->answer = "{\"error\":{\"message\":\"no\",\"code\":100}}";
	assert_int_equal(live_answer(l, live_send(l, "", LIVE_BODY), NULL), 400);
	live_rest(l);
	assert_int_equal(
	    live_int(l, "SELECT count(*) FROM contact WHERE waits_since IS NOT NULL"), 1);
	l->status = 200;
	l->answer = ACCEPTED;
	assert_int_equal(live_answer(l, live_send(l, "", LIVE_BODY_TOO), NULL), 200);
	live_rest(l);
	assert_int_equal(
	    live_int(l, "SELECT count(*) FROM contact WHERE waits_since IS NOT NULL"), 0);
}

static bool flow_began(void *arg)
{
	struct live *l = arg;

	return !list_is_empty(&l->lane->flows);
}

static int pause_number(struct live *l, struct store_conn *c, struct err *err)
{
	(void)l;
	return pause_set(c, STR("number"), STR(NUMBER), PURPOSE_SERVICE, TIME_NONE, STR("ada"),
	    STR("test"), NOW, err);
}

static int pause_campaign(struct live *l, struct store_conn *c, struct err *err)
{
	(void)l;
	return pause_set(c, STR("campaign"), STR("spring"), PURPOSE_ALL, TIME_NONE, STR("ada"),
	    STR("test"), NOW, err);
}

static int pause_other_purpose(struct live *l, struct store_conn *c, struct err *err)
{
	(void)l;
	return pause_set(c, STR("number"), STR(NUMBER), PURPOSE_MARKETING, TIME_NONE, STR("ada"),
	    STR("test"), NOW, err);
}

static const struct {
	const char *name, *headers;
	int (*pause)(struct live *l, struct store_conn *c, struct err *err);
	int status;
} pauses[] = {
	{ "of the number", "", pause_number, 503 },
	{ "of its campaign", "Varco-Campaign: spring\r\n", pause_campaign, 503 },
	{ "of another campaign", "Varco-Campaign: summer\r\n", pause_campaign, 200 },
	{ "of another purpose", "", pause_other_purpose, 200 },
};

/* On record as `sending`, but the loop has not taken it from the writer yet: a pause that is acknowledged now
 * comes before the first byte. */
static void a_pause_comes_before_the_first_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pauses); i++) {
		struct live world, *l = &world;
		live_open(l);
		int fd = live_send(l, pauses[i].headers, LIVE_BODY);
		turn_until(l->loop, "the send", flow_began, l);
		while (live_int(l, "SELECT count(*) FROM decision WHERE state = 9") == 0)
			(void)poll(NULL, 0, 1);
		live_do(l, pauses[i].pause);
		atomic_fetch_add(&l->core->stops, 1); /* as every job with a fence does */
		int status = live_answer(l, fd, NULL);
		live_rest(l);
		if (status != pauses[i].status || l->received != (status == 200))
			fail_msg("%s: %d, %zu sent", pauses[i].name, status, l->received);
		live_close(l);
	}
}

#define CAMPAIGN 7

static struct campaign campaign_of_live(enum campaign_state state)
{
	return (struct campaign){ .id = CAMPAIGN,
		.at = NOW,
		.state = state,
		.name = STR("Sandals"),
		.number = STR(NUMBER),
		.waba = STR(WABA),
		.plan = STR("{}"),
		.by = STR("Marta Neri"),
		.approved_at = TIME_NONE,
		.released_at = TIME_NONE,
		.starts_at = TIME_NONE,
		.ended_at = TIME_NONE,
		.next_at = TIME_NONE,
		.preflight_at = TIME_NONE,
		.choice = -1 };
}

/* A send of a campaign of our own is due. */
static int queue_of_campaign(struct live *l, struct store_conn *c, struct err *err)
{
	const struct campaign x = campaign_of_live(CAMPAIGN_RUNNING);
	struct arena *a = arena_new(0, 0);
	const struct directory *d;
	char id[ID_TEXT_MAX];
	uint64_t decision;

	assert_non_null(a);
	id_format(CAMPAIGN_PREFIX, CAMPAIGN, id);
	int r = campaign_add(c, &x, err);
	if (r == 0)
		r = core_directory_now(l->core, c, &d, err);
	if (r == 0) {
		const struct own_send s = { .campaign = str_c(id),
			.number = directory_number(d, STR(NUMBER)),
			.body = STR(LIVE_BODY),
			.expires_at = NOW + MS_PER_DAY };
		r = own_send_queue(l->core, c, &s, NOW, a, &decision, err);
	}
	arena_free(&a);
	return r;
}

static int hold_campaign(struct live *l, struct store_conn *c, struct err *err)
{
	const struct campaign x = campaign_of_live(CAMPAIGN_HELD);

	(void)l;
	return campaign_update(c, &x, NOW, err);
}

static int suspend_list(struct live *l, struct store_conn *c, struct err *err)
{
	int r = store_do(c, err,
	    "INSERT INTO campaign_member (campaign, seq, fate, decision, due_at, wave, variant, source)"
	    " SELECT ?1, 1, 2, id, 0, 1, 0, 'fair' FROM decision",
	    "i", (int64_t)CAMPAIGN);

	(void)l;
	return r < 0 ? r
		     : store_do(c, err,
			   "INSERT INTO source_list (name, at, made_by, suspended, open)"
			   " VALUES ('fair', 1, 'admin', 1, 0)",
			   "");
}

static int look_at_campaign(struct live *l, struct store_conn *c, struct err *err)
{
	(void)l;
	(void)c;
	(void)err;
	return 0;
}

/* On record as `sending`, and its campaign is held before the first byte: it stays here. */
static void a_held_campaign_comes_before_the_first_byte(void **state)
{
	static const struct {
		const char *name;
		int (*deed)(struct live *l, struct store_conn *c, struct err *err);
		size_t sent;
	} cases[] = {
		{ "held", hold_campaign, 0 },
		{ "its list suspended", suspend_list, 0 },
		{ "only looked at", look_at_campaign, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct live world, *l = &world;
		live_open(l);
		live_do(l, queue_of_campaign);
		held_poll(l->lane);
		/* The writer is through with all that it was given, and the loop has taken none of it. */
		for (live_do(l, look_at_campaign);
		    live_int(l, "SELECT count(*) FROM decision WHERE state = 3") == 0;
		    live_do(l, look_at_campaign))
			turn(l->loop);
		live_do(l, cases[i].deed);
		atomic_fetch_add(&l->core->stops, 1); /* as every job with a fence does */
		live_rest(l);
		if (l->received != cases[i].sent ||
		    live_int(l, "SELECT count(*) FROM decision WHERE state = 15") !=
			(int64_t)!cases[i].sent)
			fail_msg("%s: %zu sent", cases[i].name, l->received);
		live_close(l);
	}
}

static sem_t may_cancel;

static int cancel_on_record(struct lane_job *j, struct store_conn *c, struct err *err)
{
	(void)j;
	while (sem_wait(&may_cancel) < 0)
		;
	return store_do(c, err, "UPDATE decision SET state = 17", "");
}

static void on_cancelled(struct lane_job *j)
{
	assert_int_equal(j->rc, 0);
}

/* It was due, and the writer has a cancellation before it: nothing is against it, but it is not to be sent any more. The
 * judgement finds that out, and the gateway lives on. */
static void a_send_may_be_cancelled_before_it_is_judged(void **state)
{
	struct lane_job cancel = { .run = cancel_on_record, .back = on_cancelled };
	struct live world, *l = &world;

	(void)state;
	live_open(l);
	live_do(l, queue_of_campaign);
	assert_int_equal(sem_init(&may_cancel, 0, 0), 0);
	assert_true(lane_submit(l->lane, &cancel));
	held_poll(l->lane);
	assert_int_equal(sem_post(&may_cancel), 0);
	live_rest(l);
	assert_int_equal(l->received, 0);
	assert_int_equal(live_int(l, "SELECT count(*) FROM decision WHERE state = 17"), 1);
	live_close(l);
	sem_destroy(&may_cancel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(a_send_goes_its_way),
		LIVE_TEST(a_name_too_many_comes_again_with_the_hour),
		LIVE_TEST(a_text_that_changes_on_the_way_is_judged),
		LIVE_TEST(a_status_before_its_answer_is_counted_once),
		LIVE_TEST(typing_for_whoever_wrote),
		LIVE_TEST(a_short_hold_is_waited_out),
		LIVE_TEST(who_leaves_while_waiting_sends_nothing),
		LIVE_TEST(a_hold_that_goes_on_is_answered),
		LIVE_TEST(a_held_send_goes_when_it_may),
		LIVE_TEST(a_held_send_expires),
		LIVE_TEST(an_answer_ends_the_waiting),
		cmocka_unit_test(a_pause_comes_before_the_first_byte),
		cmocka_unit_test(a_held_campaign_comes_before_the_first_byte),
		cmocka_unit_test(a_send_may_be_cancelled_before_it_is_judged),
		cmocka_unit_test(what_cannot_be_read_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

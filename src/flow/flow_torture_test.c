/* Sends and webhooks through the real steps, each time with another allocation failing, on the loop
 * or on the writer, once or from then on. Whatever fails: what was acknowledged is durable, nothing
 * leaves without a record or twice, a failure of ours is never told as a verdict on the message, and
 * every flow ends. */
#include "flow/flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/log.h"
#include "flow/live.h"

enum side {
	ON_LOOP,
	ON_LOOP_ON_AND_ON, /* from then on, for SHORTAGE_TURNS of the loop */
	ON_WRITER,
	IN_ARENAS, /* those of the flow end ARENA_STEP bytes later each time */
	AT_GROWTH, /* they need more there, get none once, and then as much as they like */
};

static const char *const side_names[] = {
	[ON_LOOP] = "on the loop",
	[ON_LOOP_ON_AND_ON] = "on the loop, and all behind it",
	[ON_WRITER] = "on the writer",
	[IN_ARENAS] = "in arenas that end there",
	[AT_GROWTH] = "in arenas that grow there",
};

#define SHORTAGE_TURNS 30
#define SMALL_ARENAS 4
#define ARENA_STEP 96
#define ARENA_EDGES 208 /* behind the last of them, 20 KB, an ordinary send has all it needs */

static struct {
	struct live live;
	enum side side;
	long nth, made; /* on that side */
	bool armed;
	struct buf text; /* of the request; roomy, so that the client never allocates */
	struct buf answer;
} t;

/* --- failing ---------------------------------------------------------------------------------- */

/* Behind the commit of a job that does nothing: what the writer allocates for itself is over. */
struct switch_job {
	struct write_job job;
	bool on;
	atomic_bool done;
};

static int do_nothing(struct write_job *job, struct store_conn *c, struct err *err)
{
	(void)job;
	(void)c;
	(void)err;
	return 0;
}

static void on_switched(struct write_job *job, int rc)
{
	struct switch_job *s = (struct switch_job *)((char *)job -
	    offsetof(struct switch_job, job));

	(void)rc;
	if (!s->on)
		t.made = check_allocs();
	check_fail_alloc_after(s->on ? t.nth : -1, false);
	atomic_store(&s->done, true);
}

static void switch_writer(bool on)
{
	struct switch_job s = { .job = { .run = do_nothing, .done = on_switched }, .on = on };

	assert_true(writer_submit(t.live.core->writer, &s.job));
	while (!atomic_load(&s.done))
		(void)poll(NULL, 0, 1);
}

static void empty_arenas(struct lane *l)
{
	while (l->arenas_len)
		arena_free(&l->arenas[--l->arenas_len]);
}

static void fill_arenas(size_t first, size_t max)
{
	struct lane *l = t.live.lane;

	empty_arenas(l);
	while (l->arenas_len < SMALL_ARENAS) {
		l->arenas[l->arenas_len] = arena_new(first, max);
		assert_non_null(l->arenas[l->arenas_len++]);
	}
}

static void arm(void)
{
	t.armed = true;
	/* What lies ready to be used again, or is roomy, would hide allocations. */
	size_t edge = (size_t)(t.nth + 1) * ARENA_STEP;
	fill_arenas(t.side == AT_GROWTH ? edge : 16, t.side == IN_ARENAS ? edge : 1 << 20);
	if (t.side == ON_WRITER)
		switch_writer(true);
	else if (t.side == AT_GROWTH && t.nth < ARENA_EDGES)
		check_fail_alloc_after(t.live.allocs_before, false);
	else if (t.side < IN_ARENAS)
		check_fail_alloc_after(t.nth, t.side == ON_LOOP_ON_AND_ON);
}

static void disarm(void)
{
	if (!t.armed)
		return;
	t.armed = false;
	if (t.side == ON_WRITER) {
		switch_writer(false);
		return;
	}
	if (t.side == IN_ARENAS || t.side == AT_GROWTH) {
		check_fail_alloc_after(-1, false);
		empty_arenas(t.live.lane);
		t.made = ARENA_EDGES;
		return;
	}
	t.made = check_allocs();
	check_fail_alloc_after(-1, false);
}

/* Without any memory a connection waits to be taken: the shortage ends before the answer comes. */
static void suffer(void)
{
	for (int i = 0; t.armed && t.side == ON_LOOP_ON_AND_ON && i < SHORTAGE_TURNS; i++) {
		turn(t.live.loop);
		(void)poll(NULL, 0, 1);
	}
	if (t.side == ON_LOOP_ON_AND_ON)
		disarm();
}

PRINTF_LIKE(1, 2) static void wrong(const char *fmt, ...)
{
	char what[200];
	va_list ap;

	check_fail_alloc_after(-1, false);
	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	fail_msg("allocation %ld %s failed: %s; answer: %.*s", t.nth, side_names[t.side], what,
	    STR_ARG(buf_str(&t.answer)));
}

/* --- requests without allocations ------------------------------------------------------------- */

static void write_request(const char *path, const char *headers, struct str body)
{
	buf_reset(&t.text);
	buf_addf(&t.text,
	    "POST %s HTTP/1.1\r\nHost: gate.example\r\nConnection: close\r\n%sContent-Length: %zu\r\n\r\n",
	    path, headers, body.len);
	buf_add(&t.text, body);
}

static void write_send(const char *headers)
{
	char all[400], body[300];

	(void)snprintf(all, sizeof(all), "Authorization: Bearer %s\r\n%s", t.live.key, headers);
	(void)snprintf(body, sizeof(body),
	    "{\"messaging_product\":\"whatsapp\",\"to\":\"" ALICE "\",\"type\":\"text\","
	    "\"text\":{\"body\":\"%ld %d\"}}",
	    t.nth, (int)t.side);
	write_request("/v25.0/" NUMBER "/messages", all, str_c(body));
}

/* Each time somebody else says it, to whom it is news. */
static void write_webhook(const char *word, long who)
{
	char signature[72], header[120], body[900];

	(void)snprintf(body, sizeof(body),
	    "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"" WABA
	    "\",\"changes\":[{"
	    "\"field\":\"messages\",\"value\":{\"messaging_product\":\"whatsapp\",\"metadata\":{"
	    "\"display_phone_number\":\"393331234500\",\"phone_number_id\":\"" NUMBER "\"},"
	    "\"contacts\":[{\"wa_id\":\"44770090%04ld\"}],\"messages\":[{\"from\":\"44770090%04ld\","
	    "\"id\":\"wamid.%s.%d.%ld\",\"timestamp\":\"%lld\",\"type\":\"text\","
	    "\"text\":{\"body\":\"%s\"}}]}}]}]}",
	    who, who, word, (int)t.side, t.nth, (long long)(clock_now() / MS_PER_S), word);
	webhook_sign(STR(SECRET), str_c(body), signature);
	(void)snprintf(header, sizeof(header), "X-Hub-Signature-256: %s\r\n", signature);
	write_request("/webhooks/meta", header, str_c(body));
}

/* The status, 0 when the connection ended without one. */
static int ask(void)
{
	struct live *l = &t.live;
	int fd = dial_port(port_of(http_server_address(l->gate)));

	buf_reset(&t.answer);
	(void)put(l->loop, fd, buf_str(&t.text));
	suffer();
	(void)take(l->loop, fd, &t.answer, SIZE_MAX);
	close(fd);
	return status_in(buf_str(&t.answer));
}

/* --- the loops -------------------------------------------------------------------------------- */

static void roomy(struct buf *b)
{
	buf_init(b, 0);
	assert_true(buf_reserve(b, 65536));
}

static void open_world(enum side side)
{
	live_open(&t.live);
	t.side = side;
	roomy(&t.text);
	roomy(&t.answer);
	assert_true(buf_reserve(&t.live.sent, 65536));
}

static void close_world(void)
{
	buf_done(&t.text);
	buf_done(&t.answer);
	live_close(&t.live);
}

/* Every allocation of the deed once; it is done at least once undisturbed. */
static void each_allocation(void (*deed)(void))
{
	static const enum side sides[] = { ON_LOOP, ON_LOOP_ON_AND_ON, ON_WRITER, IN_ARENAS,
		AT_GROWTH };

	for (size_t i = 0; i < ARRAY_LEN(sides); i++) {
		open_world(sides[i]);
		t.nth = -1;
		t.made = 0;
		do {
			t.nth++;
			/* No pair is too fast, and every content is new. */
			live_clock(NOW + t.nth * MS_PER_MIN);
			deed();
		} while (t.nth < t.made);
		if (t.nth < 3)
			wrong("the deed allocates next to nothing");
		close_world();
	}
}

/* --- a send ----------------------------------------------------------------------------------- */

static int64_t rows_in(const char *states_sql)
{
	return live_int(&t.live, states_sql);
}

#define IN_STATE(list) "SELECT count(*) FROM decision WHERE state IN (" list ")"
#define HELD_READY_SENDING "1, 2, 3, 9"
#define ACCEPTED_STATE "11"
#define MAYBE_SENT "4, 11"

static bool is_honest(int status)
{
	return status == 0 || status == 200 || status == 202 || status == 503 || status == 504;
}

static void send_once(void)
{
	struct live *l = &t.live;
	size_t received = l->received;
	int64_t accepted = rows_in(IN_STATE(ACCEPTED_STATE)), maybe = rows_in(IN_STATE(MAYBE_SENT));

	write_send("");
	arm();
	int status = ask();
	live_rest(l);
	disarm();
	if (!is_honest(status))
		wrong("status %d", status);
	accepted = rows_in(IN_STATE(ACCEPTED_STATE)) - accepted;
	maybe = rows_in(IN_STATE(MAYBE_SENT)) - maybe;
	received = l->received - received;
	if (status == 200 && accepted != 1)
		wrong("acknowledged, but not on record as accepted");
	if (received > 1)
		wrong("sent %zu times", received);
	if (received && maybe != 1)
		wrong("it left, and the record says it did not");
	if (!received && accepted)
		wrong("it did not leave, and the record says it was accepted");
	if (rows_in(IN_STATE(HELD_READY_SENDING)))
		wrong("a send is still open");
	if (t.nth >= t.made && status != 200)
		wrong("undisturbed, and yet %d", status);
}

static void sends(void **state)
{
	(void)state;
	each_allocation(send_once);
}

/* --- a held send ------------------------------------------------------------------------------ */

static int pause_now(struct live *l, struct store_conn *c, struct err *err)
{
	(void)l;
	return pause_set(c, STR("number"), STR(NUMBER), PURPOSE_ALL, clock_now() + 40 * MS_PER_S,
	    STR("ada"), STR("test"), clock_now(), err);
}

static void hold_once(void)
{
	struct live *l = &t.live;
	int64_t held = rows_in(IN_STATE("1")), boxes = live_int(l, "SELECT count(*) FROM outbox");

	live_do(l, pause_now);
	write_send("Prefer: respond-async\r\n");
	arm();
	int status = ask();
	live_rest(l);
	disarm();
	if (!is_honest(status))
		wrong("status %d", status);
	held = rows_in(IN_STATE("1")) - held;
	boxes = live_int(l, "SELECT count(*) FROM outbox") - boxes;
	if (held != boxes || held > 1)
		wrong("%lld decisions are held by %lld bodies", (long long)held, (long long)boxes);
	if (status == 202 && held != 1)
		wrong("acknowledged, but not on record as held");
	if (t.nth >= t.made && status != 202)
		wrong("undisturbed, and yet %d", status);
}

static void holding(void **state)
{
	(void)state;
	each_allocation(hold_once);
}

/* What was held goes, now or at a later look, and once. */
static void release_once(void)
{
	struct live *l = &t.live;
	size_t received = l->received;

	live_do(l, pause_now);
	write_send("Prefer: respond-async\r\n");
	assert_int_equal(ask(), 202);
	live_rest(l);
	live_clock(clock_now() + 40 * MS_PER_S);
	arm();
	held_poll(l->lane);
	suffer();
	live_rest(l);
	disarm();
	for (int i = 0; i < 3 && rows_in(IN_STATE("1, 2")); i++) {
		held_poll(l->lane);
		live_rest(l);
	}
	if (live_int(l, "SELECT count(*) FROM outbox") || rows_in(IN_STATE(HELD_READY_SENDING)))
		wrong("it still waits");
	if (l->received - received > 1)
		wrong("sent %zu times", l->received - received);
	if (l->received == received && rows_in(IN_STATE("15")) == 0)
		wrong("it never left, and nothing says that it failed");
}

static void releasing(void **state)
{
	(void)state;
	each_allocation(release_once);
}

/* --- a webhook -------------------------------------------------------------------------------- */

/* What stands in the store of a webhook's effects. */
static int64_t effects(const char *word)
{
	struct live *l = &t.live;

	return strcmp(word, "stop") == 0 ? live_int(l, "SELECT count(*) FROM outbox")
					 : live_int(l, "SELECT count(*) FROM consent_post");
}

static void webhook_once_of(const char *word, long who)
{
	struct live *l = &t.live;
	int64_t posts = live_int(l, "SELECT count(*) FROM inbox"),
		forwards = live_int(l, "SELECT count(*) FROM forward"),
		acts = live_int(l, "SELECT count(*) FROM consent"), others = effects(word);

	l->core->options.confirm_opt_out = true;
	write_webhook(word, who);
	arm();
	int status = ask();
	live_rest(l);
	disarm();
	if (!is_honest(status))
		wrong("status %d", status);
	int64_t now = live_int(l, "SELECT count(*) FROM inbox") - posts;
	if (status == 200 && now != 1)
		wrong("acknowledged, but not on record");
	if (t.nth >= t.made && status != 200)
		wrong("undisturbed, and yet %d", status);
	/* Meta posts it again: it counts once. */
	if (ask() != 200)
		wrong("refused when it came again");
	live_rest(l);
	if (live_int(l, "SELECT count(*) FROM inbox") != posts + 1 ||
	    live_int(l, "SELECT count(*) FROM forward") != forwards + 1 ||
	    live_int(l, "SELECT count(*) FROM consent") != acts + 2 || effects(word) != others + 1)
		wrong("its effect is not there once");
}

static void webhook_once(void)
{
	webhook_once_of("stop", t.nth);
}

static void opt_in_once(void)
{
	webhook_once_of("inizia", 500 + t.nth);
}

static void webhooks(void **state)
{
	(void)state;
	each_allocation(webhook_once);
}

static void opt_ins(void **state)
{
	(void)state;
	each_allocation(opt_in_once);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sends),
		cmocka_unit_test(holding),
		cmocka_unit_test(releasing),
		cmocka_unit_test(webhooks),
		cmocka_unit_test(opt_ins),
	};

	log_setup(LOG_ERROR, false);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

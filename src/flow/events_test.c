#include "flow/events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/inbox.h"
#include "domain/trip.h"
#include "flow/world.h"

/* One post of one change of `field` by the WABA `entry`; its facts take effect. */
static struct events_tally post(
    struct world *w, const char *entry, const char *field, const char *value)
{
	struct fixture *f = w->f;
	struct events_tally tally = { 0 };
	struct event_list events;
	const struct json *root;
	struct str raw = arena_printf(f->arena,
	    "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"%s\",\"time\":1795341600,"
	    "\"changes\":[{\"field\":\"%s\",\"value\":%s}]}]}",
	    entry, field, value);

	OK(webhook_read(f->arena, raw, &events, &root, &f->err));
	assert_true(events.len > 0);
	for (size_t i = 0; i < events.len; i++) {
		struct seen_fact fact = { .at = events.items[i].at };
		uint8_t key[32];
		event_key(&events.items[i], key);
		memcpy(fact.key, key, SEEN_KEY_LEN);
		OK(seen_add(w->core.facts, f->conn, &fact, NOW, &f->err));
		struct event_work work = {
			.core = &w->core,
			.c = f->conn,
			.directory = world_directory(w),
			.event = &events.items[i],
			.key = fact.key,
			.now = NOW,
			.arena = f->arena,
			.tally = &tally,
			.err = &f->err,
		};
		OK(events_apply(&work));
	}
	return tally;
}

#define METADATA(number) \
	"\"messaging_product\":\"whatsapp\",\"metadata\":{\"display_phone_number\":\"393331234599\"," \
	"\"phone_number_id\":\"" number "\"}"
#define CONTACTS "\"contacts\":[{\"profile\":{\"name\":\"Alice\"},\"wa_id\":\"393331234510\"}]"
#define TEXT(id, body) \
	"{\"from\":\"393331234510\",\"id\":\"" id \
	"\",\"timestamp\":\"1795341000\",\"type\":\"text\"," \
	"\"text\":{\"body\":\"" body "\"}}"

#define MESSAGE(number, id, body) \
	"{" METADATA(number) "," CONTACTS ",\"messages\":[" TEXT(id, body) "]}"

static void a_message_opens_the_window(void **state)
{
	struct world w;

	world_make(&w, *state);
	struct events_tally t = post(
	    &w, "900800700", "messages", MESSAGE(NUMBER, "wamid.1", "Hello"));
	assert_int_equal(t.opt_outs, 0);
	assert_int_equal(
	    COUNT_OF(&w, "SELECT last_inbound_at FROM contact WHERE number = '" NUMBER "'"),
	    1795341000000);
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM consent"), 0);
	world_done(&w);
}

static void a_word_withdraws(void **state)
{
	struct world w;

	world_make(&w, *state);
	struct events_tally t = post(
	    &w, "900800700", "messages", MESSAGE(NUMBER, "wamid.1", " Stop "));
	assert_int_equal(t.opt_outs, 1);
	assert_true(COUNT_OF(&w, "SELECT count(*) FROM consent WHERE evidence = 0") > 0);
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM consent WHERE evidence <> 0"), 0);
	world_done(&w);
}

/* The app secret of one account is no leave to speak for another. */
static void another_accounts_number_is_left_alone(void **state)
{
	struct world w;

	world_make(&w, *state);
	struct events_tally t = post(
	    &w, "900800701", "messages", MESSAGE(NUMBER, "wamid.1", "Stop"));
	assert_int_equal(t.opt_outs, 0);
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM contact"), 0);
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM consent"), 0);
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM forward"), 0);
	(void)post(&w, "900800700", "phone_number_quality_update",
	    "{\"display_phone_number\":\"393331234599\",\"event\":\"FLAGGED\"}");
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM number WHERE status = 'FLAGGED'"), 0);
	(void)post(&w, "900800701", "phone_number_quality_update",
	    "{\"display_phone_number\":\"393331234599\",\"event\":\"FLAGGED\"}");
	assert_int_equal(COUNT_OF(&w,
			     "SELECT count(*) FROM number WHERE status = 'FLAGGED'"
			     " AND id = '" OTHER_NUMBER "'"),
	    1);
	world_done(&w);
}

static const struct {
	const char *value;
	int64_t limit; /* -1 = none */
} limits[] = {
	{ "\"TIER_10K\"", 10000 },
	{ "250", 250 },
	{ "\"TIER_OF_TOMORROW\"", 250 },
	{ "-1", -1 },
	{ "\"TIER_2K\"", 2000 },
	{ "0", 2000 }, /* makes no sense: what was, stays */
	{ "\"TIER_UNLIMITED\"", -1 },
};

static void meta_tells_the_limit(void **state)
{
	struct world w;

	world_make(&w, *state);
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		char value[100];
		snprintf(value, sizeof(value),
		    "{\"n\":%zu,\"max_daily_conversations_per_business\":%s}", i, limits[i].value);
		(void)post(&w, "900800700", "business_capability_update", value);
		if (COUNT_OF(
			&w, "SELECT coalesce(people_limit, -1) FROM portfolio WHERE id = '500'") !=
		    limits[i].limit)
			fail_msg("%s", limits[i].value);
	}
	world_done(&w);
}

/* --- statuses --------------------------------------------------------------------------------- */

static uint64_t add_send(struct world *w, enum send_state state, time_ms at)
{
	struct fixture *f = w->f;
	struct journal_entry e = {
		.id = id_next(&w->core.ids, at),
		.at = at,
		.updated_at = at,
		.hold_until = TIME_NONE,
		.app = str_c(w->app),
		.number = STR(NUMBER),
		.waba = STR("900800700"),
		.person = world_person(w, ALICE),
		.purpose = PURPOSE_MARKETING,
		.kind = MESSAGE_TEMPLATE,
		.verdict = VERDICT_ALLOW,
		.mode = MODE_ENFORCE,
		.state = state,
		.counted = BUDGET_PORTFOLIO,
		.template_name = STR("sale/it"),
		.callback = STR("order-17"),
		.policy = STR("test"),
	};

	OK(journal_add(f->conn, &w->core.ledger, &e, &f->err));
	return e.id;
}

static struct events_tally tell_status(
    struct world *w, const char *id, const char *token, const char *status)
{
	const char *errors = strcmp(status, "failed") == 0 ? ",\"errors\":[{\"code\":131026}]" : "";
	struct str value = arena_printf(w->f->arena,
	    "{" METADATA(NUMBER) ",\"statuses\":[{\"id\":\"%s\",\"status\":\"%s\","
				 "\"timestamp\":\"1795341600\",\"recipient_id\":\"393331234510\","
				 "\"biz_opaque_callback_data\":\"%s\"%s}]}",
	    id, status, token, errors);

	return post(w, "900800700", "messages", value.p);
}

static const struct {
	const char *name, *status[3];
	enum send_state from;
	const char *end; /* a literal for the store */
} orders[] = {
	{ "in order", { "sent", "delivered", "read" }, SEND_ACCEPTED, "read" },
	{ "backwards", { "read", "delivered", "sent" }, SEND_ACCEPTED, "read" },
	{ "failed does not overwrite", { "delivered", "failed", "sent" }, SEND_ACCEPTED,
	    "delivered" },
	{ "Meta thought again", { "failed", "delivered", "sent" }, SEND_ACCEPTED, "delivered" },
	{ "before the answer", { "sent", "sent", "sent" }, SEND_SENDING, "sent" },
	{ "settles the unknown", { "delivered", "x", "sent" }, SEND_UNKNOWN, "delivered" },
	{ "a word of tomorrow", { "x", "y", "z" }, SEND_ACCEPTED, "accepted" },
	{ "late", { "failed", "failed", "failed" }, SEND_UNRESOLVED, "failed" },
};

static void a_status_never_goes_back(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		struct world w;
		char token[TOKEN_MAX];
		struct journal_entry e;
		world_make(&w, f);
		uint64_t id = add_send(&w, orders[i].from, NOW - MINUTE);
		journal_token(&f->key, id, token);
		for (size_t k = 0; k < 3; k++)
			(void)tell_status(&w, "wamid.7", token, orders[i].status[k]);
		OK(journal_get(f->conn, id, f->arena, &e, &f->err));
		if (strcmp(send_state_name(e.state), orders[i].end) != 0)
			fail_msg("%s: %s", orders[i].name, send_state_name(e.state));
		world_done(&w);
		store_rollback(f->conn);
		OK(store_begin(f->conn, &f->err));
		OK(ledger_load(f->conn, STR("test"), &f->ledger, &f->err));
	}
}

/* What the circuit breaker hears of one marketing send: the bits of signal.h, in its order, in the
 * hour of the status and, for what came to people and was read, of the send. */
static void statuses_are_counted_once(void **state)
{
	static const struct {
		const char *name, *status[3];
		enum send_state from;
		int64_t counts[SIGNALS];
	} rows[] = {
		{ "read", { "sent", "delivered", "read" }, SEND_ACCEPTED,
		    { 0, 0, 1, 0, 0, 0, 0, 1, 1 } },
		{ "read at once", { "read", "read", "delivered" }, SEND_ACCEPTED,
		    { 0, 0, 1, 0, 0, 0, 0, 1, 1 } },
		{ "delivered twice", { "delivered", "delivered", "sent" }, SEND_ACCEPTED,
		    { 0, 0, 1, 0, 0, 0, 0, 1, 0 } },
		{ "failed", { "failed", "failed", "failed" }, SEND_ACCEPTED,
		    { 0, 0, 0, 0, 1, 1, 0, 0, 0 } },
		{ "sent only", { "sent", "sent", "sent" }, SEND_ACCEPTED,
		    { 0, 0, 0, 0, 0, 0, 0, 0, 0 } },
		{ "no answer came", { "sent", "delivered", "delivered" }, SEND_UNKNOWN,
		    { 1, 1, 1, 0, 0, 0, 0, 1, 0 } },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fixture *f = *state;
		struct signal_counts counts;
		struct world w;
		char token[TOKEN_MAX];
		bool paused;
		world_make(&w, f);
		journal_token(&f->key, add_send(&w, rows[i].from, NOW - MINUTE), token);
		for (size_t k = 0; k < 3; k++)
			(void)tell_status(&w, "wamid.7", token, rows[i].status[k]);
		OK(trip_write(
		    w.core.signals, f->conn, f->pack, &w.core.ids, NOW, &paused, &f->err));
		OK(signals_sum(f->conn, SIGNAL_OF_TEMPLATE, STR("900800700/sale/it"), NOW - DAY,
		    NOW + DAY, &counts, &f->err));
		if (memcmp(counts.n, rows[i].counts, sizeof(counts.n)) != 0)
			fail_msg("%s", rows[i].name);
		world_done(&w);
		store_rollback(f->conn);
		OK(store_begin(f->conn, &f->err));
		OK(ledger_load(f->conn, STR("test"), &f->ledger, &f->err));
	}
}

/* Whose message it was is found by our token alone; a forged one is nobody's. */
static void what_nobody_sent_raises_the_alarm(void **state)
{
	static const struct {
		const char *status;
		uint64_t alarms;
	} rows[] = { { "sent", 1 }, { "delivered", 1 }, { "read", 1 }, { "failed", 0 } };
	struct world w;
	char token[TOKEN_MAX];

	world_make(&w, *state);
	journal_token(&w.f->key, add_send(&w, SEND_ACCEPTED, NOW - MINUTE), token);
	token[strlen(token) - 1] = token[strlen(token) - 1] == '0' ? '1' : '0';
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct events_tally t = tell_status(&w, "wamid.stranger", token, rows[i].status);
		if (t.bypasses != rows[i].alarms)
			fail_msg("%s", rows[i].status);
	}
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM alarm"), 3);
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM decision WHERE state = 11"), 1);
	world_done(&w);
}

/* --- what apps hear --------------------------------------------------------------------------- */

static struct str forwarded(struct world *w, const char *app)
{
	struct fixture *f = w->f;
	struct forward_entry *list;
	struct forward_ask ask = { .app = str_c(app), .limit = 10, .max_bytes = 1 << 20 };
	size_t n;

	OK(forward_due(f->conn, &f->key, &ask, NOW, f->arena, &list, &n, &f->err));
	assert_int_equal(n, 1);
	return list[0].body;
}

static void an_app_hears_its_own_word_again(void **state)
{
	struct world w;
	char token[TOKEN_MAX];

	world_make(&w, *state);
	journal_token(&w.f->key, add_send(&w, SEND_ACCEPTED, NOW - MINUTE), token);
	(void)tell_status(&w, "wamid.7", token, "sent");
	struct str body = forwarded(&w, w.app);
	assert_non_null(strstr(body.p, "\"biz_opaque_callback_data\":\"order-17\""));
	assert_null(strstr(body.p, token));
	assert_non_null(strstr(body.p, "\"status\":\"sent\""));
	assert_non_null(strstr(body.p, "\"field\":\"messages\""));
	assert_non_null(strstr(body.p, "\"id\":\"900800700\""));
	world_done(&w);
}

static void an_app_hears_one_fact_at_a_time(void **state)
{
	struct world w;

	world_make(&w, *state);
	(void)post(&w, "900800700", "messages", MESSAGE(NUMBER, "wamid.1", "Hello"));
	struct str body = forwarded(&w, w.app);
	assert_non_null(strstr(body.p, "\"id\":\"wamid.1\""));
	assert_non_null(strstr(body.p, "\"wa_id\":\"393331234510\""));
	assert_non_null(strstr(body.p, "\"phone_number_id\":\"" NUMBER "\""));
	/* The other app has another number. */
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM forward"), 1);
	world_done(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(a_message_opens_the_window),
		FIXTURE_TEST(a_word_withdraws),
		FIXTURE_TEST(another_accounts_number_is_left_alone),
		FIXTURE_TEST(meta_tells_the_limit),
		FIXTURE_TEST(a_status_never_goes_back),
		FIXTURE_TEST(statuses_are_counted_once),
		FIXTURE_TEST(what_nobody_sent_raises_the_alarm),
		FIXTURE_TEST(an_app_hears_its_own_word_again),
		FIXTURE_TEST(an_app_hears_one_fact_at_a_time),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

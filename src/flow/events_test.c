#include "flow/events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/inbox.h"
#include "domain/template.h"
#include "domain/trip.h"
#include "flow/world.h"

static int posts; /* each is a second younger than the one before */

/* One post of one change of `field` by the WABA `entry`; its facts take effect. */
static struct events_tally post(
    struct world *w, const char *entry, const char *field, const char *value)
{
	struct fixture *f = w->f;
	struct events_tally tally = { 0 };
	struct event_list events;
	const struct json *root;
	struct str raw = arena_printf(f->arena,
	    "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"%s\",\"time\":%lld,"
	    "\"changes\":[{\"field\":\"%s\",\"value\":%s}]}]}",
	    entry, (long long)(NOW / MS_PER_S - 900 + posts++), field, value);

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

#define TOLD_QUALITY(score) \
	"{\"new_quality_score\":\"" score \
	"\",\"message_template_name\":\"offer\",\"message_template_language\":\"it\"}"
#define PAUSES "SELECT count(*) FROM pause WHERE scope = 'template' AND made_by = 'breaker'"

/* And goes on by itself, but not over a pause that a person made. */
static void a_red_template_is_paused(void **state)
{
	struct fixture *f = *state;
	const struct json *d = NULL;
	struct world w;
	bool created;

	world_make(&w, f);
	OK(json_read(f->arena,
	    STR("{\"name\":\"offer\",\"language\":\"it\",\"category\":\"MARKETING\"}"), &d,
	    &f->err));
	OK(template_put(f->conn, STR("900800700"), d, false, NOW, &created, &f->err));
	(void)post(&w, "900800700", "message_template_quality_update", TOLD_QUALITY("YELLOW"));
	assert_int_equal(COUNT_OF(&w, PAUSES), 0);
	(void)post(&w, "900800700", "message_template_quality_update", TOLD_QUALITY("RED"));
	assert_int_equal(COUNT_OF(&w, PAUSES), 1);
	(void)post(&w, "900800700", "message_template_quality_update", TOLD_QUALITY("GREEN"));
	assert_int_equal(COUNT_OF(&w, PAUSES), 0);
	OK(pause_set(f->conn, STR("template"), STR("900800700/offer/it"), PURPOSE_MARKETING,
	    TIME_NONE, STR("ada"), STR("a reason"), NOW, &f->err));
	(void)post(&w, "900800700", "message_template_quality_update", TOLD_QUALITY("RED"));
	(void)post(&w, "900800700", "message_template_quality_update", TOLD_QUALITY("GREEN"));
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM pause WHERE made_by = 'ada'"), 1);
	world_done(&w);
}

/* A word, or several of which the widest counts; what is neither is a word that nobody knows, which stops what
 * the account begins. */
static void a_ban_in_any_shape(void **state)
{
	static const struct {
		const char *ban, *state;
	} rows[] = {
		{ "\"DISABLE\"", "disabled" },
		{ "[\"DISABLE\"]", "disabled" },
		{ "[\"REINSTATE\"]", "active" },
		{ "[\"SCHEDULE_FOR_DISABLE\",\"DISABLE\"]", "disabled" },
		{ "[\"REINSTATE\",\"SCHEDULE_FOR_DISABLE\"]", "scheduled_for_disable" },
		{ "[\"REINSTATE\",\"FROZEN\",\"SCHEDULE_FOR_DISABLE\"]", "FROZEN" },
		{ "[]", "UNKNOWN" },
		{ "[7]", "UNKNOWN" },
		{ "[\"REINSTATE\",{}]", "UNKNOWN" },
		{ "{\"state\":\"REINSTATE\"}", "UNKNOWN" },
		{ "null", "UNKNOWN" },
		{ "\"\"", "UNKNOWN" },
	};
	struct fixture *f = *state;
	struct world w;

	world_make(&w, f);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str value = arena_printf(f->arena,
		    "{\"event\":\"DISABLED_UPDATE\",\"n\":%zu,\"ban_info\":{\"waba_ban_state\":%s}}",
		    i, rows[i].ban);
		struct str was;
		struct store_stmt *s;
		(void)post(&w, "900800700", "account_update", value.p);
		OK(store_ask(f->conn, &s, &f->err, "SELECT state FROM waba WHERE id = ?1", "t",
		    STR("900800700")));
		assert_int_equal(store_step(s, &f->err), 1);
		was = arena_str(f->arena, store_col_text(s, 0));
		store_reset(s);
		if (!str_eq_c(was, rows[i].state))
			fail_msg("%s: %.*s", rows[i].ban, STR_ARG(was));
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
	/* Three words about one message of one hour are one alarm. */
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM alarm"), 1);
	assert_int_equal(COUNT_OF(&w, "SELECT n FROM bypass_hour WHERE coexistence = 0"), 1);
	assert_int_equal(
	    COUNT_OF(&w,
		"SELECT count(*) FROM integration WHERE origin = 'traffic' AND verdict = 'review'"),
	    1);
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM decision WHERE state = 11"), 1);
	world_done(&w);
}

/* Our token is what names a send; whoever leaves it out has its message id, and whom it went to. */
static void a_status_without_our_token(void **state)
{
	static const struct {
		const char *name, *id;
		bool remembered;
		uint64_t bypasses;
	} rows[] = {
		{ "remembered", "wamid.7", true, 0 },
		{ "forgotten, of that person", "wamid.7", false, 0 },
		{ "forgotten, and nobody's", "wamid.8", false, 1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct world w;
		world_make(&w, *state);
		uint64_t id = add_send(&w, SEND_SENDING, NOW - MINUTE);
		assert_int_equal(journal_settle_sending(w.f->conn, id, SEND_ACCEPTED,
				     STR("wamid.7"), 0, NOW, &w.f->err),
		    1);
		if (rows[i].remembered)
			wamids_note(w.core.wamids, STR("wamid.7"), id);
		struct events_tally t = tell_status(&w, rows[i].id, "", "delivered");
		int64_t delivered = COUNT_OF(&w, "SELECT count(*) FROM decision WHERE state = 13");
		if (t.bypasses != rows[i].bypasses || delivered == (int64_t)rows[i].bypasses)
			fail_msg("%s", rows[i].name);
		world_done(&w);
		fixture_rollback(state);
		assert_int_equal(fixture_begin(state), 0);
	}
}

static struct events_tally tell_echo(
    struct world *w, const char *field, const char *id, const char *type)
{
	struct str value = arena_printf(w->f->arena,
	    "{" METADATA(
		NUMBER) ",\"message_echoes\":[{\"id\":\"%s\",\"type\":\"%s\",\"from\":"
			"\"393331234500\",\"to\":\"393331234510\",\"timestamp\":\"1795341600\"}]}",
	    id, type);

	return post(w, "900800700", field, value.p);
}

/* What somebody wrote in the app of a number in coexistence is labelled; what another program sent is
 * not, unless it is a send of ours. */
static void echoes_tell_who_sent(void **state)
{
	struct world w;

	world_make(&w, *state);
	uint64_t own = add_send(&w, SEND_SENDING, NOW - MINUTE);
	assert_int_equal(journal_settle_sending(
			     w.f->conn, own, SEND_ACCEPTED, STR("wamid.ours"), 0, NOW, &w.f->err),
	    1);
	wamids_note(w.core.wamids, STR("wamid.ours"), own);
	assert_int_equal(tell_echo(&w, "message_echoes", "wamid.ours", "text").bypasses, 0);
	assert_int_equal(tell_echo(&w, "smb_message_echoes", "wamid.app", "text").bypasses, 0);
	assert_int_equal(tell_echo(&w, "smb_message_echoes", "wamid.gone", "revoke").bypasses, 0);
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM alarm"), 0);
	assert_int_equal(COUNT_OF(&w, "SELECT n FROM bypass_hour WHERE coexistence = 1"), 1);
	/* Its status is no other message. */
	(void)tell_status(&w, "wamid.app", "", "sent");
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM alarm"), 0);
	assert_int_equal(tell_echo(&w, "message_echoes", "wamid.other", "text").bypasses, 1);
	assert_int_equal(
	    COUNT_OF(&w, "SELECT count(*) FROM alarm WHERE kind = 'bypass.detected'"), 1);
	assert_int_equal(
	    COUNT_OF(&w, "SELECT count(*) FROM integration WHERE origin = 'traffic'"), 2);
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

static void has_number(struct world *w, const char *status, const char *name)
{
	struct fixture *f = w->f;
	int64_t one;

	if (store_ask_int(f->conn, &one, &f->err,
		"SELECT 1 FROM number WHERE id = '" OTHER_NUMBER "' AND status = ?1"
		" AND coalesce(verified_name, '') = ?2",
		"tt", str_c(status), str_c(name)) != 1)
		fail_msg("not %s %s", status, name);
}

#define OF_NUMBER "{\"display_phone_number\":\"393331234599\","

static void a_lifted_flag_opens_nothing_else(void **state)
{
	static const char raised[] = OF_NUMBER "\"event\":\"FLAGGED\"}";
	static const char lifted[] = OF_NUMBER "\"event\":\"UNFLAGGED\"}";
	static const struct {
		const char *status, *value, *after;
	} rows[] = {
		{ "CONNECTED", raised, "FLAGGED" },
		{ "FLAGGED", lifted, "CONNECTED" },
		{ "DISCONNECTED", lifted, "DISCONNECTED" },
		{ "BANNED", raised, "BANNED" },
		{ "BANNED", lifted, "BANNED" },
	};
	struct fixture *f = *state;
	struct world w;

	world_make(&w, f);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		OK(store_do(
		    f->conn, &f->err, "UPDATE number SET status = ?1", "t", str_c(rows[i].status)));
		(void)post(&w, "900800701", "phone_number_quality_update", rows[i].value);
		has_number(&w, rows[i].after, "");
	}
	(void)post(&w, "900800701", "account_update",
	    "{\"phone_number\":\"393331234599\",\"event\":\"ACCOUNT_RECONNECTED\"}");
	has_number(&w, "BANNED", "");
	/* lifted before it was heard of */
	OK(store_do(f->conn, &f->err, "UPDATE number SET status = 'CONNECTED'", ""));
	(void)post(&w, "900800701", "phone_number_quality_update", lifted);
	posts -= 2;
	(void)post(&w, "900800701", "phone_number_quality_update", raised);
	posts++;
	has_number(&w, "CONNECTED", "");
	world_done(&w);
}

#define APPROVED_NAME(name) \
	OF_NUMBER "\"decision\":\"APPROVED\",\"requested_verified_name\":\"" name "\"}"

static void an_older_name_comes_late(void **state)
{
	struct world w;

	world_make(&w, *state);
	(void)post(&w, "900800701", "phone_number_name_update", APPROVED_NAME("Bottega"));
	posts -= 2;
	(void)post(&w, "900800701", "phone_number_name_update", APPROVED_NAME("Banco"));
	posts++;
	has_number(&w, "CONNECTED", "Bottega");
	world_done(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(a_message_opens_the_window),
		FIXTURE_TEST(a_word_withdraws),
		FIXTURE_TEST(another_accounts_number_is_left_alone),
		FIXTURE_TEST(meta_tells_the_limit),
		FIXTURE_TEST(a_red_template_is_paused),
		FIXTURE_TEST(a_ban_in_any_shape),
		FIXTURE_TEST(a_status_never_goes_back),
		FIXTURE_TEST(statuses_are_counted_once),
		FIXTURE_TEST(what_nobody_sent_raises_the_alarm),
		FIXTURE_TEST(a_status_without_our_token),
		FIXTURE_TEST(echoes_tell_who_sent),
		FIXTURE_TEST(a_lifted_flag_opens_nothing_else),
		FIXTURE_TEST(an_older_name_comes_late),
		FIXTURE_TEST(an_app_hears_its_own_word_again),
		FIXTURE_TEST(an_app_hears_one_fact_at_a_time),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

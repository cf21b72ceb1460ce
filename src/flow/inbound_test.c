/* Posts at a real core: its writer is a thread of its own, the server, the lane and the client are on
 * this one. */
#include "flow/inbound.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/check.h"
#include "domain/account.h"
#include "store/query.h"
#include "store/scratch.h"
#include "transport/test_client.h"
#include "transport/webhook.h"

#define WABA "900800700"
#define NUMBER "100200300"
#define SECOND "100200301"
#define ALICE "393331234510"
#define BOB "393331234511"
#define SECRET "secret"
#define ONCE 1790000000 /* the time of all facts, in seconds */

static struct {
	struct scratch scratch;
	struct lanes lanes;
	struct core *core;
	struct loop *loop;
	struct lane *lane;
	struct http_server *server;
} app;

/* --- the gateway ------------------------------------------------------------------------------ */

static void on_request(void *ctx, struct http_request *req)
{
	(void)ctx;
	inbound_post(app.lane, req);
}

static int add_account(struct write_job *job, struct store_conn *c, struct err *err)
{
	struct account_values v = {
		.waba = STR(WABA),
		.portfolio = STR("500"),
		.name = STR("Bottega"),
		.country = STR("IT"),
		.app_secret = STR(SECRET),
	};
	struct number_values first = {
		.waba = STR(WABA), .id = STR(NUMBER), .display = STR("+393331234500")
	};
	struct number_values second = {
		.waba = STR(WABA), .id = STR(SECOND), .display = STR("+393331234501")
	};
	bool created;
	int r = account_add(c, &app.core->key, &v, clock_now(), &created, err);

	(void)job;
	if (r == 0)
		r = number_add(c, &first, clock_now(), &created, err);
	if (r == 0)
		r = number_add(c, &second, clock_now(), &created, err);
	core_directory_changed(app.core);
	return r;
}

static void call(int (*run)(struct write_job *, struct store_conn *, struct err *))
{
	struct write_job job = { .run = run };

	if (writer_call(app.core->writer, &job) < 0)
		fail_msg("%s", job.err.text);
}

static int open_all(void **state)
{
	static const struct http_handler handler = { .on_request = on_request };
	struct lane_options lane = { .max_flows = 10 };
	struct core_options o = {
		.mode = MODE_ENFORCE, .base_url = "http://127.0.0.1:1", .max_queue = 100
	};
	struct err err = { 0 };

	(void)state;
	scratch_make(&app.scratch);
	o.state_dir = app.scratch.dir;
	MUST(core_open(&o, &app.core, &err), &err);
	app.core->done_ctx = &app.lanes;
	app.core->before_done = lanes_before_done;
	app.core->after_done = lanes_after_done;
	call(add_account);
	app.loop = loop_new(&err);
	assert_non_null(app.loop);
	MUST(lane_open(app.core, app.loop, &lane, 0, &app.lane, &err), &err);
	MUST(http_server_open(app.loop, "127.0.0.1:0", NULL, NULL, &handler, &app.server, &err),
	    &err);
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	http_server_close(&app.server);
	turn(app.loop);
	lane_close(&app.lane);
	core_close(&app.core);
	loop_free(&app.loop);
	scratch_remove(app.scratch.dir);
	return 0;
}

/* --- posts and what they left ------------------------------------------------------------------ */

/* The status of the answer. */
static int post_text(struct str body)
{
	char mac[72];
	struct buf out, in;

	webhook_sign(STR(SECRET), body, mac);
	buf_init(&out, 0);
	buf_init(&in, 0);
	buf_addf(&out,
	    "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Hub-Signature-256: %s\r\n"
	    "Content-Length: %zu\r\n\r\n",
	    mac, body.len);
	buf_add(&out, body);
	int fd = dial_port(port_of(http_server_address(app.server)));
	assert_true(put(app.loop, fd, buf_str(&out)));
	assert_int_equal(take(app.loop, fd, &in, SIZE_MAX), 0);
	int status = status_in(buf_str(&in));
	close(fd);
	buf_done(&out);
	buf_done(&in);
	return status;
}

static void begin(struct buf *b)
{
	buf_init(b, 0);
	buf_add_c(b,
	    "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"" WABA
	    "\",\"changes\":[");
}

static void add_message(
    struct buf *b, const char *number, const char *from, const char *id, const char *text)
{
	if (b->p[b->len - 1] == '}')
		buf_add_char(b, ',');
	buf_addf(b,
	    "{\"field\":\"messages\",\"value\":{\"metadata\":{\"phone_number_id\":\"%s\"},"
	    "\"messages\":[{\"from\":\"%s\",\"id\":\"%s\",\"timestamp\":\"%d\",\"type\":\"text\","
	    "\"text\":{\"body\":\"%s\"}}]}}",
	    number, from, id, ONCE, text);
}

static int finish(struct buf *b)
{
	buf_add_c(b, "]}]}");
	int status = post_text(buf_str(b));
	buf_done(b);
	return status;
}

static int post_one(const char *number, const char *from, const char *id, const char *text)
{
	struct buf b;

	begin(&b);
	add_message(&b, number, from, id, text);
	return finish(&b);
}

#define HAS(n, sql) \
	do { \
		struct store_conn *has_c = scratch_connect(app.core->store, STORE_READ); \
		int64_t has_n = scratch_int(has_c, sql); \
		store_disconnect(&has_c); \
		assert_int_equal(has_n, (n)); \
	} while (0)

#define COUNTED(n, name) assert_int_equal(atomic_load(&app.core->counters.name), (n))

/* --- tests ------------------------------------------------------------------------------------ */

static void what_is_answered_is_in_force(void **state)
{
	struct buf b;

	(void)state;
	assert_int_equal(post_one(NUMBER, ALICE, "wamid.1", "Hello"), 200);
	HAS(1, "SELECT count(*) FROM contact WHERE number = '" NUMBER "'");
	HAS(1, "SELECT count(*) FROM inbox WHERE facts = 1 AND waba = '" WABA "'");
	assert_int_equal(post_one(NUMBER, ALICE, "wamid.1", "Hello"), 200);
	begin(&b);
	add_message(&b, NUMBER, ALICE, "wamid.1", "Hello");
	add_message(&b, NUMBER, ALICE, "wamid.2", "Stop");
	assert_int_equal(finish(&b), 200);
	COUNTED(2, facts_new);
	COUNTED(2, facts_repeated);
	COUNTED(1, opt_outs);
	HAS(2, "SELECT count(*) FROM inbox");
}

static void nobody_else_is_heard(void **state)
{
	(void)state;
	assert_int_equal(post_text(STR("{\"entry\":[{\"id\":\"1\",\"changes\":[]}]}")), 401);
	assert_int_equal(post_text(STR("{\"entry\":{}}")), 400);
	assert_int_equal(post_text(STR("{")), 400);
	HAS(0, "SELECT count(*) FROM inbox");
	COUNTED(3, webhooks_refused);
}

/* A key that the handler's own words do not expect: whoever comes second on a number breaks it. */
static int break_contacts(struct write_job *job, struct store_conn *c, struct err *err)
{
	(void)job;
	return store_exec(c, "CREATE UNIQUE INDEX one_only ON contact (number)", err);
}

static int mend_contacts(struct write_job *job, struct store_conn *c, struct err *err)
{
	(void)job;
	return store_exec(c, "DROP INDEX one_only", err);
}

static void a_fact_that_fails_stands_in_nobodys_way(void **state)
{
	(void)state;
	call(break_contacts);
	assert_int_equal(post_one(NUMBER, ALICE, "wamid.1", "Hello"), 200);
	for (int round = 0; round < 3; round++) {
		struct buf b;
		begin(&b);
		add_message(&b, SECOND, BOB, "wamid.2", "Hello");
		add_message(&b, NUMBER, BOB, "wamid.3", "Hello");
		add_message(&b, NUMBER, ALICE, "wamid.4", "Stop");
		assert_int_equal(finish(&b), 200);
		if (round == 1)
			call(mend_contacts);
	}
	HAS(1, "SELECT count(*) FROM contact WHERE number = '" NUMBER "'");
	HAS(1, "SELECT count(*) FROM contact WHERE number = '" SECOND "'");
	HAS(1,
	    "SELECT count(*) FROM quarantine WHERE kind = 'webhook' AND scope = '" WABA
	    "' AND length(body) > 300");
	HAS(1, "SELECT count(*) FROM quarantine");
	HAS(1,
	    "SELECT count(*) FROM alarm WHERE kind = 'webhook.quarantined' AND scope = '" WABA
	    "' AND detail = '1 of 3 facts: E_CONFLICT'");
	COUNTED(1, facts_quarantined);
	COUNTED(3, facts_new);
	COUNTED(6, facts_repeated);
	COUNTED(1, opt_outs);
	COUNTED(4, webhooks_accepted);
	HAS(1, "SELECT count(*) FROM inbox");
}

static void one_bad_fact_alone_is_set_aside_too(void **state)
{
	(void)state;
	call(break_contacts);
	assert_int_equal(post_one(NUMBER, ALICE, "wamid.1", "Hello"), 200);
	assert_int_equal(post_one(NUMBER, BOB, "wamid.2", "Hello"), 200);
	assert_int_equal(post_one(NUMBER, BOB, "wamid.2", "Hello"), 200);
	COUNTED(1, facts_quarantined);
	HAS(1, "SELECT count(*) FROM quarantine");
	/* What failed with it was undone with it. */
	HAS(1, "SELECT count(*) FROM person");
}

/* Not all of them are tried at once, and none is lost. */
static void many_bad_facts_are_set_aside_in_turns(void **state)
{
	int status = 503, posts = 0;

	(void)state;
	call(break_contacts);
	assert_int_equal(post_one(NUMBER, ALICE, "wamid.1", "Hello"), 200);
	while (status == 503 && posts < 10) {
		struct buf b;
		begin(&b);
		for (int i = 0; i < 150; i++) {
			char id[32];
			(void)snprintf(id, sizeof(id), "wamid.bad.%d", i);
			add_message(&b, NUMBER, BOB, id, "Hello");
		}
		add_message(&b, NUMBER, ALICE, "wamid.2", "Stop");
		status = finish(&b);
		posts++;
	}
	assert_int_equal(status, 200);
	assert_int_equal(posts, 3);
	COUNTED(150, facts_quarantined);
	COUNTED(2, facts_new);
	COUNTED(1, opt_outs);
	HAS(3, "SELECT count(*) FROM quarantine");
}

static int take_contacts_away(struct write_job *job, struct store_conn *c, struct err *err)
{
	(void)job;
	return store_exec(c, "ALTER TABLE contact RENAME TO elsewhere", err);
}

static int bring_contacts_back(struct write_job *job, struct store_conn *c, struct err *err)
{
	(void)job;
	return store_exec(c, "ALTER TABLE elsewhere RENAME TO contact", err);
}

/* A store that does not work is no fault of the fact: Meta comes again. */
static void what_the_store_cannot_take_must_come_again(void **state)
{
	(void)state;
	call(take_contacts_away);
	assert_int_equal(post_one(NUMBER, ALICE, "wamid.1", "Stop"), 503);
	HAS(0, "SELECT count(*) FROM inbox");
	HAS(0, "SELECT count(*) FROM quarantine");
	call(bring_contacts_back);
	assert_int_equal(post_one(NUMBER, ALICE, "wamid.1", "Stop"), 200);
	COUNTED(1, opt_outs);
	COUNTED(1, facts_new);
	COUNTED(0, facts_repeated);
	COUNTED(0, facts_quarantined);
}

static int add_templates(struct write_job *job, struct store_conn *c, struct err *err)
{
	int r = 0;

	(void)job;
	for (int64_t i = 0; r == 0 && i < 300; i++)
		r = store_do(c, err,
		    "INSERT INTO template (waba, name, language, category, correct_category, status, quality,"
		    " updated_at) VALUES ('" WABA
		    "', 'offer_' || ?1, 'it', 1, 0, 'APPROVED', 'GREEN', 0)",
		    "i", i);
	core_directory_changed(app.core);
	return r;
}

static void the_directory_is_loaded_once_a_post(void **state)
{
	struct buf b;

	(void)state;
	call(add_templates);
	uint64_t before = atomic_load(&app.core->published_generation);
	begin(&b);
	for (int i = 0; i < 300; i++)
		buf_addf(&b,
		    "%s{\"field\":\"message_template_status_update\",\"value\":{\"event\":\"PAUSED\","
		    "\"message_template_name\":\"offer_%d\",\"message_template_language\":\"it\"}}",
		    i ? "," : "", i);
	assert_int_equal(finish(&b), 200);
	COUNTED(300, facts_new);
	HAS(300, "SELECT count(*) FROM template WHERE status = 'PAUSED'");
	assert_int_equal(atomic_load(&app.core->published_generation), before + 1);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, open_all, close_all)
	static const struct CMUnitTest tests[] = {
		TEST(what_is_answered_is_in_force),
		TEST(nobody_else_is_heard),
		TEST(a_fact_that_fails_stands_in_nobodys_way),
		TEST(one_bad_fact_alone_is_set_aside_too),
		TEST(many_bad_facts_are_set_aside_in_turns),
		TEST(what_the_store_cannot_take_must_come_again),
		TEST(the_directory_is_loaded_once_a_post),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

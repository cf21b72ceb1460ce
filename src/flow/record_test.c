/* The steps that run on the writer, called by hand: judged, recorded, released, settled, and asked
 * for again by key. */
#include "flow/flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/campaign.h"
#include "flow/own_send.h"
#include "flow/world.h"

#define BODY(to, text) \
	"{\"messaging_product\":\"whatsapp\",\"to\":\"" to "\",\"type\":\"text\"," \
	"\"text\":{\"body\":\"" text "\"},\"biz_opaque_callback_data\":\"order-17\"}"

/* A flow as accept and parse leave it. */
static struct flow *parsed(struct world *w, const char *body)
{
	struct fixture *f = w->f;
	struct flow *flow = ARENA_NEW(f->arena, struct flow);
	const struct json *doc;

	assert_non_null(flow);
	flow->arena = f->arena;
	flow->lane = &w->lane;
	flow->directory = directory_ref((struct directory *)world_directory(w));
	flow->app = directory_app(flow->directory, str_c(w->app));
	flow->number_id = STR(NUMBER);
	flow->number = directory_number(flow->directory, flow->number_id);
	flow->version = STR("v25.0");
	flow->path = STR("/messages");
	flow->text = str_c(body);
	OK(json_read(f->arena, flow->text, &doc, &f->err));
	OK(message_read(f->arena, f->pack, doc, NULL, flow->path, STR("IT"), &flow->message));
	flow->state = FLOW_PARSED;
	return flow;
}

static void judge(struct world *w, struct flow *flow)
{
	struct fixture *f = w->f;
	int r = flow_replay(flow, f->conn, &f->err);

	OK(r);
	if (r > 0)
		return;
	OK(flow_decide(flow, f->conn, &f->err));
	OK(flow_record(flow, f->conn, &f->err));
}

static void wrote(struct world *w, const char *phone)
{
	struct fixture *f = w->f;

	OK(contact_inbound(f->conn, world_person(w, phone), STR(NUMBER), NOW - MINUTE, &f->err));
}

static enum send_state state_of(struct world *w, uint64_t id)
{
	struct fixture *f = w->f;
	struct journal_entry e;

	OK(journal_get(f->conn, id, f->arena, &e, &f->err));
	return e.state;
}

/* As dispatch leaves it. */
static void settle(
    struct world *w, struct flow *flow, enum upstream_outcome outcome, int status, const char *body)
{
	struct fixture *f = w->f;

	flow->outcome = outcome;
	flow->upstream_status = status;
	flow->upstream_body = str_c(body);
	if (outcome == UPSTREAM_ANSWERED)
		OK(graph_read_answer(f->arena, f->pack, status, flow->upstream_body, &flow->graph));
	flow->send_state = flow_outcome(flow);
	OK(flow_settle(flow, f->conn, &f->err));
}

#define ACCEPTED "{\"messaging_product\":\"whatsapp\",\"messages\":[{\"id\":\"wamid.7\"}]}"
#define REJECTED "{\"error\":{\"message\":\"no\",\"type\":\"OAuthException\",\"code\":131026}}"

static const struct {
	const char *name;
	enum upstream_outcome outcome;
	int status;
	const char *body;
	enum send_state end;
	int key; /* of the same key afterwards: 0 free, else how it is replayed, plus 1 */
} outcomes[] = {
	{ "accepted", UPSTREAM_ANSWERED, 200, ACCEPTED, SEND_ACCEPTED, REPLAY_ANSWER + 1 },
	{ "rejected", UPSTREAM_ANSWERED, 400, REJECTED, SEND_FAILED, REPLAY_ANSWER + 1 },
	{ "not sent", UPSTREAM_NOT_SENT, 0, "", SEND_FAILED, 0 },
	{ "unknown", UPSTREAM_UNKNOWN, 0, "", SEND_UNKNOWN, REPLAY_STATE + 1 },
	{ "an answer of nobody's", UPSTREAM_ANSWERED, 502, "<html>", SEND_UNKNOWN,
	    REPLAY_STATE + 1 },
	{ "success without an id", UPSTREAM_ANSWERED, 200, "{}", SEND_UNKNOWN, REPLAY_STATE + 1 },
};

static void again(struct fixture *f)
{
	store_rollback(f->conn);
	arena_reset(f->arena);
	OK(store_begin(f->conn, &f->err));
	OK(ledger_load(f->conn, STR("test"), &f->ledger, &f->err));
}

static void what_the_key_gives_afterwards(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(outcomes); i++) {
		struct world w;
		world_make(&w, f);
		wrote(&w, ALICE);
		struct flow *first = parsed(&w, BODY(ALICE, "Hello"));
		first->key = STR("k-1");
		judge(&w, first);
		assert_int_equal(first->fate, FATE_GO);
		assert_int_equal(state_of(&w, first->id), SEND_SENDING);

		struct flow *twin = parsed(&w, BODY(ALICE, "Hello"));
		twin->key = STR("k-1");
		judge(&w, twin);
		assert_int_equal(twin->fate, FATE_REPLAY);
		assert_int_equal(twin->replay, REPLAY_RUNNING);
		assert_int_equal(twin->id, first->id);

		struct flow *other = parsed(&w, BODY(ALICE, "Bye"));
		other->key = STR("k-1");
		judge(&w, other);
		assert_int_equal(other->replay, REPLAY_OTHER_BODY);

		settle(&w, first, outcomes[i].outcome, outcomes[i].status, outcomes[i].body);
		running_drop(w.core.running, first->running);
		if (state_of(&w, first->id) != outcomes[i].end)
			fail_msg(
			    "%s: %s", outcomes[i].name, send_state_name(state_of(&w, first->id)));
		struct flow *later = parsed(&w, BODY(ALICE, "Hello"));
		later->key = STR("k-1");
		judge(&w, later);
		int key = later->fate == FATE_REPLAY ? (int)later->replay + 1 : 0;
		if (key != outcomes[i].key)
			fail_msg("%s: key %d", outcomes[i].name, key);
		running_drop(w.core.running, later->running);
		struct flow *flows[] = { first, twin, other, later };
		for (size_t k = 0; k < ARRAY_LEN(flows); k++)
			directory_unref(&flows[k]->directory);
		world_done(&w);
		again(f);
	}
}

/* The transaction of the first run was undone; nothing of it may be left in the flow. */
static void judged_twice(void **state)
{
	struct world w;

	world_make(&w, *state);
	wrote(&w, ALICE);
	struct flow *flow = parsed(&w, BODY(ALICE, "Hello"));
	flow->key = STR("k-1");
	judge(&w, flow);
	uint64_t undone = flow->id;
	scratch_exec(w.f->conn, "DELETE FROM idempotency; DELETE FROM decision");
	recent_free(&w.core.recent);
	struct fixture *f = w.f;
	OK(recent_load(f->conn, f->pack, NOW, &w.core.recent, &f->err));
	judge(&w, flow);
	assert_int_equal(flow->fate, FATE_GO);
	assert_int_not_equal(flow->id, undone);
	assert_false(running_has(w.core.running, undone));
	assert_true(running_has(w.core.running, flow->id));
	directory_unref(&flow->directory);
	world_done(&w);
}

/* --- held, ready, sending --------------------------------------------------------------------- */

/* Paused, so held; its body waits in the outbox. */
static struct flow *held(struct world *w)
{
	struct fixture *f = w->f;

	wrote(w, ALICE);
	OK(pause_set(f->conn, STR("number"), STR(NUMBER), PURPOSE_SERVICE, TIME_NONE, STR("ada"),
	    STR("test"), NOW, &f->err));
	core_directory_changed(&w->core);
	struct flow *flow = parsed(w, BODY(ALICE, "Hello"));
	flow->respond_async = true;
	judge(w, flow);
	assert_int_equal(flow->fate, FATE_HOLD);
	assert_int_equal(state_of(w, flow->id), SEND_HELD);
	assert_int_equal(COUNT_OF(w, "SELECT count(*) FROM outbox"), 1);
	return flow;
}

static void resume(struct world *w)
{
	struct fixture *f = w->f;

	OK(pause_clear(f->conn, STR("number"), STR(NUMBER), PURPOSE_ALL, &f->err));
	core_directory_changed(&w->core);
}

/* The flow of held.c for the same send. */
static struct flow *look(struct world *w, struct flow *first)
{
	struct fixture *f = w->f;
	struct flow *flow = parsed(w, first->text.p);

	flow->held_id = first->id;
	OK(journal_get(f->conn, first->id, f->arena, &flow->held, &f->err));
	flow->held_expires_at = NOW + DAY;
	directory_unref(&first->directory);
	return flow;
}

static void a_held_send_waits_and_goes(void **state)
{
	struct world w;

	world_make(&w, *state);
	struct flow *flow = look(&w, held(&w));
	judge(&w, flow);
	assert_int_equal(state_of(&w, flow->held_id), SEND_HELD);
	resume(&w);
	judge(&w, flow);
	assert_int_equal(flow->fate, FATE_GO);
	assert_int_equal(state_of(&w, flow->held_id), SEND_READY);
	struct fixture *f = w.f;
	OK(flow_release(flow, f->conn, &f->err));
	assert_int_equal(flow->fate, FATE_GO);
	assert_int_equal(flow->send_state, SEND_SENDING);
	assert_int_equal(state_of(&w, flow->held_id), SEND_SENDING);
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM outbox"), 0);
	directory_unref(&flow->directory);
	world_done(&w);
}

static void a_held_send_expires(void **state)
{
	struct world w;

	world_make(&w, *state);
	struct flow *flow = look(&w, held(&w));
	flow->held_expires_at = NOW;
	judge(&w, flow);
	assert_int_equal(state_of(&w, flow->held_id), SEND_EXPIRED);
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM outbox"), 0);
	directory_unref(&flow->directory);
	world_done(&w);
}

static struct flow *ready(struct world *w)
{
	struct flow *flow = look(w, held(w));

	resume(w);
	judge(w, flow);
	assert_int_equal(state_of(w, flow->held_id), SEND_READY);
	return flow;
}

/* Stop is stop: also for what was let go and has not gone. */
static void a_pause_takes_a_ready_send_back(void **state)
{
	struct world w;
	struct fixture *f = *state;

	world_make(&w, f);
	struct flow *flow = ready(&w);
	OK(pause_set(f->conn, STR("number"), STR(NUMBER), PURPOSE_SERVICE, TIME_NONE, STR("ada"),
	    STR("test"), NOW, &f->err));
	core_directory_changed(&w.core);
	OK(flow_release(flow, f->conn, &f->err));
	assert_int_equal(flow->fate, FATE_HOLD);
	assert_int_equal(state_of(&w, flow->held_id), SEND_HELD);
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM outbox"), 1);
	directory_unref(&flow->directory);
	world_done(&w);
}

/* Nobody waits for its answer, so it waits on, with nothing spent and no attempt made. */
static void what_a_pause_stops_at_its_first_byte_waits_on(void **state)
{
	struct world w;
	struct fixture *f = *state;

	world_make(&w, f);
	struct flow *flow = ready(&w);
	OK(flow_release(flow, f->conn, &f->err));
	assert_int_equal(state_of(&w, flow->held_id), SEND_SENDING);
	flow->stopped = STOPPED_BY_PAUSE;
	settle(&w, flow, UPSTREAM_NOT_SENT, 0, "");
	assert_int_equal(flow->send_state, SEND_HELD);
	assert_int_equal(state_of(&w, flow->held_id), SEND_HELD);
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM outbox"), 1);
	assert_int_equal(COUNT_OF(&w, "SELECT attempts + counted FROM decision"), 0);
	flow = look(&w, flow);
	judge(&w, flow);
	assert_int_equal(state_of(&w, flow->held_id), SEND_READY);
	directory_unref(&flow->directory);
	world_done(&w);
}

/* Of a campaign of our own, by somebody of a list. */
static void becomes_of_campaign(
    struct world *w, struct flow *flow, enum campaign_state state, int64_t suspended)
{
	struct fixture *f = w->f;
	char id[ID_TEXT_MAX];
	const struct campaign x = { .id = 7,
		.at = NOW,
		.state = state,
		.name = STR("Sandals"),
		.number = STR(NUMBER),
		.waba = STR("900800700"),
		.plan = STR("{}"),
		.by = STR("Marta Neri") };

	OK(campaign_add(f->conn, &x, &f->err));
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO campaign_member (campaign, seq, fate, decision, due_at, wave, variant, source)"
	    " VALUES (7, 1, 2, ?1, 0, 1, 0, 'fair')",
	    "i", (int64_t)flow->id));
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO source_list (name, at, made_by, suspended, open)"
	    " VALUES ('fair', 1, 'admin', ?1, 0)",
	    "i", suspended));
	id_format(CAMPAIGN_PREFIX, x.id, id);
	flow->campaign = arena_str(f->arena, str_c(id));
	flow->app = own_send_app(flow->directory, STR(OWN_APP));
	assert_non_null(flow->app);
}

/* What comes back to the queue of a campaign that may not send would never be called back. */
static void a_stopped_campaign_keeps_nothing_in_the_queue(void **state)
{
	static const struct {
		const char *name;
		enum campaign_state campaign;
		int64_t suspended;
		enum send_state end;
	} rows[] = {
		{ "running", CAMPAIGN_RUNNING, 0, SEND_HELD },
		{ "cancelled", CAMPAIGN_CANCELLED, 0, SEND_FAILED },
		{ "held", CAMPAIGN_HELD, 0, SEND_FAILED },
		{ "of a suspended list", CAMPAIGN_RUNNING, 1, SEND_FAILED },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct world w;
		world_make(&w, f);
		struct flow *flow = ready(&w);
		OK(flow_release(flow, f->conn, &f->err));
		becomes_of_campaign(&w, flow, rows[i].campaign, rows[i].suspended);
		flow->stopped = STOPPED_BY_PAUSE;
		settle(&w, flow, UPSTREAM_NOT_SENT, 0, "");
		if (state_of(&w, flow->id) != rows[i].end || flow->send_state != rows[i].end ||
		    COUNT_OF(&w, "SELECT count(*) FROM outbox") != (rows[i].end == SEND_HELD))
			fail_msg("%s: %s", rows[i].name, send_state_name(flow->send_state));
		directory_unref(&flow->directory);
		world_done(&w);
		again(f);
	}
}

/* The writer undoes a batch and does it anew: the second time frees as much. */
static void going_back_to_the_queue_may_run_twice(void **state)
{
	struct fixture *f = *state;
	struct world w;

	world_make(&w, f);
	struct flow *flow = ready(&w);
	OK(flow_release(flow, f->conn, &f->err));
	flow->counted = BUDGET_PORTFOLIO;
	OK(journal_set_counted(f->conn, flow->id, flow->counted, &f->err));
	flow->stopped = STOPPED_BY_PAUSE;
	for (int i = 0; i < 2; i++) {
		OK(store_exec(f->conn, "SAVEPOINT once", &f->err));
		settle(&w, flow, UPSTREAM_NOT_SENT, 0, "");
		assert_int_equal(flow->counted, BUDGET_PORTFOLIO);
		assert_int_equal(COUNT_OF(&w, "SELECT counted FROM decision"), 0);
		OK(store_exec(f->conn, i == 0 ? "ROLLBACK TO once" : "RELEASE once", &f->err));
	}
	directory_unref(&flow->directory);
	world_done(&w);
}

/* Who prefers to be answered later hears that it is held; who waits hears that nothing was sent. */
static void a_pause_at_the_first_byte_of_a_fresh_send(void **state)
{
	static const enum send_state ends[] = { SEND_FAILED, SEND_HELD };
	static const int statuses[] = { 503, 202 };
	struct fixture *f = *state;

	for (int async = 0; async < 2; async++) {
		struct world w;
		world_make(&w, f);
		wrote(&w, ALICE);
		struct flow *flow = parsed(&w, BODY(ALICE, "Hello"));
		flow->respond_async = async;
		flow->key = STR("k-1");
		judge(&w, flow);
		assert_int_equal(flow->fate, FATE_GO);
		flow->stopped = STOPPED_BY_PAUSE;
		settle(&w, flow, UPSTREAM_NOT_SENT, 0, "");
		flow_answer_outcome(flow);
		assert_int_equal(flow->answer.status, statuses[async]);
		assert_int_equal(state_of(&w, flow->id), ends[async]);
		assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM outbox"), async);
		assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM idempotency"), async);
		directory_unref(&flow->directory);
		world_done(&w);
		again(f);
	}
}

/* Code 0 is Meta's, and is the token's, only where the answer is 401. */
static void an_answer_without_a_code_is_no_refused_token(void **state)
{
	static const struct {
		int status;
		int pauses;
	} rows[] = { { 400, 0 }, { 401, 1 } };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct world w;
		world_make(&w, f);
		wrote(&w, ALICE);
		struct flow *flow = parsed(&w, BODY(ALICE, "Hello"));
		judge(&w, flow);
		settle(&w, flow, UPSTREAM_ANSWERED, rows[i].status,
		    "{\"error\":{\"message\":\"no\",\"type\":\"OAuthException\",\"code\":0}}");
		assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM pause"), rows[i].pauses);
		directory_unref(&flow->directory);
		world_done(&w);
		again(f);
	}
}

static void suspend(struct world *w, const char *status)
{
	struct fixture *f = w->f;
	struct integration_values v = { .status = str_c(status) };

	OK(integration_set(f->conn, &f->key, str_c(w->app), &v, NOW, &f->err));
	core_directory_changed(&w->core);
}

static void a_refused_ready_send_says_why(void **state)
{
	struct world w;
	struct fixture *f = *state;
	struct journal_entry e;

	world_make(&w, f);
	struct flow *flow = ready(&w);
	suspend(&w, "suspended");
	OK(flow_release(flow, f->conn, &f->err));
	assert_int_equal(flow->fate, FATE_REFUSE);
	OK(journal_get(f->conn, flow->held_id, f->arena, &e, &f->err));
	assert_int_equal(e.state, SEND_REFUSED);
	assert_int_equal(e.verdict, VERDICT_REFUSE);
	assert_int_equal(e.counted, 0);
	assert_non_null(strstr(e.rules.p, "app.suspended"));
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM outbox"), 0);
	directory_unref(&flow->directory);
	world_done(&w);
}

/* The writer runs a job again when its batch failed: then the first verdict is nothing. */
static void released_twice(void **state)
{
	struct world w;
	struct fixture *f = *state;

	world_make(&w, f);
	struct flow *flow = ready(&w);
	scratch_exec(f->conn, "SAVEPOINT before");
	suspend(&w, "suspended");
	OK(flow_release(flow, f->conn, &f->err));
	assert_int_equal(flow->fate, FATE_REFUSE);
	scratch_exec(f->conn, "ROLLBACK TO before");
	core_directory_changed(&w.core);
	w.core.ledger.next_seq = COUNT_OF(&w, "SELECT max(seq) + 1 FROM ledger_leaf");
	OK(flow_release(flow, f->conn, &f->err));
	assert_int_equal(flow->fate, FATE_GO);
	assert_int_equal(state_of(&w, flow->held_id), SEND_SENDING);
	directory_unref(&flow->directory);
	world_done(&w);
}

static void a_stranger_is_told_only_that(void **state)
{
	struct world w;

	world_make(&w, *state);
	struct flow *flow = parsed(&w, BODY(ALICE, "Hello"));
	flow->app = NULL;
	judge(&w, flow);
	assert_int_equal(flow->fate, FATE_REFUSE);
	assert_int_equal(flow->decision.findings_len, 1);
	assert_int_equal(decision_status(&flow->decision), 401);
	directory_unref(&flow->directory);
	world_done(&w);
}

/* --- what Varco itself says ------------------------------------------------------------------- */

/* Queued in one transaction, and judged as the held send that it is. */
static struct flow *own_flow(struct world *w, const char *body)
{
	struct fixture *f = w->f;
	const struct own_send send = {
		.number = directory_number(world_directory(w), STR(NUMBER)),
		.body = str_c(body),
		.person = world_person(w, ALICE),
		.expires_at = NOW + HOUR,
	};
	uint64_t id;

	OK(own_send_queue(&w->core, f->conn, &send, NOW, f->arena, &id, &f->err));
	assert_int_equal(state_of(w, id), SEND_HELD);
	struct flow *flow = parsed(w, body);
	flow->app = own_send_app(flow->directory, STR(OWN_APP));
	flow->held_id = id;
	flow->held_expires_at = send.expires_at;
	return flow;
}

static void own_words_go_inside_the_window(void **state)
{
	struct world w;

	world_make(&w, *state);
	wrote(&w, ALICE);
	struct flow *flow = own_flow(&w, BODY(ALICE, "Fatto"));
	judge(&w, flow);
	assert_int_equal(flow->fate, FATE_GO);
	assert_int_equal(state_of(&w, flow->held_id), SEND_READY);
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM decision WHERE app = 'varco'"), 1);
	directory_unref(&flow->directory);
	world_done(&w);
}

/* Not even where everything else is only watched. */
static void own_words_never_go_outside_it(void **state)
{
	struct world w;

	world_make(&w, *state);
	w.core.options.mode = MODE_OBSERVE;
	struct flow *flow = own_flow(&w, BODY(ALICE, "Fatto"));
	judge(&w, flow);
	assert_int_equal(flow->fate, FATE_REFUSE);
	assert_int_equal(state_of(&w, flow->held_id), SEND_REFUSED);
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM outbox"), 0);
	directory_unref(&flow->directory);
	world_done(&w);
}

static void own_words_must_be_a_message(void **state)
{
	struct fixture *f = *state;
	struct world w;
	uint64_t id;

	world_make(&w, *state);
	const struct own_send send = {
		.number = directory_number(world_directory(&w), STR(NUMBER)),
		.body = STR("{\"messaging_product\":\"whatsapp\",\"to\":\"" ALICE
			    "\",\"type\":\"text\",\"text\":{\"body\":\"\"}}"),
		.person = 1,
	};
	assert_int_equal(
	    own_send_queue(&w.core, f->conn, &send, NOW, f->arena, &id, &f->err), -E_INVALID);
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM decision"), 0);
	world_done(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(what_the_key_gives_afterwards),
		FIXTURE_TEST(judged_twice),
		FIXTURE_TEST(a_held_send_waits_and_goes),
		FIXTURE_TEST(a_held_send_expires),
		FIXTURE_TEST(a_pause_takes_a_ready_send_back),
		FIXTURE_TEST(an_answer_without_a_code_is_no_refused_token),
		FIXTURE_TEST(what_a_pause_stops_at_its_first_byte_waits_on),
		FIXTURE_TEST(a_stopped_campaign_keeps_nothing_in_the_queue),
		FIXTURE_TEST(going_back_to_the_queue_may_run_twice),
		FIXTURE_TEST(a_pause_at_the_first_byte_of_a_fresh_send),
		FIXTURE_TEST(a_refused_ready_send_says_why),
		FIXTURE_TEST(released_twice),
		FIXTURE_TEST(a_stranger_is_told_only_that),
		FIXTURE_TEST(own_words_go_inside_the_window),
		FIXTURE_TEST(own_words_never_go_outside_it),
		FIXTURE_TEST(own_words_must_be_a_message),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

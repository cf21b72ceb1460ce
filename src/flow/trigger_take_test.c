#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/consent.h"
#include "domain/contact.h"
#include "domain/suppression.h"
#include "flow/own_send.h"
#include "flow/trigger_take.h"
#include "flow/world.h"

struct taking {
	struct world w;
	struct trigger_row row;
	struct trigger trigger;
};

static void make(struct taking *t, struct fixture *f, const char *definition)
{
	const struct json *d = NULL;
	bool created;

	world_make(&t->w, f);
	OK(suppression_open(f->conn, NOW, &f->err));
	t->row = (struct trigger_row){ .v = { .name = STR("t"),
					   .app = str_c(t->w.app),
					   .number = STR(NUMBER),
					   .definition = str_c(definition) } };
	OK(trigger_add(f->conn, &f->key, &t->row.v, NOW, &created, &f->err));
	OK(json_read(f->arena, str_c(definition), &d, &f->err));
	OK(trigger_read(d, &t->trigger, &f->err));
}

static struct trigger_event event(struct taking *t, const char *text)
{
	struct fixture *f = t->w.f;
	struct trigger_event e = { .maps = false };
	struct trigger_input in = { NULL, NULL, 0 };

	OK(json_read(f->arena, str_c(text), &in.event, &f->err));
	int r = trigger_map(f->arena, &t->trigger, &in, STR("IT"), &e.mapped, &e.why);
	OK(r);
	e.maps = r > 0;
	return e;
}

static void take(struct taking *t, struct trigger_event *events, size_t len)
{
	struct fixture *f = t->w.f;

	OK(trigger_take(&t->w.core, f->conn, &t->row, &t->trigger, events, len, f->arena, &f->err));
}

static void entry_of(struct taking *t, const struct trigger_event *e, struct journal_entry *ret)
{
	struct fixture *f = t->w.f;

	assert_int_equal(journal_get(f->conn, e->decision, f->arena, ret, &f->err), 1);
}

#define PLAIN \
	"{\"to\":\"/p\",\"event_id\":\"{/id}\",\"template\":{\"name\":\"t\",\"language\":\"it\"}"
#define FROM_ALICE "{\"id\":1,\"p\":\"" ALICE "\"}"

static void test_taken_once(void **state)
{
	struct fixture *f = *state;
	struct taking t;
	struct journal_entry entry;

	make(&t, f, PLAIN "}");
	struct trigger_event events[] = { event(&t, FROM_ALICE), event(&t, FROM_ALICE),
		event(&t, "{\"id\":2}") };
	take(&t, events, 3);
	assert_int_equal(events[0].fate, TRIGGER_QUEUED);
	assert_int_equal(events[1].fate, TRIGGER_REPEATED);
	assert_int_equal(events[1].decision, events[0].decision);
	assert_int_equal(events[2].fate, TRIGGER_SKIPPED);
	entry_of(&t, &events[0], &entry);
	assert_true(str_eq_c(entry.app, t.w.app) && str_eq_c(entry.number, NUMBER));
	assert_true(entry.state == SEND_HELD && entry.person && entry.mode == MODE_ENFORCE);
	assert_true(str_eq_c(entry.template_name, "t/it"));
	assert_int_equal(COUNT_OF(&t.w, "SELECT count(*) FROM outbox"), 1);
	assert_int_equal(COUNT_OF(&t.w, "SELECT count(*) FROM idempotency"), 1);
	assert_int_equal(
	    COUNT_OF(&t.w, "SELECT queued * 100 + repeated * 10 + skipped FROM event_trigger"),
	    111);
	assert_int_equal(
	    COUNT_OF(&t.w, "SELECT last_seen_at IS NOT NULL FROM integration WHERE name = 'crm'"),
	    1);
	world_done(&t.w);
}

static void test_while_its_app_may_not_send(void **state)
{
	static const char *const states[] = { "suspended", "revoked" };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		struct taking t;
		make(&t, f, PLAIN "}");
		struct trigger_event early = event(&t, "{\"id\":7,\"p\":\"" ALICE "\"}");
		take(&t, &early, 1);
		OK(store_do(f->conn, &f->err, "UPDATE integration SET status = ?1 WHERE id = ?2",
		    "tt", str_c(states[i]), str_c(t.w.app)));
		core_directory_changed(&t.w.core);
		struct trigger_event events[] = { event(&t, FROM_ALICE),
			event(&t, "{\"id\":7,\"p\":\"" ALICE "\"}") };
		take(&t, events, 2);
		assert_int_equal(events[0].fate, TRIGGER_SKIPPED);
		assert_string_equal(events[0].why.field, "app");
		assert_int_equal(events[1].fate, TRIGGER_REPEATED);
		OK(store_do(f->conn, &f->err, "UPDATE integration SET status = 'active'", ""));
		core_directory_changed(&t.w.core);
		struct trigger_event again = event(&t, FROM_ALICE);
		take(&t, &again, 1);
		assert_int_equal(again.fate, TRIGGER_QUEUED);
		world_done(&t.w);
		fixture_rollback(state);
		fixture_begin(state);
	}
}

#define ALARMS(w, kind) COUNT_OF(w, "SELECT count(*) FROM alarm WHERE kind = '" kind "'")

static void test_what_is_useless_for_long_is_told_once(void **state)
{
	struct fixture *f = *state;
	struct taking t;

	make(&t, f, PLAIN "}");
	const struct pack_triggers *p = &pack_limits(t.w.core.pack)->triggers;
	for (int64_t i = 0; i < p->useless_after + 2; i++) {
		struct trigger_event e = event(&t, "{\"id\":2}");
		assert_int_equal(ALARMS(&t.w, "trigger.useless"), i >= p->useless_after);
		take(&t, &e, 1);
	}
	assert_int_equal(COUNT_OF(&t.w, "SELECT count(*) FROM alarm WHERE scope = 'trigger:t'"), 1);
	for (int64_t i = 0; i < 2; i++) {
		struct trigger_event e = event(&t, FROM_ALICE);
		take(&t, &e, 1);
	}
	assert_int_equal(ALARMS(&t.w, "trigger.useful"), 1);
	assert_int_equal(ALARMS(&t.w, "trigger.useless"), 1);
	world_done(&t.w);
}

static void test_changed_while_it_was_posted(void **state)
{
	struct fixture *f = *state;
	struct taking t;

	make(&t, f, PLAIN "}");
	struct trigger_event e = event(&t, FROM_ALICE);
	struct trigger_values v = t.row.v;
	v.definition = STR(PLAIN ",\"delay\":\"1h\"}");
	assert_int_equal(trigger_set(f->conn, &f->key, &v, &f->err), 1);
	FAILS(trigger_take(&t.w.core, f->conn, &t.row, &t.trigger, &e, 1, f->arena, &f->err),
	    E_BUSY, "name");
	world_done(&t.w);
}

static void test_in_the_mode_of_the_gateway(void **state)
{
	struct fixture *f = *state;
	struct taking t;
	struct journal_entry entry;

	make(&t, f, PLAIN "}");
	t.w.core.options.mode = MODE_OBSERVE;
	struct trigger_event e = event(&t, FROM_ALICE);
	take(&t, &e, 1);
	entry_of(&t, &e, &entry);
	assert_int_equal(entry.mode, MODE_OBSERVE);
	world_done(&t.w);
}

/* It is eleven in Rome. */
static void test_when(void **state)
{
	static const struct {
		const char *more;
		time_ms due;
	} cases[] = {
		{ "}", NOW },
		{ ",\"delay\":\"90m\"}", NOW + 90 * MINUTE },
		{ ",\"quiet_hours\":true}", NOW },
		{ ",\"quiet_hours\":true,\"delay\":\"11h\"}", NOW + 21 * HOUR },
		{ ",\"quiet_hours\":{\"from\":\"10:00\",\"to\":\"14:00\"}}", NOW + 3 * HOUR },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct taking t;
		struct str definition = arena_printf(f->arena, PLAIN "%s", cases[i].more);
		make(&t, f, definition.p);
		struct trigger_event e = event(&t, FROM_ALICE);
		take(&t, &e, 1);
		if (e.fate != TRIGGER_QUEUED || e.due_at != cases[i].due)
			fail_msg("%s: %lld", cases[i].more, (long long)(e.due_at - NOW));
		assert_int_equal(COUNT_OF(&t.w, "SELECT min(due_at) FROM outbox"), cases[i].due);
		world_done(&t.w);
		fixture_rollback(state);
		fixture_begin(state);
	}
}

static void test_text_while_the_window_will_be_open(void **state)
{
	static const struct {
		const char *delay;
		bool text;
	} cases[] = { { "1h", true }, { "23h", true }, { "1d", false } };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct taking t;
		struct trigger_send s;
		struct str definition = arena_printf(
		    f->arena, PLAIN ",\"text\":\"x\",\"delay\":\"%s\"}", cases[i].delay);
		make(&t, f, definition.p);
		uint64_t alice = world_person(&t.w, ALICE);
		OK(contact_inbound(f->conn, alice, STR(NUMBER), NOW, &f->err));
		struct trigger_event e = event(&t, FROM_ALICE);
		OK(trigger_plan(
		    &t.w.core, f->conn, &t.row, &t.trigger, &e.mapped, NOW, f->arena, &s, &f->err));
		if (str_eq(s.body, e.mapped.text_body) != cases[i].text)
			fail_msg("%s", cases[i].delay);
		assert_int_equal(s.person, alice);
		world_done(&t.w);
		fixture_rollback(state);
		fixture_begin(state);
	}
}

/* Who is forgotten does not come back by an event, and waits for nothing: the rules refuse it at once. */
static void test_who_is_forgotten(void **state)
{
	struct fixture *f = *state;
	struct taking t;
	struct journal_entry entry;
	struct json_writer names;
	struct buf text;

	make(&t, f, PLAIN ",\"delay\":\"2d\"}");
	buf_init(&text, 0);
	jw_init(&names, &text);
	OK(suppression_add(f->conn, phone_of(ALICE), STR_NONE, NOW, &names, &f->err));
	buf_done(&text);
	struct trigger_event e = event(&t, FROM_ALICE);
	take(&t, &e, 1);
	assert_int_equal(e.fate, TRIGGER_QUEUED);
	assert_int_equal(e.due_at, NOW);
	entry_of(&t, &e, &entry);
	static const struct sha256 none;
	assert_int_equal(entry.person, 0);
	assert_memory_equal(entry.digest.b, none.b, SHA256_LEN);
	assert_int_equal(COUNT_OF(&t.w, "SELECT count(*) FROM person"), 0);
	assert_int_equal(COUNT_OF(&t.w, "SELECT count(*) FROM idempotency"), 0);
	world_done(&t.w);
}

static void test_what_no_platform_takes(void **state)
{
	struct fixture *f = *state;
	struct taking t;
	char text[5000];

	make(&t, f, "{\"to\":\"/p\",\"text\":\"{/t}\"}");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	struct str long_one = arena_printf(f->arena, "{\"p\":\"" ALICE "\",\"t\":\"%s\"}", text);
	struct trigger_event e = event(&t, long_one.p);
	take(&t, &e, 1);
	assert_int_equal(e.fate, TRIGGER_SKIPPED);
	assert_int_equal(e.why.code, E_INVALID);
	assert_int_equal(COUNT_OF(&t.w, "SELECT count(*) FROM trigger_event"), 0);
	assert_int_equal(COUNT_OF(&t.w, "SELECT count(*) FROM decision"), 0);
	world_done(&t.w);
}

static void test_what_is_gone(void **state)
{
	struct fixture *f = *state;
	struct taking t;

	make(&t, f, PLAIN "}");
	struct trigger_event e = event(&t, FROM_ALICE);
	assert_int_equal(trigger_remove(f->conn, STR("t"), &f->err), 1);
	FAILS(trigger_take(&t.w.core, f->conn, &t.row, &t.trigger, &e, 1, f->arena, &f->err),
	    E_NOT_FOUND, "name");
	world_done(&t.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_taken_once),
		FIXTURE_TEST(test_while_its_app_may_not_send),
		FIXTURE_TEST(test_what_is_useless_for_long_is_told_once),
		FIXTURE_TEST(test_changed_while_it_was_posted),
		FIXTURE_TEST(test_in_the_mode_of_the_gateway),
		FIXTURE_TEST(test_when),
		FIXTURE_TEST(test_text_while_the_window_will_be_open),
		FIXTURE_TEST(test_who_is_forgotten),
		FIXTURE_TEST(test_what_no_platform_takes),
		FIXTURE_TEST(test_what_is_gone),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

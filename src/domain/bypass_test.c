#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "domain/bypass.h"
#include "domain/fixture.h"

static int note(
    struct fixture *f, const char *message, const char *type, bool coexistence, time_ms at)
{
	struct register_act act = { .c = f->conn,
		.ledger = &f->ledger,
		.key = &f->key,
		.ids = &f->ids,
		.arena = f->arena,
		.by = STR("varco"),
		.now = at };
	struct bypass b = { .number = STR("100200300"),
		.message = str_c(message),
		.type = str_c(type),
		.coexistence = coexistence,
		.at = at };

	return bypass_note(&act, &b, &f->err);
}

static struct integration_entry *entries(struct fixture *f, size_t expected)
{
	struct integration_entry *list;
	size_t n = 0;

	OK(integration_list(f->conn, f->arena, &list, &n, &f->err));
	assert_int_equal(n, expected);
	return list;
}

static void test_one_alarm_an_hour(void **state)
{
	struct fixture *f = *state;
	struct bypass_hour *hours;
	size_t n = 0;

	assert_int_equal(note(f, "wamid.A", "status sent", false, NOW), 1);
	assert_int_equal(note(f, "wamid.A", "status delivered", false, NOW + 1), 0);
	assert_int_equal(note(f, "wamid.B", "status read", false, NOW + 2), 0);
	assert_int_equal(note(f, "wamid.C", "status sent", false, NOW + HOUR), 1);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM alarm"), 2);
	OK(bypass_hours(f->conn, 10, f->arena, &hours, &n, &f->err));
	assert_int_equal(n, 2);
	assert_int_equal(hours[1].n, 2);
	assert_int_equal(hours[1].hour, NOW - NOW % HOUR);
	assert_int_equal(hours[1].last_at, NOW + 2);
	assert_true(str_eq(hours[1].types, STR("status sent, status read")));
	assert_false(hours[1].coexistence);
}

static void test_the_alarm_names_no_message(void **state)
{
	struct fixture *f = *state;

	OK(note(f, "wamid.A", "status sent", false, NOW));
	assert_int_equal(
	    scratch_int(f->conn,
		"SELECT count(*) FROM alarm WHERE detail LIKE '%wamid%' OR detail NOT LIKE"
		" '%\"number\":\"100200300\"%'"),
	    0);
}

static void test_the_sender_is_in_the_register(void **state)
{
	struct fixture *f = *state;
	struct integration_values v = { .state = STR("retired") };
	struct register_act act = { .c = f->conn,
		.ledger = &f->ledger,
		.key = &f->key,
		.ids = &f->ids,
		.arena = f->arena,
		.by = STR("admin"),
		.now = NOW };
	struct register_change *h;
	size_t n;

	OK(note(f, "wamid.A", "status sent", false, NOW));
	struct integration_entry *e = entries(f, 1);
	assert_true(str_eq(e->name, STR("unknown sender on number 100200300")));
	assert_true(str_eq(e->verdict, STR("review")));
	assert_true(str_eq(e->origin, STR("traffic")));
	assert_int_equal(e->numbers_len, 1);
	assert_int_equal(e->first_seen_at, NOW);
	OK(register_set(&act, e->id, &v, &f->err));
	OK(note(f, "wamid.B", "status sent", false, NOW + 2 * HOUR));
	struct integration_entry *again = entries(f, 1);
	assert_int_equal(again->state, REGISTER_OPEN);
	assert_int_equal(again->last_seen_at, NOW + 2 * HOUR);
	assert_int_equal(again->first_seen_at, NOW);
	OK(register_history(f->conn, e->id, f->arena, &h, &n, &f->err));
	assert_int_equal(n, 3);
}

static void test_coexistence_is_labelled(void **state)
{
	struct fixture *f = *state;
	struct bypass_hour *hours;
	size_t n = 0;

	assert_int_equal(note(f, "wamid.A", "echo text", true, NOW), 0);
	/* What is told of the same message later is no other one. */
	assert_int_equal(note(f, "wamid.A", "status sent", false, NOW + 5), 0);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM alarm"), 0);
	struct integration_entry *e = entries(f, 1);
	assert_true(str_eq(e->name, STR("WhatsApp Business app on number 100200300")));
	assert_true(str_eq(e->verdict, STR("official")));
	OK(bypass_hours(f->conn, 10, f->arena, &hours, &n, &f->err));
	assert_int_equal(n, 1);
	assert_true(hours[0].coexistence);
}

static void test_strange_words(void **state)
{
	struct fixture *f = *state;
	struct bypass_hour *hours;
	size_t n = 0;

	OK(note(f, "wamid.A", "\033[2J,\"x\"", false, NOW));
	for (int i = 0; i < 100; i++) {
		char id[16], type[16];
		(void)snprintf(id, sizeof(id), "w%d", i);
		(void)snprintf(type, sizeof(type), "t%c%c", 'a' + i / 26, 'a' + i % 26);
		OK(note(f, id, type, false, NOW + i));
	}
	OK(bypass_hours(f->conn, 10, f->arena, &hours, &n, &f->err));
	assert_int_equal(hours[0].n, 101);
	assert_true(str_starts(hours[0].types, STR("???")));
	assert_null(memchr(hours[0].types.p, '\033', hours[0].types.len));
	assert_true(hours[0].types.len <= 210);
}

static void test_purging(void **state)
{
	struct fixture *f = *state;

	OK(note(f, "wamid.A", "status sent", false, NOW));
	assert_int_equal(bypass_purge(f->conn, NOW + DAY, NOW - DAY, &f->err), 0);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM bypass_message"), 0);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM bypass_hour"), 1);
	assert_int_equal(bypass_purge(f->conn, NOW, NOW + DAY, &f->err), 0);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM bypass_hour"), 0);
}

static int work(struct fixture *f)
{
	int r = note(f, "wamid.A", "status sent", false, NOW);

	if (r >= 0)
		r = note(f, "wamid.B", "status read", false, NOW + HOUR);
	return r < 0 ? r : 0;
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "what passed by", work);
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_one_alarm_an_hour),
		FIXTURE_TEST(test_the_alarm_names_no_message),
		FIXTURE_TEST(test_the_sender_is_in_the_register),
		FIXTURE_TEST(test_coexistence_is_labelled),
		FIXTURE_TEST(test_strange_words),
		FIXTURE_TEST(test_purging),
		FIXTURE_TEST(test_memory_runs_out),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

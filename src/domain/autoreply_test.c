#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "domain/autoreply.h"
#include "domain/fixture.h"
#include "store/query.h"

#define PERSON 77
static const struct str words[] = { { "Orari", 5 }, { "che ore fate?", 13 } };
static const struct autoreply replies[] = {
	{ .name = { "hours", 5 },
	    .kind = AUTOREPLY_KEYWORD,
	    .text = { "9-18", 4 },
	    .words = words,
	    .words_len = 2 },
	{ .name = { "closed", 6 },
	    .kind = AUTOREPLY_OUT_OF_HOURS,
	    .text = { "Chiuso", 6 },
	    .hours = { "mon-fri 09:00-18:00", 19 },
	    .zone = { "Europe/Rome", 11 } },
	{ .name = { "hello", 5 }, .kind = AUTOREPLY_WELCOME, .text = { "Hello", 5 } },
	{ .name = { "ciao", 4 },
	    .kind = AUTOREPLY_WELCOME,
	    .text = { "Ciao", 4 },
	    .language = { "it", 2 } },
};
#define MONDAY (NOW + DAY) /* at eleven in Rome; NOW is a Sunday */

static struct autoreply_heard hear(struct fixture *f, const char *text, time_ms before)
{
	return (struct autoreply_heard){
		.person = PERSON,
		.number = STR("100200300"),
		.text = str_c(text),
		.before = before,
		.language = STR("it"),
		.key = &f->key,
	};
}

/* The name of the reply; "" = none. */
static const char *answer(struct fixture *f, struct autoreply_heard h, time_ms now)
{
	const struct autoreply *found = NULL;

	h.at = now;
	int r = autoreply_choose(
	    f->conn, f->pack, &h, replies, ARRAY_LEN(replies), now, f->arena, &found, &f->err);
	OK(r);
	return r > 0 ? found->name.p : "";
}

#define ANSWER(f, text, before, now, name) \
	assert_string_equal(answer((f), hear((f), (text), (before)), (now)), (name))

static void test_what_is_answered(void **state)
{
	struct fixture *f = *state;

	ANSWER(f, "buongiorno", TIME_NONE, MONDAY, "ciao");
	ANSWER(f, "ORARI!", MONDAY, MONDAY + MINUTE, "hours");
	ANSWER(f, "Che ore fate", MONDAY, MONDAY + 3 * MINUTE, "hours");
	ANSWER(f, "gli orari di domani", MONDAY, MONDAY + 5 * MINUTE, "");
	ANSWER(f, "c'è nessuno", MONDAY, NOW, "closed");
}

static void test_a_keyword_before_the_hours_before_a_welcome(void **state)
{
	struct fixture *f = *state;
	struct autoreply_heard other = hear(f, "hi", TIME_NONE);

	ANSWER(f, "orari", TIME_NONE, NOW, "hours");
	ANSWER(f, "ciao", TIME_NONE, NOW + 1, "closed");
	other.language = STR("de");
	other.number = STR("100200301");
	assert_string_equal(answer(f, other, MONDAY), "hello");
}

static void test_a_welcome_after_a_long_silence(void **state)
{
	struct fixture *f = *state;

	ANSWER(f, "uno", MONDAY - 29 * DAY, MONDAY, "");
	ANSWER(f, "due", MONDAY - 31 * DAY, MONDAY, "ciao");
	ANSWER(f, "tre", TIME_NONE, MONDAY + HOUR, "");
}

static void test_the_same_one_again(void **state)
{
	struct fixture *f = *state;

	ANSWER(f, "a", MONDAY, NOW, "closed");
	ANSWER(f, "b", MONDAY, NOW + 7 * HOUR, "");
	ANSWER(f, "c", MONDAY, NOW + 9 * HOUR, "closed");
	ANSWER(f, "orari", MONDAY, MONDAY, "hours");
	ANSWER(f, "orari", MONDAY, MONDAY + 119 * MS_PER_S, "");
	ANSWER(f, "che ore fate", MONDAY, MONDAY + 121 * MS_PER_S, "hours");
}

static void test_so_many_in_an_hour(void **state)
{
	struct fixture *f = *state;
	static const char *const said[] = { "orari", "che ore fate" };

	for (int i = 0; i < 4; i++)
		ANSWER(f, said[i % 2], MONDAY, MONDAY + i * 2 * MINUTE, "hours");
	ANSWER(f, "orari", MONDAY, MONDAY + 10 * MINUTE, "");
	ANSWER(f, "che ore fate", MONDAY, MONDAY + HOUR + MINUTE, "hours");
}

static void test_who_repeats_is_a_machine(void **state)
{
	struct fixture *f = *state;

	ANSWER(f, "Orari", MONDAY, MONDAY, "hours");
	ANSWER(f, "orari!", MONDAY, MONDAY + 2 * MINUTE, "hours");
	ANSWER(f, "ORARI", MONDAY, MONDAY + 4 * MINUTE, "");
	ANSWER(f, "che ore fate", MONDAY, MONDAY + 5 * HOUR, "");
	ANSWER(f, "che ore fate", MONDAY, MONDAY + DAY + 5 * MINUTE, "hours");
	/* another person is another */
	struct autoreply_heard other = hear(f, "orari", MONDAY);
	other.person = PERSON + 1;
	assert_string_equal(answer(f, other, MONDAY + 5 * MINUTE), "hours");
}

static void test_who_says_it_again_later_is_none(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 5; i++)
		ANSWER(f, "orari", MONDAY, MONDAY + i * 30 * MINUTE, "hours");
}

static void test_purging(void **state)
{
	struct fixture *f = *state;

	ANSWER(f, "orari", MONDAY, MONDAY, "hours");
	assert_int_equal(autoreply_purge(f->conn, f->pack, MONDAY + 29 * DAY, &f->err), 0);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM autoreply_sent"), 1);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM autoreply_heard"), 0);
	assert_int_equal(autoreply_purge(f->conn, f->pack, MONDAY + 31 * DAY, &f->err), 0);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM autoreply_sent"), 0);
}

/* --- values ----------------------------------------------------------------------------------- */

static struct autoreply good(enum autoreply_kind kind)
{
	struct autoreply r = {
		.name = STR("a"),
		.app = STR("app_1"),
		.number = STR("100200300"),
		.kind = kind,
		.text = STR("Ciao\nA presto"),
	};

	if (kind == AUTOREPLY_KEYWORD) {
		r.words = words;
		r.words_len = 2;
	}
	if (kind == AUTOREPLY_OUT_OF_HOURS) {
		r.hours = STR("mon 09:00-18:00");
		r.zone = STR("Europe/Rome");
	}
	return r;
}

static void test_good_values(void **state)
{
	struct fixture *f = *state;

	for (int k = AUTOREPLY_KEYWORD; k <= AUTOREPLY_WELCOME; k++) {
		struct autoreply r = good((enum autoreply_kind)k);
		enum autoreply_kind back;
		OK(autoreply_check(&r, f->arena, &f->err));
		assert_true(autoreply_kind_parse(str_c(autoreply_kind_name(r.kind)), &back));
		assert_int_equal(back, k);
	}
}

static void test_bad_values(void **state)
{
	struct fixture *f = *state;
	static const struct str dots[] = { { "...", 3 } };
	struct autoreply r = good(AUTOREPLY_WELCOME);

	r.text = STR(" \n ");
	FAILS(autoreply_check(&r, f->arena, &f->err), E_INVALID, "text");
	r = good(AUTOREPLY_WELCOME);
	r.words = words;
	r.words_len = 1;
	FAILS(autoreply_check(&r, f->arena, &f->err), E_INVALID, "words");
	r = good(AUTOREPLY_KEYWORD);
	r.words = dots;
	r.words_len = 1;
	FAILS(autoreply_check(&r, f->arena, &f->err), E_INVALID, "words");
	r.words_len = 0;
	FAILS(autoreply_check(&r, f->arena, &f->err), E_INVALID, "words");
	r = good(AUTOREPLY_KEYWORD);
	r.hours = STR("mon 09:00-10:00");
	FAILS(autoreply_check(&r, f->arena, &f->err), E_INVALID, "hours");
	r = good(AUTOREPLY_WELCOME);
	r.zone = STR("Europe/Rome");
	FAILS(autoreply_check(&r, f->arena, &f->err), E_INVALID, "zone");
	r = good(AUTOREPLY_OUT_OF_HOURS);
	r.zone = STR("Nowhere/Town");
	FAILS(autoreply_check(&r, f->arena, &f->err), E_INVALID, "zone");
	r.hours = STR_NONE;
	FAILS(autoreply_check(&r, f->arena, &f->err), E_INVALID, "hours");
}

static void test_on_record(void **state)
{
	struct fixture *f = *state;
	struct autoreply r = good(AUTOREPLY_KEYWORD), found;
	struct autoreply *items;
	size_t len = 0;

	OK(autoreply_add(f->conn, &r, NOW, &f->err));
	OK(autoreply_add(f->conn, &r, NOW + 1, &f->err));
	r.text = STR("Altro");
	FAILS(autoreply_add(f->conn, &r, NOW, &f->err), E_CONFLICT, "text");
	r = good(AUTOREPLY_KEYWORD);
	r.words_len = 1;
	FAILS(autoreply_add(f->conn, &r, NOW, &f->err), E_CONFLICT, "words");
	assert_int_equal(autoreply_get(f->conn, STR("a"), f->arena, &found, &f->err), 1);
	assert_int_equal(found.words_len, 2);
	assert_true(str_eq(found.words[1], words[1]) && found.created_at == NOW);
	r = good(AUTOREPLY_OUT_OF_HOURS);
	r.name = STR("b");
	r.number = STR("100200301");
	OK(autoreply_add(f->conn, &r, NOW, &f->err));
	OK(autoreply_list(f->conn, STR_NONE, STR_NONE, 5, f->arena, &items, &len, &f->err));
	assert_int_equal(len, 2);
	OK(autoreply_list(f->conn, STR("100200301"), STR_NONE, 5, f->arena, &items, &len, &f->err));
	assert_int_equal(len, 1);
	assert_true(str_eq_c(items[0].zone, "Europe/Rome"));
	OK(autoreply_list(f->conn, STR_NONE, STR("b"), 5, f->arena, &items, &len, &f->err));
	assert_int_equal(len, 0);
	assert_int_equal(autoreply_remove(f->conn, STR("a"), &f->err), 1);
	assert_int_equal(autoreply_remove(f->conn, STR("a"), &f->err), 0);
}

static void test_changed(void **state)
{
	struct fixture *f = *state;
	struct autoreply r = good(AUTOREPLY_KEYWORD), found;
	char was[AUTOREPLY_REVISION_MAX], is[AUTOREPLY_REVISION_MAX];

	assert_int_equal(autoreply_set(f->conn, &r, &f->err), 0);
	OK(autoreply_add(f->conn, &r, NOW, &f->err));
	OK(store_do(f->conn, &f->err, "UPDATE autoreply SET sent = 3, last_at = 5", ""));
	assert_int_equal(autoreply_get(f->conn, STR("a"), f->arena, &found, &f->err), 1);
	autoreply_revision(&found, was);
	assert_int_equal(strlen(was), AUTOREPLY_REVISION_MAX - 1);
	r = good(AUTOREPLY_OUT_OF_HOURS);
	r.text = STR("Altro");
	r.number = STR("100200301");
	r.language = STR("it");
	assert_int_equal(autoreply_set(f->conn, &r, &f->err), 1);
	assert_int_equal(autoreply_get(f->conn, STR("a"), f->arena, &found, &f->err), 1);
	assert_true(found.kind == AUTOREPLY_OUT_OF_HOURS && found.words_len == 0);
	assert_true(str_eq(found.text, r.text) && str_eq(found.number, r.number));
	assert_true(str_eq(found.hours, r.hours) && str_eq(found.language, r.language));
	assert_true(found.created_at == NOW && found.sent == 3 && found.last_at == 5);
	autoreply_revision(&found, is);
	assert_string_not_equal(is, was);
	/* what is told of it is none of its values, and a new one of the name is another */
	found.sent++;
	autoreply_revision(&found, was);
	assert_string_equal(is, was);
	found.created_at++;
	autoreply_revision(&found, was);
	assert_string_not_equal(is, was);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_what_is_answered),
		FIXTURE_TEST(test_a_keyword_before_the_hours_before_a_welcome),
		FIXTURE_TEST(test_a_welcome_after_a_long_silence),
		FIXTURE_TEST(test_the_same_one_again),
		FIXTURE_TEST(test_so_many_in_an_hour),
		FIXTURE_TEST(test_who_repeats_is_a_machine),
		FIXTURE_TEST(test_who_says_it_again_later_is_none),
		FIXTURE_TEST(test_purging),
		FIXTURE_TEST(test_good_values),
		FIXTURE_TEST(test_bad_values),
		FIXTURE_TEST(test_on_record),
		FIXTURE_TEST(test_changed),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

#include "apps/analyze/columns.h"

#include "base/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

static struct words *words;

static int setup(void **state)
{
	struct err err = { 0 };

	(void)state;
	return words_new(&words, &err);
}

static int teardown(void **state)
{
	(void)state;
	words_free(&words);
	return 0;
}

static void test_values(void **state)
{
	bool in = false;

	(void)state;
	assert_int_equal(words_status(words, STR("Undelivered")), STATUS_FAILED);
	assert_int_equal(words_status(words, STR("LETTO")), STATUS_READ);
	assert_int_equal(words_status(words, STR("held_for_quality_assessment")), STATUS_ACCEPTED);
	assert_int_equal(words_status(words, STR("teleported")), STATUS_UNKNOWN);
	assert_true(words_direction(words, STR("outbound-api"), &in));
	assert_false(in);
	assert_true(words_direction(words, STR("Inbound"), &in));
	assert_true(in);
	assert_false(words_direction(words, STR("sideways"), &in));
	assert_int_equal(words_type(words, STR("HSM")), TYPE_TEMPLATE);
	assert_int_equal(words_type(words, STR("image")), TYPE_FREE_FORM);
	assert_true(str_eq_c(words_strip(words, STR(" whatsapp:+39333 ")), "+39333"));
	assert_int_equal(words_code(words, 63016), 131047);
	assert_int_equal(words_code(words, 131026), 131026);
}

struct row {
	const char *name, *head, *map;
	enum traffic_role role;
	int place; /* -2 = refused */
};

static const struct row rows[] = {
	{ "as it is", "time,to,type", NULL, ROLE_TO, 1 },
	{ "a sign and a capital", "Sent Date,To,Body", NULL, ROLE_TIME, 0 },
	{ "the better of two", "date,sent_at,to", NULL, ROLE_TIME, 1 },
	{ "what the map says goes first", "time,zeit,to", "time=zeit", ROLE_TIME, 1 },
	{ "the map in another case", "Zeit,to", "time=zeit", ROLE_TIME, 0 },
	{ "a taken column is no other role", "time,to", "from=to", ROLE_TO, -1 },
	{ "a role that is none", "time,to", "when=time", ROLE_TO, -2 },
	{ "a column that is not there", "time,to", "app=system", ROLE_APP, -2 },
	{ "two columns of one name", "time,x,x", "to=x", ROLE_TO, -2 },
	{ "nothing of the kind", "a,b", NULL, ROLE_TIME, -1 },
};

static void test_columns(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str rest = str_c(rows[i].head), names[8];
		struct columns c;
		struct err err = { 0 };
		size_t n = 0;
		while (rest.p)
			names[n++] = str_cut(&rest, ',');
		int r = columns_read(words, names, n, rows[i].map, &c, &err);
		int place = r < 0 ? -2 : c.place[rows[i].role];
		if (place != rows[i].place)
			fail_msg("%s: %d, %s", rows[i].name, place, err.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_columns),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

/* Telephone numbers: every way people write them, both sides of every length, who a number belongs to. */
#include "domain/phone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/clock.h"
#include "domain/phone_table.h"

struct reading {
	const char *text, *country;
	const char *number; /* NULL = refused */
	bool prefixed;
};

static const struct reading readings[] = {
	/* international */
	{ "+393331234567", NULL, "+393331234567", false },
	{ " +39 333 123.45-67 ", NULL, "+393331234567", false },
	{ "+39\xc2\xa0(333)\xe2\x80\x91"
	  "1234567",
	    NULL, "+393331234567", false },
	{ "00393331234567", NULL, "+393331234567", false },
	{ "0039 333 1234567", "US", "+393331234567", false },
	{ "+1 202 555 0143", NULL, "+12025550143", false },
	{ "+44 7700 900123", NULL, "+447700900123", false },
	{ "+44 (0) 7700 900123", NULL, "+447700900123", false },
	{ "+5511900000011", NULL, "+5511900000011", false },
	{ "+49 151 23456789", NULL, "+4915123456789", false },
	{ "+7 916 123 45 67", NULL, "+79161234567", false },
	{ "+390669812345", NULL, "+390669812345", false },
	{ "+881 6 12345678 9", NULL, "+8816123456789", false },
	/* lengths: Italy 6 to 12 digits behind the code, +1 exactly 10, France exactly 9 */
	{ "+39 33312", NULL, NULL, false },
	{ "+39 333123", NULL, "+39333123", false },
	{ "+39 333123456789", NULL, "+39333123456789", false },
	{ "+39 3331234567890", NULL, NULL, false },
	{ "+1 202 555 014", NULL, NULL, false },
	{ "+1 202 555 01433", NULL, NULL, false },
	{ "+33 6 12 34 56 7", NULL, NULL, false },
	{ "+33 6 12 34 56 78", NULL, "+33612345678", false },
	{ "+33 6 12 34 56 789", NULL, NULL, false },
	/* no plus: international when valid as such */
	{ "393331234567", "IT", "+393331234567", false },
	{ "393331234567", NULL, "+393331234567", false },
	{ "5511900000011", "IT", "+5511900000011", false },
	{ "12025550143", "IT", "+12025550143", false },
	/* else national */
	{ "333 1234567", "IT", "+393331234567", true },
	{ "392 345 6789", "IT", "+393923456789", true },
	{ "06 6982 1234", "IT", "+390669821234", true },
	{ "07700 900123", "GB", "+447700900123", true },
	{ "7700 900123", "GB", "+447700900123", true },
	{ "(202) 555-0143", "US", "+12025550143", true },
	{ "8 916 123-45-67", "RU", "+79161234567", true },
	{ "800 123 45 67", "RU", "+78001234567", true },
	{ "06 20 123 4567", "HU", "+36201234567", true },
	{ "0151 23456789", "DE", "+4915123456789", true },
	{ "55 91234-5678", "BR", "+5555912345678", true },
	{ "9123456789", "IN", "+919123456789", true },
	{ "333 1234567", NULL, NULL, false },
	{ "333 1234567", "XX", NULL, false },
	/* one person, one number */
	{ "+52 1 55 1234 5678", NULL, "+525512345678", false },
	{ "5215512345678", NULL, "+525512345678", false },
	{ "+52 55 1234 5678", NULL, "+525512345678", false },
	{ "+55 31 8888 7777", NULL, "+5531988887777", false },
	{ "553188887777", NULL, "+5531988887777", false },
	{ "+55 31 98888 7777", NULL, "+5531988887777", false },
	{ "+55 31 3888 7777", NULL, "+553138887777", false },
	{ "+55 11 7888 7777", NULL, "+551178887777", false },
	/* not telephone numbers */
	{ "", "IT", NULL, false },
	{ "+", "IT", NULL, false },
	{ "00", "IT", NULL, false },
	{ "()", "IT", NULL, false },
	{ "++393331234567", "IT", NULL, false },
	{ "39+3331234567", "IT", NULL, false },
	{ "+39333123456a", "IT", NULL, false },
	{ "+39/333/1234567", "IT", NULL, false },
	{ "IT.Q7tXk29LmVa4Zc", "IT", NULL, false },
	{ "+999 123456789", NULL, NULL, false },
	{ "+0393331234567", NULL, NULL, false },
	{ "123456789012345678901234567890", "IT", NULL, false },
	{ "\xc2", "IT", NULL, false },
};

static void test_readings(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(readings); i++) {
		const struct reading *r = &readings[i];
		struct phone p = { 7 };
		struct err err = { .code = 0 };
		char text[PHONE_TEXT_MAX] = "";
		bool prefixed = false;
		int rc = phone_parse(str_c(r->text), str_c(r->country), &p, &prefixed, &err);

		if (rc == 0)
			phone_format(p, text);
		if ((rc == 0) != (r->number != NULL) ||
		    strcmp(text, r->number ? r->number : "") != 0 || prefixed != r->prefixed)
			fail_msg("%s in %s reads as '%s' (%d)", r->text,
			    r->country ? r->country : "-", text, rc);
		if (rc < 0) {
			assert_int_equal(rc, -E_INVALID);
			assert_true(err.text[0] != '\0');
			assert_int_equal(p.number, 7); /* written only on success */
		}
	}
}

static void test_zero_byte_inside(void **state)
{
	struct phone p;

	(void)state;
	assert_int_equal(
	    phone_parse(STR("+39333\0001234567"), STR_NONE, &p, NULL, NULL), -E_INVALID);
}

static const struct {
	uint64_t number;
	const char *country; /* NULL = none */
	unsigned area;
	const char *masked;
} owners[] = {
	{ 393331234567, "IT", 0, "+39 333 •••67" },
	{ 390669812345, "VA", 0, "+39 066 •••45" },
	{ 12025550143, "US", 202, "+1 202 •••43" },
	{ 14165550143, "CA", 416, "+1 416 •••43" },
	{ 17875550143, "PR", 787, "+1 787 •••43" },
	{ 18765550143, "JM", 876, "+1 876 •••43" },
	{ 18005550143, NULL, 800, "+1 800 •••43" },
	{ 15550000101, NULL, 555, "+1 555 •••01" },
	{ 447700900123, "GB", 0, "+44 770 •••23" },
	{ 441481900123, "GG", 0, "+44 148 •••23" },
	{ 447797900123, "JE", 0, "+44 779 •••23" },
	{ 447624900123, "IM", 0, "+44 762 •••23" },
	{ 79161234567, "RU", 0, "+7 916 •••67" },
	{ 77011234567, "KZ", 0, "+7 701 •••67" },
	{ 358181234567, "AX", 0, "+358 181 •••67" },
	{ 358401234567, "FI", 0, "+358 401 •••67" },
	{ 2908123, "TA", 0, "+290 •••23" },
	{ 8816123456789, NULL, 0, "+881 612 •••89" },
	{ 0, NULL, 0, "" },
};

static void test_owners(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(owners); i++) {
		struct phone p = { owners[i].number };
		char masked[PHONE_TEXT_MAX + 8];
		struct str country = phone_country(p);

		phone_format_masked(p, masked);
		if (!str_eq_c(country, owners[i].country ? owners[i].country : "") ||
		    phone_nanp_area(p) != owners[i].area || strcmp(masked, owners[i].masked) != 0)
			fail_msg("%s belongs to '%.*s'", masked, STR_ARG(country));
	}
}

static void test_format(void **state)
{
	char text[PHONE_TEXT_MAX];

	(void)state;
	phone_format((struct phone){ 999999999999999 }, text);
	assert_string_equal(text, "+999999999999999");
	phone_format_digits((struct phone){ 393331234567 }, text);
	assert_string_equal(text, "393331234567");
	phone_format((struct phone){ 0 }, text);
	assert_string_equal(text, "");
	phone_format_digits((struct phone){ 0 }, text);
	assert_string_equal(text, "");
}

/* Every country of the table: its zones are known to this system, and they are not too many. */
static void test_countries(void **state)
{
	struct str zones[PHONE_ZONES_MAX];

	(void)state;
	for (size_t i = 0; i < phone_plans_len; i++) {
		struct str country = str_c(phone_plans[i].country);
		size_t n;

		if (country.len == 0)
			continue;
		assert_true(phone_is_country(country));
		n = phone_country_zones(country, zones, ARRAY_LEN(zones));
		/* Kosovo and Ascension have a code but no line of their own in tzdata. */
		if (n == 0 && !str_eq_c(country, "XK") && !str_eq_c(country, "AC") &&
		    !str_eq_c(country, "TA"))
			fail_msg("%s has no zone", country.p);
		assert_true(n < ARRAY_LEN(zones));
		for (size_t z = 0; z < n; z++) {
			int second, weekday;

			if (time_local(zones[z], 0, &second, &weekday) < 0)
				fail_msg("%s: no zone %.*s", country.p, STR_ARG(zones[z]));
		}
	}
	assert_int_equal(phone_country_zones(STR("IT"), zones, ARRAY_LEN(zones)), 1);
	assert_true(str_eq_c(zones[0], "Europe/Rome"));
	assert_int_equal(phone_country_zones(STR("US"), zones, 2), 2);
	assert_true(str_eq_c(zones[0], "America/New_York"));
	assert_int_equal(phone_country_zones(STR("XX"), zones, 2), 0);
	assert_int_equal(phone_country_zones(STR_NONE, zones, 2), 0);
	assert_false(phone_is_country(STR("it")));
	assert_false(phone_is_country(STR("XX")));
	assert_false(phone_is_country(STR("")));
	assert_true(phone_is_country(STR("AQ")));
}

/* The table itself: sorted, codes prefix-free, and every length within E.164. */
static void test_table(void **state)
{
	(void)state;
	for (size_t i = 1; i < phone_plans_len; i++) {
		const struct phone_plan *a = &phone_plans[i - 1], *b = &phone_plans[i];

		assert_true(a->code <= b->code);
		assert_true(b->code < 1000 && b->code / 10 != a->code && b->code / 100 != a->code);
		assert_true(strlen(b->lengths) > 0 && strlen(b->leads) > 0);
	}
	for (size_t i = 1; i < phone_splits_len; i++)
		assert_true(phone_splits[i - 1].code <= phone_splits[i].code);
	for (size_t i = 1; i < phone_zones_len; i++)
		assert_true(strcmp(phone_zones[i - 1].country, phone_zones[i].country) < 0);
}

static void check_round_trip(const char *text)
{
	char again[PHONE_TEXT_MAX];
	struct phone p, q;

	if (phone_parse(str_c(text), STR_NONE, &p, NULL, NULL) < 0)
		return;
	phone_format(p, again);
	assert_int_equal(phone_parse(str_c(again), STR_NONE, &q, NULL, NULL), 0);
	if (p.number != q.number)
		fail_msg("%s reads as %s", text, again);
	phone_format_digits(p, again);
	assert_int_equal(phone_parse(str_c(again), STR_NONE, &q, NULL, NULL), 0);
	if (p.number != q.number)
		fail_msg("%s without plus reads as another", text);
}

/* What was read once and written reads the same again, with and without the plus: for every calling code, first
 * digit and length. */
static void test_round_trip(void **state)
{
	enum { FIRSTS = 10, LENGTHS = 14 };
	char text[PHONE_TEXT_MAX + 8];

	(void)state;
	for (size_t i = 0; i < phone_plans_len * FIRSTS * LENGTHS; i++) {
		const struct phone_plan *plan = &phone_plans[i / LENGTHS / FIRSTS];

		(void)snprintf(text, sizeof(text), "+%u%d%.*s", plan->code,
		    (int)(i / LENGTHS % FIRSTS), (int)(i % LENGTHS), "23456789012345");
		check_round_trip(text);
	}
}

static void test_bsuid(void **state)
{
	static const struct {
		const char *text;
		bool valid;
	} cases[] = {
		{ "BR.Q7tXk29LmVa4Zc", true },
		{ "IT.1", true },
		{ "IT.ENT.Ab9", true },
		{ "IT.ENT", true }, /* a user id that happens to read ENT */
		{ "IT.ENT.", false },
		{ "IT.", false },
		{ "IT", false },
		{ "", false },
		{ "it.Q7tXk29LmVa4Zc", false },
		{ "ITA.Q7tXk29", false },
		{ "I1.Q7tXk29", false },
		{ "IT.Q7tXk-29", false },
		{ "IT.Q7.Xk29", false },
		{ "IT.è", false },
		{ "+393331234567", false },
	};
	char text[3 + 129 + 1] = "IT.";

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (bsuid_is_valid(str_c(cases[i].text)) != cases[i].valid)
			fail_msg("%s", cases[i].text);
	}
	memset(text + 3, 'a', 129);
	assert_true(bsuid_is_valid(str_n(text, 3 + 128)));
	assert_false(bsuid_is_valid(str_n(text, 3 + 129)));
	assert_false(bsuid_is_valid(STR_NONE));
	assert_true(str_eq_c(bsuid_country(STR("BR.Q7t")), "BR"));
	assert_null(bsuid_country(STR("Q7t")).p);
}

static void test_spoilt(void **state)
{
	static const struct {
		const char *text;
		bool rounded, sum;
	} cases[] = {
		{ "3.93E+11", true, false },
		{ "+3,93331e11", true, false },
		{ "393331234501.0", false, true },
		{ "+393331234501,00", false, true },
		{ "393331234501", false, false },
		{ "333.123", false, false },
		{ "393331234501.000", false, false },
		{ "E+11", false, false },
		{ "3.93E", false, false },
		{ "", false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str text = str_c(cases[i].text);
		if (phone_is_rounded(text) != cases[i].rounded ||
		    phone_is_sum(text) != cases[i].sum)
			fail_msg("%s", cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_readings),
		cmocka_unit_test(test_zero_byte_inside),
		cmocka_unit_test(test_owners),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_countries),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_spoilt),
		cmocka_unit_test(test_bsuid),
	};

	return cmocka_run_group_tests_name("phone", tests, NULL, NULL);
}

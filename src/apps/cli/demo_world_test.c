#include "apps/cli/demo_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/csv.h"
#include "base/map.h"
#include "domain/phone.h"
#include "domain/template_def.h"

#define NOW 1795341600000 /* 2026-11-22T10:00:00Z */

/* Numbers that nobody has: those of this project's examples, Ofcom's and Arcep's for fiction. */
static bool is_reserved(const char *phone)
{
	return strncmp(phone, "+3933312345", 11) == 0 || strncmp(phone, "+447700900", 10) == 0 ||
	    strncmp(phone, "+3363998", 8) == 0;
}

static void test_everybody_has_a_number_of_their_own(void **state)
{
	struct map *seen = map_new();
	char phone[DEMO_PHONE_MAX], again[PHONE_TEXT_MAX];
	struct phone p;

	(void)state;
	for (size_t i = 0; i < DEMO_NUMBERS; i++) {
		assert_int_equal(
		    phone_parse(str_c(demo_numbers[i].display), STR_NONE, &p, NULL, NULL), 0);
		phone_format(p, again);
		assert_int_equal(map_put(seen, str_c(again), seen), 0);
	}
	for (size_t i = 0; i < DEMO_PEOPLE; i++) {
		demo_phone(i, phone);
		if (phone_parse(str_c(phone), STR_NONE, &p, NULL, NULL) < 0 || !is_reserved(phone))
			fail_msg("%zu: %s", i, phone);
		phone_format(p, again);
		assert_string_equal(again, phone);
		if (map_get(seen, str_c(phone)))
			fail_msg("%zu: %s twice", i, phone);
		assert_int_equal(map_put(seen, str_c(phone), seen), 0);
	}
	map_free(&seen);
}

/* What a row of the table says; -1 a row that will not do. */
static int read_row(const struct str *fields, size_t len, struct imap *evidences, bool *ret_silent)
{
	char silent[DEMO_PHONE_MAX];
	enum evidence evidence = EVIDENCE_NONE;
	enum purpose purpose;
	time_ms at;
	bool grant = len == 8 && str_eq(fields[3], STR("grant"));

	demo_phone(DEMO_SILENT, silent);
	if (len != 8 || purpose_parse(fields[2], &purpose) < 0 || time_parse(fields[4], &at) < 0 ||
	    at > NOW)
		return -1;
	if (!grant && !str_eq(fields[3], STR("withdraw")))
		return -1;
	if (grant && (evidence_parse(fields[5], &evidence) < 0 || evidence == EVIDENCE_NONE))
		return -1;
	if (imap_put(evidences, (uint64_t)evidence, 1) < 0)
		return -1;
	*ret_silent = *ret_silent ||
	    (str_eq_c(fields[0], silent) && grant && purpose == PURPOSE_ALL);
	return grant ? 1 : 0;
}

static void test_the_table_of_consents(void **state)
{
	const struct csv_limits limits = { .fields = 16, .bytes = 4096 };
	struct csv *csv = csv_new(',', &limits);
	struct imap *evidences = imap_new();
	const struct str *fields;
	struct buf table;
	size_t len, rows = 0, grants = 0;
	bool silent = false;
	struct err err = { .code = 0 };
	int r;

	(void)state;
	buf_init(&table, 0);
	demo_consents(NOW, &table);
	assert_false(table.failed);
	csv_feed(csv, buf_str(&table));
	csv_end(csv);
	assert_int_equal(csv_next(csv, &fields, &len, &err), 1);
	while ((r = csv_next(csv, &fields, &len, &err)) > 0) {
		int kind = read_row(fields, len, evidences, &silent);
		if (kind < 0)
			fail_msg("row %zu", rows);
		rows++;
		grants += (size_t)kind;
	}
	if (r < 0)
		fail_msg("%s", err.text);
	assert_int_equal(grants, DEMO_PEOPLE * 9 / 10);
	assert_true(rows > grants + 300);
	/* None (of withdrawals), and every strength of a grant. */
	assert_int_equal(imap_len(evidences), 6);
	assert_true(silent);
	imap_free(&evidences);
	csv_free(&csv);
	buf_done(&table);
}

static void test_the_templates(void **state)
{
	static const char *const names[] = { "order_shipped", "order_shipped", "spring_offer",
		"spring_offer", "access_code" };
	struct arena *a = arena_new(0, 0);
	struct pack *pack;
	const struct json *list;
	struct err err = { .code = 0 };

	(void)state;
	assert_int_equal(crypto_init(&err), 0);
	assert_int_equal(pack_builtin(&pack, &err), 0);
	assert_int_equal(json_read(a, str_c(demo_templates), &list, &err), 0);
	assert_int_equal(json_len(list), ARRAY_LEN(names));
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct json *definition = json_at(list, i);
		struct buf out;
		struct json_writer w;
		assert_true(str_eq_c(json_str(json_get(definition, "name")), names[i]));
		buf_init(&out, 0);
		jw_init(&w, &out);
		jw_array(&w);
		if (template_def_lint(a, pack, definition, false, &w) != 0)
			fail_msg("%s: %s", names[i], out.p);
		buf_done(&out);
	}
	pack_free(&pack);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everybody_has_a_number_of_their_own),
		cmocka_unit_test(test_the_table_of_consents),
		cmocka_unit_test(test_the_templates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

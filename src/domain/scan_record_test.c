#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "domain/fixture.h"
#include "domain/scan_record.h"

#define HEAD \
	"\"tool\":{\"name\":\"varco\",\"version\":\"0.1\"},\"catalogue\":{\"version\":\"2026.11\",\"rows\":437}," \
	"\"roots\":[\"srv/shop\"],\"at\":\"2026-11-22T09:00:00Z\",\"files\":12,\"bytes\":3400," \
	"\"coverage\":{\"complete\":true},\"verdict\":\"unofficial\""
#define FINDING \
	"{\"title\":\"Baileys\",\"kind\":\"library\",\"id\":\"npm.baileys\",\"verdict\":\"unofficial\",\"confidence\":0.95,\"place\":\"manifest\"," \
	"\"root\":0,\"path\":\"package.json\",\"line\":7,\"column\":3,\"match\":\"baileys\",\"why\":\"w\"," \
	"\"replacement\":\"r\",\"fingerprint\":\"0123456789abcdef0123456789abcdef\"}"
#define REPORT "{" HEAD ",\"findings\":[" FINDING "]}"

static int read_text(struct fixture *f, const char *text, const char *name, struct scan_report *ret)
{
	return scan_report_read(f->arena, str_c(text), str_c(name), NOW, ret, &f->err);
}

static void test_a_report(void **state)
{
	struct fixture *f = *state;
	struct scan_report r;

	OK(read_text(f, REPORT, NULL, &r));
	assert_int_equal(r.roots_len, 1);
	assert_true(str_eq(r.roots[0], STR("srv/shop")));
	assert_int_equal(r.files, 12);
	assert_true(r.complete);
	assert_int_equal(r.signals_len, 1);
	assert_int_equal(r.signals[0].confidence, 95);
	assert_int_equal(r.signals[0].line, 7);
	assert_null(r.signals[0].mechanism.p);
	OK(read_text(f, REPORT, "shop", &r));
	assert_true(str_eq(r.roots[0], STR("shop")));
}

static void test_a_register(void **state)
{
	struct fixture *f = *state;
	struct scan_report r;

	OK(read_text(f,
	    "{\"register\":1,\"scan\":{" HEAD
	    "},\"entries\":[{\"id\":\"x\"},{\"findings\":[" FINDING "]}]}",
	    NULL, &r));
	assert_int_equal(r.signals_len, 1);
	assert_true(str_eq(r.signals[0].title, STR("Baileys")));
	assert_true(str_eq(r.signals[0].kind, STR("library")));
}

/* The report with one part exchanged. */
static const char *with(struct fixture *f, const char *part, const char *other)
{
	const char *at = strstr(REPORT, part);

	assert_non_null(at);
	struct str text = arena_printf(
	    f->arena, "%.*s%s%s", (int)(at - REPORT), REPORT, other, at + strlen(part));
	return text.p;
}

static void test_hostile_reports(void **state)
{
	static const struct {
		const char *part, *other, *field;
		int code;
	} cases[] = {
		{ REPORT, "{", "file", E_INVALID },
		{ REPORT, "[]", "file", E_INVALID },
		{ REPORT, "{\"register\":1,\"entries\":[]}", "file", E_INVALID },
		{ REPORT, "{\"register\":1,\"scan\":{" HEAD "},\"entries\":{}}", "entries",
		    E_INVALID },
		{ REPORT, "{\"register\":1,\"scan\":{" HEAD "},\"entries\":[{\"findings\":1}]}",
		    "entries", E_INVALID },
		{ "2026-11-22T09", "2026-11-23T09", "at", E_RANGE },
		{ "\"2026-11-22T09:00:00Z\"", "7", "at", E_INVALID },
		{ "\"verdict\":\"unofficial\"", "\"verdict\":\"evil\"", "verdict", E_INVALID },
		{ "\"rows\":437", "\"rows\":-1", "catalogue.rows", E_INVALID },
		{ "\"version\":\"2026.11\"", "\"version\":\"a\\u001b[2J\"", "catalogue.version",
		    E_INVALID },
		{ "\"version\":\"0.1\"", "\"version\":[]", "tool.version", E_INVALID },
		{ "\"files\":12", "\"files\":1.5", "files", E_INVALID },
		{ "\"bytes\":3400", "\"bytes\":null", "bytes", E_INVALID },
		{ "\"complete\":true", "\"complete\":1", "coverage.complete", E_INVALID },
		{ "[\"srv/shop\"]", "[]", "roots", E_INVALID },
		{ "[\"srv/shop\"]", "[7]", "roots", E_INVALID },
		{ "[\"srv/shop\"]", "[\".\"]", "name", E_INVALID },
		{ "[\"srv/shop\"]", "[\"././/\"]", "name", E_INVALID },
		{ "[" FINDING "]", "{}", "findings", E_INVALID },
		{ "[" FINDING "]", "[7]", "findings", E_INVALID },
		{ "\"id\":\"npm.baileys\"", "\"id\":\"npm baileys\"", "findings", E_INVALID },
		{ "\"id\":\"npm.baileys\"", "\"id\":\"a\\nb\"", "findings", E_INVALID },
		{ "0123456789abcdef\"", "0123456789ABCDEF\"", "findings", E_INVALID },
		{ "0123456789abcdef\"", "0123456789abcde\\u0000\"", "findings", E_INVALID },
		{ "\"confidence\":0.95", "\"confidence\":1e300", "findings", E_INVALID },
		{ "\"confidence\":0.95", "\"confidence\":\"1\"", "findings", E_INVALID },
		{ "\"root\":0", "\"root\":1", "findings", E_INVALID },
		{ "\"root\":0", "\"root\":-1", "findings", E_INVALID },
		{ "\"line\":7", "\"line\":-7", "findings", E_INVALID },
		{ "\"path\":\"package.json\"", "\"path\":\"\"", "findings", E_INVALID },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct scan_report r = { .files = -7 };
		f->err = (struct err){ 0 };
		const char *text = strcmp(cases[i].part, REPORT) == 0
		    ? cases[i].other
		    : with(f, cases[i].part, cases[i].other);
		int rc = read_text(f, text, NULL, &r);
		if (rc != -cases[i].code || strcmp(f->err.field, cases[i].field) != 0)
			fail_msg(
			    "%s: %s, field \"%s\"", cases[i].other, err_name(rc), f->err.field);
		assert_int_equal(r.files, -7);
	}
}

static void test_texts_are_made_harmless(void **state)
{
	struct fixture *f = *state;
	struct scan_report r;

	OK(read_text(
	    f, with(f, "\"path\":\"package.json\"", "\"path\":\"a\\u001b[2J\\nb\""), NULL, &r));
	assert_true(str_eq(r.signals[0].path, STR("a?[2J?b")));
	assert_int_equal(r.signals[0].path.len, 7);
}

static void test_bounds(void **state)
{
	struct fixture *f = *state;
	struct scan_report r;
	struct buf text;

	buf_init(&text, 0);
	buf_add_c(&text, "{" HEAD ",\"findings\":[");
	for (int i = 0; i <= SCAN_FINDINGS_MAX; i++)
		buf_add_c(&text, i ? ",0" : "0");
	buf_add_c(&text, "]}");
	FAILS(read_text(f, text.p, NULL, &r), E_TOO_LARGE, "findings");
	buf_reset(&text);
	while (text.len <= SCAN_REPORT_MAX)
		buf_add_c(
		    &text, "                                                                ");
	FAILS(read_text(f, text.p, NULL, &r), E_TOO_LARGE, "file");
	buf_reset(&text);
	buf_add_c(&text, "{\"complete\":true,\"x\":\"");
	for (int i = 0; i < 70000; i++)
		buf_add_char(&text, 'x');
	buf_add_c(&text, "\"}");
	FAILS(read_text(f, with(f, "{\"complete\":true}", text.p), NULL, &r), E_TOO_LARGE,
	    "coverage");
	buf_reset(&text);
	for (int i = 0; i <= SCAN_ROOTS_MAX; i++)
		buf_add_c(&text, i ? ",\"a\"" : "[\"a\"");
	buf_add_c(&text, "]");
	FAILS(read_text(f, with(f, "[\"srv/shop\"]", text.p), NULL, &r), E_TOO_LARGE, "roots");
	buf_done(&text);
}

static void test_records(void **state)
{
	struct fixture *f = *state;
	struct scan_report r;
	struct scan_record *list, x;
	uint64_t id = 0;
	size_t n = 9;
	bool more = true;

	OK(read_text(f, REPORT, "shop", &r));
	assert_int_equal(scan_record_known(f->conn, &r.digest, &id, &f->err), 0);
	OK(scan_record_add(f->conn, 7, &r, NOW, f->arena, &f->err));
	assert_int_equal(scan_record_known(f->conn, &r.digest, &id, &f->err), 1);
	assert_int_equal(id, 7);
	r.digest.b[0] ^= 1;
	OK(scan_record_add(f->conn, 9, &r, NOW, f->arena, &f->err));
	OK(scan_record_list(f->conn, 0, 1, f->arena, &list, &n, &more, &f->err));
	assert_int_equal(n, 1);
	assert_true(more);
	assert_int_equal(list[0].id, 9);
	OK(scan_record_list(f->conn, 9, 1, f->arena, &list, &n, &more, &f->err));
	assert_int_equal(list[0].id, 7);
	assert_false(more);
	assert_int_equal(scan_record_get(f->conn, 8, f->arena, &x, &f->err), 0);
	assert_int_equal(scan_record_get(f->conn, 7, f->arena, &x, &f->err), 1);
	assert_int_equal(x.files, 12);
	assert_true(x.complete);
	assert_non_null(strstr(x.body.p, "\"roots\":[\"shop\"]"));
}

static int work(struct fixture *f)
{
	struct scan_report r;
	struct scan_record *list;
	size_t n;
	bool more;
	int rc = read_text(f, REPORT, "shop", &r);

	if (rc == 0)
		rc = scan_record_add(f->conn, 7, &r, NOW, f->arena, &f->err);
	return rc < 0 ? rc : scan_record_list(f->conn, 0, 5, f->arena, &list, &n, &more, &f->err);
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "reports of scans", work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_a_report),
		FIXTURE_TEST(test_a_register),
		FIXTURE_TEST(test_hostile_reports),
		FIXTURE_TEST(test_texts_are_made_harmless),
		FIXTURE_TEST(test_bounds),
		FIXTURE_TEST(test_records),
		FIXTURE_TEST(test_memory_runs_out),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "domain/fixture.h"
#include "domain/scan_finding.h"

static struct scan_signal signal_of(const char *verdict, const char *match)
{
	return (struct scan_signal){ .row = STR("npm.baileys"),
		.verdict = str_c(verdict),
		.path = STR("bot/package.json"),
		.match = str_c(match),
		.fingerprint = STR("0123456789abcdef"),
		.line = 3,
		.confidence = 95 };
}

static int add(struct fixture *f, uint64_t scan, int64_t n, const char *verdict, const char *match)
{
	const struct scan_signal s = signal_of(verdict, match);
	const struct scan_place at = { scan, n, STR("shop"), STR("int_1") };

	return scan_finding_add(f->conn, &at, &s, f->arena, &f->err);
}

static struct scan_finding *list(struct fixture *f, const struct scan_finding_filter *filter,
    size_t expected, bool expected_more)
{
	struct scan_finding *items = NULL;
	bool more = !expected_more;
	size_t n = 99;

	OK(scan_finding_list(f->conn, filter, f->arena, &items, &n, &more, &f->err));
	assert_int_equal(n, expected);
	assert_int_equal(more, expected_more);
	return items;
}

static void test_pages_and_verdicts(void **state)
{
	struct fixture *f = *state;

	OK(add(f, 7, 1, "unofficial", "baileys"));
	OK(add(f, 7, 2, "unofficial", "baileys"));
	OK(add(f, 7, 3, "review", "x"));
	OK(add(f, 8, 1, "official", "x"));
	struct scan_finding *items = list(
	    f, &(struct scan_finding_filter){ .scan = 7, .verdict = STR(""), .limit = 2 }, 2, true);
	assert_int_equal(items[1].n, 2);
	items = list(f,
	    &(struct scan_finding_filter){ .scan = 7, .verdict = STR(""), .after = 2, .limit = 2 },
	    1, false);
	assert_int_equal(items[0].n, 3);
	list(f, &(struct scan_finding_filter){ .scan = 7, .verdict = STR("review"), .limit = 9 }, 1,
	    false);
	list(f, &(struct scan_finding_filter){ .scan = 7, .verdict = STR("official"), .limit = 9 },
	    0, false);
	list(f, &(struct scan_finding_filter){ .scan = 9, .verdict = STR(""), .limit = 9 }, 0,
	    false);
}

static void test_what_matched_tells_of_no_one(void **state)
{
	static const struct {
		const char *match, *kept;
	} rows[] = {
		{ "wa.me/393331234501", "\"match\":\"wa.me/39**********\"" },
		{ "393331234501", "\"match\":\"39**********\"" },
		{ "localhost:8080 2026", "\"match\":\"localhost:8080 2026\"" },
		{ "123456 1234567", "\"match\":\"123456 12*****\"" },
		{ "", "\"match\":\"\"" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		OK(add(f, 20 + i, 1, "review", rows[i].match));
		struct scan_finding *items = list(f,
		    &(struct scan_finding_filter){ .scan = 20 + i, .verdict = STR(""), .limit = 5 },
		    1, false);
		if (!strstr(items[0].body.p, rows[i].kept))
			fail_msg("%s: %.*s", rows[i].match, STR_ARG(items[0].body));
	}
}

static void test_only_the_newest_scans_keep_them(void **state)
{
	struct fixture *f = *state;

	for (int64_t i = 1; i <= SCAN_FINDINGS_SCANS + 2; i++) {
		char digest[SHA256_LEN] = { (char)i };
		OK(store_do(f->conn, &f->err,
		    "INSERT INTO scan (id, at, received_at, verdict, complete, files, bytes, findings, catalogue,"
		    " catalogue_rows, digest, body) VALUES (?1, 1, 1, 'clean', 1, 1, 1, 1, 'c', 1, ?2, '{}')",
		    "ib", i, str_n(digest, sizeof(digest))));
		OK(add(f, (uint64_t)i, 1, "review", "x"));
	}
	OK(scan_findings_purge(f->conn, &f->err));
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM scan_finding"), SCAN_FINDINGS_SCANS);
	assert_int_equal(scratch_int(f->conn, "SELECT min(scan) FROM scan_finding"), 3);
}

static int work(struct fixture *f)
{
	const struct scan_finding_filter filter = { .scan = 7, .verdict = STR(""), .limit = 9 };
	struct scan_finding *items;
	bool more;
	size_t n;
	int r = add(f, 7, 1, "review", "x");

	if (r == 0)
		r = scan_finding_list(f->conn, &filter, f->arena, &items, &n, &more, &f->err);
	return r < 0 ? r : scan_findings_purge(f->conn, &f->err);
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "what a scan found", work);
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_pages_and_verdicts),
		FIXTURE_TEST(test_what_matched_tells_of_no_one),
		FIXTURE_TEST(test_only_the_newest_scans_keep_them),
		FIXTURE_TEST(test_memory_runs_out),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

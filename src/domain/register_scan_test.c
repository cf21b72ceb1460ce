#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "domain/fixture.h"
#include "domain/register_scan.h"

/* One finding: row, verdict, place, path, and two letters for its fingerprint. */
struct found {
	const char *row, *verdict, *place, *path, *print;
};

struct scan {
	time_ms at;
	bool incomplete;
	int64_t rows, files; /* 0 = 437 and 10 */
	const struct found *found;
	size_t len;
};

static struct register_act act_at(struct fixture *f, time_ms now)
{
	return (struct register_act){ .c = f->conn,
		.ledger = &f->ledger,
		.key = &f->key,
		.ids = &f->ids,
		.arena = f->arena,
		.by = STR("scan"),
		.now = now };
}

static struct str report_of(struct fixture *f, const struct scan *s)
{
	char at[TIME_TEXT_MAX];
	struct buf out;

	time_format(s->at, at);
	buf_init(&out, 0);
	buf_addf(&out,
	    "{\"tool\":{\"version\":\"0.1\"},\"catalogue\":{\"version\":\"2026.11\",\"rows\":%lld},"
	    "\"roots\":[\".\"],\"at\":\"%s\",\"files\":%lld,\"bytes\":10,\"coverage\":{\"complete\":%s},"
	    "\"verdict\":\"review\",\"findings\":[",
	    (long long)(s->rows ? s->rows : 437), at,
	    (long long)(s->files < 0 ? 0
		    : s->files       ? s->files
				     : 10),
	    s->incomplete ? "false" : "true");
	for (size_t i = 0; i < s->len; i++)
		buf_addf(&out,
		    "%s{\"id\":\"%s\",\"verdict\":\"%s\",\"confidence\":1,\"place\":\"%s\",\"path\":\"%s\","
		    "\"line\":1,\"match\":\"m\",\"fingerprint\":\"%s%s%s%s\"}",
		    i ? "," : "", s->found[i].row, s->found[i].verdict, s->found[i].place,
		    s->found[i].path, s->found[i].print, s->found[i].print, s->found[i].print,
		    s->found[i].print);
	buf_add_c(&out, "]}");
	struct str ret = out.failed ? STR_NONE : arena_str(f->arena, buf_str(&out));
	buf_done(&out);
	return ret;
}

static struct register_scanned scan(struct fixture *f, const struct scan *s)
{
	struct register_act act = act_at(f, s->at + MINUTE);
	struct register_scanned done = { .entered = -1 };
	struct scan_report report;

	OK(scan_report_read(f->arena, report_of(f, s), STR("shop"), act.now, &report, &f->err));
	OK(register_scan(&act, &report, &done, &f->err));
	return done;
}

#define SCAN(when, ...) \
	scan(f, \
	    &(struct scan){ .at = (when), .found = found, .len = ARRAY_LEN(found), __VA_ARGS__ })
#define EMPTY(when, ...) scan(f, &(struct scan){ .at = (when), __VA_ARGS__ })

static void check(const struct register_scanned *x, int64_t entered, int64_t seen, int64_t reopened,
    int64_t removed)
{
	assert_int_equal(x->entered, entered);
	assert_int_equal(x->seen, seen);
	assert_int_equal(x->reopened, reopened);
	assert_int_equal(x->removed, removed);
}

static struct integration_entry *entries(struct fixture *f, size_t expected)
{
	struct integration_entry *list;
	size_t n = 0;

	OK(integration_list(f->conn, f->arena, &list, &n, &f->err));
	assert_int_equal(n, expected);
	return list;
}

/* --- groups ----------------------------------------------------------------------------------- */

static void test_projects(void **state)
{
	static const struct found found[] = {
		{ "npm.baileys", "unofficial", "manifest", "bot/package.json", "a1" },
		{ "npm.baileys", "unofficial", "lockfile", "bot/package-lock.json", "a2" },
		{ "npm.baileys", "unofficial", "import", "bot/src/deep/index.js", "a3" },
		{ "npm.baileys", "unofficial", "manifest", "other/package.json", "a4" },
		{ "npm.baileys", "unofficial", "import", "tools/x.js", "a5" },
		{ "host.graph", "official", "code", "api/send.py", "b1" },
		{ "npm.baileys", "note", "prose", "README.md", "c1" },
	};
	struct fixture *f = *state;
	struct register_scanned x = SCAN(NOW);

	check(&x, 4, 0, 0, 0);
	struct integration_entry *list = entries(f, 4);
	assert_true(str_eq(list[0].name, STR("host.graph (shop)")));
	assert_true(str_eq(list[0].verdict, STR("official")));
	assert_true(str_eq(list[1].name, STR("npm.baileys (shop)")));
	assert_true(str_eq(list[2].name, STR("npm.baileys (shop/bot)")));
	assert_non_null(strstr(list[2].found.p, "\"count\":3"));
	assert_true(str_eq(list[3].name, STR("npm.baileys (shop/other)")));
	for (size_t i = 0; i < 4; i++) {
		assert_false(list[i].keyed);
		assert_int_equal(list[i].state, REGISTER_OPEN);
		assert_int_equal(list[i].first_seen_at, NOW);
		assert_null(list[i].owner.p);
	}
}

static void test_the_same_report_twice(void **state)
{
	static const struct found found[] = { { "npm.x", "review", "import", "a.js", "a1" } };
	struct fixture *f = *state;
	struct register_scanned first = SCAN(NOW), again = SCAN(NOW);

	assert_false(first.again);
	assert_true(again.again);
	assert_int_equal(again.scan, first.scan);
	check(&again, 0, 0, 0, 0);
	(void)entries(f, 1);
}

/* Lines move, files too: the fingerprint says whose it is. */
static void test_a_fingerprint_is_known_elsewhere(void **state)
{
	static const struct found before[] = {
		{ "npm.x", "review", "manifest", "a/package.json", "a1" },
		{ "npm.x", "review", "import", "a/x.js", "a2" },
	};
	static const struct found found[] = { { "npm.x", "review", "import", "a/x.js", "a2" } };
	struct fixture *f = *state;
	struct register_scanned x = scan(f, &(struct scan){ .at = NOW, .found = before, .len = 2 });

	check(&x, 1, 0, 0, 0);
	x = SCAN(NOW + HOUR);
	check(&x, 0, 1, 0, 0);
	assert_int_equal(entries(f, 1)[0].last_seen_at, NOW + HOUR);
}

/* --- life ------------------------------------------------------------------------------------- */

static void test_from_open_to_retired_and_back(void **state)
{
	static const struct found found[] = { { "npm.x", "unofficial", "import", "a.js", "a1" } };
	struct fixture *f = *state;
	struct integration_values v = { .state = STR("removing") };
	struct register_act act = act_at(f, NOW + HOUR);
	struct register_scanned x = SCAN(NOW);
	struct str id = entries(f, 1)[0].id;

	OK(register_set(&act, id, &v, &f->err));
	x = SCAN(NOW + 2 * HOUR);
	check(&x, 0, 1, 0, 0);
	assert_int_equal(entries(f, 1)[0].state, REGISTER_REMOVING);
	v.state = STR("retired");
	FAILS(register_set(&act, id, &v, &f->err), E_CONFLICT, "state");
	f->err = (struct err){ 0 };
	x = EMPTY(NOW + 3 * HOUR);
	check(&x, 0, 0, 0, 1);
	assert_int_equal(entries(f, 1)[0].state, REGISTER_REMOVED);
	x = EMPTY(NOW + 4 * HOUR);
	check(&x, 0, 0, 0, 0);
	OK(register_set(&act, id, &v, &f->err));
	assert_int_equal(entries(f, 1)[0].state, REGISTER_RETIRED);
	x = SCAN(NOW + 5 * HOUR);
	check(&x, 0, 1, 1, 0);
	assert_int_equal(entries(f, 1)[0].state, REGISTER_OPEN);
}

static void test_what_proves_nothing(void **state)
{
	static const struct found found[] = { { "npm.x", "unofficial", "import", "a.js", "a1" } };
	struct fixture *f = *state;
	struct register_scanned x = SCAN(NOW);

	x = EMPTY(NOW + HOUR, .incomplete = true);
	check(&x, 0, 0, 0, 0);
	x = EMPTY(NOW + HOUR, .files = -1);
	check(&x, 0, 0, 0, 0);
	x = EMPTY(NOW + HOUR, .rows = 400);
	check(&x, 0, 0, 0, 0);
	x = EMPTY(NOW - HOUR);
	check(&x, 0, 0, 0, 0);
	assert_int_equal(entries(f, 1)[0].state, REGISTER_OPEN);
	x = EMPTY(NOW + HOUR);
	check(&x, 0, 0, 0, 1);
	/* An older report does not bring it back. */
	x = SCAN(NOW - 2 * HOUR);
	check(&x, 0, 0, 0, 0);
	assert_int_equal(entries(f, 1)[0].state, REGISTER_REMOVED);
}

static void test_another_root_proves_nothing(void **state)
{
	static const struct found found[] = { { "npm.x", "unofficial", "import", "a.js", "a1" } };
	struct fixture *f = *state;
	struct register_act act = act_at(f, NOW + HOUR);
	struct scan none = { .at = NOW + MINUTE };
	struct register_scanned x = SCAN(NOW);
	struct scan_report report;

	OK(scan_report_read(
	    f->arena, report_of(f, &none), STR("depot"), act.now, &report, &f->err));
	OK(register_scan(&act, &report, &x, &f->err));
	check(&x, 0, 0, 0, 0);
	assert_int_equal(entries(f, 1)[0].state, REGISTER_OPEN);
}

static void test_what_a_person_judged_stays(void **state)
{
	static const struct found found[] = { { "npm.x", "review", "import", "a.js", "a1" } };
	static const struct found worse[] = { { "npm.x", "unofficial", "import", "a.js", "a1" } };
	struct fixture *f = *state;
	struct integration_values v = { .verdict = STR("official") };
	struct register_act act = act_at(f, NOW + HOUR);
	struct register_scanned x = SCAN(NOW);

	OK(register_set(&act, entries(f, 1)[0].id, &v, &f->err));
	x = SCAN(NOW + 2 * HOUR);
	assert_true(str_eq(entries(f, 1)[0].verdict, STR("official")));
	x = scan(f, &(struct scan){ .at = NOW + 3 * HOUR, .found = worse, .len = 1 });
	assert_true(str_eq(entries(f, 1)[0].verdict, STR("unofficial")));
	check(&x, 0, 1, 0, 0);
}

static void test_history_tells_of_scans(void **state)
{
	static const struct found found[] = { { "npm.x", "unofficial", "import", "a.js", "a1" } };
	struct fixture *f = *state;
	struct register_change *h;
	size_t n;

	(void)SCAN(NOW);
	(void)SCAN(NOW + HOUR);
	(void)EMPTY(NOW + 2 * HOUR);
	OK(register_history(f->conn, entries(f, 1)[0].id, f->arena, &h, &n, &f->err));
	assert_int_equal(n, 2);
	assert_non_null(strstr(h[0].content.p, "integration.found"));
	assert_non_null(strstr(h[1].content.p, "\"changes\":{\"state\":[\"open\",\"removed\"]}"));
	assert_non_null(strstr(h[1].content.p, "\"by\":\"scan\""));
}

static void test_names_are_unique(void **state)
{
	static const struct found found[] = {
		{ "a.x", "review", "import", "a.js", "a1" },
	};
	struct fixture *f = *state;
	struct integration_values v = {
		.name = STR("a.x (shop)"), .owner = STR("A"), .purpose = STR("B"), .keyless = true
	};
	struct register_act act = act_at(f, NOW);
	char id[ID_TEXT_MAX], key[APP_KEY_MAX];

	OK(register_add(&act, &v, id, key, &f->err));
	(void)SCAN(NOW);
	assert_true(str_eq(entries(f, 2)[1].name, STR("a.x: a.x (shop)")));
}

static int work(struct fixture *f)
{
	static const struct found found[] = {
		{ "npm.x", "unofficial", "manifest", "a/package.json", "a1" },
		{ "npm.x", "unofficial", "import", "a/x.js", "a2" },
	};
	struct scan scans[] = { { .at = NOW, .found = found, .len = 2 },
		{ .at = NOW + HOUR, .found = found, .len = 1 }, { .at = NOW + 2 * HOUR } };
	struct register_act act = act_at(f, NOW + DAY);
	struct register_scanned done;
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(scans); i++) {
		struct scan_report report;
		struct str text = report_of(f, &scans[i]);
		r = text.p
		    ? scan_report_read(f->arena, text, STR("shop"), act.now, &report, &f->err)
		    : -E_NOMEM;
		if (r == 0)
			r = register_scan(&act, &report, &done, &f->err);
	}
	return r;
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "scans into the register", work);
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_projects),
		FIXTURE_TEST(test_the_same_report_twice),
		FIXTURE_TEST(test_a_fingerprint_is_known_elsewhere),
		FIXTURE_TEST(test_from_open_to_retired_and_back),
		FIXTURE_TEST(test_what_proves_nothing),
		FIXTURE_TEST(test_another_root_proves_nothing),
		FIXTURE_TEST(test_what_a_person_judged_stays),
		FIXTURE_TEST(test_history_tells_of_scans),
		FIXTURE_TEST(test_names_are_unique),
		FIXTURE_TEST(test_memory_runs_out),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

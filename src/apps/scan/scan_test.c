/* Small trees on disk, through the whole engine. */
#include "apps/scan/scan.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "apps/scan/allow.h"
#include "apps/scan/report.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/json.h"
#include "base/pattern_cache.h"

struct tree {
	char root[64];
};

static int set_up(void **state)
{
	struct tree *t = calloc(1, sizeof(*t));
	struct err err;

	if (!t || crypto_init(&err) < 0)
		return -1;
	strcpy(t->root, "/tmp/varco-scan-XXXXXX");
	*state = t;
	return mkdtemp(t->root) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	(void)st, (void)flag, (void)f;
	return remove(path);
}

static int tear_down(void **state)
{
	struct tree *t = *state;

	nftw(t->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(t);
	return 0;
}

static void put(const struct tree *t, const char *path, struct str text)
{
	char full[256];

	snprintf(full, sizeof(full), "%s/%s", t->root, path);
	for (char *p = full + strlen(t->root) + 1; (p = strchr(p, '/')); *p++ = '/') {
		*p = '\0';
		assert_true(mkdir(full, 0700) == 0 || errno == EEXIST);
	}
	FILE *f = fopen(full, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text.p, 1, text.len, f), text.len);
	fclose(f);
}

static struct scan_result *scan(const struct tree *t, bool no_ignore)
{
	const char *roots[] = { t->root };
	static bool compiled; /* by the first: what it finds is not what another run kept */
	char cache[PATH_MAX];
	bool keeps = compiled && pattern_cache_dir("varco", cache, sizeof(cache));
	struct scan_options o = { .roots = roots,
		.cache_dir = keeps ? cache : NULL,
		.roots_len = 1,
		.jobs = 2,
		.no_sandbox = true,
		.no_ignore = no_ignore };
	struct scan_result *r = NULL;
	struct err err = { .code = 0 };

	assert_int_equal(time_parse(STR("2026-11-22T10:00:00Z"), &o.now), 0);
	if (scan_run(&o, &r, &err) < 0)
		fail_msg("%s", err.text);
	compiled = true;
	r->roots_len = 0; /* they were this function's */
	return r;
}

static void expect(const struct tree *t, const char *name, enum scan_verdict verdict)
{
	struct scan_result *r = scan(t, false);

	if (scan_result_verdict(r, -1) != verdict)
		fail_msg("%s is %s", name, scan_verdict_name(scan_result_verdict(r, -1)));
	scan_result_free(&r);
}

static void test_places(void **state)
{
	static const struct {
		const char *path, *text;
		enum scan_verdict verdict;
	} rows[] = {
		{ "a.js", "const s = makeWASocket({});\n", SCAN_UNOFFICIAL },
		{ "a.js", "// makeWASocket is what they call\n", SCAN_CLEAN },
		{ "a.md", "call makeWASocket\n", SCAN_CLEAN },
		{ "tests/a.js", "makeWASocket({});\n", SCAN_CLEAN },
		{ "a.py", "driver.get('https://web.whatsapp.com')\n", SCAN_UNOFFICIAL },
		{ "a.py", "u = 'https://xweb.whatsapp.com'\n", SCAN_CLEAN },
		{ "a.html", "<a href='https://wa.me/393331234567'>chat</a>\n", SCAN_CLEAN },
		{ "a.js", "post('https://api.ultramsg.com/instance1/messages/chat')\n",
		    SCAN_UNOFFICIAL },
		{ "a.js", "post('https://api.ultramsg.com.example.org/')\n", SCAN_CLEAN },
		{ "a.js", "body = { messaging_product: 'whatsapp', to }\n", SCAN_OFFICIAL },
		{ "a.js", "get('https://graph.facebook.com/v21.0/me/picture')\n", SCAN_CLEAN },
		{ "a.scpt.applescript", "tell process \"WhatsApp\"\nkeystroke \"x\"\nend tell\n",
		    SCAN_UNOFFICIAL },
		{ "a.db", "SQLite format 3\0\0\0whatsmeow_device\0", SCAN_UNOFFICIAL },
		{ ".wwebjs_auth/session/x", "x", SCAN_UNOFFICIAL },
		{ "a.css", "[data-icon=\"send\"] { color: red } /* web.whatsapp.com */\n",
		    SCAN_CLEAN },
		{ "catalogue.js", "// varco-scan: skip-file\nmakeWASocket({});\n", SCAN_CLEAN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		void *own = NULL;
		assert_int_equal(set_up(&own), 0);
		/* The one with zero bytes is longer than its C string. */
		bool database = strcmp(rows[i].path, "a.db") == 0;
		put(own, rows[i].path, str_n(rows[i].text, database ? 35 : strlen(rows[i].text)));
		expect(own, rows[i].text, rows[i].verdict);
		tear_down(&own);
	}
}

static void test_utf16(void **state)
{
	static const char plain[] = "makeWASocket({});\n";
	char wide[2 * sizeof(plain)] = { '\xff', '\xfe' };

	for (size_t i = 0; i + 1 < sizeof(plain); i++)
		wide[2 + 2 * i] = plain[i];
	put(*state, "a.js", str_n(wide, sizeof(wide)));
	expect(*state, "UTF-16", SCAN_UNOFFICIAL);
}

/* What stands on the seam of two pieces of a long file is found once, on its line. */
static void test_seam(void **state)
{
	size_t len = (2u << 20) + 300000, at = (2u << 20) - 5;
	char *text = malloc(len);
	struct scan_result *r;

	assert_non_null(text);
	memset(text, '\n', len);
	memcpy(text + at, "makeWASocket({});", 17);
	put(*state, "b.js", str_n(text, len));
	r = scan(*state, false);
	assert_int_equal(r->findings_len, 1);
	assert_int_equal(r->findings[0].line, at + 1);
	assert_int_equal(r->findings[0].offset, at);
	scan_result_free(&r);
	free(text);
}

static void test_allowed(void **state)
{
	struct scan_result *r;

	put(*state, "a.js",
	    STR("// varco:allow code.make-wa-socket reason=\"goes in December\" until=2026-12-31\n"
		"makeWASocket({});\n"));
	r = scan(*state, false);
	assert_int_equal(r->findings_len, 1);
	assert_true(str_eq(r->findings[0].allowed_by, STR("goes in December")));
	assert_int_equal(scan_result_verdict(r, -1), SCAN_CLEAN);
	scan_result_free(&r);
}

static void test_ignored(void **state)
{
	struct scan_result *r;

	put(*state, ".gitignore", STR("old/\n"));
	put(*state, "old/a.js", STR("makeWASocket({});\n"));
	put(*state, ".git/a.js", STR("makeWASocket({});\n"));
	r = scan(*state, false);
	assert_int_equal(scan_result_verdict(r, -1), SCAN_CLEAN);
	assert_int_equal(r->coverage.skipped[SCAN_SKIP_GIT_RULES], 1);
	assert_int_equal(r->coverage.skipped[SCAN_SKIP_HISTORY], 1);
	scan_result_free(&r);
	r = scan(*state, true);
	assert_int_equal(scan_result_verdict(r, -1), SCAN_UNOFFICIAL);
	scan_result_free(&r);
}

static void test_inherited_rules(void **state)
{
	struct tree inner = *(struct tree *)*state;
	struct scan_result *r;

	put(*state, ".git/HEAD", STR("ref\n"));
	put(*state, ".gitignore", STR("*.min.js\n/app/gen/\n"));
	put(*state, ".varcoignore",
	    STR("# varco:allow code.make-wa-socket reason=\"goes in December\"\n/app/old.js\n"));
	put(*state, "app/a.min.js", STR("makeWASocket({});\n"));
	put(*state, "app/gen/a.js", STR("makeWASocket({});\n"));
	put(*state, "app/old.js", STR("makeWASocket({});\n"));
	assert_true(strlen(inner.root) + 5 < sizeof(inner.root));
	memcpy(inner.root + strlen(inner.root), "/app", 5);
	r = scan(&inner, false);
	assert_int_equal(scan_result_verdict(r, -1), SCAN_CLEAN);
	assert_int_equal(r->coverage.skipped[SCAN_SKIP_GIT_RULES], 2);
	assert_int_equal(r->findings_len, 1);
	scan_result_free(&r);
	r = scan(&inner, true);
	assert_int_equal(r->findings_len, 3);
	scan_result_free(&r);
}

static void test_project(void **state)
{
	put(*state, "pom.xml", STR("<project/>\n"));
	put(*state, "src/Settings.java",
	    STR("class S { static final String U = \"https://web.whatsapp.com\"; }\n"));
	expect(*state, "an address alone", SCAN_CLEAN);
	put(*state, "src/Run.java",
	    STR("import org.openqa.selenium.chrome.ChromeDriver;\nnew ChromeDriver();\n"));
	expect(*state, "an address beside a driver", SCAN_UNOFFICIAL);
}

static void test_baseline(void **state)
{
	struct scan_result *r;
	struct err err;
	char file[128];

	put(*state, "a.js", STR("makeWASocket({});\n"));
	r = scan(*state, false);
	snprintf(file, sizeof(file), "%s/base.json", ((struct tree *)*state)->root);
	assert_int_equal(allow_write_baseline(r, file, &err), 0);
	scan_result_free(&r);
	put(*state, "a.js", STR("\n\nmakeWASocket({});\n"));
	r = scan(*state, false);
	assert_int_equal(allow_baseline(r, file, 0, &err), 0);
	assert_int_equal(scan_result_verdict(r, -1), SCAN_CLEAN);
	assert_int_equal(r->findings_len, 1);
	scan_result_free(&r);
}

static void test_reports(void **state)
{
	struct arena *a = arena_new(0, 0);
	const struct json *doc;
	struct scan_result *r;
	struct buf out;

	put(*state, "a\x1b[31m<b>.js", STR("makeWASocket({});\n"));
	put(*state, "key.js",
	    STR("u = 'https://graph.facebook.com/v1/1/messages'; // whatsapp\n"
		"t = 'EAA0123456789012345678901234567890123456789012345678901234567890123456789';\n"));
	r = scan(*state, false);
	buf_init(&out, 0);
	report_text(r, LANG_IT, &out);
	assert_null(memchr(out.p, 0x1b, out.len));
	assert_null(strstr(out.p, "34567890"));
	buf_reset(&out);
	report_html(r, LANG_IT, &out);
	assert_null(strstr(out.p, "<b>.js"));
	buf_reset(&out);
	report_json(r, &out);
	assert_int_equal(json_read(a, buf_str(&out), &doc, NULL), 0);
	assert_true(str_eq(json_str(json_get(doc, "verdict")), STR("unofficial")));
	buf_reset(&out);
	report_sarif(r, &out);
	assert_int_equal(json_read(a, buf_str(&out), &doc, NULL), 0);
	buf_reset(&out);
	report_cyclonedx(r, &out);
	assert_int_equal(json_read(a, buf_str(&out), &doc, NULL), 0);
	buf_done(&out);
	scan_result_free(&r);
	arena_free(&a);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_places),
		CASE(test_utf16),
		CASE(test_seam),
		CASE(test_allowed),
		CASE(test_ignored),
		CASE(test_inherited_rules),
		CASE(test_project),
		CASE(test_baseline),
		CASE(test_reports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Imports and what stands beside them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/scan/own_modules.h"
#include "base/check.h"
#include "base/crypto.h"

static const struct row {
	const char *name, *id, *path, *match, *stands; /* stands NULL: nothing */
	bool declared, kept;
} rows[] = {
	{ "nothing of the name", "pypi.openwa", "a.py", "openwa", NULL, false, true },
	{ "a module beside it", "pypi.openwa", "a.py", "openwa.hours", "openwa.py", false, false },
	{ "a package above it", "pypi.openwa", "x/y/a.py", "openwa", "openwa", false, false },
	{ "a package in src", "pypi.openwa", "a.py", "openwa", "src/openwa", false, false },
	{ "a package elsewhere", "pypi.openwa", "a.py", "openwa", "x/openwa", false, true },
	{ "declared all the same", "pypi.openwa", "a.py", "openwa", "openwa", true, true },
	{ "a library of Ruby", "rubygems.wabot", "bin/a", "wabot", "lib/wabot.rb", false, false },
	{ "a base directory", "npm.sulla", "src/a.ts", "sulla", "src/sulla.ts", false, false },
	{ "a scope", "npm.vreden-meta", "a.ts", "@vreden/meta", "@vreden", false, true },
	{ "in an archive", "pypi.openwa", "b.zip!/a.py", "openwa", "openwa", false, true },
};

static void make(const char *root, const char *path, bool remove_it)
{
	char whole[512];

	for (const char *slash = strchr(path, '/');; slash = strchr(slash + 1, '/')) {
		size_t len = slash ? (size_t)(slash - path) : strlen(path);
		(void)snprintf(whole, sizeof(whole), "%s/%.*s", root, (int)len, path);
		if (!remove_it)
			(void)mkdir(whole, 0700);
		if (!slash)
			break;
	}
	if (remove_it)
		assert_int_equal(rmdir(whole), 0);
}

static void run_row(struct catalogue *c, const char *root, const struct row *row)
{
	const char *id = catalogue_row(c, catalogue_row_by_id(c, str_c(row->id)))->id;
	struct scan_finding findings[2] = { { .id = id,
						.verdict = SCAN_UNOFFICIAL,
						.place = SCAN_PLACE_IMPORT,
						.path = str_c(row->path),
						.match = str_c(row->match) },
		{ .id = id,
		    .verdict = SCAN_UNOFFICIAL,
		    .place = SCAN_PLACE_MANIFEST,
		    .path = STR("manifest") } };
	struct scan_result r = { .catalogue = c,
		.roots = &root,
		.roots_len = 1,
		.findings = findings,
		.findings_len = row->declared ? 2 : 1 };

	if (row->stands)
		make(root, row->stands, false);
	own_modules_drop(&r);
	if (row->stands)
		make(root, row->stands, true);
	if (r.findings_len != (size_t)row->kept + row->declared)
		fail_msg("%s: %zu findings are left", row->name, r.findings_len);
}

static void test_own(void **state)
{
	char root[] = "/tmp/varco-own-XXXXXX";
	struct catalogue *c;
	struct err err;

	(void)state;
	assert_int_equal(crypto_init(&err), 0);
	assert_non_null(mkdtemp(root));
	assert_int_equal(catalogue_open(NULL, 0, &c, &err), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		run_row(c, root, &rows[i]);
	catalogue_close(&c);
	static const char *const left[] = { "src", "lib", "x" };
	for (size_t i = 0; i < ARRAY_LEN(left); i++)
		make(root, left[i], true);
	assert_int_equal(rmdir(root), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_own) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

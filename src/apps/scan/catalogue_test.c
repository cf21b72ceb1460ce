#include "apps/scan/catalogue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/crypto.h"
#include "base/file.h"

static int set_up(void **state)
{
	struct err err;

	(void)state;
	return crypto_init(&err);
}

/* Names that are the same in both languages stand there too, so that none is forgotten. */
static void test_italian(void **state)
{
	struct catalogue *c;
	struct err err;

	(void)state;
	assert_int_equal(catalogue_open(NULL, 0, &c, &err), 0);
	for (uint32_t i = 0; i < catalogue_rows(c); i++) {
		const struct scan_row *r = catalogue_row(c, i);
		const struct str texts[] = { r->why, r->replacement };
		for (size_t k = 0; k < ARRAY_LEN(texts); k++) {
			struct str other = catalogue_text(c, LANG_IT, texts[k]);
			if (other.p == texts[k].p || other.len == 0)
				fail_msg("%s: \"%.*s\" has no Italian", r->id, STR_ARG(texts[k]));
			assert_ptr_equal(catalogue_text(c, LANG_EN, texts[k]).p, texts[k].p);
		}
	}
	catalogue_close(&c);
}

static void test_built_in(void **state)
{
	static const struct {
		enum scan_ecosystem e;
		const char *name, *id;
	} rows[] = {
		{ SCAN_ECO_NPM, "baileys", "npm.baileys" },
		{ SCAN_ECO_NPM, "@WhiskeySockets/Baileys", "npm.whiskeysockets-baileys" },
		{ SCAN_ECO_NPM, "baileys/lib/Utils", "npm.baileys" },
		{ SCAN_ECO_NPM, "baileyss", NULL },
		{ SCAN_ECO_PYPI, "Undetected_ChromeDriver", "drv.pypi-undetected-chromedriver" },
		{ SCAN_ECO_PYPI, "selenium.webdriver", "drv.pypi-selenium" },
		{ SCAN_ECO_GO, "go.mau.fi/whatsmeow/types", "go.go-mau-fi-whatsmeow" },
		{ SCAN_ECO_GO, "go.mau.fi/whatsmeowx", NULL },
		{ SCAN_ECO_CARGO, "whatsapp_rust", "cargo.whatsapp-rust" },
		{ SCAN_ECO_MAKE, "z-api:sendText", "make.z-api" },
		{ SCAN_ECO_N8N, "n8n-nodes-codechat-wapi.codechat", "n8n.codechat" },
		{ SCAN_ECO_DOCKER, "devlikeapro/waha", "docker.devlikeapro-waha" },
		{ SCAN_ECO_PYPI, "baileys", NULL },
		{ SCAN_ECO_NPM, "", NULL },
	};
	struct catalogue *c;
	struct err err;

	(void)state;
	assert_int_equal(catalogue_open(NULL, 0, &c, &err), 0);
	assert_true(catalogue_rows(c) > 430);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint32_t row = catalogue_look_up(c, rows[i].e, str_c(rows[i].name));
		const char *id = row == SCAN_NONE ? NULL : catalogue_row(c, row)->id;
		if ((id == NULL) != (rows[i].id == NULL) || (id && strcmp(id, rows[i].id) != 0))
			fail_msg("%s is %s", rows[i].name, id ? id : "in no row");
	}
	catalogue_close(&c);
	assert_null(c);
}

static int open_with(const char *text, struct catalogue **ret, struct err *err)
{
	char path[] = "/tmp/varco-catalogue-XXXXXX";
	const char *files[] = { path };
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(file_write_atomic(path, str_c(text), 0600, NULL), 0);
	int rc = catalogue_open(files, 1, ret, err);
	unlink(path);
	return rc;
}

static void test_extends(void **state)
{
	struct catalogue *c;
	struct err err;

	(void)state;
	assert_int_equal(
	    open_with(
		"{\"rows\":[{\"id\":\"own.tool\",\"name\":\"Own\",\"kind\":\"library\","
		"\"verdict\":\"unofficial\",\"ecosystem\":\"npm\",\"names\":[\"own-wa-tool\"],"
		"\"mechanism\":\"web-automation\",\"why\":\"ours\",\"replacement\":\"none\"}]}",
		&c, &err),
	    0);
	assert_int_not_equal(catalogue_look_up(c, SCAN_ECO_NPM, STR("own-wa-tool")), SCAN_NONE);
	assert_int_not_equal(catalogue_look_up(c, SCAN_ECO_NPM, STR("baileys")), SCAN_NONE);
	catalogue_close(&c);
}

static void test_refuses(void **state)
{
	static const char *const texts[] = {
		"{\"rows\":[{\"name\":\"no id\"}]}",
		"{\"rows\":[{\"id\":\"a\",\"verdict\":\"bad\",\"ecosystem\":\"npm\"}]}",
		"{\"rows\":[{\"id\":\"a\",\"verdict\":\"official\",\"ecosystem\":\"nowhere\"}]}",
		"{\"rows\":[{\"id\":\"a\",\"verdict\":\"official\",\"ecosystem\":\"npm\",\"names\":[\"\"]}]}",
		"{\"rows\":[{\"id\":\"a\",\"verdict\":\"official\",\"ecosystem\":\"host\",\"host\":\"a\"}]}",
		"{\"signals\":[{\"id\":\"a\"}]}",
		"{\"rules\":[{\"row\":\"nowhere\",\"all\":[\"web\"]}]}",
		"{\"rules\":[{\"row\":\"npm.baileys\",\"all\":[]}]}",
		"{\"rules\":[{\"row\":\"npm.baileys\",\"all\":[\"web\"],\"within\":-1}]}",
		"[",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct catalogue *c = NULL;
		struct err err = { .code = 0 };
		if (open_with(texts[i], &c, &err) == 0 || c || !err.text[0])
			fail_msg("taken: %s", texts[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_built_in),
		cmocka_unit_test(test_italian),
		cmocka_unit_test(test_extends),
		cmocka_unit_test(test_refuses),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}

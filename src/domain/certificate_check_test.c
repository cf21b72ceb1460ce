#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/check.h"
#include "base/file.h"
#include "base/torture.h"
#include "domain/certificate_check.h"

#define GOLDEN "tests/certificates/"

static struct buf golden;
static struct note_verifier key;

static int open_golden(void **state)
{
	struct err err = { 0 };
	struct buf line;

	(void)state;
	buf_init(&golden, 0);
	buf_init(&line, 0);
	if (crypto_init(&err) < 0 ||
	    file_read(GOLDEN "certificate.json", 1 << 20, &golden, &err) < 0 ||
	    file_read(GOLDEN "ledger.pub", 4096, &line, &err) < 0 ||
	    note_verifier_read(buf_str(&line), &key, &err) < 0)
		fail_msg("%s", err.text);
	buf_done(&line);
	return 0;
}

static int close_golden(void **state)
{
	(void)state;
	buf_done(&golden);
	return 0;
}

static int check(struct str text, struct certificate_report *ret, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	int r = a ? certificate_check(text, &key, a, ret, err) : -E_NOMEM;

	arena_free(&a);
	return r;
}

static void test_it_holds(void **state)
{
	struct certificate_report report;
	struct err err = { 0 };

	(void)state;
	if (check(buf_str(&golden), &report, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(report.acts, 3);
	assert_int_equal(report.messages, 3);
	assert_int_equal(report.covered, 5);
	assert_int_equal(report.checkpoint, 7);
}

/* --- what does not hold ----------------------------------------------------------------------- */

/* The first of `from` becomes `to`; what is said then has `says` in it. */
static const struct {
	const char *name, *from, *to, *says;
} rows[] = {
	{ "another form", "varco-certificate/1", "varco-certificate/2", "no certificate" },
	{ "no JSON", "{\"format\"", "\"format\"", "no certificate" },
	{ "another ledger", "\"tenant\":\"0001", "\"tenant\":\"0002", "another ledger" },
	{ "another key", "\"key\":\"v", "\"key\":\"V", "another ledger" },
	{ "a checkpoint of more", "\\n7\\n", "\\n8\\n", "not signed" },
	{ "no checkpoint", "\"checkpoint\":\"varco", "\"checkpoint\":\"vacro", "not signed" },
	{ "half a checkpoint", "\"checkpoint\":\"varco-ledger", "\"checkpoint\":\"\\n", "form" },
	{ "other words", "ricevere le offerte", "ricevere le Offerte", "was changed" },
	{ "another purpose", "\\\"purpose\\\":\\\"marketing", "\\\"purpose\\\":\\\"utility",
	    "was changed" },
	{ "another salt", "\"salt\":\"40", "\"salt\":\"41", "was changed" },
	{ "no salt",
	    "\"salt\":\"4040404040404040404040404040404040404040404040404040404040404040\"",
	    "\"salt\":null", "half forgotten" },
	{ "another time", "\"time\":1794909660000", "\"time\":1794909660001", "form" },
	{ "another time, told twice", "\"at\":\"2026-11-17T10:01:00Z\",\"time\":1794909660000",
	    "\"at\":\"2026-11-17T10:02:00Z\",\"time\":1794909720000", "not in the ledger" },
	{ "another number", "\"seq\":1,", "\"seq\":2,", "not in the ledger" },
	{ "a number that none has", "\"seq\":1,", "\"seq\":0,", "form" },
	{ "twice", "\"seq\":6,", "\"seq\":1,", "twice" },
	{ "another pack", "\"policy\":\"test\"", "\"policy\":\"tesT\"", "not in the ledger" },
	{ "another path", "\"path\":[\"a9", "\"path\":[\"b9", "not in the ledger" },
	{ "a longer path", "\"path\":[\"", "\"path\":[\"00\",\"", "not in the ledger" },
	{ "a path too many", "\"path\":null", "\"path\":[]", "no checkpoint covers" },
	{ "somebody else", "\"id\":\"per_1qgbdcx7cg001\"", "\"id\":\"per_1qgbdcx7cg009\"",
	    "no act of this person" },
	{ "without the former id", "\"former\":[\"per_1qgbdcx7cg002\"]", "\"former\":[]",
	    "no message to this person" },
	{ "another record", "\"record\":\"dec_", "\"record\":\"dex_", "another record" },
	{ "a message on another act", "\"consent\":1", "\"consent\":6", "another act" },
	{ "a message on no act", "\"consent\":1", "\"consent\":null", "another act" },
	{ "still agreed", "\"act\":\"withdraw\",\"at\":\"2026-11-20T10:00:00Z\",\"entry\":6",
	    "\"act\":\"grant\",\"at\":\"2026-11-17T10:00:00Z\",\"entry\":1", "not the newest act" },
	{ "never heard of", "\"act\":\"withdraw\",\"at\":\"2026-11-20T10:00:00Z\",\"entry\":6",
	    "\"act\":null,\"at\":null,\"entry\":null", "not the newest act" },
	{ "no list", "\"acts\":[", "\"akts\":[", "no list" },
};

static void replace(struct str text, const char *from, const char *to, struct buf *out)
{
	const char *at = memmem(text.p, text.len, from, strlen(from));

	assert_non_null(at);
	buf_add(out, str_n(text.p, (size_t)(at - text.p)));
	buf_add_c(out, to);
	at += strlen(from);
	buf_add(out, str_n(at, text.len - (size_t)(at - text.p)));
}

static void test_what_does_not_hold(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct certificate_report report;
		struct err err = { 0 };
		struct buf text;
		buf_init(&text, 0);
		replace(buf_str(&golden), rows[i].from, rows[i].to, &text);
		int r = check(buf_str(&text), &report, &err);
		if (r != -E_INVALID || !strstr(err.text, rows[i].says))
			fail_msg("%s: %s, \"%s\"", rows[i].name, err_name(r), err.text);
		buf_done(&text);
	}
}

/* An act that was forgotten leaves its entry, and nothing is said of what was newest. */
static void test_forgotten(void **state)
{
	struct certificate_report report;
	struct err err = { 0 };
	const char *salt, *path;
	struct buf text;

	(void)state;
	buf_init(&text, 0);
	salt = strstr(golden.p, "\"salt\":\"40");
	path = strstr(salt, ",\"path\"");
	buf_add(&text, str_n(golden.p, (size_t)(salt - golden.p)));
	buf_add_c(&text, "\"salt\":null,\"content\":null");
	buf_add_c(&text, path);
	if (check(buf_str(&text), &report, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(report.acts, 3);
	buf_done(&text);
}

/* Members that are not under the ledger: a bit of these may turn over unnoticed. */
static bool is_told_only(size_t at)
{
	static const struct {
		const char *from, *to;
	} parts[] = {
		{ "\"issued_at\":", "\"person\":" }, { "\"former\":", "\"consents\":" },
		{ "\"kind\":", "}" }, { "\"messages_all\":", "\"tenant\":" },
		{ "\"seq\":9,", "\"messages\":" }, /* no checkpoint covers it */
	};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		const char *p = golden.p;
		while ((p = strstr(p, parts[i].from))) {
			const char *end = strstr(p, parts[i].to);
			if (golden.p + at >= p && golden.p + at < end)
				return true;
			p = end;
		}
	}
	return false;
}

static void test_each_bit(void **state)
{
	size_t noticed = 0, all = 0;

	(void)state;
	for (size_t at = 0; at + 1 < golden.len; at++) {
		struct certificate_report report;
		struct err err = { 0 };
		unsigned bit = (unsigned)at % 8;
		if (is_told_only(at))
			continue;
		golden.p[at] ^= (char)(1 << bit);
		int r = check(buf_str(&golden), &report, &err);
		golden.p[at] ^= (char)(1 << bit);
		noticed += r < 0;
		if (r == 0 && !strchr("TtZz", golden.p[at])) /* RFC 3339 takes both cases */
			fail_msg("bit %u of byte %zu: %.30s", bit, at, golden.p + at);
		all++;
	}
	assert_true(noticed > 3000 && all - noticed < 20);
}

static int check_golden(void *arg)
{
	struct certificate_report report;
	struct err err;

	(void)arg;
	return check(buf_str(&golden), &report, &err);
}

static void test_memory_runs_out(void **state)
{
	(void)state;
	torture("a certificate that is checked", check_golden, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_holds),
		cmocka_unit_test(test_what_does_not_hold),
		cmocka_unit_test(test_forgotten),
		cmocka_unit_test(test_each_bit),
		cmocka_unit_test(test_memory_runs_out),
	};

	return cmocka_run_group_tests(tests, open_golden, close_golden);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/check.h"
#include "domain/consent_details.h"
#include "domain/fixture.h"

static const struct consent_attachment scan = {
	.digest = { { 0xab } },
	.type = { "application/pdf", 15 },
	.bytes = 1234,
};

#define ZEROS "00000000000000000000000000000000000000000000000000000000000000"
#define SCAN "[{\"bytes\":1234,\"sha256\":\"ab" ZEROS "\",\"type\":\"application/pdf\"}]"

static const struct {
	const char *name;
	struct consent_details details;
	const char *text; /* NULL = none */
} written[] = {
	{ "nothing is known", { .channel = { NULL, 0 } }, NULL },
	{ "a channel", { .channel = { "web", 3 } }, "{\"channel\":\"web\"}" },
	{ "a language", { .how = { "x", 1 }, .language = { "zh-Hant-TW", 10 } },
	    "{\"how\":\"x\",\"language\":\"zh-Hant-TW\"}" },
	{ "versions and addresses",
	    { .text_version = { "3", 1 },
		.notice_version = { "2026-10", 7 },
		.notice_url = { "https://bottega.example/privacy", 31 },
		.terms_version = { "7", 1 },
		.terms_url = { "https://bottega.example/terms", 29 } },
	    "{\"notice_url\":\"https://bottega.example/privacy\",\"notice_version\":\"2026-10\","
	    "\"terms_url\":\"https://bottega.example/terms\",\"terms_version\":\"7\",\"text_version\":\"3\"}" },
	{ "an attachment", { .attachments = &scan, .attachments_len = 1 },
	    "{\"attachments\":" SCAN "}" },
	{ "a message alone", { .proof = { .message = { "wamid.1", 7 } } },
	    "{\"proof\":{\"message\":\"wamid.1\"}}" },
	{ "a message between others",
	    { .how = { "tap", 3 },
		.terms_url = { "https://bottega.example/t", 25 },
		.proof = { .asked = { "dec_1", 5 }, .reply = { "button", 6 } } },
	    "{\"how\":\"tap\",\"proof\":{\"asked\":\"dec_1\",\"reply\":\"button\"},"
	    "\"terms_url\":\"https://bottega.example/t\"}" },
};

/* Written, read, and written again. */
static void test_round_trip(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(written); i++) {
		struct consent_details back;
		struct str text, again;
		OK(consent_details_check(&written[i].details, &f->err));
		OK(consent_details_write(&written[i].details, f->arena, &text, &f->err));
		if (!written[i].text) {
			assert_null(text.p);
		} else if (!str_eq_c(text, written[i].text)) {
			fail_msg("%s: %.*s", written[i].name, STR_ARG(text));
		}
		OK(consent_details_read(text, f->arena, &back, &f->err));
		OK(consent_details_write(&back, f->arena, &again, &f->err));
		if (!str_eq(text, again))
			fail_msg("%s: %.*s", written[i].name, STR_ARG(again));
	}
}

#define TEN "abcdefghij"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct {
	const char *name, *field;
	struct consent_details details;
	int code;
} refused[] = {
	{ "no web address", "notice_url", { .notice_url = { "ftp://bottega.example", 21 } },
	    E_INVALID },
	{ "plain http", "terms_url", { .terms_url = { "http://bottega.example", 22 } }, E_INVALID },
	{ "a channel of nothing", "channel", { .channel = { "", 0 } }, E_INVALID },
	{ "a language in words", "language", { .language = { "the Italian", 11 } }, E_INVALID },
	{ "a language of a digit", "language", { .language = { "1t", 2 } }, E_INVALID },
	{ "half a language", "language", { .language = { "it-", 3 } }, E_INVALID },
	{ "a long language", "language", { .language = { HUNDRED, 100 } }, E_INVALID },
	{ "a bell", "how", { .how = { "a\ab", 3 } }, E_INVALID },
	{ "no UTF-8", "text_version", { .text_version = { "\xff", 1 } }, E_INVALID },
	{ "a long version", "notice_version", { .notice_version = { HUNDRED "k", 101 } },
	    E_TOO_LARGE },
	{ "a long way", "how", { .how = { HUNDRED HUNDRED "k", 201 } }, E_TOO_LARGE },
	{ "too many files", "attachments",
	    { .attachments = &scan, .attachments_len = CONSENT_ATTACHMENTS_MAX + 1 }, E_TOO_LARGE },
};

static void test_refused(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		int r = consent_details_check(&refused[i].details, &f->err);
		if (r != -refused[i].code || strcmp(f->err.field, refused[i].field) != 0)
			fail_msg("%s: %d, %s", refused[i].name, r, f->err.field);
	}
}

static void test_shown(void **state)
{
	struct fixture *f = *state;
	struct json_writer w;
	struct buf out;

	buf_init(&out, 0);
	jw_init(&w, &out);
	jw_object(&w);
	OK(consent_details_show(
	    STR("{\"attachments\":" SCAN ",\"how\":\"tap\"}"), f->arena, &w, &f->err));
	jw_object_end(&w);
	assert_string_equal(out.p,
	    "{\"channel\":null,\"how\":\"tap\",\"language\":null,\"notice_url\":null,\"notice_version\":null,\"terms_url\":null,"
	    "\"terms_version\":null,\"text_version\":null,\"attachments\":" SCAN
	    ",\"proof\":null}");
	buf_done(&out);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_round_trip),
		FIXTURE_TEST(test_refused),
		FIXTURE_TEST(test_shown),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/check.h"
#include "domain/notice.h"

#define NOW 1795341600000LL  /* 2026-11-22T10:00:00Z */
#define SENT 1795248000000LL /* 2026-11-21T08:00:00Z */

static struct pack *pack;
static struct arena *arena;

static int set_up(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_int_equal(crypto_init(&err), 0);
	arena = arena_new(0, 0);
	return arena ? pack_builtin(&pack, &err) : -1;
}

static int tear_down(void **state)
{
	(void)state;
	pack_free(&pack);
	arena_free(&arena);
	return 0;
}

static struct notice read_with(const char *headers, const char *subject, const char *text)
{
	struct str raw = arena_printf(arena,
	    "%sSubject: %s\nDate: Sat, 21 Nov 2026 08:00:00 +0000\n\n%s\n", headers, subject, text);
	struct mime_mail *mail = ARENA_NEW(arena, struct mime_mail);
	struct notice n = { .until = TIME_NONE };
	struct err err = { 0 };

	assert_non_null(mail);
	if (mime_read(raw, arena, mail, &err) < 0 ||
	    notice_read(pack, mail, NOW, arena, &n, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	return n;
}

#define META "From: Meta <noreply@facebookmail.com>\n"

static struct notice read(const char *subject, const char *text)
{
	return read_with(META, subject, text);
}

static void test_kinds(void **state)
{
	static const struct {
		const char *subject, *text;
		enum notice_kind kind;
	} rows[] = {
		{ "x", "nothing of interest", NOTICE_UNKNOWN },
		{ "Your account has been disabled", "", NOTICE_DISABLED },
		{ "x", "Your account HAS BEEN\ndisabled.", NOTICE_DISABLED },
		{ "x", "Your account has not been disabled.", NOTICE_UNKNOWN },
		{ "x", "It thas been disabledx", NOTICE_UNKNOWN },
		{ "Account restricted", "If it goes on it has been disabled before.",
		    NOTICE_RESTRICTED },
		{ "x", "Your account will be disabled on December 4, 2026",
		    NOTICE_DISABLE_SCHEDULED },
		{ "x", "Your template has been disabled", NOTICE_TEMPLATE_DISABLED },
		{ "x", "Your account can\xE2\x80\x99t send messages for 3 days",
		    NOTICE_RESTRICTED },
		{ "x", "L'account \xC3\xA8 stato disattivato", NOTICE_DISABLED },
		{ "x", "la restrizione \xC3\xA8 terminata", NOTICE_LIFTED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct notice n = read(rows[i].subject, rows[i].text);
		if (n.kind != rows[i].kind)
			fail_msg(
			    "%s / %s: %s", rows[i].subject, rows[i].text, notice_kind_name(n.kind));
	}
}

#define DAY(n) (SENT + (n) * MS_PER_DAY)

static void test_how_long(void **state)
{
	static const struct {
		const char *text;
		int64_t days;
		time_ms until;
	} rows[] = {
		{ "for 3 days", 3, DAY(3) },
		{ "a 7-day restriction, 7 days", 7, DAY(7) },
		{ "for 1 giorno", 1, DAY(1) },
		{ "for 0 days", 0, DAY(30) },
		{ "for 99999 days", 0, DAY(30) },
		{ "until November 29, 2026", 0, 1795996800000LL },
		{ "until 29 November 2026", 0, 1795996800000LL },
		{ "until Nov 29 2026", 0, 1795996800000LL },
		{ "until 2026-11-29", 0, 1795996800000LL },
		{ "until 29/11/2026", 0, 1795996800000LL },
		{ "until 11/29/2026", 0, 1795996800000LL },
		{ "fino al 29 nov. 2026", 0, 1795996800000LL },
		{ "until 03/04/2027", 0, DAY(30) }, /* two readings */
		{ "since November 1, 2026", 0, DAY(30) },
		{ "until February 30, 2027", 0, DAY(30) },
		{ "until November 29, 2099", 0, DAY(30) },
		{ "for a while", 0, DAY(30) },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct notice n = read("Account restricted", rows[i].text);
		if (n.days != rows[i].days || n.until != rows[i].until)
			fail_msg("%s: %lld days, until %lld", rows[i].text, (long long)n.days,
			    (long long)n.until);
	}
}

static void test_a_date_ahead_of_us_is_not_believed(void **state)
{
	struct mime_mail *mail = ARENA_NEW(arena, struct mime_mail);
	struct notice n;
	struct err err = { 0 };

	(void)state;
	assert_non_null(mail);
	assert_int_equal(
	    mime_read(
		STR(META
		    "Subject: Account restricted\nDate: Sat, 21 Nov 2037 08:00:00 +0000\n\nfor 3 days"),
		arena, mail, &err),
	    0);
	assert_int_equal(notice_read(pack, mail, NOW, arena, &n, &err), 0);
	assert_int_equal(n.until, NOW + 3 * MS_PER_DAY);
}

static void test_values(void **state)
{
	struct notice n = read("Policy violation",
	    "WABA ID: 900800700\nPhone number ID - 100200300\nPhone number: +39 333 123 4500 (main)\n"
	    "Business name: \"Bottega Esempio\"\nTemplate name\nspring_offer\nCase number: #AB-1234 \n"
	    "Violation type: Prohibited goods\n");

	(void)state;
	assert_true(str_eq(n.waba, STR("900800700")));
	assert_true(str_eq(n.number, STR("100200300")));
	assert_true(
	    str_eq(n.phone, STR("+39 333 123 4500 (")) || str_eq(n.phone, STR("+39 333 123 4500")));
	assert_true(str_eq(n.business, STR("Bottega Esempio")));
	assert_true(str_eq(n.tpl, STR("spring_offer")));
	assert_true(str_eq(n.reference, STR("AB-1234")));
	assert_true(str_eq(n.violation, STR("Prohibited goods")));
	assert_int_equal(n.ids_len, 2);
}

static void test_limits(void **state)
{
	static const struct {
		const char *text;
		int64_t limit;
	} rows[] = {
		{ "250 customers", 250 },
		{ "2,000 unique customers", 2000 },
		{ "10.000 utenti", 10000 },
		{ "2K users", 2000 },
		{ "from 2,000 to 250 people", 250 },
		{ "100,000 contacts", 100000 },
		{ "many customers", 0 },
		{ "customers", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct notice n = read("Your messaging limit has changed", rows[i].text);
		if (n.limit != rows[i].limit)
			fail_msg("%s: %lld", rows[i].text, (long long)n.limit);
	}
}

static void test_doubts(void **state)
{
	static const struct {
		const char *headers, *text;
		unsigned doubts;
	} rows[] = {
		{ META, "https://business.facebook.com/x", 0 },
		{ "From: x@business.facebookmail.com\n", "", 0 },
		{ "From: x@notfacebookmail.com\n", "",
		    NOTICE_DOUBT_SENDER | NOTICE_DOUBT_LOOKALIKE },
		{ "From: x@facebookmail.com.example\n", "",
		    NOTICE_DOUBT_SENDER | NOTICE_DOUBT_LOOKALIKE },
		{ "From: \"noreply@facebookmail.com\" <x@a.example>\n", "", NOTICE_DOUBT_SENDER },
		{ "From: x@a.example\n", "", NOTICE_DOUBT_SENDER },
		{ "", "", NOTICE_DOUBT_SENDER },
		{ META, "http://facebook.com@a.example/", NOTICE_DOUBT_LINK },
		{ META, "HTTPS://A.example:443/facebook.com", NOTICE_DOUBT_LINK },
		{ META, "ftp://a.example", 0 },
		{ META, "your password", NOTICE_DOUBT_BAIT },
		{ META "Reply-To: Meta <x@a.example>\n", "", NOTICE_DOUBT_REPLY },
		{ META "Reply-To: x@meta.com\n", "", 0 },
		{ META "Authentication-Results: mx; dkim=pass; dmarc=fail\n", "",
		    NOTICE_DOUBT_SIGNATURE },
		{ META "Authentication-Results: mx; spf=fail; dkim=pass\n", "", 0 },
		{ META "Authentication-Results: mx; spf=fail\n", "", NOTICE_DOUBT_SIGNATURE },
		{ META "Authentication-Results: mx; xdkim=fail; dkim=none\n", "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct notice n = read_with(rows[i].headers, "x", rows[i].text);
		if (n.doubts != rows[i].doubts)
			fail_msg("row %zu: %u", i, n.doubts);
	}
}

static void test_every_kind_and_doubt_has_words(void **state)
{
	(void)state;
	for (int k = 0; k < NOTICE_KINDS; k++) {
		const char *text = notice_kind_text((enum notice_kind)k);
		assert_true(strlen(notice_kind_name((enum notice_kind)k)) > 2);
		assert_string_not_equal(lang_text(LANG_IT, text), text);
	}
	for (unsigned bit = 1; bit < 1u << NOTICE_DOUBTS; bit <<= 1) {
		assert_true(strlen(notice_doubt_name(bit)) > 2);
		assert_string_not_equal(
		    lang_text(LANG_IT, notice_doubt_text(bit)), notice_doubt_text(bit));
	}
}

/* Whatever the pack names is something that we have. */
static void test_the_pack_names_what_there_is(void **state)
{
	const struct pack_notices *w = pack_notices(pack);
	static const char *const labels[] = { "waba", "number", "phone", "business", "template",
		"case", "violation" };
	static const char *const words[] = { "forwarded", "from", "bait", "day", "people",
		"month" };
	bool kinds[NOTICE_KINDS] = { true };

	(void)state;
	for (size_t i = 0; i < w->kinds.len; i++) {
		bool found = false;
		for (int k = 1; k < NOTICE_KINDS; k++) {
			if (!str_eq_c(w->kinds.rows[i].what, notice_kind_name((enum notice_kind)k)))
				continue;
			found = kinds[k] = true;
		}
		assert_true(found);
	}
	for (int k = 0; k < NOTICE_KINDS; k++)
		assert_true(kinds[k]);
	for (size_t i = 0; i < w->labels.len; i++)
		assert_true(str_eq_c(w->labels.rows[i].what, labels[i]));
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		size_t n = 0;
		for (size_t k = 0; k < w->words.len; k++)
			n += str_eq_c(w->words.rows[k].what, words[i]);
		assert_int_equal(n, strcmp(words[i], "month") == 0 ? 4 : 1);
	}
	for (size_t k = 0; k < w->words.len; k++)
		assert_true(
		    !str_eq_c(w->words.rows[k].what, "month") || w->words.rows[k].any.len == 12);
	for (size_t i = 0; i < w->covers.len; i++)
		assert_true(pack_restriction(pack, w->covers.rows[i].what) != 0 ||
		    str_eq(w->covers.rows[i].what, STR("RESTRICTED_ADD_PHONE_NUMBER_ACTION")));
}

static void test_without_memory(void **state)
{
	struct str raw = STR(META
	    "Subject: Account restricted\n\nfor 3 days\nWABA ID: 900800700\nhttps://a.example\n");
	int r = -E_NOMEM;

	(void)state;
	for (long n = 0; r == -E_NOMEM && n < 400; n++) {
		struct arena *a = arena_new(64, 0);
		struct mime_mail m;
		struct notice notice;
		struct err err = { 0 };
		assert_non_null(a);
		assert_int_equal(mime_read(raw, arena, &m, &err), 0);
		check_fail_alloc_after(n, true);
		r = notice_read(pack, &m, NOW, a, &notice, &err);
		check_fail_alloc_after(-1, false);
		arena_free(&a);
	}
	assert_int_equal(r, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_how_long),
		cmocka_unit_test(test_a_date_ahead_of_us_is_not_believed),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_doubts),
		cmocka_unit_test(test_every_kind_and_doubt_has_words),
		cmocka_unit_test(test_the_pack_names_what_there_is),
		cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

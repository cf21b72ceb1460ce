#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/account.h"
#include "domain/directory.h"
#include "domain/fixture.h"

static const struct account_values shop = {
	.waba = { "900800700", 9 },
	.portfolio = { "500", 3 },
	.name = { "Bottega", 7 },
	.country = { "IT", 2 },
	.limit_given = true,
	.limited = true,
	.limit = 2000,
	.token = { "EAAG-token\n", 11 },
	.app_secret = { "app-secret", 10 },
	.verify_token = { "verify", 6 },
};

static const struct number_values line = {
	.waba = { "900800700", 9 },
	.id = { "100200300", 9 },
	.display = { "+39 333 123 4567", 16 },
};

static struct directory *load(struct fixture *f)
{
	struct directory *d = NULL;

	OK(directory_load(f->conn, &f->key, 1, &d, &f->err));
	return d;
}

static void add_shop(struct fixture *f)
{
	bool created = false;

	OK(account_add(f->conn, &f->key, &shop, NOW, &created, &f->err));
	assert_true(created);
}

static void add_line(struct fixture *f)
{
	bool created = false;

	add_shop(f);
	OK(number_add(f->conn, &line, NOW, &created, &f->err));
	assert_true(created);
}

static void test_added_account_is_in_the_directory(void **state)
{
	struct fixture *f = *state;

	add_shop(f);
	struct directory *d = load(f);
	const struct dir_waba *w = directory_waba(d, shop.waba);
	assert_non_null(w);
	assert_true(str_eq(w->name, shop.name));
	assert_true(str_eq(w->country, shop.country));
	assert_int_equal(w->upstream.len, 0);
	assert_int_equal(w->state, WABA_ACTIVE);
	assert_true(w->payment_ok);
	assert_true(str_eq(w->token, STR("EAAG-token")));
	assert_true(str_eq(w->app_secret, shop.app_secret));
	assert_true(str_eq(w->verify_token, shop.verify_token));
	assert_true(w->portfolio->limited);
	assert_int_equal(w->portfolio->limit, 2000);
	directory_unref(&d);
}

static void test_secrets_are_sealed(void **state)
{
	struct fixture *f = *state;

	add_shop(f);
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM waba WHERE length(token) > 40"), 1);
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM waba WHERE instr(token, 'EAAG') > 0"), 0);
}

/* One value of an account, and whether it agrees with what is on record. */
struct change {
	const char *name, *field; /* field NULL: no conflict */
	struct account_values values;
};

#define GIVEN .waba = STR("900800700"), .portfolio = STR("500"), .name = STR("Bottega")

static void test_adding_again(void **state)
{
	const struct change rows[] = {
		{ "all the same", NULL, shop },
		{ "only what must be", NULL, { GIVEN } },
		{ "the token without its line end", NULL, { GIVEN, .token = STR("EAAG-token") } },
		{ "an upstream where none was", NULL, { GIVEN, .upstream = STR("360dialog") } },
		{ "another name", "name",
		    { .waba = shop.waba, .portfolio = shop.portfolio, .name = STR("B") } },
		{ "another portfolio", "portfolio",
		    { .waba = shop.waba, .portfolio = STR("501"), .name = shop.name } },
		{ "another country", "country", { GIVEN, .country = STR("FR") } },
		{ "another limit", "limit",
		    { GIVEN, .limit_given = true, .limited = true, .limit = 250 } },
		{ "no limit", "limit", { GIVEN, .limit_given = true } },
		{ "another token", "token", { GIVEN, .token = STR("EAAG-other") } },
		{ "another app secret", "app_secret", { GIVEN, .app_secret = STR("x") } },
		{ "another verify token", "verify_token", { GIVEN, .verify_token = STR("x") } },
	};
	struct fixture *f = *state;

	add_shop(f);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool created = true;
		f->err = (struct err){ 0 };
		int rc = account_add(f->conn, &f->key, &rows[i].values, NOW + 1, &created, &f->err);
		if (rc != (rows[i].field ? -E_CONFLICT : 0))
			fail_msg("%s: %s %s", rows[i].name, err_name(rc), f->err.text);
		if (rows[i].field && strcmp(rows[i].field, f->err.field) != 0)
			fail_msg("%s: names \"%s\"", rows[i].name, f->err.field);
		if (!rows[i].field && created)
			fail_msg("%s: created again", rows[i].name);
	}
	struct directory *d = load(f);
	const struct dir_waba *w = directory_waba(d, shop.waba);
	assert_true(str_eq(w->upstream, STR("360dialog")));
	assert_true(str_eq(w->token, STR("EAAG-token")));
	assert_int_equal(w->portfolio->limit, 2000);
	directory_unref(&d);
}

static void test_bad_accounts(void **state)
{
	const struct {
		const char *field;
		enum err_code code;
		struct account_values values;
	} rows[] = {
		{ "waba", E_INVALID, { .portfolio = STR("500"), .name = STR("B") } },
		{ "waba", E_INVALID,
		    { .waba = STR("9/8"), .portfolio = STR("500"), .name = STR("B") } },
		{ "portfolio", E_INVALID, { .waba = STR("900"), .name = STR("B") } },
		{ "portfolio", E_INVALID,
		    { .waba = STR("900"), .portfolio = STR(""), .name = STR("B") } },
		{ "name", E_INVALID, { .waba = STR("900"), .portfolio = STR("500") } },
		{ "name", E_INVALID,
		    { .waba = STR("900"), .portfolio = STR("500"), .name = STR(" ") } },
		{ "country", E_INVALID, { GIVEN, .country = STR("it") } },
		{ "country", E_INVALID, { GIVEN, .country = STR("XX") } },
		{ "country", E_INVALID, { GIVEN, .country = STR("") } },
		{ "upstream", E_INVALID, { GIVEN, .upstream = STR("a b") } },
		{ "limit", E_RANGE, { GIVEN, .limit_given = true, .limited = true, .limit = 0 } },
		{ "limit", E_RANGE, { GIVEN, .limit_given = true, .limited = true, .limit = -1 } },
		{ "limit", E_RANGE,
		    { GIVEN, .limit_given = true, .limited = true, .limit = INT64_MAX } },
		{ "token", E_INVALID, { GIVEN, .token = STR("\n") } },
		{ "app_secret", E_INVALID, { GIVEN, .app_secret = STR("a\r\nb") } },
		{ "verify_token", E_INVALID, { GIVEN, .verify_token = STR("") } },
		{ "state", E_INVALID, { GIVEN, .state = STR("active") } },
		{ "payment", E_INVALID, { GIVEN, .payment_given = true } },
	};
	struct fixture *f = *state;
	bool created;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		FAILS(account_add(f->conn, &f->key, &rows[i].values, NOW, &created, &f->err),
		    rows[i].code, rows[i].field);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM waba"), 0);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM portfolio"), 0);
}

static void test_two_accounts_of_one_portfolio(void **state)
{
	struct fixture *f = *state;
	struct account_values other = {
		.waba = STR("900800701"), .portfolio = STR("500"), .name = STR("Due")
	};
	bool created;

	add_shop(f);
	OK(account_add(f->conn, &f->key, &other, NOW, &created, &f->err));
	other.limit_given = other.limited = true;
	other.limit = 250;
	FAILS(account_add(f->conn, &f->key, &other, NOW, &created, &f->err), E_CONFLICT, "limit");
	struct directory *d = load(f);
	assert_ptr_equal(
	    directory_waba(d, shop.waba)->portfolio, directory_waba(d, other.waba)->portfolio);
	directory_unref(&d);
	OK(account_remove(f->conn, shop.waba, &f->err));
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM portfolio"), 1);
	OK(account_remove(f->conn, other.waba, &f->err));
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM portfolio"), 0);
	FAILS(account_remove(f->conn, other.waba, &f->err), E_NOT_FOUND, "waba");
}

static void test_setting(void **state)
{
	struct fixture *f = *state;
	const struct account_values values = {
		.waba = shop.waba,
		.name = STR("Bottega Nuova"),
		.country = STR("FR"),
		.token = STR("EAAG-new"),
		.state = STR("locked"),
		.payment_given = true,
		.limit_given = true,
	};
	struct account_values bad = { .waba = shop.waba, .state = STR("LOCKED") };

	add_shop(f);
	OK(account_set(f->conn, &f->key, &values, NOW + 1, &f->err));
	struct directory *d = load(f);
	const struct dir_waba *w = directory_waba(d, shop.waba);
	assert_true(str_eq(w->name, values.name));
	assert_true(str_eq(w->country, values.country));
	assert_true(str_eq(w->token, values.token));
	assert_true(str_eq(w->app_secret, shop.app_secret));
	assert_int_equal(w->state, WABA_LOCKED);
	assert_false(w->payment_ok);
	assert_false(w->portfolio->limited);
	directory_unref(&d);
	FAILS(account_set(f->conn, &f->key, &bad, NOW, &f->err), E_INVALID, "state");
	bad = (struct account_values){ .waba = STR("1") };
	FAILS(account_set(f->conn, &f->key, &bad, NOW, &f->err), E_NOT_FOUND, "waba");
	bad = (struct account_values){ .waba = shop.waba, .portfolio = STR("501") };
	FAILS(account_set(f->conn, &f->key, &bad, NOW, &f->err), E_CONFLICT, "portfolio");
}

static void test_removing_takes_what_hangs_on_it(void **state)
{
	struct fixture *f = *state;

	add_line(f);
	OK(waba_restrict(
	    f->conn, shop.waba, STR("RESTRICTED_UTILITY_TEMPLATES"), TIME_NONE, NOW, &f->err));
	OK(waba_block_country(f->conn, shop.waba, STR("BR"), NOW, &f->err));
	OK(pause_set(f->conn, STR("waba"), shop.waba, PURPOSE_ALL, TIME_NONE, STR("anna"), STR_NONE,
	    NOW, &f->err));
	OK(pause_set(f->conn, STR("number"), line.id, PURPOSE_ALL, TIME_NONE, STR("anna"), STR_NONE,
	    NOW, &f->err));
	FAILS(account_remove(f->conn, shop.waba, &f->err), E_CONFLICT, "waba");
	OK(number_remove(f->conn, line.id, &f->err));
	FAILS(number_remove(f->conn, line.id, &f->err), E_NOT_FOUND, "id");
	OK(account_remove(f->conn, shop.waba, &f->err));
	assert_int_equal(
	    scratch_int(f->conn,
		"SELECT (SELECT count(*) FROM waba) + (SELECT count(*) FROM number)"
		" + (SELECT count(*) FROM pause) + (SELECT count(*) FROM waba_restriction)"
		" + (SELECT count(*) FROM waba_blocked_country)"),
	    0);
}

static void test_numbers(void **state)
{
	struct fixture *f = *state;

	add_line(f);
	struct directory *d = load(f);
	const struct dir_number *n = directory_number(d, line.id);
	assert_true(str_eq(n->display, STR("+393331234567")));
	assert_true(str_eq(n->status, STR("CONNECTED")));
	assert_true(str_eq(n->quality, STR("GREEN")));
	assert_int_equal(n->throughput, 0);
	assert_false(n->established);
	assert_int_equal(n->warm_from, NOW);
	assert_int_equal(n->created_at, NOW);
	directory_unref(&d);
}

#define LINE .waba = STR("900800700"), .id = STR("100200300"), .display = STR("+393331234567")

static void test_adding_numbers_again(void **state)
{
	const struct {
		const char *name, *field;
		struct number_values values;
	} rows[] = {
		{ "the same", NULL, line },
		{ "the same digits in another spelling", NULL,
		    { .waba = line.waba, .id = line.id, .display = STR("393331234567") } },
		{ "not established, as it is", NULL, { LINE, .established_given = true } },
		{ "a throughput where none was", NULL,
		    { LINE, .throughput_given = true, .throughput = 20 } },
		{ "another throughput", "throughput",
		    { LINE, .throughput_given = true, .throughput = 80 } },
		{ "a name where none was", NULL, { LINE, .verified_name = STR("Bottega") } },
		{ "another name", "verified_name", { LINE, .verified_name = STR("Altra") } },
		{ "another quality", "quality", { LINE, .quality = STR("RED") } },
		{ "other digits", "display",
		    { .waba = line.waba, .id = line.id, .display = STR("+393331234568") } },
		{ "established", "established",
		    { LINE, .established_given = true, .established = true } },
	};
	struct fixture *f = *state;

	add_line(f);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool created = true;
		f->err = (struct err){ 0 };
		int rc = number_add(f->conn, &rows[i].values, NOW + DAY, &created, &f->err);
		if (rc != (rows[i].field ? -E_CONFLICT : 0))
			fail_msg("%s: %s %s", rows[i].name, err_name(rc), f->err.text);
		if (rows[i].field && strcmp(rows[i].field, f->err.field) != 0)
			fail_msg("%s: names \"%s\"", rows[i].name, f->err.field);
	}
	struct directory *d = load(f);
	assert_int_equal(directory_number(d, line.id)->throughput, 20);
	assert_int_equal(directory_number(d, line.id)->warm_from, NOW);
	directory_unref(&d);
}

static void test_bad_numbers(void **state)
{
	const struct {
		const char *field;
		enum err_code code;
		struct number_values values;
	} rows[] = {
		{ "id", E_INVALID, { .waba = STR("900800700"), .display = STR("+393331234567") } },
		{ "waba", E_INVALID, { .id = STR("1"), .display = STR("+393331234567") } },
		{ "waba", E_INVALID,
		    { .waba = STR("1"), .id = STR("1"), .display = STR("+393331234567") } },
		{ "display", E_INVALID, { .waba = STR("900800700"), .id = STR("1") } },
		{ "display", E_INVALID,
		    { .waba = STR("900800700"), .id = STR("1"), .display = STR("tel") } },
		{ "display", E_INVALID,
		    { .waba = STR("900800700"), .id = STR("1"), .display = STR("+39") } },
		{ "display", E_INVALID,
		    { .waba = STR("900800700"),
			.id = STR("1"),
			.display = STR("+3933312345670000000000000000000000000000000000") } },
		{ "throughput", E_RANGE, { LINE, .throughput_given = true, .throughput = 0 } },
		{ "throughput", E_RANGE, { LINE, .throughput_given = true, .throughput = 1001 } },
		{ "status", E_INVALID, { LINE, .status = STR("not a word") } },
		{ "quality", E_INVALID, { LINE, .quality = STR("") } },
	};
	struct fixture *f = *state;
	bool created;

	add_shop(f);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		FAILS(number_add(f->conn, &rows[i].values, NOW, &created, &f->err), rows[i].code,
		    rows[i].field);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM number"), 0);
}

static void test_setting_numbers(void **state)
{
	struct fixture *f = *state;
	struct number_values v = { LINE, .established_given = true, .established = true };
	struct number_values set = {
		.id = line.id, .status = STR("FLAGGED"), .quality = STR("RED")
	};
	bool created;

	add_shop(f);
	OK(number_add(f->conn, &v, NOW, &created, &f->err));
	OK(number_set(f->conn, &set, NOW + 1, &f->err));
	struct directory *d = load(f);
	const struct dir_number *n = directory_number(d, line.id);
	assert_true(n->established);
	assert_int_equal(n->warm_from, TIME_NONE);
	assert_true(str_eq(n->status, STR("FLAGGED")));
	assert_true(str_eq(n->quality, STR("RED")));
	assert_true(str_eq(n->display, STR("+393331234567")));
	directory_unref(&d);

	set = (struct number_values){ .id = line.id, .established_given = true };
	OK(number_set(f->conn, &set, NOW + DAY, &f->err));
	OK(number_set(f->conn, &set, NOW + 2 * DAY, &f->err));
	d = load(f);
	assert_false(directory_number(d, line.id)->established);
	assert_int_equal(directory_number(d, line.id)->warm_from, NOW + DAY);
	directory_unref(&d);

	set = (struct number_values){ .id = STR("1") };
	FAILS(number_set(f->conn, &set, NOW, &f->err), E_NOT_FOUND, "id");
	set = (struct number_values){ .id = line.id, .waba = STR("901") };
	FAILS(number_set(f->conn, &set, NOW, &f->err), E_CONFLICT, "waba");
}

/* However it is spelled: what looks the same to Meta is the same. */
static void test_display_numbers_are_told_apart(void **state)
{
	struct fixture *f = *state;
	struct number_values first = { LINE }, second = { LINE };
	bool created;

	add_shop(f);
	OK(number_add(f->conn, &first, NOW, &created, &f->err));
	second.id = STR("100200301");
	second.display = STR("39 333 123-4567");
	FAILS(number_add(f->conn, &second, NOW, &created, &f->err), E_CONFLICT, "display");
	assert_non_null(strstr(f->err.text, "100200300"));
	second.display = STR("+393331234568");
	OK(number_add(f->conn, &second, NOW, &created, &f->err));
	assert_true(created);
	struct number_values set = { .id = second.id, .display = first.display };
	FAILS(number_set(f->conn, &set, NOW, &f->err), E_CONFLICT, "display");
	set.display = second.display;
	OK(number_set(f->conn, &set, NOW, &f->err));
}

static void stop(struct fixture *f, const char *scope, struct str id, enum purpose p, time_ms until,
    const char *by)
{
	OK(pause_set(f->conn, str_c(scope), id, p, until, str_c(by), STR("reason"), NOW, &f->err));
}

static time_ms paused_until(struct fixture *f)
{
	int64_t until = TIME_NONE;

	OK(store_ask_int(f->conn, &until, &f->err,
	    "SELECT CASE WHEN count(*) > count(until_at) THEN NULL ELSE max(until_at) END FROM pause"
	    " WHERE scope = 'number' AND purpose = 1",
	    ""));
	return until;
}

static void test_pauses_do_not_shorten_each_other(void **state)
{
	static const struct {
		const char *name, *by;
		time_ms until, then;
	} rows[] = {
		{ "the first", "breaker", NOW + DAY, NOW + DAY },
		{ "shorter by the same", "breaker", NOW + HOUR, NOW + HOUR },
		{ "longer by another", "anna", NOW + DAY, NOW + DAY },
		{ "shorter by another", "breaker", NOW + HOUR, NOW + DAY },
		{ "without end by another", "breaker", TIME_NONE, TIME_NONE },
		{ "with an end by another", "anna", NOW + DAY, TIME_NONE },
		{ "with an end by the same", "breaker", NOW + MINUTE, NOW + DAY },
	};
	struct fixture *f = *state;

	add_line(f);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		stop(f, "number", line.id, PURPOSE_MARKETING, rows[i].until, rows[i].by);
		if (paused_until(f) != rows[i].then)
			fail_msg("%s: until %lld", rows[i].name, (long long)paused_until(f));
	}
}

/* What stopped for a while ends with it, and leaves what stopped until somebody looks. */
static void test_each_cause_has_its_pause(void **state)
{
	struct fixture *f = *state;

	add_line(f);
	OK(pause_set(f->conn, STR("number"), line.id, PURPOSE_MARKETING, TIME_NONE, STR("breaker"),
	    STR("opt_outs"), NOW, &f->err));
	OK(pause_set(f->conn, STR("number"), line.id, PURPOSE_MARKETING, NOW + DAY, STR("breaker"),
	    STR("131048"), NOW, &f->err));
	assert_int_equal(paused_until(f), TIME_NONE);
	OK(pause_clear_of(
	    f->conn, STR("number"), line.id, STR("breaker"), STR("opt_outs"), &f->err));
	assert_int_equal(paused_until(f), NOW + DAY);
	stop(f, "number", line.id, PURPOSE_MARKETING, TIME_NONE, "anna");
	OK(pause_set(f->conn, STR("number"), line.id, PURPOSE_MARKETING, NOW + HOUR, STR("anna"),
	    STR("another reason"), NOW, &f->err));
	assert_int_equal(paused_until(f), NOW + DAY);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM pause"), 2);
}

static void test_clearing_pauses(void **state)
{
	struct fixture *f = *state;

	add_line(f);
	stop(f, "number", line.id, PURPOSE_MARKETING, TIME_NONE, "anna");
	stop(f, "number", line.id, PURPOSE_UTILITY, TIME_NONE, "anna");
	stop(f, "waba", shop.waba, PURPOSE_MARKETING, TIME_NONE, "anna");
	OK(pause_clear(f->conn, STR("number"), line.id, PURPOSE_UTILITY, &f->err));
	OK(pause_clear(f->conn, STR("number"), line.id, PURPOSE_SERVICE, &f->err));
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM pause"), 2);
	OK(pause_clear(f->conn, STR("number"), line.id, PURPOSE_ALL, &f->err));
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM pause WHERE scope = 'waba'"), 1);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM pause"), 1);
}

static void test_bad_pauses(void **state)
{
	const struct {
		const char *field;
		enum err_code code;
		const char *scope, *id;
		enum purpose purpose;
		time_ms until;
		const char *by;
	} rows[] = {
		{ "scope", E_INVALID, "portfolio", "500", PURPOSE_ALL, TIME_NONE, "anna" },
		{ "id", E_NOT_FOUND, "number", "1", PURPOSE_ALL, TIME_NONE, "anna" },
		{ "id", E_NOT_FOUND, "waba", "100200300", PURPOSE_ALL, TIME_NONE, "anna" },
		{ "purpose", E_INVALID, "number", "100200300", PURPOSE_NONE, TIME_NONE, "anna" },
		{ "until", E_RANGE, "number", "100200300", PURPOSE_ALL, NOW, "anna" },
		{ "by", E_INVALID, "number", "100200300", PURPOSE_ALL, TIME_NONE, "" },
	};
	struct fixture *f = *state;

	add_line(f);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		FAILS(pause_set(f->conn, str_c(rows[i].scope), str_c(rows[i].id), rows[i].purpose,
			  rows[i].until, str_c(rows[i].by), STR_NONE, NOW, &f->err),
		    rows[i].code, rows[i].field);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM pause"), 0);
}

static void test_what_meta_said(void **state)
{
	struct fixture *f = *state;

	add_shop(f);
	OK(waba_set_state(f->conn, shop.waba, STR("UNDER REVIEW"), NOW, &f->err));
	OK(waba_set_payment(f->conn, shop.waba, false, NOW, &f->err));
	OK(waba_block_country(f->conn, shop.waba, STR("BR"), NOW, &f->err));
	OK(waba_block_country(f->conn, shop.waba, STR("BR"), NOW, &f->err));
	OK(waba_block_country(f->conn, shop.waba, STR("AR"), NOW, &f->err));
	OK(waba_restrict(f->conn, shop.waba, STR("NEW_KIND"), NOW + DAY, NOW, &f->err));
	OK(waba_restrict(f->conn, shop.waba, STR("NEW_KIND"), NOW + HOUR, NOW, &f->err));
	OK(waba_restrict(f->conn, shop.waba, STR("OTHER_KIND"), TIME_NONE, NOW, &f->err));
	OK(portfolio_set_limit(f->conn, shop.portfolio, true, 10000, NOW, &f->err));
	struct directory *d = load(f);
	const struct dir_waba *w = directory_waba(d, shop.waba);
	assert_int_equal(w->state, WABA_STATE_UNKNOWN);
	assert_true(str_eq(w->state_word, STR("UNDER REVIEW")));
	assert_false(w->payment_ok);
	assert_int_equal(w->blocked_countries_len, 2);
	assert_true(str_eq(w->blocked_countries[0], STR("AR")));
	assert_true(str_eq(w->blocked_countries[1], STR("BR")));
	assert_int_equal(w->restrictions_len, 2);
	assert_true(str_eq(w->restrictions[0].type, STR("NEW_KIND")));
	assert_int_equal(w->restrictions[0].until, NOW + HOUR);
	assert_int_equal(w->restrictions[1].until, TIME_NONE);
	assert_int_equal(w->portfolio->limit, 10000);
	directory_unref(&d);

	OK(waba_unrestrict(f->conn, shop.waba, STR("NEW_KIND"), &f->err));
	OK(waba_unrestrict(f->conn, shop.waba, STR("NEVER"), &f->err));
	OK(waba_unblock_country(f->conn, shop.waba, STR("AR"), &f->err));
	OK(portfolio_set_limit(f->conn, shop.portfolio, false, 0, NOW, &f->err));
	d = load(f);
	w = directory_waba(d, shop.waba);
	assert_int_equal(w->restrictions_len, 1);
	assert_int_equal(w->blocked_countries_len, 1);
	assert_false(w->portfolio->limited);
	directory_unref(&d);
}

static void own_limit(struct fixture *f, int64_t limit)
{
	const struct account_values v = {
		.waba = shop.waba, .limit_given = true, .limited = limit >= 0, .limit = limit
	};

	OK(account_set(f->conn, &f->key, &v, NOW, &f->err));
}

/* Of what Meta tells and what an operator wants the lower one binds, in whichever order they came. */
static void test_the_lower_limit_binds(void **state)
{
	enum { META, OWN };
	static const struct {
		int by;
		int64_t says, binds, told, own; /* -1 = no limit, or none */
	} steps[] = {
		{ META, 10000, 10000, 10000, -1 },
		{ OWN, 500, 500, 10000, 500 },
		{ META, 100000, 500, 100000, 500 },
		{ META, -1, 500, -1, 500 },
		{ META, 250, 250, 250, 500 },
		{ META, 2000, 500, 2000, 500 },
		{ OWN, 5000, 2000, 2000, 5000 },
		{ META, 10000, 5000, 10000, 5000 },
		{ OWN, -1, 10000, 10000, -1 },
		{ META, -1, -1, -1, -1 },
	};
	struct fixture *f = *state;

	add_shop(f);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		if (steps[i].by == OWN)
			own_limit(f, steps[i].says);
		else
			OK(portfolio_set_limit(f->conn, shop.portfolio, steps[i].says >= 0,
			    steps[i].says, NOW, &f->err));
		struct directory *d = load(f);
		const struct dir_portfolio *p = directory_waba(d, shop.waba)->portfolio;
		if ((p->limited ? p->limit : -1) != steps[i].binds || !p->told ||
		    p->told_limit != steps[i].told || p->own_limit != steps[i].own)
			fail_msg("step %zu: %lld binds, %lld told, %lld own", i,
			    (long long)p->limit, (long long)p->told_limit, (long long)p->own_limit);
		directory_unref(&d);
	}
}

static void test_news_of_strangers(void **state)
{
	struct fixture *f = *state;
	struct str nobody = STR("1");

	FAILS(waba_set_state(f->conn, nobody, STR("active"), NOW, &f->err), E_NOT_FOUND, "waba");
	FAILS(waba_set_payment(f->conn, nobody, true, NOW, &f->err), E_NOT_FOUND, "waba");
	FAILS(waba_block_country(f->conn, nobody, STR("BR"), NOW, &f->err), E_NOT_FOUND, "waba");
	FAILS(waba_block_country(f->conn, nobody, STR("B"), NOW, &f->err), E_INVALID, "country");
	FAILS(waba_restrict(f->conn, nobody, STR("X"), NOW, NOW, &f->err), E_NOT_FOUND, "waba");
	FAILS(portfolio_set_limit(f->conn, nobody, true, 250, NOW, &f->err), E_NOT_FOUND,
	    "portfolio");
	FAILS(portfolio_set_limit(f->conn, nobody, true, 0, NOW, &f->err), E_RANGE, "limit");
}

static void test_another_key_opens_nothing(void **state)
{
	struct fixture *f = *state;
	struct seal_key other = { .b = { 99 } };
	struct directory *d = NULL;
	bool created;

	add_shop(f);
	assert_int_equal(account_add(f->conn, &other, &shop, NOW, &created, &f->err), -E_CRYPTO);
	assert_int_equal(directory_load(f->conn, &other, 1, &d, &f->err), -E_CRYPTO);
	assert_null(d);
}

/* --- everything fails once -------------------------------------------------------------------- */

static int work(struct fixture *f)
{
	const struct account_values set = { .waba = shop.waba,
		.token = STR("EAAG-new"),
		.limit_given = true,
		.limited = true,
		.limit = 250,
		.state = STR("locked"),
		.payment_given = true };
	const struct number_values flagged = { .id = line.id, .quality = STR("RED") };
	bool created;
	int r = account_add(f->conn, &f->key, &shop, NOW, &created, &f->err);

	if (r == 0)
		r = account_add(f->conn, &f->key, &shop, NOW, &created, &f->err);
	if (r == 0)
		r = number_add(f->conn, &line, NOW, &created, &f->err);
	if (r == 0)
		r = number_set(f->conn, &flagged, NOW, &f->err);
	if (r == 0)
		r = account_set(f->conn, &f->key, &set, NOW, &f->err);
	if (r == 0)
		r = pause_set(f->conn, STR("number"), line.id, PURPOSE_ALL, TIME_NONE, STR("anna"),
		    STR_NONE, NOW, &f->err);
	if (r == 0)
		r = waba_restrict(f->conn, shop.waba, STR("X"), TIME_NONE, NOW, &f->err);
	if (r == 0)
		r = number_remove(f->conn, line.id, &f->err);
	return r < 0 ? r : account_remove(f->conn, shop.waba, &f->err);
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "accounts", work);
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_added_account_is_in_the_directory),
		FIXTURE_TEST(test_secrets_are_sealed),
		FIXTURE_TEST(test_adding_again),
		FIXTURE_TEST(test_bad_accounts),
		FIXTURE_TEST(test_two_accounts_of_one_portfolio),
		FIXTURE_TEST(test_setting),
		FIXTURE_TEST(test_removing_takes_what_hangs_on_it),
		FIXTURE_TEST(test_numbers),
		FIXTURE_TEST(test_adding_numbers_again),
		FIXTURE_TEST(test_bad_numbers),
		FIXTURE_TEST(test_setting_numbers),
		FIXTURE_TEST(test_display_numbers_are_told_apart),
		FIXTURE_TEST(test_pauses_do_not_shorten_each_other),
		FIXTURE_TEST(test_each_cause_has_its_pause),
		FIXTURE_TEST(test_clearing_pauses),
		FIXTURE_TEST(test_bad_pauses),
		FIXTURE_TEST(test_what_meta_said),
		FIXTURE_TEST(test_the_lower_limit_binds),
		FIXTURE_TEST(test_news_of_strangers),
		FIXTURE_TEST(test_another_key_opens_nothing),
		FIXTURE_TEST(test_memory_runs_out),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

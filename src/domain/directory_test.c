#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/account.h"
#include "domain/directory.h"
#include "domain/fixture.h"
#include "domain/integration.h"
#include "domain/template.h"

static struct directory *load(struct fixture *f)
{
	struct directory *d = NULL;

	OK(directory_load(f->conn, &f->key, 41, &d, &f->err));
	return d;
}

static void test_empty(void **state)
{
	struct fixture *f = *state;
	struct directory *d = load(f);
	size_t n = 9;

	assert_int_equal(directory_generation(d), 41);
	(void)directory_wabas(d, &n);
	assert_int_equal(n, 0);
	(void)directory_numbers(d, &n);
	assert_int_equal(n, 0);
	(void)directory_apps(d, &n);
	assert_int_equal(n, 0);
	(void)directory_templates(d, &n);
	assert_int_equal(n, 0);
	assert_null(directory_waba(d, STR("1")));
	assert_null(directory_number(d, STR_NONE));
	assert_null(directory_portfolio(d, STR("")));
	assert_null(directory_template(d, STR("1"), STR("a"), STR("it")));
	assert_null(directory_template_by_meta_id(d, STR("")));
	assert_null(directory_number_by_phone(d, (struct phone){ 0 }));
	directory_unref(&d);
	assert_null(d);
	directory_unref(&d);
}

static void test_references(void **state)
{
	struct fixture *f = *state;
	struct directory *d = load(f), *same = directory_ref(d);
	long live = check_live();

	assert_ptr_equal(d, same);
	directory_unref(&d);
	assert_int_equal(check_live(), live);
	assert_int_equal(directory_generation(same), 41);
	directory_unref(&same);
	assert_true(check_live() < live);
}

/* Three accounts in two portfolios, put in out of order. */
static void add_accounts(struct fixture *f)
{
	fixture_account(f, "500", "30", "303");
	fixture_account(f, "500", "10", "101");
	fixture_account(f, "600", "20", "202");
	OK(store_do(
	    f->conn, &f->err, "UPDATE number SET display = '+39333123450' || substr(id, 3)", ""));
}

/* Only those of the number itself count. */
static void test_autoreplies(void **state)
{
	static const struct {
		const char *number;
		int64_t count;
	} rows[] = { { "101", 2 }, { "202", 0 }, { "303", 1 } };
	struct fixture *f = *state;

	add_accounts(f);
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO autoreply (name, app, number, kind, body, words, created_at, sent) VALUES"
	    " ('a', 'shop', '101', 0, 'Ciao', '', 1, 0), ('b', 'shop', '303', 0, 'Ciao', '', 1, 0),"
	    " ('c', 'shop', '101', 0, 'Ciao', '', 1, 0)",
	    ""));
	struct directory *d = load(f);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(
		    directory_number(d, str_c(rows[i].number))->autoreplies, rows[i].count);
	directory_unref(&d);
}

static void test_order_and_look_ups(void **state)
{
	struct fixture *f = *state;
	size_t n;

	add_accounts(f);
	struct directory *d = load(f);
	const struct dir_waba *const *wabas = directory_wabas(d, &n);
	assert_int_equal(n, 3);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(wabas[i]->id.p[0], '1' + (int)i);
		assert_ptr_equal(directory_waba(d, wabas[i]->id), wabas[i]);
		assert_ptr_equal(
		    directory_portfolio(d, wabas[i]->portfolio->id), wabas[i]->portfolio);
	}
	assert_ptr_equal(wabas[0]->portfolio, wabas[2]->portfolio);
	assert_ptr_not_equal(wabas[0]->portfolio, wabas[1]->portfolio);
	const struct dir_number *const *numbers = directory_numbers(d, &n);
	assert_int_equal(n, 3);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(numbers[i]->index, i);
		assert_ptr_equal(numbers[i]->waba, wabas[i]);
		assert_ptr_equal(directory_number(d, numbers[i]->id), numbers[i]);
		assert_ptr_equal(directory_number_by_phone(d, numbers[i]->phone), numbers[i]);
	}
	assert_null(directory_number_by_phone(d, phone_of("+393331234599")));
	directory_unref(&d);
}

static void put_template(
    struct fixture *f, const char *waba, const char *name, const char *language)
{
	const struct json *v = NULL;
	bool created;
	struct str text = arena_printf(f->arena,
	    "{\"name\":\"%s\",\"language\":\"%s\",\"category\":\"UTILITY\",\"id\":\"%s%s\","
	    "\"components\":[{\"type\":\"BODY\",\"text\":\"%s\"}]}",
	    name, language, waba, language, name);

	OK(json_read(f->arena, text, &v, &f->err));
	OK(template_put(f->conn, str_c(waba), v, false, NOW, &created, &f->err));
}

static void test_templates(void **state)
{
	struct fixture *f = *state;
	size_t n;

	add_accounts(f);
	put_template(f, "20", "b", "it");
	put_template(f, "10", "b", "it");
	put_template(f, "10", "b", "fr");
	struct directory *d = load(f);
	const struct dir_template *const *list = directory_templates(d, &n);
	assert_int_equal(n, 3);
	assert_true(str_eq(list[0]->language, STR("fr")));
	assert_true(str_eq(list[1]->waba, STR("10")));
	assert_true(str_eq(list[2]->waba, STR("20")));
	assert_ptr_equal(directory_template(d, STR("10"), STR("b"), STR("it")), list[1]);
	assert_ptr_equal(directory_template(d, STR("20"), STR("b"), STR("it")), list[2]);
	assert_ptr_equal(directory_template_by_meta_id(d, STR("10fr")), list[0]);
	assert_null(directory_template(d, STR("20"), STR("b"), STR("fr")));
	assert_null(directory_template(d, STR("10"), STR("b"), STR_NONE));
	directory_unref(&d);
}

/* What a stranger sends as name and language is never mistaken for another template. */
static void test_hostile_names(void **state)
{
	static const struct {
		struct str name, language;
	} rows[] = {
		{ { "b/it", 4 }, { "", 0 } },
		{ { "b/it/", 5 }, { NULL, 0 } },
		{ { "b", 1 }, { "it/", 3 } },
		{ { "", 0 }, { "b/it", 4 } },
		{ { "/b", 2 }, { "it", 2 } },
		{ { "b\0", 2 }, { "it", 2 } },
	};
	struct fixture *f = *state;
	char huge[4096];

	add_accounts(f);
	put_template(f, "10", "b", "it");
	struct directory *d = load(f);
	assert_non_null(directory_template(d, STR("10"), STR("b"), STR("it")));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_null(directory_template(d, STR("10"), rows[i].name, rows[i].language));
	memset(huge, 'b', sizeof(huge));
	assert_null(directory_template(d, STR("10"), str_n(huge, sizeof(huge)), STR("it")));
	assert_null(directory_template(d, STR("10"), STR("b"), str_n(huge, sizeof(huge))));
	directory_unref(&d);
}

static void test_pauses_of_number_and_account(void **state)
{
	static const struct {
		const char *scope, *id;
		enum purpose purpose;
	} pauses[] = {
		{ "waba", "10", PURPOSE_UTILITY },
		{ "number", "101", PURPOSE_MARKETING },
		{ "number", "101", PURPOSE_ALL },
		{ "waba", "20", PURPOSE_MARKETING },
		{ "number", "303", PURPOSE_SERVICE },
	};
	struct fixture *f = *state;

	add_accounts(f);
	for (size_t i = 0; i < ARRAY_LEN(pauses); i++)
		OK(pause_set(f->conn, str_c(pauses[i].scope), str_c(pauses[i].id),
		    pauses[i].purpose, i ? NOW + (time_ms)i : TIME_NONE, STR("anna"), STR_NONE, NOW,
		    &f->err));
	struct directory *d = load(f);
	const struct dir_number *n = directory_number(d, STR("101"));
	assert_int_equal(n->waba->paused_len, 1);
	assert_int_equal(n->paused_len, 3);
	assert_int_equal(n->paused[0].purpose, PURPOSE_UTILITY);
	assert_int_equal(n->paused[0].until, TIME_NONE);
	assert_true(str_eq(n->paused[0].by, STR("anna")));
	assert_int_equal(n->paused[1].purpose, PURPOSE_MARKETING);
	assert_int_equal(n->paused[2].purpose, PURPOSE_ALL);
	assert_int_equal(n->paused[2].until, NOW + 2);
	n = directory_number(d, STR("202"));
	assert_int_equal(n->paused_len, 1);
	assert_int_equal(n->paused[0].until, NOW + 3);
	n = directory_number(d, STR("303"));
	assert_int_equal(n->paused_len, 1);
	assert_int_equal(n->paused[0].purpose, PURPOSE_SERVICE);
	assert_int_equal(n->waba->paused_len, 0);
	directory_unref(&d);
}

static void test_what_hangs_on_accounts_is_not_mixed_up(void **state)
{
	static const char *const wabas[] = { "30", "10", "20" };
	struct fixture *f = *state;

	add_accounts(f);
	for (size_t i = 0; i < ARRAY_LEN(wabas); i++) {
		struct str id = str_c(wabas[i]);
		OK(waba_restrict(
		    f->conn, id, arena_printf(f->arena, "A%s", wabas[i]), NOW, NOW, &f->err));
		OK(waba_restrict(
		    f->conn, id, arena_printf(f->arena, "B%s", wabas[i]), NOW, NOW, &f->err));
		OK(waba_block_country(f->conn, id, i ? STR("BR") : STR("AR"), NOW, &f->err));
	}
	struct directory *d = load(f);
	for (size_t i = 0; i < ARRAY_LEN(wabas); i++) {
		const struct dir_waba *w = directory_waba(d, str_c(wabas[i]));
		assert_int_equal(w->restrictions_len, 2);
		assert_true(
		    str_eq(w->restrictions[0].type, arena_printf(f->arena, "A%s", wabas[i])));
		assert_true(
		    str_eq(w->restrictions[1].type, arena_printf(f->arena, "B%s", wabas[i])));
		assert_int_equal(w->blocked_countries_len, 1);
		assert_true(str_eq(w->blocked_countries[0], i ? STR("BR") : STR("AR")));
	}
	directory_unref(&d);
}

/* --- apps ------------------------------------------------------------------------------------- */

static void add_app(struct fixture *f, const struct str *numbers, size_t len, char id[ID_TEXT_MAX],
    char key[APP_KEY_MAX])
{
	struct integration_values v = {
		.name = STR("crm"),
		.owner = STR("Anna"),
		.purpose = STR("Orders"),
		.numbers = numbers,
		.numbers_len = len,
		.numbers_given = true,
		.purposes = PURPOSE_BIT(PURPOSE_UTILITY),
		.purposes_given = true,
		.review_by = NOW + DAY,
		.review_given = true,
	};

	OK(integration_add(f->conn, &f->key, &v, &f->ids, NOW, id, key, &f->err));
}

static void test_the_reach_of_an_app(void **state)
{
	static const struct str numbers[] = { { "101", 3 }, { "202", 3 } };
	struct fixture *f = *state;
	char id[ID_TEXT_MAX], key[APP_KEY_MAX];

	add_accounts(f);
	add_app(f, numbers, 2, id, key);
	OK(number_remove(f->conn, STR("202"), &f->err));
	struct directory *d = load(f);
	const struct dir_app *app = directory_app(d, str_c(id));
	assert_true(dir_app_has_number(app, STR("101")));
	assert_true(dir_app_has_number(app, STR("202")));
	assert_false(dir_app_has_number(app, STR("303")));
	assert_false(dir_app_has_number(app, STR("10")));
	assert_true(dir_app_has_waba(d, app, directory_waba(d, STR("10"))));
	assert_false(dir_app_has_waba(d, app, directory_waba(d, STR("20"))));
	assert_false(dir_app_has_waba(d, app, directory_waba(d, STR("30"))));
	directory_unref(&d);
}

/* --- facts ------------------------------------------------------------------------------------ */

static void test_facts(void **state)
{
	static const struct str numbers[] = { { "101", 3 } };
	struct fixture *f = *state;
	struct message send = {
		.kind = MESSAGE_TEMPLATE,
		.template_name = STR("b"),
		.template_language = STR("it"),
	};
	char id[ID_TEXT_MAX], key[APP_KEY_MAX];
	struct facts facts;

	add_accounts(f);
	add_app(f, numbers, 1, id, key);
	put_template(f, "10", "b", "it");
	OK(waba_restrict(f->conn, STR("10"), STR("X"), TIME_NONE, NOW, &f->err));
	OK(waba_block_country(f->conn, STR("10"), STR("BR"), NOW, &f->err));
	OK(waba_set_payment(f->conn, STR("10"), false, NOW, &f->err));
	OK(waba_set_state(f->conn, STR("10"), STR("scheduled_for_disable"), NOW, &f->err));
	OK(portfolio_set_limit(f->conn, STR("500"), true, 250, NOW, &f->err));
	OK(pause_set(f->conn, STR("number"), STR("101"), PURPOSE_ALL, TIME_NONE, STR("breaker"),
	    STR_NONE, NOW, &f->err));
	struct directory *d = load(f);
	facts_init(&facts);
	directory_fill_facts(d, directory_app(d, str_c(id)), directory_number(d, STR("101")),
	    STR("101"), &send, f->arena, &facts);

	assert_true(facts.app.given && facts.app.known);
	assert_true(str_eq(facts.app.id, str_c(id)));
	assert_int_equal(facts.app.status, APP_ACTIVE);
	assert_false(facts.app.any_number || facts.app.any_purpose);
	assert_int_equal(facts.app.numbers_len, 1);
	assert_int_equal(facts.app.purposes, PURPOSE_BIT(PURPOSE_UTILITY));
	assert_int_equal(facts.app.review_by, NOW + DAY);
	assert_true(facts.portfolio.limited);
	assert_int_equal(facts.portfolio.limit, 250);
	assert_int_equal(facts.portfolio.unique_24h, 0);
	assert_true(str_eq(facts.waba.id, STR("10")));
	assert_true(str_eq(facts.waba.country, STR("IT")));
	assert_true(str_eq(facts.waba.name, STR("Bottega")));
	assert_int_equal(facts.waba.state, WABA_SCHEDULED_FOR_DISABLE);
	assert_false(facts.waba.payment_ok);
	assert_int_equal(facts.waba.restrictions_len, 1);
	assert_int_equal(facts.waba.blocked_countries_len, 1);
	assert_int_equal(facts.waba.paused_len, 1);
	assert_true(str_eq(facts.waba.paused[0].by, STR("breaker")));
	assert_true(facts.number.given && facts.number.known);
	assert_true(str_eq(facts.number.id, STR("101")));
	assert_true(str_eq(facts.number.display, STR("+393331234501")));
	assert_int_equal(facts.number.phone.number, 393331234501);
	assert_true(str_eq(facts.number.status, STR("CONNECTED")));
	assert_true(str_eq(facts.number.quality, STR("GREEN")));
	assert_false(facts.number.warmup.active);
	assert_true(facts.tpl.known && facts_template_known(&facts, &send));
	assert_true(str_eq(facts.tpl.status, STR("APPROVED")));
	assert_int_equal(facts.tpl.category, PURPOSE_UTILITY);
	assert_false(facts.tpl.paused_until_given);
	assert_int_equal(json_len(facts.tpl.components), 1);
	directory_unref(&d);
}

static void test_facts_of_strangers(void **state)
{
	struct fixture *f = *state;
	struct message send = {
		.kind = MESSAGE_TEMPLATE, .template_name = STR("b"), .template_language = STR("it")
	};
	struct facts facts;

	add_accounts(f);
	put_template(f, "10", "b", "it");
	struct directory *d = load(f);
	facts_init(&facts);
	directory_fill_facts(d, NULL, NULL, STR("7"), &send, f->arena, &facts);
	assert_true(facts.app.given);
	assert_false(facts.app.known);
	assert_true(facts.number.given);
	assert_false(facts.number.known);
	assert_true(str_eq(facts.number.id, STR("7")));
	assert_false(facts.tpl.known);
	assert_int_equal(facts.waba.id.len, 0);

	facts_init(&facts);
	directory_fill_facts(
	    d, NULL, directory_number(d, STR("202")), STR("202"), &send, f->arena, &facts);
	assert_true(facts.number.known);
	assert_false(facts.portfolio.limited);
	assert_false(facts.tpl.known);

	send.kind = MESSAGE_FREE_FORM;
	facts_init(&facts);
	directory_fill_facts(
	    d, NULL, directory_number(d, STR("101")), STR("101"), &send, f->arena, &facts);
	assert_false(facts.tpl.known);
	directory_unref(&d);
}

/* --- trouble ---------------------------------------------------------------------------------- */

static void test_broken_rows(void **state)
{
	static const char *const breaks[] = {
		"UPDATE template SET components = '{'",
		"UPDATE integration SET numbers = 'x'",
		"UPDATE integration SET numbers = '{}'",
		"UPDATE integration SET categories = 'spam'",
		"UPDATE integration SET key_hash = 'short'",
	};
	static const struct str numbers[] = { { "101", 3 } };
	struct fixture *f = *state;
	char id[ID_TEXT_MAX], key[APP_KEY_MAX];

	for (size_t i = 0; i < ARRAY_LEN(breaks); i++) {
		struct directory *d = NULL;
		add_accounts(f);
		add_app(f, numbers, 1, id, key);
		put_template(f, "10", "b", "it");
		scratch_exec(f->conn, breaks[i]);
		FAILS(directory_load(f->conn, &f->key, 1, &d, &f->err), E_STORE, "");
		assert_null(d);
		store_rollback(f->conn);
		OK(store_begin(f->conn, &f->err));
	}
}

static void add_everything(struct fixture *f)
{
	static const struct str numbers[] = { { "101", 3 } };
	char id[ID_TEXT_MAX], key[APP_KEY_MAX];
	char name[16];

	add_accounts(f);
	add_app(f, numbers, 1, id, key);
	for (int i = 0; i < 70; i++) {
		(void)snprintf(name, sizeof(name), "t%d", i);
		put_template(f, "10", name, "it");
	}
	OK(waba_restrict(f->conn, STR("10"), STR("X"), TIME_NONE, NOW, &f->err));
	OK(waba_block_country(f->conn, STR("10"), STR("BR"), NOW, &f->err));
	OK(pause_set(f->conn, STR("number"), STR("101"), PURPOSE_ALL, TIME_NONE, STR("anna"),
	    STR_NONE, NOW, &f->err));
	OK(pause_set(f->conn, STR("waba"), STR("10"), PURPOSE_ALL, TIME_NONE, STR("anna"), STR_NONE,
	    NOW, &f->err));
}

static int load_once(void *arg)
{
	struct fixture *f = arg;
	struct directory *d = NULL;
	int r = directory_load(f->conn, &f->key, 1, &d, &f->err);

	directory_unref(&d);
	return r;
}

static void test_memory_runs_out(void **state)
{
	struct fixture *f = *state;

	add_everything(f);
	OK(load_once(f));
	torture("loading", load_once, f);
}

static void test_the_store_fails(void **state)
{
	struct fixture *f = *state;
	long nth = 1;
	int rc;

	store_rollback(f->conn);
	do {
		fake_fail(f->store, FAKE_STEP, nth++, 1, E_STORE);
		rc = load_once(f);
		assert_int_equal(rc, fake_met(f->store, FAKE_STEP) ? -E_STORE : 0);
	} while (rc < 0);
	fake_fail(f->store, FAKE_STEP, 0, 0, E_STORE);
	assert_true(nth > 8);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_empty),
		FIXTURE_TEST(test_references),
		FIXTURE_TEST(test_order_and_look_ups),
		FIXTURE_TEST(test_autoreplies),
		FIXTURE_TEST(test_templates),
		FIXTURE_TEST(test_hostile_names),
		FIXTURE_TEST(test_pauses_of_number_and_account),
		FIXTURE_TEST(test_what_hangs_on_accounts_is_not_mixed_up),
		FIXTURE_TEST(test_the_reach_of_an_app),
		FIXTURE_TEST(test_facts),
		FIXTURE_TEST(test_facts_of_strangers),
		FIXTURE_TEST(test_broken_rows),
		FIXTURE_TEST(test_memory_runs_out),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

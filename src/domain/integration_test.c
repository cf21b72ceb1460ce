#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/directory.h"
#include "domain/fixture.h"
#include "domain/integration.h"

#define MARKETING_AND_SERVICE (PURPOSE_BIT(PURPOSE_MARKETING) | PURPOSE_BIT(PURPOSE_SERVICE))

static const struct str both[] = { { "100200301", 9 }, { "100200300", 9 } };
static const struct str turned[] = { { "100200300", 9 }, { "100200301", 9 }, { "100200300", 9 } };
static const struct str unknown[] = { { "100200300", 9 }, { "1", 1 } };
static const struct str odd[] = { { "10 20", 5 } };

static struct integration_values crm(void)
{
	return (struct integration_values){
		.name = STR("crm"),
		.owner = STR("Anna Bianchi"),
		.purpose = STR("Order news"),
		.numbers = both,
		.numbers_len = 2,
		.numbers_given = true,
		.purposes = MARKETING_AND_SERVICE,
		.purposes_given = true,
	};
}

static struct integration_values full_crm(void)
{
	struct integration_values v = crm();

	v.data = STR("phone, order");
	v.webhook_url = STR("https://crm.example.com/hook");
	v.webhook_secret = STR("s3cret\n");
	v.review_by = NOW + 30 * DAY;
	v.review_given = true;
	return v;
}

struct added {
	char id[ID_TEXT_MAX], key[APP_KEY_MAX];
};

static int add(struct fixture *f, const struct integration_values *v, struct added *ret)
{
	return integration_add(f->conn, &f->key, v, &f->ids, NOW, ret->id, ret->key, &f->err);
}

static void two_numbers(struct fixture *f)
{
	fixture_account(f, "500", "900800700", "100200300");
	fixture_account(f, "500", "900800701", "100200301");
}

static struct directory *load(struct fixture *f)
{
	struct directory *d = NULL;

	OK(directory_load(f->conn, &f->key, 1, &d, &f->err));
	return d;
}

static void test_the_key_opens_the_door(void **state)
{
	struct fixture *f = *state;
	struct integration_values v = full_crm();
	struct added x;

	two_numbers(f);
	OK(add(f, &v, &x));
	assert_int_equal(strncmp(x.id, "app_", 4), 0);
	assert_int_equal(strncmp(x.key, "varco_", 6), 0);
	assert_int_equal(strlen(x.key), 6 + 43);
	assert_int_equal(
	    strspn(x.key + 6, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
	    43);
	struct directory *d = load(f);
	const struct dir_app *app = directory_app_by_key(d, str_c(x.key));
	assert_non_null(app);
	assert_ptr_equal(app, directory_app(d, str_c(x.id)));
	assert_true(str_eq(app->name, v.name));
	assert_true(str_eq(app->owner, v.owner));
	assert_true(str_eq(app->purpose, v.purpose));
	assert_true(str_eq(app->webhook_url, v.webhook_url));
	assert_true(str_eq(app->webhook_secret, STR("s3cret")));
	assert_int_equal(app->status, APP_ACTIVE);
	assert_int_equal(app->purposes, MARKETING_AND_SERVICE);
	assert_int_equal(app->review_by, v.review_by);
	assert_int_equal(app->numbers_len, 2);
	assert_true(dir_app_has_number(app, both[0]) && dir_app_has_number(app, both[1]));
	assert_null(directory_app_by_key(d, STR("varco_")));
	assert_null(directory_app_by_key(d, STR_NONE));
	assert_null(directory_app_by_key(d, str_n(x.key, 48)));
	directory_unref(&d);
}

static void test_only_the_hash_is_kept(void **state)
{
	struct fixture *f = *state;
	struct integration_values v = full_crm();
	struct sha256 hash;
	struct added x;
	int64_t n;

	two_numbers(f);
	OK(add(f, &v, &x));
	crypto_sha256(str_c(x.key), &hash);
	OK(store_ask_int(f->conn, &n, &f->err,
	    "SELECT count(*) FROM integration WHERE key_hash = ?1", "b",
	    str_n((const char *)hash.b, SHA256_LEN)));
	assert_int_equal(n, 1);
	assert_int_equal(scratch_int(f->conn,
			     "SELECT count(*) FROM integration"
			     " WHERE instr(webhook_secret, 's3cret') > 0"),
	    0);
}

static void test_keys_differ(void **state)
{
	struct fixture *f = *state;
	struct integration_values v = crm(), w = crm();
	struct added x, y;

	two_numbers(f);
	w.name = STR("shop");
	OK(add(f, &v, &x));
	OK(add(f, &w, &y));
	assert_string_not_equal(x.key, y.key);
	assert_string_not_equal(x.id, y.id);
}

static void test_adding_again(void **state)
{
	struct fixture *f = *state;
	struct integration_values given = full_crm(), less = crm();
	struct added x, again = { .key = "unset" };

	two_numbers(f);
	OK(add(f, &less, &x));
	given.numbers = turned;
	given.numbers_len = 3;
	OK(add(f, &given, &again));
	assert_string_equal(again.key, "");
	assert_string_equal(again.id, x.id);
	OK(add(f, &given, &again));
	OK(add(f, &less, &again));
	struct directory *d = load(f);
	const struct dir_app *app = directory_app_by_key(d, str_c(x.key));
	assert_true(str_eq(app->webhook_secret, STR("s3cret")));
	assert_int_equal(app->review_by, given.review_by);
	directory_unref(&d);
}

/* The full entry with one thing changed is refused. */
#define WRONG(field, code, change) \
	do { \
		struct integration_values v = full_crm(); \
		change; \
		FAILS(add(f, &v, &x), code, field); \
	} while (0)

static void test_conflicts(void **state)
{
	struct fixture *f = *state;
	struct integration_values full = full_crm();
	struct added x;

	two_numbers(f);
	OK(add(f, &full, &x));
	WRONG("owner", E_CONFLICT, v.owner = STR("Carlo"));
	WRONG("purpose", E_CONFLICT, v.purpose = STR("Other"));
	WRONG("data", E_CONFLICT, v.data = STR("other"));
	WRONG("numbers", E_CONFLICT, v.numbers_len = 1);
	WRONG("categories", E_CONFLICT, v.purposes = PURPOSE_BIT(PURPOSE_UTILITY));
	WRONG("review_by", E_CONFLICT, v.review_by = NOW);
	WRONG("webhook", E_CONFLICT, v.webhook_url = STR("https://other.example.com"));
	WRONG("webhook_secret", E_CONFLICT, v.webhook_secret = STR("other"));
}

static void test_bad_values(void **state)
{
	struct fixture *f = *state;
	struct added x;

	two_numbers(f);
	WRONG("name", E_INVALID, v.name = STR_NONE);
	WRONG("name", E_INVALID, v.name = STR(""));
	WRONG("owner", E_INVALID, v.owner = STR_NONE);
	WRONG("purpose", E_INVALID, v.purpose = STR_NONE);
	WRONG("numbers", E_INVALID, v.numbers_given = false);
	WRONG("categories", E_INVALID, v.purposes_given = false);
	WRONG("numbers", E_INVALID, v.numbers = unknown);
	WRONG("numbers", E_INVALID, v.numbers = odd; v.numbers_len = 1);
	WRONG("numbers", E_TOO_LARGE, v.numbers_len = 1001);
	WRONG("categories", E_INVALID, v.purposes = PURPOSE_BIT(PURPOSE_ALL));
	WRONG("categories", E_INVALID, v.purposes = PURPOSE_BIT(PURPOSE_NONE));
	WRONG("webhook", E_INVALID, v.webhook_url = STR("http://crm.example.com"));
	WRONG("webhook", E_INVALID, v.webhook_url = STR_NONE);
	WRONG("webhook_secret", E_INVALID, v.webhook_secret = STR_NONE);
	WRONG("webhook_secret", E_INVALID, v.webhook_secret = STR("\n"));
	WRONG("status", E_INVALID, v.status = STR("active"));
	WRONG("data", E_INVALID, v.data = STR("a\033b"));
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM integration"), 0);
	WRONG("numbers", E_INVALID, v.numbers = unknown);
	assert_non_null(strstr(f->err.text, "number 1;"));
}

static void test_no_numbers_and_no_categories(void **state)
{
	struct fixture *f = *state;
	struct integration_values v = crm();
	struct added x;

	two_numbers(f);
	v.numbers_len = 0;
	v.purposes = 0;
	OK(add(f, &v, &x));
	struct directory *d = load(f);
	const struct dir_app *app = directory_app_by_key(d, str_c(x.key));
	assert_int_equal(app->numbers_len, 0);
	assert_int_equal(app->purposes, 0);
	directory_unref(&d);
}

static void test_setting(void **state)
{
	struct fixture *f = *state;
	struct integration_values v = full_crm(), other = crm(),
				  set = { .owner = STR("Carlo"),
					  .numbers = both,
					  .numbers_len = 1,
					  .numbers_given = true,
					  .status = STR("suspended") };
	struct added x, y;

	two_numbers(f);
	OK(add(f, &v, &x));
	other.name = STR("shop");
	OK(add(f, &other, &y));
	OK(integration_set(f->conn, &f->key, str_c(x.id), &set, NOW + 1, &f->err));
	struct directory *d = load(f);
	const struct dir_app *app = directory_app(d, str_c(x.id));
	assert_int_equal(app->status, APP_SUSPENDED);
	assert_true(str_eq(app->owner, STR("Carlo")));
	assert_true(str_eq(app->purpose, v.purpose));
	assert_int_equal(app->numbers_len, 1);
	assert_true(str_eq(app->webhook_secret, STR("s3cret")));
	directory_unref(&d);

	set = (struct integration_values){ .name = STR("shop") };
	FAILS(
	    integration_set(f->conn, &f->key, str_c(x.id), &set, NOW, &f->err), E_CONFLICT, "name");
	set.name = STR("crm");
	OK(integration_set(f->conn, &f->key, str_c(x.id), &set, NOW, &f->err));
	FAILS(integration_set(f->conn, &f->key, STR("app_0"), &set, NOW, &f->err), E_CONFLICT,
	    "name");
	set = (struct integration_values){ .owner = STR("X") };
	FAILS(
	    integration_set(f->conn, &f->key, STR("app_0"), &set, NOW, &f->err), E_NOT_FOUND, "id");
	set = (struct integration_values){ .status = STR("gone") };
	FAILS(integration_set(f->conn, &f->key, str_c(x.id), &set, NOW, &f->err), E_INVALID,
	    "status");
	set = (struct integration_values){ .webhook_url = STR("https://a.example.com") };
	FAILS(integration_set(f->conn, &f->key, str_c(y.id), &set, NOW, &f->err), E_INVALID,
	    "webhook_secret");
}

static void test_taking_the_webhook_away(void **state)
{
	struct fixture *f = *state;
	struct integration_values v = full_crm(), set = { .webhook_url = STR("") };
	struct added x;

	two_numbers(f);
	OK(add(f, &v, &x));
	OK(integration_set(f->conn, &f->key, str_c(x.id), &set, NOW, &f->err));
	struct directory *d = load(f);
	assert_int_equal(directory_app(d, str_c(x.id))->webhook_url.len, 0);
	assert_int_equal(directory_app(d, str_c(x.id))->webhook_secret.len, 0);
	directory_unref(&d);
}

static void test_rotating(void **state)
{
	struct fixture *f = *state;
	struct integration_values v = crm();
	char key[APP_KEY_MAX] = "unset";
	struct added x;

	two_numbers(f);
	OK(add(f, &v, &x));
	FAILS(integration_rotate(f->conn, STR("app_0"), NOW, key, &f->err), E_NOT_FOUND, "id");
	assert_string_equal(key, "unset");
	OK(integration_rotate(f->conn, str_c(x.id), NOW, key, &f->err));
	struct directory *d = load(f);
	assert_null(directory_app_by_key(d, str_c(x.key)));
	assert_ptr_equal(directory_app_by_key(d, str_c(key)), directory_app(d, str_c(x.id)));
	directory_unref(&d);
}

/* A revoked app is still known: it is told that it is revoked. */
static void test_revoking(void **state)
{
	struct fixture *f = *state;
	struct integration_values v = crm();
	struct added x;

	two_numbers(f);
	OK(add(f, &v, &x));
	OK(integration_revoke(f->conn, str_c(x.id), NOW, &f->err));
	FAILS(integration_revoke(f->conn, STR("app_0"), NOW, &f->err), E_NOT_FOUND, "id");
	struct directory *d = load(f);
	assert_int_equal(directory_app_by_key(d, str_c(x.key))->status, APP_REVOKED);
	directory_unref(&d);
	/* No new key of it would send. */
	char key[APP_KEY_MAX] = "unset";
	struct added again;
	FAILS(integration_rotate(f->conn, str_c(x.id), NOW, key, &f->err), E_CONFLICT, "status");
	assert_string_equal(key, "unset");
	assert_int_equal(add(f, &v, &again), -E_CONFLICT);
}

static void test_the_register(void **state)
{
	struct fixture *f = *state;
	struct integration_values v = full_crm(), w = crm();
	struct integration_entry *list, e;
	struct added x, y;
	size_t n = 9;

	two_numbers(f);
	OK(integration_list(f->conn, f->arena, &list, &n, &f->err));
	assert_int_equal(n, 0);
	OK(add(f, &v, &x));
	w.name = STR("app of the shop");
	OK(add(f, &w, &y));
	OK(integration_seen(f->conn, str_c(x.id), NOW + 5, &f->err));
	OK(integration_seen(f->conn, str_c(x.id), NOW + 3, &f->err));
	OK(integration_list(f->conn, f->arena, &list, &n, &f->err));
	assert_int_equal(n, 2);
	assert_true(str_eq(list[0].name, w.name));
	assert_null(list[0].data.p);
	assert_int_equal(list[0].last_seen_at, TIME_NONE);
	assert_int_equal(list[0].review_by, TIME_NONE);
	assert_true(str_eq(list[1].data, v.data));
	assert_true(str_eq(list[1].status, STR("active")));
	assert_int_equal(list[1].last_seen_at, NOW + 5);
	assert_int_equal(list[1].created_at, NOW);
	assert_int_equal(list[1].numbers_len, 2);
	assert_int_equal(list[1].purposes, MARKETING_AND_SERVICE);
	assert_int_equal(integration_get(f->conn, str_c(x.id), f->arena, &e, &f->err), 1);
	assert_true(str_eq(e.name, v.name));
	assert_int_equal(integration_get(f->conn, STR("app_0"), f->arena, &e, &f->err), 0);
}

/* --- everything fails once -------------------------------------------------------------------- */

static int make_numbers(struct fixture *f)
{
	int r = store_do(f->conn, &f->err,
	    "INSERT INTO portfolio (id, counting, updated_at) VALUES ('500', 0, 0)", "");

	if (r == 0)
		r = store_do(f->conn, &f->err,
		    "INSERT INTO waba (id, portfolio, name, country, state, payment_ok, created_at, updated_at)"
		    " VALUES ('9', '500', 'B', 'IT', 'active', 1, 0, 0)",
		    "");
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(both); i++)
		r = store_do(f->conn, &f->err,
		    "INSERT INTO number (id, waba, display, status, quality, throughput, established,"
		    " created_at, updated_at) VALUES (?1, '9', '+393331234500', 'CONNECTED', 'GREEN', 0, 1, 0, 0)",
		    "t", both[i]);
	return r;
}

static int work(struct fixture *f)
{
	struct integration_values v = full_crm(),
				  set = { .owner = STR("Carlo"), .webhook_url = STR("") };
	char key[APP_KEY_MAX];
	struct added x;
	int r = make_numbers(f);

	if (r == 0)
		r = add(f, &v, &x);
	if (r == 0)
		r = add(f, &v, &x);
	if (r == 0)
		r = integration_set(f->conn, &f->key, str_c(x.id), &set, NOW, &f->err);
	if (r == 0)
		r = integration_rotate(f->conn, str_c(x.id), NOW, key, &f->err);
	return r < 0 ? r : integration_revoke(f->conn, str_c(x.id), NOW, &f->err);
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "integrations", work);
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_the_key_opens_the_door),
		FIXTURE_TEST(test_only_the_hash_is_kept),
		FIXTURE_TEST(test_keys_differ),
		FIXTURE_TEST(test_adding_again),
		FIXTURE_TEST(test_conflicts),
		FIXTURE_TEST(test_bad_values),
		FIXTURE_TEST(test_no_numbers_and_no_categories),
		FIXTURE_TEST(test_setting),
		FIXTURE_TEST(test_taking_the_webhook_away),
		FIXTURE_TEST(test_rotating),
		FIXTURE_TEST(test_revoking),
		FIXTURE_TEST(test_the_register),
		FIXTURE_TEST(test_memory_runs_out),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/directory.h"
#include "domain/fixture.h"
#include "domain/template.h"

#define WABA STR("900800700")

static const char order[] =
    "{\"name\":\"order_shipped\",\"language\":\"it\",\"category\":\"UTILITY\","
    "\"components\":[{\"type\":\"BODY\",\"text\":\"Ciao {{1}}\"}]}";

static const struct json *parse(struct fixture *f, const char *text)
{
	const struct json *v = NULL;

	OK(json_read(f->arena, str_c(text), &v, &f->err));
	return v;
}

static int put(struct fixture *f, const char *text, bool replace, bool *ret_created)
{
	return template_put(f->conn, WABA, parse(f, text), replace, NOW, ret_created, &f->err);
}

static void add_order(struct fixture *f)
{
	bool created = false;

	fixture_account(f, "500", "900800700", "100200300");
	OK(put(f, order, false, &created));
	assert_true(created);
}

/* The template as everybody sees it; the directory is the caller's. */
static const struct dir_template *look(struct fixture *f, struct directory **ret)
{
	OK(directory_load(f->conn, &f->key, 1, ret, &f->err));
	return directory_template(*ret, WABA, STR("order_shipped"), STR("it"));
}

static void test_defaults(void **state)
{
	struct fixture *f = *state;
	struct directory *d;

	add_order(f);
	const struct dir_template *t = look(f, &d);
	assert_non_null(t);
	assert_int_equal(t->category, PURPOSE_UTILITY);
	assert_int_equal(t->correct_category, PURPOSE_NONE);
	assert_int_equal(t->category_change_at, TIME_NONE);
	assert_int_equal(t->paused_until, TIME_NONE);
	assert_true(str_eq(t->status, STR("APPROVED")));
	assert_true(str_eq(t->quality, STR("UNKNOWN")));
	assert_int_equal(json_len(t->components), 1);
	assert_true(
	    str_eq(json_str(json_get(json_at(t->components, 0), "text")), STR("Ciao {{1}}")));
	directory_unref(&d);
}

static void test_everything_given(void **state)
{
	struct fixture *f = *state;
	struct directory *d;
	bool created;

	fixture_account(f, "500", "900800700", "100200300");
	OK(put(f,
	    "{\"name\":\"order_shipped\",\"language\":\"it\",\"category\":\"marketing\",\"status\":\"PENDING\","
	    "\"id\":441100220018,\"quality_score\":{\"score\":\"YELLOW\",\"date\":1},"
	    "\"correct_category\":\"UTILITY\",\"parameter_format\":\"NAMED\",\"components\":null,"
	    "\"message_send_ttl_seconds\":600}",
	    false, &created));
	const struct dir_template *t = look(f, &d);
	assert_int_equal(t->category, PURPOSE_MARKETING);
	assert_int_equal(t->correct_category, PURPOSE_UTILITY);
	assert_true(str_eq(t->status, STR("PENDING")));
	assert_true(str_eq(t->quality, STR("YELLOW")));
	assert_true(str_eq(t->meta_id, STR("441100220018")));
	assert_true(str_eq(t->parameter_format, STR("NAMED")));
	assert_null(t->components);
	assert_ptr_equal(directory_template_by_meta_id(d, STR("441100220018")), t);
	directory_unref(&d);
}

static void test_adding_again(void **state)
{
	static const struct {
		const char *name, *field, *text;
	} rows[] = {
		{ "the same", NULL, order },
		{ "members in another order", NULL,
		    "{\"language\":\"it\",\"components\":[{\"text\":\"Ciao {{1}}\",\"type\":\"BODY\"}],"
		    "\"category\":\"UTILITY\",\"name\":\"order_shipped\"}" },
		{ "without components", NULL,
		    "{\"name\":\"order_shipped\",\"language\":\"it\",\"category\":\"UTILITY\",\"id\":\"7\"}" },
		{ "another category", "category",
		    "{\"name\":\"order_shipped\",\"language\":\"it\",\"category\":\"MARKETING\"}" },
		{ "another text", "components",
		    "{\"name\":\"order_shipped\",\"language\":\"it\",\"category\":\"UTILITY\","
		    "\"components\":[{\"type\":\"BODY\",\"text\":\"Salve {{1}}\"}]}" },
		{ "no components any more", "components",
		    "{\"name\":\"order_shipped\",\"language\":\"it\",\"category\":\"UTILITY\","
		    "\"components\":[]}" },
	};
	struct fixture *f = *state;
	struct directory *d;

	add_order(f);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool created = true;
		f->err = (struct err){ 0 };
		int rc = put(f, rows[i].text, false, &created);
		if (rc != (rows[i].field ? -E_CONFLICT : 0))
			fail_msg("%s: %s %s", rows[i].name, err_name(rc), f->err.text);
		if (rows[i].field && strcmp(rows[i].field, f->err.field) != 0)
			fail_msg("%s: names \"%s\"", rows[i].name, f->err.field);
		if (!rows[i].field && created)
			fail_msg("%s: created again", rows[i].name);
	}
	assert_true(str_eq(look(f, &d)->meta_id, STR("7")));
	directory_unref(&d);
}

static void test_adding_again_wakes_nothing(void **state)
{
	struct fixture *f = *state;
	struct directory *d;
	bool created;
	struct template_news paused = { .waba = WABA,
		.name = STR("order_shipped"),
		.language = STR("it"),
		.status = STR("PAUSED"),
		.quality = STR("RED"),
		.category_change_at = TIME_NONE,
		.paused_until = NOW + HOUR };

	add_order(f);
	assert_int_equal(template_apply(f->conn, &paused, NOW, &f->err), 1);
	OK(put(f,
	    "{\"name\":\"order_shipped\",\"language\":\"it\",\"category\":\"UTILITY\",\"status\":\"APPROVED\","
	    "\"quality_score\":\"GREEN\"}",
	    false, &created));
	const struct dir_template *t = look(f, &d);
	assert_true(str_eq(t->status, STR("PAUSED")));
	assert_true(str_eq(t->quality, STR("RED")));
	assert_int_equal(t->paused_until, NOW + HOUR);
	directory_unref(&d);
}

static void test_replacing(void **state)
{
	struct fixture *f = *state;
	struct directory *d;
	bool created = true;
	struct template_news news = { .waba = WABA,
		.name = STR("order_shipped"),
		.language = STR("it"),
		.status = STR("PAUSED"),
		.correct_category = PURPOSE_MARKETING,
		.category_change_at = NOW + DAY,
		.paused_until = NOW + HOUR };

	add_order(f);
	assert_int_equal(template_apply(f->conn, &news, NOW, &f->err), 1);
	OK(put(f,
	    "{\"name\":\"order_shipped\",\"language\":\"it\",\"category\":\"MARKETING\",\"status\":\"APPROVED\","
	    "\"components\":[]}",
	    true, &created));
	assert_false(created);
	const struct dir_template *t = look(f, &d);
	assert_int_equal(t->category, PURPOSE_MARKETING);
	assert_int_equal(t->correct_category, PURPOSE_NONE);
	assert_int_equal(t->category_change_at, TIME_NONE);
	assert_int_equal(t->paused_until, TIME_NONE);
	assert_true(str_eq(t->status, STR("APPROVED")));
	assert_int_equal(json_type(t->components), JSON_ARRAY);
	assert_int_equal(json_len(t->components), 0);
	directory_unref(&d);
}

#define ANY "\"language\":\"it\",\"category\":\"UTILITY\""

static void test_bad_definitions(void **state)
{
	static const struct {
		const char *field, *text;
	} rows[] = {
		{ "template", "[]" },
		{ "template", "null" },
		{ "name", "{" ANY "}" },
		{ "name", "{\"name\":\"\"," ANY "}" },
		{ "name", "{\"name\":\"Order\"," ANY "}" },
		{ "name", "{\"name\":\"a/b\"," ANY "}" },
		{ "name", "{\"name\":5," ANY "}" },
		{ "language", "{\"name\":\"a\",\"category\":\"UTILITY\"}" },
		{ "language", "{\"name\":\"a\",\"language\":\"i/t\",\"category\":\"UTILITY\"}" },
		{ "language", "{\"name\":\"a\",\"language\":\"i\",\"category\":\"UTILITY\"}" },
		{ "language",
		    "{\"name\":\"a\",\"language\":{\"code\":\"it\"},\"category\":\"UTILITY\"}" },
		{ "category", "{\"name\":\"a\",\"language\":\"it\"}" },
		{ "category", "{\"name\":\"a\",\"language\":\"it\",\"category\":\"SERVICE\"}" },
		{ "category", "{\"name\":\"a\",\"language\":\"it\",\"category\":\"OTP\"}" },
		{ "status", "{\"name\":\"a\",\"status\":7," ANY "}" },
		{ "status", "{\"name\":\"a\",\"status\":\"\"," ANY "}" },
		{ "quality_score", "{\"name\":\"a\",\"quality_score\":[]," ANY "}" },
		{ "quality_score", "{\"name\":\"a\",\"quality_score\":{\"score\":1}," ANY "}" },
		{ "parameter_format", "{\"name\":\"a\",\"parameter_format\":true," ANY "}" },
		{ "id", "{\"name\":\"a\",\"id\":{}," ANY "}" },
		{ "components", "{\"name\":\"a\",\"components\":{}," ANY "}" },
		{ "components", "{\"name\":\"a\",\"components\":\"x\"," ANY "}" },
	};
	struct fixture *f = *state;
	bool created;

	fixture_account(f, "500", "900800700", "100200300");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		FAILS(put(f, rows[i].text, true, &created), E_INVALID, rows[i].field);
	FAILS(template_put(f->conn, STR("1"), parse(f, order), true, NOW, &created, &f->err),
	    E_INVALID, "waba");
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM template"), 0);
}

static void test_bounds(void **state)
{
	struct fixture *f = *state;
	bool created;
	char name[514];

	fixture_account(f, "500", "900800700", "100200300");
	memset(name, 'a', sizeof(name));
	name[512] = '\0';
	struct str good = arena_printf(f->arena, "{\"name\":\"%s\"," ANY "}", name);
	OK(put(f, good.p, false, &created));
	name[512] = 'a';
	name[513] = '\0';
	struct str bad = arena_printf(f->arena, "{\"name\":\"%s\"," ANY "}", name);
	FAILS(put(f, bad.p, false, &created), E_INVALID, "name");
	struct str large = arena_printf(
	    f->arena, "{\"name\":\"a\",\"components\":[\"%0*d\"]," ANY "}", 65533, 0);
	FAILS(put(f, large.p, false, &created), E_TOO_LARGE, "components");
}

static void test_removing(void **state)
{
	struct fixture *f = *state;
	struct str name = STR("order_shipped");
	bool created;

	add_order(f);
	OK(put(f, "{\"name\":\"order_shipped\",\"language\":\"fr\",\"category\":\"UTILITY\"}",
	    false, &created));
	OK(put(f, "{\"name\":\"order_shipped\",\"language\":\"de\",\"category\":\"UTILITY\"}",
	    false, &created));
	OK(template_remove(f->conn, WABA, name, STR("fr"), &f->err));
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM template"), 2);
	FAILS(template_remove(f->conn, WABA, name, STR("fr"), &f->err), E_NOT_FOUND, "name");
	OK(template_remove(f->conn, WABA, name, STR_NONE, &f->err));
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM template"), 0);
	FAILS(template_remove(f->conn, WABA, name, STR_NONE, &f->err), E_NOT_FOUND, "name");
}

/* --- news ------------------------------------------------------------------------------------- */

#define NEWS(...) \
	{ .waba = { "900800700", 9 }, \
		.name = { "order_shipped", 13 }, \
		.language = { "it", 2 }, \
		__VA_ARGS__ }
#define WORD(w) { w, sizeof(w) - 1 }

/* In the tables here a time that is not given is 0. */
static int tell(struct fixture *f, struct template_news news)
{
	news.category_change_at = news.category_change_at ? news.category_change_at : TIME_NONE;
	news.paused_until = news.paused_until ? news.paused_until : TIME_NONE;
	return template_apply(f->conn, &news, NOW, &f->err);
}

/* One after the other on the same template; what it is like behind each. */
static const struct {
	const char *name;
	struct template_news news;
	const char *status, *quality;
	enum purpose category, correct;
	time_ms change_at, paused_until;
} story[] = {
	{ "only the id", NEWS(.meta_id = WORD("77")), "APPROVED", "UNKNOWN", PURPOSE_UTILITY,
	    PURPOSE_NONE, TIME_NONE, TIME_NONE },
	{ "quality", NEWS(.quality = WORD("YELLOW")), "APPROVED", "YELLOW", PURPOSE_UTILITY,
	    PURPOSE_NONE, TIME_NONE, TIME_NONE },
	{ "a pause with an end", NEWS(.status = WORD("PAUSED"), .paused_until = NOW + HOUR),
	    "PAUSED", "YELLOW", PURPOSE_UTILITY, PURPOSE_NONE, TIME_NONE, NOW + HOUR },
	{ "paused, without saying until when",
	    NEWS(.status = WORD("PAUSED"), .pause_end_unknown = true), "PAUSED", "YELLOW",
	    PURPOSE_UTILITY, PURPOSE_NONE, TIME_NONE, NOW + HOUR },
	{ "awake", NEWS(.status = WORD("APPROVED")), "APPROVED", "YELLOW", PURPOSE_UTILITY,
	    PURPOSE_NONE, TIME_NONE, TIME_NONE },
	{ "a pause that is over", NEWS(.status = WORD("PAUSED"), .paused_until = NOW - HOUR),
	    "PAUSED", "YELLOW", PURPOSE_UTILITY, PURPOSE_NONE, TIME_NONE, NOW - HOUR },
	{ "still paused after its end", NEWS(.status = WORD("PAUSED"), .pause_end_unknown = true),
	    "PAUSED", "YELLOW", PURPOSE_UTILITY, PURPOSE_NONE, TIME_NONE, TIME_NONE },
	{ "a change is announced",
	    NEWS(.correct_category = PURPOSE_MARKETING, .category_change_at = NOW + DAY), "PAUSED",
	    "YELLOW", PURPOSE_UTILITY, PURPOSE_MARKETING, NOW + DAY, TIME_NONE },
	{ "it is what it was", NEWS(.category = PURPOSE_UTILITY), "PAUSED", "YELLOW",
	    PURPOSE_UTILITY, PURPOSE_MARKETING, NOW + DAY, TIME_NONE },
	{ "the change came", NEWS(.category = PURPOSE_MARKETING), "PAUSED", "YELLOW",
	    PURPOSE_MARKETING, PURPOSE_NONE, TIME_NONE, TIME_NONE },
	{ "detected as another", NEWS(.correct_category = PURPOSE_AUTHENTICATION), "PAUSED",
	    "YELLOW", PURPOSE_MARKETING, PURPOSE_AUTHENTICATION, TIME_NONE, TIME_NONE },
	{ "a word not yet invented", NEWS(.status = WORD("HIBERNATED")), "HIBERNATED", "YELLOW",
	    PURPOSE_MARKETING, PURPOSE_AUTHENTICATION, TIME_NONE, TIME_NONE },
};

static void test_news_one_after_the_other(void **state)
{
	struct fixture *f = *state;

	add_order(f);
	for (size_t i = 0; i < ARRAY_LEN(story); i++) {
		struct directory *d;
		assert_int_equal(tell(f, story[i].news), 1);
		const struct dir_template *t = look(f, &d);
		if (!str_eq_c(t->status, story[i].status) ||
		    !str_eq_c(t->quality, story[i].quality) || t->category != story[i].category ||
		    t->correct_category != story[i].correct ||
		    t->category_change_at != story[i].change_at ||
		    t->paused_until != story[i].paused_until)
			fail_msg("%s: %.*s %.*s %d %d", story[i].name, STR_ARG(t->status),
			    STR_ARG(t->quality), t->category, t->correct_category);
		assert_true(str_eq(t->meta_id, STR("77")));
		assert_int_equal(json_len(t->components), 1);
		directory_unref(&d);
	}
}

static void test_who_is_meant(void **state)
{
	static const struct {
		const char *name;
		struct template_news news;
		int rc;
	} rows[] = {
		{ "by id alone", { .meta_id = WORD("77") }, 1 },
		{ "by id, and its account", { .meta_id = WORD("77"), .waba = WORD("900800700") },
		    1 },
		{ "by name, with another id", NEWS(.meta_id = WORD("78")), 1 },
		{ "the other id is its own now", { .meta_id = WORD("78") }, 1 },
		{ "and the first is nobody's", { .meta_id = WORD("77") }, 0 },
		{ "of another account", { .meta_id = WORD("78"), .waba = WORD("1") }, 0 },
		{ "another language",
		    { .waba = WORD("900800700"),
			.name = WORD("order_shipped"),
			.language = WORD("fr") },
		    0 },
		{ "with a hyphen in the language",
		    { .waba = WORD("900800700"), .name = WORD("hello"), .language = WORD("pt-BR") },
		    1 },
		{ "a hyphen that does not help",
		    { .waba = WORD("900800700"), .name = WORD("hello"), .language = WORD("pt-PT") },
		    0 },
		{ "nothing said", { .waba = WORD("900800700") }, 0 },
	};
	struct fixture *f = *state;
	struct template_news first = NEWS(.meta_id = WORD("77"));
	bool created;

	add_order(f);
	OK(put(f, "{\"name\":\"hello\",\"language\":\"pt_BR\",\"category\":\"UTILITY\"}", false,
	    &created));
	assert_int_equal(tell(f, first), 1);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int rc = tell(f, rows[i].news);
		if (rc != rows[i].rc)
			fail_msg("%s: %d", rows[i].name, rc);
	}
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM template"), 2);
}

/* --- everything fails once -------------------------------------------------------------------- */

/* Without objects in it, for json_equal does without the memory that it would like to compare them with. */
static const char plain[] =
    "{\"name\":\"order_shipped\",\"language\":\"it\",\"category\":\"UTILITY\","
    "\"components\":[\"BODY\"]}";

static int work(struct fixture *f)
{
	static const struct template_news news = NEWS(.meta_id = WORD("77"),
	    .status = WORD("PAUSED"));
	const struct json *v;
	bool created;
	int r = store_do(f->conn, &f->err,
	    "INSERT INTO portfolio (id, counting, updated_at) VALUES ('500', 0, 0)", "");

	if (r == 0)
		r = store_do(f->conn, &f->err,
		    "INSERT INTO waba (id, portfolio, name, country, state, payment_ok, created_at, updated_at)"
		    " VALUES ('900800700', '500', 'B', 'IT', 'active', 1, 0, 0)",
		    "");
	if (r == 0)
		r = json_read(f->arena, str_c(plain), &v, &f->err);
	if (r == 0)
		r = template_put(f->conn, WABA, v, false, NOW, &created, &f->err);
	if (r == 0)
		r = template_put(f->conn, WABA, v, false, NOW, &created, &f->err);
	if (r == 0)
		r = template_apply(f->conn, &news, NOW, &f->err);
	return r < 0 ? r : template_remove(f->conn, WABA, STR("order_shipped"), STR_NONE, &f->err);
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "templates", work);
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_defaults),
		FIXTURE_TEST(test_everything_given),
		FIXTURE_TEST(test_adding_again),
		FIXTURE_TEST(test_adding_again_wakes_nothing),
		FIXTURE_TEST(test_replacing),
		FIXTURE_TEST(test_bad_definitions),
		FIXTURE_TEST(test_bounds),
		FIXTURE_TEST(test_removing),
		FIXTURE_TEST(test_news_one_after_the_other),
		FIXTURE_TEST(test_who_is_meant),
		FIXTURE_TEST(test_memory_runs_out),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

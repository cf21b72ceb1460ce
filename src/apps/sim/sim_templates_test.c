#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/check.h"
#include "apps/sim/sim_templates.h"

#define NOON INT64_C(1795348800000)
#define DEFINITION(name, language) \
	"{\"name\":\"" name "\",\"language\":\"" language \
	"\",\"category\":\"utility\",\"message_send_ttl_seconds\":60," \
	"\"components\":[{\"type\":\"BODY\",\"text\":\"Hello there.\"}]}"

struct fixture {
	struct sim_world *world;
	struct sim_waba *waba, *other;
	struct sim_templates *templates;
	struct arena *arena;
};

static void open_fixture(struct fixture *f)
{
	f->world = sim_world_new();
	f->waba = sim_world_waba(f->world, STR("900"), NULL);
	f->other = sim_world_waba(f->world, STR("901"), NULL);
	f->templates = sim_templates_new(7);
	f->arena = arena_new(0, 0);
}

static void close_fixture(struct fixture *f)
{
	sim_templates_free(&f->templates);
	sim_world_free(&f->world);
	arena_free(&f->arena);
}

static struct sim_template *create(
    struct fixture *f, struct sim_waba *waba, const char *text, struct sim_problem *p)
{
	const struct json *o = NULL;

	assert_int_equal(json_read(f->arena, str_c(text), &o, NULL), 0);
	return sim_templates_create(f->templates, waba, o, NOON, p);
}

static void test_create_and_find(void **state)
{
	struct fixture f;
	struct sim_problem p = { 0 };

	(void)state;
	open_fixture(&f);
	struct sim_template *t = create(&f, f.waba, DEFINITION("hello", "it"), &p);
	assert_non_null(t);
	assert_string_equal(t->status, "PENDING");
	assert_string_equal(t->category, "UTILITY");
	assert_int_equal(t->ttl_s, 60);
	assert_ptr_equal(sim_templates_get(f.templates, str_c(t->id)), t);
	assert_ptr_equal(sim_templates_by_counter(f.templates, t->n), t);
	assert_ptr_equal(sim_templates_find(f.templates, f.waba, STR("hello"), STR("it")), t);
	assert_null(sim_templates_find(f.templates, f.waba, STR("hello"), STR("en")));
	assert_null(sim_templates_find(f.templates, f.other, STR("hello"), STR("it")));
	assert_null(create(&f, f.waba, DEFINITION("hello", "it"), &p));
	assert_int_equal(p.subcode, 2388024);
	assert_non_null(create(&f, f.waba, DEFINITION("hello", "en"), &p));
	assert_non_null(create(&f, f.other, DEFINITION("hello", "it"), &p));
	assert_int_equal(f.waba->own_templates, 2);
	sim_templates_delete(f.templates, t);
	assert_null(sim_templates_find(f.templates, f.waba, STR("hello"), STR("it")));
	assert_int_equal(f.waba->own_templates, 1);
	sim_templates_clear(f.templates);
	assert_int_equal(f.waba->own_templates, 0);
	assert_true(list_is_empty(&f.other->templates));
	close_fixture(&f);
}

static void test_generated(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f);
	struct sim_template *t = sim_templates_generate(
	    f.templates, f.waba, STR("direct_send_1"), STR("utility"), NOON);
	assert_true(t->is_generated);
	assert_int_equal(sim_template_refusal(t), 0);
	assert_ptr_equal(
	    sim_templates_generate(f.templates, f.waba, STR("direct_send_1"), STR("utility"), NOON),
	    t);
	assert_int_equal(f.waba->own_templates, 0);
	close_fixture(&f);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *status;
		int code;
	} rows[] = { { "APPROVED", 0 }, { "FLAGGED", 0 }, { "PAUSED", 132015 },
		{ "DISABLED", 132016 }, { "PENDING", 132001 }, { "REJECTED", 132001 },
		{ "ARCHIVED", 132001 }, { "", 132001 } };
	struct sim_template t = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		sim_set_text(t.status, sizeof(t.status), str_c(rows[i].status));
		assert_int_equal(sim_template_refusal(&t), rows[i].code);
	}
}

static void test_edit_and_print(void **state)
{
	struct fixture f;
	struct sim_problem p = { 0 };
	const struct json *edit = NULL;
	struct json_writer w;
	struct buf out;

	(void)state;
	open_fixture(&f);
	buf_init(&out, 0);
	struct sim_template *t = create(&f, f.waba, DEFINITION("hello", "it"), &p);
	assert_int_equal(
	    json_read(f.arena, STR("{\"components\":[{\"type\":\"BODY\",\"text\":\"Bye.\"}]}"),
		&edit, NULL),
	    0);
	assert_int_equal(sim_templates_edit(t, edit, NOON + 5), 0);
	assert_int_equal(t->edited_at, NOON + 5);
	assert_string_equal(t->category, "UTILITY");
	jw_init(&w, &out);
	sim_template_print(&w, t, STR("name,components,correct_category,source,quality_score"));
	assert_non_null(strstr(out.p,
	    "{\"name\":\"hello\",\"components\":[{\"type\":\"BODY\",\"text\":\"Bye.\"}],"
	    "\"correct_category\":\"UTILITY\",\"quality_score\":{\"score\":\"UNKNOWN\",\"date\":1795348800},"
	    "\"source\":\"USER_CREATED\",\"id\":\""));
	buf_done(&out);
	close_fixture(&f);
}

/* A template that could not be stored whole is not there at all. */
static void test_without_memory(void **state)
{
	struct fixture f;
	struct sim_problem p = { 0 };
	const struct json *o = NULL;
	long fail = 0;

	(void)state;
	open_fixture(&f);
	assert_int_equal(json_read(f.arena, STR(DEFINITION("hello", "it")), &o, NULL), 0);
	for (struct sim_template *t = NULL; !t; fail++) {
		assert_null(sim_templates_find(f.templates, f.waba, STR("hello"), STR("it")));
		assert_int_equal(f.waba->own_templates, 0);
		check_fail_alloc_after(fail, false);
		t = sim_templates_create(f.templates, f.waba, o, NOON, &p);
		check_fail_alloc_after(-1, false);
	}
	assert_true(fail > 2);
	close_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create_and_find),
		cmocka_unit_test(test_generated),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_edit_and_print),
		cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

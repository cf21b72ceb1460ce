#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "apps/sim/sim_test_run.h"

#define TEMPLATES "/v25.0/900/message_templates"
#define DEFINITION(name, language) \
	"{\"name\":\"" name "\",\"language\":\"" language "\",\"category\":\"UTILITY\"," \
	"\"components\":[{\"type\":\"BODY\",\"text\":\"Hello there.\"}]}"

static const char *create(struct run *r, const char *definition)
{
	struct reply reply = post(r, TEMPLATES, definition);

	assert_int_equal(reply.status, 200);
	assert_true(str_eq_c(json_str(json_get(reply.json, "status")), "PENDING"));
	return arena_printf(r->arena, "/v25.0/%.*s", STR_ARG(json_str(json_get(reply.json, "id"))))
	    .p;
}

static size_t listed(struct run *r, const char *query)
{
	struct reply reply = get(r, arena_printf(r->arena, TEMPLATES "%s", query).p);

	assert_int_equal(reply.status, 200);
	return json_len(json_get(reply.json, "data"));
}

static void test_paging(void **state)
{
	struct run r;
	size_t pages = 0, seen = 0;
	const char *path = TEMPLATES "?limit=7&fields=name,status";

	(void)state;
	run_open_still(&r);
	for (int i = 0; i < 20; i++)
		(void)create(&r, arena_printf(r.arena, DEFINITION("hello_%d", "it"), i).p);
	for (; path; pages++) {
		struct reply page = get(&r, path);
		struct str next = json_str(json_path(page.json, "paging.next"));
		size_t len = json_len(json_get(page.json, "data"));
		assert_true(
		    str_eq_c(json_str(json_get(json_at(json_get(page.json, "data"), 0), "name")),
			arena_printf(r.arena, "hello_%zu", seen).p));
		assert_null(json_get(json_at(json_get(page.json, "data"), 0), "components"));
		seen += len;
		path = next.p ? arena_c(r.arena, str_sub(next, sim_address(r.sim).len, next.len))
			      : NULL;
	}
	assert_int_equal(pages, 3);
	assert_int_equal(seen, 20);
	run_close(&r);
}

static void test_filters(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	(void)create(&r, DEFINITION("one", "it"));
	(void)create(&r, DEFINITION("one", "en"));
	(void)create(&r, DEFINITION("two", "it"));
	settle(&r);
	assert_int_equal(listed(&r, ""), 3);
	assert_int_equal(listed(&r, "?name=one"), 2);
	assert_int_equal(listed(&r, "?name=one&language=en"), 1);
	assert_int_equal(listed(&r, "?status=APPROVED"), 3);
	assert_int_equal(listed(&r, "?status=REJECTED"), 0);
	assert_int_equal(listed(&r, "?source=AUTO_GENERATED"), 0);
	assert_int_equal(listed(&r, "?limit=0"), 1);
	assert_int_equal(listed(&r, "?limit=x&after=nonsense"), 3);
	assert_int_equal(
	    post(&r, "/_sim/template",
		"{\"waba\":900,\"name\":\"two\",\"language\":\"it\",\"correct_category\":\"MARKETING\"}")
		.status,
	    200);
	assert_int_equal(listed(&r, "?correct_category=MARKETING"), 1);
	settle(&r);
	assert_int_equal(received(&r, "template_correct_category_detection"), 1);
	run_close(&r);
}

static void test_refused(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	(void)create(&r, DEFINITION("one", "it"));
	struct reply twin = post(&r, TEMPLATES, DEFINITION("one", "it"));
	int64_t subcode = 0;
	assert_true(json_int(json_path(twin.json, "error.error_subcode"), &subcode));
	assert_int_equal(subcode, 2388024);
	assert_int_equal(code_of(post(&r, TEMPLATES, DEFINITION("One", "it"))), 100);
	assert_int_equal(code_of(post(&r, TEMPLATES, "{")), 100);
	run_close(&r);
}

static void test_editing(void **state)
{
	struct run r;
	const char *edit = "{\"components\":[{\"type\":\"BODY\",\"text\":\"Good bye.\"}]}";

	(void)state;
	run_open_still(&r);
	const char *id = create(&r, DEFINITION("one", "it"));
	settle(&r);
	assert_int_equal(code_of(post(&r, id, "{\"category\":\"MARKETING\"}")), 100);
	assert_int_equal(post(&r, id, edit).status, 200);
	settle(&r);
	assert_int_equal(count_of(get(&r, id).body, "Good bye."), 1);
	assert_int_equal(received(&r, "\"event\":\"APPROVED\""), 2);
	assert_int_equal(code_of(post(&r, id, edit)), 100);
	sim_clock_set(&r.sim->clock, sim_now(r.sim) + MS_PER_DAY);
	assert_int_equal(post(&r, id, edit).status, 200);
	settle(&r);
	assert_int_equal(
	    post(&r, "/_sim/template",
		arena_printf(r.arena, "{\"id\":\"%s\",\"status\":\"DISABLED\"}", id + 7).p)
		.status,
	    200);
	assert_int_equal(code_of(post(&r, id, edit)), 100);
	run_close(&r);
}

static void test_deleting(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	/* Where there never was one, none is missed. */
	assert_int_equal(call(&r, "DELETE", TEMPLATES "?name=oferta_azul", "").status, 200);
	assert_int_equal(
	    call(&r, "DELETE", TEMPLATES "?hsm_ids=[441100220011,441100220012]", "").status, 200);
	const char *one = create(&r, DEFINITION("one", "it"));
	(void)create(&r, DEFINITION("one", "en"));
	const char *two = create(&r, DEFINITION("two", "it"));
	settle(&r);
	assert_int_equal(code_of(call(&r, "DELETE", TEMPLATES "?name=three", "")), 100);
	assert_int_equal(code_of(call(&r, "DELETE", TEMPLATES, "")), 100);
	/* All or nothing. */
	const char *ids = arena_printf(r.arena, TEMPLATES "?hsm_ids=[%s,1]", two + 7).p;
	assert_int_equal(code_of(call(&r, "DELETE", ids, "")), 100);
	assert_int_equal(listed(&r, ""), 3);
	assert_int_equal(call(&r, "DELETE",
			     arena_printf(r.arena, TEMPLATES "?hsm_id=%s&name=one", one + 7).p, "")
			     .status,
	    200);
	assert_int_equal(listed(&r, ""), 2);
	ids = arena_printf(r.arena, TEMPLATES "?hsm_ids=[\"%s\"]", two + 7).p;
	assert_int_equal(call(&r, "DELETE", ids, "").status, 200);
	assert_int_equal(call(&r, "DELETE", TEMPLATES "?name=one", "").status, 200);
	assert_int_equal(listed(&r, ""), 0);
	settle(&r);
	assert_int_equal(received(&r, "\"event\":\"DELETED\""), 3);
	run_close(&r);
}

static void test_pausing(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	const char *id = create(&r, DEFINITION("one", "it"));
	settle(&r);
	const char *pause =
	    arena_printf(r.arena, "{\"id\":\"%s\",\"status\":\"PAUSED\"}", id + 7).p;
	assert_int_equal(post(&r, "/_sim/template", pause).status, 200);
	assert_int_equal(count_of(get(&r, id).body, "\"status\":\"PAUSED\""), 1);
	assert_int_equal(post(&r, arena_printf(r.arena, "%s/unpause", id).p, "").status, 200);
	assert_int_equal(count_of(get(&r, id).body, "\"status\":\"APPROVED\""), 1);
	assert_int_equal(
	    post(&r, "/_sim/template",
		arena_printf(
		    r.arena, "{\"id\":%s,\"quality\":\"RED\",\"category\":\"MARKETING\"}", id + 7)
		    .p)
		.status,
	    200);
	settle(&r);
	assert_int_equal(received(&r, "\"new_quality_score\":\"RED\""), 1);
	assert_int_equal(received(&r, "\"previous_category\":\"UTILITY\""), 1);
	assert_int_equal(post(&r, "/_sim/template", "{\"id\":\"1\"}").status, 404);
	run_close(&r);
}

static void test_samples(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	assert_int_equal(count_of(post(&r, "/v25.0/900/message_samples",
				      "{\"text\":{\"body\":\"Your order was sent\"}}")
				      .body,
			     "UTILITY"),
	    1);
	assert_int_equal(count_of(post(&r, "/v25.0/900/message_samples",
				      "{\"text\":{\"body\":\"Big SALE today\"}}")
				      .body,
			     "MARKETING"),
	    1);
	run_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paging),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_editing),
		cmocka_unit_test(test_deleting),
		cmocka_unit_test(test_pausing),
		cmocka_unit_test(test_samples),
	};

	if (crypto_init(NULL))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What is only tried leaves no trace, and says what a send would hear. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/pack_overlay.h"
#include "domain/rules.h"
#include "flow/live.h"
#include "flow/own_send.h"
#include "flow/rehearse.h"

struct trial {
	const char *name;
	const char *app, *number; /* NULL = the live ones */
	const char *body;         /* NULL = LIVE_BODY */
	const char *facts;
	time_ms at; /* 0 = now */
	bool shape_only;
	enum verdict verdict;
	const char *rule; /* the leading one; NULL = none */
};

static const struct trial *wanted;
static struct arena *arena;
static enum verdict said;
static const char *leading;
static const struct pack *judged_by;

static int try_it(struct live *l, struct store_conn *c, struct err *err)
{
	struct rehearsal x = {
		.app = str_c(wanted->app ? wanted->app : l->app),
		.number = str_c(wanted->number ? wanted->number : NUMBER),
		.body = str_c(wanted->body ? wanted->body : LIVE_BODY),
		.at = wanted->at ? wanted->at : TIME_NONE,
		.shape_only = wanted->shape_only,
	};
	const struct decision *d = NULL;
	int r = wanted->facts ? json_read(arena, str_c(wanted->facts), &x.facts, err) : 0;

	if (r == 0)
		r = flow_rehearse(l->lane, c, &x, arena, &d, err);
	if (r < 0)
		return r;
	said = d->verdict;
	judged_by = x.pack;
	leading = d->leading ? d->leading->rule->id : NULL;
	return 0;
}

#define BODY(type_, rest) \
	"{\"messaging_product\":\"whatsapp\",\"to\":\"" ALICE "\",\"type\":\"" type_ "\"," rest "}"
#define TABLETS BODY("text", "\"text\":{\"body\":\"Buy cocaine here\"}")

static const struct trial trials[] = {
	{ .name = "as it is", .verdict = VERDICT_ALLOW },
	{ .name = "two days later",
	    .at = NOW + 2 * MS_PER_DAY,
	    .verdict = VERDICT_REFUSE,
	    .rule = "window.closed" },
	{ .name = "had they never written",
	    .facts = "{\"person\":{\"last_inbound_at\":\"2026-11-01T10:00:00Z\"}}",
	    .verdict = VERDICT_REFUSE,
	    .rule = "window.closed" },
	{ .name = "were the account locked",
	    .facts = "{\"waba\":{\"state\":\"locked\"}}",
	    .verdict = VERDICT_REFUSE,
	    .rule = "account.locked" },
	{ .name = "by a stranger",
	    .app = "app_0000000000000",
	    .verdict = VERDICT_REFUSE,
	    .rule = "app.unknown" },
	{ .name = "from a number of nobody",
	    .number = "999",
	    .verdict = VERDICT_REFUSE,
	    .rule = "app.scope" },
	{ .name = "by Varco itself", .app = OWN_APP, .verdict = VERDICT_ALLOW },
	{ .name = "what is no message",
	    .body = "{",
	    .verdict = VERDICT_REFUSE,
	    .rule = "message.invalid" },
	{ .name = "forbidden words",
	    .body = TABLETS,
	    .verdict = VERDICT_REFUSE,
	    .rule = "content.prohibited" },
	{ .name = "words that nobody kept",
	    .body = TABLETS,
	    .shape_only = true,
	    .verdict = VERDICT_ALLOW },
};

static void test_trials(void **state)
{
	struct live *l = *state;

	for (size_t i = 0; i < ARRAY_LEN(trials); i++) {
		const char *rule = trials[i].rule ? trials[i].rule : "none";
		arena = arena_new(0, 0);
		wanted = &trials[i];
		leading = NULL;
		live_do(l, try_it);
		if (said != wanted->verdict || strcmp(leading ? leading : "none", rule) != 0)
			fail_msg("%s: %s by %s", wanted->name, verdict_name(said),
			    leading ? leading : "none");
		arena_free(&arena);
	}
	assert_int_equal(live_int(l, "SELECT count(*) FROM decision"), 0);
	assert_int_equal(live_int(l, "SELECT count(*) FROM person"), 1);
	assert_int_equal(l->received, 0);
}

static int fail_it(struct live *l, struct store_conn *c, struct err *err)
{
	static const struct trial bad = { .facts = "{\"person\":{\"age\":7}}" };
	struct err why = { 0 };

	wanted = &bad;
	assert_int_equal(try_it(l, c, &why), -E_INVALID);
	assert_string_equal(why.field, "facts.person.age");
	(void)err;
	return 0;
}

static void test_facts_that_are_none(void **state)
{
	arena = arena_new(0, 0);
	live_do(*state, fail_it);
	arena_free(&arena);
}

/* --- a change of the policy meanwhile --------------------------------------------------------- */

static int change_policy(struct live *l, struct store_conn *c, struct err *err)
{
	struct core *core = l->lane->core;
	const struct pack_overlay nothing = { .exceptions_len = 0 };
	struct pack *next = NULL;
	int r = overlay_apply(core->base, &nothing, 7, &next, err);

	(void)c;
	return r < 0 ? r : core_set_policy(core, next, err);
}

/* What tells of a trial may run when another policy is in force already. */
static void test_the_policy_that_judged_is_told(void **state)
{
	static const struct trial plain = { .name = "before the change" };
	struct live *l = *state;
	const struct pack *before = l->lane->core->pack;

	arena = arena_new(0, 0);
	wanted = &plain;
	live_do(l, try_it);
	live_do(l, change_policy);
	assert_ptr_not_equal(l->lane->core->pack, before);
	assert_ptr_equal(judged_by, before);
	assert_false(str_eq(pack_version(judged_by), pack_version(l->lane->core->pack)));
	live_do(l, try_it);
	assert_ptr_equal(judged_by, l->lane->core->pack);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(test_trials),
		LIVE_TEST(test_facts_that_are_none),
		LIVE_TEST(test_the_policy_that_judged_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/check.h"
#include "domain/inbox.h"
#include "flow/pulse.h"
#include "flow/world.h"
#include "store/query.h"

static unsigned look(struct world *w, struct pulse *p)
{
	struct fixture *f = w->f;
	unsigned topics = 0;

	OK(pulse_look(p, &w->core, f->conn, &topics, &f->err));
	return topics;
}

static void entry(struct world *w, enum leaf_type type)
{
	struct fixture *f = w->f;

	OK(ledger_append(f->conn, &w->core.ledger, type, 0, STR("{}"), NOW, NULL, &f->err));
}

static void decide(struct world *w)
{
	entry(w, LEAF_DECISION);
}

static void consent(struct world *w)
{
	entry(w, LEAF_CONSENT);
}

static void act(struct world *w)
{
	entry(w, LEAF_OPERATOR);
}

static void incident(struct world *w)
{
	entry(w, LEAF_INCIDENT);
}

static void raise_alarm(struct world *w)
{
	struct fixture *f = w->f;

	OK(alarm_add(f->conn, 7, STR("bypass.detected"), STR(""), STR("{}"), NOW, &f->err));
}

static void facts(struct world *w)
{
	struct fixture *f = w->f;

	OK(store_do(f->conn, &f->err, "INSERT INTO seen_log (id, facts) VALUES (1, x'00')", ""));
}

static void publish(struct world *w)
{
	atomic_fetch_add(&w->core.published_generation, 1);
}

static void nothing(struct world *w)
{
	(void)w;
}

static const struct {
	const char *name;
	void (*happens)(struct world *w);
	unsigned has, has_not;
} cases[] = {
	{ "nothing", nothing, 0, ~0u },
	{ "a decision", decide, PULSE_BIT(PULSE_DECISION) | PULSE_BIT(PULSE_CAMPAIGN),
	    PULSE_BIT(PULSE_INCIDENT) | PULSE_BIT(PULSE_SETTINGS) | PULSE_BIT(PULSE_ALARM) },
	{ "a consent", consent, PULSE_BIT(PULSE_PERSON) | PULSE_BIT(PULSE_IMPORT),
	    PULSE_BIT(PULSE_DECISION) },
	{ "an operator's act", act,
	    PULSE_BIT(PULSE_SETTINGS) | PULSE_BIT(PULSE_PAUSE) | PULSE_BIT(PULSE_CAMPAIGN) |
		PULSE_BIT(PULSE_IMPORT) | PULSE_BIT(PULSE_NUMBER),
	    PULSE_BIT(PULSE_DECISION) | PULSE_BIT(PULSE_ALARM) },
	{ "an incident", incident, PULSE_BIT(PULSE_INCIDENT), ~PULSE_BIT(PULSE_INCIDENT) },
	{ "an alarm", raise_alarm, PULSE_BIT(PULSE_ALARM), ~PULSE_BIT(PULSE_ALARM) },
	{ "webhooks", facts, PULSE_BIT(PULSE_DECISION) | PULSE_BIT(PULSE_PERSON),
	    PULSE_BIT(PULSE_PAUSE) },
	{ "the directory", publish, PULSE_BIT(PULSE_NUMBER) | PULSE_BIT(PULSE_PAUSE),
	    PULSE_BIT(PULSE_DECISION) },
};

static void with_world(void **state, void (*run)(struct world *w))
{
	struct world w;

	world_make(&w, *state);
	run(&w);
	world_done(&w);
}

static void each_is_told_once(struct world *w)
{
	struct pulse p = { .looked = false };

	decide(w);
	assert_int_equal(look(w, &p), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		cases[i].happens(w);
		unsigned got = look(w, &p);
		if ((got & cases[i].has) != cases[i].has || (got & cases[i].has_not))
			fail_msg("%s: %#x", cases[i].name, got);
		if (look(w, &p))
			fail_msg("%s: told again", cases[i].name);
	}
}

/* In the store it may be a moment later. */
static void an_outcome_is_told_twice(struct world *w)
{
	struct pulse p = { .looked = false };

	assert_int_equal(look(w, &p), 0);
	CORE_COUNT(&w->core, sends_accepted);
	assert_true(look(w, &p) & PULSE_BIT(PULSE_DECISION));
	assert_true(look(w, &p) & PULSE_BIT(PULSE_DECISION));
	assert_int_equal(look(w, &p), 0);
}

static void after_very_much_it_may_be_anything(struct world *w)
{
	struct pulse p = { .looked = false };

	assert_int_equal(look(w, &p), 0);
	for (int i = 0; i < 1001; i++)
		incident(w);
	assert_int_equal(look(w, &p), PULSE_BIT(PULSE_TOPICS) - 1);
	assert_int_equal(look(w, &p), 0);
}

static void test_each_is_told_once(void **state)
{
	with_world(state, each_is_told_once);
}

static void test_an_outcome_is_told_twice(void **state)
{
	with_world(state, an_outcome_is_told_twice);
}

static void test_after_very_much_it_may_be_anything(void **state)
{
	with_world(state, after_very_much_it_may_be_anything);
}

static void test_each_topic_has_a_name(void **state)
{
	(void)state;
	for (unsigned i = 0; i < PULSE_TOPICS; i++)
		assert_non_null(pulse_name((enum pulse_topic)i));
}

#define ROLLED(test) cmocka_unit_test_setup_teardown(test, fixture_begin, fixture_rollback)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROLLED(test_each_is_told_once),
		ROLLED(test_an_outcome_is_told_twice),
		ROLLED(test_after_very_much_it_may_be_anything),
		cmocka_unit_test(test_each_topic_has_a_name),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

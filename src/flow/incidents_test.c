#include "flow/incidents.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "domain/inbox.h"
#include "flow/world.h"

#define WABA "900800700"
#define BEGIN (NOW / MS_PER_S - 9000)

/* The fact of that moment takes effect now. */
static void post(struct world *w, int moment, const char *field, const char *value)
{
	struct fixture *f = w->f;
	struct events_tally tally = { 0 };
	struct event_list events;
	const struct json *root;
	struct str raw = arena_printf(f->arena,
	    "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"" WABA
	    "\",\"time\":%lld,"
	    "\"changes\":[{\"field\":\"%s\",\"value\":%s}]}]}",
	    (long long)(BEGIN + moment), field, value);

	OK(webhook_read(f->arena, raw, &events, &root, &f->err));
	for (size_t i = 0; i < events.len; i++) {
		struct seen_fact fact = { .at = events.items[i].at };
		uint8_t key[32];
		event_key(&events.items[i], key);
		memcpy(fact.key, key, SEEN_KEY_LEN);
		int fresh = seen_add(w->core.facts, f->conn, &fact, NOW, &f->err);
		OK(fresh);
		if (fresh == 0) /* told before */
			continue;
		struct event_work work = {
			.core = &w->core,
			.c = f->conn,
			.directory = world_directory(w),
			.event = &events.items[i],
			.key = fact.key,
			.now = NOW,
			.arena = f->arena,
			.tally = &tally,
			.err = &f->err,
		};
		OK(events_apply(&work));
	}
}

static void watch(struct world *w)
{
	struct fixture *f = w->f;
	struct incident_desk d = { f->conn, &w->core.ledger, &w->core.ids, w->core.pack, NOW };

	OK(incidents_watch(&d, &f->err));
}

/* --- what Meta tells -------------------------------------------------------------------------- */

#define FOR_GOOD "{\"restriction_type\":\"RESTRICTED_BIZ_INITIATED_MESSAGING\"}"
#define RESTRICTED(violation, info) \
	"{\"event\":\"ACCOUNT_RESTRICTION\",\"violation_info\":{\"violation_type\":\"" violation \
	"\"},\"restriction_info\":[" info "]}"
#define VIOLATION(violation) \
	"{\"event\":\"ACCOUNT_VIOLATION\",\"violation_info\":{\"violation_type\":\"" violation \
	"\"}}"
#define DISABLED(state) \
	"{\"event\":\"DISABLED_UPDATE\",\"ban_info\":{\"waba_ban_state\":\"" state \
	"\",\"waba_ban_date\":\"December 4, 2026\"}}"

/* One sequence: what comes, in the order of its moments, and what it comes to. */
#define STEPS 4
static const struct {
	const char *name;
	const char *steps[STEPS]; /* NULL = no more */
	int incidents;
	const char *kind, *label;
	enum incident_state state;
	enum incident_outcome outcome;
} rows[] = {
	{ "a warning", { VIOLATION("SCAM") }, 1, "violation", "SCAM", INCIDENT_OPEN, 0 },
	{ "a warning, then a restriction", { VIOLATION("SCAM"), RESTRICTED("SCAM", FOR_GOOD) }, 1,
	    "restricted", "SCAM", INCIDENT_OPEN, 0 },
	{ "the ladder to its end",
	    { VIOLATION("SCAM"), RESTRICTED("SCAM", FOR_GOOD), DISABLED("SCHEDULE_FOR_DISABLE"),
		DISABLED("DISABLE") },
	    1, "disabled", "SCAM", INCIDENT_OPEN, 0 },
	{ "two causes", { VIOLATION("SCAM"), VIOLATION("ALCOHOL") }, 2, "violation", "ALCOHOL",
	    INCIDENT_OPEN, 0 },
	{ "disabled and reinstated", { DISABLED("DISABLE"), DISABLED("REINSTATE") }, 1, "disabled",
	    "", INCIDENT_ANSWERED, INCIDENT_REVERSED },
	{ "reinstated, and disabled once more",
	    { DISABLED("DISABLE"), DISABLED("REINSTATE"), DISABLED("DISABLE") }, 2, "disabled", "",
	    INCIDENT_OPEN, 0 },
	{ "Direct Send",
	    { RESTRICTED("DIRECT_SEND_UTILITY_CATEGORY_ABUSE_STRIKE_1",
		"{\"restriction_type\":\"RESTRICTED_DIRECT_SEND_UTILITY_TEMPLATES\"}") },
	    1, "direct_send", "", INCIDENT_OPEN, 0 },
	{ "Direct Send, lifted",
	    { RESTRICTED("DIRECT_SEND_UTILITY_CATEGORY_ABUSE_STRIKE_1",
		  "{\"restriction_type\":\"RESTRICTED_DIRECT_SEND_UTILITY_TEMPLATES\"}"),
		RESTRICTED("DIRECT_SEND_UTILITY_CATEGORY_ABUSE_UNBAN", "") },
	    1, "direct_send", "", INCIDENT_ANSWERED, INCIDENT_REVERSED },
	{ "a lift of nothing", { RESTRICTED("DIRECT_SEND_UTILITY_CATEGORY_ABUSE_UNBAN", "") }, 0,
	    NULL, NULL, 0, 0 },
	{ "deleted", { "{\"event\":\"ACCOUNT_DELETED\"}" }, 1, "disabled", "", INCIDENT_OPEN, 0 },
	{ "what is none", { "{\"event\":\"VERIFIED_ACCOUNT\"}" }, 0, NULL, NULL, 0, 0 },
	{ "a word that nobody knows", { DISABLED("PUT_TO_SLEEP") }, 1, "disabled", "",
	    INCIDENT_OPEN, 0 },
};

static struct incident newest(struct world *w)
{
	struct incident i = { .id = (uint64_t)COUNT_OF(
				  w, "SELECT coalesce(max(id), 0) FROM incident") };

	if (i.id)
		assert_int_equal(incident_get(w->f->conn, i.id, w->f->arena, &i, &w->f->err), 1);
	return i;
}

/* In order, each told twice. */
static void sequences(void **state)
{
	for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
		struct world w;
		world_make(&w, *state);
		for (int n = 0; n < STEPS && rows[k].steps[n]; n++) {
			post(&w, n, "account_update", rows[k].steps[n]);
			post(&w, n, "account_update", rows[k].steps[n]);
		}
		struct incident i = newest(&w);
		if (COUNT_OF(&w, "SELECT count(*) FROM incident") != rows[k].incidents)
			fail_msg("%s: %d incidents", rows[k].name,
			    (int)COUNT_OF(&w, "SELECT count(*) FROM incident"));
		if (rows[k].kind &&
		    (!str_eq_c(i.kind, rows[k].kind) || !str_eq_c(i.label, rows[k].label) ||
			i.state != rows[k].state || i.outcome != rows[k].outcome))
			fail_msg("%s: %.*s %.*s, %s", rows[k].name, STR_ARG(i.kind),
			    STR_ARG(i.label), incident_state_name(i.state));
		world_done(&w);
		(void)fixture_rollback(state);
		(void)fixture_begin(state);
	}
}

/* The end is told before the beginning: the state is what the newer fact says, and the watch sees it. */
static void the_end_comes_first(void **state)
{
	struct world w;

	world_make(&w, *state);
	post(&w, 1, "account_update", DISABLED("REINSTATE"));
	post(&w, 0, "account_update", DISABLED("DISABLE"));
	watch(&w);
	assert_int_equal(newest(&w).state, INCIDENT_ANSWERED);
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM incident"), 1);
	world_done(&w);
}

/* A webhook that comes after the restriction has ended. */
static void a_restriction_that_is_over(void **state)
{
	struct world w;
	char value[400];

	world_make(&w, *state);
	(void)snprintf(value, sizeof(value),
	    RESTRICTED("SCAM",
		"{\"restriction_type\":\"RESTRICTED_BIZ_INITIATED_MESSAGING\",\"expiration\":%lld}"),
	    (long long)(NOW / MS_PER_S - 60));
	post(&w, 0, "account_update", value);
	watch(&w);
	assert_int_equal(newest(&w).state, INCIDENT_ANSWERED);
	assert_int_equal(newest(&w).outcome, INCIDENT_ENDED);
	world_done(&w);
}

static void a_template_that_is_disabled(void **state)
{
	struct world w;
	struct fixture *f = *state;

	world_make(&w, f);
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO template (waba, name, language, category, correct_category, status, quality,"
	    " updated_at) VALUES ('" WABA "', 'sale', 'it', 1, 0, 'APPROVED', 'GREEN', 0)",
	    ""));
	core_directory_changed(&w.core);
	static const char disabled[] =
	    "{\"event\":\"DISABLED\",\"message_template_id\":7,\"message_template_name\":\"sale\","
	    "\"message_template_language\":\"it\",\"reason\":\"NONE\"}";
	post(&w, 0, "message_template_status_update", disabled);
	watch(&w); /* finds it as well, and knows it */
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM incident"), 1);
	struct incident i = newest(&w);
	assert_true(str_eq_c(i.kind, "template_disabled"));
	assert_true(str_eq_c(i.scope_id, WABA "/sale/it"));
	assert_int_equal(i.deadline_at, TIME_NONE);
	world_done(&w);
}

/* At once, and over as soon as Meta says so. */
static void a_number_is_flagged(void **state)
{
	struct world w;
	struct fixture *f = *state;

	world_make(&w, f);
	OK(store_do(f->conn, &f->err,
	    "UPDATE number SET display = '+393331234500' WHERE id = '" NUMBER "'", ""));
	core_directory_changed(&w.core);
	post(&w, 0, "phone_number_quality_update",
	    "{\"display_phone_number\":\"393331234500\",\"event\":\"FLAGGED\"}");
	assert_true(str_eq_c(newest(&w).kind, "number_quality"));
	assert_true(str_eq_c(newest(&w).scope_id, NUMBER));
	post(&w, 1, "phone_number_quality_update",
	    "{\"display_phone_number\":\"393331234500\",\"event\":\"UNFLAGGED\"}");
	assert_int_equal(newest(&w).outcome, INCIDENT_ENDED);
	assert_int_equal(newest(&w).over_at, NOW);
	world_done(&w);
}

/* Nobody's account: nothing to open an incident for. */
static void an_account_that_is_not_ours(void **state)
{
	struct fixture *f = *state;
	struct world w;

	world_make(&w, f);
	OK(store_do(f->conn, &f->err, "DELETE FROM number WHERE waba = '" WABA "'", ""));
	OK(store_do(f->conn, &f->err, "DELETE FROM waba WHERE id = '" WABA "'", ""));
	core_directory_changed(&w.core);
	post(&w, 0, "account_update", VIOLATION("SCAM"));
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM incident"), 0);
	world_done(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(sequences),
		FIXTURE_TEST(the_end_comes_first),
		FIXTURE_TEST(a_restriction_that_is_over),
		FIXTURE_TEST(a_template_that_is_disabled),
		FIXTURE_TEST(a_number_is_flagged),
		FIXTURE_TEST(an_account_that_is_not_ours),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

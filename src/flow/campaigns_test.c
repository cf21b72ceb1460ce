/* Looks at a campaign, one by one: what they put on record, what stops them, and what they say. */
#include "flow/campaigns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "domain/campaign_fixture.h"
#include "domain/source_list.h"
#include "flow/world.h"

#define CAMPAIGN 7
#define PEOPLE 120 /* more than the first wave */

struct stage {
	struct world w;
	time_ms now;
	struct campaign x; /* as the last look left it */
};

static void add_template(struct fixture *f, const char *name)
{
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO template (waba, name, language, category, correct_category, status, quality,"
	    " components, updated_at) VALUES ('900800700', ?1, 'it', ?2, ?3, 'APPROVED', 'GREEN', ?4, 1)",
	    "tiit", str_c(name), (int64_t)PURPOSE_UTILITY, (int64_t)PURPOSE_NONE,
	    STR("[{\"type\":\"BODY\",\"text\":\"Ciao {{1}}\"}]")));
}

static void add_person(struct stage *s, int64_t i)
{
	struct fixture *f = s->w.f;
	char phone[32];

	(void)snprintf(phone, sizeof(phone), "+447700900%03d", (int)i);
	const struct campaign_member m = {
		.seq = i, .person = world_person(&s->w, phone), .fate = MEMBER_WAITING
	};
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO consent (person, seq, purpose, act, at, evidence, leaf)"
	    " VALUES (?1, 1, ?2, 1, ?3, 4, 1)",
	    "iim", (int64_t)m.person, (int64_t)PURPOSE_UTILITY, NOW - DAY));
	MEMBER_ADD(f, CAMPAIGN, &m);
}

static void approve(struct stage *s)
{
	struct fixture *f = s->w.f;
	struct campaign_plan plan;

	OK(campaign_plan_read(&s->x, world_directory(&s->w), f->arena, &plan, &f->err));
	campaign_snapshot(&s->x, &plan, &s->x.approved);
	OK(campaign_update(f->conn, &s->x, s->now, &f->err));
}

static void open_stage(struct stage *s, struct fixture *f, int64_t people)
{
	*s = (struct stage){ .now = NOW };
	world_make(&s->w, f);
	OK(portfolio_set_limit(f->conn, STR("500"), true, 100000, NOW, &f->err));
	OK(store_exec(f->conn, "UPDATE number SET established = 1, throughput = 1000", &f->err));
	add_template(f, "ready_a");
	add_template(f, "ready_b");
	core_directory_changed(&s->w.core);
	s->x = (struct campaign){
		.id = CAMPAIGN,
		.at = NOW,
		.state = CAMPAIGN_RELEASED,
		.name = STR("Sandals"),
		.number = STR(NUMBER),
		.waba = STR("900800700"),
		.plan = STR("{\"templates\":[{\"name\":\"ready_a\",\"language\":\"it\"},"
			    "{\"name\":\"ready_b\",\"language\":\"it\"}],\"map\":[\"1=|amico\"]}"),
		.by = STR("Marta Neri"),
		.approved_at = TIME_NONE,
		.released_at = TIME_NONE,
		.starts_at = NOW,
		.ended_at = TIME_NONE,
		.next_at = TIME_NONE,
		.preflight_at = TIME_NONE,
		.total = people,
		.choice = -1,
	};
	OK(campaign_add(f->conn, &s->x, &f->err));
	approve(s);
	for (int64_t i = 0; i < people; i++)
		add_person(s, i);
}

/* What a report says is what counting the rows says. */
static void figures_are_true(struct fixture *f)
{
	struct campaign_sums *live, *again;
	struct campaign_sum *kept, *counted;
	size_t n = 0, m = 0;

	OK(campaign_sums_new(&live, &f->err));
	OK(campaign_sums_new(&again, &f->err));
	OK(campaign_tally_live(f->conn, CAMPAIGN, live, &f->err));
	OK(campaign_tally_recount(f->conn, CAMPAIGN, again, &f->err));
	for (enum campaign_group by = CAMPAIGN_ALL; by <= BY_ERROR; by++) {
		const struct campaign_asked ask = {
			.campaign = CAMPAIGN, .by = by, .after = STR_NONE, .limit = 100
		};
		OK(campaign_sums_read(f->conn, live, &ask, f->arena, &kept, &n, &f->err));
		OK(campaign_sums_read(NULL, again, &ask, f->arena, &counted, &m, &f->err));
		assert_int_equal(n, m);
		for (size_t i = 0; i < n; i++)
			assert_memory_equal(kept[i].n, counted[i].n, sizeof(kept[i].n));
	}
	campaign_sums_free(&live);
	campaign_sums_free(&again);
}

static bool look(struct stage *s)
{
	struct fixture *f = s->w.f;
	struct campaign_desk k = {
		.core = &s->w.core, .conn = f->conn, .arena = f->arena, .now = s->now
	};

	clock_set_wall(s->now, true);
	OK(campaign_step(&k, CAMPAIGN, &f->err));
	OK(campaign_sums_write(s->w.core.sums, f->conn, &f->err));
	figures_are_true(f);
	assert_int_equal(campaign_get(f->conn, CAMPAIGN, f->arena, &s->x, &f->err), 1);
	return k.stopped;
}

static int64_t people(struct stage *s, enum campaign_fate fate)
{
	struct fixture *f = s->w.f;
	struct campaign_counts n;

	OK(campaign_count(f->conn, CAMPAIGN, &n, &f->err));
	return n.of[fate];
}

static int64_t alarms(struct stage *s)
{
	return COUNT_OF(&s->w, "SELECT count(*) FROM alarm WHERE kind = 'campaign.paused'");
}

static void template_status(struct stage *s, const char *name, const char *status)
{
	struct fixture *f = s->w.f;

	OK(store_do(f->conn, &f->err, "UPDATE template SET status = ?2 WHERE name = ?1", "tt",
	    str_c(name), str_c(status)));
	core_directory_changed(&s->w.core);
}

static bool reason_is(struct stage *s, const char *reason)
{
	return str_eq_c(s->x.reason, reason);
}

/* --- cases ------------------------------------------------------------------------------------ */

/* One of two templates is paused: nobody gets the other one, however often it is looked at, and it
 * is told once. */
static void test_paused_is_paused_for_both_templates(void **state)
{
	struct fixture *f = *state;
	struct stage s;

	open_stage(&s, f, 10);
	template_status(&s, "ready_b", "PAUSED");
	assert_true(look(&s));
	assert_true(s.x.state == CAMPAIGN_PAUSED && reason_is(&s, "template.paused"));
	for (int i = 0; i < 8; i++) {
		s.now += 2000;
		assert_false(look(&s));
		assert_int_equal(s.x.state, CAMPAIGN_PAUSED);
	}
	assert_int_equal(people(&s, MEMBER_QUEUED), 0);
	assert_int_equal(people(&s, MEMBER_WAITING), 10);
	assert_int_equal(alarms(&s), 1);
	template_status(&s, "ready_b", "APPROVED");
	s.now += 6000;
	look(&s);
	assert_true(s.x.state == CAMPAIGN_RUNNING && !s.x.reason.p);
	assert_int_equal(people(&s, MEMBER_QUEUED), 10);
	world_done(&s.w);
}

/* Between two tries nothing is written, however often it is looked at. */
static void test_a_pause_is_tried_now_and_then(void **state)
{
	struct fixture *f = *state;
	struct stage s;

	open_stage(&s, f, 3);
	template_status(&s, "ready_a", "DISABLED");
	look(&s);
	time_ms next = s.x.next_at;
	assert_true(next > s.now + 1000);
	for (int i = 0; i < 4; i++) {
		s.now += 250;
		look(&s);
		assert_true(s.x.next_at == next && s.x.updated_at == NOW);
	}
	world_done(&s.w);
}

static void test_what_was_not_approved_does_not_start(void **state)
{
	struct fixture *f = *state;
	struct stage s;

	open_stage(&s, f, 3);
	OK(store_exec(f->conn,
	    "UPDATE template SET components = '[{\"type\":\"BODY\",\"text\":\"Addio {{1}}\"}]'"
	    " WHERE name = 'ready_a'",
	    &f->err));
	core_directory_changed(&s.w.core);
	look(&s);
	assert_true(s.x.state == CAMPAIGN_PAUSED && reason_is(&s, "changed"));
	assert_int_equal(people(&s, MEMBER_WAITING), 3);
	approve(&s);
	s.now += 6000;
	look(&s);
	assert_int_equal(s.x.state, CAMPAIGN_RUNNING);
	s.x.choice = 1; /* nobody allowed that */
	OK(campaign_update(f->conn, &s.x, s.now, &f->err));
	OK(store_exec(f->conn, "UPDATE decision SET state = 11, wamid = 'w'", &f->err));
	look(&s);
	assert_true(s.x.state == CAMPAIGN_PAUSED && reason_is(&s, "changed"));
	world_done(&s.w);
}

static void change_text(struct stage *s, const char *text)
{
	struct fixture *f = s->w.f;
	char components[80];

	(void)snprintf(
	    components, sizeof(components), "[{\"type\":\"BODY\",\"text\":\"%s\"}]", text);
	OK(store_do(f->conn, &f->err, "UPDATE template SET components = ?1 WHERE name = 'ready_a'",
	    "t", str_c(components)));
	core_directory_changed(&s->w.core);
}

/* A wave is on record, and its template becomes another: what has not left is called back. */
static void test_what_is_on_record_stays_what_was_approved(void **state)
{
	struct fixture *f = *state;
	struct stage s;

	open_stage(&s, f, PEOPLE);
	look(&s);
	assert_int_equal(people(&s, MEMBER_QUEUED), 100);
	s.now += 1000;
	assert_false(look(&s));
	assert_true(s.x.state == CAMPAIGN_RUNNING && people(&s, MEMBER_QUEUED) == 100);
	change_text(&s, "Addio {{1}}");
	assert_true(look(&s));
	assert_true(s.x.state == CAMPAIGN_PAUSED && reason_is(&s, "changed"));
	assert_int_equal(people(&s, MEMBER_WAITING), PEOPLE);
	assert_int_equal(COUNT_OF(&s.w, "SELECT count(*) FROM outbox"), 0);
	change_text(&s, "Ciao {{1}}");
	s.now += 6000;
	look(&s);
	assert_true(s.x.state == CAMPAIGN_RUNNING && people(&s, MEMBER_QUEUED) == 100);
	world_done(&s.w);
}

/* Not read again, four times a second, while nothing changed. */
static void test_what_is_on_record_is_checked_once_a_directory(void **state)
{
	struct fixture *f = *state;
	struct stage s;

	open_stage(&s, f, PEOPLE);
	look(&s);
	struct campaign_desk k = {
		.core = &s.w.core, .conn = f->conn, .arena = f->arena, .now = s.now
	};
	uint64_t first = directory_generation(world_directory(&s.w));
	OK(campaign_step(&k, CAMPAIGN, &f->err));
	assert_true(k.checked == first);
	/* what the store has now would be seen if it were read */
	OK(store_exec(f->conn, "UPDATE campaign SET approved = snapshot", &f->err));
	OK(campaign_step(&k, CAMPAIGN, &f->err));
	assert_int_equal(COUNT_OF(&s.w, "SELECT state FROM campaign"), CAMPAIGN_RUNNING);
	core_directory_changed(&s.w.core);
	OK(campaign_step(&k, CAMPAIGN, &f->err));
	assert_int_equal(COUNT_OF(&s.w, "SELECT state FROM campaign"), CAMPAIGN_PAUSED);
	assert_true(k.checked == first && k.stopped);
	world_done(&s.w);
}

/* Held as the gate would have it: by that rule, until then. */
static void hold_all(struct stage *s, enum rule_index rule, time_ms until)
{
	struct fixture *f = s->w.f;
	struct decision *d = ARENA_NEW(f->arena, struct decision);
	struct json_writer w;
	struct buf text;

	assert_non_null(d);
	d->findings_len = 1;
	d->findings[0] = (struct finding){ .rule = &rules[rule],
		.level = LEVEL_HOLD,
		.until = until,
		.because = rules[rule].because,
		.evidence = STR("{}") };
	buf_init(&text, 0);
	jw_init(&w, &text);
	decision_write_stored(d, &w);
	OK(store_do(f->conn, &f->err, "UPDATE decision SET rules = ?1", "t", buf_str(&text)));
	OK(store_do(f->conn, &f->err, "UPDATE outbox SET due_at = ?1", "m", until));
	buf_done(&text);
}

static void test_a_wave_on_record_says_what_holds_it(void **state)
{
	struct fixture *f = *state;
	struct stage s;

	open_stage(&s, f, PEOPLE);
	look(&s);
	assert_true(s.x.state == CAMPAIGN_RUNNING && s.x.wave_used == 100);
	assert_int_equal(people(&s, MEMBER_QUEUED), 100);
	hold_all(&s, RULE_LIMIT_QUIET_HOURS, s.now + HOUR);
	s.now += 1000;
	look(&s);
	assert_true(str_eq_c(s.x.waits, "limit.quiet_hours"));
	assert_true(s.x.next_at == NOW + HOUR && s.x.state == CAMPAIGN_RUNNING);
	/* somebody paused the number by hand */
	hold_all(&s, RULE_ACCOUNT_PAUSED, s.now + HOUR);
	assert_true(look(&s));
	assert_true(s.x.state == CAMPAIGN_PAUSED && reason_is(&s, "account.paused"));
	assert_int_equal(people(&s, MEMBER_QUEUED), 0);
	assert_int_equal(people(&s, MEMBER_WAITING), PEOPLE);
	assert_int_equal(s.x.wave_used, 0);
	assert_int_equal(COUNT_OF(&s.w, "SELECT count(*) FROM outbox"), 0);
	assert_int_equal(alarms(&s), 1);
	world_done(&s.w);
}

/* Cancelled with sends on record: looked at until their outcome is known, and then no more. */
static void test_a_cancelled_one_is_left_alone_in_the_end(void **state)
{
	struct fixture *f = *state;
	struct stage s;
	uint64_t *ids = NULL;
	size_t n = 0;

	open_stage(&s, f, 2);
	look(&s);
	OK(store_exec(f->conn, "UPDATE decision SET state = 9", &f->err));
	s.x.state = CAMPAIGN_CANCELLED;
	s.x.unsettled = true;
	OK(campaign_update(f->conn, &s.x, s.now, &f->err));
	look(&s);
	OK(campaign_active(f->conn, f->arena, &ids, &n, &f->err));
	assert_int_equal(n, 1);
	OK(store_exec(f->conn, "UPDATE decision SET state = 11, wamid = 'w'", &f->err));
	look(&s);
	OK(campaign_active(f->conn, f->arena, &ids, &n, &f->err));
	assert_int_equal(n, 0);
	assert_int_equal(people(&s, MEMBER_GONE), 2);
	world_done(&s.w);
}

/* A send came back to the queue after all was called back: nothing of it may leave later. */
static void test_what_comes_back_to_a_cancelled_one_is_called_back(void **state)
{
	struct fixture *f = *state;
	struct stage s;

	open_stage(&s, f, 2);
	look(&s);
	assert_int_equal(COUNT_OF(&s.w, "SELECT count(*) FROM outbox"), 2);
	s.x.state = CAMPAIGN_CANCELLED;
	s.x.unsettled = true;
	OK(campaign_update(f->conn, &s.x, s.now, &f->err));
	assert_true(look(&s));
	assert_int_equal(COUNT_OF(&s.w, "SELECT count(*) FROM outbox"), 0);
	assert_int_equal(people(&s, MEMBER_QUEUED), 0);
	assert_false(look(&s));
	assert_true(s.x.state == CAMPAIGN_CANCELLED && !s.x.unsettled);
	world_done(&s.w);
}

/* A list was given back, and some of its rows do not say so yet. */
static void test_nobody_who_comes_back_is_lost(void **state)
{
	struct fixture *f = *state;
	struct stage s;

	open_stage(&s, f, 1);
	const struct campaign_member gone = {
		.seq = 0, .fate = MEMBER_SUSPENDED, .due_at = TIME_NONE
	};
	OK(store_exec(f->conn,
	    "UPDATE campaign_member SET source = 'fair', figure = NULL; DELETE FROM campaign_sum",
	    &f->err));
	MEMBER_SET(f, CAMPAIGN, &gone);
	OK(store_exec(f->conn,
	    "INSERT INTO source_list (name, at, made_by, suspended, open)"
	    " VALUES ('fair', 1, 'admin', 0, 1)",
	    &f->err));
	look(&s);
	assert_int_equal(s.x.state, CAMPAIGN_RUNNING);
	while (source_list_sweep(f->conn, f->arena, &f->err) > 0)
		continue;
	s.now += 1000;
	look(&s);
	assert_true(s.x.state == CAMPAIGN_RUNNING && s.x.wave_used == 1);
	OK(store_exec(f->conn, "UPDATE decision SET state = 11, wamid = 'w'", &f->err));
	s.now += 1000;
	look(&s);
	assert_int_equal(s.x.state, CAMPAIGN_DONE);
	world_done(&s.w);
}

/* A template in steps goes to a tenth of those who get it, and nobody counts the country for that. */
static void test_a_release_in_steps_knows_its_audience(void **state)
{
	struct fixture *f = *state;
	struct stage s;

	open_stage(&s, f, 10);
	OK(store_exec(f->conn,
	    "INSERT INTO template_release (waba, name, language, began_at, step, taken)"
	    " VALUES ('900800700', 'ready_a', 'it', 1, 1, 0)",
	    &f->err));
	core_directory_changed(&s.w.core);
	look(&s);
	assert_int_equal(COUNT_OF(&s.w, "SELECT audience FROM template_release"), 5);
	world_done(&s.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_paused_is_paused_for_both_templates),
		FIXTURE_TEST(test_a_pause_is_tried_now_and_then),
		FIXTURE_TEST(test_what_was_not_approved_does_not_start),
		FIXTURE_TEST(test_what_is_on_record_stays_what_was_approved),
		FIXTURE_TEST(test_what_is_on_record_is_checked_once_a_directory),
		FIXTURE_TEST(test_a_wave_on_record_says_what_holds_it),
		FIXTURE_TEST(test_a_cancelled_one_is_left_alone_in_the_end),
		FIXTURE_TEST(test_what_comes_back_to_a_cancelled_one_is_called_back),
		FIXTURE_TEST(test_nobody_who_comes_back_is_lost),
		FIXTURE_TEST(test_a_release_in_steps_knows_its_audience),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

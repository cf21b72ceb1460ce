#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "domain/campaign_fixture.h"
#include "domain/campaign_report.h"

static struct campaign make(struct fixture *f, uint64_t id)
{
	struct campaign x = {
		.id = id,
		.at = NOW,
		.state = CAMPAIGN_LOADING,
		.name = STR("Sandals"),
		.number = STR("100200300"),
		.waba = STR("900800700"),
		.plan = STR(
		    "{\"templates\":[{\"name\":\"spring_offer\",\"language\":\"it\"}],\"map\":[]}"),
		.by = STR("Marta Neri"),
		.approved_at = TIME_NONE,
		.released_at = TIME_NONE,
		.starts_at = TIME_NONE,
		.ended_at = TIME_NONE,
		.next_at = TIME_NONE,
		.preflight_at = TIME_NONE,
		.choice = -1,
	};

	OK(campaign_add(f->conn, &x, &f->err));
	return x;
}

static struct campaign look(struct fixture *f, uint64_t id)
{
	struct campaign x = { .id = 0 };

	assert_int_equal(campaign_get(f->conn, id, f->arena, &x, &f->err), 1);
	return x;
}

static void add(struct fixture *f, uint64_t campaign, int64_t seq, uint64_t person,
    enum campaign_fate fate, const char *fields)
{
	const struct campaign_member m = {
		.seq = seq,
		.person = person,
		.fate = fate,
		.source = STR("fair"),
		.segment = seq % 2 ? STR("odd") : STR_NONE,
		.fields = str_c(fields),
	};

	MEMBER_ADD(f, campaign, &m);
}

static size_t walk(
    struct fixture *f, uint64_t campaign, enum campaign_fate fate, struct campaign_member **ret)
{
	const struct campaign_walk w = {
		.campaign = campaign, .after = -1, .from = fate, .upto = fate, .limit = 100
	};
	size_t n = 0;

	OK(campaign_people(f->conn, &f->key, &w, f->arena, ret, &n, &f->err));
	return n;
}

static size_t due(struct fixture *f, uint64_t campaign, time_ms now, struct campaign_member **ret)
{
	size_t n = 0;

	OK(campaign_due(f->conn, &f->key, campaign, now, 100, f->arena, ret, &n, &f->err));
	return n;
}

/* What is kept beside the rows says what counting them says. */
static void counts_are_true(struct fixture *f)
{
	assert_int_equal(
	    scratch_int(f->conn,
		"SELECT count(*) FROM (SELECT campaign, fate, count(*) AS n FROM campaign_member"
		" GROUP BY campaign, fate) AS x LEFT JOIN campaign_fate y ON y.campaign = x.campaign"
		" AND y.fate = x.fate WHERE y.people IS NULL OR y.people <> x.n"),
	    0);
	assert_int_equal(
	    scratch_int(f->conn,
		"SELECT (SELECT sum(people) FROM campaign_fate) - (SELECT count(*) FROM campaign_member)"),
	    0);
}

/* --- the campaign ----------------------------------------------------------------------------- */

static void test_what_was_written_is_read(void **state)
{
	struct fixture *f = *state;
	struct campaign x = make(f, 7), y = look(f, 7);

	assert_true(str_eq(y.name, x.name) && str_eq(y.plan, x.plan) && str_eq(y.by, x.by));
	assert_true(y.state == CAMPAIGN_LOADING && y.starts_at == TIME_NONE && y.choice == -1);
	assert_null(y.approved_by.p);
	x.state = CAMPAIGN_RUNNING;
	x.approved_by = STR("Luca Bianchi");
	x.approved_at = NOW + 1;
	x.starts_at = NOW + 2;
	x.total = 12;
	x.wave = 2;
	x.wave_used = 5;
	x.next_at = NOW + 3;
	x.waits = STR("limit.warmup");
	x.choice = 1;
	x.preflight = STR("{}");
	x.preflight_at = NOW;
	memset(x.snapshot.b, 9, sizeof(x.snapshot.b));
	memset(x.approved.b, 8, sizeof(x.approved.b));
	OK(campaign_update(f->conn, &x, NOW + 4, &f->err));
	y = look(f, 7);
	assert_true(str_eq(y.approved_by, x.approved_by) && y.approved_at == NOW + 1);
	assert_true(y.starts_at == NOW + 2 && y.total == 12 && y.wave == 2 && y.wave_used == 5);
	assert_true(y.next_at == NOW + 3 && str_eq(y.waits, x.waits) && y.choice == 1);
	assert_true(y.updated_at == NOW + 4 && str_eq(y.preflight, STR("{}")));
	assert_memory_equal(y.snapshot.b, x.snapshot.b, SHA256_LEN);
	assert_memory_equal(y.approved.b, x.approved.b, SHA256_LEN);
	x.preflight = STR_NONE; /* not given: stays */
	OK(campaign_update(f->conn, &x, NOW + 5, &f->err));
	assert_true(str_eq(look(f, 7).preflight, STR("{}")));
	assert_int_equal(campaign_get(f->conn, 8, f->arena, &y, &f->err), 0);
}

static void test_states_have_one_door(void **state)
{
	static const struct {
		enum campaign_state from, to;
		bool may;
	} cases[] = {
		{ CAMPAIGN_LOADING, CAMPAIGN_DRAFT, true },
		{ CAMPAIGN_DRAFT, CAMPAIGN_APPROVED, true },
		{ CAMPAIGN_DRAFT, CAMPAIGN_RELEASED, false },
		{ CAMPAIGN_APPROVED, CAMPAIGN_RELEASED, true },
		{ CAMPAIGN_APPROVED, CAMPAIGN_RUNNING, false },
		{ CAMPAIGN_RELEASED, CAMPAIGN_HELD, true },
		{ CAMPAIGN_RUNNING, CAMPAIGN_PAUSED, true },
		{ CAMPAIGN_PAUSED, CAMPAIGN_DONE, false },
		{ CAMPAIGN_HELD, CAMPAIGN_RELEASED, true },
		{ CAMPAIGN_HELD, CAMPAIGN_DONE, false },
		{ CAMPAIGN_DONE, CAMPAIGN_CANCELLED, false },
		{ CAMPAIGN_CANCELLED, CAMPAIGN_RELEASED, false },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct campaign x = { .state = cases[i].from };
		int r = campaign_move(&x, cases[i].to, &f->err);
		if ((r == 0) != cases[i].may || x.state != (r ? cases[i].from : cases[i].to))
			fail_msg("%s to %s", campaign_state_name(cases[i].from),
			    campaign_state_name(cases[i].to));
	}
}

static void test_lists_and_active_ones(void **state)
{
	struct fixture *f = *state;
	struct campaign *items;
	uint64_t *ids;
	size_t n = 0;
	bool more = false;

	for (uint64_t id = 1; id <= 9; id++) {
		struct campaign x = make(f, id);
		x.state = (enum campaign_state)id;
		OK(campaign_update(f->conn, &x, NOW, &f->err));
	}
	OK(campaign_list(f->conn, 0, 0, 4, f->arena, &items, &n, &more, &f->err));
	assert_true(n == 4 && more && items[0].id == 9);
	OK(campaign_list(f->conn, 6, 0, 10, f->arena, &items, &n, &more, &f->err));
	assert_true(n == 5 && !more && items[0].id == 5);
	OK(campaign_list(f->conn, 0, CAMPAIGN_HELD, 10, f->arena, &items, &n, &more, &f->err));
	assert_true(n == 1 && items[0].id == CAMPAIGN_HELD);
	OK(campaign_active(f->conn, f->arena, &ids, &n, &f->err));
	assert_int_equal(n, 3);
	struct campaign x = look(f, CAMPAIGN_CANCELLED);
	assert_false(x.unsettled);
	x.unsettled = true;
	OK(campaign_update(f->conn, &x, NOW, &f->err));
	assert_true(look(f, CAMPAIGN_CANCELLED).unsettled);
	OK(campaign_active(f->conn, f->arena, &ids, &n, &f->err));
	assert_int_equal(n, 4);
	assert_false(look(f, CAMPAIGN_RUNNING).unsettled);
}

/* --- people ----------------------------------------------------------------------------------- */

static void test_people_are_walked_and_counted(void **state)
{
	struct fixture *f = *state;
	struct campaign_counts counts;
	struct campaign_member *list;
	struct campaign x = make(f, 7);
	time_ms next;

	add(f, 7, 2, 11, MEMBER_WAITING, "{\"name\":\"Anna\"}");
	add(f, 7, 3, 12, MEMBER_WAITING, NULL);
	add(f, 7, 4, 11, MEMBER_DUPLICATE, NULL);
	add(f, 8, 2, 11, MEMBER_WAITING, NULL);
	assert_int_equal(walk(f, 7, MEMBER_WAITING, &list), 2);
	assert_true(str_eq(list[0].fields, STR("{\"name\":\"Anna\"}")) && !list[0].segment.p);
	assert_true(!list[1].fields.p && str_eq(list[1].segment, STR("odd")));
	assert_true(list[0].due_at == TIME_NONE);
	OK(campaign_next_due(f->conn, 7, &next, &f->err));
	assert_true(next == TIME_NONE);
	list[0].due_at = NOW + 10;
	MEMBER_SET(f, 7, &list[0]);
	OK(campaign_next_due(f->conn, 7, &next, &f->err));
	assert_int_equal(next, NOW + 10);
	assert_int_equal(due(f, 7, NOW, &list), 1);
	assert_int_equal(due(f, 7, NOW + 10, &list), 2);
	/* who was put off comes behind those who were not */
	assert_true(list[0].seq == 3 && list[1].seq == 2 && list[1].due_at == NOW + 10);
	assert_int_equal(walk(f, 7, 0, &list), 3);
	OK(campaign_count(f->conn, 7, &counts, &f->err));
	assert_true(counts.of[MEMBER_WAITING] == 2 && counts.of[MEMBER_DUPLICATE] == 1);
	assert_int_equal(campaign_has_open(f->conn, 7, &f->err), 1);
	assert_int_equal(campaign_member_has(f->conn, 7, 12, &f->err), 1);
	assert_int_equal(campaign_member_has(f->conn, 8, 12, &f->err), 0);
	counts_are_true(f);
	/* who waits in a campaign that is cancelled is cancelled, and no row is touched for it */
	x.state = CAMPAIGN_CANCELLED;
	OK(campaign_update(f->conn, &x, NOW, &f->err));
	OK(campaign_count(f->conn, 7, &counts, &f->err));
	assert_true(counts.of[MEMBER_CANCELLED] == 2 && counts.of[MEMBER_WAITING] == 0);
}

static void test_an_audience_is_open_until_nobody_waits(void **state)
{
	struct fixture *f = *state;
	struct campaign_member *list;

	(void)make(f, 7);
	assert_int_equal(campaign_has_open(f->conn, 7, &f->err), 0);
	add(f, 7, 2, 11, MEMBER_WAITING, NULL);
	assert_int_equal(walk(f, 7, 0, &list), 1);
	static const struct {
		enum campaign_fate fate;
		int open;
	} cases[] = { { MEMBER_QUEUED, 1 }, { MEMBER_GONE, 0 }, { MEMBER_WAITING, 1 },
		{ MEMBER_SUSPENDED, 0 }, { MEMBER_REFUSED, 0 } };
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		list[0].fate = cases[i].fate;
		MEMBER_SET(f, 7, &list[0]);
		if (campaign_has_open(f->conn, 7, &f->err) != cases[i].open)
			fail_msg("%s", campaign_fate_name(cases[i].fate));
		counts_are_true(f);
	}
}

static void test_what_may_send(void **state)
{
	struct fixture *f = *state;
	struct campaign x = make(f, 7);
	char id[ID_TEXT_MAX];

	id_format(CAMPAIGN_PREFIX, 7, id);
	for (int s = CAMPAIGN_LOADING; s <= CAMPAIGN_CANCELLED; s++) {
		x.state = (enum campaign_state)s;
		OK(campaign_update(f->conn, &x, NOW, &f->err));
		assert_int_equal(campaign_may_send(f->conn, str_c(id), &f->err),
		    s == CAMPAIGN_RELEASED || s == CAMPAIGN_RUNNING);
	}
	assert_int_equal(campaign_may_send(f->conn, STR("spring"), &f->err), 1);
}

/* What rows tell is of no use under another row. */
static void test_fields_are_bound_to_their_row(void **state)
{
	struct fixture *f = *state;
	const struct campaign_walk w = { .campaign = 7, .after = -1, .limit = 10 };
	struct campaign_member *list;
	size_t n;

	(void)make(f, 7);
	add(f, 7, 2, 11, MEMBER_WAITING, "{\"name\":\"Anna\"}");
	assert_int_equal(
	    scratch_int(
		f->conn, "SELECT count(*) FROM campaign_member WHERE instr(fields, 'Anna') > 0"),
	    0);
	OK(store_exec(f->conn, "UPDATE campaign_member SET seq = 3", &f->err));
	assert_int_equal(
	    campaign_people(f->conn, &f->key, &w, f->arena, &list, &n, &f->err), -E_CRYPTO);
}

static void test_a_send_leads_to_its_row(void **state)
{
	struct fixture *f = *state;
	struct campaign_member m = { .seq = 2, .fate = MEMBER_QUEUED, .decision = 99 };
	uint64_t campaign = 0;
	int64_t seq = 0;

	(void)make(f, 7);
	add(f, 7, 2, 11, MEMBER_WAITING, NULL);
	assert_int_equal(campaign_of_decision(f->conn, 99, &campaign, &seq, &f->err), 0);
	MEMBER_SET(f, 7, &m);
	assert_int_equal(campaign_of_decision(f->conn, 99, &campaign, &seq, &f->err), 1);
	assert_true(campaign == 7 && seq == 2);
}

static void test_ended_audiences_are_forgotten(void **state)
{
	struct fixture *f = *state;
	struct campaign x = make(f, 7);
	struct campaign_member *list;

	add(f, 7, 2, 11, MEMBER_GONE, "{\"name\":\"Anna\"}");
	assert_int_equal(campaign_purge(f->conn, NOW, &f->err), 0);
	assert_int_equal(walk(f, 7, 0, &list), 1);
	assert_int_equal(list[0].person, 11);
	x.ended_at = NOW - DAY;
	OK(campaign_update(f->conn, &x, NOW, &f->err));
	assert_int_equal(campaign_purge(f->conn, NOW, &f->err), 1);
	assert_int_equal(walk(f, 7, 0, &list), 1);
	assert_true(list[0].person == 0 && !list[0].fields.p && list[0].fate == MEMBER_GONE);
	/* its end is found, and from then on nobody looks at it any more */
	assert_int_equal(campaign_purge(f->conn, NOW, &f->err), 1);
	assert_int_equal(campaign_purge(f->conn, NOW, &f->err), 0);
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM campaign WHERE kept IS NOT NULL"), 0);
}

/* --- the report ------------------------------------------------------------------------------- */

static int64_t figure(const struct json *report, const char *path)
{
	int64_t n = -1;

	(void)json_int(json_path(report, path), &n);
	return n;
}

static void send(struct fixture *f, int64_t seq, int64_t decision, int state)
{
	const struct campaign_member m = { .seq = seq,
		.fate = MEMBER_GONE,
		.decision = (uint64_t)decision,
		.due_at = TIME_NONE,
		.wave = 1,
		.state = state,
		.error_code = state == 15 ? 131026 : 0,
		.decided_at = NOW };

	OK(store_do(f->conn, &f->err,
	    "INSERT INTO decision (id, at, purpose, kind, verdict, mode, state, counted, attempts, policy,"
	    " updated_at, leaf, error_code) VALUES (?1, ?2, 1, 1, 0, 1, ?3, 0, 1, 'p', ?2, 1, ?4)",
	    "imii", decision, NOW, (int64_t)state, (int64_t)(state == 15 ? 131026 : 0)));
	MEMBER_SET(f, 7, &m);
}

static void test_buttons_add_up_by_their_places(void **state)
{
	struct fixture *f = *state;
	struct campaign_button sum[CAMPAIGN_BUTTONS_MAX] = { 0 };

	(void)make(f, 7);
	for (int64_t seq = 1; seq <= 3; seq++)
		add(f, 7, seq, (uint64_t)(10 + seq), MEMBER_WAITING, NULL);
	send(f, 1, 101, 14);
	send(f, 2, 102, 13);
	send(f, 3, 103, 13);
	assert_int_equal(campaign_click(f->conn, 7, 11, 0, STR("Yes"), NOW + 1, &f->err), 1);
	assert_int_equal(campaign_click(f->conn, 7, 12, 0, STR("Yes"), NOW + 1, &f->err), 1);
	assert_int_equal(campaign_click(f->conn, 7, 13, 2, STR("No"), NOW + 1, &f->err), 1);
	assert_int_equal(
	    campaign_click(f->conn, 7, 13, CAMPAIGN_BUTTONS_MAX, STR("?"), NOW + 1, &f->err), 1);
	for (int i = 0; i < 2; i++)
		OK(campaign_add_buttons(f->conn, 7, 0, f->arena, sum, &f->err));
	assert_int_equal(sum[0].clicks, 4);
	assert_int_equal(sum[1].clicks, 0);
	assert_int_equal(sum[2].clicks, 2);
	assert_true(str_eq(sum[2].title, STR("No")));
	OK(campaign_add_buttons(f->conn, 7, 1, f->arena, sum, &f->err));
	assert_int_equal(sum[0].clicks, 4);
}

static void test_a_report_counts_what_came_of_it(void **state)
{
	struct fixture *f = *state;
	struct campaign x = make(f, 7);
	const struct json *report;
	struct json_writer w;
	struct buf text;

	for (int64_t seq = 1; seq <= 6; seq++)
		add(f, 7, seq, (uint64_t)(10 + seq), MEMBER_WAITING, NULL);
	send(f, 1, 101, 14); /* read */
	send(f, 2, 102, 13);
	send(f, 3, 103, 15);
	send(f, 4, 104, 4);
	assert_int_equal(campaign_click(f->conn, 7, 11, 0, STR("Yes"), NOW + 1, &f->err), 1);
	assert_int_equal(campaign_click(f->conn, 7, 11, 0, STR("Yes"), NOW + 2, &f->err), 0);
	assert_int_equal(campaign_click(f->conn, 7, 16, 0, STR("Yes"), NOW + 2, &f->err), 0);
	OK(store_exec(f->conn,
	    "INSERT INTO consent (person, seq, purpose, act, at, evidence, leaf)"
	    " VALUES (12, 1, 1, 2, 1795341600001, 0, 1)",
	    &f->err));
	OK(campaign_tally_withdrew(f->conn, 12, &f->err));
	buf_init(&text, 0);
	jw_init(&w, &text);
	jw_object(&w);
	OK(campaign_report_write(f->conn, &x, NOW, f->arena, &w, &f->err));
	jw_object_end(&w);
	OK(json_read(f->arena, buf_str(&text), &report, &f->err));
	buf_done(&text);
	static const struct {
		const char *path;
		int64_t n;
	} cases[] = {
		{ "totals.people", 6 },
		{ "totals.waiting", 2 },
		{ "totals.sent", 2 },
		{ "totals.delivered", 2 },
		{ "totals.read", 1 },
		{ "totals.failed", 1 },
		{ "totals.unknown", 1 },
		{ "totals.clicks", 1 },
		{ "totals.opt_outs", 1 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (figure(report, cases[i].path) != cases[i].n)
			fail_msg(
			    "%s is %lld", cases[i].path, (long long)figure(report, cases[i].path));
	}
	assert_int_equal(json_len(json_get(report, "segments")), 2);
	assert_int_equal(json_len(json_get(report, "waves")), 2);
	assert_true(
	    str_eq(json_str(json_get(json_at(json_get(report, "templates"), 0), "template")),
		STR("spring_offer")));
	assert_int_equal(figure(json_at(json_get(report, "errors"), 0), "code"), 131026);
	assert_true(str_eq(
	    json_str(json_get(json_at(json_get(report, "buttons"), 0), "title")), STR("Yes")));
}

static const struct json *templates_of(struct fixture *f, const char *plan)
{
	struct campaign x = { .id = 7 };
	const struct json *report;
	struct json_writer w;
	struct buf text;

	assert_int_equal(campaign_get(f->conn, 7, f->arena, &x, &f->err), 1);
	x.plan = str_c(plan);
	buf_init(&text, 0);
	jw_init(&w, &text);
	jw_object(&w);
	OK(campaign_report_write(f->conn, &x, NOW, f->arena, &w, &f->err));
	jw_object_end(&w);
	OK(json_read(f->arena, buf_str(&text), &report, &f->err));
	buf_done(&text);
	return json_get(report, "templates");
}

static void is_template(
    const struct json *list, size_t at, const char *name, int64_t people, int64_t sent)
{
	const struct json *x = json_at(list, at);

	if (name)
		assert_true(str_eq_c(json_str(json_get(x, "template")), name));
	else
		assert_null(json_str(json_get(x, "template")).p);
	assert_int_equal(figure(x, "people"), people);
	assert_int_equal(figure(x, "sent"), sent);
}

/* Who gets which of several is known when it is put on record. */
static void test_whoever_got_no_template_yet(void **state)
{
	static const char two[] = "{\"templates\":[{\"name\":\"a\"},{\"name\":\"b\"}]}",
			  one[] = "{\"templates\":[{\"name\":\"a\"}]}";
	struct fixture *f = *state;
	const struct json *list;

	(void)make(f, 7);
	for (int64_t seq = 1; seq <= 5; seq++)
		add(f, 7, seq, (uint64_t)(10 + seq), MEMBER_WAITING, NULL);
	list = templates_of(f, two);
	assert_int_equal(json_len(list), 1);
	is_template(list, 0, NULL, 5, 0);
	is_template(templates_of(f, one), 0, "a", 5, 0);
	send(f, 1, 101, 14);
	list = templates_of(f, two);
	assert_int_equal(json_len(list), 2);
	is_template(list, 0, "a", 1, 1);
	is_template(list, 1, NULL, 4, 0);
	list = templates_of(f, one);
	assert_int_equal(json_len(list), 1);
	is_template(list, 0, "a", 5, 1);
	/* and where rows are counted one by one */
	OK(store_exec(f->conn,
	    "INSERT INTO campaign_counting (one, campaign, seq) VALUES (1, 0, -1)", &f->err));
	list = templates_of(f, two);
	is_template(list, 0, "a", 1, 1);
	is_template(list, 1, NULL, 4, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_what_was_written_is_read),
		FIXTURE_TEST(test_states_have_one_door),
		FIXTURE_TEST(test_lists_and_active_ones),
		FIXTURE_TEST(test_people_are_walked_and_counted),
		FIXTURE_TEST(test_an_audience_is_open_until_nobody_waits),
		FIXTURE_TEST(test_what_may_send),
		FIXTURE_TEST(test_fields_are_bound_to_their_row),
		FIXTURE_TEST(test_a_send_leads_to_its_row),
		FIXTURE_TEST(test_ended_audiences_are_forgotten),
		FIXTURE_TEST(test_a_report_counts_what_came_of_it),
		FIXTURE_TEST(test_whoever_got_no_template_yet),
		FIXTURE_TEST(test_buttons_add_up_by_their_places),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

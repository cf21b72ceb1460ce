#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "domain/campaign_people.h"
#include "domain/campaign_report.h"
#include "domain/consent.h"
#include "domain/fixture.h"
#include "domain/journal.h"
#include "domain/source_list.h"

/* A test's sums: written as the writer does, before each look. */
static struct campaign_sums *sums;

static void write_sums(struct fixture *f)
{
	OK(campaign_sums_write(sums, f->conn, &f->err));
}

/* --- what must be true ------------------------------------------------------------------------- */

static void groups_are_same(const char *when, uint64_t campaign, enum campaign_group by,
    const struct campaign_sum *kept, size_t kept_len, const struct campaign_sum *counted,
    size_t counted_len)
{
	if (kept_len != counted_len)
		fail_msg("%s: %zu groups of kind %d in campaign %d, not %zu", when, kept_len, by,
		    (int)campaign, counted_len);
	for (size_t i = 0; i < kept_len; i++) {
		const struct campaign_sum *x = &kept[i], *y = &counted[i];
		if (!str_eq(x->name, y->name) || x->number != y->number)
			fail_msg("%s: group %zu of kind %d", when, i, by);
		for (int n = 0; n < CAMPAIGN_FIGURES; n++) {
			if (x->n[n] != y->n[n])
				fail_msg(
				    "%s: figure %d of %.*s/%d, kind %d, campaign %d: %d, not %d",
				    when, n, STR_ARG(x->name), (int)x->number, by, (int)campaign,
				    (int)x->n[n], (int)y->n[n]);
		}
	}
}

static void campaign_is_true(struct fixture *f, const char *when, uint64_t campaign)
{
	struct campaign_sums *live, *again;

	OK(campaign_sums_new(&live, &f->err));
	OK(campaign_sums_new(&again, &f->err));
	OK(campaign_tally_live(f->conn, campaign, live, &f->err));
	OK(campaign_tally_recount(f->conn, campaign, again, &f->err));
	for (enum campaign_group by = CAMPAIGN_ALL; by <= BY_ERROR; by++) {
		const struct campaign_asked ask = {
			.campaign = campaign, .by = by, .after = STR_NONE, .limit = 100
		};
		struct campaign_sum *kept, *counted;
		size_t n, m;
		if (!campaign && by != BY_SOURCE)
			continue;
		OK(campaign_sums_read(f->conn, live, &ask, f->arena, &kept, &n, &f->err));
		OK(campaign_sums_read(NULL, again, &ask, f->arena, &counted, &m, &f->err));
		groups_are_same(when, campaign, by, kept, n, counted, m);
	}
	campaign_sums_free(&live);
	campaign_sums_free(&again);
}

static void is_none(struct fixture *f, const char *when, const char *what, int64_t n)
{
	(void)f;
	if (n)
		fail_msg("%s: %d %s differ", when, (int)n, what);
}

/* What is kept says what counting says. */
static void look(struct fixture *f, const char *when)
{
	write_sums(f);
	for (uint64_t campaign = 0; campaign <= 3; campaign++)
		campaign_is_true(f, when, campaign);
	is_none(f, when, "fates",
	    scratch_int(f->conn,
		"SELECT count(*) FROM (SELECT campaign, fate, count(*) AS n FROM campaign_member"
		" GROUP BY campaign, fate) AS x LEFT JOIN campaign_fate y ON y.campaign = x.campaign"
		" AND y.fate = x.fate WHERE y.people IS NULL OR y.people <> x.n"));
	is_none(f, when, "times of grants",
	    scratch_int(f->conn,
		"SELECT (SELECT count(*) FROM (SELECT m.source, k.at, count(*) AS n FROM campaign_member m"
		" JOIN consent k ON k.person = m.person WHERE m.source IS NOT NULL AND k.act = 1"
		" AND m.figure IS NOT NULL"
		" GROUP BY m.source, k.at) AS x LEFT JOIN source_grant g ON g.source = x.source"
		" AND g.at = x.at WHERE g.people IS NULL OR g.people <> x.n)"
		" + (SELECT coalesce(sum(people), 0) FROM source_grant)"
		" - (SELECT count(*) FROM campaign_member m JOIN consent k ON k.person = m.person"
		" WHERE m.source IS NOT NULL AND k.act = 1 AND m.figure IS NOT NULL)"
		" + (SELECT count(*) FROM source_grant WHERE people <= 0)"));
	is_none(f, when, "buttons",
	    scratch_int(f->conn,
		"SELECT count(*) FROM (SELECT m.campaign, m.variant, k.button, max(k.title) AS t,"
		" count(*) AS n FROM campaign_click k JOIN campaign_member m ON m.campaign = k.campaign"
		" AND m.seq = k.seq WHERE m.figure IS NOT NULL GROUP BY m.campaign, m.variant, k.button)"
		" AS x LEFT JOIN campaign_press p ON p.campaign = x.campaign AND p.variant = x.variant"
		" AND p.button = x.button WHERE p.people IS NULL OR p.people <> x.n"
		" OR p.title <> x.t"));
}

/* All that moved is counted: nothing is live any more. */
static void settle(struct fixture *f, const char *when)
{
	write_sums(f);
	while (campaign_tally_settle(f->conn, sums, &f->err) > 0)
		continue;
	look(f, when);
	is_none(f, when, "decisions that moved",
	    scratch_int(f->conn, "SELECT count(*) FROM campaign_moved"));
}

/* --- what happens ------------------------------------------------------------------------------ */

static void campaign(struct fixture *f, uint64_t id, enum campaign_state state)
{
	const struct campaign x = { .id = id,
		.at = NOW,
		.state = state,
		.name = STR("x"),
		.number = STR("1"),
		.waba = STR("2"),
		.plan = STR("{}"),
		.by = STR("admin"),
		.approved_at = TIME_NONE,
		.released_at = TIME_NONE,
		.starts_at = TIME_NONE,
		.ended_at = state == CAMPAIGN_DONE ? NOW - 100 * DAY : TIME_NONE,
		.next_at = TIME_NONE,
		.preflight_at = TIME_NONE };

	OK(campaign_add(f->conn, &x, &f->err));
	OK(campaign_update(f->conn, &x, NOW, &f->err));
}

static struct campaign_member row(int64_t seq, uint64_t person, const char *source)
{
	return (struct campaign_member){
		.seq = seq,
		.person = person,
		.fate = person ? MEMBER_WAITING : MEMBER_INVALID,
		.source = str_c(source),
		.segment = seq % 2 ? STR("odd") : STR_NONE,
		.due_at = TIME_NONE,
	};
}

static struct campaign_member add(
    struct fixture *f, uint64_t of, int64_t seq, uint64_t person, const char *source)
{
	struct campaign_member m = row(seq, person, source);

	OK(campaign_member_add(f->conn, &f->key, sums, of, &m, &f->err));
	write_sums(f);
	return m;
}

static void set(struct fixture *f, uint64_t of, const struct campaign_member *m)
{
	OK(campaign_member_set(f->conn, sums, of, m, &f->err));
	write_sums(f);
}

static void queue(
    struct fixture *f, uint64_t of, struct campaign_member *m, uint64_t decision, time_ms at)
{
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO decision (id, at, purpose, kind, verdict, mode, state, counted, attempts, policy,"
	    " updated_at, leaf) VALUES (?1, ?2, 1, 1, 0, 1, 1, 0, 1, 'p', ?2, 1)",
	    "im", (int64_t)decision, at));
	m->fate = MEMBER_QUEUED;
	m->decision = decision;
	m->state = SEND_HELD;
	m->wave = 1;
	m->decided_at = at;
	set(f, of, m);
}

static void move(struct fixture *f, uint64_t decision, enum send_state to, int64_t code)
{
	OK(store_do(f->conn, &f->err,
	    "UPDATE decision SET state = ?2, error_code = ?3 WHERE id = ?1", "iii",
	    (int64_t)decision, (int64_t)to, code));
}

/* By a webhook. */
static void tell(struct fixture *f, uint64_t decision, enum send_state to, int64_t code)
{
	move(f, decision, to, code);
	OK(campaign_sums_moved(sums, decision, &f->err));
}

static void leave(struct fixture *f, uint64_t of, struct campaign_member *m, enum send_state state)
{
	move(f, m->decision, state, 0);
	m->fate = MEMBER_GONE;
	m->state = state;
	set(f, of, m);
}

static void act(struct fixture *f, uint64_t person, enum consent_act what, time_ms at)
{
	const struct consent_entry e = {
		.person = person,
		.purpose = PURPOSE_MARKETING,
		.act = what,
		.at = at,
		.evidence = what == CONSENT_GRANT ? EVIDENCE_FORM : EVIDENCE_NONE,
	};
	bool fresh;

	OK(consent_append(f->conn, &f->ledger, &e, NOW, &fresh, &f->err));
}

static int64_t figure(struct fixture *f, uint64_t of, enum campaign_figure which)
{
	const struct campaign_asked ask = {
		.campaign = of, .by = CAMPAIGN_ALL, .after = STR_NONE, .limit = 1
	};
	struct campaign_sums *live;
	struct campaign_sum *list;
	size_t n;

	OK(campaign_sums_new(&live, &f->err));
	OK(campaign_tally_live(f->conn, of, live, &f->err));
	OK(campaign_sums_read(f->conn, live, &ask, f->arena, &list, &n, &f->err));
	campaign_sums_free(&live);
	return n ? list[0].n[which] : 0;
}

/* --- tests ------------------------------------------------------------------------------------- */

static void test_a_send_from_its_row_to_its_end(void **state)
{
	struct fixture *f = *state;

	campaign(f, 1, CAMPAIGN_RUNNING);
	struct campaign_member a = add(f, 1, 2, 11, "fair"), b = add(f, 1, 3, 12, "fair"),
			       c = add(f, 1, 4, 13, "shop"), d = add(f, 1, 5, 14, NULL);
	(void)add(f, 1, 6, 0, "shop");
	look(f, "filled");
	b.due_at = NOW + HOUR;
	b.rule = STR("quiet.hours");
	set(f, 1, &b);
	look(f, "put off");
	queue(f, 1, &a, 1001, NOW);
	queue(f, 1, &b, 1002, NOW);
	queue(f, 1, &c, 1003, NOW);
	queue(f, 1, &d, 1004, NOW);
	look(f, "on record");
	assert_int_equal(figure(f, 1, CAMPAIGN_UNDER_WAY), 4);
	/* nobody has looked at what became of them yet, and the figures say it all the same */
	move(f, 1001, SEND_ACCEPTED, 0);
	move(f, 1002, SEND_FAILED, 131026);
	tell(f, 1003, SEND_DELIVERED, 0);
	look(f, "left");
	assert_true(figure(f, 1, CAMPAIGN_SENT) == 1 && figure(f, 1, CAMPAIGN_DELIVERED) == 1);
	assert_int_equal(figure(f, 1, CAMPAIGN_FAILED), 1);
	leave(f, 1, &a, SEND_ACCEPTED);
	leave(f, 1, &c, SEND_DELIVERED);
	b.error_code = 131026;
	b.fate = MEMBER_GONE;
	b.state = SEND_FAILED;
	set(f, 1, &b);
	d.fate = MEMBER_REFUSED;
	d.state = SEND_REFUSED;
	d.rule = STR("consent.missing");
	move(f, 1004, SEND_REFUSED, 0);
	set(f, 1, &d);
	look(f, "settled");
	tell(f, 1001, SEND_DELIVERED, 0);
	tell(f, 1001, SEND_READ, 0);
	tell(f, 1002, SEND_DELIVERED, 0);
	tell(f, 1003, SEND_READ, 0);
	tell(f, 9999, SEND_READ, 0); /* of no row */
	look(f, "told");
	assert_int_equal(figure(f, 1, CAMPAIGN_READ), 2);
	settle(f, "told and counted");
	tell(f, 1003, SEND_FAILED, 131049);
	look(f, "failed");
	settle(f, "failed and counted");
	assert_int_equal(figure(f, 1, CAMPAIGN_FAILED), 1);
}

static void test_who_is_held_cancelled_or_comes_again(void **state)
{
	struct fixture *f = *state;

	campaign(f, 1, CAMPAIGN_RUNNING);
	struct campaign_member a = add(f, 1, 2, 11, "fair"), b = add(f, 1, 3, 12, "fair"),
			       c = add(f, 1, 4, 13, "shop");
	queue(f, 1, &a, 1001, NOW);
	queue(f, 1, &b, 1002, NOW);
	queue(f, 1, &c, 1003, NOW);
	move(f, 1001, SEND_CANCELLED, 0);
	a.fate = MEMBER_WAITING;
	a.decision = 0;
	set(f, 1, &a);
	look(f, "called back");
	assert_int_equal(figure(f, 1, CAMPAIGN_WAITING), 1);
	a.variant = 1;
	queue(f, 1, &a, 1004, NOW + 1);
	look(f, "on record once more, by another template");
	move(f, 1002, SEND_EXPIRED, 0);
	b.fate = MEMBER_EXPIRED;
	b.state = SEND_EXPIRED;
	set(f, 1, &b);
	move(f, 1003, SEND_CANCELLED, 0);
	c.fate = MEMBER_CANCELLED;
	c.state = SEND_CANCELLED;
	set(f, 1, &c);
	look(f, "ended");
	assert_int_equal(figure(f, 1, CAMPAIGN_NOT_SENT), 2);
	tell(f, 1001, SEND_DELIVERED, 0); /* of a row that left it */
	settle(f, "told of what is no more");
}

static void test_opt_outs(void **state)
{
	struct fixture *f = *state;

	campaign(f, 1, CAMPAIGN_RUNNING);
	struct campaign_member a = add(f, 1, 2, 11, "fair"), b = add(f, 1, 3, 12, "fair"),
			       c = add(f, 1, 4, 13, "shop"), d = add(f, 1, 5, 14, "shop");
	act(f, 11, CONSENT_GRANT, NOW - 30 * DAY);
	act(f, 11, CONSENT_WITHDRAW, NOW - 20 * DAY); /* before */
	queue(f, 1, &a, 1001, NOW - 10 * DAY);
	queue(f, 1, &b, 1002, NOW - 10 * DAY);
	queue(f, 1, &c, 1003, NOW - HOUR);
	leave(f, 1, &a, SEND_READ);
	leave(f, 1, &b, SEND_READ);
	act(f, 11, CONSENT_WITHDRAW, NOW - 2 * DAY); /* too late */
	look(f, "none in time");
	assert_int_equal(figure(f, 1, CAMPAIGN_OPT_OUTS), 0);
	act(f, 12, CONSENT_WITHDRAW, NOW - 4 * DAY);
	act(f, 12, CONSENT_WITHDRAW, NOW - 5 * DAY);
	look(f, "one in time, twice");
	act(f, 13, CONSENT_WITHDRAW, NOW);
	look(f, "not settled yet");
	assert_int_equal(figure(f, 1, CAMPAIGN_OPT_OUTS), 1);
	leave(f, 1, &c, SEND_ACCEPTED);
	look(f, "settled");
	assert_int_equal(figure(f, 1, CAMPAIGN_OPT_OUTS), 2);
	act(f, 14, CONSENT_WITHDRAW, NOW + MINUTE); /* by a clock that is ahead */
	d.opted_out = true;
	queue(f, 1, &d, 1004, NOW);
	leave(f, 1, &d, SEND_ACCEPTED);
	look(f, "ahead");
	assert_int_equal(figure(f, 1, CAMPAIGN_OPT_OUTS), 3);
}

static void test_clicks(void **state)
{
	struct fixture *f = *state;

	campaign(f, 1, CAMPAIGN_RUNNING);
	struct campaign_member a = add(f, 1, 2, 11, "fair"), b = add(f, 1, 3, 12, "fair");
	queue(f, 1, &a, 1001, NOW);
	queue(f, 1, &b, 1002, NOW);
	leave(f, 1, &a, SEND_READ);
	assert_int_equal(campaign_click(f->conn, 1, 11, 0, STR("Show"), NOW, &f->err), 1);
	assert_int_equal(campaign_click(f->conn, 1, 11, 0, STR("Show"), NOW, &f->err), 0);
	assert_int_equal(campaign_click(f->conn, 1, 11, 1, STR_NONE, NOW, &f->err), 1);
	assert_int_equal(campaign_click(f->conn, 1, 12, 0, STR("Zeig"), NOW, &f->err), 1);
	assert_int_equal(campaign_click(f->conn, 1, 13, 0, STR("Show"), NOW, &f->err), 0);
	look(f, "pressed");
	assert_int_equal(figure(f, 1, CAMPAIGN_CLICKS), 2);
	b.variant = 1;
	set(f, 1, &b);
	assert_int_equal(
	    scratch_int(
		f->conn, "SELECT sum(people) FROM campaign_press WHERE variant = 1 AND button = 0"),
	    1);
	assert_int_equal(
	    scratch_int(
		f->conn, "SELECT sum(people) FROM campaign_press WHERE variant = 0 AND button = 0"),
	    1);
}

static void test_grants(void **state)
{
	struct fixture *f = *state;
	struct source_list *l;
	size_t n;
	bool more;

	act(f, 11, CONSENT_GRANT, NOW - 30 * DAY);
	campaign(f, 1, CAMPAIGN_RUNNING);
	campaign(f, 2, CAMPAIGN_RUNNING);
	(void)add(f, 1, 2, 11, "fair");
	(void)add(f, 1, 3, 12, "fair");
	(void)add(f, 2, 2, 11, "fair");
	act(f, 12, CONSENT_GRANT, NOW - 30 * DAY);
	act(f, 12, CONSENT_GRANT, NOW - DAY);
	act(f, 13, CONSENT_GRANT, NOW);
	look(f, "granted");
	OK(source_lists(f->conn, STR_NONE, 10, f->arena, &l, &n, &more, &f->err));
	assert_true(n == 1 && l[0].people == 3);
	assert_true(l[0].oldest == NOW - 30 * DAY && l[0].newest == NOW - DAY);
}

static void erase(struct fixture *f, uint64_t person)
{
	OK(campaign_tally_erase(f->conn, person, &f->err));
	OK(store_do(
	    f->conn, &f->err, "DELETE FROM consent WHERE person = ?1", "i", (int64_t)person));
}

static void test_a_person_is_erased(void **state)
{
	struct fixture *f = *state;

	campaign(f, 1, CAMPAIGN_RUNNING);
	campaign(f, 2, CAMPAIGN_RUNNING);
	struct campaign_member a = add(f, 1, 2, 11, "fair"), b = add(f, 2, 2, 11, "shop"),
			       c = add(f, 1, 3, 12, "fair");
	act(f, 11, CONSENT_GRANT, NOW - 30 * DAY);
	act(f, 12, CONSENT_GRANT, NOW - 30 * DAY);
	queue(f, 1, &a, 1001, NOW - DAY);
	leave(f, 1, &a, SEND_READ);
	act(f, 11, CONSENT_WITHDRAW, NOW - HOUR);
	assert_int_equal(campaign_click(f->conn, 1, 11, 0, STR("Show"), NOW, &f->err), 1);
	queue(f, 1, &c, 1002, NOW);
	look(f, "before");
	erase(f, 11);
	look(f, "one who left, and waited elsewhere");
	/* what came of the campaign stays */
	assert_true(figure(f, 1, CAMPAIGN_OPT_OUTS) == 1 && figure(f, 1, CAMPAIGN_CLICKS) == 1);
	assert_int_equal(figure(f, 2, CAMPAIGN_NOT_SENT), 1);
	move(f, 1002, SEND_FAILED, 131026);
	erase(f, 12);
	look(f, "one on record");
	assert_int_equal(figure(f, 1, CAMPAIGN_FAILED), 1);
	tell(f, 1002, SEND_DELIVERED, 0);
	look(f, "and told of later");
	settle(f, "and counted");
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM source_grant"), 0);
	erase(f, 77);
	(void)b;
}

static void test_two_people_are_one(void **state)
{
	struct fixture *f = *state;

	campaign(f, 1, CAMPAIGN_RUNNING);
	struct campaign_member a = add(f, 1, 2, 11, "fair"), b = add(f, 1, 3, 12, "shop");
	act(f, 11, CONSENT_GRANT, NOW - 30 * DAY);
	act(f, 12, CONSENT_GRANT, NOW - 30 * DAY);
	act(f, 12, CONSENT_GRANT, NOW - 20 * DAY);
	queue(f, 1, &a, 1001, NOW - DAY);
	leave(f, 1, &a, SEND_READ);
	act(f, 12, CONSENT_WITHDRAW, NOW - HOUR);
	look(f, "two");
	assert_int_equal(figure(f, 1, CAMPAIGN_OPT_OUTS), 0);
	OK(campaign_tally_merging(f->conn, 11, 12, &f->err));
	OK(store_exec(f->conn,
	    "UPDATE consent SET person = 11, seq = seq + 10 WHERE person = 12;"
	    "UPDATE campaign_member SET person = 11 WHERE person = 12",
	    &f->err));
	OK(campaign_tally_merged(f->conn, 11, &f->err));
	look(f, "one");
	assert_int_equal(figure(f, 1, CAMPAIGN_OPT_OUTS), 1);
	(void)b;
}

static void test_lists_are_suspended(void **state)
{
	struct fixture *f = *state;
	int64_t people;

	campaign(f, 1, CAMPAIGN_RUNNING);
	campaign(f, 2, CAMPAIGN_RUNNING);
	for (int64_t i = 0; i < 5; i++) {
		(void)add(f, 1, i, (uint64_t)(20 + i), i % 2 ? "fair" : "shop");
		(void)add(f, 2, i, (uint64_t)(20 + i), "fair");
	}
	OK(source_list_suspend(
	    f->conn, STR("fair"), STR("admin"), STR_NONE, NOW, &people, &f->err));
	look(f, "suspended");
	assert_int_equal(figure(f, 2, CAMPAIGN_NOT_SENT), 5);
	OK(source_list_resume(f->conn, STR("fair"), &people, &f->err));
	look(f, "given back");
	assert_int_equal(figure(f, 2, CAMPAIGN_WAITING), 5);
}

static void test_an_audience_is_forgotten(void **state)
{
	struct fixture *f = *state;

	campaign(f, 1, CAMPAIGN_DONE);
	campaign(f, 2, CAMPAIGN_RUNNING);
	struct campaign_member a = add(f, 1, 2, 11, "fair");
	(void)add(f, 1, 3, 12, "fair");
	(void)add(f, 2, 3, 12, "fair");
	act(f, 11, CONSENT_GRANT, NOW - 30 * DAY);
	act(f, 12, CONSENT_GRANT, NOW - 20 * DAY);
	queue(f, 1, &a, 1001, NOW - DAY);
	leave(f, 1, &a, SEND_READ);
	act(f, 11, CONSENT_WITHDRAW, NOW - HOUR);
	OK(store_exec(f->conn, "UPDATE campaign SET kept = 0 WHERE id = 1", &f->err));
	while (campaign_purge(f->conn, NOW, &f->err) > 0)
		look(f, "forgotten");
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(person) FROM campaign_member WHERE campaign = 1"),
	    0);
	assert_int_equal(figure(f, 1, CAMPAIGN_OPT_OUTS), 1);
	assert_int_equal(scratch_int(f->conn, "SELECT min(at) FROM source_grant"), NOW - 20 * DAY);
}

/* A transaction that does not come about leaves figures as they were. */
static void test_what_is_undone_counts_nothing(void **state)
{
	struct fixture *f = *state;

	campaign(f, 1, CAMPAIGN_RUNNING);
	struct campaign_member a = add(f, 1, 2, 11, "fair"), m = row(3, 12, "fair");
	OK(store_commit(f->conn, &f->err));
	OK(store_begin(f->conn, &f->err));
	OK(campaign_member_add(f->conn, &f->key, sums, 1, &m, &f->err));
	a.fate = MEMBER_SUSPENDED;
	OK(campaign_member_set(f->conn, sums, 1, &a, &f->err));
	OK(campaign_sums_moved(sums, 1001, &f->err));
	store_rollback(f->conn);
	campaign_sums_undo(sums);
	OK(store_begin(f->conn, &f->err));
	look(f, "undone before it was written");
	OK(campaign_member_add(f->conn, &f->key, sums, 1, &m, &f->err));
	write_sums(f);
	store_rollback(f->conn);
	campaign_sums_undo(sums);
	OK(store_begin(f->conn, &f->err));
	look(f, "undone after");
	assert_int_equal(figure(f, 1, CAMPAIGN_PEOPLE), 1);
	OK(store_exec(f->conn,
	    "DELETE FROM campaign; DELETE FROM campaign_member; DELETE FROM campaign_fate;"
	    "DELETE FROM campaign_sum",
	    &f->err));
	OK(store_commit(f->conn, &f->err));
}

static void forget_figures(struct fixture *f)
{
	write_sums(f);
	OK(store_exec(f->conn,
	    "UPDATE campaign_member SET figure = NULL, code = NULL, marks = NULL;"
	    "DELETE FROM campaign_sum; DELETE FROM campaign_moved; DELETE FROM campaign_press;"
	    "DELETE FROM source_grant;"
	    "INSERT INTO campaign_counting (one, campaign, seq) VALUES (1, 0, -1)",
	    &f->err));
}

static void fill_old_store(struct fixture *f, struct campaign_member m[12])
{
	campaign(f, 1, CAMPAIGN_RUNNING);
	campaign(f, 2, CAMPAIGN_DONE);
	for (int64_t i = 0; i < 6; i++) {
		act(f, (uint64_t)(11 + i), CONSENT_GRANT, NOW - (20 + i) * DAY);
		m[i] = add(f, 1, i, (uint64_t)(11 + i), i % 2 ? "fair" : "shop");
		m[6 + i] = add(f, 2, i, (uint64_t)(11 + i), i % 3 ? "fair" : NULL);
		queue(f, 2, &m[6 + i], (uint64_t)(2000 + i), NOW - DAY);
		leave(f, 2, &m[6 + i], i % 2 ? SEND_READ : SEND_FAILED);
	}
	assert_int_equal(campaign_click(f->conn, 2, 12, 0, STR("Show"), NOW, &f->err), 1);
	act(f, 13, CONSENT_WITHDRAW, NOW - HOUR);
	look(f, "as it was");
	forget_figures(f);
}

/* A store of before there were figures, used while it is counted. */
static void test_an_old_store_is_counted_once(void **state)
{
	struct fixture *f = *state;
	struct campaign_member m[12];
	int64_t people;

	fill_old_store(f, m);
	assert_int_equal(campaign_tally_is_whole(f->conn, &f->err), 0);
	assert_int_equal(campaign_tally_is_behind(f->conn, &f->err), 1);
	queue(f, 1, &m[0], 1000, NOW);
	leave(f, 1, &m[0], SEND_ACCEPTED);
	(void)add(f, 1, 20, 40, "fair");
	act(f, 11, CONSENT_WITHDRAW, NOW);
	act(f, 12, CONSENT_GRANT, NOW);
	assert_int_equal(campaign_click(f->conn, 2, 12, 1, STR("Show"), NOW, &f->err), 1);
	assert_int_equal(campaign_click(f->conn, 2, 14, 0, STR("Show"), NOW, &f->err), 1);
	tell(f, 2005, SEND_READ, 0);
	erase(f, 15);
	OK(source_list_suspend(
	    f->conn, STR("shop"), STR("admin"), STR_NONE, NOW, &people, &f->err));
	write_sums(f);
	while (campaign_tally_settle(f->conn, sums, &f->err) > 0)
		continue;
	while (campaign_tally_catch_up(f->conn, sums, &f->err) > 0)
		continue;
	assert_int_equal(campaign_tally_is_whole(f->conn, &f->err), 1);
	assert_int_equal(campaign_tally_is_behind(f->conn, &f->err), 0);
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM campaign_member WHERE figure IS NULL"), 0);
	look(f, "counted");
	assert_int_equal(campaign_tally_catch_up(f->conn, sums, &f->err), 0);
}

static void test_figures_of_rows(void **state)
{
	static const struct {
		enum campaign_fate fate;
		int64_t state;
		enum campaign_figure figure;
	} cases[] = {
		{ MEMBER_WAITING, 0, CAMPAIGN_WAITING },
		{ MEMBER_QUEUED, SEND_HELD, CAMPAIGN_UNDER_WAY },
		{ MEMBER_QUEUED, SEND_STORED_AT_ONCE, CAMPAIGN_UNDER_WAY },
		{ MEMBER_GONE, SEND_UNRESOLVED, CAMPAIGN_UNKNOWN },
		{ MEMBER_GONE, SEND_READ, CAMPAIGN_READ },
		{ MEMBER_REFUSED, 0, CAMPAIGN_REFUSED },
		{ MEMBER_REFUSED, SEND_REFUSED, CAMPAIGN_REFUSED },
		{ MEMBER_INVALID, 0, CAMPAIGN_NOT_SENT },
		{ MEMBER_GONE, 99, CAMPAIGN_NOT_SENT },
		{ MEMBER_GONE, 5, CAMPAIGN_NOT_SENT },
		{ MEMBER_FORGOTTEN, SEND_CANCELLED, CAMPAIGN_NOT_SENT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(
		    campaign_figure_of((int64_t)cases[i].fate, cases[i].state), cases[i].figure);
}

/* --- faults ------------------------------------------------------------------------------------ */

static int one_of_each(struct fixture *f)
{
	struct campaign_member m = row(2, 11, "fair");
	int r = campaign_member_add(f->conn, &f->key, sums, 1, &m, &f->err);

	m.variant = 1;
	if (r == 0)
		r = campaign_member_set(f->conn, sums, 1, &m, &f->err);
	if (r == 0)
		r = campaign_sums_moved(sums, 1001, &f->err);
	if (r == 0)
		r = campaign_sums_write(sums, f->conn, &f->err);
	if (r == 0)
		r = campaign_tally_settle(f->conn, sums, &f->err) > 0 ? 0 : -E_STORE;
	if (r == 0)
		r = campaign_tally_erase(f->conn, 11, &f->err);
	campaign_sums_undo(sums);
	return r;
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, one_of_each);
}

static int open_sums(void **state)
{
	int r = fixture_open(state);
	struct err err = { 0 };

	return r != 0 ? r : campaign_sums_new(&sums, &err);
}

static int close_sums(void **state)
{
	campaign_sums_free(&sums);
	return fixture_close(state);
}

static int undo(void **state)
{
	campaign_sums_undo(sums);
	return fixture_rollback(state);
}

#define TALLY_TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_begin, undo)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TALLY_TEST(test_figures_of_rows),
		TALLY_TEST(test_a_send_from_its_row_to_its_end),
		TALLY_TEST(test_who_is_held_cancelled_or_comes_again),
		TALLY_TEST(test_opt_outs),
		TALLY_TEST(test_clicks),
		TALLY_TEST(test_grants),
		TALLY_TEST(test_a_person_is_erased),
		TALLY_TEST(test_two_people_are_one),
		TALLY_TEST(test_lists_are_suspended),
		TALLY_TEST(test_an_audience_is_forgotten),
		TALLY_TEST(test_what_is_undone_counts_nothing),
		TALLY_TEST(test_an_old_store_is_counted_once),
		TALLY_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, open_sums, close_sums);
}

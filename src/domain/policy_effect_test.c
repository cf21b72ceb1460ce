#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "domain/fixture.h"
#include "domain/message.h"
#include "domain/policy_effect.h"

#define ALICE 1
#define NEVER INT64_MAX

/* One decision a minute back from NOW; `findings` as decision_write_stored has them. */
struct past {
	enum purpose purpose;
	enum verdict verdict;
	const char *findings; /* NULL: every rule passed */
	time_ms ago;
};

static void add(struct fixture *f, const struct past *p)
{
	uint64_t id = id_next(&f->ids, NOW - p->ago);

	OK(store_do(f->conn, &f->err,
	    "INSERT INTO decision (id, at, app, number, waba, person, purpose, kind, template, verdict, mode,"
	    " state, counted, attempts, rules, policy, updated_at, leaf) VALUES (?1, ?2, 'app_1',"
	    " '100200300', '900', ?3, ?4, ?5, 'spring/it', ?6, 1, 10, 0, 0, ?7, 'p', ?2, 1)",
	    "imiiiit", (int64_t)id, NOW - p->ago, (int64_t)ALICE, (int64_t)p->purpose,
	    (int64_t)(p->purpose == PURPOSE_SERVICE ? MESSAGE_FREE_FORM : MESSAGE_TEMPLATE),
	    (int64_t)p->verdict, p->findings ? str_c(p->findings) : STR_NONE));
}

static void person(struct fixture *f)
{
	fixture_account(f, "500", "900", "100200300");
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO person (place, id, phone, flags, timezone, created_at) VALUES"
	    " (393331234510, 1, 393331234510, 0, 'Europe/Rome', ?1)",
	    "m", NOW));
}

static struct pack *with(struct fixture *f, const char *levels_figures)
{
	struct pack_overlay *o = ARENA_NEW(f->arena, struct pack_overlay);
	struct pack *pack = NULL;
	size_t dropped = 0;

	assert_non_null(o);
	OK(overlay_read(f->pack, str_c(levels_figures), f->arena, o, &dropped, &f->err));
	assert_int_equal(dropped, 0);
	OK(overlay_apply(f->pack, o, 1, &pack, &f->err));
	return pack;
}

static struct policy_effect effect(struct fixture *f, const char *from, const char *to)
{
	struct pack *before = with(f, from), *after = with(f, to);
	struct policy_effect e;

	OK(policy_effect(f->conn, before, after, NOW - 7 * DAY, NOW, NEVER, &e, &f->err));
	pack_free(&before);
	pack_free(&after);
	return e;
}

#define FOUND(id, level) \
	"[{\"id\":\"" id "\",\"level\":\"" level \
	"\",\"unsure\":false,\"until\":null,\"because\":\"x\",\"evidence\":{}}]"
#define EXCEPTED(id) \
	"[{\"id\":\"" id \
	"\",\"level\":\"warn\",\"unsure\":false,\"until\":null,\"because\":\"x\",\"evidence\":{\"exception\":\"exc_1\"}}]"
#define LEVEL(rule, level) "{\"levels\":{\"" rule "\":\"" level "\"}}"
#define FIGURE(name, value) "{\"figures\":{\"" name "\":\"" value "\"}}"
#define EXCEPTION(rule, scope, id) \
	"{\"exceptions\":[{\"id\":\"exc_0000000000007\",\"rule\":\"" rule "\",\"scope\":\"" scope \
	"\",\"scope_id\":\"" id "\",\"until\":1799999999999}]}"

/* One decision at a time, and what becomes of it. */
static void test_one_decision(void **state)
{
	static const struct {
		const char *name;
		struct past past;
		const char *from, *to;
		int becomes; /* a verdict, or -1: cannot tell */
	} cases[] = {
		{ "raised", { PURPOSE_MARKETING, VERDICT_ALLOW, FOUND("content.link", "warn"), 0 },
		    "{}", LEVEL("content.link", "refuse"), VERDICT_REFUSE },
		{ "lowered", { PURPOSE_MARKETING, VERDICT_HOLD, FOUND("limit.pair", "hold"), 0 },
		    "{}", LEVEL("limit.pair", "warn"), VERDICT_ALLOW },
		{ "off",
		    { PURPOSE_MARKETING, VERDICT_REFUSE, FOUND("consent.missing", "refuse"), 0 },
		    "{}", LEVEL("consent.missing", "off"), VERDICT_ALLOW },
		{ "another rule",
		    { PURPOSE_MARKETING, VERDICT_HOLD, FOUND("limit.pair", "hold"), 0 }, "{}",
		    LEVEL("content.link", "refuse"), VERDICT_HOLD },
		{ "lowered itself",
		    { PURPOSE_MARKETING, VERDICT_ALLOW, FOUND("limit.spike", "warn"), 0 }, "{}",
		    LEVEL("limit.spike", "refuse"), VERDICT_ALLOW },
		{ "what it would say at a higher level",
		    { PURPOSE_MARKETING, VERDICT_ALLOW, FOUND("limit.spike", "warn"), 0 },
		    LEVEL("limit.spike", "warn"), LEVEL("limit.spike", "hold"), -1 },
		{ "was off", { PURPOSE_UTILITY, VERDICT_ALLOW, NULL, 0 },
		    LEVEL("content.link", "off"), LEVEL("content.link", "refuse"), -1 },
		{ "was off, and only warns", { PURPOSE_UTILITY, VERDICT_ALLOW, NULL, 0 },
		    LEVEL("content.link", "off"), LEVEL("content.link", "warn"), VERDICT_ALLOW },
		{ "was off, and is refused anyhow",
		    { PURPOSE_UTILITY, VERDICT_REFUSE, FOUND("consent.missing", "refuse"), 0 },
		    LEVEL("content.link", "off"), LEVEL("content.link", "refuse"), VERDICT_REFUSE },
		{ "stricter figure that passed", { PURPOSE_MARKETING, VERDICT_ALLOW, NULL, 0 },
		    "{}", FIGURE("spike.hold_ratio", "0.5"), -1 },
		{ "stricter figure of another purpose", { PURPOSE_UTILITY, VERDICT_ALLOW, NULL, 0 },
		    "{}", FIGURE("spike.hold_ratio", "0.5"), VERDICT_ALLOW },
		{ "stricter figure that failed",
		    { PURPOSE_MARKETING, VERDICT_HOLD, FOUND("limit.spike", "hold"), 0 }, "{}",
		    FIGURE("spike.hold_ratio", "0.5"), VERDICT_HOLD },
		{ "laxer figure that failed",
		    { PURPOSE_MARKETING, VERDICT_HOLD, FOUND("limit.spike", "hold"), 0 }, "{}",
		    FIGURE("spike.hold_ratio", "3"), -1 },
		{ "laxer figure that passed", { PURPOSE_MARKETING, VERDICT_ALLOW, NULL, 0 }, "{}",
		    FIGURE("spike.hold_ratio", "3"), VERDICT_ALLOW },
		{ "excepted", { PURPOSE_MARKETING, VERDICT_HOLD, FOUND("limit.pair", "hold"), 0 },
		    "{}", EXCEPTION("limit.pair", "template", "spring"), VERDICT_ALLOW },
		{ "excepted elsewhere",
		    { PURPOSE_MARKETING, VERDICT_HOLD, FOUND("limit.pair", "hold"), 0 }, "{}",
		    EXCEPTION("limit.pair", "app", "app_2"), VERDICT_HOLD },
		{ "excepted no more",
		    { PURPOSE_MARKETING, VERDICT_ALLOW, EXCEPTED("limit.pair"), 0 },
		    EXCEPTION("limit.pair", "app", "app_1"), "{}", VERDICT_HOLD },
		/* NOW is 11:00 in Rome */
		{ "quiet at noon", { PURPOSE_MARKETING, VERDICT_ALLOW, NULL, 0 }, "{}",
		    FIGURE("quiet_hours.to", "12:00"), VERDICT_HOLD },
		{ "not quiet for service", { PURPOSE_SERVICE, VERDICT_ALLOW, NULL, 0 }, "{}",
		    FIGURE("quiet_hours.to", "12:00"), VERDICT_ALLOW },
		{ "quiet no more",
		    { PURPOSE_MARKETING, VERDICT_HOLD, FOUND("limit.quiet_hours", "hold"),
			4 * HOUR },
		    "{}", FIGURE("quiet_hours.to", "06:00"), VERDICT_ALLOW },
	};
	struct fixture *f = *state;

	person(f);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		add(f, &cases[i].past);
		struct policy_effect e = effect(f, cases[i].from, cases[i].to);
		int becomes = e.cannot_tell ? -1 : (int)cases[i].past.verdict;
		for (int v = 0; v <= VERDICT_REFUSE; v++)
			becomes = e.moved[cases[i].past.verdict][v] ? v : becomes;
		if (becomes != cases[i].becomes || e.decisions != 1 || !e.complete ||
		    e.same + e.cannot_tell + (int64_t)e.examples_len != 1)
			fail_msg("%s: became %d", cases[i].name, becomes);
		OK(store_do(f->conn, &f->err, "DELETE FROM decision", ""));
	}
}

/* --- what the facts of then say ------------------------------------------------------------------ */

#define TOLD(id, level, evidence) \
	"[{\"id\":\"" id "\",\"level\":\"" level \
	"\",\"unsure\":false,\"until\":null,\"because\":\"x\",\"evidence\":{" evidence "}}]"
#define SPIKE(level, sent) TOLD("limit.spike", level, "\"sent\":" sent ",\"highest\":100")
#define WARMUP(day, engaged) \
	TOLD("limit.warmup", "hold", \
	    "\"day\":" day ",\"used\":10,\"cap\":30,\"used_last_hour\":5,\"hour_limit\":5," \
	    "\"used_last_minute\":0,\"minute_limit\":2,\"engaged\":" engaged)
#define GRADE(level, needed) \
	"{\"levels\":{\"consent.evidence\":\"" level \
	"\"},\"figures\":{\"consent.evidence.marketing\":\"" needed "\"}}"
#define GRANT(evidence) \
	"INSERT INTO consent (person, seq, purpose, act, at, evidence, leaf)" \
	" VALUES (1, 1, 1, 1, 1795000000000, " evidence ", 9)"
#define UNUSED(warn, refuse) \
	"{\"figures\":{\"consent.unused_warn_days\":\"" warn \
	"\",\"consent.unused_refuse_days\":\"" refuse "\"}}"
#define CAME_BACK(given) \
	"INSERT INTO consent (person, seq, purpose, act, at, evidence, leaf, given_at)" \
	" VALUES (1, 1, 1, 1, 1795000000000, 2, 9, " given ")"
#define WROTE(at) \
	"INSERT INTO contact (person, number, last_inbound_at) VALUES (1, '100200300', " at ")"
#define MARK(kind, scope, at) \
	"INSERT INTO person_mark (person, kind, scope, at, until_at) VALUES (1, " kind ", '" scope \
	"', " at ", NULL)"

static const struct {
	const char *name;
	struct past past;
	const char *store; /* what it has; NULL = nothing of it */
	const char *from, *to;
	int becomes; /* a verdict, or -1: cannot tell */
} again[] = {
	{ "a peak that is one no more",
	    { PURPOSE_MARKETING, VERDICT_HOLD, SPIKE("hold", "250"), 0 }, NULL, "{}",
	    FIGURE("spike.hold_ratio", "3"), VERDICT_ALLOW },
	{ "a peak all the same", { PURPOSE_MARKETING, VERDICT_HOLD, SPIKE("hold", "500"), 0 }, NULL,
	    "{}", FIGURE("spike.hold_ratio", "3"), VERDICT_HOLD },
	{ "a warning that becomes a hold",
	    { PURPOSE_MARKETING, VERDICT_ALLOW, SPIKE("warn", "160"), 0 }, NULL, "{}",
	    FIGURE("spike.hold_ratio", "0.5"), VERDICT_HOLD },
	{ "a greater share of the portfolio",
	    { PURPOSE_MARKETING, VERDICT_HOLD,
		TOLD("limit.portfolio", "hold", "\"used\":820,\"limit\":1000,\"share\":800"), 0 },
	    NULL, "{}", FIGURE("portfolio.marketing_share", "0.9"), VERDICT_ALLOW },
	{ "a share that is not great enough",
	    { PURPOSE_MARKETING, VERDICT_HOLD,
		TOLD("limit.portfolio", "hold", "\"used\":920,\"limit\":1000,\"share\":800"), 0 },
	    NULL, "{}", FIGURE("portfolio.marketing_share", "0.9"), VERDICT_HOLD },
	{ "more in an hour", { PURPOSE_MARKETING, VERDICT_HOLD, WARMUP("2", "true"), 0 }, NULL,
	    "{}", FIGURE("warmup.hourly_share", "0.5"), VERDICT_ALLOW },
	{ "not engaged in the first days",
	    { PURPOSE_MARKETING, VERDICT_HOLD, WARMUP("2", "false"), 0 }, NULL, "{}",
	    FIGURE("warmup.hourly_share", "0.5"), VERDICT_HOLD },
	{ "not engaged later, of how many is not known",
	    { PURPOSE_MARKETING, VERDICT_HOLD, WARMUP("9", "false"), 0 }, NULL, "{}",
	    FIGURE("warmup.hourly_share", "0.5"), -1 },
	{ "more in an hour, of a template in steps",
	    { PURPOSE_MARKETING, VERDICT_HOLD, WARMUP("2", "true"), 0 },
	    "INSERT INTO template_release (waba, name, language, began_at, step, taken)"
	    " VALUES ('900', 'spring', 'it', 1, 1, 7)",
	    "{}", FIGURE("warmup.hourly_share", "0.5"), -1 },
	{ "a greater first step",
	    { PURPOSE_MARKETING, VERDICT_HOLD,
		TOLD("limit.warmup", "hold",
		    "\"step\":\"first\",\"taken\":100,\"limit\":100,"
		    "\"opens_at\":\"2026-11-22T10:30:00Z\""),
		0 },
	    NULL, "{}", FIGURE("warmup.template_first", "200"), VERDICT_ALLOW },
	{ "open for two minutes more",
	    { PURPOSE_SERVICE, VERDICT_REFUSE,
		TOLD("window.closed", "refuse",
		    "\"last_inbound_at\":\"2026-11-21T10:01:00Z\","
		    "\"closed_at\":\"2026-11-22T09:59:00Z\""),
		0 },
	    NULL, "{}", FIGURE("window.margin_s", "0"), VERDICT_ALLOW },
	{ "open for less", { PURPOSE_SERVICE, VERDICT_ALLOW, NULL, 0 }, WROTE("1795256400000"),
	    "{}", FIGURE("window.margin_s", "3600"), VERDICT_REFUSE },
	{ "open since they wrote again", { PURPOSE_SERVICE, VERDICT_ALLOW, NULL, HOUR },
	    WROTE("1795341000000"), "{}", FIGURE("window.margin_s", "3600"), -1 },
	{ "evidence that is enough now",
	    { PURPOSE_MARKETING, VERDICT_REFUSE,
		TOLD("consent.evidence", "refuse",
		    "\"granted_at\":\"2026-11-01T10:00:00Z\",\"evidence\":\"imported\",\"needed\":\"form\""),
		0 },
	    NULL, GRADE("refuse", "form"), GRADE("refuse", "imported"), VERDICT_ALLOW },
	{ "evidence that is not enough any more", { PURPOSE_MARKETING, VERDICT_ALLOW, NULL, 0 },
	    GRANT("2"), GRADE("refuse", "form"), GRADE("refuse", "signed"), VERDICT_REFUSE },
	{ "evidence of the best", { PURPOSE_MARKETING, VERDICT_ALLOW, NULL, 0 }, GRANT("5"),
	    GRADE("refuse", "form"), GRADE("refuse", "signed"), VERDICT_ALLOW },
	{ "a grant that came later", { PURPOSE_MARKETING, VERDICT_ALLOW, NULL, 6 * DAY },
	    GRANT("2"), GRADE("refuse", "form"), GRADE("refuse", "signed"), VERDICT_ALLOW },
	{ "a consent that is over sooner",
	    { PURPOSE_MARKETING, VERDICT_ALLOW,
		TOLD("consent.expired", "warn",
		    "\"granted_at\":\"2024-01-01T10:00:00Z\",\"last_used_at\":\"2025-08-01T10:00:00Z\""),
		0 },
	    NULL, "{}", FIGURE("consent.unused_refuse_days", "400"), VERDICT_REFUSE },
	{ "a grant that came back, and is old", { PURPOSE_MARKETING, VERDICT_ALLOW, NULL, 0 },
	    CAME_BACK("1765000000000"), "{}", UNUSED("100", "300"), VERDICT_REFUSE },
	{ "a grant that came back, and is not", { PURPOSE_MARKETING, VERDICT_ALLOW, NULL, 0 },
	    CAME_BACK("1794000000000"), "{}", UNUSED("100", "300"), VERDICT_ALLOW },
	{ "a longer cool-down", { PURPOSE_MARKETING, VERDICT_ALLOW, NULL, 0 },
	    MARK("2", "900", "1795233600000"), "{}",
	    FIGURE("cooldown.marketing_131049_s", "172800"), VERDICT_HOLD },
	{ "a cool-down of another account", { PURPOSE_MARKETING, VERDICT_ALLOW, NULL, 0 },
	    MARK("2", "901", "1795233600000"), "{}",
	    FIGURE("cooldown.marketing_131049_s", "172800"), VERDICT_ALLOW },
	{ "one failure is too many", { PURPOSE_MARKETING, VERDICT_ALLOW, NULL, 0 },
	    MARK("1", "", "1795233600000"), "{}", FIGURE("undeliverable.failures", "1"),
	    VERDICT_REFUSE },
	{ "a failure before they wrote", { PURPOSE_MARKETING, VERDICT_ALLOW, NULL, 0 },
	    MARK("1", "", "1795233600000") ";" WROTE("1795233700000"), "{}",
	    FIGURE("undeliverable.failures", "1"), VERDICT_ALLOW },
};

static void test_judged_by_what_is_known(void **state)
{
	struct fixture *f = *state;

	person(f);
	for (size_t i = 0; i < ARRAY_LEN(again); i++) {
		enum verdict was = again[i].past.verdict;
		add(f, &again[i].past);
		if (again[i].store)
			OK(store_exec(f->conn, again[i].store, &f->err));
		struct policy_effect e = effect(f, again[i].from, again[i].to);
		int becomes = e.cannot_tell ? -1 : (int)was;
		for (int v = 0; v <= VERDICT_REFUSE; v++)
			becomes = e.moved[was][v] ? v : becomes;
		if (becomes != again[i].becomes || e.decisions != 1)
			fail_msg("%s: became %d", again[i].name, becomes);
		OK(store_exec(f->conn,
		    "DELETE FROM decision; DELETE FROM consent; DELETE FROM contact;"
		    " DELETE FROM person_mark; DELETE FROM template_release",
		    &f->err));
	}
}

/* Of who was erased nothing is told. */
static void test_of_nobody_nothing_is_told(void **state)
{
	static const struct past past = { PURPOSE_MARKETING, VERDICT_ALLOW, NULL, 0 };
	struct fixture *f = *state;

	add(f, &past);
	struct policy_effect e = effect(f, GRADE("refuse", "form"), GRADE("refuse", "signed"));
	assert_int_equal(e.cannot_tell, 1);
}

/* One the day before: a second is one too many unless two are let pass. */
static void test_frequency_is_counted_again(void **state)
{
	static const struct past past = { PURPOSE_MARKETING, VERDICT_REFUSE,
		FOUND("limit.frequency", "refuse"), 0 };
	struct fixture *f = *state;

	person(f);
	add(f, &past);
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO marketing_sent (person, at, decision) VALUES (1, ?1, 1), (1, ?2, 2)", "mm",
	    NOW - HOUR, NOW));
	struct policy_effect e = effect(f, "{}", FIGURE("frequency.marketing[0].max", "2"));
	assert_int_equal(e.moved[VERDICT_REFUSE][VERDICT_ALLOW], 1);
	assert_int_equal(e.rules[RULE_LIMIT_FREQUENCY].passes, 1);
}

static void test_only_the_last_days_and_not_for_ever(void **state)
{
	struct fixture *f = *state;
	struct past past = { PURPOSE_UTILITY, VERDICT_ALLOW, NULL, 8 * DAY };
	struct policy_effect e;

	add(f, &past);
	for (int i = 0; i < 3; i++) {
		past.ago = (3 - i) * HOUR;
		add(f, &past);
	}
	e = effect(f, "{}", LEVEL("content.link", "refuse"));
	assert_true(e.decisions == 3 && e.same == 3 && e.complete);
	assert_true(e.reached == NOW - 3 * HOUR);
	OK(policy_effect(f->conn, f->pack, f->pack, NOW - 7 * DAY, NOW, 0, &e, &f->err));
	assert_true(e.decisions == 0 && !e.complete && e.reached == TIME_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_one_decision),
		FIXTURE_TEST(test_judged_by_what_is_known),
		FIXTURE_TEST(test_of_nobody_nothing_is_told),
		FIXTURE_TEST(test_frequency_is_counted_again),
		FIXTURE_TEST(test_only_the_last_days_and_not_for_ever),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

/* What holds for every decision, over all policy cases of tests/cases and what is made of them; and the few
 * things that no case can say. */
#include "domain/policy.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/file.h"
#include "base/torture.h"
#include "domain/pair.h"
#include "domain/policy_case.h"

#define CASES "tests/cases/*.jsonl"

static struct pack *pack;
static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(0, 0);
	return arena && pack_builtin(&pack, NULL) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	pack_free(&pack);
	return 0;
}

/* --- every case of the repository ------------------------------------------------------------- */

static void each_line(struct str text, void (*visit)(const struct policy_case *c))
{
	while (text.p) {
		struct str line = str_trim(str_cut(&text, '\n'));
		const struct json *obj;
		struct policy_case c;
		struct err err = { .code = 0 };
		if (line.len == 0)
			continue;
		if (json_read(arena, line, &obj, &err) < 0 ||
		    policy_case_read(arena, pack, obj, &c, &err) < 0)
			fail_msg("%s", err.text);
		visit(&c);
		arena_reset(arena);
	}
}

static void each_case(void (*visit)(const struct policy_case *c))
{
	glob_t found;

	assert_int_equal(glob(CASES, 0, NULL, &found), 0);
	assert_true(found.gl_pathc > 5);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct buf text;
		buf_init(&text, 0);
		assert_int_equal(file_read(found.gl_pathv[i], 64u << 20, &text, NULL), 0);
		each_line(buf_str(&text), visit);
		buf_done(&text);
	}
	globfree(&found);
}

static void decide(const struct policy_case *c, struct decision *ret)
{
	assert_int_equal(policy_decide(&c->facts, &c->send, pack, c->now, arena, ret), 0);
}

static struct str print(const struct policy_case *c, const struct decision *d, enum lang lang)
{
	struct buf out;
	struct json_writer w;

	buf_init(&out, 0);
	jw_init(&w, &out);
	decision_write_case(arena, d, c->name, lang, &w);
	struct str text = arena_str(arena, buf_str(&out));
	buf_done(&out);
	assert_non_null(text.p);
	return text;
}

static void decides_the_same_again(const struct policy_case *c)
{
	struct decision a, b;

	decide(c, &a);
	decide(c, &b);
	if (!str_eq(print(c, &a, LANG_EN), print(c, &b, LANG_EN)))
		fail_msg("%.*s", STR_ARG(c->name));
}

static void test_same_input_same_output(void **state)
{
	(void)state;
	each_case(decides_the_same_again);
}

static size_t plain, fitting;

static void decides_the_same_foreseen(const struct policy_case *c)
{
	struct policy_case foreseen = *c;
	struct facts_foreseen *seen = &foreseen.facts.foreseen;
	bool known = facts_template_known(&c->facts, &c->send);
	struct decision a, b;

	policy_foresee(known ? c->facts.tpl.components : NULL, &c->send, pack, seen);
	plain += seen->plain;
	fitting += seen->fits;
	decide(c, &a);
	decide(&foreseen, &b);
	if (!str_eq(print(c, &a, LANG_EN), print(c, &b, LANG_EN)))
		fail_msg("%.*s", STR_ARG(c->name));
}

static void test_foreseen_changes_nothing(void **state)
{
	(void)state;
	plain = fitting = 0;
	each_case(decides_the_same_foreseen);
	assert_true(plain > 300);
	assert_true(fitting > 20);
}

static void survives_the_store(const struct policy_case *c)
{
	struct decision d, back;
	struct buf out;
	struct json_writer w;
	struct err err = { .code = 0 };

	decide(c, &d);
	buf_init(&out, 0);
	jw_init(&w, &out);
	decision_write_stored(&d, &w);
	if (decision_read_stored(arena, buf_str(&out), &back, &err) < 0)
		fail_msg("%.*s: %s", STR_ARG(c->name), err.text);
	back.purpose = d.purpose;
	for (int lang = 0; lang < LANGS; lang++) {
		if (!str_eq(print(c, &d, (enum lang)lang), print(c, &back, (enum lang)lang)))
			fail_msg("%.*s", STR_ARG(c->name));
	}
	assert_int_equal(back.binding, d.binding);
	buf_done(&out);
}

static void test_stored_prints_the_same(void **state)
{
	(void)state;
	each_case(survives_the_store);
}

static bool has(struct str text, struct str piece)
{
	return piece.len > 0 && memmem(text.p, text.len, piece.p, piece.len) != NULL;
}

/* Sentences have no gaps; nothing tells a whole number or what the message says. */
static void tells_no_more_than_it_should(const struct policy_case *c)
{
	char phone[PHONE_TEXT_MAX];
	struct str said = json_str(json_path(c->send.body, "text.body"));
	struct decision d;

	phone_format_digits(c->send.phone, phone);
	decide(c, &d);
	for (size_t i = 0; i < d.findings_len; i++) {
		const struct finding *f = &d.findings[i];
		for (int lang = 0; lang < LANGS; lang++) {
			struct str told = finding_because(arena, f, (enum lang)lang);
			if (!told.p || has(told, STR("?")) || has(told, STR("{")) ||
			    has(told, str_c(phone)))
				fail_msg(
				    "%.*s: %s: %.*s", STR_ARG(c->name), f->rule->id, STR_ARG(told));
		}
		if (has(f->evidence, str_c(phone)) || (said.len > 3 && has(f->evidence, said)))
			fail_msg("%.*s: %.*s", STR_ARG(c->name), STR_ARG(f->evidence));
	}
}

static void test_sentences_and_evidence(void **state)
{
	(void)state;
	each_case(tells_no_more_than_it_should);
}

/* Findings stand in table order, above off and never above the pack's level; the verdict follows. */
static void keeps_its_word(const struct policy_case *c)
{
	struct decision d;
	int last = 0;
	enum level worst = LEVEL_OFF;

	decide(c, &d);
	for (size_t i = 0; i < d.findings_len; i++) {
		const struct finding *f = &d.findings[i];
		if (f->rule->number <= last || f->level == LEVEL_OFF ||
		    f->level > pack_level(pack, rule_index_of(f->rule)))
			fail_msg("%.*s: %s", STR_ARG(c->name), f->rule->id);
		last = f->rule->number;
		worst = f->level > worst ? f->level : worst;
	}
	enum verdict verdict = worst == LEVEL_REFUSE ? VERDICT_REFUSE
	    : worst == LEVEL_HOLD                    ? VERDICT_HOLD
						     : VERDICT_ALLOW;
	assert_int_equal(d.verdict, verdict);
	assert_true(d.verdict == VERDICT_HOLD || d.hold_until == TIME_NONE);
	assert_true(d.hold_until == TIME_NONE || d.hold_until > c->now);
}

static void test_verdicts(void **state)
{
	(void)state;
	each_case(keeps_its_word);
}

/* The way of nearly every send: no memory taken, nothing formatted. */
static void passes_for_nothing(const struct policy_case *c)
{
	struct decision d;

	decide(c, &d); /* once before, for the zones of the system that are read at first use */
	if (d.findings_len > 0)
		return;
	size_t used = arena_used(arena);
	check_fail_alloc_after(0, true);
	int rc = policy_decide(&c->facts, &c->send, pack, c->now, arena, &d);
	long allocs = check_allocs();
	check_fail_alloc_after(-1, false);
	if (rc != 0 || allocs != 0 || arena_used(arena) != used)
		fail_msg("%.*s: %ld allocations", STR_ARG(c->name), allocs);
}

static void test_passing_takes_no_memory(void **state)
{
	(void)state;
	each_case(passes_for_nothing);
}

static void fails_whole(const struct policy_case *c)
{
	struct decision d;

	decide(c, &d);
	if (d.findings_len == 0)
		return;
	check_fail_alloc_after(0, true);
	int rc = policy_decide(&c->facts, &c->send, pack, c->now, arena, &d);
	check_fail_alloc_after(-1, false);
	if (rc != -E_NOMEM && rc != 0)
		fail_msg("%.*s: %d", STR_ARG(c->name), rc);
}

static int decide_text(void *arg)
{
	struct arena *a = arena_new(0, 0);
	const struct json *obj;
	struct policy_case c;
	struct decision d;
	int rc = a ? json_read(a, str_c(arg), &obj, NULL) : -E_NOMEM;

	if (rc == 0)
		rc = policy_case_read(a, pack, obj, &c, NULL);
	if (rc == 0)
		rc = policy_decide(&c.facts, &c.send, pack, c.now, a, &d);
	arena_free(&a);
	return rc;
}

static void test_memory_runs_out(void **state)
{
	static char text[] =
	    "{\"now\":\"2026-11-22T10:00:00Z\",\"facts\":{\"waba\":{\"state\":\"locked\"}},\"send\":{"
	    "\"body\":{\"messaging_product\":\"whatsapp\",\"to\":\"+393331234567\","
	    "\"type\":\"text\",\"text\":{\"body\":\"Ciao\"}}}}";

	(void)state;
	torture("policy_decide", decide_text, text);
	each_case(fails_whole);
}

/* --- what no case can say --------------------------------------------------------------------- */

static const time_ms now = 1795341600000; /* 2026-11-22T10:00:00Z, Sunday, 11 in Rome */

static void marketing(struct facts *f, struct message *m)
{
	static const struct facts_consent grant = {
		.purpose = PURPOSE_ALL, .act = CONSENT_GRANT, .evidence = EVIDENCE_SIGNED
	};
	static struct facts_consent consents[1];

	consents[0] = grant;
	consents[0].at = now - MS_PER_DAY;
	facts_init(f);
	f->tpl.known = true;
	f->tpl.category = PURPOSE_MARKETING;
	f->tpl.status = STR("APPROVED");
	f->person.consents = consents;
	f->person.consents_len = 1;
	*m = (struct message){ .kind = MESSAGE_TEMPLATE, .phone = { 393331234567 } };
}

static const struct finding *find(const struct decision *d, const char *id)
{
	for (size_t i = 0; i < d->findings_len; i++) {
		if (strcmp(d->findings[i].rule->id, id) == 0)
			return &d->findings[i];
	}
	return NULL;
}

static void decide_raw(const struct facts *f, const struct message *m, struct decision *ret)
{
	assert_int_equal(policy_decide(f, m, pack, now, arena, ret), 0);
}

/* What undoing an import brings back is newer than the act it answers, and as old as it was. */
static void test_a_grant_that_came_back_is_old(void **state)
{
	const int64_t years = 10 * 365 * MS_PER_DAY;
	struct facts_consent acts[] = {
		{ .purpose = PURPOSE_ALL, .act = CONSENT_GRANT, .evidence = EVIDENCE_SIGNED },
		{ .purpose = PURPOSE_ALL, .act = CONSENT_WITHDRAW },
		{ .purpose = PURPOSE_ALL, .act = CONSENT_GRANT, .evidence = EVIDENCE_SIGNED },
	};
	struct facts f;
	struct message m;
	struct decision d;

	(void)state;
	marketing(&f, &m);
	acts[0].at = now - years;
	acts[1].at = now - MS_PER_DAY;
	acts[2].at = acts[1].at + 1;
	f.person.consents = acts;
	f.person.consents_len = ARRAY_LEN(acts);
	decide_raw(&f, &m, &d);
	assert_null(find(&d, "consent.expired"));
	acts[2].given_at = acts[0].at;
	decide_raw(&f, &m, &d);
	assert_non_null(find(&d, "consent.expired"));
	assert_null(find(&d, "consent.withdrawn"));
	arena_reset(arena);
}

static void test_levels_of_the_pack(void **state)
{
	static const struct {
		enum level level;
		enum verdict verdict;
		bool listed;
	} cases[] = {
		{ LEVEL_OFF, VERDICT_ALLOW, false },
		{ LEVEL_WARN, VERDICT_ALLOW, true },
		{ LEVEL_HOLD, VERDICT_HOLD, true },
		{ LEVEL_REFUSE, VERDICT_REFUSE, true },
	};
	struct facts f;
	struct message m;
	struct decision d;

	(void)state;
	marketing(&f, &m);
	f.person.consents_len = 0;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		pack_set_level(pack, RULE_CONSENT_MISSING, cases[i].level);
		decide_raw(&f, &m, &d);
		assert_int_equal(d.verdict, cases[i].verdict);
		assert_true((find(&d, "consent.missing") != NULL) == cases[i].listed);
	}
	pack_set_level(pack, RULE_CONSENT_MISSING, LEVEL_REFUSE);
}

/* The two forms of the pair's facts say the same at every moment of a random conversation. */
static void test_both_forms_of_the_pair_agree(void **state)
{
	const struct pack_pair *figures = &pack_limits(pack)->pair;
	uint64_t random = 88172645463325252u;
	struct facts by_times, by_debt;
	struct message m = { .kind = MESSAGE_FREE_FORM, .phone = { 393331234567 } };

	(void)state;
	for (int round = 0; round < 300; round++) {
		time_ms sent[200], at = now - 400000;
		struct pair_debt debt = PAIR_NO_DEBT;
		size_t n = 0;
		while (n < ARRAY_LEN(sent) && at <= now) {
			random ^= random << 13, random ^= random >> 7, random ^= random << 17;
			sent[n++] = at;
			pair_debt_add(&debt, figures, at);
			at += (time_ms)(random % (random & 1 ? 300 : 9000));
		}
		facts_init(&by_times);
		by_times.person.last_inbound_at = now;
		by_debt = by_times;
		by_times.person.pair_sent = sent;
		by_times.person.pair_sent_len = n;
		by_debt.person.pair_clear_at = debt.clear_at;
		by_debt.person.pair_spent = debt.spent;
		struct decision a, b;
		decide_raw(&by_times, &m, &a);
		decide_raw(&by_debt, &m, &b);
		assert_int_equal(a.verdict, b.verdict);
		assert_int_equal(a.hold_until, b.hold_until);
		arena_reset(arena);
	}
}

static void test_a_key_is_no_duplicate(void **state)
{
	struct facts_digest earlier = { .at = now - 1000 };
	struct message m = { .kind = MESSAGE_FREE_FORM, .phone = { 393331234567 } };
	struct facts f;
	struct decision d;

	(void)state;
	facts_init(&f);
	f.person.last_inbound_at = now;
	f.person.recent_digests = &earlier;
	f.person.recent_digests_len = 1;
	decide_raw(&f, &m, &d);
	assert_non_null(find(&d, "limit.duplicate"));
	f.has_key = true;
	decide_raw(&f, &m, &d);
	assert_int_equal(d.verdict, VERDICT_ALLOW);
}

static void test_window_that_cannot_be_told(void **state)
{
	struct message m = { .kind = MESSAGE_TYPING };
	struct facts f;
	struct decision d;

	(void)state;
	facts_init(&f);
	decide_raw(&f, &m, &d);
	assert_int_equal(d.verdict, VERDICT_REFUSE);
	f.person.inbound_unknown = true;
	decide_raw(&f, &m, &d);
	assert_int_equal(d.verdict, VERDICT_ALLOW);
	assert_true(find(&d, "window.closed")->unsure);
}

static void test_engaged_as_told(void **state)
{
	struct facts f;
	struct message m;
	struct decision d;

	(void)state;
	marketing(&f, &m);
	f.number.warmup = (struct facts_warmup){ .active = true,
		.cap = WARMUP_BY_DAY,
		.day = 2,
		.engaged_share = 1,
		.frozen_until = TIME_NONE };
	decide_raw(&f, &m, &d);
	assert_null(find(&d, "limit.warmup")); /* a grant of yesterday */
	f.person.engaged_given = true;
	decide_raw(&f, &m, &d);
	assert_non_null(find(&d, "limit.warmup"));
	f.person.engaged = true;
	f.number.warmup.used = 29;
	decide_raw(&f, &m, &d);
	assert_null(find(&d, "limit.warmup"));
	f.number.warmup.used = 30; /* the second day's cap in the pack */
	decide_raw(&f, &m, &d);
	assert_non_null(find(&d, "limit.warmup"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_input_same_output),
		cmocka_unit_test(test_foreseen_changes_nothing),
		cmocka_unit_test(test_stored_prints_the_same),
		cmocka_unit_test(test_sentences_and_evidence),
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_passing_takes_no_memory),
		cmocka_unit_test(test_memory_runs_out),
		cmocka_unit_test(test_a_grant_that_came_back_is_old),
		cmocka_unit_test(test_levels_of_the_pack),
		cmocka_unit_test(test_both_forms_of_the_pair_agree),
		cmocka_unit_test(test_a_key_is_no_duplicate),
		cmocka_unit_test(test_window_that_cannot_be_told),
		cmocka_unit_test(test_engaged_as_told),
	};

	if (crypto_init(NULL) < 0)
		return 1;
	return cmocka_run_group_tests(tests, setup, teardown);
}

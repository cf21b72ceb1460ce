#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/fixture.h"
#include "domain/journal.h"
#include "domain/rules.h"

static const struct sha256 digest = { { 0xab, 0xcd } };

static struct journal_entry entry(struct fixture *f, time_ms at, enum send_state state)
{
	return (struct journal_entry){
		.id = id_next(&f->ids, at),
		.at = at,
		.hold_until = TIME_NONE,
		.app = STR("app_1"),
		.number = STR("101"),
		.waba = STR("10"),
		.template_name = STR("order_shipped"),
		.person = 4711,
		.purpose = PURPOSE_UTILITY,
		.kind = MESSAGE_TEMPLATE,
		.verdict = VERDICT_ALLOW,
		.mode = MODE_ENFORCE,
		.state = state,
		.counted = 3,
		.attempts = 1,
		.digest = digest,
		.callback = STR("order=5"),
		.policy = STR("2026.11.22"),
	};
}

static uint64_t add(struct fixture *f, time_ms at, enum send_state state)
{
	struct journal_entry e = entry(f, at, state);

	OK(journal_add(f->conn, &f->ledger, &e, &f->err));
	return e.id;
}

static struct journal_entry get(struct fixture *f, uint64_t id)
{
	struct journal_entry e = { 0 };

	assert_int_equal(journal_get(f->conn, id, f->arena, &e, &f->err), 1);
	return e;
}

/* --- on record -------------------------------------------------------------------------------- */

static void test_whole_again(void **state)
{
	struct fixture *f = *state;
	struct journal_entry e = entry(f, NOW, SEND_HELD), back;

	e.hold_until = NOW + HOUR;
	e.rules = STR("[]");
	OK(journal_add(f->conn, &f->ledger, &e, &f->err));
	back = get(f, e.id);
	assert_int_equal(back.id, e.id);
	assert_int_equal(back.at, NOW);
	assert_int_equal(back.updated_at, NOW);
	assert_int_equal(back.hold_until, NOW + HOUR);
	assert_true(
	    str_eq(back.app, e.app) && str_eq(back.number, e.number) && str_eq(back.waba, e.waba));
	assert_true(
	    str_eq(back.template_name, e.template_name) && str_eq(back.callback, e.callback));
	assert_true(str_eq(back.rules, e.rules) && str_eq(back.policy, e.policy));
	assert_null(back.wamid.p);
	assert_int_equal(back.person, 4711);
	assert_int_equal(back.purpose, PURPOSE_UTILITY);
	assert_int_equal(back.kind, MESSAGE_TEMPLATE);
	assert_int_equal(back.verdict, VERDICT_ALLOW);
	assert_int_equal(back.mode, MODE_ENFORCE);
	assert_int_equal(back.state, SEND_HELD);
	assert_int_equal(back.counted, 3);
	assert_int_equal(back.attempts, 1);
	assert_int_equal(back.error_code, 0);
	assert_memory_equal(back.digest.b, digest.b, SHA256_LEN);
	assert_int_equal(journal_get(f->conn, e.id + 1, f->arena, &back, &f->err), 0);
}

static void test_what_the_leaf_commits_to(void **state)
{
	struct fixture *f = *state;
	struct journal_entry e = entry(f, NOW, SEND_SENDING);
	struct store_stmt *s;
	struct sha256 mac;
	char id[ID_TEXT_MAX];

	e.rules = STR("[{\"id\":\"x\"}]");
	OK(journal_add(f->conn, &f->ledger, &e, &f->err));
	id_format("dec", e.id, id);
	struct str content = arena_printf(f->arena,
	    "{\"app\":\"app_1\",\"at\":1795341600000,\"decision\":\"%s\",\"digest\":\"abcd%060d\","
	    "\"kind\":\"template\",\"mode\":\"enforce\",\"number\":\"101\",\"person\":4711,"
	    "\"purpose\":\"utility\",\"recorded_at\":1795341600000,\"rules\":[{\"id\":\"x\"}],"
	    "\"template\":\"order_shipped\",\"verdict\":\"allow\",\"waba\":\"10\"}",
	    id, 0);
	OK(store_ask(
	    f->conn, &s, &f->err, "SELECT type, ref, salt, commitment FROM ledger_leaf", ""));
	assert_int_equal(store_step(s, &f->err), 1);
	assert_int_equal(store_col_int(s, 0), LEAF_DECISION);
	assert_int_equal(store_col_int(s, 1), e.id);
	crypto_hmac_sha256(store_col_blob(s, 2), content, &mac);
	assert_true(str_eq(store_col_blob(s, 3), str_n((const char *)mac.b, sizeof(mac.b))));
	store_reset(s);
}

/* What the row says is what entry `seq` commits to: 1; 0 when the row says nothing of it. */
static int committed(struct fixture *f, int64_t seq)
{
	struct ledger_leaf leaf;
	struct buf content;

	buf_init(&content, 0);
	assert_int_equal(ledger_get(f->conn, seq, f->arena, &leaf, &f->err), 1);
	int r = journal_leaf_content(f->conn, &leaf, &content, &f->err);
	OK(r);
	if (r > 0)
		assert_true(ledger_leaf_commits(&leaf, buf_str(&content)));
	buf_done(&content);
	return r;
}

static void test_the_content_comes_back(void **state)
{
	struct fixture *f = *state;
	struct journal_entry e = entry(f, NOW, SEND_SENDING), bare = entry(f, NOW, SEND_REFUSED);

	e.rules = STR("[{\"id\":\"x\"}]");
	bare.app = bare.rules = STR_NONE;
	bare.person = 0;
	bare.purpose = PURPOSE_NONE;
	OK(ledger_load(f->conn, e.policy, &f->ledger, &f->err));
	OK(journal_add(f->conn, &f->ledger, &e, &f->err));
	OK(journal_add(f->conn, &f->ledger, &bare, &f->err));
	assert_int_equal(committed(f, 1), 1);
	assert_int_equal(committed(f, 2), 1);
	OK(journal_move(f->conn, &e, SEND_ACCEPTED, STR("wamid.x"), 0, NOW + HOUR, &f->err));
	assert_int_equal(committed(f, 1), 1);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM ledger_note"), 0);
	scratch_exec(f->conn, "UPDATE decision SET policy = 'other' WHERE leaf = 1");
	assert_int_equal(committed(f, 1), 0);
}

/* A held send is judged again: the row tells the newest, the ledger both. */
static void test_judged_again(void **state)
{
	struct fixture *f = *state;
	struct journal_entry e = entry(f, NOW, SEND_HELD), back;

	e.counted = 0;
	OK(ledger_load(f->conn, e.policy, &f->ledger, &f->err));
	OK(journal_add(f->conn, &f->ledger, &e, &f->err));
	e.at = NOW + HOUR;
	e.verdict = VERDICT_REFUSE;
	e.rules = STR("[]");
	e.counted = 1;
	e.person = 12;
	e.policy = STR("2026.12.01");
	OK(journal_judge_again(f->conn, &f->ledger, &e, &f->err));
	back = get(f, e.id);
	assert_int_equal(back.at, NOW);
	assert_int_equal(back.updated_at, NOW + HOUR);
	assert_int_equal(back.verdict, VERDICT_REFUSE);
	assert_int_equal(back.state, SEND_HELD);
	assert_int_equal(back.counted, 1);
	assert_int_equal(back.person, 12);
	assert_true(str_eq(back.policy, STR("2026.12.01")));
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM ledger_leaf"), 2);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM ledger_note"), 1);
	assert_int_equal(committed(f, 1), 0);
	OK(ledger_load(f->conn, e.policy, &f->ledger, &f->err));
	OK(journal_judge_again(f->conn, &f->ledger, &e, &f->err));
	assert_int_equal(committed(f, 3), 1);
	OK(journal_set_counted(f->conn, e.id, 16, &f->err));
	assert_int_equal(get(f, e.id).counted, 16);
}

static void test_a_person_that_was_merged(void **state)
{
	struct fixture *f = *state;
	uint64_t id = add(f, NOW, SEND_ACCEPTED);

	OK(store_do(f->conn, &f->err,
	    "INSERT INTO person_merged (gone, person, at) VALUES (4711, 12, 0)", ""));
	assert_int_equal(get(f, id).person, 12);
}

/* --- states ----------------------------------------------------------------------------------- */

#define STATES(X) \
	X(SEND_HELD) \
	X(SEND_READY) \
	X(SEND_SENDING) \
	X(SEND_UNKNOWN) \
	X(SEND_REFUSED) \
	X(SEND_ACCEPTED) \
	X(SEND_SENT) \
	X(SEND_DELIVERED) \
	X(SEND_READ) \
	X(SEND_FAILED) \
	X(SEND_UNRESOLVED) \
	X(SEND_CANCELLED) \
	X(SEND_EXPIRED)

static const enum send_state all[] = {
#define X(s) s,
	STATES(X)
#undef X
};

static void test_names(void **state)
{
	enum send_state back;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		assert_int_equal(send_state_parse(str_c(send_state_name(all[i])), &back), 0);
		assert_int_equal(back, all[i]);
	}
	assert_int_equal(send_state_parse(STR("queued"), &back), -E_INVALID);
	assert_int_equal(send_state_parse(STR("?"), &back), -E_INVALID);
	assert_string_equal(send_state_name((enum send_state)99), "?");
}

/* Every move there is; all others are none. */
static const char *const drawn[] = {
	"held>ready",
	"held>sending",
	"held>refused",
	"held>expired",
	"held>cancelled",
	"ready>sending",
	"ready>held",
	"ready>refused",
	"ready>expired",
	"ready>cancelled",
	"sending>accepted",
	"sending>sent",
	"sending>delivered",
	"sending>read",
	"sending>failed",
	"sending>unknown",
	"sending>ready",
	"sending>held",
	"unknown>accepted",
	"unknown>sent",
	"unknown>delivered",
	"unknown>read",
	"unknown>failed",
	"unknown>unresolved",
	"unresolved>accepted",
	"unresolved>sent",
	"unresolved>delivered",
	"unresolved>read",
	"unresolved>failed",
	"accepted>sent",
	"accepted>delivered",
	"accepted>read",
	"accepted>failed",
	"sent>delivered",
	"sent>read",
	"sent>failed",
	"delivered>read",
	"failed>delivered",
	"failed>read",
};

static void test_moves(void **state)
{
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all) * ARRAY_LEN(all); i++) {
		enum send_state from = all[i / ARRAY_LEN(all)], to = all[i % ARRAY_LEN(all)];
		char name[40];
		bool listed = false;
		(void)snprintf(
		    name, sizeof(name), "%s>%s", send_state_name(from), send_state_name(to));
		for (size_t j = 0; j < ARRAY_LEN(drawn); j++)
			listed = listed || strcmp(drawn[j], name) == 0;
		if (send_may_move(from, to) != listed)
			fail_msg("%s: %d", name, !listed);
		found += listed;
	}
	assert_int_equal(found, ARRAY_LEN(drawn));
}

static void test_a_move_is_written(void **state)
{
	struct fixture *f = *state;
	struct journal_entry e = get(f, add(f, NOW, SEND_READY));

	OK(journal_move(f->conn, &e, SEND_SENDING, STR_NONE, 0, NOW + 1, &f->err));
	assert_int_equal(e.state, SEND_SENDING);
	assert_int_equal(e.attempts, 2);
	e.counted = 48;
	OK(journal_move(f->conn, &e, SEND_ACCEPTED, STR("wamid.A"), 0, NOW + 2, &f->err));
	OK(journal_move(f->conn, &e, SEND_FAILED, STR_NONE, 131026, NOW + 3, &f->err));
	struct journal_entry back = get(f, e.id);
	assert_int_equal(back.state, SEND_FAILED);
	assert_int_equal(back.attempts, 2);
	assert_int_equal(back.error_code, 131026);
	assert_int_equal(back.counted, 48);
	assert_int_equal(back.updated_at, NOW + 3);
	assert_true(str_eq(back.wamid, STR("wamid.A")));
	FAILS(journal_move(f->conn, &e, SEND_SENT, STR("wamid.B"), 0, NOW + 4, &f->err), E_CONFLICT,
	    "");
	back = get(f, e.id);
	assert_int_equal(back.state, SEND_FAILED);
	assert_true(str_eq(back.wamid, STR("wamid.A")));
	assert_int_equal(back.updated_at, NOW + 3);
}

/* --- whatever the order of the news (P7) ------------------------------------------------------- */

static const enum send_state news[] = { SEND_ACCEPTED, SEND_SENT, SEND_FAILED, SEND_DELIVERED,
	SEND_READ };

/* A failure is news until something was delivered. */
static int rank(enum send_state s)
{
	for (size_t i = 0; i < ARRAY_LEN(news); i++) {
		if (news[i] == s)
			return (int)i + 1;
	}
	return 0;
}

static void tell(struct fixture *f, struct journal_entry *e, enum send_state to, const char *story)
{
	int before = rank(e->state), rc = 0;
	bool may = send_may_move(e->state, to);

	if (may != (rank(to) > before))
		fail_msg(
		    "%s: from %s to %s", story, send_state_name(e->state), send_state_name(to));
	if (may)
		rc = journal_move(f->conn, e, to, STR_NONE, 0, NOW, &f->err);
	OK(rc);
	if (rank(e->state) < before)
		fail_msg("%s: went back to %s", story, send_state_name(e->state));
}

/* Five pieces of news, each of five kinds, in every order and with every repetition: 3,125 stories, told from each of the
 * states that news find. In the end it does not matter in which order they came. */
static void test_whatever_the_order_of_the_news(void **state)
{
	static const enum send_state starts[] = { SEND_SENDING, SEND_UNKNOWN, SEND_UNRESOLVED,
		SEND_ACCEPTED };
	struct fixture *f = *state;
	uint64_t id = add(f, NOW, SEND_SENDING);

	for (size_t i = 0; i < ARRAY_LEN(starts) * 3125; i++) {
		struct journal_entry e = { .id = id, .state = starts[i / 3125] };
		int highest = rank(e.state);
		char story[8];
		(void)snprintf(story, sizeof(story), "%05zu", i % 3125);
		for (size_t n = 0, rest = i % 3125; n < 5; n++, rest /= 5) {
			enum send_state to = news[rest % 5];
			highest = rank(to) > highest ? rank(to) : highest;
			tell(f, &e, to, story);
		}
		if (rank(e.state) != highest)
			fail_msg("story %zu ends as %s", i, send_state_name(e.state));
	}
}

/* --- the common way ---------------------------------------------------------------------------- */

static void test_settling(void **state)
{
	struct fixture *f = *state;
	uint64_t id = add(f, NOW, SEND_SENDING), other = add(f, NOW, SEND_SENDING);

	assert_int_equal(
	    journal_settle_sending(f->conn, id, SEND_ACCEPTED, STR("wamid.A"), 0, NOW + 1, &f->err),
	    1);
	assert_int_equal(
	    journal_settle_sending(f->conn, id, SEND_FAILED, STR_NONE, 131026, NOW + 2, &f->err),
	    0);
	struct journal_entry e = get(f, id);
	assert_int_equal(e.state, SEND_ACCEPTED);
	assert_true(str_eq(e.wamid, STR("wamid.A")));
	assert_int_equal(e.updated_at, NOW + 1);
	assert_int_equal(
	    journal_settle_sending(f->conn, other, SEND_FAILED, STR_NONE, 131026, NOW, &f->err), 1);
	e = get(f, other);
	assert_int_equal(e.error_code, 131026);
	assert_null(e.wamid.p);
	assert_int_equal(
	    journal_settle_sending(f->conn, 7, SEND_FAILED, STR_NONE, 0, NOW, &f->err), 0);
}

/* --- start-up and time -------------------------------------------------------------------------- */

static void test_a_crash_leaves_nothing_under_way(void **state)
{
	struct fixture *f = *state;
	uint64_t ids[ARRAY_LEN(all)];
	int64_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		ids[i] = add(f, NOW - HOUR, all[i]);
	(void)add(f, NOW - HOUR, SEND_SENDING);
	OK(journal_recover(f->conn, NOW, &n, &f->err));
	assert_int_equal(n, 2);
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		struct journal_entry e = get(f, ids[i]);
		assert_int_equal(e.state, all[i] == SEND_SENDING ? SEND_UNKNOWN : all[i]);
		assert_int_equal(e.updated_at, all[i] == SEND_SENDING ? NOW : NOW - HOUR);
	}
	OK(journal_recover(f->conn, NOW, &n, &f->err));
	assert_int_equal(n, 0);
}

static void test_unknown_becomes_unresolved(void **state)
{
	struct fixture *f = *state;
	int64_t n = 0;
	uint64_t young = add(f, NOW, SEND_UNKNOWN), other = add(f, NOW - 2 * DAY, SEND_ACCEPTED);

	for (int i = 0; i < 700; i++)
		(void)add(f, NOW - DAY - 1, SEND_UNKNOWN);
	OK(journal_expire_unknown(f->conn, NOW - DAY, NOW, &n, &f->err));
	assert_int_equal(n, 500);
	OK(journal_expire_unknown(f->conn, NOW - DAY, NOW, &n, &f->err));
	assert_int_equal(n, 200);
	OK(journal_expire_unknown(f->conn, NOW - DAY, NOW, &n, &f->err));
	assert_int_equal(n, 0);
	assert_int_equal(get(f, young).state, SEND_UNKNOWN);
	assert_int_equal(get(f, other).state, SEND_ACCEPTED);
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM decision WHERE state = 16"), 700);
}

/* --- listing ------------------------------------------------------------------------------------ */

/* One decision, refused by `rule` and warned of template.opt_out, as it is stored. */
static struct str stored_rules(struct fixture *f, const char *rule)
{
	struct decision d = { .findings_len = 2 };
	const char *const ids[] = { rule, "template.opt_out" };
	struct json_writer w;
	struct buf text;

	for (size_t i = 0; i < 2; i++) {
		const struct rule *r = rule_by_id(str_c(ids[i]));
		assert_non_null(r);
		d.findings[i] = (struct finding){ .rule = r,
			.level = i ? LEVEL_WARN : LEVEL_REFUSE,
			.until = TIME_NONE,
			.because = r->because,
			.evidence = STR("{}") };
	}
	buf_init(&text, 0);
	jw_init(&w, &text);
	decision_write_stored(&d, &w);
	struct str ret = arena_str(f->arena, buf_str(&text));
	buf_done(&text);
	return ret;
}

/* Ten, a minute apart, the newest now; every other refused; of two apps and two numbers. */
static void add_ten(struct fixture *f, uint64_t ids[10])
{
	for (int i = 0; i < 10; i++) {
		struct journal_entry e = entry(
		    f, NOW - (9 - i) * MINUTE, i % 2 ? SEND_REFUSED : SEND_HELD);
		e.app = i % 3 ? STR("app_1") : STR("app_2");
		e.number = i < 5 ? STR("101") : STR("102");
		e.rules = i % 2 ? stored_rules(f, i == 5 ? "consent.missing" : "window.closed")
				: STR_NONE;
		if (i == 6) {
			e.campaign = STR("spring");
			e.person = 12;
			e.template_name = STR("offer/it");
			e.verdict = VERDICT_HOLD;
		}
		OK(journal_add(f->conn, &f->ledger, &e, &f->err));
		ids[i] = e.id;
	}
}

static const struct str some_numbers[] = { { "101", 3 }, { "01", 2 } };

static void test_lists(void **state)
{
	static const struct {
		const char *name;
		struct journal_filter filter;
		const char *expected; /* which of the ten, newest first */
		bool more;
	} rows[] = {
		{ "all", { .since = TIME_NONE, .until = TIME_NONE }, "9876543210", false },
		{ "three", { .since = TIME_NONE, .until = TIME_NONE, .limit = 3 }, "987", true },
		{ "since", { .since = NOW - 2 * MINUTE, .until = TIME_NONE }, "987", false },
		{ "held",
		    { .since = TIME_NONE,
			.until = TIME_NONE,
			.state_given = true,
			.state = SEND_HELD },
		    "86420", false },
		{ "refused",
		    { .since = TIME_NONE,
			.until = TIME_NONE,
			.state_given = true,
			.state = SEND_REFUSED },
		    "97531", false },
		{ "read",
		    { .since = TIME_NONE,
			.until = TIME_NONE,
			.state_given = true,
			.state = SEND_READ },
		    "", false },
		{ "of a rule",
		    { .since = TIME_NONE, .until = TIME_NONE, .rule = { "window.closed", 13 } },
		    "9731", false },
		{ "of another rule",
		    { .since = TIME_NONE, .until = TIME_NONE, .rule = { "consent.missing", 15 } },
		    "5", false },
		{ "of a part of a rule",
		    { .since = TIME_NONE, .until = TIME_NONE, .rule = { "window", 6 } }, "",
		    false },
		{ "warned of",
		    { .since = TIME_NONE, .until = TIME_NONE, .rule = { "template.opt_out", 16 } },
		    "97531", false },
		{ "of an app", { .since = TIME_NONE, .until = TIME_NONE, .app = { "app_2", 5 } },
		    "9630", false },
		{ "of a number", { .since = TIME_NONE, .until = TIME_NONE, .number = { "101", 3 } },
		    "43210", false },
		{ "of some numbers",
		    { .since = TIME_NONE,
			.until = TIME_NONE,
			.numbers = some_numbers,
			.numbers_len = 2 },
		    "43210", false },
		{ "of no number",
		    { .since = TIME_NONE, .until = TIME_NONE, .numbers = some_numbers }, "",
		    false },
		{ "of some numbers, refused",
		    { .since = TIME_NONE,
			.until = TIME_NONE,
			.numbers = some_numbers,
			.numbers_len = 2,
			.state_given = true,
			.state = SEND_REFUSED },
		    "31", false },
		{ "of a number and an app",
		    { .since = TIME_NONE,
			.until = TIME_NONE,
			.number = { "101", 3 },
			.app = { "app_2", 5 } },
		    "30", false },
		{ "until", { .since = TIME_NONE, .until = NOW - 6 * MINUTE }, "210", false },
		{ "of a verdict",
		    { .since = TIME_NONE,
			.until = TIME_NONE,
			.verdict_given = true,
			.verdict = VERDICT_HOLD },
		    "6", false },
		{ "of a campaign",
		    { .since = TIME_NONE, .until = TIME_NONE, .campaign = { "spring", 6 } }, "6",
		    false },
		{ "of a person", { .since = TIME_NONE, .until = TIME_NONE, .person = 12 }, "6",
		    false },
		{ "of a message id",
		    { .since = TIME_NONE, .until = TIME_NONE, .wamid = { "wamid.0", 7 } }, "",
		    false },
		{ "of a template by its name",
		    { .since = TIME_NONE, .until = TIME_NONE, .tpl = { "offer", 5 } }, "6", false },
		{ "of a template in a language",
		    { .since = TIME_NONE, .until = TIME_NONE, .tpl = { "offer/it", 8 } }, "6",
		    false },
		{ "of a part of a name",
		    { .since = TIME_NONE, .until = TIME_NONE, .tpl = { "off", 3 } }, "", false },
		{ "of nobody", { .since = TIME_NONE, .until = TIME_NONE, .app = { "app_3", 5 } },
		    "", false },
	};
	struct fixture *f = *state;
	uint64_t ids[10];

	add_ten(f, ids);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct journal_entry *list;
		uint64_t next = 1;
		size_t n = 99;
		OK(journal_list(f->conn, &rows[i].filter, f->arena, &list, &n, &next, &f->err));
		if (n != strlen(rows[i].expected) || (next != 0) != rows[i].more)
			fail_msg("%s: %zu, next %d", rows[i].name, n, next != 0);
		for (size_t j = 0; j < n; j++) {
			if (list[j].id != ids[rows[i].expected[j] - '0'])
				fail_msg("%s: entry %zu", rows[i].name, j);
		}
	}
}

static void test_page_by_page(void **state)
{
	struct fixture *f = *state;
	struct journal_filter filter = {
		.since = TIME_NONE, .until = TIME_NONE, .limit = 4, .app = STR("app_1")
	};
	struct journal_entry *list;
	uint64_t ids[10], last = UINT64_MAX;
	size_t n, seen = 0;

	add_ten(f, ids);
	for (int page = 0; page < 3; page++) {
		OK(journal_list(f->conn, &filter, f->arena, &list, &n, &filter.before, &f->err));
		for (size_t j = 0; j < n; j++, seen++) {
			assert_true(list[j].id < last);
			last = list[j].id;
		}
		if (!filter.before)
			break;
	}
	assert_int_equal(seen, 6);
	assert_int_equal(filter.before, 0);
}

/* --- told --------------------------------------------------------------------------------------- */

static struct str told(struct fixture *f, const struct journal_entry *e, enum lang lang)
{
	struct json_writer w;
	struct buf text;

	buf_init(&text, 0);
	jw_init(&w, &text);
	OK(journal_write(f->conn, f->arena, e, lang, &w, &f->err));
	struct str ret = arena_str(f->arena, buf_str(&text));
	buf_done(&text);
	return ret;
}

static void test_told(void **state)
{
	static const struct {
		const char *path, *text;
	} rows[] = {
		{ "at", "2026-11-22T10:00:00Z" },
		{ "app", "app_1" },
		{ "number", "101" },
		{ "person", "per_00000000004k7" },
		{ "purpose", "utility" },
		{ "template", "order_shipped" },
		{ "verdict", "refuse" },
		{ "mode", "enforce" },
		{ "state", "refused" },
		{ "policy", "2026.11.22" },
	};
	struct fixture *f = *state;
	struct journal_entry e = entry(f, NOW, SEND_REFUSED);
	const struct json *v = NULL;
	char id[ID_TEXT_MAX];

	e.verdict = VERDICT_REFUSE;
	e.rules = stored_rules(f, "window.closed");
	OK(json_read(f->arena, told(f, &e, LANG_EN), &v, &f->err));
	id_format("dec", e.id, id);
	assert_true(str_eq_c(json_str(json_get(v, "decision")), id));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!str_eq_c(json_str(json_get(v, rows[i].path)), rows[i].text))
			fail_msg(
			    "%s: %.*s", rows[i].path, STR_ARG(json_str(json_get(v, rows[i].path))));
	}
	assert_true(json_is_null(json_get(v, "wamid")));
	assert_true(json_is_null(json_get(v, "hold_until")));
	assert_true(json_is_null(json_get(v, "error_code")));
	assert_true(str_eq(json_str(json_at(json_get(v, "rules"), 0)), STR("window.closed")));
	assert_int_equal(json_len(json_get(v, "rules")), 1);
	assert_true(str_eq(json_str(json_at(json_get(v, "warnings"), 0)), STR("template.opt_out")));
	assert_int_equal(json_len(json_get(v, "details")), 2);
}

static void test_little_to_tell(void **state)
{
	struct fixture *f = *state;
	struct journal_entry e = { .id = 1,
		.at = NOW,
		.updated_at = NOW,
		.hold_until = TIME_NONE,
		.kind = MESSAGE_UNREADABLE,
		.state = SEND_REFUSED,
		.policy = STR("p") };
	const struct json *v = NULL;

	OK(json_read(f->arena, told(f, &e, LANG_IT), &v, &f->err));
	assert_true(json_is_null(json_get(v, "app")));
	assert_true(json_is_null(json_get(v, "person")));
	assert_true(json_is_null(json_get(v, "purpose")));
	assert_int_equal(json_len(json_get(v, "rules")), 0);
	assert_int_equal(json_type(json_get(v, "rules")), JSON_ARRAY);
}

static void test_broken_rules_on_record(void **state)
{
	struct fixture *f = *state;
	struct journal_entry e = entry(f, NOW, SEND_REFUSED);
	struct json_writer w;
	struct buf text;

	e.rules = STR("{");
	buf_init(&text, 0);
	jw_init(&w, &text);
	assert_true(journal_write(f->conn, f->arena, &e, LANG_EN, &w, &f->err) < 0);
	buf_done(&text);
}

/* --- the token ---------------------------------------------------------------------------------- */

static void test_tokens(void **state)
{
	struct fixture *f = *state;
	struct seal_key other = { .b = { 3 } };
	char token[TOKEN_MAX], bad[TOKEN_MAX];
	uint64_t id = id_next(&f->ids, NOW), back = 0;

	journal_token(&f->key, id, token);
	assert_true(journal_token_read(&f->key, str_c(token), &back));
	assert_int_equal(back, id);
	assert_false(journal_token_read(&other, str_c(token), &back));
	for (size_t i = 0; token[i]; i++) {
		memcpy(bad, token, sizeof(bad));
		bad[i] = bad[i] == '0' ? '1' : '0';
		if (journal_token_read(&f->key, str_c(bad), &back))
			fail_msg("byte %zu changed: %s", i, bad);
		assert_false(journal_token_read(&f->key, str_n(token, i), &back));
	}
	static const char *const strangers[] = { "", "v1", "v1.", "v1..", "v2.x.y", "order=5",
		"v1.dec_0.0", "...." };
	for (size_t i = 0; i < ARRAY_LEN(strangers); i++)
		assert_false(journal_token_read(&f->key, str_c(strangers[i]), &back));
	assert_false(journal_token_read(&f->key, STR_NONE, &back));
	memcpy(bad, token, sizeof(bad));
	memcpy(bad + strlen(bad), "0", 2);
	assert_false(journal_token_read(&f->key, str_c(bad), &back));
}

/* --- everything fails once ---------------------------------------------------------------------- */

static int work(struct fixture *f)
{
	struct id_gen ids = { 0 };
	struct journal_filter filter = { .since = TIME_NONE, .until = TIME_NONE, .limit = 5 };
	struct journal_entry e = entry(f, NOW, SEND_READY), *list;
	uint64_t next;
	size_t n;
	int64_t count;

	e.id = id_next(&ids, NOW);
	int r = journal_add(f->conn, &f->ledger, &e, &f->err);
	if (r == 0)
		r = journal_judge_again(f->conn, &f->ledger, &e, &f->err);
	if (r == 0)
		r = journal_move(f->conn, &e, SEND_SENDING, STR_NONE, 0, NOW, &f->err);
	if (r == 0)
		r = journal_settle_sending(
		    f->conn, e.id, SEND_ACCEPTED, STR("wamid.A"), 0, NOW, &f->err);
	if (r > 0)
		r = journal_get(f->conn, e.id, f->arena, &e, &f->err);
	if (r > 0)
		r = journal_list(f->conn, &filter, f->arena, &list, &n, &next, &f->err);
	if (r == 0)
		r = journal_set_counted(f->conn, e.id, 0, &f->err);
	if (r == 0)
		r = journal_recover(f->conn, NOW, &count, &f->err);
	return r < 0 ? r : journal_expire_unknown(f->conn, NOW, NOW, &count, &f->err);
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "journal", work);
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_whole_again),
		FIXTURE_TEST(test_what_the_leaf_commits_to),
		FIXTURE_TEST(test_the_content_comes_back),
		FIXTURE_TEST(test_judged_again),
		FIXTURE_TEST(test_a_person_that_was_merged),
		FIXTURE_TEST(test_names),
		FIXTURE_TEST(test_moves),
		FIXTURE_TEST(test_a_move_is_written),
		FIXTURE_TEST(test_whatever_the_order_of_the_news),
		FIXTURE_TEST(test_settling),
		FIXTURE_TEST(test_a_crash_leaves_nothing_under_way),
		FIXTURE_TEST(test_unknown_becomes_unresolved),
		FIXTURE_TEST(test_lists),
		FIXTURE_TEST(test_page_by_page),
		FIXTURE_TEST(test_told),
		FIXTURE_TEST(test_little_to_tell),
		FIXTURE_TEST(test_broken_rules_on_record),
		FIXTURE_TEST(test_tokens),
		FIXTURE_TEST(test_memory_runs_out),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

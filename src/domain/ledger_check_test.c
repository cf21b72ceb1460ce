#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/fixture.h"
#include "domain/ledger_check.h"
#include "domain/ledger_fixture.h"

#define ENTRIES 700
#define EVERY 300

static struct note_signer signer;

static void make_ledger(struct fixture *f)
{
	ledger_fixture_signer(f, &signer);
	ledger_fixture_fill(f, &signer, ENTRIES, EVERY);
}

static struct ledger_report report_of(
    struct fixture *f, const struct note_point *given, size_t given_len)
{
	const struct ledger_check in = {
		.conn = f->conn,
		.verifier = &signer.verifier,
		.given = given,
		.given_len = given_len,
		.in_transaction = true,
	};
	struct ledger_report report = { .entries = -1 };

	OK(ledger_check(&in, &report, &f->err));
	return report;
}

static void test_sound(void **state)
{
	struct fixture *f = *state;
	struct ledger_point last;

	make_ledger(f);
	struct ledger_report r = report_of(f, NULL, 0);
	assert_int_equal(r.finding.fault, LEDGER_SOUND);
	assert_int_equal(r.entries, scratch_int(f->conn, "SELECT count(*) FROM ledger_leaf"));
	assert_int_equal(r.checkpoints, 3);
	assert_int_equal(r.tiles, 2);
	assert_int_equal(ledger_point_last(f->conn, f->arena, &last, &f->err), 1);
	assert_int_equal(r.covered, last.size);
	assert_int_equal(r.entries, last.leaf);
}

static void test_nothing_yet(void **state)
{
	struct fixture *f = *state;

	ledger_fixture_signer(f, &signer);
	struct ledger_report r = report_of(f, NULL, 0);
	assert_int_equal(r.finding.fault, LEDGER_SOUND);
	assert_int_equal(r.entries, 0);
}

/* What may be done to a ledger, and what is said then. A seq of 0 is not compared. */
#define AT(type) "(SELECT max(seq) FROM ledger_leaf WHERE seq < 400 AND type = " #type ")"
static const struct {
	const char *name, *sql;
	enum ledger_fault fault;
	int64_t seq;
} damages[] = {
	{ "an entry is gone", "DELETE FROM ledger_leaf WHERE seq = 100", LEDGER_MISSING, 100 },
	{ "the first entry is gone", "DELETE FROM ledger_leaf WHERE seq = 1", LEDGER_MISSING, 1 },
	{ "an entry before the first",
	    "INSERT INTO ledger_leaf SELECT 0, type, at, ref, policy, salt, commitment FROM"
	    " ledger_leaf WHERE seq = 1",
	    LEDGER_STRAY, 0 },
	{ "an entry with a number beyond all bounds",
	    "UPDATE ledger_leaf SET seq = 4611686018427387904 WHERE seq = 100", LEDGER_MISSING,
	    100 },
	{ "a type that is none", "UPDATE ledger_leaf SET type = 700 WHERE seq = 100",
	    LEDGER_DAMAGED, 100 },
	{ "a commitment that is cut",
	    "UPDATE ledger_leaf SET commitment = zeroblob(31) WHERE seq = 100", LEDGER_DAMAGED,
	    100 },
	{ "another commitment", "UPDATE ledger_leaf SET commitment = zeroblob(32) WHERE seq = 100",
	    LEDGER_RECORD_OTHER, 100 },
	{ "another salt", "UPDATE ledger_leaf SET salt = zeroblob(32) WHERE seq = 100",
	    LEDGER_RECORD_OTHER, 100 },
	{ "no salt", "UPDATE ledger_leaf SET salt = zeroblob(0) WHERE seq = 100",
	    LEDGER_RECORD_GONE, 100 },
	{ "no salt and no record: destroyed without saying so",
	    "UPDATE ledger_leaf SET salt = zeroblob(0), ref = 0 WHERE seq = " AT(
		1) ";"
		   "DELETE FROM consent_record WHERE leaf = " AT(
		       1) ";"
			  "DELETE FROM consent WHERE leaf = " AT(1),
	    LEDGER_FORGOTTEN, 0 },
	{ "what an operator did, destroyed without saying so",
	    "UPDATE ledger_leaf SET salt = zeroblob(0) WHERE seq = " AT(
		3) ";"
		   "DELETE FROM ledger_note WHERE leaf = " AT(3),
	    LEDGER_FORGOTTEN, 0 },
	{ "an erasure without its list",
	    "UPDATE ledger_leaf SET salt = zeroblob(0) WHERE seq = " AT(
		6) ";"
		   "DELETE FROM ledger_note WHERE leaf = " AT(6),
	    LEDGER_RECORD_GONE, 0 },
	{ "what was erased is there again",
	    "UPDATE ledger_leaf SET salt = zeroblob(32) WHERE seq ="
	    " (SELECT min(seq) FROM ledger_leaf WHERE salt = zeroblob(0))",
	    LEDGER_RECORD_GONE, 0 },
	{ "a person in a decision that was erased",
	    "UPDATE decision SET person = 5 WHERE person IS NULL", LEDGER_RECORD_GONE, 0 },
	{ "another type", "UPDATE ledger_leaf SET type = 4 WHERE seq = 100", LEDGER_RECORD_GONE,
	    100 },
	{ "a decision at another time", "UPDATE ledger_leaf SET at = at + 1 WHERE seq = " AT(2),
	    LEDGER_RECORD_OTHER, 0 },
	{ "a consent at another time", "UPDATE ledger_leaf SET at = at + 1 WHERE seq = " AT(1),
	    LEDGER_RECORD_GONE, 0 },
	{ "an operator act at another time",
	    "UPDATE ledger_leaf SET at = at + 1 WHERE seq = " AT(3), LEDGER_RECORD_GONE, 0 },
	{ "an operator act under another policy, in the first tile",
	    "UPDATE ledger_leaf SET policy = 'x' WHERE seq ="
	    " (SELECT min(seq) FROM ledger_leaf WHERE type = 3)",
	    LEDGER_CHANGED, 1 },
	{ "another decision", "UPDATE ledger_leaf SET ref = ref + 1 WHERE seq = " AT(2),
	    LEDGER_RECORD_GONE, 0 },
	{ "two entries exchanged",
	    "UPDATE ledger_leaf SET seq = -seq WHERE seq IN (100, 101);"
	    "UPDATE ledger_leaf SET seq = 201 + seq WHERE seq < 0",
	    LEDGER_RECORD_GONE, 100 },
	{ "a verdict is changed",
	    "UPDATE decision SET verdict = (verdict + 1) % 3 WHERE leaf = " AT(2),
	    LEDGER_RECORD_OTHER, 0 },
	{ "another time in a decision",
	    "UPDATE decision SET at = at - 86400000 WHERE leaf = " AT(2), LEDGER_RECORD_OTHER, 0 },
	{ "another account in a decision", "UPDATE decision SET waba = '1' WHERE leaf = " AT(2),
	    LEDGER_RECORD_OTHER, 0 },
	{ "another template in a decision",
	    "UPDATE decision SET template = 'x' WHERE leaf = " AT(2), LEDGER_RECORD_OTHER, 0 },
	{ "another kind in a decision", "UPDATE decision SET kind = 1 - kind WHERE leaf = " AT(2),
	    LEDGER_RECORD_OTHER, 0 },
	{ "a verdict that is none", "UPDATE decision SET verdict = 4294967296 WHERE leaf = " AT(2),
	    LEDGER_RECORD_GONE, 0 },
	{ "an act that is none", "UPDATE consent SET act = act + 4294967296 WHERE leaf = " AT(1),
	    LEDGER_RECORD_GONE, 0 },
	{ "a finding is changed", "UPDATE decision SET rules = '[]' WHERE leaf = " AT(2),
	    LEDGER_RECORD_OTHER, 0 },
	{ "a decision is gone", "DELETE FROM decision WHERE leaf = " AT(2), LEDGER_RECORD_GONE, 0 },
	{ "a consent is gone", "DELETE FROM consent WHERE leaf = " AT(1), LEDGER_RECORD_GONE, 0 },
	{ "half of a consent is gone", "DELETE FROM consent_record WHERE leaf = " AT(1),
	    LEDGER_RECORD_GONE, 0 },
	{ "half of a consent of no entry",
	    "INSERT INTO consent_record (leaf, recorded_at, recorded_for) VALUES (" AT(2) ", 1, 1)",
	    LEDGER_UNLISTED, 0 },
	{ "the words of a consent",
	    "UPDATE consent_record SET sealed = zeroblob(90) WHERE leaf = " AT(1),
	    LEDGER_RECORD_OTHER, 0 },
	{ "the words of a consent are gone",
	    "UPDATE consent_record SET sealed = NULL WHERE leaf = " AT(1), LEDGER_RECORD_OTHER, 0 },
	{ "the key of a person is gone", "DELETE FROM person_key", LEDGER_RECORD_OTHER, 0 },
	{ "what an operator did", "UPDATE ledger_note SET content = '{}' WHERE leaf = " AT(3),
	    LEDGER_RECORD_OTHER, 0 },
	{ "what was kept of a decision that was judged again since",
	    "UPDATE ledger_note SET content = content || ' ' WHERE leaf = (SELECT min(n.leaf) FROM"
	    " ledger_note n JOIN ledger_leaf l ON l.seq = n.leaf WHERE l.type = 2)",
	    LEDGER_RECORD_OTHER, 0 },
	{ "what was kept of a decision that stands",
	    "INSERT INTO ledger_note (leaf, content) VALUES (" AT(2) ", '{}')", LEDGER_KEPT_OTHER,
	    0 },
	{ "a decision that nobody recorded",
	    "INSERT INTO decision (id, at, purpose, kind, verdict, mode, state, counted, attempts,"
	    " policy, updated_at, leaf) VALUES (5, 1, 1, 1, 0, 1, 11, 0, 0, 'test', 1, 9000)",
	    LEDGER_UNLISTED, 9000 },
	{ "a decision that claims the entry of an operator act",
	    "INSERT INTO decision (id, at, purpose, kind, verdict, mode, state, counted, attempts,"
	    " policy, updated_at, leaf) VALUES (5, 1, 1, 1, 0, 1, 11, 0, 0, 'test', 1, " AT(3) ")",
	    LEDGER_UNLISTED, 0 },
	{ "a consent that claims the entry of another",
	    "INSERT INTO consent (person, seq, purpose, act, at, evidence, leaf) SELECT 1, 1, purpose, act, at, evidence, leaf FROM consent"
	    " WHERE leaf = " AT(1),
	    LEDGER_UNLISTED, 0 },
	{ "a note of an entry that is not there",
	    "INSERT INTO ledger_note (leaf, content) VALUES (-3, 'x')", LEDGER_UNLISTED, -3 },
	{ "a kept hash", "UPDATE ledger_tile SET hash = zeroblob(32) WHERE place = 0", LEDGER_TILE,
	    1 },
	{ "a kept hash is gone", "DELETE FROM ledger_tile WHERE place = 0", LEDGER_TILE, 1 },
	{ "a kept hash of what is not there",
	    "INSERT INTO ledger_tile (level, place, hash) VALUES (1, 2, zeroblob(32))",
	    LEDGER_TILE_STRAY, 0 },
	{ "a kept hash of no level",
	    "INSERT INTO ledger_tile (level, place, hash) VALUES (0, 0, zeroblob(32))",
	    LEDGER_TILE_STRAY, 0 },
	{ "a checkpoint's text",
	    "UPDATE ledger_checkpoint SET note = replace(note, 'varco', 'varca') WHERE size ="
	    " (SELECT min(size) FROM ledger_checkpoint)",
	    LEDGER_SIGNATURE, 0 },
	{ "a checkpoint's size", "UPDATE ledger_checkpoint SET size = size - 1 WHERE size < 400",
	    LEDGER_NOTE, 0 },
	{ "a checkpoint that is none", "UPDATE ledger_checkpoint SET note = 'x' WHERE size < 400",
	    LEDGER_NOTE, 0 },
	{ "a checkpoint is gone", "DELETE FROM ledger_checkpoint WHERE size < 400",
	    LEDGER_RECORD_GONE, 0 },
	{ "the end is gone", "DELETE FROM ledger_leaf WHERE seq > 650", LEDGER_CUT, 650 },
	{ "the end is gone with its checkpoint",
	    "DELETE FROM ledger_leaf WHERE seq > 650; DELETE FROM ledger_checkpoint WHERE size > 650",
	    LEDGER_UNLISTED, 0 },
	{ "another tenant", "UPDATE installation SET tenant = zeroblob(16)", LEDGER_CHANGED, 1 },
};

static void test_damages(void **state)
{
	struct fixture *f = *state;
	struct buf text;

	make_ledger(f);
	buf_init(&text, 0);
	for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
		OK(store_exec(f->conn, "SAVEPOINT damage", &f->err));
		OK(store_exec(f->conn, damages[i].sql, &f->err));
		struct ledger_report r = report_of(f, NULL, 0);
		buf_reset(&text);
		ledger_finding_write(&r.finding, &text);
		if (r.finding.fault != damages[i].fault ||
		    (damages[i].seq && r.finding.seq != damages[i].seq))
			fail_msg("%s: %s (%s)", damages[i].name, text.p,
			    ledger_fault_name(r.finding.fault));
		OK(store_exec(f->conn, "ROLLBACK TO damage; RELEASE damage", &f->err));
	}
	assert_int_equal(report_of(f, NULL, 0).finding.fault, LEDGER_SOUND);
	buf_done(&text);
}

/* --- checkpoints from elsewhere --------------------------------------------------------------- */

static void test_given_checkpoints(void **state)
{
	struct fixture *f = *state;
	struct ledger_point first, last;
	struct note_point given[3];

	make_ledger(f);
	assert_int_equal(ledger_point_after(f->conn, 0, f->arena, &first, &f->err), 1);
	assert_int_equal(ledger_point_last(f->conn, f->arena, &last, &f->err), 1);
	OK(note_read(last.note, &given[0], &f->err));
	OK(note_read(first.note, &given[1], &f->err));
	given[2] = given[1];
	struct ledger_report r = report_of(f, given, 3);
	assert_int_equal(r.finding.fault, LEDGER_SOUND);
	assert_int_equal(r.given, 3);
	given[1].root.b[0] ^= 1;
	r = report_of(f, given, 3);
	assert_int_equal(r.finding.fault, LEDGER_CHANGED);
	assert_int_equal(r.finding.seq, first.size + 1 - first.size);
	OK(note_read(first.note, &given[1], &f->err));
	given[1].size++;
	r = report_of(f, given, 2);
	assert_int_equal(r.finding.fault, LEDGER_CHANGED);
	given[1].body = STR("other");
	given[1].size--;
	r = report_of(f, given, 2);
	assert_int_equal(r.finding.fault, LEDGER_SIGNATURE);
	assert_int_equal(r.finding.seq, first.size);
}

/* Everything as it was an hour ago, its own checkpoints too: only who holds a later one knows. */
static void test_rolled_back(void **state)
{
	struct fixture *f = *state;
	struct ledger_point later;
	struct note_point given;

	ledger_fixture_signer(f, &signer);
	ledger_fixture_fill(f, &signer, 300, 100);
	OK(store_exec(f->conn, "SAVEPOINT earlier", &f->err));
	ledger_fixture_fill(f, &signer, 400, 100);
	assert_int_equal(ledger_point_last(f->conn, f->arena, &later, &f->err), 1);
	OK(note_read(later.note, &given, &f->err));
	assert_int_equal(report_of(f, &given, 1).finding.fault, LEDGER_SOUND);
	OK(store_exec(f->conn, "ROLLBACK TO earlier; RELEASE earlier", &f->err));
	OK(ledger_load(f->conn, STR("test"), &f->ledger, &f->err));
	assert_int_equal(report_of(f, NULL, 0).finding.fault, LEDGER_SOUND);
	struct ledger_report r = report_of(f, &given, 1);
	assert_int_equal(r.finding.fault, LEDGER_CUT);
	assert_int_equal(r.finding.until, later.size);
	/* and with other things on record since */
	ledger_fixture_operator(f, 1);
	ledger_fixture_fill(f, &signer, 450, 100);
	assert_int_equal(report_of(f, NULL, 0).finding.fault, LEDGER_SOUND);
	assert_int_equal(report_of(f, &given, 1).finding.fault, LEDGER_CHANGED);
}

/* A kept hash and an entry behind it: the hash was the first. */
static void test_the_first_is_told(void **state)
{
	struct fixture *f = *state;

	make_ledger(f);
	scratch_exec(f->conn, "UPDATE ledger_tile SET hash = zeroblob(32) WHERE place = 0");
	scratch_exec(f->conn, "DELETE FROM decision WHERE leaf = 270 OR leaf = 271");
	struct ledger_report r = report_of(f, NULL, 0);
	assert_int_equal(r.finding.fault, LEDGER_UNSURE);
	assert_int_equal(r.finding.seq, 1);
	assert_int_equal(r.finding.until, 256);
}

/* An entry of each kind, one of them out of the row and the note of a decision that was judged again. */
static int write_all_kinds(struct fixture *f)
{
	struct consent_entry consent = {
		.person = 1000, .purpose = PURPOSE_ALL, .act = CONSENT_WITHDRAW, .at = NOW
	};
	struct journal_entry held = ledger_fixture_send(f, 3);
	int64_t seq;
	bool fresh;
	int r = ledger_append(f->conn, &f->ledger, LEAF_OPERATOR, 0, STR("{}"), NOW, &seq, &f->err);

	if (r == 0)
		r = ledger_keep(f->conn, seq, STR("{}"), &f->err);
	if (r == 0)
		r = consent_append(f->conn, &f->ledger, &consent, NOW, &fresh, &f->err);
	held.verdict = VERDICT_HOLD;
	held.state = SEND_HELD;
	if (r == 0)
		r = journal_add(f->conn, &f->ledger, &held, &f->err);
	held.verdict = VERDICT_ALLOW;
	if (r == 0)
		r = journal_judge_again(f->conn, &f->ledger, &held, &f->err);
	if (r == 0)
		r = ledger_point_make(f->conn, &f->ledger, &signer, NOW, &f->err);
	return r < 0 ? r : 0;
}

static int work(struct fixture *f)
{
	const struct ledger_check in = {
		.conn = f->conn, .verifier = &signer.verifier, .in_transaction = true
	};
	struct ledger_report report = { .entries = 0 };
	int r = ledger_install(f->conn, NOW, &f->err);

	if (r == 0)
		r = ledger_load(f->conn, STR("test"), &f->ledger, &f->err);
	if (r == 0)
		r = write_all_kinds(f);
	if (r == 0)
		r = ledger_check(&in, &report, &f->err);
	if (r < 0)
		return r;
	assert_int_equal(report.entries, 5);
	assert_int_equal(report.finding.fault, LEDGER_SOUND);
	return 0;
}

static int until_none(void *arg, struct err *err)
{
	long *left = arg;

	return (*left)-- > 0 ? 0 : err_set(err, E_CLOSED, "Nobody waits for it any more.");
}

static void test_it_ends_when_it_is_told_to(void **state)
{
	struct fixture *f = *state;
	struct ledger_report report = { .entries = 0 };
	int r = -E_CLOSED;
	long most = 0;

	make_ledger(f);
	for (; r == -E_CLOSED; most++) {
		long left = most;
		const struct ledger_check in = {
			.conn = f->conn,
			.verifier = &signer.verifier,
			.in_transaction = true,
			.go_on = until_none,
			.arg = &left,
		};
		r = ledger_check(&in, &report, &f->err);
	}
	assert_int_equal(r, 0);
	assert_int_equal(report.finding.fault, LEDGER_SOUND);
	assert_true(most > 2);
}

static void test_the_store_fails(void **state)
{
	struct fixture *f = *state;

	ledger_fixture_signer(f, &signer);
	fixture_store_fails(f, work);
}

static void test_memory_runs_out(void **state)
{
	struct fixture *f = *state;

	ledger_fixture_signer(f, &signer);
	fixture_memory_runs_out(f, "a ledger is checked", work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_sound),
		FIXTURE_TEST(test_nothing_yet),
		FIXTURE_TEST(test_damages),
		FIXTURE_TEST(test_given_checkpoints),
		FIXTURE_TEST(test_rolled_back),
		FIXTURE_TEST(test_the_first_is_told),
		FIXTURE_TEST(test_it_ends_when_it_is_told_to),
		FIXTURE_TEST(test_the_store_fails),
		FIXTURE_TEST(test_memory_runs_out),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

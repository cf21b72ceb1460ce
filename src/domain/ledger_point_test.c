#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/fixture.h"
#include "domain/ledger_content.h"
#include "domain/ledger_fixture.h"

static int make(struct fixture *f, const struct note_signer *s, time_ms now)
{
	int r = ledger_point_make(f->conn, &f->ledger, s, now, &f->err);

	OK(r);
	return r;
}

static void test_when_something_came(void **state)
{
	struct fixture *f = *state;
	struct note_signer s;
	struct ledger_point p;

	ledger_fixture_signer(f, &s);
	assert_int_equal(make(f, &s, NOW), 0);
	assert_int_equal(ledger_point_last(f->conn, f->arena, &p, &f->err), 0);
	ledger_fixture_operator(f, 1);
	assert_int_equal(make(f, &s, NOW), 1);
	assert_int_equal(make(f, &s, NOW + HOUR), 0);
	ledger_fixture_operator(f, 2);
	assert_int_equal(make(f, &s, NOW + HOUR), 1);
	assert_int_equal(ledger_point_last(f->conn, f->arena, &p, &f->err), 1);
	assert_int_equal(p.size, 3);
	assert_int_equal(p.leaf, 4);
	assert_int_equal(p.at, NOW + HOUR);
	assert_int_equal(ledger_point_after(f->conn, 1, f->arena, &p, &f->err), 1);
	assert_int_equal(p.size, 3);
	assert_int_equal(ledger_point_after(f->conn, 0, f->arena, &p, &f->err), 1);
	assert_int_equal(p.size, 1);
	assert_int_equal(ledger_point_after(f->conn, 3, f->arena, &p, &f->err), 0);
}

static void test_what_is_signed(void **state)
{
	struct fixture *f = *state;
	struct note_signer s;
	struct ledger_point p;
	struct ledger_leaf leaf;
	struct ledger_tree tree;
	struct note_point note;
	struct sha256 root;
	struct buf content;

	ledger_fixture_signer(f, &s);
	ledger_fixture_operator(f, 1);
	ledger_fixture_operator(f, 2);
	OK(ledger_tree_open(f->conn, &tree, &f->err));
	struct merkle_source source = ledger_tree_source(&tree);
	OK(merkle_root_of(&source, 2, &root, &f->err));
	assert_int_equal(make(f, &s, NOW), 1);
	assert_int_equal(ledger_point_last(f->conn, f->arena, &p, &f->err), 1);
	OK(note_read(p.note, &note, &f->err));
	assert_true(note_is_signed(&note, &s.verifier));
	assert_int_equal(note.size, 2);
	assert_memory_equal(note.root.b, root.b, SHA256_LEN);
	buf_init(&content, 0);
	assert_int_equal(ledger_get(f->conn, 3, f->arena, &leaf, &f->err), 1);
	assert_int_equal(leaf.type, LEAF_CHECKPOINT);
	assert_int_equal(ledger_content(f->conn, &leaf, &content, &f->err), LEDGER_FROM_RECORD);
	assert_true(str_eq(buf_str(&content), p.note));
	assert_true(ledger_leaf_commits(&leaf, p.note));
	buf_done(&content);
}

/* Too many entries without kept hashes: the writer is not held up for them. */
static void test_too_far_behind(void **state)
{
	struct fixture *f = *state;
	struct note_signer s;

	ledger_fixture_signer(f, &s);
	scratch_exec(f->conn,
	    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 16640)"
	    " INSERT INTO ledger_leaf (seq, type, at, ref, policy, salt, commitment)"
	    " SELECT i, 3, i, 0, 'test', zeroblob(32), zeroblob(32) FROM n");
	OK(ledger_load(f->conn, STR("test"), &f->ledger, &f->err));
	FAILS(ledger_point_make(f->conn, &f->ledger, &s, NOW, &f->err), E_BUSY, "");
	assert_int_equal(ledger_tiles_make(f->conn, 1, &f->err), 1);
	assert_int_equal(make(f, &s, NOW), 1);
}

static void test_record_names(void **state)
{
	static const struct {
		struct ledger_leaf leaf;
		const char *name;
	} cases[] = {
		{ { .type = LEAF_DECISION, .ref = 5 }, "dec_0000000000005" },
		{ { .type = LEAF_CONSENT, .ref = 5 }, "per_0000000000005" },
		{ { .type = LEAF_CHECKPOINT, .ref = 512 }, "checkpoint 512" },
		{ { .type = LEAF_OPERATOR, .ref = 5 }, "" },
		{ { .type = LEAF_DECISION, .ref = -5 }, "" },
		{ { .type = 77, .ref = 5 }, "" },
	};
	char name[LEDGER_RECORD_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		ledger_record_name(&cases[i].leaf, name);
		assert_string_equal(name, cases[i].name);
	}
	assert_string_equal(leaf_type_name(LEAF_CHECKPOINT), "checkpoint");
	assert_null(leaf_type_name(0));
	assert_null(leaf_type_name(7));
}

static struct note_signer signer;

static int work(struct fixture *f)
{
	struct ledger_point p;
	int r = ledger_install(f->conn, NOW, &f->err);

	if (r == 0)
		r = ledger_load(f->conn, STR("test"), &f->ledger, &f->err);
	if (r == 0)
		r = ledger_append(
		    f->conn, &f->ledger, LEAF_OPERATOR, 0, STR("{}"), NOW, NULL, &f->err);
	if (r == 0)
		r = ledger_point_make(f->conn, &f->ledger, &signer, NOW, &f->err);
	if (r >= 0)
		r = ledger_point_last(f->conn, f->arena, &p, &f->err);
	return r < 0 ? r : 0;
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
	fixture_memory_runs_out(f, "a checkpoint is made", work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_when_something_came),
		FIXTURE_TEST(test_what_is_signed),
		FIXTURE_TEST(test_too_far_behind),
		FIXTURE_TEST(test_record_names),
		FIXTURE_TEST(test_the_store_fails),
		FIXTURE_TEST(test_memory_runs_out),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

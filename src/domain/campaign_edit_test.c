#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "domain/campaign_draft.h"
#include "domain/campaign_edit.h"
#include "domain/campaign_report.h"
#include "domain/fixture.h"
#include "domain/source_list.h"

#define FORMER 2100 /* rows: more than go at once */
#define LATER 1100  /* more than come at once */
#define CHUNK 500
#define SLICES_MAX 100
#define BESIDE(id) ((id) + 1000)

static struct campaign_sums *sums; /* gathers over one transaction, as the writer's do */

static void commit(struct fixture *f)
{
	OK(campaign_sums_write(sums, f->conn, &f->err));
}

static struct campaign look(struct fixture *f, uint64_t id)
{
	struct campaign x = { .id = 0 };

	assert_int_equal(campaign_get(f->conn, id, f->arena, &x, &f->err), 1);
	return x;
}

static void add(struct fixture *f, uint64_t id, int64_t seq, const char *source)
{
	const struct campaign_member m = {
		.seq = seq,
		.person = (uint64_t)seq,
		.fate = MEMBER_WAITING,
		.source = str_c(source),
		.segment = STR("north"),
		.fields = arena_printf(f->arena, "{\"name\":\"%d\"}", (int)seq),
	};

	OK(campaign_member_add(f->conn, &f->key, sums, id, &m, &f->err));
}

/* A draft with an audience, that somebody looked at. */
static void make(struct fixture *f, uint64_t id, int64_t people)
{
	struct campaign x = {
		.id = id,
		.at = NOW,
		.state = CAMPAIGN_DRAFT,
		.name = STR("Sandals"),
		.number = STR("100200300"),
		.waba = STR("900800700"),
		.plan = STR("{\"templates\":[{\"name\":\"a\"},{\"name\":\"b\"}],\"map\":[]}"),
		.by = STR("Marta Neri"),
		.approved_at = TIME_NONE,
		.released_at = TIME_NONE,
		.starts_at = TIME_NONE,
		.ended_at = TIME_NONE,
		.next_at = TIME_NONE,
		.preflight_at = NOW + 1,
		.preflight = STR("{\"people\":3}"),
		.choice = -1,
		.total = people,
	};

	memset(x.digest.b, 1, sizeof(x.digest.b));
	memset(x.snapshot.b, 9, sizeof(x.snapshot.b));
	OK(campaign_add(f->conn, &x, &f->err));
	for (int64_t i = 1; i <= people; i++)
		add(f, id, i, "Fiera");
	commit(f);
}

/* --- an edit, slice by slice ------------------------------------------------------------------ */

struct editing {
	uint64_t id;
	int64_t recorded;
	bool begun, settled, ended;
};

static void begin(struct fixture *f, struct editing *e)
{
	struct campaign x = look(f, e->id);

	OK(campaign_edit_begin(f->conn, &x, BESIDE(e->id), NOW + 5, &f->err));
	e->begun = true;
}

static void settle(struct fixture *f, struct editing *e)
{
	struct campaign x = look(f, e->id);

	x.name = STR("Boots");
	x.plan = STR("{\"templates\":[{\"name\":\"b\"}],\"map\":[]}");
	memset(x.digest.b, 2, sizeof(x.digest.b));
	campaign_reopen(&x);
	OK(campaign_edit_settle(f->conn, &x, NOW + 6, &f->err));
	e->settled = true;
}

/* One transaction of it. */
static void slice(struct fixture *f, struct editing *e)
{
	if (!e->begun) {
		begin(f, e);
	} else if (e->recorded < LATER) {
		for (int i = 0; i < CHUNK && e->recorded < LATER; i++)
			add(f, BESIDE(e->id), ++e->recorded, "Sito");
		if (e->recorded == LATER)
			settle(f, e);
	} else {
		int r = campaign_edit_step(f->conn, &f->key, sums, e->id, NOW + 7, &f->err);
		OK(r < 0 ? r : 0);
		e->ended = r == 0;
	}
	commit(f);
}

/* The gateway ended, and another one goes on with what it finds. */
static void restart(struct fixture *f)
{
	uint64_t campaign;
	int r;

	campaign_sums_undo(sums);
	OK(campaign_edit_sweep(f->conn, &f->err));
	OK(campaign_sweep(f->conn, NOW + 8, &f->err));
	while ((r = campaign_edit_next(f->conn, &campaign, &f->err)) > 0) {
		r = campaign_edit_step(f->conn, &f->key, sums, campaign, NOW + 8, &f->err);
		OK(r < 0 ? r : 0);
		commit(f);
	}
	assert_int_equal(r, 0);
}

/* --- what must be true ------------------------------------------------------------------------ */

/* Of a literal: statements are kept by its address. */
static int64_t number(struct fixture *f, const char *sql, uint64_t id, int kind)
{
	int64_t n = 0;

	OK(store_ask_int(f->conn, &n, &f->err, sql, "ii", (int64_t)id, (int64_t)kind));
	return n;
}

/* Rows, counts, figures and the campaign say the same. */
static void all_agree(struct fixture *f, uint64_t id, int64_t people)
{
	struct campaign_counts n;

	OK(campaign_count(f->conn, id, &n, &f->err));
	assert_int_equal(n.of[MEMBER_WAITING] + n.of[MEMBER_CANCELLED], people);
	assert_int_equal(look(f, id).total, people);
	assert_int_equal(
	    number(f, "SELECT count(*) FROM campaign_member WHERE campaign = ?1 AND ?2 = 0", id, 0),
	    people);
	for (int by = CAMPAIGN_ALL; by <= BY_WAVE; by++)
		assert_int_equal(
		    number(f,
			"SELECT sum(people) FROM campaign_sum WHERE campaign = ?1 AND kind = ?2",
			id, by),
		    people);
}

/* Nothing is left of where the rows waited. */
static void nothing_beside(struct fixture *f, uint64_t id)
{
	static const char *const rows_of[] = {
		"SELECT count(*) FROM campaign_member WHERE campaign = ?1 AND ?2 = 0",
		"SELECT count(*) FROM campaign_sum WHERE campaign = ?1 AND ?2 = 0",
		"SELECT count(*) FROM campaign_fate WHERE campaign = ?1 AND ?2 = 0",
	};

	for (size_t i = 0; i < ARRAY_LEN(rows_of); i++)
		assert_int_equal(number(f, rows_of[i], BESIDE(id), 0), 0);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM campaign_edit"), 0);
}

static int64_t people_of_list(struct fixture *f, const char *source)
{
	int64_t n = 0;

	OK(store_ask_int(f->conn, &n, &f->err,
	    "SELECT coalesce(sum(people), 0) FROM campaign_sum WHERE campaign = 0"
	    " AND kind = 4 AND name = ?1",
	    "t", str_c(source)));
	return n;
}

static void is_as_before(struct fixture *f, uint64_t id, enum campaign_state state)
{
	struct campaign x = look(f, id);

	assert_int_equal(x.state, state);
	assert_true(str_eq_c(x.name, "Sandals") && x.digest.b[0] == 1 && x.snapshot.b[0] == 9);
	assert_true(str_eq_c(x.preflight, "{\"people\":3}") && x.preflight_at == NOW + 1);
	all_agree(f, id, FORMER);
	nothing_beside(f, id);
}

static void is_as_edited(struct fixture *f, uint64_t id, enum campaign_state state)
{
	struct campaign x = look(f, id);

	assert_int_equal(x.state, state);
	assert_true(str_eq_c(x.name, "Boots") && x.digest.b[0] == 2 && x.snapshot.b[0] == 0);
	assert_true(!x.preflight.p && x.preflight_at == TIME_NONE);
	all_agree(f, id, LATER);
	nothing_beside(f, id);
}

/* --- tests ------------------------------------------------------------------------------------ */

/* Ended behind each slice, it is what it was or what it was edited to be. */
static void test_a_gateway_that_ends_anywhere(void **state)
{
	struct fixture *f = *state;
	int before = 0, edited = 0;
	bool through = false;

	OK(campaign_sums_new(&sums, &f->err));
	for (int stop = 1; !through; stop++) {
		struct editing e = { .id = (uint64_t)stop };
		assert_true(stop < SLICES_MAX);
		make(f, e.id, FORMER);
		int64_t former = people_of_list(f, "Fiera"), later = people_of_list(f, "Sito");
		for (int i = 0; i < stop && !e.ended; i++)
			slice(f, &e);
		through = e.ended;
		restart(f);
		if (e.settled) {
			is_as_edited(f, e.id, CAMPAIGN_DRAFT);
			assert_int_equal(people_of_list(f, "Fiera"), former - FORMER);
			assert_int_equal(people_of_list(f, "Sito"), later + LATER);
			edited++;
		} else {
			is_as_before(f, e.id, CAMPAIGN_DRAFT);
			assert_int_equal(people_of_list(f, "Fiera"), former);
			assert_int_equal(people_of_list(f, "Sito"), later);
			before++;
		}
		arena_reset(f->arena);
	}
	assert_int_equal(before, 3);
	assert_true(edited > 5);
	campaign_sums_free(&sums);
}

/* Cancelled behind each slice, it is cancelled with the audience that it had, or that it got. */
static void test_cancelled_anywhere(void **state)
{
	struct fixture *f = *state;
	bool through = false;

	OK(campaign_sums_new(&sums, &f->err));
	for (int stop = 1; !through; stop++) {
		struct editing e = { .id = (uint64_t)stop };
		make(f, e.id, FORMER);
		for (int i = 0; i < stop && !e.ended; i++)
			slice(f, &e);
		through = e.ended;
		struct campaign x = look(f, e.id);
		OK(campaign_move(&x, CAMPAIGN_CANCELLED, &f->err));
		OK(campaign_update(f->conn, &x, NOW + 9, &f->err));
		if (!e.settled) {
			FAILS(campaign_edit_settle(f->conn, &x, NOW + 9, &f->err), E_CONFLICT, "");
			OK(campaign_edit_give_up(f->conn, e.id, &f->err));
		}
		restart(f);
		(e.settled ? is_as_edited : is_as_before)(f, e.id, CAMPAIGN_CANCELLED);
		arena_reset(f->arena);
	}
	campaign_sums_free(&sums);
}

static void test_given_up(void **state)
{
	struct fixture *f = *state;
	struct editing e = { .id = 7 };
	int r;

	OK(campaign_sums_new(&sums, &f->err));
	make(f, 7, FORMER);
	slice(f, &e);
	slice(f, &e);
	assert_int_equal(look(f, 7).state, CAMPAIGN_LOADING);
	/* its rows are being taken in: nothing of it is anybody's to step on with */
	assert_int_equal(campaign_edit_step(f->conn, &f->key, sums, 7, NOW, &f->err), 0);
	assert_int_equal(look(f, 7).state, CAMPAIGN_LOADING);
	OK(campaign_edit_give_up(f->conn, 7, &f->err));
	do {
		r = campaign_edit_step(f->conn, &f->key, sums, 7, NOW + 8, &f->err);
		commit(f);
	} while (r > 0);
	OK(r);
	is_as_before(f, 7, CAMPAIGN_DRAFT);
	assert_int_equal(campaign_edit_step(f->conn, &f->key, sums, 7, NOW + 8, &f->err), 0);
	campaign_sums_free(&sums);
}

/* What happens to people while their rows wait beside. */
static void test_people_and_lists_of_meanwhile(void **state)
{
	struct fixture *f = *state;
	struct editing e = { .id = 7, .recorded = LATER };
	struct campaign_member *list;
	struct campaign_counts n;
	int64_t people = 0;
	size_t len;

	OK(campaign_sums_new(&sums, &f->err));
	make(f, 7, 2);
	begin(f, &e);
	for (int64_t i = 1; i <= 4; i++)
		add(f, BESIDE(7), i, i == 4 ? "Fiera" : "Sito");
	commit(f);
	OK(source_list_suspend(
	    f->conn, STR("Fiera"), STR("Marta Neri"), STR("x"), NOW, &people, &f->err));
	assert_int_equal(people, 2); /* of the audience that it has */
	OK(campaign_tally_erase(f->conn, 2, &f->err));
	OK(store_exec(f->conn,
	    "UPDATE campaign_member SET person = 1 WHERE campaign = 1007 AND person = 3", &f->err));
	settle(f, &e);
	restart(f);
	OK(campaign_count(f->conn, 7, &n, &f->err));
	assert_int_equal(n.of[MEMBER_WAITING], 1);
	assert_int_equal(n.of[MEMBER_FORGOTTEN], 1);
	assert_int_equal(n.of[MEMBER_DUPLICATE], 1);
	assert_int_equal(n.of[MEMBER_SUSPENDED], 1);
	assert_int_equal(look(f, 7).total, 2);
	const struct campaign_walk walk = { .campaign = 7, .after = -1, .limit = 10 };
	OK(campaign_people(f->conn, &f->key, &walk, f->arena, &list, &len, &f->err));
	assert_int_equal(len, 4);
	assert_true(str_eq_c(list[0].fields, "{\"name\":\"1\"}") && !list[1].fields.p);
	assert_true(!list[2].fields.p && str_eq_c(list[3].fields, "{\"name\":\"4\"}"));
	nothing_beside(f, 7);
	campaign_sums_free(&sums);
}

static int edit_one(struct fixture *f)
{
	struct campaign x = { .id = 7,
		.at = NOW,
		.state = CAMPAIGN_DRAFT,
		.name = STR("Sandals"),
		.number = STR("100200300"),
		.waba = STR("900800700"),
		.plan = STR("{}"),
		.by = STR("Marta Neri") };
	const struct campaign_member m = { .seq = 1,
		.person = 1,
		.fate = MEMBER_WAITING,
		.fields = STR("{}"),
		.source = STR("s") };
	struct campaign_sums *own = NULL;
	int r = campaign_sums_new(&own, &f->err);

	if (r == 0)
		r = campaign_add(f->conn, &x, &f->err);
	if (r == 0)
		r = campaign_member_add(f->conn, &f->key, own, 7, &m, &f->err);
	if (r == 0)
		r = campaign_edit_begin(f->conn, &x, 8, NOW, &f->err);
	if (r == 0)
		r = campaign_member_add(f->conn, &f->key, own, 8, &m, &f->err);
	if (r == 0)
		r = campaign_edit_settle(f->conn, &x, NOW, &f->err);
	if (r == 0) {
		do
			r = campaign_edit_step(f->conn, &f->key, own, 7, NOW, &f->err);
		while (r > 0);
	}
	campaign_sums_free(&own);
	return r;
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "another audience", edit_one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_a_gateway_that_ends_anywhere),
		FIXTURE_TEST(test_cancelled_anywhere),
		FIXTURE_TEST(test_given_up),
		FIXTURE_TEST(test_people_and_lists_of_meanwhile),
		FIXTURE_TEST(test_memory_runs_out),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

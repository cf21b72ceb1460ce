/* What Meta's codes change, when people hear of it, and what ends a refused token's pause. */
#include "flow/effects.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/check.h"
#include "flow/credential.h"
#include "flow/world.h"

#define WABA "900800700"
#define INCIDENTS "SELECT count(*) FROM incident"

static int fails(struct world *w, const struct dir_number *n, int64_t code, time_ms now)
{
	struct fixture *f = w->f;
	const struct effect_scope scope = {
		.person = world_person(w, ALICE),
		.phone = phone_of(ALICE),
		.number = n,
		.tpl = STR("sale/it"),
	};

	return effects_apply(&w->core, f->conn, code, &scope, now, &f->err);
}

/* It is on record, and nobody looked yet. */
static void refuse(struct world *w)
{
	struct fixture *f = w->f;

	OK(pause_set(f->conn, STR("waba"), STR(WABA), PURPOSE_ALL, TIME_NONE, STR(PAUSE_BY_META),
	    STR("token"), NOW, &f->err));
	core_directory_changed(&w->core);
}

struct look {
	const char *name;
	int64_t code, incidents;
	bool again;    /* the same code was told before */
	bool just_now; /* somebody looked in this second */
};

/* How many incidents open by a failed send, just after something else changed that would be one. */
static int64_t seen(struct world *w, const struct look *row)
{
	struct fixture *f = w->f;
	struct directory *kept = directory_ref((struct directory *)(uintptr_t)world_directory(w));
	const struct dir_number *n = directory_number(kept, STR(NUMBER));

	if (row->again)
		OK(fails(w, n, row->code, NOW));
	int64_t before = COUNT_OF(w, INCIDENTS);
	w->core.watch_due = row->just_now ? INT64_MAX : 0;
	refuse(w);
	OK(fails(w, n, row->code, NOW + 1));
	directory_unref(&kept);
	return COUNT_OF(w, INCIDENTS) - before;
}

/* Whoever changes nothing looks for nothing. */
static void only_a_change_makes_people_look(void **state)
{
	static const struct look rows[] = {
		{ "a person's cooldown", 131049, 0, false, false },
		{ "a pause", 131057, 1, false, false },
		{ "a pause that runs", 131057, 0, true, false },
		{ "the breaker's pause that runs", 131048, 0, true, false },
		{ "a pause, too soon", 131057, 0, false, true },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct world w;
		scratch_exec(f->conn, "SAVEPOINT row");
		world_make(&w, f);
		if (seen(&w, &rows[i]) != rows[i].incidents)
			fail_msg("%s", rows[i].name);
		world_done(&w);
		scratch_exec(f->conn, "ROLLBACK TO row");
	}
}

/* One failed send in a store that knows no incidents; *due as in struct core. */
static int fails_unseen(struct fixture *f, mono_ns *due)
{
	struct world w;

	world_make(&w, f);
	w.core.watch_due = *due;
	const struct dir_number *n = directory_number(world_directory(&w), STR(NUMBER));
	scratch_exec(f->conn, "ALTER TABLE incident RENAME TO elsewhere");
	int r = fails(&w, n, 131057, NOW);
	*due = w.core.watch_due;
	if (r == 0)
		assert_int_equal(
		    COUNT_OF(&w, "SELECT count(*) FROM pause WHERE reason = '131057'"), 1);
	world_done(&w);
	return r;
}

/* The store takes nothing more then; the same job goes through when it runs again. */
static void a_look_that_fails_loses_no_outcome(void **state)
{
	struct fixture *f = *state;
	mono_ns due = 0;

	assert_int_equal(fails_unseen(f, &due), -E_STORE);
	store_rollback(f->conn);
	OK(store_begin(f->conn, &f->err));
	assert_int_equal(fails_unseen(f, &due), 0);
}

/* The second of a burst neither prolongs the pause nor makes anybody load anything anew. */
static void the_same_pause_is_set_once(void **state)
{
	static const int64_t codes[] = { 131048, 131057, 131064 };
	struct fixture *f = *state;
	struct world w;

	world_make(&w, f);
	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		const struct dir_number *n = directory_number(world_directory(&w), STR(NUMBER));
		int64_t pauses = COUNT_OF(&w, "SELECT count(*) FROM pause");
		OK(fails(&w, n, codes[i], NOW));
		assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM pause"), pauses + 1);
		int64_t until = COUNT_OF(&w, "SELECT sum(until_at) FROM pause");
		uint64_t stops = atomic_load(&w.core.stops), changes = w.core.changes;
		n = directory_number(world_directory(&w), STR(NUMBER));
		OK(fails(&w, n, codes[i], NOW + 1));
		if (atomic_load(&w.core.stops) != stops || w.core.changes != changes ||
		    COUNT_OF(&w, "SELECT sum(until_at) FROM pause") != until)
			fail_msg("%lld", (long long)codes[i]);
	}
	world_done(&w);
}

static void a_number_that_was_removed_just_now(void **state)
{
	struct fixture *f = *state;
	struct world w;

	world_make(&w, f);
	struct directory *kept = directory_ref((struct directory *)(uintptr_t)world_directory(&w));
	OK(number_remove(f->conn, STR(NUMBER), &f->err));
	core_directory_changed(&w.core);
	assert_int_equal(fails(&w, directory_number(kept, STR(NUMBER)), 33, NOW), 0);
	directory_unref(&kept);
	world_done(&w);
}

/* --- tokens ----------------------------------------------------------------------------------- */

#define ANOTHER TIME_NONE /* instead of an answer the operator brings another token */

static void what_ends_a_refusal(void **state)
{
	static const struct {
		const char *name;
		int64_t code;
		time_ms asked_at;
		bool ends;
	} rows[] = {
		{ "asked afterwards", 190, NOW + 1, true },
		{ "asked in the same moment", 190, NOW, false },
		{ "asked before", 190, NOW - 1, false },
		{ "a right is missing", 200, NOW + 1, false },
		{ "another token", 190, ANOTHER, true },
		{ "another token with the right", 200, ANOTHER, true },
	};
	struct fixture *f = *state;
	struct world w;

	world_make(&w, f);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		clock_set_wall(NOW, true);
		OK(credential_refused(&w.core, f->conn, STR(WABA), rows[i].code, &f->err));
		clock_set_wall(rows[i].asked_at == ANOTHER ? NOW : NOW + MINUTE, true);
		OK(rows[i].asked_at == ANOTHER
			? credential_replaced(&w.core, f->conn, STR(WABA), &f->err)
			: credential_works(&w.core, f->conn, STR(WABA), rows[i].asked_at, &f->err));
		if (COUNT_OF(&w, "SELECT count(*) FROM pause") != !rows[i].ends)
			fail_msg("%s", rows[i].name);
		scratch_exec(f->conn, "DELETE FROM pause");
	}
	world_done(&w);
}

/* A pause that a clock set into the time to come would outlast every answer. */
static void a_refusal_from_the_time_to_come(void **state)
{
	struct fixture *f = *state;
	struct world w;

	world_make(&w, f);
	clock_set_wall(NOW + HOUR, true);
	OK(credential_refused(&w.core, f->conn, STR(WABA), 190, &f->err));
	clock_set_wall(NOW, true);
	OK(credential_works(&w.core, f->conn, STR(WABA), NOW - 1, &f->err));
	assert_int_equal(COUNT_OF(&w, "SELECT count(*) FROM pause"), 0);
	world_done(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(only_a_change_makes_people_look),
		FIXTURE_TEST(a_look_that_fails_loses_no_outcome),
		FIXTURE_TEST(the_same_pause_is_set_once),
		FIXTURE_TEST(a_number_that_was_removed_just_now),
		FIXTURE_TEST(what_ends_a_refusal),
		FIXTURE_TEST(a_refusal_from_the_time_to_come),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

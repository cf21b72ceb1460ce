/* Copies by the clock: when one is due, when it is late, and what is told of it. */
#include "flow/copier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "flow/live.h"

#define PATH_SIZE 120

static struct copier *copier;

static void every_day(struct core_options *o)
{
	o->backup.every_ms = MS_PER_DAY;
	o->backup.keep = 2;
}

static void *begin(void (*adjust)(struct core_options *o))
{
	struct live *l = calloc(1, sizeof(*l));
	struct err err = { 0 };

	assert_non_null(l);
	live_open_with(l, adjust);
	MUST(copier_open(l->lane, &copier, &err), &err);
	return l;
}

static int with_a_timer(void **state)
{
	*state = begin(every_day);
	return 0;
}

static int without_one(void **state)
{
	*state = begin(NULL);
	return 0;
}

static int finish(void **state)
{
	struct live *l = *state;
	char folder[PATH_SIZE];

	copier_stop(copier);
	assert_true(copier_is_idle(copier));
	copier_close(&copier);
	(void)snprintf(folder, sizeof(folder), "%s/backups", l->scratch.dir);
	live_close(l);
	scratch_remove(folder);
	scratch_remove(l->scratch.dir);
	free(l);
	return 0;
}

/* A round, and those that follow from it. */
static void look(struct live *l, time_ms now)
{
	live_clock(now);
	for (int i = 0; i < 3; i++) {
		copier_run(copier);
		while (!copier_is_idle(copier))
			turn(l->loop);
	}
}

static size_t copies(struct live *l, struct backup *ret_newest)
{
	struct arena *a = arena_new(0, 0);
	struct backup *list = NULL;
	struct err err = { 0 };
	size_t n = 0;

	MUST(backup_list(l->core, a, &list, &n, &err), &err);
	if (n && ret_newest)
		*ret_newest = list[0];
	arena_free(&a);
	return n;
}

static int64_t alarms(struct live *l, const char *kind)
{
	if (strcmp(kind, "backup.overdue") == 0)
		return live_int(l, "SELECT count(*) FROM alarm WHERE kind = 'backup.overdue'");
	return live_int(l, "SELECT count(*) FROM alarm WHERE kind = 'backup.fine'");
}

/* As if the folder were a file: nothing can be made in it. */
static void spoil(const struct live *l, bool spoilt)
{
	char folder[PATH_SIZE];
	struct err err = { 0 };

	(void)snprintf(folder, sizeof(folder), "%s/backups", l->scratch.dir);
	if (spoilt)
		MUST(file_write_atomic(folder, STR("no folder"), 0600, &err), &err);
	else
		assert_int_equal(unlink(folder), 0);
}

static void one_a_day_and_no_more_than_are_kept(void **state)
{
	struct live *l = *state;
	struct backup newest;

	look(l, NOW);
	look(l, NOW + MS_PER_DAY - 1);
	assert_int_equal(copies(l, NULL), 0);
	for (int day = 1; day <= 4; day++) {
		look(l, NOW + day * MS_PER_DAY);
		look(l, NOW + day * MS_PER_DAY + MS_PER_HOUR);
		assert_int_equal(copies(l, &newest), day < 2 ? day : 2);
		assert_int_equal(newest.at, NOW + day * MS_PER_DAY);
		assert_int_equal(newest.state, BACKUP_GOOD);
	}
	assert_int_equal(alarms(l, "backup.overdue"), 0);
}

static void nobody_asked_for_any(void **state)
{
	struct live *l = *state;

	look(l, NOW);
	look(l, NOW + 400 * MS_PER_DAY);
	assert_int_equal(copies(l, NULL), 0);
	assert_int_equal(alarms(l, "backup.overdue"), 0);
}

/* Told once, and its end once. The try behind the one that failed is of another round: a copier that begins anew
 * stands for it. */
static void what_is_late_is_told(void **state)
{
	struct live *l = *state;
	struct err err = { 0 };

	spoil(l, true);
	look(l, NOW + MS_PER_DAY);
	assert_int_equal(alarms(l, "backup.overdue"), 0);
	look(l, NOW + MS_PER_DAY + 12 * MS_PER_HOUR);
	look(l, NOW + MS_PER_DAY + 13 * MS_PER_HOUR);
	assert_int_equal(alarms(l, "backup.overdue"), 1);
	assert_int_equal(
	    live_int(l,
		"SELECT count(*) FROM alarm WHERE detail LIKE 'last=never every_s=86400 why=E_%'"),
	    1);
	spoil(l, false);
	struct arena *a = arena_new(0, 0);
	struct store_conn *c = NULL;
	struct backup b;
	MUST(store_connect(l->core->store, STORE_READ, &c, &err), &err);
	MUST(store_begin(c, &err), &err);
	MUST(backup_make(l->core, c, 2, clock_now(), a, &b, &err), &err);
	store_disconnect(&c);
	arena_free(&a);
	look(l, NOW + MS_PER_DAY + 14 * MS_PER_HOUR);
	assert_int_equal(alarms(l, "backup.fine"), 1);
	assert_int_equal(alarms(l, "backup.overdue"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    one_a_day_and_no_more_than_are_kept, with_a_timer, finish),
		cmocka_unit_test_setup_teardown(nobody_asked_for_any, without_one, finish),
		cmocka_unit_test_setup_teardown(what_is_late_is_told, with_a_timer, finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

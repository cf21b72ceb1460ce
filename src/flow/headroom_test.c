#include "flow/headroom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/file.h"
#include "store/scratch.h"

#define MIB (1024ULL * 1024)
#define GIB (1024 * MIB)

static const struct headroom_options usual = {
	.ballast_mib = 64, .low_percent = 10, .low_mib = 1024, .stop_percent = 3
};

static void stages(void **state)
{
	static const struct {
		const char *name;
		uint64_t total, free;
		bool ballast;
		enum headroom_stage stage;
	} rows[] = {
		{ "plenty", 100 * GIB, 50 * GIB, true, HEADROOM_FINE },
		{ "a tenth", 100 * GIB, 10 * GIB, true, HEADROOM_FINE },
		{ "under a tenth", 100 * GIB, 10 * GIB - 1, true, HEADROOM_LOW },
		{ "three parts of a hundred", 100 * GIB, 3 * GIB, true, HEADROOM_LOW },
		{ "under three", 100 * GIB, 3 * GIB - 1, true, HEADROOM_GONE },
		{ "full", 100 * GIB, 0, true, HEADROOM_GONE },
		{ "over a tenth, but under a GiB", 5 * GIB, GIB - 1, true, HEADROOM_LOW },
		{ "a GiB", 5 * GIB, GIB, true, HEADROOM_FINE },
		{ "too small for a GiB to count", 2 * GIB, GIB / 2, true, HEADROOM_FINE },
		{ "small and low", 2 * GIB, GIB / 8, true, HEADROOM_LOW },
		{ "the ballast's room is not free", 100 * GIB, 10 * GIB, false, HEADROOM_LOW },
		{ "it was given back", 100 * GIB, 3 * GIB + 64 * MIB - 1, false, HEADROOM_GONE },
		{ "there is room for it again", 100 * GIB, 10 * GIB + 64 * MIB, false,
		    HEADROOM_FINE },
		{ "too small for a ballast", 200 * MIB, 21 * MIB, false, HEADROOM_FINE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		enum headroom_stage stage = headroom_stage_of(
		    &usual, rows[i].total, rows[i].free, rows[i].ballast);
		if (stage != rows[i].stage)
			fail_msg("%s: %d", rows[i].name, (int)stage);
	}
	const struct headroom_options none = { 0 };
	assert_int_equal(headroom_stage_of(&none, 100 * GIB, 0, false), HEADROOM_FINE);
}

static int64_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}

static struct headroom *look(const char *dir, const struct headroom_options *o)
{
	struct headroom *h = NULL;
	struct err err = { 0 };

	MUST(headroom_open(dir, o, &h, &err), &err);
	return h;
}

/* What the disk of this machine has decides nothing here: a share of 100 is always too little, one of
 * 0 always enough. */
static void the_ballast_comes_and_goes(void **state)
{
	struct headroom_options fine = { .ballast_mib = 1 };
	struct headroom_options larger = { .ballast_mib = 2 };
	struct headroom_options low = { .ballast_mib = 1, .low_percent = 100 };
	struct headroom_options gone = { .ballast_mib = 1, .stop_percent = 100 };
	struct headroom_figures f;
	struct scratch s;
	char path[100];

	(void)state;
	scratch_make(&s);
	(void)snprintf(path, sizeof(path), "%s/ballast", s.dir);
	struct headroom *h = look(s.dir, &low);
	assert_int_equal(headroom_stage(h), HEADROOM_LOW);
	assert_int_equal(size_of(path), -1);
	headroom_close(&h);
	h = look(s.dir, &fine);
	assert_int_equal(headroom_stage(h), HEADROOM_FINE);
	assert_int_equal(size_of(path), MIB);
	headroom_figures(h, &f);
	assert_true(f.total >= f.free && f.free > 0);
	assert_int_equal(f.ballast, MIB);
	headroom_close(&h);
	h = look(s.dir, &low);
	assert_int_equal(size_of(path), MIB);
	headroom_close(&h);
	h = look(s.dir, &gone);
	assert_int_equal(headroom_stage(h), HEADROOM_GONE);
	assert_int_equal(size_of(path), -1);
	headroom_figures(h, &f);
	assert_int_equal(f.ballast, 0);
	headroom_close(&h);
	h = look(s.dir, &larger);
	assert_int_equal(size_of(path), 2 * MIB);
	headroom_close(&h);
	h = look(s.dir, &fine);
	headroom_look(h);
	assert_int_equal(size_of(path), MIB);
	headroom_close(&h);
	assert_int_equal(size_of(path), MIB);
	scratch_remove(s.dir);
}

static void nothing_to_look_at(void **state)
{
	struct headroom_options gone = { .ballast_mib = 1, .stop_percent = 100 };
	struct headroom_figures f;
	struct err err = { 0 };
	struct headroom *h = look("/nowhere/at/all", &gone);

	(void)state;
	assert_int_equal(headroom_stage(h), HEADROOM_FINE);
	assert_int_equal(headroom_stage(NULL), HEADROOM_FINE);
	headroom_figures(NULL, &f);
	assert_int_equal(f.total, 0);
	headroom_close(&h);
	check_fail_alloc_after(0, false);
	assert_int_equal(headroom_open("/tmp", &gone, &h, &err), -E_NOMEM);
	check_fail_alloc_after(-1, false);
}

/* What the disk of this machine has free decides nothing here either. */
static void what_still_fits(void **state)
{
	struct headroom_options any = { .ballast_mib = 0 }, low = { .low_percent = 100 };
	struct dir_room room;
	struct err err = { 0 };
	struct scratch s;

	(void)state;
	scratch_make(&s);
	MUST(dir_room(s.dir, &room, &err), &err);
	struct headroom *h = look(s.dir, &any);
	assert_true(headroom_fits(h, s.dir, 0));
	assert_false(headroom_fits(h, s.dir, room.total));
	assert_true(headroom_fits(h, "/nowhere/at/all", room.total));
	headroom_close(&h);
	h = look(s.dir, &low);
	assert_false(headroom_fits(h, s.dir, 1));
	headroom_close(&h);
	assert_true(headroom_fits(NULL, s.dir, room.total));
	scratch_remove(s.dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stages),
		cmocka_unit_test(the_ballast_comes_and_goes),
		cmocka_unit_test(nothing_to_look_at),
		cmocka_unit_test(what_still_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "apps/gateway/analyses.h"
#include "base/check.h"
#include "base/crypto.h"

/* A program that does as its first file says: a shell script, run as the analysis would be. */
static const char program[] = "#!/bin/sh\n"
			      "traffic=$2\n"
			      "while [ $# -gt 1 ]; do [ \"$1\" = --write ] && dir=$2; shift; done\n"
			      ". \"$traffic\"\n";

struct place {
	char dir[64], program[96];
	struct analyses *all;
	struct arena *arena;
	struct err err;
	uint64_t next;
};

static const struct analyses_limits wide = { 60000, (uint64_t)4 << 30, (uint64_t)1 << 30 };

static void open_analyses(struct place *p, const struct analyses_limits *limits)
{
	char dir[96];

	(void)snprintf(dir, sizeof(dir), "%s/analyses", p->dir);
	assert_int_equal(analyses_new(dir, p->program, limits, &p->all, &p->err), 0);
}

static int open_place(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	struct err err;

	assert_non_null(p);
	assert_int_equal(crypto_init(&err), 0);
	(void)snprintf(p->dir, sizeof(p->dir), "/tmp/varco-analyses-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	(void)snprintf(p->program, sizeof(p->program), "%s/program", p->dir);
	FILE *f = fopen(p->program, "w");
	assert_non_null(f);
	assert_true(fputs(program, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(p->program, 0700), 0);
	p->arena = arena_new(0, 0);
	open_analyses(p, &wide);
	*state = p;
	return 0;
}

static int close_place(void **state)
{
	struct place *p = *state;
	char path[96];

	analyses_free(&p->all);
	arena_free(&p->arena);
	(void)snprintf(path, sizeof(path), "%s/analyses", p->dir);
	assert_int_equal(rmdir(path), 0); /* nothing is left in it */
	assert_int_equal(unlink(p->program), 0);
	assert_int_equal(rmdir(p->dir), 0);
	free(p);
	return 0;
}

static int start(struct place *p, const char *script)
{
	struct analysis_ask ask = {
		.id = ++p->next, .at = clock_now(), .lang = LANG_EN, .name = STR("traffic.csv")
	};
	struct spool *spool = NULL;

	assert_int_equal(spool_open(p->dir, 1 << 20, &spool, &p->err), 0);
	assert_int_equal(spool_write(spool, str_c(script), &p->err), 0);
	spool_end(spool);
	ask.files[ANALYSIS_TRAFFIC] = spool;
	int r = analyses_start(p->all, &ask, &p->err);
	spool_free(&spool);
	return r;
}

static void see(struct place *p, struct analysis_seen *ret)
{
	arena_reset(p->arena);
	assert_true(analyses_get(p->all, p->next, p->arena, ret));
}

static void await(struct place *p, struct analysis_seen *ret)
{
	const struct timespec moment = { .tv_nsec = 5000000 };

	for (see(p, ret); ret->state == ANALYSIS_RUNNING; see(p, ret))
		(void)nanosleep(&moment, NULL);
}

#define WRITES \
	"echo '{\"rows\":7}' >$dir/report.json; echo page >$dir/report.html; echo people >$dir/people.csv\n"

static void test_what_was_written_is_kept_without_a_name(void **state)
{
	struct place *p = *state;
	struct analysis_seen x;
	char text[32] = "", folder[128];

	assert_int_equal(start(p, WRITES), 0);
	await(p, &x);
	assert_int_equal(x.state, ANALYSIS_DONE);
	assert_int_equal(x.percent, 100);
	assert_true(x.ended_at != TIME_NONE && !x.problem.p);
	int fd = analyses_open(p->all, p->next, ANALYSIS_JSON);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, text, sizeof(text) - 1, 0), 11);
	assert_string_equal(text, "{\"rows\":7}\n");
	(void)snprintf(folder, sizeof(folder), "%s/analyses", p->dir);
	DIR *d = opendir(folder);
	for (const struct dirent *e; (e = readdir(d));)
		assert_int_equal(e->d_name[0], '.');
	(void)closedir(d);
	assert_true(analyses_drop(p->all, p->next));
	assert_false(analyses_drop(p->all, p->next));
	assert_int_equal(analyses_open(p->all, p->next, ANALYSIS_HTML), -1);
	assert_int_equal(pread(fd, text, 1, 0), 1); /* who reads it reads on */
	(void)close(fd);
}

static void test_ends_that_are_no_good(void **state)
{
	static const struct {
		const char *name, *script, *problem;
	} cases[] = {
		{ "its own sentence",
		    "echo 'noise' >&2; echo 'varco analyze: No column \"to\".' >&2; exit 2\n",
		    "No column \"to\"." },
		{ "nothing said", "exit 3\n", "The analysis came to no good end." },
		{ "nothing written", "exit 0\n", "The analysis came to no good end." },
		{ "half of it written", "echo x >$dir/report.json\n",
		    "The analysis came to no good end." },
		{ "killed", "kill -9 $$\n",
		    "The analysis needed more than it may have and was ended; take fewer months at once." },
		{ "written, and then a bad end", WRITES "exit 4\n",
		    "The analysis came to no good end." },
	};
	struct place *p = *state;
	struct analysis_seen x;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(start(p, cases[i].script), 0);
		await(p, &x);
		if (x.state != ANALYSIS_FAILED || !str_eq_c(x.problem, cases[i].problem))
			fail_msg("%s: %.*s", cases[i].name, STR_ARG(x.problem));
		assert_int_equal(analyses_open(p->all, p->next, ANALYSIS_JSON), -1);
		assert_true(analyses_drop(p->all, p->next));
	}
}

static void test_no_row_that_could_be_used_is_an_answer(void **state)
{
	struct place *p = *state;
	struct analysis_seen x;

	assert_int_equal(start(p, WRITES "exit 1\n"), 0);
	await(p, &x);
	assert_int_equal(x.state, ANALYSIS_DONE);
}

#define HANGS "while :; do sleep 0.01; done\n"

static void test_one_at_a_time_and_dropped_while_it_runs(void **state)
{
	struct place *p = *state;
	struct analysis_seen x, all[ANALYSES_MAX];

	assert_int_equal(
	    start(p,
		"echo '{\"stage\":\"judging\",\"file\":\"\",\"rows\":41,\"percent\":9}' >&2\n" HANGS),
	    0);
	do
		see(p, &x);
	while (x.rows == 0);
	assert_true(x.judges);
	assert_int_equal(x.percent, 9);
	assert_int_equal(start(p, WRITES), -E_BUSY);
	p->next--;
	assert_int_equal(analyses_list(p->all, p->arena, all), 1);
	assert_true(analyses_drop(p->all, p->next));
	assert_int_equal(analyses_list(p->all, p->arena, all), 0);
	assert_int_equal(start(p, WRITES), 0);
	await(p, &x);
	assert_int_equal(x.state, ANALYSIS_DONE);
}

static void test_the_end_of_all_ends_what_runs(void **state)
{
	struct place *p = *state;

	assert_int_equal(start(p, HANGS), 0);
	analyses_free(&p->all);
	open_analyses(p, &wide);
	assert_int_equal(start(p, HANGS), 0);
}

static void test_time_is_limited(void **state)
{
	static const struct analyses_limits narrow = { 50, (uint64_t)4 << 30, (uint64_t)1 << 30 };
	struct place *p = *state;
	struct analysis_seen x;

	analyses_free(&p->all);
	open_analyses(p, &narrow);
	assert_int_equal(start(p, HANGS), 0);
	await(p, &x);
	assert_true(str_eq_c(
	    x.problem, "The analysis took too long and was ended; take fewer months at once."));
}

static void test_so_many_are_kept(void **state)
{
	struct place *p = *state;
	struct analysis_seen x, all[ANALYSES_MAX];

	for (int i = 0; i < ANALYSES_MAX; i++) {
		assert_int_equal(start(p, WRITES), 0);
		await(p, &x);
	}
	assert_int_equal(start(p, WRITES), -E_BUSY);
	p->next--;
	assert_int_equal(analyses_list(p->all, p->arena, all), ANALYSES_MAX);
	assert_int_equal(all[0].id, p->next);
	assert_true(analyses_drop(p->all, 1));
	assert_int_equal(start(p, WRITES), 0);
	await(p, &x);
}

static void test_what_a_crash_left_is_swept(void **state)
{
	struct place *p = *state;
	char path[160];

	analyses_free(&p->all);
	(void)snprintf(path, sizeof(path), "%s/analyses/anl_1", p->dir);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/analyses/anl_1/people.csv", p->dir);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fclose(f), 0);
	open_analyses(p, &wide);
	assert_int_equal(access(path, F_OK), -1);
}

#define PLACE_TEST(t) cmocka_unit_test_setup_teardown(t, open_place, close_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(test_what_was_written_is_kept_without_a_name),
		PLACE_TEST(test_ends_that_are_no_good),
		PLACE_TEST(test_no_row_that_could_be_used_is_an_answer),
		PLACE_TEST(test_one_at_a_time_and_dropped_while_it_runs),
		PLACE_TEST(test_the_end_of_all_ends_what_runs),
		PLACE_TEST(test_time_is_limited),
		PLACE_TEST(test_so_many_are_kept),
		PLACE_TEST(test_what_a_crash_left_is_swept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <semaphore.h>

#include "base/check.h"
#include "flow/lane.h"
#include "store/scratch.h"

#define LANES 3

struct probe {
	struct lane_job job;
	sem_t back;
};

struct house {
	struct scratch scratch;
	struct core *core;
	struct lanes lanes;
	struct loop *loops[LANES];
	struct lane *lane[LANES];
	uv_thread_t threads[LANES];
};

/* A lane that is kept busy until the test lets it go on. */
struct busy {
	struct loop_work work;
	sem_t begun, go;
	struct house *house; /* of an errand */
};

static void run_loop(void *arg)
{
	loop_run(arg);
}

static int set_up(void **state)
{
	static const struct lane_options options = { .max_flows = 1 };
	static struct house h;
	struct err err = { 0 };

	h = (struct house){ 0 };
	scratch_make(&h.scratch);
	struct core_options o = {
		.state_dir = h.scratch.dir, .base_url = "http://127.0.0.1:1", .max_queue = 100
	};
	MUST(core_open(&o, &h.core, &err), &err);
	h.core->done_ctx = &h.lanes;
	h.core->before_done = lanes_before_done;
	h.core->after_done = lanes_after_done;
	for (unsigned i = 0; i < LANES; i++) {
		h.loops[i] = loop_new(&err);
		assert_non_null(h.loops[i]);
		MUST(lane_open(h.core, h.loops[i], &options, i, &h.lane[i], &err), &err);
		lanes_join(&h.lanes, h.lane[i]);
	}
	for (size_t i = 0; i < LANES; i++)
		assert_int_equal(uv_thread_create(&h.threads[i], run_loop, h.loops[i]), 0);
	*state = &h;
	return 0;
}

static int tear_down(void **state)
{
	struct house *h = *state;

	for (size_t i = 0; i < LANES; i++)
		loop_stop(h->loops[i]);
	for (size_t i = 0; i < LANES; i++)
		uv_thread_join(&h->threads[i]);
	writer_stop(&h->core->writer);
	for (size_t i = 0; i < LANES; i++) {
		lane_close(&h->lane[i]);
		loop_free(&h->loops[i]);
	}
	core_close(&h->core);
	scratch_remove(h->scratch.dir);
	return 0;
}

/* --- jobs ------------------------------------------------------------------------------------- */

static int does_nothing(struct lane_job *j, struct store_conn *c, struct err *err)
{
	(void)j;
	(void)c;
	(void)err;
	return 0;
}

static int withdraws(struct lane_job *j, struct store_conn *c, struct err *err)
{
	(void)c;
	(void)err;
	j->fence = true;
	return 0;
}

static int fails(struct lane_job *j, struct store_conn *c, struct err *err)
{
	(void)c;
	j->fence = true;
	return err_set(err, E_INVALID, "No.");
}

static void on_back(struct lane_job *j)
{
	struct probe *p = (struct probe *)((char *)j - offsetof(struct probe, job));

	sem_post(&p->back);
}

static void submit_from(struct house *h, size_t lane, struct probe *p,
    int (*run)(struct lane_job *j, struct store_conn *c, struct err *err))
{
	*p = (struct probe){ .job = { .run = run, .back = on_back } };
	sem_init(&p->back, 0, 0);
	assert_true(lane_submit(h->lane[lane], &p->job));
}

/* Home is lane 0. */
static void submit(struct house *h, struct probe *p,
    int (*run)(struct lane_job *j, struct store_conn *c, struct err *err))
{
	submit_from(h, 0, p, run);
}

/* What is submitted while it runs comes into one batch. */
static sem_t writer_begun, writer_go;

static int holds_the_writer(struct lane_job *j, struct store_conn *c, struct err *err)
{
	(void)j;
	(void)c;
	(void)err;
	sem_post(&writer_begun);
	sem_wait(&writer_go);
	return 0;
}

static void on_busy(struct loop_work *work)
{
	struct busy *b = (struct busy *)((char *)work - offsetof(struct busy, work));

	sem_post(&b->begun);
	sem_wait(&b->go);
}

static void keep_busy(struct house *h, size_t lane, struct busy *b)
{
	*b = (struct busy){ .work = { .run = on_busy } };
	sem_init(&b->begun, 0, 0);
	sem_init(&b->go, 0, 0);
	loop_post(h->loops[lane], &b->work);
	sem_wait(&b->begun);
}

/* --- tests ------------------------------------------------------------------------------------ */

/* Each of the other lanes may still have something to start: none may be left out. */
static void test_a_fence_waits_for_every_lane(void **state)
{
	struct house *h = *state;

	for (size_t i = 1; i < LANES; i++) {
		struct probe fenced, later;
		struct busy busy;
		keep_busy(h, i, &busy);
		submit(h, &fenced, withdraws);
		submit(h, &later, does_nothing);
		sem_wait(&later.back); /* the fenced one was durable before it, and has not come */
		assert_int_equal(sem_trywait(&fenced.back), -1);
		sem_post(&busy.go);
		sem_wait(&fenced.back);
		assert_int_equal(fenced.job.rc, 0);
	}
}

static void test_what_failed_waits_for_nobody(void **state)
{
	struct house *h = *state;
	struct probe failed, passing;
	struct busy busy;

	keep_busy(h, 1, &busy);
	submit(h, &failed, fails);
	sem_wait(&failed.back);
	assert_int_equal(failed.job.rc, -E_INVALID);
	sem_post(&busy.go);
	submit(h, &passing, withdraws); /* comes home when lane 1 is done with `busy` */
	sem_wait(&passing.back);
}

static void test_many_fences_come_home(void **state)
{
	struct house *h = *state;
	struct probe probes[50];

	for (size_t i = 0; i < ARRAY_LEN(probes); i++)
		submit(h, &probes[i], i % 3 ? does_nothing : withdraws);
	for (size_t i = 0; i < ARRAY_LEN(probes); i++)
		sem_wait(&probes[i].back);
}

/* Wherever a job of the same batch is at home, it comes before the fence that was behind it. */
static void test_a_fence_comes_behind_its_batch(void **state)
{
	struct house *h = *state;

	sem_init(&writer_begun, 0, 0);
	sem_init(&writer_go, 0, 0);
	for (int round = 0; round < 500; round++) {
		struct probe first, before[LANES], fenced;
		submit(h, &first, holds_the_writer);
		sem_wait(&writer_begun);
		for (size_t i = 0; i < LANES; i++)
			submit_from(h, i, &before[i], does_nothing);
		submit(h, &fenced, withdraws);
		sem_post(&writer_go);
		sem_wait(&fenced.back);
		for (size_t i = 0; i < LANES; i++)
			assert_int_equal(sem_trywait(&before[i].back), 0);
		sem_wait(&first.back);
	}
}

/* A lane that closed would be missed by what comes back. */
static void test_a_lane_is_quiet_when_all_came_back(void **state)
{
	struct house *h = *state;
	struct probe held, failed;

	sem_init(&writer_begun, 0, 0);
	sem_init(&writer_go, 0, 0);
	assert_true(lane_is_quiet(h->lane[0]));
	submit(h, &held, holds_the_writer);
	sem_wait(&writer_begun);
	submit(h, &failed, fails);
	assert_false(lane_is_quiet(h->lane[0]));
	assert_true(lane_is_quiet(h->lane[1]));
	sem_post(&writer_go);
	sem_wait(&held.back);
	sem_wait(&failed.back);
	assert_true(lane_is_quiet(h->lane[0]));
}

/* --- work beside the loop --------------------------------------------------------------------- */

struct errand {
	struct lane_work work;
	uv_thread_t worker;
	bool quiet;
	sem_t back;
};

static void errand_runs(struct lane_work *w)
{
	((struct errand *)(void *)w)->worker = uv_thread_self();
}

static void errand_is_back(struct lane_work *w)
{
	struct errand *e = (struct errand *)(void *)w;

	e->quiet = lane_is_quiet(w->lane);
	sem_post(&e->back);
}

static struct errand errand;

static void begin_errand(struct loop_work *work)
{
	struct busy *b = (struct busy *)((char *)work - offsetof(struct busy, work));
	struct house *h = b->house;

	errand.work = (struct lane_work){ .run = errand_runs, .back = errand_is_back };
	assert_true(lane_work(h->lane[1], &errand.work));
	assert_false(lane_is_quiet(h->lane[1]));
	sem_post(&b->begun);
}

/* Neither the loop's thread does it nor is its lane quiet meanwhile. */
static void test_work_of_a_worker(void **state)
{
	struct house *h = *state;
	struct busy b = { .work = { .run = begin_errand }, .house = h };

	sem_init(&errand.back, 0, 0);
	sem_init(&b.begun, 0, 0);
	loop_post(h->loops[1], &b.work);
	sem_wait(&b.begun);
	sem_wait(&errand.back);
	assert_true(errand.quiet);
	assert_false(uv_thread_equal(&errand.worker, &h->threads[1]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_a_fence_waits_for_every_lane, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_what_failed_waits_for_nobody, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_fence_comes_behind_its_batch, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_lane_is_quiet_when_all_came_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_many_fences_come_home, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_work_of_a_worker, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "base/check.h"
#include "store/scratch.h"
#include "store/writer.h"

#define JOBS 5

struct deed {
	struct write_job job; /* first */
	int64_t id;
	bool waits, writes;
	int fails; /* with that */
	int runs, rc;
	bool said_why;
};

static struct {
	struct scratch scratch;
	struct store *store;
	struct writer *writer;
	sem_t others_wait, done;
	atomic_int rollbacks;
} world;

/* --- on the writer's thread ------------------------------------------------------------------- */

static int run(struct write_job *job, struct store_conn *c, struct err *err)
{
	struct deed *d = (struct deed *)job;
	struct store_stmt *s;

	if (d->waits && d->runs == 0)
		(void)sem_wait(&world.others_wait);
	d->runs++;
	int r = d->writes ? store_prepare(c, "INSERT INTO item (id) VALUES (?1)", &s, err) : 0;
	if (d->writes && r == 0) {
		store_bind_int(s, 1, d->id);
		r = store_run(s, err);
	}
	return r == 0 && d->fails ? err_set(err, (enum err_code)d->fails, "Not today.") : r;
}

static void done(struct write_job *job, int rc)
{
	struct deed *d = (struct deed *)job;

	d->rc = rc;
	d->said_why = rc < 0 && strcmp(job->err.text, "Not today.") == 0;
	(void)sem_post(&world.done);
}

static int on_rollback(void *ctx, struct store_conn *c, struct err *err)
{
	(void)ctx;
	(void)c;
	(void)err;
	(void)atomic_fetch_add(&world.rollbacks, 1);
	return 0;
}

/* --- the world -------------------------------------------------------------------------------- */

static int set_up(void **state)
{
	static const struct writer_options options = {
		.max_items = 64, .max_ms = 1000, .max_queue = 64
	};
	static const struct writer_hooks hooks = { .on_rollback = on_rollback };
	struct err err = { 0 };

	(void)state;
	world.store = scratch_open(&world.scratch);
	struct store_conn *c = scratch_connect(world.store, STORE_WRITE);
	scratch_exec(c, "CREATE TABLE item (id BIGINT NOT NULL PRIMARY KEY) {clustered}");
	store_disconnect(&c);
	(void)sem_init(&world.others_wait, 0, 0);
	(void)sem_init(&world.done, 0, 0);
	atomic_store(&world.rollbacks, 0);
	MUST(writer_start(world.store, &options, &hooks, &world.writer, &err), &err);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	writer_stop(&world.writer);
	(void)sem_destroy(&world.others_wait);
	(void)sem_destroy(&world.done);
	store_close(&world.store);
	scratch_remove(world.scratch.dir);
	return 0;
}

static int64_t rows_in_store(void)
{
	struct store_conn *c = scratch_connect(world.store, STORE_READ);
	int64_t n = scratch_int(c, "SELECT count(*) FROM item");

	store_disconnect(&c);
	return n;
}

/* --- tests ------------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	bool refusable, writes;
	int fails, undone;
} rows[] = {
	{ "before it wrote", true, false, E_CONFLICT, 0 },
	{ "busy", true, false, E_BUSY, 0 },
	{ "after it wrote", true, true, E_CONFLICT, 1 },
	{ "for a reason of the store's", true, false, E_STORE, 1 },
	{ "without memory", true, false, E_NOMEM, 1 },
	{ "one that may not", false, false, E_CONFLICT, 1 },
};

static struct deed deed_of(size_t row)
{
	return (struct deed){ .job = { .run = run, .done = done, .refusable = rows[row].refusable },
		.id = 100,
		.writes = rows[row].writes,
		.fails = rows[row].fails };
}

static void test_by_itself(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct deed d = deed_of(i);
		int before = atomic_load(&world.rollbacks);
		assert_true(writer_submit(world.writer, &d.job));
		(void)sem_wait(&world.done);
		if (d.rc != -rows[i].fails || !d.said_why ||
		    atomic_load(&world.rollbacks) - before != rows[i].undone)
			fail_msg("%s: %d", rows[i].name, d.rc);
	}
	(void)state;
	assert_int_equal(rows_in_store(), 0);
}

/* The first job waits until the others are there, which makes one batch of them. */
static void run_among_others(size_t row, struct deed *deeds)
{
	for (int k = 0; k < JOBS; k++)
		deeds[k] = (struct deed){ .job = { .run = run, .done = done },
			.id = (int64_t)(row * JOBS) + k,
			.waits = k == 0,
			.writes = true };
	deeds[2] = deed_of(row);
	for (int k = 0; k < JOBS; k++)
		assert_true(writer_submit(world.writer, &deeds[k].job));
	(void)sem_post(&world.others_wait);
	for (int k = 0; k < JOBS; k++)
		(void)sem_wait(&world.done);
}

static void test_among_others(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct deed deeds[JOBS];
		struct deed *next = &deeds[3];
		int before = atomic_load(&world.rollbacks);
		run_among_others(i, deeds);
		bool undone = atomic_load(&world.rollbacks) != before;
		if (deeds[2].rc != -rows[i].fails || undone != (rows[i].undone > 0) || next->rc ||
		    (!undone && next->runs != 1))
			fail_msg("%s: %d, %s, the next ran %d times and %d", rows[i].name,
			    deeds[2].rc, undone ? "undone" : "not undone", next->runs, next->rc);
	}
	(void)state;
	assert_int_equal(rows_in_store(), (JOBS - 1) * ARRAY_LEN(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_by_itself, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_among_others, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

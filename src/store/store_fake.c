/* The real driver's objects are used as they are; only the table of functions behind them is ours: a
 * copy of the real one in which the scripted points are replaced. The table begins the wrapper, so
 * that each function finds the script from the driver it was called through. */
#include "store/store_fake.h"

#include <pthread.h>

#include "base/check.h"
#include "store/store_driver.h"

struct script {
	long calls;
	long until; /* calls before the first to fail; <0 = no script */
	long times; /* still to fail, or FAKE_FOR_EVER */
	long met;
	enum err_code code;
};

struct fake {
	struct store_driver driver;
	const struct store_driver *real;
	pthread_mutex_t lock; /* of what follows */
	struct script scripts[FAKE_POINTS];
	bool suspect;
};

static const char *const point_names[] = {
	[FAKE_CONNECT] = "connect",
	[FAKE_BEGIN] = "begin",
	[FAKE_EXEC] = "exec",
	[FAKE_PREPARE] = "prepare",
	[FAKE_STEP] = "step",
	[FAKE_COMMIT] = "commit",
	[FAKE_CHECKPOINT] = "checkpoint",
	[FAKE_CHECK] = "check",
};

static struct fake *fake_of(const struct store_driver *d)
{
	return (struct fake *)d;
}

/* Is this call to fail, and how? */
static bool take_turn(struct script *p)
{
	p->calls++;
	if (p->until < 0 || p->times == 0)
		return false;
	if (p->until > 0) {
		p->until--;
		return false;
	}
	if (p->times > 0)
		p->times--;
	p->met++;
	return true;
}

static int scripted(struct fake *f, enum fake_point point, struct err *err)
{
	(void)pthread_mutex_lock(&f->lock);
	bool fails = take_turn(&f->scripts[point]);
	enum err_code code = f->scripts[point].code;
	(void)pthread_mutex_unlock(&f->lock);
	return fails ? err_set(err, code, "A test made \"%s\" fail.", point_names[point]) : 0;
}

static int fake_connect(
    struct store *s, enum store_access access, struct store_conn **ret, struct err *err)
{
	struct fake *f = fake_of(s->driver);
	int rc = scripted(f, FAKE_CONNECT, err);

	return rc < 0 ? rc : f->real->connect(s, access, ret, err);
}

static int fake_begin(struct store_conn *c, struct err *err)
{
	struct fake *f = fake_of(c->driver);
	int rc = scripted(f, FAKE_BEGIN, err);

	return rc < 0 ? rc : f->real->begin(c, err);
}

static int fake_commit(struct store_conn *c, struct err *err)
{
	struct fake *f = fake_of(c->driver);
	int rc = scripted(f, FAKE_COMMIT, err);

	if (rc == 0)
		return f->real->commit(c, err);
	f->real->rollback(c);
	return rc;
}

static int fake_exec(struct store_conn *c, const char *sql, struct err *err)
{
	struct fake *f = fake_of(c->driver);
	int rc = scripted(f, FAKE_EXEC, err);

	return rc < 0 ? rc : f->real->exec(c, sql, err);
}

static int fake_prepare(
    struct store_conn *c, const char *sql, struct store_stmt **ret, struct err *err)
{
	struct fake *f = fake_of(c->driver);
	int rc = scripted(f, FAKE_PREPARE, err);

	return rc < 0 ? rc : f->real->prepare(c, sql, ret, err);
}

static int fake_step(struct store_stmt *s, struct err *err)
{
	struct fake *f = fake_of(s->driver);
	int rc = scripted(f, FAKE_STEP, err);

	return rc < 0 ? rc : f->real->step(s, err);
}

static int fake_checkpoint(struct store_conn *c, bool all, int64_t *ret_left, struct err *err)
{
	struct fake *f = fake_of(c->driver);
	int rc = scripted(f, FAKE_CHECKPOINT, err);

	return rc < 0 ? rc : f->real->checkpoint(c, all, ret_left, err);
}

static bool fake_suspect(const struct store_conn *c)
{
	struct fake *f = fake_of(c->driver);

	(void)pthread_mutex_lock(&f->lock);
	bool suspect = f->suspect;
	(void)pthread_mutex_unlock(&f->lock);
	return suspect || f->real->suspect(c);
}

static int fake_check(struct store_conn *c, struct err *err)
{
	struct fake *f = fake_of(c->driver);
	int rc = scripted(f, FAKE_CHECK, err);

	if (rc == 0)
		rc = f->real->check(c, err);
	if (rc == 0)
		fake_set_suspect(c->store, false);
	return rc;
}

static void fake_close(struct store *s)
{
	struct fake *f = fake_of(s->driver);

	f->real->close(s);
	(void)pthread_mutex_destroy(&f->lock);
	mem_free(f);
}

static void replace_points(struct store_driver *d)
{
	d->close = fake_close;
	d->connect = fake_connect;
	d->begin = fake_begin;
	d->commit = fake_commit;
	d->exec = fake_exec;
	d->prepare = fake_prepare;
	d->step = fake_step;
	d->checkpoint = fake_checkpoint;
	d->suspect = fake_suspect;
	d->check = fake_check;
}

int fake_open(const char *url, struct store **ret, struct err *err)
{
	struct fake *f = mem_alloc(sizeof(*f));

	if (!f)
		return err_set(err, E_NOMEM, "Memory ran out while opening the store.");
	int rc = store_open(url, ret, err);
	if (rc < 0) {
		mem_free(f);
		return rc;
	}
	f->real = (*ret)->driver;
	f->driver = *f->real;
	replace_points(&f->driver);
	(void)pthread_mutex_init(&f->lock, NULL);
	for (size_t i = 0; i < ARRAY_LEN(f->scripts); i++)
		f->scripts[i].until = -1;
	(*ret)->driver = &f->driver;
	return 0;
}

void fake_fail(struct store *s, enum fake_point point, long nth, long times, enum err_code code)
{
	struct fake *f = fake_of(s->driver);
	struct script *p = &f->scripts[point];

	(void)pthread_mutex_lock(&f->lock);
	p->until = nth - 1;
	p->times = times;
	p->met = 0;
	p->code = code;
	(void)pthread_mutex_unlock(&f->lock);
}

long fake_met(struct store *s, enum fake_point point)
{
	struct fake *f = fake_of(s->driver);

	(void)pthread_mutex_lock(&f->lock);
	long met = f->scripts[point].met;
	(void)pthread_mutex_unlock(&f->lock);
	return met;
}

long fake_calls(struct store *s, enum fake_point point)
{
	struct fake *f = fake_of(s->driver);

	(void)pthread_mutex_lock(&f->lock);
	long calls = f->scripts[point].calls;
	(void)pthread_mutex_unlock(&f->lock);
	return calls;
}

void fake_set_suspect(struct store *s, bool suspect)
{
	struct fake *f = fake_of(s->driver);

	(void)pthread_mutex_lock(&f->lock);
	f->suspect = suspect;
	(void)pthread_mutex_unlock(&f->lock);
}

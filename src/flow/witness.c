/* A round: LOOK (on the writer: hashes, perhaps a checkpoint, the newest one) → WRITE (a worker
 * thread, for disks far away are slow) → POST → TELL (on the writer, an alarm when one of the two
 * failed) → idle. What has nothing to do is passed over. */
#include "flow/witness.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/check.h"
#include "base/file.h"
#include "base/log.h"
#include "domain/inbox.h"
#include "domain/ledger_tree.h"

#define TILES_AT_ONCE 8 /* 2,048 entries: some milliseconds */
#define AGAIN_MS 20     /* while hashes are missing */
#define TIMEOUT_MS 10000
#define ANSWER_MAX 4096
#define PATH_SIZE 4096

/* Somewhere that checkpoints are told to. */
struct place {
	int64_t told;   /* size of the last one that arrived */
	int64_t failed; /* of the last one that an alarm speaks of */
	mono_ns retry_at;
	bool bad; /* the try of this round */
	char why[160];
};

struct witness {
	struct lane *lane;
	struct witness_options options;
	struct upstream *upstream;
	struct upstream_call *call;
	struct loop_timer *again;
	struct lane_job job;
	uv_work_t work;
	bool busy, stopping;
	bool more; /* hashes are missing */
	bool made;
	int64_t size; /* of the newest checkpoint; 0 = there is none */
	struct buf note;
	struct place file, url;
};

static void submit(struct witness *w,
    int (*run)(struct lane_job *j, struct store_conn *c, struct err *err),
    void (*back)(struct lane_job *j));

static struct witness *witness_of(struct lane_job *j)
{
	return (struct witness *)((char *)j - offsetof(struct witness, job));
}

static void rest(struct witness *w)
{
	w->busy = false;
	if (w->more && !w->stopping)
		loop_timer_start(w->again, AGAIN_MS, 0);
}

/* --- telling of trouble ----------------------------------------------------------------------- */

static int alarm_of(
    struct witness *w, struct place *p, const char *scope, struct store_conn *c, struct err *err)
{
	struct core *core = w->lane->core;
	time_ms now = clock_now();

	if (!p->bad || p->failed == w->size)
		return 0;
	return alarm_add(c, id_next(&core->ids, now), STR("ledger.checkpoint_untold"), str_c(scope),
	    str_c(p->why), now, err);
}

static int tell(struct lane_job *j, struct store_conn *c, struct err *err)
{
	struct witness *w = witness_of(j);
	int r = alarm_of(w, &w->file, "file", c, err);

	return r < 0 ? r : alarm_of(w, &w->url, "url", c, err);
}

static void told(struct lane_job *j)
{
	struct witness *w = witness_of(j);
	struct place *const places[] = { &w->file, &w->url };

	if (j->rc < 0)
		log_error("an alarm could not be recorded", "error=%s", err_name(j->job.err.code));
	for (size_t i = 0; j->rc == 0 && i < ARRAY_LEN(places); i++) {
		if (places[i]->bad)
			places[i]->failed = w->size;
	}
	rest(w);
}

static void end_place(struct witness *w, struct place *p, const char *name)
{
	if (!p->bad) {
		p->told = w->size;
		return;
	}
	p->retry_at = clock_mono() + w->options.retry_ms * 1000000;
	log_warn("a checkpoint of the ledger was not told", "to=%s why=%s", name, p->why);
}

static void end_round(struct witness *w)
{
	if ((w->file.bad && w->file.failed != w->size) || (w->url.bad && w->url.failed != w->size))
		submit(w, tell, told);
	else
		rest(w);
}

/* --- places ----------------------------------------------------------------------------------- */

static bool is_due(const struct witness *w, const struct place *p, const char *where)
{
	return where && w->size > p->told && clock_mono() >= p->retry_at && !w->stopping;
}

static void on_posted(void *arg, const struct upstream_answer *answer)
{
	struct witness *w = arg;

	w->call = NULL;
	w->url.bad = answer->outcome != UPSTREAM_ANSWERED || answer->status < 200 ||
	    answer->status > 299;
	if (answer->outcome == UPSTREAM_ANSWERED)
		(void)snprintf(w->url.why, sizeof(w->url.why), "size=%" PRId64 " status=%d",
		    w->size, answer->status);
	else
		(void)snprintf(w->url.why, sizeof(w->url.why), "size=%" PRId64 " error=%.*s",
		    w->size, STR_ARG(answer->error));
	end_place(w, &w->url, "url");
	end_round(w);
}

static void post(struct witness *w)
{
	const struct http_header headers[] = {
		{ STR("Content-Type"), STR("text/plain; charset=utf-8") },
	};
	const struct upstream_request r = {
		.method = HTTP_M_POST,
		.url = str_c(w->options.url),
		.headers = headers,
		.headers_len = ARRAY_LEN(headers),
		.body = buf_str(&w->note),
		.arg = w,
		.on_done = on_posted,
	};
	struct err err = { 0 };

	w->url.bad = false;
	if (!is_due(w, &w->url, w->options.url)) {
		end_round(w);
	} else if (upstream_start(w->upstream, &r, &w->call, &err) < 0) {
		w->url.bad = true;
		(void)snprintf(w->url.why, sizeof(w->url.why), "size=%" PRId64 " error=%s", w->size,
		    err_name(err.code));
		end_place(w, &w->url, "url");
		end_round(w);
	}
}

/* On a worker thread, alone with w->note, w->size and w->file. */
static void write_file(uv_work_t *work)
{
	struct witness *w = work->data;
	char path[PATH_SIZE];
	struct err err = { 0 };
	struct stat st;
	bool folder = stat(w->options.file, &st) == 0 && S_ISDIR(st.st_mode);
	int n = folder ? snprintf(path, sizeof(path), "%s/checkpoint-%012" PRId64 ".txt",
			     w->options.file, w->size)
		       : snprintf(path, sizeof(path), "%s", w->options.file);
	int r = n > 0 && (size_t)n < sizeof(path)
	    ? file_write_atomic(path, buf_str(&w->note), 0644, &err)
	    : -E_RANGE;

	w->file.bad = r < 0;
	(void)snprintf(
	    w->file.why, sizeof(w->file.why), "size=%" PRId64 " error=%s", w->size, err_name(r));
}

static void on_written(uv_work_t *work, int status)
{
	struct witness *w = work->data;

	(void)status;
	end_place(w, &w->file, "file");
	post(w);
}

static void put(struct witness *w)
{
	w->file.bad = false;
	w->work.data = w;
	if (!is_due(w, &w->file, w->options.file) ||
	    uv_queue_work(loop_uv(w->lane->loop), &w->work, write_file, on_written) < 0)
		post(w);
}

/* --- looking ---------------------------------------------------------------------------------- */

static int sign(
    struct witness *w, struct store_conn *c, const struct ledger_point *last, struct err *err)
{
	struct core *core = w->lane->core;
	time_ms now = clock_now();

	if (last->size && now < last->at + WITNESS_EVERY_MS && now >= last->at)
		return 0;
	return ledger_point_make(c, &core->ledger, &core->signer, now, err);
}

/* The newest checkpoint, which may have been asked for by somebody else. */
static int take_newest(struct witness *w, struct store_conn *c, struct arena *a, struct err *err)
{
	struct ledger_point last = { .size = 0 };
	int r = ledger_point_last(c, a, &last, err);

	if (r >= 0 && !w->more)
		r = sign(w, c, &last, err);
	w->made = r > 0;
	if (r > 0)
		r = ledger_point_last(c, a, &last, err);
	if (r < 0)
		return r;
	buf_reset(&w->note);
	buf_add(&w->note, last.note);
	w->size = last.size;
	return w->note.failed ? err_set(err, E_NOMEM, "Memory ran out.") : 0;
}

static int look(struct lane_job *j, struct store_conn *c, struct err *err)
{
	struct witness *w = witness_of(j);
	struct arena *a = arena_new(0, 0);
	int r = a ? ledger_tiles_make(c, TILES_AT_ONCE, err)
		  : err_set(err, E_NOMEM, "Memory ran out.");

	w->more = r > 0;
	if (r >= 0)
		r = take_newest(w, c, a, err);
	arena_free(&a);
	return r;
}

static void looked(struct lane_job *j)
{
	struct witness *w = witness_of(j);

	if (j->rc < 0) {
		log_error("upkeep of the ledger failed", "error=%s", err_name(j->job.err.code));
		w->more = false;
		rest(w);
		return;
	}
	if (w->made)
		log_info("the ledger was signed", "entries=%" PRId64, w->size);
	put(w);
}

/* When the queue is full, the next round comes by itself. */
static void submit(struct witness *w,
    int (*run)(struct lane_job *j, struct store_conn *c, struct err *err),
    void (*back)(struct lane_job *j))
{
	w->job.run = run;
	w->job.back = back;
	w->busy = true;
	if (w->stopping || !lane_submit(w->lane, &w->job))
		rest(w);
}

void witness_run(struct witness *w)
{
	if (!w->busy && !w->stopping)
		submit(w, look, looked);
}

static void on_again(void *arg)
{
	witness_run(arg);
}

/* --- life ------------------------------------------------------------------------------------- */

int witness_open(
    struct lane *l, const struct witness_options *o, struct witness **ret, struct err *err)
{
	const struct upstream_options client = {
		.connect_timeout_ms = TIMEOUT_MS,
		.timeout_ms = TIMEOUT_MS,
		.ca_file = o->ca_file,
		.max_answer = ANSWER_MAX,
		.max_connections = 1,
	};
	struct witness *w = mem_alloc(sizeof(*w));

	if (!w)
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	w->lane = l;
	w->options = *o;
	buf_init(&w->note, 0);
	w->again = loop_timer_new(l->loop, on_again, w);
	int r = w->again ? upstream_open(l->loop, &client, &w->upstream, err)
			 : err_set(err, E_NOMEM, "Memory ran out at start.");
	if (r < 0) {
		witness_close(&w);
		return r;
	}
	*ret = w;
	return 0;
}

void witness_stop(struct witness *w)
{
	if (!w || w->stopping)
		return;
	w->stopping = true;
	loop_timer_free(&w->again);
	if (w->call)
		upstream_cancel(w->call);
}

bool witness_is_idle(const struct witness *w)
{
	return !w->busy;
}

void witness_close(struct witness **pw)
{
	struct witness *w = *pw;

	if (!w)
		return;
	loop_timer_free(&w->again);
	if (w->upstream)
		upstream_close(&w->upstream);
	buf_done(&w->note);
	MEM_FREE(pw);
}

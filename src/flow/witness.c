/* A round: LOOK (on the writer: hashes, perhaps a checkpoint, the newest one) → WRITE (a worker
 * thread, for disks far away are slow) → POST → MAIL → TELL (on the writer, an alarm when one of them
 * failed or is well again) → idle. What has nothing to do is passed over. */
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
#define PATH_SIZE 4096
#define LETTER_ID_MAX 64

/* Somewhere that checkpoints are told to. */
struct place {
	const char *name;
	int64_t told;   /* size of the last one that arrived */
	int64_t failed; /* of the last one that an alarm speaks of */
	mono_ns retry_at;
	bool bad;   /* the try of this round */
	bool clear; /* it arrived, and an alarm stands */
	char why[160];
};

struct witness {
	struct lane *lane;
	struct witness_options options;
	struct teller *teller;
	struct loop_timer *again;
	struct lane_job job;
	uv_work_t work;
	bool busy, stopping;
	bool more; /* hashes are missing */
	bool made;
	int64_t size; /* of the newest checkpoint; 0 = there is none */
	time_ms at;   /* when it was made */
	int written;
	struct buf note, letter;
	struct place places[3];
};

/* Beside witness.places. */
enum { TO_FILE, TO_URL, TO_MAIL };

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

static int alarm_of(struct witness *w, struct place *p, struct store_conn *c, struct err *err)
{
	struct core *core = w->lane->core;
	time_ms now = clock_now();
	struct str kind = p->clear ? STR("ledger.checkpoint_told")
				   : STR("ledger.checkpoint_untold");

	return alarm_add(
	    c, id_next(&core->ids, now), kind, str_c(p->name), str_c(p->why), now, err);
}

static bool has_news(const struct witness *w, const struct place *p)
{
	return p->clear || (p->bad && p->failed != w->size);
}

static int tell(struct lane_job *j, struct store_conn *c, struct err *err)
{
	struct witness *w = witness_of(j);
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(w->places); i++) {
		if (has_news(w, &w->places[i]))
			r = alarm_of(w, &w->places[i], c, err);
	}
	return r;
}

static void told(struct lane_job *j)
{
	struct witness *w = witness_of(j);

	if (j->rc < 0)
		log_error("an alarm could not be recorded", "error=%s", err_name(j->job.err.code));
	for (size_t i = 0; j->rc == 0 && i < ARRAY_LEN(w->places); i++) {
		struct place *p = &w->places[i];
		if (p->bad || p->clear)
			p->failed = p->bad ? w->size : 0;
		p->clear = false;
	}
	rest(w);
}

static void end_place(struct witness *w, struct place *p, bool good, const char *why)
{
	p->bad = !good;
	p->clear = good && p->failed;
	(void)snprintf(
	    p->why, sizeof(p->why), "size=%" PRId64 "%s%s", w->size, *why ? " " : "", why);
	if (good) {
		p->told = w->size;
		CORE_COUNT(w->lane->core, checkpoints_told);
		return;
	}
	p->retry_at = clock_mono() + w->options.retry_ms * 1000000;
	CORE_COUNT(w->lane->core, checkpoints_failed);
	log_warn("a checkpoint of the ledger was not told", "to=%s why=%s", p->name, p->why);
}

static void end_round(struct witness *w)
{
	for (size_t i = 0; i < ARRAY_LEN(w->places); i++) {
		if (has_news(w, &w->places[i])) {
			submit(w, tell, told);
			return;
		}
	}
	rest(w);
}

/* --- places ----------------------------------------------------------------------------------- */

static bool is_due(struct witness *w, int which, bool wanted)
{
	struct place *p = &w->places[which];

	p->bad = false;
	return wanted && w->size > p->told && clock_mono() >= p->retry_at && !w->stopping;
}

static void on_mailed(void *arg, const struct teller_result *r)
{
	struct witness *w = arg;

	end_place(w, &w->places[TO_MAIL], r->told, r->why);
	end_round(w);
}

/* One checkpoint is always the same letter: its time is that of the note's making, as far as it is
 * known, and its id is the note's. */
static int write_letter(struct witness *w)
{
	const struct teller_mailboxes *m = w->options.mailboxes;
	char id[LETTER_ID_MAX], hex[2 * SHA256_LEN + 1];
	struct sha256 digest;
	struct err err = { 0 };

	crypto_sha256(buf_str(&w->note), &digest);
	hex_encode(digest.b, sizeof(digest.b), hex);
	(void)snprintf(id, sizeof(id), "checkpoint.%" PRId64 ".%.16s", w->size, hex);
	const struct mime_letter letter = {
		.from = m->from,
		.to = m->to,
		.to_len = m->to_len,
		.subject = STR("Varco: ledger checkpoint"),
		.text = buf_str(&w->note),
		.id = str_c(id),
		.at = w->at,
	};
	buf_reset(&w->letter);
	return mime_write(&letter, &w->letter, &err);
}

static void mail(struct witness *w)
{
	const struct teller_mailboxes *m = w->options.mailboxes;
	const struct teller_listener on = { .arg = w, .on_end = on_mailed };

	if (!is_due(w, TO_MAIL, m && m->to_len)) {
		end_round(w);
		return;
	}
	int r = write_letter(w);
	if (r == 0) {
		teller_mail(w->teller, buf_str(&w->letter), &on);
		return;
	}
	end_place(w, &w->places[TO_MAIL], false, err_name(r));
	end_round(w);
}

static void on_posted(void *arg, const struct teller_result *r)
{
	struct witness *w = arg;

	end_place(w, &w->places[TO_URL], r->told, r->why);
	mail(w);
}

static void post(struct witness *w)
{
	const struct http_header headers[] = {
		{ STR("Content-Type"), STR("text/plain; charset=utf-8") },
	};
	const struct teller_post p = {
		.url = str_c(w->options.url),
		.headers = headers,
		.headers_len = ARRAY_LEN(headers),
		.body = buf_str(&w->note),
	};
	const struct teller_listener on = { .arg = w, .on_end = on_posted };

	if (is_due(w, TO_URL, w->options.url != NULL))
		teller_post(w->teller, &p, &on);
	else
		mail(w);
}

/* On a worker thread, alone with w->note, w->size and w->written. */
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

	w->written = r;
}

static void on_written(uv_work_t *work, int status)
{
	struct witness *w = work->data;

	char why[40];

	(void)status;
	(void)snprintf(why, sizeof(why), "error=%s", err_name(w->written));
	end_place(w, &w->places[TO_FILE], w->written == 0, w->written ? why : "");
	post(w);
}

static void put(struct witness *w)
{
	w->work.data = w;
	if (!is_due(w, TO_FILE, w->options.file != NULL) ||
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
	w->at = last.at;
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
	const struct teller_options outside = { .ca_file = o->ca_file, .mailboxes = o->mailboxes };
	struct witness *w = mem_alloc(sizeof(*w));

	if (!w)
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	w->lane = l;
	w->options = *o;
	buf_init(&w->note, 0);
	buf_init(&w->letter, 0);
	w->places[TO_FILE].name = "file";
	w->places[TO_URL].name = "url";
	w->places[TO_MAIL].name = "mail";
	w->again = loop_timer_new(l->loop, on_again, w);
	int r = w->again ? teller_open(l->loop, &outside, &w->teller, err)
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
	teller_stop(w->teller);
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
	teller_close(&w->teller);
	buf_done(&w->note);
	buf_done(&w->letter);
	MEM_FREE(pw);
}

/* Everything but `kept` belongs to the stage's thread. What was heard is kept under a lock, for the thread that waits. */
#include "apps/cli/demo_stage.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "apps/sim/sim.h"
#include "base/arena.h"
#include "base/check.h"
#include "base/json.h"
#include "base/lang.h"
#include "transport/http_server.h"
#include "transport/webhook.h"

#define KEPT_MAX 200
#define ADDRESS_MAX 96

struct kept {
	struct buf body;
	bool is_signed;
};

struct demo_stage {
	struct demo_stage_options options;
	uv_thread_t thread;
	uv_sem_t ready;
	int rc; /* of opening */
	struct err err;
	struct loop *loop;
	struct sim *sim;
	struct http_server *receiver;
	struct loop_work stop;
	char sim_url[ADDRESS_MAX], receiver_url[ADDRESS_MAX];
	atomic_bool print;

	pthread_mutex_t lock;
	pthread_cond_t heard;
	struct kept kept[KEPT_MAX]; /* a ring */
	size_t count;               /* ever heard */
};

/* --- the receiver ----------------------------------------------------------------------------- */

/* "delivered", or "an inbound message", for the line that is printed. */
static void describe(const struct json *value, struct buf *out)
{
	const struct json *status = json_at(json_get(value, "statuses"), 0);
	const struct json *message = json_at(json_get(value, "messages"), 0);

	if (status)
		buf_addf(out, _("status \"%.*s\" of %.*s"),
		    STR_ARG(json_str(json_get(status, "status"))),
		    STR_ARG(json_str(json_get(status, "id"))));
	else if (message)
		buf_addf(
		    out, _("an inbound message, %.*s"), STR_ARG(json_str(json_get(message, "id"))));
	else
		buf_add_c(out, _("an event"));
}

static void print_line(struct http_request *req, bool is_signed)
{
	const struct json *root;
	struct buf line;

	if (json_read(req->arena, req->body, &root, NULL) < 0)
		return;
	const struct json *entry = json_at(json_get(root, "entry"), 0);
	const struct json *change = json_at(json_get(entry, "changes"), 0);
	buf_init(&line, 0);
	describe(json_get(change, "value"), &line);
	if (!line.failed) {
		printf(is_signed ? _("webhook: %s (signature good)")
				 : _("webhook: %s (signature WRONG)"),
		    line.p);
		putchar('\n');
	}
	buf_done(&line);
	fflush(stdout);
}

static void keep(struct demo_stage *s, struct str body, bool is_signed)
{
	pthread_mutex_lock(&s->lock);
	struct kept *k = &s->kept[s->count++ % KEPT_MAX];
	buf_reset(&k->body);
	buf_add(&k->body, body);
	k->is_signed = is_signed;
	pthread_cond_broadcast(&s->heard);
	pthread_mutex_unlock(&s->lock);
}

static void take(struct demo_stage *s, struct http_request *req)
{
	bool is_signed = webhook_signature_ok(str_c(s->options.webhook_secret), req->body,
	    http_header_get(req, "x-hub-signature-256"));

	keep(s, req->body, is_signed);
	if (atomic_load(&s->print))
		print_line(req, is_signed);
	http_respond(req, 200, NULL, 0, STR_NONE);
}

/* The newest first; what is no JSON is shown as a string. */
static void write_kept(struct demo_stage *s, struct buf *out)
{
	struct json_writer w;

	jw_init(&w, out);
	jw_object(&w);
	jw_key(&w, "items");
	jw_array(&w);
	pthread_mutex_lock(&s->lock);
	for (size_t i = s->count; i > 0 && s->count - i < KEPT_MAX; i--) {
		const struct kept *k = &s->kept[(i - 1) % KEPT_MAX];
		jw_object(&w);
		jw_member_bool(&w, "signature_ok", k->is_signed);
		jw_key(&w, "body");
		if (k->is_signed)
			jw_raw(&w, buf_str(&k->body));
		else
			jw_str(&w, buf_str(&k->body));
		jw_object_end(&w);
	}
	pthread_mutex_unlock(&s->lock);
	jw_array_end(&w);
	jw_object_end(&w);
	buf_add_char(out, '\n');
}

static void show(struct demo_stage *s, struct http_request *req)
{
	struct buf out;

	buf_init(&out, 0);
	write_kept(s, &out);
	if (out.failed)
		http_respond(req, 503, NULL, 0, STR_NONE);
	else
		http_respond_json(req, 200, NULL, 0, buf_str(&out));
	buf_done(&out);
}

static void on_request(void *ctx, struct http_request *req)
{
	if (req->method == HTTP_M_POST)
		take(ctx, req);
	else if (req->method == HTTP_M_GET)
		show(ctx, req);
	else
		http_respond(req, 405, NULL, 0, STR_NONE);
}

/* The first webhook from the *i-th on that fits; NULL and *i behind them all. Under the lock. */
static const struct kept *find_kept(
    const struct demo_stage *s, size_t *i, struct str text, const char *word)
{
	for (; *i < s->count; (*i)++) {
		const struct kept *k = &s->kept[*i % KEPT_MAX];
		if (s->count - *i > KEPT_MAX || k->body.len == 0)
			continue;
		if (memmem(k->body.p, k->body.len, text.p, text.len) &&
		    (!word || memmem(k->body.p, k->body.len, word, strlen(word))))
			return k;
	}
	return NULL;
}

bool demo_stage_wait(struct demo_stage *s, struct str text, const char *word, int64_t timeout_ms,
    struct buf *ret_body, bool *ret_signed)
{
	struct timespec until;
	const struct kept *k;
	size_t i = 0;
	int rc = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(timeout_ms / 1000);
	pthread_mutex_lock(&s->lock);
	while (!(k = find_kept(s, &i, text, word)) && rc == 0)
		rc = pthread_cond_timedwait(&s->heard, &s->lock, &until);
	if (k) {
		buf_add(ret_body, buf_str(&k->body));
		*ret_signed = k->is_signed;
	}
	pthread_mutex_unlock(&s->lock);
	return k != NULL;
}

void demo_stage_print(struct demo_stage *s, bool on)
{
	atomic_store(&s->print, on);
}

/* --- the thread ------------------------------------------------------------------------------- */

static int open_receiver(struct demo_stage *s, struct err *err)
{
	const struct http_handler handler = { .ctx = s, .on_request = on_request };
	int r = http_server_open(s->loop, "127.0.0.1:0", NULL, NULL, &handler, &s->receiver, err);

	if (r == 0)
		(void)snprintf(s->receiver_url, sizeof(s->receiver_url), "http://%.*s",
		    STR_ARG(http_server_address(s->receiver)));
	return r;
}

static int open_sim(struct demo_stage *s, struct err *err)
{
	struct sim_options o;

	sim_options_default(&o);
	o.virtual_clock = s->options.virtual_clock;
	int r = sim_open(s->loop, &o, &s->sim, err);
	if (r == 0)
		(void)snprintf(
		    s->sim_url, sizeof(s->sim_url), "%.*s", STR_ARG(sim_address(s->sim)));
	return r;
}

static void close_all(struct demo_stage *s)
{
	sim_close(&s->sim);
	if (s->receiver)
		http_server_close(&s->receiver);
}

static void on_stop(struct loop_work *work)
{
	struct demo_stage *s = (struct demo_stage *)((char *)work -
	    offsetof(struct demo_stage, stop));

	close_all(s);
	loop_stop(s->loop);
}

static void run(void *arg)
{
	struct demo_stage *s = arg;

	s->loop = loop_new(&s->err);
	s->rc = s->loop ? open_sim(s, &s->err) : -E_NOMEM;
	if (s->rc == 0)
		s->rc = open_receiver(s, &s->err);
	if (s->rc < 0)
		close_all(s);
	bool ok = s->rc == 0;
	uv_sem_post(&s->ready);
	if (ok)
		loop_run(s->loop);
	loop_free(&s->loop);
}

static void init_waiting(struct demo_stage *s)
{
	pthread_condattr_t attributes;

	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&s->heard, &attributes);
	pthread_condattr_destroy(&attributes);
	for (size_t i = 0; i < KEPT_MAX; i++)
		buf_init(&s->kept[i].body, 0);
}

static void stage_free(struct demo_stage **ps)
{
	struct demo_stage *s = *ps;

	for (size_t i = 0; i < KEPT_MAX; i++)
		buf_done(&s->kept[i].body);
	pthread_cond_destroy(&s->heard);
	pthread_mutex_destroy(&s->lock);
	uv_sem_destroy(&s->ready);
	MEM_FREE(ps);
}

int demo_stage_open(const struct demo_stage_options *o, struct demo_stage **ret, struct err *err)
{
	struct demo_stage *s = mem_alloc(sizeof(*s));

	if (!s)
		return err_set(err, E_NOMEM, "%s", _("Memory ran out."));
	s->options = *o;
	s->stop.run = on_stop;
	atomic_store(&s->print, o->print);
	init_waiting(s);
	ASSERT(uv_sem_init(&s->ready, 0) == 0);
	if (uv_thread_create(&s->thread, run, s) != 0) {
		stage_free(&s);
		return err_set(err, E_NOMEM, "%s", _("Memory ran out."));
	}
	uv_sem_wait(&s->ready);
	if (s->rc == 0) {
		*ret = s;
		return 0;
	}
	int r = s->rc;
	if (err)
		*err = s->err;
	uv_thread_join(&s->thread);
	stage_free(&s);
	return r;
}

void demo_stage_close(struct demo_stage **ps)
{
	if (!*ps)
		return;
	loop_post((*ps)->loop, &(*ps)->stop);
	uv_thread_join(&(*ps)->thread);
	stage_free(ps);
}

const char *demo_stage_sim(const struct demo_stage *s)
{
	return s->sim_url;
}

const char *demo_stage_receiver(const struct demo_stage *s)
{
	return s->receiver_url;
}

/* A round of each way: LOOK (the loop's own reader) → TELL (teller.h) → TOLD (on the writer: how far
 * telling came) → idle. A letter of unknown outcome is kept and sent as it was. */
#include "flow/herald.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/check.h"
#include "base/log.h"
#include "domain/alert.h"

#define SECRET_MIN 24
#define SECRET_MAX 64
#define RECENT_MAX 64

struct way {
	enum alert_way which;
	struct herald *herald;
	struct teller *teller;
	struct lane_job job;
	struct arena *arena;
	bool busy;
	uint64_t newest; /* what the round tells comes to this alarm */
	mono_ns retry_at;
	int64_t retry_ms; /* 0 = the last one arrived */
};

/* What letters told of late: kind and scope as a digest. */
struct told {
	struct sha256 of;
	time_ms at;
};

struct herald {
	struct lane *lane;
	struct herald_options options;
	struct way post, mail;
	bool stopping;
	struct buf letter; /* under way, or of unknown outcome */
	bool doubtful;
	struct told recent[RECENT_MAX], now[ALERTS_MAX]; /* now: in the letter under way */
	size_t recent_next, now_len;
};

int herald_read_secret(struct str text, struct buf *out, struct err *err)
{
	struct str prefix = STR("whsec_");

	text = str_trim(text);
	if (!str_starts(text, prefix))
		buf_add(out, text);
	else if (base64_decode(str_sub(text, prefix.len, text.len), out) < 0)
		return err_field(err, E_INVALID, "alerts.secret_file",
		    "The secret behind whsec_ must be Base64.");
	if (out->failed)
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	if (out->len < SECRET_MIN || out->len > SECRET_MAX)
		return err_field(err, E_INVALID, "alerts.secret_file",
		    "The secret of alerts must have %d to %d bytes.", SECRET_MIN, SECRET_MAX);
	return 0;
}

static void rest(struct way *w)
{
	w->busy = false;
	arena_reset(w->arena);
}

/* --- told ----------------------------------------------------------------------------------------- */

static struct way *way_of(struct lane_job *j)
{
	return (struct way *)((char *)j - offsetof(struct way, job));
}

static int write_told(struct lane_job *j, struct store_conn *c, struct err *err)
{
	return alerts_told(c, way_of(j)->which, way_of(j)->newest, clock_now(), err);
}

static void back(struct lane_job *j)
{
	if (j->rc < 0)
		log_error("it could not be recorded how far alerts were told", "error=%s",
		    err_name(j->job.err.code));
	rest(way_of(j));
}

/* When the queue is full, the same is told again. */
static void keep_told(struct way *w)
{
	w->job.run = write_told;
	w->job.back = back;
	if (w->herald->stopping || !lane_submit(w->herald->lane, &w->job))
		rest(w);
}

static const char *name_of(const struct way *w)
{
	return w->which == ALERT_BY_MAIL ? "mail" : "webhook";
}

static void try_later(struct way *w, const char *why)
{
	w->retry_ms = w->retry_ms ? w->retry_ms * 2 : w->herald->options.retry_first_ms;
	if (w->retry_ms > HERALD_RETRY_MAX_MS)
		w->retry_ms = HERALD_RETRY_MAX_MS;
	w->retry_at = clock_mono() + w->retry_ms * 1000000;
	CORE_COUNT(w->herald->lane->core, alerts_failed);
	log_warn("alerts could not be told", "by=%s why=%s", name_of(w), why);
	rest(w);
}

static void ended(struct way *w, const struct teller_result *r)
{
	if (!r->told) {
		try_later(w, r->why);
		return;
	}
	w->retry_ms = 0;
	CORE_COUNT(w->herald->lane->core, alerts_told);
	keep_told(w);
}

/* --- posts ---------------------------------------------------------------------------------------- */

#define STAMP_MAX 24

static void on_posted(void *arg, const struct teller_result *r)
{
	ended(arg, r);
}

/* "v1,…" in the arena; p NULL when memory ran out. */
static struct str sign(struct way *w, const char *id, const char *stamp, struct str body)
{
	struct sha256 mac;
	struct buf text;
	struct str signature = STR_NONE;

	buf_init(&text, 0);
	buf_add_c(&text, id);
	buf_add_char(&text, '.');
	buf_add_c(&text, stamp);
	buf_add_char(&text, '.');
	buf_add(&text, body);
	if (!text.failed) {
		crypto_hmac_sha256(w->herald->options.secret, buf_str(&text), &mac);
		buf_reset(&text);
		buf_add_c(&text, "v1,");
		base64_encode(str_n((const char *)mac.b, sizeof(mac.b)), &text);
		signature = text.failed ? STR_NONE : arena_str(w->arena, buf_str(&text));
	}
	buf_done(&text);
	return signature;
}

static void post(struct way *w, struct str body, time_ms now)
{
	char id[ID_TEXT_MAX + 8], stamp[STAMP_MAX];
	const struct teller_listener on = { .arg = w, .on_end = on_posted };

	(void)snprintf(id, sizeof(id), "alert_%" PRIu64, w->newest);
	(void)snprintf(stamp, sizeof(stamp), "%" PRId64, (int64_t)(now / MS_PER_S));
	struct str signature = sign(w, id, stamp, body);
	const struct http_header headers[] = {
		{ STR("Content-Type"), STR("application/json") },
		{ STR("webhook-id"), str_c(id) },
		{ STR("webhook-timestamp"), str_c(stamp) },
		{ STR("webhook-signature"), signature },
	};
	const struct teller_post p = {
		.url = str_c(w->herald->options.url),
		.headers = headers,
		.headers_len = ARRAY_LEN(headers),
		.body = body,
	};

	if (signature.p)
		teller_post(w->teller, &p, &on);
	else
		try_later(w, "memory ran out");
}

static void tell_by_post(struct way *w, const struct alerts *x)
{
	time_ms now = clock_now();
	struct str text = STR_NONE;
	struct buf body;

	buf_init(&body, 0);
	if (alerts_write(x->items, x->len, w->herald->options.lang, now, w->arena, &body) == 0)
		text = arena_str(w->arena, buf_str(&body));
	buf_done(&body);
	if (text.p)
		post(w, text, now);
	else
		try_later(w, "memory ran out");
}

/* --- letters -------------------------------------------------------------------------------------- */

static void digest_of(const struct alert *x, struct sha256 *ret)
{
	crypto_sha256_of_two(x->kind, x->scope, ret);
}

static bool is_fresh(const struct herald *h, const struct alert *x, time_ms now)
{
	struct sha256 of;

	digest_of(x, &of);
	for (size_t i = 0; i < RECENT_MAX; i++) {
		const struct told *t = &h->recent[i];
		if (memcmp(&t->of, &of, sizeof(of)) == 0 && now >= t->at &&
		    now < t->at + HERALD_REPEAT_MS)
			return false;
	}
	return true;
}

/* A clock that went back is no reason to wait. */
static bool letter_is_due(const struct herald *h, const struct alerts *x, time_ms now)
{
	time_ms first = x->items[0].first_at;

	if (x->full)
		return true;
	if (now >= first && now < first + h->options.mail_window_ms)
		return false;
	for (size_t i = 0; i < x->len; i++) {
		if (is_fresh(h, &x->items[i], now))
			return true;
	}
	return false;
}

static void remember(struct herald *h)
{
	for (size_t i = 0; i < h->now_len; i++) {
		h->recent[h->recent_next] = h->now[i];
		h->recent_next = (h->recent_next + 1) % RECENT_MAX;
	}
	h->now_len = 0;
}

static void on_mailed(void *arg, const struct teller_result *r)
{
	struct way *w = arg;
	struct herald *h = w->herald;

	h->doubtful = r->doubtful;
	if (r->told)
		remember(h);
	ended(w, r);
}

static void mail(struct way *w)
{
	const struct teller_listener on = { .arg = w, .on_end = on_mailed };

	teller_mail(w->teller, buf_str(&w->herald->letter), &on);
}

/* Into h->letter. */
static int write_letter(struct way *w, const struct alerts *x, time_ms now)
{
	struct herald *h = w->herald;
	const struct teller_mailboxes *m = h->options.mailboxes;
	struct alert_letter words;
	char id[ID_TEXT_MAX];
	struct err err = { 0 };

	id_format("alert", w->newest, id);
	if (alerts_letter(x->items, x->len, h->options.lang, h->options.place, w->arena, &words) <
	    0)
		return -E_NOMEM;
	const struct mime_letter letter = {
		.from = m->from,
		.to = m->to,
		.to_len = m->to_len,
		.subject = str_c(words.subject),
		.text = words.text,
		.id = str_c(id),
		.at = now,
	};
	buf_reset(&h->letter);
	return mime_write(&letter, &h->letter, &err);
}

static void tell_by_mail(struct way *w, const struct alerts *x)
{
	struct herald *h = w->herald;
	time_ms now = clock_now();

	if (!letter_is_due(h, x, now)) {
		rest(w);
		return;
	}
	int r = write_letter(w, x, now);
	if (r < 0) {
		try_later(w, err_name(r));
		return;
	}
	for (h->now_len = 0; h->now_len < x->len; h->now_len++) {
		digest_of(&x->items[h->now_len], &h->now[h->now_len].of);
		h->now[h->now_len].at = now;
	}
	mail(w);
}

/* --- looking -------------------------------------------------------------------------------------- */

static void tell(struct way *w, const struct alerts *x)
{
	if (x->len == 0)
		rest(w);
	else if (w->which == ALERT_BY_MAIL)
		tell_by_mail(w, x);
	else
		tell_by_post(w, x);
}

static void look(struct way *w)
{
	struct alerts x = { .len = 0 };
	struct err err = { 0 };
	int r = alerts_waiting(w->herald->lane->reader, w->which, w->arena, &x, &err);

	w->newest = x.newest;
	if (r < 0)
		try_later(w, err_name(err.code));
	else if (r > 0)
		keep_told(w);
	else
		tell(w, &x);
}

static void run(struct way *w)
{
	struct herald *h = w->herald;

	if (!w->teller || w->busy || h->stopping || clock_mono() < w->retry_at)
		return;
	w->busy = true;
	if (w->which == ALERT_BY_MAIL && h->doubtful)
		mail(w);
	else
		look(w);
}

void herald_run(struct herald *h)
{
	run(&h->post);
	run(&h->mail);
}

/* --- life ----------------------------------------------------------------------------------------- */

static int open_way(struct herald *h, struct way *w, enum alert_way which, struct err *err)
{
	const struct teller_options o = {
		.ca_file = h->options.ca_file,
		.mailboxes = which == ALERT_BY_MAIL ? h->options.mailboxes : NULL,
	};

	w->which = which;
	w->herald = h;
	w->arena = arena_new(0, 0);
	return w->arena ? teller_open(h->lane->loop, &o, &w->teller, err)
			: err_set(err, E_NOMEM, "Memory ran out at start.");
}

int herald_open(
    struct lane *l, const struct herald_options *o, struct herald **ret, struct err *err)
{
	struct herald *h = mem_alloc(sizeof(*h));
	int r = 0;

	if (!h)
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	h->lane = l;
	h->options = *o;
	buf_init(&h->letter, 0);
	if (o->url)
		r = open_way(h, &h->post, ALERT_BY_WEBHOOK, err);
	if (r == 0 && o->mailboxes && o->mailboxes->to_len)
		r = open_way(h, &h->mail, ALERT_BY_MAIL, err);
	if (r < 0) {
		herald_close(&h);
		return r;
	}
	*ret = h;
	return 0;
}

void herald_stop(struct herald *h)
{
	if (!h || h->stopping)
		return;
	h->stopping = true;
	teller_stop(h->post.teller);
	teller_stop(h->mail.teller);
}

bool herald_is_idle(const struct herald *h)
{
	return !h->post.busy && !h->mail.busy;
}

void herald_close(struct herald **ph)
{
	struct herald *h = *ph;

	if (!h)
		return;
	teller_close(&h->post.teller);
	teller_close(&h->mail.teller);
	arena_free(&h->post.arena);
	arena_free(&h->mail.arena);
	buf_done(&h->letter);
	MEM_FREE(ph);
}

/* event → queue of its endpoint → post (a batch, rendered and signed once) → under way → done, or → later, ordered by the
 * time of the next try → under way again. An endpoint has at most one post under way; a post that was
 * cleared meanwhile is `orphan` and is freed when its call ends. */
#include "apps/sim/sim_hooks.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/crypto.h"
#include "base/json.h"
#include "apps/sim/assumptions.h"

#define ENDPOINTS_MAX 1000
#define EVENTS_MAX 500000
#define BYTES_MAX (256ULL << 20)
#define BATCH_BYTES (2ULL << 20)
#define NS_PER_MS 1000000LL
#define SIGNATURE_MAX (sizeof("sha256=") + 2 * SHA256_LEN)

struct event {
	struct list_node node;
	uint64_t ticket;
	time_ms time;
	bool alone, missigned;
	char entry[SIM_ID_MAX];
	char field[64];
	size_t len;
	char value[];
};

struct endpoint {
	struct sim_hooks *hooks;
	struct list_node node;
	char url[SIM_URL_MAX], secret[SIM_SECRET_MAX];
	struct list queue; /* of struct event */
	struct list later; /* of struct post, the earliest try first */
	struct post *under_way;
};

struct post {
	struct list_node node;
	struct sim_hooks *hooks;
	struct endpoint *endpoint;
	struct buf body;
	char signature[SIGNATURE_MAX];
	uint64_t *tickets; /* of its events, those that are asked for */
	size_t tickets_len, events;
	unsigned tries;
	bool missigned, orphan;
	time_ms first_at; /* simulator's clock */
	mono_ns due;      /* of the next try, whichever of the two comes first */
	time_ms due_at;
};

struct sim_hooks {
	struct loop *loop;
	struct upstream *up;
	const struct sim_clock *clock;
	void (*on_tried)(void *arg, uint64_t ticket, bool ok);
	void *arg;
	struct loop_timer *timer;
	struct list endpoints;
	struct sim_hook_stats stats;
	uint64_t bytes;
};

static void pump(struct endpoint *e);

/* --- bodies -------------------------------------------------------------------------------------- */

/* The code point at s[i] of valid UTF-8 and its length. */
static size_t decode(struct str s, size_t i, uint32_t *ret)
{
	unsigned char lead = (unsigned char)s.p[i];
	size_t len = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	uint32_t c = lead & (0xffU >> (len + 1));

	for (size_t k = 1; k < len; k++)
		c = c << 6 | (i + k < s.len ? (unsigned char)s.p[i + k] & 0x3f : 0);
	*ret = c;
	return len;
}

static void put_escape(struct buf *out, uint32_t c)
{
	if (c < 0x10000) {
		buf_addf(out, "\\u%04x", c);
		return;
	}
	c -= 0x10000;
	buf_addf(out, "\\u%04x\\u%04x", 0xd800 + (c >> 10), 0xdc00 + (c & 0x3ff));
}

void sim_hooks_escape(struct buf *out, struct str json)
{
	size_t from = 0;
	uint32_t c;

	for (size_t i = 0; i < json.len;) {
		if ((unsigned char)json.p[i] < 0x80) {
			i++;
			continue;
		}
		buf_add(out, str_sub(json, from, i - from));
		i += decode(json, i, &c);
		put_escape(out, c);
		from = i;
	}
	buf_add(out, str_sub(json, from, json.len));
}

static bool same_entry(const struct event *a, const struct event *b)
{
	return a && strcmp(a->entry, b->entry) == 0 && a->time == TIME_NONE && b->time == TIME_NONE;
}

static void open_entry(struct json_writer *w, const struct event *e)
{
	jw_object(w);
	jw_member_c(w, "id", e->entry);
	if (e->time != TIME_NONE)
		jw_member_int(w, "time", e->time / MS_PER_S);
	jw_key(w, "changes");
	jw_array(w);
}

static void close_entry(struct json_writer *w)
{
	jw_array_end(w);
	jw_object_end(w);
}

static void write_change(struct json_writer *w, const struct event *e)
{
	jw_object(w);
	jw_key(w, "value");
	jw_raw(w, str_n(e->value, e->len));
	jw_member_c(w, "field", e->field);
	jw_object_end(w);
}

static void sign(struct post *p, struct str secret)
{
	struct sha256 mac;
	char hex[2 * SHA256_LEN + 1];

	crypto_hmac_sha256(secret, buf_str(&p->body), &mac);
	hex_encode(mac.b, SHA256_LEN, hex);
	(void)snprintf(p->signature, sizeof(p->signature), "sha256=%s", hex);
}

/* --- posts --------------------------------------------------------------------------------------- */

static void free_post(struct post *p)
{
	p->hooks->bytes -= p->body.len;
	buf_done(&p->body);
	mem_free(p->tickets);
	mem_free(p);
}

static void tell_tickets(struct post *p, bool ok)
{
	for (size_t i = 0; i < p->tickets_len; i++)
		p->hooks->on_tried(p->hooks->arg, p->tickets[i], ok);
	p->tickets_len = 0;
}

static struct post *new_post(struct endpoint *e)
{
	struct post *p = mem_alloc(sizeof(*p));

	if (!p)
		return NULL;
	p->tickets = mem_alloc(ASSUME_HOOK_BATCH * sizeof(*p->tickets));
	if (!p->tickets) {
		mem_free(p);
		return NULL;
	}
	p->hooks = e->hooks;
	p->endpoint = e;
	p->first_at = sim_clock_now(e->hooks->clock);
	buf_init(&p->body, 0);
	return p;
}

/* May this event go in the post that began with `first`? */
static bool may_join(const struct post *p, const struct event *first, const struct event *next)
{
	return !next->alone && !next->missigned && !first->alone && !first->missigned &&
	    p->events < ASSUME_HOOK_BATCH && p->body.len + next->len < BATCH_BYTES;
}

static void take_event(struct post *p, struct event *e)
{
	struct sim_hooks *h = p->hooks;

	list_remove(&p->endpoint->queue, &e->node);
	h->bytes -= sizeof(*e) + e->len;
	h->stats.waiting--;
	p->events++;
	p->missigned = e->missigned;
	if (e->ticket)
		p->tickets[p->tickets_len++] = e->ticket;
}

/* Moves events from the queue into the body. Freed events live on in `last` for one comparison. */
static void fill_post(struct post *p)
{
	struct list *queue = &p->endpoint->queue;
	struct event *first = LIST_OF(list_first(queue), struct event, node), *last = NULL;
	struct event *begin = first;
	struct json_writer w;

	jw_init(&w, &p->body);
	jw_object(&w);
	jw_member_c(&w, "object", "whatsapp_business_account");
	jw_key(&w, "entry");
	jw_array(&w);
	for (struct list_node *n; (n = list_first(queue));) {
		struct event *e = LIST_OF(n, struct event, node);
		if (last && !may_join(p, begin, e))
			break;
		if (!same_entry(last, e)) {
			if (last)
				close_entry(&w);
			open_entry(&w, e);
		}
		write_change(&w, e);
		take_event(p, e);
		if (last && last != begin)
			mem_free(last);
		last = e;
	}
	close_entry(&w);
	jw_array_end(&w);
	jw_object_end(&w);
	if (last != begin)
		mem_free(last);
	mem_free(begin);
}

static bool escape_post(struct post *p)
{
	struct buf ascii;

	buf_init(&ascii, 0);
	sim_hooks_escape(&ascii, buf_str(&p->body));
	buf_done(&p->body);
	p->body = ascii;
	p->hooks->bytes += ascii.len;
	return !ascii.failed;
}

static struct post *make_post(struct endpoint *e)
{
	struct post *p = new_post(e);

	if (!p)
		return NULL;
	fill_post(p);
	if (!escape_post(p)) {
		e->hooks->stats.dropped += p->events;
		tell_tickets(p, false);
		free_post(p);
		return NULL;
	}
	sign(p, p->missigned ? STR("a secret that nobody was told") : str_c(e->secret));
	return p;
}

/* --- tries --------------------------------------------------------------------------------------- */

static int64_t gap_ms(unsigned tries)
{
	int64_t gap = ASSUME_RETRY_FIRST_MS;

	for (unsigned i = 1; i < tries && gap < ASSUME_RETRY_MAX_MS; i++)
		gap *= ASSUME_RETRY_FACTOR;
	return gap < ASSUME_RETRY_MAX_MS ? gap : ASSUME_RETRY_MAX_MS;
}

static void set_timer(struct sim_hooks *h)
{
	mono_ns now = clock_mono(), first = INT64_MAX;

	LIST_EACH(node, &h->endpoints)
	{
		struct endpoint *e = LIST_OF(node, struct endpoint, node);
		if (!list_is_empty(&e->later) && !e->under_way) {
			struct post *p = LIST_OF(list_first(&e->later), struct post, node);
			first = p->due < first ? p->due : first;
		}
	}
	loop_timer_stop(h->timer);
	if (first != INT64_MAX)
		loop_timer_start(h->timer, first > now ? (first - now) / NS_PER_MS + 1 : 0, 0);
}

/* Kept in order of the next try; later posts mostly come last, so the walk is from the end. */
static void put_later(struct post *p)
{
	struct list *l = &p->endpoint->later;
	struct list_node *after = l->head.prev;

	while (after != &l->head && LIST_OF(after, struct post, node)->due > p->due)
		after = after->prev;
	p->node.prev = after;
	p->node.next = after->next;
	after->next->prev = &p->node;
	after->next = &p->node;
	l->count++;
}

static void try_later(struct post *p)
{
	struct sim_hooks *h = p->hooks;
	time_ms now = sim_clock_now(h->clock);
	int64_t gap = gap_ms(p->tries);

	h->stats.failed++;
	if (p->missigned || now - p->first_at >= FIG_WEBHOOK_LIFE_MS || h->bytes > BYTES_MAX) {
		h->stats.expired += p->events;
		free_post(p);
		return;
	}
	p->due = clock_mono() + gap * NS_PER_MS;
	p->due_at = now + gap;
	put_later(p);
}

static void on_done(void *arg, const struct upstream_answer *answer)
{
	struct post *p = arg;
	struct endpoint *e = p->endpoint;
	bool ok = answer->outcome == UPSTREAM_ANSWERED && answer->status == 200;

	if (p->orphan) {
		free_post(p);
		return;
	}
	e->under_way = NULL;
	tell_tickets(p, ok);
	if (ok) {
		p->hooks->stats.answered++;
		free_post(p);
	} else {
		try_later(p);
	}
	pump(e);
}

static void start(struct post *p)
{
	const struct http_header headers[] = {
		{ STR("Content-Type"), STR("application/json") },
		{ STR("User-Agent"), STR("facebookexternalua") },
		{ STR("X-Hub-Signature-256"), str_c(p->signature) },
	};
	struct upstream_request r = { .method = HTTP_M_POST,
		.url = str_c(p->endpoint->url),
		.headers = headers,
		.headers_len = ARRAY_LEN(headers),
		.body = buf_str(&p->body),
		.timeout_ms = ASSUME_HOOK_TIMEOUT_MS,
		.arg = p,
		.on_done = on_done };
	struct upstream_call *call;

	p->tries++;
	p->hooks->stats.posts++;
	p->endpoint->under_way = p;
	if (upstream_start(p->hooks->up, &r, &call, NULL) == 0)
		return;
	p->endpoint->under_way = NULL;
	tell_tickets(p, false);
	try_later(p);
}

static bool is_due(const struct post *p)
{
	return clock_mono() >= p->due || sim_clock_now(p->hooks->clock) >= p->due_at;
}

/* Starts what comes next for an endpoint that has nothing under way: a try that is due, else a new batch. */
static void pump(struct endpoint *e)
{
	struct list_node *n = list_first(&e->later);
	struct post *p = NULL;

	if (e->under_way)
		return;
	if (n && is_due(LIST_OF(n, struct post, node))) {
		p = LIST_OF(n, struct post, node);
		list_remove(&e->later, n);
	} else if (!list_is_empty(&e->queue)) {
		p = make_post(e);
	}
	if (p)
		start(p);
	set_timer(e->hooks);
}

static void pump_all(void *arg)
{
	struct sim_hooks *h = arg;

	LIST_EACH(node, &h->endpoints)
	pump(LIST_OF(node, struct endpoint, node));
}

/* --- life ---------------------------------------------------------------------------------------- */

int sim_hooks_new(struct loop *l, struct upstream *up, const struct sim_clock *clock,
    void (*on_tried)(void *arg, uint64_t ticket, bool ok), void *arg, struct sim_hooks **ret,
    struct err *err)
{
	struct sim_hooks *h = mem_alloc(sizeof(*h));

	if (h) {
		h->loop = l;
		h->up = up;
		h->clock = clock;
		h->on_tried = on_tried;
		h->arg = arg;
		list_init(&h->endpoints);
		h->timer = loop_timer_new(l, pump_all, h);
	}
	if (!h || !h->timer) {
		mem_free(h);
		return err_set(err, E_NOMEM, "Memory ran out.");
	}
	*ret = h;
	return 0;
}

static void clear_endpoint(struct sim_hooks *h, struct endpoint *e)
{
	for (struct list_node *n; (n = list_take_first(&e->queue));) {
		struct event *event = LIST_OF(n, struct event, node);
		h->bytes -= sizeof(*event) + event->len;
		h->stats.waiting--;
		mem_free(event);
	}
	for (struct list_node *n; (n = list_take_first(&e->later));)
		free_post(LIST_OF(n, struct post, node));
	if (e->under_way)
		e->under_way->orphan = true;
}

void sim_hooks_clear(struct sim_hooks *h)
{
	for (struct list_node *n; (n = list_take_first(&h->endpoints));) {
		struct endpoint *e = LIST_OF(n, struct endpoint, node);
		clear_endpoint(h, e);
		mem_free(e);
	}
	loop_timer_stop(h->timer);
}

void sim_hooks_free(struct sim_hooks **ph)
{
	if (!*ph)
		return;
	sim_hooks_clear(*ph);
	loop_timer_free(&(*ph)->timer);
	MEM_FREE(ph);
}

/* --- events -------------------------------------------------------------------------------------- */

static struct endpoint *find_endpoint(struct sim_hooks *h, const char *url, const char *secret)
{
	LIST_EACH(node, &h->endpoints)
	{
		struct endpoint *e = LIST_OF(node, struct endpoint, node);
		if (strcmp(e->url, url) == 0 && strcmp(e->secret, secret) == 0)
			return e;
	}
	return NULL;
}

static struct endpoint *need_endpoint(struct sim_hooks *h, const char *url, const char *secret)
{
	struct endpoint *e = find_endpoint(h, url, secret);

	if (e || h->endpoints.count >= ENDPOINTS_MAX || !(e = mem_alloc(sizeof(*e))))
		return e;
	e->hooks = h;
	sim_set_text(e->url, sizeof(e->url), str_c(url));
	sim_set_text(e->secret, sizeof(e->secret), str_c(secret));
	list_init(&e->queue);
	list_init(&e->later);
	list_append(&h->endpoints, &e->node);
	return e;
}

static struct event *make_event(const struct sim_hook_event *e)
{
	struct event *copy = mem_alloc(sizeof(*copy) + e->value.len);

	if (!copy)
		return NULL;
	copy->ticket = e->ticket;
	copy->time = e->time;
	copy->alone = e->alone;
	copy->missigned = e->missigned;
	copy->len = e->value.len;
	memcpy(copy->value, e->value.p, e->value.len);
	sim_set_text(copy->entry, sizeof(copy->entry), str_c(e->entry));
	sim_set_text(copy->field, sizeof(copy->field), e->field);
	return copy;
}

bool sim_hooks_post(struct sim_hooks *h, const struct sim_hook_event *e)
{
	struct endpoint *to;
	struct event *event = NULL;

	if (!e->url || !e->url[0])
		return false;
	to = need_endpoint(h, e->url, e->secret ? e->secret : "");
	if (to && h->stats.waiting < EVENTS_MAX && h->bytes < BYTES_MAX)
		event = make_event(e);
	if (!event) {
		h->stats.dropped++;
		return false;
	}
	h->stats.events++;
	h->stats.waiting++;
	h->bytes += sizeof(*event) + event->len;
	list_append(&to->queue, &event->node);
	pump(to);
	return true;
}

void sim_hooks_look(struct sim_hooks *h)
{
	pump_all(h);
}

void sim_hooks_stats(const struct sim_hooks *h, struct sim_hook_stats *ret)
{
	*ret = h->stats;
	LIST_EACH(node, &h->endpoints)
	{
		const struct endpoint *e = LIST_OF(node, struct endpoint, node);
		ret->retrying += e->later.count;
		ret->under_way += e->under_way != NULL;
	}
}

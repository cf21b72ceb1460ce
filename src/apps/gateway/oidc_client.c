#include "apps/gateway/oidc_client.h"

#include "base/check.h"
#include "base/log.h"
#include "flow/target.h"
#include "transport/upstream.h"

#define CONNECT_MS 5000
#define ANSWER_MS 10000
#define CONNECTIONS 4
#define S_NS INT64_C(1000000000)

/* A document of the provider's. */
struct kept {
	struct oidc_client *client;
	const char *what; /* for the log */
	/* Of an answer that came: takes it, or says what is wrong. NULL: any will do. */
	int (*take)(struct oidc_client *c, struct str text, struct err *err);
	struct buf text;
	mono_ns at, failed_at; /* 0 = never */
	struct oidc_wait *waiting;
};

struct oidc_client {
	const struct oidc_client_options *options;
	struct upstream *upstream;
	bool on_loopback;
	struct arena *arena; /* of the provider */
	struct oidc_provider provider;
	struct kept document, keys;
	mono_ns again_at; /* the keys, for one that was not known; 0 = never */
};

/* --- documents -------------------------------------------------------------------------------- */

static bool is_since(mono_ns then, int64_t seconds)
{
	return then != 0 && clock_mono() - then < seconds * S_NS;
}

static void end_all(struct kept *k, int rc)
{
	struct oidc_wait *w = k->waiting;

	k->waiting = NULL;
	while (w) {
		struct oidc_wait *next = w->next;
		w->on_end(w, rc);
		w = next;
	}
}

static int take(struct kept *k, const struct upstream_answer *answer, struct err *err)
{
	struct buf fresh;
	int r = 0;

	if (answer->outcome != UPSTREAM_ANSWERED || answer->status != 200)
		return err_set(err, E_IO, "The provider answered %d: %.*s.", answer->status,
		    STR_ARG(answer->error));
	buf_init(&fresh, 0);
	buf_add(&fresh, answer->body);
	if (fresh.failed)
		r = err_set(err, E_NOMEM, "Memory ran out during a sign-in.");
	if (r == 0 && k->take)
		r = k->take(k->client, buf_str(&fresh), err);
	if (r < 0) {
		buf_done(&fresh);
		return r;
	}
	buf_done(&k->text);
	k->text = fresh;
	return 0;
}

static void on_fetched(void *arg, const struct upstream_answer *answer)
{
	struct kept *k = arg;
	struct err err = { 0 };
	int r = take(k, answer, &err);

	if (r == 0)
		k->at = clock_mono();
	else {
		k->failed_at = clock_mono();
		if (k == &k->client->keys)
			k->client->again_at = 0; /* nothing newer was seen */
		log_warn("the sign-in provider could not be asked", "what=%s error=%s status=%d",
		    k->what, err_name(r), answer->status);
	}
	end_all(k, r);
}

static int start_fetch(struct kept *k, struct str url)
{
	static const struct http_header accept = { { "Accept", 6 }, { "application/json", 16 } };
	const struct upstream_request request = {
		.method = HTTP_M_GET,
		.url = url,
		.headers = &accept,
		.headers_len = 1,
		.arg = k,
		.on_done = on_fetched,
	};

	if (!url.p)
		return -E_NOMEM;
	return upstream_start(k->client->upstream, &request, NULL, NULL);
}

static void fetch(struct kept *k, struct str url, struct oidc_wait *w)
{
	bool under_way = k->waiting != NULL;

	if (!under_way && is_since(k->failed_at, OIDC_FAILED_S)) {
		w->on_end(w, -E_IO);
		return;
	}
	w->next = k->waiting;
	k->waiting = w;
	int r = under_way ? 0 : start_fetch(k, url);
	if (r < 0)
		end_all(k, r);
}

/* --- the provider ----------------------------------------------------------------------------- */

/* Where the document may send us, and the browser. */
static bool may_be_asked(const struct oidc_client *c, struct str url)
{
	return str_starts(url, STR("https://")) || (c->on_loopback && target_is_loopback(url));
}

static int take_document(struct oidc_client *c, struct str text, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	struct oidc_provider p;
	int r = a ? oidc_read_provider(text, c->options->issuer, a, &p, err) : -E_NOMEM;

	if (r == 0 &&
	    (!may_be_asked(c, p.authorize_url) || !may_be_asked(c, p.token_url) ||
		!may_be_asked(c, p.keys_url)))
		r = err_set(
		    err, E_DENIED, "The provider's document names an address without https.");
	if (r < 0) {
		arena_free(&a);
		return r;
	}
	arena_free(&c->arena);
	c->arena = a;
	c->provider = p;
	return 0;
}

void oidc_client_meet(struct oidc_client *c, struct oidc_wait *w)
{
	struct arena *a;

	if (is_since(c->document.at, OIDC_KEPT_S)) {
		w->on_end(w, 0);
		return;
	}
	a = arena_new(0, 0);
	fetch(&c->document, a ? oidc_document_url(a, c->options->issuer) : STR_NONE, w);
	arena_free(&a);
}

const struct oidc_provider *oidc_client_provider(const struct oidc_client *c)
{
	return &c->provider;
}

void oidc_client_fetch_keys(struct oidc_client *c, bool again, struct oidc_wait *w)
{
	bool keeps = again ? is_since(c->again_at, OIDC_KEYS_AGAIN_S)
			   : is_since(c->keys.at, OIDC_KEPT_S);

	/* Those that are on their way may be the ones. */
	if (keeps && !(again && c->keys.waiting)) {
		w->on_end(w, 0);
		return;
	}
	if (again && !is_since(c->keys.failed_at, OIDC_FAILED_S))
		c->again_at = clock_mono();
	fetch(&c->keys, c->provider.keys_url, w);
}

struct str oidc_client_keys(const struct oidc_client *c)
{
	return buf_str(&c->keys.text);
}

/* --- the exchange ----------------------------------------------------------------------------- */

static void forget(struct buf *secret)
{
	crypto_wipe(secret->p, secret->len);
	buf_done(secret);
}

/* What a provider refuses it says with 400 or 401 (RFC 6749, section 5.2). */
static int read_exchange(struct oidc_wait *w, const struct upstream_answer *answer)
{
	if (answer->outcome != UPSTREAM_ANSWERED)
		return -E_IO;
	if (answer->status != 200)
		return answer->status >= 400 && answer->status < 500 ? -E_DENIED : -E_IO;
	return oidc_read_exchanged(answer->body, w->arena, &w->token, NULL);
}

static void on_exchanged(void *arg, const struct upstream_answer *answer)
{
	struct oidc_wait *w = arg;

	forget(&w->body);
	w->on_end(w, read_exchange(w, answer));
}

static int start_exchange(struct oidc_client *c, struct oidc_wait *w, struct str authorization)
{
	const struct http_header headers[] = {
		{ STR("Content-Type"), STR("application/x-www-form-urlencoded") },
		{ STR("Accept"), STR("application/json") },
		{ STR("Authorization"), authorization },
	};
	const struct upstream_request request = {
		.method = HTTP_M_POST,
		.url = c->provider.token_url,
		.headers = headers,
		.headers_len = ARRAY_LEN(headers) - !authorization.len,
		.body = buf_str(&w->body),
		.arg = w,
		.on_done = on_exchanged,
	};

	return upstream_start(c->upstream, &request, NULL, NULL);
}

void oidc_client_exchange(
    struct oidc_client *c, struct str code, struct str verifier, struct oidc_wait *w)
{
	struct buf authorization;

	buf_init(&authorization, 0);
	buf_init(&w->body, 0);
	oidc_write_authorization(&c->provider, c->options->id, &authorization);
	oidc_write_exchange(&c->provider, c->options->id, code, verifier, &w->body);
	int r = w->body.failed || authorization.failed
	    ? -E_NOMEM
	    : start_exchange(c, w, buf_str(&authorization));
	forget(&authorization);
	if (r == 0)
		return;
	forget(&w->body);
	w->on_end(w, r);
}

/* --- life ------------------------------------------------------------------------------------- */

int oidc_client_open(
    struct loop *l, const struct oidc_client_options *o, struct oidc_client **ret, struct err *err)
{
	struct oidc_client *c = mem_alloc(sizeof(*c));

	if (!c)
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	c->options = o;
	c->on_loopback = target_is_loopback(o->issuer);
	c->document = (struct kept){ .client = c, .what = "document", .take = take_document };
	c->keys = (struct kept){ .client = c, .what = "keys" };
	const struct upstream_options client = {
		.connect_timeout_ms = CONNECT_MS,
		.timeout_ms = ANSWER_MS,
		.ca_file = o->ca_file,
		.max_answer = OIDC_DOCUMENT_MAX,
		.max_connections = CONNECTIONS,
		.public_only = !c->on_loopback && !o->private_network,
	};
	int r = upstream_open(l, &client, &c->upstream, err);
	if (r < 0) {
		oidc_client_close(&c);
		return r;
	}
	*ret = c;
	return 0;
}

void oidc_client_close(struct oidc_client **pc)
{
	struct oidc_client *c = *pc;

	if (!c)
		return;
	upstream_close(&c->upstream);
	buf_done(&c->document.text);
	buf_done(&c->keys.text);
	arena_free(&c->arena);
	MEM_FREE(pc);
}

/* A trip is one request, from the browser's asking until it is sent on. It lives in an arena of its own, because the browser
 * may leave while the provider is asked; the lane counts it as a job, so that nothing is closed under it.
 *
 *   start: meet → begin a visit → the provider
 *   back:  the visit → meet → exchange → keys → check (pool) → keys again, once, of an unknown key → proved → the console */
#include "apps/gateway/oidc.h"

#include <stdio.h>
#include <time.h>

#include "apps/gateway/gateway.h"
#include "base/check.h"
#include "base/file.h"
#include "base/log.h"

#define SECRET_FILE_MAX 4096
#define CODE_MAX 4096
#define TRIP_MAX ((size_t)4 << 20)

struct trip {
	struct gate *gate;
	struct http_request *req; /* NULL: the browser left */
	struct arena *arena;
	struct oidc_wait wait;
	struct oidc_visit visit;
	struct str cookie, code, issuer, keys;
	bool has_new_keys;
	uv_work_t work;
	struct oidc_identity who;
	struct err err;
	int rc;
};

static struct oidc *oidc_of(const struct trip *t)
{
	return t->gate->gateway->oidc;
}

static struct trip *trip_of(struct oidc_wait *w)
{
	return (struct trip *)((char *)w - offsetof(struct trip, wait));
}

/* --- ends ------------------------------------------------------------------------------------- */

static void trip_end(struct trip *t)
{
	struct arena *a = t->arena;

	if (t->req) {
		t->req->on_gone = NULL;
		t->req->user = NULL;
	}
	atomic_fetch_sub(&t->gate->lane->jobs, 1);
	arena_free(&a);
}

/* Nothing on the way may be kept, framed, or told to another page. */
static void redirect(struct http_request *req, struct str to, struct str cookie)
{
	const struct http_header headers[] = {
		{ STR("Location"), to },
		{ STR("Cache-Control"), STR("no-store") },
		{ STR("Referrer-Policy"), STR("no-referrer") },
		{ STR("Content-Security-Policy"),
		    STR("default-src 'none'; frame-ancestors 'none'") },
		{ STR("X-Content-Type-Options"), STR("nosniff") },
		{ STR("Cross-Origin-Resource-Policy"), STR("same-origin") },
		{ STR("Set-Cookie"), cookie },
	};

	req->on_gone = NULL;
	req->user = NULL;
	http_respond(req, 303, headers, ARRAY_LEN(headers) - !cookie.p, STR(""));
}

/* To the console: `word` NULL, and the page there goes on; else it says what happened. */
static void go_home(const struct gate *g, struct http_request *req, const char *word)
{
	char to[sizeof(g->gateway->public_url) + 64];

	(void)snprintf(to, sizeof(to), "%s/console/#oidc%s%s", g->gateway->public_url,
	    word ? "=" : "", word ? word : "");
	redirect(req, str_c(to), STR_NONE);
}

static void note_refusal(const struct trip *t, const char *word)
{
	atomic_fetch_add(&t->gate->gateway->signins_refused[SIGNIN_WRONG_PROVIDER], 1);
	/* Who was not sent away by us could fill the log. */
	if (!t->visit.state[0])
		return;
	log_warn("a sign-in by the provider came to nothing", "why=%s error=%s claim=%s", word,
	    t->rc < 0 ? err_name(t->rc) : "-", t->err.field[0] ? t->err.field : "-");
}

static void trip_home(struct trip *t, const char *word)
{
	if (word)
		note_refusal(t, word);
	if (t->req)
		go_home(t->gate, t->req, word);
	t->req = NULL;
	trip_end(t);
}

/* What the words of the sign-in page say of an error. */
static void trip_fail(struct trip *t, int rc)
{
	t->rc = rc;
	trip_home(t, rc == -E_DENIED ? "refused" : "down");
}

static void on_gone(struct http_request *req)
{
	struct trip *t = req->user;

	t->req = NULL;
}

static struct trip *trip_new(struct gate *g, struct http_request *req)
{
	struct arena *a = arena_new(0, TRIP_MAX);
	struct trip *t = a ? ARENA_NEW(a, struct trip) : NULL;

	if (!t) {
		arena_free(&a);
		return NULL;
	}
	arena_keep_secret(a); /* the code, the token */
	http_keep_secret(req);
	*t = (struct trip){ .gate = g, .req = req, .arena = a, .wait = { .arena = a } };
	req->user = t;
	req->on_gone = on_gone;
	atomic_fetch_add(&g->lane->jobs, 1);
	return t;
}

/* --- there ------------------------------------------------------------------------------------ */

static void send_away(struct trip *t)
{
	const struct oidc *o = oidc_of(t);
	char secret[SESSION_SECRET_MAX], cookie[160];
	struct buf url;

	oidc_visit_begin(o->visits, clock_mono(), secret, &t->visit);
	const struct oidc_asking asking = { str_c(t->gate->gateway->config->oidc_scopes),
		str_c(t->visit.state), str_c(t->visit.nonce), str_c(t->visit.verifier) };
	(void)snprintf(cookie, sizeof(cookie),
	    OIDC_COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=%d", secret,
	    OIDC_VISIT_S);
	buf_init(&url, 0);
	oidc_write_authorize_url(oidc_client_provider(t->gate->oidc), &o->id, &asking, &url);
	if (url.failed)
		go_home(t->gate, t->req, "down");
	else
		redirect(t->req, buf_str(&url), str_c(cookie));
	t->req = NULL;
	buf_done(&url);
	crypto_wipe(secret, sizeof(secret));
	crypto_wipe(cookie, sizeof(cookie));
	trip_end(t);
}

static void on_met_to_go(struct oidc_wait *w, int rc)
{
	struct trip *t = trip_of(w);

	if (rc < 0) {
		t->rc = rc;
		trip_home(t, "down");
	} else if (!t->req)
		trip_end(t);
	else
		send_away(t);
}

static void start(struct gate *g, struct http_request *req)
{
	/* Another site's page shall not begin it: only a page of the console, or who types the address. */
	struct trip *t = session_is_own_page(req) ? trip_new(g, req) : NULL;

	if (!t) {
		go_home(g, req, "again");
		return;
	}
	t->wait.on_end = on_met_to_go;
	oidc_client_meet(g->oidc, &t->wait);
}

/* --- and back --------------------------------------------------------------------------------- */

static void check_later(struct trip *t);

static void work(uv_work_t *w)
{
	struct trip *t = w->data;
	const struct gateway_config *c = t->gate->gateway->config;
	const struct oidc_expected expected = { str_c(c->oidc_issuer), str_c(c->oidc_client_id),
		str_c(t->visit.nonce), c->oidc_claim, (int64_t)time(NULL) };

	t->rc = oidc_check_token(t->wait.token, t->keys, &expected, t->arena, &t->who, &t->err);
}

static void on_new_keys(struct oidc_wait *w, int rc)
{
	struct trip *t = trip_of(w);

	if (rc < 0)
		trip_fail(t, rc);
	else
		check_later(t);
}

static void after_work(uv_work_t *w, int status)
{
	struct trip *t = w->data;

	if (status < 0 || t->rc == -E_NOMEM)
		trip_fail(t, status < 0 ? -E_CLOSED : t->rc);
	else if (t->rc == -E_NOT_FOUND && !t->has_new_keys) {
		t->has_new_keys = true;
		t->wait.on_end = on_new_keys;
		oidc_client_fetch_keys(t->gate->oidc, true, &t->wait);
	} else if (t->rc < 0)
		trip_home(t, "token");
	else if (oidc_visit_prove(oidc_of(t)->visits, t->cookie, &t->who, clock_mono()) < 0)
		trip_home(t, "again");
	else
		trip_home(t, NULL);
}

/* On the pool, with keys of its own: those of the client may be replaced meanwhile. */
static void check_later(struct trip *t)
{
	t->keys = arena_str(t->arena, oidc_client_keys(t->gate->oidc));
	t->work.data = t;
	if (!t->keys.p || uv_queue_work(loop_uv(t->gate->loop), &t->work, work, after_work) != 0)
		trip_fail(t, -E_NOMEM);
}

static void on_exchanged(struct oidc_wait *w, int rc)
{
	struct trip *t = trip_of(w);

	if (rc < 0) {
		trip_fail(t, rc);
		return;
	}
	t->wait.on_end = on_new_keys;
	oidc_client_fetch_keys(t->gate->oidc, false, &t->wait);
}

/* RFC 9207: a code that another provider gave is not for this one's ears. */
static bool is_of(const struct oidc_provider *p, struct str issuer)
{
	return issuer.p ? str_eq(issuer, p->issuer) : !p->names_itself;
}

static void on_met_to_exchange(struct oidc_wait *w, int rc)
{
	struct trip *t = trip_of(w);
	struct oidc_client *client = t->gate->oidc;

	if (rc < 0) {
		t->rc = rc;
		trip_home(t, "down");
	} else if (!is_of(oidc_client_provider(client), t->issuer))
		trip_home(t, "refused");
	else {
		t->wait.on_end = on_exchanged;
		oidc_client_exchange(client, t->code, str_c(t->visit.verifier), &t->wait);
	}
}

/* In the trip's own arena: the request's may be gone before. */
static bool read_answer(struct trip *t, const struct http_request *req)
{
	struct str code = http_query_get(req, "code"), issuer = http_query_get(req, "iss");

	t->cookie = arena_str(t->arena, session_cookie_of(req, OIDC_COOKIE));
	t->code = arena_str(t->arena, code.p ? code : STR(""));
	t->issuer = issuer.p ? arena_str(t->arena, issuer) : STR_NONE;
	return t->cookie.p && t->code.p && (!issuer.p || t->issuer.p) && code.len <= CODE_MAX;
}

static void back(struct gate *g, struct http_request *req)
{
	struct str state = http_query_get(req, "state"), error = http_query_get(req, "error");
	struct trip *t = trip_new(g, req);

	if (!t)
		go_home(g, req, "down");
	else if (!read_answer(t, req) ||
	    oidc_visit_back(
		g->gateway->oidc->visits, req->peer, t->cookie, state, clock_mono(), &t->visit) < 0)
		trip_home(t, "again");
	else if (error.p || !t->code.len)
		trip_home(t, error.p && str_eq_c(error, "access_denied") ? "denied" : "refused");
	else {
		t->wait.on_end = on_met_to_exchange;
		oidc_client_meet(g->oidc, &t->wait);
	}
}

void oidc_request(struct gate *g, struct http_request *req)
{
	if (str_eq_c(req->path, OIDC_START))
		start(g, req);
	else
		back(g, req);
}

/* --- life ------------------------------------------------------------------------------------- */

/* Line ends around a secret are an editor's. */
static int read_secret(const char *path, struct oidc *o, struct err *err)
{
	int r = path ? file_read(path, SECRET_FILE_MAX, &o->secret, err) : 0;

	if (r < 0 || !path)
		return r;
	o->id.secret = str_trim(buf_str(&o->secret));
	if (!o->id.secret.len)
		return err_field(err, E_INVALID, "oidc.client_secret_file", "%s",
		    "The file of oidc.client_secret_file is empty.");
	return 0;
}

int oidc_new(const struct gateway *gw, struct oidc **ret, struct err *err)
{
	const struct gateway_config *c = gw->config;
	bool wanted = c->oidc_issuer && *c->oidc_issuer;
	struct oidc *o = wanted ? mem_alloc(sizeof(*o)) : NULL;

	if (!wanted)
		return 0;
	if (!o)
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	o->visits = oidc_visits_new();
	buf_init(&o->secret, 0);
	buf_init(&o->redirect_url, 0);
	buf_addf(&o->redirect_url, "%s" OIDC_BACK, gw->public_url);
	int r = o->visits && !o->redirect_url.failed
	    ? read_secret(c->oidc_client_secret_file, o, err)
	    : err_set(err, E_NOMEM, "Memory ran out at start.");
	if (r < 0) {
		oidc_free(&o);
		return r;
	}
	o->id.id = str_c(c->oidc_client_id);
	o->id.redirect_url = buf_str(&o->redirect_url);
	o->options = (struct oidc_client_options){ str_c(c->oidc_issuer), &o->id, c->ca_file,
		c->oidc_private_network };
	*ret = o;
	return 0;
}

void oidc_free(struct oidc **po)
{
	struct oidc *o = *po;

	if (!o)
		return;
	oidc_visits_free(&o->visits);
	crypto_wipe(o->secret.p, o->secret.len);
	buf_done(&o->secret);
	buf_done(&o->redirect_url);
	MEM_FREE(po);
}

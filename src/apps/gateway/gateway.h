/* apps/gateway/gateway.h: `varco serve`: the lanes, the one port, the routes. */
#ifndef APPS_GATEWAY_GATEWAY_H
#define APPS_GATEWAY_GATEWAY_H

#include "apps/gateway/oidc.h"
#include "apps/gateway/session.h"
#include "apps/gateway/signin_guard.h"
#include "base/config.h"
#include "flow/forward.h"
#include "flow/campaigns.h"
#include "flow/copier.h"
#include "flow/held.h"
#include "flow/upkeep.h"
#include "flow/poll.h"
#include "flow/watch.h"
#include "flow/herald.h"
#include "flow/witness.h"
#include "transport/http_server.h"
#include "transport/tls.h"

#define GATEWAY_LANES_MAX 64
#define ADMIN_TOKEN_MAX 64
#define GATEWAY_IMPORTS 2 /* tables taken in at once */

/* The whole configuration (design 3). */
struct gateway_config {
	const char *listen, *state_dir, *public_url, *tls_cert, *tls_key;
	int64_t clock; /* index into "system|upstream" */
	const char *store_url;
	struct headroom_options room;
	const char *base_url, *ca_file;
	int64_t connect_timeout_ms, timeout_ms;
	int64_t mode; /* index into "observe|enforce" */
	const char *pack;
	int64_t wait_ms;
	bool confirm_opt_out;
	const char *checkpoint_file, *checkpoint_url, *checkpoint_mail_to;
	const char *backup_every; /* as written; NULL = not by the clock */
	int64_t backup_every_ms, backup_keep;
	const char *alerts_url, *alerts_secret_file;
	const char *alerts_mail_to, *mail_from, *smtp_url, *smtp_user, *smtp_password_file;
	int64_t alerts_language; /* index into "en|it": enum lang */
	const char *oidc_issuer, *oidc_client_id, *oidc_client_secret_file;
	const char *oidc_name, *oidc_scopes, *oidc_claim;
	bool oidc_private_network;
	int64_t log_level, log_format;
};
extern const struct config_option gateway_options[];
extern const size_t gateway_options_len;

/* File (NULL = none) and environment; state_dir and public_url get their defaults. */
MUST_CHECK int gateway_config_load(
    const char *path, struct arena *a, struct gateway_config *ret, struct err *err);

struct gateway;

struct live; /* who is told of changes (api_live.c) */

/* One loop of the gateway. */
struct gate {
	struct gateway *gateway;
	struct loop *loop;
	struct lane *lane;
	struct http_server *server;
	struct loop_timer *drained; /* runs while shutting down */
	struct live *live;
	struct oidc_client *oidc; /* NULL: no sign-in provider is configured */
	uv_thread_t thread;
	struct loop_work stop_work;
	bool server_drained;
	bool resting; /* while shutting down: nothing is under way here any more */
};

struct gateway {
	const struct gateway_config *config;
	struct core *core;
	struct tls_server *tls;
	char admin_token[ADMIN_TOKEN_MAX];
	struct sessions *sessions;
	struct signin_guard *guard;
	atomic_uint_fast64_t signins_refused[SIGNIN_REFUSALS];
	struct oidc *oidc; /* NULL: no sign-in provider is configured */
	struct analyses *analyses;
	char public_url[256];
	struct lanes lanes;
	struct gate gates[GATEWAY_LANES_MAX];
	size_t gates_len, gates_wanted;
	uint64_t descriptors; /* this process may have so many */
	size_t running;       /* gates whose loop has a thread */
	atomic_size_t resting;
	uv_sem_t start; /* of the threads, when it is known how many there are */
	/* on gate 0 */
	struct forwarder *forwarder;
	struct upkeep *upkeep;
	struct campaigner *campaigner;
	struct watch *watch;
	struct poll *poll;
	struct copier *copier;
	struct witness *witness;
	struct herald *herald;
	struct teller_mailboxes alerts_to, checkpoints_to;
	struct buf alerts_secret, smtp_password;
	struct loop_timer *held_timer, *forward_timer, *upkeep_timer, *watch_timer, *poll_timer,
	    *clock_timer, *herald_timer, *campaign_timer, *copier_timer;
	uv_signal_t term, interrupt; /* they must outlive the loop */
	struct loop_timer *stop_timer;
	atomic_bool *stop;
	time_ms started_at;
	atomic_uint_fast64_t imports[GATEWAY_IMPORTS]; /* ids of those under way; 0 = free */
};

struct gateway_run {
	size_t threads; /* 0 = one per core */
	/* Called once, on the main thread, when requests are taken: `url` is
	 * http(s)://host:port. */
	void (*on_ready)(void *arg, const char *url, const char *admin_token);
	/* Behind it, as long as there is no user: `url` makes the first one, once, within a quarter of an hour. NULL = it is
	 * not wanted. */
	void (*on_setup)(void *arg, const char *url);
	void *arg;
	bool handle_signals; /* SIGTERM and SIGINT drain and end it */
	/* When set, an atomic that another thread turns true to end the run. */
	atomic_bool *stop;
};

/* Runs until it is told to stop. 0, or <0 with *err when it could not start. */
MUST_CHECK int gateway_serve(
    const struct gateway_config *config, const struct gateway_run *run, struct err *err);

/* One request, whatever it is (routes.c). */
/* ctx: struct gate */
void routes_on_head(void *ctx, struct http_request *req, struct http_plan *plan);
void routes_on_request(void *ctx, struct http_request *req);

/* Other Graph paths (pass.c). Path segments are checked: version, id, rest ("" or "/edge…"). */
void pass_start(
    struct gate *g, struct http_request *req, struct str version, struct str id, struct str rest);
/* Uploads are streamed: called before the body. */
void pass_start_upload(
    struct gate *g, struct http_request *req, struct str version, struct str number);
/* GET /media/{token} (media.c) */
void media_start(struct gate *g, struct http_request *req, struct str token);
/* A media URL of Meta's as one of ours; p NULL when memory ran out. */
struct str media_public_url(struct gate *g, struct arena *a, struct str waba, struct str url);

/* /api/… (api.c), with the body whole. */
void api_event(struct gate *g, struct http_request *req);
/* Is it an event for a trigger: a post to its name. */
bool api_is_event(const struct http_request *req);
void api_request(struct gate *g, struct http_request *req);
/* Is it a table that comes as a stream, from whoever may send one: then api_upload() is called before
 * the body (api_upload.c). */
bool api_takes_stream(const struct gate *g, const struct http_request *req);
void api_upload(struct gate *g, struct http_request *req);
/* Who listens at /api/v1/events; streams end before the server drains. (api_live.c) */
MUST_CHECK int live_new(struct gate *g, struct live **ret, struct err *err);
void live_end(struct live *v);
void live_free(struct live **pv); /* its loop does not run any more */
#define API_UPLOAD_MAX ((uint64_t)512 << 20)
/* /metrics, /healthz, /readyz (metrics.c) */
void metrics_request(struct gate *g, struct http_request *req);
/* What is on record, as metrics: 0, or <0 when the store could not be read. (metrics_state.c) */
MUST_CHECK int metrics_write_state(struct gate *g, struct buf *out);
void health_request(struct gate *g, struct http_request *req, bool ready);

/* The caller's app by its key, or NULL; it lives in `d`. */
const struct dir_app *gate_caller(const struct directory *d, struct http_request *req);
/* An error in Graph's envelope; 503 with Retry-After. */
void gate_answer_error(
    struct http_request *req, int status, int code, const char *message, const char *details);
/* 405 in the same form, with the header Allow. */
void gate_answer_method(
    struct http_request *req, const char *allow, const char *message, const char *details);
/* GET, or HEAD, which is answered like it: the connection leaves the body out. */
bool gate_reads(const struct http_request *req);

/* Follow the simulator's clock when the configuration says so: then `go` runs after the clock was
 * read; else at once. */
void gate_with_clock(
    struct gate *g, struct http_request *req, void (*go)(struct gate *g, struct http_request *req));

#endif

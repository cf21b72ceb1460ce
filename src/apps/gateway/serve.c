/* Threads: gate 0 runs on the calling thread and carries the timers, signals and the forwarder; the
 * others have a thread each; the writer has its own (store/writer.h).
 *
 * Ending: stop accepting, let requests and flows under way finish (the upstream's time-out bounds
 * them), stop the loops, then the writer, then close. */
#include "apps/gateway/analyses.h"
#include "apps/gateway/gateway.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/file.h"
#include "base/finder.h"
#include "base/pattern_cache.h"
#include "base/log.h"
#include "domain/user.h"
#include "flow/target.h"

#define DRAIN_POLL_MS 20
#define MAX_FLOWS 8192
#define MAX_QUEUE 65536
#define MAX_CONNS 16384
#define UPSTREAM_CONNS 4096
#define CLOCK_POLL_MS 100
#define STOP_POLL_MS 50
#define HERALD_MS 2000
#define SECRET_FILE_MAX 256

/* --- before the loops ------------------------------------------------------------------------- */

/* Every directory on the way to the state directory; only the last one is ours alone. */
static int make_state_dir(const char *path, struct err *err)
{
	char part[4096];

	if (strlen(path) >= sizeof(part))
		return err_field(err, E_RANGE, "server.state_dir",
		    "The path of the state directory is too long.");
	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		memcpy(part, path, (size_t)(slash - path));
		part[slash - path] = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return err_field(err, E_IO, "server.state_dir", "%s cannot be made: %s.",
			    part, strerror(errno));
	}
	return dir_ensure(path, err);
}

/* 24 random bytes as hex, kept in admin.token, mode 0600. */
static int open_admin_token(struct gateway *gw, struct err *err)
{
	char path[4096];
	uint8_t fresh[24];
	struct buf text;
	int n = snprintf(path, sizeof(path), "%s/admin.token", gw->config->state_dir);

	if (n < 0 || (size_t)n >= sizeof(path))
		return err_field(err, E_RANGE, "server.state_dir",
		    "The path of the state directory is too long.");
	buf_init(&text, ADMIN_TOKEN_MAX * 2);
	int r = access(path, F_OK) == 0 ? file_read(path, ADMIN_TOKEN_MAX * 2, &text, err) : 1;
	if (r > 0) {
		crypto_random(fresh, sizeof(fresh));
		hex_encode(fresh, sizeof(fresh), gw->admin_token);
		r = file_write_atomic(path, str_c(gw->admin_token), 0600, err);
	} else if (r == 0 &&
	    (str_trim(buf_str(&text)).len < 16 ||
		str_to_c(str_trim(buf_str(&text)), gw->admin_token, sizeof(gw->admin_token)) < 0)) {
		r = err_set(err, E_INVALID, "%s does not hold a token of 16 to %d characters.",
		    path, ADMIN_TOKEN_MAX - 1);
	}
	buf_done(&text);
	return r;
}

/* Under a service's confinement there is no cache of a user's. */
static void keep_compiled(const char *state_dir)
{
	char dir[4096];

	if (pattern_cache_dir("varco", dir, sizeof(dir)) && pattern_cache_usable(dir))
		return;
	int n = snprintf(dir, sizeof(dir), "%s/cache", state_dir);
	finder_cache_in(n > 0 && (size_t)n < sizeof(dir) ? dir : "");
}

static int open_core(struct gateway *gw, struct err *err)
{
	const struct gateway_config *c = gw->config;
	struct core_options o = {
		.state_dir = c->state_dir,
		.store_url = c->store_url,
		.pack_file = c->pack,
		.mode = c->mode ? MODE_ENFORCE : MODE_OBSERVE,
		.base_url = c->base_url,
		.public_url = gw->public_url,
		.wait_ms = c->wait_ms,
		.max_queue = MAX_QUEUE,
		.room = c->room,
		.confirm_opt_out = c->confirm_opt_out,
		.backup = { c->backup_every, c->backup_every_ms, c->backup_keep },
		.watch_clock = !c->clock,
	};
	int r = make_state_dir(c->state_dir, err);

	if (r == 0)
		keep_compiled(c->state_dir);
	if (r == 0)
		r = core_open(&o, &gw->core, err);
	if (r < 0)
		return r;
	backup_sweep(gw->core);
	gw->core->done_ctx = &gw->lanes;
	gw->core->before_done = lanes_before_done;
	gw->core->after_done = lanes_after_done;
	if (!target_is_allowed(gw->core->pack, str_c(c->base_url)))
		return err_field(err, E_DENIED, "upstream.base_url",
		    "upstream.base_url must be https to Meta or a certified provider of the policy pack, or a loopback address.");
	if (c->clock && !target_is_loopback(str_c(c->base_url)))
		return err_field(err, E_DENIED, "server.clock",
		    "server.clock = upstream follows a simulator, which must be on loopback.");
	return 0;
}

/* --- gates ------------------------------------------------------------------------------------ */

/* Descriptors are shared out, so that what comes in cannot take those that the store, the log and
 * the way to Meta need: a gate has its part of the limit divided by `part`, `most` at most. */
static size_t share_of(const struct gateway *gw, size_t part, size_t most)
{
	uint64_t mine = gw->descriptors / part / gw->gates_wanted;

	return mine < 1 ? 1 : mine < most ? (size_t)mine : most;
}

static int open_server(struct gateway *gw, struct gate *g, struct err *err)
{
	struct http_limits limits;
	struct http_handler handler = {
		.ctx = g, .on_head = routes_on_head, .on_request = routes_on_request
	};
	char address[128];
	const char *listen = gw->config->listen;

	http_limits_default(&limits);
	limits.max_conns = share_of(gw, 2, MAX_CONNS);
	/* The first gate may have picked the port. */
	if (g != &gw->gates[0]) {
		if (str_to_c(http_server_address(gw->gates[0].server), address, sizeof(address)) <
		    0)
			return err_field(err, E_RANGE, "server.listen", "The address is too long.");
		listen = address;
	}
	return http_server_open(g->loop, listen, &limits, gw->tls, &handler, &g->server, err);
}

static void on_drain_poll(void *arg);

static int open_gate(struct gateway *gw, struct err *err)
{
	struct gate *g = &gw->gates[gw->gates_len];
	const struct gateway_config *c = gw->config;
	struct lane_options o = {
		.max_flows = MAX_FLOWS,
		.upstream = {
			.connect_timeout_ms = c->connect_timeout_ms,
			.timeout_ms = c->timeout_ms,
			.ca_file = c->ca_file,
			.max_answer = 4u << 20,
			.max_connections = (long)share_of(gw, 4, UPSTREAM_CONNS),
		},
	};

	g->gateway = gw;
	g->loop = loop_new(err);
	if (!g->loop)
		return -E_NOMEM;
	gw->gates_len++;
	/* Made now, so that ending needs no memory. */
	g->drained = loop_timer_new(g->loop, on_drain_poll, g);
	if (!g->drained)
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	int r = lane_open(gw->core, g->loop, &o, (unsigned)gw->gates_len - 1, &g->lane, err);
	if (r == 0)
		r = live_new(g, &g->live, err);
	return r < 0 ? r : open_server(gw, g, err);
}

static int open_gates(struct gateway *gw, size_t wanted, struct err *err)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t n = wanted ? wanted : cores > 0 ? (size_t)cores : 1;
	int r = 0;

	if (n > GATEWAY_LANES_MAX)
		n = GATEWAY_LANES_MAX;
	gw->gates_wanted = n;
	gw->descriptors = descriptors_raise();
	while (r == 0 && gw->gates_len < n)
		r = open_gate(gw, err);
	return r;
}

static void set_public_url(struct gateway *gw)
{
	if (gw->config->public_url)
		snprintf(gw->public_url, sizeof(gw->public_url), "%s", gw->config->public_url);
	else
		snprintf(gw->public_url, sizeof(gw->public_url), "%s://%.*s",
		    gw->tls ? "https" : "http", STR_ARG(http_server_address(gw->gates[0].server)));
}

/* --- timers of gate 0 ------------------------------------------------------------------------- */

static void on_held(void *arg)
{
	struct gateway *gw = arg;

	held_poll(gw->gates[0].lane);
}

static void on_forward(void *arg)
{
	struct gateway *gw = arg;

	forwarder_poll(gw->forwarder);
}

static void on_upkeep(void *arg)
{
	struct gateway *gw = arg;

	upkeep_run(gw->upkeep);
	witness_run(gw->witness);
}

static void on_campaign(void *arg)
{
	struct gateway *gw = arg;

	campaigner_look(gw->campaigner);
}

static void on_herald(void *arg)
{
	struct gateway *gw = arg;

	herald_run(gw->herald);
}

static void on_copier(void *arg)
{
	struct gateway *gw = arg;

	copier_run(gw->copier);
}

static void on_poll(void *arg)
{
	struct gateway *gw = arg;

	poll_look(gw->poll);
}

static void on_watch(void *arg)
{
	struct gateway *gw = arg;

	watch_look(gw->watch);
}

static void on_clock(void *arg)
{
	struct gateway *gw = arg;

	gate_with_clock(&gw->gates[0], NULL, NULL);
}

static struct loop_timer *every(struct gateway *gw, void (*fire)(void *), int64_t ms)
{
	struct loop_timer *t = loop_timer_new(gw->gates[0].loop, fire, gw);

	if (t)
		loop_timer_start(t, ms, ms);
	return t;
}

/* The whole of a file that holds a secret, as it is. */
static int read_secret(const char *path, struct buf *text, struct err *err)
{
	buf_init(text, SECRET_FILE_MAX);
	return path ? file_read(path, SECRET_FILE_MAX, text, err) : 0;
}

static void forget(struct buf *secret)
{
	crypto_wipe(secret->p, secret->len);
	buf_done(secret);
}

static int open_alerts_secret(struct gateway *gw, struct err *err)
{
	const struct gateway_config *c = gw->config;
	struct buf text;
	int r = read_secret(c->alerts_secret_file, &text, err);

	if (r == 0 && c->alerts_secret_file)
		r = herald_read_secret(buf_str(&text), &gw->alerts_secret, err);
	forget(&text);
	return r;
}

/* Blanks and line ends around a password are an editor's. */
static int open_mailboxes(struct gateway *gw, struct err *err)
{
	const struct gateway_config *c = gw->config;
	struct teller_mailboxes m = {
		.smtp_url = c->smtp_url,
		.user = str_c(c->smtp_user),
		.from = str_c(c->mail_from),
	};
	int r = read_secret(c->smtp_password_file, &gw->smtp_password, err);

	m.password = str_trim(buf_str(&gw->smtp_password));
	gw->alerts_to = gw->checkpoints_to = m;
	if (r == 0 && c->alerts_mail_to)
		r = teller_read_mailboxes(
		    str_c(c->alerts_mail_to), "alerts.mail_to", &gw->alerts_to, err);
	if (r == 0 && c->checkpoint_mail_to)
		r = teller_read_mailboxes(str_c(c->checkpoint_mail_to), "ledger.checkpoint_mail_to",
		    &gw->checkpoints_to, err);
	return r;
}

/* Who is told of alarms, and with which secret. */
static int open_herald(struct gateway *gw, struct err *err)
{
	const struct gateway_config *c = gw->config;
	struct herald_options o = {
		.url = c->alerts_url,
		.mailboxes = &gw->alerts_to,
		.mail_window_ms = HERALD_MAIL_WINDOW_MS,
		.retry_first_ms = HERALD_RETRY_FIRST_MS,
		.lang = (enum lang)c->alerts_language,
		.place = gw->public_url,
		.ca_file = c->ca_file,
	};
	int r = open_alerts_secret(gw, err);

	o.secret = buf_str(&gw->alerts_secret);
	return r < 0 ? r : herald_open(gw->gates[0].lane, &o, &gw->herald, err);
}

static int open_timers(struct gateway *gw, struct err *err)
{
	const struct witness_options places = {
		.file = gw->config->checkpoint_file,
		.url = gw->config->checkpoint_url,
		.mailboxes = &gw->checkpoints_to,
		.ca_file = gw->config->ca_file,
		.retry_ms = WITNESS_RETRY_MS,
	};
	int r = forwarder_open(gw->gates[0].lane, target_is_loopback(str_c(gw->config->base_url)),
	    &gw->forwarder, err);

	if (r == 0)
		r = upkeep_open(gw->gates[0].lane, &gw->upkeep, err);
	if (r == 0)
		r = campaigner_open(gw->gates[0].lane, &gw->campaigner, err);
	if (r == 0)
		r = watch_open(gw->gates[0].lane, &gw->watch, err);
	if (r == 0)
		r = poll_open(gw->gates[0].lane, &gw->poll, err);
	if (r == 0)
		r = copier_open(gw->gates[0].lane, &gw->copier, err);
	if (r == 0)
		r = open_mailboxes(gw, err);
	if (r == 0)
		r = witness_open(gw->gates[0].lane, &places, &gw->witness, err);
	if (r == 0)
		r = open_herald(gw, err);
	if (r < 0)
		return r;
	gw->held_timer = every(gw, on_held, HELD_POLL_MS);
	gw->forward_timer = every(gw, on_forward, FORWARD_POLL_MS);
	gw->upkeep_timer = every(gw, on_upkeep, UPKEEP_MS);
	gw->watch_timer = every(gw, on_watch, WATCH_MS);
	gw->poll_timer = every(gw, on_poll, POLL_EVERY_MS);
	gw->herald_timer = every(gw, on_herald, HERALD_MS);
	gw->campaign_timer = every(gw, on_campaign, CAMPAIGNS_MS);
	gw->copier_timer = every(gw, on_copier, COPIER_MS);
	if (gw->config->clock)
		gw->clock_timer = every(gw, on_clock, CLOCK_POLL_MS);
	if (!gw->held_timer || !gw->forward_timer || !gw->upkeep_timer || !gw->watch_timer ||
	    !gw->poll_timer || !gw->herald_timer || !gw->campaign_timer || !gw->copier_timer ||
	    (gw->config->clock && !gw->clock_timer))
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	/* At once: alarms are told from the first look on. */
	loop_timer_start(gw->herald_timer, 0, HERALD_MS);
	return 0;
}

/* --- ending ----------------------------------------------------------------------------------- */

static void on_server_drained(void *arg)
{
	struct gate *g = arg;

	g->server_drained = true;
}

/* What gate 0 does besides requests. */
static bool is_quiet(const struct gateway *gw)
{
	return forwarder_is_idle(gw->forwarder) && !upkeep_is_busy(gw->upkeep) &&
	    campaigner_is_idle(gw->campaigner) && watch_is_idle(gw->watch) &&
	    poll_is_idle(gw->poll) && copier_is_idle(gw->copier) && witness_is_idle(gw->witness) &&
	    herald_is_idle(gw->herald);
}

/* Requests are answered; what has no client (held sends, clients that left) may still be under way,
 * and would come back to a lane that is gone. A loop that has come to rest runs on until all have: another's job may have to pass it. */
static void on_drain_poll(void *arg)
{
	struct gate *g = arg;
	struct gateway *gw = g->gateway;

	if (!g->resting && g->server_drained && lane_is_quiet(g->lane) &&
	    (g != &gw->gates[0] || is_quiet(gw))) {
		g->resting = true;
		atomic_fetch_add(&gw->resting, 1);
	}
	if (atomic_load(&gw->resting) == gw->running)
		loop_stop(g->loop);
}

static void on_stop(struct loop_work *work)
{
	struct gate *g = (struct gate *)((char *)work - offsetof(struct gate, stop_work));

	loop_timer_start(g->drained, DRAIN_POLL_MS, DRAIN_POLL_MS);
	live_end(g->live);
	http_server_drain(g->server, on_server_drained, g);
}

static void stop_gates(struct gateway *gw)
{
	if (atomic_exchange(&gw->core->draining, true))
		return;
	log_info("shutting down", NULL);
	loop_timer_free(&gw->held_timer);
	loop_timer_free(&gw->forward_timer);
	loop_timer_free(&gw->upkeep_timer);
	loop_timer_free(&gw->clock_timer);
	loop_timer_free(&gw->watch_timer);
	loop_timer_free(&gw->poll_timer);
	loop_timer_free(&gw->herald_timer);
	loop_timer_free(&gw->campaign_timer);
	loop_timer_free(&gw->copier_timer);
	upkeep_stop(gw->upkeep);
	campaigner_stop(gw->campaigner);
	watch_stop(gw->watch);
	poll_stop(gw->poll);
	copier_stop(gw->copier);
	witness_stop(gw->witness);
	herald_stop(gw->herald);
	forwarder_stop(gw->forwarder);
	for (size_t i = 0; i < gw->running; i++) {
		gw->gates[i].stop_work.run = on_stop;
		loop_post(gw->gates[i].loop, &gw->gates[i].stop_work);
	}
}

static void on_signal(uv_signal_t *handle, int number)
{
	(void)number;
	stop_gates(handle->data);
}

static void on_stop_poll(void *arg)
{
	struct gateway *gw = arg;

	if (atomic_load(gw->stop))
		stop_gates(gw);
}

static void watch_signal(struct gateway *gw, uv_signal_t *handle, int number)
{
	uv_signal_init(loop_uv(gw->gates[0].loop), handle);
	handle->data = gw;
	uv_signal_start(handle, on_signal, number);
}

static void watch_end(struct gateway *gw, const struct gateway_run *run)
{
	if (run->handle_signals) {
		watch_signal(gw, &gw->term, SIGTERM);
		watch_signal(gw, &gw->interrupt, SIGINT);
	}
	gw->stop = run->stop;
	if (run->stop)
		gw->stop_timer = every(gw, on_stop_poll, STOP_POLL_MS);
}

static void unwatch_end(struct gateway *gw, const struct gateway_run *run)
{
	if (run->handle_signals) {
		uv_close((uv_handle_t *)&gw->term, NULL);
		uv_close((uv_handle_t *)&gw->interrupt, NULL);
	}
	loop_timer_free(&gw->stop_timer);
}

static void close_gates(struct gateway *gw)
{
	forwarder_close(&gw->forwarder);
	witness_close(&gw->witness);
	herald_close(&gw->herald);
	forget(&gw->alerts_secret);
	forget(&gw->smtp_password);
	upkeep_stop(gw->upkeep);
	watch_stop(gw->watch);
	poll_stop(gw->poll);
	copier_stop(gw->copier);
	loop_timer_free(&gw->watch_timer);
	loop_timer_free(&gw->poll_timer);
	loop_timer_free(&gw->herald_timer);
	loop_timer_free(&gw->campaign_timer);
	loop_timer_free(&gw->copier_timer);
	loop_timer_free(&gw->held_timer);
	loop_timer_free(&gw->forward_timer);
	loop_timer_free(&gw->upkeep_timer);
	loop_timer_free(&gw->clock_timer);
	for (size_t i = 0; i < gw->gates_len; i++) {
		struct gate *g = &gw->gates[i];
		loop_timer_free(&g->drained);
		live_end(g->live);
		live_free(&g->live);
		oidc_client_close(&g->oidc);
		if (g->server)
			http_server_close(&g->server);
	}
	if (gw->core && gw->core->writer)
		writer_stop(&gw->core->writer);
	for (size_t i = 0; i < gw->gates_len; i++) {
		lane_close(&gw->gates[i].lane);
		loop_free(&gw->gates[i].loop);
	}
	upkeep_close(&gw->upkeep);
	campaigner_close(&gw->campaigner);
	watch_close(&gw->watch);
	poll_close(&gw->poll);
	copier_close(&gw->copier);
	sessions_free(&gw->sessions);
	oidc_free(&gw->oidc);
	signin_guard_free(&gw->guard);
	analyses_free(&gw->analyses);
	tls_server_free(&gw->tls);
	core_close(&gw->core);
}

/* --- the run ---------------------------------------------------------------------------------- */

static void run_gate(void *arg)
{
	struct gate *g = arg;

	uv_sem_wait(&g->gateway->start);
	loop_run(g->loop);
}

/* Gate 0 has the main thread. */
static void start_threads(struct gateway *gw)
{
	gw->running = 1;
	ASSERT(uv_sem_init(&gw->start, 0) == 0);
	while (gw->running < gw->gates_len &&
	    uv_thread_create(&gw->gates[gw->running].thread, run_gate, &gw->gates[gw->running]) ==
		0)
		gw->running++;
	/* Connections to a port that nobody serves would hang. */
	if (gw->running < gw->gates_len)
		log_warn("fewer threads than wanted", "threads=%zu", gw->running);
	for (size_t i = gw->running; i < gw->gates_len; i++)
		http_server_close(&gw->gates[i].server);
	for (size_t i = 0; i < gw->running; i++)
		lanes_join(&gw->lanes, gw->gates[i].lane);
	for (size_t i = 1; i < gw->running; i++)
		uv_sem_post(&gw->start);
}

/* A store that does not answer is asked again by whoever signs in. */
static bool has_users(struct gateway *gw)
{
	int64_t n = 0;

	return user_count(gw->gates[0].lane->reader, &n, NULL) < 0 || n > 0;
}

static void tell_setup(struct gateway *gw, const struct gateway_run *run)
{
	const struct session_door door = { .kind = DOOR_FIRST };
	char secret[SESSION_SECRET_MAX], url[sizeof(gw->public_url) + 80];

	if (!run->on_setup || has_users(gw))
		return;
	session_link(gw->sessions, &door, clock_mono(), secret);
	(void)snprintf(url, sizeof(url), "%s/console/#setup=%s", gw->public_url, secret);
	run->on_setup(run->arg, url);
	crypto_wipe(url, sizeof(url));
	crypto_wipe(secret, sizeof(secret));
}

static void run_gates(struct gateway *gw, const struct gateway_run *run)
{
	char url[256];

	watch_end(gw, run);
	start_threads(gw);
	snprintf(url, sizeof(url), "%s://%.*s", gw->tls ? "https" : "http",
	    STR_ARG(http_server_address(gw->gates[0].server)));
	if (run->on_ready)
		run->on_ready(run->arg, url, gw->admin_token);
	tell_setup(gw, run);
	loop_run(gw->gates[0].loop);
	for (size_t i = 1; i < gw->running; i++)
		uv_thread_join(&gw->gates[i].thread);
	uv_sem_destroy(&gw->start);
	unwatch_end(gw, run);
}

/* Ten million rows take a quarter of a minute on one thread, and 720 MB on the disk. */
static int open_analyses(struct gateway *gw, struct err *err)
{
	static const struct analyses_limits limits = {
		.time_ms = 15 * MS_PER_MIN,
		.memory_max = (uint64_t)2 << 30,
		.disk_max = (uint64_t)4 << 30,
	};
	char dir[4096];

	(void)snprintf(dir, sizeof(dir), "%s/analyses", gw->config->state_dir);
	return analyses_new(dir, NULL, &limits, &gw->analyses, err);
}

/* The provider sends browsers back to the public address, which is known by now. */
static int open_oidc(struct gateway *gw, struct err *err)
{
	int r = oidc_new(gw, &gw->oidc, err);

	for (size_t i = 0; r == 0 && gw->oidc && i < gw->gates_len; i++) {
		struct gate *g = &gw->gates[i];
		r = oidc_client_open(g->loop, &gw->oidc->options, &g->oidc, err);
	}
	return r;
}

static int open_all(struct gateway *gw, const struct gateway_run *run, struct err *err)
{
	const struct gateway_config *c = gw->config;
	int r = open_core(gw, err);

	gw->sessions = sessions_new();
	gw->guard = signin_guard_new();
	if (r == 0 && (!gw->sessions || !gw->guard))
		r = err_set(err, E_NOMEM, "Memory ran out at start.");
	if (r == 0)
		r = open_analyses(gw, err);
	if (r == 0 && c->tls_cert)
		r = tls_server_new(c->tls_cert, c->tls_key, &gw->tls, err);
	if (r == 0)
		r = open_admin_token(gw, err);
	if (r == 0)
		r = open_gates(gw, run->threads, err);
	if (r < 0)
		return r;
	set_public_url(gw);
	r = open_oidc(gw, err);
	return r < 0 ? r : open_timers(gw, err);
}

int gateway_serve(
    const struct gateway_config *config, const struct gateway_run *run, struct err *err)
{
	struct gateway *gw = mem_alloc(sizeof(*gw));

	if (!gw)
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	gw->config = config;
	gw->started_at = clock_now();
	signal(SIGPIPE, SIG_IGN);
	int r = open_all(gw, run, err);
	if (r == 0)
		run_gates(gw, run);
	close_gates(gw);
	mem_free(gw);
	return r;
}

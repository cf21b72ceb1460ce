#include "apps/cli/doctor.h"

#include <curl/curl.h>
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/cli/config_look.h"
#include "apps/cli/verbs.h"
#include "base/check.h"
#include "base/file.h"
#include "domain/overview.h"

#define SKEW_MS 5000 /* HTTP dates are whole seconds, so one of them is no skew */
#define FORWARD_MANY 1000
#define CALL_MS 10000
#define PATH_SIZE 4096

/* --- findings --------------------------------------------------------------------------------- */

PRINTF_LIKE(5, 6)
static void found(struct doctor *d, const char *check, enum finding_kind kind, const char *remedy,
    const char *fmt, ...)
{
	struct doctor_finding *f = &d->findings[d->findings_len];
	struct buf text;
	va_list ap;

	ASSERT(d->findings_len < DOCTOR_CHECKS_MAX);
	buf_init(&text, 0);
	va_start(ap, fmt);
	buf_vaddf(&text, fmt, ap);
	va_end(ap);
	*f = (struct doctor_finding){ check, kind, arena_str(d->arena, buf_str(&text)), remedy };
	buf_done(&text);
	d->findings_len++;
}

/* --- configuration and files ------------------------------------------------------------------ */

static void check_config(struct doctor *d)
{
	struct err err = { .code = 0 };
	int r = gateway_config_load(d->config_path, d->arena, &d->config, &err);

	d->configured = r == 0;
	if (r == 0)
		r = config_look(&d->config, &err);
	if (r < 0)
		found(d, "config", FOUND_BAD,
		    _("\"varco config explain\" tells what every value takes."), "%s", err.text);
	else
		found(d, "config", FOUND_GOOD, NULL,
		    _("The configuration is good; %s is what holds."),
		    d->config_path ? d->config_path : _("the default"));
}

static bool path_in_state(const struct doctor *d, const char *name, char out[PATH_SIZE])
{
	int n = snprintf(out, PATH_SIZE, "%s%s%s", d->config.state_dir, *name ? "/" : "", name);

	return n > 0 && n < PATH_SIZE;
}

/* Ours alone: nobody else may so much as read it. 1 it is there, 0 it is not. */
static int check_private(struct doctor *d, const char *check, const char *path, const char *remedy)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		if (errno == ENOENT)
			found(d, check, FOUND_NOTE, NULL,
			    _("%s is not there yet; the first start makes it."), path);
		else
			found(d, check, FOUND_BAD, remedy, _("%s cannot be looked at: %s."), path,
			    strerror(errno));
		return 0;
	}
	if (st.st_mode & 077)
		found(d, check, FOUND_BAD, remedy,
		    _("Others than its owner may get at %s (mode %04o)."), path,
		    (unsigned)(st.st_mode & 07777));
	else
		found(d, check, FOUND_GOOD, NULL, _("%s is there, and its owner's alone."), path);
	return 1;
}

/* Of the store's file; false when there is none to be looked at. */
static bool store_path(const struct doctor *d, char out[PATH_SIZE])
{
	struct str url = str_c(d->config.store_url);

	if (!url.p)
		return path_in_state(d, "varco.db", out);
	return str_starts(url, STR("sqlite:")) &&
	    str_to_c(str_sub(url, strlen("sqlite:"), url.len), out, PATH_SIZE) == 0;
}

/* The store's disk is the one that counts (flow/headroom.h). */
static void check_disk(struct doctor *d)
{
	char path[PATH_SIZE];
	struct dir_room room;

	if (!store_path(d, path))
		return;
	const char *dir = dirname(path);
	if (dir_room(dir, &room, NULL) < 0 || room.total == 0)
		return;
	unsigned long long percent = room.free * 100 / room.total;
	enum headroom_stage stage = headroom_stage_of(&d->config.room, room.total, room.free, true);
	if (stage == HEADROOM_GONE)
		found(d, "disk", FOUND_BAD,
		    _("Make room: nothing is sent that cannot be recorded."),
		    _("Only %llu %% of the disk under %s is free: nothing is taken in but webhooks and what withdraws or stops."),
		    percent, dir);
	else if (stage == HEADROOM_LOW)
		found(d, "disk", FOUND_BAD,
		    _("Make room: nothing is sent that cannot be recorded."),
		    _("Only %llu %% of the disk under %s is free: nothing business-initiated is taken in."),
		    percent, dir);
	else
		found(d, "disk", FOUND_GOOD, NULL, _("%llu %% of the disk under %s is free."),
		    percent, dir);
}

static void check_state_dir(struct doctor *d)
{
	char path[PATH_SIZE];

	if (!d->configured || !path_in_state(d, "", path))
		return;
	if (!check_private(d, "state directory", path,
		_("chmod 700 it, and see that the gateway's user owns it.")))
		return;
	if (access(path, R_OK | W_OK | X_OK) < 0)
		found(d, "state directory", FOUND_BAD,
		    _("Run this as the gateway's user, or give it the directory."),
		    _("%s cannot be written: %s."), path, strerror(errno));
	check_disk(d);
}

static const struct key_file {
	const char *check, *name;
	const char *there, *remedy;
} key_files[] = {
	{ "key", "varco.key", N_("The key that opens the secrets on record is there: %s."),
	    N_("It must be a file of 32 bytes with mode 0600. Without the right one, tokens must be entered anew.") },
	{ "ledger key", "ledger.key", N_("The key that signs the ledger is there: %s."),
	    N_("It must be a file of 32 bytes with mode 0600. No other one can go on with this ledger.") },
};

/* As the gateway looks for it: a systemd credential first. */
static int load_key(
    const struct doctor *d, const struct key_file *k, char path[PATH_SIZE], struct err *err)
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	struct seal_key key;
	int r = -E_NOT_FOUND;

	if (credentials && snprintf(path, PATH_SIZE, "%s/%s", credentials, k->name) < PATH_SIZE)
		r = seal_key_load(path, false, &key, err);
	if (r == -E_NOT_FOUND && path_in_state(d, k->name, path))
		r = seal_key_load(path, false, &key, err);
	if (r == 0)
		seal_key_wipe(&key);
	return r;
}

static void check_key(struct doctor *d, const struct key_file *k)
{
	char path[PATH_SIZE] = "";
	struct err err = { .code = 0 };
	int r = load_key(d, k, path, &err);

	if (r == 0)
		found(d, k->check, FOUND_GOOD, NULL, _(k->there), path);
	else if (r == -E_NOT_FOUND)
		found(d, k->check, FOUND_NOTE, NULL,
		    _("%s is not there yet; the first start makes it."), path);
	else
		found(d, k->check, FOUND_BAD, _(k->remedy), "%s", err.text);
}

static void check_keys(struct doctor *d)
{
	for (size_t i = 0; d->configured && i < ARRAY_LEN(key_files); i++)
		check_key(d, &key_files[i]);
}

static void check_token(struct doctor *d)
{
	char path[PATH_SIZE];

	if (d->configured && path_in_state(d, "admin.token", path))
		(void)check_private(d, "admin token", path,
		    _("chmod 600 it; whoever read it can change everything."));
}

/* --- the store -------------------------------------------------------------------------------- */

static void tell_queues(struct doctor *d, int64_t open, int64_t unknown, int64_t forward)
{
	d->queues_told = true;
	if (unknown > 0)
		found(d, "sends", FOUND_NOTE,
		    _("Look at \"varco decision list --state unknown\"; webhooks settle them, nothing is sent again."),
		    _("Of %lld sends it is not known whether they went out."), (long long)unknown);
	else
		found(d, "sends", FOUND_GOOD, NULL,
		    _("%lld sends are under way or held, none with an unknown outcome."),
		    (long long)open);
	if (forward > FORWARD_MANY)
		found(d, "webhooks to apps", FOUND_BAD,
		    _("See whether the webhooks of the integrations answer: \"varco integration list\"."),
		    _("%lld events wait to be delivered to apps."), (long long)forward);
	else
		found(d, "webhooks to apps", FOUND_GOOD, NULL,
		    _("%lld events wait to be delivered to apps."), (long long)forward);
}

static void count_sends(struct doctor *d, struct store_conn *c)
{
	struct overview_queues q;

	if (!d->queues_told && overview_queues(c, &q, NULL) == 0)
		tell_queues(d, q.held + q.ready + q.sending, q.unknown, q.forward);
}

static const char *store_remedy(void)
{
	return _("Stop the gateway, keep a copy of the file, and restore the newest backup.");
}

/* While a gateway writes, only reading is left; it checks its store itself. */
static void check_running_store(struct doctor *d, struct store *store, const char *path)
{
	struct store_conn *c;
	struct err err = { .code = 0 };

	if (store_connect(store, STORE_READ, &c, &err) < 0) {
		found(d, "store", FOUND_BAD, store_remedy(), "%s", err.text);
		return;
	}
	found(d, "store", FOUND_GOOD, NULL, _("%s opens; a gateway is at work on it."), path);
	count_sends(d, c);
	store_disconnect(&c);
}

static void check_idle_store(struct doctor *d, struct store_conn *c, const char *path)
{
	struct err err = { .code = 0 };

	if (store_check(c, &err) < 0)
		found(d, "store", FOUND_BAD, store_remedy(), "%s", err.text);
	else
		found(d, "store", FOUND_GOOD, NULL, _("%s opens and is sound."), path);
	count_sends(d, c);
}

static void open_store(struct doctor *d, const char *path)
{
	char url[PATH_SIZE + 8];
	struct store *store;
	struct store_conn *c;
	struct err err = { .code = 0 };

	(void)snprintf(url, sizeof(url), "sqlite:%s", path);
	if (store_open(url, &store, &err) < 0) {
		found(d, "store", FOUND_BAD, store_remedy(), "%s", err.text);
		return;
	}
	int r = store_connect(store, STORE_WRITE, &c, &err);
	if (r == 0) {
		check_idle_store(d, c, path);
		store_disconnect(&c);
	} else if (r == -E_BUSY) {
		check_running_store(d, store, path);
	} else {
		found(d, "store", FOUND_BAD, store_remedy(), "%s", err.text);
	}
	store_close(&store);
}

static void check_store(struct doctor *d)
{
	char path[PATH_SIZE];
	struct stat st;

	if (!d->configured || !store_path(d, path))
		return;
	/* Opening would make it. */
	if (stat(path, &st) < 0 && errno == ENOENT)
		found(d, "store", FOUND_NOTE, NULL,
		    _("%s is not there yet; the first start makes it."), path);
	else if (access(path, W_OK) < 0)
		found(d, "store", FOUND_BAD,
		    _("Give it to the user that the gateway runs as, where files can be written."),
		    _("%s cannot be written: %s."), path, strerror(errno));
	else if (check_private(
		     d, "store file", path, _("chmod 600 it; it holds who agreed to what.")))
		open_store(d, path);
}

/* --- the server ------------------------------------------------------------------------------- */

/* Where a gateway with this configuration listens, for who named none; an address for all is reached on loopback. */
static const char *guess_url(struct doctor *d)
{
	const char *listen = d->config.listen, *port = strrchr(listen, ':');

	if (!port || strcmp(port, ":0") == 0)
		return NULL;
	bool any = str_starts(str_c(listen), STR("0.0.0.0:")) ||
	    str_starts(str_c(listen), STR("[::]:"));
	struct str url = arena_printf(d->arena, "%s://%s%s", d->config.tls_cert ? "https" : "http",
	    any ? "127.0.0.1" : "", any ? port : listen);
	return url.p;
}

static int get(struct doctor *d, struct client *c, const char *path, struct client_answer *ret,
    struct err *err)
{
	const struct client_call call = {
		.method = "GET", .target = str_c(path), .timeout_ms = CALL_MS
	};

	(void)d;
	buf_reset(&ret->body);
	return client_call(c, &call, ret, err);
}

/* Theirs less ours. */
static bool skew_of(const char *date, int64_t *ret_ms)
{
	time_t theirs = *date ? curl_getdate(date, NULL) : -1;

	if (theirs < 0)
		return false;
	*ret_ms = (int64_t)theirs * MS_PER_S - clock_now();
	return true;
}

static void check_skew(struct doctor *d, const char *whose, const char *date)
{
	int64_t ms;

	if (!skew_of(date, &ms))
		return;
	if (ms > SKEW_MS || ms < -SKEW_MS)
		found(d, "clock", FOUND_BAD,
		    _("Let both machines follow a time server; windows and quiet hours depend on it."),
		    _("The clock of %s differs from this one by %lld seconds."), whose,
		    (long long)(ms / MS_PER_S));
	else
		found(d, "clock", FOUND_GOOD, NULL, _("The clock of %s agrees with this one."),
		    whose);
}

static bool is_upstream_clock(const struct doctor *d)
{
	return d->configured && d->config.clock != 0;
}

static bool open_server(struct doctor *d, struct err *err)
{
	struct client_options o = d->client;
	char path[PATH_SIZE];

	if (!o.url && !getenv("VARCO_URL") && d->configured)
		o.url = guess_url(d);
	if (!o.token_file && !getenv("VARCO_TOKEN") && d->configured &&
	    path_in_state(d, "admin.token", path))
		o.token_file = path;
	if (client_open(&o, &d->server, err) == 0)
		return true;
	o.anonymous = true;
	return client_open(&o, &d->server, err) == 0;
}

/* It is ready, but something is not well. */
static void tell_ailments(struct doctor *d, struct str readiness)
{
	const struct json *doc;

	if (json_read(d->arena, readiness, &doc, NULL) < 0)
		return;
	if (str_eq(json_str(json_get(doc, "disk")), STR("low")))
		found(d, "server disk", FOUND_BAD,
		    _("Make room: nothing is sent that cannot be recorded."), "%s",
		    _("The gateway's disk is low: it takes in nothing business-initiated."));
	if (str_eq(json_str(json_get(doc, "clock")), STR("suspect")))
		found(d, "server clock", FOUND_BAD,
		    _("Let both machines follow a time server; windows and quiet hours depend on it."),
		    "%s",
		    _("The gateway's clock differs so much from the platform's that it takes every customer service window as closed."));
}

static void check_server(struct doctor *d)
{
	struct client_answer answer = { 0 };
	struct err err = { .code = 0 };

	if (!open_server(d, &err)) {
		found(d, "server", FOUND_BAD, NULL, "%s", err.text);
		return;
	}
	buf_init(&answer.body, 0);
	if (get(d, d->server, "/readyz", &answer, &err) < 0) {
		found(d, "server", FOUND_NOTE,
		    _("Start it with \"varco serve\", or name it with --url."), "%s", err.text);
		client_close(&d->server);
	} else if (answer.status != 200) {
		found(d, "server", FOUND_BAD,
		    _("Its log says why; \"varco status show\" says more."),
		    _("%s answers, but takes nothing in (status %d)."), client_url(d->server),
		    answer.status);
	} else {
		found(d, "server", FOUND_GOOD, NULL, _("%s answers and is ready."),
		    client_url(d->server));
		tell_ailments(d, buf_str(&answer.body));
		if (!is_upstream_clock(d))
			check_skew(d, client_url(d->server), answer.date);
	}
	buf_done(&answer.body);
}

static void tell_status_queues(struct doctor *d)
{
	const struct json *q = json_get(d->status, "queues");
	int64_t held = 0, ready = 0, sending = 0, unknown = 0, forward = 0;

	if (d->queues_told || !json_int(json_get(q, "held"), &held))
		return;
	(void)json_int(json_get(q, "ready"), &ready);
	(void)json_int(json_get(q, "sending"), &sending);
	(void)json_int(json_get(q, "unknown"), &unknown);
	(void)json_int(json_get(q, "forward"), &forward);
	tell_queues(d, held + ready + sending, unknown, forward);
}

static void tell_upstream(struct doctor *d)
{
	bool answers;

	if (!json_bool(json_path(d->status, "upstream.answers"), &answers))
		return;
	if (answers)
		found(
		    d, "upstream", FOUND_GOOD, NULL, "%s", _("The upstream answers the gateway."));
	else
		found(d, "upstream", FOUND_BAD,
		    _("Look at the network, at upstream.base_url and at upstream.ca_file."), "%s",
		    _("The upstream does not answer the gateway."));
}

static void check_status(struct doctor *d)
{
	struct client_answer answer = { 0 };
	struct err err = { .code = 0 };

	if (!d->server)
		return;
	buf_init(&answer.body, 0);
	int r = get(d, d->server,
	    d->online ? "/api/v1/status?check_upstream=true" : "/api/v1/status", &answer, &err);
	if (r < 0)
		found(d, "status", FOUND_BAD, NULL, "%s", err.text);
	else if (answer.status == 401)
		found(d, "status", FOUND_BAD,
		    _("Name the right token with --admin-token-file or VARCO_TOKEN."), "%s",
		    _("The server does not know this admin token."));
	else if (answer.status != 200 ||
	    json_read(d->arena, buf_str(&answer.body), &d->status, &err) < 0)
		found(d, "status", FOUND_BAD, NULL, _("The server answered with status %d."),
		    answer.status);
	buf_done(&answer.body);
	tell_status_queues(d);
	tell_upstream(d);
}

/* An account without its secrets cannot send, or cannot be heard. */
static void tell_account(struct doctor *d, const struct json *account)
{
	struct str id = json_str(json_get(account, "waba")),
		   state = json_str(json_get(account, "state"));
	bool token = true, secret = true;

	(void)json_bool(json_get(account, "token"), &token);
	(void)json_bool(json_get(account, "app_secret"), &secret);
	if (!token || !secret)
		found(d, "account", FOUND_BAD, _("Enter it with \"varco account set\"."),
		    token ? _("Account %.*s has no app secret: its webhooks are refused.")
			  : _("Account %.*s has no token: it cannot send."),
		    STR_ARG(id));
	else if (!str_eq(state, STR("active")))
		found(d, "account", FOUND_BAD,
		    _("See \"varco account show\", and what Meta says in Account Quality."),
		    _("Account %.*s is %.*s."), STR_ARG(id), STR_ARG(state));
}

static void check_accounts(struct doctor *d)
{
	const struct json *list, *account;
	struct client_answer answer = { 0 };
	struct json_iter it;

	if (!d->status)
		return;
	buf_init(&answer.body, 0);
	if (get(d, d->server, "/api/v1/accounts?limit=1000", &answer, NULL) == 0 &&
	    answer.status == 200 && json_read(d->arena, buf_str(&answer.body), &list, NULL) == 0) {
		const struct json *items = json_get(list, "items");
		if (json_len(items) == 0)
			found(d, "account", FOUND_NOTE, _("Enter one with \"varco account add\"."),
			    "%s", _("No account is on record yet."));
		json_iter_init(&it, items);
		while (
		    d->findings_len + 4 < DOCTOR_CHECKS_MAX && json_iter_next(&it, NULL, &account))
			tell_account(d, account);
	}
	buf_done(&answer.body);
}

/* --- the upstream ----------------------------------------------------------------------------- */

/* Any answer will do: it means that name, network and certificate are right. */
static void check_upstream(struct doctor *d)
{
	struct client_options o = { .anonymous = true, .foreign = true };
	struct client_answer answer = { 0 };
	struct client *c = NULL;
	struct err err = { .code = 0 };

	if (!d->configured || !d->online)
		return;
	o.url = d->config.base_url;
	o.ca_file = d->config.ca_file;
	buf_init(&answer.body, 0);
	int r = client_open(&o, &c, &err);
	if (r == 0)
		r = get(d, c, "/", &answer, &err);
	if (r < 0)
		found(d, "upstream from here", FOUND_BAD,
		    _("Look at the network, at upstream.base_url and at upstream.ca_file."), "%s",
		    err.text);
	else
		found(d, "upstream from here", FOUND_GOOD, NULL, _("%s answers."),
		    d->config.base_url);
	if (r == 0 && !is_upstream_clock(d))
		check_skew(d, d->config.base_url, answer.date);
	client_close(&c);
	buf_done(&answer.body);
}

/* The one that is at work, if it says so; else the one that would be. */
static void check_mode(struct doctor *d)
{
	struct str mode = json_str(json_get(d->status, "mode"));
	bool observes = mode.p ? str_eq(mode, STR("observe"))
			       : d->configured && d->config.mode == 0;

	if (observes)
		found(d, "mode", FOUND_NOTE,
		    _("Set policy.mode = enforce once the decisions on record look right."), "%s",
		    _("Policy observes only: what it would refuse is recorded, and passes."));
}

static void (*const checks[])(struct doctor *d) = {
	check_config,
	check_state_dir,
	check_keys,
	check_token,
	check_store,
	check_server,
	check_status,
	check_mode,
	check_accounts,
	check_upstream,
};

void doctor_run(struct doctor *d)
{
	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		checks[i](d);
	client_close(&d->server);
}

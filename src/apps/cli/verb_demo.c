/* varco demo: gateway and simulator with an invented company, in a temporary directory that is removed at the end. */
#include <argp.h>
#include <arpa/inet.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "apps/cli/demo.h"
#include "apps/cli/demo_world.h"
#include "apps/cli/verbs.h"
#include "base/check.h"
#include "base/log.h"

#define WHO "varco demo"
#define PORT_DEFAULT 8080
#define OPEN_FILES 16

enum {
	KEY_JSON = 'j',
	KEY_PORT = 'p',
	KEY_ONCE = 'o',
	KEY_CLOCK = 256,
};

struct options {
	bool json, once, virtual_clock, port_given;
	uint64_t port;
};

/* --- options ---------------------------------------------------------------------------------- */

static const struct argp_option options_table[] = {
	{ "port", KEY_PORT, "N", 0,
	    N_("Port of the gateway; 8080 unless told otherwise, 0 takes a free one"), 0 },
	{ "once", KEY_ONCE, NULL, 0, N_("Try both messages, wait for the webhook, and end"), 0 },
	{ "clock", KEY_CLOCK, "real|virtual", 0,
	    N_("A virtual clock stands still until the simulator moves it"), 0 },
	{ "json", KEY_JSON, NULL, 0, N_("Print JSON"), 0 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_JSON:
		o->json = true;
		return 0;
	case KEY_ONCE:
		o->once = true;
		return 0;
	case KEY_PORT:
		o->port_given = true;
		if (str_to_u64(str_c(arg), &o->port) < 0 || o->port > 65535)
			verb_refuse(state, "%s", _("A port is a number from 0 to 65535."));
		return 0;
	case KEY_CLOCK:
		o->virtual_clock = strcmp(arg, "virtual") == 0;
		if (!o->virtual_clock && strcmp(arg, "real") != 0)
			verb_refuse(state, _("The clock is real or virtual, not \"%s\"."), arg);
		return 0;
	case ARGP_KEY_ARG:
		verb_refuse(state, _("\"%s\" is one word too many."), arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp demo_argp = {
	.options = options_table,
	.parser = parse_option,
	.doc = N_(
	    "Run the gateway and the simulator on this machine alone, with an invented shop, its numbers and its "
	    "people, and print a message that is refused and one that passes. Everything is in a temporary "
	    "directory that is removed at the end."),
};

/* --- the place -------------------------------------------------------------------------------- */

static bool port_is_free(uint64_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		return false;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	bool ok = bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(fd, 1) == 0;
	(void)close(fd);
	return ok;
}

/* The usual port when nobody has it; a free one when nobody asked for one. */
static uint64_t choose_port(const struct options *o)
{
	if (o->port_given)
		return o->port;
	return !o->once && port_is_free(PORT_DEFAULT) ? PORT_DEFAULT : 0;
}

static int make_dir(struct demo *d, struct err *err)
{
	const char *base = getenv("TMPDIR");
	int n = snprintf(
	    d->dir, sizeof(d->dir), "%s/varco-demo.XXXXXX", base && *base ? base : "/tmp");

	if (n > 0 && (size_t)n < sizeof(d->dir) && mkdtemp(d->dir))
		return 0;
	int r = err_set(err, E_IO, _("No temporary directory can be made in %s: %s."),
	    base && *base ? base : "/tmp", strerror(errno));
	d->dir[0] = '\0';
	return r;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_dir(const struct demo *d)
{
	if (d->dir[0] && nftw(d->dir, remove_one, OPEN_FILES, FTW_DEPTH | FTW_PHYS) != 0)
		verb_complainf(WHO, _("%s could not be removed: %s."), d->dir, strerror(errno));
}

/* Not by gateway_config_load(): the environment must not change a demo. */
static int configure(const struct demo *d, const struct options *o, struct arena *a,
    struct gateway_config *ret, struct err *err)
{
	struct buf text;

	buf_init(&text, 0);
	buf_addf(&text, "[server]\nlisten = 127.0.0.1:%u\nstate_dir = %s/state\nclock = %s\n",
	    (unsigned)choose_port(o), d->dir, o->virtual_clock ? "upstream" : "system");
	/* It leaves nothing behind, so the room on this machine is none of its business. */
	buf_add(&text,
	    STR("[store]\nballast_mib = 0\nlow_percent = 0\nlow_mib = 0\nstop_percent = 0\n"));
	buf_addf(&text,
	    "[upstream]\nbase_url = %s\n[policy]\nmode = enforce\n[log]\nlevel = warn\n",
	    demo_stage_sim(d->stage));
	int r = text.failed
	    ? err_set(err, E_NOMEM, "%s", _("Memory ran out."))
	    : config_parse(gateway_options, gateway_options_len, WHO, buf_str(&text), a, ret, err);
	buf_done(&text);
	return r;
}

/* --- the run ---------------------------------------------------------------------------------- */

static void on_ready(void *arg, const char *url, const char *admin_token)
{
	struct demo *d = arg;

	(void)snprintf(d->url, sizeof(d->url), "%s", url);
	(void)snprintf(d->token, sizeof(d->token), "%s", admin_token);
	d->guided = uv_thread_create(&d->guide, demo_guide, d) == 0;
	if (!d->guided) {
		d->code = EXIT_FAILED;
		atomic_store(&d->stop, true);
	}
}

static int run_gateway(struct demo *d, const struct gateway_config *config, struct err *err)
{
	const struct gateway_run run = {
		.on_ready = on_ready, .arg = d, .handle_signals = true, .stop = &d->stop
	};
	int r = gateway_serve(config, &run, err);

	/* A signal may have ended the gateway while the guide still talks to it. */
	atomic_store(&d->stop, true);
	if (d->guided)
		uv_thread_join(&d->guide);
	return r;
}

static int run_demo(struct demo *d, const struct options *o, struct arena *a, struct err *err)
{
	const struct demo_stage_options stage = { .virtual_clock = o->virtual_clock,
		.webhook_secret = DEMO_WEBHOOK_SECRET };
	struct gateway_config config;
	int r = crypto_init(err);

	if (r == 0)
		r = make_dir(d, err);
	if (r == 0)
		r = demo_stage_open(&stage, &d->stage, err);
	if (r == 0)
		r = configure(d, o, a, &config, err);
	if (r == 0)
		r = run_gateway(d, &config, err);
	return r;
}

int verb_demo(int argc, char **argv)
{
	struct options o = { .json = false };
	struct demo d = { .code = EXIT_OK };
	struct arena *a = arena_new(0, 0);
	struct err err = { .code = 0 };

	verb_parse(&demo_argp, argc, argv, &o);
	d.once = o.once;
	d.json = o.json;
	log_setup(LOG_WARN, false);
	int r = a ? run_demo(&d, &o, a, &err) : err_set(&err, E_NOMEM, "%s", _("Memory ran out."));
	if (r < 0) {
		verb_complain(WHO, str_c(err.text));
		d.code = EXIT_FAILED;
	}
	demo_stage_close(&d.stage);
	arena_free(&a);
	remove_dir(&d);
	return d.code;
}

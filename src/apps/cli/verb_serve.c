/* varco serve: the gateway, until a signal ends it. */
#include <argp.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "apps/cli/config_look.h"
#include "apps/cli/verbs.h"
#include "apps/gateway/gateway.h"
#include "base/log.h"

#define WHO "varco serve"

#if defined(__SANITIZE_ADDRESS__)
#define LEAKS_ARE_LOOKED_FOR
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LEAKS_ARE_LOOKED_FOR
#endif
#endif

enum {
	KEY_CONFIG = 'c',
	KEY_JSON = 'j',
	KEY_THREADS = 't',
};

struct options {
	const char *config;
	bool json;
	uint64_t threads;
};

static const struct argp_option options_table[] = {
	{ "config", KEY_CONFIG, N_("FILE"), 0,
	    N_("Configuration file; everything in it is optional"), 0 },
	{ "threads", KEY_THREADS, "N", 0, N_("Loops that take requests; by default one per core"),
	    0 },
	{ "json", KEY_JSON, NULL, 0, N_("Print JSON"), 0 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_CONFIG:
		o->config = arg;
		return 0;
	case KEY_JSON:
		o->json = true;
		return 0;
	case KEY_THREADS:
		if (str_to_u64(str_c(arg), &o->threads) < 0 || o->threads < 1 ||
		    o->threads > GATEWAY_LANES_MAX)
			verb_refuse(
			    state, _("The number of threads is from 1 to %d."), GATEWAY_LANES_MAX);
		return 0;
	case ARGP_KEY_ARG:
		verb_refuse(state, _("\"%s\" is one word too many."), arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp serve_argp = {
	.options = options_table,
	.parser = parse_option,
	.doc = N_("Take messages, webhooks and the API on one port."),
};

static void on_ready(void *arg, const char *url, const char *admin_token)
{
	const struct options *o = arg;

	(void)admin_token;
	verb_listening(url, o->json);
}

/* To who started it, and not to who reads what it prints. */
static void on_setup(void *arg, const char *url)
{
	(void)arg;
	(void)fprintf(stderr,
	    _("There is no user of the console yet. This link makes the first administrator, once, within"
	      " fifteen minutes:\n%s\n"),
	    url);
}

/* What is wrong with the configuration is the user's to mend; the rest is the machine's. */
static int exit_code(int r)
{
	switch (-r) {
	case E_INVALID:
	case E_RANGE:
	case E_DENIED:
	case E_NOT_FOUND:
	case E_CONFLICT:
	case E_UNSUPPORTED:
		return EXIT_USAGE;
	default:
		return EXIT_UNAVAILABLE;
	}
}

/* What is in memory here, keys and numbers, never goes to a file when this process dies. A leak
 * checker reads the memory of its own process, which that would forbid. */
static void leave_no_core(void)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
#ifndef LEAKS_ARE_LOOKED_FOR
	(void)prctl(PR_SET_DUMPABLE, 0);
#endif
}

static int serve(const struct options *o, struct arena *a, struct err *err)
{
	struct gateway_config config = { 0 };
	struct gateway_run run = {
		.threads = o->threads,
		.on_ready = on_ready,
		.on_setup = on_setup,
		.arg = (void *)(uintptr_t)o,
		.handle_signals = true,
	};
	int r = crypto_init(err);

	if (r == 0)
		r = gateway_config_load(o->config, a, &config, err);
	if (r == 0)
		r = config_look(&config, err); /* before anything is made on disk */
	if (r < 0)
		return r;
	leave_no_core();
	log_setup((enum log_level)config.log_level, config.log_format == 1);
	return gateway_serve(&config, &run, err);
}

static void complain(const struct options *o, const struct err *err)
{
	struct buf out;

	buf_init(&out, 0);
	verb_config_problem(o->config, err, &out);
	verb_complain(WHO, out.failed ? str_c(err->text) : buf_str(&out));
	buf_done(&out);
}

int verb_serve(int argc, char **argv)
{
	struct options o = { 0 };
	struct arena *a = arena_new(0, 0);
	struct err err = { 0 };

	verb_parse(&serve_argp, argc, argv, &o);
	int r = a ? serve(&o, a, &err) : err_set(&err, E_NOMEM, "Memory ran out at start.");
	if (r < 0)
		complain(&o, &err);
	arena_free(&a);
	return r < 0 ? exit_code(r) : EXIT_OK;
}

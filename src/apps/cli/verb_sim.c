/* varco sim: the simulator in a process of its own, until a signal ends it. */
#include <argp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "apps/cli/verbs.h"
#include "apps/sim/sim.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/file.h"

#define WHO "varco sim"
#define SECRET_MAX 4096

enum {
	KEY_LISTEN = 'l',
	KEY_JSON = 'j',
	KEY_WEBHOOK = 'w',
	KEY_SEED = 's',
	KEY_SECRET = 256,
	KEY_CLOCK,
	KEY_PEOPLE,
	KEY_ALIVE,
	KEY_ASSUMPTIONS,
	KEY_STRICT,
	KEY_CERT,
	KEY_KEY,
	KEY_CA,
};

struct options {
	struct sim_options sim;
	const char *secret_file;
	bool json;
};

static const struct argp_option options_table[] = {
	{ "listen", KEY_LISTEN, "ADDR", 0,
	    N_("Address on loopback (127.0.0.1:8081); port 0 takes a free one"), 0 },
	{ "webhook", KEY_WEBHOOK, "URL", 0, N_("Where webhooks are posted"), 0 },
	{ "app-secret-file", KEY_SECRET, N_("FILE"), 0, N_("The secret that signs them"), 0 },
	{ "webhook-ca-file", KEY_CA, N_("FILE"), 0, N_("Certificates to trust for https webhooks"),
	    0 },
	{ "seed", KEY_SEED, "N", 0, N_("Same seed, same run; without it, a random one"), 0 },
	{ "clock", KEY_CLOCK, "real|virtual", 0,
	    N_("A virtual clock stands still until it is moved"), 0 },
	{ "people", KEY_PEOPLE, "FILE|N", 0,
	    N_("Who has WhatsApp: the phone numbers of a file, or N invented people"), 0 },
	{ "alive", KEY_ALIVE, NULL, 0,
	    N_("People tire, answer, block and report, and Meta enforces"), 0 },
	{ "assumptions", KEY_ASSUMPTIONS, N_("FILE"), 0,
	    N_("What is assumed about people and enforcement, instead of the built-in file"), 0 },
	{ "strict", KEY_STRICT, NULL, 0,
	    N_("Only configured tokens, numbers, WABAs, templates and media"), 0 },
	{ "tls-cert", KEY_CERT, N_("FILE"), 0, N_("Serve TLS with this certificate"), 0 },
	{ "tls-key", KEY_KEY, N_("FILE"), 0, N_("The key of the certificate"), 0 },
	{ "json", KEY_JSON, NULL, 0, N_("Print JSON"), 0 },
	{ 0 },
};

static void parse_clock(struct argp_state *state, const char *word, struct sim_options *o)
{
	o->virtual_clock = strcmp(word, "virtual") == 0;
	if (!o->virtual_clock && strcmp(word, "real") != 0)
		verb_refuse(state, _("The clock is real or virtual, not \"%s\"."), word);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_LISTEN:
		o->sim.listen = arg;
		return 0;
	case KEY_JSON:
		o->json = true;
		return 0;
	case KEY_WEBHOOK:
		o->sim.webhook = arg;
		return 0;
	case KEY_SECRET:
		o->secret_file = arg;
		return 0;
	case KEY_CA:
		o->sim.webhook_ca_file = arg;
		return 0;
	case KEY_SEED:
		if (str_to_u64(str_c(arg), &o->sim.seed))
			verb_refuse(state, _("The seed \"%s\" is not a number."), arg);
		return 0;
	case KEY_CLOCK:
		parse_clock(state, arg, &o->sim);
		return 0;
	case KEY_PEOPLE:
		o->sim.people = arg;
		return 0;
	case KEY_ALIVE:
		o->sim.alive = true;
		return 0;
	case KEY_ASSUMPTIONS:
		o->sim.assumptions = arg;
		return 0;
	case KEY_STRICT:
		o->sim.strict = true;
		return 0;
	case KEY_CERT:
		o->sim.tls_cert = arg;
		return 0;
	case KEY_KEY:
		o->sim.tls_key = arg;
		return 0;
	case ARGP_KEY_ARG:
		verb_refuse(state, _("\"%s\" is one word too many."), arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp sim_argp = {
	.options = options_table,
	.parser = parse_option,
	.doc = N_(
	    "Simulate the Cloud API: sends, media, templates, numbers, signed webhooks and faults. "
	    "The control API is under /_sim/; see docs/simulator.md."),
};

/* --- running ---------------------------------------------------------------------------------- */

/* The simulator and the two signals that end it. */
struct run {
	struct loop *loop;
	struct sim *sim;
	uv_signal_t term, interrupt;
	struct buf secret;
};

static void on_signal(uv_signal_t *handle, int number)
{
	struct run *r = handle->data;

	(void)number;
	sim_close(&r->sim);
	uv_close((uv_handle_t *)&r->term, NULL);
	uv_close((uv_handle_t *)&r->interrupt, NULL);
	loop_stop(r->loop);
}

static void watch(struct run *r, uv_signal_t *handle, int number)
{
	ASSERT(uv_signal_init(loop_uv(r->loop), handle) == 0);
	handle->data = r;
	ASSERT(uv_signal_start(handle, on_signal, number) == 0);
}

static int read_secret(struct run *r, struct options *o, struct err *err)
{
	if (!o->secret_file)
		return 0;
	int rc = file_read(o->secret_file, SECRET_MAX, &r->secret, err);
	if (rc)
		return rc;
	struct str secret = str_trim(buf_str(&r->secret));
	if (secret.len == 0 || memchr(secret.p, '\0', secret.len))
		return err_set(err, E_INVALID, "The file %s holds no app secret.", o->secret_file);
	r->secret.p[(size_t)(secret.p - r->secret.p) + secret.len] = '\0';
	o->sim.app_secret = secret.p;
	return 0;
}

static int run_sim(struct run *r, struct options *o, struct err *err)
{
	int rc = crypto_init(err);

	(void)descriptors_raise();
	if (!rc)
		rc = read_secret(r, o, err);
	if (!rc && !(r->loop = loop_new(err)))
		rc = -E_NOMEM;
	if (!rc)
		rc = sim_open(r->loop, &o->sim, &r->sim, err);
	if (rc)
		return rc;
	watch(r, &r->term, SIGTERM);
	watch(r, &r->interrupt, SIGINT);
	verb_listening(sim_address(r->sim).p, o->json);
	loop_run(r->loop);
	return 0;
}

int verb_sim(int argc, char **argv)
{
	struct options o = { .secret_file = NULL };
	struct run r = { .loop = NULL };
	struct err err = { .code = 0 };

	sim_options_default(&o.sim);
	o.sim.listen = "127.0.0.1:8081";
	verb_parse(&sim_argp, argc, argv, &o);
	(void)signal(SIGPIPE, SIG_IGN);
	buf_init(&r.secret, 0);
	int rc = run_sim(&r, &o, &err);
	if (rc)
		verb_complain(WHO, str_c(err.text));
	loop_free(&r.loop);
	buf_done(&r.secret);
	return rc == -E_DENIED || rc == -E_INVALID ? EXIT_USAGE : rc ? EXIT_FAILED : EXIT_OK;
}

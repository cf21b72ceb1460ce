#include "apps/gateway/gateway.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/lang.h"
#include "flow/target.h"

#define AT(field) offsetof(struct gateway_config, field)

const struct config_option gateway_options[] = {
	{ "server", "listen", CONFIG_STR, "127.0.0.1:8080", 0, 0, NULL, AT(listen),
	    N_("Address and port of the API, webhooks and metrics; port 0 takes a free one.") },
	{ "server", "state_dir", CONFIG_STR, NULL, 0, 0, NULL, AT(state_dir),
	    N_("Directory of the store, its key and the admin token.") },
	{ "server", "public_url", CONFIG_STR, NULL, 0, 0, NULL, AT(public_url),
	    N_("How apps reach the gateway: the beginning of media addresses in answers.") },
	{ "server", "tls_cert", CONFIG_STR, NULL, 0, 0, NULL, AT(tls_cert),
	    N_("Certificate chain in PEM; with it the port speaks TLS.") },
	{ "server", "tls_key", CONFIG_STR, NULL, 0, 0, NULL, AT(tls_key),
	    N_("Private key of the certificate, in PEM.") },
	{ "server", "clock", CONFIG_ENUM, "system", 0, 0, "system|upstream", AT(clock),
	    N_("Whose time counts; upstream follows a simulator on loopback.") },
	{ "store", "url", CONFIG_STR, NULL, 0, 0, NULL, AT(store_url),
	    N_("The store: sqlite:PATH; by default varco.db in the state directory.") },
	{ "store", "ballast_mib", CONFIG_INT, "64", 0, 1048576, NULL, AT(room.ballast_mib),
	    N_("Size of a file beside the store that is given up when the disk is full, so that what is under way can end; 0 keeps none.") },
	{ "store", "low_percent", CONFIG_INT, "10", 0, 100, NULL, AT(room.low_percent),
	    N_("With less of the disk free, nothing business-initiated is taken in; 0 sets no bound.") },
	{ "store", "low_mib", CONFIG_INT, "1024", 0, 1048576, NULL, AT(room.low_mib),
	    N_("The same with fewer MiB free, on a disk that has four times as many; 0 sets no bound.") },
	{ "store", "stop_percent", CONFIG_INT, "3", 0, 100, NULL, AT(room.stop_percent),
	    N_("With less of the disk free, nothing is taken in but webhooks and what withdraws or stops; 0 sets no bound.") },
	{ "upstream", "base_url", CONFIG_STR, "https://graph.facebook.com", 0, 0, NULL,
	    AT(base_url), N_("Where messages go: an official host, or a simulator on loopback.") },
	{ "upstream", "connect_timeout_ms", CONFIG_INT, "5000", 100, 60000, NULL,
	    AT(connect_timeout_ms), N_("How long a connection to the upstream may take.") },
	{ "upstream", "timeout_ms", CONFIG_INT, "30000", 100, 600000, NULL, AT(timeout_ms),
	    N_("How long an answer of the upstream may take; after it the outcome is unknown.") },
	{ "upstream", "ca_file", CONFIG_STR, NULL, 0, 0, NULL, AT(ca_file),
	    N_("Certificate authorities for the upstream, in PEM; by default the system's.") },
	{ "policy", "mode", CONFIG_ENUM, "observe", 0, 0, "observe|enforce", AT(mode),
	    N_("observe records what it would refuse and lets it pass; enforce refuses.") },
	{ "policy", "pack", CONFIG_STR, NULL, 0, 0, NULL, AT(pack),
	    N_("Policy pack to use instead of the built-in one.") },
	{ "policy", "wait_ms", CONFIG_INT, "1000", 0, 60000, NULL, AT(wait_ms),
	    N_("A hold that ends within this time is waited out instead of answered.") },
	{ "policy", "confirm_opt_out", CONFIG_BOOL, "true", 0, 0, NULL, AT(confirm_opt_out),
	    N_("Whether somebody who writes STOP gets one message that confirms it, inside the window; the texts are the pack's.") },
	{ "ledger", "checkpoint_file", CONFIG_STR, NULL, 0, 0, NULL, AT(checkpoint_file),
	    N_("Where each new checkpoint of the ledger is written: a file, or a directory that gets one for each; best on another machine's disk.") },
	{ "ledger", "checkpoint_url", CONFIG_STR, NULL, 0, 0, NULL, AT(checkpoint_url),
	    N_("Where each new checkpoint of the ledger is posted: an https address.") },
	{ "alerts", "url", CONFIG_STR, NULL, 0, 0, NULL, AT(alerts_url),
	    N_("Where alarms are posted as Standard Webhooks: an https address.") },
	{ "alerts", "secret_file", CONFIG_STR, NULL, 0, 0, NULL, AT(alerts_secret_file),
	    N_("File of the secret that signs them: 24 to 64 bytes, or whsec_ and Base64.") },
	{ "alerts", "language", CONFIG_ENUM, "en", 0, 0, "en|it", AT(alerts_language),
	    N_("Language of their sentences.") },
	{ "log", "level", CONFIG_ENUM, "info", 0, 0, "debug|info|warn|error", AT(log_level),
	    N_("The least important lines that are written.") },
	{ "log", "format", CONFIG_ENUM, "text", 0, 0, "text|json", AT(log_format),
	    N_("Form of log lines.") },
};
const size_t gateway_options_len = ARRAY_LEN(gateway_options);

/* systemd's, else the XDG place of the user. */
static const char *default_state_dir(struct arena *a)
{
	const char *systemd = getenv("STATE_DIRECTORY"), *xdg = getenv("XDG_STATE_HOME"),
		   *home = getenv("HOME");

	if (systemd && *systemd)
		return systemd;
	if (xdg && *xdg)
		return arena_printf(a, "%s/varco", xdg).p;
	if (home && *home)
		return arena_printf(a, "%s/.local/state/varco", home).p;
	return "/var/lib/varco";
}

static bool may_be_told(const char *url)
{
	return str_starts(str_c(url), STR("https://")) || target_is_loopback(str_c(url));
}

static int check(const struct gateway_config *c, struct err *err)
{
	if (!c->tls_cert != !c->tls_key)
		return err_field(err, E_INVALID, c->tls_cert ? "server.tls_key" : "server.tls_cert",
		    "A certificate and its key go together: one of server.tls_cert and server.tls_key is missing.");
	if (c->room.stop_percent > c->room.low_percent && c->room.low_percent > 0)
		return err_field(err, E_INVALID, "store.stop_percent",
		    "store.stop_percent must not be above store.low_percent.");
	if (c->checkpoint_url && !may_be_told(c->checkpoint_url))
		return err_field(err, E_INVALID, "ledger.checkpoint_url",
		    "ledger.checkpoint_url must be an https address.");
	if (c->alerts_url && !may_be_told(c->alerts_url))
		return err_field(
		    err, E_INVALID, "alerts.url", "alerts.url must be an https address.");
	if (!c->alerts_url != !c->alerts_secret_file)
		return err_field(err, E_INVALID,
		    c->alerts_url ? "alerts.secret_file" : "alerts.url",
		    "An address for alerts and its secret go together: one of alerts.url and alerts.secret_file is missing.");
	if (str_ends(str_c(c->base_url), STR("/")))
		return err_field(err, E_INVALID, "upstream.base_url",
		    "upstream.base_url ends in a slash; leave it out.");
	return 0;
}

int gateway_config_load(
    const char *path, struct arena *a, struct gateway_config *ret, struct err *err)
{
	struct gateway_config c = { 0 };
	int r = config_load(gateway_options, gateway_options_len, path, "VARCO", a, &c, err);

	if (r == 0)
		r = check(&c, err);
	if (r < 0)
		return r;
	if (!c.state_dir)
		c.state_dir = default_state_dir(a);
	if (!c.state_dir)
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	*ret = c;
	return 0;
}

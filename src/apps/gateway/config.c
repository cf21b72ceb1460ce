#include "apps/gateway/gateway.h"

#include <stdlib.h>
#include <string.h>

#include "apps/gateway/api.h"
#include "base/check.h"
#include "base/lang.h"
#include "base/text.h"
#include "flow/target.h"
#include "transport/oidc.h"

#define OIDC_NAME_MAX 60 /* it stands on a button */

/* A copy takes minutes of a disk. */
#define BACKUP_EVERY_LEAST_MS (10 * MS_PER_MIN)
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
	{ "ledger", "checkpoint_mail_to", CONFIG_STR, NULL, 0, 0, NULL, AT(checkpoint_mail_to),
	    N_("Who gets each new checkpoint of the ledger by e-mail: addresses with commas between; the server is that of the alerts.") },
	{ "backup", "every", CONFIG_STR, NULL, 0, 0, NULL, AT(backup_every),
	    N_("How often the gateway copies its store by itself, as in 24h: from ten minutes on; by default never.") },
	{ "backup", "keep", CONFIG_INT, "14", 0, 400, NULL, AT(backup_keep),
	    N_("How many good copies stay when one was made; 0 keeps all.") },
	{ "alerts", "url", CONFIG_STR, NULL, 0, 0, NULL, AT(alerts_url),
	    N_("Where alarms are posted as Standard Webhooks: an https address.") },
	{ "alerts", "secret_file", CONFIG_STR, NULL, 0, 0, NULL, AT(alerts_secret_file),
	    N_("File of the secret that signs them: 24 to 64 bytes, or whsec_ and Base64.") },
	{ "alerts", "language", CONFIG_ENUM, "en", 0, 0, "en|it", AT(alerts_language),
	    N_("Language of their sentences.") },
	{ "alerts", "mail_to", CONFIG_STR, NULL, 0, 0, NULL, AT(alerts_mail_to),
	    N_("Who gets alarms by e-mail: addresses with commas between.") },
	{ "alerts", "mail_from", CONFIG_STR, NULL, 0, 0, NULL, AT(mail_from),
	    N_("The address that e-mails come from.") },
	{ "alerts", "smtp_url", CONFIG_STR, NULL, 0, 0, NULL, AT(smtp_url),
	    N_("The mail server: smtp://host, raised to TLS before anything is said, or smtps://host; with a port where it is another.") },
	{ "alerts", "smtp_user", CONFIG_STR, NULL, 0, 0, NULL, AT(smtp_user),
	    N_("User at the mail server; without one nobody logs in.") },
	{ "alerts", "smtp_password_file", CONFIG_STR, NULL, 0, 0, NULL, AT(smtp_password_file),
	    N_("File of that user's password.") },
	{ "oidc", "issuer", CONFIG_STR, NULL, 0, 0, NULL, AT(oidc_issuer),
	    N_("The sign-in provider (OpenID Connect), by its issuer: an https address, as the provider itself writes it; without one nobody signs in that way.") },
	{ "oidc", "client_id", CONFIG_STR, NULL, 0, 0, NULL, AT(oidc_client_id),
	    N_("What the sign-in provider calls Varco.") },
	{ "oidc", "client_secret_file", CONFIG_STR, NULL, 0, 0, NULL, AT(oidc_client_secret_file),
	    N_("File of the secret that proves to the sign-in provider that it is Varco; without one, PKCE alone does.") },
	{ "oidc", "name", CONFIG_STR, "OpenID Connect", 0, 0, NULL, AT(oidc_name),
	    N_("Name of the sign-in provider, on the button of the sign-in page.") },
	{ "oidc", "scopes", CONFIG_STR, "openid email", 0, 0, NULL, AT(oidc_scopes),
	    N_("What the sign-in provider is asked for: words with blanks between, openid among them.") },
	{ "oidc", "claim", CONFIG_STR, "email", 0, 0, NULL, AT(oidc_claim),
	    N_("The claim of the ID token that users are found by: email, which the provider must have verified, sub, or another one.") },
	{ "oidc", "private_network", CONFIG_BOOL, "false", 0, 0, NULL, AT(oidc_private_network),
	    N_("Whether the sign-in provider may be at an address that is not the public Internet's.") },
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

/* What the letters need, as far as it can be seen without the network. */
static int check_mail(const struct gateway_config *c, struct err *err)
{
	struct teller_mailboxes m;
	const char *lacks = !c->smtp_url ? "alerts.smtp_url"
	    : !c->mail_from              ? "alerts.mail_from"
					 : NULL;
	int r = 0;

	if (lacks && (c->alerts_mail_to || c->checkpoint_mail_to))
		return err_field(err, E_INVALID, lacks,
		    _("E-mails need a server and a sender: %s is missing."), lacks);
	if (!c->smtp_user != !c->smtp_password_file)
		return err_field(err, E_INVALID,
		    c->smtp_user ? "alerts.smtp_password_file" : "alerts.smtp_user", "%s",
		    _("A user of the mail server and a password go together: one of alerts.smtp_user and alerts.smtp_password_file is missing."));
	if (c->smtp_url && mail_check_url(str_c(c->smtp_url), NULL) < 0)
		return err_field(err, E_INVALID, "alerts.smtp_url", "%s",
		    _("alerts.smtp_url must be smtp://host or smtps://host, with a port where it is another."));
	if (c->mail_from && !mime_is_address(str_c(c->mail_from)))
		return err_field(err, E_INVALID, "alerts.mail_from", "%s",
		    _("alerts.mail_from must be an e-mail address without a name."));
	if (c->alerts_mail_to)
		r = teller_read_mailboxes(str_c(c->alerts_mail_to), "alerts.mail_to", &m, err);
	if (r == 0 && c->checkpoint_mail_to)
		r = teller_read_mailboxes(
		    str_c(c->checkpoint_mail_to), "ledger.checkpoint_mail_to", &m, err);
	return r;
}

static int read_backup(struct gateway_config *c, struct err *err)
{
	c->backup_every_ms = 0;
	if (!c->backup_every)
		return 0;
	if (api_duration_parse(str_c(c->backup_every), &c->backup_every_ms) == 0 &&
	    c->backup_every_ms >= BACKUP_EVERY_LEAST_MS)
		return 0;
	return err_field(err, E_INVALID, "backup.every", "%s",
	    _("backup.every must be a length of time, as in 24h or 7d, and at least 10m."));
}

static bool has_word(struct str words, const char *word)
{
	bool found = false;

	while (words.p && !found)
		found = str_eq_c(str_cut(&words, ' '), word);
	return found;
}

static bool is_given(const char *value)
{
	return value && *value;
}

static int check_oidc(const struct gateway_config *c, struct err *err)
{
	struct str issuer = str_c(c->oidc_issuer);

	if (is_given(c->oidc_issuer) != is_given(c->oidc_client_id))
		return err_field(err, E_INVALID,
		    is_given(c->oidc_issuer) ? "oidc.client_id" : "oidc.issuer", "%s",
		    _("A sign-in provider and what it calls Varco go together: one of oidc.issuer and oidc.client_id is missing."));
	if (!is_given(c->oidc_issuer))
		return 0;
	if (!may_be_told(c->oidc_issuer) || !oidc_is_url(issuer) || strchr(c->oidc_issuer, '?'))
		return err_field(err, E_INVALID, "oidc.issuer", "%s",
		    _("oidc.issuer must be an https address without a query."));
	if (!has_word(str_c(c->oidc_scopes), "openid"))
		return err_field(err, E_INVALID, "oidc.scopes", "%s",
		    _("oidc.scopes must have the word openid among its words."));
	if (!c->oidc_name[0] || text_code_points(str_c(c->oidc_name)) > OIDC_NAME_MAX)
		return err_field(err, E_RANGE, "oidc.name",
		    _("oidc.name must have between 1 and %d characters."), OIDC_NAME_MAX);
	if (!c->oidc_claim[0])
		return err_field(
		    err, E_INVALID, "oidc.claim", "%s", _("oidc.claim must name a claim."));
	return 0;
}

static int check(const struct gateway_config *c, struct err *err)
{
	if (!c->tls_cert != !c->tls_key)
		return err_field(err, E_INVALID, c->tls_cert ? "server.tls_key" : "server.tls_cert",
		    "%s",
		    _("A certificate and its key go together: one of server.tls_cert and server.tls_key is missing."));
	if (c->room.stop_percent > c->room.low_percent && c->room.low_percent > 0)
		return err_field(err, E_INVALID, "store.stop_percent", "%s",
		    _("store.stop_percent must not be above store.low_percent."));
	if (c->checkpoint_url && !may_be_told(c->checkpoint_url))
		return err_field(err, E_INVALID, "ledger.checkpoint_url", "%s",
		    _("ledger.checkpoint_url must be an https address."));
	if (c->alerts_url && !may_be_told(c->alerts_url))
		return err_field(
		    err, E_INVALID, "alerts.url", "%s", _("alerts.url must be an https address."));
	if (!c->alerts_url != !c->alerts_secret_file)
		return err_field(err, E_INVALID,
		    c->alerts_url ? "alerts.secret_file" : "alerts.url", "%s",
		    _("An address for alerts and its secret go together: one of alerts.url and alerts.secret_file is missing."));
	if (str_ends(str_c(c->base_url), STR("/")))
		return err_field(err, E_INVALID, "upstream.base_url", "%s",
		    _("upstream.base_url ends in a slash; leave it out."));
	if (strpbrk(c->base_url, "?#@ \\") || strstr(c->base_url, "/.."))
		return err_field(err, E_INVALID, "upstream.base_url", "%s",
		    _("upstream.base_url is the beginning of addresses: it has no user, no \"..\", no query and no fragment."));
	return check_mail(c, err);
}

int gateway_config_load(
    const char *path, struct arena *a, struct gateway_config *ret, struct err *err)
{
	struct gateway_config c = { 0 };
	int r = config_load(gateway_options, gateway_options_len, path, "VARCO", a, &c, err);

	if (r == 0)
		r = check(&c, err);
	if (r == 0)
		r = check_oidc(&c, err);
	if (r == 0)
		r = read_backup(&c, err);
	if (r < 0)
		return r;
	if (!c.state_dir)
		c.state_dir = default_state_dir(a);
	if (!c.state_dir)
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	*ret = c;
	return 0;
}

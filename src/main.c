/* varco: every noun and verb. What a row does not say of a verb of the public API, its row in apps/gateway/nouns.c says:
 * such verbs are one call to a running server each, and need no row here. */
#include "apps/cli/command.h"
#include "apps/cli/verbs.h"
#include <limits.h>

#include "base/check.h"
#include "base/document.h"
#include "base/finder.h"
#include "base/pattern_cache.h"
#include "base/sandbox.h"

static const struct command rows[] = {
	{ "serve", NULL, verb_serve, &serve_argp,
	    N_("The gateway: API, webhooks and metrics on one port."),
	    "varco serve --config varco.conf", NULL },
	{ "sim", NULL, verb_sim, &sim_argp,
	    N_("The Cloud API as a double, for tests and rehearsals."),
	    "varco sim --listen 127.0.0.1:8081 --webhook http://127.0.0.1:8080/webhooks/meta --app-secret-file secret",
	    NULL },
	{ "demo", NULL, verb_demo, &demo_argp,
	    N_("Gateway and simulator with an invented shop: what is refused, and what passes."),
	    "varco demo --once", NULL },
	{ "decide", NULL, verb_decide, &decide_argp,
	    N_("Facts and messages in, decisions out; nothing is sent."),
	    "varco decide --test tests/cases", NULL },
	{ "explain", NULL, verb_explain, &explain_argp,
	    N_("What a rule or an error code means, and what to do."),
	    "varco explain window.closed", NULL },
	{ "analyze", NULL, verb_analyze, &analyze_argp,
	    N_("Past traffic: who got what without having agreed, peaks, templates."),
	    "varco analyze traffic.csv --consents consents.csv", NULL },
	{ "scan", NULL, verb_scan, &scan_argp,
	    N_("Unofficial automations of WhatsApp and official integrations, in files."),
	    "varco scan .", NULL },
	{ "config", "show", verb_config_show, &config_show_argp,
	    N_("The configuration that holds."), "varco config show --config varco.conf", NULL },
	{ "config", "check", verb_config_check, &config_check_argp,
	    N_("Whether a configuration will do."), "varco config check --config varco.conf",
	    NULL },
	{ "config", "explain", verb_config_explain, &config_explain_argp,
	    N_("What may be configured."), "varco config explain server.listen", NULL },
	{ "template", "lint", verb_template_lint, &template_lint_argp, NULL,
	    "varco template lint order_shipped.json", NULL },
	{ "consent", "import", verb_consent_import, &consent_import_argp, NULL, NULL, NULL },
	{ "integration", "export", verb_register, &register_argp, NULL, NULL, NULL },
	{ "consent", "certificate", verb_certificate, &certificate_argp, NULL, NULL, NULL },
	{ "consent", "verify", verb_certificate_verify, &certificate_verify_argp,
	    N_("Whether a certificate of consent holds."),
	    "varco consent verify certificate.json --key ledger.pub", NULL },
	{ "incident", "dossier", verb_dossier, &dossier_argp, NULL, NULL, NULL },
	{ "dossier-verify", NULL, verb_dossier_verify, &dossier_verify_argp,
	    N_("Whether a dossier holds."), "varco dossier-verify dossier.zip --key ledger.pub",
	    NULL },
	{ "ledger", "verify", verb_ledger_verify, &ledger_verify_argp,
	    N_("Whether the ledger is what it was: everything is read and computed again."),
	    "varco ledger verify --checkpoint /mnt/usb/checkpoint.txt", NULL },
	{ "backup", "restore", verb_backup_restore, &backup_restore_argp,
	    N_("Puts a copy of the store in the place of the store of a gateway that does not run."),
	    "varco backup restore varco-20261122T100000Z.db --state-dir /var/lib/varco --replace",
	    NULL },
	{ "ledger", "export", verb_ledger_export, &ledger_export_argp, NULL, NULL, NULL },
	{ "ledger", "tail", verb_ledger_tail, NULL, NULL, NULL, NULL },
	{ "doctor", NULL, verb_doctor, &doctor_argp,
	    N_("Looks for what is wrong with an installation, and says what to do."),
	    "varco doctor --config varco.conf", NULL },
	{ "trigger", NULL, verb_trigger, &trigger_event_argp,
	    N_("Makes something happen at the simulator: a message, a failure, a paused template."),
	    "varco trigger message.inbound --from '+39 333 123 4501' --text Ciao", NULL },
	{ "listen", NULL, verb_listen, &listen_argp,
	    N_("Passes on what an app would be told by webhook to an address of this machine."),
	    "varco listen --app crm --forward http://localhost:3000/hook", NULL },
	{ "help", NULL, verb_help, &help_argp,
	    N_("This table; manual pages and completion for shells."),
	    "varco help --completion bash", NULL },
};

/* Where the server may not write, it takes its state directory instead. */
static void keep_compiled(void)
{
	char dir[PATH_MAX];

	if (pattern_cache_dir("varco", dir, sizeof(dir)))
		finder_cache_in(dir);
}

int main(int argc, char **argv)
{
	static const struct sandbox_deed *const deeds[] = { &document_pdf_deed, NULL };

	sandbox_main(argc, argv, deeds);
	lang_setup_process();
	keep_compiled();
	commands_setup(rows, ARRAY_LEN(rows));
	return command_run(argc, argv);
}

/* apps/cli/verbs.h: the verbs of the command line, one file each, and what they share.
 *
 * A verb gets the words from its own name on (argv[0] is "varco decide") and returns the exit code.
 * Results go to standard output, everything else to standard error. What a verb takes is said by its
 * struct argp alone: help, manual pages and completion are printed from it (apps/cli/help.h). */
#ifndef APPS_CLI_VERBS_H
#define APPS_CLI_VERBS_H

#include "base/lang.h"
#include "base/str.h"

/* Exit codes (design 3). */
enum exit_code {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_REFUSED = 3, /* by policy, or findings present */
	EXIT_PARTLY = 4,
	EXIT_NOT_AUTHORISED = 5,
	EXIT_UNAVAILABLE = 6,
	EXIT_CONFLICT = 7,
	EXIT_NOT_VERIFIED = 8,
	EXIT_INTERRUPTED = 130,
};

struct argp;
struct argp_state;
struct noun_verb; /* apps/gateway/nouns.h */

int verb_serve(int argc, char **argv);
int verb_sim(int argc, char **argv);
int verb_demo(int argc, char **argv);
int verb_decide(int argc, char **argv);
int verb_analyze(int argc, char **argv);
int verb_explain(int argc, char **argv);
int verb_config_show(int argc, char **argv);
int verb_config_check(int argc, char **argv);
int verb_config_explain(int argc, char **argv);
int verb_certificate(int argc, char **argv);
int verb_certificate_verify(int argc, char **argv);
int verb_dossier(int argc, char **argv);
int verb_dossier_verify(int argc, char **argv);
int verb_ledger_verify(int argc, char **argv);
int verb_ledger_export(int argc, char **argv);
int verb_ledger_tail(int argc, char **argv);
int verb_backup_restore(int argc, char **argv);
int verb_consent_import(int argc, char **argv);
int verb_doctor(int argc, char **argv);
int verb_scan(int argc, char **argv);
int verb_register(int argc, char **argv);
int verb_template_lint(int argc, char **argv);
int verb_trigger(int argc, char **argv);
int verb_listen(int argc, char **argv);
int verb_help(int argc, char **argv);
extern const struct argp serve_argp, sim_argp, demo_argp, decide_argp, explain_argp,
    config_show_argp, config_check_argp, config_explain_argp, ledger_verify_argp,
    ledger_export_argp, consent_import_argp, doctor_argp, help_argp, certificate_argp,
    certificate_verify_argp, dossier_argp, dossier_verify_argp, scan_argp, analyze_argp,
    backup_restore_argp, register_argp, template_lint_argp, trigger_event_argp, listen_argp;

/* A verb of the public API, by a call to a running server. */
int verb_api(const struct noun_verb *api, int argc, char **argv);

/* Used wrongly: a sentence, and where to read more; they end the process with EXIT_USAGE. */
_Noreturn void verb_refuse(const struct argp_state *state, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A value that the option with that key does not take; what it takes is its `arg`. */
_Noreturn void verb_refuse_value(const struct argp_state *state, int key, const char *value);
_Noreturn void verb_misuse(const struct argp_state *state); /* how it is used */
/* argp_parse() with our exit code for usage errors; an unknown long option is answered with the
 * nearest one. The options of `argp` have msgids as their docs. */
void verb_parse(const struct argp *argp, int argc, char **argv, void *input);
/* Says on standard output that requests are taken: "listening URL", or {"listening":"URL"}. */
void verb_listening(const char *url, bool json);
/* "it" or "en", for --lang; false for any other word. */
bool verb_lang(const char *word, enum lang *ret);
/* What is wrong with a configuration: where it stands (file, line and column, or the variable), the sentence, and
 * what would do. `config` is its file, NULL = none. */
void verb_config_problem(const char *config, const struct err *err, struct buf *out);
/* One sentence on standard error, control characters made harmless: "varco decide: …". */
void verb_complain(const char *who, struct str sentence);
void verb_complainf(const char *who, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Of a verb that failed without a server: EXIT_USAGE when what it was given will not do (a directory for a
 * file, a text that is none), EXIT_FAILED when the machine did not (a file that is not there, memory). */
int verb_exit(int rc);
/* All of `out` on standard output: EXIT_OK; or a complaint and EXIT_FAILED. */
int verb_print(const char *who, const struct buf *out);

#endif

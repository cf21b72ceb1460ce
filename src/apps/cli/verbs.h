/* apps/cli/verbs.h: the verbs of the command line, one file each, and what they share.
 *
 * A verb gets the words from its own name on (argv[0] is "varco decide") and returns the exit code.
 * Results go to standard output, everything else to standard error. */
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

int verb_decide(int argc, char **argv);
int verb_explain(int argc, char **argv);
int verb_sim(int argc, char **argv);
int verb_serve(int argc, char **argv);

struct argp;
/* argp_parse() with our exit code for usage errors and help texts in the reader's language. The options
 * of `argp` have msgids as their docs. */
void verb_parse(const struct argp *argp, int argc, char **argv, void *input);
/* "it" or "en", for --lang; false for any other word. */
bool verb_lang(const char *word, enum lang *ret);
/* One sentence on standard error, control characters made harmless: "varco decide: …". */
void verb_complain(const char *who, struct str sentence);

#endif

/* apps/cli/help.h: what people read about the verbs, from the table of commands. */
#ifndef APPS_CLI_HELP_H
#define APPS_CLI_HELP_H

#include "apps/cli/command.h"
#include "base/str.h"

/* --help, -h, -? and --usage. */
bool help_is_asked(const char *word);

/* On standard output, with the exit code. */
int help_print_table(void);
int help_print_noun(const char *noun);
int help_print_command(const struct command *c);
/* The same on standard error, for who gave too few words. */
int help_complain(void);
int help_complain_noun(const char *noun);

/* Of one noun, or of all (NULL): [{"noun","verb","doc","usage","example","options":[{"name","value","doc"}]}] */
void help_write_json(const char *noun, struct buf *out);

/* "varco account add --waba TEXT [--country TEXT]"; for manual pages too. */
void help_usage(const struct command *c, const struct argp *argp, struct buf *out);

/* Options of a command in the order of its table. False at the end; *i starts at 0. */
struct help_option {
	const char *name, *value; /* value NULL: takes none */
	bool value_is_optional;
	char letter; /* 0 = none */
	const char *doc;
};
bool help_option_next(const struct argp *argp, size_t *i, struct help_option *ret);

#endif

/* apps/cli/command.h: every noun and verb, and what runs it.
 *
 * One table for the whole process, set up once by main: the rows of main.c, then every verb of the
 * public API (apps/gateway/nouns.h) that main.c gives no function of its own. Help, manual pages and
 * completion walk it. */
#ifndef APPS_CLI_COMMAND_H
#define APPS_CLI_COMMAND_H

#include <argp.h>

#include "apps/gateway/nouns.h"
#include "base/arena.h"

struct command {
	const char *noun, *verb;           /* verb NULL: the noun alone, "varco decide" */
	int (*run)(int argc, char **argv); /* NULL: verb_api() */
	const struct argp *argp;           /* NULL: made from the fields of `api` */
	const char *doc, *example;         /* one sentence, N_(); a whole command line */
	const struct noun_verb *api;       /* NULL: needs no server */
};

#define COMMAND_NAME_MAX 64

/* `rows` live as long as the process; what a row of the API leaves out is filled in. */
void commands_setup(const struct command *rows, size_t n);
const struct command *commands(size_t *ret_len);
/* NULL when there is none. `verb` NULL is the noun alone. */
const struct command *command_find(const char *noun, const char *verb);
bool command_is_noun(const char *word);
/* The noun, or the verb of a noun, that looks most like a word. */
const char *command_nearest_noun(const char *word);
const char *command_nearest_verb(const char *noun, const char *word);
/* "account add", "decide". */
void command_name(const struct command *c, char out[COMMAND_NAME_MAX]);
/* What it takes. False when memory ran out. */
bool command_argp(const struct command *c, struct arena *a, struct argp *ret);

/* What the words of a command line ask for, with its exit code. */
int command_run(int argc, char **argv);

#endif

#include "apps/cli/command.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "apps/cli/api_fields.h"
#include "apps/cli/help.h"
#include "apps/cli/verbs.h"
#include "base/check.h"
#include "base/text.h"

#define COMMANDS_MAX 256
#define WHO "varco"
#define SEE_HELP N_("\"varco help\" lists everything.")

static struct command table[COMMANDS_MAX];
static size_t table_len;

/* --- the table -------------------------------------------------------------------------------- */

static bool same_verb(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static const struct command *find_row(
    const struct command *rows, size_t n, const char *noun, const char *verb)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(rows[i].noun, noun) == 0 && same_verb(rows[i].verb, verb))
			return &rows[i];
	}
	return NULL;
}

static void add(struct command c)
{
	ASSERT(table_len < COMMANDS_MAX);
	if (c.api) {
		c.doc = c.doc ? c.doc : c.api->doc;
		c.example = c.example ? c.example : c.api->example;
	}
	table[table_len++] = c;
}

static void add_api(const struct noun_verb *api, const struct command *rows, size_t n)
{
	const struct command *own = find_row(rows, n, api->noun, api->verb);
	struct command c = own ? *own : (struct command){ .noun = api->noun, .verb = api->verb };

	c.api = api;
	add(c);
}

void commands_setup(const struct command *rows, size_t n)
{
	table_len = 0;
	for (size_t i = 0; i < n; i++) {
		if (!rows[i].verb || !noun_verb_find(rows[i].noun, rows[i].verb))
			add(rows[i]);
	}
	for (size_t i = 0; i < noun_verbs_len; i++)
		add_api(&noun_verbs[i], rows, n);
}

const struct command *commands(size_t *ret_len)
{
	*ret_len = table_len;
	return table;
}

const struct command *command_find(const char *noun, const char *verb)
{
	return find_row(table, table_len, noun, verb);
}

bool command_is_noun(const char *word)
{
	for (size_t i = 0; i < table_len; i++) {
		if (strcmp(table[i].noun, word) == 0)
			return true;
	}
	return false;
}

static const char *nearer(const char *word, const char *best, const char *other)
{
	if (!best)
		return other;
	return text_distance(str_c(word), str_c(other)) < text_distance(str_c(word), str_c(best))
	    ? other
	    : best;
}

const char *command_nearest_noun(const char *word)
{
	const char *best = NULL;

	for (size_t i = 0; i < table_len; i++)
		best = nearer(word, best, table[i].noun);
	return best;
}

const char *command_nearest_verb(const char *noun, const char *word)
{
	const char *best = NULL;

	for (size_t i = 0; i < table_len; i++) {
		if (strcmp(table[i].noun, noun) == 0 && table[i].verb)
			best = nearer(word, best, table[i].verb);
	}
	return best;
}

void command_name(const struct command *c, char out[COMMAND_NAME_MAX])
{
	(void)snprintf(
	    out, COMMAND_NAME_MAX, "%s%s%s", c->noun, c->verb ? " " : "", c->verb ? c->verb : "");
}

bool command_argp(const struct command *c, struct arena *a, struct argp *ret)
{
	if (!c->argp)
		return api_fields_argp(c->api, a, ret);
	*ret = *c->argp;
	return true;
}

/* --- running ---------------------------------------------------------------------------------- */

static int run(const struct command *c, int argc, char **argv)
{
	char name[COMMAND_NAME_MAX], called[COMMAND_NAME_MAX + sizeof(WHO)];

	command_name(c, name);
	(void)snprintf(called, sizeof(called), WHO " %s", name);
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (help_is_asked(argv[i]))
			return help_print_command(c);
	}
	argv[0] = called;
	return c->run ? c->run(argc, argv) : verb_api(c->api, argc, argv);
}

static int unknown_noun(const char *word)
{
	if (word[0] == '-')
		verb_complainf(WHO, _("There is no option \"%s\" here. %s"), word, _(SEE_HELP));
	else
		verb_complainf(WHO, _("There is no \"%s\"; the nearest is \"%s\". %s"), word,
		    command_nearest_noun(word), _(SEE_HELP));
	return EXIT_USAGE;
}

static int unknown_verb(const char *noun, const char *word)
{
	char who[COMMAND_NAME_MAX];

	(void)snprintf(who, sizeof(who), WHO " %s", noun);
	if (!word) {
		verb_complain(who, str_c(_("This needs a verb.")));
		(void)help_complain_noun(noun);
	} else {
		verb_complainf(who, _("There is no \"%s\" here; the nearest is \"%s\"."), word,
		    command_nearest_verb(noun, word));
	}
	return EXIT_USAGE;
}

static int print_version(void)
{
	return printf("varco %s\n", VARCO_VERSION) > 0 && fflush(stdout) == 0 ? EXIT_OK
									      : EXIT_FAILED;
}

/* argv[0] is the noun. */
static int run_noun(int argc, char **argv)
{
	const struct command *alone = command_find(argv[0], NULL);
	const struct command *c = argc > 1 ? command_find(argv[0], argv[1]) : NULL;

	if (c)
		return run(c, argc - 1, argv + 1);
	if (alone)
		return run(alone, argc, argv);
	if (argc > 1 && help_is_asked(argv[1]))
		return help_print_noun(argv[0]);
	return unknown_verb(argv[0], argc > 1 ? argv[1] : NULL);
}

int command_run(int argc, char **argv)
{
	if (argc < 2) {
		(void)help_complain();
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0)
		return print_version();
	if (help_is_asked(argv[1]))
		return help_print_table();
	if (!command_is_noun(argv[1]))
		return unknown_noun(argv[1]);
	return run_noun(argc - 1, argv + 1);
}

/* varco help: the table of commands as text, JSON, manual pages and completion scripts. */
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "apps/cli/command.h"
#include "apps/cli/completion.h"
#include "apps/cli/help.h"
#include "apps/cli/man.h"
#include "apps/cli/verbs.h"
#include "base/file.h"

#define WHO "varco help"

enum {
	KEY_JSON = 'j',
	KEY_MAN = 256,
	KEY_OUT,
	KEY_COMPLETION,
};

struct options {
	bool json, man;
	const char *out, *completion, *noun, *verb;
};

/* --- options ---------------------------------------------------------------------------------- */

static const struct argp_option options_table[] = {
	{ "json", KEY_JSON, NULL, 0, N_("Print JSON"), 0 },
	{ "man", KEY_MAN, NULL, 0, N_("Print a manual page as roff"), 0 },
	{ "out", KEY_OUT, N_("DIR"), 0, N_("With --man: write every page into this directory"), 0 },
	{ "completion", KEY_COMPLETION, "bash|zsh|fish", 0,
	    N_("Print a script with which the shell completes"), 0 },
	{ 0 },
};

static error_t parse_word(struct options *o, char *arg, struct argp_state *state)
{
	if (!o->noun)
		o->noun = arg;
	else if (!o->verb)
		o->verb = arg;
	else
		verb_misuse(state);
	return 0;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_JSON:
		o->json = true;
		return 0;
	case KEY_MAN:
		o->man = true;
		return 0;
	case KEY_OUT:
		o->out = arg;
		return 0;
	case KEY_COMPLETION:
		o->completion = arg;
		return 0;
	case ARGP_KEY_ARG:
		return parse_word(o, arg, state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp help_argp = {
	.options = options_table,
	.parser = parse_option,
	.args_doc = N_("[NOUN [VERB]]"),
	.doc = N_("Print every noun and verb, or what one of them does and takes."),
};

/* --- pages ------------------------------------------------------------------------------------ */

static int print(struct buf *out)
{
	int code = verb_print(WHO, out);

	buf_done(out);
	return code;
}

static int print_completion(const char *shell)
{
	struct buf out;

	buf_init(&out, 0);
	if (completion_write(shell, &out))
		return print(&out);
	buf_done(&out);
	verb_complainf(
	    WHO, _("There is no completion for \"%s\": it is bash, zsh or fish."), shell);
	return EXIT_USAGE;
}

static int write_page(const char *dir, const char *name, struct buf *page, struct err *err)
{
	struct buf path;

	buf_init(&path, 0);
	buf_addf(&path, "%s/%s", dir, name);
	int r = path.failed || page->failed ? err_set(err, E_NOMEM, "%s", _("Memory ran out."))
					    : file_write_atomic(path.p, buf_str(page), 0644, err);
	buf_done(&path);
	buf_reset(page);
	return r;
}

/* Every page, each in a file of its own. */
static int write_pages(const char *dir)
{
	char name[MAN_NAME_MAX];
	struct err err = { .code = 0 };
	struct buf page;
	size_t n;
	const struct command *c = commands(&n);

	buf_init(&page, 0);
	man_write_overview(&page);
	int r = write_page(dir, "varco.1", &page, &err);
	for (size_t i = 0; r == 0 && i < n; i++) {
		man_write_command(&c[i], &page);
		man_file_name(&c[i], name);
		r = write_page(dir, name, &page, &err);
	}
	buf_done(&page);
	if (r < 0)
		verb_complain(WHO, str_c(err.text));
	return r < 0 ? EXIT_FAILED : EXIT_OK;
}

static int print_page(const struct command *c)
{
	struct buf out;

	buf_init(&out, 0);
	if (c)
		man_write_command(c, &out);
	else
		man_write_overview(&out);
	return print(&out);
}

static int print_json(const char *noun)
{
	struct buf out;

	buf_init(&out, 0);
	help_write_json(noun, &out);
	return print(&out);
}

/* --- which of them ---------------------------------------------------------------------------- */

static int complain_of_noun(const char *noun)
{
	verb_complainf(
	    WHO, _("There is no \"%s\"; the nearest is \"%s\"."), noun, command_nearest_noun(noun));
	return EXIT_USAGE;
}

static int complain_of_verb(const char *noun, const char *verb)
{
	const char *nearest = verb ? command_nearest_verb(noun, verb) : NULL;

	if (nearest)
		verb_complainf(WHO, _("There is no \"%s %s\"; the nearest is \"%s %s\"."), noun,
		    verb, noun, nearest);
	else
		verb_complainf(WHO, _("A manual page is of a noun and a verb, as in \"%s\"."),
		    "varco help --man account add");
	return EXIT_USAGE;
}

static int help(const struct options *o)
{
	const struct command *c = o->noun ? command_find(o->noun, o->verb) : NULL;

	if (o->completion)
		return print_completion(o->completion);
	if (o->noun && !command_is_noun(o->noun))
		return complain_of_noun(o->noun);
	if (o->man && o->out)
		return write_pages(o->out);
	if (!c && (o->verb || (o->man && o->noun)))
		return complain_of_verb(o->noun, o->verb);
	if (o->man)
		return print_page(c);
	if (o->json)
		return print_json(o->noun);
	if (c)
		return help_print_command(c);
	return o->noun ? help_print_noun(o->noun) : help_print_table();
}

int verb_help(int argc, char **argv)
{
	struct options o = { .json = false };

	verb_parse(&help_argp, argc, argv, &o);
	return help(&o);
}

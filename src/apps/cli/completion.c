/* Every script gets the same three lists: the nouns, the verbs of each noun, the options of each command. Words come from
 * our own tables: letters, digits and hyphens; sentences are quoted. Where no word of ours fits, shells offer files. */
#include "apps/cli/completion.h"

#include <string.h>

#include "apps/cli/command.h"
#include "apps/cli/help.h"
#include "apps/cli/verbs.h"
#include "base/check.h"

/* --- lists ------------------------------------------------------------------------------------ */

static bool is_first_of_noun(const struct command *c, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (strcmp(c[j].noun, c[i].noun) == 0)
			return false;
	}
	return true;
}

static void add_nouns(struct buf *out)
{
	size_t n;
	const struct command *c = commands(&n);

	for (size_t i = 0; i < n; i++) {
		if (is_first_of_noun(c, i))
			buf_addf(out, "%s ", c[i].noun);
	}
	buf_add_c(out, "--help --version");
}

static void add_verbs(const char *noun, struct buf *out)
{
	size_t n;
	const struct command *c = commands(&n);

	for (size_t i = 0; i < n; i++) {
		if (c[i].verb && strcmp(c[i].noun, noun) == 0)
			buf_addf(out, "%s ", c[i].verb);
	}
	buf_add_c(out, "--help");
}

static void add_options(const struct argp *argp, struct buf *out)
{
	struct help_option o;

	for (size_t i = 0; help_option_next(argp, &i, &o);)
		buf_addf(out, "--%s ", o.name);
	buf_add_c(out, "--help");
}

/* In single quotes, for every shell. */
static void add_quoted(const char *s, struct buf *out)
{
	buf_add_char(out, '\'');
	for (; *s; s++) {
		if (*s == '\'')
			buf_add_c(out, "'\\''");
		else
			buf_add_char(out, *s);
	}
	buf_add_char(out, '\'');
}

/* --- bash and zsh ----------------------------------------------------------------------------- */

/* The branches of a `case "$noun $verb"`. */
static void add_cases(struct arena *a, const char *assign, struct buf *out)
{
	size_t n;
	const struct command *c = commands(&n);
	struct argp argp;

	for (size_t i = 0; i < n; i++) {
		if (!command_argp(&c[i], a, &argp)) {
			out->failed = true;
			return;
		}
		buf_addf(out, "\t%s\\ %s) %s'", c[i].noun, c[i].verb ? c[i].verb : "*", assign);
		add_options(&argp, out);
		buf_add_c(out, "' ;;\n");
	}
}

static void add_noun_cases(const char *assign, struct buf *out)
{
	size_t n;
	const struct command *c = commands(&n);

	for (size_t i = 0; i < n; i++) {
		if (!c[i].verb || !is_first_of_noun(c, i))
			continue;
		buf_addf(out, "\t%s) %s'", c[i].noun, assign);
		add_verbs(c[i].noun, out);
		buf_add_c(out, "' ;;\n");
	}
}

static void write_bash(struct arena *a, struct buf *out)
{
	buf_add_c(out,
	    "# bash completion for varco\n"
	    "_varco()\n"
	    "{\n"
	    "\tlocal words='' current=${COMP_WORDS[COMP_CWORD]} noun=${COMP_WORDS[1]} verb=${COMP_WORDS[2]}\n"
	    "\tCOMPREPLY=()\n"
	    "\tif [ \"$COMP_CWORD\" = 1 ]; then\n"
	    "\t\tCOMPREPLY=($(compgen -W '");
	add_nouns(out);
	buf_add_c(out,
	    "' -- \"$current\"))\n"
	    "\t\treturn\n"
	    "\tfi\n"
	    "\tif [ \"$COMP_CWORD\" = 2 ]; then\n"
	    "\tcase $noun in\n");
	add_noun_cases("words=", out);
	buf_add_c(out, "\tesac\n\tfi\n\t[ -n \"$words\" ] || case \"$noun $verb\" in\n");
	add_cases(a, "words=", out);
	buf_add_c(out,
	    "\tesac\n"
	    "\tcase $current in\n"
	    "\t-*) ;;\n"
	    "\t*) [ \"$COMP_CWORD\" = 2 ] || words='' ;;\n"
	    "\tesac\n"
	    "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
	    "}\n"
	    "complete -o default -F _varco varco\n");
}

static void write_zsh(struct arena *a, struct buf *out)
{
	buf_add_c(out,
	    "#compdef varco\n"
	    "_varco()\n"
	    "{\n"
	    "\tlocal list=''\n"
	    "\tlocal noun=$words[2] verb=$words[3]\n"
	    "\tif (( CURRENT == 2 )); then\n"
	    "\t\tlist='");
	add_nouns(out);
	buf_add_c(out, "'\n\telif (( CURRENT == 3 )); then\n\tcase $noun in\n");
	add_noun_cases("list=", out);
	buf_add_c(out, "\tesac\n\tfi\n\t[[ -n $list ]] || case \"$noun $verb\" in\n");
	add_cases(a, "list=", out);
	buf_add_c(out,
	    "\tesac\n"
	    "\tif (( CURRENT > 3 )) && [[ $words[CURRENT] != -* ]]; then\n"
	    "\t\t_files\n"
	    "\telse\n"
	    "\t\tcompadd -- ${=list}\n"
	    "\tfi\n"
	    "}\n"
	    "if [ \"$funcstack[1]\" = _varco ]; then _varco \"$@\"; else compdef _varco varco; fi\n");
}

/* --- fish ------------------------------------------------------------------------------------- */

static void add_fish_word(const struct command *c, bool noun, struct buf *out)
{
	buf_add_c(out, "complete -c varco -f -n ");
	if (noun)
		buf_add_c(out, "__fish_use_subcommand");
	else
		buf_addf(out, "'__varco_at %s'", c->noun);
	buf_addf(out, " -a %s", noun ? c->noun : c->verb);
	if (!noun || !c->verb) {
		buf_add_c(out, " -d ");
		add_quoted(_(c->doc), out);
	}
	buf_add_char(out, '\n');
}

static void add_fish_options(const struct command *c, const struct argp *argp, struct buf *out)
{
	struct help_option o;

	for (size_t i = 0; help_option_next(argp, &i, &o);) {
		buf_addf(out, "complete -c varco -n '__varco_in %s%s%s' -l %s%s -d ", c->noun,
		    c->verb ? " " : "", c->verb ? c->verb : "", o.name,
		    o.value && !o.value_is_optional ? " -r" : "");
		add_quoted(o.doc, out);
		buf_add_char(out, '\n');
	}
}

static void write_fish(struct arena *a, struct buf *out)
{
	size_t n;
	const struct command *c = commands(&n);
	struct argp argp;

	buf_add_c(out,
	    "# fish completion for varco\n"
	    "function __varco_at\n"
	    "\tset -l words (commandline -opc)\n"
	    "\ttest (count $words) = 2; and test \"$words[2]\" = \"$argv[1]\"\n"
	    "end\n"
	    "function __varco_in\n"
	    "\tset -l words (commandline -opc)\n"
	    "\ttest \"$words[2]\" = \"$argv[1]\"; and begin\n"
	    "\t\ttest (count $argv) = 1; or test \"$words[3]\" = \"$argv[2]\"\n"
	    "\tend\n"
	    "end\n");
	for (size_t i = 0; i < n; i++) {
		if (is_first_of_noun(c, i))
			add_fish_word(&c[i], true, out);
		if (c[i].verb)
			add_fish_word(&c[i], false, out);
		if (command_argp(&c[i], a, &argp))
			add_fish_options(&c[i], &argp, out);
		else
			out->failed = true;
	}
}

/* ---------------------------------------------------------------------------------------------- */

static const struct {
	const char *shell;
	void (*write)(struct arena *a, struct buf *out);
} shells[] = {
	{ "bash", write_bash },
	{ "zsh", write_zsh },
	{ "fish", write_fish },
};

bool completion_write(const char *shell, struct buf *out)
{
	struct arena *a = arena_new(0, 0);
	bool known = false;

	out->failed = out->failed || !a;
	for (size_t i = 0; a && i < ARRAY_LEN(shells); i++) {
		if (strcmp(shell, shells[i].shell) != 0)
			continue;
		shells[i].write(a, out);
		known = true;
	}
	arena_free(&a);
	return known;
}

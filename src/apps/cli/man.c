#include "apps/cli/man.h"

#include <stdio.h>
#include <string.h>

#include "apps/cli/help.h"
#include "apps/cli/verbs.h"
#include "base/check.h"

/* --- roff ------------------------------------------------------------------------------------- */

/* A line of text: backslashes and hyphens as they are, and no request at its beginning. */
static void text(struct buf *out, const char *s)
{
	if (*s == '.' || *s == '\'')
		buf_add_c(out, "\\&");
	for (; *s; s++) {
		if (*s == '\\')
			buf_add_c(out, "\\e");
		else if (*s == '-')
			buf_add_c(out, "\\-");
		else if (*s == '"')
			buf_add_c(out, "\\(dq");
		else
			buf_add_char(out, *s);
	}
}

static void line(struct buf *out, const char *s)
{
	text(out, s);
	buf_add_char(out, '\n');
}

static void section(struct buf *out, const char *title)
{
	buf_addf(out, ".SH \"%s\"\n", title);
}

/* .TP, the word in bold, and on the next line what it means. */
static void item(struct buf *out, const char *word, const char *meaning)
{
	buf_add_c(out, ".TP\n.B ");
	line(out, word);
	line(out, meaning);
}

static void heading(struct buf *out, const char *name, const char *sentence)
{
	buf_addf(out, ".TH \"%s\" 1 \"\" \"varco %s\" \"Varco\"\n", name, VARCO_VERSION);
	section(out, _("NAME"));
	text(out, name);
	buf_add_c(out, " \\- ");
	line(out, sentence);
}

/* --- what every page has ---------------------------------------------------------------------- */

static const struct {
	const char *code, *meaning;
} exit_codes[] = {
	{ "0", N_("Done.") },
	{ "1", N_("It failed.") },
	{ "2", N_("Wrong use: an unknown word, option or value.") },
	{ "3", N_("Refused by policy, or findings are present.") },
	{ "4", N_("Partly done.") },
	{ "5", N_("Not authorised.") },
	{ "6", N_("Unavailable: no answer, or too much is under way.") },
	{ "7", N_("A conflict with what is on record.") },
	{ "8", N_("Verification failed.") },
	{ "130", N_("Interrupted.") },
};

static const struct {
	const char *name, *meaning;
} environment[] = {
	{ "VARCO_URL", N_("The server that verbs speak to.") },
	{ "VARCO_TOKEN", N_("The admin token.") },
	{ "VARCO_SECTION_KEY",
	    N_("Any value of the configuration, as in VARCO_SERVER_STATE_DIR; it overrides the file.") },
	{ "LC_ALL, LC_MESSAGES, LANG", N_("The language: English or Italian.") },
};

static void write_exit_codes(struct buf *out)
{
	section(out, _("EXIT STATUS"));
	for (size_t i = 0; i < ARRAY_LEN(exit_codes); i++)
		item(out, exit_codes[i].code, _(exit_codes[i].meaning));
}

static void write_environment(struct buf *out)
{
	section(out, _("ENVIRONMENT"));
	for (size_t i = 0; i < ARRAY_LEN(environment); i++)
		item(out, environment[i].name, _(environment[i].meaning));
}

/* --- pages ------------------------------------------------------------------------------------ */

static void page_name(const struct command *c, char out[MAN_NAME_MAX])
{
	(void)snprintf(
	    out, MAN_NAME_MAX, "varco-%s%s%s", c->noun, c->verb ? "-" : "", c->verb ? c->verb : "");
}

void man_file_name(const struct command *c, char out[MAN_NAME_MAX])
{
	char name[MAN_NAME_MAX - 2];

	(void)snprintf(name, sizeof(name), "varco-%s%s%s", c->noun, c->verb ? "-" : "",
	    c->verb ? c->verb : "");
	(void)snprintf(out, MAN_NAME_MAX, "%s.1", name);
}

void man_write_overview(struct buf *out)
{
	char name[COMMAND_NAME_MAX];
	size_t n;
	const struct command *c = commands(&n);

	heading(out, "varco",
	    _("a gateway for the WhatsApp Business Platform that sends what may be sent"));
	section(out, _("SYNOPSIS"));
	line(out, _("varco NOUN [VERB] [OPTION…]"));
	section(out, _("DESCRIPTION"));
	line(out,
	    _("Applications send through Varco as they would to Meta's Graph API. Before a message "
	      "leaves, Varco checks that it may be sent, and keeps the proof."));
	section(out, _("COMMANDS"));
	for (size_t i = 0; i < n; i++) {
		command_name(&c[i], name);
		item(out, name, _(c[i].doc));
	}
	write_exit_codes(out);
	write_environment(out);
	section(out, _("SEE ALSO"));
	for (size_t i = 0; i < n; i++) {
		char page[MAN_NAME_MAX];
		page_name(&c[i], page);
		buf_add_c(out, ".BR ");
		text(out, page);
		buf_addf(out, " (1)%s\n", i + 1 < n ? "," : "");
	}
}

static void write_options(const struct argp *argp, struct buf *out)
{
	struct help_option o;
	char word[160];

	section(out, _("OPTIONS"));
	for (size_t i = 0; help_option_next(argp, &i, &o);) {
		int at = o.letter ? snprintf(word, sizeof(word), "-%c, ", o.letter) : 0;
		(void)snprintf(word + at, sizeof(word) - (size_t)at, "--%s%s%s%s", o.name,
		    !o.value                  ? ""
			: o.value_is_optional ? "[="
					      : " ",
		    o.value ? o.value : "", o.value_is_optional ? "]" : "");
		item(out, word, o.doc);
	}
	item(out, "-h, --help", _("Print this"));
}

static void write_page(const struct command *c, const struct argp *argp, struct buf *out)
{
	char name[MAN_NAME_MAX];
	struct buf usage;

	page_name(c, name);
	heading(out, name, _(c->doc));
	section(out, _("SYNOPSIS"));
	buf_init(&usage, 0);
	help_usage(c, argp, &usage);
	line(out, usage.p ? usage.p : "");
	out->failed = out->failed || usage.failed;
	buf_done(&usage);
	section(out, _("DESCRIPTION"));
	line(out, argp->doc ? _(argp->doc) : _(c->doc));
	write_options(argp, out);
	write_exit_codes(out);
	write_environment(out);
	section(out, _("EXAMPLE"));
	buf_add_c(out, ".EX\n");
	line(out, c->example);
	buf_add_c(out, ".EE\n");
	section(out, _("SEE ALSO"));
	buf_add_c(out, ".BR varco (1)\n");
}

void man_write_command(const struct command *c, struct buf *out)
{
	struct arena *a = arena_new(0, 0);
	struct argp argp;

	if (a && command_argp(c, a, &argp))
		write_page(c, &argp, out);
	else
		out->failed = true;
	arena_free(&a);
}

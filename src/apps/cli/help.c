/* Lines are HELP_WIDTH wide; widths are counted in code points, for translated texts. */
#include "apps/cli/help.h"

#include <stdio.h>
#include <string.h>

#include "apps/cli/api_fields.h"
#include "apps/cli/verbs.h"
#include "base/check.h"
#include "base/json.h"
#include "base/text.h"

#define WHO "varco help"
#define HELP_WIDTH 98
#define INDENT 2
#define COLUMN_MAX 34 /* of what stands to the left of a sentence */

bool help_is_asked(const char *word)
{
	static const char *const words[] = { "--help", "-h", "-?", "--usage" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strcmp(word, words[i]) == 0)
			return true;
	}
	return false;
}

/* --- laying out ------------------------------------------------------------------------------- */

static void blanks(struct buf *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_add_char(out, ' ');
}

/* Words of `text` from column `at` on, in lines that begin at `indent`. */
static void wrap(struct buf *out, size_t at, size_t indent, struct str text)
{
	size_t column = at;

	while (text.p) {
		struct str word = str_cut(&text, ' ');
		size_t wide = text_code_points(word);
		if (column > indent && column + 1 + wide > HELP_WIDTH) {
			buf_add_char(out, '\n');
			blanks(out, indent);
			column = indent;
		} else if (column > indent) {
			buf_add_char(out, ' ');
			column++;
		}
		buf_add(out, word);
		column += wide;
	}
	buf_add_char(out, '\n');
}

/* A word and its sentence, side by side. */
static void row(struct buf *out, struct str word, size_t column, const char *sentence)
{
	size_t wide = text_code_points(word), indent = INDENT + column + 2;

	blanks(out, INDENT);
	buf_add(out, word);
	if (wide > column) {
		buf_add_char(out, '\n');
		blanks(out, indent);
	} else {
		blanks(out, column + 2 - wide);
	}
	wrap(out, indent, indent, str_c(sentence));
}

/* --- options ---------------------------------------------------------------------------------- */

bool help_option_next(const struct argp *argp, size_t *i, struct help_option *ret)
{
	const struct argp_option *o = argp->options ? &argp->options[*i] : NULL;

	if (!o || (!o->name && !o->key && !o->doc && !o->group))
		return false;
	(*i)++;
	*ret = (struct help_option){
		.name = o->name,
		.value = o->arg ? _(o->arg) : NULL,
		.value_is_optional = o->flags & OPTION_ARG_OPTIONAL,
		.letter = o->key > ' ' && o->key < 127 ? (char)o->key : '\0',
		.doc = o->doc ? _(o->doc) : "",
	};
	return true;
}

/* "-j, --json", "--config FILE" */
static void name_option(const struct help_option *o, struct buf *out)
{
	if (o->letter)
		buf_addf(out, "-%c, ", o->letter);
	buf_addf(out, "--%s", o->name);
	if (o->value)
		buf_addf(out, o->value_is_optional ? "[=%s]" : " %s", o->value);
}

static void list_options(const struct argp *argp, struct buf *out)
{
	struct help_option o;
	struct buf name;

	buf_init(&name, 0);
	for (size_t i = 0; help_option_next(argp, &i, &o);) {
		buf_reset(&name);
		name_option(&o, &name);
		row(out, buf_str(&name), COLUMN_MAX, o.doc);
	}
	buf_reset(&name);
	buf_add_c(&name, "-h, --help");
	row(out, buf_str(&name), COLUMN_MAX, _("Print this"));
	out->failed = out->failed || name.failed;
	buf_done(&name);
}

static bool is_required(const struct command *c, const char *option)
{
	return c->api && api_field_is_required(c->api, option);
}

void help_usage(const struct command *c, const struct argp *argp, struct buf *out)
{
	char name[COMMAND_NAME_MAX];
	struct help_option o;
	bool more = false;

	command_name(c, name);
	buf_addf(out, "varco %s", name);
	for (size_t i = 0; help_option_next(argp, &i, &o);) {
		if (is_required(c, o.name))
			buf_addf(out, " --%s %s", o.name, o.value ? o.value : "");
		else
			more = true;
	}
	if (more)
		buf_addf(out, " [%s]", _("OPTION…"));
	if (argp->args_doc)
		buf_addf(out, " %s", _(argp->args_doc));
}

/* --- the pages -------------------------------------------------------------------------------- */

static size_t name_width(void)
{
	char name[COMMAND_NAME_MAX];
	size_t n, widest = 0;
	const struct command *c = commands(&n);

	for (size_t i = 0; i < n; i++) {
		command_name(&c[i], name);
		widest = strlen(name) > widest ? strlen(name) : widest;
	}
	return widest;
}

static void list_command(const struct command *c, size_t width, struct buf *out)
{
	char name[COMMAND_NAME_MAX];

	command_name(c, name);
	row(out, str_c(name), width, _(c->doc));
}

static void list_group(bool api, struct buf *out)
{
	size_t n, width = name_width();
	const struct command *c = commands(&n);

	for (size_t i = 0; i < n; i++) {
		if (!c[i].api == !api)
			list_command(&c[i], width, out);
	}
}

static void write_table(struct buf *out)
{
	buf_addf(out, "%s\n\n", _("Usage: varco NOUN [VERB] [OPTION…]"));
	list_group(false, out);
	buf_addf(out, "\n%s\n\n", _("Through a running server (--url, VARCO_URL):"));
	list_group(true, out);
	buf_add_char(out, '\n');
	wrap(out, 0, 0,
	    str_c(
		_("\"varco help NOUN\" and \"varco NOUN VERB --help\" tell more. Every verb takes "
		  "--json. Exit codes: 0 done, 1 failed, 2 wrong use, 3 refused by policy or "
		  "findings present, 4 partly done, 5 not authorised, 6 unavailable, 7 conflict, 8 "
		  "verification failed, 130 interrupted.")));
}

static void write_noun(const char *noun, struct buf *out)
{
	size_t n, width = name_width();
	const struct command *c = commands(&n);

	buf_addf(out, _("Usage: varco %s VERB [OPTION…]"), noun);
	buf_add_c(out, "\n\n");
	for (size_t i = 0; i < n; i++) {
		if (strcmp(c[i].noun, noun) == 0)
			list_command(&c[i], width, out);
	}
	buf_addf(out, "\n");
	buf_addf(out, _("\"varco %s VERB --help\" tells more."), noun);
	buf_add_char(out, '\n');
}

static void write_command(const struct command *c, const struct argp *argp, struct buf *out)
{
	const char *more = argp->doc ? _(argp->doc) : NULL;

	wrap(out, 0, 0, str_c(more ? more : _(c->doc)));
	buf_addf(out, "\n%s\n  ", _("Usage:"));
	help_usage(c, argp, out);
	buf_addf(out, "\n\n%s\n", _("Options:"));
	list_options(argp, out);
	buf_addf(out, "\n%s\n  %s\n", _("Example:"), c->example);
}

static void write_json_command(
    const struct command *c, const struct argp *argp, struct json_writer *w)
{
	struct help_option o;
	struct buf usage;

	buf_init(&usage, 0);
	help_usage(c, argp, &usage);
	jw_object(w);
	jw_member_c(w, "noun", c->noun);
	jw_member_c(w, "verb", c->verb);
	jw_member_c(w, "doc", _(c->doc));
	jw_member_str(w, "usage", buf_str(&usage));
	jw_member_c(w, "example", c->example);
	jw_member_bool(w, "server", c->api != NULL);
	jw_key(w, "options");
	jw_array(w);
	for (size_t i = 0; help_option_next(argp, &i, &o);) {
		jw_object(w);
		jw_member_c(w, "name", o.name);
		jw_member_c(w, "value", o.value);
		jw_member_bool(w, "required", is_required(c, o.name));
		jw_member_c(w, "doc", o.doc);
		jw_object_end(w);
	}
	jw_array_end(w);
	jw_object_end(w);
	w->out->failed = w->out->failed || usage.failed;
	buf_done(&usage);
}

void help_write_json(const char *noun, struct buf *out)
{
	size_t n;
	const struct command *c = commands(&n);
	struct arena *a = arena_new(0, 0);
	struct json_writer w;
	struct argp argp;

	jw_init(&w, out);
	jw_array(&w);
	for (size_t i = 0; a && i < n; i++) {
		if (noun && strcmp(c[i].noun, noun) != 0)
			continue;
		if (command_argp(&c[i], a, &argp))
			write_json_command(&c[i], &argp, &w);
		else
			out->failed = true;
	}
	jw_array_end(&w);
	buf_add_char(out, '\n');
	out->failed = out->failed || !a;
	arena_free(&a);
}

/* --- printing --------------------------------------------------------------------------------- */

static int print(struct buf *out)
{
	int code = verb_print(WHO, out);

	buf_done(out);
	return code;
}

static int complain(struct buf *out)
{
	bool ok = !out->failed && fwrite(out->p, 1, out->len, stderr) == out->len;

	buf_done(out);
	return ok ? EXIT_USAGE : EXIT_FAILED;
}

int help_print_table(void)
{
	struct buf out;

	buf_init(&out, 0);
	write_table(&out);
	return print(&out);
}

int help_print_noun(const char *noun)
{
	struct buf out;

	buf_init(&out, 0);
	write_noun(noun, &out);
	return print(&out);
}

/* "trigger" is an order of its own, and the noun of others. */
static bool is_noun_too(const struct command *c)
{
	size_t len;
	const struct command *all = commands(&len);

	for (size_t i = 0; !c->verb && i < len; i++) {
		if (all[i].verb && strcmp(all[i].noun, c->noun) == 0)
			return true;
	}
	return false;
}

int help_print_command(const struct command *c)
{
	struct arena *a = arena_new(0, 0);
	struct argp argp;
	struct buf out;

	buf_init(&out, 0);
	if (a && command_argp(c, a, &argp))
		write_command(c, &argp, &out);
	else
		out.failed = true;
	arena_free(&a);
	if (is_noun_too(c)) {
		buf_add_char(&out, '\n');
		write_noun(c->noun, &out);
	}
	return print(&out);
}

int help_complain(void)
{
	struct buf out;

	buf_init(&out, 0);
	write_table(&out);
	return complain(&out);
}

int help_complain_noun(const char *noun)
{
	struct buf out;

	buf_init(&out, 0);
	write_noun(noun, &out);
	return complain(&out);
}

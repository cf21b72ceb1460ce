#include "apps/cli/verbs.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"

#define COMPLAINT_MAX 2000
#define OPTION_MAX 64

/* --- options ---------------------------------------------------------------------------------- */

/* argp frees what differs from `text`. */
static char *translate(int key, const char *text, void *input)
{
	(void)key;
	(void)input;
	if (!text)
		return NULL;
	const char *told = _(text);
	return told == text ? (char *)(uintptr_t)text : strdup(told);
}

static bool is_named(const struct argp_option *o)
{
	return o->name && !(o->flags & OPTION_DOC);
}

static bool is_end(const struct argp_option *o)
{
	return !o->name && !o->key && !o->doc && !o->group;
}

/* As getopt understands it: the whole name, or the beginning of one. */
static const struct argp_option *find_option(const struct argp_option *options, struct str name)
{
	const struct argp_option *begun = NULL;

	for (const struct argp_option *o = options; o && !is_end(o); o++) {
		if (is_named(o) && str_eq_c(name, o->name))
			return o;
		if (is_named(o) && !begun && str_starts(str_c(o->name), name))
			begun = o;
	}
	return begun;
}

static const char *nearest_option(const struct argp_option *options, struct str name)
{
	const char *nearest = "help";
	unsigned best = text_distance(name, str_c(nearest));

	for (const struct argp_option *o = options; o && !is_end(o); o++) {
		unsigned far = is_named(o) ? text_distance(name, str_c(o->name)) : best;
		if (far < best) {
			best = far;
			nearest = o->name;
		}
	}
	return nearest;
}

/* Does the word behind this one belong to it? */
static bool takes_next(const struct argp_option *o)
{
	return o->arg && !(o->flags & OPTION_ARG_OPTIONAL);
}

static bool short_takes_next(const struct argp_option *options, const char *word)
{
	for (const struct argp_option *o = options; o && !is_end(o); o++) {
		if (word[2] == '\0' && o->key == word[1])
			return takes_next(o);
	}
	return false;
}

static bool has_short(const struct argp_option *options, char key)
{
	for (const struct argp_option *o = options; o && !is_end(o); o++) {
		if (o->key == key)
			return true;
	}
	return false;
}

/* "-x", or several letters behind one dash, of which the first tells. */
static void check_short(const struct argp *argp, const char *who, const char *word)
{
	if (word[0] != '-' || !word[1] || has_short(argp->options, word[1]))
		return;
	verb_complainf(who, _("There is no option -%.1s. See: %s --help"), word + 1, who);
	exit(EXIT_USAGE);
}

static void check_value(const struct argp_option *o, const char *who, bool given, bool follows)
{
	if (takes_next(o) && !given && !follows)
		verb_complainf(who, _("--%s needs a value. See: %s --help"), o->name, who);
	else if (!o->arg && given)
		verb_complainf(who, _("--%s takes no value. See: %s --help"), o->name, who);
	else
		return;
	exit(EXIT_USAGE);
}

static void check_options(const struct argp *argp, int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		struct str value = str_c(argv[i]);
		if (!str_starts(value, STR("--"))) {
			check_short(argp, argv[0], argv[i]);
			i += argv[i][0] == '-' && short_takes_next(argp->options, argv[i]);
			continue;
		}
		struct str name = str_cut(&value, '=');
		name = str_sub(name, 2, name.len);
		const struct argp_option *o = find_option(argp->options, name);
		if (!o) {
			verb_complainf(argv[0],
			    _("There is no option --%.*s; the nearest is --%s. See: %s --help"),
			    STR_ARG(str_sub(name, 0, OPTION_MAX)),
			    nearest_option(argp->options, name), argv[0]);
			exit(EXIT_USAGE);
		}
		check_value(o, argv[0], value.p != NULL, i + 1 < argc);
		i += takes_next(o) && !value.p;
	}
}

void verb_parse(const struct argp *argp, int argc, char **argv, void *input)
{
	struct argp translated = *argp;

	check_options(argp, argc, argv);
	translated.help_filter = translate;
	argp_err_exit_status = EXIT_USAGE;
	/* Help is command_run()'s. */
	argp_parse(&translated, argc, argv, ARGP_NO_HELP, NULL, input);
}

bool verb_lang(const char *word, enum lang *ret)
{
	for (int i = 0; i < LANGS; i++) {
		if (strcmp(word, lang_code((enum lang)i)) == 0) {
			*ret = (enum lang)i;
			return true;
		}
	}
	return false;
}

/* --- used wrongly ----------------------------------------------------------------------------- */

/* What argp says by itself, in English, is not said. */
void verb_refuse(const struct argp_state *state, const char *fmt, ...)
{
	struct buf b;
	va_list ap;

	buf_init(&b, 0);
	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	buf_add_char(&b, ' ');
	buf_addf(&b, _("See: %s --help"), state->name);
	verb_complain(state->name, buf_str(&b));
	buf_done(&b);
	exit(EXIT_USAGE);
}

void verb_refuse_value(const struct argp_state *state, int key, const char *value)
{
	const struct argp_option *o = state->root_argp->options;

	while (!is_end(o) && o->key != key)
		o++;
	verb_refuse(state, _("--%s takes %s, not \"%s\"."), o->name, _(o->arg), value);
}

void verb_misuse(const struct argp_state *state)
{
	const char *takes = state->root_argp->args_doc;

	fprintf(stderr, "%s %s [%s]", _("Usage:"), state->name, _("OPTION…"));
	fprintf(stderr, "%s%s\n", takes ? " " : "", takes ? _(takes) : "");
	fprintf(stderr, _("See: %s --help"), state->name);
	fputc('\n', stderr);
	exit(EXIT_USAGE);
}

/* --- talking ---------------------------------------------------------------------------------- */

void verb_complain(const char *who, struct str sentence)
{
	struct arena *a = arena_new(0, 0);
	char *text = a ? arena_c(a, sentence) : NULL;
	char *out = a ? arena_alloc(a, COMPLAINT_MAX) : NULL;

	/* What a function says of its input is English with the input in it. */
	if (text && out)
		sentence = str_c(lang_sentence(lang_process(), text, out, COMPLAINT_MAX));
	struct str harmless = a ? text_printable(a, sentence, COMPLAINT_MAX) : STR_NONE;

	fprintf(stderr, "%s: %.*s\n", who, STR_ARG(harmless));
	arena_free(&a);
}

void verb_complainf(const char *who, const char *fmt, ...)
{
	struct buf b;
	va_list ap;

	buf_init(&b, 0);
	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	verb_complain(who, buf_str(&b));
	buf_done(&b);
}

int verb_exit(int rc)
{
	switch (-rc) {
	case E_INVALID:
	case E_RANGE:
	case E_TOO_LARGE:
	case E_UNSUPPORTED:
		return EXIT_USAGE;
	default:
		return EXIT_FAILED;
	}
}

int verb_print(const char *who, const struct buf *out)
{
	if (out->failed) {
		verb_complain(who, str_c(_("Memory ran out.")));
		return EXIT_FAILED;
	}
	if (fwrite(out->p ? out->p : "", 1, out->len, stdout) == out->len && fflush(stdout) == 0)
		return EXIT_OK;
	verb_complainf(who, _("Standard output cannot be written: %s."), strerror(errno));
	return EXIT_FAILED;
}

void verb_listening(const char *url, bool json)
{
	printf(json ? "{\"listening\":\"%s\"}\n" : "listening %s\n", url);
	fflush(stdout);
}

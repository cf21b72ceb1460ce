#include "apps/cli/verbs.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"

#define COMPLAINT_MAX 2000

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

void verb_parse(const struct argp *argp, int argc, char **argv, void *input)
{
	struct argp translated = *argp;

	translated.help_filter = translate;
	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&translated, argc, argv, 0, NULL, input);
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

void verb_complain(const char *who, struct str sentence)
{
	struct arena *a = arena_new(0, 0);
	struct str harmless = a ? text_printable(a, sentence, COMPLAINT_MAX) : STR_NONE;

	fprintf(stderr, "%s: %.*s\n", who, STR_ARG(harmless));
	arena_free(&a);
}

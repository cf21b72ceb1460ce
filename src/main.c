/* varco: every verb is a row. */
#include <stdio.h>
#include <string.h>

#include "apps/cli/verbs.h"
#include "base/check.h"

struct verb {
	const char *noun, *verb; /* verb NULL = the noun is the verb: "varco decide" */
	int (*run)(int argc, char **argv);
	const char *name; /* argv[0] of what runs */
};

static const struct verb verbs[] = {
	{ "decide", NULL, verb_decide, "varco decide" },
	{ "explain", NULL, verb_explain, "varco explain" },
};

/* How many words name the verb: 0 when it is not this one. */
static int words_of(const struct verb *v, int argc, char **argv)
{
	if (argc < 2 || strcmp(argv[1], v->noun) != 0)
		return 0;
	if (!v->verb)
		return 1;
	return argc > 2 && strcmp(argv[2], v->verb) == 0 ? 2 : 0;
}

static int complain(void)
{
	fprintf(stderr, "%s\n", _("Usage: varco VERB ... The verbs are:"));
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		fprintf(stderr, "  %s\n", verbs[i].name);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	lang_setup_process();
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		int words = words_of(&verbs[i], argc, argv);
		if (words == 0)
			continue;
		argv[words] = (char *)(uintptr_t)verbs[i].name;
		return verbs[i].run(argc - words, argv + words);
	}
	return complain();
}

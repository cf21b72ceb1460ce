/* base/config.h: an INI file read against a table of options.
 *
 * The table is the only place that knows the options: parsing, defaults, environment,
 * documentation and `config show` walk it. Values from the environment (PREFIX_SECTION_KEY)
 * override the file. An unknown section or key is an error that names file, line, column and the
 * nearest valid key; so is a value of the wrong type or outside its range. Secrets are never
 * values: only files. */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

enum config_type { CONFIG_STR, CONFIG_INT, CONFIG_BOOL, CONFIG_ENUM };

struct config_option {
	const char *section, *key;
	enum config_type type;
	const char *dflt;   /* as text; NULL = none (a NULL string) */
	int64_t min, max;   /* CONFIG_INT */
	const char *values; /* CONFIG_ENUM: "a|b|c"; the field receives the index (int64_t) */
	size_t offset;      /* into the caller's struct: const char * or int64_t or bool */
	const char *doc;    /* one sentence, N_() */
};

/* Fill `target` from defaults, then the file (path NULL = none), then the environment. Strings
 * live in `a`. */
MUST_CHECK int config_load(const struct config_option *options, size_t n, const char *path,
    const char *env_prefix, struct arena *a, void *target, struct err *err);
/* The same from bytes (name is used in messages), without the environment: for tests and
 * fuzzing.
 * */
MUST_CHECK int config_parse(const struct config_option *options, size_t n, const char *name,
    struct str text, struct arena *a, void *target, struct err *err);
/* The whole configuration as an INI text with each option's sentence as a comment. */
void config_print(
    const struct config_option *options, size_t n, const void *target, struct buf *out);

#endif

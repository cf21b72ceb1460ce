/* apps/cli/api_fields.h: the words of a command line as one call of the public API, by the row of the verb.
 *
 * Fields in the path's braces go there, the others into the query (GET, DELETE) or the JSON body. Flags have the
 * field's name with hyphens; a file's flag takes a path and sends what is in the file. */
#ifndef APPS_CLI_API_FIELDS_H
#define APPS_CLI_API_FIELDS_H

#include <argp.h>

#include "apps/cli/client.h"
#include "apps/gateway/nouns.h"
#include "base/arena.h"

#define API_FILE_MAX \
	((size_t)48 << 20) /* as a JSON string it must fit into what the server takes */
#define API_WORDS_MAX 64

/* What a command line says. */
struct api_words {
	const struct noun_verb *api;
	const char *values[API_WORDS_MAX]; /* beside api->fields; NULL = not given */
	size_t positional;                 /* how many came */
	struct client_options client;
	bool json;
};

/* Options, arguments and parser for a row: the input of the parser is a struct api_words whose `api` is set. False
 * when memory ran out. */
bool api_fields_argp(const struct noun_verb *api, struct arena *a, struct argp *ret);
#define API_FLAG_MAX 72
/* "token_file" → "--token-file"; false when the verb has no such flag. */
bool api_field_flag(const struct noun_verb *api, struct str field, char out[API_FLAG_MAX]);
/* "token-file" → is that field required. */
bool api_field_is_required(const struct noun_verb *api, const char *option);

/* "waba" → its value; NULL when it was not given or the verb has no such field. */
const char *api_word(const struct api_words *w, const char *field);
/* Another value for a field; false when the verb has no such field. */
bool api_word_set(struct api_words *w, const char *field, const char *value);

struct api_request {
	const char *method;
	struct str target; /* path and query */
	struct str body;   /* p NULL = none */
};
/* Reads the files. -E_INVALID (field: the flag or argument) for a value that is missing or no number, the errors of
 * file_read(), -E_NOMEM. */
MUST_CHECK int api_request_build(
    const struct api_words *w, struct arena *a, struct api_request *ret, struct err *err);

#endif

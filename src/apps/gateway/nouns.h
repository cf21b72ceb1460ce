/* apps/gateway/nouns.h: every noun and verb of the public API as one table: what the command line
 * offers, what /api/v1 takes, what /api/openapi.json describes.
 *
 * A row is one operation. Its fields are flags on the command line (snake_case → --kebab-case)
 * and members of the JSON body (or query parameters of a GET); files are flags that take a path
 * and members that take the content. apps/cli includes this header: the one arrow between two
 * folders of apps. */
#ifndef APPS_GATEWAY_NOUNS_H
#define APPS_GATEWAY_NOUNS_H

#include <stdbool.h>
#include <stddef.h>

enum field_type {
	FIELD_STR,
	FIELD_INT,
	FIELD_BOOL,
	FIELD_LIST,     /* a,b,c or a JSON array of strings */
	FIELD_FILE,     /* content of a file; secrets too */
	FIELD_FILES,    /* contents of files, a,b,c or a JSON array of strings in base 64 */
	FIELD_TIME,     /* RFC 3339 */
	FIELD_DATE,     /* 2026-12-31 */
	FIELD_DURATION, /* 30s 15m 24h 7d */
	FIELD_LIMIT,    /* a number, or "unlimited" */
};

struct noun_field {
	const char *name; /* "app_secret_file" */
	enum field_type type;
	bool required, positional;
	/* Tells of a person: the operator's entry of the ledger says only that it was given. */
	bool personal;
	const char *doc; /* N_(): one sentence */
};

struct noun_verb {
	const char *noun, *verb; /* "account", "add" */
	const char *method;      /* "POST" */
	const char *path;        /* "/api/v1/accounts/{id}"; {id} is the positional field `id` */
	const struct noun_field *fields;
	size_t fields_len;
	const char *doc;       /* N_(): one sentence */
	const char *example;   /* a whole command line, of reserved numbers */
	const char *operation; /* operationId, "addAccount" */
};

extern const struct noun_verb noun_verbs[];
extern const size_t noun_verbs_len;
const struct noun_verb *noun_verb_find(const char *noun, const char *verb);

#endif

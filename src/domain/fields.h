/* domain/fields.h: JSON that somebody sent, held against a table of fields.
 *
 * A row says where a field stands, what it must be and how long it may get; the first one that does not fit
 * becomes `problem`, with the path of the very value ("interactive.action.buttons[2].reply.title"), a
 * sentence that is a msgid without figures, and the figures beside it. Members without a row are not looked
 * at: Meta adds fields. JSON null counts as absent. Nothing here allocates. */
#ifndef DOMAIN_FIELDS_H
#define DOMAIN_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/json.h"

enum field_type {
	FIELD_TEXT,   /* a string that is not empty; limits count code points */
	FIELD_STRING, /* it may be empty */
	FIELD_LINK,   /* an http or https address */
	FIELD_ID,     /* a string that is not empty, or a whole number */
	FIELD_BOOL,
	FIELD_INTEGER, /* limits are of its value */
	FIELD_NUMBER,  /* also as a string: "45.07" */
	FIELD_OBJECT,
	FIELD_LIST, /* limits count its entries */
};

/* A figure of a struct of limits (domain/pack.h): an int64_t. */
#define FIELD_FIGURE(type, member) (offsetof(type, member) + 1)

struct field_rule {
	const char *path; /* "header.text"; "[]" behind a name = each of its entries */
	enum field_type type;
	bool required;     /* where the object that should hold it is there */
	size_t max, min;   /* FIELD_FIGURE() in the struct that the check is given; 0 = none */
	const char *words; /* FIELD_TEXT: "a|b|c" = one of these, nothing else */
};

/* FIELD_MUST("body.text", TEXT, .max = FIELD_FIGURE(struct x, y)) */
#define FIELD_MUST(where, what, ...) \
	{ .path = (where), .type = FIELD_##what, .required = true, __VA_ARGS__ }
#define FIELD_MAY(where, what, ...) { .path = (where), .type = FIELD_##what, __VA_ARGS__ }

#define FIELDS_PATH_MAX 96 /* as struct err has it */

struct fields {
	char path[FIELDS_PATH_MAX];
	size_t path_len;
	struct err problem; /* code 0 = none yet */
	int64_t limit, got; /* figures of the problem; -1 = none */
};

void fields_init(struct fields *f);

/* Everything below answers whether all is well; on no, f->problem says what is not. `at` is the object that
 * the rows' paths start from, standing at f->path; `figures` is what their limits are offsets into. */
bool fields_check(struct fields *f, const struct json *at, const struct field_rule *rows, size_t n,
    const void *figures);

/* Sets the problem unless there is one, at f->path followed by `name` (or ""); always false. */
bool fields_fail(struct fields *f, const char *name, const char *sentence);
bool fields_fail_figures(
    struct fields *f, const char *name, const char *sentence, int64_t limit, int64_t got);

/* Goes down one step and says from where, for fields_leave(). "name", or "[index]" when name is NULL. */
size_t fields_enter(struct fields *f, const char *name, size_t index);
void fields_leave(struct fields *f, size_t mark);

/* Is the member there and not null. */
bool field_present(const struct json *object, const char *name);

/* Is the word one of "a|b|c"; ASCII case counts unless `nocase`. */
bool fields_word_is(struct str word, const char *words, bool nocase);

/* Sentences that checks of their own need too. */
extern const char fields_missing[], fields_unknown_value[], fields_not_an_object[];
extern const char fields_too_long[], fields_too_many[], fields_too_few[];

#endif

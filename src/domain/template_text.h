/* domain/template_text.h: the variables in a template's texts, {{1}} or {{order_number}}.
 *
 * Private to the template files of this floor. A variable is letters, digits and underscores between
 * double braces, blanks around them allowed; anything else in braces is text. Names are views into the text. */
#ifndef DOMAIN_TEMPLATE_TEXT_H
#define DOMAIN_TEMPLATE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Cuts *rest behind its next variable: true and what stands before it; false when there is none, and
 * *ret_before is all of the rest. */
bool template_text_next(struct str *rest, struct str *ret_before, struct str *ret_name);

/* The distinct variables of a text, in the order in which values are given: by number, or named ones as they
 * first appear. A text of more than this many is not understood (`too_many`, and the first ones are listed). */
#define TEMPLATE_VARIABLES_MAX 128

struct template_variables {
	struct str names[TEMPLATE_VARIABLES_MAX];
	size_t len;
	bool named; /* one of them at least is no number */
	bool too_many;
};

void template_variables_read(struct str text, struct template_variables *ret);
/* The place of a name among them; -1 when it is none. */
int template_variables_find(const struct template_variables *vars, struct str name);

/* Code points of the text once its variables are replaced by as many as `lengths` says of each. */
int64_t template_text_length(
    struct str text, const struct template_variables *vars, const int64_t *lengths);

#endif

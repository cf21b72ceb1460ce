/* domain/template_fit.h: the pieces of template_def_check(): values, buttons, and what they share.
 *
 * Private to domain/template_def.c, template_values.c and template_buttons.c. All answer whether it fits; on no,
 * t->f.problem says what does not, at t->f.path. */
#ifndef DOMAIN_TEMPLATE_FIT_H
#define DOMAIN_TEMPLATE_FIT_H

#include "domain/fields.h"
#include "domain/pack.h"

struct fitting {
	struct fields f;
	const struct pack *pack;
	const struct pack_template *figures;
	bool authentication; /* values are one-time codes */
	bool in_card;
};

extern const char template_no_such_part[], template_part_missing[], template_given_twice[];
extern const char template_wrong_value[], template_empty_value[];

/* Is this string one of "a|b|c", in any letter case. */
bool template_word_is(const struct json *v, const char *words);
/* The first component of a type, of a definition or of what was sent; *ret_at (may be NULL) is its place. */
const struct json *template_component(const struct json *list, const char *type, size_t *ret_at);
/* The place that "index" or "card_index" names, a number or its digits; `otherwise` when it is left out; -1 when it
 * names none. */
int64_t template_place(const struct json *index, int64_t otherwise);

/* How many values there must be. */
bool template_counts_fit(struct fitting *t, size_t variables, size_t values);
/* One {"type":"text","text"} value; *ret_length in code points. */
bool template_text_fits(struct fitting *t, const struct json *value, int64_t *ret_length);
/* The values of a text with variables, and the text once they are in it. */
bool template_values_fit(
    struct fitting *t, struct str text, const struct json *values, int64_t max);

/* The buttons among the components that were sent, against those of the definition. */
bool template_buttons_fit(struct fitting *t, const struct json *defs, const struct json *sent);

#endif

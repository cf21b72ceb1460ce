/* domain/trigger_text.h: texts with places that an event fills: "Ciao {/customer/first_name|cliente}".
 *
 *   {/pointer}        what the event has there (RFC 6901): a string or a number; true and false are as
 *                     nothing, for to some senders false is what is empty
 *   {@name}           what came beside the event under that name, in lower case
 *   {/pointer|words}  the words when there is nothing, or only blanks
 * A '{' before anything else is itself, and so is a '}' that closes nothing. A pointer with a '|' or a
 * '}' in it cannot be written. */
#ifndef DOMAIN_TRIGGER_TEXT_H
#define DOMAIN_TRIGGER_TEXT_H

#include "base/json.h"

/* Something that came beside an event, as a header does. */
struct trigger_extra {
	struct str name, value;
};

struct trigger_input {
	const struct json *event;
	const struct trigger_extra *extras;
	size_t extras_len;
};

/* Are the places of the text closed, and their pointers pointers. 0 or -E_INVALID (field `field`). */
MUST_CHECK int trigger_text_check(struct str text, const char *field, struct err *err);
/* The value at a pointer as text: a string without the blanks around it, a number as it is written;
 * STR_NONE for anything else, for blanks only and for a number of more digits than can be told apart. In the arena, or borrowed. 0 or -E_NOMEM. */
MUST_CHECK int trigger_value(
    struct arena *a, const struct json *event, struct str pointer, struct str *ret);
/* Has it a place. */
bool trigger_text_has_places(struct str text);
/* One place, without its braces. */
struct trigger_place {
	struct str source; /* "/pointer" or "@name" */
	struct str words;  /* p NULL = none */
};
/* The next place of the rest of a text that passed the check, which *rest is what is behind it then; false: there is no
 * other one. */
bool trigger_text_next(struct str *rest, struct trigger_place *ret);
/* `in` NULL = everything is filled with something. 1 and the text in the arena; 0 and the place that nothing fills, borrowed from `text`; -E_NOMEM. */
MUST_CHECK int trigger_text_fill(struct arena *a, struct str text, const struct trigger_input *in,
    struct str *ret, struct str *ret_missing);

#endif

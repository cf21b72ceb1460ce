/* domain/consent_question.h: the message that asks a person to confirm: an approved template, or, while
 * the window is open, a message with two buttons. Its buttons carry the request's id. */
#ifndef DOMAIN_CONSENT_QUESTION_H
#define DOMAIN_CONSENT_QUESTION_H

#include "domain/directory.h"
#include "domain/pack.h"

struct consent_question {
	uint64_t request;
	struct phone phone;
	struct str bsuid; /* without a phone */
	/* without a template: */
	struct str text;
	const struct pack_language *language; /* titles of the buttons */
	/* with one: its body's variables are `values`, in the order of template_text.h; its first two
	 * quick replies are yes and no */
	const struct dir_template *tpl;
	const struct str *values;
	size_t values_len;
};

/* The body as an app would post it, and the exact words that the person will read; both in the arena.
 * -E_INVALID (field "values" or "template") when the template cannot be filled like that. */
MUST_CHECK int consent_question_write(const struct consent_question *q, struct arena *a,
    struct str *ret_body, struct str *ret_words, struct err *err);

#endif

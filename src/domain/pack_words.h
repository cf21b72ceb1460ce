/* domain/pack_words.h: readers of the pack's words, for the tables of pack_read.c alone.
 *
 * As pack_value.h has them: 0, or -E_INVALID or -E_NOMEM with *r->err filled. */
#ifndef DOMAIN_PACK_WORDS_H
#define DOMAIN_PACK_WORDS_H

#include "domain/pack_value.h"

/* Rows of words that withdraw, and that grant, into the pack's map of words. */
MUST_CHECK int read_opt_out(
    struct reader *r, const struct json *v, const struct field *f, char *base);
MUST_CHECK int read_opt_in(
    struct reader *r, const struct json *v, const struct field *f, char *base);
/* What may stand beside a word that withdraws. */
MUST_CHECK int read_polite(
    struct reader *r, const struct json *v, const struct field *f, char *base);
/* What is probably an opt-out (pack_doubts.c). */
MUST_CHECK int read_doubts(
    struct reader *r, const struct json *v, const struct field *f, char *base);
/* What is said to people, by language. */
MUST_CHECK int read_languages(
    struct reader *r, const struct json *v, const struct field *f, char *base);

#endif

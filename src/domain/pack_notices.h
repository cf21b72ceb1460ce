/* domain/pack_notices.h: the reader of the pack's "notices", for the table of pack_read.c alone. */
#ifndef DOMAIN_PACK_NOTICES_H
#define DOMAIN_PACK_NOTICES_H

#include "domain/pack_value.h"

/* The reader of "complaints". */
MUST_CHECK int read_complaints(
    struct reader *r, const struct json *v, const struct field *f, char *base);

MUST_CHECK int read_notices(
    struct reader *r, const struct json *v, const struct field *f, char *base);

/* A list of phrases, folded: struct pack_words. */
MUST_CHECK int read_phrases(
    struct reader *r, const struct json *v, const struct field *f, char *base);

#endif

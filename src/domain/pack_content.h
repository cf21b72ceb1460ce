/* domain/pack_content.h: reader of the section "content", for the table of pack_read.c alone. */
#ifndef DOMAIN_PACK_CONTENT_H
#define DOMAIN_PACK_CONTENT_H

#include "domain/pack_value.h"

MUST_CHECK int read_content(
    struct reader *r, const struct json *v, const struct field *f, char *base);

#endif

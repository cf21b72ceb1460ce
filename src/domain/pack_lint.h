/* domain/pack_lint.h: the reader of the pack's "lint", for the tables of pack_read.c alone.
 *
 * As pack_value.h has them: 0, or -E_INVALID or -E_NOMEM with *r->err filled. */
#ifndef DOMAIN_PACK_LINT_H
#define DOMAIN_PACK_LINT_H

#include "domain/pack_value.h"

MUST_CHECK int read_lint(struct reader *r, const struct json *v, const struct field *f, char *base);

#endif

/* domain/pack.h: the policy pack: every figure, word list and table, with its source and date, read from a file.
 *
 * Immutable once read; shared by all threads; lives until pack_free. packs/default.json is built in. */
#ifndef DOMAIN_PACK_H
#define DOMAIN_PACK_H

#include "base/json.h"
#include "domain/purpose.h"

struct pack;

/* From JSON with comments; -E_INVALID names the member. Every member is checked; unknown ones are errors. */
MUST_CHECK int pack_read(struct str text, struct pack **ret, struct err *err);
MUST_CHECK int pack_builtin(struct pack **ret, struct err *err);
void pack_free(struct pack **pp);

#endif

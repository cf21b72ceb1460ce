/* domain/template_index.h: which others of a list have a definition's name, or its texts. For template_advice.c alone. */
#ifndef DOMAIN_TEMPLATE_INDEX_H
#define DOMAIN_TEMPLATE_INDEX_H

#include "domain/template_review.h"

/* How many of them are not of a file. */
size_t template_index_on_record(const struct template_index *x);
/* Is another one of the file called so in that language. */
bool template_index_has_name(const struct template_index *x, struct str language, struct str name,
    const struct template_other *const itself[2]);
/* One of another name with the same body and footer in that language; NULL = none, also without a body. */
const struct template_other *template_index_same_text(const struct template_index *x,
    struct str language, struct str name, const struct json *components);

#endif

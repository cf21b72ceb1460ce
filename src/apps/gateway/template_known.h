/* apps/gateway/template_known.h: what the directory knows that a review of a template should know. */
#ifndef APPS_GATEWAY_TEMPLATE_KNOWN_H
#define APPS_GATEWAY_TEMPLATE_KNOWN_H

#include "domain/directory.h"
#include "domain/template_review.h"

/* All templates of that account, with room for `more` behind them; borrowed as below. -E_NOMEM. */
MUST_CHECK int template_known_all(struct arena *a, const struct directory *d, struct str waba,
    size_t more, struct template_other **ret, size_t *ret_len);
/* Of the template of that name and language, which may be there already, in that account; `others` begin with what
 * template_known_all() gave, and are shared by all that are reviewed beside them. */
void template_known_among(const struct directory *d, struct str waba, struct str name,
    struct str language, const struct template_other *others, size_t len,
    struct template_setting *ret);
/* Of the template of that name and language, which may be there already, in that account; everything is borrowed from
 * the directory and the arena. -E_NOMEM. */
MUST_CHECK int template_known(struct arena *a, const struct directory *d, struct str waba,
    struct str name, struct str language, struct template_setting *ret);
/* A stored template as a definition, with its status: p NULL when memory ran out. */
const struct json *template_known_definition(struct arena *a, const struct dir_template *t);

#endif

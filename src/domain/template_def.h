/* domain/template_def.h: a template's definition in Graph's shape, and whether a send fits it (rule 505).
 *
 * Definitions come in Meta's spelling ({"name","language","category","status","components":[{"type":"BODY","text":"… {{1}}"}]}). */
#ifndef DOMAIN_TEMPLATE_DEF_H
#define DOMAIN_TEMPLATE_DEF_H

#include "base/json.h"
#include "domain/message.h"

/* Does what the app filled in fit the definition: count, names, types, lengths, buttons, cards. `definition` is the components array as
 * Graph gives it (NULL = missing: fits, readings 25; an empty array = a definition without variables). 1 fits; 0 does not, and
 * *ret_problem names the component and says why; -E_NOMEM. */
MUST_CHECK int template_def_fits(struct arena *a, const struct pack *pack, const struct json *definition,
    const struct message *send, struct err *ret_problem);

/* Checks a definition that somebody wants to create or edit (name, language, category, lengths, variables, buttons): the lint that comes before
 * Meta's review (platform facts 6.1). Problems are appended as {"field","message"} objects to `out`, an array under construction; returns how many. */
MUST_CHECK int template_def_lint(struct arena *a, const struct pack *pack, const struct json *definition, bool edit,
    struct json_writer *out);

#endif

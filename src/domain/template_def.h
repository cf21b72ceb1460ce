/* domain/template_def.h: a template's definition in Graph's shape, and whether a send fits it (rule 505).
 *
 * Definitions come in Meta's spelling ({"name","language","category","status","components":[{"type":"BODY",
 * "text":"… {{1}}"}]}), as they are created or as Graph lists them, types in any letter case. What a definition
 * does not tell is not judged. Sentences are msgids without figures; platform facts 3, 6.1 and 6.2
 * (2026-11-22), figures of the pack's `template` section. */
#ifndef DOMAIN_TEMPLATE_DEF_H
#define DOMAIN_TEMPLATE_DEF_H

#include "base/json.h"
#include "domain/message.h"

/* Does what the app filled in fit the definition: count, names, types, lengths, buttons, cards. `definition` is
 * the components array as Graph gives it (NULL = missing: fits, readings 25; an empty array = a definition
 * without variables). 1 fits; 0 does not: *ret_problem names the component ("template.components[1].parameters",
 * or "template.components.header" for one that is missing) and says why; the figures are what is asked for and
 * what came, -1 = none. */
MUST_CHECK int template_def_check(const struct pack *pack, const struct json *definition,
    const struct message *send, struct err *ret_problem, int64_t *ret_limit, int64_t *ret_got);

/* Checks a definition that somebody wants to create or edit (name, language, category, lengths, variables,
 * buttons): the lint that comes before Meta's review. An edit carries only what it changes. Problems are
 * appended as {"field","message"} objects, with the figures "limit" and "got" where there are any, to `out`, an
 * array under construction; returns how many, or -E_NOMEM. */
MUST_CHECK int template_def_lint(struct arena *a, const struct pack *pack,
    const struct json *definition, bool edit, struct json_writer *out);

#endif

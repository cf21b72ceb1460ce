/* domain/template_parts.h: the components of a template as a flat list of places and texts, for comparing two of them. */
#ifndef DOMAIN_TEMPLATE_PARTS_H
#define DOMAIN_TEMPLATE_PARTS_H

#include "base/arena.h"
#include "base/check.h"
#include "base/json.h"

#define TEMPLATE_PARTS_MAX 1000

/* "BODY.text": a component is called by its type, what is in it by its name or its place from 0. What is no string is
 * as JSON writes it. Views into the document where they can be. */
struct template_part {
	struct str place, text;
};

/* In their order; what is beyond TEMPLATE_PARTS_MAX is left out. 0, or -E_NOMEM. */
MUST_CHECK int template_parts(
    struct arena *a, const struct json *components, struct template_part **ret, size_t *ret_len);

/* The one of that place; NULL = none. */
const struct template_part *template_parts_find(
    const struct template_part *parts, size_t len, struct str place);

#endif

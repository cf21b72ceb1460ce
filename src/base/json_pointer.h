/* base/json_pointer.h: one place in a JSON document, "/customer/phones/0" (RFC 6901).
 *
 * "" is the whole document. In a name "~1" stands for '/' and "~0" for '~'. Members of an array go by
 * their number from 0, without leading zeros; "-", which is behind the last one, leads nowhere. */
#ifndef BASE_JSON_POINTER_H
#define BASE_JSON_POINTER_H

#include "base/json.h"

#define JSON_POINTER_MAX 512 /* bytes */

/* Is it one at all, and not longer than that. */
bool json_pointer_is_valid(struct str pointer);
/* What stands there; NULL when nothing does, or when it is no pointer. */
const struct json *json_pointer(const struct json *root, struct str pointer);

#endif

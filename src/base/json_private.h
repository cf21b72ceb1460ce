/* base/json_private.h: what base/json.c and base/json_edit.c share, and nobody else includes. */
#ifndef BASE_JSON_PRIVATE_H
#define BASE_JSON_PRIVATE_H

#include "base/str.h"

/* The place behind the string whose opening quote is at `quote`; text.len + 1 when it never ends. */
size_t json_string_end(struct str text, size_t quote);

#endif

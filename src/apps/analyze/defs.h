/* apps/analyze/defs.h: the templates' definitions that a user has: a file in Graph's shape, one object,
 * an array, or {"data": […]} as Graph lists them. */
#ifndef APPS_ANALYZE_DEFS_H
#define APPS_ANALYZE_DEFS_H

#include "base/arena.h"
#include "domain/purpose.h"

struct defs;

/* 0; -E_INVALID naming the member ("data[3].name"); -E_IO, -E_NOMEM. */
MUST_CHECK int defs_read(const char *path, struct defs **ret, struct err *err);
void defs_free(struct defs **pd);

/* The category of that template; any language when `language` is empty or not among those that are
 * known. PURPOSE_NONE when the name is not known. */
enum purpose defs_category(const struct defs *d, struct str name, struct str language);

#endif

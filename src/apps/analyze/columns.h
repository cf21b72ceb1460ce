/* apps/analyze/columns.h: which column of a table is what.
 *
 * By the names of the first row (words.h), where the best name of a role wins; what --map says goes
 * first: "to=Handy,time=Zeitpunkt". A role that nothing names has no column. */
#ifndef APPS_ANALYZE_COLUMNS_H
#define APPS_ANALYZE_COLUMNS_H

#include "apps/analyze/words.h"

#define COLUMNS_MAX 256

struct columns {
	int place[ROLES]; /* -1 = none */
	size_t len;       /* of the first row */
};

/* `map` may be NULL. -E_INVALID: a word of the map that is no role ("map"), a column that the table does
 * not have, or two columns of one name that the map or a role asks for. */
MUST_CHECK int columns_read(const struct words *w, const struct str *names, size_t n,
    const char *map, struct columns *ret, struct err *err);
static inline bool columns_have(const struct columns *c, enum traffic_role role)
{
	return c->place[role] >= 0;
}
/* Of a record of `n` fields; "" when the role has no column or the record is too short. */
struct str columns_field(
    const struct columns *c, enum traffic_role role, const struct str *fields, size_t n);

/* Without blanks around it, and without what a table of ours puts before a cell that begins like a formula. */
struct str columns_cell(struct str cell);

#endif

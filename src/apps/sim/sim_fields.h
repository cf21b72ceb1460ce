/* apps/sim/sim_fields.h: nodes of the Graph and their fields.
 *
 * A node's fields are rows; a call names those it wants ("a,b{c},d"), or gets the default ones. The id always
 * comes along. Names that are in no row are passed over: the Graph would refuse them, clients do not depend on it. */
#ifndef APPS_SIM_SIM_FIELDS_H
#define APPS_SIM_SIM_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"
#include "apps/sim/sim_world.h"

struct sim_field {
	const char *name;
	bool is_default;
	void (*print)(struct json_writer *w, const void *node);
};

/* The next name of a fields list, without what it holds in braces or parentheses; false at the end. */
bool sim_fields_next(struct str *rest, struct str *ret);
/* Does the list name this field? */
bool sim_fields_has(struct str fields, const char *name);
/* The node as an object. `fields` with p == NULL means the default ones. */
void sim_fields_print(struct json_writer *w, const struct sim_field *table, size_t n,
    struct str fields, const void *node, const char *id);

/* The value of health_status for a node of that type: itself, the WABA it is in, and the portfolio. The whole is as bad
 * as its worst part. */
void sim_health_print(struct json_writer *w, const char *type, const char *id,
    const struct sim_health *health, const struct sim_waba *waba);

/* The fields of numbers, WABAs and portfolios. */
void sim_number_print(struct json_writer *w, const struct sim_number *n, struct str fields);
void sim_waba_print(struct json_writer *w, const struct sim_waba *a, struct str fields);
void sim_portfolio_print(struct json_writer *w, const struct sim_portfolio *p, struct str fields);
/* How many fields of the list belong to a number but not to a WABA, and the other way round: what an unknown id is. */
int sim_fields_lean_number(struct str fields);

#endif

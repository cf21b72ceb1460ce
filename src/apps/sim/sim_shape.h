/* apps/sim/sim_shape.h: is this the body of a send, as the documentation describes one?
 *
 * Pure: no store, no clock. Shapes, types and lengths only; windows, templates and limits are looked at
 * later. What is wrong is code 100 with the path of the member, 131009 for a recipient that can be none. */
#ifndef APPS_SIM_SIM_SHAPE_H
#define APPS_SIM_SIM_SHAPE_H

#include "base/json.h"
#include "apps/sim/sim_error.h"

struct sim_send {
	bool is_read; /* mark as read: only message_id counts */
	struct str message_id;
	bool is_group;
	struct str to;             /* as given; p NULL = absent, then recipient is there */
	struct str recipient;      /* a business-scoped user id; p NULL = absent */
	const char *type;          /* one of the documented words; static */
	const struct json *object; /* the member named by type */
	struct str callback_data;  /* p NULL = absent */
	struct str category;      /* of a direct send: "utility" or "authentication"; else p NULL */
	struct str direct_name;   /* direct_send_config.template_name; p NULL = absent */
	struct str identity_hash; /* p NULL = absent */
};

/* False and *p when it is none. Strings in *ret are borrowed from `body`. */
bool sim_shape_check(const struct json *body, struct sim_send *ret, struct sim_problem *p);

/* The members of a template message that the definition is held against: shapes of components and parameters. */
bool sim_shape_check_template(const struct json *template, struct sim_problem *p);

/* interactive messages, by interactive.type. */
bool sim_shape_check_interactive(const struct json *interactive, struct sim_problem *p);

/* A member of `o` that is a string of min to max characters; absent is fine when min is 0. `where` names it. */
bool sim_shape_text(const struct json *o, const char *key, const char *where, size_t min,
    size_t max, struct sim_problem *p);

#endif

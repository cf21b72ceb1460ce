/* apps/sim/sim_template_rules.h: what a template may look like, and what a message made from it must bring.
 *
 * Pure. `sim_template_lint` judges a definition as the review form would (form only, not meaning); `sim_template_fit`
 * holds a message's components against the definition. Both answer false and *p for the first thing wrong. */
#ifndef APPS_SIM_SIM_TEMPLATE_RULES_H
#define APPS_SIM_SIM_TEMPLATE_RULES_H

#include "base/json.h"
#include "apps/sim/sim_error.h"

#define SIM_VARIABLES_MAX 100

/* The next {{name}} in *rest, which is cut behind it; false when there is none. *ret_before is the text in front. */
bool sim_placeholder_next(struct str *rest, struct str *ret_before, struct str *ret_name);

/* The component of that type ("BODY"), any case; NULL when there is none. */
const struct json *sim_component(const struct json *components, const char *type);

/* A whole definition: name, language, category, components; or, when `edited` is the category of a template that is
 * there already, what an edit of it may bring. `edited` with p == NULL means a new one. */
bool sim_template_lint(const struct json *definition, struct str edited, struct sim_problem *p);

/* `components` of the definition, `category` its category, `sent` the message's "template" member. */
bool sim_template_fit(const struct json *components, struct str category, const struct json *sent,
    struct sim_problem *p);

#endif

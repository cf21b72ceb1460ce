/* apps/gateway/api_template.h: definitions of templates that come in a field, for api_templates.c and api_lint.c alone. */
#ifndef APPS_GATEWAY_API_TEMPLATE_H
#define APPS_GATEWAY_API_TEMPLATE_H

#include "apps/gateway/api.h"

/* What `file` holds, as JSON: an object, or an array of objects. */
struct definitions {
	const struct json *doc;
	size_t len;
	bool many;
};

static inline const struct json *definition_at(const struct definitions *d, size_t i)
{
	return d->many ? json_at(d->doc, i) : d->doc;
}

/* From the field `file` into c->state. */
MUST_CHECK int api_definitions_read(struct api_call *c, struct err *err);

/* The operation lintTemplate (api_lint.c). */
MUST_CHECK int api_lint_check(struct api_call *c, struct err *err);
void api_lint_start(struct api_call *c);

/* "use" (api_template_use.c). */
MUST_CHECK int api_template_use_check(struct api_call *c, struct err *err);
void api_template_use_start(struct api_call *c);

/* "diff" (api_template_diff.c). */
void api_template_diff_start(struct api_call *c);

#endif

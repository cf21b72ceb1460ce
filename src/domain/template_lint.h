/* domain/template_lint.h: the pieces of template_def_lint().
 *
 * Private to domain/template_lint.c, template_lint_text.c and template_lint_buttons.c. Each check writes down what it
 * finds, at l->f.path, and goes on. */
#ifndef DOMAIN_TEMPLATE_LINT_H
#define DOMAIN_TEMPLATE_LINT_H

#include "base/check.h"
#include "domain/fields.h"
#include "domain/pack.h"

struct lint {
	struct fields f;
	const struct pack_template *figures;
	struct json_writer *out;
	enum purpose category; /* PURPOSE_NONE = not told */
	bool in_card;
	int problems;
};

typedef void lint_fn(struct lint *l, const struct json *entry);

#define MUST FIELD_MUST
#define MAY FIELD_MAY
#define T(member) FIELD_FIGURE(struct pack_template, member)
#define ROWS(table) (table), ARRAY_LEN(table)

extern const char lint_not_in_category[], lint_needs_example[];

void lint_fault(struct lint *l, const char *name, const char *sentence);
void lint_fault_figures(
    struct lint *l, const char *name, const char *sentence, int64_t limit, int64_t got);
/* Each row by itself, so that each problem is told. True when all is well. */
bool lint_rows(struct lint *l, const struct json *at, const struct field_rule *table, size_t n);
/* Every entry of the list that stands at `name`. */
void lint_each(struct lint *l, const char *name, const struct json *list, lint_fn *fn);
/* Is the template's category one of these PURPOSE_BITs (0 = any but authentication), or not told. */
bool lint_category_has(const struct lint *l, unsigned categories);

/* One component each. */
void lint_header(struct lint *l, const struct json *header);
void lint_body(struct lint *l, const struct json *body);
void lint_footer(struct lint *l, const struct json *footer);
void lint_buttons(struct lint *l, const struct json *component);

#endif

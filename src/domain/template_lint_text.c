/* domain/template_lint_text.c: header, body and footer, and the variables in them. */
#include <string.h>

#include "base/lang.h"
#include "domain/template_fit.h"
#include "domain/template_lint.h"
#include "domain/template_text.h"

/* --- variables -------------------------------------------------------------------------------- */

static bool has_braces(struct str s)
{
	return memmem(s.p, s.len, "{{", 2) || memmem(s.p, s.len, "}}", 2);
}

/* Between the variables: nothing in braces that is none, and something at least. */
static void check_gaps(struct lint *l, struct str text)
{
	struct str before, name;
	bool broken = false, adjacent = false;

	for (size_t n = 0; template_text_next(&text, &before, &name); n++) {
		broken = broken || has_braces(before);
		adjacent = adjacent || (n > 0 && before.len == 0);
	}
	if (broken || has_braces(before))
		lint_fault(l, "text",
		    N_("A variable is letters, digits and underscores between double braces."));
	if (adjacent)
		lint_fault(l, "text", N_("Two variables stand side by side."));
}

/* A text may not begin or end with a variable. */
static void check_ends(struct lint *l, struct str text)
{
	struct str rest = text, before, name;
	bool first = true;

	while (template_text_next(&rest, &before, &name)) {
		if (first && str_trim(before).len == 0)
			lint_fault(l, "text", N_("The text begins with a variable."));
		first = false;
	}
	if (!first && str_trim(before).len == 0)
		lint_fault(l, "text", N_("The text ends with a variable."));
}

/* Numbers from 1 on without a gap, or names only. */
static void check_names(struct lint *l, const struct template_variables *vars)
{
	for (size_t i = 0; i < vars->len; i++) {
		uint64_t number = 0;
		bool numeric = str_to_u64(vars->names[i], &number) == 0;

		if (numeric && vars->named)
			lint_fault(l, "text", N_("Variables have names or numbers, not both."));
		else if (numeric && number != i + 1)
			lint_fault(
			    l, "text", N_("Variables are numbered from 1 on without a gap."));
		else
			continue;
		return;
	}
}

static size_t positional_examples(const struct json *example, const char *name)
{
	const struct json *list = json_get(example, name), *first = json_at(list, 0);

	return json_type(first) == JSON_ARRAY ? json_len(first) : json_len(list);
}

static bool has_named_example(const struct json *list, struct str name)
{
	struct json_iter it;
	const struct json *one;

	json_iter_init(&it, list);
	while (json_iter_next(&it, NULL, &one)) {
		if (str_eq(json_str(json_get(one, "param_name")), name))
			return true;
	}
	return false;
}

static void check_examples(struct lint *l, const struct template_variables *vars,
    const struct json *example, const char *positional, const char *named)
{
	bool fine = vars->named || positional_examples(example, positional) >= vars->len;

	for (size_t i = 0; fine && vars->named && i < vars->len; i++)
		fine = has_named_example(json_get(example, named), vars->names[i]);
	if (!fine)
		lint_fault(l, "example", lint_needs_example);
}

/* --- header, body, footer --------------------------------------------------------------------- */

static const struct field_rule header_shape[] = { MUST("format", TEXT) };
static const struct field_rule header_text[] = { MUST("text", TEXT, .max = T(header_text_max)) };

static void lint_header_text(struct lint *l, const struct json *header)
{
	struct str text = json_str(json_get(header, "text"));
	struct template_variables vars;

	if (!lint_rows(l, header, ROWS(header_text)))
		return;
	template_variables_read(text, &vars);
	if ((int64_t)vars.len > l->figures->header_variables_max)
		lint_fault_figures(l, "text",
		    N_("The text has more variables than the platform allows here."),
		    l->figures->header_variables_max, (int64_t)vars.len);
	check_gaps(l, text);
	check_names(l, &vars);
	check_examples(
	    l, &vars, json_get(header, "example"), "header_text", "header_text_named_params");
}

void lint_header(struct lint *l, const struct json *header)
{
	const struct json *format = json_get(header, "format");

	if (!lint_rows(l, header, ROWS(header_shape)))
		return;
	if (l->category == PURPOSE_AUTHENTICATION)
		lint_fault(l, "", lint_not_in_category);
	if (template_word_is(format, "text"))
		lint_header_text(l, header);
	else if (template_word_is(format, "image|video|document|gif")) {
		if (json_len(json_path(header, "example.header_handle")) == 0)
			lint_fault(l, "example", lint_needs_example);
	} else if (!template_word_is(format, "location|product")) {
		lint_fault(l, "format", fields_unknown_value);
	}
}

static const struct field_rule body_text[] = { MUST("text", TEXT, .max = T(body_max)) };
static const struct field_rule card_body_text[] = { MUST("text", TEXT, .max = T(card_body_max)) };

void lint_body(struct lint *l, const struct json *body)
{
	struct str text = json_str(json_get(body, "text"));
	struct template_variables vars;

	/* Meta writes the text of one-time codes itself. */
	if (l->category == PURPOSE_AUTHENTICATION && !text.p)
		return;
	if (l->in_card ? !lint_rows(l, body, ROWS(card_body_text))
		       : !lint_rows(l, body, ROWS(body_text)))
		return;
	template_variables_read(text, &vars);
	check_gaps(l, text);
	check_names(l, &vars);
	if (l->category == PURPOSE_AUTHENTICATION)
		return;
	check_ends(l, text);
	check_examples(l, &vars, json_get(body, "example"), "body_text", "body_text_named_params");
}

static const struct field_rule footer_text[] = { MUST("text", TEXT, .max = T(footer_max)) };
static const struct field_rule footer_code[] = {
	MAY("code_expiration_minutes", INTEGER, .max = T(auth_expiry_max_minutes),
	    .min = T(auth_expiry_min_minutes)),
};

void lint_footer(struct lint *l, const struct json *footer)
{
	struct str rest = json_str(json_get(footer, "text")), before, name;

	if (l->category == PURPOSE_AUTHENTICATION) {
		(void)lint_rows(l, footer, ROWS(footer_code));
		return;
	}
	if (lint_rows(l, footer, ROWS(footer_text)) && template_text_next(&rest, &before, &name))
		lint_fault(l, "text", N_("A footer has no variables."));
}

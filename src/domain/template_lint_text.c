/* domain/template_lint_text.c: header, body and footer, and the variables in them. */
#include <string.h>

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
		lint_fault(l, LINT_VARIABLE_FORM, "text");
	if (adjacent)
		lint_fault(l, LINT_VARIABLE_BESIDE, "text");
}

/* A text may not begin or end with a variable. */
static void check_ends(struct lint *l, struct str text)
{
	struct str rest = text, before, name;
	bool first = true;

	while (template_text_next(&rest, &before, &name)) {
		if (first && str_trim(before).len == 0)
			lint_fault(l, LINT_VARIABLE_FIRST, "text");
		first = false;
	}
	if (!first && str_trim(before).len == 0)
		lint_fault(l, LINT_VARIABLE_LAST, "text");
}

/* Numbers from 1 on without a gap, or names only, and as parameter_format says. */
static void check_names(struct lint *l, const struct template_variables *vars)
{
	if (vars->len > 0 && ((l->named && !vars->named) || (l->positional && vars->named))) {
		lint_fault(l, LINT_VARIABLE_FORMAT, "text");
		return;
	}
	for (size_t i = 0; i < vars->len; i++) {
		uint64_t number = 0;
		bool numeric = str_to_u64(vars->names[i], &number) == 0;

		if (numeric && vars->named)
			lint_fault(l, LINT_VARIABLE_MIXED, "text");
		else if (numeric && number != i + 1)
			lint_fault(l, LINT_VARIABLE_GAP, "text");
		else
			continue;
		return;
	}
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static int64_t count_words(struct str text)
{
	int64_t words = 0;

	for (size_t i = 0; i < text.len; i++)
		words += !is_blank(text.p[i]) && (i == 0 || is_blank(text.p[i - 1]));
	return words;
}

/* A variable counts as often as it stands there, and as a word. */
static void check_ratio(struct lint *l, struct str text)
{
	struct str rest = text, before, name;
	int64_t words = count_words(text), variables = 0;

	while (template_text_next(&rest, &before, &name))
		variables++;
	if (variables > 0 && words <= l->figures->words_per_variable * variables)
		lint_fault_figures(l, LINT_VARIABLE_RATIO, "text",
		    l->figures->words_per_variable * variables + 1, words);
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

static struct str named_example(const struct json *list, struct str name)
{
	struct json_iter it;
	const struct json *one;

	json_iter_init(&it, list);
	while (json_iter_next(&it, NULL, &one)) {
		if (str_eq(json_str(json_get(one, "param_name")), name))
			return json_str(json_get(one, "example"));
	}
	return STR_NONE;
}

static struct str positional_example(const struct json *example, const char *name, size_t i)
{
	const struct json *list = json_get(example, name), *first = json_at(list, 0);

	return json_str(json_at(json_type(first) == JSON_ARRAY ? first : list, i));
}

/* Where the examples of a component stand. */
static const struct example_row {
	const char *type, *positional, *named;
} example_rows[] = {
	{ "HEADER", "header_text", "header_text_named_params" },
	{ "BODY", "body_text", "body_text_named_params" },
};

struct str lint_example(
    const struct json *component, const struct template_variables *vars, size_t i)
{
	const struct json *example = json_get(component, "example");

	for (size_t r = 0; r < ARRAY_LEN(example_rows); r++) {
		if (!template_word_is(json_get(component, "type"), example_rows[r].type))
			continue;
		return vars->named
		    ? named_example(json_get(example, example_rows[r].named), vars->names[i])
		    : positional_example(example, example_rows[r].positional, i);
	}
	return STR_NONE;
}

static void check_examples(struct lint *l, const struct template_variables *vars,
    const struct json *component, const struct example_row *row)
{
	const struct json *example = json_get(component, "example");
	bool fine = vars->named || positional_examples(example, row->positional) >= vars->len;

	for (size_t i = 0; fine && vars->named && i < vars->len; i++)
		fine = has_named_example(json_get(example, row->named), vars->names[i]);
	if (!fine) {
		lint_fault(l, LINT_VARIABLE_EXAMPLE, "example");
		return;
	}
	for (size_t i = 0; i < vars->len; i++)
		advise_example(l, lint_example(component, vars, i));
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
		lint_fault_figures(l, LINT_VARIABLE_MANY, "text", l->figures->header_variables_max,
		    (int64_t)vars.len);
	check_gaps(l, text);
	check_names(l, &vars);
	advise_line(l, "text", text);
	advise_text(l, "text", text);
	check_examples(l, &vars, header, &example_rows[0]);
}

void lint_header(struct lint *l, const struct json *header)
{
	const struct json *format = json_get(header, "format");

	if (!lint_rows(l, header, ROWS(header_shape)))
		return;
	if (l->category == PURPOSE_AUTHENTICATION)
		lint_fault(l, LINT_NOT_IN_CATEGORY, "");
	if (template_word_is(format, "text"))
		lint_header_text(l, header);
	else if (template_word_is(format, "image|video|document|gif")) {
		if (json_len(json_path(header, "example.header_handle")) == 0)
			lint_fault(l, LINT_VARIABLE_EXAMPLE, "example");
	} else if (!template_word_is(format, "location|product")) {
		lint_unknown_value(l, "format");
	}
}

static const struct field_rule body_text[] = { MUST("text", TEXT, .max = T(body_max)) };
static const struct field_rule card_body_text[] = { MUST("text", TEXT, .max = T(card_body_max)) };

/* Meta writes it, and lists it with the others. */
static void lint_code_body(struct lint *l, struct str text)
{
	if (text.p && !l->recorded)
		lint_fault(l, LINT_CODE_TEXT, "text");
}

void lint_body(struct lint *l, const struct json *body)
{
	struct str text = json_str(json_get(body, "text"));
	struct template_variables vars;

	if (l->category == PURPOSE_AUTHENTICATION) {
		lint_code_body(l, text);
		return;
	}
	if (l->in_card ? !lint_rows(l, body, ROWS(card_body_text))
		       : !lint_rows(l, body, ROWS(body_text)))
		return;
	template_variables_read(text, &vars);
	check_gaps(l, text);
	check_names(l, &vars);
	check_ends(l, text);
	check_ratio(l, text);
	advise_text(l, "text", text);
	check_examples(l, &vars, body, &example_rows[1]);
}

static const struct field_rule footer_text[] = { MUST("text", TEXT, .max = T(footer_max)) };
static const struct field_rule footer_code[] = {
	MAY("code_expiration_minutes", INTEGER, .max = T(auth_expiry_max_minutes),
	    .min = T(auth_expiry_min_minutes)),
};

void lint_footer(struct lint *l, const struct json *footer)
{
	struct str text = json_str(json_get(footer, "text")), rest = text, before, name;

	if (l->category == PURPOSE_AUTHENTICATION) {
		(void)lint_rows(l, footer, ROWS(footer_code));
		if (text.p && !l->recorded)
			lint_fault(l, LINT_CODE_TEXT, "text");
		return;
	}
	if (!lint_rows(l, footer, ROWS(footer_text)))
		return;
	if (template_text_next(&rest, &before, &name))
		lint_fault(l, LINT_VARIABLE_FOOTER, "text");
	advise_line(l, "text", text);
	advise_text(l, "text", text);
}

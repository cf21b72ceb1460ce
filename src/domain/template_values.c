/* domain/template_values.c: the values of texts: as many as there are variables, each named where variables have
 * names, each on one line, and not too long together. */
#include <string.h>

#include "base/lang.h"
#include "base/text.h"
#include "domain/template_fit.h"
#include "domain/template_text.h"

const char template_no_such_part[] = N_("The template has no such part to fill in.");
const char template_part_missing[] = N_("The template needs this part, and it was not given.");
const char template_given_twice[] = N_("This part was given twice.");
const char template_wrong_value[] = N_("A value of this type does not fit here.");
const char template_empty_value[] = N_("A value must not be empty.");

static const char too_few_values[] = N_(
    "The template has more variables here than values were given.");
static const char too_many_values[] = N_(
    "The template has fewer variables here than values were given.");

bool template_word_is(const struct json *v, const char *words)
{
	return fields_word_is(json_str(v), words, true);
}

const struct json *template_component(const struct json *list, const char *type, size_t *ret_at)
{
	struct json_iter it;
	const struct json *one;

	json_iter_init(&it, list);
	for (size_t i = 0; json_iter_next(&it, NULL, &one); i++) {
		if (template_word_is(json_get(one, "type"), type)) {
			if (ret_at)
				*ret_at = i;
			return one;
		}
	}
	return NULL;
}

int64_t template_place(const struct json *index, int64_t otherwise)
{
	int64_t at = otherwise;

	if (index && !json_int(index, &at) && str_to_i64(json_str(index), &at) < 0)
		return -1;
	return at < 0 ? -1 : at;
}

static bool has_long_blank(struct str s, int64_t max)
{
	int64_t run = 0;

	for (size_t i = 0; i < s.len; i++) {
		run = s.p[i] == ' ' ? run + 1 : 0;
		if (run > max)
			return true;
	}
	return false;
}

/* Meta takes no line breaks or tabs in values (132018). */
static bool is_one_line(struct str s)
{
	return !memchr(s.p, '\n', s.len) && !memchr(s.p, '\r', s.len) && !memchr(s.p, '\t', s.len);
}

bool template_text_fits(struct fitting *t, const struct json *value, int64_t *ret_length)
{
	struct str s = json_str(json_get(value, "text"));
	int64_t length = (int64_t)text_code_points(s);

	*ret_length = length;
	if (s.len == 0)
		return fields_fail(&t->f, "text", template_empty_value);
	if (!is_one_line(s) || has_long_blank(s, t->figures->parameter_blanks_max))
		return fields_fail_figures(&t->f, "text",
		    N_("A value must not hold line breaks, tabs or long runs of blanks."),
		    t->figures->parameter_blanks_max, -1);
	if (t->authentication && length > t->figures->auth_code_max)
		return fields_fail_figures(
		    &t->f, "text", fields_too_long, t->figures->auth_code_max, length);
	return true;
}

/* Money and dates bring their own text for phones that cannot format them. */
static bool formatted_fits(
    struct fitting *t, const struct json *value, const char *type, int64_t *ret_length)
{
	struct field_rule object = FIELD_MUST(type, OBJECT);
	const struct json *inner = json_get(value, type);

	*ret_length = (int64_t)text_code_points(json_str(json_get(inner, "fallback_value")));
	return fields_check(&t->f, value, &object, 1, NULL);
}

/* One value of a text: what it is, and how long. */
static bool value_fits(struct fitting *t, const struct json *value, int64_t *ret_length)
{
	const struct json *type = json_get(value, "type");

	if (template_word_is(type, "text"))
		return template_text_fits(t, value, ret_length);
	if (template_word_is(type, "currency"))
		return formatted_fits(t, value, "currency", ret_length);
	if (template_word_is(type, "date_time"))
		return formatted_fits(t, value, "date_time", ret_length);
	return fields_fail(&t->f, "type", template_wrong_value);
}

/* Which variable the i-th value is for; -1 and a problem when for none. */
static int variable_of(struct fitting *t, const struct template_variables *vars,
    const struct json *value, size_t i, const int64_t *lengths)
{
	struct str name = json_str(json_get(value, "parameter_name"));
	int at;

	if (!vars->named)
		return (int)i;
	at = template_variables_find(vars, name);
	if (at < 0)
		(void)fields_fail(
		    &t->f, "parameter_name", N_("The template has no variable of this name here."));
	else if (lengths[at] >= 0)
		(void)fields_fail(
		    &t->f, "parameter_name", N_("This variable was filled in twice."));
	return t->f.problem.code ? -1 : at;
}

bool template_counts_fit(struct fitting *t, size_t variables, size_t values)
{
	return variables == values ||
	    fields_fail_figures(&t->f, "parameters",
		values < variables ? too_few_values : too_many_values, (int64_t)variables,
		(int64_t)values);
}

bool template_values_fit(struct fitting *t, struct str text, const struct json *values, int64_t max)
{
	struct template_variables vars;
	int64_t lengths[TEMPLATE_VARIABLES_MAX], total;
	struct json_iter it;
	const struct json *value;
	size_t list, inner;

	template_variables_read(text, &vars);
	if (vars.too_many)
		return true;
	if (!template_counts_fit(t, vars.len, json_len(values)))
		return false;
	memset(lengths, 0xff, sizeof(lengths)); /* -1: not filled in yet */

	list = fields_enter(&t->f, "parameters", 0);
	json_iter_init(&it, values);
	for (size_t i = 0; !t->f.problem.code && json_iter_next(&it, NULL, &value); i++) {
		int at;

		inner = fields_enter(&t->f, NULL, i);
		at = variable_of(t, &vars, value, i, lengths);
		if (at >= 0)
			(void)value_fits(t, value, &lengths[at]);
		fields_leave(&t->f, inner);
	}
	fields_leave(&t->f, list);

	if (t->f.problem.code || vars.len == 0)
		return t->f.problem.code == 0;
	total = template_text_length(text, &vars, lengths);
	return total <= max ||
	    fields_fail_figures(&t->f, "",
		N_("The text is longer than the platform allows once it is filled in."), max,
		total);
}

/* Per component: how many values the definition asks for, and how many of which sort the message brings. */
#include "apps/sim/sim_template_rules.h"

#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "apps/sim/figures.h"

static size_t count_variables(struct str text)
{
	struct str before, name;
	size_t count = 0;

	while (sim_placeholder_next(&text, &before, &name))
		count++;
	return count;
}

static struct str parameter_type(const struct json *component, size_t i)
{
	return json_str(json_get(json_at(json_get(component, "parameters"), i), "type"));
}

/* --- text ---------------------------------------------------------------------------------------- */

static const struct json *named_parameter(const struct json *parameters, struct str name)
{
	struct json_iter it;
	struct str key;
	const struct json *parameter;

	json_iter_init(&it, parameters);
	while (json_iter_next(&it, &key, &parameter)) {
		if (str_eq(json_str(json_get(parameter, "parameter_name")), name))
			return parameter;
	}
	return NULL;
}

static bool check_names(struct str text, const struct json *parameters, struct sim_problem *p)
{
	struct str before, name;
	uint64_t number;

	while (sim_placeholder_next(&text, &before, &name)) {
		if (str_to_u64(name, &number) == 0)
			continue;
		if (!named_parameter(parameters, name))
			return sim_problem(
			    p, 132000, "body: no parameter is named %.*s.", STR_ARG(name));
	}
	return true;
}

/* What a text parameter may not hold: line breaks, tabs, more than four blanks in a row. */
static bool has_odd_blanks(struct str s)
{
	size_t blanks = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '\n' || s.p[i] == '\t')
			return true;
		blanks = s.p[i] == ' ' ? blanks + 1 : 0;
		if (blanks > 4)
			return true;
	}
	return false;
}

static bool check_values(const struct json *parameters, size_t fixed, const char *where,
    size_t most, struct sim_problem *p)
{
	struct json_iter it;
	struct str key;
	const struct json *parameter;
	size_t length = fixed;

	json_iter_init(&it, parameters);
	while (json_iter_next(&it, &key, &parameter)) {
		struct str text = json_str(json_get(parameter, "text"));
		if (has_odd_blanks(text))
			return sim_problem(p, 132018,
			    "%s: a parameter holds line breaks, tabs or more than four blanks.",
			    where);
		length += text_code_points(text);
	}
	if (length > most)
		return sim_problem(
		    p, 132005, "%s: the text would have %zu characters.", where, length);
	return true;
}

static bool check_text(
    struct str text, const struct json *sent, const char *where, size_t most, struct sim_problem *p)
{
	const struct json *parameters = json_get(sent, "parameters");
	size_t expected = count_variables(text);

	if (json_len(parameters) != expected)
		return sim_problem(p, 132000,
		    "%s: number of localizable_params (%zu) does not match the expected number of params (%zu).",
		    where, json_len(parameters), expected);
	return check_names(text, parameters, p) &&
	    check_values(parameters, text_code_points(text), where, most, p);
}

/* --- components ---------------------------------------------------------------------------------- */

static bool check_header(const struct json *header, const struct json *sent, struct sim_problem *p)
{
	struct str format = json_str(json_get(header, "format"));

	if (!header)
		return json_len(json_get(sent, "parameters")) == 0 ||
		    sim_problem(p, 132018, "header: the template has none.");
	if (str_eq_nocase(format, STR("TEXT")))
		return check_text(json_str(json_get(header, "text")), sent, "header",
		    FIG_TEMPLATE_HEADER + FIG_TEMPLATE_BODY, p);
	if (json_len(json_get(sent, "parameters")) != 1 ||
	    !str_eq_nocase(parameter_type(sent, 0), format))
		return sim_problem(p, 132012,
		    "header: format mismatch, expected %.*s, received %.*s.", STR_ARG(format),
		    STR_ARG(sent ? parameter_type(sent, 0) : STR("nothing")));
	return true;
}

static bool check_body(
    const struct json *body, struct str category, const struct json *sent, struct sim_problem *p)
{
	if (!str_eq_nocase(category, STR("AUTHENTICATION")))
		return check_text(
		    json_str(json_get(body, "text")), sent, "body", FIG_TEMPLATE_BODY, p);
	if (json_len(json_get(sent, "parameters")) != 1)
		return sim_problem(
		    p, 132000, "body: an authentication template takes the code alone.");
	return check_values(json_get(sent, "parameters"), 0, "body", FIG_AUTH_PARAMETER, p);
}

/* Does this button of the definition take a parameter that may not be left out? */
static bool needs_parameter(const struct json *button)
{
	struct str type = json_str(json_get(button, "type"));

	if (str_eq_nocase(type, STR("URL")))
		return count_variables(json_str(json_get(button, "url"))) > 0;
	return str_eq_nocase(type, STR("COPY_CODE")) || str_eq_nocase(type, STR("OTP")) ||
	    str_eq_nocase(type, STR("MPM"));
}

static int64_t index_of(const struct json *component)
{
	const struct json *index = json_get(component, "index");
	int64_t n = -1;

	if (json_type(index) == JSON_STRING)
		return str_to_i64(json_str(index), &n) ? -1 : n;
	return json_int(index, &n) ? n : -1;
}

static const struct json *sent_button(const struct json *sent, int64_t index)
{
	struct json_iter it;
	struct str key;
	const struct json *component;

	json_iter_init(&it, sent);
	while (json_iter_next(&it, &key, &component)) {
		if (str_eq_nocase(json_str(json_get(component, "type")), STR("button")) &&
		    index_of(component) == index)
			return component;
	}
	return NULL;
}

static bool check_buttons(
    const struct json *buttons, const struct json *sent, struct sim_problem *p)
{
	struct json_iter it;
	struct str key;
	const struct json *component;

	for (size_t i = 0; i < json_len(buttons); i++) {
		if (needs_parameter(json_at(buttons, i)) &&
		    json_len(json_get(sent_button(sent, (int64_t)i), "parameters")) == 0)
			return sim_problem(
			    p, 131008, "buttons: the button at index %zu requires a parameter.", i);
	}
	json_iter_init(&it, sent);
	while (json_iter_next(&it, &key, &component)) {
		if (str_eq_nocase(json_str(json_get(component, "type")), STR("button")) &&
		    index_of(component) >= (int64_t)json_len(buttons))
			return sim_problem(p, 132018,
			    "buttons: the template has no button at index %lld.",
			    (long long)index_of(component));
	}
	return true;
}

static bool check_carousel(
    const struct json *defined, const struct json *sent, struct sim_problem *p)
{
	size_t expected = json_len(json_get(defined, "cards")),
	       got = json_len(json_get(sent, "cards"));

	if (expected != got)
		return sim_problem(p, 132012, "carousel: %zu cards, expected %zu.", got, expected);
	return true;
}

bool sim_template_fit(const struct json *components, struct str category, const struct json *sent,
    struct sim_problem *p)
{
	const struct json *given = json_get(sent, "components");

	return check_header(
		   sim_component(components, "HEADER"), sim_component(given, "header"), p) &&
	    check_body(
		sim_component(components, "BODY"), category, sim_component(given, "body"), p) &&
	    check_buttons(json_get(sim_component(components, "BUTTONS"), "buttons"), given, p) &&
	    check_carousel(
		sim_component(components, "CAROUSEL"), sim_component(given, "carousel"), p);
}

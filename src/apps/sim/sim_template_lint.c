#include "apps/sim/sim_template_rules.h"

#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "apps/sim/assumptions.h"
#include "apps/sim/figures.h"
#include "apps/sim/sim_shape.h"

#define TTL_DEFAULT (-1)

bool sim_placeholder_next(struct str *rest, struct str *ret_before, struct str *ret_name)
{
	const char *open = rest->len ? memmem(rest->p, rest->len, "{{", 2) : NULL;
	const char *close = NULL;

	if (open) {
		size_t at = (size_t)(open - rest->p) + 2;
		close = memmem(rest->p + at, rest->len - at, "}}", 2);
	}
	if (!close)
		return false;
	*ret_before = str_n(rest->p, (size_t)(open - rest->p));
	*ret_name = str_trim(str_n(open + 2, (size_t)(close - open) - 2));
	*rest = str_sub(*rest, (size_t)(close - rest->p) + 2, rest->len);
	return true;
}

const struct json *sim_component(const struct json *components, const char *type)
{
	struct json_iter it;
	struct str key;
	const struct json *component;

	json_iter_init(&it, components);
	while (json_iter_next(&it, &key, &component)) {
		if (str_eq_nocase(json_str(json_get(component, "type")), str_c(type)))
			return component;
	}
	return NULL;
}

/* --- variables ----------------------------------------------------------------------------------- */

static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'))
			return false;
	}
	return s.len > 0;
}

/* Variables of a text: named, or numbered from 1 without a gap; none at either end, none adjacent. */
static bool check_variables(
    struct str text, const char *where, size_t *ret_count, struct sim_problem *p)
{
	struct str rest = text, before, name;
	uint64_t number;
	size_t count = 0;

	for (; sim_placeholder_next(&rest, &before, &name); count++) {
		if (!is_name(name))
			return sim_problem_sub(
			    p, 100, 2388073, "%s: a variable is {{name}} or {{1}}.", where);
		if (str_trim(before).len == 0)
			return sim_problem_sub(p, 100, 2388299,
			    "%s: variables may neither begin the text nor stand side by side.",
			    where);
		if (str_to_u64(name, &number) == 0 && number != count + 1)
			return sim_problem_sub(
			    p, 100, 2388073, "%s: variables are numbered from 1 on.", where);
	}
	if (count > 0 && str_trim(rest).len == 0)
		return sim_problem_sub(
		    p, 100, 2388299, "%s: a variable may not end the text.", where);
	if (count > SIM_VARIABLES_MAX)
		return sim_problem_sub(p, 100, 2388040, "%s: too many variables.", where);
	if (count > 0 && text_words(text) < ASSUME_WORDS_PER_VARIABLE * count + 1)
		return sim_problem_sub(
		    p, 100, 2388293, "%s: too many variables for so few words.", where);
	*ret_count = count;
	return true;
}

static bool check_length(
    const struct json *component, size_t most, const char *where, struct sim_problem *p)
{
	struct str text = json_str(json_get(component, "text"));

	if (!text.p || text.len == 0)
		return sim_problem(p, 100, "%s.text is required.", where);
	if (text_code_points(text) > most)
		return sim_problem_sub(
		    p, 100, 2388040, "%s.text has more than %zu characters.", where, most);
	return true;
}

/* --- components ---------------------------------------------------------------------------------- */

static bool check_header(const struct json *header, struct sim_problem *p)
{
	static const char *const formats[] = { "IMAGE", "VIDEO", "DOCUMENT", "LOCATION", "GIF",
		"PRODUCT" };
	struct str format = json_str(json_get(header, "format"));
	size_t count = 0;

	if (!header)
		return true;
	if (str_eq_nocase(format, STR("TEXT"))) {
		struct str rest = json_str(json_get(header, "text")), before, name;
		if (!check_length(header, FIG_TEMPLATE_HEADER, "HEADER", p))
			return false;
		while (sim_placeholder_next(&rest, &before, &name))
			count++;
		return count <= 1 ||
		    sim_problem_sub(p, 100, 2388047, "HEADER: at most one variable.");
	}
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		if (str_eq_nocase(format, str_c(formats[i])))
			return true;
	}
	return sim_problem_sub(p, 100, 2388047, "HEADER.format is none of the documented ones.");
}

static bool has_example(const struct json *body)
{
	const struct json *example = json_get(body, "example");

	return json_len(json_at(json_get(example, "body_text"), 0)) > 0 ||
	    json_len(json_get(example, "body_text_named_params")) > 0;
}

static bool check_body(const struct json *components, bool is_auth, struct sim_problem *p)
{
	const struct json *body = sim_component(components, "BODY");
	size_t count = 0;

	if (!body)
		return sim_problem(p, 100, "components must hold a BODY.");
	if (is_auth)
		return !json_get(body, "text") ||
		    sim_problem(
			p, 100, "The BODY of an authentication template has no text of its own.");
	if (!check_length(body, FIG_TEMPLATE_BODY, "BODY", p) ||
	    !check_variables(json_str(json_get(body, "text")), "BODY", &count, p))
		return false;
	if (count > 0 && !has_example(body))
		return sim_problem_sub(
		    p, 100, 2388072, "BODY.example must give a value for every variable.");
	return true;
}

static bool check_footer(const struct json *components, bool is_auth, struct sim_problem *p)
{
	const struct json *footer = sim_component(components, "FOOTER");
	struct str rest = json_str(json_get(footer, "text")), before, name;

	if (!footer || (is_auth && !rest.p))
		return true;
	if (!check_length(footer, FIG_TEMPLATE_FOOTER, "FOOTER", p))
		return false;
	return !sim_placeholder_next(&rest, &before, &name) ||
	    sim_problem_sub(p, 100, 2388073, "FOOTER: no variables.");
}

static const struct button_row {
	const char *type;
	size_t most, text_max;
	const char *needs; /* a member that must be a string */
} buttons_table[] = {
	{ "QUICK_REPLY", 10, 25, "text" },
	{ "URL", 2, 25, "url" },
	{ "PHONE_NUMBER", 1, 25, "phone_number" },
	{ "COPY_CODE", 1, 25, NULL },
	{ "OTP", 1, 25, "otp_type" },
	{ "FLOW", 1, 25, "text" },
	{ "CATALOG", 1, 25, NULL },
	{ "MPM", 1, 25, NULL },
	{ "SPM", 1, 25, NULL },
	{ "VOICE_CALL", 1, 25, NULL },
	{ "CALL_PERMISSION_REQUEST", 1, 25, NULL },
	{ "REQUEST_CONTACT_INFO", 1, 25, NULL },
};

static bool check_button(const struct json *button, size_t counts[], struct sim_problem *p)
{
	struct str type = json_str(json_get(button, "type"));

	for (size_t i = 0; i < ARRAY_LEN(buttons_table); i++) {
		const struct button_row *row = &buttons_table[i];
		if (!str_eq_nocase(type, str_c(row->type)))
			continue;
		if (++counts[i] > row->most)
			return sim_problem(
			    p, 100, "BUTTONS: at most %zu of type %s.", row->most, row->type);
		if (row->needs && !json_str(json_get(button, row->needs)).p)
			return sim_problem(p, 100, "BUTTONS: %s needs %s.", row->type, row->needs);
		return sim_shape_text(button, "text", "BUTTONS", 0, row->text_max, p);
	}
	return sim_problem(p, 100, "BUTTONS.type is none of the documented ones.");
}

/* Quick replies stand together: at most one change between them and the others. */
static bool check_buttons(const struct json *components, struct sim_problem *p)
{
	const struct json *buttons = json_get(sim_component(components, "BUTTONS"), "buttons"),
			  *button;
	size_t counts[ARRAY_LEN(buttons_table)] = { 0 };
	struct json_iter it;
	struct str key;
	int changes = -1;
	bool was_reply = false;

	if (json_len(buttons) > FIG_TEMPLATE_BUTTONS)
		return sim_problem(p, 100, "BUTTONS: at most %d buttons.", FIG_TEMPLATE_BUTTONS);
	json_iter_init(&it, buttons);
	while (json_iter_next(&it, &key, &button)) {
		bool reply = str_eq_nocase(json_str(json_get(button, "type")), STR("QUICK_REPLY"));
		if (!check_button(button, counts, p))
			return false;
		changes += changes < 0 || reply != was_reply;
		was_reply = reply;
	}
	return changes <= 1 || sim_problem(p, 100, "BUTTONS: quick replies must stand together.");
}

static bool check_components(const struct json *components, bool is_auth, struct sim_problem *p)
{
	if (json_type(components) != JSON_ARRAY)
		return sim_problem(p, 100, "components must be an array.");
	return check_header(sim_component(components, "HEADER"), p) &&
	    check_body(components, is_auth, p) && check_footer(components, is_auth, p) &&
	    check_buttons(components, p);
}

/* --- the whole ----------------------------------------------------------------------------------- */

static const struct category_row {
	const char *name;
	int64_t ttl_min, ttl_max;
} categories[] = {
	{ "MARKETING", 43200, 2592000 },
	{ "UTILITY", 30, 43200 },
	{ "AUTHENTICATION", 30, 900 },
};

static bool check_category(const struct json *o, struct sim_problem *p)
{
	struct str category = json_str(json_get(o, "category"));
	const struct json *ttl = json_get(o, "message_send_ttl_seconds");
	int64_t seconds = TTL_DEFAULT;

	for (size_t i = 0; i < ARRAY_LEN(categories); i++) {
		if (!str_eq_nocase(category, str_c(categories[i].name)))
			continue;
		if (ttl && !json_int(ttl, &seconds))
			return sim_problem(
			    p, 100, "message_send_ttl_seconds must be a whole number.");
		if (seconds != TTL_DEFAULT &&
		    (seconds < categories[i].ttl_min || seconds > categories[i].ttl_max))
			return sim_problem(
			    p, 100, "message_send_ttl_seconds is out of the category's range.");
		return true;
	}
	return sim_problem(p, 100, "category must be MARKETING, UTILITY or AUTHENTICATION.");
}

bool sim_template_lint(const struct json *definition, struct str edited, struct sim_problem *p)
{
	struct str category = json_str(json_get(definition, "category"));
	struct str name = json_str(json_get(definition, "name"));
	bool is_auth = str_eq_nocase(category.p ? category : edited, STR("AUTHENTICATION"));

	if (json_type(definition) != JSON_OBJECT)
		return sim_problem(p, 100, "The body must be a JSON object.");
	if (!edited.p && (!is_name(name) || name.len > FIG_TEMPLATE_NAME))
		return sim_problem(p, 100, "name must be 1 to 512 of a to z, 0 to 9 and _.");
	if (!edited.p && !sim_shape_text(definition, "language", "template", 2, 15, p))
		return false;
	if ((!edited.p || category.p) && !check_category(definition, p))
		return false;
	if (edited.p && !json_get(definition, "components"))
		return true;
	return check_components(json_get(definition, "components"), is_auth, p);
}

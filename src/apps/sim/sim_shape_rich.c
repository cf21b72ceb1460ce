/* Shapes of interactive and template messages: rows of what each sort needs. */
#include "apps/sim/sim_shape.h"

#include "base/check.h"
#include "base/text.h"
#include "apps/sim/figures.h"

#define CARDS_MIN 2
#define CARDS_MAX 10
#define ROWS_MAX 10
#define PRODUCTS_MAX 30
#define COMPONENTS_MAX 16
#define PARAMETERS_MAX 1024

/* --- interactive --------------------------------------------------------------------------------- */

static bool check_action_name(const struct json *action, const char *name, struct sim_problem *p)
{
	if (!str_eq_c(json_str(json_get(action, "name")), name))
		return sim_problem(p, 100, "interactive.action.name must be \"%s\".", name);
	return true;
}

static bool check_button(const struct json *action, struct sim_problem *p)
{
	const struct json *buttons = json_get(action, "buttons"), *button;
	struct json_iter it;
	struct str key;

	if (json_type(buttons) != JSON_ARRAY || json_len(buttons) < 1 || json_len(buttons) > 3)
		return sim_problem(p, 100, "interactive.action.buttons must hold 1 to 3 buttons.");
	json_iter_init(&it, buttons);
	while (json_iter_next(&it, &key, &button)) {
		const struct json *reply = json_get(button, "reply");
		if (!sim_shape_text(reply, "id", "interactive.action.buttons.reply", 1, 256, p) ||
		    !sim_shape_text(reply, "title", "interactive.action.buttons.reply", 1, 20, p))
			return false;
	}
	return true;
}

/* Counts what stands in `member` of each section; a section needs a title when there are several. */
static bool check_sections(const struct json *action, const char *member, size_t most,
    bool (*check)(const struct json *row, struct sim_problem *p), struct sim_problem *p)
{
	const struct json *sections = json_get(action, "sections"), *section, *row;
	struct json_iter it, rows;
	struct str key;
	size_t count = 0;

	if (json_type(sections) != JSON_ARRAY || json_len(sections) < 1 ||
	    json_len(sections) > ROWS_MAX)
		return sim_problem(
		    p, 100, "interactive.action.sections must hold 1 to 10 sections.");
	json_iter_init(&it, sections);
	while (json_iter_next(&it, &key, &section)) {
		if (!sim_shape_text(section, "title", "interactive.action.sections",
			json_len(sections) > 1, 24, p))
			return false;
		json_iter_init(&rows, json_get(section, member));
		for (; json_iter_next(&rows, &key, &row); count++) {
			if (!check(row, p))
				return false;
		}
	}
	if (count < 1 || count > most)
		return sim_problem(
		    p, 100, "interactive.action.sections must hold 1 to %zu %s.", most, member);
	return true;
}

static bool check_row(const struct json *row, struct sim_problem *p)
{
	static const char where[] = "interactive.action.sections.rows";

	return sim_shape_text(row, "id", where, 1, 200, p) &&
	    sim_shape_text(row, "title", where, 1, 24, p) &&
	    sim_shape_text(row, "description", where, 0, 72, p);
}

static bool check_list(const struct json *action, struct sim_problem *p)
{
	return sim_shape_text(action, "button", "interactive.action", 1, 20, p) &&
	    check_sections(action, "rows", ROWS_MAX, check_row, p);
}

static bool check_cta_url(const struct json *action, struct sim_problem *p)
{
	const struct json *parameters = json_get(action, "parameters");

	return check_action_name(action, "cta_url", p) &&
	    sim_shape_text(parameters, "display_text", "interactive.action.parameters", 1, 20, p) &&
	    sim_shape_text(parameters, "url", "interactive.action.parameters", 1, 2000, p);
}

static bool check_send_location(const struct json *action, struct sim_problem *p)
{
	return check_action_name(action, "send_location", p);
}

static bool check_address(const struct json *action, struct sim_problem *p)
{
	return check_action_name(action, "address_message", p) &&
	    sim_shape_text(json_get(action, "parameters"), "country",
		"interactive.action.parameters", 2, 2, p);
}

static bool check_flow(const struct json *action, struct sim_problem *p)
{
	const struct json *parameters = json_get(action, "parameters");

	if (!json_str(json_get(parameters, "flow_id")).p &&
	    !json_str(json_get(parameters, "flow_name")).p)
		return sim_problem(
		    p, 100, "interactive.action.parameters.flow_id or flow_name is required.");
	return check_action_name(action, "flow", p) &&
	    sim_shape_text(parameters, "flow_cta", "interactive.action.parameters", 1, 30, p);
}

static bool check_retailer_id(const struct json *item, struct sim_problem *p)
{
	return sim_shape_text(item, "product_retailer_id", "interactive.action", 1, 200, p);
}

static bool check_product(const struct json *action, struct sim_problem *p)
{
	return sim_shape_text(action, "catalog_id", "interactive.action", 1, 200, p) &&
	    check_retailer_id(action, p);
}

static bool check_product_list(const struct json *action, struct sim_problem *p)
{
	return sim_shape_text(action, "catalog_id", "interactive.action", 1, 200, p) &&
	    check_sections(action, "product_items", PRODUCTS_MAX, check_retailer_id, p);
}

static bool check_catalog(const struct json *action, struct sim_problem *p)
{
	return check_action_name(action, "catalog_message", p);
}

static bool check_carousel(const struct json *action, struct sim_problem *p)
{
	const struct json *cards = json_get(action, "cards"), *card;
	struct json_iter it;
	struct str key;

	if (json_type(cards) != JSON_ARRAY || json_len(cards) < CARDS_MIN ||
	    json_len(cards) > CARDS_MAX)
		return sim_problem(p, 100, "interactive.action.cards must hold 2 to 10 cards.");
	json_iter_init(&it, cards);
	while (json_iter_next(&it, &key, &card)) {
		struct str header = json_str(json_path(card, "header.type"));
		if (!str_eq_c(header, "image") && !str_eq_c(header, "video"))
			return sim_problem(
			    p, 100, "interactive.action.cards.header must be image or video.");
		if (!sim_shape_text(
			json_get(card, "body"), "text", "interactive.action.cards.body", 0, 160, p))
			return false;
	}
	return true;
}

static bool check_voice_call(const struct json *action, struct sim_problem *p)
{
	return check_action_name(action, "voice_call", p) &&
	    sim_shape_text(json_get(action, "parameters"), "display_text",
		"interactive.action.parameters", 0, 20, p);
}

static bool check_call_permission(const struct json *action, struct sim_problem *p)
{
	return check_action_name(action, "call_permission_request", p);
}

static bool check_contact_info(const struct json *action, struct sim_problem *p)
{
	return check_action_name(action, "request_contact_info", p);
}

static const struct interactive_row {
	const char *type;
	bool (*check)(const struct json *action, struct sim_problem *p);
	size_t body_min, body_max;
} interactives[] = {
	{ "button", check_button, 1, 1024 },
	{ "list", check_list, 1, 4096 },
	{ "cta_url", check_cta_url, 1, 1024 },
	{ "location_request_message", check_send_location, 1, 1024 },
	{ "address_message", check_address, 1, 1024 },
	{ "flow", check_flow, 1, 1024 },
	{ "product", check_product, 0, 1024 },
	{ "product_list", check_product_list, 1, 1024 },
	{ "catalog_message", check_catalog, 1, 1024 },
	{ "carousel", check_carousel, 1, 1024 },
	{ "voice_call", check_voice_call, 1, 1024 },
	{ "call_permission_request", check_call_permission, 0, 1024 },
	{ "request_contact_info", check_contact_info, 1, 1024 },
};

static bool check_header(const struct json *header, bool text_only, struct sim_problem *p)
{
	static const char *const kinds[] = { "image", "video", "document" };
	struct str type = json_str(json_get(header, "type"));

	if (!header)
		return true;
	if (str_eq_c(type, "text"))
		return sim_shape_text(header, "text", "interactive.header", 1, 60, p);
	for (size_t i = 0; !text_only && i < ARRAY_LEN(kinds); i++) {
		if (str_eq_c(type, kinds[i]) &&
		    json_type(json_get(header, kinds[i])) == JSON_OBJECT)
			return true;
	}
	return sim_problem(p, 100, "interactive.header is not of a type that fits.");
}

static bool check_parts(
    const struct json *o, const struct interactive_row *row, struct sim_problem *p)
{
	const struct json *header = json_get(o, "header");
	bool text_only = row->check == check_list || row->check == check_product_list;

	if (row->check == check_product_list && !header)
		return sim_problem(p, 100, "interactive.header is required.");
	return check_header(header, text_only, p) &&
	    sim_shape_text(
		json_get(o, "body"), "text", "interactive.body", row->body_min, row->body_max, p) &&
	    sim_shape_text(json_get(o, "footer"), "text", "interactive.footer", 0, 60, p);
}

bool sim_shape_check_interactive(const struct json *interactive, struct sim_problem *p)
{
	struct str type = json_str(json_get(interactive, "type"));
	const struct json *action = json_get(interactive, "action");

	for (size_t i = 0; i < ARRAY_LEN(interactives); i++) {
		if (!str_eq_c(type, interactives[i].type))
			continue;
		if (json_type(action) != JSON_OBJECT)
			return sim_problem(p, 100, "interactive.action must be an object.");
		return check_parts(interactive, &interactives[i], p) &&
		    interactives[i].check(action, p);
	}
	return sim_problem(p, 100, "interactive.type is none of the documented ones.");
}

/* --- template ------------------------------------------------------------------------------------ */

/* The member that carries a parameter's value is named like its type, but for these two facts: type and JSON type. */
static const struct parameter_row {
	const char *type;
	enum json_type value;
} parameters[] = {
	{ "text", JSON_STRING },
	{ "currency", JSON_OBJECT },
	{ "date_time", JSON_OBJECT },
	{ "image", JSON_OBJECT },
	{ "video", JSON_OBJECT },
	{ "document", JSON_OBJECT },
	{ "location", JSON_OBJECT },
	{ "product", JSON_OBJECT },
	{ "payload", JSON_STRING },
	{ "coupon_code", JSON_STRING },
	{ "action", JSON_OBJECT },
	{ "limited_time_offer", JSON_OBJECT },
	{ "order_details", JSON_OBJECT },
	{ "order_status", JSON_OBJECT },
};

static bool check_parameter(const struct json *parameter, struct sim_problem *p)
{
	struct str type = json_str(json_get(parameter, "type"));

	for (size_t i = 0; i < ARRAY_LEN(parameters); i++) {
		if (!str_eq_c(type, parameters[i].type))
			continue;
		if (json_type(json_get(parameter, parameters[i].type)) == parameters[i].value)
			return true;
		return sim_problem(p, 100, "template.components.parameters.%s must be %s.",
		    parameters[i].type, json_type_name(parameters[i].value));
	}
	return sim_problem(
	    p, 100, "template.components.parameters.type is none of the documented ones.");
}

static bool check_each(const struct json *list, size_t most, const char *name,
    bool (*check)(const struct json *, struct sim_problem *), struct sim_problem *p)
{
	struct json_iter it;
	struct str key;
	const struct json *v;

	if (list && (json_type(list) != JSON_ARRAY || json_len(list) > most))
		return sim_problem(p, 100, "%s must be an array of at most %zu.", name, most);
	json_iter_init(&it, list);
	while (json_iter_next(&it, &key, &v)) {
		if (json_type(v) != JSON_OBJECT)
			return sim_problem(p, 100, "%s must hold objects.", name);
		if (!check(v, p))
			return false;
	}
	return true;
}

static bool check_index(const struct json *component, struct sim_problem *p)
{
	const struct json *index = json_get(component, "index");
	int64_t n = -1;

	bool ok = json_type(index) == JSON_STRING ? str_to_i64(json_str(index), &n) == 0
						  : json_int(index, &n);
	if (!ok || n < 0 || n >= FIG_TEMPLATE_BUTTONS)
		return sim_problem(p, 100, "template.components.index must be 0 to 9.");
	return true;
}

static bool check_component(const struct json *component, struct sim_problem *p)
{
	static const char *const plain[] = { "header", "body", "footer", "limited_time_offer",
		"order_status" };
	struct str type = json_str(json_get(component, "type"));
	bool known = str_eq_nocase(type, STR("button"));

	if (known &&
	    (!check_index(component, p) ||
		!sim_shape_text(component, "sub_type", "template.components", 1, 64, p)))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		known = known || str_eq_nocase(type, str_c(plain[i]));
	if (!known)
		return sim_problem(
		    p, 100, "template.components.type is none of the documented ones.");
	return check_each(json_get(component, "parameters"), PARAMETERS_MAX,
	    "template.components.parameters", check_parameter, p);
}

static bool check_card(const struct json *card, struct sim_problem *p)
{
	return check_each(json_get(card, "components"), COMPONENTS_MAX,
	    "template.components.cards.components", check_component, p);
}

static bool check_component_or_cards(const struct json *component, struct sim_problem *p)
{
	const struct json *cards = json_get(component, "cards");

	if (!str_eq_nocase(json_str(json_get(component, "type")), STR("carousel")))
		return check_component(component, p);
	if (json_len(cards) < CARDS_MIN)
		return sim_problem(p, 100, "template.components.cards must hold 2 to 10 cards.");
	return check_each(cards, CARDS_MAX, "template.components.cards", check_card, p);
}

bool sim_shape_check_template(const struct json *template, struct sim_problem *p)
{
	return sim_shape_text(template, "name", "template", 1, FIG_TEMPLATE_NAME, p) &&
	    sim_shape_text(json_get(template, "language"), "code", "template.language", 1, 32, p) &&
	    check_each(json_get(template, "components"), COMPONENTS_MAX, "template.components",
		check_component_or_cards, p);
}

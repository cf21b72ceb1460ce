/* domain/message_interactive.c: one row an interactive type: its fields, the body and headers it may have, and
 * a small check for what tables cannot say: this or that, sums over sections, cards alike. */
#include <string.h>

#include "base/check.h"
#include "base/lang.h"
#include "domain/message_types.h"

#define MUST FIELD_MUST
#define MAY FIELD_MAY
#define M(member) FIELD_FIGURE(struct pack_message, member)

/* --- headers ---------------------------------------------------------------------------------- */

static const struct field_rule header_text[] = {
	MUST("header.text", TEXT, .max = M(interactive_header_max)),
};

/* A header that may be there: `words` are the types it may have. */
static bool header_check(struct fields *f, const struct pack_message *pack,
    const struct json *holder, const char *words, bool required)
{
	const struct field_rule shape[] = {
		MAY("header", OBJECT, required),
		MUST("header.type", TEXT, .words = words),
	};
	const struct json *header = json_get(holder, "header");
	char type[16];
	size_t mark;
	bool fine;

	if (!fields_check(f, holder, shape, ARRAY_LEN(shape), pack))
		return false;
	if (!header || json_is_null(header) ||
	    str_to_c(json_str(json_get(header, "type")), type, sizeof(type)) < 0)
		return true;
	if (strcmp(type, "text") == 0)
		return fields_check(f, holder, header_text, ARRAY_LEN(header_text), pack);
	mark = fields_enter(f, "header", 0);
	fine = message_media_check(f, pack, header, type);
	fields_leave(f, mark);
	return fine;
}

/* --- interactive ------------------------------------------------------------------------------ */

/* Paths of these tables start from the interactive object. */
static const struct field_rule body_short[] = {
	MUST("body", OBJECT),
	MUST("body.text", TEXT, .max = M(interactive_body_max)),
};

static const struct field_rule body_long[] = {
	MUST("body", OBJECT),
	MUST("body.text", TEXT, .max = M(list_body_max)),
};

static const struct field_rule body_optional[] = {
	MAY("body", OBJECT),
	MAY("body.text", STRING, .max = M(interactive_body_max)),
};

static const struct field_rule footer[] = {
	MAY("footer", OBJECT),
	MAY("footer.text", STRING, .max = M(interactive_footer_max)),
};

static const struct field_rule reply_buttons[] = {
	MUST("action", OBJECT),
	MUST("action.buttons", LIST, .max = M(buttons_max), .min = M(buttons_min)),
	MUST("action.buttons[]", OBJECT),
	MUST("action.buttons[].type", TEXT, .words = "reply"),
	MUST("action.buttons[].reply", OBJECT),
	MUST("action.buttons[].reply.id", TEXT, .max = M(button_id_max)),
	MUST("action.buttons[].reply.title", TEXT, .max = M(button_title_max)),
};

/* Direct Send mixes reply buttons with calls to action. */
static const struct field_rule mixed_buttons[] = {
	MUST("action", OBJECT),
	MUST("action.buttons", LIST),
	MUST("action.buttons[]", OBJECT),
	MUST("action.buttons[].type", TEXT),
	MAY("action.buttons[].reply", OBJECT),
	MUST("action.buttons[].reply.id", TEXT, .max = M(button_id_max)),
	MUST("action.buttons[].reply.title", TEXT, .max = M(button_title_max)),
};

static const struct field_rule list[] = {
	MUST("action", OBJECT),
	MUST("action.button", TEXT, .max = M(list_button_max)),
	MUST("action.sections", LIST, .max = M(list_sections_max), .min = M(list_sections_min)),
	MUST("action.sections[]", OBJECT),
	MAY("action.sections[].title", STRING, .max = M(list_section_title_max)),
	MUST("action.sections[].rows", LIST, .max = M(list_rows_max)),
	MUST("action.sections[].rows[]", OBJECT),
	MUST("action.sections[].rows[].id", TEXT, .max = M(list_row_id_max)),
	MUST("action.sections[].rows[].title", TEXT, .max = M(list_row_title_max)),
	MAY("action.sections[].rows[].description", STRING, .max = M(list_row_description_max)),
};

static const struct field_rule cta_url[] = {
	MUST("action", OBJECT),
	MUST("action.name", TEXT, .words = "cta_url"),
	MUST("action.parameters", OBJECT),
	MUST("action.parameters.display_text", TEXT, .max = M(cta_display_text_max)),
	MUST("action.parameters.url", TEXT),
};

static const struct field_rule location_request[] = {
	MUST("action", OBJECT),
	MUST("action.name", TEXT, .words = "send_location"),
};

static const struct field_rule address[] = {
	MUST("action", OBJECT),
	MUST("action.name", TEXT, .words = "address_message"),
	MUST("action.parameters", OBJECT),
	MUST("action.parameters.country", TEXT),
	MAY("action.parameters.values", OBJECT),
	MAY("action.parameters.values.name", STRING),
	MAY("action.parameters.values.phone_number", STRING),
	MAY("action.parameters.values.in_pin_code", STRING),
	MAY("action.parameters.values.sg_post_code", STRING),
	MAY("action.parameters.values.house_number", STRING),
	MAY("action.parameters.values.floor_number", STRING),
	MAY("action.parameters.values.tower_number", STRING),
	MAY("action.parameters.values.unit_number", STRING),
	MAY("action.parameters.values.building_name", STRING),
	MAY("action.parameters.values.address", STRING),
	MAY("action.parameters.values.landmark_area", STRING),
	MAY("action.parameters.values.city", STRING),
	MAY("action.parameters.values.state", STRING),
	MAY("action.parameters.saved_addresses", LIST),
	MAY("action.parameters.validation_errors", OBJECT),
};

static const struct field_rule flow[] = {
	MUST("action", OBJECT),
	MUST("action.name", TEXT, .words = "flow"),
	MUST("action.parameters", OBJECT),
	MAY("action.parameters.flow_message_version", ID),
	MAY("action.parameters.flow_id", ID),
	MAY("action.parameters.flow_name", TEXT),
	MAY("action.parameters.flow_token", STRING),
	MUST("action.parameters.flow_cta", TEXT, .max = M(flow_cta_max)),
	MAY("action.parameters.mode", TEXT),
	MAY("action.parameters.flow_action", TEXT),
	MAY("action.parameters.flow_action_payload", OBJECT),
	MAY("action.parameters.flow_action_payload.screen", TEXT),
};

static const struct field_rule product[] = {
	MUST("action", OBJECT),
	MUST("action.catalog_id", TEXT),
	MUST("action.product_retailer_id", TEXT),
};

static const struct field_rule product_list[] = {
	MUST("action", OBJECT),
	MUST("action.catalog_id", TEXT),
	MUST("action.sections", LIST, .max = M(product_sections_max)),
	MUST("action.sections[]", OBJECT),
	MAY("action.sections[].title", STRING, .max = M(list_section_title_max)),
	MUST("action.sections[].product_items", LIST, .max = M(products_max)),
	MUST("action.sections[].product_items[]", OBJECT),
	MUST("action.sections[].product_items[].product_retailer_id", TEXT),
};

static const struct field_rule catalog[] = {
	MUST("action", OBJECT),
	MUST("action.name", TEXT, .words = "catalog_message"),
	MAY("action.parameters", OBJECT),
	MAY("action.parameters.thumbnail_product_retailer_id", TEXT),
};

static const struct field_rule carousel[] = {
	MUST("action", OBJECT),
	MUST("action.cards", LIST, .max = M(cards_max), .min = M(cards_min)),
	MUST("action.cards[]", OBJECT),
	MAY("action.cards[].card_index", NUMBER),
	MUST("action.cards[].type", TEXT),
	MAY("action.cards[].body", OBJECT),
	MUST("action.cards[].body.text", TEXT, .max = M(card_body_max)),
	MUST("action.cards[].action", OBJECT),
	MAY("action.cards[].action.parameters", OBJECT),
	MAY("action.cards[].action.parameters.display_text", TEXT, .max = M(card_button_max)),
	MAY("action.cards[].action.buttons", LIST),
	MUST("action.cards[].action.buttons[]", OBJECT),
	MAY("action.cards[].action.buttons[].quick_reply", OBJECT),
	MUST("action.cards[].action.buttons[].quick_reply.title", TEXT, .max = M(card_button_max)),
};

/* Paths of this one start from a card. */
static const struct field_rule card_cta_url[] = {
	MUST("action.name", TEXT, .words = "cta_url"),
	MUST("action.parameters", OBJECT),
	MUST("action.parameters.display_text", TEXT),
	MUST("action.parameters.url", TEXT),
};

static const struct field_rule voice_call[] = {
	MUST("action", OBJECT),
	MUST("action.name", TEXT, .words = "voice_call"),
	MAY("action.parameters", OBJECT),
	MAY("action.parameters.display_text", TEXT, .max = M(cta_display_text_max)),
};

static const struct field_rule call_permission[] = {
	MUST("action", OBJECT),
	MUST("action.name", TEXT, .words = "call_permission_request"),
};

/* Shapes that no page shows in full: an action, and that is all there is to check. */
static const struct field_rule any_action[] = {
	MUST("action", OBJECT),
	MAY("action.name", TEXT),
};

/* Entries over all sections, and titles where there are several sections. */
static bool sections_check(
    struct fields *f, const struct json *sections, const char *entries, int64_t max)
{
	struct json_iter it;
	const struct json *section;
	int64_t sum = 0;
	size_t mark = fields_enter(f, "action.sections", 0), inner;
	bool fine = true;

	json_iter_init(&it, sections);
	for (size_t i = 0; fine && json_iter_next(&it, NULL, &section); i++) {
		sum += (int64_t)json_len(json_get(section, entries));
		if (json_len(sections) > 1 && json_str(json_get(section, "title")).len == 0) {
			inner = fields_enter(f, NULL, i);
			fine = fields_fail(f, "title",
			    N_("Where there are several sections, each needs a title."));
			fields_leave(f, inner);
		}
	}
	if (fine && sum > max)
		fine = fields_fail_figures(f, "", fields_too_many, max, sum);
	fields_leave(f, mark);
	return fine;
}

static bool list_check(struct fields *f, const struct pack_message *pack, const struct json *at)
{
	return sections_check(f, json_path(at, "action.sections"), "rows", pack->list_rows_max);
}

static bool product_list_check(
    struct fields *f, const struct pack_message *pack, const struct json *at)
{
	return sections_check(
	    f, json_path(at, "action.sections"), "product_items", pack->products_max);
}

static bool address_check(struct fields *f, const struct pack_message *pack, const struct json *at)
{
	struct str country = json_str(json_path(at, "action.parameters.country"));

	return pack_words_has(&pack->address_countries, country) ||
	    fields_fail(f, "action.parameters.country", fields_unknown_value);
}

static bool flow_check(struct fields *f, const struct pack_message *pack, const struct json *at)
{
	const struct json *parameters = json_path(at, "action.parameters");

	(void)pack;
	return field_present(parameters, "flow_id") || field_present(parameters, "flow_name") ||
	    fields_fail(f, "action.parameters.flow_id", fields_missing);
}

static int64_t line_breaks(struct str s)
{
	int64_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += s.p[i] == '\n';
	return n;
}

static bool same_text(const struct json *a, const struct json *b, const char *path)
{
	return str_eq(json_str(json_path(a, path)), json_str(json_path(b, path)));
}

static bool card_check(struct fields *f, const struct pack_message *pack, const struct json *first,
    const struct json *card)
{
	bool link = str_eq_c(json_str(json_get(card, "type")), "cta_url");
	int64_t breaks = line_breaks(json_str(json_path(card, "body.text")));

	if (!header_check(f, pack, card, "image|video", link))
		return false;
	if (link && !fields_check(f, card, card_cta_url, ARRAY_LEN(card_cta_url), pack))
		return false;
	if (breaks > pack->card_line_breaks_max)
		return fields_fail_figures(f, "body.text",
		    N_("This text has more line breaks than the platform allows."),
		    pack->card_line_breaks_max, breaks);
	if (!same_text(first, card, "type") || !same_text(first, card, "header.type") ||
	    json_len(json_path(first, "action.buttons")) !=
		json_len(json_path(card, "action.buttons")))
		return fields_fail(f, "", N_("All cards must have the same shape as the first."));
	return true;
}

static bool carousel_check(struct fields *f, const struct pack_message *pack, const struct json *at)
{
	const struct json *cards = json_path(at, "action.cards"), *card;
	size_t mark = fields_enter(f, "action.cards", 0), inner;
	struct json_iter it;
	bool fine = true;

	json_iter_init(&it, cards);
	for (size_t i = 0; fine && json_iter_next(&it, NULL, &card); i++) {
		inner = fields_enter(f, NULL, i);
		fine = card_check(f, pack, json_at(cards, 0), card);
		fields_leave(f, inner);
	}
	fields_leave(f, mark);
	return fine;
}

#define ANY_MEDIA "text|image|video|document"
#define ROWS(table) (table), ARRAY_LEN(table)

static const struct interactive_row {
	const char *type;
	const struct field_rule *fields;
	size_t fields_len;
	const struct field_rule *body; /* two rows */
	const char *headers;           /* NULL: none is described, so none is checked */
	bool header_required;
	bool (*check)(struct fields *f, const struct pack_message *pack, const struct json *at);
} interactives[] = {
	{ "button", ROWS(reply_buttons), body_short, ANY_MEDIA, false, NULL },
	{ "list", ROWS(list), body_long, "text", false, list_check },
	{ "cta_url", ROWS(cta_url), body_short, ANY_MEDIA, false, NULL },
	{ "location_request_message", ROWS(location_request), body_short, NULL, false, NULL },
	{ "address_message", ROWS(address), body_short, ANY_MEDIA, false, address_check },
	{ "flow", ROWS(flow), body_short, ANY_MEDIA, false, flow_check },
	{ "product", ROWS(product), body_optional, NULL, false, NULL },
	{ "product_list", ROWS(product_list), body_short, "text", true, product_list_check },
	{ "catalog_message", ROWS(catalog), body_short, NULL, false, NULL },
	{ "carousel", ROWS(carousel), body_short, NULL, false, carousel_check },
	{ "voice_call", ROWS(voice_call), body_short, ANY_MEDIA, false, NULL },
	{ "call_permission_request", ROWS(call_permission), body_optional, NULL, false, NULL },
	{ "request_contact_info", ROWS(any_action), body_optional, NULL, false, NULL },
	{ "order_details", ROWS(any_action), body_short, NULL, false, NULL },
	{ "order_status", ROWS(any_action), body_short, NULL, false, NULL },
};

static const struct interactive_row direct_buttons = { "button", ROWS(mixed_buttons), body_short,
	ANY_MEDIA, false, NULL };

static const struct interactive_row *interactive_row(struct str type, bool direct)
{
	if (direct && str_eq_c(type, direct_buttons.type))
		return &direct_buttons;
	for (size_t i = 0; i < ARRAY_LEN(interactives); i++) {
		if (str_eq_c(type, interactives[i].type))
			return &interactives[i];
	}
	return NULL;
}

bool message_interactive_check(
    struct fields *f, const struct pack_message *pack, const struct message *m)
{
	const struct json *at = json_get(m->body, "interactive");
	const struct interactive_row *row = interactive_row(
	    json_str(json_get(at, "type")), m->kind == MESSAGE_DIRECT);
	size_t mark = fields_enter(f, "interactive", 0);
	bool fine;

	if (!row)
		fine = fields_fail(
		    f, "type", N_("The platform has no interactive message of this type."));
	else
		fine = (!row->headers ||
			   header_check(f, pack, at, row->headers, row->header_required)) &&
		    fields_check(f, at, row->body, ARRAY_LEN(body_short), pack) &&
		    fields_check(f, at, footer, ARRAY_LEN(footer), pack) &&
		    fields_check(f, at, row->fields, row->fields_len, pack) &&
		    (!row->check || row->check(f, pack, at));
	fields_leave(f, mark);
	return fine;
}

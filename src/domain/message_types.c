/* domain/message_types.c: from the outside in: what every send shares, then the row of its type, then what
 * Direct Send asks for besides. What a table of fields cannot say is a small check beside the row. */
#include "domain/message_types.h"

#include "base/check.h"
#include "base/lang.h"

#define MUST FIELD_MUST
#define MAY FIELD_MAY
#define M(member) FIELD_FIGURE(struct pack_message, member)
#define D(member) FIELD_FIGURE(struct pack_direct_send, member)
#define T(member) FIELD_FIGURE(struct pack_template, member)

/* --- what every send shares ------------------------------------------------------------------- */

static const struct field_rule common[] = {
	MUST("messaging_product", TEXT, .words = "whatsapp"),
	MAY("recipient_type", TEXT, .words = "individual|group"),
	MAY("to", STRING),
	MAY("recipient", STRING),
	MAY("type", TEXT),
	MAY("context", OBJECT),
	MUST("context.message_id", TEXT),
	MAY("biz_opaque_callback_data", STRING, .max = M(biz_opaque_callback_data_max)),
	MAY("recipient_identity_key_hash", STRING),
};

static const struct field_rule marketing_path[] = {
	MAY("product_policy", TEXT, .words = "CLOUD_API_FALLBACK|STRICT"),
	MAY("message_activity_sharing", BOOL),
};

static const struct field_rule receipt[] = {
	MUST("messaging_product", TEXT, .words = "whatsapp"),
	MUST("status", TEXT, .words = "read"),
	MUST("message_id", TEXT),
	MAY("typing_indicator", OBJECT),
	MUST("typing_indicator.type", TEXT, .words = "text"),
};

/* --- media ------------------------------------------------------------------------------------ */

static const struct field_rule media[] = {
	MAY("id", TEXT),
	MAY("link", LINK),
	MAY("caption", STRING, .max = M(caption_max)),
	MAY("filename", STRING),
	MAY("voice", BOOL),
};

bool message_media_check(struct fields *f, const struct pack_message *figures,
    const struct json *holder, const char *name)
{
	struct field_rule object = MUST(name, OBJECT);
	const struct json *v = json_get(holder, name);
	size_t mark;
	bool fine;

	if (!fields_check(f, holder, &object, 1, figures))
		return false;
	mark = fields_enter(f, name, 0);
	fine = fields_check(f, v, media, ARRAY_LEN(media), figures);
	if (fine && !field_present(v, "id") && !field_present(v, "link"))
		fine = fields_fail(f, "", N_("Media is given by an id or a link."));
	fields_leave(f, mark);
	return fine;
}

/* --- the other types -------------------------------------------------------------------------- */

static const struct field_rule text[] = {
	MUST("text", OBJECT),
	MUST("text.body", TEXT, .max = M(text_body_max)),
	MAY("text.preview_url", BOOL),
};

static const struct field_rule location[] = {
	MUST("location", OBJECT),
	MUST("location.latitude", NUMBER),
	MUST("location.longitude", NUMBER),
	MAY("location.name", STRING),
	MAY("location.address", STRING),
};

static const struct field_rule contacts[] = {
	MUST("contacts", LIST, .max = M(contacts_max)),
	MUST("contacts[]", OBJECT),
	MUST("contacts[].name", OBJECT),
	MUST("contacts[].name.formatted_name", TEXT),
	MAY("contacts[].name.first_name", STRING),
	MAY("contacts[].name.middle_name", STRING),
	MAY("contacts[].name.last_name", STRING),
	MAY("contacts[].name.prefix", STRING),
	MAY("contacts[].name.suffix", STRING),
	MAY("contacts[].birthday", STRING),
	MAY("contacts[].phones", LIST),
	MUST("contacts[].phones[]", OBJECT),
	MAY("contacts[].phones[].phone", STRING),
	MAY("contacts[].phones[].wa_id", STRING),
	MAY("contacts[].phones[].type", STRING),
	MAY("contacts[].emails", LIST),
	MUST("contacts[].emails[]", OBJECT),
	MAY("contacts[].emails[].email", STRING),
	MAY("contacts[].emails[].type", STRING),
	MAY("contacts[].urls", LIST),
	MUST("contacts[].urls[]", OBJECT),
	MAY("contacts[].urls[].url", STRING),
	MAY("contacts[].urls[].type", STRING),
	MAY("contacts[].addresses", LIST),
	MUST("contacts[].addresses[]", OBJECT),
	MAY("contacts[].addresses[].street", STRING),
	MAY("contacts[].addresses[].city", STRING),
	MAY("contacts[].addresses[].state", STRING),
	MAY("contacts[].addresses[].zip", STRING),
	MAY("contacts[].addresses[].country", STRING),
	MAY("contacts[].addresses[].country_code", STRING),
	MAY("contacts[].addresses[].type", STRING),
	MAY("contacts[].org", OBJECT),
	MAY("contacts[].org.company", STRING),
	MAY("contacts[].org.department", STRING),
	MAY("contacts[].org.title", STRING),
};

static const struct field_rule reaction[] = {
	MUST("reaction", OBJECT),
	MUST("reaction.message_id", TEXT),
	MUST("reaction.emoji", STRING),
};

static const struct field_rule interactive[] = {
	MUST("interactive", OBJECT),
	MUST("interactive.type", TEXT),
};

static const struct field_rule template[] = {
	MUST("template", OBJECT),
	MUST("template.language", OBJECT),
	MUST("template.language.code", TEXT),
	MAY("template.language.policy", STRING),
};

/* Of a template, and again of each card. Only types of JSON here: whether what is filled in fits is for
 * domain/template_def.h to say. */
static const struct field_rule components[] = { MAY("components", LIST) };

static const struct field_rule component[] = {
	MUST("type", TEXT),
	MAY("sub_type", TEXT),
	MAY("index", ID),
	MAY("parameters", LIST),
	MAY("cards", LIST),
};

static const struct field_rule parameter[] = {
	MUST("type", TEXT),
	MAY("parameter_name", STRING),
	MAY("text", STRING),
	MAY("payload", STRING),
	MAY("coupon_code", STRING),
	MAY("currency", OBJECT),
	MAY("currency.fallback_value", STRING),
	MAY("currency.code", STRING),
	MAY("currency.amount_1000", NUMBER),
	MAY("date_time", OBJECT),
	MAY("date_time.fallback_value", STRING),
	MAY("location", OBJECT),
	MAY("location.latitude", NUMBER),
	MAY("location.longitude", NUMBER),
	MAY("location.name", STRING),
	MAY("location.address", STRING),
	MAY("action", OBJECT),
	MAY("action.flow_token", STRING),
	MAY("action.flow_action_data", OBJECT),
	MAY("action.thumbnail_product_retailer_id", STRING),
	MAY("action.sections", LIST),
	MUST("action.sections[]", OBJECT),
	MAY("action.sections[].title", STRING),
	MAY("action.sections[].product_items", LIST),
	MUST("action.sections[].product_items[]", OBJECT),
	MUST("action.sections[].product_items[].product_retailer_id", TEXT),
};

static const struct field_rule template_card[] = { MAY("card_index", NUMBER) };

static const struct field_rule template_name[] = {
	MUST("template.name", TEXT, .max = T(name_max)),
};

static const char *const name_parts[] = { "first_name", "middle_name", "last_name", "prefix",
	"suffix" };

static bool name_has_part(const struct json *name)
{
	for (size_t i = 0; i < ARRAY_LEN(name_parts); i++) {
		if (json_str(json_get(name, name_parts[i])).len > 0)
			return true;
	}
	return false;
}

static bool contacts_check(
    struct fields *f, const struct pack_message *pack, const struct message *m)
{
	struct json_iter it;
	const struct json *card;
	size_t mark = fields_enter(f, "contacts", 0);
	bool fine = true;

	(void)pack;
	json_iter_init(&it, json_get(m->body, "contacts"));
	for (size_t i = 0; fine && json_iter_next(&it, NULL, &card); i++) {
		size_t inner = fields_enter(f, NULL, i);

		fine = name_has_part(json_get(card, "name")) ||
		    fields_fail(f, "name",
			N_("A contact needs one more part of its name, such as first_name, beside "
			   "formatted_name."));
		fields_leave(f, inner);
	}
	fields_leave(f, mark);
	return fine;
}

typedef bool entry_fn(
    struct fields *f, const struct pack_message *figures, const struct json *entry);

/* Every entry of the list that `holder` has at `name`: an object, and fine. */
static bool each_entry(struct fields *f, const struct pack_message *figures,
    const struct json *holder, const char *name, entry_fn *check)
{
	struct json_iter it;
	const struct json *entry;
	size_t mark = fields_enter(f, name, 0);
	bool fine = true;

	json_iter_init(&it, json_get(holder, name));
	for (size_t i = 0; fine && json_iter_next(&it, NULL, &entry); i++) {
		size_t inner = fields_enter(f, NULL, i);

		fine = json_type(entry) == JSON_OBJECT ? check(f, figures, entry)
						       : fields_fail(f, "", fields_not_an_object);
		fields_leave(f, inner);
	}
	fields_leave(f, mark);
	return fine;
}

static bool parameter_check(
    struct fields *f, const struct pack_message *figures, const struct json *at)
{
	return fields_check(f, at, parameter, ARRAY_LEN(parameter), figures);
}

static bool card_component_check(
    struct fields *f, const struct pack_message *figures, const struct json *at)
{
	return fields_check(f, at, component, ARRAY_LEN(component), figures) &&
	    each_entry(f, figures, at, "parameters", parameter_check);
}

static bool card_check(struct fields *f, const struct pack_message *figures, const struct json *at)
{
	return fields_check(f, at, template_card, ARRAY_LEN(template_card), figures) &&
	    fields_check(f, at, components, ARRAY_LEN(components), figures) &&
	    each_entry(f, figures, at, "components", card_component_check);
}

static bool component_check(
    struct fields *f, const struct pack_message *figures, const struct json *at)
{
	return card_component_check(f, figures, at) &&
	    each_entry(f, figures, at, "cards", card_check);
}

static bool template_check(
    struct fields *f, const struct pack_message *figures, const struct message *m)
{
	const struct json *at = json_get(m->body, "template");
	size_t mark = fields_enter(f, "template", 0);
	bool fine = fields_check(f, at, components, ARRAY_LEN(components), figures) &&
	    each_entry(f, figures, at, "components", component_check);

	fields_leave(f, mark);
	return fine;
}

static bool media_type_check(
    struct fields *f, const struct pack_message *pack, const struct message *m)
{
	char type[16];

	return str_to_c(m->type, type, sizeof(type)) == 0 &&
	    message_media_check(f, pack, m->body, type);
}

#define ROWS(table) (table), ARRAY_LEN(table)

static const struct type_row {
	const char *type;
	const struct field_rule *fields;
	size_t fields_len;
	bool (*check)(struct fields *f, const struct pack_message *pack, const struct message *m);
} types[] = {
	{ "text", ROWS(text), NULL },
	{ "image", NULL, 0, media_type_check },
	{ "video", NULL, 0, media_type_check },
	{ "audio", NULL, 0, media_type_check },
	{ "document", NULL, 0, media_type_check },
	{ "sticker", NULL, 0, media_type_check },
	{ "location", ROWS(location), NULL },
	{ "contacts", ROWS(contacts), contacts_check },
	{ "reaction", ROWS(reaction), NULL },
	{ "interactive", ROWS(interactive), message_interactive_check },
	{ "template", ROWS(template), template_check },
};

bool message_types_present(const struct json *body)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (field_present(body, types[i].type))
			return true;
	}
	return false;
}

static bool type_check(struct fields *f, const struct pack *pack, const struct message *m)
{
	const struct pack_message *figures = pack_message(pack);

	if (!pack_words_has(&figures->types, m->type))
		return fields_fail(f, "type", N_("The platform has no message of this type."));
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		const struct type_row *row = &types[i];

		if (str_eq_c(m->type, row->type))
			return fields_check(f, m->body, row->fields, row->fields_len, figures) &&
			    (!row->check || row->check(f, figures, m));
	}
	return true;
}

/* --- Direct Send ------------------------------------------------------------------------------ */

static const struct field_rule direct[] = {
	MAY("text.body", STRING, .max = D(body_max)),
	MAY("interactive.header.text", STRING, .max = D(header_max)),
	MAY("interactive.body.text", STRING, .max = D(body_max)),
	MAY("interactive.footer.text", STRING, .max = D(footer_max)),
	MAY("interactive.action.parameters.display_text", STRING, .max = D(button_max)),
	MAY("interactive.action.buttons", LIST, .max = D(buttons_max)),
	MAY("interactive.action.buttons[].reply.title", STRING, .max = D(button_max)),
	MAY("message_send_ttl_seconds", INTEGER, .max = D(ttl_max_s), .min = D(ttl_min_s)),
	MAY("direct_send_config", OBJECT),
	MAY("direct_send_config.template_name", TEXT),
};

/* Calls to action stand first, and there are few of them. */
static bool direct_buttons_check(
    struct fields *f, const struct pack_direct_send *figures, const struct json *buttons)
{
	struct json_iter it;
	const struct json *button;
	size_t mark = fields_enter(f, "interactive.action.buttons", 0);
	int64_t calls = 0, replies = 0;
	bool ordered = true;

	json_iter_init(&it, buttons);
	while (json_iter_next(&it, NULL, &button)) {
		if (str_eq_c(json_str(json_get(button, "type")), "reply"))
			replies++;
		else if (++calls > 0 && replies > 0)
			ordered = false;
	}
	if (!ordered)
		(void)fields_fail(
		    f, "", N_("Buttons that call to action stand before the others."));
	else if (calls > figures->ctas_max)
		(void)fields_fail_figures(f, "",
		    N_("There are more buttons that call to action than the platform allows."),
		    figures->ctas_max, calls);
	fields_leave(f, mark);
	return f->problem.code == 0;
}

static bool direct_check(struct fields *f, const struct pack *pack, const struct message *m)
{
	static const struct field_rule category = MUST("category", TEXT);
	const struct pack_direct_send *figures = pack_direct_send(pack);
	const struct json *at = json_get(m->body, "interactive");
	struct str header = json_str(json_path(at, "header.type"));

	if (!fields_check(f, m->body, &category, 1, figures))
		return false;
	if (m->direct_category == PURPOSE_NONE)
		return fields_fail(f, "category",
		    N_("Direct Send takes utility and authentication messages only."));
	if (!pack_words_has(&figures->types, m->type))
		return fields_fail(
		    f, "type", N_("Direct Send does not take this type of message."));
	if (!fields_check(f, m->body, direct, ARRAY_LEN(direct), figures))
		return false;
	if (!at)
		return true;
	if (!pack_words_has(&figures->interactive_types, json_str(json_get(at, "type"))))
		return fields_fail(
		    f, "interactive.type", N_("Direct Send does not take this type of message."));
	if (header.p && !pack_words_has(&figures->header_types, header))
		return fields_fail(f, "interactive.header.type", fields_unknown_value);
	return direct_buttons_check(f, figures, json_path(at, "action.buttons"));
}

/* --- the whole -------------------------------------------------------------------------------- */

static bool receipt_check(struct fields *f, const struct pack *pack, const struct message *m)
{
	if (m->marketing_path)
		return fields_fail(f, "type", N_("Only templates may be sent on this path."));
	if (field_present(m->body, "type") || message_types_present(m->body))
		return fields_fail(f, "status", N_("A read receipt cannot carry a message."));
	return fields_check(f, m->body, receipt, ARRAY_LEN(receipt), pack_message(pack));
}

static bool path_check(struct fields *f, const struct pack *pack, const struct message *m)
{
	if (!m->marketing_path)
		return true;
	if (m->kind != MESSAGE_TEMPLATE)
		return fields_fail(f, "type", N_("Only templates may be sent on this path."));
	return fields_check(
	    f, m->body, marketing_path, ARRAY_LEN(marketing_path), pack_message(pack));
}

static bool recipient_check(struct fields *f, const struct message *m)
{
	if (str_eq_c(json_str(json_get(m->body, "recipient_type")), "group"))
		return fields_fail(
		    f, "recipient_type", N_("Messages to groups are not supported yet."));
	return field_present(m->body, "to") || field_present(m->body, "recipient") ||
	    fields_fail(f, "to", N_("A message needs a recipient: to, or recipient."));
}

bool message_types_check(struct fields *f, const struct pack *pack, const struct message *m)
{
	if (m->kind == MESSAGE_READ || m->kind == MESSAGE_TYPING)
		return receipt_check(f, pack, m);
	if (!fields_check(f, m->body, common, ARRAY_LEN(common), pack_message(pack)) ||
	    !recipient_check(f, m))
		return false;
	if (!m->type.p)
		return fields_fail(f, "type", fields_missing);
	if (!path_check(f, pack, m) || !type_check(f, pack, m))
		return false;
	if (m->kind == MESSAGE_TEMPLATE)
		return fields_check(f, m->body, template_name, 1, pack_template(pack));
	return m->kind != MESSAGE_DIRECT || direct_check(f, pack, m);
}

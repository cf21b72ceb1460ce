/* One function a type, found in a table; the nested shapes of interactive and template messages are in
 * sim_shape_rich.c. Lengths are in characters, as the documentation counts. */
#include "apps/sim/sim_shape.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "apps/sim/figures.h"
#include "apps/sim/sim_ids.h"

#define NO_LIMIT ((size_t)-1)
#define ID_LEN_MAX 512

bool sim_shape_text(const struct json *o, const char *key, const char *where, size_t min,
    size_t max, struct sim_problem *p)
{
	const struct json *v = json_get(o, key);

	if (!v)
		return min == 0 || sim_problem(p, 100, "%s.%s is required.", where, key);
	if (json_type(v) != JSON_STRING)
		return sim_problem(p, 100, "%s.%s must be a string.", where, key);
	size_t len = text_code_points(json_str(v));
	if (len < min || len > max)
		return sim_problem(
		    p, 100, "%s.%s must have %zu to %zu characters.", where, key, min, max);
	return true;
}

static bool check_bool(
    const struct json *o, const char *key, const char *where, struct sim_problem *p)
{
	const struct json *v = json_get(o, key);

	if (v && json_type(v) != JSON_BOOL)
		return sim_problem(p, 100, "%s.%s must be true or false.", where, key);
	return true;
}

/* --- types --------------------------------------------------------------------------------------- */

static bool check_text(const struct json *o, struct sim_problem *p)
{
	return sim_shape_text(o, "body", "text", 1, FIG_TEXT, p) &&
	    check_bool(o, "preview_url", "text", p);
}

static bool check_source(const struct json *o, const char *where, struct sim_problem *p)
{
	if (!json_get(o, "id") && !json_get(o, "link"))
		return sim_problem(p, 100, "%s.id or %s.link is required.", where, where);
	if (!sim_shape_text(o, "id", where, 0, ID_LEN_MAX, p) ||
	    !sim_shape_text(o, "link", where, 0, NO_LIMIT, p))
		return false;
	struct str link = json_str(json_get(o, "link"));
	if (link.p && !str_starts(link, STR("http://")) && !str_starts(link, STR("https://")))
		return sim_problem(p, 100, "%s.link must be a http or https address.", where);
	return true;
}

static bool check_image(const struct json *o, struct sim_problem *p)
{
	return check_source(o, "image", p) &&
	    sim_shape_text(o, "caption", "image", 0, FIG_CAPTION, p);
}

static bool check_video(const struct json *o, struct sim_problem *p)
{
	return check_source(o, "video", p) &&
	    sim_shape_text(o, "caption", "video", 0, FIG_CAPTION, p);
}

static bool check_audio(const struct json *o, struct sim_problem *p)
{
	return check_source(o, "audio", p) && check_bool(o, "voice", "audio", p);
}

static bool check_document(const struct json *o, struct sim_problem *p)
{
	return check_source(o, "document", p) &&
	    sim_shape_text(o, "caption", "document", 0, FIG_CAPTION, p) &&
	    sim_shape_text(o, "filename", "document", 0, FIG_CAPTION, p);
}

static bool check_sticker(const struct json *o, struct sim_problem *p)
{
	return check_source(o, "sticker", p);
}

/* A number, or a string that looks like one: the documentation shows both. */
static bool check_degrees(const struct json *o, const char *key, double most, struct sim_problem *p)
{
	struct str text = json_str(json_get(o, key));
	double degrees = 0;
	char z[32], end;

	bool ok = text.p ? !str_to_c(text, z, sizeof(z)) && sscanf(z, "%lf%c", &degrees, &end) == 1
			 : json_real(json_get(o, key), &degrees);
	if (!ok || !(degrees >= -most && degrees <= most))
		return sim_problem(p, 100, "location.%s must be a number of degrees.", key);
	return true;
}

static bool check_location(const struct json *o, struct sim_problem *p)
{
	return check_degrees(o, "latitude", 90, p) && check_degrees(o, "longitude", 180, p) &&
	    sim_shape_text(o, "name", "location", 0, 1000, p) &&
	    sim_shape_text(o, "address", "location", 0, 1000, p);
}

static bool check_contact(const struct json *card, struct sim_problem *p)
{
	static const char *const parts[] = { "first_name", "last_name", "middle_name", "suffix",
		"prefix" };
	const struct json *name = json_get(card, "name");

	if (!sim_shape_text(name, "formatted_name", "contacts.name", 1, 1000, p))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (json_str(json_get(name, parts[i])).p)
			return true;
	}
	return sim_problem(p, 100, "contacts.name needs one more part of the name.");
}

static bool check_contacts(const struct json *cards, struct sim_problem *p)
{
	struct json_iter it;
	struct str key;
	const struct json *card;

	if (json_type(cards) != JSON_ARRAY || json_len(cards) == 0 ||
	    json_len(cards) > FIG_CONTACTS)
		return sim_problem(
		    p, 100, "contacts must be an array of 1 to %d cards.", FIG_CONTACTS);
	json_iter_init(&it, cards);
	while (json_iter_next(&it, &key, &card)) {
		if (!check_contact(card, p))
			return false;
	}
	return true;
}

static bool check_reaction(const struct json *o, struct sim_problem *p)
{
	if (!json_str(json_get(o, "emoji")).p)
		return sim_problem(p, 100, "reaction.emoji is required; an empty one removes.");
	return sim_shape_text(o, "message_id", "reaction", 1, ID_LEN_MAX, p) &&
	    sim_shape_text(o, "emoji", "reaction", 0, 32, p);
}

static const struct type_row {
	const char *type;
	bool (*check)(const struct json *object, struct sim_problem *p);
} types[] = {
	{ "text", check_text },
	{ "template", sim_shape_check_template },
	{ "interactive", sim_shape_check_interactive },
	{ "image", check_image },
	{ "video", check_video },
	{ "audio", check_audio },
	{ "document", check_document },
	{ "sticker", check_sticker },
	{ "location", check_location },
	{ "contacts", check_contacts },
	{ "reaction", check_reaction },
};

static bool check_type(const struct json *body, struct sim_send *send, struct sim_problem *p)
{
	const struct json *given = json_get(body, "type");
	struct str word = given ? json_str(given) : STR("text");

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (!str_eq_c(word, types[i].type))
			continue;
		send->type = types[i].type;
		send->object = json_get(body, types[i].type);
		if (!send->object)
			return sim_problem(p, 100, "%s is required.", types[i].type);
		if (json_type(send->object) != JSON_OBJECT && types[i].check != check_contacts)
			return sim_problem(p, 100, "%s must be an object.", types[i].type);
		return types[i].check(send->object, p);
	}
	return sim_problem(p, 100, "type is none of the documented message types.");
}

/* --- around the type ----------------------------------------------------------------------------- */

static bool check_receipt(const struct json *body, struct sim_send *send, struct sim_problem *p)
{
	const struct json *typing = json_get(body, "typing_indicator");

	if (!str_eq_c(json_str(json_get(body, "status")), "read"))
		return sim_problem(p, 100, "status can only be \"read\".");
	if (typing && !str_eq_c(json_str(json_get(typing, "type")), "text"))
		return sim_problem(p, 100, "typing_indicator.type can only be \"text\".");
	if (!sim_shape_text(body, "message_id", "message", 1, ID_LEN_MAX, p))
		return false;
	send->is_read = true;
	send->message_id = json_str(json_get(body, "message_id"));
	return true;
}

static bool is_phone_shaped(struct str to)
{
	size_t digits = 0;

	for (size_t i = 0; i < to.len; i++) {
		bool digit = to.p[i] >= '0' && to.p[i] <= '9';
		if (!digit && !(to.p[i] == '+' && i == 0) && !strchr(" -().", to.p[i]))
			return false;
		if (digit && digits++ == 0 && to.p[i] == '0' && to.p[0] == '+')
			return false;
	}
	return digits >= 5 && digits < SIM_PHONE_MAX;
}

static bool check_recipient(const struct json *body, struct sim_send *send, struct sim_problem *p)
{
	const struct json *type = json_get(body, "recipient_type");

	send->is_group = str_eq_c(json_str(type), "group");
	send->to = json_str(json_get(body, "to"));
	send->recipient = json_str(json_get(body, "recipient"));
	if (type && !send->is_group && !str_eq_c(json_str(type), "individual"))
		return sim_problem(p, 100, "recipient_type can be \"individual\" or \"group\".");
	if (send->to.len == 0 && send->recipient.len == 0)
		return sim_problem(p, 100, "to or recipient is required.");
	if (send->is_group)
		return send->to.len < 128 || sim_problem(p, 100, "to is no group id.");
	if (send->to.len && !is_phone_shaped(send->to))
		return sim_problem(p, 131009, "to is no phone number.");
	if (!send->to.len && !sim_bsuid_is_shaped(send->recipient))
		return sim_problem(p, 131009, "recipient is no business-scoped user id.");
	return true;
}

static bool check_direct(const struct json *body, struct sim_send *send, struct sim_problem *p)
{
	struct str type = json_str(json_get(body, "type"));
	int64_t ttl = FIG_DIRECT_TTL_MIN_S;

	send->category = json_str(json_get(body, "category"));
	send->direct_name = json_str(json_path(body, "direct_send_config.template_name"));
	if (!json_get(body, "category"))
		return true;
	if (!str_eq_c(send->category, "utility") && !str_eq_c(send->category, "authentication"))
		return sim_problem(p, 100, "category can be \"utility\" or \"authentication\".");
	if (type.p && !str_eq_c(type, "text") && !str_eq_c(type, "interactive"))
		return sim_problem(p, 100, "A direct send is text or interactive.");
	if (json_get(body, "message_send_ttl_seconds") &&
	    (!json_int(json_get(body, "message_send_ttl_seconds"), &ttl) ||
		ttl < FIG_DIRECT_TTL_MIN_S || ttl > FIG_DIRECT_TTL_MAX_S))
		return sim_problem(p, 100, "message_send_ttl_seconds must be 30 to 43200.");
	return sim_shape_text(json_get(body, "text"), "body", "text", 0, FIG_DIRECT_BODY, p);
}

static bool check_extras(const struct json *body, struct sim_send *send, struct sim_problem *p)
{
	const struct json *context = json_get(body, "context");

	send->callback_data = json_str(json_get(body, "biz_opaque_callback_data"));
	send->identity_hash = json_str(json_get(body, "recipient_identity_key_hash"));
	if (context && !sim_shape_text(context, "message_id", "context", 1, ID_LEN_MAX, p))
		return false;
	return sim_shape_text(
		   body, "biz_opaque_callback_data", "message", 0, FIG_CALLBACK_DATA, p) &&
	    sim_shape_text(body, "recipient_identity_key_hash", "message", 0, ID_LEN_MAX, p);
}

bool sim_shape_check(const struct json *body, struct sim_send *ret, struct sim_problem *p)
{
	*ret = (struct sim_send){ .type = "" };
	if (json_type(body) != JSON_OBJECT)
		return sim_problem(p, 100, "The body must be a JSON object.");
	if (!str_eq_c(json_str(json_get(body, "messaging_product")), "whatsapp"))
		return sim_problem(p, 100, "messaging_product must be \"whatsapp\".");
	if (json_get(body, "status"))
		return check_receipt(body, ret, p);
	return check_recipient(body, ret, p) && check_type(body, ret, p) &&
	    check_direct(body, ret, p) && check_extras(body, ret, p);
}

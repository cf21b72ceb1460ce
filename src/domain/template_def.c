/* domain/template_def.c: part by part. A definition's part (header, body, offer, cards) is laid beside what the
 * app filled in for it, then each button beside its own; what the definition does not tell is not judged, and
 * where Meta's pages leave open whether a value may be missing, it may: a send that Meta then refuses
 * costs an answer, one that we refuse wrongly costs a message.
 *
 * Cards repeat the whole inside themselves, one level deep. */
#include "domain/template_def.h"

#include <string.h>

#include "base/check.h"
#include "base/lang.h"
#include "domain/message_types.h"
#include "domain/template_fit.h"

/* --- parts ------------------------------------------------------------------------------------ */

typedef bool part_fn(struct fitting *t, const struct json *def, const struct json *sent);

static const struct field_rule coordinates[] = {
	FIELD_MUST("location", OBJECT),
	FIELD_MUST("location.latitude", NUMBER),
	FIELD_MUST("location.longitude", NUMBER),
};

static const struct field_rule product[] = { FIELD_MUST("product", OBJECT) };

static bool header_value_fits(struct fitting *t, const struct json *value, const char *type)
{
	if (strcmp(type, "location") == 0)
		return fields_check(&t->f, value, coordinates, ARRAY_LEN(coordinates), NULL);
	if (strcmp(type, "product") == 0)
		return fields_check(&t->f, value, product, ARRAY_LEN(product), NULL);
	return message_media_check(&t->f, pack_message(t->pack), value, type);
}

/* Exactly one value of the header's own type. */
static bool header_one_fits(struct fitting *t, const struct json *sent, const char *type)
{
	const struct json *values = json_get(sent, "parameters");
	size_t mark;
	bool fine;

	if (json_len(values) == 0)
		return fields_fail(&t->f, sent ? "parameters" : "", template_part_missing);
	if (!template_counts_fit(t, 1, json_len(values)))
		return false;
	mark = fields_enter(&t->f, "parameters[0]", 0);
	fine = template_word_is(json_get(json_at(values, 0), "type"), type) ||
	    fields_fail(&t->f, "type", template_wrong_value);
	fine = fine && header_value_fits(t, json_at(values, 0), type);
	fields_leave(&t->f, mark);
	return fine;
}

static bool header_fits(struct fitting *t, const struct json *def, const struct json *sent)
{
	static const char *const formats[] = { "image", "video", "document", "location",
		"product" };
	const struct json *format = json_get(def, "format"), *text = json_get(def, "text");

	if (json_str(text).p && (!format || template_word_is(format, "text")))
		return template_values_fit(
		    t, json_str(text), json_get(sent, "parameters"), t->figures->header_text_max);
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		if (template_word_is(format, formats[i]))
			return header_one_fits(t, sent, formats[i]);
	}
	return true; /* a format that is not told, or not known to us */
}

static bool body_fits(struct fitting *t, const struct json *def, const struct json *sent)
{
	struct str text = json_str(json_get(def, "text"));

	/* Meta writes the text of one-time codes, and there is one code in it. */
	if (!text.p && t->authentication)
		text = STR("{{1}}");
	return !text.p ||
	    template_values_fit(t, text, json_get(sent, "parameters"), t->figures->body_max);
}

static bool footer_fits(struct fitting *t, const struct json *def, const struct json *sent)
{
	(void)def;
	return json_len(json_get(sent, "parameters")) == 0 ||
	    fields_fail(&t->f, "parameters", template_no_such_part);
}

static const struct field_rule offer[] = {
	FIELD_MUST("limited_time_offer", OBJECT),
	FIELD_MUST("limited_time_offer.expiration_time_ms", INTEGER),
};

static bool offer_fits(struct fitting *t, const struct json *def, const struct json *sent)
{
	const struct json *values = json_get(sent, "parameters");
	bool expires = false;
	size_t mark;
	bool fine;

	if (!json_bool(json_path(def, "limited_time_offer.has_expiration"), &expires) || !expires)
		return true;
	if (json_len(values) == 0)
		return fields_fail(&t->f, sent ? "parameters" : "", template_part_missing);
	mark = fields_enter(&t->f, "parameters[0]", 0);
	fine = template_word_is(json_get(json_at(values, 0), "type"), "limited_time_offer") ||
	    fields_fail(&t->f, "type", template_wrong_value);
	fine = fine && fields_check(&t->f, json_at(values, 0), offer, ARRAY_LEN(offer), NULL);
	fields_leave(&t->f, mark);
	return fine;
}

/* --- cards ------------------------------------------------------------------------------------ */

static bool components_fit(struct fitting *t, const struct json *defs, const struct json *sent);

/* Cards that show products are defined by a sample or two, and any number may be sent. */
static bool cards_vary(const struct json *defs)
{
	const struct json *header = template_component(
	    json_get(json_at(defs, 0), "components"), "HEADER", NULL);

	return template_word_is(json_get(header, "format"), "product");
}

static bool cards_count_fits(struct fitting *t, const struct json *defs, size_t sent)
{
	size_t defined = json_len(defs);

	if (cards_vary(defs) && (int64_t)sent >= t->figures->cards_min &&
	    (int64_t)sent <= t->figures->cards_max)
		return true;
	return sent == defined ||
	    fields_fail_figures(&t->f, "cards", N_("The template has another number of cards."),
		(int64_t)defined, (int64_t)sent);
}

static bool card_fits(
    struct fitting *t, const struct json *defs, const struct json *card, size_t i, uint64_t *given)
{
	int64_t at = template_place(json_get(card, "card_index"), (int64_t)i);
	const struct json *def;

	if (at < 0 || (at >= (int64_t)json_len(defs) && !cards_vary(defs)))
		return fields_fail(
		    &t->f, "card_index", N_("The template has no card at this index."));
	if (at < 64 && *given >> at & 1)
		return fields_fail(&t->f, "card_index", template_given_twice);
	if (at < 64)
		*given |= UINT64_C(1) << at;
	def = json_at(defs, cards_vary(defs) ? 0 : (size_t)at);
	return components_fit(t, json_get(def, "components"), json_get(card, "components"));
}

static bool carousel_fits(struct fitting *t, const struct json *def, const struct json *sent)
{
	const struct json *defs = json_get(def, "cards"), *cards = json_get(sent, "cards"), *card;
	struct json_iter it;
	uint64_t given = 0;
	size_t mark;
	bool fine = true;

	if (json_len(defs) == 0 || t->in_card)
		return true;
	if (json_len(cards) == 0)
		return fields_fail(&t->f, sent ? "cards" : "", template_part_missing);
	if (!cards_count_fits(t, defs, json_len(cards)))
		return false;
	t->in_card = true;
	mark = fields_enter(&t->f, "cards", 0);
	json_iter_init(&it, cards);
	for (size_t i = 0; fine && json_iter_next(&it, NULL, &card); i++) {
		size_t inner = fields_enter(&t->f, NULL, i);

		fine = card_fits(t, defs, card, i, &given);
		fields_leave(&t->f, inner);
	}
	fields_leave(&t->f, mark);
	t->in_card = false;
	return fine;
}

/* --- the whole -------------------------------------------------------------------------------- */

static const struct part {
	const char *name;
	part_fn *fits;
} parts[] = {
	{ "header", header_fits },
	{ "body", body_fits },
	{ "footer", footer_fits },
	{ "limited_time_offer", offer_fits },
	{ "carousel", carousel_fits },
};

/* Sent besides: nothing in a definition says what may stand in them. */
static const char others[] = "button|order_status|tap_target_configuration|call_permission_request";

static const struct part *part_of(const struct json *type)
{
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (template_word_is(type, parts[i].name))
			return &parts[i];
	}
	return NULL;
}

/* The parts of a definition beside what was sent for them. */
struct laid {
	const struct json *def, *given; /* NULL = there is none */
	size_t at;                      /* the place of `given` */
};

/* Of two of a kind the first one counts. */
static void lay_defs(const struct json *defs, struct laid laid[ARRAY_LEN(parts)])
{
	struct json_iter it;
	const struct json *one;

	json_iter_init(&it, defs);
	while (json_iter_next(&it, NULL, &one)) {
		const struct part *part = part_of(json_get(one, "type"));

		if (part && !laid[part - parts].def)
			laid[part - parts].def = one;
	}
}

/* What was sent: every component known, and none twice but buttons. */
static bool lay_sent(struct fitting *t, const struct json *sent, struct laid laid[ARRAY_LEN(parts)])
{
	struct json_iter it;
	const struct json *one;

	json_iter_init(&it, sent);
	for (size_t i = 0; json_iter_next(&it, NULL, &one); i++) {
		const struct json *type = json_get(one, "type");
		const struct part *part = part_of(type);
		struct laid *to = part ? &laid[part - parts] : NULL;
		bool twice = to && to->given;

		if (twice || (!part && !template_word_is(type, others))) {
			size_t mark = fields_enter(&t->f, NULL, i);

			(void)fields_fail(
			    &t->f, "type", twice ? template_given_twice : fields_unknown_value);
			fields_leave(&t->f, mark);
			return false;
		}
		if (to) {
			to->given = one;
			to->at = i;
		}
	}
	return true;
}

static bool part_fits(struct fitting *t, const struct part *part, const struct laid *laid)
{
	const struct json *given = laid->given;
	bool empty = json_len(json_get(given, "parameters")) == 0 &&
	    json_len(json_get(given, "cards")) == 0;
	bool fine = true;
	size_t mark;

	if (!laid->def && empty)
		return true;
	mark = fields_enter(&t->f, given ? NULL : part->name, laid->at);
	if (laid->def)
		fine = part->fits(t, laid->def, given);
	else
		fine = fields_fail(&t->f, "", template_no_such_part);
	fields_leave(&t->f, mark);
	return fine;
}

static bool components_fit(struct fitting *t, const struct json *defs, const struct json *sent)
{
	struct laid laid[ARRAY_LEN(parts)] = { 0 };
	size_t mark = fields_enter(&t->f, "components", 0);
	bool fine = lay_sent(t, sent, laid);

	lay_defs(defs, laid);
	for (size_t i = 0; fine && i < ARRAY_LEN(parts); i++)
		fine = part_fits(t, &parts[i], &laid[i]);
	fine = fine && template_buttons_fit(t, defs, sent);
	fields_leave(&t->f, mark);
	return fine;
}

/* One-time codes show by their button: as it is created, or as Meta lists it later. */
static bool is_authentication(const struct json *defs)
{
	struct json_iter it;
	const struct json *button;

	json_iter_init(&it, json_get(template_component(defs, "BUTTONS", NULL), "buttons"));
	while (json_iter_next(&it, NULL, &button)) {
		if (template_word_is(json_get(button, "type"), "OTP") ||
		    str_starts(
			json_str(json_get(button, "url")), STR("https://www.whatsapp.com/otp/")))
			return true;
	}
	return false;
}

int template_def_check(const struct pack *pack, const struct json *definition,
    const struct message *send, struct err *ret_problem, int64_t *ret_limit, int64_t *ret_got)
{
	struct fitting t = { .pack = pack, .figures = pack_template(pack) };

	if (json_type(definition) != JSON_ARRAY)
		return 1;
	fields_init(&t.f);
	t.authentication = is_authentication(definition);
	(void)fields_enter(&t.f, "template", 0);
	if (components_fit(&t, definition, send->template_components))
		return 1;
	*ret_problem = t.f.problem;
	*ret_limit = t.f.limit;
	*ret_got = t.f.got;
	return 0;
}

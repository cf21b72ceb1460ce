/* domain/template_buttons.c: a button is found by its index; what it takes is a row of the table. */
#include "base/check.h"
#include "base/lang.h"
#include "base/text.h"
#include "domain/template_fit.h"
#include "domain/template_text.h"

enum need {
	NEED_NEVER, /* there is nothing to fill in */
	NEED_MAY,
	NEED_MUST,
	NEED_VARIABLE, /* when its address has a variable */
};

static const struct button_row {
	const char *type;      /* in the definition */
	const char *sub_types; /* in the send */
	enum need need;
	const char *values; /* types of the one value */
} button_rows[] = {
	{ "QUICK_REPLY", "quick_reply", NEED_MAY, "payload|text" },
	{ "URL", "url", NEED_VARIABLE, "text" },
	{ "PHONE_NUMBER", "phone_number|voice_call", NEED_NEVER, "" },
	{ "COPY_CODE", "copy_code", NEED_MUST, "coupon_code" },
	{ "OTP", "url|copy_code|otp", NEED_MUST, "text" },
	{ "FLOW", "flow", NEED_MAY, "action" },
	{ "CATALOG", "catalog", NEED_MAY, "action" },
	{ "MPM", "mpm", NEED_MUST, "action" },
	{ "SPM", "spm", NEED_MAY, "action" },
};

static const struct button_row *button_row(const struct json *button)
{
	for (size_t i = 0; i < ARRAY_LEN(button_rows); i++) {
		if (template_word_is(json_get(button, "type"), button_rows[i].type))
			return &button_rows[i];
	}
	return NULL;
}

static enum need button_need(const struct json *button)
{
	const struct button_row *row = button_row(button);
	struct str url = json_str(json_get(button, "url")), before, name;

	if (!row)
		return NEED_MAY;
	if (row->need != NEED_VARIABLE)
		return row->need;
	if (!url.p)
		return NEED_MAY;
	return template_text_next(&url, &before, &name) ? NEED_MUST : NEED_NEVER;
}

static bool coupon_fits(struct fitting *t, const struct json *value)
{
	struct str code = json_str(json_get(value, "coupon_code"));
	int64_t length = (int64_t)text_code_points(code);

	if (length == 0)
		return fields_fail(&t->f, "coupon_code", template_empty_value);
	return length <= t->figures->copy_code_max ||
	    fields_fail_figures(
		&t->f, "coupon_code", fields_too_long, t->figures->copy_code_max, length);
}

static bool button_value_fits(
    struct fitting *t, const struct button_row *row, const struct json *value)
{
	static const struct field_rule action[] = { FIELD_MUST("action", OBJECT) };
	const struct json *type = json_get(value, "type");
	int64_t length;

	if (!template_word_is(type, row->values))
		return fields_fail(&t->f, "type", template_wrong_value);
	if (template_word_is(type, "text"))
		return template_text_fits(t, value, &length);
	if (template_word_is(type, "coupon_code"))
		return coupon_fits(t, value);
	return !template_word_is(type, "action") || fields_check(&t->f, value, action, 1, NULL);
}

static bool button_fits(struct fitting *t, const struct json *def, const struct json *sent)
{
	const struct button_row *row = button_row(def);
	const struct json *values = json_get(sent, "parameters");
	enum need need = button_need(def);
	size_t mark;
	bool fine;

	if (!row)
		return true;
	if (!template_word_is(json_get(sent, "sub_type"), row->sub_types))
		return fields_fail(&t->f, "sub_type",
		    N_("The template's button at this index is of another type."));
	if (need == NEED_NEVER)
		return json_len(values) == 0 ||
		    fields_fail(&t->f, "parameters", template_no_such_part);
	if (json_len(values) == 0)
		return need == NEED_MAY || fields_fail(&t->f, "parameters", template_part_missing);
	if (!template_counts_fit(t, 1, json_len(values)))
		return false;
	mark = fields_enter(&t->f, "parameters[0]", 0);
	fine = button_value_fits(t, row, json_at(values, 0));
	fields_leave(&t->f, mark);
	return fine;
}

/* One button that was sent; `given` notes which were. */
static bool sent_button_fits(
    struct fitting *t, const struct json *buttons, const struct json *sent, uint64_t *given)
{
	int64_t at = template_place(json_get(sent, "index"), 0);

	if (at < 0 || at >= (int64_t)json_len(buttons))
		return fields_fail(&t->f, "index", N_("The template has no button at this index."));
	if (at < 64 && *given >> at & 1)
		return fields_fail(&t->f, "index", template_given_twice);
	if (at < 64)
		*given |= UINT64_C(1) << at;
	return button_fits(t, json_at(buttons, (size_t)at), sent);
}

static bool buttons_given(struct fitting *t, const struct json *buttons, uint64_t given)
{
	struct json_iter it;
	const struct json *button;

	json_iter_init(&it, buttons);
	for (size_t i = 0; i < 64 && json_iter_next(&it, NULL, &button); i++) {
		size_t mark, inner;

		if (given >> i & 1 || button_need(button) != NEED_MUST)
			continue;
		mark = fields_enter(&t->f, "button", 0);
		inner = fields_enter(&t->f, NULL, i);
		(void)fields_fail(&t->f, "", template_part_missing);
		fields_leave(&t->f, inner);
		fields_leave(&t->f, mark);
		return false;
	}
	return true;
}

bool template_buttons_fit(struct fitting *t, const struct json *defs, const struct json *sent)
{
	const struct json *buttons = json_get(template_component(defs, "BUTTONS", NULL), "buttons"),
			  *one;
	struct json_iter it;
	uint64_t given = 0;

	json_iter_init(&it, sent);
	for (size_t i = 0; json_iter_next(&it, NULL, &one); i++) {
		size_t mark;
		bool fine;

		if (!template_word_is(json_get(one, "type"), "button"))
			continue;
		mark = fields_enter(&t->f, NULL, i);
		fine = sent_button_fits(t, buttons, one, &given);
		fields_leave(&t->f, mark);
		if (!fine)
			return false;
	}
	return buttons_given(t, buttons, given);
}

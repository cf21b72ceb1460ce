/* domain/template_lint_buttons.c: a row for each type of button, then what they may be together. */
#include <string.h>

#include "base/lang.h"
#include "base/text.h"
#include "domain/template_fit.h"
#include "domain/template_lint.h"
#include "domain/template_text.h"

static const struct field_rule with_text[] = { MUST("text", TEXT, .max = T(button_text_max)) };
static const struct field_rule may_have_text[] = { MAY("text", TEXT, .max = T(button_text_max)) };
static const struct field_rule with_url[] = {
	MUST("text", TEXT, .max = T(button_text_max)),
	MUST("url", TEXT, .max = T(url_max)),
};
static const struct field_rule with_phone[] = {
	MUST("text", TEXT, .max = T(button_text_max)),
	MUST("phone_number", TEXT, .max = T(phone_max)),
};
static const struct field_rule with_otp[] = {
	MUST("otp_type", TEXT),
	MAY("text", TEXT, .max = T(button_text_max)),
};

/* One variable, and only at the end. */
static void check_url(struct lint *l, const struct json *button)
{
	struct str rest = json_str(json_get(button, "url")), before, name;

	if (!template_text_next(&rest, &before, &name))
		return;
	if (rest.len > 0 || before.len == 0)
		lint_fault(l, LINT_BUTTON_VARIABLE, "url");
	if (json_len(json_get(button, "example")) == 0 &&
	    json_str(json_get(button, "example")).len == 0)
		lint_fault(l, LINT_VARIABLE_EXAMPLE, "example");
}

static void check_coupon(struct lint *l, const struct json *button)
{
	const struct json *example = json_get(button, "example");
	struct str code = json_str(
	    json_type(example) == JSON_ARRAY ? json_at(example, 0) : example);
	int64_t length = (int64_t)text_code_points(code);

	if (length == 0)
		lint_fault(l, LINT_VARIABLE_EXAMPLE, "example");
	else if (length > l->figures->copy_code_max)
		lint_fault_figures(l, LINT_LENGTH, "example", l->figures->copy_code_max, length);
}

static void check_otp(struct lint *l, const struct json *button)
{
	if (!template_word_is(json_get(button, "otp_type"), "COPY_CODE|ONE_TAP|ZERO_TAP"))
		lint_unknown_value(l, "otp_type");
}

static const struct kind_row {
	const char *type;
	const struct field_rule *fields;
	size_t fields_len;
	lint_fn *check;
	size_t max;          /* how many of them; 0 = as many as there may be buttons */
	unsigned categories; /* PURPOSE_BITs; 0 = any but authentication */
} kinds[] = {
	{ "QUICK_REPLY", ROWS(with_text), NULL, T(quick_reply_max), 0 },
	{ "URL", ROWS(with_url), check_url, T(url_buttons_max), 0 },
	{ "PHONE_NUMBER", ROWS(with_phone), NULL, T(phone_buttons_max), 0 },
	{ "COPY_CODE", ROWS(may_have_text), check_coupon, T(copy_code_buttons_max),
	    PURPOSE_BIT(PURPOSE_MARKETING) },
	{ "OTP", ROWS(with_otp), check_otp, 0, PURPOSE_BIT(PURPOSE_AUTHENTICATION) },
	{ "FLOW", ROWS(with_text), NULL, 0, 0 },
	{ "CATALOG", ROWS(may_have_text), NULL, 0, 0 },
	{ "MPM", ROWS(may_have_text), NULL, 0, 0 },
	{ "SPM", ROWS(may_have_text), NULL, 0, 0 },
	{ "VOICE_CALL", ROWS(may_have_text), NULL, 0, 0 },
	{ "CALL_PERMISSION_REQUEST", ROWS(may_have_text), NULL, 0, 0 },
	{ "REQUEST_CONTACT_INFO", ROWS(may_have_text), NULL, 0, 0 },
};

static const struct kind_row *kind_of(const struct json *button)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (template_word_is(json_get(button, "type"), kinds[i].type))
			return &kinds[i];
	}
	return NULL;
}

/* Among those that Graph lists, the button of a one-time code is an address of WhatsApp's own. */
static bool is_code_button(const struct lint *l, const struct kind_row *row)
{
	return l->recorded && l->category == PURPOSE_AUTHENTICATION && row == &kinds[1];
}

static void lint_button(struct lint *l, const struct json *button)
{
	static const struct field_rule shape[] = { MUST("type", TEXT) };
	const struct kind_row *row = kind_of(button);

	if (json_type(button) != JSON_OBJECT) {
		lint_not_an_object(l);
		return;
	}
	if (!lint_rows(l, button, ROWS(shape)))
		return;
	if (!row) {
		advise_unknown(l, "type");
		return;
	}
	if (is_code_button(l, row))
		return;
	if (!lint_category_has(l, row->categories))
		lint_fault(l, LINT_NOT_IN_CATEGORY, "type");
	if (!lint_rows(l, button, row->fields, row->fields_len))
		return;
	if (row->check)
		row->check(l, button);
	advise_button(l, button);
}

/* How many of each type, and quick replies all together. */
static void check_button_counts(struct lint *l, const struct json *buttons)
{
	int64_t counts[ARRAY_LEN(kinds)] = { 0 };
	struct json_iter it;
	const struct json *button;
	const struct kind_row *last = NULL, *row;
	int runs = 0;

	json_iter_init(&it, buttons);
	for (; json_iter_next(&it, NULL, &button); last = row) {
		row = kind_of(button);
		runs += row == &kinds[0] && last != row;
		if (row)
			counts[row - kinds]++;
	}
	if (runs > 1)
		lint_fault(l, LINT_BUTTON_APART, "buttons");
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		int64_t max = INT64_MAX;

		if (kinds[i].max)
			memcpy(&max, (const char *)l->figures + kinds[i].max - 1, sizeof(max));
		if (counts[i] > max)
			lint_fault_figures(l, LINT_BUTTON_COUNT, "buttons", max, counts[i]);
	}
}

static const struct field_rule buttons_shape[] = {
	MUST("buttons", LIST, .max = T(buttons_max)),
};

void lint_buttons(struct lint *l, const struct json *component)
{
	const struct json *buttons = json_get(component, "buttons");

	if (!lint_rows(l, component, ROWS(buttons_shape)))
		return;
	lint_each(l, "buttons", buttons, lint_button);
	check_button_counts(l, buttons);
}

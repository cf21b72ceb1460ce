#include "domain/content_message.h"

#include "base/check.h"
#include "domain/content_private.h"
#include "domain/template_fit.h"
#include "domain/template_text.h"

#define DEPTH_MAX 8

/* --- free text -------------------------------------------------------------------------------- */

static bool is_text_member(struct str key)
{
	static const char *const keys[] = { "body", "text", "caption", "title", "description",
		"display_text", "flow_cta", "button", "url", "fallback_value" };

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		if (str_eq_c(key, keys[i]))
			return true;
	}
	return false;
}

static void add_line(struct buf *out, struct str s)
{
	if (s.len == 0)
		return;
	buf_add(out, s);
	buf_add_char(out, '\n');
}

static void add_members(struct buf *out, const struct json *v, int depth)
{
	struct json_iter it;
	struct str key = STR_NONE;
	const struct json *member;

	if (depth == DEPTH_MAX || (json_type(v) != JSON_OBJECT && json_type(v) != JSON_ARRAY))
		return;
	bool object = json_type(v) == JSON_OBJECT;
	json_iter_init(&it, v);
	while (json_iter_next(&it, object ? &key : NULL, &member)) {
		if (json_type(member) != JSON_STRING)
			add_members(out, member, depth + 1);
		else if (object && is_text_member(key))
			add_line(out, json_str(member));
	}
}

/* --- templates -------------------------------------------------------------------------------- */

static struct str value_text(const struct json *value)
{
	struct str type = json_str(json_get(value, "type"));

	if (type.len > 0 && !str_eq_nocase(type, STR("text")))
		return json_str(json_get(json_member(value, type), "fallback_value"));
	return json_str(json_get(value, "text"));
}

/* What the send puts into a variable; p NULL = nothing. */
static struct str value_of(
    const struct template_variables *vars, struct str name, const struct json *values)
{
	struct json_iter it;
	const struct json *value;
	int at = template_variables_find(vars, name);

	if (!vars->named)
		return at < 0 ? STR_NONE : value_text(json_at(values, (size_t)at));
	json_iter_init(&it, values);
	while (json_iter_next(&it, NULL, &value)) {
		if (str_eq(json_str(json_get(value, "parameter_name")), name))
			return value_text(value);
	}
	return STR_NONE;
}

static void add_filled(struct buf *out, struct str text, const struct json *values)
{
	struct template_variables vars;
	struct str rest = text, before, name;

	template_variables_read(text, &vars);
	while (template_text_next(&rest, &before, &name)) {
		struct str value = value_of(&vars, name, values);

		buf_add(out, before);
		if (value.p)
			buf_add(out, value);
		else
			buf_addf(out, "{{%.*s}}", STR_ARG(name));
	}
	buf_add(out, before);
	buf_add_char(out, '\n');
}

/* The values that were sent for a button. */
static const struct json *button_values(const struct json *sent, size_t index)
{
	struct json_iter it;
	const struct json *one;

	json_iter_init(&it, sent);
	while (json_iter_next(&it, NULL, &one)) {
		if (template_word_is(json_get(one, "type"), "button") &&
		    template_place(json_get(one, "index"), 0) == (int64_t)index)
			return json_get(one, "parameters");
	}
	return NULL;
}

static void add_buttons(struct content_text *t, const struct json *buttons, const struct json *sent)
{
	struct json_iter it;
	const struct json *one;
	size_t index = 0;

	json_iter_init(&it, buttons);
	while (json_iter_next(&it, NULL, &one)) {
		struct str text = json_str(json_get(one, "text"));
		struct str url = json_str(json_get(one, "url"));

		add_line(&t->whole, text);
		if (template_word_is(json_get(one, "type"), "QUICK_REPLY"))
			add_line(&t->buttons, text);
		if (url.len > 0)
			add_filled(&t->whole, url, button_values(sent, index));
		index++;
	}
}

static void add_components(
    struct content_text *t, const struct json *components, const struct json *sent, int depth);

static void add_cards(
    struct content_text *t, const struct json *cards, const struct json *sent, int depth)
{
	const struct json *sent_cards = json_get(
	    template_component(sent, "CAROUSEL", NULL), "cards");
	struct json_iter it;
	const struct json *card;
	size_t i = 0;

	json_iter_init(&it, cards);
	for (; json_iter_next(&it, NULL, &card); i++)
		add_components(t, json_get(card, "components"),
		    json_get(json_at(sent_cards, i), "components"), depth + 1);
}

static void add_components(
    struct content_text *t, const struct json *components, const struct json *sent, int depth)
{
	struct json_iter it;
	const struct json *one;

	if (depth > 1)
		return;
	json_iter_init(&it, components);
	while (json_iter_next(&it, NULL, &one)) {
		char type[32] = "";
		struct str text = json_str(json_get(one, "text"));

		if (str_to_c(json_str(json_get(one, "type")), type, sizeof(type)) < 0)
			continue;
		const struct json *filled = json_get(
		    type[0] ? template_component(sent, type, NULL) : NULL, "parameters");
		if (text.len > 0)
			add_filled(&t->whole, text, filled);
		add_line(&t->whole, json_str(json_path(one, "limited_time_offer.text")));
		add_buttons(t, json_get(one, "buttons"), sent);
		add_cards(t, json_get(one, "cards"), sent, depth);
	}
}

/* --- the whole -------------------------------------------------------------------------------- */

void content_text_init(struct content_text *t)
{
	buf_init(&t->text, 0);
	buf_init(&t->buttons, 0);
	buf_init(&t->whole, 0);
	t->links_len = 0;
}

static void text_reset(struct content_text *t)
{
	buf_reset(&t->text);
	buf_reset(&t->buttons);
	buf_reset(&t->whole);
	t->links_len = 0;
}

void content_text_done(struct content_text *t)
{
	buf_done(&t->text);
	buf_done(&t->buttons);
	buf_done(&t->whole);
}

/* Hosts and paths are no words of the text: a shop may be called as it likes. */
static int take_links(const struct content *c, struct content_text *t)
{
	struct str rest = buf_str(&t->whole), before = STR_NONE;
	struct content_link link;

	if (t->whole.failed || t->buttons.failed)
		return -E_NOMEM;
	if (t->whole.len > CONTENT_BYTES_MAX)
		return -E_TOO_LARGE;
	while (rest.len > 0 && content_link_next(c, &rest, &before, &link)) {
		buf_add(&t->text, before);
		buf_add_char(&t->text, ' ');
		if (t->links_len < CONTENT_LINKS_MAX)
			t->links[t->links_len++] = link;
		else if (link.fault > t->links[CONTENT_LINKS_MAX - 1].fault)
			t->links[CONTENT_LINKS_MAX - 1] = link;
		before = STR_NONE;
	}
	buf_add(&t->text, before);
	return t->text.failed ? -E_NOMEM : 0;
}

int content_of_message(const struct content *c, const struct message *send,
    const struct json *components, struct content_text *ret)
{
	if (send->kind == MESSAGE_TEMPLATE && components)
		add_components(ret, components, send->template_components, 0);
	else if (send->kind == MESSAGE_TEMPLATE)
		add_members(&ret->whole, send->template_components, 0);
	else if ((send->kind == MESSAGE_FREE_FORM || send->kind == MESSAGE_DIRECT) && send->type.p)
		add_members(&ret->whole, json_member(send->body, send->type), 0);
	return take_links(c, ret);
}

int content_of_template(
    const struct content *c, const struct json *components, struct content_text *ret)
{
	add_components(ret, components, NULL, 0);
	return take_links(c, ret);
}

int content_of_text(const struct content *c, struct str text, struct content_text *ret)
{
	add_line(&ret->whole, text);
	return take_links(c, ret);
}

/* --- one after the other ---------------------------------------------------------------------- */

static struct content_seen *seen_new(void)
{
	struct content_seen *s = mem_alloc(sizeof(*s));

	if (s) {
		content_text_init(&s->text);
		content_reading_init(&s->reading);
	}
	return s;
}

struct content_seen *content_seen_take(
    const struct content *c, const struct message *send, const struct json *components)
{
	struct content_seen *s = NULL;

	for (size_t i = 0; !s && i < CONTENT_SPARE; i++)
		s = atomic_exchange(&c->spare->places[i], NULL);
	s = s ? s : seen_new();
	if (!s)
		return NULL;
	text_reset(&s->text);
	s->rc = content_of_message(c, send, components, &s->text);
	if (s->rc == 0)
		s->rc = content_read(c, buf_str(&s->text.text), &s->reading, NULL);
	return s;
}

void content_seen_give(const struct content *c, struct content_seen *s)
{
	for (size_t i = 0; s && i < CONTENT_SPARE; i++)
		s = atomic_exchange(&c->spare->places[i], s);
	content_seen_free(s);
}

bool content_is_plain(
    const struct content *c, const struct message *send, const struct json *components)
{
	struct content_seen *s = content_seen_take(c, send, components);
	bool plain = s && s->rc == 0 && s->reading.terms == 0;

	for (size_t i = 0; plain && i < s->text.links_len; i++)
		plain = s->text.links[i].fault == LINK_FINE;
	content_seen_give(c, s);
	return plain;
}

void content_seen_free(struct content_seen *s)
{
	if (!s)
		return;
	content_text_done(&s->text);
	content_reading_done(&s->reading);
	mem_free(s);
}

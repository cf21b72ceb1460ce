#include "domain/trigger_text.h"

#include "base/json_pointer.h"
#include "base/lang.h"

#define EXACT_END \
	18446744073709549568.0 /* whole numbers beyond 64 bits are read as the double nearest to them */

/* Does a place begin here. */
static bool begins(struct str rest)
{
	return rest.len > 1 && rest.p[0] == '{' && (rest.p[1] == '/' || rest.p[1] == '@');
}

/* *rest begins with one, and is what is behind it then; false when it is not closed. */
static bool take_place(struct str *rest, struct trigger_place *ret)
{
	struct str inner = str_sub(*rest, 1, rest->len);
	struct str all = str_cut(&inner, '}');

	if (!inner.p)
		return false;
	*rest = inner;
	ret->source = str_cut(&all, '|');
	ret->words = all;
	return true;
}

static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-')
			return false;
	}
	return s.len > 0;
}

static bool is_source(struct str s)
{
	return s.p[0] == '@' ? is_name(str_sub(s, 1, s.len)) : json_pointer_is_valid(s);
}

/* --- checking --------------------------------------------------------------------------------- */

int trigger_text_check(struct str text, const char *field, struct err *err)
{
	struct trigger_place p = { .words = STR_NONE };

	while (text.len) {
		if (!begins(text)) {
			text = str_sub(text, 1, text.len);
			continue;
		}
		if (!take_place(&text, &p))
			return err_field(err, E_INVALID, field,
			    N_("A place that begins with \"{\" and a pointer has no \"}\"."));
		if (!is_source(p.source))
			return err_field(err, E_INVALID, field,
			    N_("A place must be a JSON pointer, as in {/order/id}, or a header's name"
			       " in lower case, as in {@x-event-id}."));
	}
	return 0;
}

bool trigger_text_has_places(struct str text)
{
	while (text.len && !begins(text))
		text = str_sub(text, 1, text.len);
	return text.len > 0;
}

bool trigger_text_next(struct str *rest, struct trigger_place *ret)
{
	while (rest->len) {
		if (begins(*rest) && take_place(rest, ret))
			return true;
		*rest = str_sub(*rest, 1, rest->len);
	}
	return false;
}

/* --- filling ---------------------------------------------------------------------------------- */

static int scalar(struct arena *a, const struct json *v, struct str *ret)
{
	struct buf out;

	buf_init(&out, 0);
	json_print(&out, v);
	*ret = out.failed ? STR_NONE : arena_str(a, buf_str(&out));
	buf_done(&out);
	return ret->p ? 0 : -E_NOMEM;
}

/* Larger ones lose digits where they are read: two ids of 20 digits would be one. */
static bool is_as_written(const struct json *v)
{
	double number = 0;

	return json_type(v) == JSON_INT ||
	    (json_real(v, &number) && number > -EXACT_END && number < EXACT_END);
}

int trigger_value(struct arena *a, const struct json *event, struct str pointer, struct str *ret)
{
	const struct json *v = json_pointer(event, pointer);

	*ret = STR_NONE;
	switch (json_type(v)) {
	case JSON_STRING:
		*ret = str_trim(json_str(v));
		if (ret->len == 0)
			*ret = STR_NONE;
		return 0;
	case JSON_INT:
	case JSON_REAL:
		return is_as_written(v) ? scalar(a, v, ret) : 0;
	default:
		return 0;
	}
}

static struct str extra(const struct trigger_input *in, struct str name)
{
	for (size_t i = 0; i < in->extras_len; i++) {
		if (str_eq(in->extras[i].name, name) && in->extras[i].value.len)
			return in->extras[i].value;
	}
	return STR_NONE;
}

static int fill_place(
    struct arena *a, const struct trigger_place *p, const struct trigger_input *in, struct str *ret)
{
	int r = 0;

	if (!in) {
		*ret = STR("1");
		return 1;
	}
	if (p->source.p[0] == '@')
		*ret = extra(in, str_sub(p->source, 1, p->source.len));
	else
		r = trigger_value(a, in->event, p->source, ret);
	if (r == 0 && !ret->p)
		*ret = p->words;
	return r < 0 ? r : ret->p != NULL;
}

/* 1, or what fill_place said. */
static int add_places(struct arena *a, struct str text, const struct trigger_input *in,
    struct buf *out, struct str *ret_missing)
{
	struct trigger_place p = { .words = STR_NONE };
	struct str value;

	while (text.len) {
		if (!begins(text) || !take_place(&text, &p)) {
			buf_add_char(out, text.p[0]);
			text = str_sub(text, 1, text.len);
			continue;
		}
		int r = fill_place(a, &p, in, &value);
		if (r == 0)
			*ret_missing = p.source;
		if (r <= 0)
			return r;
		buf_add(out, value);
	}
	return 1;
}

int trigger_text_fill(struct arena *a, struct str text, const struct trigger_input *in,
    struct str *ret, struct str *ret_missing)
{
	struct buf out;

	buf_init(&out, 0);
	int r = add_places(a, text, in, &out, ret_missing);
	if (r > 0) {
		*ret = out.failed ? STR_NONE : arena_str(a, buf_str(&out));
		r = ret->p ? 1 : -E_NOMEM;
	}
	buf_done(&out);
	return r;
}

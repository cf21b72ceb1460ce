/* The parser bounds how deep a document is, so that going down needs no bound of its own. */
#include "domain/template_parts.h"

struct walk {
	struct arena *a;
	struct template_part *items;
	size_t len;
};

static int put_plain(struct walk *w, struct str place, const struct json *v)
{
	struct str text = json_str(v);
	struct buf out;

	if (!text.p) {
		buf_init(&out, 0);
		json_print(&out, v);
		text = out.failed ? STR_NONE : arena_str(w->a, buf_str(&out));
		buf_done(&out);
	}
	w->items[w->len++] = (struct template_part){ place, text };
	return text.p ? 0 : -E_NOMEM;
}

static int go(struct walk *w, struct str place, const struct json *v);

static int go_object(struct walk *w, struct str place, const struct json *v)
{
	struct json_iter it;
	const struct json *value;
	struct str key;
	int r = 0;

	json_iter_init(&it, v);
	while (r == 0 && json_iter_next(&it, &key, &value)) {
		struct str at = arena_printf(w->a, "%.*s.%.*s", STR_ARG(place), STR_ARG(key));
		r = at.p ? go(w, at, value) : -E_NOMEM;
	}
	return r;
}

static int go_array(struct walk *w, struct str place, const struct json *v)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < json_len(v); i++) {
		struct str at = arena_printf(w->a, "%.*s[%zu]", STR_ARG(place), i);
		r = at.p ? go(w, at, json_at(v, i)) : -E_NOMEM;
	}
	return r;
}

static int go(struct walk *w, struct str place, const struct json *v)
{
	if (w->len == TEMPLATE_PARTS_MAX)
		return 0;
	if (json_type(v) == JSON_OBJECT)
		return go_object(w, place, v);
	return json_type(v) == JSON_ARRAY ? go_array(w, place, v) : put_plain(w, place, v);
}

int template_parts(
    struct arena *a, const struct json *components, struct template_part **ret, size_t *ret_len)
{
	struct walk w = { .a = a,
		.items = ARENA_ARRAY(a, struct template_part, TEMPLATE_PARTS_MAX) };
	int r = w.items ? 0 : -E_NOMEM;

	for (size_t i = 0; r == 0 && i < json_len(components); i++) {
		const struct json *one = json_at(components, i);
		struct str type = json_str(json_get(one, "type"));
		r = go(&w, type.len ? type : STR("?"), one);
	}
	if (r < 0)
		return r;
	*ret = w.items;
	*ret_len = w.len;
	return 0;
}

const struct template_part *template_parts_find(
    const struct template_part *parts, size_t len, struct str place)
{
	for (size_t i = 0; i < len; i++) {
		if (str_eq(parts[i].place, place))
			return &parts[i];
	}
	return NULL;
}

/* What became other in the text of a template: the one of now against the one before it, or any two of those
 * that are kept. On the pool: texts are compared word by word. */
#include "apps/gateway/api_template.h"

#include "base/check.h"
#include "base/words_diff.h"
#include "domain/template.h"
#include "domain/template_former.h"
#include "domain/template_parts.h"

struct side {
	const struct template_former *text; /* NULL = there is none */
	struct template_part *parts;
	size_t len;
};

static int no_memory(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
}

/* Which text `field` names, else items[otherwise]. */
static int choose(struct api_call *c, const char *field, const struct template_former *items,
    size_t len, size_t otherwise, struct side *ret, struct err *err)
{
	struct str wanted = api_value(c, field)->given ? api_text(c, field) : STR_NONE;

	if (!wanted.len) {
		ret->text = otherwise < len ? &items[otherwise] : NULL;
		return 0;
	}
	for (size_t i = 0; i < len; i++) {
		if (str_eq(items[i].content, wanted)) {
			ret->text = &items[i];
			return 0;
		}
	}
	return api_err(c, err, E_NOT_FOUND, field, N_("No text of that digest is kept."));
}

static int read_side(struct api_call *c, struct side *s, struct err *err)
{
	const struct json *doc = NULL;

	if (!s->text)
		return 0;
	int r = json_read(c->arena, s->text->components, &doc, err);
	if (r == 0 && template_parts(c->arena, doc, &s->parts, &s->len) < 0)
		r = no_memory(c, err);
	return r;
}

/* --- the answer ------------------------------------------------------------------------------- */

static void write_text(struct api_call *c, const struct template_former *t)
{
	if (!t) {
		jw_null(&c->w);
		return;
	}
	jw_object(&c->w);
	jw_member_str(&c->w, "content", t->content);
	jw_member_time(&c->w, "until", t->until);
	jw_object_end(&c->w);
}

static int write_pieces(struct api_call *c, struct str before, struct str after, struct err *err)
{
	static const char *const kinds[] = {
		[WORDS_SAME] = "same",
		[WORDS_GONE] = "gone",
		[WORDS_NEW] = "new",
	};
	struct words_piece *pieces = NULL;
	size_t n = 0;

	if (words_diff(c->arena, before, after, &pieces, &n) < 0)
		return no_memory(c, err);
	jw_key(&c->w, "pieces");
	jw_array(&c->w);
	for (size_t i = 0; i < n; i++) {
		jw_object(&c->w);
		jw_member_c(&c->w, "kind", kinds[pieces[i].kind]);
		jw_member_str(&c->w, "text", pieces[i].text);
		jw_object_end(&c->w);
	}
	jw_array_end(&c->w);
	return 0;
}

/* One of the two may be NULL. */
static int write_part(struct api_call *c, struct str place, const struct template_part *before,
    const struct template_part *after, struct err *err)
{
	struct str x = before ? before->text : STR_NONE, y = after ? after->text : STR_NONE;

	if (before && after && str_eq(x, y))
		return 0;
	jw_object(&c->w);
	jw_member_str(&c->w, "place", place);
	jw_member_str(&c->w, "before", x);
	jw_member_str(&c->w, "after", y);
	int r = write_pieces(c, x, y, err);
	jw_object_end(&c->w);
	return r;
}

static int write_parts(
    struct api_call *c, const struct side *from, const struct side *to, struct err *err)
{
	int r = 0;

	jw_key(&c->w, "parts");
	jw_array(&c->w);
	for (size_t i = 0; r == 0 && from->text && i < to->len; i++) {
		const struct template_part *x = &to->parts[i];
		r = write_part(
		    c, x->place, template_parts_find(from->parts, from->len, x->place), x, err);
	}
	for (size_t i = 0; r == 0 && i < from->len; i++) {
		const struct template_part *x = &from->parts[i];
		if (!template_parts_find(to->parts, to->len, x->place))
			r = write_part(c, x->place, x, NULL, err);
	}
	jw_array_end(&c->w);
	return r;
}

static int write_diff(struct api_call *c, const struct template_former *items, size_t len,
    const struct side *from, const struct side *to, struct err *err)
{
	jw_object(&c->w);
	jw_key(&c->w, "from");
	write_text(c, from->text);
	jw_key(&c->w, "to");
	write_text(c, to->text);
	int r = write_parts(c, from, to, err);
	jw_key(&c->w, "texts");
	jw_array(&c->w);
	for (size_t i = 0; i < len; i++)
		write_text(c, &items[i]);
	jw_array_end(&c->w);
	jw_object_end(&c->w);
	return r;
}

/* --- the whole -------------------------------------------------------------------------------- */

static int diff_on_pool(struct api_call *c, struct store_conn *conn, struct err *err)
{
	const struct template_key key = { api_text(c, "waba"), api_text(c, "name"),
		api_text(c, "language") };
	struct template_former *items = NULL;
	struct side from = { 0 }, to = { 0 };
	size_t n = 0;
	int there = template_is_known(conn, key.waba, key.name, key.language, err);

	if (there <= 0)
		return there < 0
		    ? there
		    : api_err(c, err, E_NOT_FOUND, "name", N_("There is no such template."));
	int r = template_former_list(conn, &key, c->arena, &items, &n, err);
	if (r == 0)
		r = choose(c, "to", items, n, 0, &to, err);
	if (r == 0)
		r = choose(c, "from", items, n, 1, &from, err);
	if (r == 0)
		r = read_side(c, &from, err);
	if (r == 0)
		r = read_side(c, &to, err);
	return r < 0 ? r : write_diff(c, items, n, &from, &to, err);
}

void api_template_diff_start(struct api_call *c)
{
	api_work(c, diff_on_pool);
}

/* Definitions come in Graph's shape, one or several at once, and go out in it again. */
#include "apps/gateway/api.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "domain/template.h"
#include "domain/template_def.h"

static int no_memory(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
}

static int unknown(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOT_FOUND, "name", N_("There is no such template."));
}

/* --- definitions ------------------------------------------------------------------------------ */

/* What `file` holds, as JSON: an object, or an array of objects. */
struct definitions {
	const struct json *doc;
	size_t len;
	bool many;
};

static const struct json *definition_at(const struct definitions *d, size_t i)
{
	return d->many ? json_at(d->doc, i) : d->doc;
}

/* "components" of the third definition is "file[2].components". */
static void set_place(const struct definitions *d, size_t i, struct err *err)
{
	char field[sizeof(err->field)];

	if (str_eq_c(STR("waba"), err->field))
		return;
	memcpy(field, err->field, sizeof(field));
	if (d->many)
		(void)snprintf(err->field, sizeof(err->field), "file[%zu]%s%.60s", i,
		    field[0] ? "." : "", field);
	else
		(void)snprintf(
		    err->field, sizeof(err->field), "file%s%.60s", field[0] ? "." : "", field);
}

static int read_doc(
    struct api_call *c, const struct api_value *v, const struct json **ret, struct err *err)
{
	struct err why = { 0 };

	*ret = v->json;
	if (v->json)
		return 0;
	int r = json_read(c->arena, v->text, ret, &why);
	if (r == -E_NOMEM)
		return no_memory(c, err);
	if (r < 0)
		return api_err(c, err, E_INVALID, "file", N_("\"file\" is not JSON: %s"), why.text);
	return 0;
}

static int check_objects(struct api_call *c, struct definitions *d, struct err *err)
{
	for (size_t i = 0; i < d->len; i++) {
		if (json_type(definition_at(d, i)) == JSON_OBJECT)
			continue;
		(void)api_err(
		    c, err, E_INVALID, "", N_("A definition of a template must be a JSON object."));
		set_place(d, i, err);
		return -E_INVALID;
	}
	return 0;
}

/* Into c->state. */
static int read_definitions(struct api_call *c, struct err *err)
{
	struct definitions *d = ARENA_NEW(c->arena, struct definitions);
	const struct json *doc;

	if (!d)
		return no_memory(c, err);
	int r = read_doc(c, api_value(c, "file"), &doc, err);
	if (r < 0)
		return r;
	d->doc = doc;
	d->many = json_type(doc) == JSON_ARRAY;
	d->len = d->many ? json_len(doc) : 1;
	c->state = d;
	if (d->len == 0)
		return api_err(c, err, E_INVALID, "file", N_("\"file\" holds no definition."));
	return check_objects(c, d, err);
}

/* --- adding ----------------------------------------------------------------------------------- */

static int add_templates(struct api_call *c, struct store_conn *conn, struct err *err)
{
	const struct definitions *d = c->state;
	time_ms now = clock_now();
	bool created;
	int r = 0;

	for (size_t i = 0; r == 0 && i < d->len; i++) {
		r = template_put(
		    conn, api_text(c, "waba"), definition_at(d, i), false, now, &created, err);
		if (r < 0 && err)
			set_place(d, i, err);
	}
	if (r == 0)
		core_directory_changed(c->gate->lane->core);
	return r;
}

/* --- writing ---------------------------------------------------------------------------------- */

/* As Meta spells it. */
static void write_category(struct json_writer *w, const char *key, enum purpose p)
{
	char text[24];
	size_t len = 0;

	for (const char *name = purpose_name(p); *name && len < sizeof(text) - 1; name++)
		text[len++] = (char)toupper((unsigned char)*name);
	text[len] = '\0';
	jw_member_c(w, key, len ? text : NULL);
}

static void write_word(struct json_writer *w, const char *key, struct str word)
{
	jw_member_str(w, key, word.len ? word : STR_NONE);
}

static void write_template(struct json_writer *w, const struct dir_template *t)
{
	jw_object(w);
	jw_member_str(w, "waba", t->waba);
	write_word(w, "id", t->meta_id);
	jw_member_str(w, "name", t->name);
	jw_member_str(w, "language", t->language);
	write_category(w, "category", t->category);
	write_category(w, "correct_category", t->correct_category);
	jw_member_time(w, "category_change_at", t->category_change_at);
	jw_member_str(w, "status", t->status);
	write_word(w, "quality", t->quality);
	jw_member_time(w, "paused_until", t->paused_until);
	write_word(w, "parameter_format", t->parameter_format);
	jw_key(w, "components");
	if (t->components)
		jw_value(w, t->components);
	else
		jw_null(w);
	jw_object_end(w);
}

static int answer_one(
    struct api_call *c, struct str waba, struct str name, struct str language, struct err *err)
{
	const struct dir_template *t = directory_template(
	    lane_directory(c->gate->lane), waba, name, language);

	if (!t)
		return unknown(c, err);
	write_template(&c->w, t);
	return 0;
}

static int answer_definition(struct api_call *c, const struct json *definition, struct err *err)
{
	return answer_one(c, api_text(c, "waba"), json_str(json_get(definition, "name")),
	    json_str(json_get(definition, "language")), err);
}

static int show_added(struct api_call *c, struct err *err)
{
	const struct definitions *d = c->state;
	int r = 0;

	if (!d->many)
		return answer_definition(c, d->doc, err);
	api_list_open(c);
	for (size_t i = 0; r == 0 && i < d->len; i++)
		r = answer_definition(c, definition_at(d, i), err);
	api_list_close(c, STR_NONE);
	return r;
}

static int show_template(struct api_call *c, struct err *err)
{
	return answer_one(
	    c, api_text(c, "waba"), api_text(c, "name"), api_text(c, "language"), err);
}

/* A blank is below everything that the three parts may hold, so these keys are in the directory's
 * order. */
static struct str key_of(struct api_call *c, const struct dir_template *t)
{
	return arena_printf(
	    c->arena, "%.*s %.*s %.*s", STR_ARG(t->waba), STR_ARG(t->name), STR_ARG(t->language));
}

static int list_templates(struct api_call *c, struct err *err)
{
	struct str waba = api_text(c, "waba"), status = api_text(c, "status");
	struct api_page page;
	size_t n;
	const struct dir_template *const *all = directory_templates(
	    lane_directory(c->gate->lane), &n);
	int r = api_page_open(c, &page, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n && !page.more; i++) {
		const struct dir_template *t = all[i];
		if ((waba.p && !str_eq(waba, t->waba)) ||
		    (status.p && !str_eq_nocase(status, t->status)))
			continue;
		struct str key = key_of(c, t);
		if (!key.p)
			return no_memory(c, err);
		if (api_page_takes(&page, key))
			write_template(&c->w, t);
	}
	api_page_close(c, &page);
	return 0;
}

/* --- changing --------------------------------------------------------------------------------- */

static int check_category(struct api_call *c, struct err *err)
{
	struct str text = api_text(c, "category");
	enum purpose p;

	if (!text.p ||
	    (purpose_parse(text, &p) == 0 && p >= PURPOSE_MARKETING && p <= PURPOSE_AUTHENTICATION))
		return 0;
	return api_err(c, err, E_INVALID, "category",
	    N_("\"category\" must be marketing, utility or authentication."));
}

/* A definition in a change is of the template in the path. */
static int check_set(struct api_call *c, struct err *err)
{
	const struct definitions *d;
	int r = check_category(c, err);

	if (r < 0 || !api_value(c, "file")->given)
		return r;
	r = read_definitions(c, err);
	if (r < 0)
		return r;
	d = c->state;
	const struct json *one = definition_at(d, 0);
	if (d->len != 1 || !str_eq(json_str(json_get(one, "name")), api_text(c, "name")) ||
	    !str_eq(json_str(json_get(one, "language")), api_text(c, "language")))
		return api_err(c, err, E_INVALID, "file",
		    N_("\"file\" must hold one definition, of the name and language in the path."));
	return 0;
}

static int put_definition(struct api_call *c, struct store_conn *conn, time_ms now, struct err *err)
{
	const struct definitions *d = c->state;
	bool created;
	int r = template_put(
	    conn, api_text(c, "waba"), definition_at(d, 0), true, now, &created, err);

	if (r < 0 && err)
		set_place(d, 0, err);
	return r;
}

static int apply_words(struct api_call *c, struct store_conn *conn, time_ms now, struct err *err)
{
	struct template_news news = {
		.waba = api_text(c, "waba"),
		.name = api_text(c, "name"),
		.language = api_text(c, "language"),
		.status = api_text(c, "status"),
		.quality = api_text(c, "quality"),
		.category_change_at = TIME_NONE,
		.paused_until = TIME_NONE,
	};

	/* check_category() was there before; absent is unchanged. */
	if (purpose_parse(api_text(c, "category"), &news.category) < 0)
		news.category = PURPOSE_NONE;
	int r = template_apply(conn, &news, now, err);
	if (r == 0)
		return unknown(c, err);
	return r < 0 ? r : 0;
}

/* There must be one: a change never makes it. */
static int must_be_template(struct api_call *c, struct store_conn *conn, struct err *err)
{
	const struct directory *d;
	int r = core_directory_now(c->gate->lane->core, conn, &d, err);

	if (r < 0)
		return r;
	return directory_template(
		   d, api_text(c, "waba"), api_text(c, "name"), api_text(c, "language"))
	    ? 0
	    : unknown(c, err);
}

static int set_template(struct api_call *c, struct store_conn *conn, struct err *err)
{
	time_ms now = clock_now();
	int r = must_be_template(c, conn, err);

	if (r == 0 && api_value(c, "file")->given)
		r = put_definition(c, conn, now, err);
	if (r == 0)
		r = apply_words(c, conn, now, err);
	if (r == 0)
		core_directory_changed(c->gate->lane->core);
	return r;
}

static int remove_template(struct api_call *c, struct store_conn *conn, struct err *err)
{
	int r = template_remove(
	    conn, api_text(c, "waba"), api_text(c, "name"), api_text(c, "language"), err);

	if (r == 0)
		core_directory_changed(c->gate->lane->core);
	return r;
}

static int answer_removed(struct api_call *c, struct err *err)
{
	(void)err;
	jw_object(&c->w);
	jw_member_str(&c->w, "waba", api_text(c, "waba"));
	jw_member_str(&c->w, "name", api_text(c, "name"));
	jw_member_str(&c->w, "language", api_text(c, "language"));
	jw_member_bool(&c->w, "removed", true);
	jw_object_end(&c->w);
	return 0;
}

/* --- lint ------------------------------------------------------------------------------------- */

/* A problem as the lint wrote it, in the reader's language. */
static void write_problem(struct api_call *c, const struct json *problem)
{
	struct json_writer *w = &c->w;
	const struct json *value;
	struct json_iter it;
	struct str name;

	jw_object(w);
	json_iter_init(&it, problem);
	while (json_iter_next(&it, &name, &value)) {
		const char *sentence = str_eq(name, STR("message"))
		    ? arena_c(c->arena, json_str(value))
		    : NULL;
		jw_key_str(w, name);
		if (sentence)
			jw_c(w, lang_text(c->lang, sentence));
		else
			jw_value(w, value);
	}
	jw_object_end(w);
}

static void write_linted(
    struct api_call *c, const struct json *definition, const struct json *problems)
{
	struct json_writer *w = &c->w;
	const struct json *problem;
	struct json_iter it;

	jw_object(w);
	jw_member_str(w, "name", json_str(json_get(definition, "name")));
	jw_member_str(w, "language", json_str(json_get(definition, "language")));
	jw_member_bool(w, "ok", json_len(problems) == 0);
	jw_key(w, "problems");
	jw_array(w);
	json_iter_init(&it, problems);
	while (json_iter_next(&it, NULL, &problem))
		write_problem(c, problem);
	jw_array_end(w);
	jw_object_end(w);
}

/* How many problems, or <0. */
static int lint_one(struct api_call *c, const struct json *definition, struct err *err)
{
	const struct json *problems;
	struct json_writer w;
	struct buf text;

	buf_init(&text, 0);
	jw_init(&w, &text);
	jw_array(&w);
	int n = template_def_lint(c->arena, c->gate->lane->core->pack, definition, false, &w);
	jw_array_end(&w);
	if (n < 0 || text.failed || json_read(c->arena, buf_str(&text), &problems, NULL) < 0)
		n = no_memory(c, err);
	else
		write_linted(c, definition, problems);
	buf_done(&text);
	return n;
}

static int lint_templates(struct api_call *c, struct err *err)
{
	const struct definitions *d = c->state;
	bool ok = true;
	int n = 0;

	jw_object(&c->w);
	jw_key(&c->w, "items");
	jw_array(&c->w);
	for (size_t i = 0; n >= 0 && i < d->len; i++) {
		n = lint_one(c, definition_at(d, i), err);
		ok = ok && n == 0;
	}
	jw_array_end(&c->w);
	jw_member_bool(&c->w, "ok", ok);
	jw_object_end(&c->w);
	return n < 0 ? n : 0;
}

const struct api_handler api_template_handlers[] = {
	{ "addTemplate", read_definitions, add_templates, show_added, NULL },
	{ "listTemplates", NULL, NULL, list_templates, NULL },
	{ "showTemplate", NULL, NULL, show_template, NULL },
	{ "setTemplate", check_set, set_template, show_template, NULL },
	{ "removeTemplate", NULL, remove_template, answer_removed, NULL },
	{ "lintTemplate", read_definitions, NULL, lint_templates, NULL },
	{ "syncTemplates", NULL, NULL, NULL, api_sync_start },
	{ NULL, NULL, NULL, NULL, NULL },
};

/* Definitions come in Graph's shape, one or several at once, and go out in it again. */
#include "apps/gateway/api_template.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "domain/release.h"
#include "domain/template.h"
#include "flow/told.h"

static int no_memory(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
}

static int unknown(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOT_FOUND, "name", N_("There is no such template."));
}

/* --- definitions ------------------------------------------------------------------------------ */

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

int api_definitions_read(struct api_call *c, struct err *err)
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

static int template_told(struct api_call *c, struct store_conn *conn, struct str name,
    struct str language, struct err *err)
{
	struct str id = arena_printf(c->arena, "%.*s/%.*s/%.*s", STR_ARG(api_text(c, "waba")),
	    STR_ARG(name), STR_ARG(language));

	if (!id.p)
		return no_memory(c, err);
	return told_by_operator(c->gate->lane->core, conn, HISTORY_TEMPLATE, id, STR_NONE, err);
}

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
		if (r == 0)
			r = template_told(c, conn, json_str(json_get(definition_at(d, i), "name")),
			    json_str(json_get(definition_at(d, i), "language")), err);
	}
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

/* How far it is released, as of now; nothing when it goes to everybody. */
static int write_release(struct api_call *c, const struct dir_template *t, struct err *err)
{
	const struct pack *pack = c->gate->lane->core->pack;
	const struct release_key key = { t->waba, t->name, t->language };
	struct facts_release x;
	struct json_writer *w = &c->w;
	int r = t->releasing ? release_read(c->gate->lane->reader, pack, &key, clock_now(), &x, err)
			     : 0;

	if (r <= 0)
		return r;
	jw_key(w, "release");
	jw_object(w);
	jw_member_c(w, "step", release_step_name(x.step));
	jw_member_int(w, "taken", x.taken);
	jw_member_int(w, "up_to", release_limit(pack, &x));
	jw_key(w, "audience");
	if (x.audience < 0)
		jw_null(w);
	else
		jw_int(w, x.audience);
	jw_member_time(w, "opens_at", release_opens_at(pack, &x));
	jw_object_end(w);
	return 0;
}

/* Left open for the caller. */
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
	write_word(w, "reason", t->reason);
	jw_key(w, "components");
	if (t->components)
		jw_value(w, t->components);
	else
		jw_null(w);
}

static int answer_one(
    struct api_call *c, struct str waba, struct str name, struct str language, struct err *err)
{
	const struct dir_template *t = directory_template(
	    lane_directory(c->gate->lane), waba, name, language);

	if (!t)
		return unknown(c, err);
	struct str id = arena_printf(
	    c->arena, "%.*s/%.*s/%.*s", STR_ARG(t->waba), STR_ARG(t->name), STR_ARG(t->language));
	write_template(&c->w, t);
	int r = id.p ? write_release(c, t, err) : no_memory(c, err);
	if (r == 0)
		r = api_changes_write(c, HISTORY_TEMPLATE, id, err);
	jw_object_end(&c->w);
	return r;
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
		    (status.p && !str_eq_nocase(status, t->status)) || !api_may_waba(c, t->waba))
			continue;
		struct str key = key_of(c, t);
		if (!key.p)
			return no_memory(c, err);
		if (!api_page_takes(&page, key))
			continue;
		write_template(&c->w, t);
		jw_object_end(&c->w);
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

/* To whom it goes at once is an override: it bears a name and a reason, and both are in the ledger's
 * entry. */
static int check_release(struct api_call *c, struct err *err)
{
	struct str step = api_text(c, "release");
	bool by = api_text(c, "by").len > 0, reason = api_text(c, "reason").len > 0;

	if (step.p && !str_eq(step, STR("first")) && !str_eq(step, STR("rest")))
		return api_err(
		    c, err, E_INVALID, "release", N_("\"release\" must be first or rest."));
	if (step.p && str_eq(step, STR("rest")) && (!by || !reason))
		return api_err(c, err, E_INVALID, by ? "reason" : "by",
		    N_("Whoever ends the steps of a release says who they are and why."));
	if (!step.p && (by || reason))
		return api_err(c, err, E_INVALID, "release",
		    N_("A name and a reason go with the release of a template."));
	return 0;
}

/* A definition in a change is of the template in the path. */
static int check_set(struct api_call *c, struct err *err)
{
	const struct definitions *d;
	int r = check_category(c, err);

	if (r == 0)
		r = check_release(c, err);

	if (r < 0 || !api_value(c, "file")->given)
		return r;
	r = api_definitions_read(c, err);
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

static int set_release(struct api_call *c, struct store_conn *conn, time_ms now, struct err *err)
{
	const struct release_key key = { api_text(c, "waba"), api_text(c, "name"),
		api_text(c, "language") };
	struct str step = api_text(c, "release");
	int r = 0;

	if (str_eq(step, STR("first")))
		r = release_begin(conn, &key, now, err);
	else if (step.p)
		r = release_end(conn, &key, err);
	if (r == 0 && api_value(c, "audience")->given)
		r = release_set_audience(conn, &key, api_value(c, "audience")->number, err);
	return r;
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
		r = set_release(c, conn, now, err);
	return r < 0 ? r
		     : template_told(c, conn, api_text(c, "name"), api_text(c, "language"), err);
}

static int remove_template(struct api_call *c, struct store_conn *conn, struct err *err)
{
	int r = template_remove(
	    conn, api_text(c, "waba"), api_text(c, "name"), api_text(c, "language"), err);

	return r < 0 ? r
		     : template_told(c, conn, api_text(c, "name"), api_text(c, "language"), err);
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

const struct api_handler api_template_handlers[] = {
	{ "addTemplate", api_definitions_read, add_templates, show_added, NULL },
	{ "listTemplates", NULL, NULL, list_templates, NULL },
	{ "showTemplate", NULL, NULL, show_template, NULL },
	{ "setTemplate", check_set, set_template, show_template, NULL },
	{ "removeTemplate", NULL, remove_template, answer_removed, NULL },
	{ "lintTemplate", api_lint_check, NULL, NULL, api_lint_start },
	{ "showTemplateUse", api_template_use_check, NULL, NULL, api_template_use_start },
	{ "diffTemplate", NULL, NULL, NULL, api_template_diff_start },
	{ "syncTemplates", NULL, NULL, NULL, api_sync_start },
	{ NULL, NULL, NULL, NULL, NULL },
};

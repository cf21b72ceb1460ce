#include "apps/gateway/template_known.h"

#include <ctype.h>

int template_known_all(struct arena *a, const struct directory *d, struct str waba, size_t more,
    struct template_other **ret, size_t *ret_len)
{
	size_t n = 0, len = 0, own = 0;
	const struct dir_template *const *all = directory_templates(d, &n);

	for (size_t i = 0; i < n; i++)
		own += str_eq(all[i]->waba, waba);
	struct template_other *others = ARENA_ARRAY(a, struct template_other, own + more + 1);
	if (!others)
		return -E_NOMEM;
	for (size_t i = 0; i < n; i++) {
		if (!str_eq(all[i]->waba, waba))
			continue;
		others[len++] = (struct template_other){
			.name = all[i]->name,
			.language = all[i]->language,
			.components = all[i]->components,
		};
	}
	*ret = others;
	*ret_len = len;
	return 0;
}

/* What is in a file comes behind and is not on record. */
static const struct template_other *on_record(
    const struct template_other *others, size_t len, struct str name, struct str language)
{
	for (size_t i = 0; i < len && !others[i].in_file; i++) {
		if (str_eq(others[i].name, name) && str_eq(others[i].language, language))
			return &others[i];
	}
	return NULL;
}

/* Of several numbers the first that Meta has told a name of. */
static struct str verified_name(const struct directory *d, struct str waba)
{
	size_t n = 0;
	const struct dir_number *const *all = directory_numbers(d, &n);

	for (size_t i = 0; i < n; i++) {
		if (str_eq(all[i]->waba->id, waba) && all[i]->verified_name.len > 0)
			return all[i]->verified_name;
	}
	return STR_NONE;
}

void template_known_among(const struct directory *d, struct str waba, struct str name,
    struct str language, const struct template_other *others, size_t len,
    struct template_setting *ret)
{
	const struct dir_waba *w = directory_waba(d, waba);
	const struct dir_template *t = directory_template(d, waba, name, language);

	*ret = (struct template_setting){
		.sender = w ? w->name : STR_NONE,
		.verified_name = verified_name(d, waba),
		.others = others,
		.others_len = len,
		.itself = { on_record(others, len, name, language) },
	};
	if (!t)
		return;
	ret->known = true;
	ret->correct_category = t->correct_category;
	ret->category = str_c(purpose_name(t->category));
	ret->status = t->status;
}

int template_known(struct arena *a, const struct directory *d, struct str waba, struct str name,
    struct str language, struct template_setting *ret)
{
	struct template_other *others;
	size_t len;
	int r = template_known_all(a, d, waba, 0, &others, &len);

	if (r == 0)
		template_known_among(d, waba, name, language, others, len, ret);
	return r;
}

static void write_category(struct json_writer *w, enum purpose p)
{
	struct buf text;

	buf_init(&text, 0);
	for (const char *name = purpose_name(p); *name; name++)
		buf_add_char(&text, (char)toupper((unsigned char)*name));
	jw_member_str(w, "category", buf_str(&text));
	w->out->failed = w->out->failed || text.failed;
	buf_done(&text);
}

const struct json *template_known_definition(struct arena *a, const struct dir_template *t)
{
	const struct json *definition = NULL;
	struct json_writer w;
	struct buf text;

	buf_init(&text, 0);
	jw_init(&w, &text);
	jw_object(&w);
	jw_member_str(&w, "name", t->name);
	jw_member_str(&w, "language", t->language);
	if (t->category != PURPOSE_NONE)
		write_category(&w, t->category);
	jw_member_str(&w, "status", t->status);
	if (t->parameter_format.len > 0)
		jw_member_str(&w, "parameter_format", t->parameter_format);
	jw_key(&w, "components");
	if (t->components)
		jw_value(&w, t->components);
	else
		jw_raw(&w, STR("[]"));
	jw_object_end(&w);
	if (text.failed || json_read(a, buf_str(&text), &definition, NULL) < 0)
		definition = NULL;
	buf_done(&text);
	return definition;
}

/* domain/template_advice.c: what is said of a whole template: category, goods, way out, sender, and what else the account
 * has. A text is judged twice, as it stands and with its examples in their places, because that is what people will read;
 * the higher score counts. */
#include <stdio.h>
#include <string.h>

#include "domain/rules_checks.h"
#include "domain/template_fit.h"
#include "domain/template_index.h"
#include "domain/template_lint.h"
#include "domain/template_signs.h"
#include "domain/template_text.h"

#define PLACE_MAX 40
#define CARDS_DEEP 2

struct reading_of {
	struct content_text text;
	struct content_reading reading;
};

struct advising {
	struct lint *l;
	const struct content *content;
	const struct json *components;
	struct reading_of plain, filled;
	char body[PLACE_MAX]; /* where it is said */
};

/* --- readings --------------------------------------------------------------------------------- */

static void add_line(struct buf *out, const struct json *component, const char *member)
{
	struct str text = json_str(json_get(component, member));

	if (text.len == 0)
		return;
	buf_add(out, text);
	buf_add_char(out, '\n');
}

static void add_filled(struct buf *out, const struct json *component)
{
	struct str rest = json_str(json_get(component, "text")), before, name;
	struct template_variables vars;

	template_variables_read(rest, &vars);
	while (template_text_next(&rest, &before, &name)) {
		int at = template_variables_find(&vars, name);
		struct str example = at < 0 ? STR_NONE : lint_example(component, &vars, (size_t)at);

		buf_add(out, before);
		if (example.len > 0)
			buf_add(out, example);
		else
			buf_addf(out, "{{%.*s}}", STR_ARG(name));
	}
	buf_add(out, before);
	buf_add_char(out, '\n');
}

/* All that people read, examples in their places. */
static void add_components(struct buf *out, const struct json *components, int depth)
{
	struct json_iter it, inner;
	const struct json *one, *part;

	json_iter_init(&it, components);
	while (depth < CARDS_DEEP && json_iter_next(&it, NULL, &one)) {
		if (json_str(json_get(one, "text")).len > 0)
			add_filled(out, one);
		json_iter_init(&inner, json_get(one, "buttons"));
		while (json_iter_next(&inner, NULL, &part))
			add_line(out, part, "text");
		json_iter_init(&inner, json_get(one, "cards"));
		while (json_iter_next(&inner, NULL, &part))
			add_components(out, json_get(part, "components"), depth + 1);
	}
}

static int read_filled(struct advising *x, struct err *err)
{
	struct buf text;
	int rc = -E_NOMEM;

	buf_init(&text, 0);
	add_components(&text, x->components, 0);
	if (!text.failed)
		rc = content_of_text(x->content, buf_str(&text), &x->filled.text);
	if (rc == 0)
		rc = content_read(
		    x->content, buf_str(&x->filled.text.text), &x->filled.reading, err);
	buf_done(&text);
	return rc;
}

static int read_both(struct advising *x, struct err *err)
{
	int rc = content_of_template(x->content, x->components, &x->plain.text);

	if (rc == 0)
		rc = content_read(x->content, buf_str(&x->plain.text.text), &x->plain.reading, err);
	return rc < 0 ? rc : read_filled(x, err);
}

/* Points, and the reading that gave them. */
struct points {
	struct content_score score;
	const struct reading_of *of;
};

static void score(struct advising *x, const struct content_class *class, struct points *ret)
{
	struct content_score filled = { .score = 0 };

	content_score(x->content, class, &x->plain.reading, &ret->score);
	content_score(x->content, class, &x->filled.reading, &filled);
	ret->of = filled.score > ret->score.score ? &x->filled : &x->plain;
	if (ret->of == &x->filled)
		ret->score = filled;
}

/* --- scores, told ----------------------------------------------------------------------------- */

static void write_score(struct advising *x, struct json_writer *w,
    const struct content_class *class, const struct points *p, int limit)
{
	struct buf words;

	buf_init(&words, 0);
	content_show(x->content, buf_str(&p->of->text.text), &p->of->reading, &p->score, &words);
	jw_member_str(w, "class", class->id);
	jw_member_int(w, "score", p->score.score);
	jw_member_int(w, "limit", limit);
	jw_member_str(w, "words", words.len ? buf_str(&words) : STR(""));
	w->out->failed = w->out->failed || words.failed;
	buf_done(&words);
}

/* --- category --------------------------------------------------------------------------------- */

static const struct fit_row {
	const char *class;
	unsigned declared; /* PURPOSE_BITs that it contradicts */
	enum lint_id id;
} fit_rows[] = {
	{ "code", PURPOSE_BIT(PURPOSE_UTILITY) | PURPOSE_BIT(PURPOSE_MARKETING), LINT_CODE },
	{ "promotion", PURPOSE_BIT(PURPOSE_UTILITY) | PURPOSE_BIT(PURPOSE_AUTHENTICATION),
	    LINT_PROMOTION },
};

static void advise_score(struct advising *x, const struct fit_row *row,
    const struct content_class *class, const struct points *p)
{
	struct lint *l = x->l;

	lint_open(l, row->id, "category");
	jw_member_c(l->out, "declared", purpose_name(l->category));
	write_score(x, l->out, class, p, class->hold);
	lint_close(l);
}

/* Scores are shown always, and believed where Meta says nothing. True when one was written down. */
static void advise_fit(struct advising *x, struct json_writer *w)
{
	struct lint *l = x->l;
	bool meta = l->setting->correct_category != PURPOSE_NONE, told = false;
	bool off = pack_level(l->pack, RULE_TEMPLATE_CATEGORY) == LEVEL_OFF;

	jw_key(w, "scores");
	jw_array(w);
	for (size_t i = 0; i < ARRAY_LEN(fit_rows); i++) {
		const struct content_class *class = content_class_of(x->content, fit_rows[i].class);
		struct points p;

		if (!class)
			continue;
		score(x, class, &p);
		jw_object(w);
		write_score(x, w, class, &p, class->hold);
		jw_object_end(w);
		if (meta || off || told || p.score.score < class->hold ||
		    !(fit_rows[i].declared & PURPOSE_BIT(l->category)))
			continue;
		advise_score(x, &fit_rows[i], class, &p);
		told = true;
	}
	jw_array_end(w);
}

static void advise_category(struct advising *x, struct json_writer *w)
{
	struct lint *l = x->l;
	enum purpose meta = l->setting->correct_category;
	bool told = meta != PURPOSE_NONE;

	jw_object(w);
	jw_member_c(w, "declared", l->category == PURPOSE_NONE ? NULL : purpose_name(l->category));
	jw_member_c(w, "correct_category", told ? purpose_name(meta) : NULL);
	advise_fit(x, w);
	jw_object_end(w);
	if (!told || meta == l->category || l->category == PURPOSE_NONE ||
	    pack_level(l->pack, RULE_TEMPLATE_CATEGORY) == LEVEL_OFF)
		return;
	lint_open(l, LINT_CATEGORY_DIFFERS, "category");
	jw_member_c(l->out, "declared", purpose_name(l->category));
	jw_member_c(l->out, "category", purpose_name(meta));
	lint_close(l);
}

/* --- goods ------------------------------------------------------------------------------------ */

static const struct goods_row {
	enum content_use use;
	enum rule_index rule;
	enum lint_id id;
} goods_rows[] = {
	{ CONTENT_PROHIBITED, RULE_CONTENT_PROHIBITED, LINT_PROHIBITED },
	{ CONTENT_SENSITIVE, RULE_CONTENT_SENSITIVE, LINT_SENSITIVE },
};

struct goods {
	const struct content_class *class;
	struct points points;
	enum level level;
};

/* As the gate has it, for a country that is not known. */
static enum level level_by(
    struct advising *x, const struct content_class *class, int points, enum rule_index rule)
{
	enum level most = content_level(x->content, class, STR("")),
		   own = pack_level(x->l->pack, rule),
		   level = points >= class->refuse ? LEVEL_REFUSE : LEVEL_HOLD;

	if (points < class->hold)
		return LEVEL_OFF;
	level = level < most ? level : most;
	return level < own ? level : own;
}

static void find_goods(struct advising *x, const struct goods_row *row, struct goods *ret)
{
	const struct content_class *class;

	*ret = (struct goods){ .level = LEVEL_OFF };
	for (size_t i = 0; (class = content_class_at(x->content, i)); i++) {
		struct points p;

		if (class->use != row->use)
			continue;
		score(x, class, &p);
		enum level level = level_by(x, class, p.score.score, row->rule);
		if (level > ret->level ||
		    (level == ret->level && ret->class && p.score.score > ret->points.score.score))
			*ret = (struct goods){ class, p, level };
	}
}

static void advise_goods(struct advising *x, const struct goods_row *row)
{
	struct lint *l = x->l;
	struct goods g;

	find_goods(x, row, &g);
	if (g.level == LEVEL_OFF)
		return;
	bool forbidden = g.level == LEVEL_REFUSE;
	const char *because = rules_because_of_class(g.class->id);
	lint_open_with(l, row->id, forbidden ? LINT_ERROR : LINT_WARNING, x->body,
	    because ? because : lint_rows_of[row->id].sentence);
	write_score(x, l->out, g.class, &g.points,
	    g.points.score.score >= g.class->refuse ? g.class->refuse : g.class->hold);
	lint_close(l);
	l->tally.forbidden += forbidden;
}

/* --- way out and sender ----------------------------------------------------------------------- */

static bool has_way_out_reply(struct advising *x)
{
	struct str rest = buf_str(&x->plain.text.buttons);
	bool found = false;

	while (!found && rest.len > 0) {
		int rc = template_reply_opts_out(x->l->pack, x->l->arena, str_cut(&rest, '\n'));

		x->l->no_memory = x->l->no_memory || rc < 0;
		found = rc != 0;
	}
	return found;
}

static void advise_way_out(struct advising *x)
{
	struct lint *l = x->l;
	bool line = template_has_sign(l->pack, &x->plain.reading, "way_out");

	if (pack_level(l->pack, RULE_TEMPLATE_OPT_OUT) == LEVEL_OFF || has_way_out_reply(x))
		return;
	lint_open(l, line ? LINT_NO_WAY_OUT_BUTTON : LINT_NO_WAY_OUT, "components");
	advise_proposal(l);
	lint_close(l);
}

static bool names(struct advising *x, struct str name)
{
	int rc = name.len > 0 ? template_names(x->l->pack, &x->plain.reading, name) : 0;

	x->l->no_memory = x->l->no_memory || rc < 0;
	return rc != 0;
}

static void advise_sender(struct advising *x)
{
	struct lint *l = x->l;
	const struct template_setting *s = l->setting;
	struct str sender = s->sender.len > 0 ? s->sender : s->verified_name;

	if (pack_level(l->pack, RULE_TEMPLATE_IDENTITY) == LEVEL_OFF ||
	    template_has_sign(l->pack, &x->plain.reading, "contact") || names(x, s->sender) ||
	    names(x, s->verified_name))
		return;
	if (sender.len == 0 && template_has_sign(l->pack, &x->plain.reading, "sender"))
		return;
	lint_open(l, sender.len > 0 ? LINT_NO_SENDER : LINT_NO_SENDER_SIGN, "components");
	if (sender.len > 0)
		jw_member_str(l->out, "sender", sender);
	lint_close(l);
}

/* --- the text --------------------------------------------------------------------------------- */

static void find_body(struct advising *x)
{
	size_t at = 0;

	(void)snprintf(x->body, sizeof(x->body), "components");
	if (template_component(x->components, "BODY", &at))
		(void)snprintf(x->body, sizeof(x->body), "components[%zu].text", at);
}

static int advise_reading(struct advising *x, struct json_writer *w, struct err *err)
{
	int rc = read_both(x, err);

	if (rc == -E_TOO_LARGE) {
		lint_fault(x->l, LINT_UNREADABLE, x->body);
		jw_null(w);
		return 0;
	}
	if (rc < 0)
		return rc;
	advise_category(x, w);
	for (size_t i = 0; i < ARRAY_LEN(goods_rows); i++)
		advise_goods(x, &goods_rows[i]);
	if (x->l->category == PURPOSE_MARKETING && json_len(x->components) > 0) {
		advise_way_out(x);
		advise_sender(x);
	}
	return x->l->no_memory ? -E_NOMEM : 0;
}

int advise_content(
    struct lint *l, const struct json *components, struct buf *ret_fit, struct err *err)
{
	struct advising x = { .l = l, .content = pack_content(l->pack), .components = components };
	struct json_writer w;

	jw_init(&w, ret_fit);
	content_text_init(&x.plain.text);
	content_text_init(&x.filled.text);
	content_reading_init(&x.plain.reading);
	content_reading_init(&x.filled.reading);
	find_body(&x);
	int rc = advise_reading(&x, &w, err);
	content_reading_done(&x.filled.reading);
	content_reading_done(&x.plain.reading);
	content_text_done(&x.filled.text);
	content_text_done(&x.plain.text);
	return rc == 0 && ret_fit->failed ? -E_NOMEM : rc;
}

/* --- the account ------------------------------------------------------------------------------ */

static void tell_others(
    struct lint *l, bool same_name, bool name_in_file, const struct template_other *same_text)
{
	if (same_name)
		lint_fault(l, name_in_file ? LINT_SAME_NAME : LINT_SAME_NAME_KNOWN, "name");
	if (!same_text)
		return;
	lint_open(l, same_text->in_file ? LINT_SAME_TEXT : LINT_SAME_TEXT_KNOWN, "components");
	jw_member_str(l->out, "other", same_text->name);
	lint_close(l);
}

static bool is_on_record(const struct template_other *o)
{
	return o && !o->in_file;
}

static void advise_others(
    struct lint *l, const struct template_index *others, const struct json *definition)
{
	const struct template_setting *s = l->setting;
	struct str name = json_str(json_get(definition, "name"));
	bool in_file = template_index_has_name(others, l->language, name, s->itself);

	tell_others(l, in_file || (s->known && !l->recorded), in_file,
	    template_index_same_text(
		others, l->language, name, json_get(definition, "components")));
}

/* Of the account; those of a file are not there yet. */
static void advise_room(struct lint *l, const struct template_index *others)
{
	const struct template_setting *s = l->setting;
	int64_t n = (s->known ? 0 : 1) + (int64_t)template_index_on_record(others) -
	    is_on_record(s->itself[0]) - is_on_record(s->itself[1]);

	if (n > l->figures->verified_max)
		lint_fault_figures(l, LINT_FULL, "", l->figures->verified_max, n);
	else if (n > l->figures->unverified_max)
		lint_fault_figures(l, LINT_NEARLY_FULL, "", l->figures->unverified_max, n);
}

static void advise_edit(struct lint *l, const struct json *definition)
{
	const struct template_setting *s = l->setting;
	struct str category = json_str(json_get(definition, "category"));

	if (s->status.len > 0 && !pack_words_has(&pack_lint(l->pack)->editable, s->status)) {
		lint_open(l, LINT_NOT_EDITABLE, "");
		jw_member_str(l->out, "status", s->status);
		lint_close(l);
	}
	if (str_eq_nocase(s->status, STR("APPROVED")) && category.p && s->category.p &&
	    lint_category_of(category) != lint_category_of(s->category))
		lint_fault(l, LINT_FIXED_CATEGORY, "category");
}

void advise_account(struct lint *l, const struct json *definition)
{
	if (field_present(definition, "allow_category_change"))
		lint_fault(l, LINT_NO_EFFECT, "allow_category_change");
	if (l->setting->edit) {
		advise_edit(l, definition);
		return;
	}
	const struct template_setting *s = l->setting;
	const struct template_index *others = s->index
	    ? s->index
	    : template_index_new(l->arena, s->others, s->others_len);
	if (!others) {
		l->no_memory = true;
		return;
	}
	advise_others(l, others, definition);
	if (!l->recorded)
		advise_room(l, others);
}

/* domain/template_review.c: the form, then what lies beyond it, as one object. */
#include "domain/template_review.h"

#include "domain/template_lint.h"

/* --- reviewing -------------------------------------------------------------------------------- */

static void write_review(const struct lint *l, const struct json *definition, struct str fit,
    struct str problems, struct json_writer *w)
{
	const int *n = l->tally.counts;

	jw_object(w);
	jw_member_str(w, "name", json_str(json_get(definition, "name")));
	jw_member_str(w, "language", json_str(json_get(definition, "language")));
	jw_member_str(w, "category", json_str(json_get(definition, "category")));
	jw_member_bool(w, "ok", n[LINT_ERROR] + n[LINT_WARNING] == 0);
	jw_member_int(w, "errors", n[LINT_ERROR]);
	jw_member_int(w, "warnings", n[LINT_WARNING]);
	jw_member_int(w, "notes", n[LINT_NOTE]);
	jw_key(w, "category_fit");
	if (fit.len > 0)
		jw_raw(w, fit);
	else
		jw_null(w);
	jw_key(w, "problems");
	jw_raw(w, problems);
	jw_object_end(w);
}

static int review(struct lint *l, const struct json *definition, struct buf *fit, struct err *err)
{
	int rc = 0;

	jw_array(l->out);
	lint_definition(l, definition, l->setting->edit);
	if (json_type(definition) == JSON_OBJECT) {
		advise_account(l, definition);
		rc = advise_content(l, json_get(definition, "components"), fit, err);
	}
	jw_array_end(l->out);
	return rc == 0 && l->out->out->failed ? -E_NOMEM : rc;
}

int template_review(struct arena *a, const struct pack *pack, const struct json *definition,
    const struct template_setting *setting, struct json_writer *out, struct template_tally *ret,
    struct err *err)
{
	struct json_writer w;
	struct buf problems, fit;
	struct lint l = { .pack = pack,
		.figures = pack_template(pack),
		.setting = setting,
		.arena = a,
		.out = &w };

	buf_init(&problems, 0);
	buf_init(&fit, 0);
	jw_init(&w, &problems);
	int rc = review(&l, definition, &fit, err);
	if (rc == 0) {
		write_review(&l, definition, buf_str(&fit), buf_str(&problems), out);
		*ret = l.tally;
		rc = out->out->failed ? -E_NOMEM : 0;
	}
	buf_done(&problems);
	buf_done(&fit);
	return rc == -E_NOMEM ? err_set(err, E_NOMEM, N_("Memory ran out.")) : rc;
}

/* --- telling ---------------------------------------------------------------------------------- */

static void add_value(struct buf *out, const struct json *problem, struct str name)
{
	const struct json *v = json_member(problem, name);

	if (json_type(v) == JSON_STRING)
		buf_add(out, json_str(v));
	else if (v)
		json_print(out, v);
	else
		buf_addf(out, "{%.*s}", STR_ARG(name));
}

/* "{words}" is a member of the problem; "{{1}}" is told as it stands. */
static void fill(struct buf *out, const struct json *problem, const char *pattern)
{
	struct str rest = str_c(pattern);

	while (rest.p) {
		buf_add(out, str_cut(&rest, '{'));
		if (!rest.p)
			return;
		if (rest.len > 0 && rest.p[0] == '{') {
			struct str place = str_cut(&rest, '}');

			buf_addf(out, "{%.*s}", STR_ARG(place));
			continue;
		}
		add_value(out, problem, str_cut(&rest, '}'));
	}
}

struct str template_problem_text(
    struct arena *a, const struct json *problem, const char *member, enum lang lang)
{
	struct str msgid = json_str(json_get(problem, member));
	const char *pattern = msgid.p ? arena_c(a, msgid) : NULL;
	struct buf out;

	if (!pattern)
		return STR_NONE;
	buf_init(&out, 0);
	fill(&out, problem, lang_text(lang, pattern));
	struct str text = out.failed ? STR_NONE : arena_str(a, buf_str(&out));
	buf_done(&out);
	return text;
}

void template_problem_tell(
    struct arena *a, const struct json *problem, enum lang lang, struct json_writer *out)
{
	static const char *const sentences[] = { "message", "suggestion" };
	const struct json *value;
	struct json_iter it;
	struct str key;

	jw_object(out);
	json_iter_init(&it, problem);
	while (json_iter_next(&it, &key, &value)) {
		size_t i = 0;

		while (i < ARRAY_LEN(sentences) && !str_eq_c(key, sentences[i]))
			i++;
		jw_key_str(out, key);
		if (i < ARRAY_LEN(sentences))
			jw_str(out, template_problem_text(a, problem, sentences[i], lang));
		else
			jw_value(out, value);
	}
	jw_object_end(out);
}

void template_review_tell(
    struct arena *a, const struct json *review, enum lang lang, struct json_writer *out)
{
	const struct json *value, *problem;
	struct json_iter it, problems;
	struct str key;

	jw_object(out);
	json_iter_init(&it, review);
	while (json_iter_next(&it, &key, &value)) {
		jw_key_str(out, key);
		if (!str_eq(key, STR("problems"))) {
			jw_value(out, value);
			continue;
		}
		jw_array(out);
		json_iter_init(&problems, value);
		while (json_iter_next(&problems, NULL, &problem))
			template_problem_tell(a, problem, lang, out);
		jw_array_end(out);
	}
	jw_object_end(out);
}

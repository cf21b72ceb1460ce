#include "apps/cli/explain_lint.h"

#include "base/json.h"
#include "domain/template_review.h"

#define GRAPH_CODE 100

static bool is_meant(const struct lint_rule *rule, struct str what)
{
	struct lint_said said;
	int64_t code = 0;
	bool meant = str_eq_c(what, rule->id);

	if (meant || str_to_i64(what, &code) < 0 || code <= 0)
		return meant;
	for (size_t i = 0; lint_said_at(i, &said); i++)
		meant = meant || (str_eq_c(str_c(said.rule), rule->id) && said.subcode == code);
	return meant;
}

/* --- text ------------------------------------------------------------------------------------- */

static void tell_rule(const struct lint_rule *rule, enum lang lang, struct buf *out)
{
	struct lint_said said;

	buf_addf(out, "%s%s: %s\n", out->len ? "\n" : "", rule->id, lang_text(lang, rule->about));
	for (size_t i = 0; lint_said_at(i, &said); i++) {
		if (!str_eq_c(str_c(said.rule), rule->id))
			continue;
		buf_addf(out, "\n%s: %s", lang_text(lang, lint_level_name(said.level)),
		    lang_text(lang, said.sentence ? said.sentence : rule->about));
		if (said.subcode > 0)
			buf_addf(out, " (%d/%d)", GRAPH_CODE, said.subcode);
		buf_addf(out, "\n%s %s\n", lang_text(lang, N_("What to do:")),
		    lang_text(lang, said.remedy));
	}
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void write_rule(const struct lint_rule *rule, enum lang lang, struct json_writer *w)
{
	struct lint_said said;

	jw_object(w);
	jw_member_c(w, "id", rule->id);
	jw_member_c(w, "level", lint_level_name(rule->level));
	jw_member_c(w, "title", lang_text(lang, rule->about));
	jw_key(w, "findings");
	jw_array(w);
	for (size_t i = 0; lint_said_at(i, &said); i++) {
		if (!str_eq_c(str_c(said.rule), rule->id))
			continue;
		jw_object(w);
		jw_member_c(w, "level", lint_level_name(said.level));
		if (said.subcode > 0)
			jw_member_int(w, "subcode", said.subcode);
		jw_member_c(
		    w, "because", lang_text(lang, said.sentence ? said.sentence : rule->about));
		jw_member_c(w, "remedy", lang_text(lang, said.remedy));
		jw_object_end(w);
	}
	jw_array_end(w);
	jw_object_end(w);
}

/* --- looking up ------------------------------------------------------------------------------- */

bool explain_lint(const char *what, enum lang lang, bool json, struct buf *out)
{
	const struct lint_rule *rule;
	struct json_writer w;
	bool found = false;

	for (size_t i = 0; (rule = lint_rule_at(i)); i++)
		found = found || is_meant(rule, str_c(what));
	if (!found)
		return false;
	jw_init(&w, out);
	if (json) {
		jw_object(&w);
		jw_key(&w, "lint");
		jw_array(&w);
	}
	for (size_t i = 0; (rule = lint_rule_at(i)); i++) {
		if (is_meant(rule, str_c(what)))
			json ? write_rule(rule, lang, &w) : tell_rule(rule, lang, out);
	}
	if (json) {
		jw_array_end(&w);
		jw_object_end(&w);
		buf_add_char(out, '\n');
	}
	return true;
}

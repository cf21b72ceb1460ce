/* domain/template_lint.c: what Meta would reject in a definition, found before it is sent there (platform facts
 * 6.1). Every problem is told, not the first alone: each check notes its own and the next one goes on. Types of
 * components and buttons that are not known here pass; Meta adds some. */
#include "domain/template_lint.h"

#include "base/lang.h"
#include "domain/template_def.h"
#include "domain/template_fit.h"

const char lint_not_in_category[] = N_("Templates of this category cannot have this.");
const char lint_needs_example[] = N_("Every variable and every medium needs an example.");

/* Writes down what the last check found, if anything. */
static void note(struct lint *l)
{
	if (!l->f.problem.code)
		return;
	jw_object(l->out);
	jw_member_c(l->out, "field", l->f.problem.field);
	jw_member_c(l->out, "message", l->f.problem.text);
	if (l->f.limit >= 0)
		jw_member_int(l->out, "limit", l->f.limit);
	if (l->f.got >= 0)
		jw_member_int(l->out, "got", l->f.got);
	jw_object_end(l->out);
	l->problems++;
	l->f.problem.code = 0;
	l->f.limit = l->f.got = -1;
}

void lint_fault(struct lint *l, const char *name, const char *sentence)
{
	(void)fields_fail(&l->f, name, sentence);
	note(l);
}

void lint_fault_figures(
    struct lint *l, const char *name, const char *sentence, int64_t limit, int64_t got)
{
	(void)fields_fail_figures(&l->f, name, sentence, limit, got);
	note(l);
}

/* Each row by itself, so that each problem is told. True when all is well. */
bool lint_rows(struct lint *l, const struct json *at, const struct field_rule *table, size_t n)
{
	int before = l->problems;

	for (size_t i = 0; i < n; i++) {
		(void)fields_check(&l->f, at, &table[i], 1, l->figures);
		note(l);
	}
	return l->problems == before;
}

void lint_each(struct lint *l, const char *name, const struct json *list, lint_fn *fn)
{
	size_t mark = fields_enter(&l->f, name, 0);
	struct json_iter it;
	const struct json *entry;

	json_iter_init(&it, list);
	for (size_t i = 0; json_iter_next(&it, NULL, &entry); i++) {
		size_t inner = fields_enter(&l->f, NULL, i);

		fn(l, entry);
		fields_leave(&l->f, inner);
	}
	fields_leave(&l->f, mark);
}

bool lint_category_has(const struct lint *l, unsigned categories)
{
	if (l->category == PURPOSE_NONE)
		return true;
	return categories ? (categories & PURPOSE_BIT(l->category)) != 0
			  : l->category != PURPOSE_AUTHENTICATION;
}

/* --- offers and cards ------------------------------------------------------------------------- */

static const struct field_rule offer_shape[] = {
	MUST("limited_time_offer", OBJECT),
	MUST("limited_time_offer.text", TEXT),
	MAY("limited_time_offer.has_expiration", BOOL),
};

static void lint_offer(struct lint *l, const struct json *offer)
{
	if (!lint_category_has(l, PURPOSE_BIT(PURPOSE_MARKETING)))
		lint_fault(l, "", lint_not_in_category);
	(void)lint_rows(l, offer, ROWS(offer_shape));
}

static void lint_components(struct lint *l, const struct json *holder);

static const struct field_rule cards_shape[] = {
	MUST("cards", LIST, .max = T(cards_max), .min = T(cards_min)),
	MUST("cards[]", OBJECT),
	MUST("cards[].components", LIST),
};

static bool same_parts(const struct json *a, const struct json *b)
{
	struct json_iter it;
	const struct json *one;

	json_iter_init(&it, a);
	while (json_iter_next(&it, NULL, &one)) {
		struct str type = json_str(json_get(one, "type"));
		char name[32];

		if (str_to_c(type, name, sizeof(name)) == 0 && name[0] &&
		    !template_component(b, name, NULL))
			return false;
	}
	return json_len(a) == json_len(b);
}

static void lint_carousel(struct lint *l, const struct json *carousel)
{
	const struct json *cards = json_get(carousel, "cards"), *card;
	const struct json *first = json_get(json_at(cards, 0), "components");
	struct json_iter it;

	if (l->in_card) {
		lint_fault(l, "", N_("A card cannot hold cards."));
		return;
	}
	if (!lint_category_has(l, 0))
		lint_fault(l, "", lint_not_in_category);
	if (!lint_rows(l, carousel, ROWS(cards_shape)))
		return;
	l->in_card = true;
	lint_each(l, "cards", cards, lint_components);
	l->in_card = false;
	json_iter_init(&it, cards);
	while (json_iter_next(&it, NULL, &card)) {
		if (!same_parts(first, json_get(card, "components"))) {
			lint_fault(
			    l, "cards", N_("All cards must have the same shape as the first."));
			return;
		}
	}
}

/* --- the whole -------------------------------------------------------------------------------- */

static const struct part_row {
	const char *type;
	lint_fn *lint;
} part_rows[] = {
	{ "HEADER", lint_header },
	{ "BODY", lint_body },
	{ "FOOTER", lint_footer },
	{ "BUTTONS", lint_buttons },
	{ "LIMITED_TIME_OFFER", lint_offer },
	{ "CAROUSEL", lint_carousel },
};

static void lint_component(struct lint *l, const struct json *component)
{
	static const struct field_rule shape[] = { MUST("type", TEXT) };

	if (json_type(component) != JSON_OBJECT) {
		lint_fault(l, "", fields_not_an_object);
		return;
	}
	if (!lint_rows(l, component, ROWS(shape)))
		return;
	for (size_t i = 0; i < ARRAY_LEN(part_rows); i++) {
		if (template_word_is(json_get(component, "type"), part_rows[i].type))
			part_rows[i].lint(l, component);
	}
}

static void check_twice(struct lint *l, const struct json *components)
{
	for (size_t i = 0; i < ARRAY_LEN(part_rows); i++) {
		struct json_iter it;
		const struct json *one;
		int n = 0;

		json_iter_init(&it, components);
		while (json_iter_next(&it, NULL, &one))
			n += template_word_is(json_get(one, "type"), part_rows[i].type);
		if (n > 1)
			lint_fault(l, "components", template_given_twice);
	}
}

/* Of a template, or of a card. */
static void lint_components(struct lint *l, const struct json *holder)
{
	const struct json *components = json_get(holder, "components");

	lint_each(l, "components", components, lint_component);
	check_twice(l, components);
	if (l->in_card || json_len(components) == 0)
		return;
	if (!template_component(components, "BODY", NULL))
		lint_fault(l, "components", N_("A template needs a body."));
	if (l->category == PURPOSE_AUTHENTICATION &&
	    !template_component(components, "BUTTONS", NULL))
		lint_fault(l, "components", N_("A template of one-time codes needs its button."));
}

static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'))
			return false;
	}
	return true;
}

/* "it", "fil", "pt_BR". */
static bool is_language(struct str s)
{
	struct str word = str_cut(&s, '_');
	bool fine = word.len >= 2 && word.len <= 3;

	for (size_t i = 0; i < word.len; i++)
		fine = fine && word.p[i] >= 'a' && word.p[i] <= 'z';
	return fine && (!s.p || (s.len >= 2 && s.len <= 4));
}

static const struct field_rule created[] = {
	MUST("name", TEXT, .max = T(name_max)),
	MUST("language", TEXT),
	MUST("category", TEXT),
	MUST("components", LIST),
};

static const struct field_rule edited[] = {
	MAY("name", TEXT, .max = T(name_max)),
	MAY("language", TEXT),
	MAY("category", TEXT),
	MAY("components", LIST),
};

static const struct field_rule either[] = {
	MAY("message_send_ttl_seconds", INTEGER),
	MAY("parameter_format", TEXT),
};

static void check_words(struct lint *l, const struct json *definition)
{
	struct str name = json_str(json_get(definition, "name"));
	struct str language = json_str(json_get(definition, "language"));
	struct str category = json_str(json_get(definition, "category"));
	struct str format = json_str(json_get(definition, "parameter_format"));

	if (name.len > 0 && !is_name(name))
		lint_fault(
		    l, "name", N_("A name has lower-case letters, digits and underscores only."));
	if (language.len > 0 && !is_language(language))
		lint_fault(l, "language", N_("A language is a code such as it or pt_BR."));
	if (category.len > 0 && l->category == PURPOSE_NONE)
		lint_fault(l, "category", fields_unknown_value);
	if (format.len > 0 && !fields_word_is(format, "named|positional", true))
		lint_fault(l, "parameter_format", fields_unknown_value);
}

/* How long Meta tries to deliver, by category; -1 is the longest. */
static void check_life(struct lint *l, const struct json *definition)
{
	int64_t life, min = l->figures->ttl_min_s[l->category],
		      max = l->figures->ttl_max_s[l->category];

	if (l->category == PURPOSE_NONE ||
	    !json_int(json_get(definition, "message_send_ttl_seconds"), &life) || life == -1)
		return;
	if (life < min || life > max)
		lint_fault_figures(l, "message_send_ttl_seconds",
		    N_("Messages of this category cannot live so long or so short."),
		    life < min ? min : max, life);
}

static enum purpose category_of(const struct json *definition)
{
	enum purpose p;

	if (purpose_parse(json_str(json_get(definition, "category")), &p) < 0)
		return PURPOSE_NONE;
	return p == PURPOSE_MARKETING || p == PURPOSE_UTILITY || p == PURPOSE_AUTHENTICATION
	    ? p
	    : PURPOSE_NONE;
}

int template_def_lint(struct arena *a, const struct pack *pack, const struct json *definition,
    bool edit, struct json_writer *out)
{
	struct lint l = { .figures = pack_template(pack), .out = out };

	(void)a; /* nothing is kept */
	fields_init(&l.f);
	l.category = category_of(definition);
	if (json_type(definition) != JSON_OBJECT) {
		lint_fault(&l, "", fields_not_an_object);
		return l.problems;
	}
	(void)(edit ? lint_rows(&l, definition, ROWS(edited))
		    : lint_rows(&l, definition, ROWS(created)));
	(void)lint_rows(&l, definition, ROWS(either));
	check_words(&l, definition);
	check_life(&l, definition);
	lint_components(&l, definition);
	return out->out->failed ? -E_NOMEM : l.problems;
}

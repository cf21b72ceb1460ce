/* domain/template_lint.c: what Meta would reject in a definition, found before it is sent there (platform facts
 * 6.1). Every problem is told, not the first alone: each check notes its own and the next one goes on. Types of
 * components and buttons that are not known here pass; Meta adds some. */
#include "domain/template_lint.h"

#include "base/lang.h"
#include "domain/template_def.h"
#include "domain/template_fit.h"

#define CODE_INVALID 100
#define CODE_CONTENT 132007 /* content that breaks the policy */
#define CODE_HEADER 2388047
#define CODE_BODY 2388072
#define CODE_FOOTER 2388073

/* --- writing down ----------------------------------------------------------------------------- */

static void write_codes(struct lint *l, enum lint_id id, const struct lint_row *row)
{
	int subcode = row->subcode == SUBCODE_OF_PART ? l->subcode : row->subcode;
	bool policy = id == LINT_PROHIBITED || id == LINT_SENSITIVE;

	if (row->level == LINT_ERROR || subcode)
		jw_member_int(l->out, "code", policy ? CODE_CONTENT : CODE_INVALID);
	if (subcode)
		jw_member_int(l->out, "subcode", subcode);
}

/* What the last check found becomes an object, left open. */
static void open_problem(struct lint *l, enum lint_id id, enum lint_level level)
{
	const struct lint_row *row = &lint_rows_of[id];

	jw_object(l->out);
	jw_member_c(l->out, "field", l->f.problem.field);
	jw_member_c(l->out, "message", l->f.problem.text);
	if (l->f.limit >= 0)
		jw_member_int(l->out, "limit", l->f.limit);
	if (l->f.got >= 0)
		jw_member_int(l->out, "got", l->f.got);
	jw_member_c(l->out, "rule", row->rule);
	jw_member_c(l->out, "level", lint_level_name(level));
	write_codes(l, id, row);
	jw_member_c(l->out, "suggestion", row->remedy);
	l->tally.counts[level]++;
	l->f.problem.code = 0;
	l->f.limit = l->f.got = -1;
}

void lint_open_with(
    struct lint *l, enum lint_id id, enum lint_level level, const char *name, const char *sentence)
{
	(void)fields_fail(&l->f, name, sentence);
	open_problem(l, id, level);
}

void lint_open(struct lint *l, enum lint_id id, const char *name)
{
	lint_open_with(l, id, lint_rows_of[id].level, name, lint_rows_of[id].sentence);
}

void lint_close(struct lint *l)
{
	jw_object_end(l->out);
}

void lint_fault(struct lint *l, enum lint_id id, const char *name)
{
	lint_open(l, id, name);
	lint_close(l);
}

void lint_fault_figures(
    struct lint *l, enum lint_id id, const char *name, int64_t limit, int64_t got)
{
	const char *sentence = lint_rows_of[id].sentence;

	(void)fields_fail_figures(&l->f, name, sentence ? sentence : fields_too_long, limit, got);
	open_problem(l, id, lint_rows_of[id].level);
	lint_close(l);
}

void lint_unknown_value(struct lint *l, const char *name)
{
	(void)fields_fail(&l->f, name, fields_unknown_value);
	open_problem(l, LINT_SHAPE, LINT_ERROR);
	lint_close(l);
}

/* What the table found, if anything: too much of something, or another shape. */
static void note(struct lint *l)
{
	if (!l->f.problem.code)
		return;
	bool length = l->f.limit >= 0 && l->f.got > l->f.limit;
	open_problem(l, length ? LINT_LENGTH : LINT_SHAPE, LINT_ERROR);
	lint_close(l);
}

/* Each row by itself, so that each problem is told. True when all is well. */
bool lint_rows(struct lint *l, const struct json *at, const struct field_rule *table, size_t n)
{
	int before = l->tally.counts[LINT_ERROR];

	for (size_t i = 0; i < n; i++) {
		(void)fields_check(&l->f, at, &table[i], 1, l->figures);
		note(l);
	}
	return l->tally.counts[LINT_ERROR] == before;
}

void lint_not_an_object(struct lint *l)
{
	(void)fields_fail(&l->f, "", fields_not_an_object);
	note(l);
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
		lint_fault(l, LINT_NOT_IN_CATEGORY, "");
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
		lint_fault(l, LINT_CARD_IN_CARD, "");
		return;
	}
	if (!lint_category_has(l, 0))
		lint_fault(l, LINT_NOT_IN_CATEGORY, "");
	if (!lint_rows(l, carousel, ROWS(cards_shape)))
		return;
	l->in_card = true;
	lint_each(l, "cards", cards, lint_components);
	l->in_card = false;
	json_iter_init(&it, cards);
	while (json_iter_next(&it, NULL, &card)) {
		if (!same_parts(first, json_get(card, "components"))) {
			lint_fault(l, LINT_CARD_SHAPES, "cards");
			return;
		}
	}
}

/* --- the whole -------------------------------------------------------------------------------- */

static const struct part_row {
	const char *type;
	lint_fn *lint;
	int subcode;
} part_rows[] = {
	{ "HEADER", lint_header, CODE_HEADER },
	{ "BODY", lint_body, CODE_BODY },
	{ "FOOTER", lint_footer, CODE_FOOTER },
	{ "BUTTONS", lint_buttons, 0 },
	{ "LIMITED_TIME_OFFER", lint_offer, 0 },
	{ "CAROUSEL", lint_carousel, 0 },
};

static const struct part_row *part_of(const struct json *component)
{
	for (size_t i = 0; i < ARRAY_LEN(part_rows); i++) {
		if (template_word_is(json_get(component, "type"), part_rows[i].type))
			return &part_rows[i];
	}
	return NULL;
}

static void lint_component(struct lint *l, const struct json *component)
{
	static const struct field_rule shape[] = { MUST("type", TEXT) };

	if (json_type(component) != JSON_OBJECT) {
		lint_not_an_object(l);
		return;
	}
	if (!lint_rows(l, component, ROWS(shape)))
		return;
	const struct part_row *row = part_of(component);
	if (!row) {
		advise_unknown(l, "type");
		return;
	}
	l->subcode = row->subcode;
	row->lint(l, component);
	l->subcode = 0;
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
			lint_fault(l, LINT_TWICE, "components");
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
		lint_fault(l, LINT_NO_BODY, "components");
	if (l->category == PURPOSE_AUTHENTICATION &&
	    !template_component(components, "BUTTONS", NULL))
		lint_fault(l, LINT_NO_CODE_BUTTON, "components");
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

/* "Order Shipped" → "order_shipped". */
static void write_name(struct json_writer *w, struct str name)
{
	struct buf out;

	buf_init(&out, 0);
	for (size_t i = 0; i < name.len; i++) {
		char c = name.p[i] >= 'A' && name.p[i] <= 'Z' ? (char)(name.p[i] | 0x20)
							      : name.p[i];
		bool fine = is_name(str_n(&c, 1)) && c != '_';

		if (fine)
			buf_add_char(&out, c);
		else if (out.len > 0 && out.p[out.len - 1] != '_')
			buf_add_char(&out, '_');
	}
	while (out.len > 0 && out.p[out.len - 1] == '_')
		out.len--;
	jw_member_str(w, "proposal", out.len ? buf_str(&out) : STR("order_shipped"));
	w->out->failed = w->out->failed || out.failed;
	buf_done(&out);
}

static void check_words(struct lint *l, const struct json *definition)
{
	struct str name = json_str(json_get(definition, "name"));
	struct str language = json_str(json_get(definition, "language"));
	struct str category = json_str(json_get(definition, "category"));
	struct str format = json_str(json_get(definition, "parameter_format"));

	if (name.len > 0 && !is_name(name)) {
		lint_open(l, LINT_NAME, "name");
		write_name(l->out, name);
		lint_close(l);
	}
	if (language.len > 0 && !is_language(language))
		lint_fault(l, LINT_LANGUAGE, "language");
	if (category.len > 0 && l->category == PURPOSE_NONE)
		lint_unknown_value(l, "category");
	if (format.len > 0 && !fields_word_is(format, "named|positional", true))
		lint_unknown_value(l, "parameter_format");
	l->named = fields_word_is(format, "named", true);
	l->positional = fields_word_is(format, "positional", true);
}

/* How long Meta tries to deliver, by category; -1 is the longest. */
static void check_life(struct lint *l, const struct json *definition)
{
	int64_t life = 0, min = l->figures->ttl_min_s[l->category],
		max = l->figures->ttl_max_s[l->category];

	if (l->category == PURPOSE_NONE ||
	    !json_int(json_get(definition, "message_send_ttl_seconds"), &life) || life == -1)
		return;
	if (life < min || life > max)
		lint_fault_figures(
		    l, LINT_LIFE, "message_send_ttl_seconds", life < min ? min : max, life);
}

enum purpose lint_category_of(struct str word)
{
	enum purpose p;

	if (purpose_parse(word, &p) < 0)
		return PURPOSE_NONE;
	return p == PURPOSE_MARKETING || p == PURPOSE_UTILITY || p == PURPOSE_AUTHENTICATION
	    ? p
	    : PURPOSE_NONE;
}

/* Graph lists templates with an id and a status, which nobody writes who creates one. */
static bool is_recorded(const struct json *definition)
{
	return field_present(definition, "id") || field_present(definition, "status");
}

void lint_definition(struct lint *l, const struct json *definition, bool edit)
{
	struct str category = json_str(json_get(definition, "category"));

	fields_init(&l->f);
	if (json_type(definition) != JSON_OBJECT) {
		lint_not_an_object(l);
		return;
	}
	if (!category.p && l->setting)
		category = l->setting->category;
	l->category = category.p ? lint_category_of(category) : PURPOSE_NONE;
	l->language = json_str(json_get(definition, "language"));
	l->recorded = is_recorded(definition);
	(void)(edit ? lint_rows(l, definition, ROWS(edited))
		    : lint_rows(l, definition, ROWS(created)));
	(void)lint_rows(l, definition, ROWS(either));
	check_words(l, definition);
	check_life(l, definition);
	lint_components(l, definition);
}

int template_def_lint(struct arena *a, const struct pack *pack, const struct json *definition,
    bool edit, struct json_writer *out)
{
	struct lint l = { .pack = pack, .figures = pack_template(pack), .arena = a, .out = out };

	lint_definition(&l, definition, edit);
	return out->out->failed ? -E_NOMEM : l.tally.counts[LINT_ERROR];
}

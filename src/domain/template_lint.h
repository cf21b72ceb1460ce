/* domain/template_lint.h: the pieces of template_def_lint() and template_review().
 *
 * Private to domain/template_lint*.c, template_advice*.c and template_review.c. Each check writes down what it finds, at
 * l->f.path, and goes on. */
#ifndef DOMAIN_TEMPLATE_LINT_H
#define DOMAIN_TEMPLATE_LINT_H

#include "base/check.h"
#include "domain/content_message.h"
#include "domain/fields.h"
#include "domain/template_review.h"

/* X(id, rule, level, subcode, sentence, remedy): one sentence each. A sentence of NULL is that of the field check, a
 * subcode of SUBCODE_OF_PART that of the component. */
enum lint_id {
	LINT_SHAPE,
	LINT_LENGTH,
	LINT_NAME,
	LINT_LANGUAGE,
	LINT_LIFE,
	LINT_NOT_IN_CATEGORY,
	LINT_TWICE,
	LINT_NO_BODY,
	LINT_NO_CODE_BUTTON,
	LINT_CODE_TEXT,
	LINT_CARD_IN_CARD,
	LINT_CARD_SHAPES,
	LINT_VARIABLE_FORM,
	LINT_VARIABLE_BESIDE,
	LINT_VARIABLE_FIRST,
	LINT_VARIABLE_LAST,
	LINT_VARIABLE_MIXED,
	LINT_VARIABLE_FORMAT,
	LINT_VARIABLE_GAP,
	LINT_VARIABLE_EXAMPLE,
	LINT_VARIABLE_MANY,
	LINT_VARIABLE_FOOTER,
	LINT_VARIABLE_RATIO,
	LINT_BUTTON_VARIABLE,
	LINT_BUTTON_COUNT,
	LINT_BUTTON_APART,
	LINT_SAME_NAME,
	LINT_SAME_TEXT,
	LINT_SAME_NAME_KNOWN,
	LINT_SAME_TEXT_KNOWN,
	LINT_FULL,
	LINT_NEARLY_FULL,
	LINT_NOT_EDITABLE,
	LINT_FIXED_CATEGORY,
	LINT_NO_EFFECT,
	LINT_UNKNOWN_PART,
	LINT_BARE_EXAMPLE,
	LINT_LINE_BREAK,
	LINT_DIRECTION,
	LINT_CATEGORY_DIFFERS,
	LINT_PROMOTION,
	LINT_CODE,
	LINT_NO_WAY_OUT,
	LINT_NO_WAY_OUT_BUTTON,
	LINT_DEAF_BUTTON,
	LINT_NO_SENDER,
	LINT_NO_SENDER_SIGN,
	LINT_PROHIBITED,
	LINT_SENSITIVE,
	LINT_LINK_PLAIN,
	LINT_LINK_SCHEME,
	LINT_LINK_SHORTENER,
	LINT_LINK_LOOKALIKE,
	LINT_LINK_LIKE,
	LINT_LINK_ADDRESS,
	LINT_LINK_USERINFO,
	LINT_LINK_DEAD,
	LINT_LINK_GONE,
	LINT_LINK_SILENT,
	LINT_LINK_CHAT,
	LINT_LINK_OPEN,
	LINT_PHONE,
	LINT_UNREADABLE,
	LINT_IDS
};

#define SUBCODE_OF_PART (-1)

struct lint_row {
	const char *rule;
	enum lint_level level;
	int subcode;
	const char *sentence, *remedy; /* N_() */
};
extern const struct lint_row lint_rows_of[LINT_IDS];

struct lint {
	struct fields f;
	const struct pack *pack;
	const struct pack_template *figures;
	const struct template_setting *setting; /* NULL = the form alone */
	struct arena *arena;
	struct json_writer *out;
	enum purpose category; /* PURPOSE_NONE = not told */
	struct str language;   /* p NULL = not told */
	bool in_card;
	bool recorded;          /* as Graph lists it, not as it is created */
	bool named, positional; /* what parameter_format says; neither = nothing */
	int subcode;            /* of the component where we are */
	bool no_memory;
	struct template_tally tally;
};

typedef void lint_fn(struct lint *l, const struct json *entry);

#define MUST FIELD_MUST
#define MAY FIELD_MAY
#define T(member) FIELD_FIGURE(struct pack_template, member)
#define ROWS(table) (table), ARRAY_LEN(table)

void lint_fault(struct lint *l, enum lint_id id, const char *name);
void lint_fault_figures(
    struct lint *l, enum lint_id id, const char *name, int64_t limit, int64_t got);
/* A problem that has members of its own: they are written in between. */
void lint_open(struct lint *l, enum lint_id id, const char *name);
void lint_close(struct lint *l);
/* Of another level and in another sentence than the row's. */
void lint_open_with(
    struct lint *l, enum lint_id id, enum lint_level level, const char *name, const char *sentence);
/* What came is none of the values that are possible. */
void lint_unknown_value(struct lint *l, const char *name);
void lint_not_an_object(struct lint *l);

/* Each row by itself, so that each problem is told. True when all is well. */
bool lint_rows(struct lint *l, const struct json *at, const struct field_rule *table, size_t n);
/* Every entry of the list that stands at `name`. */
void lint_each(struct lint *l, const char *name, const struct json *list, lint_fn *fn);
/* Is the template's category one of these PURPOSE_BITs (0 = any but authentication), or not told. */
bool lint_category_has(const struct lint *l, unsigned categories);
/* The whole definition, form first. */
void lint_definition(struct lint *l, const struct json *definition, bool edit);
enum purpose lint_category_of(struct str word);

/* One component each. */
void lint_header(struct lint *l, const struct json *header);
void lint_body(struct lint *l, const struct json *body);
void lint_footer(struct lint *l, const struct json *footer);
void lint_buttons(struct lint *l, const struct json *component);
/* The example of a header's or a body's variable; p NULL when it has none. */
struct template_variables;
struct str lint_example(
    const struct json *component, const struct template_variables *vars, size_t i);

/* Advice at one place, where there is a setting; else nothing. */
void advise_text(struct lint *l, const char *name, struct str text);
void advise_direction(struct lint *l, const char *name, struct str text);
void advise_line(struct lint *l, const char *name, struct str text);
void advise_example(struct lint *l, struct str example);
void advise_button(struct lint *l, const struct json *button);
void advise_unknown(struct lint *l, const char *name);
/* "footer" and "button" in the template's language, as members of an open problem. */
void advise_proposal(struct lint *l);

/* Advice about the whole; *ret_fit is a JSON object of the category's scores. */
MUST_CHECK int advise_content(
    struct lint *l, const struct json *components, struct buf *ret_fit, struct err *err);
void advise_account(struct lint *l, const struct json *definition);

#endif

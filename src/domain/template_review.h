/* domain/template_review.h: all that can be said of a template before it is sent to Meta, and what to do about it.
 *
 * Errors are what Meta would reject, with Graph's own codes (platform facts 6.1, 2026-11-22). Warnings are what costs
 * later: a category that the text contradicts, no way out, nobody to be seen behind it, links that hide or lead nowhere.
 * Notes propose something better. Rules that the gate knows too keep their ids, and are left out where the pack's level
 * of them is "off". Sentences are msgids with {places} until template_review_tell(). */
#ifndef DOMAIN_TEMPLATE_REVIEW_H
#define DOMAIN_TEMPLATE_REVIEW_H

#include "base/json.h"
#include "base/lang.h"
#include "domain/pack.h"

enum lint_level { LINT_NOTE, LINT_WARNING, LINT_ERROR, LINT_LEVELS };

const char *lint_level_name(enum lint_level l); /* "warning" */
MUST_CHECK int lint_level_parse(struct str text, enum lint_level *ret);

/* One rule of the lint; several sentences may be of one rule. */
struct lint_rule {
	const char *id; /* "variable.first" */
	enum lint_level level;
	int subcode;       /* Graph's, beside code 100; 0 = none of its own */
	const char *about; /* N_(): what the rule is for */
};
/* NULL behind the last. */
const struct lint_rule *lint_rule_at(size_t i);

/* One sentence that the lint may say. */
struct lint_said {
	const char *rule;
	enum lint_level level;
	int subcode;                   /* 0 = none; below 0 = that of the component */
	const char *sentence, *remedy; /* N_(); sentence NULL = that of the field's own check */
};
bool lint_said_at(size_t i, struct lint_said *ret); /* false behind the last */

/* Another template of the same account, or of the same file. */
struct template_other {
	struct str name, language;
	const struct json *components;
	bool in_file; /* beside this one in a file: two of a name are an error then */
};

/* Others by their names and by their texts, so that thousands can be compared with each other. */
struct template_index;
/* In the arena, as is what it keeps of `others`, which must live as long. NULL when memory ran out. */
struct template_index *template_index_new(
    struct arena *a, const struct template_other *others, size_t len);

/* The address of a button that was opened and leads nowhere. */
struct template_link {
	struct str url; /* as it stands in the button */
	int status;     /* of the answer; 0 = there was none */
};

/* What is known besides the definition. All zero = nothing. */
struct template_setting {
	struct str sender, verified_name; /* p NULL = not known */
	enum purpose correct_category;    /* Meta's own word */
	struct str category, status;      /* of the one on record that is edited; p NULL = none */
	bool edit;                        /* it carries only what it changes */
	const struct template_other *others;
	size_t others_len;
	const struct template_index *
	    index; /* of `others`; NULL = made for this one definition, which costs as much as they are */
	const struct template_other
	    *itself[2]; /* of these, this one: in a file and on record, passed
						   over; NULL = it is not there */
	const struct template_link *dead;
	size_t dead_len;
	bool known; /* the account has one of this name and language */
};

struct template_tally {
	int counts[LINT_LEVELS];
	int forbidden; /* of the errors, those that are of the policy, not of the form */
};

/* Appends one object to `out`, a value under construction: name, language, category, ok, errors, warnings, notes,
 * category_fit and problems. 0, -E_NOMEM, or what content_read() says when texts cannot be read at all here. */
MUST_CHECK int template_review(struct arena *a, const struct pack *pack,
    const struct json *definition, const struct template_setting *setting, struct json_writer *out,
    struct template_tally *ret, struct err *err);

/* The same object, or one of its problems, with its sentences told in a language. */
void template_review_tell(
    struct arena *a, const struct json *review, enum lang lang, struct json_writer *out);
void template_problem_tell(
    struct arena *a, const struct json *problem, enum lang lang, struct json_writer *out);
/* One sentence of a problem: "message" or "suggestion"; p NULL when it has none or memory ran out. */
struct str template_problem_text(
    struct arena *a, const struct json *problem, const char *member, enum lang lang);

#endif

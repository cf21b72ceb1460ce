/* domain/decision.h: what policy said of one message, and how it is told to people.
 *
 * A finding is a rule that did not pass, with its evidence as a small JSON object. Sentences are not stored: they are made from the rule's
 * msgid and the evidence ({placeholders} are evidence members), so any stored decision can be told in any language later. */
#ifndef DOMAIN_DECISION_H
#define DOMAIN_DECISION_H

#include "base/json.h"
#include "base/lang.h"
#include "domain/facts.h"

enum verdict { VERDICT_ALLOW, VERDICT_HOLD, VERDICT_REFUSE };
enum mode { MODE_OBSERVE, MODE_ENFORCE };

struct rule;                       /* domain/rules.h */
#define RULES_MAX 64

struct finding {
	const struct rule *rule;
	enum level  level;             /* warn, hold or refuse */
	bool        unsure;            /* "cannot tell" counted as a fail, or as a warning for service replies */
	time_ms     until;             /* LEVEL_HOLD: when it ends, TIME_NONE = no known end */
	const char *because;           /* msgid with {placeholders} */
	struct str  evidence;          /* a JSON object, at least {} */
};

struct decision {
	enum verdict   verdict;        /* what `enforce` does */
	enum purpose   purpose;
	time_ms        hold_until;     /* the latest of the holds; TIME_NONE when any has no known end (readings 13) */
	struct finding findings[RULES_MAX];  /* in table order */
	size_t         findings_len;
	const struct finding *leading; /* gives error.code: first refuse, else first hold (readings 29a); NULL for allow */
	bool           binding;        /* a failing rule binds even in observe mode (design 3) */
	bool           window_open;    /* as decided */
	bool           business_initiated;
};

const char *verdict_name(enum verdict v);      /* "allow" "hold" "refuse" */
const char *mode_name(enum mode m);

/* One sentence, placeholders filled from the evidence object; `lang` decides. p == NULL when memory ran out. */
struct str finding_because(struct arena *a, const struct finding *f, enum lang lang);

/* The array error.varco.rules (design 4): {"id","level","because","evidence","remedy","who"} for every finding at `from` or above. */
void decision_write_rules(struct arena *a, const struct decision *d, enum lang lang, enum level from, struct json_writer *w);
/* The same array of ids only: level hold or refuse (`warnings` = false), or level warn. */
void decision_write_ids(const struct decision *d, bool warnings, struct json_writer *w);
/* {"name","verdict","purpose","rules","warnings","hold_until","details"} of design 7. */
void decision_write_case(struct arena *a, const struct decision *d, struct str name, enum lang lang, struct json_writer *w);

/* Compact form for the store: [{"id","level","unsure","until","because","evidence"}…] and back. */
void decision_write_stored(const struct decision *d, struct json_writer *w);
MUST_CHECK int decision_read_stored(struct arena *a, struct str text, struct decision *ret, struct err *err);

/* HTTP status, Graph code and Retry-After of a decision that is not allowed (design 4). Status by the leading rule. */
int decision_status(const struct decision *d);
int decision_graph_code(const struct decision *d);
int64_t decision_retry_after_s(const struct decision *d, time_ms now);

#endif

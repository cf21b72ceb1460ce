/* domain/decision.h: what policy said of one message, and how it is told to people.
 *
 * A finding is a rule that did not pass, with its evidence as a small JSON object. Sentences are not
 * stored: they are made from the msgid and the evidence ({placeholders} are evidence members), so any
 * stored decision can be told in any language later. */
#ifndef DOMAIN_DECISION_H
#define DOMAIN_DECISION_H

#include "base/json.h"
#include "base/lang.h"
#include "domain/facts.h"

enum verdict {
	VERDICT_ALLOW,
	VERDICT_HOLD,
	VERDICT_REFUSE,
};

enum mode {
	MODE_OBSERVE,
	MODE_ENFORCE,
};

struct rule; /* domain/rules.h */
#define RULES_MAX 64

struct finding {
	const struct rule *rule;
	enum level level;    /* warn, hold or refuse */
	bool unsure;         /* "cannot tell" counted as a fail, or as a warning for service */
	time_ms until;       /* when the rule will pass; TIME_NONE = not known */
	const char *because; /* msgid with {placeholders} */
	struct str evidence; /* a JSON object, at least {} */
};

/* `leading` points into the struct itself: copy it with decision_copy() only. */
struct decision {
	enum verdict verdict; /* what `enforce` does */
	enum purpose purpose;
	time_ms
	    hold_until; /* VERDICT_HOLD: the latest of the holds; TIME_NONE when any has no known
			     * end (readings 13), and for the other verdicts */
	struct finding findings[RULES_MAX]; /* in table order */
	size_t findings_len;
	const struct finding *leading; /* gives error.code: first refuse, else first hold (readings
					* 29a); NULL for allow */
	bool binding;                  /* a failing rule binds even in observe mode (design 3) */
	bool window_open;              /* as decided */
	bool business_initiated;
};

/* Verdict, hold_until, leading and binding from the findings. */
void decision_settle(struct decision *d);
/* In observe mode: of the failing rules the first that binds gives the answer (design 3), when one does. */
void decision_lead_by_binding(struct decision *d);
void decision_copy(struct decision *to, const struct decision *from);

const char *verdict_name(enum verdict v); /* "allow" "hold" "refuse" */
const char *mode_name(enum mode m);

/* One sentence, placeholders filled from the evidence object; `lang` decides. p == NULL when memory ran
 * out. A placeholder that the evidence does not have stays as "?". */
struct str finding_because(struct arena *a, const struct finding *f, enum lang lang);

/* What to do about it: the row's remedy, or that of the sentence. */
const char *finding_remedy(const struct finding *f);

/* The array error.varco.rules (design 4): {"id","level","because","evidence","remedy","who"} for every
 * finding at `from` or above. */
void decision_write_rules(struct arena *a, const struct decision *d, enum lang lang,
    enum level from, struct json_writer *w);
/* Every rule in the order of the table, those that passed too:
 * {"id","number","about","verdict"}: passed, warn, hold or refuse; off where `pack` (NULL = not known which) switches it
 * off; skipped where nothing else is asked, for the app is unknown. */
void decision_write_ladder(
    const struct decision *d, const struct pack *pack, enum lang lang, struct json_writer *w);
/* The same array of ids only: level hold or refuse (`warnings` = false), or level warn. */
void decision_write_ids(const struct decision *d, bool warnings, struct json_writer *w);
/* {"name","verdict","purpose","rules","warnings","hold_until","details"} of design 7; name p == NULL
 * writes null, and so does a purpose that cannot be told. Details tell warnings too. */
void decision_write_case(struct arena *a, const struct decision *d, struct str name, enum lang lang,
    struct json_writer *w);

/* Compact form for the store: [{"id","level","unsure","until","because","evidence"}…] and back. What is
 * read back has purpose none, and false for window_open and business_initiated: the store keeps those
 * beside it. -E_INVALID names the member, or a rule that this version does not have; -E_NOMEM. */
void decision_write_stored(const struct decision *d, struct json_writer *w);
MUST_CHECK int decision_read_stored(
    struct arena *a, struct str text, struct decision *ret, struct err *err);

/* HTTP status, Graph code and Retry-After of a decision that is not allowed (design 4), by its leading
 * rule. Retry-After is at least 1, and 60 when no end is known. */
int decision_status(const struct decision *d);
int decision_graph_code(const struct decision *d);
int64_t decision_retry_after_s(const struct decision *d, time_ms now);

#endif

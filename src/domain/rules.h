/* domain/rules.h: the rule table of design 6: one row and one pure function a rule.
 *
 * A check looks at the facts, the message, the pack and the time, and answers pass, fail or cannot tell.
 * On fail or cannot tell it may write evidence, name an end and lower the level; when it passes it has
 * written nothing and allocated nothing, but for the one reading of the text that the checks of content share. Rows stand in the order of their numbers, that of enum
 * rule_index. `varco explain`, `decide`, documents and refusals all print from these rows.
 *
 * Evidence is what a person needs to believe the answer: times, counts, limits, ids, masked numbers.
 * Never the text of a message, never a whole phone number. Placeholders of sentences are its members. */
#ifndef DOMAIN_RULES_H
#define DOMAIN_RULES_H

#include "domain/decision.h"

struct content_seen; /* rules_checks.h */

enum answer {
	ANSWER_PASS,
	ANSWER_FAIL,
	ANSWER_UNSURE, /* a value was given that cannot be told */
};

enum who {
	WHO_APP,
	WHO_OPERATOR,
	WHO_COMPLIANCE,
	WHO_META,
};

/* What a check sees, and where it writes. */
struct judgement {
	const struct facts *facts;
	const struct message *send;
	const struct pack *pack;
	time_ms now;
	enum purpose purpose;
	bool template_known; /* the facts are of the template that is sent */
	bool window_open, business_initiated;
	bool reply; /* free-form service inside the open window (readings 1) */
	struct arena *arena;
	struct content_seen *content; /* the text, read by the first check that asks */
	int broken;                   /* -E_NOMEM: there is no decision */
	/* Written by the check, through rules_checks.h. */
	enum level level;    /* starts as the pack's; only ever lowered */
	time_ms until;       /* when the rule will pass, if that is known; starts as TIME_NONE */
	const char *because; /* starts as the row's sentence */
	struct buf *evidence_text;
	struct json_writer evidence;
	bool evidence_open;
};

/* A sentence that a check says instead of its row's own, when that asks for another remedy. */
struct rule_case {
	const char *because, *remedy; /* N_() */
};

struct rule {
	const char *id;
	int number;     /* 101 … 710 */
	int graph_code; /* Meta's own, or 0: then 900000 + number */
	int status;     /* HTTP status when it refuses (design 4); a hold is 429 */
	bool binds;     /* even in observe mode (design 3) */
	enum who who;
	enum answer (*check)(struct judgement *j);
	const char *title;             /* N_(): a few words */
	const char *because;           /* N_(): one sentence with {placeholders} */
	const char *remedy;            /* N_(): what to do, one sentence */
	const struct rule_case *cases; /* ends with a row of NULL; NULL = none */
	const char *explain; /* N_(): what the rule is for, two to five sentences, with source */
};

extern const struct rule rules[RULES_COUNT];
extern const size_t rules_len;

const struct rule *rule_by_id(struct str id); /* NULL when there is none */
const struct rule *rule_by_number(int number);
enum rule_index rule_index_of(const struct rule *rule);
/* What an app gets as error.code: Meta's own, else 900000 + number. */
int rule_code(const struct rule *rule);
const char *who_name(enum who w);
/* Whether the finding says that what was paused begins again by steps, the next at its `until`. */
struct finding;
bool finding_is_by_steps(const struct finding *x);
/* That the store was brought back from a copy, which binds in observe mode too. */
bool finding_is_of_restore(const struct finding *x);

#endif

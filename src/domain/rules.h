/* domain/rules.h: the rule table of design 6: one row and one pure function a rule.
 *
 * A check looks at the facts, the message, the pack and the time, and answers pass, fail or cannot tell. On fail or cannot tell it may write evidence
 * and lower the level. Order of rows = order of numbers. `varco explain`, `decide`, documents and refusals all print from these rows. */
#ifndef DOMAIN_RULES_H
#define DOMAIN_RULES_H

#include "domain/decision.h"

enum answer { ANSWER_PASS, ANSWER_FAIL, ANSWER_UNSURE };
enum who { WHO_APP, WHO_OPERATOR, WHO_COMPLIANCE, WHO_META };

/* What a check sees, and where it writes. */
struct judgement {
	const struct facts   *facts;
	const struct message *send;
	const struct pack    *pack;
	time_ms               now;
	enum purpose          purpose;
	bool                  window_open, business_initiated, reply;  /* reply: free-form service in the sense of readings 1 */
	struct arena         *arena;
	/* written by the check */
	enum level            level;      /* starts as the pack's level; a check may lower it (403, 504) */
	time_ms               until;
	const char           *because;    /* starts as the row's first sentence */
	struct json_writer    evidence;   /* inside an open object */
};

struct rule {
	const char *id;
	int         number;               /* 101 … 710 */
	int         graph_code;           /* Meta's own, or 0: then 900000 + number */
	int         status;               /* HTTP status by family: 401, 403, 429, 400 (design 4) */
	bool        binds;                /* even in observe mode (design 3) */
	enum who    who;
	enum answer (*check)(struct judgement *j);
	const char *title;                /* N_(): a few words */
	const char *because;              /* N_(): one sentence with {placeholders} */
	const char *remedy;               /* N_(): what to do, one sentence */
	const char *explain;              /* N_(): what the rule is for, two to five sentences, with source */
};

extern const struct rule rules[];
extern const size_t rules_len;

const struct rule *rule_by_id(struct str id);        /* NULL when there is none */
const struct rule *rule_by_number(int number);
const char *who_name(enum who w);

#endif

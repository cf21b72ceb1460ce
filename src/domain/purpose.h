/* domain/purpose.h: what a message is for, and the other small words that several modules share
 * (design 2). Their texts are those of the wire formats; their values are stored. */
#ifndef DOMAIN_PURPOSE_H
#define DOMAIN_PURPOSE_H

#include "base/str.h"

/* The values are stored; never renumber. */
enum purpose {
	PURPOSE_NONE = 0, /* cannot be told: unknown template */
	PURPOSE_MARKETING = 1,
	PURPOSE_UTILITY = 2,
	PURPOSE_AUTHENTICATION = 3,
	PURPOSE_SERVICE = 4, /* free-form */
	PURPOSE_ALL = 5,     /* of consents and pauses only */
};

/* A set of purposes, as a bit mask. */
#define PURPOSE_BIT(p) (1u << (unsigned)(p))

enum evidence { /* strength, weakest first (design 7) */
	EVIDENCE_NONE = 0,
	EVIDENCE_IMPORTED = 1,
	EVIDENCE_FORM = 2,
	EVIDENCE_INBOUND = 3,
	EVIDENCE_DOUBLE_OPT_IN = 4,
	EVIDENCE_SIGNED = 5,
};

/* How much a rule weighs. Ordered: a check may lower its own level, never raise it. */
enum level {
	LEVEL_OFF,
	LEVEL_WARN,
	LEVEL_HOLD,
	LEVEL_REFUSE,
};

/* Names are static; "" for a value that is none of the enum's (PURPOSE_NONE among them). Parsing is
 * 0 and *ret, or -E_INVALID; any case fits, so that Graph's MARKETING does too. */
const char *purpose_name(enum purpose p);
MUST_CHECK int purpose_parse(struct str text, enum purpose *ret);
const char *evidence_name(enum evidence e);
MUST_CHECK int evidence_parse(struct str text, enum evidence *ret);
const char *level_name(enum level l);
MUST_CHECK int level_parse(struct str text, enum level *ret);

#endif

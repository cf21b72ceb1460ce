/* domain/purpose.h: what a message is for, and the other small words that several modules share (design 2). */
#ifndef DOMAIN_PURPOSE_H
#define DOMAIN_PURPOSE_H

#include "base/str.h"

/* The values are stored; never renumber. */
enum purpose {
	PURPOSE_NONE = 0,           /* cannot be told: unknown template */
	PURPOSE_MARKETING = 1,
	PURPOSE_UTILITY = 2,
	PURPOSE_AUTHENTICATION = 3,
	PURPOSE_SERVICE = 4,        /* free-form */
	PURPOSE_ALL = 5,            /* of consents and pauses only */
};

enum evidence {                 /* strength, weakest first (design 7) */
	EVIDENCE_NONE = 0,
	EVIDENCE_IMPORTED = 1,
	EVIDENCE_FORM = 2,
	EVIDENCE_INBOUND = 3,
	EVIDENCE_DOUBLE_OPT_IN = 4,
	EVIDENCE_SIGNED = 5,
};

const char *purpose_name(enum purpose p);                        /* "marketing"; "" for none */
MUST_CHECK int purpose_parse(struct str text, enum purpose *ret); /* any case, so that Graph's MARKETING fits; -E_INVALID */
const char *evidence_name(enum evidence e);                      /* "double_opt_in" */
MUST_CHECK int evidence_parse(struct str text, enum evidence *ret);

#endif

/* domain/telling.h: words of the record as documents for people tell them. */
#ifndef DOMAIN_TELLING_H
#define DOMAIN_TELLING_H

#include "base/lang.h"

enum telling {
	TELLING_PURPOSES,
	TELLING_EVIDENCES,
	TELLING_STATES,   /* of a send */
	TELLING_KINDS,    /* of a message */
	TELLING_VERDICTS, /* of a decision */
	TELLING_ACTS,     /* of consent */
	TELLING_MARKS,    /* of a person */
};

/* What stands for the word in that language; the word itself when it is none of them. */
const char *telling_word(enum lang lang, enum telling words, const char *word);

#endif

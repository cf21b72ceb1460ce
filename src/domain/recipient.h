/* domain/recipient.h: what every send asks about the person it is for, in one statement: who it is,
 * the contact with the number that writes, and all acts of consent. */
#ifndef DOMAIN_RECIPIENT_H
#define DOMAIN_RECIPIENT_H

#include "domain/contact.h"
#include "domain/person.h"

struct recipient {
	struct person person;
	struct contact contact; /* with the number that was asked for */
	bool waits;             /* for an answer of that number (contact.h) */
	/* In the arena, in the order in which they were recorded. */
	const struct facts_consent *consents;
	size_t consents_len;
};

/* As person_find: 1 found, 0 unknown (and *ret untouched), <0. */
MUST_CHECK int recipient_find(struct store_conn *c, struct phone phone, struct str bsuid,
    struct str number, struct arena *a, struct recipient *ret, struct err *err);
/* The same for a person that is known by id; one that was merged is found as whom it is now. */
MUST_CHECK int recipient_by_id(struct store_conn *c, uint64_t id, struct str number,
    struct arena *a, struct recipient *ret, struct err *err);

#endif

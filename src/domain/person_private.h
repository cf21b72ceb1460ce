/* domain/person_private.h: steps shared by person.c and person_learn.c, and by nobody else. */
#ifndef DOMAIN_PERSON_PRIVATE_H
#define DOMAIN_PERSON_PRIVATE_H

#include "domain/person.h"

/* 1 and *ret; 0 none, also when the key is absent. */
MUST_CHECK int person_by_phone(
    struct store_conn *c, struct phone phone, struct arena *a, struct person *ret, struct err *err);
/* guess: the number that this person has, if it is not another one; none = no idea. *ret_placed (may
 * be NULL): the BSUID's portfolio is known. */
MUST_CHECK int person_by_bsuid(struct store_conn *c, struct str bsuid, struct phone guess,
    struct arena *a, struct person *ret, bool *ret_placed, struct err *err);

/* Where the row lies: tables.c. */
int64_t person_place(const struct person *p);

/* phone: none, or nobody's. */
MUST_CHECK int person_create(struct store_conn *c, struct phone phone, struct id_gen *ids,
    time_ms now, struct person *ret, struct err *err);
/* That BSUID (absent: nothing happens) leads to this person from now on. */
MUST_CHECK int person_add_bsuid(struct store_conn *c, uint64_t person, struct str bsuid,
    struct str portfolio, time_ms now, struct err *err);

#endif

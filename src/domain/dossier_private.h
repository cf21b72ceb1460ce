/* domain/dossier_private.h: what the readers of a dossier share. For dossier_read.c and
 * dossier_people.c alone. */
#ifndef DOMAIN_DOSSIER_PRIVATE_H
#define DOMAIN_DOSSIER_PRIVATE_H

#include "domain/dossier.h"

struct dossier_reading {
	struct store_conn *c;
	struct arena *a;
	struct dossier *d;
	time_ms from;        /* of the time before */
	int64_t first, last; /* decisions of it: first <= id < last */
	struct err *err;
};

int dossier_no_memory(struct err *err);
/* Population, sample, lists, opt-outs, whom to ask again. */
MUST_CHECK int dossier_read_people(struct dossier_reading *r);

#endif

/* domain/pair.h: the pair limit as a debt (design 6 #703, readings 9). Pure.
 *
 * Each message from one number to one person costs one interval; time pays it back. While the debt is
 * less than the whole burst, messages may be borrowed from later; once the burst is used up nothing
 * goes until all of it is repaid: 45 at once block for 270 s. */
#ifndef DOMAIN_PAIR_H
#define DOMAIN_PAIR_H

#include "base/clock.h"
#include "domain/pack.h"

struct pair_debt {
	time_ms clear_at; /* when the whole debt is repaid; any time in the past = none */
	bool spent;       /* the burst is used up: nothing until clear_at */
	bool told;        /* not by our count, but because Meta said so */
};

#define PAIR_NO_DEBT ((struct pair_debt){ .clear_at = 0, .spent = false })

/* Is there room in the burst for one more message at `now`. */
bool pair_debt_fits(const struct pair_debt *debt, const struct pack_pair *figures, time_ms now);
/* A message at `at`, no earlier than the one before. */
void pair_debt_add(struct pair_debt *debt, const struct pack_pair *figures, time_ms at);
/* May the next message not go at `now`; it may at debt->clear_at. */
bool pair_debt_blocks(const struct pair_debt *debt, time_ms now);

#endif

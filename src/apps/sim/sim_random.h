/* apps/sim/sim_random.h: the one source of chance of a simulator, and the ids that follow from its seed.
 *
 * Same seed, same calls in the same order: same draws. Ids do not draw: they are functions of the seed and a
 * counter, so that they neither repeat nor disturb the draws. */
#ifndef APPS_SIM_SIM_RANDOM_H
#define APPS_SIM_SIM_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct sim_random {
	uint64_t state;
};

void sim_random_init(struct sim_random *r, uint64_t seed);
uint64_t sim_random_next(struct sim_random *r);
/* min to max, both included; min when max is not above it. */
int64_t sim_random_between(struct sim_random *r, int64_t min, int64_t max);
bool sim_random_permille(struct sim_random *r, int64_t permille);
/* 0 to 1, 1 left out. */
double sim_random_share(struct sim_random *r);

/* A permutation of 64 bits without pattern, and a hash that is the same in every run. */
uint64_t sim_mix(uint64_t x);
uint64_t sim_hash(struct str s);

#endif

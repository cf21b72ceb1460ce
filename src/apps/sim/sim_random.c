/* SplitMix64: small, known, and good enough to draw delays and readers from. */
#include "apps/sim/sim_random.h"

#define STEP 0x9e3779b97f4a7c15ULL
#define FNV_START 0xcbf29ce484222325ULL
#define FNV_PRIME 0x100000001b3ULL

uint64_t sim_mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

uint64_t sim_hash(struct str s)
{
	uint64_t h = FNV_START;

	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.p[i]) * FNV_PRIME;
	return sim_mix(h);
}

void sim_random_init(struct sim_random *r, uint64_t seed)
{
	r->state = seed;
}

uint64_t sim_random_next(struct sim_random *r)
{
	r->state += STEP;
	return sim_mix(r->state);
}

int64_t sim_random_between(struct sim_random *r, int64_t min, int64_t max)
{
	if (max <= min)
		return min;
	uint64_t span = (uint64_t)max - (uint64_t)min + 1;
	return min + (int64_t)(sim_random_next(r) % span);
}

bool sim_random_permille(struct sim_random *r, int64_t permille)
{
	return sim_random_between(r, 0, 999) < permille;
}

#define DOUBLE_BITS 53

double sim_random_share(struct sim_random *r)
{
	return (double)(sim_random_next(r) >> (64 - DOUBLE_BITS)) / (double)(1ULL << DOUBLE_BITS);
}

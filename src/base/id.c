#include "base/id.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/check.h"

#define EPOCH_MS 1577836800000LL /* 2020-01-01T00:00:00Z */
#define RANDOM_BITS 20
#define TIME_MAX_MS ((1LL << 43) - 1)
#define DIGITS 13
/* Ids of one millisecond follow each other at random distances of at most 2^STEP_BITS, so that
 * the next one cannot be told from the last. */
#define STEP_BITS 12

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

/* The kernel's random numbers, some at a time. */
static uint32_t random_bits(unsigned bits)
{
	static _Thread_local uint32_t pool[64];
	static _Thread_local size_t left;

	if (left == 0) {
		ASSERT(getrandom(pool, sizeof(pool), 0) == (ssize_t)sizeof(pool));
		left = ARRAY_LEN(pool);
	}
	return pool[--left] >> (32 - bits);
}

uint64_t id_next(struct id_gen *gen, time_ms now)
{
	int64_t since = now < EPOCH_MS ? 0 : now - EPOCH_MS;

	if (since > TIME_MAX_MS)
		since = TIME_MAX_MS;
	uint64_t id = (uint64_t)since << RANDOM_BITS | random_bits(RANDOM_BITS);
	if (id <= gen->last)
		id = gen->last + 1 + random_bits(STEP_BITS);
	ASSERT(id <= INT64_MAX);
	gen->last = id;
	return id;
}

time_ms id_time(uint64_t id)
{
	return (time_ms)(id >> RANDOM_BITS) + EPOCH_MS;
}

uint64_t id_first_at(time_ms t)
{
	int64_t since = t < EPOCH_MS ? 0 : t - EPOCH_MS;

	return (uint64_t)(since > TIME_MAX_MS ? TIME_MAX_MS : since) << RANDOM_BITS;
}

void id_format(const char *prefix, uint64_t id, char out[ID_TEXT_MAX])
{
	size_t len = strlen(prefix);

	ASSERT(len + 1 + DIGITS < ID_TEXT_MAX);
	memcpy(out, prefix, len);
	out[len] = '_';
	for (size_t i = 0; i < DIGITS; i++)
		out[len + 1 + i] = alphabet[id >> (5 * (DIGITS - 1 - i)) & 31];
	out[len + 1 + DIGITS] = '\0';
}

int id_parse(const char *prefix, struct str text, uint64_t *ret)
{
	size_t len = strlen(prefix);
	uint64_t id = 0;

	if (text.len != len + 1 + DIGITS || !str_starts(text, str_n(prefix, len)) ||
	    text.p[len] != '_')
		return -E_INVALID;
	for (size_t i = len + 1; i < text.len; i++) {
		const char *digit = text.p[i] ? strchr(alphabet, text.p[i]) : NULL;
		if (!digit || id >> 58)
			return -E_INVALID;
		id = id << 5 | (uint64_t)(digit - alphabet);
	}
	if (id == 0 || id > INT64_MAX)
		return -E_INVALID;
	*ret = id;
	return 0;
}

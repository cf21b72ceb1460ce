/* A user id hides the phone in a Feistel network of four rounds keyed by the portfolio: reversible, so that no
 * table of ids is needed, and one that was made up does not decode to a phone of the country it claims
 * (one in twenty thousand would). Base 32 of 64 bits is 13 characters; one more tells the generation. */
#include "apps/sim/sim_ids.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/crypto.h"
#include "apps/sim/sim_country.h"
#include "apps/sim/sim_random.h"

#define WAMID_HEAD "wamid.HBgN"
#define WAMID_TAIL "AA=="
#define WAMID_BYTES 16
#define FIRST_OBJECT 100000000000000ULL
#define OBJECTS 900000000000000ULL
#define OBJECT_STRIDE 262144000000007ULL /* no common factor with OBJECTS: 2^a 3^2 5^b */
#define BODY_LEN 14
#define ROUNDS 4

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* --- messages and objects ------------------------------------------------------------------------ */

static void put_u64(unsigned char *out, uint64_t n)
{
	for (int i = 0; i < 8; i++)
		out[i] = (unsigned char)(n >> (56 - 8 * i));
}

static uint64_t get_u64(const unsigned char *in)
{
	uint64_t n = 0;

	for (int i = 0; i < 8; i++)
		n = n << 8 | in[i];
	return n;
}

static const char hex_digits[] = "0123456789ABCDEF";

void sim_wamid_format(uint64_t seed, enum sim_direction d, uint64_t n, char out[SIM_WAMID_MAX])
{
	unsigned char raw[WAMID_BYTES];
	char *at = out;

	put_u64(raw, n << 1 | (d == SIM_IN));
	put_u64(raw + 8, sim_mix(seed ^ sim_mix((n << 1 | (d == SIM_IN)) + 1)));
	memcpy(at, WAMID_HEAD, sizeof(WAMID_HEAD) - 1);
	at += sizeof(WAMID_HEAD) - 1;
	for (int i = 0; i < WAMID_BYTES; i++) {
		*at++ = hex_digits[raw[i] >> 4];
		*at++ = hex_digits[raw[i] & 15];
	}
	memcpy(at, WAMID_TAIL, sizeof(WAMID_TAIL));
}

bool sim_wamid_parse(uint64_t seed, enum sim_direction d, struct str text, uint64_t *ret)
{
	unsigned char raw[WAMID_BYTES];
	char again[SIM_WAMID_MAX];
	struct str hex = str_sub(text, sizeof(WAMID_HEAD) - 1, 2 * WAMID_BYTES);

	if (!str_starts(text, STR(WAMID_HEAD)) || hex_decode(hex, raw, sizeof(raw)))
		return false;
	uint64_t n = get_u64(raw) >> 1;
	sim_wamid_format(seed, d, n, again);
	if (!str_eq_c(text, again))
		return false;
	*ret = n;
	return true;
}

void sim_object_id(uint64_t seed, uint64_t n, char out[SIM_OBJECT_ID_MAX])
{
	unsigned __int128 place = (unsigned __int128)n * OBJECT_STRIDE + sim_mix(seed) % OBJECTS;
	uint64_t id = FIRST_OBJECT + (uint64_t)(place % OBJECTS);

	(void)snprintf(out, SIM_OBJECT_ID_MAX, "%" PRIu64, id);
}

/* --- users --------------------------------------------------------------------------------------- */

static uint32_t scramble(uint32_t half, uint64_t key, unsigned round)
{
	return (uint32_t)(sim_mix(key + ((uint64_t)round << 32) + half) >> 16);
}

static uint64_t hide(uint64_t key, uint64_t n)
{
	uint32_t left = (uint32_t)(n >> 32), right = (uint32_t)n;

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint32_t next = left ^ scramble(right, key, i);
		left = right;
		right = next;
	}
	return (uint64_t)left << 32 | right;
}

static uint64_t unhide(uint64_t key, uint64_t n)
{
	uint32_t left = (uint32_t)(n >> 32), right = (uint32_t)n;

	for (unsigned i = ROUNDS; i-- > 0;) {
		uint32_t before = right ^ scramble(left, key, i);
		right = left;
		left = before;
	}
	return (uint64_t)left << 32 | right;
}

static uint64_t user_key(struct str portfolio, unsigned generation)
{
	return sim_mix(sim_hash(portfolio) + generation);
}

void sim_bsuid_format(
    struct str portfolio, struct str phone, unsigned generation, char out[SIM_BSUID_MAX])
{
	uint64_t n = 0;
	char body[BODY_LEN + 1];

	ASSERT(str_to_u64(phone, &n) == 0 && generation < 32);
	n = hide(user_key(portfolio, generation), n);
	for (int i = BODY_LEN - 1; i > 0; i--, n >>= 5)
		body[i] = alphabet[n & 31];
	body[0] = alphabet[generation];
	body[BODY_LEN] = '\0';
	(void)snprintf(out, SIM_BSUID_MAX, "%s.%s", sim_country_of(phone), body);
}

static bool digit_of(char c, unsigned *ret)
{
	const char *at = c ? strchr(alphabet, c) : NULL;

	if (at)
		*ret = (unsigned)(at - alphabet);
	return at != NULL;
}

/* The number and the generation that 14 characters write; false when they write none. */
static bool read_body(struct str body, uint64_t *ret_n, unsigned *ret_generation)
{
	uint64_t n = 0;
	unsigned digit, generation;

	if (body.len != BODY_LEN || !digit_of(body.p[0], &generation))
		return false;
	for (size_t i = 1; i < BODY_LEN; i++) {
		if (!digit_of(body.p[i], &digit) || n >> 59)
			return false;
		n = n << 5 | digit;
	}
	*ret_n = n;
	*ret_generation = generation;
	return true;
}

bool sim_bsuid_parse(
    struct str portfolio, struct str bsuid, char ret_phone[SIM_PHONE_MAX], unsigned *ret_generation)
{
	uint64_t n;
	unsigned generation;
	char phone[24];

	if (!sim_bsuid_is_shaped(bsuid) ||
	    !read_body(str_sub(bsuid, 3, bsuid.len), &n, &generation))
		return false;
	n = unhide(user_key(portfolio, generation), n);
	if (n < 1000000 || n > 999999999999999)
		return false;
	(void)snprintf(phone, sizeof(phone), "%" PRIu64, n);
	if (!str_starts(bsuid, str_c(sim_country_of(str_c(phone)))))
		return false;
	memcpy(ret_phone, phone, SIM_PHONE_MAX);
	*ret_generation = generation;
	return true;
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool sim_bsuid_is_shaped(struct str text)
{
	if (text.len < 4 || text.len > SIM_BSUID_MAX - 8 || text.p[2] != '.')
		return false;
	for (int i = 0; i < 2; i++) {
		if (text.p[i] < 'A' || text.p[i] > 'Z')
			return false;
	}
	struct str body = str_sub(text, 3, text.len);
	if (str_starts(body, STR("ENT.")))
		body = str_sub(body, 4, body.len);
	if (body.len == 0 || body.len > 128)
		return false;
	for (size_t i = 0; i < body.len; i++) {
		if (!is_alnum(body.p[i]))
			return false;
	}
	return true;
}

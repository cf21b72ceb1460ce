/* Both maps: linear probing over a power of two of slots, at most three quarters full. Taking an
 * entry shifts the rest of its run back, so there are no tombstones and a probe ends at the first
 * empty slot. */
#include "base/map.h"

#include <pthread.h>
#include <string.h>
#include <sys/random.h>

#include "base/check.h"

#define FIRST_SLOTS 16

/* --- hashing --- */

static uint64_t seed[2];
static pthread_once_t seed_once = PTHREAD_ONCE_INIT;

static void draw_seed(void)
{
	ASSERT(getrandom(seed, sizeof(seed), 0) == (ssize_t)sizeof(seed));
}

static uint64_t rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

struct sip {
	uint64_t v[4];
};

static inline void sip_round(struct sip *s)
{
	s->v[0] += s->v[1];
	s->v[1] = rotate(s->v[1], 13) ^ s->v[0];
	s->v[0] = rotate(s->v[0], 32);
	s->v[2] += s->v[3];
	s->v[3] = rotate(s->v[3], 16) ^ s->v[2];
	s->v[0] += s->v[3];
	s->v[3] = rotate(s->v[3], 21) ^ s->v[0];
	s->v[2] += s->v[1];
	s->v[1] = rotate(s->v[1], 17) ^ s->v[2];
	s->v[2] = rotate(s->v[2], 32);
}

static void sip_word(struct sip *s, uint64_t word)
{
	s->v[3] ^= word;
	sip_round(s);
	s->v[0] ^= word;
}

/* SipHash-1-3. Words are read in the machine's byte order: a hash never leaves the process. */
static uint64_t hash_bytes(struct str key)
{
	struct sip s = { { seed[0] ^ 0x736f6d6570736575U, seed[1] ^ 0x646f72616e646f6dU,
	    seed[0] ^ 0x6c7967656e657261U, seed[1] ^ 0x7465646279746573U } };
	uint64_t word;
	size_t i = 0;

	for (; i + sizeof(word) <= key.len; i += sizeof(word)) {
		memcpy(&word, key.p + i, sizeof(word));
		sip_word(&s, word);
	}
	word = 0;
	if (i < key.len)
		memcpy(&word, key.p + i, key.len - i);
	sip_word(&s, word ^ (uint64_t)key.len << 56);
	s.v[2] ^= 0xff;
	sip_round(&s);
	sip_round(&s);
	sip_round(&s);
	return s.v[0] ^ s.v[1] ^ s.v[2] ^ s.v[3];
}

uint64_t map_hash(struct str key)
{
	(void)pthread_once(&seed_once, draw_seed);
	return hash_bytes(key);
}

static uint64_t hash_number(uint64_t n)
{
	n = (n ^ seed[0]) * 0xff51afd7ed558ccdU;
	n = ((n ^ n >> 32) + seed[1]) * 0xc4ceb9fe1a85ec53U;
	return n ^ n >> 29;
}

/* May the entry whose home is `home`, found at `at`, move back to the hole at `hole`? */
static bool may_move(size_t home, size_t hole, size_t at, size_t mask)
{
	return ((at - home) & mask) >= ((at - hole) & mask);
}

static bool is_full(size_t len, size_t slots)
{
	return len + 1 > slots / 4 * 3;
}

/* --- bytes to pointers --- */

/* Most keys are short (a phone number, an id): they lie in the slot, so that a look-up touches one
 * place in memory only. */
#define INLINE_KEY 16

struct map_slot {
	uint64_t hash; /* 0 = empty */
	void *value;
	size_t key_len;
	union {
		char bytes[INLINE_KEY];
		char *p; /* of a longer key: its copy */
	} key;
};

struct map {
	struct map_slot *slots;
	size_t mask; /* number of slots, less one */
	size_t len;
};

struct map *map_new(void)
{
	struct map *m = mem_alloc(sizeof(*m));

	(void)pthread_once(&seed_once, draw_seed);
	if (!m)
		return NULL;
	m->slots = mem_alloc(FIRST_SLOTS * sizeof(*m->slots));
	m->mask = FIRST_SLOTS - 1;
	if (!m->slots)
		MEM_FREE(&m);
	return m;
}

static void slot_free_key(struct map_slot *s)
{
	if (s->hash && s->key_len > INLINE_KEY)
		mem_free(s->key.p);
}

void map_free(struct map **pm)
{
	struct map *m = *pm;

	if (!m)
		return;
	for (size_t i = 0; i <= m->mask; i++)
		slot_free_key(&m->slots[i]);
	mem_free(m->slots);
	MEM_FREE(pm);
}

static struct str slot_key(const struct map_slot *s)
{
	return str_n(s->key_len > INLINE_KEY ? s->key.p : s->key.bytes, s->key_len);
}

/* A hash that is not 0, so that it says that a slot is taken. */
static uint64_t slot_hash(struct str key)
{
	return hash_bytes(key) | (uint64_t)1 << 63;
}

/* Where the key is, or the empty slot where it would go. */
static struct map_slot *map_find(const struct map *m, struct str key, uint64_t hash)
{
	size_t i = hash & m->mask;

	for (;; i = (i + 1) & m->mask) {
		struct map_slot *s = &m->slots[i];
		if (!s->hash || (s->hash == hash && str_eq(slot_key(s), key)))
			return s;
	}
}

void *map_get(const struct map *m, struct str key)
{
	const struct map_slot *s = map_find(m, key, slot_hash(key));

	return s->hash ? s->value : NULL;
}

static int map_grow(struct map *m)
{
	struct map bigger = { .mask = m->mask * 2 + 1, .len = m->len };

	bigger.slots = mem_alloc((bigger.mask + 1) * sizeof(*bigger.slots));
	if (!bigger.slots)
		return -E_NOMEM;
	for (size_t i = 0; i <= m->mask; i++) {
		size_t to = m->slots[i].hash & bigger.mask;
		if (!m->slots[i].hash)
			continue;
		while (bigger.slots[to].hash)
			to = (to + 1) & bigger.mask;
		bigger.slots[to] = m->slots[i];
	}
	mem_free(m->slots);
	*m = bigger;
	return 0;
}

static int slot_fill(struct map_slot *s, uint64_t hash, struct str key, void *value)
{
	char *long_key = key.len > INLINE_KEY ? mem_alloc(key.len) : NULL;

	if (key.len > INLINE_KEY && !long_key)
		return -E_NOMEM;
	*s = (struct map_slot){ .hash = hash, .value = value, .key_len = key.len };
	if (long_key)
		s->key.p = long_key;
	if (key.len)
		memcpy(long_key ? long_key : s->key.bytes, key.p, key.len);
	return 0;
}

int map_put(struct map *m, struct str key, void *value)
{
	uint64_t hash = slot_hash(key);
	struct map_slot *s = map_find(m, key, hash);

	if (s->hash) {
		s->value = value;
		return 0;
	}
	if (is_full(m->len, m->mask + 1)) {
		if (map_grow(m))
			return -E_NOMEM;
		s = map_find(m, key, hash);
	}
	if (slot_fill(s, hash, key, value))
		return -E_NOMEM;
	m->len++;
	return 0;
}

static void map_close_hole(struct map *m, size_t hole)
{
	for (size_t i = (hole + 1) & m->mask; m->slots[i].hash; i = (i + 1) & m->mask) {
		if (!may_move(m->slots[i].hash & m->mask, hole, i, m->mask))
			continue;
		m->slots[hole] = m->slots[i];
		hole = i;
	}
	m->slots[hole] = (struct map_slot){ 0 };
}

void *map_take(struct map *m, struct str key)
{
	struct map_slot *s = map_find(m, key, slot_hash(key));

	if (!s->hash)
		return NULL;
	void *value = s->value;
	slot_free_key(s);
	m->len--;
	map_close_hole(m, (size_t)(s - m->slots));
	return value;
}

size_t map_len(const struct map *m)
{
	return m->len;
}

bool map_each(const struct map *m, size_t *iter, struct str *ret_key, void **ret_value)
{
	while (*iter <= m->mask) {
		const struct map_slot *s = &m->slots[(*iter)++];
		if (!s->hash)
			continue;
		*ret_key = slot_key(s);
		*ret_value = s->value;
		return true;
	}
	return false;
}

/* --- integers to integers --- */

/* An empty slot has key 0; the entry of key 0 itself lives outside the slots, as the last of a
 * walk. */
struct imap_slot {
	uint64_t key;
	int64_t value;
};

struct imap {
	struct imap_slot *slots;
	size_t mask;
	size_t len; /* in the slots */
	bool has_zero;
	int64_t zero_value;
};

struct imap *imap_new(void)
{
	struct imap *m = mem_alloc(sizeof(*m));

	(void)pthread_once(&seed_once, draw_seed);
	if (!m)
		return NULL;
	m->slots = mem_alloc(FIRST_SLOTS * sizeof(*m->slots));
	m->mask = FIRST_SLOTS - 1;
	if (!m->slots)
		MEM_FREE(&m);
	return m;
}

void imap_free(struct imap **pm)
{
	if (*pm)
		mem_free((*pm)->slots);
	MEM_FREE(pm);
}

static struct imap_slot *imap_find(struct imap_slot *slots, size_t mask, uint64_t key)
{
	size_t i = hash_number(key) & mask;

	while (slots[i].key && slots[i].key != key)
		i = (i + 1) & mask;
	return &slots[i];
}

void imap_expect(const struct imap *m, uint64_t key)
{
	__builtin_prefetch(&m->slots[hash_number(key) & m->mask]);
}

bool imap_get(const struct imap *m, uint64_t key, int64_t *ret_value)
{
	const struct imap_slot *s = imap_find(m->slots, m->mask, key);

	if (key ? !s->key : !m->has_zero)
		return false;
	*ret_value = key ? s->value : m->zero_value;
	return true;
}

static int imap_grow(struct imap *m)
{
	size_t mask = m->mask * 2 + 1;
	struct imap_slot *slots = mem_alloc((mask + 1) * sizeof(*slots));

	if (!slots)
		return -E_NOMEM;
	for (size_t i = 0; i <= m->mask; i++) {
		if (m->slots[i].key)
			*imap_find(slots, mask, m->slots[i].key) = m->slots[i];
	}
	mem_free(m->slots);
	m->slots = slots;
	m->mask = mask;
	return 0;
}

int imap_put(struct imap *m, uint64_t key, int64_t value)
{
	if (key == 0) {
		m->has_zero = true;
		m->zero_value = value;
		return 0;
	}
	struct imap_slot *s = imap_find(m->slots, m->mask, key);
	if (!s->key && is_full(m->len, m->mask + 1)) {
		if (imap_grow(m))
			return -E_NOMEM;
		s = imap_find(m->slots, m->mask, key);
	}
	m->len += s->key == 0;
	*s = (struct imap_slot){ key, value };
	return 0;
}

static void imap_close_hole(struct imap *m, size_t hole)
{
	for (size_t i = (hole + 1) & m->mask; m->slots[i].key; i = (i + 1) & m->mask) {
		if (!may_move(hash_number(m->slots[i].key) & m->mask, hole, i, m->mask))
			continue;
		m->slots[hole] = m->slots[i];
		hole = i;
	}
	m->slots[hole] = (struct imap_slot){ 0 };
}

bool imap_take(struct imap *m, uint64_t key, int64_t *ret_value)
{
	if (!imap_get(m, key, ret_value))
		return false;
	if (key == 0) {
		m->has_zero = false;
		return true;
	}
	m->len--;
	imap_close_hole(m, (size_t)(imap_find(m->slots, m->mask, key) - m->slots));
	return true;
}

size_t imap_len(const struct imap *m)
{
	return m->len + (m->has_zero ? 1 : 0);
}

bool imap_each(const struct imap *m, size_t *iter, uint64_t *ret_key, int64_t *ret_value)
{
	while (*iter <= m->mask) {
		const struct imap_slot *s = &m->slots[(*iter)++];
		if (!s->key)
			continue;
		*ret_key = s->key;
		*ret_value = s->value;
		return true;
	}
	if (*iter != m->mask + 1 || !m->has_zero)
		return false;
	(*iter)++;
	*ret_key = 0;
	*ret_value = m->zero_value;
	return true;
}

#include "apps/gateway/signin_guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>

#include "base/check.h"

#define ENTRIES 2048
#define S_NS INT64_C(1000000000)
#define DOUBLINGS_MAX 20 /* beyond all limits, and far from an overflow */

enum kind {
	OF_NAME,
	OF_PEER,
	KINDS,
};

static const char *const refusals[SIGNIN_REFUSALS] = {
	[SIGNIN_WRONG_PASSWORD] = "password",
	[SIGNIN_WRONG_CODE] = "code",
	[SIGNIN_WRONG_LINK] = "link",
	[SIGNIN_WRONG_PROVIDER] = "provider",
	[SIGNIN_TOLD_TO_WAIT] = "wait",
	[SIGNIN_NO_ROOM] = "no_room",
};

const char *signin_refusal_name(enum signin_refusal why)
{
	return refusals[why];
}

static const struct {
	char salt; /* keeps a name and an address apart that look alike */
	int64_t free, most_s;
} kinds[KINDS] = {
	[OF_NAME] = { 'n', SIGNIN_NAME_FREE, SIGNIN_NAME_MOST_S },
	[OF_PEER] = { 'p', SIGNIN_PEER_FREE, SIGNIN_PEER_MOST_S },
};

struct entry {
	struct sha256 hash;
	int64_t attempts; /* 0 = free */
	mono_ns last;
};

struct signin_guard {
	pthread_mutex_t lock;
	struct entry entries[KINDS][ENTRIES];
};

struct signin_guard *signin_guard_new(void)
{
	struct signin_guard *g = mem_alloc(sizeof(*g));

	if (g && pthread_mutex_init(&g->lock, NULL) != 0)
		MEM_FREE(&g);
	return g;
}

void signin_guard_free(struct signin_guard **pg)
{
	if (!*pg)
		return;
	pthread_mutex_destroy(&(*pg)->lock);
	MEM_FREE(pg);
}

static void hash_of(enum kind kind, struct str text, struct sha256 *ret)
{
	crypto_sha256_of_two(str_n(&kinds[kind].salt, 1), text, ret);
}

/* Who has an IPv6 address has all 2^64 of its network: they are one. */
static struct str network_of(struct str peer, char text[INET6_ADDRSTRLEN], struct in6_addr *room)
{
	if (peer.len >= INET6_ADDRSTRLEN)
		return peer;
	memcpy(text, peer.p, peer.len);
	text[peer.len] = '\0';
	if (inet_pton(AF_INET6, text, room) != 1 || IN6_IS_ADDR_V4MAPPED(room))
		return peer;
	return str_n((const char *)room->s6_addr, sizeof(room->s6_addr) / 2);
}

void signin_guard_network(struct str peer, struct sha256 *ret)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;

	hash_of(OF_PEER, network_of(peer, text, &address), ret);
}

static void hashes_of(struct str name, struct str peer, struct sha256 ret[KINDS])
{
	hash_of(OF_NAME, name, &ret[OF_NAME]);
	signin_guard_network(peer, &ret[OF_PEER]);
}

static struct entry *find(struct signin_guard *g, enum kind kind, const struct sha256 *hash)
{
	struct entry *all = g->entries[kind];

	for (size_t i = 0; i < ENTRIES; i++) {
		if (all[i].attempts > 0 && memcmp(all[i].hash.b, hash->b, SHA256_LEN) == 0)
			return &all[i];
	}
	return NULL;
}

static bool is_forgotten(const struct entry *e, mono_ns now)
{
	return e->attempts == 0 || now - e->last >= SIGNIN_FORGOTTEN_S * S_NS;
}

/* Fewest attempts first, and of those the oldest. */
static bool is_less(const struct entry *a, const struct entry *b)
{
	return a->attempts != b->attempts ? a->attempts < b->attempts : a->last < b->last;
}

static struct entry *room(struct signin_guard *g, enum kind kind, mono_ns now)
{
	struct entry *least = &g->entries[kind][0];

	for (size_t i = 0; i < ENTRIES; i++) {
		struct entry *e = &g->entries[kind][i];
		if (is_forgotten(e, now))
			return e;
		if (is_less(e, least))
			least = e;
	}
	return least;
}

static int64_t delay_s(enum kind kind, int64_t attempts)
{
	int64_t beyond = attempts - kinds[kind].free;

	if (beyond < 0)
		return 0;
	if (beyond > DOUBLINGS_MAX)
		beyond = DOUBLINGS_MAX;
	int64_t s = INT64_C(1) << beyond;
	return s < kinds[kind].most_s ? s : kinds[kind].most_s;
}

/* In whole seconds, rounded up. Another loop may have counted with a later `now`: without a delay there is
 * no wait for it. */
static int64_t wait_s(enum kind kind, const struct entry *e, mono_ns now)
{
	int64_t delay = e && !is_forgotten(e, now) ? delay_s(kind, e->attempts) : 0;

	if (delay == 0)
		return 0;
	mono_ns left = e->last + delay * S_NS - now;
	return left > 0 ? (left + S_NS - 1) / S_NS : 0;
}

/* Who makes room leaves its attempts to who comes: a full table never counts too few. */
static void count(struct signin_guard *g, enum kind kind, const struct sha256 *hash, mono_ns now)
{
	struct entry *e = find(g, kind, hash);

	e = e ? e : room(g, kind, now);
	if (is_forgotten(e, now))
		e->attempts = 0;
	e->hash = *hash;
	e->attempts++;
	e->last = now;
}

int64_t signin_guard_try(struct signin_guard *g, struct str name, struct str peer, mono_ns now)
{
	struct sha256 hashes[KINDS];
	int64_t most = 0;

	hashes_of(name, peer, hashes);
	pthread_mutex_lock(&g->lock);
	for (enum kind k = 0; k < KINDS; k++) {
		int64_t s = wait_s(k, find(g, k, &hashes[k]), now);
		most = s > most ? s : most;
	}
	for (enum kind k = 0; most == 0 && k < KINDS; k++)
		count(g, k, &hashes[k], now);
	pthread_mutex_unlock(&g->lock);
	return most;
}

/* Of one attempt; all of a name's when they are forgiven. */
static void take_back(struct signin_guard *g, struct str name, struct str peer, bool forgive)
{
	struct sha256 hashes[KINDS];

	hashes_of(name, peer, hashes);
	pthread_mutex_lock(&g->lock);
	for (enum kind k = 0; k < KINDS; k++) {
		struct entry *e = find(g, k, &hashes[k]);
		if (e)
			e->attempts = forgive && k == OF_NAME ? 0 : e->attempts - 1;
	}
	pthread_mutex_unlock(&g->lock);
}

void signin_guard_passed(struct signin_guard *g, struct str name, struct str peer)
{
	take_back(g, name, peer, true);
}

void signin_guard_undo(struct signin_guard *g, struct str name, struct str peer)
{
	take_back(g, name, peer, false);
}

/* bench/lookup/lookup.c: lookup DIR PEOPLE ASKED: fills a store in DIR with so many people and asks recipient_find, which every
 * send asks, for random ones of them: the person, the contact with the number that writes, all acts of consent.
 *
 * Ids and telephone numbers are in different orders, as they are where lists were imported one after the other; everybody has
 * a grant, one in four a withdrawal behind it, one in three has written to the number. The store is read on connections as
 * the gateway has them, with the caches that it gives them: the writing one decides, a reading one asks again before a
 * message leaves. `warm` are people who were asked for before, `anyone` is anybody: their pages come from the system's cache
 * at best. Prints one JSON object, times in nanoseconds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/crypto.h"
#include "domain/recipient.h"
#include "domain/tables.h"
#include "store/query.h"
#include "store/schema.h"

#define FIRST_PHONE 393330000000LL /* invented, as the others of the benches */
#define SPREAD 7919                /* prime: goes over all ids in another order than over numbers */
#define AT 1795341600000LL
#define LINE STR("9001000000")
#define BATCH 64  /* asked in one transaction, as sends are decided that come together */
#define WARM 4000 /* their pages fit in the writer's cache */
#define KEEP_FILLING_KIB (4 << 20)

#define EACH "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) "

struct bench {
	struct store *store;
	struct store_conn *writer, *reader;
	struct arena *arena;
	int64_t people, asked;
	int64_t *took_ns;
	struct err err;
};

static void must(int r, const struct bench *b)
{
	if (r >= 0)
		return;
	(void)fprintf(stderr, "lookup: %s\n", b->err.text);
	exit(1);
}

static int64_t now_ns(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void open_store(struct bench *b, const char *dir)
{
	char url[4096];
	int applied;

	(void)snprintf(url, sizeof(url), "sqlite:%s/lookup.db", dir);
	must(store_open(url, &b->store, &b->err), b);
	must(store_connect(b->store, STORE_WRITE, &b->writer, &b->err), b);
	must(schema_apply(b->writer, tables, tables_len, &applied, &b->err), b);
}

static bool is_full(struct bench *b)
{
	int64_t id = 0;
	int r = store_ask_int(b->writer, &id, &b->err, "SELECT id FROM person WHERE place = ?1",
	    "i", FIRST_PHONE + b->people);

	must(r, b);
	return r > 0;
}

static void fill(struct bench *b)
{
	if (is_full(b))
		return;
	store_keep(b->writer, KEEP_FILLING_KIB);
	must(store_begin(b->writer, &b->err), b);
	must(store_do(b->writer, &b->err,
		 EACH "INSERT INTO person (place, id, phone, flags, created_at)"
		      " SELECT ?2 + i, i * ?3 % ?1 + 1, ?2 + i, 0, ?4 FROM n",
		 "iiim", b->people, (int64_t)FIRST_PHONE, (int64_t)SPREAD, AT),
	    b);
	must(store_do(b->writer, &b->err,
		 EACH "INSERT INTO consent (person, seq, purpose, act, at, evidence, leaf)"
		      " SELECT i, k, 1, k, ?2, 2, 2 * i + k FROM n"
		      " JOIN (SELECT 1 AS k UNION ALL SELECT 2) ON k = 1 OR i % 4 = 0",
		 "im", b->people, AT),
	    b);
	must(store_do(b->writer, &b->err,
		 EACH "INSERT INTO contact (person, number, last_inbound_at)"
		      " SELECT i, ?3, ?2 FROM n WHERE i % 3 = 0",
		 "imt", b->people, AT, LINE),
	    b);
	must(store_commit(b->writer, &b->err), b);
	must(store_checkpoint_all(b->writer, &b->err), b);
	store_keep(b->writer, 0);
}

/* Sebastiano Vigna's splitmix64: the same people each time. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static void ask_one(struct bench *b, struct store_conn *c, int64_t i)
{
	struct phone phone = { (uint64_t)(FIRST_PHONE + i) };
	int64_t id = i * SPREAD % b->people + 1;
	struct recipient who;
	int r = recipient_find(c, phone, STR_NONE, LINE, b->arena, &who, &b->err);

	must(r, b);
	if (r > 0 && who.person.id == (uint64_t)id && who.consents_len == (id % 4 ? 1 : 2) &&
	    (who.contact.last_inbound_at == AT) == (id % 3 == 0))
		return;
	(void)fprintf(stderr, "lookup: person %lld is not who was put in\n", (long long)i);
	exit(1);
}

/* Nanoseconds of processor time that all of them took. */
static int64_t ask(struct bench *b, struct store_conn *c, int64_t of, uint64_t seed)
{
	int64_t began = now_ns(CLOCK_THREAD_CPUTIME_ID);

	for (int64_t n = 0; n < b->asked; n++) {
		if (n % BATCH == 0) {
			store_rollback(c);
			must(store_begin(c, &b->err), b);
		}
		int64_t i = 1 + (int64_t)(next_random(&seed) % (uint64_t)of) * (b->people / of);
		int64_t then = now_ns(CLOCK_MONOTONIC);
		arena_reset(b->arena);
		ask_one(b, c, i);
		b->took_ns[n] = now_ns(CLOCK_MONOTONIC) - then;
	}
	store_rollback(c);
	return now_ns(CLOCK_THREAD_CPUTIME_ID) - began;
}

static int by_size(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* `of` people, all over the store. */
static void measure(struct bench *b, struct store_conn *c, int64_t of, const char *name)
{
	(void)ask(b, c, of, 1);
	int64_t cpu = ask(b, c, of, 2);

	qsort(b->took_ns, (size_t)b->asked, sizeof(*b->took_ns), by_size);
	(void)printf(",\"%s\":{\"median\":%lld,\"p99\":%lld,\"cpu\":%lld}", name,
	    (long long)b->took_ns[b->asked / 2], (long long)b->took_ns[b->asked / 100 * 99],
	    (long long)(cpu / b->asked));
}

static int64_t number(const char *text)
{
	int64_t n;

	if (str_to_i64(str_c(text), &n) == 0 && n >= WARM)
		return n;
	(void)fprintf(stderr, "lookup: \"%s\" is no number from %d on\n", text, WARM);
	exit(2);
}

int main(int argc, char **argv)
{
	struct bench b = { 0 };

	if (argc != 4) {
		(void)fprintf(stderr, "usage: lookup DIR PEOPLE ASKED\n");
		return 2;
	}
	b.people = number(argv[2]);
	b.asked = number(argv[3]);
	b.took_ns = calloc((size_t)b.asked, sizeof(*b.took_ns));
	b.arena = arena_new(0, 0);
	if (!b.took_ns || !b.arena)
		return 1;
	must(crypto_init(&b.err), &b);
	open_store(&b, argv[1]);
	int64_t began = now_ns(CLOCK_MONOTONIC);
	fill(&b);
	(void)printf("{\"people\":%lld,\"asked\":%lld,\"filled\":%lld", (long long)b.people,
	    (long long)b.asked, (long long)(now_ns(CLOCK_MONOTONIC) - began));
	must(store_connect(b.store, STORE_READ, &b.reader, &b.err), &b);
	measure(&b, b.writer, WARM, "warm");
	measure(&b, b.writer, b.people, "anyone");
	measure(&b, b.reader, b.people, "anyone_reader");
	(void)printf("}\n");
	store_disconnect(&b.reader);
	store_disconnect(&b.writer);
	store_close(&b.store);
	arena_free(&b.arena);
	free(b.took_ns);
	return 0;
}

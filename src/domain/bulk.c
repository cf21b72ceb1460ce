/* A table of sets, as processors keep their caches: a key has one set, and of that any place. */
#include "domain/bulk.h"

#include <pthread.h>
#include <string.h>

#include "base/check.h"
#include "base/map.h"

#define STEP_MS (5 * MS_PER_MIN)
#define STEPS 12
#define WAYS 8
#define SETS (BULK_TEXTS / WAYS)
#define DEPTH_MAX 16

struct place {
	uint64_t key;    /* 0 = free */
	uint32_t newest; /* step of the last count */
	uint32_t total;
	uint32_t counts[STEPS]; /* by step modulo STEPS */
};

struct bulk {
	pthread_mutex_t lock;
	struct place sets[SETS][WAYS];
};

int bulk_new(struct bulk **ret, struct err *err)
{
	struct bulk *b = mem_alloc(sizeof(*b));

	if (b && pthread_mutex_init(&b->lock, NULL) != 0)
		MEM_FREE(&b);
	if (!b)
		return err_set(err, E_NOMEM, "Memory ran out.");
	*ret = b;
	return 0;
}

void bulk_free(struct bulk **pb)
{
	if (!*pb)
		return;
	pthread_mutex_destroy(&(*pb)->lock);
	MEM_FREE(pb);
}

int bulk_copy(struct bulk *b, struct bulk **ret, struct err *err)
{
	struct bulk *copy = NULL;
	int r = b ? bulk_new(&copy, err) : 0;

	if (r < 0)
		return r;
	if (b) {
		pthread_mutex_lock(&b->lock);
		memcpy(copy->sets, b->sets, sizeof(copy->sets));
		pthread_mutex_unlock(&b->lock);
	}
	*ret = copy;
	return 0;
}

/* --- keys ------------------------------------------------------------------------------------- */

static uint64_t mixed(uint64_t key, uint64_t with)
{
	key = (key ^ with) * 0x9e3779b97f4a7c15u;
	return key ^ key >> 32;
}

/* Numbers and the like are what they are called: of what a message says, all is in strings. */
static uint64_t key_of(uint64_t key, const struct json *v, unsigned depth)
{
	enum json_type type = json_type(v);
	struct str name = STR_NONE;
	const struct json *member;
	struct json_iter it;

	key = mixed(key, (uint64_t)type);
	if (type == JSON_STRING)
		return mixed(key, map_hash(json_str(v)));
	if ((type != JSON_OBJECT && type != JSON_ARRAY) || depth == DEPTH_MAX)
		return key;
	json_iter_init(&it, v);
	while (json_iter_next(&it, type == JSON_OBJECT ? &name : NULL, &member)) {
		if (type == JSON_OBJECT)
			key = mixed(key, map_hash(name));
		key = key_of(key, member, depth + 1);
	}
	return mixed(key, 0xff); /* so that [[a],b] is not [[a,b]] */
}

uint64_t bulk_key(struct str app, struct str number, const struct message *send)
{
	uint64_t key = mixed(map_hash(app), map_hash(number));

	if (send->type.p)
		key = key_of(
		    mixed(key, map_hash(send->type)), json_member(send->body, send->type), 0);
	return key ? key : 1;
}

/* --- counts ----------------------------------------------------------------------------------- */

static uint32_t step_of(time_ms now)
{
	return (uint32_t)(now / STEP_MS);
}

/* What is older than an hour goes; `newest` stays. A clock that was set back a little counts on where it was. */
static void age(struct place *p, uint32_t step)
{
	uint32_t ahead = p->newest - step, behind = step - p->newest;

	if (ahead < STEPS)
		return;
	if (behind >= STEPS) {
		memset(p->counts, 0, sizeof(p->counts));
		p->total = 0;
	}
	for (uint32_t s = p->newest + 1; p->total > 0 && s != step + 1; s++) {
		p->total -= p->counts[s % STEPS];
		p->counts[s % STEPS] = 0;
	}
}

static struct place *place_of(struct bulk *b, uint64_t key)
{
	struct place *set = b->sets[key % SETS];

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].key == key)
			return &set[i];
	}
	return NULL;
}

/* A free place, else that of the rarest text, of equals the one that was silent longest. */
static struct place *make_place(struct bulk *b, uint64_t key, uint32_t step)
{
	struct place *set = b->sets[key % SETS], *rarest = set;

	for (size_t i = 0; i < WAYS; i++) {
		age(&set[i], step);
		if (set[i].total < rarest->total ||
		    (set[i].total == rarest->total && set[i].newest < rarest->newest))
			rarest = &set[i];
	}
	*rarest = (struct place){ .key = key, .newest = step };
	return rarest;
}

int64_t bulk_count(struct bulk *b, uint64_t key, time_ms now)
{
	int64_t total = 0;

	if (!b)
		return 0;
	pthread_mutex_lock(&b->lock);
	struct place *p = place_of(b, key);
	if (p) {
		age(p, step_of(now));
		total = p->total;
	}
	pthread_mutex_unlock(&b->lock);
	return total;
}

void bulk_add(struct bulk *b, uint64_t key, time_ms now)
{
	uint32_t step = step_of(now);
	struct place *p;

	if (!b)
		return;
	pthread_mutex_lock(&b->lock);
	p = place_of(b, key);
	p = p ? p : make_place(b, key, step);
	age(p, step);
	if (p->newest - step >= STEPS)
		p->newest = step;
	p->counts[p->newest % STEPS]++;
	p->total++;
	pthread_mutex_unlock(&b->lock);
}

#include "apps/analyze/pool.h"

#include "base/arena.h"
#include "base/check.h"
#include "base/map.h"

#define NAME_MAX_LEN 200 /* bytes of a name that are kept */

struct pool {
	struct arena *arena;
	struct map *map;
	struct str *names;
	uint32_t len, cap, most;
	uint32_t last; /* names come in rows */
	bool failed;
};

struct pool *pool_new(uint32_t most)
{
	struct pool *p = mem_alloc(sizeof(*p));

	if (!p)
		return NULL;
	*p = (struct pool){ .arena = arena_new(0, 0), .map = map_new(), .most = most };
	p->cap = 64;
	p->names = mem_alloc(p->cap * sizeof(*p->names));
	if (!p->arena || !p->map || !p->names) {
		pool_free(&p);
		return NULL;
	}
	p->names[POOL_NONE] = STR("");
	p->names[POOL_OTHERS] = STR("…");
	p->len = 2;
	return p;
}

void pool_free(struct pool **pp)
{
	if (*pp) {
		mem_free((*pp)->names);
		map_free(&(*pp)->map);
		arena_free(&(*pp)->arena);
	}
	MEM_FREE(pp);
}

static bool has_room(struct pool *p)
{
	struct str *names;

	if (p->len < p->cap)
		return true;
	names = mem_grow(p->names, 2 * (size_t)p->cap * sizeof(*names));
	if (!names)
		return false;
	p->names = names;
	p->cap *= 2;
	return true;
}

static uint32_t add(struct pool *p, struct str name)
{
	struct str copy = has_room(p) ? arena_str(p->arena, name) : STR_NONE;

	if (!copy.p || map_put(p->map, copy, (void *)(uintptr_t)p->len) < 0) {
		p->failed = true;
		return POOL_NONE;
	}
	p->names[p->len] = copy;
	return p->len++;
}

uint32_t pool_id(struct pool *p, struct str name)
{
	struct str s = str_sub(str_trim(name), 0, NAME_MAX_LEN);

	if (s.len == 0)
		return POOL_NONE;
	if (str_eq(s, p->names[p->last]))
		return p->last;
	uintptr_t known = (uintptr_t)map_get(p->map, s);
	if (!known && p->len - 2 >= p->most)
		return POOL_OTHERS;
	return p->last = known ? (uint32_t)known : add(p, s);
}

bool pool_has_failed(const struct pool *p)
{
	return p->failed;
}

struct str pool_name(const struct pool *p, uint32_t id)
{
	ASSERT(id < p->len);
	return p->names[id];
}

uint32_t pool_len(const struct pool *p)
{
	return p->len;
}

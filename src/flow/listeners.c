/* One app's events are a ring in a list: numbers go on and are never used twice, so that a question that is asked
 * again gives the same answer. */
#include "flow/listeners.h"

#include <pthread.h>
#include <string.h>

#include "base/check.h"
#include "base/list.h"

struct told {
	struct list_node node;
	uint64_t n;
	size_t len;
	char entry[];
};

struct listener {
	char app[64]; /* "" = the place is free */
	time_ms until;
	uint64_t last, lost;
	struct list told; /* the oldest first */
	size_t len, bytes;
};

struct listeners {
	pthread_mutex_t lock;
	struct listener all[LISTENERS_MAX];
};

int listeners_new(struct listeners **ret, struct err *err)
{
	struct listeners *l = mem_alloc(sizeof(*l));

	if (!l)
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	for (size_t i = 0; i < LISTENERS_MAX; i++)
		list_init(&l->all[i].told);
	pthread_mutex_init(&l->lock, NULL);
	*ret = l;
	return 0;
}

static void drop_oldest(struct listener *x)
{
	struct told *t = LIST_OF(list_first(&x->told), struct told, node);

	list_remove(&x->told, &t->node);
	x->len--;
	x->bytes -= t->len;
	mem_free(t);
}

static void forget(struct listener *x)
{
	while (x->len)
		drop_oldest(x);
	x->app[0] = '\0';
	x->lost = 0;
}

void listeners_free(struct listeners **pl)
{
	struct listeners *l = *pl;

	if (!l)
		return;
	for (size_t i = 0; i < LISTENERS_MAX; i++)
		forget(&l->all[i]);
	pthread_mutex_destroy(&l->lock);
	MEM_FREE(pl);
}

/* NULL = nobody asks for it any more. */
static struct listener *find(struct listeners *l, struct str app, time_ms now)
{
	struct listener *found = NULL;

	for (size_t i = 0; i < LISTENERS_MAX; i++) {
		struct listener *x = &l->all[i];
		if (x->app[0] && x->until <= now)
			forget(x);
		if (x->app[0] && str_eq_c(app, x->app))
			found = x;
	}
	return found;
}

bool listeners_want(struct listeners *l, struct str app, time_ms now)
{
	pthread_mutex_lock(&l->lock);
	bool wanted = find(l, app, now) != NULL;
	pthread_mutex_unlock(&l->lock);
	return wanted;
}

static void keep(struct listener *x, struct str entry)
{
	struct told *t = entry.len <= LISTENERS_BYTES_MAX ? mem_alloc(sizeof(*t) + entry.len)
							  : NULL;

	x->last++;
	if (!t) {
		x->lost++;
		return;
	}
	t->n = x->last;
	t->len = entry.len;
	memcpy(t->entry, entry.p, entry.len);
	list_append(&x->told, &t->node);
	x->len++;
	x->bytes += t->len;
	while (x->len > LISTENERS_EVENTS_MAX || x->bytes > LISTENERS_BYTES_MAX) {
		drop_oldest(x);
		x->lost++;
	}
}

void listeners_tell(struct listeners *l, struct str app, struct str entry, time_ms now)
{
	pthread_mutex_lock(&l->lock);
	struct listener *x = find(l, app, now);
	if (x)
		keep(x, entry);
	pthread_mutex_unlock(&l->lock);
}

static struct listener *begin(struct listeners *l, struct str app)
{
	for (size_t i = 0; i < LISTENERS_MAX; i++) {
		struct listener *x = &l->all[i];
		if (!x->app[0] && str_to_c(app, x->app, sizeof(x->app)) == 0)
			return x;
	}
	return NULL;
}

static int read_page(struct listener *x, struct arena *a, struct listeners_page *ret)
{
	size_t n = 0;

	ret->entries = ARENA_ARRAY(a, struct str, x->len + 1);
	if (!ret->entries)
		return -E_NOMEM;
	LIST_EACH(node, &x->told)
	{
		const struct told *t = LIST_OF(node, struct told, node);
		ret->entries[n] = arena_str(a, str_n(t->entry, t->len));
		if (!ret->entries[n++].p)
			return -E_NOMEM;
	}
	ret->len = n;
	ret->next = x->last;
	ret->lost = x->lost;
	x->lost = 0;
	return 0;
}

static int ask(struct listeners *l, struct str app, uint64_t after, time_ms now, struct arena *a,
    struct listeners_page *ret)
{
	struct listener *x = find(l, app, now);

	if (!x)
		x = begin(l, app);
	if (!x)
		return -E_BUSY;
	x->until = now + LISTENERS_LEASE_MS;
	/* A place that was given away and taken again counts on: what comes now is behind every answer. */
	if (x->last < after)
		x->last = after;
	while (x->len && LIST_OF(list_first(&x->told), struct told, node)->n <= after)
		drop_oldest(x);
	return read_page(x, a, ret);
}

int listeners_ask(struct listeners *l, struct str app, uint64_t after, time_ms now, struct arena *a,
    struct listeners_page *ret)
{
	pthread_mutex_lock(&l->lock);
	int r = ask(l, app, after, now, a, ret);
	pthread_mutex_unlock(&l->lock);
	return r;
}

#include "domain/silence.h"

#include <string.h>

#include "base/check.h"
#include "base/map.h"

/* One a number that ever sent; there are no more of them than were registered. */
struct quiet {
	struct quiet *next;
	bool waits;
	mono_ns since;
	size_t len;
	char number[];
};

struct silence {
	struct map *by_number;
	struct quiet *first;
};

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while noting a send.");
}

int silence_new(struct silence **ret, struct err *err)
{
	struct silence *s = mem_alloc(sizeof(*s));

	if (s)
		s->by_number = map_new();
	if (!s || !s->by_number) {
		mem_free(s);
		return no_memory(err);
	}
	*ret = s;
	return 0;
}

void silence_free(struct silence **ps)
{
	struct silence *s = *ps;

	if (!s)
		return;
	map_free(&s->by_number);
	while (s->first) {
		struct quiet *q = s->first;
		s->first = q->next;
		mem_free(q);
	}
	MEM_FREE(ps);
}

/* NULL when memory ran out. */
static struct quiet *add(struct silence *s, struct str number)
{
	struct quiet *q = mem_alloc(sizeof(*q) + number.len);

	if (!q)
		return NULL;
	q->len = number.len;
	memcpy(q->number, number.p, number.len);
	if (map_put(s->by_number, str_n(q->number, q->len), q) < 0) {
		mem_free(q);
		return NULL;
	}
	q->next = s->first;
	s->first = q;
	return q;
}

int silence_sent(struct silence *s, struct str number, mono_ns now, struct err *err)
{
	struct quiet *q = s && number.len ? map_get(s->by_number, number) : NULL;

	if (!s || !number.len)
		return 0;
	if (!q)
		q = add(s, number);
	if (!q)
		return no_memory(err);
	if (!q->waits)
		q->since = now;
	q->waits = true;
	return 0;
}

void silence_heard(struct silence *s, struct str number)
{
	struct quiet *q = s && number.len ? map_get(s->by_number, number) : NULL;

	if (q)
		q->waits = false;
}

int64_t silence_ms(const struct silence *s, struct str number, mono_ns now)
{
	const struct quiet *q = s && number.len ? map_get(s->by_number, number) : NULL;

	return q && q->waits && now > q->since ? (now - q->since) / 1000000 : 0;
}

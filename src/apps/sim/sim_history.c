#include "apps/sim/sim_history.h"

#include <stdio.h>

#include "base/check.h"
#include "apps/sim/sim_random.h"

struct sim_history {
	struct sim_history_line *lines; /* line n at n % SIM_HISTORY_MAX */
	uint64_t next;                  /* numbers start at 1 */
	uint64_t digest;
};

struct sim_history *sim_history_new(void)
{
	struct sim_history *h = mem_alloc(sizeof(*h));

	if (!h)
		return NULL;
	h->next = 1;
	h->lines = mem_alloc(SIM_HISTORY_MAX * sizeof(*h->lines));
	if (!h->lines)
		MEM_FREE(&h);
	return h;
}

void sim_history_free(struct sim_history **ph)
{
	if (!*ph)
		return;
	mem_free((*ph)->lines);
	MEM_FREE(ph);
}

void sim_history_clear(struct sim_history *h)
{
	h->next = 1;
	h->digest = 0;
}

void sim_history_mark(struct sim_history *h, uint64_t value)
{
	h->digest = sim_mix(h->digest ^ sim_mix(value + 1));
}

void sim_history_add(
    struct sim_history *h, time_ms at, const char *what, const char *subject, const char *detail)
{
	struct sim_history_line *line = &h->lines[h->next % SIM_HISTORY_MAX];

	*line = (struct sim_history_line){ .n = h->next++, .at = at, .what = what };
	(void)snprintf(line->subject, sizeof(line->subject), "%s", subject);
	(void)snprintf(line->detail, sizeof(line->detail), "%s", detail);
	sim_history_mark(h, (uint64_t)at);
	sim_history_mark(h, sim_hash(str_c(what)));
	sim_history_mark(h, sim_hash(str_c(line->subject)));
	sim_history_mark(h, sim_hash(str_c(line->detail)));
}

uint64_t sim_history_digest(const struct sim_history *h)
{
	return h->digest;
}

size_t sim_history_len(const struct sim_history *h)
{
	uint64_t all = h->next - 1;

	return all < SIM_HISTORY_MAX ? (size_t)all : SIM_HISTORY_MAX;
}

const struct sim_history_line *sim_history_at(const struct sim_history *h, size_t i)
{
	size_t len = sim_history_len(h);

	return i < len ? &h->lines[(h->next - len + i) % SIM_HISTORY_MAX] : NULL;
}

void sim_history_print(const struct sim_history *h, uint64_t since, struct json_writer *w)
{
	const struct sim_history_line *line;

	jw_array(w);
	for (size_t i = 0; (line = sim_history_at(h, i)); i++) {
		if (line->n <= since)
			continue;
		jw_object(w);
		jw_member_int(w, "n", (int64_t)line->n);
		jw_member_time(w, "at", line->at);
		jw_member_c(w, "what", line->what);
		jw_member_c(w, "subject", line->subject);
		jw_member_c(w, "detail", line->detail);
		jw_object_end(w);
	}
	jw_array_end(w);
}

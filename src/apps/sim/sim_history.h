/* apps/sim/sim_history.h: what happened to accounts, numbers and templates, one line each, the newest SIM_HISTORY_MAX.
 *
 * Equal runs have equal histories; `digest` covers every line ever added, and what is told to it besides. */
#ifndef APPS_SIM_SIM_HISTORY_H
#define APPS_SIM_SIM_HISTORY_H

#include "base/clock.h"
#include "base/json.h"

#define SIM_HISTORY_MAX 4096
#define SIM_SUBJECT_MAX 65
#define SIM_DETAIL_MAX 96

struct sim_history_line {
	uint64_t n;
	time_ms at;
	const char *what; /* "quality", "restricted" …: static text */
	char subject[SIM_SUBJECT_MAX], detail[SIM_DETAIL_MAX];
};

struct sim_history;

MUST_CHECK struct sim_history *sim_history_new(void);
void sim_history_free(struct sim_history **ph);
void sim_history_clear(struct sim_history *h);
void sim_history_add(
    struct sim_history *h, time_ms at, const char *what, const char *subject, const char *detail);
/* Something that has no line of its own but must be equal in equal runs. */
void sim_history_mark(struct sim_history *h, uint64_t value);
uint64_t sim_history_digest(const struct sim_history *h);
size_t sim_history_len(const struct sim_history *h);
/* The newest lines with a number above `since`, as an array. */
void sim_history_print(const struct sim_history *h, uint64_t since, struct json_writer *w);
/* The i-th line that is kept, oldest first; NULL behind the last. */
const struct sim_history_line *sim_history_at(const struct sim_history *h, size_t i);

#endif

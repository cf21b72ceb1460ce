/* apps/sim/sim_people.h: how those who receive behave.
 *
 * A model of people is two functions: who has WhatsApp at all, and what becomes of one message. The model that stands
 * here is the plain one: everybody who is known gets everything within moments, most read it, nobody reports or
 * blocks. In a simulator that is alive, what becomes of a message is sim_crowd's business instead. */
#ifndef APPS_SIM_SIM_PEOPLE_H
#define APPS_SIM_SIM_PEOPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "apps/sim/sim_messages.h"
#include "apps/sim/sim_random.h"

/* What becomes of a message: times in ms after acceptance. */
struct sim_fate {
	int fail_code; /* 0 = it arrives */
	int64_t sent_ms, delivered_ms;
	int64_t read_ms; /* -1 = never read */
};

struct sim_people {
	const char *name;
	void *ctx; /* the model's own */
	bool (*knows)(const void *ctx, struct str phone);
	/* Draws from `r` in the order of acceptance only: that is what makes runs repeatable. */
	void (*decide)(
	    void *ctx, const struct sim_message *m, struct sim_random *r, struct sim_fate *ret);
	void (*done)(void *ctx);
};

/* `population`: NULL = whoever is written to has WhatsApp; a number N = N invented people, from ASSUME_FIRST_PERSON
 * on; anything else = a file of phone numbers, one a line (more columns behind a comma, a header and lines that
 * begin with '#' are passed over). With a population a message to anybody else fails with 131026. */
MUST_CHECK int sim_people_plain(const char *population, struct sim_people *ret, struct err *err);
void sim_people_done(struct sim_people *p);

#endif

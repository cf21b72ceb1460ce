/* apps/sim/sim_agenda.h: what is due when, on the simulator's clock.
 *
 * An appointment is a time, a kind and a reference that whoever is called looks up: what it named may be gone by then. Those due
 * are handed out in order of time from a timer, never inside sim_agenda_add. While the clock stands still, what is
 * due within ASSUME_LOOKAHEAD_MS counts as due. */
#ifndef APPS_SIM_SIM_AGENDA_H
#define APPS_SIM_SIM_AGENDA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"
#include "apps/sim/sim_clock.h"

enum sim_due {
	SIM_DUE_STEP,
	SIM_DUE_REVIEW,
	SIM_DUE_UNPAUSE,
	SIM_DUE_ACT,             /* a person does something about a message */
	SIM_DUE_TICK,            /* a full hour */
	SIM_DUE_PACED_TEMPLATE,  /* its first messages are assessed */
	SIM_DUE_PACED_PORTFOLIO, /* a batch is */
	SIM_DUE_FOUND,           /* a utility template is found to sell */
	SIM_DUE_CORRECTED        /* and its category changes */
};

struct sim_agenda;

/* `on_due` is called with the appointment's own time. The clock is borrowed. `l` NULL: nothing is handed out but by
 * sim_agenda_run. */
MUST_CHECK int sim_agenda_new(struct loop *l, const struct sim_clock *clock,
    void (*on_due)(void *arg, enum sim_due kind, uint64_t ref, time_ms at), void *arg,
    struct sim_agenda **ret, struct err *err);
void sim_agenda_free(struct sim_agenda **pa);

/* `ref` has at most 56 bits. When memory ran out the appointment is lost: a status that never comes is among what
 * receivers must live with. */
void sim_agenda_add(struct sim_agenda *a, time_ms at, enum sim_due kind, uint64_t ref);
/* Hands out all that is due up to `until`, now and in order, with whatever that adds. */
void sim_agenda_run(struct sim_agenda *a, time_ms until);
/* The clock was moved. */
void sim_agenda_look(struct sim_agenda *a);
void sim_agenda_clear(struct sim_agenda *a);
bool sim_agenda_is_due(const struct sim_agenda *a); /* is the next appointment due already? */
size_t sim_agenda_len(const struct sim_agenda *a);

#endif

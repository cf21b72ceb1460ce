/* apps/sim/sim_messages.h: the messages that were accepted, by their ids.
 *
 * The newest SIM_MESSAGES_MAX are kept; of older ones nothing more comes. A message is named by its counter, which its wamid
 * carries, never by a pointer that is kept: it may be gone. */
#ifndef APPS_SIM_SIM_MESSAGES_H
#define APPS_SIM_SIM_MESSAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "apps/sim/sim_world.h"

#define SIM_MESSAGES_MAX 524288

enum sim_status {
	SIM_NO_STATUS,
	SIM_SENT,
	SIM_DELIVERED,
	SIM_READ,
	SIM_PLAYED,
	SIM_FAILED,
	SIM_STATUSES
};

enum sim_category {
	SIM_SERVICE,
	SIM_UTILITY,
	SIM_AUTHENTICATION,
	SIM_MARKETING,
	SIM_MARKETING_LITE
};

/* How the webhooks of a message are spoilt; bits. */
enum sim_spoil { SIM_TWICE = 1, SIM_REVERSED = 2, SIM_SILENT = 4, SIM_UNSIGNED = 8 };

struct sim_step {
	int32_t emit_ms; /* when its webhook goes out, after acceptance */
	int32_t at_ms;   /* the time it tells, after acceptance */
	enum sim_status status;
};

#define SIM_STEPS_MAX 8

struct sim_message {
	uint64_t n;
	struct sim_number *number;
	uint32_t person;
	bool by_bsuid;       /* addressed by user id */
	bool in_window;      /* a window was open when it was accepted */
	time_ms entry_until; /* in the free 72 h of an entry point; TIME_NONE = not */
	bool is_typed;       /* template or direct send: not free-form */
	enum sim_category category;
	unsigned spoil;
	int fail_code;
	time_ms accepted_at;
	time_ms
	    base_at; /* the steps' times count from here: accepted, or released after it was held */
	uint64_t template_n; /* counter of the template; 0 = none */
	int act;             /* enum sim_act, once it was delivered */
	int32_t act_ms;
	time_ms reached[SIM_STATUSES]; /* TIME_NONE = not yet */
	struct sim_step steps[SIM_STEPS_MAX];
	unsigned steps_len, next_step;
	char template_id[SIM_OBJECT_ID_MAX]; /* "" = none */
	char *group;                         /* the group's id; NULL = sent to a person */
	char *callback_data;                 /* NULL = none */
};

struct sim_messages;

MUST_CHECK struct sim_messages *sim_messages_new(void);
void sim_messages_free(struct sim_messages **pm);
/* Forgets all; counters go on, so that no id comes twice. */
void sim_messages_clear(struct sim_messages *m);

/* A new message with the next counter and these two texts (p NULL = none), else zeroed; NULL when memory ran out. */
struct sim_message *sim_messages_add(
    struct sim_messages *m, struct str group, struct str callback_data);
/* NULL when it never was or is forgotten. */
struct sim_message *sim_messages_get(const struct sim_messages *m, uint64_t n);
uint64_t sim_messages_count(const struct sim_messages *m); /* ever accepted */

const char *sim_status_name(enum sim_status s);
enum sim_status sim_status_of(struct str name); /* SIM_NO_STATUS when it is none */
const char *sim_category_name(enum sim_category c);

#endif

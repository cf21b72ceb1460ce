/* apps/sim/sim_private.h: the simulator from the inside. Only files of apps/sim include it.
 *
 * struct sim is the room in which the modules meet: each keeps its own state and knows nothing of the others; the api_*
 * and control files bring them together. */
#ifndef APPS_SIM_SIM_PRIVATE_H
#define APPS_SIM_SIM_PRIVATE_H

#include "apps/sim/sim.h"
#include "apps/sim/sim_agenda.h"
#include "apps/sim/sim_alive.h"
#include "apps/sim/sim_clock.h"
#include "apps/sim/sim_faults.h"
#include "apps/sim/sim_hooks.h"
#include "apps/sim/sim_log.h"
#include "apps/sim/sim_media.h"
#include "apps/sim/sim_messages.h"
#include "apps/sim/sim_people.h"
#include "apps/sim/sim_random.h"
#include "apps/sim/sim_templates.h"
#include "apps/sim/sim_world.h"
#include "transport/http_server.h"
#include "transport/tls.h"
#include "transport/upstream.h"

/* What a token opens: a WABA, and the number that is meant where a path names none. */
struct sim_key {
	struct sim_waba *waba;
	struct sim_number *number; /* NULL = none */
};

struct sim_counts {
	uint64_t calls, accepted, refused, delivered, read, failed, inbound;
};

struct sim {
	struct loop *loop;
	struct http_server *server;
	struct tls_server *tls;
	struct upstream *up;
	bool strict;
	uint64_t seed;
	char url[128];
	char webhook[SIM_URL_MAX], app_secret[SIM_SECRET_MAX];         /* the default app's */
	char first_webhook[SIM_URL_MAX], first_secret[SIM_SECRET_MAX]; /* as opened */
	char prefix[SIM_NAME_MAX]; /* a provider's, in front of unversioned paths */
	char default_number[SIM_ID_MAX];
	struct sim_clock clock;
	struct sim_random random;
	struct sim_people people;
	struct sim_world *world;
	struct sim_templates *templates;
	struct sim_messages *messages;
	struct sim_media *media;
	struct sim_faults *faults;
	struct sim_log *log;
	struct sim_agenda *agenda;
	struct sim_hooks *hooks; /* NULL: nobody is told (sim_open_quiet) */
	struct sim_alive *alive; /* NULL: everybody gets everything */
	time_ms at;              /* of the appointment that is being kept; TIME_NONE = none */
	void (*watch)(void *arg, const struct sim_seen *seen); /* NULL = nobody */
	void *watch_arg;
	struct map *keys;               /* token → struct sim_key */
	enum sim_status statuses_until; /* automatic statuses go this far */
	int64_t default_throughput;
	struct list waiting; /* calls that are answered later */
	uint64_t inbound, traces, tickets;
	uint64_t told_ticket; /* the last one told */
	struct sim_counts counts;
	struct sim_usage usage; /* of the app: management calls over all WABAs */
	uint64_t generation;    /* counts resets: pointers into the world do not outlive one */
	struct buf out, event;  /* the answer and the event being written */
};

time_ms sim_now(const struct sim *s);

/* --- sim.c --- */
/* Without a server, webhooks and a loop: time moves only by sim_run. For experiments inside a process. */
MUST_CHECK int sim_open_quiet(const struct sim_options *o, struct sim **ret, struct err *err);
/* The clock of a quiet simulator moves to `until`, and what is due by then happens. */
void sim_run(struct sim *s, time_ms until);
/* Forgets numbers, people, messages, templates, media, faults, the log and what waits to be posted; the generator starts
 * again. The clock and all counters go on: no id comes twice. 0 or -E_NOMEM, then nothing was done. */
MUST_CHECK int sim_reset(struct sim *s);

/* --- sim_progress.c: what becomes of messages and templates over time --- */
/* Lays out the statuses of a message that was just accepted, and begins. With a ticket (else 0) its first webhooks go out
 * now; true when they are on their way and the ticket will be told. */
bool sim_progress_begin(struct sim *s, struct sim_message *m, uint64_t ticket);
/* One that was held back: begins now, or fails now. */
void sim_progress_release(struct sim *s, struct sim_message *m, time_ms at);
void sim_progress_fail(struct sim *s, struct sim_message *m, time_ms at, int code);
/* One more step, so long after m->base_at. */
void sim_progress_step(struct sim *s, struct sim_message *m, enum sim_status status, int64_t at_ms);
/* One status of the time `at`: counted, remembered and posted. True when it is on its way: the ticket will be told. */
bool sim_progress_status(struct sim *s, struct sim_message *m, enum sim_status status, time_ms at,
    int code, uint64_t ticket);
/* Starts the value of an event in s->event; its text, p NULL when memory ran out. */
void sim_event_begin(struct sim *s, struct json_writer *w);
struct str sim_event_text(const struct sim *s);
void sim_progress_due(void *arg, enum sim_due kind, uint64_t ref, time_ms at);
/* Posts an event of a number: to its override, its WABA's, or the app's address. True when it is on its way. */
bool sim_post_number(struct sim *s, const struct sim_number *n, const char *field, struct str value,
    unsigned spoil, uint64_t ticket);
/* Posts an account event of a WABA, always to the app's address. */
bool sim_post_waba(
    struct sim *s, const struct sim_waba *a, const char *field, struct str value, uint64_t ticket);
/* A template's state changes and the world is told. */
void sim_template_set_status(
    struct sim *s, struct sim_template *t, const char *status, const char *title);
/* Paused for the n-th time: 3 h, 6 h, disabled. */
void sim_template_pause(struct sim *s, struct sim_template *t);

#endif

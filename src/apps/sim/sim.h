/* apps/sim/sim.h: the Cloud API as a double: for demos, tests and rehearsals.
 *
 * It serves sends, media, templates, numbers and WABAs on the documented shapes and errors, posts signed webhooks, and goes
 * wrong on request. Everything runs on the loop it was opened on, one thread, in memory; nothing survives sim_close.
 * What it takes for granted about Meta is in figures.h (documented) and assumptions.h (not documented); what it takes for
 * granted about people and enforcement, in packs/simulator.json.
 *  (1) It listens on loopback only: its control API has no lock.
 *  (2) It shares nothing with the gateway but base/, the HTTP server and the client that posts webhooks.
 *  (3) The same seed and the same calls in the same order make the same run.
 * The control API and the faults: docs/simulator.md. */
#ifndef APPS_SIM_SIM_H
#define APPS_SIM_SIM_H

#include "base/clock.h"
#include "base/loop.h"
#include "base/str.h"

struct sim;

struct sim_options {
	const char *listen;             /* "127.0.0.1:0"; 127.x.y.z, [::1] */
	const char *webhook;            /* where events go; NULL = nowhere until configured */
	const char *app_secret;         /* signs them; must be there when webhook is */
	const char *webhook_ca_file;    /* trusted for https webhooks; NULL = the system's */
	const char *people;             /* see sim_people_plain; NULL = everybody */
	const char *tls_cert, *tls_key; /* both or neither */
	uint64_t seed;                  /* 0 = a random one */
	bool virtual_clock;             /* stands still at the system's time of opening */
	bool alive;                     /* people tire and complain, Meta enforces */
	const char *assumptions;        /* a file; NULL = the built-in one. Needs alive */
	bool strict; /* only configured tokens, numbers, WABAs, templates, media */
};

void sim_options_default(struct sim_options *o);

/* crypto_init must have been called. On the thread of `l`. */
MUST_CHECK int sim_open(
    struct loop *l, const struct sim_options *o, struct sim **ret, struct err *err);
/* "http://127.0.0.1:43127", or https. Lives as long as the simulator. */
struct str sim_address(const struct sim *s);
/* Closes every connection and forgets everything; NULL-safe. On the thread of the loop. */
void sim_close(struct sim **ps);

#endif

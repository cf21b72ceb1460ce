/* apps/cli/demo_world.h: the invented company of `varco demo`: a shop in Italy, its accounts, and 5,000 people.
 *
 * Nobody is real: people have the numbers of all examples of this project (+39 333 123 45xx) and numbers that
 * regulators keep free for fiction (Ofcom: +44 7700 900xxx; Arcep: +33 6 39 98 xx xx). Everything follows from a
 * person's index, so that every demo shows the same. */
#ifndef APPS_CLI_DEMO_WORLD_H
#define APPS_CLI_DEMO_WORLD_H

#include "base/clock.h"
#include "base/str.h"

#define DEMO_PEOPLE 5000
#define DEMO_WINDOWS 40 /* the first so many people wrote today */

#define DEMO_PORTFOLIO "700600500"
#define DEMO_WABA "900800700"
#define DEMO_COMPANY "Bottega Esempio"
#define DEMO_APP "negozio"
#define DEMO_SECRET "bottega-esempio-app-secret"
#define DEMO_WEBHOOK_SECRET "negozio-webhook-secret"
#define DEMO_VERIFY "bottega-esempio-verify"
#define DEMO_TOKEN "bottega-esempio-token"

struct demo_number {
	const char *id, *display;
	bool established;
	const char *story; /* N_() */
};
enum { DEMO_HEALTHY, DEMO_WARMING, DEMO_TROUBLED, DEMO_NUMBERS };
extern const struct demo_number demo_numbers[DEMO_NUMBERS];

/* Somebody who wrote today; somebody who agreed to everything and never wrote. */
#define DEMO_WRITER 7
#define DEMO_SILENT 60

#define DEMO_PHONE_MAX 40
/* "+393331234510"; `i` below DEMO_PEOPLE. */
void demo_phone(size_t i, char out[DEMO_PHONE_MAX]);
/* The table of consents and withdrawals as `consent import` takes it, up to `now`. */
void demo_consents(time_ms now, struct buf *out);
/* Graph's definitions, an array. */
extern const char demo_templates[];

#endif

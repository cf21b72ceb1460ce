/* apps/cli/doctor.h: looks for what is wrong with an installation. Nothing is changed, and nothing is made that is not
 * there. */
#ifndef APPS_CLI_DOCTOR_H
#define APPS_CLI_DOCTOR_H

#include "apps/cli/client.h"
#include "apps/gateway/gateway.h"
#include "base/json.h"

#define DOCTOR_CHECKS_MAX 32

enum finding_kind {
	FOUND_GOOD,
	FOUND_NOTE, /* worth knowing; nothing is broken */
	FOUND_BAD,
};

struct doctor_finding {
	const char *check; /* "store" */
	enum finding_kind kind;
	struct str text;    /* a sentence; in the arena */
	const char *remedy; /* a sentence, or NULL */
};

struct doctor {
	const char *config_path;
	struct client_options client;
	bool online; /* the upstream may be called */

	struct arena *arena;
	struct gateway_config config; /* only when configured */
	bool configured;
	struct client *server;     /* NULL: nobody answers */
	const struct json *status; /* NULL: not told */
	bool queues_told;
	struct doctor_finding findings[DOCTOR_CHECKS_MAX];
	size_t findings_len;
};

/* Runs every check, in an order in which later ones may use what earlier ones found. */
void doctor_run(struct doctor *d);

#endif

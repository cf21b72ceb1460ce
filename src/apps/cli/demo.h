/* apps/cli/demo.h: one run of `varco demo`: who does what, on which thread.
 *
 * The main thread runs the gateway; the stage has a thread (demo_stage.h); the guide has one: it fills the gateway by its
 * own API, tells the person what to try, and with --once tries it. Fields are written before the guide starts or by it
 * alone, but for `stop`. */
#ifndef APPS_CLI_DEMO_H
#define APPS_CLI_DEMO_H

#include <stdatomic.h>

#include "apps/cli/demo_stage.h"
#include "apps/gateway/gateway.h"

struct demo {
	bool once, json;
	struct demo_stage *stage;
	char dir[256]; /* the temporary directory; the state directory is in it */
	char url[256]; /* of the gateway */
	char token[ADMIN_TOKEN_MAX];
	uv_thread_t guide;
	bool guided;      /* the guide was started */
	atomic_bool stop; /* the gateway shall end */
	int code;         /* the guide's exit code */
};

/* On a thread of its own, when the gateway takes requests; `arg` is the struct demo. */
void demo_guide(void *arg);

#endif

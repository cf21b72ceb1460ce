/* apps/cli/demo_stage.h: what stands around the gateway in a demo: the simulator, and an app's receiver of webhooks, on a
 * thread and a loop of their own.
 *
 * The receiver keeps what it hears, checks the signature, and shows it to whoever asks by GET. */
#ifndef APPS_CLI_DEMO_STAGE_H
#define APPS_CLI_DEMO_STAGE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/str.h"

struct demo_stage;

struct demo_stage_options {
	bool virtual_clock;
	const char *
	    webhook_secret; /* of the app: signs what the receiver gets; lives as long as the stage */
	bool print; /* a line on standard output for every webhook; else wait for demo_stage_tell */
};

/* Starts the thread. */
MUST_CHECK int demo_stage_open(
    const struct demo_stage_options *o, struct demo_stage **ret, struct err *err);
/* Ends the thread; NULL-safe. */
void demo_stage_close(struct demo_stage **ps);
/* "http://127.0.0.1:43127", without a slash at the end. */
const char *demo_stage_sim(const struct demo_stage *s);
const char *demo_stage_receiver(const struct demo_stage *s);

/* From any thread: lines from now on. */
void demo_stage_print(struct demo_stage *s, bool on);
/* Waits until a webhook came that holds `text` (an id) and, when `word` is not NULL, that too; appends its body. False when
 * none came within `timeout_ms`. *ret_signed: was its signature good. */
bool demo_stage_wait(struct demo_stage *s, struct str text, const char *word, int64_t timeout_ms,
    struct buf *ret_body, bool *ret_signed);

#endif

/* apps/sim/sim_faults.h: what goes wrong on purpose.
 *
 * A fault waits for calls whose path contains its pattern (and whose method is its own, when it names one). The nth such
 * call from when the fault was set and the `times` - 1 calls after it are hit; then the fault is spent and
 * goes. One call meets at most one fault, the oldest that is due; the others only count it. Calls of the control API
 * are met only by faults that name them: "/_sim/inbound". */
#ifndef APPS_SIM_SIM_FAULTS_H
#define APPS_SIM_SIM_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "transport/http_server.h"

/* name, what its number means (NULL = it has none), what happens */
#define SIM_FAULTS(X) \
	X(ACCEPT_THEN_RESET, "accept_then_reset", NULL, \
	    "done, then the connection is reset unanswered") \
	X(RESET_BEFORE, "reset_before", NULL, "the connection is reset, nothing is read") \
	X(TRUNCATE, "truncate", NULL, "done; half of the answer, then the connection ends") \
	X(ERROR_500_AFTER_ACCEPT, "error_500_after_accept", NULL, "done, and answered 500") \
	X(ERROR_500_BEFORE, "error_500_before", NULL, "not done, and answered 500") \
	X(DRIP, "drip", "ms", "done; the answer comes byte by byte") \
	X(DELAY, "delay_ms", "ms", "done; the answer comes late") \
	X(WRONG_ID, "wrong_id", NULL, "done; the answer names another message id") \
	X(STATUS_BEFORE_ANSWER, "status_before_answer", NULL, "webhooks first, then the answer") \
	X(DUPLICATE_WEBHOOK, "duplicate_webhook", NULL, "every webhook of it comes twice") \
	X(REORDERED_WEBHOOK, "reordered_webhook", NULL, "its webhooks come in reverse order") \
	X(DROP_WEBHOOK, "drop_webhook", NULL, "its webhooks never come") \
	X(BAD_SIGNATURE, "bad_signature", NULL, "its webhooks are signed with another secret") \
	X(ERROR, "error", "code", "not done; the Graph error of that code") \
	X(CLOSE_IDLE, "close_idle", NULL, "done and answered; then the connection is closed")

enum sim_fault_kind {
	SIM_FAULT_NONE,
#define X(name, word, number, text) SIM_FAULT_##name,
	SIM_FAULTS(X)
#undef X
	    SIM_FAULT_KINDS
};

struct sim_fault {
	enum sim_fault_kind kind;
	int64_t number; /* milliseconds or code, as the kind says */
};

struct sim_faults;

MUST_CHECK struct sim_faults *sim_faults_new(void);
void sim_faults_free(struct sim_faults **pf);
void sim_faults_clear(struct sim_faults *f);

/* From {"path","method","nth","kind","times","ms","code"}; kind may carry its number: "error:131026", "delay_ms:500".
 * Absent: any path and method, nth 1, times 1; times -1 is for ever. -E_INVALID names the field. */
MUST_CHECK int sim_faults_add(struct sim_faults *f, const struct json *o, struct err *err);

/* The fault that this call meets; kind SIM_FAULT_NONE when none. */
struct sim_fault sim_faults_meet(struct sim_faults *f, enum http_method method, struct str path);

/* The array of those that wait. */
void sim_faults_print(const struct sim_faults *f, struct json_writer *w);
const char *sim_fault_name(enum sim_fault_kind kind);

#endif

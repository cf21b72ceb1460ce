/* apps/sim/sim_control.h: the control API under /_sim/. docs/simulator.md describes every path.
 *
 * Handlers read c->body (an object; absent members are absent) and answer with sim_control_ok, or with sim_control_fail: status
 * 400 and {"error":{"field","message"}}. Control calls are neither logged nor counted. */
#ifndef APPS_SIM_SIM_CONTROL_H
#define APPS_SIM_SIM_CONTROL_H

#include "apps/sim/sim_api.h"

void sim_control_ok(struct sim_call *c); /* what was written to c->w, or {} when nothing was */
void sim_control_fail(struct sim_call *c, int status, const char *field, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* Members of the body. Each answers 1 when it was there, 0 when not, -1 when it is not of the type: then it was answered. */
int sim_control_time(
    struct sim_call *c, const char *key, time_ms *ret); /* RFC 3339, or ms since 1970 */
int sim_control_int(struct sim_call *c, const char *key, int64_t min, int64_t max, int64_t *ret);
int sim_control_bool(struct sim_call *c, const char *key, bool *ret);
int sim_control_text(struct sim_call *c, const char *key, char *out, size_t size);
/* An id, as a string or a number; p NULL when it is absent. In the request's arena. */
struct str sim_control_id(struct sim_call *c, const char *key);

/* sim_control_alive.c */
void sim_control_people(struct sim_call *c);
void sim_control_people_get(struct sim_call *c);
void sim_control_enforcement(struct sim_call *c);
void sim_control_enforcement_get(struct sim_call *c);

/* sim_control_config.c */
void sim_control_config_get(struct sim_call *c);
void sim_control_config_set(struct sim_call *c);
void sim_control_template(struct sim_call *c);

/* sim_control_events.c */
void sim_control_inbound(struct sim_call *c);
void sim_control_status(struct sim_call *c);
void sim_control_event(struct sim_call *c);

/* sim_control_log.c */
void sim_control_log_get(struct sim_call *c);
void sim_control_log_delete(struct sim_call *c);

#endif

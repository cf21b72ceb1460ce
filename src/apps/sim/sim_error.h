/* apps/sim/sim_error.h: what the Cloud API says when it does not do a thing.
 *
 * A problem is a code with its documented title and HTTP status, and one sentence of our own that names the
 * input. An unknown code is written as it is, with status 400. */
#ifndef APPS_SIM_SIM_ERROR_H
#define APPS_SIM_SIM_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"

struct sim_problem {
	int code;    /* 0 = none */
	int subcode; /* 0 = none */
	char details[300];
};

/* Fills *p and returns false, so that a check can `return sim_problem(…)`. */
bool sim_problem(struct sim_problem *p, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);
bool sim_problem_sub(struct sim_problem *p, int code, int subcode, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

bool sim_problem_va(struct sim_problem *p, int code, int subcode, const char *fmt, va_list ap)
    PRINTF_LIKE(4, 0);

int sim_error_status(int code); /* HTTP */
const char *sim_error_title(int code);

/* The member "error" of a synchronous answer; `trace` is the fbtrace_id. */
void sim_error_member(struct json_writer *w, const struct sim_problem *p, const char *trace);
/* One element of errors[] in a webhook. */
void sim_error_print_webhook(struct json_writer *w, int code);

#endif

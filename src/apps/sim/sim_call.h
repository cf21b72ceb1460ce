/* apps/sim/sim_call.h: one call, from its head to its answer.
 *
 * A handler looks at the call, does what is asked, writes its answer with the writer it is given and says so once:
 * sim_call_ok, sim_call_success or sim_call_fail, at once. What the call's fault makes of that answer (late, halved, none) is
 * done here, and so is the log. */
#ifndef APPS_SIM_SIM_CALL_H
#define APPS_SIM_SIM_CALL_H

#include "apps/sim/sim_private.h"

#define SIM_SEGMENTS_MAX 6

struct sim_call {
	struct list_node node; /* in sim->waiting, while the answer is to come */
	struct sim *sim;
	struct http_request *req;
	struct str segs[SIM_SEGMENTS_MAX]; /* of the path behind version and prefix, decoded */
	size_t segs_len;
	struct sim_fault fault;
	uint64_t log_n;
	const struct sim_key
	    *key; /* what its token opens; NULL when the token was never configured */
	char wamid[SIM_WAMID_MAX];
	bool manages;                /* a call that counts against the quota */
	struct http_header usage[2]; /* what its answer tells of that */
	size_t usage_len;
	struct json_writer w;
	const struct json *body; /* after sim_call_body */
	void *upload;            /* sim_api_media's */
	void (*on_gone)(struct sim_call *c);
	/* An answer that comes later: */
	int status;
	struct str answer; /* in the request's arena */
	size_t dripped;
	struct loop_timer *timer;
	uint64_t ticket; /* waits for a webhook; 0 = for the timer alone */
};

/* The call of a request whose head is there; NULL when memory ran out. Meets its fault. */
struct sim_call *sim_call_new(struct sim *s, struct http_request *req);
/* Splits the path and finds out who calls. False when it was answered: no version or id, no credentials. */
bool sim_call_enter(struct sim_call *c);

/* Whether its WABA and the app may make one more call; false when it was answered. */
bool sim_call_has_quota(struct sim_call *c);

/* The body as JSON. False when it was answered, because it is none. */
bool sim_call_body(struct sim_call *c);

/* The answer: what was written to c->w, through the call's fault; sim_call_ok is that with status 200. */
void sim_call_answer(struct sim_call *c, int status);
void sim_call_ok(struct sim_call *c);
void sim_call_success(struct sim_call *c); /* {"success":true} */
/* The member "error" in an answer that says more than that. */
void sim_call_error(struct sim_call *c, const struct sim_problem *p);
void sim_call_problem(struct sim_call *c, const struct sim_problem *p);
void sim_call_fail(struct sim_call *c, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* As the Graph says of an id that it does not know, or that this token may not see. */
void sim_call_no_object(struct sim_call *c, struct str id);
/* As sim_call_ok, but the answer waits until the ticket is told, at most ASSUME_WAIT_HOOK_MS. */
void sim_call_ok_after(struct sim_call *c, uint64_t ticket);
/* The webhooks with this ticket were tried: what waits for them goes on. `arg` is the simulator. */
void sim_call_ticket(void *arg, uint64_t ticket, bool ok);
/* The simulator closes: what waits never goes on. */
void sim_call_abandon_all(struct sim *s);

/* The number, or WABA, that a segment names: made on first use unless --strict. NULL when it was answered. */
struct sim_number *sim_call_number(struct sim_call *c, struct str id);
struct sim_waba *sim_call_waba(struct sim_call *c, struct str id);

/* For an answer that is no JSON and was given by other means: only the log is told. */
void sim_call_log(struct sim_call *c, int status);

#endif

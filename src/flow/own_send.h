/* flow/own_send.h: what Varco sends without being asked over HTTP: the question of a double opt-in, the
 * confirmation of an opt-out, what events and inbound messages call for. On record in the transaction
 * that wants it, as a held send that is due at once or later; from there it goes the way of every send:
 * judged, recorded, at most once. In the name of the app that it is for, or of one of its own that may
 * use every number, and then always as in enforce mode. */
#ifndef FLOW_OWN_SEND_H
#define FLOW_OWN_SEND_H

#include "domain/journal.h"
#include "flow/core.h"

#define OWN_APP "varco"

/* The app, or Varco itself for OWN_APP. */
const struct dir_app *own_send_app(const struct directory *d, struct str id);
bool own_send_is(const struct dir_app *app);

struct own_send {
	struct str app; /* id of an integration; p NULL = Varco's own */
	const struct dir_number *number;
	struct str body;     /* as an app would post it to /messages */
	uint64_t person;     /* 0 = nobody is known, or must be known, under the body's keys */
	struct str campaign; /* p NULL = none */
	struct str key;      /* Idempotency-Key, for which this send stands; p NULL = none */
	time_ms due_at;      /* 0 = at once */
	time_ms expires_at;  /* held longer, it is given up */
};
/* -E_INVALID (field: of the body) when it is no message that the platform takes. */
MUST_CHECK int own_send_queue(struct core *core, struct store_conn *c, const struct own_send *s,
    time_ms now, struct arena *a, uint64_t *ret_decision, struct err *err);

/* {"messaging_product","recipient_type","to" or "recipient","type",type: …}: the caller writes the
 * value of the last member before own_send_end(). `out` is w's, initialised by the caller. */
void own_send_begin(struct json_writer *w, struct phone phone, struct str bsuid, const char *type);
/* The body in the arena, p NULL when memory ran out; `out` is done. */
struct str own_send_end(struct json_writer *w, struct buf *out, struct arena *a);

#endif

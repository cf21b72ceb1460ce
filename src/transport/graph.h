/* transport/graph.h: Graph's envelopes: what we answer in Meta's stead, and what Meta's answers
 * mean.
 *
 * Bodies are appended to `out`; a buffer that failed is the caller's to see. `id_text` is the
 * decision's id ("dec_…"), or "" when there is none yet. `message`, details and rules are in
 * English, for who develops; error_user_title and error_user_msg in the reader's language
 * (design 4). */
#ifndef TRANSPORT_GRAPH_H
#define TRANSPORT_GRAPH_H

#include "domain/decision.h"
#include "domain/pack.h"

/* The refusal of design 4, of a decision that refuses or holds: members in the order that is
 * written there. 0 or -E_NOMEM. */
MUST_CHECK int graph_write_refusal(struct arena *a, const struct decision *d, enum mode mode,
    const char *id_text, enum lang lang, struct buf *out);
/* 202 body of a held send: {"varco":{"decision","state":"held","until"}}. */
void graph_write_held(const char *id_text, time_ms until, struct buf *out);
/* 504, same envelope with varco.state "unknown". Its code is Meta's own for "something went
 * wrong". */
void graph_write_unknown(const char *id_text, enum lang lang, struct buf *out);
/* Errors that are Varco's own and no rule's: busy, closing, store (503), bad path (404), too large
 * (413). error_data is left out when `details` is NULL or "". */
void graph_write_error(int graph_code, const char *type, const char *message, const char *details,
    const char *id_text, bool transient, struct buf *out);

enum graph_result {
	GRAPH_ACCEPTED, /* complete 2xx with a message id, or {"success":true} */
	GRAPH_REJECTED, /* a definite error in Graph's envelope: surely not sent */
	GRAPH_UNCLEAR,  /* a code of the class `unknown`, or no complete answer of Graph's */
};

struct graph_answer {
	enum graph_result result;
	/* Borrowed from the arena; "" when absent. */
	struct str wamid, wa_id, user_id, message_status;
	int64_t code; /* Graph error code, 0 = none */
};
/* What a complete answer to a send means, by the pack's table of codes, else by its status. 0 or
 * -E_NOMEM. */
MUST_CHECK int graph_read_answer(struct arena *a, const struct pack *pack, int status,
    struct str body, struct graph_answer *ret);

#endif

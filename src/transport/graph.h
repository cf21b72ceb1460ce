/* transport/graph.h: Graph's envelopes: what we answer in Meta's stead, and what Meta's answers
 * mean. */
#ifndef TRANSPORT_GRAPH_H
#define TRANSPORT_GRAPH_H

#include "domain/decision.h"

/* The refusal of design 4 as JSON. `id_text` is the decision's id ("dec_…"). */
MUST_CHECK int graph_write_refusal(struct arena *a, const struct decision *d, enum mode mode,
    const char *id_text, enum lang lang, struct buf *out);
/* 202 body of a held send: {"varco":{"decision","state":"held","until"}}. */
void graph_write_held(const char *id_text, time_ms until, struct buf *out);
/* 504: unknown outcome, same envelope with "state":"unknown"; and the other errors that are
 * Varco's own, not a rule's: busy, closing, store (503), bad path (404), too large (413). */
void graph_write_unknown(const char *id_text, enum lang lang, struct buf *out);
void graph_write_error(int graph_code, const char *type, const char *message, const char *details,
    const char *id_text, bool transient, struct buf *out);

enum graph_result {
	GRAPH_ACCEPTED, /* complete 2xx with a message id */
	GRAPH_REJECTED, /* a complete, definite Graph error */
	GRAPH_UNCLEAR, /* 5xx, or a code after which Meta may have accepted (pack's table), or a 2xx that makes no sense */
};

struct graph_answer {
	enum graph_result result;
	struct str wamid, wa_id, user_id, message_status; /* borrowed from the arena */
	int64_t code;                                     /* Graph error code, 0 = none */
};
MUST_CHECK int graph_read_answer(struct arena *a, const struct pack *pack, int status,
    struct str body, struct graph_answer *ret);

#endif

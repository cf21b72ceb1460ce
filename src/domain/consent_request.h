/* domain/consent_request.h: the question that makes a double opt-in: asked in a message on WhatsApp,
 * answered by a button that carries its id, or by a word. Inside the caller's transaction.
 *
 *   pending → confirmed | declined | withdrawn
 * A pending one whose time is over is `expired` to whoever looks, and no answer moves it; one whose
 * question never went out (its decision tells why) is `refused`, and gives way to the next. At most one
 * is open for a person, number and purpose. */
#ifndef DOMAIN_CONSENT_REQUEST_H
#define DOMAIN_CONSENT_REQUEST_H

#include "base/id.h"
#include "domain/purpose.h"
#include "store/store.h"

/* Stored; never renumber. */
enum request_state {
	REQUEST_PENDING = 1,
	REQUEST_CONFIRMED = 2,
	REQUEST_DECLINED = 3,
	REQUEST_WITHDRAWN = 4, /* taken back by an operator, or the person opted out meanwhile */
	REQUEST_EXPIRED = 5,   /* never stored */
	REQUEST_REFUSED = 6,   /* never stored */
};
const char *request_state_name(enum request_state s); /* "" for none of them */

struct consent_request {
	uint64_t id, person;
	struct str number;
	enum purpose purpose;
	enum request_state state;
	time_ms at, expires_at, answered_at; /* TIME_NONE = not answered */
	uint64_t decision;                   /* the send that asks */
	int64_t leaf;                        /* of the grant; 0 = none */
	/* what the grant will say: the words that were shown, where, and consent_details.h */
	struct str wording, source, details;
};

/* -E_CONFLICT when one is open for the same person, number and purpose. */
MUST_CHECK int request_add(struct store_conn *c, const struct consent_request *r, struct err *err);
/* 1 found, as of `now` (strings in the arena); 0 unknown. */
MUST_CHECK int request_get(struct store_conn *c, uint64_t id, time_ms now, struct arena *a,
    struct consent_request *ret, struct err *err);
/* The only open one of a person at a number: 1; 0 when there is none, or more than one, for then
 * nobody can tell which is meant. */
MUST_CHECK int request_only(struct store_conn *c, uint64_t person, struct str number, time_ms now,
    struct arena *a, struct consent_request *ret, struct err *err);
/* A pending one is answered. leaf: of the grant that came of it, else 0. */
MUST_CHECK int request_close(struct store_conn *c, uint64_t id, enum request_state to, int64_t leaf,
    time_ms now, struct err *err);
/* All open ones of a person become withdrawn. */
MUST_CHECK int request_close_all(
    struct store_conn *c, uint64_t person, time_ms now, struct err *err);
/* Newest first, ids below `before` (0 = any), of one state (0 = any); at most `limit`, and then
 * *ret_more. */
struct request_filter {
	uint64_t before;
	enum request_state state;
	size_t limit;
};
MUST_CHECK int request_list(struct store_conn *c, const struct request_filter *f, time_ms now,
    struct arena *a, struct consent_request **ret, size_t *ret_len, bool *ret_more,
    struct err *err);
/* Those that ended, or expired, before `before`, a bounded number per call; 1 there may be more, 0
 * there is none. */
MUST_CHECK int request_purge(struct store_conn *c, time_ms before, struct err *err);

/* What a button of the request says: "varco:req_…:yes". `out` has REQUEST_PAYLOAD_MAX bytes. */
#define REQUEST_PAYLOAD_MAX (ID_TEXT_MAX + 16)
void request_payload(uint64_t id, bool yes, char out[REQUEST_PAYLOAD_MAX]);
bool request_payload_read(struct str payload, uint64_t *ret_id, bool *ret_yes);

#endif

/* apps/analyze/event.h: what happened between a business and one person, of fixed size: what rows of
 * every file become.
 *
 * Events are judged person after person, and those of a person by time; at one instant what the person
 * did comes before what was sent to them, and otherwise the rows' order holds. */
#ifndef APPS_ANALYZE_EVENT_H
#define APPS_ANALYZE_EVENT_H

#include <stdbool.h>

#include "apps/analyze/words.h"
#include "base/clock.h"
#include "domain/purpose.h"

/* Their order at one instant. What people wrote stands in a table of its own, or among the traffic: two
 * kinds, so that rows of one kind are those of one file. */
enum event_kind { EVENT_CONSENT, EVENT_INBOUND, EVENT_INBOUND_AMONG, EVENT_SEND };

/* A telephone number, or, with the first bit, the number of a name in the pool: of a BSUID, or with both bits of
 * what stands where a number should. */
#define PERSON_NAMED (UINT64_C(1) << 63)
#define PERSON_INVALID (UINT64_C(3) << 62)

static inline bool person_is_invalid(uint64_t person)
{
	return (person & PERSON_INVALID) == PERSON_INVALID;
}

/* Stands for all errors beyond those that are told apart. */
#define CODE_OTHERS INT32_MAX

struct event {
	uint64_t person;
	time_ms at;
	uint64_t row; /* of its file, as a spreadsheet counts; a consent before everything else */
	uint64_t content; /* hash of what was said; events of unknown content never have the same */
	uint64_t id;      /* hash of the message's id; 0 = none */
	uint32_t number, template, list, app, button; /* of pools */
	int32_t error;
	uint8_t kind;     /* enum event_kind */
	uint8_t type;     /* enum traffic_type, of sends */
	uint8_t status;   /* enum traffic_status, of sends */
	uint8_t purpose;  /* as the row says it: PURPOSE_NONE = it does not; of consents, of what */
	uint8_t act;      /* enum consent_act, of consents */
	uint8_t evidence; /* of consents */
	uint8_t withdraws; /* PURPOSE_BITs of what a person wrote */
	uint8_t grants;
};

/* <0, 0, >0: the order above. */
static inline int event_compare(const struct event *a, const struct event *b)
{
	if (a->person != b->person)
		return a->person < b->person ? -1 : 1;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return (a->row > b->row) - (a->row < b->row);
}

#endif

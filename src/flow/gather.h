/* flow/gather.h: everything known about one message at one instant: from the directory, the store,
 * budgets and recent sends. A send is judged by it inside the transaction that records it, and a
 * preflight by the same, on a reading connection with budgets and recent sends read anew.
 *
 * Everything but the results is borrowed for the call. */
#ifndef FLOW_GATHER_H
#define FLOW_GATHER_H

#include "domain/budget.h"
#include "domain/bulk.h"
#include "domain/person.h"
#include "domain/recent.h"
#include "domain/resume.h"
#include "domain/seen.h"

struct gather {
	const struct pack *pack;
	struct store_conn *conn;
	struct budget *budget;
	struct recent *recent;
	struct bulk *bulk; /* NULL: how often the same text went out is not asked */
	struct seen *seen;
	time_ms now;
	bool clock_suspect, has_key;
	const struct directory *directory;
	const struct dir_app *app; /* NULL: unknown key */
	bool any_number;           /* of the app, those that will be added too */
	struct str number_id;
	const struct dir_number *number; /* NULL: unknown to Varco */
	const struct message *message;
	struct str campaign; /* p NULL = none */
	bool ready;          /* judged before: it took of its rates then, and none is asked again */
	struct arena *arena;
	/* results */
	struct facts *facts;       /* strings in the arena and the directory */
	struct person *person;     /* zeroed: nobody is known under the keys */
	struct facts_digest *twin; /* room for facts->person.recent_digests */
	bool forgotten;            /* and who was must not be written to */
	bool waits;                /* for an answer of the number */
	/* Of what it belongs to, the rates behind pauses of the circuit breaker's; room for SIGNAL_SCOPES,
	 * or NULL when nobody asks which. */
	struct resume *rates;
	size_t rates_len;
	struct recent_key key; /* of this send, when person and number are known */
	uint64_t text;         /* of a marketing send (bulk_key); 0 = not counted */
};

MUST_CHECK int gather_facts(struct gather *g, struct err *err);

#endif

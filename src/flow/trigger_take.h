/* flow/trigger_take.h: events of a CRM become sends, inside one transaction: each that was not taken before
 * is on record, with its held send, when that is durable; from there the outbox has it (own_send.h). So the
 * same post that comes again, after whatever crash, makes no second message. */
#ifndef FLOW_TRIGGER_TAKE_H
#define FLOW_TRIGGER_TAKE_H

#include "domain/trigger_store.h"
#include "flow/lane.h"

enum trigger_fate {
	TRIGGER_SKIPPED,  /* `why` says why */
	TRIGGER_QUEUED,   /* `decision` is its send */
	TRIGGER_REPEATED, /* it was taken before, and made `decision` */
};
const char *trigger_fate_name(enum trigger_fate f);

struct trigger_event {
	bool maps; /* `mapped` is what it is turned into; else `why` */
	struct trigger_mapped mapped;
	struct err why;
	/* what became of it */
	enum trigger_fate fate;
	uint64_t decision;
	time_ms due_at; /* of TRIGGER_QUEUED */
};

/* What the event of `in` is turned into, for the country of the trigger's number; on the loop. 0, or
 * -E_NOMEM. */
MUST_CHECK int trigger_map_at(struct lane *l, const struct trigger_row *row,
    const struct trigger *t, const struct trigger_input *in, struct arena *a,
    struct trigger_event *ret);

/* The send of one event as it would be made now: `body` one of the two of the mapping, `person` 0 when nobody is
 * known, or may be known, under its keys. Creates nobody. */
struct trigger_send {
	const struct dir_number *number;
	struct str body;
	uint64_t person;
	bool forgotten;
	time_ms due_at;
};
/* 0; -E_NOT_FOUND (field "number" or "app") when one of them is not there any more. */
MUST_CHECK int trigger_plan(struct core *core, struct store_conn *c, const struct trigger_row *row,
    const struct trigger *t, const struct trigger_mapped *m, time_ms now, struct arena *a,
    struct trigger_send *ret, struct err *err);

/* The events of a post, in the arena; one that is skipped when nobody can tell where they are. 0; -E_TOO_LARGE;
 * -E_NOMEM. `in` with what came beside them. */
MUST_CHECK int trigger_events_of(struct lane *l, const struct trigger_row *row,
    const struct trigger *t, const struct json *post, const struct trigger_input *in,
    struct arena *a, struct trigger_event **ret, size_t *ret_len);

/* All events of one post, and the trigger's tally, with an alarm when too many in a row were useless.
 * -E_NOT_FOUND when the trigger is gone, -E_BUSY when it is another by now. While its integration may not send,
 * new events are skipped, and their ids stay free. `t` was read from row->v.definition. Starts from scratch each
 * time. */
MUST_CHECK int trigger_take(struct core *core, struct store_conn *c, const struct trigger_row *row,
    const struct trigger *t, struct trigger_event *events, size_t len, struct arena *a,
    struct err *err);

#endif

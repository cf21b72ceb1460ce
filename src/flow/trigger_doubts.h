/* flow/trigger_doubts.h: what stands in the way of everything that a trigger would send, as things are now. Each may
 * still change (a template may come later), so none of it is an error; the trigger is shown with it. */
#ifndef FLOW_TRIGGER_DOUBTS_H
#define FLOW_TRIGGER_DOUBTS_H

#include "domain/directory.h"
#include "domain/trigger_store.h"

#define TRIGGER_DOUBTS_MAX 8

struct trigger_doubt {
	const char *says; /* a sentence, msgid */
	const char *more; /* the next one, msgid, in the arena; NULL = none */
};

/* `t` was read from row->v.definition. 0 or -E_NOMEM. */
MUST_CHECK int trigger_doubts(const struct pack *pack, const struct directory *d,
    const struct trigger_row *row, const struct trigger *t, struct arena *a,
    struct trigger_doubt ret[TRIGGER_DOUBTS_MAX], size_t *ret_len);

#endif

/* flow/effects.h: what seeing one of Meta's error codes changes in our own state (the pack's
 * `codes`). Inside the caller's transaction. */
#ifndef FLOW_EFFECTS_H
#define FLOW_EFFECTS_H

#include "flow/core.h"

struct effect_scope {
	uint64_t person; /* 0 = nobody in particular */
	struct phone phone;
	const struct dir_number *number; /* NULL = unknown: only the person is touched */
	struct str tpl;                  /* "name/language" of the template; p NULL = none */
};

/* From an answer or a failed status. 0 also for codes that change nothing. */
MUST_CHECK int effects_apply(struct core *core, struct store_conn *c, int64_t code,
    const struct effect_scope *s, time_ms now, struct err *err);

#endif

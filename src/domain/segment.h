/* domain/segment.h: people on record who have something in common, told by conditions that all hold:
 *
 *   purpose=marketing    their newest act that covers it is a grant
 *   wrote_within=90d     wrote to any number so lately; silent_for=90d did not
 *   country=IT           of their telephone number
 *   import=imp_…         one of their acts came with that import
 *   read=cmp_…, pressed=cmp_…   a message of that campaign, or a button of it
 *
 * For who may not look beyond some portfolios they are people whom those know: who wrote to one of their numbers or called it,
 * stands in a campaign of one, or has an id of theirs at Meta; and what they wrote to others does not count.
 *
 * Inside the caller's transaction. */
#ifndef DOMAIN_SEGMENT_H
#define DOMAIN_SEGMENT_H

#include "base/arena.h"
#include "base/clock.h"
#include "domain/purpose.h"
#include "store/store.h"

#define SEGMENT_CONDITIONS_MAX 8

struct segment {
	enum purpose purpose;              /* PURPOSE_NONE = any */
	time_ms wrote_since, silent_since; /* TIME_NONE = any */
	struct str country;                /* p NULL = any */
	uint64_t import, read, pressed;    /* 0 = any */
	struct str numbers, portfolios;    /* ",100200300,": only whom these know; p NULL = any */
};

/* -E_INVALID (field "filter") for what is no condition, and for none at all. Views into the texts. */
MUST_CHECK int segment_read(
    const struct str *conditions, size_t len, time_ms now, struct segment *ret, struct err *err);

/* From now on only people whom these know. Texts in the arena; -E_NOMEM. */
MUST_CHECK int segment_narrow(struct segment *s, const struct str *numbers, size_t numbers_len,
    const struct str *portfolios, size_t portfolios_len, struct arena *a, struct err *err);

/* A walk over everybody on record. */
struct segment_walk {
	int64_t place; /* behind this one; INT64_MIN at first */
	bool more;
};
/* The people of the segment among the next `limit` who are on record; the walk moves on. */
MUST_CHECK int segment_next(struct store_conn *c, const struct segment *s, time_ms now,
    struct segment_walk *walk, size_t limit, struct arena *a, uint64_t **ret, size_t *ret_len,
    struct err *err);

/* The list that a person came with: the source of the newest grant that covers the purpose, when an
 * import brought it; what somebody wrote down about one person alone is no list. 1, 0 there is none. */
MUST_CHECK int segment_source(struct store_conn *c, uint64_t person, enum purpose purpose,
    struct arena *a, struct str *ret, struct err *err);

#endif

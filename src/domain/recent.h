/* domain/recent.h: what went out in the last minutes: the pair debts and the contents that would be
 * duplicates.
 *
 * Both are gone after minutes (the pack's pair and duplicate figures), so they live in the writer
 * thread's memory and are read back from the journal at start: the decision rows are the durable
 * form. Memory grows with the traffic of those minutes, not with the number of people. After a
 * rollback the caller loads it anew. */
#ifndef DOMAIN_RECENT_H
#define DOMAIN_RECENT_H

#include "domain/facts.h"
#include "domain/pack.h"
#include "store/store.h"

struct recent;

/* One send: who got what from which number by which app. Strings are only read. */
struct recent_send {
	uint64_t person;
	struct str number, app;
	const struct sha256 *digest;
};
/* What it is known by here; good for this process only. */
struct recent_key {
	uint64_t pair, content;
};
struct recent_key recent_key(const struct recent_send *send);

/* Everything that still counts at `now`, from the journal. */
MUST_CHECK int recent_load(struct store_conn *c, const struct pack *pack, time_ms now,
    struct recent **ret, struct err *err);
void recent_free(struct recent **pr);

/* The facts about this send will be asked for in a moment: what is known is fetched meanwhile from
 * memory that no cache has near. */
void recent_expect(const struct recent *r, struct recent_key key);
/* pair_clear_at, pair_spent, and recent_digests when this very send went out within the window:
 * then one digest, in *room, which must live as long as the facts. */
void recent_fill_facts(struct recent *r, struct recent_key key, const struct sha256 *digest,
    time_ms now, struct facts_digest *room, struct facts_person *f);
/* The send goes out at `now`. 0, or -E_NOMEM. */
MUST_CHECK int recent_add(struct recent *r, struct recent_key key, time_ms now, struct err *err);

/* Meta said that the pair sends too fast, whatever we counted: nothing more until the
 * debt is repaid. */
MUST_CHECK int recent_exhaust(
    struct recent *r, uint64_t person, struct str number, time_ms now, struct err *err);
/* It surely did not go out: the same content may come again. The debt stays; it is repaid in
 * seconds. */
void recent_forget(struct recent *r, struct recent_key key);

#endif

/* flow/preflight.h: what would become of a campaign if all of it were sent now: the verdict on every
 * person of the audience, read and judged as a send is (campaign_look.h), and what the sum of them
 * means. Changes nothing, and asks nobody but the store: on a reading connection, in a transaction, on
 * any thread. */
#ifndef FLOW_PREFLIGHT_H
#define FLOW_PREFLIGHT_H

#include "base/lang.h"
#include "flow/campaign_look.h"
#include "flow/core.h"

#define PREFLIGHT_UNTIL_MAX 64
#define PREFLIGHT_SOURCES_MAX 500
#define PREFLIGHT_DAYS_MAX 366

struct preflight_until {
	time_ms at; /* rounded up to the hour; TIME_NONE = not known */
	int64_t people;
};

struct preflight_source {
	struct str name; /* p NULL = the row named none */
	int64_t people, sendable, held, refused;
	int64_t no_opt_in, withdrawn;
};

struct preflight_day {
	int64_t people;
	const char *limit; /* the rule that allows no more that day; NULL = all who are left */
};

struct preflight {
	time_ms at;
	const struct pack *pack; /* by which all were judged */
	struct campaign_counts counts;
	int64_t people; /* who were judged: all that still wait */
	int64_t verdicts[3];
	int64_t rules[RULES_COUNT][3]; /* people, by warn, hold and refuse */
	int64_t unmapped;              /* with a variable that has neither cell nor fallback */
	int64_t own_values, distinct;
	int64_t engaged[PACK_LIST_MAX +
	    1]; /* wrote within the pack's days; the last: never, or longer ago */
	int64_t turns[CAMPAIGN_TEMPLATES_MAX];
	struct preflight_until until[PREFLIGHT_UNTIL_MAX];
	size_t until_len;
	struct preflight_source *sources;
	size_t sources_len;
	/* the number as it is */
	int64_t sent_24h, highest_7d;
	int64_t marketing_7d, withheld_7d; /* sent, and held back by Meta for whom it was for */
	enum purpose purpose;
	/* days until all who may get it got it; 0 = more than can be foreseen */
	struct preflight_day days[PREFLIGHT_DAYS_MAX];
	size_t days_len;
	time_ms ends_at;
	struct sha256 snapshot;
};

struct preflight_place {
	const struct pack *pack;
	const struct seal_key *key;
	struct store_conn *conn;
	const struct directory *directory;
	struct bulk *bulk; /* of the gate, which goes on counting; NULL = not asked */
	time_ms now;
	bool clock_suspect;
};
/* As campaign_plan_read() fails, too. `each` (may be NULL) hears of every verdict, in the order of the
 * rows. */
MUST_CHECK int preflight_run(const struct preflight_place *p, const struct campaign *x,
    struct arena *a,
    int (*each)(
	void *arg, const struct campaign_member *m, const struct decision *d, struct err *err),
    void *arg, struct preflight **ret, struct err *err);
/* Its members, into an object under construction. */
void preflight_write(const struct preflight *p, const struct campaign *x,
    const struct campaign_plan *plan, enum lang lang, struct json_writer *w);

#endif

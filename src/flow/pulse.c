/* The ledger says most of it: every decision, consent, act of an operator and incident is an entry. What an operator did may
 * have touched almost anything, which is asked for again rather than guessed. */
#include "flow/pulse.h"

#include "base/check.h"
#include "store/query.h"

#define ENTRIES_MAX \
	1000 /* of the ledger that are looked at one by one; behind more than that anything may have changed */

#define ALL (PULSE_BIT(PULSE_TOPICS) - 1)
#define SENDS (PULSE_BIT(PULSE_DECISION) | PULSE_BIT(PULSE_CAMPAIGN))
#define REGISTERED \
	(PULSE_BIT(PULSE_NUMBER) | PULSE_BIT(PULSE_PAUSE) | PULSE_BIT(PULSE_TEMPLATE) | \
	    PULSE_BIT(PULSE_INTEGRATION))

static const char *const names[PULSE_TOPICS] = {
	[PULSE_DECISION] = "decision",
	[PULSE_NUMBER] = "number",
	[PULSE_PAUSE] = "pause",
	[PULSE_ALARM] = "alarm",
	[PULSE_CAMPAIGN] = "campaign",
	[PULSE_INCIDENT] = "incident",
	[PULSE_IMPORT] = "import",
	[PULSE_PERSON] = "person",
	[PULSE_TEMPLATE] = "template",
	[PULSE_INTEGRATION] = "integration",
	[PULSE_SETTINGS] = "settings",
};

static const struct {
	enum leaf_type type;
	unsigned topics;
} of_leaves[] = {
	{ LEAF_CONSENT, PULSE_BIT(PULSE_PERSON) | PULSE_BIT(PULSE_IMPORT) },
	{ LEAF_DECISION, SENDS | PULSE_BIT(PULSE_NUMBER) },
	{ LEAF_OPERATOR, ALL & ~(PULSE_BIT(PULSE_DECISION) | PULSE_BIT(PULSE_ALARM)) },
	{ LEAF_INCIDENT, PULSE_BIT(PULSE_INCIDENT) },
	{ LEAF_CHECKPOINT, PULSE_BIT(PULSE_SETTINGS) },
	{ LEAF_ERASED, PULSE_BIT(PULSE_PERSON) },
};

const char *pulse_name(enum pulse_topic topic)
{
	ASSERT(topic < PULSE_TOPICS);
	return names[topic];
}

static unsigned topics_of(int64_t type)
{
	for (size_t i = 0; i < ARRAY_LEN(of_leaves); i++) {
		if (of_leaves[i].type == type)
			return of_leaves[i].topics;
	}
	return ALL;
}

static int read_leaves(
    struct store_conn *c, int64_t from, int64_t to, unsigned *ret, struct err *err)
{
	struct store_stmt *s;
	int r;

	if (to - from > ENTRIES_MAX || to < from) {
		*ret |= ALL;
		return 0;
	}
	r = store_ask(c, &s, err,
	    "SELECT DISTINCT type FROM ledger_leaf WHERE seq > ?1 AND seq <= ?2", "ii", from, to);
	while (r >= 0 && (r = store_step(s, err)) > 0)
		*ret |= topics_of(store_col_int(s, 0));
	return r;
}

static uint64_t outcomes_of(struct core *core)
{
	return atomic_load(&core->counters.sends_accepted) +
	    atomic_load(&core->counters.sends_failed) + atomic_load(&core->counters.sends_unknown) +
	    atomic_load(&core->counters.facts_new);
}

/* Where everything stands. */
static int read_now(struct pulse *now, struct core *core, struct store_conn *c, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT (SELECT coalesce(max(seq), 0) FROM ledger_leaf), (SELECT coalesce(max(id), 0) FROM seen_log),"
	    " (SELECT coalesce(max(id), 0) FROM alarm)",
	    "");

	*now = (struct pulse){ .looked = true,
		.outcomes = outcomes_of(core),
		.directory = atomic_load(&core->published_generation) };
	if (r >= 0)
		r = store_step(s, err);
	if (r < 0)
		return r;
	now->leaf = store_col_int(s, 0);
	now->facts = store_col_int(s, 1);
	now->alarm = store_col_int(s, 2);
	store_reset(s);
	return 0;
}

int pulse_look(
    struct pulse *p, struct core *core, struct store_conn *conn, unsigned *ret, struct err *err)
{
	struct pulse now = { .looked = false };
	unsigned topics = p->again;
	int r = read_now(&now, core, conn, err);

	if (r == 0 && p->looked && now.leaf != p->leaf)
		r = read_leaves(conn, p->leaf, now.leaf, &topics, err);
	if (r < 0)
		return r;
	if (p->looked && now.outcomes != p->outcomes)
		topics |= now.again = SENDS;
	if (p->looked && now.facts != p->facts)
		topics |= SENDS | PULSE_BIT(PULSE_PERSON);
	if (p->looked && now.alarm != p->alarm)
		topics |= PULSE_BIT(PULSE_ALARM);
	if (p->looked && now.directory != p->directory)
		topics |= REGISTERED;
	*p = now;
	*ret = topics;
	return 0;
}

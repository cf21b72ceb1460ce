#include "domain/register_state.h"

#include "base/check.h"
#include "base/lang.h"

static const char *const names[REGISTER_STATES] = {
	[REGISTER_OPEN] = "open",
	[REGISTER_ACCEPTED] = "accepted",
	[REGISTER_REMOVING] = "removing",
	[REGISTER_REMOVED] = "removed",
	[REGISTER_RETIRED] = "retired",
};

#define SEEN 1u   /* what a scan found */
#define UNSEEN 2u /* what no scan found */

static const struct {
	enum register_state from, to;
	enum register_mover by;
	unsigned of;
} moves[] = {
	{ REGISTER_OPEN, REGISTER_ACCEPTED, MOVED_BY_PERSON, SEEN | UNSEEN },
	{ REGISTER_OPEN, REGISTER_REMOVING, MOVED_BY_PERSON, SEEN | UNSEEN },
	{ REGISTER_OPEN, REGISTER_RETIRED, MOVED_BY_PERSON, UNSEEN },
	{ REGISTER_OPEN, REGISTER_REMOVED, MOVED_BY_SCAN, SEEN },
	{ REGISTER_ACCEPTED, REGISTER_OPEN, MOVED_BY_PERSON, SEEN | UNSEEN },
	{ REGISTER_ACCEPTED, REGISTER_OPEN, MOVED_BY_SCAN, SEEN | UNSEEN },
	{ REGISTER_ACCEPTED, REGISTER_REMOVING, MOVED_BY_PERSON, SEEN | UNSEEN },
	{ REGISTER_ACCEPTED, REGISTER_RETIRED, MOVED_BY_PERSON, UNSEEN },
	{ REGISTER_ACCEPTED, REGISTER_REMOVED, MOVED_BY_SCAN, SEEN },
	{ REGISTER_REMOVING, REGISTER_OPEN, MOVED_BY_PERSON, SEEN | UNSEEN },
	{ REGISTER_REMOVING, REGISTER_REMOVED, MOVED_BY_SCAN, SEEN },
	{ REGISTER_REMOVING, REGISTER_RETIRED, MOVED_BY_PERSON, UNSEEN },
	{ REGISTER_REMOVED, REGISTER_OPEN, MOVED_BY_SCAN, SEEN },
	{ REGISTER_REMOVED, REGISTER_RETIRED, MOVED_BY_PERSON, SEEN },
	{ REGISTER_RETIRED, REGISTER_OPEN, MOVED_BY_SCAN, SEEN | UNSEEN },
	{ REGISTER_RETIRED, REGISTER_OPEN, MOVED_BY_PERSON, UNSEEN },
};

const char *register_state_name(enum register_state s)
{
	return names[s];
}

bool register_state_parse(struct str word, enum register_state *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (!str_eq_c(word, names[i]))
			continue;
		*ret = (enum register_state)i;
		return true;
	}
	return false;
}

bool register_may_move(
    enum register_state from, enum register_state to, enum register_mover by, bool scanned)
{
	for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
		if (moves[i].from == from && moves[i].to == to && moves[i].by == by &&
		    moves[i].of & (scanned ? SEEN : UNSEEN))
			return true;
	}
	return from == to;
}

int register_check_move(
    enum register_state from, enum register_state to, bool scanned, struct err *err)
{
	if (register_may_move(from, to, MOVED_BY_PERSON, scanned))
		return 0;
	if (to == REGISTER_REMOVED)
		return err_field(err, E_CONFLICT, "state",
		    N_("Only a later scan of the same place that does not see it any more sets an entry to removed."));
	if (to == REGISTER_RETIRED)
		return err_field(err, E_CONFLICT, "state",
		    N_("What a scan found is retired only after a later scan has shown that it is removed."));
	return err_field(err, E_CONFLICT, "state", N_("An entry cannot go from %s to %s."),
	    names[from], names[to]);
}

bool register_is_verdict(struct str word)
{
	static const char *const verdicts[] = { "official", "unofficial", "review" };

	for (size_t i = 0; i < ARRAY_LEN(verdicts); i++) {
		if (str_eq_c(word, verdicts[i]))
			return true;
	}
	return false;
}

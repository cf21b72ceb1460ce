/* domain/register_state.h: how an integration stands in the register, and which way it may go.
 *
 *     open ⇄ accepted            a person decided; an exception that ended opens it again
 *     open, accepted → removing  a person said that it goes
 *     removing → removed         proved by a later scan of the same place, never by a word
 *     removed → retired          nothing more is to be done about it
 *     removed, retired → open    a scan saw it again
 *
 * What no scan ever saw cannot be proved gone by one: people retire it. */
#ifndef DOMAIN_REGISTER_STATE_H
#define DOMAIN_REGISTER_STATE_H

#include <stdbool.h>

#include "base/str.h"

enum register_state {
	REGISTER_OPEN,
	REGISTER_ACCEPTED,
	REGISTER_REMOVING,
	REGISTER_REMOVED,
	REGISTER_RETIRED,
};
#define REGISTER_STATES 5
const char *register_state_name(enum register_state s);
bool register_state_parse(struct str word, enum register_state *ret);

/* Who moves it. */
enum register_mover {
	MOVED_BY_PERSON,
	MOVED_BY_SCAN, /* a scan, or time in the case of an exception */
};
/* `scanned`: a scan found it. To stay is no move, and always allowed. */
bool register_may_move(
    enum register_state from, enum register_state to, enum register_mover by, bool scanned);
/* 0, or -E_CONFLICT (field "state") with what would have to happen first. */
MUST_CHECK int register_check_move(
    enum register_state from, enum register_state to, bool scanned, struct err *err);

/* "official", "unofficial", "review". */
bool register_is_verdict(struct str word);

#endif

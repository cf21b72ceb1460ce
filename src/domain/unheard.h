/* domain/unheard.h: sends that were never delivered, to people who used to be reached. Meta tells
 * nobody who blocks a number; that a message stays at "sent" for days where others arrived is the nearest
 * thing to it, and stands for it as a proxy: telephones that are lost or switched off look the same.
 *
 * A walk over decisions in the order of their ids, each looked at once, when the pack's time for it has
 * gone by. How far it came is in the store. What was held for longer than until then is passed over. */
#ifndef DOMAIN_UNHEARD_H
#define DOMAIN_UNHEARD_H

#include "domain/signal.h"

/* The next of those recorded before `before`, but not before `first`; counts SIGNAL_KNOWN and
 * SIGNAL_ONLY_SENT in the hour of the send. A bounded number per call; 1 there may be more, 0 there is
 * none. */
MUST_CHECK int unheard_count(
    struct signals *s, struct store_conn *c, time_ms first, time_ms before, struct err *err);
/* 1 something of Varco's was delivered to the person before, 0 nothing was. */
MUST_CHECK int unheard_is_known(struct store_conn *c, uint64_t person, struct err *err);

#endif

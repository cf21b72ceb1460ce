/* domain/account_state.h: what Meta has done to an account: what it told, and the one step of its
 * ladder that follows from it.
 *
 *      fine → warned → partly restricted → may not begin → silenced → locked → disabled
 *
 * Each step is a row of a table and the widest that holds is the step. Warnings fade, restrictions end
 * by the clock, for no event tells their end, and the health status confirms it; a lock ends by Meta's
 * word or by a person, a disabled account only by REINSTATE. A word that nobody has heard of counts as
 * the widest, and is shown. The setters run inside the caller's transaction; whoever calls them notes
 * the change (history.h) and loads a new directory. */
#ifndef DOMAIN_ACCOUNT_STATE_H
#define DOMAIN_ACCOUNT_STATE_H

#include "domain/directory.h"
#include "domain/history.h"
#include "domain/pack.h"

/* Restrictions of our own making, for what is not one of Meta's words but stops every message all the
 * same: the account's review failed; its health says BLOCKED and nothing else explains it. */
#define RESTRICTION_REVIEW "ACCOUNT_REVIEW_REJECTED"
#define RESTRICTION_HEALTH "HEALTH_BLOCKED"
/* Meta's own, of which 139200 tells no end. */
#define RESTRICTION_DIRECT_SEND "RESTRICTED_DIRECT_SEND_UTILITY_TEMPLATES"

enum standing_step {
	STANDING_FINE,
	STANDING_WARNED,
	STANDING_PARTLY,       /* some kinds of message are refused */
	STANDING_NO_BEGINNING, /* only answers inside the window leave */
	STANDING_SILENCED,     /* nothing leaves, until a date */
	STANDING_LOCKED,
	STANDING_DISABLE_SCHEDULED, /* everything leaves still */
	STANDING_DISABLED,
	STANDING_UNKNOWN, /* a word of Meta's that nobody has heard of */
};
struct standing {
	enum standing_step step;
	struct str word;           /* Meta's, for the step; p NULL = none */
	time_ms until;             /* TIME_NONE = no known end */
	bool may_begin, may_reply; /* as far as the account goes */
};
const char *standing_name(enum standing_step s); /* "fine", "warned", … */
/* One sentence for people, of the step alone; a msgid. */
const char *standing_sentence(enum standing_step s);
/* Pure; strings are the directory's. */
void standing_of(
    const struct dir_waba *w, const struct pack *pack, time_ms now, struct standing *ret);

/* -E_NOT_FOUND (waba); words that came are kept as they are. */
MUST_CHECK int waba_warn(
    struct store_conn *c, struct str waba, struct str type, time_ms at, struct err *err);
/* REJECTED stops everything until another word comes. */
MUST_CHECK int waba_set_review(
    struct store_conn *c, struct str waba, struct str decision, time_ms now, struct err *err);
/* TIME_NONE = no longer announced. */
MUST_CHECK int waba_set_disable_at(
    struct store_conn *c, struct str waba, time_ms at, time_ms now, struct err *err);
/* When its state was told of or changed last; 0 = never. */
MUST_CHECK int waba_state_told_at(
    struct store_conn *c, struct str waba, time_ms *ret, struct err *err);
/* "AVAILABLE", "LIMITED", "BLOCKED" or a word nobody has heard of. `explained`: something on record
 * says already why it is blocked. A lock ends when health, BLOCKED since, is AVAILABLE. */
MUST_CHECK int waba_set_health(struct store_conn *c, struct str waba, struct str word,
    bool explained, time_ms now, struct err *err);
MUST_CHECK int number_set_health(
    struct store_conn *c, struct str number, struct str word, time_ms now, struct err *err);
MUST_CHECK int number_set_name_status(
    struct store_conn *c, struct str number, struct str word, time_ms now, struct err *err);

/* A person knows that Meta took it back: it ends before its time, or although it has none, and what
 * was told earlier and comes late does not bring it back. 1 it ended; 0 it was not in force, or there
 * is no such account. A lock is a state that says so; a disabled account is no locked one. */
MUST_CHECK int waba_lift_restriction(struct store_conn *c, const struct pack *pack, struct str waba,
    struct str type, time_ms now, struct err *err);
MUST_CHECK int waba_lift_country(
    struct store_conn *c, struct str waba, struct str country, time_ms now, struct err *err);
MUST_CHECK int waba_lift_lock(struct store_conn *c, struct str waba, time_ms now, struct err *err);

/* What has ended by the clock goes, and is noted as such: restrictions. Each of their account's
 * numbers may warm up again only some time later (warmup.h). *ret_changed: the directory is out of
 * date. */
MUST_CHECK int account_expire(
    struct store_conn *c, const struct pack *pack, time_ms now, bool *ret_changed, struct err *err);

#endif

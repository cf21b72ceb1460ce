/* domain/release.h: a marketing template that is new, or was paused, goes out in steps: to the first
 * people, after a wait to a part of the audience, then to the rest (policy defaults, "Warm-up of a
 * number"; the pack's warmup.template_…). Meta watches such a template on its first people, too; what
 * annoys them should annoy few.
 *
 *      first ──(full, and the wait is over)──> part ──(full, and the wait is over)──> rest
 *
 * A message counts as a person, so that two to the same person can only make it fewer. The wait runs
 * from the message that filled the step; one that surely failed gives its place to another, and leaves
 * the wait as it is. The audience are the people who agreed to marketing, counted while the first step
 * waits, unless an operator told it or a campaign that sends it knows its own. Without a row a template goes to everybody.
 *
 * Rows are read and written in the caller's transaction, with the decision that takes a place: nothing
 * is kept in memory, so a crash forgets none and a race takes none twice. */
#ifndef DOMAIN_RELEASE_H
#define DOMAIN_RELEASE_H

#include "domain/facts.h"
#include "domain/pack.h"
#include "store/store.h"

/* What a template may do at `now`: steps that are over by then are left behind. */
void release_advance(const struct pack *pack, struct facts_release *r, time_ms now);
/* One more message has a place. */
void release_place(const struct pack *pack, struct facts_release *r, time_ms now);
/* People who may have got it when the present step is full; -1 = no bound. As long as the audience of
 * the part is not counted, those of the first step. */
int64_t release_limit(const struct pack *pack, const struct facts_release *r);
/* Of a full step: when the next one begins. TIME_NONE = it is not full. */
time_ms release_opens_at(const struct pack *pack, const struct facts_release *r);
const char *release_step_name(enum release_step step); /* "first", "part", "rest" */
MUST_CHECK int release_step_parse(struct str word, enum release_step *ret);

/* waba, name and language: a template's key on record. */
struct release_key {
	struct str waba, name, language;
};

/* From the first step, whatever it was before. Nothing for a template that is not marketing. */
MUST_CHECK int release_begin(
    struct store_conn *c, const struct release_key *k, time_ms now, struct err *err);
/* The same, unless it is on its way already. */
MUST_CHECK int release_begin_missing(
    struct store_conn *c, const struct release_key *k, time_ms now, struct err *err);
/* A reading of the account showed it for the first time: it is new if the account's templates had been
 * read before, and Meta does not rate it GREEN already. */
MUST_CHECK int release_begin_if_new(
    struct store_conn *c, const struct release_key *k, time_ms now, struct err *err);
/* All templates of the account were read. */
MUST_CHECK int release_templates_read(
    struct store_conn *c, struct str waba, time_ms now, struct err *err);
/* To everybody from now on. */
MUST_CHECK int release_end(struct store_conn *c, const struct release_key *k, struct err *err);
MUST_CHECK int release_set_audience(
    struct store_conn *c, const struct release_key *k, int64_t people, struct err *err);

/* So many people are going to get it: taken for its audience as long as nobody told or counted another. */
MUST_CHECK int release_expect(
    struct store_conn *c, const struct release_key *k, int64_t people, struct err *err);

/* As of `now`; 1, or 0 when it goes to everybody. TIME_NONE: as on record. */
MUST_CHECK int release_read(struct store_conn *c, const struct pack *pack,
    const struct release_key *k, time_ms now, struct facts_release *ret, struct err *err);
/* One message leaves; while the clock is suspect no step begins. *ret_took: it has a place that a
 * definite failure gives back. */
MUST_CHECK int release_take(struct store_conn *c, const struct pack *pack,
    const struct release_key *k, time_ms now, bool clock_suspect, bool *ret_took, struct err *err);
/* If `counted` has BUDGET_RELEASE; `tpl` is "name/language". */
MUST_CHECK int release_give_back(
    struct store_conn *c, unsigned counted, struct str waba, struct str tpl, struct err *err);

/* How far the count of people who agreed to marketing came. Zero at first; the caller's, who gives back
 * what he was given when the transaction fails. */
struct release_census {
	bool under_way; /* call again soon */
	int64_t after, people;
};
/* Called every few seconds: audiences that are needed are counted, some people a call; releases that
 * are over are forgotten. *ret_changed: the caller loads a new directory. */
MUST_CHECK int release_round(struct store_conn *c, const struct pack *pack, time_ms now,
    struct release_census *census, bool *ret_changed, struct err *err);

#endif

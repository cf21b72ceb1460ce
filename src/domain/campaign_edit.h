/* domain/campaign_edit.h: another audience for a draft. It is taken in beside the one that the draft has, under an id of its
 * own, and put in its place when it is there as a whole. Inside the caller's transaction, some rows each.
 *
 *   begin → rows are taken in → settle → the former rows go → the new ones come → a draft again
 *                    ↘ given up: the new rows go → a draft again
 *
 *  (1) Until it settles nothing of the campaign is another than before, but for its state: it is loading.
 *      Given up, it is the draft that it was.
 *  (2) Once it settled it is the draft that was edited, and comes to be that, however often the gateway ends
 *      meanwhile: whoever takes a step (campaign_edit_step) goes on where the last one stopped.
 *  (3) An edit whose rows were being taken in when the gateway ended is given up (campaign_edit_sweep).
 *  (4) Who is cancelled meanwhile stays so, with the audience that it would have had as a draft.
 *  (5) Rows that wait beside are people of an audience to whoever erases, merges or counts them; none is sent to. */
#ifndef DOMAIN_CAMPAIGN_EDIT_H
#define DOMAIN_CAMPAIGN_EDIT_H

#include "domain/campaign_people.h"

/* `x`, a draft as the store has it, is loading from now on; its new rows are put under `beside`, an id that is nobody
 * else's. -E_CONFLICT when it is no draft. */
MUST_CHECK int campaign_edit_begin(
    struct store_conn *c, struct campaign *x, uint64_t beside, time_ms now, struct err *err);
/* All rows are there: the campaign is what `x` says from now on. -E_CONFLICT when it is loading no more. */
MUST_CHECK int campaign_edit_settle(
    struct store_conn *c, const struct campaign *x, time_ms now, struct err *err);
/* Unless it settled, or there is none. */
MUST_CHECK int campaign_edit_give_up(struct store_conn *c, uint64_t campaign, struct err *err);
/* At start, before any begins: those that did not settle are given up. */
MUST_CHECK int campaign_edit_sweep(struct store_conn *c, struct err *err);

/* One that settled or was given up: 1, or 0 when there is none. */
MUST_CHECK int campaign_edit_next(struct store_conn *c, uint64_t *ret_campaign, struct err *err);
/* Some rows of it go, or come: 1 there is more to do, 0 there is not, or it did not settle yet. */
MUST_CHECK int campaign_edit_step(struct store_conn *c, const struct seal_key *key,
    struct campaign_sums *sums, uint64_t campaign, time_ms now, struct err *err);

#endif

/* flow/campaigns.h: campaigns that were released, sent wave by wave.
 *
 * A look takes the next people of a wave, asks what the gate would say of each (campaign_look.h), and
 * puts those that may go, and those that are refused for good, on record as sends of Varco's own
 * (own_send.h) with the idempotency key of campaign and person; row and send in one transaction, so
 * that a crash neither loses nor doubles one. The gate judges them as any send. Who would be held
 * waits in the audience; what holds everybody makes the campaign wait, and what forbids the whole
 * campaign (its template, number or account), or makes it another than was approved, pauses it until
 * that is over; what is on record is asked the same whenever the directory changed.
 *
 * What a look costs follows from the batch and from what is on record, never from the audience. */
#ifndef FLOW_CAMPAIGNS_H
#define FLOW_CAMPAIGNS_H

#include "domain/campaign_plan.h"
#include "flow/campaign_settle.h"
#include "flow/lane.h"

#define CAMPAIGNS_MS 250 /* between two looks */

/* One look at a campaign that is active; k->checked is what the last one left, or 0. Also -E_NOT_FOUND and the like when it cannot go on: then it
 * is paused and that is no error. */
MUST_CHECK int campaign_step(struct campaign_desk *k, uint64_t id, struct err *err);
struct campaigner;
MUST_CHECK int campaigner_open(struct lane *l, struct campaigner **ret, struct err *err);
/* Begins nothing more; NULL is nothing to stop. */
void campaigner_stop(struct campaigner *k);
void campaigner_close(struct campaigner **pk); /* the writer is stopped, or no job is under way */
/* Called every CAMPAIGNS_MS. */
void campaigner_look(struct campaigner *k);
bool campaigner_is_idle(const struct campaigner *k);

#endif

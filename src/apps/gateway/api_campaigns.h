/* apps/gateway/api_campaigns.h: what the files of campaigns share: api_audience.c makes one,
 * api_preflight.c looks ahead and reports, api_campaigns.c shows them and lets them go. */
#ifndef APPS_GATEWAY_API_CAMPAIGNS_H
#define APPS_GATEWAY_API_CAMPAIGNS_H

#include "apps/gateway/api.h"
#include "domain/campaign_plan.h"

/* By the field "id". */
MUST_CHECK int campaign_find(
    struct api_call *c, struct store_conn *conn, struct campaign *ret, struct err *err);
/* The object, with its people counted. On the loop. */
MUST_CHECK int campaign_write(struct api_call *c, const struct campaign *x, struct err *err);
/* The answer of a change: the campaign that c->id names. */
MUST_CHECK int campaign_answer(struct api_call *c, struct err *err);
/* "by", or admin. */
struct str campaign_actor(const struct api_call *c);
void api_preflight_start(struct api_call *c);
void api_preflight_show(struct api_call *c);
void api_refused_start(struct api_call *c);
void api_report_start(struct api_call *c);

#endif

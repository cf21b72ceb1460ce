/* domain/campaign_report.h: what came of a campaign: by template, segment, source list, wave, button and
 * error code. Read from the figures that are kept of it (campaign_tally.h), as its rows and the decisions that
 * they led to stand: in one transaction, or figures are of different moments. */
#ifndef DOMAIN_CAMPAIGN_REPORT_H
#define DOMAIN_CAMPAIGN_REPORT_H

#include "base/json.h"
#include "domain/campaign_people.h"

/* Its members, into an object under construction. */
MUST_CHECK int campaign_report_write(struct store_conn *c, const struct campaign *x, time_ms now,
    struct arena *a, struct json_writer *w, struct err *err);
/* Quick replies of one template of a campaign, added to `sum` by their places; buttons beyond it are left out. Titles lie in
 * the arena. */
#define CAMPAIGN_BUTTONS_MAX 10
struct campaign_button {
	struct str title; /* p NULL = none */
	int64_t clicks;
};
MUST_CHECK int campaign_add_buttons(struct store_conn *c, uint64_t campaign, int64_t variant,
    struct arena *a, struct campaign_button sum[CAMPAIGN_BUTTONS_MAX], struct err *err);
/* Somebody pressed a button of a message: counted once for each person and button. `title` is what
 * stands on it. 1 noted, 0 it is not of that campaign, or was noted before. */
MUST_CHECK int campaign_click(struct store_conn *c, uint64_t campaign, uint64_t person,
    int64_t button, struct str title, time_ms at, struct err *err);

#endif

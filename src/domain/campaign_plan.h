/* domain/campaign_plan.h: what a campaign says, read against the directory: its templates with their
 * mappings, and what a message costs.
 *
 * As JSON {"templates":[{"name","language"}],"map":["1=name|friend"],"price","currency",
 * "filter":["purpose=marketing"],"columns":["name"],"edits":2,"editors":["Marta Neri"]}: filter of people who were
 * found on record, columns that rows of a table keep (campaign_draft.h). With several templates people get them in
 * turns, until one is chosen for the rest. */
#ifndef DOMAIN_CAMPAIGN_PLAN_H
#define DOMAIN_CAMPAIGN_PLAN_H

#include "domain/campaign.h"
#include "domain/campaign_fill.h"

#define CAMPAIGN_TEMPLATES_MAX 4

struct campaign_plan {
	const struct dir_number *number;
	struct campaign_fill fills[CAMPAIGN_TEMPLATES_MAX];
	size_t len;
	double price;        /* of one message; 0 = not told */
	struct str currency; /* p NULL = not told */
};

/* What lies in `d` and `a` is borrowed. -E_NOT_FOUND (field "number" or "template") when it is there
 * no more, -E_INVALID (field "map") when the template has changed so that the mappings fit no more. */
MUST_CHECK int campaign_plan_read(const struct campaign *x, const struct directory *d,
    struct arena *a, struct campaign_plan *ret, struct err *err);
/* Everything that an approval is for: audience, number, templates as they are, mappings, and which of
 * the templates is chosen. */
void campaign_snapshot(const struct campaign *x, const struct campaign_plan *p, struct sha256 *ret);
/* Whose turn it is: the place of the template for that row of the audience. */
size_t campaign_turn(const struct campaign *x, const struct campaign_plan *p, int64_t seq);

#endif

/* domain/campaign_draft.h: what people write of a campaign, and may write anew as long as it is a draft: its
 * plan (campaign_plan.h), taken apart and put together.
 *
 *  (1) An edit throws away what was looked at and what was allowed: the next approval is of what there is
 *      then, and no snapshot from before it fits any more.
 *  (2) What was edited since somebody read it has another revision: theirs is not written over it.
 *  (3) Whoever edited it stands in it for good: they are its authors, and somebody else approves it. */
#ifndef DOMAIN_CAMPAIGN_DRAFT_H
#define DOMAIN_CAMPAIGN_DRAFT_H

#include "domain/campaign_plan.h"

#define CAMPAIGN_EDITORS_MAX 20
#define CAMPAIGN_REVISION_MAX 33 /* 32 hexadecimal digits */

struct campaign_draft {
	struct str templates[CAMPAIGN_TEMPLATES_MAX];
	size_t templates_len;
	struct str language;
	const struct str *map;
	size_t map_len;
	double price;             /* of one message; 0 = not told */
	struct str currency;      /* p NULL = not told */
	const struct str *filter; /* by which its people were found; none: they came as a table */
	size_t filter_len;
	const struct str *columns; /* of the table, that its rows keep */
	size_t columns_len;
	bool columns_known; /* false: it was made before they were noted */
	int64_t edits;
	const struct str *editors; /* each once; the author is not among them for having made it */
	size_t editors_len;
};

/* What it says, in the arena. */
MUST_CHECK int campaign_draft_read(
    const struct campaign *x, struct arena *a, struct campaign_draft *ret, struct err *err);
/* As x->plan has it. -E_NOMEM. */
MUST_CHECK int campaign_draft_write(
    const struct campaign_draft *d, struct arena *a, struct str *ret_plan, struct err *err);
/* One edit more, by that name. -E_TOO_LARGE when more people edited it than are told apart. */
MUST_CHECK int campaign_draft_sign(
    struct campaign_draft *d, struct str by, struct arena *a, struct err *err);

/* Of all that can be edited, and of the choice between its templates. */
void campaign_revision(const struct campaign *x, char ret[CAMPAIGN_REVISION_MAX]);
/* Nothing was looked at, and nothing allowed. */
void campaign_reopen(struct campaign *x);
/* Name, number, plan and audience of one that is a draft in the store, and whatever else may change, as
 * campaign_update() has it; its preflight goes. x->state is what it becomes: a draft, or loading a new
 * audience (campaign_edit.h). -E_CONFLICT when it is no draft. */
MUST_CHECK int campaign_rewrite(
    struct store_conn *c, const struct campaign *x, time_ms now, struct err *err);

#endif

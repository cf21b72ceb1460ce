/* domain/campaign_tally.h: keeps the sums of campaigns (campaign_sum.h) in step with what they count:
 * rows of audiences, the sends that they led to, and consents. Inside the caller's transaction.
 *
 *  (1) A row tells what it is counted as (figure, code and marks); the sums are those of the rows.
 *  (2) A row counts by the state of its send. While it is MEMBER_QUEUED that state moves with each step of
 *      the send; afterwards webhooks move it. Neither counts at once: the first is looked at whenever
 *      somebody asks (campaign_tally_live), the second is noted for a moment (campaign_sums_moved,
 *      campaign_tally_settle) and looked at as well. So a send pays nothing, and no figure is late.
 *  (3) source_grant has, for each list, the times at which people of its rows agreed, with how many.
 *  (4) Marks stay when a person is erased or an audience is forgotten: they name nobody, and what came
 *      of a campaign does not change by that. The times of consents go with the person.
 *  (5) Rows of before these sums were kept have no figure (0 in struct campaign_counted): they are counted
 *      a slice at a time (campaign_tally_catch_up), or before anything of theirs changes. Until all are,
 *      campaign_tally_is_whole says no, and whoever asks for figures counts the rows. */
#ifndef DOMAIN_CAMPAIGN_TALLY_H
#define DOMAIN_CAMPAIGN_TALLY_H

#include "domain/campaign_sum.h"

/* An opt-out counts as an answer to what was sent so long before. */
#define CAMPAIGN_OPT_OUT_MS (7 * MS_PER_DAY)

/* What a row counts as: by its fate and the state of its decision (0 = none). */
enum campaign_figure campaign_figure_of(int64_t fate, int64_t state);

/* --- who changes a row -------------------------------------------------------------------------- */

/* The row as it is counted, counted first when it was not yet. Its strings are borrowed from *ret_s, whose column
 * behind the counted ones is the decision: 1, and store_reset(*ret_s) when they are read; 0 there is none. */
MUST_CHECK int campaign_tally_row(struct store_conn *c, struct campaign_sums *sums,
    uint64_t campaign, int64_t seq, struct campaign_counted *ret, struct store_stmt **ret_s,
    struct err *err);
/* The columns of a statement that campaign_tally_take reads, of a row that the statement calls
 * campaign_member. */
#define CAMPAIGN_COUNTED \
	"campaign, seq, variant, wave, fate, coalesce(figure, 0), coalesce(code, 0)," \
	" coalesce(marks, 0), source, segment, rule"
#define CAMPAIGN_COUNTED_COLUMNS 11
void campaign_tally_take(struct store_stmt *s, int column, struct campaign_counted *ret);
/* The row counts as something else: in memory only, the caller writes it. `from` has no figure when it is
 * new. */
MUST_CHECK int campaign_tally_change(struct campaign_sums *sums,
    const struct campaign_counted *from, const struct campaign_counted *to, struct err *err);
/* The row goes, and is counted no more. Its list forgets what it knows of its person before (campaign_tally_forget). */
MUST_CHECK int campaign_tally_leave(
    struct campaign_sums *sums, const struct campaign_counted *x, struct err *err);
/* It got another template, after its buttons were pressed. */
MUST_CHECK int campaign_tally_repress(
    struct store_conn *c, const struct campaign_counted *x, int64_t variant, struct err *err);
/* A row that is new: when its person agreed to anything, its list knows. */
MUST_CHECK int campaign_tally_joined(
    struct store_conn *c, struct str source, uint64_t person, struct err *err);
/* A button was pressed for the first time by whom the row stands for. */
MUST_CHECK int campaign_tally_click(struct store_conn *c, uint64_t campaign, int64_t seq,
    int64_t button, struct str title, time_ms at, struct err *err);
/* Rows `from` to `last` of a campaign are about to forget their people. */
MUST_CHECK int campaign_tally_forget(
    struct store_conn *c, uint64_t campaign, int64_t from, int64_t last, struct err *err);

/* --- who changes a person ----------------------------------------------------------------------- */

/* An act was recorded. */
MUST_CHECK int campaign_tally_granted(
    struct store_conn *c, uint64_t person, time_ms at, struct err *err);
MUST_CHECK int campaign_tally_withdrew(struct store_conn *c, uint64_t person, struct err *err);
/* Two people turn out to be one: before their rows and acts are brought together, and after. */
MUST_CHECK int campaign_tally_merging(
    struct store_conn *c, uint64_t keep, uint64_t gone, struct err *err);
MUST_CHECK int campaign_tally_merged(struct store_conn *c, uint64_t keep, struct err *err);
/* Before their acts go: rows name them no more, and who still waited in one is forgotten there. */
MUST_CHECK int campaign_tally_erase(struct store_conn *c, uint64_t person, struct err *err);

/* --- who counts ---------------------------------------------------------------------------------- */

/* Counts rows anew whose decisions moved: 1 there is more, 0 there is not. */
MUST_CHECK int campaign_tally_settle(
    struct store_conn *c, struct campaign_sums *sums, struct err *err);
/* The next rows that were never counted: 1 there is more, 0 there is not. */
MUST_CHECK int campaign_tally_catch_up(
    struct store_conn *c, struct campaign_sums *sums, struct err *err);
/* Is either of these to be done: 1 or 0. */
MUST_CHECK int campaign_tally_is_behind(struct store_conn *c, struct err *err);
/* Are all rows counted: 1 or 0. */
MUST_CHECK int campaign_tally_is_whole(struct store_conn *c, struct err *err);
/* What moved since it was counted, of one campaign or (0) of all: onto `live`, which is empty. */
MUST_CHECK int campaign_tally_live(
    struct store_conn *c, uint64_t campaign, struct campaign_sums *live, struct err *err);

/* All rows of a campaign, or (0) of all lists, counted one by one onto `sums`, which is empty: what figures are
 * until all rows are counted, and what they must be equal to afterwards. */
MUST_CHECK int campaign_tally_recount(
    struct store_conn *c, uint64_t campaign, struct campaign_sums *sums, struct err *err);

#endif

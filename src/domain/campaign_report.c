#include "domain/campaign_report.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "store/query.h"

#define GROUPS_MAX 1000 /* of a kind; what comes behind is counted under the last */

/* --- figures ---------------------------------------------------------------------------------- */

enum figure {
	FIGURE_PEOPLE,
	FIGURE_WAITING,
	FIGURE_UNDER_WAY,
	FIGURE_SENT, /* Meta took it */
	FIGURE_DELIVERED,
	FIGURE_READ,
	FIGURE_FAILED,
	FIGURE_UNKNOWN,
	FIGURE_REFUSED,
	FIGURE_NOT_SENT, /* expired, cancelled, suspended, twice or nobody */
	FIGURE_OPT_OUTS,
	FIGURE_CLICKS,
	FIGURES
};

static const char *const figure_names[FIGURES] = {
	[FIGURE_PEOPLE] = "people",
	[FIGURE_WAITING] = "waiting",
	[FIGURE_UNDER_WAY] = "under_way",
	[FIGURE_SENT] = "sent",
	[FIGURE_DELIVERED] = "delivered",
	[FIGURE_READ] = "read",
	[FIGURE_FAILED] = "failed",
	[FIGURE_UNKNOWN] = "unknown",
	[FIGURE_REFUSED] = "refused",
	[FIGURE_NOT_SENT] = "not_sent",
	[FIGURE_OPT_OUTS] = "opt_outs",
	[FIGURE_CLICKS] = "clicks",
};

/* --- reading ---------------------------------------------------------------------------------- */

/* Where figures are read: those that are kept and what moved since, or those that were just counted. */
struct report {
	struct store_conn *c; /* that has the campaign */
	const struct campaign *x;
	struct arena *arena;
	struct campaign_sums *sums;
	bool whole; /* all rows are counted: the figures that are kept are true */
};

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while writing a report.");
}

static int count_all(struct report *r, struct err *err)
{
	int rc = campaign_sums_new(&r->sums, err);
	int whole = rc == 0 ? campaign_tally_is_whole(r->c, err) : rc;

	if (whole < 0)
		return whole;
	r->whole = whole > 0;
	return r->whole ? campaign_tally_live(r->c, r->x->id, r->sums, err)
			: campaign_tally_recount(r->c, r->x->id, r->sums, err);
}

static int read_groups(struct report *r, enum campaign_group by, struct campaign_sum **ret,
    size_t *ret_len, struct err *err)
{
	const struct campaign_asked ask = {
		.campaign = r->x->id, .by = by, .after = STR_NONE, .limit = GROUPS_MAX
	};

	return campaign_sums_read(
	    r->whole ? r->c : NULL, r->sums, &ask, r->arena, ret, ret_len, err);
}

static int read_all(struct report *r, struct campaign_sum *ret, struct err *err)
{
	struct campaign_sum *list;
	size_t n;
	int rc = read_groups(r, CAMPAIGN_ALL, &list, &n, err);

	if (rc == 0)
		*ret = n ? list[0] : (struct campaign_sum){ .used_at = TIME_NONE };
	return rc;
}

/* What comes behind the last group that is told is counted under it. */
static void add_rest(const struct campaign_sum *all, struct campaign_sum *list, size_t n)
{
	struct campaign_sum *last = &list[n - 1];

	for (int f = 0; f < CAMPAIGN_FIGURES; f++) {
		last->n[f] = all->n[f];
		for (size_t i = 0; i < n - 1; i++)
			last->n[f] -= list[i].n[f];
	}
}

/* --- writing ---------------------------------------------------------------------------------- */

static void write_figures(
    const struct campaign *x, const struct campaign_sum *g, struct json_writer *w)
{
	const int64_t *n = g->n;
	/* Who waits in a campaign that is cancelled waits no more. */
	bool ended = x->state == CAMPAIGN_CANCELLED;
	const int64_t figures[FIGURES] = {
		[FIGURE_PEOPLE] = n[CAMPAIGN_PEOPLE],
		[FIGURE_WAITING] = ended ? 0 : n[CAMPAIGN_WAITING],
		[FIGURE_UNDER_WAY] = n[CAMPAIGN_UNDER_WAY],
		[FIGURE_SENT] = n[CAMPAIGN_SENT] + n[CAMPAIGN_DELIVERED] + n[CAMPAIGN_READ],
		[FIGURE_DELIVERED] = n[CAMPAIGN_DELIVERED] + n[CAMPAIGN_READ],
		[FIGURE_READ] = n[CAMPAIGN_READ],
		[FIGURE_FAILED] = n[CAMPAIGN_FAILED],
		[FIGURE_UNKNOWN] = n[CAMPAIGN_UNKNOWN],
		[FIGURE_REFUSED] = n[CAMPAIGN_REFUSED],
		[FIGURE_NOT_SENT] = n[CAMPAIGN_NOT_SENT] + (ended ? n[CAMPAIGN_WAITING] : 0),
		[FIGURE_OPT_OUTS] = n[CAMPAIGN_OPT_OUTS],
		[FIGURE_CLICKS] = n[CAMPAIGN_CLICKS],
	};

	for (int f = 0; f < FIGURES; f++)
		jw_member_int(w, figure_names[f], figures[f]);
}

static struct str template_name(const struct json *plan, int64_t variant)
{
	const struct json *list = json_get(plan, "templates");

	if (variant < 0 || (size_t)variant >= json_len(list))
		return STR_NONE;
	return json_str(json_get(json_at(list, (size_t)variant), "name"));
}

/* Whoever got no template yet comes last; where there is one alone, it is theirs. */
static void place_undecided(const struct json *plan, struct campaign_sum *list, size_t *len)
{
	bool alone = json_len(json_get(plan, "templates")) <= 1;

	if (*len == 0 || list[0].number != CAMPAIGN_NO_TEMPLATE)
		return;
	const struct campaign_sum none = list[0];
	memmove(list, list + 1, --*len * sizeof(*list));
	for (int f = 0; alone && *len && f < CAMPAIGN_FIGURES; f++)
		list[0].n[f] += none.n[f];
	if (alone && *len)
		return;
	list[*len] = none;
	list[(*len)++].number = alone ? 0 : CAMPAIGN_NO_TEMPLATE;
}

static int write_groups(struct report *r, enum campaign_group by, const struct campaign_sum *all,
    const struct json *plan, struct json_writer *w, struct err *err)
{
	static const struct {
		const char *key, *name;
	} words[] = {
		[BY_TEMPLATE] = { "templates", "template" },
		[BY_SEGMENT] = { "segments", "segment" },
		[BY_SOURCE] = { "sources", "source" },
		[BY_WAVE] = { "waves", "wave" },
	};
	struct campaign_sum *list;
	size_t n;
	int rc = read_groups(r, by, &list, &n, err);

	if (rc < 0)
		return rc;
	if (n == GROUPS_MAX)
		add_rest(all, list, n);
	if (by == BY_TEMPLATE)
		place_undecided(plan, list, &n);
	jw_key(w, words[by].key);
	jw_array(w);
	for (size_t i = 0; i < n; i++) {
		jw_object(w);
		if (by == BY_WAVE)
			jw_member_int(w, words[by].name, list[i].number);
		else
			jw_member_str(w, words[by].name,
			    by == BY_TEMPLATE ? template_name(plan, list[i].number) : list[i].name);
		write_figures(r->x, &list[i], w);
		jw_object_end(w);
	}
	jw_array_end(w);
	return 0;
}

/* Columns: variant, button, title, people. */
static int ask_buttons(
    struct store_conn *c, uint64_t campaign, bool whole, struct store_stmt **ret, struct err *err)
{
	if (whole)
		return store_ask(c, ret, err,
		    "SELECT variant, button, title, people FROM campaign_press WHERE campaign = ?1"
		    " AND people > 0 ORDER BY variant, button",
		    "i", (int64_t)campaign);
	return store_ask(c, ret, err,
	    "SELECT m.variant, k.button, max(k.title), count(*) FROM campaign_click k"
	    " JOIN campaign_member m ON m.campaign = k.campaign AND m.seq = k.seq"
	    " WHERE k.campaign = ?1 GROUP BY m.variant, k.button ORDER BY m.variant, k.button",
	    "i", (int64_t)campaign);
}

static int write_buttons(
    struct report *x, const struct json *plan, struct json_writer *w, struct err *err)
{
	struct store_stmt *s;
	int r = ask_buttons(x->c, x->x->id, x->whole, &s, err);

	jw_key(w, "buttons");
	jw_array(w);
	while (r >= 0 && (r = store_step(s, err)) > 0) {
		jw_object(w);
		jw_member_str(w, "template", template_name(plan, store_col_int(s, 0)));
		jw_member_int(w, "button", store_col_int(s, 1));
		jw_member_str(w, "title", store_col_text(s, 2));
		jw_member_int(w, "clicks", store_col_int(s, 3));
		jw_object_end(w);
	}
	jw_array_end(w);
	return r;
}

static int by_people(const void *a, const void *b)
{
	const struct campaign_sum *x = a, *y = b;
	int64_t n = x->n[CAMPAIGN_PEOPLE], m = y->n[CAMPAIGN_PEOPLE];

	return n != m ? (n < m ? 1 : -1) : campaign_sum_by_name(a, b);
}

/* Errors of Meta's, and by which rules people were refused at the time of their send: the most frequent first. */
static int write_reasons(
    struct report *r, enum campaign_group by, struct json_writer *w, struct err *err)
{
	struct campaign_sum *list;
	size_t n;
	int rc = read_groups(r, by, &list, &n, err);

	if (rc < 0)
		return rc;
	qsort(list, n, sizeof(*list), by_people);
	jw_key(w, by == BY_ERROR ? "errors" : "refused_by");
	jw_array(w);
	for (size_t i = 0; i < n; i++) {
		jw_object(w);
		if (by == BY_ERROR)
			jw_member_int(w, "code", list[i].number);
		else
			jw_member_str(w, "id", list[i].name);
		jw_member_int(w, "people", list[i].n[CAMPAIGN_PEOPLE]);
		jw_object_end(w);
	}
	jw_array_end(w);
	return 0;
}

static int write_all(
    struct report *r, const struct json *plan, struct json_writer *w, struct err *err)
{
	static const enum campaign_group groups[] = { BY_TEMPLATE, BY_SEGMENT, BY_SOURCE, BY_WAVE };
	struct campaign_sum all = { .used_at = TIME_NONE };
	int rc = read_all(r, &all, err);

	jw_key(w, "totals");
	jw_object(w);
	write_figures(r->x, &all, w);
	jw_object_end(w);
	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(groups); i++)
		rc = write_groups(r, groups[i], &all, plan, w, err);
	if (rc == 0)
		rc = write_buttons(r, plan, w, err);
	if (rc >= 0)
		rc = write_reasons(r, BY_ERROR, w, err);
	if (rc == 0)
		rc = write_reasons(r, BY_RULE, w, err);
	return rc;
}

int campaign_report_write(struct store_conn *c, const struct campaign *x, time_ms now,
    struct arena *a, struct json_writer *w, struct err *err)
{
	struct report r = { .c = c, .x = x, .arena = a };
	const struct json *plan = NULL;
	char id[ID_TEXT_MAX];
	int rc = json_read(a, x->plan, &plan, err);

	if (rc == 0)
		rc = count_all(&r, err);
	if (rc == 0) {
		id_format(CAMPAIGN_PREFIX, x->id, id);
		jw_member_c(w, "campaign", id);
		jw_member_str(w, "name", x->name);
		jw_member_c(w, "state", campaign_state_name(x->state));
		jw_member_time(w, "at", now);
		rc = write_all(&r, plan, w, err);
	}
	campaign_sums_free(&r.sums);
	return rc < 0 ? rc : 0;
}

int campaign_add_buttons(struct store_conn *c, uint64_t campaign, int64_t variant, struct arena *a,
    struct campaign_button sum[CAMPAIGN_BUTTONS_MAX], struct err *err)
{
	struct store_stmt *s;
	int whole = campaign_tally_is_whole(c, err);
	int r = whole < 0 ? whole : ask_buttons(c, campaign, whole > 0, &s, err);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		if (store_col_int(s, 0) != variant ||
		    !store_col_is_up_to(s, 1, CAMPAIGN_BUTTONS_MAX - 1))
			continue;
		struct campaign_button *b = &sum[store_col_int(s, 1)];
		b->clicks += store_col_int(s, 3);
		if (store_copy_text(s, 2, a, &b->title) < 0) {
			store_reset(s);
			return no_memory(err);
		}
	}
	store_reset(s);
	return r;
}

int campaign_click(struct store_conn *c, uint64_t campaign, uint64_t person, int64_t button,
    struct str title, time_ms at, struct err *err)
{
	int64_t seq = 0;
	int r = store_ask_int(c, &seq, err,
	    "SELECT seq FROM campaign_member WHERE campaign = ?1 AND person = ?2 AND fate IN (2, 3) LIMIT 1",
	    "ii", (int64_t)campaign, (int64_t)person);

	_Static_assert(MEMBER_QUEUED == 2 && MEMBER_GONE == 3, "the figures in the statement here");
	return r <= 0 ? r : campaign_tally_click(c, campaign, seq, button, title, at, err);
}

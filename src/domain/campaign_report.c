#include "domain/campaign_report.h"

#include "base/check.h"
#include "base/map.h"
#include "domain/facts.h"
#include "domain/journal.h"
#include "store/query.h"

#define GROUPS_MAX 1000 /* of a kind; what comes behind is counted under the last */
#define KEY_MAX 256

/* --- groups ----------------------------------------------------------------------------------- */

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

struct group {
	struct str name; /* p NULL = none */
	int64_t number;
	int64_t n[FIGURES];
};

enum dimension { BY_TEMPLATE, BY_SEGMENT, BY_SOURCE, BY_WAVE, DIMENSIONS };

struct groups {
	struct group *list;
	size_t len;
};

struct report {
	struct arena *arena;
	struct group all;
	struct groups by[DIMENSIONS];
	bool failed;
};

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while writing a report.");
}

/* What is one of a few: looked for from the start. */
static struct group *group_of(struct report *r, enum dimension d, struct str name, int64_t number)
{
	struct groups *g = &r->by[d];

	for (size_t i = 0; i < g->len; i++) {
		if (g->list[i].number == number && str_eq(g->list[i].name, name))
			return &g->list[i];
	}
	if (g->len == GROUPS_MAX)
		return &g->list[GROUPS_MAX - 1];
	struct group *fresh = &g->list[g->len++];
	*fresh = (struct group){ .name = name.p ? arena_str(r->arena, name) : STR_NONE,
		.number = number };
	r->failed = r->failed || (name.p && !fresh->name.p);
	return fresh;
}

/* Columns 0 to 3 of every statement below: variant, segment, source, wave. */
static void add(struct report *r, struct store_stmt *s, unsigned figures, int64_t n)
{
	struct group *of[] = {
		&r->all,
		group_of(r, BY_TEMPLATE, STR_NONE, store_col_int(s, 0)),
		group_of(r, BY_SEGMENT, store_col_text(s, 1), 0),
		group_of(r, BY_SOURCE, store_col_text(s, 2), 0),
		group_of(r, BY_WAVE, STR_NONE, store_col_int(s, 3)),
	};

	for (size_t i = 0; i < ARRAY_LEN(of); i++) {
		for (int f = 0; f < FIGURES; f++)
			of[i]->n[f] += (figures >> f & 1) ? n : 0;
	}
}

/* --- counting --------------------------------------------------------------------------------- */

#define BIT(f) (1u << (f))
static const unsigned by_state[] = {
	[SEND_HELD] = BIT(FIGURE_UNDER_WAY),
	[SEND_READY] = BIT(FIGURE_UNDER_WAY),
	[SEND_SENDING] = BIT(FIGURE_UNDER_WAY),
	[SEND_UNKNOWN] = BIT(FIGURE_UNKNOWN),
	[SEND_REFUSED] = BIT(FIGURE_REFUSED),
	[SEND_ACCEPTED] = BIT(FIGURE_SENT),
	[SEND_SENT] = BIT(FIGURE_SENT),
	[SEND_DELIVERED] = BIT(FIGURE_SENT) | BIT(FIGURE_DELIVERED),
	[SEND_READ] = BIT(FIGURE_SENT) | BIT(FIGURE_DELIVERED) | BIT(FIGURE_READ),
	[SEND_FAILED] = BIT(FIGURE_FAILED),
	[SEND_UNRESOLVED] = BIT(FIGURE_UNKNOWN),
	[SEND_CANCELLED] = BIT(FIGURE_NOT_SENT),
	[SEND_EXPIRED] = BIT(FIGURE_NOT_SENT),
};

static unsigned figures_of(
    const struct campaign *x, int64_t fate, bool decided, enum send_state state)
{
	if (fate == MEMBER_WAITING)
		return BIT(FIGURE_PEOPLE) |
		    BIT(x->state == CAMPAIGN_CANCELLED ? FIGURE_NOT_SENT : FIGURE_WAITING);
	if (!decided || (unsigned)state >= ARRAY_LEN(by_state))
		return BIT(FIGURE_PEOPLE) |
		    (fate == MEMBER_REFUSED ? BIT(FIGURE_REFUSED) : BIT(FIGURE_NOT_SENT));
	return BIT(FIGURE_PEOPLE) | by_state[state];
}

static int count_people(
    struct report *r, struct store_conn *c, const struct campaign *x, struct err *err)
{
	struct store_stmt *s;
	int rc = store_ask(c, &s, err,
	    "SELECT m.variant, m.segment, m.source, m.wave, m.fate, d.state, count(*)"
	    " FROM campaign_member m LEFT JOIN decision d ON d.id = m.decision"
	    " WHERE m.campaign = ?1 GROUP BY m.variant, m.segment, m.source, m.wave, m.fate, d.state",
	    "i", (int64_t)x->id);

	if (rc < 0)
		return rc;
	while ((rc = store_step(s, err)) > 0)
		add(r, s,
		    figures_of(x, store_col_int(s, 4), !store_col_null(s, 5),
			send_state_stored(store_col_int(s, 5))),
		    store_col_int(s, 6));
	return rc;
}

/* Whoever withdrew a while behind the message. */
static int count_opt_outs(
    struct report *r, struct store_conn *c, const struct campaign *x, struct err *err)
{
	struct store_stmt *s;
	int rc = store_ask(c, &s, err,
	    "SELECT m.variant, m.segment, m.source, m.wave, count(DISTINCT m.person)"
	    " FROM campaign_member m JOIN decision d ON d.id = m.decision"
	    " JOIN consent k ON k.person = m.person"
	    " WHERE m.campaign = ?1 AND m.fate = ?2 AND k.act = ?3 AND k.at >= d.at AND k.at <= d.at + ?4"
	    " GROUP BY m.variant, m.segment, m.source, m.wave",
	    "iiii", (int64_t)x->id, (int64_t)MEMBER_GONE, (int64_t)CONSENT_WITHDRAW,
	    (int64_t)CAMPAIGN_OPT_OUT_MS);

	if (rc < 0)
		return rc;
	while ((rc = store_step(s, err)) > 0)
		add(r, s, BIT(FIGURE_OPT_OUTS), store_col_int(s, 4));
	return rc;
}

/* People who pressed any button. */
static int count_clicks(
    struct report *r, struct store_conn *c, const struct campaign *x, struct err *err)
{
	struct store_stmt *s;
	int rc = store_ask(c, &s, err,
	    "SELECT m.variant, m.segment, m.source, m.wave, count(DISTINCT m.seq)"
	    " FROM campaign_click k JOIN campaign_member m ON m.campaign = k.campaign AND m.seq = k.seq"
	    " WHERE k.campaign = ?1 GROUP BY m.variant, m.segment, m.source, m.wave",
	    "i", (int64_t)x->id);

	if (rc < 0)
		return rc;
	while ((rc = store_step(s, err)) > 0)
		add(r, s, BIT(FIGURE_CLICKS), store_col_int(s, 4));
	return rc;
}

/* --- writing ---------------------------------------------------------------------------------- */

static void write_figures(const struct group *g, struct json_writer *w)
{
	for (int f = 0; f < FIGURES; f++)
		jw_member_int(w, figure_names[f], g->n[f]);
}

static struct str template_name(const struct json *plan, int64_t variant)
{
	const struct json *list = json_get(plan, "templates");

	if (variant < 0 || (size_t)variant >= json_len(list))
		return STR_NONE;
	return json_str(json_get(json_at(list, (size_t)variant), "name"));
}

static void write_groups(const struct report *r, enum dimension d, const char *key,
    const char *name, const struct json *plan, struct json_writer *w)
{
	jw_key(w, key);
	jw_array(w);
	for (size_t i = 0; i < r->by[d].len; i++) {
		const struct group *g = &r->by[d].list[i];
		jw_object(w);
		if (d == BY_WAVE)
			jw_member_int(w, name, g->number);
		else
			jw_member_str(
			    w, name, d == BY_TEMPLATE ? template_name(plan, g->number) : g->name);
		write_figures(g, w);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static int write_buttons(struct store_conn *c, const struct campaign *x, const struct json *plan,
    struct json_writer *w, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT m.variant, k.button, max(k.title), count(*) FROM campaign_click k"
	    " JOIN campaign_member m ON m.campaign = k.campaign AND m.seq = k.seq"
	    " WHERE k.campaign = ?1 GROUP BY m.variant, k.button ORDER BY m.variant, k.button",
	    "i", (int64_t)x->id);

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

static int write_errors(
    struct store_conn *c, const struct campaign *x, struct json_writer *w, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT d.error_code, count(*) FROM campaign_member m JOIN decision d ON d.id = m.decision"
	    " WHERE m.campaign = ?1 AND d.error_code <> 0 GROUP BY d.error_code ORDER BY 2 DESC, 1",
	    "i", (int64_t)x->id);

	jw_key(w, "errors");
	jw_array(w);
	while (r >= 0 && (r = store_step(s, err)) > 0) {
		jw_object(w);
		jw_member_int(w, "code", store_col_int(s, 0));
		jw_member_int(w, "people", store_col_int(s, 1));
		jw_object_end(w);
	}
	jw_array_end(w);
	return r;
}

/* By which rules people were refused at the time of their send. */
static int write_rules(
    struct store_conn *c, const struct campaign *x, struct json_writer *w, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT rule, count(*) FROM campaign_member WHERE campaign = ?1 AND fate = ?2"
	    " AND rule IS NOT NULL GROUP BY rule ORDER BY 2 DESC, 1",
	    "ii", (int64_t)x->id, (int64_t)MEMBER_REFUSED);

	jw_key(w, "refused_by");
	jw_array(w);
	while (r >= 0 && (r = store_step(s, err)) > 0) {
		jw_object(w);
		jw_member_str(w, "id", store_col_text(s, 0));
		jw_member_int(w, "people", store_col_int(s, 1));
		jw_object_end(w);
	}
	jw_array_end(w);
	return r;
}

static int count_all(
    struct report *r, struct store_conn *c, const struct campaign *x, struct err *err)
{
	int rc = 0;

	for (int d = 0; d < DIMENSIONS; d++) {
		r->by[d].list = ARENA_ARRAY(r->arena, struct group, GROUPS_MAX);
		r->failed = r->failed || !r->by[d].list;
	}
	if (r->failed)
		return no_memory(err);
	rc = count_people(r, c, x, err);
	if (rc == 0)
		rc = count_opt_outs(r, c, x, err);
	if (rc == 0)
		rc = count_clicks(r, c, x, err);
	return rc == 0 && r->failed ? no_memory(err) : rc;
}

int campaign_report_write(struct store_conn *c, const struct campaign *x, time_ms now,
    struct arena *a, struct json_writer *w, struct err *err)
{
	struct report r = { .arena = a };
	const struct json *plan = NULL;
	char id[ID_TEXT_MAX];
	int rc = json_read(a, x->plan, &plan, err);

	if (rc == 0)
		rc = count_all(&r, c, x, err);
	if (rc < 0)
		return rc;
	id_format(CAMPAIGN_PREFIX, x->id, id);
	jw_member_c(w, "campaign", id);
	jw_member_str(w, "name", x->name);
	jw_member_c(w, "state", campaign_state_name(x->state));
	jw_member_time(w, "at", now);
	jw_key(w, "totals");
	jw_object(w);
	write_figures(&r.all, w);
	jw_object_end(w);
	write_groups(&r, BY_TEMPLATE, "templates", "template", plan, w);
	write_groups(&r, BY_SEGMENT, "segments", "segment", plan, w);
	write_groups(&r, BY_SOURCE, "sources", "source", plan, w);
	write_groups(&r, BY_WAVE, "waves", "wave", plan, w);
	rc = write_buttons(c, x, plan, w, err);
	if (rc >= 0)
		rc = write_errors(c, x, w, err);
	if (rc >= 0)
		rc = write_rules(c, x, w, err);
	return rc < 0 ? rc : 0;
}

static int ask_buttons(struct store_conn *c, uint64_t campaign, int64_t variant,
    struct store_stmt **ret, struct err *err)
{
	if (variant == CAMPAIGN_ONLY_VARIANT)
		return store_ask(c, ret, err,
		    "SELECT button, max(title), count(*) FROM campaign_click"
		    " WHERE campaign = ?1 AND button BETWEEN 0 AND ?2 GROUP BY button",
		    "ii", (int64_t)campaign, (int64_t)CAMPAIGN_BUTTONS_MAX - 1);
	return store_ask(c, ret, err,
	    "SELECT k.button, max(k.title), count(*) FROM campaign_click k"
	    " JOIN campaign_member m ON m.campaign = k.campaign AND m.seq = k.seq"
	    " WHERE k.campaign = ?1 AND m.variant = ?2 AND k.button BETWEEN 0 AND ?3 GROUP BY k.button",
	    "iii", (int64_t)campaign, variant, (int64_t)CAMPAIGN_BUTTONS_MAX - 1);
}

int campaign_add_buttons(struct store_conn *c, uint64_t campaign, int64_t variant, struct arena *a,
    struct campaign_button sum[CAMPAIGN_BUTTONS_MAX], struct err *err)
{
	struct store_stmt *s;
	int r = ask_buttons(c, campaign, variant, &s, err);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		struct campaign_button *b = &sum[store_col_int(s, 0)];
		b->clicks += store_col_int(s, 2);
		if (store_copy_text(s, 1, a, &b->title) < 0) {
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
	int r = store_do(c, err,
	    "INSERT INTO campaign_click (campaign, seq, button, at, title)"
	    " SELECT campaign, seq, ?3, ?4, ?5 FROM campaign_member WHERE campaign = ?1 AND person = ?2"
	    " AND fate IN (2, 3) LIMIT 1 ON CONFLICT (campaign, seq, button) DO NOTHING",
	    "iiimt", (int64_t)campaign, (int64_t)person, button, at, title);

	return r < 0 ? r : store_changes(c) > 0;
}

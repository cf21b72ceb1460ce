/* `busy` is what the clock asks for four times a second: an index holds those rows alone, however many
 * campaigns have come and gone. */
#include "domain/campaign.h"

#include <string.h>

#include "base/check.h"
#include "store/query.h"

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while working on a campaign.");
}

/* --- words ------------------------------------------------------------------------------------ */

static const char *const states[] = {
	[CAMPAIGN_LOADING] = "loading",
	[CAMPAIGN_DRAFT] = "draft",
	[CAMPAIGN_APPROVED] = "approved",
	[CAMPAIGN_RELEASED] = "released",
	[CAMPAIGN_RUNNING] = "running",
	[CAMPAIGN_HELD] = "held",
	[CAMPAIGN_PAUSED] = "paused",
	[CAMPAIGN_DONE] = "done",
	[CAMPAIGN_CANCELLED] = "cancelled",
};

const char *campaign_state_name(enum campaign_state s)
{
	return s >= CAMPAIGN_LOADING && s <= CAMPAIGN_CANCELLED ? states[s] : "";
}

#define BIT(s) (1u << (s))
static const unsigned moves[] = {
	[CAMPAIGN_LOADING] = BIT(CAMPAIGN_DRAFT) | BIT(CAMPAIGN_CANCELLED),
	[CAMPAIGN_DRAFT] = BIT(CAMPAIGN_LOADING) | BIT(CAMPAIGN_APPROVED) | BIT(CAMPAIGN_CANCELLED),
	[CAMPAIGN_APPROVED] = BIT(CAMPAIGN_DRAFT) | BIT(CAMPAIGN_RELEASED) |
	    BIT(CAMPAIGN_CANCELLED),
	[CAMPAIGN_RELEASED] = BIT(CAMPAIGN_RUNNING) | BIT(CAMPAIGN_HELD) | BIT(CAMPAIGN_CANCELLED),
	[CAMPAIGN_RUNNING] = BIT(CAMPAIGN_HELD) | BIT(CAMPAIGN_PAUSED) | BIT(CAMPAIGN_DONE) |
	    BIT(CAMPAIGN_CANCELLED),
	[CAMPAIGN_HELD] = BIT(CAMPAIGN_RELEASED) | BIT(CAMPAIGN_CANCELLED),
	[CAMPAIGN_PAUSED] = BIT(CAMPAIGN_RUNNING) | BIT(CAMPAIGN_HELD) | BIT(CAMPAIGN_CANCELLED),
	[CAMPAIGN_CANCELLED] = 0,
};

bool campaign_may_move(enum campaign_state from, enum campaign_state to)
{
	return from >= CAMPAIGN_LOADING && from <= CAMPAIGN_CANCELLED && moves[from] & BIT(to);
}

int campaign_move(struct campaign *x, enum campaign_state to, struct err *err)
{
	if (!campaign_may_move(x->state, to))
		return err_set(err, E_CONFLICT, "A campaign that is %s cannot become %s.",
		    campaign_state_name(x->state), campaign_state_name(to));
	x->state = to;
	return 0;
}

void campaign_disapprove(struct campaign *x)
{
	x->state = CAMPAIGN_DRAFT;
	x->approved = (struct sha256){ { 0 } };
	x->approved_by = STR_NONE;
	x->approved_at = TIME_NONE;
}

/* --- the campaign ----------------------------------------------------------------------------- */

static bool is_busy(const struct campaign *x)
{
	return x->unsettled || x->state == CAMPAIGN_RELEASED || x->state == CAMPAIGN_RUNNING ||
	    x->state == CAMPAIGN_PAUSED;
}

static struct str bytes(const struct sha256 *h)
{
	return str_n((const char *)h->b, SHA256_LEN);
}

int campaign_add(struct store_conn *c, const struct campaign *x, struct err *err)
{
	int r = store_do(c, err,
	    "INSERT INTO campaign (id, at, updated_at, state, name, number, waba, plan, digest, made_by,"
	    " total, wave, wave_used, choice, snapshot, busy, kept)"
	    " VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, 0, 0, ?10, ?8, 0, 0)",
	    "imittttbti", (int64_t)x->id, x->at, (int64_t)x->state, x->name, x->number, x->waba,
	    x->plan, bytes(&x->digest), x->by, x->choice);

	return r < 0 ? r : campaign_update(c, x, x->at, err);
}

int campaign_update(struct store_conn *c, const struct campaign *x, time_ms now, struct err *err)
{
	int r = store_do(c, err,
	    "UPDATE campaign SET state = ?2, updated_at = ?3, name = ?4, audience = ?5, digest = ?6,"
	    " approved_by = ?7, approved_at = ?8, released_by = ?9, released_at = ?10, starts_at = ?11,"
	    " ended_at = ?12, total = ?13, wave = ?14, wave_used = ?15, next_at = ?16, waits = ?17,"
	    " reason = ?18, choice = ?19 WHERE id = ?1",
	    "iimttbtmtmmmiiimtti", (int64_t)x->id, (int64_t)x->state, now, x->name, x->audience,
	    bytes(&x->digest), x->approved_by, x->approved_at, x->released_by, x->released_at,
	    x->starts_at, x->ended_at, x->total, x->wave, x->wave_used, x->next_at, x->waits,
	    x->reason, x->choice);

	if (r < 0)
		return r;
	return store_do(c, err,
	    "UPDATE campaign SET snapshot = ?2, preflight = coalesce(?3, preflight), preflight_at = ?4,"
	    " approved = ?5, busy = ?6 WHERE id = ?1",
	    "ibtmbi", (int64_t)x->id, bytes(&x->snapshot), x->preflight, x->preflight_at,
	    bytes(&x->approved), (int64_t)is_busy(x));
}

#define COLUMNS \
	"id, at, updated_at, state, name, number, waba, plan, audience, digest, made_by, approved_by," \
	" released_by, reason, waits, approved_at, released_at, starts_at, ended_at, next_at, total, wave," \
	" wave_used, choice, snapshot, preflight_at, approved, busy"
#define COL_PREFLIGHT 28

static int copy_texts(struct store_stmt *s, struct arena *a, struct campaign *x)
{
	struct {
		int column;
		struct str *to;
	} const texts[] = {
		{ 4, &x->name },
		{ 5, &x->number },
		{ 6, &x->waba },
		{ 7, &x->plan },
		{ 8, &x->audience },
		{ 10, &x->by },
		{ 11, &x->approved_by },
		{ 12, &x->released_by },
		{ 13, &x->reason },
		{ 14, &x->waits },
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (store_copy_text(s, texts[i].column, a, texts[i].to) < 0)
			return -E_NOMEM;
	}
	return 0;
}

static void take_digest(struct store_stmt *s, int column, struct sha256 *ret)
{
	struct str digest = store_col_blob(s, column);

	if (digest.len == SHA256_LEN)
		memcpy(ret->b, digest.p, SHA256_LEN);
}

static int take_campaign(
    struct store_stmt *s, struct arena *a, struct campaign *ret, struct err *err)
{
	*ret = (struct campaign){
		.id = (uint64_t)store_col_int(s, 0),
		.at = store_col_time(s, 1),
		.updated_at = store_col_time(s, 2),
		.state = store_col_is_up_to(s, 3, CAMPAIGN_CANCELLED)
		    ? (enum campaign_state)store_col_int(s, 3)
		    : CAMPAIGN_CANCELLED,
		.approved_at = store_col_time(s, 15),
		.released_at = store_col_time(s, 16),
		.starts_at = store_col_time(s, 17),
		.ended_at = store_col_time(s, 18),
		.next_at = store_col_time(s, 19),
		.total = store_col_int(s, 20),
		.wave = store_col_int(s, 21),
		.wave_used = store_col_int(s, 22),
		.choice = store_col_int(s, 23),
		.preflight_at = store_col_time(s, 25),
	};
	take_digest(s, 9, &ret->digest);
	take_digest(s, 24, &ret->snapshot);
	take_digest(s, 26, &ret->approved);
	ret->unsettled = store_col_int(s, 27) &&
	    (ret->state == CAMPAIGN_HELD || ret->state == CAMPAIGN_CANCELLED);
	return copy_texts(s, a, ret) < 0 ? no_memory(err) : 1;
}

int campaign_get(
    struct store_conn *c, uint64_t id, struct arena *a, struct campaign *ret, struct err *err)
{
	struct campaign x;
	struct store_stmt *s;
	int r = store_ask(c, &s, err, "SELECT " COLUMNS ", preflight FROM campaign WHERE id = ?1",
	    "i", (int64_t)id);

	if (r < 0 || (r = store_step(s, err)) <= 0)
		return r;
	r = take_campaign(s, a, &x, err);
	if (r > 0 && store_copy_text(s, COL_PREFLIGHT, a, &x.preflight) < 0)
		r = no_memory(err);
	store_reset(s);
	if (r > 0)
		*ret = x;
	return r;
}

int campaign_list(struct store_conn *c, uint64_t before, enum campaign_state state, size_t limit,
    struct arena *a, struct campaign **ret, size_t *ret_len, bool *ret_more, struct err *err)
{
	struct campaign *list = ARENA_ARRAY(a, struct campaign, limit + 1);
	struct store_stmt *s;
	size_t n = 0;
	int r = !list ? no_memory(err)
		      : store_ask(c, &s, err,
			    "SELECT " COLUMNS
			    " FROM campaign WHERE (?1 = 0 OR id < ?1) AND (?2 = 0 OR state = ?2)"
			    " ORDER BY id DESC LIMIT ?3",
			    "iii", (int64_t)before, (int64_t)state, (int64_t)limit + 1);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0 && (r = take_campaign(s, a, &list[n], err)) > 0)
		n++;
	store_reset(s);
	if (r < 0)
		return r;
	*ret = list;
	*ret_more = n > limit;
	*ret_len = n > limit ? limit : n;
	return 0;
}

#define ACTIVE_MAX 256

int campaign_active(
    struct store_conn *c, struct arena *a, uint64_t **ret, size_t *ret_len, struct err *err)
{
	uint64_t *list = ARENA_ARRAY(a, uint64_t, ACTIVE_MAX);
	struct store_stmt *s;
	size_t n = 0;
	int r = !list
	    ? no_memory(err)
	    : store_ask(c, &s, err, "SELECT id FROM campaign WHERE busy = 1 ORDER BY id LIMIT ?1",
		  "i", (int64_t)ACTIVE_MAX);

	if (r < 0)
		return r;
	while (n < ACTIVE_MAX && (r = store_step(s, err)) > 0)
		list[n++] = (uint64_t)store_col_int(s, 0);
	store_reset(s);
	*ret = list;
	*ret_len = n;
	return r < 0 ? r : 0;
}

int campaign_is_loading(struct store_conn *c, uint64_t id, struct err *err)
{
	int64_t one;

	return store_ask_int(c, &one, err, "SELECT 1 FROM campaign WHERE id = ?1 AND state = ?2",
	    "ii", (int64_t)id, (int64_t)CAMPAIGN_LOADING);
}

int campaign_may_send(struct store_conn *c, struct str name, struct err *err)
{
	int64_t state = 0;
	uint64_t id;

	if (id_parse(CAMPAIGN_PREFIX, name, &id) < 0)
		return 1;
	int r = store_ask_int(
	    c, &state, err, "SELECT state FROM campaign WHERE id = ?1", "i", (int64_t)id);
	if (r <= 0)
		return r < 0 ? r : 1;
	return state == CAMPAIGN_RELEASED || state == CAMPAIGN_RUNNING;
}

int campaign_sweep(struct store_conn *c, time_ms now, struct err *err)
{
	return store_do(c, err,
	    "UPDATE campaign SET state = ?2, reason = 'audience', updated_at = ?1, ended_at = ?1"
	    " WHERE state = ?3 AND id NOT IN (SELECT campaign FROM campaign_edit)",
	    "mii", now, (int64_t)CAMPAIGN_CANCELLED, (int64_t)CAMPAIGN_LOADING);
}

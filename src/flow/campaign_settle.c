#include "flow/campaign_settle.h"

#include <stdio.h>

#include "base/check.h"
#include "domain/journal.h"
#include "domain/outbox.h"
#include "flow/held.h"
#include "flow/own_send.h"
#include "store/query.h"

#define SOON_MS 2000               /* a send that is due within is not held */
#define REPEAT_MS (5 * MS_PER_MIN) /* somebody whose send stayed here */

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while working on a campaign.");
}

void campaign_key(uint64_t campaign, uint64_t person, char out[CAMPAIGN_KEY_MAX])
{
	char id[ID_TEXT_MAX], who[ID_TEXT_MAX];

	id_format(CAMPAIGN_PREFIX, campaign, id);
	id_format("per", person, who);
	(void)snprintf(out, CAMPAIGN_KEY_MAX, "%s/%s", id, who);
}

bool campaign_rule_is_about_all(const struct rule *rule)
{
	switch (rule_index_of(rule)) {
	case RULE_ACCOUNT_COUNTRY:
		return false;
	case RULE_TEMPLATE_UNKNOWN:
	case RULE_TEMPLATE_NOT_SENDABLE:
	case RULE_TEMPLATE_PAUSED:
		return true;
	default:
		return rule->number <= 212;
	}
}

/* --- reading ---------------------------------------------------------------------------------- */

struct outcome {
	struct campaign_member m;
	enum send_state state;
	struct str rules; /* stored findings of who is held or refused; p NULL = none */
	int64_t code;     /* with which it failed without an id of Meta's; -1 = it did not */
	time_ms due_at;   /* of who is held; TIME_NONE = who is not */
	bool waits;       /* held, and not due soon */
};

static int take_outcome(struct store_stmt *s, time_ms now, struct arena *a, struct outcome *o)
{
	time_ms due = store_col_time(s, 6);

	*o = (struct outcome){
		.m = { .seq = store_col_int(s, 0),
		    .fate = MEMBER_QUEUED,
		    .person = (uint64_t)store_col_int(s, 7),
		    .decision = (uint64_t)store_col_int(s, 1),
		    .wave = store_col_int(s, 2),
		    .variant = store_col_int(s, 3),
		    .due_at = TIME_NONE,
		    .state = (int64_t)send_state_stored(store_col_int(s, 4)),
		    .error_code = store_col_int(s, 9) },
		.state = send_state_stored(store_col_int(s, 4)),
		.due_at = due,
		.waits = due != TIME_NONE && due > now + SOON_MS,
		.code = store_col_int(s, 8),
	};
	return store_copy_text(s, 5, a, &o->rules);
}

static int read_outcomes(struct campaign_desk *k, const struct campaign *x, struct outcome **ret,
    size_t *ret_len, struct err *err)
{
	struct outcome *list = ARENA_ARRAY(k->arena, struct outcome, CAMPAIGN_OPEN_MAX);
	struct store_stmt *s;
	size_t n = 0;
	int r = !list
	    ? no_memory(err)
	    : store_ask(k->conn, &s, err,
		  "SELECT m.seq, m.decision, m.wave, m.variant, d.state,"
		  " CASE WHEN d.state IN (1, 10) THEN d.rules END, o.due_at, m.person,"
		  " CASE WHEN d.state = 15 AND d.wamid IS NULL THEN coalesce(d.error_code, 0)"
		  " ELSE -1 END, coalesce(d.error_code, 0) FROM campaign_member m"
		  " JOIN decision d ON d.id = m.decision LEFT JOIN outbox o ON o.decision = d.id"
		  " WHERE m.campaign = ?1 AND m.fate = 2 ORDER BY m.due_at, m.seq LIMIT ?2",
		  "ii", (int64_t)x->id, (int64_t)CAMPAIGN_OPEN_MAX);

	_Static_assert(
	    SEND_HELD == 1 && SEND_REFUSED == 10 && SEND_FAILED == 15 && MEMBER_QUEUED == 2,
	    "the figures in the statement above");
	if (r < 0)
		return r;
	while (n < CAMPAIGN_OPEN_MAX && (r = store_step(s, err)) > 0) {
		if (take_outcome(s, k->now, k->arena, &list[n]) < 0) {
			store_reset(s);
			return no_memory(err);
		}
		n++;
	}
	store_reset(s);
	*ret = list;
	*ret_len = n;
	return r < 0 ? r : 0;
}

/* The decision as it was recorded; NULL when there is none, or memory ran out. */
static struct decision *judged(struct arena *a, const struct outcome *o)
{
	struct decision *d = o->rules.p ? ARENA_NEW(a, struct decision) : NULL;

	if (!d || decision_read_stored(a, o->rules, d, NULL) < 0)
		return NULL;
	decision_settle(d);
	return d;
}

/* --- what became of them ---------------------------------------------------------------------- */

static const struct {
	enum send_state state;
	enum campaign_fate fate;
	bool uses_place; /* of the wave */
} fates[] = {
	{ SEND_UNKNOWN, MEMBER_GONE, true },
	{ SEND_REFUSED, MEMBER_REFUSED, false },
	{ SEND_ACCEPTED, MEMBER_GONE, true },
	{ SEND_SENT, MEMBER_GONE, true },
	{ SEND_DELIVERED, MEMBER_GONE, true },
	{ SEND_READ, MEMBER_GONE, true },
	{ SEND_FAILED, MEMBER_GONE, true },
	{ SEND_UNRESOLVED, MEMBER_GONE, true },
	{ SEND_CANCELLED, MEMBER_CANCELLED, false },
	{ SEND_EXPIRED, MEMBER_EXPIRED, false },
};

static void give_place_back(struct campaign *x, const struct campaign_member *m)
{
	if (m->wave == x->wave && x->wave_used > 0)
		x->wave_used--;
}

/* No byte of it left us, or Meta said that there were too many at once. */
static bool may_be_repeated(const struct pack *pack, const struct outcome *o)
{
	const struct pack_code *row = pack_code(pack, o->code);

	return o->code == 0 ||
	    (row &&
		(row->effect == PACK_EFFECT_SLOW_NUMBER || row->effect == PACK_EFFECT_SLOW_PAIR ||
		    row->effect == PACK_EFFECT_TOKEN));
}

/* What stopped it stops the campaign and says nothing of this person, who is judged anew later. */
static bool comes_again(const struct pack *pack, const struct outcome *o, const struct decision *d)
{
	if (o->state == SEND_FAILED)
		return may_be_repeated(pack, o);
	if (o->state != SEND_REFUSED || !d)
		return false;
	for (size_t i = 0; i < d->findings_len; i++) {
		if (d->findings[i].level >= LEVEL_HOLD &&
		    campaign_rule_is_about_all(d->findings[i].rule))
			return true;
	}
	return false;
}

/* The send that was on record is no more: the row waits, and its key is free. */
static int wait_again(
    struct campaign_desk *k, struct campaign *x, struct outcome *o, struct err *err)
{
	char key[CAMPAIGN_KEY_MAX];

	campaign_key(x->id, o->m.person, key);
	int r = idem_remove(k->conn, STR(OWN_APP), str_c(key), err);
	give_place_back(x, &o->m);
	o->m.fate = MEMBER_WAITING;
	o->m.decision = 0;
	return r < 0 ? r : campaign_member_set(k->conn, k->core->sums, x->id, &o->m, err);
}

static void count_open(struct arena *a, struct campaign_open *open, const struct outcome *o)
{
	const struct decision *d = o->waits && !open->why ? judged(a, o) : NULL;

	open->all++;
	open->near += !o->waits;
	open->here += o->state == SEND_HELD || o->state == SEND_READY;
	if (!d || !d->leading)
		return;
	open->why = d->leading->rule;
	open->until = o->due_at;
}

static int settle(struct campaign_desk *k, struct campaign *x, struct outcome *o,
    struct campaign_open *open, struct err *err)
{
	const struct decision *d;
	size_t i = 0;

	while (i < ARRAY_LEN(fates) && fates[i].state != o->state)
		i++;
	if (i == ARRAY_LEN(fates)) {
		count_open(k->arena, open, o);
		return 0;
	}
	d = judged(k->arena, o);
	if (comes_again(k->core->pack, o, d)) {
		o->m.due_at = k->now + REPEAT_MS;
		return wait_again(k, x, o, err);
	}
	o->m.fate = fates[i].fate;
	o->m.rule = d && d->leading ? str_c(d->leading->rule->id) : STR_NONE;
	if (!fates[i].uses_place)
		give_place_back(x, &o->m);
	return campaign_member_set(k->conn, k->core->sums, x->id, &o->m, err);
}

int campaign_reconcile(
    struct campaign_desk *k, struct campaign *x, struct campaign_open *ret, struct err *err)
{
	struct campaign_open open = { .until = TIME_NONE };
	struct outcome *list;
	size_t n = 0;
	int r = read_outcomes(k, x, &list, &n, err);

	for (size_t i = 0; r == 0 && i < n; i++)
		r = settle(k, x, &list[i], &open, err);
	if (r == 0)
		*ret = open;
	return r;
}

/* --- calling back ----------------------------------------------------------------------------- */

static int call_back_one(
    struct campaign_desk *k, struct campaign *x, struct outcome *o, struct err *err)
{
	int r = held_call_back(k->core, k->conn, o->m.decision, k->now, k->arena, err);

	if (r <= 0)
		return r;
	r = wait_again(k, x, o, err);
	return r < 0 ? r : 1;
}

int campaign_call_back(struct campaign_desk *k, struct campaign *x, struct err *err)
{
	struct outcome *list;
	bool some;
	size_t n = 0;
	int r = 0;

	k->stopped = true;
	do {
		some = false;
		r = read_outcomes(k, x, &list, &n, err);
		for (size_t i = 0; r >= 0 && i < n; i++) {
			r = call_back_one(k, x, &list[i], err);
			some |= r > 0;
		}
	} while (r >= 0 && n == CAMPAIGN_OPEN_MAX && some);
	return r < 0 ? r : 0;
}

/* The campaign's other people come with them, and are on record again at the next look. */
static int call_back_from(struct campaign_desk *k, uint64_t id, struct str source, struct err *err)
{
	struct campaign x = { 0 };
	int64_t unused;
	int r = store_ask_int(k->conn, &unused, err,
	    "SELECT 1 FROM campaign_member WHERE campaign = ?1 AND fate = 2 AND source = ?2 LIMIT 1",
	    "it", (int64_t)id, source);

	if (r > 0)
		r = campaign_get(k->conn, id, k->arena, &x, err);
	if (r <= 0)
		return r;
	r = campaign_call_back(k, &x, err);
	return r < 0 ? r : campaign_update(k->conn, &x, k->now, err);
}

int campaign_call_back_list(struct campaign_desk *k, struct str source, struct err *err)
{
	uint64_t *ids = NULL;
	size_t n = 0;
	int r = campaign_active(k->conn, k->arena, &ids, &n, err);

	for (size_t i = 0; r >= 0 && i < n; i++)
		r = call_back_from(k, ids[i], source, err);
	return r < 0 ? r : 0;
}

/* What events teach of who is who: new keys, two that are one, and numbers that change hands.
 *
 * BSUIDs lead to one human for certain: persons behind them are merged at once. A telephone number is only a sign: it
 * brings its person along unless that one has another BSUID of the same portfolio. */
#include "domain/person_private.h"

#include <stdio.h>

#include "base/check.h"
#include "domain/consent.h"
#include "store/query.h"

#define STRICT_FLAGS (PERSON_SUPPRESSED | PERSON_META_STOP)
#define SOURCE_MAX 40

/* One lesson: what it works on. */
struct lesson {
	struct store_conn *c;
	struct ledger *ledger;
	struct str portfolio; /* p NULL = unknown */
	struct id_gen *ids;
	time_ms now;
	struct arena *a;
	struct err *err;
	bool merged;
};

/* --- history ---------------------------------------------------------------------------------- */

static int note(struct lesson *l, uint64_t person, const char *what, struct str detail)
{
	int64_t seq = 0;
	int r = store_ask_int(l->c, &seq, l->err,
	    "SELECT coalesce(max(seq), 0) + 1 FROM person_history WHERE person = ?1 AND at = ?2",
	    "im", (int64_t)person, l->now);

	if (r < 0)
		return r;
	if (!detail.p)
		return err_set(
		    l->err, E_NOMEM, "Memory ran out while noting what became of a person.");
	return store_do(l->c, l->err,
	    "INSERT INTO person_history (person, at, seq, what, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
	    "imitt", (int64_t)person, l->now, seq, str_c(what), detail);
}

static int note_phone(struct lesson *l, uint64_t person, struct phone from, struct phone to)
{
	char old[PHONE_TEXT_MAX], new[PHONE_TEXT_MAX];

	phone_format(from, old);
	phone_format(to, new);
	return note(
	    l, person, "phone", arena_printf(l->a, "{\"from\":\"%s\",\"to\":\"%s\"}", old, new));
}

/* --- withdrawals stay ------------------------------------------------------------------------- */

/* The newest act that speaks for a purpose; for authentication only its own do (readings 4). */
static const struct facts_consent *newest_for(
    const struct facts_consent *acts, size_t len, enum purpose purpose)
{
	const struct facts_consent *newest = NULL;

	if (purpose != PURPOSE_AUTHENTICATION)
		return facts_consent_newest(acts, len, purpose, INT64_MAX);
	for (size_t i = 0; i < len; i++) {
		if (acts[i].purpose != purpose)
			continue;
		if (facts_consent_is_newer(&acts[i], newest))
			newest = &acts[i];
	}
	return newest;
}

static const enum purpose upheld[] = { PURPOSE_MARKETING, PURPOSE_UTILITY, PURPOSE_AUTHENTICATION };

/* The purposes that this person does not want, as PURPOSE_BITs. */
static int withdrawn(struct lesson *l, uint64_t person, unsigned *ret)
{
	const struct facts_consent *acts;
	size_t len;
	int r = consent_list(l->c, person, l->a, &acts, &len, l->err);

	if (r < 0)
		return r;
	*ret = 0;
	for (size_t i = 0; i < ARRAY_LEN(upheld); i++) {
		const struct facts_consent *newest = newest_for(acts, len, upheld[i]);
		if (newest && newest->act == CONSENT_WITHDRAW)
			*ret |= PURPOSE_BIT(upheld[i]);
	}
	return 0;
}

static int uphold_one(struct lesson *l, uint64_t person, enum purpose purpose,
    const struct facts_consent *newest, struct str source)
{
	bool fresh;
	struct consent_entry e = {
		.person = person,
		.purpose = purpose,
		.act = CONSENT_WITHDRAW,
		.at = newest && newest->at > l->now ? newest->at : l->now,
		.source = source,
	};

	if (newest && newest->act == CONSENT_WITHDRAW)
		return 0;
	return consent_append(l->c, l->ledger, &e, l->now, &fresh, l->err);
}

/* These purposes are withdrawn for this person, whatever else is on record. */
static int uphold(struct lesson *l, uint64_t person, unsigned purposes, struct str source)
{
	const struct facts_consent *acts;
	size_t len;
	int r = purposes ? consent_list(l->c, person, l->a, &acts, &len, l->err) : 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(upheld); i++) {
		if (purposes & PURPOSE_BIT(upheld[i]))
			r = uphold_one(
			    l, person, upheld[i], newest_for(acts, len, upheld[i]), source);
	}
	return r;
}

static struct str source_of(const char *what, uint64_t other, char out[SOURCE_MAX])
{
	char id[ID_TEXT_MAX];

	id_format("per", other, id);
	(void)snprintf(out, SOURCE_MAX, "%s:%s", what, id);
	return str_c(out);
}

/* --- merging ---------------------------------------------------------------------------------- */

/* ?1 stays, ?2 goes. Where both have a row, the later time and the larger count win. */
static const char *const moves[] = {
	"INSERT INTO contact (person, number, last_inbound_at, last_call_at)"
	" SELECT ?1, number, last_inbound_at, last_call_at"
	" FROM contact WHERE person = ?2 ON CONFLICT (person, number) DO UPDATE SET"
	" last_inbound_at = CASE WHEN contact.last_inbound_at IS NULL"
	" OR excluded.last_inbound_at > contact.last_inbound_at"
	" THEN excluded.last_inbound_at ELSE contact.last_inbound_at END,"
	" last_call_at = CASE WHEN contact.last_call_at IS NULL"
	" OR excluded.last_call_at > contact.last_call_at"
	" THEN excluded.last_call_at ELSE contact.last_call_at END",
	"INSERT INTO marketing_sent (person, at, decision) SELECT ?1, at, decision FROM marketing_sent"
	" WHERE person = ?2 ON CONFLICT (person, at, decision) DO NOTHING",
	"INSERT INTO delivered (person, purpose, at) SELECT ?1, purpose, at FROM delivered"
	" WHERE person = ?2 ON CONFLICT (person, purpose) DO UPDATE SET at = excluded.at"
	" WHERE delivered.at < excluded.at",
	"INSERT INTO person_mark (person, kind, scope, at, until_at) SELECT ?1, kind, scope, at, until_at"
	" FROM person_mark WHERE person = ?2 ON CONFLICT (person, kind, scope, at) DO UPDATE SET"
	" until_at = excluded.until_at WHERE person_mark.until_at < excluded.until_at",
	"INSERT INTO reach (scope, person, reserved_at, delivered_at, open_count, engaged)"
	" SELECT scope, ?1, reserved_at, delivered_at, open_count, engaged FROM reach WHERE person = ?2"
	" ON CONFLICT (scope, person) DO UPDATE SET"
	" reserved_at = CASE WHEN reach.reserved_at IS NULL OR excluded.reserved_at > reach.reserved_at"
	" THEN excluded.reserved_at ELSE reach.reserved_at END,"
	" delivered_at = CASE WHEN reach.delivered_at IS NULL"
	" OR excluded.delivered_at > reach.delivered_at"
	" THEN excluded.delivered_at ELSE reach.delivered_at END,"
	" open_count = reach.open_count + excluded.open_count,"
	" engaged = CASE WHEN reach.engaged > excluded.engaged THEN reach.engaged"
	" ELSE excluded.engaged END",
	"UPDATE person_bsuid SET person = ?1 WHERE person = ?2",
	"UPDATE person_merged SET person = ?1 WHERE person = ?2",
};

/* ?2 goes. */
static const char *const leftovers[] = {
	"DELETE FROM contact WHERE person = ?1",
	"DELETE FROM marketing_sent WHERE person = ?1",
	"DELETE FROM delivered WHERE person = ?1",
	"DELETE FROM person_mark WHERE person = ?1",
	"DELETE FROM reach WHERE person = ?1",
	"DELETE FROM person WHERE id = ?1",
};

/* Acts keep their order behind those of the one who stays. */
static int move_consents(struct lesson *l, uint64_t keep, uint64_t gone)
{
	int64_t last = 0;
	int r = store_ask_int(l->c, &last, l->err, "SELECT max(seq) FROM consent WHERE person = ?1",
	    "i", (int64_t)keep);

	if (r < 0)
		return r;
	return store_do(l->c, l->err,
	    "UPDATE consent SET person = ?1, seq = seq + ?3 WHERE person = ?2", "iii",
	    (int64_t)keep, (int64_t)gone, last);
}

static int move_rows(struct lesson *l, uint64_t keep, uint64_t gone)
{
	int r = move_consents(l, keep, gone);

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(moves); i++)
		r = store_do(l->c, l->err, moves[i], "ii", (int64_t)keep, (int64_t)gone);
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(leftovers); i++)
		r = store_do(l->c, l->err, leftovers[i], "i", (int64_t)gone);
	if (r < 0)
		return r;
	return store_do(l->c, l->err,
	    "INSERT INTO person_merged (gone, person, at) VALUES (?1, ?2, ?3)", "iim",
	    (int64_t)gone, (int64_t)keep, l->now);
}

/* The row of the one who stays, after the other's is gone and its number is free. */
static int write_person(struct lesson *l, const struct person *p)
{
	struct store_stmt *s;
	int r = store_ask(l->c, &s, l->err,
	    "UPDATE person SET phone = ?2, flags = ?3, timezone = ?4 WHERE id = ?1", "iiit",
	    (int64_t)p->id, (int64_t)p->phone.number, (int64_t)p->flags, p->timezone);

	if (r < 0)
		return r;
	if (!p->phone.number)
		store_bind_null(s, 2);
	return store_run(s, l->err);
}

static int note_merge(struct lesson *l, const struct person *keep, const struct person *gone)
{
	char id[ID_TEXT_MAX], phone[PHONE_TEXT_MAX];

	id_format("per", gone->id, id);
	phone_format(gone->phone, phone);
	return note(l, keep->id, "merged",
	    arena_printf(l->a, "{\"gone\":\"%s\",\"phone\":\"%s\"}", id, phone));
}

/* *x and `y` are one: *x is the older of the two then. */
static int merge(struct lesson *l, struct person *x, struct person y)
{
	char text[SOURCE_MAX];
	unsigned left, right;
	struct person keep = x->id < y.id ? *x : y, gone = x->id < y.id ? y : *x;
	int r = withdrawn(l, keep.id, &left);

	if (r == 0)
		r = withdrawn(l, gone.id, &right);
	if (r == 0)
		r = move_rows(l, keep.id, gone.id);
	if (r == 0)
		r = uphold(l, keep.id, left | right, source_of("merge", gone.id, text));
	if (r == 0)
		r = note_merge(l, &keep, &gone);
	if (r < 0)
		return r;
	if (!keep.phone.number)
		keep.phone = gone.phone;
	if (!keep.timezone.p)
		keep.timezone = gone.timezone;
	keep.flags |= gone.flags;
	l->merged = true;
	*x = keep;
	return write_person(l, x);
}

/* `found`: what a look-up of `y` said. */
static int join(struct lesson *l, struct person *x, int found, struct person y)
{
	if (found <= 0)
		return found;
	if (x->id && x->id != y.id)
		return merge(l, x, y);
	*x = y;
	return 0;
}

/* --- numbers ---------------------------------------------------------------------------------- */

static int set_phone(struct lesson *l, struct person *p, struct phone phone)
{
	if (!phone.number || phone.number == p->phone.number)
		return 0;
	int r = note_phone(l, p->id, p->phone, phone);
	p->phone = phone;
	return r < 0 ? r : write_person(l, p);
}

/* The number of `from` is `to`'s now: what was not wanted there is not wanted here. */
static int change_hands(struct lesson *l, struct person from, struct person *to)
{
	char text[SOURCE_MAX];
	unsigned purposes;
	struct phone none = { 0 };
	int r = withdrawn(l, from.id, &purposes);

	if (r == 0)
		r = note_phone(l, from.id, from.phone, none);
	if (r == 0)
		r = uphold(l, to->id, purposes, source_of("number", from.id, text));
	if (r < 0)
		return r;
	to->flags |= from.flags & STRICT_FLAGS;
	from.phone = none;
	r = write_person(l, &from);
	return r < 0 ? r : write_person(l, to);
}

/* Has this person another BSUID of the portfolio: 1 yes, 0 no. */
static int has_other_bsuid(struct lesson *l, uint64_t person, struct str bsuid)
{
	int64_t one;

	if (!bsuid.len || !l->portfolio.p)
		return 0;
	return store_ask_int(l->c, &one, l->err,
	    "SELECT 1 FROM person_bsuid WHERE person = ?1 AND portfolio = ?2 AND bsuid <> ?3",
	    "itt", (int64_t)person, l->portfolio, bsuid);
}

/* --- lessons ---------------------------------------------------------------------------------- */

struct keys {
	struct phone phone;
	struct str bsuid, parent;
	bool bsuid_known, parent_known;
};

/* Whoever is behind the BSUIDs; x->id 0 when nobody is. */
static int gather_by_bsuid(struct lesson *l, struct keys *k, struct person *x)
{
	struct person y;
	int found = person_by_bsuid(l->c, k->bsuid, l->a, &y, l->err);
	int r = join(l, x, found, y);

	k->bsuid_known = found > 0;
	if (r < 0)
		return r;
	found = person_by_bsuid(l->c, k->parent, l->a, &y, l->err);
	k->parent_known = found > 0;
	return join(l, x, found, y);
}

static int gather_by_phone(struct lesson *l, const struct keys *k, struct person *x)
{
	struct person y;
	int found = person_by_phone(l->c, k->phone, l->a, &y, l->err);

	if (found <= 0 || x->id == y.id)
		return found < 0 ? found : 0;
	int other = has_other_bsuid(l, y.id, k->bsuid);
	if (other <= 0)
		return other < 0 ? other : join(l, x, 1, y);
	int r = x->id ? 0 : person_create(l->c, (struct phone){ 0 }, l->ids, l->now, x, l->err);
	return r < 0 ? r : change_hands(l, y, x);
}

static int gather(struct lesson *l, struct keys *k, struct person *x)
{
	int r = gather_by_bsuid(l, k, x);

	return r < 0 ? r : gather_by_phone(l, k, x);
}

static int note_bsuid(struct lesson *l, uint64_t person, struct str bsuid)
{
	return note(l, person, "bsuid", arena_printf(l->a, "{\"bsuid\":\"%.*s\"}", STR_ARG(bsuid)));
}

/* A BSUID that came without its portfolio may get it later. */
static int keep_bsuid(struct lesson *l, uint64_t person, struct str bsuid, bool known)
{
	if (!bsuid.len || (known && !l->portfolio.p))
		return 0;
	if (known)
		return store_do(l->c, l->err,
		    "UPDATE person_bsuid SET portfolio = ?2 WHERE bsuid = ?1 AND portfolio IS NULL",
		    "tt", bsuid, l->portfolio);
	int r = person_add_bsuid(l->c, person, bsuid, l->portfolio, l->now, l->err);
	return r < 0 ? r : note_bsuid(l, person, bsuid);
}

/* A parent BSUID belongs to no portfolio. */
static int keep_parent(struct lesson *l, uint64_t person, const struct keys *k)
{
	if (!k->parent.len || k->parent_known)
		return 0;
	int r = person_add_bsuid(l->c, person, k->parent, STR_NONE, l->now, l->err);
	return r < 0 ? r : note_bsuid(l, person, k->parent);
}

static int learn(struct lesson *l, struct keys *k, struct person *x)
{
	int r = gather(l, k, x);

	if (r == 0 && !x->id)
		r = person_create(l->c, k->phone, l->ids, l->now, x, l->err);
	if (r == 0)
		r = set_phone(l, x, k->phone);
	if (r == 0)
		r = keep_bsuid(l, x->id, k->bsuid, k->bsuid_known);
	return r < 0 ? r : keep_parent(l, x->id, k);
}

static int needs_key(struct phone phone, struct str bsuid, struct err *err)
{
	if (phone.number || bsuid.len)
		return 0;
	return err_field(err, E_INVALID, "phone", "A person needs a telephone number or a BSUID.");
}

static void answer(const struct lesson *l, const struct person *x, struct person *ret)
{
	*ret = *x;
	ret->merged = l->merged;
}

int person_learn(struct store_conn *c, struct ledger *ledger, struct phone phone, struct str bsuid,
    struct str parent, struct str portfolio, struct id_gen *ids, time_ms now, struct arena *a,
    struct person *ret, struct err *err)
{
	struct lesson l = { c, ledger, portfolio, ids, now, a, err, false };
	struct keys k = { .phone = phone, .bsuid = bsuid, .parent = parent };
	struct person x = { 0 };
	int r = needs_key(phone, bsuid, err);

	if (r == 0)
		r = learn(&l, &k, &x);
	if (r == 0)
		answer(&l, &x, ret);
	return r;
}

/* Whoever has the new number and is not this person by BSUID either has lost it. */
static int take_phone(struct lesson *l, struct phone phone, struct person *x)
{
	struct person y;
	int found = person_by_phone(l->c, phone, l->a, &y, l->err);

	if (found > 0 && y.id != x->id)
		found = change_hands(l, y, x);
	return found < 0 ? found : set_phone(l, x, phone);
}

static int rekey(struct lesson *l, struct person *x, struct phone phone, struct str bsuid)
{
	struct person y;
	int found = person_by_bsuid(l->c, bsuid, l->a, &y, l->err);
	int r = join(l, x, found, y);

	if (r == 0)
		r = take_phone(l, phone, x);
	return r < 0 ? r : keep_bsuid(l, x->id, bsuid, found > 0);
}

int person_rekey(struct store_conn *c, struct ledger *ledger, struct phone old_phone,
    struct str old_bsuid, struct phone new_phone, struct str new_bsuid, struct str portfolio,
    struct id_gen *ids, time_ms now, struct arena *a, struct person *ret, struct err *err)
{
	struct lesson l = { c, ledger, portfolio, ids, now, a, err, false };
	struct keys old = { .phone = old_phone, .bsuid = old_bsuid };
	struct keys new = { .phone = new_phone, .bsuid = new_bsuid };
	struct person x = { 0 };
	int r = needs_key(new_phone, new_bsuid, err);

	if (r == 0)
		r = gather(&l, &old, &x);
	if (r == 0)
		r = x.id ? rekey(&l, &x, new_phone, new_bsuid) : learn(&l, &new, &x);
	if (r == 0)
		answer(&l, &x, ret);
	return r;
}

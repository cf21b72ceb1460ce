/* What events teach of who is who: new keys, two that are one, and numbers that change hands.
 *
 * BSUIDs lead to one human for certain: persons behind them are merged at once. A telephone number is only a sign: it
 * brings its person along unless that one has another BSUID of the same portfolio. */
#include "domain/person_private.h"

#include <stdio.h>

#include "base/check.h"
#include "domain/campaign_tally.h"
#include "domain/consent.h"
#include "domain/consent_near.h"
#include "domain/consent_undo.h"
#include "domain/contact.h"
#include "domain/suppression.h"
#include "store/query.h"

#define STRICT_FLAGS (PERSON_SUPPRESSED | PERSON_META_STOP | PERSON_STOP_DOUBT)
#define SOURCE_MAX 40

/* One lesson under way. */
struct study {
	struct store_conn *c;
	const struct person_lesson *l;
	struct arena *a;
	struct err *err;
	bool merged;
};

/* --- history ---------------------------------------------------------------------------------- */

static time_ms told_at(const struct study *t)
{
	return t->l->at > 0 ? t->l->at : t->l->now;
}

static int note(struct study *t, uint64_t person, time_ms at, const char *what, struct str detail)
{
	if (!detail.p)
		return err_set(
		    t->err, E_NOMEM, "Memory ran out while noting what became of a person.");
	return store_do(t->c, t->err,
	    "INSERT INTO person_history (person, at, seq, what, detail)"
	    " SELECT ?1, ?2, coalesce(max(seq), 0) + 1, ?3, ?4 FROM person_history"
	    " WHERE person = ?1 AND at = ?2",
	    "imtt", (int64_t)person, at, str_c(what), detail);
}

static int note_phone(struct study *t, uint64_t person, struct phone from, struct phone to)
{
	char old[PHONE_TEXT_MAX], new[PHONE_TEXT_MAX];

	phone_format(from, old);
	phone_format(to, new);
	return note(t, person, told_at(t), "phone",
	    arena_printf(t->a, "{\"from\":\"%s\",\"to\":\"%s\"}", old, new));
}

/* --- withdrawals stay ------------------------------------------------------------------------- */

/* The newest act that speaks for a purpose. */
static const struct facts_consent *newest_for(
    const struct facts_consent *acts, size_t len, enum purpose purpose)
{
	const struct facts_consent *newest = NULL;

	for (size_t i = 0; i < len; i++) {
		bool speaks = facts_consent_speaks(acts[i].purpose, acts[i].act, purpose);
		if (speaks && facts_consent_is_newer(&acts[i], newest))
			newest = &acts[i];
	}
	return newest;
}

static const enum purpose upheld[] = { PURPOSE_MARKETING, PURPOSE_UTILITY, PURPOSE_AUTHENTICATION };

/* The purposes that somebody does not want, as PURPOSE_BITs. */
struct unwanted {
	unsigned now;
	unsigned for_good; /* of those: whatever list is undone */
};

static unsigned withdrawn_by(const struct facts_consent *acts, size_t len)
{
	unsigned purposes = 0;

	for (size_t i = 0; i < ARRAY_LEN(upheld); i++) {
		const struct facts_consent *newest = newest_for(acts, len, upheld[i]);
		if (newest && newest->act == CONSENT_WITHDRAW)
			purposes |= PURPOSE_BIT(upheld[i]);
	}
	return purposes;
}

static int withdrawn(struct study *t, uint64_t person, struct unwanted *ret)
{
	const struct facts_consent *acts;
	size_t len;
	int r = consent_list(t->c, person, t->a, &acts, &len, t->err);

	if (r < 0)
		return r;
	ret->now = withdrawn_by(acts, len);
	r = consent_lasting(t->c, person, t->a, &acts, &len, t->err);
	if (r < 0)
		return r;
	ret->for_good = withdrawn_by(acts, len);
	return 0;
}

static int uphold_one(struct study *t, uint64_t person, enum purpose purpose,
    const struct facts_consent *newest, struct str source)
{
	bool fresh;
	struct consent_entry e = {
		.person = person,
		.purpose = purpose,
		.act = CONSENT_WITHDRAW,
		.at = newest && newest->at > t->l->now ? newest->at : t->l->now,
		.source = source,
		.upholds = true,
	};

	if (newest && newest->act == CONSENT_WITHDRAW)
		return 0;
	return consent_append(t->c, t->l->ledger, &e, t->l->now, &fresh, t->err);
}

static int uphold_those(struct study *t, uint64_t person, unsigned purposes,
    const struct facts_consent *acts, size_t len, struct str source)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(upheld); i++) {
		if (purposes & PURPOSE_BIT(upheld[i]))
			r = uphold_one(
			    t, person, upheld[i], newest_for(acts, len, upheld[i]), source);
	}
	return r;
}

/* These purposes are withdrawn for this person, whatever else is on record; those for good by an act that no undoing takes
 * back. */
static int uphold(struct study *t, uint64_t person, struct unwanted x, struct str source)
{
	const struct facts_consent *acts;
	size_t len;
	int r = x.for_good ? consent_lasting(t->c, person, t->a, &acts, &len, t->err) : 0;

	if (r == 0 && x.for_good)
		r = uphold_those(t, person, x.for_good, acts, len, source);
	if (r < 0 || !x.now)
		return r;
	r = consent_list(t->c, person, t->a, &acts, &len, t->err);
	return r < 0 ? r : uphold_those(t, person, x.now, acts, len, source);
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
	"INSERT INTO contact (person, number, last_inbound_at, last_call_at, waits_since)"
	" SELECT ?1, number, last_inbound_at, last_call_at, waits_since"
	" FROM contact WHERE person = ?2 ON CONFLICT (person, number) DO UPDATE SET"
	" last_inbound_at = CASE WHEN contact.last_inbound_at IS NULL"
	" OR excluded.last_inbound_at > contact.last_inbound_at"
	" THEN excluded.last_inbound_at ELSE contact.last_inbound_at END,"
	" last_call_at = CASE WHEN contact.last_call_at IS NULL"
	" OR excluded.last_call_at > contact.last_call_at"
	" THEN excluded.last_call_at ELSE contact.last_call_at END,"
	" waits_since = CASE WHEN contact.waits_since IS NULL"
	" OR excluded.waits_since < contact.waits_since"
	" THEN excluded.waits_since ELSE contact.waits_since END",
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
	"INSERT INTO autoreply_sent (person, number, at, name) SELECT ?1, number, at, name"
	" FROM autoreply_sent WHERE person = ?2 ON CONFLICT (person, number, at, name) DO NOTHING",
	"UPDATE person_bsuid SET person = ?1 WHERE person = ?2",
	"UPDATE consent_request SET person = ?1 WHERE person = ?2",
	"UPDATE campaign_member SET person = ?1 WHERE person = ?2",
	"UPDATE stop_by_code SET person = ?1 WHERE person = ?2",
	"UPDATE person_merged SET person = ?1 WHERE person = ?2",
};

/* ?2 goes. */
static const char *const leftovers[] = {
	"DELETE FROM contact WHERE person = ?1",
	"DELETE FROM marketing_sent WHERE person = ?1",
	"DELETE FROM delivered WHERE person = ?1",
	"DELETE FROM person_mark WHERE person = ?1",
	"DELETE FROM reach WHERE person = ?1",
	"DELETE FROM autoreply_sent WHERE person = ?1",
	"DELETE FROM autoreply_heard WHERE person = ?1",
	"DELETE FROM person WHERE id = ?1",
};

/* Acts keep their order behind those of the one who stays. */
static int move_consents(struct study *t, uint64_t keep, uint64_t gone)
{
	int64_t last = 0;
	int r = store_ask_int(t->c, &last, t->err, "SELECT max(seq) FROM consent WHERE person = ?1",
	    "i", (int64_t)keep);

	if (r < 0)
		return r;
	r = store_do(t->c, t->err,
	    "UPDATE consent SET person = ?1, seq = seq + ?3 WHERE person = ?2", "iii",
	    (int64_t)keep, (int64_t)gone, last);
	return r < 0 ? r : consent_near_renew(t->c, keep, t->err);
}

static int move_rows(struct study *t, uint64_t keep, uint64_t gone)
{
	int r = campaign_tally_merging(t->c, keep, gone, t->err);

	if (r == 0)
		r = move_consents(t, keep, gone);
	if (r == 0)
		r = contact_note(t->c, keep, t->err);
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(moves); i++)
		r = store_do(t->c, t->err, moves[i], "ii", (int64_t)keep, (int64_t)gone);
	if (r == 0)
		r = campaign_tally_merged(t->c, keep, t->err);
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(leftovers); i++)
		r = store_do(t->c, t->err, leftovers[i], "i", (int64_t)gone);
	if (r < 0)
		return r;
	return store_do(t->c, t->err,
	    "INSERT INTO person_merged (gone, person, at) VALUES (?1, ?2, ?3)", "iim",
	    (int64_t)gone, (int64_t)keep, t->l->now);
}

/* The row of the one who stays, after the other's is gone and its number is free. */
static int write_person(struct study *t, const struct person *p)
{
	struct store_stmt *s;
	int r = store_ask(t->c, &s, t->err,
	    "UPDATE person SET phone = ?2, flags = ?3, timezone = ?4, place = ?5 WHERE id = ?1",
	    "iiiti", (int64_t)p->id, (int64_t)p->phone.number, (int64_t)p->flags, p->timezone,
	    person_place(p));

	if (r < 0)
		return r;
	if (!p->phone.number)
		store_bind_null(s, 2);
	return store_run(s, t->err);
}

static int note_merge(struct study *t, const struct person *keep, const struct person *gone)
{
	char id[ID_TEXT_MAX], phone[PHONE_TEXT_MAX];

	id_format("per", gone->id, id);
	phone_format(gone->phone, phone);
	return note(t, keep->id, t->l->now, "merged",
	    arena_printf(t->a, "{\"gone\":\"%s\",\"phone\":\"%s\"}", id, phone));
}

/* *x and `y` are one: *x is the older of the two then. */
static int merge(struct study *t, struct person *x, struct person y)
{
	char text[SOURCE_MAX];
	struct unwanted left, right;
	struct person keep = x->id < y.id ? *x : y, gone = x->id < y.id ? y : *x;
	int r = withdrawn(t, keep.id, &left);

	if (r == 0)
		r = withdrawn(t, gone.id, &right);
	if (r == 0)
		r = move_rows(t, keep.id, gone.id);
	if (r == 0)
		r = uphold(t, keep.id,
		    (struct unwanted){ left.now | right.now, left.for_good | right.for_good },
		    source_of("merge", gone.id, text));
	if (r == 0)
		r = note_merge(t, &keep, &gone);
	if (r < 0)
		return r;
	if (!keep.phone.number)
		keep.phone = gone.phone;
	if (!keep.timezone.p)
		keep.timezone = gone.timezone;
	keep.flags |= gone.flags;
	t->merged = true;
	*x = keep;
	return write_person(t, x);
}

/* `found`: what a look-up of `y` said. */
static int join(struct study *t, struct person *x, int found, struct person y)
{
	if (found <= 0)
		return found;
	if (x->id && x->id != y.id)
		return merge(t, x, y);
	*x = y;
	return 0;
}

/* --- numbers ---------------------------------------------------------------------------------- */

static int set_phone(struct study *t, struct person *p, struct phone phone)
{
	if (!phone.number || phone.number == p->phone.number)
		return 0;
	int r = note_phone(t, p->id, p->phone, phone);
	if (r == 0)
		r = suppression_has(t->c, phone, STR_NONE, t->err);
	if (r > 0)
		p->flags |= PERSON_SUPPRESSED;
	p->phone = phone;
	return r < 0 ? r : write_person(t, p);
}

/* Facts come late and out of order: 1 when something newer than this lesson told that the person's number is not (or no
 * longer) this one. */
static int is_outdated(struct study *t, const struct person *p, struct phone phone)
{
	int64_t newest;

	if (!p->id || !phone.number || phone.number == p->phone.number)
		return 0;
	int r = store_ask_int(t->c, &newest, t->err,
	    "SELECT max(at) FROM person_history WHERE person = ?1 AND what = 'phone'", "i",
	    (int64_t)p->id);
	return r > 0 ? told_at(t) < newest : r;
}

/* What `from` wrote that may be an opt-out is in doubt for `to` as well, and must be seen by whoever settles such doubts: of
 * several, what is about marketing, for that is what the mark means. The words stay with who wrote them. */
static int copy_doubt(struct study *t, const struct person *from, const struct person *to)
{
	if (!(from->flags & PERSON_STOP_DOUBT) || (to->flags & PERSON_STOP_DOUBT))
		return 0;
	return store_do(t->c, t->err,
	    "INSERT INTO stop_by_code (id, at, code, person, state, marked, purposes, number, source)"
	    " SELECT ?1, at, 0, ?2, 2, 0, purposes, number, source FROM stop_by_code"
	    " WHERE person = ?3 AND state = 2 AND code = 0 ORDER BY (purposes & ?4) DESC, id LIMIT 1",
	    "iiii", (int64_t)id_next(t->l->ids, t->l->now), (int64_t)to->id, (int64_t)from->id,
	    (int64_t)PURPOSE_BIT(PURPOSE_MARKETING));
}

/* The number of `from` is `to`'s now: what was not wanted there is not wanted here. */
static int change_hands(struct study *t, struct person from, struct person *to)
{
	char text[SOURCE_MAX];
	struct unwanted x;
	struct phone none = { 0 };
	int r = withdrawn(t, from.id, &x);

	if (r == 0)
		r = note_phone(t, from.id, from.phone, none);
	if (r == 0)
		r = uphold(t, to->id, (struct unwanted){ .for_good = x.now },
		    source_of("number", from.id, text));
	if (r == 0)
		r = copy_doubt(t, &from, to);
	if (r < 0)
		return r;
	to->flags |= from.flags & STRICT_FLAGS;
	from.phone = none;
	r = write_person(t, &from);
	return r < 0 ? r : write_person(t, to);
}

/* Has this person another BSUID of the portfolio: 1 yes, 0 no. */
static int has_other_bsuid(struct study *t, uint64_t person, struct str bsuid)
{
	int64_t one;

	if (!bsuid.len || !t->l->portfolio.p)
		return 0;
	return store_ask_int(t->c, &one, t->err,
	    "SELECT 1 FROM person_bsuid WHERE person = ?1 AND portfolio = ?2 AND bsuid <> ?3",
	    "itt", (int64_t)person, t->l->portfolio, bsuid);
}

/* --- lessons ---------------------------------------------------------------------------------- */

/* Which of the keys were known, and whether the BSUID's portfolio was. */
struct known {
	bool bsuid, parent, placed;
};

/* Whoever is behind the BSUIDs; x->id 0 when nobody is. */
static int gather_by_bsuid(
    struct study *t, const struct person_keys *k, struct person *x, struct known *ret)
{
	struct person y;
	int found = person_by_bsuid(t->c, k->bsuid, k->phone, t->a, &y, &ret->placed, t->err);
	int r = join(t, x, found, y);

	ret->bsuid = found > 0;
	if (r < 0)
		return r;
	found = person_by_bsuid(t->c, k->parent, k->phone, t->a, &y, NULL, t->err);
	ret->parent = found > 0;
	return join(t, x, found, y);
}

static int gather_by_phone(struct study *t, const struct person_keys *k, struct person *x)
{
	struct person y;
	int found = person_by_phone(t->c, k->phone, t->a, &y, t->err);

	if (found <= 0 || x->id == y.id)
		return found < 0 ? found : 0;
	int other = has_other_bsuid(t, y.id, k->bsuid);
	if (other <= 0)
		return other < 0 ? other : join(t, x, 1, y);
	int r = x->id ? 0
		      : person_create(t->c, (struct phone){ 0 }, t->l->ids, t->l->now, x, t->err);
	return r < 0 ? r : change_hands(t, y, x);
}

static int gather(struct study *t, const struct person_keys *k, struct person *x, struct known *ret)
{
	int r = gather_by_bsuid(t, k, x, ret);

	return r < 0 ? r : gather_by_phone(t, k, x);
}

static int note_bsuid(struct study *t, uint64_t person, struct str bsuid)
{
	return note(t, person, t->l->now, "bsuid",
	    arena_printf(t->a, "{\"bsuid\":\"%.*s\"}", STR_ARG(bsuid)));
}

/* A BSUID that came without its portfolio may get it later. */
static int keep_bsuid(struct study *t, uint64_t person, struct str bsuid, const struct known *known)
{
	if (!bsuid.len || (known->bsuid && (known->placed || !t->l->portfolio.p)))
		return 0;
	if (known->bsuid)
		return store_do(t->c, t->err,
		    "UPDATE person_bsuid SET portfolio = ?2 WHERE bsuid = ?1 AND portfolio IS NULL",
		    "tt", bsuid, t->l->portfolio);
	int r = person_add_bsuid(t->c, person, bsuid, t->l->portfolio, t->l->now, t->err);
	return r < 0 ? r : note_bsuid(t, person, bsuid);
}

/* A parent BSUID belongs to no portfolio. */
static int keep_parent(struct study *t, uint64_t person, struct str parent, bool known)
{
	if (!parent.len || known)
		return 0;
	int r = person_add_bsuid(t->c, person, parent, STR_NONE, t->l->now, t->err);
	return r < 0 ? r : note_bsuid(t, person, parent);
}

/* Most facts teach nothing: whom the BSUIDs lead to has this number already. */
static bool nothing_new(const struct study *t, const struct person_keys *k, const struct person *x,
    const struct known *known)
{
	return known->bsuid && (known->placed || !t->l->portfolio.p) &&
	    (known->parent || !k->parent.len) &&
	    (!k->phone.number || k->phone.number == x->phone.number);
}

static int learn_phone(struct study *t, const struct person_keys *k, struct person *x)
{
	int r = is_outdated(t, x, k->phone);

	if (r != 0)
		return r < 0 ? r : 0;
	r = gather_by_phone(t, k, x);
	if (r == 0 && !x->id)
		r = person_create(t->c, k->phone, t->l->ids, t->l->now, x, t->err);
	return r < 0 ? r : set_phone(t, x, k->phone);
}

static int learn(struct study *t, const struct person_keys *k, struct person *x)
{
	struct known known = { 0 };
	int r = gather_by_bsuid(t, k, x, &known);

	if (r == 0 && nothing_new(t, k, x, &known))
		return 0;
	if (r == 0)
		r = learn_phone(t, k, x);
	if (r == 0)
		r = keep_bsuid(t, x->id, k->bsuid, &known);
	return r < 0 ? r : keep_parent(t, x->id, k->parent, known.parent);
}

static int needs_key(const struct person_keys *k, struct err *err)
{
	if (k->phone.number || k->bsuid.len)
		return 0;
	return err_field(err, E_INVALID, "phone", "A person needs a telephone number or a BSUID.");
}

static void answer(const struct study *t, const struct person *x, struct person *ret)
{
	*ret = *x;
	ret->merged = t->merged;
}

int person_learn(struct store_conn *c, const struct person_lesson *l,
    const struct person_keys *keys, struct arena *a, struct person *ret, struct err *err)
{
	struct study t = { .c = c, .l = l, .a = a, .err = err };
	struct person x = { 0 };
	int r = needs_key(keys, err);

	if (r == 0)
		r = learn(&t, keys, &x);
	if (r == 0)
		answer(&t, &x, ret);
	return r;
}

/* 1 when nobody has to give up anything for these keys to be one person's. */
static int is_free_to_join(struct study *t, const struct person_keys *k)
{
	struct person y;
	int found = person_by_bsuid(t->c, k->bsuid, k->phone, t->a, &y, NULL, t->err);

	if (found < 0 || (found > 0 && y.phone.number))
		return found < 0 ? found : 0;
	found = person_by_phone(t->c, k->phone, t->a, &y, t->err);
	if (found > 0)
		found = has_other_bsuid(t, y.id, k->bsuid);
	return found < 0 ? found : !found;
}

int person_link(struct store_conn *c, const struct person_lesson *l, const struct person_keys *keys,
    struct arena *a, struct person *ret, struct err *err)
{
	struct study t = { .c = c, .l = l, .a = a, .err = err };

	if (!keys->phone.number || !keys->bsuid.len)
		return 0;
	int r = is_free_to_join(&t, keys);
	if (r <= 0)
		return r;
	r = person_learn(c, l, keys, a, ret, err);
	return r < 0 ? r : 1;
}

/* Whoever has the new number and is not this person by BSUID either has lost it. */
static int take_phone(struct study *t, struct phone phone, struct person *x)
{
	struct person y;
	int found = is_outdated(t, x, phone);

	if (found != 0)
		return found < 0 ? found : 0;
	found = person_by_phone(t->c, phone, t->a, &y, t->err);
	if (found > 0 && y.id != x->id)
		found = change_hands(t, y, x);
	return found < 0 ? found : set_phone(t, x, phone);
}

static int rekey(struct study *t, struct person *x, const struct person_keys *k)
{
	struct known known = { 0 };
	int r = gather_by_bsuid(t, k, x, &known);

	if (r == 0)
		r = take_phone(t, k->phone, x);
	if (r == 0)
		r = keep_bsuid(t, x->id, k->bsuid, &known);
	return r < 0 ? r : keep_parent(t, x->id, k->parent, known.parent);
}

int person_rekey(struct store_conn *c, const struct person_lesson *l, const struct person_keys *old,
    const struct person_keys *new, struct arena *a, struct person *ret, struct err *err)
{
	struct study t = { .c = c, .l = l, .a = a, .err = err };
	struct known known = { 0 };
	struct person x = { 0 };
	int r = needs_key(new, err);

	if (r == 0)
		r = gather(&t, old, &x, &known);
	if (r == 0)
		r = x.id ? rekey(&t, &x, new) : learn(&t, new, &x);
	if (r == 0)
		answer(&t, &x, ret);
	return r;
}

#include "domain/recipient.h"

#include "domain/consent.h"
#include "domain/consent_near.h"
#include "store/query.h"

/* Most often one row, from the person's own alone: the acts stand in it too (consent_near.h), and a
 * person whose `contacts` is 0 never wrote or called, so there is no row of theirs to look for. With a
 * null to look for SQLite does not go into the other tables at all.
 *
 * Without the copy there is one row for each act of consent, or one without; the person and the contact stand in all of
 * them. The acts come in the order of their table: nothing is sorted. */
#define WHAT \
	"SELECT p.id, p.phone, p.flags, p.timezone, k.last_inbound_at, k.last_call_at," \
	" k.waits_since, p.acts," \
	" c.purpose, c.act, c.at, c.evidence, c.given_at FROM "
#define WITH \
	" LEFT JOIN contact k ON k.person = CASE WHEN p.contacts = 0 THEN NULL ELSE p.id END" \
	" AND k.number = ?2" \
	" LEFT JOIN consent c ON c.person = CASE WHEN p.acts IS NULL THEN p.id ELSE NULL END "

enum column {
	COL_ID,
	COL_PHONE,
	COL_FLAGS,
	COL_TIMEZONE,
	COL_INBOUND,
	COL_CALL,
	COL_WAITS,
	COL_COPY,
	COL_ACT, /* and the four behind it */
};

static int take_person(
    struct store_stmt *s, struct arena *a, struct recipient *ret, struct err *err)
{
	*ret = (struct recipient){
		.person = {
			.id = (uint64_t)store_col_int(s, COL_ID),
			.phone = { (uint64_t)store_col_int(s, COL_PHONE) },
			.flags = (unsigned)store_col_int(s, COL_FLAGS),
		},
		.contact = {
			.last_inbound_at = store_col_time(s, COL_INBOUND),
			.last_call_at = store_col_time(s, COL_CALL),
		},
		.waits = !store_col_null(s, COL_WAITS),
	};
	if (store_copy_text(s, COL_TIMEZONE, a, &ret->person.timezone) < 0)
		return err_set(err, E_NOMEM, "Memory ran out while looking a person up.");
	return 0;
}

static int take_rows(struct store_stmt *s, struct arena *a, struct recipient *ret, struct err *err)
{
	struct facts_consent *list = NULL;
	size_t n = 0;
	int r = store_step(s, err);

	if (r <= 0)
		return r;
	if (take_person(s, a, ret, err) < 0)
		return -E_NOMEM;
	if (!store_col_null(s, COL_COPY)) {
		r = consent_near_read(
		    store_col_blob(s, COL_COPY), a, &ret->consents, &ret->consents_len, err);
		return r < 0 ? r : 1;
	}
	while (r > 0 && !store_col_null(s, COL_ACT)) {
		if (consent_take_act(s, COL_ACT, a, &list, &n, err) < 0)
			return -E_NOMEM;
		r = store_step(s, err);
	}
	ret->consents = list;
	ret->consents_len = n;
	return r < 0 ? r : 1;
}

/* `r` and `s` as store_ask left them. */
static int recipient(
    int r, struct store_stmt *s, struct arena *a, struct recipient *ret, struct err *err)
{
	struct recipient found;

	if (r < 0)
		return r;
	r = take_rows(s, a, &found, err);
	store_reset(s);
	if (r > 0)
		*ret = found;
	return r;
}

static int by_phone(struct store_conn *c, struct phone phone, struct str number, struct arena *a,
    struct recipient *ret, struct err *err)
{
	struct store_stmt *s;

	if (!phone.number)
		return 0;
	int r = store_ask(c, &s, err, WHAT "person p" WITH "WHERE p.place = ?1 ORDER BY c.seq",
	    "it", (int64_t)phone.number, number);
	return recipient(r, s, a, ret, err);
}

static int by_bsuid(struct store_conn *c, struct str bsuid, struct str number, struct arena *a,
    struct recipient *ret, struct err *err)
{
	struct store_stmt *s;

	if (!bsuid.len)
		return 0;
	int r = store_ask(c, &s, err,
	    WHAT "person_bsuid b JOIN person p ON p.id = b.person" WITH
		 "WHERE b.bsuid = ?1 ORDER BY c.seq",
	    "tt", bsuid, number);
	return recipient(r, s, a, ret, err);
}

int recipient_find(struct store_conn *c, struct phone phone, struct str bsuid, struct str number,
    struct arena *a, struct recipient *ret, struct err *err)
{
	int r = by_phone(c, phone, number, a, ret, err);

	return r == 0 ? by_bsuid(c, bsuid, number, a, ret, err) : r;
}

int recipient_by_id(struct store_conn *c, uint64_t id, struct str number, struct arena *a,
    struct recipient *ret, struct err *err)
{
	struct store_stmt *s;
	uint64_t now;
	int r = person_resolve(c, id, &now, err);

	if (r < 0)
		return r;
	r = store_ask(c, &s, err, WHAT "person p" WITH "WHERE p.id = ?1 ORDER BY c.seq", "it",
	    (int64_t)now, number);
	return recipient(r, s, a, ret, err);
}

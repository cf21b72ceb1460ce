#include "domain/consent_near.h"

#include "store/query.h"

/* Of each act eight bytes, the highest first: 48 bits of `at`, 4 of the purpose, 4 of the act, 8 of
 * the evidence. */
#define ACT_BYTES 8
#define AT_SHIFT 16
#define AT_LAST (((int64_t)1 << 47) - 1)
#define PURPOSE_SHIFT 12
#define ACT_SHIFT 8

struct copy {
	char bytes[CONSENT_NEAR_MAX * ACT_BYTES];
	size_t len;
};

/* False when it does not fit: a grant that was brought back, which has two times, or a row that nothing
 * of ours wrote. */
static bool add(struct copy *copy, struct store_stmt *s)
{
	int64_t at = store_col_int(s, 2);

	if (copy->len == sizeof(copy->bytes) || at < 0 || at > AT_LAST ||
	    !store_col_is_up_to(s, 0, PURPOSE_ALL) || !store_col_is_up_to(s, 1, CONSENT_WITHDRAW) ||
	    !store_col_is_up_to(s, 3, EVIDENCE_SIGNED) || !store_col_null(s, 4))
		return false;
	uint64_t x = (uint64_t)at << AT_SHIFT | (uint64_t)store_col_int(s, 0) << PURPOSE_SHIFT |
	    (uint64_t)store_col_int(s, 1) << ACT_SHIFT | (uint64_t)store_col_int(s, 3);
	for (int i = ACT_BYTES - 1; i >= 0; i--)
		copy->bytes[copy->len++] = (char)(unsigned char)(x >> (8 * i));
	return true;
}

/* Empty when there is none to be made. */
static int make(struct store_conn *c, uint64_t person, struct copy *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT purpose, act, at, evidence, given_at FROM consent WHERE person = ?1 ORDER BY seq"
	    " LIMIT ?2",
	    "ii", (int64_t)person, (int64_t)CONSENT_NEAR_MAX + 1);

	ret->len = 0;
	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		if (!add(ret, s)) {
			ret->len = 0;
			break;
		}
	}
	store_reset(s);
	return r < 0 ? r : 0;
}

int consent_near_renew(struct store_conn *c, uint64_t person, struct err *err)
{
	struct copy copy;
	int r = make(c, person, &copy, err);

	return r < 0 ? r
		     : store_do(c, err, "UPDATE person SET acts = ?2 WHERE id = ?1", "ib",
			   (int64_t)person, copy.len ? str_n(copy.bytes, copy.len) : STR_NONE);
}

/* --- who was there before --------------------------------------------------------------------- */

#define FILL_AT_ONCE 256

static int fill_one(struct store_conn *c, uint64_t person, struct err *err)
{
	int r = store_do(c, err,
	    "UPDATE person SET contacts = CASE WHEN EXISTS"
	    " (SELECT 1 FROM contact WHERE person = ?1) THEN NULL ELSE 0 END WHERE id = ?1",
	    "i", (int64_t)person);

	return r < 0 ? r : consent_near_renew(c, person, err);
}

/* The ids of the people from `*place` on, which moves behind them. */
static int next_people(struct store_conn *c, int64_t *place, uint64_t ids[FILL_AT_ONCE],
    size_t *ret_len, struct err *err)
{
	struct store_stmt *s;
	size_t n = 0;
	int r = store_ask(c, &s, err,
	    "SELECT id, place FROM person WHERE place >= ?1 ORDER BY place LIMIT ?2", "ii", *place,
	    (int64_t)FILL_AT_ONCE);

	if (r < 0)
		return r;
	while (n < FILL_AT_ONCE && (r = store_step(s, err)) > 0) {
		ids[n++] = (uint64_t)store_col_int(s, 0);
		*place = store_col_int(s, 1) + 1;
	}
	store_reset(s);
	*ret_len = n;
	return r < 0 ? r : 0;
}

int consent_near_fill(struct store_conn *c, struct err *err)
{
	uint64_t ids[FILL_AT_ONCE];
	int64_t place;
	size_t n = 0;
	int r = store_ask_int(c, &place, err, "SELECT place FROM person_near WHERE one = 1", "");

	if (r <= 0)
		return r;
	r = next_people(c, &place, ids, &n, err);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = fill_one(c, ids[i], err);
	if (r < 0)
		return r;
	r = n < FILL_AT_ONCE
	    ? store_do(c, err, "DELETE FROM person_near WHERE one = 1", "")
	    : store_do(c, err, "UPDATE person_near SET place = ?1 WHERE one = 1", "i", place);
	return r < 0 ? r : n == FILL_AT_ONCE;
}

/* --- reading ---------------------------------------------------------------------------------- */

static struct facts_consent take(const char *p)
{
	uint64_t x = 0;

	for (int i = 0; i < ACT_BYTES; i++)
		x = x << 8 | (unsigned char)p[i];
	return (struct facts_consent){
		.purpose = (enum purpose)(x >> PURPOSE_SHIFT & 15),
		.act = (enum consent_act)(x >> ACT_SHIFT & 15),
		.at = (time_ms)(x >> AT_SHIFT),
		.evidence = (enum evidence)(x & 255),
	};
}

int consent_near_read(struct str copy, struct arena *a, const struct facts_consent **ret,
    size_t *ret_len, struct err *err)
{
	size_t n = copy.len / ACT_BYTES;

	if (n == 0 || n > CONSENT_NEAR_MAX || copy.len % ACT_BYTES)
		return err_set(err, E_INVALID, "What a person agreed to cannot be read.");
	struct facts_consent *list = ARENA_ARRAY(a, struct facts_consent, n);
	if (!list)
		return err_set(err, E_NOMEM, "Memory ran out while looking a person up.");
	for (size_t i = 0; i < n; i++)
		list[i] = take(copy.p + i * ACT_BYTES);
	*ret = list;
	*ret_len = n;
	return 0;
}

/* Digests are packed as DIGEST_PACKED bytes each: time (8, big-endian), app (8, the start of the SHA-256 of its id), digest (32). */
#include "domain/contact.h"

#include <string.h>

#include "store/query.h"

#define APP_HASH_LEN 8
#define DIGEST_PACKED (8 + APP_HASH_LEN + SHA256_LEN)

static void app_hash(struct str app, uint8_t out[APP_HASH_LEN])
{
	struct sha256 h;

	crypto_sha256(app, &h);
	memcpy(out, h.b, APP_HASH_LEN);
}

static time_ms read_time(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return (time_ms)v;
}

static void write_time(uint8_t *p, time_ms t)
{
	for (int i = 0; i < 8; i++)
		p[i] = (uint8_t)((uint64_t)t >> (56 - 8 * i));
}

static void unpack_digests(struct str packed, struct str app, struct contact *k)
{
	const uint8_t *p = (const uint8_t *)packed.p;
	uint8_t mine[APP_HASH_LEN];

	app_hash(app, mine);
	for (size_t at = 0; at + DIGEST_PACKED <= packed.len && k->digests_len < CONTACT_DIGESTS;
	     at += DIGEST_PACKED) {
		struct contact_digest *d = &k->digests[k->digests_len++];
		d->at = read_time(p + at);
		memcpy(d->app, p + at + 8, APP_HASH_LEN);
		memcpy(d->digest.b, p + at + 8 + APP_HASH_LEN, SHA256_LEN);
		if (memcmp(d->app, mine, APP_HASH_LEN) == 0)
			k->own[k->own_len++] = (struct facts_digest){ .digest = d->digest, .at = d->at };
	}
}

static size_t pack_digests(const struct contact *k, uint8_t *out)
{
	for (size_t i = 0; i < k->digests_len; i++) {
		uint8_t *p = out + i * DIGEST_PACKED;
		write_time(p, k->digests[i].at);
		memcpy(p + 8, k->digests[i].app, APP_HASH_LEN);
		memcpy(p + 8 + APP_HASH_LEN, k->digests[i].digest.b, SHA256_LEN);
	}
	return k->digests_len * DIGEST_PACKED;
}

int contact_load(struct store_conn *c, uint64_t person, struct str number, struct str app,
    struct contact *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT last_inbound_at, last_call_at, pair_clear_at, pair_spent, digests FROM contact"
	    " WHERE person = ?1 AND number = ?2",
	    "it", (int64_t)person, number);

	if (r < 0)
		return r;
	*ret = (struct contact){
		.person = person,
		.number = number,
		.last_inbound_at = TIME_NONE,
		.last_call_at = TIME_NONE,
		.debt = PAIR_NO_DEBT,
	};
	r = store_step(s, err);
	if (r > 0) {
		ret->last_inbound_at = store_col_time(s, 0);
		ret->last_call_at = store_col_time(s, 1);
		ret->debt.clear_at = store_col_int(s, 2);
		ret->debt.spent = store_col_int(s, 3) != 0;
		unpack_digests(store_col_blob(s, 4), app, ret);
	}
	store_reset(s);
	return r < 0 ? r : 0;
}

void contact_fill_facts(const struct contact *k, struct facts_person *f)
{
	f->last_inbound_at = k->last_inbound_at;
	f->last_call_at = k->last_call_at;
	f->pair_clear_at = k->debt.clear_at;
	f->pair_spent = k->debt.spent;
	f->recent_digests = k->own;
	f->recent_digests_len = k->own_len;
}

static void drop_digest(struct contact *k, size_t i)
{
	size_t behind = k->digests_len - i - 1;

	memmove(&k->digests[i], &k->digests[i + 1], behind * sizeof(k->digests[0]));
	k->digests_len--;
}

static void keep_digest(struct contact *k, const struct sha256 *digest, struct str app, time_ms now,
    time_ms since)
{
	for (size_t i = k->digests_len; i-- > 0;) {
		if (k->digests[i].at <= since)
			drop_digest(k, i);
	}
	if (k->digests_len == CONTACT_DIGESTS)
		drop_digest(k, 0);
	struct contact_digest *d = &k->digests[k->digests_len++];
	*d = (struct contact_digest){ .digest = *digest, .at = now };
	app_hash(app, d->app);
}

int contact_spend(struct store_conn *c, struct contact *k, const struct pack *pack,
    const struct sha256 *digest, struct str app, time_ms now, struct err *err)
{
	const struct pack_limits *l = pack_limits(pack);
	uint8_t packed[CONTACT_DIGESTS * DIGEST_PACKED];

	pair_debt_add(&k->debt, &l->pair, now);
	keep_digest(k, digest, app, now, now - l->duplicate_window_ms);
	size_t len = pack_digests(k, packed);
	return store_do(c, err,
	    "INSERT INTO contact (person, number, pair_clear_at, pair_spent, digests)"
	    " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (person, number) DO UPDATE SET"
	    " pair_clear_at = excluded.pair_clear_at, pair_spent = excluded.pair_spent,"
	    " digests = excluded.digests",
	    "itmib", (int64_t)k->person, k->number, k->debt.clear_at, (int64_t)k->debt.spent,
	    str_n((const char *)packed, len));
}

int contact_inbound(struct store_conn *c, uint64_t person, struct str number, time_ms at,
    struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO contact (person, number, last_inbound_at) VALUES (?1, ?2, ?3)"
	    " ON CONFLICT (person, number) DO UPDATE SET last_inbound_at = excluded.last_inbound_at"
	    " WHERE contact.last_inbound_at IS NULL OR contact.last_inbound_at < excluded.last_inbound_at",
	    "itm", (int64_t)person, number, at);
}

int contact_call(struct store_conn *c, uint64_t person, struct str number, time_ms at, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO contact (person, number, last_call_at) VALUES (?1, ?2, ?3)"
	    " ON CONFLICT (person, number) DO UPDATE SET last_call_at = excluded.last_call_at"
	    " WHERE contact.last_call_at IS NULL OR contact.last_call_at < excluded.last_call_at",
	    "itm", (int64_t)person, number, at);
}

int contact_close_window(struct store_conn *c, uint64_t person, struct str number, struct err *err)
{
	return store_do(c, err,
	    "UPDATE contact SET last_inbound_at = NULL, last_call_at = NULL"
	    " WHERE person = ?1 AND number = ?2",
	    "it", (int64_t)person, number);
}

int contact_last_inbound(struct store_conn *c, uint64_t person, time_ms *ret, struct err *err)
{
	int64_t at;
	int r = store_ask_int(c, &at, err,
	    "SELECT max(last_inbound_at) FROM contact WHERE person = ?1", "i", (int64_t)person);

	if (r < 0)
		return r;
	*ret = r > 0 ? at : TIME_NONE;
	return 0;
}

int marketing_sent_add(struct store_conn *c, uint64_t person, time_ms at, uint64_t decision,
    struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO marketing_sent (person, at, decision) VALUES (?1, ?2, ?3)", "imi",
	    (int64_t)person, at, (int64_t)decision);
}

int marketing_sent_remove(struct store_conn *c, uint64_t person, uint64_t decision, struct err *err)
{
	return store_do(c, err, "DELETE FROM marketing_sent WHERE person = ?1 AND decision = ?2", "ii",
	    (int64_t)person, (int64_t)decision);
}

/* A person gets a handful of marketing messages in a month; more than this are as good as all. */
#define MARKETING_MAX 64

int marketing_sent_list(struct store_conn *c, uint64_t person, time_ms since, struct arena *a,
    const time_ms **ret, size_t *ret_len, struct err *err)
{
	time_ms *list = ARENA_ARRAY(a, time_ms, MARKETING_MAX);
	struct store_stmt *s;
	size_t n = 0;

	if (!list)
		return err_set(err, E_NOMEM, "Memory ran out while reading what a person was sent.");
	int r = store_ask(c, &s, err,
	    "SELECT at FROM marketing_sent WHERE person = ?1 AND at > ?2 ORDER BY at DESC LIMIT ?3",
	    "imi", (int64_t)person, since, (int64_t)MARKETING_MAX);
	if (r < 0)
		return r;
	while (n < MARKETING_MAX && (r = store_step(s, err)) > 0)
		list[n++] = store_col_int(s, 0);
	store_reset(s);
	if (r < 0)
		return r;
	*ret = list;
	*ret_len = n;
	return 0;
}

int delivered_set(struct store_conn *c, uint64_t person, enum purpose purpose, time_ms at,
    struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO delivered (person, purpose, at) VALUES (?1, ?2, ?3)"
	    " ON CONFLICT (person, purpose) DO UPDATE SET at = excluded.at"
	    " WHERE delivered.at < excluded.at",
	    "iim", (int64_t)person, (int64_t)purpose, at);
}

int delivered_fill(struct store_conn *c, uint64_t person, struct facts_person *f, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err, "SELECT purpose, at FROM delivered WHERE person = ?1", "i",
	    (int64_t)person);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		int64_t purpose = store_col_int(s, 0);
		if (purpose > PURPOSE_NONE && purpose <= PURPOSE_ALL)
			f->last_delivered[purpose] = store_col_int(s, 1);
	}
	store_reset(s);
	return r;
}

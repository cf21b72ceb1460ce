#include "domain/suppression.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/check.h"
#include "store/query.h"

struct pseudonyms {
	struct sha256 list[2];
	size_t len;
};

static void add(struct pseudonyms *p, const struct keyring *keys, struct str kind, struct str key)
{
	struct sha256 inner;

	/* Two steps, so that no number and BSUID are one text. */
	crypto_hmac_sha256(
	    str_n((const char *)keys->suppression.b, sizeof(keys->suppression.b)), kind, &inner);
	crypto_hmac_sha256(str_n((const char *)inner.b, sizeof(inner.b)), key, &p->list[p->len++]);
	crypto_wipe(&inner, sizeof(inner));
}

static int pseudonyms(const struct store_conn *c, struct phone phone, struct str bsuid,
    struct pseudonyms *ret, struct err *err)
{
	const struct keyring *keys;
	char digits[24];
	int r = keyring_of(c, &keys, err);

	ret->len = 0;
	if (r < 0)
		return r;
	int n = snprintf(digits, sizeof(digits), "%" PRIu64, phone.number);
	if (phone.number)
		add(ret, keys, STR("phone"), str_n(digits, (size_t)n));
	if (bsuid.len)
		add(ret, keys, STR("bsuid"), bsuid);
	return 0;
}

static struct str bytes(const struct sha256 *pseudonym)
{
	return str_n((const char *)pseudonym->b, sizeof(pseudonym->b));
}

/* A row of its own that is there from the start. */
/* 1 it was made with that key, 0 there is no list yet. */
static int look_for_own(struct store_conn *c, struct pseudonyms *own, struct err *err)
{
	const struct keyring *keys;
	int64_t at;
	int r = keyring_of(c, &keys, err);

	if (r < 0)
		return r;
	add(own, keys, STR("list"), STR("varco"));
	r = store_ask_int(c, &at, err, "SELECT at FROM suppression WHERE pseudonym = ?1", "b",
	    bytes(&own->list[0]));
	if (r != 0)
		return r;
	r = store_ask_int(c, &at, err, "SELECT at FROM suppression LIMIT 1", "");
	if (r > 0)
		return err_set(err, E_CRYPTO,
		    "suppression.key is not the one that the suppression list was made with.");
	return r;
}

int suppression_fits(struct store_conn *c, struct err *err)
{
	struct pseudonyms own = { .len = 0 };

	return look_for_own(c, &own, err);
}

int suppression_open(struct store_conn *c, time_ms now, struct err *err)
{
	struct pseudonyms own = { .len = 0 };
	int r = look_for_own(c, &own, err);

	if (r != 0)
		return r < 0 ? r : 0;
	return store_do(c, err, "INSERT INTO suppression (pseudonym, at) VALUES (?1, ?2)", "bm",
	    bytes(&own.list[0]), now);
}

int suppression_since(
    struct store_conn *c, struct phone phone, struct str bsuid, time_ms *ret, struct err *err)
{
	struct pseudonyms p;
	int64_t at, newest = INT64_MIN;
	int r = pseudonyms(c, phone, bsuid, &p, err);

	for (size_t i = 0; r >= 0 && i < p.len; i++) {
		r = store_ask_int(c, &at, err, "SELECT at FROM suppression WHERE pseudonym = ?1",
		    "b", bytes(&p.list[i]));
		if (r > 0 && at > newest)
			newest = at;
	}
	if (r < 0 || newest == INT64_MIN)
		return r < 0 ? r : 0;
	*ret = newest;
	return 1;
}

int suppression_has(struct store_conn *c, struct phone phone, struct str bsuid, struct err *err)
{
	time_ms at;

	return suppression_since(c, phone, bsuid, &at, err);
}

static void write_name(const struct sha256 *pseudonym, struct json_writer *names)
{
	char hex[2 * SHA256_LEN + 1];
	struct sha256 name;

	crypto_sha256(bytes(pseudonym), &name);
	hex_encode(name.b, SHA256_LEN, hex);
	jw_c(names, hex);
}

int suppression_add(struct store_conn *c, struct phone phone, struct str bsuid, time_ms now,
    struct json_writer *names, struct err *err)
{
	struct pseudonyms p;
	int r = pseudonyms(c, phone, bsuid, &p, err);

	for (size_t i = 0; r == 0 && i < p.len; i++) {
		r = store_do(c, err,
		    "INSERT INTO suppression (pseudonym, at) VALUES (?1, ?2)"
		    " ON CONFLICT (pseudonym) DO NOTHING",
		    "bm", bytes(&p.list[i]), now);
		if (r == 0 && store_changes(c) > 0)
			write_name(&p.list[i], names);
	}
	return r;
}

int suppression_remove(struct store_conn *c, struct phone phone, struct str bsuid,
    struct json_writer *names, struct err *err)
{
	struct pseudonyms p;
	int64_t removed = 0;
	int r = pseudonyms(c, phone, bsuid, &p, err);

	for (size_t i = 0; r == 0 && i < p.len; i++) {
		r = store_do(
		    c, err, "DELETE FROM suppression WHERE pseudonym = ?1", "b", bytes(&p.list[i]));
		if (r < 0 || store_changes(c) == 0)
			continue;
		removed++;
		write_name(&p.list[i], names);
	}
	return r < 0 ? r : removed > 0;
}

int suppression_names(struct store_conn *c, int (*each)(void *arg, const struct sha256 *name),
    void *arg, struct err *err)
{
	struct store_stmt *s;
	struct sha256 name;
	int stop = 0, r = store_ask(c, &s, err, "SELECT pseudonym FROM suppression", "");

	if (r < 0)
		return r;
	while (stop == 0 && (r = store_step(s, err)) > 0) {
		crypto_sha256(store_col_blob(s, 0), &name);
		stop = each(arg, &name);
	}
	store_reset(s);
	return r < 0 ? r : stop;
}

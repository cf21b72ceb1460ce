#include "domain/person_key.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "store/query.h"

#define CONTEXT_MAX 64

int keyring_of(const struct store_conn *c, const struct keyring **ret, struct err *err)
{
	*ret = store_keys(c);
	return *ret ? 0
		    : err_set(err, E_CRYPTO,
			  "What is kept of people is sealed, and the key is not at hand.");
}

static struct str context_of(const char *what, uint64_t person, int64_t entry, char *out)
{
	int n = snprintf(out, CONTEXT_MAX, "%s:%" PRIu64 ":%" PRId64, what, person, entry);

	return str_n(out, (size_t)n);
}

/* 1 and *ret; 0 when the row is not there, or cannot be opened. */
static int find(struct store_conn *c, uint64_t person, struct seal_key *ret, struct err *err)
{
	const struct keyring *keys;
	char context[CONTEXT_MAX];
	struct store_stmt *s;
	struct buf plain;
	int r = keyring_of(c, &keys, err);

	if (r == 0)
		r = store_ask(c, &s, err, "SELECT wrapped FROM person_key WHERE person = ?1", "i",
		    (int64_t)person);
	if (r < 0)
		return r;
	buf_init(&plain, 0);
	r = store_step(s, err);
	if (r > 0) {
		int opened = unseal(&keys->people, context_of("person", person, 0, context),
		    store_col_blob(s, 0), &plain, NULL);
		r = opened == -E_NOMEM ? err_set(err, E_NOMEM, "Memory ran out for a key.")
				       : opened == 0 && plain.len == sizeof(ret->b);
	}
	store_reset(s);
	if (r > 0)
		memcpy(ret->b, plain.p, sizeof(ret->b));
	crypto_wipe(plain.p, plain.len);
	buf_done(&plain);
	return r;
}

static int make(struct store_conn *c, uint64_t person, struct seal_key *ret, struct err *err)
{
	const struct keyring *keys;
	char context[CONTEXT_MAX];
	struct buf wrapped;
	int r = keyring_of(c, &keys, err);

	if (r < 0)
		return r;
	buf_init(&wrapped, 0);
	crypto_random(ret->b, sizeof(ret->b));
	if (seal(&keys->people, context_of("person", person, 0, context),
		str_n((const char *)ret->b, sizeof(ret->b)), &wrapped) < 0)
		r = err_set(err, E_NOMEM, "Memory ran out for a key.");
	if (r == 0)
		r = store_do(c, err,
		    "INSERT INTO person_key (person, wrapped) VALUES (?1, ?2)"
		    " ON CONFLICT (person) DO UPDATE SET wrapped = excluded.wrapped",
		    "ib", (int64_t)person, buf_str(&wrapped));
	buf_done(&wrapped);
	return r;
}

int person_seal(struct store_conn *c, uint64_t person, int64_t entry, struct str plain,
    struct buf *out, struct err *err)
{
	char context[CONTEXT_MAX];
	struct seal_key key;
	int r = find(c, person, &key, err);

	if (r == 0)
		r = make(c, person, &key, err);
	if (r < 0)
		return r;
	r = seal(&key, context_of("entry", person, entry, context), plain, out);
	seal_key_wipe(&key);
	return r < 0 ? err_set(err, E_NOMEM, "Memory ran out while sealing a consent.") : 0;
}

int person_unseal(struct store_conn *c, uint64_t person, int64_t entry, struct str sealed,
    struct buf *out, struct err *err)
{
	char context[CONTEXT_MAX];
	struct seal_key key;
	int r = find(c, person, &key, err);

	if (r <= 0)
		return r;
	r = unseal(&key, context_of("entry", person, entry, context), sealed, out, NULL);
	seal_key_wipe(&key);
	if (r == -E_NOMEM)
		return err_set(err, E_NOMEM, "Memory ran out while opening a consent.");
	return r == 0;
}

int person_key_destroy(struct store_conn *c, uint64_t person, struct err *err)
{
	return store_do(c, err, "DELETE FROM person_key WHERE person = ?1", "i", (int64_t)person);
}

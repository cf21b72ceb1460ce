#include "domain/ledger.h"

#include <string.h>

#include "base/check.h"
#include "domain/merkle.h"
#include "store/query.h"

#define ENCODING 1
#define POLICY_AT 35

static const char *const type_names[] = {
	[LEAF_CONSENT] = "consent",
	[LEAF_DECISION] = "decision",
	[LEAF_OPERATOR] = "operator",
	[LEAF_INCIDENT] = "incident",
	[LEAF_CHECKPOINT] = "checkpoint",
	[LEAF_ERASED] = "erased",
};

const char *leaf_type_name(int64_t type)
{
	return type > 0 && type < (int64_t)ARRAY_LEN(type_names) ? type_names[type] : NULL;
}

/* --- appending -------------------------------------------------------------------------------- */

int ledger_load(struct store_conn *c, struct str policy, struct ledger *ret, struct err *err)
{
	struct ledger l = { .next_seq = 1 };
	int64_t last = 0;

	if (str_to_c(policy, l.policy, sizeof(l.policy)) < 0)
		return err_field(err, E_RANGE, "pack.version",
		    "The version of the policy pack is longer than %zu bytes.",
		    sizeof(l.policy) - 1);
	int r = ledger_last(c, &last, err);
	if (r == 0 && last == INT64_MAX)
		r = err_set(err, E_INVALID,
		    "The ledger has an entry with a number that none can have; see \"varco ledger verify\".");
	if (r < 0)
		return r;
	l.next_seq = last + 1;
	*ret = l;
	return 0;
}

/* Never given out twice, also not after a rollback. */
static struct str take_salt(struct ledger *l)
{
	if (l->salts_left == 0) {
		crypto_random(l->salts, sizeof(l->salts));
		l->salts_left = LEDGER_SALTS;
	}
	return str_n(l->salts[--l->salts_left], LEDGER_SALT_LEN);
}

int ledger_append(struct store_conn *c, struct ledger *l, enum leaf_type type, uint64_t ref,
    struct str content, time_ms now, int64_t *ret_seq, struct err *err)
{
	struct str salt = take_salt(l);
	struct sha256 commitment;

	crypto_hmac_sha256(salt, content, &commitment);
	int r = store_do(c, err,
	    "INSERT INTO ledger_leaf (seq, type, at, ref, policy, salt, commitment)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	    "iimitbb", l->next_seq, (int64_t)type, now, (int64_t)ref, str_c(l->policy), salt,
	    str_n((const char *)commitment.b, sizeof(commitment.b)));
	if (r < 0)
		return r;
	if (ret_seq)
		*ret_seq = l->next_seq;
	l->next_seq++;
	return 0;
}

int ledger_keep(struct store_conn *c, int64_t seq, struct str content, struct err *err)
{
	return store_do(
	    c, err, "INSERT INTO ledger_note (leaf, content) VALUES (?1, ?2)", "it", seq, content);
}

/* --- reading ---------------------------------------------------------------------------------- */

int ledger_install(struct store_conn *c, time_ms now, struct err *err)
{
	struct ledger_tenant fresh;

	crypto_random(fresh.b, sizeof(fresh.b));
	return store_do(c, err,
	    "INSERT INTO installation (one, at, tenant) VALUES (1, ?1, ?2)"
	    " ON CONFLICT (one) DO NOTHING",
	    "mb", now, str_n((const char *)fresh.b, sizeof(fresh.b)));
}

int ledger_tenant(struct store_conn *c, struct ledger_tenant *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err, "SELECT tenant FROM installation WHERE one = 1", "");

	if (r < 0)
		return r;
	r = store_step(s, err);
	struct str tenant = r > 0 ? store_col_blob(s, 0) : STR_NONE;
	if (tenant.len == sizeof(ret->b))
		memcpy(ret->b, tenant.p, sizeof(ret->b));
	else if (r >= 0)
		r = err_set(err, E_INVALID, "This store does not say whose ledger it has.");
	store_reset(s);
	return r < 0 ? r : 0;
}

#define COLUMNS "SELECT seq, type, at, ref, policy, salt, commitment FROM ledger_leaf "

int ledger_walk(
    struct store_conn *c, int64_t from, int64_t to, struct store_stmt **ret, struct err *err)
{
	return store_ask(
	    c, ret, err, COLUMNS "WHERE seq >= ?1 AND seq < ?2 ORDER BY seq", "ii", from, to);
}

int ledger_next(struct store_stmt *s, struct ledger_leaf *ret, struct err *err)
{
	int r = store_step(s, err);

	if (r > 0)
		*ret = (struct ledger_leaf){
			.seq = store_col_int(s, 0),
			.type = store_col_int(s, 1),
			.at = store_col_int(s, 2),
			.ref = store_col_int(s, 3),
			.policy = store_col_text(s, 4),
			.salt = store_col_blob(s, 5),
			.commitment = store_col_blob(s, 6),
		};
	return r;
}

static int keep_strings(struct ledger_leaf *l, struct arena *a, struct err *err)
{
	struct str *const texts[] = { &l->policy, &l->salt, &l->commitment };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		*texts[i] = arena_str(a, texts[i]->p ? *texts[i] : STR(""));
		if (!texts[i]->p)
			return err_set(
			    err, E_NOMEM, "Memory ran out while reading an entry of the ledger.");
	}
	return 1;
}

int ledger_get(
    struct store_conn *c, int64_t seq, struct arena *a, struct ledger_leaf *ret, struct err *err)
{
	struct ledger_leaf l;
	struct store_stmt *s;
	int r = store_ask(c, &s, err, COLUMNS "WHERE seq = ?1", "i", seq);

	if (r < 0)
		return r;
	r = ledger_next(s, &l, err);
	if (r > 0)
		r = keep_strings(&l, a, err);
	store_reset(s);
	if (r > 0)
		*ret = l;
	return r;
}

int ledger_last(struct store_conn *c, int64_t *ret, struct err *err)
{
	int64_t last = 0;
	int r = store_ask_int(c, &last, err, "SELECT max(seq) FROM ledger_leaf", "");

	if (r < 0)
		return r;
	*ret = r > 0 ? last : 0;
	return 0;
}

static void put_number(char *to, uint64_t n)
{
	for (int i = 7; i >= 0; i--, n >>= 8)
		to[i] = (char)(unsigned char)n;
}

size_t ledger_leaf_encode(
    const struct ledger_tenant *tenant, const struct ledger_leaf *leaf, char out[LEDGER_LEAF_MAX])
{
	size_t len = leaf->policy.len;

	if (leaf->type < 1 || leaf->type > UINT8_MAX || leaf->seq < 1 || len >= LEDGER_POLICY_MAX ||
	    leaf->commitment.len != SHA256_LEN)
		return 0;
	out[0] = ENCODING;
	out[1] = (char)(unsigned char)leaf->type;
	put_number(out + 2, (uint64_t)leaf->seq);
	put_number(out + 10, (uint64_t)leaf->at);
	memcpy(out + 18, tenant->b, LEDGER_TENANT_LEN);
	out[34] = (char)len;
	if (len)
		memcpy(out + POLICY_AT, leaf->policy.p, len);
	memcpy(out + POLICY_AT + len, leaf->commitment.p, SHA256_LEN);
	return POLICY_AT + len + SHA256_LEN;
}

int ledger_leaf_hash(const struct ledger_tenant *tenant, const struct ledger_leaf *leaf,
    struct sha256 *ret, struct err *err)
{
	char bytes[LEDGER_LEAF_MAX];
	size_t len = ledger_leaf_encode(tenant, leaf, bytes);

	if (!len)
		return err_set(
		    err, E_INVALID, "Entry %lld of the ledger is damaged.", (long long)leaf->seq);
	merkle_leaf(str_n(bytes, len), ret);
	return 0;
}

bool ledger_leaf_commits(const struct ledger_leaf *leaf, struct str content)
{
	struct sha256 mac;

	if (leaf->salt.len != LEDGER_SALT_LEN || leaf->commitment.len != SHA256_LEN)
		return false;
	crypto_hmac_sha256(leaf->salt, content, &mac);
	return memcmp(mac.b, leaf->commitment.p, SHA256_LEN) == 0;
}

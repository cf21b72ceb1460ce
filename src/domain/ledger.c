#include "domain/ledger.h"

#include "store/query.h"

#define SALT_LEN 32

int ledger_load(struct store_conn *c, struct str policy, struct ledger *ret, struct err *err)
{
	struct ledger l = { .next_seq = 1 };
	int64_t last;

	if (str_to_c(policy, l.policy, sizeof(l.policy)) < 0)
		return err_field(err, E_RANGE, "pack.version",
		    "The version of the policy pack is longer than %zu bytes.",
		    sizeof(l.policy) - 1);
	int r = store_ask_int(c, &last, err, "SELECT max(seq) FROM ledger_leaf", "");
	if (r < 0)
		return r;
	if (r > 0)
		l.next_seq = last + 1;
	*ret = l;
	return 0;
}

int ledger_append(struct store_conn *c, struct ledger *l, enum leaf_type type, uint64_t ref,
    struct str content, time_ms now, int64_t *ret_seq, struct err *err)
{
	char salt[SALT_LEN];
	struct sha256 commitment;

	crypto_random(salt, sizeof(salt));
	crypto_hmac_sha256(str_n(salt, sizeof(salt)), content, &commitment);
	int r = store_do(c, err,
	    "INSERT INTO ledger_leaf (seq, type, at, ref, policy, salt, commitment)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	    "iimitbb", l->next_seq, (int64_t)type, now, (int64_t)ref, str_c(l->policy),
	    str_n(salt, sizeof(salt)), str_n((const char *)commitment.b, sizeof(commitment.b)));
	if (r < 0)
		return r;
	if (ret_seq)
		*ret_seq = l->next_seq;
	l->next_seq++;
	return 0;
}

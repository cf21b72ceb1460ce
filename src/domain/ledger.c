#include "domain/ledger.h"

#include "store/query.h"

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

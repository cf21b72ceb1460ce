/* domain/ledger_erasure.h: which entries of the ledger lost their salt and content, as an entry of
 * type `erased` says it:
 *
 * {"at","category","entries","erasure","ground"}, members in this order and without blanks:
 * (and "returned" or "suppressed" behind them; "erasure" is null for who came back)
 * `entries` are pairs of a first and a last number, in ascending order and apart; all lie before the
 * entry itself. `category` says what was erased, `ground` the legal ground; nobody is named. The
 * content of such an entry is kept (ledger_keep) and never forgotten. `suppressed` are the names of rows
 * that the erasure put on the suppression list (suppression.h), `returned` of those that were taken off
 * it when somebody came back; that is an erasure, too, and of no entry. */
#ifndef DOMAIN_LEDGER_ERASURE_H
#define DOMAIN_LEDGER_ERASURE_H

#include "base/id.h"
#include "domain/ledger.h"

/* A set of entries. */
struct ledger_set {
	int64_t *items; /* ascending once it was sorted */
	size_t len, cap;
};
void ledger_set_init(struct ledger_set *s);
void ledger_set_done(struct ledger_set *s);
MUST_CHECK int ledger_set_add(struct ledger_set *s, int64_t seq, struct err *err);

struct ledger_erasure {
	uint64_t id;           /* "era_…"; 0 = none */
	const char *category;  /* "person", "restriction", "retention", "returned" */
	const char *ground;    /* as in "gdpr.17.1.b" */
	struct str suppressed; /* JSON arrays; p NULL = not a member */
	struct str returned;
};
/* Empties the salts of `entries`, which are sorted and made unique, and says so in an entry of its
 * own. Their content is the caller's to destroy; an entry whose row stays without what told of
 * anybody keeps its ref, any other loses it (of consents: here). *ret_seq: that entry; NULL = nobody asks. */
MUST_CHECK int ledger_erase(struct store_conn *c, struct ledger *l,
    const struct ledger_erasure *what, struct ledger_set *entries, time_ms now, int64_t *ret_seq,
    struct err *err);

/* Calls `each` for the pairs of an entry's content in order until it returns another value than 0,
 * and returns that; -E_INVALID when the content has not the form of one for entry `seq`. */
MUST_CHECK int ledger_erasure_read(struct str content, int64_t seq,
    int (*each)(void *arg, int64_t first, int64_t last), void *arg);
/* The same for the names on the suppression list that it speaks of: put on it, or taken off. */
MUST_CHECK int ledger_erasure_names(struct str content,
    int (*each)(void *arg, const struct sha256 *name, bool returned), void *arg);

#endif

/* domain/certificate.h: what is on record of one person's consent, with proofs: what was agreed, when,
 * how and in which words, what changed, and every message that was decided about.
 *
 * Facts only: nothing here says whether something was lawful. Everything that the ledger commits to is
 * told from what was opened, with the entry that it is in and the path from there to the root that the
 * newest checkpoint signed. A certificate shows that these entries are in the ledger, not that there
 * are no others. docs/certificate.md has the JSON; certificate_check.h checks one. */
#ifndef DOMAIN_CERTIFICATE_H
#define DOMAIN_CERTIFICATE_H

#include "base/document.h"
#include "base/json.h"
#include "domain/consent.h"
#include "domain/journal.h"
#include "domain/ledger_point.h"
#include "domain/merkle.h"

#define CERTIFICATE_FORMAT "varco-certificate/1"
#define CERTIFICATE_MESSAGES_MAX 10000 /* the newest ones */

/* An entry of the ledger, opened and proved. */
struct certificate_entry {
	struct ledger_leaf leaf;
	struct str content; /* p NULL = forgotten */
	bool covered;       /* by the checkpoint */
	bool proved;        /* `path` leads there */
	struct merkle_path path;
};

struct certificate_act {
	struct certificate_entry entry;
	struct consent_entry act;
};

struct certificate_message {
	struct certificate_entry entry;
	struct journal_entry send;
	int64_t consent; /* entry of the act in force then for its purpose; 0 = there was none */
};

/* For each purpose that people agree to. */
#define CERTIFICATE_PURPOSES 3
struct certificate_standing {
	enum purpose purpose;
	const struct certificate_act *act; /* the newest that covers it; NULL = nothing on record */
};

struct certificate {
	time_ms issued_at;
	struct person person;
	struct str bsuid; /* p NULL = none */
	const uint64_t *former;
	size_t former_len;
	bool masked; /* the telephone number */
	struct certificate_standing standing[CERTIFICATE_PURPOSES];
	struct certificate_act *acts; /* by the time of the act */
	size_t acts_len;
	struct certificate_message *messages; /* oldest first */
	size_t messages_len;
	int64_t messages_all;
	struct person_change *changes;
	size_t changes_len;
	struct ledger_tenant tenant;
	struct ledger_point point; /* size 0 = there is no checkpoint */
	struct str key;            /* of the ledger, as a line */
};

struct certificate_ask {
	struct phone phone; /* one of the two, or both */
	struct str bsuid;
	bool unmasked;
	bool proofs; /* the paths: for JSON, which alone has them */
	time_ms now;
	struct str key;
};

/* Everything in the arena: 1, or 0 when nobody is on record. In the caller's transaction, so that all
 * is of one moment. */
MUST_CHECK int certificate_read(struct store_conn *c, const struct certificate_ask *ask,
    struct arena *a, struct certificate *ret, struct err *err);

/* The telephone number as the certificate shows it; "" = none. */
#define CERTIFICATE_PHONE_MAX (PHONE_TEXT_MAX + 8)
void certificate_phone(const struct certificate *c, char out[CERTIFICATE_PHONE_MAX]);

void certificate_write_json(const struct certificate *c, struct buf *out);
/* For people; NULL when memory ran out. (certificate_document.c) */
MUST_CHECK struct document *certificate_document(
    const struct certificate *c, enum lang lang, struct arena *a);

#endif

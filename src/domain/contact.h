/* domain/contact.h: one person and one number: the service window, the pair debt, recent digests; and what marketing the person got.
 *
 * One narrow row, read and written once per send. The pair limit is kept as its debt (pair.h). Digests: the
 * last CONTACT_DIGESTS (hash, time, app) within the duplicate window, oldest dropped; apps by the first 8 bytes of the SHA-256 of their id. */
#ifndef DOMAIN_CONTACT_H
#define DOMAIN_CONTACT_H

#include "domain/facts.h"
#include "domain/pair.h"
#include "store/store.h"

#define CONTACT_DIGESTS 8

struct contact_digest {
	struct sha256 digest;
	time_ms       at;
	uint8_t       app[8];
};

struct contact {
	uint64_t   person;
	struct str number;
	time_ms    last_inbound_at, last_call_at;
	struct pair_debt debt;
	struct contact_digest digests[CONTACT_DIGESTS];
	size_t     digests_len;
	struct facts_digest own[CONTACT_DIGESTS];       /* those of the app that was asked for */
	size_t     own_len;
};

/* Always 0 or <0: an unknown pair is an empty contact. `app` is whose digests are asked for. */
MUST_CHECK int contact_load(struct store_conn *c, uint64_t person, struct str number, struct str app, struct contact *ret, struct err *err);
void contact_fill_facts(const struct contact *k, struct facts_person *f);
/* One send went on record: pair debt moves on, the digest is kept. Writes the row. */
MUST_CHECK int contact_spend(struct store_conn *c, struct contact *k, const struct pack *pack, const struct sha256 *digest, struct str app, time_ms now, struct err *err);
/* Window news: never moves backwards. */
MUST_CHECK int contact_inbound(struct store_conn *c, uint64_t person, struct str number, time_ms at, struct err *err);
MUST_CHECK int contact_call(struct store_conn *c, uint64_t person, struct str number, time_ms at, struct err *err);
/* 131047 came back: the window is closed whatever we thought. */
MUST_CHECK int contact_close_window(struct store_conn *c, uint64_t person, struct str number, struct err *err);
/* The newest inbound over all numbers; TIME_NONE = never. */
MUST_CHECK int contact_last_inbound(struct store_conn *c, uint64_t person, time_ms *ret, struct err *err);

MUST_CHECK int marketing_sent_add(struct store_conn *c, uint64_t person, time_ms at, uint64_t decision, struct err *err);
MUST_CHECK int marketing_sent_remove(struct store_conn *c, uint64_t person, uint64_t decision, struct err *err);   /* it surely failed */
MUST_CHECK int marketing_sent_list(struct store_conn *c, uint64_t person, time_ms since, struct arena *a, const time_ms **ret, size_t *ret_len, struct err *err);
MUST_CHECK int delivered_set(struct store_conn *c, uint64_t person, enum purpose purpose, time_ms at, struct err *err);
MUST_CHECK int delivered_fill(struct store_conn *c, uint64_t person, struct facts_person *f, struct err *err);

#endif

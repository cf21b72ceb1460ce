/* domain/consent_link.h: links by which people write first: https://wa.me/… with a text that says what
 * they agree to, and a code behind it by which the message is known again. Whoever sends it as it is
 * has agreed in their own words; changed words are no consent to what the link says. Inside the
 * caller's transaction. */
#ifndef DOMAIN_CONSENT_LINK_H
#define DOMAIN_CONSENT_LINK_H

#include "base/id.h"
#include "domain/phone.h"
#include "domain/purpose.h"
#include "store/store.h"

#define LINK_CODE_LEN 8
#define LINK_WORDS_MAX 400 /* code points: every one may be nine bytes of the address */

struct consent_link {
	uint64_t id;
	char code[LINK_CODE_LEN + 1];
	struct str number;
	enum purpose purpose;
	time_ms at, ended_at; /* ended_at TIME_NONE = works */
	int64_t uses;
	/* what the grant will say: the words, where they were shown, and consent_details.h */
	struct str wording, source, details;
};

/* Fills l->code. */
MUST_CHECK int link_add(struct store_conn *c, struct consent_link *l, struct err *err);
/* 1 found (strings in the arena), 0 unknown. */
MUST_CHECK int link_get(
    struct store_conn *c, uint64_t id, struct arena *a, struct consent_link *ret, struct err *err);
/* The link that a message came by: it ends in a code, the rest is the link's words (letter case,
 * accents and punctuation do not count), and the link worked at `at`. 1 or 0. A message without
 * what looks like a code costs no question to the store. */
MUST_CHECK int link_of_message(struct store_conn *c, struct str text, struct str number, time_ms at,
    struct arena *a, struct consent_link *ret, struct err *err);
MUST_CHECK int link_used(struct store_conn *c, uint64_t id, struct err *err);
MUST_CHECK int link_end(struct store_conn *c, uint64_t id, time_ms now, struct err *err);
/* Newest first, ids below `before` (0 = any); at most `limit`, and then *ret_more. */
MUST_CHECK int link_list(struct store_conn *c, uint64_t before, size_t limit, struct arena *a,
    struct consent_link **ret, size_t *ret_len, bool *ret_more, struct err *err);

/* What the person's WhatsApp will hold ready to send, and the address; p NULL when memory ran
 * out. */
struct str link_message(const struct consent_link *l, struct arena *a);
struct str link_url(const struct consent_link *l, struct phone business, struct arena *a);

#endif

/* domain/autoreply.h: what is answered by itself to an inbound message, and what keeps it from talking to
 * another machine for ever. Inside the caller's transaction.
 *
 *   welcome       who writes for the first time, or again after a long silence
 *   out_of_hours  who writes when nobody is there
 *   keyword       a message that is one of the words, as a whole; case, accents and punctuation do not count
 * One message gets one reply at most: a keyword's before out_of_hours before welcome; of one kind the reply in
 * the person's language before the one without a language.
 *
 * Brakes (figures in the pack's "autoreply"): so many in an hour and a day for a person and number; the same
 * one again only after a while; and who says the same thing several times in a row is heard as a machine,
 * which is answered by nobody for a day. */
#ifndef DOMAIN_AUTOREPLY_H
#define DOMAIN_AUTOREPLY_H

#include "base/crypto.h"
#include "domain/office_hours.h"
#include "domain/pack.h"
#include "store/store.h"

/* Stored; never renumber. In the order in which they are chosen. */
enum autoreply_kind {
	AUTOREPLY_KEYWORD = 1,
	AUTOREPLY_OUT_OF_HOURS = 2,
	AUTOREPLY_WELCOME = 3,
};
const char *autoreply_kind_name(enum autoreply_kind k);
bool autoreply_kind_parse(struct str word, enum autoreply_kind *ret);

#define AUTOREPLY_TEXT_MAX 4096 /* code points */
#define AUTOREPLY_WORDS_MAX 50

struct autoreply {
	struct str name, app, number; /* id of the integration; phone-number-id */
	enum autoreply_kind kind;
	struct str text;
	struct str language;     /* "it"; p NULL = any */
	const struct str *words; /* as they were given */
	size_t words_len;
	struct str hours, zone; /* p NULL = none */
	time_ms created_at, last_at;
	int64_t sent;
};

/* Are the values good: what a kind needs is there, and nothing else. Names of fields as the command line has
 * them. 0, -E_INVALID or -E_TOO_LARGE. */
MUST_CHECK int autoreply_check(const struct autoreply *r, struct arena *a, struct err *err);
/* The same again is 0; other values under the name are -E_CONFLICT with the field. */
MUST_CHECK int autoreply_add(
    struct store_conn *c, const struct autoreply *r, time_ms now, struct err *err);
/* 1 found (in the arena), 0 unknown. */
MUST_CHECK int autoreply_get(
    struct store_conn *c, struct str name, struct arena *a, struct autoreply *ret, struct err *err);
/* By name, behind `after` (p NULL = from the start), at most `limit`; of one number, or of all (p NULL). */
MUST_CHECK int autoreply_list(struct store_conn *c, struct str number, struct str after,
    size_t limit, struct arena *a, struct autoreply **ret, size_t *ret_len, struct err *err);
/* All values but the name take the place of what is on record; who got it, and when, stays known. 1 it is
 * so, 0 there is none of the name. */
MUST_CHECK int autoreply_set(struct store_conn *c, const struct autoreply *r, struct err *err);
/* Of its values and of when it was added: another one behind each change of them. */
#define AUTOREPLY_REVISION_MAX 33 /* 32 hexadecimal digits */
void autoreply_revision(const struct autoreply *r, char ret[AUTOREPLY_REVISION_MAX]);
/* 1 it is gone, 0 there was none. */
MUST_CHECK int autoreply_remove(struct store_conn *c, struct str name, struct err *err);

/* What was said to a number. */
struct autoreply_heard {
	uint64_t person;
	struct str number, text; /* text, or whatever tells the message from others */
	time_ms at, before;  /* of this message, and of the last one before it; TIME_NONE = none */
	struct str language; /* the person's; p NULL = unknown */
	const struct seal_key *key; /* what was said is kept as an HMAC */
};
/* The reply to send, noted as sent: 1, and *ret one of `replies`. 0 none: nothing fits, or a brake holds. */
MUST_CHECK int autoreply_choose(struct store_conn *c, const struct pack *pack,
    const struct autoreply_heard *heard, const struct autoreply *replies, size_t len, time_ms now,
    struct arena *a, const struct autoreply **ret, struct err *err);
/* What no brake asks for any more, a bounded number per call; 1 there may be more, 0 there is none. */
MUST_CHECK int autoreply_purge(
    struct store_conn *c, const struct pack *pack, time_ms now, struct err *err);

#endif

/* domain/value.h: what people and apps may write into our tables: ids, texts, secrets, addresses.
 *
 * Every check takes the field that is named when it fails, and answers 0 or -E_INVALID / -E_TOO_LARGE with
 * one sentence. Lengths of texts count Unicode code points, all other lengths bytes. */
#ifndef DOMAIN_VALUE_H
#define DOMAIN_VALUE_H

#include "base/arena.h"
#include "base/crypto.h"
#include "base/str.h"

#define VALUE_ID_MAX 63
#define VALUE_SECRET_MAX 8192
#define VALUE_URL_MAX 2000

/* 1 to VALUE_ID_MAX of A-Z a-z 0-9 _ . - */
MUST_CHECK int value_check_id(struct str v, const char *field, struct err *err);
/* Valid UTF-8 with something to read in it, no control characters, at most `max` code points. */
MUST_CHECK int value_check_text(struct str v, const char *field, size_t max, struct err *err);
/* A secret without the blanks around it, as files have them: no control characters, at most
 * VALUE_SECRET_MAX bytes, not empty. p NULL stays so. */
MUST_CHECK int value_trim_secret(struct str *v, const char *field, struct err *err);
/* https://HOST[:PORT][/…], or the same with http on a loopback host. Syntax only: names are not resolved. */
MUST_CHECK int value_check_url(struct str v, const char *field, struct err *err);

/* Does what is given (p NULL = nothing) agree with what is on record (empty = nothing). 0 or -E_CONFLICT. */
MUST_CHECK int value_check_same(
    struct str given, struct str on_record, const char *field, struct err *err);

/* Secrets at rest: sealed under "<kind>:<id>:<what>" (base/crypto.h), so that a sealed value fits only the row and the
 * column that it was made for. */
struct secret_place {
	const char *kind; /* "waba" */
	struct str id;    /* at most VALUE_ID_MAX */
	const char *what; /* "token" */
};
/* plain p NULL gives an empty buffer. `out` is initialised by the caller. */
MUST_CHECK int secret_seal(const struct seal_key *key, const struct secret_place *place,
    struct str plain, struct buf *out, struct err *err);
/* What secret_seal left in `out`, as a column: p NULL for no secret. */
struct str secret_sealed(const struct buf *out);
/* sealed p NULL gives STR_NONE. The secret lies in the arena. */
MUST_CHECK int secret_open(const struct seal_key *key, const struct secret_place *place,
    struct str sealed, struct arena *a, struct str *ret, struct err *err);
/* value_check_same for a secret on record. -E_CRYPTO when that cannot be opened. */
MUST_CHECK int secret_check_same(const struct seal_key *key, const struct secret_place *place,
    struct str given, struct str sealed, const char *field, struct err *err);

#endif

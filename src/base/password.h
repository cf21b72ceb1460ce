/* base/password.h: passwords as Argon2id (RFC 9106) keeps them: 64 MiB and two passes, which takes a good part of a
 * second: never on a loop and never on the writer. */
#ifndef BASE_PASSWORD_H
#define BASE_PASSWORD_H

#include "base/str.h"

#define PASSWORD_HASH_MAX 128

/* The hash with its salt and its costs as a text. -E_NOMEM. */
MUST_CHECK int password_hash(struct str password, char ret[PASSWORD_HASH_MAX], struct err *err);
/* 1 it is the one, 0 it is another; -E_NOMEM. */
MUST_CHECK int password_is(struct str password, const char *hash, struct err *err);
/* A hash that no password has, with the same costs: for who is not known, so that an answer takes as long. */
const char *password_of_nobody(void);

#endif

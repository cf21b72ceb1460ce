#include "base/password.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

_Static_assert(PASSWORD_HASH_MAX == crypto_pwhash_STRBYTES, "what libsodium writes fits");

int password_hash(struct str password, char ret[PASSWORD_HASH_MAX], struct err *err)
{
	if (crypto_pwhash_str_alg(ret, password.p, password.len, crypto_pwhash_OPSLIMIT_INTERACTIVE,
		crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) < 0)
		return err_set(err, E_NOMEM, "Memory ran out while a password was worked on.");
	return 0;
}

/* Of a wrong password libsodium says EINVAL, or nothing. */
int password_is(struct str password, const char *hash, struct err *err)
{
	errno = 0;
	if (crypto_pwhash_str_verify(hash, password.p, password.len) == 0)
		return 1;
	if (errno == ENOMEM)
		return err_set(err, E_NOMEM, "Memory ran out while a password was worked on.");
	return 0;
}

const char *password_of_nobody(void)
{
	return "$argon2id$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA"
	       "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
}

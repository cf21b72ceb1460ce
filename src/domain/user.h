/* domain/user.h: the people who sign in to the console: what each may do, for which portfolios, and what proves that it
 * is them. Inside the caller's transaction.
 *
 *  (1) A name belongs to one user, whatever its case and accents: what stands in the ledger as "by" tells people apart.
 *  (2) The hash of the password and the secret of the second factor are sealed at rest, as tokens are; of a recovery
 *      code an HMAC is kept.
 *  (3) A step of the second factor is used once, and so is a recovery code.
 *  (4) `epoch` grows with whatever ends all sessions of the user: new secrets, another way to sign in, being disabled.
 *  (5) Who signs in by the sign-in provider has nothing that proves it here: no password, no second factor. The first
 *      time they do, it is kept who that was: what the provider calls them may pass to somebody else later. */
#ifndef DOMAIN_USER_H
#define DOMAIN_USER_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/totp.h"
#include "store/store.h"

#define USER_PREFIX "usr"
#define USER_NAME_MAX 60 /* code points */
#define USER_PORTFOLIOS_MAX 200
#define USER_PASSWORD_MIN 12  /* code points; NIST SP 800-63B-4 asks for 8 beside a second factor */
#define USER_PASSWORD_MAX 256 /* bytes */
#define USER_OIDC_MAX 255     /* bytes; as the provider calls them */
#define USER_RECOVERY_CODES 10
#define USER_RECOVERY_LEN 16 /* base 32: 80 bits */

/* Stored; never renumber. */
enum user_role {
	USER_VIEWER = 1,
	USER_AUTHOR = 2,
	USER_APPROVER = 3,
	USER_COMPLIANCE = 4,
	USER_ADMIN = 5,
};
#define USER_ROLES_END 6
const char *user_role_name(enum user_role role); /* "" = none */
bool user_role_parse(struct str word, enum user_role *ret);

struct user {
	uint64_t id;
	struct str name;
	struct str
	    oidc; /* what the sign-in provider calls them; p NULL: they have a password of their own */
	enum user_role role;
	const struct str *portfolios; /* none: all of them */
	size_t portfolios_len;
	bool disabled, has_password, has_factor;
	int64_t recovery_left, epoch;
	time_ms created_at, updated_at, signed_in_at;
};

/* -E_INVALID or -E_TOO_LARGE with the field. */
MUST_CHECK int user_check_name(struct str name, struct err *err);
MUST_CHECK int user_check_password(struct str password, struct str name, struct err *err);
MUST_CHECK int user_check_portfolios(const struct str *portfolios, size_t len, struct err *err);

MUST_CHECK int user_check_oidc(struct str value, struct err *err);

/* u->name, role, portfolios and oidc, under u->id. The same again is 0 and *ret_created false; other values under the name are
 * -E_CONFLICT with the field. */
MUST_CHECK int user_add(
    struct store_conn *c, const struct user *u, time_ms now, bool *ret_created, struct err *err);
/* 1 found, with strings in the arena; 0 there is none. */
MUST_CHECK int user_get(
    struct store_conn *c, struct str name, struct arena *a, struct user *ret, struct err *err);
MUST_CHECK int user_get_by_id(
    struct store_conn *c, uint64_t id, struct arena *a, struct user *ret, struct err *err);
MUST_CHECK int user_get_by_oidc(
    struct store_conn *c, struct str value, struct arena *a, struct user *ret, struct err *err);
/* By id, behind `after`, at most `limit`. */
MUST_CHECK int user_list(struct store_conn *c, uint64_t after, size_t limit, struct arena *a,
    struct user **ret, size_t *ret_len, struct err *err);
MUST_CHECK int user_count(struct store_conn *c, int64_t *ret, struct err *err);
/* Role, portfolios and disabled as `u` has them. */
MUST_CHECK int user_update(
    struct store_conn *c, const struct user *u, time_ms now, struct err *err);
/* From now on they sign in by the provider, where they are called so, whoever that is; or with p NULL by a password that
 * they have yet to choose. What proved it until now is gone. -E_CONFLICT with the field: another is called so. */
MUST_CHECK int user_bind(
    struct store_conn *c, uint64_t id, struct str oidc, time_ms now, struct err *err);
/* 1 it was this one the first time too, or this is the first time; 0 it is somebody else, or `u` is not what stands there
 * any more: who was bound anew since is not kept as whom the name before meant. */
MUST_CHECK int user_is_subject(
    struct store_conn *c, const struct user *u, const struct sha256 *subject, struct err *err);
/* The same answer, and nothing is kept. */
MUST_CHECK int user_may_be_subject(
    struct store_conn *c, const struct user *u, const struct sha256 *subject, struct err *err);
/* 1 it is gone, 0 there was none. */
MUST_CHECK int user_remove(struct store_conn *c, uint64_t id, struct err *err);
/* Ends all sessions of theirs, here and on other nodes. */
MUST_CHECK int user_end_sessions(struct store_conn *c, uint64_t id, time_ms now, struct err *err);

/* --- what proves it --------------------------------------------------------------------------- */

struct user_secrets {
	struct str password; /* its hash (base/password.h); p NULL = none */
	bool has_factor;
	uint8_t factor[TOTP_SECRET_LEN];
	int64_t factor_step; /* the last one that was used */
};
MUST_CHECK int user_secrets(struct store_conn *c, const struct seal_key *key, uint64_t id,
    struct arena *a, struct user_secrets *ret, struct err *err);
/* Takes the place of those before; without a factor that and the recovery codes stay as they are. -E_NOT_FOUND: there is
 * no such user, or they sign in by the provider. */
MUST_CHECK int user_give_secrets(struct store_conn *c, const struct seal_key *key, uint64_t id,
    const struct user_secrets *secrets, time_ms now, struct err *err);
/* New codes instead of those before; USER_RECOVERY_CODES of them, each with a NUL behind it. */
MUST_CHECK int user_give_recovery(struct store_conn *c, const struct seal_key *key, uint64_t id,
    char (*ret)[USER_RECOVERY_LEN + 1], struct err *err);
/* 1 used by this very call, 0 used before or none of theirs. Blanks and hyphens in a code do not count, nor case. */
MUST_CHECK int user_use_step(struct store_conn *c, uint64_t id, int64_t step, struct err *err);
MUST_CHECK int user_use_recovery(struct store_conn *c, const struct seal_key *key, uint64_t id,
    struct str code, struct err *err);
MUST_CHECK int user_signed_in(struct store_conn *c, uint64_t id, time_ms now, struct err *err);

#endif

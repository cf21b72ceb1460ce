/* base/totp.h: codes of a second factor, as authenticator apps make them: RFC 6238 with HMAC-SHA-1, 30 seconds and
 * 6 digits, the only form that all of them know. */
#ifndef BASE_TOTP_H
#define BASE_TOTP_H

#include "base/str.h"

#define TOTP_SECRET_LEN 20 /* as long as what SHA-1 gives (RFC 4226, section 4, R6) */
#define TOTP_STEP_S 30
#define TOTP_CODE_MAX 7 /* with a NUL */
#define TOTP_SECRET_TEXT_MAX 33

/* The code of the step that the second `at_s` since 1970 lies in. */
void totp_code(const uint8_t secret[TOTP_SECRET_LEN], int64_t at_s, char ret[TOTP_CODE_MAX]);
/* Is it the code of the step of `at_s`, or of the one before or behind it; steps up to `last` were used before and are
 * none. *ret_step is the step. How long it takes tells nothing of the right code. */
MUST_CHECK bool totp_is(const uint8_t secret[TOTP_SECRET_LEN], struct str code, int64_t at_s,
    int64_t last, int64_t *ret_step);
/* Base 32 in capitals, for who types it. */
void totp_secret_text(const uint8_t secret[TOTP_SECRET_LEN], char ret[TOTP_SECRET_TEXT_MAX]);
/* otpauth://totp/… for an app, with nothing in it that would need another encoding. */
void totp_uri(
    const uint8_t secret[TOTP_SECRET_LEN], struct str issuer, struct str name, struct buf *out);

#endif

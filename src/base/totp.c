#include "base/totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

#include "base/check.h"
#include "base/crypto.h"

#define SHA1_LEN 20
#define COUNTER_LEN 8
#define CODES 1000000 /* of six digits */

/* RFC 4226, section 5.3: four bytes from where the last half byte says. */
static uint32_t truncate(const uint8_t mac[SHA1_LEN])
{
	const uint8_t *at = mac + (mac[SHA1_LEN - 1] & 15);

	return (uint32_t)(at[0] & 127) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void code_of_step(
    const uint8_t secret[TOTP_SECRET_LEN], int64_t step, char ret[TOTP_CODE_MAX])
{
	uint8_t counter[COUNTER_LEN], mac[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	for (int i = 0; i < COUNTER_LEN; i++)
		counter[i] = (uint8_t)((uint64_t)step >> (8 * (COUNTER_LEN - 1 - i)));
	ASSERT(HMAC(EVP_sha1(), secret, TOTP_SECRET_LEN, counter, sizeof(counter), mac, &len));
	ASSERT(len == SHA1_LEN);
	(void)snprintf(ret, TOTP_CODE_MAX, "%06u", (unsigned)(truncate(mac) % CODES));
	crypto_wipe(mac, sizeof(mac));
}

void totp_code(const uint8_t secret[TOTP_SECRET_LEN], int64_t at_s, char ret[TOTP_CODE_MAX])
{
	code_of_step(secret, at_s / TOTP_STEP_S, ret);
}

bool totp_is(const uint8_t secret[TOTP_SECRET_LEN], struct str code, int64_t at_s, int64_t last,
    int64_t *ret_step)
{
	int64_t now = at_s / TOTP_STEP_S, found = -1;
	char right[TOTP_CODE_MAX];

	for (int64_t step = now - 1; step <= now + 1; step++) {
		code_of_step(secret, step, right);
		if (str_eq_secret(code, str_c(right)) && step > last && found < 0)
			found = step;
	}
	crypto_wipe(right, sizeof(right));
	if (found >= 0)
		*ret_step = found;
	return found >= 0;
}

void totp_secret_text(const uint8_t secret[TOTP_SECRET_LEN], char ret[TOTP_SECRET_TEXT_MAX])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	uint64_t bits = 0;
	size_t n = 0;

	/* Five bytes are eight digits, and the secret is four times five. */
	for (size_t i = 0; i < TOTP_SECRET_LEN; i++) {
		bits = bits << 8 | secret[i];
		for (size_t k = 0; i % 5 == 4 && k < 8; k++)
			ret[n++] = digits[bits >> (35 - 5 * k) & 31];
	}
	ret[n] = '\0';
}

static void add_encoded(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];
		bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		    (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_' || c == '~';
		if (plain)
			buf_add_char(out, (char)c);
		else
			buf_addf(out, "%%%02X", c);
	}
}

void totp_uri(
    const uint8_t secret[TOTP_SECRET_LEN], struct str issuer, struct str name, struct buf *out)
{
	char text[TOTP_SECRET_TEXT_MAX];

	totp_secret_text(secret, text);
	buf_addf(out, "otpauth://totp/");
	add_encoded(out, issuer);
	buf_add_char(out, ':');
	add_encoded(out, name);
	buf_addf(out, "?secret=%s&issuer=", text);
	add_encoded(out, issuer);
	crypto_wipe(text, sizeof(text));
}

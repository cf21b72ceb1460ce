/* SHA-256 is OpenSSL's own function and not its digest of that name: a digest makes and frees a context
 * at each hash, and what is hashed here is short and often. Two plain hashes make a MAC (RFC 2104). */
#define OPENSSL_API_COMPAT 10101 /* 3.0 calls that function old, and keeps it */
#include "base/crypto.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/file.h"

#define NONCE_LEN crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define SHA256_BLOCK 64
#define HMAC_INNER 0x36
#define HMAC_OUTER 0x5c
#define TAG_LEN crypto_aead_xchacha20poly1305_ietf_ABYTES

_Static_assert(SEAL_KEY_LEN == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "one key length");
_Static_assert(ED25519_SEED_LEN == crypto_sign_ed25519_SEEDBYTES, "one seed length");
_Static_assert(ED25519_PUBLIC_LEN == crypto_sign_ed25519_PUBLICKEYBYTES, "one public length");
_Static_assert(ED25519_SECRET_LEN == crypto_sign_ed25519_SECRETKEYBYTES, "one secret length");
_Static_assert(ED25519_SIGNATURE_LEN == crypto_sign_ed25519_BYTES, "one signature length");

int crypto_init(struct err *err)
{
	if (sodium_init() < 0)
		return err_set(
		    err, E_CRYPTO, "The cryptographic library libsodium does not start.");
	return 0;
}

void crypto_sha256_of_two(struct str first, struct str second, struct sha256 *ret)
{
	SHA256_CTX ctx;

	ASSERT(SHA256_Init(&ctx));
	ASSERT(SHA256_Update(&ctx, first.p, first.len));
	ASSERT(SHA256_Update(&ctx, second.p, second.len));
	ASSERT(SHA256_Final(ret->b, &ctx));
}

void crypto_sha256(struct str data, struct sha256 *ret)
{
	crypto_sha256_of_two(data, STR(""), ret);
}

static void add_bits(unsigned char pad[SHA256_BLOCK], unsigned char bits)
{
	for (size_t i = 0; i < SHA256_BLOCK; i++)
		pad[i] ^= bits;
}

void crypto_hmac_sha256(struct str key, struct str data, struct sha256 *ret)
{
	unsigned char pad[SHA256_BLOCK] = { 0 };
	const struct str block = str_n((const char *)pad, sizeof(pad));
	struct sha256 hash;

	if (key.len > sizeof(pad)) {
		crypto_sha256(key, &hash);
		key = str_n((const char *)hash.b, sizeof(hash.b));
	}
	if (key.len)
		memcpy(pad, key.p, key.len);
	add_bits(pad, HMAC_INNER);
	crypto_sha256_of_two(block, data, &hash);
	add_bits(pad, HMAC_INNER ^ HMAC_OUTER);
	crypto_sha256_of_two(block, str_n((const char *)hash.b, sizeof(hash.b)), ret);
	crypto_wipe(pad, sizeof(pad));
	crypto_wipe(&hash, sizeof(hash));
}

struct crypto_hash {
	SHA256_CTX ctx;
};

struct crypto_hash *crypto_hash_new(void)
{
	struct crypto_hash *h = mem_alloc(sizeof(*h));

	if (h)
		ASSERT(SHA256_Init(&h->ctx));
	return h;
}

void crypto_hash_add(struct crypto_hash *h, struct str data)
{
	ASSERT(SHA256_Update(&h->ctx, data.p, data.len));
}

void crypto_hash_end(struct crypto_hash **ph, struct sha256 *ret)
{
	struct crypto_hash *h = *ph;

	if (!h)
		return;
	if (ret)
		ASSERT(SHA256_Final(ret->b, &h->ctx));
	MEM_FREE(ph);
}

void crypto_random(void *out, size_t len)
{
	randombytes_buf(out, len);
}

/* --- encodings --- */

void hex_encode(const void *data, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *in = data;

	for (size_t i = 0; i < len; i++) {
		*out++ = digits[in[i] >> 4];
		*out++ = digits[in[i] & 15];
	}
	*out = '\0';
}

/* A digit's value and HEX; 0 is no digit. Of what is random no branch can be guessed, so a table knows. */
#define HEX 16U
static const unsigned char hex_digits[256] = {
	['0'] = HEX,
	['1'] = HEX + 1,
	['2'] = HEX + 2,
	['3'] = HEX + 3,
	['4'] = HEX + 4,
	['5'] = HEX + 5,
	['6'] = HEX + 6,
	['7'] = HEX + 7,
	['8'] = HEX + 8,
	['9'] = HEX + 9,
	['a'] = HEX + 10,
	['b'] = HEX + 11,
	['c'] = HEX + 12,
	['d'] = HEX + 13,
	['e'] = HEX + 14,
	['f'] = HEX + 15,
	['A'] = HEX + 10,
	['B'] = HEX + 11,
	['C'] = HEX + 12,
	['D'] = HEX + 13,
	['E'] = HEX + 14,
	['F'] = HEX + 15,
};

static unsigned hex_digit(char c)
{
	return hex_digits[(unsigned char)c];
}

int hex_decode(struct str hex, void *out, size_t out_len)
{
	unsigned char *to = out;

	if (hex.len % 2 || hex.len / 2 != out_len)
		return -E_INVALID;
	unsigned all = HEX;
	for (size_t i = 0; i < hex.len; i++)
		all &= hex_digit(hex.p[i]);
	if (all != HEX)
		return -E_INVALID;
	for (size_t i = 0; i < out_len; i++)
		to[i] = (unsigned char)(hex_digit(hex.p[2 * i]) << 4 |
		    (hex_digit(hex.p[2 * i + 1]) & 15));
	return 0;
}

void base32_encode(const void *data, size_t len, struct buf *out)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	const unsigned char *in = data;
	uint32_t bits = 0;
	unsigned count = 0;

	for (size_t i = 0; i < len; i++) {
		bits = bits << 8 | in[i];
		for (count += 8; count >= 5; count -= 5)
			buf_add_char(out, digits[bits >> (count - 5) & 31]);
	}
	if (count)
		buf_add_char(out, digits[bits << (5 - count) & 31]);
}

static void write_base64(struct str data, int variant, struct buf *out)
{
	if (data.len > SIZE_MAX / 2) {
		out->failed = true;
		return;
	}
	size_t len = sodium_base64_encoded_len(data.len, variant) - 1;
	if (!buf_reserve(out, len))
		return;
	(void)sodium_bin2base64(
	    out->p + out->len, len + 1, (const unsigned char *)data.p, data.len, variant);
	out->len += len;
}

void base64_encode(struct str data, struct buf *out)
{
	write_base64(data, sodium_base64_VARIANT_ORIGINAL, out);
}

void base64url_encode(struct str data, struct buf *out)
{
	write_base64(data, sodium_base64_VARIANT_URLSAFE_NO_PADDING, out);
}

/* libsodium takes no bits behind the last byte and no padding but the right one, but every byte
 * from 128 on for a digit. */
static bool read_base64(struct str text, int variant, void *out, size_t room, size_t *ret_len)
{
	for (size_t i = 0; i < text.len; i++) {
		if ((unsigned char)text.p[i] >= 0x80)
			return false;
	}
	return sodium_base642bin(
		   out, room, text.p ? text.p : "", text.len, NULL, ret_len, NULL, variant) == 0;
}

static int decode_base64(struct str text, int variant, struct buf *out)
{
	size_t len;

	if (!buf_reserve(out, text.len / 4 * 3 + 3))
		return -E_NOMEM;
	bool good = read_base64(text, variant, out->p + out->len, out->cap - out->len - 1, &len);
	if (good)
		out->len += len;
	out->p[out->len] = '\0';
	return good ? 0 : -E_INVALID;
}

int base64_decode(struct str text, struct buf *out)
{
	return decode_base64(text, sodium_base64_VARIANT_ORIGINAL, out);
}

int base64url_decode(struct str text, struct buf *out)
{
	return decode_base64(text, sodium_base64_VARIANT_URLSAFE_NO_PADDING, out);
}

void base64_write(const void *data, size_t len, char *out)
{
	(void)sodium_bin2base64(
	    out, BASE64_LEN(len) + 1, data, len, sodium_base64_VARIANT_ORIGINAL);
}

int base64_read(struct str text, void *out, size_t out_len)
{
	size_t len;

	if (text.len != BASE64_LEN(out_len) ||
	    !read_base64(text, sodium_base64_VARIANT_ORIGINAL, out, out_len, &len))
		return -E_INVALID;
	return len == out_len ? 0 : -E_INVALID;
}

/* --- signing --- */

void ed25519_keys(const uint8_t seed[ED25519_SEED_LEN], struct ed25519_secret *ret_secret,
    struct ed25519_public *ret_public)
{
	ASSERT(crypto_sign_ed25519_seed_keypair(ret_public->b, ret_secret->b, seed) == 0);
}

void ed25519_sign(
    const struct ed25519_secret *key, struct str data, uint8_t out[ED25519_SIGNATURE_LEN])
{
	ASSERT(crypto_sign_ed25519_detached(
		   out, NULL, (const unsigned char *)data.p, data.len, key->b) == 0);
}

bool ed25519_is_signed(const struct ed25519_public *key, struct str data,
    const uint8_t signature[ED25519_SIGNATURE_LEN])
{
	return crypto_sign_ed25519_verify_detached(
		   signature, (const unsigned char *)data.p, data.len, key->b) == 0;
}

/* --- sealing --- */

static int key_error(struct err *err, const char *path, const char *what)
{
	return err_set(err, E_CRYPTO, "The key file \"%s\" %s.", path, what);
}

static int key_read(int fd, const char *path, struct seal_key *ret, struct err *err)
{
	struct stat st;
	struct seal_key key;

	if (fstat(fd, &st))
		return key_error(err, path, "cannot be read");
	if (!S_ISREG(st.st_mode))
		return key_error(err, path, "is not a regular file");
	if (st.st_mode & 077)
		return key_error(
		    err, path, "can be read by others than its owner; its mode must be 0600");
	if (st.st_size != SEAL_KEY_LEN)
		return key_error(err, path, "does not hold exactly 32 bytes");
	if (read(fd, key.b, sizeof(key.b)) != (ssize_t)sizeof(key.b))
		return key_error(err, path, "cannot be read");
	*ret = key;
	seal_key_wipe(&key);
	return 0;
}

static int key_create(const char *path, struct err *err)
{
	struct seal_key key;

	crypto_random(key.b, sizeof(key.b));
	int rc = file_create_atomic(path, str_n((const char *)key.b, sizeof(key.b)), 0600, err);
	seal_key_wipe(&key);
	return rc;
}

int seal_key_load(const char *path, bool create, struct seal_key *ret, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 && errno == ENOENT && create) {
		int rc = key_create(path, err);
		/* Somebody else was first: then theirs is the key. */
		if (rc && rc != -E_CONFLICT)
			return rc;
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	}
	if (fd < 0 && errno == ENOENT)
		return err_set(err, E_NOT_FOUND, "There is no key file \"%s\".", path);
	if (fd < 0)
		return key_error(err, path, "cannot be opened");
	int rc = key_read(fd, path, ret, err);
	(void)close(fd);
	return rc;
}

void seal_key_wipe(struct seal_key *key)
{
	crypto_wipe(key, sizeof(*key));
}

int seal(const struct seal_key *key, struct str context, struct str plain, struct buf *out)
{
	unsigned long long len;

	if (plain.len > SIZE_MAX - NONCE_LEN - TAG_LEN)
		return -E_TOO_LARGE;
	if (!buf_reserve(out, NONCE_LEN + plain.len + TAG_LEN))
		return -E_NOMEM;
	unsigned char *nonce = (unsigned char *)out->p + out->len;
	crypto_random(nonce, NONCE_LEN);
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + NONCE_LEN, &len,
	    (const unsigned char *)plain.p, plain.len, (const unsigned char *)context.p,
	    context.len, NULL, nonce, key->b);
	out->len += NONCE_LEN + (size_t)len;
	out->p[out->len] = '\0';
	return 0;
}

int unseal(const struct seal_key *key, struct str context, struct str sealed, struct buf *out,
    struct err *err)
{
	unsigned long long len;
	const unsigned char *nonce = (const unsigned char *)sealed.p;

	if (sealed.len < NONCE_LEN + TAG_LEN)
		return err_set(err, E_CRYPTO, "A sealed value is too short to be one.");
	if (!buf_reserve(out, sealed.len))
		return err_set(err, E_NOMEM, "There is no memory left to open a sealed value.");
	int rc = crypto_aead_xchacha20poly1305_ietf_decrypt((unsigned char *)out->p + out->len,
	    &len, NULL, nonce + NONCE_LEN, sealed.len - NONCE_LEN, (const unsigned char *)context.p,
	    context.len, nonce, key->b);
	if (rc == 0)
		out->len += (size_t)len;
	out->p[out->len] = '\0';
	if (rc)
		return err_set(err, E_CRYPTO,
		    "A sealed value cannot be opened: the key is another one, or it was changed.");
	return 0;
}

void crypto_wipe(void *p, size_t len)
{
	mem_wipe(p, len);
}

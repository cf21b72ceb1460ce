#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/torture.h"

static int setup(void **state)
{
	(void)state;
	int rc = crypto_init(NULL);
	/* A second time does nothing. */
	return rc ? rc : crypto_init(NULL);
}

/* --- hashes --- */

static const struct {
	const char *data;
	int repeat;
	const char *hex;
} hashes[] = {
	{ "", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
	    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	{ "a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
};

static void test_sha256(void **state)
{
	char hex[2 * SHA256_LEN + 1];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hashes); i++) {
		struct sha256 hash;
		struct buf data;
		buf_init(&data, 0);
		for (int k = 0; k < hashes[i].repeat; k++)
			buf_add_c(&data, hashes[i].data);
		crypto_sha256(buf_str(&data), &hash);
		hex_encode(hash.b, sizeof(hash.b), hex);
		if (strcmp(hex, hashes[i].hex) != 0)
			fail_msg("row %zu: %s", i, hex);
		buf_done(&data);
	}
}

/* RFC 4231; keys and data as (byte, length) or as text. */
static const struct {
	const char *key, *data, *hex;
	int key_repeat, data_repeat;
} macs[] = {
	{ "\x0b", "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
	    20, 1 },
	{ "Jefe", "what do ya want for nothing?",
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", 1, 1 },
	{ "\xaa", "\xdd", "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe", 20,
	    50 },
	{ "\xaa", "Test Using Larger Than Block-Size Key - Hash Key First",
	    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", 131, 1 },
	/* Between others, so that an empty key is not taken for "the same key again". */
	{ "", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad", 1, 1 },
	{ "\xaa",
	    "This is a test using a larger than block-size key and a larger than block-size "
	    "data. The key needs to be hashed before being used by the HMAC algorithm.",
	    "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2", 131, 1 },
};

static void repeat(struct buf *b, const char *text, int times)
{
	buf_init(b, 0);
	while (times--)
		buf_add_c(b, text);
}

static void check_mac(size_t i)
{
	char hex[2 * SHA256_LEN + 1];
	struct buf key, data;
	struct sha256 mac;

	repeat(&key, macs[i].key, macs[i].key_repeat);
	repeat(&data, macs[i].data, macs[i].data_repeat);
	crypto_hmac_sha256(buf_str(&key), buf_str(&data), &mac);
	hex_encode(mac.b, sizeof(mac.b), hex);
	ASSERT(strcmp(hex, macs[i].hex) == 0);
	buf_done(&key);
	buf_done(&data);
}

static void *check_macs(void *arg)
{
	(void)arg;
	for (int round = 0; round < 50; round++) {
		for (size_t i = 0; i < ARRAY_LEN(macs); i++)
			check_mac(i);
	}
	return NULL;
}

static void test_hmac_in_threads(void **state)
{
	pthread_t threads[4];
	struct sha256 a, b;

	(void)state;
	(void)check_macs(NULL);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, check_macs, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	crypto_hmac_sha256(STR_NONE, STR_NONE, &a);
	crypto_hmac_sha256(STR(""), STR(""), &b);
	assert_memory_equal(a.b, b.b, sizeof(a.b));
}

static void test_random(void **state)
{
	char a[32] = { 0 }, b[32] = { 0 };

	(void)state;
	crypto_random(a, sizeof(a));
	crypto_random(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	crypto_wipe(a, sizeof(a));
	memset(b, 0, sizeof(b));
	assert_memory_equal(a, b, sizeof(a));
}

/* --- encodings --- */

static void test_hex(void **state)
{
	static const struct str bad[] = { { "", 0 }, { "0", 1 }, { "000", 3 }, { "0g12", 4 },
		{ "001122", 6 }, { "00 1", 4 },
		{ "0\0"
		  "12",
		    4 },
		{ "@0aa", 4 }, { "`0aa", 4 }, { "/0aa", 4 }, { ":0aa", 4 } };
	unsigned char out[2] = { 7, 7 };
	char hex[5];

	(void)state;
	hex_encode("\x00\xff", 2, hex);
	assert_string_equal(hex, "00ff");
	hex_encode("", 0, hex);
	assert_string_equal(hex, "");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (hex_decode(bad[i], out, sizeof(out)) != -E_INVALID || out[0] != 7 ||
		    out[1] != 7)
			fail_msg("row %zu is taken", i);
	}
	assert_int_equal(hex_decode(STR("aBF0"), out, sizeof(out)), 0);
	assert_true(out[0] == 0xab && out[1] == 0xf0);
	assert_int_equal(hex_decode(STR(""), out, 0), 0);
}

/* RFC 4648, section 10 */
static const struct {
	const char *data, *base32, *base64;
} encodings[] = {
	{ "", "", "" },
	{ "f", "my", "Zg==" },
	{ "fo", "mzxq", "Zm8=" },
	{ "foo", "mzxw6", "Zm9v" },
	{ "foob", "mzxw6yq", "Zm9vYg==" },
	{ "fooba", "mzxw6ytb", "Zm9vYmE=" },
	{ "foobar", "mzxw6ytboi", "Zm9vYmFy" },
	{ "\xff\xfe\xfd", "777p2", "//79" },
};

static void test_encodings(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (size_t i = 0; i < ARRAY_LEN(encodings); i++) {
		struct str data = str_c(encodings[i].data);
		buf_reset(&b);
		base32_encode(data.p, data.len, &b);
		buf_add_char(&b, '|');
		base64_encode(data, &b);
		buf_add_char(&b, '|');
		assert_int_equal(base64_decode(str_c(encodings[i].base64), &b), 0);
		struct str got = buf_str(&b);
		if (!str_eq_c(str_cut(&got, '|'), encodings[i].base32) ||
		    !str_eq_c(str_cut(&got, '|'), encodings[i].base64) || !str_eq(got, data))
			fail_msg("row %zu: %s", i, b.p);
	}
	buf_done(&b);
}

static const char *const no_base64[] = { "Z", "Zg", "Zg=", "Zg===", "Z===", "Zm9v====", "Zm9v Zm9v",
	"Zm9v\n", "Zm9_", "Zm-v", "Zh==", "Zm9=", "=", "Zm9v!" };

static void test_what_is_no_base64(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	buf_add_c(&b, "kept");
	for (size_t i = 0; i < ARRAY_LEN(no_base64); i++) {
		if (base64_decode(str_c(no_base64[i]), &b) != -E_INVALID || b.len != 4 || b.p[4])
			fail_msg("%s is taken", no_base64[i]);
	}
	buf_done(&b);
	buf_init(&b, 4);
	base64_encode(STR("123456"), &b);
	assert_true(b.failed);
	buf_done(&b);
}

/* Whatever byte stands wherever in four digits: what is taken is what the same bytes are written as. */
static void test_base64_for_the_web(void **state)
{
	static const char *const none[] = { "-_8=", "-_9", "+/8", "A", "-_ 8", "-_8\n" };
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	base64url_encode(STR("\xfb\xff"), &b);
	assert_string_equal(b.p, "-_8");
	buf_reset(&b);
	assert_int_equal(base64url_decode(STR("-_8"), &b), 0);
	assert_true(str_eq(buf_str(&b), STR("\xfb\xff")));
	for (size_t i = 0; i < ARRAY_LEN(none); i++) {
		if (base64url_decode(str_c(none[i]), &b) != -E_INVALID || b.len != 2)
			fail_msg("%s is taken", none[i]);
	}
	buf_done(&b);
}

static void test_base64_has_one_form(void **state)
{
	char text[4], again[BASE64_LEN(3) + 1], out[3];
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (unsigned i = 0; i < 4 * 256; i++) {
		memcpy(text, "TWFu", sizeof(text));
		text[i / 256] = (char)(unsigned char)i;
		bool taken = base64_read(str_n(text, 4), out, 3) == 0;
		buf_reset(&b);
		if ((base64_decode(str_n(text, 4), &b) == 0 && b.len == 3) != taken)
			fail_msg("byte %u at %u is taken by one of the two", i % 256, i / 256);
		if (!taken)
			continue;
		base64_write(out, 3, again);
		if (memcmp(text, again, 4) != 0)
			fail_msg("byte %u at %u is taken", i % 256, i / 256);
	}
	buf_done(&b);
}

/* Of one byte the last digit before the padding has four bits that mean nothing. */
static void test_base64_of_a_known_length(void **state)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char text[BASE64_LEN(6) + 1], out[7] = "kept..";

	(void)state;
	base64_write("123456", 6, text);
	assert_string_equal(text, "MTIzNDU2");
	base64_write("12345", 5, text);
	assert_string_equal(text, "MTIzNDU=");
	base64_write("", 0, text);
	assert_string_equal(text, "");
	assert_int_equal(base64_read(STR_NONE, out, 0), 0);
	assert_int_equal(base64_read(STR("MTIzNDU="), out, 5), 0);
	assert_string_equal(out, "12345.");
	assert_int_equal(base64_read(STR("MTIzNDU="), out, 4), -E_INVALID);
	assert_int_equal(base64_read(STR("MTIzNDU="), out, 6), -E_INVALID);
	assert_int_equal(base64_read(STR("MTIzNDU"), out, 5), -E_INVALID);
	assert_int_equal(base64_read(STR("MTIz\nDU="), out, 5), -E_INVALID);
	for (size_t i = 0; i < strlen(digits); i++) {
		const char padded[] = { 'M', digits[i], '=', '=' };
		if ((base64_read(str_n(padded, 4), out, 1) == 0) != (i % 16 == 0))
			fail_msg("M%c==", digits[i]);
	}
}

/* --- signing --- */

/* RFC 8032, 7.1, tests 1 to 3. */
static const struct {
	const char *seed, *public, *data, *signature;
} signatures[] = {
	{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
	    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
	    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
	    "d25bf5f0595bbe24655141438e7a100b" },
	{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
	    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "\x72",
	    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
	    "387b2eaeb4302aeeb00d291612bb0c00" },
	{ "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
	    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "\xaf\x82",
	    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
	    "4a7c15e9716ed28dc027beceea1ec40a" },
};

struct signer {
	uint8_t seed[ED25519_SEED_LEN], signature[ED25519_SIGNATURE_LEN];
	struct ed25519_secret secret;
	struct ed25519_public public;
	struct str data;
};

static void sign_row(size_t i, struct signer *ret)
{
	assert_int_equal(hex_decode(str_c(signatures[i].seed), ret->seed, sizeof(ret->seed)), 0);
	ed25519_keys(ret->seed, &ret->secret, &ret->public);
	ret->data = str_c(signatures[i].data);
	ed25519_sign(&ret->secret, ret->data, ret->signature);
}

static void test_signatures(void **state)
{
	char public[2 * ED25519_PUBLIC_LEN + 1], signature[2 * ED25519_SIGNATURE_LEN + 1];
	struct signer s;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(signatures); i++) {
		sign_row(i, &s);
		hex_encode(s.public.b, sizeof(s.public.b), public);
		hex_encode(s.signature, sizeof(s.signature), signature);
		if (strcmp(public, signatures[i].public) != 0 ||
		    strcmp(signature, signatures[i].signature) != 0)
			fail_msg("row %zu: %s %s", i, public, signature);
		if (!ed25519_is_signed(&s.public, s.data, s.signature))
			fail_msg("row %zu is not signed", i);
	}
}

/* The order of the group, as signatures have numbers: adding it to the second half of a signature would leave
 * another signature of the same, if that were taken. */
static void add_order(uint8_t half[32])
{
	static const uint8_t order[32] = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6,
		0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10 };
	unsigned carry = 0;

	for (size_t i = 0; i < sizeof(order); i++) {
		carry += half[i] + (unsigned)order[i];
		half[i] = (uint8_t)carry;
		carry >>= 8;
	}
	assert_int_equal(carry, 0);
}

static void test_a_signature_is_of_one_key_and_one_text(void **state)
{
	struct signer s, other;

	(void)state;
	sign_row(1, &s);
	sign_row(2, &other);
	assert_false(ed25519_is_signed(&other.public, s.data, s.signature));
	assert_false(ed25519_is_signed(&s.public, other.data, s.signature));
	assert_false(ed25519_is_signed(&s.public, STR_NONE, s.signature));
	for (size_t bit = 0; bit < 8 * sizeof(s.signature); bit++) {
		s.signature[bit / 8] = (uint8_t)(s.signature[bit / 8] ^ 1u << bit % 8);
		if (ed25519_is_signed(&s.public, s.data, s.signature))
			fail_msg("bit %zu may be turned over", bit);
		s.signature[bit / 8] = (uint8_t)(s.signature[bit / 8] ^ 1u << bit % 8);
	}
	add_order(s.signature + 32);
	assert_false(ed25519_is_signed(&s.public, s.data, s.signature));
}

/* --- sealing --- */

static const struct seal_key key = { "0123456789abcdef0123456789abcde" };

static void test_seal(void **state)
{
	static const struct str plains[] = { { "", 0 }, { "x", 1 }, { "zero \0 inside", 13 } };
	struct buf sealed, again, plain;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(plains); i++) {
		buf_init(&sealed, 0);
		buf_init(&again, 0);
		buf_init(&plain, 0);
		assert_int_equal(seal(&key, STR("ctx"), plains[i], &sealed), 0);
		assert_int_equal(seal(&key, STR("ctx"), plains[i], &again), 0);
		assert_false(str_eq(buf_str(&sealed), buf_str(&again)));
		buf_add_c(&plain, "> ");
		assert_int_equal(unseal(&key, STR("ctx"), buf_str(&sealed), &plain, NULL), 0);
		assert_true(str_eq(str_sub(buf_str(&plain), 2, SIZE_MAX), plains[i]));
		buf_done(&sealed);
		buf_done(&again);
		buf_done(&plain);
	}
}

static void test_what_was_changed_stays_sealed(void **state)
{
	struct seal_key other = key;
	struct buf sealed, plain;
	struct err err;

	(void)state;
	buf_init(&sealed, 0);
	buf_init(&plain, 0);
	assert_int_equal(seal(&key, STR("waba:1:token"), STR("secret"), &sealed), 0);
	struct str s = buf_str(&sealed);
	for (size_t i = 0; i < s.len; i++) {
		sealed.p[i] ^= 1;
		assert_int_equal(unseal(&key, STR("waba:1:token"), s, &plain, &err), -E_CRYPTO);
		sealed.p[i] ^= 1;
		assert_int_equal(
		    unseal(&key, STR("waba:1:token"), str_sub(s, 0, i), &plain, &err), -E_CRYPTO);
	}
	other.b[31] ^= 1;
	assert_int_equal(unseal(&other, STR("waba:1:token"), s, &plain, &err), -E_CRYPTO);
	assert_int_equal(unseal(&key, STR("waba:2:token"), s, &plain, &err), -E_CRYPTO);
	assert_int_equal(unseal(&key, STR_NONE, s, &plain, &err), -E_CRYPTO);
	assert_int_equal(plain.len, 0);
	assert_int_equal(unseal(&key, STR("waba:1:token"), s, &plain, &err), 0);
	assert_string_equal(plain.p, "secret");
	buf_done(&sealed);
	buf_done(&plain);
}

static int seal_and_unseal(void *arg)
{
	struct buf sealed, plain;

	(void)arg;
	buf_init(&sealed, 0);
	buf_init(&plain, 0);
	int rc = seal(&key, STR("ctx"), STR("secret"), &sealed);
	if (rc == 0)
		rc = unseal(&key, STR("ctx"), buf_str(&sealed), &plain, NULL);
	if (rc == 0)
		rc = base64_decode(
		    STR("Zm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9v"), &plain);
	buf_done(&sealed);
	buf_done(&plain);
	return rc;
}

static void test_without_memory(void **state)
{
	(void)state;
	torture("seal and unseal", seal_and_unseal, NULL);
}

/* --- the key file --- */

static void test_key_file(void **state)
{
	char dir[] = "/tmp/varco-crypto-test-XXXXXX", path[64];
	struct seal_key first, second;
	struct stat st;
	struct err err;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/key", dir);
	assert_int_equal(seal_key_load(path, false, &first, &err), -E_NOT_FOUND);
	assert_int_equal(seal_key_load(path, true, &first, &err), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, SEAL_KEY_LEN);
	assert_int_equal(seal_key_load(path, true, &second, &err), 0);
	assert_memory_equal(first.b, second.b, sizeof(first.b));
	seal_key_wipe(&first);
	assert_memory_not_equal(first.b, second.b, sizeof(first.b));

	static const mode_t open_modes[] = { 0640, 0604, 0660, 0666, 0601, 0610 };
	for (size_t i = 0; i < ARRAY_LEN(open_modes); i++) {
		assert_int_equal(chmod(path, open_modes[i]), 0);
		assert_int_equal(seal_key_load(path, true, &first, &err), -E_CRYPTO);
		assert_non_null(strstr(err.text, "0600"));
	}
	assert_int_equal(chmod(path, 0400), 0);
	assert_int_equal(seal_key_load(path, true, &first, &err), 0);
	assert_memory_equal(first.b, second.b, sizeof(first.b));

	static const size_t sizes[] = { 0, 31, 33, 100 };
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		static const char zeros[100];
		assert_int_equal(file_write_atomic(path, str_n(zeros, sizes[i]), 0600, &err), 0);
		assert_int_equal(seal_key_load(path, true, &first, &err), -E_CRYPTO);
		assert_non_null(strstr(err.text, "32 bytes"));
	}
	assert_memory_equal(first.b, second.b, sizeof(first.b));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(seal_key_load(dir, true, &first, &err), -E_CRYPTO);
	assert_int_equal(seal_key_load("/nowhere/key", true, &first, &err), -E_NOT_FOUND);
	assert_int_equal(rmdir(dir), 0);
}

static void test_a_hash_in_pieces(void **state)
{
	struct crypto_hash *h = crypto_hash_new();
	struct sha256 whole, pieces;

	(void)state;
	assert_non_null(h);
	crypto_sha256(STR("hello you"), &whole);
	crypto_hash_add(h, STR("hello "));
	crypto_hash_add(h, STR(""));
	crypto_hash_add(h, STR("you"));
	crypto_hash_end(&h, &pieces);
	assert_null(h);
	assert_memory_equal(&whole, &pieces, sizeof(whole));
	crypto_hash_end(&h, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_hash_in_pieces),
		cmocka_unit_test(test_sha256),
		cmocka_unit_test(test_hmac_in_threads),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_encodings),
		cmocka_unit_test(test_what_is_no_base64),
		cmocka_unit_test(test_base64_for_the_web),
		cmocka_unit_test(test_base64_has_one_form),
		cmocka_unit_test(test_base64_of_a_known_length),
		cmocka_unit_test(test_signatures),
		cmocka_unit_test(test_a_signature_is_of_one_key_and_one_text),
		cmocka_unit_test(test_seal),
		cmocka_unit_test(test_what_was_changed_stays_sealed),
		cmocka_unit_test(test_without_memory),
		cmocka_unit_test(test_key_file),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "domain/note.h"

#define NAME "varco-ledger/00112233445566778899aabbccddeeff"

static struct note_signer signer;
static struct err err;

static int setup(void **state)
{
	uint8_t seed[ED25519_SEED_LEN];

	(void)state;
	assert_int_equal(crypto_init(&err), 0);
	memset(seed, 3, sizeof(seed));
	assert_int_equal(note_signer_init(&signer, STR(NAME), seed, &err), 0);
	return 0;
}

static void make(uint64_t size, struct buf *out)
{
	struct sha256 root;

	memset(root.b, (int)size & 0x7f, sizeof(root.b));
	buf_init(out, 0);
	note_write(&signer, size, &root, out);
	assert_false(out->failed);
}

static void test_a_signer_is_wiped(void **state)
{
	const uint8_t seed[ED25519_SEED_LEN] = { 1 };
	const struct ed25519_secret nothing = { { 0 } };
	struct note_signer s;

	(void)state;
	assert_int_equal(note_signer_init(&s, STR("x"), seed, &err), 0);
	assert_memory_not_equal(&s.secret, &nothing, sizeof(nothing));
	note_signer_wipe(&s);
	assert_memory_equal(&s.secret, &nothing, sizeof(nothing));
}

static void test_written_and_read(void **state)
{
	struct note_point p;
	struct buf text;

	(void)state;
	make(20852, &text);
	assert_true(str_starts(buf_str(&text), STR(NAME "\n20852\n")));
	assert_non_null(strstr(text.p, "\n\n\xe2\x80\x94 " NAME " "));
	assert_int_equal(note_read(buf_str(&text), &p, &err), 0);
	assert_true(str_eq(p.origin, STR(NAME)));
	assert_int_equal(p.size, 20852);
	assert_int_equal(p.root.b[31], 20852 & 0x7f);
	assert_true(note_is_signed(&p, &signer.verifier));
	buf_done(&text);
}

static void test_the_verifier_key(void **state)
{
	char text[NOTE_KEY_TEXT_MAX], again[NOTE_KEY_TEXT_MAX];
	struct note_verifier v;

	(void)state;
	note_verifier_write(&signer.verifier, text);
	assert_true(str_starts(str_c(text), STR(NAME "+")));
	assert_int_equal(note_verifier_read(str_c(text), &v, &err), 0);
	assert_memory_equal(&v.public, &signer.verifier.public, sizeof(v.public));
	note_verifier_write(&v, again);
	assert_string_equal(text, again);
	for (size_t i = 0; i < strlen(text); i++) {
		memcpy(again, text, sizeof(again));
		again[i] = again[i] == 'A' ? 'B' : 'A';
		if (note_verifier_read(str_c(again), &v, &err) == 0)
			fail_msg("byte %zu may be another", i);
		again[i] = '\0';
		assert_int_equal(note_verifier_read(str_c(again), &v, &err), -E_INVALID);
	}
}

/* Whatever single bit is turned over, the note is none, or not signed any more. */
static void test_every_bit_counts(void **state)
{
	struct note_point p;
	struct buf text;

	(void)state;
	make(7, &text);
	for (size_t bit = 0; bit < text.len * 8; bit++) {
		text.p[bit / 8] = (char)(text.p[bit / 8] ^ (1 << bit % 8));
		if (note_read(buf_str(&text), &p, &err) == 0 &&
		    note_is_signed(&p, &signer.verifier))
			fail_msg("bit %zu may be turned over", bit);
		text.p[bit / 8] = (char)(text.p[bit / 8] ^ (1 << bit % 8));
	}
	for (size_t len = 0; len < text.len; len++) {
		if (note_read(str_n(text.p, len), &p, &err) == 0 &&
		    note_is_signed(&p, &signer.verifier))
			fail_msg("%zu bytes may be missing", text.len - len);
	}
	buf_done(&text);
}

static void test_others_may_sign_too(void **state)
{
	struct note_signer other;
	struct note_point p;
	uint8_t seed[ED25519_SEED_LEN] = { 9 };
	struct buf text, both;

	(void)state;
	make(7, &text);
	buf_init(&both, 0);
	buf_add(&both, buf_str(&text));
	buf_add_c(&both, "\xe2\x80\x94 witness.example/w1 AAAAAAAA\n");
	assert_int_equal(note_read(buf_str(&both), &p, &err), 0);
	assert_true(note_is_signed(&p, &signer.verifier));
	assert_int_equal(note_signer_init(&other, STR(NAME), seed, &err), 0);
	assert_false(note_is_signed(&p, &other.verifier));
	assert_int_equal(note_signer_init(&other, STR("other"), seed, &err), 0);
	assert_false(note_is_signed(&p, &other.verifier));
	buf_done(&both);
	buf_done(&text);
}

/* As many as there is room for. */
static void test_ours_may_be_the_last_signature(void **state)
{
	static const char other[] = "\xe2\x80\x94 witness.example/w1 AAAAAAAA\n";
	struct note_point p;
	struct buf text, all;

	(void)state;
	make(7, &text);
	assert_int_equal(note_read(buf_str(&text), &p, &err), 0);
	buf_init(&all, 0);
	buf_add(&all, p.body);
	buf_add_char(&all, '\n');
	while (all.len + strlen(other) + p.signatures.len <= NOTE_MAX)
		buf_add_c(&all, other);
	buf_add(&all, p.signatures);
	assert_int_equal(note_read(buf_str(&all), &p, &err), 0);
	assert_true(note_is_signed(&p, &signer.verifier));
	buf_add_c(&all, other);
	assert_int_equal(note_read(buf_str(&all), &p, &err), -E_INVALID);
	buf_done(&all);
	buf_done(&text);
}

static void test_what_is_no_checkpoint(void **state)
{
	static const char root[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
	static const struct {
		const char *name, *head, *root;
	} cases[] = {
		{ "no origin", "\n7\n", root },
		{ "a blank in the origin", "a b\n7\n", root },
		{ "a plus in the origin", "a+b\n7\n", root },
		{ "a size with a nought in front", "a\n07\n", root },
		{ "a size below nought", "a\n-7\n", root },
		{ "no size", "a\n\n", root },
		{ "a size that is too large", "a\n9223372036854775808\n", root },
		{ "a root that is too short", "a\n7\n", "AAAA" },
		{ "a root in another form", "a\n7\n",
		    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=" },
		{ "a root that is no base 64", "a\n7\n", "********" },
	};
	struct note_point p;
	struct buf text;

	(void)state;
	buf_init(&text, 0);
	buf_addf(&text, "a\n7\n%s\n\n\xe2\x80\x94 a AAAA\n", root);
	assert_int_equal(note_read(buf_str(&text), &p, &err), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		buf_reset(&text);
		buf_addf(&text, "%s%s\n\n\xe2\x80\x94 a AAAA\n", cases[i].head, cases[i].root);
		if (note_read(buf_str(&text), &p, &err) != -E_INVALID)
			fail_msg("%s is taken for a checkpoint", cases[i].name);
	}
	assert_int_equal(note_read(STR(""), &p, &err), -E_INVALID);
	assert_int_equal(note_read(STR("\n\n"), &p, &err), -E_INVALID);
	buf_done(&text);
}

static void test_names_that_will_not_do(void **state)
{
	struct note_signer s;
	uint8_t seed[ED25519_SEED_LEN] = { 0 };
	char longest[NOTE_NAME_MAX + 1];

	(void)state;
	memset(longest, 'x', sizeof(longest));
	assert_int_equal(note_signer_init(&s, STR(""), seed, &err), -E_INVALID);
	assert_int_equal(note_signer_init(&s, STR("a b"), seed, &err), -E_INVALID);
	assert_int_equal(
	    note_signer_init(&s, str_n(longest, NOTE_NAME_MAX), seed, &err), -E_INVALID);
	assert_int_equal(note_signer_init(&s, str_n(longest, NOTE_NAME_MAX - 1), seed, &err), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_signer_is_wiped),
		cmocka_unit_test(test_written_and_read),
		cmocka_unit_test(test_the_verifier_key),
		cmocka_unit_test(test_every_bit_counts),
		cmocka_unit_test(test_others_may_sign_too),
		cmocka_unit_test(test_ours_may_be_the_last_signature),
		cmocka_unit_test(test_what_is_no_checkpoint),
		cmocka_unit_test(test_names_that_will_not_do),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}

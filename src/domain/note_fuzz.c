/* Any bytes as a checkpoint and as a verifier key. Nobody signed them; what reads as a checkpoint
 * reads the same again from its own parts, and so does a key. */
#include "domain/note.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct note_signer signer;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	uint8_t seed[ED25519_SEED_LEN] = { 5 };

	(void)argc;
	(void)argv;
	ASSERT(crypto_init(NULL) == 0);
	ASSERT(note_signer_init(&signer, STR("varco-ledger/fuzz"), seed, NULL) == 0);
	return 0;
}

static void check_note(struct str text)
{
	struct note_point p, again;
	struct buf own;

	if (note_read(text, &p, NULL) < 0)
		return;
	ASSERT(!note_is_signed(&p, &signer.verifier));
	buf_init(&own, 0);
	note_write(&signer, p.size, &p.root, &own);
	ASSERT(!own.failed && note_read(buf_str(&own), &again, NULL) == 0);
	ASSERT(again.size == p.size && memcmp(again.root.b, p.root.b, SHA256_LEN) == 0);
	ASSERT(note_is_signed(&again, &signer.verifier));
	buf_done(&own);
}

static void check_key(struct str text)
{
	char out[NOTE_KEY_TEXT_MAX];
	struct note_verifier v;

	if (note_verifier_read(text, &v, NULL) < 0)
		return;
	note_verifier_write(&v, out);
	ASSERT(str_eq_c(str_trim(text), out));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_n((const char *)data, size);

	check_note(text);
	check_key(text);
	return 0;
}

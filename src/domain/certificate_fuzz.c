/* Any bytes as a certificate, which a stranger may hand in to be checked. Seeds: tests/corpus/certificate,
 * where one holds under the key that is used here. Whatever is told to hold bears the key's name. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "domain/certificate.h"
#include "domain/certificate_check.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct note_signer signer;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	uint8_t seed[ED25519_SEED_LEN];

	(void)argc;
	(void)argv;
	ASSERT(crypto_init(NULL) == 0);
	memset(seed, 11, sizeof(seed));
	ASSERT(note_signer_init(
		   &signer, STR("varco-ledger/000102030405060708090a0b0c0d0e0f"), seed, NULL) == 0);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_n((const char *)data, size);
	struct arena *a = arena_new(0, (size_t)64 << 20);
	struct certificate_report report;
	struct err err = { 0 };

	ASSERT(a);
	int r = certificate_check(text, &signer.verifier, a, &report, &err);
	ASSERT(r == 0 || (r < 0 && err.text[0]));
	if (r == 0) {
		ASSERT(memmem(data, size, signer.verifier.name, strlen(signer.verifier.name)));
		ASSERT(report.covered <= report.acts + report.messages);
		ASSERT(report.checkpoint || report.covered == 0);
	}
	arena_free(&a);
	return 0;
}

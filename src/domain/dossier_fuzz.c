/* Any bytes as a dossier, which a stranger may hand in to be checked: as the whole archive, or, behind a first byte
 * that is even, as dossier.json and (behind a byte 0xff) proofs.json of one that is packed and signed here, so that
 * what lies behind the signature is met too. Seeds: tests/corpus/dossier, where one holds. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "domain/dossier_check.h"

#define AT 1795341600000LL /* 2026-11-22T10:00:00Z */
#define FILES 14
#define DOSSIER 9 /* place of dossier.json */

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct note_signer signer;
static char key[NOTE_KEY_TEXT_MAX];
static const char *const names[FILES] = { "README.txt", "dossier.en.html", "dossier.en.pdf",
	"dossier.it.html", "dossier.it.pdf", "texts/review.en.txt", "texts/review.it.txt",
	"texts/ticket.en.txt", "texts/ticket.it.txt", "dossier.json", "proofs.json", "ledger.pub",
	"tools/ledger_verify.py", "MANIFEST" };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	uint8_t seed[ED25519_SEED_LEN];

	(void)argc;
	(void)argv;
	ASSERT(crypto_init(NULL) == 0);
	memset(seed, 11, sizeof(seed));
	ASSERT(note_signer_init(
		   &signer, STR("varco-ledger/000102030405060708090a0b0c0d0e0f"), seed, NULL) == 0);
	note_verifier_write(&signer.verifier, key);
	return 0;
}

static void sign(const struct parcel_file *files, struct buf *out)
{
	char hex[2 * SHA256_LEN + 1];
	struct sha256 digest;
	struct buf body;

	buf_init(&body, 0);
	buf_addf(&body, "%s\n" DOSSIER_FORMAT " inc_1t4rb5mn8g001 2026-11-22T10:00:00Z\n",
	    signer.verifier.name);
	for (size_t i = 0; i + 1 < FILES; i++) {
		crypto_sha256(files[i].content, &digest);
		hex_encode(digest.b, SHA256_LEN, hex);
		buf_addf(&body, "%s %zu %.*s\n", hex, files[i].content.len, STR_ARG(files[i].name));
	}
	note_sign(&signer, buf_str(&body), out);
	buf_done(&body);
}

static void pack(struct str text, struct buf *out)
{
	const char *mark = memchr(text.p, 0xff, text.len);
	size_t first = mark ? (size_t)(mark - text.p) : text.len;
	struct parcel_file files[FILES];
	struct buf note;

	buf_init(&note, 0);
	for (size_t i = 0; i < FILES; i++)
		files[i] = (struct parcel_file){ str_c(names[i]), STR("x") };
	files[DOSSIER].content = str_sub(text, 0, first);
	files[DOSSIER + 1].content = str_sub(text, first + 1, text.len);
	files[DOSSIER + 2].content = str_c(key);
	sign(files, &note);
	files[FILES - 1].content = buf_str(&note);
	ASSERT(parcel_write(files, FILES, AT, out, NULL) == 0);
	buf_done(&note);
}

static int check(struct str bytes)
{
	struct arena *a = arena_new(0, (size_t)64 << 20);
	struct dossier_report report;
	struct err err = { 0 };

	ASSERT(a);
	int r = dossier_check(bytes, &signer.verifier, a, &report, &err);
	ASSERT(r == 0 || (r < 0 && err.text[0]));
	ASSERT(r < 0 || report.covered <= report.entries);
	arena_free(&a);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_n((const char *)data, size);
	struct buf out;

	if (size == 0 || data[0] & 1) {
		/* Nobody but the key makes one that holds. */
		ASSERT(check(str_sub(text, size > 0, size)) < 0);
		return 0;
	}
	buf_init(&out, 0);
	pack(str_sub(text, 1, size), &out);
	(void)check(buf_str(&out));
	buf_done(&out);
	return 0;
}

/* domain/note.h: checkpoints of the ledger as signed notes (C2SP tlog-checkpoint, signed-note;
 * Ed25519, RFC 8032), which other programs read too:
 *
 *     varco-ledger/0c5e…        origin: whose ledger
 *     20852                     how many entries
 *     qINS1GRFhWHwdkUeqLEoP4yEM… root of their tree, base 64
 *                               (blank)
 *     — varco-ledger/0c5e… Az3grl…  key hash and signature, base 64
 *
 * What is signed is the text up to the blank line, each line with its line feed. Further lines
 * before the blank one and further signatures (of witnesses) are let be. The key hash is the first
 * four bytes of SHA-256(name, line feed, 1, public key). A verifier key, with which a stranger
 * checks, is one line as well: name, '+', key hash in hex, '+', base 64 of 1 and the public key. */
#ifndef DOMAIN_NOTE_H
#define DOMAIN_NOTE_H

#include "base/crypto.h"

#define NOTE_MAX 4096 /* bytes of a note that is read */
#define NOTE_NAME_MAX 128
#define NOTE_KEY_TEXT_MAX (NOTE_NAME_MAX + 64)

/* Whoever may check: the name and the public key. */
struct note_verifier {
	char name[NOTE_NAME_MAX];
	struct ed25519_public public;
};
/* Whoever may sign. */
struct note_signer {
	struct note_verifier verifier;
	struct ed25519_secret secret;
};
/* The same 32 bytes of seed always give the same keys. A name has neither blanks nor a '+':
 * -E_INVALID. */
MUST_CHECK int note_signer_init(struct note_signer *ret, struct str name,
    const uint8_t seed[ED25519_SEED_LEN], struct err *err);
void note_signer_wipe(struct note_signer *s);

void note_verifier_write(const struct note_verifier *v, char out[NOTE_KEY_TEXT_MAX]);
/* A line feed at the end is let be. -E_INVALID. */
MUST_CHECK int note_verifier_read(struct str text, struct note_verifier *ret, struct err *err);

struct note_point {
	struct str origin; /* borrowed from the text */
	uint64_t size;
	struct sha256 root;
	struct str body;       /* what is signed */
	struct str signatures; /* the lines behind the blank one */
};
void note_write(
    const struct note_signer *s, uint64_t size, const struct sha256 *root, struct buf *out);
/* The form of it; who signed is another question. -E_INVALID. */
MUST_CHECK int note_read(struct str text, struct note_point *ret, struct err *err);
/* Any other text that the ledger's key signs: its first line is the name, and what follows is no number, so
 * that it can never be taken for a checkpoint. Body, blank line and signature are appended to `out`. */
void note_sign(const struct note_signer *s, struct str body, struct buf *out);
/* Its parts, whatever the body says; size and root are left empty. -E_INVALID. */
MUST_CHECK int note_open(struct str text, struct note_point *ret, struct err *err);
/* Is one of the signatures this key's, and the origin its name? */
bool note_is_signed(const struct note_point *p, const struct note_verifier *v);

#endif

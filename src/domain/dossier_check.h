/* domain/dossier_check.h: making the one file of a dossier, and does one hold, for whoever has nothing but
 * it? tools/ledger_verify.py, which lies in it, asks the same without this program.
 *
 * MANIFEST is a text that the ledger's key signs (note.h):
 *
 *     varco-ledger/0c5e…
 *     varco-dossier/1 inc_… 2026-11-22T10:00:00Z
 *     9f86d0…  1234 README.txt           SHA-256 in hex, bytes, name; each file in its place
 *     …
 *                                        (blank)
 *     — varco-ledger/0c5e… Az3grl…
 */
#ifndef DOMAIN_DOSSIER_CHECK_H
#define DOMAIN_DOSSIER_CHECK_H

#include "domain/dossier.h"
#include "domain/parcel.h"
#include "domain/note.h"

/* All files of it, in the arena, MANIFEST last. It renders, and so takes its time: not inside a
 * transaction. */
MUST_CHECK int dossier_pack(const struct dossier *d, const struct note_signer *signer,
    struct arena *a, struct buf *out, struct err *err);

struct dossier_report {
	char incident[ID_TEXT_MAX];
	time_ms made_at;
	size_t files, entries, covered; /* entries: in it; covered: by the checkpoint */
	size_t sample;
	uint64_t checkpoint;         /* entries under it; 0 = there is none */
	char key[NOTE_KEY_TEXT_MAX]; /* of the ledger that signed it */
};

/* The archive is in its one form; every file is what the manifest says, which the key signed; each entry
 * gives its commitment, and each path leads to the root of the checkpoint, which the key signed; what the
 * dossier tells of an entry is that entry's; the sample is that which the seed draws, where the list of all
 * people is with it. `key` NULL: the one in the archive. 0; -E_INVALID with the first part that does not
 * hold, as "name: sentence"; -E_NOMEM. */
MUST_CHECK int dossier_check(struct str bytes, const struct note_verifier *key, struct arena *a,
    struct dossier_report *ret, struct err *err);

/* tools/ledger_verify.py, as it was built in. */
struct str dossier_verifier(void);

#endif

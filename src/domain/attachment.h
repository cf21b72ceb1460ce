/* domain/attachment.h: files that prove an act of consent: a screenshot, a scan, a recording. They lie
 * in `evidence` in the state directory, sealed, one file for each time that one was attached; the act
 * names them by the digest of their content, and its leaf commits to that. What they are, their first
 * bytes say: nothing else is taken.
 *
 * A file is written before the transaction that names it: what comes of a transaction that is undone
 * is swept when the gateway starts. */
#ifndef DOMAIN_ATTACHMENT_H
#define DOMAIN_ATTACHMENT_H

#include "domain/consent_details.h"
#include "store/store.h"

#define ATTACHMENT_MAX ((size_t)8 << 20)
#define ATTACHMENTS_TOTAL_MAX ((size_t)24 << 20) /* of one act */
#define ATTACHMENT_FILE_MAX (2 * SHA256_LEN + 24)

/* "image/png" …; NULL for what is none of them. */
const char *attachment_type(struct str content);

struct attachment {
	struct consent_attachment what;
	char file[ATTACHMENT_FILE_MAX]; /* its name in `evidence` */
};
/* Digest, type and size. -E_INVALID or -E_TOO_LARGE with the field "attachments". */
MUST_CHECK int attachment_look(struct str content, struct attachment *ret, struct err *err);
/* Writes it, and a->file; on any thread. */
MUST_CHECK int attachment_write(const char *state_dir, const struct seal_key *key,
    struct str content, struct attachment *a, struct err *err);
/* Removes a file that no act names. */
void attachment_drop(const char *state_dir, const struct attachment *a);
/* The act with that leaf names it. In the caller's transaction. */
MUST_CHECK int attachment_add(
    struct store_conn *c, int64_t leaf, const struct attachment *a, struct err *err);
/* 1 and the content in `ret`, whose type is *ret_type; 0 no act names that digest, or the file is
 * gone; -E_CRYPTO when it is not what it was. */
MUST_CHECK int attachment_read(struct store_conn *c, const char *state_dir,
    const struct seal_key *key, const struct sha256 *digest, struct buf *ret, const char **ret_type,
    struct err *err);
/* The act is forgotten: its files are removed, and then its rows. */
MUST_CHECK int attachment_forget(
    struct store_conn *c, const char *state_dir, int64_t leaf, struct err *err);
/* Removes the files that no act names. Before anything is attached. */
MUST_CHECK int attachment_sweep(struct store_conn *c, const char *state_dir, struct err *err);

#endif

/* base/spool.h: something large that came in piece by piece, in a file that has no name: when the
 * spool is freed, or the process ends in whatever way, its room on the disk is free again. Hashed as
 * it comes; crypto_init() came first. */
#ifndef BASE_SPOOL_H
#define BASE_SPOOL_H

#include "base/crypto.h"

struct spool;

/* In that directory, at most `max` bytes. -E_IO, -E_NOMEM. */
MUST_CHECK int spool_open(const char *dir, uint64_t max, struct spool **ret, struct err *err);
void spool_free(struct spool **ps);
/* -E_TOO_LARGE, or -E_IO when the disk is full: nothing comes behind that. */
MUST_CHECK int spool_write(struct spool *s, struct str bytes, struct err *err);
/* No more comes. */
void spool_end(struct spool *s);
int spool_fd(const struct spool *s); /* for pread */
uint64_t spool_size(const struct spool *s);
/* Behind spool_end(). */
const struct sha256 *spool_digest(const struct spool *s);

#endif

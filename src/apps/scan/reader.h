/* apps/scan/reader.h: gets the bytes of one file to a judge: whole, in pieces, decoded, unpacked. */
#ifndef APPS_SCAN_READER_H
#define APPS_SCAN_READER_H

#include "apps/scan/judge.h"
#include "apps/scan/scan.h"

/* One a thread. */
struct reader {
	struct judge *judge;
	struct scan_coverage *coverage;
	struct arena *samples; /* of coverage */
	char *buffer, *decoded;
};

MUST_CHECK int reader_init(
    struct reader *r, struct judge *judge, struct scan_coverage *coverage, struct arena *samples);
void reader_done(struct reader *r);

/* `fd` is opened for reading, positioned at its beginning, and regular for all that its directory says;
 * it is read and stays open. */
void reader_read(struct reader *r, int fd, unsigned root, struct str path);
/* Bytes that are there already: a member of an archive, a list of processes. */
void reader_take(struct reader *r, unsigned root, struct str path, struct str text);
void reader_skip(struct reader *r, enum scan_skip why, struct str path);

/* archive.c: 1 when it was an archive and was read as far as the limits go, 0 when it is none. `text` is
 * the whole archive, or only its first bytes when fd >= 0. */
int archive_read(
    struct reader *r, int fd, struct str text, unsigned root, struct str path, unsigned depth);

#endif

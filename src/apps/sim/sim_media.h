/* apps/sim/sim_media.h: files, by id.
 *
 * A small file is kept in memory, a larger one in a temporary file that has no name. Files belong to a WABA, expire, and the
 * oldest go when there are too many. An upload is written piece by piece and becomes a file when it is finished. */
#ifndef APPS_SIM_SIM_MEDIA_H
#define APPS_SIM_SIM_MEDIA_H

#include "base/crypto.h"
#include "base/list.h"
#include "apps/sim/sim_error.h"
#include "apps/sim/sim_world.h"

#define SIM_TYPE_MAX 128

struct sim_file {
	struct list_node node;
	char id[SIM_ID_MAX];
	char type[SIM_TYPE_MAX];
	struct sim_waba *waba;
	uint64_t size;
	struct sha256 digest;
	time_ms expires_at;
	int fd; /* -1 = in memory */
	struct buf bytes;
};

struct sim_media;

MUST_CHECK struct sim_media *sim_media_new(uint64_t seed);
void sim_media_free(struct sim_media **pm);
void sim_media_clear(struct sim_media *m); /* no id comes twice even then */

/* An upload under way. */
struct sim_upload;
MUST_CHECK struct sim_upload *sim_upload_new(void);
void sim_upload_free(struct sim_upload **pu);
MUST_CHECK int sim_upload_write(
    struct sim_upload *u, struct str bytes); /* 0, -E_TOO_LARGE, -E_IO, -E_NOMEM */
/* Makes it a file; the upload is used up. NULL and *p when the type is not allowed or the file too large for it. */
struct sim_file *sim_upload_finish(struct sim_media *m, struct sim_upload **pu,
    struct sim_waba *waba, struct str type, time_ms expires_at, struct sim_problem *p);

/* A file of a few bytes: under `id`, or (p NULL) under a new one. NULL when there is no room. */
struct sim_file *sim_media_put(struct sim_media *m, struct str id, struct sim_waba *waba,
    struct str type, struct str bytes, time_ms expires_at);
/* NULL when there is none or it has expired. */
struct sim_file *sim_media_get(struct sim_media *m, struct str id, time_ms now);
void sim_media_delete(struct sim_media *m, struct sim_file *f);

/* Up to `max` bytes from `offset`; how many, 0 at the end, -E_IO. */
MUST_CHECK int64_t sim_file_read(const struct sim_file *f, uint64_t offset, char *out, size_t max);

/* The query that a download needs until `until`, and whether a query is that of this file at `now`. */
void sim_media_ticket(
    const struct sim_media *m, const struct sim_file *f, time_ms until, char out[96]);
bool sim_media_ticket_holds(
    const struct sim_media *m, const struct sim_file *f, struct str oe, struct str oh, time_ms now);

#endif

/* base/zone.h: offsets from UTC of IANA time zones, from the system's TZif files (RFC 9636).
 *
 * Private to base/clock.c. A zone is read once, kept for the life of the process and never
 * changed, so a pointer to it may be used by every thread. */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct zone;

/* The zone of that name. 0, -E_NOMEM, or -E_NOT_FOUND for a name that cannot be one, that this
 * system does not know, or whose file is not well formed or counts leap seconds. Thread-safe. */
MUST_CHECK int zone_find(struct str name, const struct zone **ret);

/* Seconds east of UTC at that second since 1970. */
int32_t zone_offset(const struct zone *z, int64_t second);

/* Reads the bytes of a TZif file: what zone_find does with a file. The caller frees with zone_free.
 * 0, -E_NOMEM, or -E_INVALID. */
MUST_CHECK int zone_parse(struct str file, struct zone **ret);
void zone_free(struct zone **pz);

#endif

/* apps/scan/register.h: a register of integrations in one file, filled by scans.
 *
 * JSON: {"register":1,"scan":{…},"entries":[{"id","row","title","kind","mechanism","verdict","state",
 * "path","places","first_seen","last_seen","findings":[…],…}]}; scan and findings are as in the report of the
 * newest scan, and an entry that it did not see has no findings: `varco integration import` takes the file. An entry is one row of the catalogue in one file, so that it survives moved lines.
 * A scan adds what is new as `open`, or `accepted` where somebody allowed it, dates what it sees again, and
 * sets what it no longer sees to `removed`, as long as it read everything. Members that people write in an
 * entry (owner, purpose, data, review_by, …) are kept as they are. */
#ifndef APPS_SCAN_REGISTER_H
#define APPS_SCAN_REGISTER_H

#include "apps/scan/scan.h"

/* Reads the file, when there is one, and replaces it atomically. */
MUST_CHECK int register_update(const struct scan_result *r, const char *file, struct err *err);

#endif

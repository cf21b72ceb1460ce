/* base/sarif.h: the pieces of SARIF 2.1.0 that every report of ours has. */
#ifndef BASE_SARIF_H
#define BASE_SARIF_H

#include "base/json.h"

#define SARIF_SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"
#define SARIF_RESULTS_MAX 25000 /* in one run, of those that code scanning services take */

/* "key":{"text":…} */
void sarif_text(struct json_writer *w, const char *key, struct str text);
/* The member "locations" with one place in a file, whose path is relative to the root; line and column from 1, 0 = not
 * known. */
void sarif_locations(struct json_writer *w, struct str path, int64_t line, int64_t column);

#endif

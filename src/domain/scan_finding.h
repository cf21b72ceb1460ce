/* domain/scan_finding.h: what single scans found, finding by finding, for those who look at it.
 *
 * Kept of the newest SCAN_FINDINGS_SCANS scans only: what an entry of the register stands on is in the entry. Findings
 * of a scan are numbered from 1, the gravest first. What matched is kept as far as it tells of no one: runs of digits
 * as long as telephone numbers are masked. */
#ifndef DOMAIN_SCAN_FINDING_H
#define DOMAIN_SCAN_FINDING_H

#include "domain/scan_record.h"

#define SCAN_FINDINGS_SCANS 20

struct scan_place {
	uint64_t scan;
	int64_t n;                    /* which finding of it */
	struct str root, integration; /* integration: id of the entry that it belongs to */
};
/* In the caller's transaction. */
MUST_CHECK int scan_finding_add(struct store_conn *c, const struct scan_place *at,
    const struct scan_signal *s, struct arena *a, struct err *err);
/* Those of older scans go. */
MUST_CHECK int scan_findings_purge(struct store_conn *c, struct err *err);

struct scan_finding {
	int64_t n;
	struct str body; /* an object, as the API gives it */
};
/* Of one verdict, or of any when that is "": those behind `after`, at most `limit`, and then *ret_more. */
struct scan_finding_filter {
	uint64_t scan;
	struct str verdict;
	int64_t after;
	size_t limit;
};
MUST_CHECK int scan_finding_list(struct store_conn *c, const struct scan_finding_filter *f,
    struct arena *a, struct scan_finding **ret, size_t *ret_len, bool *ret_more, struct err *err);

#endif

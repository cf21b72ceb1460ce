/* domain/register_scan.h: what a scan does to the register.
 *
 * Findings of one row of the catalogue in one project are one entry: the project is the directory of
 * the nearest manifest that names the row, else the root. A finding whose fingerprint an entry knows
 * belongs to that entry wherever it is now.
 *
 *  (1) What is seen is entered as `open`, or dated anew; what was removed or retired opens again.
 *  (2) What is not seen any more is set to `removed` only by a later scan of the same root that read
 *      everything, read something, and knew no smaller a catalogue than the scan that saw it last.
 *  (3) A report that was taken in before changes nothing, and an older one turns nothing back.
 *
 * The column `found` of an entry is {"row","name","verdict","reason","replacement","root","place",
 * "count","rows","signals":[{"place","path","line","confidence","fingerprint","excerpt","allowed"}]}:
 * rows is the size of the catalogue, excerpt the SHA-256 of what matched. */
#ifndef DOMAIN_REGISTER_SCAN_H
#define DOMAIN_REGISTER_SCAN_H

#include "domain/register.h"
#include "domain/scan_record.h"

#define REGISTER_SIGNALS_MAX 200 /* that an entry keeps */
#define REGISTER_GROUPS_MAX 1000 /* entries of one report */

struct register_scanned {
	uint64_t scan;
	bool again; /* it was taken in before */
	int64_t entered, seen, reopened, removed;
};
/* Inside a transaction. */
MUST_CHECK int register_scan(const struct register_act *act, const struct scan_report *report,
    struct register_scanned *ret, struct err *err);

#endif

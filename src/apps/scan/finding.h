/* apps/scan/finding.h: what a scan says: verdicts, places, and one finding.
 *
 * A finding is one row of the catalogue seen in one place. Everything that a report prints of it is
 * here; strings are borrowed and live as long as the scan's result. A finding with the verdict
 * SCAN_NOTE was seen where it means nothing by itself (prose, comments, tests): it never moves the
 * verdict of a file, a directory or a root. Verdicts are ordered: the larger one wins. */
#ifndef APPS_SCAN_FINDING_H
#define APPS_SCAN_FINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum scan_verdict {
	SCAN_CLEAN,      /* nothing was found */
	SCAN_NOTE,       /* seen, and means nothing by itself */
	SCAN_OFFICIAL,   /* an official integration: document it */
	SCAN_REVIEW,     /* a person must look */
	SCAN_UNOFFICIAL, /* what Meta forbids */
};
/* "clean", "note", "official", "review", "unofficial"; never NULL. */
const char *scan_verdict_name(enum scan_verdict v);
bool scan_verdict_parse(struct str name, enum scan_verdict *ret);

/* Where it was seen, which decides what it counts for. The second column is the word in reports. */
#define SCAN_PLACES(X) \
	X(MANIFEST, "manifest")   /* declared by a package file */ \
	X(LOCKFILE, "lockfile")   /* resolved in a lock file */ \
	X(IMPORT, "import")       /* import, require, use, using */ \
	X(IMAGE, "image")         /* container image that is run or built upon */ \
	X(WORKFLOW, "workflow")   /* node of n8n, Node-RED, Make, Zapier */ \
	X(RPA, "rpa")             /* what a software robot is told to drive */ \
	X(CODE, "code")           /* text in code that runs */ \
	X(CONFIG, "config")       /* settings and environment files */ \
	X(EXTENSION, "extension") /* installed browser extension */ \
	X(PROFILE, "profile")     /* browser profile */ \
	X(DEVICE, "device")       /* package list of a phone or emulator */ \
	X(PROCESS, "process")     /* a running process, or one in a list */ \
	X(ARTEFACT, "artefact")   /* session files */ \
	X(DATA, "data")           /* bytes that are neither code nor settings */ \
	X(TEST, "test")           /* tests, fixtures, examples */ \
	X(COMMENT, "comment")     /* comment in code */ \
	X(PROSE, "prose")         /* documents for people */

enum scan_place {
#define X(name, word) SCAN_PLACE_##name,
	SCAN_PLACES(X)
#undef X
	    SCAN_PLACES_LEN
};
const char *scan_place_name(enum scan_place p);

struct scan_finding {
	const char *id; /* row of the catalogue: "npm.baileys" */
	enum scan_verdict verdict;
	unsigned confidence; /* per cent, 1 to 100 */
	enum scan_place place;
	struct str path;       /* below the root, with '/'; "box.zip!/inner" inside an archive */
	unsigned root;         /* which of the paths that were asked for */
	uint32_t line, column; /* from 1; column in bytes; 0 when it is the path that says it */
	uint64_t offset;       /* in the file, after decoding to UTF-8 */
	struct str match;      /* printable, clipped, secrets masked */
	struct str why, replacement;
	char fingerprint[33];  /* survives moved lines; hexadecimal */
	struct str allowed_by; /* reason of the baseline, ignore or inline rule; p NULL: none */
};

#endif

/* domain/scan_record.h: reports of scans, read from whoever brings them, and what they covered.
 *
 * Two forms are taken: the report of `varco scan --format json`, and the register of `varco scan
 * --register`, whose member "scan" has the report's head and whose entries have its findings. Both are
 * hostile input: bounded, every member checked, texts made harmless. */
#ifndef DOMAIN_SCAN_RECORD_H
#define DOMAIN_SCAN_RECORD_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "store/store.h"

#define SCAN_REPORT_MAX ((size_t)8 << 20) /* bytes */
#define SCAN_FINDINGS_MAX 20000
#define SCAN_ROOTS_MAX 64

/* One finding, its texts in the arena. */
struct scan_signal {
	struct str row; /* of the catalogue: "npm.baileys" */
	struct str verdict, place, path, match, why, replacement, fingerprint;
	struct str title, kind, mechanism, allowed; /* p NULL = not told */
	int64_t line, confidence;                   /* confidence in per cent */
	size_t root;
};

struct scan_report {
	time_ms at;
	struct str verdict, tool, catalogue; /* versions */
	struct str catalogue_digest;         /* p NULL = not told */
	int64_t catalogue_rows, files, bytes;
	bool complete;           /* nothing could not be read */
	const struct str *roots; /* by the names that they have in the register */
	size_t roots_len;
	struct scan_signal *signals;
	size_t signals_len;
	const struct json *coverage;
	struct sha256 digest; /* of the report */
};

/* `name` is what was scanned (p NULL: the paths in the report, which then must be more than "."); of
 * several roots it stands before each. 0; -E_INVALID, -E_TOO_LARGE, -E_RANGE with the member as field,
 * and the number of the finding in the text; -E_NOMEM. */
MUST_CHECK int scan_report_read(struct arena *a, struct str text, struct str name, time_ms now,
    struct scan_report *ret, struct err *err);

/* A scan that was taken in. */
struct scan_record {
	uint64_t id;
	time_ms at, received_at;
	struct str verdict, catalogue;
	struct str body; /* {"tool","catalogue_digest","roots":[…],"coverage":{…}} */
	int64_t files, bytes, findings, catalogue_rows;
	bool complete;
	struct sha256 digest;
};
MUST_CHECK int scan_record_add(struct store_conn *c, uint64_t id, const struct scan_report *report,
    time_ms now, struct arena *a, struct err *err);
/* The scan with that report's digest: 1 and *ret_id, 0. */
MUST_CHECK int scan_record_known(
    struct store_conn *c, const struct sha256 *digest, uint64_t *ret_id, struct err *err);
/* Newest first, ids below `before` (0 = any); at most `limit`, and then *ret_more. */
MUST_CHECK int scan_record_list(struct store_conn *c, uint64_t before, size_t limit,
    struct arena *a, struct scan_record **ret, size_t *ret_len, bool *ret_more, struct err *err);
/* 1 and *ret, 0 unknown. */
MUST_CHECK int scan_record_get(
    struct store_conn *c, uint64_t id, struct arena *a, struct scan_record *ret, struct err *err);
/* As an object, for the API and the documents. */
void scan_record_write(struct json_writer *w, const struct scan_record *x);

#endif

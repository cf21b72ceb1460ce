/* base/xlsx.h: the rows of the first visible sheet of an Office Open XML workbook, out of a hostile
 * file: values only.
 *
 * Nothing is computed: of a formula its stored result counts. Cells come as text: whole numbers of
 * up to 15 digits as their digits, however they are written; other numbers as they stand; cells
 * that show a date as "2026-11-22", or "2026-11-22T10:30:00" with a time, which has no zone; TRUE
 * and FALSE. Empty rows are passed over, and all rows have at least as many fields as the first.
 *
 * Memory is one record, the shared strings, and what a tag may have (xml.h). Everything else is an
 * error that tells what is wrong with the file, the same again ever after. */
#ifndef BASE_XLSX_H
#define BASE_XLSX_H

#include <stdint.h>

#include "base/zip.h"

struct xlsx;

struct xlsx_limits {
	struct zip_limits zip;
	size_t fields; /* of a record; at least 1 */
	size_t bytes;  /* of a record */
	size_t strings_bytes, strings;
};

/* `fd` as zip_open's. -E_NOMEM. */
MUST_CHECK int xlsx_open(
    int fd, const struct xlsx_limits *limits, struct xlsx **ret, struct err *err);
void xlsx_close(struct xlsx **px);
/* Reads what stands before the rows, a piece at a time: 1 there is more of it, 0 xlsx_next() may be
 * called. The whole archive is looked through meanwhile. */
MUST_CHECK int xlsx_prepare(struct xlsx *x, struct err *err);
/* 1 and a record, borrowed until the next call; 0 behind the last. */
MUST_CHECK int xlsx_next(
    struct xlsx *x, const struct str **ret_fields, size_t *ret_len, struct err *err);
/* Back before the first record. */
MUST_CHECK int xlsx_rewind(struct xlsx *x, struct err *err);
/* Of the record that xlsx_next() gave last: its number as the spreadsheet shows it. */
uint64_t xlsx_row(const struct xlsx *x);

#endif

/* base/csv.h: comma-separated values, read strictly, one record at a time.
 *
 * RFC 4180 as spreadsheets write it: fields are separated by ',' or ';', lines end in LF or CRLF,
 * a quoted field may hold separators, line ends and doubled quotes. A byte order mark and empty
 * lines are passed over; the last line end may be missing. Everything else is an error that tells
 * line and column, and nothing comes after it: a quote inside a field that is not quoted, anything
 * but a separator or a line end behind a closing quote, a CR without LF, a zero byte, bytes that
 * are no UTF-8, a quote that is never closed, more than the limits allow. Whether records have as
 * many fields as the first is the caller's to judge.
 *
 * Outside of errors a quote never stands alone, so a line feed with an even number of quotes before it
 * ends a record: a table can be cut there, and its pieces be read apart (csv_begin_at).
 *
 * Bytes are fed in pieces of any size; memory is one record. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include <stdint.h>

#include "base/str.h"

struct csv;

struct csv_limits {
	size_t fields; /* of a record; at least 1 */
	size_t bytes;  /* of a record without its separators; and of the first line as it stands */
};

/* `separator` is ',' or ';', or 0: then it is the one of the two that stands more often in the
 * first record outside quotes; ',' when neither does. NULL when memory ran out. */
MUST_CHECK struct csv *csv_new(char separator, const struct csv_limits *limits);
void csv_free(struct csv **pc);

/* Before the first bytes: they come from the middle of a table, and begin with its record number `row`
 * on its line `line`. There is no byte order mark and no hint then; the separator must be given. */
void csv_begin_at(struct csv *c, uint64_t row, uint64_t line);
/* More bytes, borrowed until csv_next() answers 0; not before it has answered 0 for the last. */
void csv_feed(struct csv *c, struct str bytes);
/* No more bytes will come. */
void csv_end(struct csv *c);

/* 1 and a record, borrowed until the next call; 0 when more bytes are needed, or, behind
 * csv_end(), when all was read; -E_INVALID, -E_TOO_LARGE or -E_NOMEM, the same again ever after. */
MUST_CHECK int csv_next(
    struct csv *c, const struct str **ret_fields, size_t *ret_len, struct err *err);

/* Of the record that csv_next() gave last: its number as a spreadsheet counts rows (the first is
 * 1, and empty lines count), and the line on which it begins. */
uint64_t csv_row(const struct csv *c);
uint64_t csv_line(const struct csv *c);
/* ',' or ';'; 0 as long as it is not known. */
char csv_separator(const struct csv *c);

#endif

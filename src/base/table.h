/* base/table.h: a table out of a file that somebody sent: CSV (csv.h) or the first sheet of an XLSX
 * workbook (xlsx.h), told apart by how it begins; record by record, any number of times.
 *
 * CSV is UTF-8 or, when it is not and nothing in it looks as if it were meant to be, Windows-1252,
 * which is what spreadsheets write without being asked; a first line "sep=;" is passed over. UTF-16
 * and old .xls files are refused with the way out. Memory is bounded by the limits. */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include "base/xlsx.h"

struct table;

struct table_limits {
	size_t fields, bytes;    /* of a record */
	struct xlsx_limits xlsx; /* fields and bytes of a record are those above */
};

enum table_form { TABLE_CSV, TABLE_XLSX };

/* `fd` is borrowed and read with pread from its start. */
MUST_CHECK int table_open(
    int fd, const struct table_limits *limits, struct table **ret, struct err *err);
void table_close(struct table **pt);
/* What must be known before the first record, a piece at a time: 1 there is more of it, 0
 * table_next() may be called. */
MUST_CHECK int table_prepare(struct table *t, struct err *err);
/* 1 and a record, borrowed until the next call; 0 behind the last; -E_INVALID, -E_TOO_LARGE or
 * -E_UNSUPPORTED with what is wrong and where, -E_IO, -E_NOMEM. */
MUST_CHECK int table_next(
    struct table *t, const struct str **ret_fields, size_t *ret_len, struct err *err);
/* Back before the first record. */
MUST_CHECK int table_rewind(struct table *t, struct err *err);

/* Of the record that table_next() gave last: its number as a spreadsheet counts rows. */
uint64_t table_row(const struct table *t);
enum table_form table_form(const struct table *t);
/* "UTF-8" or "windows-1252"; "" for XLSX. */
const char *table_charset(const struct table *t);
/* CSV in which not all is UTF-8: table_next() may refuse it where such bytes are no Windows-1252 either. */
bool table_is_broken(const struct table *t);
/* Of CSV, behind the first record: ',' or ';'. */
char table_separator(const struct table *t);
/* Windows-1252 as UTF-8, behind what `out` has; bytes that mean nothing stay as they are. */
void table_add_1252(struct buf *out, struct str bytes);

#endif

/* base/xlsx_write.h: a table as a workbook that a spreadsheet only shows.
 *
 * Every cell is text. What a spreadsheet would take for a formula once it is saved as CSV is guarded
 * as base/csv_write.h does, and csv_unguard() takes that away again. A sheet holds 1,048,576 rows at
 * most; behind them another begins, with the same head. Rows go to the disk as they come, whatever
 * their number: memory stays the same. */
#ifndef BASE_XLSX_WRITE_H
#define BASE_XLSX_WRITE_H

#include "base/str.h"

#define XLSX_WRITE_ROWS_MAX 1048576 /* of a sheet, its head included */

struct xlsx_writer;

/* Into a file without a name in that directory, with room for what comes before it there as well;
 * `columns` are borrowed. -E_IO, -E_NOMEM. */
MUST_CHECK int xlsx_writer_new(const char *dir, const char *const *columns, size_t n,
    struct xlsx_writer **ret, struct err *err);
/* As many fields as columns. -E_TOO_LARGE (a field, or the table), -E_IO, -E_NOMEM: nothing comes
 * behind that. */
MUST_CHECK int xlsx_writer_row(struct xlsx_writer *w, const struct str *fields, struct err *err);
/* No more comes: the workbook is whole. */
MUST_CHECK int xlsx_writer_end(struct xlsx_writer *w, struct err *err);
/* Behind that, for pread. */
int xlsx_writer_fd(const struct xlsx_writer *w);
void xlsx_writer_free(struct xlsx_writer **pw); /* and the file with it */

#endif

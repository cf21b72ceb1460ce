/* base/csv_write.h: comma-separated values that a spreadsheet only shows.
 *
 * RFC 4180, every field quoted. A field that a spreadsheet would take for a formula, because it
 * begins with = + - @ (or their full-width forms), a tab or a line end, gets an apostrophe in front;
 * csv_unguard() takes that away again, so that what was written comes back as it was. */
#ifndef BASE_CSV_WRITE_H
#define BASE_CSV_WRITE_H

#include "base/str.h"

/* One field, behind a separator unless it is the first of its row. */
void csv_write_field(struct buf *out, bool first, struct str value);
void csv_write_row(struct buf *out, const struct str *fields, size_t n); /* ends with CRLF */
/* A field as it is shown, without quotes: for tables of other forms. */
void csv_guard(struct buf *out, struct str value);
/* What csv_write_field() was given, of what it wrote. */
struct str csv_unguard(struct str field);

#endif

/* libxlsxwriter writes to a path: the one that /proc has for the file without a name. It copies what it
 * is given, and wants it to end with a zero byte. */
#include "base/xlsx_write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "base/check.h"
#include "base/csv_write.h"

#define SHEETS_MAX 100
#define WIDTH 24 /* of a column, in characters */

struct xlsx_writer {
	int fd;
	lxw_workbook *book;
	lxw_worksheet *sheet;
	lxw_format *head;
	const char *const *columns;
	size_t columns_len;
	lxw_row_t row; /* the next one */
	unsigned sheets;
	struct buf cell;
};

static int fail(lxw_error why, struct err *err)
{
	if (why == LXW_ERROR_MEMORY_MALLOC_FAILED)
		return err_set(err, E_NOMEM, "Memory ran out while writing a workbook.");
	if (why == LXW_ERROR_MAX_STRING_LENGTH_EXCEEDED ||
	    why == LXW_ERROR_WORKSHEET_INDEX_OUT_OF_RANGE)
		return err_set(err, E_TOO_LARGE, "That is more than a workbook can hold.");
	return err_set(err, E_IO, "The workbook cannot be written: %s.", lxw_strerror(why));
}

/* --- sheets ----------------------------------------------------------------------------------- */

static int add_sheet(struct xlsx_writer *w, struct err *err)
{
	lxw_error r = LXW_NO_ERROR;

	if (w->sheets == SHEETS_MAX)
		return fail(LXW_ERROR_WORKSHEET_INDEX_OUT_OF_RANGE, err);
	w->sheet = workbook_add_worksheet(w->book, NULL);
	if (!w->sheet)
		return fail(LXW_ERROR_MEMORY_MALLOC_FAILED, err);
	w->sheets++;
	w->row = 1;
	r = worksheet_set_column(w->sheet, 0, (lxw_col_t)(w->columns_len - 1), WIDTH, NULL);
	worksheet_freeze_panes(w->sheet, 1, 0);
	for (size_t i = 0; r == LXW_NO_ERROR && i < w->columns_len; i++)
		r = worksheet_write_string(w->sheet, 0, (lxw_col_t)i, w->columns[i], w->head);
	return r == LXW_NO_ERROR ? 0 : fail(r, err);
}

static int make_book(struct xlsx_writer *w, const char *dir, struct err *err)
{
	lxw_workbook_options options = {
		.constant_memory = LXW_TRUE,
		.tmpdir = (char *)(uintptr_t)dir, /* it is only read */
		.use_zip64 = LXW_TRUE,
	};
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", w->fd);
	w->book = workbook_new_opt(path, &options);
	if (!w->book)
		return fail(LXW_ERROR_MEMORY_MALLOC_FAILED, err);
	w->head = workbook_add_format(w->book);
	if (!w->head)
		return fail(LXW_ERROR_MEMORY_MALLOC_FAILED, err);
	format_set_bold(w->head);
	return add_sheet(w, err);
}

/* --- the writer ------------------------------------------------------------------------------- */

int xlsx_writer_new(const char *dir, const char *const *columns, size_t n, struct xlsx_writer **ret,
    struct err *err)
{
	struct xlsx_writer *w = mem_alloc(sizeof(*w));

	ASSERT(n > 0 && n < LXW_COL_MAX);
	if (!w)
		return fail(LXW_ERROR_MEMORY_MALLOC_FAILED, err);
	*w = (struct xlsx_writer){ .columns = columns, .columns_len = n };
	buf_init(&w->cell, 0);
	w->fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	int r = w->fd < 0 ? err_set(err, E_IO, "There can be no file in the state directory: %s.",
				strerror(errno))
			  : make_book(w, dir, err);
	if (r < 0)
		xlsx_writer_free(&w);
	else
		*ret = w;
	return r;
}

/* As text, also where it looks like a number or a formula. */
static lxw_error write_cell(struct xlsx_writer *w, size_t column, struct str value)
{
	if (value.len == 0)
		return LXW_NO_ERROR;
	buf_reset(&w->cell);
	csv_guard(&w->cell, value);
	buf_add_char(&w->cell, '\0');
	if (w->cell.failed)
		return LXW_ERROR_MEMORY_MALLOC_FAILED;
	return worksheet_write_string(w->sheet, w->row, (lxw_col_t)column, w->cell.p, NULL);
}

int xlsx_writer_row(struct xlsx_writer *w, const struct str *fields, struct err *err)
{
	int r = w->row == XLSX_WRITE_ROWS_MAX ? add_sheet(w, err) : 0;
	lxw_error why = LXW_NO_ERROR;

	if (r < 0)
		return r;
	for (size_t i = 0; why == LXW_NO_ERROR && i < w->columns_len; i++)
		why = write_cell(w, i, fields[i]);
	w->row++;
	return why == LXW_NO_ERROR ? 0 : fail(why, err);
}

int xlsx_writer_end(struct xlsx_writer *w, struct err *err)
{
	lxw_error r = workbook_close(w->book);

	w->book = NULL;
	return r == LXW_NO_ERROR ? 0 : fail(r, err);
}

int xlsx_writer_fd(const struct xlsx_writer *w)
{
	return w->fd;
}

void xlsx_writer_free(struct xlsx_writer **pw)
{
	struct xlsx_writer *w = *pw;

	if (!w)
		return;
	lxw_workbook_free(w->book);
	if (w->fd >= 0)
		(void)close(w->fd);
	buf_done(&w->cell);
	mem_free(w);
	*pw = NULL;
}

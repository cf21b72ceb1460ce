/* The archive is read twice: once for what stands beside the rows, because the texts of the cells may
 * lie behind the sheet, and again as far as the sheet.
 *
 *   FIRST → READY → ROWS → END       xlsx_prepare() makes the first move, xlsx_next() the others
 *
 * A cell is put into `text` when it ends; a row is given when it ends, with the parser pausing
 * inside its closing tag. */
#include "base/xlsx_private.h"

#include <string.h>

#include "base/check.h"
#include "base/lang.h"

#define PIECE ((size_t)1 << 20) /* of the archive, in one call of xlsx_prepare() */

enum state { FIRST, READY, ROWS, END };

struct cell {
	size_t at, len; /* in `text` */
};

struct xlsx {
	int fd;
	struct xlsx_limits limits;
	enum state state;
	struct zip *zip;
	struct xml *xml; /* of the part under way; NULL = none */
	bool paused;
	struct xlsx_parts parts;
	/* the row under way */
	uint64_t row, record_row;
	bool in_data, in_row, in_cell, in_value, any, whole;
	size_t column, next;   /* of the cell, and of one that does not say where it is */
	size_t columns, width; /* of the row so far; of the first row */
	char type[12];
	uint64_t style;
	struct buf value, text;
	struct cell *cells;
	struct str *fields;
	struct err problem;
};

/* --- life ------------------------------------------------------------------------------------- */

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while reading a workbook.");
}

int xlsx_open(int fd, const struct xlsx_limits *limits, struct xlsx **ret, struct err *err)
{
	struct xlsx *x = mem_alloc(sizeof(*x));

	ASSERT(limits->fields > 0);
	if (!x)
		return no_memory(err);
	x->fd = fd;
	x->limits = *limits;
	xlsx_parts_init(&x->parts, &x->limits);
	buf_init(&x->value, limits->bytes);
	buf_init(&x->text, limits->bytes);
	x->cells = mem_alloc(limits->fields * sizeof(*x->cells));
	x->fields = mem_alloc(limits->fields * sizeof(*x->fields));
	int r = x->cells && x->fields ? zip_open(fd, &limits->zip, &x->zip, err) : no_memory(err);
	if (r < 0)
		xlsx_close(&x);
	else
		*ret = x;
	return r;
}

void xlsx_close(struct xlsx **px)
{
	struct xlsx *x = *px;

	if (!x)
		return;
	zip_close(&x->zip);
	xml_free(&x->xml);
	xlsx_parts_done(&x->parts);
	buf_done(&x->value);
	buf_done(&x->text);
	mem_free(x->cells);
	mem_free(x->fields);
	MEM_FREE(px);
}

uint64_t xlsx_row(const struct xlsx *x)
{
	return x->record_row;
}

/* --- what stands beside the rows -------------------------------------------------------------- */

/* The part that begins here; x->xml stays NULL when nobody wants it. */
static int begin_part(struct xlsx *x, struct str name, struct err *err)
{
	const struct xml_handler *h = xlsx_parts_reader(name);

	if (!h)
		return 0;
	x->xml = xml_new(h, &x->parts);
	return x->xml ? 0 : no_memory(err);
}

static int end_part(struct xlsx *x, struct err *err)
{
	int r = x->xml ? xml_end(x->xml, err) : 0;

	xml_free(&x->xml);
	return r;
}

/* 1 there is more of the entry, 0 it is over. */
static int read_part(struct xlsx *x, struct err *err)
{
	struct str bytes;
	size_t n = 0;
	int r = 1;

	while (r > 0 && n < PIECE) {
		r = zip_read(x->zip, &bytes, err);
		if (r <= 0)
			break;
		n += bytes.len;
		if (x->xml && xml_feed(x->xml, bytes, err) < 0)
			return -err->code;
	}
	return r == 0 ? end_part(x, err) : r;
}

static int next_part(struct xlsx *x, struct err *err)
{
	struct str name;
	int r = zip_next(x->zip, &name, err);

	if (r > 0)
		return begin_part(x, name, err) < 0 ? -err->code : 1;
	return r < 0 ? r : xlsx_parts_resolve(&x->parts, err);
}

static int prepare(struct xlsx *x, struct err *err)
{
	int r = read_part(x, err); /* none is open at first, which is as good as over */

	if (r == 0)
		r = next_part(x, err);
	if (r == 0)
		x->state = READY;
	return r;
}

int xlsx_prepare(struct xlsx *x, struct err *err)
{
	struct err why = { 0 };
	int r = x->problem.code ? -x->problem.code : 0;

	if (r == 0 && x->state == FIRST)
		r = prepare(x, &why);
	if (why.code)
		x->problem = why;
	if (r < 0 && err)
		*err = x->problem;
	return r;
}

/* --- cells ------------------------------------------------------------------------------------ */

/* "BC12" → 54; false when it is no place of a cell. */
static bool column_of(struct str place, size_t *ret)
{
	size_t n = 0, i = 0;

	for (; i < place.len && place.p[i] >= 'A' && place.p[i] <= 'Z' && i < 4; i++)
		n = n * 26 + (size_t)(place.p[i] - 'A') + 1;
	if (n == 0 || i == place.len)
		return false;
	*ret = n - 1;
	return true;
}

static void begin_cell(struct xlsx *x, struct xml *xml, const char *const *attributes)
{
	struct str place = xml_attr(attributes, "r"), type = xml_attr(attributes, "t");
	size_t column = x->next;

	x->in_cell = true;
	buf_reset(&x->value);
	if (place.p && (!column_of(place, &column) || column < x->next)) {
		xml_fail(xml, E_INVALID, N_("A cell of the sheet has no sound place."));
		return;
	}
	x->column = column;
	x->next = column + 1;
	if (str_to_c(type.p ? type : STR("n"), x->type, sizeof(x->type)) < 0)
		x->type[0] = '\0';
	if (str_to_u64(xml_attr(attributes, "s"), &x->style) < 0)
		x->style = 0;
}

/* The cell's text; p NULL when the file is wrong. */
static struct str cell_text(const struct xlsx *x, char number[XLSX_NUMBER_MAX])
{
	struct str value = x->value.len ? buf_str(&x->value) : STR(""), text = STR_NONE;
	uint64_t i;

	if (strcmp(x->type, "s") == 0)
		return str_to_u64(value, &i) == 0 && xlsx_parts_string(&x->parts, i, &text)
		    ? text
		    : STR_NONE;
	if (strcmp(x->type, "b") == 0)
		return str_eq(value, STR("1")) ? STR("TRUE") : STR("FALSE");
	if (strcmp(x->type, "n") == 0)
		return xlsx_number(
		    value, xlsx_parts_shows_date(&x->parts, x->style), x->parts.from_1904, number);
	return value;
}

static void fail_row(struct xlsx *x, struct xml *xml, enum err_code code, const char *what)
{
	struct err e;

	(void)err_set(&e, code, "Row %llu: %s", (unsigned long long)x->row, what);
	xml_fail(xml, code, e.text);
}

static void keep_cell(struct xlsx *x, struct xml *xml, struct str text)
{
	if (x->column >= x->limits.fields) {
		fail_row(x, xml, E_TOO_LARGE, N_("the row has too many fields."));
		return;
	}
	for (; x->columns < x->column; x->columns++)
		x->cells[x->columns] = (struct cell){ 0, 0 };
	if (x->text.len + text.len > x->limits.bytes) {
		fail_row(x, xml, E_TOO_LARGE, N_("the row is too long."));
		return;
	}
	x->cells[x->columns++] = (struct cell){ x->text.len, text.len };
	buf_add(&x->text, text);
	x->any = true;
	if (x->text.failed)
		xml_fail(xml, E_NOMEM, "Memory ran out while reading a workbook.");
}

static void end_cell(struct xlsx *x, struct xml *xml)
{
	char number[XLSX_NUMBER_MAX];

	x->in_cell = false;
	if (x->value.len == 0)
		return;
	struct str text = cell_text(x, number);
	if (!text.p)
		fail_row(x, xml, E_INVALID, N_("a cell names a text that is not there."));
	else if (text.len)
		keep_cell(x, xml, text);
}

/* --- rows ------------------------------------------------------------------------------------- */

static void begin_row(struct xlsx *x, struct xml *xml, const char *const *attributes)
{
	struct str number = xml_attr(attributes, "r");
	uint64_t row = x->row + 1;

	if (number.p && (str_to_u64(number, &row) < 0 || row <= x->row)) {
		xml_fail(xml, E_INVALID, N_("A row of the sheet has no sound number."));
		return;
	}
	x->row = row;
	x->in_row = true;
	x->any = false;
	x->columns = x->next = 0;
	buf_reset(&x->text);
}

static void end_row(struct xlsx *x, struct xml *xml)
{
	x->in_row = false;
	if (!x->any)
		return;
	if (!x->width)
		x->width = x->columns;
	for (; x->columns < x->width; x->columns++)
		x->cells[x->columns] = (struct cell){ 0, 0 };
	x->record_row = x->row;
	x->whole = true;
	xml_pause(xml);
}

static void on_open(void *arg, struct xml *xml, const char *name, const char *const *attributes)
{
	struct xlsx *x = arg;

	if (strcmp(name, "sheetData") == 0)
		x->in_data = true;
	else if (x->in_data && !x->in_row && strcmp(name, "row") == 0)
		begin_row(x, xml, attributes);
	else if (x->in_row && !x->in_cell && strcmp(name, "c") == 0)
		begin_cell(x, xml, attributes);
	else if (x->in_cell && strcmp(name, "rPh") == 0)
		x->parts.phonetic++;
	x->in_value = x->in_cell && !x->parts.phonetic &&
	    (strcmp(name, "v") == 0 || strcmp(name, "t") == 0);
}

static void on_close(void *arg, struct xml *xml, const char *name)
{
	struct xlsx *x = arg;

	x->in_value = false;
	if (strcmp(name, "sheetData") == 0)
		x->in_data = false;
	else if (x->in_row && !x->in_cell && strcmp(name, "row") == 0)
		end_row(x, xml);
	else if (x->in_cell && strcmp(name, "c") == 0)
		end_cell(x, xml);
	else if (x->in_cell && strcmp(name, "rPh") == 0)
		x->parts.phonetic--;
}

static void on_text(void *arg, struct xml *xml, struct str text)
{
	struct xlsx *x = arg;

	if (!x->in_value)
		return;
	if (x->value.len + text.len > x->limits.bytes)
		fail_row(x, xml, E_TOO_LARGE, N_("a cell is too long."));
	buf_add(&x->value, text);
	if (x->value.failed)
		xml_fail(xml, E_NOMEM, "Memory ran out while reading a workbook.");
}

/* --- reading ---------------------------------------------------------------------------------- */

int xlsx_rewind(struct xlsx *x, struct err *err)
{
	if (x->problem.code || x->state == FIRST) {
		if (err)
			*err = x->problem;
		return x->problem.code ? -x->problem.code : 0;
	}
	zip_close(&x->zip);
	xml_free(&x->xml);
	x->row = x->record_row = 0;
	x->width = 0;
	x->in_data = x->in_row = x->in_cell = x->in_value = x->paused = x->whole = false;
	x->parts.phonetic = 0;
	x->state = READY;
	return zip_open(x->fd, &x->limits.zip, &x->zip, err);
}

static int find_sheet(struct xlsx *x, struct err *err)
{
	static const struct xml_handler handler = { on_open, on_close, on_text };
	struct str name;
	int r = xlsx_rewind(x, err);

	if (r < 0)
		return r;
	while ((r = zip_next(x->zip, &name, err)) > 0 && !str_eq_c(name, x->parts.sheet))
		;
	if (r == 0)
		return err_set(
		    err, E_INVALID, N_("The workbook's first sheet is not in the file."));
	if (r < 0)
		return r;
	x->xml = xml_new(&handler, x);
	x->state = ROWS;
	return x->xml ? 0 : no_memory(err);
}

/* 1 a row is whole, 0 the sheet is over. */
static int read_rows(struct xlsx *x, struct err *err)
{
	struct str bytes;
	int r = 1;

	while (r > 0 && !x->whole) {
		if (x->paused) {
			r = xml_go_on(x->xml, err);
		} else {
			r = zip_read(x->zip, &bytes, err);
			if (r == 0)
				return xml_end(x->xml, err);
			if (r > 0)
				r = xml_feed(x->xml, bytes, err);
		}
		x->paused = r > 0;
		r = r < 0 ? r : 1;
	}
	return r;
}

static int next_row(struct xlsx *x, struct err *err)
{
	int r = x->state == READY ? find_sheet(x, err) : 0;

	if (r == 0)
		r = x->state == ROWS ? read_rows(x, err) : 0;
	x->whole = false;
	if (r == 0)
		x->state = END;
	return r;
}

int xlsx_next(struct xlsx *x, const struct str **ret_fields, size_t *ret_len, struct err *err)
{
	struct err why = { 0 };
	int r = x->problem.code ? -x->problem.code : 0;

	ASSERT(x->state != FIRST || r < 0);
	if (r == 0)
		r = next_row(x, &why);
	if (why.code)
		x->problem = why;
	if (r < 0 && err)
		*err = x->problem;
	if (r <= 0)
		return r;
	for (size_t i = 0; i < x->columns; i++) {
		struct str text = str_sub(buf_str(&x->text), x->cells[i].at, x->cells[i].len);
		x->fields[i] = text.p ? text : STR("");
	}
	*ret_fields = x->fields;
	*ret_len = x->columns;
	return 1;
}

/* For terminals and files of text. Lines are as long as WIDTH code points; a table's columns share that
 * by their weights, and a cell that is longer goes on in the next line of its column. */
#include "base/document.h"

#include "base/check.h"
#include "base/text.h"

#define WIDTH 100u
#define GAP 2u
#define KEY_WIDTH 28u
#define LEAST 6u /* code points of a column */

/* --- lines ------------------------------------------------------------------------------------ */

static bool begins_point(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

/* Bytes of the first `points` code points. */
static size_t bytes_of(struct str s, size_t points)
{
	size_t i = 0;

	for (; i < s.len; i++) {
		if (begins_point(s.p[i]) && points-- == 0)
			break;
	}
	return i;
}

static void pad(struct buf *out, size_t n)
{
	while (n--)
		buf_add_char(out, ' ');
}

/* Takes from *rest what fits into a line of `width`: up to a line feed, else up to the last blank, else
 * as much as there is room for. */
static struct str take_line(struct str *rest, size_t width)
{
	struct str whole = *rest, line = str_cut(rest, '\n');
	size_t room = bytes_of(line, width), at = room;

	if (room == line.len)
		return line;
	while (at > 0 && line.p[at] != ' ')
		at--;
	*rest = str_sub(whole, at ? at + 1 : room, whole.len);
	return str_sub(line, 0, at ? at : room);
}

static void add_wrapped(struct buf *out, struct str text, size_t indent, size_t width)
{
	struct str rest = text;

	while (rest.p && (rest.len || text.len == 0)) {
		pad(out, indent);
		buf_add(out, take_line(&rest, width));
		buf_add_char(out, '\n');
		if (text.len == 0)
			return;
	}
}

static void add_rule(struct buf *out, struct str under, char c)
{
	size_t n = text_code_points(under);

	for (size_t i = 0; i < n && i < WIDTH; i++)
		buf_add_char(out, c);
	buf_add_char(out, '\n');
}

static void add_title(struct buf *out, struct str text, char c)
{
	buf_add_char(out, '\n');
	add_wrapped(out, text, 0, WIDTH);
	add_rule(out, text, c);
}

/* --- tables ----------------------------------------------------------------------------------- */

static void share_width(const struct document_block *b, size_t *widths)
{
	size_t room = WIDTH - GAP * (b->columns_len - 1), all = 0;

	for (size_t i = 0; i < b->columns_len; i++)
		all += b->columns[i].share;
	for (size_t i = 0; i < b->columns_len; i++) {
		widths[i] = room * b->columns[i].share / (all ? all : 1);
		widths[i] = widths[i] < LEAST ? LEAST : widths[i];
	}
}

static bool is_left(const struct str *rest, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (rest[i].p && rest[i].len)
			return true;
	}
	return false;
}

static void add_cells(struct buf *out, const struct str *cells, const size_t *widths, size_t n)
{
	struct str rest[DOCUMENT_COLUMNS_MAX];

	for (size_t i = 0; i < n; i++)
		rest[i] = cells[i];
	while (is_left(rest, n)) {
		size_t blanks = 0;
		for (size_t i = 0; i < n; i++) {
			struct str line = rest[i].p ? take_line(&rest[i], widths[i]) : STR("");
			size_t points = text_code_points(line);
			if (points)
				pad(out, blanks);
			buf_add(out, line);
			blanks = (points ? 0 : blanks) + widths[i] - points + GAP;
		}
		buf_add_char(out, '\n');
	}
}

static void add_table(struct buf *out, const struct document_block *b)
{
	struct str titles[DOCUMENT_COLUMNS_MAX];
	size_t widths[DOCUMENT_COLUMNS_MAX];

	share_width(b, widths);
	for (size_t i = 0; i < b->columns_len; i++)
		titles[i] = str_c(b->columns[i].title);
	buf_add_char(out, '\n');
	add_cells(out, titles, widths, b->columns_len);
	for (size_t i = 0; i < WIDTH; i++)
		buf_add_char(out, '-');
	buf_add_char(out, '\n');
	for (const struct document_row *r = b->rows; r; r = r->next)
		add_cells(out, r->cells, widths, b->columns_len);
}

static void add_lines(struct buf *out, const struct document_block *b)
{
	static const size_t widths[] = { KEY_WIDTH, WIDTH - KEY_WIDTH - GAP };

	buf_add_char(out, '\n');
	for (const struct document_row *r = b->rows; r; r = r->next)
		add_cells(out, r->cells, widths, ARRAY_LEN(widths));
}

/* --- the document ----------------------------------------------------------------------------- */

static void add_note(struct buf *out, struct str text)
{
	struct str rest = text;

	buf_add_char(out, '\n');
	while (rest.p && rest.len) {
		buf_add_c(out, "| ");
		buf_add(out, take_line(&rest, WIDTH - 2));
		buf_add_char(out, '\n');
	}
}

static void add_block(struct buf *out, const struct document_block *b)
{
	switch (b->kind) {
	case DOCUMENT_HEADING:
		add_title(out, b->text, '=');
		return;
	case DOCUMENT_SUBHEADING:
		add_title(out, b->text, '-');
		return;
	case DOCUMENT_NOTE:
		add_note(out, b->text);
		return;
	case DOCUMENT_LINES:
		add_lines(out, b);
		return;
	case DOCUMENT_TABLE:
		add_table(out, b);
		return;
	case DOCUMENT_CHART: /* the same figures are in a table behind it */
		return;
	default:
		buf_add_char(out, '\n');
		add_wrapped(out, b->text, b->kind == DOCUMENT_CODE ? 4 : 0, WIDTH - 4);
	}
}

int document_text(const struct document *d, struct buf *out, struct err *err)
{
	add_wrapped(out, d->title, 0, WIDTH);
	add_wrapped(out, d->subtitle, 0, WIDTH);
	for (const struct document_block *b = d->blocks; b; b = b->next)
		add_block(out, b);
	return d->failed || out->failed ? err_set(err, E_NOMEM, "Memory ran out.") : 0;
}

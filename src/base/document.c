/* Text is made harmless as it comes in (clean); what is left for the writers is form. */
#include "base/document.h"

#include <stdio.h>
#include <utf8proc.h>

#include "base/check.h"

/* --- text ------------------------------------------------------------------------------------- */

/* Shown by its name: it would hide, or turn the direction of its neighbours. */
static const struct {
	int32_t first, last;
} named[] = {
	{ 0x7f, 0x9f },
	{ 0xad, 0xad },
	{ 0x61c, 0x61c },
	{ 0x180e, 0x180e },
	{ 0x200b, 0x200b },
	{ 0x200e, 0x200f },
	{ 0x2028, 0x202e },
	{ 0x2060, 0x206f },
	{ 0xfeff, 0xfeff },
	{ 0xfff9, 0xfffb },
	{ 0xe0000, 0xe007f },
};

#define PICTURES 0x2400 /* of the control characters */
#define REPLACEMENT STR("\xef\xbf\xbd")

static bool is_named(int32_t c)
{
	for (size_t i = 0; i < ARRAY_LEN(named); i++) {
		if (c >= named[i].first && c <= named[i].last)
			return true;
	}
	return (c & 0xfffe) == 0xfffe;
}

static void add_point(int32_t c, struct buf *out)
{
	utf8proc_uint8_t bytes[4];

	buf_add(out, str_n((const char *)bytes, (size_t)utf8proc_encode_char(c, bytes)));
}

static void add_clean(int32_t c, struct str as_it_was, struct buf *out)
{
	if (c < 0)
		buf_add(out, REPLACEMENT);
	else if (c == '\t')
		buf_add(out, STR("    "));
	else if (c < 0x20 && c != '\n')
		add_point(PICTURES + c, out);
	else if (is_named(c))
		buf_addf(out, "[U+%04X]", (unsigned)c);
	else
		buf_add(out, as_it_was);
}

/* The first character, or a byte that is none: then -1. */
static struct str take_point(struct str *rest, int32_t *ret)
{
	utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)rest->p,
	    rest->len < 4 ? (utf8proc_ssize_t)rest->len : 4, ret);
	struct str point = str_sub(*rest, 0, n > 0 ? (size_t)n : 1);

	if (n <= 0)
		*ret = -1;
	*rest = str_sub(*rest, point.len, rest->len);
	return point;
}

static bool is_plain(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c >= 0x7f || (c < 0x20 && c != '\n'))
			return false;
	}
	return true;
}

static struct str clean_slowly(struct arena *a, struct str s)
{
	struct buf out;
	int32_t c;

	buf_init(&out, 0);
	while (s.len) {
		struct str point = take_point(&s, &c);
		if (c != '\r' || !str_starts(s, STR("\n")))
			add_clean(c, point, &out);
	}
	struct str ret = out.failed ? STR_NONE : arena_str(a, buf_str(&out));
	buf_done(&out);
	return ret;
}

/* In the arena; empty when memory ran out, and then the document is failed. */
static struct str clean(struct document *d, struct str s)
{
	if (!s.len || d->failed)
		return STR("");
	struct str ret = is_plain(s) ? arena_str(d->arena, s) : clean_slowly(d->arena, s);
	d->failed = !ret.p;
	return ret.p ? ret : STR("");
}

/* --- building --------------------------------------------------------------------------------- */

struct document *document_new(
    struct arena *a, enum lang lang, time_ms at, struct str title, struct str foot)
{
	struct document *d = ARENA_NEW(a, struct document);

	if (!d)
		return NULL;
	d->arena = a;
	d->lang = lang;
	d->at = at;
	d->subtitle = STR("");
	d->title = clean(d, title);
	d->foot = clean(d, foot);
	return d;
}

void document_set_subtitle(struct document *d, struct str text)
{
	d->subtitle = clean(d, text);
}

/* NULL when memory ran out, now or before. */
static struct document_block *add(struct document *d, enum document_kind kind)
{
	struct document_block *b = d->failed ? NULL : ARENA_NEW(d->arena, struct document_block);

	if (!b) {
		d->failed = true;
		return NULL;
	}
	b->kind = kind;
	b->text = STR("");
	if (d->last)
		d->last->next = b;
	else
		d->blocks = b;
	d->last = b;
	return b;
}

static void add_text(struct document *d, enum document_kind kind, struct str text)
{
	struct document_block *b = add(d, kind);

	if (b)
		b->text = clean(d, text);
}

void document_heading(struct document *d, struct str text)
{
	add_text(d, DOCUMENT_HEADING, text);
}

void document_subheading(struct document *d, struct str text)
{
	add_text(d, DOCUMENT_SUBHEADING, text);
}

void document_paragraph(struct document *d, struct str text)
{
	add_text(d, DOCUMENT_PARAGRAPH, text);
}

void document_note(struct document *d, struct str text)
{
	add_text(d, DOCUMENT_NOTE, text);
}

void document_code(struct document *d, struct str text)
{
	add_text(d, DOCUMENT_CODE, text);
}

static void add_row(
    struct document *d, struct document_block *b, const struct str *cells, size_t n, bool mono)
{
	struct document_row *row = arena_alloc(d->arena, sizeof(*row) + n * sizeof(row->cells[0]));

	if (!row) {
		d->failed = true;
		return;
	}
	row->mono = mono;
	for (size_t i = 0; i < n; i++)
		row->cells[i] = clean(d, cells[i]);
	if (b->last_row)
		b->last_row->next = row;
	else
		b->rows = row;
	b->last_row = row;
}

static void add_line(struct document *d, const char *key, struct str value, bool mono)
{
	const struct str cells[] = { str_c(key), value };
	struct document_block *b = d->last;

	if (!b || b->kind != DOCUMENT_LINES)
		b = add(d, DOCUMENT_LINES);
	if (b)
		add_row(d, b, cells, ARRAY_LEN(cells), mono);
}

void document_line(struct document *d, const char *key, struct str value)
{
	add_line(d, key, value, false);
}

void document_line_mono(struct document *d, const char *key, struct str value)
{
	add_line(d, key, value, true);
}

void document_table(struct document *d, const struct document_column *columns, size_t n)
{
	struct document_block *b = add(d, DOCUMENT_TABLE);

	ASSERT(n > 0 && n <= DOCUMENT_COLUMNS_MAX);
	if (!b)
		return;
	memcpy(b->columns, columns, n * sizeof(*columns));
	b->columns_len = n;
}

void document_row(struct document *d, const struct str *cells)
{
	if (d->failed)
		return;
	ASSERT(d->last && d->last->kind == DOCUMENT_TABLE);
	add_row(d, d->last, cells, d->last->columns_len, false);
}

void document_chart(
    struct document *d, struct str caption, const struct document_column *columns, size_t n)
{
	ASSERT(n > 1 && n <= 4);
	document_table(d, columns, n);
	if (d->failed)
		return;
	d->last->kind = DOCUMENT_CHART;
	d->last->text = clean(d, caption);
}

void document_chart_row(struct document *d, const struct str *cells, bool marked)
{
	if (d->failed)
		return;
	ASSERT(d->last && d->last->kind == DOCUMENT_CHART);
	add_row(d, d->last, cells, d->last->columns_len, marked);
}

void document_time(time_ms t, char out[DOCUMENT_TIME_MAX])
{
	char text[TIME_TEXT_MAX];

	if (t == TIME_NONE) {
		out[0] = '\0';
		return;
	}
	time_format(t, text);
	/* "2026-11-22T10:00:00.123Z" */
	struct str all = str_c(text), day = str_cut(&all, 'T'), clock = str_cut(&all, 'Z');
	(void)snprintf(out, DOCUMENT_TIME_MAX, "%.*s %.*s +00:00", STR_ARG(day), STR_ARG(clock));
}

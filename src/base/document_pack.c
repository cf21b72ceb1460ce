/* Numbers as this machine has them, texts behind their lengths: writer and reader are one program. */
#include "base/document.h"

#include "base/check.h"

#define END (-1) /* instead of a kind: no block follows */
#define CELLS_MAX 8

_Static_assert(CELLS_MAX >= DOCUMENT_COLUMNS_MAX, "cells of a row");

static void put_number(struct buf *out, int64_t n)
{
	buf_add(out, str_n((const char *)&n, sizeof(n)));
}

static void put_text(struct buf *out, struct str s)
{
	put_number(out, (int64_t)s.len);
	buf_add(out, s);
}

static size_t cells_of(const struct document_block *b)
{
	return b->kind == DOCUMENT_LINES ? 2 : b->columns_len;
}

static void put_block(struct buf *out, const struct document_block *b)
{
	put_number(out, b->kind);
	put_text(out, b->text);
	put_number(out, (int64_t)b->columns_len);
	for (size_t i = 0; i < b->columns_len; i++) {
		put_text(out, str_c(b->columns[i].title));
		put_number(out, b->columns[i].share);
		put_number(out, b->columns[i].mono);
	}
	for (const struct document_row *r = b->rows; r; r = r->next) {
		put_number(out, 1);
		put_number(out, r->mono);
		for (size_t i = 0; i < cells_of(b); i++)
			put_text(out, r->cells[i]);
	}
	put_number(out, 0);
}

void document_pack(const struct document *d, struct buf *out)
{
	put_number(out, d->lang);
	put_number(out, d->at);
	put_text(out, d->title);
	put_text(out, d->subtitle);
	put_text(out, d->foot);
	for (const struct document_block *b = d->blocks; b; b = b->next)
		put_block(out, b);
	put_number(out, END);
}

/* --- back ------------------------------------------------------------------------------------- */

struct reader {
	struct str rest;
	struct arena *a;
	bool bad; /* the bytes are not those of a document */
};

static int64_t take_number(struct reader *r, int64_t least, int64_t most)
{
	int64_t n = 0;

	if (r->rest.len < sizeof(n)) {
		r->bad = true;
		return least;
	}
	memcpy(&n, r->rest.p, sizeof(n));
	r->rest = str_sub(r->rest, sizeof(n), r->rest.len);
	r->bad |= n < least || n > most;
	return r->bad ? least : n;
}

static struct str take_text(struct reader *r)
{
	size_t len = (size_t)take_number(r, 0, (int64_t)r->rest.len);

	if (len > r->rest.len) {
		r->bad = true;
		return STR("");
	}
	struct str text = len ? str_sub(r->rest, 0, len) : STR("");
	r->rest = str_sub(r->rest, len, r->rest.len);
	return text;
}

static void take_columns(
    struct reader *r, struct document *d, enum document_kind kind, struct str text)
{
	struct document_column columns[DOCUMENT_COLUMNS_MAX];
	size_t n = (size_t)take_number(r, 1, DOCUMENT_COLUMNS_MAX);

	for (size_t i = 0; i < n; i++) {
		columns[i].title = arena_c(r->a, take_text(r));
		columns[i].share = (unsigned)take_number(r, 0, UINT16_MAX);
		columns[i].mono = take_number(r, 0, 1) != 0;
		d->failed |= !columns[i].title;
	}
	if (r->bad || d->failed || (kind == DOCUMENT_CHART && (n < 2 || n > 4)))
		r->bad = true;
	else if (kind == DOCUMENT_CHART)
		document_chart(d, text, columns, n);
	else
		document_table(d, columns, n);
}

static void take_rows(struct reader *r, struct document *d, enum document_kind kind)
{
	struct str cells[CELLS_MAX];

	while (!r->bad && !d->failed && take_number(r, 0, 1) == 1) {
		bool mono = take_number(r, 0, 1) != 0;
		size_t n = kind == DOCUMENT_LINES ? 2 : d->last->columns_len;
		for (size_t i = 0; i < n; i++)
			cells[i] = take_text(r);
		if (kind == DOCUMENT_TABLE)
			document_row(d, cells);
		if (kind == DOCUMENT_CHART)
			document_chart_row(d, cells, mono);
		if (kind != DOCUMENT_LINES)
			continue;
		const char *key = arena_c(r->a, cells[0]);
		d->failed |= !key;
		if (key)
			(mono ? document_line_mono : document_line)(d, key, cells[1]);
	}
}

static void take_block(struct reader *r, struct document *d, enum document_kind kind)
{
	static void (*const add[])(struct document *d, struct str text) = {
		[DOCUMENT_HEADING] = document_heading,
		[DOCUMENT_SUBHEADING] = document_subheading,
		[DOCUMENT_PARAGRAPH] = document_paragraph,
		[DOCUMENT_NOTE] = document_note,
		[DOCUMENT_CODE] = document_code,
	};
	struct str text = take_text(r);

	if (kind >= DOCUMENT_TABLE)
		take_columns(r, d, kind, text);
	else
		(void)take_number(r, 0, 0);
	if (kind < ARRAY_LEN(add) && !r->bad)
		add[kind](d, text);
	if (kind >= DOCUMENT_LINES)
		take_rows(r, d, kind);
	else
		(void)take_number(r, 0, 0);
}

struct document *document_unpack(struct str bytes, struct arena *a)
{
	struct reader r = { .rest = bytes, .a = a };
	enum lang lang = (enum lang)take_number(&r, 0, LANGS - 1);
	time_ms at = take_number(&r, INT64_MIN, INT64_MAX);
	struct str title = take_text(&r), subtitle = take_text(&r), foot = take_text(&r);
	struct document *d = document_new(a, lang, at, title, foot);
	int64_t kind;

	if (!d)
		return NULL;
	document_set_subtitle(d, subtitle);
	while ((kind = take_number(&r, END, DOCUMENT_CHART)) != END && !r.bad && !d->failed)
		take_block(&r, d, (enum document_kind)kind);
	return r.bad || d->failed ? NULL : d;
}

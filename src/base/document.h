/* base/document.h: documents for people: built once, written as one HTML file and as PDF.
 *
 * A document is a list of blocks: headings, paragraphs, notes, lists of keys and values, tables and
 * text in type of one width, and charts. What is put in is copied and made harmless there and then, so that no
 * writer has to: bytes that are no UTF-8 become U+FFFD, control characters their pictures, and
 * characters that turn the direction of what stands around them a name like [U+202E]. Line feeds
 * stay.
 *
 * Building never fails by itself: when memory ran out the document is `failed` and stays so, and
 * writers say it. Everything lives in the caller's arena. */
#ifndef BASE_DOCUMENT_H
#define BASE_DOCUMENT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/lang.h"
#include "base/str.h"

#define DOCUMENT_COLUMNS_MAX 8

enum document_kind {
	DOCUMENT_HEADING,
	DOCUMENT_SUBHEADING,
	DOCUMENT_PARAGRAPH,
	DOCUMENT_NOTE,  /* set apart: what the reader should mind */
	DOCUMENT_CODE,  /* as it is, in type of one width: seals, commands */
	DOCUMENT_LINES, /* keys and values */
	DOCUMENT_TABLE,
	DOCUMENT_CHART, /* as a table: a label and up to three numbers a row; its text is the caption */
};

struct document_column {
	const char *title; /* shown as it stands */
	unsigned share;    /* of the width, against the other columns */
	bool mono;         /* type of one width: ids, hashes */
};

/* Of a table as many cells as columns; of lines a key and a value. */
struct document_row {
	struct document_row *next;
	bool mono; /* of lines: the value in type of one width; of a chart: the point is marked */
	struct str cells[];
};

struct document_block {
	struct document_block *next;
	enum document_kind kind;
	struct str text; /* of those that are one */
	struct document_column columns[DOCUMENT_COLUMNS_MAX];
	size_t columns_len;
	struct document_row *rows, *last_row;
};

struct document {
	struct arena *arena;
	enum lang lang;
	struct str title, subtitle; /* subtitle.len 0 = none */
	struct str foot;            /* on each page, beside its number */
	time_ms at;                 /* when it was made */
	struct document_block *blocks, *last;
	bool failed;
};

/* NULL when memory ran out. */
MUST_CHECK struct document *document_new(
    struct arena *a, enum lang lang, time_ms at, struct str title, struct str foot);
void document_set_subtitle(struct document *d, struct str text);

void document_heading(struct document *d, struct str text);
void document_subheading(struct document *d, struct str text);
void document_paragraph(struct document *d, struct str text);
void document_note(struct document *d, struct str text);
void document_code(struct document *d, struct str text);
/* Lines one after the other are one list. */
void document_line(struct document *d, const char *key, struct str value);
void document_line_mono(struct document *d, const char *key, struct str value);
/* Columns are copied, their titles borrowed. Rows go into the table that was opened last; no block may
 * come between. */
void document_table(struct document *d, const struct document_column *columns, size_t n);
void document_row(struct document *d, const struct str *cells);

/* Bars side by side, one group a row. The first column is the label, the others are numbers, at most
 * three, whose titles are the legend. It is a picture: put the same figures into a table behind it. A
 * marked point bears a line. */
void document_chart(
    struct document *d, struct str caption, const struct document_column *columns, size_t n);
void document_chart_row(struct document *d, const struct str *cells, bool marked);

/* What people read of a time, with its offset: "2026-11-22 10:00:00 +00:00". */
#define DOCUMENT_TIME_MAX 40
void document_time(time_ms t, char out[DOCUMENT_TIME_MAX]);

/* One file that needs no other and runs nothing: 0, or -E_NOMEM. */
MUST_CHECK int document_html(const struct document *d, struct buf *out, struct err *err);
/* For terminals, in lines of 100 code points: 0, or -E_NOMEM. */
MUST_CHECK int document_text(const struct document *d, struct buf *out, struct err *err);
/* A4, written by a process without rights (sandbox.h): a document that it cannot cope with is an error.
 * 0; -E_NOMEM, -E_TOO_LARGE, -E_TIMEOUT; -E_IO, also when the system has no fonts for it. */
MUST_CHECK int document_pdf(const struct document *d, struct buf *out, struct err *err);
struct sandbox_deed;
extern const struct sandbox_deed
    document_pdf_deed; /* for sandbox_main of a program that makes them */

/* The document as bytes for another process of this same program, and back; borrows `bytes`. NULL when
 * memory ran out or the bytes are not those of one. (document_pack.c) */
void document_pack(const struct document *d, struct buf *out);
MUST_CHECK struct document *document_unpack(struct str bytes, struct arena *a);

#endif

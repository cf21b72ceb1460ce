/* place → draw: text is broken into lines and these are given pages first, so that every page can say
 * of how many it is; then pages are drawn one after the other.
 *
 * Both happen in a child without rights, which may open no file any more: fonts are opened before
 * (prepare), and it knows no others. Lengths are points. */
#include "base/document.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <pango/pangofc-fontmap.h>
#include <stdio.h>
#include <unistd.h>

#include "base/check.h"
#include "base/document_chart.h"
#include "base/sandbox.h"

#define PAGE_W 595.28 /* A4 */
#define PAGE_H 841.89
#define LEFT 48.0
#define TOP 50.0
#define BOTTOM (PAGE_H - 62.0)
#define WIDTH (PAGE_W - 2 * LEFT)
#define FOOT_Y (PAGE_H - 44.0)
#define KEY_W 140.0
#define GAP 8.0 /* between columns */
#define PAD 7.0 /* inside a box */

/* --- type and ink ----------------------------------------------------------------------------- */

enum type {
	TYPE_TITLE,
	TYPE_HEADING,
	TYPE_SUBHEADING,
	TYPE_BODY,
	TYPE_KEY,
	TYPE_CELL,
	TYPE_HEAD,
	TYPE_MONO,
	TYPE_FOOT,
	TYPES
};

enum ink {
	INK_TEXT,
	INK_SOFT,
	INK_LINE,
	INK_WASH,
	INK_MARK,
	INK_BARS /* the first of CHART_SERIES_MAX */
};

static const struct {
	const char *font;
	enum ink ink;
	double leading;
} types[] = {
	[TYPE_TITLE] = { "DejaVu Sans Bold 17", INK_TEXT, 1.1 },
	[TYPE_HEADING] = { "DejaVu Sans Bold 12", INK_TEXT, 1.1 },
	[TYPE_SUBHEADING] = { "DejaVu Sans Bold 9.5", INK_TEXT, 1.1 },
	[TYPE_BODY] = { "DejaVu Sans 9", INK_TEXT, 1.2 },
	[TYPE_KEY] = { "DejaVu Sans 8.5", INK_SOFT, 1.15 },
	[TYPE_CELL] = { "DejaVu Sans 7.5", INK_TEXT, 1.1 },
	[TYPE_HEAD] = { "DejaVu Sans Bold 7", INK_SOFT, 1.1 },
	[TYPE_MONO] = { "DejaVu Sans Mono 7.2", INK_TEXT, 1.15 },
	[TYPE_FOOT] = { "DejaVu Sans 7", INK_SOFT, 1.1 },
};

static const double inks[][3] = {
	[INK_TEXT] = { 0.11, 0.12, 0.14 },
	[INK_SOFT] = { 0.34, 0.38, 0.42 },
	[INK_LINE] = { 0.80, 0.83, 0.86 },
	[INK_WASH] = { 0.955, 0.963, 0.97 },
	[INK_MARK] = { 0.60, 0.40, 0.0 },
	[INK_BARS] = { 0.23, 0.44, 0.71 },
	{ 0.85, 0.55, 0.12 },
	{ 0.49, 0.53, 0.58 },
};

/* Where Debian has them. What the first three cannot show the others do, one of which is large:
 * they are opened for texts that need them, as far as they are installed. */
static const struct {
	const char *file, *family;
	const char *sample; /* what this one shows, and those before it do not */
	bool further;
} fonts[] = {
	{ "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "DejaVu Sans", "Aa", false },
	{ "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf", "DejaVu Sans Bold", "Aa", false },
	{ "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf", "DejaVu Sans Mono", "Aa", false },
	{ "/usr/share/fonts/opentype/unifont/unifont.otf", "Unifont", "\u4e2d", true },
	{ "/usr/share/fonts/opentype/unifont/unifont_upper.otf", "Unifont Upper", "\U0001f9d1",
	    true },
};

/* --- the press -------------------------------------------------------------------------------- */

/* A line of text, or a filled rectangle when `line` is NULL. */
struct item {
	unsigned page;
	enum ink ink;
	double x, y, w, h; /* of a line, y is that of its baseline */
	PangoLayoutLine *line;
};

/* In tables the same words stand again and again, in cells of the same width: they are broken into
 * lines once. */
#define KNOWN_SLOTS 1024
#define KNOWN_BYTES 64

struct known {
	PangoLayout *layout; /* NULL: none yet */
	enum type type;
	int width;
	struct str text; /* of the document */
};

struct press {
	const struct document *d;
	struct known known[KNOWN_SLOTS];
	PangoFontMap *map;
	PangoContext *context;
	PangoFontDescription *types[TYPES];
	PangoAttrList *plain; /* no hyphens where a word is broken: it may be an id */
	struct item *items;
	size_t len;
	unsigned page; /* being filled, from 0 */
	double y;
	bool fresh; /* nothing stands on this page yet but what a table repeats */
	bool failed;
	const struct document_block *table; /* whose head each new page begins with */
};

static double points(int pango_units)
{
	return (double)pango_units / PANGO_SCALE;
}

#define ITEMS_FIRST 1024

/* Its place in the list, by which it is found again; 0 when memory ran out. */
static size_t add_item(struct press *p, const struct item *item)
{
	size_t n = p->len;

	if (n >= ITEMS_FIRST ? (n & (n - 1)) == 0 : n == 0) {
		struct item *more = mem_grow(p->items, (n ? n * 2 : ITEMS_FIRST) * sizeof(*more));
		if (!more) {
			p->failed = true;
			return 0;
		}
		p->items = more;
	}
	p->items[n] = *item;
	p->items[n].page = p->page;
	p->len++;
	return n;
}

static size_t add_box(struct press *p, enum ink ink, double x, double y, double w, double h)
{
	return add_item(p, &(struct item){ .ink = ink, .x = x, .y = y, .w = w, .h = h });
}

static void place_head(struct press *p);

static void new_page(struct press *p)
{
	p->page++;
	p->y = TOP;
	p->fresh = true;
	if (p->table)
		place_head(p);
}

static void skip(struct press *p, double h)
{
	if (!p->fresh)
		p->y += h;
}

/* What follows wants so much room on one page. */
static void want(struct press *p, double h)
{
	if (!p->fresh && p->y + h > BOTTOM)
		new_page(p);
}

/* --- cells ------------------------------------------------------------------------------------ */

/* Text on its way onto pages. */
struct cell {
	PangoLayout *layout;
	PangoLayoutIter *next;
	bool more;
	enum type type;
	double x;
};

static PangoLayout *make_layout(struct press *p, enum type type, struct str text, int width)
{
	PangoLayout *layout = pango_layout_new(p->context);

	pango_layout_set_font_description(layout, p->types[type]);
	pango_layout_set_width(layout, width);
	pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_line_spacing(layout, (float)types[type].leading);
	pango_layout_set_attributes(layout, p->plain);
	pango_layout_set_text(layout, text.p, (int)text.len);
	return layout;
}

/* FNV-1a */
static struct known *known_slot(struct press *p, enum type type, struct str text, int width)
{
	uint32_t hash = 2166136261u ^ (uint32_t)width ^ (uint32_t)type << 24;

	for (size_t i = 0; i < text.len; i++)
		hash = (hash ^ (unsigned char)text.p[i]) * 16777619u;
	return &p->known[(hash ^ hash >> 16) % KNOWN_SLOTS];
}

static PangoLayout *find_layout(struct press *p, enum type type, struct str text, int width)
{
	if (text.len > KNOWN_BYTES)
		return make_layout(p, type, text, width);
	struct known *k = known_slot(p, type, text, width);
	if (k->layout && k->type == type && k->width == width && str_eq(k->text, text))
		return k->layout;
	*k = (struct known){ make_layout(p, type, text, width), type, width, text };
	return k->layout;
}

static void cell_open(
    struct press *p, struct cell *c, enum type type, struct str text, double x, double w)
{
	c->layout = find_layout(p, type, text, (int)(w * PANGO_SCALE));
	c->type = type;
	c->x = x;
	c->more = true;
	c->next = pango_layout_get_iter(c->layout);
}

/* The layout lives on: its lines are among the items. */
static void cell_close(struct cell *c)
{
	pango_layout_iter_free(c->next);
}

static double cell_height(const struct cell *c)
{
	int h;

	pango_layout_get_size(c->layout, NULL, &h);
	return points(h);
}

static void cell_add_line(struct press *p, const struct cell *c, double shift)
{
	PangoRectangle logical;

	pango_layout_iter_get_line_extents(c->next, NULL, &logical);
	(void)add_item(p,
	    &(struct item){
		.ink = types[c->type].ink,
		.x = c->x + points(logical.x),
		.y = points(pango_layout_iter_get_baseline(c->next)) + shift,
		.line = pango_layout_line_ref(pango_layout_iter_get_line_readonly(c->next)),
	    });
}

/* As many lines as there is room for from p->y down; returns where the last one ends. One line at
 * least stands on a fresh page, so that there is an end to it. */
static double cell_fill(struct press *p, struct cell *c)
{
	double end = p->y, shift = 0;
	bool first = true;
	int top, bottom;

	while (c->more) {
		pango_layout_iter_get_line_yrange(c->next, &top, &bottom);
		if (first)
			shift = p->y - points(top);
		if (points(bottom) + shift > BOTTOM && !(first && p->fresh))
			break;
		cell_add_line(p, c, shift);
		end = points(bottom) + shift;
		first = false;
		c->more = pango_layout_iter_next_line(c->next);
	}
	return end;
}

/* What stands behind or under the cells of a row. */
enum decor { DECOR_NONE, DECOR_RULE, DECOR_CODE, DECOR_NOTE, DECOR_HEAD };

static void decorate(struct press *p, enum decor decor, size_t box, double top, double end)
{
	if (decor == DECOR_RULE && end < BOTTOM + PAD)
		(void)add_box(p, INK_LINE, LEFT, end + 2.2, WIDTH, 0.5);
	if (decor == DECOR_CODE || decor == DECOR_NOTE || decor == DECOR_HEAD) {
		double pad = decor == DECOR_HEAD ? 3 : PAD - 2;
		p->items[box].y = top - pad;
		p->items[box].h = end - top + 2 * pad;
	}
	if (decor == DECOR_NOTE)
		(void)add_box(p, INK_MARK, LEFT, top - PAD + 2, 2.5, end - top + 2 * (PAD - 2));
}

/* All cells from p->y down, over as many pages as they need. */
static void place_cells(struct press *p, struct cell *cells, size_t n, enum decor decor)
{
	bool more = true;

	while (more && !p->failed) {
		double top = p->y, end = p->y;
		size_t box = decor > DECOR_RULE ? add_box(p, INK_WASH, LEFT, top, WIDTH, 0) : 0;
		more = false;
		for (size_t i = 0; i < n; i++) {
			double e = cell_fill(p, &cells[i]);
			end = e > end ? e : end;
			more |= cells[i].more;
		}
		if (p->failed)
			return;
		decorate(p, decor, box, top, end);
		p->y = end;
		p->fresh = false;
		if (more)
			new_page(p);
	}
}

static void place_row(struct press *p, struct cell *cells, size_t n, enum decor decor)
{
	double h = 0;

	for (size_t i = 0; i < n; i++) {
		double own = cell_height(&cells[i]);
		h = own > h ? own : h;
	}
	if (h < (BOTTOM - TOP) / 2)
		want(p, h);
	place_cells(p, cells, n, decor);
	for (size_t i = 0; i < n; i++)
		cell_close(&cells[i]);
}

/* --- blocks ----------------------------------------------------------------------------------- */

static void place_text(struct press *p, enum type type, struct str text, enum decor decor)
{
	bool boxed = decor == DECOR_CODE || decor == DECOR_NOTE;
	double x = LEFT + (boxed ? PAD + 2 : 0);
	struct cell cell;

	cell_open(p, &cell, type, text, x, WIDTH - 2 * (x - LEFT));
	if (boxed)
		p->y += PAD - 2;
	place_row(p, &cell, 1, decor);
	if (boxed)
		p->y += PAD - 2;
}

static void place_lines(struct press *p, const struct document_block *b)
{
	struct cell cells[2];

	for (const struct document_row *r = b->rows; r && !p->failed; r = r->next) {
		cell_open(p, &cells[0], TYPE_KEY, r->cells[0], LEFT, KEY_W - GAP);
		cell_open(p, &cells[1], r->mono ? TYPE_MONO : TYPE_BODY, r->cells[1], LEFT + KEY_W,
		    WIDTH - KEY_W);
		place_row(p, cells, ARRAY_LEN(cells), DECOR_RULE);
		p->y += 5;
	}
}

/* x and width of a column. */
static void find_column(const struct document_block *b, size_t column, double *ret_x, double *ret_w)
{
	double all = 0, before = 0;

	for (size_t i = 0; i < b->columns_len; i++) {
		all += b->columns[i].share;
		before += i < column ? b->columns[i].share : 0;
	}
	double room = WIDTH - GAP * (double)(b->columns_len - 1) - 4;
	*ret_x = LEFT + 2 + room * before / all + GAP * (double)column;
	*ret_w = room * b->columns[column].share / all;
}

static void open_cells(
    struct press *p, const struct document_block *b, struct cell *cells, const struct str *texts)
{
	for (size_t i = 0; i < b->columns_len; i++) {
		enum type type = texts ? (b->columns[i].mono ? TYPE_MONO : TYPE_CELL) : TYPE_HEAD;
		double x, w;
		find_column(b, i, &x, &w);
		cell_open(p, &cells[i], type, texts ? texts[i] : str_c(b->columns[i].title), x, w);
	}
}

static void place_head(struct press *p)
{
	const struct document_block *table = p->table;
	struct cell cells[DOCUMENT_COLUMNS_MAX];

	open_cells(p, table, cells, NULL);
	p->table = NULL; /* a head has none itself */
	p->y += 3;
	place_cells(p, cells, table->columns_len, DECOR_HEAD);
	for (size_t i = 0; i < table->columns_len; i++)
		cell_close(&cells[i]);
	p->y += 6;
	p->table = table;
	p->fresh = true;
}

static void place_table(struct press *p, const struct document_block *b)
{
	struct cell cells[DOCUMENT_COLUMNS_MAX];

	want(p, 60);
	p->table = b;
	place_head(p);
	for (const struct document_row *r = b->rows; r && !p->failed; r = r->next) {
		open_cells(p, b, cells, r->cells);
		place_row(p, cells, b->columns_len, DECOR_RULE);
		p->y += 5;
	}
	p->table = NULL;
	p->fresh = false;
}

/* A line of a chart's type, its left end, middle or right end at `x`. */
static void place_label(struct press *p, struct str text, double x, double y, double shift)
{
	struct cell cell;
	int w;

	cell_open(p, &cell, TYPE_FOOT, text, x, WIDTH);
	pango_layout_get_size(cell.layout, &w, NULL);
	cell.x = x - points(w) * shift;
	p->y = y;
	(void)cell_fill(p, &cell);
	cell_close(&cell);
}

static void place_axis(struct press *p, const struct chart *c, double share)
{
	double y = c->y + c->h * (1 - share);
	char text[24];

	(void)add_box(p, INK_LINE, c->x, y, c->w, 0.5);
	(void)snprintf(text, sizeof(text), "%lld", (long long)((double)c->top * share));
	place_label(p, str_c(text), c->x - 4, y - 5, 1);
}

static void place_point(
    struct press *p, const struct chart *c, const struct document_row *r, size_t point)
{
	double middle = chart_middle(c, point);

	for (size_t i = 0; i < c->series; i++) {
		struct chart_bar bar = chart_bar(c, r, point, i);
		if (bar.h > 0)
			(void)add_box(p, (enum ink)(INK_BARS + i), bar.x, bar.y, bar.w, bar.h);
	}
	if (r->mono)
		(void)add_box(p, INK_MARK, middle - 0.4, c->y, 0.8, c->h);
	if (chart_is_labelled(c, point))
		place_label(p, r->cells[0], middle, c->y + c->h + 3, 0.5);
}

static void place_legend(struct press *p, const struct chart *c, double y)
{
	double x = c->x;

	for (size_t i = 0; i < c->series; i++) {
		struct str title = str_c(c->block->columns[i + 1].title);
		(void)add_box(p, (enum ink)(INK_BARS + i), x, y + 2, 6, 6);
		place_label(p, title, x + 9, y, 0);
		x += 28 + 4.2 * (double)title.len;
	}
}

#define CHART_H 118.0

/* On one page: whoever comes here wanted the room before. */
static void place_chart(struct press *p, const struct document_block *b)
{
	double top = p->y;
	struct chart c;
	size_t point = 0;

	chart_init(&c, b, LEFT + 34, top + 14, WIDTH - 36, CHART_H);
	place_legend(p, &c, top);
	place_axis(p, &c, 0);
	place_axis(p, &c, 0.5);
	place_axis(p, &c, 1);
	for (const struct document_row *r = b->rows; r && !p->failed; r = r->next)
		place_point(p, &c, r, point++);
	p->y = c.y + CHART_H + 16;
	p->fresh = false;
	place_text(p, TYPE_KEY, b->text, DECOR_NONE);
}

static const struct {
	enum type type;
	enum decor decor;
	double before, after, room; /* room: at least, with what follows */
} texts[] = {
	[DOCUMENT_HEADING] = { TYPE_HEADING, DECOR_NONE, 18, 5, 80 },
	[DOCUMENT_SUBHEADING] = { TYPE_SUBHEADING, DECOR_NONE, 10, 3, 60 },
	[DOCUMENT_PARAGRAPH] = { TYPE_BODY, DECOR_NONE, 3, 4, 24 },
	[DOCUMENT_NOTE] = { TYPE_BODY, DECOR_NOTE, 5, 6, 30 },
	[DOCUMENT_CODE] = { TYPE_MONO, DECOR_CODE, 4, 6, 30 },
	[DOCUMENT_LINES] = { .before = 3, .after = 4, .room = 24 },
	[DOCUMENT_TABLE] = { .before = 4, .after = 6, .room = 60 },
	[DOCUMENT_CHART] = { .before = 6, .after = 8, .room = 180 },
};

static void place_block(struct press *p, const struct document_block *b)
{
	double room = texts[b->kind].room;

	if (b->kind <= DOCUMENT_SUBHEADING && b->next && b->next->kind == DOCUMENT_CHART)
		room += texts[DOCUMENT_CHART].room;
	skip(p, texts[b->kind].before);
	want(p, room);
	if (b->kind == DOCUMENT_LINES)
		place_lines(p, b);
	else if (b->kind == DOCUMENT_TABLE)
		place_table(p, b);
	else if (b->kind == DOCUMENT_CHART)
		place_chart(p, b);
	else
		place_text(p, texts[b->kind].type, b->text, texts[b->kind].decor);
	p->y += texts[b->kind].after;
}

static void place_all(struct press *p)
{
	p->y = TOP;
	p->fresh = true;
	place_text(p, TYPE_TITLE, p->d->title, DECOR_NONE);
	p->y += 3;
	if (p->d->subtitle.len)
		place_text(p, TYPE_KEY, p->d->subtitle, DECOR_NONE);
	p->y += 6;
	(void)add_box(p, INK_TEXT, LEFT, p->y, WIDTH, 1.2);
	p->y += 8;
	for (const struct document_block *b = p->d->blocks; b && !p->failed; b = b->next)
		place_block(p, b);
}

/* --- drawing ---------------------------------------------------------------------------------- */

static void set_ink(cairo_t *cr, enum ink ink)
{
	cairo_set_source_rgb(cr, inks[ink][0], inks[ink][1], inks[ink][2]);
}

static void draw_item(cairo_t *cr, const struct item *item)
{
	set_ink(cr, item->ink);
	if (!item->line) {
		cairo_rectangle(cr, item->x, item->y, item->w, item->h);
		cairo_fill(cr);
		return;
	}
	cairo_move_to(cr, item->x, item->y);
	pango_cairo_show_layout_line(cr, item->line);
}

static void draw_foot_text(
    struct press *p, cairo_t *cr, struct str text, double w, PangoAlignment to)
{
	PangoLayout *layout = pango_layout_new(p->context);

	pango_layout_set_font_description(layout, p->types[TYPE_FOOT]);
	pango_layout_set_width(layout, (int)(w * PANGO_SCALE));
	pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
	pango_layout_set_alignment(layout, to);
	pango_layout_set_text(layout, text.p, (int)text.len);
	pango_cairo_show_layout(cr, layout);
	g_object_unref(layout);
}

#define NUMBER_W 110.0

static void draw_foot(struct press *p, cairo_t *cr, unsigned page)
{
	char number[64];
	int n = snprintf(number, sizeof(number), lang_text(p->d->lang, N_("Page %u of %u")),
	    page + 1, p->page + 1);

	set_ink(cr, INK_LINE);
	cairo_rectangle(cr, LEFT, FOOT_Y - 6, WIDTH, 0.5);
	cairo_fill(cr);
	set_ink(cr, types[TYPE_FOOT].ink);
	cairo_move_to(cr, LEFT, FOOT_Y);
	draw_foot_text(p, cr, p->d->foot, WIDTH - NUMBER_W, PANGO_ALIGN_LEFT);
	cairo_move_to(cr, LEFT + WIDTH - NUMBER_W, FOOT_Y);
	draw_foot_text(p, cr, str_n(number, n > 0 ? (size_t)n : 0), NUMBER_W, PANGO_ALIGN_RIGHT);
}

static void draw_all(struct press *p, cairo_t *cr)
{
	size_t i = 0;

	for (unsigned page = 0; page <= p->page; page++) {
		for (; i < p->len && p->items[i].page == page; i++)
			draw_item(cr, &p->items[i]);
		draw_foot(p, cr, page);
		cairo_show_page(cr);
	}
}

static cairo_status_t take_bytes(void *arg, const unsigned char *bytes, unsigned n)
{
	struct buf *out = arg;

	buf_add(out, str_n((const char *)bytes, n));
	return out->failed ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static void describe(const struct document *d, cairo_surface_t *pdf)
{
	char at[TIME_TEXT_MAX];

	time_format(d->at, at);
	cairo_pdf_surface_set_metadata(pdf, CAIRO_PDF_METADATA_TITLE, d->title.p);
	cairo_pdf_surface_set_metadata(pdf, CAIRO_PDF_METADATA_CREATOR, "Varco " VARCO_VERSION);
	cairo_pdf_surface_set_metadata(pdf, CAIRO_PDF_METADATA_CREATE_DATE, at);
	cairo_pdf_surface_set_metadata(pdf, CAIRO_PDF_METADATA_MOD_DATE, at);
}

static int render(void *state, struct str input, struct buf *out, struct err *err)
{
	struct press *p = state;

	(void)input;
	place_all(p);
	if (p->failed)
		return err_set(err, E_NOMEM, N_("Memory ran out while setting a document."));
	cairo_surface_t *pdf = cairo_pdf_surface_create_for_stream(take_bytes, out, PAGE_W, PAGE_H);
	cairo_t *cr = cairo_create(pdf);
	describe(p->d, pdf);
	draw_all(p, cr);
	cairo_status_t status = cairo_status(cr);
	cairo_destroy(cr);
	cairo_surface_finish(pdf);
	if (status == CAIRO_STATUS_SUCCESS)
		status = cairo_surface_status(pdf);
	cairo_surface_destroy(pdf);
	if (status == CAIRO_STATUS_SUCCESS || out->failed)
		return 0;
	return err_set(err, status == CAIRO_STATUS_NO_MEMORY ? E_NOMEM : E_IO,
	    N_("A document could not be drawn: %s."), cairo_status_to_string(status));
}

/* --- fonts ------------------------------------------------------------------------------------ */

static bool has_point(FcFontSet *set, uint32_t c)
{
	FcCharSet *points_of;

	for (int i = 0; i < set->nfont; i++) {
		if (FcPatternGetCharSet(set->fonts[i], FC_CHARSET, 0, &points_of) ==
			FcResultMatch &&
		    FcCharSetHasChar(points_of, c))
			return true;
	}
	return false;
}

/* Texts are valid UTF-8 (document.h). */
static bool shows(FcFontSet *set, struct str text)
{
	const char *p = text.p, *end = text.p + text.len;

	while (p < end) {
		gunichar c = g_utf8_get_char(p);
		if (c > 0x7e && !has_point(set, c))
			return false;
		p = g_utf8_next_char(p);
	}
	return true;
}

static size_t cells_of(const struct document_block *b)
{
	return b->kind >= DOCUMENT_TABLE ? b->columns_len : b->kind == DOCUMENT_LINES ? 2 : 0;
}

static bool shows_block(FcFontSet *set, const struct document_block *b)
{
	if (!shows(set, b->text))
		return false;
	for (const struct document_row *r = b->rows; r; r = r->next) {
		for (size_t i = 0; i < cells_of(b); i++) {
			if (!shows(set, r->cells[i]))
				return false;
		}
	}
	return true;
}

static bool shows_all(FcFontSet *set, const struct document *d)
{
	bool ok = shows(set, d->title) && shows(set, d->subtitle) && shows(set, d->foot);

	for (const struct document_block *b = d->blocks; ok && b; b = b->next)
		ok = shows_block(set, b);
	return ok;
}

static bool add_fonts(FcConfig *config, bool further)
{
	bool ok = true;

	for (size_t i = 0; i < ARRAY_LEN(fonts); i++) {
		if (fonts[i].further == further && access(fonts[i].file, R_OK) == 0)
			ok &= FcConfigAppFontAddFile(config, (const FcChar8 *)fonts[i].file);
		else if (fonts[i].further == further && !further)
			ok = false;
	}
	return ok;
}

/* The fonts of this process are these and no others. */
static int choose_fonts(const struct document *d, struct err *err)
{
	FcConfig *config = FcConfigCreate();

	if (!config || !add_fonts(config, false))
		return err_set(err, E_IO,
		    N_("The fonts that documents are set in are missing: install the package fonts-dejavu-core."));
	if (!shows_all(FcConfigGetFonts(config, FcSetApplication), d) && !add_fonts(config, true))
		return err_set(err, E_IO, N_("A font of this system cannot be read."));
	if (!FcConfigSetCurrent(config))
		return err_set(err, E_NOMEM, N_("Memory ran out while choosing fonts."));
	return 0;
}

/* Opens the files: something of each is drawn, onto nothing. */
static void open_fonts(struct press *p)
{
	cairo_surface_t *nothing = cairo_pdf_surface_create(NULL, PAGE_W, PAGE_H);
	cairo_t *cr = cairo_create(nothing);

	for (size_t i = 0; i < ARRAY_LEN(fonts); i++) {
		PangoFontDescription *font = pango_font_description_from_string(fonts[i].family);
		PangoLayout *layout = pango_layout_new(p->context);
		pango_font_description_set_absolute_size(font, 9.0 * PANGO_SCALE);
		pango_layout_set_font_description(layout, font);
		pango_layout_set_text(layout, fonts[i].sample, -1);
		cairo_move_to(cr, LEFT, TOP);
		pango_cairo_show_layout(cr, layout);
		g_object_unref(layout);
		pango_font_description_free(font);
	}
	cairo_destroy(cr);
	cairo_surface_destroy(nothing);
}

static void open_context(struct press *p)
{
	cairo_font_options_t *options = cairo_font_options_create();

	p->map = pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT);
	pango_cairo_font_map_set_resolution(PANGO_CAIRO_FONT_MAP(p->map), 72);
	p->context = pango_font_map_create_context(p->map);
	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	pango_cairo_context_set_font_options(p->context, options);
	cairo_font_options_destroy(options);
	pango_context_set_round_glyph_positions(p->context, FALSE);
	pango_context_set_language(p->context, pango_language_from_string(lang_code(p->d->lang)));
	p->plain = pango_attr_list_new();
	pango_attr_list_insert(p->plain, pango_attr_insert_hyphens_new(FALSE));
	for (int i = 0; i < TYPES; i++)
		p->types[i] = pango_font_description_from_string(types[i].font);
}

/* What the libraries have to say has nowhere to go, and might quote the document. */
static GLogWriterOutput say_nothing(
    GLogLevelFlags level, const GLogField *fields, gsize n, gpointer arg)
{
	(void)level;
	(void)fields;
	(void)n;
	(void)arg;
	return G_LOG_WRITER_HANDLED;
}

static int prepare(struct str input, void **ret_state, struct err *err)
{
	static struct press press;
	struct arena *a = arena_new(0, 0);

	press.d = a ? document_unpack(input, a) : NULL;
	if (!press.d)
		return err_set(err, E_NOMEM, N_("Memory ran out while setting a document."));
	int r = choose_fonts(press.d, err);
	if (r < 0)
		return r;
	g_log_set_writer_func(say_nothing, NULL, NULL);
	open_context(&press);
	open_fonts(&press);
	*ret_state = &press;
	return 0;
}

const struct sandbox_deed document_pdf_deed = {
	.name = "pdf",
	.limits = {
		.time_ms = 60000,
		.memory_max = (size_t)1 << 30,
		.output_max = (size_t)256 << 20,
	},
	.prepare = prepare,
	.run = render,
};

int document_pdf(const struct document *d, struct buf *out, struct err *err)
{
	struct buf packed;
	int r;

	buf_init(&packed, 0);
	document_pack(d, &packed);
	if (d->failed || packed.failed)
		r = err_set(err, E_NOMEM, N_("Memory ran out while writing a document."));
	else
		r = sandbox_run(&document_pdf_deed, buf_str(&packed), out, err);
	buf_done(&packed);
	return r;
}

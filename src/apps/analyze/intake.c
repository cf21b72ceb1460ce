/* A line feed with an even number of quotes before it ends a record (csv.h): so a piece is what is between
 * two such, as many as fit into the room, and its first row and line are known when it is cut. A record that
 * does not end within RECORD_MOST is longer than any that is allowed: what there is of it is handed on, and
 * the reading of it says so. */
#include "apps/analyze/intake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/analyze/crew.h"
#include "base/check.h"
#include "base/csv.h"
#include "base/table.h"
#include "base/text.h"

#define PIECE ((size_t)1 << 20)
#define RECORD_BYTES ((size_t)1 << 20)
#define RECORD_MOST (4 * RECORD_BYTES)
#define WORKBOOK_ROWS 10000 /* given at once */
#define MIB ((uint64_t)1 << 20)

static const struct table_limits limits = {
	.fields = COLUMNS_MAX,
	.bytes = RECORD_BYTES,
	.xlsx = {
		.zip = { .entries = 1000, .total = 8192 * MIB, .ratio = 200, .ratio_from = 8 * MIB },
		.fields = COLUMNS_MAX,
		.bytes = RECORD_BYTES,
		.strings_bytes = 256 * MIB,
		.strings = 4000000,
	},
};

/* One thread's. */
struct slot {
	struct rows *rows;
	struct sorter_batch *full;
	/* The piece. */
	char *raw;
	size_t cap, len;
	struct buf decoded, mended; /* of what is not UTF-8 */
	uint64_t row, line;         /* its first */
	uint64_t end;               /* in the file */
	bool torn;                  /* its last record does not end */
	bool is_mended;             /* bytes of it became U+FFFD */
};

struct intake {
	const struct analyze_options *options;
	struct analysis *a;
	struct sorter *sorter;
	struct slot slots[CREW_MAX];
	size_t slots_len;
	struct rows_table table;
	/* The file that is read. */
	int fd;
	uint64_t at, size;
	uint64_t row, line; /* of what comes next */
	uint64_t head_row;  /* rows up to it are no data */
	uint64_t rows;      /* given */
	char separator;
	bool is_broken, is_1252;
};

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, N_("Memory ran out."));
}

/* --- making and freeing ----------------------------------------------------------------------- */

static bool make_slot(struct slot *s, const struct analyze_options *o)
{
	s->cap = o->piece ? o->piece : PIECE;
	s->raw = mem_alloc(s->cap);
	s->rows = rows_new(o);
	buf_init(&s->decoded, 0);
	buf_init(&s->mended, 0);
	return s->raw && s->rows;
}

struct intake *intake_new(const struct analyze_options *o, struct analysis *a,
    struct sorter *sorter, const struct defs *defs, size_t threads)
{
	struct intake *in = mem_alloc(sizeof(*in));
	bool ok = true;

	ASSERT(threads > 0 && threads <= CREW_MAX);
	if (!in)
		return NULL;
	in->options = o;
	in->a = a;
	in->sorter = sorter;
	in->table = (struct rows_table){
		.options = o, .words = a->words, .pack = a->pack, .defs = defs
	};
	in->slots_len = threads;
	for (size_t i = 0; ok && i < threads; i++)
		ok = make_slot(&in->slots[i], o);
	if (!ok)
		intake_free(&in);
	return in;
}

void intake_free(struct intake **pi)
{
	struct intake *in = *pi;

	if (in) {
		for (size_t i = 0; i < in->slots_len; i++) {
			struct slot *s = &in->slots[i];
			rows_free(&s->rows);
			buf_done(&s->decoded);
			buf_done(&s->mended);
			mem_free(s->raw);
			if (s->full) /* the run failed before they were written */
				sorter_drop(&s->full);
		}
	}
	MEM_FREE(pi);
}

/* --- cutting ---------------------------------------------------------------------------------- */

/* What a stretch of bytes holds, up to the last end of a record. */
struct cut {
	size_t len;
	uint64_t rows, lines;
};

static size_t count_ends(const char *p, size_t len, size_t *ret_last)
{
	size_t n = 0;

	for (const char *at = p, *end; (end = memchr(at, '\n', len - (size_t)(at - p))); n++) {
		at = end + 1;
		*ret_last = (size_t)(at - p);
	}
	return n;
}

static struct cut cut_records(const char *p, size_t len)
{
	struct cut c = { 0 };
	uint64_t lines = 0;
	bool quoted = false;

	for (size_t at = 0; at < len; quoted = !quoted) {
		const char *quote = memchr(p + at, '"', len - at);
		size_t n = (quote ? (size_t)(quote - p) : len) - at, last = 0;
		size_t ends = count_ends(p + at, n, &last);
		if (ends && !quoted) {
			c.len = at + last;
			c.rows += ends;
			c.lines = lines + ends;
		}
		lines += ends;
		at += n + 1;
	}
	return c;
}

/* Fills the slot's room from where the file is read; at its end there is less. */
static int read_room(const struct intake *in, struct slot *s, struct err *err)
{
	while (s->len < s->cap) {
		ssize_t n = pread(
		    in->fd, s->raw + s->len, s->cap - s->len, (off_t)(in->at + s->len));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(
			    err, E_IO, _("The table cannot be read: %s."), strerror(errno));
		if (n == 0)
			break;
		s->len += (size_t)n;
	}
	return 0;
}

static bool grow_room(struct slot *s)
{
	char *raw = mem_grow(s->raw, 2 * s->cap);

	if (!raw)
		return false;
	s->raw = raw;
	s->cap *= 2;
	return true;
}

static int take_piece(void *user, void *slot, struct err *err)
{
	struct intake *in = user;
	struct slot *s = slot;
	struct cut cut = { 0 };
	bool at_end = false;

	s->len = 0;
	while (!cut.len && !at_end && s->len < RECORD_MOST) {
		if (s->len == s->cap && !grow_room(s))
			return no_memory(err);
		int r = read_room(in, s, err);
		if (r < 0)
			return r;
		at_end = s->len < s->cap;
		cut = cut_records(s->raw, s->len);
	}
	s->torn = !at_end && !cut.len;
	if (!at_end && cut.len)
		s->len = cut.len;
	s->row = in->row;
	s->line = in->line;
	in->row += cut.rows;
	in->line += cut.lines;
	in->at = s->torn ? in->size : in->at + s->len;
	s->end = in->at;
	return s->len > 0;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* One byte that is no character, in a message of years ago, is no reason to know nothing of the others. */
static struct str text_of(const struct intake *in, struct slot *s)
{
	struct str raw = str_n(s->raw, s->len);

	s->is_mended = false;
	if (!in->is_broken)
		return raw;
	if (in->is_1252) {
		buf_reset(&s->decoded);
		table_add_1252(&s->decoded, raw);
		raw = buf_str(&s->decoded);
	}
	buf_reset(&s->mended);
	text_mend(&s->mended, raw);
	s->is_mended = s->mended.len > raw.len;
	return buf_str(&s->mended);
}

static int read_records(const struct intake *in, struct slot *s, struct csv *csv, struct err *err)
{
	const struct str *fields = NULL;
	size_t n = 0;
	int r;

	while ((r = csv_next(csv, &fields, &n, err)) > 0) {
		if (csv_row(csv) <= in->head_row)
			continue;
		r = rows_take(s->rows, csv_row(csv), fields, n, err);
		if (r < 0)
			return r;
	}
	if (r == 0 && s->torn)
		return err_set(err, E_TOO_LARGE, N_("Line %llu, column 1: the record is too long."),
		    (unsigned long long)s->line);
	return r;
}

static int read_piece(void *user, void *slot, struct err *err)
{
	const struct intake *in = user;
	const struct csv_limits csv_limits = { limits.fields, limits.bytes };
	struct slot *s = slot;
	struct str text = text_of(in, s);
	struct csv *csv = csv_new(in->separator, &csv_limits);
	int r = csv && !s->decoded.failed && !s->mended.failed
	    ? rows_begin(s->rows, &in->table, err)
	    : no_memory(err);

	if (r == 0) {
		if (s->row > 1)
			csv_begin_at(csv, s->row, s->line);
		csv_feed(csv, text);
		csv_end(csv);
		r = read_records(in, s, csv, err);
	}
	csv_free(&csv);
	return r;
}

static void tell_progress(const struct intake *in, uint64_t done)
{
	const struct analyze_options *o = in->options;

	if (o->on_progress)
		o->on_progress(o->user,
		    &(struct analyze_progress){ .file = rows_kind_name(in->table.kind),
			.rows = in->rows,
			.done = done,
			.of = in->size });
}

static int give_piece(void *user, void *slot, struct err *err)
{
	struct intake *in = user;
	struct slot *s = slot;
	int r = rows_give(s->rows, in->a, in->sorter, err);

	s->full = sorter_take_full(in->sorter);
	in->a->has_broken_text |= s->is_mended;
	in->rows += s->rows->events_len;
	tell_progress(in, s->end);
	return r;
}

static int write_full(void *user, void *slot, struct err *err)
{
	struct intake *in = user;
	struct slot *s = slot;

	return sorter_write(in->sorter, &s->full, err);
}

static int read_csv(struct intake *in, const struct table *t, struct err *err)
{
	static const struct crew_work work = { take_piece, read_piece, give_piece, write_full };
	void *slots[CREW_MAX] = { NULL };

	in->separator = table_separator(t);
	in->is_broken = table_is_broken(t);
	in->is_1252 = strcmp(table_charset(t), "UTF-8") != 0;
	in->head_row = table_row(t);
	in->at = 0;
	in->row = in->line = 1;
	for (size_t i = 0; i < in->slots_len; i++)
		slots[i] = &in->slots[i];
	return crew_run(&work, in, slots, in->slots_len, err);
}

/* --- workbooks -------------------------------------------------------------------------------- */

static int give_rows(struct intake *in, struct err *err)
{
	int r = give_piece(in, &in->slots[0], err);

	return r < 0 ? r : write_full(in, &in->slots[0], err);
}

static int read_workbook(struct intake *in, struct table *t, struct err *err)
{
	struct rows *rows = in->slots[0].rows;
	const struct str *fields = NULL;
	size_t n = 0;
	int r = rows_begin(rows, &in->table, err);

	in->size = in->slots[0].end = 0;
	for (uint64_t i = 1; r >= 0 && (r = table_next(t, &fields, &n, err)) > 0; i++) {
		r = rows_take(rows, table_row(t), fields, n, err);
		if (r == 0 && i % WORKBOOK_ROWS == 0)
			r = give_rows(in, err);
		if (r == 0 && i % WORKBOOK_ROWS == 0)
			r = rows_begin(rows, &in->table, err);
	}
	return r < 0 ? r : give_rows(in, err);
}

/* --- tables ----------------------------------------------------------------------------------- */

static int read_rows(struct intake *in, struct table *t, struct err *err)
{
	const struct str *fields = NULL;
	size_t n = 0;
	int r = table_next(t, &fields, &n, err);

	if (r == 0)
		return err_field(
		    err, E_INVALID, rows_kind_name(in->table.kind), N_("The table is empty."));
	if (r > 0)
		r = rows_read_head(&in->table, fields, n, err);
	if (r < 0)
		return r;
	in->a->is_sums = in->table.kind == ROWS_TRAFFIC && in->table.is_sums;
	for (size_t i = 0; in->table.kind == ROWS_TRAFFIC && i < ROLES; i++)
		in->a->has[i] = columns_have(&in->table.columns, (enum traffic_role)i);
	return table_form(t) == TABLE_CSV ? read_csv(in, t, err) : read_workbook(in, t, err);
}

static int read_file(struct intake *in, const char *path, struct err *err)
{
	struct table *t = NULL;
	struct stat st;
	int r = fstat(in->fd, &st) == 0 ? 0 : -E_IO;

	if (r == 0 && S_ISDIR(st.st_mode))
		return err_set(err, E_INVALID, N_("\"%s\" is a directory, not a file."), path);
	if (r == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)))
		return err_set(err, E_INVALID,
		    N_("\"%s\" is a pipe, and the table is read from several places at once: write it to a "
		       "file first."),
		    path);
	in->rows = 0;
	in->size = r == 0 ? (uint64_t)st.st_size : 0;
	r = table_open(in->fd, &limits, &t, err);
	while (r == 0 && (r = table_prepare(t, err)) > 0)
		r = 0;
	if (r == 0)
		r = read_rows(in, t, err);
	table_close(&t);
	return r;
}

int intake_table(struct intake *in, enum rows_kind kind, const char *path, struct err *err)
{
	const char *name = rows_kind_name(kind);

	in->table.kind = kind;
	in->a->knows_inbound = in->a->knows_inbound || kind == ROWS_INBOUND;
	in->a->knows_consents = in->a->knows_consents || kind == ROWS_CONSENTS;
	in->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (in->fd < 0)
		return err_field(
		    err, E_IO, name, _("\"%s\" cannot be opened: %s."), path, strerror(errno));
	int r = read_file(in, path, err);
	(void)close(in->fd);
	if (r < 0 && !err->field[0]) /* which of the three files */
		(void)snprintf(err->field, sizeof(err->field), "%s", name);
	return r;
}

/* What a CSV file is written in shows only when all of it was seen: so it is read once for that,
 * and again for its records. Bytes of Windows-1252 become UTF-8 on their way to csv.h; those that
 * mean nothing there stay as they are, and csv.h tells where they stand. */
#include "base/table.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/lang.h"
#include "base/csv.h"
#include "base/text.h"

#define BLOCK ((size_t)64 * 1024)
#define BLOCKS_AT_ONCE 16
#define UTF8_MAX 4

struct table {
	int fd;
	off_t at;
	struct table_limits limits;
	enum table_form form;
	struct xlsx *xlsx;
	struct csv *csv;
	bool begun; /* the first record was given */
	/* what the bytes are */
	char rest[UTF8_MAX]; /* the beginning of a character, at the end of a block */
	size_t rest_len;
	bool bom, broken,
	    beyond_ascii; /* not UTF-8 somewhere; UTF-8 longer than a byte somewhere */
	bool looked;
	char block[BLOCK];
	struct buf decoded;
};

/* --- bytes ------------------------------------------------------------------------------------ */

/* 1 and bytes behind the first `from` of the block, 0 the end. */
static int read_block(struct table *t, size_t from, size_t *ret_len, struct err *err)
{
	ssize_t n;

	do
		n = pread(t->fd, t->block + from, sizeof(t->block) - from, t->at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_set(err, E_IO, N_("The table cannot be read: %s."), strerror(errno));
	t->at += n;
	*ret_len = from + (size_t)n;
	return n > 0;
}

/* --- what the bytes are ----------------------------------------------------------------------- */

/* How long a character is that begins so, 1 for what begins none. */
static size_t length_of(unsigned char b)
{
	return b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : b >= 0xc0 ? 2 : 1;
}

/* How much of the end may be the beginning of a character. */
static size_t open_end(struct str s)
{
	for (size_t n = 1; n < UTF8_MAX && n <= s.len; n++) {
		unsigned char b = (unsigned char)s.p[s.len - n];
		if (b < 0x80)
			return 0;
		if (b >= 0xc0)
			return length_of(b) > n ? n : 0;
	}
	return 0;
}

/* Are there characters longer than a byte, whether or not everything else is sound. */
static bool has_long_character(struct str s)
{
	for (size_t i = text_ascii_len(s); i < s.len; i++) {
		size_t n = length_of((unsigned char)s.p[i]);
		if (n > 1 && i + n <= s.len && text_is_utf8(str_sub(s, i, n)))
			return true;
	}
	return false;
}

static void look_at(struct table *t, struct str s, bool last)
{
	size_t open = last ? 0 : open_end(s);
	struct str whole = str_sub(s, 0, s.len - open);

	t->broken = t->broken || !text_is_utf8(whole);
	t->beyond_ascii = t->beyond_ascii || has_long_character(whole);
	memcpy(t->rest, s.p + whole.len, open);
	t->rest_len = open;
}

/* 1 there is more. */
static int look_on(struct table *t, struct err *err)
{
	size_t n;
	int r = 1;

	for (int i = 0; r > 0 && i < BLOCKS_AT_ONCE; i++) {
		size_t kept = t->rest_len;
		memcpy(t->block, t->rest, kept);
		r = read_block(t, kept, &n, err);
		if (r >= 0)
			look_at(t, str_n(t->block, r ? n : kept), r == 0);
	}
	return r;
}

static bool is_1252(const struct table *t)
{
	return t->broken && !t->bom && !t->beyond_ascii;
}

/* 0x80 to 0x9f; 0 = nothing. The others are as in Unicode. */
static const uint16_t of_1252[32] = { 0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
	0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d,
	0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178 };

static void add_1252(struct buf *out, unsigned char b)
{
	unsigned c = b >= 0x80 && b < 0xa0 ? of_1252[b - 0x80] : b;

	if (b < 0x80 || c == 0) {
		buf_add_char(out, (char)b);
	} else if (c < 0x800) {
		buf_add_char(out, (char)(0xc0 | (c >> 6)));
		buf_add_char(out, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_add_char(out, (char)(0xe0 | (c >> 12)));
		buf_add_char(out, (char)(0x80 | ((c >> 6) & 0x3f)));
		buf_add_char(out, (char)(0x80 | (c & 0x3f)));
	}
}

void table_add_1252(struct buf *out, struct str bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		add_1252(out, (unsigned char)bytes.p[i]);
}

/* --- life ------------------------------------------------------------------------------------- */

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while reading a table.");
}

static int refuse(struct err *err, const char *what)
{
	return err_set(err, E_UNSUPPORTED, "%s", what);
}

static int open_as(struct table *t, struct str head, struct err *err)
{
	if (str_starts(head, STR("PK\x03\x04")) || str_starts(head, STR("PK\x05\x06"))) {
		t->form = TABLE_XLSX;
		return xlsx_open(t->fd, &t->limits.xlsx, &t->xlsx, err);
	}
	if (str_starts(head, STR("\xd0\xcf\x11\xe0")))
		return refuse(err,
		    N_("This is an old .xls file, or a workbook with a password: save it as .xlsx without one, or"
		       " as CSV."));
	if (str_starts(head, STR("\xff\xfe")) || str_starts(head, STR("\xfe\xff")))
		return refuse(err, N_("The table is written in UTF-16: save it as CSV UTF-8."));
	if (str_starts(head, STR("%PDF")))
		return refuse(err, N_("This is a PDF file: save the table as CSV or .xlsx."));
	t->bom = str_starts(head, STR("\xef\xbb\xbf"));
	return 0;
}

int table_open(int fd, const struct table_limits *limits, struct table **ret, struct err *err)
{
	struct table *t = mem_alloc(sizeof(*t));
	size_t n = 0;

	if (!t)
		return no_memory(err);
	t->fd = fd;
	t->limits = *limits;
	t->limits.xlsx.fields = limits->fields;
	t->limits.xlsx.bytes = limits->bytes;
	buf_init(&t->decoded, 0);
	int r = read_block(t, 0, &n, err);
	if (r >= 0)
		r = open_as(t, str_n(t->block, n), err);
	t->at = 0;
	if (r < 0)
		table_close(&t);
	else
		*ret = t;
	return r;
}

void table_close(struct table **pt)
{
	struct table *t = *pt;

	if (!t)
		return;
	xlsx_close(&t->xlsx);
	csv_free(&t->csv);
	buf_done(&t->decoded);
	MEM_FREE(pt);
}

int table_prepare(struct table *t, struct err *err)
{
	if (t->form == TABLE_XLSX)
		return xlsx_prepare(t->xlsx, err);
	int r = t->looked ? 0 : look_on(t, err);
	if (r != 0)
		return r;
	t->looked = true;
	return table_rewind(t, err);
}

int table_rewind(struct table *t, struct err *err)
{
	const struct csv_limits limits = { t->limits.fields, t->limits.bytes };

	if (t->form == TABLE_XLSX)
		return xlsx_rewind(t->xlsx, err);
	csv_free(&t->csv);
	t->csv = csv_new(0, &limits);
	t->at = 0;
	t->begun = false;
	return t->csv ? 0 : no_memory(err);
}

/* --- records ---------------------------------------------------------------------------------- */

static int feed(struct table *t, struct err *err)
{
	size_t n;
	int r = read_block(t, 0, &n, err);

	if (r < 0)
		return r;
	if (r == 0) {
		csv_end(t->csv);
		return 0;
	}
	struct str bytes = str_n(t->block, n);
	if (is_1252(t)) {
		buf_reset(&t->decoded);
		table_add_1252(&t->decoded, bytes);
		bytes = buf_str(&t->decoded);
	}
	if (t->decoded.failed)
		return no_memory(err);
	csv_feed(t->csv, bytes);
	return 1;
}

static int next_csv(struct table *t, const struct str **ret, size_t *ret_len, struct err *err)
{
	int more = 1, r = csv_next(t->csv, ret, ret_len, err);

	while (r == 0 && more > 0) {
		more = feed(t, err);
		r = more < 0 ? more : csv_next(t->csv, ret, ret_len, err);
	}
	return r;
}

/* Excel's own first line, which says only what csv.h finds out by itself. */
static bool is_hint(const struct str *fields, size_t n)
{
	return n == 2 && fields[1].len == 0 && str_eq_nocase(fields[0], STR("sep="));
}

int table_next(struct table *t, const struct str **ret_fields, size_t *ret_len, struct err *err)
{
	if (t->form == TABLE_XLSX)
		return xlsx_next(t->xlsx, ret_fields, ret_len, err);
	int r = next_csv(t, ret_fields, ret_len, err);
	if (r > 0 && !t->begun && is_hint(*ret_fields, *ret_len))
		r = next_csv(t, ret_fields, ret_len, err);
	t->begun = true;
	return r;
}

uint64_t table_row(const struct table *t)
{
	return t->form == TABLE_XLSX ? xlsx_row(t->xlsx) : csv_row(t->csv);
}

enum table_form table_form(const struct table *t)
{
	return t->form;
}

const char *table_charset(const struct table *t)
{
	if (t->form == TABLE_XLSX)
		return "";
	return is_1252(t) ? "windows-1252" : "UTF-8";
}

bool table_is_broken(const struct table *t)
{
	return t->form == TABLE_CSV && t->broken;
}

char table_separator(const struct table *t)
{
	return t->csv ? csv_separator(t->csv) : 0;
}

/* A machine of five states eats byte after byte into one buffer; where each field ends in it is
 * kept beside, because the buffer may move.
 *
 *   START → PLAIN | QUOTED        the first byte of a field decides
 *   QUOTED → CLOSED               a quote; a second one right behind it is a quote of the text
 *   START, PLAIN, CLOSED → CR     only LF may follow
 *
 * The separator must be known before the first byte is eaten, and the byte order mark be out of the
 * way, so the first line is collected as it stands and eaten from there.
 *
 * Most records of most tables are one line without a quote that lies whole in what was fed: their fields
 * are given as they lie there, and the machine never sees them. It also swallows at once what stands
 * between two bytes that mean something. Both leave every error, and what leads to it, to the machine. */
#include "base/csv.h"

#include <string.h>

#include "base/check.h"
#include "base/lang.h"
#include "base/text.h"

#define BOM "\xef\xbb\xbf"

enum state {
	START,  /* nothing of this field was read */
	PLAIN,  /* inside a field without quotes */
	QUOTED, /* inside quotes */
	CLOSED, /* behind a closing quote, or a doubled one */
	CR,     /* LF must follow */
};

struct csv {
	char separator;
	struct csv_limits limits;
	enum state state;
	struct buf head;  /* the first line as it stands */
	size_t head_at;   /* how much of it was eaten */
	bool head_quoted; /* where the search for the end of the first line stands */
	bool begun;       /* the first line is whole */
	struct str in;
	bool ended;
	struct buf text; /* of the fields of this record, one behind the other */
	size_t *ends;
	size_t ends_len, ends_cap;
	struct str *fields;
	uint64_t row, line; /* of the record under way */
	uint64_t record_row, record_line;
	uint64_t here, column; /* line and column of the byte that is eaten */
	bool any;              /* something of this record was read */
	struct err problem;
};

/* --- life ------------------------------------------------------------------------------------- */

struct csv *csv_new(char separator, const struct csv_limits *limits)
{
	struct csv *c = mem_alloc(sizeof(*c));

	ASSERT(limits->fields > 0 && limits->bytes > 0 &&
	    (separator == 0 || separator == ',' || separator == ';'));
	if (!c)
		return NULL;
	c->separator = separator;
	c->limits = *limits;
	c->row = c->line = c->here = c->column = 1;
	buf_init(&c->head, limits->bytes + sizeof(BOM));
	buf_init(&c->text, limits->bytes);
	return c;
}

void csv_free(struct csv **pc)
{
	struct csv *c = *pc;

	if (!c)
		return;
	buf_done(&c->head);
	buf_done(&c->text);
	mem_free(c->ends);
	mem_free(c->fields);
	MEM_FREE(pc);
}

void csv_begin_at(struct csv *c, uint64_t row, uint64_t line)
{
	ASSERT(c->separator && !c->begun && c->in.len == 0);
	c->begun = true;
	c->row = row;
	c->line = c->here = line;
}

void csv_feed(struct csv *c, struct str bytes)
{
	ASSERT(c->in.len == 0 && !c->ended);
	c->in = bytes;
}

void csv_end(struct csv *c)
{
	c->ended = true;
}

uint64_t csv_row(const struct csv *c)
{
	return c->record_row;
}

uint64_t csv_line(const struct csv *c)
{
	return c->record_line;
}

char csv_separator(const struct csv *c)
{
	return c->separator;
}

/* --- errors ----------------------------------------------------------------------------------- */

static int fail(struct csv *c, enum err_code code, const char *what)
{
	return err_set(&c->problem, code, N_("Line %llu, column %llu: %s"),
	    (unsigned long long)c->here, (unsigned long long)c->column, what);
}

static int fail_memory(struct csv *c)
{
	return err_set(&c->problem, E_NOMEM, N_("Memory ran out while reading a table."));
}

/* --- the separator ---------------------------------------------------------------------------- */

static size_t count_outside_quotes(struct str s, char wanted)
{
	bool quoted = false;
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '"')
			quoted = !quoted;
		n += !quoted && s.p[i] == wanted;
	}
	return n;
}

/* How much of the input belongs to the first line; *ret_whole when its end is among it. */
static size_t first_line(struct csv *c, bool *ret_whole)
{
	*ret_whole = c->ended;
	for (size_t i = 0; i < c->in.len; i++) {
		char b = c->in.p[i];
		if (b == '"')
			c->head_quoted = !c->head_quoted;
		if (b == '\n' && !c->head_quoted) {
			*ret_whole = true;
			return i + 1;
		}
	}
	return c->in.len;
}

static char separator_of(struct str line)
{
	return count_outside_quotes(line, ';') > count_outside_quotes(line, ',') ? ';' : ',';
}

/* 1 when the reading may begin; 0 the first line is not whole yet. */
static int begin(struct csv *c)
{
	bool whole;
	size_t n = first_line(c, &whole);

	buf_add(&c->head, str_sub(c->in, 0, n));
	c->in = str_sub(c->in, n, c->in.len);
	if (c->head.failed && c->head.len + n > c->limits.bytes)
		return fail(c, E_TOO_LARGE, N_("the first line is too long."));
	if (c->head.failed)
		return fail_memory(c);
	if (!whole)
		return 0;
	if (str_starts(buf_str(&c->head), STR(BOM)))
		c->head_at = sizeof(BOM) - 1;
	if (!c->separator)
		c->separator = separator_of(buf_str(&c->head));
	c->begun = true;
	return 1;
}

/* --- records ---------------------------------------------------------------------------------- */

/* For one more field, its end and its text. */
static bool has_room(struct csv *c)
{
	size_t cap = c->ends_cap ? c->ends_cap * 2 : 16;

	if (c->ends_len < c->ends_cap)
		return true;
	size_t *ends = mem_grow(c->ends, cap * sizeof(*ends));
	if (!ends)
		return false;
	c->ends = ends;
	struct str *fields = mem_grow(c->fields, cap * sizeof(*fields));
	if (!fields)
		return false;
	c->fields = fields;
	c->ends_cap = cap;
	return true;
}

static int end_field(struct csv *c)
{
	if (c->ends_len == c->limits.fields)
		return fail(c, E_TOO_LARGE, N_("the record has too many fields."));
	if (!has_room(c))
		return fail_memory(c);
	c->ends[c->ends_len++] = c->text.len;
	c->state = START;
	return 0;
}

static int add(struct csv *c, char b)
{
	buf_add_char(&c->text, b);
	if (!c->text.failed)
		return 0;
	if (c->text.len >= c->limits.bytes)
		return fail(c, E_TOO_LARGE, N_("the record is too long."));
	return fail_memory(c);
}

static void begin_record(struct csv *c)
{
	buf_reset(&c->text);
	c->ends_len = 0;
	c->any = false;
	c->line = c->here;
}

/* 1 it is a record, 0 it was an empty line. The next one begins. */
static int end_record(struct csv *c)
{
	bool any = c->any;
	int r = any ? end_field(c) : 0;

	if (r < 0)
		return r;
	c->state = START;
	c->record_row = c->row++;
	c->record_line = c->line;
	return any;
}

static int give(struct csv *c, const struct str **ret_fields, size_t *ret_len)
{
	size_t from = 0;

	for (size_t i = 0; i < c->ends_len; i++) {
		c->fields[i] = str_sub(buf_str(&c->text), from, c->ends[i] - from);
		if (!c->fields[i].p)
			c->fields[i] = STR("");
		from = c->ends[i];
		if (!text_is_utf8(c->fields[i])) {
			c->here = c->record_line;
			c->column = 1;
			return fail(c, E_INVALID, N_("the record holds bytes that are not UTF-8."));
		}
	}
	*ret_fields = c->fields;
	*ret_len = c->ends_len;
	return 1;
}

/* --- records that lie there whole --------------------------------------------------------------- */

/* A line without anything that the machine must look at, without its end. */
static bool plain_line(const struct csv *c, struct str *ret)
{
	const char *end = c->in.len ? memchr(c->in.p, '\n', c->in.len) : NULL;
	struct str line = str_n(c->in.p, end ? (size_t)(end - c->in.p) : 0);

	if (line.len && line.p[line.len - 1] == '\r')
		line.len--;
	if (!line.len || line.len > c->limits.bytes)
		return false;
	*ret = line;
	return !memchr(line.p, '"', line.len) && !memchr(line.p, '\r', line.len) &&
	    !memchr(line.p, '\0', line.len) && text_is_utf8(line);
}

/* False when there are more than the limit, or memory ran out. */
static bool split(struct csv *c, struct str line)
{
	const char *at = line.p, *end = line.p + line.len;

	for (c->ends_len = 0; at; c->ends_len++) {
		const char *next = memchr(at, c->separator, (size_t)(end - at));
		if (c->ends_len == c->limits.fields || !has_room(c))
			return false;
		c->fields[c->ends_len] = str_n(at, (size_t)((next ? next : end) - at));
		at = next ? next + 1 : NULL;
	}
	return true;
}

/* Whether the next record was one of those; else nothing has changed. */
static bool take_line(struct csv *c)
{
	struct str line;

	if (c->head_at < c->head.len || c->state != START || c->any || !plain_line(c, &line) ||
	    !split(c, line))
		return false;
	size_t eaten = line.len + (line.p[line.len] == '\r' ? 2 : 1);
	c->in = str_n(c->in.p + eaten, c->in.len - eaten);
	c->record_row = c->row++;
	c->record_line = c->here++;
	c->column = 1;
	return true;
}

/* --- the machine ------------------------------------------------------------------------------ */

/* What ends a field: 1 when it ended a record, 0 when not. */
static int on_delimiter(struct csv *c, char b)
{
	if (b == c->separator) {
		c->any = true;
		return end_field(c);
	}
	if (b == '\r') {
		c->state = CR;
		return 0;
	}
	return end_record(c);
}

static bool is_delimiter(const struct csv *c, char b)
{
	return b == c->separator || b == '\n' || b == '\r';
}

static int on_start(struct csv *c, char b)
{
	if (is_delimiter(c, b))
		return on_delimiter(c, b);
	c->any = true;
	c->state = b == '"' ? QUOTED : PLAIN;
	return b == '"' ? 0 : add(c, b);
}

static int on_plain(struct csv *c, char b)
{
	if (is_delimiter(c, b))
		return on_delimiter(c, b);
	if (b == '"')
		return fail(c, E_INVALID, N_("a quote stands inside a field that is not quoted."));
	return add(c, b);
}

static int on_quoted(struct csv *c, char b)
{
	if (b != '"')
		return add(c, b);
	c->state = CLOSED;
	return 0;
}

static int on_closed(struct csv *c, char b)
{
	if (is_delimiter(c, b))
		return on_delimiter(c, b);
	if (b != '"')
		return fail(c, E_INVALID,
		    N_("something stands between a closing quote and the separator."));
	c->state = QUOTED;
	return add(c, b);
}

static int on_cr(struct csv *c, char b)
{
	if (b != '\n')
		return fail(c, E_INVALID, N_("a carriage return stands without a line feed."));
	return end_record(c);
}

static int eat(struct csv *c, char b)
{
	static int (*const on[])(struct csv *c, char b) = {
		[START] = on_start,
		[PLAIN] = on_plain,
		[QUOTED] = on_quoted,
		[CLOSED] = on_closed,
		[CR] = on_cr,
	};

	if (b == '\0')
		return fail(c, E_INVALID, N_("there is a zero byte."));
	int r = on[c->state](c, b);
	c->column++;
	if (b == '\n') {
		c->here++;
		c->column = 1;
	}
	return r;
}

/* The next byte; false when there is none for now. */
static bool take(struct csv *c, char *ret)
{
	if (c->head_at < c->head.len) {
		*ret = c->head.p[c->head_at++];
		return true;
	}
	if (c->in.len == 0)
		return false;
	*ret = c->in.p[0];
	c->in.p++;
	c->in.len--;
	return true;
}

/* How many of the bytes ahead only belong to the field that is being read, as far as the record may be
 * long. */
static size_t run_ahead(const struct csv *c)
{
	size_t room = c->limits.bytes - c->text.len;
	size_t most = c->in.len < room ? c->in.len : room, n = 0;

	if (c->state == QUOTED) {
		while (n < most && c->in.p[n] != '"' && c->in.p[n] != '\n' && c->in.p[n] != '\0')
			n++;
	} else if (c->state == PLAIN) {
		while (n < most && !is_delimiter(c, c->in.p[n]) && c->in.p[n] != '"' &&
		    c->in.p[n] != '\0')
			n++;
	}
	return n;
}

/* Swallows them at once; when memory runs out, add() tells. */
static void take_run(struct csv *c)
{
	size_t n = c->head_at < c->head.len ? 0 : run_ahead(c);

	if (!n || !buf_reserve(&c->text, n))
		return;
	buf_add(&c->text, str_n(c->in.p, n));
	c->in = str_n(c->in.p + n, c->in.len - n);
	c->column += n;
}

/* The last record may lack its line end. */
static int at_end(struct csv *c)
{
	if (c->state == QUOTED) {
		c->here = c->line;
		c->column = 1;
		return fail(
		    c, E_INVALID, N_("a quote of the record that begins here is never closed."));
	}
	if (c->state == CR)
		return fail(c, E_INVALID, N_("a carriage return stands without a line feed."));
	return c->any ? end_record(c) : 0;
}

/* 1 a record lies in the buffers, 0 more is needed or all was read. */
static int next_record(struct csv *c)
{
	char b;
	int r = 0;

	while (r == 0 && take(c, &b)) {
		if (c->state == START && !c->any)
			begin_record(c);
		r = eat(c, b);
		if (r == 0)
			take_run(c);
	}
	if (r != 0 || !c->ended)
		return r;
	r = at_end(c);
	if (r > 0)
		c->any = false;
	return r;
}

int csv_next(struct csv *c, const struct str **ret_fields, size_t *ret_len, struct err *err)
{
	int r = c->problem.code ? -c->problem.code : 1;

	if (r > 0 && !c->begun)
		r = begin(c);
	if (r > 0 && take_line(c)) {
		*ret_fields = c->fields;
		*ret_len = c->ends_len;
		return 1;
	}
	if (r > 0)
		r = next_record(c);
	if (r > 0) {
		r = give(c, ret_fields, ret_len);
		c->any = false;
	}
	if (r < 0 && err)
		*err = c->problem;
	return r;
}

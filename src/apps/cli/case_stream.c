/* Lines are found with memchr; the items of an array by walking the bytes and knowing three things: are we
 * in a string, is the next byte escaped, and how deep do brackets stand. Whether an item is JSON is for
 * the parser to say. */
#include "apps/cli/case_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/lang.h"

#define CHUNK 65536

/* START, until the first byte shows what it is, then LINES or ITEMS; ITEMS → TAIL behind the closing
 * bracket; all → END when the bytes do. */
enum mode {
	START,
	LINES,
	ITEMS,
	TAIL,
	END,
};

struct case_stream {
	int fd;
	enum mode mode;
	int64_t line; /* of the next byte */
	bool any;     /* an item was seen */
	struct buf text;
	size_t at, len; /* what of the chunk is left */
	char chunk[CHUNK];
};

struct case_stream *case_stream_open(const char *path, struct err *err)
{
	struct case_stream *s = mem_alloc(sizeof(*s));

	if (!s) {
		err_set(err, E_NOMEM, "Memory ran out.");
		return NULL;
	}
	s->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (s->fd < 0) {
		err_set(err, E_IO, "Cannot open \"%s\": %s.", path, strerror(errno));
		MEM_FREE(&s);
		return NULL;
	}
	s->line = 1;
	buf_init(&s->text, CASE_MAX);
	return s;
}

void case_stream_close(struct case_stream **ps)
{
	struct case_stream *s = *ps;

	if (!s)
		return;
	if (s->fd != STDIN_FILENO)
		close(s->fd);
	buf_done(&s->text);
	MEM_FREE(ps);
}

/* 1 when there is a byte at s->at, 0 at the end, -E_IO. */
static int refill(struct case_stream *s, struct err *err)
{
	ssize_t got;

	if (s->at < s->len)
		return 1;
	do
		got = read(s->fd, s->chunk, sizeof(s->chunk));
	while (got < 0 && errno == EINTR);
	if (got < 0) {
		s->mode = END;
		return err_set(err, E_IO, "Reading failed: %s.", strerror(errno));
	}
	s->at = 0;
	s->len = (size_t)got;
	return got > 0;
}

static bool is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Stops at a byte that is not white space. As refill(). */
static int skip_white(struct case_stream *s, struct err *err)
{
	int rc;

	while ((rc = refill(s, err)) > 0 && is_white(s->chunk[s->at])) {
		s->line += s->chunk[s->at] == '\n';
		s->at++;
	}
	return rc;
}

static void take(struct case_stream *s, size_t n)
{
	buf_add(&s->text, str_n(s->chunk + s->at, n));
	s->at += n;
}

/* What was gathered, or why it was not: buffers fail at their limit, or when memory ran out. */
static int gathered(struct case_stream *s, struct str *ret_text, struct err *err)
{
	if (s->text.failed)
		return err_set(err, E_TOO_LARGE,
		    "A case may have %u bytes; this one has more, or memory ran out.", CASE_MAX);
	*ret_text = buf_str(&s->text);
	return 1;
}

/* --- lines ------------------------------------------------------------------------------------ */

static int next_line(
    struct case_stream *s, struct str *ret_text, int64_t *ret_line, struct err *err)
{
	int rc = skip_white(s, err);
	bool ended = false;

	*ret_line = s->line;
	if (rc <= 0)
		return rc;
	while (!ended && (rc = refill(s, err)) > 0) {
		const char *from = s->chunk + s->at;
		const char *end = memchr(from, '\n', s->len - s->at);
		ended = end != NULL;
		take(s, end ? (size_t)(end - from) : s->len - s->at);
	}
	return rc < 0 ? rc : gathered(s, ret_text, err);
}

/* --- items of an array ------------------------------------------------------------------------ */

struct walk {
	bool in_string, escaped;
	unsigned depth;
};

/* Does the item end before this byte. */
static bool walk_ends(struct walk *w, char c)
{
	if (w->escaped) {
		w->escaped = false;
	} else if (w->in_string) {
		w->escaped = c == '\\';
		w->in_string = c != '"';
	} else if (c == '"') {
		w->in_string = true;
	} else if (c == '{' || c == '[') {
		w->depth++;
	} else if (w->depth == 0) {
		return c == ',' || c == ']';
	} else if (c == '}' || c == ']') {
		w->depth--;
	}
	return false;
}

/* Gathers up to the comma or bracket behind the item. As refill(). */
static int gather_item(struct case_stream *s, struct err *err)
{
	struct walk w = { .depth = 0 };
	int rc;

	while ((rc = refill(s, err)) > 0) {
		size_t n = 0;
		while (s->at + n < s->len && !walk_ends(&w, s->chunk[s->at + n])) {
			s->line += s->chunk[s->at + n] == '\n';
			n++;
		}
		bool ended = s->at + n < s->len;
		take(s, n);
		if (ended)
			return 1;
	}
	return rc;
}

static int next_item(
    struct case_stream *s, struct str *ret_text, int64_t *ret_line, struct err *err)
{
	int rc = skip_white(s, err);

	*ret_line = s->line;
	if (rc > 0)
		rc = gather_item(s, err);
	if (rc < 0)
		return rc;
	if (rc == 0) {
		s->mode = END;
		return err_set(err, E_INVALID, "The list of cases is not closed.");
	}
	char end = s->chunk[s->at++];
	bool empty = s->text.len == 0 && !s->text.failed;
	s->mode = end == ']' ? TAIL : ITEMS;
	if (empty && end == ']' && !s->any)
		return 0;
	s->any = true;
	if (empty)
		return err_set(err, E_INVALID, "There is no case before this comma or bracket.");
	return gathered(s, ret_text, err);
}

static int check_tail(struct case_stream *s, int64_t *ret_line, struct err *err)
{
	int rc = skip_white(s, err);

	*ret_line = s->line;
	s->mode = END;
	return rc <= 0 ? rc : err_set(err, E_INVALID, "There is more behind the list of cases.");
}

/* --- either ----------------------------------------------------------------------------------- */

static int begin(struct case_stream *s, struct err *err)
{
	static const char mark[] = "\xef\xbb\xbf"; /* a byte order mark, as some editors write it */
	int rc = refill(s, err);

	if (rc > 0 && s->len - s->at >= 3 && memcmp(s->chunk + s->at, mark, 3) == 0)
		s->at += 3;
	if (rc >= 0)
		rc = skip_white(s, err);
	if (rc < 0)
		return rc;
	s->mode = rc > 0 && s->chunk[s->at] == '[' ? ITEMS : LINES;
	s->at += s->mode == ITEMS;
	return 0;
}

int case_stream_next(
    struct case_stream *s, struct str *ret_text, int64_t *ret_line, struct err *err)
{
	*ret_line = s->line;
	if (s->mode == START) {
		int rc = begin(s, err);
		if (rc < 0)
			return rc;
	}
	buf_reset(&s->text);
	int rc = 0;
	if (s->mode == LINES)
		rc = next_line(s, ret_text, ret_line, err);
	else if (s->mode == ITEMS)
		rc = next_item(s, ret_text, ret_line, err);
	if (rc == 0 && s->mode == TAIL)
		rc = check_tail(s, ret_line, err);
	return rc;
}

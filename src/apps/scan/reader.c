/* Nearly all files are shorter than the first read(), and one more tells that it was all; what the
 * kernel says of a file (fstat) is asked for the others alone. Bytes that are no text are left as soon as that is
 * known. Longer files come in pieces that overlap by some bytes, so that what stands on the seam is in one of them whole; a parser that wants
 * a long file whole gets it, one thread at a time. */
#include "apps/scan/reader.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"

#define BUFFER (2u << 20)
#define FIRST (64u << 10)
#define BINARY_HEAD 8000u
#define OVERLAP 8192u
#define DECODED (BUFFER / 2 * 3)
#define WHOLE_MAX (16u << 20)
#define FILE_DATA_MAX (2ull << 30)

static pthread_mutex_t one_long_file = PTHREAD_MUTEX_INITIALIZER;

int reader_init(
    struct reader *r, struct judge *judge, struct scan_coverage *coverage, struct arena *samples)
{
	*r = (struct reader){ .judge = judge,
		.coverage = coverage,
		.samples = samples,
		.buffer = mem_alloc(BUFFER + 1) };
	return r->buffer ? 0 : -E_NOMEM;
}

void reader_done(struct reader *r)
{
	MEM_FREE(&r->buffer);
	MEM_FREE(&r->decoded);
}

void reader_skip(struct reader *r, enum scan_skip why, struct str path)
{
	uint64_t n = r->coverage->skipped[why]++;

	if (n < SCAN_SAMPLES)
		r->coverage->samples[why][n] = arena_str(r->samples, path);
}

/* --- UTF-16 ----------------------------------------------------------------------------------- */

enum coding { CODING_BYTES, CODING_UTF16_LE, CODING_UTF16_BE };

/* By the mark, or by the zero bytes of plain English in every second place. */
static enum coding coding_of(struct str t)
{
	const unsigned char *p = (const unsigned char *)t.p;
	size_t n = t.len < 512 ? t.len & ~(size_t)1 : 512, even = 0, odd = 0;

	if (t.len >= 2 && p[0] == 0xff && p[1] == 0xfe)
		return CODING_UTF16_LE;
	if (t.len >= 2 && p[0] == 0xfe && p[1] == 0xff)
		return CODING_UTF16_BE;
	if (t.len < 32 || !memchr(t.p, 0, n))
		return CODING_BYTES;
	for (size_t i = 0; i < n; i += 2) {
		even += p[i] == 0;
		odd += p[i + 1] == 0;
	}
	if (odd > n / 2 * 9 / 10 && even == 0)
		return CODING_UTF16_LE;
	return even > n / 2 * 9 / 10 && odd == 0 ? CODING_UTF16_BE : CODING_BYTES;
}

static size_t put_utf8(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static uint32_t unit_at(const unsigned char *p, bool little)
{
	return little ? (uint32_t)(p[0] | p[1] << 8) : (uint32_t)(p[0] << 8 | p[1]);
}

static size_t decode(struct str t, bool little, char *out)
{
	const unsigned char *p = (const unsigned char *)t.p;
	size_t len = 0;

	for (size_t i = 0; i + 1 < t.len; i += 2) {
		uint32_t c = unit_at(p + i, little), low;
		if (c >= 0xd800 && c < 0xdc00 && i + 3 < t.len) {
			low = unit_at(p + i + 2, little);
			if (low >= 0xdc00 && low < 0xe000) {
				c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
				i += 2;
			}
		}
		if (c != 0xfeff)
			len += put_utf8(out + len, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
	}
	return len;
}

/* The text in UTF-8, without a mark; as it was when memory ran out. */
static struct str decoded(struct reader *r, struct str t, enum coding coding)
{
	if (coding == CODING_BYTES)
		return str_starts(t, STR("\xef\xbb\xbf")) ? str_sub(t, 3, t.len) : t;
	if (!r->decoded)
		r->decoded = mem_alloc(DECODED + 4);
	if (!r->decoded || t.len > BUFFER)
		return t;
	return str_n(r->decoded, decode(t, coding == CODING_UTF16_LE, r->decoded));
}

/* --- bytes ------------------------------------------------------------------------------------ */

/* Up to `max` bytes; fewer only at the end. -1 when it cannot be read. */
static ssize_t read_some(int fd, char *out, size_t max)
{
	size_t len = 0;

	while (len < max) {
		ssize_t n = read(fd, out + len, max - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return len > 0 ? (ssize_t)len : -1;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

/* One read() tells that a short file is over: it gives as many bytes as the file had, and had room for
 * more. */
static ssize_t read_short(int fd, char *out, size_t expected, size_t max)
{
	ssize_t n;

	do
		n = read(fd, out, max);
	while (n < 0 && errno == EINTR);
	if (n < 0 || (size_t)n == expected || n == 0)
		return n;
	ssize_t more = (size_t)n < max ? read_some(fd, out + n, max - (size_t)n) : 0;
	return more < 0 ? n : n + more;
}

/* Bytes that nobody looks into: no text in any coding, no database, and no name that says otherwise, so
 * that a zero byte hides no program. */
static bool is_binary(struct str path, struct str text)
{
	return memchr(text.p, '\0', text.len < BINARY_HEAD ? text.len : BINARY_HEAD) &&
	    coding_of(text) == CODING_BYTES && !judge_wants_binary(path, text);
}

void reader_take(struct reader *r, unsigned root, struct str path, struct str text)
{
	if (text.len > 0 && is_binary(path, text)) {
		reader_skip(r, SCAN_SKIP_BINARY, path);
		return;
	}
	struct judged f = { .path = path, .root = root, .text = decoded(r, text, coding_of(text)) };

	judge_file(r->judge, &f);
}

static void read_whole(struct reader *r, int fd, size_t size, unsigned root, struct str path)
{
	char *p = mem_alloc(size + 1);
	ssize_t n = p ? read_some(fd, p, size) : -1;

	if (n < 0)
		reader_skip(r, SCAN_SKIP_UNREADABLE, path);
	else {
		r->coverage->bytes += (uint64_t)n;
		reader_take(r, root, path, str_n(p, (size_t)n));
	}
	MEM_FREE(&p);
}

static uint32_t newlines(struct str s)
{
	uint32_t n = 0;

	for (const char *p = s.p, *end = s.p + s.len; (p = memchr(p, '\n', (size_t)(end - p))); p++)
		n++;
	return n;
}

/* Where the next data of a sparse file is; the file's end when there is no more. */
static off_t next_data(int fd, off_t at, uint64_t size)
{
	off_t data = lseek(fd, at, SEEK_DATA);

	if (data < 0)
		return errno == ENXIO ? (off_t)size : at;
	return data;
}

/* A long file under way. */
struct pieces {
	struct judged f;
	size_t kept;   /* bytes at the buffer's beginning that were in the piece before */
	off_t at;      /* of the next read */
	uint64_t data; /* bytes read */
	enum coding coding;
	bool first;
};

/* A hole behind the data reads as zeros, and would make text look like none. */
static struct str without_hole(struct str text)
{
	while (text.len > 0 && text.p[text.len - 1] == '\0')
		text.len--;
	return text;
}

/* 1 while there is more. */
static int next_piece(struct reader *r, int fd, uint64_t size, bool sparse, struct pieces *p)
{
	off_t data = sparse ? next_data(fd, p->at, size) : p->at;

	if (data != p->at) {
		p->kept = 0;
		p->at = data & ~(off_t)1;
	}
	if ((uint64_t)p->at >= size || lseek(fd, p->at, SEEK_SET) < 0)
		return 0;
	ssize_t n = read_some(fd, r->buffer + p->kept, BUFFER - p->kept);
	if (n < 0)
		reader_skip(r, SCAN_SKIP_UNREADABLE, p->f.path);
	if (n <= 0)
		return 0;
	struct str text = str_n(r->buffer, p->kept + (size_t)n);
	if (p->first)
		p->coding = coding_of(text);
	p->f.base = p->first ? 0 : (uint64_t)p->at - p->kept;
	p->f.text = decoded(r, sparse ? without_hole(text) : text, p->coding);
	judge_file(r->judge, &p->f);
	p->first = false;
	p->at += n;
	p->data += (uint64_t)n;
	size_t keep = text.len > OVERLAP ? OVERLAP : 0;
	p->f.lines += newlines(str_sub(text, 0, text.len - keep));
	memmove(r->buffer, r->buffer + text.len - keep, keep);
	p->kept = keep;
	return 1;
}

static void read_pieces(
    struct reader *r, int fd, uint64_t size, bool sparse, unsigned root, struct str path)
{
	struct pieces p = { .f = { .path = path, .root = root, .piece = true }, .first = true };

	while (p.data < FILE_DATA_MAX && next_piece(r, fd, size, sparse, &p) > 0)
		;
	r->coverage->bytes += p.data;
	if (p.data >= FILE_DATA_MAX)
		reader_skip(r, SCAN_SKIP_LIMIT, path);
	if (sparse)
		reader_skip(r, SCAN_SKIP_EMPTY_HOLE, path);
}

static void read_long(
    struct reader *r, int fd, uint64_t size, bool sparse, unsigned root, struct str path)
{
	if (lseek(fd, 0, SEEK_SET) < 0)
		return;
	if (!sparse && size <= WHOLE_MAX && judge_whole_bytes(path) >= size) {
		pthread_mutex_lock(&one_long_file);
		read_whole(r, fd, (size_t)size, root, path);
		pthread_mutex_unlock(&one_long_file);
		return;
	}
	read_pieces(r, fd, size, sparse, root, path);
}

/* The rest of a file whose first bytes are in the buffer already. */
static void read_rest(
    struct reader *r, int fd, size_t have, uint64_t size, unsigned root, struct str path)
{
	ssize_t n = read_short(
	    fd, r->buffer + have, size > have ? (size_t)size - have : 0, BUFFER + 1 - have);
	size_t len = have + (n > 0 ? (size_t)n : 0);

	if (n < 0)
		reader_skip(r, SCAN_SKIP_UNREADABLE, path);
	else if (len != size)
		reader_skip(r, SCAN_SKIP_CHANGED, path);
	len = len > BUFFER ? BUFFER : len;
	r->coverage->bytes += len;
	reader_take(r, root, path, str_n(r->buffer, len));
}

/* More than the first read brought, or nothing. */
static void read_odd(struct reader *r, int fd, size_t have, unsigned root, struct str path)
{
	struct str head = str_n(r->buffer, have);
	struct stat st;

	if (fstat(fd, &st) < 0) {
		reader_skip(r, SCAN_SKIP_UNREADABLE, path);
	} else if (!S_ISREG(st.st_mode)) {
		reader_skip(r, SCAN_SKIP_SPECIAL, path);
	} else if (have == 0 && st.st_size > 0) {
		reader_skip(r, SCAN_SKIP_UNREADABLE, path);
	} else if (have > 0 && archive_read(r, fd, head, root, path, 0) == 0) {
		uint64_t size = (uint64_t)st.st_size;
		bool sparse = (uint64_t)st.st_blocks * 512 < size;
		if (!sparse && is_binary(path, head)) {
			r->coverage->bytes += have;
			reader_skip(r, SCAN_SKIP_BINARY, path);
		} else if (size > BUFFER) {
			read_long(r, fd, size, sparse, root, path);
		} else {
			read_rest(r, fd, have, size, root, path);
		}
	}
}

void reader_read(struct reader *r, int fd, unsigned root, struct str path)
{
	ssize_t n;

	r->coverage->files++;
	judge_path(r->judge, root, path);
	/* A network file system may give less than there is: only nothing more is the end. */
	n = read_some(fd, r->buffer, FIRST);
	if (n <= 0 || n == FIRST) {
		read_odd(r, fd, n > 0 ? (size_t)n : 0, root, path);
		return;
	}
	r->coverage->bytes += (uint64_t)n;
	if (archive_read(r, fd, str_n(r->buffer, (size_t)n), root, path, 0) == 0)
		reader_take(r, root, path, str_n(r->buffer, (size_t)n));
}

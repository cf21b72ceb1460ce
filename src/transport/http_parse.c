/* The head is looked at twice. http_head_find() walks line by line with memchr, refuses what
 * llhttp builds differ about (bare LF, bare CR, obs-fold, zero bytes), and finds the end; so
 * llhttp always gets a whole head in one piece, and every name and value is one span of it.
 * llhttp then knows methods, versions and header grammar; what it lets pass in its loose builds
 * (a blank in a name) is checked again here. */
#include "transport/http_parse.h"

#include <llhttp.h>
#include <string.h>

#include "base/check.h"

static const char *const method_names[] = {
	[HTTP_M_GET] = "GET",
	[HTTP_M_HEAD] = "HEAD",
	[HTTP_M_POST] = "POST",
	[HTTP_M_PUT] = "PUT",
	[HTTP_M_PATCH] = "PATCH",
	[HTTP_M_DELETE] = "DELETE",
	[HTTP_M_OPTIONS] = "OPTIONS",
	[HTTP_M_OTHER] = "OTHER",
};

static const struct {
	uint8_t llhttp;
	enum http_method ours;
} methods[] = {
	{ HTTP_GET, HTTP_M_GET },
	{ HTTP_POST, HTTP_M_POST },
	{ HTTP_HEAD, HTTP_M_HEAD },
	{ HTTP_PUT, HTTP_M_PUT },
	{ HTTP_PATCH, HTTP_M_PATCH },
	{ HTTP_DELETE, HTTP_M_DELETE },
	{ HTTP_OPTIONS, HTTP_M_OPTIONS },
};

/* What a byte may be part of: RFC 9110 5.6.2, RFC 3986 3.3. A query is taken as clients write
 * it: any visible ASCII but '#'. */
enum {
	CLASS_TOKEN = 1,
	CLASS_PATH = 2,
	CLASS_QUERY = 4,
	CLASS_HOST = 8,
};

#define TP (CLASS_TOKEN | CLASS_PATH | CLASS_QUERY)
#define TQ (CLASS_TOKEN | CLASS_QUERY)
#define PQ (CLASS_PATH | CLASS_QUERY)
#define QH (CLASS_QUERY | CLASS_HOST)
#define ALL (TP | CLASS_HOST)

/* clang-format off */
static const unsigned char classes[256] = {
	['0' ... '9'] = ALL, ['A' ... 'Z'] = ALL, ['a' ... 'z'] = ALL,
	['-'] = ALL, ['.'] = ALL, ['_'] = ALL, ['~'] = ALL, ['%'] = ALL,
	['!'] = TP, ['$'] = TP, ['&'] = TP, ['\''] = TP, ['*'] = TP, ['+'] = TP,
	['^'] = TQ, ['`'] = TQ, ['|'] = TQ, ['#'] = CLASS_TOKEN,
	['('] = PQ, [')'] = PQ, [','] = PQ, ['/'] = PQ, [';'] = PQ, ['='] = PQ, ['@'] = PQ,
	[':'] = PQ | CLASS_HOST, ['['] = QH, [']'] = QH,
	['?'] = CLASS_QUERY, ['{'] = CLASS_QUERY, ['}'] = CLASS_QUERY, ['"'] = CLASS_QUERY,
	['<'] = CLASS_QUERY, ['>'] = CLASS_QUERY, ['\\'] = CLASS_QUERY,
};
/* clang-format on */

static bool is_of(char c, unsigned class)
{
	return (classes[(unsigned char)c] & class) != 0;
}

static bool all_of(struct str s, unsigned class)
{
	unsigned common = class;

	for (size_t i = 0; i < s.len; i++)
		common &= classes[(unsigned char)s.p[i]];
	return common != 0;
}

const char *http_method_name(enum http_method m)
{
	return method_names[m];
}

static int fault(struct http_fault *f, int status, const char *why)
{
	*f = (struct http_fault){ status, why };
	return -E_INVALID;
}

static int too_long(const struct http_scan *scan, struct http_fault *f)
{
	if (scan->lines == 0)
		return fault(f, 414, "The request line is longer than this server accepts.");
	return fault(f, 431, "The request line and headers are longer than this server accepts.");
}

/* One line, its CRLF taken off. */
static int check_line(const struct http_scan *scan, struct str line, struct http_fault *f)
{
	if (memchr(line.p, '\r', line.len))
		return fault(f, 400, "A carriage return stands alone in the headers.");
	if (memchr(line.p, '\0', line.len))
		return fault(f, 400, "There is a zero byte in the headers.");
	if (scan->lines > 0 && (*line.p == ' ' || *line.p == '\t'))
		return fault(f, 400, "A header is folded over several lines.");
	return 0;
}

static bool may_start(struct str bytes)
{
	char c = bytes.p[0];

	return is_of(c, CLASS_TOKEN) || c == '\r' || c == '\n';
}

/* 1 when `line` is the empty one that ends the head; 0 to go on. */
static int take_line(struct http_scan *scan, struct str line, struct http_fault *f)
{
	if (line.len == 0 || line.p[line.len - 1] != '\r')
		return fault(f, 400, "A line of the headers ends without a carriage return.");
	line.len--;
	if (line.len == 0 && scan->lines == 0 && scan->line > 0)
		return fault(f, 400, "Empty lines stand before the request line.");
	if (line.len == 0)
		return scan->lines > 0;
	int rc = check_line(scan, line, f);
	if (rc)
		return rc;
	scan->lines++;
	return 0;
}

int http_head_find(struct http_scan *scan, struct str bytes, size_t max_head, size_t *ret_len,
    struct http_fault *ret_fault)
{
	const char *end;

	if (bytes.len && !may_start(bytes))
		return fault(ret_fault, 400, "This is not an HTTP request.");
	while (scan->at < bytes.len &&
	    (end = memchr(bytes.p + scan->at, '\n', bytes.len - scan->at)) != NULL) {
		size_t next = (size_t)(end - bytes.p) + 1;
		if (next > max_head)
			return too_long(scan, ret_fault);
		struct str line = str_sub(bytes, scan->line, next - 1 - scan->line);
		int rc = take_line(scan, line, ret_fault);
		if (rc < 0)
			return rc;
		scan->line = scan->at = next;
		if (rc > 0) {
			*ret_len = next;
			return 1;
		}
	}
	scan->at = bytes.len;
	return bytes.len >= max_head ? too_long(scan, ret_fault) : 0;
}

/* --- llhttp
 * ------------------------------------------------------------------------------------- */

struct reading {
	struct str target;
	size_t len, max;
	bool in_value;
	struct http_header headers[HTTP_HEADERS_CAP];
};

static void span_add(struct str *s, const char *at, size_t len)
{
	if (!s->p)
		s->p = at;
	s->len = (size_t)(at - s->p) + len;
}

static int on_url(llhttp_t *p, const char *at, size_t len)
{
	struct reading *r = p->data;

	span_add(&r->target, at, len);
	return 0;
}

static int on_name(llhttp_t *p, const char *at, size_t len)
{
	struct reading *r = p->data;

	if (r->in_value || r->len == 0) {
		if (r->len == r->max)
			return HPE_USER;
		r->headers[r->len++] = (struct http_header){ STR_NONE, STR_NONE };
		r->in_value = false;
	}
	span_add(&r->headers[r->len - 1].name, at, len);
	return 0;
}

static int on_value(llhttp_t *p, const char *at, size_t len)
{
	struct reading *r = p->data;

	r->in_value = true;
	span_add(&r->headers[r->len - 1].value, at, len);
	return 0;
}

static int on_head_complete(llhttp_t *p)
{
	(void)p;
	return HPE_PAUSED; /* bodies are not llhttp's */
}

static const llhttp_settings_t settings = {
	.on_url = on_url,
	.on_header_field = on_name,
	.on_header_value = on_value,
	.on_headers_complete = on_head_complete,
};

static int llhttp_fault(llhttp_errno_t e, struct http_fault *f)
{
	switch (e) {
	case HPE_USER:
		return fault(f, 431, "There are more headers than this server accepts.");
	case HPE_INVALID_METHOD:
		return fault(f, 400, "The request method is not known.");
	case HPE_INVALID_VERSION:
		return fault(f, 505, "This server speaks HTTP/1.1.");
	case HPE_INVALID_CONTENT_LENGTH:
	case HPE_UNEXPECTED_CONTENT_LENGTH:
		return fault(f, 400, "The length of the body is not told unambiguously.");
	case HPE_INVALID_TRANSFER_ENCODING:
		return fault(f, 400, "The transfer coding is not understood.");
	default:
		return fault(f, 400, "The request line or a header is malformed.");
	}
}

static enum http_method method_of(uint8_t number)
{
	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		if (methods[i].llhttp == number)
			return methods[i].ours;
	}
	return HTTP_M_OTHER;
}

/* --- the headers that decide about the message
 * --------------------------------------------------- */

struct framing {
	struct http_head *head;
	struct http_fault *fault;
	bool answer, host, length, coding, close, keep;
};

static int take_host(struct framing *f, struct str value)
{
	if (f->answer)
		return 0;
	if (f->host)
		return fault(f->fault, 400, "There are two Host headers.");
	f->host = true;
	if (!value.len || !all_of(value, CLASS_HOST))
		return fault(f->fault, 400, "The Host header is empty or malformed.");
	return 0;
}

static int take_length(struct framing *f, struct str value)
{
	uint64_t n;

	if (f->length)
		return fault(f->fault, 400, "There are two Content-Length headers.");
	f->length = true;
	if (str_to_u64(value, &n) || n == UINT64_MAX)
		return fault(f->fault, 400, "Content-Length is not a number.");
	f->head->content_length = n;
	return 0;
}

static int take_coding(struct framing *f, struct str value)
{
	if (f->coding || !str_eq_nocase(value, STR("chunked")))
		return fault(f->fault, 400, "The only transfer coding accepted is chunked.");
	f->coding = true;
	f->head->chunked = true;
	return 0;
}

static int take_connection(struct framing *f, struct str value)
{
	while (value.p) {
		struct str word = str_trim(str_cut(&value, ','));
		f->close = f->close || str_eq_nocase(word, STR("close"));
		f->keep = f->keep || str_eq_nocase(word, STR("keep-alive"));
	}
	return 0;
}

static int take_expect(struct framing *f, struct str value)
{
	if (f->answer)
		return 0;
	if (!str_eq_nocase(value, STR("100-continue")))
		return fault(f->fault, 417, "The only expectation accepted is 100-continue.");
	f->head->expect_continue = true;
	return 0;
}

static const struct {
	struct str name;
	int (*take)(struct framing *f, struct str value);
} framing_headers[] = {
	{ { "host", 4 }, take_host },
	{ { "content-length", 14 }, take_length },
	{ { "transfer-encoding", 17 }, take_coding },
	{ { "connection", 10 }, take_connection },
	{ { "expect", 6 }, take_expect },
};

static int take_header(struct framing *f, struct http_header *h)
{
	h->value = h->value.p ? str_trim(h->value) : STR("");
	if (!h->name.len || !all_of(h->name, CLASS_TOKEN))
		return fault(f->fault, 400, "The name of a header is malformed.");
	for (size_t i = 0; i < ARRAY_LEN(framing_headers); i++) {
		if (str_eq_nocase(h->name, framing_headers[i].name))
			return framing_headers[i].take(f, h->value);
	}
	return 0;
}

static int check_framing(struct framing *f)
{
	struct http_head *h = f->head;

	if (!f->host && !f->answer && h->minor == 1)
		return fault(f->fault, 400, "There is no Host header.");
	if (f->coding && f->length)
		return fault(f->fault, 400, "The body has both a length and a transfer coding.");
	if (f->coding && h->minor == 0)
		return fault(f->fault, 400, "HTTP/1.0 has no transfer codings.");
	if (f->coding)
		h->content_length = UINT64_MAX;
	h->until_close = f->answer && !f->coding && !f->length;
	h->expect_continue = h->expect_continue && h->minor == 1;
	h->keep_alive = h->minor == 1 ? !f->close : f->keep && !f->close;
	return 0;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool escapes_ok(struct str s)
{
	const char *at = s.len ? memchr(s.p, '%', s.len) : NULL;

	while (at) {
		size_t left = s.len - (size_t)(at - s.p);
		if (left < 3 || !is_hex(at[1]) || !is_hex(at[2]))
			return false;
		at = memchr(at + 1, '%', left - 1);
	}
	return true;
}

/* One blank on either side, which llhttp does not insist on. A method stands before, a version behind. */
static bool is_alone(struct str target)
{
	const char *behind = target.p + target.len;

	return target.p[-2] != ' ' && behind[0] == ' ' && behind[1] != ' ';
}

static int split_target(struct http_head *h, struct http_fault *f)
{
	struct str rest = h->target;

	if (!rest.len || rest.p[0] != '/')
		return fault(f, 400, "The request target is not a path.");
	if (!is_alone(rest))
		return fault(f, 400, "The request line has more blanks than two.");
	h->path = str_cut(&rest, '?');
	h->query = rest.p ? rest : STR_NONE;
	if (!all_of(h->path, CLASS_PATH) || !escapes_ok(h->path))
		return fault(f, 400, "The path holds a character that it may not.");
	if (!all_of(h->query, CLASS_QUERY))
		return fault(f, 400, "The query holds a character that it may not.");
	return 0;
}

static int read_version(const llhttp_t *p, struct http_head *h, struct http_fault *f)
{
	if (p->http_major != 1 || p->http_minor > 1)
		return fault(f, 505, "This server speaks HTTP/1.1.");
	h->minor = p->http_minor;
	return 0;
}

static int run_llhttp(llhttp_type_t type, struct reading *r, struct str head, struct http_head *ret,
    struct http_fault *ret_fault)
{
	llhttp_t p;

	r->target = STR_NONE;
	r->len = 0;
	r->in_value = false;
	llhttp_init(&p, type, &settings);
	p.data = r;
	llhttp_errno_t e = llhttp_execute(&p, head.p, head.len);
	if (e != HPE_PAUSED)
		return llhttp_fault(e, ret_fault);
	ret->method = method_of(p.method);
	ret->target = r->target;
	return read_version(&p, ret, ret_fault);
}

static int copy_headers(struct arena *a, const struct reading *r, struct http_head *ret)
{
	struct http_header *copy = ARENA_ARRAY(a, struct http_header, r->len);

	if (!copy)
		return -E_NOMEM;
	memcpy(copy, r->headers, r->len * sizeof(*copy));
	ret->headers = copy;
	ret->headers_len = r->len;
	return 0;
}

static int read_head(llhttp_type_t type, struct arena *a, struct str head, size_t max_headers,
    struct http_head *h, struct http_fault *ret_fault)
{
	struct reading r;
	struct framing f = { .head = h, .fault = ret_fault, .answer = type == HTTP_RESPONSE };

	r.max = max_headers < HTTP_HEADERS_CAP ? max_headers : HTTP_HEADERS_CAP;
	int rc = run_llhttp(type, &r, head, h, ret_fault);
	for (size_t i = 0; !rc && i < r.len; i++)
		rc = take_header(&f, &r.headers[i]);
	if (!rc)
		rc = check_framing(&f);
	return rc ? rc : copy_headers(a, &r, h);
}

int http_head_parse(struct arena *a, struct str head, size_t max_headers, struct http_head *ret,
    struct http_fault *ret_fault)
{
	struct http_head h = { .method = HTTP_M_OTHER };
	int rc = read_head(HTTP_REQUEST, a, head, max_headers, &h, ret_fault);

	if (!rc)
		rc = split_target(&h, ret_fault);
	if (!rc)
		*ret = h;
	return rc;
}

/* Exactly this form, which llhttp does not insist on. */
int http_status_of(struct str head)
{
	uint64_t n;

	if (head.len < 13 || !str_starts(head, STR("HTTP/1.")) || head.p[8] != ' ')
		return 0;
	if ((head.p[7] != '0' && head.p[7] != '1') || (head.p[12] != ' ' && head.p[12] != '\r'))
		return 0;
	return str_to_u64(str_sub(head, 9, 3), &n) || n < 100 ? 0 : (int)n;
}

int http_answer_parse(struct arena *a, struct str head, size_t max_headers, struct http_head *ret,
    struct http_fault *ret_fault)
{
	struct http_head h = { .method = HTTP_M_OTHER, .status = http_status_of(head) };

	if (!h.status)
		return fault(ret_fault, 502, "This is not an HTTP answer.");
	int rc = read_head(HTTP_RESPONSE, a, head, max_headers, &h, ret_fault);
	if (!rc)
		*ret = h;
	return rc;
}

struct str http_headers_get(const struct http_header *headers, size_t n, const char *name)
{
	struct str wanted = str_c(name);

	for (size_t i = 0; i < n; i++) {
		if (str_eq_nocase(headers[i].name, wanted))
			return headers[i].value;
	}
	return STR_NONE;
}

bool http_one_line(struct str s)
{
	static const bool breaks[256] = { ['\r'] = true, ['\n'] = true, ['\0'] = true };
	bool broken = false;

	for (size_t i = 0; i < s.len; i++)
		broken |= breaks[(unsigned char)s.p[i]];
	return !broken;
}

/* --- chunked bodies
 * ------------------------------------------------------------------------------ */

enum {
	CHUNK_SIZE,      /* hex digits of the size */
	CHUNK_EXTENSION, /* from ';' to the end of the line */
	CHUNK_SIZE_LF,
	CHUNK_DATA,
	CHUNK_DATA_CR, /* the line end behind the data */
	CHUNK_DATA_LF,
	CHUNK_TRAILER, /* at the start of a line behind the last chunk */
	CHUNK_FIELD,   /* inside such a line */
	CHUNK_FIELD_LF,
	CHUNK_END_LF,
	CHUNK_OVER,
};

#define SIZE_DIGITS_MAX 15 /* keeps the sum of a few chunks far from 2^64 */

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int size_byte(struct http_chunked *c, char b)
{
	int digit = hex_value(b);

	if (digit >= 0 && c->digits < SIZE_DIGITS_MAX) {
		c->left = c->left * 16 + (uint64_t)digit;
		c->digits++;
		return CHUNK_SIZE;
	}
	if (c->digits == 0)
		return -E_INVALID;
	if (b == ';')
		return CHUNK_EXTENSION;
	return b == '\r' ? CHUNK_SIZE_LF : -E_INVALID;
}

static int size_end(struct http_chunked *c, char b)
{
	if (b != '\n')
		return -E_INVALID;
	c->digits = 0;
	return c->left ? CHUNK_DATA : CHUNK_TRAILER;
}

/* A byte that is read past: stays in `here` until the CR, which leads to `then`. */
static int extra_byte(struct http_chunked *c, char b, int here, int then)
{
	unsigned char u = (unsigned char)b;

	if (b == '\r')
		return then;
	if ((u < ' ' && b != '\t') || u == 127 || ++c->extra > HTTP_CHUNK_EXTRA)
		return -E_INVALID;
	return here;
}

static int trailer_start(struct http_chunked *c, char b)
{
	if (b == ' ' || b == '\t')
		return -E_INVALID;
	return extra_byte(c, b, CHUNK_FIELD, CHUNK_END_LF);
}

static int chunk_byte(struct http_chunked *c, char b)
{
	switch (c->state) {
	case CHUNK_SIZE:
		return size_byte(c, b);
	case CHUNK_EXTENSION:
		return extra_byte(c, b, CHUNK_EXTENSION, CHUNK_SIZE_LF);
	case CHUNK_SIZE_LF:
		return size_end(c, b);
	case CHUNK_DATA_CR:
		return b == '\r' ? CHUNK_DATA_LF : -E_INVALID;
	case CHUNK_DATA_LF:
		return b == '\n' ? CHUNK_SIZE : -E_INVALID;
	case CHUNK_TRAILER:
		return trailer_start(c, b);
	case CHUNK_FIELD:
		return extra_byte(c, b, CHUNK_FIELD, CHUNK_FIELD_LF);
	case CHUNK_FIELD_LF:
		return b == '\n' ? CHUNK_TRAILER : -E_INVALID;
	default:
		return b == '\n' ? CHUNK_OVER : -E_INVALID;
	}
}

static int take_data(struct http_chunked *c, struct str *in, struct str *ret_data)
{
	size_t n = c->left < in->len ? (size_t)c->left : in->len;

	*ret_data = str_sub(*in, 0, n);
	*in = str_sub(*in, n, in->len);
	c->left -= n;
	if (c->left == 0)
		c->state = CHUNK_DATA_CR;
	return HTTP_CHUNK_DATA;
}

int http_chunked_next(struct http_chunked *c, struct str *in, struct str *ret_data)
{
	while (c->state != CHUNK_OVER && in->len) {
		if (c->state == CHUNK_DATA)
			return take_data(c, in, ret_data);
		int next = chunk_byte(c, in->p[0]);
		if (next < 0)
			return next;
		c->state = next;
		in->p++;
		in->len--;
	}
	return c->state == CHUNK_OVER ? HTTP_CHUNK_END : HTTP_CHUNK_MORE;
}

/* --- percent encoding
 * ---------------------------------------------------------------------------- */

struct str http_percent_decode(struct arena *a, struct str s, bool plus)
{
	char *out = escapes_ok(s) ? arena_alloc(a, s.len + 1) : NULL;
	size_t n = 0;

	if (!out)
		return STR_NONE;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i] == '+' && plus ? ' ' : s.p[i];
		if (c == '%') {
			c = (char)(hex_value(s.p[i + 1]) * 16 + hex_value(s.p[i + 2]));
			i += 2;
		}
		if (c == '\0')
			return STR_NONE;
		out[n++] = c;
	}
	return str_n(out, n);
}

struct str http_query_find(struct arena *a, struct str query, const char *name)
{
	while (query.p) {
		struct str value = str_cut(&query, '&');
		struct str key = str_cut(&value, '=');
		if (memchr(key.p, '%', key.len) || memchr(key.p, '+', key.len))
			key = http_percent_decode(a, key, true);
		if (key.p && str_eq_c(key, name))
			return http_percent_decode(a, value.p ? value : STR(""), true);
	}
	return STR_NONE;
}

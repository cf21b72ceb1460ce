#include "transport/plain_request.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/check.h"

#define HTTP_PORT 80

static const struct str left_out[] = {
	{ "Host", 4 },
	{ "Content-Length", 14 },
	{ "Transfer-Encoding", 17 },
	{ "Connection", 10 },
	{ "Keep-Alive", 10 },
	{ "Proxy-Connection", 16 },
	{ "Expect", 6 },
	{ "TE", 2 },
	{ "Trailer", 7 },
	{ "Upgrade", 7 },
};

bool plain_request_leaves_out(struct str header)
{
	for (size_t i = 0; i < ARRAY_LEN(left_out); i++) {
		if (str_eq_nocase(header, left_out[i]))
			return true;
	}
	return false;
}

/* --- where to -------------------------------------------------------------------------------- */

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_of_name(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

static bool is_literal(int family, struct str host)
{
	unsigned char address[16];
	char text[64];

	return !str_to_c(host, text, sizeof(text)) && inet_pton(family, text, address) == 1;
}

/* What begins with a digit and is no whole address ("127.1") libcurl would complete. */
static bool is_host(struct str host)
{
	if (!host.len || host.len > PLAIN_HOST_MAX)
		return false;
	if (!is_letter(host.p[0]))
		return is_literal(AF_INET, host);
	for (size_t i = 0; i < host.len; i++) {
		if (!is_of_name(host.p[i]))
			return false;
	}
	return true;
}

static bool split_port(struct str rest, uint16_t *ret)
{
	uint64_t n = HTTP_PORT;

	if (rest.len &&
	    (rest.p[0] != ':' || str_to_u64(str_sub(rest, 1, 5), &n) || rest.p[1] == '0'))
		return false;
	*ret = (uint16_t)n;
	return rest.len <= 6 && n > 0 && n <= UINT16_MAX;
}

static bool split_authority(struct plain_target *t)
{
	struct str a = t->authority;
	bool bracket = a.len && a.p[0] == '[';
	const char *end = a.len ? memchr(a.p, bracket ? ']' : ':', a.len) : NULL;
	size_t len = end ? (size_t)(end - a.p) : a.len;

	t->host = bracket ? str_sub(a, 1, len - 1) : str_sub(a, 0, len);
	if (bracket && (!end || !is_literal(AF_INET6, t->host)))
		return false;
	if (!bracket && !is_host(t->host))
		return false;
	return split_port(str_sub(a, len + (bracket ? 1 : 0), a.len), &t->port);
}

/* No fragment, and nothing that would have to be encoded. */
static bool is_path(struct str path)
{
	for (size_t i = 0; i < path.len; i++) {
		if (path.p[i] <= ' ' || path.p[i] > '~' || path.p[i] == '#')
			return false;
	}
	return path.len > 0;
}

static bool has_body(const struct upstream_request *r)
{
	return r->body.len || r->method == HTTP_M_POST || r->method == HTTP_M_PUT ||
	    r->method == HTTP_M_PATCH;
}

bool plain_request_split(const struct upstream_request *r, struct plain_target *ret)
{
	struct plain_target t;
	struct str scheme = STR("http://");

	if (!has_body(r) || r->on_head || r->on_chunk || r->on_read || !str_starts(r->url, scheme))
		return false;
	struct str rest = str_sub(r->url, scheme.len, r->url.len);
	const char *slash = rest.len ? memchr(rest.p, '/', rest.len) : NULL;
	if (!slash)
		return false;
	t.authority = str_sub(rest, 0, (size_t)(slash - rest.p));
	t.path = str_sub(rest, t.authority.len, rest.len);
	if (!is_path(t.path) || !split_authority(&t))
		return false;
	*ret = t;
	return true;
}

/* --- the head -------------------------------------------------------------------------------- */

static void add_number(struct buf *out, size_t n)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	buf_add(out, str_n(digits + at, sizeof(digits) - at));
}

static void add_host(struct buf *out, const struct plain_target *t)
{
	const char *host_end = t->host.p + t->host.len;
	struct str host = t->authority;

	if (t->port == HTTP_PORT)
		host.len = (size_t)(host_end - host.p) + (*host.p == '[' ? 1 : 0);
	buf_add(out, STR(" HTTP/1.1\r\nHost: "));
	buf_add(out, host);
	buf_add(out, STR("\r\n"));
}

static void add_header(struct buf *out, const struct http_header *h)
{
	buf_add(out, h->name);
	buf_add(out, h->value.len ? STR(": ") : STR(":"));
	buf_add(out, h->value);
	buf_add(out, STR("\r\n"));
}

void plain_request_head(
    struct buf *out, const struct upstream_request *r, const struct plain_target *t)
{
	buf_add_c(out, http_method_name(r->method));
	buf_add_char(out, ' ');
	buf_add(out, t->path);
	add_host(out, t);
	if (!http_headers_get(r->headers, r->headers_len, "Accept").p)
		buf_add(out, STR("Accept: */*\r\n"));
	for (size_t i = 0; i < r->headers_len; i++) {
		if (!plain_request_leaves_out(r->headers[i].name))
			add_header(out, &r->headers[i]);
	}
	buf_add(out, STR("Content-Length: "));
	add_number(out, r->body.len);
	buf_add(out, STR("\r\n\r\n"));
}

/* A ring of pointers, each to one block: the entry and, behind it, path, headers (name NUL value NUL …) and body. Writing
 * JSON is left to whoever reads, so that taking a request costs one allocation and a few copies. */
#include "apps/sim/sim_log.h"

#include <string.h>

#include "base/check.h"
#include "base/text.h"

#define FIRST_ROOM 1024

struct entry {
	uint64_t n;
	time_ms at;
	const char *method; /* static */
	int status;
	bool digested; /* body_bytes and digest stand for the body */
	char wamid[SIM_WAMID_MAX];
	uint64_t body_bytes;
	struct sha256 digest;
	uint32_t path_len, headers_len, body_len;
	char data[];
};

struct sim_log {
	struct entry **ring;  /* entry n at n % room */
	size_t room;          /* power of two */
	uint64_t first, next; /* numbers kept: first to next - 1 */
	uint64_t bytes;
};

struct sim_log *sim_log_new(void)
{
	struct sim_log *l = mem_alloc(sizeof(*l));

	if (!l)
		return NULL;
	l->first = l->next = 1;
	l->room = FIRST_ROOM;
	l->ring = mem_alloc(l->room * sizeof(struct entry *));
	if (!l->ring)
		sim_log_free(&l);
	return l;
}

void sim_log_free(struct sim_log **pl)
{
	if (*pl && (*pl)->ring)
		sim_log_trim(*pl, (*pl)->next - 1);
	if (*pl)
		mem_free((*pl)->ring);
	MEM_FREE(pl);
}

static size_t entry_size(const struct entry *e)
{
	return sizeof(*e) + e->path_len + e->headers_len + e->body_len;
}

static struct entry *entry_at(const struct sim_log *l, uint64_t n)
{
	return n >= l->first && n < l->next ? l->ring[n & (l->room - 1)] : NULL;
}

void sim_log_trim(struct sim_log *l, uint64_t n)
{
	while (l->first < l->next && l->first <= n) {
		struct entry **place = &l->ring[l->first & (l->room - 1)];
		l->bytes -= entry_size(*place);
		MEM_FREE(place);
		l->first++;
	}
}

static bool make_room(struct sim_log *l)
{
	if (l->next - l->first < l->room)
		return true;
	size_t room = l->room * 2;
	struct entry **ring = mem_alloc(room * sizeof(struct entry *));
	if (!ring)
		return false;
	for (uint64_t n = l->first; n < l->next; n++)
		ring[n & (room - 1)] = l->ring[n & (l->room - 1)];
	mem_free(l->ring);
	l->ring = ring;
	l->room = room;
	return true;
}

static size_t headers_size(const struct http_request *req)
{
	size_t size = 0;

	for (size_t i = 0; i < req->headers_len; i++)
		size += req->headers[i].name.len + req->headers[i].value.len + 2;
	return size;
}

static char *put(char *at, struct str s)
{
	if (s.len)
		memcpy(at, s.p, s.len);
	return at + s.len;
}

static void put_data(
    struct entry *e, const struct http_request *req, struct str path, struct str body)
{
	char *at = put(e->data, path);

	for (size_t i = 0; i < req->headers_len; i++) {
		at = put(at, req->headers[i].name);
		*at++ = '\0';
		at = put(at, req->headers[i].value);
		*at++ = '\0';
	}
	(void)put(at, body);
}

static void digest_body(struct entry *e, struct str body)
{
	e->digested = true;
	e->body_bytes = body.len;
	crypto_sha256(body, &e->digest);
}

uint64_t sim_log_add(struct sim_log *l, const struct http_request *req, struct str path, time_ms at)
{
	bool small = req->body.len <= SIM_LOG_BODY && text_is_utf8(req->body);
	struct str body = small ? req->body : STR_NONE;
	size_t headers_len = headers_size(req);
	struct entry *e = NULL;

	if (make_room(l))
		e = mem_alloc(sizeof(*e) + path.len + headers_len + body.len);
	if (!e)
		return 0;
	e->n = l->next;
	e->at = at;
	e->method = http_method_name(req->method);
	e->path_len = (uint32_t)path.len;
	e->headers_len = (uint32_t)headers_len;
	e->body_len = (uint32_t)body.len;
	put_data(e, req, path, body);
	if (!small)
		digest_body(e, req->body);
	l->ring[l->next++ & (l->room - 1)] = e;
	l->bytes += entry_size(e);
	if (l->next - l->first > SIM_LOG_ITEMS)
		sim_log_trim(l, l->first);
	while (l->bytes > SIM_LOG_BYTES && l->next - l->first > 1)
		sim_log_trim(l, l->first);
	return e->n;
}

void sim_log_settle(struct sim_log *l, uint64_t n, int status, const char *wamid)
{
	struct entry *e = entry_at(l, n);

	if (!e)
		return;
	e->status = status;
	if (str_to_c(str_c(wamid), e->wamid, sizeof(e->wamid)))
		e->wamid[0] = '\0';
}

void sim_log_digest(struct sim_log *l, uint64_t n, uint64_t bytes, const struct sha256 *digest)
{
	struct entry *e = entry_at(l, n);

	if (!e)
		return;
	e->digested = true;
	e->body_bytes = bytes;
	e->digest = *digest;
}

uint64_t sim_log_last(const struct sim_log *l)
{
	return l->next - 1;
}

size_t sim_log_count(const struct sim_log *l)
{
	return (size_t)(l->next - l->first);
}

/* --- reading ------------------------------------------------------------------------------------- */

/* Header names in lower case: they are compared without regard to case, and a reader need not fold. */
static void print_header(struct json_writer *w, struct str name, struct str value)
{
	char lower[128];
	size_t len = name.len < sizeof(lower) ? name.len : sizeof(lower);

	for (size_t i = 0; i < len; i++) {
		char c = name.p[i];
		lower[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	jw_key_str(w, str_n(lower, len));
	jw_str(w, value);
}

static bool is_first_of_name(const char *from, const char *at, struct str name)
{
	while (from < at) {
		struct str earlier = str_c(from);
		if (str_eq_nocase(earlier, name))
			return false;
		from += earlier.len + 1;
		from += strlen(from) + 1;
	}
	return true;
}

/* Of headers of the same name the first is shown: JSON objects have no duplicate keys. */
static void print_headers(struct json_writer *w, const struct entry *e)
{
	const char *from = e->data + e->path_len, *at = from, *end = from + e->headers_len;

	jw_key(w, "headers");
	jw_object(w);
	while (at < end) {
		struct str name = str_c(at);
		struct str value = str_c(at + name.len + 1);
		if (is_first_of_name(from, at, name))
			print_header(w, name, value);
		at += name.len + value.len + 2;
	}
	jw_object_end(w);
}

static void print_body(struct json_writer *w, const struct entry *e)
{
	char hex[2 * SHA256_LEN + 1];

	jw_key(w, "body");
	if (!e->digested) {
		jw_str(w, str_n(e->data + e->path_len + e->headers_len, e->body_len));
		return;
	}
	hex_encode(e->digest.b, SHA256_LEN, hex);
	jw_object(w);
	jw_member_int(w, "bytes", (int64_t)e->body_bytes);
	jw_member_c(w, "sha256", hex);
	jw_object_end(w);
}

uint64_t sim_log_print(const struct sim_log *l, uint64_t after, struct json_writer *w)
{
	const struct entry *e = entry_at(l, after < l->first ? l->first : after + 1);

	if (!e)
		return 0;
	jw_object(w);
	jw_member_int(w, "n", (int64_t)e->n);
	jw_member_time(w, "at", e->at);
	jw_member_c(w, "method", e->method);
	jw_member_str(w, "path", str_n(e->data, e->path_len));
	print_headers(w, e);
	print_body(w, e);
	jw_member_int(w, "status", e->status);
	jw_key(w, "wamid");
	jw_c(w, e->wamid[0] ? e->wamid : NULL);
	jw_object_end(w);
	return e->n;
}

#include "transport/easy_setup.h"

#include <string.h>

#include "transport/plain_request.h"

void easy_setup_init(struct easy_setup *s, CURL *easy)
{
	*s = (struct easy_setup){ .easy = easy };
}

void easy_setup_done(struct easy_setup *s)
{
	curl_slist_free_all(s->headers);
	buf_done(&s->url);
	buf_done(&s->lines);
	buf_done(&s->next_lines);
	*s = (struct easy_setup){ 0 };
}

int easy_setup_check(const struct upstream_request *r, struct err *err)
{
	if (r->method == HTTP_M_OTHER)
		return err_field(err, E_INVALID, "method", "This method cannot be passed on.");
	if (!r->url.len || !http_one_line(r->url))
		return err_field(err, E_INVALID, "url", "The address to call is malformed.");
	for (size_t i = 0; i < r->headers_len; i++) {
		if (!r->headers[i].name.len || !http_one_line(r->headers[i].name) ||
		    !http_one_line(r->headers[i].value))
			return err_field(
			    err, E_INVALID, "headers", "A header to pass on is malformed.");
	}
	return 0;
}

/* --- headers --------------------------------------------------------------------------------- */

static void add_line(struct buf *lines, struct str name, struct str mark, struct str value)
{
	buf_add(lines, name);
	buf_add(lines, mark);
	buf_add(lines, value);
	buf_add_char(lines, '\0');
}

/* libcurl's spelling: "Name: value"; "Name;" for an empty value; "Name:" for what it would add
 * and shall not. */
static void list_lines(struct buf *lines, const struct upstream_request *r)
{
	const struct str none = STR("");
	bool typed = false;

	buf_reset(lines);
	for (size_t i = 0; i < r->headers_len; i++) {
		const struct http_header *h = &r->headers[i];
		if (plain_request_leaves_out(h->name))
			continue;
		typed = typed || str_eq_nocase(h->name, STR("Content-Type"));
		add_line(lines, h->name, h->value.len ? STR(": ") : STR(";"), h->value);
	}
	if (!typed)
		add_line(lines, STR("Content-Type:"), none, none); /* it is no form */
	add_line(lines, STR("Expect:"), none, none);
	if (r->on_read && r->read_length < 0)
		add_line(lines, STR("Transfer-Encoding: chunked"), none, none);
}

static CURLcode make_list(struct str lines, struct curl_slist **ret)
{
	struct curl_slist *list = NULL;

	while (lines.len) {
		struct str line = str_cut(&lines, '\0');
		struct curl_slist *longer = curl_slist_append(list, line.p);
		if (!longer) {
			curl_slist_free_all(list);
			return CURLE_OUT_OF_MEMORY;
		}
		list = longer;
	}
	*ret = list;
	return CURLE_OK;
}

static CURLcode set_headers(struct easy_setup *s, const struct upstream_request *r)
{
	struct curl_slist *list = NULL;

	list_lines(&s->next_lines, r);
	if (s->next_lines.failed)
		return CURLE_OUT_OF_MEMORY;
	if (s->known && str_eq(buf_str(&s->next_lines), buf_str(&s->lines)))
		return CURLE_OK;
	CURLcode rc = make_list(buf_str(&s->next_lines), &list);
	if (rc)
		return rc;
	struct buf lines = s->lines;
	s->lines = s->next_lines;
	s->next_lines = lines;
	rc = curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, list);
	curl_slist_free_all(s->headers);
	s->headers = list;
	return rc;
}

/* --- the rest -------------------------------------------------------------------------------- */

static CURLcode set_url(struct easy_setup *s, struct str url)
{
	if (s->known && str_eq(buf_str(&s->url), url))
		return CURLE_OK;
	buf_reset(&s->url);
	buf_add(&s->url, url);
	if (s->url.failed)
		return CURLE_OUT_OF_MEMORY;
	return curl_easy_setopt(s->easy, CURLOPT_URL, s->url.p);
}

/* GET, HEAD and POST are libcurl's own; the others are one of these under another name. */
static CURLcode set_method(CURL *easy, const struct easy_shape *now)
{
	enum http_method m = now->method;
	bool head = m == HTTP_M_HEAD && !now->post;
	bool plain = head || m == HTTP_M_POST || (m == HTTP_M_GET && !now->post);
	CURLoption base = now->post ? CURLOPT_POST : head ? CURLOPT_NOBODY : CURLOPT_HTTPGET;
	CURLcode rc = curl_easy_setopt(easy, CURLOPT_NOBODY, 0L);

	if (!rc)
		rc = curl_easy_setopt(easy, base, 1L);
	if (rc)
		return rc;
	return curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, plain ? NULL : http_method_name(m));
}

static CURLcode set_shape(struct easy_setup *s, const struct easy_shape *now)
{
	const struct easy_shape *old = &s->shape;
	bool all = !s->known;
	CURLcode rc = CURLE_OK;

	if (all || old->method != now->method || old->post != now->post)
		rc = set_method(s->easy, now);
	/* Wait for a connection that may carry several calls rather than open one each. */
	if (!rc && (all || old->https != now->https))
		rc = curl_easy_setopt(s->easy, CURLOPT_PIPEWAIT, now->https ? 1L : 0L);
	if (!rc && (all || old->timeout_ms != now->timeout_ms))
		rc = curl_easy_setopt(s->easy, CURLOPT_TIMEOUT_MS, (long)now->timeout_ms);
	s->shape = *now;
	return rc;
}

/* A body that is whole goes out together with its head, in one write; NULL has it read by the
 * callback. libcurl keeps the pointer. */
static CURLcode set_body(CURL *easy, const struct upstream_request *r, curl_off_t size)
{
	const char *whole = r->body.len ? r->body.p : "";
	CURLcode rc = curl_easy_setopt(easy, CURLOPT_POSTFIELDS, r->on_read ? NULL : whole);

	return rc ? rc : curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, size);
}

CURLcode easy_setup_apply(
    struct easy_setup *s, const struct upstream_request *r, int64_t timeout_ms)
{
	struct easy_shape shape = { .method = r->method, .timeout_ms = timeout_ms };
	curl_off_t size = r->on_read ? (curl_off_t)r->read_length : (curl_off_t)r->body.len;

	shape.post = size != 0 || r->method == HTTP_M_POST || r->method == HTTP_M_PUT ||
	    r->method == HTTP_M_PATCH;
	shape.https = str_starts(r->url, STR("https:"));
	CURLcode rc = set_url(s, r->url);
	if (!rc)
		rc = set_headers(s, r);
	if (!rc)
		rc = set_shape(s, &shape);
	if (!rc && shape.post)
		rc = set_body(s->easy, r, size);
	s->known = !rc;
	return rc;
}

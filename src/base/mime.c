/* A part is its headers, an empty line and its body; a body that is multipart is cut at its boundary into
 * parts again. Parts of one depth are read in order, and what is text is added to the text of the mail. */
#include "base/mime.h"

#include "base/check.h"
#include "base/mime_private.h"

#define BOUNDARY_MAX 200

struct reading {
	struct arena *a;
	struct mime_mail *mail;
	struct buf text;
	size_t parts;
	struct err *err;
};

static int no_memory(struct reading *r)
{
	return err_set(r->err, E_NOMEM, "Memory ran out while reading an e-mail.");
}

static int too_large(struct reading *r, const char *what)
{
	return err_set(r->err, E_TOO_LARGE, "The e-mail has %s than are read.", what);
}

/* --- headers ---------------------------------------------------------------------------------- */

struct str mime_header(const struct mime_message *m, const char *name)
{
	for (size_t i = 0; i < m->headers_len; i++) {
		if (str_eq_nocase(m->headers[i].name, str_c(name)))
			return m->headers[i].value;
	}
	return STR_NONE;
}

static struct str cut_line(struct str *rest)
{
	struct str line = str_cut(rest, '\n');

	return str_ends(line, STR("\r")) ? str_sub(line, 0, line.len - 1) : line;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	}
	return s.len > 0;
}

/* Unfolded, decoded, one line: whatever controls it has become blanks. */
static int header_value(struct reading *r, struct str raw, struct str *ret)
{
	struct buf line, text;
	int rc = 0;

	buf_init(&line, 0);
	buf_init(&text, 0);
	for (size_t i = 0; i < raw.len; i++) {
		if (raw.p[i] != '\r' && raw.p[i] != '\n')
			buf_add_char(&line, raw.p[i]);
	}
	struct buf words;
	buf_init(&words, 0);
	if (!mime_decode_words(str_trim(buf_str(&line)), &words))
		r->mail->damaged = true;
	if (!mime_decode_charset(STR(""), buf_str(&words), &text))
		r->mail->damaged = true;
	for (size_t i = 0; i < text.len; i++) {
		if ((unsigned char)text.p[i] < ' ' || text.p[i] == 127)
			text.p[i] = ' ';
	}
	*ret = line.failed || words.failed || text.failed ? STR_NONE
							  : arena_str(r->a, buf_str(&text));
	if (!ret->p)
		rc = no_memory(r);
	buf_done(&words);
	buf_done(&line);
	buf_done(&text);
	return rc;
}

/* A header with the lines that go on with it. */
static struct str cut_header(struct str *rest)
{
	struct str all = *rest;

	(void)str_cut(rest, '\n');
	while (rest->len && is_blank(rest->p[0]))
		(void)str_cut(rest, '\n');
	return str_sub(all, 0, rest->p ? all.len - rest->len : all.len);
}

static int add_header(struct reading *r, struct mime_header *headers, size_t *n, struct str field)
{
	struct str value = field, name = str_cut(&value, ':');

	if (!value.p || !is_name(str_trim(name))) {
		r->mail->damaged = true; /* such a line says nothing */
		return 0;
	}
	if (*n == MIME_HEADERS_MAX)
		return too_large(r, "more headers");
	headers[*n].name = str_trim(name);
	int rc = header_value(r, value, &headers[*n].value);
	*n += rc == 0;
	return rc;
}

static bool is_empty_line(struct str rest)
{
	return str_starts(rest, STR("\n")) || str_starts(rest, STR("\r\n"));
}

/* *rest then stands at the body. */
static int read_headers(struct reading *r, struct str *rest, struct mime_message *ret)
{
	struct mime_header *headers = ARENA_ARRAY(r->a, struct mime_header, MIME_HEADERS_MAX);
	size_t n = 0;
	int rc = headers ? 0 : no_memory(r);

	while (rc == 0 && rest->len && !is_empty_line(*rest))
		rc = add_header(r, headers, &n, cut_header(rest));
	if (rest->len)
		(void)cut_line(rest);
	ret->headers = headers;
	ret->headers_len = n;
	return rc;
}

/* --- what headers say ------------------------------------------------------------------------- */

static struct str unquoted(struct str s)
{
	s = str_trim(s);
	return s.len > 1 && s.p[0] == '"' && s.p[s.len - 1] == '"' ? str_sub(s, 1, s.len - 2) : s;
}

/* "Name <address>" or a bare address; the last "<" counts, for a name may hold one. */
static void read_from(struct mime_message *m)
{
	struct str s = mime_header(m, "From");
	size_t at = s.len;

	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '<')
			at = i;
	}
	if (at < s.len) {
		struct str rest = str_sub(s, at + 1, s.len);
		m->from = str_trim(str_cut(&rest, '>'));
		m->from_name = unquoted(str_sub(s, 0, at));
	} else if (s.len) {
		m->from = str_trim(s);
	}
}

static struct str next_word(struct str *rest)
{
	*rest = str_trim(*rest);
	return str_cut(rest, ' ');
}

static bool number_in(struct str s, int64_t most, int64_t *ret)
{
	return s.len > 0 && s.len <= 4 && str_to_i64(s, ret) == 0 && *ret >= 0 && *ret <= most;
}

static int month_of(struct str s)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	for (int i = 0; s.len == 3 && i < 12; i++) {
		if (str_eq_nocase(s, str_n(&names[i * 3], 3)))
			return i + 1;
	}
	return 0;
}

/* Minutes ahead of UTC: "+0100"; a name counts as UTC. */
static int64_t zone_minutes(struct str s)
{
	int64_t n = 0;

	if (s.len != 5 || (s.p[0] != '+' && s.p[0] != '-') ||
	    !number_in(str_sub(s, 1, 4), 2359, &n))
		return 0;
	n = n / 100 * 60 + n % 100;
	return s.p[0] == '-' ? -n : n;
}

time_ms mime_date(struct str text)
{
	struct str rest = text, first = next_word(&rest);
	struct str day = str_ends(first, STR(",")) ? next_word(&rest) : first;
	struct str month = next_word(&rest), year = next_word(&rest), clock = next_word(&rest);
	struct str zone = next_word(&rest), hour = str_cut(&clock, ':'),
		   minute = str_cut(&clock, ':');
	int64_t d, y, h, m, s = 0;
	char iso[TIME_TEXT_MAX];
	time_ms t;

	if (!number_in(day, 31, &d) || !month_of(month) || !number_in(year, 9999, &y) ||
	    !number_in(hour, 23, &h) || !number_in(minute, 59, &m) ||
	    (clock.p && !number_in(clock, 60, &s)))
		return TIME_NONE;
	struct buf b;
	buf_init(&b, sizeof(iso));
	buf_addf(&b, "%04d-%02d-%02dT%02d:%02d:%02dZ", (int)y, month_of(month), (int)d, (int)h,
	    (int)m, (int)(s > 59 ? 59 : s));
	int rc = b.failed ? -E_NOMEM : time_parse(buf_str(&b), &t);
	buf_done(&b);
	return rc < 0 ? TIME_NONE : t - zone_minutes(zone) * MS_PER_MIN;
}

static void understand(struct mime_message *m)
{
	m->subject = mime_header(m, "Subject");
	m->date = mime_date(mime_header(m, "Date"));
	read_from(m);
}

/* --- parts ------------------------------------------------------------------------------------ */

/* "text/html; charset=…": what stands in front of the first ";". */
static struct str type_of(struct str value)
{
	return str_trim(str_cut(&value, ';'));
}

/* A parameter of a header, without its quotes; p NULL = none. */
static struct str parameter(struct str value, const char *name)
{
	(void)str_cut(&value, ';');
	while (value.p) {
		struct str one = str_cut(&value, ';'), what = one, word = str_cut(&what, '=');
		if (what.p && str_eq_nocase(str_trim(word), str_c(name)))
			return unquoted(what);
	}
	return STR_NONE;
}

static bool type_starts(struct str type, struct str prefix)
{
	return str_eq_nocase(str_sub(type, 0, prefix.len), prefix);
}

/* The bytes of a part, whatever they were carried as. */
static void decode_body(
    struct reading *r, const struct mime_message *m, struct str body, struct buf *out)
{
	struct str how = mime_header(m, "Content-Transfer-Encoding");
	bool good = true;

	if (str_eq_nocase(how, STR("base64")))
		good = mime_decode_base64(body, out);
	else if (str_eq_nocase(how, STR("quoted-printable")))
		good = mime_decode_quoted(body, false, out);
	else
		buf_add(out, body);
	if (!good)
		r->mail->damaged = true;
}

/* Lines end in LF; other controls are none of a text. */
static void add_lines(struct str s, struct buf *out)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c >= ' ' || c == '\n' || c == '\t')
			buf_add_char(out, s.p[i]);
	}
	if (out->len && out->p[out->len - 1] != '\n')
		buf_add_char(out, '\n');
}

static int read_text(struct reading *r, const struct mime_message *m, struct str body, bool html)
{
	struct buf bytes, text;
	struct str charset = parameter(mime_header(m, "Content-Type"), "charset");
	int rc = 0;

	buf_init(&bytes, MIME_MAX);
	buf_init(&text, 2 * MIME_MAX);
	decode_body(r, m, body, &bytes);
	if (!mime_decode_charset(charset, buf_str(&bytes), &text))
		r->mail->damaged = true;
	if (html) {
		struct buf seen;
		buf_init(&seen, 0);
		r->mail->html = true;
		rc = mime_html_text(buf_str(&text), r->a, r->mail, &seen);
		add_lines(buf_str(&seen), &r->text);
		if (seen.failed)
			rc = -E_NOMEM;
		buf_done(&seen);
	} else {
		add_lines(buf_str(&text), &r->text);
	}
	if (bytes.failed || text.failed || r->text.failed)
		rc = -E_NOMEM;
	buf_done(&bytes);
	buf_done(&text);
	return rc < 0 ? no_memory(r) : 0;
}

static int read_part(struct reading *r, struct str raw, int depth, struct mime_message *ret);

/* The first e-mail inside is the one that counts. */
static int read_inner(struct reading *r, const struct mime_message *m, struct str body, int depth)
{
	struct mime_message inner = { .date = TIME_NONE };
	struct buf bytes;
	struct str raw;

	buf_init(&bytes, MIME_MAX);
	decode_body(r, m, body, &bytes);
	raw = bytes.failed ? STR_NONE : arena_str(r->a, buf_str(&bytes));
	buf_done(&bytes);
	if (!raw.p)
		return no_memory(r);
	int rc = read_part(r, raw, depth + 1, &inner);
	if (rc == 0 && !r->mail->inner.headers_len) {
		understand(&inner);
		r->mail->inner = inner;
	}
	return rc;
}

static bool is_boundary(struct str line, struct str boundary, bool *last)
{
	if (!str_starts(line, STR("--")) || !str_starts(str_sub(line, 2, line.len), boundary))
		return false;
	struct str rest = str_sub(line, 2 + boundary.len, line.len);
	*last = str_starts(rest, STR("--"));
	return *last || str_trim(rest).len == 0;
}

/* What stands before the next boundary; *rest behind it, p NULL when that was the last. False at the
 * end of everything without one. */
static bool cut_part(struct str *rest, struct str boundary, struct str *ret)
{
	struct str all = *rest;
	bool last = false;

	while (rest->len) {
		size_t at = all.len - rest->len;
		if (!is_boundary(cut_line(rest), boundary, &last))
			continue;
		*ret = str_sub(all, 0, at);
		if (last)
			*rest = STR_NONE;
		return true;
	}
	*ret = all;
	*rest = STR_NONE;
	return false;
}

/* Of alternatives the plain one; the HTML one is read for its links alone. */
static int read_alternative(struct reading *r, struct str part, int depth, size_t was)
{
	size_t before = r->text.len;
	struct mime_message m = { .date = TIME_NONE };
	int rc = read_part(r, part, depth + 1, &m);

	if (rc == 0 && before > was && str_trim(str_sub(buf_str(&r->text), was, before - was)).len)
		r->text.len = before;
	return rc;
}

static int read_multipart(
    struct reading *r, const struct mime_message *m, struct str body, int depth)
{
	struct str type = mime_header(m, "Content-Type"), boundary = parameter(type, "boundary"),
		   part;
	bool choose = str_eq_nocase(type_of(type), STR("multipart/alternative"));
	size_t was = r->text.len;
	int rc = 0;

	if (!boundary.len || boundary.len > BOUNDARY_MAX)
		return read_text(r, m, body, false);
	if (!cut_part(&body, boundary, &part)) /* what stands in front is for nobody */
		return read_text(r, m, part, false);
	while (rc == 0 && body.len) {
		struct mime_message inside = { .date = TIME_NONE };
		if (!cut_part(&body, boundary, &part))
			r->mail->damaged = true; /* cut off */
		rc = choose ? read_alternative(r, part, depth, was)
			    : read_part(r, part, depth + 1, &inside);
	}
	return rc;
}

static bool is_attachment(const struct mime_message *m)
{
	return type_starts(mime_header(m, "Content-Disposition"), STR("attachment"));
}

static int read_body(struct reading *r, const struct mime_message *m, struct str body, int depth)
{
	struct str type = type_of(mime_header(m, "Content-Type"));

	if (type_starts(type, STR("multipart/")))
		return read_multipart(r, m, body, depth);
	if (str_eq_nocase(type, STR("message/rfc822")))
		return read_inner(r, m, body, depth);
	if (is_attachment(m))
		return 0;
	if (str_eq_nocase(type, STR("text/html")))
		return read_text(r, m, body, true);
	return !type.len || type_starts(type, STR("text/")) ? read_text(r, m, body, false) : 0;
}

static int read_part(struct reading *r, struct str raw, int depth, struct mime_message *ret)
{
	if (++r->parts > MIME_PARTS_MAX || depth > MIME_DEPTH_MAX)
		return too_large(r, "more parts");
	int rc = read_headers(r, &raw, ret);
	return rc < 0 ? rc : read_body(r, ret, raw, depth);
}

/* An e-mail has a sender or a subject; text alone has not. Mail boxes put a line "From …" in front. */
int mime_read(struct str raw, struct arena *a, struct mime_mail *ret, struct err *err)
{
	struct reading r = { .a = a, .mail = ret, .err = err };
	int rc;

	*ret = (struct mime_mail){ .outer = { .date = TIME_NONE }, .inner = { .date = TIME_NONE } };
	if (raw.len > MIME_MAX)
		return err_set(err, E_TOO_LARGE, "An e-mail may have up to %u bytes.", MIME_MAX);
	if (str_starts(raw, STR("\xEF\xBB\xBF")))
		raw = str_sub(raw, 3, raw.len);
	if (str_starts(raw, STR("From ")))
		(void)str_cut(&raw, '\n');
	buf_init(&r.text, 4 * MIME_MAX);
	rc = read_part(&r, raw, 0, &ret->outer);
	understand(&ret->outer);
	ret->text = rc == 0 ? arena_str(a, buf_str(&r.text)) : STR_NONE;
	buf_done(&r.text);
	if (rc < 0)
		return rc;
	if (!ret->text.p)
		return no_memory(&r);
	if (!ret->outer.from.len && !mime_header(&ret->outer, "Subject").p)
		return err_set(err, E_INVALID,
		    "This is no e-mail: it has neither a sender nor a subject. Save the message as .eml, whole.");
	return 0;
}

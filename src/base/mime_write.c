#include "base/mime_write.h"

#include <time.h>

#include "base/check.h"
#include "base/crypto.h"
#include "base/text.h"

#define LOCAL_MAX 64
#define LABEL_MAX 63
#define LINE_MAX_QP 76
#define WORD_BYTES 42 /* of text in an encoded word: 56 in Base64, 68 with what stands around it */
#define SUBJECT_PLAIN 60 /* an ASCII subject up to this length stands as it is */

/* --- addresses -------------------------------------------------------------------------------- */

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* A dot-atom of RFC 5322, of the characters that mail systems really use. */
static bool is_local(struct str s)
{
	bool dot = true; /* none at the beginning, none behind another */

	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];
		if (c == '.' ? dot : !is_alnum(c) && !memchr("_-+=", c, 4))
			return false;
		dot = c == '.';
	}
	return s.len > 0 && s.len <= LOCAL_MAX && !dot;
}

static bool is_label(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!is_alnum(s.p[i]) && s.p[i] != '-')
			return false;
	}
	return s.len > 0 && s.len <= LABEL_MAX && s.p[0] != '-' && s.p[s.len - 1] != '-';
}

static bool is_domain(struct str s)
{
	if (!s.p)
		return false;
	while (s.p) {
		if (!is_label(str_cut(&s, '.')))
			return false;
	}
	return true;
}

bool mime_is_address(struct str s)
{
	struct str domain = s;

	if (s.len > MIME_ADDRESS_MAX)
		return false;
	struct str local = str_cut(&domain, '@');
	return is_local(local) && is_domain(domain);
}

struct str mime_domain(struct str address)
{
	(void)str_cut(&address, '@');
	return address;
}

static bool is_id(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!is_alnum(s.p[i]) && !memchr("._-", s.p[i], 3))
			return false;
	}
	return s.len > 0 && s.len <= LOCAL_MAX && is_local(s);
}

/* --- headers ---------------------------------------------------------------------------------- */

/* RFC 5322 3.3; names of days and months are not the locale's. */
static void add_date(struct buf *out, time_ms at)
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
		"Sep", "Oct", "Nov", "Dec" };
	time_t s = (time_t)(at / MS_PER_S);
	struct tm tm = { 0 };

	(void)gmtime_r(&s, &tm);
	buf_addf(out, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday % 7],
	    tm.tm_mday, months[tm.tm_mon % 12], tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
	    tm.tm_sec);
}

static bool is_plain(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] < ' ' || s.p[i] > '~')
			return false;
	}
	return s.len <= SUBJECT_PLAIN;
}

/* The end of a piece of `most` bytes at the most that cuts no character in two. */
static size_t whole_characters(struct str s, size_t most)
{
	size_t n = s.len < most ? s.len : most;

	while (n > 0 && n < s.len && ((unsigned char)s.p[n] & 0xC0) == 0x80)
		n--;
	return n;
}

/* Encoded words of RFC 2047, each a line, with whole characters. */
static void add_words(struct buf *out, struct str s)
{
	while (s.len) {
		size_t n = whole_characters(s, WORD_BYTES);
		buf_add_c(out, "=?UTF-8?B?");
		base64_encode(str_sub(s, 0, n), out);
		buf_add_c(out, "?=");
		s = str_sub(s, n, s.len);
		if (s.len)
			buf_add_c(out, "\r\n ");
	}
}

static void add_subject(struct buf *out, struct str s)
{
	struct buf line;

	buf_init(&line, 0);
	s = str_sub(s, 0, whole_characters(s, MIME_SUBJECT_MAX));
	for (size_t i = 0; i < s.len; i++)
		buf_add_char(&line, (unsigned char)s.p[i] < ' ' || s.p[i] == 127 ? ' ' : s.p[i]);
	buf_add_c(out, "Subject: ");
	/* "=?" alone might be read as the beginning of an encoded word. */
	if (is_plain(buf_str(&line)) && !(line.p && strstr(line.p, "=?")))
		buf_add(out, buf_str(&line));
	else
		add_words(out, buf_str(&line));
	buf_add_c(out, "\r\n");
	if (line.failed)
		out->failed = true;
	buf_done(&line);
}

static void add_headers(struct buf *out, const struct mime_letter *l)
{
	buf_addf(out, "From: <%.*s>\r\n", STR_ARG(l->from));
	for (size_t i = 0; i < l->to_len; i++)
		buf_addf(out, "%s<%.*s>%s\r\n", i ? " " : "To: ", STR_ARG(l->to[i]),
		    i + 1 < l->to_len ? "," : "");
	add_subject(out, l->subject);
	add_date(out, l->at);
	buf_addf(out, "Message-ID: <%.*s@%.*s>\r\n", STR_ARG(l->id), STR_ARG(mime_domain(l->from)));
	/* No holiday notice answers it (RFC 3834). */
	buf_add_c(out, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n");
	buf_add_c(out, "Content-Type: text/plain; charset=utf-8\r\n");
	buf_add_c(out, "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
}

/* --- the body --------------------------------------------------------------------------------- */

/* Blanks at the end of a line, and a dot at its beginning, would not arrive as they are. */
static bool is_quoted(struct str line, size_t i)
{
	char c = line.p[i];

	if (c == '.')
		return i == 0;
	if (c == ' ' || c == '\t')
		return i + 1 == line.len;
	return c < ' ' || c > '~' || c == '=';
}

static void add_line(struct buf *out, struct str line)
{
	size_t column = 0;

	for (size_t i = 0; i < line.len; i++) {
		size_t width = is_quoted(line, i) ? 3 : 1;
		if (column + width > LINE_MAX_QP - 1) {
			buf_add_c(out, "=\r\n");
			column = 0;
		}
		/* A dot that a soft break brought to the front of a line. */
		if (column == 0 && line.p[i] == '.')
			width = 3;
		if (width == 3)
			buf_addf(out, "=%02X", (unsigned char)line.p[i]);
		else
			buf_add_char(out, line.p[i]);
		column += width;
	}
	buf_add_c(out, "\r\n");
}

static void add_body(struct buf *out, struct str text)
{
	while (text.p && text.len)
		add_line(out, str_cut(&text, '\n'));
}

static int check(const struct mime_letter *l, struct err *err)
{
	if (!mime_is_address(l->from))
		return err_field(err, E_INVALID, "from", "The sender is no plain e-mail address.");
	if (l->to_len == 0 || l->to_len > MIME_TO_MAX)
		return err_field(
		    err, E_INVALID, "to", "A letter goes to 1 to %d addresses.", MIME_TO_MAX);
	for (size_t i = 0; i < l->to_len; i++) {
		if (!mime_is_address(l->to[i]))
			return err_field(
			    err, E_INVALID, "to", "A recipient is no plain e-mail address.");
	}
	if (!is_id(l->id))
		return err_field(err, E_INVALID, "id", "The id of a letter is malformed.");
	if (!text_is_utf8(l->subject))
		return err_field(err, E_INVALID, "subject", "The subject is no UTF-8.");
	if (l->text.len > MIME_TEXT_MAX)
		return err_field(err, E_TOO_LARGE, "text", "The text of a letter is too long.");
	if (!text_is_utf8(l->text))
		return err_field(err, E_INVALID, "text", "The text of a letter is no UTF-8.");
	return 0;
}

int mime_write(const struct mime_letter *l, struct buf *out, struct err *err)
{
	int r = check(l, err);

	if (r < 0)
		return r;
	add_headers(out, l);
	add_body(out, l->text);
	return out->failed ? err_set(err, E_NOMEM, "Memory ran out while writing a letter.") : 0;
}

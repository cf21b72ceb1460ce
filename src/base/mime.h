/* base/mime.h: an e-mail as somebody saved it, out of a hostile file: what it says, as plain UTF-8.
 *
 * Headers are unfolded and their encoded words (RFC 2047) read; of alternatives the plain one is taken,
 * else HTML as text; quoted-printable and Base64 are undone; utf-8, iso-8859-1, iso-8859-15 and
 * windows-1252 become UTF-8. Attachments are passed over, but for an e-mail inside an e-mail, which
 * is what somebody forwarded. Nothing is fetched, run or written.
 *
 * Bounded: size, headers, parts, depth and links; what is beyond is -E_TOO_LARGE. What is damaged inside
 * (Base64 that ends too early, an unknown charset) is read as well as it can be, and `damaged` says so. */
#ifndef BASE_MIME_H
#define BASE_MIME_H

#include "base/arena.h"
#include "base/clock.h"

#define MIME_MAX (2u << 20)
#define MIME_HEADERS_MAX 300 /* of one part */
#define MIME_PARTS_MAX 64
#define MIME_DEPTH_MAX 8
#define MIME_LINKS_MAX 64
#define MIME_LINK_MAX 2000

struct mime_header {
	struct str name, value; /* value: one line of UTF-8 */
};

struct mime_message {
	const struct mime_header *headers;
	size_t headers_len;
	struct str from, from_name; /* the bare address, p NULL = none; what stands beside it */
	struct str subject;
	time_ms date; /* TIME_NONE = none that can be read */
};

struct mime_mail {
	struct mime_message outer; /* as it arrived */
	struct mime_message inner; /* the e-mail inside it; headers_len 0 = there is none */
	struct str text;           /* of all parts that are meant to be read, lines ending in LF */
	struct str links[MIME_LINKS_MAX]; /* addresses that HTML leads to */
	size_t links_len;
	bool html; /* some of the text was HTML */
	bool damaged;
};

/* Strings lie in the arena or in `raw`. -E_INVALID when it is no e-mail at all. */
MUST_CHECK int mime_read(struct str raw, struct arena *a, struct mime_mail *ret, struct err *err);
/* The first of that name, letter case apart; p NULL = none. */
struct str mime_header(const struct mime_message *m, const char *name);
/* RFC 5322 3.3, with the old names of zones as UTC; TIME_NONE when it is none. */
time_ms mime_date(struct str text);

#endif

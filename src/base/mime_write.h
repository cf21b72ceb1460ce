/* base/mime_write.h: a letter as RFC 5322 and MIME have it: plain text in UTF-8, to be sent by SMTP.
 *
 * Nothing that is handed in can add a header, a recipient or a line that ends the letter: addresses
 * are of the strictest form only, the subject becomes one line or encoded words, the body is
 * quoted-printable, and no line of it begins with a dot. The same letter always gives the same bytes. */
#ifndef BASE_MIME_WRITE_H
#define BASE_MIME_WRITE_H

#include "base/clock.h"
#include "base/str.h"

#define MIME_TO_MAX 10
#define MIME_ADDRESS_MAX 254 /* RFC 5321 4.5.3.1.3, without its brackets */
#define MIME_SUBJECT_MAX 200 /* bytes; what is longer is cut */
#define MIME_TEXT_MAX (256u << 10)

struct mime_letter {
	struct str from;      /* a bare address */
	const struct str *to; /* bare addresses, 1 to MIME_TO_MAX */
	size_t to_len;
	struct str subject, text; /* UTF-8; lines of the text end in LF */
	struct str
	    id; /* of the Message-ID, in front of "@" and the sender's domain: letters, digits, "._-" */
	time_ms at;
};

/* "name@host.example": ASCII, no quotes, no comments, nothing that a header or SMTP reads otherwise. */
bool mime_is_address(struct str s);
/* What stands behind its "@". */
struct str mime_domain(struct str address);
/* The letter, lines ending in CRLF, appended to `out`. -E_INVALID or -E_TOO_LARGE with the field
 * ("from", "to", "id", "subject", "text"), -E_NOMEM. */
MUST_CHECK int mime_write(const struct mime_letter *l, struct buf *out, struct err *err);

#endif

/* domain/content_message.h: all that a person reads of a message, as one text, and its links.
 *
 * Of a template that is its definition with the values of the send in their places; a variable without a value stays
 * in its braces. Media, contacts and ids are left out. Lines are parted by "\n". */
#ifndef DOMAIN_CONTENT_MESSAGE_H
#define DOMAIN_CONTENT_MESSAGE_H

#include "domain/content_link.h"
#include "domain/message.h"

/* Bytes that are read of a message at all; none that the platform takes is longer. */
#define CONTENT_BYTES_MAX 65536
#define CONTENT_LINKS_MAX 16

struct content_text {
	struct buf text;    /* without the links */
	struct buf buttons; /* of quick replies, a line each: they are in `text` too */
	struct content_link links[CONTENT_LINKS_MAX]; /* their views are into `whole` */
	size_t links_len;
	struct buf whole;
};

void content_text_init(struct content_text *t);
void content_text_done(struct content_text *t);

/* `components` is the template's definition, NULL = not known or no template. 0 or -E_NOMEM. */
MUST_CHECK int content_of_message(const struct content *c, const struct message *send,
    const struct json *components, struct content_text *ret);
/* Of a definition by itself. */
MUST_CHECK int content_of_template(
    const struct content *c, const struct json *components, struct content_text *ret);
/* Of a text by itself. */
MUST_CHECK int content_of_text(const struct content *c, struct str text, struct content_text *ret);

/* The text of a message and what the lists find in it, in memory that is kept for the next one. */
struct content_seen {
	int rc; /* of content_of_message() and content_read() */
	struct content_text text;
	struct content_reading reading;
};

/* NULL when memory ran out. Given back, it stays with `c`; NULL is allowed there. */
struct content_seen *content_seen_take(
    const struct content *c, const struct message *send, const struct json *components);
void content_seen_give(const struct content *c, struct content_seen *s);
void content_seen_free(struct content_seen *s);
/* Was it read, and is there nothing in it that any rule could speak of: no term of any class, no doubtful link. */
bool content_is_plain(
    const struct content *c, const struct message *send, const struct json *components);

#endif

/* domain/notice_private.h: what the files of notice.h share. Only notice*.c may include this. */
#ifndef DOMAIN_NOTICE_PRIVATE_H
#define DOMAIN_NOTICE_PRIVATE_H

#include "domain/notice.h"

#define NOTICE_LINE_MAX 1000 /* bytes of a line that are looked at */

struct notice_look {
	const struct pack_notices *words;
	const struct mime_mail *mail;
	struct arena *a;
	struct str body;    /* of the mail's text as much as is looked at */
	struct str subject; /* folded */
	struct str text;    /* folded, of the subject and everything */
	time_ms now;
};

/* Values behind their names, numbers, days, dates. -E_NOMEM. */
MUST_CHECK int notice_find(const struct notice_look *l, struct notice *n);
/* Sender, links, bait, what the receiving server found. -E_NOMEM. */
MUST_CHECK int notice_doubt(const struct notice_look *l, struct notice *n);
/* The first `most` bytes at the most, of whole characters. */
struct str notice_cut(struct str s, size_t most);
/* The row of the pack's words; NULL = it has none. `from` 0, then the index behind the last. */
const struct pack_phrases *notice_words(
    const struct notice_look *l, const char *what, size_t *from);

#endif

/* domain/notice.h: what an e-mail notice of Meta's says, by the words of the policy pack.
 *
 * An e-mail proves nothing: anybody can write one, and a file of one more easily still. So what is
 * understood has the level "reported", and what looks forged is marked with its reasons. Nothing here
 * touches the store (notice_effect.h does). */
#ifndef DOMAIN_NOTICE_H
#define DOMAIN_NOTICE_H

#include "base/json.h"
#include "base/lang.h"
#include "base/mime.h"
#include "domain/pack.h"

enum notice_kind {
	NOTICE_UNKNOWN, /* nothing that we know of */
	NOTICE_WARNING,
	NOTICE_RESTRICTED,
	NOTICE_DISABLE_SCHEDULED,
	NOTICE_DISABLED,
	NOTICE_REINSTATED,
	NOTICE_LIFTED,
	NOTICE_TEMPLATE_PAUSED,
	NOTICE_TEMPLATE_DISABLED,
	NOTICE_QUALITY_LOW,
	NOTICE_LIMIT,
	NOTICE_REVIEW_REVERSED,
	NOTICE_REVIEW_UNCHANGED,
	NOTICE_KINDS
};
const char *notice_kind_name(enum notice_kind k); /* "restricted" */
const char *notice_kind_text(enum notice_kind k); /* a whole sentence, a message id */
/* Does it take back something: that is never done on the word of an e-mail. */
bool notice_is_good_news(enum notice_kind k);

/* Why it looks forged, or cannot be told; bits. */
enum notice_doubt {
	NOTICE_DOUBT_SENDER = 1,     /* not a domain of Meta's */
	NOTICE_DOUBT_LOOKALIKE = 2,  /* a domain that only sounds like one */
	NOTICE_DOUBT_LINK = 4,       /* an address that leads elsewhere */
	NOTICE_DOUBT_BAIT = 8,       /* asks for a password, a code or money */
	NOTICE_DOUBT_SIGNATURE = 16, /* the receiving server's checks failed */
	NOTICE_DOUBT_REPLY = 32,     /* answers go elsewhere */
};
#define NOTICE_DOUBTS 6
const char *notice_doubt_name(unsigned bit); /* "sender" */
const char *notice_doubt_text(unsigned bit); /* a whole sentence, a message id */

#define NOTICE_TYPES_MAX 4
#define NOTICE_IDS_MAX 32
#define NOTICE_DATES_MAX 8
#define NOTICE_VALUE_MAX 200 /* bytes of a name, of the words */

struct notice {
	enum notice_kind kind;
	unsigned doubts;
	bool forwarded; /* by somebody: what the headers say is of that somebody's e-mail */
	bool damaged;
	/* Of a restriction: types of it, and how long. */
	struct str types[NOTICE_TYPES_MAX];
	size_t types_len;
	int64_t days;    /* 0 = not told */
	time_ms until;   /* of a restriction; TIME_NONE = none */
	time_ms at;      /* when something is to happen; TIME_NONE = not told */
	time_ms sent_at; /* of the notice; TIME_NONE = not told */
	int64_t limit;   /* people a day; 0 = not told */
	/* p NULL = not told. waba, number: ids behind their names; phone: E.164 as written. */
	struct str waba, number, phone, business, tpl, reference, violation;
	struct str words;  /* the line by which the kind was told */
	struct str sender; /* domain; p NULL = not to be seen */
	/* What the receiving server found, as its header has it: shown, never trusted. */
	struct str checked_by, dkim, spf, dmarc;
	/* Every long number in it, to be compared with what is known. */
	struct str ids[NOTICE_IDS_MAX];
	size_t ids_len;
};

/* Strings lie in the arena or the mail. -E_NOMEM. */
MUST_CHECK int notice_read(const struct pack *pack, const struct mime_mail *mail, time_ms now,
    struct arena *a, struct notice *ret, struct err *err);
/* Members of an object under construction. */
void notice_write(const struct notice *n, enum lang lang, struct json_writer *w);

#endif

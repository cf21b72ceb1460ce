/* domain/consent_details.h: what proves an act of consent beside its words: where and how it was given,
 * which versions of text, privacy notice and terms were shown, what is attached, and the message on
 * WhatsApp that said it.
 *
 * Kept and committed to as one JSON object, members in alphabetical order and without blanks, those
 * left out of which nothing is known:
 *
 * {"attachments":[{"bytes","sha256","type"}],"channel","how","language","notice_url","notice_version",
 *  "proof":{"asked","link","message","number","post","reply","request","signature"},
 *  "terms_url","terms_version","text_version"} */
#ifndef DOMAIN_CONSENT_DETAILS_H
#define DOMAIN_CONSENT_DETAILS_H

#include "base/arena.h"
#include "base/crypto.h"
#include "base/json.h"

#define CONSENT_ATTACHMENTS_MAX 8
#define CONSENT_DETAILS_MAX 32768 /* bytes of the object */

struct consent_attachment {
	struct sha256 digest; /* of the content */
	struct str type;      /* "image/png" */
	int64_t bytes;
};

/* A message on WhatsApp that came with a signed webhook. p NULL = does not apply. */
struct consent_proof {
	struct str asked;     /* the decision that sent the question, "dec_…" */
	struct str link;      /* the entry link that the message came by, "lnk_…" */
	struct str message;   /* Meta's id of the person's message */
	struct str number;    /* phone-number-id that it came to */
	struct str post;      /* SHA-256 of the webhook's body, in hex */
	struct str reply;     /* "button" or "word" */
	struct str request;   /* the request that it answers, "req_…" */
	struct str signature; /* X-Hub-Signature-256 of the webhook */
};

/* p NULL = not known. */
struct consent_details {
	struct str channel;                    /* "web", "shop", "whatsapp" … */
	struct str how;                        /* "box ticked on the order page" */
	struct str text_version, language;     /* of the words: "it", "en-GB" */
	struct str notice_version, notice_url; /* of the privacy notice */
	struct str terms_version, terms_url;
	const struct consent_attachment *attachments;
	size_t attachments_len;
	struct consent_proof proof;
};

/* 0; -E_INVALID or -E_TOO_LARGE with the member as field. */
MUST_CHECK int consent_details_check(const struct consent_details *d, struct err *err);
/* The object above in the arena; p NULL when nothing is known. */
MUST_CHECK int consent_details_write(
    const struct consent_details *d, struct arena *a, struct str *ret, struct err *err);
/* `details` is an object as above, or p NULL, and is borrowed by what comes out. */
MUST_CHECK int consent_details_read(
    struct str details, struct arena *a, struct consent_details *ret, struct err *err);
/* Every member into an object under construction: what is not known as null, `attachments` as an
 * array. */
MUST_CHECK int consent_details_show(
    struct str details, struct arena *a, struct json_writer *w, struct err *err);

#endif

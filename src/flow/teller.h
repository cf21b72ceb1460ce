/* flow/teller.h: one thing at a time told to somebody outside: posted to an https address, or sent as
 * a letter to mailboxes. For alerts (herald.h) and checkpoints (witness.h).
 *
 * Told is what was answered by 200 to 299, or taken by the mail server for one mailbox at least. A
 * letter of which it is not known whether it was taken does not count as told the first time and may be sent
 * once more as it was, under the same Message-ID, by which mail programs show it once; the second
 * time it counts as told. */
#ifndef FLOW_TELLER_H
#define FLOW_TELLER_H

#include "base/crypto.h"
#include "transport/http_parse.h"
#include "transport/mail.h"

/* Mailboxes, as they are configured. */
struct teller_mailboxes {
	const char *smtp_url;      /* NULL = no letters are sent */
	struct str user, password; /* user p NULL = without */
	struct str from;
	struct str to[MIME_TO_MAX];
	size_t to_len;
};
/* "a@host.example, b@host.example" into *ret; the addresses lie in `text`. -E_INVALID with `field`. */
MUST_CHECK int teller_read_mailboxes(
    struct str text, const char *field, struct teller_mailboxes *ret, struct err *err);

struct teller_options {
	const char *ca_file;                      /* NULL = the system's */
	const struct teller_mailboxes *mailboxes; /* NULL = only posts; borrowed */
};

struct teller_result {
	bool told;
	bool doubtful; /* not told as far as is known: the same letter should be sent again */
	char why[120]; /* for the log and alarms: no address in it; "" when told */
};

struct teller_post {
	struct str url;
	const struct http_header *headers;
	size_t headers_len;
	struct str body; /* borrowed until on_end */
};

struct teller;
/* Who hears the end. */
struct teller_listener {
	void *arg;
	void (*on_end)(void *arg, const struct teller_result *result);
};

MUST_CHECK int teller_open(
    struct loop *l, const struct teller_options *o, struct teller **ret, struct err *err);
/* on_end comes once for each, on the loop, perhaps before these return. Nothing else may be under
 * way. */
void teller_post(struct teller *t, const struct teller_post *p, const struct teller_listener *on);
/* `text`: mime_write()'s, borrowed until on_end. */
void teller_mail(struct teller *t, struct str text, const struct teller_listener *on);
/* Gives up what is under way; before the loop is gone. NULL is nothing to stop. */
void teller_stop(struct teller *t);
void teller_close(struct teller **pt); /* nothing is under way */

#endif

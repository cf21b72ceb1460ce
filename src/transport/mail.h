/* transport/mail.h: one letter at a time to an SMTP server (RFC 5321), over libcurl.
 *
 * On a worker thread and not on the loop: libcurl waits for the answer to the end of a letter, and for
 * the one to QUIT, without giving the loop back even with the multi interface (smtp_done() and
 * smtp_disconnect() of lib/smtp.c), so a slow server would stop everything else. What comes of it is
 * told on the loop. A connection serves one letter.
 *
 * "smtp://host[:port]" must be raised to TLS by STARTTLS before anything else is said, "smtps://" is
 * TLS from the beginning; certificates are checked. On loopback alone smtp:// may stay in clear, and a
 * certificate that is offered there is not looked at. Redirections, .netrc and proxies are not used. */
#ifndef TRANSPORT_MAIL_H
#define TRANSPORT_MAIL_H

#include "base/loop.h"
#include "base/mime_write.h"

enum mail_outcome {
	MAIL_TAKEN,   /* by the server, for one recipient at least */
	MAIL_REFUSED, /* it said no for good (5xx) */
	MAIL_NOT_SENT, /* it surely has not taken it: no connection, "later" (4xx), time-out before the end */
	MAIL_UNKNOWN, /* all was sent and no answer came: it may have taken it */
};

struct mail_result {
	enum mail_outcome outcome;
	int status;     /* the server's last answer; 0 = none */
	size_t refused; /* recipients that it did not take, of a letter that was taken */
	char why[96];   /* for the log, no address in it; "" when taken */
};

struct mail_options {
	const char *url;                        /* mail_check_url() */
	struct str user, password;              /* user p NULL = without; borrowed */
	const char *ca_file;                    /* NULL = the system's */
	int64_t connect_timeout_ms, timeout_ms; /* of a letter in all */
};

struct mail {
	struct str from;
	const struct str *to;
	size_t to_len;
	struct str text; /* mime_write()'s */
	void *arg;
	void (*on_done)(void *arg, const struct mail_result *result);
};

struct mailer;

/* -E_INVALID when it is no address of an SMTP server: scheme, host, perhaps a port, nothing else. */
MUST_CHECK int mail_check_url(struct str url, struct err *err);
/* Options are borrowed. */
MUST_CHECK int mailer_open(
    struct loop *l, const struct mail_options *o, struct mailer **ret, struct err *err);
/* All of *m but the struct itself is borrowed until on_done. -E_BUSY while a letter is under way, -E_CLOSED once stopped,
 * -E_INVALID, -E_NOMEM; then there is no on_done. */
MUST_CHECK int mailer_start(struct mailer *m, const struct mail *letter, struct err *err);
/* Gives up what is under way: on_done follows with what is known. NULL is nothing to stop. */
void mailer_stop(struct mailer *m);
void mailer_close(struct mailer **pm); /* nothing is under way */

#endif

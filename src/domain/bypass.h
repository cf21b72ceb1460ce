/* domain/bypass.h: messages of our numbers that did not pass Varco: what is known of them, and the
 * entry of the register that stands for whoever sends them.
 *
 *  (1) A message counts once, whatever is told of it: its own id says so for as long as it is kept.
 *  (2) What a person wrote in the WhatsApp Business app of a number in coexistence is told by an echo of
 *      its own kind: it is labelled `coexistence`, counted apart, and no alarm is raised.
 *  (3) The first other message of a number in an hour raises `bypass.detected`, and its sender is in the
 *      register: open, to be looked at. Later ones of that hour are counted.
 *
 * No telephone number of a recipient and no id of a message is in what is told. */
#ifndef DOMAIN_BYPASS_H
#define DOMAIN_BYPASS_H

#include "domain/register.h"

struct bypass {
	struct str number, message; /* message: Meta's id */
	struct str type;            /* "status sent", "echo text": what told of it */
	bool coexistence;
	time_ms at;
};
/* In the caller's transaction. 1 an alarm was raised, 0 none was. */
MUST_CHECK int bypass_note(const struct register_act *act, const struct bypass *b, struct err *err);

/* 1 something was told of that message before, 0 nothing was. */
MUST_CHECK int bypass_is_known(struct store_conn *c, struct str message, struct err *err);

/* By hour, newest first. */
struct bypass_hour {
	struct str number, types;
	bool coexistence;
	int64_t n;
	time_ms hour, first_at, last_at;
};
MUST_CHECK int bypass_hours(struct store_conn *c, size_t limit, struct arena *a,
    struct bypass_hour **ret, size_t *ret_len, struct err *err);
/* Retention, as everywhere: 1 there may be more. Of single messages, and of hours. */
MUST_CHECK int bypass_purge(
    struct store_conn *c, time_ms messages_before, time_ms hours_before, struct err *err);

#endif

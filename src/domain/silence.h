/* domain/silence.h: for how long no webhook has come for a number since Meta accepted a send of it.
 * Without webhooks nobody sees trouble: no failure, no opt-out, no read.
 *
 * In memory, on the writer thread: who was not running could hear nothing, so a start begins anew. By
 * the monotonic clock, so that no clock that is set makes a silence. NULL counts nothing. */
#ifndef DOMAIN_SILENCE_H
#define DOMAIN_SILENCE_H

#include "base/clock.h"
#include "base/str.h"

struct silence;
MUST_CHECK int silence_new(struct silence **ret, struct err *err);
void silence_free(struct silence **ps);

/* Meta accepted a send of the number; -E_NOMEM. */
MUST_CHECK int silence_sent(struct silence *s, struct str number, mono_ns now, struct err *err);
/* A webhook came for it. */
void silence_heard(struct silence *s, struct str number);
/* Since the first send behind the last webhook; 0 while nothing was sent since. */
int64_t silence_ms(const struct silence *s, struct str number, mono_ns now);

#endif

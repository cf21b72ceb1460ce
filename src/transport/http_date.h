/* transport/http_date.h: the Date header of an answer. */
#ifndef TRANSPORT_HTTP_DATE_H
#define TRANSPORT_HTTP_DATE_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/str.h"

/* "Sun, 22 Nov 2026 10:00:00 GMT", the one form that senders may write (RFC 9110, 5.6.7). False for
 * anything else. */
bool http_date_parse(struct str text, time_ms *ret);

#endif

/* base/log.h: structured lines on standard error.
 *
 * One line an event, logfmt ("at=… level=info msg=\"…\" key=value") or JSON. Values are numbers,
 * short words of our own, and ids: never bodies, phone numbers, names, tokens or anything a
 * stranger sent (use log_quoted for a bounded, escaped word of input such as an unknown key).
 * Thread-safe; a line is written with one write(2). */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_setup(enum log_level level, bool json);
MUST_CHECK int log_level_parse(struct str text, enum log_level *ret);
bool log_on(enum log_level level);
/* msg is a fixed sentence; fmt and its arguments are "key=%s other=%d" pairs, or NULL. */
void log_line(enum log_level level, const char *msg, const char *fmt, ...) PRINTF_LIKE(3, 4);

#define LOG_QUOTED_MAX 64
/* A stranger's word made harmless: printable ASCII, cut to fit `out`; returns `out`. */
const char *log_quoted(struct str s, char out[LOG_QUOTED_MAX]);

#define log_debug(msg, ...) (log_on(LOG_DEBUG) ? log_line(LOG_DEBUG, msg, __VA_ARGS__) : (void)0)
#define log_info(msg, ...) log_line(LOG_INFO, msg, __VA_ARGS__)
#define log_warn(msg, ...) log_line(LOG_WARN, msg, __VA_ARGS__)
#define log_error(msg, ...) log_line(LOG_ERROR, msg, __VA_ARGS__)

#endif

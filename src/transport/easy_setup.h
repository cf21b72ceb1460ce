/* transport/easy_setup.h: a libcurl easy handle set to one request after the other. Private to
 * upstream.c.
 *
 * What has not changed since the last request (address, headers, method, time-out) is not set
 * again: one app sends the same but for the body. */
#ifndef TRANSPORT_EASY_SETUP_H
#define TRANSPORT_EASY_SETUP_H

#include <curl/curl.h>

#include "transport/upstream.h"

struct easy_shape {
	enum http_method method;
	bool post; /* with a body, be it an empty one */
	bool https;
	int64_t timeout_ms;
};

struct easy_setup {
	CURL *easy; /* borrowed */
	bool known; /* the handle is as the members below say */
	struct easy_shape shape;
	struct buf url, lines,
	    next_lines;             /* headers as libcurl spells them, zero byte behind each */
	struct curl_slist *headers; /* made of `lines` */
};

void easy_setup_init(struct easy_setup *s, CURL *easy);
void easy_setup_done(struct easy_setup *s);

/* 0, or -E_INVALID naming what cannot be sent. */
MUST_CHECK int easy_setup_check(const struct upstream_request *r, struct err *err);
/* After an error the next call sets everything again. */
MUST_CHECK CURLcode easy_setup_apply(
    struct easy_setup *s, const struct upstream_request *r, int64_t timeout_ms);

#endif

/* transport/curl_loop.h: a libcurl multi handle that runs on one of our loops.
 *
 * Sockets are watched by libuv for as long as they are open, not for as long as a transfer uses
 * them: a connection that is kept alive costs no system call between two requests. All callbacks
 * come on the loop; none comes while the owner is inside a function of this header. */
#ifndef TRANSPORT_CURL_LOOP_H
#define TRANSPORT_CURL_LOOP_H

#include <curl/curl.h>

#include "base/loop.h"

struct curl_loop;

struct curl_loop_owner {
	void *arg;
	/* Before the loop sleeps, after curl_loop_wake(): the place for curl_multi_add_handle(),
	 * curl_multi_remove_handle() and curl_easy_pause(), which libcurl forbids inside its own
	 * callbacks. */
	void (*on_turn)(void *arg);
	/* A transfer is over; its handle was removed from the multi handle. */
	void (*on_over)(void *arg, CURL *easy, CURLcode result);
};

MUST_CHECK int curl_loop_open(struct loop *l, const struct curl_loop_owner *owner, bool public_only,
    struct curl_loop **ret, struct err *err);
/* All easy handles were cleaned up before. Never inside a callback. */
void curl_loop_close(struct curl_loop **pc);

CURLM *curl_loop_multi(struct curl_loop *c);
/* Sockets of this handle are opened and closed through us. Once per easy handle. */
MUST_CHECK CURLcode curl_loop_adopt(struct curl_loop *c, CURL *easy);
void curl_loop_wake(struct curl_loop *c);

#endif

/* transport/curl_loop.h: libcurl transfers on one of our loops.
 *
 * Sockets are watched by libuv for as long as they are open, not for as long as a transfer uses
 * them: a connection that is kept alive costs no system call between two requests. Transfers are
 * spread over several multi handles ("lanes"), each filled before the next is used, because libcurl
 * looks for a connection by walking all of a host's: with thousands under way that would be most of
 * the work. All callbacks come on the loop; none comes while the owner is inside a function of this
 * header, but that curl_loop_remove() may end a transfer's own callbacks. */
#ifndef TRANSPORT_CURL_LOOP_H
#define TRANSPORT_CURL_LOOP_H

#include <curl/curl.h>

#include "base/loop.h"

struct curl_loop;
struct curl_lane;

struct curl_loop_options {
	void *arg;
	/* Before the loop sleeps, after curl_loop_wake(): the place for curl_loop_add(),
	 * curl_loop_remove() and curl_easy_pause(), which libcurl forbids inside its own
	 * callbacks. */
	void (*on_turn)(void *arg);
	/* A transfer is over; its handle was removed. */
	void (*on_over)(void *arg, CURL *easy, CURLcode result);
	bool public_only;     /* connect to public addresses only */
	long max_connections; /* per host; 0 = no limit */
};

MUST_CHECK int curl_loop_open(
    struct loop *l, const struct curl_loop_options *o, struct curl_loop **ret, struct err *err);
/* All easy handles were removed before. Never inside a callback. */
void curl_loop_close(struct curl_loop **pc);

/* Sockets of this handle are opened and closed through us. Once per easy handle, before it is
 * added. */
MUST_CHECK CURLcode curl_loop_adopt(struct curl_loop *c, CURL *easy);
/* 0 and the lane that the transfer is in, or -E_NOMEM. */
MUST_CHECK int curl_loop_add(struct curl_loop *c, CURL *easy, struct curl_lane **ret);
void curl_loop_remove(struct curl_lane *lane, CURL *easy);
void curl_loop_wake(struct curl_loop *c);

#endif

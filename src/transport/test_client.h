/* transport/test_client.h: a raw TCP client for tests, on the same thread as the loop under
 * test: whoever waits for bytes turns the loop meanwhile. Include it behind cmocka.h. */
#ifndef TRANSPORT_TEST_CLIENT_H
#define TRANSPORT_TEST_CLIENT_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/str.h"

#define CLIENT_PATIENCE_NS (120 * 1000000000LL) /* only ever reached by a failing test */

static inline void turn(struct loop *l)
{
	(void)uv_run(loop_uv(l), UV_RUN_NOWAIT);
}

/* Turns the loop until `done(arg)`. */
static inline void turn_until(struct loop *l, const char *what, bool (*done)(void *arg), void *arg)
{
	mono_ns start = clock_mono();

	while (!done(arg)) {
		turn(l);
		(void)poll(NULL, 0, 1);
		if (clock_mono() - start > CLIENT_PATIENCE_NS)
			fail_msg("waited in vain: %s", what);
	}
}

static inline int port_of(struct str address)
{
	const char *colon = address.p + address.len;

	while (*colon != ':')
		colon--;
	return atoi(colon + 1);
}

static inline int dial_port(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

/* Sends all, turning the loop while the socket is full; false when the peer has closed. */
static inline bool put(struct loop *l, int fd, struct str bytes)
{
	mono_ns start = clock_mono();

	while (bytes.len) {
		ssize_t n = send(fd, bytes.p, bytes.len, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN)
			return false;
		bytes = n > 0 ? str_sub(bytes, (size_t)n, bytes.len) : bytes;
		turn(l);
		if (clock_mono() - start > CLIENT_PATIENCE_NS)
			fail_msg("the peer takes no bytes");
	}
	return true;
}

/* Appends what comes until the end of the stream (0), a reset (-1), or `enough` bytes are there
 * (1). */
static inline int take(struct loop *l, int fd, struct buf *in, size_t enough)
{
	static char piece[65536];
	mono_ns start = clock_mono();

	while (in->len < enough) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		turn(l);
		(void)poll(&p, 1, 1);
		ssize_t n = recv(fd, piece, sizeof(piece), MSG_DONTWAIT);
		if (n == 0)
			return 0;
		if (n < 0 && errno != EAGAIN)
			return -1;
		if (n > 0)
			buf_add(in, str_n(piece, (size_t)n));
		if (clock_mono() - start > CLIENT_PATIENCE_NS)
			fail_msg("no answer; so far: %.*s", STR_ARG(buf_str(in)));
	}
	return 1;
}

static inline size_t count_of(struct str text, const char *needle)
{
	size_t n = 0, len = strlen(needle);

	for (size_t i = 0; i + len <= text.len; i++)
		n += memcmp(text.p + i, needle, len) == 0;
	return n;
}

static inline int status_in(struct str answer)
{
	return answer.len > 12 ? atoi(answer.p + 9) : 0;
}

#endif

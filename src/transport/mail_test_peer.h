/* transport/mail_test_peer.h: an SMTP server of one thread that does what a test says, one
 * conversation after the other. Include it behind cmocka.h. */
#ifndef TRANSPORT_MAIL_TEST_PEER_H
#define TRANSPORT_MAIL_TEST_PEER_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/check.h"
#include "transport/mail.h"
#include "transport/test_client.h"

/* What it answers; NULL = the usual, "" = it hangs up instead, "-" = it says nothing more. */
struct smtp_script {
	const char *greeting, *ehlo, *auth, *mail, *data, *end;
	const char *rcpt[3]; /* to the first, second, third recipient */
	bool drip;           /* the end's answer comes byte by byte */
};

struct smtp_peer {
	pthread_t thread;
	int listener, port;
	char url[48];
	pthread_mutex_t lock;
	struct smtp_script script;
	/* what it saw */
	size_t conversations, letters;
	struct buf commands, letter; /* of the last */
	atomic_bool stop;
};

static inline bool smtp_put(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return true;
}

static inline bool smtp_wait(struct smtp_peer *p, int fd)
{
	struct pollfd f = { .fd = fd, .events = POLLIN };

	while (!atomic_load(&p->stop)) {
		if (poll(&f, 1, 20) > 0)
			return true;
	}
	return false;
}

/* One line without its end; false when the client is gone. */
static inline bool smtp_line(struct smtp_peer *p, int fd, char *line, size_t size)
{
	size_t len = 0;

	while (len < size - 1) {
		if (!smtp_wait(p, fd) || recv(fd, &line[len], 1, 0) != 1)
			return false;
		if (line[len] == '\n')
			break;
		len++;
	}
	while (len && line[len - 1] == '\r')
		len--;
	line[len] = '\0';
	return true;
}

/* False: the conversation is over. */
static inline bool smtp_say(struct smtp_peer *p, int fd, const char *told, const char *usual)
{
	const char *text = told ? told : usual;
	char none[8];

	if (strcmp(text, "-") == 0)
		(void)smtp_line(p, fd, none, sizeof(none)); /* until the client is gone */
	return *text && strcmp(text, "-") != 0 && smtp_put(fd, text) && smtp_put(fd, "\r\n");
}

static inline bool smtp_drip(struct smtp_peer *p, int fd, const char *text)
{
	for (; *text && !atomic_load(&p->stop); text++) {
		char one[2] = { *text, '\0' };
		if (!smtp_put(fd, one))
			return false;
		(void)poll(NULL, 0, 30);
	}
	return true;
}

static inline bool smtp_data(struct smtp_peer *p, int fd, const struct smtp_script *s)
{
	char line[1200];

	if (!smtp_say(p, fd, s->data, "354 go ahead"))
		return false;
	if (s->data)
		return true; /* it refused */
	pthread_mutex_lock(&p->lock);
	buf_reset(&p->letter);
	pthread_mutex_unlock(&p->lock);
	while (smtp_line(p, fd, line, sizeof(line)) && strcmp(line, ".") != 0) {
		pthread_mutex_lock(&p->lock);
		buf_addf(&p->letter, "%s\n", line);
		pthread_mutex_unlock(&p->lock);
	}
	if (strcmp(line, ".") != 0)
		return false;
	pthread_mutex_lock(&p->lock);
	p->letters++;
	pthread_mutex_unlock(&p->lock);
	return s->drip ? smtp_drip(p, fd, "250 taken\r\n") : smtp_say(p, fd, s->end, "250 taken");
}

static inline bool smtp_obey(
    struct smtp_peer *p, int fd, const struct smtp_script *s, const char *line, size_t *rcpt)
{
	struct str word = str_c(line);

	if (str_starts(word, STR("HELO")))
		return smtp_say(p, fd, NULL, "250 peer");
	if (str_starts(word, STR("EHLO")))
		return smtp_say(p, fd, s->ehlo, "250-peer\r\n250-AUTH PLAIN\r\n250 8BITMIME");
	if (str_starts(word, STR("AUTH")))
		return smtp_say(p, fd, s->auth, "235 welcome");
	if (str_starts(word, STR("MAIL")))
		return smtp_say(p, fd, s->mail, "250 ok");
	if (str_starts(word, STR("RCPT"))) {
		size_t i = (*rcpt)++;
		return smtp_say(p, fd, i < ARRAY_LEN(s->rcpt) ? s->rcpt[i] : NULL, "250 ok");
	}
	if (str_starts(word, STR("DATA")))
		return smtp_data(p, fd, s);
	if (str_starts(word, STR("QUIT"))) {
		(void)smtp_put(fd, "221 bye\r\n");
		return false;
	}
	return smtp_put(fd, "502 what\r\n");
}

static inline void smtp_converse(struct smtp_peer *p, int fd)
{
	char line[1200];
	size_t rcpt = 0;

	pthread_mutex_lock(&p->lock);
	struct smtp_script script = p->script;
	p->conversations++;
	buf_reset(&p->commands);
	pthread_mutex_unlock(&p->lock);
	bool on = smtp_say(p, fd, script.greeting, "220 peer");
	while (on && smtp_line(p, fd, line, sizeof(line))) {
		pthread_mutex_lock(&p->lock);
		buf_addf(&p->commands, "%s\n", line);
		pthread_mutex_unlock(&p->lock);
		on = smtp_obey(p, fd, &script, line, &rcpt);
	}
}

static inline void *smtp_run(void *arg)
{
	struct smtp_peer *p = arg;

	while (smtp_wait(p, p->listener)) {
		int fd = accept(p->listener, NULL, NULL);
		if (fd < 0)
			continue;
		smtp_converse(p, fd);
		close(fd);
	}
	return NULL;
}

static inline void smtp_start(struct smtp_peer *p)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);

	memset(p, 0, sizeof(*p));
	buf_init(&p->commands, 0);
	buf_init(&p->letter, 0);
	assert_int_equal(pthread_mutex_init(&p->lock, NULL), 0);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(p->listener >= 0);
	assert_int_equal(bind(p->listener, (const struct sockaddr *)&a, len), 0);
	assert_int_equal(listen(p->listener, 16), 0);
	assert_int_equal(getsockname(p->listener, (struct sockaddr *)&a, &len), 0);
	p->port = ntohs(a.sin_port);
	(void)snprintf(p->url, sizeof(p->url), "smtp://127.0.0.1:%d", p->port);
	assert_int_equal(pthread_create(&p->thread, NULL, smtp_run, p), 0);
}

static inline void smtp_set(struct smtp_peer *p, const struct smtp_script *s)
{
	pthread_mutex_lock(&p->lock);
	p->script = *s;
	pthread_mutex_unlock(&p->lock);
}

static inline size_t smtp_letters(struct smtp_peer *p)
{
	pthread_mutex_lock(&p->lock);
	size_t n = p->letters;
	pthread_mutex_unlock(&p->lock);
	return n;
}

/* Is it in the last letter (or among the last commands). */
static inline bool smtp_saw(struct smtp_peer *p, bool command, const char *text)
{
	pthread_mutex_lock(&p->lock);
	const struct buf *b = command ? &p->commands : &p->letter;
	bool saw = b->p && strstr(b->p, text);
	pthread_mutex_unlock(&p->lock);
	return saw;
}

static inline void smtp_stop(struct smtp_peer *p)
{
	atomic_store(&p->stop, true);
	pthread_join(p->thread, NULL);
	close(p->listener);
	buf_done(&p->commands);
	buf_done(&p->letter);
	pthread_mutex_destroy(&p->lock);
}

#endif

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "base/sandbox.h"

#define TIME_MS 20000
#define SHORT_MS 200

static const struct sandbox_limits limits = { TIME_MS, (size_t)256 << 20, 1 << 20 };

/* --- deeds ------------------------------------------------------------------------------------ */

static int say_hello(void *arg, struct buf *out, struct err *err)
{
	(void)err;
	buf_add_c(out, arg);
	return 0;
}

static int say_much(void *arg, struct buf *out, struct err *err)
{
	(void)arg;
	(void)err;
	for (int i = 0; i < 1 << 20; i++)
		buf_add_c(out, "more");
	return 0;
}

static int refuse(void *arg, struct buf *out, struct err *err)
{
	(void)arg;
	buf_add_c(out, "half of it");
	return err_set(err, E_RANGE, "The page is too narrow.");
}

static int refuse_first(void *arg, struct err *err)
{
	(void)arg;
	return err_set(err, E_UNSUPPORTED, "There are no fonts.");
}

static int crash(void *arg, struct buf *out, struct err *err)
{
	(void)arg;
	(void)out;
	(void)err;
	__builtin_trap();
}

static int hang(void *arg, struct buf *out, struct err *err)
{
	volatile bool for_ever = true;

	(void)arg;
	(void)out;
	(void)err;
	while (for_ever)
		;
	return 0;
}

static int open_a_file(void *arg, struct buf *out, struct err *err)
{
	(void)arg;
	(void)err;
	buf_add_c(out, open("/etc/passwd", O_RDONLY) < 0 ? "no file" : "a file");
	return 0;
}

static int open_a_socket(void *arg, struct buf *out, struct err *err)
{
	(void)arg;
	(void)err;
	buf_add_c(out, socket(AF_INET, SOCK_STREAM, 0) < 0 ? "no socket" : "a socket");
	return 0;
}

static int fork_again(void *arg, struct buf *out, struct err *err)
{
	(void)arg;
	(void)err;
	buf_add_c(out, fork() < 0 ? "no child" : "a child");
	return 0;
}

static int write_elsewhere(void *arg, struct buf *out, struct err *err)
{
	(void)arg;
	(void)err;
	buf_add_c(out, write(2, "x", 1) < 0 ? "not elsewhere" : "elsewhere");
	return 0;
}

static int run_a_program(void *arg, struct buf *out, struct err *err)
{
	char *const words[] = { NULL };

	(void)arg;
	(void)err;
	buf_add_c(out, execve("/bin/true", words, words) < 0 ? "not run" : "run");
	return 0;
}

static int signal_the_parent(void *arg, struct buf *out, struct err *err)
{
	(void)arg;
	(void)err;
	buf_add_c(out, kill(getppid(), SIGTERM) < 0 ? "not killed" : "killed");
	return 0;
}

/* --- cases ------------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	int (*prepare)(void *arg, struct err *err);
	int (*run)(void *arg, struct buf *out, struct err *err);
	int64_t time_ms;  /* 0 = as ever */
	int code;         /* expected */
	const char *says; /* the output, or a part of the sentence */
} rows[] = {
	{ "result", NULL, say_hello, 0, 0, "hello" },
	{ "an error of the deed", NULL, refuse, 0, E_RANGE, "The page is too narrow." },
	{ "an error before it", refuse_first, say_hello, 0, E_UNSUPPORTED, "There are no fonts." },
	{ "too much output", NULL, say_much, 0, E_TOO_LARGE, "too large" },
	{ "a crash", NULL, crash, 0, E_IO, "crash" },
	{ "no end", NULL, hang, SHORT_MS, E_TIMEOUT, "too long" },
	{ "a file", NULL, open_a_file, 0, 0, "no file" },
	{ "a socket", NULL, open_a_socket, 0, E_IO, "may not have" },
	{ "a child of its own", NULL, fork_again, 0, E_IO, "may not have" },
	{ "another descriptor", NULL, write_elsewhere, 0, E_IO, "may not have" },
	{ "a program", NULL, run_a_program, 0, E_IO, "may not have" },
	{ "a signal to the caller", NULL, signal_the_parent, 0, E_IO, "may not have" },
};

static void test_deeds(void **state)
{
	static char hello[] = "hello";

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct sandbox_deed deed = { rows[i].prepare, rows[i].run, hello };
		struct sandbox_limits l = limits;
		struct err err = { 0 };
		struct buf out;
		if (rows[i].time_ms)
			l.time_ms = rows[i].time_ms;
		buf_init(&out, 0);
		int r = sandbox_run(&deed, &l, &out, &err);
		const char *says = r < 0 ? err.text : out.p ? out.p : "";
		if (r != -rows[i].code || !strstr(says, rows[i].says))
			fail_msg("%s: %s, \"%s\"", rows[i].name, err_name(r), says);
		if (r < 0 && out.len)
			fail_msg("%s: half an answer", rows[i].name);
		buf_done(&out);
	}
}

/* Nothing is left of them, and no descriptor either. */
static void test_nothing_is_left(void **state)
{
	(void)state;
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	int fd = dup(0);
	assert_true(fd >= 0 && fd < 10);
	(void)close(fd);
}

#if !defined(__SANITIZE_ADDRESS__)
static int take_memory(void *arg, struct buf *out, struct err *err)
{
	char *p = malloc((size_t)1 << 30);

	(void)arg;
	(void)err;
	buf_add_c(out, p ? "memory" : "no memory");
	free(p);
	return 0;
}

static void test_memory_is_limited(void **state)
{
	const struct sandbox_deed deed = { NULL, take_memory, NULL };
	struct err err = { 0 };
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	assert_int_equal(sandbox_run(&deed, &limits, &out, &err), 0);
	assert_string_equal(out.p, "no memory");
	buf_done(&out);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deeds),
#if !defined(__SANITIZE_ADDRESS__)
		cmocka_unit_test(test_memory_is_limited),
#endif
		cmocka_unit_test(test_nothing_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

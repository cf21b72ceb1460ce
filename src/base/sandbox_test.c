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

/* --- deeds ------------------------------------------------------------------------------------ */

static int say_hello(void *state, struct str input, struct buf *out, struct err *err)
{
	(void)state;
	(void)err;
	buf_add(out, input);
	return 0;
}

static int say_much(void *state, struct str input, struct buf *out, struct err *err)
{
	(void)state;
	(void)input;
	(void)err;
	for (int i = 0; i < 1 << 20; i++)
		buf_add_c(out, "more");
	return 0;
}

static int refuse(void *state, struct str input, struct buf *out, struct err *err)
{
	(void)state;
	(void)input;
	buf_add_c(out, "half of it");
	return err_set(err, E_RANGE, "The page is too narrow.");
}

static int refuse_first(struct str input, void **ret_state, struct err *err)
{
	(void)ret_state;
	(void)input;
	return err_set(err, E_UNSUPPORTED, "There are no fonts.");
}

static int crash(void *state, struct str input, struct buf *out, struct err *err)
{
	(void)state;
	(void)input;
	(void)out;
	(void)err;
	__builtin_trap();
}

static int hang(void *state, struct str input, struct buf *out, struct err *err)
{
	volatile bool for_ever = true;

	(void)state;
	(void)input;
	(void)out;
	(void)err;
	while (for_ever)
		;
	return 0;
}

static int open_a_file(void *state, struct str input, struct buf *out, struct err *err)
{
	(void)state;
	(void)input;
	(void)err;
	buf_add_c(out, open("/etc/passwd", O_RDONLY) < 0 ? "no file" : "a file");
	return 0;
}

static int open_a_socket(void *state, struct str input, struct buf *out, struct err *err)
{
	(void)state;
	(void)input;
	(void)err;
	buf_add_c(out, socket(AF_INET, SOCK_STREAM, 0) < 0 ? "no socket" : "a socket");
	return 0;
}

static int fork_again(void *state, struct str input, struct buf *out, struct err *err)
{
	(void)state;
	(void)input;
	(void)err;
	buf_add_c(out, fork() < 0 ? "no child" : "a child");
	return 0;
}

static int write_elsewhere(void *state, struct str input, struct buf *out, struct err *err)
{
	(void)state;
	(void)input;
	(void)err;
	buf_add_c(out, write(2, "x", 1) < 0 ? "not elsewhere" : "elsewhere");
	return 0;
}

static int run_a_program(void *state, struct str input, struct buf *out, struct err *err)
{
	char *const words[] = { NULL };

	(void)state;
	(void)input;
	(void)err;
	buf_add_c(out, execve("/bin/true", words, words) < 0 ? "not run" : "run");
	return 0;
}

static int signal_the_parent(void *state, struct str input, struct buf *out, struct err *err)
{
	(void)state;
	(void)input;
	(void)err;
	buf_add_c(out, kill(getppid(), SIGTERM) < 0 ? "not killed" : "killed");
	return 0;
}

static int take_memory(void *state, struct str input, struct buf *out, struct err *err)
{
	char *p = malloc((size_t)1 << 30);

	(void)state;
	(void)input;
	(void)err;
	buf_add_c(out, p ? "memory" : "no memory");
	free(p);
	return 0;
}

/* --- cases ------------------------------------------------------------------------------------ */

#define LIMITS(time) { time, (size_t)256 << 20, 1 << 20 }
#define DEED(name, prepare, run) \
	static const struct sandbox_deed deed_##name = { #name, LIMITS(TIME_MS), prepare, run }

DEED(say_hello, NULL, say_hello);
DEED(refuse, NULL, refuse);
DEED(refuse_first, refuse_first, say_hello);
DEED(say_much, NULL, say_much);
DEED(crash, NULL, crash);
static const struct sandbox_deed deed_hang = { "hang", LIMITS(SHORT_MS), NULL, hang };
DEED(open_a_file, NULL, open_a_file);
DEED(open_a_socket, NULL, open_a_socket);
DEED(fork_again, NULL, fork_again);
DEED(write_elsewhere, NULL, write_elsewhere);
DEED(run_a_program, NULL, run_a_program);
DEED(signal_the_parent, NULL, signal_the_parent);
DEED(take_memory, NULL, take_memory);
static const struct sandbox_deed deed_nobodys = { "nobodys", LIMITS(TIME_MS), NULL, say_hello };

static const struct sandbox_deed *const deeds[] = { &deed_say_hello, &deed_refuse,
	&deed_refuse_first, &deed_say_much, &deed_crash, &deed_hang, &deed_open_a_file,
	&deed_open_a_socket, &deed_fork_again, &deed_write_elsewhere, &deed_run_a_program,
	&deed_signal_the_parent, &deed_take_memory, NULL };

static const struct {
	const char *name;
	const struct sandbox_deed *deed;
	int code;         /* expected */
	const char *says; /* the output, or a part of the sentence */
} rows[] = {
	{ "result", &deed_say_hello, 0, "hello" },
	{ "an error of the deed", &deed_refuse, E_RANGE, "The page is too narrow." },
	{ "an error before it", &deed_refuse_first, E_UNSUPPORTED, "There are no fonts." },
	{ "too much output", &deed_say_much, E_TOO_LARGE, "too large" },
	{ "a crash", &deed_crash, E_IO, "crash" },
	{ "no end", &deed_hang, E_TIMEOUT, "too long" },
	{ "a file", &deed_open_a_file, 0, "no file" },
	{ "a socket", &deed_open_a_socket, E_IO, "may not have" },
	{ "a child of its own", &deed_fork_again, E_IO, "may not have" },
	{ "another descriptor", &deed_write_elsewhere, E_IO, "may not have" },
	{ "a program", &deed_run_a_program, E_IO, "may not have" },
	{ "a signal to the caller", &deed_signal_the_parent, E_IO, "may not have" },
	{ "a deed that the program does not have", &deed_nobodys, E_IO, "no good end" },
};

static void test_deeds(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err err = { 0 };
		struct buf out;
		buf_init(&out, 0);
		int r = sandbox_run(rows[i].deed, STR("hello"), &out, &err);
		const char *says = r < 0 ? err.text : out.p ? out.p : "";
		if (r != -rows[i].code || !strstr(says, rows[i].says))
			fail_msg("%s: %s, \"%s\"", rows[i].name, err_name(r), says);
		if (r < 0 && out.len)
			fail_msg("%s: half an answer", rows[i].name);
		buf_done(&out);
	}
}

/* More than a pipe holds, both ways. */
static void test_a_large_text(void **state)
{
	struct err err = { 0 };
	struct buf text, out;

	(void)state;
	buf_init(&text, 0);
	buf_init(&out, 0);
	for (int i = 0; i < 100000; i++)
		buf_addf(&text, "%d,", i);
	assert_int_equal(sandbox_run(&deed_say_hello, buf_str(&text), &out, &err), 0);
	assert_true(str_eq(buf_str(&text), buf_str(&out)));
	buf_done(&text);
	buf_done(&out);
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
static void test_memory_is_limited(void **state)
{
	struct err err = { 0 };
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	assert_int_equal(sandbox_run(&deed_take_memory, STR_NONE, &out, &err), 0);
	assert_string_equal(out.p, "no memory");
	buf_done(&out);
}
#endif

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deeds),
		cmocka_unit_test(test_a_large_text),
#if !defined(__SANITIZE_ADDRESS__)
		cmocka_unit_test(test_memory_is_limited),
#endif
		cmocka_unit_test(test_nothing_is_left),
	};

	sandbox_main(argc, argv, deeds);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

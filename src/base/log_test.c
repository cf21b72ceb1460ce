#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/log.h"

/* Standard error goes into a pipe while a deed is done; what came out is cut off in `out`. */
static int pipe_ends[2], real_stderr;
static char out[65536];

static void catch_begin(void)
{
	assert_int_equal(pipe(pipe_ends), 0);
	real_stderr = dup(STDERR_FILENO);
	assert_true(real_stderr >= 0);
	assert_true(dup2(pipe_ends[1], STDERR_FILENO) >= 0);
	(void)close(pipe_ends[1]);
}

static const char *catch_end(void)
{
	size_t len = 0;
	ssize_t n;

	assert_true(dup2(real_stderr, STDERR_FILENO) >= 0);
	(void)close(real_stderr);
	while ((n = read(pipe_ends[0], out + len, sizeof(out) - 1 - len)) > 0)
		len += (size_t)n;
	(void)close(pipe_ends[0]);
	out[len] = '\0';
	return out;
}

#define CAUGHT(deed) (catch_begin(), (deed), catch_end())
#define AT "at=2026-11-22T10:00:00Z level=info "
#define JSON_AT "{\"at\":\"2026-11-22T10:00:00Z\",\"level\":\"info\","

static int setup(void **state)
{
	(void)state;
	clock_set_wall(1795341600000, true);
	return 0;
}

static int reset(void **state)
{
	(void)state;
	log_setup(LOG_INFO, false);
	return 0;
}

static void test_logfmt(void **state)
{
	const char *const text = "a \"b\" \\ c=d", *const newline = "x\ny";
	const char *volatile absent = NULL;

	(void)state;
	log_setup(LOG_INFO, false);
	assert_string_equal(CAUGHT(log_info("Hello.", NULL)), AT "msg=Hello.\n");
	assert_string_equal(
	    CAUGHT(log_info("Two words.", "n=%d", -3)), AT "msg=\"Two words.\" n=-3\n");
	assert_string_equal(CAUGHT(log_info("m", "t=%s u=%s e=%s", text, newline, "")),
	    AT "msg=m t=\"a \\\"b\\\" \\\\ c=d\" u=\"x?y\" e=\"\"\n");
	assert_string_equal(
	    CAUGHT(log_info("m", "s=%.*s p=%.2s addr=%s:%d", 3, "abcdef", "xyz", "127.0.0.1", 80)),
	    AT "msg=m s=abc p=xy addr=127.0.0.1:80\n");
	assert_string_equal(CAUGHT(log_info("m", "a=%u b=%ld c=%lu d=%lld e=%llu f=%zu g=%x", 1U,
				-2L, 3UL, -4LL, 5ULL, (size_t)6, 255U)),
	    AT "msg=m a=1 b=-2 c=3 d=-4 e=5 f=6 g=ff\n");
	assert_string_equal(
	    CAUGHT(log_info("m", "a=%.2f b=%g c=%c d=%05d e=%% f=word", 1.5, 0.25, 'x', 42)),
	    AT "msg=m a=1.50 b=0.25 c=x d=00042 e=% f=word\n");
	assert_string_equal(
	    CAUGHT(log_info("m", "a=%zd b=%hhu s=%s", (ssize_t)-7, (unsigned char)8, absent)),
	    AT "msg=m a=-7 b=8 s=-\n");
}

static void test_json(void **state)
{
	const char *const text = "a \"b\" \\ \x01\xc3\xa8";

	(void)state;
	log_setup(LOG_INFO, true);
	assert_string_equal(CAUGHT(log_info("Hello.", NULL)), JSON_AT "\"msg\":\"Hello.\"}\n");
	assert_string_equal(CAUGHT(log_info("m", "n=%d s=%s f=%.1f", -3, text, 2.5)),
	    JSON_AT "\"msg\":\"m\",\"n\":-3,\"s\":\"a \\\"b\\\" \\\\ ?\xc3\xa8\",\"f\":2.5}\n");
	/* what looks like a number but was none, and what JSON does not take for one */
	assert_string_equal(
	    CAUGHT(log_info("m", "a=%s b=%05d c=%d:%d d=%f", "12", 7, 1, 2, 1e308 * 10)),
	    JSON_AT "\"msg\":\"m\",\"a\":\"12\",\"b\":\"00007\",\"c\":\"1:2\",\"d\":\"inf\"}\n");
}

static void test_levels(void **state)
{
	enum log_level level = LOG_ERROR;

	(void)state;
	log_setup(LOG_WARN, false);
	assert_false(log_on(LOG_DEBUG) || log_on(LOG_INFO));
	assert_true(log_on(LOG_WARN) && log_on(LOG_ERROR));
	assert_string_equal(CAUGHT(log_debug("m", NULL)), "");
	assert_string_equal(CAUGHT(log_info("m", NULL)), "");
	assert_string_equal(
	    CAUGHT(log_error("m", NULL)), "at=2026-11-22T10:00:00Z level=error msg=m\n");
	log_setup(LOG_DEBUG, false);
	assert_string_equal(
	    CAUGHT(log_debug("m", NULL)), "at=2026-11-22T10:00:00Z level=debug msg=m\n");
	assert_int_equal(log_level_parse(STR("debug"), &level), 0);
	assert_int_equal(level, LOG_DEBUG);
	assert_int_equal(log_level_parse(STR("Debug"), &level), -E_INVALID);
	assert_int_equal(log_level_parse(STR(""), &level), -E_INVALID);
	assert_int_equal(level, LOG_DEBUG);
}

/* Too long a line is cut, and still one line that can be read. */
static void test_long_lines(void **state)
{
	static char text[10000];
	struct arena *a = arena_new(0, 0);
	const struct json *v;

	(void)state;
	assert_non_null(a);
	memset(text, 'x', sizeof(text) - 1);
	log_setup(LOG_INFO, false);
	assert_true(strlen(CAUGHT(log_info("m", "a=%s b=%s c=%s", text, text, text))) <= 2048);
	assert_int_equal(out[strlen(out) - 1], '\n');
	log_setup(LOG_INFO, true);
	const char *line = CAUGHT(log_info("m", "a=%s", text));
	assert_int_equal(json_read(a, str_c(line), &v, NULL), 0);
	assert_true(json_str(json_get(v, "a")).len >= 500);
	arena_free(&a);
}

static void test_quoted(void **state)
{
	char word[LOG_QUOTED_MAX];

	(void)state;
	assert_string_equal(log_quoted(STR("lisen"), word), "lisen");
	assert_string_equal(log_quoted(STR("a b\x1b[0m\xc3\xa8\0"), word), "a?b?[0m???");
	assert_string_equal(log_quoted(STR_NONE, word), "");
	char text[500];
	memset(text, 'x', sizeof(text));
	assert_int_equal(strlen(log_quoted(str_n(text, sizeof(text)), word)), LOG_QUOTED_MAX - 1);
}

static void *write_lines(void *arg)
{
	for (int i = 0; i < 100; i++)
		log_info("m", "thread=%d i=%d", *(int *)arg, i);
	return NULL;
}

static void test_threads_do_not_mix_lines(void **state)
{
	int numbers[4] = { 0, 1, 2, 3 }, lines = 0;
	pthread_t threads[4];

	(void)state;
	catch_begin();
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_lines, &numbers[i]), 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	struct str rest = str_c(catch_end());
	for (struct str line; line = str_cut(&rest, '\n'), rest.p; lines++)
		assert_true(str_starts(line, STR(AT "msg=m thread=")) && line.len < 70);
	assert_int_equal(lines, 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_logfmt, reset),
		cmocka_unit_test_teardown(test_json, reset),
		cmocka_unit_test_teardown(test_levels, reset),
		cmocka_unit_test_teardown(test_long_lines, reset),
		cmocka_unit_test_teardown(test_quoted, reset),
		cmocka_unit_test_teardown(test_threads_do_not_mix_lines, reset),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}

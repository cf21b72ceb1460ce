/* Cases come one by one from lines and arrays, and what is no case does not stop the rest. */
#include "apps/cli/case_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/check.h"

static char path[] = "/tmp/varco-case-stream-XXXXXX";

static int setup(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

static void put_file(const char *text, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* "1:text" a case, "1!" an error, each followed by a blank. */
static void run(struct buf *out)
{
	struct err err = { .code = 0 };
	struct case_stream *s = case_stream_open(path, &err);
	struct str text;
	int64_t line;
	int rc;

	assert_non_null(s);
	buf_reset(out);
	while ((rc = case_stream_next(s, &text, &line, &err)) != 0) {
		assert_true(rc == 1 || err.text[0]);
		buf_addf(out, "%lld%s%.*s ", (long long)line, rc > 0 ? ":" : "!",
		    rc > 0 ? (int)text.len : 0, rc > 0 ? text.p : "");
	}
	case_stream_close(&s);
	assert_null(s);
}

static void test_texts(void **state)
{
	static const struct {
		const char *name, *text, *got;
	} cases[] = {
		{ "nothing", "", "" },
		{ "white space", " \n\t\r\n", "" },
		{ "one line", "{\"a\":1}\n", "1:{\"a\":1} " },
		{ "no last line break", "{}", "1:{} " },
		{ "blank lines between", "{}\n\n  \n{}\n", "1:{} 4:{} " },
		{ "a byte order mark", "\xef\xbb\xbf{}\n", "1:{} " },
		{ "what is no JSON is for the parser", "no\n{}\n", "1:no 2:{} " },
		{ "an empty list", "[]", "" },
		{ "an empty list, spread out", " [ \n ] \n", "" },
		{ "a list", "[{\"a\":[1,2]},\n{\"b\":\"],\\\"\"}]",
		    "1:{\"a\":[1,2]} 2:{\"b\":\"],\\\"\"} " },
		{ "items over several lines", "[\n{\n},\n\n{}]\n", "2:{\n} 5:{} " },
		{ "a comma too many", "[{},]", "1:{} 1! " },
		{ "a comma too early", "[,{}]", "1! 1:{} " },
		{ "a list that is not closed", "[{},{}", "1:{} 1! " },
		{ "more behind the list", "[{}]\n{}", "1:{} 2! " },
		{ "an item that is no JSON", "[{},nonsense,{}]", "1:{} 1:nonsense 1:{} " },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		put_file(cases[i].text, strlen(cases[i].text));
		run(&out);
		if (!str_eq_c(buf_str(&out), cases[i].got))
			fail_msg("%s: %s", cases[i].name, out.p);
	}
	buf_done(&out);
}

/* `n` bytes of one string inside `before` and `after`. */
static char *long_text(const char *before, size_t n, const char *after, size_t *ret_len)
{
	size_t head = strlen(before), tail = strlen(after);
	char *text = mem_alloc(head + n + tail + 1);

	assert_non_null(text);
	memcpy(text, before, head);
	memset(text + head, 'x', n);
	memcpy(text + head + n, after, tail);
	*ret_len = head + n + tail;
	return text;
}

static void test_sizes(void **state)
{
	static const struct {
		const char *name, *before, *after;
		size_t n;
		const char *got;
	} cases[] = {
		{ "a line as long as allowed", "", "\n{}\n", CASE_MAX, NULL },
		{ "a line too long", "", "\n{}\n", CASE_MAX + 1, "1! 2:{} " },
		{ "an item too long", "[\"", "\",{}]", CASE_MAX, "1! 1:{} " },
		{ "a line of many chunks", "{\"a\":\"", "\"}\n", 200000, NULL },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t len;
		char *text = long_text(cases[i].before, cases[i].n, cases[i].after, &len);
		put_file(text, len);
		run(&out);
		bool whole = out.len > cases[i].n;
		if (cases[i].got ? !str_eq_c(buf_str(&out), cases[i].got) : !whole)
			fail_msg("%s: %zu bytes came", cases[i].name, out.len);
		mem_free(text);
	}
	buf_done(&out);
}

static void test_no_file(void **state)
{
	struct err err = { .code = 0 };

	(void)state;
	assert_null(case_stream_open("/nonexistent/cases.jsonl", &err));
	assert_int_equal(err.code, E_IO);
	struct case_stream *s = case_stream_open("/", &err); /* opens, but cannot be read */
	struct str text;
	int64_t line;
	assert_non_null(s);
	assert_int_equal(case_stream_next(s, &text, &line, &err), -E_IO);
	case_stream_close(&s);
	case_stream_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

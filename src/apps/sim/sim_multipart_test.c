#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/check.h"
#include "apps/sim/sim_multipart.h"

#define TYPE "multipart/form-data; boundary=\"x-42\""
#define VALUE(name, value) \
	"--x-42\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" value "\r\n"
#define FILE_PART(bytes) \
	"--x-42\r\ncontent-disposition: form-data; name=file; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n" bytes \
	"\r\n"
#define END "--x-42--\r\n"

/* What was read, in the order of the parts: "name=value;" and "[type:bytes]". */
struct seen {
	struct buf text;
};

static int on_value(void *arg, struct str name, struct str value)
{
	struct seen *seen = arg;

	buf_addf(&seen->text, "%.*s=%.*s;", STR_ARG(name), STR_ARG(value));
	return 0;
}

static int on_file(void *arg, struct str filename, struct str type)
{
	struct seen *seen = arg;

	buf_addf(&seen->text, "[%.*s %.*s:", STR_ARG(filename), STR_ARG(type));
	return 0;
}

static int on_bytes(void *arg, struct str bytes)
{
	struct seen *seen = arg;

	buf_add(&seen->text, bytes);
	return 0;
}

static const struct {
	const char *name, *body, *seen; /* NULL = is refused, or has no end */
} rows[] = {
	{ "a value", VALUE("a", "1") END, "a=1;" },
	{ "two values", VALUE("a", "1") VALUE("b", "2") END, "a=1;b=2;" },
	{ "an empty value", VALUE("a", "") END, "a=;" },
	{ "a file", VALUE("type", "image/jpeg") FILE_PART("\x89JPEG\r\n--x-4") END,
	    "type=image/jpeg;[a.jpg image/jpeg:\x89JPEG\r\n--x-4" },
	{ "an empty file", FILE_PART("") END, "[a.jpg image/jpeg:" },
	{ "a preamble", "hello\r\n" VALUE("a", "1") END, "a=1;" },
	{ "an epilogue", VALUE("a", "1") END "bye --x-42 bye", "a=1;" },
	{ "nothing", "", NULL },
	{ "no end", VALUE("a", "1"), NULL },
	{ "no name", "--x-42\r\nContent-Disposition: form-data\r\n\r\n1\r\n" END, NULL },
	{ "no disposition", "--x-42\r\nX: y\r\n\r\n1\r\n" END, NULL },
	{ "behind a boundary", "--x-42garbage\r\n\r\n1\r\n" END, NULL },
};

/* Feeds the body in pieces of `step` bytes. */
static int feed(const char *body, size_t len, size_t step, struct seen *seen)
{
	const struct sim_multipart_handler h = { seen, on_value, on_file, on_bytes };
	struct sim_multipart *m;
	int rc = 0;

	buf_reset(&seen->text);
	assert_int_equal(sim_multipart_new(STR(TYPE), &h, &m), 0);
	for (size_t at = 0; !rc && at < len; at += step)
		rc = sim_multipart_feed(m, str_sub(str_n(body, len), at, step));
	if (!rc)
		rc = sim_multipart_end(m);
	sim_multipart_free(&m);
	assert_null(m);
	return rc;
}

static void test_rows(void **state)
{
	struct seen seen;

	(void)state;
	buf_init(&seen.text, 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (size_t step = 1; step < 70; step++) {
			int rc = feed(rows[i].body, strlen(rows[i].body), step, &seen);
			if ((rc == 0) != (rows[i].seen != NULL))
				fail_msg("%s, by %zu: %d", rows[i].name, step, rc);
			if (rows[i].seen && !str_eq_c(buf_str(&seen.text), rows[i].seen))
				fail_msg("%s, by %zu: %s", rows[i].name, step, seen.text.p);
		}
	}
	buf_done(&seen.text);
}

static void test_bounds(void **state)
{
	struct seen seen;
	struct buf body;

	(void)state;
	buf_init(&seen.text, 0);
	buf_init(&body, 0);
	buf_add_c(&body, "--x-42\r\nContent-Disposition: form-data; name=\"a\"; x=\"");
	for (int i = 0; i < 9000; i++)
		buf_add_char(&body, 'h');
	assert_int_equal(feed(body.p, body.len, 4096, &seen), -E_INVALID);
	buf_reset(&body);
	buf_add_c(&body, "--x-42\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n");
	for (int i = 0; i < 5000; i++)
		buf_add_char(&body, 'v');
	assert_int_equal(feed(body.p, body.len, 4096, &seen), -E_INVALID);
	buf_reset(&body);
	for (int i = 0; i < 40; i++)
		buf_add_c(&body, VALUE("a", "1"));
	assert_int_equal(feed(body.p, body.len, 4096, &seen), -E_INVALID);
	buf_done(&body);
	buf_done(&seen.text);
}

static void test_content_types(void **state)
{
	static const char *const bad[] = {
		"", "multipart/form-data",
		"multipart/form-data; boundary=", "application/json; boundary=x",
		"multipart/mixed; boundary=x",
		"multipart/form-data; boundary=12345678901234567890123456789012345678901234567890123456789012345678901"
	};
	const struct sim_multipart_handler h = { NULL, on_value, on_file, on_bytes };
	struct sim_multipart *m;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(sim_multipart_new(str_c(bad[i]), &h, &m), -E_INVALID);
	assert_int_equal(sim_multipart_new(STR_NONE, &h, &m), -E_INVALID);
	assert_int_equal(
	    sim_multipart_new(STR("Multipart/Form-Data; charset=utf-8; BOUNDARY=x"), &h, &m), 0);
	sim_multipart_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_content_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

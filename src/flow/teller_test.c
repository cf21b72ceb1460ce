#include "flow/teller.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/check.h"
#include "transport/mail_test_peer.h"

static struct {
	struct loop *loop;
	struct smtp_peer peer;
	struct teller *teller;
	struct teller_mailboxes boxes;
	struct teller_result result;
	size_t ends;
} t;

static void on_end(void *arg, const struct teller_result *result)
{
	(void)arg;
	t.result = *result;
	t.ends++;
}

static bool is_over(void *arg)
{
	return t.ends >= *(const size_t *)arg;
}

static void mail(const char *text)
{
	const struct teller_listener on = { .on_end = on_end };
	size_t wanted = t.ends + 1;

	teller_mail(t.teller, str_c(text), &on);
	turn_until(t.loop, "the letter", is_over, &wanted);
}

static int set_up(void **state)
{
	const struct teller_options o = { .mailboxes = &t.boxes };
	struct err err = { 0 };

	(void)state;
	memset(&t, 0, sizeof(t));
	(void)signal(SIGPIPE, SIG_IGN);
	assert_int_equal(crypto_init(&err), 0);
	t.loop = loop_new(&err);
	assert_non_null(t.loop);
	smtp_start(&t.peer);
	t.boxes = (struct teller_mailboxes){ .smtp_url = t.peer.url,
		.from = STR("varco@gate.example"),
		.to = { STR("ops@shop.example") },
		.to_len = 1 };
	assert_int_equal(teller_open(t.loop, &o, &t.teller, &err), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	teller_stop(t.teller);
	teller_close(&t.teller);
	turn(t.loop);
	smtp_stop(&t.peer);
	loop_free(&t.loop);
	return 0;
}

static void what_arrived_is_told(void **state)
{
	(void)state;
	mail("x\r\n");
	assert_true(t.result.told);
	assert_false(t.result.doubtful);
	assert_string_equal(t.result.why, "");
}

static void what_was_refused_is_not(void **state)
{
	const struct smtp_script no = { .rcpt = { "550 unknown" } };

	(void)state;
	smtp_set(&t.peer, &no);
	mail("x\r\n");
	assert_false(t.result.told);
	assert_false(t.result.doubtful);
	assert_string_equal(t.result.why, "error=status 550");
}

/* Doubt counts for one letter only. */
static void doubt_ends_with_the_second(void **state)
{
	const struct smtp_script gone = { .end = "" };
	static const struct {
		const char *text;
		bool told;
	} rows[] = { { "x\r\n", false }, { "x\r\n", true }, { "x\r\n", false }, { "y\r\n", false },
		{ "y\r\n", true } };

	(void)state;
	smtp_set(&t.peer, &gone);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		mail(rows[i].text);
		if (t.result.told != rows[i].told || t.result.doubtful == rows[i].told)
			fail_msg("row %zu", i);
	}
}

static void what_cannot_begin_ends_at_once(void **state)
{
	const struct teller_listener on = { .on_end = on_end };
	const struct teller_post p = { .url = STR("") };

	(void)state;
	teller_post(t.teller, &p, &on);
	assert_int_equal(t.ends, 1);
	assert_false(t.result.told);
	teller_stop(t.teller);
	teller_mail(t.teller, STR("x"), &on);
	assert_int_equal(t.ends, 2);
	assert_string_equal(t.result.why, "E_CLOSED");
}

static void mailboxes(void **state)
{
	static const struct {
		const char *text;
		size_t len; /* 0 = refused */
	} rows[] = {
		{ "ops@shop.example", 1 },
		{ " ops@shop.example , ada@shop.example ", 2 },
		{ "", 0 },
		{ "ops@shop.example,", 0 },
		{ "Ada <ada@shop.example>", 0 },
		{ "ops@shop.example;ada@shop.example", 0 },
		{ "a@b.example,a@b.example,a@b.example,a@b.example,a@b.example,a@b.example,"
		  "a@b.example,a@b.example,a@b.example,a@b.example,a@b.example",
		    0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct teller_mailboxes m = { .to_len = 0 };
		struct err err = { 0 };
		int r = teller_read_mailboxes(str_c(rows[i].text), "alerts.mail_to", &m, &err);
		if ((r == 0) != (rows[i].len > 0) || m.to_len != rows[i].len)
			fail_msg("row %zu: %s", i, err.text);
		assert_true(r == 0 || strcmp(err.field, "alerts.mail_to") == 0);
	}
}

#define WITH(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(what_arrived_is_told),
		WITH(what_was_refused_is_not),
		WITH(doubt_ends_with_the_second),
		WITH(what_cannot_begin_ends_at_once),
		cmocka_unit_test(mailboxes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

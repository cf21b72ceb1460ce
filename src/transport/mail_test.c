#include "transport/mail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transport/mail_test_peer.h"

static struct {
	struct loop *loop;
	struct smtp_peer peer;
	struct mailer *mailer;
	bool done;
	struct mail_result result;
} t;

static const struct str mailboxes[] = {
	{ "ops@shop.example", 16 },
	{ "ada@shop.example", 16 },
	{ "eva@shop.example", 16 },
};

static void on_done(void *arg, const struct mail_result *result)
{
	(void)arg;
	t.result = *result;
	t.done = true;
}

static bool is_done(void *arg)
{
	(void)arg;
	return t.done;
}

static void open_with(const struct mail_options *o)
{
	static struct mail_options kept;
	struct err err = { 0 };

	kept = *o;
	if (mailer_open(t.loop, &kept, &t.mailer, &err) < 0)
		fail_msg("%s", err.text);
}

static struct mail_options usual(void)
{
	return (struct mail_options){
		.url = t.peer.url, .connect_timeout_ms = 5000, .timeout_ms = 10000
	};
}

static void begin(size_t recipients, const char *text)
{
	const struct mail letter = {
		.from = STR("varco@gate.example"),
		.to = mailboxes,
		.to_len = recipients,
		.text = str_c(text),
		.on_done = on_done,
	};
	struct err err = { 0 };

	t.done = false;
	if (mailer_start(t.mailer, &letter, &err) < 0)
		fail_msg("%s", err.text);
}

static enum mail_outcome send_to(size_t recipients, const char *text)
{
	begin(recipients, text);
	turn_until(t.loop, "the letter", is_done, NULL);
	return t.result.outcome;
}

static int set_up(void **state)
{
	struct err err = { 0 };

	(void)state;
	memset(&t, 0, sizeof(t));
	t.loop = loop_new(&err);
	assert_non_null(t.loop);
	smtp_start(&t.peer);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	mailer_stop(t.mailer);
	mailer_close(&t.mailer);
	smtp_stop(&t.peer);
	loop_free(&t.loop);
	return 0;
}

#define TEXT "Subject: x\r\n\r\nHello\r\n"

static void test_a_letter_arrives(void **state)
{
	struct mail_options o = usual();

	(void)state;
	open_with(&o);
	assert_int_equal(send_to(2, TEXT), MAIL_TAKEN);
	assert_int_equal(smtp_letters(&t.peer), 1);
	assert_true(smtp_saw(&t.peer, false, "Subject: x\n\nHello\n"));
	assert_true(smtp_saw(&t.peer, true, "EHLO gate.example\nMAIL FROM:<varco@gate.example>"));
	assert_true(
	    smtp_saw(&t.peer, true, "RCPT TO:<ops@shop.example>\nRCPT TO:<ada@shop.example>"));
	assert_false(smtp_saw(&t.peer, true, "AUTH"));
	assert_int_equal(t.result.refused, 0);
	assert_string_equal(t.result.why, "");
	assert_int_equal(send_to(1, TEXT), MAIL_TAKEN); /* on another connection */
	assert_int_equal(t.peer.conversations, 2);
}

static void test_a_user_logs_in(void **state)
{
	struct mail_options o = usual();

	(void)state;
	o.user = STR("varco");
	o.password = STR("a word");
	open_with(&o);
	assert_int_equal(send_to(1, TEXT), MAIL_TAKEN);
	assert_true(smtp_saw(&t.peer, true, "AUTH PLAIN"));
}

/* How far it came decides what is known. */
static void test_outcomes(void **state)
{
	static const struct {
		const char *name;
		struct smtp_script script;
		size_t recipients;
		enum mail_outcome outcome;
		size_t refused;
		int status; /* 0 = whatever */
	} rows[] = {
		{ "not now", { .greeting = "421 later" }, 1, MAIL_NOT_SENT, 0, 421 },
		{ "never", { .greeting = "554 go away" }, 1, MAIL_REFUSED, 0, 554 },
		{ "no greeting", { .greeting = "" }, 1, MAIL_NOT_SENT, 0, 0 },
		{ "gone behind the greeting", { .ehlo = "" }, 1, MAIL_NOT_SENT, 0, 0 },
		{ "an old server", { .ehlo = "502 what" }, 2, MAIL_TAKEN, 0, 0 },
		{ "an old server that knows one of two",
		    { .ehlo = "502 what", .rcpt = { NULL, "550 unknown" } }, 2, MAIL_TAKEN, 1, 0 },
		{ "the sender is refused", { .mail = "550 no" }, 1, MAIL_REFUSED, 0, 550 },
		{ "the recipient is refused", { .rcpt = { "550 unknown" } }, 1, MAIL_REFUSED, 0,
		    550 },
		{ "the recipient later", { .rcpt = { "451 grey" } }, 1, MAIL_NOT_SENT, 0, 451 },
		{ "one of three is refused", { .rcpt = { NULL, "550 unknown" } }, 3, MAIL_TAKEN, 1,
		    0 },
		{ "all are refused", { .rcpt = { "550 a", "550 b", "550 c" } }, 3, MAIL_REFUSED, 0,
		    550 },
		{ "no letter now", { .data = "451 later" }, 1, MAIL_NOT_SENT, 0, 451 },
		{ "no letter ever", { .data = "554 no" }, 1, MAIL_REFUSED, 0, 554 },
		{ "gone before the letter", { .data = "" }, 1, MAIL_NOT_SENT, 0, 0 },
		{ "the letter later", { .end = "452 full" }, 1, MAIL_NOT_SENT, 0, 452 },
		{ "the letter is refused", { .end = "554 spam" }, 1, MAIL_REFUSED, 0, 554 },
		{ "gone behind the letter", { .end = "" }, 1, MAIL_UNKNOWN, 0, 0 },
		{ "a slow answer", { .drip = true }, 1, MAIL_TAKEN, 0, 0 },
	};
	struct mail_options o = usual();

	(void)state;
	open_with(&o);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		smtp_set(&t.peer, &rows[i].script);
		enum mail_outcome outcome = send_to(rows[i].recipients, TEXT);
		if (outcome != rows[i].outcome || t.result.refused != rows[i].refused ||
		    (rows[i].status && t.result.status != rows[i].status) ||
		    (outcome == MAIL_TAKEN) != (t.result.why[0] == '\0'))
			fail_msg("%s: outcome %d, status %d, refused %zu, %s", rows[i].name,
			    outcome, t.result.status, t.result.refused, t.result.why);
		assert_null(strstr(t.result.why, "shop.example"));
	}
}

/* Time that is over before all was sent, and behind it. */
static void test_silence(void **state)
{
	const struct smtp_script before = { .mail = "-" }, behind = { .end = "-" };
	struct mail_options o = usual();

	(void)state;
	o.timeout_ms = 300;
	open_with(&o);
	smtp_set(&t.peer, &before);
	assert_int_equal(send_to(1, TEXT), MAIL_NOT_SENT);
	mailer_stop(t.mailer);
	mailer_close(&t.mailer);
	o.timeout_ms = 2000; /* longer than a busy machine needs to let a letter out */
	open_with(&o);
	smtp_set(&t.peer, &behind);
	assert_int_equal(send_to(1, TEXT), MAIL_UNKNOWN);
}

static void test_nobody_listens(void **state)
{
	struct mail_options o = usual();

	(void)state;
	o.url = "smtp://127.0.0.1:1";
	open_with(&o);
	assert_int_equal(send_to(1, TEXT), MAIL_NOT_SENT);
}

/* A server elsewhere that offers no TLS hears neither the password nor the letter; nor does one that
 * speaks none where TLS comes first. On loopback by name the same peer plays it: 127.0.0.1 written as
 * no spelling of loopback. */
static void test_tls_is_required(void **state)
{
	static const char *const urls[] = { "smtps://127.0.0.1:%d", "smtp://2130706433:%d" };
	char url[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		struct mail_options o = usual();
		(void)snprintf(url, sizeof(url), urls[i], t.peer.port); /* NOLINT: ours */
		o.url = url;
		o.user = STR("varco");
		o.password = STR("a word");
		o.timeout_ms = 1000;
		open_with(&o);
		assert_int_equal(send_to(1, TEXT), MAIL_NOT_SENT);
		assert_false(smtp_saw(&t.peer, true, "AUTH"));
		assert_false(smtp_saw(&t.peer, true, "MAIL"));
		mailer_stop(t.mailer);
		mailer_close(&t.mailer);
	}
	assert_int_equal(smtp_letters(&t.peer), 0);
}

static void test_stopping_ends_what_is_under_way(void **state)
{
	const struct smtp_script script = { .end = "-" };
	struct mail_options o = usual();
	const struct mail letter = {
		.from = STR("a@b.example"), .to = mailboxes, .to_len = 1, .on_done = on_done
	};
	struct err err = { 0 };

	(void)state;
	smtp_set(&t.peer, &script);
	open_with(&o);
	begin(1, TEXT);
	assert_int_equal(mailer_start(t.mailer, &letter, &err), -E_BUSY);
	while (smtp_letters(&t.peer) == 0)
		turn(t.loop);
	mailer_stop(t.mailer);
	turn_until(t.loop, "the end", is_done, NULL);
	assert_int_equal(t.result.outcome, MAIL_UNKNOWN);
	assert_int_equal(mailer_start(t.mailer, &letter, &err), -E_CLOSED);
}

static void test_what_is_refused_at_once(void **state)
{
	static const struct str evil = { "ops@shop.example>\r\nRCPT TO:<eve@evil.example", 43 };
	const struct mail rows[] = {
		{ .from = STR("x"), .to = mailboxes, .to_len = 1 },
		{ .from = STR("a@b.example"), .to = &evil, .to_len = 1 },
		{ .from = STR("a@b.example"), .to = mailboxes, .to_len = 0 },
	};
	struct mail_options o = usual();

	(void)state;
	open_with(&o);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err err = { 0 };
		assert_int_equal(mailer_start(t.mailer, &rows[i], &err), -E_INVALID);
	}
}

static void test_urls(void **state)
{
	static const struct {
		const char *url;
		bool good;
	} rows[] = {
		{ "smtp://mail.example", true },
		{ "smtp://mail.example:587", true },
		{ "smtps://mail.example:465", true },
		{ "smtp://127.0.0.1:25", true },
		{ "smtp://[::1]:25", true },
		{ "smtp://", false },
		{ "smtp://:25", false },
		{ "mail.example", false },
		{ "http://mail.example", false },
		{ "smtp://user:word@mail.example", false },
		{ "smtp://mail.example/path", false },
		{ "smtp://mail.example?x", false },
		{ "smtp://mail.example:0", false },
		{ "smtp://mail.example:99999", false },
		{ "smtp://mail.example:", false },
		{ "smtp://mail example", false },
		{ "smtp://mail.example\r\nx", false },
		{ "smtp://[::1", false },
		{ "smtp://[::1]x", false },
		{ "smtp://[]", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err err = { 0 };
		if ((mail_check_url(str_c(rows[i].url), &err) == 0) != rows[i].good)
			fail_msg("%s", rows[i].url);
	}
}

#define WITH(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_a_letter_arrives),
		WITH(test_a_user_logs_in),
		WITH(test_outcomes),
		WITH(test_silence),
		WITH(test_nobody_listens),
		WITH(test_tls_is_required),
		WITH(test_stopping_ends_what_is_under_way),
		WITH(test_what_is_refused_at_once),
		cmocka_unit_test(test_urls),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "flow/herald.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/inbox.h"
#include "flow/live.h"
#include "transport/mail_test_peer.h"

static struct herald *herald;

static void open_herald(struct live *l, const char *url)
{
	static struct herald_options o;
	struct err err = { 0 };

	o = (struct herald_options){ .url = url,
		.secret = STR("an invented secret of 24"),
		.retry_first_ms = HERALD_RETRY_FIRST_MS };
	MUST(herald_open(l->lane, &o, &herald, &err), &err);
}

static int tear_down(void **state)
{
	herald_stop(herald);
	herald_close(&herald);
	return live_end(state);
}

static bool is_idle(void *arg)
{
	(void)arg;
	return herald_is_idle(herald);
}

static void look(struct live *l)
{
	herald_run(herald);
	turn_until(l->loop, "the round", is_idle, NULL);
}

static int ring(struct live *l, struct store_conn *c, struct err *err)
{
	return alarm_add(c, id_next(&l->core->ids, clock_now()), STR("bypass.detected"),
	    STR("number:" NUMBER), STR("wamid.9"), clock_now(), err);
}

#define TOLD "SELECT count(*) FROM alert_told WHERE alarm = (SELECT max(id) FROM alarm)"

static void what_comes_is_told_once(void **state)
{
	struct live *l = *state;

	l->hook_status = 200;
	live_do(l, ring); /* before anybody was to be told */
	open_herald(l, l->hook_url);
	look(l);
	look(l);
	assert_int_equal(l->heard, 0);
	live_do(l, ring);
	live_do(l, ring);
	look(l);
	assert_int_equal(l->heard, 1);
	assert_non_null(strstr(l->hook.p, "\"kind\":\"bypass.detected\""));
	assert_non_null(strstr(l->hook.p, "\"count\":2"));
	assert_int_equal(live_int(l, TOLD), 1);
	look(l);
	assert_int_equal(l->heard, 1);
}

/* Who opens anew goes on where telling stood. */
static void a_restart_tells_the_rest(void **state)
{
	struct live *l = *state;

	l->hook_status = 204;
	open_herald(l, l->hook_url);
	look(l);
	live_do(l, ring);
	herald_stop(herald);
	herald_close(&herald);
	open_herald(l, l->hook_url);
	look(l);
	assert_int_equal(l->heard, 1);
	look(l);
	assert_int_equal(l->heard, 1);
}

/* The pause lasts some seconds: a look right after it does nothing. */
static void what_did_not_arrive_comes_again(void **state)
{
	struct live *l = *state;

	l->hook_status = 500;
	open_herald(l, l->hook_url);
	look(l);
	live_do(l, ring);
	look(l);
	assert_int_equal(l->heard, 1);
	assert_int_equal(live_int(l, TOLD), 0);
	look(l);
	assert_int_equal(l->heard, 1);
	herald_stop(herald);
	herald_close(&herald);
	l->hook_status = 200;
	open_herald(l, l->hook_url);
	look(l);
	assert_int_equal(l->heard, 2);
	assert_int_equal(live_int(l, TOLD), 1);
}

static void nobody_is_told_without_an_address(void **state)
{
	struct live *l = *state;

	open_herald(l, NULL);
	live_do(l, ring);
	look(l);
	assert_int_equal(live_int(l, "SELECT count(*) FROM alert_told"), 0);
}

/* --- letters -------------------------------------------------------------------------------------- */

static struct smtp_peer peer;
static struct teller_mailboxes boxes;

static void open_mail(struct live *l, int64_t window_ms)
{
	static struct herald_options o;
	struct err err = { 0 };

	boxes = (struct teller_mailboxes){
		.smtp_url = peer.url,
		.from = STR("varco@gate.example"),
		.to = { STR("ops@shop.example") },
		.to_len = 1,
	};
	o = (struct herald_options){ .mailboxes = &boxes,
		.mail_window_ms = window_ms,
		.retry_first_ms = 0,
		.place = "https://gate.example" };
	MUST(herald_open(l->lane, &o, &herald, &err), &err);
}

static int set_up_mail(void **state)
{
	smtp_start(&peer);
	return live_begin(state);
}

static int tear_down_mail(void **state)
{
	int r = tear_down(state);

	smtp_stop(&peer);
	return r;
}

static int ring_disk(struct live *l, struct store_conn *c, struct err *err)
{
	return alarm_add(c, id_next(&l->core->ids, clock_now()), STR("disk.low"), STR(""),
	    STR("free_mib=1"), clock_now(), err);
}

/* What comes within the window is one letter, and names no message. */
static void a_window_is_one_letter(void **state)
{
	struct live *l = *state;

	open_mail(l, 1000);
	look(l);
	live_do(l, ring);
	look(l);
	assert_int_equal(smtp_letters(&peer), 0);
	live_clock(NOW + 999);
	live_do(l, ring_disk);
	look(l);
	assert_int_equal(smtp_letters(&peer), 0);
	live_clock(NOW + 1000);
	look(l);
	assert_int_equal(smtp_letters(&peer), 1);
	assert_true(smtp_saw(&peer, false, "bypass.detected (number:" NUMBER ")"));
	assert_true(smtp_saw(&peer, false, "disk.low"));
	assert_false(smtp_saw(&peer, false, "wamid"));
	assert_true(smtp_saw(&peer, false, "Message-ID: <alert_"));
	assert_int_equal(live_int(l, TOLD " AND way = 2"), 1);
	look(l);
	assert_int_equal(smtp_letters(&peer), 1);
}

/* The same again waits for an hour, or for something new. */
static void repeats_are_a_letter_an_hour(void **state)
{
	struct live *l = *state;

	open_mail(l, 0);
	look(l);
	live_do(l, ring);
	look(l);
	assert_int_equal(smtp_letters(&peer), 1);
	live_clock(NOW + MS_PER_HOUR - 1);
	live_do(l, ring);
	look(l);
	assert_int_equal(smtp_letters(&peer), 1);
	live_clock(NOW + MS_PER_HOUR);
	look(l);
	assert_int_equal(smtp_letters(&peer), 2);
	live_do(l, ring);
	live_do(l, ring_disk);
	look(l);
	assert_int_equal(smtp_letters(&peer), 3);
	assert_true(smtp_saw(&peer, false, "disk.low"));
	assert_true(smtp_saw(&peer, false, "bypass.detected"));
}

/* Refused for now: the next letter has what came meanwhile as well. */
static void a_letter_that_did_not_arrive_comes_again(void **state)
{
	const struct smtp_script later = { .rcpt = { "451 grey" } }, well = { 0 };
	struct live *l = *state;

	open_mail(l, 0);
	look(l);
	live_do(l, ring);
	smtp_set(&peer, &later);
	look(l);
	assert_int_equal(live_int(l, TOLD), 0);
	smtp_set(&peer, &well);
	live_do(l, ring_disk);
	look(l);
	assert_int_equal(smtp_letters(&peer), 1);
	assert_true(smtp_saw(&peer, false, "disk.low"));
	assert_int_equal(live_int(l, TOLD), 1);
}

/* The very same letter once more, and then never again. */
static void a_letter_of_unknown_outcome_is_sent_twice_at_most(void **state)
{
	const struct smtp_script gone = { .end = "" };
	struct live *l = *state;
	char first[4096];

	open_mail(l, 0);
	look(l);
	live_do(l, ring);
	smtp_set(&peer, &gone);
	look(l);
	assert_int_equal(smtp_letters(&peer), 1);
	assert_int_equal(live_int(l, TOLD), 0);
	(void)snprintf(first, sizeof(first), "%s", peer.letter.p);
	live_clock(NOW + MS_PER_MIN);
	look(l);
	assert_int_equal(smtp_letters(&peer), 2);
	assert_string_equal(peer.letter.p, first);
	assert_int_equal(live_int(l, TOLD), 1);
	look(l);
	assert_int_equal(smtp_letters(&peer), 2);
}

static void secrets(void **state)
{
	static const struct {
		const char *text;
		int rc;
		size_t len;
	} rows[] = {
		{ "0123456789abcdef01234567", 0, 24 },
		{ "  0123456789abcdef01234567\n", 0, 24 },
		{ "0123456789abcdef0123456", -E_INVALID, 0 },
		{ "", -E_INVALID, 0 },
		{ "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", 0, 24 },
		{ "whsec_MDEy", -E_INVALID, 0 },
		{ "whsec_####", -E_INVALID, 0 },
		{ "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", 0, 64 },
		{ "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdefx", -E_INVALID,
		    0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err err = { 0 };
		struct buf out;
		buf_init(&out, 0);
		int rc = herald_read_secret(str_c(rows[i].text), &out, &err);
		if (rc != rows[i].rc || (rc == 0 && out.len != rows[i].len))
			fail_msg("row %zu: %s", i, err.text);
		assert_true(rc == 0 || strcmp(err.field, "alerts.secret_file") == 0);
		buf_done(&out);
	}
}

#define WITH(fn) cmocka_unit_test_setup_teardown(fn, live_begin, tear_down)
#define WITH_MAIL(fn) cmocka_unit_test_setup_teardown(fn, set_up_mail, tear_down_mail)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(what_comes_is_told_once),
		WITH(a_restart_tells_the_rest),
		WITH(what_did_not_arrive_comes_again),
		WITH(nobody_is_told_without_an_address),
		WITH_MAIL(a_window_is_one_letter),
		WITH_MAIL(repeats_are_a_letter_an_hour),
		WITH_MAIL(a_letter_that_did_not_arrive_comes_again),
		WITH_MAIL(a_letter_of_unknown_outcome_is_sent_twice_at_most),
		cmocka_unit_test(secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "apps/gateway/session.h"
#include "base/check.h"
#include "base/crypto.h"

#define S INT64_C(1000000000)
#define BEGAN (1000 * S)

struct house {
	struct sessions *all;
	char link[SESSION_SECRET_MAX], cookie[SESSION_SECRET_MAX];
};

static const struct session_door operators = { .kind = DOOR_OPERATOR };

static int by_link(struct house *h, const char *link, mono_ns now, char cookie[SESSION_SECRET_MAX])
{
	struct session who = { .begun_at = 5, .peer = "127.0.0.1" };
	int r = session_use(h->all, str_c(link), now);

	if (r == 0)
		session_begin(h->all, &who, now, cookie);
	return r;
}

/* One who is signed in. */
static int set_up(void **state)
{
	static struct house h;

	if (crypto_init(NULL) < 0)
		return -1;
	h.all = sessions_new();
	session_link(h.all, &operators, BEGAN, h.link);
	*state = &h;
	return by_link(&h, h.link, BEGAN, h.cookie);
}

static int tear_down(void **state)
{
	struct house *h = *state;

	sessions_free(&h->all);
	sessions_free(&h->all);
	return h->all ? -1 : 0;
}

static bool is(const struct house *h, const char *cookie, mono_ns now)
{
	struct session found;

	return session_is(h->all, str_c(cookie), now, 7, &found);
}

static void test_a_link_is_good_for_one_use(void **state)
{
	struct house *h = *state;
	char other[SESSION_SECRET_MAX];

	assert_true(is(h, h->cookie, BEGAN));
	assert_string_not_equal(h->link, h->cookie);
	assert_int_equal(by_link(h, h->link, BEGAN, other), -E_DENIED);
	assert_int_equal(by_link(h, h->cookie, BEGAN, other), -E_DENIED);
	assert_false(is(h, h->link, BEGAN));
}

static void test_what_nobody_gave_out_opens_nothing(void **state)
{
	static const char *const words[] = { "", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
	struct house *h = *state;
	char other[SESSION_SECRET_MAX];

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		assert_false(is(h, words[i], BEGAN));
		assert_int_equal(by_link(h, words[i], BEGAN, other), -E_DENIED);
	}
	assert_false(is(h, "", BEGAN));
}

static void test_both_end(void **state)
{
	struct house *h = *state;
	char link[SESSION_SECRET_MAX], cookie[SESSION_SECRET_MAX];
	struct session found;

	session_link(h->all, &operators, BEGAN, link);
	assert_int_equal(by_link(h, link, BEGAN + SESSION_LINK_S * S, cookie), -E_DENIED);
	session_link(h->all, &operators, BEGAN, link);
	assert_int_equal(by_link(h, link, BEGAN + SESSION_LINK_S * S - 1, cookie), 0);
	assert_true(is(h, h->cookie, BEGAN + SESSION_IDLE_S * S - 1));
	assert_true(is(h, h->cookie, BEGAN + 2 * SESSION_IDLE_S * S - 2));
	assert_false(is(h, h->cookie, BEGAN + 3 * SESSION_IDLE_S * S));
	/* Who uses it all the time is asked again, too. */
	session_link(h->all, &operators, BEGAN, link);
	assert_int_equal(by_link(h, link, BEGAN, cookie), 0);
	for (mono_ns t = BEGAN; t < BEGAN + SESSION_S * S; t += SESSION_IDLE_S * S / 2) {
		assert_true(session_is(h->all, str_c(cookie), t, 9, &found));
		assert_int_equal(found.left_s, SESSION_S - (t - BEGAN) / S);
	}
	assert_false(is(h, cookie, BEGAN + SESSION_S * S));
}

static void test_signing_out(void **state)
{
	struct house *h = *state;
	char link[SESSION_SECRET_MAX], second[SESSION_SECRET_MAX], third[SESSION_SECRET_MAX];

	session_link(h->all, &operators, BEGAN, link);
	assert_int_equal(by_link(h, link, BEGAN, second), 0);
	assert_true(session_end(h->all, str_c(h->cookie), BEGAN));
	assert_false(session_end(h->all, str_c(h->cookie), BEGAN));
	assert_false(is(h, h->cookie, BEGAN));
	assert_true(is(h, second, BEGAN));
	session_link(h->all, &operators, BEGAN, link);
	session_end_all(h->all);
	assert_false(is(h, second, BEGAN));
	assert_int_equal(by_link(h, link, BEGAN, third), -E_DENIED);
}

/* However many links are asked for, those who are signed in stay; however many sign in, the one who came last does. */
static void test_there_is_an_end_to_both(void **state)
{
	struct house *h = *state;
	char link[SESSION_SECRET_MAX], cookie[SESSION_SECRET_MAX];

	for (mono_ns i = 1; i <= 1000; i++)
		session_link(h->all, &operators, BEGAN + i, link);
	assert_true(is(h, h->cookie, BEGAN + 1000));
	for (mono_ns i = 1; i <= 1000; i++) {
		session_link(h->all, &operators, BEGAN + 1000 + i, link);
		assert_int_equal(by_link(h, link, BEGAN + 1000 + i, cookie), 0);
	}
	assert_true(is(h, cookie, BEGAN + 3000));
	assert_false(is(h, h->cookie, BEGAN + 3000));
}

static void test_a_link_leads_where_it_was_made_for(void **state)
{
	static const struct session_door door = {
		.kind = DOOR_USER, .user = 77, .new_factor = true
	};
	struct house *h = *state;
	char link[SESSION_SECRET_MAX], other[SESSION_SECRET_MAX];
	struct session_door first, again, of_other;

	session_link(h->all, &door, BEGAN, link);
	session_link(h->all, &door, BEGAN, other);
	assert_int_equal(session_look(h->all, str_c(link), BEGAN, &first), 0);
	assert_int_equal(session_look(h->all, str_c(link), BEGAN, &again), 0);
	assert_int_equal(session_look(h->all, str_c(other), BEGAN, &of_other), 0);
	assert_true(first.kind == DOOR_USER && first.user == 77 && first.new_factor);
	assert_memory_equal(first.factor, again.factor, sizeof(first.factor));
	assert_memory_not_equal(first.factor, of_other.factor, sizeof(first.factor));
	assert_int_equal(session_use(h->all, str_c(link), BEGAN), 0);
	assert_int_equal(session_use(h->all, str_c(link), BEGAN), -E_DENIED);
	assert_int_equal(session_look(h->all, str_c(link), BEGAN, &again), -E_DENIED);
	session_end_user(h->all, 77);
	assert_int_equal(session_use(h->all, str_c(other), BEGAN), -E_DENIED);
	assert_true(is(h, h->cookie, BEGAN));
}

static void test_sessions_of_users(void **state)
{
	struct house *h = *state;
	struct session all[SESSIONS_MAX], found;
	struct session who = { .user = 77, .epoch = 3, .begun_at = 5, .peer = "192.0.2.7" };
	char first[SESSION_SECRET_MAX], second[SESSION_SECRET_MAX];

	session_begin(h->all, &who, BEGAN, first);
	session_begin(h->all, &who, BEGAN, second);
	assert_true(session_is(h->all, str_c(first), BEGAN + S, 9, &found));
	assert_true(found.user == 77 && found.epoch == 3 && found.begun_at == 5);
	assert_true(found.used_at == 9 && found.id != 0);
	assert_string_equal(found.peer, "192.0.2.7");
	assert_int_equal(session_list(h->all, BEGAN + S, all), 3);
	assert_true(session_peek(h->all, str_c(second), BEGAN + SESSION_IDLE_S * S - 1, &found));
	assert_int_equal(found.used_at, 5);
	assert_false(session_peek(h->all, str_c(second), BEGAN + SESSION_IDLE_S * S, &found));
	assert_true(session_is(h->all, str_c(first), BEGAN + S, 9, &found));
	assert_true(session_end_id(h->all, found.id));
	assert_false(session_end_id(h->all, found.id));
	assert_false(is(h, first, BEGAN + S));
	assert_true(is(h, second, BEGAN + S));
	session_end_user(h->all, 77);
	assert_false(is(h, second, BEGAN + S));
	assert_true(is(h, h->cookie, BEGAN + S));
	session_end_user(h->all, 0);
	assert_int_equal(session_list(h->all, BEGAN + S, all), 0);
}

/* --- requests --------------------------------------------------------------------------------- */

static struct http_request request_of(
    enum http_method method, const struct http_header *headers, size_t len)
{
	return (struct http_request){ .method = method, .headers = headers, .headers_len = len };
}

static void test_the_cookie_among_others(void **state)
{
	static const struct {
		const char *header, *wanted;
	} rows[] = {
		{ "__Host-varco=abc", "abc" },
		{ "a=b; __Host-varco=abc; c=d", "abc" },
		{ "a=b;__Host-varco=a=c", "a=c" },
		{ "varco=abc", NULL },
		{ "__Host-varco", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct http_header h = { STR("Cookie"), str_c(rows[i].header) };
		struct http_request req = request_of(HTTP_M_GET, &h, 1);
		struct str got = session_cookie(&req);

		if (!got.p != !rows[i].wanted || (got.p && !str_eq_c(got, rows[i].wanted)))
			fail_msg("row %zu: %.*s", i, STR_ARG(got));
	}
}

static void test_only_own_pages_use_the_cookie(void **state)
{
	static const struct {
		enum http_method method;
		const char *site, *origin;
		bool own;
	} rows[] = {
		{ HTTP_M_GET, "same-origin", NULL, true },
		{ HTTP_M_GET, "none", NULL, true },
		{ HTTP_M_GET, NULL, NULL, true },
		{ HTTP_M_GET, "cross-site", NULL, false },
		{ HTTP_M_GET, "same-site", NULL, false },
		{ HTTP_M_POST, "same-origin", "https://gate.example:8443", true },
		{ HTTP_M_POST, "same-origin", NULL, true },
		{ HTTP_M_POST, NULL, "https://gate.example:8443", true },
		{ HTTP_M_POST, NULL, "http://gate.example:8443", true },
		{ HTTP_M_POST, NULL, NULL, false },
		{ HTTP_M_POST, "none", NULL, false },
		{ HTTP_M_POST, "same-site", "https://gate.example:8443", false },
		{ HTTP_M_POST, "same-origin", "https://gate.example", false },
		{ HTTP_M_POST, NULL, "https://gate.example:8443.evil.example", false },
		{ HTTP_M_POST, NULL, "null", false },
		{ HTTP_M_DELETE, NULL, NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct http_header headers[3] = { { STR("Host"), STR("gate.example:8443") } };
		size_t n = 1;

		if (rows[i].site)
			headers[n++] = (struct http_header){ STR("Sec-Fetch-Site"),
				str_c(rows[i].site) };
		if (rows[i].origin)
			headers[n++] = (struct http_header){ STR("Origin"), str_c(rows[i].origin) };
		struct http_request req = request_of(rows[i].method, headers, n);
		if (session_is_own_page(&req) != rows[i].own)
			fail_msg("row %zu", i);
	}
}

#define WITH_ONE(TEST) cmocka_unit_test_setup_teardown(TEST, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ONE(test_a_link_is_good_for_one_use),
		WITH_ONE(test_what_nobody_gave_out_opens_nothing),
		WITH_ONE(test_both_end),
		WITH_ONE(test_signing_out),
		WITH_ONE(test_there_is_an_end_to_both),
		WITH_ONE(test_a_link_leads_where_it_was_made_for),
		WITH_ONE(test_sessions_of_users),
		cmocka_unit_test(test_the_cookie_among_others),
		cmocka_unit_test(test_only_own_pages_use_the_cookie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

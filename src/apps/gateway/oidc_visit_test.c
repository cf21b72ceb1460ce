#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "apps/gateway/oidc_visit.h"
#include "base/check.h"

#define S INT64_C(1000000000)
#define NOW (1000 * S)

static const struct oidc_identity marta = { .value = "marta@shop.example", .verified = true };

struct one {
	char cookie[SESSION_SECRET_MAX];
	struct oidc_visit visit;
};

static int set_up(void **state)
{
	static struct oidc_visits *all;

	if (crypto_init(NULL) < 0)
		return -1;
	all = oidc_visits_new();
	*state = &all;
	return all ? 0 : -1;
}

static int tear_down(void **state)
{
	oidc_visits_free(*state);
	oidc_visits_free(*state);
	return 0;
}

static struct one begin(struct oidc_visits *v, mono_ns now)
{
	struct one o;

	oidc_visit_begin(v, now, o.cookie, &o.visit);
	return o;
}

static int back_from(
    struct oidc_visits *v, const char *peer, const struct one *o, const char *state, mono_ns now)
{
	struct oidc_visit found = { .state = "" };
	int r = oidc_visit_back(v, str_c(peer), str_c(o->cookie), str_c(state), now, &found);

	if (r == 0 &&
	    (strcmp(found.nonce, o->visit.nonce) != 0 ||
		strcmp(found.verifier, o->visit.verifier) != 0))
		fail_msg("another visit");
	return r;
}

static int back(struct oidc_visits *v, const struct one *o, const char *state, mono_ns now)
{
	return back_from(v, "192.0.2.1", o, state, now);
}

static void test_there_and_back_once(void **state)
{
	struct oidc_visits *v = *(struct oidc_visits **)*state;
	struct one o = begin(v, NOW);
	struct oidc_identity who;

	assert_string_not_equal(o.visit.state, o.visit.nonce);
	assert_string_not_equal(o.visit.state, o.visit.verifier);
	assert_int_equal(oidc_visit_prove(v, str_c(o.cookie), &marta, NOW), -E_DENIED);
	assert_int_equal(oidc_visit_end(v, str_c(o.cookie), NOW, &who), -E_DENIED);
	assert_int_equal(back(v, &o, o.visit.state, NOW), 0);
	assert_int_equal(back(v, &o, o.visit.state, NOW), -E_DENIED);
	assert_int_equal(oidc_visit_end(v, str_c(o.cookie), NOW, &who), -E_DENIED);
	assert_int_equal(oidc_visit_prove(v, str_c(o.cookie), &marta, NOW), 0);
	assert_int_equal(oidc_visit_prove(v, str_c(o.cookie), &marta, NOW), -E_DENIED);
	assert_int_equal(oidc_visit_end(v, str_c(o.cookie), NOW, &who), 0);
	assert_string_equal(who.value, marta.value);
	assert_int_equal(oidc_visit_end(v, str_c(o.cookie), NOW, &who), -E_DENIED);
}

static void test_of_another_browser(void **state)
{
	struct oidc_visits *v = *(struct oidc_visits **)*state;
	struct one o = begin(v, NOW), other = begin(v, NOW);

	assert_int_equal(back(v, &o, other.visit.state, NOW), -E_DENIED);
	assert_int_equal(back(v, &o, "", NOW), -E_DENIED);
	assert_int_equal(back(v, &o, NULL, NOW), -E_DENIED);
	assert_int_equal(
	    oidc_visit_back(v, STR("192.0.2.1"), STR_NONE, str_c(o.visit.state), NOW, &other.visit),
	    -E_DENIED);
	assert_int_equal(oidc_visit_back(v, STR("192.0.2.1"), str_c(o.visit.state),
			     str_c(o.visit.state), NOW, &other.visit),
	    -E_DENIED);
	assert_int_equal(back(v, &o, o.visit.state, NOW), 0);
}

static void test_it_lasts_so_long(void **state)
{
	struct oidc_visits *v = *(struct oidc_visits **)*state;
	struct one late = begin(v, NOW), just = begin(v, NOW);
	mono_ns then = NOW + OIDC_VISIT_S * S - 1;
	struct oidc_identity who;

	assert_int_equal(back(v, &just, just.visit.state, then), 0);
	assert_int_equal(back(v, &late, late.visit.state, then + 1), -E_DENIED);
	assert_int_equal(oidc_visit_prove(v, str_c(just.cookie), &marta, then), 0);
	assert_int_equal(
	    oidc_visit_end(v, str_c(just.cookie), then + OIDC_PROVED_S * S, &who), -E_DENIED);
	assert_int_equal(
	    oidc_visit_end(v, str_c(just.cookie), then + OIDC_PROVED_S * S - 1, &who), 0);
}

/* The way back is not open again because the visit has ended, nor because nobody came in time. */
static void test_once_is_once(void **state)
{
	struct oidc_visits *v = *(struct oidc_visits **)*state;
	struct one ended = begin(v, NOW), left = begin(v, NOW);
	mono_ns then = NOW + OIDC_PROVED_S * S;
	struct oidc_identity who;

	assert_int_equal(back(v, &ended, ended.visit.state, NOW), 0);
	assert_int_equal(oidc_visit_prove(v, str_c(ended.cookie), &marta, NOW), 0);
	assert_int_equal(oidc_visit_end(v, str_c(ended.cookie), NOW, &who), 0);
	assert_int_equal(back(v, &ended, ended.visit.state, NOW), -E_DENIED);
	assert_int_equal(back(v, &left, left.visit.state, NOW), 0);
	assert_int_equal(oidc_visit_prove(v, str_c(left.cookie), &marta, NOW), 0);
	assert_int_equal(oidc_visit_end(v, str_c(left.cookie), then, &who), -E_DENIED);
	assert_int_equal(back(v, &left, left.visit.state, then), -E_DENIED);
}

/* A cookie that says of itself that it is younger is another cookie, with another state. */
static void test_made_up_cookies(void **state)
{
	struct oidc_visits *v = *(struct oidc_visits **)*state;
	struct one o = begin(v, NOW), younger = o;

	younger.cookie[36] = o.cookie[36] == 'A' ? 'B' : 'A';
	assert_int_equal(back(v, &younger, o.visit.state, NOW), -E_DENIED);
	memset(younger.cookie, '*', sizeof(younger.cookie) - 1);
	assert_int_equal(back(v, &younger, o.visit.state, NOW), -E_DENIED);
	assert_int_equal(back(v, &o, o.visit.state, NOW - 1), -E_DENIED);

	struct oidc_visits *other = oidc_visits_new();
	assert_non_null(other);
	assert_int_equal(back(other, &o, o.visit.state, NOW), -E_DENIED);
	oidc_visits_free(&other);
	assert_int_equal(back(v, &o, o.visit.state, NOW), 0);
}

/* However many are begun, from wherever: who was sent away comes back. */
static void test_beginning_takes_no_place(void **state)
{
	struct oidc_visits *v = *(struct oidc_visits **)*state;
	struct one quiet = begin(v, NOW);

	for (int i = 0; i < 2000; i++)
		(void)begin(v, NOW + 1 + i);
	assert_int_equal(back(v, &quiet, quiet.visit.state, NOW + 6000), 0);
}

static void come_back(struct oidc_visits *v, const char *peers, int n)
{
	char peer[48];

	for (int i = 0; i < n; i++) {
		struct one o = begin(v, NOW + 1 + i);
		(void)snprintf(peer, sizeof(peer), "%s%x", peers, (unsigned)i);
		assert_int_equal(back_from(v, peer, &o, o.visit.state, NOW + 6000), 0);
	}
}

static int prove(struct oidc_visits *v, const struct one *o)
{
	return oidc_visit_prove(v, str_c(o->cookie), &marta, NOW + 6000);
}

/* However many come back to one network, others keep their places. */
static void test_one_network_cannot_take_all_places(void **state)
{
	struct oidc_visits *v = *(struct oidc_visits **)*state;
	struct one quiet = begin(v, NOW), first = begin(v, NOW);

	assert_int_equal(back(v, &quiet, quiet.visit.state, NOW), 0);
	assert_int_equal(back_from(v, "2001:db8:1:2::f", &first, first.visit.state, NOW), 0);
	come_back(v, "2001:db8:1:2::", 2000);
	assert_int_equal(prove(v, &quiet), 0);
	assert_int_equal(prove(v, &first), -E_DENIED);
}

/* The oldest makes room, but not somebody who is proved. */
static void test_who_makes_room(void **state)
{
	struct oidc_visits *v = *(struct oidc_visits **)*state;
	struct one proved = begin(v, NOW), waiting = begin(v, NOW);
	struct oidc_identity who;

	assert_int_equal(back(v, &proved, proved.visit.state, NOW), 0);
	assert_int_equal(prove(v, &proved), 0);
	assert_int_equal(back(v, &waiting, waiting.visit.state, NOW), 0);
	come_back(v, "host ", 511);
	assert_int_equal(prove(v, &waiting), -E_DENIED);
	assert_int_equal(oidc_visit_end(v, str_c(proved.cookie), NOW + 6001, &who), 0);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_there_and_back_once),
		TEST(test_of_another_browser),
		TEST(test_it_lasts_so_long),
		TEST(test_once_is_once),
		TEST(test_made_up_cookies),
		TEST(test_beginning_takes_no_place),
		TEST(test_one_network_cannot_take_all_places),
		TEST(test_who_makes_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/consent_request.h"
#include "domain/fixture.h"

#define WHO 4711

static const struct consent_request asked = {
	.id = 9,
	.person = WHO,
	.number = { "100200300", 9 },
	.purpose = PURPOSE_MARKETING,
	.at = NOW,
	.expires_at = NOW + 7 * DAY,
	.decision = 77,
	.wording = { "Vuoi le offerte?", 16 },
	.details = { "{\"channel\":\"whatsapp\"}", 22 },
};

static struct consent_request with(uint64_t id, enum purpose purpose, time_ms expires_at)
{
	struct consent_request r = asked;

	r.id = id;
	r.purpose = purpose;
	r.expires_at = expires_at;
	return r;
}

static enum request_state state_of(struct fixture *f, uint64_t id, time_ms now)
{
	struct consent_request r;

	assert_int_equal(request_get(f->conn, id, now, f->arena, &r, &f->err), 1);
	return r.state;
}

static void test_asked_and_answered(void **state)
{
	struct fixture *f = *state;
	struct consent_request r;

	OK(request_add(f->conn, &asked, &f->err));
	assert_int_equal(request_get(f->conn, 9, NOW, f->arena, &r, &f->err), 1);
	assert_int_equal(r.person, WHO);
	assert_int_equal(r.purpose, PURPOSE_MARKETING);
	assert_int_equal(r.state, REQUEST_PENDING);
	assert_int_equal(r.answered_at, TIME_NONE);
	assert_int_equal(r.decision, 77);
	assert_true(str_eq(r.wording, asked.wording) && str_eq(r.details, asked.details));
	assert_null(r.source.p);
	OK(request_close(f->conn, 9, REQUEST_CONFIRMED, 5, NOW + 1, &f->err));
	/* The first answer stands. */
	OK(request_close(f->conn, 9, REQUEST_DECLINED, 0, NOW + 2, &f->err));
	assert_int_equal(request_get(f->conn, 9, NOW + 8 * DAY, f->arena, &r, &f->err), 1);
	assert_int_equal(r.state, REQUEST_CONFIRMED);
	assert_int_equal(r.leaf, 5);
	assert_int_equal(r.answered_at, NOW + 1);
	assert_int_equal(request_get(f->conn, 10, NOW, f->arena, &r, &f->err), 0);
}

static void test_asked_once(void **state)
{
	struct fixture *f = *state;
	struct consent_request again = with(10, PURPOSE_MARKETING, NOW + 9 * DAY);
	struct consent_request other = with(11, PURPOSE_UTILITY, NOW + 7 * DAY);

	OK(request_add(f->conn, &asked, &f->err));
	FAILS(request_add(f->conn, &again, &f->err), E_CONFLICT, "");
	OK(request_add(f->conn, &other, &f->err));
	again.at = asked.expires_at;
	OK(request_add(f->conn, &again, &f->err));
}

static void test_which_one_a_word_means(void **state)
{
	struct fixture *f = *state;
	struct consent_request other = with(11, PURPOSE_UTILITY, NOW + DAY), r;

	assert_int_equal(request_only(f->conn, WHO, asked.number, NOW, f->arena, &r, &f->err), 0);
	OK(request_add(f->conn, &asked, &f->err));
	assert_int_equal(request_only(f->conn, WHO, asked.number, NOW, f->arena, &r, &f->err), 1);
	assert_int_equal(r.id, 9);
	assert_int_equal(request_only(f->conn, WHO, STR("1"), NOW, f->arena, &r, &f->err), 0);
	assert_int_equal(request_only(f->conn, 5, asked.number, NOW, f->arena, &r, &f->err), 0);
	OK(request_add(f->conn, &other, &f->err));
	assert_int_equal(request_only(f->conn, WHO, asked.number, NOW, f->arena, &r, &f->err), 0);
	/* A day later the other one is over. */
	assert_int_equal(
	    request_only(f->conn, WHO, asked.number, NOW + DAY, f->arena, &r, &f->err), 1);
	OK(request_close_all(f->conn, WHO, NOW + DAY, &f->err));
	assert_int_equal(
	    request_only(f->conn, WHO, asked.number, NOW + DAY, f->arena, &r, &f->err), 0);
	assert_int_equal(state_of(f, 9, NOW + DAY), REQUEST_WITHDRAWN);
}

static void test_time_runs_out(void **state)
{
	struct fixture *f = *state;

	OK(request_add(f->conn, &asked, &f->err));
	assert_int_equal(state_of(f, 9, asked.expires_at - 1), REQUEST_PENDING);
	assert_int_equal(state_of(f, 9, asked.expires_at), REQUEST_EXPIRED);
}

static size_t count(
    struct fixture *f, enum request_state s, uint64_t before, size_t limit, bool more)
{
	struct request_filter filter = { .state = s, .before = before, .limit = limit };
	struct consent_request *items;
	size_t n;
	bool rest;

	OK(request_list(f->conn, &filter, NOW + 2 * DAY, f->arena, &items, &n, &rest, &f->err));
	assert_int_equal(rest, more);
	for (size_t i = 1; i < n; i++)
		assert_true(items[i].id < items[i - 1].id);
	return n;
}

static void test_lists(void **state)
{
	struct fixture *f = *state;
	struct consent_request second = with(10, PURPOSE_UTILITY, NOW + DAY),
			       third = with(11, PURPOSE_ALL, NOW + 9 * DAY);

	OK(request_add(f->conn, &asked, &f->err));
	OK(request_add(f->conn, &second, &f->err));
	OK(request_add(f->conn, &third, &f->err));
	OK(request_close(f->conn, 11, REQUEST_DECLINED, 0, NOW, &f->err));
	assert_int_equal(count(f, 0, 0, 10, false), 3);
	assert_int_equal(count(f, 0, 0, 2, true), 2);
	assert_int_equal(count(f, 0, 10, 2, false), 1);
	assert_int_equal(count(f, REQUEST_PENDING, 0, 10, false), 1);
	assert_int_equal(count(f, REQUEST_EXPIRED, 0, 10, false), 1);
	assert_int_equal(count(f, REQUEST_DECLINED, 0, 10, false), 1);
	assert_int_equal(count(f, REQUEST_CONFIRMED, 0, 10, false), 0);
}

static void test_purge(void **state)
{
	struct fixture *f = *state;
	struct consent_request old = with(id_next(&f->ids, NOW - 9 * DAY), PURPOSE_ALL, NOW - DAY),
			       young = with(id_next(&f->ids, NOW - DAY), PURPOSE_ALL, NOW + DAY);

	old.at = NOW - 9 * DAY;
	young.at = NOW - DAY;
	OK(request_add(f->conn, &old, &f->err));
	OK(request_add(f->conn, &young, &f->err));
	assert_int_equal(request_purge(f->conn, NOW, &f->err), 0);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM consent_request"), 1);
}

static void test_payloads(void **state)
{
	static const char *const none[] = { "", "varco:", "varco:req_00000000004k7", "stop",
		"varco:req_00000000004k7:maybe", "varco:dec_00000000004k7:yes",
		"varco:req_00000000004k7:yes:no", "VARCO:req_00000000004k7:yes" };
	char text[REQUEST_PAYLOAD_MAX];
	uint64_t id;
	bool yes;

	(void)state;
	request_payload(WHO, true, text);
	assert_string_equal(text, "varco:req_00000000004k7:yes");
	assert_true(request_payload_read(str_c(text), &id, &yes));
	assert_int_equal(id, WHO);
	assert_true(yes);
	request_payload(WHO, false, text);
	assert_true(request_payload_read(str_c(text), &id, &yes));
	assert_false(yes);
	for (size_t i = 0; i < ARRAY_LEN(none); i++) {
		if (request_payload_read(str_c(none[i]), &id, &yes))
			fail_msg("%s", none[i]);
	}
}

/* --- faults ----------------------------------------------------------------------------------- */

static int work(struct fixture *f)
{
	const struct request_filter all = { .limit = 10 };
	struct consent_request r, *items;
	size_t n;
	bool more;
	int rc = request_add(f->conn, &asked, &f->err);

	if (rc == 0)
		rc = request_only(f->conn, WHO, asked.number, NOW, f->arena, &r, &f->err);
	if (rc > 0)
		rc = request_get(f->conn, 9, NOW, f->arena, &r, &f->err);
	if (rc > 0)
		rc = request_list(f->conn, &all, NOW, f->arena, &items, &n, &more, &f->err);
	if (rc == 0)
		rc = request_close(f->conn, 9, REQUEST_CONFIRMED, 1, NOW, &f->err);
	if (rc == 0)
		rc = request_close_all(f->conn, WHO, NOW, &f->err);
	return rc < 0 ? rc : request_purge(f->conn, NOW, &f->err);
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "requests", work);
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_asked_and_answered),
		FIXTURE_TEST(test_asked_once),
		FIXTURE_TEST(test_which_one_a_word_means),
		FIXTURE_TEST(test_time_runs_out),
		FIXTURE_TEST(test_lists),
		FIXTURE_TEST(test_purge),
		FIXTURE_TEST(test_payloads),
		FIXTURE_TEST(test_memory_runs_out),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

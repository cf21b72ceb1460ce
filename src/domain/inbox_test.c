#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/fixture.h"
#include "domain/inbox.h"

/* --- posts ------------------------------------------------------------------------------------ */

static struct inbox_post post(struct buf *sealed, time_ms at)
{
	struct inbox_post p = { at, STR("10"), STR("messages"), 2, STR_NONE };
	static const struct seal_key key = { { 7 } };

	buf_init(sealed, 0);
	assert_int_equal(inbox_seal(&key, &p, STR("{\"from\":\"393331234501\"}"), sealed), 0);
	p.sealed = buf_str(sealed);
	return p;
}

static void add_posts(struct fixture *f, time_ms from, int len)
{
	struct buf sealed;
	struct inbox_post p = post(&sealed, from);

	for (int i = 0; i < len; i++) {
		p.at = from + i;
		OK(inbox_add(f->conn, id_next(&f->ids, p.at), &p, &f->err));
		OK(inbox_quarantine(f->conn, id_next(&f->ids, p.at), &p, &f->err));
	}
	buf_done(&sealed);
}

static void test_posts_are_forgotten(void **state)
{
	struct fixture *f = *state;

	add_posts(f, NOW, 1500);
	assert_int_equal(inbox_purge(f->conn, NOW + 1400, &f->err), 1);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM inbox"), 500);
	assert_int_equal(inbox_purge(f->conn, NOW + 1400, &f->err), 0);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM inbox"), 100);
	assert_int_equal(scratch_int(f->conn, "SELECT min(at) FROM inbox"), NOW + 1400);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM quarantine"), 1500);
	assert_int_equal(quarantine_purge(f->conn, NOW + 1400, &f->err), 1);
	assert_int_equal(quarantine_purge(f->conn, NOW + 1400, &f->err), 0);
	assert_int_equal(scratch_int(f->conn, "SELECT min(at) FROM quarantine"), NOW + 1400);
}

/* For this very time and account: sealed bodies cannot be swapped. */
static void test_raw_events_are_sealed(void **state)
{
	static const struct seal_key key = { { 7 } };
	struct fixture *f = *state;
	struct buf sealed, clear;
	struct inbox_post p = post(&sealed, 1795341600000);
	struct err err = { 0 };

	OK(inbox_add(f->conn, 5, &p, &f->err));
	assert_int_equal(scratch_int(f->conn, "SELECT facts FROM inbox WHERE waba = '10'"), 2);
	assert_int_equal(scratch_int(f->conn,
			     "SELECT count(*) FROM inbox WHERE instr(body, '393331234501') > 0"),
	    0);
	buf_init(&clear, 0);
	assert_int_equal(
	    unseal(&key, STR("inbox:1795341600001:10"), p.sealed, &clear, &err), -E_CRYPTO);
	OK(unseal(&key, STR("inbox:1795341600000:10"), p.sealed, &clear, &f->err));
	assert_true(str_eq(buf_str(&clear), STR("{\"from\":\"393331234501\"}")));
	buf_done(&clear);
	buf_done(&sealed);
}

static const struct forward_ask any = { { "crm", 3 }, 10, 1000 };

/* --- forwards --------------------------------------------------------------------------------- */

static uint64_t forward(struct fixture *f, const char *app, const char *body, time_ms now)
{
	uint64_t id = id_next(&f->ids, now);

	OK(forward_add(f->conn, &f->key, id, str_c(app), str_c(body), now, &f->err));
	return id;
}

static size_t due(struct fixture *f, const char *app, time_ms now, size_t limit, size_t bytes,
    struct forward_entry **ret)
{
	size_t n = 99;

	struct forward_ask ask = { str_c(app), limit, bytes };

	OK(forward_due(f->conn, &f->key, &ask, now, f->arena, ret, &n, &f->err));
	return n;
}

static void test_in_order_and_per_app(void **state)
{
	struct fixture *f = *state;
	struct forward_entry *list;
	uint64_t first = forward(f, "crm", "{\"n\":1}", NOW);
	uint64_t second = forward(f, "crm", "{\"n\":2}", NOW);
	(void)forward(f, "shop", "{\"n\":3}", NOW);

	assert_int_equal(due(f, "bot", NOW, 10, 1000, &list), 0);
	assert_int_equal(due(f, "crm", NOW - 1, 10, 1000, &list), 0);
	assert_int_equal(due(f, "crm", NOW, 10, 1000, &list), 2);
	assert_int_equal(list[0].id, first);
	assert_int_equal(list[1].id, second);
	assert_true(str_eq(list[0].app, STR("crm")));
	assert_true(str_eq(list[1].body, STR("{\"n\":2}")));
	assert_int_equal(list[0].created_at, NOW);
	assert_int_equal(list[0].attempts, 0);
	assert_int_equal(due(f, "crm", NOW, 1, 1000, &list), 1);
	assert_int_equal(due(f, "crm", NOW, 10, 1, &list), 1);
	assert_int_equal(due(f, "crm", NOW, 10, 8, &list), 2);
}

/* What cannot be delivered holds up what is behind it: the order is kept. */
static void test_the_oldest_holds_up_the_others(void **state)
{
	struct fixture *f = *state;
	struct forward_entry *list;
	uint64_t first = forward(f, "crm", "{}", NOW);
	int64_t n;

	(void)forward(f, "crm", "{}", NOW);
	(void)forward(f, "shop", "{}", NOW);
	OK(forward_retry(f->conn, first, NOW + MINUTE, 503, &f->err));
	assert_int_equal(due(f, "crm", NOW + MINUTE - 1, 10, 1000, &list), 0);
	assert_int_equal(due(f, "shop", NOW, 10, 1000, &list), 1);
	assert_int_equal(due(f, "crm", NOW + MINUTE, 10, 1000, &list), 2);
	assert_int_equal(list[0].attempts, 1);
	OK(forward_done(f->conn, first, &f->err));
	assert_int_equal(due(f, "crm", NOW, 10, 1000, &list), 1);
	OK(forward_count(f->conn, STR("crm"), &n, &f->err));
	assert_int_equal(n, 1);
	OK(forward_count(f->conn, STR_NONE, &n, &f->err));
	assert_int_equal(n, 2);
	OK(forward_count(f->conn, STR("bot"), &n, &f->err));
	assert_int_equal(n, 0);
}

static void test_forwards_are_given_up(void **state)
{
	struct fixture *f = *state;

	/* Some time before: ids of one moment may run ahead of it. */
	int64_t n = -1;

	(void)forward(f, "crm", "{}", NOW - 10);
	(void)forward(f, "shop", "{}", NOW - 10);
	(void)forward(f, "crm", "{}", NOW - 10);
	(void)forward(f, "crm", "{}", NOW);
	assert_int_equal(forward_purge(f->conn, &f->ids, NOW, NOW, &n, &f->err), 1);
	assert_int_equal(n, 2);
	assert_int_equal(forward_purge(f->conn, &f->ids, NOW, NOW, &n, &f->err), 1);
	assert_int_equal(n, 1);
	assert_int_equal(forward_purge(f->conn, &f->ids, NOW, NOW, &n, &f->err), 0);
	assert_int_equal(n, 0);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM forward"), 1);
	assert_int_equal(scratch_int(f->conn, "SELECT created_at FROM forward"), NOW);
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM alarm WHERE kind = 'forward.given_up'"), 2);
	assert_int_equal(scratch_int(f->conn,
			     "SELECT count(*) FROM alarm WHERE scope = 'crm'"
			     " AND detail LIKE 'count=2 first=evt_% status=0'"),
	    1);
}

static void test_forwards_are_sealed_in_their_place(void **state)
{
	struct fixture *f = *state;
	struct forward_entry *list;
	size_t n;

	(void)forward(f, "crm", "{\"from\":\"393331234501\"}", NOW);
	assert_int_equal(scratch_int(f->conn,
			     "SELECT count(*) FROM forward WHERE instr(body, '393331234501') > 0"),
	    0);
	scratch_exec(f->conn, "UPDATE forward SET id = id + 1");
	OK(forward_due(f->conn, &f->key, &any, NOW, f->arena, &list, &n, &f->err));
	assert_int_equal(n, 1);
	assert_null(list[0].body.p);
}

/* What cannot be opened must not hold up what is behind it for ever, nor vanish. */
static void test_the_unreadable_goes_out_of_the_way(void **state)
{
	struct fixture *f = *state;
	struct forward_entry *list;

	(void)forward(f, "crm", "{\"n\":1}", NOW);
	uint64_t bad = forward(f, "crm", "{\"n\":2}", NOW);
	(void)forward(f, "crm", "{\"n\":3}", NOW);
	OK(store_do(f->conn, &f->err, "UPDATE forward SET body = ?2 WHERE id = ?1", "ib",
	    (int64_t)bad, STR("not sealed by us, and long enough to be a sealed value at all")));
	assert_int_equal(due(f, "crm", NOW, 10, 1000, &list), 1);
	assert_true(str_eq(list[0].body, STR("{\"n\":1}")));
	OK(forward_done(f->conn, list[0].id, &f->err));
	assert_int_equal(due(f, "crm", NOW, 10, 1000, &list), 1);
	assert_int_equal(list[0].id, bad);
	assert_null(list[0].body.p);
	OK(forward_quarantine(f->conn, &f->ids, bad, NOW, &f->err));
	assert_int_equal(due(f, "crm", NOW, 10, 1000, &list), 1);
	assert_true(str_eq(list[0].body, STR("{\"n\":3}")));
	assert_int_equal(scratch_int(f->conn,
			     "SELECT count(*) FROM quarantine WHERE kind = 'forward'"
			     " AND scope = 'crm' AND length(body) = 61"),
	    1);
	assert_int_equal(scratch_int(f->conn,
			     "SELECT count(*) FROM alarm WHERE kind = 'forward.unreadable'"
			     " AND scope = 'crm' AND detail LIKE 'evt_%'"),
	    1);
	OK(forward_quarantine(f->conn, &f->ids, bad, NOW, &f->err));
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM alarm"), 1);
}

static void test_what_is_old_goes_in_slices(void **state)
{
	static const struct {
		const char *name;
		int (*purge)(struct store_conn *c, time_ms before, struct err *err);
		const char *insert, *count; /* literals for the store */
	} rows[] = {
		{ "media", media_purge, "INSERT INTO media (id, waba, at) VALUES (?1, '10', ?2)",
		    "SELECT count(*) FROM media" },
		{ "alarms", alarm_purge,
		    "INSERT INTO alarm (id, at, kind, scope, detail) VALUES (?1, ?2, 'k', '', '')",
		    "SELECT count(*) FROM alarm" },
		{ "quarantine", quarantine_purge,
		    "INSERT INTO quarantine (id, at, kind, scope) VALUES (?1, ?2, 'k', '')",
		    "SELECT count(*) FROM quarantine" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (int n = 0; n < 1500; n++)
			OK(store_do(f->conn, &f->err, rows[i].insert, "im",
			    (int64_t)id_next(&f->ids, NOW + n), NOW + n));
		int first = rows[i].purge(f->conn, NOW + 1400, &f->err);
		int64_t then = scratch_int(f->conn, rows[i].count);
		int second = rows[i].purge(f->conn, NOW + 1400, &f->err);
		int64_t left = scratch_int(f->conn, rows[i].count);
		if (first != 1 || then != 500 || second != 0 || left != 100)
			fail_msg("%s: %d, %lld left; %d, %lld left", rows[i].name, first,
			    (long long)then, second, (long long)left);
		f->ids = (struct id_gen){ 0 };
	}
}

/* --- media, alarms ---------------------------------------------------------------------------- */

static void test_media_belong_to_whom_they_came_to(void **state)
{
	struct fixture *f = *state;
	struct str waba;

	assert_int_equal(media_waba(f->conn, STR("m1"), f->arena, &waba, &f->err), 0);
	OK(media_add(f->conn, STR("m1"), STR("10"), NOW, &f->err));
	OK(media_add(f->conn, STR("m1"), STR("20"), NOW, &f->err));
	assert_int_equal(media_waba(f->conn, STR("m1"), f->arena, &waba, &f->err), 1);
	assert_true(str_eq(waba, STR("10")));
	OK(alarm_add(f->conn, 3, STR("bypass"), STR("101"), STR("{}"), NOW, &f->err));
	assert_int_equal(
	    scratch_int(f->conn, "SELECT at FROM alarm WHERE kind = 'bypass' AND id = 3"), NOW);
}

/* --- everything fails once -------------------------------------------------------------------- */

static int work(struct fixture *f)
{
	struct forward_entry *list;
	struct inbox_post p = { NOW, STR("10"), STR("messages"), 1, STR("x") };
	struct str waba;
	struct buf sealed;
	int64_t given_up;
	size_t n;

	buf_init(&sealed, 0);
	int r = inbox_seal(&f->key, &p, STR("{}"), &sealed);
	buf_done(&sealed);
	if (r == 0)
		r = inbox_add(f->conn, 5, &p, &f->err);
	if (r == 0)
		r = inbox_quarantine(f->conn, 5, &p, &f->err);
	if (r == 0)
		r = forward_add(f->conn, &f->key, 6, STR("crm"), STR("{}"), NOW, &f->err);
	if (r == 0)
		r = forward_due(f->conn, &f->key, &any, NOW, f->arena, &list, &n, &f->err);
	if (r == 0)
		r = media_add(f->conn, STR("m1"), STR("10"), NOW, &f->err);
	if (r == 0)
		r = media_waba(f->conn, STR("m1"), f->arena, &waba, &f->err);
	if (r >= 0)
		r = forward_quarantine(f->conn, &f->ids, 6, NOW, &f->err);
	if (r == 0)
		r = forward_add(f->conn, &f->key, 7, STR("crm"), STR("{}"), NOW, &f->err);
	if (r == 0)
		r = forward_purge(f->conn, &f->ids, NOW, NOW, &given_up, &f->err);
	if (r >= 0)
		r = quarantine_purge(f->conn, NOW, &f->err);
	if (r >= 0)
		r = alarm_purge(f->conn, NOW, &f->err);
	if (r >= 0)
		r = media_purge(f->conn, NOW, &f->err);
	return r < 0 ? r : inbox_purge(f->conn, NOW, &f->err);
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "inbox", work);
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_posts_are_forgotten),
		FIXTURE_TEST(test_raw_events_are_sealed),
		FIXTURE_TEST(test_in_order_and_per_app),
		FIXTURE_TEST(test_the_oldest_holds_up_the_others),
		FIXTURE_TEST(test_forwards_are_given_up),
		FIXTURE_TEST(test_forwards_are_sealed_in_their_place),
		FIXTURE_TEST(test_the_unreadable_goes_out_of_the_way),
		FIXTURE_TEST(test_what_is_old_goes_in_slices),
		FIXTURE_TEST(test_media_belong_to_whom_they_came_to),
		FIXTURE_TEST(test_memory_runs_out),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

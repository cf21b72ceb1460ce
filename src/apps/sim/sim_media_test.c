#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/check.h"
#include "apps/sim/sim_media.h"

#define NOON INT64_C(1795348800000)

static struct sim_upload *upload(size_t bytes, char fill)
{
	struct sim_upload *u = sim_upload_new();
	static char piece[65536];

	memset(piece, fill, sizeof(piece));
	for (size_t left = bytes; left > 0;) {
		size_t n = left < sizeof(piece) ? left : sizeof(piece);
		assert_int_equal(sim_upload_write(u, str_n(piece, n)), 0);
		left -= n;
	}
	return u;
}

static uint64_t count_bytes(const struct sim_file *f, char fill)
{
	static char piece[50000];
	uint64_t at = 0;

	for (int64_t n; (n = sim_file_read(f, at, piece, sizeof(piece))) > 0; at += (uint64_t)n) {
		for (int64_t i = 0; i < n; i++)
			assert_int_equal(piece[i], fill);
	}
	return at;
}

/* In memory and in a file: the same bytes come back, and the digest is theirs. */
static void test_round_trip(void **state)
{
	static const size_t sizes[] = { 1, 1000, 1 << 20, (1 << 20) + 1, 5 << 20 };
	struct sim_media *m = sim_media_new(7);
	struct sim_problem p;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct sim_upload *u = upload(sizes[i], 'x');
		struct sim_file *f = sim_upload_finish(
		    m, &u, NULL, STR("image/jpeg"), NOON + 10, &p);
		assert_non_null(f);
		assert_null(u);
		assert_int_equal(f->size, sizes[i]);
		assert_int_equal(count_bytes(f, 'x'), sizes[i]);
		char *copy = mem_alloc(sizes[i]);
		struct sha256 digest;
		memset(copy, 'x', sizes[i]);
		crypto_sha256(str_n(copy, sizes[i]), &digest);
		mem_free(copy);
		assert_memory_equal(digest.b, f->digest.b, SHA256_LEN);
		assert_ptr_equal(sim_media_get(m, str_c(f->id), NOON), f);
	}
	sim_media_free(&m);
	assert_null(m);
}

static void test_refused(void **state)
{
	static const struct {
		const char *type;
		size_t bytes;
		int code;
	} rows[] = { { "image/jpeg", 5 << 20, 0 }, { "image/jpeg", (5 << 20) + 1, 131053 },
		{ "image/gif", 10, 100 }, { "", 10, 100 }, { "image/png", 0, 100 },
		{ "IMAGE/PNG; charset=x", 10, 0 }, { "application/pdf", 20 << 20, 0 },
		{ "image/webp", (500 << 10) + 1, 131053 } };
	struct sim_media *m = sim_media_new(7);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct sim_problem p = { 0 };
		struct sim_upload *u = upload(rows[i].bytes, 'x');
		struct sim_file *f = sim_upload_finish(m, &u, NULL, str_c(rows[i].type), NOON, &p);
		if ((f == NULL) != (rows[i].code != 0) || p.code != rows[i].code)
			fail_msg(
			    "%s of %zu: %d %s", rows[i].type, rows[i].bytes, p.code, p.details);
	}
	sim_media_free(&m);
}

static void test_too_large(void **state)
{
	struct sim_upload *u = upload(100 << 20, 'x');

	(void)state;
	assert_int_equal(sim_upload_write(u, STR("x")), -E_TOO_LARGE);
	sim_upload_free(&u);
	sim_upload_free(&u);
}

static void test_expiry_and_deletion(void **state)
{
	struct sim_media *m = sim_media_new(7);
	struct sim_file *f = sim_media_put(
	    m, STR("91001"), NULL, STR("image/png"), STR("abc"), NOON + 10);

	(void)state;
	assert_ptr_equal(sim_media_get(m, STR("91001"), NOON + 9), f);
	assert_null(sim_media_get(m, STR("91001"), NOON + 10));
	assert_null(sim_media_get(m, STR("91001"), NOON));
	assert_non_null(
	    sim_media_put(m, STR("91001"), NULL, STR("image/png"), STR("abc"), NOON + 10));
	f = sim_media_put(m, STR("91001"), NULL, STR("image/png"), STR("defg"), NOON + 10);
	assert_int_equal(sim_media_get(m, STR("91001"), NOON)->size, 4);
	sim_media_delete(m, f);
	assert_null(sim_media_get(m, STR("91001"), NOON));
	sim_media_free(&m);
}

static void test_tickets(void **state)
{
	struct sim_media *m = sim_media_new(7);
	struct sim_file *f = sim_media_put(
	    m, STR_NONE, NULL, STR("image/png"), STR("abc"), NOON + MS_PER_DAY);
	struct sim_file *other = sim_media_put(
	    m, STR_NONE, NULL, STR("image/png"), STR("abc"), NOON + MS_PER_DAY);
	char ticket[96];

	(void)state;
	assert_string_not_equal(f->id, other->id);
	sim_media_ticket(m, f, NOON + FIG_MEDIA_URL_LIFE_MS, ticket);
	struct str hash = str_c(strstr(ticket, "oh=") + 3);
	struct str until = str_sub(str_c(ticket), 3, 10);
	assert_true(sim_media_ticket_holds(m, f, until, hash, NOON));
	assert_false(
	    sim_media_ticket_holds(m, f, until, hash, NOON + FIG_MEDIA_URL_LIFE_MS + 1000));
	assert_false(sim_media_ticket_holds(m, other, until, hash, NOON));
	assert_false(sim_media_ticket_holds(m, f, STR("9999999999"), hash, NOON));
	assert_false(sim_media_ticket_holds(m, f, STR_NONE, STR_NONE, NOON));
	sim_media_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_expiry_and_deletion),
		cmocka_unit_test(test_tickets),
	};

	if (crypto_init(NULL))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* domain/fixture.h: a store with all our tables, inside a transaction that each test leaves undone. For tests only;
 * include it behind cmocka.h.
 *
 * One store per test program. It is a store_fake, so that a test may make the store fail. */
#ifndef DOMAIN_FIXTURE_H
#define DOMAIN_FIXTURE_H

#include "base/check.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/torture.h"
#include "domain/keyring.h"
#include "domain/ledger.h"
#include "domain/pack.h"
#include "domain/phone.h"
#include "domain/tables.h"
#include "store/query.h"
#include "store/schema.h"
#include "store/scratch.h"
#include "store/store_fake.h"

#define NOW 1795341600000LL /* 2026-11-22T10:00:00Z */
#define MINUTE MS_PER_MIN
#define HOUR MS_PER_HOUR
#define DAY MS_PER_DAY

struct fixture {
	struct scratch scratch;
	struct store *store;
	struct store_conn *conn;
	struct arena *arena; /* empty at the start of each test */
	struct pack *pack;
	struct seal_key key;
	struct keyring keyring;
	struct id_gen ids;
	struct ledger ledger;
	struct err err; /* clear at the start of each test */
};

/* cmocka's group functions. */
static inline int fixture_open(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err = { 0 };
	int applied = 0;

	assert_non_null(f);
	MUST(crypto_init(&err), &err);
	scratch_make(&f->scratch);
	MUST(fake_open(f->scratch.url, &f->store, &err), &err);
	f->conn = scratch_connect(f->store, STORE_WRITE);
	MUST(schema_apply(f->conn, tables, tables_len, &applied, &err), &err);
	MUST(pack_builtin(&f->pack, &err), &err);
	memset(f->key.b, 7, sizeof(f->key.b));
	f->keyring = (struct keyring){ { { 1 } }, { { 2 } }, { { 3 } } };
	store_set_keys(f->store, &f->keyring);
	f->arena = arena_new(0, 0);
	assert_non_null(f->arena);
	*state = f;
	return 0;
}

static inline int fixture_close(void **state)
{
	struct fixture *f = *state;

	arena_free(&f->arena);
	pack_free(&f->pack);
	store_disconnect(&f->conn);
	store_close(&f->store);
	scratch_remove(f->scratch.dir);
	free(f);
	return 0;
}

/* cmocka's functions around each test. */
static inline int fixture_begin(void **state)
{
	struct fixture *f = *state;

	arena_reset(f->arena);
	f->err = (struct err){ 0 };
	f->ids = (struct id_gen){ 0 };
	MUST(store_begin(f->conn, &f->err), &f->err);
	MUST(ledger_load(f->conn, STR("test"), &f->ledger, &f->err), &f->err);
	return 0;
}

static inline int fixture_rollback(void **state)
{
	struct fixture *f = *state;

	store_rollback(f->conn);
	return 0;
}

#define FIXTURE_TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_begin, fixture_rollback)

/* What stands here must succeed. */
#define OK(deed) \
	do { \
		int ok_rc = (deed); \
		if (ok_rc < 0) \
			fail_msg("%s:%d: %s: %s (%s)", __FILE__, __LINE__, #deed, f->err.text, \
			    err_name(ok_rc)); \
	} while (0)

/* What stands here must fail with that code, naming that field ("" = none). */
#define FAILS(deed, error, name) \
	do { \
		f->err = (struct err){ 0 }; \
		int fails_rc = (deed); \
		if (fails_rc != -(int)(error) || f->err.code != (int)(error) || \
		    strcmp(f->err.field, (name)) != 0 || !f->err.text[0]) \
			fail_msg("%s:%d: %s gave %s, field \"%s\": %s", __FILE__, __LINE__, #deed, \
			    fails_rc < 0 ? err_name(fails_rc) : "no error", f->err.field, \
			    f->err.text); \
	} while (0)

static inline struct phone phone_of(const char *text)
{
	struct phone p = { 0 };

	assert_int_equal(phone_parse(str_c(text), STR_NONE, &p, NULL, NULL), 0);
	return p;
}

/* The deed again and again, each time with another statement failing: it must say so, and its transaction must leave
 * nothing. The deed is done at least once without a fault. */
static inline void fixture_store_fails(struct fixture *f, int (*deed)(struct fixture *f))
{
	static const char sum[] =
	    "SELECT (SELECT count(*) FROM person) + (SELECT count(*) FROM consent)"
	    " + (SELECT count(*) FROM decision) + (SELECT count(*) FROM ledger_leaf)"
	    " + (SELECT count(*) FROM waba) + (SELECT count(*) FROM portfolio) + (SELECT count(*) FROM contact)";
	long nth = 1;
	int rc;

	store_rollback(f->conn);
	int64_t before = scratch_int(f->conn, sum);
	do {
		OK(store_begin(f->conn, &f->err));
		OK(ledger_load(f->conn, STR("test"), &f->ledger, &f->err));
		fake_fail(f->store, FAKE_STEP, nth, 1, E_STORE);
		rc = deed(f);
		long met = fake_met(f->store, FAKE_STEP);
		fake_fail(f->store, FAKE_STEP, 0, 0, E_STORE);
		if (rc != (met ? -E_STORE : 0))
			fail_msg("statement %ld failed: %s", nth, err_name(rc));
		store_rollback(f->conn);
		assert_int_equal(scratch_int(f->conn, sum), before);
		nth++;
	} while (rc < 0);
	assert_true(nth > 2);
}

struct fixture_deed {
	struct fixture *f;
	int (*deed)(struct fixture *f);
};

static inline int fixture_do(void *arg)
{
	struct fixture_deed *d = arg;
	int rc = store_begin(d->f->conn, &d->f->err);

	d->f->arena = rc == 0 ? arena_new(16, 0) : NULL;
	if (rc == 0)
		rc = d->f->arena ? d->deed(d->f) : -E_NOMEM;
	arena_free(&d->f->arena);
	store_rollback(d->f->conn);
	return rc;
}

/* The deed again and again, each time with another allocation failing. It is done once before, so that statements are
 * prepared. */
static inline void fixture_memory_runs_out(
    struct fixture *f, const char *name, int (*deed)(struct fixture *f))
{
	struct fixture_deed d = { f, deed };
	struct arena *arena = f->arena;

	store_rollback(f->conn);
	OK(fixture_do(&d));
	torture(name, fixture_do, &d);
	f->arena = arena;
}

/* A portfolio without limit, a WABA and an established number, for tests of what stands on them. */
static inline void fixture_account(
    struct fixture *f, const char *portfolio, const char *waba, const char *number)
{
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO portfolio (id, people_limit, counting, updated_at) VALUES (?1, NULL, 0, ?2)"
	    " ON CONFLICT (id) DO NOTHING",
	    "tm", str_c(portfolio), NOW));
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO waba (id, portfolio, name, country, state, payment_ok, created_at, updated_at)"
	    " VALUES (?1, ?2, 'Bottega', 'IT', 'active', 1, ?3, ?3)",
	    "ttm", str_c(waba), str_c(portfolio), NOW));
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO number (id, waba, display, status, quality, throughput, established, created_at,"
	    " updated_at) VALUES (?1, ?2, '+393331234500', 'CONNECTED', 'GREEN', 0, 1, ?3, ?3)",
	    "ttm", str_c(number), str_c(waba), NOW));
}

#endif

/* What is recorded is compared with what the program knows before anything is changed: the recorded
 * migrations must be a beginning of the program's list, name by name. */
#include "store/schema.h"

#include "base/check.h"
#include "base/clock.h"

static const char make_table[] =
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    "number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)"
    " {clustered}";

static int compare_row(
    struct store_stmt *s, const struct migration *m, size_t n, size_t seen, struct err *err)
{
	int64_t number = store_col_int(s, 0);
	struct str name = store_col_text(s, 1);

	if (seen >= n)
		return err_set(err, E_UNSUPPORTED,
		    "The store is newer than this program: it has migration %lld, the program knows %zu.",
		    (long long)number, n);
	if (number == m[seen].number && str_eq_c(name, m[seen].name))
		return 0;
	return err_set(err, E_CONFLICT,
	    "The store has another history: its migration %lld is \"%.*s\" where \"%s\" was expected.",
	    (long long)number, STR_ARG(name), m[seen].name);
}

static int count_applied(
    struct store_conn *c, const struct migration *m, size_t n, size_t *ret, struct err *err)
{
	struct store_stmt *s;
	size_t seen = 0;
	int rc = store_prepare(
	    c, "SELECT number, name FROM schema_migrations ORDER BY number", &s, err);

	if (rc < 0)
		return rc;
	while ((rc = store_step(s, err)) > 0) {
		rc = compare_row(s, m, n, seen++, err);
		if (rc < 0)
			break;
	}
	store_reset(s);
	if (rc == 0)
		*ret = seen;
	return rc;
}

static int record(struct store_conn *c, const struct migration *m, struct err *err)
{
	struct store_stmt *s;
	int rc = store_prepare(c,
	    "INSERT INTO schema_migrations (number, name, applied_at) VALUES (?1, ?2, ?3)", &s,
	    err);

	if (rc < 0)
		return rc;
	store_bind_int(s, 1, m->number);
	store_bind_text(s, 2, str_c(m->name));
	store_bind_int(s, 3, clock_now());
	return store_run(s, err);
}

static int apply_one(struct store_conn *c, const struct migration *m, struct err *err)
{
	struct err why = { 0 };
	int rc = store_begin(c, &why);

	if (rc == 0)
		rc = store_exec(c, m->sql, &why);
	if (rc == 0)
		rc = record(c, m, &why);
	if (rc == 0)
		rc = store_commit(c, &why);
	store_rollback(c);
	if (rc < 0)
		return err_set(err, (enum err_code) - rc, "Migration %d (%s) failed: %s", m->number,
		    m->name, why.text);
	return 0;
}

int schema_apply(
    struct store_conn *c, const struct migration *m, size_t n, int *ret_applied, struct err *err)
{
	size_t applied = 0;

	for (size_t i = 0; i < n; i++)
		ASSERT(m[i].number == (int)i + 1);
	int rc = store_exec(c, make_table, err);
	if (rc == 0)
		rc = count_applied(c, m, n, &applied, err);
	for (size_t i = applied; rc == 0 && i < n; i++)
		rc = apply_one(c, &m[i], err);
	if (rc == 0)
		*ret_applied = (int)(n - applied);
	return rc;
}

int schema_compare(
    struct store_conn *c, const struct migration *m, size_t n, size_t *ret_applied, struct err *err)
{
	return count_applied(c, m, n, ret_applied, err);
}

#include "store/query.h"

#include <stdarg.h>

#include "base/check.h"
#include "base/clock.h"

static void bind_time(struct store_stmt *s, int i, int64_t t)
{
	if (t == TIME_NONE)
		store_bind_null(s, i);
	else
		store_bind_int(s, i, t);
}

static void bind_all(struct store_stmt *s, const char *types, va_list ap)
{
	for (int i = 1; *types; types++, i++) {
		switch (*types) {
		case 'i':
			store_bind_int(s, i, va_arg(ap, int64_t));
			break;
		case 'm':
			bind_time(s, i, va_arg(ap, int64_t));
			break;
		case 't':
			store_bind_text(s, i, va_arg(ap, struct str));
			break;
		case 'b':
			store_bind_blob(s, i, va_arg(ap, struct str));
			break;
		default:
			ASSERT(false && "a letter of i m t b");
		}
	}
}

static int ask(struct store_conn *c, struct store_stmt **ret, struct err *err, const char *sql,
    const char *types, va_list ap)
{
	struct store_stmt *s;
	int r = store_prepare(c, sql, &s, err);

	if (r < 0)
		return r;
	bind_all(s, types, ap);
	*ret = s;
	return 0;
}

int store_ask(struct store_conn *c, struct store_stmt **ret, struct err *err, const char *sql,
    const char *types, ...)
{
	va_list ap;

	va_start(ap, types);
	int r = ask(c, ret, err, sql, types, ap);
	va_end(ap);
	return r;
}

int store_do(struct store_conn *c, struct err *err, const char *sql, const char *types, ...)
{
	struct store_stmt *s;
	va_list ap;

	va_start(ap, types);
	int r = ask(c, &s, err, sql, types, ap);
	va_end(ap);
	return r < 0 ? r : store_run(s, err);
}

int store_find(struct store_conn *c, struct store_stmt **ret, struct err *err, const char *sql,
    const char *types, ...)
{
	struct store_stmt *s;
	va_list ap;

	va_start(ap, types);
	int r = ask(c, &s, err, sql, types, ap);
	va_end(ap);
	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0)
		*ret = s;
	else
		store_reset(s);
	return r;
}

int store_purge(
    struct store_conn *c, const char *sql, int64_t before, int64_t most, struct err *err)
{
	int r = store_do(c, err, sql, "ii", before, most);

	return r < 0 ? r : store_changes(c) >= most;
}

int store_ask_int(
    struct store_conn *c, int64_t *ret, struct err *err, const char *sql, const char *types, ...)
{
	struct store_stmt *s;
	va_list ap;

	va_start(ap, types);
	int r = ask(c, &s, err, sql, types, ap);
	va_end(ap);
	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0 && store_col_null(s, 0))
		r = 0;
	if (r > 0)
		*ret = store_col_int(s, 0);
	store_reset(s);
	return r;
}

int64_t store_col_time(struct store_stmt *s, int i)
{
	return store_col_null(s, i) ? TIME_NONE : store_col_int(s, i);
}

bool store_col_is_up_to(struct store_stmt *s, int i, int64_t last)
{
	int64_t n = store_col_int(s, i);

	return n >= 0 && n <= last;
}

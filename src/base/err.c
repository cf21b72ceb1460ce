#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct code_row {
	const char *name;
	const char *meaning;
};

static const struct code_row codes[E_CODES_END] = { [E_OK] = { "E_OK", "all is well" },
#define X(name, text) [name] = { #name, text },
	ERR_CODES(X)
#undef X
};

static const struct code_row unknown_code = { "E_?", "an unknown error" };

static const struct code_row *find_code(int code)
{
	/* Not simply -code: the smallest int has no positive twin. */
	if (code <= -E_CODES_END || code >= E_CODES_END)
		return &unknown_code;
	return &codes[code < 0 ? -code : code];
}

PRINTF_LIKE(4, 0)
static void fill(
    struct err *err, enum err_code code, const char *field, const char *fmt, va_list ap)
{
	if (!err)
		return;
	err->code = (int)code;
	(void)snprintf(err->field, sizeof(err->field), "%s", field);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
}

int(err_set)(struct err *err, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(err, code, "", fmt, ap);
	va_end(ap);
	return -(int)code;
}

int(err_field)(struct err *err, enum err_code code, const char *field, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(err, code, field, fmt, ap);
	va_end(ap);
	return -(int)code;
}

const char *err_name(int code)
{
	return find_code(code)->name;
}

const char *err_meaning(int code)
{
	return find_code(code)->meaning;
}

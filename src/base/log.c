/* A line is put together in a buffer on the stack and cut at its end; nothing is allocated. The
 * format is taken apart here rather than by printf, for two reasons: only so are the values known
 * one by one, to be quoted and escaped, and their types, so that a number is a number in JSON. */
#include "base/log.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define LINE_MOST 2048
#define VALUE_MOST 1024

static const char *const level_names[] = { "debug", "info", "warn", "error" };

static _Atomic int lowest = LOG_INFO;
static _Atomic bool as_json;

void log_setup(enum log_level level, bool json)
{
	atomic_store(&lowest, (int)level);
	atomic_store(&as_json, json);
}

int log_level_parse(struct str text, enum log_level *ret)
{
	for (int i = LOG_DEBUG; i <= LOG_ERROR; i++) {
		if (!str_eq_c(text, level_names[i]))
			continue;
		*ret = (enum log_level)i;
		return 0;
	}
	return -E_INVALID;
}

bool log_on(enum log_level level)
{
	return (int)level >= atomic_load_explicit(&lowest, memory_order_relaxed);
}

/* --- a line that cuts itself --- */

struct line {
	char text[LINE_MOST];
	size_t len;
	bool json;
};

static void put(struct line *l, const char *p, size_t n)
{
	size_t room = sizeof(l->text) - 3 - l->len; /* `"}` and the line feed always fit */

	if (n > room)
		n = room;
	memcpy(l->text + l->len, p, n);
	l->len += n;
}

static void put_c(struct line *l, const char *z)
{
	put(l, z, strlen(z));
}

/* Bytes of a quoted value: both forms escape alike; UTF-8 passes, control characters become '?'. */
static void put_escaped(struct line *l, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];
		if (c == '"' || c == '\\')
			put(l, "\\", 1);
		put(l, c < 0x20 || c == 0x7f ? "?" : &p[i], 1);
	}
}

static void put_quoted(struct line *l, const char *p, size_t n)
{
	put_c(l, "\"");
	put_escaped(l, p, n);
	put_c(l, "\"");
}

static bool needs_quotes(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];
		if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c >= 0x7f)
			return true;
	}
	return n == 0;
}

static void put_pair(
    struct line *l, const char *key, size_t key_len, const char *value, size_t len, bool number)
{
	if (l->json) {
		put_c(l, l->len > 1 ? "," : "");
		put_quoted(l, key, key_len);
		put_c(l, ":");
	} else {
		put_c(l, l->len ? " " : "");
		put(l, key, key_len);
		put_c(l, "=");
	}
	if (!number && (l->json || needs_quotes(value, len)))
		put_quoted(l, value, len);
	else
		put(l, value, len);
}

/* --- the format, taken apart --- */

struct value {
	char text[VALUE_MOST];
	size_t len;
	bool number; /* one numeric conversion and nothing beside it */
};

/* Held in a struct because a va_list may be an array, which changes when passed on. */
struct args {
	va_list ap;
};

enum width { WIDTH_INT, WIDTH_LONG, WIDTH_LONG_LONG, WIDTH_SIZE };

struct directive {
	int precision; /* -1 = none */
	enum width width;
	char conversion;
	bool zero;
	int pad;
};

static void value_add(struct value *v, const char *p, size_t n)
{
	if (n > sizeof(v->text) - v->len)
		n = sizeof(v->text) - v->len;
	memcpy(v->text + v->len, p, n);
	v->len += n;
}

static const char *read_number(const char *f, struct args *args, int *ret)
{
	*ret = 0;
	if (*f == '*') {
		*ret = va_arg(args->ap, int);
		return f + 1;
	}
	for (; *f >= '0' && *f <= '9'; f++)
		*ret = *ret * 10 + (*f - '0');
	return f;
}

/* "%-05.3lld" without its '%'; returns what follows. Of the flags only zero means something
 * here.
 * */
static const char *read_directive(const char *f, struct args *args, struct directive *d)
{
	*d = (struct directive){ .precision = -1 };
	for (; *f && strchr("-+ #0", *f); f++)
		d->zero = d->zero || *f == '0';
	f = read_number(f, args, &d->pad);
	if (*f == '.')
		f = read_number(f + 1, args, &d->precision);
	for (; *f == 'l'; f++)
		d->width = d->width == WIDTH_INT ? WIDTH_LONG : WIDTH_LONG_LONG;
	for (; *f == 'z' || *f == 't' || *f == 'j'; f++)
		d->width = WIDTH_SIZE;
	for (; *f == 'h'; f++)
		d->width = WIDTH_INT;
	d->conversion = *f;
	return *f ? f + 1 : f;
}

static intmax_t take_signed(struct args *args, enum width width)
{
	switch (width) {
	case WIDTH_LONG:
		return va_arg(args->ap, long);
	case WIDTH_LONG_LONG:
		return va_arg(args->ap, long long);
	case WIDTH_SIZE:
		return va_arg(args->ap, ptrdiff_t);
	default:
		return va_arg(args->ap, int);
	}
}

static uintmax_t take_unsigned(struct args *args, enum width width)
{
	switch (width) {
	case WIDTH_LONG:
		return va_arg(args->ap, unsigned long);
	case WIDTH_LONG_LONG:
		return va_arg(args->ap, unsigned long long);
	case WIDTH_SIZE:
		return va_arg(args->ap, size_t);
	default:
		return va_arg(args->ap, unsigned);
	}
}

static void add_string(struct value *v, const char *s, int precision)
{
	if (!s)
		s = "-";
	value_add(v, s, precision < 0 ? strlen(s) : strnlen(s, (size_t)precision));
}

static void add_converted(struct value *v, const struct directive *d, struct args *args)
{
	char text[400]; /* the longest %f of a double */
	int pad = d->zero ? d->pad : 0, n = 0;

	switch (d->conversion) {
	case 's':
		add_string(v, va_arg(args->ap, const char *), d->precision);
		return;
	case 'd':
	case 'i':
		n = snprintf(text, sizeof(text), "%0*jd", pad, take_signed(args, d->width));
		break;
	case 'u':
		n = snprintf(text, sizeof(text), "%0*ju", pad, take_unsigned(args, d->width));
		break;
	case 'x':
		n = snprintf(text, sizeof(text), "%0*jx", pad, take_unsigned(args, d->width));
		break;
	case 'f':
		n = snprintf(text, sizeof(text), "%.*f", d->precision, va_arg(args->ap, double));
		break;
	case 'g':
		n = snprintf(text, sizeof(text), "%.*g", d->precision, va_arg(args->ap, double));
		break;
	case 'c':
		text[0] = (char)va_arg(args->ap, int);
		n = 1;
		break;
	case 'p':
		n = snprintf(text, sizeof(text), "%p", va_arg(args->ap, void *));
		break;
	default: /* "%%" */
		text[0] = d->conversion;
		n = d->conversion != '\0';
		break;
	}
	value_add(v, text, n > 0 && (size_t)n < sizeof(text) ? (size_t)n : 0);
}

/* A decimal number as JSON knows it: no leading zeros, no inf or nan. */
static bool is_json_number(const char *p, size_t n)
{
	size_t i = n && p[0] == '-' ? 1 : 0;

	if (i == n || p[i] < '0' || p[i] > '9' || (p[i] == '0' && i + 1 < n && p[i + 1] != '.'))
		return false;
	for (; i < n; i++) {
		if (!strchr("0123456789.e+-", p[i]) || !p[i])
			return false;
	}
	return true;
}

/* A value ends at the next blank of the format; blanks in what is put in do not end it. */
static const char *read_value(const char *f, struct args *args, struct value *v)
{
	int parts = 0;
	bool numeric = false;

	for (v->len = 0; *f && *f != ' '; parts++) {
		struct directive d;
		if (*f != '%') {
			value_add(v, f++, 1);
			continue;
		}
		f = read_directive(f + 1, args, &d);
		add_converted(v, &d, args);
		numeric = d.conversion && strchr("diufg", d.conversion);
	}
	v->number = parts == 1 && numeric && is_json_number(v->text, v->len);
	return f;
}

static void put_pairs(struct line *l, const char *f, struct args *args)
{
	struct value v;

	while (*f) {
		const char *key = f;
		while (*f && *f != '=' && *f != ' ')
			f++;
		size_t key_len = (size_t)(f - key);
		v.len = 0;
		v.number = false;
		if (*f == '=')
			f = read_value(f + 1, args, &v);
		if (key_len)
			put_pair(l, key, key_len, v.text, v.len, v.number);
		while (*f == ' ')
			f++;
	}
}

static void write_line(const struct line *l)
{
	/* Where standard error is gone there is nobody left to tell. */
	ssize_t written = write(STDERR_FILENO, l->text, l->len);

	(void)written;
}

void log_line(enum log_level level, const char *msg, const char *fmt, ...)
{
	struct line l = { .len = 0, .json = atomic_load_explicit(&as_json, memory_order_relaxed) };
	struct args args;
	char at[TIME_TEXT_MAX];

	if (!log_on(level))
		return;
	time_format(clock_now(), at);
	put_c(&l, l.json ? "{" : "");
	put_pair(&l, "at", 2, at, strlen(at), false);
	put_pair(&l, "level", 5, level_names[level], strlen(level_names[level]), false);
	put_pair(&l, "msg", 3, msg, strlen(msg), false);
	if (fmt) {
		va_start(args.ap, fmt);
		put_pairs(&l, fmt, &args);
		va_end(args.ap);
	}
	memcpy(l.text + l.len, l.json ? "}\n" : "\n", l.json ? 2 : 1);
	l.len += l.json ? 2 : 1;
	write_line(&l);
}

const char *log_quoted(struct str s, char out[LOG_QUOTED_MAX])
{
	size_t n = s.len < LOG_QUOTED_MAX - 1 ? s.len : LOG_QUOTED_MAX - 1;

	for (size_t i = 0; i < n; i++)
		out[i] = s.p[i] > ' ' && s.p[i] < 0x7f ? s.p[i] : '?';
	out[n] = '\0';
	return out;
}

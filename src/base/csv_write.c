#include "base/csv_write.h"

#include "base/check.h"

#define GUARD '\''

/* Does it begin what a spreadsheet computes? Blanks before it do not keep all of them from that. */
static bool begins_formula(struct str s)
{
	static const char *const full_width[] = { "＝", "＋", "－", "＠" };
	size_t i = 0;

	while (i < s.len && s.p[i] == ' ')
		i++;
	s = str_sub(s, i, s.len);
	for (size_t k = 0; k < ARRAY_LEN(full_width); k++) {
		if (str_starts(s, str_c(full_width[k])))
			return true;
	}
	return s.len && memchr("=+-@\t\r\n", s.p[0], 7);
}

/* Behind any number of guards, or the guard of "'=1" could not be told from its own. */
static bool needs_guard(struct str s)
{
	size_t i = 0;

	while (i < s.len && s.p[i] == GUARD)
		i++;
	return begins_formula(str_sub(s, i, s.len));
}

void csv_guard(struct buf *out, struct str value)
{
	if (needs_guard(value))
		buf_add_char(out, GUARD);
	buf_add(out, value);
}

void csv_write_field(struct buf *out, bool first, struct str value)
{
	buf_add_c(out, first ? "\"" : ",\"");
	if (needs_guard(value))
		buf_add_char(out, GUARD);
	for (size_t i = 0; i < value.len; i++) {
		if (value.p[i] == '"')
			buf_add_char(out, '"');
		buf_add_char(out, value.p[i]);
	}
	buf_add_char(out, '"');
}

void csv_write_row(struct buf *out, const struct str *fields, size_t n)
{
	for (size_t i = 0; i < n; i++)
		csv_write_field(out, i == 0, fields[i]);
	buf_add_c(out, "\r\n");
}

struct str csv_unguard(struct str field)
{
	return field.len && field.p[0] == GUARD && needs_guard(field) ? str_sub(field, 1, field.len)
								      : field;
}

#include "domain/template_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '_';
}

static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!is_name_char(s.p[i]))
			return false;
	}
	return s.len > 0;
}

static bool is_number(struct str s)
{
	uint64_t n;

	return str_to_u64(s, &n) == 0;
}

/* Where "}}" begins behind `from`, no further than a name can reach; text.len when nowhere. */
static size_t closing(struct str text, size_t from)
{
	for (size_t i = from; i + 1 < text.len; i++) {
		if (text.p[i] == '}' && text.p[i + 1] == '}')
			return i;
		if (text.p[i] == '{')
			break;
	}
	return text.len;
}

bool template_text_next(struct str *rest, struct str *ret_before, struct str *ret_name)
{
	struct str text = *rest;

	for (size_t i = 0; i + 3 < text.len; i++) {
		size_t end;

		if (text.p[i] != '{' || text.p[i + 1] != '{')
			continue;
		end = closing(text, i + 2);
		if (end == text.len)
			continue;
		*ret_name = str_trim(str_sub(text, i + 2, end - i - 2));
		if (!is_name(*ret_name))
			continue;
		*ret_before = str_sub(text, 0, i);
		*rest = str_sub(text, end + 2, text.len - end - 2);
		return true;
	}
	*ret_before = text;
	*rest = str_sub(text, text.len, 0);
	return false;
}

static int by_number(const void *a, const void *b)
{
	const struct str *x = a, *y = b;
	uint64_t m = 0, n = 0;

	if (str_to_u64(*x, &m) < 0 || str_to_u64(*y, &n) < 0)
		return str_cmp(*x, *y);
	return (m > n) - (m < n);
}

int template_variables_find(const struct template_variables *vars, struct str name)
{
	for (size_t i = 0; i < vars->len; i++) {
		if (str_eq(vars->names[i], name))
			return (int)i;
	}
	return -1;
}

void template_variables_read(struct str text, struct template_variables *ret)
{
	struct str before, name;

	ret->len = 0;
	ret->named = ret->too_many = false;
	while (!ret->too_many && template_text_next(&text, &before, &name)) {
		if (template_variables_find(ret, name) >= 0)
			continue;
		if (ret->len == TEMPLATE_VARIABLES_MAX) {
			ret->too_many = true;
			break;
		}
		ret->named = ret->named || !is_number(name);
		ret->names[ret->len++] = name;
	}
	if (!ret->named)
		qsort(ret->names, ret->len, sizeof(ret->names[0]), by_number);
}

int64_t template_text_length(
    struct str text, const struct template_variables *vars, const int64_t *lengths)
{
	struct str before, name;
	int64_t n = 0;

	while (template_text_next(&text, &before, &name)) {
		int at = template_variables_find(vars, name);

		n += (int64_t)text_code_points(before) + (at < 0 ? 0 : lengths[at]);
	}
	return n + (int64_t)text_code_points(before);
}

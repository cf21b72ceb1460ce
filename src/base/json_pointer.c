#include "base/json_pointer.h"

bool json_pointer_is_valid(struct str pointer)
{
	if (!pointer.p || pointer.len > JSON_POINTER_MAX)
		return false;
	if (pointer.len && pointer.p[0] != '/')
		return false;
	for (size_t i = 0; i < pointer.len; i++) {
		if (pointer.p[i] != '~')
			continue;
		if (i + 1 == pointer.len || (pointer.p[i + 1] != '0' && pointer.p[i + 1] != '1'))
			return false;
	}
	return true;
}

/* `out` has JSON_POINTER_MAX bytes, and no token is longer than its pointer. */
static struct str unescape(struct str token, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < token.len; i++) {
		char c = token.p[i];
		if (c == '~')
			c = token.p[++i] == '1' ? '/' : '~';
		out[n++] = c;
	}
	return str_n(out, n);
}

static const struct json *element(const struct json *array, struct str token)
{
	uint64_t i;

	if (token.len > 1 && token.p[0] == '0')
		return NULL;
	if (str_to_u64(token, &i) < 0 || i >= json_len(array))
		return NULL;
	return json_at(array, (size_t)i);
}

const struct json *json_pointer(const struct json *root, struct str pointer)
{
	char name[JSON_POINTER_MAX];
	const struct json *at = root;
	struct str rest = pointer;

	if (!json_pointer_is_valid(pointer))
		return NULL;
	if (pointer.len == 0)
		return root;
	(void)str_cut(&rest, '/');
	while (rest.p && at) {
		struct str token = unescape(str_cut(&rest, '/'), name);
		at = json_type(at) == JSON_ARRAY ? element(at, token) : json_member(at, token);
	}
	return at;
}

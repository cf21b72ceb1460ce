/* Whatever can be read comes out of every writer so that it reads back equal. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct json *read_back(struct arena *a, const struct buf *b)
{
	const struct json *v = NULL;
	struct err err = { 0 };
	int rc = json_read(a, buf_str(b), &v, &err);

	ASSERT(!b->failed && rc == 0);
	return v;
}

static void check_print(struct arena *a, const struct json *v)
{
	struct buf b;

	buf_init(&b, 0);
	json_print(&b, v);
	ASSERT(json_equal(v, read_back(a, &b)));
	buf_done(&b);
}

/* Canonical text is its own canonical text. */
static void check_canonical(struct arena *a, const struct json *v)
{
	struct buf first, second;

	buf_init(&first, 0);
	buf_init(&second, 0);
	json_canonical(&first, v, NULL);
	json_canonical(&second, read_back(a, &first), NULL);
	ASSERT(str_eq(buf_str(&first), buf_str(&second)));
	buf_done(&first);
	buf_done(&second);
}

/* All members but one are what they were. */
static void check_others(const struct json *before, const struct json *after, const char *key)
{
	struct json_iter i, j;
	struct str name, name_after;
	const struct json *value, *value_after;

	json_iter_init(&i, before);
	json_iter_init(&j, after);
	while (json_iter_next(&i, &name, &value)) {
		if (str_eq_c(name, key))
			continue;
		ASSERT(json_iter_next(&j, &name_after, &value_after));
		if (str_eq_c(name_after, key))
			ASSERT(json_iter_next(&j, &name_after, &value_after));
		ASSERT(str_eq(name, name_after) && json_equal(value, value_after));
	}
}

static void check_edit(struct arena *a, struct str text, const struct json *v)
{
	static const struct str value = { "x\"\n\xc3\xa8", 5 };
	struct buf set, same, removed;

	buf_init(&set, 0);
	buf_init(&same, 0);
	buf_init(&removed, 0);
	ASSERT(json_edit_member(text, "id", value, &set) == 0);
	ASSERT(json_set_member(text, v, "id", value, &same) == 0);
	ASSERT(str_eq(buf_str(&set), buf_str(&same)));
	const struct json *after = read_back(a, &set);
	ASSERT(str_eq(json_str(json_get(after, "id")), value));
	check_others(v, after, "id");
	ASSERT(json_edit_member(buf_str(&set), "id", STR_NONE, &removed) == 0);
	after = read_back(a, &removed);
	ASSERT(!json_get(after, "id"));
	check_others(v, after, "id");
	buf_done(&set);
	buf_done(&same);
	buf_done(&removed);
}

/* Of what is no JSON only that it does no harm. */
static void edit_anything(struct str text)
{
	struct buf b;

	buf_init(&b, 0);
	(void)!json_edit_member(text, "id", STR("x"), &b);
	buf_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0, 0);
	struct str text = str_n((const char *)data, size);
	const struct json *v;
	struct err err;

	ASSERT(a);
	if (json_read(a, text, &v, &err) == 0) {
		check_print(a, v);
		check_canonical(a, v);
		if (json_type(v) == JSON_OBJECT)
			check_edit(a, text, v);
	}
	edit_anything(text);
	if (json_read_commented(a, text, &v, &err) == 0)
		check_print(a, v);
	arena_free(&a);
	return 0;
}

/* Reading and looking. yyjson parses in place in one copy of the text, and it and all values
 * lie in the caller's arena. Two things that yyjson does not look at are looked at here:
 *   depth       before parsing, so that a megabyte of '[' costs one pass and no memory. Texts
 *               with no more than JSON_DEPTH_MAX brackets, nearly all, need no look at all.
 *   duplicates  after parsing. Values lie in document order in one array, so this is a flat
 *               walk; large objects are checked with a keyed hash table, so that nobody can
 *               make it quadratic.
 * Every other walk here and in json_write.c may recurse, because nothing deeper was let in. */
#include "base/json.h"

#include <string.h>
#include <yyjson.h>

#include "base/check.h"
#include "base/json_private.h"
#include "base/lang.h"
#include "base/log.h"
#include "base/map.h"

#define TEXT_MOST ((size_t)1 << 31)
#define FEW_MEMBERS 16 /* up to here comparing all with all is fastest */

static const yyjson_val *yy(const struct json *v)
{
	return (const yyjson_val *)(const void *)v;
}

/* yyjson's accessors take pointers to non-const values and do not write through them. */
static yyjson_val *yym(const struct json *v)
{
	return (yyjson_val *)(uintptr_t)v;
}

static const struct json *js(const yyjson_val *v)
{
	return (const struct json *)(const void *)v;
}

static struct str val_str(const yyjson_val *v)
{
	return str_n(unsafe_yyjson_get_str((void *)(uintptr_t)v),
	    unsafe_yyjson_get_len((void *)(uintptr_t)v));
}

/* --- what the text may need, before it is parsed --- */

struct shape {
	size_t opens;  /* brackets; those in strings too */
	size_t values; /* never less than there are */
};

#define RUN 128 /* counted in bytes, which hold no more than 255 */

/* A loop of known length without branches: compilers make some instructions for sixteen bytes of it. */
static struct shape shape_of_run(const char bytes[RUN])
{
	uint8_t opens = 0, others = 0;

	for (size_t i = 0; i < RUN; i++) {
		opens = (uint8_t)(opens + ((bytes[i] | 0x20) == '{')); /* '[' differs by that bit */
		others = (uint8_t)(others + ((bytes[i] == ',') | (bytes[i] == ':')));
	}
	return (struct shape){ opens, (size_t)opens + others };
}

/* A value or key stands at the start or behind one of "[{,:". */
static struct shape shape_of(struct str text)
{
	struct shape all = { .values = 1 };
	char last[RUN] = { 0 };

	for (size_t i = 0; i < text.len; i += RUN) {
		const char *run = text.p + i;
		if (text.len - i < RUN)
			run = memcpy(last, run, text.len - i);
		struct shape one = shape_of_run(run);
		all.opens += one.opens;
		all.values += one.values;
	}
	return all;
}

size_t json_string_end(struct str text, size_t quote)
{
	size_t from = quote + 1;

	for (;;) {
		const char *end = from < text.len ? memchr(text.p + from, '"', text.len - from)
						  : NULL;
		if (!end)
			return text.len + 1;
		size_t at = (size_t)(end - text.p), escapes = 0;
		while (at - escapes > from && text.p[at - escapes - 1] == '\\')
			escapes++;
		if (escapes % 2 == 0)
			return at + 1;
		from = at + 1;
	}
}

/* Behind the comment that begins at i, or just behind the slash when it is none. */
static size_t comment_end(struct str s, size_t i)
{
	char kind = i + 1 < s.len ? s.p[i + 1] : '\0';
	const char *end = NULL;

	if (kind != '/' && kind != '*')
		return i + 1;
	if (i + 2 < s.len)
		end = kind == '/' ? memchr(s.p + i + 2, '\n', s.len - i - 2)
				  : memmem(s.p + i + 2, s.len - i - 2, "*/", 2);
	if (!end)
		return s.len;
	return (size_t)(end - s.p) + (kind == '/' ? 1 : 2);
}

/* The place of the first bracket that is nested too deep, or s.len. Exact for well-formed texts;
 * of others it only matters that something refuses them. */
static size_t too_deep_at(struct str s, bool comments)
{
	size_t depth = 0, i = 0;

	while (i < s.len) {
		char c = s.p[i];
		if (c == '"') {
			i = json_string_end(s, i);
			continue;
		}
		if (c == '/' && comments) {
			i = comment_end(s, i);
			continue;
		}
		if ((c == '[' || c == '{') && ++depth > JSON_DEPTH_MAX)
			return i;
		if ((c == ']' || c == '}') && depth)
			depth--;
		i++;
	}
	return s.len;
}

/* --- errors --- */

static int bad_text(struct err *err, struct str text, size_t pos, const char *reason)
{
	size_t line = 1, column = 1, chr;

	(void)yyjson_locate_pos(text.p, text.len, pos, &line, &column, &chr);
	return err_set(err, E_INVALID,
	    N_("The JSON text is not well formed at line %zu, column %zu: %s."), line, column,
	    reason);
}

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "There is no memory left to read this JSON text.");
}

static int bad_duplicate(struct err *err, struct str text, size_t pos, struct str key)
{
	size_t line = 1, column = 1, chr;
	char name[LOG_QUOTED_MAX];

	(void)yyjson_locate_pos(text.p, text.len, pos, &line, &column, &chr);
	return err_field(err, E_INVALID, log_quoted(key, name),
	    N_("The key \"%s\" stands twice in the same object, at line %zu, column %zu."), name,
	    line, column);
}

/* --- duplicate keys --- */

static const yyjson_val *few_keys_twice(const yyjson_val *first, size_t n)
{
	struct str keys[FEW_MEMBERS];

	for (size_t i = 0; i < n; i++) {
		keys[i] = val_str(first);
		for (size_t j = 0; j < i; j++) {
			if (str_eq(keys[i], keys[j]))
				return first;
		}
		first = unsafe_yyjson_get_next((yyjson_val *)(uintptr_t)(first + 1));
	}
	return NULL;
}

/* The key that was there already, or NULL. `slots` are a power of two and more than there are
 * keys. */
static const yyjson_val *enter_keys(
    const yyjson_val *first, size_t n, const yyjson_val **slots, size_t mask)
{
	for (; n; n--, first = unsafe_yyjson_get_next((yyjson_val *)(uintptr_t)(first + 1))) {
		struct str key = val_str(first);
		size_t i = map_hash(key) & mask;
		for (; slots[i]; i = (i + 1) & mask) {
			if (str_eq(val_str(slots[i]), key))
				return first;
		}
		slots[i] = first;
	}
	return NULL;
}

static int many_keys_twice(const yyjson_val *first, size_t n, const yyjson_val **ret)
{
	size_t slots = FEW_MEMBERS;

	while (slots < n * 2)
		slots *= 2;
	const yyjson_val **table = mem_alloc(slots * sizeof(*table));
	if (!table)
		return -E_NOMEM;
	*ret = enter_keys(first, n, table, slots - 1);
	mem_free((void *)table);
	return 0;
}

/* 0 and *ret = the first key that repeats another of its object, or NULL. */
static int find_duplicate(const yyjson_doc *doc, const yyjson_val **ret)
{
	const yyjson_val *root = doc->root;

	*ret = NULL;
	for (size_t i = 0; i < doc->val_read && !*ret; i++) {
		if (unsafe_yyjson_get_type((void *)(uintptr_t)(root + i)) != YYJSON_TYPE_OBJ)
			continue;
		size_t n = unsafe_yyjson_get_len((void *)(uintptr_t)(root + i));
		if (n <= FEW_MEMBERS)
			*ret = few_keys_twice(root + i + 1, n);
		else if (many_keys_twice(root + i + 1, n, ret))
			return -E_NOMEM;
	}
	return 0;
}

/* --- yyjson's memory --- */

/* yyjson asks once for an estimate and grows it when that was too low. Since the number of values
 * is known not to be above shape.values, it is given that much at once, and growing is rarely
 * more than a nod. */
struct source {
	struct arena *arena;
	size_t first_size; /* what the first block is to hold at least */
	size_t room;       /* what it holds */
};

static void *source_alloc(void *ctx, size_t size)
{
	struct source *s = ctx;

	s->room = size > s->first_size ? size : s->first_size;
	return arena_alloc(s->arena, s->room);
}

static void *source_grow(void *ctx, void *p, size_t old_size, size_t size)
{
	struct source *s = ctx;

	if (size <= s->room)
		return p;
	void *bigger = arena_alloc(s->arena, size);
	if (!bigger)
		return NULL;
	memcpy(bigger, p, old_size);
	s->room = size;
	return bigger;
}

static void source_free(void *ctx, void *p)
{
	(void)ctx;
	(void)p;
}

static yyjson_doc *parse(
    struct arena *a, char *copy, size_t len, size_t values, bool comments, yyjson_read_err *why)
{
	struct source s = { .arena = a, .first_size = (values + 8) * sizeof(yyjson_val) };
	const yyjson_alc alc = { source_alloc, source_grow, source_free, &s };
	yyjson_read_flag flags = YYJSON_READ_INSITU | (comments ? YYJSON_READ_ALLOW_COMMENTS : 0);

	return yyjson_read_opts(copy, len, flags, &alc, why);
}

static int read_text(
    struct arena *a, struct str text, bool comments, const struct json **ret, struct err *err)
{
	const yyjson_val *twice;
	yyjson_read_err why;

	if (text.len == 0)
		return err_set(err, E_INVALID, N_("The JSON text is empty."));
	if (text.len >= TEXT_MOST)
		return err_set(err, E_TOO_LARGE, N_("The JSON text is larger than 2 GiB."));
	struct shape shape = shape_of(text);
	size_t deep = shape.opens > JSON_DEPTH_MAX ? too_deep_at(text, comments) : text.len;
	if (deep < text.len)
		return bad_text(err, text, deep, "it is nested too deep");
	char *copy = arena_alloc(a, text.len + YYJSON_PADDING_SIZE);
	if (!copy)
		return no_memory(err);
	memcpy(copy, text.p, text.len);
	yyjson_doc *doc = parse(a, copy, text.len, shape.values, comments, &why);
	if (!doc)
		return why.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION
		    ? no_memory(err)
		    : bad_text(err, text, why.pos, why.msg);
	if (find_duplicate(doc, &twice))
		return no_memory(err);
	if (twice)
		return bad_duplicate(err, text, (size_t)(val_str(twice).p - copy), val_str(twice));
	*ret = js(doc->root);
	return 0;
}

int json_read(struct arena *a, struct str text, const struct json **ret, struct err *err)
{
	return read_text(a, text, false, ret, err);
}

int json_read_commented(struct arena *a, struct str text, const struct json **ret, struct err *err)
{
	return read_text(a, text, true, ret, err);
}

/* --- looking --- */

/* Integers above INT64_MAX count as reals: json_real gives them, rounded. */
static enum json_type number_type(const yyjson_val *v)
{
	if (unsafe_yyjson_is_real((void *)(uintptr_t)v))
		return JSON_REAL;
	if (unsafe_yyjson_is_uint((void *)(uintptr_t)v) && v->uni.u64 > INT64_MAX)
		return JSON_REAL;
	return JSON_INT;
}

enum json_type json_type(const struct json *v)
{
	switch (yyjson_get_type(yym(v))) {
	case YYJSON_TYPE_NULL:
		return JSON_NULL;
	case YYJSON_TYPE_BOOL:
		return JSON_BOOL;
	case YYJSON_TYPE_NUM:
		return number_type(yy(v));
	case YYJSON_TYPE_STR:
		return JSON_STRING;
	case YYJSON_TYPE_ARR:
		return JSON_ARRAY;
	case YYJSON_TYPE_OBJ:
		return JSON_OBJECT;
	default:
		return JSON_NONE;
	}
}

const char *json_type_name(enum json_type t)
{
	static const char *const names[] = {
		[JSON_NONE] = "nothing",
		[JSON_NULL] = "null",
		[JSON_BOOL] = "true or false",
		[JSON_INT] = "a whole number",
		[JSON_REAL] = "a number",
		[JSON_STRING] = "a string",
		[JSON_ARRAY] = "an array",
		[JSON_OBJECT] = "an object",
	};

	ASSERT((size_t)t < ARRAY_LEN(names));
	return names[t];
}

const struct json *json_member(const struct json *obj, struct str key)
{
	return js(yyjson_obj_getn(yym(obj), key.p, key.len));
}

const struct json *json_path(const struct json *v, const char *dotted)
{
	struct str rest = str_c(dotted);

	while (v && rest.p)
		v = json_member(v, str_cut(&rest, '.'));
	return v;
}

const struct json *json_at(const struct json *arr, size_t i)
{
	return js(yyjson_arr_get(yym(arr), i));
}

size_t json_len(const struct json *v)
{
	return yyjson_is_ctn(yym(v)) ? unsafe_yyjson_get_len(yym(v)) : 0;
}

struct str json_str(const struct json *v)
{
	return yyjson_is_str(yym(v)) ? val_str(yy(v)) : STR_NONE;
}

bool json_int(const struct json *v, int64_t *ret)
{
	if (json_type(v) != JSON_INT)
		return false;
	*ret = yy(v)->uni.i64;
	return true;
}

bool json_real(const struct json *v, double *ret)
{
	if (!yyjson_is_num(yym(v)))
		return false;
	*ret = yyjson_get_num(yym(v));
	return true;
}

bool json_bool(const struct json *v, bool *ret)
{
	if (!yyjson_is_bool(yym(v)))
		return false;
	*ret = yyjson_get_bool(yym(v));
	return true;
}

bool json_is_null(const struct json *v)
{
	return yyjson_is_null(yym(v));
}

void json_iter_init(struct json_iter *it, const struct json *v)
{
	*it = (struct json_iter){ .left = json_len(v), .object = yyjson_is_obj(yym(v)) };
	if (it->left)
		it->next = js(yy(v) + 1);
}

bool json_iter_next(struct json_iter *it, struct str *ret_key, const struct json **ret_value)
{
	if (it->left == 0)
		return false;
	const yyjson_val *v = yy(it->next);
	if (it->object && ret_key)
		*ret_key = val_str(v);
	if (it->object)
		v++;
	*ret_value = js(v);
	it->next = js(unsafe_yyjson_get_next((yyjson_val *)(uintptr_t)v));
	it->left--;
	return true;
}

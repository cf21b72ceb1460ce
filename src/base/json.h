/* base/json.h: our words over yyjson.
 *
 * Reading is strict RFC 8259: UTF-8 checked, no trailing bytes, no duplicate keys, nesting at
 * most JSON_DEPTH_MAX, numbers within double/int64 range. Values are borrowed from their
 * document; a document lives in an arena and dies with it. A NULL struct json * means "absent"
 * and every accessor accepts it, so that paths need no checks. Writing appends to a struct buf
 * through a small writer that keeps track of commas and escapes; it never fails but for the
 * buffer's own failure. Bytes that are no UTF-8 are written as U+FFFD.
 *
 * Integers beyond int64 are reals to the accessors, and print as they were up to 2^64 - 1. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

#define JSON_DEPTH_MAX 64

struct json; /* one value: a yyjson_val behind another name */

enum json_type {
	JSON_NONE,
	JSON_NULL,
	JSON_BOOL,
	JSON_INT,
	JSON_REAL,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

/* 0, or -E_INVALID with the line, column and reason in *err, or -E_NOMEM. The text may be freed
 * afterwards. */
MUST_CHECK int json_read(
    struct arena *a, struct str text, const struct json **ret, struct err *err);
/* As json_read, allowing // and block comments: for files that people write. */
MUST_CHECK int json_read_commented(
    struct arena *a, struct str text, const struct json **ret, struct err *err);

enum json_type json_type(const struct json *v);
const char *json_type_name(enum json_type t); /* "a string", for messages */
/* NULL when absent, or when `obj` is not an object. */
const struct json *json_member(const struct json *obj, struct str key);
static inline const struct json *json_get(const struct json *obj, const char *key)
{
	return json_member(obj, str_c(key));
}
const struct json *json_path(const struct json *v, const char *dotted); /* "a.b.c" by json_get */
const struct json *json_at(const struct json *arr, size_t i);
size_t json_len(const struct json *v);             /* members of an array or object, else 0 */
struct str json_str(const struct json *v);         /* STR_NONE when not a string */
bool json_int(const struct json *v, int64_t *ret); /* true when an integer that fits */
bool json_real(const struct json *v, double *ret); /* integers too */
bool json_bool(const struct json *v, bool *ret);
bool json_is_null(const struct json *v);
bool json_equal(const struct json *a, const struct json *b); /* deep; member order ignored */

/* Walk an array or an object in document order: *iter starts at 0. Keys only for objects. O(1) a
 * step. */
struct json_iter {
	const struct json *next;
	size_t left;
	bool object;
};
void json_iter_init(struct json_iter *it, const struct json *v);
bool json_iter_next(struct json_iter *it, struct str *ret_key, const struct json **ret_value);

/* Serialise a value as it was read (member order kept, no white space). */
void json_print(struct buf *out, const struct json *v);
/* RFC 8785 canonical form; members of the outermost object named `skip` (or NULL) are left out.
 * Its numbers are doubles: integers beyond 2^53 are rounded as ECMAScript would. */
void json_canonical(struct buf *out, const struct json *v, const char *skip);

/* Replace, add or (value STR_NONE with p == NULL) remove one top-level string member in the TEXT
 * of an object, leaving every other byte as it was. `text` must be a valid JSON object. Appends
 * the new text to out. */
MUST_CHECK int json_edit_member(
    struct str text, const char *key, struct str value, struct buf *out);
/* Replaces or adds, with the same result; `obj` was read from the text, or from one with members of
 * the same names. A text is not searched for what it does not have. */
MUST_CHECK int json_set_member(
    struct str text, const struct json *obj, const char *key, struct str value, struct buf *out);

struct json_writer {
	struct buf *out;
	uint64_t first; /* one bit a level: nothing was written in it yet */
	unsigned depth;
	bool after_key;
};

void jw_init(struct json_writer *w, struct buf *out);
void jw_object(struct json_writer *w);
void jw_object_end(struct json_writer *w);
void jw_array(struct json_writer *w);
void jw_array_end(struct json_writer *w);
void jw_key(struct json_writer *w, const char *key);
void jw_key_str(struct json_writer *w, struct str key);
void jw_str(struct json_writer *w, struct str s); /* p == NULL writes null */
void jw_c(struct json_writer *w, const char *z);  /* NULL writes null */
void jw_int(struct json_writer *w, int64_t n);
void jw_real(struct json_writer *w, double d);
void jw_bool(struct json_writer *w, bool b);
void jw_null(struct json_writer *w);
/* A string in RFC 3339; TIME_NONE writes null. */
void jw_time(struct json_writer *w, int64_t time_ms_or_none);
void jw_raw(struct json_writer *w, struct str json_text);
void jw_value(struct json_writer *w, const struct json *v);
/* Key and value in one call. */
void jw_member_str(struct json_writer *w, const char *key, struct str s);
void jw_member_c(struct json_writer *w, const char *key, const char *z);
void jw_member_int(struct json_writer *w, const char *key, int64_t n);
void jw_member_bool(struct json_writer *w, const char *key, bool b);
void jw_member_time(struct json_writer *w, const char *key, int64_t time_ms_or_none);

#endif

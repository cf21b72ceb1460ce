/* domain/fields.c: the walk follows a row's path name by name. What holds a field but is missing or of
 * another type is the business of its own row, which stands before. */
#include "domain/fields.h"

#include <string.h>

#include "base/check.h"
#include "base/lang.h"
#include "base/text.h"

const char fields_missing[] = N_("This field is required.");
const char fields_unknown_value[] = N_("This field has a value that has no meaning here.");
const char fields_not_an_object[] = N_("This field must be an object.");
const char fields_too_long[] = N_("This text is longer than the platform allows.");
const char fields_too_many[] = N_("This list has more entries than the platform allows.");
const char fields_too_few[] = N_("This list has fewer entries than the platform asks for.");

static const char out_of_range[] = N_("This number is outside the range that the platform allows.");

void fields_init(struct fields *f)
{
	*f = (struct fields){ .limit = -1, .got = -1 };
}

/* --- places and problems ---------------------------------------------------------------------- */

static void path_add(struct fields *f, const char *text, size_t len)
{
	size_t room = sizeof(f->path) - 1 - f->path_len;

	len = len < room ? len : room;
	memcpy(f->path + f->path_len, text, len);
	f->path_len += len;
	f->path[f->path_len] = '\0';
}

static size_t enter_name(struct fields *f, const char *name, size_t len)
{
	size_t mark = f->path_len;

	if (mark > 0)
		path_add(f, ".", 1);
	path_add(f, name, len);
	return mark;
}

static void path_add_index(struct fields *f, size_t index)
{
	char text[24];
	size_t at = sizeof(text);

	text[--at] = ']';
	do
		text[--at] = (char)('0' + index % 10);
	while ((index /= 10) > 0);
	text[--at] = '[';
	path_add(f, text + at, sizeof(text) - at);
}

size_t fields_enter(struct fields *f, const char *name, size_t index)
{
	size_t mark = f->path_len;

	if (name)
		return enter_name(f, name, strlen(name));
	path_add_index(f, index);
	return mark;
}

void fields_leave(struct fields *f, size_t mark)
{
	f->path_len = mark;
	f->path[mark] = '\0';
}

bool fields_fail_figures(
    struct fields *f, const char *name, const char *sentence, int64_t limit, int64_t got)
{
	size_t mark = f->path_len;

	if (f->problem.code)
		return false;
	if (*name)
		mark = enter_name(f, name, strlen(name));
	(void)err_field(&f->problem, E_INVALID, f->path, "%s", sentence);
	f->limit = limit;
	f->got = got;
	fields_leave(f, mark);
	return false;
}

bool fields_fail(struct fields *f, const char *name, const char *sentence)
{
	return fields_fail_figures(f, name, sentence, -1, -1);
}

/* --- types ------------------------------------------------------------------------------------ */

static bool is_digits(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	}
	return s.len > 0;
}

/* An optional minus, digits, and perhaps a point and digits. */
static bool is_decimal(struct str s)
{
	struct str whole;

	if (str_starts(s, STR("-")) || str_starts(s, STR("+")))
		s = str_sub(s, 1, s.len - 1);
	whole = str_cut(&s, '.');
	return is_digits(whole) && (!s.p || is_digits(s));
}

static bool is_string(const struct json *v)
{
	return json_type(v) == JSON_STRING;
}

static bool is_text(const struct json *v)
{
	return json_str(v).len > 0;
}

static bool is_link(const struct json *v)
{
	static const struct str schemes[] = { { "http://", 7 }, { "https://", 8 } };
	struct str s = json_str(v);

	for (size_t i = 0; i < 2; i++) {
		if (s.len > schemes[i].len &&
		    str_eq_nocase(str_sub(s, 0, schemes[i].len), schemes[i]))
			return true;
	}
	return false;
}

static bool is_integer(const struct json *v)
{
	return json_type(v) == JSON_INT;
}

static bool is_id(const struct json *v)
{
	return is_text(v) || is_integer(v);
}

static bool is_bool(const struct json *v)
{
	return json_type(v) == JSON_BOOL;
}

static bool is_number(const struct json *v)
{
	return is_integer(v) || json_type(v) == JSON_REAL || is_decimal(json_str(v));
}

static bool is_object(const struct json *v)
{
	return json_type(v) == JSON_OBJECT;
}

static bool is_list(const struct json *v)
{
	return json_type(v) == JSON_ARRAY;
}

static const struct type_row {
	bool (*fits)(const struct json *v);
	const char *sentence;
} types[] = {
	[FIELD_TEXT] = { is_text, N_("This field must be a string that is not empty.") },
	[FIELD_STRING] = { is_string, N_("This field must be a string.") },
	[FIELD_LINK] = { is_link,
	    N_("This field must be an address that begins with http or https.") },
	[FIELD_ID] = { is_id, N_("This field must be a string that is not empty.") },
	[FIELD_BOOL] = { is_bool, N_("This field must be true or false.") },
	[FIELD_INTEGER] = { is_integer, N_("This field must be a whole number.") },
	[FIELD_NUMBER] = { is_number, N_("This field must be a number.") },
	[FIELD_OBJECT] = { is_object, fields_not_an_object },
	[FIELD_LIST] = { is_list, N_("This field must be a list.") },
};

/* --- limits ----------------------------------------------------------------------------------- */

static int64_t figure(const void *figures, size_t at)
{
	int64_t n;

	memcpy(&n, (const char *)figures + at - 1, sizeof(n));
	return n;
}

/* What the limits of a type are held against. Bytes are at least as many as code points: most texts need
 * no counting. */
static int64_t measure(const struct json *v, enum field_type type, int64_t max)
{
	int64_t n = 0;

	if (type == FIELD_LIST)
		return (int64_t)json_len(v);
	if (type == FIELD_INTEGER)
		return json_int(v, &n) ? n : 0;
	n = (int64_t)json_str(v).len;
	return n <= max ? n : (int64_t)text_code_points(json_str(v));
}

/* What is wrong with a value; figures are -1 where there are none. */
struct breach {
	const char *sentence;
	int64_t limit, got;
};

/* On no, what is wrong. */
static bool limits_hold(
    const struct json *v, const struct field_rule *row, const void *figures, struct breach *ret)
{
	int64_t max = row->max ? figure(figures, row->max) : INT64_MAX;
	int64_t min = row->min ? figure(figures, row->min) : INT64_MIN;
	int64_t n = measure(v, row->type, max);
	const char *over = row->type == FIELD_LIST ? fields_too_many : fields_too_long;
	const char *under = fields_too_few;

	if (row->type == FIELD_INTEGER)
		over = under = out_of_range;
	if (row->type == FIELD_LIST && row->required && min < 1)
		min = 1;
	if (n > max)
		*ret = (struct breach){ over, max, n };
	else if (n < min)
		*ret = (struct breach){ under, min, n };
	return n >= min && n <= max;
}

bool field_present(const struct json *object, const char *name)
{
	const struct json *v = json_get(object, name);

	return v && !json_is_null(v);
}

static size_t word_length(const char *words)
{
	size_t len = 0;

	while (words[len] != '\0' && words[len] != '|')
		len++;
	return len;
}

bool fields_word_is(struct str word, const char *words, bool nocase)
{
	for (;;) {
		struct str one = str_n(words, word_length(words));

		if (nocase ? str_eq_nocase(word, one) : str_eq(word, one))
			return true;
		if (words[one.len] == '\0')
			return false;
		words += one.len + 1;
	}
}

/* --- the walk --------------------------------------------------------------------------------- */

/* What a row is held against; the same all along its path. */
struct holding {
	struct fields *f;
	const struct field_rule *row;
	const void *figures;
	struct str absent; /* the last first name of a path that was looked for in vain */
};

/* Where a walk stands. Nearly always all is well there, so it is written down only when not. */
struct place {
	const struct place *outer;
	struct str name; /* p NULL = the entry of a list at `index` */
	size_t index;
};

static void enter_place(struct fields *f, const struct place *p)
{
	if (p->outer)
		enter_place(f, p->outer);
	if (p->name.p)
		(void)enter_name(f, p->name.p, p->name.len);
	else
		path_add_index(f, p->index);
}

static bool fail_at(struct fields *f, const struct place *at, const struct breach *b)
{
	size_t mark = f->path_len;

	enter_place(f, at);
	(void)fields_fail_figures(f, "", b->sentence, b->limit, b->got);
	fields_leave(f, mark);
	return false;
}

static bool value_check(struct holding *h, const struct json *v, const struct place *at)
{
	const struct field_rule *row = h->row;
	struct breach b = { .limit = -1, .got = -1 };

	if (!v || json_is_null(v)) {
		if (!row->required)
			return true;
		b.sentence = fields_missing;
	} else if (!types[row->type].fits(v)) {
		b.sentence = types[row->type].sentence;
	} else if (row->words && !fields_word_is(json_str(v), row->words, false)) {
		b.sentence = fields_unknown_value;
	} else if (limits_hold(v, row, h->figures, &b)) {
		return true;
	}
	return fail_at(h->f, at, &b);
}

static bool walk(
    struct holding *h, const struct json *in, const char *path, const struct place *outer);

static bool walk_entries(
    struct holding *h, const struct json *list, const char *rest, const struct place *outer)
{
	struct place at = { .outer = outer };
	struct json_iter it;
	const struct json *entry;
	bool fine = true;

	if (!is_list(list))
		return true;
	json_iter_init(&it, list);
	for (; fine && json_iter_next(&it, NULL, &entry); at.index++)
		fine = *rest ? walk(h, entry, rest + 1, &at) : value_check(h, entry, &at);
	return fine;
}

/* Names are letters, digits and underscores, which all come behind the dot. */
static size_t name_length(const char *path)
{
	size_t len = 0;

	while (path[len] > '.' && path[len] != '[')
		len++;
	return len;
}

/* One name of the path: its value is what the row is about, or holds it, or its entries do. */
static bool walk(
    struct holding *h, const struct json *in, const char *path, const struct place *outer)
{
	const struct place at = { .outer = outer, .name = str_n(path, name_length(path)) };
	const char *rest = path + at.name.len;
	const struct json *v;

	if (!is_object(in))
		return true;
	v = json_member(in, at.name);
	if (!v && !outer)
		h->absent = at.name;
	if (*rest == '\0')
		return value_check(h, v, &at);
	return *rest == '.' ? walk(h, v, rest + 1, &at) : walk_entries(h, v, rest + 2, &at);
}

/* Is this row about something in what is not there? Most tables have many such. */
static bool is_below(const char *path, struct str absent)
{
	return absent.p && strncmp(path, absent.p, absent.len) == 0 &&
	    (path[absent.len] == '.' || path[absent.len] == '[');
}

bool fields_check(struct fields *f, const struct json *at, const struct field_rule *rows, size_t n,
    const void *figures)
{
	struct holding h = { .f = f, .figures = figures };

	for (size_t i = 0; i < n; i++) {
		if (is_below(rows[i].path, h.absent))
			continue;
		h.row = &rows[i];
		if (!walk(&h, at, rows[i].path, NULL))
			return false;
	}
	return true;
}

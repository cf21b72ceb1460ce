/* What stands in a notice: values behind their names line by line, numbers, days and dates word by
 * word. */
#include "domain/notice_private.h"

#include "base/check.h"
#include "base/text.h"

#define LINES_MAX 2000
#define TOKENS_MAX 4000
#define ID_MIN 8
#define ID_MAX 20
#define REFERENCE_MAX 40
#define DAYS_MOST 3660
#define NAME_WORDS_MAX 6 /* in front of a value; more is a sentence */
#define YEAR_FIRST 2000
#define YEAR_LAST 2100

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* --- lines ---------------------------------------------------------------------------------------- */

struct label {
	const char *what;
	struct str *to;
	bool (*take)(struct str value, struct str *ret);
};

/* The first run of so many digits. */
static bool take_id(struct str value, struct str *ret)
{
	for (size_t i = 0; i < value.len;) {
		size_t n = 0;
		while (i + n < value.len && is_digit(value.p[i + n]))
			n++;
		if (n >= ID_MIN && n <= ID_MAX) {
			*ret = str_sub(value, i, n);
			return true;
		}
		i += n + 1;
	}
	return false;
}

/* "+39 333 123 4500", as it is written. */
static bool take_phone(struct str value, struct str *ret)
{
	struct str rest = value;
	size_t n = 0, digits = 0;

	(void)str_cut(&rest, '+');
	while (rest.p && n < rest.len && (is_digit(rest.p[n]) || memchr(" -.()", rest.p[n], 5)))
		digits += is_digit(rest.p[n++]);
	if (digits < ID_MIN || digits > 15)
		return false;
	*ret = str_trim(str_n(rest.p - 1, n + 1));
	return true;
}

static struct str without_quotes(struct str s)
{
	static const struct str marks[] = { { "\"", 1 }, { "'", 1 }, { "\xC2\xAB", 2 },
		{ "\xC2\xBB", 2 }, { "\xE2\x80\x9C", 3 }, { "\xE2\x80\x9D", 3 }, { "*", 1 } };

	s = str_trim(s);
	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		if (str_starts(s, marks[i]))
			s = str_sub(s, marks[i].len, s.len);
		if (str_ends(s, marks[i]))
			s = str_sub(s, 0, s.len - marks[i].len);
	}
	return str_trim(s);
}

static bool take_name(struct str value, struct str *ret)
{
	value = without_quotes(value);
	if (!value.len || value.len > NOTICE_VALUE_MAX)
		return false;
	*ret = value;
	return true;
}

static bool is_template_name(struct str s)
{
	bool mark = false;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];
		if (!is_digit(c) && c != '_' && (c < 'a' || c > 'z'))
			return false;
		mark = mark || c == '_';
	}
	return s.len > 1 && s.len <= NOTICE_VALUE_MAX && mark;
}

static bool is_word_byte(char c)
{
	return is_digit(c) || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The first word of the line that has a template's form. */
static bool take_template(struct str value, struct str *ret)
{
	for (size_t i = 0; i < value.len;) {
		size_t n = 0;
		while (i + n < value.len && is_word_byte(value.p[i + n]))
			n++;
		if (is_template_name(str_sub(value, i, n))) {
			*ret = str_sub(value, i, n);
			return true;
		}
		i += n + 1;
	}
	return false;
}

/* Letters, digits and "-", with a digit among them. */
static bool take_reference(struct str value, struct str *ret)
{
	size_t n = 0;
	bool digit = false;

	value = str_trim(value);
	if (str_starts(value, STR("#")))
		value = str_trim(str_sub(value, 1, value.len));
	while (n < value.len && (is_word_byte(value.p[n]) || value.p[n] == '-')) {
		digit = digit || is_digit(value.p[n]);
		n++;
	}
	if (n < 4 || n > REFERENCE_MAX || !digit)
		return false;
	*ret = str_sub(value, 0, n);
	return true;
}

/* What stands behind the colon, or "" when the line has none. */
static struct str behind_colon(struct str line)
{
	struct str rest = line;

	(void)str_cut(&rest, ':');
	return rest.p ? str_trim(rest) : STR("");
}

static bool has_label(const struct notice_look *l, const char *what, struct str folded)
{
	const struct pack_phrase_rows *rows = &l->words->labels;

	for (size_t i = 0; i < rows->len; i++) {
		if (str_eq_c(rows->rows[i].what, what) &&
		    pack_phrases_fit(&rows->rows[i], folded, NULL))
			return true;
	}
	return false;
}

/* The value behind the colon; in a table without colons the next line, or anywhere in the line for what
 * has a form of its own. */
static void try_label(const struct notice_look *l, const struct label *x, struct str line,
    struct str folded, struct str next)
{
	struct str head = line, value = behind_colon(line);

	if (x->to->p)
		return;
	struct str name = pack_phrase_fold(l->a, str_cut(&head, ':'));
	bool named = name.p && text_words(name) <= NAME_WORDS_MAX && has_label(l, x->what, name);
	if (value.len && named && x->take(value, x->to))
		return;
	if (!has_label(l, x->what, folded))
		return;
	bool formed = x->take != take_name;
	if (formed && x->take != take_reference && x->take(line, x->to))
		return;
	if (!value.len && text_words(folded) <= NAME_WORDS_MAX)
		(void)x->take(next, x->to);
}

static int find_values(const struct notice_look *l, struct notice *n)
{
	const struct label labels[] = {
		{ "waba", &n->waba, take_id },
		{ "number", &n->number, take_id },
		{ "phone", &n->phone, take_phone },
		{ "business", &n->business, take_name },
		{ "template", &n->tpl, take_template },
		{ "case", &n->reference, take_reference },
		{ "violation", &n->violation, take_name },
	};
	struct str rest = l->body;

	for (size_t lines = 0; rest.len && lines < LINES_MAX; lines++) {
		struct str line = notice_cut(str_trim(str_cut(&rest, '\n')), NOTICE_LINE_MAX),
			   next = rest;
		struct str folded = pack_phrase_fold(l->a, line);
		if (!folded.p)
			return -E_NOMEM;
		next = notice_cut(str_trim(str_cut(&next, '\n')), NOTICE_LINE_MAX);
		for (size_t i = 0; line.len && i < ARRAY_LEN(labels); i++)
			try_label(l, &labels[i], line, folded, next);
	}
	return 0;
}

static void find_ids(const struct notice_look *l, struct notice *n)
{
	struct str rest = l->body, id = STR_NONE;

	while (n->ids_len < NOTICE_IDS_MAX && take_id(rest, &id)) {
		n->ids[n->ids_len++] = id;
		size_t behind = (size_t)(id.p - rest.p) + id.len;
		rest = str_sub(rest, behind, rest.len);
	}
}

/* --- words one by one ----------------------------------------------------------------------------- */

struct tokens {
	struct str *items;
	size_t len;
};

static int64_t number_of(struct str s)
{
	int64_t n = -1;

	return s.len <= 9 && str_to_i64(s, &n) == 0 ? n : -1;
}

static int split(const struct notice_look *l, struct tokens *t)
{
	struct str rest = l->text;

	t->items = ARENA_ARRAY(l->a, struct str, TOKENS_MAX);
	if (!t->items)
		return -E_NOMEM;
	while (rest.len && t->len < TOKENS_MAX)
		t->items[t->len++] = str_cut(&rest, ' ');
	return 0;
}

static bool is_word(const struct notice_look *l, const char *what, struct str word)
{
	size_t from = 0;
	const struct pack_phrases *row = notice_words(l, what, &from);

	for (size_t i = 0; row && i < row->any.len; i++) {
		if (str_eq(row->any.items[i], word))
			return true;
	}
	return false;
}

/* 1 to 12, 0 = none. */
static int month_of(const struct notice_look *l, struct str word)
{
	const struct pack_phrases *row;
	size_t from = 0;

	while ((row = notice_words(l, "month", &from)) != NULL) {
		for (size_t i = 0; i < row->any.len && i < 12; i++) {
			if (str_eq(row->any.items[i], word))
				return (int)i + 1;
		}
	}
	return 0;
}

static void find_days(const struct notice_look *l, const struct tokens *t, struct notice *n)
{
	for (size_t i = 0; i + 1 < t->len && !n->days; i++) {
		int64_t days = number_of(t->items[i]);
		if (days > 0 && days <= DAYS_MOST && is_word(l, "day", t->items[i + 1]))
			n->days = days;
	}
}

/* "2 000" is what folding made of "2,000" and "2.000". */
static int64_t grouped(const struct tokens *t, size_t at, size_t *ret_next)
{
	int64_t n = number_of(t->items[at]);
	size_t i = at + 1;

	if (n > 0 && str_ends(t->items[at], STR("k")))
		n = -1;
	while (n > 0 && n < 1000000 && i < t->len && t->items[i].len == 3 &&
	    number_of(t->items[i]) >= 0)
		n = n * 1000 + number_of(t->items[i++]);
	if (n < 0 && t->items[at].len > 1 && str_ends(t->items[at], STR("k")))
		n = number_of(str_sub(t->items[at], 0, t->items[at].len - 1)) * 1000;
	*ret_next = i;
	return n;
}

/* The number right before a word for people, or with one word between. */
static void find_limit(const struct notice_look *l, const struct tokens *t, struct notice *n)
{
	for (size_t i = 0; i < t->len && !n->limit; i++) {
		size_t next;
		int64_t limit = grouped(t, i, &next);
		bool people = (next < t->len && is_word(l, "people", t->items[next])) ||
		    (next + 1 < t->len && is_word(l, "people", t->items[next + 1]));
		if (limit > 0 && people)
			n->limit = limit;
	}
}

static bool make_date(int64_t day, int64_t month, int64_t year, time_ms *ret)
{
	struct buf b;

	if (day < 1 || day > 31 || month < 1 || month > 12 || year < YEAR_FIRST || year > YEAR_LAST)
		return false;
	buf_init(&b, 0);
	buf_addf(&b, "%04d-%02d-%02d", (int)year, (int)month, (int)day);
	bool good = !b.failed && time_parse_date(buf_str(&b), ret) == 0;
	buf_done(&b);
	return good;
}

/* "29 november 2026", "november 29 2026", "2026 11 29", "29 11 2026" where only one reading is there. */
static bool date_at(const struct notice_look *l, const struct tokens *t, size_t i, time_ms *ret)
{
	struct str a = t->items[i], b = t->items[i + 1], c = t->items[i + 2];
	int64_t x = number_of(a), y = number_of(b), z = number_of(c);

	if (x > 0 && month_of(l, b))
		return make_date(x, month_of(l, b), z, ret);
	if (month_of(l, a) && y > 0)
		return make_date(y, month_of(l, a), z, ret);
	if (x >= YEAR_FIRST)
		return make_date(z, y, x, ret);
	if (z < YEAR_FIRST || x < 1 || y < 1)
		return false;
	return x > 12 || x == y ? make_date(x, y, z, ret) : y > 12 && make_date(y, x, z, ret);
}

/* The first that lies ahead of the notice: its end is the end of that day. */
static void find_date(const struct notice_look *l, const struct tokens *t, struct notice *n)
{
	time_ms from = n->sent_at == TIME_NONE ? l->now : n->sent_at, at;

	for (size_t i = 0; i + 2 < t->len && n->at == TIME_NONE; i++) {
		if (date_at(l, t, i, &at) && at + MS_PER_DAY > from &&
		    at - from < DAYS_MOST * MS_PER_DAY)
			n->at = at + MS_PER_DAY > from + MS_PER_DAY ? at + MS_PER_DAY : TIME_NONE;
	}
}

int notice_find(const struct notice_look *l, struct notice *n)
{
	struct tokens t = { .len = 0 };
	int r = find_values(l, n);

	if (r == 0)
		r = split(l, &t);
	if (r < 0)
		return r;
	find_ids(l, n);
	find_days(l, &t, n);
	find_limit(l, &t, n);
	find_date(l, &t, n);
	return 0;
}

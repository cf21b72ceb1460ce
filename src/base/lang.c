#include "base/lang.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/lang_table.h"

static const char *const lang_codes[LANGS] = { [LANG_EN] = "en", [LANG_IT] = "it" };

static _Atomic int process_lang = LANG_EN;

static int entry_cmp(const void *key, const void *entry)
{
	return strcmp(key, ((const struct lang_entry *)entry)->msgid);
}

static const struct lang_table *table_of(enum lang lang)
{
	for (size_t i = 0; i < lang_tables_len; i++) {
		if (strcmp(lang_tables[i].lang, lang_code(lang)) == 0)
			return &lang_tables[i];
	}
	return NULL;
}

const char *lang_text(enum lang lang, const char *msgid)
{
	const struct lang_table *t = lang == LANG_EN ? NULL : table_of(lang);

	if (!t || t->len == 0)
		return msgid;
	const struct lang_entry *e = bsearch(msgid, t->entries, t->len, sizeof(*e), entry_cmp);
	return e ? e->msgstr : msgid;
}

/* --- sentences with figures ------------------------------------------------------------------- */

#define FIGURES_MAX 8
#define INNER_MAX 256  /* of a sentence within a sentence */
#define LITERAL_MIN 12 /* bytes: less of an id tells nothing of what a sentence came from */

/* What stands where an id has its conversions, in their order. */
struct figures {
	struct str items[FIGURES_MAX];
	size_t len, literal; /* bytes of the id that are no conversions */
};

/* *fmt stands behind a '%'; it ends behind the conversion. The place that "2$" names, 0 = none. "%%" is '%'. */
static char take_conversion(const char **fmt, size_t *ret_place)
{
	const char *p = *fmt;

	*ret_place = 0;
	if (p[0] >= '1' && p[0] <= '9' && p[1] == '$')
		*ret_place = (size_t)(p[0] - '0');
	p += strspn(p, "0123456789$.*+- #lhjzt");
	char c = *p;
	*fmt = p + (c != '\0');
	return c;
}

/* The text up to the next conversion of the id, or its end; "%%" is not one. */
static size_t literal_len(const char *fmt)
{
	size_t n = 0;

	while (fmt[n] && (fmt[n] != '%'))
		n++;
	return n;
}

/* Where the literal comes next in the text; at its very end when it is the id's last. */
static const char *find_literal(const char *text, const char *literal, size_t len, bool last)
{
	size_t left = strlen(text);

	if (len > left)
		return NULL;
	if (last)
		return memcmp(text + left - len, literal, len) == 0 ? text + left - len : NULL;
	return len ? memmem(text, left, literal, len) : text;
}

static bool read_figures(const char *id, const char *text, struct figures *ret)
{
	struct figures f = { .len = 0 };
	size_t n = literal_len(id), unused;

	if (strncmp(id, text, n) != 0)
		return false;
	id += n;
	text += n;
	f.literal = n;
	while (*id == '%') {
		id++;
		if (take_conversion(&id, &unused) == '%' || f.len == FIGURES_MAX)
			return false;
		n = literal_len(id);
		const char *next = find_literal(text, id, n, !id[n]);
		if (!next)
			return false;
		f.items[f.len++] = str_n(text, (size_t)(next - text));
		f.literal += n;
		id += n;
		text = next + n;
	}
	*ret = f;
	return *text == '\0' && f.len && f.literal >= LITERAL_MIN;
}

/* The id that most of the sentence comes from. */
static const struct lang_entry *find_origin(
    const struct lang_table *t, const char *text, struct figures *ret)
{
	const struct lang_entry *best = NULL;

	for (size_t i = 0; i < t->len; i++) {
		struct figures f = { .len = 0 };
		if (!read_figures(t->entries[i].msgid, text, &f) ||
		    (best && f.literal <= ret->literal))
			continue;
		best = &t->entries[i];
		*ret = f;
	}
	return best;
}

static size_t put(char *out, size_t size, size_t at, struct str s)
{
	size_t n = s.len < size - 1 - at ? s.len : size - 1 - at;

	memcpy(out + at, s.p, n);
	return at + n;
}

/* What is filled in may be a sentence with an id of its own: "Line 2, column 7: there is a zero byte." */
static struct str figure_text(enum lang lang, struct str item, char copy[INNER_MAX])
{
	bool sentence = item.len >= LITERAL_MIN && item.len < INNER_MAX &&
	    item.p[item.len - 1] == '.';

	if (!sentence)
		return item;
	memcpy(copy, item.p, item.len);
	copy[item.len] = '\0';
	const char *told = lang_text(lang, copy);
	return told == copy ? item : str_c(told);
}

static void fill_figures(
    enum lang lang, const char *fmt, const struct figures *f, char *out, size_t size)
{
	char copy[INNER_MAX];

	size_t at = 0, next = 0;

	while (*fmt) {
		size_t n = literal_len(fmt), place;
		at = put(out, size, at, str_n(fmt, n));
		fmt += n;
		if (*fmt != '%')
			break;
		fmt++;
		(void)take_conversion(&fmt, &place);
		place = place ? place - 1 : next++;
		if (place < f->len)
			at = put(out, size, at, figure_text(lang, f->items[place], copy));
	}
	out[at] = '\0';
}

const char *lang_sentence(enum lang lang, const char *text, char *out, size_t size)
{
	const struct lang_table *t = lang == LANG_EN ? NULL : table_of(lang);
	const char *told = lang_text(lang, text);
	struct figures f = { .len = 0 };
	const struct lang_entry *origin = t && told == text ? find_origin(t, text, &f) : NULL;

	if (!origin || size == 0)
		return told;
	fill_figures(lang, origin->msgstr, &f, out, size);
	return out;
}

/* The first of the three that is set and not empty decides, as POSIX says. */
void lang_setup_process(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	const char *value = NULL;

	for (size_t i = 0; i < ARRAY_LEN(names) && !(value && *value); i++)
		value = getenv(names[i]);
	atomic_store(&process_lang, (int)lang_from_code(str_c(value)));
}

enum lang lang_process(void)
{
	return (enum lang)atomic_load_explicit(&process_lang, memory_order_relaxed);
}

const char *lang_code(enum lang lang)
{
	ASSERT((unsigned)lang < LANGS);
	return lang_codes[lang];
}

/* 1 and *ret when the tag is of a language of ours, with or without a country behind it; else 0. */
static int find_lang(struct str code, enum lang *ret)
{
	size_t len = 0;

	while (len < code.len && !memchr("-_.@", code.p[len], 4))
		len++;
	for (int i = 0; i < LANGS; i++) {
		if (!str_eq_nocase(str_sub(code, 0, len), str_c(lang_codes[i])))
			continue;
		*ret = (enum lang)i;
		return 1;
	}
	return 0;
}

enum lang lang_from_code(struct str code)
{
	enum lang lang = LANG_EN;

	(void)find_lang(code, &lang);
	return lang;
}

/* "q=0.8" in thousandths; what is no weight counts as none, that is 1000. */
static int weight_of(struct str parameter)
{
	struct str value = str_trim(parameter);
	int weight = 0, unit = 1000;

	if (value.len < 3 || (value.p[0] | 0x20) != 'q' || value.p[1] != '=')
		return 1000;
	for (size_t i = 2; i < value.len && unit > 0; i++) {
		if (value.p[i] == '.')
			continue;
		if (value.p[i] < '0' || value.p[i] > '9')
			return 1000;
		weight += (value.p[i] - '0') * unit;
		unit /= 10;
	}
	return weight;
}

enum lang lang_from_accept(struct str header)
{
	enum lang best = LANG_EN, lang;
	int best_weight = 0;

	while (header.p) {
		struct str weight = str_cut(&header, ',');
		struct str tag = str_trim(str_cut(&weight, ';'));
		int w = weight.p ? weight_of(weight) : 1000;
		if (w <= best_weight || !find_lang(tag, &lang))
			continue;
		best = lang;
		best_weight = w;
	}
	return best;
}

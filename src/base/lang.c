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

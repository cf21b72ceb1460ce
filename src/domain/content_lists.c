/* Reading the lists. A list is one string with commas between its phrases, as they are easiest to read and change. In a
 * phrase, (a|b) stands for either, and a * at its beginning or end for the rest of a word. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "domain/content_private.h"

#define PHRASE_MOST 1024
#define PHRASE_MIN 3 /* bytes that a phrase must leave to look for, its blanks too */
#define KNOWN_MIN 3  /* letters of a word that is known by itself */
#define OWN_MAX 1000 /* entries of a list in the pack */

struct lists {
	struct content *c;
	struct err *err;
	const char *where; /* "content.json", or "content" of the pack */
	struct buf raw, folded;
};

static int bad(struct lists *l, const char *what, struct str which)
{
	char field[96];

	snprintf(field, sizeof(field), "%s.%s", l->where, what);
	return err_field(l->err, E_INVALID, field,
	    "In the policy pack, %s cannot be read at \"%.*s\".", field,
	    which.len < 60 ? (int)which.len : 60, which.p ? which.p : "");
}

static int no_memory(struct lists *l)
{
	return err_set(l->err, E_NOMEM, "Memory ran out.");
}

/* --- phrases ---------------------------------------------------------------------------------- */

static int add_pattern(struct lists *l, struct content_pattern pattern, struct str string)
{
	struct content *c = l->c;

	if (c->patterns_len == c->patterns_room) {
		size_t room = c->patterns_room ? c->patterns_room * 2 : 2048;
		struct content_pattern *p = ARENA_ARRAY(c->arena, struct content_pattern, room);
		struct str *s = ARENA_ARRAY(c->arena, struct str, room);

		if (!p || !s)
			return no_memory(l);
		if (c->patterns_len) {
			memcpy(p, c->patterns, c->patterns_len * sizeof(*p));
			memcpy(s, c->strings, c->patterns_len * sizeof(*s));
		}
		c->patterns = p;
		c->strings = s;
		c->patterns_room = room;
	}
	if (c->patterns_len == FINDER_STRINGS_MAX)
		return err_set(l->err, E_TOO_LARGE, "There are too many words in the lists.");
	c->patterns[c->patterns_len] = pattern;
	c->strings[c->patterns_len] = arena_str(c->arena, string);
	return c->strings[c->patterns_len++].p ? 0 : no_memory(l);
}

/* The whole words of a phrase; what is innocent need not be known. */
static int know_words(struct lists *l, const struct content_pattern *pattern, struct str s)
{
	if (pattern->kind == PATTERN_INNOCENT)
		return 0;
	while (s.len > 1) {
		size_t n = 1;

		while (n < s.len && s.p[n] != ' ')
			n++;
		if (s.p[0] == ' ' && n < s.len && n > KNOWN_MIN &&
		    map_put(l->c->words, str_sub(s, 1, n - 1), l->c) < 0)
			return no_memory(l);
		s = str_sub(s, n, s.len);
	}
	return 0;
}

/* One phrase without alternatives. */
static int add_plain(struct lists *l, const struct content_pattern *pattern, struct str phrase)
{
	bool open_front = phrase.len > 0 && phrase.p[0] == '*';
	bool open_end = phrase.len > 0 && phrase.p[phrase.len - 1] == '*';

	buf_reset(&l->folded);
	fold_words(&l->c->signs, phrase, NULL, &l->raw, &l->folded);
	if (l->folded.failed)
		return no_memory(l);
	struct str s = buf_str(&l->folded);
	s = str_sub(s, open_front, s.len);
	s.len -= open_end && s.len > 0;
	if (s.len < PHRASE_MIN)
		return bad(l, "words", phrase);
	int rc = know_words(l, pattern, s);
	return rc < 0 ? rc : add_pattern(l, *pattern, s);
}

/* Each way to read the first alternatives that hold no others, and so on with what that makes. */
static int add_phrase(struct lists *l, const struct content_pattern *pattern, struct str phrase)
{
	char one[PHRASE_MOST];
	size_t close = 0, open;

	while (close < phrase.len && phrase.p[close] != ')')
		close++;
	if (close == phrase.len)
		return add_plain(l, pattern, phrase);
	for (open = close; open > 0 && phrase.p[open - 1] != '(';)
		open--;
	if (open == 0 || phrase.len >= sizeof(one))
		return bad(l, "words", phrase);
	struct str choices = str_sub(phrase, open, close - open);
	struct str rest = str_sub(phrase, close + 1, phrase.len);
	while (choices.p) {
		struct str choice = str_cut(&choices, '|');
		int n = snprintf(one, sizeof(one), "%.*s%.*s%.*s", (int)open - 1, phrase.p,
		    STR_ARG(choice), STR_ARG(rest));
		int rc = add_phrase(l, pattern, str_n(one, (size_t)n));

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int add_list(struct lists *l, const struct content_pattern *pattern, const struct json *list)
{
	struct str rest = json_str(list);

	if (!rest.p)
		return bad(l, "words", STR("a list is one string"));
	while (rest.p) {
		struct str phrase = str_trim(str_cut(&rest, ','));
		int rc = phrase.len > 0 ? add_phrase(l, pattern, phrase) : 0;

		if (rc < 0)
			return rc;
	}
	return 0;
}

/* By language; the language itself decides nothing. */
static int add_languages(
    struct lists *l, const struct content_pattern *pattern, const struct json *by_language)
{
	struct json_iter it;
	const struct json *list;
	int rc = 0;

	json_iter_init(&it, by_language);
	while (rc == 0 && json_iter_next(&it, NULL, &list))
		rc = add_list(l, pattern, list);
	return rc;
}

/* --- words that are no phrases ---------------------------------------------------------------- */

static int read_words(struct lists *l, const struct json *list, struct pack_words *ret)
{
	struct str rest = json_str(list);
	size_t n = 1;

	*ret = (struct pack_words){ .len = 0 };
	if (!rest.p)
		return 0;
	for (size_t i = 0; i < rest.len; i++)
		n += rest.p[i] == ',';
	struct str *items = ARENA_ARRAY(l->c->arena, struct str, n);
	if (!items)
		return no_memory(l);
	n = 0;
	while (rest.p) {
		struct str word = str_trim(str_cut(&rest, ','));

		if (word.len == 0)
			continue;
		items[n] = arena_str(l->c->arena, word);
		if (!items[n++].p)
			return no_memory(l);
	}
	*ret = (struct pack_words){ items, n };
	return 0;
}

static uint32_t next_point(struct str *rest)
{
	unsigned char c = (unsigned char)rest->p[0];
	size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	uint32_t point = n == 1 ? c : c & (0x3fu >> (n - 1));

	for (size_t i = 1; i < n && i < rest->len; i++)
		point = point << 6 | ((unsigned char)rest->p[i] & 0x3f);
	*rest = str_sub(*rest, n, rest->len);
	return point;
}

static int by_point(const void *a, const void *b)
{
	uint32_t x = ((const struct fold_sign *)a)->point, y = ((const struct fold_sign *)b)->point;

	return (x > y) - (x < y);
}

static int add_signs(
    struct lists *l, const struct json *table, bool word, struct fold_sign *items, size_t *len)
{
	struct json_iter it;
	struct str as;
	const struct json *signs;

	json_iter_init(&it, table);
	while (json_iter_next(&it, &as, &signs)) {
		struct str rest = json_str(signs);

		while (rest.len > 0) {
			struct fold_sign sign = { .point = next_point(&rest), .word = word };

			if (sign.point == 0xfe0f || sign.point == ' ')
				continue;
			if (str_to_c(as, sign.as, sizeof(sign.as)) < 0)
				return bad(l, "letters", as);
			items[(*len)++] = sign;
		}
	}
	return 0;
}

static size_t signs_room(const struct json *table)
{
	struct json_iter it;
	const struct json *signs;
	size_t n = 0;

	json_iter_init(&it, table);
	while (json_iter_next(&it, NULL, &signs))
		n += json_str(signs).len;
	return n;
}

static int read_signs(struct lists *l, const struct json *doc)
{
	const struct json *letters = json_get(doc, "letters"), *emoji = json_get(doc, "emoji");
	struct fold_sign *items = ARENA_ARRAY(
	    l->c->arena, struct fold_sign, signs_room(letters) + signs_room(emoji) + 1);
	size_t len = 0;

	if (!items)
		return no_memory(l);
	int rc = add_signs(l, letters, false, items, &len);
	rc = rc < 0 ? rc : add_signs(l, emoji, true, items, &len);
	if (len > 0)
		qsort(items, len, sizeof(*items), by_point);
	l->c->signs = (struct fold_signs){ items, len };
	return rc;
}

/* --- contexts and classes --------------------------------------------------------------------- */

static int read_contexts(struct lists *l, const struct json *doc)
{
	struct json_iter it;
	const struct json *one;
	struct str id;
	int rc = 0;

	json_iter_init(&it, json_get(doc, "contexts"));
	while (rc == 0 && json_iter_next(&it, &id, &one)) {
		struct content_pattern p = { .kind = PATTERN_CONTEXT,
			.owner = (unsigned)l->c->contexts_len };

		if (l->c->contexts_len == CONTENT_CONTEXTS_MAX)
			return bad(l, "contexts", id);
		if (str_eq_c(id, "turn"))
			l->c->turn = p.owner;
		l->c->contexts[l->c->contexts_len] = arena_str(l->c->arena, id);
		if (!l->c->contexts[l->c->contexts_len++].p)
			return no_memory(l);
		rc = add_languages(l, &p, one);
	}
	return rc;
}

static bool small(const struct json *v, int *ret)
{
	int64_t n;

	if (!json_int(v, &n) || n < -100 || n > 100)
		return false;
	*ret = (int)n;
	return true;
}

static bool context_of(const struct lists *l, struct str id, unsigned *ret)
{
	for (unsigned i = 0; i < l->c->contexts_len; i++) {
		if (str_eq(l->c->contexts[i], id)) {
			*ret = i;
			return true;
		}
	}
	return false;
}

static int read_near(
    struct lists *l, struct str context, const struct json *v, struct content_near *ret)
{
	const struct json *unless = json_get(v, "unless");
	int within = 0;

	*ret = (struct content_near){ .parted = unless };
	(void)json_bool(json_get(v, "cancels"), &ret->cancels);
	(void)json_bool(json_get(v, "before"), &ret->before);
	(void)json_bool(json_get(v, "sentence"), &ret->sentence);
	if (!context_of(l, context, &ret->context) ||
	    (unless && !context_of(l, json_str(unless), &ret->unless)) ||
	    !small(json_get(v, "weight"), &ret->weight) ||
	    (json_get(v, "within") && !small(json_get(v, "within"), &within)) || within < 0)
		return bad(l, "classes.near", context);
	ret->within = (unsigned)within;
	return 0;
}

static int read_nears(struct lists *l, const struct json *v, struct content_class *class)
{
	struct json_iter it;
	const struct json *one;
	struct str context;
	int rc = 0;

	json_iter_init(&it, v);
	while (rc == 0 && json_iter_next(&it, &context, &one)) {
		if (class->near_len == CONTENT_NEAR_MAX)
			return bad(l, "classes.near", context);
		rc = read_near(l, context, one, &class->near[class->near_len++]);
	}
	return rc;
}

static int read_terms(struct lists *l, const struct json *terms, unsigned class)
{
	struct json_iter it;
	const struct json *one;
	struct str id;
	int rc = 0;

	json_iter_init(&it, terms);
	while (rc == 0 && json_iter_next(&it, &id, &one)) {
		struct content_pattern p = { .kind = PATTERN_TERM, .owner = class };

		p.term.id = arena_str(l->c->arena, id);
		if (!p.term.id.p)
			return no_memory(l);
		if (!small(json_get(one, "weight"), &p.term.weight))
			return bad(l, "classes.terms", id);
		rc = add_languages(l, &p, json_get(one, "words"));
	}
	return rc;
}

static bool use_of(struct str word, enum content_use *ret)
{
	static const char *const uses[CONTENT_USES] = {
		[CONTENT_PROHIBITED] = "prohibited",
		[CONTENT_SENSITIVE] = "sensitive",
		[CONTENT_CATEGORY] = "category",
		[CONTENT_SIGN] = "sign",
	};

	for (unsigned i = 0; i < CONTENT_USES; i++) {
		if (str_eq_c(word, uses[i])) {
			*ret = (enum content_use)i;
			return true;
		}
	}
	return false;
}

static int read_class(struct lists *l, struct str id, const struct json *v)
{
	struct content *c = l->c;
	unsigned at = (unsigned)c->classes_len;
	struct content_pattern innocent = { .kind = PATTERN_INNOCENT, .owner = at };

	if (c->classes_len == CONTENT_CLASSES_MAX)
		return bad(l, "classes", id);
	struct content_class *class = &c->classes[c->classes_len++];
	class->id = arena_str(c->arena, id);
	class->refuse = INT_MAX;
	if (!class->id.p)
		return no_memory(l);
	if (!use_of(json_str(json_get(v, "use")), &class->use) ||
	    !small(json_get(v, "hold"), &class->hold) || class->hold < 1 ||
	    (json_get(v, "refuse") && !small(json_get(v, "refuse"), &class->refuse)))
		return bad(l, "classes", id);
	int rc = read_words(l, json_get(v, "depends"), &class->depends);
	rc = rc < 0 ? rc : read_nears(l, json_get(v, "near"), class);
	rc = rc < 0 ? rc : read_terms(l, json_get(v, "terms"), at);
	return rc < 0 ? rc : add_languages(l, &innocent, json_get(v, "innocent"));
}

static int read_classes(struct lists *l, const struct json *doc)
{
	struct content_pattern innocent = { .kind = PATTERN_INNOCENT,
		.owner = CONTENT_EVERY_CLASS };
	struct json_iter it;
	const struct json *one;
	struct str id;
	int rc = 0;

	json_iter_init(&it, json_get(doc, "classes"));
	while (rc == 0 && json_iter_next(&it, &id, &one))
		rc = read_class(l, id, one);
	return rc < 0 ? rc : add_languages(l, &innocent, json_get(doc, "innocent"));
}

static int read_brands(struct lists *l, const struct json *brands)
{
	struct content *c = l->c;
	struct json_iter it;
	const struct json *hosts;
	struct str name;
	int rc = 0;

	json_iter_init(&it, brands);
	while (rc == 0 && json_iter_next(&it, &name, &hosts)) {
		if (c->brands_len == CONTENT_BRANDS_MAX)
			return bad(l, "links.brands", name);
		struct content_brand *b = &c->brands[c->brands_len++];
		b->name = arena_str(c->arena, name);
		rc = b->name.p ? read_words(l, hosts, &b->hosts) : no_memory(l);
	}
	return rc;
}

static int read_links(struct lists *l, const struct json *doc)
{
	const struct json *links = json_get(doc, "links");
	int rc = read_words(l, json_get(links, "shorteners"), &l->c->shorteners);

	rc = rc < 0 ? rc : read_words(l, json_get(links, "bait"), &l->c->bait);
	rc = rc < 0 ? rc : read_words(l, json_get(links, "endings"), &l->c->endings);
	return rc < 0 ? rc : read_brands(l, json_get(links, "brands"));
}

static int read_lists(struct lists *l, const struct json *doc)
{
	l->c->version = arena_str(l->c->arena, json_str(json_path(doc, "content.version")));
	int rc = read_signs(l, doc);
	rc = rc < 0 ? rc : read_contexts(l, doc);
	rc = rc < 0 ? rc : read_classes(l, doc);
	return rc < 0 ? rc : read_links(l, doc);
}

/* --- what the pack adds ----------------------------------------------------------------------- */

static int own_class(struct lists *l, const struct json *entry, unsigned *ret)
{
	struct str id = json_str(json_get(entry, "class"));

	for (unsigned i = 0; i < l->c->classes_len; i++) {
		if (str_eq(l->c->classes[i].id, id)) {
			*ret = i;
			return 0;
		}
	}
	return bad(l, "class", id);
}

static int own_words(struct lists *l, const struct json *entry)
{
	struct content_pattern p = { .kind = PATTERN_TERM, .term = { STR("own"), 0 } };
	int rc = own_class(l, entry, &p.owner);

	if (rc < 0)
		return rc;
	if (!small(json_get(entry, "weight"), &p.term.weight) || p.term.weight < 1)
		return bad(l, "weight", json_str(json_get(entry, "class")));
	return add_list(l, &p, json_get(entry, "words"));
}

static int own_innocent(struct lists *l, const struct json *entry)
{
	struct content_pattern p = { .kind = PATTERN_INNOCENT, .owner = CONTENT_EVERY_CLASS };
	int rc = 0;

	if (!str_eq_c(json_str(json_get(entry, "class")), "*"))
		rc = own_class(l, entry, &p.owner);
	return rc < 0 ? rc : add_list(l, &p, json_get(entry, "words"));
}

static int own_level(struct lists *l, const struct json *entry)
{
	struct content_own_level *own = &l->c->levels[l->c->levels_len];
	int rc = own_class(l, entry, &own->class);

	if (rc < 0)
		return rc;
	if (l->c->levels_len == CONTENT_OWN_LEVELS_MAX)
		return bad(l, "levels", json_str(json_get(entry, "class")));
	if (level_parse(json_str(json_get(entry, "level")), &own->level) < 0)
		return bad(l, "level", json_str(json_get(entry, "level")));
	l->c->levels_len++;
	return read_words(l, json_get(entry, "countries"), &own->countries);
}

static int own_entries(struct lists *l, const struct json *own, const char *name,
    int (*read)(struct lists *l, const struct json *entry))
{
	const struct json *list = json_get(own, name), *entry;
	struct json_iter it;
	int rc = 0;

	if (json_type(list) != JSON_ARRAY || json_len(list) > OWN_MAX)
		return bad(l, name, STR("a list of at most 1000"));
	json_iter_init(&it, list);
	while (rc == 0 && json_iter_next(&it, NULL, &entry))
		rc = read(l, entry);
	return rc;
}

static int read_own(struct lists *l, const struct json *own)
{
	static const char *const names[] = { "bulk_1h", "levels", "words", "innocent",
		"trusted_hosts" };
	struct json_iter it;
	const struct json *v;
	struct str name;

	json_iter_init(&it, own);
	while (json_iter_next(&it, &name, &v)) {
		bool known = false;

		for (size_t i = 0; i < ARRAY_LEN(names); i++)
			known = known || str_eq_c(name, names[i]);
		if (!known)
			return bad(l, "unknown", name);
	}
	if (!json_int(json_get(own, "bulk_1h"), &l->c->bulk) || l->c->bulk < 1)
		return bad(l, "bulk_1h", STR("a number above 0"));
	if (!json_str(json_get(own, "trusted_hosts")).p)
		return bad(l, "trusted_hosts", STR("a list is one string"));
	int rc = read_words(l, json_get(own, "trusted_hosts"), &l->c->trusted);
	rc = rc < 0 ? rc : own_entries(l, own, "levels", own_level);
	rc = rc < 0 ? rc : own_entries(l, own, "words", own_words);
	return rc < 0 ? rc : own_entries(l, own, "innocent", own_innocent);
}

/* --- the whole -------------------------------------------------------------------------------- */

static int content_fill(
    struct content *c, struct str lists, const struct json *own, struct err *err)
{
	struct lists l = { .c = c, .err = err, .where = "content.json" };
	const struct json *doc = NULL;

	buf_init(&l.raw, 0);
	buf_init(&l.folded, 0);
	int rc = json_read_commented(c->arena, lists, &doc, err);
	rc = rc < 0 ? rc : read_lists(&l, doc);
	l.where = "content";
	rc = rc < 0 ? rc : read_own(&l, own);
	buf_done(&l.raw);
	buf_done(&l.folded);
	return rc < 0 ? rc : finder_new(c->strings, c->patterns_len, &c->finder, err);
}

int content_new(struct arena *a, struct str lists, const struct json *own, struct content **ret,
    struct err *err)
{
	struct content *c = ARENA_NEW(a, struct content);

	if (!c)
		return err_set(err, E_NOMEM, "Memory ran out.");
	c->arena = a;
	c->turn = CONTENT_CONTEXTS_MAX; /* none */
	c->spare = ARENA_NEW(a, struct content_spare);
	c->words = map_new();
	if (!c->spare || !c->words) {
		map_free(&c->words);
		return err_set(err, E_NOMEM, "Memory ran out.");
	}
	int rc = content_fill(c, lists, own, err);
	if (rc < 0)
		content_free(&c);
	else
		*ret = c;
	return rc;
}

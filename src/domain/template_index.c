/* Two orders of the same list: by language and name, and by language and texts. Of the others with a definition's name or
 * texts the first and the last few are looked at: in each run those that count more stand in front. */
#include "domain/template_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/map.h"
#include "domain/template_fit.h"

struct entry {
	uint64_t key;
	const struct template_other *other;
};

struct template_index {
	struct entry *names, *texts;
	size_t len, on_record;
};

struct template_texts {
	struct str body, footer;
};

static struct template_texts texts_of(const struct json *components)
{
	return (struct template_texts){
		.body = json_str(json_get(template_component(components, "BODY", NULL), "text")),
		.footer = json_str(
		    json_get(template_component(components, "FOOTER", NULL), "text")),
	};
}

static uint64_t mixed(uint64_t a, uint64_t b)
{
	return (a ^ (b + UINT64_C(0x9e3779b97f4a7c15) + (a << 6) + (a >> 2))) *
	    UINT64_C(0xff51afd7ed558ccd);
}

static uint64_t hash(struct str s)
{
	return map_hash(s.p ? s : STR(""));
}

static uint64_t name_key(struct str language, struct str name)
{
	return mixed(hash(language), hash(name));
}

static uint64_t text_key(struct str language, const struct template_texts *t)
{
	return mixed(mixed(hash(language), hash(t->body)), hash(t->footer));
}

static int compare_str(struct str a, struct str b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int c = n ? memcmp(a.p, b.p, n) : 0;

	return c ? c : (a.len > b.len) - (a.len < b.len);
}

/* Those of a file in front: two of a name there are an error. */
static int by_name(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (x->other->in_file != y->other->in_file)
		return x->other->in_file ? -1 : 1;
	return (x->other > y->other) - (x->other < y->other);
}

/* By name among themselves: when the first and the last have one name, all have. */
static int by_text(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	int c = compare_str(x->other->name, y->other->name);
	return c ? c : (x->other > y->other) - (x->other < y->other);
}

struct template_index *template_index_new(
    struct arena *a, const struct template_other *others, size_t len)
{
	struct template_index *x = ARENA_NEW(a, struct template_index);
	struct entry *names = ARENA_ARRAY(a, struct entry, len + 1);
	struct entry *texts = ARENA_ARRAY(a, struct entry, len + 1);

	if (!x || !names || !texts)
		return NULL;
	*x = (struct template_index){ .names = names, .texts = texts, .len = len };
	for (size_t i = 0; i < len; i++) {
		const struct template_other *o = &others[i];
		struct template_texts t = texts_of(o->components);
		names[i] = (struct entry){ name_key(o->language, o->name), o };
		texts[i] = (struct entry){ text_key(o->language, &t), o };
		x->on_record += !o->in_file;
	}
	if (len) {
		qsort(names, len, sizeof(*names), by_name);
		qsort(texts, len, sizeof(*texts), by_text);
	}
	return x;
}

/* The first of them whose key is not below `key`. */
static size_t first_at(const struct entry *entries, size_t len, uint64_t key)
{
	size_t low = 0, high = len;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (entries[mid].key < key)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

size_t template_index_on_record(const struct template_index *x)
{
	return x->on_record;
}

bool template_index_has_name(const struct template_index *x, struct str language, struct str name,
    const struct template_other *const itself[2])
{
	uint64_t key = name_key(language, name);

	for (size_t i = first_at(x->names, x->len, key); i < x->len; i++) {
		const struct template_other *o = x->names[i].other;
		if (x->names[i].key != key || !o->in_file)
			return false;
		if (o != itself[0] && o != itself[1] && str_eq(o->language, language) &&
		    str_eq(o->name, name))
			return true;
	}
	return false;
}

static bool is_same(const struct template_other *o, struct str language, struct str name,
    const struct template_texts *t)
{
	struct template_texts theirs = texts_of(o->components);

	return !str_eq(o->name, name) && str_eq(o->language, language) &&
	    str_eq(theirs.body, t->body) && str_eq(theirs.footer, t->footer);
}

const struct template_other *template_index_same_text(const struct template_index *x,
    struct str language, struct str name, const struct json *components)
{
	struct template_texts t = texts_of(components);
	uint64_t key = text_key(language, &t);
	size_t first = first_at(x->texts, x->len, key), end;

	if (!t.body.len || first == x->len || x->texts[first].key != key)
		return NULL;
	end = key == UINT64_MAX ? x->len : first_at(x->texts, x->len, key + 1);
	if (is_same(x->texts[end - 1].other, language, name, &t))
		return x->texts[end - 1].other;
	return is_same(x->texts[first].other, language, name, &t) ? x->texts[first].other : NULL;
}

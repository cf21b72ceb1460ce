/* Every word of the file goes into one map, under "list:folded word"; the values are role, status and
 * so on, plus one. Words come again and again in a file of millions of rows, so they are folded into
 * a buffer on the stack and nothing is allocated. */
#include "apps/analyze/words.h"

#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/map.h"
#include "base/text.h"

#define WORD_MAX 48
#define KEY_MAX (WORD_MAX + 1)
#define PREFIXES_MAX 8
#define CODES_MAX 32

extern const unsigned char traffic_json[];
extern const size_t traffic_json_len;

struct code_pair {
	int64_t theirs, meta;
};

struct words {
	struct arena *arena;
	struct map *map;
	struct str prefixes[PREFIXES_MAX];
	size_t prefixes_len;
	struct code_pair codes[CODES_MAX];
	size_t codes_len;
	int64_t attribution_ms, examples, people_shown;
};

static const char *const role_names[] = {
#define X(role, name) [ROLE_##role] = name,
	TRAFFIC_ROLES(X)
#undef X
};

static const char *const status_names[STATUSES] = {
	[STATUS_UNKNOWN] = "",
	[STATUS_FAILED] = "failed",
	[STATUS_ACCEPTED] = "accepted",
	[STATUS_SENT] = "sent",
	[STATUS_DELIVERED] = "delivered",
	[STATUS_READ] = "read",
};

/* The letter in front of a word's key says which list it is of. */
enum list { LIST_COLUMN = 'c', LIST_DIRECTION = 'd', LIST_STATUS = 's', LIST_TYPE = 't' };

const char *traffic_role_name(enum traffic_role role)
{
	return (size_t)role < ARRAY_LEN(role_names) ? role_names[role] : "";
}

static size_t index_of(const char *const *names, size_t n, struct str word)
{
	size_t i = 0;

	while (i < n && !str_eq_c(word, names[i]))
		i++;
	return i;
}

enum traffic_role traffic_role_of(struct str name)
{
	return (enum traffic_role)index_of(role_names, ROLES, name);
}

const char *traffic_status_name(enum traffic_status s)
{
	return (size_t)s < STATUSES ? status_names[s] : "";
}

/* --- folding ---------------------------------------------------------------------------------- */

/* ASCII letters and digits, in small letters; anything else is left out, but a letter beyond ASCII
 * makes the word one that no list has. */
static struct str key_of(enum list list, struct str word, char out[KEY_MAX])
{
	size_t n = 0;

	out[n++] = (char)list;
	for (size_t i = 0; i < word.len; i++) {
		char c = word.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		else if (!letter && (unsigned char)c < 0x80)
			continue;
		if (n == KEY_MAX)
			return STR_NONE;
		out[n++] = c;
	}
	return str_n(out, n);
}

static uintptr_t find(const struct words *w, enum list list, struct str word)
{
	char key[KEY_MAX];
	struct str k = key_of(list, word, key);

	return k.p ? (uintptr_t)map_get(w->map, k) : 0;
}

/* --- reading ---------------------------------------------------------------------------------- */

static int broken(struct err *err, const char *field)
{
	return err_field(
	    err, E_INVALID, field, "packs/traffic.json: \"%s\" is not as it should be.", field);
}

static int add_word(struct words *w, enum list list, struct str word, uintptr_t value)
{
	char key[KEY_MAX];
	struct str k = key_of(list, word, key);

	if (!k.p || k.len < 2)
		return -E_INVALID;
	if (map_get(w->map, k)) /* the first list that has it */
		return 0;
	return map_put(w->map, k, (void *)value);
}

/* Roles keep their rank within the list beside them. */
#define RANKS 64

static int add_list(struct words *w, enum list list, const struct json *words, uintptr_t value)
{
	size_t n = json_len(words);

	if (n == 0 || n > RANKS)
		return -E_INVALID;
	for (size_t i = 0; i < n; i++) {
		int r = add_word(w, list, json_str(json_at(words, i)),
		    list == LIST_COLUMN ? value * RANKS + i + 1 : value + 1);
		if (r < 0)
			return r;
	}
	return 0;
}

struct section {
	const char *member;
	enum list list;
	const char *const *names;
	size_t names_len;
};

static const char *const direction_names[] = { "out", "in" };
static const char *const type_names[] = { "free_form", "template", "button" };

static const struct section sections[] = {
	{ "columns", LIST_COLUMN, role_names, ROLES },
	{ "directions", LIST_DIRECTION, direction_names, ARRAY_LEN(direction_names) },
	{ "statuses", LIST_STATUS, status_names, STATUSES },
	{ "types", LIST_TYPE, type_names, ARRAY_LEN(type_names) },
};

static int read_section(
    struct words *w, const struct section *s, const struct json *root, struct err *err)
{
	const struct json *obj = json_get(root, s->member), *words;
	struct json_iter it;
	struct str name;
	int r = obj ? 0 : -E_INVALID;

	json_iter_init(&it, obj);
	while (r == 0 && json_iter_next(&it, &name, &words)) {
		size_t i = index_of(s->names, s->names_len, name);
		r = i < s->names_len ? add_list(w, s->list, words, i) : -E_INVALID;
	}
	return r == -E_NOMEM ? err_set(err, E_NOMEM, "Memory ran out.")
	    : r < 0          ? broken(err, s->member)
			     : 0;
}

static int read_prefixes(struct words *w, const struct json *list, struct err *err)
{
	for (size_t i = 0; i < json_len(list); i++) {
		struct str s = json_str(json_at(list, i));
		if (i == PREFIXES_MAX || s.len == 0)
			return broken(err, "prefixes");
		w->prefixes[w->prefixes_len++] = s;
	}
	return 0;
}

static int read_codes(struct words *w, const struct json *obj, struct err *err)
{
	const struct json *value;
	struct json_iter it;
	struct str name;

	json_iter_init(&it, obj);
	while (json_iter_next(&it, &name, &value)) {
		struct code_pair *c = &w->codes[w->codes_len];
		if (w->codes_len == CODES_MAX || str_to_i64(name, &c->theirs) < 0 ||
		    !json_int(value, &c->meta))
			return broken(err, "codes");
		w->codes_len++;
	}
	return 0;
}

static int read_figures(struct words *w, const struct json *root, struct err *err)
{
	int64_t hours = 0;

	if (!json_int(json_get(root, "attribution_hours"), &hours) || hours < 1 || hours > 8760)
		return broken(err, "attribution_hours");
	if (!json_int(json_get(root, "examples"), &w->examples) || w->examples < 0)
		return broken(err, "examples");
	if (!json_int(json_get(root, "people_shown"), &w->people_shown) || w->people_shown < 0)
		return broken(err, "people_shown");
	w->attribution_ms = hours * MS_PER_HOUR;
	return 0;
}

static int read_file(struct words *w, struct err *err)
{
	const struct json *root = NULL;
	int r = json_read_commented(
	    w->arena, str_n((const char *)traffic_json, traffic_json_len), &root, err);

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(sections); i++)
		r = read_section(w, &sections[i], root, err);
	if (r == 0)
		r = read_prefixes(w, json_get(root, "prefixes"), err);
	if (r == 0)
		r = read_codes(w, json_get(root, "codes"), err);
	return r < 0 ? r : read_figures(w, root, err);
}

int words_new(struct words **ret, struct err *err)
{
	struct words *w = mem_alloc(sizeof(*w));
	int r = -E_NOMEM;

	if (w) {
		w->arena = arena_new(0, 0);
		w->map = map_new();
	}
	if (w && w->arena && w->map)
		r = read_file(w, err);
	else
		(void)err_set(err, E_NOMEM, "Memory ran out.");
	if (r < 0)
		words_free(&w);
	else
		*ret = w;
	return r;
}

void words_free(struct words **pw)
{
	if (*pw) {
		map_free(&(*pw)->map);
		arena_free(&(*pw)->arena);
	}
	MEM_FREE(pw);
}

/* --- asking ----------------------------------------------------------------------------------- */

enum traffic_role words_role(const struct words *w, struct str column, unsigned *ret_rank)
{
	uintptr_t v = find(w, LIST_COLUMN, column);

	*ret_rank = v ? (unsigned)((v - 1) % RANKS) : 0;
	return v ? (enum traffic_role)((v - 1) / RANKS) : ROLES;
}

enum traffic_status words_status(const struct words *w, struct str word)
{
	uintptr_t v = find(w, LIST_STATUS, word);

	return v ? (enum traffic_status)(v - 1) : STATUS_UNKNOWN;
}

bool words_direction(const struct words *w, struct str word, bool *ret_in)
{
	uintptr_t v = find(w, LIST_DIRECTION, word);

	if (v)
		*ret_in = v == 2;
	return v != 0;
}

enum traffic_type words_type(const struct words *w, struct str word)
{
	uintptr_t v = find(w, LIST_TYPE, word);

	return v ? (enum traffic_type)(v - 1) : TYPE_FREE_FORM;
}

struct str words_strip(const struct words *w, struct str number)
{
	struct str s = str_trim(number);

	if (s.len && (s.p[0] == '+' || (s.p[0] >= '0' && s.p[0] <= '9'))) /* most */
		return s;
	for (size_t i = 0; i < w->prefixes_len; i++) {
		struct str p = w->prefixes[i];
		if (s.len > p.len && str_eq_nocase(str_sub(s, 0, p.len), p))
			return str_trim(str_sub(s, p.len, s.len));
	}
	return s;
}

int64_t words_code(const struct words *w, int64_t code)
{
	for (size_t i = 0; i < w->codes_len; i++) {
		if (w->codes[i].theirs == code)
			return w->codes[i].meta;
	}
	return code;
}

int64_t words_attribution_ms(const struct words *w)
{
	return w->attribution_ms;
}

size_t words_examples(const struct words *w)
{
	return (size_t)w->examples;
}

size_t words_people_shown(const struct words *w)
{
	return (size_t)w->people_shown;
}

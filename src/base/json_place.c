#include "base/json_place.h"

#include <stdbool.h>
#include <string.h>

struct walk {
	struct str text;
	size_t at;
};

static char here(const struct walk *w)
{
	return w->at < w->text.len ? w->text.p[w->at] : '\0';
}

static void skip_blanks(struct walk *w)
{
	while (w->at < w->text.len && strchr(" \t\r\n", w->text.p[w->at]))
		w->at++;
}

/* From its opening quote to behind its closing one; the raw text between them. */
static struct str skip_string(struct walk *w)
{
	size_t from = ++w->at;

	while (w->at < w->text.len && w->text.p[w->at] != '"')
		w->at += w->text.p[w->at] == '\\' ? 2 : 1;
	if (w->at > w->text.len)
		w->at = w->text.len;
	struct str raw = str_sub(w->text, from, w->at - from);
	w->at += w->at < w->text.len;
	return raw;
}

static void skip_value(struct walk *w)
{
	size_t depth = 0;

	do {
		char c = here(w);

		if (c == '"') {
			(void)skip_string(w);
			continue;
		}
		if (depth == 0 && c && strchr(",]}", c))
			return;
		depth += c == '{' || c == '[';
		depth -= c == '}' || c == ']';
		w->at++;
		if (depth == 0 && (c == '}' || c == ']'))
			return;
	} while (w->at < w->text.len);
}

/* From behind a value to the next one; false at the end. */
static bool skip_comma(struct walk *w)
{
	skip_blanks(w);
	if (here(w) != ',')
		return false;
	w->at++;
	skip_blanks(w);
	return w->at < w->text.len;
}

static bool enter_member(struct walk *w, struct str name)
{
	if (here(w) != '{')
		return false;
	w->at++;
	skip_blanks(w);
	do {
		if (here(w) != '"')
			return false;
		struct str key = skip_string(w);
		skip_blanks(w);
		w->at += here(w) == ':';
		skip_blanks(w);
		if (str_eq(key, name))
			return true;
		skip_value(w);
	} while (skip_comma(w));
	return false;
}

static bool enter_item(struct walk *w, uint64_t index)
{
	if (here(w) != '[')
		return false;
	w->at++;
	skip_blanks(w);
	for (uint64_t i = 0; i < index; i++) {
		skip_value(w);
		if (!skip_comma(w))
			return false;
	}
	return here(w) != ']' && here(w) != '\0';
}

/* "[2]" or "name" off the front of the path. */
static bool enter_step(struct walk *w, struct str *path)
{
	size_t i = 0;
	uint64_t index = 0;

	if (path->p[0] == '[') {
		*path = str_sub(*path, 1, path->len);
		struct str number = str_cut(path, ']');
		return path->p && str_to_u64(number, &index) == 0 && enter_item(w, index);
	}
	if (path->p[0] == '.')
		*path = str_sub(*path, 1, path->len);
	while (i < path->len && path->p[i] != '.' && path->p[i] != '[')
		i++;
	struct str name = str_sub(*path, 0, i);
	*path = str_sub(*path, i, path->len);
	return enter_member(w, name);
}

/* From the place `p` of `from` on to that of `at`. */
static struct json_place place_from(struct str text, size_t from, struct json_place p, size_t at)
{
	for (size_t i = from; i < at && i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c == '\n') {
			p.line++;
			p.column = 1;
		} else {
			p.column += (c & 0xc0) != 0x80;
			p.column += c >= 0xf0;
		}
	}
	return p;
}

static const struct json_place beginning = { 1, 1 };

static size_t walk_path(struct walk *w, struct str path)
{
	size_t found = w->at;

	while (path.len > 0 && enter_step(w, &path))
		found = w->at;
	return found;
}

struct json_place json_place_find(struct str text, struct str path)
{
	struct walk w = { text, 0 };

	skip_blanks(&w);
	return place_from(text, 0, beginning, walk_path(&w, path));
}

void json_places_init(struct json_places *p, struct str text, struct str array)
{
	struct walk w = { text, 0 };

	skip_blanks(&w);
	size_t at = walk_path(&w, array);
	w.at = at;
	bool is_array = enter_item(&w, 0);
	at = is_array ? w.at : at;
	*p = (struct json_places){
		.text = text,
		.at = at,
		.place = place_from(text, 0, beginning, at),
		.is_array = is_array,
	};
}

struct json_place json_places_find(struct json_places *p, size_t index, struct str path)
{
	struct walk w = { p->text, p->at };

	while (p->is_array && p->index < index) {
		skip_value(&w);
		if (!skip_comma(&w))
			break;
		p->place = place_from(p->text, p->at, p->place, w.at);
		p->at = w.at;
		p->index++;
	}
	w.at = p->at;
	return place_from(p->text, p->at, p->place, walk_path(&w, path));
}

#include "apps/analyze/defs.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/json.h"
#include "base/lang.h"
#include "base/map.h"

#define FILE_MAX (64u << 20)
#define KEY_ROOM 640
#define FIELD_ROOM 48

/* The category is found under the name alone, too: of the language that stands first. */
struct defs {
	struct map *categories;
};

static struct str key_of(struct str name, struct str language, char out[KEY_ROOM])
{
	size_t n = name.len + 1 + language.len;

	if (n > KEY_ROOM)
		return STR_NONE;
	memcpy(out, name.p, name.len);
	out[name.len] = '\x1f';
	if (language.len)
		memcpy(out + name.len + 1, language.p, language.len);
	return str_n(out, n);
}

static int put(struct defs *d, struct str name, struct str language, enum purpose category)
{
	char room[KEY_ROOM];
	struct str key = key_of(name, language, room);

	if (!key.p || map_get(d->categories, key))
		return 0;
	return map_put(d->categories, key, (void *)(uintptr_t)category);
}

static int read_one(struct defs *d, const struct json *def, size_t i, struct err *err)
{
	struct str name = json_str(json_get(def, "name"));
	struct str language = json_str(json_get(def, "language"));
	char field[FIELD_ROOM];
	enum purpose category;

	(void)snprintf(
	    field, sizeof(field), "templates[%zu].%s", i, name.len ? "category" : "name");
	if (!name.len || purpose_parse(json_str(json_get(def, "category")), &category) < 0)
		return err_field(err, E_INVALID, field,
		    _("The file of templates has no \"%s\" that can be read."), field);
	if (put(d, name, language, category) < 0 || put(d, name, STR(""), category) < 0)
		return err_set(err, E_NOMEM, N_("Memory ran out."));
	return 0;
}

static int read_all(struct defs *d, const struct json *root, struct err *err)
{
	const struct json *list = json_get(root, "data");
	int r = 0;

	if (!list)
		list = root;
	if (json_type(list) == JSON_OBJECT)
		return read_one(d, list, 0, err);
	if (json_type(list) != JSON_ARRAY)
		return err_field(err, E_INVALID, "templates",
		    N_("The file of templates is neither an object nor an array of them."));
	for (size_t i = 0; r == 0 && i < json_len(list); i++)
		r = read_one(d, json_at(list, i), i, err);
	return r;
}

int defs_read(const char *path, struct defs **ret, struct err *err)
{
	struct defs *d = mem_alloc(sizeof(*d));
	struct arena *a = arena_new(0, 0);
	const struct json *root = NULL;
	struct buf text;

	buf_init(&text, 0);
	if (d)
		d->categories = map_new();
	int r = a && d && d->categories ? file_read(path, FILE_MAX, &text, err)
					: err_set(err, E_NOMEM, N_("Memory ran out."));
	if (r == 0)
		r = json_read_commented(a, buf_str(&text), &root, err);
	if (r == 0)
		r = read_all(d, root, err);
	buf_done(&text);
	arena_free(&a);
	if (r < 0)
		defs_free(&d);
	else
		*ret = d;
	return r;
}

void defs_free(struct defs **pd)
{
	if (*pd)
		map_free(&(*pd)->categories);
	MEM_FREE(pd);
}

enum purpose defs_category(const struct defs *d, struct str name, struct str language)
{
	char room[KEY_ROOM];
	struct str key = key_of(name, language, room);
	void *found = key.p ? map_get(d->categories, key) : NULL;

	if (!found && language.len) {
		key = key_of(name, STR(""), room);
		found = key.p ? map_get(d->categories, key) : NULL;
	}
	return (enum purpose)(uintptr_t)found;
}

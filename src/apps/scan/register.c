/* The old entries are walked first, each with the findings of its row and path; what is left over is
 * new. Only the members that a scan knows are written anew. */
#include "apps/scan/register.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "apps/scan/report.h"
#include "base/check.h"
#include "base/file.h"
#include "base/json.h"
#include "base/map.h"

#define REGISTER_MAX (64u << 20)

static const char *const own_members[] = { "id", "row", "title", "kind", "mechanism", "verdict",
	"state", "path", "places", "first_seen", "last_seen", "findings" };

static bool is_own(struct str key)
{
	for (size_t i = 0; i < ARRAY_LEN(own_members); i++) {
		if (str_eq_c(key, own_members[i]))
			return true;
	}
	return false;
}

static struct str entry_id(struct arena *a, const char *row, struct str path)
{
	return arena_printf(a, "%s:%.*s", row, STR_ARG(path));
}

struct sign {
	struct sign *next;
	const struct scan_finding *finding;
};

/* Findings of one row in one file. */
struct entry {
	const struct scan_finding *first;
	struct sign *signs, *last;
	size_t places;
	bool written, allowed;
};

static int add_sign(struct arena *a, struct entry *e, const struct scan_finding *f)
{
	struct sign *s = ARENA_NEW(a, struct sign);

	if (!s)
		return -E_NOMEM;
	*s = (struct sign){ .finding = f };
	if (e->last)
		e->last->next = s;
	else
		e->signs = s;
	e->last = s;
	return 0;
}

static int collect(const struct scan_result *r, struct arena *a, struct map *entries)
{
	for (size_t i = 0; i < r->findings_len; i++) {
		const struct scan_finding *f = &r->findings[i];
		struct str id = entry_id(a, f->id, f->path);
		struct entry *e = id.p ? map_get(entries, id) : NULL;
		if (f->verdict <= SCAN_NOTE)
			continue;
		if (!e) {
			e = ARENA_NEW(a, struct entry);
			if (!id.p || !e || map_put(entries, id, e) < 0)
				return -E_NOMEM;
			*e = (struct entry){ .first = f, .allowed = true };
		}
		if (add_sign(a, e, f) < 0)
			return -E_NOMEM;
		e->places++;
		e->allowed = e->allowed && f->allowed_by.p;
	}
	return 0;
}

/* What people decided stays; what is seen again after its removal is open again. */
static const char *state_of(const struct scan_result *r, const struct entry *e, struct str before)
{
	if (!e)
		return r->incomplete || str_eq(before, STR("retired")) ? NULL : "removed";
	if (e->allowed)
		return "accepted";
	if (str_eq(before, STR("removing")) || str_eq(before, STR("accepted")))
		return NULL;
	return "open";
}

static void write_seen(struct json_writer *w, const struct scan_result *r, const struct entry *e)
{
	uint32_t row = catalogue_row_by_id(r->catalogue, str_c(e->first->id));

	jw_member_c(w, "row", e->first->id);
	jw_member_str(w, "title", catalogue_row(r->catalogue, row)->name);
	jw_member_str(w, "kind", catalogue_row(r->catalogue, row)->kind);
	jw_member_str(w, "mechanism", catalogue_row(r->catalogue, row)->mechanism);
	jw_member_c(w, "verdict", scan_verdict_name(e->first->verdict));
	jw_member_str(w, "path", e->first->path);
	jw_member_int(w, "places", (int64_t)e->places);
	jw_key(w, "findings");
	jw_array(w);
	for (const struct sign *s = e->signs; s; s = s->next)
		report_json_finding(w, r, s->finding);
	jw_array_end(w);
}

static void write_unseen(struct json_writer *w, const struct json *old)
{
	static const char *const kept[] = { "row", "title", "kind", "mechanism", "verdict", "path",
		"places" };

	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		if (!json_get(old, kept[i]))
			continue;
		jw_key(w, kept[i]);
		jw_value(w, json_get(old, kept[i]));
	}
}

static void write_entry(struct json_writer *w, const struct scan_result *r, struct str id,
    const struct entry *e, const struct json *old)
{
	struct str before = json_str(json_get(old, "state")), key;
	const char *state = state_of(r, e, before);
	const struct json *v;
	struct json_iter it;

	jw_object(w);
	jw_member_str(w, "id", id);
	if (e)
		write_seen(w, r, e);
	else
		write_unseen(w, old);
	jw_member_str(w, "state", state ? str_c(state) : before.p ? before : STR("open"));
	jw_key(w, "first_seen");
	if (json_get(old, "first_seen"))
		jw_value(w, json_get(old, "first_seen"));
	else
		jw_time(w, r->started);
	jw_key(w, "last_seen");
	if (e || !json_get(old, "last_seen"))
		jw_time(w, r->started);
	else
		jw_value(w, json_get(old, "last_seen"));
	json_iter_init(&it, old);
	while (old && json_iter_next(&it, &key, &v)) {
		if (is_own(key))
			continue;
		jw_key_str(w, key);
		jw_value(w, v);
	}
	jw_object_end(w);
}

static void write_all(const struct scan_result *r, struct arena *a, struct map *entries,
    const struct json *old, struct buf *out)
{
	const struct json *list = json_get(old, "entries"), *v;
	struct json_writer w;
	struct json_iter it;
	struct str none;

	jw_init(&w, out);
	jw_object(&w);
	jw_member_int(&w, "register", 1);
	jw_member_time(&w, "updated", r->started);
	jw_key(&w, "scan");
	jw_object(&w);
	report_json_head(&w, r);
	jw_object_end(&w);
	jw_key(&w, "entries");
	jw_array(&w);
	json_iter_init(&it, list);
	while (list && json_iter_next(&it, &none, &v)) {
		struct str id = json_str(json_get(v, "id"));
		struct entry *e = id.p ? map_get(entries, id) : NULL;
		if (!id.p || (e && e->written))
			continue;
		if (e)
			e->written = true;
		buf_add_char(out, '\n');
		write_entry(&w, r, id, e, v);
	}
	for (size_t i = 0; i < r->findings_len; i++) {
		struct str id = entry_id(a, r->findings[i].id, r->findings[i].path);
		struct entry *e = id.p ? map_get(entries, id) : NULL;
		if (!e || e->written)
			continue;
		e->written = true;
		buf_add_char(out, '\n');
		write_entry(&w, r, id, e, NULL);
	}
	jw_array_end(&w);
	jw_object_end(&w);
	buf_add_char(out, '\n');
}

static int read_old(const char *file, struct arena *a, const struct json **ret, struct err *err)
{
	struct buf text;
	int rc;

	*ret = NULL;
	if (access(file, F_OK) < 0 && errno == ENOENT)
		return 0;
	buf_init(&text, REGISTER_MAX);
	rc = file_read(file, REGISTER_MAX, &text, err);
	if (rc == 0)
		rc = json_read(a, buf_str(&text), ret, err);
	if (rc == 0 && json_type(json_get(*ret, "entries")) != JSON_ARRAY)
		rc = err_set(err, E_INVALID, "\"%s\" is no register: it has no entries.", file);
	buf_done(&text);
	return rc;
}

int register_update(const struct scan_result *r, const char *file, struct err *err)
{
	struct arena *a = arena_new(0, 512u << 20);
	struct map *entries = map_new();
	const struct json *old;
	struct buf out;
	int rc;

	buf_init(&out, 0);
	rc = a && entries ? read_old(file, a, &old, err) : err_set(err, E_NOMEM, "Memory ran out.");
	if (rc == 0 && collect(r, a, entries) < 0)
		rc = err_set(err, E_NOMEM, "Memory ran out.");
	if (rc == 0) {
		write_all(r, a, entries, old, &out);
		rc = out.failed ? err_set(err, E_NOMEM, "Memory ran out.")
				: file_write_atomic(file, buf_str(&out), 0600, err);
	}
	buf_done(&out);
	map_free(&entries);
	arena_free(&a);
	return rc;
}

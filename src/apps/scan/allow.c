/* Inline allowances are looked for after the scan, in the few files that have findings: so nothing is
 * kept of all the others. A file that changed meanwhile allows nothing. */
#include "apps/scan/allow.h"

#include <string.h>

#include "apps/scan/above.h"
#include "base/check.h"
#include "base/file.h"
#include "base/json.h"
#include "base/map.h"

#define MARK "varco:allow"
#define FILE_MAX (2u << 20)
#define BASELINE_MAX (64u << 20)
#define REASON_LEAST 3
#define RULES_MAX (256u << 10)

/* --- inline ----------------------------------------------------------------------------------- */

static bool covers(struct str pattern, struct str id)
{
	if (pattern.len > 0 && pattern.p[pattern.len - 1] == '*')
		return str_starts(id, str_sub(pattern, 0, pattern.len - 1));
	return str_eq(pattern, id);
}

static struct str find(struct str s, const char *word)
{
	const char *at = s.len > 0 ? memmem(s.p, s.len, word, strlen(word)) : NULL;

	return at ? str_sub(s, (size_t)(at - s.p) + strlen(word), s.len) : STR_NONE;
}

bool allow_line_reads(struct str line, const char *id, time_ms now, struct str *ret_reason)
{
	struct str rest = find(line, MARK), reason, until, word;
	time_ms day;

	if (!rest.p)
		return false;
	rest = str_trim(rest);
	word = str_cut(&rest, ' ');
	reason = find(rest, "reason=\"");
	until = find(rest, "until=");
	if (!covers(word, str_c(id)) || !reason.p || !until.p)
		return false;
	reason = str_cut(&reason, '"');
	if (reason.len < REASON_LEAST || time_parse_date(str_sub(until, 0, 10), &day) < 0)
		return false;
	*ret_reason = reason;
	return now < day + MS_PER_DAY;
}

static struct str line_number(struct str text, uint32_t wanted)
{
	struct str line = STR("");

	for (uint32_t n = 0; n < wanted; n++) {
		if (!text.p)
			return STR("");
		line = str_cut(&text, '\n');
	}
	return line;
}

static void allow_by_lines(
    struct scan_result *r, struct scan_finding *f, struct str text, time_ms now)
{
	struct str reason;

	for (uint32_t back = 0; back < 2 && back < f->line; back++) {
		if (!allow_line_reads(line_number(text, f->line - back), f->id, now, &reason))
			continue;
		f->allowed_by = arena_str(r->arena, reason);
		return;
	}
}

static bool in_archive(struct str path)
{
	return memmem(path.p, path.len, "!/", 2) != NULL;
}

static bool read_again(
    const struct scan_result *r, const struct scan_finding *f, struct buf *text, struct buf *path)
{
	buf_reset(text);
	buf_reset(path);
	if (f->root >= r->roots_len || in_archive(f->path))
		return false;
	buf_addf(path, "%s/%.*s", r->roots[f->root], STR_ARG(f->path));
	if (!path->failed && file_read(path->p, FILE_MAX, text, NULL) == 0)
		return true;
	/* A root that is a file. */
	buf_reset(text);
	return file_read(r->roots[f->root], FILE_MAX, text, NULL) == 0;
}

int allow_inline(struct scan_result *r, time_ms now, struct err *err)
{
	const struct scan_finding *last = NULL;
	struct buf text, path;
	bool there = false;

	(void)err;
	buf_init(&text, FILE_MAX);
	buf_init(&path, 0);
	for (size_t i = 0; i < r->findings_len; i++) {
		struct scan_finding *f = &r->findings[i];
		if (!last || last->root != f->root || !str_eq(last->path, f->path))
			there = read_again(r, f, &text, &path);
		last = f;
		if (there && f->line > 0)
			allow_by_lines(r, f, buf_str(&text), now);
	}
	buf_done(&text);
	buf_done(&path);
	return 0;
}

/* --- rules ------------------------------------------------------------------------------------ */

/* The rules of directories, by "root:path"; what is kept belongs to the map. */
static struct ignore *rules_of(struct scan_result *r, struct map *known, unsigned root,
    struct str dir, struct ignore *above, time_ms now)
{
	struct buf key, path, text;
	struct ignore *own = NULL, *inherited = NULL;

	buf_init(&key, 0);
	buf_init(&path, 0);
	buf_init(&text, RULES_MAX);
	buf_addf(&key, "%u:%.*s", root, STR_ARG(dir));
	buf_addf(&path, "%s/%.*s%s.varcoignore", r->roots[root], STR_ARG(dir), dir.len ? "/" : "");
	if (!key.failed && !path.failed) {
		own = map_get(known, buf_str(&key));
		if (!own && dir.len == 0)
			above = inherited = above_rules(r->roots[root], now);
		if (!own) {
			if (file_read(path.p, RULES_MAX, &text, NULL) < 0)
				buf_reset(&text);
			own = ignore_new(above, dir, STR(""), buf_str(&text), now);
			if (own && map_put(known, buf_str(&key), own) < 0)
				ignore_unref(&own);
		}
	}
	ignore_unref(&inherited);
	buf_done(&key);
	buf_done(&path);
	buf_done(&text);
	return own;
}

static void allow_by_directories(
    struct scan_result *r, struct map *known, struct scan_finding *f, time_ms now)
{
	struct ignore *rules = rules_of(r, known, f->root, STR(""), NULL, now);
	struct str reason;

	for (size_t i = 0; i < f->path.len; i++) {
		if (f->path.p[i] == '!')
			break; /* inside an archive nobody allows */
		if (f->path.p[i] == '/')
			rules = rules_of(r, known, f->root, str_sub(f->path, 0, i), rules, now);
	}
	if (rules && ignore_allows(rules, f->path, str_c(f->id), &reason))
		f->allowed_by = arena_str(r->arena, reason);
}

int allow_by_rules(struct scan_result *r, time_ms now, struct err *err)
{
	struct map *known = map_new();
	struct str key;
	void *value;
	size_t it = 0;

	if (!known)
		return err_set(err, E_NOMEM, "Memory ran out.");
	for (size_t i = 0; i < r->findings_len; i++) {
		if (!r->findings[i].allowed_by.p && r->findings[i].root < r->roots_len)
			allow_by_directories(r, known, &r->findings[i], now);
	}
	while (map_each(known, &it, &key, &value)) {
		struct ignore *rules = value;
		ignore_unref(&rules);
	}
	map_free(&known);
	return 0;
}

/* --- baseline --------------------------------------------------------------------------------- */

static bool is_over(const struct json *entry, time_ms now)
{
	struct str until = json_str(json_get(entry, "until"));
	time_ms day;

	return until.p && (time_parse_date(until, &day) < 0 || now >= day + MS_PER_DAY);
}

static int read_entries(struct map *known, const struct json *list, time_ms now)
{
	const struct json *v;
	struct json_iter it;
	struct str key;

	json_iter_init(&it, list);
	while (json_iter_next(&it, &key, &v)) {
		struct str print = json_str(json_get(v, "fingerprint"));
		if (print.len > 0 && !is_over(v, now) &&
		    map_put(known, print, (void *)(uintptr_t)v) < 0)
			return -E_NOMEM;
	}
	return 0;
}

static void apply(struct scan_result *r, const struct map *known)
{
	for (size_t i = 0; i < r->findings_len; i++) {
		struct scan_finding *f = &r->findings[i];
		const struct json *v = map_get(known, str_c(f->fingerprint));
		struct str reason = json_str(json_get(v, "reason"));
		if (v && !f->allowed_by.p)
			f->allowed_by = reason.len > 0 ? arena_str(r->arena, reason)
						       : STR("baseline");
	}
}

int allow_baseline(struct scan_result *r, const char *file, time_ms now, struct err *err)
{
	struct arena *a = arena_new(0, 256u << 20);
	struct map *known = map_new();
	const struct json *doc;
	struct buf text;
	int rc;

	buf_init(&text, BASELINE_MAX);
	rc = a && known ? file_read(file, BASELINE_MAX, &text, err)
			: err_set(err, E_NOMEM, "Memory ran out.");
	if (rc == 0)
		rc = json_read(a, buf_str(&text), &doc, err);
	if (rc == 0 && json_type(json_get(doc, "findings")) != JSON_ARRAY)
		rc = err_set(err, E_INVALID, "\"%s\" is no baseline: it has no findings.", file);
	if (rc == 0)
		rc = read_entries(known, json_get(doc, "findings"), now);
	if (rc == 0)
		apply(r, known);
	buf_done(&text);
	map_free(&known);
	arena_free(&a);
	return rc;
}

int allow_write_baseline(const struct scan_result *r, const char *file, struct err *err)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, 0);
	jw_init(&w, &out);
	jw_object(&w);
	jw_member_int(&w, "baseline", 1);
	jw_key(&w, "findings");
	jw_array(&w);
	for (size_t i = 0; i < r->findings_len; i++) {
		const struct scan_finding *f = &r->findings[i];
		if (f->verdict < SCAN_REVIEW)
			continue;
		buf_add_char(&out, '\n');
		jw_object(&w);
		jw_member_c(&w, "fingerprint", f->fingerprint);
		jw_member_c(&w, "id", f->id);
		jw_member_str(&w, "path", f->path);
		jw_object_end(&w);
	}
	jw_array_end(&w);
	jw_object_end(&w);
	buf_add_char(&out, '\n');
	int rc = out.failed ? err_set(err, E_NOMEM, "Memory ran out.")
			    : file_write_atomic(file, buf_str(&out), 0644, err);
	buf_done(&out);
	return rc;
}

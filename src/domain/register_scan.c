/* Three walks: over what the register has of these roots (known), over the findings (groups), over
 * what was not met. Keys are texts with line feeds between their parts, which no part has. */
#include "domain/register_scan.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/lang.h"
#include "base/map.h"
#include "base/text.h"
#include "domain/scan_finding.h"
#include "store/query.h"

#define NAME_MAX_BYTES 110 /* of the 120 characters that a name may have */

struct known {
	struct integration_entry entry;
	struct str root, key, told; /* told: the scan's own verdict */
	int64_t rows;
	bool met;
};

/* Signals of one entry. */
struct group {
	struct group *next;
	struct known *known;       /* NULL: it is new */
	struct str key, place, id; /* id: of its entry */
	const struct scan_signal **signals;
	size_t len, room;
};

struct work {
	const struct register_act *act;
	const struct scan_report *report;
	struct map *by_print, *by_key, *manifests, *groups;
	struct known *known;
	size_t known_len;
	struct group *first, *last;
	size_t groups_len;
	struct register_scanned *ret;
	struct err *err;
};

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while taking a scan into the register.");
}

static struct arena *arena(const struct work *w)
{
	return w->act->arena;
}

/* --- what is known ---------------------------------------------------------------------------- */

static bool covers(const struct work *w, struct str root)
{
	for (size_t i = 0; i < w->report->roots_len; i++) {
		if (str_eq(w->report->roots[i], root))
			return true;
	}
	return false;
}

static struct str print_key(const struct work *w, struct str root, struct str row, struct str print)
{
	return arena_printf(
	    arena(w), "%.*s\n%.*s\n%.*s", STR_ARG(root), STR_ARG(row), STR_ARG(print));
}

static int know_prints(struct work *w, struct known *k, const struct json *found)
{
	struct str row = json_str(json_get(found, "row"));
	const struct json *s;
	struct json_iter it;

	json_iter_init(&it, json_get(found, "signals"));
	while (json_iter_next(&it, NULL, &s)) {
		struct str key = print_key(w, k->root, row, json_str(json_get(s, "fingerprint")));
		if (!key.p || map_put(w->by_print, key, k) < 0)
			return no_memory(w->err);
	}
	return map_put(w->by_key, k->key, k) < 0 ? no_memory(w->err) : 0;
}

static int know_entry(struct work *w, const struct integration_entry *e)
{
	struct known *k = &w->known[w->known_len];
	const struct json *found = NULL;

	if (!e->found.p)
		return 0;
	if (json_read(arena(w), e->found, &found, NULL) == -E_NOMEM)
		return no_memory(w->err);
	*k = (struct known){
		.entry = *e,
		.root = json_str(json_get(found, "root")),
		.told = json_str(json_get(found, "verdict")),
	};
	(void)json_int(json_get(found, "rows"), &k->rows);
	if (!covers(w, k->root))
		return 0;
	struct str row = json_str(json_get(found, "row")),
		   place = json_str(json_get(found, "place"));
	k->key = arena_printf(
	    arena(w), "%.*s\n%.*s\n%.*s", STR_ARG(k->root), STR_ARG(row), STR_ARG(place));
	if (!k->key.p)
		return no_memory(w->err);
	w->known_len++;
	return know_prints(w, k, found);
}

static int know_all(struct work *w)
{
	struct integration_entry *list;
	size_t n = 0;
	int r = integration_list(w->act->c, arena(w), &list, &n, w->err);

	if (r < 0)
		return r;
	w->known = ARENA_ARRAY(arena(w), struct known, n);
	if (!w->known)
		return no_memory(w->err);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = know_entry(w, &list[i]);
	return r;
}

/* --- groups ----------------------------------------------------------------------------------- */

/* Places that say what a project is made of, and so where one is. */
static bool is_manifest(struct str place)
{
	static const char *const places[] = { "manifest", "lockfile", "image", "workflow", "rpa",
		"extension", "profile", "device", "process" };

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		if (str_eq_c(place, places[i]))
			return true;
	}
	return false;
}

/* "" at the root. */
static struct str parent(struct str path)
{
	size_t len = path.len;

	while (len > 0 && path.p[len - 1] != '/')
		len--;
	return str_sub(path, 0, len > 0 ? len - 1 : 0);
}

static struct str place_key(const struct work *w, const struct scan_signal *s, struct str dir)
{
	return arena_printf(arena(w), "%.*s\n%.*s\n%.*s", STR_ARG(w->report->roots[s->root]),
	    STR_ARG(s->row), STR_ARG(dir));
}

static bool counts(const struct scan_signal *s)
{
	return register_is_verdict(s->verdict);
}

static int note_manifests(struct work *w)
{
	for (size_t i = 0; i < w->report->signals_len; i++) {
		struct scan_signal *s = &w->report->signals[i];
		if (!counts(s) || !is_manifest(s->place))
			continue;
		struct str key = place_key(w, s, parent(s->path));
		if (!key.p || map_put(w->manifests, key, s) < 0)
			return no_memory(w->err);
	}
	return 0;
}

/* The project that a finding belongs to. */
static struct str project_of(const struct work *w, const struct scan_signal *s, struct str *ret_key)
{
	struct str dir = parent(s->path);

	*ret_key = place_key(w, s, dir);
	while (ret_key->p && dir.len && !map_get(w->manifests, *ret_key)) {
		size_t was = dir.len;
		dir = parent(dir);
		ret_key->len -= was - dir.len; /* the directory is what the key ends with */
	}
	return dir;
}

static int group_new(
    struct work *w, struct str key, struct known *known, struct str place, struct group **ret)
{
	struct group *g = ARENA_NEW(arena(w), struct group);

	if (!g || map_put(w->groups, key, g) < 0)
		return no_memory(w->err);
	if (++w->groups_len > REGISTER_GROUPS_MAX)
		return err_field(w->err, E_TOO_LARGE, "findings",
		    N_("The report has more than %d integrations; scan fewer paths at a time."),
		    REGISTER_GROUPS_MAX);
	*g = (struct group){ .known = known, .key = key, .place = place };
	if (w->last)
		w->last->next = g;
	else
		w->first = g;
	w->last = g;
	*ret = g;
	return 0;
}

static int group_add(struct work *w, struct group *g, const struct scan_signal *s)
{
	if (g->len == g->room) {
		size_t room = g->room ? 2 * g->room : 4;
		const struct scan_signal **more = ARENA_ARRAY(
		    arena(w), const struct scan_signal *, room);
		if (!more)
			return no_memory(w->err);
		if (g->len)
			memcpy(more, g->signals, g->len * sizeof(*more));
		g->signals = more;
		g->room = room;
	}
	g->signals[g->len++] = s;
	return 0;
}

static int group_signal(struct work *w, const struct scan_signal *s)
{
	struct str print = print_key(w, w->report->roots[s->root], s->row, s->fingerprint), key;
	struct str place = project_of(w, s, &key);

	if (!print.p || !key.p)
		return no_memory(w->err);
	struct known *known = map_get(w->by_print, print);
	if (!known)
		known = map_get(w->by_key, key);
	if (known)
		key = known->key;
	struct group *g = map_get(w->groups, key);
	int r = g ? 0 : group_new(w, key, known, place, &g);
	return r < 0 ? r : group_add(w, g, s);
}

static int group_all(struct work *w)
{
	int r = note_manifests(w);

	for (size_t i = 0; r == 0 && i < w->report->signals_len; i++) {
		if (counts(&w->report->signals[i]))
			r = group_signal(w, &w->report->signals[i]);
	}
	return r;
}

/* --- the column ------------------------------------------------------------------------------- */

static const char *const gravity[] = { "unofficial", "review", "official" };

/* The gravest that its findings say. */
static struct str verdict_of(const struct group *g)
{
	for (size_t i = 0; i < ARRAY_LEN(gravity); i++) {
		for (size_t k = 0; k < g->len; k++) {
			if (str_eq_c(g->signals[k]->verdict, gravity[i]))
				return g->signals[k]->verdict;
		}
	}
	return STR("review");
}

static void write_signal(struct json_writer *w, const struct scan_signal *s)
{
	char hex[2 * SHA256_LEN + 1];
	struct sha256 digest;

	crypto_sha256(s->match, &digest);
	hex_encode(digest.b, SHA256_LEN, hex);
	jw_object(w);
	jw_member_str(w, "place", s->place);
	jw_member_str(w, "path", s->path);
	jw_member_int(w, "line", s->line);
	jw_member_int(w, "confidence", s->confidence);
	jw_member_str(w, "fingerprint", s->fingerprint);
	jw_member_c(w, "excerpt", hex);
	jw_member_str(w, "allowed", s->allowed);
	jw_object_end(w);
}

static struct str found_of(const struct work *x, const struct group *g)
{
	const struct scan_signal *s = g->signals[0];
	struct json_writer w;
	struct buf out;

	buf_init(&out, 0);
	jw_init(&w, &out);
	jw_object(&w);
	jw_member_str(&w, "row", s->row);
	jw_member_str(&w, "name", s->title.p ? s->title : s->row);
	jw_member_str(&w, "verdict", verdict_of(g));
	jw_member_str(&w, "reason", s->why);
	jw_member_str(&w, "replacement", s->replacement);
	jw_member_str(&w, "root", x->report->roots[s->root]);
	jw_member_str(&w, "place", g->place);
	jw_member_int(&w, "count", (int64_t)g->len);
	jw_member_int(&w, "rows", x->report->catalogue_rows);
	jw_key(&w, "signals");
	jw_array(&w);
	for (size_t i = 0; i < g->len && i < REGISTER_SIGNALS_MAX; i++)
		write_signal(&w, g->signals[i]);
	jw_array_end(&w);
	jw_object_end(&w);
	struct str ret = out.failed ? STR_NONE : arena_str(arena(x), buf_str(&out));
	buf_done(&out);
	return ret;
}

/* --- new ones --------------------------------------------------------------------------------- */

/* "Baileys (shop/worker)", with the row or the id behind where that name is taken. */
static int name_of(const struct work *w, const struct group *g, const char *id, struct str *ret)
{
	const struct scan_signal *s = g->signals[0];
	struct str title = s->title.p ? s->title : s->row, root = w->report->roots[s->root];
	struct str names[3];
	int64_t one;
	int r = 1;

	names[0] = arena_printf(arena(w), "%.*s (%.*s%s%.*s)", STR_ARG(title), STR_ARG(root),
	    g->place.len ? "/" : "", STR_ARG(g->place));
	names[1] = arena_printf(arena(w), "%.*s: %.*s", STR_ARG(s->row), STR_ARG(names[0]));
	names[2] = arena_printf(arena(w), "%s: %.*s", id, STR_ARG(names[0]));
	for (size_t i = 0; r > 0 && i < ARRAY_LEN(names); i++) {
		*ret = names[i].p ? text_printable(arena(w), names[i], NAME_MAX_BYTES) : STR_NONE;
		if (!ret->p)
			return no_memory(w->err);
		r = store_ask_int(w->act->c, &one, w->err,
		    "SELECT 1 FROM integration WHERE name = ?1", "t", *ret);
	}
	return r < 0 ? r : 0;
}

static struct str details_of(const struct work *w, const struct scan_signal *s)
{
	struct register_values v = { 0 };

	v.v[REGISTER_KIND] = str_sub(s->kind, 0, register_fields[REGISTER_KIND].max);
	v.v[REGISTER_MECHANISM] = str_sub(s->mechanism, 0, register_fields[REGISTER_MECHANISM].max);
	return register_values_write(arena(w), &v, NULL);
}

static int insert(
    const struct work *w, const struct group *g, struct str found, struct str id, struct str name)
{
	struct str details = details_of(w, g->signals[0]);

	if (!details.p)
		return no_memory(w->err);
	return store_do(w->act->c, w->err,
	    "INSERT INTO integration (id, name, numbers, categories, status, created_at, updated_at,"
	    " first_seen_at, last_seen_at, origin, verdict, state, details, found, found_key, scan, review_told)"
	    " VALUES (?1, ?2, '[]', '', 'active', ?3, ?3, ?4, ?4, 'scan', ?5, 'open', ?6, ?7, ?8, ?9, 0)",
	    "ttmmtttti", id, name, w->act->now, w->report->at, verdict_of(g), details, found,
	    g->key, (int64_t)w->ret->scan);
}

static int note(const struct work *w, const char *operation, const struct integration_entry *before,
    struct str id)
{
	struct integration_entry after;
	int r = integration_get(w->act->c, id, arena(w), &after, w->err);

	if (r == 0)
		r = err_set(
		    w->err, E_STORE, "An entry of the register is gone while it is changed.");
	return r < 0 ? r : register_note(w->act, operation, before, &after, w->err);
}

static int enter(const struct work *w, struct group *g, struct str found)
{
	char id[ID_TEXT_MAX];
	struct str name;

	id_format("int", id_next(w->act->ids, w->act->now), id);
	g->id = arena_str(arena(w), str_c(id));
	int r = g->id.p ? name_of(w, g, id, &name) : no_memory(w->err);
	if (r == 0)
		r = insert(w, g, found, g->id, name);
	w->ret->entered++;
	return r < 0 ? r : note(w, REGISTER_FOUND, NULL, g->id);
}

/* --- known ones ------------------------------------------------------------------------------- */

/* What a person judged stays until the scan says something else than it said then. */
static struct str new_verdict(const struct known *k, const struct group *g)
{
	struct str says = verdict_of(g);

	return str_eq(says, k->told) ? k->entry.verdict : says;
}

static int see(const struct work *w, const struct group *g, struct str found)
{
	const struct known *k = g->known;
	bool back = k->entry.state == REGISTER_REMOVED || k->entry.state == REGISTER_RETIRED;

	if (k->entry.last_seen_at != TIME_NONE && w->report->at < k->entry.last_seen_at)
		return 0;
	w->ret->seen++;
	w->ret->reopened += back;
	int r = store_do(w->act->c, w->err,
	    "UPDATE integration SET found = ?2, verdict = ?3, state = ?4, last_seen_at = ?5, scan = ?6,"
	    " updated_at = ?7 WHERE id = ?1",
	    "ttttmim", k->entry.id, found, new_verdict(k, g),
	    str_c(register_state_name(back ? REGISTER_OPEN : k->entry.state)), w->report->at,
	    (int64_t)w->ret->scan, w->act->now);
	return r < 0 ? r : note(w, REGISTER_CHANGED, &k->entry, k->entry.id);
}

static int take_group(const struct work *w, struct group *g)
{
	struct str found = found_of(w, g);

	if (!found.p)
		return no_memory(w->err);
	if (!g->known)
		return enter(w, g, found);
	g->known->met = true;
	g->id = g->known->entry.id;
	return see(w, g, found);
}

/* Does this scan prove that it is gone? */
static bool proves_gone(const struct work *w, const struct known *k)
{
	const struct scan_report *r = w->report;

	return !k->met && r->complete && r->files > 0 && r->at > k->entry.last_seen_at &&
	    r->catalogue_rows >= k->rows && k->entry.state != REGISTER_REMOVED &&
	    register_may_move(k->entry.state, REGISTER_REMOVED, MOVED_BY_SCAN, true);
}

static int remove_gone(const struct work *w, const struct known *k)
{
	w->ret->removed++;
	int r = store_do(w->act->c, w->err,
	    "UPDATE integration SET state = 'removed', updated_at = ?2, scan = ?3 WHERE id = ?1",
	    "tmi", k->entry.id, w->act->now, (int64_t)w->ret->scan);
	return r < 0 ? r : note(w, REGISTER_CHANGED, &k->entry, k->entry.id);
}

/* --- finding by finding ----------------------------------------------------------------------- */

static int keep_group(const struct work *w, const struct group *g, const char *verdict, int64_t *n)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < g->len; i++) {
		const struct scan_signal *s = g->signals[i];
		if (!str_eq_c(s->verdict, verdict))
			continue;
		const struct scan_place at = { .scan = w->ret->scan,
			.n = ++*n,
			.root = w->report->roots[s->root],
			.integration = g->id };
		r = scan_finding_add(w->act->c, &at, s, arena(w), w->err);
	}
	return r;
}

static int keep_findings(const struct work *w)
{
	int64_t n = 0;
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(gravity); i++) {
		for (const struct group *g = w->first; r == 0 && g; g = g->next)
			r = keep_group(w, g, gravity[i], &n);
	}
	return r < 0 ? r : scan_findings_purge(w->act->c, w->err);
}

/* --- the whole -------------------------------------------------------------------------------- */

static int take_in(struct work *w)
{
	int r = know_all(w);

	if (r == 0)
		r = group_all(w);
	if (r == 0)
		r = scan_record_add(
		    w->act->c, w->ret->scan, w->report, w->act->now, arena(w), w->err);
	for (struct group *g = w->first; r == 0 && g; g = g->next)
		r = take_group(w, g);
	for (size_t i = 0; r == 0 && i < w->known_len; i++) {
		if (proves_gone(w, &w->known[i]))
			r = remove_gone(w, &w->known[i]);
	}
	return r < 0 ? r : keep_findings(w);
}

int register_scan(const struct register_act *act, const struct scan_report *report,
    struct register_scanned *ret, struct err *err)
{
	struct register_scanned done = { 0 };
	struct work w = { .act = act, .report = report, .ret = &done, .err = err };
	int r = scan_record_known(act->c, &report->digest, &done.scan, err);

	if (r > 0)
		done.again = true;
	if (r == 0) {
		done.scan = id_next(act->ids, act->now);
		w.by_print = map_new();
		w.by_key = map_new();
		w.manifests = map_new();
		w.groups = map_new();
		r = w.by_print && w.by_key && w.manifests && w.groups ? take_in(&w)
								      : no_memory(err);
		map_free(&w.by_print);
		map_free(&w.by_key);
		map_free(&w.manifests);
		map_free(&w.groups);
	}
	if (r >= 0)
		*ret = done;
	return r < 0 ? r : 0;
}

/* Imports as objects: what they took and what not, the whole report as a file, and undoing.
 *
 * An import that its record calls running, and that is not under way here, broke off when the
 * gateway ended. */
#include "apps/gateway/api_import.h"

#include <stdio.h>

#include "base/check.h"
#include "base/csv_write.h"
#include "base/log.h"
#include "domain/consent_undo.h"

#define UNDO_AT_ONCE 500
#define REPORT_PAGE 1000

/* --- which are under way ---------------------------------------------------------------------- */

atomic_uint_fast64_t *import_take_slot(struct gateway *g, uint64_t id)
{
	for (size_t i = 0; i < ARRAY_LEN(g->imports); i++) {
		uint_fast64_t free = 0;
		if (atomic_compare_exchange_strong(&g->imports[i], &free, id))
			return &g->imports[i];
	}
	return NULL;
}

static bool is_under_way(struct gateway *g, uint64_t id)
{
	for (size_t i = 0; i < ARRAY_LEN(g->imports); i++) {
		if (atomic_load(&g->imports[i]) == id)
			return true;
	}
	return false;
}

static void tell_truly(struct api_call *c, struct consent_import *x)
{
	if (x->state == IMPORT_RUNNING && !is_under_way(c->gate->gateway, x->id))
		x->state = IMPORT_STOPPED;
}

/* --- writing ---------------------------------------------------------------------------------- */

static void write_digest(struct json_writer *w, const struct sha256 *digest)
{
	char hex[2 * SHA256_LEN + 1];

	hex_encode(digest->b, SHA256_LEN, hex);
	jw_member_c(w, "sha256", hex);
}

static void write_time(struct json_writer *w, const char *name, time_ms at)
{
	if (at != TIME_NONE) {
		jw_member_time(w, name, at);
		return;
	}
	jw_key(w, name);
	jw_null(w);
}

static void write_members(struct json_writer *w, const struct consent_import *x)
{
	char id[ID_TEXT_MAX];

	id_format("imp", x->id, id);
	jw_member_c(w, "import", x->dry ? NULL : id);
	jw_member_c(w, "id", id);
	jw_member_c(w, "state", import_state_name(x->state));
	jw_member_bool(w, "dry_run", x->dry);
	jw_member_str(w, "name", x->name);
	jw_member_str(w, "by", x->by);
	write_time(w, "at", x->at);
	write_time(w, "ended_at", x->ended_at);
	jw_member_str(w, "form", x->form);
	jw_member_int(w, "bytes", x->bytes);
	write_digest(w, &x->digest);
	jw_member_int(w, "total", x->total);
	jw_member_int(w, "rows", x->rows);
	jw_member_int(w, "accepted", x->accepted);
	jw_member_int(w, "known", x->known);
	jw_member_int(w, "rejected", x->rejected);
	jw_member_int(w, "opt_outs_kept", x->blocked);
	write_time(w, "undone_at", x->undone_at);
	jw_member_int(w, "undone", x->undone);
	jw_member_int(w, "kept", x->kept);
}

static void write_problem(struct api_call *c, const struct import_problem *p)
{
	struct json_writer *w = &c->w;

	jw_object(w);
	jw_member_int(w, "row", (int64_t)p->row);
	jw_member_str(w, "column", p->column);
	jw_member_str(w, "value", p->value);
	jw_member_c(w, "reason", lang_text(c->lang, p->reason.p));
	jw_member_c(w, "fix", lang_text(c->lang, p->fix.p));
	jw_member_str(w, "suggestion", p->suggestion);
	jw_object_end(w);
}

int import_write(struct api_call *c, const struct consent_import *x, bool told, struct err *err)
{
	struct import_problem *problems = NULL;
	bool more = false;
	size_t n = 0;
	int r = told ? consent_import_problems(c->gate->lane->reader, x->id, 0, IMPORT_TOLD_MAX,
			   c->arena, &problems, &n, &more, err)
		     : 0;

	if (r < 0)
		return r;
	jw_object(&c->w);
	write_members(&c->w, x);
	jw_key(&c->w, "report");
	jw_array(&c->w);
	for (size_t i = 0; i < n; i++)
		write_problem(c, &problems[i]);
	jw_array_end(&c->w);
	jw_object_end(&c->w);
	return 0;
}

/* --- finding ---------------------------------------------------------------------------------- */

static int read_id(struct api_call *c, const char *field, uint64_t *ret, struct err *err)
{
	if (id_parse("imp", api_text(c, field), ret) == 0)
		return 0;
	return api_err(c, err, E_INVALID, field, N_("\"%s\" is no id of an import."), field);
}

static int find(struct api_call *c, struct consent_import *ret, struct err *err)
{
	uint64_t id;
	int r = read_id(c, "id", &id, err);

	if (r < 0)
		return r;
	r = consent_import_get(c->gate->lane->reader, id, c->arena, ret, err);
	if (r == 0)
		return api_err(c, err, E_NOT_FOUND, "id", N_("There is no such import."));
	if (r > 0)
		tell_truly(c, ret);
	return r < 0 ? r : 0;
}

static int show(struct api_call *c, struct err *err)
{
	struct consent_import x;
	int r = find(c, &x, err);

	return r < 0 ? r : import_write(c, &x, true, err);
}

static int list(struct api_call *c, struct err *err)
{
	struct consent_import *items;
	struct str cursor = api_text(c, "cursor");
	char next[ID_TEXT_MAX] = "";
	uint64_t before = 0;
	size_t limit, n = 0;
	bool more = false;
	int r = api_limit(c, &limit, err);

	if (r == 0 && cursor.p && id_parse("imp", cursor, &before) < 0)
		r = api_err(
		    c, err, E_INVALID, "cursor", N_("\"cursor\" is none that was given before."));
	if (r == 0)
		r = consent_import_list(
		    c->gate->lane->reader, before, limit, c->arena, &items, &n, &more, err);
	if (r < 0)
		return r;
	api_list_open(c);
	for (size_t i = 0; i < n; i++) {
		tell_truly(c, &items[i]);
		jw_object(&c->w);
		write_members(&c->w, &items[i]);
		jw_object_end(&c->w);
	}
	if (more)
		id_format("imp", items[n - 1].id, next);
	api_list_close(c, more ? str_c(next) : STR_NONE);
	return 0;
}

/* --- the report ------------------------------------------------------------------------------- */

struct report {
	uint64_t import, after;
	bool begun;
	struct arena *arena; /* of a page */
};

static void report_done(void *arg)
{
	struct report *r = arg;

	arena_free(&r->arena);
}

static void write_report_row(
    const struct api_call *c, const struct import_problem *p, struct buf *out)
{
	char row[24];

	(void)snprintf(row, sizeof(row), "%llu", (unsigned long long)p->row);
	const struct str fields[] = {
		str_c(row),
		p->column.p ? p->column : STR(""),
		p->value,
		str_c(lang_text(c->lang, p->reason.p)),
		str_c(lang_text(c->lang, p->fix.p)),
		p->suggestion.p ? p->suggestion : STR(""),
	};
	csv_write_row(out, fields, ARRAY_LEN(fields));
}

static int fill_report(struct api_call *c, struct buf *out, struct err *err)
{
	const struct str head[] = { STR("row"), STR("column"), STR("value"), STR("reason"),
		STR("fix"), STR("suggestion") };
	struct report *s = c->state;
	struct import_problem *problems;
	bool more;
	size_t n;

	arena_reset(s->arena);
	int r = consent_import_problems(c->gate->lane->reader, s->import, s->after, REPORT_PAGE,
	    s->arena, &problems, &n, &more, err);
	if (r < 0)
		return r;
	if (!s->begun)
		csv_write_row(out, head, ARRAY_LEN(head));
	s->begun = true;
	for (size_t i = 0; i < n; i++)
		write_report_row(c, &problems[i], out);
	s->after = n ? problems[n - 1].row : s->after;
	return more;
}

static int begin_report(struct api_call *c, struct consent_import *x, struct err *err)
{
	struct report *s = ARENA_NEW(c->arena, struct report);

	if (!s || arena_defer(c->arena, report_done, s) < 0 || !(s->arena = arena_new(0, 0)))
		return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
	c->state = s;
	int r = find(c, x, err);
	s->import = x->id;
	return r;
}

static void report(struct api_call *c)
{
	char id[ID_TEXT_MAX], name[ID_TEXT_MAX + 8];
	struct consent_import x = { 0 };
	struct err err = { 0 };
	int r = begin_report(c, &x, &err);

	if (r < 0) {
		api_finish(c, r, &err);
		return;
	}
	id_format("imp", x.id, id);
	(void)snprintf(name, sizeof(name), "%s.csv", id);
	api_stream(c, "text/csv; charset=utf-8", name, fill_report);
}

/* --- undoing ---------------------------------------------------------------------------------- */

struct undo {
	struct consent_import import, after;
	atomic_uint_fast64_t *slot;
	struct arena *arena; /* of some acts */
	bool more;
};

static void undo_done(void *arg)
{
	struct undo *u = arg;

	if (u->slot)
		atomic_store(u->slot, 0);
	arena_free(&u->arena);
}

static int check_undo(struct api_call *c, const struct consent_import *x, struct err *err)
{
	if (is_under_way(c->gate->gateway, x->id))
		return api_err(c, err, E_CONFLICT, "id",
		    N_("The import is under way; it can be undone when it has ended."));
	if (x->dry)
		return api_err(
		    c, err, E_CONFLICT, "id", N_("It was a dry run: there is nothing to undo."));
	return 0;
}

/* The operator's act comes with the first answers of this call. Upkeep goes on with what was begun, and may have
 * been here in between: the import is read anew each time. If it was under way it is not any more, for we hold its
 * slot. */
static int run_undo(struct lane_job *j, struct store_conn *conn, struct err *err)
{
	struct api_call *c = API_CALL_OF(j);
	struct core *core = c->gate->lane->core;
	struct undo *u = c->state;

	arena_reset(u->arena);
	int r = consent_import_get(conn, u->import.id, u->arena, &u->after, err);
	if (r <= 0)
		return r < 0 ? r : -E_NOT_FOUND;
	if (u->after.state == IMPORT_RUNNING)
		u->after.state = IMPORT_STOPPED;
	store_keep(conn, IMPORT_KEEP_KIB);
	r = u->after.state == IMPORT_UNDONE ? 0
					    : consent_import_undo(conn, &core->ledger, UNDO_AT_ONCE,
						  clock_now(), u->arena, &u->after, err);
	u->more = r > 0;
	if (!u->more)
		store_keep(conn, 0);
	if (r < 0)
		return r;
	return u->import.state == IMPORT_UNDOING ? 0 : api_leaf(c, conn, err);
}

static void finish_undo(struct api_call *c)
{
	struct undo *u = c->state;
	struct err err = { 0 };
	int r = c->req ? import_write(c, &u->import, false, &err) : 0;

	log_info("an import was undone", "undone=%lld kept=%lld", (long long)u->import.undone,
	    (long long)u->import.kept);
	api_finish(c, r, &err);
}

static void on_undone(struct lane_job *j)
{
	struct api_call *c = API_CALL_OF(j);
	struct undo *u = c->state;

	if (j->rc < 0) {
		api_finish(c, j->rc, &j->job.err);
		return;
	}
	u->import = u->after;
	if (u->more)
		(void)api_submit(c, run_undo, on_undone);
	else
		finish_undo(c);
}

static int begin_undo(struct api_call *c, struct err *err)
{
	struct undo *u = ARENA_NEW(c->arena, struct undo);

	if (!u || arena_defer(c->arena, undo_done, u) < 0 || !(u->arena = arena_new(0, 0)))
		return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
	c->state = u;
	int r = find(c, &u->import, err);
	if (r == 0)
		r = check_undo(c, &u->import, err);
	if (r < 0)
		return r;
	id_format("imp", u->import.id, c->id);
	u->slot = import_take_slot(c->gate->gateway, u->import.id);
	return u->slot ? 0
		       : api_err(c, err, E_BUSY, "",
			     N_("Other imports are under way; try again when they are done."));
}

/* What is undone already stays so. */
static void undo(struct api_call *c)
{
	struct err err = { 0 };
	int r = begin_undo(c, &err);

	if (r < 0)
		api_finish(c, r, &err);
	else if (((struct undo *)c->state)->import.state == IMPORT_UNDONE)
		finish_undo(c);
	else
		(void)api_submit(c, run_undo, on_undone);
}

const struct api_handler api_import_handlers[] = {
	{ "listImports", NULL, NULL, list, NULL },
	{ "showImport", NULL, NULL, show, NULL },
	{ "reportImport", NULL, NULL, NULL, report },
	{ "undoImport", NULL, NULL, NULL, undo },
	{ NULL, NULL, NULL, NULL, NULL },
};

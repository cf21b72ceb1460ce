/* Reports of scans: taken into the register, and what they covered. The report is read away from
 * the loop, within its bounds, and taken in as one change. */
#include "apps/gateway/api.h"

#include <stdio.h>

#include "base/check.h"
#include "domain/register_scan.h"
#include "domain/register_state.h"
#include "domain/scan_finding.h"

struct state {
	struct scan_report report;
	struct register_scanned done;
};

static int read_report(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct state *s = ARENA_NEW(c->arena, struct state);

	(void)conn;
	if (!s)
		return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
	c->state = s;
	return scan_report_read(
	    c->arena, api_text(c, "file"), api_text(c, "name"), clock_now(), &s->report, err);
}

static void start_import(struct api_call *c)
{
	api_work_then(c, read_report, api_change);
}

static int take_report(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct core *core = c->gate->lane->core;
	struct state *s = c->state;
	const struct register_act act = {
		.c = conn,
		.ledger = &core->ledger,
		.key = &core->key,
		.ids = &core->ids,
		.arena = c->arena,
		.by = STR("scan"),
		.now = clock_now(),
	};
	int r = register_scan(&act, &s->report, &s->done, err);

	if (r == 0)
		id_format("scn", s->done.scan, c->id);
	return r;
}

static int unknown(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOT_FOUND, "id", N_("There is no such scan."));
}

static int show_done(struct api_call *c, struct err *err)
{
	const struct state *s = c->state;
	struct scan_record x;
	int r = scan_record_get(c->gate->lane->reader, s->done.scan, c->arena, &x, err);

	if (r <= 0)
		return r < 0 ? r : unknown(c, err);
	jw_object(&c->w);
	jw_member_c(&c->w, "scan", c->id);
	jw_member_bool(&c->w, "again", s->done.again);
	jw_member_int(&c->w, "entered", s->done.entered);
	jw_member_int(&c->w, "seen", s->done.seen);
	jw_member_int(&c->w, "reopened", s->done.reopened);
	jw_member_int(&c->w, "removed", s->done.removed);
	jw_member_str(&c->w, "verdict", x.verdict);
	jw_member_bool(&c->w, "complete", x.complete);
	jw_object_end(&c->w);
	return 0;
}

static int list_scans(struct api_call *c, struct err *err)
{
	struct str cursor = api_text(c, "cursor");
	struct scan_record *list;
	char next[ID_TEXT_MAX];
	uint64_t before = 0;
	size_t limit, n = 0;
	bool more = false;
	int r = api_limit(c, &limit, err);

	if (r == 0 && cursor.p && id_parse("scn", cursor, &before) < 0)
		r = api_err(
		    c, err, E_INVALID, "cursor", N_("\"cursor\" is none that was given before."));
	if (r == 0)
		r = scan_record_list(
		    c->gate->lane->reader, before, limit, c->arena, &list, &n, &more, err);
	if (r < 0)
		return r;
	api_list_open(c);
	for (size_t i = 0; i < n; i++)
		scan_record_write(&c->w, &list[i]);
	if (more)
		id_format("scn", list[n - 1].id, next);
	api_list_close(c, more ? str_c(next) : STR_NONE);
	return 0;
}

static int show_scan(struct api_call *c, struct err *err)
{
	struct scan_record x;
	uint64_t id;

	if (id_parse("scn", api_text(c, "id"), &id) < 0)
		return unknown(c, err);
	int r = scan_record_get(c->gate->lane->reader, id, c->arena, &x, err);
	if (r > 0)
		scan_record_write(&c->w, &x);
	return r == 0 ? unknown(c, err) : r < 0 ? r : 0;
}

/* --- findings --------------------------------------------------------------------------------- */

static int read_filter(struct api_call *c, struct scan_finding_filter *f, struct err *err)
{
	struct str cursor = api_text(c, "cursor");

	if (id_parse("scn", api_text(c, "id"), &f->scan) < 0)
		return unknown(c, err);
	if (cursor.p && (str_to_i64(cursor, &f->after) < 0 || f->after < 0))
		return api_err(
		    c, err, E_INVALID, "cursor", N_("\"cursor\" is none that was given before."));
	f->verdict = api_text(c, "verdict").p ? api_text(c, "verdict") : STR("");
	if (f->verdict.len && !register_is_verdict(f->verdict))
		return api_err(c, err, E_INVALID, "verdict",
		    N_("\"verdict\" must be unofficial, review or official."));
	return api_limit(c, &f->limit, err);
}

static int list_findings(struct api_call *c, struct err *err)
{
	struct store_conn *conn = c->gate->lane->reader;
	struct scan_finding_filter f = { .after = 0 };
	struct scan_finding *list = NULL;
	struct scan_record x;
	char next[ID_TEXT_MAX];
	bool more = false;
	size_t n = 0;
	int r = read_filter(c, &f, err);

	if (r == 0)
		r = scan_record_get(conn, f.scan, c->arena, &x, err);
	if (r <= 0)
		return r < 0 ? r : unknown(c, err);
	r = scan_finding_list(conn, &f, c->arena, &list, &n, &more, err);
	if (r < 0)
		return r;
	api_list_open(c);
	for (size_t i = 0; i < n; i++)
		jw_raw(&c->w, list[i].body);
	if (more)
		(void)snprintf(next, sizeof(next), "%lld", (long long)list[n - 1].n);
	api_list_close(c, more ? str_c(next) : STR_NONE);
	return 0;
}

const struct api_handler api_scan_handlers[] = {
	{ "importScan", NULL, take_report, show_done, start_import },
	{ "listScans", NULL, NULL, list_scans, NULL },
	{ "showScan", NULL, NULL, show_scan, NULL },
	{ "listFindings", NULL, NULL, list_findings, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};

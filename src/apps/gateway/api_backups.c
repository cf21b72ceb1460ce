/* Copies of the store: made and checked on a thread of their own, away from the loop and the writer. */
#include "apps/gateway/api.h"

#include "base/check.h"
#include "domain/outbox.h"
#include "domain/restored.h"
#include "flow/backup.h"

#define KEEP_MAX 400

static struct core *core_of(struct api_call *c)
{
	return c->gate->lane->core;
}

static void write_backup(struct api_call *c, const struct backup *b)
{
	const char *problem = b->problem.p ? arena_c(c->arena, b->problem) : NULL;
	struct json_writer *w = &c->w;

	jw_object(w);
	jw_member_c(w, "name", b->name);
	jw_member_time(w, "at", b->at);
	jw_member_int(w, "bytes", b->bytes);
	jw_member_c(w, "state", backup_state_name(b->state));
	jw_member_time(w, "checked_at", b->checked_at);
	jw_member_int(w, "entries", b->entries);
	jw_member_c(w, "problem", problem ? api_sentence(c, problem) : NULL);
	jw_object_end(w);
}

static int list_on_pool(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct backup *items = NULL;
	size_t n = 0;
	int r = backup_list(core_of(c), c->arena, &items, &n, err);

	(void)conn;
	if (r < 0)
		return r;
	api_list_open(c);
	for (size_t i = 0; i < n; i++)
		write_backup(c, &items[i]);
	api_list_close(c, STR_NONE);
	return 0;
}

static int show_on_pool(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct core *core = core_of(c);
	struct json_writer *w = &c->w;
	struct backup_plan p = { 0 };
	time_ms since = TIME_NONE;
	int restored = restored_is_open(conn, &since, err);
	int r = restored < 0 ? restored : backup_plan(core, c->arena, &p, err);

	if (r < 0)
		return r;
	jw_object(w);
	jw_member_c(w, "every", core->options.backup.every);
	jw_member_int(w, "keep", p.keep);
	jw_member_time(w, "last_good_at", p.good_at);
	jw_member_time(w, "next_copy_at", p.every_ms ? p.since + p.every_ms : TIME_NONE);
	jw_member_bool(w, "overdue", backup_is_overdue(&p, clock_now()));
	jw_member_bool(w, "under_way", atomic_load(&core->copying));
	jw_member_time(w, "restored_at", restored > 0 ? since : TIME_NONE);
	jw_object_end(w);
	return 0;
}

static int make_on_pool(struct api_call *c, struct store_conn *conn, struct err *err)
{
	const struct api_value *keep = api_value(c, "keep");
	struct backup b;
	int r = backup_make(core_of(c), conn,
	    keep->given ? keep->number : core_of(c)->options.backup.keep, clock_now(), c->arena, &b,
	    err);

	if (r == 0)
		write_backup(c, &b);
	return r;
}

static int verify_on_pool(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct backup b;
	int r = backup_verify(core_of(c), api_text(c, "name"), clock_now(), c->arena, &b, err);

	(void)conn;
	if (r == 0)
		write_backup(c, &b);
	return r;
}

static void show(struct api_call *c)
{
	api_work(c, show_on_pool);
}

static void list(struct api_call *c)
{
	api_work(c, list_on_pool);
}

/* --- behind the entry of the ledger ----------------------------------------------------------- */

static int leave_entry(struct lane_job *j, struct store_conn *conn, struct err *err)
{
	return api_leaf(API_CALL_OF(j), conn, err);
}

static void entry_is_left(struct lane_job *j)
{
	struct api_call *c = API_CALL_OF(j);

	if (j->rc < 0)
		api_finish(c, j->rc, &j->job.err);
	else
		api_work(c, make_on_pool);
}

static void make(struct api_call *c)
{
	const struct api_value *keep = api_value(c, "keep");
	struct err err = { 0 };
	int r = keep->given && (keep->number < 0 || keep->number > KEEP_MAX)
	    ? api_err(
		  c, &err, E_RANGE, "keep", N_("\"keep\" must be between %d and %d."), 0, KEEP_MAX)
	    : 0;

	if (r < 0)
		api_finish(c, r, &err);
	else
		(void)api_submit(c, leave_entry, entry_is_left);
}

static void verify(struct api_call *c)
{
	api_work(c, verify_on_pool);
}

/* --- behind a restore ------------------------------------------------------------------------- */

static int check_confirm(struct api_call *c, struct err *err)
{
	if (str_trim(api_text(c, "reason")).len)
		return 0;
	return api_err(c, err, E_INVALID, "reason",
	    N_("\"reason\" is empty: say where the opt-outs of that time came from."));
}

static int confirm(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct core *core = core_of(c);
	int r = restored_confirm(conn, &core->ids, clock_now(), err);

	if (r == 0)
		return api_err(c, err, E_CONFLICT, "",
		    N_("Nothing waits for it: the store was not brought back from a copy, or it is confirmed."));
	if (r > 0)
		r = outbox_wake(conn, clock_now(), err);
	if (r == 0)
		core_directory_changed(core);
	return r;
}

static int write_confirmed(struct api_call *c, struct err *err)
{
	time_ms since = TIME_NONE;
	int r = restored_is_open(c->gate->lane->reader, &since, err);

	if (r < 0)
		return r;
	jw_object(&c->w);
	jw_member_bool(&c->w, "held", r > 0);
	jw_object_end(&c->w);
	return 0;
}

const struct api_handler api_backup_handlers[] = {
	{ "makeBackup", NULL, NULL, NULL, make },
	{ "listBackups", NULL, NULL, NULL, list },
	{ "confirmRestore", check_confirm, confirm, write_confirmed, NULL },
	{ "showBackups", NULL, NULL, NULL, show },
	{ "verifyBackup", NULL, NULL, NULL, verify },
	{ NULL, NULL, NULL, NULL, NULL },
};

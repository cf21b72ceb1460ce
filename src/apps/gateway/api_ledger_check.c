/* How the ledger is: its size, its newest checkpoint, the last check. A check reads everything again on the pool, in slices
 * of its own, and what it found is put on record by the writer. */
#include "apps/gateway/api.h"

#include "base/check.h"
#include "domain/ledger_checked.h"
#include "domain/ledger_point.h"

/* --- the state -------------------------------------------------------------------------------- */

static void write_key(struct api_call *c)
{
	char key[NOTE_KEY_TEXT_MAX];

	note_verifier_write(&c->gate->lane->core->signer.verifier, key);
	jw_member_c(&c->w, "key", key);
}

static void write_point(struct api_call *c, const struct ledger_point *point)
{
	struct json_writer *w = &c->w;

	jw_key(w, "checkpoint");
	if (!point->size) {
		jw_null(w);
		return;
	}
	jw_object(w);
	jw_member_int(w, "size", point->size);
	jw_member_time(w, "at", point->at);
	jw_member_int(w, "seq", point->leaf);
	jw_member_str(w, "checkpoint", point->note);
	write_key(c);
	jw_object_end(w);
}

static void write_finding(struct api_call *c, const struct ledger_finding *f)
{
	bool sound = f->fault == LEDGER_SOUND;
	struct json_writer *w = &c->w;
	struct buf text;

	buf_init(&text, 0);
	if (!sound)
		ledger_finding_write(f, &text);
	jw_member_c(w, "fault", sound ? NULL : ledger_fault_name(f->fault));
	jw_key(w, "entry");
	if (sound)
		jw_null(w);
	else
		jw_int(w, f->seq);
	jw_member_c(w, "message", sound || text.failed ? NULL : api_sentence(c, text.p));
	buf_done(&text);
}

static void write_checked(struct api_call *c, const struct ledger_checked *x)
{
	struct json_writer *w = &c->w;

	jw_key(w, "checked");
	if (x->at == TIME_NONE) {
		jw_null(w);
		return;
	}
	jw_object(w);
	jw_member_time(w, "at", x->at);
	jw_member_bool(w, "sound", x->finding.fault == LEDGER_SOUND);
	jw_member_int(w, "entries", x->entries);
	jw_member_int(w, "covered", x->covered);
	jw_member_int(w, "checkpoints", x->checkpoints);
	write_finding(c, &x->finding);
	jw_object_end(w);
}

static int show(struct api_call *c, struct err *err)
{
	struct store_conn *reader = c->gate->lane->reader;
	struct ledger_checked checked = { .at = TIME_NONE };
	struct ledger_point point = { .size = 0 };
	int64_t last = 0;
	int r = ledger_last(reader, &last, err);

	if (r == 0)
		r = ledger_point_last(reader, c->arena, &point, err);
	if (r >= 0)
		r = ledger_checked_get(reader, &checked, err);
	if (r < 0)
		return r;
	jw_object(&c->w);
	jw_member_int(&c->w, "size", last);
	write_point(c, &point);
	write_checked(c, &checked);
	jw_object_end(&c->w);
	return 0;
}

/* --- a check ---------------------------------------------------------------------------------- */

struct checking {
	struct ledger_report report;
	time_ms at; /* when it began: nothing that came later was looked at */
};

static int check_all(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct checking *x = ARENA_NEW(c->arena, struct checking);
	const struct ledger_check in = {
		.conn = conn,
		.verifier = &c->gate->lane->core->signer.verifier,
	};

	if (!x)
		return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
	c->state = x;
	x->at = clock_now();
	store_rollback(conn);
	return ledger_check(&in, &x->report, err);
}

static int keep(struct api_call *c, struct store_conn *conn, struct err *err)
{
	const struct checking *x = c->state;

	return ledger_checked_set(conn, &x->report, x->at, err);
}

static void start(struct api_call *c)
{
	api_work_then(c, check_all, api_change);
}

const struct api_handler api_ledger_check_handlers[] = {
	{ "showLedger", NULL, NULL, show, NULL },
	{ "checkLedger", NULL, keep, show, start },
	{ NULL, NULL, NULL, NULL, NULL },
};

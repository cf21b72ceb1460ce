/* A table of consents, taken in without anybody else waiting for it.
 *
 *   header → look through the table → chunk → … → last chunk → answer
 *
 * The table is looked through first, because rows behind a broken quote could be anything: then
 * nothing of it is taken. Then come chunks of rows, a transaction each, so that sends and
 * webhooks are served in between; a row is judged by itself, and one that is rejected does not
 * keep the others away. If it breaks off in the middle, what was taken stays, and the same table
 * may be imported again: an act is kept once. Rows are read on the loop and recorded on the
 * writer; the chunk belongs to one of the two at a time. */
#include "apps/gateway/api_import.h"

#include <string.h>

#include "base/check.h"
#include "domain/suppression.h"
#include "base/log.h"
#include "domain/value.h"

#define RECORD_MAX ((size_t)64 * 1024)
#define LOOK_ROWS 5000 /* looked through before others have their turn */
#define NAME_MAX_CHARS 200
#define COLUMN_MAX_CHARS 64

static void next_chunk(struct loop_work *work);

#define CALL_OF(work_) ((struct api_call *)((char *)(work_) - offsetof(struct api_call, work)))

static int no_memory(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
}

static void import_done(void *arg)
{
	struct import *m = arg;

	csv_free(&m->csv);
	arena_free(&m->arena);
}

/* --- the header ------------------------------------------------------------------------------- */

static int broken_table(struct api_call *c, const struct err *why, struct err *err)
{
	if (why->code == E_NOMEM)
		return no_memory(c, err);
	return api_err(
	    c, err, E_INVALID, "file", N_("The table is not well formed. %s"), why->text);
}

static int name_column(struct api_call *c, struct import *m, struct str name, struct err *err)
{
	int i = (int)m->names_len;
	enum import_column known = import_column_of(name);
	struct str copy = arena_str(c->arena, name);

	if (!copy.p)
		return no_memory(c, err);
	if (value_check_text(copy, "file", COLUMN_MAX_CHARS, NULL) < 0)
		return api_err(c, err, E_INVALID, "file",
		    N_("Column %d of the table has no name, or none that can be kept."), i + 1);
	for (int k = 0; k < i; k++) {
		if (str_eq_nocase(m->names[k], copy))
			return api_err(c, err, E_INVALID, "file",
			    N_("The table has two columns \"%.*s\"."), STR_ARG(copy));
	}
	if (known < COLUMNS)
		m->place[known] = i;
	m->names[m->names_len++] = copy;
	return 0;
}

static int check_columns(struct api_call *c, const struct import *m, struct err *err)
{
	enum import_column missing = COLUMNS;

	if (m->place[COLUMN_PHONE] < 0 && m->place[COLUMN_BSUID] < 0)
		missing = COLUMN_PHONE;
	else if (m->place[COLUMN_PURPOSE] < 0)
		missing = COLUMN_PURPOSE;
	else if (m->place[COLUMN_ACT] < 0)
		missing = COLUMN_ACT;
	if (missing == COLUMNS)
		return 0;
	return api_err(c, err, E_INVALID, "file",
	    N_("The table has no column \"%s\"; its first row names the columns, out of phone,"
	       " bsuid, purpose, act, at,"
	       " evidence, text and source."),
	    import_column_name(missing));
}

/* The table from its start, behind its header. */
static int open_table(struct api_call *c, struct import *m, struct err *err)
{
	const struct csv_limits limits = { IMPORT_FIELDS_MAX, RECORD_MAX };
	const struct str *fields;
	struct err why = { 0 };
	size_t n = 0;

	csv_free(&m->csv);
	m->csv = csv_new(0, &limits);
	if (!m->csv)
		return no_memory(c, err);
	csv_feed(m->csv, m->table);
	csv_end(m->csv);
	int r = csv_next(m->csv, &fields, &n, &why);
	if (r < 0)
		return broken_table(c, &why, err);
	if (r == 0)
		return api_err(c, err, E_INVALID, "file", N_("The table is empty."));
	m->names_len = 0;
	memset(m->place, -1, sizeof(m->place));
	r = 0;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = name_column(c, m, str_trim(fields[i]), err);
	return r < 0 ? r : check_columns(c, m, err);
}

/* --- sums ------------------------------------------------------------------------------------- */

static int keep_problem(struct api_call *c, struct import *m, const struct import_problem *p)
{
	struct import_problem *kept = &m->problems[m->problems_after];

	*kept = *p;
	kept->value = arena_str(c->arena, p->value);
	kept->reason = arena_c(c->arena, str_c(p->reason));
	kept->column = p->column ? arena_c(c->arena, str_c(p->column)) : NULL;
	m->problems_after++;
	return kept->reason && (kept->column || !p->column) ? 0 : -E_NOMEM;
}

/* What it will be once the chunk counts. 0 or -E_NOMEM. */
static int sum_up(struct api_call *c, struct import *m)
{
	int r = 0;

	m->record_after = m->record;
	m->problems_after = m->problems_len;
	for (size_t i = 0; r == 0 && i < m->rows_len; i++) {
		const struct import_row *row = &m->rows[i];
		m->record_after.rows++;
		m->record_after.accepted += !row->rejected;
		m->record_after.rejected += row->rejected;
		if (row->rejected && m->problems_after < IMPORT_PROBLEMS_MAX)
			r = keep_problem(c, m, &row->problem);
	}
	return r;
}

static void count_chunk(struct import *m)
{
	m->record = m->record_after;
	m->problems_len = m->problems_after;
}

static void write_report(const struct import *m, size_t len, enum lang lang, struct json_writer *w)
{
	jw_array(w);
	for (size_t i = 0; i < len; i++) {
		const struct import_problem *p = &m->problems[i];
		jw_object(w);
		jw_member_int(w, "row", (int64_t)p->row);
		jw_member_c(w, "column", p->column);
		jw_member_str(w, "value", p->value);
		jw_member_c(w, "reason", lang_text(lang, p->reason));
		jw_object_end(w);
	}
	jw_array_end(w);
}

/* --- the end ---------------------------------------------------------------------------------- */

static void finish(struct api_call *c)
{
	struct import *m = c->state;
	struct json_writer *w = &c->w;

	log_info("consents were imported", "dry_run=%d rows=%lld rejected=%lld", m->dry,
	    (long long)m->record.rows, (long long)m->record.rejected);
	jw_object(w);
	jw_member_c(w, "import", m->dry ? NULL : c->id);
	jw_member_bool(w, "dry_run", m->dry);
	jw_member_int(w, "rows", m->record.rows);
	jw_member_int(w, "accepted", m->record.accepted);
	jw_member_int(w, "rejected", m->record.rejected);
	jw_key(w, "report");
	write_report(m, m->problems_len, c->lang, w);
	jw_object_end(w);
	api_finish(c, 0, NULL);
}

/* Says how far it came, when it came anywhere. */
static void break_off(struct api_call *c, const struct err *why)
{
	struct import *m = c->state;
	struct err err = *why;

	if (m->begun)
		(void)api_err(c, &err, (enum err_code)why->code, "file",
		    N_("The import stopped behind %lld rows: %s Import the table again; what is"
		       " on record is kept once."),
		    (long long)m->record.rows, why->text);
	api_finish(c, err_negative((enum err_code)err.code), &err);
}

/* --- recording -------------------------------------------------------------------------------- */

#define OVERRULES \
	N_("A withdrawal that is as new or newer is on record, and an import never overrules one.")

#define FORGOTTEN \
	N_("This person asked to be forgotten and stays blocked; an import does not bring them back.")

static void reject_late(struct import_row *row, const char *column, const char *reason)
{
	row->rejected = row->late = true;
	row->problem = (struct import_problem){
		.row = row->number,
		.column = column,
		.reason = reason,
		.value = STR(""),
	};
}

static void forget_late(struct import *m)
{
	for (size_t i = 0; i < m->rows_len; i++) {
		if (m->rows[i].late)
			m->rows[i].rejected = m->rows[i].late = false;
	}
}

/* What the domain would not take is the row's problem, anything else the import's. */
static int judge_error(struct import *m, struct store_conn *conn, struct import_row *row,
    const struct err *why, struct err *err)
{
	bool its_own = why->code == E_INVALID || why->code == E_RANGE || why->code == E_TOO_LARGE;

	if (!its_own || store_tx_failed(conn)) {
		if (err)
			*err = *why;
		return err_negative((enum err_code)why->code);
	}
	char *column = arena_c(m->arena, str_c(why->field)),
	     *reason = arena_c(m->arena, str_c(why->text));
	if (!column || !reason)
		return err_set(err, E_NOMEM, "Memory ran out during an import.");
	reject_late(row, column, reason);
	return 0;
}

static int record_row(struct api_call *c, struct store_conn *conn, struct import_row *row,
    time_ms now, struct err *err)
{
	struct core *core = c->gate->lane->core;
	struct import *m = c->state;
	struct consent_entry e = row->entry;
	struct person_keys keys = { .phone = row->phone, .bsuid = row->bsuid };
	struct people people = { 0 };
	struct err why = { 0 };
	bool fresh, blocked = false;
	int r = e.act == CONSENT_GRANT ? suppression_has(conn, row->phone, row->bsuid, err) : 0;

	if (r > 0)
		reject_late(row, import_column_name(COLUMN_PHONE), FORGOTTEN);
	if (r != 0)
		return r < 0 ? r : 0;
	r = api_people(c, conn, &keys, e.act, m->portfolio, now, m->arena, &people, err);

	if (r < 0)
		return r;
	e.import_id = m->record.id;
	for (size_t i = 0; r == 0 && i < people.len; i++) {
		e.person = people.list[i].id;
		r = consent_import_row(conn, &core->ledger, &e, now, &fresh, &blocked, &why);
	}
	if (r < 0)
		return judge_error(m, conn, row, &why, err);
	if (blocked)
		reject_late(row, import_column_name(COLUMN_ACT), OVERRULES);
	return 0;
}

/* The operator's act is on record with the first row, for the import may break off behind it; its
 * acts name it. */
static int record_begin(struct api_call *c, struct store_conn *conn, time_ms now, struct err *err)
{
	struct core *core = c->gate->lane->core;
	struct import *m = c->state;

	m->record.at = now;
	m->record.id = id_next(&core->ids, now);
	id_format("imp", m->record.id, c->id);
	int r = consent_import_begin(conn, &m->record, err);
	return r < 0 ? r : api_leaf(c, conn, err);
}

static int record_end(struct import *m, struct store_conn *conn, struct err *err)
{
	struct json_writer w;
	struct buf text;

	buf_init(&text, 0);
	jw_init(&w, &text);
	write_report(m, m->problems_after, LANG_EN, &w);
	m->record_after.report = buf_str(&text);
	int r = text.failed ? err_set(err, E_NOMEM, "Memory ran out during an import.")
			    : consent_import_finish(conn, &m->record_after, err);
	m->record_after.report = STR_NONE;
	buf_done(&text);
	return r;
}

static int run_chunk(struct lane_job *j, struct store_conn *conn, struct err *err)
{
	struct api_call *c = API_CALL_OF(j);
	struct import *m = c->state;
	time_ms now = clock_now();
	int r = m->begun ? 0 : record_begin(c, conn, now, err);

	forget_late(m);
	for (size_t i = 0; r == 0 && i < m->rows_len; i++) {
		if (!m->rows[i].rejected)
			r = record_row(c, conn, &m->rows[i], now, err);
	}
	if (r == 0 && sum_up(c, m) < 0)
		r = err_set(err, E_NOMEM, "Memory ran out during an import.");
	return r == 0 && m->last ? record_end(m, conn, err) : r;
}

static void go_on(struct api_call *c)
{
	struct import *m = c->state;

	count_chunk(m);
	if (m->last) {
		finish(c);
		return;
	}
	c->work.run = next_chunk;
	loop_post(c->gate->loop, &c->work);
}

static void on_chunk(struct lane_job *j)
{
	struct api_call *c = API_CALL_OF(j);
	struct import *m = c->state;

	if (j->rc < 0) {
		break_off(c, &j->job.err);
		return;
	}
	m->begun = true;
	go_on(c);
}

/* --- trying ----------------------------------------------------------------------------------- */

/* As consent_import_row() would judge it, by what is on record now. */
static int try_row(struct api_call *c, struct import_row *row, struct err *err)
{
	struct store_conn *conn = c->gate->lane->reader;
	struct import *m = c->state;
	const struct facts_consent *acts, *newest;
	struct person person = { 0 };
	size_t len;
	int r = row->entry.act == CONSENT_GRANT ? suppression_has(conn, row->phone, row->bsuid, err)
						: 0;

	if (r > 0)
		reject_late(row, import_column_name(COLUMN_PHONE), FORGOTTEN);
	if (r != 0)
		return r < 0 ? r : 0;
	r = row->entry.act == CONSENT_GRANT
	    ? person_find(conn, row->phone, row->bsuid, m->arena, &person, err)
	    : 0;

	if (r > 0)
		r = consent_list(conn, person.id, m->arena, &acts, &len, err) < 0 ? -1 : 1;
	if (r <= 0)
		return r;
	newest = facts_consent_newest(acts, len, row->entry.purpose, INT64_MAX);
	if (newest && newest->act == CONSENT_WITHDRAW && newest->at >= row->entry.at)
		reject_late(row, import_column_name(COLUMN_ACT), OVERRULES);
	return 0;
}

static void try_chunk(struct api_call *c)
{
	struct import *m = c->state;
	struct err err = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < m->rows_len; i++) {
		if (!m->rows[i].rejected)
			r = try_row(c, &m->rows[i], &err);
	}
	if (r == 0 && sum_up(c, m) < 0)
		r = no_memory(c, &err);
	if (r < 0)
		break_off(c, &err);
	else
		go_on(c);
}

/* --- chunks ----------------------------------------------------------------------------------- */

/* The next rows; m->last when they are the last ones. */
static int read_chunk(struct api_call *c, struct import *m, struct err *err)
{
	const struct str *cells;
	struct err why = { 0 };
	time_ms now = clock_now();
	size_t n;
	int r = 1;

	arena_reset(m->arena);
	m->rows_len = 0;
	while (m->rows_len < IMPORT_CHUNK_ROWS && (r = csv_next(m->csv, &cells, &n, &why)) > 0) {
		if (!import_row_is_blank(cells, n))
			import_read_row(m, cells, n, now, &m->rows[m->rows_len++]);
	}
	m->last = r == 0;
	return r < 0 ? broken_table(c, &why, err) : 0;
}

/* Nobody waits for the answer any more, and the gateway shuts down. */
static bool is_abandoned(const struct api_call *c)
{
	return !c->req && atomic_load(&c->gate->lane->core->draining);
}

static void next_chunk(struct loop_work *work)
{
	struct api_call *c = CALL_OF(work);
	struct import *m = c->state;
	struct err err = { 0 };
	int r = is_abandoned(c) ? err_set(&err, E_CLOSED, "The gateway shuts down.")
				: read_chunk(c, m, &err);

	if (r < 0)
		break_off(c, &err);
	else if (m->dry)
		try_chunk(c);
	else
		(void)api_submit(c, run_chunk, on_chunk);
}

/* --- the beginning ---------------------------------------------------------------------------- */

/* 1 there is more to look through, 0 the table is sound. */
static int look(struct api_call *c, struct import *m, struct err *err)
{
	const struct str *cells;
	struct err why = { 0 };
	size_t n;
	int r = 1;

	for (int i = 0; r > 0 && i < LOOK_ROWS; i++)
		r = csv_next(m->csv, &cells, &n, &why);
	return r < 0 ? broken_table(c, &why, err) : r;
}

static void look_on(struct loop_work *work)
{
	struct api_call *c = CALL_OF(work);
	struct import *m = c->state;
	struct err err = { 0 };
	int r = look(c, m, &err);

	if (r == 0)
		r = open_table(c, m, &err);
	if (r < 0) {
		api_finish(c, r, &err);
		return;
	}
	if (r == 0)
		c->work.run = next_chunk;
	loop_post(c->gate->loop, &c->work);
}

/* Out of a directory that may be gone when it is used. */
static struct str keep(struct api_call *c, struct str s)
{
	return s.p ? arena_str(c->arena, s) : STR_NONE;
}

static int begin(struct api_call *c, struct err *err)
{
	struct import *m = ARENA_NEW(c->arena, struct import);
	const struct directory *d = lane_directory(c->gate->lane);
	struct str name = api_text(c, "name");

	if (!m || arena_defer(c->arena, import_done, m) < 0)
		return no_memory(c, err);
	c->state = m;
	m->arena = arena_new(0, 0);
	m->dry = api_value(c, "dry_run")->flag;
	m->table = api_text(c, "file");
	m->country = keep(c, api_country(c));
	m->portfolio = keep(c, api_portfolio(d));
	m->record.name = name;
	crypto_sha256(m->table, &m->record.digest);
	if (!m->arena)
		return no_memory(c, err);
	if (name.p && value_check_text(name, "name", NAME_MAX_CHARS, err) < 0)
		return err ? err_negative((enum err_code)err->code) : -E_INVALID;
	return open_table(c, m, err);
}

void api_import_start(struct api_call *c)
{
	struct err err = { 0 };
	int r = begin(c, &err);

	if (r < 0) {
		api_finish(c, r, &err);
		return;
	}
	c->work.run = look_on;
	loop_post(c->gate->loop, &c->work);
}

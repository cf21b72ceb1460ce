/* A table of consents, taken in without anybody else waiting for it.
 *
 *   prepare → look through the table → begin → chunk → … → last chunk → answer
 *
 * The file lies in a spool. It is looked through first, because rows behind a broken quote could be
 * anything: then nothing of it is taken. Then rows are read into a window, which is put in the order
 * of telephone numbers once it is full: people lie in the store by their numbers, and neighbours share
 * its pages, so that several times less is written. The window is recorded in chunks, a transaction
 * each, so that sends and webhooks are served in between; a row is judged by itself, and one that is
 * rejected does not keep the others away. If it breaks off in the middle, what was taken stays, and
 * the same table may be imported again (an act is kept once), or the import undone. Rows are read on
 * the loop and recorded on the writer; the window belongs to one of the two at a time.
 *
 * Who asked for respond-async has the answer once the import has begun, and looks at it from time to
 * time. */
#include "apps/gateway/api_import.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/log.h"
#include "domain/suppression.h"
#include "domain/value.h"

#define NAME_MAX_CHARS 200
#define SAVE_ROWS 10000 /* of a dry run, before its record is written again */

const struct table_limits import_limits = {
	.fields = IMPORT_FIELDS_MAX,
	.bytes = IMPORT_RECORD_MAX,
	.xlsx = {
		.zip = {
			.entries = 1000,
			.total = (uint64_t)2 << 30,
			.ratio = 200,
			.ratio_from = (uint64_t)8 << 20,
		},
		.strings_bytes = (size_t)32 << 20,
		.strings = (size_t)3 << 20,
	},
};

static void next_rows(struct loop_work *work);
static void next_chunk(struct loop_work *work);

#define CALL_OF(work_) ((struct api_call *)((char *)(work_) - offsetof(struct api_call, work)))

static int no_memory(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
}

/* Before the answer: who has read it may undo the import, or begin the next. */
static void leave_slot(struct import *m)
{
	if (m->slot)
		atomic_store(m->slot, 0);
	m->slot = NULL;
}

static void import_done(void *arg)
{
	struct api_call *c = arg;
	struct import *m = c->state;

	table_close(&m->table);
	arena_free(&m->arena);
	arena_free(&m->scratch);
	mem_free(m->rows);
	leave_slot(m);
}

/* --- sums ------------------------------------------------------------------------------------- */

/* What it will be once the chunk counts. */
static void sum_up(struct import *m)
{
	m->record_after = m->record;
	for (size_t i = 0; i < m->len; i++) {
		const struct import_row *row = &m->rows[m->at + i];
		m->record_after.rows++;
		m->record_after.accepted += !row->rejected;
		m->record_after.known += !row->rejected && row->known;
		m->record_after.rejected += row->rejected;
		m->record_after.blocked += row->rejected && row->problem->blocked;
	}
	if (m->last) {
		m->record_after.state = m->record.dry ? IMPORT_TRIED : IMPORT_DONE;
		m->record_after.ended_at = clock_now();
	}
}

/* --- the end ---------------------------------------------------------------------------------- */

static void finish(struct api_call *c)
{
	struct import *m = c->state;
	struct err err = { 0 };
	int r;

	log_info("consents were imported", "dry_run=%d rows=%lld rejected=%lld", m->record.dry,
	    (long long)m->record.rows, (long long)m->record.rejected);
	r = c->req ? import_write(c, &m->record, true, &err) : 0;
	leave_slot(m);
	api_finish(c, r, &err);
}

/* Says how far it came, when it came anywhere. */
static void say_broken_off(struct api_call *c, const struct err *why)
{
	struct import *m = c->state;
	struct err err = *why;

	if (m->begun)
		(void)api_err(c, &err, (enum err_code)why->code, "file",
		    N_("The import stopped behind %lld rows: %s Import the table again; what is"
		       " on record is kept once."),
		    (long long)m->record.rows, why->text);
	leave_slot(m);
	api_finish(c, err_negative((enum err_code)err.code), &err);
}

static int run_stop(struct lane_job *j, struct store_conn *conn, struct err *err)
{
	struct import *m = API_CALL_OF(j)->state;

	store_keep(conn, 0);
	return consent_import_update(conn, &m->record, err);
}

/* Whether that could be written or not: who looks later knows by the gateway's start. */
static void on_stopped(struct lane_job *j)
{
	struct api_call *c = API_CALL_OF(j);
	struct import *m = c->state;

	say_broken_off(c, &m->why);
}

static void break_off(struct api_call *c, const struct err *why)
{
	struct import *m = c->state;

	m->why = *why;
	if (m->begun) {
		m->record.state = IMPORT_STOPPED;
		m->record.ended_at = clock_now();
		c->job.run = run_stop;
		c->job.back = on_stopped;
		if (lane_submit(c->gate->lane, &c->job))
			return;
	}
	say_broken_off(c, why);
}

/* --- recording -------------------------------------------------------------------------------- */

#define OVERRULES \
	N_("A withdrawal that is as new or newer is on record, and an import never overrules one.")
#define OVERRULES_FIX \
	N_("Take the row out. Who wants messages again has to agree anew, later than the" \
	   " withdrawal.")
#define UNPROVEN \
	N_("A withdrawal is on record, and this list alone is no evidence that the person agreed anew.")
#define UNPROVEN_FIX \
	N_("Take the row out, or say in the column evidence what proves the new consent.")
#define ITS_OWN_FIX N_("Put the row right, or take it out.")

#define FORGOTTEN \
	N_("This person asked to be forgotten and stays blocked; an import does not bring them back.")
#define FORGOTTEN_FIX \
	N_("Take the row out. Who was forgotten comes back by an act of their own alone.")

static int reject_late(
    struct import *m, struct import_row *row, const struct import_problem *why, struct err *err)
{
	struct import_problem *p = ARENA_NEW(m->scratch, struct import_problem);

	if (!p)
		return err_set(err, E_NOMEM, "Memory ran out during an import.");
	*p = *why;
	p->row = row->number;
	row->rejected = row->late = true;
	row->problem = p;
	return 0;
}

/* Says whose withdrawal, masked, for whoever has to answer for the attempt. */
static int block(struct import *m, struct import_row *row, enum import_fate fate, struct err *err)
{
	bool unproven = fate == IMPORT_UNPROVEN;
	char masked[PHONE_TEXT_MAX + 8] = "";

	if (row->phone.number)
		phone_format_masked(row->phone, masked);
	const struct import_problem why = {
		.blocked = true,
		.column = str_c(import_column_name(COLUMN_ACT)),
		.value = arena_str(m->scratch, str_c(masked)),
		.reason = str_c(unproven ? UNPROVEN : OVERRULES),
		.fix = str_c(unproven ? UNPROVEN_FIX : OVERRULES_FIX),
	};
	if (!why.value.p)
		return err_set(err, E_NOMEM, "Memory ran out during an import.");
	return reject_late(m, row, &why, err);
}

/* 1: who is named was forgotten, and the row is turned away. */
static int turn_forgotten_away(
    struct import *m, struct import_row *row, struct store_conn *conn, struct err *err)
{
	const struct import_problem why = {
		.blocked = true,
		.column = str_c(import_column_name(COLUMN_PHONE)),
		.value = STR(""),
		.reason = str_c(FORGOTTEN),
		.fix = str_c(FORGOTTEN_FIX),
	};
	int r = suppression_has(conn, row->phone, row->bsuid, err);

	if (r <= 0)
		return r;
	r = reject_late(m, row, &why, err);
	return r < 0 ? r : 1;
}

static bool is_blocked(enum import_fate fate)
{
	return fate == IMPORT_BLOCKED || fate == IMPORT_UNPROVEN;
}

static void forget_late(struct import *m)
{
	for (size_t i = m->at; i < m->at + m->len; i++) {
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
	const struct import_problem problem = {
		.column = arena_str(m->scratch, str_c(why->field)),
		.value = STR(""),
		.reason = arena_str(m->scratch, str_c(why->text)),
		.fix = str_c(ITS_OWN_FIX),
	};
	if (!problem.column.p || !problem.reason.p)
		return err_set(err, E_NOMEM, "Memory ran out during an import.");
	return reject_late(m, row, &problem, err);
}

static int record_row(struct api_call *c, struct store_conn *conn, struct import_row *row,
    time_ms now, struct err *err)
{
	struct core *core = c->gate->lane->core;
	struct import *m = c->state;
	struct consent_entry e = row->entry;
	struct person_keys keys = { .phone = row->phone, .bsuid = row->bsuid };
	struct people people = { 0 };
	enum import_fate fate = IMPORT_KNOWN;
	struct err why = { 0 };
	int r = e.act == CONSENT_GRANT ? turn_forgotten_away(m, row, conn, err) : 0;

	if (r != 0)
		return r < 0 ? r : 0;
	r = api_people(c, conn, &keys, e.act, m->portfolio, now, m->scratch, &people, err);
	if (r < 0)
		return r;
	e.import_id = m->record.id;
	row->known = true;
	for (size_t i = 0; r == 0 && i < people.len; i++) {
		e.person = people.list[i].id;
		r = consent_import_act(conn, &core->ledger, &e, now, &fate, &why);
		row->known = row->known && fate == IMPORT_KNOWN;
	}
	if (r < 0)
		return judge_error(m, conn, row, &why, err);
	return is_blocked(fate) ? block(m, row, fate, err) : 0;
}

/* The report's rows, and how far it came. */
static int record_sums(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct import *m = c->state;
	int r = 0;

	sum_up(m);
	for (size_t i = m->at; r == 0 && i < m->at + m->len; i++) {
		if (m->rows[i].rejected)
			r = consent_import_note(conn, m->record.id, m->rows[i].problem, err);
	}
	if (r == 0)
		r = consent_import_update(conn, &m->record_after, err);
	return r;
}

static int run_chunk(struct lane_job *j, struct store_conn *conn, struct err *err)
{
	struct api_call *c = API_CALL_OF(j);
	struct import *m = c->state;
	time_ms now = clock_now();
	int r = 0;

	if (!m->record.dry) {
		arena_reset(m->scratch);
		forget_late(m);
		store_keep(conn, IMPORT_KEEP_KIB);
	}
	for (size_t i = m->at; r == 0 && !m->record.dry && i < m->at + m->len; i++) {
		if (!m->rows[i].rejected)
			r = record_row(c, conn, &m->rows[i], now, err);
	}
	if (m->last)
		store_keep(conn, 0);
	return r == 0 ? record_sums(c, conn, err) : r;
}

static void count_chunk(struct api_call *c)
{
	struct import *m = c->state;

	m->record = m->record_after;
	m->at += m->len;
	m->len = 0;
	if (m->last)
		finish(c);
	else
		import_go_on(c, m->at < m->rows_len ? next_chunk : next_rows);
}

static void on_chunk(struct lane_job *j)
{
	struct api_call *c = API_CALL_OF(j);

	if (j->rc < 0) {
		break_off(c, &j->job.err);
		return;
	}
	count_chunk(c);
}

/* --- trying ----------------------------------------------------------------------------------- */

/* As consent_import_act() would judge it, by what is on record now. */
static int try_row(struct api_call *c, struct import_row *row, struct err *err)
{
	struct store_conn *conn = c->gate->lane->reader;
	struct import *m = c->state;
	struct consent_entry e = row->entry;
	struct person person = { 0 };
	enum import_fate fate = IMPORT_RECORDED;
	int r = e.act == CONSENT_GRANT ? turn_forgotten_away(m, row, conn, err) : 0;

	if (r != 0)
		return r < 0 ? r : 0;
	r = person_find(conn, row->phone, row->bsuid, m->scratch, &person, err);
	if (r <= 0)
		return r;
	e.person = person.id;
	e.import_id = m->record.id;
	r = consent_import_judge(conn, &e, &fate, err);
	row->known = fate == IMPORT_KNOWN;
	if (r == 0 && is_blocked(fate))
		r = block(m, row, fate, err);
	return r;
}

/* The record need not hear of every chunk in which nothing is wrong. */
static void try_chunk(struct api_call *c)
{
	struct import *m = c->state;
	struct err err = { 0 };
	bool any = m->last;
	int r = 0;

	arena_reset(m->scratch);
	for (size_t i = m->at; r == 0 && i < m->at + m->len; i++) {
		if (!m->rows[i].rejected)
			r = try_row(c, &m->rows[i], &err);
		any = any || m->rows[i].rejected;
	}
	sum_up(m);
	if (r < 0)
		break_off(c, &err);
	else if (any || m->record_after.rows % SAVE_ROWS == 0)
		(void)api_submit(c, run_chunk, on_chunk);
	else
		count_chunk(c);
}

/* --- windows and chunks ----------------------------------------------------------------------- */

static bool is_full(const struct import *m)
{
	return m->rows_len == IMPORT_WINDOW_ROWS || arena_used(m->arena) >= IMPORT_WINDOW_BYTES;
}

/* Of one number in the order of the table. */
static int by_phone(const void *a, const void *b)
{
	const struct import_row *x = a, *y = b;

	if (x->phone.number != y->phone.number)
		return x->phone.number < y->phone.number ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* Some more rows: 1 the window has room for more, 0 it may be recorded. */
static int read_rows(struct api_call *c, struct import *m, struct err *err)
{
	const struct str *cells;
	struct err why = { 0 };
	time_ms now = clock_now();
	size_t n;
	int r = 1;

	for (int i = 0; r > 0 && i < IMPORT_READ_ROWS && !is_full(m); i++) {
		r = table_next(m->table, &cells, &n, &why);
		if (r > 0 && !import_row_is_blank(cells, n))
			import_read_row(
			    m, cells, n, table_row(m->table), now, &m->rows[m->rows_len++]);
	}
	if (r < 0)
		return import_fail_table(c, &why, err);
	if (m->failed)
		return no_memory(c, err);
	m->ended = r == 0;
	if (!m->ended && !is_full(m))
		return 1;
	qsort(m->rows, m->rows_len, sizeof(*m->rows), by_phone);
	return 0;
}

static void next_chunk(struct loop_work *work)
{
	struct api_call *c = CALL_OF(work);
	struct import *m = c->state;
	size_t left = m->rows_len - m->at;

	m->len = left < IMPORT_CHUNK_ROWS ? left : IMPORT_CHUNK_ROWS;
	m->last = m->ended && m->len == left;
	if (m->record.dry)
		try_chunk(c);
	else
		(void)api_submit(c, run_chunk, on_chunk);
}

static void next_rows(struct loop_work *work)
{
	struct api_call *c = CALL_OF(work);
	struct import *m = c->state;
	struct err err = { 0 };
	int r;

	if (m->at == m->rows_len) {
		arena_reset(m->arena);
		m->at = m->rows_len = 0;
	}
	r = import_is_abandoned(c) ? err_set(&err, E_CLOSED, "The gateway shuts down.")
				   : read_rows(c, m, &err);
	if (r < 0)
		break_off(c, &err);
	else
		import_go_on(c, r > 0 ? next_rows : next_chunk);
}

/* --- the beginning ---------------------------------------------------------------------------- */

/* The operator's act is on record before the first row, for the import may break off behind it; its
 * acts name it. */
static int run_begin(struct lane_job *j, struct store_conn *conn, struct err *err)
{
	struct api_call *c = API_CALL_OF(j);
	struct core *core = c->gate->lane->core;
	struct import *m = c->state;

	m->record.at = clock_now();
	m->record.id = id_next(&core->ids, m->record.at);
	id_format("imp", m->record.id, c->id);
	atomic_store(m->slot, m->record.id);
	int r = consent_import_begin(conn, &m->record, err);
	return r < 0 || m->record.dry ? r : api_leaf(c, conn, err);
}

static bool wants_no_wait(const struct api_call *c)
{
	return c->req &&
	    str_eq_nocase(str_trim(http_header_get(c->req, "prefer")), STR("respond-async"));
}

static void on_begun(struct lane_job *j)
{
	struct api_call *c = API_CALL_OF(j);
	struct import *m = c->state;
	struct err err = { 0 };

	if (j->rc < 0) {
		api_finish(c, j->rc, &j->job.err);
		return;
	}
	m->begun = true;
	if (wants_no_wait(c)) {
		if (import_write(c, &m->record, false, &err) < 0) {
			break_off(c, &err);
			return;
		}
		api_accept(c);
	}
	import_go_on(c, next_rows);
}

static int read_head(struct api_call *c, struct err *err)
{
	return import_read_head(c, c->state, err);
}

static void looked_through(struct api_call *c)
{
	struct import *m = c->state;

	m->record.total = m->pass.rows;
	(void)api_submit(c, run_begin, on_begun);
}

/* Out of a directory that may be gone when it is used. */
static struct str keep(struct api_call *c, struct str s)
{
	return s.p ? arena_str(c->arena, s) : STR_NONE;
}

/* A file that came as a member of a body is spooled as well: from here on there is one way. */
static int spool_text(struct api_call *c, struct err *err)
{
	int r = spool_open(c->gate->gateway->config->state_dir, API_UPLOAD_MAX, &c->upload, err);

	if (r == 0)
		r = spool_write(c->upload, api_text(c, "file"), err);
	if (r == 0)
		spool_end(c->upload);
	return r;
}

static int open_table(struct api_call *c, struct import *m, struct err *err)
{
	struct err why = { 0 };
	int r = c->upload ? 0 : spool_text(c, err);

	if (r < 0)
		return r;
	if (table_open(spool_fd(c->upload), &import_limits, &m->table, &why) < 0)
		return import_fail_table(c, &why, err);
	m->record.form = table_form(m->table) == TABLE_XLSX ? STR("xlsx") : STR("csv");
	m->record.bytes = (int64_t)spool_size(c->upload);
	m->record.digest = *spool_digest(c->upload);
	return 0;
}

static int set_places(struct api_call *c, struct import *m, struct err *err)
{
	struct str country = api_country(c),
		   portfolio = api_portfolio(lane_directory(c->gate->lane));

	m->country = keep(c, country);
	m->portfolio = keep(c, portfolio);
	if ((country.p && !m->country.p) || (portfolio.p && !m->portfolio.p))
		return no_memory(c, err);
	if (country.p)
		(void)phone_country_zones(country, &m->zone, 1);
	return 0;
}

static int begin(struct api_call *c, struct err *err)
{
	struct import *m = ARENA_NEW(c->arena, struct import);
	struct str name = api_text(c, "name");

	if (!m)
		return no_memory(c, err);
	c->state = m;
	if (arena_defer(c->arena, import_done, c) < 0 || !(m->arena = arena_new(0, 0)) ||
	    !(m->scratch = arena_new(0, 0)) ||
	    !(m->rows = mem_alloc(IMPORT_WINDOW_ROWS * sizeof(*m->rows))))
		return no_memory(c, err);
	m->slot = import_take_slot(c->gate->gateway, IMPORT_BEGINS);
	if (!m->slot)
		return api_err(c, err, E_BUSY, "",
		    N_("Other imports are under way; try again when they are done."));
	m->pass = (struct import_pass){
		.field = "file", .head = read_head, .then = looked_through
	};
	m->record = (struct consent_import){
		.by = c->who.user.name,
		.name = name,
		.dry = api_value(c, "dry_run")->flag,
		.state = IMPORT_RUNNING,
		.ended_at = TIME_NONE,
		.undone_at = TIME_NONE,
	};
	if (name.p && value_check_text(name, "name", NAME_MAX_CHARS, err) < 0)
		return err ? err_negative((enum err_code)err->code) : -E_INVALID;
	int r = set_places(c, m, err);
	return r < 0 ? r : open_table(c, m, err);
}

void api_import_start(struct api_call *c)
{
	struct err err = { 0 };
	int r = begin(c, &err);

	if (r < 0)
		api_finish(c, r, &err);
	else
		import_look_through(c);
}

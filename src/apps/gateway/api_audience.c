/* A campaign is made: what it says is read against its template, then its audience is taken in. Or a draft is edited, and
 * may get another audience.
 *
 *   check → spool → prepare → look through → begin → chunk → … → last chunk → answer
 *   check → … → begin → chunk → … → last chunk → step → … → answer    an edit with another audience (campaign_edit.h)
 *   check → begin → answer                                           an edit without one
 *
 * As with an import (api_import.c), the table is looked through first (api_import_pass.c), read on the
 * loop and recorded on the writer, some rows a transaction. Of a row only what the template is filled with is kept.
 * Until the last chunk the campaign is loading; if it breaks off, it is cancelled: what is left of its people is nobody's
 * audience. A draft that was edited is then what it was before. */
#include <stdio.h>
#include <string.h>

#include "apps/gateway/api_access.h"
#include "apps/gateway/api_client.h"
#include "apps/gateway/api_draft.h"
#include "apps/gateway/api_import.h"
#include "base/check.h"
#include "base/csv_write.h"
#include "base/log.h"
#include "domain/campaign_edit.h"
#include "domain/segment.h"
#include "domain/source_list.h"
#include "domain/suppression.h"
#include "domain/value.h"

#define CHUNK_ROWS 500
#define NAME_MAX_CHARS 200
#define LABEL_MAX_CHARS 200
#define VALUE_MAX_BYTES 2000
#define AUDIENCE_BEGINS 1 /* in its slot, before it has an id */

struct row {
	struct import_row contact;
	struct str source, segment, fields; /* p NULL = none */
};

struct making {
	struct import m; /* the reader of tables */
	struct campaign x, after;
	struct campaign_draft draft;
	struct campaign_plan plan;
	bool edits;                      /* of one that was there */
	char was[CAMPAIGN_REVISION_MAX]; /* and what the edit was made on */
	bool unfinished;                 /* rows of an edit go or come */
	uint64_t rows_of; /* under which rows are recorded: its own, or until they are all there */
	struct directory *directory;
	int segment;                   /* place of the column; -1 = not there */
	bool taken[IMPORT_FIELDS_MAX]; /* columns that the template takes */
	struct row rows[CHUNK_ROWS];
	size_t len;
	struct arena *arena;   /* of the chunk, on the loop */
	struct arena *scratch; /* of a chunk, on the writer */
	struct segment filter; /* instead of a table */
	bool filtered;
	struct segment_walk walk, walk_after;
	struct err why;
};

#define CALL_OF(work_) ((struct api_call *)((char *)(work_) - offsetof(struct api_call, work)))

static void next_rows(struct loop_work *work);

static int no_memory(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
}

static void making_done(void *arg)
{
	struct making *k = ((struct api_call *)arg)->state;

	table_close(&k->m.table);
	arena_free(&k->arena);
	arena_free(&k->scratch);
	directory_unref(&k->directory);
	if (k->m.slot)
		atomic_store(k->m.slot, 0);
}

/* --- what it says ----------------------------------------------------------------------------- */

static int read_plan(struct api_call *c, struct making *k, struct err *err)
{
	int r = draft_ask(c, &k->draft, err);

	if (r == 0)
		r = campaign_draft_write(&k->draft, c->arena, &k->x.plan, err);
	if (r == 0)
		r = draft_number(c, k->directory, &k->x, err);
	return r < 0 ? r : campaign_plan_read(&k->x, k->directory, c->arena, &k->plan, err);
}

static int open_call(struct api_call *c, struct err *err)
{
	struct making *k = ARENA_NEW(c->arena, struct making);

	if (!k)
		return no_memory(c, err);
	c->state = k;
	k->directory = directory_ref((struct directory *)lane_directory(c->gate->lane));
	if (arena_defer(c->arena, making_done, c) < 0 || !(k->arena = arena_new(0, 0)) ||
	    !(k->scratch = arena_new(0, 0)))
		return no_memory(c, err);
	k->m.arena = k->arena;
	k->m.contacts = true;
	return value_check_text(campaign_actor(c), "by", NAME_MAX_CHARS, err);
}

static int check(struct api_call *c, struct err *err)
{
	int r = open_call(c, err);
	struct making *k = c->state;

	if (r < 0)
		return r;
	k->x = (struct campaign){
		.state = CAMPAIGN_LOADING,
		.name = api_text(c, "name"),
		.by = campaign_actor(c),
		.approved_at = TIME_NONE,
		.released_at = TIME_NONE,
		.starts_at = TIME_NONE,
		.ended_at = TIME_NONE,
		.next_at = TIME_NONE,
		.preflight_at = TIME_NONE,
		.choice = -1,
	};
	r = value_check_text(k->x.name, "name", NAME_MAX_CHARS, err);
	return r < 0 ? r : read_plan(c, k, err);
}

/* Of one made before they were noted, what its templates take now. */
static int note_kept(struct api_call *c, struct making *k, struct err *err)
{
	struct campaign_plan plan;
	size_t n = 0;
	int r = campaign_plan_read(&k->x, k->directory, c->arena, &plan, err);
	struct str *names = ARENA_ARRAY(
	    c->arena, struct str, CAMPAIGN_TEMPLATES_MAX * CAMPAIGN_SLOTS_MAX);

	if (r < 0 || !names)
		return r < 0 ? r : no_memory(c, err);
	for (size_t t = 0; t < plan.len; t++) {
		for (size_t i = 0; i < plan.fills[t].len; i++) {
			if (plan.fills[t].slots[i].column.p)
				names[n++] = plan.fills[t].slots[i].column;
		}
	}
	k->draft.columns = names;
	k->draft.columns_len = n;
	k->draft.columns_known = true;
	return 0;
}

static bool is_kept(const struct campaign_draft *d, struct str column)
{
	for (size_t i = 0; i < d->columns_len; i++) {
		if (str_eq_nocase(d->columns[i], column))
			return true;
	}
	return false;
}

/* Of the rows that are there, only what templates took is kept. */
static int check_kept(struct api_call *c, const struct making *k, struct err *err)
{
	for (size_t t = 0; t < k->plan.len; t++) {
		const struct campaign_fill *f = &k->plan.fills[t];
		for (size_t i = 0; i < f->len; i++) {
			struct str column = f->slots[i].column;
			if (column.p && !is_kept(&k->draft, column))
				return api_err(c, err, E_CONFLICT, "map",
				    N_("Of the audience the column \"%.*s\" was not kept: give the audience again."),
				    STR_ARG(column));
		}
	}
	return 0;
}

static bool same_templates(const struct campaign_draft *a, const struct campaign_draft *b)
{
	bool same = a->templates_len == b->templates_len && str_eq(a->language, b->language);

	for (size_t i = 0; same && i < a->templates_len; i++)
		same = str_eq(a->templates[i], b->templates[i]);
	return same;
}

/* What it becomes, as it is read now; the writer looks whether it still is that (begin_edit). */
static int read_edit(struct api_call *c, struct making *k, struct err *err)
{
	int r = campaign_draft_read(&k->x, c->arena, &k->draft, err);
	struct campaign_draft was = k->draft;

	if (r == 0 && !draft_is_given(c, true) && !k->draft.columns_known)
		r = note_kept(c, k, err);
	if (r == 0)
		r = campaign_draft_sign(&k->draft, campaign_actor(c), c->arena, err);
	if (r == 0 && api_value(c, "name")->given)
		r = value_check_text(api_text(c, "name"), "name", NAME_MAX_CHARS, err);
	if (r < 0)
		return r;
	if (api_value(c, "name")->given)
		k->x.name = api_text(c, "name");
	campaign_reopen(&k->x);
	r = read_plan(c, k, err);
	if (!same_templates(&was, &k->draft))
		k->x.choice = -1;
	return r < 0 || draft_is_given(c, true) ? r : check_kept(c, k, err);
}

static int check_edit(struct api_call *c, struct err *err)
{
	int r = open_call(c, err);
	struct making *k = c->state;

	if (r == 0)
		r = campaign_find(c, c->gate->lane->reader, &k->x, err);
	if (r == 0 && !draft_is_given(c, false))
		r = api_err(c, err, E_INVALID, "", N_("Nothing was given to change."));
	if (r == 0)
		r = draft_may_edit(c, &k->x, err);
	if (r < 0)
		return r;
	k->edits = true;
	campaign_revision(&k->x, k->was);
	return read_edit(c, k, err);
}

/* --- rows ------------------------------------------------------------------------------------- */

/* The columns that are asked for must be there: a slip in a name would be filled with nothing. */
static int check_columns(struct api_call *c, struct making *k, struct err *err)
{
	for (size_t t = 0; t < k->plan.len; t++) {
		const struct campaign_fill *f = &k->plan.fills[t];
		for (size_t i = 0; i < f->len; i++) {
			struct str column = f->slots[i].column;
			size_t at = 0;
			while (at < k->m.names_len && column.p &&
			    !str_eq_nocase(k->m.names[at], column))
				at++;
			if (column.p && at == k->m.names_len)
				return api_err(c, err, E_INVALID, "map",
				    N_("The audience has no column \"%.*s\"."), STR_ARG(column));
			if (column.p)
				k->taken[at] = true;
		}
	}
	return 0;
}

static int read_head(struct api_call *c, struct err *err)
{
	struct making *k = c->state;
	int r = import_read_head(c, &k->m, err);

	k->segment = -1;
	for (size_t i = 0; r == 0 && i < k->m.names_len; i++) {
		if (str_eq_nocase(k->m.names[i], STR("segment")))
			k->segment = (int)i;
	}
	return r < 0 ? r : check_columns(c, k, err);
}

static struct str cell(const struct making *k, const struct str *cells, int place)
{
	struct str s = place >= 0 ? str_trim(csv_unguard(str_trim(cells[place]))) : STR("");

	(void)k;
	return s.len && s.len <= VALUE_MAX_BYTES ? s : STR_NONE;
}

/* Labels are shown in lists: one that cannot be is none. */
static struct str label(struct making *k, const struct str *cells, int place)
{
	struct str s = cell(k, cells, place);

	return s.p && value_check_text(s, "segment", LABEL_MAX_CHARS, NULL) == 0
	    ? arena_str(k->arena, s)
	    : STR_NONE;
}

static struct str fields_of(struct making *k, const struct str *cells)
{
	struct json_writer w;
	struct buf text;
	bool any = false;

	buf_init(&text, 0);
	jw_init(&w, &text);
	jw_object(&w);
	for (size_t i = 0; i < k->m.names_len; i++) {
		struct str value = k->taken[i] ? cell(k, cells, (int)i) : STR_NONE;
		if (!value.p)
			continue;
		jw_key_str(&w, k->m.names[i]);
		jw_str(&w, value);
		any = true;
	}
	jw_object_end(&w);
	struct str fields = any && !text.failed ? arena_str(k->arena, buf_str(&text)) : STR_NONE;
	k->m.failed = k->m.failed || (any && !fields.p);
	buf_done(&text);
	return fields;
}

static void read_row(struct making *k, const struct str *cells, size_t n)
{
	struct row *row = &k->rows[k->len++];

	*row = (struct row){ .source = STR_NONE };
	import_read_contact(&k->m, cells, n, table_row(k->m.table), clock_now(), &row->contact);
	if (row->contact.rejected)
		return;
	row->source = label(k, cells, k->m.place[COLUMN_SOURCE]);
	row->segment = label(k, cells, k->segment);
	row->fields = fields_of(k, cells);
}

/* --- recording -------------------------------------------------------------------------------- */

static int add_member(struct api_call *c, struct store_conn *conn, const struct row *row,
    uint64_t person, enum campaign_fate fate, struct err *err)
{
	struct making *k = c->state;
	const struct campaign_member m = {
		.seq = (int64_t)row->contact.number,
		.person = person,
		.fate = fate,
		.source = row->source,
		.segment = row->segment,
		.fields = fate == MEMBER_WAITING || fate == MEMBER_SUSPENDED ? row->fields
									     : STR_NONE,
		.rule = fate == MEMBER_INVALID ? row->contact.problem->reason : STR_NONE,
	};

	k->after.total += fate == MEMBER_WAITING || fate == MEMBER_SUSPENDED;
	return campaign_member_add(
	    conn, &c->gate->lane->core->key, c->gate->lane->core->sums, k->rows_of, &m, err);
}

/* Who was forgotten does not come back by a table. */
static int record_row(
    struct api_call *c, struct store_conn *conn, const struct row *row, struct err *err)
{
	const struct import_row *who = &row->contact;
	struct core *core = c->gate->lane->core;
	struct making *k = c->state;
	struct person person = { .id = 0 };

	if (who->rejected)
		return add_member(c, conn, row, 0, MEMBER_INVALID, err);
	int r = suppression_has(conn, who->phone, who->bsuid, err);
	if (r != 0)
		return r < 0 ? r : add_member(c, conn, row, 0, MEMBER_FORGOTTEN, err);
	r = person_get(conn, who->phone, who->bsuid, k->plan.number->waba->portfolio->id,
	    &core->ids, clock_now(), k->scratch, &person, err);
	if (r == 0)
		r = campaign_member_has(conn, k->rows_of, person.id, err);
	if (r < 0)
		return r;
	if (r > 0)
		return add_member(c, conn, row, person.id, MEMBER_DUPLICATE, err);
	r = row->source.p ? source_list_is_suspended(conn, row->source, err) : 0;
	if (r < 0)
		return r;
	return add_member(c, conn, row, person.id, r > 0 ? MEMBER_SUSPENDED : MEMBER_WAITING, err);
}

/* Somebody may have cancelled it meanwhile, and been told so. */
static int must_be_loading(
    struct api_call *c, struct store_conn *conn, uint64_t id, struct err *err)
{
	int r = campaign_is_loading(conn, id, err);

	if (r != 0)
		return r < 0 ? r : 0;
	return api_err(c, err, E_CONFLICT, "id", N_("The campaign was cancelled meanwhile."));
}

/* All rows are there: from now on it is the draft that was edited, and who edited it is on record. */
static int settle(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct making *k = c->state;
	struct campaign was = { 0 };
	int r = campaign_find(c, conn, &was, err);

	if (r == 0)
		r = draft_note_before(c, &was, err);
	if (r == 0)
		r = campaign_edit_settle(conn, &k->x, clock_now(), err);
	return r < 0 ? r : api_leaf(c, conn, err);
}

/* Behind some rows. */
static int keep_place(struct api_call *c, struct store_conn *conn, bool ended, struct err *err)
{
	struct making *k = c->state;

	if (ended)
		store_keep(conn, 0);
	if (k->edits)
		return ended ? settle(c, conn, err) : 0;
	int r = ended ? campaign_move(&k->after, CAMPAIGN_DRAFT, err) : 0;
	return r < 0 ? r : campaign_update(conn, &k->after, clock_now(), err);
}

static int run_chunk(struct lane_job *j, struct store_conn *conn, struct err *err)
{
	struct api_call *c = API_CALL_OF(j);
	struct making *k = c->state;
	int r = must_be_loading(c, conn, k->x.id, err);

	arena_reset(k->scratch);
	store_keep(conn, IMPORT_KEEP_KIB);
	k->after = k->x;
	for (size_t i = 0; r == 0 && i < k->len; i++)
		r = record_row(c, conn, &k->rows[i], err);
	return r < 0 ? r : keep_place(c, conn, k->m.ended, err);
}

/* --- putting in place ------------------------------------------------------------------------- */

static void after_step(struct lane_job *j);

static int run_step(struct lane_job *j, struct store_conn *conn, struct err *err)
{
	struct api_call *c = API_CALL_OF(j);
	struct making *k = c->state;
	struct core *core = c->gate->lane->core;
	int r = campaign_edit_step(conn, &core->key, core->sums, k->x.id, clock_now(), err);

	k->unfinished = r > 0;
	return r < 0 ? r : 0;
}

static void finish(struct api_call *c)
{
	struct making *k = c->state;
	struct err err = { 0 };
	int r = 0;

	if (k->why.code) {
		api_finish(c, err_negative((enum err_code)k->why.code), &k->why);
		return;
	}
	r = c->req ? campaign_answer(c, &err) : 0;
	api_finish(c, r, &err);
}

/* Rows go on coming and going when nobody waits for it any more (flow/campaigns.h). */
static void step(struct api_call *c)
{
	struct making *k = c->state;
	struct err err = { 0 };

	k->unfinished = false;
	c->job.run = run_step;
	c->job.back = after_step;
	if (!import_is_abandoned(c) && lane_submit(c->gate->lane, &c->job))
		return;
	(void)api_err(
	    c, &err, E_BUSY, "", N_("Too much is waiting to be written; try again later."));
	api_finish(c, -E_BUSY, k->why.code ? &k->why : &err);
}

static void after_step(struct lane_job *j)
{
	struct api_call *c = API_CALL_OF(j);
	const struct making *k = c->state;

	if (j->rc < 0)
		api_finish(c, j->rc, &j->job.err);
	else if (k->unfinished)
		step(c);
	else
		finish(c);
}

/* --- breaking off ----------------------------------------------------------------------------- */

static int run_break(struct lane_job *j, struct store_conn *conn, struct err *err)
{
	struct making *k = API_CALL_OF(j)->state;

	store_keep(conn, 0);
	if (k->edits)
		return campaign_edit_give_up(conn, k->x.id, err);
	int r = campaign_is_loading(conn, k->x.id, err);
	if (r <= 0)
		return r;
	k->x.state = CAMPAIGN_CANCELLED;
	k->x.reason = STR("audience");
	k->x.ended_at = clock_now();
	return campaign_update(conn, &k->x, k->x.ended_at, err);
}

static void on_broken(struct lane_job *j)
{
	struct api_call *c = API_CALL_OF(j);
	const struct making *k = c->state;

	if (k->edits && j->rc == 0)
		step(c);
	else
		finish(c);
}

static void break_off(struct api_call *c, const struct err *why)
{
	struct making *k = c->state;

	k->why = *why;
	c->job.run = run_break;
	c->job.back = on_broken;
	if (!k->x.id || !lane_submit(c->gate->lane, &c->job))
		finish(c);
}

/* --- people on record ------------------------------------------------------------------------- */

/* By the list that somebody came with, as if a table had named it. */
static int list_of(
    struct api_call *c, struct store_conn *conn, struct campaign_member *m, struct err *err)
{
	struct making *k = c->state;
	struct str source = STR_NONE;
	int r = segment_source(
	    conn, m->person, k->plan.fills[0].tpl->category, k->scratch, &source, err);

	if (r <= 0 || value_check_text(source, "source", LABEL_MAX_CHARS, NULL) < 0)
		return r < 0 ? r : 0;
	m->source = source;
	r = source_list_is_suspended(conn, source, err);
	if (r > 0)
		m->fate = MEMBER_SUSPENDED;
	return r < 0 ? r : 0;
}

static int add_found(struct api_call *c, struct store_conn *conn, uint64_t person, struct err *err)
{
	struct making *k = c->state;
	struct campaign_member m = {
		.seq = ++k->after.total, .person = person, .fate = MEMBER_WAITING
	};

	if (k->after.total > pack_campaign(c->gate->lane->core->pack)->people_max)
		return err_field(
		    err, E_TOO_LARGE, "filter", N_("The filter finds too many people."));
	int r = list_of(c, conn, &m, err);
	return r < 0 ? r
		     : campaign_member_add(conn, &c->gate->lane->core->key,
			   c->gate->lane->core->sums, k->rows_of, &m, err);
}

static int run_found(struct lane_job *j, struct store_conn *conn, struct err *err)
{
	struct api_call *c = API_CALL_OF(j);
	struct making *k = c->state;
	uint64_t *people = NULL;
	size_t n = 0;

	arena_reset(k->scratch);
	store_keep(conn, IMPORT_KEEP_KIB);
	k->after = k->x;
	k->walk_after = k->walk;
	int r = must_be_loading(c, conn, k->x.id, err);
	if (r == 0)
		r = segment_next(conn, &k->filter, clock_now(), &k->walk_after, CHUNK_ROWS,
		    k->scratch, &people, &n, err);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = add_found(c, conn, people[i], err);
	return r < 0 ? r : keep_place(c, conn, !k->walk_after.more, err);
}

static void on_chunk(struct lane_job *j)
{
	struct api_call *c = API_CALL_OF(j);
	struct making *k = c->state;

	if (j->rc < 0) {
		break_off(c, &j->job.err);
		return;
	}
	k->x = k->after;
	k->walk = k->walk_after;
	k->m.ended = k->filtered ? !k->walk.more : k->m.ended;
	if (!k->m.ended) {
		import_go_on(c, next_rows);
		return;
	}
	log_info("an audience was taken in", "people=%lld", (long long)k->x.total);
	if (k->edits) {
		log_info("an operator made a change", "operation=%s", c->verb->operation);
		step(c);
	} else {
		finish(c);
	}
}

/* --- reading ---------------------------------------------------------------------------------- */

static int read_rows(struct api_call *c, struct making *k, struct err *err)
{
	const struct str *cells;
	struct err why = { 0 };
	size_t n;
	int r = 1;

	arena_reset(k->arena);
	k->len = 0;
	while (r > 0 && k->len < CHUNK_ROWS) {
		r = table_next(k->m.table, &cells, &n, &why);
		if (r > 0 && !import_row_is_blank(cells, n))
			read_row(k, cells, n);
	}
	if (r < 0)
		return import_name_file(&k->m, import_fail_table(c, &why, err), err);
	k->m.ended = r == 0;
	return k->m.failed ? no_memory(c, err) : 0;
}

static void next_rows(struct loop_work *work)
{
	struct api_call *c = CALL_OF(work);
	struct making *k = c->state;
	struct err err = { 0 };
	int r = import_is_abandoned(c) ? err_set(&err, E_CLOSED, "The gateway shuts down.")
	    : k->filtered              ? 0
				       : read_rows(c, k, &err);

	if (r < 0)
		break_off(c, &err);
	else
		(void)api_submit(c, k->filtered ? run_found : run_chunk, on_chunk);
}

/* --- the beginning ---------------------------------------------------------------------------- */

/* Into the plan: the conditions, or the columns that are taken. */
static int note_people(struct api_call *c, struct making *k, struct err *err)
{
	const struct api_value *filter = api_value(c, "filter");
	struct str *columns = ARENA_ARRAY(c->arena, struct str, IMPORT_FIELDS_MAX);
	size_t n = 0;

	if (!columns)
		return no_memory(c, err);
	for (size_t i = 0; !k->filtered && i < k->m.names_len; i++) {
		if (k->taken[i])
			columns[n++] = arena_str(c->arena, k->m.names[i]);
	}
	for (size_t i = 0; i < n; i++) {
		if (!columns[i].p)
			return no_memory(c, err);
	}
	k->draft.columns = columns;
	k->draft.columns_len = n;
	k->draft.columns_known = true;
	k->draft.filter = k->filtered ? filter->items : NULL;
	k->draft.filter_len = k->filtered ? filter->items_len : 0;
	return campaign_draft_write(&k->draft, c->arena, &k->x.plan, err);
}

static int begin_new(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct making *k = c->state;

	k->x.at = clock_now();
	k->x.id = id_next(&c->gate->lane->core->ids, k->x.at);
	k->rows_of = k->x.id;
	id_format(CAMPAIGN_PREFIX, k->x.id, c->id);
	return campaign_add(conn, &k->x, err);
}

/* Another edit may have come between what was read and now. */
static int begin_edit(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct making *k = c->state;
	char revision[CAMPAIGN_REVISION_MAX];
	struct campaign is = { 0 };
	int r = campaign_find(c, conn, &is, err);

	if (r == 0)
		r = draft_may_edit(c, &is, err);
	if (r < 0)
		return r;
	campaign_revision(&is, revision);
	if (strcmp(revision, k->was) != 0)
		return api_err(c, err, E_CONFLICT, "revision",
		    N_("It was changed since it was read: read it again, and edit what is there now."));
	if (draft_is_given(c, true)) {
		k->x.total = 0; /* of those that come */
		k->rows_of = id_next(&c->gate->lane->core->ids, clock_now());
		return campaign_edit_begin(conn, &is, k->rows_of, clock_now(), err);
	}
	r = draft_note_before(c, &is, err);
	if (r == 0)
		r = campaign_rewrite(conn, &k->x, clock_now(), err);
	return r < 0 ? r : api_leaf(c, conn, err);
}

static int run_begin(struct lane_job *j, struct store_conn *conn, struct err *err)
{
	struct api_call *c = API_CALL_OF(j);
	struct making *k = c->state;

	if (k->edits)
		return begin_edit(c, conn, err);
	int r = begin_new(c, conn, err);
	return r < 0 ? r : api_leaf(c, conn, err);
}

static void on_begun(struct lane_job *j)
{
	struct api_call *c = API_CALL_OF(j);
	const struct making *k = c->state;

	if (j->rc < 0)
		api_finish(c, j->rc, &j->job.err);
	else if (k->rows_of)
		import_go_on(c, next_rows);
	else {
		log_info("an operator made a change", "operation=%s", c->verb->operation);
		finish(c);
	}
}

/* What its rows will keep, and by what they were found, are known now. */
static void begin(struct api_call *c)
{
	struct making *k = c->state;
	struct err err = { 0 };

	if (draft_is_given(c, true) && note_people(c, k, &err) < 0)
		api_finish(c, err_negative((enum err_code)err.code), &err);
	else
		(void)api_submit(c, run_begin, on_begun);
}

static int seen(struct api_call *c, int64_t rows, bool all, struct err *err)
{
	int64_t most = pack_campaign(c->gate->lane->core->pack)->people_max;

	if (rows > most)
		return api_err(c, err, E_TOO_LARGE, "audience",
		    N_("An audience may have at most %lld people."), (long long)most);
	return rows || !all
	    ? 0
	    : api_err(c, err, E_INVALID, "audience", N_("The audience names nobody."));
}

static int open_table(struct api_call *c, struct making *k, struct err *err)
{
	struct err why = { 0 };
	const struct gateway_config *config = c->gate->gateway->config;
	int r = spool_open(config->state_dir, API_UPLOAD_MAX, &c->upload, err);

	if (r == 0)
		r = spool_write(c->upload, api_text(c, "audience"), err);
	if (r < 0)
		return r;
	spool_end(c->upload);
	k->x.digest = *spool_digest(c->upload);
	if (table_open(spool_fd(c->upload), &import_limits, &k->m.table, &why) < 0)
		return import_name_file(&k->m, import_fail_table(c, &why, err), err);
	return 0;
}

static int open_making(struct api_call *c, struct making *k, struct err *err)
{
	struct str country = api_country(c);

	k->m.pass = (struct import_pass){
		.field = "audience", .head = read_head, .seen = seen, .then = begin
	};
	k->m.slot = import_take_slot(c->gate->gateway, AUDIENCE_BEGINS);
	if (!k->m.slot)
		return api_err(c, err, E_BUSY, "",
		    N_("Other imports are under way; try again when they are done."));
	k->m.country = k->plan.number->waba->country.len ? k->plan.number->waba->country : STR_NONE;
	if (!k->m.country.p && country.p)
		k->m.country = arena_str(c->arena, country);
	return open_table(c, k, err);
}

/* Who is bound to portfolios names nothing of others by a condition, and finds nobody whom only others know. */
static int bind_filter(struct api_call *c, struct segment *s, struct err *err)
{
	const struct user *who = &c->who.user;
	const uint64_t campaigns[] = { s->read, s->pressed };
	const struct str *numbers = NULL;
	size_t len = 0;
	int may = 1;

	if (!api_is_bound(c))
		return 0;
	if (s->import && !api_may(c, "showImport"))
		return api_err(c, err, E_DENIED, "filter",
		    N_("This is about all portfolios, and you are bound to some of them."));
	for (size_t i = 0; may > 0 && i < ARRAY_LEN(campaigns); i++)
		may = campaigns[i] ? api_may_campaign(c, campaigns[i], err) : 1;
	if (may == 0)
		return api_err(c, err, E_DENIED, "filter",
		    N_("This belongs to none of the portfolios that you are bound to."));
	int r = may < 0 ? may : api_bound_numbers(c, &numbers, &len, err);
	return r < 0
	    ? r
	    : segment_narrow(s, numbers, len, who->portfolios, who->portfolios_len, c->arena, err);
}

/* Of the conditions, as they were given. */
static int open_filter(struct api_call *c, struct making *k, struct err *err)
{
	const struct api_value *v = api_value(c, "filter");
	struct buf text;
	int r = segment_read(v->items, v->items_len, clock_now(), &k->filter, err);

	if (r == 0)
		r = bind_filter(c, &k->filter, err);
	if (r == 0)
		r = check_columns(c, k, err);
	if (r < 0)
		return r;
	buf_init(&text, 0);
	for (size_t i = 0; i < v->items_len; i++) {
		buf_add(&text, v->items[i]);
		buf_add_char(&text, '\n');
	}
	crypto_sha256(buf_str(&text), &k->x.digest);
	buf_done(&text);
	k->filtered = true;
	k->walk = (struct segment_walk){ .place = INT64_MIN, .more = true };
	return 0;
}

static int open_people(struct api_call *c, struct making *k, struct err *err)
{
	bool table = api_value(c, "audience")->given, filter = api_value(c, "filter")->given;

	if (table == filter)
		return api_err(c, err, E_INVALID, "audience",
		    N_("Give either \"audience\", a table, or \"filter\", conditions."));
	return table ? open_making(c, k, err) : open_filter(c, k, err);
}

static void create(struct api_call *c)
{
	struct making *k = c->state;
	struct err err = { 0 };
	int r = open_people(c, k, &err);

	if (r < 0)
		api_finish(c, r, &err);
	else if (k->filtered)
		begin(c);
	else
		import_look_through(c);
}

static void edit(struct api_call *c)
{
	if (draft_is_given(c, true))
		create(c);
	else
		begin(c);
}

const struct api_handler api_audience_handlers[] = {
	{ "createCampaign", check, NULL, NULL, create },
	{ "setCampaign", check_edit, NULL, NULL, edit },
	{ "preflightCampaign", NULL, NULL, NULL, api_preflight_start },
	{ "showPreflight", NULL, NULL, NULL, api_preflight_show },
	{ "listRefused", NULL, NULL, NULL, api_refused_start },
	{ "reportCampaign", NULL, NULL, NULL, api_report_start },
	{ NULL, NULL, NULL, NULL, NULL },
};

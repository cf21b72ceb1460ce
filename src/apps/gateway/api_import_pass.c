/* The first pass over a table, the same for consents and for audiences: its rows are counted, and
 * nothing of it is taken before its last row is known to be sound. */
#include <stdio.h>
#include <string.h>

#include "apps/gateway/api_import.h"
#include "base/check.h"

#define LOOK_ROWS 5000 /* looked through before others have their turn */

#define CALL_OF(work_) ((struct api_call *)((char *)(work_) - offsetof(struct api_call, work)))

void import_go_on(struct api_call *c, void (*run)(struct loop_work *work))
{
	c->work.run = run;
	loop_post(c->gate->loop, &c->work);
}

bool import_is_abandoned(const struct api_call *c)
{
	return !c->req && atomic_load(&c->gate->lane->core->draining);
}

int import_name_file(const struct import *m, int r, struct err *err)
{
	if (r < 0 && strcmp(err->field, "file") == 0)
		(void)snprintf(err->field, sizeof(err->field), "%s", m->pass.field);
	return r;
}

static int fail(struct api_call *c, const struct import *m, const struct err *why, struct err *err)
{
	return import_name_file(m, import_fail_table(c, why, err), err);
}

/* 1 there is more to look through, 0 the table is sound. */
static int look(struct api_call *c, struct import *m, struct err *err)
{
	const struct str *cells;
	struct err why = { 0 };
	size_t n;
	int r = 1;

	for (int i = 0; r > 0 && i < LOOK_ROWS; i++) {
		r = table_next(m->table, &cells, &n, &why);
		m->pass.rows += r > 0 && !import_row_is_blank(cells, n);
	}
	if (r < 0)
		return fail(c, m, &why, err);
	int seen = m->pass.seen ? m->pass.seen(c, m->pass.rows, r == 0, err) : 0;
	return seen < 0 ? seen : r;
}

static int read_head(struct api_call *c, struct import *m, struct err *err)
{
	return import_name_file(m, m->pass.head(c, err), err);
}

/* Back behind the header. */
static int start_over(struct api_call *c, struct import *m, struct err *err)
{
	struct err why = { 0 };

	return table_rewind(m->table, &why) < 0 ? fail(c, m, &why, err) : read_head(c, m, err);
}

static void look_on(struct loop_work *work)
{
	struct api_call *c = CALL_OF(work);
	struct import *m = c->state;
	struct err err = { 0 };
	int r = import_is_abandoned(c) ? err_set(&err, E_CLOSED, "The gateway shuts down.")
				       : look(c, m, &err);

	if (r == 0)
		r = start_over(c, m, &err) < 0 ? -err.code : 0;
	if (r < 0)
		api_finish(c, r, &err);
	else if (r > 0)
		import_go_on(c, look_on);
	else
		m->pass.then(c);
}

static void prepare(struct loop_work *work)
{
	struct api_call *c = CALL_OF(work);
	struct import *m = c->state;
	struct err why = { 0 }, err = { 0 };
	int r = table_prepare(m->table, &why);

	if (r < 0)
		r = fail(c, m, &why, &err);
	else if (r == 0)
		r = read_head(c, m, &err) < 0 ? -err.code : 0;
	if (r < 0)
		api_finish(c, r, &err);
	else
		import_go_on(c, r > 0 ? prepare : look_on);
}

void import_look_through(struct api_call *c)
{
	import_go_on(c, prepare);
}

/* The audit trail: acts of operators as their entries of the ledger have them. */
#include "apps/gateway/api.h"

#include <stdio.h>

#include "base/check.h"
#include "base/csv_write.h"
#include "domain/audit.h"

#define CSV_PAGE 200
#define SEQ_TEXT_MAX 24

struct trail {
	struct audit_filter filter;
	struct arena *arena; /* of one piece of a table */
	bool begun;
};

static int no_memory(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
}

static int read_filter(struct api_call *c, struct audit_filter *f, struct err *err)
{
	struct str cursor = api_text(c, "cursor");
	const struct api_value *since = api_value(c, "since"), *until = api_value(c, "until");

	*f = (struct audit_filter){ .by = api_text(c, "by"),
		.operation = api_text(c, "operation"),
		.object = api_text(c, "object"),
		.since = since->given ? since->at : TIME_NONE,
		.until = until->given ? until->at : TIME_NONE };
	if (cursor.p && (str_to_i64(cursor, &f->before) < 0 || f->before <= 0))
		return api_err(
		    c, err, E_INVALID, "cursor", N_("\"cursor\" is none that was given before."));
	return api_limit(c, &f->limit, err);
}

/* NULL: the entry was forgotten, and with it what it says. */
static const struct json *content_of(const struct audit_act *act, struct arena *a)
{
	const struct json *content;

	return act->content.p && json_read(a, act->content, &content, NULL) == 0 ? content : NULL;
}

/* --- pages ------------------------------------------------------------------------------------ */

static void write_member(struct json_writer *w, const struct json *content, const char *name)
{
	const struct json *v = content ? json_get(content, name) : NULL;

	jw_key(w, name);
	if (v)
		jw_value(w, v);
	else
		jw_null(w);
}

static void write_act(struct api_call *c, const struct audit_act *act)
{
	const struct json *content = content_of(act, c->arena);
	const struct json *values = content ? json_get(content, "values") : NULL;
	struct json_writer *w = &c->w;

	jw_object(w);
	jw_member_int(w, "seq", act->leaf);
	jw_member_time(w, "at", act->at);
	jw_member_str(w, "by", act->by);
	write_member(w, content, "from");
	jw_member_str(w, "operation", act->operation);
	jw_member_str(w, "object", act->object);
	write_member(w, content, "people");
	write_member(w, values, "reason");
	write_member(w, content, "values");
	write_member(w, content, "before");
	jw_object_end(w);
}

static int list(struct api_call *c, const struct audit_filter *f, struct err *err)
{
	struct audit_act *acts = NULL;
	char next[SEQ_TEXT_MAX] = "";
	bool more = false;
	size_t n = 0;
	int r = audit_list(c->gate->lane->reader, f, c->arena, &acts, &n, &more, err);

	if (r < 0)
		return r;
	api_list_open(c);
	for (size_t i = 0; i < n; i++)
		write_act(c, &acts[i]);
	if (more)
		(void)snprintf(next, sizeof(next), "%lld", (long long)acts[n - 1].leaf);
	api_list_close(c, more ? str_c(next) : STR_NONE);
	return 0;
}

/* --- a table ---------------------------------------------------------------------------------- */

static const struct str head[] = { { "seq", 3 }, { "at", 2 }, { "by", 2 }, { "from", 4 },
	{ "operation", 9 }, { "object", 6 }, { "reason", 6 }, { "values", 6 }, { "before", 6 } };

static void trail_done(void *p)
{
	struct trail *t = p;

	arena_free(&t->arena);
}

/* A string as it is, anything else as JSON. */
static struct str cell_of(struct arena *a, const struct json *object, const char *name)
{
	const struct json *v = object ? json_get(object, name) : NULL;
	struct str text = v ? json_str(v) : STR_NONE;
	struct json_writer w;
	struct buf out;

	if (!v || text.p || json_type(v) == JSON_NULL)
		return text;
	buf_init(&out, 0);
	jw_init(&w, &out);
	jw_value(&w, v);
	text = arena_str(a, buf_str(&out));
	buf_done(&out);
	return text;
}

static void write_row(struct trail *t, const struct audit_act *act, struct buf *out)
{
	const struct json *content = content_of(act, t->arena);
	const struct json *values = content ? json_get(content, "values") : NULL;
	char seq[SEQ_TEXT_MAX], at[TIME_TEXT_MAX];

	(void)snprintf(seq, sizeof(seq), "%lld", (long long)act->leaf);
	time_format(act->at, at);
	const struct str row[ARRAY_LEN(head)] = { str_c(seq), str_c(at), act->by,
		cell_of(t->arena, content, "from"), act->operation, act->object,
		cell_of(t->arena, values, "reason"), cell_of(t->arena, content, "values"),
		cell_of(t->arena, content, "before") };
	csv_write_row(out, row, ARRAY_LEN(row));
}

static int fill(struct api_call *c, struct buf *out, struct err *err)
{
	struct trail *t = c->state;
	struct audit_act *acts = NULL;
	bool more = false;
	size_t n = 0;

	arena_reset(t->arena);
	int r = audit_list(c->gate->lane->reader, &t->filter, t->arena, &acts, &n, &more, err);
	if (r < 0)
		return r;
	if (!t->begun)
		csv_write_row(out, head, ARRAY_LEN(head));
	t->begun = true;
	for (size_t i = 0; i < n; i++)
		write_row(t, &acts[i], out);
	if (n)
		t->filter.before = acts[n - 1].leaf;
	return more;
}

static int begin_table(struct api_call *c, const struct audit_filter *f, struct err *err)
{
	struct trail *t = ARENA_NEW(c->arena, struct trail);

	if (!t || arena_defer(c->arena, trail_done, t) < 0 || !(t->arena = arena_new(0, 0)))
		return no_memory(c, err);
	t->filter = *f;
	t->filter.limit = CSV_PAGE;
	c->state = t;
	return 0;
}

static void start(struct api_call *c)
{
	struct str format = api_text(c, "format");
	bool csv = str_eq(format, STR("csv"));
	struct audit_filter f;
	struct err err = { 0 };
	int r = read_filter(c, &f, &err);

	if (r == 0 && format.p && !csv && !str_eq(format, STR("json")))
		r = api_err(
		    c, &err, E_INVALID, "format", N_("\"format\" must be one of json and csv."));
	if (r == 0)
		r = csv ? begin_table(c, &f, &err) : list(c, &f, &err);
	if (r == 0 && csv)
		api_stream(c, "text/csv; charset=utf-8", "audit.csv", fill);
	else
		api_finish(c, r, &err);
}

const struct api_handler api_audit_handlers[] = {
	{ "listAudit", NULL, NULL, NULL, start },
	{ NULL, NULL, NULL, NULL, NULL },
};

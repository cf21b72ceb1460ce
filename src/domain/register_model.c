#include "domain/register_model.h"

#include <string.h>

#include "base/check.h"
#include "base/csv_write.h"
#include "base/json.h"
#include "store/query.h"

#define DAY_LEN 10 /* "2026-12-31" */

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while reading the register.");
}

/* --- reading ---------------------------------------------------------------------------------- */

static int read_row(struct store_conn *c, const struct register_ask *ask, struct arena *a,
    struct register_row *row, struct err *err)
{
	int r = uses_of(c, row->entry.id, ask->now - REGISTER_USE_DAYS * MS_PER_DAY, a, &row->uses,
	    &row->uses_len, err);

	return r < 0 ? r
		     : register_history(c, row->entry.id, a, &row->history, &row->history_len, err);
}

static int read_rows(struct store_conn *c, const struct register_ask *ask, struct arena *a,
    struct register_model *m, struct err *err)
{
	struct integration_entry *list;
	int r = integration_list(c, a, &list, &m->rows_len, err);

	if (r < 0)
		return r;
	m->rows = ARENA_ARRAY(a, struct register_row, m->rows_len);
	if (!m->rows)
		return no_memory(err);
	for (size_t i = 0; r == 0 && i < m->rows_len; i++) {
		m->rows[i] = (struct register_row){ .entry = list[i] };
		r = read_row(c, ask, a, &m->rows[i], err);
	}
	return r;
}

int register_model_read(struct store_conn *c, const struct register_ask *ask, struct arena *a,
    struct register_model *ret, struct err *err)
{
	struct register_model m = {
		.at = ask->now,
		.unseen_ms = ask->unseen_ms,
		.key = ask->key,
	};
	bool more;
	int r = read_rows(c, ask, a, &m, err);

	if (r == 0)
		r = scan_record_list(
		    c, 0, REGISTER_SCANS_TOLD, a, &m.scans, &m.scans_len, &more, err);
	if (r == 0)
		r = bypass_hours(c, REGISTER_HOURS_TOLD, a, &m.hours, &m.hours_len, err);
	if (r == 0)
		r = ledger_tenant(c, &m.tenant, err);
	if (r == 0)
		r = ledger_point_last(c, a, &m.point, err);
	if (r < 0)
		return r;
	if (r == 0)
		m.point.size = 0;
	*ret = m;
	return 0;
}

/* --- gaps ------------------------------------------------------------------------------------- */

static const struct {
	const char *gap, *text;
} gaps[] = {
	{ "owner", N_("nobody answers for it") },
	{ "purpose", N_("what it is for is not said") },
	{ "data", N_("which personal data it uses is not said") },
	{ "credential_place", N_("where its credential is kept is not said") },
	{ "approval", N_("nobody has approved it") },
	{ "review_by", N_("there is no review date") },
	{ "review_overdue", N_("the review date is past") },
	{ "remove_overdue", N_("the day by which it was to be removed is past") },
	{ "unseen", N_("it was not seen for long: ask whether it can be retired") },
};

const char *register_gap_text(const char *gap)
{
	for (size_t i = 0; i < ARRAY_LEN(gaps); i++) {
		if (strcmp(gaps[i].gap, gap) == 0)
			return gaps[i].text;
	}
	return gap;
}

/* Has that day ended? */
static bool is_past(struct str day, time_ms now)
{
	time_ms at;

	return day.len && time_parse_date(day, &at) == 0 && at + MS_PER_DAY <= now;
}

size_t register_gaps(const struct integration_entry *e, time_ms now, int64_t unseen_ms,
    const char *ret[REGISTER_GAPS_MAX])
{
	bool gone = e->state == REGISTER_REMOVED || e->state == REGISTER_RETIRED;
	bool stays = str_eq(e->verdict, STR("official"));
	const struct {
		bool missing;
		const char *gap;
	} checks[] = {
		{ !e->owner.len, "owner" },
		{ stays && !e->purpose.len, "purpose" },
		{ stays && !e->data.len, "data" },
		{ stays && !e->keyed && !e->details.v[REGISTER_CREDENTIAL_PLACE].len,
		    "credential_place" },
		{ stays && !e->details.v[REGISTER_APPROVED_BY].len, "approval" },
		{ stays && e->review_by == TIME_NONE, "review_by" },
		{ e->review_by != TIME_NONE && e->review_by + MS_PER_DAY <= now, "review_overdue" },
		{ is_past(e->details.v[REGISTER_REMOVE_BY], now), "remove_overdue" },
		{ e->last_seen_at != TIME_NONE && e->last_seen_at + unseen_ms <= now, "unseen" },
	};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(checks) && !gone; i++) {
		if (checks[i].missing)
			ret[n++] = checks[i].gap;
	}
	return n;
}

/* --- one entry -------------------------------------------------------------------------------- */

static void write_categories(struct json_writer *w, unsigned purposes)
{
	jw_key(w, "categories");
	jw_array(w);
	for (enum purpose p = PURPOSE_MARKETING; p < PURPOSE_ALL; p++) {
		if (purposes & PURPOSE_BIT(p))
			jw_c(w, purpose_name(p));
	}
	jw_array_end(w);
}

static void write_date(struct json_writer *w, const char *key, time_ms at)
{
	char text[TIME_TEXT_MAX];

	if (at == TIME_NONE) {
		jw_member_c(w, key, NULL);
		return;
	}
	time_format(at, text);
	jw_member_str(w, key, str_sub(str_c(text), 0, DAY_LEN));
}

static void write_uses(struct json_writer *w, const struct use *uses, size_t len)
{
	jw_key(w, "uses");
	jw_array(w);
	for (size_t i = 0; i < len; i++) {
		jw_object(w);
		jw_member_str(w, "number", uses[i].number);
		jw_member_c(w, "category", purpose_name(uses[i].purpose));
		jw_member_int(w, "sends", uses[i].n);
		jw_member_time(w, "last_at", uses[i].last_at);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_own(struct json_writer *w, const struct integration_entry *e)
{
	jw_member_str(w, "id", e->id);
	jw_member_str(w, "name", e->name);
	jw_member_str(w, "owner", e->owner);
	jw_member_str(w, "purpose", e->purpose);
	jw_member_str(w, "data", e->data);
	jw_key(w, "numbers");
	jw_array(w);
	for (size_t i = 0; i < e->numbers_len; i++)
		jw_str(w, e->numbers[i]);
	jw_array_end(w);
	write_categories(w, e->purposes);
	write_date(w, "review_by", e->review_by);
	jw_member_str(w, "webhook", e->webhook_url);
	jw_member_str(w, "status", e->status);
	jw_member_str(w, "verdict", e->verdict);
	jw_member_c(w, "state", register_state_name(e->state));
	jw_member_str(w, "source", e->origin);
	jw_member_bool(w, "may_send", e->keyed && str_eq(e->status, STR("active")));
}

static void write_members(
    struct json_writer *w, const struct integration_entry *e, const struct use *uses, size_t len)
{
	char scan[ID_TEXT_MAX];

	write_own(w, e);
	register_values_members(w, &e->details);
	jw_member_time(w, "created_at", e->created_at);
	jw_member_time(w, "updated_at", e->updated_at);
	jw_member_time(w, "first_seen_at", e->first_seen_at);
	jw_member_time(w, "last_seen_at", e->last_seen_at);
	if (e->scan)
		id_format("scn", e->scan, scan);
	jw_member_c(w, "scan", e->scan ? scan : NULL);
	jw_key(w, "found");
	if (e->found.p)
		jw_raw(w, e->found);
	else
		jw_null(w);
	if (uses)
		write_uses(w, uses, len);
}

void register_entry_write(
    struct json_writer *w, const struct integration_entry *e, const struct use *uses, size_t len)
{
	jw_object(w);
	write_members(w, e, uses, len);
	jw_object_end(w);
}

static void write_gaps(
    struct json_writer *w, const struct integration_entry *e, time_ms now, int64_t unseen_ms)
{
	const char *missing[REGISTER_GAPS_MAX];
	size_t n = register_gaps(e, now, unseen_ms, missing);

	jw_key(w, "gaps");
	jw_array(w);
	for (size_t i = 0; i < n; i++)
		jw_c(w, missing[i]);
	jw_array_end(w);
}

void register_entry_write_judged(struct json_writer *w, const struct integration_entry *e,
    const struct use *uses, size_t len, time_ms now, int64_t unseen_ms)
{
	jw_object(w);
	write_members(w, e, uses, len);
	write_gaps(w, e, now, unseen_ms);
	jw_object_end(w);
}

void register_change_write(struct json_writer *w, const struct register_change *x, struct arena *a)
{
	const struct json *content = NULL;
	bool read = json_read(a, x->content, &content, NULL) == 0;

	jw_object(w);
	jw_member_int(w, "leaf", x->leaf);
	jw_member_time(w, "at", x->at);
	jw_member_str(w, "by", read ? json_str(json_get(content, "by")) : STR_NONE);
	jw_member_str(w, "operation", read ? json_str(json_get(content, "operation")) : STR_NONE);
	jw_key(w, "changed");
	if (read && json_get(content, "changes"))
		jw_value(w, json_get(content, "changes"));
	else
		jw_null(w);
	jw_object_end(w);
}

/* --- JSON ------------------------------------------------------------------------------------- */

/* The entry, with its history and its gaps. */
static void write_row(struct json_writer *w, const struct register_model *m,
    const struct register_row *row, struct arena *a)
{
	jw_object(w);
	write_members(w, &row->entry, row->uses, row->uses_len);
	write_gaps(w, &row->entry, m->at, m->unseen_ms);
	jw_key(w, "history");
	jw_array(w);
	for (size_t i = 0; i < row->history_len; i++)
		register_change_write(w, &row->history[i], a);
	jw_array_end(w);
	jw_object_end(w);
}

void register_hour_write(struct json_writer *w, const struct bypass_hour *h)
{
	jw_object(w);
	jw_member_str(w, "number", h->number);
	jw_member_time(w, "hour", h->hour);
	jw_member_c(w, "kind", h->coexistence ? "coexistence" : "unknown");
	jw_member_int(w, "messages", h->n);
	jw_member_str(w, "types", h->types);
	jw_object_end(w);
}

static void write_hours(struct json_writer *w, const struct register_model *m)
{
	jw_key(w, "passed_by");
	jw_array(w);
	for (size_t i = 0; i < m->hours_len; i++)
		register_hour_write(w, &m->hours[i]);
	jw_array_end(w);
}

static void write_checkpoint(struct json_writer *w, const struct register_model *m)
{
	char tenant[2 * LEDGER_TENANT_LEN + 1];

	hex_encode(m->tenant.b, LEDGER_TENANT_LEN, tenant);
	jw_member_c(w, "installation", tenant);
	jw_member_str(w, "ledger_key", m->key);
	jw_key(w, "checkpoint");
	if (!m->point.size) {
		jw_null(w);
		return;
	}
	jw_object(w);
	jw_member_int(w, "size", m->point.size);
	jw_member_time(w, "at", m->point.at);
	jw_member_str(w, "note", m->point.note);
	jw_object_end(w);
}

void register_model_json(const struct register_model *m, struct arena *a, struct buf *out)
{
	struct json_writer w;

	jw_init(&w, out);
	jw_object(&w);
	jw_member_c(&w, "format", REGISTER_FORMAT);
	jw_member_time(&w, "at", m->at);
	jw_key(&w, "items");
	jw_array(&w);
	for (size_t i = 0; i < m->rows_len; i++)
		write_row(&w, m, &m->rows[i], a);
	jw_array_end(&w);
	jw_key(&w, "scans");
	jw_array(&w);
	for (size_t i = 0; i < m->scans_len; i++)
		scan_record_write(&w, &m->scans[i]);
	jw_array_end(&w);
	write_hours(&w, m);
	write_checkpoint(&w, m);
	jw_object_end(&w);
	buf_add_char(out, '\n');
}

/* --- CSV -------------------------------------------------------------------------------------- */

static const char *const more_columns[] = { "id", "source", "may_send", "first_seen_at",
	"last_seen_at", "sends", "gaps" };
#define MORE ARRAY_LEN(more_columns)

static struct str time_text(struct arena *a, time_ms at)
{
	char text[TIME_TEXT_MAX];

	if (at == TIME_NONE)
		return STR("");
	time_format(at, text);
	return arena_str(a, str_c(text));
}

static struct str gaps_text(
    const struct register_model *m, const struct register_row *row, struct arena *a)
{
	const char *missing[REGISTER_GAPS_MAX];
	struct str items[REGISTER_GAPS_MAX];
	size_t n = register_gaps(&row->entry, m->at, m->unseen_ms, missing);

	for (size_t i = 0; i < n; i++)
		items[i] = str_c(missing[i]);
	return register_join(a, items, n);
}

static struct str sends_text(const struct register_row *row, struct arena *a)
{
	int64_t n = 0;

	for (size_t i = 0; i < row->uses_len; i++)
		n += row->uses[i].n;
	return arena_printf(a, "%lld", (long long)n);
}

static int write_csv_row(const struct register_model *m, const struct register_row *row,
    struct arena *a, struct buf *out)
{
	const struct integration_entry *e = &row->entry;
	struct str cells[MORE + REGISTER_TEXTS];
	const struct str more[MORE] = {
		e->id,
		e->origin,
		e->keyed && str_eq(e->status, STR("active")) ? STR("yes") : STR("no"),
		time_text(a, e->first_seen_at),
		time_text(a, e->last_seen_at),
		sends_text(row, a),
		gaps_text(m, row, a),
	};

	for (size_t i = 0; i < MORE; i++) {
		if (!more[i].p)
			return -E_NOMEM;
		cells[i] = more[i];
	}
	if (register_texts(e, a, cells + MORE) < 0)
		return -E_NOMEM;
	csv_write_row(out, cells, ARRAY_LEN(cells));
	return 0;
}

int register_model_csv(const struct register_model *m, struct arena *a, struct buf *out)
{
	struct str heads[MORE + REGISTER_TEXTS];
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		heads[i] = str_c(i < MORE ? more_columns[i] : register_text_name(i - MORE));
	csv_write_row(out, heads, ARRAY_LEN(heads));
	for (size_t i = 0; r == 0 && i < m->rows_len; i++)
		r = write_csv_row(m, &m->rows[i], a, out);
	return r == 0 && out->failed ? -E_NOMEM : r;
}

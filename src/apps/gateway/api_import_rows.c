/* A row is read cell by cell until the first that makes no sense; the report then shows that
 * cell, masked where it could tell who it is about. */
#include "apps/gateway/api_import.h"

#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "domain/value.h"

#define VALUE_SHOWN 60 /* bytes of a cell in the report */
#define SOURCE_MAX_CHARS 500
#define TEXT_MAX_CHARS 4000
#define ATTRIBUTES_MAX 16384
/* Clocks of others may be ahead of ours by as much (readings 37). */
#define FUTURE_MS (5 * MS_PER_MIN)

static const char *const names[COLUMNS] = {
	[COLUMN_PHONE] = "phone",
	[COLUMN_BSUID] = "bsuid",
	[COLUMN_PURPOSE] = "purpose",
	[COLUMN_ACT] = "act",
	[COLUMN_AT] = "at",
	[COLUMN_EVIDENCE] = "evidence",
	[COLUMN_TEXT] = "text",
	[COLUMN_SOURCE] = "source",
};

enum import_column import_column_of(struct str name)
{
	int i = 0;

	while (i < COLUMNS && !str_eq_nocase(name, str_c(names[i])))
		i++;
	return (enum import_column)i;
}

const char *import_column_name(enum import_column column)
{
	return column < COLUMNS ? names[column] : NULL;
}

/* --- what a report shows ---------------------------------------------------------------------- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t skip_digits(struct str s, size_t i)
{
	while (i < s.len && is_digit(s.p[i]))
		i++;
	return i;
}

/* "3,93E+11": what a spreadsheet makes of a long number. */
static bool is_rounded(struct str s)
{
	size_t start = str_starts(s, STR("+")) ? 1 : 0, i = skip_digits(s, start);

	if (i == start)
		return false;
	if (i < s.len && (s.p[i] == ',' || s.p[i] == '.'))
		i = skip_digits(s, i + 1);
	if (i >= s.len || (s.p[i] != 'E' && s.p[i] != 'e'))
		return false;
	i++;
	i += i < s.len && s.p[i] == '+';
	return i < s.len && skip_digits(s, i) == s.len;
}

static size_t count_digits(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += is_digit(s.p[i]);
	return n;
}

#define SHOWN_BEFORE 3
#define SHOWN_BEHIND 2
#define MANY_DIGITS 7

static size_t at_most(size_t n, size_t most)
{
	return n < most ? n : most;
}

/* Letters and digits but the first and last few become dots; of a short cell fewer are left. */
static struct str mask(struct arena *a, struct str s)
{
	size_t before = at_most(s.len / 4, SHOWN_BEFORE), behind = at_most(s.len / 5, SHOWN_BEHIND);
	struct buf out;

	buf_init(&out, 0);
	for (size_t i = 0; i < s.len; i++) {
		bool outer = i < before || i + behind >= s.len;
		if (outer || (!is_digit(s.p[i]) && !is_letter(s.p[i])))
			buf_add_char(&out, s.p[i]);
		else
			buf_add_c(&out, "•");
	}
	struct str ret = arena_str(a, buf_str(&out));
	buf_done(&out);
	return ret;
}

/* People mix up columns: a long number is masked wherever it stands, but in times. */
static bool is_personal(enum import_column column, struct str shown)
{
	if (is_rounded(shown))
		return false;
	return column == COLUMN_PHONE || column == COLUMN_BSUID ||
	    (column != COLUMN_AT && count_digits(shown) >= MANY_DIGITS);
}

static struct str show(struct arena *a, enum import_column column, struct str cell)
{
	struct str shown = text_printable(a, cell, VALUE_SHOWN);

	return is_personal(column, shown) ? mask(a, shown) : shown;
}

/* --- cells ------------------------------------------------------------------------------------ */

/* What reading one row needs. */
struct reading {
	struct import *m;
	struct import_row *row;
	const struct str *cells;
	time_ms now;
};

static struct str cell_of(const struct reading *g, enum import_column column)
{
	if (column == COLUMNS || g->m->place[column] < 0)
		return STR("");
	return str_trim(g->cells[g->m->place[column]]);
}

/* Always false. */
static bool reject(struct reading *g, enum import_column column, const char *reason)
{
	g->row->rejected = true;
	g->row->problem = (struct import_problem){
		.row = g->row->number,
		.column = import_column_name(column),
		.reason = reason ? reason : "",
		.value = show(g->m->arena, column, cell_of(g, column)),
	};
	return false;
}

static bool read_phone(struct reading *g)
{
	struct str cell = cell_of(g, COLUMN_PHONE);
	struct err why = { 0 };

	if (cell.len == 0)
		return true;
	if (is_rounded(cell))
		return reject(g, COLUMN_PHONE,
		    N_("A spreadsheet has rounded this telephone number, and its last digits are"
		       " lost: make the column"
		       " text there, fill it anew and export the table again."));
	if (phone_parse(cell, g->m->country, &g->row->phone, NULL, &why) == 0)
		return true;
	return reject(g, COLUMN_PHONE, arena_c(g->m->arena, str_c(why.text)));
}

static bool read_person(struct reading *g)
{
	struct str bsuid = cell_of(g, COLUMN_BSUID);

	if (!read_phone(g))
		return false;
	if (bsuid.len && !bsuid_is_valid(bsuid))
		return reject(g, COLUMN_BSUID,
		    N_("This is no business-scoped user id, as IT.1A2b3C4d5E is."));
	if (!g->row->phone.number && !bsuid.len)
		return reject(g, COLUMN_PHONE,
		    N_("The row names nobody: neither a telephone number nor a BSUID."));
	g->row->bsuid = bsuid.len ? arena_str(g->m->arena, bsuid) : STR_NONE;
	return true;
}

static bool read_act(struct reading *g)
{
	struct consent_entry *e = &g->row->entry;

	if (purpose_parse(cell_of(g, COLUMN_PURPOSE), &e->purpose) < 0 ||
	    e->purpose == PURPOSE_SERVICE)
		return reject(g, COLUMN_PURPOSE,
		    N_("The purpose must be one of marketing, utility, authentication and all."));
	if (consent_act_parse(cell_of(g, COLUMN_ACT), &e->act) < 0)
		return reject(g, COLUMN_ACT, N_("The act must be grant or withdraw."));
	return true;
}

/* A withdrawal counts even when nobody wrote down when. */
static bool read_at(struct reading *g)
{
	struct consent_entry *e = &g->row->entry;
	struct str cell = cell_of(g, COLUMN_AT);

	e->at = g->now;
	if (cell.len == 0)
		return e->act == CONSENT_WITHDRAW ||
		    reject(g, COLUMN_AT, N_("It is not said when the person agreed."));
	if (time_parse(cell, &e->at) < 0 && time_parse_date(cell, &e->at) < 0)
		return reject(
		    g, COLUMN_AT, N_("This is no time, as 2026-11-22T10:00:00Z or 2026-11-22 is."));
	return e->at <= g->now + FUTURE_MS ||
	    reject(g, COLUMN_AT, N_("This time lies in the future."));
}

static bool read_evidence(struct reading *g)
{
	struct consent_entry *e = &g->row->entry;
	struct str cell = cell_of(g, COLUMN_EVIDENCE);

	e->evidence = e->act == CONSENT_GRANT ? EVIDENCE_IMPORTED : EVIDENCE_NONE;
	if (cell.len == 0)
		return true;
	if (evidence_parse(cell, &e->evidence) < 0 ||
	    (e->act == CONSENT_GRANT && e->evidence == EVIDENCE_NONE))
		return reject(g, COLUMN_EVIDENCE,
		    N_("The evidence must be one of imported, form, inbound_message,"
		       " double_opt_in and signed."));
	return true;
}

static bool read_text(struct reading *g, enum import_column column, size_t max, struct str *ret)
{
	struct str cell = cell_of(g, column);

	*ret = STR_NONE;
	if (cell.len == 0)
		return true;
	if (value_check_text(cell, names[column], max, NULL) < 0)
		return reject(g, column, N_("This text is too long, or holds control characters."));
	*ret = arena_str(g->m->arena, cell);
	return true;
}

static bool has_more(const struct import *m, const struct str *cells, size_t i)
{
	return import_column_of(m->names[i]) == COLUMNS && cells[i].len > 0;
}

/* Columns that are none of ours are kept as they are. */
static bool read_attributes(struct reading *g)
{
	const struct import *m = g->m;
	struct json_writer w;
	struct buf text;
	bool any = false;

	buf_init(&text, 0);
	jw_init(&w, &text);
	jw_object(&w);
	for (size_t i = 0; i < m->names_len; i++) {
		if (!has_more(m, g->cells, i))
			continue;
		jw_key_str(&w, m->names[i]);
		jw_str(&w, g->cells[i]);
		any = true;
	}
	jw_object_end(&w);
	bool fits = text.len <= ATTRIBUTES_MAX;
	g->row->entry.attributes = any && fits ? arena_str(m->arena, buf_str(&text)) : STR_NONE;
	buf_done(&text);
	return fits || reject(g, COLUMNS, N_("The further columns of this row are too long."));
}

void import_read_row(
    struct import *m, const struct str *cells, size_t n, time_ms now, struct import_row *ret)
{
	struct reading g = { m, ret, cells, now };

	*ret = (struct import_row){ .number = csv_row(m->csv) };
	if (n != m->names_len) {
		(void)reject(&g, COLUMNS, N_("The row has not as many fields as the header."));
		return;
	}
	(void)(read_person(&g) && read_act(&g) && read_at(&g) && read_evidence(&g) &&
	    read_text(&g, COLUMN_TEXT, TEXT_MAX_CHARS, &ret->entry.wording) &&
	    read_text(&g, COLUMN_SOURCE, SOURCE_MAX_CHARS, &ret->entry.source) &&
	    read_attributes(&g));
}

bool import_row_is_blank(const struct str *cells, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (str_trim(cells[i]).len)
			return false;
	}
	return true;
}

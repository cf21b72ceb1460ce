/* A row is read cell by cell until the first that makes no sense; the report then shows that
 * cell, masked where it could tell who it is about. */
#include "apps/gateway/api_import.h"

#include <string.h>

#include "base/check.h"
#include "base/csv_write.h"
#include "base/text.h"
#include "domain/consent_details.h"
#include "domain/value.h"

#define MANY_DIGITS 7
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
	[COLUMN_TEXT_VERSION] = "text_version",
	[COLUMN_LANGUAGE] = "language",
	[COLUMN_NOTICE_VERSION] = "notice_version",
	[COLUMN_NOTICE_URL] = "notice_url",
	[COLUMN_TERMS_VERSION] = "terms_version",
	[COLUMN_TERMS_URL] = "terms_url",
	[COLUMN_CHANNEL] = "channel",
	[COLUMN_HOW] = "how",
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

static size_t count_digits(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += is_digit(s.p[i]);
	return n;
}

#define SHOWN_BEFORE 3
#define SHOWN_BEHIND 2
#define NEAR 2 /* letters that differ */

static size_t at_most(size_t n, size_t most)
{
	return n < most ? n : most;
}

/* How many bytes the character has that begins at `i`. */
static size_t character_at(struct str s, size_t i)
{
	size_t n = 1;

	while (i + n < s.len && ((unsigned char)s.p[i + n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* Letters and digits of any script but the first and last few become dots; of a short cell fewer
 * are left. */
static struct str mask(struct arena *a, struct str s)
{
	size_t points = text_code_points(s), at = 0;
	size_t before = at_most(points / 4, SHOWN_BEFORE),
	       behind = at_most(points / 5, SHOWN_BEHIND);
	struct buf out;

	buf_init(&out, 0);
	for (size_t i = 0, n; i < s.len; i += n, at++) {
		n = character_at(s, i);
		bool plain = n == 1 && !is_digit(s.p[i]) && !is_letter(s.p[i]);
		bool outer = n == 1 && (at < before || at + behind >= points);
		buf_add(&out, plain || outer ? str_sub(s, i, n) : STR("•"));
	}
	struct str ret = out.failed ? STR_NONE : arena_str(a, out.len ? buf_str(&out) : STR(""));
	buf_done(&out);
	return ret;
}

/* People mix up columns: a long number is masked wherever it stands, but in times. */
static bool is_personal(enum import_column column, struct str shown)
{
	if (phone_is_rounded(shown))
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

#define WORD_BYTES 32

/* As it is compared: in small letters. */
static struct str word_of(struct str cell, char out[WORD_BYTES])
{
	if (cell.len > WORD_BYTES)
		return cell;
	for (size_t i = 0; i < cell.len; i++)
		out[i] = cell.p[i] >= 'A' && cell.p[i] <= 'Z' ? (char)(cell.p[i] - 'A' + 'a')
							      : cell.p[i];
	return str_n(out, cell.len);
}

static struct str cell_of(const struct reading *g, enum import_column column)
{
	if (column == COLUMNS || g->m->place[column] < 0)
		return STR("");
	return str_trim(csv_unguard(str_trim(g->cells[g->m->place[column]])));
}

/* Always false. */
static bool reject(
    struct reading *g, enum import_column column, const char *reason, const char *fix)
{
	struct import_problem *p = ARENA_NEW(g->m->arena, struct import_problem);
	struct str value = show(g->m->arena, column, cell_of(g, column));

	g->row->rejected = true;
	g->row->problem = p;
	g->m->failed = g->m->failed || !p || !value.p || !reason;
	if (g->m->failed)
		return false;
	*p = (struct import_problem){
		.row = g->row->number,
		.column = str_c(import_column_name(column)),
		.value = value,
		.reason = str_c(reason),
		.fix = str_c(fix),
	};
	return false;
}

/* Always false; `suggestion` p NULL = none. */
static bool reject_with(struct reading *g, enum import_column column, const char *reason,
    const char *fix, struct str suggestion)
{
	(void)reject(g, column, reason, fix);
	if (!g->m->failed)
		g->row->problem->suggestion = suggestion;
	return false;
}

/* The nearest of the words that may stand there, when it is near. */
static struct str nearest(struct str cell, const char *const *words, size_t len)
{
	unsigned best = NEAR;
	const char *found = NULL;

	for (size_t i = 0; cell.len && i < len; i++) {
		unsigned far = text_distance(cell, str_c(words[i]));
		if (far <= best) {
			best = far;
			found = words[i];
		}
	}
	return str_c(found);
}

static bool read_phone(struct reading *g)
{
	struct str cell = cell_of(g, COLUMN_PHONE);
	struct err why = { 0 };

	if (cell.len == 0)
		return true;
	if (phone_is_rounded(cell))
		return reject(g, COLUMN_PHONE,
		    N_("A spreadsheet has rounded this telephone number, and its last digits are"
		       " lost."),
		    N_("Make the column text in the spreadsheet, fill it anew from where the numbers"
		       " come from, and export the table again."));
	if (phone_is_sum(cell))
		return reject(g, COLUMN_PHONE,
		    N_("A program took this telephone number for a sum, and gave it decimals."),
		    N_("Make the column text where the table comes from, and export it again."));
	if (phone_parse(cell, g->m->country, &g->row->phone, NULL, &why) == 0)
		return true;
	return reject(g, COLUMN_PHONE, arena_c(g->m->arena, str_c(why.text)),
	    N_("Write the whole number in international form, as +39 333 123 4501 is."));
}

static bool read_person(struct reading *g)
{
	struct str bsuid = cell_of(g, COLUMN_BSUID);

	if (!read_phone(g))
		return false;
	if (bsuid.len && !bsuid_is_valid(bsuid))
		return reject(g, COLUMN_BSUID,
		    N_("This is no business-scoped user id, as IT.1A2b3C4d5E is."),
		    N_("Copy the id from a webhook of WhatsApp, or leave the cell empty."));
	if (!g->row->phone.number && !bsuid.len)
		return reject(g, COLUMN_PHONE,
		    N_("The row names nobody: neither a telephone number nor a BSUID."),
		    N_("Fill in the telephone number, or take the row out."));
	g->row->bsuid = bsuid.len ? arena_str(g->m->arena, bsuid) : STR_NONE;
	g->m->failed = g->m->failed || (bsuid.len && !g->row->bsuid.p);
	return true;
}

static bool read_act(struct reading *g)
{
	static const char *const purposes[] = { "marketing", "utility", "authentication", "all" },
				 *const acts[] = { "grant", "withdraw" };
	struct consent_entry *e = &g->row->entry;
	char purpose_bytes[WORD_BYTES], act_bytes[WORD_BYTES];
	struct str purpose = word_of(cell_of(g, COLUMN_PURPOSE), purpose_bytes);
	struct str act = word_of(cell_of(g, COLUMN_ACT), act_bytes);

	if (purpose_parse(purpose, &e->purpose) < 0 || e->purpose == PURPOSE_SERVICE)
		return reject_with(g, COLUMN_PURPOSE,
		    N_("The purpose must be one of marketing, utility, authentication and all."),
		    N_("Write what the person agreed to in one of these words."),
		    nearest(purpose, purposes, ARRAY_LEN(purposes)));
	if (consent_act_parse(act, &e->act) < 0)
		return reject_with(g, COLUMN_ACT, N_("The act must be grant or withdraw."),
		    N_("Write grant where the person agreed, withdraw where they took it back."),
		    nearest(act, acts, ARRAY_LEN(acts)));
	return true;
}

/* --- times ------------------------------------------------------------------------------------ */

#define SECONDS_PER_DAY 86400
#define DAYS_PER_WEEK 7
#define THURSDAY 4 /* 1970-01-01, where Sunday is 0 */

/* Seconds that the zone's clocks are ahead of UTC at `t`. */
static int seconds_ahead(struct str zone, time_ms t, int64_t *ret)
{
	int64_t days = t / MS_PER_DAY - (t % MS_PER_DAY < 0);
	int second, weekday, utc = (int)((days + THURSDAY) % DAYS_PER_WEEK);

	if (time_local(zone, t, &second, &weekday) < 0)
		return -E_INVALID;
	if (utc < 0)
		utc += DAYS_PER_WEEK;
	int64_t day = weekday == utc ? 0 : weekday == (utc + 1) % DAYS_PER_WEEK ? 1 : -1;
	*ret = day * SECONDS_PER_DAY + second - (t - days * MS_PER_DAY) / MS_PER_S;
	return 0;
}

int import_parse_local(struct str text, struct str zone, time_ms *ret)
{
	static const char shape[] = "0000-00-00T00:00:00Z";
	char utc[sizeof(shape)];
	int64_t ahead;
	time_ms shown, t;

	if (text.len != sizeof(shape) - 2 && text.len != sizeof(shape) - 5)
		return -E_INVALID;
	memcpy(utc, shape, sizeof(shape));
	memcpy(utc, text.p, text.len);
	if (utc[10] == ' ')
		utc[10] = 'T';
	if (time_parse(str_c(utc), &shown) < 0)
		return -E_INVALID;
	t = shown;
	/* twice, because the clocks may have been changed in between */
	for (int i = 0; zone.p && i < 2; i++) {
		if (seconds_ahead(zone, t, &ahead) < 0)
			return -E_INVALID;
		t = shown - ahead * MS_PER_S;
	}
	*ret = t;
	return 0;
}

/* "22/11/2026", "22.11.2026 10:30", day first: "2026-11-22"; p NULL when it is no such day. */
static struct str iso_date(struct arena *a, struct str cell)
{
	size_t i = skip_digits(cell, 0), k = skip_digits(cell, i + 1),
	       end = skip_digits(cell, k + 1);
	struct str day = str_sub(cell, 0, i), month = str_sub(cell, i + 1, k - i - 1),
		   year = str_sub(cell, k + 1, end - k - 1);
	time_ms t;

	if (day.len < 1 || day.len > 2 || end <= k + 1 || month.len < 1 || month.len > 2 ||
	    year.len != 4 || !strchr("/.-", cell.p[i]) || cell.p[k] != cell.p[i])
		return STR_NONE;
	struct str iso = arena_printf(a, "%.*s-%s%.*s-%s%.*s", STR_ARG(year),
	    month.len == 1 ? "0" : "", STR_ARG(month), day.len == 1 ? "0" : "", STR_ARG(day));
	return iso.p && time_parse_date(iso, &t) == 0 ? iso : STR_NONE;
}

/* A withdrawal counts even when nobody wrote down when. */
static bool read_at(struct reading *g)
{
	struct consent_entry *e = &g->row->entry;
	struct str cell = cell_of(g, COLUMN_AT);

	e->at = g->now;
	if (cell.len == 0)
		return e->act == CONSENT_WITHDRAW ||
		    reject(g, COLUMN_AT, N_("It is not said when the person agreed."),
			N_("Fill in the day; a consent that nobody can date proves little."));
	if (time_parse(cell, &e->at) < 0 && time_parse_date(cell, &e->at) < 0 &&
	    import_parse_local(cell, g->m->zone, &e->at) < 0)
		return reject_with(g, COLUMN_AT,
		    N_("This is no time, as 2026-11-22T10:00:00Z or 2026-11-22 is."),
		    N_("Write year, month and day in this order."), iso_date(g->m->arena, cell));
	return e->at <= g->now + FUTURE_MS ||
	    reject(g, COLUMN_AT, N_("This time lies in the future."),
		N_("Write when the person acted, not when it will count."));
}

static bool read_evidence(struct reading *g)
{
	static const char *const words[] = { "imported", "form", "inbound_message", "double_opt_in",
		"signed" };
	struct consent_entry *e = &g->row->entry;
	char bytes[WORD_BYTES];
	struct str cell = word_of(cell_of(g, COLUMN_EVIDENCE), bytes);

	e->evidence = e->act == CONSENT_GRANT ? EVIDENCE_IMPORTED : EVIDENCE_NONE;
	if (cell.len == 0)
		return true;
	if (evidence_parse(cell, &e->evidence) < 0 ||
	    (e->act == CONSENT_GRANT && e->evidence == EVIDENCE_NONE))
		return reject_with(g, COLUMN_EVIDENCE,
		    N_("The evidence must be one of imported, form, inbound_message,"
		       " double_opt_in and signed."),
		    N_("Write what you could show to prove it; imported, or nothing, when all there is"
		       " is this list."),
		    nearest(cell, words, ARRAY_LEN(words)));
	return true;
}

static bool read_text(struct reading *g, enum import_column column, size_t max, struct str *ret)
{
	struct str cell = cell_of(g, column);

	*ret = STR_NONE;
	if (cell.len == 0)
		return true;
	if (value_check_text(cell, names[column], max, NULL) < 0)
		return reject(g, column, N_("This text is too long, or holds control characters."),
		    N_("Shorten it, and take out what cannot be seen."));
	*ret = arena_str(g->m->arena, cell);
	g->m->failed = g->m->failed || !ret->p;
	return true;
}

static bool reject_details(struct reading *g, enum import_column column)
{
	if (column == COLUMN_NOTICE_URL || column == COLUMN_TERMS_URL)
		return reject(g, column, N_("This is no https address."),
		    N_("Write the whole address, as https://shop.example/privacy is."));
	if (column == COLUMN_LANGUAGE)
		return reject(g, column, N_("This is no language, as it or en-GB is."),
		    N_("Write the language of the text that was shown in this form."));
	return reject(g, column, N_("This text is too long, or holds control characters."),
	    N_("Shorten it, and take out what cannot be seen."));
}

/* What proves it beside the words; the values that were given for it are in the order of the columns. */
static bool read_details(struct reading *g)
{
	struct consent_details d = { 0 };
	struct str *const of[] = { &d.text_version, &d.language, &d.notice_version, &d.notice_url,
		&d.terms_version, &d.terms_url, &d.channel, &d.how };
	struct err why = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(of); i++) {
		struct str cell = cell_of(g, (enum import_column)(COLUMN_DETAILS + i));
		*of[i] = cell.len ? cell : STR_NONE;
	}
	if (consent_details_check(&d, &why) < 0)
		return reject_details(g, import_column_of(str_c(why.field)));
	g->m->failed = g->m->failed ||
	    consent_details_write(&d, g->m->arena, &g->row->entry.details, NULL) < 0;
	return true;
}

static bool has_more(const struct import *m, const struct str *cells, size_t i)
{
	return import_column_of(m->names[i]) == COLUMNS && cells[i].len > 0;
}

static bool has_column(const struct import *m, struct str name)
{
	for (size_t i = 0; i < m->names_len; i++) {
		if (str_eq_nocase(m->names[i], name))
			return true;
	}
	return false;
}

/* A table with this column is an export of ours (api_consents.c): what it says of its own rows is no more of
 * the evidence than it was, and further columns come back as they were. */
#define OWN_COLUMN STR("attributes")

static bool is_about_the_export(const struct import *m, size_t i)
{
	return has_column(m, OWN_COLUMN) &&
	    (str_eq_nocase(m->names[i], STR("recorded_at")) ||
		str_eq_nocase(m->names[i], STR("import")));
}

/* The members of an export's object; false when the cell is none, and is kept as it stands. */
static bool add_members(struct reading *g, size_t i, struct json_writer *w)
{
	const struct json *object = NULL, *value;
	struct json_iter it;
	struct str key;

	if (!str_eq_nocase(g->m->names[i], OWN_COLUMN) ||
	    json_read(g->m->arena, csv_unguard(g->cells[i]), &object, NULL) < 0 ||
	    json_type(object) != JSON_OBJECT)
		return false;
	json_iter_init(&it, object);
	while (json_iter_next(&it, &key, &value)) {
		if (has_column(g->m, key) || json_type(value) != JSON_STRING)
			continue;
		jw_key_str(w, key);
		jw_str(w, json_str(value));
	}
	return true;
}

/* Columns that are none of ours are kept as they are. */
static bool read_attributes(struct reading *g)
{
	const struct import *m = g->m;
	struct json_writer w;
	struct buf text;

	buf_init(&text, 0);
	jw_init(&w, &text);
	jw_object(&w);
	for (size_t i = 0; i < m->names_len; i++) {
		if (!has_more(m, g->cells, i) || is_about_the_export(m, i) || add_members(g, i, &w))
			continue;
		jw_key_str(&w, m->names[i]);
		jw_str(&w, csv_unguard(g->cells[i]));
	}
	bool any = text.len > 1;
	jw_object_end(&w);
	bool fits = text.len <= ATTRIBUTES_MAX;
	g->row->entry.attributes = any && fits ? arena_str(m->arena, buf_str(&text)) : STR_NONE;
	g->m->failed = g->m->failed || text.failed || (any && fits && !g->row->entry.attributes.p);
	buf_done(&text);
	return fits ||
	    reject(g, COLUMNS, N_("The further columns of this row are too long."),
		N_("Take out columns that nobody needs."));
}

void import_read_contact(struct import *m, const struct str *cells, size_t n, uint64_t number,
    time_ms now, struct import_row *ret)
{
	struct reading g = { m, ret, cells, now };

	*ret = (struct import_row){ .number = number };
	if (n == m->names_len)
		(void)read_person(&g);
	else
		(void)reject(&g, COLUMNS, N_("The row has not as many fields as the header."),
		    N_("Quote texts that hold a separator, and export the table again."));
}

void import_read_row(struct import *m, const struct str *cells, size_t n, uint64_t number,
    time_ms now, struct import_row *ret)
{
	struct reading g = { m, ret, cells, now };

	*ret = (struct import_row){ .number = number };
	if (n != m->names_len) {
		(void)reject(&g, COLUMNS, N_("The row has not as many fields as the header."),
		    N_("Quote texts that hold a separator, and export the table again."));
		return;
	}
	(void)(read_person(&g) && read_act(&g) && read_at(&g) && read_evidence(&g) &&
	    read_text(&g, COLUMN_TEXT, TEXT_MAX_CHARS, &ret->entry.wording) &&
	    read_text(&g, COLUMN_SOURCE, SOURCE_MAX_CHARS, &ret->entry.source) &&
	    read_details(&g) && read_attributes(&g));
}

bool import_row_is_blank(const struct str *cells, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (str_trim(cells[i]).len)
			return false;
	}
	return true;
}

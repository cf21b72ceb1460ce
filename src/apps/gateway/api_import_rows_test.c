#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "apps/gateway/api_import.h"
#include "base/check.h"
#include "base/csv.h"

#define NOW 1795341600000LL /* 2026-11-22T10:00:00Z */
#define HEADER "phone,bsuid,purpose,act,at,evidence,text,source"
#define GRANT ",marketing,grant,2026-01-10T09:00:00Z,form,I agree,shop"

/* A table of one row, read as far as the row. */
struct world {
	struct import m;
	struct import_row row;
	struct csv *csv;
	struct str text;
};

static void world_open(struct world *w, const char *header, const char *cells, struct str country)
{
	const struct csv_limits limits = { IMPORT_FIELDS_MAX, 65536 };
	struct import *m = &w->m;
	const struct str *fields;
	size_t n;

	memset(w, 0, sizeof(*w));
	m->arena = arena_new(0, 0);
	w->csv = csv_new(0, &limits);
	assert_true(m->arena && w->csv);
	m->country = country;
	memset(m->place, -1, sizeof(m->place));
	w->text = arena_printf(m->arena, "%s\n%s\n", header, cells);
	csv_feed(w->csv, w->text);
	csv_end(w->csv);
	assert_int_equal(csv_next(w->csv, &fields, &n, NULL), 1);
	for (size_t i = 0; i < n; i++) {
		m->names[i] = arena_str(m->arena, fields[i]);
		if (import_column_of(fields[i]) < COLUMNS)
			m->place[import_column_of(fields[i])] = (int)i;
	}
	m->names_len = n;
	assert_int_equal(csv_next(w->csv, &fields, &n, NULL), 1);
	import_read_row(m, fields, n, csv_row(w->csv), NOW, &w->row);
}

static void world_close(struct world *w)
{
	csv_free(&w->csv);
	arena_free(&w->m.arena);
}

/* --- rejected rows ---------------------------------------------------------------------------- */

static const struct {
	const char *name, *cells, *column, *value,
	    *reason; /* column "" = the row; reason: a part of it */
} rejected[] = {
	{ "rounded, comma", "\"3,93E+11\"," GRANT, "phone", "3,93E+11", "has rounded" },
	{ "rounded, point", "3.93331E+11," GRANT, "phone", "3.93331E+11", "has rounded" },
	{ "rounded, no fraction", "4E11," GRANT, "phone", "4E11", "has rounded" },
	{ "rounded, plus", "+3.9e+11," GRANT, "phone", "+3.9e+11", "has rounded" },
	{ "no number", "Anna," GRANT, "phone", "A•••", "" },
	{ "letters in a number", "+39 333 12x 4501," GRANT, "phone", "+39 ••• ••• ••01", "" },
	{ "too short", "+39 33," GRANT, "phone", "+•• •3", "" },
	{ "no such country", "+999 1234567," GRANT, "phone", "+99• •••••67", "" },
	{ "national without a country", "333 123 4501," GRANT, "phone", "333 ••• ••01", "" },
	{ "no BSUID", ",IT-123456" GRANT, "bsuid", "IT-•••••6", "no business-scoped" },
	{ "nobody", "," GRANT, "phone", "", "names nobody" },
	{ "nobody, in blanks", " , " GRANT, "phone", "", "names nobody" },
	{ "no purpose", "+393331234501,,,grant,2026-01-10T09:00:00Z,form,,", "purpose", "",
	    "purpose must be" },
	{ "free replies need no consent",
	    "+393331234501,,service,grant,2026-01-10T09:00:00Z,form,,", "purpose", "service",
	    "purpose must be" },
	{ "unheard-of purpose", "+393331234501,,promo,grant,2026-01-10T09:00:00Z,form,,", "purpose",
	    "promo", "purpose must be" },
	{ "a telephone number in another column",
	    "+393331234501,,+39 333 123 4502,grant,2026-01-10T09:00:00Z,form,,", "purpose",
	    "+39 ••• ••• ••02", "purpose must be" },
	{ "no act", "+393331234501,,all,,2026-01-10T09:00:00Z,form,,", "act", "",
	    "grant or withdraw" },
	{ "unheard-of act", "+393331234501,,all,yes,2026-01-10T09:00:00Z,form,,", "act", "yes",
	    "grant or withdraw" },
	{ "a grant at no time", "+393331234501,,all,grant,,form,,", "at", "", "not said when" },
	{ "a time that is none", "+393331234501,,all,grant,10/01/2026,form,,", "at", "10/01/2026",
	    "is no time" },
	{ "a day that is none", "+393331234501,,all,grant,2026-02-30,form,,", "at", "2026-02-30",
	    "is no time" },
	{ "just too far ahead", "+393331234501,,all,grant,2026-11-22T10:05:00.001Z,form,,", "at",
	    "2026-11-22T10:05:00.001Z", "in the future" },
	{ "evidence none", "+393331234501,,all,grant,2026-01-10,none,,", "evidence", "none",
	    "evidence must be" },
	{ "unheard-of evidence", "+393331234501,,all,grant,2026-01-10,telepathy,,", "evidence",
	    "telepathy", "evidence must be" },
	{ "unheard-of evidence of a withdrawal",
	    "+393331234501,,all,withdraw,2026-01-10,telepathy,,", "evidence", "telepathy",
	    "evidence must be" },
	{ "control characters", "+393331234501,,all,grant,2026-01-10,form,\"a\x1b[2J\",", "text",
	    "a?[2J", "control" },
	{ "too few fields", "+393331234501,,all", "", "", "as many fields" },
	{ "too many fields", "+393331234501,,all,grant,2026-01-10,form,,,", "", "",
	    "as many fields" },
};

static void test_rejected(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rejected); i++) {
		struct world w;
		world_open(&w, HEADER, rejected[i].cells, STR_NONE);
		const struct import_problem *p = w.row.problem;
		if (!w.row.rejected)
			fail_msg("%s: it was taken", rejected[i].name);
		const char *column = p->column.p ? p->column.p : "";
		if (p->row != 2 || strcmp(column, rejected[i].column) != 0 ||
		    !str_eq_c(p->value, rejected[i].value) ||
		    !strstr(p->reason.p, rejected[i].reason) || !*p->reason.p || !p->fix.len)
			fail_msg("%s: row %llu, %s, \"%.*s\": %s", rejected[i].name,
			    (unsigned long long)p->row, column, STR_ARG(p->value), p->reason.p);
		world_close(&w);
	}
}

/* --- taken rows ------------------------------------------------------------------------------- */

static const struct {
	const char *name, *header, *cells;
	uint64_t phone;
	const char *bsuid;
	enum purpose purpose;
	enum consent_act act;
	time_ms at;
	enum evidence evidence;
	const char *text, *source, *attributes; /* NULL = none */
} taken[] = {
	{ "all columns", HEADER, "+393331234501," GRANT, 393331234501, NULL, PURPOSE_MARKETING,
	    CONSENT_GRANT, 1768035600000, EVIDENCE_FORM, "I agree", "shop", NULL },
	{ "any order, any case", "ACT,At,Phone,Purpose",
	    "grant,2026-01-10T09:00:00Z,+393331234501,Marketing", 393331234501, NULL,
	    PURPOSE_MARKETING, CONSENT_GRANT, 1768035600000, EVIDENCE_IMPORTED, NULL, NULL, NULL },
	{ "blanks around", "phone,purpose,act,at", " +39 333 123-4501 , all , grant , 2026-01-10 ",
	    393331234501, NULL, PURPOSE_ALL, CONSENT_GRANT, 1768003200000, EVIDENCE_IMPORTED, NULL,
	    NULL, NULL },
	{ "national, with the account's country", "phone,purpose,act,at",
	    "333 123 4501,utility,grant,2026-01-10", 393331234501, NULL, PURPOSE_UTILITY,
	    CONSENT_GRANT, 1768003200000, EVIDENCE_IMPORTED, NULL, NULL, NULL },
	{ "BSUID alone", "bsuid,purpose,act,at", "IT.1A2b3C4d5E,all,grant,2026-01-10", 0,
	    "IT.1A2b3C4d5E", PURPOSE_ALL, CONSENT_GRANT, 1768003200000, EVIDENCE_IMPORTED, NULL,
	    NULL, NULL },
	{ "a withdrawal at no time counts from now", "phone,purpose,act",
	    "+393331234501,all,withdraw", 393331234501, NULL, PURPOSE_ALL, CONSENT_WITHDRAW, NOW,
	    EVIDENCE_NONE, NULL, NULL, NULL },
	{ "just not too far ahead", "phone,purpose,act,at",
	    "+393331234501,all,withdraw,2026-11-22T10:05:00Z", 393331234501, NULL, PURPOSE_ALL,
	    CONSENT_WITHDRAW, NOW + 300000, EVIDENCE_NONE, NULL, NULL, NULL },
	{ "further columns", "phone,purpose,act,at,city,note",
	    "+393331234501,all,grant,2026-01-10,Forlì,\"say \"\"yes\"\"\"", 393331234501, NULL,
	    PURPOSE_ALL, CONSENT_GRANT, 1768003200000, EVIDENCE_IMPORTED, NULL, NULL,
	    "{\"city\":\"Forlì\",\"note\":\"say \\\"yes\\\"\"}" },
	{ "an export of ours", "phone,purpose,act,at,recorded_at,import,attributes",
	    "+393331234501,all,grant,2026-01-10,2026-01-11T09:00:00Z,imp_1,"
	    "\"{\"\"city\"\":\"\"Forlì\"\",\"\"list\"\":\"\"autunno\"\"}\"",
	    393331234501, NULL, PURPOSE_ALL, CONSENT_GRANT, 1768003200000, EVIDENCE_IMPORTED, NULL,
	    NULL, "{\"city\":\"Forlì\",\"list\":\"autunno\"}" },
	{ "attributes that are no object", "phone,purpose,act,at,attributes",
	    "+393331234501,all,grant,2026-01-10,vip", 393331234501, NULL, PURPOSE_ALL,
	    CONSENT_GRANT, 1768003200000, EVIDENCE_IMPORTED, NULL, NULL,
	    "{\"attributes\":\"vip\"}" },
	{ "further columns that are empty", "phone,purpose,act,at,city",
	    "+393331234501,all,grant,2026-01-10,", 393331234501, NULL, PURPOSE_ALL, CONSENT_GRANT,
	    1768003200000, EVIDENCE_IMPORTED, NULL, NULL, NULL },
	{ "lines in a text", "phone,purpose,act,at,text",
	    "+393331234501,all,grant,2026-01-10,\"one\r\ntwo\"", 393331234501, NULL, PURPOSE_ALL,
	    CONSENT_GRANT, 1768003200000, EVIDENCE_IMPORTED, "one\r\ntwo", NULL, NULL },
};

static bool same(struct str have, const char *want)
{
	return want ? str_eq_c(have, want) : !have.p;
}

static void test_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(taken); i++) {
		struct world w;
		world_open(&w, taken[i].header, taken[i].cells, STR("IT"));
		const struct consent_entry *e = &w.row.entry;
		if (w.row.rejected)
			fail_msg("%s: %s: %s", taken[i].name, w.row.problem->column.p,
			    w.row.problem->reason.p);
		if (w.row.phone.number != taken[i].phone || !same(w.row.bsuid, taken[i].bsuid) ||
		    e->purpose != taken[i].purpose || e->act != taken[i].act ||
		    e->at != taken[i].at || e->evidence != taken[i].evidence ||
		    !same(e->wording, taken[i].text) || !same(e->source, taken[i].source) ||
		    !same(e->attributes, taken[i].attributes))
			fail_msg("%s: at %lld, evidence %d, attributes %.*s", taken[i].name,
			    (long long)e->at, (int)e->evidence, STR_ARG(e->attributes));
		world_close(&w);
	}
}

static void test_long_texts(void **state)
{
	char cells[8200];
	struct world w;

	(void)state;
	for (int over = 0; over < 2; over++) {
		(void)snprintf(cells, sizeof(cells), "+393331234501,all,grant,2026-01-10,%0*d",
		    4000 + over, 0);
		world_open(&w, "phone,purpose,act,at,text", cells, STR_NONE);
		assert_int_equal(w.row.rejected, over);
		world_close(&w);
	}
}

static void test_blank_rows(void **state)
{
	const struct str blank[] = { STR(""), STR(" "), STR("") }, full[] = { STR(""), STR("x") };

	(void)state;
	assert_true(import_row_is_blank(blank, 3));
	assert_false(import_row_is_blank(full, 2));
}

/* --- times without a zone --------------------------------------------------------------------- */

static void test_local_times(void **state)
{
	static const struct {
		const char *name, *text, *zone, *utc; /* utc NULL = refused */
	} rows[] = {
		{ "winter", "2026-01-10T10:00:00", "Europe/Rome", "2026-01-10T09:00:00Z" },
		{ "summer", "2026-07-10T10:00:00", "Europe/Rome", "2026-07-10T08:00:00Z" },
		{ "a blank, no seconds", "2026-07-10 10:00", "Europe/Rome",
		    "2026-07-10T08:00:00Z" },
		{ "into the day before", "2026-07-10 00:30", "Europe/Rome",
		    "2026-07-09T22:30:00Z" },
		{ "into the day after", "2026-01-10 20:00", "America/New_York",
		    "2026-01-11T01:00:00Z" },
		{ "far east", "2026-01-10 10:00", "Pacific/Kiritimati", "2026-01-09T20:00:00Z" },
		{ "far west", "2026-01-10 10:00", "Pacific/Honolulu", "2026-01-10T20:00:00Z" },
		{ "just before the clocks change", "2026-03-29 01:59", "Europe/Rome",
		    "2026-03-29T00:59:00Z" },
		{ "just after", "2026-03-29 03:00", "Europe/Rome", "2026-03-29T01:00:00Z" },
		{ "before 1970", "1960-06-10 10:00", "UTC", "1960-06-10T10:00:00Z" },
		{ "no zone", "2026-07-10 10:00", NULL, "2026-07-10T10:00:00Z" },
		{ "no such zone", "2026-07-10 10:00", "Europe/Forli", NULL },
		{ "no such hour", "2026-07-10 25:00", "Europe/Rome", NULL },
		{ "a day alone", "2026-07-10", "Europe/Rome", NULL },
		{ "too long", "2026-07-10 10:00:00.5", "Europe/Rome", NULL },
		{ "something else", "2026-07-10x10:00", "Europe/Rome", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char utc[TIME_TEXT_MAX] = "";
		time_ms t;
		int r = import_parse_local(str_c(rows[i].text), str_c(rows[i].zone), &t);
		if (r == 0)
			time_format(t, utc);
		if ((r == 0) != (rows[i].utc != NULL) || (r == 0 && strcmp(utc, rows[i].utc) != 0))
			fail_msg("%s: %s", rows[i].name, r == 0 ? utc : "refused");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_local_times),
		cmocka_unit_test(test_rejected),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_long_texts),
		cmocka_unit_test(test_blank_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

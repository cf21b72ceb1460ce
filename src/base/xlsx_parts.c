/* The parts of a workbook come in any order. What is of use stands under fixed paths, but the sheet,
 * which the workbook names by a relation. */
#include "base/xlsx_private.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/lang.h"

#define RELATIONS_MAX ((size_t)256 * 1024)

/* --- the workbook ----------------------------------------------------------------------------- */

static void keep_sheet(struct xlsx_parts *p, struct xml *x, const char *const *attributes)
{
	struct str state = xml_attr(attributes, "state");

	p->any_sheet = true;
	if (p->relation[0] || (state.p && !str_eq(state, STR("visible"))))
		return;
	/* r:id, and not sheetId, which is another name */
	if (str_to_c(xml_attr(attributes, "id"), p->relation, sizeof(p->relation)) < 0)
		xml_fail(
		    x, E_INVALID, N_("The workbook names a sheet without saying where it is."));
}

static void on_workbook(void *arg, struct xml *x, const char *name, const char *const *attributes)
{
	struct xlsx_parts *p = arg;
	struct str flag;

	if (strcmp(name, "sheet") == 0)
		keep_sheet(p, x, attributes);
	if (strcmp(name, "workbookPr") != 0)
		return;
	flag = xml_attr(attributes, "date1904");
	p->from_1904 = str_eq(flag, STR("1")) || str_eq(flag, STR("true"));
}

static void on_relation(void *arg, struct xml *x, const char *name, const char *const *attributes)
{
	struct xlsx_parts *p = arg;
	struct str id = xml_attr(attributes, "Id"), target = xml_attr(attributes, "Target");

	if (strcmp(name, "Relationship") != 0 || !id.p || !target.p)
		return;
	if (p->relations.len + id.len + target.len + 2 > RELATIONS_MAX) {
		xml_fail(x, E_TOO_LARGE, N_("The workbook has too many relations."));
		return;
	}
	buf_add(&p->relations, id);
	buf_add_char(&p->relations, '\0');
	buf_add(&p->relations, target);
	buf_add_char(&p->relations, '\0');
	if (p->relations.failed)
		xml_fail(x, E_NOMEM, "Memory ran out while reading a workbook.");
}

/* --- styles ----------------------------------------------------------------------------------- */

/* Number formats that every spreadsheet knows. */
static bool is_date_number(unsigned format)
{
	return (format >= 14 && format <= 22) || (format >= 27 && format <= 36) ||
	    (format >= 45 && format <= 47) || (format >= 50 && format <= 58);
}

static bool shows_date(const struct xlsx_parts *p, unsigned format)
{
	for (size_t i = 0; i < p->dates_len; i++) {
		if (p->dates[i] == format)
			return true;
	}
	return is_date_number(format);
}

static unsigned format_number(const char *const *attributes)
{
	uint64_t n;

	if (str_to_u64(xml_attr(attributes, "numFmtId"), &n) < 0 || n > UINT32_MAX)
		return 0;
	return (unsigned)n;
}

static void on_style(void *arg, struct xml *x, const char *name, const char *const *attributes)
{
	struct xlsx_parts *p = arg;
	bool own = strcmp(name, "numFmt") == 0, format = p->in_formats && strcmp(name, "xf") == 0;

	if (strcmp(name, "cellXfs") == 0)
		p->in_formats = true;
	if ((own && p->dates_len == XLSX_STYLES_MAX) || (format && p->shows_len == XLSX_STYLES_MAX))
		xml_fail(x, E_TOO_LARGE, N_("The workbook has too many formats."));
	else if (own && xlsx_format_is_date(xml_attr(attributes, "formatCode")))
		p->dates[p->dates_len++] = format_number(attributes);
	else if (format)
		p->shows[p->shows_len++] = shows_date(p, format_number(attributes)) ? SHOWS_DATE
										    : SHOWS_NUMBER;
}

static void on_style_end(void *arg, struct xml *x, const char *name)
{
	struct xlsx_parts *p = arg;

	(void)x;
	if (strcmp(name, "cellXfs") == 0)
		p->in_formats = false;
}

bool xlsx_parts_shows_date(const struct xlsx_parts *p, uint64_t style)
{
	return style < p->shows_len && p->shows[style] == SHOWS_DATE;
}

/* --- shared strings --------------------------------------------------------------------------- */

static void on_string(void *arg, struct xml *x, const char *name, const char *const *attributes)
{
	struct xlsx_parts *p = arg;

	(void)x;
	(void)attributes;
	if (strcmp(name, "rPh") == 0)
		p->phonetic++;
	p->in_text = strcmp(name, "t") == 0;
}

static void end_string(struct xlsx_parts *p, struct xml *x)
{
	if (p->ends_len == p->limits->strings) {
		xml_fail(x, E_TOO_LARGE, N_("The workbook has too many texts; save it as CSV."));
		return;
	}
	if (p->ends_len == p->ends_cap) {
		size_t cap = p->ends_cap ? p->ends_cap * 2 : 1024;
		uint32_t *ends = mem_grow(p->ends, cap * sizeof(*ends));
		if (!ends) {
			xml_fail(x, E_NOMEM, "Memory ran out while reading a workbook.");
			return;
		}
		p->ends = ends;
		p->ends_cap = cap;
	}
	p->ends[p->ends_len++] = (uint32_t)p->strings.len;
}

static void on_string_end(void *arg, struct xml *x, const char *name)
{
	struct xlsx_parts *p = arg;

	p->in_text = false;
	if (strcmp(name, "rPh") == 0)
		p->phonetic--;
	if (strcmp(name, "si") == 0)
		end_string(p, x);
}

static void on_string_text(void *arg, struct xml *x, struct str text)
{
	struct xlsx_parts *p = arg;

	if (!p->in_text || p->phonetic)
		return;
	if (p->strings.len + text.len > p->limits->strings_bytes) {
		xml_fail(x, E_TOO_LARGE, N_("The workbook has too many texts; save it as CSV."));
		return;
	}
	buf_add(&p->strings, text);
	if (p->strings.failed)
		xml_fail(x, E_NOMEM, "Memory ran out while reading a workbook.");
}

bool xlsx_parts_string(const struct xlsx_parts *p, uint64_t i, struct str *ret)
{
	if (i >= p->ends_len)
		return false;
	size_t from = i ? p->ends[i - 1] : 0;
	*ret = str_sub(buf_str(&p->strings), from, p->ends[i] - from);
	return true;
}

/* --- all of them ------------------------------------------------------------------------------ */

void xlsx_parts_init(struct xlsx_parts *p, const struct xlsx_limits *limits)
{
	memset(p, 0, sizeof(*p));
	p->limits = limits;
	buf_init(&p->relations, 0);
	buf_init(&p->strings, 0);
}

void xlsx_parts_done(struct xlsx_parts *p)
{
	buf_done(&p->relations);
	buf_done(&p->strings);
	MEM_FREE(&p->ends);
}

const struct xml_handler *xlsx_parts_reader(struct str name)
{
	static const struct {
		const char *name;
		struct xml_handler handler;
	} readers[] = {
		{ "xl/workbook.xml", { on_workbook, NULL, NULL } },
		{ "xl/_rels/workbook.xml.rels", { on_relation, NULL, NULL } },
		{ "xl/styles.xml", { on_style, on_style_end, NULL } },
		{ "xl/sharedStrings.xml", { on_string, on_string_end, on_string_text } },
	};

	for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
		if (str_eq_c(name, readers[i].name))
			return &readers[i].handler;
	}
	return NULL;
}

/* "worksheets/sheet1.xml" lies beside the workbook, "/xl/worksheets/sheet1.xml" is whole. */
static bool set_sheet(struct xlsx_parts *p, const char *target)
{
	int n = target[0] == '/' ? snprintf(p->sheet, sizeof(p->sheet), "%s", target + 1)
				 : snprintf(p->sheet, sizeof(p->sheet), "xl/%s", target);

	return n > 0 && (size_t)n < sizeof(p->sheet);
}

int xlsx_parts_resolve(struct xlsx_parts *p, struct err *err)
{
	const char *at = p->relations.p, *end = at ? at + p->relations.len : NULL;

	if (!p->any_sheet)
		return err_set(
		    err, E_INVALID, N_("The file is no Excel workbook: it has no sheets."));
	if (!p->relation[0])
		return err_set(err, E_INVALID, N_("The workbook has no visible sheet."));
	while (at && at < end) {
		const char *target = at + strlen(at) + 1;
		if (strcmp(at, p->relation) == 0 && set_sheet(p, target))
			return 0;
		at = target + strlen(target) + 1;
	}
	return err_set(err, E_INVALID, N_("The workbook does not say where its first sheet is."));
}

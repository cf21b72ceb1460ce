/* base/xlsx_make.h: workbooks made for tests; include it behind cmocka.h. */
#ifndef BASE_XLSX_MAKE_H
#define BASE_XLSX_MAKE_H

#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/str.h"

/* As STR(), where only a constant may stand. */
#define BYTES(lit) { "" lit, sizeof(lit) - 1 }

struct made_entry {
	const char *name;
	struct str content;
};

/* An unnamed file with these bytes. */
static inline int made_file(struct str bytes)
{
	int fd = memfd_create("made", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(write(fd, bytes.p, bytes.len) == (ssize_t)bytes.len);
	return fd;
}

/* The entries up to one without a name, deflated. The caller closes it. */
static inline int made_zip(const struct made_entry *entries)
{
	int fd = made_file(STR(""));
	struct archive *a = archive_write_new();

	assert_int_equal(archive_write_set_format_zip(a), ARCHIVE_OK);
	assert_int_equal(archive_write_open_fd(a, fd), ARCHIVE_OK);
	for (; entries->name; entries++) {
		struct archive_entry *e = archive_entry_new();
		archive_entry_set_pathname(e, entries->name);
		archive_entry_set_size(e, (la_int64_t)entries->content.len);
		archive_entry_set_filetype(e, AE_IFREG);
		archive_entry_set_perm(e, 0644);
		assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
		assert_true(archive_write_data(a, entries->content.p, entries->content.len) ==
		    (la_ssize_t)entries->content.len);
		archive_entry_free(e);
	}
	assert_int_equal(archive_write_free(a), ARCHIVE_OK);
	return fd;
}

#define MADE_WORKBOOK \
	"<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"" \
	" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets>" \
	"<sheet name=\"Foglio1\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
#define MADE_RELATIONS \
	"<Relationships><Relationship Id=\"rId1\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
#define MADE_STYLES \
	"<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"dd/mm/yyyy\"/>" \
	"<numFmt numFmtId=\"165\" formatCode=\"0.00&quot; d&quot;\"/></numFmts>" \
	"<cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>" \
	"<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/><xf numFmtId=\"165\"/></cellXfs>" \
	"</styleSheet>"

/* A workbook of one sheet; strings NULL = no shared strings. The sheet stands before the strings, as
 * Excel writes it. */
static inline int made_xlsx(const char *rows, const char *strings)
{
	char sheet[16384];
	struct made_entry entries[6] = {
		{ "xl/workbook.xml", STR(MADE_WORKBOOK) },
		{ "xl/_rels/workbook.xml.rels", STR(MADE_RELATIONS) },
		{ "xl/worksheets/sheet1.xml", STR_NONE },
		{ "xl/styles.xml", STR(MADE_STYLES) },
		{ strings ? "xl/sharedStrings.xml" : NULL, str_c(strings) },
	};

	assert_true(snprintf(sheet, sizeof(sheet),
			"<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
			"<worksheet><sheetData>%s</sheetData></worksheet>",
			rows) < (int)sizeof(sheet));
	entries[2].content = str_c(sheet);
	return made_zip(entries);
}

#endif

/* Whatever the bytes are, reading them as a table ends, within its limits, and reading them again
 * gives the same. Bytes that begin no archive are the sheet of one that is made around them, so that
 * what lies behind the packing is reached as well. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/check.h"
#include "base/table.h"

static const struct table_limits limits = {
	.fields = 16,
	.bytes = 1000,
	.xlsx = {
		.zip = { .entries = 16, .total = 1u << 20, .ratio = 200, .ratio_from = 1u << 16 },
		.strings_bytes = 4096,
		.strings = 64,
	},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_all(struct table *t, struct buf *out)
{
	const struct str *fields;
	struct err err = { 0 };
	size_t n;
	int r;

	while ((r = table_next(t, &fields, &n, &err)) > 0) {
		size_t len = 0;
		ASSERT(n > 0 && n <= limits.fields);
		buf_addf(out, "%llu", (unsigned long long)table_row(t));
		for (size_t i = 0; i < n; i++) {
			buf_add_char(out, '|');
			buf_add(out, fields[i]);
			len += fields[i].len;
		}
		ASSERT(len <= limits.bytes);
	}
	ASSERT((r < 0) == (err.code != 0));
	buf_addf(out, "%d %s", r, err.text);
	return r;
}

static void read_file(int fd)
{
	struct err err = { 0 };
	struct table *t = NULL;
	struct buf once, again;
	int r = table_open(fd, &limits, &t, &err);

	buf_init(&once, 0);
	buf_init(&again, 0);
	while (r >= 0 && (r = table_prepare(t, &err)) > 0)
		;
	if (r == 0 && read_all(t, &once) == 0) {
		ASSERT(table_rewind(t, &err) == 0);
		(void)read_all(t, &again);
		ASSERT(str_eq(buf_str(&once), buf_str(&again)));
	}
	table_close(&t);
	buf_done(&once);
	buf_done(&again);
}

static void add(struct archive *a, const char *name, struct str content)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, name);
	archive_entry_set_size(e, (la_int64_t)content.len);
	archive_entry_set_filetype(e, AE_IFREG);
	ASSERT(archive_write_header(a, e) == ARCHIVE_OK);
	ASSERT(archive_write_data(a, content.p, content.len) == (la_ssize_t)content.len);
	archive_entry_free(e);
}

/* The first byte says which part of a workbook the others are. */
static void wrap(int fd, struct str part)
{
	static const char
	    workbook[] = "<w><workbookPr/><sheet name=\"a\" id=\"b\"/></w>",
	    relations[] = "<R><Relationship Id=\"b\" Target=\"s.xml\"/></R>",
	    sheet[] = "<s><sheetData><row><c t=\"s\" s=\"1\"><v>0</v></c></row></sheetData></s>";
	static const struct {
		const char *name, *content;
	} parts[] = {
		{ "xl/workbook.xml", workbook },
		{ "xl/_rels/workbook.xml.rels", relations },
		{ "xl/s.xml", sheet },
		{ "xl/styles.xml", "<s/>" },
		{ "xl/sharedStrings.xml", "<s><si><t>a</t></si></s>" },
	};
	struct archive *a = archive_write_new();
	size_t chosen = part.len ? (unsigned char)part.p[0] % ARRAY_LEN(parts) : 0;

	ASSERT(archive_write_set_format_zip(a) == ARCHIVE_OK);
	ASSERT(archive_write_zip_set_compression_store(a) == ARCHIVE_OK);
	ASSERT(archive_write_open_fd(a, fd) == ARCHIVE_OK);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		add(a, parts[i].name,
		    i == chosen ? str_sub(part, 1, part.len) : str_c(parts[i].content));
	ASSERT(archive_write_free(a) == ARCHIVE_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str bytes = str_n((const char *)data, size);
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	ASSERT(fd >= 0);
	if (str_starts(bytes, STR("PK")))
		ASSERT(write(fd, data, size) == (ssize_t)size);
	else
		wrap(fd, bytes);
	read_file(fd);
	close(fd);
	return 0;
}

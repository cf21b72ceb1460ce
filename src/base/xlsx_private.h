/* base/xlsx_private.h: what the halves of xlsx share: xlsx_parts.c reads what a workbook says of its
 * sheets, xlsx.c reads the rows of one. For xlsx*.c only. */
#ifndef BASE_XLSX_PRIVATE_H
#define BASE_XLSX_PRIVATE_H

#include "base/xlsx.h"
#include "base/xml.h"

#define XLSX_NAME_MAX 256    /* bytes of a path inside the archive */
#define XLSX_STYLES_MAX 4096 /* cell formats, and number formats of its own */

enum xlsx_shows { SHOWS_NUMBER, SHOWS_DATE };

struct xlsx_parts {
	const struct xlsx_limits *limits;
	char relation[XLSX_NAME_MAX]; /* of the first visible sheet; "" = none was seen */
	char sheet[XLSX_NAME_MAX];    /* its path; "" = not known */
	bool any_sheet, from_1904;
	/* relations come before or behind the sheet that names one */
	struct buf relations; /* id, zero byte, target, zero byte, … */
	struct buf strings;
	uint32_t *ends; /* of the strings, in `strings` */
	size_t ends_len, ends_cap;
	unsigned dates[XLSX_STYLES_MAX]; /* number formats of its own that show a date */
	size_t dates_len;
	unsigned char shows[XLSX_STYLES_MAX]; /* by cell format */
	size_t shows_len;
	/* while one is read */
	bool in_formats, in_text;
	int phonetic; /* how deep inside reading aids */
};

void xlsx_parts_init(struct xlsx_parts *p, const struct xlsx_limits *limits);
void xlsx_parts_done(struct xlsx_parts *p);
/* What reads the entry of that name, with the parts as `arg`; NULL when nobody wants it. */
const struct xml_handler *xlsx_parts_reader(struct str name);
/* All was read: which sheet it is. */
MUST_CHECK int xlsx_parts_resolve(struct xlsx_parts *p, struct err *err);
/* False when there is no such string. */
bool xlsx_parts_string(const struct xlsx_parts *p, uint64_t i, struct str *ret);
bool xlsx_parts_shows_date(const struct xlsx_parts *p, uint64_t style);

/* A number as it stands in a cell, as text for people; xlsx_number.c. */
#define XLSX_NUMBER_MAX 64
struct str xlsx_number(struct str value, bool is_date, bool from_1904, char out[XLSX_NUMBER_MAX]);
/* Does a number format, as "dd/mm/yyyy", show a date or a time of day? */
bool xlsx_format_is_date(struct str code);

#endif

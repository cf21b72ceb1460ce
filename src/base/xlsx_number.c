/* A spreadsheet keeps 15 digits of a number, and writes it as it likes: 393331234501,
 * 3.93331234501E+11 and 393331234501.0 are one. A date is a number of days. */
#include "base/xlsx_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

#define WHOLE_MAX 1e15
#define DAYS_1900 \
	25569 /* from 1899-12-30, where a count that knows no 1900-02-29 begins, to 1970 */
#define DAYS_1904 24107
#define DAYS_MAX 2958466 /* behind 9999-12-31 */

static struct str date_text(double days, bool from_1904, char out[XLSX_NUMBER_MAX])
{
	char text[TIME_TEXT_MAX];
	double seconds = round((days - (from_1904 ? DAYS_1904 : DAYS_1900)) * 86400);

	time_format((time_ms)seconds * MS_PER_S, text);
	bool whole_day = fmod(seconds, 86400) == 0;
	int n = snprintf(out, XLSX_NUMBER_MAX, "%.*s", whole_day ? 10 : 19, text);
	return str_n(out, (size_t)n);
}

struct str xlsx_number(struct str value, bool is_date, bool from_1904, char out[XLSX_NUMBER_MAX])
{
	char text[XLSX_NUMBER_MAX], *end;

	if (value.len == 0 || str_to_c(value, text, sizeof(text)) < 0)
		return value;
	double n = strtod(text, &end);
	if (*end || !isfinite(n))
		return value;
	if (is_date && n >= 0 && n < DAYS_MAX)
		return date_text(n, from_1904, out);
	if (n != trunc(n) || fabs(n) >= WHOLE_MAX)
		return value;
	return str_n(out, (size_t)snprintf(out, XLSX_NUMBER_MAX, "%.0f", n));
}

static bool is_date_letter(char c)
{
	return c == 'y' || c == 'Y' || c == 'd' || c == 'D' || c == 'h' || c == 'H' || c == 'm' ||
	    c == 'M' || c == 's' || c == 'S' || c == 'a' || c == 'A' || c == 'g' || c == 'G';
}

/* "[Red]", "\"days\"" and "\\d" say nothing of dates; "[h]" does, but is a length of time. */
bool xlsx_format_is_date(struct str code)
{
	for (size_t i = 0; i < code.len; i++) {
		char c = code.p[i], end = c == '"' ? '"' : c == '[' ? ']' : 0;
		if (end) {
			for (i++; i < code.len && code.p[i] != end; i++)
				;
		} else if (c == '\\' || c == '_' || c == '*') {
			i++;
		} else if (is_date_letter(c) &&
		    !str_starts(str_sub(code, i, code.len), STR("General"))) {
			return true;
		} else if (c == 'G') {
			i += 6;
		}
	}
	return false;
}

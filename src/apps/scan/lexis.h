/* apps/scan/lexis.h: which bytes of a source file are code, comment or string.
 *
 * A light reading by the file's name: enough to tell a name in a comment or a document from one that
 * runs, for the languages in the table of lexis.c; it does not parse. Offsets may be asked in any
 * order; asking in rising order costs least. A lexis borrows its text. */
#ifndef APPS_SCAN_LEXIS_H
#define APPS_SCAN_LEXIS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

enum lexis_kind {
	LEXIS_CODE,
	LEXIS_STRING, /* inside quotes, the quotes included */
	LEXIS_COMMENT,
};

struct lexis;

/* NULL when the name is of no language in the table (then everything is as the place says), or
 * memory ran out. In Python a string that stands alone as a statement is a comment. */
MUST_CHECK struct lexis *lexis_new(struct arena *a, struct str name, struct str text);
/* LEXIS_CODE for NULL. */
enum lexis_kind lexis_at(const struct lexis *lx, size_t offset);
/* The word of the language ("python"), NULL for NULL. */
const char *lexis_language(const struct lexis *lx);

#endif

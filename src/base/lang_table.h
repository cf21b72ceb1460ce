/* base/lang_table.h: the catalogues of po/ as they are compiled in.
 *
 * Private to base/lang.c and to the file that tools/po2c writes at build time. Languages stand in
 * the order of po/LINGUAS; the entries of one are sorted by msgid as strcmp() orders, so a
 * look-up is a binary search. English has no table: its sentences are the msgids. */
#ifndef BASE_LANG_TABLE_H
#define BASE_LANG_TABLE_H

#include <stddef.h>

struct lang_entry {
	const char *msgid;
	const char *msgstr;
};

struct lang_table {
	const char *lang; /* "it" */
	const struct lang_entry *entries;
	size_t len;
};

extern const struct lang_table lang_tables[];
extern const size_t lang_tables_len;

#endif

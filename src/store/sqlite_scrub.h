/* store/sqlite_scrub.h: zeros where a page of SQLite's holds nothing. For store_sqlite.c only.
 *
 * secure_delete overwrites a cell that is deleted. When a page is split, its cells are laid out anew,
 * and copies of those that moved stay in the unused middle of the page, between the list of cells
 * and the cells themselves; nothing ever overwrites them on purpose. What stands there means nothing
 * to SQLite, so it can be overwritten in the file itself, as long as the log holds no newer copy of
 * the page and no cache writes the old one again. */
#ifndef STORE_SQLITE_SCRUB_H
#define STORE_SQLITE_SCRUB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

/* The unused middle of the page: from and behind its last byte; false when the page has none, or is no
 * page of a table or an index. */
bool sqlite_scrub_gap(const unsigned char *page, int64_t number, int *ret_from, int *ret_to);

/* The next `pages` behind *place, whose log was emptied just now, on the only connection that writes,
 * in no transaction. SQLite's code; *place moves on, *ret_done at the end of the file. */
int sqlite_scrub(sqlite3 *db, int64_t *place, int64_t pages, bool *ret_done);

#endif

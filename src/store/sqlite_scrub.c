#include "store/sqlite_scrub.h"

#include <string.h>

#define PAGE_BYTES 4096
#define FILE_HEADER 100 /* of the first page */
#define RESERVED_AT 20
/* From so many pages on the first byte of an overflow page may look like that of a table's. */
#define PAGES_MOST (INT64_C(2) << 24)

static int number_at(const unsigned char *p)
{
	return p[0] << 8 | p[1];
}

static int header_len(int kind)
{
	if (kind == 2 || kind == 5)
		return 12;
	return kind == 10 || kind == 13 ? 8 : 0;
}

bool sqlite_scrub_gap(const unsigned char *page, int64_t number, int *ret_from, int *ret_to)
{
	int at = number == 1 ? FILE_HEADER : 0;
	int header = header_len(page[at]);
	int cells = number_at(page + at + 3), from = at + header + 2 * cells;
	int to = number_at(page + at + 5), freed = number_at(page + at + 1);

	if (!header || (number == 1 && page[RESERVED_AT]) || from > to || to > PAGE_BYTES ||
	    (freed && freed < to))
		return false;
	for (int i = 0; i < cells; i++) {
		int cell = number_at(page + at + header + 2 * i);
		if (cell < to || cell >= PAGE_BYTES)
			return false;
	}
	*ret_from = from;
	*ret_to = to;
	return from < to;
}

static bool is_zero(const unsigned char *p, int len)
{
	return len <= 0 || (p[0] == 0 && memcmp(p, p + 1, (size_t)len - 1) == 0);
}

static int scrub_page(sqlite3_file *f, int64_t number, bool *ret_changed)
{
	static const unsigned char zeros[PAGE_BYTES];
	unsigned char page[PAGE_BYTES];
	sqlite3_int64 at = (number - 1) * PAGE_BYTES;
	int from, to, rc = f->pMethods->xRead(f, page, PAGE_BYTES, at);

	if (rc != SQLITE_OK || !sqlite_scrub_gap(page, number, &from, &to) ||
	    is_zero(page + from, to - from))
		return rc;
	*ret_changed = true;
	return f->pMethods->xWrite(f, zeros, to - from, at + from);
}

int sqlite_scrub(sqlite3 *db, int64_t *place, int64_t pages, bool *ret_done)
{
	sqlite3_file *f = NULL;
	sqlite3_int64 size = 0;
	bool changed = false;
	int rc = sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &f);

	if (rc == SQLITE_OK && (!f || !f->pMethods))
		rc = SQLITE_ERROR;
	if (rc == SQLITE_OK)
		rc = f->pMethods->xFileSize(f, &size);
	if (rc != SQLITE_OK)
		return rc;
	int64_t last = size / PAGE_BYTES;
	if (last >= PAGES_MOST)
		return SQLITE_TOOBIG;
	for (; rc == SQLITE_OK && pages > 0 && *place < last; pages--)
		rc = scrub_page(f, ++*place, &changed);
	*ret_done = *place >= last;
	if (rc == SQLITE_OK && changed && *ret_done)
		rc = f->pMethods->xSync(f, SQLITE_SYNC_NORMAL);
	/* Or the cache would write again what was there. */
	int released = changed ? sqlite3_db_release_memory(db) : SQLITE_OK;
	return rc != SQLITE_OK ? rc : released;
}

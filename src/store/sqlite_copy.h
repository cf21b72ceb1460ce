/* store/sqlite_copy.h: a copy of a store's file while it is written to. For store_sqlite.c only. */
#ifndef STORE_SQLITE_COPY_H
#define STORE_SQLITE_COPY_H

#include <sqlite3.h>

#include "store/store.h"

/* What `from` sees in its present reading transaction, into the new file `path`, which bears the mark of
 * a copy and is on the disk when it ends well. It rests as long as it reads, so that others have half of
 * the disk. Errors as store_copy(). Whatever it left when it fails is the caller's to remove. */
MUST_CHECK int sqlite_copy(
    sqlite3 *from, const char *path, const struct store_copying *how, struct err *err);
/* As store_check_whole(). */
MUST_CHECK int sqlite_check_whole(sqlite3 *db, const struct store_looking *how, struct err *err);

#endif

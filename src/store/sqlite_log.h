/* store/sqlite_log.h: SQLite's log written in few pieces. For store_sqlite.c only.
 *
 * SQLite hands each page of a commit to its log in two writes: 24 bytes about it, and the page. This
 * VFS stands before the default one, and whatever is no log passes it untouched. Of a log it keeps
 * what is written one behind the other, and hands it on in one write: when it is to be flushed, when
 * something of it is to be read, when anything else is written, and when it is as much as fits.
 *
 * What always holds: behind a flush (xSync) that went well, all that was written before it is flushed.
 * What was not flushed yet is seen by the connection that wrote it, and by nobody else. So every
 * connection that writes must have `synchronous=FULL`: then nobody looks for a commit in the log that
 * is not flushed. A write that fails later than SQLite asked for it fails its flush, and what was kept
 * is dropped: SQLite takes the commit back and writes its pages anew. */
#ifndef STORE_SQLITE_LOG_H
#define STORE_SQLITE_LOG_H

#define SQLITE_LOG_VFS "varco-log"

/* Once for a process, before the first connection; an SQLite code. It may be called again. */
int sqlite_log_register(void);

#endif

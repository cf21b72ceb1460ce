/* apps/scan/walk.h: several threads over one tree, each with its own reader.
 *
 * Directories wait on one stack; a thread takes one, reads its files itself and puts its directories
 * on the stack. Nothing is followed out of a root: links are not opened, directories are opened by one
 * descriptor of the root and never through a link. */
#ifndef APPS_SCAN_WALK_H
#define APPS_SCAN_WALK_H

#include "apps/scan/ignore.h"
#include "apps/scan/reader.h"

struct map;

struct walk;
MUST_CHECK struct walk *walk_new(const struct scan_options *o);
void walk_free(struct walk **pw);

/* `path` is a directory or a file; links are followed for it alone. -E_NOT_FOUND, -E_IO. Before the
 * threads start. */
MUST_CHECK int walk_add_root(struct walk *w, unsigned root, const char *path, struct err *err);
/* Until nothing is left: each thread calls it with its own reader. */
void walk_work(struct walk *w, struct reader *r);
/* "root:path" of each directory with a manifest; after all threads are done. */
const struct map *walk_manifests(const struct walk *w);

#endif

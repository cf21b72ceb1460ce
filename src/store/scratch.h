/* store/scratch.h: a store of its own for each test, in a directory that goes away. For tests only;
 * include it behind cmocka.h. */
#ifndef STORE_SCRATCH_H
#define STORE_SCRATCH_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store.h"

struct scratch {
	char dir[64];
	char path[80]; /* of the store's file */
	char url[96];
};

static inline void scratch_make(struct scratch *s)
{
	(void)snprintf(s->dir, sizeof(s->dir), "/tmp/varco-store-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	(void)snprintf(s->path, sizeof(s->path), "%s/t.db", s->dir);
	(void)snprintf(s->url, sizeof(s->url), "sqlite:%s", s->path);
}

/* The directory and the files in it, if it is there. */
static inline void scratch_remove(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char path[400];

	if (!d)
		return;
	while ((e = readdir(d))) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && unlink(path) < 0)
			(void)rmdir(path);
	}
	(void)closedir(d);
	(void)rmdir(dir);
}

/* The deed must succeed; otherwise the test fails with the reason. */
#define MUST(deed, err) \
	do { \
		if ((deed) < 0) \
			fail_msg("%s: %s", #deed, (err)->text); \
	} while (0)

static inline struct store *scratch_open(struct scratch *s)
{
	struct err err = { 0 };
	struct store *store = NULL;

	scratch_make(s);
	MUST(store_open(s->url, &store, &err), &err);
	return store;
}

static inline struct store_conn *scratch_connect(struct store *s, enum store_access access)
{
	struct err err = { 0 };
	struct store_conn *c = NULL;

	MUST(store_connect(s, access, &c, &err), &err);
	return c;
}

static inline void scratch_exec(struct store_conn *c, const char *sql)
{
	struct err err = { 0 };

	MUST(store_exec(c, sql, &err), &err);
}

/* The first column of the one row that the literal `sql` gives. */
static inline int64_t scratch_int(struct store_conn *c, const char *sql)
{
	struct err err = { 0 };
	struct store_stmt *st = NULL;

	MUST(store_prepare(c, sql, &st, &err), &err);
	int rc = store_step(st, &err);
	if (rc <= 0)
		fail_msg("%s: %s", sql, rc < 0 ? err.text : "no row");
	int64_t n = store_col_int(st, 0);
	store_reset(st);
	return n;
}

#endif

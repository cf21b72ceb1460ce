/* The ignore rules that a root inherits: see apps/scan/above.h. */
#include "apps/scan/above.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/check.h"
#include "base/file.h"

#define RULES_FILE_MAX (256u << 10)
#define UP_MAX 64

static bool holds(const char *dir, size_t len, const char *name)
{
	char path[PATH_MAX];
	struct stat st;
	int n = snprintf(path, sizeof(path), "%.*s/%s", (int)len, dir, name);

	return n > 0 && (size_t)n < sizeof(path) && lstat(path, &st) == 0;
}

/* The length of the directory above. */
static size_t up(const char *dir, size_t len)
{
	while (len > 0 && dir[len - 1] != '/')
		len--;
	return len > 1 ? len - 1 : 0;
}

/* The length of the directory that holds the repository; 0 when there is none. */
static size_t repository_of(const char *dir, size_t len)
{
	for (unsigned i = 0; len > 0 && i < UP_MAX; i++, len = up(dir, len)) {
		if (holds(dir, len, ".git"))
			return len;
	}
	return 0;
}

static void read_rules(const char *dir, size_t len, const char *name, struct buf *out)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%.*s/%s", (int)len, dir, name);

	if (n > 0 && (size_t)n < sizeof(path) && file_read(path, RULES_FILE_MAX, out, NULL) < 0)
		buf_reset(out);
}

static struct ignore *add_rules(struct ignore *above, const char *dir, size_t len, time_ms now)
{
	struct buf git, varco;
	struct ignore *own = NULL;

	buf_init(&git, RULES_FILE_MAX);
	buf_init(&varco, RULES_FILE_MAX);
	read_rules(dir, len, ".gitignore", &git);
	read_rules(dir, len, ".varcoignore", &varco);
	if (git.len + varco.len > 0)
		own = ignore_new_above(
		    above, str_c(dir + len + 1), buf_str(&git), buf_str(&varco), now);
	buf_done(&git);
	buf_done(&varco);
	if (own)
		ignore_unref(&above);
	return own ? own : above;
}

struct ignore *above_rules(const char *root, time_ms now)
{
	char *dir = realpath(root, NULL);
	size_t len = dir ? strlen(dir) : 0;
	size_t at = len > 0 ? repository_of(dir, len) : 0;
	struct ignore *rules = NULL;

	while (at > 0 && at < len) {
		rules = add_rules(rules, dir, at, now);
		for (at++; at < len && dir[at] != '/'; at++)
			;
	}
	free(dir);
	return rules;
}

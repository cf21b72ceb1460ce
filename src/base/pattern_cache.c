/* The file: SHA-256 of what follows, head, databases each behind its length in eight bytes of this machine's order. The
 * head is the caller's key and then what every database depends on: who compiled it, and for what. */
#include "base/pattern_cache.h"

#include <hs.h>
#include <libgen.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/file.h"

static bool head(const struct pattern_cache *c, struct buf *out)
{
	hs_platform_info_t cpu = { 0 };

	if (hs_populate_platform(&cpu) != HS_SUCCESS)
		cpu.tune = 0;
	buf_add(out, c->key);
	buf_addf(out, "\n%s\n%s\n%u %llx\n", VARCO_VERSION, hs_version(), cpu.tune,
	    (unsigned long long)cpu.cpu_features);
	return !out->failed;
}

static bool path_of(const struct pattern_cache *c, char out[PATH_MAX])
{
	if (!c->dir || !pattern_cache_usable(c->dir))
		return false;
	int n = snprintf(out, PATH_MAX, "%s/%s", c->dir, c->name);
	return n > 0 && n < PATH_MAX;
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool is_ours(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	    (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static bool take(struct str *rest, void *out, size_t len)
{
	if (rest->len < len)
		return false;
	memcpy(out, rest->p, len);
	*rest = str_sub(*rest, len, rest->len);
	return true;
}

static bool unpack(struct str rest, hs_database_t **bases, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint64_t bytes;

		if (!take(&rest, &bytes, sizeof(bytes)) || bytes > rest.len)
			return false;
		if (bytes > 0 && hs_deserialize_database(rest.p, bytes, &bases[i]) != HS_SUCCESS)
			return false;
		rest = str_sub(rest, bytes, rest.len);
	}
	return rest.len == 0;
}

static bool is_whole(struct str text, struct str wanted, struct str *ret_rest)
{
	struct sha256 sum;

	if (text.len < sizeof(sum))
		return false;
	struct str rest = str_sub(text, sizeof(sum), text.len);
	crypto_sha256(rest, &sum);
	*ret_rest = str_sub(rest, wanted.len, rest.len);
	return memcmp(sum.b, text.p, sizeof(sum)) == 0 && str_starts(rest, wanted);
}

static void drop(hs_database_t **bases, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		hs_free_database(bases[i]);
		bases[i] = NULL;
	}
}

bool pattern_cache_read(const struct pattern_cache *c, hs_database_t **bases, size_t len)
{
	char path[PATH_MAX];
	struct buf text, wanted;
	struct str rest;

	buf_init(&text, PATTERN_CACHE_MAX);
	buf_init(&wanted, 0);
	memset(bases, 0, len * sizeof(*bases));
	bool ok = path_of(c, path) && head(c, &wanted) && is_ours(path) &&
	    file_read(path, PATTERN_CACHE_MAX, &text, NULL) == 0 &&
	    is_whole(buf_str(&text), buf_str(&wanted), &rest) && unpack(rest, bases, len);
	if (!ok)
		drop(bases, len);
	buf_done(&text);
	buf_done(&wanted);
	return ok;
}

/* --- writing ---------------------------------------------------------------------------------- */

static bool pack(hs_database_t *const *bases, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len; i++) {
		char *bytes = NULL;
		size_t n = 0;

		if (bases[i] && hs_serialize_database(bases[i], &bytes, &n) != HS_SUCCESS)
			return false;
		uint64_t size = n;
		buf_add(out, str_n((const char *)&size, sizeof(size)));
		buf_add(out, str_n(bytes ? bytes : "", n));
		free(bytes);
	}
	return !out->failed;
}

void pattern_cache_write(const struct pattern_cache *c, hs_database_t *const *bases, size_t len)
{
	char path[PATH_MAX];
	struct sha256 sum = { { 0 } };
	struct buf text;

	buf_init(&text, PATTERN_CACHE_MAX);
	buf_add(&text, str_n((const char *)sum.b, sizeof(sum)));
	if (path_of(c, path) && head(c, &text) && pack(bases, len, &text)) {
		crypto_sha256(str_sub(buf_str(&text), sizeof(sum), text.len), &sum);
		memcpy(text.p, sum.b, sizeof(sum));
		if (file_write_atomic(path, buf_str(&text), 0600, NULL) < 0)
			(void)unlink(path);
	}
	buf_done(&text);
}

/* --- where ------------------------------------------------------------------------------------ */

bool pattern_cache_dir(const char *name, char *out, size_t room)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	int n = -1;

	if (cache && cache[0] == '/')
		n = snprintf(out, room, "%s/%s", cache, name);
	else if (home && home[0] == '/')
		n = snprintf(out, room, "%s/.cache/%s", home, name);
	return n > 0 && (size_t)n < room;
}

bool pattern_cache_usable(const char *dir)
{
	char above[PATH_MAX];

	if (str_to_c(str_c(dir), above, sizeof(above)) < 0)
		return false;
	return dir_ensure(dirname(above), NULL) == 0 && dir_ensure(dir, NULL) == 0 &&
	    access(dir, W_OK | X_OK) == 0;
}

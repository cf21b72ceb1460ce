#include "base/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"

#define PATH_BYTES 4096

struct spool {
	int fd;
	uint64_t size, max;
	struct crypto_hash *hash;
	struct sha256 digest;
	bool failed;
};

/* A file system that knows no files without a name gets one whose name is gone at once. */
static int make_file(const char *dir)
{
	char path[PATH_BYTES];
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return fd;
	if (snprintf(path, sizeof(path), "%s/spool.XXXXXX", dir) >= (int)sizeof(path))
		return -1;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		(void)unlink(path);
	return fd;
}

int spool_open(const char *dir, uint64_t max, struct spool **ret, struct err *err)
{
	struct spool *s = mem_alloc(sizeof(*s));

	if (s) {
		s->fd = -1;
		s->max = max;
		s->hash = crypto_hash_new();
	}
	if (!s || !s->hash) {
		spool_free(&s);
		return err_set(err, E_NOMEM, "Memory ran out while taking a file in.");
	}
	s->fd = make_file(dir);
	if (s->fd < 0) {
		int why = errno;
		spool_free(&s);
		return err_set(
		    err, E_IO, "There can be no file in the state directory: %s.", strerror(why));
	}
	*ret = s;
	return 0;
}

void spool_free(struct spool **ps)
{
	struct spool *s = *ps;

	if (!s)
		return;
	if (s->fd >= 0)
		(void)close(s->fd);
	crypto_hash_end(&s->hash, NULL);
	MEM_FREE(ps);
}

static int write_all(struct spool *s, struct str bytes, struct err *err)
{
	while (bytes.len) {
		ssize_t n = write(s->fd, bytes.p, bytes.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			s->failed = true;
			return err_set(err, E_IO, "The file cannot be kept while it is read: %s.",
			    strerror(errno));
		}
		bytes = str_sub(bytes, (size_t)n, bytes.len);
	}
	return 0;
}

int spool_write(struct spool *s, struct str bytes, struct err *err)
{
	ASSERT(s->hash);
	if (s->failed)
		return err_set(err, E_IO, "The file could not be kept while it was read.");
	if (bytes.len > s->max - s->size) {
		s->failed = true;
		return err_set(err, E_TOO_LARGE, "The file is larger than %llu MiB.",
		    (unsigned long long)(s->max >> 20));
	}
	s->size += bytes.len;
	crypto_hash_add(s->hash, bytes);
	return write_all(s, bytes, err);
}

void spool_end(struct spool *s)
{
	crypto_hash_end(&s->hash, &s->digest);
}

int spool_fd(const struct spool *s)
{
	return s->fd;
}

uint64_t spool_size(const struct spool *s)
{
	return s->size;
}

const struct sha256 *spool_digest(const struct spool *s)
{
	ASSERT(!s->hash);
	return &s->digest;
}

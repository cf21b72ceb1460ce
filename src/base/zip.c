/* libarchive gets a callback that reads and none that seeks, so that it can but stream. */
#include "base/zip.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/lang.h"

#define BLOCK ((size_t)64 * 1024)

struct zip {
	struct archive *archive;
	int fd;
	off_t at;
	struct zip_limits limits;
	uint64_t entries, total;
	bool inside; /* of an entry that was not read to its end */
	struct err problem;
	char block[BLOCK];
};

/* --- errors ----------------------------------------------------------------------------------- */

static int fail(struct zip *z, enum err_code code, const char *text)
{
	return err_set(&z->problem, code, "%s", text);
}

static int fail_reading(struct zip *z)
{
	if (archive_errno(z->archive) == ENOMEM)
		return fail(z, E_NOMEM, "Memory ran out while reading an archive.");
	if (z->problem.code)
		return -z->problem.code;
	return fail(z, E_INVALID, N_("The archive is damaged, or no ZIP archive."));
}

static int give(const struct zip *z, int r, struct err *err)
{
	if (r < 0 && err)
		*err = z->problem;
	return r;
}

/* --- life ------------------------------------------------------------------------------------- */

static la_ssize_t on_read(struct archive *a, void *arg, const void **ret)
{
	struct zip *z = arg;
	ssize_t n;

	(void)a;
	do
		n = pread(z->fd, z->block, sizeof(z->block), z->at);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		(void)fail(z, E_IO, N_("The archive cannot be read."));
		return ARCHIVE_FATAL;
	}
	z->at += n;
	*ret = z->block;
	return n;
}

static int begin(struct zip *z)
{
	if (archive_read_support_format_zip_streamable(z->archive) != ARCHIVE_OK)
		return fail(z, E_NOMEM, "Memory ran out while reading an archive.");
	if (archive_read_open2(z->archive, z, NULL, on_read, NULL, NULL) != ARCHIVE_OK)
		return fail_reading(z);
	return 0;
}

int zip_open(int fd, const struct zip_limits *limits, struct zip **ret, struct err *err)
{
	struct zip *z = mem_alloc(sizeof(*z));

	if (z) {
		z->fd = fd;
		z->limits = *limits;
		z->archive = archive_read_new();
	}
	if (!z || !z->archive) {
		zip_close(&z);
		return err_set(err, E_NOMEM, "Memory ran out while reading an archive.");
	}
	int r = give(z, begin(z), err);
	if (r < 0)
		zip_close(&z);
	else
		*ret = z;
	return r;
}

void zip_close(struct zip **pz)
{
	struct zip *z = *pz;

	if (!z)
		return;
	if (z->archive)
		(void)archive_read_free(z->archive);
	MEM_FREE(pz);
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool is_known_way(const char *format)
{
	return format && (strstr(format, "(deflation)") || strstr(format, "(uncompressed)"));
}

static int check_entry(struct zip *z, struct archive_entry *e)
{
	if (++z->entries > z->limits.entries)
		return fail(z, E_TOO_LARGE, N_("The archive has too many entries."));
	if (archive_entry_is_encrypted(e))
		return fail(z, E_UNSUPPORTED, N_("The archive is protected with a password."));
	if (!is_known_way(archive_format_name(z->archive)))
		return fail(z, E_UNSUPPORTED, N_("The archive is packed in an unusual way."));
	return 0;
}

static int check_size(struct zip *z, size_t more)
{
	z->total += more;
	if (z->total > z->limits.total)
		return fail(z, E_TOO_LARGE, N_("The archive holds more than may be unpacked."));
	if (z->total > z->limits.ratio_from && z->total / z->limits.ratio > (uint64_t)z->at)
		return fail(
		    z, E_TOO_LARGE, N_("The archive is packed tighter than any honest file."));
	return 0;
}

/* 1 more, 0 the end. */
static int read_more(struct zip *z, struct str *ret)
{
	const void *p;
	size_t n = 0;
	la_int64_t offset;
	int r;

	do
		r = archive_read_data_block(z->archive, &p, &n, &offset);
	while (r == ARCHIVE_OK && n == 0);
	if (r == ARCHIVE_EOF) {
		z->inside = false;
		return 0;
	}
	/* A warning is a checksum or a size that does not fit. */
	if (r != ARCHIVE_OK)
		return fail_reading(z);
	r = check_size(z, n);
	if (r < 0)
		return r;
	*ret = str_n(p, n);
	return 1;
}

int zip_read(struct zip *z, struct str *ret, struct err *err)
{
	int r = z->problem.code ? -z->problem.code : z->inside ? read_more(z, ret) : 0;

	return give(z, r, err);
}

static int next_entry(struct zip *z, struct str *ret_name)
{
	struct archive_entry *e;
	int r = archive_read_next_header(z->archive, &e);

	if (r == ARCHIVE_EOF)
		return 0;
	if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
		return fail_reading(z);
	r = check_entry(z, e);
	if (r < 0)
		return r;
	const char *name = archive_entry_pathname(e);
	*ret_name = name ? str_c(name) : STR("");
	z->inside = true;
	return 1;
}

int zip_next(struct zip *z, struct str *ret_name, struct err *err)
{
	struct str rest;
	int r = z->problem.code ? -z->problem.code : z->inside;

	while (r > 0)
		r = read_more(z, &rest);
	return give(z, r == 0 ? next_entry(z, ret_name) : r, err);
}

/* Archives by libarchive: zip and what is built on it, tar plain or compressed. Only the formats that
 * are asked for are switched on. Limits hold for one archive with all that is inside it: members,
 * unpacked bytes, how much larger than packed, depth. Members are looked at in memory, never written. */
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apps/scan/kind.h"
#include "apps/scan/reader.h"
#include "base/check.h"

#define MEMBERS_MAX 20000
#define UNPACKED_MAX (512ull << 20)
#define MEMBER_MAX (4u << 20)
#define RATIO_MAX 250
#define RATIO_FROM (8ull << 20) /* small archives may be as dense as they like */
#define DEPTH_MAX 2
#define BLOCK 65536
#define PATH_MAX_SHOWN 4096

struct unpack {
	struct reader *r;
	struct archive *a;
	struct str path;
	unsigned root, depth;
	uint64_t members, unpacked;
};

static bool begins(struct str t, const char *magic, size_t n)
{
	return t.len >= n && memcmp(t.p, magic, n) == 0;
}

static bool named(struct str path, const char *pattern)
{
	const char *slash = memrchr(path.p, '/', path.len);
	struct str name = slash ? str_sub(path, (size_t)(slash - path.p) + 1, path.len) : path;

	return glob_fits(str_c(pattern), name, true);
}

/* Compressed files are unpacked when they are tars by their name: a lone compressed file is data. */
static bool is_archive(struct str t, struct str path)
{
	static const char *const tars[] = { "*.tgz", "*.tar.?z", "*.tar.?z2", "*.tbz", "*.tbz2",
		"*.txz", "*.tar.zst", "*.tzst" };
	static const char xz[] = { '\xfd', '7', 'z', 'X', 'Z' };

	if (begins(t, "PK\3\4", 4) || begins(t, "PK\5\6", 4))
		return true;
	if (t.len > 262 && memcmp(t.p + 257, "ustar", 5) == 0)
		return true;
	if (begins(t, "Cr24", 4))
		return true; /* a browser's extension: a zip behind a header */
	if (!begins(t, "\x1f\x8b", 2) && !begins(t, "BZh", 3) && !begins(t, xz, 5) &&
	    !begins(t, "\x28\xb5\x2f\xfd", 4))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(tars); i++) {
		if (named(path, tars[i]))
			return true;
	}
	return false;
}

static struct archive *archive_open(int fd, struct str text)
{
	struct archive *a = archive_read_new();
	bool ok = a && archive_read_support_format_zip(a) == ARCHIVE_OK &&
	    archive_read_support_format_tar(a) == ARCHIVE_OK;

	if (ok) {
		/* A filter that this system lacks only means that such archives are not read. */
		(void)archive_read_support_filter_gzip(a);
		(void)archive_read_support_filter_bzip2(a);
		(void)archive_read_support_filter_xz(a);
		(void)archive_read_support_filter_zstd(a);
		ok = (fd >= 0 ? archive_read_open_fd(a, fd, BLOCK)
			      : archive_read_open_memory(a, text.p, text.len)) == ARCHIVE_OK;
	}
	if (ok)
		return a;
	archive_read_free(a);
	return NULL;
}

static bool within_limits(const struct unpack *u)
{
	int64_t packed = archive_filter_bytes(u->a, -1);

	if (u->members > MEMBERS_MAX || u->unpacked > UNPACKED_MAX)
		return false;
	return u->unpacked < RATIO_FROM || packed <= 0 ||
	    u->unpacked / RATIO_MAX < (uint64_t)packed;
}

/* The member's bytes, as far as MEMBER_MAX; -1 when it cannot be unpacked. */
static int member_read(struct unpack *u, struct buf *out)
{
	char block[16384];

	buf_reset(out);
	while (out->len < MEMBER_MAX && within_limits(u)) {
		la_ssize_t n = archive_read_data(u->a, block, sizeof(block));
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		u->unpacked += (uint64_t)n;
		buf_add(out, str_n(block, (size_t)n));
	}
	return out->failed ? -1 : 0;
}

static void take_member(struct unpack *u, const char *name, int64_t size)
{
	char shown[PATH_MAX_SHOWN];
	int n = snprintf(shown, sizeof(shown), "%.*s!/%s", STR_ARG(u->path), name);
	struct buf text;

	if (n < 0 || (size_t)n >= sizeof(shown)) {
		reader_skip(u->r, SCAN_SKIP_DEEP, u->path);
		return;
	}
	struct str path = str_n(shown, (size_t)n);
	judge_path(u->r->judge, u->root, path);
	buf_init(&text, MEMBER_MAX + 65536);
	if (member_read(u, &text) < 0)
		reader_skip(u->r, SCAN_SKIP_ARCHIVE_BROKEN, path);
	else if (text.len > 0) {
		u->r->coverage->members++;
		u->r->coverage->bytes += text.len;
		if (size > (int64_t)text.len && text.len >= MEMBER_MAX)
			reader_skip(u->r, SCAN_SKIP_ARCHIVE_LIMIT, path);
		if (u->depth + 1 >= DEPTH_MAX ||
		    archive_read(u->r, -1, buf_str(&text), u->root, path, u->depth + 1) == 0)
			reader_take(u->r, u->root, path, buf_str(&text));
	}
	buf_done(&text);
}

static void walk_members(struct unpack *u)
{
	struct archive_entry *e;
	int rc;

	while ((rc = archive_read_next_header(u->a, &e)) == ARCHIVE_OK || rc == ARCHIVE_WARN) {
		const char *name = archive_entry_pathname(e);
		u->members++;
		if (!within_limits(u)) {
			reader_skip(u->r, SCAN_SKIP_ARCHIVE_LIMIT, u->path);
			return;
		}
		while (name && (strncmp(name, "./", 2) == 0 || name[0] == '/'))
			name += name[0] == '/' ? 1 : 2;
		if (name && name[0] && archive_entry_filetype(e) == AE_IFREG)
			take_member(
			    u, name, archive_entry_size_is_set(e) ? archive_entry_size(e) : 0);
		if (!within_limits(u)) {
			reader_skip(u->r, SCAN_SKIP_ARCHIVE_LIMIT, u->path);
			return;
		}
	}
	if (rc != ARCHIVE_EOF)
		reader_skip(u->r, SCAN_SKIP_ARCHIVE_BROKEN, u->path);
}

int archive_read(
    struct reader *r, int fd, struct str text, unsigned root, struct str path, unsigned depth)
{
	struct unpack u = { .r = r, .path = path, .root = root, .depth = depth };

	if (!is_archive(text, path))
		return 0;
	if (fd >= 0 && lseek(fd, 0, SEEK_SET) < 0)
		return 0;
	u.a = archive_open(fd, text);
	if (!u.a) {
		reader_skip(r, SCAN_SKIP_ARCHIVE_BROKEN, path);
		return 1;
	}
	r->coverage->archives++;
	walk_members(&u);
	archive_read_free(u.a);
	return 1;
}

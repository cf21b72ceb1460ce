/* Reading takes the local headers one behind the other, and then writes the archive anew from what it
 * found: whatever is not byte for byte the same is no archive of ours. */
#include "domain/parcel.h"

#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/lang.h"

#define LOCAL_SIGN 0x04034b50u
#define ENTRY_SIGN 0x02014b50u
#define END_SIGN 0x06054b50u
#define LOCAL_LEN 30
#define VERSION 20      /* 2.0, the oldest that every program reads */
#define MADE_BY 0x0314u /* UNIX, so that the rights below hold */
#define RIGHTS 0100644u /* a plain file */
#define DOS_1980 1980

struct stamp {
	unsigned date, time;
};

bool parcel_name_is_good(struct str name)
{
	bool plain = false; /* something but dots in this part */

	if (name.len == 0 || name.len > PARCEL_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char ch = name.p[i];
		bool letter = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
		    (ch >= '0' && ch <= '9') || ch == '_' || ch == '-';
		if (ch == '/' && !plain)
			return false;
		if (!letter && ch != '.' && ch != '/')
			return false;
		plain = ch != '/' && (plain || letter);
	}
	return plain;
}

static uint32_t crc32_of(struct str s)
{
	static const uint32_t table[16] = { 0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
		0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8,
		0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c };
	uint32_t crc = 0xffffffffu;

	for (size_t i = 0; i < s.len; i++) {
		crc ^= (unsigned char)s.p[i];
		crc = table[crc & 15] ^ (crc >> 4);
		crc = table[crc & 15] ^ (crc >> 4);
	}
	return ~crc;
}

static void put16(struct buf *out, unsigned n)
{
	buf_add_char(out, (char)(n & 0xff));
	buf_add_char(out, (char)(n >> 8 & 0xff));
}

static void put32(struct buf *out, uint32_t n)
{
	put16(out, n & 0xffff);
	put16(out, n >> 16);
}

/* What a local header and an entry of the directory have in common. */
static void put_common(
    struct buf *out, const struct parcel_file *f, const struct stamp *at, uint32_t crc)
{
	put16(out, VERSION);
	put16(out, 0); /* nothing special */
	put16(out, 0); /* stored */
	put16(out, at->time);
	put16(out, at->date);
	put32(out, crc);
	put32(out, (uint32_t)f->content.len);
	put32(out, (uint32_t)f->content.len);
	put16(out, (unsigned)f->name.len);
	put16(out, 0); /* no extra fields */
}

static void put_entry(struct buf *out, const struct parcel_file *f, const struct stamp *at,
    uint32_t crc, size_t place)
{
	put32(out, ENTRY_SIGN);
	put16(out, MADE_BY);
	put_common(out, f, at, crc);
	put16(out, 0); /* no comment */
	put16(out, 0); /* the first disk */
	put16(out, 0);
	put32(out, RIGHTS << 16);
	put32(out, (uint32_t)place);
	buf_add(out, f->name);
}

static void put_end(struct buf *out, size_t n, size_t directory)
{
	uint32_t len = (uint32_t)(out->len - directory);

	put32(out, END_SIGN);
	put16(out, 0);
	put16(out, 0);
	put16(out, (unsigned)n);
	put16(out, (unsigned)n);
	put32(out, len);
	put32(out, (uint32_t)directory);
	put16(out, 0);
}

static void put_all(
    struct buf *out, const struct parcel_file *files, size_t n, const struct stamp *at)
{
	size_t places[PARCEL_FILES_MAX];
	uint32_t crcs[PARCEL_FILES_MAX];

	for (size_t i = 0; i < n; i++) {
		places[i] = out->len;
		crcs[i] = crc32_of(files[i].content);
		put32(out, LOCAL_SIGN);
		put_common(out, &files[i], at, crcs[i]);
		buf_add(out, files[i].name);
		buf_add(out, files[i].content);
	}
	size_t directory = out->len;
	for (size_t i = 0; i < n; i++)
		put_entry(out, &files[i], at, crcs[i], places[i]);
	put_end(out, n, directory);
}

static struct stamp stamp_of(time_ms at)
{
	time_t seconds = (time_t)(at / MS_PER_S);
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || tm.tm_year < DOS_1980 - 1900 || tm.tm_year > 207)
		return (struct stamp){ 1 << 5 | 1, 0 };
	return (struct stamp){
		.date = (unsigned)((tm.tm_year + 1900 - DOS_1980) << 9 | (tm.tm_mon + 1) << 5 |
		    tm.tm_mday),
		.time = (unsigned)(tm.tm_hour << 11 | tm.tm_min << 5 | tm.tm_sec / 2),
	};
}

int parcel_write(
    const struct parcel_file *files, size_t n, time_ms at, struct buf *out, struct err *err)
{
	struct stamp stamp = stamp_of(at);
	size_t total = 0;

	ASSERT(n <= PARCEL_FILES_MAX && out->len == 0);
	for (size_t i = 0; i < n; i++) {
		ASSERT(parcel_name_is_good(files[i].name));
		total += files[i].content.len;
	}
	if (total > PARCEL_MAX / 2)
		return err_set(err, E_TOO_LARGE, N_("The dossier would be too large."));
	put_all(out, files, n, &stamp);
	return out->failed ? err_set(err, E_NOMEM, N_("Memory ran out while making a dossier."))
			   : 0;
}

/* --- reading ---------------------------------------------------------------------------------- */

static uint32_t get(struct str s, size_t at, size_t len)
{
	uint32_t n = 0;

	for (size_t i = len; i-- > 0;)
		n = n << 8 | (unsigned char)s.p[at + i];
	return n;
}

static int not_ours(struct err *err, size_t file)
{
	return err_set(
	    err, E_INVALID, _("File %zu of the archive is not as Varco writes it."), file);
}

/* The file at the front of *rest. */
static int take_file(struct str *rest, size_t i, struct parcel_file *f, struct err *err)
{
	if (rest->len < LOCAL_LEN)
		return not_ours(err, i);
	size_t len = get(*rest, 22, 4), name = get(*rest, 26, 2), extra = get(*rest, 28, 2);
	if (get(*rest, 8, 2) != 0 || get(*rest, 6, 2) != 0 || extra != 0 ||
	    get(*rest, 18, 4) != len || rest->len - LOCAL_LEN < name ||
	    rest->len - LOCAL_LEN - name < len)
		return not_ours(err, i);
	f->name = str_sub(*rest, LOCAL_LEN, name);
	f->content = str_sub(*rest, LOCAL_LEN + name, len);
	if (!parcel_name_is_good(f->name))
		return err_set(err, E_INVALID,
		    _("File %zu of the archive has a name that is not allowed."), i);
	*rest = str_sub(*rest, LOCAL_LEN + name + len, rest->len);
	return 0;
}

static int take_files(struct str bytes, struct parcel_file *files, size_t *len, struct err *err)
{
	struct str rest = bytes;
	size_t n = 0;

	while (rest.len >= 4 && get(rest, 0, 4) == LOCAL_SIGN) {
		if (n == PARCEL_FILES_MAX)
			return err_set(err, E_INVALID, "%s", _("The archive has too many files."));
		int r = take_file(&rest, n + 1, &files[n], err);
		if (r < 0)
			return r;
		for (size_t i = 0; i < n; i++) {
			if (str_eq(files[i].name, files[n].name))
				return err_set(err, E_INVALID,
				    _("%.*s: stands twice in the archive."),
				    STR_ARG(files[n].name));
		}
		n++;
	}
	*len = n;
	return n > 0
	    ? 0
	    : err_set(err, E_INVALID, "%s", _("This is no dossier: it is no ZIP archive of ours."));
}

/* Which file the first byte that differs is in. */
static int compare(
    struct str bytes, struct str again, const struct parcel_file *files, size_t n, struct err *err)
{
	size_t at = 0;

	while (at < bytes.len && at < again.len && bytes.p[at] == again.p[at])
		at++;
	if (at == bytes.len && at == again.len)
		return 0;
	for (size_t i = 0; i < n; i++) {
		const char *end = files[i].content.p + files[i].content.len;
		if (bytes.p + at < end)
			return err_set(err, E_INVALID,
			    _("%.*s: was changed, or what the archive says of it."),
			    STR_ARG(files[i].name));
	}
	return err_set(err, E_INVALID, "%s",
	    _("The directory of the archive was changed, or something was put behind it."));
}

int parcel_read(
    struct str bytes, struct arena *a, struct parcel_file **ret, size_t *ret_len, struct err *err)
{
	struct parcel_file *files = ARENA_ARRAY(a, struct parcel_file, PARCEL_FILES_MAX);
	struct buf again;
	size_t n = 0;

	if (!files)
		return err_set(err, E_NOMEM, "%s", _("Memory ran out."));
	int r = bytes.len > PARCEL_MAX
	    ? err_set(err, E_INVALID, "%s", _("This is no dossier: it is too large for one."))
	    : take_files(bytes, files, &n, err);
	if (r < 0)
		return r;
	const struct stamp stamp = { get(bytes, 12, 2), get(bytes, 10, 2) };
	buf_init(&again, 0);
	put_all(&again, files, n, &stamp);
	r = again.failed ? err_set(err, E_NOMEM, "%s", _("Memory ran out."))
			 : compare(bytes, buf_str(&again), files, n, err);
	buf_done(&again);
	if (r < 0)
		return r;
	*ret = files;
	*ret_len = n;
	return 0;
}

const struct parcel_file *parcel_find(const struct parcel_file *files, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq_c(files[i].name, name))
			return &files[i];
	}
	return NULL;
}

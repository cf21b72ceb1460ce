#include "domain/attachment.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/file.h"
#include "base/lang.h"
#include "store/query.h"

#define PATH_SIZE 4096
#define FOLDER "evidence"
#define SEALED_MORE 128 /* what sealing adds, and some */

static const struct {
	const char *type;
	size_t at;
	struct str magic;
	struct str and_at_8; /* len 0 = nothing more */
} kinds[] = {
	{ "image/png", 0, { "\x89PNG\r\n\x1a\n", 8 }, { "", 0 } },
	{ "image/jpeg", 0, { "\xff\xd8\xff", 3 }, { "", 0 } },
	{ "image/webp", 0, { "RIFF", 4 }, { "WEBP", 4 } },
	{ "application/pdf", 0, { "%PDF-", 5 }, { "", 0 } },
	{ "audio/ogg", 0, { "OggS", 4 }, { "", 0 } },
	{ "audio/mpeg", 0, { "ID3", 3 }, { "", 0 } },
	{ "audio/mpeg", 0, { "\xff\xfb", 2 }, { "", 0 } },
	{ "audio/mpeg", 0, { "\xff\xf3", 2 }, { "", 0 } },
	{ "audio/mp4", 4, { "ftyp", 4 }, { "M4A ", 4 } },
	{ "audio/mp4", 4, { "ftyp", 4 }, { "mp42", 4 } },
	{ "audio/wav", 0, { "RIFF", 4 }, { "WAVE", 4 } },
	{ "audio/amr", 0, { "#!AMR", 5 }, { "", 0 } },
};

static bool has_at(struct str content, size_t at, struct str what)
{
	return content.len >= at + what.len && memcmp(content.p + at, what.p, what.len) == 0;
}

const char *attachment_type(struct str content)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (has_at(content, kinds[i].at, kinds[i].magic) &&
		    (!kinds[i].and_at_8.len || has_at(content, 8, kinds[i].and_at_8)))
			return kinds[i].type;
	}
	return NULL;
}

int attachment_look(struct str content, struct attachment *ret, struct err *err)
{
	const char *type = attachment_type(content);

	if (content.len > ATTACHMENT_MAX)
		return err_field(err, E_TOO_LARGE, "attachments",
		    N_("An attachment may have at most %zu MiB."), ATTACHMENT_MAX >> 20);
	if (!type)
		return err_field(err, E_INVALID, "attachments",
		    N_("An attachment is none of these, by its first bytes: PNG, JPEG, WebP, PDF, Ogg,"
		       " MP3, M4A, WAV and AMR."));
	*ret = (struct attachment){
		.what = { .type = str_c(type), .bytes = (int64_t)content.len },
	};
	crypto_sha256(content, &ret->what.digest);
	return 0;
}

/* --- files ------------------------------------------------------------------------------------ */

static bool path_of(const char *state_dir, const char *file, char out[PATH_SIZE])
{
	int n = snprintf(out, PATH_SIZE, "%s/" FOLDER "/%s", state_dir, file);

	return n > 0 && n < PATH_SIZE;
}

/* "<digest>-<16 hex>": two acts may have attached the same, and one of them be forgotten. */
static void name_file(struct attachment *a)
{
	char digest[2 * SHA256_LEN + 1], own[17];
	uint8_t bytes[8];

	crypto_random(bytes, sizeof(bytes));
	hex_encode(a->what.digest.b, SHA256_LEN, digest);
	hex_encode(bytes, sizeof(bytes), own);
	(void)snprintf(a->file, sizeof(a->file), "%s-%s", digest, own);
}

int attachment_write(const char *state_dir, const struct seal_key *key, struct str content,
    struct attachment *a, struct err *err)
{
	char path[PATH_SIZE];
	struct buf sealed;

	name_file(a);
	if (!path_of(state_dir, "", path))
		return err_set(err, E_RANGE, N_("The path of the state directory is too long."));
	int r = dir_ensure(path, err);
	if (r < 0 || !path_of(state_dir, a->file, path))
		return r < 0
		    ? r
		    : err_set(err, E_RANGE, N_("The path of the state directory is too long."));
	buf_init(&sealed, 0);
	r = seal(key, str_c(a->file), content, &sealed) < 0
	    ? err_set(err, E_NOMEM, "Memory ran out while keeping an attachment.")
	    : file_create_atomic(path, buf_str(&sealed), 0600, err);
	buf_done(&sealed);
	return r;
}

void attachment_drop(const char *state_dir, const struct attachment *a)
{
	char path[PATH_SIZE];

	if (a->file[0] && path_of(state_dir, a->file, path))
		(void)unlink(path);
}

/* --- rows ------------------------------------------------------------------------------------- */

static struct str digest_of(const struct sha256 *d)
{
	return str_n((const char *)d->b, sizeof(d->b));
}

int attachment_add(struct store_conn *c, int64_t leaf, const struct attachment *a, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO consent_attachment (file, leaf, digest) VALUES (?1, ?2, ?3)", "tib",
	    str_c(a->file), leaf, digest_of(&a->what.digest));
}

/* 1 and the name of a file with that content. */
static int find_file(struct store_conn *c, const struct sha256 *digest,
    char out[ATTACHMENT_FILE_MAX], struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT file FROM consent_attachment WHERE digest = ?1 LIMIT 1", "b",
	    digest_of(digest));

	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0 && str_to_c(store_col_text(s, 0), out, ATTACHMENT_FILE_MAX) < 0)
		r = err_set(err, E_STORE, "An attachment in the store has no name.");
	store_reset(s);
	return r;
}

static int open_sealed(const struct seal_key *key, const char *file, struct str sealed,
    const struct sha256 *digest, struct buf *ret, struct err *err)
{
	struct sha256 now;
	int r = unseal(key, str_c(file), sealed, ret, err);

	if (r < 0)
		return r;
	crypto_sha256(buf_str(ret), &now);
	return memcmp(now.b, digest->b, sizeof(now.b)) == 0
	    ? 1
	    : err_set(err, E_CRYPTO, N_("An attachment is not what it was."));
}

int attachment_read(struct store_conn *c, const char *state_dir, const struct seal_key *key,
    const struct sha256 *digest, struct buf *ret, const char **ret_type, struct err *err)
{
	char file[ATTACHMENT_FILE_MAX], path[PATH_SIZE];
	struct buf sealed;
	int r = find_file(c, digest, file, err);

	if (r <= 0)
		return r;
	if (!path_of(state_dir, file, path) || access(path, F_OK) < 0)
		return 0;
	buf_init(&sealed, 0);
	r = file_read(path, ATTACHMENT_MAX + SEALED_MORE, &sealed, err);
	if (r == 0)
		r = open_sealed(key, file, buf_str(&sealed), digest, ret, err);
	buf_done(&sealed);
	if (r > 0)
		*ret_type = attachment_type(buf_str(ret));
	return r;
}

int attachment_forget(struct store_conn *c, const char *state_dir, int64_t leaf, struct err *err)
{
	struct attachment a = { .file = "" };
	struct store_stmt *s;
	int r = store_ask(
	    c, &s, err, "SELECT file FROM consent_attachment WHERE leaf = ?1", "i", leaf);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		if (str_to_c(store_col_text(s, 0), a.file, sizeof(a.file)) == 0)
			attachment_drop(state_dir, &a);
	}
	store_reset(s);
	return r < 0
	    ? r
	    : store_do(c, err, "DELETE FROM consent_attachment WHERE leaf = ?1", "i", leaf);
}

/* --- sweeping --------------------------------------------------------------------------------- */

static int sweep_one(struct store_conn *c, const char *state_dir, const char *name, struct err *err)
{
	struct attachment a = { .file = "" };
	int64_t n = 0;
	int r = store_ask_int(c, &n, err, "SELECT count(*) FROM consent_attachment WHERE file = ?1",
	    "t", str_c(name));

	if (r < 0 || n > 0)
		return r < 0 ? r : 0;
	if (str_to_c(str_c(name), a.file, sizeof(a.file)) == 0)
		attachment_drop(state_dir, &a);
	return 0;
}

int attachment_sweep(struct store_conn *c, const char *state_dir, struct err *err)
{
	char path[PATH_SIZE];
	DIR *dir = path_of(state_dir, "", path) ? opendir(path) : NULL;
	struct dirent *e;
	int r = 0;

	if (!dir)
		return 0; /* nothing was ever attached */
	while (r == 0 && (e = readdir(dir))) {
		if (e->d_name[0] != '.')
			r = sweep_one(c, state_dir, e->d_name, err);
	}
	closedir(dir);
	return r;
}

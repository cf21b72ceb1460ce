#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "domain/attachment.h"
#include "domain/fixture.h"

#define PDF "%PDF-1.7 modulo firmato da Ada Esempio"

static const struct {
	const char *name;
	struct str head;
	const char *type; /* NULL = not taken */
} heads[] = {
	{ "png", { "\x89PNG\r\n\x1a\n....", 12 }, "image/png" },
	{ "jpeg", { "\xff\xd8\xff\xe0", 4 }, "image/jpeg" },
	{ "webp", { "RIFF....WEBPVP8 ", 16 }, "image/webp" },
	{ "wav", { "RIFF....WAVEfmt ", 16 }, "audio/wav" },
	{ "pdf", { PDF, sizeof(PDF) - 1 }, "application/pdf" },
	{ "ogg", { "OggS\0\2", 6 }, "audio/ogg" },
	{ "mp3 with tags", { "ID3\4", 4 }, "audio/mpeg" },
	{ "mp3", { "\xff\xfb\x90", 3 }, "audio/mpeg" },
	{ "m4a",
	    { "\0\0\0\x20"
	      "ftypM4A ",
		12 },
	    "audio/mp4" },
	{ "amr", { "#!AMR\n", 6 }, "audio/amr" },
	{ "nothing", { "", 0 }, NULL },
	{ "half a png", { "\x89PNG", 4 }, NULL },
	{ "another RIFF", { "RIFF....AVI LIST", 16 }, NULL },
	{ "a page", { "<!doctype html>", 15 }, NULL },
	{ "a drawing that may hold a script", { "<svg xmlns=", 11 }, NULL },
	{ "a program",
	    { "\x7f"
	      "ELF",
		4 },
	    NULL },
	{ "an archive", { "PK\3\4", 4 }, NULL },
	{ "a pdf further on", { " %PDF-", 6 }, NULL },
};

static void test_first_bytes(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		struct attachment a;
		const char *type = attachment_type(heads[i].head);
		if ((type && heads[i].type) ? strcmp(type, heads[i].type) != 0
					    : type != heads[i].type)
			fail_msg("%s: %s", heads[i].name, type ? type : "none");
		if (!heads[i].type)
			FAILS(
			    attachment_look(heads[i].head, &a, &f->err), E_INVALID, "attachments");
	}
}

static void test_bounds(void **state)
{
	struct fixture *f = *state;
	struct str large = { calloc(1, ATTACHMENT_MAX + 1), ATTACHMENT_MAX + 1 };
	struct attachment a;

	assert_non_null(large.p);
	memcpy((char *)(uintptr_t)large.p, "%PDF-", 5);
	FAILS(attachment_look(large, &a, &f->err), E_TOO_LARGE, "attachments");
	large.len--;
	OK(attachment_look(large, &a, &f->err));
	assert_int_equal(a.what.bytes, ATTACHMENT_MAX);
	free((char *)(uintptr_t)large.p);
}

static struct attachment attach(struct fixture *f, int64_t leaf, struct str content)
{
	struct attachment a;

	OK(attachment_look(content, &a, &f->err));
	OK(attachment_write(f->scratch.dir, &f->key, content, &a, &f->err));
	if (leaf)
		OK(attachment_add(f->conn, leaf, &a, &f->err));
	return a;
}

static int fetch(struct fixture *f, const struct attachment *a, struct str wanted)
{
	const char *type = NULL;
	struct buf content;

	buf_init(&content, 0);
	int r = attachment_read(
	    f->conn, f->scratch.dir, &f->key, &a->what.digest, &content, &type, &f->err);
	if (r > 0) {
		assert_true(str_eq(buf_str(&content), wanted));
		assert_string_equal(type, "application/pdf");
	}
	buf_done(&content);
	return r;
}

static size_t files(struct fixture *f)
{
	char path[512];
	struct dirent *e;
	size_t n = 0;

	(void)snprintf(path, sizeof(path), "%s/evidence", f->scratch.dir);
	DIR *dir = opendir(path);
	while (dir && (e = readdir(dir)))
		n += e->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return n;
}

/* Two acts have the same scan; one of them is forgotten. */
static void test_kept_and_forgotten(void **state)
{
	struct fixture *f = *state;
	struct attachment first = attach(f, 1, STR(PDF)), second = attach(f, 2, STR(PDF));

	assert_int_equal(files(f), 2);
	assert_int_equal(fetch(f, &first, STR(PDF)), 1);
	OK(attachment_forget(f->conn, f->scratch.dir, 1, &f->err));
	assert_int_equal(fetch(f, &second, STR(PDF)), 1);
	OK(attachment_forget(f->conn, f->scratch.dir, 2, &f->err));
	assert_int_equal(fetch(f, &second, STR(PDF)), 0);
	assert_int_equal(files(f), 0);
}

static void test_sealed(void **state)
{
	struct fixture *f = *state;
	struct attachment a = attach(f, 1, STR(PDF));
	char path[512];
	struct buf raw;

	(void)snprintf(path, sizeof(path), "%s/evidence/%s", f->scratch.dir, a.file);
	buf_init(&raw, 0);
	OK(file_read(path, 4096, &raw, &f->err));
	assert_null(memmem(raw.p, raw.len, "Ada Esempio", 11));
	raw.p[raw.len - 1] ^= 1;
	assert_int_equal(unlink(path), 0);
	OK(file_create_atomic(path, buf_str(&raw), 0600, &f->err));
	assert_int_equal(fetch(f, &a, STR(PDF)), -E_CRYPTO);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(fetch(f, &a, STR(PDF)), 0);
	buf_done(&raw);
}

static void test_swept(void **state)
{
	struct fixture *f = *state;
	struct attachment kept = attach(f, 1, STR(PDF));

	(void)attach(f, 0, STR("%PDF-2"));
	assert_int_equal(files(f), 2);
	OK(attachment_sweep(f->conn, f->scratch.dir, &f->err));
	assert_int_equal(files(f), 1);
	assert_int_equal(fetch(f, &kept, STR(PDF)), 1);
	attachment_drop(f->scratch.dir, &kept);
	assert_int_equal(files(f), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_first_bytes),
		FIXTURE_TEST(test_bounds),
		FIXTURE_TEST(test_kept_and_forgotten),
		FIXTURE_TEST(test_sealed),
		FIXTURE_TEST(test_swept),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

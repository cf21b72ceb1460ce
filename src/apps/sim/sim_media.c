#include "apps/sim/sim_media.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/check.h"
#include "apps/sim/sim_random.h"

#define IN_MEMORY_MAX (1U << 20)
#define FILES_MAX 10000
#define BYTES_MAX (2ULL << 30)
#define ID_SALT 0x6d65646961ULL

struct sim_media {
	struct map *by_id;
	struct list by_age; /* oldest first */
	uint64_t seed, next, bytes;
};

struct sim_upload {
	int fd; /* -1 while everything is in memory */
	struct buf bytes;
	uint64_t size;
};

/* business-phone-numbers/media: what may be uploaded, and how large it may be. */
static const struct type_row {
	const char *type;
	uint64_t most;
} types[] = {
	{ "audio/aac", FIG_AUDIO_BYTES },
	{ "audio/amr", FIG_AUDIO_BYTES },
	{ "audio/mpeg", FIG_AUDIO_BYTES },
	{ "audio/mp4", FIG_AUDIO_BYTES },
	{ "audio/ogg", FIG_AUDIO_BYTES },
	{ "audio/opus", FIG_AUDIO_BYTES },
	{ "image/jpeg", FIG_IMAGE_BYTES },
	{ "image/png", FIG_IMAGE_BYTES },
	{ "image/webp", FIG_STICKER_BYTES },
	{ "video/mp4", FIG_VIDEO_BYTES },
	{ "video/3gpp", FIG_VIDEO_BYTES },
	{ "text/plain", FIG_DOCUMENT_BYTES },
	{ "application/pdf", FIG_DOCUMENT_BYTES },
	{ "application/msword", FIG_DOCUMENT_BYTES },
	{ "application/vnd.ms-excel", FIG_DOCUMENT_BYTES },
	{ "application/vnd.ms-powerpoint", FIG_DOCUMENT_BYTES },
	{ "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	    FIG_DOCUMENT_BYTES },
	{ "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", FIG_DOCUMENT_BYTES },
	{ "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	    FIG_DOCUMENT_BYTES },
};

/* --- uploads ------------------------------------------------------------------------------------- */

struct sim_upload *sim_upload_new(void)
{
	struct sim_upload *u = mem_alloc(sizeof(*u));

	if (!u)
		return NULL;
	u->fd = -1;
	buf_init(&u->bytes, 0);
	return u;
}

void sim_upload_free(struct sim_upload **pu)
{
	if (!*pu)
		return;
	if ((*pu)->fd >= 0)
		(void)close((*pu)->fd);
	buf_done(&(*pu)->bytes);
	MEM_FREE(pu);
}

/* A file without a name in the directory for temporary files. */
static int open_nameless(void)
{
	const char *dir = getenv("TMPDIR");
	char path[4096];
	int fd = open(dir ? dir : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
	if (snprintf(path, sizeof(path), "%s/varco-sim-XXXXXX", dir ? dir : "/tmp") >=
	    (int)sizeof(path))
		return -1;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		(void)unlink(path);
	return fd;
}

static int write_all(int fd, struct str bytes)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.p, bytes.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -E_IO;
		bytes = str_sub(bytes, (size_t)n, bytes.len);
	}
	return 0;
}

static int spill(struct sim_upload *u)
{
	u->fd = open_nameless();
	if (u->fd < 0)
		return -E_IO;
	int rc = write_all(u->fd, buf_str(&u->bytes));
	buf_done(&u->bytes);
	buf_init(&u->bytes, 0);
	return rc;
}

int sim_upload_write(struct sim_upload *u, struct str bytes)
{
	u->size += bytes.len;
	if (u->size > FIG_DOCUMENT_BYTES)
		return -E_TOO_LARGE;
	if (u->fd < 0 && u->size > IN_MEMORY_MAX) {
		int rc = spill(u);
		if (rc)
			return rc;
	}
	if (u->fd >= 0)
		return write_all(u->fd, bytes);
	buf_add(&u->bytes, bytes);
	return u->bytes.failed ? -E_NOMEM : 0;
}

static int digest_upload(const struct sim_upload *u, struct sha256 *ret)
{
	if (u->fd < 0) {
		crypto_sha256(buf_str(&u->bytes), ret);
		return 0;
	}
	void *bytes = mmap(NULL, (size_t)u->size, PROT_READ, MAP_PRIVATE, u->fd, 0);
	if (bytes == MAP_FAILED)
		return -E_IO;
	crypto_sha256(str_n(bytes, (size_t)u->size), ret);
	(void)munmap(bytes, (size_t)u->size);
	return 0;
}

/* --- store --------------------------------------------------------------------------------------- */

struct sim_media *sim_media_new(uint64_t seed)
{
	struct sim_media *m = mem_alloc(sizeof(*m));

	if (!m)
		return NULL;
	m->seed = seed ^ ID_SALT;
	m->next = 1;
	list_init(&m->by_age);
	m->by_id = map_new();
	if (!m->by_id)
		MEM_FREE(&m);
	return m;
}

static void free_file(struct sim_file *f)
{
	if (f->fd >= 0)
		(void)close(f->fd);
	buf_done(&f->bytes);
	mem_free(f);
}

void sim_media_delete(struct sim_media *m, struct sim_file *f)
{
	(void)map_take(m->by_id, str_c(f->id));
	list_remove(&m->by_age, &f->node);
	m->bytes -= f->size;
	free_file(f);
}

void sim_media_clear(struct sim_media *m)
{
	for (struct list_node *n; (n = list_first(&m->by_age));)
		sim_media_delete(m, LIST_OF(n, struct sim_file, node));
}

void sim_media_free(struct sim_media **pm)
{
	if (!*pm)
		return;
	sim_media_clear(*pm);
	map_free(&(*pm)->by_id);
	MEM_FREE(pm);
}

static void make_room(struct sim_media *m, uint64_t size)
{
	struct list_node *n;

	while ((n = list_first(&m->by_age)) &&
	    (m->by_age.count >= FILES_MAX || m->bytes + size > BYTES_MAX))
		sim_media_delete(m, LIST_OF(n, struct sim_file, node));
}

/* Takes over what the upload holds, but not the upload. */
static struct sim_file *add(struct sim_media *m, struct str id, struct sim_upload *u,
    struct sim_waba *waba, struct str type, time_ms expires_at)
{
	struct sim_file *f = mem_alloc(sizeof(*f));
	char made[SIM_OBJECT_ID_MAX];

	if (!f || digest_upload(u, &f->digest)) {
		mem_free(f);
		return NULL;
	}
	if (!id.p) {
		sim_object_id(m->seed, m->next++, made);
		id = str_c(made);
	}
	struct sim_file *old = map_get(m->by_id, id);
	if (old)
		sim_media_delete(m, old);
	make_room(m, u->size);
	sim_set_text(f->id, sizeof(f->id), id);
	sim_set_text(f->type, sizeof(f->type), type);
	if (map_put(m->by_id, str_c(f->id), f)) {
		mem_free(f);
		return NULL;
	}
	f->waba = waba;
	f->size = u->size;
	f->expires_at = expires_at;
	f->fd = u->fd;
	f->bytes = u->bytes;
	u->fd = -1;
	buf_init(&u->bytes, 0);
	m->bytes += f->size;
	list_append(&m->by_age, &f->node);
	return f;
}

/* "image/jpeg; charset=…" → its row; NULL when such files are not taken. */
static const struct type_row *find_type(struct str type)
{
	struct str word = str_trim(str_cut(&type, ';'));

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (str_eq_nocase(word, str_c(types[i].type)))
			return &types[i];
	}
	return NULL;
}

struct sim_file *sim_upload_finish(struct sim_media *m, struct sim_upload **pu,
    struct sim_waba *waba, struct str type, time_ms expires_at, struct sim_problem *p)
{
	const struct type_row *row = find_type(type);
	struct sim_file *f = NULL;

	if (!row)
		(void)sim_problem(p, 100, "file: files of this type are not taken.");
	else if ((*pu)->size == 0)
		(void)sim_problem(p, 100, "file is required, and must not be empty.");
	else if ((*pu)->size > row->most)
		(void)sim_problem(p, 131053,
		    "file: more than the %" PRIu64 " bytes allowed for %s.", row->most, row->type);
	else if (!(f = add(m, STR_NONE, *pu, waba, str_c(row->type), expires_at)))
		(void)sim_problem(p, 131000, "The simulator has no room for the file.");
	sim_upload_free(pu);
	return f;
}

struct sim_file *sim_media_put(struct sim_media *m, struct str id, struct sim_waba *waba,
    struct str type, struct str bytes, time_ms expires_at)
{
	struct sim_upload *u = sim_upload_new();
	struct sim_file *f = NULL;

	if (u && sim_upload_write(u, bytes) == 0)
		f = add(m, id, u, waba, type, expires_at);
	sim_upload_free(&u);
	return f;
}

struct sim_file *sim_media_get(struct sim_media *m, struct str id, time_ms now)
{
	struct sim_file *f = map_get(m->by_id, id);

	if (f && now >= f->expires_at) {
		sim_media_delete(m, f);
		return NULL;
	}
	return f;
}

int64_t sim_file_read(const struct sim_file *f, uint64_t offset, char *out, size_t max)
{
	if (offset >= f->size)
		return 0;
	if (f->fd >= 0) {
		ssize_t n = pread(f->fd, out, max, (off_t)offset);
		return n < 0 ? -E_IO : (int64_t)n;
	}
	struct str part = str_sub(buf_str(&f->bytes), (size_t)offset, max);
	memcpy(out, part.p, part.len);
	return (int64_t)part.len;
}

/* --- tickets ------------------------------------------------------------------------------------- */

static uint64_t ticket_hash(const struct sim_media *m, const struct sim_file *f, int64_t until_s)
{
	return sim_mix(sim_hash(str_c(f->id)) ^ sim_mix(m->seed ^ (uint64_t)until_s));
}

void sim_media_ticket(
    const struct sim_media *m, const struct sim_file *f, time_ms until, char out[96])
{
	int64_t until_s = until / MS_PER_S;

	(void)snprintf(
	    out, 96, "oe=%" PRId64 "&oh=%016" PRIx64, until_s, ticket_hash(m, f, until_s));
}

bool sim_media_ticket_holds(
    const struct sim_media *m, const struct sim_file *f, struct str oe, struct str oh, time_ms now)
{
	char hash[24];
	int64_t until_s;

	if (str_to_i64(oe, &until_s) || until_s < now / MS_PER_S)
		return false;
	(void)snprintf(hash, sizeof(hash), "%016" PRIx64, ticket_hash(m, f, until_s));
	return str_eq_c(oh, hash);
}

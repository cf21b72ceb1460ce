#include "flow/backup.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/file.h"
#include "base/json.h"
#include "base/lang.h"
#include "base/log.h"
#include "domain/ledger_check.h"

#define FOLDER "backups"
#define PREFIX "varco-"
#define ENDING ".db"
#define PART ".part"
#define PATIENCE_NS (3600LL * 1000000000)
#define NOTE_BYTES_MAX 4096
#define PATH_MAX_HERE 4096

static const char *const states[] = {
	[BACKUP_UNCHECKED] = "unchecked",
	[BACKUP_GOOD] = "good",
	[BACKUP_DAMAGED] = "damaged",
};

const char *backup_state_name(enum backup_state s)
{
	return states[s];
}

/* --- names and files -------------------------------------------------------------------------- */

static int path_of(
    const struct core *core, const char *name, const char *behind, char *ret, struct err *err)
{
	int n = snprintf(
	    ret, PATH_MAX_HERE, "%s/" FOLDER "/%s%s", core->options.state_dir, name, behind);

	return n > 0 && n < PATH_MAX_HERE
	    ? 0
	    : err_set(err, E_RANGE, N_("The path of the state directory is too long."));
}

static void name_of(time_ms at, char ret[BACKUP_NAME_MAX])
{
	time_t seconds = (time_t)(at / MS_PER_S);
	struct tm tm;

	(void)gmtime_r(&seconds, &tm);
	(void)strftime(ret, BACKUP_NAME_MAX, PREFIX "%Y%m%dT%H%M%SZ" ENDING, &tm);
}

/* "varco-20261122T100000Z.db", and nothing else: names come from outside. */
static bool read_name(struct str name, time_ms *ret)
{
	static const char shape[] = PREFIX "00000000T000000Z" ENDING;
	char iso[] = "0000-00-00T00:00:00Z";
	static const unsigned char to[] = { 0, 1, 2, 3, 5, 6, 8, 9, 10, 11, 12, 14, 15, 17, 18 };

	if (name.len != sizeof(shape) - 1)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		bool digit = name.p[i] >= '0' && name.p[i] <= '9';
		if (shape[i] == '0' ? !digit : name.p[i] != shape[i])
			return false;
	}
	const char *p = name.p + sizeof(PREFIX) - 1;
	for (size_t i = 0; i < sizeof(to); i++)
		iso[to[i]] = p[i];
	return time_parse(str_c(iso), ret) == 0;
}

static int sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = fd < 0 ? -1 : fsync(fd);

	if (fd >= 0)
		(void)close(fd);
	return r;
}

/* --- what was found when it was checked ------------------------------------------------------- */

static int write_note(const struct core *core, const struct backup *b, struct err *err)
{
	char path[PATH_MAX_HERE];
	struct json_writer w;
	struct buf text;

	buf_init(&text, 0);
	jw_init(&w, &text);
	jw_object(&w);
	jw_member_c(&w, "state", states[b->state]);
	jw_member_int(&w, "checked_at", b->checked_at);
	jw_member_int(&w, "entries", b->entries);
	jw_member_str(&w, "problem", b->problem);
	jw_object_end(&w);
	int r = text.failed ? err_set(err, E_NOMEM, "Memory ran out.")
			    : path_of(core, b->name, ".json", path, err);
	if (r == 0)
		r = file_write_atomic(path, buf_str(&text), 0600, err);
	buf_done(&text);
	return r;
}

/* Without one, or with one that cannot be read, it was not checked. */
static void read_note(const struct core *core, struct arena *a, struct backup *b)
{
	char path[PATH_MAX_HERE];
	const struct json *v = NULL;
	struct err ignored = { 0 };
	struct buf text;

	b->checked_at = TIME_NONE;
	buf_init(&text, NOTE_BYTES_MAX);
	bool there = path_of(core, b->name, ".json", path, &ignored) == 0 &&
	    file_read(path, NOTE_BYTES_MAX, &text, &ignored) == 0;
	if (there && json_read(a, buf_str(&text), &v, NULL) == 0) {
		struct str state = json_str(json_get(v, "state"));
		b->state = str_eq(state, STR("good")) ? BACKUP_GOOD
		    : str_eq(state, STR("damaged"))   ? BACKUP_DAMAGED
						      : BACKUP_UNCHECKED;
		(void)json_int(json_get(v, "checked_at"), &b->checked_at);
		(void)json_int(json_get(v, "entries"), &b->entries);
		struct str problem = json_str(json_get(v, "problem"));
		if (problem.p)
			b->problem = arena_str(a, problem);
	}
	buf_done(&text);
}

/* --- finding ---------------------------------------------------------------------------------- */

static int look(
    const struct core *core, struct str name, struct arena *a, struct backup *ret, struct err *err)
{
	char path[PATH_MAX_HERE];
	struct stat st;
	time_ms at;

	if (!read_name(name, &at))
		return -E_NOT_FOUND;
	*ret = (struct backup){ .at = at };
	memcpy(ret->name, name.p, name.len);
	int r = path_of(core, ret->name, "", path, err);
	if (r < 0)
		return r;
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return -E_NOT_FOUND;
	ret->bytes = st.st_size;
	read_note(core, a, ret);
	return 0;
}

int backup_find(
    const struct core *core, struct str name, struct arena *a, struct backup *ret, struct err *err)
{
	int r = look(core, name, a, ret, err);

	return r == -E_NOT_FOUND
	    ? err_field(err, E_NOT_FOUND, "name", N_("There is no backup of that name."))
	    : r;
}

static int newest_first(const void *a, const void *b)
{
	const struct backup *x = a, *y = b;

	return (x->at < y->at) - (x->at > y->at);
}

int backup_list(
    const struct core *core, struct arena *a, struct backup **ret, size_t *ret_len, struct err *err)
{
	struct backup *list = ARENA_ARRAY(a, struct backup, BACKUPS_MAX);
	char path[PATH_MAX_HERE];
	struct dirent *e;
	size_t n = 0;
	int r = list ? path_of(core, "", "", path, err)
		     : err_set(err, E_NOMEM, "Memory ran out while reading backups.");

	if (r < 0)
		return r;
	DIR *d = opendir(path);
	while (d && n < BACKUPS_MAX && (e = readdir(d))) {
		if (look(core, str_c(e->d_name), a, &list[n], err) == 0)
			n++;
	}
	if (d)
		(void)closedir(d);
	qsort(list, n, sizeof(*list), newest_first);
	*ret = list;
	*ret_len = n;
	return 0;
}

/* --- by the clock ----------------------------------------------------------------------------- */

int backup_plan(const struct core *core, struct arena *a, struct backup_plan *ret, struct err *err)
{
	struct backup *list = NULL;
	size_t n = 0, i = 0;
	int r = backup_list(core, a, &list, &n, err);

	if (r < 0)
		return r;
	while (i < n && list[i].state != BACKUP_GOOD)
		i++;
	*ret = (struct backup_plan){
		.every_ms = core->options.backup.every_ms,
		.keep = core->options.backup.keep,
		.good_at = i < n ? list[i].at : TIME_NONE,
		.since = i < n ? list[i].at : core->installed_at,
	};
	return 0;
}

bool backup_is_due(const struct backup_plan *p, time_ms now)
{
	return p->every_ms > 0 && now >= p->since + p->every_ms;
}

bool backup_is_overdue(const struct backup_plan *p, time_ms now)
{
	return p->every_ms > 0 && now >= p->since + p->every_ms + p->every_ms / 2;
}

/* --- checking --------------------------------------------------------------------------------- */

/* Whoever ends the gateway waits for nothing that may be done again. */
static int not_draining(void *arg, struct err *err)
{
	struct core *core = arg;

	return atomic_load(&core->draining)
	    ? err_set(err, E_CLOSED, N_("The gateway shuts down, so the backup was given up."))
	    : 0;
}

static int may_look_on(void *arg, int64_t left, struct err *err)
{
	(void)left;
	return not_draining(arg, err);
}

static int check_ledger(
    struct core *core, struct store_conn *c, struct arena *a, struct backup *b, struct err *err)
{
	struct ledger_check in = {
		.conn = c, .verifier = &core->signer.verifier, .go_on = not_draining, .arg = core
	};
	struct store_looking pages = { .go_on = may_look_on, .arg = core };
	struct ledger_report report = { 0 };
	int r = store_check_whole(c, &pages, err);

	if (r == 0)
		r = ledger_check(&in, &report, err);

	if (r < 0)
		return r;
	b->entries = report.entries;
	b->state = report.finding.fault == LEDGER_SOUND ? BACKUP_GOOD : BACKUP_DAMAGED;
	if (b->state == BACKUP_DAMAGED)
		b->problem = arena_str(a, str_c(N_("The ledger in it is not what it was.")));
	return 0;
}

static int check_store(
    struct core *core, const char *url, struct arena *a, struct backup *b, struct err *err)
{
	struct store *store = NULL;
	struct store_conn *c = NULL;
	int r = store_open_reading(url, &store, err);

	if (r < 0)
		return r;
	store_set_keys(store, &core->keyring);
	r = store_connect(store, STORE_READ, &c, err);
	if (r == 0)
		r = check_ledger(core, c, a, b, err);
	store_disconnect(&c);
	store_close(&store);
	return r;
}

static int check(struct core *core, const char *behind, time_ms now, struct arena *a,
    struct backup *b, struct err *err)
{
	char path[PATH_MAX_HERE], url[PATH_MAX_HERE + sizeof("sqlite:")];
	struct err why = { 0 };
	int r = path_of(core, b->name, behind, path, err);

	if (r < 0)
		return r;
	(void)snprintf(url, sizeof(url), "sqlite:%s", path);
	b->problem = STR_NONE;
	b->entries = 0;
	b->checked_at = now;
	r = check_store(core, url, a, b, &why);
	if (r == -E_NOMEM || r == -E_CLOSED) {
		if (err)
			*err = why;
		return r;
	}
	if (r < 0) {
		b->state = BACKUP_DAMAGED;
		b->problem = arena_str(a, str_c(why.text));
	}
	return 0;
}

/* --- one at a time, and no larger than the disk ------------------------------------------------ */

struct copying {
	struct core *core;
	const char *folder;
};

/* The log grows while the snapshot is held, by what is written meanwhile: an eighth of the store is much. */
static int may_copy_on(void *arg, int64_t left, struct err *err)
{
	const struct copying *x = arg;
	uint64_t wanted = (uint64_t)left + (uint64_t)left / 8;
	int r = not_draining(x->core, err);

	if (r == 0 && !headroom_fits(x->core->headroom, x->folder, wanted))
		return err_set(err, E_BUSY,
		    N_("The disk has too little room for a backup: sends would have to wait before it is done. Make room, or keep fewer copies."));
	return r;
}

static int begin(struct core *core, struct err *err)
{
	if (!atomic_exchange(&core->copying, true))
		return 0;
	return err_set(err, E_BUSY, N_("A backup is made or checked already."));
}

static void end(struct core *core)
{
	atomic_fetch_add(&core->copies, 1);
	atomic_store(&core->copying, false);
}

/* --- putting it in its place ------------------------------------------------------------------ */

static void remove_endings(
    const struct core *core, const char *name, const char *const *endings, size_t n)
{
	char path[PATH_MAX_HERE];
	struct err ignored = { 0 };

	for (size_t i = 0; i < n; i++) {
		if (path_of(core, name, endings[i], path, &ignored) == 0)
			(void)unlink(path);
	}
}

static void remove_one(const struct core *core, const char *name)
{
	static const char *const endings[] = { "", ".json", "-wal", "-shm" };

	remove_endings(core, name, endings, ARRAY_LEN(endings));
}

static void remove_part(const struct core *core, const char *name)
{
	static const char *const endings[] = { PART, PART "-wal", PART "-shm" };

	remove_endings(core, name, endings, ARRAY_LEN(endings));
}

/* Copies that are not good count for nothing, and stay for whoever wants to know why. */
static int forget_old(const struct core *core, int64_t keep, struct arena *a, struct err *err)
{
	struct backup *list;
	size_t n;
	int64_t good = 0;
	int r = keep > 0 ? backup_list(core, a, &list, &n, err) : 0;

	for (size_t i = 0; r == 0 && keep > 0 && i < n; i++) {
		if (list[i].state != BACKUP_GOOD || ++good <= keep)
			continue;
		remove_one(core, list[i].name);
		log_info("an old backup was removed", "name=%s", list[i].name);
	}
	return r;
}

/* The name makes it a copy: until then there is none, and what was found is on record before. */
static int put_in_place(const struct core *core, const struct backup *b, const char *folder,
    const char *part, struct err *err)
{
	char path[PATH_MAX_HERE];
	int r = path_of(core, b->name, "", path, err);

	if (r == 0)
		r = write_note(core, b, err);
	if (r == 0 && (rename(part, path) < 0 || sync_folder(folder) < 0))
		r = err_set(err, E_IO, N_("The backup could not be put in its place."));
	if (r < 0)
		remove_one(core, b->name);
	return r;
}

static int copy(struct copying *x, struct store_conn *c, const char *part, const struct backup *b,
    struct err *err)
{
	const struct store_copying how = {
		.at = b->at,
		.deadline = clock_mono() + PATIENCE_NS,
		.go_on = may_copy_on,
		.arg = x,
	};
	char path[PATH_MAX_HERE];
	int r = path_of(x->core, b->name, "", path, err);

	if (r == 0 && access(path, F_OK) == 0)
		r = err_set(err, E_CONFLICT, N_("There is a backup of this second already."));
	if (r == 0)
		r = store_copy(c, part, &how, err);
	store_rollback(c); /* the snapshot: while it is held the log cannot begin anew */
	return r;
}

static int make(
    struct core *core, struct store_conn *c, struct arena *a, struct backup *b, struct err *err)
{
	char folder[PATH_MAX_HERE], part[PATH_MAX_HERE];
	struct copying x = { .core = core, .folder = folder };
	struct stat st;
	int r = path_of(core, "", "", folder, err);

	if (r == 0)
		r = path_of(core, b->name, PART, part, err);
	if (r == 0)
		r = dir_ensure(folder, err);
	if (r == 0)
		r = copy(&x, c, part, b, err);
	if (r == 0)
		r = check(core, PART, b->at, a, b, err);
	if (r == 0 && stat(part, &st) == 0)
		b->bytes = st.st_size;
	if (r == 0)
		r = put_in_place(core, b, folder, part, err);
	if (r < 0)
		remove_part(core, b->name);
	return r;
}

int backup_make(struct core *core, struct store_conn *c, int64_t keep, time_ms now, struct arena *a,
    struct backup *ret, struct err *err)
{
	struct backup b = { .at = now - now % MS_PER_S };
	int r = begin(core, err);

	if (r < 0)
		return r;
	name_of(b.at, b.name);
	if (headroom_stage(core->headroom) != HEADROOM_FINE)
		r = err_set(err, E_BUSY, N_("The disk is low: there is no room for a backup."));
	if (r == 0)
		r = make(core, c, a, &b, err);
	if (r == 0 && b.state == BACKUP_GOOD)
		r = forget_old(core, keep, a, err);
	if (r == 0)
		*ret = b;
	end(core);
	return r;
}

int backup_verify(struct core *core, struct str name, time_ms now, struct arena *a,
    struct backup *ret, struct err *err)
{
	struct backup b;
	int r = begin(core, err);

	if (r < 0)
		return r;
	r = backup_find(core, name, a, &b, err);
	if (r == 0)
		r = check(core, "", now, a, &b, err);
	if (r == 0)
		r = write_note(core, &b, err);
	if (r == 0)
		*ret = b;
	end(core);
	return r;
}

/* --- what a crash left ------------------------------------------------------------------------ */

/* The copy that this file is the beginning of; false: it is none of ours. */
static bool read_part(const char *file, char ret_name[BACKUP_NAME_MAX])
{
	static const char *const endings[] = { PART, PART "-wal", PART "-shm" };
	struct str name = str_c(file);
	time_ms at;

	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		struct str ending = str_c(endings[i]);
		if (!str_ends(name, ending))
			continue;
		name = str_sub(name, 0, name.len - ending.len);
		return read_name(name, &at) && str_to_c(name, ret_name, BACKUP_NAME_MAX) == 0;
	}
	return false;
}

/* A note that was being written: its name, and six letters behind it. */
static bool is_half_a_note(const char *file)
{
	static const char ending[] = ".json.XXXXXX";
	struct str name = str_c(file);
	size_t len = name.len - (sizeof(ending) - 1);
	time_ms at;

	return name.len > sizeof(ending) - 1 && read_name(str_sub(name, 0, len), &at) &&
	    str_starts(str_sub(name, len, name.len), STR(".json."));
}

static void sweep_one(const struct core *core, const char *name)
{
	char path[PATH_MAX_HERE];
	struct err ignored = { 0 };

	remove_part(core, name);
	if (path_of(core, name, "", path, &ignored) == 0 && access(path, F_OK) < 0)
		remove_one(core, name); /* its note */
	log_info("a backup that was never finished was removed", "name=%s", name);
}

void backup_sweep(const struct core *core)
{
	char folder[PATH_MAX_HERE], name[BACKUP_NAME_MAX];
	struct err ignored = { 0 };
	struct dirent *e;

	if (path_of(core, "", "", folder, &ignored) < 0)
		return;
	DIR *d = opendir(folder);
	while (d && (e = readdir(d))) {
		if (read_part(e->d_name, name))
			sweep_one(core, name);
		else if (is_half_a_note(e->d_name))
			(void)unlinkat(dirfd(d), e->d_name, 0);
	}
	if (d)
		(void)closedir(d);
}

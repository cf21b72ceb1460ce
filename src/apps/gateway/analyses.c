/* start → a folder, the process, a thread → the thread reads how far it is, line by line, until the end or
 * the deadline → what it wrote is opened and loses its name → done, or failed with its sentence.
 *
 * A slot is free, or has an id. While its thread runs nobody but the thread takes its files or frees the
 * slot; others kill the process, and join. The process's id is known under the lock as long as nobody has
 * waited for it, so that no other process can be killed in its place. */
#include "apps/gateway/analyses.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/id.h"
#include "base/json.h"
#include "base/log.h"

#define SELF "/proc/self/exe"
#define FIRST_FD 3 /* of the files, in the process */
#define PATH_LEN 4096
#define LINE_MAX_LEN 1024
#define PROBLEM_MAX 500
#define WAIT_MS 200
#define REAP_NS 10000000
#define NICE 10
#define PREFIX "varco analyze: "

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

struct slot {
	struct analyses *all;
	uint64_t id; /* 0 = free */
	time_ms at, ended_at;
	enum analysis_state state;
	bool judges, dropped, has_thread;
	char name[ANALYSIS_NAME_MAX + 1], file[16];
	int64_t rows, percent;
	char problem[PROBLEM_MAX + 1];
	char folder[PATH_LEN];
	pid_t pid; /* 0 = nobody to kill */
	int told;  /* the pipe's end */
	int forms[ANALYSIS_FORMS];
	pthread_t thread;
};

struct analyses {
	pthread_mutex_t lock;
	struct analyses_limits limits;
	char dir[PATH_LEN / 2];
	char program[PATH_LEN / 2];
	struct slot slots[ANALYSES_MAX];
};

static const char *const form_names[ANALYSIS_FORMS] = { "report.json", "report.html",
	"people.csv" };

const char *analysis_state_name(enum analysis_state s)
{
	static const char *const names[] = { "running", "done", "failed" };

	return names[s];
}

/* --- folders ---------------------------------------------------------------------------------- */

/* A folder of files only. */
static void remove_folder(const char *path)
{
	char file[PATH_LEN + 256];
	DIR *d = opendir(path);
	const struct dirent *e;

	while (d && (e = readdir(d))) {
		(void)snprintf(file, sizeof(file), "%s/%s", path, e->d_name);
		(void)unlink(file);
	}
	if (d)
		(void)closedir(d);
	(void)rmdir(path);
}

/* What an earlier run left when it was killed. */
static void sweep(const char *dir)
{
	char path[PATH_LEN];
	DIR *d = opendir(dir);
	const struct dirent *e;

	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		remove_folder(path);
	}
	if (d)
		(void)closedir(d);
}

/* --- how far it is ---------------------------------------------------------------------------- */

static void tell_progress(struct slot *s, const struct json *doc)
{
	int64_t rows = 0, percent = 0;

	(void)json_int(json_get(doc, "rows"), &rows);
	(void)json_int(json_get(doc, "percent"), &percent);
	pthread_mutex_lock(&s->all->lock);
	s->judges = str_eq(json_str(json_get(doc, "stage")), STR("judging"));
	s->rows = rows;
	s->percent = percent;
	if (str_to_c(json_str(json_get(doc, "file")), s->file, sizeof(s->file)) < 0)
		s->file[0] = '\0';
	pthread_mutex_unlock(&s->all->lock);
}

/* JSON says how far it is; any other line may be why it failed, the last one counts. */
static void take_line(struct slot *s, struct arena *a, struct str line)
{
	const struct json *doc = NULL;

	arena_reset(a);
	if (str_starts(line, STR("{")) && json_read(a, line, &doc, NULL) == 0) {
		tell_progress(s, doc);
		return;
	}
	if (!str_starts(line, STR(PREFIX)))
		return;
	line = str_sub(line, sizeof(PREFIX) - 1, line.len);
	pthread_mutex_lock(&s->all->lock);
	(void)snprintf(s->problem, sizeof(s->problem), "%.*s", STR_ARG(line));
	pthread_mutex_unlock(&s->all->lock);
}

static bool is_dropped(struct slot *s)
{
	pthread_mutex_lock(&s->all->lock);
	bool dropped = s->dropped;
	pthread_mutex_unlock(&s->all->lock);
	return dropped;
}

struct reading {
	char line[LINE_MAX_LEN];
	size_t len;
	struct arena *arena;
};

/* Lines of what came; one that is too long is cut. */
static void take_bytes(struct slot *s, struct reading *r, struct str bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		if (bytes.p[i] == '\n') {
			take_line(s, r->arena, str_n(r->line, r->len));
			r->len = 0;
		} else if (r->len < sizeof(r->line)) {
			r->line[r->len++] = bytes.p[i];
		}
	}
}

/* False: its time is over, or it is wanted no more. */
static bool follow(struct slot *s, struct reading *r)
{
	mono_ns deadline = clock_mono() + s->all->limits.time_ms * 1000000;
	struct pollfd waiting = { .fd = s->told, .events = POLLIN };
	char chunk[4096];

	for (;;) {
		if (clock_mono() > deadline || is_dropped(s))
			return false;
		if (poll(&waiting, 1, WAIT_MS) <= 0)
			continue;
		ssize_t n = read(s->told, chunk, sizeof(chunk));
		if (n == 0)
			return true;
		if (n > 0)
			take_bytes(s, r, str_n(chunk, (size_t)n));
	}
}

/* --- its end ---------------------------------------------------------------------------------- */

static void kill_it(struct slot *s)
{
	pthread_mutex_lock(&s->all->lock);
	if (s->pid > 0)
		(void)kill(s->pid, SIGKILL);
	pthread_mutex_unlock(&s->all->lock);
}

static int reap(struct slot *s)
{
	const struct timespec moment = { .tv_nsec = REAP_NS };
	int status = 0;
	bool gone = false;

	while (!gone) {
		pthread_mutex_lock(&s->all->lock);
		pid_t r = waitpid(s->pid, &status, WNOHANG);
		gone = r == s->pid || (r < 0 && errno != EINTR);
		if (gone)
			s->pid = 0;
		pthread_mutex_unlock(&s->all->lock);
		if (!gone)
			(void)nanosleep(&moment, NULL);
	}
	return status;
}

static bool take_forms(struct slot *s)
{
	char path[PATH_LEN + 32];
	struct stat st;
	bool all = true;

	for (int f = 0; f < ANALYSIS_FORMS; f++) {
		(void)snprintf(path, sizeof(path), "%s/%s", s->folder, form_names[f]);
		s->forms[f] = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		all = all && s->forms[f] >= 0;
	}
	return all && fstat(s->forms[ANALYSIS_JSON], &st) == 0 &&
	    st.st_size <= (off_t)ANALYSIS_REPORT_MAX;
}

static void close_forms(struct slot *s)
{
	for (int f = 0; f < ANALYSIS_FORMS; f++) {
		if (s->forms[f] >= 0)
			(void)close(s->forms[f]);
		s->forms[f] = -1;
	}
}

static const char *why_not(const struct slot *s, bool in_time, int status)
{
	if (!in_time)
		return N_("The analysis took too long and was ended; take fewer months at once.");
	if (WIFSIGNALED(status))
		return N_(
		    "The analysis needed more than it may have and was ended; take fewer months at once.");
	return s->problem[0] ? NULL : N_("The analysis came to no good end.");
}

/* Whether files were written says more than the exit code, which is 1 when no row could be used. */
static void conclude(struct slot *s, bool in_time, int status)
{
	bool good = in_time && WIFEXITED(status) && WEXITSTATUS(status) <= 1 && take_forms(s);
	const char *why = good ? NULL : why_not(s, in_time, status);

	if (!good)
		close_forms(s);
	remove_folder(s->folder);
	pthread_mutex_lock(&s->all->lock);
	s->state = good ? ANALYSIS_DONE : ANALYSIS_FAILED;
	s->percent = good ? 100 : s->percent;
	s->ended_at = clock_now();
	if (why)
		(void)snprintf(s->problem, sizeof(s->problem), "%s", why);
	else if (good)
		s->problem[0] = '\0';
	pthread_mutex_unlock(&s->all->lock);
	log_info("an analysis ended", "state=%s", analysis_state_name(s->state));
}

static void *attend(void *arg)
{
	struct slot *s = arg;
	struct reading r = { .arena = arena_new(0, 0) };
	bool in_time = r.arena && follow(s, &r);

	if (!in_time)
		kill_it(s);
	(void)close(s->told);
	int status = reap(s);
	arena_free(&r.arena);
	conclude(s, in_time, status);
	return NULL;
}

/* --- its beginning ---------------------------------------------------------------------------- */

struct command {
	char *argv[32];
	size_t len;
	char *envp[5];
	char tmp[PATH_LEN + 16];
	struct arena *arena;
	bool failed;
};

static void add_word(struct command *c, struct str s)
{
	struct str word = arena_printf(c->arena, "%.*s", STR_ARG(s));

	if (!word.p || c->len + 1 >= ARRAY_LEN(c->argv)) {
		c->failed = true;
		return;
	}
	c->argv[c->len++] = (char *)word.p;
	c->argv[c->len] = NULL;
}

static void add_option(struct command *c, const char *option, struct str value)
{
	if (!value.p || !value.len)
		return;
	add_word(c, str_c(option));
	add_word(c, value);
}

/* Only what sanitizers are told, and where to put what does not fit in memory. */
static void set_environment(struct command *c, const char *folder)
{
	char **e = SANITIZED ? environ : NULL;
	size_t n = 0;

	(void)snprintf(c->tmp, sizeof(c->tmp), "TMPDIR=%s", folder);
	c->envp[n++] = c->tmp;
	for (; e && *e && n + 1 < ARRAY_LEN(c->envp); e++) {
		if (strncmp(*e, "ASAN_OPTIONS=", 13) == 0 ||
		    strncmp(*e, "UBSAN_OPTIONS=", 14) == 0 || strncmp(*e, "TSAN_OPTIONS=", 13) == 0)
			c->envp[n++] = *e;
	}
}

static bool make_command(
    struct command *c, const struct analysis_ask *ask, const struct slot *s, struct arena *a)
{
	static const char *const options[ANALYSIS_FILES] = { NULL, "--consents", "--inbound",
		"--templates" };
	char path[32];

	*c = (struct command){ .arena = a };
	add_word(c, STR("varco"));
	add_word(c, STR("analyze"));
	for (int f = 0; f < ANALYSIS_FILES; f++) {
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", FIRST_FD + f);
		if (ask->files[f] && options[f])
			add_option(c, options[f], str_c(path));
		else if (ask->files[f])
			add_word(c, str_c(path));
	}
	add_option(c, "--write", str_c(s->folder));
	add_option(c, "--progress", STR("json"));
	add_option(c, "--threads", STR("1"));
	add_option(c, "--name", str_c(s->name));
	add_option(c, "--lang", str_c(lang_code(ask->lang)));
	add_option(c, "--map", ask->map);
	add_option(c, "--country", ask->country);
	add_option(c, "--zone", ask->zone);
	add_option(c, "--policy", ask->policy);
	add_option(c, "--dates", str_c(ask->month_first ? "mdy" : "dmy"));
	set_environment(c, s->folder);
	return !c->failed;
}

/* Above the process's own numbers, so that none is written over while the next is put in place. */
static int lift(int fd)
{
	return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FD + ANALYSIS_FILES);
}

static int put_files(posix_spawn_file_actions_t *files, const int fds[ANALYSIS_FILES], int told)
{
	int r = posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDONLY, 0) |
	    posix_spawn_file_actions_addopen(files, 1, "/dev/null", O_WRONLY, 0) |
	    posix_spawn_file_actions_adddup2(files, told, 2);

	for (int f = 0; f < ANALYSIS_FILES; f++) {
		if (fds[f] >= 0)
			r |= posix_spawn_file_actions_adddup2(files, fds[f], FIRST_FD + f);
	}
	return r | posix_spawn_file_actions_addclosefrom_np(files, FIRST_FD + ANALYSIS_FILES);
}

static int spawn(struct slot *s, struct command *c, const int fds[ANALYSIS_FILES], int told)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t none, all;

	if (posix_spawn_file_actions_init(&files) != 0)
		return -1;
	(void)posix_spawnattr_init(&how);
	sigemptyset(&none);
	sigfillset(&all);
	(void)posix_spawnattr_setsigmask(&how, &none);
	(void)posix_spawnattr_setsigdefault(&how, &all);
	(void)posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	int r = put_files(&files, fds, told);
	if (r == 0)
		r = posix_spawn(&s->pid, s->all->program, &files, &how, c->argv, c->envp);
	(void)posix_spawnattr_destroy(&how);
	(void)posix_spawn_file_actions_destroy(&files);
	if (r != 0)
		s->pid = 0;
	return r;
}

/* From outside, before it has read much. */
static void confine(const struct slot *s)
{
	const struct analyses_limits *l = &s->all->limits;
	const struct rlimit disk = { l->disk_max, l->disk_max },
			    memory = { l->memory_max, l->memory_max }, core = { 0, 0 };

	(void)prlimit(s->pid, RLIMIT_FSIZE, &disk, NULL);
	(void)prlimit(s->pid, RLIMIT_CORE, &core, NULL);
	if (!SANITIZED)
		(void)prlimit(s->pid, RLIMIT_AS, &memory, NULL);
	(void)setpriority(PRIO_PROCESS, (id_t)s->pid, NICE);
}

static bool start_process(struct slot *s, const struct analysis_ask *ask, struct arena *a)
{
	int fds[ANALYSIS_FILES], ends[2] = { -1, -1 }, told = -1;
	struct command c;
	bool ok = make_command(&c, ask, s, a) && pipe2(ends, O_CLOEXEC) == 0;

	for (int f = 0; f < ANALYSIS_FILES; f++) {
		fds[f] = ask->files[f] ? lift(spool_fd(ask->files[f])) : -1;
		ok = ok && (!ask->files[f] || fds[f] >= 0);
	}
	told = lift(ends[1]);
	ok = ok && told >= 0 && spawn(s, &c, fds, told) == 0;
	for (int f = 0; f < ANALYSIS_FILES; f++) {
		if (fds[f] >= 0)
			(void)close(fds[f]);
	}
	if (told >= 0)
		(void)close(told);
	if (ends[1] >= 0)
		(void)close(ends[1]);
	if (ok)
		confine(s);
	else if (ends[0] >= 0)
		(void)close(ends[0]);
	s->told = ok ? ends[0] : -1;
	return ok;
}

/* Without a thread to attend it nobody would end it. */
static bool start_thread(struct slot *s)
{
	s->has_thread = pthread_create(&s->thread, NULL, attend, s) == 0;
	if (s->has_thread)
		return true;
	(void)kill(s->pid, SIGKILL);
	(void)waitpid(s->pid, NULL, 0);
	(void)close(s->told);
	s->pid = 0;
	return false;
}

/* --- slots ------------------------------------------------------------------------------------ */

/* Not under the lock: its thread may want that. */
static void clear(struct slot *s)
{
	struct analyses *all = s->all;

	if (s->has_thread)
		(void)pthread_join(s->thread, NULL);
	close_forms(s);
	pthread_mutex_lock(&all->lock);
	*s = (struct slot){ .all = all, .told = -1, .forms = { -1, -1, -1 } };
	pthread_mutex_unlock(&all->lock);
}

/* Under the lock. */
static struct slot *find(struct analyses *a, uint64_t id)
{
	for (size_t i = 0; id && i < ANALYSES_MAX; i++) {
		if (a->slots[i].id == id && !a->slots[i].dropped)
			return &a->slots[i];
	}
	return NULL;
}

static void drop_old(struct analyses *a, time_ms now)
{
	for (size_t i = 0; i < ANALYSES_MAX; i++) {
		pthread_mutex_lock(&a->lock);
		const struct slot *s = &a->slots[i];
		uint64_t id = s->id && s->state != ANALYSIS_RUNNING && !s->dropped &&
			s->ended_at + ANALYSIS_KEEP_MS <= now
		    ? s->id
		    : 0;
		pthread_mutex_unlock(&a->lock);
		if (id)
			(void)analyses_drop(a, id);
	}
}

/* A free slot, taken; NULL = there is none, or one is under way. */
static struct slot *take_slot(struct analyses *a, const struct analysis_ask *ask)
{
	struct slot *s = NULL;
	bool runs = false;

	pthread_mutex_lock(&a->lock);
	for (size_t i = 0; i < ANALYSES_MAX; i++) {
		runs = runs || (a->slots[i].id && a->slots[i].state == ANALYSIS_RUNNING);
		s = a->slots[i].id ? s : &a->slots[i];
	}
	s = runs ? NULL : s;
	if (s) {
		*s = (struct slot){ .all = a,
			.id = ask->id,
			.at = ask->at,
			.ended_at = TIME_NONE,
			.state = ANALYSIS_RUNNING,
			.told = -1,
			.forms = { -1, -1, -1 } };
		(void)snprintf(s->name, sizeof(s->name), "%.*s", STR_ARG(ask->name));
	}
	pthread_mutex_unlock(&a->lock);
	return s;
}

static int begin(struct slot *s, const struct analysis_ask *ask, struct err *err)
{
	struct arena *arena = arena_new(0, 0);
	char id[ID_TEXT_MAX];

	id_format("anl", s->id, id);
	(void)snprintf(s->folder, sizeof(s->folder), "%s/%s", s->all->dir, id);
	bool ok = arena && mkdir(s->folder, 0700) == 0 && start_process(s, ask, arena) &&
	    start_thread(s);
	arena_free(&arena);
	if (ok)
		return 0;
	remove_folder(s->folder);
	clear(s);
	return err_set(err, E_IO, N_("The analysis cannot be started."));
}

/* --- public ----------------------------------------------------------------------------------- */

int analyses_new(const char *dir, const char *program, const struct analyses_limits *limits,
    struct analyses **ret, struct err *err)
{
	struct analyses *a = mem_alloc(sizeof(*a));

	if (!a)
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	if (str_to_c(str_c(dir), a->dir, sizeof(a->dir)) < 0 ||
	    str_to_c(str_c(program ? program : SELF), a->program, sizeof(a->program)) < 0 ||
	    (mkdir(dir, 0700) < 0 && errno != EEXIST)) {
		mem_free(a);
		return err_set(err, E_IO, "\"%s\" cannot be made.", dir);
	}
	sweep(dir);
	(void)pthread_mutex_init(&a->lock, NULL);
	a->limits = *limits;
	for (size_t i = 0; i < ANALYSES_MAX; i++)
		a->slots[i] = (struct slot){ .all = a, .told = -1, .forms = { -1, -1, -1 } };
	*ret = a;
	return 0;
}

void analyses_free(struct analyses **pa)
{
	struct analyses *a = *pa;

	if (!a)
		return;
	for (size_t i = 0; i < ANALYSES_MAX; i++) {
		if (a->slots[i].id)
			(void)analyses_drop(a, a->slots[i].id);
	}
	(void)pthread_mutex_destroy(&a->lock);
	MEM_FREE(pa);
}

int analyses_start(struct analyses *a, const struct analysis_ask *ask, struct err *err)
{
	ASSERT(ask->id && ask->files[ANALYSIS_TRAFFIC]);
	drop_old(a, ask->at);
	struct slot *s = take_slot(a, ask);
	if (!s)
		return err_set(err, E_BUSY,
		    N_("Another analysis is under way, or too many are kept: wait, or remove one."));
	return begin(s, ask, err);
}

static struct str copy(struct arena *arena, const char *text)
{
	return text[0] ? arena_str(arena, str_c(text)) : STR_NONE;
}

/* Under the lock. */
static void show(const struct slot *s, struct arena *arena, struct analysis_seen *ret)
{
	*ret = (struct analysis_seen){
		.id = s->id,
		.at = s->at,
		.ended_at = s->ended_at,
		.name = copy(arena, s->name),
		.state = s->state,
		.judges = s->judges,
		.file = copy(arena, s->file),
		.rows = s->rows,
		.percent = s->percent,
		.problem = s->state == ANALYSIS_FAILED ? copy(arena, s->problem) : STR_NONE,
	};
}

bool analyses_get(struct analyses *a, uint64_t id, struct arena *arena, struct analysis_seen *ret)
{
	drop_old(a, clock_now());
	pthread_mutex_lock(&a->lock);
	const struct slot *s = find(a, id);
	if (s)
		show(s, arena, ret);
	pthread_mutex_unlock(&a->lock);
	return s;
}

size_t analyses_list(
    struct analyses *a, struct arena *arena, struct analysis_seen ret[ANALYSES_MAX])
{
	size_t n = 0;

	drop_old(a, clock_now());
	pthread_mutex_lock(&a->lock);
	for (size_t i = 0; i < ANALYSES_MAX; i++) {
		if (!a->slots[i].id || a->slots[i].dropped)
			continue;
		size_t at = n++;
		for (; at > 0 && ret[at - 1].id < a->slots[i].id; at--)
			ret[at] = ret[at - 1];
		show(&a->slots[i], arena, &ret[at]);
	}
	pthread_mutex_unlock(&a->lock);
	return n;
}

int analyses_open(struct analyses *a, uint64_t id, enum analysis_form form)
{
	pthread_mutex_lock(&a->lock);
	const struct slot *s = find(a, id);
	int fd = s && s->state == ANALYSIS_DONE ? fcntl(s->forms[form], F_DUPFD_CLOEXEC, 0) : -1;
	pthread_mutex_unlock(&a->lock);
	return fd;
}

bool analyses_drop(struct analyses *a, uint64_t id)
{
	pthread_mutex_lock(&a->lock);
	struct slot *s = find(a, id);
	if (s) {
		s->dropped = true;
		if (s->pid > 0)
			(void)kill(s->pid, SIGKILL);
	}
	pthread_mutex_unlock(&a->lock);
	if (s)
		clear(s);
	return s;
}

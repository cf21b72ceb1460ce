/* The stack is kept short: when many directories wait, a thread goes down into one at once instead of
 * putting it there, as long as it is not too deep itself. A directory's rules are read before its
 * names. What the kernel shows as files is told by the kind of its file system. */
#include "apps/scan/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "apps/scan/above.h"
#include "apps/scan/kind.h"
#include "base/check.h"
#include "base/file.h"
#include "base/map.h"

#define STACK_LONG 2048 /* from here on go down at once */
#define DOWN_MAX 200    /* directories that one thread has open */
#define PATH_LEN_MAX 4096
#define RULES_FILE_MAX (256u << 10)
#define ROOTS_MAX 256

struct task {
	struct task *next;
	struct ignore *ignore;
	unsigned root;
	size_t len;
	char path[];
};

struct walk {
	pthread_mutex_t lock;
	pthread_cond_t change;
	struct task *stack;
	size_t waiting, busy;
	struct map *manifests;
	int roots[ROOTS_MAX];         /* descriptors of directories */
	const char *files[ROOTS_MAX]; /* roots that are files, borrowed */
	unsigned roots_len, next_file;
	bool no_ignore, out_of_memory;
	time_ms now;
};

struct walk *walk_new(const struct scan_options *o)
{
	struct walk *w = mem_alloc(sizeof(*w));

	if (!w)
		return NULL;
	w->no_ignore = o->no_ignore;
	w->now = o->now;
	w->manifests = map_new();
	if (!w->manifests) {
		MEM_FREE(&w);
		return NULL;
	}
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->change, NULL);
	return w;
}

void walk_free(struct walk **pw)
{
	struct walk *w = *pw;

	if (!w)
		return;
	while (w->stack) {
		struct task *t = w->stack;
		w->stack = t->next;
		ignore_unref(&t->ignore);
		MEM_FREE(&t);
	}
	for (unsigned i = 0; i < w->roots_len; i++) {
		if (w->roots[i] >= 0)
			close(w->roots[i]);
	}
	map_free(&w->manifests);
	pthread_cond_destroy(&w->change);
	pthread_mutex_destroy(&w->lock);
	MEM_FREE(pw);
}

const struct map *walk_manifests(const struct walk *w)
{
	return w->manifests;
}

/* --- the stack -------------------------------------------------------------------------------- */

static bool push(struct walk *w, unsigned root, struct str path, struct ignore *ignore)
{
	struct task *t = mem_alloc(sizeof(*t) + path.len + 1);

	if (!t)
		return false;
	t->root = root;
	t->ignore = ignore_ref(ignore);
	t->len = path.len;
	if (path.len > 0)
		memcpy(t->path, path.p, path.len);
	pthread_mutex_lock(&w->lock);
	t->next = w->stack;
	w->stack = t;
	w->waiting++;
	pthread_cond_signal(&w->change);
	pthread_mutex_unlock(&w->lock);
	return true;
}

/* The next directory or root that is a file; false when all is done. */
static bool pop(struct walk *w, struct task **ret_task, unsigned *ret_file)
{
	bool got = true;

	*ret_task = NULL;
	pthread_mutex_lock(&w->lock);
	while (w->next_file < w->roots_len && !w->files[w->next_file])
		w->next_file++;
	if (w->next_file < w->roots_len) {
		*ret_file = w->next_file++;
		w->busy++;
	} else {
		while (!w->stack && w->busy > 0)
			pthread_cond_wait(&w->change, &w->lock);
		got = w->stack != NULL;
		if (got) {
			*ret_task = w->stack;
			w->stack = w->stack->next;
			w->waiting--;
			w->busy++;
		}
	}
	pthread_mutex_unlock(&w->lock);
	return got;
}

static void finished(struct walk *w)
{
	pthread_mutex_lock(&w->lock);
	if (--w->busy == 0 && !w->stack)
		pthread_cond_broadcast(&w->change);
	pthread_mutex_unlock(&w->lock);
}

static bool stack_is_long(struct walk *w)
{
	pthread_mutex_lock(&w->lock);
	bool is = w->waiting > STACK_LONG;
	pthread_mutex_unlock(&w->lock);
	return is;
}

/* --- opening ---------------------------------------------------------------------------------- */

#define OPEN_FILE (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
#define OPEN_DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* Below the root and through no link, whatever changes meanwhile; older kernels know only the last
 * part of that. */
static int open_below(int root, const char *path)
{
	struct open_how how = { .flags = OPEN_DIRECTORY,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
	long fd = syscall(SYS_openat2, root, path, &how, sizeof(how));

	return fd < 0 && (errno == ENOSYS || errno == EPERM) ? openat(root, path, OPEN_DIRECTORY)
							     : (int)fd;
}

static bool is_kernels(int fd)
{
	static const long kinds[] = { PROC_SUPER_MAGIC, SYSFS_MAGIC, DEVPTS_SUPER_MAGIC,
		DEBUGFS_MAGIC, TRACEFS_MAGIC, CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC,
		SECURITYFS_MAGIC, SELINUX_MAGIC, PSTOREFS_MAGIC, EFIVARFS_MAGIC, BPF_FS_MAGIC,
		BINFMTFS_MAGIC, NSFS_MAGIC };
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if ((long)fs.f_type == kinds[i])
			return true;
	}
	return false;
}

static void read_rules_file(int dir, const char *name, struct buf *out)
{
	struct stat st;
	int fd = openat(dir, name, OPEN_FILE);

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
	    st.st_size <= RULES_FILE_MAX && buf_reserve(out, (size_t)st.st_size)) {
		ssize_t n = read(fd, out->p, (size_t)st.st_size);
		out->len = n > 0 ? (size_t)n : 0;
	}
	close(fd);
}

/* A reference of the caller's: the rules that hold in this directory. */
static struct ignore *rules_of(struct walk *w, int dir, struct str path, struct ignore *above)
{
	struct ignore *own = NULL;
	struct buf git, varco;

	if (w->no_ignore)
		return NULL;
	buf_init(&git, 0);
	buf_init(&varco, 0);
	read_rules_file(dir, ".gitignore", &git);
	read_rules_file(dir, ".varcoignore", &varco);
	if (git.len + varco.len > 0)
		own = ignore_new(above, path, buf_str(&git), buf_str(&varco), w->now);
	buf_done(&git);
	buf_done(&varco);
	return own ? own : ignore_ref(above);
}

/* --- one directory ---------------------------------------------------------------------------- */

struct visit {
	struct walk *w;
	struct reader *r;
	struct ignore *ignore;
	unsigned root, down;
	int fd;
	size_t base; /* length of the directory's own path */
	char *path;  /* PATH_LEN_MAX + 1 bytes; the entry's path */
	bool has_manifest;
};

static void visit_directory(struct walk *w, struct reader *r, unsigned root, char *path, size_t len,
    struct ignore *above, unsigned down);

static void read_file(struct visit *v, const char *name, struct str path)
{
	int fd = openat(v->fd, name, OPEN_FILE);

	if (fd < 0) {
		reader_skip(v->r, errno == ELOOP ? SCAN_SKIP_LINK : SCAN_SKIP_UNREADABLE, path);
		return;
	}
	reader_read(v->r, fd, v->root, path);
	close(fd);
}

static void enter(struct visit *v, struct str path)
{
	if (v->down < DOWN_MAX && stack_is_long(v->w)) {
		char *own = mem_alloc(PATH_LEN_MAX + 1);
		if (own) {
			memcpy(own, path.p, path.len);
			visit_directory(v->w, v->r, v->root, own, path.len, v->ignore, v->down + 1);
		}
		MEM_FREE(&own);
		return;
	}
	if (!push(v->w, v->root, path, v->ignore))
		reader_skip(v->r, SCAN_SKIP_UNREADABLE, path);
}

static unsigned char type_of(const struct visit *v, const struct dirent *e)
{
	struct stat st;

	if (e->d_type != DT_UNKNOWN)
		return e->d_type;
	return fstatat(v->fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? IFTODT(st.st_mode)
									: DT_UNKNOWN;
}

static bool is_history(struct str name)
{
	return str_eq(name, STR(".git")) || str_eq(name, STR(".hg")) || str_eq(name, STR(".svn"));
}

/* True when it is not to be read, and was counted so. A session that lies there is told all the same. */
static bool is_left_out(struct visit *v, unsigned char type, struct str name, struct str path)
{
	static const enum scan_skip why[] = {
		[IGNORE_GIT] = SCAN_SKIP_GIT_RULES, [IGNORE_VARCO] = SCAN_SKIP_VARCO_RULES
	};
	enum ignore_answer answer;

	if (type == DT_DIR && is_history(name)) {
		reader_skip(v->r, SCAN_SKIP_HISTORY, path);
		return true;
	}
	answer = v->ignore ? ignore_asks(v->ignore, path, type == DT_DIR) : IGNORE_NO;
	if (answer == IGNORE_NO)
		return false;
	if (answer == IGNORE_GIT)
		judge_path(v->r->judge, v->root, path);
	reader_skip(v->r, why[answer], path);
	return true;
}

static void visit_entry(struct visit *v, const struct dirent *e)
{
	struct str name = str_c(e->d_name), path;
	size_t at = v->base + (v->base > 0);
	unsigned char type = type_of(v, e);

	if (at + name.len > PATH_LEN_MAX) {
		reader_skip(v->r, SCAN_SKIP_DEEP, str_n(v->path, v->base));
		return;
	}
	if (v->base > 0)
		v->path[v->base] = '/';
	memcpy(v->path + at, name.p, name.len);
	path = str_n(v->path, at + name.len);
	if (is_left_out(v, type, name, path))
		return;
	if (type == DT_DIR)
		enter(v, path);
	else if (type == DT_REG)
		read_file(v, e->d_name, path);
	else if (type == DT_LNK)
		reader_skip(v->r, SCAN_SKIP_LINK, path);
	else
		reader_skip(v->r, SCAN_SKIP_SPECIAL, path);
	v->has_manifest = v->has_manifest || (type == DT_REG && kind_is_manifest(name));
}

static void note_manifest(struct visit *v)
{
	char key[PATH_LEN_MAX + 16];
	int n = snprintf(key, sizeof(key), "%u:%.*s", v->root, (int)v->base, v->path);

	pthread_mutex_lock(&v->w->lock);
	if (n > 0 && (size_t)n < sizeof(key) &&
	    map_put(v->w->manifests, str_n(key, (size_t)n), v->w) < 0)
		v->w->out_of_memory = true;
	pthread_mutex_unlock(&v->w->lock);
}

static void visit_entries(struct visit *v)
{
	DIR *d = fdopendir(v->fd);
	struct dirent *e;

	if (!d) {
		close(v->fd);
		reader_skip(v->r, SCAN_SKIP_UNREADABLE, str_n(v->path, v->base));
		return;
	}
	v->r->coverage->directories++;
	v->ignore = rules_of(v->w, v->fd, str_n(v->path, v->base), v->ignore);
	while ((e = readdir(d))) {
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			visit_entry(v, e);
	}
	ignore_unref(&v->ignore);
	if (v->has_manifest)
		note_manifest(v);
	closedir(d);
}

static void visit_directory(struct walk *w, struct reader *r, unsigned root, char *path, size_t len,
    struct ignore *above, unsigned down)
{
	struct visit v = { .w = w,
		.r = r,
		.ignore = above,
		.root = root,
		.down = down,
		.base = len,
		.path = path };

	path[len] = '\0';
	v.fd = open_below(w->roots[root], len > 0 ? path : ".");
	if (v.fd < 0) {
		reader_skip(r, errno == ENAMETOOLONG ? SCAN_SKIP_DEEP : SCAN_SKIP_UNREADABLE,
		    str_n(path, len));
		return;
	}
	if (is_kernels(v.fd)) {
		close(v.fd);
		reader_skip(r, SCAN_SKIP_KERNEL, str_n(path, len));
		return;
	}
	visit_entries(&v);
}

/* --- roots ------------------------------------------------------------------------------------ */

static bool add_root_directory(struct walk *w, unsigned root, const char *path)
{
	struct ignore *above = w->no_ignore ? NULL : above_rules(path, w->now);
	bool added = push(w, root, STR(""), above);

	ignore_unref(&above);
	return added;
}

int walk_add_root(struct walk *w, unsigned root, const char *path, struct err *err)
{
	struct stat st;

	if (root >= ROOTS_MAX)
		return err_set(
		    err, E_TOO_LARGE, "At most %d paths are scanned at once.", ROOTS_MAX);
	w->roots_len = root + 1;
	w->roots[root] = -1;
	if (stat(path, &st) < 0)
		return err_set(err, E_NOT_FOUND, "Cannot read \"%s\": %s.", path, strerror(errno));
	if (S_ISREG(st.st_mode)) {
		w->files[root] = path;
		return 0;
	}
	w->roots[root] = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w->roots[root] < 0)
		return err_set(err, E_IO, "Cannot read \"%s\": %s.", path, strerror(errno));
	return add_root_directory(w, root, path) ? 0 : err_set(err, E_NOMEM, "Memory ran out.");
}

static void read_root_file(struct walk *w, struct reader *r, unsigned root)
{
	struct str path = str_c(w->files[root]);
	const char *slash = strrchr(w->files[root], '/');
	struct str name = slash ? str_c(slash + 1) : path;
	int fd = open(w->files[root], O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		reader_skip(r, SCAN_SKIP_UNREADABLE, name);
	else
		reader_read(r, fd, root, name);
	if (fd >= 0)
		close(fd);
}

void walk_work(struct walk *w, struct reader *r)
{
	char *path = mem_alloc(PATH_LEN_MAX + 1);
	struct task *t;
	unsigned file;

	while (path && pop(w, &t, &file)) {
		if (t) {
			memcpy(path, t->path, t->len);
			visit_directory(w, r, t->root, path, t->len, t->ignore, 0);
			ignore_unref(&t->ignore);
			MEM_FREE(&t);
		} else {
			read_root_file(w, r, file);
		}
		finished(w);
	}
	MEM_FREE(&path);
}

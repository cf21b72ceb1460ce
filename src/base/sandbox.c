/* start → child: descriptors, limits, input, prepare, filter, run, write, _exit
 *       → caller: read until the end or the deadline, kill, wait
 *
 * An exit code of 0 says that what was written is the output; another one is an enum err_code, and
 * what was written is the sentence. The program is started by posix_spawn, which copies nothing of
 * a process that may have many threads. */
#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/lang.h"

#define SELF "/proc/self/exe"
#define WORD "--sandboxed"
#define INPUT 0 /* the child's descriptors; 1 and 2 lead nowhere */
#define OUTPUT 3

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

/* --- the filter ------------------------------------------------------------------------------- */

static const int allowed[] = {
	SCMP_SYS(brk),
	SCMP_SYS(mmap),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(mprotect),
	SCMP_SYS(madvise),
	SCMP_SYS(futex),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(getrandom),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

/* What libraries try and can do without: the answer, which no kernel is asked for. */
static const struct {
	int call, error;
} answered[] = {
	{ SCMP_SYS(open), EACCES }, { SCMP_SYS(openat), EACCES },
	{ SCMP_SYS(access), 0 }, /* not asked: cairo asks again after every font that it has open */
	{ SCMP_SYS(faccessat), 0 }, { SCMP_SYS(faccessat2), 0 }, { SCMP_SYS(stat), EACCES },
	{ SCMP_SYS(lstat), EACCES }, { SCMP_SYS(newfstatat), EACCES }, { SCMP_SYS(statx), EACCES },
	{ SCMP_SYS(readlink), EACCES }, { SCMP_SYS(readlinkat), EACCES },
	{ SCMP_SYS(prctl), EPERM },
	{ SCMP_SYS(clone3), ENOSYS }, /* threads are asked for by clone() then */
};

static bool add_rules(scmp_filter_ctx filter)
{
	/* Bits of the first argument, and what they must be. */
	const struct scmp_arg_cmp to_output = { 0, SCMP_CMP_MASKED_EQ, UINT32_MAX, OUTPUT };
	const struct scmp_arg_cmp as_thread = { 0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD };
	bool ok = true;

	for (size_t i = 0; i < ARRAY_LEN(allowed); i++)
		ok &= seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0) == 0;
	for (size_t i = 0; i < ARRAY_LEN(answered); i++)
		ok &= seccomp_rule_add(filter, SCMP_ACT_ERRNO((uint16_t)answered[i].error),
			  answered[i].call, 0) == 0;
	ok &= seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1, &to_output) == 0;
	ok &= seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, &as_thread) == 0;
	return ok;
}

/* For all threads that there are; whatever is not named is the end of the process. */
static bool lock_in(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	bool ok = filter && seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&
	    add_rules(filter) && seccomp_load(filter) == 0;

	if (filter)
		seccomp_release(filter);
	return ok;
}

/* --- the child -------------------------------------------------------------------------------- */

static bool set_limit(int which, uint64_t n)
{
	const struct rlimit limit = { n, n };

	return setrlimit((__rlimit_resource_t)which, &limit) == 0;
}

/* Bytes of address space in use. */
static uint64_t memory_now(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	unsigned long pages = 0;

	if (f && fscanf(f, "%lu", &pages) != 1)
		pages = 0;
	if (f)
		(void)fclose(f);
	return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static bool confine(const struct sandbox_limits *limits)
{
	uint64_t seconds = (uint64_t)limits->time_ms / 1000 + 1, memory = memory_now();

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	return close_range(OUTPUT + 1, ~0U, 0) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
	    set_limit(RLIMIT_CORE, 0) && set_limit(RLIMIT_FSIZE, 0) &&
	    set_limit(RLIMIT_CPU, seconds) &&
	    (SANITIZED || (memory > 0 && set_limit(RLIMIT_AS, memory + limits->memory_max)));
}

static bool write_all(struct str s)
{
	while (s.len) {
		ssize_t n = write(OUTPUT, s.p, s.len);
		if (n < 0 && errno != EINTR)
			return false;
		s = str_sub(s, n > 0 ? (size_t)n : 0, s.len);
	}
	return true;
}

static int read_input(struct buf *in, struct err *err)
{
	char chunk[65536];
	ssize_t n;

	while ((n = read(INPUT, chunk, sizeof(chunk))) > 0 || (n < 0 && errno == EINTR))
		buf_add(in, str_n(chunk, n > 0 ? (size_t)n : 0));
	if (in->failed)
		return err_set(err, E_NOMEM, N_("Memory ran out while rendering."));
	return n < 0 ? err_set(err, E_IO, N_("What is to be rendered cannot be read.")) : 0;
}

static int perform(const struct sandbox_deed *deed, struct str in, struct buf *out, struct err *err)
{
	void *state = NULL;
	int r = deed->prepare ? deed->prepare(in, &state, err) : 0;

	if (r < 0)
		return r;
	if (!set_limit(RLIMIT_NOFILE, 0) || !lock_in())
		return err_set(err, E_IO,
		    N_("This system lets no process give up its rights (seccomp), so nothing is rendered."));
	return deed->run(state, in, out, err);
}

static _Noreturn void child(const struct sandbox_deed *deed)
{
	struct err err = { 0 };
	struct buf in, out;
	int r;

	buf_init(&in, 0);
	buf_init(&out, deed->limits.output_max);
	if (confine(&deed->limits))
		r = read_input(&in, &err);
	else
		r = err_set(&err, E_IO, "A process without rights could not be set up.");
	if (r == 0)
		r = perform(deed, buf_str(&in), &out, &err);
	if (r == 0 && out.failed)
		r = err_set(&err, E_TOO_LARGE, "What was to be rendered came out too large.");
	if (!write_all(r < 0 ? str_c(err.text) : buf_str(&out)))
		r = -E_IO;
	_exit(-r);
}

void sandbox_main(int argc, char **argv, const struct sandbox_deed *const *deeds)
{
	if (argc != 3 || strcmp(argv[1], WORD) != 0)
		return;
	for (; *deeds; deeds++) {
		if (strcmp(argv[2], (*deeds)->name) == 0)
			child(*deeds);
	}
	_exit(E_UNSUPPORTED);
}

/* --- the caller ------------------------------------------------------------------------------- */

/* 1 there may be more, 0 the end, <0. */
static int read_some(int fd, size_t max, struct buf *out, struct err *err)
{
	char chunk[65536];
	ssize_t n = read(fd, chunk, sizeof(chunk));

	if (n < 0)
		return errno == EINTR
		    ? 1
		    : err_set(err, E_IO, N_("What a process without rights wrote cannot be read."));
	if (out->len + (size_t)n > max)
		return err_set(err, E_TOO_LARGE, N_("What was to be rendered came out too large."));
	buf_add(out, str_n(chunk, (size_t)n));
	if (out->failed)
		return err_set(err, E_NOMEM, N_("Memory ran out while rendering."));
	return n > 0;
}

static int read_until(int fd, mono_ns deadline, size_t max, struct buf *out, struct err *err)
{
	struct pollfd waiting = { .fd = fd, .events = POLLIN };
	int r = 1;

	while (r > 0) {
		int64_t left = (deadline - clock_mono()) / 1000000;
		if (left <= 0)
			return err_set(
			    err, E_TIMEOUT, N_("Rendering took too long and was ended."));
		int n = poll(&waiting, 1, (int)left + 1);
		if (n > 0)
			r = read_some(fd, max, out, err);
		else if (n < 0 && errno != EINTR)
			return err_set(
			    err, E_IO, N_("What a process without rights wrote cannot be read."));
	}
	return r;
}

static int wait_for(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* What the child's end means. `out` has what it wrote. */
static int judge(int status, struct buf *out, struct err *err)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return err_set(
		    err, E_IO, N_("A document made its renderer ask for what it may not have."));
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		return err_set(err, E_TIMEOUT, N_("Rendering took too long and was ended."));
	if (!WIFEXITED(status) || WEXITSTATUS(status) >= E_CODES_END)
		return err_set(err, E_IO, N_("A document made its renderer crash."));
	struct str why = buf_str(out);
	if (!why.len)
		return err_set(err, E_IO, N_("A process without rights came to no good end."));
	return err_set(err, (enum err_code)WEXITSTATUS(status), "%.*s", STR_ARG(why));
}

/* The pipe's reading end is closed here. */
static int collect(
    pid_t pid, int fd, const struct sandbox_limits *limits, struct buf *out, struct err *err)
{
	mono_ns deadline = clock_mono() + limits->time_ms * 1000000;
	int r = read_until(fd, deadline, limits->output_max, out, err);

	if (r < 0)
		(void)kill(pid, SIGKILL);
	(void)close(fd);
	int status = wait_for(pid);
	return r < 0 ? r : judge(status, out, err);
}

/* Only what sanitizers are told: a deed depends on nothing else. */
static char **environment(char *kept[3])
{
	size_t n = 0;

	for (char **e = environ; e && *e; e++) {
		if (n < 2 && SANITIZED &&
		    (strncmp(*e, "ASAN_OPTIONS=", 13) == 0 ||
			strncmp(*e, "UBSAN_OPTIONS=", 14) == 0))
			kept[n++] = *e;
	}
	kept[n] = NULL;
	return kept;
}

static int spawn(const struct sandbox_deed *deed, int input, int output, pid_t *ret)
{
	static char self[] = "varco", word[] = WORD;
	char name[64], *argv[] = { self, word, name, NULL }, *kept[3];
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t none, all;

	if (str_to_c(str_c(deed->name), name, sizeof(name)) < 0 ||
	    posix_spawn_file_actions_init(&files) != 0)
		return -1;
	(void)posix_spawnattr_init(&how);
	sigemptyset(&none);
	sigfillset(&all);
	(void)posix_spawnattr_setsigmask(&how, &none);
	(void)posix_spawnattr_setsigdefault(&how, &all);
	(void)posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	int r = posix_spawn_file_actions_adddup2(&files, input, INPUT) |
	    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0) |
	    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0) |
	    posix_spawn_file_actions_adddup2(&files, output, OUTPUT);
	if (r == 0)
		r = posix_spawn(ret, SELF, &files, &how, argv, environment(kept));
	(void)posix_spawnattr_destroy(&how);
	(void)posix_spawn_file_actions_destroy(&files);
	return r;
}

/* Above the child's own numbers, so that one is not written over while the next is put in place. */
static int lift(int fd)
{
	int high = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, OUTPUT + 1);

	if (fd >= 0)
		(void)close(fd);
	return high;
}

static int make_input(struct str text)
{
	int fd = lift(memfd_create("sandbox", MFD_CLOEXEC));

	while (fd >= 0 && text.len) {
		ssize_t n = write(fd, text.p, text.len);
		if (n < 0 && errno != EINTR) {
			(void)close(fd);
			return -1;
		}
		text = str_sub(text, n > 0 ? (size_t)n : 0, text.len);
	}
	if (fd >= 0)
		(void)lseek(fd, 0, SEEK_SET);
	return fd;
}

/* *ret_output is the end to read from. */
static int start(
    const struct sandbox_deed *deed, struct str input, pid_t *ret, int *ret_output, struct err *err)
{
	int in = make_input(input), ends[2] = { -1, -1 }, r = -1;

	if (in >= 0 && pipe2(ends, O_CLOEXEC) == 0) {
		ends[1] = lift(ends[1]);
		r = ends[1] < 0 ? -1 : spawn(deed, in, ends[1], ret);
	}
	if (in >= 0)
		(void)close(in);
	if (ends[1] >= 0)
		(void)close(ends[1]);
	if (r == 0) {
		*ret_output = ends[0];
		return 0;
	}
	if (ends[0] >= 0)
		(void)close(ends[0]);
	return err_set(err, E_IO, N_("A process without rights cannot be started."));
}

int sandbox_run(const struct sandbox_deed *deed, struct str input, struct buf *out, struct err *err)
{
	struct buf written;
	int output = -1;
	pid_t pid = 0;
	int r = start(deed, input, &pid, &output, err);

	if (r < 0)
		return r;
	buf_init(&written, 0);
	r = collect(pid, output, &deed->limits, &written, err);
	if (r == 0)
		buf_add(out, buf_str(&written));
	buf_done(&written);
	if (r == 0 && out->failed)
		r = err_set(err, E_NOMEM, N_("Memory ran out while rendering."));
	return r;
}

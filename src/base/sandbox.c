/* fork → child: descriptors, limits, prepare, filter, run, write, _exit
 *      → caller: read until the end or the deadline, kill, wait
 *
 * An exit code of 0 says that what was written is the output; another one is an enum err_code, and
 * what was written is the sentence. Signals are blocked around the fork, so that no handler of the
 * caller's runs in the child before they are set back. */
#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
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

#define OUTPUT 3 /* the child's only descriptor */

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

struct parent {
	sigset_t mask; /* as it was before the fork */
	int output;
};

static void reset_signals(const sigset_t *mask)
{
	for (int i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL);
	(void)pthread_sigmask(SIG_SETMASK, mask, NULL);
}

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

static bool keep_only(int output)
{
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (nothing < 0 || dup2(output, OUTPUT) < 0)
		return false;
	for (int i = 0; i < OUTPUT; i++) {
		if (dup2(nothing, i) < 0)
			return false;
	}
	return close_range(OUTPUT + 1, ~0U, 0) == 0;
}

static bool confine(const struct sandbox_limits *limits)
{
	uint64_t seconds = (uint64_t)limits->time_ms / 1000 + 1, memory = memory_now();

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && set_limit(RLIMIT_CORE, 0) &&
	    set_limit(RLIMIT_FSIZE, 0) && set_limit(RLIMIT_CPU, seconds) &&
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

static int perform(const struct sandbox_deed *deed, struct buf *out, struct err *err)
{
	int r = deed->prepare ? deed->prepare(deed->arg, err) : 0;

	if (r < 0)
		return r;
	if (!set_limit(RLIMIT_NOFILE, 0) || !lock_in())
		return err_set(err, E_UNSUPPORTED,
		    "This system lets no process give up its rights (seccomp), so nothing is rendered.");
	return deed->run(deed->arg, out, err);
}

static _Noreturn void child(const struct sandbox_deed *deed, const struct sandbox_limits *limits,
    const struct parent *parent)
{
	struct err err = { 0 };
	struct buf out;
	int r = -E_IO;

	reset_signals(&parent->mask);
	buf_init(&out, limits->output_max);
	if (keep_only(parent->output) && confine(limits))
		r = perform(deed, &out, &err);
	else
		(void)err_set(&err, E_IO, "A process without rights could not be set up.");
	if (r == 0 && out.failed)
		r = err_set(&err, E_TOO_LARGE, "What was to be rendered came out too large.");
	if (!write_all(r < 0 ? str_c(err.text) : buf_str(&out)))
		r = -E_IO;
	_exit(-r);
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
		    : err_set(err, E_IO, "What a process without rights wrote cannot be read.");
	if (out->len + (size_t)n > max)
		return err_set(err, E_TOO_LARGE, "What was to be rendered came out too large.");
	buf_add(out, str_n(chunk, (size_t)n));
	if (out->failed)
		return err_set(err, E_NOMEM, "Memory ran out while rendering.");
	return n > 0;
}

static int read_until(int fd, mono_ns deadline, size_t max, struct buf *out, struct err *err)
{
	struct pollfd waiting = { .fd = fd, .events = POLLIN };
	int r = 1;

	while (r > 0) {
		int64_t left = (deadline - clock_mono()) / 1000000;
		if (left <= 0)
			return err_set(err, E_TIMEOUT, "Rendering took too long and was ended.");
		int n = poll(&waiting, 1, (int)left + 1);
		if (n > 0)
			r = read_some(fd, max, out, err);
		else if (n < 0 && errno != EINTR)
			return err_set(
			    err, E_IO, "What a process without rights wrote cannot be read.");
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
		    err, E_IO, "A document made its renderer ask for what it may not have.");
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		return err_set(err, E_TIMEOUT, "Rendering took too long and was ended.");
	if (!WIFEXITED(status) || WEXITSTATUS(status) >= E_CODES_END)
		return err_set(err, E_IO, "A document made its renderer crash.");
	struct str why = buf_str(out);
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

int sandbox_run(const struct sandbox_deed *deed, const struct sandbox_limits *limits,
    struct buf *out, struct err *err)
{
	struct parent parent = { .output = -1 };
	struct buf written;
	sigset_t all;
	int pipe[2];

	if (pipe2(pipe, O_CLOEXEC) < 0)
		return err_set(err, E_IO, "A process without rights cannot be started.");
	parent.output = pipe[1];
	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &parent.mask);
	pid_t pid = fork();
	if (pid == 0)
		child(deed, limits, &parent);
	(void)pthread_sigmask(SIG_SETMASK, &parent.mask, NULL);
	(void)close(pipe[1]);
	if (pid < 0) {
		(void)close(pipe[0]);
		return err_set(err, E_IO, "A process without rights cannot be started.");
	}
	buf_init(&written, 0);
	int r = collect(pid, pipe[0], limits, &written, err);
	if (r == 0)
		buf_add(out, buf_str(&written));
	buf_done(&written);
	if (r == 0 && out->failed)
		r = err_set(err, E_NOMEM, "Memory ran out while rendering.");
	return r;
}

/* Filters of libseccomp. The process loses whole families of calls; a reading thread keeps a list. What is
 * not allowed fails with EPERM instead of killing, so that a libc that tries something new falls
 * back. */
#include "apps/scan/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>

#include "base/check.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static const char *const denied[] = { "socket", "socketpair", "connect", "bind", "listen", "accept",
	"accept4", "sendto", "sendmsg", "sendmmsg", "execve", "execveat", "ptrace",
	"process_vm_readv", "process_vm_writev", "bpf", "perf_event_open", "userfaultfd", "mount",
	"umount2", "pivot_root", "chroot", "setns", "unshare", "keyctl", "add_key", "init_module",
	"finit_module", "kexec_load", "io_uring_setup", "personality" };

static const char *const allowed[] = { "read", "pread64", "readv", "close", "fstat", "newfstatat",
	"statx", "fstatfs", "lseek", "getdents64", "fcntl", "mmap", "munmap", "mremap", "mprotect",
	"madvise", "brk", "futex", "sched_yield", "sched_getaffinity", "clock_gettime",
	"clock_nanosleep", "nanosleep", "gettimeofday", "rt_sigprocmask", "rt_sigreturn",
	"rt_sigaction", "sigaltstack", "restart_syscall", "exit", "exit_group", "getpid", "gettid",
	"tgkill", "getrandom", "membarrier", "rseq", "set_robust_list", "fadvise64", "readlinkat",
	"openat2" };

static int add(scmp_filter_ctx ctx, uint32_t action, const char *name)
{
	int nr = seccomp_syscall_resolve_name(name);

	/* Not every processor has every call. */
	return nr == __NR_SCMP_ERROR ? 0 : seccomp_rule_add(ctx, action, nr, 0);
}

static int add_all(scmp_filter_ctx ctx, uint32_t action, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int rc = add(ctx, action, names[i]);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int sandbox_process(void)
{
	scmp_filter_ctx ctx = SANITIZED ? NULL : seccomp_init(SCMP_ACT_ALLOW);
	int rc = -1;

	if (SANITIZED)
		return 0;
	if (ctx) {
		rc = add_all(ctx, SCMP_ACT_ERRNO(EPERM), denied, ARRAY_LEN(denied));
		if (rc == 0)
			rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);
		if (rc == 0)
			rc = seccomp_load(ctx);
	}
	seccomp_release(ctx);
	return rc < 0 ? -E_UNSUPPORTED : 0;
}

/* openat() for reading, creating nothing. openat2() hides its flags behind a pointer, so that it is only
 * as good as the directories it is used on. */
static int allow_reading(scmp_filter_ctx ctx)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
	    SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND, 0));
}

int sandbox_thread(void)
{
	scmp_filter_ctx ctx = SANITIZED ? NULL : seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int rc = -1;

	if (SANITIZED)
		return 0;
	if (ctx) {
		rc = add_all(ctx, SCMP_ACT_ALLOW, allowed, ARRAY_LEN(allowed));
		if (rc == 0)
			rc = allow_reading(ctx);
		if (rc == 0)
			rc = seccomp_load(ctx);
	}
	seccomp_release(ctx);
	return rc < 0 ? -E_UNSUPPORTED : 0;
}

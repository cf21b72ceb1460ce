/* One line a process, as `ps -eo pid,args` prints them. */
#include "apps/scan/processes.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LIST_MAX (4u << 20)
#define LINE_LEN_MAX 4096

/* Arguments are parted by zero bytes. */
static void add_process(struct buf *out, int proc, const char *pid)
{
	char path[64], line[LINE_LEN_MAX];
	int n = snprintf(path, sizeof(path), "%.20s/cmdline", pid);
	int fd = n > 0 ? openat(proc, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
	ssize_t len = fd >= 0 ? read(fd, line, sizeof(line)) : -1;

	if (fd >= 0)
		close(fd);
	if (len <= 0)
		return;
	for (ssize_t i = 0; i < len; i++) {
		if (line[i] == '\0' || line[i] == '\n')
			line[i] = ' ';
	}
	buf_addf(out, "%7.20s ", pid);
	buf_add(out, str_trim(str_n(line, (size_t)len)));
	buf_add_char(out, '\n');
}

int processes_read(struct reader *r, unsigned root, struct err *err)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	struct buf list;

	if (!d)
		return err_set(err, E_IO, "Cannot read /proc: %s.", strerror(errno));
	buf_init(&list, LIST_MAX);
	buf_add_c(&list, "    PID COMMAND\n");
	while ((e = readdir(d))) {
		if (isdigit((unsigned char)e->d_name[0]) && list.len < LIST_MAX - LINE_LEN_MAX - 64)
			add_process(&list, dirfd(d), e->d_name);
	}
	closedir(d);
	reader_take(r, root, STR("processes.ps"), buf_str(&list));
	buf_done(&list);
	return 0;
}

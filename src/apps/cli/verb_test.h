/* apps/cli/verb_test.h: runs a verb as the command line would, with its standard output and error in strings.
 * For tests only; include it behind cmocka.h. */
#ifndef APPS_CLI_VERB_TEST_H
#define APPS_CLI_VERB_TEST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"

struct verb_run {
	int code; /* exit code */
	struct buf out, complaints;
};

static inline void verb_run_done(struct verb_run *r)
{
	buf_done(&r->out);
	buf_done(&r->complaints);
}

static inline void verb_slurp(FILE *f, struct buf *out)
{
	char chunk[4096];
	size_t got;

	buf_init(out, 0);
	rewind(f);
	while ((got = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(out, str_n(chunk, got));
	buf_add_c(out, "");
	fclose(f);
}

/* In a child, because argp leaves the process when it is used wrongly. `input` may be NULL. */
static inline void verb_run(int (*verb)(int argc, char **argv), const char *const *args,
    const char *input, struct verb_run *ret)
{
	FILE *in = tmpfile(), *out = tmpfile(), *complaints = tmpfile();
	char *argv[32];
	int argc = 0, status;

	assert_true(in && out && complaints);
	while (args[argc] && argc < 31) {
		argv[argc] = (char *)(uintptr_t)args[argc];
		argc++;
	}
	argv[argc] = NULL;
	assert_true(fputs(input ? input : "", in) >= 0 && fflush(in) == 0);
	rewind(in);
	fflush(NULL);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		dup2(fileno(in), STDIN_FILENO);
		dup2(fileno(out), STDOUT_FILENO);
		dup2(fileno(complaints), STDERR_FILENO);
		exit(verb(argc, argv));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	ret->code = WEXITSTATUS(status);
	fclose(in);
	verb_slurp(out, &ret->out);
	verb_slurp(complaints, &ret->complaints);
}

#endif

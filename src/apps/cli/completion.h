/* apps/cli/completion.h: scripts with which shells complete nouns, verbs and options, from the table of commands. */
#ifndef APPS_CLI_COMPLETION_H
#define APPS_CLI_COMPLETION_H

#include "base/str.h"

/* "bash", "zsh" or "fish"; false for any other shell. */
bool completion_write(const char *shell, struct buf *out);

#endif

/* apps/cli/man.h: manual pages as roff, from the table of commands. */
#ifndef APPS_CLI_MAN_H
#define APPS_CLI_MAN_H

#include "apps/cli/command.h"
#include "base/str.h"

#define MAN_NAME_MAX (COMMAND_NAME_MAX + 16)

/* varco(1): every noun and verb. */
void man_write_overview(struct buf *out);
/* varco-account-add(1). A failed buffer when memory ran out. */
void man_write_command(const struct command *c, struct buf *out);
/* "varco-account-add.1" */
void man_file_name(const struct command *c, char out[MAN_NAME_MAX]);

#endif

/* apps/cli/verify.h: what the verbs that check a signed file share. */
#ifndef APPS_CLI_VERIFY_H
#define APPS_CLI_VERIFY_H

#include "domain/note.h"

/* The public key in a file, as it was handed over by another way than what it signs. */
MUST_CHECK int verify_key(const char *path, struct note_verifier *ret, struct err *err);
/* It does not hold, and why, as JSON too; the exit code. */
int verify_complain(const char *who, bool json, const struct err *err);

#endif

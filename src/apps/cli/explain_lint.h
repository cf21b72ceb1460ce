/* apps/cli/explain_lint.h: the rules of `varco template lint`, explained. */
#ifndef APPS_CLI_EXPLAIN_LINT_H
#define APPS_CLI_EXPLAIN_LINT_H

#include <stdbool.h>

#include "base/lang.h"

/* Appends what is known of a rule ("variable.first") or of Graph's subcode ("2388299"), as text or JSON; false, and
 * nothing, when the lint knows neither. */
bool explain_lint(const char *what, enum lang lang, bool json, struct buf *out);

#endif

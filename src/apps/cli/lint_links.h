/* apps/cli/lint_links.h: the addresses behind a template's buttons, opened to see which lead nowhere.
 *
 * Only when somebody asks for it: it goes out into the network, one address after the other, as a browser would. */
#ifndef APPS_CLI_LINT_LINKS_H
#define APPS_CLI_LINT_LINKS_H

#include "base/arena.h"
#include "domain/template_review.h"

/* Those of the definition that answer that there is nothing, or do not answer; a variable is filled with its example, and
 * an address that has none is not opened. -E_NOMEM. */
MUST_CHECK int lint_links_open(struct arena *a, const struct json *definition,
    const struct template_link **ret, size_t *ret_len, struct err *err);

#endif

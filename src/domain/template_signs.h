/* domain/template_signs.h: what a template shows its reader: a way out, and who writes.
 *
 * Shared by rules 507 and 508 and by the lint, so that both say the same of the same text. */
#ifndef DOMAIN_TEMPLATE_SIGNS_H
#define DOMAIN_TEMPLATE_SIGNS_H

#include "domain/content.h"

/* Has the text a word of that class of signs ("way_out", "contact", "sender"). */
bool template_has_sign(
    const struct pack *pack, const struct content_reading *reading, const char *class);
/* Is this the text of a quick reply that counts as an opt-out when it is pressed: 1, 0, -E_NOMEM. */
MUST_CHECK int template_reply_opts_out(const struct pack *pack, struct arena *a, struct str text);
/* Is the name in the text, as words of it and whatever its legal form: 1, 0, -E_NOMEM. The reading's `raw` is used in
 * between. */
MUST_CHECK int template_names(
    const struct pack *pack, struct content_reading *reading, struct str name);

#endif

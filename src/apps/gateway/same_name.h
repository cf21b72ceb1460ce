/* apps/gateway/same_name.h: whether two names are written for the same person, where what one did wants another to look at
 * it. Case, accents, blanks, punctuation, invisible characters, letters that look alike, letters set apart and which of the
 * names comes first tell nobody apart. Of two names that only somebody who lies would write it says nothing. */
#ifndef APPS_GATEWAY_SAME_NAME_H
#define APPS_GATEWAY_SAME_NAME_H

#include "base/fold.h"

/* Without memory they are the same, so that nothing is allowed by it. A name without letters and digits is that of nobody
 * else but who writes it byte by byte. */
bool same_name(const struct fold_signs *signs, struct str a, struct str b);

#endif

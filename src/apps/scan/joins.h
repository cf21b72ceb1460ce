/* apps/scan/joins.h: names that a program writes in pieces, as in "web.what" + "sapp.com". */
#ifndef APPS_SCAN_JOINS_H
#define APPS_SCAN_JOINS_H

#include "base/arena.h"

/* The word WhatsApp in two pieces, for vectorscan, caseless. */
extern const char joins_expression[];

/* The text with the pieces of that word, and of the hosts around it, in one string each. What stood between moves behind the
 * string as blanks and line ends, so that the text stays as long as it is and lines keep their numbers. `text` itself when it
 * has none, or when memory ran out. */
struct str joins_mend(struct arena *a, struct str text);

#endif

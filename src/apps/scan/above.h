/* apps/scan/above.h: the ignore rules that a root inherits.
 *
 * A root inside a repository is under the rules of the directories above it, up to the one that holds
 * the repository (".git"); outside of one, under none. The root itself was asked for and is read
 * whatever they say of it. */
#ifndef APPS_SCAN_ABOVE_H
#define APPS_SCAN_ABOVE_H

#include "apps/scan/ignore.h"

/* A reference of the caller's, or NULL for none. Files that cannot be read rule nothing. */
struct ignore *above_rules(const char *root, time_ms now);

#endif

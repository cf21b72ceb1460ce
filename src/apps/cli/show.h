/* apps/cli/show.h: answers of the API for people: lists as aligned tables, objects as lines, decisions as sentences.
 *
 * What a stranger wrote is made harmless for terminals. Members that this version does not know are shown under
 * their own names. */
#ifndef APPS_CLI_SHOW_H
#define APPS_CLI_SHOW_H

#include "apps/gateway/nouns.h"
#include "base/json.h"

/* `a` for what is needed on the way. A failed buffer when memory ran out. */
void show_answer(
    const struct noun_verb *api, const struct json *answer, struct arena *a, struct buf *out);

#endif

/* apps/cli/show_words.h: what members of answers are called in front of people. Private to show.c. */
#ifndef APPS_CLI_SHOW_WORDS_H
#define APPS_CLI_SHOW_WORDS_H

#include "base/str.h"

/* The label of a member, in the language of the process; NULL when there is none. */
const char *show_word(struct str key);
/* What the value of that member is called, where it is one of Varco's own words; NULL when it is not. */
const char *show_value(struct str key, struct str value);

#endif

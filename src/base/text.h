/* base/text.h: Unicode in our words, over utf8proc. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

bool text_is_utf8(struct str s);
size_t text_ascii_len(struct str s);   /* bytes at its beginning that are ASCII */
size_t text_code_points(struct str s); /* of valid UTF-8; an invalid byte counts as one */
/* Behind what `out` has; each byte that is no part of a character becomes U+FFFD. */
void text_mend(struct buf *out, struct str s);
bool text_has_control(struct str s); /* C0 or C1 controls other than tab, LF, CR */
/* Compatibility-composed, case and accents folded, punctuation, symbols and emoji dropped, runs
 * of white space one blank, none at the ends: the form in which words of people are compared. p
 * == NULL when memory ran out. */
struct str text_fold(struct arena *a, struct str s);
/* The same, but punctuation and symbols of ASCII and the typographic apostrophe are white space. */
struct str text_fold_apart(struct arena *a, struct str s);
/* 1 and *ret as text_fold; 0 when that is longer than `most` bytes, for which not much more than
 * the beginning is read; -E_NOMEM. */
MUST_CHECK int text_fold_short(struct arena *a, struct str s, size_t most, struct str *ret);
size_t text_words(struct str folded); /* blanks + 1, or 0 */
/* For terminals and logs: control and escape characters and invalid bytes replaced by '?'; at
 * most `max` bytes. */
struct str text_printable(struct arena *a, struct str s, size_t max);
/* Levenshtein distance of ASCII words, for "did you mean"; bounded inputs (64 bytes), else a
 * large number. */
unsigned text_distance(struct str a, struct str b);

#endif

/* base/words_diff.h: what differs between two texts, word by word.
 *
 * Pieces are views into the two texts, in the order in which people read them: what stays and what is new
 * together are `after`, what stays and what is gone are `before`. A word ends where white space begins.
 *
 * Beyond WORDS_DIFF_CELLS pairs of words between the first and the last that differ, all between them is one
 * piece that is gone and one that is new: the work has an end whatever the texts are. */
#ifndef BASE_WORDS_DIFF_H
#define BASE_WORDS_DIFF_H

#include "base/arena.h"
#include "base/check.h"
#include "base/str.h"

#define WORDS_DIFF_CELLS 262144

enum words_diff_kind { WORDS_SAME, WORDS_GONE, WORDS_NEW };

struct words_piece {
	enum words_diff_kind kind;
	struct str text; /* never empty */
};

/* 0, or -E_NOMEM. */
MUST_CHECK int words_diff(struct arena *a, struct str before, struct str after,
    struct words_piece **ret, size_t *ret_len);

#endif

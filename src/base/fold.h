/* base/fold.h: any text as plain Latin words, however it was disguised.
 *
 * What comes out is lower-case words of a-z and digits with one blank before and behind each, so that lists can be
 * compared with it byte by byte: compatibility forms, letter case and accents are folded; letters of other scripts that
 * look Latin, digits and signs that stand for letters inside a word (v1agra, pa$$word), letters set apart (f u c i l e,
 * p.i.s.t.o.l.e), invisible characters and long repetitions are undone; signs of money, per cent and telling emoji become
 * words. "." stands for the end of a sentence, "{}" for a variable that nobody has filled in, "##" for a number of four
 * to eight digits and "###" for a longer one: what people type into forms is never kept. Where a disguise can be read in
 * two ways, both readings follow each other. */
#ifndef BASE_FOLD_H
#define BASE_FOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define FOLD_SIGN_MAX 16

/* What one character stands for: letters within a word, or a word of its own. */
struct fold_sign {
	uint32_t point;
	bool word;
	char as[FOLD_SIGN_MAX];
};

struct fold_signs {
	const struct fold_sign *items; /* by rising point */
	size_t len;
};

#define FOLD_MARKS_MAX 64

/* What else is to be known of a text. */
struct fold_notes {
	/* Is it a word? By that a whole sentence of letters set apart is cut into words; NULL = it is not cut. */
	bool (*knows)(const void *ctx, struct str word);
	const void *ctx;
	/* Results: places in what came out where a part of a sentence ends (a comma, a colon, a dash), rising. Further
	 * ones are dropped. */
	uint32_t marks[FOLD_MARKS_MAX];
	size_t marks_len;
	/* And where words begin that were made of letters set apart. */
	uint32_t apart[FOLD_MARKS_MAX];
	size_t apart_len;
};

/* Appends to `out`, which begins with a blank; `raw` is used in between. Both fail as buffers do. Bytes that are no UTF-8
 * count as blanks. `notes` may be NULL. */
void fold_words(const struct fold_signs *signs, struct str text, struct fold_notes *notes,
    struct buf *raw, struct buf *out);

/* Where a word came from. */
struct fold_origin {
	uint32_t out;      /* its first byte in what came out */
	uint32_t from, to; /* bytes of the text */
};

/* As fold_words(), and a struct fold_origin for each word is added to `origins`, by rising `out`. For the few texts about
 * which somebody must be told. */
void fold_trace(const struct fold_signs *signs, struct str text, struct fold_notes *notes,
    struct buf *raw, struct buf *out, struct buf *origins);

#endif

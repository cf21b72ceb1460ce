#include "apps/gateway/same_name.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"

static int compare_words(const void *a, const void *b)
{
	const struct str *x = a, *y = b;
	size_t n = x->len < y->len ? x->len : y->len;
	int c = n ? memcmp(x->p, y->p, n) : 0;

	return c ? c : (x->len > y->len) - (x->len < y->len);
}

static bool add_letters(struct str text, struct buf *out)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] != ' ')
			buf_add(out, str_sub(text, i, 1));
	}
	return !out->failed;
}

/* Letters that look alike become one. Blanks are gone before: to the folding of words letters set apart are a word that
 * stands there a second time. A name of letters that it does not know stays as it is: what is left of two such names
 * could be the same. */
static struct str look_of(const struct fold_signs *signs, struct str letters, struct arena *a)
{
	struct buf raw, words, out;

	buf_init(&raw, 0);
	buf_init(&words, 0);
	buf_init(&out, 0);
	fold_words(signs, letters, NULL, &raw, &words);
	bool ok = !words.failed && add_letters(buf_str(&words), &out),
	     whole = out.len >= text_code_points(letters);
	struct str look = ok ? arena_str(a, whole ? buf_str(&out) : letters) : STR_NONE;
	buf_done(&raw);
	buf_done(&words);
	buf_done(&out);
	return look;
}

/* p NULL: memory ran out. */
static struct str letters_of(const struct fold_signs *signs, struct str name, struct arena *a)
{
	struct str folded = text_fold_apart(a, name), letters = STR_NONE;
	struct buf out;

	buf_init(&out, 0);
	if (folded.p && add_letters(folded, &out))
		letters = look_of(signs, buf_str(&out), a);
	buf_done(&out);
	return letters;
}

static struct str join(const struct str *words, size_t n, struct arena *a)
{
	struct buf out;

	buf_init(&out, 0);
	for (size_t i = 0; i < n; i++)
		buf_add(&out, words[i]);
	struct str text = out.failed ? STR_NONE : arena_str(a, buf_str(&out));
	buf_done(&out);
	return text;
}

/* Its words in the order of the alphabet. */
static struct str sorted_of(const struct fold_signs *signs, struct str name, struct arena *a)
{
	struct str folded = text_fold_apart(a, name);
	size_t n = 0, most = folded.p ? text_words(folded) : 0;
	struct str *words = ARENA_ARRAY(a, struct str, most + 1);

	if (!folded.p || !words)
		return STR_NONE;
	while (n < most) {
		words[n] = look_of(signs, str_cut(&folded, ' '), a);
		if (!words[n++].p)
			return STR_NONE;
	}
	qsort(words, n, sizeof(*words), compare_words);
	return join(words, n, a);
}

static bool is_same(struct str a, struct str b)
{
	return !a.p || !b.p || (a.len > 0 && str_eq(a, b));
}

bool same_name(const struct fold_signs *signs, struct str a, struct str b)
{
	struct arena *arena = arena_new(0, 0);
	bool same = !arena || str_eq(a, b) ||
	    is_same(letters_of(signs, a, arena), letters_of(signs, b, arena)) ||
	    is_same(sorted_of(signs, a, arena), sorted_of(signs, b, arena));

	arena_free(&arena);
	return same;
}

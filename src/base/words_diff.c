/* What is the same at both ends is set aside, which is most of a text that somebody mended. For what is
 * between, the longest common run of words is found by the table that everybody learns: cell (i, j) holds how
 * many words the rests from i and from j have in common. Two bytes a cell are enough, because the product of
 * both lengths is bounded, and with it the smaller of them. */
#include "base/words_diff.h"

#include <stdint.h>

struct side {
	struct str *words;
	size_t len;
};

struct work {
	struct side before, after;
	struct words_piece *pieces;
	size_t len;
};

static bool is_blank(char ch)
{
	return ch == ' ' || ch == '\n' || ch == '\t' || ch == '\r';
}

/* The next word or the next run of white space. */
static struct str next_word(struct str *rest)
{
	size_t n = 1;

	while (n < rest->len && is_blank(rest->p[n]) == is_blank(rest->p[0]))
		n++;
	struct str word = str_n(rest->p, n);
	*rest = str_n(rest->p + n, rest->len - n);
	return word;
}

static int split(struct arena *a, struct str text, struct side *ret)
{
	struct str rest = text;

	*ret = (struct side){ 0 };
	while (rest.len > 0) {
		(void)next_word(&rest);
		ret->len++;
	}
	ret->words = ARENA_ARRAY(a, struct str, ret->len + 1);
	if (!ret->words)
		return -E_NOMEM;
	rest = text;
	for (size_t i = 0; i < ret->len; i++)
		ret->words[i] = next_word(&rest);
	return 0;
}

static bool goes_on(const struct words_piece *last, enum words_diff_kind kind, struct str word)
{
	return last->kind == kind && last->text.p + last->text.len == word.p;
}

/* Words that touch each other in their text and are of one kind are one piece. */
static void put(struct work *w, enum words_diff_kind kind, struct str word)
{
	if (w->len > 0 && goes_on(&w->pieces[w->len - 1], kind, word))
		w->pieces[w->len - 1].text.len += word.len;
	else
		w->pieces[w->len++] = (struct words_piece){ kind, word };
}

static void put_all(struct work *w, enum words_diff_kind kind, const struct side *of)
{
	for (size_t i = 0; i < of->len; i++)
		put(w, kind, of->words[i]);
}

static struct side part_of(const struct side *of, size_t from, size_t behind)
{
	return (struct side){ of->words + from, of->len - from - behind };
}

static void fill_table(uint16_t *cells, const struct side *x, const struct side *y)
{
	size_t wide = y->len + 1;

	for (size_t i = x->len; i-- > 0;) {
		for (size_t j = y->len; j-- > 0;) {
			uint16_t down = cells[(i + 1) * wide + j], right = cells[i * wide + j + 1];
			cells[i * wide + j] = str_eq(x->words[i], y->words[j])
			    ? (uint16_t)(cells[(i + 1) * wide + j + 1] + 1)
			    : (down >= right ? down : right);
		}
	}
}

static void walk_table(
    struct work *w, const uint16_t *cells, const struct side *x, const struct side *y)
{
	size_t i = 0, j = 0, wide = y->len + 1;

	while (i < x->len || j < y->len) {
		if (i < x->len && j < y->len && str_eq(x->words[i], y->words[j])) {
			put(w, WORDS_SAME, x->words[i++]);
			j++;
		} else if (j == y->len ||
		    (i < x->len && cells[(i + 1) * wide + j] >= cells[i * wide + j + 1])) {
			put(w, WORDS_GONE, x->words[i++]);
		} else {
			put(w, WORDS_NEW, y->words[j++]);
		}
	}
}

/* The table is large, and needed no longer than this: it does not stay in the caller's arena. */
static int put_middle(struct work *w, const struct side *x, const struct side *y)
{
	size_t rows = x->len + 1, wide = y->len + 1;

	if (x->len == 0 || y->len == 0 || rows > WORDS_DIFF_CELLS / wide) {
		put_all(w, WORDS_GONE, x);
		put_all(w, WORDS_NEW, y);
		return 0;
	}
	struct arena *own = arena_new(0, 0);
	uint16_t *cells = own ? ARENA_ARRAY(own, uint16_t, rows *wide) : NULL;
	if (cells) {
		for (size_t i = 0; i < rows; i++)
			cells[i * wide + y->len] = 0;
		for (size_t j = 0; j < wide; j++)
			cells[x->len * wide + j] = 0;
		fill_table(cells, x, y);
		walk_table(w, cells, x, y);
	}
	arena_free(&own);
	return cells ? 0 : -E_NOMEM;
}

/* What both have at their beginning and at their end. */
static void find_ends(const struct work *w, size_t *ret_first, size_t *ret_last)
{
	const struct side *x = &w->before, *y = &w->after;
	size_t least = x->len < y->len ? x->len : y->len, first = 0, last = 0;

	while (first < least && str_eq(x->words[first], y->words[first]))
		first++;
	while (last < least - first &&
	    str_eq(x->words[x->len - 1 - last], y->words[y->len - 1 - last]))
		last++;
	*ret_first = first;
	*ret_last = last;
}

int words_diff(
    struct arena *a, struct str before, struct str after, struct words_piece **ret, size_t *ret_len)
{
	struct work w = { 0 };
	size_t first, last;
	int r = split(a, before, &w.before);

	if (r == 0)
		r = split(a, after, &w.after);
	if (r < 0)
		return r;
	w.pieces = ARENA_ARRAY(a, struct words_piece, w.before.len + w.after.len + 1);
	if (!w.pieces)
		return -E_NOMEM;
	find_ends(&w, &first, &last);
	struct side x = part_of(&w.before, first, last), y = part_of(&w.after, first, last);
	struct side head = part_of(&w.before, 0, w.before.len - first);
	struct side tail = part_of(&w.before, w.before.len - last, 0);
	put_all(&w, WORDS_SAME, &head);
	r = put_middle(&w, &x, &y);
	put_all(&w, WORDS_SAME, &tail);
	if (r < 0)
		return r;
	*ret = w.pieces;
	*ret_len = w.len;
	return 0;
}

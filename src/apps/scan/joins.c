/* A string is sewn to the next one only where the word reaches over the seam: everything else stays as it was
 * written. */
#include "apps/scan/joins.h"

#include <string.h>

#include "base/check.h"

#define BLANKS_MAX 64 /* between two pieces */
#define REACH 24      /* bytes on either side of a seam that the word and its host take */

#define SEAM "[\"'`]\\s{0,8}(?:[+&]|\\.{1,2})?\\s{0,8}[bfru]?[\"'`]"
const char joins_expression[] = "w" SEAM "hatsapp|wh" SEAM "atsapp|wha" SEAM "tsapp|what" SEAM
				"sapp|whats" SEAM "app|whatsa" SEAM "pp|whatsap" SEAM "p";

static bool is_quote(char c)
{
	return c == '"' || c == '\'' || c == '`';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\\';
}

static size_t skip_blanks(struct str s, size_t at)
{
	size_t end = at + BLANKS_MAX < s.len ? at + BLANKS_MAX : s.len;

	while (at < end && is_blank(s.p[at]))
		at++;
	return at;
}

/* Where the next string's content begins when the one that ends with the quote at `at` goes on there; 0 = it does not. */
static size_t next_piece(struct str s, size_t at)
{
	size_t i = skip_blanks(s, at + 1);

	if (i < s.len && (s.p[i] == '+' || s.p[i] == '&' || s.p[i] == '.'))
		i += s.p[i] == '.' && i + 1 < s.len && s.p[i + 1] == '.' ? 2 : 1;
	i = skip_blanks(s, i);
	if (i < s.len && strchr("bfruBFRU", s.p[i]))
		i++;
	return i > at && i < s.len && is_quote(s.p[i]) ? i + 1 : 0;
}

/* What stands in the strings from `at` on, whatever seams are between: how many bytes. */
static size_t read_on(struct str s, size_t at, char out[REACH])
{
	size_t n = 0;

	while (n < REACH && at < s.len && s.p[at] != '\n') {
		if (!is_quote(s.p[at])) {
			out[n++] = s.p[at++];
			continue;
		}
		at = next_piece(s, at);
		if (!at)
			break;
	}
	return n;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool reaches_over(const char *both, size_t seam, size_t len, const char *word)
{
	size_t n = strlen(word);

	for (size_t from = seam >= n ? seam - n + 1 : 0; from < seam && from + n <= len; from++) {
		size_t i = 0;
		while (i < n && lower(both[from + i]) == word[i])
			i++;
		if (i == n)
			return true;
	}
	return false;
}

/* Does a name go over the seam between the quote at `at` and the content that begins at `next`. */
static bool is_name(struct str s, size_t at, size_t next)
{
	static const char *const words[] = { "whatsapp", "web.whatsapp.com", "s.whatsapp.net",
		"com.whatsapp" };
	char both[2 * REACH];
	size_t left = 0;

	while (left < REACH && left < at && !is_quote(s.p[at - left - 1]) &&
	    s.p[at - left - 1] != '\n')
		left++;
	memcpy(both, s.p + at - left, left);
	size_t len = left + read_on(s, next, both + left);
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (reaches_over(both, left, len, words[i]))
			return true;
	}
	return false;
}

/* The string that ends at `at` takes in the one from `next` on; where it ends now, 0 = the next one has no end. */
static size_t sew(char *p, size_t len, size_t at, size_t next)
{
	size_t end = next, gap = next - at;
	char quote = p[at], between[2 * BLANKS_MAX + 8];

	while (end < len && !is_quote(p[end]) && p[end] != '\n')
		end++;
	if (end == len || !is_quote(p[end]) || gap > sizeof(between))
		return 0;
	memcpy(between, p + at, gap);
	memmove(p + at, p + next, end - next);
	size_t now = at + (end - next);
	p[now] = quote;
	for (size_t i = 0; i < gap; i++)
		p[now + 1 + i] = between[i] == '\n' ? '\n' : ' ';
	return now;
}

struct str joins_mend(struct arena *a, struct str text)
{
	char *copy = NULL;
	struct str s = text;

	for (size_t i = 0; i < s.len; i++) {
		size_t next = is_quote(s.p[i]) ? next_piece(s, i) : 0;
		if (!next || !is_name(s, i, next))
			continue;
		if (!copy) {
			copy = arena_alloc(a, s.len + 1);
			if (!copy)
				return text;
			memcpy(copy, s.p, s.len);
			s.p = copy;
		}
		size_t now = sew(copy, s.len, i, next);
		i = now ? now - 1 : i;
	}
	return s;
}

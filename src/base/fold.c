/* Two passes. The first turns code points into ASCII, where 'E' and 'L' (no letter is upper case any more) stand for the
 * signs of euro and pound. The second cuts that at blanks into chunks, and the chunks into words; only there can be told
 * whether "1", "$" or "." stands for a letter, separates or means itself. */
#include "base/fold.h"

#include <utf8proc.h>

#include "base/check.h"

#define WORD_MOST 64 /* longer ones are cut in pieces */
#define SPACED_MOST 192
#define RUNS_MOST 8 /* of letters set apart that are cut into words */
#define RUN_MIN 8   /* letters of such a run */
#define KNOWN_MIN 4 /* letters of a word in it */
#define KNOWN_MOST 20
#define DECOMPOSED_MOST 32
#define EURO 'E'
#define POUND 'L'
#define SPACED_MIN 4 /* single letters in a row that make a word */
#define PIECES_MIN 3 /* short pieces that make one, "co-ca-ina" */
#define PIECE_MOST 3
#define JOINED_MIN 5

static bool is_alpha(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* --- the first pass: ASCII -------------------------------------------------------------------- */

static const struct fold_sign *sign_of(const struct fold_signs *signs, uint32_t point)
{
	size_t from = 0, to = signs->len;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (signs->items[middle].point < point)
			from = middle + 1;
		else
			to = middle;
	}
	return from < signs->len && signs->items[from].point == point ? &signs->items[from] : NULL;
}

static char ascii_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c | 0x20);
	return (c >= '\0' && c < ' ' && c != '\n') || c == 0x7f ? ' ' : c;
}

/* Ranges that Unicode does not decompose, or that mean another thing here. */
static char range_of(uint32_t c)
{
	static const struct {
		uint32_t from, to;
		char first; /* and on by one each, for letters */
	} ranges[] = {
		{ 0x200b, 0x200f, '\0' },
		{ 0x2010, 0x2015, '-' },
		{ 0x2018, 0x2019, '\'' },
		{ 0x2060, 0x2064, '\0' },
		{ 0xfe00, 0xfe0f, '\0' },
		{ 0x1f150, 0x1f169, 'a' },
		{ 0x1f170, 0x1f189, 'a' },
		{ 0xe0020, 0xe007f, '\0' },
	};

	for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
		if (c >= ranges[i].from && c <= ranges[i].to)
			return is_alpha(ranges[i].first)
			    ? (char)(ranges[i].first + (char)(c - ranges[i].from))
			    : ranges[i].first;
	}
	return c == 0x20ac ? EURO : c == 0xa3 ? POUND : c == 0xb4 ? '\'' : c == 0xb7 ? '*' : ' ';
}

static bool is_ignored(uint32_t c)
{
	utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)c);

	return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME ||
	    category == UTF8PROC_CATEGORY_CF || category == UTF8PROC_CATEGORY_MC;
}

static void add_sign(struct buf *raw, const struct fold_sign *sign)
{
	if (sign->word)
		buf_add_char(raw, ' ');
	buf_add_c(raw, sign->as);
	if (sign->word)
		buf_add_char(raw, ' ');
}

/* What is left of a code point once it is decomposed, and known by itself. */
static void add_part(const struct fold_signs *signs, uint32_t c, struct buf *raw)
{
	const struct fold_sign *sign = c < 0x80 ? NULL : sign_of(signs, c);

	if (sign)
		add_sign(raw, sign);
	else if (c < 0x80)
		buf_add_char(raw, ascii_of((char)c));
	else if (!is_ignored(c))
		buf_add_char(raw, ' ');
}

static void add_point(const struct fold_signs *signs, uint32_t c, struct buf *raw)
{
	const utf8proc_option_t how = UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_DECOMPOSE |
	    UTF8PROC_STRIPMARK | UTF8PROC_IGNORE;
	const struct fold_sign *sign = sign_of(signs, c);
	utf8proc_int32_t parts[DECOMPOSED_MOST];
	int boundary = 0;
	char known = range_of(c);

	if (sign) {
		add_sign(raw, sign);
		return;
	}
	if (known != ' ') {
		if (known)
			buf_add_char(raw, known);
		return;
	}
	utf8proc_ssize_t n = utf8proc_decompose_char(
	    (utf8proc_int32_t)c, parts, DECOMPOSED_MOST, how, &boundary);
	for (utf8proc_ssize_t i = 0; i < n && n <= DECOMPOSED_MOST; i++)
		add_part(signs, (uint32_t)parts[i], raw);
}

/* Plain bytes, the most of most texts: how many there were. */
static size_t add_plain(struct str text, size_t from, struct buf *raw)
{
	size_t n = 0;

	while (from + n < text.len && (unsigned char)text.p[from + n] < 0x80)
		n++;
	if (!buf_reserve(raw, n))
		return n;
	for (size_t i = 0; i < n; i++)
		raw->p[raw->len + i] = ascii_of(text.p[from + i]);
	raw->len += n;
	raw->p[raw->len] = '\0';
	return n;
}

/* `places`: for each byte that comes out a uint32_t, the byte of the text from which it came; NULL = not asked. */
static void note_places(
    struct buf *places, const struct buf *raw, size_t before, size_t at, bool plain)
{
	for (size_t i = before; places && i < raw->len; i++) {
		uint32_t place = (uint32_t)(plain ? at + i - before : at);

		buf_add(places, str_n((const char *)&place, sizeof(place)));
	}
}

static void to_ascii(
    const struct fold_signs *signs, struct str text, struct buf *raw, struct buf *places)
{
	const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)text.p;

	for (size_t i = 0; i < text.len;) {
		utf8proc_int32_t c = 0;
		size_t left = text.len - i, before = raw->len, at = i;
		bool plain = p[i] < 0x80;

		if (plain) {
			i += add_plain(text, i, raw);
		} else {
			utf8proc_ssize_t n = utf8proc_iterate(
			    p + i, left < 4 ? (utf8proc_ssize_t)left : 4, &c);
			if (n > 0)
				add_point(signs, (uint32_t)c, raw);
			else
				buf_add_char(raw, ' ');
			i += n > 0 ? (size_t)n : 1;
		}
		note_places(places, raw, before, at, plain);
	}
}

/* --- the second pass: words ------------------------------------------------------------------- */

struct span {
	uint32_t from, to; /* bytes of what the first pass made */
};

/* Letters that may be a word. */
struct word {
	char p[WORD_MOST + 1];
	size_t len;
	struct span span;
};

struct folding {
	struct buf *out;
	struct fold_notes *notes; /* NULL = none */
	struct buf *origins;      /* NULL = not asked */
	struct span span;         /* of what is put out */
	struct word word, joined;
	char spaced[SPACED_MOST + 1];
	struct span spaced_at[SPACED_MOST + 1];
	size_t spaced_len, spaced_letters, runs;
	size_t pieces, longest;
};

static void put(struct folding *f, const char *p, size_t len)
{
	if (f->origins) {
		struct fold_origin o = { (uint32_t)f->out->len, f->span.from, f->span.to };

		buf_add(f->origins, str_n((const char *)&o, sizeof(o)));
	}
	struct buf *out = f->out;

	if (!buf_reserve(out, len + 1))
		return;
	memcpy(out->p + out->len, p, len);
	out->len += len;
	out->p[out->len++] = ' ';
	out->p[out->len] = '\0';
}

static void add_mark(struct folding *f)
{
	struct fold_notes *n = f->notes;

	if (n && n->marks_len < FOLD_MARKS_MAX)
		n->marks[n->marks_len++] = (uint32_t)f->out->len;
}

/* What a digit stands for in a word, where it stands for a letter at all. */
static char letter_of(char digit)
{
	static const char letters[] = "oizeasgtbg";

	return letters[digit - '0'];
}

static bool has_run(const char *p, size_t len)
{
	for (size_t i = 2; i < len; i++) {
		if (p[i] == p[i - 1] && p[i] == p[i - 2])
			return true;
	}
	return false;
}

/* "sigaretteeee" is sigarette; "xxx" and "pizza" are themselves. */
static size_t squeeze(char *p, size_t len)
{
	size_t out = 0;

	for (size_t i = 0; i < len;) {
		size_t n = 1;

		while (i + n < len && p[i + n] == p[i])
			n++;
		size_t kept = n > 2 && n < len ? 1 : n;
		for (size_t k = 0; k < kept; k++)
			p[out++] = p[i];
		i += n;
	}
	return out;
}

static void put_letters(struct folding *f, const char *p, size_t len, char one)
{
	char word[WORD_MOST];

	for (size_t i = 0; i < len; i++)
		word[i] = !is_digit(p[i]) ? p[i] : p[i] == '1' ? one : letter_of(p[i]);
	len = squeeze(word, len);
	put(f, word, len);
}

static void put_digits(struct folding *f, const char *p, size_t len)
{
	if (len <= 3)
		put(f, p, len);
	else
		put(f, "###", len <= 8 ? 2 : 3);
}

/* Digits inside a word stand for letters; before or behind it they may, when there is but one. */
static void put_mixed(struct folding *f, const char *p, size_t len)
{
	size_t head = 0, tail = 0;
	bool inner = false;

	while (is_digit(p[head]))
		head++;
	while (is_digit(p[len - 1 - tail]))
		tail++;
	for (size_t i = head; i < len - tail; i++)
		inner = inner || is_digit(p[i]);
	if (!inner) {
		if (head)
			put_digits(f, p, head);
		put_letters(f, p + head, len - head - tail, 'i');
		if (tail)
			put_digits(f, p + len - tail, tail);
	}
	if (!inner && (head + tail != 1 || len < 4))
		return;
	put_letters(f, p, len, 'i');
	if (memchr(p, '1', len))
		put_letters(f, p, len, 'l');
}

static void put_word(struct folding *f, const char *p, size_t len)
{
	bool letters = false, digits = false;

	for (size_t i = 0; i < len; i++) {
		letters = letters || is_alpha(p[i]);
		digits = digits || is_digit(p[i]);
	}
	if (letters && digits)
		put_mixed(f, p, len);
	else if (digits)
		put_digits(f, p, len);
	else if (has_run(p, len))
		put_letters(f, p, len, 'i');
	else
		put(f, p, len);
}

/* --- letters set apart ------------------------------------------------------------------------ */

static bool is_known(const struct folding *f, size_t from, size_t len)
{
	return f->notes->knows(f->notes->ctx, str_n(f->spaced + from, len));
}

/* For each place the length of the word that is best taken there, 1 for a letter of none: the more letters are in
 * words, and the longer those are, the better. */
static void choose_words(const struct folding *f, uint8_t *take)
{
	unsigned best[SPACED_MOST + 1];
	size_t len = f->spaced_len;

	best[len] = 0;
	for (size_t from = len; from-- > 0;) {
		best[from] = best[from + 1];
		take[from] = 1;
		for (size_t n = KNOWN_MIN; n <= KNOWN_MOST && from + n <= len; n++) {
			unsigned worth = (unsigned)(n * n) + best[from + n];

			if (worth > best[from] && is_known(f, from, n)) {
				best[from] = worth;
				take[from] = (uint8_t)n;
			}
		}
	}
}

static void put_run(struct folding *f, size_t from, size_t len)
{
	struct fold_notes *n = f->notes;

	if (n && n->apart_len < FOLD_MARKS_MAX)
		n->apart[n->apart_len++] = (uint32_t)f->out->len;
	f->span = (struct span){ f->spaced_at[from].from, f->spaced_at[from + len - 1].to };
	if (len <= WORD_MOST)
		put_letters(f, f->spaced + from, len, 'i');
}

/* "v e n d o f u c i l i" is vendo fucili. */
static void put_sentence(struct folding *f)
{
	uint8_t take[SPACED_MOST + 1];
	size_t from = 0;

	choose_words(f, take);
	while (from < f->spaced_len) {
		size_t to = from;

		while (to < f->spaced_len && take[to] == 1)
			to++;
		if (to > from)
			put_run(f, from, to - from);
		if (to < f->spaced_len) {
			put_run(f, to, take[to]);
			to += take[to];
		}
		from = to;
	}
}

/* The letters that stood alone, as the word that they may make, or the words. */
static void end_spaced(struct folding *f)
{
	if (f->spaced_len >= SPACED_MIN && f->spaced_letters >= SPACED_MIN - 1) {
		put_run(f, 0, f->spaced_len);
		if (f->spaced_len >= RUN_MIN && f->notes && f->notes->knows &&
		    f->runs++ < RUNS_MOST)
			put_sentence(f);
	}
	f->spaced_len = f->spaced_letters = 0;
}

static void add_spaced(struct folding *f, char c, struct span at)
{
	if (f->spaced_len == SPACED_MOST)
		end_spaced(f);
	f->spaced[f->spaced_len] = is_digit(c) ? letter_of(c) : c;
	f->spaced_at[f->spaced_len++] = at;
	f->spaced_letters += is_alpha(c);
}

/* --- chunks ----------------------------------------------------------------------------------- */

static void end_word(struct folding *f)
{
	struct word *w = &f->word, *all = &f->joined;
	size_t len = w->len;

	if (len == 0)
		return;
	w->len = 0;
	if (len > 1)
		end_spaced(f);
	f->span = w->span;
	put_word(f, w->p, len);
	if (len == 1)
		add_spaced(f, w->p[0], w->span);
	f->pieces++;
	f->longest = len > f->longest ? len : f->longest;
	if (all->len + len <= WORD_MOST) {
		if (all->len == 0)
			all->span.from = w->span.from;
		all->span.to = w->span.to;
		memcpy(all->p + all->len, w->p, len);
		all->len += len;
	}
}

static void add_letter(struct folding *f, char c, size_t at, size_t len)
{
	struct word *w = &f->word;

	if (w->len == WORD_MOST)
		end_word(f);
	if (w->len == 0)
		w->span.from = (uint32_t)at;
	w->span.to = (uint32_t)(at + len);
	w->p[w->len++] = c;
}

/* `word` with a blank behind it. */
static void add_word(struct folding *f, const char *word, size_t at, size_t len)
{
	end_word(f);
	end_spaced(f);
	f->span = (struct span){ (uint32_t)at, (uint32_t)(at + len) };
	put(f, word, strlen(word));
}

static bool is_part(char c)
{
	return is_alpha(c) || is_digit(c);
}

/* A sign between letters that is read as one of them: pa$$word, c@sino. */
static char sign_letter(struct str chunk, size_t i)
{
	static const char signs[] = "@a$s!iEeLl", *at;
	size_t next = i + 1;

	at = memchr(signs, chunk.p[i], sizeof(signs) - 1);
	if (!at || (at - signs) % 2)
		return '\0';
	/* No more than a word's length, or a row of equal signs would be walked again for each of them. */
	while (next < chunk.len && next - i < WORD_MOST && chunk.p[next] == chunk.p[i])
		next++;
	bool behind = next < chunk.len && is_alpha(chunk.p[next]);
	bool before = i > 0 && (is_alpha(chunk.p[i - 1]) || chunk.p[i - 1] == chunk.p[i]);
	return behind && (before || (i == 0 && chunk.p[0] == '$')) ? at[1] : '\0';
}

/* Two signs that are drawn as one letter: \/iagra, /\mfetamina. */
static char pair_letter(struct str chunk, size_t i)
{
	if (i + 2 >= chunk.len || !is_alpha(chunk.p[i + 2]))
		return '\0';
	if (chunk.p[i] == '\\' && chunk.p[i + 1] == '/')
		return 'v';
	return chunk.p[i] == '/' && chunk.p[i + 1] == '\\' ? 'a' : '\0';
}

/* A variable in braces: how many bytes it takes. */
static size_t add_variable(struct folding *f, struct str chunk, size_t i, size_t base)
{
	size_t end = i;

	while (end < chunk.len && chunk.p[end] != '}')
		end++;
	while (end < chunk.len && chunk.p[end] == '}')
		end++;
	add_word(f, "{}", base + i, end - i);
	return end - i;
}

static void add_other(struct folding *f, char c, size_t at)
{
	static const struct {
		char sign;
		const char *word;
	} words[] = {
		{ '%', "pct" },
		{ EURO, "eur" },
		{ '$', "usd" },
		{ POUND, "gbp" },
	};

	if (c == '*' || c == '_' || c == '~' || c == '|')
		return; /* within a word they are left out, around it they are dress */
	end_word(f);
	if (c == ',' || c == ':' || c == '(' || c == ')')
		add_mark(f);
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (words[i].sign == c)
			add_word(f, words[i].word, at, 1);
	}
}

static bool ends_sentence(struct str chunk)
{
	size_t n = chunk.len;

	while (n > 0 && strchr("\"')*_~]", chunk.p[n - 1]))
		n--;
	return n > 0 && strchr(".!?;", chunk.p[n - 1]);
}

/* Most chunks are a word and at most a sign behind it; they need no more than this. */
static bool fold_plain(struct folding *f, struct str chunk, size_t base)
{
	size_t n = 0;

	while (n < chunk.len && is_alpha(chunk.p[n]))
		n++;
	if (n < 2 || n > WORD_MOST || chunk.len > n + 1 ||
	    (chunk.len > n && (!chunk.p[n] || !strchr(".,:;?!", chunk.p[n]))))
		return false;
	end_spaced(f);
	f->span = (struct span){ (uint32_t)base, (uint32_t)(base + n) };
	if (has_run(chunk.p, n))
		put_letters(f, chunk.p, n, 'i');
	else
		put(f, chunk.p, n);
	if (chunk.len > n && (chunk.p[n] == ',' || chunk.p[n] == ':'))
		add_mark(f);
	else if (chunk.len > n)
		add_word(f, ".", base + n, 1);
	return true;
}

static void end_chunk(struct folding *f, struct str chunk, size_t base)
{
	struct word *all = &f->joined;

	end_word(f);
	if (f->pieces == 0)
		add_mark(f); /* a dash, a bullet */
	if (f->pieces >= PIECES_MIN && f->longest == 1)
		end_spaced(f);
	if (f->pieces >= PIECES_MIN && f->longest > 1 && f->longest <= PIECE_MOST &&
	    all->len >= JOINED_MIN) {
		f->span = all->span;
		put_word(f, all->p, all->len);
	}
	if (ends_sentence(chunk))
		add_word(f, ".", base + chunk.len - 1, 1);
}

/* `base` is where the chunk begins. */
static void fold_chunk(struct folding *f, struct str chunk, size_t base)
{
	if (fold_plain(f, chunk, base))
		return;
	f->pieces = f->longest = f->joined.len = 0;
	for (size_t i = 0; i < chunk.len;) {
		char c = chunk.p[i], pair = pair_letter(chunk, i);
		char letter = pair ? pair : sign_letter(chunk, i);
		size_t len = pair ? 2 : 1;

		if (c == '{') {
			i += add_variable(f, chunk, i, base);
			continue;
		}
		if (is_part(c) || letter)
			add_letter(f, letter ? letter : c, base + i, len);
		else
			add_other(f, c, base + i);
		i += len;
	}
	end_chunk(f, chunk, base);
}

/* --- the whole -------------------------------------------------------------------------------- */

static void fold_raw(struct folding *f, struct str raw)
{
	size_t blanks = 0;

	if (f->out->len == 0)
		buf_add_char(f->out, ' ');
	for (size_t i = 0; i < raw.len;) {
		size_t from = i;

		while (i < raw.len && raw.p[i] != ' ' && raw.p[i] != '\n')
			i++;
		if (i > from) {
			if (blanks > 1)
				end_spaced(f); /* two blanks between words of letters set apart */
			fold_chunk(f, str_sub(raw, from, i - from), from);
			blanks = 0;
		}
		if (i < raw.len && raw.p[i] == '\n')
			add_word(f, ".", i, 1);
		blanks += i < raw.len;
		i++;
	}
	end_spaced(f);
}

void fold_words(const struct fold_signs *signs, struct str text, struct fold_notes *notes,
    struct buf *raw, struct buf *out)
{
	struct folding f;

	f.out = out;
	f.notes = notes;
	f.origins = NULL;
	f.word.len = f.joined.len = f.spaced_len = f.spaced_letters = f.runs = 0;
	if (notes)
		notes->marks_len = notes->apart_len = 0;
	buf_reset(raw);
	to_ascii(signs, text, raw, NULL);
	fold_raw(&f, raw->failed ? STR_NONE : buf_str(raw));
	if (raw->failed)
		out->failed = true;
}

/* Spans of the first pass become spans of the text. */
static void trace_back(struct str text, const struct buf *places, struct buf *origins)
{
	const uint32_t *place = (const void *)places->p;
	struct fold_origin *o = (void *)origins->p;
	size_t len = origins->len / sizeof(*o), raw_len = places->len / sizeof(*place);

	for (size_t i = 0; i < len; i++) {
		size_t to = o[i].to;

		while (to < raw_len && place[to] == place[o[i].to - 1])
			to++; /* of a character that became several bytes */
		o[i].from = place[o[i].from];
		o[i].to = to < raw_len ? place[to] : (uint32_t)text.len;
	}
}

void fold_trace(const struct fold_signs *signs, struct str text, struct fold_notes *notes,
    struct buf *raw, struct buf *out, struct buf *origins)
{
	struct folding f = { .out = out, .notes = notes, .origins = origins };
	struct buf places;

	buf_init(&places, 0);
	if (notes)
		notes->marks_len = notes->apart_len = 0;
	buf_reset(raw);
	to_ascii(signs, text, raw, &places);
	bool failed = raw->failed || places.failed;
	fold_raw(&f, failed ? STR_NONE : buf_str(raw));
	if (failed || origins->failed)
		out->failed = true;
	else if (origins->len > 0)
		trace_back(text, &places, origins);
	buf_done(&places);
}

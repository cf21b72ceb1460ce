/* Scores. A hit is a place of one string of a list; it belongs to a term, a context or an innocent phrase. Hits are
 * few, so each question walks over all of them; but a question about two hits is answered from what was counted beside
 * each when the text was read, and none walks over all hits for each pair of them: a text may be made of such words. */
#include "domain/content.h"

#include <limits.h>
#include <string.h>

#include "base/check.h"
#include "domain/content_message.h"
#include "domain/content_private.h"

#define LIVE_MAX 64 /* of one class in one text; more change nothing */
#define MORE_MAX 2  /* points for further words of a class */
#define APART 2     /* points when letters of one were set apart: nobody does that by accident */

/* --- the lists -------------------------------------------------------------------------------- */

void content_free(struct content **pc)
{
	if (!*pc)
		return;
	finder_free(&(*pc)->finder);
	map_free(&(*pc)->words);
	for (size_t i = 0; (*pc)->spare && i < CONTENT_SPARE; i++)
		content_seen_free(atomic_load(&(*pc)->spare->places[i]));
	*pc = NULL;
}

int content_prepare(const struct content *c, struct err *err)
{
	return finder_prepare(c->finder, err);
}

struct str content_version(const struct content *c)
{
	return c->version;
}

const struct content_class *content_class_at(const struct content *c, size_t i)
{
	return i < c->classes_len ? &c->classes[i] : NULL;
}

const struct content_class *content_class_of(const struct content *c, const char *id)
{
	for (size_t i = 0; i < c->classes_len; i++) {
		if (str_eq_c(c->classes[i].id, id))
			return &c->classes[i];
	}
	return NULL;
}

const struct fold_signs *content_signs(const struct content *c)
{
	return &c->signs;
}

int64_t content_bulk(const struct content *c)
{
	return c->bulk;
}

/* What the operator said last counts. */
enum level content_level(
    const struct content *c, const struct content_class *class, struct str country)
{
	unsigned at = (unsigned)(class - c->classes);

	for (size_t i = c->levels_len; i > 0; i--) {
		const struct content_own_level *l = &c->levels[i - 1];

		if (l->class == at &&
		    (pack_words_has(&l->countries, country) ||
			pack_words_has(&l->countries, STR("*"))))
			return l->level;
	}
	bool depends = class->depends.len > 0 &&
	    (country.len == 0 || pack_words_has(&class->depends, country));
	return depends || class->refuse == INT_MAX ? LEVEL_HOLD : LEVEL_REFUSE;
}

const struct pack_words *content_shorteners(const struct content *c)
{
	return &c->shorteners;
}

const struct pack_words *content_trusted(const struct content *c)
{
	return &c->trusted;
}

const struct pack_words *content_bait(const struct content *c)
{
	return &c->bait;
}

const struct pack_words *content_endings(const struct content *c)
{
	return &c->endings;
}

const struct content_brand *content_brand_at(const struct content *c, size_t i)
{
	return i < c->brands_len ? &c->brands[i] : NULL;
}

/* --- reading a text --------------------------------------------------------------------------- */

void content_reading_init(struct content_reading *r)
{
	buf_init(&r->raw, 0);
	buf_init(&r->folded, 0);
	r->len = 0;
	r->terms = 0;
}

void content_reading_done(struct content_reading *r)
{
	buf_done(&r->raw);
	buf_done(&r->folded);
}

/* Hits come by rising end, so the words and sentences before each are counted in one walk. */
static void count_words(struct content_reading *r)
{
	size_t at = 0;
	uint16_t words = 0;
	uint32_t dots = 0;

	for (size_t i = 0; i < r->len; i++) {
		size_t end = r->hits[i].to - 1;
		uint16_t inside = 0;
		uint32_t dots_inside = 0;

		for (; at < end; at++) {
			words = (uint16_t)(words + (r->folded.p[at] == ' '));
			dots += r->folded.p[at] == '.';
		}
		for (size_t k = r->hits[i].from + 1; k < end; k++) {
			inside = (uint16_t)(inside + (r->folded.p[k] == ' '));
			dots_inside += r->folded.p[k] == '.';
		}
		r->words[i] = (uint16_t)(words - inside);
		r->begins[i] = dots - dots_inside;
		r->ends[i] = dots;
	}
}

/* Of rising places the last that is not behind `at`; 0 when all are. */
static uint32_t last_place(const uint32_t *places, size_t len, uint32_t at)
{
	size_t low = 0, high = len;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (places[mid] <= at)
			low = mid + 1;
		else
			high = mid;
	}
	return low > 0 ? places[low - 1] : 0;
}

/* Where the words like "but" begin, rising. Those that overlap come by their end, so few places change. */
static size_t find_turns(
    const struct content *c, const struct content_reading *r, uint32_t turns[CONTENT_HITS_MAX])
{
	size_t len = 0;

	for (size_t i = 0; i < r->len; i++) {
		const struct content_pattern *p = &c->patterns[r->hits[i].string];
		uint32_t from = r->hits[i].from + 1;
		size_t at = len;

		if (p->kind != PATTERN_CONTEXT || p->owner != c->turn)
			continue;
		for (; at > 0 && turns[at - 1] > from; at--)
			turns[at] = turns[at - 1];
		turns[at] = from;
		len++;
	}
	return len;
}

static void find_marks(const struct content *c, struct content_reading *r)
{
	uint32_t turns[CONTENT_HITS_MAX];
	size_t len = find_turns(c, r, turns);

	for (size_t i = 0; i < r->len; i++) {
		uint32_t at = r->hits[i].from + 1;
		uint32_t mark = last_place(r->notes.marks, r->notes.marks_len, at);
		uint32_t turn = last_place(turns, len, at);

		r->mark[i] = mark > turn ? mark : turn;
	}
}

static bool is_listed(const void *ctx, struct str word)
{
	return map_get(ctx, word) != NULL;
}

/* Most texts have no term of most classes: nothing more is asked of those. */
static void mark_terms(const struct content *c, struct content_reading *r)
{
	_Static_assert(CONTENT_CLASSES_MAX <= 64, "a bit each");
	for (size_t i = 0; i < r->len; i++) {
		const struct content_pattern *p = &c->patterns[r->hits[i].string];

		if (p->kind == PATTERN_TERM)
			r->terms |= UINT64_C(1) << p->owner;
	}
}

int content_read(
    const struct content *c, struct str text, struct content_reading *r, struct err *err)
{
	r->len = 0;
	r->terms = 0;
	buf_reset(&r->folded);
	r->notes.knows = is_listed;
	r->notes.ctx = c->words;
	fold_words(&c->signs, text, &r->notes, &r->raw, &r->folded);
	if (r->folded.failed)
		return err_set(err, E_NOMEM, "Memory ran out.");
	int rc = finder_find(
	    c->finder, buf_str(&r->folded), r->hits, CONTENT_HITS_MAX, &r->len, err);
	if (rc == 0 && r->len == CONTENT_HITS_MAX)
		return err_set(err, E_TOO_LARGE, "The text has too many words of the lists.");
	if (rc == 0) {
		count_words(r);
		find_marks(c, r);
		mark_terms(c, r);
	}
	return rc;
}

/* --- scores ----------------------------------------------------------------------------------- */

struct scoring {
	const struct content *c;
	const struct content_reading *r;
	unsigned class;
	size_t live[LIVE_MAX]; /* hits of terms that count */
	size_t live_len;
	bool undenied; /* some are, and only those are looked at */
	struct content_score *out;
};

static const struct content_pattern *pattern_of(const struct scoring *s, size_t hit)
{
	return &s->c->patterns[s->r->hits[hit].string];
}

/* The blank between two words belongs to both. */
static bool overlap(const struct finder_hit *a, const struct finder_hit *b)
{
	return a->from + 1 < b->to && b->from + 1 < a->to;
}

static bool is_innocent(const struct scoring *s, size_t hit)
{
	for (size_t i = 0; i < s->r->len; i++) {
		const struct content_pattern *p = pattern_of(s, i);

		if (p->kind == PATTERN_INNOCENT &&
		    (p->owner == s->class || p->owner == CONTENT_EVERY_CLASS) &&
		    overlap(&s->r->hits[i], &s->r->hits[hit]))
			return true;
	}
	return false;
}

/* Of terms that overlap the heaviest counts, of equals the longest, of these the first. */
static bool is_heavier(const struct scoring *s, size_t a, size_t b)
{
	const struct finder_hit *x = &s->r->hits[a], *y = &s->r->hits[b];
	int more = pattern_of(s, a)->term.weight - pattern_of(s, b)->term.weight;

	if (more != 0)
		return more > 0;
	if (x->to - x->from != y->to - y->from)
		return x->to - x->from > y->to - y->from;
	return a < b;
}

static void drop_covered(struct scoring *s)
{
	size_t kept = 0;
	size_t all[LIVE_MAX], len = s->live_len;

	memcpy(all, s->live, sizeof(all));
	for (size_t i = 0; i < len; i++) {
		bool covered = false;

		for (size_t k = 0; k < len && !covered; k++)
			covered = k != i && overlap(&s->r->hits[all[i]], &s->r->hits[all[k]]) &&
			    is_heavier(s, all[k], all[i]);
		if (!covered)
			s->live[kept++] = all[i];
	}
	s->live_len = kept;
}

static void find_live(struct scoring *s)
{
	for (size_t i = 0; i < s->r->len && s->live_len < LIVE_MAX; i++) {
		const struct content_pattern *p = pattern_of(s, i);

		if (p->kind == PATTERN_TERM && p->owner == s->class && !is_innocent(s, i))
			s->live[s->live_len++] = i;
	}
	drop_covered(s);
}

/* Whole words of what was found, without the blanks around. */
static struct str shown(const struct scoring *s, size_t hit)
{
	struct str text = buf_str(&s->r->folded);
	size_t from = s->r->hits[hit].from, to = s->r->hits[hit].to;

	while (from > 0 && text.p[from] != ' ')
		from--;
	while (to < text.len && text.p[to - 1] != ' ')
		to++;
	return str_trim(str_sub(text, from, to - from));
}

static bool add_word(struct content_score *out, struct str word)
{
	for (size_t i = 0; i < out->words_len; i++) {
		if (str_eq(out->words[i], word))
			return false;
	}
	if (out->words_len < CONTENT_WORDS_MAX)
		out->words[out->words_len++] = word;
	return true;
}

static bool add_part(struct content_score *out, struct str id, int weight)
{
	for (size_t i = 0; i < out->parts_len; i++) {
		if (str_eq(out->parts[i].id, id))
			return false;
	}
	if (out->parts_len < CONTENT_WORDS_MAX)
		out->parts[out->parts_len++] = (struct content_term){ id, weight };
	out->score += weight;
	return true;
}

static bool is_apart(const struct scoring *s, size_t hit)
{
	const struct fold_notes *n = &s->r->notes;

	for (size_t i = 0; i < n->apart_len; i++) {
		if (n->apart[i] == s->r->hits[hit].from + 1)
			return true;
	}
	return false;
}

static void score_terms(struct scoring *s)
{
	int more = 0;
	bool apart = false;

	for (size_t i = 0; i < s->live_len; i++) {
		const struct content_term *t = &pattern_of(s, s->live[i])->term;
		bool fresh = add_word(s->out, shown(s, s->live[i]));

		apart = apart || is_apart(s, s->live[i]);

		if (!add_part(s->out, t->id, t->weight) && fresh && t->weight > 1)
			more += more < MORE_MAX;
	}
	if (more)
		(void)add_part(s->out, STR("more"), more);
	if (apart)
		(void)add_part(s->out, STR("apart"), APART);
}

static bool is_before(const struct scoring *s, size_t a, size_t b)
{
	return s->r->hits[a].from < s->r->hits[b].from;
}

static bool same_sentence(const struct scoring *s, size_t a, size_t b)
{
	return is_before(s, a, b) ? s->r->begins[b] <= s->r->ends[a]
				  : s->r->begins[a] <= s->r->ends[b];
}

/* --- what stands near --------------------------------------------------------------------------- */

/* Does a part of the sentence end between the earlier and the later of two hits. */
static bool has_mark(const struct scoring *s, size_t earlier, size_t later)
{
	return s->r->mark[later] >= s->r->hits[earlier].to;
}

/* Of what parts denials from a term ("we sell no guns, we sell knives": the second "sell"), as far as it is in the
 * term's sentence. */
struct parting {
	uint32_t end;  /* where the first of it ends */
	uint32_t mark; /* the last mark before any that no mark parts from a term before it */
};

static struct parting parting_of(const struct scoring *s, const struct content_near *n, size_t term)
{
	struct parting ret = { .end = UINT32_MAX };

	for (size_t i = 0; n->parted && i < s->r->len; i++) {
		const struct content_pattern *p = pattern_of(s, i);

		s->out->steps++;
		if (p->kind != PATTERN_CONTEXT || p->owner != n->unless ||
		    !same_sentence(s, i, term))
			continue;
		if (s->r->hits[i].to < ret.end)
			ret.end = s->r->hits[i].to;
		if (s->r->mark[i] > ret.mark && !(is_before(s, term, i) && has_mark(s, term, i)))
			ret.mark = s->r->mark[i];
	}
	return ret;
}

static void find_partings(
    const struct scoring *s, const struct content_near *n, struct parting ret[LIVE_MAX])
{
	for (size_t k = 0; k < s->live_len; k++)
		ret[k] = parting_of(s, n, s->live[k]);
}

/* Is the parting word on the term's side of a mark between both and the denial? With a mark between, they cannot
 * overlap, and the one before it begins before the other. */
static bool is_parted(
    const struct scoring *s, const struct parting *parting, size_t denial, size_t term)
{
	if (is_before(s, term, denial))
		return parting->end <= s->r->mark[denial] && has_mark(s, term, denial);
	return parting->mark >= s->r->hits[denial].to && has_mark(s, denial, term);
}

/* `k` is a place among the live. */
static bool stands_near(const struct scoring *s, const struct content_near *n,
    const struct parting *partings, size_t k, size_t at)
{
	size_t term = s->live[k];
	int far = (int)s->r->words[at] - (int)s->r->words[term];

	s->out->steps++;
	if (n->within > 0 && (unsigned)(far < 0 ? -far : far) > n->within)
		return false;
	if (n->before && far > 0)
		return false;
	if (overlap(&s->r->hits[at], &s->r->hits[term]))
		return false;
	if (n->sentence && !same_sentence(s, term, at))
		return false;
	return !n->parted || !is_parted(s, &partings[k], at, term);
}

/* --- denials ---------------------------------------------------------------------------------- */

static bool is_denied(
    const struct scoring *s, const struct content_near *n, const struct parting *partings, size_t k)
{
	for (size_t i = 0; i < s->r->len; i++) {
		const struct content_pattern *p = pattern_of(s, i);

		if (p->kind == PATTERN_CONTEXT && p->owner == n->context &&
		    stands_near(s, n, partings, k, i))
			return true;
	}
	return false;
}

/* Terms under a denial do not excuse those that are under none. */
static void drop_denied(struct scoring *s)
{
	const struct content_class *class = &s->c->classes[s->class];

	for (size_t i = 0; i < class->near_len; i++) {
		struct parting partings[LIVE_MAX];
		size_t kept[LIVE_MAX], len = 0;

		if (!class->near[i].cancels)
			continue;
		find_partings(s, &class->near[i], partings);
		for (size_t k = 0; k < s->live_len; k++) {
			if (!is_denied(s, &class->near[i], partings, k))
				kept[len++] = s->live[k];
		}
		if (len > 0)
			memcpy(s->live, kept, len * sizeof(*kept));
		s->live_len = len > 0 ? len : s->live_len;
		s->undenied = len > 0;
	}
}

/* --- contexts --------------------------------------------------------------------------------- */

/* The first of the context that stands near any term; r->len when none does. */
static size_t find_near(const struct scoring *s, const struct content_near *n)
{
	struct parting partings[LIVE_MAX];

	find_partings(s, n, partings);
	for (size_t i = 0; i < s->r->len; i++) {
		const struct content_pattern *p = pattern_of(s, i);

		if (p->kind != PATTERN_CONTEXT || p->owner != n->context)
			continue;
		for (size_t k = 0; k < s->live_len; k++) {
			if (stands_near(s, n, partings, k, i))
				return i;
		}
	}
	return s->r->len;
}

static void score_near(struct scoring *s)
{
	const struct content_class *class = &s->c->classes[s->class];

	for (size_t i = 0; i < class->near_len; i++) {
		const struct content_near *n = &class->near[i];
		size_t at = s->undenied && n->cancels ? s->r->len : find_near(s, n);

		if (at == s->r->len)
			continue;
		if (add_part(s->out, s->c->contexts[n->context], n->weight) && n->weight > 0)
			(void)add_word(s->out, shown(s, at));
	}
}

void content_score(const struct content *c, const struct content_class *class,
    const struct content_reading *r, struct content_score *ret)
{
	struct scoring s;

	ret->score = 0;
	ret->steps = 0;
	ret->words_len = ret->parts_len = 0;
	s.class = (unsigned)(class - c->classes);
	if (!(r->terms >> s.class & 1))
		return;
	s.c = c;
	s.r = r;
	s.out = ret;
	s.live_len = 0;
	s.undenied = false;
	find_live(&s);
	if (s.live_len == 0)
		return;
	drop_denied(&s);
	score_terms(&s);
	score_near(&s);
}

/* --- telling ---------------------------------------------------------------------------------- */

#define SHOWN_MOST 60 /* bytes of one word */
#define LONG_NUMBER 4 /* digits */

/* Of the words of what was read that lie in `word`, the bytes of the text. */
static struct str written(struct str text, const struct buf *origins, size_t from, size_t to)
{
	const struct fold_origin *o = (const void *)origins->p;
	uint32_t first = UINT32_MAX, last = 0;

	for (size_t i = 0; i < origins->len / sizeof(*o); i++) {
		if (o[i].out < from || o[i].out >= to)
			continue;
		first = o[i].from < first ? o[i].from : first;
		last = o[i].to > last ? o[i].to : last;
	}
	return first < last ? str_trim(str_sub(text, first, last - first)) : STR_NONE;
}

static size_t digits_at(struct str s, size_t i)
{
	size_t n = 0;

	while (i + n < s.len && s.p[i + n] >= '0' && s.p[i + n] <= '9')
		n++;
	return n;
}

static void show(struct buf *out, struct str s)
{
	size_t len = s.len;

	while (
	    len > SHOWN_MOST && ((unsigned char)s.p[SHOWN_MOST] & 0xc0) == 0x80 && s.len - len < 4)
		len--;
	for (size_t i = 0; i < len && i < SHOWN_MOST;) {
		size_t digits = digits_at(s, i);

		if (digits >= LONG_NUMBER)
			buf_add_c(out, "\xe2\x80\xa6");
		else if (digits == 0)
			buf_add_char(out, (unsigned char)s.p[i] < ' ' ? ' ' : s.p[i]);
		else
			buf_add(out, str_sub(s, i, digits));
		i += digits ? digits : 1;
	}
}

void content_show(const struct content *c, struct str text, const struct content_reading *r,
    const struct content_score *score, struct buf *out)
{
	struct fold_notes notes = { .knows = is_listed, .ctx = c->words };
	struct buf raw, folded, origins;

	buf_init(&raw, 0);
	buf_init(&folded, 0);
	buf_init(&origins, 0);
	fold_trace(&c->signs, text, &notes, &raw, &folded, &origins);
	for (size_t i = 0; !folded.failed && i < score->words_len; i++) {
		size_t from = (size_t)(score->words[i].p - r->folded.p);

		buf_add_c(out, i ? ", " : "");
		show(out, written(text, &origins, from, from + score->words[i].len));
	}
	if (folded.failed)
		out->failed = true;
	buf_done(&raw);
	buf_done(&folded);
	buf_done(&origins);
}

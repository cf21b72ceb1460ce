/* Sums are sums. Where only the first few are kept, they are the first in the order of people, which each
 * part sees in that order: the first few of all are among the first few of the parts. */
#include "apps/analyze/found.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/map.h"

/* --- tallies ---------------------------------------------------------------------------------- */

static int grow_tallies(struct tallies *t, size_t len)
{
	size_t more = t->len ? t->len : 16;

	if (len <= t->len)
		return 0;
	while (more < len)
		more *= 2;
	struct tally *items = mem_grow(t->items, more * sizeof(*items));
	if (!items)
		return -E_NOMEM;
	memset(items + t->len, 0, (more - t->len) * sizeof(*items));
	t->items = items;
	t->len = more;
	return 0;
}

static void count(struct tally *t, uint64_t person)
{
	t->sends++;
	t->people += t->sends == 1 || t->last_person != person;
	t->last_person = person;
}

static size_t examples_most(const struct analysis *a)
{
	size_t wanted = words_examples(a->words);

	return wanted < EXAMPLES_MAX ? wanted : EXAMPLES_MAX;
}

int found_add(struct analysis *a, enum rule_index rule, enum level level, const struct event *e,
    struct phone phone, struct err *err)
{
	const uint32_t ids[BYS] = { [BY_APP] = e->app,
		[BY_LIST] = e->list,
		[BY_TEMPLATE] = e->template,
		[BY_NUMBER] = e->number };
	struct found *f = &a->found[rule];

	for (size_t i = 0; i < BYS; i++) {
		if (grow_tallies(&f->by[i], (size_t)ids[i] + 1) < 0)
			return err_set(err, E_NOMEM, N_("Memory ran out."));
		count(&f->by[i].items[ids[i]], e->person);
	}
	f->first_at = f->all.sends && f->first_at < e->at ? f->first_at : e->at;
	f->last_at = f->all.sends && f->last_at > e->at ? f->last_at : e->at;
	count(&f->all, e->person);
	f->levels[level]++;
	if (f->examples_len < examples_most(a)) {
		struct analyze_example *x = &f->examples[f->examples_len++];
		*x = (struct analyze_example){
			.row = e->row, .person = e->person, .at = e->at, .template = e->template
		};
		if (phone.number)
			phone_format_masked(phone, x->phone);
	}
	return 0;
}

/* --- pairs of a template and something -------------------------------------------------------- */

/* The place of the pair among `*len` that there are, made when it is new; -E_NOMEM. */
static int64_t place_of(struct pairs *p, uint32_t template, uint32_t what)
{
	uint64_t key = (uint64_t)template << 32 | what;
	size_t cap = p->cap ? 2 * p->cap : 64;
	int64_t place;

	if (!p->places)
		p->places = imap_new();
	if (!p->places)
		return -E_NOMEM;
	if (imap_get(p->places, key, &place))
		return place;
	if (p->len == p->cap) {
		struct pair_stat *items = mem_grow(p->items, cap * sizeof(*items));
		if (!items)
			return -E_NOMEM;
		p->items = items;
		p->cap = cap;
	}
	if (imap_put(p->places, key, (int64_t)p->len) < 0)
		return -E_NOMEM;
	p->items[p->len] = (struct pair_stat){ .template = template, .what = what };
	return (int64_t)p->len++;
}

static int count_pair(
    struct pairs *p, uint32_t template, uint32_t what, int64_t times, int64_t opt_outs)
{
	int64_t place = place_of(p, template, what);

	if (place < 0)
		return -E_NOMEM;
	p->items[place].times += times;
	p->items[place].opt_outs += opt_outs;
	return 0;
}

int found_tap(struct analysis *a, uint32_t template, uint32_t button, bool stops)
{
	return count_pair(&a->buttons_tapped, template, button, 1, stops);
}

int found_code(struct analysis *a, uint32_t template, int32_t code)
{
	return count_pair(&a->codes_seen, template, (uint32_t)code, 1, 0);
}

static int add_pairs(struct pairs *to, const struct pairs *from)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < from->len; i++) {
		const struct pair_stat *p = &from->items[i];
		r = count_pair(to, p->template, p->what, p->times, p->opt_outs);
	}
	return r;
}

/* By template, and then what came more often first. */
static int by_times(const void *a, const void *b)
{
	const struct pair_stat *x = a, *y = b;

	if (x->template != y->template)
		return x->template <y->template ? -1 : 1;
	if (x->times != y->times)
		return x->times > y->times ? -1 : 1;
	return (x->what > y->what) - (x->what < y->what);
}

static void order_pairs(struct pairs *p)
{
	if (p->len)
		qsort(p->items, p->len, sizeof(*p->items), by_times);
	imap_free(&p->places); /* the places are no longer right */
}

static void free_pairs(struct pairs *p)
{
	imap_free(&p->places);
	MEM_FREE(&p->items);
	p->len = p->cap = 0;
}

/* --- days ------------------------------------------------------------------------------------- */

static struct day_stat *day_of(struct days *d, time_ms day)
{
	size_t cap = d->cap ? 2 * d->cap : 64;
	int64_t place;

	if (!d->places)
		d->places = imap_new();
	if (!d->places)
		return NULL;
	if (imap_get(d->places, (uint64_t)day, &place))
		return &d->items[place];
	if (d->len == d->cap) {
		struct day_stat *items = mem_grow(d->items, cap * sizeof(*items));
		if (!items)
			return NULL;
		d->items = items;
		d->cap = cap;
	}
	if (imap_put(d->places, (uint64_t)day, (int64_t)d->len) < 0)
		return NULL;
	d->items[d->len] = (struct day_stat){ .day = day };
	return &d->items[d->len++];
}

static void add_day(struct day_stat *to, const struct day_stat *from)
{
	to->left += from->left;
	to->waited += from->waited;
	to->refused += from->refused;
}

int found_day(struct analysis *a, time_ms at, enum verdict v)
{
	const struct day_stat one = { .left = v == VERDICT_ALLOW,
		.waited = v == VERDICT_HOLD,
		.refused = v == VERDICT_REFUSE };
	struct day_stat *day = day_of(&a->days, at / MS_PER_DAY * MS_PER_DAY);

	if (!day)
		return -E_NOMEM;
	add_day(day, &one);
	return 0;
}

static int add_days(struct days *to, const struct days *from)
{
	for (size_t i = 0; i < from->len; i++) {
		struct day_stat *day = day_of(to, from->items[i].day);
		if (!day)
			return -E_NOMEM;
		add_day(day, &from->items[i]);
	}
	return 0;
}

static int by_day(const void *a, const void *b)
{
	const struct day_stat *x = a, *y = b;

	return (x->day > y->day) - (x->day < y->day);
}

/* --- people without opt-in -------------------------------------------------------------------- */

static int by_person(const void *a, const void *b)
{
	const struct missing_person *x = a, *y = b;

	return (x->person > y->person) - (x->person < y->person);
}

int found_missing(struct analysis *a, const struct missing_person *m)
{
	size_t most = words_people_shown(a->words), cap = a->missing_cap ? 2 * a->missing_cap : 64;

	if (a->missing_len == most)
		return 0;
	if (a->missing_len == a->missing_cap) {
		struct missing_person *grown = mem_grow(a->missing, cap * sizeof(*grown));
		if (!grown)
			return -E_NOMEM;
		a->missing = grown;
		a->missing_cap = cap;
	}
	a->missing[a->missing_len++] = *m;
	return 0;
}

static int add_missing(struct analysis *a, const struct analysis *part)
{
	size_t most = words_people_shown(a->words), len = a->missing_len + part->missing_len;

	if (!part->missing_len)
		return 0;
	struct missing_person *both = mem_grow(a->missing, len * sizeof(*both));
	if (!both)
		return -E_NOMEM;
	memcpy(both + a->missing_len, part->missing, part->missing_len * sizeof(*both));
	qsort(both, len, sizeof(*both), by_person);
	a->missing = both;
	a->missing_cap = len;
	a->missing_len = len < most ? len : most;
	return 0;
}

/* --- parts ------------------------------------------------------------------------------------ */

struct analysis *part_new(const struct analysis *a)
{
	struct analysis *p = mem_alloc(sizeof(*p));

	if (!p)
		return NULL;
	p->words = a->words;
	p->pack = a->pack;
	p->apps = a->apps;
	p->lists = a->lists;
	p->templates = a->templates;
	p->numbers = a->numbers;
	p->buttons = a->buttons;
	p->bsuids = a->bsuids;
	p->knows_consents = a->knows_consents;
	p->knows_inbound = a->knows_inbound;
	p->first_at = a->first_at;
	p->last_at = a->last_at;
	p->volume = volume_new();
	p->template_stats_len = pool_len(a->templates);
	p->template_stats = mem_alloc(p->template_stats_len * sizeof(*p->template_stats));
	if (!p->volume || !p->template_stats)
		part_free(&p);
	return p;
}

void counts_free(struct analysis *a)
{
	for (size_t i = 0; i < RULES_COUNT; i++) {
		for (size_t k = 0; k < BYS; k++)
			MEM_FREE(&a->found[i].by[k].items);
	}
	MEM_FREE(&a->template_stats);
	MEM_FREE(&a->missing);
	free_pairs(&a->buttons_tapped);
	free_pairs(&a->codes_seen);
	imap_free(&a->days.places);
	MEM_FREE(&a->days.items);
	volume_free(&a->volume);
}

void part_free(struct analysis **pp)
{
	if (*pp)
		counts_free(*pp);
	MEM_FREE(pp);
}

static int by_row_of_person(const void *a, const void *b)
{
	const struct analyze_example *x = a, *y = b;

	if (x->person != y->person)
		return x->person < y->person ? -1 : 1;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

static void add_examples(const struct analysis *a, struct found *to, const struct found *from)
{
	struct analyze_example both[2 * EXAMPLES_MAX];
	size_t len = to->examples_len + from->examples_len, most = examples_most(a);

	if (!from->examples_len)
		return;
	memcpy(both, to->examples, to->examples_len * sizeof(*both));
	memcpy(both + to->examples_len, from->examples, from->examples_len * sizeof(*both));
	qsort(both, len, sizeof(*both), by_row_of_person);
	to->examples_len = len < most ? len : most;
	memcpy(to->examples, both, to->examples_len * sizeof(*both));
}

static int add_tallies(struct tallies *to, const struct tallies *from)
{
	if (grow_tallies(to, from->len) < 0)
		return -E_NOMEM;
	for (size_t i = 0; i < from->len; i++) {
		to->items[i].sends += from->items[i].sends;
		to->items[i].people += from->items[i].people;
	}
	return 0;
}

static int add_found(const struct analysis *a, struct found *to, const struct found *from)
{
	int r = 0;

	if (!from->all.sends)
		return 0;
	for (size_t i = 0; r == 0 && i < BYS; i++)
		r = add_tallies(&to->by[i], &from->by[i]);
	to->first_at = to->all.sends && to->first_at < from->first_at ? to->first_at
								      : from->first_at;
	to->last_at = to->all.sends && to->last_at > from->last_at ? to->last_at : from->last_at;
	to->all.sends += from->all.sends;
	to->all.people += from->all.people;
	for (size_t i = 0; i < ARRAY_LEN(to->levels); i++)
		to->levels[i] += from->levels[i];
	add_examples(a, to, from);
	return r;
}

static void add_template(struct template_stat *to, const struct template_stat *from)
{
	if (!from->sends)
		return;
	to->purpose = !to->sends || from->purpose < to->purpose ? from->purpose : to->purpose;
	to->sends += from->sends;
	to->people += from->people;
	to->delivered += from->delivered;
	to->read += from->read;
	to->failed += from->failed;
	to->told += from->told;
	to->replies += from->replies;
	to->opt_outs += from->opt_outs;
	to->taps += from->taps;
}

int part_add(struct analysis *a, struct analysis *part)
{
	int r = 0;

	a->sends += part->sends;
	a->repeated += part->repeated;
	a->assumed_marketing += part->assumed_marketing;
	a->people += part->people;
	for (size_t i = 0; r == 0 && i < RULES_COUNT; i++)
		r = add_found(a, &a->found[i], &part->found[i]);
	for (size_t i = 0; i < part->template_stats_len; i++)
		add_template(&a->template_stats[i], &part->template_stats[i]);
	for (size_t i = 0; i < SEGMENTS; i++) {
		a->segments[i].people += part->segments[i].people;
		a->segments[i].marketing += part->segments[i].marketing;
		a->segments[i].read += part->segments[i].read;
	}
	if (r == 0)
		r = add_pairs(&a->buttons_tapped, &part->buttons_tapped);
	if (r == 0)
		r = add_pairs(&a->codes_seen, &part->codes_seen);
	if (r == 0)
		r = add_days(&a->days, &part->days);
	if (r == 0)
		r = add_missing(a, part);
	return r < 0 ? r : volume_add_all(a->volume, part->volume);
}

/* Of each template the codes that came most often. */
void parts_end(struct analysis *a)
{
	order_pairs(&a->buttons_tapped);
	order_pairs(&a->codes_seen);
	if (a->days.len)
		qsort(a->days.items, a->days.len, sizeof(*a->days.items), by_day);
	imap_free(&a->days.places);
	for (size_t i = 0; i < a->days.len; i++)
		add_day(&a->all_days, &a->days.items[i]);
	for (size_t i = 0; i < a->codes_seen.len; i++) {
		const struct pair_stat *p = &a->codes_seen.items[i];
		struct template_stat *t = &a->template_stats[p->template];
		if (t->codes_len < CODES_KEPT && p->what != CODE_OTHERS)
			t->codes[t->codes_len++] = (struct code_stat){ (int32_t)p->what, p->times };
		else
			t->other_codes += p->times;
	}
}

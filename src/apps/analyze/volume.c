/* One record an hour and number, found by an imap from both; people are kept as the changes of their
 * count at each minute, so that a running sum over sorted hours is the count. Those who leave in a minute
 * make room for those who come in it: a campaign at the same hour of every day does not count twice. */
#include "apps/analyze/volume.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/map.h"

#define MINUTES 60

struct hour {
	uint32_t number;
	int64_t hour; /* since 1970 */
	int64_t messages;
	uint64_t counted; /* a bit for each minute in which somebody was written to who counts */
	int32_t change[MINUTES];   /* of the people who count */
	uint16_t minutes[MINUTES]; /* messages; stop at UINT16_MAX */
};

struct volume {
	struct imap *places; /* number and hour → index of `hours` */
	struct hour *hours;
	size_t len, cap;
	bool is_daily;
};

struct volume *volume_new(void)
{
	struct volume *v = mem_alloc(sizeof(*v));

	if (!v)
		return NULL;
	v->places = imap_new();
	if (!v->places)
		volume_free(&v);
	return v;
}

void volume_free(struct volume **pv)
{
	if (*pv) {
		imap_free(&(*pv)->places);
		mem_free((*pv)->hours);
	}
	MEM_FREE(pv);
}

static struct hour *grow(struct volume *v)
{
	size_t cap = v->cap ? 2 * v->cap : 256;
	struct hour *hours;

	if (v->len < v->cap)
		return v->hours;
	hours = mem_grow(v->hours, cap * sizeof(*hours));
	if (hours) {
		v->hours = hours;
		v->cap = cap;
	}
	return hours;
}

static struct hour *hour_at(struct volume *v, uint32_t number, int64_t hour)
{
	uint64_t key = (uint64_t)number << 32 | (uint32_t)hour;
	int64_t place;

	if (imap_get(v->places, key, &place))
		return &v->hours[place];
	if (!grow(v) || imap_put(v->places, key, (int64_t)v->len) < 0)
		return NULL;
	v->hours[v->len] = (struct hour){ .number = number, .hour = hour };
	return &v->hours[v->len++];
}

static size_t minute_of(time_ms at)
{
	return (size_t)(at / MS_PER_MIN % MINUTES);
}

int volume_add(struct volume *v, uint32_t number, time_ms at)
{
	struct hour *h = hour_at(v, number, at / MS_PER_HOUR);

	if (!h)
		return -E_NOMEM;
	uint16_t *minute = &h->minutes[minute_of(at)];
	h->messages++;
	*minute = (uint16_t)(*minute + (*minute < UINT16_MAX));
	return 0;
}

int volume_add_day(struct volume *v, uint32_t number, time_ms at, int64_t messages)
{
	struct hour *h = hour_at(v, number, at / MS_PER_HOUR);

	if (!h)
		return -E_NOMEM;
	h->messages += messages;
	v->is_daily = true;
	return 0;
}

static int change(struct volume *v, uint32_t number, time_ms at, int32_t by)
{
	struct hour *h = hour_at(v, number, at / MS_PER_HOUR);

	if (!h)
		return -E_NOMEM;
	h->change[minute_of(at)] += by;
	return 0;
}

int volume_add_person(struct volume *v, uint32_t number, time_ms at, time_ms from, time_ms to)
{
	int r = change(v, number, from, 1);

	if (r == 0)
		r = change(v, number, to, -1);
	struct hour *h = r == 0 ? hour_at(v, number, at / MS_PER_HOUR) : NULL;
	if (!h)
		return -E_NOMEM;
	h->counted |= UINT64_C(1) << minute_of(at);
	return 0;
}

static void add_hour(struct hour *to, const struct hour *from)
{
	to->messages += from->messages;
	to->counted |= from->counted;
	for (size_t i = 0; i < MINUTES; i++) {
		unsigned sum = (unsigned)to->minutes[i] + from->minutes[i];
		to->minutes[i] = (uint16_t)(sum < UINT16_MAX ? sum : UINT16_MAX);
		to->change[i] += from->change[i];
	}
}

int volume_add_all(struct volume *v, const struct volume *other)
{
	for (size_t i = 0; i < other->len; i++) {
		struct hour *h = hour_at(v, other->hours[i].number, other->hours[i].hour);
		if (!h)
			return -E_NOMEM;
		add_hour(h, &other->hours[i]);
	}
	return 0;
}

/* --- what came of it -------------------------------------------------------------------------- */

static int by_number_and_hour(const void *a, const void *b)
{
	const struct hour *x = *(const struct hour *const *)a, *y = *(const struct hour *const *)b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return (x->hour > y->hour) - (x->hour < y->hour);
}

static int by_messages(const void *a, const void *b)
{
	const struct volume_number *x = a, *y = b;

	if (x->messages != y->messages)
		return x->messages > y->messages ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

static void find_peaks(struct volume_number *n, const struct hour *h)
{
	time_ms at = h->hour * MS_PER_HOUR;

	if (h->messages > n->peak_hour) {
		n->peak_hour = h->messages;
		n->peak_hour_at = at;
	}
	for (size_t i = 0; i < MINUTES; i++) {
		if (h->minutes[i] > n->peak_minute) {
			n->peak_minute = h->minutes[i];
			n->peak_minute_at = at + (time_ms)i * MS_PER_MIN;
		}
	}
}

/* The day of that hour; days on which nothing was sent are left out. */
static struct volume_day *day_of(struct volume_number *n, time_ms at)
{
	time_ms day = at / MS_PER_DAY * MS_PER_DAY;
	struct volume_day *last = n->days_len ? &n->days[n->days_len - 1] : NULL;

	ASSERT(n->days);
	if (last && last->day == day)
		return last;
	n->days[n->days_len] = (struct volume_day){ .day = day, .former = -1, .cap = -1 };
	return &n->days[n->days_len++];
}

/* How many people counted at most when one who counts was written to in that hour; and from it on. */
static int64_t most_people(const struct hour *h, int64_t *people, time_ms *ret_at)
{
	int64_t most = 0;

	for (size_t i = 0; i < MINUTES; i++) {
		*people += h->change[i];
		if (!(h->counted >> i & 1) || *people <= most)
			continue;
		most = *people;
		*ret_at = h->hour * MS_PER_HOUR + (time_ms)i * MS_PER_MIN;
	}
	return most;
}

/* The hours of one number, in order. */
static void sum_up(struct volume_number *n, struct hour *const *hours, size_t len, bool has_hours)
{
	int64_t people = 0;

	for (size_t i = 0; i < len; i++) {
		const struct hour *h = hours[i];
		time_ms at = h->hour * MS_PER_HOUR, most_at;
		int64_t most = most_people(h, &people, &most_at);
		n->people = most > n->people ? most : n->people;
		if (h->messages == 0)
			continue;
		if (n->messages == 0)
			n->first = at;
		n->last = at;
		n->messages += h->messages;
		if (has_hours)
			find_peaks(n, h);
		struct volume_day *day = day_of(n, at);
		day->messages += h->messages;
		day->people = most > day->people ? most : day->people;
	}
}

/* The highest of the days within the history before day `i`; -1 when the data begins too late to
 * know. */
static int64_t highest_before(
    const struct volume_number *n, size_t i, const struct pack_spike *s, time_ms begin)
{
	time_ms since = n->days[i].day - s->history_days * MS_PER_DAY;
	int64_t most = 0;

	if (since < begin && !n->young)
		return -1;
	for (size_t k = i; k-- > 0 && n->days[k].day >= since;)
		most = n->days[k].messages > most ? n->days[k].messages : most;
	return most;
}

static void judge_days(struct volume_number *n, const struct pack *pack, time_ms begin)
{
	const struct pack_spike *s = &pack_limits(pack)->spike;

	for (size_t i = 0; i < n->days_len; i++) {
		struct volume_day *d = &n->days[i];
		int64_t age = (d->day - n->days[0].day) / MS_PER_DAY + 1;
		int64_t cap = n->young ? pack_warmup_cap(pack, age) : INT64_MAX;
		d->cap = cap == INT64_MAX ? -1 : cap;
		n->over_cap += d->cap >= 0 && d->people > d->cap;
		d->former = highest_before(n, i, s, begin);
		n->spikes += volume_day_is_spike(d, s);
	}
}

bool volume_day_is_spike(const struct volume_day *d, const struct pack_spike *s)
{
	return d->former > 0 && d->messages >= s->min_messages &&
	    d->messages > d->former + pack_share(d->former, s->warn_ppm);
}

static bool has_held_day(const struct volume_number *n, const struct pack_spike *s)
{
	for (size_t i = 0; i < n->days_len; i++) {
		const struct volume_day *d = &n->days[i];
		if (volume_day_is_spike(d, s) &&
		    d->messages > d->former + pack_share(d->former, s->hold_ppm))
			return true;
	}
	return false;
}

size_t volume_rules(
    const struct volume_number *n, const struct pack *pack, struct volume_rule ret[VOLUME_RULES])
{
	bool held = has_held_day(n, &pack_limits(pack)->spike);
	size_t len = 0;

	if (n->over_cap)
		ret[len++] = (struct volume_rule){ RULE_LIMIT_WARMUP, LEVEL_HOLD, n->over_cap };
	if (n->spikes)
		ret[len++] = (struct volume_rule){ RULE_LIMIT_SPIKE, held ? LEVEL_HOLD : LEVEL_WARN,
			n->spikes };
	return len;
}

static int add_number(struct volume_report *r, struct hour *const *hours, size_t len,
    const struct pack *pack, time_ms begin, bool has_hours, struct arena *a)
{
	struct volume_number *n = &r->numbers[r->numbers_len];

	*n = (struct volume_number){ .number = hours[0]->number };
	n->days = ARENA_ARRAY(a, struct volume_day, len);
	if (!n->days)
		return -E_NOMEM;
	sum_up(n, hours, len, has_hours);
	if (n->messages == 0)
		return 0;
	n->young = n->first >= begin + MS_PER_DAY;
	judge_days(n, pack, begin);
	r->numbers_len++;
	return 0;
}

static void add_all(struct volume_report *r, struct hour *const *hours, size_t len)
{
	int64_t people = 0;

	for (size_t i = 0; i < len; i++) {
		time_ms at = TIME_NONE;
		int64_t most = most_people(hours[i], &people, &at);
		if (most > r->people) {
			r->people = most;
			r->people_at = at;
		}
	}
}

static size_t count_numbers(struct hour *const *hours, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += i == 0 || hours[i]->number != hours[i - 1]->number;
	return n;
}

int volume_report(const struct volume *v, const struct pack *pack, time_ms begin, struct arena *a,
    struct volume_report *ret, struct err *err)
{
	struct hour **hours = ARENA_ARRAY(a, struct hour *, v->len + 1);
	int r = 0;

	*ret = (struct volume_report){ .numbers = NULL };
	for (size_t i = 0; hours && i < v->len; i++)
		hours[i] = &v->hours[i];
	if (hours) {
		qsort(hours, v->len, sizeof(*hours), by_number_and_hour);
		ret->numbers = ARENA_ARRAY(
		    a, struct volume_number, count_numbers(hours, v->len) + 1);
	}
	if (!ret->numbers)
		return err_set(err, E_NOMEM, "Memory ran out.");
	for (size_t i = 0, end; r == 0 && i < v->len; i = end) {
		for (end = i + 1; end < v->len && hours[end]->number == hours[i]->number;)
			end++;
		if (hours[i]->number == VOLUME_ALL)
			add_all(ret, &hours[i], end - i);
		else
			r = add_number(ret, &hours[i], end - i, pack, begin, !v->is_daily, a);
	}
	qsort(ret->numbers, ret->numbers_len, sizeof(*ret->numbers), by_messages);
	return r < 0 ? err_set(err, E_NOMEM, "Memory ran out.") : 0;
}

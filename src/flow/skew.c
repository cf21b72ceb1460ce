/* `ahead` is the platform's wall clock less our monotonic one. What is heard bounds it; it moves only
 * when it is out of bounds, and then no further than it must. */
#include "flow/skew.h"

#include <pthread.h>

#include "base/check.h"
#include "transport/http_date.h"

#define NS_PER_MS 1000000

struct skew {
	struct pack_clock limits;
	pthread_mutex_t lock;
	int64_t ahead_ms;
	int64_t facts_least; /* of those counted, the least bound */
	int facts;
};

static int64_t mono_ms(mono_ns t)
{
	return t / NS_PER_MS;
}

int skew_new(const struct pack_clock *limits, struct skew **ret, struct err *err)
{
	struct skew *s = mem_alloc(sizeof(*s));

	if (!s)
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	s->limits = *limits;
	pthread_mutex_init(&s->lock, NULL);
	s->ahead_ms = clock_now() - mono_ms(clock_mono());
	*ret = s;
	return 0;
}

void skew_free(struct skew **ps)
{
	if (*ps)
		pthread_mutex_destroy(&(*ps)->lock);
	MEM_FREE(ps);
}

void skew_heard(struct skew *s, time_ms date, mono_ns asked, mono_ns answered)
{
	if (!s)
		return;
	int64_t least = date - mono_ms(answered), most = date + MS_PER_S - mono_ms(asked);
	pthread_mutex_lock(&s->lock);
	if (s->ahead_ms < least)
		s->ahead_ms = least;
	else if (s->ahead_ms > most)
		s->ahead_ms = most;
	pthread_mutex_unlock(&s->lock);
}

void skew_answer(struct skew *s, const struct upstream_answer *answer)
{
	mono_ns now = clock_mono();
	time_ms date;

	if (s && http_date_find(answer->headers, answer->headers_len, &date))
		skew_heard(s, date, now - answer->took, now);
}

void skew_fact(struct skew *s, time_ms at, mono_ns came)
{
	if (!s || at == TIME_NONE)
		return;
	int64_t least = at - mono_ms(came);
	pthread_mutex_lock(&s->lock);
	if (s->facts == 0 || least < s->facts_least)
		s->facts_least = least;
	s->facts++;
	if (s->facts_least <= s->ahead_ms) {
		s->facts = 0;
	} else if (s->facts == SKEW_FACTS) {
		s->ahead_ms = s->facts_least;
		s->facts = 0;
	}
	pthread_mutex_unlock(&s->lock);
}

int64_t skew_ms(struct skew *s)
{
	if (!s)
		return 0;
	pthread_mutex_lock(&s->lock);
	int64_t ahead_ms = s->ahead_ms;
	pthread_mutex_unlock(&s->lock);
	return clock_now() - mono_ms(clock_mono()) - ahead_ms;
}

enum skew_grade skew_grade(struct skew *s)
{
	int64_t ms = skew_ms(s);

	if (ms < 0)
		ms = -ms;
	if (!s || ms <= s->limits.warn_ms)
		return SKEW_FINE;
	if (ms <= s->limits.alarm_ms)
		return SKEW_WARN;
	return ms <= s->limits.suspect_ms ? SKEW_ALARM : SKEW_SUSPECT;
}

bool skew_is_suspect(struct skew *s)
{
	return skew_grade(s) == SKEW_SUSPECT;
}

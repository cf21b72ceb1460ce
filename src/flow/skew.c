/* `ahead` is the platform's wall clock less our monotonic one. What is heard bounds it; it moves only
 * when it is out of bounds, and then no further than it must. */
#include "flow/skew.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/check.h"
#include "transport/http_date.h"

#define NS_PER_MS 1000000

struct skew {
	struct pack_clock limits;
	_Atomic int64_t ahead_ms; /* asked with every send, so without the lock */
	pthread_mutex_t lock;     /* of whoever changes it, and of what follows */
	int64_t facts_least;      /* of those counted, the least bound */
	int facts;
	/* the Date that came last: at a thousand answers a second it is read once a second */
	char date[32];
	size_t date_len;
	time_ms date_at;
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
	atomic_store(&s->ahead_ms, clock_now() - mono_ms(clock_mono()));
	*ret = s;
	return 0;
}

void skew_free(struct skew **ps)
{
	if (*ps)
		pthread_mutex_destroy(&(*ps)->lock);
	MEM_FREE(ps);
}

/* Under the lock. */
static void bound(struct skew *s, int64_t least, int64_t most)
{
	int64_t ahead_ms = atomic_load(&s->ahead_ms);

	if (ahead_ms < least)
		atomic_store(&s->ahead_ms, least);
	else if (ahead_ms > most)
		atomic_store(&s->ahead_ms, most);
}

static void hear(struct skew *s, time_ms date, mono_ns asked, mono_ns answered)
{
	bound(s, date - mono_ms(answered), date + MS_PER_S - mono_ms(asked));
}

void skew_heard(struct skew *s, time_ms date, mono_ns asked, mono_ns answered)
{
	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	hear(s, date, asked, answered);
	pthread_mutex_unlock(&s->lock);
}

/* Under the lock. */
static bool read_date(struct skew *s, struct str text)
{
	if (s->date_len && str_eq(text, str_n(s->date, s->date_len)))
		return true;
	s->date_len = 0;
	if (text.len > sizeof(s->date) || !http_date_parse(text, &s->date_at))
		return false;
	memcpy(s->date, text.p, text.len);
	s->date_len = text.len;
	return true;
}

void skew_answer(struct skew *s, const struct upstream_answer *answer)
{
	struct str text = s ? http_headers_get(answer->headers, answer->headers_len, "date")
			    : STR_NONE;

	if (!text.p)
		return;
	mono_ns now = clock_mono();
	pthread_mutex_lock(&s->lock);
	if (read_date(s, text))
		hear(s, s->date_at, now - answer->took, now);
	pthread_mutex_unlock(&s->lock);
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
	bool ahead = s->facts_least > atomic_load(&s->ahead_ms);
	if (ahead && s->facts == SKEW_FACTS)
		bound(s, s->facts_least, INT64_MAX);
	if (!ahead || s->facts == SKEW_FACTS)
		s->facts = 0;
	pthread_mutex_unlock(&s->lock);
}

int64_t skew_ms(struct skew *s)
{
	if (!s)
		return 0;
	return clock_now() - mono_ms(clock_mono()) - atomic_load(&s->ahead_ms);
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

#include "domain/trip.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/check.h"
#include "base/log.h"
#include "domain/account.h"
#include "domain/inbox.h"
#include "domain/resume.h"
#include "store/query.h"

#define SCOPE_TEXT_MAX (SIGNAL_ID_MAX + 16)
#define DETAIL_MAX 256
#define WEEK_MS (7 * MS_PER_DAY)

struct trip {
	struct store_conn *c;
	const struct pack *pack;
	struct id_gen *ids;
	time_ms now;
	bool paused;
};

/* What one finding is about. */
struct place {
	enum signal_scope scope;
	struct str id;
};

int trip_pause(struct store_conn *c, enum signal_scope scope, struct str id, time_ms until,
    struct str why, time_ms now, struct err *err)
{
	int r = pause_set(c, str_c(signal_scope_name(scope)), id, PURPOSE_MARKETING, until,
	    STR(TRIP_BY), why, now, err);

	if (r == -E_NOT_FOUND) /* it was removed meanwhile */
		return 0;
	return r < 0 ? r : resume_prepare(c, scope, id, now, err);
}

/* 1 while a pause of ours is in force there. */
static int pause_holds(struct trip *t, const struct place *p, struct err *err)
{
	int64_t one;

	return store_ask_int(t->c, &one, err,
	    "SELECT 1 FROM pause WHERE scope = ?1 AND scope_id = ?2 AND purpose = ?3"
	    " AND made_by = ?4 AND (until_at IS NULL OR until_at > ?5)",
	    "ttitm", str_c(signal_scope_name(p->scope)), p->id, (int64_t)PURPOSE_MARKETING,
	    STR(TRIP_BY), t->now);
}

/* Numbers in figures, so that no language is needed to read it. */
static int tell(
    struct trip *t, const struct place *p, const struct breaker_finding *f, struct err *err)
{
	char scope[SCOPE_TEXT_MAX], detail[DETAIL_MAX];
	static const char *const kinds[] = { "breaker.clear", "breaker.warn", "breaker.pause" };

	(void)snprintf(
	    scope, sizeof(scope), "%s:%.*s", signal_scope_name(p->scope), STR_ARG(p->id));
	(void)snprintf(detail, sizeof(detail),
	    "{\"signal\":\"%.*s\",\"part\":%" PRId64 ",\"of\":%" PRId64 ",\"at_least_ppm\":%" PRId64
	    ",\"proxy\":%s}",
	    STR_ARG(f->signal), f->part, f->of, f->at_least_ppm,
	    breaker_is_proxy(f->signal) ? "true" : "false");
	log_warn("the circuit breaker spoke", "scope=%s level=%s signal=%.*s",
	    signal_scope_name(p->scope), breaker_level_name(f->level), STR_ARG(f->signal));
	return alarm_add(t->c, id_next(t->ids, t->now), str_c(kinds[f->level]), str_c(scope),
	    str_c(detail), t->now, err);
}

static int pause(
    struct trip *t, const struct place *p, const struct breaker_finding *f, struct err *err)
{
	time_ms until = f->pause_ms ? t->now + f->pause_ms : TIME_NONE;
	int r = trip_pause(t->c, p->scope, p->id, until, f->signal, t->now, err);

	t->paused = t->paused || r == 0;
	return r;
}

static int act(struct trip *t, const struct place *p, const struct breaker_finding *f,
    enum breaker_level before, struct err *err)
{
	int r = breaker_set_level(t->c, p->scope, p->id, f->signal, f->level, t->now, err);

	if (r < 0 || (f->level < before && f->level != BREAKER_OK))
		return r;
	r = tell(t, p, f, err);
	return r == 0 && f->level == BREAKER_PAUSE ? pause(t, p, f, err) : r;
}

/* 1: a pause for this signal was lifted, and everything of the place counts anew. */
static int compare(
    struct trip *t, const struct place *p, const struct breaker_finding *f, struct err *err)
{
	enum breaker_level before;
	int r = breaker_level(t->c, p->scope, p->id, f->signal, &before, err);

	if (r < 0)
		return r;
	if (before == BREAKER_PAUSE) {
		r = pause_holds(t, p, err);
		if (r != 0)
			return r < 0 ? r : 0;
		r = breaker_reset(t->c, p->scope, p->id, t->now, err);
		return r < 0 ? r : 1;
	}
	return f->level == before ? 0 : act(t, p, f, before, err);
}

static int sum(struct trip *t, const struct place *p, time_ms after, time_ms until, time_ms from,
    struct signal_counts *ret, struct err *err)
{
	if (after < from)
		after = from;
	return signals_sum(t->c, p->scope, p->id, after, until, ret, err);
}

/* Everything counts from `from` on, but the week that today is compared with. */
static int figures_of(
    struct trip *t, const struct place *p, struct breaker_figures *ret, struct err *err)
{
	const struct pack_breaker *b = pack_breaker(t->pack);
	time_ms from, read_by = t->now - b->read_rate.after_ms, before = read_by - b->window_ms;
	time_ms due = t->now - b->only_sent_after_ms;
	int r = breaker_from(t->c, p->scope, p->id, &from, err);

	if (r == 0)
		r = sum(t, p, t->now - b->window_ms, t->now, from, &ret->day, err);
	if (r == 0)
		r = sum(t, p, before, read_by, from, &ret->cohort, err);
	if (r == 0)
		r = sum(t, p, before - WEEK_MS, before, 0, &ret->week, err);
	if (r == 0)
		r = sum(t, p, due - b->window_ms, due, from, &ret->late, err);
	return r;
}

static int judge(void *ctx, enum signal_scope scope, struct str id, struct err *err)
{
	struct breaker_finding found[BREAKER_FINDINGS_MAX];
	struct breaker_figures figures;
	struct place p = { scope, id };
	struct trip *t = ctx;
	int r = figures_of(t, &p, &figures, err);
	size_t n = r == 0 ? breaker_judge(pack_breaker(t->pack), &figures, found) : 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = compare(t, &p, &found[i], err);
	return r < 0 ? r : 0;
}

int trip_write(struct signals *s, struct store_conn *c, const struct pack *pack, struct id_gen *ids,
    time_ms now, bool *ret_paused, struct err *err)
{
	struct trip t = { .c = c, .pack = pack, .ids = ids, .now = now };
	int r = signals_write(s, c, judge, &t, err);

	if (r == 0)
		*ret_paused = t.paused;
	return r;
}

int trip_findings(struct store_conn *c, const struct pack *pack, enum signal_scope scope,
    struct str id, time_ms now, struct breaker_finding ret[BREAKER_FINDINGS_MAX], size_t *ret_len,
    struct err *err)
{
	struct trip t = { .c = c, .pack = pack, .now = now };
	const struct place p = { scope, id };
	struct breaker_figures figures;
	int r = figures_of(&t, &p, &figures, err);

	if (r == 0)
		*ret_len = breaker_judge(pack_breaker(pack), &figures, ret);
	return r;
}

/* Its pause ends with it, for its cause is gone as soon as one webhook comes; what follows are the
 * steps of resume.h. */
static int end_silence(struct trip *t, const struct place *p, struct err *err)
{
	int r = pause_clear_of(t->c, str_c(signal_scope_name(p->scope)), p->id, STR(TRIP_BY),
	    STR(BREAKER_SILENCE), err);

	t->paused = t->paused || store_changes(t->c) > 0;
	return r;
}

int trip_silence(struct store_conn *c, const struct pack *pack, struct id_gen *ids,
    struct str number, int64_t silent_ms, time_ms now, bool *ret_paused, struct err *err)
{
	struct trip t = { .c = c, .pack = pack, .ids = ids, .now = now };
	const struct place p = { SIGNAL_OF_NUMBER, number };
	struct breaker_finding f = {
		.signal = STR(BREAKER_SILENCE),
		.level = breaker_judge_silence(pack_breaker(pack), silent_ms),
		.part = silent_ms / MS_PER_S,
	};
	enum breaker_level before;
	int r = breaker_level(c, p.scope, p.id, f.signal, &before, err);

	if (r == 0 && before == BREAKER_PAUSE && f.level == BREAKER_OK) {
		r = end_silence(&t, &p, err);
		if (r == 0)
			r = act(&t, &p, &f, before, err);
	} else if (r == 0) {
		r = compare(&t, &p, &f, err);
	}
	if (r >= 0)
		*ret_paused = t.paused;
	return r < 0 ? r : 0;
}

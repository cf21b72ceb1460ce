/* A share counts by the row's own denominator: a number whose every send fails has nothing delivered,
 * and must not go on for that. */
#include "domain/breaker.h"

#include "base/check.h"
#include "base/stats.h"
#include "store/query.h"

static const char *const level_names[] = {
	[BREAKER_OK] = "ok",
	[BREAKER_WARN] = "warn",
	[BREAKER_PAUSE] = "pause",
};

const char *breaker_level_name(enum breaker_level l)
{
	return level_names[l];
}

/* The pack's words that this version can count. */
static const struct {
	const char *word;
	enum signal what;
} words[] = {
	{ "opt_outs", SIGNAL_OPT_OUT },
	{ "error_131026", SIGNAL_UNDELIVERABLE },
	{ "failures_but_131049", SIGNAL_FAILED },
	{ "error_131049_130472", SIGNAL_CAPPED },
	{ "delivered", SIGNAL_DELIVERED },
	{ "sent", SIGNAL_SENT },
	{ "marketing_sent", SIGNAL_MARKETING_SENT },
};

/* -1: not counted. */
static int64_t count_of(struct str word, const struct signal_counts *counts)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (str_eq_c(word, words[i].word))
			return counts->n[words[i].what];
	}
	return -1;
}

static bool reaches(int64_t ppm, int64_t threshold)
{
	return threshold != PACK_NO_SHARE && ppm >= threshold;
}

static void judge_share(
    const struct pack_breaker *b, const struct pack_signal *row, struct breaker_finding *f)
{
	double confidence = (double)b->confidence_ppm / PPM;

	if (f->of < b->min_delivered)
		return;
	f->at_least_ppm = (int64_t)(stats_wilson_lower(f->part, f->of, confidence) * PPM);
	if (reaches(f->at_least_ppm, row->pause_ppm))
		f->level = BREAKER_PAUSE;
	else if (reaches(f->at_least_ppm, row->warn_ppm))
		f->level = BREAKER_WARN;
}

/* Few reads, or fewer than usual: `below` and `drop` of one level. A week without enough to compare
 * with says nothing. Multiplied out, so that a share that is just as large is not called smaller. */
static bool reads_are_few(const struct breaker_finding *f, const struct signal_counts *week,
    int64_t min, int64_t below_ppm, int64_t drop_ppm)
{
	int64_t usual = week->n[SIGNAL_COHORT_DELIVERED], read = week->n[SIGNAL_COHORT_READ];
	double part = (double)f->part, of = (double)f->of;

	if (part * PPM < of * (double)below_ppm)
		return true;
	return usual >= min &&
	    part * (double)usual * PPM < of * (double)read * (double)(PPM - drop_ppm);
}

static void judge_reads(
    const struct pack_breaker *b, const struct signal_counts *week, struct breaker_finding *f)
{
	const struct pack_read_rate *r = &b->read_rate;

	if (f->of < b->min_delivered)
		return;
	f->at_least_ppm = f->part * PPM / f->of;
	if (f->of >= r->pause_min_delivered &&
	    reads_are_few(f, week, b->min_delivered, r->pause_below_ppm, r->pause_drop_ppm))
		f->level = BREAKER_PAUSE;
	else if (reads_are_few(f, week, b->min_delivered, r->warn_below_ppm, r->warn_drop_ppm))
		f->level = BREAKER_WARN;
}

size_t breaker_judge(const struct pack_breaker *b, const struct signal_counts *day,
    const struct signal_counts *cohort, const struct signal_counts *week,
    struct breaker_finding ret[BREAKER_FINDINGS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < b->signals_len; i++) {
		const struct pack_signal *row = &b->signals[i];
		struct breaker_finding f = {
			.signal = row->signal,
			.part = count_of(row->signal, day),
			.of = count_of(row->of, day),
			.pause_ms = row->pause_ms,
		};
		if (f.part < 0 || f.of < 0)
			continue;
		judge_share(b, row, &f);
		ret[n++] = f;
	}
	ret[n] = (struct breaker_finding){
		.signal = STR("read_rate"),
		.part = cohort->n[SIGNAL_COHORT_READ],
		.of = cohort->n[SIGNAL_COHORT_DELIVERED],
	};
	judge_reads(b, week, &ret[n++]);
	return n;
}

/* --- what was found last -------------------------------------------------------------------------- */

int breaker_level(struct store_conn *c, enum signal_scope scope, struct str id, struct str signal,
    enum breaker_level *ret, struct err *err)
{
	int64_t level = BREAKER_OK;
	int r = store_ask_int(c, &level, err,
	    "SELECT level FROM breaker WHERE scope = ?1 AND id = ?2 AND signal = ?3", "itt",
	    (int64_t)scope, id, signal);

	if (r < 0)
		return r;
	*ret = level >= BREAKER_OK && level <= BREAKER_PAUSE ? (enum breaker_level)level
							     : BREAKER_OK;
	return 0;
}

int breaker_set_level(struct store_conn *c, enum signal_scope scope, struct str id,
    struct str signal, enum breaker_level level, time_ms now, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO breaker (scope, id, signal, level, at) VALUES (?1, ?2, ?3, ?4, ?5)"
	    " ON CONFLICT (scope, id, signal) DO UPDATE SET level = excluded.level, at = excluded.at",
	    "ittim", (int64_t)scope, id, signal, (int64_t)level, now);
}

int breaker_from(
    struct store_conn *c, enum signal_scope scope, struct str id, time_ms *ret, struct err *err)
{
	int64_t at = 0;
	int r = store_ask_int(c, &at, err,
	    "SELECT at FROM breaker WHERE scope = ?1 AND id = ?2 AND signal = ''", "it",
	    (int64_t)scope, id);

	if (r < 0)
		return r;
	*ret = at;
	return 0;
}

int breaker_reset(
    struct store_conn *c, enum signal_scope scope, struct str id, time_ms now, struct err *err)
{
	int r = store_do(
	    c, err, "DELETE FROM breaker WHERE scope = ?1 AND id = ?2", "it", (int64_t)scope, id);

	return r < 0 ? r : breaker_set_level(c, scope, id, STR(""), BREAKER_OK, now, err);
}

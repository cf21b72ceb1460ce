/* A share counts by the row's own denominator: a number whose every send fails has nothing delivered,
 * and must not go on for that. */
#include "domain/breaker.h"

#include "base/check.h"
#include "base/lang.h"
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

/* The pack's words that this version can count, and whether in the hours that are judged late. */
static const struct {
	const char *word;
	enum signal what;
	bool late;
} words[] = {
	{ "opt_outs", SIGNAL_OPT_OUT, false },
	{ "error_131026", SIGNAL_UNDELIVERABLE, false },
	{ "failures_but_131049", SIGNAL_FAILED, false },
	{ "error_131049_130472", SIGNAL_CAPPED, false },
	{ "complaints", SIGNAL_COMPLAINT, false },
	{ "only_sent_48h", SIGNAL_ONLY_SENT, true },
	{ "delivered_before", SIGNAL_KNOWN, true },
	{ "unanswered_24h", SIGNAL_UNANSWERED, false },
	{ "messages_due", SIGNAL_ASKED, false },
	{ "delivered", SIGNAL_DELIVERED, false },
	{ "sent", SIGNAL_SENT, false },
	{ "marketing_sent", SIGNAL_MARKETING_SENT, false },
};

/* -1: not counted. */
static int64_t count_of(struct str word, const struct breaker_figures *f)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (str_eq_c(word, words[i].word))
			return (words[i].late ? &f->late : &f->day)->n[words[i].what];
	}
	return -1;
}

/* --- in words --------------------------------------------------------------------------------- */

/* A proxy stands for what Meta does not tell; its sentence says for what. */
static const struct {
	const char *word, *means;
	bool proxy;
} meanings[] = {
	{ "opt_outs",
	    N_("People who opted out, by a word, a button, a choice in WhatsApp or 131050, among the deliveries."),
	    false },
	{ "error_131026", N_("Sends that Meta could not deliver (131026), among all sends."),
	    false },
	{ "failures_but_131049",
	    N_("Sends that failed for any reason but Meta's cap per person (131049), among all sends."),
	    false },
	{ "error_131049_130472",
	    N_("Marketing that Meta held back (131049 and 130472), among all marketing sent."),
	    false },
	{ "only_sent_48h",
	    N_("A proxy for blocks, of which Meta gives no count: people who were reached before, and whose message is not delivered after 48 hours."),
	    true },
	{ "complaints",
	    N_("A proxy for reports, of which Meta gives no count: people who complain in their own words, among the deliveries."),
	    true },
	{ "unanswered_24h",
	    N_("People who wrote and had no answer for 24 hours, among all who wrote and were answered or left."),
	    false },
	{ "read_rate",
	    N_("Marketing that was read within a day; who hides receipts counts as not having read."),
	    false },
	{ BREAKER_SILENCE, N_("Sends were accepted, and no webhook came for the number since."),
	    false },
	{ "131048",
	    N_("Meta limited the number because too many people blocked or reported it (131048)."),
	    false },
	{ "quality", N_("Meta rates the quality of the template as low."), false },
};

const char *breaker_signal_means(struct str signal)
{
	for (size_t i = 0; i < ARRAY_LEN(meanings); i++) {
		if (str_eq_c(signal, meanings[i].word))
			return meanings[i].means;
	}
	return NULL;
}

bool breaker_is_proxy(struct str signal)
{
	for (size_t i = 0; i < ARRAY_LEN(meanings); i++) {
		if (str_eq_c(signal, meanings[i].word))
			return meanings[i].proxy;
	}
	return false;
}

/* --- judging ---------------------------------------------------------------------------------- */

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

size_t breaker_judge(const struct pack_breaker *b, const struct breaker_figures *figures,
    struct breaker_finding ret[BREAKER_FINDINGS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < b->signals_len; i++) {
		const struct pack_signal *row = &b->signals[i];
		struct breaker_finding f = {
			.signal = row->signal,
			.part = count_of(row->signal, figures),
			.of = count_of(row->of, figures),
			.pause_ms = row->pause_ms,
		};
		if (f.part < 0 || f.of < 0)
			continue;
		judge_share(b, row, &f);
		ret[n++] = f;
	}
	ret[n] = (struct breaker_finding){
		.signal = STR("read_rate"),
		.part = figures->cohort.n[SIGNAL_COHORT_READ],
		.of = figures->cohort.n[SIGNAL_COHORT_DELIVERED],
	};
	judge_reads(b, &figures->week, &ret[n++]);
	return n;
}

enum breaker_level breaker_judge_silence(const struct pack_breaker *b, int64_t silent_ms)
{
	if (silent_ms >= b->webhook_silence_pause_ms)
		return BREAKER_PAUSE;
	return silent_ms >= b->webhook_silence_warn_ms ? BREAKER_WARN : BREAKER_OK;
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

int breaker_list(struct store_conn *c, enum signal_scope scope, struct str id, size_t limit,
    struct arena *a, struct breaker_known **ret, size_t *ret_len, struct err *err)
{
	struct breaker_known *items = ARENA_ARRAY(a, struct breaker_known, limit);
	struct store_stmt *s;
	size_t n = 0;
	int r = items ? store_ask(c, &s, err,
			    "SELECT signal, level, at FROM breaker WHERE scope = ?1 AND id = ?2"
			    " AND signal <> '' AND level BETWEEN 1 AND 2 ORDER BY signal LIMIT ?3",
			    "iti", (int64_t)scope, id, (int64_t)limit)
		      : err_set(err, E_NOMEM, "Memory ran out while reading signals.");

	*ret_len = 0;
	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0 && n < limit) {
		struct breaker_known *x = &items[n++];
		x->level = (enum breaker_level)store_col_int(s, 1);
		x->at = store_col_time(s, 2);
		if (store_copy_text(s, 0, a, &x->signal) < 0) {
			r = err_set(err, E_NOMEM, "Memory ran out while reading signals.");
			break;
		}
	}
	store_reset(s);
	*ret = items;
	*ret_len = n;
	return r < 0 ? r : 0;
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

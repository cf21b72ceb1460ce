/* domain/breaker.h: the circuit breaker: which share of what came back is too large, by the pack's
 * rows and the lower bound of Wilson's interval; and what it found last.
 *
 * Judging is pure. What was found is kept per scope and signal, so that a finding is told and acted
 * on once, when it begins, and so that after a pause was lifted the figures count anew: those who
 * lift it would otherwise be paused again by the same people. */
#ifndef DOMAIN_BREAKER_H
#define DOMAIN_BREAKER_H

#include "domain/pack.h"
#include "domain/signal.h"

/* Stored; never renumber. */
enum breaker_level { BREAKER_OK, BREAKER_WARN, BREAKER_PAUSE };
const char *breaker_level_name(enum breaker_level l);

struct breaker_finding {
	struct str signal;
	enum breaker_level level;
	int64_t part, of;     /* cases */
	int64_t at_least_ppm; /* the lower bound that was judged, in millionths */
	int64_t pause_ms;     /* 0 = until resumed */
};

#define BREAKER_SILENCE "webhook_silence"
#define BREAKER_FINDINGS_MAX (PACK_LIST_MAX + 1)

/* What is judged. day: the pack's window; cohort: what was sent in the window before that which has had
 * read_rate.after_ms to be read; week: the seven days before the cohort; late: what was sent in the
 * window before that which has had only_sent_after_ms to be delivered. */
struct breaker_figures {
	struct signal_counts day, cohort, week, late;
};

/* One finding for each signal of the pack that can be counted and for the read rate, in the pack's
 * order; how many. A signal of fewer than min_delivered cases is BREAKER_OK. */
size_t breaker_judge(const struct pack_breaker *b, const struct breaker_figures *f,
    struct breaker_finding ret[BREAKER_FINDINGS_MAX]);
/* What has been silent for so long (silence.h). */
enum breaker_level breaker_judge_silence(const struct pack_breaker *b, int64_t silent_ms);
/* Of a signal's word: what it says, a whole sentence, a message id; NULL for a word that is none. Does it
 * stand for something that Meta does not tell. */
const char *breaker_signal_means(struct str signal);
bool breaker_is_proxy(struct str signal);

/* The level on record; BREAKER_OK when there is none. */
MUST_CHECK int breaker_level(struct store_conn *c, enum signal_scope scope, struct str id,
    struct str signal, enum breaker_level *ret, struct err *err);
MUST_CHECK int breaker_set_level(struct store_conn *c, enum signal_scope scope, struct str id,
    struct str signal, enum breaker_level level, time_ms now, struct err *err);
/* The signals of a place that are at "warn" or above, by their words; at most `limit`, in the arena. */
struct breaker_known {
	struct str signal;
	enum breaker_level level;
	time_ms at; /* since when */
};
MUST_CHECK int breaker_list(struct store_conn *c, enum signal_scope scope, struct str id,
    size_t limit, struct arena *a, struct breaker_known **ret, size_t *ret_len, struct err *err);
/* From when this scope counts; 0 = always. */
MUST_CHECK int breaker_from(
    struct store_conn *c, enum signal_scope scope, struct str id, time_ms *ret, struct err *err);
/* Its findings are forgotten, and it counts from the next full hour. */
MUST_CHECK int breaker_reset(
    struct store_conn *c, enum signal_scope scope, struct str id, time_ms now, struct err *err);

#endif

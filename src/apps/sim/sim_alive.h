/* apps/sim/sim_alive.h: a simulator in which people tire and complain and Meta enforces.
 *
 * Without it (sim->alive NULL) everybody gets everything, as demos and tests of other things want it. With it every message
 * goes by the crowd (sim_crowd), and what people do moves ratings, pacing, limits and ladders (sim_meta), each change with
 * the webhook that announces it, or with none where Meta sends none (a number's quality, the end of a restriction).
 *  (1) Equal seeds, equal calls: equal histories.
 *  (2) Outside windows, never more distinct people in a moving day than the portfolio's limit. */
#ifndef APPS_SIM_SIM_ALIVE_H
#define APPS_SIM_SIM_ALIVE_H

#include "apps/sim/sim_agenda.h"
#include "apps/sim/sim_crowd.h"
#include "apps/sim/sim_history.h"
#include "apps/sim/sim_messages.h"
#include "apps/sim/sim_templates.h"

struct sim;

struct sim_alive {
	struct sim_assume assume;
	struct sim_crowd *crowd;
	struct sim_history *history;
	struct sim_rating_rule number_rule, template_rule;
	uint64_t acts[SIM_ACTS];
	uint64_t held, dropped; /* messages, by pacing */
	time_ms look_at; /* the next hourly look; one that is appointed for another time is stale */
};

/* What happens, told to a watcher inside the process as it happens. */
enum sim_sight { SIM_SAW_STATUS, SIM_SAW_ACT, SIM_SAW_TEMPLATE, SIM_SAW_QUALITY, SIM_SAW_MEASURE };
struct sim_seen {
	enum sim_sight sight;
	time_ms at;
	const struct sim_message *message;   /* of STATUS and ACT */
	enum sim_status status;              /* of STATUS */
	int code;                            /* of a STATUS that failed */
	enum sim_act act;                    /* of ACT */
	const struct sim_template *template; /* of TEMPLATE */
	const struct sim_number *number;     /* of QUALITY */
	const struct sim_waba *waba;         /* of MEASURE */
	enum sim_measure measure;
};

/* People and enforcement from now on. The assumptions are copied. */
MUST_CHECK int sim_alive_open(struct sim *s, const struct sim_assume *a, struct err *err);
void sim_alive_close(struct sim *s);
/* Everything is forgotten but the assumptions; the clock's next hour is appointed. */
void sim_alive_reset(struct sim *s);
/* The clock was set, perhaps back: the hourly look goes by the new one. Nothing when nobody is alive. */
void sim_alive_clock_set(struct sim *s);

/* --- a message (called by sim_progress and sim_api_send while alive) ----------------------------- */

struct sim_asked {
	const struct sim_number *number;
	struct sim_template *template; /* NULL = none known */
	bool is_typed, is_direct, sells;
};
/* The code it is answered with; 0 = it may go. A direct send that may go is counted. */
int sim_alive_refusal(struct sim *s, const struct sim_asked *x);
/* True: it was accepted, but is held back for assessment. */
bool sim_alive_holds(struct sim *s, struct sim_message *m);
/* Its steps from m->base_at on. `code`: refused by a rule that needs no people; 0 = not. */
void sim_alive_lay_out(struct sim *s, struct sim_message *m, int code);
void sim_alive_delivered(struct sim *s, const struct sim_message *m, time_ms at);
/* A template was paused, by quality. */
void sim_alive_paused(struct sim *s, struct sim_template *t);
int64_t sim_alive_pause_ms(const struct sim *s, unsigned nth);
void sim_alive_due(struct sim *s, enum sim_due kind, uint64_t ref, time_ms at);

/* A send from inside the process, without HTTP and JSON: a template to a person. 0 and its counter, or the code of the error. */
int sim_alive_send(struct sim *s, struct sim_number *n, struct sim_person *p,
    struct sim_template *t, uint64_t *ret);

/* The template of a message; NULL when it has none, or that is gone. */
struct sim_template *sim_alive_template_of(const struct sim *s, const struct sim_message *m);
bool sim_alive_is(const struct sim_template *t, const char *category);

/* --- made ready on first look -------------------------------------------------------------------- */
struct sim_template_meta *sim_alive_template(struct sim *s, struct sim_template *t);
struct sim_portfolio_meta *sim_alive_portfolio(struct sim *s, struct sim_portfolio *p);
struct sim_waba_meta *sim_alive_waba(struct sim *s, struct sim_waba *a);
struct sim_number_meta *sim_alive_number(struct sim *s, struct sim_number *n);
/* A portfolio's level, as set or grown: its limit follows, and it is told. */
void sim_alive_level(struct sim *s, struct sim_portfolio *p, int level, time_ms at);
/* Does the text of a template or of a direct send sell? */
bool sim_alive_sells(struct str text);
/* A template has another text. */
void sim_alive_edited(struct sim *s, struct sim_template *t);
/* It is reviewed: a utility one that sells may be approved as marketing. */
void sim_alive_reviewed(struct sim *s, struct sim_template *t);

/* --- sim_alive_hold.c: what was held back is assessed; `n` is the template's counter, or the first held message's -- */
void sim_alive_due_template(struct sim *s, uint64_t n, time_ms at);
void sim_alive_due_portfolio(struct sim *s, uint64_t n, time_ms at);
/* The message that was to lead to the decision may be forgotten: an hour later all go. */
void sim_alive_overdue(struct sim *s, struct sim_pacer *p, time_ms at);

/* --- sim_alive_tick.c: what the platform does about it ------------------------------------------- */
void sim_alive_tick(struct sim *s, time_ms at);
void sim_alive_grade(struct sim *s, struct sim_number *n, time_ms at);
void sim_alive_grade_template(struct sim *s, struct sim_template *t, time_ms at);
/* A measure was taken: remembered, told, and shown in the account's health. */
void sim_alive_measure(struct sim *s, struct sim_waba *a, enum sim_measure m, time_ms at);
void sim_alive_found(
    struct sim *s, struct sim_template *t, time_ms at); /* a utility template sells */
void sim_alive_corrected(struct sim *s, struct sim_template *t, time_ms at);
void sim_alive_direct(struct sim *s, struct sim_waba *a, time_ms at); /* a direct send that sells */
void sim_alive_see(struct sim *s, const struct sim_seen *seen);

/* --- sim_notice.c: the webhooks of all that ------------------------------------------------------ */
void sim_notice_measure(struct sim *s, const struct sim_waba *a, enum sim_measure m, time_ms at);
void sim_notice_direct(struct sim *s, const struct sim_waba *a, bool ended);
/* The portfolio reached enough people for a level, but is rated too badly for it. */
void sim_notice_denied(struct sim *s, const struct sim_portfolio *p);
void sim_notice_level(struct sim *s, const struct sim_portfolio *p);
void sim_notice_throughput(struct sim *s, const struct sim_number *n);
void sim_notice_quality(struct sim *s, struct sim_template *t, const char *previous);
/* `previous` NULL: announced for `change_at`. */
void sim_notice_category(
    struct sim *s, const struct sim_template *t, const char *previous, time_ms change_at);
void sim_notice_detection(struct sim *s, const struct sim_template *t);
/* What a person says, or WhatsApp's own "stop offers". */
void sim_notice_text(struct sim *s, const struct sim_message *m, const char *text, time_ms at);
void sim_notice_stop(struct sim *s, const struct sim_message *m, time_ms at);

#endif

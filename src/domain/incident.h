/* domain/incident.h: something that Meta or Varco did to a number, an account or a template, and
 * what came of it.
 *
 *   open → evidence → submitted → answered → closed
 *
 * and the shorter ways of incident_may_move: a restriction that ends by itself is answered without a
 * review, and whoever wants none closes at once. Everything that happens is a step: a row, and an entry
 * of the ledger that commits to it (LEAF_INCIDENT), which is kept for good. So words of people go
 * there as they are and must name nobody.
 *
 *  (1) What has the same object and the same cause is one incident for as long as that is neither over nor
 *      closed: a restriction after a violation, a lock after a restriction. What is worse than what was
 *      answered opens it anew.
 *  (2) A step never changes; an incident's row is the sum of its steps.
 *  (3) The pack says where a review is asked for and how long one may wait; the deadline runs from when
 *      Meta decided.
 *
 * Inside the caller's transaction, on the writer. */
#ifndef DOMAIN_INCIDENT_H
#define DOMAIN_INCIDENT_H

#include "base/id.h"
#include "domain/ledger.h"
#include "domain/pack.h"

#define INCIDENT_PREFIX "inc"

/* Stored; never renumber. */
enum incident_state {
	INCIDENT_OPEN = 1,
	INCIDENT_EVIDENCE = 2,  /* something that speaks for us is with it */
	INCIDENT_SUBMITTED = 3, /* a review was asked for */
	INCIDENT_ANSWERED = 4,
	INCIDENT_CLOSED = 5,
};
const char *incident_state_name(enum incident_state s); /* "" for none of them */
bool incident_may_move(enum incident_state from, enum incident_state to);

/* Stored; never renumber. */
enum incident_outcome {
	INCIDENT_NO_ANSWER = 0,
	INCIDENT_REVERSED = 1,
	INCIDENT_UNCHANGED = 2,
	INCIDENT_ENDED = 3, /* it ended by its own time */
};
const char *incident_outcome_name(enum incident_outcome o); /* NULL without an answer */

/* What may have happened, by its word ("restricted"); the worse of one group stands lower. */
struct incident_kind {
	const char *word, *group;
	int rank;          /* within the group */
	const char *title; /* a whole sentence, a message id */
};
const struct incident_kind *incident_kind(struct str word); /* NULL = unknown */
const struct incident_kind *incident_kind_at(size_t i);     /* NULL behind the last */

struct incident {
	uint64_t id;
	struct str kind;            /* the worst that happened */
	struct str label;           /* Meta's violation type, the signal …; "" = not told */
	struct str scope, scope_id; /* as pauses have them, and "portfolio" */
	struct str waba;            /* whose it is; "" = none */
	struct str origin;          /* "meta", "varco" or "operator" */
	enum incident_state state;
	enum incident_outcome outcome;
	time_ms happened_at; /* when Meta decided */
	time_ms opened_at, updated_at;
	time_ms deadline_at, submitted_at, closed_at; /* TIME_NONE = none */
	time_ms over_at; /* when what happened was over; TIME_NONE = it is not, or nobody knows */
	struct str reference, lessons, words, seed; /* p NULL = none; words: Meta's, as JSON */
	struct str
	    impact; /* at that moment: {"held","windows_since"}, JSON; in the place of the latter "conversations"
			    once they are counted (incident_windows.h) */
};

struct incident_step {
	int64_t seq, leaf;
	time_ms at;
	struct str kind;          /* "opened", "worse", "told", "relieved", "note", "evidence" … */
	struct str by;            /* "meta", "varco", or whoever did it */
	struct str words, detail; /* p NULL = none; detail is JSON */
};

/* What writing one needs. */
struct incident_desk {
	struct store_conn *c;
	struct ledger *ledger;
	struct id_gen *ids;
	const struct pack *pack;
	time_ms now;
};

/* Something happened. */
struct incident_event {
	struct str kind, label; /* label "" = not told */
	struct str scope, scope_id, waba, origin;
	time_ms at;       /* TIME_NONE = now */
	struct str words; /* JSON that Meta sent, or p NULL */
	struct str note;  /* of who opens it by hand; p NULL = none */
	struct str by;    /* p NULL: the origin */
	bool quiet;       /* known already: opens one, adds nothing to one that is there */
};
/* Opens an incident with its impact and an alarm, or tells the one it belongs to. 1 opened, 0 it
 * belongs to one. -E_INVALID for an unknown kind. */
MUST_CHECK int incident_happen(
    struct incident_desk *d, const struct incident_event *e, uint64_t *ret_id, struct err *err);

/* What ends an incident of a group on that object, if there is one that is not over: reinstated, lifted,
 * expired. A review that was asked for is answered by it; of a closed one it is only noted. */
struct incident_relief {
	uint64_t id; /* that one; 0 = the newest of the group on that object */
	const char *group;
	struct str scope, scope_id;
	struct str kind; /* of the step: "lifted", "expired", "reinstated" */
	enum incident_outcome outcome;
	struct str words; /* JSON that Meta sent, or p NULL */
	time_ms at;
};
/* 1 one was there, 0 none. */
MUST_CHECK int incident_relieve(
    struct incident_desk *d, const struct incident_relief *r, struct err *err);

/* An act of a person. */
struct incident_act {
	uint64_t id;
	struct str kind; /* of the step */
	struct str by;
	struct str words;       /* a note, lessons; p NULL = none */
	struct str detail;      /* JSON; p NULL = none */
	struct str reference;   /* submit: the case's; p NULL = none */
	enum incident_state to; /* 0 = as it is */
	enum incident_outcome outcome;
};
/* -E_NOT_FOUND; -E_CONFLICT for a move that is not allowed. ret_leaf may be NULL. */
MUST_CHECK int incident_do(
    struct incident_desk *d, const struct incident_act *a, int64_t *ret_leaf, struct err *err);
/* The seed that samples are drawn with, as 32 hex digits, on record from now on. */
MUST_CHECK int incident_set_seed(
    struct incident_desk *d, uint64_t id, struct str seed, struct str by, struct err *err);

/* From time to time, and when a breaker paused: incidents for what is on record and has none (locks,
 * quality, pauses), relief for what is over, and the alarm before a deadline. (incident_watch.c) */
MUST_CHECK int incidents_watch(struct incident_desk *d, struct err *err);

/* --- reading ---------------------------------------------------------------------------------- */

/* 1 with strings in the arena, 0 unknown. */
MUST_CHECK int incident_get(
    struct store_conn *c, uint64_t id, struct arena *a, struct incident *ret, struct err *err);
struct incident_filter {
	uint64_t before;           /* ids below; 0 = newest */
	enum incident_state state; /* 0 = any */
	bool under_way;            /* not closed */
	size_t limit;
};
/* Newest first; at most `limit`, and then *ret_more. */
MUST_CHECK int incident_list(struct store_conn *c, const struct incident_filter *f, struct arena *a,
    struct incident **ret, size_t *ret_len, bool *ret_more, struct err *err);
MUST_CHECK int incident_steps(struct store_conn *c, uint64_t id, struct arena *a,
    struct incident_step **ret, size_t *ret_len, struct err *err);

/* Whole days until the deadline, rounded down; below 0 it has passed. Only where there is one. */
int64_t incident_days_left(const struct incident *i, time_ms now);

#endif
